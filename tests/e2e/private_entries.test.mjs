// SPDX-License-Identifier: Apache-2.0
//
// Sites and movements with private details in a real Chromium on the fixture: the choice in the
// forms and what it says of the record, what its owner, a recipient and everybody else are shown,
// check-ins without a position; in three languages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, picture, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { protectionNames } from "./fixture/protection.mjs";
import { live, open, posted, says, send, text, tooWide } from "./notices.mjs";
import { inLanguage, latinWords, namesOf } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

async function fillSite(page) {
  await page.fill("#site-name", "Shelter of the well");
  await page.selectOption("#site-category", "medical");
  await page.fill("#site-function", "families sleep here");
  await page.fill("#site-place", "Aleppo");
  await page.fill("#site-text", "36.2 37.15");
  await page.fill("#site-footprint", "60");
}

test("a site is registered for its recipients alone, and the form says what the record shows", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites/new", "#site-form");
    assert.ok(await page.isChecked("#site-privacy-open"), "open is what it was");
    assert.match(await text(page, "#site-privacy-told"), /which every party reads: its owner must consent to all/);
    await page.check("#site-privacy-private");
    await says(page, "#site-privacy-told", /shows to every party, for good: that you list something.*does not show: the name, the category.*where it is.*cannot be taken back/);
    await fillSite(page);
    await page.check("#site-to input[value=south]");
    await page.click("#site-check-now");
    await says(page, "#site-verdict", /Nothing speaks against/);
    assert.ok(await page.isChecked("#site-privacy-private"), "the choice stays");
    await page.locator("#site-privacy").scrollIntoViewIfNeeded();
    await picture(page, "private-site-form");
    await page.click("#site-send");
    await page.waitForSelector("#private-line");
    assert.equal(await page.getAttribute("#private-line", "data-private"), "own");
    assert.match(await text(page, "#private-line"), /besides you, only Southern .* can learn the details/);
    assert.equal(await page.locator("[data-private-chip]").count(), 1);
    const [body] = posted(fixture, "/api/sites");
    assert.equal(body.private, true);
    assert.deepEqual(body.to, ["south"]);
    assert.equal(body.site.name, "Shelter of the well");
    assert.deepEqual(body.site.at, { point: [362000000, 371500000], footprint_mm: 60000 });
    // A new version begins as private as the last one.
    await page.click("[data-act=revise]");
    await page.waitForSelector("#site-form");
    assert.ok(await page.isChecked("#site-privacy-private"));
  });
});

test("what is open stays open: nothing about privacy is sent", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites/new", "#site-form");
    await page.check("#site-privacy-private");
    await page.check("#site-privacy-open");
    await fillSite(page);
    await page.check("#site-to input[value=south]");
    await page.click("#site-check-now");
    await says(page, "#site-verdict", /Nothing speaks against/);
    await page.click("#site-send");
    await page.waitForSelector("#second-person");
    assert.equal(posted(fixture, "/api/sites")[0].private, undefined);
    assert.equal(await page.locator("#private-line").count(), 0);
  });
});

const kHidden = { name: undefined, category: undefined, function: undefined, point: undefined, shape: undefined, place: undefined, given: undefined, contact: undefined, run_by: undefined, uncertainty_m: undefined };

test("its owner, a recipient, one who waits for the copy, and the others are each told how it is", async () => {
  const of = (key, more) => (page, fixture) => {
    Object.assign(fixture.protection.sites.find((site) => site.key === key), { private: true, ...more });
  };
  for (const [key, more, role, state, line] of [
    ["north-140", {}, undefined, "own", /^Private: besides you, only .* can learn the details\..*nothing of where it is/],
    ["relief-17", {}, undefined, "given", /Relief Flights .*gave you the details, sealed\..*gives them to nobody/],
    ["relief-21", { to: ["north"] }, undefined, "waits", /sealed to you\. Its copy has not come from Relief Flights .*yet, or could not be opened/],
    ["relief-21", { to: ["south"] }, undefined, "others", /Private details not known here: its owner gave them to .* alone\..*less protected/],
    ["relief-17", { ...kHidden }, "reader", "officers", /not for a reader/],
  ]) {
    await withPage({ role, prepare: of(key, more) }, async (page) => {
      await open(page, `#/sites/${key}`, "#private-line");
      assert.equal(await page.getAttribute("#private-line", "data-private"), state, key);
      assert.match(await text(page, "#private-line"), line);
      await says(page, ".standing", /Not being listed removes no protection/);
      await picture(page, `private-site-${state}`);
    });
  }
});

async function fillMovement(page) {
  await page.fill("#movement-name", "Night convoy");
  await page.fill("#movement-persons", "6");
  await page.fill("#movement-contact", "Layla, channel 7");
  await page.fill("#route-0-at", "36.2 37.15");
  await page.fill("#route-1-at", "35.93 36.63");
  await page.fill("#route-0-from", "2016-08-17 08:00");
  await page.fill("#route-0-to", "2016-08-17 08:30");
  await page.fill("#route-1-from", "2016-08-17 10:00");
  await page.fill("#route-1-to", "2016-08-17 11:00");
  await page.fill("#vehicle-0-kind", "truck");
  await page.fill("#vehicle-0-colour", "white");
  for (const name of ["day", "night", "thermal"]) {
    await page.locator(`.field:has(#vehicle-0-${name}) .none-button`).click();
  }
}

test("a movement's route is for its recipients alone, and its check-ins have no position", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/movements/new", "#movement-form");
    await fillMovement(page);
    await page.check("#movement-privacy-private");
    await page.check("#movement-to input[value=south]");
    await page.locator("#movement-privacy").scrollIntoViewIfNeeded();
    await picture(page, "private-movement-form");
    await page.click("#movement-send");
    await page.waitForSelector("#private-line");
    assert.equal(await page.getAttribute("#private-line", "data-private"), "own");
    const [body] = posted(fixture, "/api/movements");
    assert.equal(body.private, true);
    assert.equal(body.movement.route.length, 2);
    await page.click("[data-act=depart]");
    assert.match(await text(page, "dialog"), /also those that the route is kept from/);
    await send(page);
    await page.waitForSelector("[data-act=checkin]");
    await page.click("[data-act=checkin]");
    await page.waitForSelector("dialog #ask-at");
    assert.equal(await page.locator("#ask-point").count(), 0, "no field for where it is");
    await send(page);
    const [, , key] = /#(\/movements\/)(.*)$/.exec(await page.evaluate(() => location.hash));
    assert.equal(posted(fixture, `/api/movements/${key}/checkin`)[0].point, undefined);
  });
});

test("in Arabic and Russian every word is in the language, and nothing is too wide", async () => {
  for (const [language, size, scheme] of [
    ["ar", [1440, 900], "dark"],
    ["ar", [390, 844], "light"],
    ["ru", [390, 844], "light"],
    ["ru", [1440, 900], "light"],
  ]) {
    const prepare = async (page, fixture) => {
      await inLanguage(language)(page, fixture);
      fixture.protection.sites.find(({ key }) => key === "relief-17").private = true;
      fixture.protection.sites.find(({ key }) => key === "relief-21").to = ["south"];
      fixture.protection.movements[0].private = true;
    };
    await withPage({ prepare, size, scheme }, async (page, fixture) => {
      await live(page);
      const known = [...namesOf(fixture), ...protectionNames(fixture.protection)].sort((a, b) => b.length - a.length);
      for (const [hash, selector, choice] of [
        ["#/sites/new", "#site-form", "#site-privacy-private"],
        ["#/movements/new", "#movement-form", "#movement-privacy-private"],
        ["#/sites/relief-17", "#private-line"],
        ["#/sites/relief-21", "#private-line"],
        ["#/movements/relief-40", "#private-line"],
      ]) {
        await go(page, hash);
        await page.waitForSelector(selector);
        if (choice !== undefined) {
          await page.check(choice);
          await page.locator(choice).scrollIntoViewIfNeeded();
        }
        const wide = await tooWide(page);
        assert.ok(wide.every((one) => one <= 1), `${language} ${hash}: ${wide}`);
        const { found } = await page.evaluate(latinWords, known);
        assert.deepEqual(found, [], `${language} ${hash}`);
        await picture(page, `private-${language}-${size[0]}${hash.replace(/\W+/g, "-")}`);
      }
    });
  }
});
