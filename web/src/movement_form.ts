// SPDX-License-Identifier: Apache-2.0
//
// Giving notice of a movement: the route with its times, how the vehicles can be told by day, by
// night and by heat, live contact, check-ins. A marking that is not there is written out as "none".
import { nodeNow } from "./clock";
import { byId, h, show, type Child } from "./dom";
import { choiceOf, labelled, tellFault, textArea, textInput, timeOrFault } from "./hotline_fields";
import { lengthOfTime } from "./format";
import { t } from "./i18n";
import { takeClicks } from "./map";
import { errorLine, waitLine } from "./parts";
import { corridor, drawnPoint, mapPoint, plain, pointLine, readPoint, shapeOf, timeLine, type PointE7 } from "./plan";
import { bringPlan, closePlanMap, drawing, openPlanMap, showPlan, type Drawn } from "./plan_map";
import { act, privacyChoice, recipientBoxes, standing, word } from "./protection_parts";
import { protection } from "./protection_store";
import type { Point } from "./types";
import { toolRow } from "./tool_row";
import { title } from "./view_map";

interface RouteRow {
  at: string;
  name: string;
  from: string;
  to: string;
}
interface VehicleRow {
  kind: string;
  colour: string;
  plate: string;
  day: string;
  night: string;
  thermal: string;
}
interface MovementDraft {
  name: string;
  purpose: string;
  persons: string;
  contact: string;
  width: string; // metres to each side
  checkin: string; // seconds
  emergency: boolean;
  route: RouteRow[];
  vehicles: VehicleRow[];
  to: Set<string>;
  private: boolean; // the recipients alone learn the route
}

const kHourMs = 3600000;
const kCheckins = [900, 1800, 3600, 7200, 14400];
const kRouteMost = 100;
const kVehiclesMost = 100;
const kWidthM: [number, number] = [10, 20000];
const kPersonsMost = 100000;
const kMarks = ["day", "night", "thermal"] as const;

let draft: MovementDraft | undefined;
let root: HTMLElement | undefined;

const rowAt = (hours: number): RouteRow => {
  const lead = (protection.value?.terms.lead_s ?? 0) * 1000;
  const start = Math.ceil(((nodeNow() ?? 0) + lead + kHourMs) / kHourMs) * kHourMs;
  const line = timeLine(start + hours * kHourMs).slice(0, 16);
  return { at: "", name: "", from: line, to: line };
};
const emptyVehicle = (): VehicleRow => ({ kind: "", colour: "", plate: "", day: "", night: "", thermal: "" });

const empty = (): MovementDraft => ({
  name: "",
  purpose: protection.value?.purposes[0] ?? "aid",
  persons: "",
  contact: "",
  width: "500",
  checkin: "3600",
  emergency: false,
  route: [rowAt(0), rowAt(2)],
  vehicles: [emptyVehicle()],
  to: new Set(),
  private: false,
});

// --- The statement -------------------------------------------------------------------------------

type Faults = Map<string, string>;

function whole(text: string, least: number, most: number): number | undefined {
  const value = Number(plain(text));
  return plain(text) !== "" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}

function readRoute(from: MovementDraft, faults: Faults): Record<string, unknown>[] {
  let before = -Infinity;
  return from.route.map((row, i) => {
    const point = readPoint(row.at);
    if (typeof point === "string") faults.set(`route-${i}-at`, t(point));
    const [begin, end] = [timeOrFault(row.from), timeOrFault(row.to)];
    if ("fault" in begin) faults.set(`route-${i}-from`, begin.fault);
    if ("fault" in end) faults.set(`route-${i}-to`, end.fault);
    const [a, b] = ["time" in begin ? begin.time : "", "time" in end ? end.time : ""];
    if (Date.parse(b) < Date.parse(a)) faults.set(`route-${i}-to`, t("prot.fault.to_before"));
    if (Date.parse(a) < before) faults.set(`route-${i}-from`, t("prot.fault.order"));
    before = Date.parse(b);
    const name = row.name.trim();
    return { point, ...(name === "" ? {} : { name }), from: a, to: b };
  });
}

function readVehicles(from: MovementDraft, faults: Faults): Record<string, unknown>[] {
  return from.vehicles.map((row, i) => {
    for (const name of ["kind", "colour", ...kMarks] as const) {
      if (row[name].trim() === "") {
        faults.set(`vehicle-${i}-${name}`, t(name === "kind" || name === "colour" ? "plan.fault.missing" : "prot.fault.mark"));
      }
    }
    const plate = row.plate.trim();
    return {
      kind: row.kind.trim(),
      colour: row.colour.trim(),
      ...(plate === "" ? {} : { plate }),
      day: row.day.trim(),
      night: row.night.trim(),
      thermal: row.thermal.trim(),
    };
  });
}

function read(from: MovementDraft): [Record<string, unknown>, Faults] {
  const faults: Faults = new Map();
  if (from.name.trim() === "") faults.set("movement-name", t("plan.fault.missing"));
  if (from.contact.trim() === "") faults.set("movement-contact", t("prot.fault.contact"));
  const persons = whole(from.persons, 0, kPersonsMost);
  if (persons === undefined) faults.set("movement-persons", t("prot.fault.persons"));
  const width = whole(from.width, ...kWidthM);
  if (width === undefined) faults.set("movement-width", t("prot.fault.footprint", { least: kWidthM[0], most: kWidthM[1] }));
  const route = readRoute(from, faults);
  const vehicles = readVehicles(from, faults);
  if (from.to.size === 0) faults.set("movement-to", t("prot.fault.to"));
  const body = {
    ...(from.private ? { private: true } : {}),
    movement: {
      name: from.name.trim(),
      purpose: from.purpose,
      half_width_mm: (width ?? 0) * 1000,
      persons,
      contact: from.contact.trim(),
      route,
      vehicles,
    },
    start: route[0]?.["from"],
    end: route.at(-1)?.["to"],
    checkin_s: Number(from.checkin),
    emergency: from.emergency,
    to: [...from.to].sort(),
  };
  return [body, faults];
}

async function send(button: HTMLButtonElement): Promise<void> {
  if (draft === undefined) return;
  const trouble = byId("movement-trouble");
  const [body, faults] = read(draft);
  for (const place of root?.querySelectorAll<HTMLElement>("[id^='e-']") ?? []) {
    const id = place.id.slice(2);
    tellFault(id, faults.get(id));
  }
  const [first] = faults.keys();
  if (first !== undefined) {
    const goal = document.getElementById(first);
    (goal?.matches("fieldset") === true ? goal.querySelector<HTMLElement>("input") : goal)?.focus();
    return show(trouble, h("p.error", {}, t("prot.fault.fields")));
  }
  button.disabled = true;
  try {
    const logged = await act("/api/movements", body);
    draft = undefined;
    location.hash = `#/movements/${encodeURIComponent(`${logged.party}-${logged.index}`)}`;
  } catch (error) {
    button.disabled = false;
    show(trouble, errorLine(error));
  }
}

// --- The map -------------------------------------------------------------------------------------

const routePoints = (from: MovementDraft): PointE7[] =>
  from.route.map(({ at }) => readPoint(at)).filter((point) => typeof point !== "string");

function drawRoute(): void {
  if (draft === undefined) return;
  const points = routePoints(draft);
  const half = whole(draft.width, ...kWidthM) ?? 500;
  const label = draft.name.trim() === "" ? t("prot.movement.one") : draft.name.trim();
  if (points.length > 1) {
    return showPlan([{ shape: shapeOf({ polygon: corridor(points, half) }), label, chosen: true }]);
  }
  const [only] = points;
  showPlan(
    only === undefined ? [] : [{ shape: shapeOf({ circle: { center: only, radius_mm: half * 1000 } }), label, chosen: true }],
  );
}

/** Points that were set go into the rows that have none, then into new ones. */
function setPoints(points: Point[], anew: boolean): void {
  if (draft === undefined) return;
  if (anew) draft.route.forEach((row) => (row.at = ""));
  for (const point of points.slice(0, kRouteMost)) {
    let row = draft.route.find(({ at }) => plain(at) === "");
    if (row === undefined) {
      if (draft.route.length >= kRouteMost) break;
      const last = draft.route.at(-1);
      row = { ...rowAt(0), ...(last === undefined ? {} : { from: last.to, to: last.to }) };
      draft.route.push(row);
    }
    row.at = pointLine(drawnPoint(point));
  }
  remake("route-add");
}

const onDrawn = (shape: Drawn): void => setPoints(shape.points, true);
function onClick(at: Point): void {
  if (draft !== undefined && drawing() === undefined) setPoints([at], false);
}

const drawTools = (): void => toolRow(root !== undefined, ["corridor"], "prot.route.hint");

// --- The form ------------------------------------------------------------------------------------

const ltr = { dir: "ltr" };

function routeRow(from: MovementDraft, row: RouteRow, i: number): HTMLElement {
  const one = (name: keyof RouteRow, more: Record<string, string | number> = {}): HTMLElement =>
    labelled(
      textInput(`route-${i}-${name}`, row[name], (value) => {
        row[name] = value;
        if (name === "at") drawRoute();
      }, more),
      t(`prot.route.${name}`),
      name === "at" ? { hint: t("hotline.point.hint") } : {},
    );
  return h(
    "fieldset.plain-set",
    {},
    h("legend", {}, t("prot.route.n", { n: i + 1 })),
    h("div.fields", {}, one("at", ltr), one("name", { maxlength: 120 }), one("from", ltr), one("to", ltr)),
    from.route.length > 2
      ? h(
          "button.small",
          {
            type: "button",
            onclick: () => {
              from.route.splice(i, 1);
              remake("route-add");
            },
          },
          t("prot.unit.remove"),
        )
      : null,
  );
}

function vehicleRow(from: MovementDraft, row: VehicleRow, i: number): HTMLElement {
  const one = (name: keyof VehicleRow): HTMLElement => {
    const input = textInput(`vehicle-${i}-${name}`, row[name], (value) => (row[name] = value), { maxlength: 120 });
    const mark = kMarks.some((known) => known === name);
    return labelled(input, t(`prot.v.${name}`), {
      more: mark
        ? h(
            "button.small.none-button",
            {
              type: "button",
              onclick: () => {
                row[name] = "none";
                input.value = "none";
              },
            },
            t("prot.mark.set_none"),
          )
        : null,
    });
  };
  return h(
    "fieldset.plain-set",
    {},
    h("legend", {}, t("prot.v.n", { n: i + 1 })),
    h("div.fields.three", {}, (["kind", "colour", "plate", ...kMarks] as const).map(one)),
    from.vehicles.length > 1
      ? h(
          "button.small",
          {
            type: "button",
            onclick: () => {
              from.vehicles.splice(i, 1);
              remake("vehicle-add");
            },
          },
          t("prot.unit.remove"),
        )
      : null,
  );
}

function addButton(id: string, text: string, add: () => void): HTMLElement {
  return h(
    "button.small",
    {
      type: "button",
      id,
      "data-key": id,
      onclick: () => {
        add();
        remake(id);
      },
    },
    text,
  );
}

function general(from: MovementDraft): HTMLElement {
  const purpose = choiceOf(
    "movement-purpose",
    (protection.value?.purposes ?? []).map((name): [string, string] => [name, word("purpose", name)]),
    from.purpose,
    (value) => (from.purpose = value),
  );
  const checkin = choiceOf(
    "movement-checkin",
    kCheckins.map((s): [string, string] => [String(s), lengthOfTime(s)]),
    from.checkin,
    (value) => (from.checkin = value),
  );
  const name = textInput("movement-name", from.name, (value) => (from.name = value), { maxlength: 200 });
  const persons = textInput("movement-persons", from.persons, (value) => (from.persons = value), ltr);
  const contact = textArea("movement-contact", from.contact, (value) => (from.contact = value), { maxlength: 200, rows: 2 });
  const width = textInput("movement-width", from.width, (value) => {
    from.width = value;
    drawRoute();
  }, ltr);
  const urgent = h("input", { type: "checkbox", id: "movement-emergency", checked: from.emergency });
  urgent.addEventListener("change", () => (from.emergency = urgent.checked));
  const terms = protection.value?.terms;
  return h(
    "div.fields",
    {},
    labelled(name, t("prot.m.name"), { wide: true }),
    labelled(purpose, t("prot.m.purpose")),
    labelled(persons, t("prot.m.persons")),
    labelled(contact, t("prot.m.contact"), { wide: true, hint: t("prot.m.contact.hint") }),
    labelled(width, t("prot.m.width")),
    labelled(checkin, t("prot.m.checkin")),
    h(
      "div.wide",
      {},
      h("label.check", {}, urgent, h("span", {}, t("prot.m.emergency"))),
      terms === undefined
        ? null
        : h("p.hint", {}, t("prot.m.lead", { usual: lengthOfTime(terms.lead_s), urgent: lengthOfTime(terms.emergency_lead_s) })),
    ),
  );
}

function form(from: MovementDraft): HTMLElement {
  const button = h("button.primary", { type: "submit", id: "movement-send" }, t("prot.register.send"));
  return h(
    "form",
    {
      id: "movement-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void send(button);
      },
    },
    general(from),
    h("h2", {}, t("prot.m.route")),
    from.route.map((row, i) => routeRow(from, row, i)),
    from.route.length < kRouteMost
      ? addButton("route-add", t("prot.route.add"), () => {
          const last = from.route.at(-1);
          from.route.push({ ...rowAt(0), ...(last === undefined ? {} : { from: last.to, to: last.to }) });
        })
      : null,
    h("h2", {}, t("prot.m.vehicles")),
    h("p.small-text", {}, t("prot.v.explain")),
    from.vehicles.map((row, i) => vehicleRow(from, row, i)),
    from.vehicles.length < kVehiclesMost
      ? addButton("vehicle-add", t("prot.v.add"), () => {
          from.vehicles.push({ ...(from.vehicles.at(-1) ?? emptyVehicle()), plate: "" });
        })
      : null,
    privacyChoice("movement-privacy", from.private, (value) => (from.private = value)),
    recipientBoxes("movement-to", from.to, () => undefined),
    h("p.small-text", {}, t("prot.notify.explain"), " ", t("dialog.signed")),
    h("div", { id: "movement-trouble", "aria-live": "assertive" }),
    h("div.buttons", {}, button, h("a", { href: "#/movements", "data-key": "movement-back" }, t("dialog.cancel"))),
  );
}

function remake(focus: string): void {
  if (root === undefined || draft === undefined) return;
  show(root, form(draft));
  drawRoute();
  if (document.activeElement === document.body) document.getElementById(focus)?.focus();
}

export function movementFormView(): Child {
  const heading = [title(t("prot.notify"), t("prot.movements.title")), standing()];
  if (protection.value === undefined) {
    return [heading, protection.error === undefined ? waitLine() : errorLine(protection.error)];
  }
  draft ??= empty();
  if (root === undefined) {
    root = h("div", { id: "movement-root" }, form(draft));
    setTimeout(opened);
  }
  return [heading, root];
}

function opened(): void {
  if (root === undefined || !root.isConnected || draft === undefined) return;
  openPlanMap({ drawn: onDrawn, edited: () => undefined, chosen: () => undefined, mode: drawTools });
  takeClicks(onClick);
  drawTools();
  drawRoute();
  if (routePoints(draft).map(mapPoint).length > 0) bringPlan();
}

export const movementFormShown = (): boolean => root?.isConnected === true;

/** The reader goes to another view, or to another language: the draft stays. */
export function leaveMovementForm(): void {
  if (root === undefined) return;
  root = undefined;
  closePlanMap();
  show(byId("plan-tools"));
}
