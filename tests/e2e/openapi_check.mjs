// SPDX-License-Identifier: Apache-2.0
//
// Asks a running node for every GET operation of docs/api/openapi.yaml and holds status and body
// against the document. Ids are found in the lists. Changes nothing on the node.
//   node tests/e2e/openapi_check.mjs BASE_URL [TOKEN]
// Prints "N passed, N failed"; exits 0 only if none failed.
import { document, faultsOf } from "./openapi.mjs";
import { fileURLToPath } from "node:url";

const kPatienceMs = 20000;
const kFiles = ["/api/log/{party}/{index}/proof", "/api/evidence/{sha256}"];
const kEach = 5; // how many items of a list are asked for one by one

async function ask(base, token, path) {
  const response = await fetch(base + path, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(kPatienceMs),
  });
  const type = response.headers.get("content-type") ?? "";
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, type, body, text };
}

/** Reads the stream until its first event, and gives back what is wrong with it. */
async function eventFaults(base, token) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), kPatienceMs);
  try {
    const response = await fetch(`${base}/api/events`, {
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      signal: abort.signal,
    });
    if (response.status !== 200) return [`status ${response.status}`];
    if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
      return [`content type ${response.headers.get("content-type")}`];
    }
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const data = /^data: ?(.*)\n(?:.*\n)*?\n/m.exec(text.replaceAll("\r\n", "\n"));
      if (data === null) continue;
      const now = JSON.parse(data[1]).now;
      return typeof now === "string" && !Number.isNaN(Date.parse(now))
        ? []
        : [`no "now" in ${data[1]}`];
    }
    return ["the stream ended before its first event"];
  } catch (error) {
    return [`no event: ${error.message}`];
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

/** Checks the node; `report` is told each operation, its request and what is wrong. */
export async function checkNode(base, token, report) {
  const done = new Set();
  let passed = 0;
  let failed = 0;
  const count = (path, request, faults) => {
    done.add(path);
    if (faults.length === 0) ++passed;
    else ++failed;
    report(path, request, faults);
  };
  /** A file is plain text; `form` is what it must look like. */
  const checkFile = async (path, request, form, type = "text/plain") => {
    try {
      const answer = await ask(base, token, request);
      const faults = [];
      if (answer.status !== 200) faults.push(`status ${answer.status}`);
      if (!answer.type.startsWith(type)) faults.push(`content type ${answer.type}`);
      if (!form.test(answer.text)) faults.push(`not of the form ${form}`);
      count(path, request, faults);
    } catch (error) {
      count(path, request, [error.message]);
    }
  };
  const check = async (path, request, status = 200, as = token) => {
    try {
      const answer = await ask(base, as, request);
      const faults =
        answer.status !== status
          ? [`status ${answer.status} in place of ${status}: ${answer.text.slice(0, 200)}`]
          : answer.type.startsWith("application/json")
            ? faultsOf(path, "get", status, answer.body)
            : [`content type ${answer.type}`];
      count(path, request, faults);
      return answer.body ?? {};
    } catch (error) {
      count(path, request, [error.message]);
      return {};
    }
  };
  const hello = await check("/api/hello", "/api/hello");
  const agreement = await check("/api/agreement", "/api/agreement?language=en");
  const course = await check("/api/agreement/course", "/api/agreement/course");
  await check("/api/agreement/course", "/api/agreement/course?language=ar");
  const documents = "/api/agreement/documents/{sha256}";
  for (const { sha256, at_hand } of course.versions ?? []) {
    if (at_hand) await check(documents, `/api/agreement/documents/${sha256}`);
  }
  await check(documents, `/api/agreement/documents/${"0".repeat(64)}`, 404);
  const state = await check("/api/state", "/api/state");
  const { activities = [] } = await check("/api/activities", "/api/activities");
  await check("/api/waiting", "/api/waiting");
  await check("/api/tracks", "/api/tracks");
  await check("/api/tracks", "/api/tracks?trail_s=60");
  await check("/api/findings", "/api/findings");
  await check("/api/stops", "/api/stops");
  await check("/api/hotline", "/api/hotline");
  await check("/api/hotline/forms", "/api/hotline/forms");
  await check("/api/utm", "/api/utm");
  await check("/api/checks", "/api/checks");
  // What is checked privately is shown to those who plan and list, and to nobody else.
  const desk = ["duty_officer", "registrar"].includes(hello.role);
  const { plans = [] } = await check("/api/checks/plans", "/api/checks/plans", desk ? 200 : 403);
  const kPlan = "/api/checks/plans/{id}";
  for (const { id } of plans.slice(0, kEach)) await check(kPlan, `/api/checks/plans/${id}`);
  await check(kPlan, "/api/checks/plans/nobody-1", desk ? 404 : 403);
  await check("/api/checks/lists", "/api/checks/lists", desk ? 200 : 403);
  await check("/api/protection", "/api/protection");
  const { sites = [] } = await check("/api/sites", "/api/sites?count=5");
  await check("/api/sites", "/api/sites?q=001&state=confirmed&owner=relief");
  await check("/api/sites", "/api/sites?count=501", 400);
  for (const { key } of sites) await check("/api/sites/{key}", `/api/sites/${key}`);
  await check("/api/sites/{key}", "/api/sites/nobody-1", 404);
  await check("/api/sites/map", "/api/sites/map");
  const kExport = "/api/sites/export";
  await checkFile(kExport, `${kExport}?format=csv`, /^# Not being listed/, "text/csv");
  await checkFile(kExport, `${kExport}?format=geojson`, /Not being listed/, "application/geo+json");
  await checkFile(kExport, `${kExport}?format=kml`, /Not being listed/, "application/vnd.google-earth.kml+xml");
  await checkFile(kExport, `${kExport}?format=xlsx`, /^PK/, "application/vnd.openxmlformats-officedocument");
  await check(kExport, `${kExport}?format=doc`, 400);
  const { copies = [] } = await check("/api/site-copies", "/api/site-copies");
  for (const { key } of copies.slice(0, kEach)) {
    await check("/api/site-copies/{key}", `/api/site-copies/${key}`);
  }
  await check("/api/site-copies/{key}", "/api/site-copies/nobody-1", 404);
  const { movements = [] } = await check("/api/movements", "/api/movements");
  for (const { key } of movements.slice(0, kEach)) {
    await check("/api/movements/{key}", `/api/movements/${key}`);
  }
  await check("/api/movements/{key}", "/api/movements/nobody-1", 404);
  await check("/api/contests", "/api/contests");
  const { cases = [] } = await check("/api/cases", "/api/cases");
  for (const { id } of cases.slice(0, kEach)) await check("/api/cases/{id}", `/api/cases/${id}`);
  await check("/api/cases/{id}", `/api/cases/${"0".repeat(32)}`, 404);
  for (const { id } of activities.slice(0, kEach)) {
    await check("/api/activities/{id}", `/api/activities/${id}`);
  }
  await check("/api/activities/{id}", `/api/activities/${"0".repeat(32)}`, 404);
  for (const { party, size } of state.logs ?? []) {
    const log = `/api/log/${encodeURIComponent(party)}`;
    await check("/api/log/{party}", log);
    await check("/api/log/{party}", `${log}?from=${Math.max(0, size - 2)}&count=2`);
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      if (index < 0 || index >= size) continue;
      await check("/api/log/{party}/{index}", `${log}/${index}`);
      await checkFile(
        kFiles[0],
        `${log}/${index}/proof`,
        new RegExp(`^c2sp\\.org/tlog-proof@v1\nindex ${index}\n([A-Za-z0-9+/=]{44}\n)*\n.+\n`),
      );
    }
    await check("/api/log/{party}", `${log}?before=2016-01-01T00:00:00Z&count=1`);
    await check("/api/log/{party}", `${log}?before=2200-01-01T00:00:00Z&count=1`);
    await check("/api/log/{party}", `${log}?count=201`, 400);
    await check(kFiles[0], `${log}/${size + 1000000}/proof`, 404);
    await check("/api/log/{party}/{index}", `${log}/${size + 1000000}`, 404);
  }
  await check("/api/log/{party}", "/api/log/nobody-of-this-name", 404);
  await check("/api/record", "/api/record");
  const { evidence = [] } = await check("/api/evidence", "/api/evidence");
  for (const { sha256, held } of evidence.slice(0, kEach)) {
    if (held) await checkFile(kFiles[1], `/api/evidence/${sha256}`, /^detente evidence v1\n/);
  }
  await check(kFiles[1], `/api/evidence/${"0".repeat(64)}`, 404);
  // Without a role: refused, unless the node lets everybody read.
  const stranger = (await ask(base, undefined, "/api/hello")).body;
  if (stranger?.role === "none") await check("/api/state", "/api/state", 401, "");
  count("/api/events", "/api/events", await eventFaults(base, token));
  for (const [path, methods] of Object.entries(document.paths)) {
    if (!methods.get || done.has(path)) continue;
    count(path, path, [
      path.includes("{id}") && activities.length === 0
        ? "no activity is on the node, so this could not be asked"
        : "this check does not know how to ask for it",
    ]);
  }
  if ((agreement.parties ?? []).length === 0)
    count("/api/agreement", "parties", ["no party is named"]);
  return { passed, failed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [base, token] = process.argv.slice(2);
  if (base === undefined) {
    console.error("usage: openapi_check.mjs BASE_URL [TOKEN]");
    process.exit(2);
  }
  const { passed, failed } = await checkNode(
    base.replace(/\/$/, ""),
    token,
    (path, request, faults) => {
      console.log(`${faults.length === 0 ? "ok    " : "FAILED"} GET ${request}`);
      for (const fault of faults.slice(0, 8)) console.log(`         ${fault}`);
    },
  );
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
