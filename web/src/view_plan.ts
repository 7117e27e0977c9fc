// SPDX-License-Identifier: Apache-2.0
//
// Filing or amending an activity: a form that is complete without the map, and a map that writes
// into it. What is typed stays in this tab until it is checked or filed. A check asks this party's
// own node; filing is signed.
import { get } from "./api";
import { showCells } from "./checks_parts";
import { append, byId, h, show, type Child } from "./dom";
import { t } from "./i18n";
import { showDuring } from "./map";
import { activityName, errorLine } from "./parts";
import { draftOf, emptyDraft } from "./plan";
import { askLater, askNoMore, drawPanel } from "./plan_answer";
import { after, changed, firstStart, forget, form, kept, planShown } from "./plan_draft";
import { drawTools, hasShape, onDrawn, onEdited } from "./plan_drawing";
import { showFaults } from "./plan_faults";
import { moreFields, noFields, placeFields, whatFields } from "./plan_fields";
import { filedPlan } from "./plan_filed";
import { file } from "./plan_filing";
import { bringPlan, closePlanMap, openPlanMap } from "./plan_map";
import { drawPrivate } from "./plan_private";
import { choose, drawProfile, drawShapes } from "./plan_shapes";
import { drawVolumes } from "./plan_volumes";
import { activityOf, agreement, hello } from "./store";
import type { Activity } from "./types";
import { title } from "./view_map";

export { planShown };

after.change = (byMap) => {
  showFaults();
  drawShapes(byMap);
  askLater();
  drawPanel();
  drawPrivate();
};
after.conflict = drawPanel;

let redraw: (() => void) | undefined;

async function loadOriginal(id: string): Promise<void> {
  form.loading = true;
  try {
    const original = activityOf(id) ?? (await get<Activity>(`/api/activities/${id}`));
    const plan = await filedPlan(original);
    if (form.replaces !== id) return;
    form.draft = draftOf(plan);
    form.loading = undefined;
  } catch (error) {
    if (form.replaces !== id) return;
    form.loading = error;
  }
  form.root = undefined;
  redraw?.();
}

function makeRoot(): HTMLElement {
  noFields();
  const amends = form.replaces === undefined ? undefined : activityOf(form.replaces);
  const fields = h("form", {
    id: "plan-form",
    novalidate: true,
    onsubmit: (event) => {
      event.preventDefault();
      file();
    },
  });
  append(fields, [whatFields(), placeFields(), h("div", { id: "plan-volumes" }), moreFields()]);
  const clear = (): void => {
    forget();
    form.root = undefined;
    redraw?.();
  };
  return h(
    "div.plan",
    {},
    h(
      "div.plan-left",
      {},
      form.replaces === undefined
        ? title(t("plan.title"), t("plan.above"))
        : title(
            t("plan.title.amend", { name: amends === undefined ? "" : activityName(amends) }),
            t("plan.above"),
          ),
      fields,
    ),
    h(
      "div.plan-right",
      {},
      h("h2", {}, t("plan.check")),
      h("p", { id: "plan-status", class: "plan-status", role: "status" }),
      h("p.private", {}, t("plan.private")),
      h(
        "div.buttons",
        {},
        h(
          "button.primary",
          { type: "submit", form: "plan-form", id: "plan-file", "data-key": "plan-file" },
          t(form.replaces === undefined ? "plan.file" : "plan.amend"),
        ),
        h(
          "button",
          { type: "button", "data-key": "plan-clear", onclick: clear },
          t(form.replaces === undefined ? "plan.clear" : "plan.clear.amend"),
        ),
      ),
      h("div", { id: "plan-private", "aria-live": "polite" }),
      h("div", { id: "plan-answer" }),
    ),
  );
}

/** The view for main.ts; `again` draws it anew when an amendment's original has arrived. */
export function planView(wanted: string | undefined, again: () => void): Child {
  redraw = again;
  if (wanted !== form.replaces) {
    form.replaces = wanted;
    form.draft = undefined;
    form.root = undefined;
    form.loading = undefined;
    form.answer = undefined;
    form.answered = undefined;
    form.undo = undefined;
    form.chosen = 0;
    form.touched = new Set();
  }
  if (agreement.value === undefined || hello.value === undefined) {
    return [title(t("plan.title")), h("p.empty", {}, t("page.wait"))];
  }
  if (hello.value.kind === "monitor" && agreement.value.procedures.length === 0) return null;
  form.draft ??= kept();
  if (form.draft === undefined && form.replaces !== undefined) {
    if (form.loading === undefined) void loadOriginal(form.replaces);
    if (form.loading !== undefined && form.loading !== true) {
      return [title(t("plan.title")), errorLine(form.loading)];
    }
    return [title(t("plan.title")), h("p.empty", {}, t("page.wait"))];
  }
  form.draft ??= emptyDraft(hello.value.party, firstStart());
  if (form.root === undefined) {
    form.root = makeRoot();
    setTimeout(opened);
  }
  return form.root;
}

/** After the form stands in the page. */
function opened(): void {
  if (form.root === undefined || !form.root.isConnected) return;
  openPlanMap({
    drawn: onDrawn,
    edited: onEdited,
    chosen: (i) => {
      choose(i);
      form.root?.querySelector(`[data-volume="${i}"]`)?.scrollIntoView({ block: "nearest" });
    },
    mode: drawTools,
  });
  drawVolumes();
  drawTools();
  changed(false);
  if (form.draft?.volumes.some(hasShape) === true) bringPlan();
}

export function refreshPlan(): void {
  if (planShown()) drawProfile();
}

/** The reader goes to another view, or to another language: the draft stays. */
export function leavePlan(): void {
  if (form.root === undefined) return;
  form.root = undefined;
  askNoMore();
  showCells(undefined);
  closePlanMap();
  showDuring(undefined);
  show(byId("plan-tools"));
  show(byId("profile"));
}
