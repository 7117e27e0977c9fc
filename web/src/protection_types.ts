// SPDX-License-Identifier: Apache-2.0
//
// The answers about protected sites, movements, contests and cases, as docs/api/openapi.yaml
// describes them.
import type { Words } from "./hotline_types";
import type { Point, Shape, Time } from "./types";

export interface Said {
  party: string;
  officer: string;
  time: Time;
  index: number;
}
export interface Statistics {
  incidents: number;
  findings: number;
  sites: number;
  movements: number;
  open: number;
  steps_overdue: number;
  by_category: { category: string; incidents: number }[];
}
export interface SiteList {
  owner: string;
  name: string;
  standing: number;
  expired: number;
  removed: number;
  removed_last_day: number;
  many_removed: boolean;
}
export interface Protection {
  now: Time;
  standing: Words[];
  categories: { name: string; title: Words; source: string }[];
  purposes: string[];
  grounds: string[];
  outcomes: string[];
  case_steps: string[];
  means: string[];
  emergency_kinds: string[];
  terms: Record<"lead_s" | "emergency_lead_s" | "overdue_s" | "answer_s" | "decision_s", number>;
  lists: SiteList[];
  statistics: Statistics;
  counts: Record<
    "sites" | "movements" | "under_way" | "overdue" | "emergencies" | "contests_open" | "cases_open",
    number
  >;
  may: string[];
}

export interface Site {
  key: string;
  owner: string;
  index: number; // of the newest version
  number: number; // of versions
  state: string;
  contested: boolean;
  expires: Time;
  sent: Time;
  private: boolean;
  name?: string;
  category?: string;
  function?: string;
  address?: string;
  place?: string;
  given?: string;
  uncertainty_m?: number;
  contact?: string;
  run_by?: string;
  point?: Point;
  shape?: Shape;
  to: string[];
  proxy?: string;
  confirmed?: Said & { means: string };
  removed?: Said & { reason: string };
  owner_withdrew: boolean;
  missing: number;
  acts: string[];
}
export interface Sites {
  now: Time;
  total: number;
  from: number;
  sites: Site[];
}
export interface ChainStep {
  step: string;
  time?: Time;
  officer?: string;
  missing_s?: number;
  overdue: boolean;
}
export interface UnitNote {
  unit: string;
  at: Time;
  by: string;
  confirmed: boolean;
}
export interface Chain {
  party: string;
  steps: ChainStep[];
  units: UnitNote[];
}
export interface SiteOne {
  now: Time;
  site: Site;
  versions: { index: number; time: Time; officer: string; name?: string; point?: Point }[];
  receipts: Chain[];
  contests: Contest[];
  cases: Case[];
}
export interface SiteCheck {
  ok: boolean;
  point?: Point;
  point_e7?: [number, number];
  format?: string;
  uncertainty_m?: number;
  /** One of each kind of check; `verdict`: ok, not_checked, doubt or fault. */
  findings: { code: string; text: string; grave: boolean; verdict?: string }[];
}

/** Every site that is not removed, in short: see docs/api/openapi.yaml. */
export interface SiteMap {
  now: Time;
  total: number;
  states: string[];
  categories: string[];
  sites: [key: string, lng: number, lat: number, state: number, category: number, contested: 0 | 1][];
}

/** What a check says of one row of a list, where it is not simply well. */
export interface ListVerdict {
  code: string;
  verdict: string;
  text: string;
}
export interface ListRow {
  number: number;
  name: string;
  worst: string;
  verdicts: ListVerdict[];
}
export interface SiteImport {
  rows: ListRow[];
  faults: number;
  doubts: number;
  not_checked: number;
  sites: number; // that can be imported; none where a row has a fault
  passed_over: string[];
  imported: boolean;
  keys: string[];
}

/** A copy of a list that its owner made for one recipient. */
export interface SiteCopy {
  key: string;
  owner: string;
  to: string;
  time: Time;
  index: number;
  officer: string;
  sha256: string;
  size: number;
  here: boolean;
  id?: string;
  coarse_m?: number;
  entries?: number;
  receipt?: { time: Time; officer: string; index: number; opens: boolean; fault: string };
  acts: string[];
}
export interface SiteCopies {
  now: Time;
  may_make: boolean;
  copies: SiteCopy[];
}
export interface SiteCopyOne {
  now: Time;
  copy: SiteCopy;
  sites: { key: string; category: string; point: Point; radius_m: number; expires: Time }[];
}

export interface RoutePoint {
  point: Point;
  name?: string;
  from: Time;
  to: Time;
}
export interface Vehicle {
  kind: string;
  colour: string;
  plate?: string;
  day: string;
  night: string;
  thermal: string;
}
export interface Movement {
  key: string;
  party: string;
  index: number;
  officer: string;
  sent: Time;
  state: string;
  emergency: boolean;
  late: boolean;
  lead_s: number;
  start: Time;
  end: Time;
  checkin_s: number;
  to: string[];
  private: boolean;
  name?: string;
  purpose?: string;
  persons?: number;
  contact?: string;
  half_width_m?: number;
  route?: RoutePoint[];
  corridor?: Shape[];
  vehicles?: Vehicle[];
  delay_s?: number;
  delay_why?: string;
  departed?: Time;
  ended?: Time;
  last_sign?: Time;
  last_point?: Point;
  next_sign?: Time;
  overdue_s?: number;
  emergencies: string[];
  missing: number;
  acts: string[];
}
export interface Emergency {
  key: string;
  party: string;
  officer: string;
  time: Time;
  kind: string;
  text: string;
  point?: Point;
  movement?: string;
  over?: Time;
  over_why?: string;
  acts: string[];
}
export interface Movements {
  now: Time;
  movements: Movement[];
  emergencies: Emergency[];
}
export interface MovementOne {
  now: Time;
  movement: Movement;
  receipts: Chain[];
}

export interface Contest {
  key: string;
  party: string;
  officer: string;
  time: Time;
  grounds: string;
  text: string;
  site: string;
  answered?: Said;
  answer?: string;
  answer_due: Time;
  decision_due: Time;
  answer_overdue: boolean;
  decision_overdue: boolean;
  ended?: Time;
  ended_how?: string;
  acts: string[];
}

export interface CaseStep {
  step: string;
  party: string;
  due: Time;
  done?: Said;
  text?: string;
  missing_s?: number;
}
export interface Case {
  id: string;
  time: Time;
  point?: Point;
  incident: boolean;
  event: { party: string; index: number; type: string };
  subject: string;
  movement: boolean;
  name?: string;
  category?: string;
  distance_m: number;
  expired: boolean;
  contested: boolean;
  steps: CaseStep[];
  closed: boolean;
  acts: string[];
}
export interface Cases {
  now: Time;
  statistics: Statistics;
  cases: Case[];
}
export interface CaseRef {
  party: string;
  index: number;
  type: string;
  time: Time;
  why: string;
  summary: string;
}
export interface CaseOne {
  now: Time;
  case: Case;
  refs: CaseRef[];
  refs_total: number;
  extract?: string;
}
