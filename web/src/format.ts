// SPDX-License-Identifier: Apache-2.0
//
// Words and numbers as the page writes them. Times are UTC and digits Latin in every language.
import { h } from "./dom";
import { isRightToLeft, known, numberText, t } from "./i18n";
import type { ActivityState, Band, Point, Span } from "./types";

const two = (n: number): string => String(n).padStart(2, "0");

/** Keeps "10:42:07Z" one piece inside a text that runs the other way. */
const piece = (text: string): string => (isRightToLeft() ? `\u2066${text}\u2069` : text);

/** "10:42:07", of the node's clock. */
export function clockText(ms: number, seconds = true): string {
  const at = new Date(ms);
  const hm = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return seconds ? `${hm}:${two(at.getUTCSeconds())}` : hm;
}

/** The same with the sign of UTC: "10:42:07Z". */
export const zuluText = (ms: number, seconds = true): string =>
  piece(`${clockText(ms, seconds)}Z`);

export function dayText(ms: number): string {
  const at = new Date(ms);
  const month = `month.${at.getUTCMonth() + 1}`;
  return t("time.day", {
    day: at.getUTCDate(),
    month: known(month) ? t(month) : month,
    year: at.getUTCFullYear(),
  });
}

export const dateTimeText = (ms: number, seconds = true): string =>
  t("time.day_clock", { day: dayText(ms), clock: zuluText(ms, seconds) });

/** A time as an element: short to read, exact for machines and on hover. */
export function timeElement(time: string, form: "clock" | "full" = "full"): HTMLElement {
  const ms = Date.parse(time);
  const text = form === "clock" ? zuluText(ms) : dateTimeText(ms);
  return h("time", { datetime: time, title: dateTimeText(ms) }, text);
}

export function spanText(span: Span): string {
  const [a, b] = [Date.parse(span.start), Date.parse(span.end)];
  const to = zuluText(b, false);
  if (dayText(a) === dayText(b)) {
    return t("time.span_day", { day: dayText(a), from: piece(clockText(a, false)), to });
  }
  const day = (ms: number, clock: string): string =>
    t("time.day_clock", { day: dayText(ms), clock });
  return t("time.span", { from: day(a, piece(clockText(a, false))), to: day(b, to) });
}

/** 75 s -> "1:15", 3700 s -> "1:01:40", three days -> "3 d 2 h". */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 172800) {
    return t("time.days_hours", {
      days: Math.floor(s / 86400),
      hours: Math.floor((s % 86400) / 3600),
    });
  }
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return piece(hours > 0 ? `${hours}:${rest}` : rest.replace(/^0(?=\d:)/, ""));
}

export function lengthOfTime(s: number): string {
  if (s > 0 && s % 3600 === 0) return t("length.hours", { n: s / 3600 });
  if (s % 60 === 0) return t("length.minutes", { n: s / 60 });
  return t("length.seconds", { n: s });
}

const kFeetPerMetre = 1 / 0.3048;
const kMetresPerMile = 1852;
const kMetresPerSecondOfKnot = 0.514444;

export const feet = (m: number): string =>
  t("unit.ft", { value: numberText(Math.round((m * kFeetPerMetre) / 10) * 10) });
export const metres = (m: number): string => t("unit.m", { value: numberText(m) });
export const miles = (m: number): string =>
  t("unit.nm", { value: numberText(m / kMetresPerMile, 1) });
export const speedText = (metresPerSecond: number): string =>
  t("unit.kt", {
    value: Math.round(metresPerSecond / kMetresPerSecondOfKnot),
    kmh: Math.round(metresPerSecond * 3.6),
  });

export const bandText = (band: Band): string =>
  t("height.band", {
    low: feet(band.lower_m),
    high: feet(band.upper_m),
    low_m: numberText(band.lower_m),
    high_m: metres(band.upper_m),
    reference: t(`reference.${band.reference}`),
  });

export function altitudeText(m: number | undefined, reference: string | undefined): string {
  if (m === undefined) return t("height.unknown");
  const both = { feet: feet(m), metres: metres(m) };
  return reference === undefined
    ? t("height.one", both)
    : t("height.by", { ...both, reference });
}

export function pointText([longitude, latitude]: Point): string {
  const part = (value: number, positive: string, negative: string, digits: number): string => {
    const tenths = Math.round(Math.abs(value) * 600);
    const degrees = String(Math.floor(tenths / 600)).padStart(digits, "0");
    const minutes = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
    return `${degrees}°${minutes}′${value < 0 ? negative : positive}`;
  };
  const turned = ((((longitude + 180) % 360) + 360) % 360) - 180;
  return piece(`${part(latitude, "N", "S", 2)} ${part(turned, "E", "W", 3)}`);
}

/** A word that the node gives by its name: the catalogue's word, or the name where there is none. */
function word(group: string, name: string): string {
  const key = `${group}.${name}`;
  return known(key) ? t(key) : name.replaceAll("_", " ");
}
export const purposeText = (name: string): string => word("purpose", name);
export const confidenceText = (name: string): string => word("confidence", name);
export const stateText = (name: string): string => word("state", name);
export const roleText = (role: string): string => word("role", role);
export const endText = (name: string): string => word("end", name);
export const findingKindText = (kind: string): string => word("finding.kind", kind);

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A state has a sign beside its colour, so that nothing rests on colour alone. */
const kStateSigns: Record<ActivityState, string> = {
  proposed: "○",
  conflicted: "⨯",
  objected: "✕",
  concurred: "◐",
  active: "●",
  nonconforming: "▲",
  contingent: "◆",
  ended: "■",
  withdrawn: "—",
};
export const stateSign = (state: ActivityState): string => kStateSigns[state];

export function stateChip(state: ActivityState): HTMLElement {
  return h(
    "span",
    { class: `chip state-${state}` },
    h("span", { "aria-hidden": "true" }, kStateSigns[state]),
    ` ${stateText(state)}`,
  );
}
