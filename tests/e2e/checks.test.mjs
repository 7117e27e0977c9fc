// SPDX-License-Identifier: Apache-2.0
//
// Private checks in a real Chromium on the fixture: in the form of an activity from the start to
// filing, in the view of the list's keeper, and the registrar's private list. What a check does not
// do is said first; which site is near is never said.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapIdle, picture, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { protectionNames } from "./fixture/protection.mjs";
import { live, open, posted, says, text, tooWide } from "./notices.mjs";
import { faultsOf } from "./openapi.mjs";
import { inLanguage, latinWords, namesOf } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

const demand = (page, fixture) => {
  fixture.world.terms = true;
  fixture.checksDesk.demand();
};
const kNever = /Eastern hospital|relief-17|Girls' school/;

async function fillPlan(page) {
  const fields = {
    callsigns: "HERON31",
    place: "Idlib",
    point: "35.9305 36.6339",
    "v0-points": "35.8 36.5\n35.8 36.8\n36.0 36.8\n36.0 36.5",
    "v0-lower": "9000",
    "v0-upper": "11000",
    "v0-start": "2016-08-17 06:00",
    "v0-end": "2016-08-17 08:00",
  };
  for (const [name, value] of Object.entries(fields)) await page.fill(`#f-${name}`, value);
}

test("the form names the checks, starts them, follows them, and files the plan with them", async () => {
  await withPage({ prepare: demand }, async (page, fixture) => {
    await open(page, "#/plan", "#plan-form");
    await says(page, "#plan-private", /A check tells a planner that something is there\. It protects people only if the planner wants to keep away/);
    await says(page, "#private-wanted", /against the plans of Southern Air Coordination.*6\.1.*against the private list of Relief Flights.*6\.2/);
    await page.click("#private-start");
    assert.equal(await page.locator("dialog").count(), 0, "a plan with faults is not checked");
    await fillPlan(page);
    await page.click("#private-start");
    await says(page, "dialog", /committed to on the record without being shown/);
    await page.click("#ask-send");
    await page.waitForSelector("[data-check=plans-south][data-state=making]");
    await says(page, "[data-check=plans-south]", /the list is being made.*812 cells of the plan, padded to 1,024/);
    await says(page, "[data-check=sites-relief]", /waits for the epoch to begin/);
    assert.equal(await page.locator("#private-start").count(), 0, "not twice for the same plan");

    await page.click("#plan-file");
    await page.waitForSelector("#file-unchecked");
    await page.click("dialog button:not(#ask-send)");

    await page.fill("#f-v0-upper", "12000");
    await says(page, "#private-stale", /changed since its checks were started/);
    await page.fill("#f-v0-upper", "11000");
    await page.waitForSelector("[data-check=plans-south]");

    fixture.checksDesk.finish();
    fixture.emit("psi", {});
    await says(page, "[data-check=plans-south]", /2 of your cells are also cells of plans of Southern Air Coordination/);
    await says(page, "[data-check=sites-relief]", /Near a protected site\. Which one is not told/);
    await says(page, "#private-ready", /Every check .* is done/);
    assert.doesNotMatch(await text(page, "#plan-private"), kNever);
    await page.locator("#plan-private").scrollIntoViewIfNeeded();
    await mapIdle(page);
    await picture(page, "checks-plan");

    await page.click("#plan-file");
    await page.waitForSelector("#ask-send");
    assert.equal(await page.locator("#file-unchecked").count(), 0);
    await page.click("#ask-send");
    await page.waitForFunction(() => location.hash.startsWith("#/activity/"));
    const [begun] = posted(fixture, "/api/checks/plans");
    const [sent] = posted(fixture, "/api/activities");
    const plans = { now: fixture.world.now(), plans: fixture.checksDesk.plans };
    assert.deepEqual(faultsOf("/api/checks/plans", "get", 200, plans), []);
    assert.deepEqual(begun, { purpose: sent.purpose, volumes: sent.volumes }, "the very plan that is filed");
    assert.equal(sent.check, fixture.checksDesk.plans[0].id);
  });
});

test("without a demand in the agreement the form says nothing of checks, and files without them", async () => {
  await withPage({}, async (page) => {
    await open(page, "#/plan", "#plan-form");
    await page.waitForFunction(() => document.querySelector("#plan-private")?.textContent === "");
  });
});

test("an activity shows which checks it needs and how far each is", async () => {
  const prepare = (page, fixture) => {
    const [one] = fixture.world.activities;
    one.check_plan = "north-12";
    one.checks = [
      { clause: "6.1", purpose: "plans", with: "south", with_name: "Southern Air Coordination", stage: "done" },
      { clause: "6.2", purpose: "sites", with: "relief", with_name: "Relief Flights", stage: "none" },
    ];
    assert.deepEqual(faultsOf("/api/activities", "get", 200, { activities: [one] }), []);
  };
  await withPage({ prepare }, async (page, fixture) => {
    await open(page, `#/activity/${fixture.world.activities[0].id}`, "#activity-checks");
    await says(page, "#activity-checks [data-stage=done]", /Southern Air Coordination.*done/);
    await says(page, "#activity-checks [data-stage=none]", /Relief Flights.*not run/);
  });
});

test("the keeper of a list sees who asked, how often, about what, and what stands out", async () => {
  await withPage({ prepare: demand, role: "registrar" }, async (page, fixture) => {
    assert.deepEqual(faultsOf("/api/checks", "get", 200, fixture.checksDesk.answer()), []);
    await open(page, "#/checks", "#check-askers");
    assert.match(await text(page, "#main"), /^Private checks ?A check tells a planner/, "first what it does not do");
    assert.equal(await page.getAttribute(".tab[href='#/checks']", "aria-current"), "page");
    await says(page, "[data-asker=south]", /Southern Air Coordination.*Relief Flights.*9.*7.*5.*asked about the same plan more than once.*filed as no activity: 5 plans/);
    assert.equal(await page.getAttribute("[data-asker=north]", "data-notes"), "");
    await says(page, "[data-query=south-41]", /south-39/);
    await says(page, "[data-query=south-37]", /filed as no activity.*missing/);
    await says(page, "[data-query=north-12]", /drawn for the audit/);
    await says(page, "[data-epoch=south-north-plans]", /frozen.*counted different numbers.*Tokens posted: 60,000 of 65,536/);
    assert.equal(await page.getAttribute("[data-epoch=south-north-plans] meter >> nth=1", "value"), "60000");
    await says(page, "#check-faults", /has not shown the seed.*budget of this epoch/);
    await says(page, "#check-terms", /Plans are compared privately/);
    await picture(page, "checks-keeper");
    await page.locator("#check-epochs").scrollIntoViewIfNeeded();
    await picture(page, "checks-epochs");
  });
});

test("the registrar's private list: verdicts, whole or not at all, and its state", async () => {
  const kGood = "name,category,function,latitude,longitude\nShelter A,camp,shelter,35.10000,36.60000\n";
  await withPage({ prepare: demand, role: "registrar" }, async (page, fixture) => {
    await open(page, "#/checks", "#private-form");
    await says(page, "#main", /The sites stay on this node/);
    const choose = (csv) => page.setInputFiles("#private-file", { name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await page.click("#private-check");
    await says(page, "#e-private-file", /Choose a file/);
    await choose(`${kGood}Bakery,bakery,bakery,35.2,36.7\n`);
    await page.click("#private-check");
    await says(page, "#list-status", /1 row has a fault/);
    assert.equal(await page.locator("#private-send").count(), 0);
    await choose(kGood);
    await page.click("#private-check");
    await page.click("#private-send");
    await says(page, "#private-done", /1 site is committed to; its places are not on the record/);
    await page.waitForSelector("#check-lists [data-list]");
    await says(page, "#check-lists", /1 site.*waits for the epoch/);
    assert.equal(posted(fixture, "/api/checks/lists").length, 1);
    const answers = [fixture.privateList({ text: kGood, dry_run: true }), fixture.privateList({ text: kGood })];
    for (const { status, body } of answers) {
      assert.deepEqual(faultsOf("/api/checks/lists", "post", status, body), []);
    }
    const lists = { now: fixture.world.now(), lists: fixture.checksDesk.lists };
    assert.deepEqual(faultsOf("/api/checks/lists", "get", 200, lists), []);
    await picture(page, "checks-list");
  });
  await withPage({ prepare: demand, role: "reader" }, async (page) => {
    await open(page, "#/checks", "#check-askers");
    assert.equal(await page.locator("#private-form, #check-plans").count(), 0);
  });
});

test("in Arabic and Russian every word of private checks is in the language", async () => {
  for (const [language, size, role] of [
    ["ar", [390, 844], "duty_officer"],
    ["ru", [1440, 900], "registrar"],
  ]) {
    const prepare = async (page, fixture) => {
      await inLanguage(language)(page);
      demand(page, fixture);
      fixture.checksDesk.addPlan({ purpose: "patrol" }, { party: "north", index: 12 });
      fixture.checksDesk.finish();
    };
    await withPage({ prepare, size, role }, async (page, fixture) => {
      await live(page);
      const known = [...namesOf(fixture), ...protectionNames(fixture.protection), "GeoJSON", "CSV", "KMZ", "KML", "XLSX", "name", "category", "function", "latitude", "longitude"].sort((a, b) => b.length - a.length);
      for (const [hash, selector] of [
        ["#/checks", "#check-askers"],
        ["#/plan", "#check-limits"],
      ]) {
        if (role === "registrar" && hash === "#/plan") continue;
        await go(page, hash);
        await page.waitForSelector(selector);
        const { found } = await page.evaluate(latinWords, known);
        assert.deepEqual(found, [], `${language} ${hash}`);
        assert.ok((await tooWide(page)).every((wide) => wide <= 1), `${language} ${hash} ${await tooWide(page)}`);
        await picture(page, `checks-${language}${hash.replace(/\W+/g, "-")}`);
      }
    });
  }
});
