// SPDX-License-Identifier: Apache-2.0
//
// The record in plain words: types of statements, the four acknowledgements, kinds of evidence.
import { clockText } from "./format";
import { known, t } from "./i18n";
import type { Delivery, DeliveryStep, StepState } from "./types";

export function typeText(type: string): string {
  const key = `type.${type}`;
  return known(key) ? t(key) : type;
}

/** Types that say something of the record itself; they are marked on the time line. */
export const isMark = (type: string): boolean =>
  ["link.cut", "log.close", "log.rebuilt", "evidence.found", "challenge.failed", "key.revoke"].includes(
    type,
  );

export type StepName = "seen" | "held" | "read" | "decided";
export const kSteps: StepName[] = ["seen", "held", "read", "decided"];
export const stepName = (name: StepName): string => t(`step.${name}`);
export const stepMeaning = (name: StepName): string => t(`step.${name}.means`);

/** Never by colour alone: each state has its sign and its word. */
export const kStateSigns: Record<StepState, string> = {
  done: "✓",
  pending: "…",
  overdue: "!",
  missing: "✕",
  not_asked: "–",
};
export const stepStateText = (state: StepState): string => t(`step.state.${state}`);

/** What was done: "concurred", or the step's own name. */
export function doneText(name: StepName, step: DeliveryStep): string {
  const key = `decision.${step.what ?? ""}`;
  return name === "decided" && known(key) ? t(key) : stepName(name);
}

/** One step as a sentence part: "held 06:02", "read overdue", "decided not asked". */
export function stepSentence(name: StepName, step: DeliveryStep): string {
  return step.state !== "done" || step.time === undefined
    ? t("step.what", { step: stepName(name), what: stepStateText(step.state) })
    : t("step.at", { step: doneText(name, step), time: clockText(Date.parse(step.time)) });
}

/** What matters most of a party's steps now: what is overdue, or how far it has come. */
export function outcome(delivery: Delivery): { text: string; bad: boolean } {
  if (delivery.deemed !== undefined && delivery.held.state !== "done") {
    const time = clockText(Date.parse(delivery.deemed.since), false);
    return { text: t("step.deemed_at", { time }), bad: true };
  }
  if (delivery.held.state === "overdue") return { text: t("step.not_held"), bad: true };
  const done = kSteps.filter((name) => delivery[name].state === "done").at(-1);
  const late = kSteps.find((name) => ["overdue", "missing"].includes(delivery[name].state));
  if (late !== undefined && late !== "seen") {
    const what = stepStateText(delivery[late].state);
    return { text: t("step.colon", { step: stepName(late), what }), bad: true };
  }
  if (done === undefined) return { text: t("step.state.pending"), bad: false };
  return { text: stepSentence(done, delivery[done]), bad: false };
}

export function kindText(kind: string): string {
  const key = `kind.${kind}`;
  return known(key) ? t(key) : kind;
}
