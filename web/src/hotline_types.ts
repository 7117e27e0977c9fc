// SPDX-License-Identifier: Apache-2.0
//
// The answers about STOP and the hotline, as docs/api/openapi.yaml describes them.
import type { Language } from "./i18n";
import type { Band, Shape, Span, Time } from "./types";

/** The same text in the three languages. */
export type Words = Partial<Record<Language, string>>;

export interface Shift {
  officer: string;
  from: Time;
  to: Time;
}
export interface TestCall {
  id: string;
  party: string;
  to: string;
  sent: Time;
  answered?: Time;
  by?: string;
  overdue: boolean;
  acts: string[];
}
export interface Line {
  party: string;
  name: string;
  manned: boolean | null; // null: not known
  why: "on_watch" | "nobody" | "over" | "link";
  officer?: string;
  since?: Time;
  until?: Time;
  link: "fresh" | "stale" | "cut" | "never";
  shifts: Shift[];
  test?: TestCall;
  test_due?: Time | null;
}
export interface Alarm {
  id: string;
  kind: "stop" | "warning";
  party: string;
  index: number | null; // null: it came by flash and is not in the record yet
  flash?: boolean;
  sent: Time;
  level: number;
  next_ms?: number | null;
  acked: boolean;
  raised: { party: string; level: number; time: Time; siren: string }[];
  acks?: { party: string; officer: string; time: Time }[];
  acts: string[];
  text?: string; // STOP's reason, a warning's text
  warning?: string; // the kind of a warning
}
export interface Restrike {
  read?: Time;
  event?: { time: Time; what: string; party: string; index: number; distance_m: number };
  elapsed_ms?: number;
}
export interface Warning {
  id: string;
  party: string;
  index: number | null;
  kind: string;
  title: Words;
  text?: string;
  language?: string;
  volume?: { shape: Shape; band?: Band; span?: Span };
  activity?: string;
  sent: Time;
  until: Time;
  acks: { party: string; officer: string; time: Time }[];
  over?: Time;
  over_why?: string;
  restrike?: Restrike;
  acts: string[];
}
export interface Place {
  lat_e7: number;
  lng_e7: number;
  name?: string;
}
export type FieldValue = string | number | Place;
export interface Message {
  id: string;
  party: string;
  index: number | null;
  to: string[];
  form: string;
  fields: Record<string, FieldValue>;
  text?: string;
  language: string;
  sent: Time;
  reply_to?: string;
  rendered: Words;
  reads: { party: string; officer: string; time: Time }[];
  acts: string[];
}
export interface Call {
  id: string;
  party: string;
  index: number;
  with: string;
  began: Time;
  ended: Time;
  line: string;
  language: string;
  summary: string;
  about?: string;
}
export interface Hotline {
  now: Time;
  lines: Line[];
  escalation: { steps_ms: number[] };
  alarms: Alarm[];
  warnings: Warning[];
  messages: Message[];
  calls: Call[];
  /** Of everything, also of what the lists leave out. */
  totals?: {
    alarms: number;
    unacknowledged: number;
    warnings: number;
    messages: number;
    calls: number;
  };
  flash?: Record<"pending" | "shown" | "repeated" | "refused" | "dropped", number>;
  may: string[];
}

export type FieldKind = "text" | "place" | "time" | "number" | "code" | "activity" | "altitude";
export interface FormField {
  name: string;
  label: Words;
  kind: FieldKind;
  codes?: { code: string; title: Words }[];
  max?: number;
  unit?: string;
  needed: boolean;
}
export interface MessageForm {
  code: string;
  title: Words;
  template: Words;
  fields: FormField[];
}
export interface Forms {
  warnings: { code: string; title: Words }[];
  forms: MessageForm[];
}
