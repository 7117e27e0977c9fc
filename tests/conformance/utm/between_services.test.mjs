// SPDX-License-Identifier: Apache-2.0
// The side that a USS shows to other USSs: notifications are taken, details of what is not managed
// here are not there.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import {
  AA, at, circle, CM, CP, expect, intent, kIntents, SA, SC, startServer, volume,
} from "./harness.mjs";

const server = await startServer();
const uss2 = server.service("uss2");
const kOwnIntents = "/uss/v1/operational_intents";
const kOwnConstraints = "/uss/v1/constraints";

const extent = () => volume(circle(47, 8, 200));
const reference = (id, more) => ({
  id,
  manager: "uss2",
  uss_availability: "Normal",
  version: 3,
  ovn: "9d158f59-80b7-4c11-9c0c-8a2b4d936b2d",
  time_start: at(20),
  time_end: at(80),
  uss_base_url: "https://uss2.example.org/utm",
  ...more,
});
const told = () => [{ subscription_id: randomUUID(), notification_index: 1 }];
const intentNotice = (more = {}) => {
  const id = randomUUID();
  return {
    operational_intent_id: id,
    operational_intent: {
      reference: reference(id, { state: "Accepted", subscription_id: randomUUID() }),
      details: { volumes: [extent()], off_nominal_volumes: [], priority: 0 },
    },
    subscriptions: told(),
    ...more,
  };
};
const constraintNotice = (more = {}) => {
  const id = randomUUID();
  return {
    constraint_id: id,
    constraint: { reference: reference(id), details: { volumes: [extent()] } },
    subscriptions: told(),
    ...more,
  };
};

describe("notifications between services", () => {
  test("of an intent, and of one that was deleted", async () => {
    expect(await uss2.post(kOwnIntents, intentNotice(), SC), 204);
    expect(await uss2.post(kOwnIntents, intentNotice({ operational_intent: null }), SC), 204);
    for (const scope of [CM, CP, AA]) {
      expect(await uss2.post(kOwnIntents, intentNotice(), scope), 403);
    }
  });
  test("of a constraint", async () => {
    expect(await uss2.post(kOwnConstraints, constraintNotice(), CM), 204);
    for (const scope of [SC, CP, SA, AA]) {
      expect(await uss2.post(kOwnConstraints, constraintNotice(), scope), 403);
    }
  });
  test("that are not as the standard says", async () => {
    const other = intentNotice();
    other.operational_intent_id = randomUUID();
    const contingent = intentNotice();
    contingent.operational_intent.reference.state = "Contingent";
    const silent = intentNotice();
    delete silent.operational_intent.reference.ovn;
    const bad = [{}, other, contingent, silent, intentNotice({ subscriptions: [] })];
    for (const body of bad) expect(await uss2.post(kOwnIntents, body, SC), 400);
    for (const body of [{}, constraintNotice({ subscriptions: undefined })]) {
      expect(await uss2.post(kOwnConstraints, body, CM), 400);
    }
  });
});

describe("details", () => {
  test("of what this node does not manage are not here", async () => {
    const made = await uss2.create(randomUUID(), intent(extent()));
    expect(await uss2.get(`${kOwnIntents}/${made.id}`, SC), 404);
    expect(await uss2.get(`${kOwnIntents}/${made.id}/telemetry`, SA), 404);
    expect(await uss2.get(`${kOwnConstraints}/${randomUUID()}`, CP), 404);
    expect(await uss2.get(`${kOwnIntents}/not_uuid_format`, SC), 400);
    assert.equal((await uss2.get(`${kIntents}/${made.id}`)).status, 200);
    await uss2.remove(made);
  });
  test("need the scope of whom they are for", async () => {
    expect(await uss2.get(`${kOwnIntents}/${randomUUID()}`, CM), 403);
    expect(await uss2.get(`${kOwnIntents}/${randomUUID()}/telemetry`, SC), 403);
    expect(await uss2.get(`${kOwnConstraints}/${randomUUID()}`, SC), 403);
  });
});
