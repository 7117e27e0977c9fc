// SPDX-License-Identifier: Apache-2.0
//
// "May X do Y there then, and why?" The question stands in the page's address, so that it can be
// sent on and asked again; the answer is the node's, from the agreement as it is in force there.
import { post } from "./api";
import { nodeNow } from "./clock";
import type { ForceState } from "./course";
import { append, english, h, show, type Child } from "./dom";
import { feet, metres, miles, purposeText } from "./format";
import { listText, rich, t, type TextKey } from "./i18n";
import { bring, select, takeClicks } from "./map";
import { errorLine } from "./parts";
import {
  drawnPoint,
  emptyVolume,
  kPurposes,
  mapPoint,
  plain,
  pointLine,
  readPoint,
  readTime,
  readVolumeOf,
  timeLine,
  type PointE7,
  type SignedAltitude,
} from "./plan";
import { needsText, reasonList, type Needs } from "./plan_check";
import { agreement, areaName, hello, nameOf } from "./store";
import { clauseLink, lengthWords } from "./terms_words";
import type { Reason } from "./types";
import { title } from "./view_map";

interface Question {
  who?: string;
  purpose?: string;
  unmanned?: boolean;
  area?: string;
  point?: PointE7;
  altitude?: SignedAltitude;
  time?: { start: string; end: string };
}
interface Answer {
  answer: "yes" | "no" | "yes_if";
  permitted_now: boolean;
  permitted_active: boolean;
  state: string;
  stage?: string;
  version?: number;
  areas: string[];
  reasons: Reason[];
  reasons_now?: Reason[];
  needs: Needs | null;
  separation?: { clause: string; lateral_m: number; vertical_m: number; time_s: number };
  exceptions?: { id: string; clause: string; name: string }[];
  text: string;
}

/** What stands in the fields; its names are those of the address. */
const kFields = [
  "who",
  "purpose",
  "unmanned",
  "where",
  "area",
  "point",
  "lower",
  "upper",
  "unit",
  "reference",
  "start",
  "end",
] as const;
type Field = (typeof kFields)[number];
type Asked = Record<Field, string>;

let asked: Asked | undefined;
let address = ""; // the query that the answer is about
let answer: Answer | undefined;
let trouble: unknown;
let waiting = false;
let count = 0;
let root: HTMLElement | undefined;
let faults = new Map<Field, string>();

function empty(): Asked {
  const now = nodeNow() ?? 0;
  return {
    who: hello.value?.kind === "party" ? (hello.value?.party ?? "") : "",
    purpose: "patrol",
    unmanned: "",
    where: "area",
    area: agreement.value?.areas[0]?.id ?? "",
    point: "",
    lower: "",
    upper: "",
    unit: "ft",
    reference: "STD",
    start: timeLine(now).slice(0, 16),
    end: timeLine(now + 3600000).slice(0, 16),
  };
}

// --- The question --------------------------------------------------------------------------------

function readHeights(from: Asked, fail: (field: Field, text: string) => void): Question {
  if (plain(from.lower) === "" && plain(from.upper) === "") return {};
  const volume = {
    ...emptyVolume(0),
    kind: "circle" as const,
    center: "0 0",
    radius: "1",
    lower: from.lower === "" ? "0" : from.lower,
    upper: from.upper,
    height_unit: from.unit === "m" ? ("m" as const) : ("ft" as const),
    reference: from.reference as SignedAltitude["reference"],
  };
  const [read, wrong] = readVolumeOf(volume);
  for (const { field, key, params } of wrong) {
    fail(field.endsWith("upper") ? "upper" : "lower", t(key, params));
  }
  return read === undefined ? {} : { altitude: read.altitude };
}

/** The question as the node takes it; faults are written at their fields. */
function questionOf(from: Asked): Question | undefined {
  faults = new Map();
  const fail = (field: Field, text: string): void => void faults.set(field, text);
  const question: Question = readHeights(from, fail);
  if (from.who !== "") question.who = from.who;
  if (from.purpose !== "") question.purpose = from.purpose;
  if (from.unmanned !== "") question.unmanned = from.unmanned === "yes";
  if (from.where === "area") question.area = from.area;
  else {
    const point = readPoint(from.point);
    if (typeof point === "string") fail("point", t(point));
    else question.point = point;
  }
  const [start, end] = [readTime(from.start), readTime(from.end)];
  if (!start.endsWith("Z")) fail("start", t(start as TextKey));
  if (!end.endsWith("Z")) fail("end", t(end as TextKey));
  if (faults.size > 0) return undefined;
  if (Date.parse(end) <= Date.parse(start)) {
    fail("end", t("plan.fault.before"));
    return undefined;
  }
  question.time = { start, end };
  return question;
}

/** The address that holds the question. */
function queryOf(from: Asked): string {
  const skip: Field[] = from.where === "area" ? ["point"] : ["area"];
  const pairs = kFields
    .filter((name) => from[name] !== "" && !skip.includes(name))
    .map((name): [string, string] => [name, from[name]]);
  return new URLSearchParams(pairs).toString();
}

async function ask(): Promise<void> {
  if (asked === undefined) return;
  const question = questionOf(asked);
  showFaults();
  if (question === undefined) {
    root?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    return;
  }
  address = queryOf(asked);
  history.replaceState(null, "", `#/ask?${address}`);
  const mine = ++count;
  waiting = true;
  drawAnswer();
  try {
    const got = await post<Answer>("/api/agreement/ask", question);
    if (mine !== count) return;
    [answer, trouble] = [got, undefined];
  } catch (error) {
    if (mine !== count) return;
    [answer, trouble] = [undefined, error];
  }
  waiting = false;
  drawAnswer();
}

// --- The form ------------------------------------------------------------------------------------

function showFaults(): void {
  for (const place of root?.querySelectorAll<HTMLElement>(".fault") ?? []) {
    const text = faults.get(place.dataset["for"] as Field) ?? "";
    place.hidden = text === "";
    place.textContent = text;
    const input = root?.querySelector(`#q-${place.dataset["for"] ?? ""}`);
    if (text === "") input?.removeAttribute("aria-invalid");
    else input?.setAttribute("aria-invalid", "true");
  }
}

function field(name: Field, label: string, options?: [string, string][], hint?: string): HTMLElement {
  const id = `q-${name}`;
  const input =
    options === undefined
      ? h("input", { type: "text", id, dir: "ltr", autocomplete: "off", maxlength: 80 })
      : h(
          "select",
          { id },
          options.map(([value, text]) => h("option", { value }, text)),
        );
  input.setAttribute("aria-describedby", `e-${id}`);
  input.value = asked?.[name] ?? "";
  input.addEventListener("input", () => {
    if (asked === undefined) return;
    asked[name] = input.value;
    if (name === "where") showWhere();
    if (name === "area" || name === "where" || name === "point") mark();
  });
  return h(
    "div.field",
    { "data-field": name },
    h("label", { for: id }, label),
    input,
    hint === undefined ? null : h("p.hint", {}, hint),
    h("p.fault", { id: `e-${id}`, "data-for": name, hidden: true }),
  );
}

function showWhere(): void {
  const area = root?.querySelector<HTMLElement>("[data-field=area]");
  const point = root?.querySelector<HTMLElement>("[data-field=point]");
  if (area) area.hidden = asked?.where !== "area";
  if (point) point.hidden = asked?.where === "area";
}

/** Shows on the map where the question asks. */
function mark(bringIt = false): void {
  if (asked === undefined) return;
  const point = readPoint(asked.point);
  const area = agreement.value?.areas.find(({ id }) => id === asked?.area);
  if (asked.where === "area") {
    select(area === undefined ? [] : [area.shape], false);
    if (bringIt && area !== undefined) bring([area.shape]);
    return;
  }
  if (typeof point === "string") return select([], false);
  const [x, y] = mapPoint(point);
  const d = 0.012;
  const ring: [number, number][] = [
    [x - d, y],
    [x, y + d],
    [x + d, y],
    [x, y - d],
    [x - d, y],
  ];
  select([{ type: "Polygon", coordinates: [ring] }], false);
}

const kUnits: [string, TextKey][] = [
  ["ft", "plan.unit.ft"],
  ["m", "plan.unit.m"],
];
const told = (pairs: [string, TextKey][]): [string, string][] =>
  pairs.map(([value, key]) => [value, t(key)]);

function form(): HTMLElement {
  const known = agreement.value;
  const people: [string, string][] = [
    ["", t("terms.ask.unidentified")],
    ...(known?.parties ?? [])
      .filter(({ kind }) => kind === "party")
      .map(({ id }): [string, string] => [id, nameOf(id)]),
    ...(known?.adherents ?? []).map(({ id, name }): [string, string] => [id, name]),
  ];
  const element = h("form", {
    id: "ask-form",
    novalidate: true,
    onsubmit: (event) => {
      event.preventDefault();
      void ask();
    },
  });
  append(element, [
    h(
      "div.fields",
      {},
      field("who", t("terms.ask.who"), people),
      field("purpose", t("plan.purpose"), [
        ["", t("terms.ask.no_purpose")],
        ...kPurposes.map((name): [string, string] => [name, purposeText(name)]),
      ]),
      field(
        "unmanned",
        t("terms.ask.crew"),
        told([
          ["", "terms.ask.crew.unknown"],
          ["no", "terms.ask.crew.manned"],
          ["yes", "terms.ask.crew.unmanned"],
        ]),
      ),
      field(
        "where",
        t("terms.ask.where"),
        told([
          ["area", "terms.ask.where.area"],
          ["point", "terms.ask.where.point"],
        ]),
      ),
      field(
        "area",
        t("area.one"),
        (known?.areas ?? []).map(({ id, name }): [string, string] => [id, name]),
      ),
      field("point", t("terms.ask.point"), undefined, t("terms.ask.point.hint")),
    ),
    h(
      "div.fields",
      {},
      field("lower", t("plan.floor"), undefined, t("terms.ask.heights.hint")),
      field("upper", t("plan.ceiling")),
      field("unit", t("plan.unit"), told(kUnits)),
      field(
        "reference",
        t("plan.reference"),
        told([
          ["STD", "plan.reference.STD"],
          ["MSL", "plan.reference.MSL"],
          ["WGS84", "plan.reference.WGS84"],
        ]),
      ),
      field("start", t("plan.start")),
      field("end", t("plan.end")),
    ),
    h("div.buttons", {}, h("button.primary", { type: "submit", id: "ask" }, t("terms.ask.send"))),
  ]);
  return element;
}

// --- The answer ----------------------------------------------------------------------------------

const kLooks = { yes: ["good", "✓"], no: ["bad", "✕"], yes_if: ["warn", "◐"] } as const;

function answerParts(got: Answer): Child {
  const [look, sign] = kLooks[got.answer];
  const { separation } = got;
  const now = got.reasons_now;
  return [
    h(
      "p",
      { class: `big-answer ${look}`, id: "big-answer" },
      h("span", { "aria-hidden": "true" }, `${sign} `),
      t(`terms.answer.${got.answer}`),
    ),
    h("p", {}, t(`terms.answer.${got.answer}.means`)),
    got.state === "in_force"
      ? null
      : h("p.warn-line", {}, t(`terms.force.${forceOf(got.state)}.warn`)),
    h(
      "p.small-text",
      {},
      t("terms.answer.basis", {
        version: got.version ?? 1,
        stage: got.stage ?? t("terms.answer.no_stage"),
      }),
      " ",
      got.areas.length === 0
        ? t("terms.answer.no_area")
        : t("terms.answer.areas", {
            areas: listText(got.areas.map((id) => areaName(id) ?? id)),
          }),
    ),
    h("h3", {}, t("terms.answer.reasons")),
    got.reasons.length === 0 ? h("p", {}, t("plan.rules.none")) : reasonList(got.reasons),
    now === undefined || got.answer !== "yes_if" || now.length === 0
      ? null
      : h("details", {}, h("summary", {}, t("terms.answer.now")), reasonList(now)),
    h("h3", {}, t("plan.needs")),
    needsText(got.needs),
    separation === undefined
      ? null
      : [
          h("h3", {}, t("terms.answer.separation")),
          h(
            "p",
            {},
            t("agreement.separation", {
              miles: miles(separation.lateral_m),
              metres: metres(separation.lateral_m),
              feet: feet(separation.vertical_m),
              height: metres(separation.vertical_m),
              time: lengthWords(separation.time_s),
            }),
            " ",
            clauseLink(separation.clause),
          ),
        ],
    (got.exceptions ?? []).length === 0
      ? null
      : [
          h("h3", {}, t("terms.exceptions")),
          h(
            "ul.plain",
            {},
            (got.exceptions ?? []).map(({ name, clause }) =>
              h("li", {}, h("bdi", {}, name), " ", clauseLink(clause)),
            ),
          ),
        ],
    h(
      "details",
      {},
      h("summary", {}, t("terms.answer.words")),
      english(got.text, "p"),
    ),
    h("p.fine", {}, rich("terms.answer.link", { link: shareLink() })),
  ];
}

const forceOf = (state: string): Exclude<ForceState, "in_force"> =>
  state === "suspended" || state === "withdrawn" || state === "expired" ? state : "not_yet";

const shareLink = (): HTMLElement =>
  h("a", { href: `#/ask?${address}`, id: "share" }, t("terms.answer.address"));

function drawAnswer(): void {
  const region = root?.querySelector<HTMLElement>("#ask-answer");
  if (region === null || region === undefined) return;
  if (waiting) {
    region.setAttribute("aria-busy", "true");
    return;
  }
  region.removeAttribute("aria-busy");
  if (trouble !== undefined) show(region, errorLine(trouble));
  else if (answer === undefined) show(region, h("p.empty", {}, t("terms.ask.before")));
  else show(region, answerParts(answer));
}

// --- The view ------------------------------------------------------------------------------------

export function askView(query: URLSearchParams): Child {
  if (agreement.value === undefined || hello.value === undefined) {
    return [title(t("terms.ask")), h("p.empty", {}, t("page.wait"))];
  }
  asked ??= empty();
  const text = query.toString();
  const fresh = text !== "" && text !== address;
  if (fresh) {
    asked = empty();
    for (const name of kFields) if (query.has(name)) asked[name] = query.get(name) ?? "";
    answer = undefined;
  }
  root = h(
    "div.plan",
    {},
    h(
      "div.plan-left",
      {},
      title(t("terms.ask"), t("terms.ask.above")),
      h("p.small-text", {}, h("a", { href: "#/agreement" }, t("terms.to_text"))),
      form(),
    ),
    h("div.plan-right", { id: "ask-answer", "aria-live": "polite" }),
  );
  setTimeout(() => {
    if (root?.isConnected !== true) return;
    showWhere();
    drawAnswer();
    mark(true);
    takeClicks((at) => {
      if (asked === undefined) return;
      asked.where = "point";
      asked.point = pointLine(drawnPoint(at));
      for (const name of ["where", "point"] as const) {
        const input = root?.querySelector<HTMLInputElement>(`#q-${name}`);
        if (input) input.value = asked[name];
      }
      showWhere();
      mark();
    });
    if (fresh) void ask();
  });
  return root;
}

export const askShown = (): boolean => root?.isConnected === true;

export function leaveAsk(): void {
  if (root === undefined) return;
  root = undefined;
  takeClicks(undefined);
}

