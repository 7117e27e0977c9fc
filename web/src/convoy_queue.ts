// SPDX-License-Identifier: Apache-2.0
//
// What a convoy has said and what became of it. It is kept in the browser until it is in the
// record, and sent again when the line is back. Three things are told apart: it has not left the
// device; it has left and no answer came; the node has it in its log.
import { ApiError, get, post, sentence } from "./api";
import type { MovementOne, Movements } from "./protection_types";
import type { Logged, Time } from "./types";

export type SignKind = "depart" | "checkin" | "arrive" | "delay" | "emergency";
export interface Sign {
  id: number;
  movement: string;
  kind: SignKind;
  at: Time; // when it was said, by the node's clock
  body: Record<string, unknown>;
  state: "waiting" | "sent" | "recorded" | "refused";
  index?: number;
  party?: string;
  why?: string;
}

const kKept = 30; // of one movement
const kLongMs = 12000; // an answer that takes longer: it may have come through
const key = (movement: string): string => `detente-convoy-${movement}`;

export function signsOf(movement: string): Sign[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(key(movement)) ?? "[]");
    return Array.isArray(read) ? (read as Sign[]) : [];
  } catch {
    return [];
  }
}

// Where the browser keeps nothing, it lives as long as the page.
const memory = new Map<string, Sign[]>();
const listOf = (movement: string): Sign[] => {
  let list = memory.get(movement);
  if (list === undefined) {
    list = signsOf(movement);
    memory.set(movement, list);
  }
  return list;
};

function keep(movement: string): void {
  const list = listOf(movement);
  const open = list.filter(({ state }) => state === "waiting" || state === "sent");
  const rest = list.filter(({ state }) => state === "recorded" || state === "refused");
  const kept = [...open, ...rest.slice(-kKept)].sort((a, b) => a.id - b.id);
  memory.set(movement, kept);
  try {
    localStorage.setItem(key(movement), JSON.stringify(kept));
  } catch {
    // It stays in memory.
  }
}

export const queued = (movement: string): Sign[] => listOf(movement);
export const unsent = (movement: string): number =>
  listOf(movement).filter(({ state }) => state === "waiting" || state === "sent").length;

export function say(movement: string, kind: SignKind, at: Time, body: Record<string, unknown>): void {
  const list = listOf(movement);
  const id = Math.max(0, ...list.map((sign) => sign.id)) + 1;
  list.push({ id, movement, kind, at, body, state: "waiting" });
  keep(movement);
}

/** Whether the record has it although its answer never came. */
async function cameThrough(sign: Sign): Promise<boolean> {
  const path = `/api/movements/${encodeURIComponent(sign.movement)}`;
  if (sign.kind === "emergency") {
    const { emergencies } = await get<Movements>("/api/movements");
    return emergencies.some(
      (one) =>
        one.movement === sign.movement &&
        one.kind === sign.body["kind"] &&
        Date.parse(one.time) >= Date.parse(sign.at) - 1000,
    );
  }
  const { movement } = await get<MovementOne>(path);
  if (sign.kind === "delay") return movement.delay_s === sign.body["delay_s"];
  if (sign.kind === "arrive") return movement.state === "arrived";
  const newest = sign.kind === "depart" ? movement.departed : movement.last_sign;
  return newest !== undefined && Date.parse(newest) >= Date.parse(sign.at);
}

async function sendOne(sign: Sign): Promise<void> {
  if (sign.state === "sent" && (await cameThrough(sign))) {
    sign.state = "recorded";
    return;
  }
  const begun = performance.now();
  try {
    const logged = await post<Logged>(
      `/api/movements/${encodeURIComponent(sign.movement)}/${sign.kind}`,
      sign.body,
    );
    sign.state = "recorded";
    sign.party = logged.party;
    sign.index = logged.index;
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
      sign.state = "refused";
      sign.why = sentence(error);
      return;
    }
    // A request that was cut after it had left may have been heard.
    if (status !== 0 || performance.now() - begun > kLongMs) sign.state = "sent";
    throw error;
  }
}

let running = false;
/** Sends what waits, in the order in which it was said; emergencies first. `told`: after each. */
export async function flush(movement: string, told: () => void): Promise<void> {
  if (running) return;
  running = true;
  try {
    for (;;) {
      const open = listOf(movement).filter(({ state }) => state === "waiting" || state === "sent");
      const next = open.find(({ kind }) => kind === "emergency") ?? open[0];
      if (next === undefined) break;
      try {
        await sendOne(next);
      } finally {
        keep(movement);
        told();
      }
    }
  } catch {
    // The line is down; it is tried again.
  } finally {
    running = false;
  }
}
