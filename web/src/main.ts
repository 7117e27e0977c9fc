// SPDX-License-Identifier: Apache-2.0
//
// The page of a detente node: starts the parts, follows the address, draws what changed.
import "maplibre-gl/dist/maplibre-gl.css";
import "./app.css";
import { drawActivity, leaveActivity, openActivity } from "./activity_more";
import { drawAlarms } from "./alarms";
import { hasToken, setToken, takeToken } from "./api";
import { startClock } from "./clock";
import { checkLists, checkPlans, checks, touchChecks } from "./checks_store";
import { append, byId, h, show, type Child } from "./dom";
import { listen } from "./events";
import { drawEvidence } from "./evidence";
import { drawNotes, lineIs, markTab, startHeader } from "./header";
import { bring as bringToMap, goTo, resized, select, startMap, type Pick } from "./map";
import { applyLanguage, language, onLanguage, t, translateIn } from "./i18n";
import { errorLine, startAges, waitLine } from "./parts";
import { drawSide, startSide } from "./side";
import { messageOf, messageView, pinsOf } from "./hotline_inbox";
import { drawOverlays, shapesOf, showPins } from "./hotline_map";
import { leaveWarn, warnShown, warnView } from "./hotline_warn";
import { warningView } from "./hotline_warnings";
import { warningOf } from "./hotline_words";
import { leaveWrite, writeShown, writeView } from "./hotline_write";
import { leaveMovementForm, movementFormShown, movementFormView } from "./movement_form";
import { drawProtection, isOver } from "./protection_map";
import {
  caseOne,
  cases,
  copyOne,
  movementOne,
  movements,
  protection,
  siteCopies,
  siteLists,
  siteMap,
  siteOne,
  touchProtection,
} from "./protection_store";
import { startPrivate } from "./plan_private";
import { leaveSiteForm, siteFormShown, siteFormView } from "./site_form";
import { leaveSiteImport, siteImportShown, siteImportView } from "./site_import";
import { siteView } from "./site_one";
import { copiesView, placeOf } from "./view_copies";
import {
  activities,
  activityOf,
  agreement,
  course,
  evidence,
  findings,
  forms,
  hello,
  hotline,
  record,
  state,
  stops,
  touchAll,
  touchBy,
  tracks,
  utm,
  waiting,
} from "./store";
import { activityView } from "./view_activity";
import { agreementView } from "./view_agreement";
import { askShown, askView, leaveAsk } from "./view_ask";
import { casesView, caseView } from "./view_cases";
import { checksView, leaveChecks } from "./view_checks";
import { convoyView, noConvoy, startConvoy } from "./view_convoy";
import { courseView } from "./view_course";
import { hotlineView } from "./view_hotline";
import { chooser, hashOf, mapDetails, title } from "./view_map";
import { movementsView, movementView } from "./view_movements";
import { leavePlan, planShown, planView, refreshPlan } from "./view_plan";
import { goToClause } from "./view_reader";
import { openRecord, recordView, refreshRecord } from "./view_record";
import { leaveSites, refreshSites, sitesShown, sitesStale, sitesView } from "./view_sites";
import { utmView } from "./view_utm";

interface Route {
  view: string;
  id: string;
  index: number | undefined;
  query: URLSearchParams;
}

const kWithMap = [
  "map",
  "area",
  "finding",
  "aircraft",
  "activity",
  "plan",
  "ask",
  "warning",
  "message",
  "utm",
  "sites",
  "movements",
];
const kWithoutMap = ["record", "agreement", "course", "hotline", "cases", "convoy", "checks"];
const kUtmEveryMs = 5000; // no event tells of it
const kOverdueEveryMs = 15000;

function route(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").map(decode);
  const [view = "map", id = "", index = ""] = parts;
  const known = [...kWithMap, ...kWithoutMap].includes(view);
  return {
    view: known ? view : "map",
    id,
    index: /^\d+$/.test(index) ? Number(index) : undefined,
    query: new URLSearchParams(query),
  };
}

/** The hotline's forms have the map beside them; its overview has not. */
const hotlineForm = ({ view, id }: Route): boolean =>
  view === "hotline" && (id === "warn" || id === "write");

const siteForm = ({ view, id }: Route): boolean => view === "sites" && id === "new";
const siteImport = ({ view, id }: Route): boolean => view === "sites" && id === "import";
const movementForm = ({ view, id }: Route): boolean => view === "movements" && id === "new";

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let picked: Pick[] = [];
let current = "";

function content({ view, id, index, query }: Route): Child {
  if (hello.value?.role === "none") return tokenForm();
  if (view === "ask") return askView(query);
  if (view === "hotline") {
    if (id === "warn") return warnView(query);
    if (id === "write") return writeView(query);
    return hotlineView(draw);
  }
  if (view === "warning") return warningView(id);
  if (view === "message") return messageView(id);
  if (view === "utm") return utmView(id, draw);
  if (view === "sites") {
    if (id === "new") return siteFormView(query.get("revise") ?? undefined);
    if (id === "import") return siteImportView();
    if (id === "copies") return copiesView(query.get("copy") ?? undefined);
    return id === "" ? sitesView() : siteView(id);
  }
  if (view === "movements") {
    if (id === "new") return movementFormView();
    return id === "" ? movementsView() : movementView(id);
  }
  if (view === "convoy") return id === "" ? noConvoy() : convoyView(id);
  if (view === "checks") return checksView();
  if (view === "cases") return id === "" ? casesView(draw) : caseView(id);
  if (view === "course") {
    if (course.value !== undefined) return courseView(course.value);
    return [title(t("terms.course")), course.error ? errorLine(course.error) : waitLine()];
  }
  if (view === "plan") return planView(query.get("replaces") ?? undefined, draw);
  if (view === "record") return recordView(id === "" ? undefined : id, index);
  if (view === "agreement") {
    if (agreement.value !== undefined) return agreementView(agreement.value);
    return [title(t("tab.agreement")), agreement.error ? errorLine(agreement.error) : waitLine()];
  }
  if (view === "activity") {
    const activity = activityOf(id);
    if (activity !== undefined) {
      openActivity(id, draw);
      return activityView(activity);
    }
    const heading = title(t("activity.one"));
    if (activities.value === undefined) return [heading, waitLine()];
    return [heading, h("p.empty", {}, t("activity.unknown"))];
  }
  if (view === "map" && picked.length > 1) return chooser(picked);
  return mapDetails(view, id);
}

/** Without a role the node says nothing: the page asks for the token. */
function tokenForm(): Child {
  const input = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const form = h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      setToken(input.value.trim());
      location.reload();
    },
  });
  append(form, [
    h("div.field", {}, h("label", { for: "token" }, t("token.label")), input),
    h("div.buttons", {}, h("button.primary", { type: "submit" }, t("token.continue"))),
  ]);
  return [
    title(t("token.title")),
    hasToken() ? errorLine(t("token.wrong")) : null,
    h("p", {}, t("token.explain")),
    form,
  ];
}

/** Draws the main part again; nothing the reader has opened or begun to read is lost by it. */
function draw(): void {
  const now = route();
  const main = byId("main");
  if (main.querySelector("form") !== null && hello.value?.role === "none") return;
  // What is being typed stays as it is.
  if (now.view === "plan" && planShown()) return refreshPlan();
  if (now.view === "ask" && askShown()) return;
  if (hotlineForm(now) && (warnShown() || writeShown())) return;
  if (siteForm(now) && siteFormShown()) return;
  if (siteImport(now) && siteImportShown()) return;
  if (movementForm(now) && movementFormShown()) return;
  if (now.view === "sites" && now.id === "" && sitesShown() && !sitesStale()) return refreshSites();
  const open = [...main.querySelectorAll("details")].map((part) => part.open);
  show(main, content(now));
  main.querySelectorAll("details").forEach((part, i) => {
    part.open = open[i] ?? part.open;
  });
  if (now.view === "agreement" && now.id !== "" && !main.querySelector(".clause-here")) {
    goToClause(now.id);
  }
  const activity = now.view === "activity" ? activityOf(now.id) : undefined;
  if (activity !== undefined) drawActivity(activity);
}

/** What is written in them is kept. */
function leaveForms(): void {
  leavePlan();
  leaveAsk();
  leaveWarn();
  leaveWrite();
  leaveSiteForm();
  leaveSiteImport();
  leaveMovementForm();
  leaveSites();
  leaveChecks();
}

/** Forms as well, which otherwise stay while they are filled in: what they hold is kept. */
function drawAnew(): void {
  const active = document.activeElement;
  const id = byId("main").contains(active) ? active?.id : undefined;
  leaveForms();
  byId("main").replaceChildren();
  draw();
  // The volumes' fields are there a moment later.
  if (id) setTimeout(() => document.getElementById(id)?.focus({ preventScroll: true }));
}

function outlineOf({ view, id }: Route, bring: boolean): void {
  if (view === "activity") {
    select(activityOf(id)?.volumes.map(({ shape }) => shape) ?? [], bring);
  } else if (view === "warning") {
    const warning = warningOf(id);
    select(warning === undefined ? [] : shapesOf(warning), bring);
  } else if (view === "message") {
    const message = messageOf(id);
    const pins = message === undefined ? [] : pinsOf(message);
    select([], false);
    showPins(pins);
    if (bring && pins[0] !== undefined) goTo(pins[0].at);
  } else if (view === "utm") {
    select(utm.value?.entities?.find((entity) => entity.id === id)?.shapes ?? [], bring);
  } else if (view === "sites" && id === "copies") {
    const sites = copyOne.value?.sites ?? [];
    const one = route().query.get("copy") !== null;
    select(one ? sites.slice(0, 300).map(placeOf) : [], bring);
  } else if (view === "sites" && id !== "new" && id !== "import") {
    const shape = id === "" ? undefined : siteOne.of(id).value?.site.shape;
    select(shape === undefined ? [] : [shape], bring);
  } else if (view === "movements" && id !== "new") {
    select(id === "" ? [] : (movementOne.of(id).value?.movement.corridor ?? []), bring);
  } else if (view === "ask" || view === "plan" || view === "hotline" || view === "sites" || view === "movements") {
    if (view !== "ask") select([], false);
  } else if (view === "area") {
    const area = agreement.value?.areas.find((candidate) => candidate.id === id);
    select(area === undefined ? [] : [area.shape], bring);
  } else {
    select([], false);
    if (!bring) return;
    const point =
      view === "finding"
        ? findings.value?.findings.find((finding) => finding.id === id)?.first.point
        : tracks.value?.tracks.find((track) => track.address === id)?.last.point;
    if (point !== undefined && (view === "finding" || view === "aircraft")) goTo(point);
  }
}

function follow(first = false): void {
  if (location.hash === "#alarms" || location.hash === "#main" || location.hash === "#stop") {
    const goal = byId(location.hash.slice(1));
    (goal.matches("button") ? goal : (goal.querySelector<HTMLElement>("button") ?? goal)).focus();
    history.replaceState(null, "", current === "" ? "#/map" : current);
    return;
  }
  const now = route();
  // From entry to entry of the record the time line stays where it is.
  const stays = now.view === "record" && document.body.dataset["view"] === "record";
  if (location.hash !== current && !stays) {
    leaveForms();
    leaveActivity();
    showPins([]);
    byId("main").replaceChildren();
  }
  current = location.hash;
  document.body.dataset["view"] = now.view;
  document.body.dataset["map"] = kWithMap.includes(now.view) || hotlineForm(now) ? "on" : "off";
  document.body.dataset["form"] = hotlineForm(now) || siteForm(now) || movementForm(now) ? now.id : "";
  markTab(now.view);
  if (now.view !== "map") picked = [];
  if (now.view === "course" || now.view === "agreement") course.touch();
  if (now.view === "hotline" && forms.value === undefined) forms.touch();
  if (now.view === "utm") utm.touch();
  if (["sites", "movements", "cases", "convoy"].includes(now.view)) touchProtection();
  if (["checks", "plan", "activity"].includes(now.view)) touchChecks();
  drawOverlays();
  drawProtection();
  if (now.view === "record") openRecord(now.id === "" ? undefined : now.id, now.index, draw);
  draw();
  resized();
  outlineOf(now, true);
  if (first) return;
  const clause = now.view === "agreement" && now.id !== "";
  if (!stays && !clause) byId("main").scrollTop = 0;
  byId("main").querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
}

/** The map comes to what is listed, and to the one that is opened, when it is first known. */
let protectionSeen = "";
function firstProtection(): void {
  const { view, id } = route();
  if (!["sites", "movements"].includes(view) || id === "new" || id === "import" || id === "copies") return;
  const known =
    view === "sites" ? siteOne.value?.site.key === id : movementOne.value?.movement.key === id;
  const shapes =
    view === "sites"
      ? (siteLists.value?.sites ?? []).flatMap(({ shape }) => shape ?? [])
      : (movements.value?.movements ?? []).filter((one) => !isOver(one)).flatMap(({ corridor }) => corridor ?? []);
  const goal = `${view} ${id}`;
  if (protectionSeen === goal || (id === "" ? shapes.length === 0 : !known)) return;
  protectionSeen = goal;
  if (id === "") bringToMap(shapes);
  else outlineOf(route(), true);
}

/** The map comes to the entities when they are first known. */
let utmSeen = false;
function firstUtm(): void {
  const { view, id } = route();
  const shapes = utm.value?.entities?.flatMap((entity) => entity.shapes) ?? [];
  if (view !== "utm" || utmSeen || shapes.length === 0) return;
  utmSeen = true;
  if (id === "") bringToMap(shapes);
  else outlineOf(route(), true);
}

function onPick(picks: Pick[]): void {
  const only = picks[0];
  picked = picks;
  if (only !== undefined && picks.length === 1) location.hash = hashOf(only);
  else if (route().view === "map") draw();
  else location.hash = "#/map";
}

function footer(): void {
  append(byId("footer"), [
    h(
      "p",
      { id: "standing" },
      h("strong", { "data-t": "page.protection" }),
      " ",
      h("span", { "data-t": "page.silence" }),
    ),
    h("p", {}, h("a", { href: "NOTICE.txt", "data-t": "page.sources" })),
  ]);
}

function wire(): void {
  const drawIf =
    (...views: string[]) =>
    () => {
      if (views.includes(route().view)) draw();
    };
  const outline = (): void => outlineOf(route(), false);
  hello.onChange(() => {
    draw();
    drawAlarms();
    drawNotes();
  });
  agreement.onChange(() => {
    draw();
    drawSide();
    drawAlarms();
    outline();
  });
  activities.onChange(drawIf("map", "activity", "finding", "aircraft", "plan"));
  activities.onChange(outline);
  activities.onChange(drawAlarms);
  tracks.onChange(drawIf("map", "aircraft"));
  findings.onChange(drawIf("map", "finding", "aircraft"));
  stops.onChange(drawAlarms);
  evidence.onChange(drawEvidence);
  evidence.onChange(drawIf("record"));
  agreement.onChange(drawEvidence);
  record.onChange(drawIf("record"));
  course.onChange(drawIf("course", "agreement"));
  activities.onChange(drawIf("course"));
  state.onChange(drawIf("map"));
  state.onChange(drawAlarms);
  hotline.onChange(drawAlarms);
  hotline.onChange(drawIf("hotline", "warning", "message"));
  activities.onChange(drawIf("warning"));
  forms.onChange(drawIf("hotline", "message"));
  forms.onChange(drawAlarms);
  utm.onChange(drawIf("utm"));
  utm.onChange(firstUtm);
  protection.onChange(drawIf("sites", "movements", "cases", "convoy"));
  for (const cell of [siteLists, siteMap, siteOne, siteCopies, copyOne]) cell.onChange(drawIf("sites"));
  copyOne.onChange(outline);
  movements.onChange(drawIf("movements"));
  movements.onChange(drawNotes);
  movementOne.onChange(drawIf("movements", "convoy"));
  for (const cell of [checks, checkPlans, checkLists]) cell.onChange(drawIf("checks"));
  checks.onChange(() => [checkPlans, checkLists].forEach((cell) => cell.touch()));
  for (const cell of [cases, caseOne]) cell.onChange(drawIf("cases"));
  for (const cell of [siteLists, siteOne, movements, movementOne]) cell.onChange(firstProtection);
  // What becomes overdue does so by the clock; no event tells of it.
  setInterval(() => [movements, movementOne, cases, caseOne].forEach((cell) => cell.touch()), kOverdueEveryMs);
  setInterval(() => utm.touch(), kUtmEveryMs);
  onLanguage(() => {
    // The token's form keeps what was typed; everything else is drawn anew in the new language.
    const typed = document.querySelector<HTMLInputElement>("#token")?.value ?? "";
    drawAnew();
    const field = document.querySelector<HTMLInputElement>("#token");
    if (field !== null) field.value = typed;
    drawAlarms();
    drawEvidence();
    if (hello.value !== undefined && hello.value.role !== "none") {
      const asked = language();
      void agreement.load().then(() => {
        // Forms hold words of the agreement too: places, areas, operators, clauses.
        if (asked === language() && (planShown() || askShown())) drawAnew();
      });
      touchAll();
      touchProtection();
    }
  });
  state.onChange(() => {
    const { view, id, index } = route();
    if (view === "record") void refreshRecord(id === "" ? undefined : id, index);
  });
}

async function start(): Promise<void> {
  takeToken();
  applyLanguage();
  startHeader();
  startSide();
  footer();
  translateIn(byId("footer"));
  startMap(byId("map-region"), onPick);
  wire();
  startClock();
  startAges();
  startConvoy();
  startPrivate();
  window.addEventListener("hashchange", () => follow());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    touchAll();
    touchProtection();
  });
  follow(true);
  await hello.load();
  if (hello.value === undefined) {
    show(byId("main"), title(t("page.no_answer")), errorLine(hello.error));
    setTimeout(() => location.reload(), 5000);
    return;
  }
  if (hello.value.role === "none") return;
  const cells = [
    stops,
    waiting,
    agreement,
    state,
    activities,
    findings,
    tracks,
    evidence,
    hotline,
    movements,
  ];
  await Promise.all(cells.map((cell) => cell.load()));
  follow(true);
  record.touch();
  listen(
    ({ name }) => {
      touchBy(name);
      touchProtection(name);
      touchChecks(name);
    },
    (open) => {
      lineIs(open);
      drawAlarms();
      // The alarm has to come through also while only the live stream is broken.
      if (!open) [hotline, stops].forEach((cell) => cell.touch());
      // After a break nothing is known of what was missed: everything is asked again.
      if (!open) return;
      touchAll();
      touchProtection();
    },
  );
}

void start();
