// SPDX-License-Identifier: Apache-2.0
//
// See faults.sh. Each part begins and ends with three healthy nodes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { openSync, closeSync, writeFileSync, writeSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import {
  copyFolder,
  mustRun,
  nothingIsLost,
  run,
  setUp,
  sleep,
  until,
  verifies,
} from "./faults_nodes.mjs";

const kActMs = 5000; // an act must be answered within, whatever a peer does
const kMemoryMiB = 300;

const work = mkdtempSync(`${tmpdir()}/detente-faults-`);
chmodSync(work, 0o755);
const nodes = await setUp(work);
const { north, south, monitor } = nodes;
const all = [north, south, monitor];
const root = process.getuid() === 0;
let checks = 0;
function ok(what) {
  checks++;
  console.log(`  ok   ${what}`);
}

async function startAll() {
  for (const party of all) if (!party.process) party.start();
  for (const party of all) await party.ready();
  for (const party of all) await party.running();
}

/** All nodes run, each holds all of each log, every folder verifies, nothing acknowledged is lost. */
async function allIsWell(after) {
  await startAll();
  for (const holder of all) {
    for (const owner of all) {
      const size = owner.headSize();
      await until(`${holder.name} holds ${size} of ${owner.name} after ${after}`, () =>
        holder.headSize(owner.name) >= size,
      );
      await until(`nothing of ${owner.name} is lost in ${holder.name}`, () => {
        nothingIsLost(owner, holder);
        return true;
      }, 3000);
    }
  }
  for (const party of all) await verifies(party);
  ok(`${after}: nothing acknowledged is lost, all folders verify`);
}

async function comeBack(what) {
  north.start();
  await north.ready();
  await north.running();
  await north.mustAct();
  await until("what was acknowledged is in the log", () => {
    nothingIsLost(north);
    return true;
  }, 3000);
  await verifies(north);
  ok(what);
}

// ---- killed at every named site ----

async function crash() {
  const sites = mustRun("fault_node", "--sites").trim().split("\n");
  assert.ok(sites.length >= 10);
  // First the site that is reached only while there is something to sync.
  sites.sort((a, b) => b.startsWith("sync.") - a.startsWith("sync."));
  // More than one bundle, so that closing has something to sync.
  for (let i = 0; i < 6; i++) await Promise.all(Array.from({ length: 50 }, () => north.mustAct()));
  await north.kill();
  for (const site of sites) {
    const opening = site.startsWith("open.");
    for (const nth of opening || site.startsWith("sync.") ? [1] : [1, randomInt(2, 12)]) {
      await north.stop();
      if (site === "open.before_checkpoint") writeFileSync(`${north.data}/log/checkpoint`, "torn");
      if (site === "open.before_tile") rmSync(`${north.data}/log/tile/entries/000`);
      north.start({ fault: `${site}:${nth}` });
      const { ended } = north;
      if (!opening) {
        await Promise.race([north.ready().catch(() => {}), ended]);
        if (site.startsWith("sync.")) north.process?.kill("SIGTERM");
        await north.actUntilDead();
      }
      const end = await Promise.race([ended, sleep(10000)]);
      assert.equal(end?.signal, "SIGKILL", `${site}:${nth} was not reached`);
      await comeBack(`killed at ${site}, time ${nth}`);
    }
  }
  await allIsWell("killed at every site");
}

// Killed at random, while statements come in and peers pull.
async function killed() {
  for (let i = 0; i < 8; i++) {
    const victim = all[randomInt(all.length)];
    const busy = north === victim ? south : north;
    const acts = Promise.allSettled(Array.from({ length: 30 }, () => busy.act()));
    const own = victim === monitor ? undefined : Promise.allSettled(Array.from({ length: 30 }, () => victim.act()));
    await sleep(randomInt(0, 60));
    await victim.kill();
    await acts;
    await own;
    victim.start();
    await victim.ready();
    await victim.running();
  }
  await allIsWell("killed at random, eight times");
}

// ---- disks ----

async function fullDisk() {
  const small = `${work}/small`;
  mkdirSync(small);
  await north.stop();
  const home = north.data;
  const mount = (...words) => spawnSync("mount", words).status === 0;
  const used = Number(spawnSync("du", ["-sm", home], { encoding: "utf8" }).stdout.split("\t")[0]);
  const mounted = root && mount("-t", "tmpfs", "-o", `size=${used + 2}m`, "tmpfs", small);
  try {
    let around = [];
    if (mounted) {
      copyFolder(home, `${small}/north`);
      north.data = `${small}/north`;
    } else {
      // Without the right to mount: no file may become larger than 1 MiB.
      around = ["sh", "-c", 'trap "" XFSZ; ulimit -f 2048; exec "$@"', "sh"];
    }
    north.start({ around });
    await north.ready();
    await north.running();
    let refused;
    for (let i = 0; i < 5000 && !refused; i++) {
      const answer = await north.act("x".repeat(1000));
      if (answer.status !== 201) refused = answer;
    }
    assert.ok(refused, "the disk was never full");
    assert.match(refused.text, /store_full/);
    ok(`a full disk is told: ${refused.status} ${refused.text.slice(0, 90)}`);
    assert.equal((await north.act()).status, 503);
    assert.equal(await north.state(), "halted");
    assert.equal((await north.ask("GET", "/api/log/north")).status, 200);
    ok("the node signs nothing more, and still shows its log");
    await north.kill();
    if (mounted) assert.ok(mount("-o", "remount,size=256m", small));
    await comeBack("with space made it goes on");
    await north.stop();
    if (mounted) {
      rmSync(home, { recursive: true });
      copyFolder(north.data, home);
    }
  } finally {
    await north.kill();
    north.data = home;
    if (mounted) spawnSync("umount", [small]);
  }
  await allIsWell("a full disk");
}

async function readOnly() {
  await north.stop();
  const around = root ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  if (!root) chmodSync(north.data, 0o555);
  north.start({ around });
  const { code } = await north.ended;
  chmodSync(north.data, 0o755);
  assert.equal(code, 1);
  assert.match(north.log, /store_read_only/);
  ok(`a folder that may not be written is told: ${north.log.trim().slice(0, 100)}`);
  await allIsWell("a read-only folder");
}

// ---- old copies, lost files ----

async function oldCopy() {
  await north.stop();
  const backup = `${work}/backup`;
  copyFolder(north.data, backup);
  north.start();
  await startAll();
  for (let i = 0; i < 5; i++) await north.mustAct();
  await until("the peers hold it", () =>
    [south, monitor].every((peer) => peer.headSize("north") >= north.headSize()),
  );
  for (const party of all) await party.stop();
  rmSync(north.data, { recursive: true });
  renameSync(backup, north.data);
  north.start();
  await north.ready();
  await sleep(1500);
  assert.equal(await north.state(), "fenced");
  const refused = await north.act();
  assert.equal(refused.status, 503, refused.text);
  assert.match(refused.text, /node_fenced|node_rolled_back/);
  ok("an old copy without peers signs nothing, and says why");
  await startAll();
  const { logs } = await north.record();
  const marks = logs.find((log) => log.own).marks.map((mark) => mark.type);
  assert.ok(marks.includes("log.rebuilt"), `no log.rebuilt in ${marks}`);
  ok("with peers it takes its entries back, and the log says so");
  await north.mustAct();
  await allIsWell("an old copy of the whole folder");
}

async function lost() {
  for (const paths of [["log"], ["mirror"], ["node.db", "node.db-wal", "node.db-shm"],
    ["log", "mirror", "notes", "node.db", "node.db-wal", "node.db-shm"]]) {
    await north.stop();
    for (const path of paths) rmSync(`${north.data}/${path}`, { recursive: true, force: true });
    await comeBack(`lost ${paths.join(", ")}`);
  }
  await allIsWell("lost files");
}

// ---- changed bytes ----

/** Where the middle of an entry's text lies in a bundle and in node.db. */
function placesOf(party, owner, index) {
  const folder = party.logFolder(owner.name).slice(party.data.length + 1);
  const block = String(Math.floor(index / 256)).padStart(3, "0");
  const bundle = party.files(`${folder}/tile/entries`).find((path) =>
    path.includes(`/tile/entries/${block}`),
  );
  const bytes = readFileSync(`${party.data}/${bundle}`);
  let at = 0;
  for (let i = 0; i < index % 256; i++) at += 2 + bytes.readUInt16BE(at);
  const length = bytes.readUInt16BE(at);
  const middle = Math.floor(length / 2);
  const entry = bytes.subarray(at + 2, at + 2 + length);
  // Old copies may lie in free space of the database.
  const rows = [];
  const database = readFileSync(`${party.data}/node.db`);
  for (let row = database.indexOf(entry); row >= 0; row = database.indexOf(entry, row + 1)) {
    rows.push(row + middle);
  }
  assert.ok(rows.length > 0, `entry ${index} is not in node.db`);
  return {
    bundle,
    flipBundle: () => party.flip(bundle, at + 2 + middle),
    flipRow: () => rows.forEach((row) => party.flip("node.db", row)),
  };
}

async function rot() {
  await north.stop();
  const tile = north.files("log/tile/0")[0];
  const entry = (owner = north) => placesOf(north, owner, 3);
  const tries = {
    "a tile": () => north.flip(tile, 40),
    "a bundle": () => entry().flipBundle(),
    "a row": () => entry().flipRow(),
    "the checkpoint": () => north.flip("log/checkpoint", 5),
    "a replica's bundle": () => entry(south).flipBundle(),
    "a replica's row": () => entry(south).flipRow(),
    "a tile and a row": () => {
      north.flip(tile, 3 * 32 + 4);
      entry().flipRow();
    },
  };
  for (const [what, damage] of Object.entries(tries)) {
    damage();
    const found = run("detente", "check", "--data", north.data, "--quiet");
    assert.equal(found.code, 0, `${what}: ${found.out}`);
    await verifies(north);
    ok(`${what} with a changed bit is found and mended`);
  }
  for (const owner of [north, south]) {
    const place = entry(owner);
    place.flipBundle();
    place.flipRow();
    const found = run("detente", "check", "--data", north.data, "--quiet");
    assert.equal(found.code, 1, found.out);
    assert.match(found.out, /DAMAGED .* entry 3:/);
    await comeBack(`an entry of ${owner.name} changed in its row and its bundle is taken back`);
    await allIsWell("an entry lost here");
    await north.stop();
    const again = run("detente", "check", "--data", north.data, "--quiet");
    assert.equal(again.code, 0, again.out);
  }
  // Pages of the database itself.
  const file = openSync(`${north.data}/node.db`, "r+");
  const pages = Math.floor(readFileSync(`${north.data}/node.db`).length / 4096);
  for (let page = 2; page < pages; page += 3) writeSync(file, randomBytes(512), 0, 512, page * 4096);
  closeSync(file);
  north.start();
  const early = await Promise.race([north.ended, north.ready().then(() => undefined).catch(() => undefined)]);
  if (early) {
    assert.equal(early.code, 1);
    assert.match(north.log, /store_corrupt/);
    ok(`a spoilt node.db is told: ${north.log.trim().slice(0, 100)}`);
  } else {
    await north.kill();
  }
  for (const name of ["node.db", "node.db-wal", "node.db-shm"]) {
    rmSync(`${north.data}/${name}`, { force: true });
  }
  await comeBack("without node.db the node takes everything back");
  await allIsWell("changed bytes");
}

// ---- hostile peers ----

function answers(mode) {
  const lie = readFileSync(`${monitor.data}/log/checkpoint`);
  const own = readFileSync(`${south.data}/log/checkpoint`);
  const forged = Buffer.from(own);
  forged[forged.length - 10] ^= 1;
  return (request, response) => {
    response.on("error", () => {});
    if (mode === "drips 10 GB") {
      response.writeHead(200, { "content-length": 10e9 });
      const timer = setInterval(() => response.write("x"), 1000);
      response.on("close", () => clearInterval(timer));
    } else if (mode === "floods") {
      response.writeHead(200);
      const block = Buffer.alloc(1 << 20, 120);
      const pump = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on("drain", pump);
      pump();
    } else if (mode === "never answers") {
      // Nothing at all.
    } else if (mode === "answers with noise") {
      response.end(randomBytes(randomInt(1, 100000)));
    } else if (mode === "shows another's log as its own") {
      response.end(request.url === "/log/checkpoint" ? lie : own);
    } else {
      response.end(request.url.endsWith("/checkpoint") ? forged : randomBytes(8192));
    }
  };
}

async function behaveBadly(mode) {
  const sockets = new Set();
  let asked = 0;
  let server;
  if (mode === "speaks no TLS") {
    server = createTcpServer((socket) => {
      asked++;
      socket.on("error", () => {});
      socket.end(randomBytes(5000));
    });
  } else {
    const reply = answers(mode);
    server = createTlsServer(
      {
        cert: readFileSync(`${south.data}/keys/tls.pem`),
        key: readFileSync(`${south.data}/keys/tls.key.pem`),
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: "TLSv1.3",
      },
      (request, response) => {
        asked++;
        reply(request, response);
      },
    );
    server.on("tlsClientError", () => {});
  }
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise((ready) => server.listen(south.peerPort, "127.0.0.1", ready));
  try {
    await until(`north asks a peer that ${mode}`, () => asked > 0);
    const end = Date.now() + 3000;
    while (Date.now() < end) {
      const began = Date.now();
      await north.mustAct();
      assert.ok(Date.now() - began < kActMs, `an act took ${Date.now() - began} ms`);
      await sleep(100);
    }
    assert.ok(north.memoryMiB() < kMemoryMiB, `${north.memoryMiB()} MiB`);
    assert.equal(await north.state(), "running");
    ok(`a peer that ${mode}: acts go on, ${Math.round(north.memoryMiB())} MiB`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  }
}

async function hostile() {
  for (const mode of ["drips 10 GB", "floods", "never answers", "answers with noise",
    "shows another's log as its own", "forges checkpoints", "speaks no TLS"]) {
    await south.stop();
    await behaveBadly(mode);
  }
  await allIsWell("hostile peers");
}

// ---- clocks ----

async function clock() {
  const set = (now) =>
    north.ask("POST", "/control/clock", { now: new Date(now).toISOString() }, north.control);
  await north.stop();
  north.start({ driven: true });
  await north.ready();
  await north.running();
  for (let i = 0; i < 3; i++) await north.mustAct();
  ok("a clock that stands");
  const before = Date.now();
  assert.equal((await set(before + 3600_000)).status, 200);
  await north.mustAct();
  ok("a clock an hour ahead");
  assert.equal((await set(before)).status, 200);
  await north.mustAct();
  await north.stop();
  await comeBack("a clock set back by an hour");
  await allIsWell("clocks that jump and stand");
}

const parts = { crash, killed, fullDisk, readOnly, oldCopy, lost, rot, hostile, clock };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const began = Date.now();
try {
  await startAll();
  for (let i = 0; i < 5; i++) for (const party of [north, south]) await party.mustAct();
  await allIsWell("the beginning");
  for (const name of wanted) {
    console.log(`${name} (at ${Math.round((Date.now() - began) / 1000)} s)`);
    await parts[name]();
  }
  for (const party of all) await party.stop();
  for (const party of all) {
    await verifies(party);
    const found = run("detente", "check", "--data", party.data, "--quiet");
    assert.equal(found.code, 0, found.out);
  }
  ok("at the end every folder verifies and checks");
  const statements = all.reduce((sum, party) => sum + party.acknowledged.length, 0);
  console.log(`${checks} passed, 0 failed; ${statements} acknowledged statements, none lost; ` +
    `${Math.round((Date.now() - began) / 1000)} s`);
} catch (error) {
  for (const party of all) console.error(`--- ${party.name}: ${party.log.slice(-1500)}`);
  throw error;
} finally {
  for (const party of all) party.process?.kill("SIGKILL");
  if (process.env.DETENTE_KEEP) console.log(`kept ${work}`);
  else rmSync(work, { recursive: true, force: true });
}
