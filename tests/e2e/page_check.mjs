// SPDX-License-Identifier: Apache-2.0
//
// Looks at the page of a running node in a real Chromium: it loads without an error or an outside
// request, the map draws, every view opens, and in every log the oldest, a middle and the newest
// entry are proved by the browser. Changes nothing on the node.
//   node tests/e2e/page_check.mjs BASE_URL [TOKEN] [NAME]
// Pictures go to build/screenshots/NAME-*.png ("node" by default).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { go, mapIdle, openPage, picture, ready, startBrowser, stopBrowser } from "./browser.mjs";

const [base, token, name = "node"] = process.argv.slice(2);
if (base === undefined) {
  console.error("usage: page_check.mjs BASE_URL [TOKEN] [NAME]");
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

/** A plan in one of the agreement's places is checked, not filed; and the agreement is asked. */
async function planAndAsk(page) {
  const { places, areas, now } = { ...(await ask(page, "/api/agreement")), ...(await ask(page, "/api/state")) };
  await go(page, "#/plan");
  await page.waitForSelector("#plan-form");
  const [place] = places;
  assert.ok(place !== undefined, "the agreement names places");
  const [lng, lat] = place.point;
  const corners = [
    [lat - 0.04, lng - 0.05],
    [lat + 0.04, lng - 0.05],
    [lat + 0.04, lng + 0.05],
    [lat - 0.04, lng + 0.05],
  ];
  const day = (days, hour) =>
    `${new Date(Date.parse(now) + days * 86400000).toISOString().slice(0, 10)} ${hour}:00`;
  const fields = {
    place: place.name,
    point: `${lat.toFixed(5)} ${lng.toFixed(5)}`,
    "v0-points": corners.map(([y, x]) => `${y.toFixed(5)} ${x.toFixed(5)}`).join("\n"),
    "v0-lower": "41000",
    "v0-upper": "42000",
    "v0-start": day(3, "06"),
    "v0-end": day(3, "08"),
  };
  for (const [field, value] of Object.entries(fields)) await page.fill(`#f-${field}`, value);
  await page.waitForSelector("#plan-status:not(.waits)");
  assert.equal(await page.locator("#main .error, .fault:visible").count(), 0);
  assert.ok((await page.locator("#plan-answer h3").count()) >= 2);
  await page.waitForTimeout(1500);
  await picture(page, `${name}-plan-checked`);
  console.log(`ok    a plan was checked: ${await page.textContent("#plan-status")}`);
  await page.click("[data-key=plan-clear]");
  await go(page, `#/ask?purpose=patrol&where=area&area=${areas[0].id}&start=${day(0, "10")}&end=${day(0, "11")}`);
  await page.waitForSelector("#big-answer");
  await picture(page, `${name}-asked`);
  console.log(`ok    the agreement was asked: ${await page.textContent("#big-answer")}`);
}

const document = readFileSync(new URL("../../docs/api/openapi.yaml", import.meta.url), "utf8");
const answersPlans = document.includes("/api/plans/check:");

await startBrowser();
try {
  for (const scheme of ["light", "dark"]) {
    await openPage(address, { scheme }, async (page) => {
      await ready(page);
      await page.waitForSelector("body[data-line=open]");
      await mapIdle(page);
      await page.waitForTimeout(3000);
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
        await page.waitForTimeout(1500);
        assert.equal(await page.locator("#main .error").count(), 0, hash);
        await picture(page, `${name}-${hash.split("/")[1]}`);
        console.log(`ok    ${hash}`);
      }
      if (answersPlans) await planAndAsk(page);
      await proveLogs(page);
    });
  }
} finally {
  await stopBrowser();
}
console.log("The page holds.");
