// SPDX-License-Identifier: Apache-2.0
// Subscriptions: one alone, searches, and updates that must go on covering what depends on them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import {
  AA, circle, CM, CP, expect, intent, kIntents, kSubscriptions, SA, sameTime, SC, startServer,
  subscription, volume,
} from "./harness.mjs";

const server = await startServer();
const uss1 = server.service("uss1");
const uss2 = server.service("uss2");
const kDegreesPerMetre = 360 / 40_030_000;

describe("subscription_simple", () => {
  const id = randomUUID();
  const path = `${kSubscriptions}/${id}`;
  const request = (times = { start: 0, end: 60 }) =>
    subscription(volume(circle(12, -34, 300), { upper: 1000, ...times }));
  const found = (area) => uss1.searchIds(kSubscriptions, area);
  const near = () => volume(circle(12.00001, -34.00001, 50), { start: 1, end: 1 });
  let made;

  test("ensure_clean_workspace", async () => {
    assert.deepEqual(await found(near()), []);
  });
  test("sub_does_not_exist_get", async () => {
    expect(await uss1.get(path), 404);
    for (const scope of [CM, SA, AA]) expect(await uss1.get(path, scope), 403);
  });
  test("sub_does_not_exist_query", async () => {
    const area = volume(circle(12, -34, 300), { upper: 5000, start: null, end: null });
    assert.ok(!(await found(area)).includes(id));
  });
  test("create_sub_time_start_after_time_end", async () => {
    expect(await uss1.put(path, request({ start: 60, end: 0 })), 400);
    expect(await uss1.put(path, request({ start: -90, end: -30 })), 400);
  });
  test("create_sub", async () => {
    const sent = request();
    for (const scope of [CM, SA, AA]) expect(await uss1.put(path, sent, scope), 403);
    const body = expect(await uss1.put(path, sent), 200);
    made = body.subscription;
    assert.equal(made.id, id);
    assert.equal(made.notification_index, 0);
    assert.equal(made.uss_base_url, sent.uss_base_url);
    assert.equal(made.notify_for_operational_intents, true);
    assert.equal(made.notify_for_constraints ?? false, false);
    assert.equal(made.implicit_subscription ?? false, false);
    assert.deepEqual(made.dependent_operational_intents ?? [], []);
    sameTime(made.time_start, sent.extents.time_start);
    sameTime(made.time_end, sent.extents.time_end);
    assert.deepEqual(body.operational_intent_references, []);
    assert.ok(!("constraint_references" in body));
  });
  test("create of an id that is there is a conflict", async () => {
    expect(await uss1.put(path, request()), 409);
  });
  test("get_sub_by_id", async () => {
    for (const scope of [SC, CP]) {
      assert.deepEqual(expect(await uss1.get(path, scope), 200).subscription, made);
    }
  });
  test("get_sub_by_search", async () => {
    assert.deepEqual(await found(near()), [id]);
  });
  test("a search gives a service its own subscriptions only", async () => {
    assert.deepEqual(await uss2.searchIds(kSubscriptions, near()), []);
  });
  test("mutate_sub", async () => {
    const body = {
      ...request(),
      notify_for_constraints: true,
      notify_for_operational_intents: false,
    };
    expect(await uss2.put(`${path}/${made.version}`, body), 403);
    expect(await uss1.put(`${path}/${made.version}x`, body), 409);
    const answer = expect(await uss1.put(`${path}/${made.version}`, body), 200);
    sameTime(answer.subscription.time_start, body.extents.time_start);
    sameTime(answer.subscription.time_end, body.extents.time_end);
    assert.deepEqual(answer.constraint_references, []);
    assert.ok(!("operational_intent_references" in answer));
    assert.notEqual(answer.subscription.version, made.version);
    made = answer.subscription;
  });
  test("delete_sub", async () => {
    expect(await uss2.delete(`${path}/${made.version}`), 403);
    expect(await uss1.delete(`${path}/${made.version}x`), 409);
    expect(await uss1.delete(`${path}/${made.version}`), 200);
  });
  test("get_deleted_sub_by_id", async () => {
    expect(await uss1.get(path), 404);
  });
  test("get_deleted_sub_by_search", async () => {
    assert.deepEqual(await found(near()), []);
  });
  test("update or deletion of what is not there", async () => {
    expect(await uss1.put(`${path}/${made.version}`, request()), 400, 409);
    expect(await uss1.delete(`${path}/${made.version}`), 404);
  });
  test("a subscription without a time begins now and ends by itself", async () => {
    const other = `${kSubscriptions}/${randomUUID()}`;
    const answer = expect(await uss1.put(other, request({ start: null, end: null })), 200);
    const body = answer.subscription;
    const length = Date.parse(body.time_end.value) - Date.parse(body.time_start.value);
    assert.ok(length > 0 && length <= 86_400_000, `${length} ms`);
    expect(await uss1.delete(`${other}/${body.version}`), 200);
  });
  test("a subscription lasts a day at most", async () => {
    expect(await uss1.put(path, request({ start: 0, end: 1441 })), 400);
  });
  test("a subscription that asks for nothing is refused", async () => {
    expect(await uss1.put(path, { ...request(), notify_for_operational_intents: false }), 400);
  });
  test("final_cleanup", async () => {
    assert.deepEqual(await found(near()), []);
  });
});

describe("subscription_queries", () => {
  const spacing = 10_000;
  const [south, middle, north] = [-1, 0, 1].map((n) => 23 + n * spacing * kDegreesPerMetre);
  const subs = [randomUUID(), randomUUID(), randomUUID()];
  const requests = () => [
    subscription(volume(circle(south, 56, 100), { upper: 300, start: null, end: 60 })),
    subscription(volume(circle(middle, 56, 100), { lower: 350, upper: 650, start: 120, end: 180 })),
    subscription(volume(circle(north, 56, 100), { lower: 700, upper: 1000, start: 240, end: 300 })),
  ];
  const found = async (lat, radius, times = {}, upper = 3000) => {
    const area = volume(circle(lat, 56, radius), { upper, start: null, end: null, ...times });
    const all = await uss1.searchIds(kSubscriptions, area);
    return subs.map((id) => all.includes(id));
  };

  test("ensure_clean_workspace", async () => {
    assert.deepEqual(await found(middle, spacing), [false, false, false]);
  });
  test("subs_do_not_exist_get", async () => {
    for (const id of subs) expect(await uss1.get(`${kSubscriptions}/${id}`), 404);
  });
  test("subs_do_not_exist_query", async () => {
    assert.deepEqual(await found(middle, spacing, {}, 5000), [false, false, false]);
  });
  test("create_subs", async () => {
    for (const [index, body] of requests().entries()) {
      expect(await uss1.put(`${kSubscriptions}/${subs[index]}`, body), 200);
    }
  });
  test("search_find_all_subs", async () => {
    assert.deepEqual(await found(middle, spacing), [true, true, true]);
  });
  test("search_footprint", async () => {
    assert.deepEqual(await found(south, 50), [true, false, false]);
    assert.deepEqual(await found(middle, 50), [false, true, false]);
  });
  test("search_time", async () => {
    assert.deepEqual(await found(middle, spacing, { start: 0, end: 1 }), [true, false, false]);
    assert.deepEqual(await found(middle, spacing, { end: 1 }), [true, false, false]);
    assert.deepEqual(await found(middle, spacing, { start: 240, end: 241 }), [false, false, true]);
    assert.deepEqual(await found(middle, spacing, { start: 240 }), [false, false, true]);
  });
  test("search_time_footprint", async () => {
    assert.deepEqual(await found(north, spacing, { start: 0, end: 150 }), [false, true, false]);
  });
  test("a search uses the altitude", async () => {
    assert.deepEqual(await found(middle, spacing, {}, 299), [true, false, false]);
    assert.deepEqual(await found(middle, spacing, {}, 400), [true, true, false]);
    const above = { lower: 660, upper: 3000, start: null, end: null };
    const high = volume(circle(middle, 56, spacing), above);
    assert.deepEqual(await uss1.searchIds(kSubscriptions, high), [subs[2]]);
  });
  test("search_area_too_large", async () => {
    const area = volume(circle(middle, 56, 60_000), { start: null, end: null });
    expect(await uss1.post(`${kSubscriptions}/query`, { area_of_interest: area }), 400, 413);
  });
  test("delete_subs", async () => {
    for (const id of subs) {
      const { version } = expect(await uss1.get(`${kSubscriptions}/${id}`), 200).subscription;
      expect(await uss1.delete(`${kSubscriptions}/${id}/${version}`), 200);
    }
  });
  test("final_cleanup", async () => {
    assert.deepEqual(await found(middle, spacing), [false, false, false]);
  });
});

describe("subscription_query_time", () => {
  test("subscription_with_invalid_start_time", async () => {
    const body = subscription(volume(circle(-56, 178, 500), { lower: 200, upper: 1000 }));
    body.extents.time_start.value = "something-invalid";
    expect(await uss1.put(`${kSubscriptions}/${randomUUID()}`, body), 400);
  });
});

describe("subscription_update_validation", () => {
  const id = randomUUID();
  const place = (radius) => circle(-56, 178, radius);
  let op;
  const path = () => `${kSubscriptions}/${op.subscription_id}`;
  const change = async (radius, lower, end) => {
    const { version } = expect(await uss1.get(path()), 200).subscription;
    const extent = volume(place(radius), { lower, upper: 1000, start: 19.9, end });
    return uss1.put(`${path()}/${version}`, subscription(extent, { notify_for_constraints: true }));
  };

  test("ensure_clean_workspace", async () => {
    expect(await uss1.get(`${kIntents}/${id}`), 404);
  });
  test("create_op", async () => {
    const sent = intent(volume(place(500), { upper: 1000 }));
    op = await uss1.create(id, sent);
    expect(await uss1.get(path()), 200);
  });
  test("mutate_sub_shrink_2d", async () => {
    expect(await change(50, 0, 81), 400);
  });
  test("mutate_sub_shrink_altitude", async () => {
    expect(await change(500, 200, 81), 400);
  });
  test("mutate_sub_shrink_time", async () => {
    expect(await change(500, 0, 60), 400);
  });
  test("mutate_sub_not_shrink", async () => {
    const body = expect(await change(500, 0, 81), 200);
    assert.equal(body.subscription.notify_for_constraints, true);
    assert.deepEqual(body.subscription.dependent_operational_intents, [id]);
    assert.deepEqual(body.operational_intent_references.map((one) => one.id), [id]);
  });
  test("delete_op", async () => {
    await uss1.remove(op);
  });
  test("get_deleted_op_by_id", async () => {
    expect(await uss1.get(`${kIntents}/${id}`), 404);
  });
  // Its owner took it in hand, so it no longer goes with the intent.
  test("delete_sub", async () => {
    const { version } = expect(await uss1.get(path()), 200).subscription;
    expect(await uss1.delete(`${path()}/${version}`), 200);
  });
  test("get_deleted_sub_by_id", async () => {
    expect(await uss1.get(path()), 404);
  });
  test("final_cleanup", async () => {
    expect(await uss1.get(`${kIntents}/${id}`), 404);
  });
});
