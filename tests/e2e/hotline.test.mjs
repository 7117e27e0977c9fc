// SPDX-License-Identifier: Apache-2.0
//
// STOP and the hotline in a real Chromium on the fixture: the alarm until it is acknowledged, with
// its clock and steps; lines, warnings, messages and calls; in three languages, by keyboard, on a
// small screen, with the line down, with hostile words, and with ten thousand warnings.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapBox, mapIdle, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { inLanguage, latinWords, namesOf, openAll } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

const text = async (page, selector) =>
  (await page.textContent(selector)).replace(/[\u2066-\u2069]/g, "").replace(/\s+/g, " ");
const live = async (page) => {
  await ready(page);
  await page.waitForSelector("body[data-line=open]");
};
const hotline = async (page) => {
  await live(page);
  await go(page, "#/hotline");
  await page.waitForSelector(".line-card");
};
const send = async (page) => {
  await page.click("#ask-send");
  await page.waitForSelector("dialog", { state: "detached" });
};
const says = (page, selector, pattern) =>
  page.waitForFunction(
    ([where, source]) => {
      const found = document.querySelector(where)?.textContent.replace(/[\u2066-\u2069]/g, "") ?? "";
      return new RegExp(source).test(found.replace(/\s+/g, " "));
    },
    [selector, pattern.source],
  );

// --- Alarms --------------------------------------------------------------------------------------

test("an alarm shows its clock, its step, the next step, and who acknowledged when", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    const { id } = fixture.receiveStop("Our aircraft is in the corridor");
    await page.waitForSelector(".alarm.loud");
    assert.match(await text(page, ".alarm .escalation"), /^Step 1 of 3, next in 0:(20|1\d)$/);
    fixture.advance(25000);
    await says(page, ".alarm .escalation", /^Step 2 of 3, next in 0:3\d$/);
    await says(page, ".alarm .clock", /0:2[5-9]/);
    fixture.hotline.raised.push({
      subject: id,
      party: "north",
      level: 2,
      time: fixture.world.now(),
      siren: "failed",
    });
    fixture.emit("alarm", {});
    await says(page, ".alarm .raised", /Step 2 at Northern Air Coordination .*: siren did not answer/);
    fixture.advance(60000);
    await says(page, ".alarm .escalation", /^Step 3 of 3, the last$/);
    assert.equal(await page.getAttribute(".alarm .clock", "role"), "timer");
    await page.click("[data-key^=ack-]");
    await send(page);
    await page.waitForSelector(".alarm.loud", { state: "detached" });
    await says(page, "#alarms", /Acknowledged for Northern Air Coordination by north\/duty-1 10:43/);
    assert.equal(await page.locator(".escalation").count(), 0, "it ends with the acknowledgement");
  });
});

test("the step runs by the node's clock alone, without another answer", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    fixture.receiveStop("now");
    await page.waitForSelector(".alarm.loud .escalation");
    await page.waitForTimeout(800);
    // The node says only what time it is; the steps were told before.
    fixture.hotline.answer = () => assert.fail("the page asked again");
    fixture.advance(21000);
    await says(page, ".alarm .escalation", /^Step 2 of 3/);
  });
});

test("both sides see the same clock and the same step", async () => {
  const seen = [];
  for (const party of ["north", "south"]) {
    await withPage({ party }, async (page, fixture) => {
      await live(page);
      fixture.receiveStop("the same STOP"); // of the south: its own there
      await page.waitForSelector(".alarm .escalation");
      fixture.advance(41000);
      await says(page, ".alarm .escalation", /^Step 2 of 3, next in 0:1\d$/);
      await says(page, ".alarm .clock .age", /^0:4\d$/);
      seen.push((await text(page, ".alarm .escalation")).slice(0, 13));
    });
  }
  assert.equal(seen[0], seen[1]);
});

test("what came by flash says that it is not in the record yet, and is the same alarm later", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    const stop = fixture.world.addStop("south", "Hold the relief flight");
    fixture.world.stops.shift();
    const flash = { id: stop.id, party: "south", kind: "stop", flash: true, sent: fixture.world.now() };
    fixture.hotline.flashes.push(flash);
    fixture.emit("flash", {});
    await page.waitForSelector(".alarm.loud [data-flash=yes]");
    await says(page, ".alarm", /STOP.*From Southern Air Coordination.*comes with the log entry/);
    assert.match(await text(page, "[data-flash]"), /not yet in the record/);
    assert.ok(await page.locator("[data-key^=ack-]").isVisible());
    const said = await text(page, "#alarm-said");
    assert.match(said, /^STOP from Southern Air Coordination/);
    await picture(page, "hotline-flash");
    // The entry arrives.
    fixture.hotline.flashes = [];
    fixture.world.stops.unshift({
      id: stop.id,
      party: "south",
      index: stop.index,
      reason: "Hold the relief flight",
      sent: fixture.world.now(),
      acks: [],
      overdue: false,
      can: ["ack"],
    });
    fixture.emit("stop", {});
    await says(page, ".alarm", /Hold the relief flight/);
    assert.equal(await page.locator(".alarm").count(), 1);
    assert.equal(await page.locator("[data-flash]").count(), 0);
    assert.equal(await text(page, "#alarm-said"), said, "it is not announced twice");
  });
});

test("a flashed warning is told by its kind and its text", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    fixture.hotline.flashes.push({
      id: "a".repeat(32),
      kind: "warning",
      warning: "balloon",
      text: "Free at 9,000 m",
      party: "south",
      flash: true,
      sent: fixture.world.now(),
    });
    fixture.emit("flash", {});
    await page.waitForSelector(".alarm.loud.of-warning [data-flash=yes]");
    await says(page, ".alarm", /^Warning.*From Southern .*Free balloon.*Free at 9,000 m/);
    await page.selectOption("#language", "ar");
    await says(page, ".alarm", /منطاد حر/);
  });
});

test("a flashed STOP that carries its reason is acknowledged before the record holds it", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    const id = "f".repeat(32);
    fixture.hotline.flashes.push({
      id,
      kind: "stop",
      party: "south",
      flash: true,
      text: "Hold everything",
      sent: fixture.world.now(),
    });
    fixture.emit("flash", {});
    await page.waitForSelector(".alarm.loud");
    await says(page, ".alarm", /Hold everything/);
    await page.click(`[data-key=ack-${id}]`);
    await page.waitForSelector("dialog[open]");
    assert.match(await text(page, "dialog"), /Acknowledge STOP/);
    fixture.world.stops.unshift({ id, party: "south", index: 20, reason: "r", sent: fixture.world.now(), acks: [], overdue: false, can: ["ack"] });
    fixture.hotline.flashes = [];
    await send(page);
    assert.equal(fixture.posts[0].path, `/api/stops/${id}/ack`);
    await page.waitForSelector(".alarm.loud", { state: "detached" });
  });
});

test("a warning alarms in its own words until it is acknowledged", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    const warning = fixture.hotline.warn("south", { text: "Rockets to the north", language: "en" });
    fixture.emit("warning", {});
    await page.waitForSelector(".alarm.loud.of-warning");
    const alarm = await text(page, ".alarm");
    assert.match(alarm, /^Warning/);
    assert.match(alarm, /Air defence is firing.*Rockets to the north/);
    assert.doesNotMatch(alarm, /STOP/);
    assert.match(await text(page, "#alarm-said"), /^Safety warning from Southern Air Coordination: Air defence/);
    assert.match(await page.title(), /^Warning! /);
    for (const hash of ["#/map", "#/record", "#/utm"]) {
      await go(page, hash);
      assert.ok(await page.locator(".alarm.loud.of-warning").isVisible(), hash);
    }
    await page.focus(`[data-key=ack-${warning.id}]`);
    await page.keyboard.press("Enter");
    await send(page);
    await page.waitForSelector(".alarm.loud", { state: "detached" });
    assert.equal(fixture.posts[0].path, `/api/hotline/warnings/${warning.id}/ack`);
    assert.doesNotMatch(await page.title(), /Warning/);
  });
});

test("the own warning waits at the top until the other side has acknowledged", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    const warning = fixture.hotline.warn("north");
    fixture.emit("warning", {});
    await page.waitForSelector(".alarm.waits.of-warning");
    await says(page, ".alarm", /Not acknowledged by Southern Air Coordination/);
    assert.equal(await page.locator("[data-key^=ack-]").count(), 0);
    warning.acks.push({ party: "south", officer: "south/duty-2", time: fixture.world.now() });
    fixture.emit("warning", {});
    await page.waitForSelector(".alarm", { state: "detached" });
  });
});

test("a new alarm sounds again after an older one was silenced", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    fixture.hotline.warn("south");
    fixture.emit("warning", {});
    await page.waitForSelector(".alarm.loud");
    await page.click("[data-key^=sound-]");
    await says(page, "[data-key^=sound-]", /Sound on/);
    fixture.receiveStop("another");
    await page.waitForSelector(".alarm.of-stop");
    await says(page, ".of-stop [data-key^=sound-]", /Sound off/);
  });
});

test("while the line is down an alarm stays, is told as last known, and new ones still come", async () => {
  await withPage({ expected: [/status of 503/, /INCOMPLETE_CHUNKED/] }, async (page, fixture) => {
    await live(page);
    fixture.receiveStop("before the break");
    await page.waitForSelector(".alarm.loud");
    fixture.deaf = true;
    for (const stream of fixture.streams) stream.destroy();
    await page.waitForSelector("body[data-line=down]");
    await says(page, "[data-last-known]", /last known at 10:42:\d\dZ; the line to the node is down/);
    assert.ok(await page.locator("#stop").isVisible());
    // Only the stream is broken: the page asks by itself, each time that it tries the line again.
    fixture.world.addStop("south", "during the break");
    await says(page, "#alarms", /during the break/);
    await picture(page, "hotline-line-down");
    fixture.deaf = false;
    await page.waitForSelector("body[data-line=open]");
    await page.waitForSelector("[data-last-known]", { state: "detached" });
    assert.equal(await page.locator(".alarm.loud").count(), 2);
  });
});

test("a node without a hotline still has STOP, and is not asked again and again", async () => {
  const prepare = (page, fixture) => {
    const { get } = fixture;
    fixture.asked = 0;
    fixture.get = (url) => {
      if (!/\/api\/(hotline|utm)/.test(url.pathname)) return get.call(fixture, url);
      ++fixture.asked;
      return undefined;
    };
  };
  await withPage({ prepare, expected: [/status of 404/] }, async (page, fixture) => {
    await live(page);
    fixture.receiveStop("as before");
    await page.waitForSelector(".alarm.loud [data-key^=ack-]");
    await go(page, "#/hotline");
    await says(page, "#main", /This node has no hotline/);
    for (let i = 0; i < 20; ++i) fixture.emit("stop", {});
    await page.waitForTimeout(1500);
    assert.ok(fixture.asked <= 3, `${fixture.asked} questions`);
  });
});

// --- Lines ---------------------------------------------------------------------------------------

test("lines of both sides stand side by side; an unmanned one is told on every view", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    assert.deepEqual(
      await page.locator(".line-card").evaluateAll((all) => all.map((one) => one.dataset.lineCard)),
      ["north", "south", "monitor"],
    );
    assert.match(await text(page, "[data-line-card=north]"), /Manned.*north\/duty-1 is on watch for 2:10:/);
    assert.match(await text(page, "[data-line-card=north]"), /Until 15 Aug 2016 16:32:00Z \(in 5:4\d/);
    assert.match(await text(page, "[data-line-card=monitor]"), /Not known.*is not fresh/);
    assert.match(await text(page, "[data-line-card=south]"), /answered by south\/duty-2 08:43/);
    const boxes = [];
    for (const party of ["north", "south"]) {
      boxes.push(await page.locator(`[data-line-card=${party}]`).boundingBox());
    }
    assert.equal(boxes[0].y, boxes[1].y, "side by side");
    await picture(page, "hotline-lines");
    Object.assign(fixture.hotline.lines.get("south"), { manned: false, why: "over" });
    fixture.emit("watch", {});
    await says(page, "[data-line-card=south]", /Nobody on watch.*time of the last watch is over/);
    await go(page, "#/map");
    await says(page, "#notes", /Nobody is on watch at the line of Southern Air Coordination/);
    await says(page, "[data-line=south]", /nobody on watch/);
    await page.click("#notes a");
    await page.waitForSelector(".line-card");
  });
});

test("the watch is taken until a time, prolonged, and left; a wrong time is told", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    await page.click("[data-key=watch-off-north]");
    await page.fill("#reason", "Fire alarm");
    await send(page);
    await says(page, "[data-line-card=north]", /Nobody on watch/);
    await says(page, "#notes", /Nobody is on watch at our own line/);
    await page.click("[data-key=watch-on-north]");
    await page.waitForSelector("dialog[open]");
    // What the roster says is offered.
    assert.equal(await page.inputValue("#watch-until"), "2016-08-15 16:32");
    await page.fill("#watch-until", "this evening");
    await page.click("#ask-send");
    await says(page, "dialog .error", /On watch until: /);
    await page.fill("#watch-until", "2016-08-15 18:00");
    await send(page);
    await says(page, "[data-line-card=north]", /Manned.*Until 15 Aug 2016 18:00:00Z/);
    assert.deepEqual(fixture.posts, [
      { path: "/api/hotline/watch/off", body: { reason: "Fire alarm" } },
      { path: "/api/hotline/watch", body: { until: "2016-08-15T18:00:00Z" } },
    ]);
  });
});

test("the own roster is edited as rows", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    await page.click("[data-key=roster-north]");
    assert.equal(await page.locator(".shift-row").count(), 2);
    await page.locator(".shift-row button").nth(1).click();
    await page.click("#shift-add");
    const last = page.locator(".shift-row").last();
    await last.locator("input").nth(0).fill("north/duty-2");
    await last.locator("input").nth(1).fill("2016-08-15 16:32");
    await last.locator("input").nth(2).fill("2016-08-16 00:30");
    await picture(page, "hotline-roster");
    await send(page);
    assert.deepEqual(fixture.posts[0], {
      path: "/api/hotline/roster",
      body: {
        shifts: [
          { officer: "north/duty-1", from: "2016-08-15T08:32:00Z", to: "2016-08-15T16:32:00Z" },
          { officer: "north/duty-2", from: "2016-08-15T16:32:00Z", to: "2016-08-16T00:30:00Z" },
        ],
      },
    });
    await says(page, "[data-line-card=north]", /north\/duty-2 15 Aug 2016 16:32 to 16 Aug 2016/);
    assert.equal(await page.locator(".line-card [data-key^=roster-]").count(), 1, "the own only");
  });
});

test("a test call is sent, and one is answered; what is overdue is told", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    await page.click("[data-key=test-south]");
    await send(page);
    assert.deepEqual(fixture.posts[0], { path: "/api/hotline/tests", body: { to: "south" } });
    await page.waitForSelector("[data-line-card=south] [data-test=open]");
    fixture.hotline.lines.get("south").test.overdue = true;
    fixture.advance(180000);
    fixture.emit("call", {});
    await says(page, "[data-line-card=south] [data-test=overdue]", /not answered.*Overdue/);
    const call = fixture.hotline.testCall("south", "north");
    fixture.emit("call", {});
    await page.click("[data-key=test-answer-north]");
    await send(page);
    assert.equal(fixture.posts[1].path, `/api/hotline/tests/${call.id}/answer`);
    await says(page, "[data-line-card=north] [data-test=answered]", /answered by north\/duty-1/);
  });
});

// --- Warnings ------------------------------------------------------------------------------------

test("a warning shows its acknowledgement and the clock to the next event beside it", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    const [own, past] = fixture.hotline.warnings;
    const first = `[data-warning="${own.id}"]`;
    await says(page, first, /Free balloon.*goes on.*Acknowledged for Southern Air Coordination/);
    await says(page, `${first} .restrike`, /^From reading to the next event29:\d\d.*No event in the place so far/);
    const second = `[data-warning="${past.id}"]`;
    await says(page, `${second} .restrike`, /48:00.*Incident reported .*, 2,100 m from the place; log entry 5/);
    await says(page, second, /over.*Стрельба закончена/);
    own.restrike = {};
    fixture.emit("warning", {});
    await says(page, `${first} .restrike`, /not read yet.*clock starts/);
    await page.click(`${first} [data-key^=warning-over-]`);
    await page.fill("#reason", "It has landed");
    await send(page);
    await says(page, first, /over.*It has landed/);
  });
});

test("a warning is sent with a place drawn on the map", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    await mapIdle(page);
    await go(page, "#/hotline/warn");
    await page.waitForSelector("#warn-form");
    await page.selectOption("#warn-kind", "unplanned_flight");
    await page.click("[data-key=tool-circle]");
    const map = await mapBox(page);
    const [x, y] = [map.x + map.width / 2, map.y + map.height / 2];
    await page.mouse.click(x, y);
    await page.mouse.move(x + 20, y);
    await page.mouse.move(x + 60, y);
    await page.mouse.click(x + 60, y);
    await page.waitForFunction(() => /N .*E$/.test(document.querySelector("#warn-center").value));
    assert.ok(Number(await page.inputValue("#warn-radius")) > 1);
    await page.fill("#warn-text", "Двухместный самолёт");
    await page.selectOption("#warn-language", "ru");
    await page.fill("#warn-until", "2016-08-15 11:30");
    await picture(page, "hotline-warn");
    await page.click("#warn-send");
    await page.waitForFunction(() => location.hash === "#/hotline");
    const { path, body } = fixture.posts[0];
    assert.equal(path, "/api/hotline/warnings");
    assert.equal(body.kind, "unplanned_flight");
    assert.equal(body.until, "2016-08-15T11:30:00Z");
    assert.equal(body.language, "ru");
    assert.ok(body.volume.area.circle.radius_mm > 1e6);
    assert.deepEqual(body.volume.time, { start: "2016-08-15T10:42:00Z", end: "2016-08-15T11:30:00Z" });
    await page.waitForSelector(".alarm.waits.of-warning");
  });
});

test("a place is picked by a click: an activity, an area, or a point", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    await mapIdle(page);
    const activity = fixture.world.activities[1];
    await go(page, `#/activity/${activity.id}`);
    await page.click("[data-key=warn-activity]");
    await page.waitForSelector("#warn-form");
    assert.equal(await page.inputValue("#warn-where"), "activity");
    assert.equal(await page.inputValue("#warn-activity"), activity.id);
    await page.click("#warn-send");
    await page.waitForFunction(() => location.hash === "#/hotline");
    const { body } = fixture.posts[0];
    assert.equal(body.activity, activity.id);
    assert.equal(body.volume, undefined);
    // A point of the map where nothing lies.
    await go(page, "#/hotline/warn");
    await page.waitForSelector("#warn-form");
    await page.waitForSelector("[data-key=tool-circle]"); // from here on clicks are the form's
    const map = await mapBox(page);
    await page.mouse.click(map.x + 12, map.y + map.height * 0.6);
    await page.waitForFunction(() => document.querySelector("#warn-center")?.value !== "");
    assert.equal(await page.inputValue("#warn-radius"), "5");
  });
});

test("a warning without its place or with a wrong time is not sent, and the fault is told there", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    await go(page, "#/hotline/warn");
    await page.waitForSelector("#warn-form");
    await page.click("#warn-send");
    await says(page, "#e-warn-center", /\S/);
    assert.equal(await page.getAttribute("#warn-center", "aria-invalid"), "true");
    assert.equal(await page.evaluate(() => document.activeElement.id), "warn-center");
    await page.selectOption("#warn-where", "none");
    await page.fill("#warn-until", "2016-08-14 11:30x");
    await page.click("#warn-send");
    await says(page, "#e-warn-until", /\S/);
    assert.equal(fixture.posts.length, 0);
  });
});

test("a refusal of the node stays beside the form, and what was written stays too", async () => {
  await withPage({ expected: [/status of 400/] }, async (page, fixture) => {
    await live(page);
    await go(page, "#/hotline/warn");
    await page.waitForSelector("#warn-form");
    await page.selectOption("#warn-where", "none");
    await page.fill("#warn-text", "kept");
    fixture.hotlineError = { code: "restraint", number: 9, text: "It names a target." };
    await page.click("#warn-send");
    await says(page, "#warn-trouble", /It names a target/);
    assert.equal(await page.inputValue("#warn-text"), "kept");
    await page.selectOption("#language", "ru");
    await page.waitForFunction(() => document.documentElement.lang === "ru");
    await page.waitForSelector("#warn-form");
    assert.equal(await page.inputValue("#warn-text"), "kept", "over a change of language");
  });
});

test("one warning stands beside the map with its place", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    await mapIdle(page);
    await go(page, `#/warning/${fixture.hotline.warnings[0].id}`);
    await says(page, "#main", /Free balloon.*above mean sea level/);
    await mapIdle(page);
    await picture(page, "hotline-warning-map");
    // It is picked on the map as well.
    await go(page, "#/map");
    const map = await mapBox(page);
    await page.mouse.click(map.x + map.width / 2, map.y + map.height / 2);
    await page.waitForFunction(() => /Warning|Free balloon/.test(document.querySelector("#main").textContent));
  });
});

// --- Messages ------------------------------------------------------------------------------------

const kTrouble = {
  "#m-callsign": "HERON9",
  "#m-place": "35.93050N 36.63390E",
  "#m-place-name": "Idlib",
  "#m-height": "2,400",
  "#m-time": "2016-08-15 10:40",
};

test("a message is a form with its fields, previewed in three languages and sent as fields", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    await mapIdle(page);
    await go(page, "#/hotline/write");
    await page.waitForSelector("#write-form");
    await page.selectOption("#m-form", "aircraft_in_difficulty");
    // Nothing is sent while a needed field is missing.
    await page.click("#write-send");
    assert.equal(await page.evaluate(() => document.activeElement.id), "m-callsign");
    assert.equal(fixture.posts.length, 0);
    for (const [field, value] of Object.entries(kTrouble)) await page.fill(field, value);
    await page.selectOption("#m-trouble", "fuel");
    await page.fill("#m-text", "Полоса занята");
    await page.selectOption("#m-language", "ru");
    const shown = async (language) => text(page, `[data-preview=${language}]`);
    assert.equal(
      await shown("en"),
      "Our aircraft HERON9 is in difficulty near Idlib (35.9305 N 36.6339 E) at 2400 m " +
        "since 2016-08-15T10:40:00Z: low fuel.",
    );
    await page.fill("#m-persons", "901");
    await page.click("#write-send");
    await says(page, "#e-m-persons", /At most 900/);
    await page.fill("#m-persons", "3");
    assert.match(await shown("en"), /low fuel\. Persons: 3\.$/);
    await page.fill("#m-persons", "");
    assert.match(await shown("ru"), /HERON9 терпит бедствие.*мало топлива/);
    assert.match(await shown("ar"), /HERON9.*وقود قليل/);
    assert.equal(await page.getAttribute("[data-preview=ar]", "dir"), "rtl");
    assert.equal(await page.getAttribute("[data-preview=ar]", "lang"), "ar");
    await page.locator("#previews").scrollIntoViewIfNeeded();
    await picture(page, "hotline-write");
    await page.click("#write-send");
    await page.waitForFunction(() => location.hash === "#/hotline");
    assert.deepEqual(fixture.posts[0], {
      path: "/api/hotline/messages",
      body: {
        form: "aircraft_in_difficulty",
        fields: {
          callsign: "HERON9",
          place: { lat_e7: 359305000, lng_e7: 366339000, name: "Idlib" },
          height: 2400,
          time: "2016-08-15T10:40:00Z",
          trouble: "fuel",
        },
        text: "Полоса занята",
        language: "ru",
        to: ["south"],
      },
    });
    await says(page, "#messages > li:first-child", /Not read at Southern Air Coordination/);
  });
});

test("a place of a message is a pin that a click on the map sets", async () => {
  await withPage({}, async (page) => {
    await live(page);
    await mapIdle(page);
    await go(page, "#/hotline/write");
    await page.waitForSelector("#write-form");
    await page.selectOption("#m-form", "aircraft_in_difficulty");
    await page.click("[data-key=pick-place]");
    await says(page, "#plan-tools", /Click the map: Place/);
    const map = await mapBox(page);
    await page.mouse.click(map.x + map.width / 2, map.y + map.height / 2);
    await page.waitForFunction(() => /N .*E$/.test(document.querySelector("#m-place").value));
    assert.equal(await page.evaluate(() => document.activeElement.id), "m-place");
    assert.match(await text(page, "[data-preview=en]"), /near \d+\.\d{4} N \d+\.\d{4} E/);
  });
});

test("the inbox is newest first, read in the reader's language with the original below", async () => {
  await withPage({ prepare: inLanguage("ru") }, async (page, fixture) => {
    await hotline(page);
    const [question, answer, trouble] = fixture.hotline.messages;
    const order = await page
      .locator("#messages [data-message]")
      .evaluateAll((all) => all.map((one) => one.dataset.message));
    assert.deepEqual(order, [question.id, trouble.id, answer.id], "a reply stands below what it answers");
    assert.equal(await page.locator(`.replies [data-message="${answer.id}"]`).count(), 1);
    const of = (id) => `[data-message="${id}"]`;
    await says(page, `${of(trouble.id)} .rendered`, /терпит бедствие.*мало топлива/);
    await says(page, `${of(trouble.id)} .original`, /Оригинал, язык: английский.*is in difficulty near Idlib/);
    await says(page, `${of(answer.id)} .original`, /арабский.*انتظر.*نحن نسأل/);
    assert.equal(await page.getAttribute(`${of(answer.id)} .original p[lang=ar]`, "dir"), "rtl");
    // Read, and read by the other side.
    await says(page, of(trouble.id), /Прочитано: Southern Air Coordination, south\/duty-1/);
    await says(page, of(question.id), /здесь не прочитано.*Не прочитано: Northern Air Coordination/);
    await page.click(`[data-key=read-${question.id}]`);
    await send(page);
    assert.deepEqual(fixture.posts, [{ path: "/api/read", body: { party: "south", index: 12 } }]);
    await page.waitForFunction(
      (id) => !document.querySelector(`[data-message="${id}"]`).matches(".unread"),
      question.id,
    );
  });
});

test("a reply goes to the sender and names what it answers", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    const [question] = fixture.hotline.messages;
    await page.click(`[data-key=reply-${question.id}]`);
    await page.waitForSelector("#write-form");
    await says(page, ".answered", /In reply to Southern Air Coordination.*Question about an activity/);
    await page.selectOption("#m-form", "answer");
    await page.selectOption("#m-answer", "yes");
    await page.click("#write-send");
    await page.waitForFunction(() => location.hash === "#/hotline");
    const { body } = fixture.posts[0];
    assert.deepEqual([body.reply_to, body.to, body.fields], [question.id, ["south"], { answer: "yes" }]);
    await page.waitForSelector(`.replies [data-message="${fixture.hotline.messages[0].id}"]`);
  });
});

test("a message's place is seen on the map", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    await page.click(`[data-key=message-map-${fixture.hotline.messages[2].id}]`);
    await says(page, "#main", /Aircraft in difficulty/);
    await mapIdle(page);
    await picture(page, "hotline-message-map");
  });
});

test("what waits is counted at the tab on every view, and a new message is said once", async () => {
  await withPage({}, async (page, fixture) => {
    await live(page);
    await says(page, "#hotline-count", /^1 1 waits for you$/);
    assert.equal(await text(page, "#said"), "", "what waited before is not new");
    fixture.hotline.write("south", { form: "answer" });
    fixture.hotline.write("south", { to: ["monitor"] });
    fixture.emit("message", {});
    await says(page, "#said", /^Message from Southern Air Coordination: Answer$/);
    await says(page, "#hotline-count", /^2 2 wait for you$/);
    fixture.hotline.testCall("south", "north");
    fixture.emit("call", {});
    await says(page, "#said", /^Test call from Southern Air Coordination/);
    await says(page, "#hotline-count", /^3 /);
    assert.equal(await page.getAttribute("#said", "role"), "status");
  });
});

test("replies that answer each other in a circle, or what is not here, hang nothing", async () => {
  await withPage({}, async (page, fixture) => {
    const a = fixture.hotline.write("south");
    const b = fixture.hotline.write("south", { reply_to: a.id });
    a.reply_to = b.id;
    fixture.hotline.write("south", { reply_to: "0".repeat(32) });
    let last = fixture.hotline.write("south");
    for (let i = 0; i < 40; ++i) last = fixture.hotline.write(i % 2 ? "south" : "north", { reply_to: last.id });
    await hotline(page);
    await page.waitForFunction(
      (n) => document.querySelectorAll("#messages [data-message]").length === n,
      fixture.hotline.messages.length,
    );
    const wide = await page.evaluate(
      () => document.querySelector("#main").scrollWidth - document.querySelector("#main").clientWidth,
    );
    assert.ok(wide <= 1, `${wide} pixels too wide`);
  });
});

const kHostile = '<img src="http://127.0.0.1:9/x" onerror="window.bad=1"><b>x</b>\u202e{callsign}&amp;';

test("hostile words are text everywhere: no markup, no other direction, no template", async () => {
  await withPage({}, async (page, fixture) => {
    const rendered = { en: kHostile, ru: kHostile, ar: kHostile };
    fixture.hotline.write("south", { text: kHostile, language: "<b>", form: kHostile, rendered });
    fixture.hotline.warn("south", { text: kHostile, kind: kHostile, language: '"><i>' });
    fixture.hotline.warnings[0].over_why = kHostile;
    Object.assign(fixture.hotline.lines.get("south"), { officer: kHostile });
    fixture.hotline.lines.get("south").shifts[0].officer = kHostile;
    fixture.hotline.calls.unshift({
      ...fixture.hotline.calls[0],
      id: "e".repeat(32),
      line: kHostile,
      summary: kHostile,
      language: "constructor",
    });
    fixture.utm.refused[0].why = kHostile;
    fixture.utm.entities[0].manager = kHostile;
    await hotline(page);
    assert.ok((await text(page, "#main")).includes("<img src="));
    await go(page, "#/hotline/write");
    await page.waitForSelector("#write-form");
    await page.selectOption("#m-form", "aircraft_in_difficulty");
    await page.fill("#m-callsign", kHostile.slice(0, 8));
    await page.fill("#m-place-name", kHostile);
    await page.fill("#m-place", "35.9N 36.6E");
    await page.fill("#m-text", kHostile);
    assert.ok((await text(page, "#previews")).includes("{callsign}&amp;"), "no second filling in");
    await go(page, "#/utm");
    await page.waitForSelector("[data-entity]");
    await page.waitForTimeout(500);
    const found = await page.evaluate(() => [
      window.bad,
      document.querySelectorAll("#main b, #main img, #alarms b, #alarms img, #main i").length,
    ]);
    assert.deepEqual(found, [undefined, 0]);
  });
});

// --- Voice calls ---------------------------------------------------------------------------------

test("two accounts of a call stand side by side, and a missing one is written", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    const pairs = page.locator(".call-pair");
    assert.equal(await pairs.count(), 2);
    const whole = (await pairs.nth(1).innerText()).replace(/\s+/g, " ");
    assert.match(whole, /^Account of Northern .*OSPREY2 turns north.*Account of Southern .*Спросили/);
    assert.match(await pairs.nth(0).innerText(), /Account of Northern[\s\S]*no account yet/);
    await page.click("[data-key^=call-about-]");
    await page.waitForSelector("dialog[open]");
    assert.equal(await page.inputValue("#call-began"), "2016-08-15 10:22");
    await page.fill("#reason", "We agreed on 121.5 MHz.");
    await picture(page, "hotline-call");
    await send(page);
    const { path, body } = fixture.posts[0];
    assert.equal(path, "/api/hotline/calls");
    assert.deepEqual(
      [body.with, body.about, body.began, body.summary],
      ["south", fixture.hotline.calls[1].id, "2016-08-15T10:22:00Z", "We agreed on 121.5 MHz."],
    );
    await page.waitForFunction(() => document.querySelector("[data-account=missing]") === null);
    await page.click("[data-key=call-record]");
    await page.fill("#call-line", "Guard frequency");
    await page.fill("#reason", "No answer.");
    await send(page);
    assert.equal(fixture.posts[1].body.about, undefined);
    await page.waitForSelector("[data-account=missing]");
  });
});

// --- Roles, languages, screens, numbers ----------------------------------------------------------

test("a reader sees everything and signs nothing", async () => {
  await withPage({ role: "reader" }, async (page, fixture) => {
    for (const warning of fixture.hotline.warnings) warning.acks = [];
    const { warning, message } = fixture.hotline;
    fixture.hotline.warning = (one) => ({ ...warning.call(fixture.hotline, one), acts: [] });
    fixture.hotline.message = (one) => ({ ...message.call(fixture.hotline, one), acts: [] });
    await hotline(page);
    const buttons = await page.locator("#main button, #main a.button").allInnerTexts();
    assert.deepEqual(buttons, []);
  });
});

for (const language of ["ru", "ar"]) {
  test(`every dialog, form and alarm of the hotline speaks the reader's language: ${language}`, async () => {
    await withPage({ prepare: inLanguage(language) }, async (page, fixture) => {
      await hotline(page);
      const walk = async (where) => {
        await openAll(page);
        const { found } = await page.evaluate(latinWords, namesOf(fixture));
        assert.deepEqual(found, [], `${language}, ${where}`);
      };
      fixture.hotline.testCall("south", "north");
      fixture.hotline.testCall("north", "south");
      fixture.hotline.lines.get("south").test.overdue = true;
      fixture.emit("call", {});
      await page.waitForSelector("[data-test=overdue]");
      await walk("the overview");
      for (const key of [
        "watch-on-north",
        "watch-off-north",
        "roster-north",
        "test-south",
        "test-answer-north",
        `warning-over-${fixture.hotline.warnings[0].id}`,
        `read-${fixture.hotline.messages[0].id}`,
        "call-record",
      ]) {
        await page.click(`[data-key=${key}]`);
        await page.waitForSelector("dialog[open]");
        await walk(key);
        await page.keyboard.press("Escape");
        await page.waitForSelector("dialog", { state: "detached" });
      }
      Object.assign(fixture.hotline.lines.get("north"), { manned: false, why: "nobody" });
      Object.assign(fixture.hotline.lines.get("south"), { manned: false, why: "over" });
      const stop = fixture.receiveStop("Стой. قف");
      const raised = { subject: stop.id, party: "north", time: fixture.world.now() };
      fixture.hotline.raised = ["told", "failed", "none"].map((siren, i) => ({ ...raised, siren, level: i + 1 }));
      fixture.hotline.flashes.push({ id: "d".repeat(32), kind: "stop", party: "south", flash: true, sent: fixture.world.now() });
      for (let i = 0; i < 6; ++i) fixture.hotline.warn("south");
      fixture.emit("flash", {});
      await page.waitForSelector(".alarm-more");
      await walk("alarms");
      await page.locator(".of-warning [data-key^=ack-]").first().click();
      await page.waitForSelector("dialog[open]");
      await walk("acknowledging a warning");
      await page.keyboard.press("Escape");
      await go(page, "#/hotline/write");
      await page.waitForSelector("#write-form");
      for (const form of ["question_activity", "answer", "aircraft_in_difficulty"]) {
        await page.selectOption("#m-form", form);
        await page.click("#write-send");
        // Previews in the other languages are marked as such; Latin letters in the Arabic page are not.
        await page.evaluate(() => document.querySelector("[data-preview=en]")?.remove());
        await walk(form);
      }
      await go(page, "#/hotline/warn");
      await page.waitForSelector("#warn-form");
      await page.click("#warn-send");
      await walk("faults of a warning");
      for (const value of ["activity", "none"]) {
        await page.selectOption("#warn-where", value);
        await walk(`a warning with its place: ${value}`);
      }
      fixture.utm.enabled = false;
      await go(page, "#/utm");
      await page.waitForSelector("#utm-off");
      await walk("a UTM interface that is not enabled");
    });
  });
}

test("in Arabic the hotline runs from right to left, and what is Latin stays whole", async () => {
  await withPage({ prepare: inLanguage("ar") }, async (page, fixture) => {
    await hotline(page);
    const x = async (selector) => (await page.locator(selector).first().boundingBox()).x;
    assert.ok((await x("[data-line-card=north]")) > (await x("[data-line-card=south]")), "own line first");
    assert.ok((await x(".call-pair .account:first-child")) > (await x(".call-pair .account:last-child")));
    assert.ok((await x(".warning-facts")) > (await x(".restrike")));
    fixture.receiveStop("Our aircraft is in the corridor");
    await page.waitForSelector(".alarm.loud");
    assert.ok((await x(".alarm-word")) > (await x(".alarm .clock")));
    assert.ok((await x(".alarm .clock")) > (await x("[data-key^=ack-]")));
    const message = fixture.hotline.messages[2];
    const rendered = page.locator(`[data-message="${message.id}"] .rendered`);
    assert.equal(await rendered.getAttribute("dir"), "rtl");
    assert.match(await rendered.textContent(), /\u2068HERON3\u2069/);
    await picture(page, "hotline-ar");
  });
});

test("a small screen: nothing is too wide, STOP and the alarm stay in sight", async () => {
  for (const language of ["en", "ru", "ar"]) {
    await withPage({ size: [390, 844], prepare: inLanguage(language) }, async (page, fixture) => {
      await live(page);
      fixture.receiveStop("A long reason that takes more than one line of a small screen to say");
      fixture.hotline.warn("south", { text: "Стрельба", language: "ru" });
      fixture.emit("warning", {});
      await page.waitForSelector(".alarm.of-warning");
      for (const hash of [
        "#/hotline",
        "#/hotline/warn",
        `#/hotline/write?reply=${fixture.hotline.messages[0].id}`,
        "#/utm",
        `#/warning/${fixture.hotline.warnings[1].id}`,
      ]) {
        await go(page, hash);
        await page.waitForTimeout(300);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= 390, `${language} ${hash}: ${wide}`);
        await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
        await page.waitForTimeout(150);
        for (const selector of ["#stop", ".alarm.of-stop [data-key^=ack-]"]) {
          const box = await page.locator(selector).boundingBox();
          const inside = box.y >= 0 && box.y + box.height <= 844 && box.x >= 0 && box.x + box.width <= 390;
          assert.ok(inside, `${language} ${hash} ${selector} ${JSON.stringify(box)}`);
        }
      }
      await go(page, "#/hotline");
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.waitForTimeout(300);
      await picture(page, `hotline-small-${language}`);
    });
  }
});

test("every act of the hotline is reached with the keyboard alone", async () => {
  await withPage({}, async (page, fixture) => {
    await hotline(page);
    await page.focus("#main h1");
    const seen = new Set();
    for (let i = 0; i < 80; ++i) {
      await page.keyboard.press("Tab");
      const key = await page.evaluate(() => document.activeElement?.dataset?.key ?? "");
      if (key !== "") seen.add(key);
      if (key === "test-south") await page.keyboard.press("Enter");
      if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
    }
    for (const key of ["watch-on-north", "watch-off-north", "roster-north", "test-south", "go-warn", "go-write", "call-record"]) {
      assert.ok(seen.has(key), key);
    }
    // Each part has its heading, each field its label.
    const headless = await page.evaluate(() =>
      [...document.querySelectorAll("#main section")].filter(
        (part) => document.getElementById(part.getAttribute("aria-labelledby") ?? "") === null,
      ).length,
    );
    assert.equal(headless, 0);
    for (const hash of ["#/hotline/warn", "#/hotline/write"]) {
      await go(page, hash);
      await page.waitForSelector("#main form");
      if (hash.endsWith("write")) await page.selectOption("#m-form", "aircraft_in_difficulty");
      const bare = await page.evaluate(() =>
        [...document.querySelectorAll("#main input, #main select, #main textarea")]
          .filter((input) => input.labels.length === 0)
          .map((input) => input.id),
      );
      assert.deepEqual(bare, []);
    }
    assert.equal(fixture.posts.length, 0);
  });
});

const kMany = 10000;

test("ten thousand warnings do not hang the page", async () => {
  await withPage({}, async (page, fixture) => {
    const sent = fixture.world.now();
    const until = new Date(Date.parse(sent) + 3600000).toISOString();
    for (let i = 0; i < kMany; ++i) {
      fixture.hotline.warnings.push({
        id: i.toString(16).padStart(32, "0"),
        party: "south",
        index: i + 100,
        kind: "air_defence",
        text: `Warning number ${i}`,
        language: "en",
        volume: fixture.hotline.warnings[0].volume,
        sent,
        until,
        acks: [],
      });
    }
    await hotline(page);
    // A node's lists have an end; what they leave out is counted.
    await says(page, ".alarm-more", /9997 more warnings/);
    await says(page, "#main", /The newest 200 of 10,002 are shown/);
    // A page that was given all of them would bear it as well.
    fixture.hotline.most = Infinity;
    fixture.emit("warning", {});
    await page.waitForFunction(() => !document.querySelector("#main").textContent.includes("The newest 200"));
    assert.ok((await page.locator("#alarms .alarm").count()) <= 4);
    assert.ok((await page.locator(".warning-card").count()) <= 50);
    // The page answers the reader at once, also while events go on.
    for (let i = 0; i < 5; ++i) fixture.emit("warning", {});
    await page.evaluate(() => {
      window.longest = 0;
      let before = performance.now();
      const step = () => {
        const now = performance.now();
        window.longest = Math.max(window.longest, now - before);
        before = now;
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    });
    fixture.receiveStop("among all of these");
    await page.waitForSelector(".alarm.of-stop.loud");
    await page.click("[data-key=warnings-more]");
    await page.waitForFunction(() => document.querySelectorAll(".warning-card").length > 100);
    await page.click("#stop");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    const longest = await page.evaluate(() => window.longest);
    console.log(`longest pause between two frames with ${kMany} warnings: ${Math.round(longest)} ms`);
    await picture(page, "hotline-many");
  });
});

test("pictures of the hotline in both schemes", async () => {
  for (const scheme of ["light", "dark"]) {
    await withPage({ scheme }, async (page) => {
      await hotline(page);
      await page.waitForTimeout(300);
      await picture(page, `hotline-${scheme}`);
      await page.locator("#hotline-messages").scrollIntoViewIfNeeded();
      await picture(page, `hotline-messages-${scheme}`);
    });
  }
});
