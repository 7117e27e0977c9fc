// SPDX-License-Identifier: Apache-2.0
//
// Looks at the page of a running node in a real Chromium: it loads without an error or an outside
// request, the map draws, every view opens in every language, and in every log the oldest, a
// middle and the newest entry are proved by the browser. Changes nothing on the node.
//   node tests/e2e/page_check.mjs BASE_URL [TOKEN] [NAME [OTHER_BASE_URL OTHER_TOKEN]]
// With the desk of another party's duty officer it also files: the other one an activity, and this
// page another that meets it, by a way out that its node finds; and the other node must get it.
// Then they talk: STOP both ways with its alarm, a warning, a message that is read in three
// languages, a test call that is answered, and two accounts of one voice call.
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

/** STOP from one to the other: the alarm, its step, and the acknowledgement on both sides. */
async function stopBothWays(page) {
  const reason = "Our aircraft is in the corridor";
  const sent = await other("/api/stops", { reason });
  assert.equal(sent.status, 201);
  const alarm = `[data-stop="${sent.answer.id}"]`;
  await page.waitForSelector(`${alarm}.loud`);
  const began = Date.now();
  await inEveryLanguage(page, "alarm", async () => {
    await page.waitForFunction(
      ([where, text]) => document.querySelector(where)?.textContent.includes(text),
      [alarm, reason],
    );
    assert.match(await page.textContent(`${alarm} .clock .age`), /\d:\d\d/);
    assert.match(await page.textContent(`${alarm} .escalation`), /[123].*3/);
  });
  assert.match(await page.textContent(alarm), /^STOP/);
  await page.click(`${alarm} [data-key^=ack-]`);
  await page.click("#ask-send");
  await page.waitForSelector(`${alarm}.loud`, { state: "detached" });
  await until("the sender sees the acknowledgement", async () => {
    const { answer } = await other("/api/stops");
    return answer.stops.find(({ id }) => id === sent.answer.id)?.acks.length > 0;
  });
  await other(`/api/stops/${sent.answer.id}/lift`, { reason: "It has passed" });
  await page.waitForSelector(alarm, { state: "detached" });
  console.log(`ok    STOP of the other side: alarm, acknowledgement, lifted (${Date.now() - began} ms)`);
  await page.click("#stop");
  await page.fill("#reason", "Relief flight in the corridor");
  await page.click("#ask-send");
  await page.waitForSelector(".alarm.waits.of-stop");
  const own = await page.getAttribute(".alarm.waits.of-stop", "data-stop");
  await until("the other side has the STOP", async () => {
    const { status } = await other(`/api/stops/${own}/ack`, {});
    return status === 201;
  });
  await page.waitForSelector(".alarm.calm.of-stop");
  await page.click(`[data-key=lift-${own}]`);
  await page.fill("#reason", "It has landed");
  await page.click("#ask-send");
  await page.waitForSelector(".alarm.of-stop", { state: "detached" });
  console.log("ok    the own STOP: sent, acknowledged there, lifted");
}

/** A warning from here, with a place on the map; acknowledged there, and over. */
async function warnOther(page, { place }) {
  await go(page, "#/hotline/warn");
  await page.waitForSelector("#warn-form");
  const [lng, lat] = place.point;
  await page.fill("#warn-center", `${lat.toFixed(5)} ${lng.toFixed(5)}`);
  await page.fill("#warn-text", "Наш аэростат сорвался");
  await page.selectOption("#warn-language", "ru");
  await page.waitForTimeout(500);
  await inEveryLanguage(page, "warn", () => page.waitForSelector("#warn-form"));
  await page.click("#warn-send");
  await page.waitForSelector(".alarm.waits.of-warning");
  const id = await page.getAttribute(".alarm.waits.of-warning", "data-alarm");
  await until("the other side has the warning", async () => {
    const { status } = await other(`/api/hotline/warnings/${id}/ack`, {});
    return status === 201;
  });
  await page.waitForSelector(".alarm.of-warning", { state: "detached" });
  await go(page, `#/warning/${id}`);
  await page.waitForSelector(`[data-warning="${id}"] [data-event=none]`);
  await picture(page, `${name}-warning`);
  await page.click(`[data-key=warning-over-${id}]`);
  await page.fill("#reason", "It has landed");
  await page.click("#ask-send");
  await page.waitForSelector(`[data-key=warning-over-${id}]`, { state: "detached" });
  console.log("ok    a warning with a place: sent, acknowledged there, over");
}

/** A message of the other side, read here in three languages; the answer goes back. */
async function talk(page, { place }) {
  const { party } = await ask(page, "/api/hello");
  const [lat_e7, lng_e7] = e7(place.point);
  const { forms } = await ask(page, "/api/hotline/forms");
  const form = forms.find(({ code }) => code === "aircraft_in_difficulty") ?? forms[0];
  const fields = {
    callsign: "OTH1",
    place: { lat_e7, lng_e7, name: place.name },
    altitude: 2400,
    difficulty: "fuel",
  };
  const text = "Экипаж просит освободить коридор";
  const sent = await other("/api/hotline/messages", {
    form: form.code,
    fields,
    text,
    language: "ru",
    to: [party],
  });
  assert.equal(sent.status, 201, JSON.stringify(sent.answer));
  await go(page, "#/hotline");
  const message = `[data-message="${sent.answer.id}"]`;
  await page.waitForSelector(message);
  const { messages } = await ask(page, "/api/hotline");
  const { rendered } = messages.find(({ id }) => id === sent.answer.id);
  await inEveryLanguage(page, "message", async (language) => {
    await page.waitForSelector(message);
    await page.locator(message).scrollIntoViewIfNeeded();
    assert.equal(await page.textContent(`${message} .rendered`), rendered[language]);
    assert.equal(await page.getAttribute(`${message} .rendered`, "dir"), language === "ar" ? "rtl" : "ltr");
    assert.ok((await page.textContent(message)).includes(text), "the original below");
  });
  await page.click(`[data-key=read-${sent.answer.id}]`);
  await page.click("#ask-send");
  await until("the sender sees who has read it", async () => {
    const { answer } = await other("/api/hotline");
    return answer.messages.find(({ id }) => id === sent.answer.id)?.reads.length > 0;
  });
  // What the page shows before sending is what the other node renders.
  await page.click(`[data-key=reply-${sent.answer.id}]`);
  await page.waitForSelector("#write-form");
  await page.selectOption("#m-form", form.code);
  await page.fill("#m-callsign", "OWN1");
  await page.fill("#m-place", `${place.point[1].toFixed(5)} ${place.point[0].toFixed(5)}`);
  await page.fill("#m-place-name", place.name);
  await page.selectOption("#m-difficulty", "engine");
  const shown = {};
  for (const language of kLanguages) {
    shown[language] = await page.textContent(`[data-preview=${language}]`);
  }
  await page.click("#write-send");
  await page.waitForFunction(() => location.hash === "#/hotline");
  let answered;
  await until("the other node has the answer", async () => {
    const { answer } = await other("/api/hotline");
    answered = answer.messages.find(({ reply_to }) => reply_to === sent.answer.id);
    return answered !== undefined;
  });
  for (const language of kLanguages) {
    const plainText = answered.rendered[language].replace(/[\u2066-\u2069]/g, "");
    assert.equal(shown[language], plainText, language);
  }
  console.log("ok    a message was read in three languages and answered");
}

/** The watch is taken, a test call of the other side is answered here, and one of ours there. */
async function testLine(page) {
  const { party } = await ask(page, "/api/hello");
  await go(page, "#/hotline");
  await page.click(`[data-key=watch-on-${party}]`);
  await page.click("#ask-send");
  await page.waitForSelector(`[data-line-card=${party}] [data-manned=true]`);
  await until("the other side sees that the line is manned", async () => {
    const { answer } = await other("/api/hotline");
    return answer.lines.find((line) => line.party === party)?.manned === true;
  });
  assert.equal((await other("/api/hotline/tests", { to: party })).status, 201);
  await page.click(`[data-key=test-answer-${party}]`);
  await page.click("#ask-send");
  await page.waitForSelector(`[data-line-card=${party}] [data-test=answered]`);
  await until("the caller sees the answer", async () => {
    const { answer } = await other("/api/hotline");
    return answer.lines.find((line) => line.party === party)?.test?.answered !== undefined;
  });
  await inEveryLanguage(page, "lines");
  await page.click(`[data-key=watch-off-${party}]`);
  await page.fill("#reason", "End of the check");
  await page.click("#ask-send");
  await page.waitForSelector(`[data-line-card=${party}] [data-manned=false]`);
  console.log("ok    the watch was taken and left, and a test call was answered");
}

/** A call that the other side has recorded gets its second account. */
async function recordCall(page) {
  const { party } = await ask(page, "/api/hello");
  const { now } = await ask(page, "/api/state");
  const at = (ms) => new Date(Date.parse(now) + ms).toISOString().replace(/\.\d+Z$/, "Z");
  const account = { with: party, began: at(-300000), ended: at(-60000), line: "voice line" };
  const theirs = await other("/api/hotline/calls", {
    ...account,
    language: "ru",
    summary: "Уточнили частоту.",
  });
  assert.equal(theirs.status, 201, JSON.stringify(theirs.answer));
  await go(page, "#/hotline");
  await page.click(`[data-key=call-about-${theirs.answer.id}]`);
  await page.fill("#reason", "We agreed on a frequency.");
  await page.click("#ask-send");
  await page.waitForFunction(
    (id) => document.querySelector(`[data-call="${id}"]`)?.parentElement.querySelectorAll("[data-call]").length === 2,
    theirs.answer.id,
  );
  console.log("ok    two accounts of a call stand side by side");
}

/** Lists of the humanitarian body and private checks, as the node has them, in every language. */
async function protectedAndChecks(page) {
  const { sites } = await ask(page, "/api/sites?count=1");
  const { movements } = await ask(page, "/api/movements");
  const { cases } = await ask(page, "/api/cases");
  const { standing } = await ask(page, "/api/protection");
  const first = (list, view, member) => (list[0] === undefined ? [] : [[`#/${view}/${list[0][member]}`, "#main .facts"]]);
  const walk = [
    ["#/sites", "#sites-list"],
    ...first(sites, "sites", "key"),
    ["#/movements", "#main"],
    ...first(movements, "movements", "key"),
    ["#/cases", "#main"],
    ...first(cases, "cases", "id"),
    ["#/checks", "#check-limits"],
  ];
  for (const [hash, selector] of walk) {
    await go(page, hash);
    await page.waitForSelector(selector);
    const what = hash.split("/").slice(1, 3).join("-");
    await inEveryLanguage(page, what, async (language) => {
      await page.waitForSelector(selector);
      if (hash === "#/checks") return;
      const shown = (await page.textContent(".standing")).replace(/[\u2066-\u2069]/g, "");
      for (const words of standing) assert.ok(shown.includes(words[language]), `${hash} ${language}`);
    });
  }
  if (sites.length === 0) return;
  const { total } = await ask(page, "/api/sites/map");
  await go(page, "#/sites");
  await page.waitForFunction(
    (n) => document.querySelector("#sites-on-map")?.textContent.includes(String(n)),
    total,
  );
  await mapIdle(page);
  await picture(page, `${name}-all-sites`);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("[data-key=export-csv]")]);
  const text = readFileSync(await file.path(), "utf8");
  for (const { en } of standing) assert.ok(text.includes(en), "the sentences go with the file");
  assert.ok(text.split("\n").length > 4);
  console.log(`ok    ${total} sites on the map, and the list as a file`);
}

const document = readFileSync(new URL("../../docs/api/openapi.yaml", import.meta.url), "utf8");
const answersPlans = document.includes("/api/plans/check:");
// A node without these answers says so, and the browser writes that on its console.
const hasHotline = document.includes("/api/hotline:");
const expected = document.includes("/api/utm:") ? [] : [/status of 404/];

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
        "#/hotline",
        "#/utm",
      ];
      const inside = {
        "#/course": "#stages",
        "#/plan": "#plan-form",
        "#/ask": "#ask-form",
        "#/hotline": ".line-card",
      };
      for (const hash of views) {
        await go(page, hash);
        if (hash in inside) await page.waitForSelector(inside[hash]);
        await page.waitForTimeout(500);
        assert.equal(await page.locator("#main .error").count(), 0, hash);
        await picture(page, `${name}-${hash.split("/")[1]}`);
        console.log(`ok    ${hash}`);
      }
      await protectedAndChecks(page);
      if (answersPlans) {
        const where = await around(page);
        await checkPlan(page, where);
        if (otherToken !== undefined) await planAndFile(page, where);
        await askAndCourse(page, where);
        if (hasHotline && otherToken !== undefined) {
          await stopBothWays(page);
          await warnOther(page, where);
          await talk(page, where);
          await testLine(page);
          await recordCall(page);
        }
      }
      await proveLogs(page);
    });
  }
} finally {
  await stopBrowser();
}
console.log("The page holds.");
