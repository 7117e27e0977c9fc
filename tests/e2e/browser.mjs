// SPDX-License-Identifier: Apache-2.0
//
// A real Chromium for the tests. Every page is guarded: an error on its console, an exception, or
// a request to another origin fails the test that opened it.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Fixture, kToken } from "./fixture/server.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const kPictures = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));
// Long, for a browser without a GPU on a busy machine: nothing here is about speed.
export const kPatienceMs = Number(process.env.PATIENCE ?? 180000);

let browser;
export async function startBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.DETENTE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
    ],
  });
}
export const stopBrowser = () => browser?.close();

/** What the page showed when a test failed: its address, what its body says of it, its words. */
async function stateOf(page) {
  const ask = page.evaluate(() => ({
    hash: location.hash,
    ...document.body.dataset,
    focus: document.activeElement?.id,
    main: document.querySelector("#main")?.innerText.slice(0, 600),
    fields: [...document.querySelectorAll("#main :is(input, select, textarea)")]
      .slice(0, 20)
      .map(({ id, value }) => `${id}=${value.slice(0, 40)}`),
  }));
  const none = new Promise((tell) => setTimeout(tell, 5000, "it does not answer"));
  const state = await Promise.race([ask, none]).catch(({ message }) => message);
  return `\nThe page then: ${JSON.stringify(state)}`;
}

/**
 * Opens `address` in a context of its own and runs `use(page)`; afterwards the guards are asked.
 * `expected`: patterns of console errors that the test causes on purpose (a refused request).
 */
export async function openPage(
  address,
  { scheme = "light", size = [1440, 900], expected = [], prepare },
  use,
) {
  const { origin: own } = new URL(address);
  const context = await browser.newContext({
    viewport: { width: size[0], height: size[1] },
    colorScheme: scheme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatienceMs);
  const troubles = [];
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !expected.some((pattern) => pattern.test(text))) {
      troubles.push(text);
    }
  });
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    const inside = origin === own || protocol === "blob:" || protocol === "data:";
    if (!inside) troubles.push(`a request to ${request.url()}`);
  });
  try {
    await prepare?.(page);
    await page.goto(address);
    await use(page).catch(async (error) => {
      error.message += await stateOf(page);
      throw error;
    });
    assert.deepEqual(troubles, [], "the page is quiet and asks nobody else");
  } finally {
    await context.close();
  }
}

/** The same on a fixture of its own: `use(page, fixture)`, `prepare(page, fixture)`. */
export async function withPage(
  { hash = `#token=${kToken}`, party, role, prepare, ...options },
  use,
) {
  const fixture = new Fixture({ party, role });
  const base = await fixture.listen();
  try {
    await openPage(
      `${base}/${hash}`,
      { ...options, prepare: (page) => prepare?.(page, fixture) },
      (page) => use(page, fixture),
    );
  } finally {
    await fixture.close();
  }
}

export const ready = (page) => page.waitForSelector("#waiting-list .card, #waiting-list .empty");

/** The map has the size of its frame, nothing of it moves, and all that it was given is drawn. */
export const mapIdle = (page) =>
  page.waitForFunction(
    () =>
      new Promise((tell) => {
        const later = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
        const still = () => {
          const [canvas, frame] = ["#map canvas", "#map"].map((one) =>
            document.querySelector(one)?.getBoundingClientRect(),
          );
          return (
            document.body.dataset.mapIdle === "yes" &&
            canvas !== undefined &&
            Math.abs(canvas.width - frame.width) < 2 &&
            Math.abs(canvas.height - frame.height) < 2
          );
        };
        later(() => {
          const first = still();
          later(() => tell(first && still()));
        });
      }),
  );

/** Where the map is on the screen, once it is still. */
export async function mapBox(page) {
  await mapIdle(page);
  return page.locator("#map canvas").boundingBox();
}

/** Goes to a view by its address, and waits for its heading. */
export async function go(page, hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await page.waitForSelector("#main h1");
}

export async function picture(page, name) {
  mkdirSync(kPictures, { recursive: true });
  await page.screenshot({ path: `${kPictures}${name}.png` });
}
