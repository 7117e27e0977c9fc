// SPDX-License-Identifier: Apache-2.0
//
// Words that every view about the agreement shares: clauses as links, lengths of time, parties.
import { h, said } from "./dom";
import { listText, t } from "./i18n";
import { agreement } from "./store";
import type { Rule } from "./types";

/** The clause's number, as a link to its text. */
export const clauseLink = (id: string): HTMLElement =>
  h("a", { href: `#/agreement/${encodeURIComponent(id)}`, dir: "ltr" }, id);

/** The clause's text in the reader's language, as both sides signed it. */
export function clauseWords(id: string): HTMLElement | null {
  const text = agreement.value?.clauses.find((clause) => clause.id === id)?.text;
  return text === undefined ? null : said(text, "q");
}

/** A length of time in whole units: "18 minutes", "1 hour 30 minutes", "2 days". */
export function lengthWords(seconds: number): string {
  const s = Math.round(seconds);
  const parts: string[] = [];
  const [days, hours, minutes, rest] = [
    Math.floor(s / 86400),
    Math.floor((s % 86400) / 3600),
    Math.floor((s % 3600) / 60),
    s % 60,
  ];
  // A day of notice is called 24 hours, as agreements do.
  const allHours = s < 172800 ? days * 24 + hours : hours;
  if (s >= 172800) parts.push(t("terms.length.days", { n: days }));
  if (allHours > 0) parts.push(t("length.hours", { n: allHours }));
  if (minutes > 0 && s < 172800) parts.push(t("length.minutes", { n: minutes }));
  if (rest > 0 && s < 3600) parts.push(t("length.seconds", { n: rest }));
  return parts.length === 0 ? t("length.seconds", { n: 0 }) : parts.slice(0, 2).join(" ");
}

/** What narrows a rule down: crew, hours of the day, stages. */
export function ruleLimits({ unmanned, daily, stages }: Rule): string {
  const parts: string[] = [];
  if (unmanned !== undefined) parts.push(t(unmanned ? "terms.rule.unmanned" : "terms.rule.manned"));
  if (daily !== undefined && daily.length > 0) {
    const windows = daily.map((window) => t("terms.rule.window", window));
    parts.push(t("terms.rule.daily", { windows: listText(windows) }));
  }
  if (stages !== undefined && stages.length > 0) {
    parts.push(t("terms.rule.stages", { stages: listText(stages) }));
  }
  return parts.join(" ");
}
