// SPDX-License-Identifier: Apache-2.0
//
// A plan while it is written. The draft holds what stands in the fields, as text; the signed form
// (docs/protocol/activity.md, geometry.md) is made from it, in whole numbers, or its faults are.
// What is drawn on the map goes through the same fields, so there is one truth.
//
// Positions have their latitude first. Decimal degrees need no letters; degrees with minutes do:
// "35.93050 36.63390", "35.93050N 36.63390E", "35°55'49.8\"N 36°38'02\"E", "355549N 0363802E".
import type { TextKey } from "./i18n";
import type { Point, Shape } from "./types";

export type PointE7 = [lat: number, lng: number];
export type Reference = "WGS84" | "MSL" | "STD";
export type SignedArea =
  { polygon: PointE7[] } | { circle: { center: PointE7; radius_mm: number } };
export interface SignedAltitude {
  lower_mm: number;
  upper_mm: number;
  reference: Reference;
}
export interface SignedVolume {
  area: SignedArea;
  altitude: SignedAltitude;
  time: { start: string; end: string };
}
export interface SignedPlan {
  purpose: string;
  operator: string;
  callsigns: string[];
  aircraft: string[];
  place: { name: string; point: PointE7; confirmed?: boolean };
  volumes: SignedVolume[];
  exception?: { clause: string; grounds: string };
  unmanned?: boolean;
  replaces?: string;
  remarks?: string;
}

export type ShapeKind = "polygon" | "circle" | "corridor";
export type LengthUnit = "km" | "m" | "nm";
export type HeightUnit = "ft" | "m";

export interface DraftVolume {
  kind: ShapeKind;
  points: string; // a position in each line: corners, or the middle line of a corridor
  center: string;
  radius: string;
  width: string;
  length_unit: LengthUnit; // of the radius and the width
  lower: string;
  upper: string;
  height_unit: HeightUnit;
  reference: Reference;
  start: string;
  end: string;
}

export interface Draft {
  purpose: string;
  operator: string;
  callsigns: string;
  aircraft: string;
  place: string;
  point: string;
  unmanned: boolean;
  clause: string;
  grounds: string;
  remarks: string;
  volumes: DraftVolume[];
  earlier: string; // minutes
  later: string;
  shorten: string;
  higher: string; // feet
  lower: string;
  confirmed: string; // what the place was confirmed for; see placeMark()
}

/** A fault of one field: f-FIELD is the element's id. */
export interface Fault {
  field: string;
  key: TextKey;
  params?: Record<string, string | number>;
}

export const kPurposes = [
  "transit",
  "patrol",
  "reconnaissance",
  "escort",
  "refuelling",
  "transport",
  "training",
  "survey",
  "medical_evacuation",
  "humanitarian",
  "personnel_recovery",
  "armed",
] as const;

const kE7 = 1e7;
const kMmPerFoot = 304.8;
const kMmPerUnit: Record<LengthUnit, number> = { m: 1000, km: 1e6, nm: 1852000 };
const kCallsigns = 64;
const kVolumes = 64;

/** Other scripts' digits and typographic signs become the plain ones. */
export function plain(text: string): string {
  return text
    .replace(/[\u0660-\u0669]/g, (c) => String(c.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/g, (c) => String(c.charCodeAt(0) - 0x6f0))
    .replace(/[\u2212\u2013]/g, "-")
    .replace(/[\u00a0\u202f\u2009]/g, " ")
    .replace(/[\u066b]/g, ".")
    .replace(/[\u2066-\u2069\u200e\u200f]/g, "")
    .trim();
}

/** Degrees of one angle, or undefined. `wide`: a longitude, whose degrees have three digits. */
function angle(text: string, wide: boolean): number | undefined {
  const parts = text
    .replace(/[°º'’′"”″:]/g, " ")
    .trim()
    .split(/\s+/);
  const first = parts[0] ?? "";
  if (parts.some((part, i) => !/^[+-]?\d+(\.\d+)?$/.test(part) || (i > 0 && /^[+-]/.test(part)))) {
    return undefined;
  }
  if (parts.slice(0, -1).some((part) => part.includes("."))) return undefined;
  const compact = /^(\d{2,3}?)(\d{2})(\d{2})?(\.\d+)?$/.exec(first);
  const digits = first.replace(/\..*/, "").length;
  if (parts.length === 1 && compact !== null && digits >= 4) {
    const whole = wide ? [5, 7] : [4, 6];
    if (!whole.includes(digits)) return undefined;
    const degrees = first.slice(0, wide ? 3 : 2);
    const rest = first.slice(wide ? 3 : 2);
    return rest.replace(/\..*/, "").length === 2
      ? sixtieths(degrees, rest)
      : sixtieths(degrees, rest.slice(0, 2), rest.slice(2));
  }
  if (parts.length > 3) return undefined;
  return sixtieths(first, parts[1], parts[2]);
}

function sixtieths(degrees: string, minutes = "0", seconds = "0"): number | undefined {
  const [d, m, s] = [Number(degrees), Number(minutes), Number(seconds)];
  if (m >= 60 || s >= 60) return undefined;
  const size = Math.abs(d) + m / 60 + s / 3600;
  return degrees.startsWith("-") ? -size : size;
}

/** A position, or the key of what is wrong with it. */
export function readPoint(text: string): PointE7 | TextKey {
  const given = plain(text).toUpperCase();
  if (given === "") return "plan.fault.missing";
  const after = /^([^NSEW]+)([NSEW])[\s,;]*([^NSEW]+)([NSEW])$/.exec(given);
  const before = /^([NSEW])([^NSEW]+?)[\s,;]*([NSEW])([^NSEW]+)$/.exec(given);
  let pair: [string, string, string, string] | undefined;
  if (after !== null) pair = [after[1] ?? "", after[2] ?? "", after[3] ?? "", after[4] ?? ""];
  if (before !== null) pair = [before[2] ?? "", before[1] ?? "", before[4] ?? "", before[3] ?? ""];
  if (pair === undefined) {
    const numbers = /^([+-]?\d+(?:\.\d+)?)[\s,;]+([+-]?\d+(?:\.\d+)?)$/.exec(given);
    if (numbers === null) {
      return /[°º'’′"”″]/.test(given) ? "plan.fault.letters" : "plan.fault.point";
    }
    return inRange(Number(numbers[1]), Number(numbers[2]));
  }
  const [one, a, two, b] = pair;
  if (/[NS]/.test(a) === /[NS]/.test(b)) return "plan.fault.letters";
  const first = angle(one, /[EW]/.test(a));
  const second = angle(two, /[EW]/.test(b));
  if (first === undefined || second === undefined || first < 0 || second < 0) {
    return "plan.fault.point";
  }
  const signed = (value: number, letter: string): number => (/[SW]/.test(letter) ? -value : value);
  return /[NS]/.test(a)
    ? inRange(signed(first, a), signed(second, b))
    : inRange(signed(second, b), signed(first, a));
}

function inRange(lat: number, lng: number): PointE7 | TextKey {
  if (Math.abs(lat) > 90) {
    return Math.abs(lng) <= 90 && Math.abs(lat) <= 180
      ? "plan.fault.swapped"
      : "plan.fault.latitude";
  }
  if (Math.abs(lng) > 180) return "plan.fault.longitude";
  return [Math.round(lat * kE7), Math.round(lng * kE7)];
}

/** Five places of decimals (1.1 m), or as many as the point needs. */
export function pointLine([lat, lng]: PointE7): string {
  const one = (e7: number, letters: string): string => {
    const text = (Math.abs(e7) / kE7).toFixed(7).replace(/(\.\d{5})(\d*?)0*$/, "$1$2");
    return `${text}${letters[e7 < 0 ? 1 : 0]}`;
  };
  return `${one(lat, "NS")} ${one(lng, "EW")}`;
}

/** Where the map's pointer was: to five places of decimals, finer than any screen draws. */
export const drawnPoint = ([lng, lat]: Point): PointE7 => [
  Math.round(lat * 1e5) * 100,
  Math.round((((((lng + 180) % 360) + 360) % 360) - 180) * 1e5) * 100,
];
export const mapPoint = ([lat, lng]: PointE7): Point => [lng / kE7, lat / kE7];

/** "2016-08-15 12:00" in UTC; a Z or T may stand in it, and seconds. */
export type Utc = `${number}-${string}Z`;
const isUtc = (text: string): text is Utc => /^\d{4}-.*Z$/.test(text);
export function readTime(text: string): Utc | TextKey {
  const given = plain(text).toUpperCase();
  if (given === "") return "plan.fault.missing";
  const match =
    /^(\d{4}-\d{2}-\d{2})[ T]+(\d{2}):?(\d{2})(?::(\d{2}))?\s*(?:Z|UTC)?$/.exec(given);
  if (match === null) return "plan.fault.time";
  const time = `${match[1]}T${match[2]}:${match[3]}:${match[4] ?? "00"}Z`;
  const ms = Date.parse(time);
  if (!isUtc(time) || Number.isNaN(ms) || new Date(ms).toISOString().replace(".000Z", "Z") !== time) {
    return "plan.fault.time";
  }
  return time;
}

export const timeLine = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/:00\.000Z$/, "")
    .replace(/(\.\d+)?Z$/, "");

function readNumber(text: string): number | undefined {
  const given = plain(text).replace(/(\d)[ ,](?=\d{3}(\D|$))/g, "$1");
  return /^[+-]?\d+(\.\d+)?$/.test(given) ? Number(given) : undefined;
}

const numberLine = (value: number): string => String(Number(value.toFixed(3)));

export function emptyVolume(start: number): DraftVolume {
  return {
    kind: "polygon",
    points: "",
    center: "",
    radius: "",
    width: "",
    length_unit: "km",
    lower: "",
    upper: "",
    height_unit: "ft",
    reference: "STD",
    start: timeLine(start),
    end: timeLine(start + 2 * 3600000),
  };
}

export function emptyDraft(operator: string, start: number): Draft {
  return {
    purpose: "patrol",
    operator,
    callsigns: "",
    aircraft: "",
    place: "",
    point: "",
    unmanned: false,
    clause: "",
    grounds: "",
    remarks: "",
    volumes: [emptyVolume(start)],
    earlier: "60",
    later: "60",
    shorten: "",
    higher: "2000",
    lower: "2000",
    confirmed: "",
  };
}

/** What a confirmation of the place was given for: it falls when any position changes. */
export const placeMark = (plan: SignedPlan): string =>
  JSON.stringify([plan.place.name, plan.place.point, plan.volumes.map(({ area }) => area)]);

class Reader {
  readonly faults: Fault[] = [];
  fault(field: string, key: TextKey, params?: Record<string, string | number>): undefined {
    this.faults.push(params === undefined ? { field, key } : { field, key, params });
    return undefined;
  }

  points(field: string, text: string, least: number, few: TextKey): PointE7[] | undefined {
    const lines = text.split("\n").filter((line) => plain(line) !== "");
    if (lines.length === 0) return this.fault(field, "plan.fault.no_shape");
    const points: PointE7[] = [];
    for (const [i, line] of lines.entries()) {
      const point = readPoint(line);
      if (typeof point === "string") {
        return this.fault(field, "plan.fault.line", { line: i + 1, text: line.trim() });
      }
      points.push(point);
    }
    return points.length < least ? this.fault(field, few) : points;
  }

  length(field: string, text: string, unit: LengthUnit): number | undefined {
    if (plain(text) === "") return this.fault(field, "plan.fault.missing");
    const value = readNumber(text);
    if (value === undefined) return this.fault(field, "plan.fault.number");
    const mm = Math.round(value * kMmPerUnit[unit]);
    return mm <= 0 ? this.fault(field, "plan.fault.positive") : mm;
  }

  height(field: string, text: string, unit: HeightUnit): number | undefined {
    if (plain(text) === "") return this.fault(field, "plan.fault.missing");
    const value = readNumber(text);
    if (value === undefined) return this.fault(field, "plan.fault.number");
    const mm = Math.round(value * (unit === "ft" ? kMmPerFoot : 1000));
    return mm < -8e6 || mm > 1e8 ? this.fault(field, "plan.fault.height") : mm;
  }

  time(field: string, text: string): string | undefined {
    const time = readTime(text);
    return isUtc(time) ? time : this.fault(field, time);
  }
}

/** The area of a volume, if its fields are complete. */
export function areaOf(volume: DraftVolume, name = "v"): [SignedArea | undefined, Fault[]] {
  const reader = new Reader();
  return [readArea(reader, volume, name), reader.faults];
}

function readArea(reader: Reader, volume: DraftVolume, name: string): SignedArea | undefined {
  if (volume.kind === "circle") {
    const center = readPoint(volume.center);
    const radius_mm = reader.length(`${name}-radius`, volume.radius, volume.length_unit);
    if (typeof center === "string") return reader.fault(`${name}-center`, center);
    return radius_mm === undefined ? undefined : { circle: { center, radius_mm } };
  }
  if (volume.kind === "polygon") {
    const polygon = reader.points(`${name}-points`, volume.points, 3, "plan.fault.corners");
    return polygon === undefined ? undefined : { polygon };
  }
  const line = reader.points(`${name}-points`, volume.points, 2, "plan.fault.line_points");
  const width = reader.length(`${name}-width`, volume.width, volume.length_unit);
  if (line === undefined || width === undefined) return undefined;
  return { polygon: corridor(line, width / 2000) };
}

/** One volume alone, with its faults. */
export function readVolumeOf(volume: DraftVolume): [SignedVolume | undefined, Fault[]] {
  const reader = new Reader();
  return [readVolume(reader, volume, 0), reader.faults];
}

function readVolume(reader: Reader, volume: DraftVolume, i: number): SignedVolume | undefined {
  const name = `v${i}`;
  const area = readArea(reader, volume, name);
  const lower_mm = reader.height(`${name}-lower`, volume.lower, volume.height_unit);
  const upper_mm = reader.height(`${name}-upper`, volume.upper, volume.height_unit);
  const start = reader.time(`${name}-start`, volume.start);
  const end = reader.time(`${name}-end`, volume.end);
  if (lower_mm !== undefined && upper_mm !== undefined && lower_mm > upper_mm) {
    return reader.fault(`${name}-upper`, "plan.fault.below");
  }
  if (start !== undefined && end !== undefined && Date.parse(end) <= Date.parse(start)) {
    return reader.fault(`${name}-end`, "plan.fault.before");
  }
  if (area === undefined || lower_mm === undefined || upper_mm === undefined) return undefined;
  if (start === undefined || end === undefined) return undefined;
  return {
    area,
    altitude: { lower_mm, upper_mm, reference: volume.reference },
    time: { start, end },
  };
}

function readNames(reader: Reader, draft: Draft): [string[], string[]] {
  const list = (text: string): string[] => plain(text).split(/[\s,;]+/).filter((one) => one !== "");
  const callsigns = list(draft.callsigns).map((one) => one.toUpperCase());
  const wrong = callsigns.find((one) => !/^[A-Z0-9]{1,8}$/.test(one));
  if (wrong !== undefined) reader.fault("callsigns", "plan.fault.callsign", { text: wrong });
  const aircraft = list(draft.aircraft).map((one) => one.toLowerCase());
  const odd = aircraft.find((one) => !/^[0-9a-f]{6}$/.test(one));
  if (odd !== undefined) reader.fault("aircraft", "plan.fault.address", { text: odd });
  for (const [field, names] of [["callsigns", callsigns], ["aircraft", aircraft]] as const) {
    if (names.length > kCallsigns) reader.fault(field, "plan.fault.many");
    const twice = names.find((one, i) => names.indexOf(one) !== i);
    if (twice !== undefined) reader.fault(field, "plan.fault.twice", { text: twice });
  }
  return [callsigns, aircraft];
}

/** The signed form, or what keeps it from being made. */
export function readDraft(draft: Draft, replaces?: string): [SignedPlan | undefined, Fault[]] {
  const reader = new Reader();
  const [callsigns, aircraft] = readNames(reader, draft);
  const name = draft.place.trim();
  if (name === "") reader.fault("place", "plan.fault.missing");
  const point = readPoint(draft.point);
  if (typeof point === "string") reader.fault("point", point);
  if (draft.volumes.length > kVolumes) reader.fault("volumes", "plan.fault.many");
  const volumes = draft.volumes.map((volume, i) => readVolume(reader, volume, i));
  if (draft.clause !== "" && draft.grounds.trim() === "") {
    reader.fault("grounds", "plan.fault.grounds");
  }
  if (reader.faults.length > 0 || typeof point === "string") return [undefined, reader.faults];
  const plan: SignedPlan = {
    purpose: draft.purpose,
    operator: draft.operator,
    callsigns,
    aircraft,
    place: { name, point },
    volumes: volumes.filter((volume) => volume !== undefined),
    ...(draft.clause === ""
      ? {}
      : { exception: { clause: draft.clause, grounds: draft.grounds.trim() } }),
    ...(draft.unmanned ? { unmanned: true } : {}),
    ...(replaces === undefined ? {} : { replaces }),
    ...(draft.remarks.trim() === "" ? {} : { remarks: draft.remarks.trim() }),
  };
  if (draft.confirmed !== "" && draft.confirmed === placeMark(plan)) plan.place.confirmed = true;
  return [plan, []];
}

export interface Flexibility {
  earlier_s: number;
  later_s: number;
  higher_m: number;
  lower_m: number;
  shorten_to_s?: number;
}
/** How far the plan may move; a field that cannot be read counts as not at all. */
export function flexibilityOf(draft: Draft): Flexibility {
  const amount = (text: string, factor: number): number =>
    Math.max(0, Math.round((readNumber(text) ?? 0) * factor * 10) / 10);
  const shorten = Math.round(amount(draft.shorten, 60));
  return {
    earlier_s: Math.round(amount(draft.earlier, 60)),
    later_s: Math.round(amount(draft.later, 60)),
    higher_m: amount(draft.higher, 0.3048),
    lower_m: amount(draft.lower, 0.3048),
    ...(shorten > 0 ? { shorten_to_s: shorten } : {}),
  };
}

/** Writes the fields from a signed plan. `before`: shapes that did not change stay as typed. */
export function draftOf(plan: SignedPlan, before?: Draft): Draft {
  const base = before ?? emptyDraft(plan.operator, 0);
  return {
    ...base,
    purpose: plan.purpose,
    operator: plan.operator,
    callsigns: plan.callsigns.join(" "),
    aircraft: plan.aircraft.join(" "),
    place: plan.place.name,
    point: samePoint(base.point, plan.place.point) ? base.point : pointLine(plan.place.point),
    unmanned: plan.unmanned === true,
    clause: plan.exception?.clause ?? "",
    grounds: plan.exception?.grounds ?? "",
    remarks: plan.remarks ?? "",
    volumes: plan.volumes.map((volume, i) => draftVolume(volume, before?.volumes[i])),
  };
}

function samePoint(text: string, point: PointE7): boolean {
  const read = readPoint(text);
  return typeof read !== "string" && read[0] === point[0] && read[1] === point[1];
}

function draftVolume({ area, altitude, time }: SignedVolume, before?: DraftVolume): DraftVolume {
  const unit: HeightUnit =
    before?.height_unit ?? (altitude.upper_mm % kMmPerFoot < 1e-6 ? "ft" : wholeUnit(altitude));
  const height = (mm: number): string => numberLine(mm / (unit === "ft" ? kMmPerFoot : 1000));
  const out: DraftVolume = {
    ...(before ?? emptyVolume(0)),
    lower: height(altitude.lower_mm),
    upper: height(altitude.upper_mm),
    height_unit: unit,
    reference: altitude.reference,
    start: timeLine(Date.parse(time.start)),
    end: timeLine(Date.parse(time.end)),
  };
  if (before !== undefined && JSON.stringify(areaOf(before)[0]) === JSON.stringify(area)) return out;
  if ("circle" in area) {
    const { center, radius_mm } = area.circle;
    const unit_ = before?.length_unit ?? "km";
    return {
      ...out,
      kind: "circle",
      center: pointLine(center),
      radius: String(radius_mm / kMmPerUnit[unit_]),
      length_unit: unit_,
    };
  }
  return { ...out, kind: "polygon", points: area.polygon.map(pointLine).join("\n") };
}
const wholeUnit = ({ lower_mm, upper_mm }: SignedAltitude): HeightUnit =>
  [lower_mm, upper_mm].every((mm) => Math.abs(mm / kMmPerFoot - Math.round(mm / kMmPerFoot)) < 1e-3)
    ? "ft"
    : "m";

// Distances here only draw and describe; what is near what the node says.
const kRadius = 6371008.8;
const rad = (degrees: number): number => (degrees * Math.PI) / 180;

export function destination([lng, lat]: Point, bearing: number, metres: number): Point {
  const [phi, d, a] = [rad(lat), metres / kRadius, rad(bearing)];
  const to = Math.asin(Math.sin(phi) * Math.cos(d) + Math.cos(phi) * Math.sin(d) * Math.cos(a));
  const turn = Math.atan2(
    Math.sin(a) * Math.sin(d) * Math.cos(phi),
    Math.cos(d) - Math.sin(phi) * Math.sin(to),
  );
  return [lng + (turn * 180) / Math.PI, (to * 180) / Math.PI];
}

export function distanceOf([x1, y1]: Point, [x2, y2]: Point): number {
  const a =
    Math.sin(rad(y2 - y1) / 2) ** 2 +
    Math.cos(rad(y1)) * Math.cos(rad(y2)) * Math.sin(rad(x2 - x1) / 2) ** 2;
  return 2 * kRadius * Math.asin(Math.min(1, Math.sqrt(a)));
}

export function bearingOf([x1, y1]: Point, [x2, y2]: Point): number {
  const turn = rad(x2 - x1);
  const a = Math.atan2(
    Math.sin(turn) * Math.cos(rad(y2)),
    Math.cos(rad(y1)) * Math.sin(rad(y2)) - Math.sin(rad(y1)) * Math.cos(rad(y2)) * Math.cos(turn),
  );
  return ((a * 180) / Math.PI + 360) % 360;
}

const kRingSteps = 64;
export function shapeOf(area: SignedArea): Shape {
  if ("polygon" in area) {
    const ring = area.polygon.map(mapPoint);
    return { type: "Polygon", coordinates: [[...ring, ring[0] ?? [0, 0]]] };
  }
  const center = mapPoint(area.circle.center);
  const ring = Array.from({ length: kRingSteps }, (_, i) =>
    destination(center, (360 * i) / kRingSteps, area.circle.radius_mm / 1000),
  );
  return { type: "Polygon", coordinates: [[...ring, ring[0] ?? center]] };
}

/**
 * The polygon of a line with a width: so far to each side, and as far beyond both ends, so that
 * the ends lie inside. A sharp turn gets its outer corner cut.
 */
export function corridor(line: PointE7[], halfM: number): PointE7[] {
  const points = line.map(mapPoint);
  const [left, right]: [Point[], Point[]] = [[], []];
  points.forEach((at, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    const into = before === undefined ? undefined : (bearingOf(at, before) + 180) % 360;
    const out = after === undefined ? undefined : bearingOf(at, after);
    if (into === undefined || out === undefined) {
      const along = into ?? out ?? 0;
      const end = destination(at, into === undefined ? along + 180 : along, halfM);
      left.push(destination(end, along - 90, halfM));
      right.push(destination(end, along + 90, halfM));
      return;
    }
    const turn = ((out - into + 540) % 360) - 180; // right is positive
    const middle = into + turn / 2;
    const stretch = halfM / Math.max(0.2, Math.cos(rad(turn / 2)));
    const sides: [Point[], number, boolean][] = [
      [left, -90, turn > 0],
      [right, 90, turn < 0],
    ];
    for (const [side, angle_, outer] of sides) {
      if (outer && Math.abs(turn) > 75) {
        side.push(destination(at, into + angle_, halfM), destination(at, out + angle_, halfM));
      } else side.push(destination(at, middle + angle_, stretch));
    }
  });
  return [...left, ...right.reverse()].map(([lng, lat]) => [
    Math.round(lat * kE7),
    Math.round(lng * kE7),
  ]);
}

/** The field that a place in the plan belongs to, as the node's errors name it. */
export function fieldOf(place: string | undefined, draft: Draft): string | undefined {
  const [first, second, third, fourth, fifth] = (place ?? "").replace(/^(plan|body)\//, "").split("/");
  if (first === "volumes") {
    const volume = draft.volumes[Number(second ?? 0)];
    if (volume === undefined) return "v0-points";
    const name = `v${Number(second ?? 0)}`;
    if (third === "altitude") {
      if (fourth === "reference") return `${name}-reference`;
      return fourth === "upper_mm" ? `${name}-upper` : `${name}-lower`;
    }
    if (third === "time") return fourth === "end" ? `${name}-end` : `${name}-start`;
    if (volume.kind !== "circle") return `${name}-points`;
    return fifth === "radius_mm" ? `${name}-radius` : `${name}-center`;
  }
  if (first === "place") return second === "point" ? "point" : "place";
  if (first === "exception") return second === "grounds" ? "grounds" : "clause";
  const own = ["purpose", "operator", "callsigns", "aircraft", "unmanned", "remarks"];
  return first !== undefined && own.includes(first) ? first : undefined;
}
