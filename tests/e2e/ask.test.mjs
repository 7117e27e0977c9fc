// SPDX-License-Identifier: Apache-2.0
//
// "May X do Y there then, and why?" in a real Chromium, and the reader of the agreement's text.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, mapBox, mapIdle, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";
import { agreementIn } from "./fixture/world.mjs";

before(startBrowser);
after(stopBrowser);

const text = async (page, selector) => (await page.textContent(selector)).replace(/\s+/g, " ");
const in_ = (language) => async (page, fixture) => {
  fixture.world.terms = true;
  await page.addInitScript((name) => localStorage.setItem("detente-language", name), language);
};
const kTime = "&start=2016-08-15+12:00&end=2016-08-15+13:00";

test("yes, no and yes-if, each with its clauses, needs and an address that asks again", async () => {
  await withPage({ prepare: in_("en") }, async (page, fixture) => {
    await ready(page);
    await go(page, "#/agreement");
    await page.click("[data-key=to-ask]");
    await page.waitForSelector("#ask-form");
    assert.match(await text(page, "#ask-answer"), /The answer stands here/);
    await page.selectOption("#q-who", "third");
    await page.selectOption("#q-area", "A1");
    await page.fill("#q-start", "2016-08-15 12:00");
    await page.fill("#q-end", "2016-08-15 13:00");
    await page.fill("#q-upper", "10000");
    await page.focus("#q-upper");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#big-answer");
    assert.equal(await text(page, "#big-answer"), "✕ No");
    assert.match(await text(page, "#ask-answer"), /clause 3\.2, not allowed.*stays out of designated/);
    assert.deepEqual(fixture.questions, [
      {
        who: "third",
        purpose: "patrol",
        area: "A1",
        altitude: { lower_mm: 0, upper_mm: 3048000, reference: "STD" },
        time: { start: "2016-08-15T12:00:00Z", end: "2016-08-15T13:00:00Z" },
      },
    ]);
    // With the exception's purpose it becomes a yes, if it is filed.
    await page.selectOption("#q-purpose", "medical_evacuation");
    await page.click("#ask");
    await page.waitForFunction(() => document.querySelector("#big-answer")?.textContent.includes("Yes"));
    assert.equal(await text(page, "#big-answer"), "◐ Yes, if it is filed");
    const answer = await text(page, "#ask-answer");
    assert.match(answer, /lifted by the exception of clause 5\.1/);
    assert.match(answer, /No notice is needed beforehand.*Nobody needs to concur/);
    // The address holds the question; opened anew it asks by itself.
    const share = await page.getAttribute("#share", "href");
    assert.match(share, /^#\/ask\?who=third&purpose=medical_evacuation&.*area=A1/);
    assert.ok(!share.includes("token"));
    await go(page, "#/map");
    await go(page, share);
    await page.waitForSelector("#big-answer");
    assert.equal(await page.inputValue("#q-purpose"), "medical_evacuation");
    // Outside every area.
    await page.selectOption("#q-where", "point");
    await page.fill("#q-point", "34.9 36.2");
    await page.click("#ask");
    await page.waitForFunction(() => document.querySelector("#big-answer")?.textContent === "✓ Yes");
    assert.match(await text(page, "#ask-answer"), /in no area of the agreement/);
    assert.deepEqual(fixture.questions.at(-1).point, [349000000, 362000000]);
    assert.deepEqual(fixture.posts, []);
  });
});

test("a click on the map is the point; what cannot be read stands at its field", async () => {
  await withPage({ prepare: in_("en") }, async (page, fixture) => {
    await ready(page);
    await go(page, "#/ask");
    await mapIdle(page);
    await page.waitForSelector("#ask-form");
    const box = await mapBox(page);
    await page.mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.5);
    await page.waitForFunction(() => document.querySelector("#q-point")?.value !== "");
    assert.equal(await page.inputValue("#q-where"), "point");
    assert.match(await page.inputValue("#q-point"), /^\d+\.\d{5}N \d+\.\d{5}E$/);
    await page.fill("#q-point", "somewhere");
    await page.fill("#q-end", "2016-08-01 10:00");
    await page.click("#ask");
    assert.match(await text(page, "[data-for=point]"), /cannot be read as a position/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "q-point");
    await page.fill("#q-point", "36 36.6");
    await page.click("#ask");
    assert.match(await text(page, "[data-for=end]"), /ends before it begins/);
    assert.equal(fixture.questions.length, 0);
  });
});

test("the agreement's words follow the reader's language, also when they come late", async () => {
  const prepare = async (page, fixture) => {
    await in_("en")(page, fixture);
    await page.route("**/api/agreement?language=*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1200));
      await route.continue();
    });
  };
  await withPage({ prepare }, async (page) => {
    await ready(page);
    await go(page, `#/ask?who=south&purpose=patrol&where=area&area=A1${kTime}`);
    await page.waitForSelector("#ask-answer .reason");
    const english = agreementIn("en").clauses.map(({ text: words }) => words);
    const clauses = () => page.locator("#ask-answer .reason q").allTextContents();
    assert.ok((await clauses()).every((words) => english.includes(words)));
    await page.fill("#q-lower", "7000");
    for (const language of ["ar", "ru"]) {
      const own = agreementIn(language).clauses.map(({ text: words }) => words);
      await page.selectOption("#language", language);
      await page.focus("#q-lower");
      await page.waitForFunction(
        (all) => {
          const shown = [...document.querySelectorAll("#ask-answer .reason q")];
          return shown.length > 0 && shown.every((one) => all.includes(one.textContent));
        },
        own,
      );
      assert.equal(await page.inputValue("#q-lower"), "7000");
      await page.waitForFunction(() => document.activeElement.id === "q-lower");
    }
  });
});

test("an agreement that is suspended is said to be, above the reasons", async () => {
  await withPage({ prepare: in_("en") }, async (page, fixture) => {
    fixture.world.course.force = "suspended";
    await ready(page);
    await go(page, `#/ask?who=north&purpose=patrol&where=area&area=A1${kTime}`);
    await page.waitForSelector("#big-answer");
    assert.match(await text(page, "#ask-answer"), /suspended: nothing may become active/);
  });
});

for (const [language, yes, yesIf, no, why] of [
  ["ru", "✓ Да", "◐ Да, если заявлен", "✕ Нет", /Полёту|полёт|пункт 3\.2/],
  ["ar", "✓ نعم", "◐ نعم، إذا أُعلنت", "✕ لا", /البند ?⁨?3\.2/],
]) {
  test(`asked and answered in ${language}`, async () => {
    await withPage({ prepare: in_(language) }, async (page) => {
      await ready(page);
      const asked = [
        [`who=third&purpose=patrol&where=area&area=A1${kTime}`, no],
        [`who=north&purpose=patrol&where=area&area=A1${kTime}`, yesIf],
        [`who=north&purpose=patrol&where=point&point=34.9+36.2${kTime}`, yes],
      ];
      for (const [query, answer] of asked) {
        await go(page, "#/map");
        await go(page, `#/ask?${query}`);
        await page.waitForSelector("#big-answer");
        assert.equal(await text(page, "#big-answer"), answer);
        if (answer === no) {
          assert.match(await text(page, "#ask-answer"), why);
          await page.waitForTimeout(1200);
          await picture(page, `ask-${language}`);
        }
      }
    });
  });
}

test("the text has an anchor for each clause, its papers with hashes, and versions to compare", async () => {
  await withPage({ prepare: in_("en") }, async (page, fixture) => {
    await ready(page);
    await go(page, "#/agreement/5.1");
    await page.waitForSelector(".clause-here");
    assert.match(await text(page, "dd.clause-here"), /medical evacuation flight is declared/);
    assert.ok(await page.locator("dd.clause-here").isVisible());
    await page.waitForSelector("[data-key=compare-2]");
    const main = await text(page, "#main");
    assert.match(main, /Between survey, unmanned and any flight, unmanned: 1 NM \(1,852 m\)/);
    assert.match(main, /Not closer than 10,000 m.*medical and schools/);
    assert.match(main, /annex 1 \(en\) secret; its commitment/);
    assert.match(main, new RegExp(fixture.world.agreementHash()));
    await page.click("[data-key=compare-2]");
    await page.waitForSelector("#comparison del");
    const changed = await text(page, "#comparison");
    assert.match(changed, /4\.1changedNotice is given 24 hours.*Notice is given 12 hours/);
    assert.match(changed, /7\.1newPositions are read back/);
    assert.equal(await page.locator("#comparison dt").count(), 2);
    await page.locator("#main").getByText("Idlib", { exact: true }).first().click();
    await page.waitForSelector("body[data-view=area]");
  });
});
