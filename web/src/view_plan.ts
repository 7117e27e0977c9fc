// SPDX-License-Identifier: Apache-2.0
//
// Filing or amending an activity: a form that is complete without the map, and a map that writes
// into it. What is typed stays in this tab (its session storage) until it is checked or filed. A
// check asks this party's own node; filing is signed.
import { ApiError, get, post } from "./api";
import { nodeNow } from "./clock";
import { append, byId, h, show, type Child } from "./dom";
import { purposeText } from "./format";
import { t, type TextKey } from "./i18n";
import { showDuring } from "./map";
import { activityName, askFor, errorLine } from "./parts";
import {
  areaOf,
  draftOf,
  drawnPoint,
  emptyDraft,
  emptyVolume,
  fieldOf,
  flexibilityOf,
  kPurposes,
  mapPoint,
  placeMark,
  plain,
  pointLine,
  readDraft,
  readPoint,
  shapeOf,
  type Draft,
  type DraftVolume,
  type Fault,
  type SignedPlan,
} from "./plan";
import {
  conflictList,
  needsText,
  placeText,
  reasonList,
  wayText,
  type CheckAnswer,
  type WayOut,
} from "./plan_check";
import { filedPlan } from "./plan_filed";
import {
  bringPlan,
  canDraw,
  closePlanMap,
  drawing,
  endDrawing,
  openPlanMap,
  setHandles,
  showOverlaps,
  showPlan,
  startDrawing,
  type Drawn,
  type DrawMode,
} from "./plan_map";
import { areaBoxes, nearBoxes, profileOf, type ProfileBox } from "./profile";
import { activities, activityOf, agreement, hello, nameOf } from "./store";
import type { Activity, Logged } from "./types";
import { title } from "./view_map";

const kKey = "detente-plan";
const kRestMs = 350; // after the last change, before the node is asked
const kNearTimes = 3; // others within so many separations are drawn in the profile

let draft: Draft | undefined;
let replaces: string | undefined;
let chosen = 0; // the volume that the map's handles and new drawings belong to
let goal: number | undefined; // the volume that is being drawn anew; undefined: a new one
let answer: CheckAnswer | undefined;
let answered: SignedPlan | undefined; // what the answer is about
let trouble: unknown; // why there is no answer
let asking = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let conflictShown: number | undefined;
let undo: { draft: Draft; way: string } | undefined;
let touched = new Set<string>();
let refused: { field: string; text: string } | undefined; // the node's error at a field
let loading: unknown; // an amendment whose original is not there yet: true, or why not
let root: HTMLElement | undefined;
let fills: (() => void)[] = [];
let hovered: string | undefined;

// --- The draft -----------------------------------------------------------------------------------

const keyOf = (): string => (replaces === undefined ? kKey : `${kKey}-${replaces}`);

function keep(): void {
  try {
    sessionStorage.setItem(keyOf(), JSON.stringify(draft));
  } catch {
    // Without storage the draft lives as long as the page.
  }
}

function forget(): void {
  sessionStorage.removeItem(keyOf());
  draft = undefined;
  answer = undefined;
  undo = undefined;
  refused = undefined;
  touched = new Set();
  chosen = 0;
}

function kept(): Draft | undefined {
  try {
    const text = sessionStorage.getItem(keyOf());
    const read = text === null ? undefined : (JSON.parse(text) as Draft);
    if (read === undefined || !Array.isArray(read.volumes) || read.volumes.length === 0) return;
    const empty = emptyDraft("", 0);
    return {
      ...empty,
      ...read,
      volumes: read.volumes.map((volume) => ({ ...emptyVolume(0), ...volume })),
    };
  } catch {
    return undefined;
  }
}

/** A day's notice and a little more from now, on the hour: no new plan begins late by default. */
function firstStart(): number {
  const lead = Math.max(0, ...(agreement.value?.procedures ?? []).map(({ lead_s }) => lead_s));
  const hour = 3600000;
  return Math.ceil(((nodeNow() ?? 0) + lead * 1000 + hour) / hour) * hour;
}

async function loadOriginal(id: string): Promise<void> {
  loading = true;
  try {
    const original = activityOf(id) ?? (await get<Activity>(`/api/activities/${id}`));
    const plan = await filedPlan(original);
    if (replaces !== id) return;
    draft = draftOf(plan);
    loading = undefined;
  } catch (error) {
    if (replaces !== id) return;
    loading = error;
  }
  root = undefined;
  redraw?.();
}

let redraw: (() => void) | undefined;

// --- Fields --------------------------------------------------------------------------------------

type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface FieldOptions {
  label: string;
  hint?: string;
  wide?: boolean;
}

/** One labelled field with its place for a fault. */
function field(name: string, input: Input, { label, hint, wide }: FieldOptions): HTMLElement {
  const id = `f-${name}`;
  input.id = id;
  input.setAttribute("aria-describedby", hint === undefined ? `e-${name}` : `h-${name} e-${name}`);
  if (!(input instanceof HTMLSelectElement)) input.setAttribute("autocomplete", "off");
  input.addEventListener("change", () => {
    touched.add(name);
    showFaults();
  });
  return h(
    "div",
    { class: wide === true ? "field wide" : "field" },
    h("label", { for: id }, label),
    input,
    hint === undefined ? null : h("p.hint", { id: `h-${name}` }, hint),
    h("p.fault", { id: `e-${name}`, hidden: true }),
  );
}

type TextField = {
  [K in keyof Draft]: Draft[K] extends string ? K : never;
}[keyof Draft];

function bound<I extends Input>(input: I, read: () => string, write: (value: string) => void): I {
  const fill = (): void => {
    if (input.value !== read()) input.value = read();
  };
  fills.push(fill);
  fill();
  input.addEventListener("input", () => {
    write(input.value);
    changed(false);
  });
  return input;
}

function textOf(name: TextField, attributes: Record<string, string | number> = {}): Input {
  return bound(
    h("input", { type: "text", ...attributes }),
    () => draft?.[name] ?? "",
    (value) => {
      if (draft !== undefined) draft[name] = value;
    },
  );
}

function areaOfText(read: () => string, write: (value: string) => void, ltr: boolean): Input {
  return bound(
    h("textarea", { rows: 4, dir: ltr ? "ltr" : "auto", spellcheck: "false" }),
    read,
    write,
  );
}

function choice(
  options: [string, string][],
  read: () => string,
  write: (value: string) => void,
): Input {
  return bound(
    h(
      "select",
      {},
      options.map(([value, text]) => h("option", { value }, text)),
    ),
    read,
    write,
  );
}

function whatFields(): HTMLElement {
  const own = hello.value?.party ?? "";
  const operators: [string, string][] = [
    [own, nameOf(own)],
    ...(agreement.value?.adherents ?? [])
      .filter(({ sponsor, id }) => sponsor === own && id !== own)
      .map(({ id, name }): [string, string] => [id, name]),
  ];
  const unmanned = h("input", { type: "checkbox", id: "f-unmanned" });
  const fill = (): void => {
    unmanned.checked = draft?.unmanned === true;
  };
  fills.push(fill);
  fill();
  unmanned.addEventListener("change", () => {
    if (draft !== undefined) draft.unmanned = unmanned.checked;
    changed(false);
  });
  const purposes = kPurposes.map((name): [string, string] => [name, purposeText(name)]);
  return h(
    "fieldset",
    {},
    h("legend", {}, t("plan.what")),
    h(
      "div.fields",
      {},
      field(
        "purpose",
        choice(
          purposes,
          () => draft?.purpose ?? "",
          (value) => {
            if (draft !== undefined) draft.purpose = value;
          },
        ),
        { label: t("plan.purpose") },
      ),
      field(
        "operator",
        choice(
          operators,
          () => draft?.operator ?? "",
          (value) => {
            if (draft !== undefined) draft.operator = value;
          },
        ),
        { label: t("plan.operator") },
      ),
      field("callsigns", textOf("callsigns", { dir: "ltr", maxlength: 640 }), {
        label: t("plan.callsigns"),
        hint: t("plan.callsigns.hint"),
      }),
      field("aircraft", textOf("aircraft", { dir: "ltr", maxlength: 512 }), {
        label: t("plan.aircraft"),
        hint: t("plan.aircraft.hint"),
      }),
      h("div.check", {}, unmanned, h("label", { for: "f-unmanned" }, t("plan.unmanned"))),
    ),
  );
}

function placeFields(): HTMLElement {
  const names = h(
    "datalist",
    { id: "place-names" },
    (agreement.value?.places ?? []).map(({ name }) => h("option", { value: name })),
  );
  // Whoever goes on to a position that was filled in finds it chosen, to be typed over.
  let filledIn = false;
  const point = textOf("point", { dir: "ltr", maxlength: 60 }) as HTMLInputElement;
  point.addEventListener("focus", () => {
    if (filledIn) point.select();
    filledIn = false;
  });
  const place = textOf("place", { list: "place-names", dir: "auto", maxlength: 200 });
  place.addEventListener("change", () => {
    const found = agreement.value?.places?.find(({ name }) => name === place.value.trim());
    // The point of a listed name is filled in only where none has been typed.
    if (found !== undefined && draft !== undefined && plain(draft.point) === "") {
      draft.point = pointLine(drawnPoint(found.point));
      fillAll();
      changed(false);
      filledIn = true;
    }
  });
  return h(
    "fieldset",
    {},
    h("legend", {}, t("plan.place")),
    h(
      "div.fields",
      {},
      field("place", place, { label: t("plan.place.name"), hint: t("plan.place.hint") }),
      field("point", point, {
        label: t("plan.place.point"),
        hint: t("plan.point.hint"),
      }),
    ),
    names,
  );
}

const kLengths: [string, TextKey][] = [
  ["km", "plan.unit.km"],
  ["m", "plan.unit.m"],
  ["nm", "plan.unit.nm"],
];
const kReferences: [string, TextKey][] = [
  ["STD", "plan.reference.STD"],
  ["MSL", "plan.reference.MSL"],
  ["WGS84", "plan.reference.WGS84"],
];
const told = (pairs: [string, TextKey][]): [string, string][] =>
  pairs.map(([value, key]) => [value, t(key)]);

/** A text field, or a choice, of one volume. */
function volumeField(
  i: number,
  key: keyof DraftVolume,
  options: [string, string][] | "line" | "lines",
): Input {
  const read = (): string => draft?.volumes[i]?.[key] ?? "";
  const write = (value: string): void => {
    const volume = draft?.volumes[i];
    if (volume === undefined) return;
    (volume as unknown as Record<string, string>)[key] = value;
    if (key === "kind") drawVolumes();
  };
  if (options === "lines") return areaOfText(read, write, true);
  if (options === "line") {
    return bound(h("input", { type: "text", dir: "ltr", maxlength: 60 }), read, write);
  }
  return choice(options, read, write);
}

function shapeFields(volume: DraftVolume, i: number): Child {
  const name = `v${i}`;
  const unit = (): HTMLElement =>
    field(`${name}-length_unit`, volumeField(i, "length_unit", told(kLengths)), {
      label: t("plan.unit"),
    });
  if (volume.kind === "circle") {
    return [
      field(`${name}-center`, volumeField(i, "center", "line"), {
        label: t("plan.center"),
        hint: t("plan.point.hint"),
        wide: true,
      }),
      field(`${name}-radius`, volumeField(i, "radius", "line"), { label: t("plan.radius") }),
      unit(),
    ];
  }
  const line = volume.kind === "corridor";
  return [
    field(`${name}-points`, volumeField(i, "points", "lines"), {
      label: t(line ? "plan.line" : "plan.corners"),
      hint: t(line ? "plan.line.hint" : "plan.corners.hint"),
      wide: true,
    }),
    line
      ? [field(`${name}-width`, volumeField(i, "width", "line"), { label: t("plan.width") }), unit()]
      : null,
  ];
}

function volumeFieldset(volume: DraftVolume, i: number): HTMLElement {
  const name = `v${i}`;
  const several = (draft?.volumes.length ?? 0) > 1;
  const kinds = told([
    ["polygon", "plan.shape.polygon"],
    ["circle", "plan.shape.circle"],
    ["corridor", "plan.shape.corridor"],
  ]);
  const box = h(
    "fieldset",
    { class: i === chosen ? "volume chosen" : "volume", "data-volume": i },
    h("legend", {}, t("plan.volume", { n: i + 1 })),
    h(
      "div.fields",
      {},
      field(`${name}-kind`, volumeField(i, "kind", kinds), { label: t("plan.shape") }),
      h(
        "div.buttons",
        {},
        canDraw()
          ? h(
              "button.small",
              { type: "button", "data-key": `draw-${i}`, onclick: () => drawAgain(i) },
              t("plan.draw"),
            )
          : null,
        several
          ? h(
              "button.small",
              { type: "button", "data-key": `remove-${i}`, onclick: () => removeVolume(i) },
              t("plan.volume.remove"),
            )
          : null,
      ),
      shapeFields(volume, i),
      field(`${name}-lower`, volumeField(i, "lower", "line"), { label: t("plan.floor") }),
      field(`${name}-upper`, volumeField(i, "upper", "line"), { label: t("plan.ceiling") }),
      field(
        `${name}-height_unit`,
        volumeField(
          i,
          "height_unit",
          told([
            ["ft", "plan.unit.ft"],
            ["m", "plan.unit.m"],
          ]),
        ),
        { label: t("plan.unit") },
      ),
      field(`${name}-reference`, volumeField(i, "reference", told(kReferences)), {
        label: t("plan.reference"),
      }),
      field(`${name}-start`, volumeField(i, "start", "line"), {
        label: t("plan.start"),
        hint: t("plan.time.hint"),
      }),
      field(`${name}-end`, volumeField(i, "end", "line"), { label: t("plan.end") }),
    ),
  );
  box.addEventListener("focusin", () => choose(i));
  return box;
}

function drawVolumes(): void {
  const region = root?.querySelector<HTMLElement>("#plan-volumes");
  if (region === null || region === undefined || draft === undefined) return;
  // Fields that are gone must not be filled again.
  fills = fills.filter((fill) => !volumeFills.has(fill));
  const before = fills.length;
  const boxes = draft.volumes.map(volumeFieldset);
  volumeFills = new Set(fills.slice(before));
  const active = document.activeElement;
  const id = active instanceof HTMLElement && region.contains(active) ? active.id : "";
  show(
    region,
    boxes,
    h(
      "div.buttons",
      {},
      h(
        "button",
        { type: "button", "data-key": "add-volume", onclick: addVolume },
        t("plan.volume.add"),
      ),
    ),
  );
  if (id !== "") document.getElementById(id)?.focus({ preventScroll: true });
  showFaults();
}
let volumeFills = new Set<() => void>();

function addVolume(): void {
  const last = draft?.volumes.at(-1);
  if (draft === undefined || last === undefined) return;
  draft.volumes.push({ ...last, points: "", center: "" });
  chosen = draft.volumes.length - 1;
  drawVolumes();
  changed(false);
  byId(`f-v${chosen}-kind`).focus();
}

function removeVolume(i: number): void {
  draft?.volumes.splice(i, 1);
  chosen = Math.max(0, Math.min(chosen, (draft?.volumes.length ?? 1) - 1));
  touched = new Set([...touched].filter((name) => !/^v\d/.test(name)));
  drawVolumes();
  changed(false);
  byId(`f-v${chosen}-kind`).focus();
}

function moreFields(): Child {
  const clauses = [...new Set((agreement.value?.rules ?? []).map((rule) => rule.except_clause))];
  const options: [string, string][] = [
    ["", t("plan.exception.none")],
    ...clauses
      .filter((id): id is string => id !== undefined)
      .map((id): [string, string] => {
        const text = agreement.value?.clauses.find((clause) => clause.id === id)?.text ?? "";
        return [id, `${id} ${text.slice(0, 80)}`];
      }),
  ];
  const amount = (name: TextField, label: TextKey, unit: TextKey): HTMLElement =>
    field(name, textOf(name, { dir: "ltr", inputmode: "decimal", maxlength: 8 }), {
      label: t(label, { unit: t(unit) }),
    });
  return [
    h(
      "fieldset",
      {},
      h("legend", {}, t("plan.more")),
      h(
        "div.fields",
        {},
        field(
          "clause",
          choice(
            options,
            () => draft?.clause ?? "",
            (value) => {
              if (draft !== undefined) draft.clause = value;
            },
          ),
          { label: t("plan.exception"), wide: true },
        ),
        field("grounds", textOf("grounds", { dir: "auto", maxlength: 1000 }), {
          label: t("plan.grounds"),
          wide: true,
        }),
        field(
          "remarks",
          areaOfText(
            () => draft?.remarks ?? "",
            (value) => {
              if (draft !== undefined) draft.remarks = value;
            },
            false,
          ),
          { label: t("plan.remarks"), wide: true },
        ),
      ),
    ),
    h(
      "fieldset",
      {},
      h("legend", {}, t("plan.flexible")),
      h("p.hint", {}, t("plan.flexible.hint")),
      h(
        "div.fields.small-fields",
        {},
        amount("earlier", "plan.flexible.earlier", "plan.unit.min"),
        amount("later", "plan.flexible.later", "plan.unit.min"),
        amount("shorten", "plan.flexible.shorten", "plan.unit.min"),
        amount("higher", "plan.flexible.higher", "plan.unit.ft"),
        amount("lower", "plan.flexible.lower", "plan.unit.ft"),
      ),
    ),
  ];
}

function fillAll(): void {
  for (const fill of fills) fill();
}

// --- Faults --------------------------------------------------------------------------------------

/** Writes faults at the fields that were left, or at all once filing was tried. */
function showFaults(): Fault[] {
  if (draft === undefined || root === undefined) return [];
  const [, faults] = readDraft(draft, replaces);
  const seen = new Map<string, string>();
  for (const { field: name, key, params } of faults) {
    const quiet = key === "plan.fault.missing" || key === "plan.fault.no_shape";
    if (touched.has("*") || (touched.has(name) && !quiet)) {
      if (!seen.has(name)) seen.set(name, t(key, params));
    }
  }
  if (refused !== undefined && !seen.has(refused.field)) seen.set(refused.field, refused.text);
  for (const place of root.querySelectorAll<HTMLElement>(".fault")) {
    const name = place.id.slice(2);
    const text = seen.get(name) ?? "";
    place.hidden = text === "";
    if (place.textContent !== text) place.textContent = text;
    const input = root.querySelector(`#f-${CSS.escape(name)}`);
    if (text === "") input?.removeAttribute("aria-invalid");
    else input?.setAttribute("aria-invalid", "true");
  }
  return faults;
}

/** Puts the keyboard where the first fault is. */
function goToFault(): void {
  const first = root?.querySelector<HTMLElement>("[aria-invalid=true]");
  first?.focus();
  first?.scrollIntoView({ block: "center" });
}

// --- Changes -------------------------------------------------------------------------------------

/** Something was typed, drawn or loaded. `byMap`: the map's handles have it already. */
function changed(byMap: boolean): void {
  if (draft === undefined) return;
  refused = undefined;
  keep();
  const [plan] = readDraft(draft, replaces);
  showFaults();
  drawShapes(byMap);
  if (JSON.stringify(plan) !== JSON.stringify(answered)) {
    clearTimeout(timer);
    ++asking;
    if (plan === undefined) {
      answer = undefined;
      answered = undefined;
      trouble = undefined;
    } else timer = setTimeout(() => void check(plan), kRestMs);
  } else if (plan !== undefined) {
    // Only the flexibility may differ: the ways out depend on it.
    clearTimeout(timer);
    ++asking;
    timer = setTimeout(() => void check(plan), kRestMs);
  }
  drawPanel();
}

async function check(plan: SignedPlan): Promise<void> {
  if (draft === undefined) return;
  const mine = ++asking;
  const flexibility = flexibilityOf(draft);
  try {
    const got = await post<CheckAnswer>("/api/plans/check", {
      plan,
      flexibility,
      ...(replaces === undefined ? {} : { replaces }),
    });
    if (mine !== asking) return; // a later question is on its way
    [answer, answered, trouble] = [got, plan, undefined];
    conflictShown = undefined;
    const name = fieldOf(got.problem?.place, draft);
    if (got.problem !== undefined && name !== undefined) {
      refused = { field: name, text: problemText(got.problem) };
    }
  } catch (error) {
    if (mine !== asking) return;
    [answer, answered, trouble] = [undefined, undefined, error];
  }
  showFaults();
  drawShapes(true);
  drawPanel();
}

window.addEventListener("resize", () => {
  if (planShown()) drawProfile();
});

const problemText = (problem: { text: string; detail?: string }): string =>
  problem.detail === undefined || problem.detail === ""
    ? problem.text
    : `${problem.text} (${problem.detail})`;

/** The shape that the map's handles hold for a volume, from its fields. */
function drawnOf(volume: DraftVolume | undefined): Drawn | undefined {
  if (volume === undefined) return undefined;
  const [area] = areaOf(volume);
  if (area === undefined) return undefined;
  if ("circle" in area) {
    const { center, radius_mm } = area.circle;
    return { kind: "circle", points: [mapPoint(center)], radius_m: radius_mm / 1000 };
  }
  if (volume.kind === "polygon") {
    return { kind: "polygon", points: area.polygon.map(mapPoint), radius_m: 0 };
  }
  const lines = volume.points.split("\n").filter((line) => plain(line) !== "");
  const points = lines.map(readPoint).filter((point) => typeof point !== "string");
  return { kind: "corridor", points: points.map(mapPoint), radius_m: 0 };
}

/** Map and profile, from the fields. */
function drawShapes(byMap: boolean): void {
  if (draft === undefined) return;
  const shapes = draft.volumes.map((volume) => areaOf(volume)[0]);
  const span = spanOfDraft();
  showPlan(
    shapes.flatMap((area, i) =>
      area === undefined
        ? []
        : [{ shape: shapeOf(area), label: String(i + 1), chosen: i === chosen || hovered === `v${i}` }],
    ),
  );
  showDuring(span);
  const regions = answer?.conflicts ?? [];
  showOverlaps(
    regions.flatMap(({ region }, i) =>
      (region?.shapes ?? []).map((shape) => ({ shape, chosen: i === conflictShown })),
    ),
  );
  if (!byMap) setHandles(drawnOf(draft.volumes[chosen]));
  drawProfile();
}

function spanOfDraft(): { start: string; end: string } | undefined {
  const [plan] = draft === undefined ? [undefined] : readDraft(draft, replaces);
  const spans = plan?.volumes.map(({ time }) => time) ?? [];
  if (spans.length === 0) return undefined;
  const ms = spans.map(({ start, end }) => [Date.parse(start), Date.parse(end)] as const);
  return {
    start: new Date(Math.min(...ms.map(([a]) => a))).toISOString(),
    end: new Date(Math.max(...ms.map(([, b]) => b))).toISOString(),
  };
}

function drawProfile(): void {
  const region = byId("profile");
  const [plan] = draft === undefined ? [undefined] : readDraft(draft, replaces);
  const volumes = plan?.volumes ?? [];
  const shapes = volumes.map(({ area }) => shapeOf(area));
  const far = kNearTimes * (agreement.value?.separation.lateral_m ?? 10000);
  const boxes: ProfileBox[] = [
    ...areaBoxes(shapes, agreement.value),
    ...nearBoxes(shapes, far, activities.value?.activities ?? [], replaces, activityName),
    ...volumes.map(
      ({ altitude, time }, i): ProfileBox => ({
        key: `v${i}`,
        kind: "own",
        name: t("plan.volume", { n: i + 1 }),
        band: {
          lower_m: altitude.lower_mm / 1000,
          upper_m: altitude.upper_mm / 1000,
          reference: altitude.reference,
        },
        span: time,
        chosen: i === chosen,
      }),
    ),
    ...(answer?.conflicts ?? []).flatMap(({ region: at, activity }, i): ProfileBox[] => {
      const other = activityOf(activity);
      if (at === undefined) return [];
      return [
        {
          key: `c${i}`,
          kind: "overlap",
          name: other === undefined ? t("plan.conflict.one") : activityName(other),
          band: at.altitude,
          span: at.time,
          chosen: i === conflictShown,
        },
      ];
    }),
  ];
  show(region, profileOf(boxes, chooseInProfile, region.clientWidth - 24));
}

function chooseInProfile(key: string | undefined, hover = false): void {
  if (hover) {
    if (hovered === key) return;
    hovered = key;
    for (const box of document.querySelectorAll("[data-volume]")) {
      box.classList.toggle("pointed", key === `v${box.getAttribute("data-volume") ?? ""}`);
    }
    return;
  }
  if (key?.startsWith("v")) choose(Number(key.slice(1)));
  if (key?.startsWith("c")) showConflict(Number(key.slice(1)));
  if (key?.startsWith("a")) location.hash = `#/activity/${key.slice(1)}`;
}

/** Makes a volume the one that the map's handles hold. */
function choose(i: number): void {
  if (i === chosen || draft?.volumes[i] === undefined) return;
  chosen = i;
  for (const box of document.querySelectorAll("[data-volume]")) {
    box.classList.toggle("chosen", box.getAttribute("data-volume") === String(i));
  }
  drawShapes(false);
}

function showConflict(i: number): void {
  conflictShown = conflictShown === i ? undefined : i;
  drawShapes(true);
  drawPanel();
}

// --- Drawing -------------------------------------------------------------------------------------

function drawAgain(i: number): void {
  choose(i);
  goal = i;
  startDrawing(draft?.volumes[i]?.kind ?? "polygon");
}

function onDrawn(shape: Drawn): void {
  if (draft === undefined) return;
  const empty = draft.volumes.findIndex((volume) => areaOf(volume)[0] === undefined);
  let at = goal ?? (empty >= 0 && !hasShape(draft.volumes[empty]) ? empty : undefined);
  goal = undefined;
  if (at === undefined) {
    const last = draft.volumes.at(-1) ?? emptyVolume(firstStart());
    draft.volumes.push({ ...last });
    at = draft.volumes.length - 1;
  }
  chosen = at;
  writeShape(at, shape);
  drawVolumes();
  changed(false);
}

const hasShape = (volume: DraftVolume | undefined): boolean =>
  volume !== undefined && (plain(volume.points) !== "" || plain(volume.center) !== "");

function onEdited(shape: Drawn): void {
  writeShape(chosen, shape);
  fillAll();
  changed(true);
}

function writeShape(i: number, shape: Drawn): void {
  const volume = draft?.volumes[i];
  if (volume === undefined) return;
  volume.kind = shape.kind;
  const points = shape.points.map(drawnPoint);
  if (shape.kind === "circle") {
    const [center] = points;
    if (center !== undefined) volume.center = pointLine(center);
    if (volume.length_unit === "nm") volume.radius = String(Number((shape.radius_m / 1852).toFixed(2)));
    else volume.radius = String(volume.length_unit === "km" ? shape.radius_m / 1000 : shape.radius_m);
    return;
  }
  volume.points = points.map(pointLine).join("\n");
  if (shape.kind === "corridor" && plain(volume.width) === "") {
    volume.width = volume.length_unit === "m" ? "5000" : volume.length_unit === "km" ? "5" : "3";
  }
}

const kDrawModes: DrawMode[] = ["polygon", "rectangle", "circle", "corridor"];

/** The buttons on the map. */
function drawTools(): void {
  const region = byId("plan-tools");
  const mode = drawing();
  if (root === undefined || !canDraw()) return show(region);
  show(
    region,
    h(
      "div.tool-row",
      { role: "group", "aria-label": t("plan.tools") },
      kDrawModes.map((name) =>
        h(
          "button.small",
          {
            type: "button",
            "data-key": `tool-${name}`,
            "aria-pressed": mode === name ? "true" : "false",
            onclick: () => {
              goal = undefined;
              if (mode === name) endDrawing();
              else startDrawing(name);
            },
          },
          t(`plan.tool.${name}`),
        ),
      ),
      mode === undefined
        ? null
        : h(
            "button.small",
            { type: "button", "data-key": "tool-end", onclick: () => endDrawing() },
            t("plan.tool.cancel"),
          ),
    ),
    h("p.tool-hint", {}, t(mode === undefined ? "plan.tool.hint" : `plan.tool.${mode}.hint`)),
  );
}

// --- The answer ----------------------------------------------------------------------------------

function summaryOf(): [string, string] {
  if (draft === undefined) return ["", ""];
  const [plan, faults] = readDraft(draft, replaces);
  if (plan === undefined) {
    const n = new Set(faults.map(({ field: name }) => name)).size;
    return ["waits", t("plan.check.incomplete", { n })];
  }
  if (trouble !== undefined) return ["bad", t("plan.check.failed")];
  if (answer === undefined) return ["waits", t("plan.check.asking")];
  if (answer.problem !== undefined) return ["bad", t("plan.check.problem")];
  const broken = (answer.reasons ?? []).filter((reason) => reason.broken === true).length;
  // Two activities may be too close in several pairs of volumes.
  const conflicts = new Set((answer.conflicts ?? []).map(({ activity }) => activity)).size;
  const parts: string[] = [];
  if (broken > 0 || answer.permitted === false) parts.push(t("plan.check.broken", { n: broken }));
  if (conflicts > 0) parts.push(t("plan.check.conflicts", { n: conflicts }));
  if (answer.late === true) parts.push(t("plan.check.late"));
  if (openQuestion()) parts.push(t("plan.check.question"));
  if (parts.length === 0) return ["good", t("plan.check.good")];
  return [broken > 0 || conflicts > 0 ? "bad" : "warn", parts.join(" ")];
}

/** The place is asked about and not yet answered. */
function openQuestion(): boolean {
  return answer?.place?.question === true && answered?.place.confirmed !== true;
}

function placePart(): Child {
  const place = answer?.place;
  if (place === undefined || draft === undefined || answered === undefined) return null;
  const confirmed = answered.place.confirmed === true;
  if (place.question !== true && !confirmed) {
    return h("p.small-text", {}, placeText(place));
  }
  const box = h("input", {
    type: "checkbox",
    id: "confirm-place",
    checked: confirmed,
    "aria-describedby": "place-question",
  });
  box.addEventListener("change", () => {
    if (draft === undefined || answered === undefined) return;
    const { confirmed: _, ...bare } = answered.place;
    draft.confirmed = box.checked ? placeMark({ ...answered, place: bare }) : "";
    changed(true);
  });
  return h(
    "div.question",
    { class: "question", id: "question" },
    h("p", { id: "place-question" }, placeText(place), " ", h("strong", {}, t("plan.place.right"))),
    h("div.check", {}, box, h("label", { for: "confirm-place" }, t("plan.place.confirm"))),
    h("p.fault", { id: "confirm-fault", hidden: true }, t("plan.place.unanswered")),
  );
}

function take(way: WayOut): void {
  if (draft === undefined) return;
  undo = { draft: structuredClone(draft), way: wayText(way) };
  draft = draftOf(way.plan, draft);
  drawVolumes();
  fillAll();
  changed(false);
}

function takeBack(): void {
  if (undo === undefined) return;
  draft = undo.draft;
  undo = undefined;
  drawVolumes();
  fillAll();
  changed(false);
}

function waysPart(): Child {
  const ways = answer?.ways_out ?? [];
  const moved =
    undo === undefined
      ? null
      : h(
          "p",
          {},
          t("plan.way.taken", { way: undo.way }),
          " ",
          h(
            "button.small",
            { type: "button", "data-key": "undo", onclick: takeBack },
            t("plan.way.undo"),
          ),
        );
  const conflicts = answer?.conflicts?.length ?? 0;
  if (ways.length === 0 && conflicts === 0) return moved;
  return [
    moved,
    h("h3", {}, t("plan.ways")),
    ways.length === 0
      ? h("p", {}, t("plan.ways.none"))
      : h(
          "div.buttons",
          { id: "ways" },
          ways.map((way, i) =>
            h(
              "button",
              { type: "button", "data-key": `way-${i}`, onclick: () => take(way) },
              wayText(way),
            ),
          ),
        ),
  ];
}

function answerParts(): Child {
  if (answer === undefined) return trouble === undefined ? null : errorLine(trouble);
  const conflicts = answer.conflicts ?? [];
  const reasons = answer.reasons ?? [];
  return [
    answer.problem === undefined ? null : errorLine(problemText(answer.problem)),
    placePart(),
    conflicts.length === 0
      ? null
      : [
          h("h3", {}, t("plan.conflicts")),
          conflictList(conflicts, conflictShown, showConflict),
          answer.conflicts_more === true ? h("p.small-text", {}, t("plan.conflicts.more")) : null,
        ],
    waysPart(),
    h("h3", {}, t("plan.rules")),
    reasons.length === 0 ? h("p", {}, t("plan.rules.none")) : reasonList(reasons),
    h("h3", {}, t("plan.needs")),
    answer.late === true ? h("p.warn-line", {}, t("plan.late")) : null,
    needsText(answer.needs),
  ];
}

function drawPanel(): void {
  const panel = root?.querySelector<HTMLElement>("#plan-answer");
  if (panel === null || panel === undefined) return;
  const [look, text] = summaryOf();
  const status = byId("plan-status");
  status.className = `plan-status ${look}`;
  if (status.textContent !== text) status.textContent = text;
  show(panel, answerParts());
}

// --- Filing --------------------------------------------------------------------------------------

function file(): void {
  if (draft === undefined) return;
  touched.add("*");
  const faults = showFaults();
  const [plan] = readDraft(draft, replaces);
  if (faults.length > 0 || plan === undefined) {
    goToFault();
    return;
  }
  if (openQuestion() && JSON.stringify(plan) === JSON.stringify(answered)) {
    byId("confirm-fault").hidden = false;
    byId("confirm-place").focus();
    return;
  }
  const [look, text] = summaryOf();
  const name = plan.callsigns.length > 0 ? plan.callsigns.join(", ") : plan.place.name;
  askFor({
    title: t(replaces === undefined ? "plan.file.title" : "plan.amend.title", { name }),
    explain: [
      h("p", {}, t(replaces === undefined ? "plan.file.explain" : "plan.amend.explain")),
      look === "good" ? null : h("p.warn-line", {}, text),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [],
    button: t(replaces === undefined ? "plan.file" : "plan.amend"),
    send: () => send(plan),
  });
}

async function send(plan: SignedPlan): Promise<void> {
  let logged: Logged;
  try {
    logged = await post<Logged>("/api/activities", plan);
  } catch (error) {
    const name =
      error instanceof ApiError && draft !== undefined ? fieldOf(error.place, draft) : undefined;
    if (name === undefined || !(error instanceof ApiError)) throw error;
    refused = { field: name, text: error.brief };
    setTimeout(() => {
      showFaults();
      goToFault();
    });
    return;
  }
  forget();
  root = undefined;
  await activities.load();
  location.hash = `#/activity/${logged.id}`;
}

// --- The view ------------------------------------------------------------------------------------

function makeRoot(): HTMLElement {
  fills = [];
  volumeFills = new Set();
  const amends = replaces === undefined ? undefined : activityOf(replaces);
  const form = h("form", {
    id: "plan-form",
    novalidate: true,
    onsubmit: (event) => {
      event.preventDefault();
      file();
    },
  });
  append(form, [
    whatFields(),
    placeFields(),
    h("div", { id: "plan-volumes" }),
    moreFields(),
  ]);
  const clear = (): void => {
    forget();
    root = undefined;
    redraw?.();
  };
  return h(
    "div.plan",
    {},
    h(
      "div.plan-left",
      {},
      replaces === undefined
        ? title(t("plan.title"), t("plan.above"))
        : title(
            t("plan.title.amend", { name: amends === undefined ? "" : activityName(amends) }),
            t("plan.above"),
          ),
      form,
    ),
    h(
      "div.plan-right",
      {},
      h("h2", {}, t("plan.check")),
      h("p", { id: "plan-status", class: "plan-status", role: "status" }),
      h("p.private", {}, t("plan.private")),
      h(
        "div.buttons",
        {},
        h(
          "button.primary",
          { type: "submit", form: "plan-form", id: "plan-file", "data-key": "plan-file" },
          t(replaces === undefined ? "plan.file" : "plan.amend"),
        ),
        h(
          "button",
          { type: "button", "data-key": "plan-clear", onclick: clear },
          t(replaces === undefined ? "plan.clear" : "plan.clear.amend"),
        ),
      ),
      h("div", { id: "plan-answer" }),
    ),
  );
}

/** The view for main.ts; `again` draws it anew when an amendment's original has arrived. */
export function planView(wanted: string | undefined, again: () => void): Child {
  redraw = again;
  if (wanted !== replaces) {
    replaces = wanted;
    draft = undefined;
    root = undefined;
    loading = undefined;
    answer = undefined;
    answered = undefined;
    undo = undefined;
    chosen = 0;
    touched = new Set();
  }
  if (agreement.value === undefined || hello.value === undefined) {
    return [title(t("plan.title")), h("p.empty", {}, t("page.wait"))];
  }
  if (hello.value.kind === "monitor" && agreement.value.procedures.length === 0) return null;
  draft ??= kept();
  if (draft === undefined && replaces !== undefined) {
    if (loading === undefined) void loadOriginal(replaces);
    if (loading !== undefined && loading !== true) {
      return [title(t("plan.title")), errorLine(loading)];
    }
    return [title(t("plan.title")), h("p.empty", {}, t("page.wait"))];
  }
  draft ??= emptyDraft(hello.value.party, firstStart());
  if (root === undefined) {
    root = makeRoot();
    setTimeout(opened);
  }
  return root;
}

/** After the form stands in the page. */
function opened(): void {
  if (root === undefined || !root.isConnected) return;
  openPlanMap({
    drawn: onDrawn,
    edited: onEdited,
    chosen: (i) => {
      choose(i);
      root?.querySelector(`[data-volume="${i}"]`)?.scrollIntoView({ block: "nearest" });
    },
    mode: drawTools,
  });
  drawVolumes();
  drawTools();
  changed(false);
  if (draft?.volumes.some(hasShape) === true) bringPlan();
}

/** Whether the form is in the page: it is then brought up to date instead of drawn anew. */
export const planShown = (): boolean => root?.isConnected === true;

export function refreshPlan(): void {
  if (planShown()) drawProfile();
}

/** The reader goes to another view, or to another language: the draft stays. */
export function leavePlan(): void {
  if (root === undefined) return;
  root = undefined;
  clearTimeout(timer);
  closePlanMap();
  showDuring(undefined);
  show(byId("plan-tools"));
  show(byId("profile"));
}

