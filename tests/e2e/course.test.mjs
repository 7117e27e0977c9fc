// SPDX-License-Identifier: Apache-2.0
//
// The board of the agreement's course in a real Chromium: what is met, signed, promised, done,
// verified and missing; and the acts that may be signed there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

const text = async (page, selector) => (await page.textContent(selector)).replace(/\s+/g, " ");
const terms = (page, fixture) => {
  fixture.world.terms = true;
};
const onBoard = async (page) => {
  await ready(page);
  await go(page, "#/course");
  await page.waitForSelector("#stages");
};

test("stages show conditions, evidence and signatures; a signatory signs that one begins", async () => {
  await withPage({ role: "signatory", prepare: terms }, async (page, fixture) => {
    await onBoard(page);
    const second = await text(page, "[data-stage=S2]");
    assert.match(second, /may begin: signatures are missing/);
    assert.match(second, /7 days 15 hours of 7 days have passed/);
    assert.match(second, /O1: 1 of 1 report verified.*Shown by: log entry 8 of Neutral Monitoring/);
    assert.match(second, /Northern Air Coordination: ◌ missing/);
    assert.match(second, /Signatures that do not count.*5 of 7 clean days/);
    await picture(page, "course-en");
    await page.click("[data-key=begin-S2]");
    assert.match(await text(page, "dialog"), /begins when every party has signed/);
    await page.click("#ask-send");
    await page.waitForSelector("[data-stage=S2].stage-current");
    assert.deepEqual(fixture.posts, [{ path: "/api/agreement/stages/S2/begin", body: {} }]);
    assert.match(await text(page, "[data-stage=S1]"), /begun, and passed on/);
    assert.equal(await page.locator("[data-key=begin-S2]").count(), 0);
    // Sending back needs a reason and evidence.
    await page.click("[data-key=reset-S2]");
    await page.selectOption("#clause", "3.3");
    await page.fill("#reason", "Two flights without an activity");
    await page.click("#ask-send");
    assert.match(await text(page, "dialog .error"), /at least one entry/);
    await page.fill("#refs", "north 12, nobody 3");
    await page.click("#ask-send");
    assert.match(await text(page, "dialog .error"), /No party is called nobody/);
    await page.fill("#refs", "north 12, monitor/8");
    await page.click("#ask-send");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.deepEqual(fixture.posts[1].body, {
      clause: "3.3",
      reason: "Two flights without an activity",
      evidence: [
        { party: "north", index: 12 },
        { party: "monitor", index: 8 },
      ],
    });
    await page.waitForFunction(() =>
      document.querySelector("[data-stage=S2]").textContent.includes("Two flights without"),
    );
  });
});

/** Conditions of S2 as a node would answer them, with its own sentence in English. */
const unmet = (page, fixture) => {
  terms(page, fixture);
  const { course } = fixture.world;
  const whole = course.answer.bind(course);
  const basis = (name, more = {}) => ({
    clause: "8.2",
    kind: "clean_days",
    met: false,
    have: 1,
    need: 7,
    findings: [],
    evidence: [],
    why: `the node's own words about ${name}`,
    basis: name,
    ...more,
  });
  const since = "2016-08-14T08:10:59.454Z";
  course.answer = (...all) => {
    const answer = whole(...all);
    answer.stages[1].conditions = [
      basis("not_begun"),
      basis("since_start", { since }),
      basis("since_finding", { since, cuts: { count: 2, more: false, time_s: 10800 } }),
      basis("since_cut", { since, cuts: { count: 1000, more: true, time_s: 360000 } }),
      basis("elapsed", { kind: "elapsed", have: 3600, need: 7200, since }),
      basis("reports", { kind: "obligation", obligation: "O1" }),
      basis("of_a_later_node"),
    ];
    return answer;
  };
};

test("why a condition is not met is told in the reader's language; else in the node's, marked", async () => {
  for (const [language, words] of [
    ["en", [/stage before it has not begun/, /last finding, 14 Aug 2016.*cut 2 times, 3 hours in all/]],
    ["ru", [/Предыдущий этап не начат/, /последнего вывода, 14.*прерывалась 2 раза, всего: 3 часа/]],
    ["ar", [/لم تبدأ المرحلة السابقة/, /آخر نتيجة رصد.*مرتين/]],
  ]) {
    const prepare = async (page, fixture) => {
      unmet(page, fixture);
      await page.addInitScript((one) => localStorage.setItem("detente-language", one), language);
    };
    await withPage({ prepare }, async (page) => {
      await onBoard(page);
      const shown = await text(page, "[data-stage=S2]");
      for (const pattern of words) assert.match(shown.replace(/[\u2066-\u2069]/g, ""), pattern);
      const said = page.locator("[data-stage=S2] .need .said[lang=en][dir=ltr]");
      assert.deepEqual(await said.allTextContents(), ["the node's own words about of_a_later_node"]);
      await page.locator("[data-stage=S2]").scrollIntoViewIfNeeded();
      await picture(page, `course-unmet-${language}`);
    });
  }
});

test("who promised is who reports; who verifies answers the report", async () => {
  await withPage({ prepare: terms }, async (page, fixture) => {
    await onBoard(page);
    assert.match(await text(page, "[data-obligation=O1]"), /verified.*1 of 1 verified/);
    assert.match(await text(page, "[data-obligation=O2]"), /reported, not verified/);
    const third = await text(page, "[data-obligation=O3]");
    assert.match(third, /overdue by 4:42:0\d.*overdue.*0 of 2 verified/);
    assert.equal(await page.locator("[data-key=report-O2], [data-key^=verify-]").count(), 0);
    assert.equal(await page.locator("[data-key^=begin-]").count(), 0);
    await page.click("[data-key=report-O3]");
    assert.match(await text(page, "dialog"), /The receipt of each delivery/);
    await page.fill("#reason", "Nine trucks have passed");
    await page.fill("#refs", "north 10");
    await page.click("#ask-send");
    await page.waitForFunction(() =>
      document.querySelector("[data-obligation=O3]").textContent.includes("Nine trucks"),
    );
    assert.deepEqual(fixture.posts, [
      {
        path: "/api/agreement/obligations/O3/report",
        body: { text: "Nine trucks have passed", evidence: [{ party: "north", index: 10 }] },
      },
    ]);
  });
  await withPage({ party: "monitor", role: "monitor", prepare: terms }, async (page, fixture) => {
    await onBoard(page);
    await page.click("[data-key=verify-O2]");
    await page.selectOption("#result", "disputed");
    await page.fill("#reason", "A post still stands there");
    await page.click("#ask-send");
    await page.waitForSelector("[data-obligation=O2] .state-objected");
    assert.deepEqual(fixture.posts, [
      {
        path: "/api/agreement/obligations/O2/verify",
        body: {
          report: { party: "south", index: 8 },
          result: "disputed",
          reason: "A post still stands there",
        },
      },
    ]);
  });
});

test("uses of an exception are counted, late ones marked, and declared with grounds", async () => {
  await withPage({ prepare: terms }, async (page, fixture) => {
    await onBoard(page);
    assert.match(await text(page, "[data-exception=E1]"), /2 uses.*1 declared late.*within 1 hour/);
    await page.click("[data-key=declare-E1]");
    await page.fill("#reason", "One wounded");
    await page.fill("#began", "2016-08-15 10:30");
    await page.click("#ask-send");
    await page.waitForFunction(() =>
      document.querySelector("[data-exception=E1]").textContent.includes("3 uses"),
    );
    assert.deepEqual(fixture.posts[0].body, { grounds: "One wounded", began: "2016-08-15T10:30:00Z" });
  });
});

test("suspension, missing signatures and missing acceptance are shown as such", async () => {
  await withPage({ party: "monitor", role: "signatory", prepare: terms }, async (page, fixture) => {
    fixture.world.course.force = "suspended";
    await onBoard(page);
    assert.match(await text(page, "#force"), /The agreement as a whole ▲ suspended/);
    assert.match(await text(page, "#force"), /Shells near a relief site.*signed by south\/duty-1/);
    assert.match(await text(page, "#versions"), /Version 2 ○ not in force.*Southern Air Coordination: ◌ missing/);
    assert.match(await text(page, "#papers"), /None was opened or published/);
    assert.match(await text(page, "#roll"), /acceptance is not on the record/);
    await page.click("[data-key=accept-relief]");
    await page.fill("#accepted", "2016-08-15 09:00");
    await page.click("#ask-send");
    await page.waitForFunction(
      () => !document.querySelector("#roll").textContent.includes("not on the record"),
    );
    assert.deepEqual(fixture.posts, [
      {
        path: "/api/agreement/adherents/relief/accept",
        body: { accepted: "2016-08-15T09:00:00Z" },
      },
    ]);
  });
});

test("an agreement without a course says so plainly", async () => {
  await withPage({ prepare: terms }, async (page, fixture) => {
    const { course } = fixture.world;
    const whole = course.answer.bind(course);
    const none = { stages: [], obligations: [], exceptions: [], roll: [] };
    course.answer = (...all) => ({ ...whole(...all), ...none });
    await onBoard(page);
    assert.match(await text(page, "#stages"), /This agreement has no stages/);
    assert.match(await text(page, "#obligations"), /has no obligations/);
    assert.match(await text(page, "#exceptions"), /names no exceptions/);
    assert.match(await text(page, "#roll"), /Nobody is bound through a sponsor/);
  });
});

for (const language of ["ru", "ar"]) {
  test(`the board in ${language}`, async () => {
    const prepare = async (page, fixture) => {
      terms(page, fixture);
      await page.addInitScript((name) => localStorage.setItem("detente-language", name), language);
    };
    await withPage({ role: "signatory", prepare }, async (page) => {
      await onBoard(page);
      const name = { ru: /Совместный этап/, ar: /المرحلة المشتركة/ }[language];
      assert.match(await text(page, "[data-stage=S2]"), name);
      await picture(page, `course-${language}`);
      await page.evaluate(() => document.querySelector("#obligations").scrollIntoView());
      await picture(page, `course-obligations-${language}`);
    });
  });
}
