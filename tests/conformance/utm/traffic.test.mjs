// SPDX-License-Identifier: Apache-2.0
// Many intents that do not overlap: one after another close by, and all at once, apart in area, in
// altitude or in time. All must be taken.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import {
  circle, expect, intent, kIntents, sameTime, startServer, update, volume,
} from "./harness.mjs";

const kCount = 20;
const server = await startServer();
const uss = server.service("uss1");
const ids = () => Array.from({ length: kCount }, () => randomUUID());
const wide = (lat, times) => volume(circle(lat, 178, 12_000), { upper: 5000, ...times });
const open = { start: null, end: null };
const within = (some, all) => some.filter((id) => all.includes(id)).length;

function checkMade(one, id, sent) {
  assert.equal(one.id, id);
  assert.equal(one.uss_base_url, sent.uss_base_url);
  assert.equal(one.uss_availability, "Unknown");
  assert.equal(one.version, 1);
  assert.ok(one.ovn);
  assert.ok(one.subscription_id);
  sameTime(one.time_start, sent.extents[0].time_start);
  sameTime(one.time_end, sent.extents[0].time_end);
}

describe("operation_simple_heavy_traffic", () => {
  const all = ids();
  const made = new Map();
  const extent = (index) => volume(circle(-56 - 0.001 * index, 178, 50));
  const found = (times) => uss.searchIds(kIntents, wide(-56, times));

  test("ensure_clean_workspace", async () => {
    assert.deepEqual(await found(open), []);
  });
  test("ops_do_not_exist_get", async () => {
    for (const id of all) expect(await uss.get(`${kIntents}/${id}`), 404);
  });
  test("ops_do_not_exist_query", async () => {
    assert.equal(within(all, await found({ start: 0, end: 60 })), 0);
  });
  test("create_ops", async () => {
    for (const [index, id] of all.entries()) {
      const sent = intent(extent(index), { key: [...made.values()].map((one) => one.ovn) });
      made.set(id, await uss.create(id, sent));
      checkMade(made.get(id), id, sent);
    }
  });
  test("get_ops_by_ids", async () => {
    for (const id of all) {
      const body = expect(await uss.get(`${kIntents}/${id}`), 200);
      assert.deepEqual(body.operational_intent_reference, made.get(id));
    }
  });
  test("get_ops_by_search", async () => {
    assert.equal(within(all, await found(open)), kCount);
  });
  test("get_ops_by_search_earliest_time_included", async () => {
    assert.equal(within(all, await found({ start: 59, end: null })), kCount);
  });
  test("get_ops_by_search_earliest_time_excluded", async () => {
    assert.equal(within(all, await found({ start: 81, end: null })), 0);
  });
  test("get_ops_by_search_latest_time_included", async () => {
    assert.equal(within(all, await found({ start: null, end: 20.5 })), kCount);
  });
  test("get_ops_by_search_latest_time_excluded", async () => {
    assert.equal(within(all, await found({ start: null, end: 1 })), 0);
  });
  test("mutate_ops", async () => {
    for (const [index, id] of all.entries()) {
      const old = made.get(id);
      const near = await uss.searchIds(kIntents, extent(index));
      const body = update(old, extent(index), {
        key: near.map((one) => made.get(one).ovn),
        state: "Activated",
        uss_base_url: "https://uss2.example.org",
      });
      const answer = expect(await uss.put(`${kIntents}/${id}/${old.ovn}`, body), 200);
      const next = answer.operational_intent_reference;
      assert.equal(next.uss_base_url, body.uss_base_url);
      assert.equal(next.version, 2);
      assert.equal(next.subscription_id, old.subscription_id);
      made.set(id, next);
    }
  });
  test("delete_op", async () => {
    for (const id of all) await uss.remove(made.get(id));
  });
  test("get_deleted_ops_by_ids", async () => {
    for (const id of all) expect(await uss.get(`${kIntents}/${id}`), 404);
  });
  test("get_deleted_ops_by_search", async () => {
    assert.equal(within(all, await found(open)), 0);
  });
  test("final_cleanup", async () => {
    assert.deepEqual(await found(open), []);
  });
});

describe("operation_simple_heavy_traffic_concurrent", () => {
  const all = ids();
  const made = new Map();
  const third = Math.ceil(kCount / 3);
  const latitude = (index) => -56 - 0.1 * index;
  const extent = (index, later = 0) => {
    if (index < third) return volume(circle(latitude(index), 178, 50));
    if (index < 2 * third) {
      return volume(circle(-56, 178, 50), { lower: 20 * index, upper: 20 * index + 19 });
    }
    const start = 20 + later + 10 * index;
    return volume(circle(-56, 178, 50), { start, end: start + 9 });
  };
  const together = (what) => Promise.all(all.map((id, index) => what(id, index)));

  test("ensure_clean_workspace", async () => {
    await together(async (id) => expect(await uss.get(`${kIntents}/${id}`), 404));
  });
  test("create_ops_concurrent", async () => {
    await together(async (id, index) => {
      const sent = intent(extent(index));
      made.set(id, await uss.create(id, sent));
      checkMade(made.get(id), id, sent);
    });
  });
  test("get_ops_by_ids_concurrent", async () => {
    await together(async (id) => {
      const body = expect(await uss.get(`${kIntents}/${id}`), 200);
      assert.deepEqual(body.operational_intent_reference, made.get(id));
    });
  });
  test("get_ops_by_search_concurrent", async () => {
    const lists = await together((_, index) =>
      uss.searchIds(kIntents, wide(latitude(index), open)));
    assert.equal(within(all, lists.flat()), kCount);
  });
  test("mutate_ops_concurrent", async () => {
    await together(async (id, index) => {
      const old = made.get(id);
      const body = update(old, extent(index, 10 * index), { key: [old.ovn], state: "Activated" });
      const answer = expect(await uss.put(`${kIntents}/${id}/${old.ovn}`, body), 200);
      made.set(id, answer.operational_intent_reference);
      assert.equal(made.get(id).version, 2);
    });
  });
  test("delete_op_concurrent", async () => {
    await together((id) => uss.remove(made.get(id)));
    await together(async (id) => expect(await uss.get(`${kIntents}/${id}`), 404));
  });
  test("final_cleanup", async () => {
    assert.equal(within(all, await uss.searchIds(kIntents, wide(-56, open))), 0);
  });
});
