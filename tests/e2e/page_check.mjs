// SPDX-License-Identifier: Apache-2.0
//
// Looks at the page of a running node in a real Chromium: it loads without an error or an outside
// request, the map draws, every view opens in every language, and in every log the oldest, a
// middle and the newest entry are proved by the browser. Changes nothing on the node.
//   node tests/e2e/page_check.mjs BASE_URL [TOKEN] [NAME [OTHER_BASE_URL OTHER_TOKEN]]
// With the desk of another party's duty officer it also files: the other one an activity, and this
// page another that meets it, by a way out that its node finds; and the other node must get it.
// Pictures go to build/screenshots/NAME-*.png ("node" by default).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { go, mapIdle, openPage, picture, ready, startBrowser, stopBrowser } from "./browser.mjs";

const [base, token, name = "node", otherBase, otherToken] = process.argv.slice(2);
if (base === undefined) {
  console.error("usage: page_check.mjs BASE_URL [TOKEN] [NAME [OTHER_BASE_URL OTHER_TOKEN]]");
  process.exit(2);
}
const address = `${base.replace(/\/$/, "")}/${token ? `#token=${token}` : ""}`;

async function ask(page, path) {
  return page.evaluate(async (what) => {
    const held = sessionStorage.getItem("detente-token");
    const headers = held === null ? {} : { Authorization: `Bearer ${held}` };
    return (await fetch(what, { headers })).json();
  }, path);
}

async function proveLogs(page) {
  const { logs } = await ask(page, "/api/state");
  assert.ok(logs.length > 0, "the node holds logs");
  for (const { party } of logs) {
    const { size } = await ask(page, `/api/log/${party}?count=1`);
    assert.ok(size > 0, `the log of ${party} has entries`);
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      await go(page, `#/record/${party}/${index}`);
      await page.waitForSelector("#payload");
      await page.click("#check-proof");
      await page.waitForSelector("#proof-result .verdict");
      const steps = await page.locator("#proof-result").innerText();
      assert.equal(
        await page.locator(".proof-bad, .proof-unknown").count(),
        0,
        `${party} ${index}:\n${steps}`,
      );
      await page.click("#check-tampered");
      await page.waitForSelector("#proof-result .verdict.bad");
    }
    console.log(`ok    proofs of the log of ${party}, ${size} entries`);
  }
}

const kLanguages = ["ru", "ar", "en"]; // it begins and ends in English
const kArrivalMs = 30000;

async function speak(page, language) {
  await page.selectOption("#language", language);
  await page.waitForFunction((to) => document.documentElement.lang === to, language);
}

/** A picture in every language; `fits(language)` looks at the view in each. */
async function inEveryLanguage(page, what, fits) {
  for (const language of kLanguages) {
    await speak(page, language);
    await page.waitForTimeout(600); // the agreement in that language arrives
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${what} in ${language} is ${wide} pixels too wide`);
    assert.equal(await page.locator("#main .error").count(), 0, `${what}, ${language}`);
    await fits?.(language);
    await picture(page, `${name}-${what}-${language}`);
  }
  console.log(`ok    ${what}, in ${kLanguages.length} languages`);
}

async function until(what, holds) {
  const end = Date.now() + kArrivalMs;
  while (!(await holds())) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function other(path, body) {
  const response = await fetch(`${otherBase.replace(/\/$/, "")}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${otherToken}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: await response.json() };
}

/** As it is signed: latitude first, in whole units of 1e-7 degrees. */
const e7 = ([lng, lat]) => [lat, lng].map((degrees) => Math.round(degrees * 1e7));

/** Where and when the plans below are: around the agreement's first place, three days ahead. */
async function around(page) {
  const { places, areas } = await ask(page, "/api/agreement");
  const { now } = await ask(page, "/api/state");
  const [place] = places;
  assert.ok(place !== undefined, "the agreement names places");
  const [lng, lat] = place.point;
  const corners = [
    [lng - 0.05, lat - 0.04],
    [lng - 0.05, lat + 0.04],
    [lng + 0.05, lat + 0.04],
    [lng + 0.05, lat - 0.04],
  ];
  const date = (days) => new Date(Date.parse(now) + days * 86400000).toISOString().slice(0, 10);
  return { place, corners, date, areas };
}

/** The form is filled; with a flexibility where ways out are wanted. */
async function writePlan(page, { place, corners, date }, more = {}) {
  await go(page, "#/plan");
  await page.waitForSelector("#plan-form");
  const line = ([lng, lat]) => `${lat.toFixed(5)} ${lng.toFixed(5)}`;
  const fields = {
    place: place.name,
    point: line(place.point),
    "v0-points": corners.map(line).join("\n"),
    "v0-lower": "41000",
    "v0-upper": "42000",
    "v0-start": `${date(3)} 06:00`,
    "v0-end": `${date(3)} 08:00`,
    ...more,
  };
  for (const [field, value] of Object.entries(fields)) await page.fill(`#f-${field}`, value);
  await page.waitForSelector("#plan-status:not(.waits)");
  assert.equal(await page.locator("#main .error, .fault:visible").count(), 0);
}

/** A plan is checked, not filed. */
async function checkPlan(page, where) {
  await writePlan(page, where);
  assert.ok((await page.locator("#plan-answer h3").count()) >= 2);
  console.log(`ok    a plan was checked: ${await page.textContent("#plan-status")}`);
  await page.click("[data-key=plan-clear]");
}

/** The other party's activity, as its own officer files it. */
async function fileOther({ place, corners, date }) {
  const filed = await other("/api/activities", {
    purpose: "survey",
    operator: (await other("/api/hello")).answer.party,
    callsigns: ["OTHER1"],
    aircraft: [],
    place: { name: place.name, point: e7(place.point) },
    volumes: [
      {
        area: { polygon: corners.map(e7) },
        altitude: { lower_mm: 12192000, upper_mm: 12801600, reference: "STD" },
        time: { start: `${date(3)}T06:00:00Z`, end: `${date(3)}T08:00:00Z` },
      },
    ],
  });
  assert.equal(filed.status, 201, JSON.stringify(filed.answer));
  return filed.answer.id;
}

/** A plan meets the other party's, is moved by a way out, is filed, and arrives. */
async function planAndFile(page, where) {
  const theirs = await fileOther(where);
  await until("the other's activity has come", async () => {
    const { activities } = await ask(page, "/api/activities");
    return activities.some(({ id }) => id === theirs);
  });
  await writePlan(page, where, { callsigns: "OWN1", later: "0", earlier: "0", higher: "10000" });
  await page.waitForSelector(`.conflict a[href="#/activity/${theirs}"]`);
  await page.waitForSelector("#ways button");
  await page.click("[data-key=show-conflict-0]");
  await page.waitForTimeout(1000); // the map comes to the plan
  await inEveryLanguage(page, "plan", async () => {
    await page.waitForSelector("#ways button");
    assert.equal(await page.inputValue("#f-callsigns"), "OWN1");
    assert.match(await page.inputValue("#f-v0-points"), /^\d/);
  });
  const wayOut = page.locator("#ways button", { hasText: "higher" }).first();
  const way = (await wayOut.textContent()).replace(/[\u2066-\u2069]/g, "");
  await wayOut.click();
  await page.waitForSelector("#plan-status.good");
  assert.equal(await page.locator(".conflict").count(), 0);
  console.log(`ok    a plan met another's, and a way out freed it: ${way}`);
  await page.click("#plan-file");
  await page.click("#ask-send");
  await page.waitForFunction(() => location.hash.startsWith("#/activity/"));
  const id = (await page.evaluate(() => location.hash)).split("/")[2];
  await page.waitForSelector("#timeline .step");
  await until("the filed activity has come to the other node", async () => {
    const { status, answer } = await other(`/api/activities/${id}`);
    return status === 200 && answer.callsigns?.[0] === "OWN1";
  });
  await inEveryLanguage(page, "filed");
  console.log("ok    it was filed, and the other node has it");
}

/** The agreement is asked, and its course is looked at. */
async function askAndCourse(page, { areas, date }) {
  const when = `start=${date(0)} 10:00&end=${date(0)} 11:00`;
  await go(page, `#/ask?purpose=patrol&where=area&area=${areas[0].id}&${when}`);
  await page.waitForSelector("#big-answer");
  await inEveryLanguage(page, "asked", async (language) => {
    await page.waitForSelector("#big-answer");
    const { clauses } = await ask(page, `/api/agreement?language=${language}`);
    const words = clauses.map(({ text }) => text);
    const shown = await page.locator("#ask-answer .reason q").allTextContents();
    for (const text of shown) assert.ok(words.includes(text), `${language}: ${text}`);
  });
  console.log(`ok    the agreement was asked: ${await page.textContent("#big-answer")}`);
  const { stages } = await ask(page, "/api/agreement/course");
  await go(page, "#/course");
  await page.waitForSelector("#stages");
  await page.locator("#stages").scrollIntoViewIfNeeded();
  await inEveryLanguage(page, "board", async () => {
    assert.equal(await page.locator("[data-stage]").count(), stages.length);
    // What a condition waits for is told by the catalogue; the node's English would be marked.
    assert.equal(await page.locator("[data-stage] .need .said[lang=en]").count(), 0);
    const unmet = stages.flatMap(({ conditions }) => conditions).filter(({ met }) => !met);
    assert.ok((await page.locator("[data-stage] .need:not(.done)").count()) >= unmet.length);
  });
}

const document = readFileSync(new URL("../../docs/api/openapi.yaml", import.meta.url), "utf8");
const answersPlans = document.includes("/api/plans/check:");
// A node without these answers says so, and the browser writes that on its console.
const answersAll = document.includes("/api/hotline:") && document.includes("/api/utm:");
const expected = answersAll ? [] : [/status of 404/];

await startBrowser();
try {
  for (const scheme of ["light", "dark"]) {
    await openPage(address, { scheme, expected }, async (page) => {
      await ready(page);
      await page.waitForSelector("body[data-line=open]");
      await mapIdle(page);
      await page.waitForTimeout(1000);
      await picture(page, `${name}-map-${scheme}`);
      console.log(`ok    the map, ${scheme}`);
      if (scheme === "dark") return;
      const { activities } = await ask(page, "/api/activities");
      const { findings } = await ask(page, "/api/findings");
      const views = [
        ...(activities.length > 0 ? [`#/activity/${activities[0].id}`] : []),
        ...(findings.length > 0 ? [`#/finding/${findings[0].id}`] : []),
        "#/record",
        "#/agreement",
        "#/course",
        "#/plan",
        "#/ask",
      ];
      const inside = { "#/course": "#stages", "#/plan": "#plan-form", "#/ask": "#ask-form" };
      for (const hash of views) {
        await go(page, hash);
        if (hash in inside) await page.waitForSelector(inside[hash]);
        await page.waitForTimeout(500);
        assert.equal(await page.locator("#main .error").count(), 0, hash);
        await picture(page, `${name}-${hash.split("/")[1]}`);
        console.log(`ok    ${hash}`);
      }
      if (answersPlans) {
        const where = await around(page);
        await checkPlan(page, where);
        if (otherToken !== undefined) await planAndFile(page, where);
        await askAndCourse(page, where);
      }
      await proveLogs(page);
    });
  }
} finally {
  await stopBrowser();
}
console.log("The page holds.");
