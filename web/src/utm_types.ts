// SPDX-License-Identifier: Apache-2.0
//
// The answer about the UTM interface, as docs/api/openapi.yaml describes it.
import type { Shape, Time } from "./types";

export interface UtmParticipant {
  manager: string;
  availability: string;
  intents: number;
  constraints: number;
  subscriptions: number;
  requests: number;
  last?: Time;
}
export interface UtmEntity {
  kind: "intent" | "constraint";
  id: string;
  manager: string;
  state?: string;
  version: number;
  base_url: string;
  start: Time;
  end: Time;
  lower_m: number;
  upper_m: number;
  shapes: Shape[];
  subscription?: string;
  activity?: string;
}
export interface UtmSubscription {
  id: string;
  manager: string;
  base_url: string;
  start: Time;
  end: Time;
  intents: boolean;
  constraints: boolean;
  implicit: boolean;
  notification_index: number;
  dependents: number;
}
/** How the USSs that subscribed were told of what is shown. */
export interface UtmTold {
  unnamed: number;
  usses: { base_url: string; told: number; waiting: number; lost: number; last_error?: string }[];
}
export interface UtmRefusal {
  time: Time;
  status: number;
  why: string;
  subject?: string;
  method: string;
  path: string;
}
export interface UtmLoad {
  window_s: number;
  requests: number;
  creates: number;
  searches: number;
  conflicts: number;
  refused: number;
  p50_us: number;
  p99_us: number;
}
export interface Utm {
  enabled: boolean;
  audience?: string[];
  now: Time;
  participants?: UtmParticipant[];
  entities?: UtmEntity[];
  entities_total?: number;
  subscriptions?: UtmSubscription[];
  subscriptions_total?: number;
  told?: UtmTold;
  refused?: UtmRefusal[];
  load?: UtmLoad;
  limits?: { name: string; value: string | number; unit?: string }[];
}
