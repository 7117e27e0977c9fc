// SPDX-License-Identifier: Apache-2.0
// Two services near the pole: OVNs and keys, subscriptions that intents depend on, and who is told.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import {
  bare, circle, expect, intent, kHiddenOvn, kIntents, kSubscriptions, sameTime, startServer,
  subscribersOf, subscription, update, volume,
} from "./harness.mjs";

const server = await startServer();
const uss1 = server.service("uss1");
const uss2 = server.service("uss2");

const [id1, id2, sub2] = [randomUUID(), randomUUID(), randomUUID()];
const [path1, path2] = [`${kIntents}/${id1}`, `${kIntents}/${id2}`];
const pathSub2 = `${kSubscriptions}/${sub2}`;
const urlOp1 = "https://uss1.example.org/op1";
const urlSub1 = "https://uss1.example.org/sub1";
const urlOp2 = "https://uss2.example.org/op2";
const urlSub2 = "https://uss2.example.org/sub2";
const extent1 = () => volume(circle(90, 0, 200), { start: 0, end: 60 });
const extent2 = () => volume(circle(89.999, 0, 200), { start: 0, end: 60 });
const request1 = () =>
  intent(extent1(), {
    uss_base_url: urlOp1,
    new_subscription: { uss_base_url: urlSub1, notify_for_constraints: false },
  });
const request2 = (more) => bare(extent2(), { uss_base_url: urlOp2, ...more });
const across = () => volume(circle(89.999, 180, 300), { upper: 5000, start: 0, end: 60 });
const byId = (list) => Object.fromEntries(list.map((one) => [one.id, one]));

let op1;
let op2;
let version2;

describe("operations_simple", () => {
  test("ensure_clean_workspace", async () => {
    expect(await uss2.get(path2), 404);
    expect(await uss2.get(pathSub2), 404);
  });
  test("op1_does_not_exist_get_1", async () => {
    expect(await uss1.get(path1), 404);
  });
  test("op1_does_not_exist_get_2", async () => {
    expect(await uss2.get(path1), 404);
  });
  test("op1_does_not_exist_query_1", async () => {
    assert.ok(!(await uss1.searchIds(kIntents, across())).includes(id1));
  });
  test("op1_does_not_exist_query_2", async () => {
    assert.ok(!(await uss2.searchIds(kIntents, across())).includes(id1));
  });
  test("create_op1", async () => {
    const sent = request1();
    op1 = await uss1.create(id1, sent);
    assert.equal(op1.uss_base_url, urlOp1);
    assert.equal(op1.uss_availability, "Unknown");
    assert.equal(op1.version, 1);
    assert.equal(op1.state, "Accepted");
    sameTime(op1.time_start, sent.extents[0].time_start);
    sameTime(op1.time_end, sent.extents[0].time_end);
    const asked = await uss1.get(`${kSubscriptions}/${op1.subscription_id}`);
    const made = expect(asked, 200).subscription;
    assert.equal(made.implicit_subscription, true);
    assert.deepEqual(made.dependent_operational_intents, [id1]);
    assert.equal(made.uss_base_url, urlSub1);
  });
  test("delete_implicit_sub", async () => {
    const path = `${kSubscriptions}/${op1.subscription_id}`;
    const { version } = expect(await uss1.get(path), 200).subscription;
    expect(await uss1.delete(`${path}/${version}`), 400, 409);
    expect(await uss1.get(path), 200);
  });
  test("delete_op1_by_uss2", async () => {
    expect(await uss2.delete(`${path1}/${op1.ovn}`), 403);
    expect(await uss1.get(path1), 200);
  });
  test("create_op2_no_ovn", async () => {
    expect(await uss2.put(path2, request2()), 400, 409);
    expect(await uss2.get(path2), 404);
  });
  test("create_op2sub", async () => {
    const extent = volume(circle(89.999, 0, 250), { upper: 1000, start: 0, end: 70 });
    const body = subscription(extent, { uss_base_url: urlSub2 });
    const made = expect(await uss2.put(pathSub2, body), 200);
    assert.equal(byId(made.operational_intent_references)[id1].ovn, kHiddenOvn);
    assert.equal(made.subscription.notification_index, 0);
    expect(await uss2.get(pathSub2), 200);
    version2 = made.subscription.version;
  });
  test("create_op2_no_key", async () => {
    const body = expect(await uss2.put(path2, request2({ subscription_id: sub2 })), 409);
    assert.ok(body.message);
    assert.deepEqual(body.missing_operational_intents, [{ ...op1, ovn: kHiddenOvn }]);
  });
  test("create_op2", async () => {
    const sent = request2({ subscription_id: sub2, key: [op1.ovn] });
    const body = expect(await uss2.put(path2, sent), 201);
    op2 = body.operational_intent_reference;
    assert.equal(op2.id, id2);
    assert.equal(op2.uss_base_url, urlOp2);
    assert.equal(op2.version, 1);
    assert.equal(op2.subscription_id, sub2);
    assert.equal(op2.state, "Accepted");
    assert.ok(op2.ovn);
    const told = subscribersOf(body);
    assert.ok(op1.subscription_id in told[urlSub1]);
    assert.equal(told[urlSub2][sub2], 1);
  });
  test("each subscriber is named, so that a notification that fails can be reported", async () => {
    const sent = request2({ subscription_id: sub2, key: [op1.ovn] });
    const body = expect(await uss2.put(`${path2}/${op2.ovn}`, sent), 200);
    op2 = body.operational_intent_reference;
    const managers = body.subscribers.map((one) => [one.uss_base_url, one.manager]);
    assert.deepEqual(Object.fromEntries(managers), { [urlSub1]: "uss1", [urlSub2]: "uss2" });
  });
  test("read_ops_from_uss1", async () => {
    const found = byId(await uss1.search(kIntents, across()));
    assert.equal(found[id1].ovn, op1.ovn);
    assert.equal(found[id2].ovn, kHiddenOvn);
  });
  test("read_ops_from_uss2", async () => {
    const found = byId(await uss2.search(kIntents, across()));
    assert.equal(found[id1].ovn, kHiddenOvn);
    assert.equal(found[id2].ovn, op2.ovn);
  });
  test("mutate_op1_bad_key", async () => {
    const path = `${path1}/${op1.ovn}`;
    for (const key of [undefined, [], [op1.ovn], [kHiddenOvn], [`${op2.ovn}x`]]) {
      const body = update(op1, extent1(), { uss_base_url: urlOp1, key });
      const answer = await uss1.put(path, body);
      const conflict = expect(answer, 409);
      assert.deepEqual(conflict.missing_operational_intents.map((one) => one.id), [id2]);
      assert.ok(!answer.text.includes(op2.ovn), "a conflict gives another's OVN away");
    }
  });
  test("mutate_op1", async () => {
    const body = update(op1, extent1(), { uss_base_url: urlOp1, key: [op1.ovn, op2.ovn] });
    const answer = expect(await uss1.put(`${path1}/${op1.ovn}`, body), 200);
    const next = answer.operational_intent_reference;
    assert.equal(next.version, 2);
    assert.equal(next.subscription_id, op1.subscription_id);
    assert.equal(subscribersOf(answer)[urlSub2][sub2], 3);
    op1 = next;
  });
  test("delete_dependent_sub", async () => {
    expect(await uss2.delete(`${pathSub2}/${version2}`), 400);
  });
  test("mutate_sub2", async () => {
    const good = () =>
      subscription(volume(circle(89.999, 0, 200), { upper: 200, start: -1, end: 61 }), {
        uss_base_url: urlSub2,
      });
    const path = `${pathSub2}/${version2}`;
    const refused = async (change, where = path) => {
      const body = good();
      change(body, body.extents.volume);
      expect(await uss2.put(where, body), 400);
    };
    await refused((body) => (body.notify_for_operational_intents = false), pathSub2);
    await refused((body) => (body.notify_for_operational_intents = false));
    const times = (start, end) => volume(circle(0, 0, 1), { start, end });
    await refused((body) => (body.extents.time_start = times(5, 61).time_start));
    await refused((body) => (body.extents.time_end = times(-1, 0).time_end));
    await refused((_, space) => (space.altitude_lower.value = 10));
    await refused((_, space) => (space.altitude_upper.value = 10));
    await refused((_, space) => (space.outline_circle.center.lat = 45));
    const answer = expect(await uss2.put(path, good()), 200);
    const found = byId(answer.operational_intent_references);
    assert.equal(found[id1].ovn, kHiddenOvn);
    assert.equal(found[id2].ovn, op2.ovn);
    assert.equal(answer.subscription.notification_index, 3);
    assert.notEqual(answer.subscription.version, version2);
    expect(await uss2.put(path, good()), 409);
    version2 = expect(await uss2.get(pathSub2), 200).subscription.version;
  });
  test("a subscription of another service is not to be had", async () => {
    expect(await uss1.put(`${pathSub2}/${version2}`, subscription(extent2())), 403);
    expect(await uss1.delete(`${pathSub2}/${version2}`), 403);
    const body = bare(extent1(), { subscription_id: sub2, key: [op2.ovn] });
    expect(await uss1.put(`${path1}/${op1.ovn}`, body), 403);
  });
  test("delete_op1", async () => {
    const body = expect(await uss1.delete(`${path1}/${op1.ovn}`), 200);
    assert.equal(subscribersOf(body)[urlSub2][sub2], 4);
    expect(await uss1.get(`${kSubscriptions}/${op1.subscription_id}`), 404);
  });
  test("delete_op2", async () => {
    const body = expect(await uss2.delete(`${path2}/${op2.ovn}`), 200);
    assert.equal(body.operational_intent_reference.subscription_id, sub2);
    assert.deepEqual(subscribersOf(body), { [urlSub2]: { [sub2]: 5 } });
    expect(await uss2.get(pathSub2), 200);
  });
  test("delete_sub2", async () => {
    expect(await uss2.delete(`${pathSub2}/${version2}`), 200);
  });
  test("final_cleanup", async () => {
    expect(await uss2.get(pathSub2), 404);
    assert.deepEqual(await uss1.searchIds(kIntents, across()), []);
  });
});
