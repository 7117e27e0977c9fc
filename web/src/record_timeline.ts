// SPDX-License-Identifier: Apache-2.0
//
// The logs side by side on one axis of time: a table with a row for each entry, newest first, and
// a column for each log. Times without proof of contact are rows of their own, and the entries in
// them are marked. What a chosen entry answers, and what its writer had seen, is marked too.
import { english, h, said, type Child } from "./dom";
import { clockText, dayText, durationText, timeElement, zuluText } from "./format";
import { listText, rich, t, type TextKey } from "./i18n";
import { age, missing } from "./parts";
import { gapsIn, inGap, type EntryRow, type GapRow, type RecordWindow } from "./record_window";
import {
  isMark,
  kStateSigns,
  kSteps,
  outcome,
  stepMeaning,
  stepName,
  stepSentence,
  stepStateText,
  typeText,
} from "./record_words";
import { isOwn, nameOf } from "./store";
import type { Delivery, EntryProof, LogEntry, RecordLog } from "./types";

const kColumnsBeside = 4; // more logs scroll to the side

export interface Chosen {
  party: string;
  index: number;
  proof: EntryProof | undefined;
}

/** "South ✓✓…– held 06:02": how far one party has come with an entry. */
function deliveryLine(delivery: Delivery): HTMLElement {
  const { text, bad } = outcome(delivery);
  const parts = kSteps.map((name) => stepSentence(name, delivery[name]));
  if (delivery.deemed !== undefined) {
    const time = clockText(Date.parse(delivery.deemed.since));
    parts.push(t("step.deemed_since", { time }));
  }
  const whole = parts.join(t("step.between"));
  return h(
    "li",
    { title: whole },
    h("span.unseen", {}, `${t("step.who", { party: nameOf(delivery.party), steps: whole })}. `),
    h(
      "span.strip",
      { "aria-hidden": "true" },
      h("bdi.strip-party", {}, delivery.party),
      h(
        "span.steps",
        {},
        kSteps.map((name) =>
          h("span", { class: `step-${delivery[name].state}` }, kStateSigns[delivery[name].state]),
        ),
      ),
      h("span", { class: bad ? "outcome bad" : "outcome" }, text),
    ),
  );
}

/** How an entry stands to the chosen one: signs with words. */
function relations(row: EntryRow, chosen: Chosen | undefined): [string, TextKey][] {
  const proof = chosen?.proof;
  if (chosen === undefined || proof === undefined) return [];
  const { party, entry } = row;
  const out: [string, TextKey][] = [];
  if (proof.refs.some((ref) => ref.party === party && ref.index === entry.index)) {
    out.push(["↑ ", "relation.answers"]);
  }
  if (entry.refs.some((ref) => ref.party === chosen.party && ref.index === chosen.index)) {
    out.push(["↓ ", "relation.answered"]);
  }
  const head = proof.seen.find((one) => one.party === party);
  if (head !== undefined && head.size === entry.index + 1) {
    out.push(["⇡ ", "relation.had"]);
  }
  if (proof.delivery.some((one) => one.party === party && one.read.index === entry.index)) {
    out.push(["✓ ", "relation.read"]);
  }
  return out;
}

function card(row: EntryRow, chosen: Chosen | undefined): HTMLElement {
  const { party, entry } = row;
  const here = chosen?.party === party && chosen.index === entry.index;
  const related = relations(row, chosen);
  const kind = isMark(entry.type) ? " mark" : entry.type.startsWith("stop.") ? " stop-card" : "";
  const classes = `entry-card${kind}${here ? " here" : ""}${related.length > 0 ? " related" : ""}`;
  return h(
    "div",
    { class: classes, "data-entry": `${party}/${entry.index}` },
    h(
      "a",
      {
        href: `#/record/${encodeURIComponent(party)}/${entry.index}`,
        "data-key": `entry-${party}-${entry.index}`,
        "aria-current": here ? "true" : null,
      },
      h("span.entry-index", {}, String(entry.index)),
      " ",
      h("span.entry-type", { title: entry.type }, typeText(entry.type)),
    ),
    summaryOf(entry),
    h("p.signed", {}, entry.officers.length > 0 ? listText(entry.officers) : t("card.unsigned")),
    related.map(([sign, key]) => h("p.relation", {}, sign, t(key))),
    h("ul.strips", { "aria-label": t("card.who") }, entry.delivery.map(deliveryLine)),
  );
}

const summaryOf = (entry: LogEntry): Child =>
  entry.summary === undefined || entry.summary === entry.type
    ? null
    : h("p.entry-summary", { title: entry.summary, lang: "en" }, english(entry.summary));

const lengthText = (ms: number): string =>
  ms < 7200000 ? t("time.minutes", { n: Math.max(1, Math.round(ms / 60000)) }) : durationText(ms);

function gapCard(gap: GapRow): HTMLElement {
  const parties = listText(gap.parties.map(nameOf), "or");
  const word = h("strong", {}, t("gap.word"));
  const from = clockText(gap.from, false);
  return h(
    "div",
    { class: "gap-card", "data-gap": gap.log },
    h("span", { "aria-hidden": "true" }, "▒ "),
    gap.to === undefined
      ? rich("gap.open", { word, parties, from: zuluText(gap.from, false) })
      : rich("gap.past", {
          word,
          parties,
          from,
          to: zuluText(gap.to, false),
          time: lengthText(gap.to - gap.from),
        }),
    gap.contacts > 0 ? t("gap.contacts", { n: gap.contacts }) : ".",
  );
}

type Row = { ms: number; entry?: EntryRow; gap?: GapRow };

function rowsOf(window: RecordWindow, gaps: GapRow[]): Row[] {
  const rows: Row[] = [
    ...window.rows.map((entry) => ({ ms: entry.ms, entry })),
    ...gaps.map((gap) => ({ ms: gap.at, gap })),
  ];
  // A gap ends before what is logged at the same time.
  return rows.sort((a, b) => b.ms - a.ms || Number(b.entry !== undefined) - Number(a.entry !== undefined));
}

function bodyOf(window: RecordWindow, logs: RecordLog[], gaps: GapRow[], chosen?: Chosen): Child {
  let day = "";
  return rowsOf(window, gaps).map(({ ms, entry, gap }) => {
    const today = dayText(ms);
    const newDay = today === day ? null : dayRow(today, logs.length + 1);
    day = today;
    const own = entry?.party ?? gap?.log;
    return [
      newDay,
      h(
        "tr",
        { class: gap === undefined ? null : "gap-row" },
        h("th.axis", { scope: "row" }, timeElement(new Date(ms).toISOString(), "clock")),
        logs.map((log) => {
          const hatched = inGap(gaps, log.party, ms) ? " in-gap" : "";
          const mine = log.party === own;
          return h(
            "td",
            {
              class: `cell${hatched}${mine ? " filled" : ""}`,
              "data-log": log.party,
              "data-name": nameOf(log.party),
            },
            mine && entry !== undefined ? card(entry, chosen) : null,
            mine && gap !== undefined ? gapCard(gap) : null,
            mine && entry !== undefined && hatched !== ""
              ? h(
                  "p.gap-word",
                  {},
                  "▒ ",
                  t("gap.logged", { parties: without(gaps, log.party, ms) }),
                )
              : null,
          );
        }),
      ),
    ];
  });
}

/** With whom there was no proof of contact at a time. */
function without(gaps: GapRow[], log: string, ms: number): string {
  const parties = gaps.filter((gap) => inGap([gap], log, ms)).flatMap((gap) => gap.parties);
  return listText([...new Set(parties)].map(nameOf), "or");
}

const dayRow = (day: string, columns: number): HTMLElement =>
  h("tr.day", {}, h("th", { scope: "rowgroup", colspan: columns }, day));

/** A column's head: whose log, how long, and how old the newest cosignatures are. */
function columnHead(log: RecordLog, others: string[], alone: boolean): HTMLElement {
  const newest = (party: string): Child => {
    const part = (level: "seen" | "held"): HTMLElement => {
      const one = log.cosignatures.find((c) => c.party === party && c.level === level);
      if (one === undefined) return h("span", {}, t(`step.${level}`), " ", missing());
      const since = age(one.time);
      const how =
        one.size < log.size
          ? rich("column.size", { age: since, size: one.size, all: log.size })
          : since;
      return h("span", {}, t(`step.${level}`), " ", how);
    };
    return h(
      "li",
      { "data-cosigner": party },
      h("bdi.strip-party", { title: nameOf(party) }, party),
      h("span", {}, rich("column.steps", { seen: part("seen"), held: part("held") })),
    );
  };
  const whose = isOwn(log.party) ? "column.own" : "column.held";
  return h(
    "th",
    { scope: "col", class: "log", "data-log": log.party },
    h(
      "a",
      {
        href: `#/record/${encodeURIComponent(log.party)}`,
        "data-key": `all-${log.party}`,
        title: log.origin,
        dir: "auto",
      },
      nameOf(log.party),
    ),
    h("p.small-text", {}, t(whose, { entries: t("count.entries", { n: log.size }) })),
    log.closed ? h("p.log-state", {}, "▪ ", t("column.closed")) : null,
    log.forked ? h("p.log-state", {}, "⚠ ", t("column.forked")) : null,
    log.catching_up === undefined
      ? null
      : h(
          "p.log-state.calm",
          {},
          "… ",
          rich("column.catching_up", {
            done: log.catching_up.done,
            total: log.catching_up.total,
            party: said(nameOf(log.catching_up.from)),
          }),
        ),
    log.refused === undefined
      ? null
      : h(
          "p.log-state",
          {},
          "⚠ ",
          rich("column.refused", {
            time: timeElement(log.refused.since, "clock"),
            why: english(log.refused.text),
          }),
        ),
    h("ul.newest", { "aria-label": t("column.newest") }, others.map(newest)),
    log.gaps_left_off > 0 && alone
      ? h("p.small-text", {}, t("column.gaps", { n: log.gaps_left_off }))
      : null,
  );
}

export const legend = (): HTMLElement =>
  h(
    "details.record-legend",
    {},
    h("summary", {}, t("legend.title")),
    h(
      "ul",
      {},
      kSteps.map((name) =>
        h(
          "li",
          {},
          rich("legend.step", { step: h("strong", {}, stepName(name)), means: stepMeaning(name) }),
        ),
      ),
      (["done", "pending", "overdue", "missing", "not_asked"] as const).map((state) =>
        h(
          "li",
          {},
          h("span", { class: `step-${state} sign-box`, "aria-hidden": "true" }, kStateSigns[state]),
          ` ${stepStateText(state)}`,
        ),
      ),
      h(
        "li",
        {},
        rich("legend.deemed", { word: h("strong", {}, t("step.deemed")) }),
      ),
      h("li", {}, rich("legend.gap", { sign: h("strong", {}, "▒") })),
    ),
  );

/** Arrow keys go from entry to entry: up and down in a log, to the side to the next log's nearest. */
function moveFocus(event: Event): void {
  if (!(event instanceof KeyboardEvent) || !(event.target instanceof HTMLElement)) return;
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
    event.key
  ];
  const cell = event.target.closest<HTMLTableCellElement>("td[data-log]");
  const table = event.target.closest("table");
  if (step === undefined || cell === null || table === null) return;
  const [down = 0, side = 0] = step;
  const turned = getComputedStyle(table).direction === "rtl" ? -side : side;
  const logs = [...table.querySelectorAll<HTMLElement>("thead th[data-log]")].map(
    (head) => head.dataset["log"] ?? "",
  );
  const column = logs[logs.indexOf(cell.dataset["log"] ?? "") + turned];
  if (column === undefined) return;
  const links = [
    ...table.querySelectorAll<HTMLElement>(`td[data-log="${CSS.escape(column)}"] a[data-key]`),
  ];
  const top = event.target.getBoundingClientRect().top;
  const next =
    down === 0
      ? links.reduce<HTMLElement | undefined>((best, link) => {
          const far = (one: HTMLElement): number => Math.abs(one.getBoundingClientRect().top - top);
          return best === undefined || far(link) < far(best) ? link : best;
        }, undefined)
      : links[links.indexOf(event.target) + down];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

export function timeline(
  window: RecordWindow,
  logs: RecordLog[],
  everybody: string[],
  now: number,
  chosen: Chosen | undefined,
): HTMLElement {
  const newest = window.rows[0]?.ms ?? now;
  const isNewest = logs.every((log) => (window.ends.get(log.party) ?? 0) >= log.size);
  const until = isNewest ? Math.max(now, newest) : newest;
  const gaps = logs.flatMap((log) => gapsIn(log.party, log.gaps, window.from, until));
  return h(
    "div",
    {
      class: logs.length > kColumnsBeside ? "record-scroll many" : "record-scroll",
      tabindex: 0,
      role: "region",
      "aria-label": t("record.axis"),
      "data-scroll": "record",
      onkeydown: moveFocus,
    },
    h(
      "table.timeline-table",
      { class: `timeline-table columns-${logs.length}` },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th.axis", { scope: "col" }, t("record.logged")),
          logs.map((log) =>
            columnHead(
              log,
              everybody.filter((party) => party !== log.party),
              logs.length === 1,
            ),
          ),
        ),
      ),
      h("tbody", {}, bodyOf(window, logs, gaps, chosen)),
    ),
  );
}

