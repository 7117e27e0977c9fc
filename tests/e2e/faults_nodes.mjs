// SPDX-License-Identifier: Apache-2.0
//
// Real nodes for tests/e2e/faults.mjs: folders, processes, acts, and what must hold of them.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const kRoot = fileURLToPath(new URL("../../", import.meta.url));
export const kBin = process.env.DETENTE_BIN ?? `${kRoot}build/dev/bin`;
const kAgreement = `${kRoot}examples/north-west-syria/agreement.json`;
const kParties = ["north", "south", "monitor"];
const kPatienceMs = 30000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Asks until `probe` gives something true; fails with `what` if it never does. */
export async function until(what, probe, patience = kPatienceMs) {
  const end = Date.now() + patience;
  let last;
  while (Date.now() < end) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  assert.fail(`${what}: not within ${patience / 1000} s (last: ${last?.stack ?? JSON.stringify(last)})`);
}

/** Calls `look(path, entry)` for all below a folder; anew where a file was renamed meanwhile. */
export function everyFile(folder, look) {
  for (let turn = 0; ; turn++) {
    try {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        look(`${entry.parentPath ?? entry.path}/${entry.name}`, entry);
      }
      return;
    } catch (error) {
      if (error.code !== "ENOENT" || turn === 20) throw error;
    }
  }
}

export function run(program, ...words) {
  const done = spawnSync(`${kBin}/${program}`, words, { encoding: "utf8" });
  return { code: done.status, out: done.stdout + done.stderr };
}

export function mustRun(program, ...words) {
  const done = run(program, ...words);
  assert.equal(done.code, 0, `${program} ${words.join(" ")}: ${done.out}`);
  return done.out;
}

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** One party: its folder, and at times its process. */
export class Party {
  constructor(name, data) {
    this.name = name;
    this.data = data;
    this.others = [];
    this.process = undefined;
    this.acknowledged = []; // what was answered with 201
    this.log = "";
  }

  /**
   * `fault`: "site:n", of the program that dies there. `around`: words before the command. `via`:
   * other ports to reach peers by.
   */
  start({ fault, driven = false, around = [], sirens = [], via = {} } = {}) {
    const words = ["--data", this.data, "--port", `${this.port}`, "--peer-port", `${this.peerPort}`];
    for (const other of this.others) {
      words.push("--peer", `${other.name}=127.0.0.1:${via[other.name] ?? other.peerPort}`);
    }
    if (driven) words.push("--driven");
    for (const siren of sirens) words.push("--siren", siren);
    const command = fault
      ? [`${kBin}/fault_node`, fault, ...words]
      : [`${kBin}/detente`, "serve", ...words, "--public-role", "reader"];
    const [program, ...rest] = [...around, ...command];
    this.log = "";
    this.process = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
    const mine = this.process;
    this.ended = new Promise((done) =>
      mine.once("close", (code, signal) => {
        if (this.process === mine) this.process = undefined;
        done({ code, signal });
      }),
    );
    mine.stdout.on("data", (text) => (this.log += text));
    mine.stderr.on("data", (text) => (this.log += text));
  }

  async stop() {
    if (!this.process) return;
    this.process.kill("SIGTERM");
    const { code } = await this.ended;
    assert.equal(code, 0, `${this.name} ended with ${code}: ${this.log.slice(-2000)}`);
  }

  async kill() {
    if (!this.process) return;
    this.process.kill("SIGKILL");
    await this.ended;
  }

  async ask(method, path, body, token = this.token) {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20000),
    });
    const text = await response.text();
    return { status: response.status, text, json: () => JSON.parse(text) };
  }

  async record() {
    const answer = await this.ask("GET", "/api/record");
    assert.equal(answer.status, 200, answer.text);
    return answer.json();
  }
  async state() {
    return (await this.record()).node.state;
  }
  ready() {
    return until(`${this.name} is ready`, async () => {
      assert.ok(this.process, `${this.name} ended: ${this.log.slice(-2000)}`);
      return (await this.ask("GET", "/api/hello")).status === 200;
    });
  }
  /** Until the node may sign. */
  running(patience) {
    return until(
      `${this.name} is running`,
      async () => {
        const { node } = await this.record();
        if (node.state === "running") return true;
        throw new Error(JSON.stringify(node));
      },
      patience,
    );
  }

  /** Sends a STOP: the one act that needs nobody's consent. */
  async act(reason = "a test of the line") {
    const answer = await this.ask("POST", "/api/stops", { reason });
    if (answer.status === 201) this.acknowledged.push(answer.json());
    return answer;
  }
  async mustAct(reason) {
    const answer = await this.act(reason);
    assert.equal(answer.status, 201, `${this.name}: ${answer.text}\n${this.log.slice(-1500)}`);
  }
  /** As many as are answered before the process dies. */
  async actUntilDead(most = 40) {
    for (let i = 0; i < most && this.process; i++) {
      try {
        await this.act();
      } catch {
        await sleep(20);
      }
    }
  }

  /** How many entries of `party` this node holds. */
  async size(party = this.name) {
    const log = (await this.record()).logs.find((one) => one.party === party);
    return log?.size ?? 0;
  }

  logFolder(party = this.name) {
    if (party === this.name) return `${this.data}/log`;
    return `${this.data}/mirror/${createHash("sha256").update(this.originOf(party)).digest("hex")}`;
  }
  originOf(party) {
    const agreement = JSON.parse(readFileSync(`${this.data}/agreement.json`, "utf8"));
    return agreement.parties.find((one) => one.id === party).keys.log.split("+")[0];
  }
  headSize(party = this.name) {
    return Number(readFileSync(`${this.logFolder(party)}/checkpoint`, "utf8").split("\n")[1]);
  }
  /** The leaf hash of an entry, from the tiles of a folder. */
  leaf(index, party = this.name) {
    const size = this.headSize(party);
    assert.ok(index < size, `entry ${index} is beyond the head of ${size}`);
    const width = Math.min(256, size - 256 * Math.floor(index / 256));
    const number = String(Math.floor(index / 256)).padStart(3, "0");
    const tile = readFileSync(
      `${this.logFolder(party)}/tile/0/${number}${width === 256 ? "" : `.p/${width}`}`,
    );
    return tile.subarray(32 * (index % 256), 32 * (index % 256) + 32).toString("base64");
  }

  /** Flips a bit of a file. */
  flip(path, at) {
    const file = openSync(`${this.data}/${path}`, "r+");
    const byte = Buffer.alloc(1);
    assert.equal(readSync(file, byte, 0, 1, at), 1, `${path} is too short`);
    byte[0] ^= 0x10;
    writeSync(file, byte, 0, 1, at);
    closeSync(file);
  }
  files(folder) {
    return readdirSync(`${this.data}/${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(this.data.length + 1))
      .sort();
  }
  memoryMiB() {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  }
}

/** Three folders under one agreement; nothing runs yet. */
export async function setUp(work, more = "") {
  const parties = kParties.map((name) => new Party(name, `${work}/${name}`));
  for (const party of parties) {
    const duty = `duty-1:duty_officer,duty-2:duty_officer${more}`;
    const officers = party.name === "monitor" ? "duty-1:monitor" : duty;
    mustRun("detente", "init", "--data", party.data, "--party", party.name, "--officers", officers);
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
  mustRun("detente", "agreement", "bind", kAgreement, ...cards, "--out", agreement);
  for (const party of parties) {
    mustRun("detente", "agreement", "sign", "--data", party.data, "--agreement", agreement);
  }
  return Object.fromEntries(parties.map((party) => [party.name, party]));
}

/** Every acknowledged statement of `party` lies in its log with the leaf that was told. */
export function nothingIsLost(party, where = party) {
  for (const { index, leaf } of party.acknowledged) {
    assert.equal(where.leaf(index, party.name), leaf, `${party.name}'s entry ${index} in ${where.name}`);
  }
}

/** detente-verify passes. A running node may write meanwhile, so a few looks are allowed. */
export async function verifies(party) {
  const looks = party.process ? 8 : 1;
  for (let look = 1; ; look++) {
    const done = run("detente-verify", "--quiet", party.data);
    if (done.code === 0) return;
    assert.ok(look < looks, `${party.name} does not verify: ${done.out}`);
    await sleep(300);
  }
}

export const copyFolder = (from, to) => execFileSync("cp", ["-a", from, to]);
