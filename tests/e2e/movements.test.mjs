// SPDX-License-Identifier: Apache-2.0
//
// Humanitarian movements, the convoy's own page and cases in a real Chromium on the fixture: the
// board, overdue and late, emergencies, the notice, acts from the road over a cut line, the case's
// line of entries and who is late.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapIdle, picture, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { protectionNames } from "./fixture/protection.mjs";
import { live, open, posted, says, send, text, tooWide } from "./notices.mjs";
import { inLanguage, latinWords, namesOf } from "./words.mjs";

before(startBrowser);
after(stopBrowser);

const kCase = "c".repeat(32);

// --- Movements -----------------------------------------------------------------------------------

test("the board puts the overdue first and loudly, shows the next sign, and a late notice as late", async () => {
  await withPage({}, async (page) => {
    await open(page, "#/movements", "[data-movement=relief-40]");
    assert.equal(await page.locator(".board li").first().getAttribute("data-movement"), "relief-40");
    assert.match(await text(page, "[data-movement=relief-40] .overdue-line"), /Overdue: no sign for 12:00 longer than was said/);
    assert.equal(await page.getAttribute("[data-movement=relief-40] .overdue-line", "role"), "alert");
    assert.match(await text(page, "[data-movement=relief-40]"), /3 steps missing/);
    assert.match(await text(page, "[data-movement=north-150]"), /under way.*Next sign expected in (40:00|39:5\d)/);
    assert.match(await text(page, "[data-movement=north-152]"), /late notice: 2:00:00 ahead/);
    assert.match(await text(page, "section[aria-labelledby=movements-over]"), /Blankets.*arrived/);
    assert.match(await text(page, ".standing"), /Not being listed removes no protection/);
    assert.equal(await page.getAttribute(".tab[href='#/movements']", "aria-current"), "page");
    await mapIdle(page);
    await picture(page, "movements-board");
  });
});

test("one movement shows its route, its vehicles' markings with none written out, and the chain", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/movements/relief-40", "#movement-receipts");
    assert.match(await text(page, "section[aria-labelledby=movement-vehicles]"), /truck ?white ?R 104 ?flag on the roof ?blue light ?none/);
    assert.match(await text(page, "[data-chain=south] [data-step=received]"), /missing for .*, overdue/);
    await page.click("[data-act=received]");
    await send(page);
    await says(page, "[data-chain=north] [data-step=received]", /✓/);
    assert.deepEqual(posted(fixture, "/api/movements/relief-40/received"), [{}]);
    await page.click("[data-act=disseminated]");
    await page.fill("#unit-0-name", "Tower");
    await send(page);
    await says(page, "[data-chain=north]", /Tower/);
    await mapIdle(page);
    await picture(page, "movements-one");
  });
});

test("depart, check in, delay, arrive and cancel", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/movements/north-152", "#movement-acts");
    await page.click("[data-act=depart]");
    await send(page);
    await page.waitForSelector("[data-act=checkin]");
    assert.match(posted(fixture, "/api/movements/north-152/depart")[0].at, /^2016-08-15T10:4\d:\d\dZ$/);
    await page.click("[data-act=checkin]");
    await page.fill("#ask-point", "nowhere");
    await page.click("#ask-send");
    await page.waitForSelector("dialog .error");
    await page.fill("#ask-point", "36.05 36.86");
    await page.fill("#reason", "At the bridge");
    await send(page);
    const [checkin] = posted(fixture, "/api/movements/north-152/checkin");
    assert.deepEqual(checkin.point, [360500000, 368600000]);
    assert.equal(checkin.text, "At the bridge");
    await page.click("[data-act=delay]");
    await page.selectOption("#ask-delay", "7200");
    await page.fill("#reason", "Road closed");
    await send(page);
    await says(page, "[data-delay]", /Delayed by 2 hours in all: Road closed/);
    await page.click("[data-act=arrive]");
    await send(page);
    await says(page, ".state-line", /arrived/);
    await go(page, "#/movements/north-150");
    await page.waitForSelector("[data-act=cancel]");
    await page.click("[data-act=cancel]");
    await page.fill("#reason", "Turned back");
    await send(page);
    await says(page, ".state-line", /cancelled/);
    assert.deepEqual(posted(fixture, "/api/movements/north-150/cancel"), [{ reason: "Turned back" }]);
  });
});

test("an emergency stands above everything until it is over", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/movements", "[data-movement=relief-40]");
    await page.click("[data-key=emergency-new]");
    await page.selectOption("#ask-choice", "accident");
    await page.fill("#reason", "Two cars");
    await page.fill("#ask-point", "36.05 36.86");
    await send(page);
    await page.waitForSelector("[data-emergency]");
    assert.match(await text(page, "[data-emergency]"), /EMERGENCY ?accident, Northern Air Coordination.*Two cars/);
    assert.ok(await page.evaluate(() => document.querySelector("[data-emergency]").compareDocumentPosition(document.querySelector(".board")) & Node.DOCUMENT_POSITION_FOLLOWING));
    await picture(page, "movements-emergency");
    // It is seen from every view.
    await go(page, "#/record");
    await page.waitForSelector("[data-emergencies='1']");
    assert.match(await text(page, "[data-emergencies]"), /EMERGENCY accident, Northern Air Coordination, 1 emergency is open/);
    await page.click("[data-key=note-emergency]");
    await page.waitForSelector("[data-act=em-received]");
    await page.click("[data-act=em-received]");
    await send(page);
    await page.waitForSelector("[data-act=em-received]", { state: "detached" });
    await page.click("[data-act=em-over]");
    await page.fill("#reason", "All are safe");
    await send(page);
    await page.waitForSelector("[data-emergency]", { state: "detached" });
    assert.deepEqual(posted(fixture, "/api/emergencies"), [{ kind: "accident", text: "Two cars", point: [360500000, 368600000] }]);
  });
});

test("notice is given: the route in order, every marking written, nobody by default", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/movements/new", "#movement-form");
    await page.click("#movement-send");
    await says(page, "#e-movement-contact", /Who can be reached on the way/);
    await says(page, "#e-vehicle-0-night", /Write the marking, or say that there is none/);
    await says(page, "#e-movement-to", /consent/);
    await page.fill("#movement-name", "Seed for Idlib");
    await page.fill("#movement-persons", "6");
    await page.fill("#movement-contact", "Layla, channel 7");
    await page.fill("#route-0-at", "36.2 37.15");
    await page.fill("#route-1-at", "35.93 36.63");
    await page.fill("#route-0-from", "2016-08-17 08:00");
    await page.fill("#route-0-to", "2016-08-17 08:30");
    await page.fill("#route-1-from", "2016-08-17 08:10");
    await page.fill("#route-1-to", "2016-08-17 11:00");
    await page.fill("#vehicle-0-kind", "truck");
    await page.fill("#vehicle-0-colour", "white");
    await page.fill("#vehicle-0-day", "flag");
    for (const name of ["night", "thermal"]) {
      await page.locator(`.field:has(#vehicle-0-${name}) .none-button`).click();
    }
    await page.check("#movement-to input[value=monitor]");
    await page.click("#movement-send");
    await says(page, "#e-route-1-from", /before the point before it ends/);
    await page.fill("#route-1-from", "2016-08-17 10:00");
    await mapIdle(page);
    await picture(page, "movements-notice");
    await page.click("#movement-send");
    await page.waitForSelector("#movement-receipts");
    const [body] = posted(fixture, "/api/movements");
    assert.deepEqual(body, {
      movement: {
        name: "Seed for Idlib",
        purpose: "aid",
        half_width_mm: 500000,
        persons: 6,
        contact: "Layla, channel 7",
        route: [
          { point: [362000000, 371500000], from: "2016-08-17T08:00:00Z", to: "2016-08-17T08:30:00Z" },
          { point: [359300000, 366300000], from: "2016-08-17T10:00:00Z", to: "2016-08-17T11:00:00Z" },
        ],
        vehicles: [{ kind: "truck", colour: "white", day: "flag", night: "none", thermal: "none" }],
      },
      start: "2016-08-17T08:00:00Z",
      end: "2016-08-17T11:00:00Z",
      checkin_s: 3600,
      emergency: false,
      to: ["monitor"],
    });
  });
});

// --- The convoy ----------------------------------------------------------------------------------

const kPhone = [360, 740];
const kCut = [/ERR_INTERNET_DISCONNECTED|Failed to (fetch|load)|network/i];

test("from the road: here with the device's position, late, arrived; all of it is in the record", async () => {
  const prepare = async (page) => {
    await page.context().grantPermissions(["geolocation"]);
    await page.context().setGeolocation({ latitude: 36.01, longitude: 36.79 });
  };
  await withPage({ prepare, size: kPhone }, async (page, fixture) => {
    await open(page, "#/convoy/north-150", "[data-act=checkin]");
    assert.ok((await tooWide(page)).every((wide) => wide <= 1));
    const box = await page.locator("[data-act=checkin]").boundingBox();
    assert.ok(box.height >= 60 && box.width > 250, "a thumb finds it");
    await page.waitForTimeout(400);
    await picture(page, "convoy");
    await page.click("[data-act=checkin]");
    await says(page, "#convoy-signs", /We are here.*in the record: log entry \d+.*with position/);
    assert.deepEqual(posted(fixture, "/api/movements/north-150/checkin")[0].point, [360100000, 367900000]);
    await page.click("[data-act=delay]");
    await page.click("[data-delay='3600']");
    await says(page, "#convoy-signs", /We are late.*in the record/);
    assert.equal(posted(fixture, "/api/movements/north-150/delay")[0].delay_s, 3600);
    await page.click("[data-act=arrive]");
    await says(page, "#convoy-root", /arrived/);
  });
});

test("over a cut line what was said waits, says so, and goes out by itself; its time is when it was said", async () => {
  await withPage({ size: kPhone, expected: kCut }, async (page, fixture) => {
    await open(page, "#/convoy/north-150", "[data-act=checkin]");
    await page.context().setOffline(true);
    await page.click("[data-act=checkin]");
    await page.waitForSelector("[data-sign=waiting]");
    assert.match(await text(page, "#convoy-signs"), /We are here.*not sent yet.*without position/);
    assert.match(await text(page, ".convoy-waits"), /1 message is not in the record yet/);
    await picture(page, "convoy-offline");
    assert.equal(posted(fixture, "/api/movements/north-150/checkin").length, 0);
    await page.context().setOffline(false);
    await page.waitForSelector("[data-sign=recorded]");
    await page.waitForSelector(".convoy-waits", { state: "detached" });
    assert.equal(posted(fixture, "/api/movements/north-150/checkin").length, 1);
    // What is in the record stays told after the page was opened anew.
    await page.reload();
    await page.waitForSelector("[data-sign=recorded]");
    assert.equal(posted(fixture, "/api/movements/north-150/checkin").length, 1);
  });
});

test("an emergency takes its kind and one more press; what the node does not take is said", async () => {
  await withPage({ size: kPhone, expected: [/400/] }, async (page, fixture) => {
    await open(page, "#/convoy/north-150", "[data-act=emergency]");
    await page.click("[data-act=emergency]");
    assert.equal(await page.locator("#convoy-confirm").count(), 0);
    await page.click("[data-kind=under_fire]");
    assert.equal(posted(fixture, "/api/movements/north-150/emergency").length, 0, "one press sends nothing");
    assert.match(await text(page, "#convoy-confirm"), /Send now: under fire/);
    await picture(page, "convoy-emergency");
    await page.click("#convoy-confirm");
    await says(page, "#convoy-signs", /Emergency.*in the record/);
    assert.equal(posted(fixture, "/api/movements/north-150/emergency")[0].kind, "under_fire");
    fixture.protectionError = { code: "movement_over", number: 1, text: "It has arrived already." };
    await page.click("[data-act=arrive]");
    await page.waitForSelector("[data-sign=refused]");
    assert.match(await text(page, "[data-sign=refused]"), /the node did not take it: It has arrived already/);
  });
});

// --- Cases ---------------------------------------------------------------------------------------

test("cases are listed with figures; one is a line of entries with reasons, and says who is late", async () => {
  await withPage({}, async (page, fixture) => {
    await open(page, "#/cases", "[data-case]");
    assert.match(await text(page, "section[aria-labelledby=case-statistics]"), /Steps overdue ?1.*Not observed is not zero/);
    assert.match(await text(page, `[data-case="${kCase}"]`), /Eastern hospital.*incident report ?90 m.*open ?1 step overdue ?contested/);
    await picture(page, "cases-list");
    await page.click(`[data-key="case-${kCase}"]`);
    await page.waitForSelector("#case-refs");
    assert.match(await text(page, "[data-case-step=acknowledge-south]"), /acknowledge, Southern Air Coordination.*missing for 4:00:00, overdue/);
    assert.match(await text(page, "[data-case-step=acknowledge-north]"), /✓.*We have taken notice/);
    assert.match(await text(page, "[data-why=event]"), /what opened it, log entry 9 of Neutral/);
    assert.match(await text(page, "#extract"), /^detente extract --data DIR --case c{32} --out/);
    assert.match(await text(page, "#main"), /It is no verdict/);
    await page.evaluate(() => document.querySelector("#main").scrollTo(0, 380));
    await picture(page, "cases-one");
    await page.click("[data-act=information]");
    await page.fill("#reason", "Our aircraft were on the ground.");
    await send(page);
    await says(page, "[data-case-step=information-north]", /✓.*Our aircraft were on the ground/);
    assert.deepEqual(posted(fixture, `/api/cases/${kCase}/steps`), [{ step: "information", text: "Our aircraft were on the ground." }]);
  });
});

// --- All of them ---------------------------------------------------------------------------------

const kHostile = `<img src=x onerror="document.title='taken'">\u202e${"A".repeat(300)}`;

test("hostile words are shown as words, and nothing is too wide", async () => {
  const prepare = (page, { protection: desk }) => {
    Object.assign(desk.movements[0], { name: kHostile, contact: kHostile, delay_s: 60, delay_why: kHostile });
    Object.assign(desk.movements[0].vehicles[0], { kind: kHostile, plate: kHostile });
    desk.addEmergency({ kind: "constructor", text: kHostile }, { party: "north", index: 7 }, "relief-40");
    Object.assign(desk.cases[0], { name: kHostile });
  };
  await withPage({ prepare }, async (page) => {
    await live(page);
    for (const [hash, selector] of kWalk) {
      await go(page, hash);
      await page.waitForSelector(selector);
      assert.equal(await page.locator("#main img").count(), 0);
      assert.ok((await tooWide(page)).every((wide) => wide <= 1), `${hash} ${await tooWide(page)}`);
    }
    assert.notEqual(await page.title(), "taken");
  });
});

const kWalk = [
  ["#/movements", "[data-movement]"],
  ["#/movements/relief-40", "#movement-receipts"],
  ["#/movements/new", "#movement-form"],
  ["#/convoy/north-150", "[data-act=checkin]"],
  ["#/cases", "[data-case]"],
  [`#/cases/${kCase}`, "#case-refs"],
];

test("in Arabic and Russian every word is in the language, and nothing is too wide", async () => {
  for (const [language, size, scheme] of [
    ["ar", [1440, 900], "dark"],
    ["ar", [360, 740], "light"],
    ["ru", [1440, 900], "light"],
  ]) {
    const prepare = async (page, { protection: desk }) => {
      await inLanguage(language)(page);
      desk.addEmergency({ kind: "accident", text: "" }, { party: "north", index: 7 }, "relief-40");
    };
    await withPage({ prepare, size, scheme }, async (page, fixture) => {
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
        await picture(page, `movements-${language}-${size[0]}${hash.slice(0, 20).replace(/\W+/g, "-")}`);
      }
    });
  }
});
