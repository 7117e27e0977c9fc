// SPDX-License-Identifier: Apache-2.0
//
// Filing an activity in a real Chromium: drawn with the mouse, or typed with the keyboard alone.
// The fixture must receive exactly the signed form, in whole numbers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapIdle, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

const text = async (page, selector) => (await page.textContent(selector)).replace(/\s+/g, " ");
const focusOf = (page) =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.dataset.key);
const withTerms = (page, fixture) => {
  fixture.world.terms = true;
};
const status = (page, look) => page.waitForSelector(`#plan-status.${look}`);

async function openPlan(page, hash = "#/plan") {
  await ready(page);
  await go(page, hash);
  await page.waitForSelector("#plan-form");
  await mapIdle(page);
  await page.waitForSelector("[data-key=tool-polygon]");
}

async function fillRest(page, more = {}) {
  const fields = {
    callsigns: "HERON31",
    place: "Idlib",
    point: "35.9305 36.6339",
    "v0-lower": "9000",
    "v0-upper": "11000",
    "v0-start": "2016-08-17 06:00",
    "v0-end": "2016-08-17 08:00",
    ...more,
  };
  for (const [name, value] of Object.entries(fields)) await page.fill(`#f-${name}`, value);
}

/** "35.93050N 36.63390E" as the signed pair. */
function e7(line) {
  const [, lat, lng] = /^(\d+\.\d+)N (\d+\.\d+)E$/.exec(line.trim());
  return [Math.round(Number(lat) * 1e7), Math.round(Number(lng) * 1e7)];
}

async function clickMap(page, points) {
  const box = await page.locator("#map canvas").boundingBox();
  for (const [x, y] of points) {
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForTimeout(120);
  }
}

test("a polygon that is drawn with the mouse is filed as drawn, corner by corner", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    await openPlan(page);
    await page.click("[data-key=tool-polygon]");
    const corners = [
      [0.4, 0.35],
      [0.62, 0.33],
      [0.6, 0.6],
      [0.42, 0.62],
    ];
    // The readout under the pointer says, by another way, where each corner is.
    const box = await page.locator("#map canvas").boundingBox();
    const [x, y] = corners[0];
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
    const readout = await text(page, "#readout");
    await clickMap(page, [...corners, corners[0]]);
    await page.waitForFunction(() => document.querySelector("#f-v0-points")?.value !== "");
    const lines = (await page.inputValue("#f-v0-points")).split("\n");
    assert.equal(lines.length, 4);
    const [, d, m, dd, mm] = /(\d+)°([\d.]+)′N (\d+)°([\d.]+)′E/.exec(readout);
    const [lat, lng] = e7(lines[0]);
    assert.ok(Math.abs(lat / 1e7 - (Number(d) + m / 60)) < 0.002, `${readout} ${lines[0]}`);
    assert.ok(Math.abs(lng / 1e7 - (Number(dd) + mm / 60)) < 0.002, `${readout} ${lines[0]}`);
    await fillRest(page, { "v0-lower": "29000", "v0-upper": "31000" });
    await status(page, "good");
    await picture(page, "plan-drawn-en");
    await page.click("#plan-file");
    await page.click("#ask-send");
    await page.waitForSelector("body[data-view=activity]");
    assert.deepEqual(fixture.posts, [
      {
        path: "/api/activities",
        body: {
          purpose: "patrol",
          operator: "north",
          callsigns: ["HERON31"],
          aircraft: [],
          place: { name: "Idlib", point: [359305000, 366339000] },
          volumes: [
            {
              area: { polygon: lines.map(e7) },
              altitude: { lower_mm: 8839200, upper_mm: 9448800, reference: "STD" },
              time: { start: "2016-08-17T06:00:00Z", end: "2016-08-17T08:00:00Z" },
            },
          ],
        },
      },
    ]);
    await page.waitForFunction(() => document.querySelector("#main h1")?.textContent === "HERON31");
  });
});
