// SPDX-License-Identifier: Apache-2.0
//
// Sending a safety warning: what is warned of, where, until when. It needs nobody's consent. The
// place is drawn on the map, picked there, written as coordinates, or that of an activity.
import { post } from "./api";
import { nodeNow } from "./clock";
import { byId, h, show, type Child } from "./dom";
import {
  choiceOf,
  labelled,
  languageChoice,
  tellFault,
  textArea,
  textInput,
  timeOrFault,
} from "./hotline_fields";
import { inWords } from "./hotline_words";
import { language, t, type Language } from "./i18n";
import { takeClicks } from "./map";
import { activityName, errorLine, waitLine } from "./parts";
import {
  areaOf,
  drawnPoint,
  emptyVolume,
  mapPoint,
  pointLine,
  readPoint,
  readVolumeOf,
  shapeOf,
  timeLine,
  type DraftVolume,
  type HeightUnit,
  type Reference,
} from "./plan";
import {
  bringPlan,
  closePlanMap,
  drawing,
  openPlanMap,
  setHandles,
  showPlan,
  type Drawn,
  type DrawMode,
} from "./plan_map";
import { activities, agreement, forms, touchBy } from "./store";
import type { Logged, Point } from "./types";
import { toolRow } from "./tool_row";
import { title } from "./view_map";

type Where = "none" | "place" | "activity";
interface WarnDraft {
  kind: string;
  where: Where;
  activity: string;
  volume: DraftVolume;
  until: string;
  text: string;
  language: Language;
}

const kLastMs = 3600000; // what is offered
const kRadiusKm = "5";
const kOver = ["ended", "withdrawn"];

let draft: WarnDraft | undefined;
let root: HTMLElement | undefined;
let trouble: unknown;

function fresh(): WarnDraft {
  const now = nodeNow() ?? 0;
  return {
    kind: forms.value?.warnings[0]?.code ?? "",
    where: "place",
    activity: "",
    volume: {
      ...emptyVolume(now),
      kind: "circle",
      radius: kRadiusKm,
      lower: "0",
      upper: "60000",
      reference: "MSL",
    },
    until: timeLine(now + kLastMs).slice(0, 16),
    text: "",
    language: language(),
  };
}

// --- The map -------------------------------------------------------------------------------------

function writeShape(shape: Drawn): void {
  if (draft === undefined) return;
  const { volume } = draft;
  volume.kind = shape.kind === "circle" ? "circle" : "polygon";
  if (shape.kind === "circle") {
    const [center] = shape.points.map(drawnPoint);
    if (center !== undefined) volume.center = pointLine(center);
    volume.length_unit = "km";
    volume.radius = String(shape.radius_m / 1000);
  } else volume.points = shape.points.map(drawnPoint).map(pointLine).join("\n");
  draft.where = "place";
}

function onDrawn(shape: Drawn): void {
  writeShape(shape);
  remake("warn-where");
}

/** While a handle is dragged the fields follow; the handles stay where they are. */
function onEdited(shape: Drawn): void {
  writeShape(shape);
  for (const [id, value] of [
    ["warn-center", draft?.volume.center],
    ["warn-radius", draft?.volume.radius],
    ["warn-points", draft?.volume.points],
  ] as const) {
    const field = document.getElementById(id) as HTMLInputElement | null;
    if (field !== null) field.value = value ?? "";
  }
  drawPlace(false);
}

/** A click on the map picks an activity or an area, or puts the middle of a circle there. */
function onClick(at: Point, picks: { kind: string; id: string }[]): void {
  if (draft === undefined || drawing() !== undefined) return;
  const activity = picks.find(({ kind }) => kind === "activity");
  const area = agreement.value?.areas.find(({ id }) =>
    picks.some((pick) => pick.kind === "area" && pick.id === id),
  );
  if (activity !== undefined) {
    draft.where = "activity";
    draft.activity = activity.id;
  } else if (area !== undefined && !picks.some(({ kind }) => kind === "plan")) {
    draft.where = "place";
    draft.volume.kind = "polygon";
    const ring = (area.shape.coordinates[0] ?? []).slice(0, -1);
    draft.volume.points = ring.map(drawnPoint).map(pointLine).join("\n");
  } else if (picks.some(({ kind }) => kind === "plan")) return;
  else {
    draft.where = "place";
    draft.volume.kind = "circle";
    draft.volume.center = pointLine(drawnPoint(at));
  }
  remake("warn-where");
}

function handlesOf(volume: DraftVolume): Drawn | undefined {
  const [area] = areaOf(volume);
  if (area === undefined) return undefined;
  if ("circle" in area) {
    return {
      kind: "circle",
      points: [mapPoint(area.circle.center)],
      radius_m: area.circle.radius_mm / 1000,
    };
  }
  return { kind: "polygon", points: area.polygon.map(mapPoint), radius_m: 0 };
}

function drawPlace(withHandles = true): void {
  if (draft === undefined) return;
  const found = activities.value?.activities.find(({ id }) => id === draft?.activity);
  if (draft.where === "activity" && found !== undefined) {
    showPlan(found.volumes.map(({ shape }) => ({ shape, label: activityName(found), chosen: true })));
    if (withHandles) setHandles(undefined);
    return;
  }
  const [area] = draft.where === "place" ? areaOf(draft.volume) : [undefined];
  showPlan(
    area === undefined
      ? []
      : [{ shape: shapeOf(area), label: t("hotline.warning"), chosen: true }],
  );
  if (withHandles) setHandles(draft.where === "place" ? handlesOf(draft.volume) : undefined);
}

const kModes: DrawMode[] = ["circle", "polygon", "rectangle"];

const drawTools = (): void => toolRow(root !== undefined, kModes, "hotline.warn.hint");

// --- The form ------------------------------------------------------------------------------------

type Volume = ReturnType<typeof readVolumeOf>[0];

/** What the node takes; what is wrong is told at the fields, and undefined comes back. */
function read(from: WarnDraft): Record<string, unknown> | undefined {
  const faults = new Map<string, string>();
  const until = timeOrFault(from.until);
  if ("fault" in until) faults.set("warn-until", until.fault);
  let volume: Volume;
  if (from.where === "place") {
    const start = timeLine(nodeNow() ?? 0).slice(0, 16);
    const [found, wrong] = readVolumeOf({ ...from.volume, start, end: from.until });
    volume = found;
    for (const { field, key, params } of wrong) {
      const id = `warn-${field.replace(/^.*-/, "")}`;
      const goal = id === "warn-start" || id === "warn-end" ? "warn-until" : id;
      if (!faults.has(goal)) faults.set(goal, t(key, params));
    }
  }
  if (from.where === "activity" && from.activity === "") {
    faults.set("warn-activity", t("plan.fault.missing"));
  }
  for (const id of ["until", "center", "radius", "points", "lower", "upper", "activity"]) {
    tellFault(`warn-${id}`, faults.get(`warn-${id}`));
  }
  const [first] = faults.keys();
  if (first !== undefined) {
    document.getElementById(first)?.focus();
    return undefined;
  }
  const text = from.text.trim();
  return {
    kind: from.kind,
    ...(text === "" ? {} : { text, language: from.language }),
    ...(volume === undefined ? {} : { volume }),
    ...(from.where === "activity" ? { activity: from.activity } : {}),
    until: "time" in until ? until.time : "",
  };
}

async function send(button: HTMLButtonElement): Promise<void> {
  if (draft === undefined) return;
  const body = read(draft);
  if (body === undefined) return;
  button.disabled = true;
  try {
    await post<Logged>("/api/hotline/warnings", body);
    draft = undefined;
    leaveWarn(); // a form that comes next is a new one, however soon it comes
    touchBy("warning");
    location.hash = "#/hotline";
  } catch (error) {
    trouble = error;
    button.disabled = false;
    show(byId("warn-trouble"), errorLine(trouble));
  }
}

function placeFields(from: WarnDraft): Child {
  const { volume } = from;
  const follow = (write: (value: string) => void) => (value: string) => {
    write(value);
    drawPlace();
  };
  const shape = choiceOf(
    "warn-shape",
    [
      ["circle", t("plan.tool.circle")],
      ["polygon", t("plan.tool.polygon")],
    ],
    volume.kind,
    (kind) => {
      volume.kind = kind === "circle" ? "circle" : "polygon";
      remake("warn-shape");
    },
  );
  const ltr = { dir: "ltr" };
  const center = textInput("warn-center", volume.center, follow((value) => (volume.center = value)), ltr);
  const radius = textInput("warn-radius", volume.radius, follow((value) => (volume.radius = value)), ltr);
  const points = textArea("warn-points", volume.points, follow((value) => (volume.points = value)), {
    ...ltr,
    rows: 4,
  });
  const lower = textInput("warn-lower", volume.lower, (value) => (volume.lower = value), ltr);
  const upper = textInput("warn-upper", volume.upper, (value) => (volume.upper = value), ltr);
  const unit = choiceOf(
    "warn-unit",
    [
      ["ft", t("hotline.unit.ft")],
      ["m", t("hotline.unit.m")],
    ],
    volume.height_unit,
    (value) => (volume.height_unit = value as HeightUnit),
  );
  const reference = choiceOf(
    "warn-reference",
    (["MSL", "WGS84", "STD"] as const).map((name): [string, string] => [name, t(`reference.${name}`)]),
    volume.reference,
    (value) => (volume.reference = value as Reference),
  );
  return [
    labelled(shape, t("hotline.warn.shape")),
    volume.kind === "circle"
      ? [
          labelled(center, t("hotline.warn.center"), { hint: t("hotline.point.hint") }),
          labelled(radius, t("hotline.warn.radius")),
        ]
      : labelled(points, t("hotline.warn.points"), { wide: true, hint: t("hotline.point.hint") }),
    labelled(lower, t("hotline.warn.lower")),
    labelled(upper, t("hotline.warn.upper")),
    labelled(unit, t("hotline.warn.unit")),
    labelled(reference, t("hotline.warn.reference")),
  ];
}

function fields(from: WarnDraft): HTMLElement {
  const kinds = (forms.value?.warnings ?? []).map(({ code, title: words }): [string, string] => [
    code,
    inWords(words, code)[0],
  ]);
  const open = (activities.value?.activities ?? []).filter(({ state }) => !kOver.includes(state));
  const where = choiceOf(
    "warn-where",
    [
      ["place", t("hotline.where.place")],
      ["activity", t("hotline.where.activity")],
      ["none", t("hotline.where.none")],
    ],
    from.where,
    (value) => {
      from.where = value as Where;
      remake("warn-where");
    },
  );
  const activity = choiceOf(
    "warn-activity",
    [
      ["", t("hotline.choose")],
      ...open.map((one): [string, string] => [one.id, `${activityName(one)}, ${one.place.name}`]),
    ],
    from.activity,
    (value) => {
      from.activity = value;
      drawPlace();
    },
  );
  const kind = choiceOf("warn-kind", kinds, from.kind, (value) => (from.kind = value));
  const until = textInput("warn-until", from.until, (value) => (from.until = value), { dir: "ltr" });
  const text = textArea("warn-text", from.text, (value) => (from.text = value), { maxlength: 1000 });
  return h(
    "div.fields",
    {},
    labelled(kind, t("hotline.warn.kind")),
    labelled(until, t("hotline.warn.until"), { hint: t("hotline.time.hint") }),
    labelled(where, t("hotline.where"), { wide: true }),
    from.where === "activity" ? labelled(activity, t("activity.one"), { wide: true }) : null,
    from.where === "place" ? placeFields(from) : null,
    labelled(text, t("hotline.warn.text"), { wide: true, hint: t("hotline.text.hint") }),
    labelled(
      languageChoice("warn-language", from.language, (value) => (from.language = value)),
      t("hotline.typed_in"),
    ),
  );
}

function form(from: WarnDraft): HTMLElement {
  const button = h("button.primary", { type: "submit", id: "warn-send" }, t("hotline.warn.send"));
  return h(
    "form",
    {
      id: "warn-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void send(button);
      },
    },
    fields(from),
    h("p.small-text", {}, t("hotline.warn.explain"), " ", t("dialog.signed")),
    h("div", { id: "warn-trouble", "aria-live": "assertive" }),
    h(
      "div.buttons",
      {},
      button,
      h("a", { href: "#/hotline", "data-key": "warn-back" }, t("dialog.cancel")),
    ),
  );
}

/** Makes the fields anew after a choice that brings other fields; the focus stays at it. */
function remake(focus: string): void {
  if (root === undefined || draft === undefined) return;
  show(root, form(draft));
  drawPlace();
  if (document.activeElement === document.body) document.getElementById(focus)?.focus();
}

/** From the address: #/hotline/warn?activity=ID or ?point=... */
function fromQuery(from: WarnDraft, query: URLSearchParams): void {
  const activity = query.get("activity");
  if (activity !== null) {
    from.where = "activity";
    from.activity = activity;
  }
  const point = readPoint(query.get("point") ?? "");
  if (typeof point !== "string") from.volume.center = pointLine(point);
}

export function warnView(query: URLSearchParams): Child {
  const heading = title(t("hotline.warn"), t("hotline.title"));
  if (forms.value === undefined) {
    forms.touch();
    return [heading, forms.error === undefined ? waitLine() : errorLine(forms.error)];
  }
  if (draft === undefined) {
    draft = fresh();
    fromQuery(draft, query);
  }
  if (root === undefined) {
    root = h("div", { id: "warn-root" }, form(draft));
    setTimeout(opened);
  }
  return [heading, root];
}

function opened(): void {
  if (root === undefined || !root.isConnected) return;
  openPlanMap({ drawn: onDrawn, edited: onEdited, chosen: () => undefined, mode: drawTools });
  takeClicks(onClick);
  drawTools();
  drawPlace();
  if (draft !== undefined && areaOf(draft.volume)[0] !== undefined) bringPlan();
}

export const warnShown = (): boolean => root?.isConnected === true;

/** The reader goes to another view, or to another language: the draft stays. */
export function leaveWarn(): void {
  if (root === undefined) return;
  root = undefined;
  closePlanMap();
  show(byId("plan-tools"));
}
