// SPDX-License-Identifier: Apache-2.0
//
// The node's clock. The page never uses the clock of the machine that it runs on: every answer
// and event of the node carries "now", and a replayed day runs faster than a real one. Between
// two answers the page goes on at the measured rate, for a short while only.

const kGoOnMs = 3000; // no longer than this after the last sample
const kApartMs = 400; // samples closer together say little about the rate
const kSamples = 10;
const kStepBackMs = 120000; // answers overtake each other by less

interface Sample {
  at: number; // performance.now()
  wall: number; // Date.now(): only ever compared with itself
  node: number; // ms of the node's clock
}

let samples: Sample[] = [];
let shown = 0;

export function learn(now: string): void {
  const node = Date.parse(now);
  if (Number.isNaN(node)) return;
  const at = performance.now();
  const last = samples.at(-1);
  if (last !== undefined && node < last.node) {
    if (last.node - node < kStepBackMs) return;
    samples = []; // a node that began again
    shown = 0;
  }
  const before = samples.at(-2);
  if (last !== undefined && before !== undefined && last.at - before.at < kApartMs) samples.pop();
  samples = [...samples, { at, wall: Date.now(), node }].slice(-kSamples);
}

/** The median of the newest intervals: one leap of the clock does not count as speed. */
function rate(): number {
  const rates: number[] = [];
  for (const [i, sample] of samples.entries()) {
    const before = samples[i - 1];
    if (before === undefined || sample.at - before.at < kApartMs) continue;
    rates.push((sample.node - before.node) / (sample.at - before.at));
  }
  if (rates.length < 3) return 1;
  rates.sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)] ?? 1;
}

/** Milliseconds of the node's clock, or undefined before the first answer. */
export function nodeNow(): number | undefined {
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  const since = Math.min(performance.now() - last.at, kGoOnMs);
  // A little slower than measured: the next answer then corrects forwards, never backwards.
  const speed = rate();
  shown = Math.max(shown, last.node + since * (speed > 1 ? 1 + 0.9 * (speed - 1) : speed));
  return shown;
}

/**
 * The same for one who has been out of reach for long: goes on by the time that has passed here
 * since the node's last word, also while the device slept.
 */
export function nodeNowFar(): number | undefined {
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  const passed = Math.max(performance.now() - last.at, Date.now() - last.wall);
  return last.node + passed * Math.max(1, rate());
}

const listeners = new Set<(now: number) => void>();
export function onTick(listener: (now: number) => void): void {
  listeners.add(listener);
}

export function startClock(): void {
  setInterval(() => {
    const now = nodeNow();
    if (now !== undefined) for (const listener of listeners) listener(now);
  }, 250);
}
