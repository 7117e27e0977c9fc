// SPDX-License-Identifier: Apache-2.0
//
// Registering a protected site, or a new version of one. The coordinate is checked by the node
// before anything is sent; recipients are chosen one by one; a second person confirms afterwards.
import { post } from "./api";
import { nodeNow } from "./clock";
import { byId, english, fixed, h, show, type Child } from "./dom";
import { metres, pointText } from "./format";
import { choiceOf, labelled, tellFault, textArea, textInput } from "./hotline_fields";
import { inWords } from "./hotline_words";
import { known, language, t } from "./i18n";
import { takeClicks } from "./map";
import { errorLine, waitLine } from "./parts";
import { drawnPoint, pointLine, timeLine } from "./plan";
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
import { act, privacyChoice, proxyChoice, recipientBoxes, standing, word, comma } from "./protection_parts";
import { protection, siteOne } from "./protection_store";
import type { SiteCheck } from "./protection_types";
import {
  checkBody,
  checkText,
  corners,
  draftCenter,
  draftFootprint,
  draftFrom,
  draftShape,
  emptySite,
  isChecked,
  isRead,
  readSite,
  spokenFindings,
  type Kind,
  type SiteDraft,
} from "./site_draft";
import type { Point } from "./types";
import { toolRow } from "./tool_row";
import { title } from "./view_map";

const kDayMs = 86400000;
const kOfferedDays = 180;
const kData = ["WGS84", "ED50", "Pulkovo1942", "unknown"];

let draft: SiteDraft | undefined;
let root: HTMLElement | undefined;
let checking = false;

// --- The map -------------------------------------------------------------------------------------

function writeShape(shape: Drawn): void {
  if (draft === undefined) return;
  if (shape.kind === "circle") {
    draft.kind = "point";
    const [center] = shape.points.map(drawnPoint);
    if (center !== undefined) draft.text = pointLine(center);
    draft.datum = "WGS84";
    draft.footprint = String(Math.max(1, Math.round(shape.radius_m)));
  } else {
    draft.kind = "polygon";
    draft.points = shape.points.map(drawnPoint).map(pointLine).join("\n");
  }
}

function onDrawn(shape: Drawn): void {
  writeShape(shape);
  remake("site-kind");
}

function onEdited(shape: Drawn): void {
  writeShape(shape);
  for (const [id, value] of [
    ["site-text", draft?.text],
    ["site-footprint", draft?.footprint],
    ["site-points", draft?.points],
  ] as const) {
    const field = document.getElementById(id) as HTMLInputElement | null;
    if (field !== null) field.value = value ?? "";
  }
  drawCheck();
  drawPlace(false);
}

function onClick(at: Point, picks: { kind: string }[]): void {
  if (draft === undefined || drawing() !== undefined || picks.some(({ kind }) => kind === "plan")) return;
  draft.kind = "point";
  draft.text = pointLine(drawnPoint(at));
  draft.datum = "WGS84";
  remake("site-text");
}

function handles(from: SiteDraft): Drawn | undefined {
  const shape = draftShape(from);
  if (shape === undefined) return undefined;
  if (from.kind === "polygon") {
    return { kind: "polygon", points: (shape.coordinates[0] ?? []).slice(0, -1), radius_m: 0 };
  }
  const center = draftCenter(from);
  return center === undefined
    ? undefined
    : { kind: "circle", points: [center], radius_m: draftFootprint(from) };
}

function drawPlace(withHandles = true): void {
  if (draft === undefined) return;
  const shape = draftShape(draft);
  const label = draft.name.trim() === "" ? t("prot.site.one") : draft.name.trim();
  showPlan(shape === undefined ? [] : [{ shape, label, chosen: true }]);
  if (withHandles) setHandles(handles(draft));
}

const kModes: DrawMode[] = ["circle", "polygon", "rectangle"];

const drawTools = (): void => toolRow(root !== undefined, kModes, "prot.map.hint");

// --- The verdicts --------------------------------------------------------------------------------

async function check(): Promise<void> {
  if (draft === undefined || checking) return;
  const asked = draft;
  const body = checkBody(asked);
  const ring = asked.kind === "polygon" ? corners(asked.points) : undefined;
  tellFault("site-text", asked.kind === "point" && body["text"] === "" ? t("plan.fault.missing") : undefined);
  tellFault("site-points", typeof ring === "string" ? t(ring) : undefined);
  const datum = asked.kind === "point" && asked.datum !== "WGS84";
  tellFault("site-datum", datum ? t("prot.fault.datum") : undefined);
  if (checkText(asked) === "" || datum) return;
  checking = true;
  drawCheck();
  try {
    const answer = await post<SiteCheck>("/api/sites/check", body);
    if (draft === asked && JSON.stringify(checkBody(asked)) === JSON.stringify(body)) {
      asked.check = answer;
      asked.checked = JSON.stringify(body);
      asked.known = new Set();
    }
    checking = false;
    drawCheck();
    drawPlace();
    bringPlan();
  } catch (error) {
    checking = false;
    drawCheck(errorLine(error));
  }
}

function verdict(from: SiteDraft, one: SiteCheck["findings"][number]): HTMLElement {
  const key = `prot.check.${one.code}`;
  const own = language() !== "en" && one.verdict !== "not_checked" && known(key) ? h("span", {}, t(key), " ") : null;
  const box = h("input", { type: "checkbox", id: `know-${one.code}`, checked: from.known.has(one.code) });
  box.addEventListener("change", () => {
    if (box.checked) from.known.add(one.code);
    else from.known.delete(one.code);
  });
  return h(
    "li",
    { class: one.grave ? "finding-line grave" : "finding-line", "data-finding": one.code },
    h("p", {}, h("span.sign", { "aria-hidden": "true" }, one.grave ? "⚠ " : "◌ "), one.verdict === "not_checked" ? [t("prot.check.not"), " "] : own, english(one.text)),
    one.grave && isRead(from.check) ? h("label.check", {}, box, h("span", {}, t("prot.know"))) : null,
  );
}

function verdicts(from: SiteDraft): Child {
  const found = from.check;
  if (checking) return h("p.empty", {}, t("page.wait"));
  if (found === undefined) return h("p.small-text", {}, t("prot.check.first"));
  if (!isChecked(from)) return h("p.warn-line", {}, t("prot.check.stale"));
  const told = spokenFindings(found);
  const state = !isRead(found) ? "bad" : told.length === 0 ? "good" : "warn";
  return [
    h(
      "p",
      { class: `plan-status ${state}`, id: "site-verdict" },
      t(({ bad: "prot.check.unread", good: "prot.check.good", warn: "prot.check.found" } as const)[state]),
    ),
    found.point === undefined
      ? null
      : h(
          "p.small-text",
          {},
          t("prot.check.as"),
          " ",
          fixed(pointText(found.point)),
          found.format === undefined ? null : [comma(), word("format", found.format)],
          found.uncertainty_m === undefined
            ? null
            : [comma(), t("prot.check.exact", { m: metres(found.uncertainty_m) })],
        ),
    told.length === 0 ? null : h("ul.plain", {}, told.map((one) => verdict(from, one))),
  ];
}

function drawCheck(trouble?: HTMLElement): void {
  const place = document.getElementById("site-check");
  if (place === null || draft === undefined) return;
  show(place, trouble ?? verdicts(draft));
}

// --- The form ------------------------------------------------------------------------------------

const kFields = ["name", "category", "function", "text", "datum", "footprint", "points", "expires", "to"];

async function send(button: HTMLButtonElement): Promise<void> {
  if (draft === undefined) return;
  const trouble = byId("site-trouble");
  const [body, faults] = readSite(draft);
  for (const name of kFields) tellFault(`site-${name}`, faults.get(`site-${name}`));
  const [first] = faults.keys();
  if (first !== undefined) {
    const goal = document.getElementById(first);
    (goal?.querySelector<HTMLElement>("input") ?? goal)?.focus();
    return show(trouble, h("p.error", {}, t("prot.fault.fields")));
  }
  if (!isChecked(draft)) {
    show(trouble, h("p.warn-line", { role: "alert" }, t("prot.check.look")));
    return check();
  }
  if (!isRead(draft.check)) return show(trouble, h("p.error", { role: "alert" }, t("prot.check.unread")));
  const grave = draft.check?.findings.filter((one) => one.grave && draft?.known.has(one.code) !== true);
  if (grave?.[0] !== undefined) {
    show(trouble, h("p.error", { role: "alert" }, t("prot.check.grave")));
    document.getElementById(`know-${grave[0].code}`)?.focus();
    return;
  }
  button.disabled = true;
  try {
    const { revises } = draft;
    const path = revises === undefined ? "/api/sites" : `/api/sites/${encodeURIComponent(revises)}/revise`;
    const logged = await act(path, body);
    draft = undefined;
    location.hash = `#/sites/${encodeURIComponent(revises ?? `${logged.party}-${logged.index}`)}`;
  } catch (error) {
    button.disabled = false;
    show(trouble, errorLine(error));
  }
}

function where(from: SiteDraft): Child {
  const kind = choiceOf(
    "site-kind",
    [
      ["point", t("prot.kind.point")],
      ["polygon", t("prot.kind.polygon")],
    ],
    from.kind,
    (value) => {
      from.kind = value as Kind;
      remake("site-kind");
    },
  );
  const follow = (write: (value: string) => void) => (value: string) => {
    write(value);
    drawCheck();
    drawPlace();
  };
  const ltr = { dir: "ltr" };
  const text = textInput("site-text", from.text, follow((value) => (from.text = value)), { ...ltr, maxlength: 200 });
  const datum = choiceOf(
    "site-datum",
    kData.map((name): [string, string] => [name, name === "unknown" ? t("prot.datum.unknown") : word("datum", name)]),
    from.datum,
    (value) => {
      from.datum = value;
      drawCheck();
    },
  );
  const footprint = textInput("site-footprint", from.footprint, follow((value) => (from.footprint = value)), ltr);
  const points = textArea("site-points", from.points, follow((value) => (from.points = value)), { ...ltr, rows: 4 });
  return [
    labelled(kind, t("prot.kind"), { wide: true }),
    from.kind === "point"
      ? [
          labelled(text, t("prot.text"), { wide: true, hint: t("prot.text.hint") }),
          labelled(datum, t("prot.datum")),
          labelled(footprint, t("prot.footprint"), { hint: t("prot.footprint.hint") }),
        ]
      : labelled(points, t("prot.corners"), { wide: true, hint: t("hotline.point.hint") }),
    h(
      "div.wide",
      {},
      h(
        "button",
        { type: "button", id: "site-check-now", "data-key": "site-check-now", onclick: () => void check() },
        t("prot.check"),
      ),
      h("div", { id: "site-check", "aria-live": "polite" }, verdicts(from)),
    ),
  ];
}

function fields(from: SiteDraft): HTMLElement {
  const source = h("p.hint", { id: "site-source" });
  const tellSource = (): void => {
    const found = protection.value?.categories.find(({ name }) => name === from.category);
    source.textContent = found === undefined ? "" : t("prot.source", { source: found.source });
  };
  tellSource();
  const category = choiceOf(
    "site-category",
    [
      ["", t("hotline.choose")],
      ...(protection.value?.categories ?? []).map((one): [string, string] => [one.name, inWords(one.title, one.name)[0]]),
    ],
    from.category,
    (value) => {
      from.category = value;
      tellSource();
    },
  );
  const one = (
    name: "name" | "function" | "run_by" | "address" | "place" | "contact",
    wide = false,
  ): HTMLElement =>
    labelled(
      textInput(`site-${name}`, from[name], (value) => {
        from[name] = value;
        if (name === "place") drawCheck();
      }, { maxlength: 200 }),
      t(`prot.field.${name}`),
      { wide, hint: t(`prot.field.${name}.hint`) },
    );
  const expires = textInput("site-expires", from.expires, (value) => (from.expires = value), { dir: "ltr" });
  return h(
    "div.fields",
    {},
    one("name", true),
    labelled(category, t("prot.category"), { more: source }),
    one("function"),
    one("place"),
    one("address"),
    where(from),
    one("run_by"),
    one("contact"),
    labelled(expires, t("prot.expires"), { hint: t("prot.expires.hint") }),
    labelled(proxyChoice("site-proxy", from.proxy, (value) => (from.proxy = value)), t("prot.proxy.choose"), {
      hint: t("prot.proxy.hint"),
    }),
    h("div.wide", {}, privacyChoice("site-privacy", from.private, (value) => (from.private = value))),
    h("div.wide", {}, recipientBoxes("site-to", from.to, () => undefined)),
  );
}

function form(from: SiteDraft): HTMLElement {
  const button = h("button.primary", { type: "submit", id: "site-send" }, t(from.revises === undefined ? "prot.register.send" : "prot.revise.send"));
  return h(
    "form",
    {
      id: "site-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void send(button);
      },
    },
    fields(from),
    h("p.small-text", {}, t("prot.second.after"), " ", t("dialog.signed")),
    h("div", { id: "site-trouble", "aria-live": "assertive" }),
    h(
      "div.buttons",
      {},
      button,
      h("a", { href: from.revises === undefined ? "#/sites" : `#/sites/${encodeURIComponent(from.revises)}`, "data-key": "site-back" }, t("dialog.cancel")),
    ),
  );
}

function remake(focus: string): void {
  if (root === undefined || draft === undefined) return;
  show(root, form(draft));
  drawPlace();
  if (document.activeElement === document.body) document.getElementById(focus)?.focus();
}

/** `revises`: the key of the site that gets a new version. */
export function siteFormView(revises: string | undefined): Child {
  const heading = [
    title(t(revises === undefined ? "prot.register" : "prot.revise"), t("prot.sites.title")),
    standing(),
  ];
  if (protection.value === undefined) {
    return [heading, protection.error === undefined ? waitLine() : errorLine(protection.error)];
  }
  if (draft === undefined || draft.revises !== revises) {
    const expires = timeLine((nodeNow() ?? 0) + kOfferedDays * kDayMs).slice(0, 16);
    if (revises === undefined) draft = emptySite(expires);
    else {
      const cell = siteOne.of(revises);
      if (cell.value === undefined) return [heading, cell.error === undefined ? waitLine() : errorLine(cell.error)];
      draft = draftFrom(cell.value.site, expires);
    }
    root = undefined;
  }
  if (root === undefined) {
    root = h("div", { id: "site-root" }, form(draft));
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
  if (draft !== undefined && draftShape(draft) !== undefined) bringPlan();
}

export const siteFormShown = (): boolean => root?.isConnected === true;

/** The reader goes to another view, or to another language: the draft stays. */
export function leaveSiteForm(): void {
  if (root === undefined) return;
  root = undefined;
  closePlanMap();
  show(byId("plan-tools"));
}
