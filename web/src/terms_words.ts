// SPDX-License-Identifier: Apache-2.0
//
// Words that every view about the agreement shares: clauses as links, lengths of time, parties.
import { h, said } from "./dom";
import { numberText, t } from "./i18n";
import { agreement } from "./store";

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

export const plainNumber = (n: number): string => numberText(n, 1);
