// SPDX-License-Identifier: Apache-2.0
// A service's availability, and what one that is Down may no longer do.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import {
  AA, circle, CM, CP, expect, intent, kIntents, SA, SC, startServer, update, volume,
} from "./harness.mjs";

const server = await startServer();
const uss1 = server.service("uss1");
const uss2 = server.service("uss2");
const path = (uss) => `/dss/v1/uss_availability/${uss}`;
const read = async (uss) => expect(await uss2.get(path(uss), AA), 200);
const set = async (uss, availability) => {
  const { version } = await read(uss);
  return expect(await uss2.put(path(uss), { old_version: version, availability }, AA), 200);
};

describe("uss_availability", () => {
  test("set_uss_availability", async () => {
    const first = await read("uss1");
    assert.deepEqual(first, { version: "", status: { uss: "uss1", availability: "Unknown" } });
    const made = expect(await uss2.put(path("uss1"), { availability: "normal" }, AA), 200);
    assert.deepEqual(made.status, { uss: "uss1", availability: "Normal" });
    assert.ok(made.version);
    assert.deepEqual(await read("uss1"), made);
  });
  test("mutate_uss_availability", async () => {
    const { version } = await read("uss1");
    const made = await set("uss1", "down");
    assert.deepEqual(made.status, { uss: "uss1", availability: "Down" });
    assert.notEqual(made.version, version);
    assert.deepEqual(await read("uss1"), made);
  });
  test("set_invalid_uss_availability", async () => {
    for (const availability of ["pUrPlE", "", 1, null]) {
      expect(await uss2.put(path("uss1"), { availability }, AA), 400);
    }
    const stale = { availability: "normal", old_version: "invalid" };
    expect(await uss2.put(path("uss1"), stale, AA), 409);
  });
  test("get_unknown_uss_availability", async () => {
    assert.deepEqual(await read("unknown_uss2"), {
      version: "",
      status: { uss: "unknown_uss2", availability: "Unknown" },
    });
  });
  test("only an arbitrator sets it; three scopes read it", async () => {
    for (const scope of [SC, CM, CP, SA]) {
      expect(await uss2.put(path("uss1"), { availability: "normal" }, scope), 403);
    }
    for (const scope of [SC, SA, AA]) expect(await uss2.get(path("uss1"), scope), 200);
    for (const scope of [CM, CP]) expect(await uss2.get(path("uss1"), scope), 403);
  });
});

describe("a service that is Down", () => {
  const here = (start = 0) => volume(circle(5, 5, 200), { start, end: 60 });
  let one;
  let active;

  test("may not create in Accepted: 412", async () => {
    await set("uss1", "Normal");
    one = await uss1.create(randomUUID(), intent(here()));
    const other = await uss1.create(randomUUID(), intent(volume(circle(6, 6, 200))));
    const body = update(other, volume(circle(6, 6, 200)), { state: "Activated" });
    const changed = await uss1.put(`${kIntents}/${other.id}/${other.ovn}`, body);
    active = expect(changed, 200).operational_intent_reference;
    await set("uss1", "Down");
    expect(await uss1.put(`${kIntents}/${randomUUID()}`, intent(volume(circle(7, 7, 100)))), 412);
  });
  test("may not update to Accepted or Activated, nor delete: 412", async () => {
    const versioned = `${kIntents}/${one.id}/${one.ovn}`;
    for (const state of ["Accepted", "Activated"]) {
      expect(await uss1.put(versioned, update(one, here(), { state })), 412);
    }
    expect(await uss1.delete(versioned), 412);
  });
  test("may still say that it does not conform", async () => {
    const body = update(active, volume(circle(6, 6, 300)), { state: "Nonconforming" });
    const changed = await uss1.put(`${kIntents}/${active.id}/${active.ovn}`, body, SA);
    active = expect(changed, 200).operational_intent_reference;
    assert.equal(active.uss_availability, "Down");
  });
  test("blocks nobody with what it only planned, but with what it flies", async () => {
    const over = await uss2.create(randomUUID(), intent(here()));
    await uss2.remove(over);
    const flown = intent(volume(circle(6, 6, 100)));
    const conflict = expect(await uss2.put(`${kIntents}/${randomUUID()}`, flown), 409);
    assert.deepEqual(conflict.missing_operational_intents.map((each) => each.id), [active.id]);
  });
  test("is heard again when it is Normal", async () => {
    await set("uss1", "Normal");
    expect(await uss2.put(`${kIntents}/${randomUUID()}`, intent(here())), 409);
    await uss1.remove(one);
    await uss1.remove(active, SA);
  });
});
