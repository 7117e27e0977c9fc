// SPDX-License-Identifier: Apache-2.0
//
// The profile beside the map: time from left to right, height upwards. It shows the volumes of one
// plan or activity, what others have near them, the bands of the areas there, and where it comes
// too close. Left is earlier in every language, as on the slider. Heights in different references
// are drawn on one axis, without conversion, and each says which it is.
import { h, type Child } from "./dom";
import { bandText, clockText, dayText, feet, metres, spanText } from "./format";
import { numberText, t } from "./i18n";
import type { Activity, Agreement, Band, Shape, Span } from "./types";

export interface ProfileBox {
  key: string; // "v0", or "a" and an activity's id
  kind: "own" | "other" | "overlap" | "area";
  name: string;
  band: Band;
  span: Span;
  chosen?: boolean;
}

interface Frame {
  from: number;
  to: number;
  low: number;
  high: number;
}

const kHeight = 190;
const kLeft = 62;
const kRight = 54;
const kTop = 18;
const kBottom = 26;
const kFoot = 0.3048;
const kSvg = "http://www.w3.org/2000/svg";

function s(
  name: string,
  attributes: Record<string, string | number>,
  ...children: (Node | string)[]
): SVGElement {
  const element = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

const ms = (time: string): number => Date.parse(time);

function frameOf(boxes: ProfileBox[]): Frame | undefined {
  const own = boxes.filter(({ kind }) => kind === "own");
  if (own.length === 0) return undefined;
  const from = Math.min(...own.map(({ span }) => ms(span.start)));
  const to = Math.max(...own.map(({ span }) => ms(span.end)));
  const about = Math.max(1800000, (to - from) * 0.15);
  const bands = boxes.filter(({ kind }) => kind !== "area").map(({ band }) => band);
  const low = Math.min(0, ...bands.map(({ lower_m }) => lower_m));
  const high = Math.max(...bands.map(({ upper_m }) => upper_m));
  return { from: from - about, to: to + about, low, high: high + Math.max(300, (high - low) * 0.08) };
}

const kSteps = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((m) => m * 60000);
const kFeetSteps = [500, 1000, 2000, 5000, 10000, 20000, 50000];

class Axes {
  constructor(
    private readonly frame: Frame,
    private readonly width: number,
  ) {}
  x(time: number): number {
    const { from, to } = this.frame;
    const part = (Math.min(to, Math.max(from, time)) - from) / (to - from);
    return kLeft + part * (this.width - kLeft - kRight);
  }
  y(height: number): number {
    const { low, high } = this.frame;
    const part = (Math.min(high, Math.max(low, height)) - low) / (high - low);
    return kHeight - kBottom - part * (kHeight - kTop - kBottom);
  }

  draw(): SVGElement[] {
    const { from, to, low, high } = this.frame;
    const out: SVGElement[] = [];
    const step = kSteps.find((size) => (to - from) / size <= 9) ?? 30 * 86400000;
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const text = step >= 86400000 ? dayText(at) : `${clockText(at, false)}Z`;
      out.push(s("line", { class: "tick", x1: this.x(at), x2: this.x(at), y1: kTop, y2: kHeight - kBottom }));
      out.push(s("text", { class: "tick-x", x: this.x(at), y: kHeight - 9 }, text));
    }
    const rise = kFeetSteps.find((size) => (high - low) / kFoot / size <= 5) ?? 100000;
    for (let at = Math.ceil(low / kFoot / rise) * rise; at * kFoot <= high; at += rise) {
      const y = this.y(at * kFoot);
      out.push(s("line", { class: "tick", x1: kLeft, x2: this.width - kRight, y1: y, y2: y }));
      out.push(s("text", { class: "tick-y", x: kLeft - 6, y: y + 4 }, `${numberText(at)}`));
      out.push(s("text", { class: "tick-m", x: this.width - kRight + 6, y: y + 4 }, numberText(at * kFoot)));
    }
    const right = this.width - kRight + 6;
    out.push(s("text", { class: "tick-y", x: kLeft - 6, y: 11 }, t("plan.profile.ft")));
    out.push(s("text", { class: "tick-m", x: right, y: 11 }, t("plan.profile.m")));
    return out;
  }
}

/** What a box is, for a reader who does not see it. */
const boxText = (box: ProfileBox): string =>
  t(`plan.profile.${box.kind}`, {
    name: box.name,
    heights: bandText(box.band),
    time: spanText(box.span),
  });

function placeOf(box: ProfileBox, axes: Axes): [x: number, y: number, w: number, h: number] {
  const [x, y] = [axes.x(ms(box.span.start)), axes.y(box.band.upper_m)];
  const width = Math.max(3, axes.x(ms(box.span.end)) - x);
  return [x, y, width, Math.max(3, axes.y(box.band.lower_m) - y)];
}

/** The name in its box, as far as there is room; the box itself says all of it. */
function drawLabel(box: ProfileBox, axes: Axes, mixed: boolean, line: number): SVGElement[] {
  const [x, y, width, height] = placeOf(box, axes);
  const label = mixed && box.kind !== "area" ? `${box.name} · ${box.band.reference}` : box.name;
  const room = Math.floor((width - 8) / 6.6);
  const shown = label.length <= room ? label : room > 4 ? `${label.slice(0, room - 1)}…` : "";
  if (shown === "" || box.kind === "overlap" || height < 10) return [];
  const down = box.kind === "area" ? height - 4 - 12 * line : Math.min(13, height / 2 + 4);
  return [s("text", { class: `label label-${box.kind}`, x: x + 5, y: y + down }, shown)];
}

function drawBox(box: ProfileBox, axes: Axes, choose: Choose): SVGElement {
  const [x, y, width, height] = placeOf(box, axes);
  const active = box.kind !== "area";
  const hatched = box.kind === "overlap" ? { fill: "url(#profile-hatch)" } : {};
  const group = s(
    "g",
    {
      class: `box box-${box.kind}${box.chosen === true ? " chosen" : ""}`,
      "data-key": `profile-${box.key}`,
      ...(active ? { tabindex: 0, role: "button", "aria-label": boxText(box) } : {}),
    },
    s("title", {}, boxText(box)),
    s("rect", { x, y, width, height, rx: 2, ...hatched }),
  );
  if (!active) return group;
  const pick = (): void => choose(box.key);
  group.addEventListener("click", pick);
  group.addEventListener("keydown", (event) => {
    const { key } = event as KeyboardEvent;
    if (key !== "Enter" && key !== " ") return;
    event.preventDefault();
    pick();
  });
  group.addEventListener("pointerenter", () => choose(box.key, true));
  group.addEventListener("pointerleave", () => choose(undefined, true));
  return group;
}

/** Chosen by a click or key, or only pointed at. */
export type Choose = (key: string | undefined, hover?: boolean) => void;

function table(boxes: ProfileBox[]): HTMLElement {
  const head = (["what", "name", "heights", "time"] as const).map((name) =>
    h("th", { scope: "col" }, t(`plan.profile.head.${name}`)),
  );
  return h(
    "details.profile-table",
    {},
    h("summary", {}, t("plan.profile.table")),
    h(
      "div.scroll",
      { tabindex: 0, role: "region", "aria-label": t("plan.profile.table") },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, head)),
        h(
          "tbody",
          {},
          boxes.map((box) =>
            h(
              "tr",
              {},
              h("td", {}, t(`plan.profile.kind.${box.kind}`)),
              h("td", {}, h("bdi", {}, box.name)),
              h("td", {}, bandText(box.band)),
              h("td", {}, spanText(box.span)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** `width`: of the region in pixels, so that the writing keeps its size. */
export function profileOf(boxes: ProfileBox[], choose: Choose, width: number): Child {
  const frame = frameOf(boxes);
  if (frame === undefined) return h("p.empty", {}, t("plan.profile.empty"));
  const wide = Math.max(320, Math.round(width));
  const axes = new Axes(frame, wide);
  const inside = boxes.filter(
    ({ span, band }) =>
      ms(span.start) < frame.to &&
      ms(span.end) > frame.from &&
      band.lower_m < frame.high &&
      band.upper_m > frame.low,
  );
  const order = ["area", "other", "own", "overlap"];
  inside.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const drawn = inside.filter(({ kind }) => kind !== "area");
  const references = new Set(drawn.map(({ band }) => band.reference));
  const mixed = references.size > 1;
  const hatch = s(
    "pattern",
    { id: "profile-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse" },
    s("path", { class: "hatch", d: "M-1 8 L8 -1 M-1 1 L1 -1 M6 8 L8 6" }),
  );
  const picture = s(
    "svg",
    {
      viewBox: `0 0 ${wide} ${kHeight}`,
      class: "profile-chart",
      role: "group",
      direction: "ltr",
      "aria-label": t("plan.profile.label", {
        low: feet(frame.low),
        high: feet(frame.high),
        high_m: metres(frame.high),
        time: spanText({
          start: new Date(frame.from).toISOString(),
          end: new Date(frame.to).toISOString(),
        }),
        n: drawn.length,
      }),
    },
    s("defs", {}, hatch),
    ...axes.draw(),
    ...inside.map((box) => drawBox(box, axes, choose)),
    ...inside.flatMap((box, i) => drawLabel(box, axes, mixed, i)), // areas come first
  );
  return [
    picture as unknown as HTMLElement,
    mixed ? h("p.profile-note", {}, t("plan.profile.mixed")) : null,
    table(inside),
  ];
}

/** The box around shapes, in degrees, widened by a distance. */
function around(shapes: Shape[], metresFar: number): [number, number, number, number] | undefined {
  const points = shapes.flatMap(({ coordinates }) => coordinates.flat());
  if (points.length === 0) return undefined;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const up = metresFar / 111195;
  const [south, north] = [Math.min(...ys) - up, Math.max(...ys) + up];
  const narrow = Math.max(0.05, Math.cos((Math.max(Math.abs(south), Math.abs(north)) * Math.PI) / 180));
  const side = up / narrow;
  return [Math.min(...xs) - side, south, Math.max(...xs) + side, north];
}
type Box4 = [number, number, number, number];
const meet = (a: Box4, b: Box4): boolean =>
  a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

const kOver = ["ended", "withdrawn"];

/** Others' volumes that lie near, seen from above, and are not over: only to be looked at. */
export function nearBoxes(
  shapes: Shape[],
  metresFar: number,
  activities: Activity[],
  without: string | undefined,
  nameOfActivity: (activity: Activity) => string,
): ProfileBox[] {
  const box = around(shapes, metresFar);
  if (box === undefined) return [];
  return activities
    .filter(({ id, state }) => id !== without && !kOver.includes(state))
    .flatMap((activity) =>
      activity.volumes
        .filter(({ shape }) => {
          const other = around([shape], 0);
          return other !== undefined && meet(box, other);
        })
        .map(
          ({ altitude, time }): ProfileBox => ({
            key: `a${activity.id}`,
            kind: "other",
            name: nameOfActivity(activity),
            band: altitude,
            span: time,
          }),
        ),
    );
}

/** The bands of the agreement's areas under the shapes; an area without one holds all heights. */
export function areaBoxes(shapes: Shape[], agreement: Agreement | undefined): ProfileBox[] {
  const box = around(shapes, 0);
  if (box === undefined || agreement === undefined) return [];
  return agreement.areas
    .filter(({ shape }) => {
      const other = around([shape], 0);
      return other !== undefined && meet(box, other);
    })
    .map(({ id, name, altitude, time }) => ({
      key: `area-${id}`,
      kind: "area" as const,
      name,
      band: altitude ?? { lower_m: -8000, upper_m: 100000, reference: "MSL" },
      span: time ?? agreement.valid,
    }));
}
