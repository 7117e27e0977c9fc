// SPDX-License-Identifier: Apache-2.0
// References to constraints: one alone, and with subscriptions that ask for them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import {
  AA, circle, CM, constraint, CP, expect, kConstraints, kHiddenOvn, kSubscriptions, SA, sameTime,
  SC, startServer, subscribersOf, subscription, volume,
} from "./harness.mjs";

const server = await startServer();
const uss1 = server.service("uss1");
const uss2 = server.service("uss2");

describe("constraint_simple", () => {
  const id = randomUUID();
  const path = `${kConstraints}/${id}`;
  const here = circle(-56, 178, 50);
  const request = (times = { start: 0, end: 60 }) => constraint(volume(here, times));
  const area = (times) => volume(circle(-56, 178, 300), { upper: 5000, ...times });
  const open = { start: null, end: null };
  const found = (times, scope = CM) => uss1.searchIds(kConstraints, area(times), scope);
  let sent;
  let made;

  test("ensure_clean_workspace", async () => {
    assert.deepEqual(await found(open), []);
  });
  test("constraint_does_not_exist_get", async () => {
    for (const scope of [CM, CP]) expect(await uss1.get(path, scope), 404);
  });
  test("constraint_does_not_exist_query", async () => {
    for (const scope of [CM, CP]) {
      assert.ok(!(await found({ start: 0, end: 0 }, scope)).includes(id));
    }
  });
  test("create_constraint_single_extent", async () => {
    const body = request();
    expect(await uss1.put(path, { ...body, extents: body.extents[0] }, CM), 400);
  });
  test("create_constraint_missing_time_start", async () => {
    expect(await uss1.put(path, request({ start: null, end: 60 }), CM), 400);
  });
  test("create_constraint_missing_time_end", async () => {
    expect(await uss1.put(path, request({ start: 0, end: null }), CM), 400);
  });
  test("create_constraint_expired", async () => {
    expect(await uss1.put(path, request({ start: -1440, end: -1380 }), CM), 400);
  });
  test("create_constraint_time_start_after_time_end", async () => {
    expect(await uss1.put(path, request({ start: 60, end: 0 }), CM), 400);
  });
  test("create_constraint", async () => {
    sent = request();
    for (const scope of [SC, CP, SA, AA]) expect(await uss1.put(path, sent, scope), 403);
    const body = expect(await uss1.put(path, sent, CM), 201);
    made = body.constraint_reference;
    assert.equal(made.id, id);
    assert.equal(made.manager, "uss1");
    assert.equal(made.uss_base_url, sent.uss_base_url);
    assert.equal(made.uss_availability, "Unknown");
    assert.equal(made.version, 1);
    assert.ok(made.ovn.length >= 16 && made.ovn.length <= 128);
    sameTime(made.time_start, sent.extents[0].time_start);
    sameTime(made.time_end, sent.extents[0].time_end);
    assert.deepEqual(body.subscribers, []);
  });
  test("get_constraint_by_id", async () => {
    for (const scope of [CM, CP]) {
      const { constraint_reference: one } = expect(await uss1.get(path, scope), 200);
      assert.deepEqual(one, made);
    }
    for (const scope of [SC, SA, AA]) expect(await uss1.get(path, scope), 403);
  });
  test("get_constraint_by_id of another service hides the OVN", async () => {
    const { constraint_reference: one } = expect(await uss2.get(path, CP), 200);
    assert.deepEqual(one, { ...made, ovn: kHiddenOvn });
  });
  test("get_constraint_by_search_missing_params", async () => {
    expect(await uss1.post(`${kConstraints}/query`, undefined, CM), 400);
    expect(await uss1.post(`${kConstraints}/query`, {}, CM), 400);
  });
  test("get_constraint_by_search", async () => {
    for (const scope of [CM, CP]) assert.ok((await found(open, scope)).includes(id));
  });
  test("get_constraint_by_search_earliest_time_included", async () => {
    assert.ok((await found({ start: 59, end: null })).includes(id));
  });
  test("get_constraint_by_search_earliest_time_excluded", async () => {
    assert.ok(!(await found({ start: 61, end: null })).includes(id));
  });
  test("get_constraint_by_search_latest_time_included", async () => {
    assert.ok((await found({ start: null, end: 1 })).includes(id));
  });
  test("get_constraint_by_search_latest_time_excluded", async () => {
    assert.ok(!(await found({ start: null, end: -1 })).includes(id));
  });
  test("create of an id that is there is a conflict", async () => {
    expect(await uss1.put(path, request(), CM), 409);
  });
  test("update with a wrong OVN, or of what is not there, is a conflict", async () => {
    expect(await uss1.put(`${path}/${made.ovn}x`, request(), CM), 409);
    expect(await uss1.put(`${kConstraints}/${randomUUID()}/${made.ovn}`, request(), CM), 409);
  });
  test("mutate_constraint", async () => {
    const body = { ...request(), uss_base_url: "https://uss2.example.org/utm" };
    const versioned = `${path}/${made.ovn}`;
    for (const scope of [SC, CP, SA, AA]) expect(await uss1.put(versioned, body, scope), 403);
    expect(await uss2.put(versioned, body, CM), 403);
    const { constraint_reference: next } = expect(await uss1.put(versioned, body, CM), 200);
    assert.equal(next.id, id);
    assert.equal(next.uss_base_url, body.uss_base_url);
    assert.equal(next.uss_availability, "Unknown");
    assert.equal(next.version, 2);
    assert.notEqual(next.ovn, made.ovn);
    made = next;
  });
  test("delete_constraint", async () => {
    const versioned = `${path}/${made.ovn}`;
    for (const scope of [SC, CP, SA, AA]) expect(await uss1.delete(versioned, scope), 403);
    expect(await uss2.delete(versioned, CM), 403);
    expect(await uss1.delete(`${path}/${made.ovn}x`, CM), 409);
    const { constraint_reference: gone } = expect(await uss1.delete(versioned, CM), 200);
    assert.equal(gone.id, id);
  });
  test("get_deleted_constraint_by_id", async () => {
    expect(await uss1.get(path, CM), 404);
  });
  test("get_deleted_constraint_by_search", async () => {
    assert.ok(!(await found(open)).includes(id));
  });
  test("final_cleanup", async () => {
    expect(await uss1.delete(`${kConstraints}/${randomUUID()}/${made.ovn}`, CM), 404);
  });
});

describe("constraints_with_subscriptions", () => {
  const id = randomUUID();
  const path = `${kConstraints}/${id}`;
  const [sub1, sub2, sub3] = [randomUUID(), randomUUID(), randomUUID()];
  const both = `${SC} ${CP}`;
  const urlA = "https://uss2.example.org/a";
  const urlB = "https://uss2.example.org/b";
  const request = (url) => {
    const extent = volume(circle(-12.00001, 33.99999, 50), { start: 0, end: 60 });
    return constraint(extent, { uss_base_url: url });
  };
  const subscribe = (url, intents, constraints) =>
    subscription(volume(circle(-12, 34, 300), { upper: 1000, start: 0, end: 60 }), {
      uss_base_url: url,
      notify_for_operational_intents: intents,
      notify_for_constraints: constraints,
    });
  let ovn;
  const change = async (url) => {
    const answer = await uss1.put(ovn ? `${path}/${ovn}` : path, request(url), CM);
    const body = expect(answer, ovn ? 200 : 201);
    ovn = body.constraint_reference.ovn;
    return subscribersOf(body);
  };
  const subscriptionOf = async (sub) =>
    expect(await uss2.get(`${kSubscriptions}/${sub}`, both), 200).subscription;

  test("ensure_clean_workspace", async () => {
    for (const sub of [sub1, sub2, sub3]) expect(await uss2.get(`${kSubscriptions}/${sub}`), 404);
  });
  test("subs_do_not_exist", async () => {
    for (const sub of [sub1, sub2, sub3]) expect(await uss1.get(`${kSubscriptions}/${sub}`), 404);
  });
  test("create_subs", async () => {
    expect(await uss2.put(`${kSubscriptions}/${sub1}`, subscribe(urlA, true, false), SC), 200);
    expect(await uss2.put(`${kSubscriptions}/${sub2}`, subscribe(urlB, false, true), CP), 200);
    expect(await uss2.put(`${kSubscriptions}/${sub3}`, subscribe(urlB, true, true), both), 200);
  });
  test("constraint_does_not_exist", async () => {
    expect(await uss1.get(path, CM), 404);
  });
  test("create_constraint", async () => {
    const told = await change("https://uss1.example.org/1");
    assert.deepEqual(told, { [urlB]: { [sub2]: 1, [sub3]: 1 } });
  });
  test("mutate_constraint", async () => {
    const told = await change("https://uss1.example.org/2");
    assert.deepEqual(told, { [urlB]: { [sub2]: 2, [sub3]: 2 } });
  });
  test("mutate_subs", async () => {
    const one = await subscriptionOf(sub1);
    const asking = await uss2.put(
      `${kSubscriptions}/${sub1}/${one.version}`, subscribe(urlA, true, true), both);
    assert.ok(expect(asking, 200).constraint_references.map((c) => c.id).includes(id));
    const three = await subscriptionOf(sub3);
    const silent = await uss2.put(
      `${kSubscriptions}/${sub3}/${three.version}`, subscribe(urlB, true, false), both);
    assert.deepEqual(expect(silent, 200).constraint_references ?? [], []);
  });
  test("mutate_constraint2", async () => {
    const told = await change("https://uss1.example.org/3");
    assert.deepEqual(told, { [urlA]: { [sub1]: 1 }, [urlB]: { [sub2]: 3 } });
  });
  test("delete_constraint", async () => {
    const body = expect(await uss1.delete(`${path}/${ovn}`, CM), 200);
    assert.deepEqual(subscribersOf(body), { [urlA]: { [sub1]: 2 }, [urlB]: { [sub2]: 4 } });
  });
  test("delete_subs", async () => {
    for (const sub of [sub1, sub2, sub3]) {
      const { version } = await subscriptionOf(sub);
      expect(await uss2.delete(`${kSubscriptions}/${sub}/${version}`, both), 200);
    }
  });
  test("final_cleanup", async () => {
    for (const sub of [sub1, sub2, sub3]) expect(await uss2.get(`${kSubscriptions}/${sub}`), 404);
  });
});
