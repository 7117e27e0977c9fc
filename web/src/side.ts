// SPDX-License-Identifier: Apache-2.0
//
// The left column: what waits for this officer, activities, findings, aircraft.
import { append, byId, h, said, show, type Child } from "./dom";
import { altitudeText, spanText, stateChip, timeElement, words } from "./format";
import { trackName } from "./map_data";
import { activityName, age, countdown, errorLine } from "./parts";
import {
  activities,
  activityOf,
  areaName,
  type Cell,
  findings,
  hello,
  nameOf,
  tracks,
  waiting,
} from "./store";
import type { Activity, Finding, Track, WaitingItem } from "./types";

const kKindSigns: Record<WaitingItem["kind"], [string, string]> = {
  stop: ["■", "STOP"],
  decide: ["?", "decide"],
  activate: ["▶", "activate"],
  read: ["◉", "read"],
  finding: ["!", "finding"],
  record: ["✕", "record"],
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

function waitingItem(item: WaitingItem): HTMLElement {
  const [sign, word] = kKindSigns[item.kind];
  const key = `wait-${item.kind}-${item.id ?? ""}-${item.index ?? ""}`;
  return h(
    "li",
    { class: item.urgent ? "card urgent" : "card" },
    h(
      "a",
      { href: whereTo(item), "data-key": key },
      h("span.kind-sign", {}, h("span", { "aria-hidden": "true" }, `${sign} `), word),
      item.urgent ? h("span.urgent-word", {}, " urgent") : null,
      said(item.title, "div"),
    ),
    h(
      "p.small-text",
      {},
      nameOf(item.party),
      ", ",
      age(item.since),
      item.due === undefined ? null : [", due ", countdown(item.due)],
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
      h("span.small-text", {}, `${words(activity.purpose)}, `),
      h("span.small-text", { dir: "auto" }, activity.operator_name ?? nameOf(activity.operator)),
    ),
    h(
      "p.small-text",
      {},
      stateChip(activity.state),
      activity.late ? h("span.chip.late", {}, "late") : null,
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
      said(finding.text, "div"),
    ),
    h(
      "p.small-text",
      {},
      h(
        "span",
        { class: open ? "chip open" : "chip" },
        h("span", { "aria-hidden": "true" }, open ? "! " : "✓ "),
        open ? "goes on" : (finding.end ?? ""),
      ),
      ` clause ${finding.clause}, ${words(finding.confidence)}, `,
      timeElement(finding.first.time, "clock"),
    ),
  );
}

function trackItem(track: Track): HTMLElement {
  const where = (track.areas ?? []).map((id) => areaName(id)).join(", ");
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
      `${track.who === undefined ? "not identified" : nameOf(track.who)}, `,
      altitudeText(track.last.altitude_m, track.last.reference),
      where === "" ? "" : `, in ${where}`,
    ),
  );
}

const kCards = 40; // of one list, until the reader asks for the rest

interface Section<T> {
  id: string;
  title: string;
  cell: Cell<unknown>;
  items: () => T[] | undefined;
  item: (value: T) => HTMLElement;
  empty: string;
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
            `Show ${more} more`,
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
      if (rows.length === 0) rows.push(h("p.empty", {}, "Waiting for the node's answer."));
    } else if (items.length === 0) rows.push(h("p.empty", {}, part.empty));
    else rows.push(...cards(items));
    count.textContent = items === undefined ? "" : String(items.length);
    show(list, rows);
  };
  part.cell.onChange(draw);
  redraws.push(draw);
  draw();
  return h(
    "details.section",
    { id: part.id, open: part.open },
    h("summary", {}, h("h2", {}, part.title), count),
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
      title: "Waiting for you",
      cell: waiting,
      items: () => waiting.value?.items,
      item: waitingItem,
      empty: "Nothing waits for you. New notices, findings and STOPs appear here by themselves.",
      open: true,
    }),
    section({
      id: "findings",
      title: "Findings",
      cell: findings,
      items: () => findings.value?.findings,
      item: findingItem,
      empty: "No finding is in the logs. That says what was watched, not what was not.",
      open: true,
    }),
    section({
      id: "activities",
      title: "Activities",
      cell: activities,
      items: () => activities.value?.activities,
      item: activityItem,
      empty: "No activity has been filed by any party.",
      open: false,
    }),
    section({
      id: "aircraft",
      title: "Aircraft",
      cell: tracks,
      items: () => tracks.value?.tracks,
      item: trackItem,
      empty: "No position has arrived. Not observed is not zero.",
      open: false,
    }),
  ]);
}
