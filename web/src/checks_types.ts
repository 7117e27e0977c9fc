// SPDX-License-Identifier: Apache-2.0
//
// Private checks, as the node answers about them (docs/api/openapi.yaml).
import type { Band, Shape, Span } from "./types";

type Time = string;
export type CheckPurpose = "plans" | "sites";

export interface CheckTerm {
  clause: string;
  purpose: CheckPurpose;
  lists_of: string[]; // of plans the two parties, of sites whose list it is
  activities: string[]; // purposes; empty: all
  epoch_s: number;
  keep_s: number;
  audit_per_mille: number;
  lateral_m: number;
  vertical_m: number;
  time_s: number;
  answer_s: number;
  posts: number;
  epoch_tokens: number;
  repeats: number;
  footprint_km2: number;
  footprint_s: number;
  text: Record<string, string>;
}
export interface CheckEpoch {
  party: string;
  with: string;
  purpose: CheckPurpose;
  epoch: string;
  opened: boolean;
  posts: number;
  posted: number;
  asked: number;
  frozen: boolean;
  start?: Time;
  end?: Time;
  running?: boolean;
  limit_lists?: number;
  limit_tokens?: number;
}
export interface CheckQuery {
  asker: string;
  asker_name: string;
  owner: string;
  owner_name: string;
  purpose: CheckPurpose;
  epoch: string;
  index: number;
  time: Time;
  n: number;
  plans: { id: string; activity?: string; state?: string }[];
  answered?: Time;
  due: Time;
  overdue: boolean;
  drawn?: boolean;
}
export interface CheckAsker {
  party: string;
  name: string;
  owner: string;
  owner_name: string;
  purpose: CheckPurpose;
  queries: number;
  plans: number;
  never_filed: number;
  cancelled: number;
  notes: string[];
}
export interface Checks {
  now: Time;
  self: string;
  terms: CheckTerm[];
  epochs: CheckEpoch[];
  total: number;
  queries: CheckQuery[];
  askers: CheckAsker[];
  seeds: { party: string; start: Time; end: Time; shown: boolean; missing: boolean }[];
  faults: { party: string; index: number; code: string; text: string }[];
  may: string[];
}

/** A cell of the own plan that is also in the other's: where, how high, when. */
export interface CheckCell {
  shape: Shape;
  altitude?: [low_ft: number, high_ft: number];
  time?: Span;
}
export interface PlanCheckState {
  clause: string;
  purpose: CheckPurpose;
  with: string;
  with_name: string;
  epoch: string;
  state: string;
  why?: string;
  started?: Time;
  done_at?: Time;
  tokens?: number;
  padded?: number;
  near?: boolean;
  matches?: number;
  cells?: CheckCell[];
}
export interface CheckPlan {
  id: string;
  index: number;
  time: Time;
  officer: string;
  purpose: string;
  activity?: string;
  volumes: { shape: Shape; altitude: Band; time: Span }[];
  checks: PlanCheckState[];
  ready: boolean;
}
export interface CheckList {
  id: string;
  time: Time;
  officer: string;
  sites: number;
  tokens?: number;
  padded?: number;
  epoch?: string;
  state: string;
  posted?: Time;
}
