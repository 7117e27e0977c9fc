// SPDX-License-Identifier: Apache-2.0
//
// The record view in a real Chromium: the browser recomputes a proof, and a byte that was changed
// on the way, at any of the places where it can be, shows a cross.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { go, picture, ready, startBrowser, stopBrowser, withPage } from "./browser.mjs";

before(startBrowser);
after(stopBrowser);

const verdict = (page) => page.locator("#proof-result .verdict").getAttribute("data-verdict");
const check = async (page) => {
  await page.click("#check-proof");
  await page.waitForSelector("#proof-result .verdict");
};

/** Changes the node's answer about one entry on its way to the page. */
const altered = (change) => async (page) =>
  page.route("**/api/log/south/7", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    change(body);
    await route.fulfill({ response, json: body });
  });
const flip = (base64, at) => {
  const bytes = Buffer.from(base64, "base64");
  bytes[at] ^= 1;
  return bytes.toString("base64");
};

const kChanges = {
  "one bit of the entry": (body) => (body.entry = flip(body.entry, 150)),
  "the leaf hash": (body) => (body.leaf = flip(body.leaf, 0)),
  "a hash of the path": (body) => (body.proof[1] = flip(body.proof[1], 9)),
  "the signed size": (body) => (body.checkpoint = body.checkpoint.replace(/\n\d+\n/, "\n99\n")),
  "the log's signature": (body) => {
    const lines = body.checkpoint.split("\n");
    const [dash, name, signature] = lines[4].split(" ");
    lines[4] = [dash, name, flip(signature, 40)].join(" ");
    body.checkpoint = lines.join("\n");
  },
  "a cosignature": (body) => {
    const lines = body.checkpoint.split("\n");
    const [dash, name, signature] = lines[5].split(" ");
    lines[5] = [dash, name, flip(signature, 60)].join(" ");
    body.checkpoint = lines.join("\n");
  },
};

for (const [what, change] of Object.entries(kChanges)) {
  test(`a changed byte shows a cross: ${what}`, async () => {
    await withPage({ prepare: altered(change) }, async (page) => {
      await ready(page);
      await go(page, "#/record/south/7");
      await check(page);
      assert.equal(await verdict(page), "bad");
      assert.ok((await page.locator(".proof-bad").count()) >= 1);
      assert.match(await page.locator(".proof-bad .sign").first().textContent(), /✕/);
    });
  });
}

test("an untouched proof holds, step by step, also the signatures", async () => {
  await withPage({}, async (page, fixture) => {
    await ready(page);
    await go(page, "#/record/south/7");
    await check(page);
    assert.equal(await verdict(page), "ok");
    assert.equal(await page.locator(".proof-bad, .proof-unknown").count(), 0);
    // Bytes, number, checkpoint, path, log signature, and one step for each cosigner.
    const cosigners = fixture.world.logs.get("south").cosigners.length;
    assert.equal(await page.locator(".proof-ok").count(), 5 + cosigners);
    await page.locator("#proof-result").scrollIntoViewIfNeeded();
    await picture(page, "record-proof");
  });
});

test("trying it with one byte changed shows crosses and says that nothing was harmed", async () => {
  await withPage({}, async (page) => {
    await ready(page);
    await go(page, "#/record/south/7");
    await page.click("#check-tampered");
    await page.waitForSelector("#proof-result .verdict.bad");
    assert.match(await page.textContent("#proof-result"), /on purpose/);
    await check(page);
    assert.equal(await verdict(page), "ok");
  });
});
