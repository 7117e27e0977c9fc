// SPDX-License-Identifier: Apache-2.0
//
// Filing an activity in a real Chromium: drawn with the mouse, or typed with the keyboard alone.
// The fixture must receive exactly the signed form, in whole numbers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapBox, mapIdle, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { kAgreement, kTerms } from "./fixture/world.mjs";

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

/** Whole pixels: a press is told in them, a move in parts of them. */
const pixels = (box, [x, y]) => [Math.round(box.x + x * box.width), Math.round(box.y + y * box.height)];

async function clickMap(page, points) {
  const box = await mapBox(page);
  for (const point of points) {
    await page.mouse.move(...pixels(box, point), { steps: 4 });
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
    const box = await mapBox(page);
    await page.mouse.move(...pixels(box, corners[0]), { steps: 4 });
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

/** Tab until the field `id` has the focus; the order of the form must lead there. */
async function tabTo(page, id, most = 14) {
  for (let i = 0; i < most; ++i) {
    await page.keyboard.press("Tab");
    if ((await focusOf(page)) === id) return;
  }
  assert.fail(`Tab did not reach ${id}; it is at ${await focusOf(page)}`);
}

test("the form alone, by keyboard: degrees and minutes, miles, metres, an exception, an adherent", async () => {
  await withPage({ party: "south", prepare: withTerms }, async (page, fixture) => {
    await openPlan(page);
    await page.focus("#f-purpose");
    await page.keyboard.type("medical");
    await tabTo(page, "f-operator");
    await page.keyboard.type("Third");
    await tabTo(page, "f-callsigns");
    await page.keyboard.type("gull5, gull6");
    await tabTo(page, "f-aircraft");
    await page.keyboard.type("43C501");
    await tabTo(page, "f-unmanned");
    await page.keyboard.press("Space");
    await tabTo(page, "f-place");
    await page.keyboard.type("Hamah");
    await tabTo(page, "f-point");
    // The listed place has filled it in, and it is chosen to be typed over.
    assert.equal(await page.inputValue("#f-point"), "35.13180N 36.75780E");
    await page.keyboard.type("35°07'54.5\"N 36°45'28\"E");
    await tabTo(page, "f-v0-kind");
    await page.keyboard.type("circle");
    await tabTo(page, "f-v0-center");
    await page.keyboard.type("350754N 0364528E");
    await tabTo(page, "f-v0-radius");
    await page.keyboard.type("6.5");
    await tabTo(page, "f-v0-length_unit");
    await page.keyboard.type("NM");
    await tabTo(page, "f-v0-lower");
    await page.keyboard.type("0");
    await tabTo(page, "f-v0-upper");
    await page.keyboard.type("1 500.5");
    await tabTo(page, "f-v0-height_unit");
    await page.keyboard.type("m");
    await tabTo(page, "f-v0-reference");
    await page.keyboard.type("MSL");
    await tabTo(page, "f-v0-start");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("2016-08-18T06:00:30Z");
    await tabTo(page, "f-v0-end");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("2016-08-18 09:15");
    await tabTo(page, "f-clause");
    await page.keyboard.type("5.1");
    await tabTo(page, "f-grounds");
    await page.keyboard.type("Two wounded");
    await tabTo(page, "f-remarks");
    await page.keyboard.type("قناة 2");
    await status(page, "good");
    assert.match(await text(page, "#plan-answer"), /Nobody needs to concur/);
    await tabTo(page, "plan-file", 12);
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    await tabTo(page, "ask-send");
    await page.keyboard.press("Enter");
    await page.waitForSelector("body[data-view=activity]");
    assert.deepEqual(fixture.posts, [
      {
        path: "/api/activities",
        body: {
          purpose: "medical_evacuation",
          operator: "third",
          callsigns: ["GULL5", "GULL6"],
          aircraft: ["43c501"],
          place: { name: "Hamah", point: [351318056, 367577778] },
          volumes: [
            {
              area: { circle: { center: [351316667, 367577778], radius_mm: 12038000 } },
              altitude: { lower_mm: 0, upper_mm: 1500500, reference: "MSL" },
              time: { start: "2016-08-18T06:00:30Z", end: "2016-08-18T09:15:00Z" },
            },
          ],
          exception: { clause: "5.1", grounds: "Two wounded" },
          unmanned: true,
          remarks: "قناة 2",
        },
      },
    ]);
  });
});

const kNear = {
  "v0-points": "36.20 36.55\n36.20 36.80\n36.05 36.80\n36.05 36.55",
  "v0-lower": "20000",
  "v0-upper": "22000",
  "v0-start": "2016-08-15 11:00",
  "v0-end": "2016-08-15 11:40",
};

test("a conflict shows whose, how near, when and where; a way out moves the plan, and can be undone", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    await openPlan(page);
    await fillRest(page, kNear);
    await page.fill("#f-later", "120");
    await page.fill("#f-higher", "8000");
    await page.waitForSelector(".conflict");
    const conflict = await text(page, ".conflict");
    assert.match(conflict, /HERON21, HERON22 of your own party.*nonconforming/);
    assert.match(conflict, /They overlap; 9\.3 km is asked/);
    assert.match(conflict, /15 Aug 2016, 10:59 to 11:40Z.*19,500 ft to 22,500 ft/);
    assert.match(await text(page, ".private"), /Nothing is sent to anybody or logged/);
    assert.equal(await page.locator("#profile .box-overlap").count(), 1);
    await page.click("[data-key=show-conflict-0]");
    await page.waitForSelector("#profile .box-overlap.chosen");
    await picture(page, "plan-conflict-en");
    await page.locator(".profile-table summary").click();
    assert.match(await text(page, ".profile-table"), /too close.*HERON21, HERON22/);
    const ways = await page.locator("#ways button").allTextContents();
    assert.ok(ways.includes("6,000 ft (1,829 m) higher"), ways.join("; "));
    await page.locator("#ways button", { hasText: "higher" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".conflict").length === 0);
    assert.equal(await page.inputValue("#f-v0-lower"), "26000");
    assert.equal(await page.inputValue("#f-v0-upper"), "28000");
    // The shape stays as it was typed.
    assert.equal(await page.inputValue("#f-v0-points"), kNear["v0-points"]);
    assert.match(await text(page, "#plan-answer"), /The plan was changed: 6,000 ft/);
    await page.click("[data-key=undo]");
    await page.waitForSelector(".conflict");
    assert.equal(await page.inputValue("#f-v0-lower"), "20000");
    assert.deepEqual(fixture.posts, [], "a check changes nothing");
    const { flexibility } = fixture.checks.at(-1);
    assert.deepEqual(flexibility, { earlier_s: 3600, later_s: 7200, higher_m: 2438.4, lower_m: 609.6 });
  });
});

test("a place that does not fit its name is asked about, and must be confirmed as it stands", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    await openPlan(page);
    await fillRest(page, { ...kNear, "v0-start": "2016-08-17 06:00", "v0-end": "2016-08-17 08:00" });
    await page.fill("#f-point", "36.0122 36.6339");
    await page.waitForSelector("#question");
    assert.match(await text(page, "#question"), /9\.1 km from Idlib\. Is this right\?/);
    await page.click("#plan-file");
    assert.equal(await focusOf(page), "confirm-place");
    assert.equal(await page.locator("dialog").count(), 0);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => !document.querySelector("#plan-status").textContent.includes("question"));
    assert.equal(fixture.checks.at(-1).plan.place.confirmed, true);
    // Another position: the confirmation was not for it.
    await page.fill("#f-point", "36.0130 36.6339");
    await page.waitForFunction(() => document.querySelector("#confirm-place")?.checked === false);
    await page.waitForFunction(() => document.querySelector("#plan-status").textContent.includes("question"));
    assert.equal(fixture.checks.at(-1).plan.place.confirmed, undefined);
    await picture(page, "plan-question-en");
    await page.check("#confirm-place");
    await page.waitForFunction(() => !document.querySelector("#plan-status").textContent.includes("question"));
    await page.click("#plan-file");
    await page.click("#ask-send");
    await page.waitForSelector("body[data-view=activity]");
    assert.deepEqual(fixture.posts[0].body.place, {
      name: "Idlib",
      point: [360130000, 366339000],
      confirmed: true,
    });
  });
});

test("faults stand at their fields: the page's own at once, the node's where it names them", async () => {
  await withPage({ prepare: withTerms, expected: [/status of 400/] }, async (page, fixture) => {
    await openPlan(page);
    await page.click("#plan-file");
    assert.equal(await focusOf(page), "f-place");
    assert.equal(await text(page, "#e-v0-points"), "This volume has no shape yet.");
    assert.equal(fixture.checks.length + fixture.posts.length, 0);
    const wrong = [
      ["point", "120.5 36.6", /wrong way round/],
      ["point", "35°55'N", /cannot be read|letters/],
      ["point", "35 55 36 38", /cannot be read|letters/],
      ["v0-points", "36.2 36.5\nhere\n36.0 36.5", /^Line 2 cannot be read as a position: here$/],
      ["v0-points", "36.2 36.5\n36.0 36.5", /at least three corners/],
      ["v0-upper", "high", /not a number/],
      ["v0-end", "2016-02-30 10:00", /Write the time like this/],
      ["v0-end", "2016-08-01 10:00", /ends before it begins/],
      ["callsigns", "HERON-31", /HERON-31 is not 1 to 8/],
      ["aircraft", "43c10g", /43c10g is not six hex digits/],
    ];
    await fillRest(page, kNear);
    for (const [name, value, pattern] of wrong) {
      const before = await page.inputValue(`#f-${name}`);
      await page.fill(`#f-${name}`, value);
      assert.match(await text(page, `#e-${name}`), pattern, `${name} ${value}`);
      assert.equal(await page.getAttribute(`#f-${name}`, "aria-invalid"), "true");
      await page.fill(`#f-${name}`, before);
      assert.equal(await page.getAttribute(`#f-${name}`, "aria-invalid"), null);
    }
    await page.fill("#f-v0-lower", "23000");
    assert.match(await text(page, "#e-v0-upper"), /ceiling is below the floor/);
    await page.fill("#f-v0-lower", "20000");
    // The node's own errors: in a check, and when filing.
    fixture.refusal = {
      code: "geo_self_crossing",
      number: 2004,
      text: "The edges cross.",
      place: "volumes/0/area/polygon/2",
    };
    await page.fill("#f-callsigns", "HERON32");
    await page.waitForFunction(() => !document.querySelector("#e-v0-points").hidden);
    assert.match(await text(page, "#e-v0-points"), /The edges cross/);
    delete fixture.refusal;
    await page.fill("#f-callsigns", "HERON33");
    await page.waitForSelector(".conflict");
    fixture.fileError = {
      code: "activity_late",
      number: 4107,
      text: "Its time is over.",
      place: "volumes/0/time/end",
    };
    await page.click("#plan-file");
    await page.click("#ask-send");
    await page.waitForFunction(() => document.activeElement?.id === "f-v0-end");
    assert.match(await text(page, "#e-v0-end"), /Its time is over/);
    await page.waitForSelector("dialog", { state: "detached" });
    await picture(page, "plan-faults-en");
    // An error without a place of the form stays in the dialog.
    fixture.fileError = { code: "node_fenced", number: 5008, text: "This node signs nothing yet." };
    await page.click("#plan-file");
    await page.click("#ask-send");
    await page.waitForSelector("dialog .error");
    assert.match(await text(page, "dialog .error"), /signs nothing yet/);
  });
});

test("a draft survives a reload, and leaves the browser only by a check or by filing", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    const sent = [];
    page.on("request", (request) => {
      if (request.method() === "POST") sent.push(request.url());
    });
    await openPlan(page);
    await page.fill("#f-remarks", "half a thought");
    await page.fill("#f-v0-points", "36.1 36.5\n36.");
    await page.waitForTimeout(800);
    assert.deepEqual(sent, [], "what is not complete is not sent");
    await page.reload();
    await page.waitForSelector("#plan-form");
    await page.waitForFunction(() => document.querySelector("#f-v0-points")?.value !== "");
    assert.equal(await page.inputValue("#f-remarks"), "half a thought");
    assert.equal(await page.inputValue("#f-v0-points"), "36.1 36.5\n36.");
    await go(page, "#/map");
    await go(page, "#/plan");
    assert.equal(await page.inputValue("#f-remarks"), "half a thought");
    await page.click("[data-key=plan-clear]");
    await page.waitForFunction(() => document.querySelector("#f-remarks")?.value === "");
    assert.deepEqual(fixture.posts, []);
  });
});

test("no ways out: none, none found, others unknown, or a rule forbids: each has its sentence", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    const says = (pattern) =>
      page.waitForFunction(
        (source) => new RegExp(source).test(document.querySelector("#ways-sentence")?.textContent),
        pattern.source,
      );
    await openPlan(page);
    await fillRest(page, kNear);
    for (const field of ["earlier", "later", "shorten", "higher", "lower"]) {
      await page.fill(`#f-${field}`, "0");
    }
    await page.waitForSelector(".conflict");
    await says(/^None within how far it may move\.$/);
    fixture.world.ways = "none";
    await page.fill("#f-later", "120");
    await says(/not everything was searched/);
    assert.equal(await page.locator("#ways").count(), 0);
    fixture.world.ways = "more";
    await page.fill("#f-later", "119");
    await says(/there may be others/);
    assert.ok((await page.locator("#ways button").count()) > 0);
    fixture.world.ways = undefined;
    await page.fill("#f-later", "120");
    await page.waitForFunction(() => document.querySelector("#ways-sentence") === null);
    assert.ok((await page.locator("#ways button").count()) > 0);
    // A patrol over the protected area: nothing is shifted out of what a rule forbids.
    await page.selectOption("#f-purpose", "patrol");
    await page.fill("#f-v0-points", "35.60 36.60\n35.60 36.76\n35.70 36.76\n35.70 36.60");
    await page.fill("#f-point", "35.65 36.68");
    await says(/^A rule forbids the plan as it is\./);
    assert.equal(await page.locator("#ways").count(), 0);
    assert.ok((await page.locator(".reason.broken").count()) > 0);
  });
});

test("another language keeps the draft: every field, shape, choice and what was drawn", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    const values = () =>
      page.evaluate(() =>
        Object.fromEntries(
          [...document.querySelectorAll("#plan-form :is(input, select, textarea)")].map((one) => [
            one.id,
            one.type === "checkbox" ? one.checked : one.value,
          ]),
        ),
      );
    await openPlan(page);
    await fillRest(page, { ...kNear, aircraft: "43c101", remarks: "half a thought" });
    await page.selectOption("#f-purpose", "survey");
    await page.check("#f-unmanned");
    await page.fill("#f-later", "95");
    await page.click("[data-key=add-volume]");
    await page.selectOption("#f-v1-kind", "circle");
    await page.fill("#f-v1-center", "36.1 36."); // not finished
    await page.fill("#f-v1-radius", "4");
    await page.selectOption("#f-v1-reference", "MSL");
    const written = await values();
    assert.ok(Object.keys(written).length > 25);
    for (const language of ["ru", "ar", "en"]) {
      await page.selectOption("#language", language);
      await page.waitForFunction((to) => document.documentElement.lang === to, language);
      await page.waitForSelector("#f-v1-center");
      assert.deepEqual(await values(), written, language);
      await page.waitForTimeout(700); // the agreement in that language arrives meanwhile
      assert.deepEqual(await values(), written, `${language}, later`);
    }
    // What is typed in one language is there in the next, and is what gets checked.
    await page.selectOption("#language", "ru");
    await page.fill("#f-v1-center", "36.1 36.6");
    await page.waitForSelector(".conflict");
    const { plan, flexibility } = fixture.checks.at(-1);
    assert.equal(plan.purpose, "survey");
    assert.equal(plan.unmanned, true);
    assert.equal(plan.volumes[1].area.circle.radius_mm, 4000000);
    assert.equal(flexibility.later_s, 95 * 60);
    assert.deepEqual(fixture.posts, []);
  });
});

test("the newest question's answer stands, however the answers overtake each other", async () => {
  await withPage({ prepare: withTerms }, async (page) => {
    await openPlan(page);
    let held;
    await page.route("**/api/plans/check", async (route) => {
      if (held === undefined) {
        held = route; // the first answer is kept back: it tells of a conflict
        return;
      }
      await route.continue();
    });
    await fillRest(page, kNear);
    while (held === undefined) await page.waitForTimeout(50); // or the test runs out of time
    await page.fill("#f-v0-lower", "30000");
    await page.fill("#f-v0-upper", "32000");
    await page.waitForSelector("#plan-answer .reasons");
    await held.continue();
    await page.waitForTimeout(800);
    assert.equal(await page.locator(".conflict").count(), 0);
  });
});

test("circle, rectangle and corridor are drawn; a corner is dragged; volumes are chosen on the map", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    await openPlan(page);
    await page.click("[data-key=tool-circle]");
    await clickMap(page, [
      [0.3, 0.4],
      [0.3, 0.52],
    ]);
    await page.waitForFunction(() => document.querySelector("#f-v0-radius")?.value);
    assert.equal(await page.inputValue("#f-v0-kind"), "circle");
    await page.click("[data-key=tool-rectangle]");
    await clickMap(page, [
      [0.5, 0.3],
      [0.65, 0.45],
    ]);
    await page.waitForFunction(() => document.querySelector("#f-v1-points")?.value);
    const corners = (await page.inputValue("#f-v1-points")).split("\n");
    assert.equal(corners.length, 4);
    await page.click("[data-key=tool-corridor]");
    await clickMap(page, [
      [0.25, 0.72],
      [0.5, 0.68],
      [0.7, 0.75],
    ]);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("#f-v2-points")?.value);
    assert.equal((await page.inputValue("#f-v2-points")).split("\n").length, 3);
    assert.equal(await page.inputValue("#f-v2-width"), "5");
    // A click into the rectangle chooses it; then its corner is dragged.
    await clickMap(page, [[0.57, 0.37]]);
    await page.waitForSelector("[data-volume='1'].chosen");
    const box = await mapBox(page);
    const at = (x, y) => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...at(0.65, 0.45), { steps: 5 });
    await page.waitForTimeout(200);
    await page.mouse.down();
    await page.mouse.move(...at(0.68, 0.5), { steps: 8 });
    await page.mouse.up();
    await page.waitForFunction(
      (before) => document.querySelector("#f-v1-points").value !== before,
      corners.join("\n"),
    );
    const moved = (await page.inputValue("#f-v1-points")).split("\n");
    assert.equal(moved.filter((line) => !corners.includes(line)).length, 1, moved.join(" | "));
    // Typing moves the shape on the map in turn, and each volume has its own band and time.
    for (const i of [0, 1, 2]) {
      await page.fill(`#f-v${i}-lower`, String(40000 + 3000 * i));
      await page.fill(`#f-v${i}-upper`, String(41000 + 3000 * i));
      await page.fill(`#f-v${i}-start`, `2016-08-17 0${6 + i}:00`);
      await page.fill(`#f-v${i}-end`, `2016-08-17 0${7 + i}:00`);
    }
    await page.fill("#f-callsigns", "HERON40");
    await page.fill("#f-place", "Idlib");
    await page.fill("#f-point", "35.9305 36.6339");
    await status(page, "good");
    await picture(page, "plan-volumes-en");
    const { volumes } = fixture.checks.at(-1).plan;
    assert.equal(volumes.length, 3);
    assert.ok(volumes[0].area.circle.radius_mm > 1000000);
    assert.deepEqual(volumes[1].area.polygon, moved.map(e7));
    assert.equal(volumes[2].area.polygon.length, 6);
    assert.deepEqual(
      volumes.map(({ altitude: { lower_mm } }) => lower_mm),
      [12192000, 13106400, 14020800],
    );
    assert.equal(await page.locator("#profile .box-own").count(), 3);
    await page.click("[data-key=remove-0]");
    await page.waitForFunction(() => document.querySelectorAll("[data-volume]").length === 2);
    assert.equal(await page.inputValue("#f-v0-points"), moved.join("\n"));
  });
});

test("an amendment begins with exactly what was signed, and names what it takes over", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    await ready(page);
    const plan = {
      purpose: "patrol",
      operator: "north",
      callsigns: ["HERON50"],
      aircraft: [],
      place: { name: "Idlib", point: [359305001, 366339003] },
      volumes: [
        {
          area: { circle: { center: [359305001, 366339003], radius_mm: 4321001 } },
          altitude: { lower_mm: 9000001, upper_mm: 9500000, reference: "WGS84" },
          time: { start: "2016-08-17T06:00:00Z", end: "2016-08-17T08:00:00Z" },
        },
      ],
    };
    const logged = fixture.world.file(plan);
    fixture.emit("activity");
    await go(page, `#/activity/${logged.id}`);
    await page.click("[data-key=do-amend]");
    await page.waitForSelector("#plan-form");
    assert.match(await text(page, "#main h1"), /Amend HERON50/);
    await page.fill("#f-v0-end", "2016-08-17 09:00");
    await page.waitForSelector("#plan-answer .reasons");
    assert.equal(fixture.checks.at(-1).replaces, logged.id);
    await page.click("#plan-file");
    assert.match(await text(page, "dialog"), /stays as it is until this one counts/);
    await page.click("#ask-send");
    await page.waitForSelector("body[data-view=activity]");
    assert.deepEqual(fixture.posts[0].body, {
      ...plan,
      volumes: [{ ...plan.volumes[0], time: { ...plan.volumes[0].time, end: "2016-08-17T09:00:00Z" } }],
      replaces: logged.id,
    });
    assert.match(await text(page, "#main"), /Takes over from ?HERON50/);
  });
});

test("the place is read back from the officer's own map; what differs is said with its reason", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    const gull = fixture.world.activities[4];
    gull.can = ["read_back", "concur", "object"];
    gull.read_back_needed = ["north"];
    await ready(page);
    await go(page, `#/activity/${gull.id}`);
    assert.match(await text(page, "#read-backs"), /Northern Air Coordination: ◌ missing/);
    await page.click("[data-key=do-read_back]");
    await page.click("#ask-send");
    await page.waitForSelector("dialog .error");
    assert.match(await text(page, "dialog .error"), /Choose the place/);
    await page.click("#measure");
    await page.waitForSelector("#measure-use");
    assert.match(await text(page, ".own-map"), /page's own map the position lies .* from Ḩamāh/);
    assert.match(await text(page, ".own-map"), /not from what the filer stated/);
    await picture(page, "read-back-en");
    await page.selectOption("#read-place", "Hamah");
    await page.fill("#read-distance", "0.7");
    await page.fill("#read-bearing", "181");
    await page.click("#ask-send");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.deepEqual(fixture.posts, [
      {
        path: `/api/activities/${gull.id}/read_back`,
        body: { place: "Hamah", distance_m: 700, bearing_deg: 181 },
      },
    ]);
    await page.waitForFunction(() =>
      document.querySelector("#read-backs")?.textContent.includes("agrees with what was filed"),
    );
    gull.can = ["read_back"];
    fixture.emit("activity");
    await page.click("[data-key=do-read_back]");
    await page.selectOption("#read-place", "Hamah");
    await page.fill("#read-distance", "9,1");
    await page.fill("#read-bearing", "360");
    await page.click("#disagree");
    await page.click("#ask-send");
    assert.match(await text(page, "dialog .error"), /Say what does not agree/);
    await page.fill("#reason", "The longitude has a wrong digit");
    await page.click("#ask-send");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.deepEqual(fixture.posts[1].body, {
      place: "Hamah",
      distance_m: 9100,
      bearing_deg: 0,
      agrees: false,
      reason: "The longitude has a wrong digit",
    });
  });
});

test("airspace is given back, an emergency declared, volumes offered", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    const heron = fixture.world.activities[0];
    heron.can = ["release", "contingent", "end"];
    await ready(page);
    await go(page, `#/activity/${heron.id}`);
    await page.click("[data-key=do-release]");
    await page.uncheck("#release-0");
    await page.fill("#release-until", "2016-08-15 11:30");
    await page.click("#ask-send");
    await page.waitForSelector("#released");
    assert.deepEqual(fixture.posts[0].body, { volumes: [2], until: "2016-08-15T11:30:00Z" });
    assert.match(await text(page, "#released"), /Volumes 2 until 15 Aug 2016 11:30/);
    heron.can = ["contingent"];
    fixture.emit("activity");
    await page.click("[data-key=do-contingent]");
    await page.fill("#reason", "Engine failure");
    await page.fill("#emergency-point", "36.1 36.7");
    await page.fill("#emergency-radius", "15");
    await page.fill("#emergency-lower", "0");
    await page.fill("#emergency-upper", "24000");
    await page.click("#ask-send");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.deepEqual(fixture.posts[1].body, {
      reason: "Engine failure",
      volumes: [
        {
          area: { circle: { center: [361000000, 367000000], radius_mm: 15000000 } },
          altitude: { lower_mm: 0, upper_mm: 7315200, reference: "STD" },
          time: { start: "2016-08-15T09:42:00Z", end: "2016-08-15T12:42:00Z" },
        },
      ],
    });
    await page.waitForSelector("#main .state-contingent");
    // South's plan, as it was signed, is offered later and higher.
    const plan = {
      purpose: "patrol",
      operator: "south",
      callsigns: ["GULL8"],
      aircraft: [],
      place: { name: "Idlib", point: [359305000, 366339000] },
      volumes: [
        {
          area: { circle: { center: [359305000, 366339000], radius_mm: 5000000 } },
          altitude: { lower_mm: 3048000, upper_mm: 3657600, reference: "STD" },
          time: { start: "2016-08-17T06:00:00Z", end: "2016-08-17T08:00:00Z" },
        },
      ],
    };
    fixture.world.party = "south";
    const { id } = fixture.world.file(plan);
    fixture.world.party = "north";
    fixture.world.activities.at(-1).can = ["offer", "object"];
    fixture.emit("activity");
    await go(page, `#/activity/${id}`);
    await page.click("[data-key=do-offer]");
    await page.fill("#reason", "Our own survey ends then");
    await page.click("#ask-send");
    assert.match(await text(page, "dialog .error"), /Say by how much/);
    await page.fill("#offer-later", "18");
    await page.fill("#offer-higher", "-1000");
    await page.click("#ask-send");
    await page.waitForSelector("#offers");
    assert.deepEqual(fixture.posts[2].body, {
      volumes: [
        {
          ...plan.volumes[0],
          altitude: { lower_mm: 2743200, upper_mm: 3352800, reference: "STD" },
          time: { start: "2016-08-17T06:18:00Z", end: "2016-08-17T08:18:00Z" },
        },
      ],
      reason: "Our own survey ends then",
    });
    await picture(page, "activity-offer-en");
  });
});

test("an activity's exact meetings are drawn on the map and in the profile when chosen", async () => {
  await withPage({ prepare: withTerms }, async (page, fixture) => {
    const kestrel = fixture.world.activities[1];
    const ring = [
      [36.3, 35.5],
      [36.5, 35.5],
      [36.5, 35.7],
      [36.3, 35.7],
      [36.3, 35.5],
    ];
    fixture.details.set(kestrel.id, {
      meetings: [
        {
          other: kestrel.conflicts[0],
          own_volume: 0,
          other_volume: 0,
          distance_m: 4200,
          region: {
            shapes: [{ type: "Polygon", coordinates: [ring] }],
            altitude: { lower_m: 2900, upper_m: 4100, reference: "STD" },
            time: { start: "2016-08-15T10:22:00Z", end: "2016-08-15T14:22:00Z" },
          },
        },
      ],
    });
    await ready(page);
    await go(page, `#/activity/${kestrel.id}`);
    await page.waitForSelector("#meetings .conflict");
    assert.match(await text(page, "#meetings"), /OSPREY3.*4\.2 km apart; 9\.3 km is asked/);
    assert.equal(await page.locator("#profile .box-overlap").count(), 1);
    await page.click("[data-key=meeting-0]");
    await page.waitForSelector("#profile .box-overlap.chosen");
    await picture(page, "activity-meeting-en");
    await page.focus("#profile .box-other");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !document.querySelector("#meetings"));
  });
});

for (const [lang, dir] of [
  ["ru", "ltr"],
  ["ar", "rtl"],
]) {
  for (const scheme of ["light", "dark"]) {
    test(`the form and its check in ${lang}, ${scheme}`, async () => {
      const prepare = async (page, fixture) => {
        withTerms(page, fixture);
        await page.addInitScript((name) => localStorage.setItem("detente-language", name), lang);
      };
      await withPage({ scheme, prepare }, async (page, fixture) => {
        await openPlan(page);
        assert.equal(await page.getAttribute("html", "dir"), dir);
        await fillRest(page, { ...kNear, point: "36.02 36.63" });
        await page.waitForSelector(".conflict");
        await page.waitForTimeout(1500);
        await picture(page, `plan-${lang}-${scheme}`);
        // What is left of Latin script is a name, a clause of the agreement, a unit or an example.
        const words = (await page.locator(".plan").innerText()).match(/[A-Za-z]{4,}/g) ?? [];
        const data = JSON.stringify([kAgreement, kTerms, fixture.world.activities]);
        assert.deepEqual(
          words.filter((one) => !data.includes(one)),
          [],
        );
      });
    });
  }
}
