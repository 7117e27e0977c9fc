// SPDX-License-Identifier: Apache-2.0
//
// The agreement's course, as the node answers it: what was signed, promised, done and verified.
import type { LogRef, SignedAct, Time } from "./types";

export type ForceState = "in_force" | "suspended" | "withdrawn" | "not_yet" | "expired";
export type StageState = "waiting" | "open" | "begun" | "current" | "reset";
export type ObligationState = "open" | "reported" | "verified" | "disputed" | "overdue";

export interface Version {
  version: number;
  sha256: string;
  amends?: string;
  effective?: Time;
  in_force: boolean;
  at_hand: boolean;
  problem?: string;
  signatures: SignedAct[];
}
export interface Condition {
  clause: string;
  kind: "elapsed" | "clean_days" | "obligation";
  met: boolean;
  have: number;
  need: number;
  /** The node's English; `basis`, `since` and `cuts` say the same for every language. */
  why?: string;
  basis?: string;
  since?: Time;
  cuts?: { count: number; more: boolean; time_s: number };
  obligation?: string;
  findings?: string[];
  evidence: LogRef[];
}
export interface Stage {
  id: string;
  clause: string;
  name: string;
  after?: string;
  state: StageState;
  begun?: Time;
  conditions: Condition[];
  signatures: SignedAct[];
  refused: SignedAct[];
  resets: SignedAct[];
  resets_on?: { clause: string; kind: "finding" | "suspension"; findings: string[]; to?: string }[];
}
export interface Report {
  act: SignedAct;
  evidence: LogRef[];
  verifications: SignedAct[];
}
export interface Obligation {
  id: string;
  clause: string;
  who: string;
  what: string;
  state: ObligationState;
  due?: Time;
  evidence: string;
  verified_by: string;
  count: number;
  verified: number;
  mirrors?: string;
  reports: Report[];
}
export interface NamedException {
  id: string;
  clause: string;
  name: string;
  kind: string;
  purposes?: string[];
  declare_within_s: number;
  uses: { act: SignedAct; activity?: string; began: Time; late: boolean }[];
}
export type CourseAct =
  "stage_begin" | "stage_reset" | "report" | "verify" | "declare" | "accept";

export interface Course {
  now: Time;
  version: number;
  sha256: string;
  d_day?: Time;
  versions: Version[];
  functions: { function: string; state: ForceState; acts: SignedAct[] }[];
  stage?: string;
  stages: Stage[];
  obligations: Obligation[];
  exceptions: NamedException[];
  roll: {
    adherent: string;
    name: string;
    sponsor: string;
    sha256?: string;
    accepted_at?: Time;
    act?: SignedAct;
  }[];
  openings: {
    document: string;
    language: string;
    fits: boolean;
    sha256: string;
    act: SignedAct;
  }[];
  publications: { sha256: string[]; by_all: boolean; acts: SignedAct[] }[];
  can: CourseAct[];
}
