// SPDX-License-Identifier: Apache-2.0
//
// Filing a plan, or the amendment of one: an officer signs it. The node's refusal is shown at the
// field that it names.
import { ApiError, post } from "./api";
import { byId, h } from "./dom";
import { t } from "./i18n";
import { askFor } from "./parts";
import { fieldOf, type SignedPlan } from "./plan";
import { openQuestion, summaryOf } from "./plan_answer";
import { forget, form, readForm } from "./plan_draft";
import { goToFault, showFaults } from "./plan_faults";
import { checkToFile, forgetCheck } from "./plan_private";
import { activities } from "./store";
import type { Logged } from "./types";

export function file(): void {
  if (form.draft === undefined) return;
  form.touched.add("*");
  const faults = showFaults();
  const [plan] = readForm();
  if (faults.length > 0 || plan === undefined) {
    goToFault();
    return;
  }
  if (openQuestion() && JSON.stringify(plan) === JSON.stringify(form.answered)) {
    byId("confirm-fault").hidden = false;
    byId("confirm-place").focus();
    return;
  }
  const [look, text] = summaryOf();
  const check = checkToFile(plan);
  const name = plan.callsigns.length > 0 ? plan.callsigns.join(", ") : plan.place.name;
  askFor({
    title: t(form.replaces === undefined ? "plan.file.title" : "plan.amend.title", { name }),
    explain: [
      h("p", {}, t(form.replaces === undefined ? "plan.file.explain" : "plan.amend.explain")),
      look === "good" ? null : h("p.warn-line", {}, text),
      check.missing ? h("p.warn-line", { id: "file-unchecked" }, t("check.file.missing")) : null,
      h("p", {}, t("dialog.signed")),
    ],
    fields: [],
    button: t(form.replaces === undefined ? "plan.file" : "plan.amend"),
    send: () => send(check.id === undefined ? plan : { ...plan, check: check.id }),
  });
}

async function send(plan: SignedPlan & { check?: string }): Promise<void> {
  let logged: Logged;
  try {
    logged = await post<Logged>("/api/activities", plan);
  } catch (error) {
    const name =
      error instanceof ApiError && form.draft !== undefined
        ? fieldOf(error.place, form.draft)
        : undefined;
    if (name === undefined || !(error instanceof ApiError)) throw error;
    form.refused = { field: name, text: error.brief };
    setTimeout(() => {
      showFaults();
      goToFault();
    });
    return;
  }
  forget();
  forgetCheck();
  form.root = undefined;
  await activities.load();
  location.hash = `#/activity/${logged.id}`;
}
