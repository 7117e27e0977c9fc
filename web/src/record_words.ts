// SPDX-License-Identifier: Apache-2.0
//
// The record in plain words: types of statements, the four acknowledgements, kinds of evidence.
import { clockText } from "./format";
import type { Delivery, DeliveryStep, StepState } from "./types";

const kTypes: Record<string, string> = {
  "log.open": "Log opened",
  "log.close": "Log closed",
  "log.rebuilt": "Log rebuilt from the others' copies",
  "key.add": "Officer's key delegated",
  "key.revoke": "Officer's key revoked",
  "key.box": "Key for sealed copies published",
  "agreement.sign": "Agreement signed",
  "agreement.state": "Agreement's state changed",
  "agreement.amend": "Amendment signed",
  "agreement.open": "Secret annex opened",
  "agreement.publish": "Publication agreed to",
  "adherent.accept": "Adherent's acceptance",
  "stage.begin": "Beginning of a stage signed",
  "stage.reset": "Stage reset",
  "exception.declare": "Use of an exception declared",
  "obligation.report": "Obligation reported",
  "obligation.verify": "Report of an obligation checked",
  "activity.propose": "Activity filed",
  "activity.concur": "Concurred",
  "activity.object": "Objected",
  "activity.activate": "Activity made active",
  "activity.withdraw": "Activity withdrawn",
  "activity.end": "Activity ended",
  "activity.read_back": "Notice read back",
  "activity.release": "Airspace released",
  "activity.contingent": "Contingency declared",
  "activity.offer": "Another form offered",
  "finding.open": "Finding",
  "finding.close": "Finding closed",
  "stop.send": "STOP sent",
  "stop.ack": "STOP acknowledged",
  "stop.lift": "STOP lifted",
  "ack.read": "Read",
  "note.text": "Note",
  "incident.report": "Incident reported",
  "content.commit": "Private content committed",
  "content.receipt": "Private content received",
  "content.open": "Private content opened",
  "content.shred": "Private content destroyed",
  "evidence.found": "Evidence found",
  "challenge.failed": "A mirror did not give what it says it holds",
  "link.cut": "Contact lost",
  "link.restored": "Contact back",
};
export const typeText = (type: string): string => kTypes[type] ?? type;

/** Types that say something of the record itself; they are marked on the time line. */
export const isMark = (type: string): boolean =>
  ["link.cut", "log.close", "log.rebuilt", "evidence.found", "challenge.failed", "key.revoke"].includes(
    type,
  );

export type StepName = "seen" | "held" | "read" | "decided";
export const kSteps: StepName[] = ["seen", "held", "read", "decided"];
export const kStepMeaning: Record<StepName, string> = {
  seen: "its witness signed a head of the log that covers the entry",
  held: "its mirror signed that every byte is on its disk: this is delivery",
  read: "one of its officers signed a statement that names the entry",
  decided: "its officers answered",
};

/** Never by colour alone: each state has its sign and its word. */
export const kStateSigns: Record<StepState, string> = {
  done: "✓",
  pending: "…",
  overdue: "!",
  missing: "✕",
  not_asked: "–",
};
export const kStateWords: Record<StepState, string> = {
  done: "done",
  pending: "waiting",
  overdue: "overdue",
  missing: "missing",
  not_asked: "not asked",
};

/** What was done: "concurred", or the step's own name. */
export const doneText = (name: StepName, step: DeliveryStep): string =>
  name === "read" || name === "decided" ? (step.what ?? name) : name;

/** One step as a sentence part: "held 06:02", "read overdue", "decided not asked". */
export function stepSentence(name: StepName, step: DeliveryStep): string {
  if (step.state !== "done" || step.time === undefined) return `${name} ${kStateWords[step.state]}`;
  return `${doneText(name, step)} ${clockText(Date.parse(step.time))}`;
}

/** What matters most of a party's steps now: what is overdue, or how far it has come. */
export function outcome(delivery: Delivery): { text: string; bad: boolean } {
  if (delivery.deemed !== undefined && delivery.held.state !== "done") {
    return {
      text: `deemed delivered ${clockText(Date.parse(delivery.deemed.since), false)}`,
      bad: true,
    };
  }
  if (delivery.held.state === "overdue") return { text: "not held: overdue", bad: true };
  const done = kSteps.filter((name) => delivery[name].state === "done").at(-1);
  const late = kSteps.find((name) => ["overdue", "missing"].includes(delivery[name].state));
  if (late !== undefined && late !== "seen") {
    return { text: `${late}: ${kStateWords[delivery[late].state]}`, bad: true };
  }
  if (done === undefined) return { text: "waiting", bad: false };
  return { text: stepSentence(done, delivery[done]), bad: false };
}

const kKinds: Record<string, string> = {
  fork_same_size: "two different logs of the same size were signed",
  fork: "two different entries were signed for one place in a log",
  fork_prefix: "a log was signed that does not continue what was signed before",
  double_entry: "one officer signed two different statements under one number",
  false_holding: "a mirror signed that it holds an entry, and does not give it",
  bad_opening: "what was opened is not what was committed",
};
export const kindText = (kind: string): string => kKinds[kind] ?? kind;
