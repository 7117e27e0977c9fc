// SPDX-License-Identifier: Apache-2.0
//
// The draft of an activity while it is being written: what was typed, what the node answered about
// it, and what is chosen. It stays in this tab (its session storage) until it is filed.
import { nodeNow } from "./clock";
import {
  emptyDraft,
  emptyVolume,
  readDraft,
  type Draft,
  type Fault,
  type SignedPlan,
} from "./plan";
import type { CheckAnswer } from "./plan_check";
import { agreement } from "./store";

const kKey = "detente-plan";

interface Form {
  draft: Draft | undefined;
  /** The activity that the draft amends. */
  replaces: string | undefined;
  /** The volume that the map's handles and new drawings belong to. */
  chosen: number;
  /** The volume that is being drawn anew; undefined: a new one. */
  goal: number | undefined;
  answer: CheckAnswer | undefined;
  /** What the answer is about. */
  answered: SignedPlan | undefined;
  /** Why there is no answer. */
  trouble: unknown;
  conflictShown: number | undefined;
  undo: { draft: Draft; way: string } | undefined;
  /** The fields that were left; "*": filing was tried. */
  touched: Set<string>;
  /** The node's error at a field. */
  refused: { field: string; text: string } | undefined;
  /** An amendment whose original is not there yet: true, or why not. */
  loading: unknown;
  root: HTMLElement | undefined;
}

export const form: Form = {
  draft: undefined,
  replaces: undefined,
  chosen: 0,
  goal: undefined,
  answer: undefined,
  answered: undefined,
  trouble: undefined,
  conflictShown: undefined,
  undo: undefined,
  touched: new Set(),
  refused: undefined,
  loading: undefined,
  root: undefined,
};

/** What follows a change. The view sets both: this file knows nothing of what is shown. */
export const after = {
  change: (_byMap: boolean): void => undefined,
  conflict: (): void => undefined,
};

/** Something was typed, drawn or loaded. `byMap`: the map's handles have it already. */
export function changed(byMap: boolean): void {
  if (form.draft === undefined) return;
  form.refused = undefined;
  keep();
  after.change(byMap);
}

/** Whether the form is in the page: it is then brought up to date instead of drawn anew. */
export const planShown = (): boolean => form.root?.isConnected === true;

/** The draft as it would be signed, or what is wrong with it. */
export const readForm = (): [SignedPlan | undefined, Fault[]] =>
  form.draft === undefined ? [undefined, []] : readDraft(form.draft, form.replaces);

const keyOf = (): string => (form.replaces === undefined ? kKey : `${kKey}-${form.replaces}`);

function keep(): void {
  try {
    sessionStorage.setItem(keyOf(), JSON.stringify(form.draft));
  } catch {
    // Without storage the draft lives as long as the page.
  }
}

export function forget(): void {
  sessionStorage.removeItem(keyOf());
  form.draft = undefined;
  form.answer = undefined;
  form.undo = undefined;
  form.refused = undefined;
  form.touched = new Set();
  form.chosen = 0;
}

export function kept(): Draft | undefined {
  try {
    const text = sessionStorage.getItem(keyOf());
    const read = text === null ? undefined : (JSON.parse(text) as Draft);
    if (read === undefined || !Array.isArray(read.volumes) || read.volumes.length === 0) return;
    const empty = emptyDraft("", 0);
    return {
      ...empty,
      ...read,
      volumes: read.volumes.map((volume) => ({ ...emptyVolume(0), ...volume })),
    };
  } catch {
    return undefined;
  }
}

/** A day's notice and a little more from now, on the hour: no new plan begins late by default. */
export function firstStart(): number {
  const lead = Math.max(0, ...(agreement.value?.procedures ?? []).map(({ lead_s }) => lead_s));
  const hour = 3600000;
  return Math.ceil(((nodeNow() ?? 0) + lead * 1000 + hour) / hour) * hour;
}
