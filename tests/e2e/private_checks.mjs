// SPDX-License-Identifier: Apache-2.0
//
// Private checks between real nodes: two parties and a keeper of a list. Each part has nodes of its
// own. See private_checks.sh.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { faultsOf } from "./openapi.mjs";
import { everyFile, mustRun, run, sleep, verifies } from "./faults_nodes.mjs";
import {
  box, checkOf, courier, hexOf, kEpochMs, kKeepMs, peerFile, plan, postList, postPlan, saidOnce, setUpChecks,
  statements,
} from "./private_checks_nodes.mjs";

const kSites = ["Idlib hospital,medical,hospital,35.93,36.63", "Maarat school,school,school,35.64,36.67"];
const kDrive = { driven: true };

async function startAll(nodes, clock) {
  for (const party of Object.values(nodes)) party.start(kDrive);
  for (const party of Object.values(nodes)) await party.ready();
  await clock.set(clock.now); // they begin with the time of the machine, in the epoch before
  await clock.until("all run", async () => {
    for (const party of Object.values(nodes)) {
      if ((await party.state()) !== "running") return false;
    }
    return true;
  });
}
async function stopAll(nodes) {
  for (const party of Object.values(nodes)) await party.stop();
}
const done = (party, id) => async () => {
  const now = await plan(party, id);
  if (now.ready) return now;
  throw new Error(JSON.stringify(now));
};
function matches(party, of) {
  return statements(party, of)
    .filter((one) => one.type === "psi.result")
    .map((one) => /"matches":\[([0-9,]*)\]/.exec(one.text)[1])
    .join(",")
    .split(",")
    .filter((text) => text !== "")
    .map(Number)
    .sort((a, b) => a - b);
}
function shape(path, method, status, body) {
  assert.deepEqual(faultsOf(path, method, status, body), [], `${method} ${path}`);
}

/** Plans against plans, plans against the list; who may see what. */
async function checksBetweenNodes(nodes, clock) {
  const { north, south, monitor } = nodes;
  await startAll(nodes, clock);
  const dry = await postList(monitor, kSites, true);
  assert.equal(dry.status, 200, dry.text);
  assert.equal(dry.json().imported, false);
  shape("/api/checks/lists", "post", 200, dry.json());
  const broken = await postList(monitor, [...kSites, "Nowhere,medical,hospital,95,36"]);
  assert.equal(broken.json().imported, false, "one fault, and nothing is taken");
  const list = await postList(monitor, kSites);
  assert.equal(list.status, 201, list.text);
  shape("/api/checks/lists", "post", 201, list.json());

  // North and south plan in one place; another plan of south's lies far away from all.
  const first = await postPlan(north, [box(clock.now, 35.85, 36.55)]);
  const near = await postPlan(south, [box(clock.now, 35.95, 36.65)]);
  const far = await postPlan(south, [box(clock.now, 35.1, 38.9)]);
  for (const [party, id, plans, sites] of [
    [north, first, true, true],
    [south, near, true, true],
    [south, far, false, false],
  ]) {
    const seen = await clock.until(`${id} is checked`, done(party, id));
    shape("/api/checks/plans/{id}", "get", 200, { now: new Date().toISOString(), plan: seen });
    assert.equal(checkOf(seen, "plans").near, plans, `${id} and plans`);
    assert.equal(checkOf(seen, "sites").near, sites, `${id} and sites`);
    assert.equal(checkOf(seen, "plans").cells.length > 0, plans);
    for (const cell of checkOf(seen, "sites").cells) {
      assert.deepEqual(Object.keys(cell), ["shape"], "of a list only coarse places are shown");
    }
  }
  // A later plan is compared with what was asked before, on both sides.
  const later = await postPlan(north, [box(clock.now, 35.12, 38.92)]);
  const seen = await clock.until("the later plan is checked", done(north, later));
  assert.equal(checkOf(seen, "plans").near, true);
  await clock.until("south learns of it", async () => checkOf(await plan(south, far), "plans").near === true);
  await clock.until("both logs have all numbers", async () => {
    const [a, b] = [matches(north, "north"), matches(north, "south")];
    if (a.length >= 2 && a.length === b.length) return true; // plans of one moment share a post
    throw new Error(JSON.stringify([a, b]));
  });
  assert.deepEqual(matches(north, "north"), matches(north, "south"));

  const plans = await north.ask("GET", "/api/checks/plans");
  shape("/api/checks/plans", "get", 200, plans.json());
  const lists = await monitor.ask("GET", "/api/checks/lists", undefined, monitor.tokenOf("registrar-1"));
  shape("/api/checks/lists", "get", 200, lists.json());
  assert.equal(lists.json().lists[0].state, "posted");
  await refusals(nodes, clock, first);
  claims(nodes);
  for (const party of [north, south, monitor]) {
    for (const of of ["north", "south", "monitor"]) saidOnce(party, of);
  }
  for (const party of Object.values(nodes)) await verifies(party);
  for (const party of Object.values(nodes)) privateFiles(party);
}

async function refusals({ north, south, monitor }, clock, id) {
  for (const path of ["/api/checks/plans", `/api/checks/plans/${id}`, "/api/checks/lists"]) {
    assert.equal((await north.ask("GET", path, undefined, "nobody")).status, 401, path);
    assert.equal((await monitor.ask("GET", path)).status, 403, `${path} for a monitor`);
  }
  const volumes = [box(clock.now, 35.85, 36.55)];
  const post = (party, body, token) => party.ask("POST", "/api/checks/plans", body, token);
  assert.equal((await post(north, { purpose: "patrol", volumes }, north.tokenOf("registrar-1"))).status, 403);
  assert.equal((await post(north, { purpose: "nominate", volumes })).status, 400);
  const tiny = [box(clock.now, 35.85, 36.55, { size: 0.01 })];
  assert.match((await post(north, { purpose: "patrol", volumes: tiny })).text, /checks_footprint/);
  assert.equal((await north.ask("GET", "/api/checks/plans/north-99999")).status, 404);
  assert.equal((await postList(north, kSites)).status, 409, "north keeps no list");
  // The board for north is for north alone.
  const posts = statements(monitor).filter((one) => one.type === "psi.post");
  const ofNorth = posts.find((one) => one.text.includes('"with":"north"'));
  const root = hexOf(/"tags":"([^"]+)"/.exec(ofNorth.text)[1]);
  assert.equal((await peerFile(north, monitor, root)).status, 200);
  assert.equal((await peerFile(south, monitor, root)).status, 404);
  for (const other of ["00".repeat(32), "../key", "key", `${root}0`]) {
    assert.notEqual((await peerFile(north, monitor, other)).status, 200, other);
  }
}

/** Single cells for an inquiry, and the whole question for the auditor alone. */
function claims({ north, south, monitor }) {
  const shown = mustRun("detente", "checks", "show", "--data", north.data, "--cells").split("\n");
  const plans = shown.findIndex((line, at) => line.includes(", plans: ") && shown[at + 1].startsWith("  list"));
  const from = plans + 1;
  assert.ok(from > 0, shown.join("\n"));
  const root = /list (\S+):/.exec(shown[from])[1];
  const cell = shown[from + 1].trim();
  const of = (type) => statements(north).find((one) => one.type === type && one.text.includes(`"root":"${root}"`));
  const agreement = `${north.data}/agreement.json`;
  const verify = (...words) => {
    const file = `${north.data}/../claim.json`;
    mustRun("detente", "checks", "claim", ...words, "--out", file);
    return mustRun("detente-verify", "--claims", file, "--agreement", agreement);
  };
  const said = (type) => ["--data", north.data, "--index", `${of(type).index}`, "--cell", cell];
  const post = verify(...said("psi.post"), "--committed");
  assert.match(post, /the board of .* held /);
  assert.match(post, /the list committed to in .* holds /);
  assert.match(verify(...said("psi.post").slice(0, -1), `${cell.slice(0, 16)}0100000f${cell.slice(24)}`), /did not hold/);
  assert.match(verify(...said("psi.query")), /the question of .* asked about /);
  const answer = statements(south).find((one) => one.type === "psi.answer");
  const right = verify("--data", south.data, "--index", `${answer.index}`, "--place", "3");
  assert.match(right, /is right at place 3/);
  const opened = `${north.data}/../opened`;
  mustRun("detente", "checks", "open", "--data", north.data, "--index", `${of("psi.query").index}`, "--to", "monitor", "--out", opened);
  assert.match(mustRun("detente", "checks", "audit", "--data", monitor.data, opened), /the list is that of its plans/);
  assert.notEqual(run("detente", "checks", "audit", "--data", south.data, opened).code, 0, "it is sealed to the auditor");
}

function privateFiles(party) {
  everyFile(`${party.data}/checks`, (path, entry) => {
    assert.equal(statSync(path).mode & 0o777, entry.isDirectory() ? 0o700 : 0o600, path);
  });
}

/** Nodes die again and again; the check ends as it would have. */
async function survivesDeaths(nodes, clock) {
  const { north, south, monitor } = nodes;
  await startAll(nodes, clock);
  assert.equal((await postList(monitor, kSites)).status, 201);
  const ids = [
    [north, await postPlan(north, [box(clock.now, 35.85, 36.55)])],
    [south, await postPlan(south, [box(clock.now, 35.95, 36.65)])],
  ];
  const pauses = [0, 15, 30, 45, 60, 80, 110, 150, 200, 260];
  for (const [turn, pause] of pauses.entries()) {
    const victim = turn % 2 === 0 ? north : turn % 4 === 1 ? south : monitor;
    await clock.set(clock.now + 1000);
    await sleep(pause);
    await victim.kill();
    victim.start(kDrive);
    await victim.ready();
    await clock.until(`${victim.name} runs again`, async () => (await victim.state()) === "running");
  }
  for (const [party, id] of ids) {
    const seen = await clock.until(`${id} is checked`, done(party, id));
    assert.equal(checkOf(seen, "plans").near, true);
    assert.equal(checkOf(seen, "sites").near, true);
  }
  await clock.until("both have numbers", async () => matches(north, "south").length === 1 && matches(north, "north").length === 1);
  assert.deepEqual(matches(north, "north"), matches(north, "south"));
  for (const of of ["north", "south", "monitor"]) assert.ok(saidOnce(north, of) > 0, of);
  for (const party of Object.values(nodes)) await verifies(party);
}

/** North is killed once at every named site of its private checks; all ends as it would have. */
async function diesAtEveryStep(nodes, clock) {
  const { north, south, monitor } = nodes;
  await startAll(nodes, clock);
  assert.equal((await postList(monitor, kSites)).status, 201);
  // Nobody lies here, so nothing is refused.
  const named = mustRun("fault_node", "--check-sites").trim().split("\n").filter((site) => !site.startsWith("refuse."));
  const opens = (site) => site.startsWith("open.") || site.startsWith("psi.epoch.");
  const done_ = named.filter((site) => site.endsWith(".done") && !opens(site) && !site.startsWith("destroy."));
  const rounds = [
    [...named.filter((site) => opens(site) && site !== "open.done"),
      ...named.filter((site) => !opens(site) && !site.endsWith(".done") && !site.startsWith("destroy."))],
    ["open.done", ...done_],
    ["destroy.begun", "destroy.done"],
  ];
  assert.deepEqual(rounds.flat().sort(), [...named].sort());
  for (const sites of rounds) {
    await north.stop();
    // A new epoch; what is over of the one before the last is destroyed after a while.
    const begin = (Math.floor(clock.now / kEpochMs) + 1) * kEpochMs;
    const destroys = sites[0].startsWith("destroy.");
    const plans = [];
    const plan_ = async (party) => {
      // It ends within the epoch, so that the next has nothing of it.
      const volumes = [box(clock.now, 35.9, 36.6, { size: 0.06, from: 0.4, hours: 0.2 })];
      plans.push([party, await postPlan(party, volumes)]);
    };
    for (const site of sites) {
      north.start({ ...kDrive, fault: `${site}:1` });
      await Promise.race([north.ready().catch(() => {}), north.ended]);
      if (clock.now < begin) await clock.set(begin + (destroys ? kKeepMs : 0) + 60000);
      for (let step = 0; north.process && step < 2000; step++) {
        if (!opens(site) && !destroys && step % 500 === 20) {
          for (const party of [north, south]) await plan_(party).catch(() => {}); // it may die meanwhile
        }
        await clock.set(clock.now + 250);
        await sleep(20);
      }
      const { signal } = north.process ? {} : await north.ended;
      assert.equal(signal, "SIGKILL", `${site} was not reached`);
      if (process.env.DETENTE_TIMES) console.log(`${site} ${performance.now().toFixed(0)}`);
    }
    north.start(kDrive);
    await north.ready();
    await clock.until("north runs again", async () => (await north.state()) === "running");
    if (!destroys) for (const party of [north, south]) await plan_(party);
    for (const [party, id] of plans) {
      const seen = await clock.until(`${id} is checked`, done(party, id));
      assert.equal(checkOf(seen, "plans").near, true);
      assert.equal(checkOf(seen, "sites").near, true);
    }
    console.log(`      ${sites.length} deaths, ${plans.length} plans`);
  }
  for (const of of ["north", "south", "monitor"]) assert.ok(saidOnce(north, of) > 0, of);
  await clock.until("both have all numbers", async () => {
    const [a, b] = [matches(north, "north"), matches(north, "south")];
    if (a.length > 0 && JSON.stringify(a) === JSON.stringify(b)) return true;
    throw new Error(JSON.stringify([a, b]));
  });
  for (const party of Object.values(nodes)) await verifies(party);
}

/** A cut link delays a check and changes nothing else. */
async function waitsForALink(nodes, clock) {
  const { north, south } = nodes;
  await startAll(nodes, clock);
  await clock.link(north, south, false);
  await clock.link(south, north, false);
  const id = await postPlan(north, [box(clock.now, 35.85, 36.55)]);
  await postPlan(south, [box(clock.now, 35.95, 36.65)]);
  for (let i = 0; i < 20; i++) {
    await clock.set(clock.now + 1000);
    await sleep(20);
  }
  assert.equal((await plan(north, id)).ready, false);
  await clock.link(north, south, true);
  await clock.link(south, north, true);
  const plans = await clock.until("the plans are compared", async () => {
    const seen = checkOf(await plan(north, id), "plans");
    return seen.state === "done" ? seen : undefined;
  }, { steps: 400 });
  assert.equal(plans.near, true);
}

/** A file that does not fit the record is refused, shown, and taken when the right one comes. */
async function refusesAFalseFile(nodes, clock) {
  const { north, south } = nodes;
  await startAll(nodes, clock);
  const has = (party, of, type) => statements(party, of).some((one) => one.type === type);
  await clock.until("the epoch is open", async () => has(north, "south", "psi.epoch") && has(south, "north", "psi.epoch"));
  await clock.link(south, north, false); // south posts, and north has nothing of it yet
  const id = await postPlan(north, [box(clock.now, 35.85, 36.55)]);
  await postPlan(south, [box(clock.now, 35.95, 36.65)]);
  const board = await clock.until("south has posted", async () => {
    const post = statements(south).find((one) => one.type === "psi.post");
    const root = hexOf(/"tags":"([^"]+)"/.exec(post.text)[1]);
    return south.files("checks/epochs").find((file) => file.endsWith(`${root}.out`));
  });
  south.flip(board, 40);
  await clock.link(south, north, true);
  const refused = await clock.until("north refuses it", async () => {
    const seen = checkOf(await plan(north, id), "plans");
    return seen.state === "refused" && seen;
  }, { steps: 600 });
  assert.match(refused.why, /checks_file/);
  south.flip(board, 40);
  await clock.until("the right file is taken", async () => checkOf(await plan(north, id), "plans").state === "done", { steps: 600 });
  assert.ok(!north.log.includes("check_refused"), "a wrong file alone convicts nobody");
  assert.ok(north.files("checks/epochs").some((file) => file.endsWith(".evidence")), "it is kept");
}

/** A side that answers with another key than its epoch's is refused, and convicted before others. */
async function convictsAFalseAnswer(nodes, clock) {
  const { north, south } = nodes;
  await startAll(nodes, clock);
  const has = (party, of, type) => statements(party, of).some((one) => one.type === type);
  await clock.until("the epochs are open", async () => has(north, "south", "psi.epoch") && has(south, "north", "psi.epoch"));
  // South's node lies: its key is exchanged for another one, which north's folder has.
  const keyOf = (party) =>
    party.files("checks/epochs").filter((file) => file.endsWith("/key")).map((file) => `${party.data}/${file}`);
  const [mine, theirs] = [keyOf(south), keyOf(north)];
  assert.equal(mine.length, 1);
  await south.stop();
  writeFileSync(mine[0], readFileSync(theirs[0]));
  south.start(kDrive);
  await south.ready();
  const id = await postPlan(north, [box(clock.now, 35.85, 36.55)]);
  const refused = await clock.until("north refuses the answer", async () => {
    const seen = checkOf(await plan(north, id), "plans");
    return seen.state === "refused" && seen;
  }, { steps: 600 });
  assert.match(refused.why, /checks_answer/);
  const query = statements(north).find((one) => one.type === "psi.query" && one.text.includes('"with":"south"'));
  const out = `${north.data}/../false-answer.json`;
  mustRun("detente", "checks", "claim", "--data", north.data, "--index", `${query.index}`, "--refused", "--out", out);
  const words = ["--claims", out, "--agreement", `${north.data}/agreement.json`];
  const whole = ["--question", `${out}.question`, "--answer", `${out}.answer`];
  assert.match(mustRun("detente-verify", ...words, ...whole), /south did not make it with the key of its epoch/);
  assert.equal(run("detente-verify", ...words).code, 1, "without the files nothing is shown");
  for (const party of Object.values(nodes)) await verifies(party);
}

/** The next epoch opens by itself, what stands is posted anew, and what is over is destroyed. */
async function endsAnEpoch(nodes, clock) {
  const { north, south } = nodes;
  await startAll(nodes, clock);
  const id = await postPlan(north, [box(clock.now, 35.85, 36.55)]);
  await postPlan(south, [box(clock.now, 35.95, 36.65)]);
  const plansDone = async () => checkOf(await plan(north, id), "plans").state === "done";
  await clock.until("the plans are compared", plansDone);
  const running = new Date(Math.floor(clock.now / kEpochMs) * kEpochMs).toISOString().replace(".000", "");
  const epochOf = (name) => JSON.parse(readFileSync(`${north.data}/checks/epochs/${name}/epoch.json`, "utf8")).epoch;
  const old = readdirSync(`${north.data}/checks/epochs`).filter((name) => epochOf(name) === running);
  const key = old.map((name) => `${north.data}/checks/epochs/${name}/key`).find((path) => existsSync(path));
  // The key, the lists' secrets, and a tag that was learnt.
  const secrets = [readFileSync(key, "utf8").trim()];
  for (const name of old) {
    for (const file of readdirSync(`${north.data}/checks/epochs/${name}`)) {
      if (!/\.(list|learnt)$/.test(file)) continue; // others may be renamed meanwhile
      const text = readFileSync(`${north.data}/checks/epochs/${name}/${file}`, "latin1");
      if (file.endsWith(".list")) secrets.push(JSON.parse(text).secret);
      if (file.endsWith(".learnt")) secrets.push(text.slice(0, 16));
    }
  }
  assert.equal(secrets.length, 3);
  const end = (Math.floor(clock.now / kEpochMs) + 1) * kEpochMs;
  await clock.set(end + 1000);
  await clock.until("the next epoch is posted", async () => {
    const posts = statements(north).filter((one) => one.type === "psi.post");
    return posts.length === 2 && (await plansDone());
  });
  assert.ok(existsSync(key), "it is kept for the audit");
  await clock.set(end + kKeepMs + 1000);
  await clock.until("the old epoch is destroyed", async () => old.every((name) => !existsSync(`${north.data}/checks/epochs/${name}`)));
  everyFile(north.data, (path, entry) => {
    if (!entry.isFile()) return;
    const text = readFileSync(path, "latin1");
    for (const secret of secrets) assert.ok(!text.includes(secret), `${path} has a secret`);
  });
  assert.equal(statements(north).filter((one) => one.type === "psi.post").length, 2, "the roots stay");
  await verifies(north);
}

/** What was withdrawn is in no list that is made later; what stands is. */
async function leavesOutWhatWasWithdrawn(nodes, clock) {
  const { north } = nodes;
  await startAll(nodes, clock);
  const volumes = [box(clock.now, 35.1, 38.9)];
  const gone = await postPlan(north, volumes);
  const stands = await postPlan(north, [box(clock.now, 35.85, 36.55)]);
  for (const id of [gone, stands]) {
    await clock.until(`${id} is compared`, async () => checkOf(await plan(north, id), "plans").state === "done");
  }
  const filed = await north.ask("POST", "/api/activities", {
    purpose: "patrol",
    operator: "north",
    callsigns: ["GONE1"],
    aircraft: [],
    place: { name: "Resafa", point: [351500000, 389500000] },
    volumes,
    check: gone,
  });
  assert.equal(filed.status, 201, filed.text);
  const act = await north.ask("POST", `/api/activities/${filed.json().id}/withdraw`, { reason: "not flown" });
  assert.equal(act.status, 201, act.text);
  const end = (Math.floor(clock.now / kEpochMs) + 1) * kEpochMs;
  await clock.set(end + 1000);
  const posts = await clock.until("the next epoch is posted", async () => {
    const all = statements(north).filter((one) => one.type === "psi.post");
    const epoch = new Date(end).toISOString().replace(".000", "");
    const next = all.filter((one) => one.text.includes(`"epoch":"${epoch}"`));
    return next.length > 0 && next;
  });
  await clock.set(clock.now + 30000);
  const refs = posts.flatMap((one) => [...one.text.matchAll(/^refers to .* entry (\d+)/gm)].map((found) => found[1]));
  assert.deepEqual(refs, [stands.split("-")[1]], "one list, of the plan that stands");
}

/** Two parties that plan and have a list each, at the same time. A plan's tokens stand in several lists. */
async function checksEachOthersLists(nodes, clock) {
  const { north, south } = nodes;
  await startAll(nodes, clock);
  assert.equal((await postList(north, kSites)).status, 201);
  assert.equal((await postList(south, ["Raqqa hospital,medical,hospital,35.95,39.01"])).status, 201);
  const far = await postPlan(north, [box(clock.now, 35.85, 38.95)]);
  const near = await postPlan(south, [box(clock.now, 35.85, 36.55)]);
  const off = await postPlan(south, [box(clock.now, 36.9, 38.0)]);
  for (const [party, id, expected] of [[north, far, true], [south, near, true], [south, off, false]]) {
    const seen = await clock.until(`${id} is checked`, done(party, id));
    assert.equal(checkOf(seen, "sites").near, expected, `${party.name} ${id}`);
    assert.equal(checkOf(seen, "plans").near, false);
  }
  const lists = statements(north).filter((one) => one.type === "psi.post" && one.text.includes('"plans"'));
  assert.ok(lists.length > 1, "a plan of more than one class is put into several lists");
  for (const party of [north, south]) {
    for (const of of ["north", "south"]) saidOnce(party, of, 4);
    const owned = statements(party).filter((one) => one.type === "psi.epoch" && one.text.includes(`/${party.name}"`));
    assert.equal(owned.length, 1, `${party.name} opens an epoch of its own list`);
    await verifies(party);
  }
  // A question about one part of a plan is opened with the other parts.
  const question = statements(south).find((one) => one.type === "psi.query" && one.text.includes('"plans"'));
  const opened = `${south.data}/../opened-part`;
  const index = ["--index", `${question.index}`];
  mustRun("detente", "checks", "open", "--data", south.data, ...index, "--to", "monitor", "--out", opened);
  assert.match(mustRun("detente", "checks", "audit", "--data", nodes.monitor.data, opened), /the list is that of its plans/);
}
checksEachOthersLists.agreement = { lists: ["north", "south"], repeats: 4, posts: 200 };

/** A board of places: the drawn entries alone are opened, to the auditor alone, and are what they should be. */
async function auditsABoard(nodes, clock, work) {
  const { north, south, monitor } = nodes;
  await startAll(nodes, clock);
  const nextEpoch = () => (Math.floor(clock.now / kEpochMs) + 1) * kEpochMs;
  await clock.until("the monitor has committed to a seed", async () =>
    statements(north, "monitor").some((one) => one.type === "psi.seed"));
  await clock.set(nextEpoch() + 1000);
  assert.equal((await postList(north, kSites)).status, 201);
  const post = await clock.until("the list is posted", async () =>
    statements(north).find((one) => one.type === "psi.post" && one.text.includes('"sites"')));
  const open = (party, out) =>
    run("detente", "checks", "open", "--data", party.data, "--index", `${post.index}`, "--to", "monitor", "--out", out);
  const opened = `${work}/opened-board`;
  const early = open(north, opened);
  assert.match(early.out, /checks_state/, "while the draw is open nothing is opened");
  await clock.set(nextEpoch() + 1000);
  await clock.until("the seed is shown", async () =>
    statements(north, "monitor").some((one) => one.type === "psi.reveal"));
  const made = open(north, opened);
  assert.equal(made.code, 0, made.out);
  const audit = (party) => run("detente", "checks", "audit", "--data", party.data, opened);
  const found = await clock.until("the monitor has the post", async () => {
    const result = audit(monitor);
    return result.code === 0 && result;
  });
  assert.match(found.out, /entries of the board are places of the list, or dummies/);
  assert.notEqual(audit(south).code, 0, "it is sealed to the auditor");
  mustRun("detente", "checks", "drawn", "--data", monitor.data);
  // Another board's owner cannot pass it off as its own.
  const bytes = readFileSync(opened);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(opened, bytes);
  assert.notEqual(audit(monitor).code, 0);
}
auditsABoard.agreement = { lists: ["north"] };

/** No network at all: files are carried back and forth. */
async function byCourier(nodes, clock, work) {
  const { north, south } = nodes;
  for (const party of [north, south, nodes.monitor]) party.others = [];
  await Promise.all(Object.values(nodes).map((party) => (party.start(kDrive), party.ready())));
  const carry = courier(nodes, clock, work, 12);
  for (let i = 0; i < 4; i++) await carry();
  assert.equal(await north.state(), "running");
  const id = await postPlan(north, [box(clock.now, 35.85, 36.55)]);
  await postPlan(south, [box(clock.now, 35.95, 36.65)]);
  for (let i = 0; i < 12; i++) {
    await carry();
    if (checkOf(await plan(north, id), "plans").state === "done") break;
  }
  const seen = checkOf(await plan(north, id), "plans");
  assert.equal(seen.state, "done", JSON.stringify(seen));
  assert.equal(seen.near, true);
  console.log(`      ${carry.trip} trips`);
}

const kParts = {
  checksBetweenNodes, survivesDeaths, diesAtEveryStep, waitsForALink, refusesAFalseFile, convictsAFalseAnswer,
  endsAnEpoch, leavesOutWhatWasWithdrawn, checksEachOthersLists, auditsABoard, byCourier,
};
const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, part] of Object.entries(kParts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const work = mkdtempSync(`${tmpdir()}/private-checks-`);
  const { nodes, clock } = await setUpChecks(work, part.agreement);
  const began = performance.now();
  try {
    mkdirSync(work, { recursive: true });
    await part(nodes, clock, work);
    await stopAll(nodes);
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
