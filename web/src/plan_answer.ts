// SPDX-License-Identifier: Apache-2.0
//
// The check of a plan beside the form: the own node is asked when the draft has rested, and its
// answer is shown. Only filing sends anything to others.
import { post } from "./api";
import { byId, english, h, show, type Child } from "./dom";
import { t, type TextKey } from "./i18n";
import { errorLine } from "./parts";
import { draftOf, fieldOf, flexibilityOf, placeMark, type SignedPlan } from "./plan";
import {
  conflictList,
  needsText,
  placeText,
  reasonList,
  wayText,
  type CheckAnswer,
  type WayOut,
} from "./plan_check";
import { changed, form, readForm } from "./plan_draft";
import { showFaults } from "./plan_faults";
import { fillAll } from "./plan_fields";
import { drawShapes, showConflict } from "./plan_shapes";
import { drawVolumes } from "./plan_volumes";

const kRestMs = 350; // after the last change, before the node is asked

let asking = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Asks about the draft as it is now, when it has rested. */
export function askLater(): void {
  const [plan] = readForm();
  if (JSON.stringify(plan) !== JSON.stringify(form.answered)) {
    clearTimeout(timer);
    ++asking;
    if (plan === undefined) {
      form.answer = undefined;
      form.answered = undefined;
      form.trouble = undefined;
    } else timer = setTimeout(() => void check(plan), kRestMs);
  } else if (plan !== undefined) {
    // Only the flexibility may differ: the ways out depend on it.
    clearTimeout(timer);
    ++asking;
    timer = setTimeout(() => void check(plan), kRestMs);
  }
}

export const askNoMore = (): void => clearTimeout(timer);

async function check(plan: SignedPlan): Promise<void> {
  if (form.draft === undefined) return;
  const mine = ++asking;
  const flexibility = flexibilityOf(form.draft);
  try {
    const got = await post<CheckAnswer>("/api/plans/check", {
      plan,
      flexibility,
      ...(form.replaces === undefined ? {} : { replaces: form.replaces }),
    });
    if (mine !== asking) return; // a later question is on its way
    [form.answer, form.answered, form.trouble] = [got, plan, undefined];
    form.conflictShown = undefined;
    const name = fieldOf(got.problem?.place, form.draft);
    if (got.problem !== undefined && name !== undefined) {
      form.refused = { field: name, text: problemText(got.problem) };
    }
  } catch (error) {
    if (mine !== asking) return;
    [form.answer, form.answered, form.trouble] = [undefined, undefined, error];
  }
  showFaults();
  drawShapes(true);
  drawPanel();
}

const problemText = (problem: { text: string; detail?: string }): string =>
  problem.detail === undefined || problem.detail === ""
    ? problem.text
    : `${problem.text} (${problem.detail})`;

export function summaryOf(): [string, string] {
  if (form.draft === undefined) return ["", ""];
  const [plan, faults] = readForm();
  if (plan === undefined) {
    const n = new Set(faults.map(({ field: name }) => name)).size;
    return ["waits", t("plan.check.incomplete", { n })];
  }
  if (form.trouble !== undefined) return ["bad", t("plan.check.failed")];
  if (form.answer === undefined) return ["waits", t("plan.check.asking")];
  if (form.answer.problem !== undefined) return ["bad", t("plan.check.problem")];
  const broken = (form.answer.reasons ?? []).filter((reason) => reason.broken === true).length;
  // Two activities may be too close in several pairs of volumes.
  const conflicts = new Set((form.answer.conflicts ?? []).map(({ activity }) => activity)).size;
  const parts: string[] = [];
  if (broken > 0 || form.answer.permitted === false) {
    parts.push(t("plan.check.broken", { n: broken }));
  }
  if (conflicts > 0) parts.push(t("plan.check.conflicts", { n: conflicts }));
  if (form.answer.late === true) parts.push(t("plan.check.late"));
  if (openQuestion()) parts.push(t("plan.check.question"));
  if (parts.length === 0) return ["good", t("plan.check.good")];
  return [broken > 0 || conflicts > 0 ? "bad" : "warn", parts.join(" ")];
}

/** The place is asked about and not yet answered. */
export function openQuestion(): boolean {
  return form.answer?.place?.question === true && form.answered?.place.confirmed !== true;
}

function placePart(): Child {
  const place = form.answer?.place;
  if (place === undefined || form.draft === undefined || form.answered === undefined) return null;
  const confirmed = form.answered.place.confirmed === true;
  if (place.question !== true && !confirmed) {
    return h("p.small-text", {}, placeText(place));
  }
  const box = h("input", {
    type: "checkbox",
    id: "confirm-place",
    checked: confirmed,
    "aria-describedby": "place-question",
  });
  box.addEventListener("change", () => {
    if (form.draft === undefined || form.answered === undefined) return;
    const { confirmed: _, ...bare } = form.answered.place;
    form.draft.confirmed = box.checked ? placeMark({ ...form.answered, place: bare }) : "";
    changed(true);
  });
  return h(
    "div.question",
    { class: "question", id: "question" },
    h("p", { id: "place-question" }, placeText(place), " ", h("strong", {}, t("plan.place.right"))),
    h("div.check", {}, box, h("label", { for: "confirm-place" }, t("plan.place.confirm"))),
    h("p.fault", { id: "confirm-fault", hidden: true }, t("plan.place.unanswered")),
  );
}

function take(way: WayOut): void {
  if (form.draft === undefined) return;
  form.undo = { draft: structuredClone(form.draft), way: wayText(way) };
  form.draft = draftOf(way.plan, form.draft);
  drawVolumes();
  fillAll();
  changed(false);
}

function takeBack(): void {
  if (form.undo === undefined) return;
  form.draft = form.undo.draft;
  form.undo = undefined;
  drawVolumes();
  fillAll();
  changed(false);
}

function waysPart(): Child {
  const ways = form.answer?.ways_out ?? [];
  const moved =
    form.undo === undefined
      ? null
      : h(
          "p",
          {},
          t("plan.way.taken", { way: form.undo.way }),
          " ",
          h(
            "button.small",
            { type: "button", "data-key": "undo", onclick: takeBack },
            t("plan.way.undo"),
          ),
        );
  const { conflicts = [], late, permitted, problem } = form.answer ?? {};
  const asked = conflicts.length > 0 || late === true || permitted === false;
  if (problem !== undefined || (ways.length === 0 && !asked)) return moved;
  const sentence = waysSentence();
  return [
    moved,
    h("h3", {}, t("plan.ways")),
    ways.length === 0
      ? null
      : h(
          "div.buttons",
          { id: "ways" },
          ways.map((way, i) =>
            h(
              "button",
              { type: "button", "data-key": `way-${i}`, onclick: () => take(way) },
              wayText(way),
            ),
          ),
        ),
    sentence === undefined ? null : h("p", { id: "ways-sentence" }, t(sentence)),
  ];
}

/** Why there are no ways out, or whether there may be others than those that were found. */
function waysSentence(): TextKey | undefined {
  const { ways_out: ways = [], ways_out_more: more, permitted } = form.answer ?? {};
  if (ways.length > 0) return more === true ? "plan.ways.more" : undefined;
  if (permitted === false) return "plan.ways.forbidden";
  return more === true ? "plan.ways.unknown" : "plan.ways.none";
}

function answerParts(): Child {
  if (form.answer === undefined) return form.trouble === undefined ? null : errorLine(form.trouble);
  const { answer } = form;
  const conflicts = answer.conflicts ?? [];
  const reasons = answer.reasons ?? [];
  return [
    answer.problem === undefined ? null : errorLine(problemText(answer.problem)),
    answer.not_in_force === undefined
      ? null
      : h("p.warn-line", {}, t("plan.not_in_force"), " ", english(answer.not_in_force)),
    placePart(),
    conflicts.length === 0
      ? null
      : [
          h("h3", {}, t("plan.conflicts")),
          conflictList(conflicts, form.conflictShown, showConflict),
          answer.conflicts_more === true ? h("p.small-text", {}, t("plan.conflicts.more")) : null,
        ],
    waysPart(),
    h("h3", {}, t("plan.rules")),
    reasons.length === 0 ? h("p", {}, t("plan.rules.none")) : reasonList(reasons),
    h("h3", {}, t("plan.needs")),
    answer.late === true ? h("p.warn-line", {}, t("plan.late")) : null,
    needsText(answer.needs),
  ];
}

export function drawPanel(): void {
  const panel = form.root?.querySelector<HTMLElement>("#plan-answer");
  if (panel === null || panel === undefined) return;
  const [look, text] = summaryOf();
  const status = byId("plan-status");
  status.className = `plan-status ${look}`;
  if (status.textContent !== text) status.textContent = text;
  show(panel, answerParts());
}
