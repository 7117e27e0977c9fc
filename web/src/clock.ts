// SPDX-License-Identifier: Apache-2.0
//
// The node's clock. The page never uses the clock of the machine that it runs on: every answer
// and event of the node carries "now", and a replayed day runs faster than a real one. Between
// two answers the page goes on at the measured rate, for a short while only.

const kGoOnMs = 3000; // no longer than this after the last sample
const kWindowMs = 20000; // the rate is measured over this time

interface Sample {
  at: number; // performance.now()
  node: number; // ms of the node's clock
}

let samples: Sample[] = [];
let shown = 0;
const listeners = new Set<(now: number) => void>();

export function learn(now: string): void {
  const node = Date.parse(now);
  if (Number.isNaN(node)) return;
  const at = performance.now();
  const last = samples.at(-1);
  if (last !== undefined && node < last.node) {
    // Answers overtake each other by a little; a real step back is a node that began again.
    if (last.node - node < 120000) return;
    samples = [];
    shown = 0;
  }
  samples.push({ at, node });
  samples = samples.filter((sample) => at - sample.at <= kWindowMs);
}

function rate(): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 1500) return 1;
  return Math.max(0, Math.min(10000, (last.node - first.node) / (last.at - first.at)));
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

export function onTick(listener: (now: number) => void): void {
  listeners.add(listener);
}

export function startClock(): void {
  setInterval(() => {
    const now = nodeNow();
    if (now !== undefined) for (const listener of listeners) listener(now);
  }, 250);
}
