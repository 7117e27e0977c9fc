// SPDX-License-Identifier: Apache-2.0
//
// The answers of a node, as docs/api/openapi.yaml describes them. Times are RFC 3339 in UTC,
// positions [longitude, latitude] in degrees.

export type Time = string;
export type Point = [number, number];

export type Role =
  "none" | "reader" | "duty_officer" | "registrar" | "disclosure_officer" | "monitor" | "signatory";

export interface Hello {
  party: string;
  name: string;
  kind: "party" | "monitor";
  role: Role;
  officer?: string;
  now: Time;
  agreement: { id: string; title: string; sha256: string };
  links: { name: string; url: string }[];
}

export interface Link {
  party: string;
  name: string;
  state: "fresh" | "stale" | "cut" | "never";
  last_cosigned?: Time;
  their_size?: number;
  held_of_ours?: number;
  seen_of_ours?: number;
}

export interface State {
  now: Time;
  fenced: boolean;
  halted?: string;
  links: Link[];
  logs: { party: string; origin: string; size: number; root: string }[];
  activities_by_state: Record<string, number>;
  findings_open: number;
  alarms: WaitingItem[];
}

export interface Shape {
  type: "Polygon";
  coordinates: Point[][];
}
export interface Span {
  start: Time;
  end: Time;
}
export interface Band {
  lower_m: number;
  upper_m: number;
  reference: "WGS84" | "MSL" | "STD";
}

export interface Area {
  id: string;
  name: string;
  area_class: string;
  class_name: string;
  shape: Shape;
  label: Point;
  altitude?: Band;
  time?: Span;
}

export interface Rule {
  clause: string;
  effect: "forbid" | "declare";
  who?: string[];
  purposes?: string[];
  classes: string[];
  except_purposes?: string[];
  except_clause?: string;
  unmanned?: boolean;
  daily?: { from: string; to: string }[];
  stages?: string[];
}

export interface Procedure {
  clause: string;
  purposes: string[];
  lead_s: number;
  concurrences: { party: string; officers: number }[];
  read_back?: boolean;
}

export interface Agreement {
  id: string;
  title: string;
  sha256: string;
  valid: Span;
  in_force: boolean;
  signed_by?: string[];
  parties: { id: string; name: string; kind: "party" | "monitor" }[];
  adherents: { id: string; name: string; sponsor: string }[];
  areas: Area[];
  clauses: { id: string; text: string }[];
  rules: Rule[];
  procedures: Procedure[];
  separation: { clause: string; lateral_m: number; vertical_m: number; time_s: number };
  version?: number;
  amends?: string;
  d_day?: Time;
  documents?: AgreementDocument[];
  pair_separations?: PairSeparation[];
  stand_offs?: StandOff[];
  places?: { name: string; point: Point }[];
  place_tolerance_m?: number;
  languages?: string[];
}

export interface AgreementDocument {
  name: string;
  language: string;
  kind?: string;
  sha256?: string;
  commitment?: string;
}
export interface PairSeparation {
  clause: string;
  between: { purposes?: string[]; unmanned?: boolean }[];
  lateral_m: number;
  vertical_m: number;
  time_s: number;
}
export interface StandOff {
  clause: string;
  categories: string[];
  purposes: string[];
  lateral_m: number;
  vertical_m: number;
}

export interface Volume {
  shape: Shape;
  altitude: Band;
  time: Span;
  off_nominal?: boolean;
  number?: number; // within its activity, from 1
}

export interface Step {
  party: string;
  type: string;
  officers: string[];
  time: Time;
  index: number;
  counts: boolean;
  why?: string;
}

export interface Receipt {
  party: string;
  seen?: Time;
  held?: Time;
  read?: Time;
  read_by?: string;
  decided?: Time;
  decision?: "concurred" | "objected";
}

export type ActivityState =
  | "proposed"
  | "conflicted"
  | "objected"
  | "concurred"
  | "active"
  | "nonconforming"
  | "contingent"
  | "ended"
  | "withdrawn";

export type Act =
  | "concur"
  | "object"
  | "withdraw"
  | "activate"
  | "end"
  | "read"
  | "read_back"
  | "amend"
  | "release"
  | "contingent"
  | "offer";

export interface Reason {
  lifted_by?: string;
  clause: string;
  area?: string;
  effect?: "forbid" | "declare" | "keep_away";
  site?: string; // of keep_away
  distance_m?: number;
  broken?: boolean;
  unclear?: boolean;
  text: string;
}

/** A private check that the agreement asks for, and how far it is by the logs. */
export interface ActivityCheck {
  clause: string;
  purpose: "plans" | "sites";
  with: string;
  with_name: string;
  stage: "none" | "asked" | "answered" | "done";
}
export interface Activity {
  checks?: ActivityCheck[];
  check_plan?: string;
  id: string;
  owner: string;
  operator: string;
  operator_name?: string;
  purpose: string;
  state: ActivityState;
  state_why?: string;
  late: boolean;
  late_why?: string;
  place: { name: string; point: Point };
  span: Span;
  volumes: Volume[];
  callsigns: string[];
  aircraft?: string[];
  exception?: { clause: string; grounds: string };
  remarks?: string;
  needed: { party: string; officers: number; have: number }[];
  conflicts: string[];
  steps: Step[];
  receipts: Receipt[];
  reasons: Reason[];
  proposed_at?: Time;
  active_since?: Time;
  index?: number;
  can: Act[];
  unmanned?: boolean;
  version?: number;
  replaces?: string;
  replaced_by?: string;
  forbidden?: string;
  contingent_why?: string;
  released?: { act: SignedAct; counts: boolean; volumes: number[]; until?: Time }[];
  place_check?: {
    named?: { name: string; distance_m: number };
    nearest?: { name: string; distance_m: number; bearing_deg: number };
    confirmed?: boolean;
    question?: boolean;
  };
  read_backs?: {
    act: SignedAct;
    place: string;
    distance_m: number;
    bearing_deg: number;
    agrees?: boolean;
    matches: boolean;
    why?: string;
  }[];
  read_back_needed?: string[];
  meetings?: Meeting[];
  exception_uses?: { exception?: string; clause?: string; act?: SignedAct; late?: boolean }[];
  offers?: { act: SignedAct; volumes: Volume[] }[];
}

/** A signed act, as the answers name it. */
export interface SignedAct {
  party: string;
  officers: string[];
  time: Time;
  index: number;
  reason?: string;
}
export interface LogRef {
  party: string;
  index: number;
}
export interface Meeting {
  other: string;
  own_volume: number;
  other_volume: number;
  distance_m: number;
  region?: { shapes: Shape[]; altitude: Band; time: Span };
}

export interface WaitingItem {
  kind: "stop" | "decide" | "activate" | "read" | "finding" | "record";
  title: string;
  party: string;
  index?: number;
  id?: string;
  since: Time;
  due?: Time;
  urgent: boolean;
}

export interface Fix {
  time: Time;
  point: Point;
  altitude_m?: number;
  reference?: string;
}

export interface Track {
  address: string;
  callsign?: string;
  who?: string;
  activity?: string;
  frame: "friend" | "neutral" | "unknown";
  last: Fix;
  speed_m_s?: number;
  track_deg?: number;
  trail: Fix[];
  areas?: string[];
  open_findings: number;
}

export interface Finding {
  id: string;
  party: string;
  index: number;
  kind: "area_entered" | "undeclared" | "outside_volume";
  clause: string;
  clause_text: string;
  area?: string;
  activity?: string;
  who?: string;
  confidence: string;
  aircraft: string;
  callsign?: string;
  first: Fix;
  last?: Fix;
  end?: "left" | "lost" | "ended";
  fixes?: number;
  text: string;
  receipts: Receipt[];
}

export interface Stop {
  id: string;
  party: string;
  index: number;
  activity?: string;
  reason: string;
  sent: Time;
  acks: { party: string; officer: string; time: Time }[];
  lifted?: Time;
  overdue: boolean;
  can?: ("ack" | "lift")[];
}

export interface Cosignature {
  name: string;
  time: Time;
  party: string;
  level: "seen" | "held";
}

export interface SeenHead {
  origin: string;
  party?: string;
  size: number;
  root: string;
}
export interface EntryRef {
  origin: string;
  party?: string;
  index: number;
  leaf: string;
}
export interface Signer {
  keyid: string;
  name?: string;
  roles: string[];
  delegated?: number;
  expires?: Time;
  revoked_after?: number;
  counts: boolean;
}

export type StepState = "done" | "pending" | "overdue" | "missing" | "not_asked";
export interface DeliveryStep {
  state: StepState;
  time?: Time;
  by?: string;
  what?: string;
  size?: number;
  index?: number;
  due?: Time;
}
export interface Delivery {
  party: string;
  neutral: boolean;
  seen: DeliveryStep;
  held: DeliveryStep;
  read: DeliveryStep;
  decided: DeliveryStep;
  deemed?: { since: Time; holders: string[] };
}

export interface LogEntry {
  index: number;
  time: Time;
  type: string;
  id: string;
  officers: string[];
  leaf: string;
  summary?: string;
  seen: SeenHead[];
  refs: EntryRef[];
  signers: Signer[];
  delivery: Delivery[];
}

export interface LogPage {
  party: string;
  origin: string;
  size: number;
  root: string;
  checkpoint: string;
  cosignatures: Cosignature[];
  entries: LogEntry[];
}

export interface EntryProof {
  party: string;
  origin: string;
  index: number;
  entry: string;
  leaf: string;
  size: number;
  proof: string[];
  checkpoint: string;
  log_key: string;
  keys?: string[];
  cosignatures: Cosignature[];
  receipts: Receipt[];
  summary?: string;
  type: string;
  time: Time;
  seen: SeenHead[];
  refs: EntryRef[];
  signers: Signer[];
  delivery: Delivery[];
  bracket: { after?: Time; after_by?: string; before?: Time; before_by?: string };
}

export interface Gap {
  party: string;
  from: Time;
  to?: Time;
  contacts?: number;
}
export interface Mark {
  type: string;
  index: number;
  time: Time;
  about?: string;
  text?: string;
  epoch?: number;
  last?: Time;
}
export interface RecordLog {
  party: string;
  own: boolean;
  origin: string;
  size: number;
  root: string;
  last_entry?: Time;
  closed: boolean;
  forked: boolean;
  catching_up?: { from: string; done: number; total: number };
  link?: Link["state"];
  refused?: { text: string; since: Time };
  cosignatures: {
    party: string;
    level: Cosignature["level"];
    time: Time;
    size: number;
    age_s: number;
  }[];
  gaps: Gap[];
  gaps_left_off: number;
  marks: Mark[];
}
export interface RecordState {
  now: Time;
  fresh_s: number;
  overdue_s: number;
  deemed_s: number;
  deemed_quorum: number;
  node: { state: "running" | "fenced" | "rebuilding" | "halted" | "damaged" | "forked"; why?: string };
  logs: RecordLog[];
}

export interface Evidence {
  sha256: string;
  kind: string;
  certainty: "proven" | "attested";
  accused: string[];
  sentence: string;
  bytes: number;
  checked: boolean;
  held: boolean;
  resolved: boolean;
  claims: { party: string; index: number; time: Time; sentence: string }[];
}

export interface Logged {
  party: string;
  index: number;
  leaf: string;
  id: string;
}
