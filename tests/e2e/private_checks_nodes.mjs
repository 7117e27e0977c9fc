// SPDX-License-Identifier: Apache-2.0
//
// Two parties that plan and a keeper of a list, under an agreement that asks for private checks;
// their clocks are moved by hand. For tests/e2e/private_checks.mjs.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { request as httpsRequest } from "node:https";
import { fileURLToPath } from "node:url";
import { Party, mustRun, sleep } from "./faults_nodes.mjs";

const kRoot = fileURLToPath(new URL("../../", import.meta.url));
const kExample = `${kRoot}examples/north-west-syria/agreement.json`;
export const kEpochMs = 3600000;
export const kKeepMs = 600000;
const kOfficers = {
  north: "duty-1:duty_officer,registrar-1:registrar",
  south: "duty-1:duty_officer,registrar-1:registrar",
  monitor: "duty-1:monitor,registrar-1:registrar",
};

const terms = (more) => ({
  levels: 1,
  lateral_mm: 9260000,
  vertical_mm: 304800,
  time_ms: 60000,
  reference: "MSL",
  epoch_tokens: 65536,
  posts: 50,
  repeats: 1,
  answer_ms: 600000,
  footprint_km2: 10,
  footprint_ms: 600000,
  ...more,
});
const check = (purpose, lists_of) => ({
  clause: purpose === "plans" ? "6.1" : "6.2",
  purpose,
  lists_of,
  epoch_ms: kEpochMs,
  keep_ms: kKeepMs,
  audit_per_mille: 50,
  terms: terms(purpose === "plans" ? {} : { lateral_mm: 5000000, vertical_mm: 0, time_ms: 0 }),
});

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** `lists`: whose lists of places plans are checked against. */
export async function setUpChecks(work, { lists = ["monitor"], repeats = 1, posts = 50 } = {}) {
  const template = JSON.parse(readFileSync(kExample, "utf8"));
  template.checks = [check("plans", ["north", "south"]), ...lists.map((owner) => check("sites", [owner]))];
  for (const one of template.checks) Object.assign(one.terms, { repeats, posts });
  const day = (days) => `${new Date(Date.now() + days * 86400000).toISOString().slice(0, 10)}T00:00:00Z`;
  template.valid = { start: day(-1), end: day(365) };
  template.d_day = day(0);
  for (const dated of ["stages", "obligations", "exceptions"]) delete template[dated];
  writeFileSync(`${work}/template.json`, JSON.stringify(template));
  const parties = Object.keys(kOfficers).map((name) => new Party(name, `${work}/${name}`));
  for (const party of parties) {
    mustRun("detente", "init", "--data", party.data, "--party", party.name, "--officers", kOfficers[party.name]);
    party.others = parties.filter((other) => other !== party);
    party.port = await freePort();
    party.peerPort = await freePort();
    const tokens = JSON.parse(readFileSync(`${party.data}/tokens.json`, "utf8"));
    party.control = Object.keys(tokens).find((token) => tokens[token].control);
    party.tokenOf = (officer) =>
      Object.keys(tokens).find((token) => tokens[token].officer === `${party.name}/${officer}`);
    party.token = party.tokenOf("duty-1");
  }
  const agreement = `${work}/agreement.json`;
  const cards = parties.flatMap((party) => ["--card", `${party.data}/card.json`]);
  mustRun("detente", "agreement", "bind", `${work}/template.json`, ...cards, "--out", agreement);
  for (const party of parties) {
    mustRun("detente", "agreement", "sign", "--data", party.data, "--agreement", agreement);
  }
  return { nodes: Object.fromEntries(parties.map((party) => [party.name, party])), clock: new Clock(parties) };
}

/** One clock for all nodes that run. */
export class Clock {
  constructor(parties) {
    this.parties = parties;
    // A minute after the beginning of an epoch: no part lasts until the next.
    this.now = (Math.floor(Date.now() / kEpochMs) + 1) * kEpochMs + 60000;
  }
  async control(party, path, body) {
    return party.ask("POST", `/control/${path}`, body, party.control);
  }
  async set(now) {
    this.now = Math.max(this.now, now);
    const time = new Date(this.now).toISOString();
    for (const party of this.parties) {
      if (!party.process) continue;
      try {
        await this.control(party, "clock", { now: time });
      } catch {
        // It may be dying or starting.
      }
    }
  }
  /** Moves the clock by seconds until `probe` gives something true. */
  async until(what, probe, { steps = 240, stepMs = 1000, pause = 40 } = {}) {
    let last;
    for (let i = 0; i < steps; i++) {
      try {
        last = await probe();
        if (last) return last;
      } catch (error) {
        last = error;
      }
      await this.set(this.now + stepMs);
      await sleep(pause);
    }
    assert.fail(`${what}: not within ${steps} steps (last: ${last?.stack ?? JSON.stringify(last)})`);
  }
  link(party, peer, up) {
    return this.control(party, "link", { peer: peer.name, up });
  }
}

/**
 * Without a network: each call carries a file from every node to every other, then lets some seconds
 * pass. `carry.trip` counts.
 */
export function courier(nodes, clock, work, seconds) {
  const carry = async () => {
    carry.trip++;
    for (const from of Object.values(nodes)) {
      for (const to of Object.values(nodes)) {
        if (from === to) continue;
        const file = `${work}/${from.name}-${to.name}-${carry.trip}.zip`;
        mustRun("detente", "courier", "export", "--data", from.data, "--to", to.name, "--out", file);
        mustRun("detente", "courier", "import", "--data", to.data, file);
      }
    }
    for (let i = 0; i < seconds; i++) {
      await clock.set(clock.now + 1000);
      await sleep(60);
    }
  };
  carry.trip = 0;
  return carry;
}

/** A box of a plan, `lat` and `lng` in degrees, hours from `now`. */
export function box(now, lat, lng, { size = 0.2, from = 4, hours = 2, low = 1000, high = 2000 } = {}) {
  const e7 = (degrees) => Math.round(degrees * 1e7);
  const time = (h) => new Date(now + h * 3600000).toISOString();
  return {
    area: {
      polygon: [
        [e7(lat), e7(lng)],
        [e7(lat), e7(lng + size)],
        [e7(lat + size), e7(lng + size)],
        [e7(lat + size), e7(lng)],
      ],
    },
    altitude: { lower_mm: low * 1000, upper_mm: high * 1000, reference: "MSL" },
    time: { start: time(from), end: time(from + hours) },
  };
}

export async function postPlan(party, volumes, purpose = "patrol") {
  const answer = await party.ask("POST", "/api/checks/plans", { purpose, volumes });
  assert.equal(answer.status, 201, answer.text);
  return answer.json().id;
}
export async function plan(party, id) {
  const answer = await party.ask("GET", `/api/checks/plans/${id}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json().plan;
}
export const checkOf = (plan, purpose) => plan.checks.find((one) => one.purpose === purpose);

export async function postList(party, rows, dry_run = false) {
  const text = ["name,category,function,latitude,longitude", ...rows].join("\n");
  return party.ask("POST", "/api/checks/lists", { format: "csv", text, dry_run }, party.tokenOf("registrar-1"));
}

/** The statements of private checks in a party's log, as they are in a folder. */
const kShown = new Map();
export function statements(party, of = party.name) {
  const out = [];
  const size = party.headSize(of);
  for (let index = 0; index < size; index++) {
    const key = `${party.data} ${of} ${index}`;
    const words = ["statement", "show", "--data", party.data, "--party", of, String(index)];
    if (!kShown.has(key)) kShown.set(key, mustRun("detente", ...words));
    const text = kShown.get(key);
    const type = / (psi\.[a-z]+) /.exec(text)?.[1];
    if (type) out.push({ index, type, text });
  }
  return out;
}

/** Nothing was said twice: each plan in one post of an epoch, one query a post, one answer a query. With
 *  `lists`, a plan may stand in so many. */
export function saidOnce(party, of, lists = 1) {
  const counts = new Map();
  for (const { type, text } of statements(party, of)) {
    if (!["psi.post", "psi.query", "psi.answer"].includes(type)) continue;
    const epoch = /"epoch":"([^"]+)"/.exec(text)[1];
    const withWhom = /"with":"([^"]+)"/.exec(text)[1];
    for (const [, named] of text.matchAll(/^refers to (.*)$/gm)) {
      const key = `${of} ${type} ${epoch} ${withWhom} ${named}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  for (const [key, count] of counts) {
    assert.ok(count <= (key.includes(" psi.answer ") ? 1 : lists), `${key}: ${count} times`);
  }
  return counts.size;
}

/** GET of a file of private checks on the peer side, with a party's certificate. */
export const peerFile = (from, to, root) => peerGet(from, to, `/peer/checks/${root}`);

/** GET of anything there. */
export function peerGet(from, to, path) {
  return new Promise((done, failed) => {
    const request = httpsRequest(
      {
        host: "127.0.0.1",
        port: to.peerPort,
        path,
        method: "GET",
        cert: readFileSync(`${from.data}/keys/tls.pem`),
        key: readFileSync(`${from.data}/keys/tls.key.pem`),
        rejectUnauthorized: false,
        agent: false,
      },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => done({ status: response.statusCode, body: Buffer.concat(parts) }));
      },
    );
    request.on("error", failed);
    request.end();
  });
}

export const hexOf = (base64) => Buffer.from(base64, "base64").toString("hex");
