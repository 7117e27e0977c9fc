// SPDX-License-Identifier: Apache-2.0
//
// A server under test, the authority that issues its tokens, the services that talk to it, and the
// shapes that they send. Every answer is checked against utm.yaml where that is at hand.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { faultsOf, kData } from "./schema.mjs";

const kRoot = fileURLToPath(new URL("../../../", import.meta.url));
const kProgram = `${process.env.DETENTE_BIN ?? `${kRoot}build/dev/bin`}/detente`;
const kStartMs = 20_000;

export const SC = "utm.strategic_coordination";
export const CM = "utm.constraint_management";
export const CP = "utm.constraint_processing";
export const SA = "utm.conformance_monitoring_sa";
export const AA = "utm.availability_arbitration";
export const kIntents = "/dss/v1/operational_intent_references";
export const kConstraints = "/dss/v1/constraint_references";
export const kSubscriptions = "/dss/v1/subscriptions";
export const kNoSubscription = "00000000-0000-4000-8000-000000000000";
export const kHiddenOvn = "Available from USS";

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const url64 = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Issues tokens as an authority does; one for all tests of a file. */
export class Authority {
  constructor() {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.secret = pair.privateKey;
    this.pem = pair.publicKey.export({ type: "spki", format: "pem" });
    this.known = new Map();
  }
  claims(subject, scope, more = {}) {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      sub: subject,
      client_id: subject,
      scope,
      aud: "localhost",
      iss: "https://authority.example.org/token",
      nbf: now - 1,
      iat: now - 1,
      exp: now + 3600,
      jti: randomUUID(),
      ...more,
    };
    for (const name of Object.keys(claims)) if (claims[name] === undefined) delete claims[name];
    return claims;
  }
  signed(claims, header = { alg: "RS256", typ: "JWT" }, secret = this.secret) {
    const text = `${url64(header)}.${url64(claims)}`;
    return `${text}.${sign("sha256", Buffer.from(text), secret).toString("base64url")}`;
  }
  /** The same one again for the same service and scope: what a client does. */
  token(subject, scope) {
    const name = `${subject} ${scope}`;
    if (!this.known.has(name)) this.known.set(name, this.signed(this.claims(subject, scope)));
    return this.known.get(name);
  }
}

export class Server {
  constructor(authority, words) {
    this.authority = authority;
    this.words = words;
    this.folder = mkdtempSync(join(tmpdir(), "detente-utm-"));
    this.key = join(this.folder, "authority.pem");
    writeFileSync(this.key, authority.pem);
  }
  async start() {
    const words = ["utm", "serve", "--dev", "--port", "0", "--jwt-key", this.key];
    words.push("--audience", "localhost", ...this.words);
    this.process = spawn(kProgram, words, { stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((done) => this.process.once("exit", done));
    let said = "";
    this.process.stderr.on("data", (bytes) => (said = (said + bytes).slice(-4000)));
    const lines = createInterface({ input: this.process.stdout });
    const ready = new Promise((done, failed) => {
      lines.on("line", (line) => {
        const found = /^ready (http:\/\/\S+)/.exec(line);
        if (found) done(found[1]);
      });
      this.ended.then((code) => failed(new Error(`the server ended with ${code}: ${said}`)));
      setTimeout(() => failed(new Error(`no "ready" line: ${said}`)), kStartMs).unref();
    });
    this.base = await ready;
    return this;
  }
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }
  async stop() {
    this.process.kill("SIGTERM");
    const late = setTimeout(() => this.process.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
  }
  service(subject) {
    return new Service(this, subject);
  }
}

/** A running server, stopped when the file's tests are over. */
export async function startServer(...words) {
  const server = new Server(new Authority(), words);
  after(() => server.stop());
  await server.start();
  return server;
}

/** A service (USS): what it sends and what comes back. */
export class Service {
  constructor(server, subject) {
    this.server = server;
    this.subject = subject;
  }
  /** `token`: instead of a good one; null for none. */
  async ask(method, path, body, scope = SC, token = undefined) {
    const bearer = token === undefined ? this.server.authority.token(this.subject, scope) : token;
    const headers = bearer === null ? {} : { Authorization: `Bearer ${bearer}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(this.server.base + path, { method, headers, body: text });
    const back = await answer.text();
    let json;
    try {
      json = back === "" ? undefined : JSON.parse(back);
    } catch {
      json = undefined;
    }
    const faults = faultsOf(method, path, answer.status, json);
    assert.deepEqual(faults, [], `${method} ${path} answered ${answer.status}: ${back}`);
    return { status: answer.status, body: json, text: back, headers: answer.headers };
  }
  get(path, scope) {
    return this.ask("GET", path, undefined, scope);
  }
  put(path, body, scope) {
    return this.ask("PUT", path, body, scope);
  }
  post(path, body, scope) {
    return this.ask("POST", path, body, scope);
  }
  delete(path, scope) {
    return this.ask("DELETE", path, undefined, scope);
  }
  /** The references or subscriptions that a search finds. */
  async search(root, area, scope) {
    const found = await this.post(`${root}/query`, { area_of_interest: area }, scope);
    expect(found, 200);
    return Object.values(found.body)[0];
  }
  async searchIds(root, area, scope) {
    return (await this.search(root, area, scope)).map((one) => one.id);
  }
  /** Creates an intent that must be taken; gives its reference. */
  async create(id, request, scope) {
    const made = await this.put(`${kIntents}/${id}`, request, scope);
    expect(made, 201);
    return made.body.operational_intent_reference;
  }
  async remove(reference, scope) {
    expect(await this.delete(`${kIntents}/${reference.id}/${reference.ovn}`, scope), 200);
  }
}

export function expect(answer, ...statuses) {
  assert.ok(statuses.includes(answer.status), `${answer.status}: ${answer.text}`);
  return answer.body;
}

export const at = (minutes) => ({
  value: new Date(Date.now() + minutes * 60_000).toISOString(),
  format: "RFC3339",
});
const altitude = (metres) => ({ value: metres, reference: "W84", units: "M" });

/** A Volume4D. Times in minutes from now; null leaves a member out. */
export function volume(outline, { lower = 0, upper = 120, start = 20, end = 80 } = {}) {
  const out = { volume: { ...outline } };
  if (lower !== null) out.volume.altitude_lower = altitude(lower);
  if (upper !== null) out.volume.altitude_upper = altitude(upper);
  if (start !== null) out.time_start = at(start);
  if (end !== null) out.time_end = at(end);
  return out;
}
export const circle = (lat, lng, radius) => ({
  outline_circle: { center: { lat, lng }, radius: { value: radius, units: "M" } },
});
export const polygon = (...corners) => ({
  outline_polygon: { vertices: corners.map(([lat, lng]) => ({ lat, lng })) },
});
export const rectangle = (south, west, north, east) =>
  polygon([south, west], [south, east], [north, east], [north, west]);

export const intent = (extent, more = {}) => ({
  extents: Array.isArray(extent) ? extent : [extent],
  key: [],
  state: "Accepted",
  uss_base_url: "https://uss1.example.org/utm",
  new_subscription: {
    uss_base_url: "https://uss1.example.org/utm",
    notify_for_constraints: false,
  },
  ...more,
});
/** An update of `reference` with another extent or state, on its subscription. */
export const update = (reference, extent, more = {}) => {
  const body = intent(extent, { subscription_id: reference.subscription_id, ...more });
  delete body.new_subscription;
  return body;
};
/** Without a subscription of any kind. */
export const bare = (extent, more = {}) => {
  const body = intent(extent, more);
  delete body.new_subscription;
  return body;
};
export const constraint = (extent, more = {}) => ({
  extents: [extent],
  uss_base_url: "https://uss1.example.org/utm",
  ...more,
});
export const subscription = (extent, more = {}) => ({
  extents: extent,
  uss_base_url: "https://uss1.example.org/utm",
  notify_for_operational_intents: true,
  notify_for_constraints: false,
  ...more,
});

export function sameTime(found, sent) {
  assert.equal(found.format, "RFC3339");
  const apart = Math.abs(Date.parse(found.value) - Date.parse(sent.value));
  assert.ok(apart <= 1, `${found.value} is not ${sent.value}`);
}
/** {"https://..": {"<subscription>": <index>}} */
export const subscribersOf = (body) =>
  Object.fromEntries(
    body.subscribers.map((one) => [
      one.uss_base_url,
      Object.fromEntries(one.subscriptions.map((s) => [s.subscription_id, s.notification_index])),
    ]),
  );

/** A body that others' test suites send. Where it is not at hand the test says so and goes on. */
export function input(t, name) {
  const file = `${kData}/prober-scd/${name}`;
  if (existsSync(file)) return readFileSync(file, "utf8");
  t.diagnostic(`without others' input: ${file} is not at hand`);
  return undefined;
}
/** The same for a test that has no other input: it is skipped. */
export function onlyInput(t, name) {
  const text = input(t, name);
  if (text === undefined) t.skip(`${name} is not at hand`);
  return text;
}
/** Moves every time in a body so that its first start is now. */
export function fromNow(body) {
  const extents = body.extents ?? [body.area_of_interest];
  const starts = extents.map((extent) => Date.parse(extent.time_start.value));
  return shifted(body, Date.now() - Math.min(...starts));
}
export function shifted(body, ms) {
  const out = structuredClone(body);
  for (const extent of out.extents ?? [out.area_of_interest]) {
    for (const name of ["time_start", "time_end"]) {
      extent[name].value = new Date(Date.parse(extent[name].value) + ms).toISOString();
    }
  }
  return out;
}
