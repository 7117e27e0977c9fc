// SPDX-License-Identifier: Apache-2.0
// What must hold when answers are lost, many write at once, time passes, or the server is killed.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  AA, Authority, circle, CM, constraint, CP, expect, intent, kConstraints, kHiddenOvn, kIntents,
  kSubscriptions, Server, sleep, startServer, subscription, update, volume,
} from "./harness.mjs";

const server = await startServer();
const uss1 = server.service("uss1");
const uss2 = server.service("uss2");

describe("a DELETE that is sent again", () => {
  test("of an intent gives the same answer to its manager", async () => {
    const made = await uss1.create(randomUUID(), intent(volume(circle(1, 1, 100))));
    const path = `${kIntents}/${made.id}/${made.ovn}`;
    const first = expect(await uss1.delete(path), 200);
    const second = expect(await uss1.delete(path), 200);
    assert.deepEqual(second, first);
    expect(await uss2.delete(path), 403, 404);
    expect(await uss1.delete(`${kIntents}/${made.id}/${made.ovn}x`), 404);
    expect(await uss1.get(`${kIntents}/${made.id}`), 404);
  });
  test("of a constraint too", async () => {
    const id = randomUUID();
    const body = constraint(volume(circle(1, 1, 100), { start: 0, end: 60 }));
    const answer = expect(await uss1.put(`${kConstraints}/${id}`, body, CM), 201);
    const path = `${kConstraints}/${id}/${answer.constraint_reference.ovn}`;
    const first = expect(await uss1.delete(path, CM), 200);
    assert.deepEqual(expect(await uss1.delete(path, CM), 200), first);
  });
  test("does not tell subscribers twice", async () => {
    const watch = randomUUID();
    const extent = volume(circle(2, 1, 100));
    const asked = expect(await uss2.put(`${kSubscriptions}/${watch}`, subscription(extent)), 200);
    const made = await uss1.create(randomUUID(), intent(extent));
    const path = `${kIntents}/${made.id}/${made.ovn}`;
    for (let i = 0; i < 3; ++i) expect(await uss1.delete(path), 200);
    const now = expect(await uss2.get(`${kSubscriptions}/${watch}`), 200).subscription;
    assert.equal(now.notification_index, 2);
    expect(await uss2.delete(`${kSubscriptions}/${watch}/${asked.subscription.version}`), 200);
  });
  test("an id that was deleted can be used again", async () => {
    const id = randomUUID();
    const extent = volume(circle(3, 1, 100));
    const old = await uss1.create(id, intent(extent));
    await uss1.remove(old);
    const made = await uss1.create(id, intent(extent));
    assert.equal(made.version, 1);
    assert.notEqual(made.ovn, old.ovn);
    expect(await uss1.delete(`${kIntents}/${id}/${old.ovn}`), 409);
    await uss1.remove(made);
  });
});

describe("50 clients at once", () => {
  test("that update one intent: one wins, the others get 409", async () => {
    const extent = volume(circle(4, 1, 100));
    const made = await uss1.create(randomUUID(), intent(extent));
    const path = `${kIntents}/${made.id}`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        uss1.put(`${path}/${made.ovn}`,
          update(made, extent, { uss_base_url: `https://uss1.example.org/${n}` }))),
    );
    const won = answers.filter((one) => one.status === 200);
    assert.equal(won.length, 1);
    assert.equal(answers.filter((one) => one.status === 409).length, 49);
    for (const lost of answers.filter((one) => one.status === 409)) assert.ok(lost.body.message);
    const now = expect(await uss1.get(path), 200).operational_intent_reference;
    assert.deepEqual(now, won[0].body.operational_intent_reference);
    assert.equal(now.version, 2);
    await uss1.remove(now);
  });
  test("that create in one place: one wins, the others are told what they lack", async () => {
    const extent = volume(circle(5, 1, 100));
    const services = Array.from({ length: 50 }, (_, n) => server.service(`service-${n}`));
    const answers = await Promise.all(
      services.map((one) => one.put(`${kIntents}/${randomUUID()}`, intent(extent))),
    );
    const winner = answers.findIndex((one) => one.status === 201);
    const made = answers[winner].body.operational_intent_reference;
    for (const [index, answer] of answers.entries()) {
      if (index === winner) continue;
      const conflict = expect(answer, 409);
      assert.deepEqual(conflict.missing_operational_intents, [{ ...made, ovn: kHiddenOvn }]);
    }
    await services[winner].remove(made);
  });
  test("that create one id: one wins", async () => {
    const path = `${kIntents}/${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        server.service(`service-${n}`).put(path, intent(volume(circle(6, 1 + n, 100))))),
    );
    assert.equal(answers.filter((one) => one.status === 201).length, 1);
    assert.equal(answers.filter((one) => [403, 409].includes(one.status)).length, 49);
  });
});

describe("what has expired", () => {
  test("leaves by itself, with its subscription, and needs no key", async () => {
    const soon = volume(circle(7, 1, 100), { start: 0, end: 0.04 });
    const made = await uss1.create(randomUUID(), intent(soon));
    const path = `${kConstraints}/${randomUUID()}`;
    expect(await uss1.put(path, constraint(soon), CM), 201);
    expect(await uss1.get(`${kIntents}/${made.id}`), 200);
    await sleep(3500);
    expect(await uss1.get(`${kIntents}/${made.id}`), 404);
    expect(await uss1.get(path, CM), 404);
    expect(await uss1.get(`${kSubscriptions}/${made.subscription_id}`), 404);
    const area = volume(circle(7, 1, 200), { start: null, end: null });
    assert.deepEqual(await uss1.searchIds(kIntents, area), []);
    assert.deepEqual(await uss1.searchIds(kConstraints, area, CP), []);
    const next = await uss2.create(made.id, intent(volume(circle(7, 1, 100))));
    await uss2.remove(next);
  });
});

describe("kill -9 and a new start", () => {
  test("everything that was answered is there", async () => {
    const data = mkdtempSync(join(tmpdir(), "detente-utm-data-"));
    const first = new Server(new Authority(), ["--data", data]);
    after(async () => {
      await first.stop();
      rmSync(data, { recursive: true, force: true });
    });
    await first.start();
    const one = first.service("uss1");
    const extent = (n) => volume(circle(10, 10 + n, 100), { start: 0, end: 90 });
    const made = [];
    for (let n = 0; n < 20; ++n) made.push(await one.create(randomUUID(), intent(extent(n))));
    const changed = await one.put(
      `${kIntents}/${made[0].id}/${made[0].ovn}`,
      update(made[0], extent(0), { state: "Activated" }),
    );
    made[0] = expect(changed, 200).operational_intent_reference;
    await one.remove(made.pop());
    const rule = `${kConstraints}/${randomUUID()}`;
    const ruled = expect(await one.put(rule, constraint(extent(1)), CM), 201).constraint_reference;
    const watch = `${kSubscriptions}/${randomUUID()}`;
    expect(await first.service("uss2").put(watch, subscription(extent(2))), 200);
    const down = { availability: "Down" };
    const status = expect(await one.put("/dss/v1/uss_availability/uss3", down, AA), 200);
    const late = one.put(`${kIntents}/${randomUUID()}`, intent(extent(30))).catch(() => undefined);
    await first.kill();
    await late;
    await first.start();
    for (const old of made) {
      const now = expect(await one.get(`${kIntents}/${old.id}`), 200);
      assert.deepEqual(now.operational_intent_reference, old);
    }
    assert.deepEqual(expect(await one.get(rule, CM), 200).constraint_reference, ruled);
    expect(await first.service("uss2").get(watch), 200);
    assert.deepEqual(expect(await one.get("/dss/v1/uss_availability/uss3"), 200), status);
    for (const old of made) await one.remove(old);
  });
});
