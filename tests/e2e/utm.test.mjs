// SPDX-License-Identifier: Apache-2.0
//
// The UTM view in a real Chromium on the fixture: who takes part, what is held and where, what was
// refused and why; and a node on which the interface is not enabled.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapBox, mapIdle, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { inLanguage } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

const text = async (page, selector) =>
  (await page.textContent(selector)).replace(/[\u2066-\u2069]/g, "").replace(/\s+/g, " ");
const open = async (page, hash = "#/utm") => {
  await ready(page);
  await go(page, hash);
  await page.waitForSelector("#utm-participants");
};

test("participants, entities, subscriptions, refusals, load and limits are listed", async () => {
  await withPage({}, async (page) => {
    await open(page);
    assert.match(await text(page, "[data-manager=aerosurvey]"), /normal.*1,204/);
    assert.match(await text(page, "[data-manager=medkits]"), /down/);
    assert.match(await text(page, "[data-manager=authority]"), /unknown.*never/);
    const entities = await text(page, "section[aria-labelledby=utm-entities]");
    assert.match(entities, /Intent [0-9a-f]{8}.*aerosurvey.*accepted.*50 to 120 m/);
    assert.match(entities, /Constraint [0-9a-f]{8}/);
    assert.match(entities, /shows HERON21.*coarsened/);
    const subscriptions = await text(page, "section[aria-labelledby=utm-subscriptions]");
    assert.match(subscriptions, /aerosurvey.*intents and constraints.*\(implicit\).*medkits/);
    const told = await text(page, "section[aria-labelledby=utm-told]");
    assert.match(told, /aerosurvey\.example1400.*medkits\.example\/utm321it answered 503/);
    assert.match(told, /2 messages had nobody to go to: name the subscriber with --utm-notify/);
    const refused = await text(page, "section[aria-labelledby=utm-refused]");
    assert.match(refused, /401The token expired 40 s ago\.medkitsPUT \/dss/);
    assert.match(refused, /403.*lacks the scope.*not named/);
    assert.match(await text(page, "section[aria-labelledby=utm-load]"), /last 60 seconds.*4,120.*0\.41 ms/);
    assert.match(await text(page, "section[aria-labelledby=utm-limits]"), /Area of an intent, at most2,500 km².*24 h/);
    assert.match(await text(page, "#main"), /utm\.north\.example/);
    assert.equal(await page.getAttribute(".tab[href='#/utm']", "aria-current"), "page");
  });
});

test("an entity is outlined on the map, and a click on its outline chooses it", async () => {
  await withPage({}, async (page, fixture) => {
    const [survey] = fixture.utm.entities;
    await open(page, `#/utm/${survey.id}`);
    await mapIdle(page);
    assert.equal(await page.getAttribute(`[data-entity="${survey.id}"]`, "aria-current"), "true");
    await picture(page, "utm-entity");
    await go(page, "#/utm");
    const box = await mapBox(page);
    await page.mouse.click(box.x + box.width / 2 + 12, box.y + box.height / 2 + 30);
    await page.waitForFunction((id) => location.hash.includes(id) || /At this place/.test(document.querySelector("#main").textContent), survey.id);
  });
});

test("outlines leave the map with the view", async () => {
  await withPage({}, async (page) => {
    await open(page);
    await mapIdle(page);
    const shot = async () => {
      await mapIdle(page);
      return page.locator("#map canvas").screenshot();
    };
    await go(page, "#/map");
    const without = await shot();
    await go(page, "#/utm");
    await shot();
    await go(page, "#/map");
    assert.ok(Math.abs((await shot()).length - without.length) < without.length / 50);
  });
});

test("the view asks again by itself, and only while it is open", async () => {
  await withPage({}, async (page, fixture) => {
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/api/utm")) ++asked;
    });
    await open(page);
    fixture.utm.refused.unshift({
      time: fixture.world.now(),
      status: 401,
      why: "The signature does not fit any key.",
      method: "GET",
      path: "/dss/v1/constraint_references/x",
    });
    await page.waitForFunction(() =>
      document.querySelector("#main").textContent.includes("The signature does not fit any key."),
    );
    await go(page, "#/map");
    await page.waitForTimeout(1000);
    const before = asked;
    await page.waitForTimeout(6000);
    assert.equal(asked, before);
  });
});

test("an interface that is not enabled says how to enable it", async () => {
  for (const language of ["en", "ru", "ar"]) {
    const prepare = async (page, fixture) => {
      await inLanguage(language)(page);
      fixture.utm.enabled = false;
    };
    await withPage({ prepare }, async (page) => {
      await ready(page);
      await go(page, "#/utm");
      await page.waitForSelector("#utm-off");
      assert.match(await text(page, "#main"), /--utm-port.*--jwt-key --audience.*docs\/operating\/utm\.md/);
      assert.equal(await page.locator("#main table").count(), 0);
    });
  }
});

test("five hundred entities and a total above it", async () => {
  await withPage({}, async (page, fixture) => {
    const [one] = fixture.utm.entities;
    fixture.utm.entities = Array.from({ length: 700 }, (_, i) => ({
      ...one,
      id: `${i.toString(16).padStart(8, "0")}${one.id.slice(8)}`,
    }));
    await open(page);
    assert.match(await text(page, "#main"), /newest 500 of 700/);
    assert.equal(await page.locator("[data-entity]").count(), 50);
    await page.click("[data-key=utm-more-entities]");
    await page.waitForFunction(() => document.querySelectorAll("[data-entity]").length === 300);
  });
});

test("in Arabic and on a small screen nothing is too wide, and tables scroll by themselves", async () => {
  for (const [language, size, scheme] of [
    ["ar", [1440, 900], "dark"],
    ["ar", [390, 844], "light"],
    ["ru", [390, 844], "dark"],
  ]) {
    await withPage({ prepare: inLanguage(language), size, scheme }, async (page) => {
      await open(page);
      const wide = await page.evaluate(() => [
        document.documentElement.scrollWidth - innerWidth,
        document.querySelector("#main").scrollWidth - document.querySelector("#main").clientWidth,
      ]);
      assert.ok(wide[0] <= 0 && wide[1] <= 1, `${language} ${size[0]}: ${wide}`);
      const regions = await page
        .locator("#main .scroll")
        .evaluateAll((all) => all.every((one) => one.tabIndex === 0 && one.getAttribute("aria-label")));
      assert.ok(regions, "a table that scrolls is reached with the keyboard");
      assert.equal(await page.getAttribute("section[aria-labelledby=utm-refused] td [lang=en]", "dir"), "ltr");
      await page.waitForTimeout(500);
      await picture(page, `utm-${language}-${size[0]}`);
    });
  }
});
