// SPDX-License-Identifier: Apache-2.0
//
// The fixture that the page's tests run on must itself keep to the API document, or the tests
// would prove nothing about a real node. The checker is tried on broken answers first.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Fixture, kToken } from "./fixture/server.mjs";
import { faultsOf, operationOf } from "./openapi.mjs";
import { checkNode } from "./openapi_check.mjs";

let fixture;
let base;
before(async () => {
  fixture = new Fixture();
  base = await fixture.listen();
});
after(() => fixture.close());

const authorised = { Authorization: `Bearer ${kToken}` };
const send = (path, body) =>
  fetch(base + path, {
    method: "POST",
    headers: { ...authorised, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

test("the checker refuses an answer with a member too many, too few, or of a wrong form", () => {
  const good = fixture.world.state();
  assert.deepEqual(faultsOf("/api/state", "get", 200, good), []);
  assert.notDeepEqual(faultsOf("/api/state", "get", 200, { ...good, target: 1 }), []);
  assert.notDeepEqual(faultsOf("/api/state", "get", 200, { ...good, links: undefined }), []);
  assert.notDeepEqual(faultsOf("/api/state", "get", 200, { ...good, now: "yesterday" }), []);
  const links = [{ ...good.links[0], state: "fine" }];
  assert.notDeepEqual(faultsOf("/api/state", "get", 200, { ...good, links }), []);
  assert.notDeepEqual(faultsOf("/api/state", "get", 418, good), []);
});

test("the check of a node fails when the node answers wrongly", async () => {
  const broken = new Fixture();
  broken.world.tracks[0].frame = "enemy";
  const other = await broken.listen();
  const failures = [];
  const { failed } = await checkNode(other, kToken, (path, request, faults) => {
    if (faults.length > 0) failures.push(path);
  });
  await broken.close();
  assert.equal(failed, 2);
  assert.deepEqual(failures, ["/api/tracks", "/api/tracks"]);
});

test("every GET answer of the fixture is valid, errors too", async () => {
  const faulty = [];
  const { passed, failed } = await checkNode(base, kToken, (path, request, faults) => {
    if (faults.length > 0) faulty.push([request, faults]);
  });
  assert.deepEqual(faulty, []);
  assert.equal(failed, 0);
  assert.ok(passed >= 30, `${passed} checks`);
});

test("every POST answer of the fixture is valid, refusals too", async () => {
  const { activities } = fixture.world;
  const stop = fixture.receiveStop("test");
  const tries = [
    ["/api/stops", { reason: "test" }, 201],
    [`/api/stops/${stop.id}/ack`, {}, 201],
    ["/api/read", { party: "south", index: 3 }, 201],
    [`/api/activities/${activities[1].id}/object`, {}, 400],
    [`/api/activities/${activities[1].id}/object`, { reason: "too near" }, 201],
    [`/api/activities/${"0".repeat(32)}/concur`, {}, 404],
  ];
  for (const [path, body, status] of tries) {
    const response = await send(path, body);
    assert.equal(response.status, status, path);
    const answer = await response.json();
    assert.deepEqual(faultsOf(operationOf(path), "post", status, answer), [], path);
  }
});
