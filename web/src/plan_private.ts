// SPDX-License-Identifier: Apache-2.0
//
// Private checks in the form of an activity: which ones the agreement asks for, a button that
// starts them, how far each is, and what was found. The plan is not shown to anybody; that a check
// was run stands on the record. A plan that was changed afterwards has to be checked again.
import { post } from "./api";
import { checkLines, limitsOfChecks, showCells } from "./checks_parts";
import { checkPlans, checks, demanded, isMoving, mayCheck, touchChecks } from "./checks_store";
import type { CheckPlan } from "./checks_types";
import { h, said, show } from "./dom";
import { rich, t } from "./i18n";
import { askFor, errorLine } from "./parts";
import type { SignedPlan } from "./plan";
import { form, planShown, readForm } from "./plan_draft";
import { goToFault, showFaults } from "./plan_faults";
import { nameOf, touchBy } from "./store";
import { clauseLink } from "./terms_words";

const kKey = "detente-check";
const kAgainMs = 3000;

interface Started {
  id: string;
  of: string; // the purpose and volumes that were committed to
}

const mark = (plan: SignedPlan): string => JSON.stringify([plan.purpose, plan.volumes]);

function started(): Started | undefined {
  try {
    const text = sessionStorage.getItem(kKey);
    return text === null ? undefined : (JSON.parse(text) as Started);
  } catch {
    return undefined;
  }
}

/** The checks of this very plan, if they were started. */
export function checkOf(plan: SignedPlan | undefined): CheckPlan | undefined {
  const known = started();
  if (plan === undefined || known === undefined || known.of !== mark(plan)) return undefined;
  return checkPlans.value?.plans.find(({ id }) => id === known.id);
}

/** What filing says of them: their id for the request, and what is missing. */
export function checkToFile(plan: SignedPlan): { id?: string; missing: boolean } {
  const known = started();
  const own = known !== undefined && known.of === mark(plan) ? known.id : undefined;
  const open = demanded(plan.purpose).length > 0 && checkOf(plan)?.ready !== true;
  return { ...(own === undefined ? {} : { id: own }), missing: open };
}

export const forgetCheck = (): void => sessionStorage.removeItem(kKey);

function start(): void {
  form.touched.add("*");
  const faults = showFaults();
  const [plan] = readForm();
  if (faults.length > 0 || plan === undefined) return goToFault();
  askFor({
    title: t("check.start.title"),
    explain: [
      h("p", {}, t("check.start.explain")),
      h("p", {}, t("check.limit.1")),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [],
    button: t("check.start"),
    send: async () => {
      const { id } = await post<{ id: string }>("/api/checks/plans", {
        purpose: plan.purpose,
        volumes: plan.volumes,
      });
      sessionStorage.setItem(kKey, JSON.stringify({ id, of: mark(plan) }));
      touchBy("log");
      touchChecks();
      drawPrivate();
    },
  });
}

/** The part beside the form; nothing where the agreement asks for no check. */
export function drawPrivate(): void {
  const place = document.getElementById("plan-private");
  if (place === null || form.draft === undefined) return;
  const wanted = demanded(form.draft.purpose);
  if (wanted.length === 0) {
    showCells(undefined);
    return show(place);
  }
  const [plan] = readForm();
  const done = checkOf(plan);
  const other = started() !== undefined && done === undefined && checkPlans.value !== undefined;
  showCells(done);
  show(
    place,
    h("h2", { id: "private-head" }, t("check.title")),
    limitsOfChecks(),
    h("p", {}, t("check.demanded")),
    done === undefined
      ? h(
          "ul",
          { id: "private-wanted" },
          wanted.map(({ term, with: party }) =>
            h("li", {}, rich(`check.what.${term.purpose}`, { party: said(nameOf(party)), clause: clauseLink(term.clause) })),
          ),
        )
      : checkLines(done),
    other ? h("p.warn-line", { id: "private-stale" }, t("check.stale")) : null,
    done?.ready === true ? h("p.plan-status.good", { id: "private-ready" }, t("check.ready")) : null,
    checkPlans.error === undefined ? null : errorLine(checkPlans.error),
    done === undefined && mayCheck("plan")
      ? h(
          "div.buttons",
          {},
          h("button", { type: "button", id: "private-start", "data-key": "private-start", onclick: start }, t("check.start")),
        )
      : null,
    mayCheck("plan") ? null : h("p.small-text", {}, t("check.duty")),
  );
}

export function startPrivate(): void {
  for (const cell of [checks, checkPlans]) {
    cell.onChange(() => {
      if (planShown()) drawPrivate();
    });
  }
  // Making lists and comparing boards is told by no event.
  setInterval(() => {
    if (checkPlans.value?.plans.some(isMoving) === true) checkPlans.touch();
  }, kAgainMs);
}
