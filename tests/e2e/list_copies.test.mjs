// SPDX-License-Identifier: Apache-2.0
//
// Copies of a list for one recipient in a real Chromium on the fixture: who has which, with receipt
// or without; making one; signing for one; its places on the map; in three languages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, picture, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { protectionNames } from "./fixture/protection.mjs";
import { live, open, posted, says, send, text, tooWide } from "./notices.mjs";
import { inLanguage, latinWords, namesOf } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

test("the desk shows who has which copy, with its receipt or without", async () => {
  await withPage({}, async (page) => {
    await open(page, "#/sites", "[data-key=site-copies]");
    await page.click("[data-key=site-copies]");
    await page.waitForSelector("[data-copy=north-170]");
    await says(page, ".standing", /Not being listed removes no protection\..*guarantees nothing.*same with and without a notice/);
    assert.match(await text(page, "[data-copy=north-170]"), /For Southern .*it opens and matches.*5,000 m.*Entries ?2/);
    assert.match(await text(page, "[data-copy=north-171]"), /For Neutral .*no receipt for 2 d.*10,000 m/);
    assert.match(await text(page, "[data-copy=relief-60]"), /From Relief Flights.*no receipt for 24:00:0/);
    assert.match(await text(page, "#main"), /plans can be checked privately against it/);
    await picture(page, "list-copies");
  });
});

test("a copy is made for one recipient, with one coarseness", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites/copies", "[data-act=copy]");
    await page.click("[data-act=copy]");
    assert.match(await text(page, "dialog"), /Names, addresses and contacts are left out.*Use one coarseness for all/);
    await page.selectOption("#copy-to", "monitor");
    await page.selectOption("#copy-coarse", "10");
    await picture(page, "list-copies-make");
    await send(page);
    assert.deepEqual(posted(fixture, "/api/site-copies"), [{ to: "monitor", coarse_m: 10000 }]);
    await page.waitForFunction(() => document.querySelectorAll("[data-copy^=north-]").length === 3);
  });
});

test("a recipient signs for its copy, and sees its places as circles", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites/copies", "[data-act=receipt]");
    await page.click("[data-act=receipt]");
    assert.match(await text(page, "dialog"), /names the copy by its hash/);
    await send(page);
    await says(page, "[data-copy=relief-60]", /it opens and matches/);
    assert.deepEqual(posted(fixture, "/api/site-copies/relief-60/receipt"), [{}]);
    assert.equal(await page.locator("[data-act=receipt]").count(), 0);
    await page.click("[data-key=copy-relief-60]");
    await page.waitForSelector("[data-place]");
    assert.equal(await page.locator("[data-place]").count(), 2);
    assert.match(await text(page, "#main"), /Each circle contains its site.*protected all the same/);
    await picture(page, "list-copies-places");
  });
});

test("who may not register makes no copy", async () => {
  const prepare = (page, fixture) => {
    fixture.protection.may = fixture.protection.may.filter((act) => act !== "register");
  };
  await withPage({ prepare }, async (page) => {
    await open(page, "#/sites/copies", "[data-copy]");
    assert.equal(await page.locator("[data-act=copy]").count(), 0);
  });
});

test("in Arabic and Russian every word is in the language, and nothing is too wide", async () => {
  for (const [language, size] of [
    ["ar", [1440, 900]],
    ["ar", [390, 844]],
    ["ru", [390, 844]],
  ]) {
    await withPage({ prepare: inLanguage(language), size }, async (page, fixture) => {
      await live(page);
      const numbers = fixture.protection.lists.copies.flatMap(({ id, sha256, key }) => [id, sha256.slice(0, 16), key]);
      const known = [...numbers, ...namesOf(fixture), ...protectionNames(fixture.protection)].sort((a, b) => b.length - a.length);
      for (const [hash, selector] of [
        ["#/sites/copies", "[data-copy]"],
        ["#/sites/copies?copy=north-170", "[data-place]"],
      ]) {
        await go(page, hash);
        await page.waitForSelector(selector);
        const wide = await tooWide(page);
        assert.ok(wide.every((one) => one <= 1), `${language} ${hash}: ${wide}`);
        const { found } = await page.evaluate(latinWords, known);
        assert.deepEqual(found, [], `${language} ${hash}`);
        await picture(page, `list-copies-${language}-${size[0]}${hash.replace(/\W+/g, "-")}`);
      }
    });
  }
});
