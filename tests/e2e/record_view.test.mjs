// SPDX-License-Identifier: Apache-2.0
//
// The record in a real Chromium: logs side by side by time, who has an entry since when by which
// proof, what is missing, gaps, deemed delivery, evidence, and logs of 100,000 entries.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

const text = (page, selector) => page.locator(selector).first().innerText();
const card = (page, party, index) => page.locator(`[data-entry="${party}/${index}"]`);
const opened = async (page, hash) => {
  await ready(page);
  await go(page, hash);
  await page.waitForSelector(".entry-card");
};
const indexOf = (fixture, party, type) =>
  fixture.world.logs.get(party).facts.find((fact) => fact.type === type).index;

test("the logs stand side by side by time, newest first, and grow while one looks", async () => {
  await withPage({ scheme: "dark" }, async (page, fixture) => {
    await opened(page, "#/record");
    assert.equal(await page.locator("thead th.log").count(), 3);
    const times = await page
      .locator("tbody th.axis time")
      .evaluateAll((all) => all.map((one) => Date.parse(one.dateTime)));
    assert.ok(times.length > 40, `${times.length} rows`);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
    const south = await text(page, "thead th[data-log=south]");
    assert.match(south, /19 entries/);
    assert.match(south, /monitor\s*seen .* ago, held ◌ missing/);
    const row = page.locator("tr", { has: card(page, "south", 15) });
    assert.equal(await row.locator(".entry-card").count(), 1, "a row holds one entry");
    await picture(page, "record-dark");
    await page.waitForSelector("body[data-line=open]");
    fixture.receiveStop("the log grows");
    fixture.emit("log", { party: "south", size: 20 });
    await page.waitForFunction(() =>
      document.querySelector(".entry-card")?.textContent.includes("STOP sent"),
    );
  });
});

test("each card says in plain words who signed, and how far each other party has come", async () => {
  await withPage({}, async (page, fixture) => {
    await opened(page, "#/record");
    const proposal = card(page, "north", indexOf(fixture, "north", "activity.propose"));
    assert.match(await proposal.innerText(), /Activity filed/);
    assert.match(await proposal.innerText(), /north\/duty-1/);
    // What a screen reader says is the whole, with names, words and times.
    const said = await proposal.locator(".strips .unseen").allTextContents();
    assert.match(
      said[0],
      /^Southern Air Coordination: seen 04:42:20, held 04:42:40, read 08:02:00, concurred 09:42:00\./,
    );
    assert.match(
      said[1],
      /^Neutral Monitoring Mission: seen 04:42:20, held 04:42:40, read not asked, decided not asked\./,
    );
    // And for the eye: a sign for each step, never a colour alone.
    assert.equal(await proposal.locator(".steps").first().innerText(), "✓\n✓\n✓\n✓");
    assert.equal(await proposal.locator(".steps").nth(1).innerText(), "✓\n✓\n–\n–");
  });
});

test("a step that is missing is shown as missing, on the card and in the entry", async () => {
  await withPage({}, async (page, fixture) => {
    await opened(page, "#/record");
    const kestrel = indexOf(fixture, "south", "activity.propose");
    const missed = card(page, "south", kestrel);
    assert.match(await missed.innerText(), /monitor\s+✓\s*!\s*–\s*–\s*not held: overdue/);
    await missed.locator("a").click();
    await page.waitForSelector("#receipt-missing");
    const held = await text(page, "[data-step='monitor held']");
    assert.match(held, /Neutral Monitoring Mission: held overdue/);
    assert.match(held, /overdue since .*no such proof has come/);
    assert.equal(await page.locator("#receipt-line [data-step='monitor held']").count(), 0);
    const seen = await text(page, "#receipt-line [data-step='monitor seen']");
    assert.match(seen, /by monitor\.example\/witness; proof: its cosignature of the head with/);
  });
});

test("an entry shows header, signatures, receipts by time with proofs, and its true time", async () => {
  await withPage({}, async (page, fixture) => {
    const index = indexOf(fixture, "north", "activity.propose");
    await opened(page, `#/record/north/${index}`);
    await page.waitForSelector("#receipt-line");
    assert.equal(await text(page, "#main h1"), `Entry ${index}`);
    const steps = await page
      .locator("#receipt-line .receipt")
      .evaluateAll((all) => all.map((one) => one.dataset.step));
    assert.deepEqual(steps, [
      "north logged",
      "south seen",
      "monitor seen",
      "south held",
      "monitor held",
      "south read",
      "south decided",
    ]);
    const decided = page.locator("#receipt-line [data-step='south decided']");
    assert.match(await decided.innerText(), /concurred .*by south\/duty-2; proof: log entry 13/s);
    assert.match(await text(page, "#receipt-line [data-step='north logged']"), /writer's own clock/);
    assert.match(await text(page, "#signers"), /north\/duty-1\s+duty officer\s+log entry 1\s+✓ counts/);
    assert.match(await text(page, "#bracket"), /Proven: not earlier than .*not later than/);
    assert.match(await text(page, "#seen-heads"), /Southern Air Coordination: 13 entries, the last is log entry 12/);
    // The proof of the answer is one step away, and leads back.
    await decided.locator("a").click();
    await page.waitForFunction(() => document.querySelector("#refs") !== null);
    assert.match(await text(page, "#refs"), new RegExp(`log entry ${index} of Northern`));
    assert.match(await card(page, "north", index).innerText(), /the chosen entry answers this/);
    assert.match(
      await card(page, "north", 14).innerText(),
      /the chosen entry's writer had this log up to here/,
    );
    assert.equal(await page.locator(".entry-card.here").getAttribute("data-entry"), "south/13");
    await picture(page, "record-entry");
  });
});

test("times without proof of contact are marked, and what was logged in them", async () => {
  await withPage({}, async (page, fixture) => {
    await opened(page, "#/record");
    const north = page.locator("[data-gap=north]");
    assert.equal(await north.count(), 1, "one gap for both others");
    assert.match(
      await north.innerText(),
      /No proof of contact with Southern Air Coordination or Neutral Monitoring Mission: 09:02 to 09:09Z \(7 min\)/,
    );
    const note = fixture.world.logs.get("north").facts.find(({ time }) => /09:05/.test(time));
    const cell = page.locator("td", { has: card(page, "north", note.index) });
    assert.match(await cell.innerText(), /logged without proof of contact/);
    assert.ok((await cell.getAttribute("class")).includes("in-gap"));
    await north.scrollIntoViewIfNeeded();
    await picture(page, "record-gap");
    // One that goes on says so.
    const from = fixture.world.now();
    fixture.world.gaps.push({ log: "south", party: "monitor", from, contacts: 2 });
    fixture.advance(400000);
    fixture.emit("log", { party: "south", size: 20 });
    await page.waitForFunction(() =>
      document
        .querySelector("[data-gap=south]")
        ?.textContent.includes("Neutral Monitoring Mission: since 10:42Z, and still none, but for 2 single cosignatures."),
    );
  });
});

test("deemed delivery is shown with its holders, and is no answer", async () => {
  const prepare = (page, fixture) => {
    fixture.world.withheld.push({
      log: "north",
      by: "south",
      after: "2016-08-15T09:00:00Z",
      all: true,
    });
  };
  await withPage({ prepare }, async (page, fixture) => {
    const note = fixture.world.logs.get("north").facts.find(({ time }) => /09:05/.test(time));
    await opened(page, "#/record");
    const shown = await card(page, "north", note.index).innerText();
    assert.match(shown, /south\s+!\s*!\s*!\s*–\s*deemed delivered 10:09/);
    await card(page, "north", note.index).locator("a").click();
    await page.waitForSelector("[data-step='south deemed']");
    const deemed = await text(page, "[data-step='south deemed']");
    assert.match(deemed, /Southern Air Coordination: deemed delivered 15 Aug 2016 10:09/);
    assert.match(deemed, /neutral mirrors had held it.*Neutral Monitoring Mission\. It is no answer\./);
    assert.match(await text(page, "#receipt-missing"), /Southern Air Coordination: held overdue/);
  });
});

test("evidence stands in a band on every view until it is resolved, and cannot be closed", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await page.waitForSelector("body[data-line=open]");
    assert.equal(await page.locator(".evidence").count(), 0);
    const hash = fixture.world.findFork();
    fixture.emit("evidence", { party: "north" });
    await page.waitForSelector("#evidence .evidence.loud");
    assert.equal(await page.locator("#evidence").getAttribute("role"), "alert");
    for (const view of ["#/map", "#/record", "#/record/south/7", "#/agreement"]) {
      await go(page, view);
      assert.ok(await page.locator("#evidence .loud").isVisible(), view);
    }
    const band = await text(page, "#evidence");
    assert.match(band, /⚠ EVIDENCE/);
    assert.match(band, /South signed two different logs with 19 entries\./);
    assert.match(band, /It convicts Southern Air Coordination: two different logs of the same size/);
    assert.match(band, /Proven: the accused's own signatures stand in the file\./);
    assert.match(band, /detente-verify/);
    assert.deepEqual(
      await page.locator("#evidence button").allInnerTexts(),
      ["Download the file"],
      "there is no button that closes it",
    );
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click("#evidence button"),
    ]);
    assert.equal(download.suggestedFilename(), `${hash}.evidence`);
    assert.match(await streamText(await download.createReadStream()), /^detente evidence v1\n/);
    await go(page, "#/record");
    await picture(page, "record-evidence");
    fixture.world.evidence[0].resolved = true;
    fixture.emit("evidence", {});
    await page.waitForSelector("#evidence .evidence", { state: "detached" });
    assert.match(await text(page, "#main"), /Evidence that was resolved: 1/);
  });
});

test("what another party merely calls evidence is shown as its word, and accuses nobody", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    fixture.world.findFork();
    Object.assign(fixture.world.evidence[0], { checked: false, held: false });
    fixture.world.evidence[0].claims[0].party = "south";
    fixture.emit("evidence", {});
    await page.waitForSelector("#evidence .evidence.calm");
    const band = await text(page, "#evidence");
    assert.match(band, /not checked here/);
    assert.match(band, /Southern Air Coordination states:/);
    assert.match(band, /It would convict/);
    assert.doesNotMatch(band, /It convicts/);
    assert.equal(await page.locator("#evidence .loud, #evidence button").count(), 0);
  });
});

test("a node that is fenced, damaged or halted says what that means", async () => {
  await withPage({}, async (page, fixture) => {
    await opened(page, "#/record");
    assert.equal(await page.locator("#node-state").count(), 0);
    for (const [state, words] of [
      ["fenced", /This node is fenced\./],
      ["damaged", /This node is damaged\./],
      ["halted", /This node has stopped writing\./],
      ["rebuilding", /This node is rebuilding its log\./],
      ["forked", /This node's log has forked\./],
    ]) {
      fixture.world.node = { state, why: `Because of ${state}.` };
      fixture.emit("log", {});
      await page.waitForSelector(`.node-state.${state}`);
      assert.match(await text(page, "#node-state"), words);
      assert.match(await text(page, "#node-state"), new RegExp(`Because of ${state}\\.`));
    }
  });
});

test("a log that forked, and one that is being taken in, say so above their column", async () => {
  const prepare = (page, fixture) => {
    fixture.world.forked = "south";
    fixture.world.catchingUp = { log: "monitor", state: { from: "south", done: 500, total: 90000 } };
  };
  await withPage({ prepare }, async (page) => {
    await opened(page, "#/record");
    assert.match(await text(page, "thead th[data-log=south]"), /forked: two histories/);
    assert.match(
      await text(page, "thead th[data-log=monitor]"),
      /taking in entries: 500 of 90000, from Southern Air Coordination/,
    );
    assert.doesNotMatch(await text(page, "thead th[data-log=north]"), /forked|taking in/);
  });
});

test("the record is paged by time, and one can go to a time", async () => {
  await withPage({}, async (page, fixture) => {
    for (let i = 0; i < 150; ++i) {
      fixture.advance(10000);
      const party = ["north", "south", "monitor"][i % 3];
      fixture.world.append(party, fixture.world.now(), "note.text", [`${party}/duty-1`], {}, `call ${i}`);
    }
    await opened(page, "#/record");
    const shown = () =>
      page
        .locator("[data-entry]")
        .evaluateAll((all) => all.map((one) => one.getAttribute("data-entry")));
    const all = new Set(await shown());
    assert.equal(all.size, 60);
    // Page by page, every entry of every log comes exactly once.
    for (;;) {
      const older = page.locator("[data-key=page-older]");
      if (await older.isDisabled()) break;
      const before = await text(page, "#record-range");
      await older.click();
      await page.waitForFunction(
        (was) => document.querySelector("#record-range")?.innerText !== was,
        before,
      );
      for (const one of await shown()) {
        assert.ok(!all.has(one), `${one} twice`);
        all.add(one);
      }
    }
    const total = [...fixture.world.logs.values()].reduce((sum, log) => sum + log.entries.length, 0);
    assert.equal(all.size, total);
    await page.click("[data-key=page-newest]");
    await page.waitForSelector("[data-entry='monitor/65']");
    await page.fill("#record-time", "2016-08-14T10:00:00");
    await page.click("[data-key=record-go]");
    await page.waitForFunction(() => document.querySelector("[data-entry='north/15']") !== null);
    assert.equal((await shown())[0], "north/15");
    await page.click("[data-key=page-first]");
    await page.waitForFunction(() => document.querySelector("[data-entry='north/0']") !== null);
    assert.ok((await shown()).includes("monitor/0"));
  });
});

test("logs of 100,000 entries cost no more than short ones", async () => {
  await withPage({}, async (page, fixture) => {
    const kSize = 100000;
    const { page: small } = fixture.world.logs.get("south");
    for (const log of fixture.world.logs.values()) {
      // The same answers as of a long log; its hashes are not looked at here.
      const { facts } = log;
      const last = facts.length;
      const factAt = (i) => ({
        ...facts[i % last],
        index: i,
        time: new Date(Date.parse("2016-08-15T10:40:00Z") - (kSize - i) * 1000).toISOString(),
        leaf: log.leaves[i % last].toString("base64"),
        delivery: fixture.world.delivery(log.party, i % last),
      });
      log.page = (from, count, delivery) => ({
        ...small.call(log, 0, 0, delivery),
        size: kSize,
        entries: Array.from({ length: Math.min(count, kSize - from) }, (_, i) => factAt(from + i)),
      });
    }
    const { state, record } = fixture.world;
    fixture.world.state = () => ({
      ...state.call(fixture.world),
      logs: state.call(fixture.world).logs.map((log) => ({ ...log, size: kSize })),
    });
    fixture.world.record = () => ({
      ...record.call(fixture.world),
      logs: record.call(fixture.world).logs.map((log) => ({ ...log, size: kSize })),
    });
    let asked = 0;
    page.on("response", (response) => {
      const { pathname, searchParams } = new URL(response.url());
      if (!pathname.startsWith("/api/log/")) return;
      ++asked;
      assert.ok(Number(searchParams.get("count")) <= 40, response.url());
    });
    await opened(page, "#/record");
    await page.waitForTimeout(500);
    assert.ok(asked > 0 && asked <= 9, `${asked} pages asked`);
    const nodes = await page.evaluate(() => document.querySelectorAll("#main *").length);
    assert.ok(nodes < 4000, `${nodes} elements`);
    assert.match(await text(page, "thead th[data-log=north]"), /100000 entries/);
    await page.click("[data-key=page-older]");
    await page.waitForFunction(() => !document.querySelector("[data-key=page-newer]").disabled);
    await page.click("[data-key=page-first]");
    await page.waitForFunction(() => document.querySelector("[data-entry='north/0']") !== null);
  });
});

test("the keyboard goes from entry to entry, also from right to left", async () => {
  await withPage({}, async (page) => {
    await opened(page, "#/record");
    const at = () =>
      page.evaluate(
        () => document.activeElement?.closest("[data-entry]")?.getAttribute("data-entry") ?? "",
      );
    await page.focus("[data-entry='north/19'] a");
    await page.keyboard.press("ArrowDown");
    assert.equal(await at(), "north/18");
    await page.keyboard.press("ArrowUp");
    assert.equal(await at(), "north/19");
    await page.keyboard.press("ArrowRight");
    assert.match(await at(), /^south\//);
    await page.keyboard.press("ArrowRight");
    assert.match(await at(), /^monitor\//);
    await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
    await page.keyboard.press("ArrowRight");
    assert.match(await at(), /^south\//, "in Arabic the columns run the other way");
    // Choosing with the keyboard opens the entry beside the time line, and Back returns.
    await page.focus("[data-entry='north/19'] a");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#receipt-line");
    await page.waitForFunction(() => document.activeElement?.tagName === "H1");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 1440, `${wide}`);
    await picture(page, "record-rtl");
    await page.goBack();
    await page.waitForSelector("#receipt-line", { state: "detached" });
    assert.ok(await card(page, "north", 19).isVisible());
    await page.waitForFunction(
      () => document.activeElement?.getAttribute("data-key") === "entry-north-19",
    );
  });
});

test("a log stands alone with its note, and an entry opens beside it", async () => {
  await withPage({}, async (page) => {
    await opened(page, "#/record/north");
    assert.equal(await page.locator("thead th.log").count(), 1);
    assert.match(await text(page, "#main"), /north\.example\/detente\/2016/);
    await page.click("[data-entry='north/0'] a");
    await page.waitForSelector("#payload");
    assert.match(await text(page, "#payload"), /"type": "agreement\.sign"/);
    assert.equal(await page.locator("thead th.log").count(), 1, "the time line stays as it was");
    await page.locator("summary", { hasText: "exactly" }).click();
    assert.match(await text(page, "#raw-bytes"), /^\{"v":1,"seq":0,"time":\d+,"seen":\[/);
  });
});

async function streamText(stream) {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
}

test("the proof is downloaded as a file with the index and the signed head", async () => {
  await withPage({}, async (page, fixture) => {
    await opened(page, "#/record/south/7");
    await page.waitForSelector("#download-proof");
    const [proof] = await Promise.all([
      page.waitForEvent("download"),
      page.click("#download-proof"),
    ]);
    assert.equal(proof.suggestedFilename(), "south-7.tlog-proof");
    assert.equal(
      await streamText(await proof.createReadStream()),
      fixture.world.logs.get("south").proofFile(7),
    );
    const [entry] = await Promise.all([
      page.waitForEvent("download"),
      page.click("#download-entry"),
    ]);
    const bytes = await streamText(await entry.createReadStream());
    assert.equal(bytes, fixture.world.logs.get("south").entries[7].toString());
  });
});

test("on a phone the columns become one list that says whose log each entry is in", async () => {
  await withPage({ size: [390, 844] }, async (page) => {
    await opened(page, "#/record");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${wide}`);
    assert.ok(await card(page, "south", 18).isVisible());
    const label = await page
      .locator("td", { has: card(page, "south", 18) })
      .evaluate((cell) => getComputedStyle(cell, "::before").content);
    assert.match(label, /Southern Air Coordination/);
    await card(page, "south", 18).locator("a").click();
    await page.waitForSelector("#receipt-line");
    assert.ok(!(await page.locator(".timeline-table").isVisible()), "the entry takes the screen");
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
    await picture(page, "record-small");
  });
});
