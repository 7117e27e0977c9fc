// SPDX-License-Identifier: Apache-2.0
//
// What the tests of protected sites and of movements do alike with the page.
import { go, ready } from "./browser.mjs";

export const text = async (page, selector) =>
  (await page.textContent(selector)).replace(/[\u2066-\u2069]/g, "").replace(/\s+/g, " ");
export const live = async (page) => {
  await ready(page);
  await page.waitForSelector("body[data-line=open]");
};
export const open = async (page, hash, selector) => {
  await live(page);
  await go(page, hash);
  await page.waitForSelector(selector);
};
export const says = (page, selector, pattern) =>
  page.waitForFunction(
    ([where, source]) => {
      const found = document.querySelector(where)?.textContent.replace(/[\u2066-\u2069]/g, "") ?? "";
      return new RegExp(source).test(found.replace(/\s+/g, " "));
    },
    [selector, pattern.source],
  );
export const send = async (page) => {
  await page.click("#ask-send");
  await page.waitForSelector("dialog", { state: "detached" });
};
export const posted = (fixture, path) => fixture.posts.filter((post) => post.path === path).map(({ body }) => body);
export const tooWide = (page) =>
  page.evaluate(() => {
    const main = document.querySelector("#main");
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
  });
