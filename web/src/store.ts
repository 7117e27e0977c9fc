// SPDX-License-Identifier: Apache-2.0
//
// What the page knows of the node: one cell per answer, asked again when an event says that it
// changed, and never more often than every kRestMs; a node that answers slowly is asked less often.
import { ApiError, get, sentence } from "./api";
import { language, t } from "./i18n";
import type { Course } from "./course";
import type { Forms, Hotline } from "./hotline_types";
import type {
  Activity,
  Agreement,
  Evidence,
  Finding,
  Hello,
  RecordState,
  State,
  Stop,
  Track,
  WaitingItem,
} from "./types";
import type { Utm } from "./utm_types";

const kRestMs = 500;
const kRestMsMost = 5000;
const kRestPerAnswer = 4; // at most a fifth of the time is spent on asking for one thing

// While a button of the mouse is down nothing is drawn anew: the click would lose its element.
let pressed = false;
const held: (() => void)[] = [];
document.addEventListener("pointerdown", () => {
  pressed = true;
});
for (const name of ["pointerup", "pointercancel", "dragend"]) {
  document.addEventListener(name, () => {
    pressed = false;
    setTimeout(() => held.splice(0).forEach((act) => act()));
  });
}
function whenReleased(act: () => void): void {
  if (pressed) held.push(act);
  else act();
}

export class Cell<T> {
  value: T | undefined;
  /** What went wrong the last time; errorLine() shows it. */
  error: unknown;
  private text = "";
  private running = false;
  private again = false;
  private lastStart = -Infinity;
  private lastTook = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();
  /** `wanted`: whether anything on the page shows it now; else events do not ask for it. */
  constructor(
    private readonly path: () => string,
    private readonly wanted: () => boolean = () => true,
  ) {}

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Asks now if the last time is long enough ago, else as soon as it is. */
  touch(): void {
    if (!this.wanted()) return;
    if (this.running) {
      this.again = true;
      return;
    }
    if (this.timer !== undefined) return;
    const slow = Math.min(kRestMsMost, this.lastTook * kRestPerAnswer) + this.lastTook;
    const apart = Math.max(kRestMs, slow);
    const rest = Math.max(0, this.lastStart + apart - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.wanted()) void this.load(); // the reader may have left meanwhile
    }, rest);
  }

  async load(): Promise<void> {
    this.running = true;
    this.lastStart = performance.now();
    let changed = false;
    try {
      const value = await get<T>(this.path());
      // Listeners draw again only if something is new; times are drawn by the clock.
      const text = JSON.stringify({ ...value, now: undefined });
      changed = text !== this.text || this.error !== undefined;
      this.text = text;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      changed = this.error === undefined || sentence(this.error) !== sentence(error);
      this.error = error;
    }
    this.running = false;
    this.lastTook = performance.now() - this.lastStart;
    if (changed) whenReleased(() => this.listeners.forEach((listener) => listener()));
    if (this.again) {
      this.again = false;
      this.touch();
    }
  }
}

export const hello = new Cell<Hello>(() => "/api/hello");
export const state = new Cell<State>(() => "/api/state");
/** In the reader's language, as far as the agreement has it. */
export const agreement = new Cell<Agreement>(() => `/api/agreement?language=${language()}`);
/** What became of it; asked for only where it is shown. */
export const course = new Cell<Course>(
  () => `/api/agreement/course?language=${language()}`,
  () => ["course", "agreement"].includes(document.body.dataset["view"] ?? ""),
);
export const activities = new Cell<{ activities: Activity[] }>(() => "/api/activities");
export const waiting = new Cell<{ items: WaitingItem[] }>(() => "/api/waiting");
export const findings = new Cell<{ findings: Finding[] }>(() => "/api/findings");
export const record = new Cell<RecordState>(
  () => "/api/record",
  () => document.body.dataset["view"] === "record",
);
export const evidence = new Cell<{ evidence: Evidence[] }>(() => "/api/evidence");
export const stops = new Cell<{ stops: Stop[] }>(() => "/api/stops");

const shown = (...views: string[]): boolean =>
  views.includes(document.body.dataset["view"] ?? "");
/** A node that has no such answer is not asked again. */
const exists = (cell: Cell<unknown>): boolean =>
  !(cell.error instanceof ApiError && cell.error.status === 404);

export const hotline: Cell<Hotline> = new Cell<Hotline>(
  () => "/api/hotline",
  () => exists(hotline),
);
export const forms: Cell<Forms> = new Cell<Forms>(
  () => "/api/hotline/forms",
  () => exists(forms),
);
export const utm: Cell<Utm> = new Cell<Utm>(
  () => "/api/utm",
  () => shown("utm") && exists(utm),
);

export const trail = { seconds: 900 };
export const tracks = new Cell<{ now: string; tracks: Track[] }>(
  () => `/api/tracks?trail_s=${trail.seconds}`,
);

const kAll: Cell<unknown>[] = [
  state,
  agreement,
  activities,
  waiting,
  findings,
  stops,
  tracks,
  evidence,
  record,
  course,
  hotline,
  utm,
];
export function touchAll(): void {
  for (const cell of kAll) cell.touch();
}

const kTouchedBy: Record<string, Cell<unknown>[]> = {
  log: [state, waiting, record, evidence, course],
  evidence: [evidence],
  activity: [activities, waiting, state, utm],
  finding: [findings, waiting, state, tracks, course, hotline],
  incident: [findings, hotline],
  stop: [stops, waiting, state, activities, hotline],
  ack: [activities, findings, waiting, hotline], // an officer has read something
  warning: [hotline, waiting, state],
  message: [hotline, waiting],
  watch: [hotline],
  call: [hotline],
  alarm: [hotline],
  flash: [hotline, stops, waiting, state],
  tracks: [tracks],
  link: [state, activities, findings, record, hotline], // cosignatures: seen and held have moved
  key: [state],
  agreement: [agreement, state, course, activities],
  halted: [state],
  clock: [],
};
export function touchBy(event: string): void {
  for (const cell of kTouchedBy[event] ?? []) cell.touch();
}

/** The name that people know a party or an adherent by. */
export function nameOf(id: string | undefined): string {
  if (id === undefined || id === "") return t("who.unidentified");
  const known = agreement.value;
  const found =
    known?.parties.find((party) => party.id === id) ??
    known?.adherents.find((adherent) => adherent.id === id);
  return found?.name ?? id;
}

export const areaName = (id: string | undefined): string | undefined =>
  agreement.value?.areas.find((area) => area.id === id)?.name ?? id;

export const activityOf = (id: string | undefined): Activity | undefined =>
  activities.value?.activities.find((activity) => activity.id === id);

export const isOwn = (party: string): boolean => party === hello.value?.party;
export const mayAct = (): boolean =>
  hello.value !== undefined && !["none", "reader"].includes(hello.value.role);
