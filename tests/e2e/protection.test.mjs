// SPDX-License-Identifier: Apache-2.0
//
// Protected sites in a real Chromium on the fixture: the standing sentences on every view, receipts
// with their missing steps, every act, registering with the check of the coordinate, five thousand
// sites, hostile words, Arabic and small screens.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapBox, mapIdle, picture, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { protectionNames } from "./fixture/protection.mjs";
import { live, open, posted, says, send, text, tooWide } from "./notices.mjs";
import { inLanguage, latinWords, namesOf } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

const site = (page, key) => open(page, `#/sites/${key}`, "#site-receipts");

// --- Sites ---------------------------------------------------------------------------------------

test("the standing sentences stand on every view of sites, also when the node does not answer", async () => {
  const prepare = (page, fixture) => {
    fixture.protection.get = () => undefined;
  };
  await withPage({ prepare, expected: [/404/] }, async (page) => {
    await live(page);
    for (const hash of ["#/sites", "#/sites/relief-17", "#/sites/new"]) {
      await go(page, hash);
      await says(page, ".standing", /Not being listed removes no protection\..*A notice guarantees nothing.*same with and without a notice/);
    }
  });
});

test("the list tells state, owner and missing steps, and its filter is asked of the node", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites", "[data-site=relief-17]");
    assert.match(await text(page, "[data-site=relief-17]"), /Eastern hospital.*confirmed.*contested.*3 steps missing.*Relief Flights/);
    assert.match(await text(page, "[data-site=relief-19]"), /awaits a second person/);
    assert.match(await text(page, "[data-site=relief-21]"), /Private details not known here \(relief-21\).*private.*not given to this party/);
    assert.match(await text(page, "[data-site=relief-11]"), /expired.*overdue by/);
    assert.match(await text(page, "#site-lists"), /Health list: 3 in force, 1 expired/);
    assert.equal(await page.getAttribute(".tab[href='#/sites']", "aria-current"), "page");
    await mapIdle(page);
    await picture(page, "protection-sites");
    await page.fill("#sites-q", "school");
    await page.waitForFunction(() => document.querySelectorAll("[data-site]").length === 1);
    assert.equal(await page.evaluate(() => document.activeElement.id), "sites-q", "typing goes on");
    await page.fill("#sites-q", "");
    await page.selectOption("#sites-state", "contested");
    await page.waitForFunction(() => document.querySelectorAll("[data-site]").length === 1);
    await page.selectOption("#sites-state", "");
    await page.selectOption("#sites-owner", "north");
    await page.waitForFunction(() => document.querySelector("[data-site=north-140]") && document.querySelectorAll("[data-site]").length === 1);
    fixture.protection.manyRemoved = true;
    fixture.emit("site", {});
    await says(page, "#site-lists", /12 sites were removed from this list within a day/);
    assert.equal(await page.inputValue("#sites-owner"), "north", "the filter stays");
  });
});

test("a site shows each step of each recipient, and since when one is missing", async () => {
  await withPage({}, async (page) => {
    await site(page, "relief-17");
    const cell = (party, step) => text(page, `[data-chain=${party}] [data-step=${step}]`);
    assert.match(await cell("north", "held"), /✓/);
    assert.match(await cell("north", "read"), /missing for 3 d 0 h/);
    assert.match(await cell("south", "read"), /✓.*by south\/duty-1/);
    assert.match(await cell("south", "received"), /missing for 3 d 0 h, overdue/);
    assert.match(await text(page, "[data-chain=south]"), /no unit named/);
    assert.match(await text(page, "#main"), /Protected by GC I art\. 19/);
    assert.match(await text(page, "[data-contest=south-88]"), /its coordinates.*300 m.*missing.*overdue by.*Protection stays while it is open/);
    await mapIdle(page);
    await picture(page, "protection-site");
  });
});

test("a click on a site on the map opens it", async () => {
  await withPage({}, async (page) => {
    await open(page, "#/sites/relief-17", "#site-receipts");
    await mapIdle(page);
    await go(page, "#/sites");
    const box = await mapBox(page);
    await page.evaluate(() => (document.querySelector("#main h1").textContent = ""));
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForFunction(() => /#\/(sites\/relief-17|map)/.test(location.hash));
  });
});

test("receipt and dissemination are stated, with units, and are then in the chain", async () => {
  await withPage({}, async (page, fixture) => {
    await site(page, "relief-17");
    await page.click("[data-act=read]");
    await page.waitForFunction(() => true);
    await page.click("[data-act=received]");
    assert.match(await text(page, "dialog"), /the notice is here, and it is passed on from here/);
    await send(page);
    await says(page, "[data-chain=north] [data-step=received]", /✓/);
    await page.click("[data-act=disseminated]");
    await page.click("#ask-send");
    await says(page, "dialog", /Each unit needs its name/);
    await page.fill("#unit-0-name", "Cell North");
    await page.selectOption("#unit-0-by", "voice");
    await page.check("#unit-0-ok");
    await page.click("#unit-add");
    await page.fill("#unit-1-name", "Wing 4");
    await picture(page, "protection-units");
    await send(page);
    await says(page, "[data-chain=north]", /Cell North.*by voice.*confirmed by the unit.*Wing 4.*not confirmed by the unit/);
    const [{ units }] = posted(fixture, "/api/sites/relief-17/disseminated");
    assert.deepEqual(units[0], { unit: "Cell North", at: units[0].at, by: "voice", confirmed: true });
    assert.match(units[0].at, /^2016-08-15T10:4\d:00Z$/);
    assert.deepEqual(posted(fixture, "/api/sites/relief-17/received"), [{}]);
    assert.deepEqual(posted(fixture, "/api/read"), [{ party: "relief", index: 17 }]);
  });
});

test("confirm, reconfirm, contest, answer, close and remove", async () => {
  await withPage({}, async (page, fixture) => {
    await site(page, "north-140");
    await page.click("[data-act=confirm]");
    await page.selectOption("#ask-choice", "visit");
    await send(page);
    await says(page, "#main", /Second person ?a visit/);
    assert.deepEqual(posted(fixture, "/api/sites/north-140/confirm"), [{ means: "visit" }]);
    await page.click("[data-act=reconfirm]");
    await page.fill("#ask-expires", "tomorrow");
    await page.click("#ask-send");
    await page.waitForSelector("dialog .error");
    await page.fill("#ask-expires", "2017-01-01 00:00");
    await send(page);
    assert.deepEqual(posted(fixture, "/api/sites/north-140/reconfirm"), [{ expires: "2017-01-01T00:00:00Z" }]);
    await page.click("[data-act=remove]");
    await page.fill("#reason", "It moved");
    await send(page);
    await says(page, "#main", /It moved/);
    await go(page, "#/sites/relief-17");
    await page.waitForSelector("[data-contest=south-88]");
    await page.click("[data-contest=south-88] [data-act=answer]");
    await page.fill("#reason", "The point is the gate.");
    await send(page);
    await says(page, "[data-contest=south-88]", /The point is the gate\./);
    await page.click("[data-contest=south-88] [data-act=close]");
    await page.selectOption("#ask-choice", "corrected");
    await page.fill("#reason", "A new version follows");
    await send(page);
    await says(page, "[data-contest=south-88]", /the entry was corrected/);
    await page.click("[data-act=contest]");
    await page.selectOption("#ask-choice", "duplicate");
    await page.fill("#reason", "See relief-19");
    await send(page);
    assert.deepEqual(posted(fixture, "/api/sites/relief-17/contest"), [{ grounds: "duplicate", text: "See relief-19" }]);
  });
});

const fillSite = async (page, coordinate) => {
  await page.fill("#site-name", "Children's clinic");
  await page.selectOption("#site-category", "medical");
  await page.fill("#site-function", "clinic with 20 beds");
  await page.fill("#site-place", "Aleppo");
  await page.fill("#site-text", coordinate);
  await page.fill("#site-footprint", "60");
};

test("a site is registered: nobody by default, the check first, then a second person", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites", "[data-key=site-new]");
    await page.click("[data-key=site-new]");
    await page.waitForSelector("#site-form");
    assert.equal(await page.locator("#site-to input:checked").count(), 0, "nobody by default");
    await page.click("#site-send");
    await says(page, "#e-site-to", /Without its owner's consent it goes to nobody/);
    await fillSite(page, "36 12 N 37 9 E");
    assert.match(await text(page, "#site-source"), /GC IV art\. 18/);
    await page.check("#site-to input[value=south]");
    await page.selectOption("#site-proxy", "monitor");
    await page.click("#site-send");
    await says(page, "#site-trouble", /Look at what the check says/);
    await says(page, "#site-verdict", /Nothing speaks against/);
    assert.match(await text(page, "#site-check"), /36°12\.0′N 037°09\.0′E, degrees and minutes, exact to 930 m/);
    assert.equal(posted(fixture, "/api/sites").length, 0, "nothing is sent before its verdict was shown");
    assert.deepEqual(fixture.checks, [{ text: "36 12 N 37 9 E", place: "Aleppo", footprint_m: 60 }]);
    await mapIdle(page);
    await picture(page, "protection-register");
    await page.click("#site-send");
    await page.waitForSelector("#second-person");
    assert.match(await text(page, "#second-person"), /A second person must confirm/);
    const [body] = posted(fixture, "/api/sites");
    assert.deepEqual([body.to, body.proxy], [["south"], "monitor"]);
    assert.deepEqual(body.site, {
      name: "Children's clinic",
      category: "medical",
      function: "clinic with 20 beds",
      place: "Aleppo",
      at: { point: [362000000, 371500000], footprint_mm: 60000 },
      given: { text: "36 12 N 37 9 E", datum: "WGS84", uncertainty_mm: 930000 },
    });
    assert.match(body.expires, /^2017-02-11T10:4\d:00Z$/);
  });
});

test("a grave verdict must be confirmed knowingly, and a change asks for a new check", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites/new", "#site-form");
    await fillSite(page, "37 9 N 36 12 E");
    await page.check("#site-to input[value=monitor]");
    await page.click("#site-check-now");
    await says(page, "[data-finding=swapped]", /look swapped/);
    await page.click("#site-send");
    await says(page, "#site-trouble", /A grave doubt is open/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "know-swapped");
    await picture(page, "protection-grave");
    await page.check("#know-swapped");
    await page.fill("#site-text", "37 10 N 36 12 E");
    await says(page, "#site-check", /check the coordinate again/);
    await page.click("#site-send");
    await page.waitForSelector("#know-swapped:not(:checked)");
    assert.equal(posted(fixture, "/api/sites").length, 0);
    await page.check("#know-swapped");
    await page.click("#site-send");
    await page.waitForSelector("#second-person");
    assert.equal(posted(fixture, "/api/sites").length, 1);
  });
});

test("another datum is not sent; an unreadable coordinate neither", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites/new", "#site-form");
    await fillSite(page, "near the bridge");
    await page.check("#site-to input[value=south]");
    await page.click("#site-check-now");
    await says(page, "#site-verdict", /cannot be used/);
    await page.click("#site-send");
    await says(page, "#site-trouble", /cannot be used/);
    await page.fill("#site-text", "36 12 N 37 9 E");
    await page.selectOption("#site-datum", "Pulkovo1942");
    const asked = fixture.checks.length;
    await page.click("#site-check-now");
    await says(page, "#e-site-datum", /Convert it to WGS 84 first/);
    await page.click("#site-send");
    await says(page, "#e-site-datum", /Convert it to WGS 84 first/);
    assert.equal(fixture.checks.length, asked, "the node is not asked about numbers of another datum");
    assert.equal(posted(fixture, "/api/sites").length, 0);
  });
});

test("an outline is drawn on the map and sent as corners", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites/new", "#site-form");
    await mapIdle(page);
    await fillSite(page, "36.2 37.15");
    await page.check("#site-to input[value=south]");
    await page.click("[data-key=tool-rectangle]");
    const box = await mapBox(page);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.click(x - 60, y - 40);
    await page.mouse.move(x, y, { steps: 4 });
    await page.mouse.click(x + 60, y + 40);
    await page.waitForSelector("#site-points");
    assert.equal((await page.inputValue("#site-points")).split("\n").length, 4);
    await page.click("#site-send");
    await page.waitForSelector("#site-verdict");
    for (const know of await page.locator("[id^=know-]").all()) await know.check();
    await page.click("#site-send");
    await page.waitForSelector("#second-person");
    const [{ site: sent }] = posted(fixture, "/api/sites");
    assert.equal(sent.at.polygon.length, 4);
    assert.equal(sent.given, undefined);
  });
});

test("a new version begins with what the last one says", async () => {
  await withPage({}, async (page, fixture) => {
    await site(page, "north-140");
    await page.click("[data-act=revise]");
    await page.waitForSelector("#site-form");
    assert.equal(await page.inputValue("#site-name"), "Pumping station");
    assert.equal(await page.inputValue("#site-text"), "36 12 00 N 37 09 00 E");
    assert.deepEqual(await page.locator("#site-to input:checked").evaluateAll((all) => all.map((one) => one.value)), ["south", "monitor"]);
    await page.fill("#site-footprint", "90");
    await page.click("#site-check-now");
    await page.waitForSelector("#site-verdict");
    await page.click("#site-send");
    await page.waitForSelector("#site-receipts");
    assert.equal(posted(fixture, "/api/sites/north-140/revise").length, 1);
    assert.match(await page.evaluate(() => location.hash), /north-140$/);
  });
});

test("what the node says to an act stands in the dialog, and a reader has no acts", async () => {
  const prepare = (page, fixture) => {
    fixture.protectionError = { code: "protection_list", number: 1, text: "It names more than one entry." };
  };
  await withPage({ prepare, expected: [/400/] }, async (page) => {
    await site(page, "relief-17");
    await page.click("[data-act=received]");
    await page.click("#ask-send");
    await says(page, "dialog .error", /more than one entry/);
  });
  await withPage({ role: "reader" }, async (page) => {
    await open(page, "#/sites", "[data-site=relief-17]");
    assert.equal(await page.locator("[data-key=site-new]").count(), 0);
  });
});

test("five thousand sites come a page at a time, and the page stays quick", async () => {
  const prepare = (page, fixture) => {
    fixture.protection.extra = 5000;
  };
  await withPage({ prepare }, async (page) => {
    await open(page, "#/sites", "[data-site=relief-17]");
    assert.equal(await page.locator("[data-site]").count(), 100);
    assert.equal(await text(page, "#sites-range"), "1 to 100 of 5,005");
    await page.click("[data-key=sites-older]");
    await says(page, "#sites-range", /^101 to 200 of 5,005$/);
    await says(page, "#sites-on-map", /The map shows all 5004 sites/);
    await mapIdle(page);
    await picture(page, "protection-all-sites");
    await page.fill("#sites-q", "Clinic 4999");
    await page.waitForFunction(() => document.querySelectorAll("[data-site]").length === 1);
    await says(page, "[data-site]", /Clinic 4999/);
  });
});

const kHostile = `<img src=x onerror="document.title='taken'">\u202e${"A".repeat(300)}`;

test("hostile words are shown as words, and nothing is too wide", async () => {
  const prepare = (page, fixture) => {
    const desk = fixture.protection;
    Object.assign(desk.sites[0], { name: kHostile, function: kHostile, place: kHostile, given: kHostile });
    desk.contests[0].text = kHostile;
    desk.findings.push({ code: "constructor", text: kHostile, grave: false });
  };
  await withPage({ prepare }, async (page) => {
    await site(page, "relief-17");
    assert.equal(await page.locator("#main img").count(), 0);
    assert.ok((await tooWide(page)).every((wide) => wide <= 1), String(await tooWide(page)));
    await go(page, "#/sites");
    await page.waitForSelector("[data-site]");
    assert.ok((await tooWide(page)).every((wide) => wide <= 1), String(await tooWide(page)));
    await go(page, "#/sites/new");
    await page.fill("#site-text", "36.2 37.15");
    await page.click("#site-check-now");
    await page.waitForSelector("[data-finding=constructor]");
    assert.ok((await tooWide(page)).every((wide) => wide <= 1), String(await tooWide(page)));
    assert.notEqual(await page.title(), "taken");
  });
});

test("in Arabic and Russian every word is in the language, and nothing is too wide", async () => {
  for (const [language, size, scheme] of [
    ["ar", [1440, 900], "dark"],
    ["ar", [390, 844], "light"],
    ["ru", [1440, 900], "light"],
  ]) {
    await withPage({ prepare: inLanguage(language), size, scheme }, async (page, fixture) => {
      await live(page);
      const known = [...namesOf(fixture), ...protectionNames(fixture.protection)].sort(
        (a, b) => b.length - a.length,
      );
      for (const [hash, selector] of kWalk) {
        await go(page, hash);
        await page.waitForSelector(selector);
        const wide = await tooWide(page);
        assert.ok(wide.every((one) => one <= 1), `${language} ${hash}: ${wide}`);
        const { found } = await page.evaluate(latinWords, known);
        assert.deepEqual(found, [], `${language} ${hash}`);
        await page.waitForTimeout(500);
        await picture(page, `protection-${language}-${size[0]}${hash.replace(/\W+/g, "-")}`);
      }
    });
  }
});

const kWalk = [
  ["#/sites", "[data-site]"],
  ["#/sites/relief-17", "#site-receipts"],
  ["#/sites/new", "#site-form"],
];
