// SPDX-License-Identifier: Apache-2.0
//
// One activity: its state and why, every step on the record, what is needed, who received it.
import { post } from "./api";
import { h, said, type Child } from "./dom";
import {
  bandText,
  lengthOfTime,
  pointText,
  spanText,
  stateChip,
  stepText,
  timeElement,
  words,
} from "./format";
import {
  activityName,
  age,
  askFor,
  choiceField,
  reasonField,
  receiptTable,
  recordLink,
} from "./parts";
import { activityOf, agreement, areaName, nameOf, touchBy } from "./store";
import type { Act, Activity, Logged, Reason, Step } from "./types";
import { back, facts, title } from "./view_map";

const kActs: Record<Act, { button: string; title: string; explain: string; reason: boolean }> = {
  concur: {
    button: "Concur",
    title: "Concur with this activity",
    explain: "Your party has no objection to it as filed. If it is changed, you are asked again.",
    reason: false,
  },
  object: {
    button: "Object",
    title: "Object to this activity",
    explain:
      "It cannot become active while the objection stands. Say why, so that it can be solved.",
    reason: true,
  },
  withdraw: {
    button: "Withdraw",
    title: "Withdraw this activity",
    explain: "It ends here and cannot be taken up again; file a new one instead.",
    reason: true,
  },
  activate: {
    button: "Make active",
    title: "Make this activity active",
    explain: "Every needed concurrence is in the log. From now on its volumes are in use.",
    reason: false,
  },
  end: {
    button: "End",
    title: "End this activity",
    explain: "Its volumes are free again from now on.",
    reason: true,
  },
  read: {
    button: "State that I have read it",
    title: "State that you have read this notice",
    explain: "The owner sees who opened it and when. It says nothing about your answer.",
    reason: false,
  },
};

function askToAct(activity: Activity, act: Act): void {
  const words_ = kActs[act];
  const fields: HTMLElement[] = [];
  let reason = (): string => "";
  let clause = (): string => "";
  if (words_.reason) {
    const [field, read] = reasonField("Reason (every party reads it)", true);
    fields.push(field);
    reason = read;
  }
  if (act === "object") {
    const clauses = agreement.value?.clauses ?? [];
    const [field, read] = choiceField("clause", "Clause that the objection rests on", [
      ["", "none in particular"],
      ...clauses.map(({ id, text }): [string, string] => [id, `${id} ${text.slice(0, 90)}`]),
    ]);
    fields.push(field);
    clause = read;
  }
  askFor({
    title: `${words_.title}: ${activityName(activity)}`,
    explain: [
      h("p", {}, words_.explain),
      h("p", {}, "It is signed with your key and stays on the record."),
    ],
    fields,
    button: words_.button,
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

function actButtons(activity: Activity): Child {
  if (activity.can.length === 0) {
    return h("p.fine", {}, "There is nothing for you to do here now.");
  }
  const looks: Partial<Record<Act, string>> = { concur: "primary", activate: "primary" };
  return h(
    "div.buttons",
    { role: "group", "aria-label": "What you may do" },
    activity.can.map((act) =>
      h(
        "button",
        {
          type: "button",
          class: looks[act],
          "data-key": `do-${act}`,
          onclick: () => askToAct(activity, act),
        },
        kActs[act].button,
      ),
    ),
  );
}

function reasonItem(reason: Reason): HTMLElement {
  const broken = reason.broken === true;
  const sign = broken ? "✕" : reason.unclear === true ? "?" : "✓";
  const word = broken ? "not allowed" : reason.unclear === true ? "unclear" : "kept";
  return h(
    "li",
    { class: broken ? "reason broken" : "reason" },
    h("span.sign", { "aria-hidden": "true" }, sign),
    h(
      "div",
      {},
      h("span.small-text", {}, `clause ${reason.clause}, ${word}`),
      reason.area ? h("span.small-text", {}, `, ${areaName(reason.area)}`) : null,
      said(reason.text, "div"),
    ),
  );
}

function stepItem(step: Step): HTMLElement {
  return h(
    "li",
    { class: step.counts ? "step" : "step idle" },
    h("span.sign", { "aria-hidden": "true" }, step.counts ? "●" : "○"),
    h(
      "div",
      {},
      h("p", {}, h("strong", { dir: "auto" }, nameOf(step.party)), ` ${stepText(step.type)}`),
      h(
        "p.small-text",
        {},
        timeElement(step.time),
        step.officers.length > 0 ? `, signed by ${step.officers.join(" and ")}` : "",
        ", ",
        recordLink(step.party, step.index),
      ),
      step.counts
        ? step.why === undefined || step.why === ""
          ? null
          : h("p.small-text", {}, said(step.why))
        : h("p.not-counted", {}, "Does not count: ", said(step.why ?? "no reason given")),
    ),
  );
}

function needs(activity: Activity): Child {
  if (activity.needed.length === 0) {
    return h("p", {}, "The agreement asks for no concurrence for this purpose.");
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
          h("strong", { dir: "auto" }, nameOf(party)),
          `: ${have} of ${officers} ${officers === 1 ? "officer" : "different officers"}`,
          done ? "" : ", missing",
        ),
      );
    }),
  );
}

function conflicts(activity: Activity): Child {
  if (activity.conflicts.length === 0) return h("p", {}, "None with the agreed separation.");
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
          { href: `#/activity/${id}`, "data-key": `conflict-${id}` },
          other === undefined ? id : activityName(other),
        ),
        other === undefined
          ? null
          : [" ", other.operator_name ?? nameOf(other.operator), " ", stateChip(other.state)],
      );
    }),
  );
}

function volumes(activity: Activity): Child {
  return h(
    "ol.volumes",
    {},
    activity.volumes.map((volume) =>
      h(
        "li",
        {},
        h("div", {}, bandText(volume.altitude)),
        h("div.small-text", {}, spanText(volume.time)),
        h(
          "div.small-text",
          {},
          `${Math.max(0, (volume.shape.coordinates[0]?.length ?? 1) - 1)} corners, first at `,
          volume.shape.coordinates[0]?.[0] === undefined
            ? "?"
            : pointText(volume.shape.coordinates[0][0]),
        ),
      ),
    ),
  );
}

const part = (name: string, ...content: Child[]): HTMLElement =>
  h("section.part", {}, h("h2", {}, name), content);

function leadText(activity: Activity): string {
  const procedures = agreement.value?.procedures ?? [];
  const own =
    procedures.find(({ purposes }) => purposes.includes(activity.purpose)) ??
    procedures.find(({ purposes }) => purposes.length === 0);
  return own === undefined
    ? ""
    : ` (clause ${own.clause} asks for ${lengthOfTime(own.lead_s)} of notice)`;
}

export function activityView(activity: Activity): Child {
  return [
    back(),
    title(activityName(activity), `Activity of ${nameOf(activity.owner)}`),
    h(
      "p.state-line",
      {},
      stateChip(activity.state),
      activity.late ? h("span.chip.late", {}, "late notice") : null,
      " ",
      activity.state_why === undefined ? null : said(activity.state_why),
    ),
    actButtons(activity),
    facts([
      ["Purpose", words(activity.purpose)],
      ["Operator", said(activity.operator_name ?? nameOf(activity.operator))],
      ["Time", spanText(activity.span)],
      ["Place", [said(activity.place.name), h("br"), pointText(activity.place.point)]],
      ["Callsigns", activity.callsigns.length > 0 ? activity.callsigns.join(", ") : "none stated"],
      ["Aircraft", activity.aircraft?.length ? activity.aircraft.join(", ").toUpperCase() : null],
      [
        "Late",
        activity.late
          ? said(activity.late_why ?? `The notice was held later than agreed${leadText(activity)}.`)
          : null,
      ],
      [
        "Exception",
        activity.exception === undefined
          ? null
          : [`clause ${activity.exception.clause}: `, said(activity.exception.grounds)],
      ],
      ["Remarks", activity.remarks ? said(activity.remarks) : null],
      [
        "Active",
        activity.active_since === undefined
          ? null
          : [
              "since ",
              timeElement(activity.active_since),
              ", ",
              age(activity.active_since, "for ", ""),
            ],
      ],
    ]),
    part(
      "What the rules say",
      activity.reasons.length === 0
        ? h("p", {}, "No rule of the agreement touches it.")
        : h("ul.reasons", {}, activity.reasons.map(reasonItem)),
    ),
    part("Concurrences it needs", needs(activity)),
    part(
      "Its path on the record",
      h("ol.timeline", { id: "timeline" }, activity.steps.map(stepItem)),
    ),
    part(
      "Receipts of the notice",
      receiptTable(
        activity.receipts,
        activity.needed.map(({ party }) => party),
      ),
      h("p.fine", {}, "Silence is never taken for a decision."),
    ),
    part("Conflicts", conflicts(activity)),
    part("Volumes", volumes(activity)),
  ];
}
