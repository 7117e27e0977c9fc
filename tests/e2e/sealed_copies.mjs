// SPDX-License-Identifier: Apache-2.0
//
// North registers sites and movements whose details are for south alone; the monitor has the logs
// and nothing more. Each part has nodes of its own. See sealed_copies.sh.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { faultsOf } from "./openapi.mjs";
import { everyFile, mustRun, setUp, verifies } from "./faults_nodes.mjs";
import { Clock, courier, peerGet } from "./private_checks_nodes.mjs";

const kDay = 86400000;
const kDrive = { driven: true };
const kName = "Shelter of the well";
const kLat = 359123457;

const registrar = (party) => party.tokenOf("registrar-1");
const time = (at) => new Date(at).toISOString();
const site = (name = kName) => ({
  name,
  category: "shelter",
  function: "families sleep here",
  at: { point: [kLat, 366234567], footprint_mm: 60000 },
});
function movement(start, name = "Night convoy") {
  const at = (hours) => time(start + hours * 3600000);
  return {
    name,
    purpose: "medical",
    route: [
      { point: [kLat, 366234567], name: "Well", from: at(0), to: at(0.5) },
      { point: [359923457, 366934567], name: "Ford", from: at(2), to: at(3) },
    ],
    half_width_mm: 500000,
    vehicles: [{ kind: "truck", colour: "white", day: "letters", night: "none", thermal: "none" }],
    persons: 4,
    contact: "satellite phone 4411",
  };
}

async function startAll(nodes, clock, how = kDrive) {
  for (const party of Object.values(nodes)) party.start(how);
  for (const party of Object.values(nodes)) await party.ready();
  await clock.set(clock.now); // they begin with the time of the machine
  await clock.until("all run", async () => {
    for (const party of Object.values(nodes)) {
      if ((await party.state()) !== "running") return false;
    }
    return true;
  });
}

async function register(party, clock, { name, days = 90, path = "sites" } = {}) {
  const body = { private: true, site: site(name), to: ["south"], expires: time(clock.now + days * kDay) };
  const answer = await party.ask("POST", `/api/${path}`, body, registrar(party));
  assert.equal(answer.status, 201, answer.text);
  return `${party.name}-${answer.json().index}`;
}
async function seen(party, key, kind = "sites") {
  const answer = await party.ask("GET", `/api/${kind}/${key}`, undefined, party.token);
  if (answer.status === 404) return undefined;
  assert.equal(answer.status, 200, answer.text);
  return answer.json()[kind === "sites" ? "site" : "movement"];
}
const knows = (party, key, kind) => async () => (await seen(party, key, kind))?.name;

/** The sealed copies that a party's log names: what each is for, and its hash. */
function copies(party, of = party.name) {
  const out = [];
  for (let index = 0; index < party.headSize(of); index++) {
    const text = mustRun("detente", "statement", "show", "--data", party.data, "--party", of, String(index));
    if (!text.includes(" content.commit ")) continue;
    for (const [, to, sha256] of text.matchAll(/"to":"([a-z]+)","box":"[^"]+","sha256":"([0-9a-f]{64})"/g)) {
      out.push({ to, sha256 });
    }
  }
  return out;
}
/** No file below the folder has it. */
function hasNot(folder, secret) {
  everyFile(folder, (path, entry) => {
    if (entry.isFile()) assert.ok(!readFileSync(path, "latin1").includes(secret), `${path} has ${secret}`);
  });
}
const clear = (party) => party.files("content").filter((file) => file.endsWith(".key"));

/** They travel, to whom they are for; the log shows that there is something and nothing of where. */
async function travels(nodes, clock) {
  const { north, south, monitor } = nodes;
  await startAll(nodes, clock);
  const key = await register(north, clock);
  assert.equal((await seen(north, key)).name, kName, "at once for its owner");
  await clock.until("south knows it", async () => (await seen(south, key))?.name === kName);
  const start = clock.now + 3 * kDay;
  const notice = {
    private: true, movement: movement(start), start: time(start), end: time(start + 3 * 3600000),
    checkin_s: 3600, emergency: false, to: ["south"],
  };
  const notified = await north.ask("POST", "/api/movements", notice, registrar(north));
  assert.equal(notified.status, 201, notified.text);
  const convoy = `north-${notified.json().index}`;
  await clock.until("south knows the route", knows(south, convoy, "movements"));
  await clock.until("the monitor has both entries", async () => (await seen(monitor, key)) && (await seen(monitor, convoy, "movements")));
  for (const [kind, which] of [["sites", key], ["movements", convoy]]) {
    const there = await seen(monitor, which, kind);
    assert.equal(there.private, true);
    assert.deepEqual(there.to, ["south"]);
    for (const member of ["name", "point", "route", "corridor", "function"]) {
      assert.equal(there[member], undefined, `${kind}: ${member}`);
    }
    const whole = await south.ask("GET", `/api/${kind}/${which}`);
    assert.deepEqual(faultsOf(`/api/${kind}/{key}`, "get", 200, whole.json()), []);
    assert.equal((await south.ask("GET", `/api/${kind}/${which}`, undefined, "nobody")).status, 401);
  }
  for (const secret of [kName, String(kLat), "Ford"]) hasNot(monitor.data, secret);

  // A new version travels as the first did.
  await register(north, clock, { name: "Shelter of the mill", path: `sites/${key}/revise` });
  await clock.until("south knows the new version", async () => (await seen(south, key)).name === "Shelter of the mill");
  for (const act of ["received", "disseminated"]) {
    const units = [{ unit: "Drone troop", at: time(clock.now), by: "data", confirmed: true }];
    const answer = await south.ask("POST", `/api/sites/${key}/${act}`, act === "received" ? {} : { units });
    assert.equal(answer.status, 201, answer.text);
  }
  await clock.until("north has the receipts", async () => {
    const { receipts } = (await north.ask("GET", `/api/sites/${key}`)).json();
    return receipts.length === 1 && receipts[0].steps.slice(2).every((step) => step.time);
  });
  await refusals(nodes, clock, key);
  for (const file of [...south.files("content"), ...south.files("blobs"), ...north.files("content")]) {
    const party = file.startsWith("content") && !south.files("content").includes(file) ? north : south;
    assert.equal(statSync(`${party.data}/${file}`).mode & 0o777, 0o600, file);
  }
  for (const party of Object.values(nodes)) await verifies(party);
}

async function refusals({ north, south, monitor }, clock, key) {
  const named = copies(monitor, "north");
  assert.equal(named.length, 3);
  const nothing = await peerGet(monitor, north, `/peer/content/${"00".repeat(32)}`);
  assert.equal(nothing.status, 404);
  for (const { to, sha256 } of named) {
    assert.equal(to, "south");
    const given = await peerGet(south, north, `/peer/content/${sha256}`);
    assert.equal(given.status, 200);
    assert.equal(createHash("sha256").update(given.body).digest("hex"), sha256);
    const rest = await peerGet(south, north, `/peer/content/${sha256}?from=100`);
    assert.ok(given.body.subarray(100).equals(rest.body), "the rest of it");
    const refused = await peerGet(monitor, north, `/peer/content/${sha256}`);
    assert.equal(refused.status, 404);
    assert.ok(refused.body.equals(nothing.body), "it is not said that there is one");
    assert.equal((await peerGet(north, south, `/peer/content/${sha256}`)).status, 404, "nor by its recipient");
    for (const from of ["-1", "999999999", "x", "99999999999999999999999"]) {
      assert.equal((await peerGet(south, north, `/peer/content/${sha256}?from=${from}`)).status, 404, from);
    }
  }
  const post = (body, token = registrar(north)) => north.ask("POST", "/api/sites", body, token);
  const before = await north.size();
  const good = { private: true, site: site(), to: ["south"], expires: time(clock.now + kDay) };
  for (const [wrong, status, code] of [
    [{ to: ["north"] }, 403, "protection_own"],
    [{ to: ["nobody"] }, 404, "agreement_unknown_party"],
    [{ to: [] }, 400, "protection_malformed"],
    [{ expires: time(clock.now - 1) }, 400, "protection_malformed"],
    [{ site: { ...site(), category: "bunker" } }, 400, "protection_malformed"],
    [{ site: { ...site(), priority: 1 } }, 400, ""],
  ]) {
    const answer = await post({ ...good, ...wrong });
    assert.equal(answer.status, status, `${JSON.stringify(wrong)}: ${answer.text}`);
    assert.match(answer.text, new RegExp(code));
  }
  assert.equal((await post(good, "nobody")).status, 401);
  assert.equal((await post(good, north.token)).status, 403, "a duty officer registers no site");
  const gone = await north.ask("POST", "/api/sites/north-99999/revise", good, registrar(north));
  assert.equal(gone.status, 404);
  const theirs = await south.ask("POST", `/api/sites/${key}/revise`, { ...good, to: ["north"] }, registrar(south));
  assert.match(theirs.text, /protection_not_owner/);
  assert.equal(await north.size(), before, "nothing was committed to in vain");
}

/** Nodes that die while copies are on their way, and pieces that are wrong. */
async function survivesDeaths(nodes, clock) {
  const { north, south } = nodes;
  await startAll(nodes, clock);
  const keys = [];
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 4; i++) keys.push(await register(north, clock, { name: `Clinic ${round}-${i}` }));
    for (let i = 0; i < round; i++) await clock.set(clock.now + 1000);
    const dying = round % 3 === 2 ? north : south;
    await dying.kill();
    dying.start(kDrive);
    await dying.ready();
    await clock.until(`${dying.name} runs`, async () => (await dying.state()) === "running");
  }
  for (const [i, key] of keys.entries()) {
    await clock.until(`south knows ${key}`, knows(south, key));
    assert.equal((await seen(south, key)).name, `Clinic ${Math.floor(i / 4)}-${i % 4}`);
  }
  // Half of a copy is at hand: it is gone on with. Half of another one: found out, and asked anew.
  for (const spoilt of [false, true]) {
    await clock.link(south, north, false);
    const key = await register(north, clock, { name: `Half ${spoilt}` });
    const { sha256 } = copies(north).at(-1);
    const half = readFileSync(`${north.data}/blobs/${sha256}`).subarray(0, 120);
    if (spoilt) half[7] ^= 1;
    writeFileSync(`${south.data}/blobs/${sha256}.part`, half, { mode: 0o600 });
    await clock.link(south, north, true);
    await clock.until(`south knows ${key}`, knows(south, key));
  }
  // A key file of which only the beginning was written.
  const first = clear(south)[0];
  await south.kill();
  writeFileSync(`${south.data}/${first}`, "00");
  south.start(kDrive);
  await south.ready();
  for (const key of keys) await clock.until(`south knows ${key} again`, knows(south, key));
  assert.deepEqual(south.files("blobs").filter((file) => file.endsWith(".part")), []);
  for (const party of Object.values(nodes)) await verifies(party);
}

/** Without the box key nothing is asked for; when it comes, the copy does. */
async function waitsForTheKey(nodes, clock) {
  const { north, south } = nodes;
  const box = `${south.data}/keys/box.key`;
  renameSync(box, `${box}.away`);
  await startAll(nodes, clock);
  const key = await register(north, clock);
  await clock.until("south has the entry", async () => seen(south, key));
  for (let i = 0; i < 10; i++) await clock.set(clock.now + 1000);
  assert.equal(await knows(south, key)(), undefined);
  assert.ok(south.log.includes("the box key of the copy is not here"), south.log);
  renameSync(`${box}.away`, box);
  await clock.until("south knows it", knows(south, key), { stepMs: 5000 });
}

/** What is over is given to nobody, and 30 days later recipients have it no more. */
async function goesWhenItIsOver(nodes, clock) {
  const { north, south } = nodes;
  await startAll(nodes, clock);
  const removed = await register(north, clock, { name: "Removed" });
  const expiring = await register(north, clock, { name: "Expiring", days: 2 });
  const standing = await register(north, clock, { name: "Standing" });
  for (const key of [removed, expiring, standing]) await clock.until(`south knows ${key}`, knows(south, key));
  const [first, second] = copies(north);
  const answer = await north.ask("POST", `/api/sites/${removed}/remove`, { reason: "closed" }, registrar(north));
  assert.equal(answer.status, 201, answer.text);
  assert.equal((await peerGet(south, north, `/peer/content/${first.sha256}`)).status, 404);
  await clock.set(clock.now + 3 * kDay);
  assert.equal((await peerGet(south, north, `/peer/content/${second.sha256}`)).status, 404);
  await clock.until("south has the removal", async () => (await seen(south, removed)).state === "removed");
  assert.equal(await knows(south, removed)(), "Removed", "kept for the account of a case");
  await clock.set(clock.now + 28 * kDay);
  await clock.until("the removed one is gone", async () => !(await knows(south, removed)()));
  assert.equal(await knows(south, expiring)(), "Expiring");
  await clock.set(clock.now + 2 * kDay);
  await clock.until("the expired one too", async () => !(await knows(south, expiring)()));
  assert.equal((await seen(south, expiring)).state, "expired", "it stays, without its place");
  assert.equal(await knows(south, standing)(), "Standing");
  assert.equal(clear(south).length, 1);
  assert.equal(clear(north).length, 3, "its owner keeps what it committed to");
  for (const name of ["Removed", "Expiring"]) hasNot(`${south.data}/content`, name);
  // A reconfirmation brings it back.
  const again = await north.ask("POST", `/api/sites/${expiring}/reconfirm`, { expires: time(clock.now + 9 * kDay) }, registrar(north));
  assert.equal(again.status, 201, again.text);
  await clock.until("south knows it again", knows(south, expiring));
}

/** No network at all: copies are in the courier files for their recipient alone. */
async function byCourier(nodes, clock, work) {
  const { north, south, monitor } = nodes;
  for (const party of Object.values(nodes)) party.others = [];
  await Promise.all(Object.values(nodes).map((party) => (party.start(kDrive), party.ready())));
  const carry = courier(nodes, clock, work, 8);
  for (let i = 0; i < 6 && (await north.state()) !== "running"; i++) await carry();
  const key = await register(north, clock);
  for (let i = 0; i < 6 && !(await knows(south, key)()); i++) await carry();
  assert.equal(await knows(south, key)(), kName);
  assert.equal(await knows(monitor, key)(), undefined);
  const { sha256 } = copies(north)[0];
  const listed = (to) => readFileSync(`${work}/north-${to}-${carry.trip}.zip`, "latin1").includes(`content/${sha256}`);
  assert.ok(listed("south") && !listed("monitor"));
  // A node that does not run: the copy waits in its courier folder.
  await south.stop();
  const second = await register(north, clock, { name: "Second" });
  await carry();
  south.start(kDrive);
  await south.ready();
  for (let i = 0; i < 6 && !(await knows(south, second)().catch(() => false)); i++) await carry();
  assert.equal(await knows(south, second)(), "Second");
}

/** Copies of a list for one recipient: made by program and by command, in pieces, signed for. */
async function copiesOfAList(nodes, clock) {
  const { north, south, monitor } = nodes;
  await startAll(nodes, clock);
  const ask = (party, path, token = registrar(party)) => party.ask("GET", `/api/site-copies${path}`, undefined, token);
  const make = (body, token = registrar(north)) => north.ask("POST", "/api/site-copies", body, token);
  for (const [body, status, code] of [
    [{ to: "south", coarse_m: 5000 }, 400, "protection_malformed"], // the list is empty
    [{ to: "north", coarse_m: 5000 }, 403, "protection_own"],
    [{ to: "nobody", coarse_m: 5000 }, 404, "agreement_unknown_party"],
    [{ to: "south", coarse_m: 999 }, 400, "json_member_range"],
    [{ to: "south", coarse_m: 5000, categories: ["bunker"] }, 400, "protection_malformed"],
    [{ to: "south", coarse_m: 5000, names: true }, 400, "json_member_unknown"],
  ]) {
    const answer = await make(body);
    assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.text}`);
    assert.match(answer.text, new RegExp(code));
  }
  const size = await north.size();
  // A list whose copy does not fit into one piece, and one private site.
  const rows = Array.from({ length: 4990 }, (_, i) => `Clinic ${i},medical,clinic,${(35 + (i % 1000) / 1000).toFixed(5)},${(36 + i / 10000).toFixed(5)},WGS84`);
  const list = { format: "csv", text: ["name,category,function,latitude,longitude,datum", ...rows].join("\n"), to: ["south", "monitor"], expires: time(clock.now + 90 * kDay), dry_run: false };
  const imported = await north.ask("POST", "/api/sites/import", list, registrar(north));
  assert.equal(imported.status, 201, imported.text.slice(0, 500));
  const hidden = await register(north, clock);
  const made = await make({ to: "south", coarse_m: 5000 });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(faultsOf("/api/site-copies", "post", 201, made.json()), []);
  const { key, sha256, size: bytes, id } = made.json();
  assert.ok(bytes > 256 * 1024, `${bytes} bytes are more than a piece`);
  const piece = await (async () => peerGet(south, north, `/peer/content/${sha256}`))();
  assert.equal(piece.body.length, 256 * 1024);
  await clock.until("south has its copy", async () => {
    const { copies: all } = (await ask(south, "")).json();
    return all.some((one) => one.key === key && one.here);
  });
  for (const party of [north, south]) {
    const answer = await ask(party, "");
    assert.deepEqual(faultsOf("/api/site-copies", "get", 200, answer.json()), []);
    assert.equal(answer.json().copies[0].receipt, undefined, "nobody has signed for it");
    assert.equal(answer.json().copies[0].id, id);
  }
  const asReader = (path) => fetch(`http://127.0.0.1:${south.port}/api/site-copies${path}`);
  const reader = (await (await asReader("")).json()).copies[0];
  assert.equal(reader.id, undefined, "a reader sees that there is one, and not what is in it");
  assert.deepEqual((await ask(monitor, "", monitor.token)).json().copies, []);
  assert.equal((await ask(monitor, `/${key}`, monitor.token)).status, 404);
  assert.equal((await asReader(`/${key}`)).status, 403);
  assert.equal((await ask(south, "", "nobody")).status, 401);
  const there = await ask(south, `/${key}`);
  assert.deepEqual(faultsOf("/api/site-copies/{key}", "get", 200, there.json()), []);
  contains(there.json().sites, (await ask(north, `/${key}`)).json().sites, rows, hidden);
  for (const secret of ["Clinic 17", kName]) assert.ok(!there.text.includes(secret), secret);

  assert.equal((await north.ask("POST", `/api/site-copies/${key}/receipt`, {}, registrar(north))).status, 403);
  const signed = await south.ask("POST", `/api/site-copies/${key}/receipt`, {}, registrar(south));
  assert.equal(signed.status, 201, signed.text);
  assert.deepEqual(faultsOf("/api/site-copies/{key}/receipt", "post", 201, signed.json()), []);
  assert.equal(signed.json().opens, true);
  const again = await south.ask("POST", `/api/site-copies/${key}/receipt`, {}, registrar(south));
  assert.equal(again.status, 409, again.text);
  const receipt = await clock.until("north has the receipt", async () => (await ask(north, "")).json().copies[0].receipt);
  assert.equal(receipt.officer, "south/registrar-1");

  // By command, for another recipient: another copy, of the same places.
  const words = ["sites", "copy", "--to", "monitor", "--coarse-m", "5000", "--url", `http://127.0.0.1:${north.port}`];
  const told = mustRun("detente", ...words, "--token-file", `${north.data}/tokens.json`, "--officer", "north/registrar-1");
  assert.match(told, /Not being listed removes no protection/);
  const other = JSON.parse(told.split("\n").find((line) => line.startsWith("{")));
  assert.notEqual(other.id, id);
  assert.notEqual(other.sha256, sha256);
  assert.deepEqual((await ask(north, `/${other.key}`)).json().sites, there.json().sites, "together they tell no more");
  await clock.until("the monitor has its copy", async () => (await ask(monitor, "", monitor.token)).json().copies[0]?.here);
  const third = await make({ to: "monitor", coarse_m: 10000, categories: ["shelter"] });
  assert.equal(third.json().entries, 1);
  assert.ok((await north.size()) > size);
  for (const party of Object.values(nodes)) await verifies(party);
}

/** Every place lies in its circle; both sides see the same circles. */
function contains(seen, own, rows, hidden) {
  assert.equal(seen.length, 4991);
  assert.deepEqual(seen, own);
  assert.ok(seen.some((one) => one.key === hidden && one.category === "shelter"));
  const degree = Math.PI / 180;
  const metres = ([aLng, aLat], [bLng, bLat]) => {
    const h = Math.sin(((bLat - aLat) * degree) / 2) ** 2 + Math.cos(aLat * degree) * Math.cos(bLat * degree) * Math.sin(((bLng - aLng) * degree) / 2) ** 2;
    return 2 * 6371008.8 * Math.asin(Math.sqrt(h));
  };
  for (const [i, row] of rows.entries()) {
    const [, , , lat, lng] = row.split(",");
    assert.ok(metres([Number(lng), Number(lat)], seen[i].point) < seen[i].radius_m - 60, row);
    assert.equal(seen[i].radius_m, 5000);
  }
}

const kParts = { travels, survivesDeaths, waitsForTheKey, goesWhenItIsOver, copiesOfAList, byCourier };
const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, part] of Object.entries(kParts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const work = mkdtempSync(`${tmpdir()}/sealed-copies-`);
  const nodes = await setUp(work, ",registrar-1:registrar");
  const clock = new Clock(Object.values(nodes));
  const began = performance.now();
  try {
    await part(nodes, clock, work);
    for (const party of Object.values(nodes)) await party.stop();
    console.log(`ok    ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}: ${error.stack}`);
    for (const party of Object.values(nodes)) console.log(`--- ${party.name}\n${party.log.slice(-1500)}`);
  } finally {
    for (const party of Object.values(nodes)) await party.kill();
    if (process.env.DETENTE_KEEP) console.log(`kept ${work}`);
    else rmSync(work, { recursive: true, force: true });
  }
}
process.exit(failed === 0 ? 0 : 1);
