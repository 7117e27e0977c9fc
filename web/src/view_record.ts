// SPDX-License-Identifier: Apache-2.0
//
// The record: the logs side by side as this node holds them, paged by time, and one entry beside
// them. What it asks of the node never depends on how long the logs are.
import { get } from "./api";
import { english, h, type Child } from "./dom";
import { dateTimeText, dayText, zuluText } from "./format";
import { evidenceCard } from "./evidence";
import { t } from "./i18n";
import { errorLine, waitLine } from "./parts";
import { cosignatureTable, entryView, forgetCheck, onRead } from "./record_entry";
import { legend, timeline } from "./record_timeline";
import { loadWindow, type Ends, type RecordWindow } from "./record_window";
import { agreement, evidence, isOwn, nameOf, record, state } from "./store";
import type { EntryProof, LogPage } from "./types";
import { facts, title } from "./view_map";

const kHeadPx = 220; // what the page's and the table's head may cover
const kFootPx = 80;

/** What the view shows now; answers that come for another place are thrown away. */
let place = "";
let column: string | undefined; // the one log that is shown; absent: all
let window_: RecordWindow | undefined;
/** Where newer windows began; empty: the window is the newest one and grows with the logs. */
let newer: Ends[] = [];
let shown: { key: string; proof: EntryProof } | undefined;
let trouble: unknown;
let wait = false;
let bring = false; // the chosen entry is to be scrolled into view, and gets the focus
let left: string | undefined; // the entry that was just left: the focus goes back to its card
let redraw: () => void = () => undefined;

const askPage = (party: string, from: number, count: number): Promise<LogPage> =>
  get<LogPage>(`/api/log/${encodeURIComponent(party)}?from=${from}&count=${count}`);

/** In the agreement's order, so that all parties see the same picture. */
function inOrder<T extends { party: string }>(logs: T[]): T[] {
  const order = (agreement.value?.parties ?? []).map(({ id }) => id);
  return logs
    .filter(({ party }) => column === undefined || party === column)
    .sort((a, b) => order.indexOf(a.party) - order.indexOf(b.party));
}
const shownLogs = (): { party: string; size: number }[] => inOrder(state.value?.logs ?? []);

export function openRecord(
  party: string | undefined,
  index: number | undefined,
  draw: () => void,
): void {
  const now = `${party ?? ""}/${index ?? ""}`;
  redraw = draw;
  onRead(() => refreshRecord(party, index));
  // An entry stands beside whatever the time line showed before; a log's own page is its column.
  const wanted = index === undefined ? party : column;
  if (wanted !== column) {
    column = wanted;
    window_ = undefined;
    newer = [];
  }
  if (now !== place) {
    trouble = undefined;
    shown = undefined;
    forgetCheck();
    bring = index !== undefined;
    left = index === undefined && place.includes("/") ? place.replace("/", "-") : undefined;
  }
  place = now;
  record.touch();
  void refreshRecord(party, index);
}

/** Asks for what the view shows; quiet if nothing of it can have changed. */
export async function refreshRecord(
  party: string | undefined,
  index: number | undefined,
): Promise<void> {
  const wanted = place;
  try {
    if (party !== undefined && index !== undefined) {
      const proof = await get<EntryProof>(`/api/log/${encodeURIComponent(party)}/${index}`);
      if (wanted === place) shown = { key: wanted, proof };
      if (!stands(party, index)) await goToTime(Date.parse(proof.time) + 1);
      else if (newer.length === 0) await toNewest();
    } else if (newer.length === 0) {
      await toNewest();
    }
    trouble = undefined;
  } catch (error) {
    trouble = error;
  }
  if (wanted !== place) return;
  redraw();
  if (left !== undefined) {
    document
      .querySelector<HTMLElement>(`[data-key="${CSS.escape(`entry-${left}`)}"]`)
      ?.focus({ preventScroll: true });
    left = undefined;
  }
  const card = document.querySelector(".entry-card.here");
  if (!bring || card === null) return;
  bring = false;
  document.querySelector<HTMLElement>(".record-pane h1")?.focus({ preventScroll: true });
  const { top, bottom } = card.getBoundingClientRect();
  const seen = top > kHeadPx && bottom < innerHeight - kFootPx;
  if (!seen) card.scrollIntoView({ block: "center" });
}

const stands = (party: string, index: number): boolean =>
  window_?.rows.some((row) => row.party === party && row.entry.index === index) === true;

async function toWindow(ends: Ends): Promise<void> {
  if (ends.size === 0) return;
  const of = column;
  const loaded = await loadWindow(ends, askPage);
  if (of === column) window_ = loaded;
}

const newestEnds = (): Ends => new Map(shownLogs().map(({ party, size }) => [party, size]));
const toNewest = (): Promise<void> => toWindow(newestEnds());

/** The window whose newest entries were logged just before a time. */
async function goToTime(ms: number): Promise<void> {
  if (shownLogs().length === 0) return;
  const before = encodeURIComponent(new Date(ms).toISOString());
  const ends: Ends = new Map();
  await Promise.all(
    shownLogs().map(async ({ party }) => {
      const page = await get<LogPage>(
        `/api/log/${encodeURIComponent(party)}?before=${before}&count=1`,
      );
      const last = page.entries.at(-1);
      ends.set(party, last === undefined ? 0 : last.index + 1);
    }),
  );
  // In the order of the columns, whichever answer came first.
  const ordered: Ends = new Map(shownLogs().map(({ party }) => [party, ends.get(party) ?? 0]));
  newer = [newestEnds()];
  await toWindow(ordered);
}

/** Runs a step of paging, and shows what came of it. */
function turn(act: () => Promise<void>): void {
  if (wait) return;
  wait = true;
  act()
    .then(
      () => (trouble = undefined),
      (error: unknown) => (trouble = error),
    )
    .finally(() => {
      wait = false;
      redraw();
    });
}

async function older(): Promise<void> {
  if (window_ === undefined || window_.oldest) return;
  newer.push(window_.ends);
  await toWindow(window_.next);
}
async function back(): Promise<void> {
  const ends = newer.pop();
  if (ends === undefined) return;
  await (newer.length === 0 ? toNewest() : toWindow(ends));
}
async function newest(): Promise<void> {
  newer = [];
  await toNewest();
}
async function first(): Promise<void> {
  newer = [newestEnds()];
  const few = 15;
  await toWindow(new Map(shownLogs().map(({ party, size }) => [party, Math.min(few, size)])));
}

function pager(): HTMLElement {
  const atNewest = newer.length === 0;
  const button = (
    name: "newest" | "newer" | "older" | "first",
    on: boolean,
    act: () => Promise<void>,
  ): HTMLElement =>
    h(
      "button.small",
      { type: "button", disabled: !on, "data-key": `page-${name}`, onclick: () => turn(act) },
      t(`record.${name}`),
    );
  const input = h("input", {
    type: "datetime-local",
    id: "record-time",
    step: 1,
    "data-key": "record-time",
    "aria-describedby": "record-time-zone",
  });
  const form = h(
    "form.time-jump",
    {
      onsubmit: (event) => {
        event.preventDefault();
        const ms = Date.parse(`${input.value}Z`);
        if (!Number.isNaN(ms)) turn(() => goToTime(ms + 1000));
      },
    },
    h("label", { for: "record-time" }, t("record.go_to")),
    input,
    h("span.small-text", { id: "record-time-zone" }, t("record.utc")),
    h("button.small", { type: "submit", "data-key": "record-go" }, t("record.go")),
  );
  return h(
    "div.buttons.record-pager",
    { role: "group", "aria-label": t("record.pages") },
    button("newest", !atNewest, newest),
    button("newer", !atNewest, back),
    button("older", window_?.oldest === false, older),
    button("first", window_?.oldest === false || !atNewest, first),
    form,
    h("span.small-text", { id: "record-range" }, rangeText()),
  );
}

function rangeText(): string {
  const rows = window_?.rows ?? [];
  const [top, bottom] = [rows[0]?.ms, rows.at(-1)?.ms];
  if (top === undefined || bottom === undefined) return "";
  const sameDay = dayText(top) === dayText(bottom);
  return t("record.range", {
    entries: t("count.entries", { n: rows.length }),
    from: dateTimeText(bottom),
    to: sameDay ? zuluText(top) : dateTimeText(top),
  });
}

/** What this node's own state means for the record. */
function nodeBanner(): Child {
  const node = record.value?.node;
  if (node === undefined || node.state === "running") return null;
  return h(
    "section",
    { class: `node-state ${node.state}`, id: "node-state", "aria-label": t("node.label") },
    h("p", {}, h("span", { "aria-hidden": "true" }, "⚠ "), h("strong", {}, t(`node.${node.state}`)), "."),
    node.why === undefined ? null : english(node.why, "p"),
  );
}

/** Evidence is in the band above while it is open; here is what has been resolved. */
function resolvedEvidence(): Child {
  const all = (evidence.value?.evidence ?? []).filter(({ resolved }) => resolved);
  if (all.length === 0) return null;
  return h(
    "details",
    {},
    h("summary", {}, t("record.resolved", { count: all.length })),
    all.map((one) => evidenceCard(one, "record")),
  );
}

const upLink = (): HTMLElement =>
  h("p.back", {}, h("a", { href: "#/record", "data-key": "back" }, t("record.back")));

function logFacts(party: string): Child {
  const page = window_?.pages.get(party);
  if (page === undefined) return null;
  return [
    h("p.small-text", {}, t(isOwn(party) ? "record.own_log" : "record.held_log")),
    facts([
      [t("record.origin"), h("code", {}, page.origin)],
      [t("record.entries"), String(page.size)],
      [t("record.root"), h("code.hash", {}, page.root)],
    ]),
    h("h2", {}, t("record.cosignatures")),
    cosignatureTable(party, page.cosignatures),
    h(
      "details",
      {},
      h("summary", {}, t("record.note")),
      h("pre", { tabindex: 0 }, page.checkpoint),
    ),
  ];
}

function logsPart(chosen: { party: string; index: number } | undefined): Child {
  const overview = record.value;
  if (window_ === undefined || overview === undefined) {
    const why = trouble ?? record.error ?? state.error;
    return why === undefined ? waitLine() : null;
  }
  const logs = inOrder(overview.logs);
  const everybody = (agreement.value?.parties ?? []).map(({ id }) => id);
  return [
    pager(),
    timeline(
      window_,
      logs,
      everybody.length > 0 ? everybody : overview.logs.map(({ party }) => party),
      Date.parse(overview.now),
      chosen === undefined ? undefined : { ...chosen, proof: shown?.proof },
    ),
  ];
}

export function recordView(party: string | undefined, index: number | undefined): Child {
  const problem = trouble === undefined ? null : errorLine(trouble);
  const entry = party !== undefined && index !== undefined;
  const known = (state.value?.logs ?? []).some((log) => log.party === party);
  if (party !== undefined && state.value !== undefined && !known) {
    return [upLink(), title(t("record.one")), h("p.empty", {}, t("record.none"))];
  }
  const heading = entry
    ? h("h2", {}, column === undefined ? t("record.title") : t("record.log_of", { party: nameOf(column) }))
    : party === undefined
      ? title(t("record.title"), t("record.above"))
      : title(nameOf(party), t("record.log"));
  const intro =
    !entry && party === undefined
      ? h("p.small-text", {}, t("record.intro"))
      : null;
  const back = entry
    ? h(
        "p.back",
        {},
        h(
          "a",
          {
            href: column === undefined ? "#/record" : `#/record/${encodeURIComponent(column)}`,
            "data-key": "back",
          },
          column === undefined
            ? t("record.back")
            : t("record.back_log", { party: nameOf(column) }),
        ),
      )
    : null;
  return h(
    "div",
    { class: entry ? "record-split chosen" : "record-split" },
    h(
      "div.record-logs",
      {},
      entry || party === undefined ? null : upLink(),
      heading,
      intro,
      nodeBanner(),
      entry ? null : problem,
      entry ? null : resolvedEvidence(),
      entry || party === undefined ? null : logFacts(party),
      legend(),
      logsPart(entry ? { party, index } : undefined),
    ),
    entry
      ? h(
          "div.record-pane",
          { "data-scroll": "pane", tabindex: -1 },
          back,
          problem,
          shown === undefined ? (problem === null ? waitLine() : null) : entryView(shown.proof),
        )
      : null,
  );
}
