// SPDX-License-Identifier: Apache-2.0
//
// What the page knows of protected sites, movements and cases. Lists come a page at a time; what
// one thing is asked for by its key has a cell of its own, so that an answer that comes late is
// never shown for another.
import { ApiError } from "./api";
import { Cell } from "./store";
import type {
  CaseOne,
  Cases,
  MovementOne,
  Movements,
  Protection,
  SiteCopies,
  SiteCopyOne,
  SiteMap,
  SiteOne,
  Sites,
} from "./protection_types";

const shown = (...views: string[]): boolean =>
  views.includes(document.body.dataset["view"] ?? "");
const exists = (cell: Cell<unknown>): boolean =>
  !(cell.error instanceof ApiError && cell.error.status === 404);

/** A cell for each address; only the newest is asked again. */
export class Keyed<T> {
  private key: string | undefined;
  private cell: Cell<T> | undefined;
  private readonly listeners = new Set<() => void>();
  constructor(
    private readonly path: (key: string) => string,
    private readonly wanted: () => boolean,
  ) {}

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** The cell of `key`, asked at once if it is a new one. */
  of(key: string): Cell<T> {
    if (this.cell !== undefined && this.key === key) return this.cell;
    const cell = new Cell<T>(() => this.path(key), this.wanted);
    this.key = key;
    this.cell = cell;
    cell.onChange(() => {
      if (this.cell === cell) this.listeners.forEach((listener) => listener());
    });
    void cell.load();
    return cell;
  }

  get value(): T | undefined {
    return this.cell?.value;
  }

  touch(): void {
    this.cell?.touch();
  }
}

export const protection: Cell<Protection> = new Cell<Protection>(
  () => "/api/protection",
  () => shown("sites", "movements", "cases", "convoy") && exists(protection),
);
/** By the query that the list was asked with. */
export const siteLists = new Keyed<Sites>(
  (query) => `/api/sites?${query}`,
  () => shown("sites"),
);
export const siteMap: Cell<SiteMap> = new Cell<SiteMap>(
  () => "/api/sites/map",
  () => shown("sites") && exists(siteMap),
);
export const siteOne = new Keyed<SiteOne>(
  (key) => `/api/sites/${encodeURIComponent(key)}`,
  () => shown("sites"),
);
const copiesShown = (): boolean => shown("sites") && location.hash.startsWith("#/sites/copies");
export const siteCopies: Cell<SiteCopies> = new Cell<SiteCopies>(
  () => "/api/site-copies",
  () => copiesShown() && exists(siteCopies),
);
export const copyOne = new Keyed<SiteCopyOne>(
  (key) => `/api/site-copies/${encodeURIComponent(key)}`,
  copiesShown,
);
export const movements: Cell<Movements> = new Cell<Movements>(
  () => "/api/movements",
  () => exists(movements), // an emergency has to be seen on every view
);
export const movementOne = new Keyed<MovementOne>(
  (key) => `/api/movements/${encodeURIComponent(key)}`,
  () => shown("movements", "convoy"),
);
export const cases: Cell<Cases> = new Cell<Cases>(
  () => "/api/cases",
  () => shown("cases") && exists(cases),
);
export const caseOne = new Keyed<CaseOne>(
  (id) => `/api/cases/${encodeURIComponent(id)}`,
  () => shown("cases"),
);

const kAll = [protection, siteLists, siteMap, siteOne, siteCopies, copyOne, movements, movementOne, cases, caseOne];
const kTouchedBy: Record<string, readonly { touch: () => void }[]> = {
  site: [protection, siteLists, siteMap, siteOne, siteCopies, copyOne],
  content: [siteCopies, copyOne],
  movement: [protection, movements, movementOne],
  notice: [siteLists, siteOne, movements, movementOne],
  ack: [siteLists, siteOne, movements, movementOne],
  link: [siteOne, movementOne], // what is held elsewhere has moved
  contest: [protection, siteLists, siteMap, siteOne, cases],
  case: [protection, cases, caseOne, siteOne],
  incident: [cases, caseOne],
  finding: [cases, caseOne],
};

/** After an event of that name; undefined: everything that is shown. */
export function touchProtection(event?: string): void {
  for (const cell of event === undefined ? kAll : (kTouchedBy[event] ?? [])) cell.touch();
}

export const mayProtect = (act: string): boolean =>
  protection.value?.may.includes(act) === true;
