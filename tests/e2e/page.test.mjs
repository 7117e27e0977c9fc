// SPDX-License-Identifier: Apache-2.0
//
// The page in a real Chromium on the fixture. withPage() fails every test whose page logs an
// error, throws, or asks another origin for anything.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapBox, mapIdle, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { kToken } from "./fixture/server.mjs";

before(startBrowser);
after(stopBrowser);

const text = async (page, selector) => (await page.textContent(selector)).replace(/\s+/g, " ");
const focusOf = (page) =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.dataset.key);
const tabTo = async (page, id, most = 12) => {
  for (let i = 0; i < most; ++i) {
    await page.keyboard.press("Tab");
    if ((await focusOf(page)) === id) return i + 1;
  }
  assert.fail(`Tab did not reach ${id}`);
};

test("without a token the page tells nothing and asks for it", async () => {
  await withPage({ hash: "" }, async (page) => {
    await page.waitForSelector("#token");
    assert.match(await text(page, "#main"), /does not know you yet/);
    assert.equal(await page.locator(".card").count(), 0);
    await page.fill("#token", kToken);
    await page.keyboard.press("Enter");
    await ready(page);
    assert.match(await text(page, "#role"), /north\/duty-1, duty officer/);
  });
});

test("a wrong token is said to be wrong", async () => {
  await withPage({ hash: "#token=wrong" }, async (page) => {
    await page.waitForSelector("#main .error");
    assert.match(await text(page, "#main"), /does not accept the token/);
  });
});

test("the token leaves the address, and travels only in the header", async () => {
  const seen = [];
  const prepare = (page) => page.on("request", (request) => seen.push(request));
  await withPage({ hash: `#token=${kToken}&x=1`, prepare }, async (page) => {
    await ready(page);
    assert.ok(!(await page.evaluate(() => location.href)).includes(kToken));
    assert.ok(seen.length > 5);
    for (const request of seen)
      assert.ok(!request.url().replace(/#.*/, "").includes(kToken), request.url());
    const state = seen.find((request) => request.url().endsWith("/api/state"));
    assert.equal((await state.allHeaders()).authorization, `Bearer ${kToken}`);
  });
});

test("the map draws areas, activities, aircraft and findings, in both schemes", async () => {
  for (const scheme of ["light", "dark"]) {
    await withPage({ scheme }, async (page) => {
      await ready(page);
      await mapIdle(page);
      await page.locator("#legend summary").click();
      const legend = await text(page, "#legend");
      for (const word of [
        "Designated area, first class",
        "Protected area",
        "activity, active",
        "not identified",
      ]) {
        assert.ok(legend.includes(word), word);
      }
      assert.doesNotMatch(legend, /hostile|target|enemy/i);
      await mapIdle(page);
      await picture(page, `map-${scheme}`);
      // The middle of the map is drawn: it holds more than one colour.
      const box = await page.locator("#map").boundingBox();
      const shot = await page.screenshot({
        clip: { x: box.x + 200, y: box.y + 100, width: 300, height: 300 },
      });
      assert.ok(shot.length > 6000, `${shot.length} bytes`);
    });
  }
});

test("an aircraft on the map opens by a click, an area from the agreement", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await mapIdle(page);
    const address = fixture.world.tracks[3].address;
    await go(page, `#/aircraft/${address}`);
    await mapIdle(page);
    await go(page, "#/map");
    const box = await mapBox(page);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForFunction(() =>
      /not identified|At this place/.test(document.querySelector("#main").textContent),
    );
    await go(page, "#/agreement");
    await page.locator("#main a", { hasText: "Western Aleppo" }).click();
    await page.waitForFunction(
      () => document.querySelector("#main h1")?.textContent === "Western Aleppo",
    );
    assert.match(await text(page, "#main"), /Clause 3\.2/);
  });
});

test("the header names party, role, agreement, clock and links", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    const head = await text(page, "#header");
    assert.match(head, /Northern Air Coordination/);
    assert.match(head, /Terms for the coordination/);
    assert.match(head, /Southern Air Coordination fresh/);
    assert.match(head, /Neutral Monitoring Mission stale/);
    assert.match(head, /15 Aug 2016/);
    assert.match(await text(page, "#clock"), /^10:42:0\dZ$/);
    await page.waitForSelector("body[data-line=open]");
    fixture.advance(3600000);
    await page.waitForFunction(() =>
      document.querySelector("#clock").textContent.startsWith("11:42"),
    );
    fixture.world.linkStates.south = "cut";
    fixture.emit("link", { party: "south", link: "cut" });
    await page.waitForFunction(() => document.querySelector("#links").textContent.includes("cut"));
  });
});

test("the standing sentence is on every screen", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    const { activities, findings } = fixture.world;
    for (const hash of [
      "#/map",
      `#/activity/${activities[0].id}`,
      `#/finding/${findings[0].id}`,
      "#/record",
      "#/record/south/3",
      "#/agreement",
    ]) {
      await go(page, hash);
      assert.ok(await page.locator("#standing").isVisible());
      assert.match(await text(page, "#standing"), /Not being listed removes no protection\./);
    }
  });
});

test("STOP is reached and sent with the keyboard alone", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    await page.keyboard.press("Tab");
    assert.equal(await focusOf(page), "skip");
    await page.keyboard.press("Tab");
    assert.equal(await focusOf(page), "skip-stop");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.id === "stop");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    assert.equal(await focusOf(page), "reason");
    await picture(page, "stop-dialog");
    // Without a reason nothing is sent.
    await tabTo(page, "ask-send");
    await page.keyboard.press("Enter");
    assert.equal(fixture.posts.length, 0);
    await page.focus("#reason");
    await page.keyboard.type("Relief flight in the corridor");
    await tabTo(page, "ask-send");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.deepEqual(fixture.posts, [
      { path: "/api/stops", body: { reason: "Relief flight in the corridor" } },
    ]);
    await page.waitForSelector(".alarm.waits");
    const alarm = await text(page, "#alarms");
    assert.match(alarm, /Sent by this party/);
    assert.match(alarm, /Not acknowledged by Southern Air Coordination/);
    fixture.advance(83000);
    await page.waitForFunction(() =>
      /1:2[3-9]/.test(document.querySelector(".alarm .clock").textContent),
    );
  });
});

test("Escape leaves the STOP dialog without sending, and the focus returns", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await page.focus("#stop");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("no");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.equal(fixture.posts.length, 0);
    assert.equal(await focusOf(page), "stop");
  });
});

test("a refusal of the node is shown as its sentence", async () => {
  await withPage({ role: "reader", expected: [/status of 403/] }, async (page) => {
    await ready(page);
    await page.click("#stop");
    await page.fill("#reason", "try");
    await page.click("#ask-send");
    await page.waitForSelector("dialog .error");
    assert.match(
      await text(page, "dialog .error"),
      /Your role may not do this; a duty officer may\./,
    );
  });
});

test("a STOP of the other side alarms, runs a clock, and ends with the acknowledgement", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    assert.equal(await page.locator(".alarm").count(), 0);
    fixture.receiveStop("Our aircraft is in the corridor. طائرتنا في الممر");
    await page.waitForSelector(".alarm.loud");
    assert.match(await text(page, "#alarm-said"), /STOP from Southern Air Coordination/);
    assert.match(await page.title(), /^STOP!/);
    fixture.advance(42000);
    await page.waitForFunction(() =>
      /0:4[2-9]/.test(document.querySelector(".alarm .clock").textContent),
    );
    await mapIdle(page);
    await picture(page, "alarm-light");
    fixture.world.stops[0].overdue = true;
    fixture.advance(60000);
    fixture.emit("stop", {});
    await page.waitForFunction(() =>
      document.querySelector(".alarm .clock").textContent.includes("overdue"),
    );
    // On every view, and from the keyboard.
    await go(page, "#/record");
    assert.ok(await page.locator(".alarm.loud").isVisible());
    await page.focus("[data-key^=ack-]");
    await page.keyboard.press("Enter");
    await page.click("#ask-send");
    await page.waitForSelector(".alarm.loud", { state: "detached" });
    assert.match(
      await text(page, "#alarms"),
      /Acknowledged for Northern Air Coordination by north\/duty-1/,
    );
    assert.doesNotMatch(await page.title(), /STOP/);
    assert.match(fixture.posts[0].path, /\/ack$/);
  });
});

test("data is text: markup in a reason is shown, not run", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    fixture.receiveStop('<img src="http://127.0.0.1:9/x" onerror="document.title=1"><b>bold</b>');
    await page.waitForSelector(".alarm.loud");
    assert.match(await text(page, "#alarms"), /<img src=/);
    assert.equal(await page.locator("#alarms img, #alarms b").count(), 0);
  });
});

test("an activity shows its path with what does not count, and missing steps as missing", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    const osprey = fixture.world.activities[2];
    await go(page, `#/activity/${osprey.id}`);
    const steps = page.locator("#timeline .step");
    assert.equal(await steps.count(), 3);
    assert.match(
      await steps.nth(0).textContent(),
      /Northern Air Coordination filed the activity.*signed by north\/duty-3.*log entry \d+/,
    );
    assert.match(
      await steps.nth(1).textContent(),
      /Does not count: the key south\/duty-9 was not delegated/,
    );
    assert.match(await text(page, "#needs"), /Southern Air Coordination: 0 of 1 officer, missing/);
    const south = await page.locator(".receipts tbody tr").nth(0).innerText();
    assert.match(south, /missing/);
    assert.match(south, /objected/);
    const monitor = await page.locator(".receipts tbody tr").nth(1).innerText();
    assert.equal(monitor.match(/missing/g).length, 2);
    assert.match(monitor, /not asked/);
    assert.match(await text(page, "#main"), /9,000 ft to 13,000 ft \(2,743 to 3,962 m\)/);
    await picture(page, "activity-light");
    await page.locator("[data-key^=conflict-]").click();
    await page.waitForFunction(
      () => document.querySelector("#main h1")?.textContent === "KESTREL7",
    );
    assert.match(await text(page, "#main"), /late notice/);
  });
});

test("objecting needs a reason, names a clause, and appears on the path", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    const kestrel = fixture.world.activities[1];
    await page.locator("#waiting-list a", { hasText: "KESTREL7" }).click();
    await page.click("[data-key=do-object]");
    await page.click("#ask-send");
    assert.equal(fixture.posts.length, 0);
    await page.fill("#reason", "Too near to the relief corridor");
    await page.selectOption("#clause", "2.1");
    await page.click("#ask-send");
    await page.waitForFunction(() => document.querySelectorAll("#timeline .step").length === 2);
    assert.deepEqual(fixture.posts[0], {
      path: `/api/activities/${kestrel.id}/object`,
      body: { reason: "Too near to the relief corridor", clause: "2.1" },
    });
    assert.match(await text(page, "#main"), /objected.*There is nothing for you to do here now/);
    await page.waitForFunction(
      () => !document.querySelector("#waiting-list").textContent.includes("KESTREL7"),
    );
  });
});

test("reading is its own signed step", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await go(page, "#/record/south/12");
    await page.click("[data-key=mark-read]");
    await page.click("#ask-send");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.deepEqual(fixture.posts, [{ path: "/api/read", body: { party: "south", index: 12 } }]);
  });
});

test("the time slider shows the activities of the chosen time, and no aircraft ahead of now", async () => {
  await withPage({}, async (page) => {
    await ready(page);
    await mapIdle(page);
    assert.match(await text(page, "#time-text"), /^now, 10:42Z$/);
    await page.focus("#time");
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector("body[data-when=ahead]");
    assert.match(await text(page, "#time-text"), /10:47Z, 0 h 05 min ahead/);
    assert.match(await text(page, "#silence"), /No aircraft are shown/);
    await page.keyboard.press("Home");
    await page.waitForSelector("body[data-when=past]");
    assert.match(await text(page, "#silence"), /not the same as none/);
    await page.click("#time-now");
    await page.waitForSelector("body[data-when=now]");
    assert.ok(!(await page.locator("#silence").isVisible()));
  });
});

test("silence of the feeds is shown, and is not taken for an empty sky", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    await page.waitForSelector("#silence", { state: "hidden" }); // the first positions are there
    fixture.advance(6 * 60000);
    await page.waitForSelector("#silence:not([hidden])");
    assert.match(
      await text(page, "#silence"),
      /No position has arrived for 6 minutes.*Not observed is not zero/,
    );
    fixture.quiet = true;
    fixture.emit("tracks");
    await page.waitForFunction(() =>
      document.querySelector("#silence").textContent.includes("has arrived yet"),
    );
    await page.locator("#aircraft summary").click();
    assert.match(await text(page, "#aircraft-list"), /Not observed is not zero/);
  });
});

test("a broken live line is told and mends by itself", async () => {
  await withPage({ expected: [/status of 503/, /INCOMPLETE_CHUNKED/] }, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    fixture.deaf = true;
    for (const stream of fixture.streams) stream.destroy();
    await page.waitForSelector("body[data-line=down]");
    assert.match(await text(page, "#notes"), /live line to the node is down/);
    fixture.receiveStop("during the break");
    fixture.deaf = false;
    await page.waitForSelector("body[data-line=open]");
    await page.waitForSelector(".alarm.loud");
    assert.doesNotMatch(await text(page, "#notes"), /live line/);
  });
});

// The page's promise (store.ts), on the page's own clock: a slow machine makes the storm longer,
// and changes nothing in what is asked of each pair of questions.
const kRestMs = 500;
const kClockMs = 2; // a browser's timer and its clock may differ by as much

test("a storm of events is met with few questions", async () => {
  const prepare = (page) =>
    page.addInitScript(() => {
      window.asked = [];
      const { fetch } = window;
      window.fetch = (what, options) => {
        const { pathname } = new URL(what, location.href);
        window.asked.push({ pathname, at: performance.now() });
        return fetch(what, options);
      };
    });
  await withPage({ prepare }, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    await page.waitForTimeout(1500);
    const begin = await page.evaluate(() => performance.now());
    const askedOf = (path, from) =>
      page.evaluate(
        ([name, after]) =>
          window.asked.filter((one) => one.pathname === name && one.at >= after).map(({ at }) => at),
        [path, from],
      );
    const activity = fixture.world.activities[0].id;
    // Each wave is written at once. It is followed by the next when the page has asked.
    const [waves, events] = [5, 100];
    for (let wave = 1; wave <= waves; ++wave) {
      for (let i = 0; i < events; ++i) {
        fixture.emit("tracks");
        fixture.emit("activity", { activity });
      }
      await page.waitForFunction(
        ([name, after, n]) =>
          window.asked.filter((one) => one.pathname === name && one.at >= after).length >= n,
        ["/api/activities", begin, wave],
      );
    }
    await page.waitForTimeout(3 * kRestMs);
    for (const path of ["/api/tracks", "/api/activities", "/api/waiting", "/api/state"]) {
      const times = await askedOf(path, begin);
      assert.ok(times.length >= 1, `${path} was asked for`);
      const apart = times.slice(1).map((at, i) => at - times[i]);
      assert.ok(
        apart.every((ms) => ms >= kRestMs - kClockMs),
        `${path}: ${times.length} questions to ${waves * events} events, ${Math.min(...apart)} ms apart`,
      );
    }
    const others = await askedOf("/api/agreement", begin);
    assert.ok(others.length <= 1, "an answer that no event touches is left alone");
  });
});

test("a monitor's officer is alarmed too, and a reader sees the alarm without its button", async () => {
  await withPage({ party: "monitor", role: "monitor" }, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    assert.match(await text(page, "#party"), /Neutral Monitoring Mission.*neutral monitor/);
    fixture.receiveStop("for all");
    await page.waitForSelector(".alarm.loud [data-key^=ack-]");
  });
  await withPage({ role: "reader" }, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    fixture.receiveStop("for all");
    fixture.world.stops[0].can = [];
    await page.waitForSelector(".alarm.loud");
    assert.equal(await page.locator("[data-key^=ack-]").count(), 0);
  });
});

test("empty states explain", async () => {
  const prepare = (page, fixture) => {
    fixture.world.activities = [];
    fixture.world.findings = [];
    fixture.quiet = true;
    fixture.world.waiting = () => [];
  };
  await withPage({ prepare }, async (page) => {
    await ready(page);
    assert.match(await text(page, "#waiting-list"), /Nothing waits for you/);
    assert.match(await text(page, "#findings-list"), /what was watched, not what was not/);
    assert.match(await text(page, "#main"), /none filed/);
    await go(page, `#/activity/${"0".repeat(32)}`);
    assert.match(await text(page, "#main"), /No activity with this id/);
    await go(page, "#/record/nobody");
    assert.match(await text(page, "#main"), /no log of that name/);
  });
});

test("a small screen keeps STOP in reach and does not scroll sideways", async () => {
  await withPage({ size: [390, 844] }, async (page) => {
    await ready(page);
    for (const hash of ["#/map", "#/record", "#/agreement"]) {
      await go(page, hash);
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      const box = await page.locator("#stop").boundingBox();
      assert.ok(
        box.y >= 0 && box.y < 200 && box.x + box.width <= 390,
        `${hash} ${JSON.stringify(box)}`,
      );
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${hash}: ${wide}`);
    }
    await go(page, "#/map");
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.waitForTimeout(1000);
    await picture(page, "small-light");
  });
});
