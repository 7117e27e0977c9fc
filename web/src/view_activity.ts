// SPDX-License-Identifier: Apache-2.0
//
// One activity: its state and why, every step on the record, what is needed, who received it.
import { askForEmergency, askToOffer, askToReadBack, askToRelease } from "./activity_acts";
import { meetingsOf, moreFacts, moreParts } from "./activity_more";
import { post } from "./api";
import { english, fixed, h, said, type Child } from "./dom";
import {
  bandText,
  lengthOfTime,
  pointText,
  purposeText,
  spanText,
  stateChip,
  timeElement,
} from "./format";
import { known, language, listText, rich, t } from "./i18n";
import {
  activityName,
  age,
  askFor,
  choiceField,
  clauseText,
  reasonField,
  receiptTable,
  recordLink,
} from "./parts";
import { activityOf, agreement, areaName, nameOf, touchBy } from "./store";
import type { Act, Activity, Logged, Reason, Step } from "./types";
import { may } from "./hotline_words";
import { clauseLink } from "./terms_words";
import { back, facts, title } from "./view_map";

const kWithReason: Act[] = ["object", "withdraw", "end"];

function askToAct(activity: Activity, act: Act): void {
  const fields: HTMLElement[] = [];
  let reason = (): string => "";
  let clause = (): string => "";
  if (kWithReason.includes(act)) {
    const [field, read] = reasonField(t("act.reason"), true);
    fields.push(field);
    reason = read;
  }
  if (act === "object") {
    const clauses = agreement.value?.clauses ?? [];
    const [field, read] = choiceField("clause", t("act.clause"), [
      ["", t("act.clause.none")],
      ...clauses.map(({ id, text }): [string, string] => [id, `${id} ${text.slice(0, 90)}`]),
    ]);
    fields.push(field);
    clause = read;
  }
  askFor({
    title: t("act.dialog", { act: t(`act.${act}.title`), activity: activityName(activity) }),
    explain: [h("p", {}, t(`act.${act}.explain`)), h("p", {}, t("dialog.signed"))],
    fields,
    button: t(`act.${act}`),
    send: async () => {
      if (act === "read") {
        await post<Logged>("/api/read", { party: activity.owner, index: activity.index });
      } else {
        await post<Logged>(`/api/activities/${activity.id}/${act}`, {
          ...(reason() === "" ? {} : { reason: reason() }),
          ...(clause() === "" ? {} : { clause: clause() }),
        });
      }
      touchBy("activity");
    },
  });
}

/** Acts that say more than a reason have dialogs of their own; an amendment is a form. */
function begin(activity: Activity, act: Act): void {
  if (act === "amend") location.hash = `#/plan?replaces=${activity.id}`;
  else if (act === "read_back") askToReadBack(activity);
  else if (act === "release") askToRelease(activity);
  else if (act === "contingent") askForEmergency(activity);
  else if (act === "offer") askToOffer(activity);
  else askToAct(activity, act);
}

function actButtons(activity: Activity): Child {
  if (activity.can.length === 0) {
    return h("p.fine", {}, t("act.nothing"));
  }
  const looks: Partial<Record<Act, string>> = { concur: "primary", activate: "primary" };
  return h(
    "div.buttons",
    { role: "group", "aria-label": t("act.label") },
    activity.can.map((act) =>
      h(
        "button",
        {
          type: "button",
          class: looks[act],
          "data-key": `do-${act}`,
          onclick: () => begin(activity, act),
        },
        t(`act.${act}`),
      ),
    ),
  );
}

function reasonItem(reason: Reason): HTMLElement {
  const broken = reason.broken === true;
  const sign = broken ? "✕" : reason.unclear === true ? "?" : "✓";
  const how = broken ? "broken" : reason.unclear === true ? "unclear" : "kept";
  const line = { clause: reason.clause, word: t(`reason.${how}`) };
  return h(
    "li",
    { class: broken ? "reason broken" : "reason" },
    h("span.sign", { "aria-hidden": "true" }, sign),
    h(
      "div",
      {},
      h(
        "span.small-text",
        {},
        reason.area === undefined
          ? t("reason.line", line)
          : t("reason.line_area", { ...line, area: areaName(reason.area) ?? reason.area }),
      ),
      language() === "en"
        ? said(reason.text, "div")
        : [
            h("div", {}, t(`reason.${reason.effect ?? "other"}.${how}`)),
            h("div.small-text", {}, clauseText(reason.clause, reason.text)),
            h("div.small-text", {}, english(reason.text)),
          ],
    ),
  );
}

function stepItem(step: Step): HTMLElement {
  const key = `did.${step.type}`;
  const party = h("strong", { dir: "auto" }, nameOf(step.party));
  const line = { time: timeElement(step.time), entry: recordLink(step.party, step.index) };
  return h(
    "li",
    { class: step.counts ? "step" : "step idle" },
    h("span.sign", { "aria-hidden": "true" }, step.counts ? "●" : "○"),
    h(
      "div",
      {},
      h(
        "p",
        {},
        known(key) ? rich(key, { party }) : rich("did.other", { party, type: step.type }),
      ),
      h(
        "p.small-text",
        {},
        step.officers.length > 0
          ? rich("path.signed", { ...line, officers: listText(step.officers) })
          : rich("path.unsigned", line),
      ),
      step.counts
        ? step.why === undefined || step.why === ""
          ? null
          : h("p.small-text", {}, said(step.why))
        : h(
            "p.not-counted",
            {},
            rich("path.not_counted", {
              why: step.why === undefined ? t("path.no_reason") : english(step.why),
            }),
          ),
    ),
  );
}

function needs(activity: Activity): Child {
  if (activity.needed.length === 0) {
    return h("p", {}, t("needs.none"));
  }
  return h(
    "ul.plain",
    { id: "needs" },
    activity.needed.map(({ party, officers, have }) => {
      const done = have >= officers;
      return h(
        "li",
        { class: done ? "need done" : "need" },
        h("span.sign", { "aria-hidden": "true" }, done ? "✓" : "◌"),
        h(
          "span",
          {},
          rich(done ? "needs.done" : "needs.missing", {
            n: officers,
            have,
            party: h("strong", { dir: "auto" }, nameOf(party)),
          }),
        ),
      );
    }),
  );
}

function conflicts(activity: Activity): Child {
  if (activity.conflicts.length === 0) return h("p", {}, t("conflicts.none"));
  return h(
    "ul.plain",
    {},
    activity.conflicts.map((id) => {
      const other = activityOf(id);
      return h(
        "li",
        {},
        h(
          "a",
          { href: `#/activity/${id}`, "data-key": `conflict-${id}`, dir: "auto" },
          other === undefined ? id : activityName(other),
        ),
        other === undefined
          ? null
          : [" ", said(other.operator_name ?? nameOf(other.operator)), " ", stateChip(other.state)],
      );
    }),
  );
}

function volumes(activity: Activity): Child {
  return h(
    "ol.volumes",
    {},
    activity.volumes.map((volume) => {
      const ring = volume.shape.coordinates[0] ?? [];
      return h(
        "li",
        {},
        h(
          "div",
          {},
          bandText(volume.altitude),
          volume.off_nominal === true ? h("span.chip.late", {}, t("activity.off_nominal")) : null,
        ),
        h("div.small-text", {}, spanText(volume.time)),
        h(
          "div.small-text",
          {},
          t("volume.corners", {
            n: Math.max(0, ring.length - 1),
            point: ring[0] === undefined ? "?" : pointText(ring[0]),
          }),
        ),
      );
    }),
  );
}

const part = (name: string, ...content: Child[]): HTMLElement =>
  h("section.part", {}, h("h2", {}, name), content);

/** Why the notice is late: the node's English, else from the procedure of its purpose. */
function lateText(activity: Activity): HTMLElement {
  if (language() === "en" && activity.late_why !== undefined) return said(activity.late_why);
  const procedures = agreement.value?.procedures ?? [];
  const own =
    procedures.find(({ purposes }) => purposes.includes(activity.purpose)) ??
    procedures.find(({ purposes }) => purposes.length === 0);
  const text =
    own === undefined
      ? t("activity.late.why")
      : t("activity.late.why_clause", { clause: own.clause, time: lengthOfTime(own.lead_s) });
  return h("span", {}, text);
}

function activityFacts(activity: Activity): HTMLElement {
  const { exception } = activity;
  return facts([
    [t("activity.purpose"), purposeText(activity.purpose)],
    [t("activity.operator"), said(activity.operator_name ?? nameOf(activity.operator))],
    [t("activity.time"), spanText(activity.span)],
    [
      t("activity.place"),
      [said(activity.place.name), h("br"), fixed(pointText(activity.place.point))],
    ],
    ...moreFacts(activity),
    [
      t("activity.callsigns"),
      activity.callsigns.length > 0
        ? said(activity.callsigns.join(", "))
        : t("activity.callsigns.none"),
    ],
    [
      t("activity.aircraft"),
      activity.aircraft?.length ? fixed(activity.aircraft.join(", ").toUpperCase()) : null,
    ],
    [t("activity.late"), activity.late ? lateText(activity) : null],
    [
      t("activity.exception"),
      exception === undefined
        ? null
        : rich("activity.exception.text", {
            clause: exception.clause,
            grounds: said(exception.grounds),
          }),
    ],
    [t("activity.remarks"), activity.remarks ? said(activity.remarks) : null],
    [
      t("activity.active"),
      activity.active_since === undefined
        ? null
        : rich("activity.active.since", {
            time: timeElement(activity.active_since),
            age: age(activity.active_since, "for"),
          }),
    ],
  ]);
}

/** The private checks that the agreement asks of it, and how far each is, from the logs. */
function checksOf(activity: Activity): Child {
  const list = activity.checks ?? [];
  if (list.length === 0 && activity.check_plan === undefined) return null;
  return part(
    t("check.activity"),
    list.length === 0 ? h("p", {}, t("check.activity.none")) : null,
    h(
      "ul.plain",
      { id: "activity-checks" },
      list.map((check) =>
        h(
          "li",
          { "data-stage": check.stage },
          rich(`check.what.${check.purpose}`, { party: said(check.with_name), clause: clauseLink(check.clause) }),
          " ",
          h(
            "span",
            { class: `chip ${check.stage === "done" ? "verdict-good" : "verdict-doubt"}` },
            t(`check.stage.${check.stage}`),
          ),
        ),
      ),
    ),
    activity.check_plan === undefined
      ? null
      : h("p.small-text", {}, t("check.activity.plan"), " ", fixed(activity.check_plan)),
    h("p.small-text", {}, t("check.limit.2")),
  );
}

export function activityView(activity: Activity): Child {
  return [
    back(),
    title(activityName(activity), t("activity.of", { party: nameOf(activity.owner) })),
    h(
      "p.state-line",
      {},
      stateChip(activity.state),
      activity.late ? h("span.chip.late", {}, t("activity.late_notice")) : null,
      " ",
      activity.state_why === undefined ? null : english(activity.state_why),
    ),
    actButtons(activity),
    activityFacts(activity),
    may("warn") && !["ended", "withdrawn"].includes(activity.state)
      ? h(
          "p",
          {},
          h(
            "a",
            { href: `#/hotline/warn?activity=${activity.id}`, "data-key": "warn-activity" },
            t("hotline.warn.activity"),
          ),
        )
      : null,
    part(
      t("activity.rules"),
      activity.reasons.length === 0
        ? h("p", {}, t("activity.rules.none"))
        : h("ul.reasons", {}, activity.reasons.map(reasonItem)),
    ),
    part(t("activity.needs"), needs(activity)),
    checksOf(activity),
    part(
      t("activity.path"),
      h("ol.timeline", { id: "timeline" }, activity.steps.map(stepItem)),
    ),
    part(
      t("activity.receipts"),
      receiptTable(
        activity.receipts,
        activity.needed.map(({ party }) => party),
      ),
      h("p.fine", {}, t("activity.silence")),
    ),
    part(t("activity.conflicts"), meetingsOf(activity) ?? conflicts(activity)),
    moreParts(activity),
    part(t("activity.volumes"), volumes(activity)),
  ];
}
