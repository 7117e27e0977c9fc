// SPDX-License-Identifier: Apache-2.0
//
// A window onto several logs at once, newest entry first. Logs have any length: for a window only
// the newest entries before a place in each log are asked for, and merged by time. Pure, but for
// the asking, which is given.
import type { Gap, LogEntry, LogPage } from "./types";

export const kFetched = 40; // entries of each log that are asked for
export const kRows = 60; // rows of a window

/** For each log the place after the last entry that may be shown. */
export type Ends = Map<string, number>;

export interface EntryRow {
  party: string;
  ms: number;
  entry: LogEntry;
}
export interface RecordWindow {
  ends: Ends;
  rows: EntryRow[]; // descending by time
  next: Ends; // where the older window begins
  pages: Map<string, LogPage>;
  /** The window shows everything from here on, up to the ends. */
  from: number;
  oldest: boolean;
}

export type Ask = (party: string, from: number, count: number) => Promise<LogPage>;

export async function loadWindow(ends: Ends, ask: Ask): Promise<RecordWindow> {
  const pages = new Map<string, LogPage>();
  await Promise.all(
    [...ends].map(async ([party, end]) => {
      const from = Math.max(0, end - kFetched);
      pages.set(party, await ask(party, from, end - from));
    }),
  );
  return mergePages(ends, pages);
}

export function mergePages(ends: Ends, pages: Map<string, LogPage>): RecordWindow {
  const order = [...ends.keys()];
  let all: EntryRow[] = [];
  // Older than this, some log has entries that were not asked for: those rows wait.
  let complete = -Infinity;
  for (const [party, page] of pages) {
    const first = page.entries[0];
    if (first !== undefined && first.index > 0) {
      complete = Math.max(complete, Date.parse(first.time));
    }
    all.push(
      ...page.entries.map((entry) => ({ party, ms: Date.parse(entry.time), entry })),
    );
  }
  all.sort(
    (a, b) =>
      b.ms - a.ms ||
      order.indexOf(a.party) - order.indexOf(b.party) ||
      b.entry.index - a.entry.index,
  );
  all = all.filter(({ ms }) => ms >= complete).slice(0, kRows);
  const next: Ends = new Map();
  for (const [party, end] of ends) {
    const page = pages.get(party);
    const shown = all.filter((row) => row.party === party).map((row) => row.entry.index);
    const known = Math.min(end, page?.size ?? end);
    next.set(party, shown.length > 0 ? Math.min(...shown) : known);
  }
  const oldest = [...next.values()].every((end) => end === 0);
  return { ends, rows: all, next, pages, from: oldest ? -Infinity : (all.at(-1)?.ms ?? 0), oldest };
}

/** A time without proof of contact, of one log: with whom, from when to when. */
export interface GapRow {
  log: string;
  parties: string[];
  from: number;
  to: number | undefined; // undefined: it goes on
  at: number; // where it stands among the rows
  contacts: number; // single cosignatures in between
}

const kSameMs = 30000; // gaps of several parties that begin and end so near are one

/** The gaps of a log that touch the window, those of several parties as one. */
export function gapsIn(log: string, gaps: Gap[], from: number, until: number): GapRow[] {
  const out: GapRow[] = [];
  for (const gap of gaps) {
    const begin = Date.parse(gap.from);
    const end = gap.to === undefined ? undefined : Date.parse(gap.to);
    if (begin >= until || (end !== undefined && end <= from)) continue;
    const near = (a: number | undefined, b: number | undefined): boolean =>
      a === undefined || b === undefined ? a === b : Math.abs(a - b) <= kSameMs;
    const same = out.find((one) => near(one.from, begin) && near(one.to, end));
    if (same === undefined) {
      out.push({
        log,
        parties: [gap.party],
        from: begin,
        to: end,
        at: Math.min(end ?? until, until),
        contacts: gap.contacts ?? 0,
      });
    } else {
      same.parties.push(gap.party);
      same.contacts = Math.max(same.contacts, gap.contacts ?? 0);
      // No proof by any of them: the time that all of them lack.
      same.from = Math.max(same.from, begin);
      if (same.to !== undefined && end !== undefined) same.to = Math.min(same.to, end);
    }
  }
  return out;
}

export const inGap = (gaps: GapRow[], log: string, ms: number): boolean =>
  gaps.some((gap) => gap.log === log && ms > gap.from && (gap.to === undefined || ms < gap.to));
