// SPDX-License-Identifier: Apache-2.0
//
// What every view shows of the hotline: beside each link whether somebody is on watch there, a note
// when nobody is, at either end, and how much waits for this officer; new words are said once.
import { byId, h, show, type Child } from "./dom";
import type { Message, TestCall } from "./hotline_types";
import { inWords, lineOf, ownParty } from "./hotline_words";
import { listText, t } from "./i18n";
import { forms, hotline, isOwn, nameOf } from "./store";

/** Inside the chip of a party's link. */
export function lineChip(party: string): Child {
  const line = lineOf(party);
  if (line === undefined) return null;
  const [sign, key] =
    line.manned === true
      ? (["☎", "hotline.short.manned"] as const)
      : line.manned === false
        ? (["☎✕", "hotline.short.unmanned"] as const)
        : (["☎?", "hotline.short.unknown"] as const);
  return h(
    "span.line-chip",
    { title: t(key), "data-line": party },
    h("span", { "aria-hidden": "true" }, ` ${sign}`),
    h("span.unseen", {}, t(key)),
  );
}

/** An unmanned line is seen by both sides at once, on every view. */
export function unmannedNotes(): Child {
  const unmanned = (hotline.value?.lines ?? []).filter(({ manned }) => manned === false);
  if (unmanned.length === 0) return null;
  const others = unmanned.filter(({ party }) => !isOwn(party));
  return h(
    "p.note.warn",
    { "data-unmanned": unmanned.map(({ party }) => party).join(" ") },
    h("span", { "aria-hidden": "true" }, "☎ "),
    others.length < unmanned.length ? [t("hotline.note.own"), " "] : null,
    others.length === 0
      ? null
      : [t("hotline.note.other", { parties: listText(others.map(({ name }) => name)) }), " "],
    h("a", { href: "#/hotline", "data-key": "note-line" }, t("hotline.note.open")),
  );
}

const unread = (): Message[] =>
  (hotline.value?.messages ?? []).filter(
    ({ to, acts }) => acts.includes("read") && to.includes(ownParty()),
  );

const testsToAnswer = (): TestCall[] =>
  (hotline.value?.lines ?? [])
    .map(({ test }) => test)
    .filter((test) => test?.acts.includes("answer") === true)
    .filter((test) => test !== undefined);

const announced = new Set<string>();
let first = true;

/** The number at the view's tab, and a word to the screen reader for what is new. */
export function drawWaiting(): void {
  if (hotline.value === undefined) return;
  if (forms.value === undefined) forms.touch(); // titles
  const messages = unread();
  const tests = testsToAnswer();
  const warnings = hotline.value.warnings.filter(({ acts }) => acts.includes("ack"));
  const n = messages.length + tests.length + warnings.length;
  show(
    byId("hotline-count"),
    n === 0
      ? null
      : [
          h("span", { "aria-hidden": "true" }, n > kMost ? `${kMost}+` : String(n)),
          h("span.unseen", {}, ` ${t("hotline.waiting", { n })}`),
        ],
  );
  const words = [
    ...tests.map(({ id, party }): [string, string] => [
      id,
      t("hotline.said.test", { party: nameOf(party) }),
    ]),
    ...messages.map((message): [string, string] => [
      message.id,
      t("hotline.said.message", { party: nameOf(message.party), title: titleOf(message) }),
    ]),
  ].filter(([id]) => !announced.has(id));
  for (const [id] of words) announced.add(id);
  // What waited before the page was opened is not new.
  if (!first && words[0] !== undefined) byId("said").textContent = words[0][1];
  first = false;
}

const kMost = 99;

const titleOf = ({ form }: Message): string =>
  inWords(forms.value?.forms.find(({ code }) => code === form)?.title, form)[0];
