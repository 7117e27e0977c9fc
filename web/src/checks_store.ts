// SPDX-License-Identifier: Apache-2.0
//
// What the page knows of private checks: the overview from the logs, and what only this party's own
// node can say of its plans and of its private list.
import { ApiError } from "./api";
import type { CheckList, CheckPlan, Checks, CheckTerm } from "./checks_types";
import { Cell } from "./store";

const shown = (...views: string[]): boolean =>
  views.includes(document.body.dataset["view"] ?? "");
/** A node that has no such answer, or a role that may not have it, is not asked again. */
const given = (cell: Cell<unknown>): boolean =>
  !(cell.error instanceof ApiError && [403, 404].includes(cell.error.status));

export const checks: Cell<Checks> = new Cell<Checks>(
  () => "/api/checks",
  () => shown("checks", "plan", "activity") && given(checks),
);
export const checkPlans: Cell<{ now: string; plans: CheckPlan[] }> = new Cell<{
  now: string;
  plans: CheckPlan[];
}>(
  () => "/api/checks/plans",
  () => shown("checks", "plan") && mayCheck("plan") && given(checkPlans),
);
export const checkLists: Cell<{ now: string; lists: CheckList[] }> = new Cell<{
  now: string;
  lists: CheckList[];
}>(
  () => "/api/checks/lists",
  () => shown("checks") && mayCheck("list") && given(checkLists),
);

export const mayCheck = (what: string): boolean => checks.value?.may.includes(what) === true;

/** After the node said that something of that name happened; undefined: everything. */
export function touchChecks(event?: string): void {
  if (event !== undefined && !["psi", "content", "audit", "activity"].includes(event)) return;
  for (const cell of [checks, checkPlans, checkLists]) cell.touch();
}

const kMovingStates = ["waiting_epoch", "making", "posted", "asked", "answered"];
/** Whether a check is under way, so that the node is asked again although no event tells of it. */
export const isMoving = (plan: CheckPlan): boolean =>
  plan.checks.some(({ state }) => kMovingStates.includes(state));

export interface Demanded {
  term: CheckTerm;
  with: string;
}
/** The checks that the agreement asks of this party for an activity of this purpose. */
export function demanded(purpose: string): Demanded[] {
  const known = checks.value;
  if (known === undefined) return [];
  return known.terms
    .filter(({ activities }) => activities.length === 0 || activities.includes(purpose))
    .filter((term) => term.purpose === "sites" || term.lists_of.includes(known.self))
    .flatMap((term) =>
      term.lists_of.filter((party) => party !== known.self).map((party) => ({ term, with: party })),
    );
}
