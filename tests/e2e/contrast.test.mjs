// SPDX-License-Identifier: Apache-2.0
//
// WCAG 2.2, 1.4.3: every text on every view, in both colour schemes, with and without an alarm, in
// English and once in Arabic, has a contrast of at least 4.5:1 to what is behind it (3:1 for large
// text). The map's own canvas is not text of the page and is left out; the lists hold the same.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

/** Runs in the page: the pairs of text and background that fail, and how many were looked at. */
function measure() {
  const parse = (colour) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const failures = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (
      !walker.currentNode.textContent.trim() ||
      element.closest(".maplibregl-map, noscript, .unseen, option")
    )
      continue;
    if (!element.checkVisibility() || element.closest("button:disabled")) continue;
    const style = getComputedStyle(element);
    const under = backgroundOf(element);
    const ink = over(parse(style.color), under);
    const [a, b] = [luminance(ink), luminance(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    ++count;
    if (ratio < (large ? 3 : 4.5)) {
      failures.push(
        `${ratio.toFixed(2)} ${element.className || element.tagName}: ${walker.currentNode.textContent.trim().slice(0, 40)}`,
      );
    }
  }
  return { count, failures };
}

test("the measure itself sees a bad pair", async () => {
  await withPage({}, async (page) => {
    await ready(page);
    await page.evaluate(() => {
      const bad = document.createElement("p");
      bad.textContent = "hard to read";
      bad.style.color = "#999";
      bad.style.background = "#fff";
      document.querySelector("#footer").append(bad);
    });
    const { failures } = await page.evaluate(measure);
    assert.equal(failures.length, 1);
    assert.match(failures[0], /^2\.8\d .*hard to read/);
  });
});

for (const [scheme, language] of [
  ["light", "en"],
  ["dark", "en"],
  ["light", "ar"],
]) {
  const prepare = (page) =>
    page.addInitScript((one) => localStorage.setItem("detente-language", one), language);
  test(`all text of all views has enough contrast: ${scheme}, ${language}`, async () => {
    await withPage({ scheme, prepare }, async (page, fixture) => {
      await ready(page);
      await page.waitForSelector("body[data-line=open]");
      await page.evaluate(() =>
        document.querySelectorAll("details").forEach((part) => (part.open = true)),
      );
      const { activities, findings, tracks } = fixture.world;
      const views = [
        "#/map",
        ...activities.map(({ id }) => `#/activity/${id}`),
        `#/finding/${findings[0].id}`,
        `#/aircraft/${tracks[0].address}`,
        "#/area/P1",
        "#/record",
        "#/record/north",
        "#/record/south/7",
        "#/agreement",
        "#/hotline",
        "#/hotline/warn",
        `#/hotline/write?reply=${fixture.hotline.messages[0].id}`,
        `#/warning/${fixture.hotline.warnings[0].id}`,
        "#/utm",
      ];
      let total = 0;
      const all = async (name) => {
        const { count, failures } = await page.evaluate(measure);
        total += count;
        assert.deepEqual(failures, [], `${name}, ${scheme}`);
      };
      for (const hash of views) {
        await go(page, hash);
        await page.waitForTimeout(150);
        if (hash.endsWith("/7")) {
          await page.click("#check-proof");
          await page.waitForSelector(".verdict.ok");
          await all("a proof that holds");
          await page.click("#check-tampered");
          await page.waitForSelector(".verdict.bad");
        }
        await all(hash);
      }
      if (language === "en") await picture(page, `agreement-${scheme}`);
      fixture.world.withheld.push({ log: "north", by: "south", after: "2016-08-15T00:00:00Z" });
      fixture.world.node = { state: "damaged", why: "What is on the disk is not what was signed." };
      fixture.world.findFork();
      fixture.world.evidence.push({ ...fixture.world.evidence[0], checked: false, held: false });
      fixture.emit("evidence");
      await page.waitForSelector(".evidence.calm");
      await go(page, "#/record");
      await page.waitForSelector("[data-gap=north]");
      await all("the record with gaps, deemed delivery, evidence and a damaged node");
      fixture.world.node = { state: "fenced", why: "It waits." };
      await go(page, `#/record/north/${fixture.world.activities[0].index}`);
      await page.waitForSelector("#receipt-line");
      await page.waitForSelector(".entry-card.related");
      await all("an entry beside the record");
      fixture.receiveStop("alarm");
      await page.waitForSelector(".alarm.loud");
      await all("an alarm");
      fixture.world.stops[0].overdue = true;
      fixture.world.stops[0].acks.push({
        party: "north",
        officer: "north/duty-1",
        time: fixture.world.now(),
      });
      fixture.world.addStop("north", "our own");
      fixture.world.linkStates = { south: "cut", monitor: "never" };
      fixture.emit("stop");
      fixture.emit("link");
      await page.waitForSelector(".alarm.calm");
      await page.waitForSelector(".alarm.waits");
      await page.waitForSelector(".link-never");
      await all("own STOP, acknowledged STOP, cut link");
      for (const party of ["south", "south", "south", "south", "north"]) fixture.hotline.warn(party);
      Object.assign(fixture.hotline.lines.get("north"), { manned: false, why: "nobody" });
      fixture.emit("warning");
      await page.waitForSelector(".alarm-more");
      await page.waitForSelector("[data-unmanned~=north]");
      await all("warnings, and a line that is not manned");
      await page.click("#stop");
      await all("the STOP dialog");
      assert.ok(total > 1000, `${total} texts`);
    });
  });
}

for (const scheme of ["light", "dark"]) {
  test(`a plan, a question and the course have enough contrast: ${scheme}`, async () => {
    const prepare = (page, fixture) => {
      fixture.world.terms = true;
    };
    await withPage({ scheme, role: "signatory", prepare }, async (page, fixture) => {
      await ready(page);
      const open = async () => {
        await page.waitForTimeout(200);
        await page.evaluate(() =>
          document.querySelectorAll("details").forEach((part) => (part.open = true)),
        );
      };
      const all = async (name) => {
        await open();
        const { count, failures } = await page.evaluate(measure);
        assert.deepEqual(failures, [], `${name}, ${scheme}`);
        return count;
      };
      await go(page, "#/plan");
      await page.waitForSelector("#plan-form");
      await page.click("#plan-file");
      await all("a plan with faults");
      const fields = {
        place: "Idlib",
        point: "36.02 36.63",
        "v0-points": "36.20 36.55\n36.20 36.80\n36.05 36.80\n36.05 36.55",
        "v0-lower": "20000",
        "v0-upper": "22000",
        "v0-start": "2016-08-15 11:00",
        "v0-end": "2016-08-15 11:40",
      };
      for (const [name, value] of Object.entries(fields)) await page.fill(`#f-${name}`, value);
      await page.waitForSelector("[data-key=show-conflict-0]");
      await page.click("[data-key=show-conflict-0]");
      assert.ok((await all("a plan with a conflict and a question")) > 100);
      for (const who of ["third", "north"]) {
        await go(page, "#/map");
        await go(page, `#/ask?who=${who}&purpose=patrol&where=area&area=A1`);
        await page.waitForSelector("#ask-form");
        await page.click("#ask");
        await page.waitForSelector("#big-answer");
        await all(`an answer about ${who}`);
      }
      fixture.world.course.force = "withdrawn";
      await go(page, "#/course");
      await page.waitForSelector("#stages");
      await all("the course");
      await page.click("[data-key=reset-S1]");
      await all("a dialog of the course");
      await page.keyboard.press("Escape");
      await go(page, "#/agreement/4.1");
      await page.click("[data-key=compare-2]");
      await page.waitForSelector("#comparison del");
      await all("the agreement with a comparison");
      const kestrel = fixture.world.activities[1];
      kestrel.can = ["read_back", "release", "contingent", "offer", "amend"];
      kestrel.read_back_needed = ["north"];
      fixture.emit("activity");
      await go(page, `#/activity/${kestrel.id}`);
      await page.click("[data-key=do-read_back]");
      await page.click("#measure");
      await all("reading back");
    });
  });
}
