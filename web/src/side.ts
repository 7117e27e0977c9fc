// SPDX-License-Identifier: Apache-2.0
//
// The left column: what waits for this officer, activities, findings, aircraft.
import { append, byId, english, h, said, show, type Child } from "./dom";
import {
  altitudeText,
  confidenceText,
  endText,
  purposeText,
  spanText,
  stateChip,
  timeElement,
} from "./format";
import { language, listText, onLanguage, rich, t, translateIn, type TextKey } from "./i18n";
import { trackName } from "./map_data";
import { activityName, age, countdown, errorLine, findingText, waitLine } from "./parts";
import {
  activities,
  activityOf,
  areaName,
  type Cell,
  findings,
  hello,
  nameOf,
  stops,
  tracks,
  waiting,
} from "./store";
import type { Activity, Finding, Track, WaitingItem } from "./types";

const kKindSigns: Record<WaitingItem["kind"], string> = {
  stop: "■",
  decide: "?",
  activate: "▶",
  read: "◉",
  finding: "!",
  record: "✕",
};

function whereTo(item: WaitingItem): string {
  if (item.kind === "stop") return "#alarms";
  if (item.kind === "record") return `#/record/${encodeURIComponent(item.party)}`;
  if (item.kind === "finding" && item.id !== undefined) return `#/finding/${item.id}`;
  // What is to be read may be an activity or any other entry.
  const activity = item.kind !== "read" || activityOf(item.id) !== undefined;
  if (activity && item.id !== undefined) return `#/activity/${item.id}`;
  if (item.index !== undefined) return `#/record/${encodeURIComponent(item.party)}/${item.index}`;
  return "#/map";
}

/** What waits: the node's own title is English; in other languages it is said from the members. */
function waitingTitle(item: WaitingItem): HTMLElement {
  if (language() === "en") return said(item.title, "div");
  const { kind, party } = item;
  const stop = stops.value?.stops.find(({ id }) => id === item.id);
  if (kind === "stop" && stop !== undefined) {
    const words = { party: nameOf(party), reason: said(stop.reason) };
    return h("div", {}, rich("wait.stop.title", words));
  }
  const finding = findings.value?.findings.find(({ id }) => id === item.id);
  if (kind === "finding" && finding !== undefined) return findingText(finding, "div");
  const activity = activityOf(item.id);
  if (activity !== undefined && (kind === "decide" || kind === "activate" || kind === "read")) {
    const name = t("wait.activity", {
      name: activityName(activity),
      purpose: purposeText(activity.purpose),
      place: activity.place.name,
    });
    return h("div", {}, t(`wait.${kind}.title`, { activity: name }));
  }
  return h(
    "div",
    {},
    kind === "record" ? h("div", {}, t("wait.record.title")) : null,
    english(item.title, "div"),
  );
}

function waitingItem(item: WaitingItem): HTMLElement {
  const line = { party: said(nameOf(item.party)), age: age(item.since) };
  const key = `wait-${item.kind}-${item.id ?? ""}-${item.index ?? ""}`;
  return h(
    "li",
    { class: item.urgent ? "card urgent" : "card" },
    h(
      "a",
      { href: whereTo(item), "data-key": key },
      h(
        "span.kind-sign",
        {},
        h("span", { "aria-hidden": "true" }, `${kKindSigns[item.kind]} `),
        t(`wait.${item.kind}`),
      ),
      item.urgent ? h("span.urgent-word", {}, ` ${t("wait.urgent")}`) : null,
      waitingTitle(item),
    ),
    h(
      "p.small-text",
      {},
      item.due === undefined
        ? rich("wait.since", line)
        : rich("wait.since_due", { ...line, due: countdown(item.due) }),
    ),
  );
}

function activityItem(activity: Activity): HTMLElement {
  return h(
    "li.card",
    {},
    h(
      "a",
      { href: `#/activity/${activity.id}`, "data-key": `act-${activity.id}` },
      said(activityName(activity), "div"),
      h(
        "span.small-text",
        {},
        rich("side.activity", {
          purpose: purposeText(activity.purpose),
          operator: said(activity.operator_name ?? nameOf(activity.operator)),
        }),
      ),
    ),
    h(
      "p.small-text",
      {},
      stateChip(activity.state),
      activity.late ? h("span.chip.late", {}, t("word.late")) : null,
    ),
    h("p.small-text", {}, spanText(activity.span)),
  );
}

function findingItem(finding: Finding): HTMLElement {
  const open = finding.end === undefined;
  return h(
    "li.card",
    {},
    h(
      "a",
      { href: `#/finding/${finding.id}`, "data-key": `find-${finding.id}` },
      findingText(finding, "div"),
    ),
    h(
      "p.small-text",
      {},
      h(
        "span",
        { class: open ? "chip open" : "chip" },
        h("span", { "aria-hidden": "true" }, open ? "! " : "✓ "),
        finding.end === undefined ? t("finding.open") : endText(finding.end),
      ),
      " ",
      rich("side.finding", {
        clause: finding.clause,
        confidence: confidenceText(finding.confidence),
        time: timeElement(finding.first.time, "clock"),
      }),
    ),
  );
}

function trackItem(track: Track): HTMLElement {
  const areas = (track.areas ?? []).map((id) => areaName(id) ?? id);
  const words = {
    who: track.who === undefined ? t("track.unidentified") : nameOf(track.who),
    height: altitudeText(track.last.altitude_m, track.last.reference),
  };
  return h(
    "li.card",
    {},
    h(
      "a",
      { href: `#/aircraft/${track.address}`, "data-key": `track-${track.address}` },
      said(trackName(track), "div"),
    ),
    h(
      "p.small-text",
      {},
      areas.length === 0
        ? t("side.track", words)
        : t("side.track_in", { ...words, areas: listText(areas) }),
    ),
  );
}

const kCards = 40; // of one list, until the reader asks for the rest

interface Section<T> {
  id: string;
  title: TextKey;
  cell: Cell<unknown>;
  also: Cell<unknown>[]; // what the items are said with
  items: () => T[] | undefined;
  item: (value: T) => HTMLElement;
  empty: TextKey;
  open: boolean;
}

function section<T>(part: Section<T>): HTMLElement {
  const count = h("span.count", {}, "");
  const list = h("div.list", { id: `${part.id}-list` });
  let all = false;
  const cards = (items: T[]): Child[] => {
    const some = all ? items : items.slice(0, kCards);
    const more = items.length - some.length;
    const showAll = (): void => {
      all = true;
      draw();
    };
    return [
      h("ul.cards", {}, some.map(part.item)),
      more > 0
        ? h(
            "button.small.more",
            { type: "button", "data-key": `${part.id}-all`, onclick: showAll },
            t("side.more", { n: more }),
          )
        : null,
    ];
  };
  const draw = (): void => {
    const items = part.items();
    const rows: Child[] = [];
    if (part.cell.error !== undefined && hello.value?.role !== "none") {
      rows.push(errorLine(part.cell.error));
    }
    if (items === undefined) {
      if (rows.length === 0) rows.push(waitLine());
    } else if (items.length === 0) rows.push(h("p.empty", {}, t(part.empty)));
    else rows.push(...cards(items));
    count.textContent = items === undefined ? "" : String(items.length);
    show(list, rows);
  };
  for (const cell of [part.cell, ...part.also]) cell.onChange(draw);
  redraws.push(draw);
  draw();
  return h(
    "details.section",
    { id: part.id, open: part.open },
    h("summary", {}, h("h2", { "data-t": part.title }), count),
    list,
  );
}

const redraws: (() => void)[] = [];
/** Draws the column again, when names have become known. */
export const drawSide = (): void => redraws.forEach((draw) => draw());

export function startSide(): void {
  append(byId("side"), [
    section({
      id: "waiting",
      title: "side.waiting",
      cell: waiting,
      also: [activities, findings, stops],
      items: () => waiting.value?.items,
      item: waitingItem,
      empty: "side.waiting.none",
      open: true,
    }),
    section({
      id: "findings",
      title: "side.findings",
      cell: findings,
      also: [],
      items: () => findings.value?.findings,
      item: findingItem,
      empty: "side.findings.none",
      open: true,
    }),
    section({
      id: "activities",
      title: "side.activities",
      cell: activities,
      also: [],
      items: () => activities.value?.activities,
      item: activityItem,
      empty: "side.activities.none",
      open: false,
    }),
    section({
      id: "aircraft",
      title: "side.aircraft",
      cell: tracks,
      also: [],
      items: () => tracks.value?.tracks,
      item: trackItem,
      empty: "side.aircraft.none",
      open: false,
    }),
  ]);
  translateIn(byId("side"));
  onLanguage(drawSide);
}
