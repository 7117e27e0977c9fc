// SPDX-License-Identifier: Apache-2.0
// References to operational intents: one alone, its states, and special cases.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import {
  AA, bare, circle, CM, CP, expect, input, intent, kHiddenOvn, kIntents, kNoSubscription,
  kSubscriptions, onlyInput, polygon, rectangle, SA, sameTime, SC, startServer, subscription,
  update, volume,
} from "./harness.mjs";

const server = await startServer();
const uss1 = server.service("uss1");
const uss2 = server.service("uss2");

describe("operation_simple", () => {
  const id = randomUUID();
  const path = `${kIntents}/${id}`;
  const request = (times) => intent(volume(circle(-56, 178, 50), times));
  const area = (times) => volume(circle(-56, 178, 300), { upper: 5000, ...times });
  const open = { start: null, end: null };
  const found = (times) => uss1.searchIds(kIntents, area(times));
  let made;

  test("ensure_clean_workspace", async () => {
    assert.deepEqual(await found(open), []);
  });
  test("op_does_not_exist_get", async () => {
    expect(await uss1.get(path), 404);
  });
  test("op_does_not_exist_query", async () => {
    assert.ok(!(await found({ start: 0, end: 60 })).includes(id));
    for (const scope of [CP, CM, AA]) {
      const body = { area_of_interest: area({ start: 0, end: 60 }) };
      expect(await uss1.post(`${kIntents}/query`, body, scope), 403);
    }
  });
  test("create_op_single_extent", async () => {
    const body = request();
    expect(await uss1.put(path, { ...body, extents: body.extents[0] }), 400);
  });
  test("create_op_missing_time_start", async () => {
    expect(await uss1.put(path, request({ start: null })), 400);
  });
  test("create_op_missing_time_end", async () => {
    expect(await uss1.put(path, request({ end: null })), 400);
  });
  test("create_op_expired", async () => {
    expect(await uss1.put(path, request({ start: -1440, end: -1380 })), 400);
  });
  test("create_op_time_start_after_time_end", async () => {
    expect(await uss1.put(path, request({ start: 80, end: 20 })), 400);
  });
  test("create_op", async () => {
    const sent = request();
    for (const scope of [CP, CM, AA]) expect(await uss1.put(path, sent, scope), 403);
    made = await uss1.create(id, sent);
    assert.equal(made.id, id);
    assert.equal(made.manager, "uss1");
    assert.equal(made.uss_base_url, sent.uss_base_url);
    assert.equal(made.uss_availability, "Unknown");
    assert.equal(made.version, 1);
    assert.equal(made.state, "Accepted");
    assert.ok(made.ovn.length >= 16 && made.ovn.length <= 128);
    assert.notEqual(made.subscription_id, kNoSubscription);
    sameTime(made.time_start, sent.extents[0].time_start);
    sameTime(made.time_end, sent.extents[0].time_end);
  });
  test("get_op_by_id", async () => {
    for (const scope of [CP, CM, AA]) expect(await uss1.get(path, scope), 403);
    for (const scope of [SC, SA]) {
      assert.deepEqual(expect(await uss1.get(path, scope), 200).operational_intent_reference, made);
    }
  });
  test("get_op_by_search_missing_params", async () => {
    expect(await uss1.post(`${kIntents}/query`), 400);
    expect(await uss1.post(`${kIntents}/query`, {}), 400);
    expect(await uss1.post(`${kIntents}/query`, { area_of_interest: null }), 400);
  });
  test("get_op_by_search", async () => {
    assert.ok((await found(open)).includes(id));
  });
  test("get_op_by_search_earliest_time_included", async () => {
    assert.ok((await found({ start: 59, end: null })).includes(id));
  });
  test("get_op_by_search_earliest_time_excluded", async () => {
    assert.ok(!(await found({ start: 81, end: null })).includes(id));
  });
  test("get_op_by_search_latest_time_included", async () => {
    assert.ok((await found({ start: null, end: 20.1 })).includes(id));
  });
  test("get_op_by_id_other_uss", async () => {
    const { operational_intent_reference: one } = expect(await uss2.get(path), 200);
    assert.deepEqual(one, { ...made, ovn: kHiddenOvn });
  });
  test("get_op_by_query_other_uss", async () => {
    const all = await uss2.search(kIntents, area(open));
    assert.deepEqual(all.filter((one) => one.id === id), [{ ...made, ovn: kHiddenOvn }]);
  });
  test("get_op_by_search_latest_time_excluded", async () => {
    assert.ok(!(await found({ start: null, end: 1 })).includes(id));
  });
  test("mutate_op", async () => {
    const extent = request().extents;
    const body = update(made, extent, {
      key: [made.ovn],
      state: "Activated",
      uss_base_url: "https://uss2.example.org/utm",
    });
    for (const scope of [CP, CM, AA]) expect(await uss1.put(path, body, scope), 403);
    expect(await uss2.put(`${path}/${made.ovn}`, body), 403);
    expect(await uss1.put(`${path}/${made.ovn}x`, body), 409);
    const changed = expect(await uss1.put(`${path}/${made.ovn}`, body), 200);
    const next = changed.operational_intent_reference;
    assert.equal(next.id, id);
    assert.equal(next.uss_base_url, body.uss_base_url);
    assert.equal(next.version, 2);
    assert.equal(next.state, "Activated");
    assert.equal(next.subscription_id, made.subscription_id);
    assert.notEqual(next.ovn, made.ovn);
    made = next;
  });
  test("delete_op", async () => {
    const versioned = `${path}/${made.ovn}`;
    for (const scope of [CP, CM, AA]) expect(await uss1.delete(versioned, scope), 403);
    expect(await uss1.delete(`${versioned}x`), 409);
    expect(await uss1.delete(versioned), 200);
  });
  test("get_deleted_op_by_id", async () => {
    expect(await uss1.get(path), 404);
  });
  test("get_deleted_op_by_search", async () => {
    assert.ok(!(await found(open)).includes(id));
  });
  test("final_cleanup", async () => {
    expect(await uss1.get(`${kSubscriptions}/${made.subscription_id}`), 404);
  });
});

describe("operation_references_state_transition", () => {
  const id = randomUUID();
  const path = `${kIntents}/${id}`;
  const here = volume(circle(10, 10, 100), { start: 0, end: 30 });
  let made;
  const change = (state, scope = SC, more = {}) =>
    uss1.put(`${path}/${made.ovn}`, update(made, here, { state, ...more }), scope);

  test("ensure_clean_workspace", async () => {
    expect(await uss1.get(path), 404);
  });
  test("op_accepted", async () => {
    for (const state of ["Activated", "Nonconforming", "Contingent"]) {
      expect(await uss1.put(path, intent(here, { state }), `${SC} ${SA}`), 400);
    }
    made = await uss1.create(id, intent(here));
  });
  test("op_activated", async () => {
    made = expect(await change("Activated"), 200).operational_intent_reference;
    assert.equal(made.state, "Activated");
    assert.equal(made.version, 2);
  });
  test("op_accepted_bad1", async () => {
    expect(await uss1.put(path, intent(here, { key: [made.ovn] })), 409);
  });
  test("off-nominal states need the scope for situational awareness, and no key", async () => {
    for (const state of ["Nonconforming", "Contingent"]) expect(await change(state, SC), 403);
    const other = await uss2.create(randomUUID(), intent(here, { key: [made.ovn] }));
    made = expect(await change("Nonconforming", SA), 200).operational_intent_reference;
    assert.equal(made.state, "Nonconforming");
    made = expect(await change("Contingent", `${SC} ${SA}`), 200).operational_intent_reference;
    assert.equal(made.state, "Contingent");
    await uss2.remove(other);
  });
  test("states other than Accepted need a subscription", async () => {
    const lone = randomUUID();
    const one = await uss1.create(lone, bare(volume(circle(11, 10, 100))));
    assert.equal(one.subscription_id, kNoSubscription);
    const body = bare(volume(circle(11, 10, 100)), { state: "Activated" });
    expect(await uss1.put(`${kIntents}/${lone}/${one.ovn}`, body), 400);
    await uss1.remove(one);
  });
  test("op_bad_state_transition", async () => {
    await uss1.remove(made);
    for (const state of ["Ended", "accepted", "", null, 1]) {
      expect(await uss1.put(path, intent(here, { state })), 400);
    }
  });
  test("update of what is not there", async () => {
    expect(await uss1.put(`${path}/${made.ovn}`, intent(here)), 400);
  });
  test("final_cleanup", async () => {
    expect(await uss1.get(path), 404);
  });
});

describe("operation_special_cases", () => {
  const lone = async (body) => {
    const answer = await uss1.put(`${kIntents}/${randomUUID()}`, body);
    if (answer.status === 201) await uss1.remove(answer.body.operational_intent_reference);
    return answer;
  };

  test("op_request_1", async (t) => {
    const text = onlyInput(t, "op_request_1.json");
    if (text !== undefined) expect(await lone(text), 201);
  });
  test("op_request_1: some extents may be over before the intent begins", async () => {
    const past = volume(circle(32.6, -117.1, 300), { start: -2880, end: -1440 });
    past.time_start.value = "1969-12-31T15:58:00.00Z";
    past.time_end.value = "1969-12-31T16:02:00.00Z";
    expect(await lone(intent([past, volume(circle(32.6, -117.1, 300))])), 201);
  });
  test("op_request_2", async (t) => {
    const text = onlyInput(t, "op_request_2.json");
    if (text !== undefined) expect(await lone(text), 400);
  });
  test("op_request_2: a large polygon that is closed by its first vertex", async () => {
    const closed = polygon([10, 10], [10, 10.01], [20, 10.02], [20, 20], [10, 10]);
    expect(await lone(intent(volume(closed))), 400);
  });
  test("op_query_degenerate_polygon", async (t) => {
    const point = [37.789, -122.454];
    const body = { area_of_interest: volume(polygon(point, point, point)) };
    expect(await uss1.post(`${kIntents}/query`, body), 400);
    const line = { area_of_interest: volume(polygon([1, 1], [2, 1], [3, 1])) };
    expect(await uss1.post(`${kIntents}/query`, line), 400);
    const text = input(t, "op_request_3.json");
    if (text !== undefined) expect(await uss1.post(`${kIntents}/query`, text), 400);
  });
  test("op_query_not_area_too_large", async (t) => {
    const wide = rectangle(32.594, -96.886, 32.861, -96.652);
    expect(await uss1.post(`${kIntents}/query`, { area_of_interest: volume(wide) }), 200);
    const text = input(t, "op_request_4.json");
    if (text !== undefined) expect(await uss1.post(`${kIntents}/query`, text), 200);
  });
  test("id_conversion_bug", async () => {
    const path = `${kSubscriptions}/${randomUUID()}`;
    const shape = polygon([41.7, -91.497], [41.677, -91.503], [41.675, -91.48], [41.693, -91.466]);
    const extent = volume(shape, { lower: 23.24352, upper: 764.79037, start: 60, end: 1200 });
    const body = subscription(extent, {
      uss_base_url: "https://uss1.example.org/uss/v1/",
      notify_for_constraints: true,
    });
    delete body.notify_for_operational_intents;
    const made = expect(await uss1.put(path, body), 200).subscription;
    body.extents.time_start = volume(shape, { start: 120 }).time_start;
    const next = expect(await uss1.put(`${path}/${made.version}`, body), 200).subscription;
    sameTime(next.time_start, body.extents.time_start);
    expect(await uss1.delete(`${path}/${next.version}`), 200);
  });
});
