// SPDX-License-Identifier: Apache-2.0
//
// Words and numbers as the page writes them.
import { h } from "./dom";
import type { ActivityState, Band, Point, Span } from "./types";

const kMonths = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (n: number): string => String(n).padStart(2, "0");

export function clockText(ms: number, seconds = true): string {
  const t = new Date(ms);
  const hm = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
  return seconds ? `${hm}:${two(t.getUTCSeconds())}` : hm;
}

export function dayText(ms: number): string {
  const t = new Date(ms);
  return `${t.getUTCDate()} ${kMonths[t.getUTCMonth()]} ${t.getUTCFullYear()}`;
}

export function dateTimeText(ms: number, seconds = true): string {
  return `${dayText(ms)} ${clockText(ms, seconds)}Z`;
}

/** A time as an element: short to read, exact for machines and on hover. */
export function timeElement(time: string, form: "clock" | "full" = "full"): HTMLElement {
  const ms = Date.parse(time);
  const text = form === "clock" ? `${clockText(ms)}Z` : dateTimeText(ms);
  return h("time", { datetime: time, title: dateTimeText(ms) }, text);
}

export function spanText(span: Span): string {
  const [a, b] = [Date.parse(span.start), Date.parse(span.end)];
  return dayText(a) === dayText(b)
    ? `${dayText(a)}, ${clockText(a, false)} to ${clockText(b, false)}Z`
    : `${dayText(a)} ${clockText(a, false)} to ${dayText(b)} ${clockText(b, false)}Z`;
}

/** 75 s -> "1:15", 3700 s -> "1:01:40", three days -> "3 d 2 h". */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 172800) return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0(?=\d:)/, "");
}

export function lengthOfTime(s: number): string {
  if (s > 0 && s % 3600 === 0) return s === 3600 ? "1 hour" : `${s / 3600} hours`;
  if (s % 60 === 0) return s === 60 ? "1 minute" : `${s / 60} minutes`;
  return `${s} seconds`;
}

const kFeetPerMetre = 1 / 0.3048;
const kReference: Record<Band["reference"], string> = {
  WGS84: "above the WGS 84 ellipsoid",
  MSL: "above mean sea level",
  STD: "by standard pressure (1013.25 hPa)",
};
const grouped = (n: number): string => Math.round(n).toLocaleString("en-GB");

export const feet = (m: number): string =>
  `${grouped(Math.round((m * kFeetPerMetre) / 10) * 10)} ft`;
export const metres = (m: number): string => `${grouped(m)} m`;

export function bandText(band: Band): string {
  return (
    `${feet(band.lower_m)} to ${feet(band.upper_m)} ` +
    `(${grouped(band.lower_m)} to ${metres(band.upper_m)}) ${kReference[band.reference]}`
  );
}

export function altitudeText(m: number | undefined, reference: string | undefined): string {
  if (m === undefined) return "altitude not known";
  const by = reference === undefined ? "" : ` ${reference}`;
  return `${feet(m)} (${metres(m)})${by}`;
}

export function pointText([longitude, latitude]: Point): string {
  const part = (value: number, positive: string, negative: string, digits: number): string => {
    const tenths = Math.round(Math.abs(value) * 600);
    const degrees = String(Math.floor(tenths / 600)).padStart(digits, "0");
    const minutes = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
    return `${degrees}°${minutes}′${value < 0 ? negative : positive}`;
  };
  const turned = ((((longitude + 180) % 360) + 360) % 360) - 180;
  return `${part(latitude, "N", "S", 2)} ${part(turned, "E", "W", 3)}`;
}

export const words = (name: string): string => name.replaceAll("_", " ");

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function listText(items: string[], last = "and"): string {
  if (items.length <= 1) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} ${last} ${items.at(-1)}`;
}

/** A state has a sign beside its colour, so that nothing rests on colour alone. */
const kStateSigns: Record<ActivityState, string> = {
  proposed: "○",
  conflicted: "⨯",
  objected: "✕",
  concurred: "◐",
  active: "●",
  nonconforming: "▲",
  ended: "■",
  withdrawn: "—",
};

export function stateChip(state: ActivityState): HTMLElement {
  return h(
    "span",
    { class: `chip state-${state}` },
    h("span", { "aria-hidden": "true" }, kStateSigns[state]),
    ` ${state}`,
  );
}

const kRoles: Record<string, string> = {
  none: "no role",
  reader: "reader",
  duty_officer: "duty officer",
  registrar: "registrar",
  disclosure_officer: "disclosure officer",
  monitor: "monitor",
};
export const roleText = (role: string): string => kRoles[role] ?? words(role);

const kStepTypes: Record<string, string> = {
  "activity.propose": "filed the activity",
  "activity.concur": "concurred",
  "activity.object": "objected",
  "activity.withdraw": "withdrew it",
  "activity.activate": "made it active",
  "activity.end": "ended it",
  "ack.read": "read it",
  "stop.send": "sent STOP",
  "stop.ack": "acknowledged STOP",
  "stop.lift": "lifted STOP",
  "finding.open": "found it outside its volumes",
  "finding.close": "closed the finding",
};
export const stepText = (type: string): string => kStepTypes[type] ?? type;

export const findingKindText = (kind: string): string =>
  ({
    area_entered: "In an area where it is not allowed",
    undeclared: "Flight without an active activity",
    outside_volume: "Outside the volumes of its activity",
  })[kind] ?? words(kind);
