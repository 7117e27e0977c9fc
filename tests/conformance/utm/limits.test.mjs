// SPDX-License-Identifier: Apache-2.0
// What no public suite covers: areas of circles and unions, answers that are never cut short,
// altitudes that count everywhere, the rim of a circle, ids in odd case, and how many at once.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";
import {
  AA, circle, CM, constraint, CP, expect, intent, kConstraints, kIntents, kSubscriptions, polygon,
  rectangle, SA, SC, Server, startServer, subscribersOf, subscription, update, volume,
} from "./harness.mjs";
import { atHand, validated } from "./schema.mjs";

// Large bodies count for many requests.
const server = await startServer("--results", "30", "--requests-per-s", "0");
const uss1 = server.service("uss1");
const uss2 = server.service("uss2");
const ids = (list) => list.map((one) => one.id).sort();
const open = { start: null, end: null };

describe("areas", () => {
  const put = (extents) => uss1.put(`${kIntents}/${randomUUID()}`, intent(extents));
  const taken = async (extents) => {
    await uss1.remove(expect(await put(extents), 201).operational_intent_reference);
  };
  test("a circle counts like a polygon", async () => {
    await taken(volume(circle(40, 5, 28_000)));
    expect(await put(volume(circle(40, 5, 28_400))), 400);
    expect(await put(volume(circle(40, 5, 100_000))), 400);
  });
  test("a search and a subscription have a limit too, also with a circle", async () => {
    const wide = volume(circle(40, 5, 28_400), open);
    for (const root of [kIntents, kSubscriptions]) {
      expect(await uss1.post(`${root}/query`, { area_of_interest: wide }), 400, 413);
    }
    expect(await uss1.post(`${kConstraints}/query`, { area_of_interest: wide }, CM), 400, 413);
    expect(await uss1.put(`${kSubscriptions}/${randomUUID()}`, subscription(wide)), 400);
  });
  test("all extents together have the limit, and what overlaps counts once", async () => {
    const one = circle(40, 5, 25_000);
    const times = [0, 1, 2, 3].map((hour) => ({ start: 60 * hour + 10, end: 60 * hour + 70 }));
    await taken(times.map((span) => volume(one, span)));
    expect(await put([volume(one), volume(circle(40, 15, 25_000))]), 400);
  });
  test("a constraint may be larger than an intent", async () => {
    const put = (radius) => {
      const body = constraint(volume(circle(40, 25, radius), { start: 0, end: 60 }));
      return uss1.put(`${kConstraints}/${randomUUID()}`, body, CM);
    };
    const { constraint_reference: made } = expect(await put(56_000), 201);
    expect(await put(57_000), 400);
    expect(await uss1.delete(`${kConstraints}/${made.id}/${made.ovn}`, CM), 200);
  });
  test("what compatibility asks for: 648 km2 are taken, a square degree is not", async () => {
    await taken(volume(rectangle(32.594, -96.886, 32.861, -96.652)));
    expect(await put(volume(rectangle(36, -97, 37, -96))), 400);
  });
});

describe("planning ahead", () => {
  const kDay = 1440;
  test("an intent lies at most 30 days ahead", async () => {
    const far = (days) =>
      intent(volume(circle(1, 1, 100), { start: days * kDay, end: days * kDay + 60 }));
    expect(await uss1.put(`${kIntents}/${randomUUID()}`, far(31)), 400);
    await uss1.remove(await uss1.create(randomUUID(), far(29)));
  });
  test("an intent may have begun long ago, and last long", async () => {
    const put = (start, end) => {
      const extent = volume(circle(1, 2, 100), { start: 0, end: 60 });
      if (start) extent.time_start.value = start;
      if (end) extent.time_end.value = end;
      return uss1.put(`${kIntents}/${randomUUID()}`, intent(extent));
    };
    const far = new Date(Date.now() + 60 * 86_400_000).toISOString();
    const long = [[null, far], ["2019-01-01T00:00:00Z", null], ["1969-07-20T20:17:40Z", far]];
    for (const [start, end] of long) {
      const { operational_intent_reference: made } = expect(await put(start, end), 201);
      await uss1.remove(made);
    }
    for (const year of [2199, 2300, 9999]) {
      const end = `${year}-12-31T23:59:59.999Z`;
      const answer = await put(null, end);
      expect(answer, 201, 400);
      if (answer.status === 201) await uss1.remove(answer.body.operational_intent_reference);
      expect(await put(end, end), 400);
    }
    assert.deepEqual(await uss1.searchIds(kIntents, volume(circle(1, 2, 200), open)), []);
  });
  test("a constraint lies at most 56 days ahead and lasts at most a day", async () => {
    const put = (start, end) => {
      const body = constraint(volume(circle(1, 1, 100), { start, end }));
      return uss1.put(`${kConstraints}/${randomUUID()}`, body, CM);
    };
    expect(await put(57 * kDay, 57 * kDay + 60), 400);
    expect(await put(kDay, 3 * kDay), 400);
    const { constraint_reference: made } = expect(await put(50 * kDay, 51 * kDay - 1), 201);
    expect(await uss1.delete(`${kConstraints}/${made.id}/${made.ovn}`, CM), 200);
  });
});

describe("an answer is whole or an error", () => {
  const extent = (n) => volume(circle(20, 20 + 0.01 * n, 100));
  const area = volume(circle(20, 20.15, 27_000), { ...open, upper: 5000 });
  const made = [];
  test("as many as the limit come all", async () => {
    for (let n = 0; n < 30; ++n) made.push(await uss1.create(randomUUID(), intent(extent(n))));
    assert.deepEqual(ids(await uss1.search(kIntents, area)), ids(made));
  });
  test("one more is refused, and nothing is left out silently", async () => {
    made.push(await uss1.create(randomUUID(), intent(extent(30))));
    const answer = await uss1.post(`${kIntents}/query`, { area_of_interest: area });
    expect(answer, 400, 413);
    assert.match(answer.text, /31/);
    const less = await uss1.searchIds(kIntents, volume(circle(20, 20, 5_000), open));
    assert.ok(less.length > 0 && less.length < 30);
    for (const one of made) await uss1.remove(one);
  });
});

describe("large bodies", () => {
  const ring = (count) =>
    polygon(
      ...Array.from({ length: count }, (_, n) => {
        const angle = (2 * Math.PI * n) / count;
        return [45 + 0.1 * Math.sin(angle), 6 + 0.1 * Math.cos(angle)];
      }),
    );
  test("a polygon of 10,000 vertices is taken; what is kept holds it", async () => {
    const one = await uss1.create(randomUUID(), intent(volume(ring(10_000))));
    const found = await uss2.searchIds(kIntents, volume(circle(45.0999, 6, 5), open));
    assert.deepEqual(found, [one.id]);
    await uss1.remove(one);
    expect(await uss1.put(`${kIntents}/${randomUUID()}`, intent(volume(ring(10_001)))), 400);
  });
  test("a key of 20,000 OVNs is taken", async () => {
    const key = Array.from({ length: 20_000 }, () => randomUUID());
    const one = await uss1.create(randomUUID(), intent(volume(circle(46, 6, 50)), { key }));
    await uss1.remove(one);
    const body = intent(volume(circle(46, 6, 50)), { key: [...key, randomUUID()] });
    expect(await uss1.put(`${kIntents}/${randomUUID()}`, body), 400);
  });
  test("what is too large is refused, and the server goes on", async () => {
    const many = Array.from({ length: 1_001 }, (_, n) => volume(circle(47 + 0.001 * n, 6, 50)));
    expect(await uss1.put(`${kIntents}/${randomUUID()}`, intent(many)), 400, 413);
    const most = await uss1.put(`${kIntents}/${randomUUID()}`, intent(many.slice(1)));
    expect(most, 201, 400);
    if (most.status === 201) await uss1.remove(most.body.operational_intent_reference);
    expect(await uss1.get("/aux/v1/version"), 200);
  });
});

describe("altitude counts", () => {
  test("in searches of intents and constraints", async () => {
    const times = { start: 0, end: 60 };
    const layer = (lower, upper) => volume(circle(50, 50, 500), { lower, upper, ...times });
    const low = await uss1.create(randomUUID(), intent(layer(0, 100)));
    const high = await uss1.create(randomUUID(), intent(layer(101, 200)));
    const id = randomUUID();
    const ruled = await uss1.put(`${kConstraints}/${id}`, constraint(layer(300, 400)), CM);
    const body = expect(ruled, 201);
    const intents = async (lower, upper) => uss2.searchIds(kIntents, layer(lower, upper));
    assert.deepEqual(await intents(0, 50), [low.id]);
    assert.deepEqual(await intents(150, 160), [high.id]);
    assert.deepEqual((await intents(100, 101)).sort(), ids([low, high]));
    assert.deepEqual(await intents(201, 299), []);
    assert.deepEqual(await uss2.searchIds(kConstraints, layer(0, 299), CP), []);
    assert.deepEqual(await uss2.searchIds(kConstraints, layer(0, 300), CP), [id]);
    const bottomless = layer(null, 299);
    assert.deepEqual(await uss2.searchIds(kConstraints, bottomless, CP), []);
    const { ovn } = body.constraint_reference;
    expect(await uss1.delete(`${kConstraints}/${id}/${ovn}`, CM), 200);
    await uss1.remove(low);
    await uss1.remove(high);
  });
  test("in keys: what lies above or below needs no OVN", async () => {
    const layer = (lower, upper) => volume(circle(51, 50, 500), { lower, upper });
    const low = await uss1.create(randomUUID(), intent(layer(0, 100)));
    const above = await uss2.create(randomUUID(), intent(layer(101, 200)));
    const touching = await uss2.put(`${kIntents}/${randomUUID()}`, intent(layer(200, 300)));
    assert.deepEqual(ids(expect(touching, 409).missing_operational_intents), [above.id]);
    await uss1.remove(low);
    await uss2.remove(above);
  });
  test("in notifications: a subscription far above is not told", async () => {
    const layer = (lower, upper) => volume(circle(52, 50, 500), { lower, upper });
    const [near, far] = [randomUUID(), randomUUID()];
    const put = (id, extent) => uss2.put(`${kSubscriptions}/${id}`, subscription(extent));
    const versions = [
      expect(await put(near, layer(50, 200)), 200).subscription.version,
      expect(await put(far, layer(5000, 6000)), 200).subscription.version,
    ];
    const path = `${kIntents}/${randomUUID()}`;
    const body = expect(await uss1.put(path, intent(layer(0, 100))), 201);
    const told = Object.values(subscribersOf(body)).flatMap((one) => Object.keys(one));
    assert.ok(told.includes(near));
    assert.ok(!told.includes(far));
    await uss1.remove(body.operational_intent_reference);
    expect(await uss2.delete(`${kSubscriptions}/${near}/${versions[0]}`), 200);
    expect(await uss2.delete(`${kSubscriptions}/${far}/${versions[1]}`), 200);
  });
  test("volumes of one intent are not merged into one box", async () => {
    const steps = [
      volume(circle(53, 50, 200), { lower: 0, upper: 50 }),
      volume(circle(53.05, 50, 200), { lower: 1000, upper: 1050 }),
    ];
    const one = await uss1.create(randomUUID(), intent(steps));
    const between = volume(circle(53, 50, 200), { lower: 1000, upper: 1050 });
    assert.deepEqual(await uss2.searchIds(kIntents, between), []);
    const other = await uss2.create(randomUUID(), intent(between));
    await uss2.remove(other);
    await uss1.remove(one);
  });
});

describe("the rim of a circle", () => {
  const kRadius = 10_000;
  const kNorth = 60 + 360 * (kRadius / 40_075_000);
  test("is not cut off: what touches it is found", async () => {
    const one = await uss1.create(randomUUID(), intent(volume(circle(60, 30, kRadius))));
    for (let degrees = 0; degrees < 360; degrees += 15) {
      const bearing = (degrees * Math.PI) / 180;
      // 9,980 m out, between the corners of any polygon with few of them that lies inside.
      const lat = 60 + (9_980 * Math.cos(bearing)) / 111_415;
      const lng = 30 + (9_980 * Math.sin(bearing)) / (111_660 * Math.cos((lat * Math.PI) / 180));
      const found = await uss2.searchIds(kIntents, volume(circle(lat, lng, 15)));
      assert.deepEqual(found, [one.id], `${degrees} degrees`);
    }
    assert.deepEqual(await uss2.searchIds(kIntents, volume(circle(kNorth + 0.01, 30, 100))), []);
    await uss1.remove(one);
  });
});

describe("ids in odd case", () => {
  test("are the same entity", async () => {
    const id = randomUUID();
    const extent = volume(circle(2, 2, 100));
    const made = await uss1.create(id.toUpperCase(), intent(extent));
    assert.equal(made.id, id);
    const path = `${kIntents}/${id.slice(0, 18).toUpperCase()}${id.slice(18)}`;
    assert.equal(expect(await uss1.get(path), 200).operational_intent_reference.id, id);
    expect(await uss1.put(`${kIntents}/${id}`, intent(extent)), 409);
    const body = update(made, extent, { subscription_id: made.subscription_id.toUpperCase() });
    const changed = expect(await uss1.put(`${path}/${made.ovn}`, body), 200);
    const next = changed.operational_intent_reference;
    assert.equal(next.subscription_id, made.subscription_id);
    expect(await uss1.delete(`${path}/${next.ovn}`), 200);
    expect(await uss1.get(`${kIntents}/${id}`), 404);
  });
});

describe("constraints in keys", () => {
  test("are needed exactly where the subscription asks for constraints", async () => {
    const extent = volume(circle(3, 3, 100), { start: 0, end: 60 });
    const id = randomUUID();
    const made = expect(await uss2.put(`${kConstraints}/${id}`, constraint(extent), CM), 201);
    const { ovn } = made.constraint_reference;
    await uss1.remove(await uss1.create(randomUUID(), intent(extent)));
    const asking = intent(extent);
    asking.new_subscription.notify_for_constraints = true;
    const path = `${kIntents}/${randomUUID()}`;
    const conflict = expect(await uss1.put(path, asking, `${SC} ${CP}`), 409);
    assert.deepEqual(ids(conflict.missing_constraints), [id]);
    assert.ok(!JSON.stringify(conflict).includes(ovn));
    const known = expect(await uss1.put(path, { ...asking, key: [ovn] }, `${SC} ${CP}`), 201);
    await uss1.remove(known.operational_intent_reference);
    expect(await uss2.delete(`${kConstraints}/${id}/${ovn}`, CM), 200);
  });
});

describe("too many requests", () => {
  test("429 for the service that sends them, and for no other", async () => {
    const busy = new Server(server.authority, ["--requests-per-s", "5"]);
    after(() => busy.stop());
    await busy.start();
    const loud = busy.service("loud");
    const path = `${kIntents}/${randomUUID()}`;
    const answers = await Promise.all(Array.from({ length: 40 }, () => loud.get(path)));
    const count = (status) => answers.filter((one) => one.status === status).length;
    assert.ok(count(429) >= 20, `${count(429)} of 40`);
    assert.ok(count(404) >= 4, `${count(404)} of 40`);
    assert.equal(count(429) + count(404), 40);
    const refused = answers.find((one) => one.status === 429);
    assert.ok(Number(refused.headers.get("retry-after")) >= 1, "Retry-After");
    expect(await busy.service("quiet").get(path), 404);
  });
});

describe("reports", () => {
  const report = (more) => ({
    exchange: {
      url: "https://uss2.example.org/uss/v1/operational_intents",
      method: "POST",
      recorder_role: "Client",
      request_time: volume(circle(0, 0, 1)).time_start,
      request_source: "uss1",
      problem: "no answer within 5 s",
      ...more,
    },
  });
  test("a report is taken under any scope and comes back with an id", async () => {
    for (const scope of [SC, CM, CP, AA, SA]) {
      const body = expect(await uss1.post("/dss/v1/reports", report(), scope), 201);
      assert.ok(body.report_id.length > 0 && body.report_id.length <= 128);
      assert.equal(body.exchange.problem, "no answer within 5 s");
    }
  });
  test("one without its exchange is refused", async () => {
    const lacking = [{}, { exchange: null }, report({ url: undefined }), report({ method: 7 })];
    for (const body of lacking) expect(await uss1.post("/dss/v1/reports", body), 400);
    expect(await uss1.post("/dss/v1/reports", report(), "openid"), 403);
  });
});

describe("the standard's document", () => {
  test("the answers were checked against it", (t) => {
    if (!atHand) return t.skip("utm.yaml is not at hand");
    assert.ok(validated > 100, `${validated} answers`);
    return undefined;
  });
});
