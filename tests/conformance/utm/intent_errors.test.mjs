// SPDX-License-Identifier: Apache-2.0
// What is refused of a reference to an operational intent. The inputs of others' suites, where they
// are at hand, beside our own.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import {
  circle, expect, fromNow, input, intent, kIntents, onlyInput, polygon, rectangle, shifted,
  startServer, update, volume,
} from "./harness.mjs";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const server = await startServer();
const uss = server.service("uss1");

const here = () => volume(rectangle(9.98, 9.98, 10.02, 10.02), { lower: -12, upper: 18 });
const put = (body) => uss.put(`${kIntents}/${randomUUID()}`, body);
const query = (body) => uss.post(`${kIntents}/query`, body);
const asArea = (extent) => ({ area_of_interest: extent });
const changed = (change) => {
  const body = intent(here());
  change(body, body.extents[0]);
  return body;
};
const refused = async (change, what) => {
  const answer = await put(changed(change));
  assert.equal(answer.status, 400, `${what ?? change}: ${answer.status} ${answer.text}`);
  assert.ok(answer.body.message.length > 0);
};
/** Others' input must be refused; our own was. */
const inputRefused = async (t, name, send = put, edit = (text) => text) => {
  const text = input(t, name);
  if (text !== undefined) expect(await send(edit(text)), 400);
};

describe("operation_references_error_cases", () => {
  test("ensure_clean_workspace", async () => {
    assert.deepEqual(await uss.searchIds(kIntents, here()), []);
    const made = expect(await put(changed(() => {})), 201).operational_intent_reference;
    await uss.remove(made);
  });
  test("op_ref_area_too_large", async (t) => {
    expect(await query(asArea(volume(rectangle(32, -118, 33, -117)))), 400);
    await inputRefused(t, "op_ref_area_too_large.json", query);
  });
  test("op_ref_start_end_times_past", async (t) => {
    const past = volume(circle(32.6, -117.1, 500), { start: -5000, end: -4000 });
    expect(await query(asArea(past)), 200);
    const text = input(t, "op_ref_start_end_times_past.json");
    if (text !== undefined) expect(await query(text), 200);
  });
  test("op_ref_incorrect_units", async (t) => {
    for (const name of ["altitude_lower", "altitude_upper"]) {
      await refused((_, extent) => (extent.volume[name].units = "N"));
    }
    await refused((_, extent) => {
      extent.volume = circle(10, 10, 100);
      extent.volume.outline_circle.radius.units = "FT";
    });
    await inputRefused(t, "op_ref_incorrect_units.json", query);
  });
  test("op_ref_incorrect_altitude_ref", async (t) => {
    await refused((_, extent) => (extent.volume.altitude_lower.reference = "SFC"));
    await inputRefused(t, "op_ref_incorrect_altitude_ref.json", query);
  });
  test("op_uss_base_url_non_tls", async (t) => {
    for (const url of ["http://uss1.example.org", "http://127.0.0.1:8080", "uss1.example", ""]) {
      await refused((body) => (body.uss_base_url = url));
      await refused((body) => (body.new_subscription.uss_base_url = url));
    }
    await inputRefused(t, "op_uss_base_url_non_tls.json");
  });
  test("op_bad_subscription_id", async (t) => {
    await refused((body) => {
      delete body.new_subscription;
      body.subscription_id = "a0";
    });
    await inputRefused(t, "op_bad_subscription.json");
  });
  test("op_bad_subscription_id_random", async (t) => {
    await refused((body) => {
      delete body.new_subscription;
      body.subscription_id = randomUUID();
    });
    const hex = randomUUID().replaceAll("-", "");
    await inputRefused(t, "op_bad_subscription.json", put, (text) =>
      text.replace('"a0"', JSON.stringify(hex)));
  });
  test("op_new_and_existing_subscription", async (t) => {
    await refused((body) => (body.subscription_id = randomUUID()));
    await inputRefused(t, "op_new_and_existing_subscription.json");
  });
  test("op_end_time_past", async (t) => {
    const over = volume(circle(10, 10, 50), { start: -90, end: -30 });
    await refused((body) => (body.extents[0] = over));
    await inputRefused(t, "op_end_time_past.json");
  });
  test("op_already_exists", async (t) => {
    const id = randomUUID();
    const texts = [intent(here()), input(t, "op_request_1.json")];
    for (const body of texts.filter((one) => one !== undefined)) {
      const made = await uss.create(id, body);
      expect(await uss.put(`${kIntents}/${id}`, body), 409);
      await uss.remove(made);
      expect(await uss.get(`${kIntents}/${id}`), 404);
    }
  });
  test("op_400_version1", async (t) => {
    await refused((_, extent) => Object.assign(extent.volume, circle(34, -118, 300)));
    await inputRefused(t, "op_400_version1.json");
    await inputRefused(t, "op_404_version1.json");
  });
  test("op_bad_state_version0", async (t) => {
    await refused((body) => (body.state = "Activated"));
    await refused((body) => delete body.state);
    await inputRefused(t, "op_bad_state_version0.json");
  });
  test("op_bad_lat_lon_range", async (t) => {
    for (const [lat, lng] of [[110, 10], [-90.1, 10], [10, 180.1], [10, -181]]) {
      const bad = { lat, lng };
      await refused((_, extent) => (extent.volume.outline_polygon.vertices[2] = bad), `${bad}`);
    }
    await inputRefused(t, "op_bad_lat_lon_range.json");
  });
  test("op_area_too_large_put", async (t) => {
    await refused((body) => (body.extents[0] = volume(rectangle(10, 10, 11, 11))));
    await inputRefused(t, "op_area_too_large_put.json");
  });
  test("op_bad_time_format", async (t) => {
    await refused((_, extent) => (extent.time_end.format = "RFC3330"));
    await refused((_, extent) => (extent.time_end.value = "tomorrow"));
    await refused((_, extent) => (extent.time_end.value = "2030-06-30T16:02:00+02:00"));
    await inputRefused(t, "op_bad_time_format.json");
  });
  test("op_bad_volume", async (t) => {
    await refused((_, extent) => delete extent.volume.outline_polygon);
    await refused((_, extent) => delete extent.volume);
    await refused((_, extent) => (extent.volume.altitude_lower.value = 19));
    await refused((_, extent) => delete extent.volume.altitude_upper);
    await refused((body) => (body.extents = []));
    await inputRefused(t, "op_bad_volume.json");
  });
  test("op_bad_volume: edges that cross, vertices that repeat", async () => {
    const shapes = [
      polygon([10, 10], [10.1, 10.1], [10, 10.1], [10.1, 10]),
      polygon([10, 10], [10, 10.1], [10, 10.1], [10.1, 10]),
      polygon([10, 10], [10, 10.1], [10.1, 10], [10, 10]),
      polygon([10, 10], [10, 10.1]),
    ];
    for (const shape of shapes) await refused((body) => (body.extents[0] = volume(shape)));
  });
  test("op_repeated_requests", async () => {
    const id = randomUUID();
    const body = intent(here());
    const made = await uss.create(id, body);
    for (let i = 0; i < 3; ++i) expect(await uss.put(`${kIntents}/${id}`, body), 409);
    await uss.remove(made);
  });
  test("op_invalid_id", async () => {
    for (const id of ["not_uuid_format", "1", "00000000-0000-1000-8000-000000000000"]) {
      expect(await uss.put(`${kIntents}/${id}`, intent(here())), 400);
      expect(await uss.get(`${kIntents}/${id}`), 400);
    }
  });
  test("a body that is not JSON, or says a thing twice", async () => {
    for (const body of ["", "{", "[]", "null", '{"state":"Accepted","state":"Accepted"}']) {
      expect(await put(body), 400);
    }
  });
  test("an error says where it is", async () => {
    const answer = await put(changed((_, extent) => (extent.volume.altitude_lower.units = "N")));
    assert.match(answer.text, /extents\/0\/volume\/altitude_lower\/units/);
  });
  // The extents of the two intents lie 18 m apart in height. A DSS that keeps one box around each
  // sees a conflict there; here every extent counts by itself, so they conflict only when raised.
  test("missing_conflicted_operation", async (t) => {
    const first = onlyInput(t, "op_missing_initial.yaml");
    if (first === undefined) return;
    const { parse } = require("yaml");
    const initial = parse(first);
    const starts = initial.extents.map((extent) => Date.parse(extent.time_start.value));
    const ms = Date.now() - Math.min(...starts);
    let one = await uss.create(randomUUID(), shifted(initial, ms));
    const other = shifted(parse(input(t, "op_missing_preexisting_unknown.yaml")), ms);
    let two = await uss.create(randomUUID(), { ...other, key: [one.ovn] });
    const later = shifted(JSON.parse(input(t, "op_missing_update.json")), ms);
    const change = async () =>
      uss.put(`${kIntents}/${one.id}/${one.ovn}`, {
        ...later,
        key: [one.ovn],
        subscription_id: one.subscription_id,
      });
    one = expect(await change(), 200).operational_intent_reference;
    const area = shifted(JSON.parse(input(t, "op_missing_query.json")), ms).area_of_interest;
    const found = await uss.searchIds(kIntents, area);
    assert.ok(found.includes(one.id));
    assert.ok(!found.includes(two.id));
    for (const { volume: space } of other.extents) {
      space.altitude_lower.value += 60;
      space.altitude_upper.value += 60;
    }
    const raised = update(two, other.extents, { key: [one.ovn] });
    const answer = expect(await uss.put(`${kIntents}/${two.id}/${two.ovn}`, raised), 200);
    two = answer.operational_intent_reference;
    const conflict = expect(await change(), 409);
    assert.deepEqual(conflict.missing_operational_intents.map((each) => each.id), [two.id]);
    await uss.remove(one);
    await uss.remove(two);
  });
  test("missing_conflicted_operation: what overlaps and is not in the key is named", async () => {
    const stack = (lower, upper) => volume(circle(37.19, -80.57, 200), { lower, upper });
    const one = await uss.create(randomUUID(), intent(stack(590, 610)));
    const two = await uss.create(randomUUID(), intent(stack(500, 575)));
    const wider = [stack(590, 610), stack(560, 600)];
    const path = `${kIntents}/${one.id}/${one.ovn}`;
    const conflict = expect(await uss.put(path, update(one, wider, { key: [one.ovn] })), 409);
    assert.deepEqual(conflict.missing_operational_intents.map((each) => each.id), [two.id]);
    assert.deepEqual(conflict.missing_constraints ?? [], []);
    const known = update(one, wider, { key: [two.ovn] });
    const next = expect(await uss.put(path, known), 200).operational_intent_reference;
    await uss.remove(next);
    await uss.remove(two);
  });
  test("big_operation_search", async (t) => {
    const twice = polygon([37, -80], [37, -79.9], [37, -79.9], [37.1, -79.9], [37.1, -80]);
    expect(await query(asArea(volume(twice))), 400);
    const text = input(t, "op_big_operation.json");
    if (text !== undefined) expect(await query(fromNow(JSON.parse(text))), 400);
  });
  test("clean_up", async () => {
    assert.deepEqual(await uss.searchIds(kIntents, here()), []);
  });
  test("final_cleanup", async () => {
    expect(await uss.get(`${kIntents}/${randomUUID()}`), 404);
  });
});
