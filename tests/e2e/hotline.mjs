// SPDX-License-Identifier: Apache-2.0
//
// See hotline.sh. North sends, south hears; the monitor stands by.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { mustRun, nothingIsLost, setUp, sleep, until, verifies } from "./faults_nodes.mjs";
import { faultsOf } from "./openapi.mjs";
import { bringFlash, hearEvents, openLink, openSiren, percentile, signedStop } from "./hotline_parts.mjs";

const work = mkdtempSync(`${tmpdir()}/detente-hotline-`);
chmodSync(work, 0o755);
const nodes = await setUp(work, ",sig-1:signatory,sig-2:signatory");
const { north, south, monitor } = nodes;
const all = [north, south, monitor];
const siren = await openSiren();
// Every way into and out of south can be slow or cut; north and the monitor are well connected.
const kWays = { south: ["north", "monitor"], north: ["south"], monitor: ["south"] };
const links = [];
const via = {};
for (const [from, names] of Object.entries(kWays)) {
  via[from] = {};
  for (const to of names) {
    const link = await openLink(nodes[to].peerPort);
    links.push(link);
    via[from][to] = link.port;
  }
}
const setLinks = (change) => links.forEach((link) => Object.assign(link, change));
let checks = 0;
function ok(what) {
  checks++;
  console.log(`  ok   ${what}`);
}

const start = (party) =>
  party.start({ via: via[party.name], sirens: party === south ? [siren.url] : [] });
async function startAll() {
  for (const party of all) if (!party.process) start(party);
  for (const party of all) await party.ready();
  for (const party of all) await party.running();
}

async function hotline(party) {
  const answer = await party.ask("GET", "/api/hotline");
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}
const alarmOf = async (party, id) => (await hotline(party)).alarms.find((one) => one.id === id);

async function post(party, path, body, token) {
  const answer = await party.ask("POST", path, body, token);
  assert.equal(answer.status, 201, `${party.name} ${path}: ${answer.text}`);
  return answer.json();
}
const sendStop = (reason, token) => post(north, "/api/stops", { reason }, token);
const ackStop = (party, id) => post(party, `/api/stops/${id}/ack`, {});

async function inRecord(party, id) {
  await until(`the record of ${party.name} has ${id.slice(0, 8)}`, async () => {
    const alarm = await alarmOf(party, id);
    return alarm && alarm.index !== null;
  });
}

// ---- how fast ----

/** Sends `count` STOPs, one after the other; the times until south's page and siren knew of them. */
async function measure(count) {
  const seen = new Map(); // the first that south's page hears of it: by flash, or by the record
  const stopHearing = hearEvents(south, (event, data, at) => {
    const key = event === "flash" ? data.id : event === "stop" && data.type === "stop.send" ? data.index : "";
    if (key && !seen.has(key)) seen.set(key, at);
  });
  await sleep(200);
  const page = [];
  const horn = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    const { id, index } = await sendStop("a test of the line");
    const heard = () => Math.min(seen.get(id) ?? Infinity, seen.get(`${index}`) ?? Infinity);
    await until("south's page knows", () => heard() < Infinity);
    await until("south's siren knows", () => siren.told.has(`${id} 1`));
    page.push(heard() - began);
    horn.push(siren.told.get(`${id} 1`).at - began);
    await inRecord(south, id);
    await ackStop(south, id);
  }
  stopHearing();
  return { page, horn };
}

function report(what, { page, horn }) {
  const ms = (value) => value.toFixed(1);
  const row = (values) => `p50 ${ms(percentile(values, 0.5))} ms, p99 ${ms(percentile(values, 0.99))} ms`;
  console.log(`  time ${what}: STOP sent to the other's page ${row(page)}; to its siren ${row(horn)}`);
  assert.ok(percentile(horn, 0.99) < 10_000, "a siren is told within seconds");
}

async function times() {
  report("idle", await measure(100));
  let busy = true;
  const load = async () => {
    while (busy) {
      await post(north, "/api/hotline/tests", { to: "south" });
    }
  };
  const loads = Array.from({ length: 16 }, load);
  report("while north logs all it can", await measure(50));
  busy = false;
  await Promise.all(loads);
  ok("a STOP is seen at the other's page and told to its siren, idle and under load");
}

// ---- both ways, and the acknowledgement ----

async function acknowledged() {
  const { id } = await sendStop("close pass");
  await inRecord(south, id);
  await until("the siren was told", () => siren.told.has(`${id} 1`));
  const { body } = siren.told.get(`${id} 1`);
  assert.equal(body.kind, "stop");
  assert.equal(body.party, "north");
  assert.equal(body.text, "close pass");
  await until("it is on the record that the siren was told", async () => {
    const { raised } = await alarmOf(north, id);
    return raised.some((one) => one.party === "south" && one.level === 1 && one.siren === "told");
  });
  await ackStop(south, id);
  await until("north sees the acknowledgement", async () => (await alarmOf(north, id)).acked);
  const told = siren.requests;
  await sleep(2500);
  assert.equal(siren.requests, told, "an acknowledged alarm is told to nobody");
  ok("STOP, siren, alarm.raised, acknowledgement: each is seen on the other side");
}

async function refusingSiren() {
  siren.status = 503;
  const { id } = await sendStop("siren is broken");
  await until("the refusal is on the record", async () => {
    const alarm = await alarmOf(south, id);
    return alarm?.raised.some((one) => one.level === 1 && one.siren === "failed");
  });
  siren.status = 200;
  await until("it was told in the end", () => siren.told.has(`${id} 1`));
  await inRecord(south, id);
  await ackStop(south, id);
  ok("a siren that refuses is told again, and that it failed is on the record");
}

/** One of everything, read on both sides and held against the document. */
async function everything() {
  const at = (ms) => new Date(Date.now() + ms).toISOString();
  await post(north, "/api/hotline/watch", { until: at(3_600_000) });
  await post(north, "/api/hotline/roster", {
    shifts: [{ officer: "north/duty-1", from: at(0), to: at(28_800_000) }],
  });
  const test = await post(north, "/api/hotline/tests", { to: "south" });
  const warning = await post(north, "/api/hotline/warnings", {
    kind: "firing", text: "mind it", language: "en", until: at(3_600_000),
    volume: {
      area: { circle: { center: [359000000, 366000000], radius_mm: 5000000 } },
      altitude: { lower_mm: 0, upper_mm: 3000000, reference: "MSL" },
      time: { start: at(0), end: at(3_600_000) },
    },
  });
  const place = { lat_e7: 359300000, lng_e7: 366300000, name: "Idlib" };
  const message = await post(north, "/api/hotline/messages", {
    form: "impacts_seen", fields: { seen: "smoke", place, time: at(0) }, language: "en",
    to: ["south"], text: "<b>as typed</b>",
  });
  const call = await post(north, "/api/hotline/calls", {
    with: "south", began: at(-60_000), ended: at(0), line: "voice 1", language: "en", summary: "agreed",
  });
  await inRecord(south, warning.id);
  await until("south has all of it", async () => (await south.size("north")) > call.index);
  await post(south, `/api/hotline/tests/${test.id}/answer`, {});
  await post(south, `/api/hotline/warnings/${warning.id}/ack`, {});
  await post(south, "/api/read", { party: "north", index: message.index });
  await post(south, "/api/hotline/messages", {
    form: "answer", fields: { answer: "no" }, language: "ru", to: ["north"], reply_to: message.id,
  });
  await post(south, "/api/hotline/calls", {
    with: "north", began: at(-60_000), ended: at(0), line: "voice 1", language: "ru",
    summary: "согласовано", about: call.id,
  });
  await post(north, `/api/hotline/warnings/${warning.id}/over`, { reason: "it is quiet" });
  const seen = await until("north sees the answers", async () => {
    const found = await hotline(north);
    return found.calls.length > 1 && found.messages[0].reply_to === message.id && found;
  });
  assert.equal(seen.lines[0].why, "on_watch");
  assert.equal(seen.lines.find((line) => line.party === "south").test.by, "south/duty-1");
  assert.ok(seen.messages[1].rendered.ru.includes("дым или пожар"));
  assert.ok(seen.warnings.find((one) => one.id === warning.id).restrike.read);
  for (const party of [north, south]) {
    for (const path of ["/api/hotline", "/api/hotline/forms"]) {
      const answer = await party.ask("GET", path);
      assert.deepEqual(faultsOf(path, "get", answer.status, answer.json()), []);
    }
  }
  ok("the watch, tests, warnings, messages and calls go both ways, as the document says");
}

// ---- where the record does not come ----

async function suspended() {
  mustRun("detente", "agreement", "suspend", "--data", north.data, "--officer", "sig-1", "--officer",
    "sig-2", "--reason", "a breach on the ground", "--url", `http://127.0.0.1:${north.port}`,
    "--token-file", `${north.data}/tokens.json`);
  await until("south sees the suspension", async () =>
    (await south.ask("GET", "/api/agreement/course")).text.includes("suspended"),
  );
  const { id } = await sendStop("while it is suspended");
  await inRecord(south, id);
  await ackStop(south, id);
  const until_ = new Date(Date.now() + 600_000).toISOString();
  const warning = await post(north, "/api/hotline/warnings", { kind: "persons_near", until: until_ });
  await inRecord(south, warning.id);
  await post(south, `/api/hotline/warnings/${warning.id}/ack`, {});
  const message = await post(south, "/api/hotline/messages", {
    form: "answer", fields: { answer: "wait" }, language: "ru", to: ["north"],
  });
  await until("north can read it in Arabic", async () => {
    const found = (await hotline(north)).messages.find((one) => one.id === message.id);
    return found?.rendered.ar.includes("انتظروا");
  });
  ok("STOP, warnings and messages work while the agreement is suspended");
}

async function backlog() {
  await south.stop();
  for (let i = 0; i < 3000; i += 50) {
    await Promise.all(Array.from({ length: 50 }, () => post(north, "/api/hotline/tests", { to: "south" })));
  }
  const size = north.headSize();
  setLinks({ slow: 4000 });
  start(south);
  await south.ready();
  await until("south pulls", async () => (await south.size("north")) < size);
  const began = performance.now();
  const { id } = await sendStop("behind a backlog");
  const alarm = await until("south's page shows it", () => alarmOf(south, id), 60_000);
  const took = performance.now() - began;
  assert.equal(alarm.index, null);
  assert.equal(alarm.flash, true);
  await until("the siren was told", () => siren.told.has(`${id} 1`));
  const held = await south.size("north");
  assert.ok(held < size, "the record is still on its way");
  console.log(`  time behind ${size - held} entries on a link of 4 kB/s: ${(took / 1000).toFixed(1)} s`);
  setLinks({ slow: 0 });
  await south.running(60_000);
  await inRecord(south, id);
  assert.equal((await hotline(south)).flash.pending, 0);
  await ackStop(south, id);
  ok("a STOP sounds while thousands of entries wait on a slow link, and is the same alarm later");
}

async function cutLink() {
  setLinks({ cut: true });
  for (const link of links) link.drop();
  const { id } = await sendStop("into a cut link");
  await sleep(6000);
  assert.equal(await alarmOf(south, id), undefined);
  setLinks({ cut: false });
  const began = performance.now();
  await until("south hears it when the link is back", () => alarmOf(south, id), 40_000);
  console.log(`  time after the link came back: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await inRecord(south, id);
  await ackStop(south, id);
  ok("a STOP that was sent into a cut link is heard when it is back");
}

// ---- what must raise nothing ----

async function replays() {
  const { id, index } = await sendStop("to be replayed");
  await inRecord(south, id);
  await ackStop(south, id);
  const entry = (await north.ask("GET", `/api/log/north/${index}`)).json();
  const envelope = JSON.stringify(JSON.parse(Buffer.from(entry.entry, "base64").toString()).env);
  await sleep(2500); // what the monitor passes on has come
  const before = await hotline(south);
  const told = siren.requests;
  for (const from of [north, monitor]) assert.equal(await bringFlash(from, south, envelope), 200);
  assert.equal(await bringFlash(north, south, envelope.replace("}", "} ")), 200);
  await assert.rejects(bringFlash(north, south, "x".repeat(5000)).then((status) => {
    assert.equal(status, 413);
    throw new Error("refused");
  }));
  await sleep(1500);
  const after = await hotline(south);
  assert.equal(after.totals.unacknowledged, before.totals.unacknowledged);
  assert.equal(after.flash.repeated, before.flash.repeated + 2);
  assert.equal(after.flash.refused, before.flash.refused + 1);
  assert.equal(siren.requests, told);
  ok("replayed and changed flashes raise nothing, and are counted");
}

async function revoked() {
  const agreement = (await north.ask("GET", "/api/hello")).json().agreement.sha256;
  const bring = async (text) => {
    assert.equal(await bringFlash(north, south, text), 200);
    return (await hotline(south)).flash;
  };
  const first = (await hotline(south)).flash;
  const shown = await bring(signedStop(north, "duty-2", agreement));
  assert.equal(shown.pending, first.pending + 1, "a good one is shown");
  const expired = await bring(signedStop(north, "duty-2", agreement, { life: -60_000 }));
  const foreign = await bring(signedStop(north, "duty-2", "0".repeat(64)));
  assert.equal(expired.refused, first.refused + 1, "an expired one is not");
  assert.equal(foreign.refused, first.refused + 2, "nor one of another agreement");
  mustRun("detente", "key", "revoke", "duty-2", "--data", north.data, "--reason", "lost", "--url",
    `http://127.0.0.1:${north.port}`, "--token-file", `${north.data}/tokens.json`);
  const answer = await north.ask("POST", "/api/stops", { reason: "x" }, north.tokenOf("duty-2"));
  assert.equal(answer.status, 403, answer.text);
  const gone = await until("the revocation ends the alarm that no entry followed", async () => {
    const { flash } = await hotline(south);
    return flash.pending === first.pending && flash;
  });
  const told = siren.requests;
  const after = await bring(signedStop(north, "duty-2", agreement));
  assert.equal(after.refused, gone.refused + 1);
  assert.equal(after.pending, first.pending);
  await sleep(1500);
  assert.equal(siren.requests, told);
  ok("flashes that are expired, foreign or of a revoked officer raise nothing, and are counted");
}

async function courier() {
  const file = `${work}/old.zip`;
  await sendStop("in an old file");
  mustRun("detente", "courier", "export", "--data", north.data, "--to", "south", "--out", file);
  const { id } = await sendStop("after the file");
  await inRecord(south, id);
  await ackEverything();
  const before = await hotline(south);
  const told = siren.requests;
  mkdirSync(`${south.data}/courier/in`, { recursive: true });
  copyFileSync(file, `${south.data}/courier/in/old.zip`);
  await until("the file was taken in", () => !existsSync(`${south.data}/courier/in/old.zip`));
  await sleep(1500);
  const after = await hotline(south);
  assert.equal(after.totals.unacknowledged, before.totals.unacknowledged);
  assert.equal(after.totals.alarms, before.totals.alarms);
  assert.equal(siren.requests, told);
  ok("an old courier file raises nothing");
}

async function ackEverything() {
  for (;;) {
    const open = (await hotline(south)).alarms.filter((one) => !one.acked && one.acts.includes("ack"));
    if (open.length === 0) return;
    await Promise.all(open.map((one) => post(south, one.kind === "stop" ? `/api/stops/${one.id}/ack` : `/api/hotline/warnings/${one.id}/ack`, {})));
  }
}

async function flood() {
  const began = performance.now();
  const total = 10_000;
  let sent = 0;
  await Promise.all(Array.from({ length: 50 }, async () => {
    while (sent < total) {
      sent++;
      await sendStop("flood", north.tokenOf("duty-1"));
    }
  }));
  const took = (performance.now() - began) / 1000;
  const at = performance.now();
  const { id } = await sendStop("the one that matters");
  await until("the last STOP is heard", () => alarmOf(south, id) || siren.told.has(`${id} 1`), 60_000);
  console.log(`  time 10,000 STOPs logged in ${took.toFixed(1)} s; the next one heard ${((performance.now() - at) / 1000).toFixed(1)} s later`);
  await until("all are in south's record", async () => (await hotline(south)).totals.unacknowledged >= total, 120_000);
  const answer = performance.now();
  await hotline(south);
  console.log(`  time /api/hotline with 10,000 open alarms: ${(performance.now() - answer).toFixed(0)} ms`);
  assert.ok(north.memoryMiB() < 400 && south.memoryMiB() < 400, "the flood is bounded");
  for (const party of all) await verifies(party);
  nothingIsLost(north);
  ok("a flood of 10,000 STOPs is carried, and the next one is heard");
}

const kParts = { times, acknowledged, refusingSiren, everything, suspended, backlog, cutLink, replays, courier, revoked, flood };
const wanted = process.argv.slice(2);
for (const name of wanted) assert.ok(kParts[name], `no part ${name}; there are ${Object.keys(kParts)}`);
let failed = false;
try {
  await startAll();
  for (const [name, part] of Object.entries(kParts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(name);
    await startAll();
    await part();
  }
  for (const party of all) await party.stop();
  console.log(`hotline: ${checks} checks passed`);
} catch (error) {
  failed = true;
  console.error(error);
  for (const party of all) console.error(`--- ${party.name}\n${party.log.slice(-1500)}`);
} finally {
  for (const party of all) await party.kill();
  siren.close();
  for (const link of links) link.close();
  if (!failed) rmSync(work, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
