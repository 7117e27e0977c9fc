// SPDX-License-Identifier: Apache-2.0
//
// Lists of sites as files in a real Chromium on the fixture: a look at every row first, then all of
// the list or nothing; the export; Arabic and Russian. One page goes through the whole story.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { go, picture, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { protectionNames } from "./fixture/protection.mjs";
import { live, open, posted, says, text, tooWide } from "./notices.mjs";
import { faultsOf } from "./openapi.mjs";
import { inLanguage, latinWords, namesOf } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

const kHead = "name,category,function,latitude,longitude,colour\n";
const kGood = `${kHead}Clinic A,medical,clinic,35.10000,36.60000,blue\nClinic B,medical,clinic,35.20000,36.70000,red\n`;
const kDoubt = `${kGood}The same place,school,school,35.93,36.63,\n`;
const kFault = `${kGood}Bakery,bakery,bakery,35.30000,36.80000,\nTurned,medical,clinic,36.60000,35.10000,\n`;

const choose = (page, csv, name = "clinics.csv") =>
  page.setInputFiles("#list-file", { name, mimeType: "text/csv", buffer: Buffer.from(csv) });
const look = async (page, csv) => {
  await choose(page, csv);
  await page.click("#list-check");
  await page.waitForSelector("#list-status");
};

test("a list is looked at row by row, and taken whole or not at all", async () => {
  await withPage({ role: "registrar" }, async (page, fixture) => {
    await open(page, "#/sites", "[data-key=site-import]");
    await page.click("[data-key=site-import]");
    await page.waitForSelector("#list-form");
    await says(page, ".standing", /Not being listed removes no protection/);
    assert.equal(await page.locator("#list-to input:checked").count(), 0, "nobody by default");
    await page.click("#list-check");
    await says(page, "#e-list-file", /Choose a file/);
    await says(page, "#e-list-to", /Without its owner's consent it goes to nobody/);
    await page.check("#list-to input[value=south]");
    await page.check("#list-to input[value=monitor]");
    await choose(page, "x", "list.doc");
    await says(page, "#e-list-file", /files that end in/);

    await look(page, kFault);
    await says(page, "#list-status", /2 rows have a fault\. Nothing of the list can be imported/);
    assert.match(await text(page, "[data-row='4']"), /4.*Bakery.*a fault.*there is no category bakery/);
    assert.match(await text(page, "[data-row='5']"), /Turned.*look swapped/);
    assert.match(await text(page, "#list-passed"), /colour/);
    assert.match(await text(page, "#list-not-checked"), /on water: 4 rows\. no map of water was given/);
    assert.equal(await page.locator("#list-send").count(), 0, "a list with a fault cannot be sent");
    await picture(page, "list-fault");

    await look(page, kDoubt);
    await says(page, "#list-status", /1 row raises a doubt/);
    assert.ok(await page.isDisabled("#list-send"), "a doubt is confirmed knowingly");
    await page.check("#list-know");
    assert.ok(await page.isEnabled("#list-send"));
    await page.selectOption("#list-proxy", "monitor");
    await page.waitForSelector("#list-send", { state: "detached" });

    await look(page, kGood);
    await says(page, "#list-status", /No row has a fault/);
    await says(page, "#list-send", /Sign and import 2 sites/);
    assert.equal(posted(fixture, "/api/sites/import").length, 0, "nothing is logged by looking");
    await picture(page, "list-good");
    await page.click("#list-send");
    await page.waitForSelector("#list-done");
    await says(page, "#list-done", /2 sites are registered\..*A second person must confirm each entry/);
    const [sent] = posted(fixture, "/api/sites/import");
    assert.deepEqual([sent.to, sent.proxy, sent.format, sent.dry_run], [["south", "monitor"], "monitor", "csv", false]);
    assert.match(sent.expires, /^2017-02-11T10:4\d:00Z$/);
    assert.equal(Buffer.from(sent.base64, "base64").toString(), kGood);
    await page.click("#list-done a[href='#/sites']");
    await page.waitForFunction(() => /Clinic A/.test(document.querySelector("#sites-list")?.textContent ?? ""));
    await go(page, "#/sites/import");
    await page.waitForSelector("#list-form");
    assert.equal(await page.locator("#list-done").count(), 0, "what is over is not offered again");
  });
});

test("what the node refuses is said, and nothing is imported", async () => {
  const prepare = (page, fixture) => {
    fixture.protectionError = { code: "table_malformed", number: 2640, text: "the file is not a table" };
  };
  await withPage({ prepare, expected: [/400/] }, async (page) => {
    await open(page, "#/sites/import", "#list-form");
    await page.check("#list-to input[value=south]");
    await choose(page, kGood);
    await page.click("#list-check");
    await says(page, "#list-state", /the file is not a table/);
  });
});

test("the list is taken along as a file, and the fixture keeps to the API document", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/sites", "#site-export");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("[data-key=export-csv]")]);
    assert.equal(download.suggestedFilename(), "protected-sites.csv");
    assert.match(await readFile(await download.path(), "utf8"), /^# Not being listed.*\n(.*\n)*Pumping station/);
    const ask = { format: "csv", text: kFault, to: ["south"], expires: "2017-01-01T00:00:00Z" };
    for (const [more, status] of [
      [{ dry_run: true }, 200],
      [{ text: kGood }, 201],
    ]) {
      const [given, answer] = fixture.protection.importList({ ...ask, ...more });
      assert.equal(given, status);
      assert.deepEqual(faultsOf("/api/sites/import", "post", status, answer), []);
    }
  });
  await withPage({ role: "reader" }, async (page) => {
    await open(page, "#/sites", "#site-export");
    assert.equal(await page.locator("[data-key=site-import]").count(), 0);
  });
});

test("in Arabic and Russian every word of an import is in the language", async () => {
  for (const [language, size] of [
    ["ar", [390, 844]],
    ["ru", [1440, 900]],
  ]) {
    await withPage({ prepare: inLanguage(language), size }, async (page, fixture) => {
      await live(page);
      const own = ["GeoJSON", "CSV", "KMZ", "KML", "XLSX", "name", "category", "function", "latitude", "longitude"];
      const known = [...namesOf(fixture), ...protectionNames(fixture.protection), ...own, "Clinic A", "Clinic B", "The same place", "Bakery", "Turned", "colour"].sort((a, b) => b.length - a.length);
      await go(page, "#/sites/import");
      await page.check("#list-to input[value=south]");
      for (const csv of [kDoubt, kFault]) {
        await look(page, csv);
        const { found } = await page.evaluate(latinWords, known);
        assert.deepEqual(found, [], language);
        assert.ok((await tooWide(page)).every((wide) => wide <= 1), String(await tooWide(page)));
      }
      await picture(page, `list-${language}`);
    });
  }
});
