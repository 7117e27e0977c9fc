// SPDX-License-Identifier: Apache-2.0
//
// STOP and the hotline in words: titles in the reader's language, what is still open, the steps of
// the escalation list. Both sides compute a step from the same times, so both show the same.
import { nodeNow, onTick } from "./clock";
import { h, said, type Child } from "./dom";
import { durationText, timeElement } from "./format";
import type { Alarm, Line, Message, Warning, Words } from "./hotline_types";
import { kLanguageNames, known, language, rich, t, type Language } from "./i18n";
import { agreement, forms, hello, hotline, nameOf } from "./store";

const isLanguage = (name: string): name is Language => Object.hasOwn(kLanguageNames, name);

/** A text that is there in several languages: the reader's, else the first that there is. */
export function inWords(words: Words | undefined, otherwise = ""): [string, Language | undefined] {
  const own = words?.[language()];
  if (own !== undefined) return [own, language()];
  for (const name of Object.keys(kLanguageNames)) {
    const text = isLanguage(name) ? words?.[name] : undefined;
    if (text !== undefined && isLanguage(name)) return [text, name];
  }
  return [otherwise, undefined];
}

export const directionOf = (name: string): "ltr" | "rtl" | "auto" =>
  name === "ar" ? "rtl" : isLanguage(name) ? "ltr" : "auto";

/** A text with its language and direction told to browsers and screen readers. */
export const spoken = (
  text: string,
  of: string | undefined,
  tag: "span" | "p" | "div" | "q" = "span",
): HTMLElement =>
  of === undefined || of === language()
    ? said(text, tag)
    : h(tag, { lang: of, dir: directionOf(of), class: "said" }, text);

export const wordsElement = (words: Words | undefined, otherwise = ""): HTMLElement =>
  spoken(...inWords(words, otherwise));

export const languageName = (name: string): string =>
  isLanguage(name) ? t(`hotline.in.${name}`) : name;

export const warningTitle = (warning: Warning): HTMLElement =>
  wordsElement(warning.title, warning.kind);

export function formTitle(message: Message): HTMLElement {
  const form = forms.value?.forms.find(({ code }) => code === message.form);
  return wordsElement(form?.title, message.form);
}

export const may = (act: string): boolean => hotline.value?.may.includes(act) === true;

/** Not over, and its time has not run out; `now` where many are asked about. */
export const isOpenWarning = (warning: Warning, now = nodeNow() ?? 0): boolean =>
  warning.over === undefined && Date.parse(warning.until) > now;

export const warningOf = (id: string): Warning | undefined =>
  hotline.value?.warnings.find((warning) => warning.id === id);
export const alarmOf = (id: string): Alarm | undefined =>
  hotline.value?.alarms.find((alarm) => alarm.id === id);

export const lineOf = (party: string): Line | undefined =>
  hotline.value?.lines.find((line) => line.party === party);

/** Parties that have yet to acknowledge: every one but the sender. */
export const owingFor = (sender: string, acks: { party: string }[]): string[] =>
  (agreement.value?.parties ?? [])
    .filter(({ id, kind }) => kind === "party" && id !== sender)
    .map(({ id }) => id)
    .filter((id) => !acks.some((ack) => ack.party === id));

export const ownParty = (): string => hello.value?.party ?? "";

// --- The escalation list -------------------------------------------------------------------------

/** "Step 2 of 3, next in 0:14", kept up to date by the node's clock. */
export function escalation(alarm: Alarm): HTMLElement {
  const steps = hotline.value?.escalation.steps_ms ?? [];
  const element = h("span.escalation", {
    "data-sent": alarm.sent,
    "data-steps": steps.join(" "),
    "data-level": alarm.level,
  });
  writeStep(element, nodeNow() ?? Date.parse(alarm.sent));
  return element;
}

function writeStep(element: HTMLElement, now: number): void {
  const { sent = "", steps: list = "", level: least = "0" } = element.dataset;
  const steps = list === "" ? [] : list.split(" ").map(Number);
  const since = now - Date.parse(sent);
  const level = Math.max(Number(least), steps.filter((ms) => ms <= since).length);
  const next = steps[level];
  const text =
    next === undefined
      ? t("hotline.step.last", { level, steps: Math.max(level, steps.length) })
      : t("hotline.step.next", {
          level,
          steps: steps.length,
          time: durationText(Math.max(0, next - since)),
        });
  if (element.textContent !== text) element.textContent = text;
}

onTick((now) => {
  for (const element of document.querySelectorAll<HTMLElement>(".escalation")) {
    writeStep(element, now);
  }
});

/** What the sirens said, one piece per step. */
export const raisedList = (alarm: Alarm): Child =>
  alarm.raised.map(({ party, level, time, siren }) => {
    const key = `hotline.siren.${siren}`;
    return h(
      "span.raised",
      {},
      " ",
      rich("hotline.raised", {
        party: said(nameOf(party)),
        level: String(level),
        time: timeElement(time, "clock"),
        what: known(key) ? t(key) : siren,
      }),
    );
  });
