// SPDX-License-Identifier: Apache-2.0
//
// The board: what of the agreement is in force, its stages and what they wait for, who promised
// what and whether it was done and verified, exceptions and their uses, versions, adherents. What
// is missing is shown as missing, and where there is nothing it is said.
import { post } from "./api";
import type {
  Condition,
  Course,
  CourseAct,
  NamedException,
  Obligation,
  Stage,
  Version,
} from "./course";
import { english, h, said, type Child } from "./dom";
import { timeElement } from "./format";
import { known, listText, rich, t } from "./i18n";
import {
  activityName,
  askFor,
  choiceField,
  countdown,
  missing,
  reasonField,
  recordLink,
  recordLinkOf,
} from "./parts";
import { plain, readTime, timeLine } from "./plan";
import { nodeNow } from "./clock";
import { activities, activityOf, agreement, hello, isOwn, nameOf, touchBy } from "./store";
import { clauseLink, lengthWords } from "./terms_words";
import type { Logged, LogRef, SignedAct } from "./types";
import { title } from "./view_map";

/** The catalogue's word for a name that the node gives, or the name. */
function word(group: string, name: string): string {
  const key = `terms.${group}.${name}`;
  return known(key) ? t(key) : name.replaceAll("_", " ");
}

const signed = (act: SignedAct): Child =>
  rich("path.signed", {
    time: timeElement(act.time),
    officers: act.officers.join(", "),
    entry: recordLink(act.party, act.index),
  });

/** "suspended: A flight does not answer": the node's word in the reader's language, the reason. */
function reasonOf(act: SignedAct, group: "force" | "result"): Child {
  const match = /^([a-z_]+)(?:: ?(.*))?$/s.exec(act.reason ?? "");
  const key = `terms.${group}.${match?.[1] ?? ""}`;
  if (match === null || !known(key)) return said(act.reason ?? "", "q");
  const rest = match[2] ?? "";
  return [t(key), rest === "" ? null : [" ", said(rest, "q")]];
}

const links = (refs: LogRef[]): Child =>
  refs.map(({ party, index }, i) => [i === 0 ? "" : ", ", recordLinkOf(party, index)]);

const chip = (look: string, sign: string, text: string): HTMLElement =>
  h("span", { class: `chip ${look}` }, h("span", { "aria-hidden": "true" }, sign), ` ${text}`);

const nothing = (text: string): HTMLElement => h("p.empty", {}, text);

const parties = (): string[] =>
  (agreement.value?.parties ?? []).filter(({ kind }) => kind === "party").map(({ id }) => id);

const part = (id: string, name: string, ...content: Child[]): HTMLElement =>
  h("section.part", { id }, h("h2", {}, name), content);

// --- Evidence in dialogs -------------------------------------------------------------------------

/** "south 12, monitor 4": entries that show it. Errors are thrown in words. */
function evidenceField(needed: boolean): [HTMLElement, () => LogRef[]] {
  const input = h("input", { type: "text", id: "refs", dir: "ltr", autocomplete: "off" });
  const field = h(
    "div.field",
    {},
    h("label", { for: "refs" }, t("terms.refs")),
    input,
    h("p.hint", {}, t("terms.refs.hint", { example: "south 12, monitor 4" })),
  );
  const read = (): LogRef[] => {
    const parts = plain(input.value).split(/[,;]/).filter((part_) => part_.trim() !== "");
    const refs = parts.map((text): LogRef => {
      const match = /^\s*([a-z0-9._-]+)[\s/]+(\d+)\s*$/.exec(text);
      const party = match?.[1];
      if (party === undefined) throw new Error(t("terms.refs.wrong", { text: text.trim() }));
      if (agreement.value?.parties.every(({ id }) => id !== party) === true) {
        throw new Error(t("terms.refs.unknown", { party }));
      }
      return { party, index: Number(match?.[2]) };
    });
    if (needed && refs.length === 0) throw new Error(t("terms.refs.missing"));
    return refs;
  };
  return [field, read];
}

async function send(path: string, body: object): Promise<void> {
  await post<Logged>(`/api/agreement/${path}`, body);
  touchBy("agreement");
}

// --- In force ------------------------------------------------------------------------------------

// A command, the same in every language.
const kCommand = ["detente", "agreement", "suspend"].join(" ");
const kForce = {
  in_force: ["state-active", "●"],
  suspended: ["state-nonconforming", "▲"],
  withdrawn: ["state-objected", "✕"],
  not_yet: ["", "○"],
  expired: ["state-objected", "✕"],
} as const;

function forcePart(course: Course): HTMLElement {
  return part(
    "force",
    t("terms.force"),
    h(
      "ul.plain",
      {},
      course.functions.map((one) => {
        const [look, sign] = kForce[one.state];
        return h(
          "li.force",
          {},
          h(
            "p",
            {},
            h(
              "strong",
              {},
              one.function === "" ? t("terms.force.whole") : word("function", one.function),
            ),
            " ",
            chip(look, sign, t(`terms.force.${one.state}`)),
          ),
          one.acts.length === 0
            ? null
            : h(
                "ul.plain.acts",
                {},
                one.acts.map((act) =>
                  h(
                    "li.small-text",
                    {},
                    h("strong", { dir: "auto" }, nameOf(act.party)),
                    ": ",
                    reasonOf(act, "force"),
                    " ",
                    signed(act),
                  ),
                ),
              ),
        );
      }),
    ),
    h("p.fine", {}, rich("terms.force.always", { command: h("code", { dir: "ltr" }, kCommand) })),
  );
}

// --- Stages --------------------------------------------------------------------------------------

function conditionText(condition: Condition): string {
  const { have, need, kind } = condition;
  if (kind === "elapsed") {
    return t("terms.condition.elapsed", { have: lengthWords(have), need: lengthWords(need) });
  }
  if (kind === "clean_days") return t("terms.condition.clean_days", { have, n: need });
  return t("terms.condition.obligation", { have, n: need, id: condition.obligation ?? "" });
}

/** From what the count follows; a basis that the catalogue does not know, in the node's words. */
function basisLine({ basis, since, cuts, why }: Condition): Child {
  const key = `terms.basis.${basis ?? ""}`;
  if (!known(key)) {
    return why === undefined || why === "" ? null : h("p.small-text", {}, english(why));
  }
  return h(
    "p.small-text",
    {},
    rich(key, { time: since === undefined ? null : timeElement(since) }),
    cuts === undefined
      ? null
      : ` ${t(cuts.more ? "terms.cuts.more" : "terms.cuts", {
          n: cuts.count,
          length: lengthWords(cuts.time_s),
        })}`,
  );
}

function conditionItem(condition: Condition): HTMLElement {
  return h(
    "li",
    { class: condition.met ? "need done" : "need" },
    h("span.sign", { "aria-hidden": "true" }, condition.met ? "✓" : "◌"),
    h(
      "div",
      {},
      h(
        "p",
        {},
        conditionText(condition),
        " ",
        h("span.unseen", {}, t(condition.met ? "terms.met" : "terms.not_met")),
      ),
      h("p.small-text", {}, rich("plan.needs.clause", { clause: clauseLink(condition.clause) })),
      condition.findings === undefined || condition.findings.length === 0
        ? null
        : h(
            "p.small-text",
            {},
            t("terms.condition.findings", {
              kinds: condition.findings.map(kindWord).join(", "),
            }),
          ),
      condition.met ? null : basisLine(condition),
      condition.evidence.length === 0
        ? null
        : h("p.small-text", {}, t("terms.shown_by"), " ", links(condition.evidence)),
    ),
  );
}
function kindWord(kind: string): string {
  const key = `finding.kind.${kind}`;
  return known(key) ? t(key) : kind;
}

const kStages = {
  waiting: ["", "○"],
  open: ["state-nonconforming", "◐"],
  begun: ["state-concurred", "✓"],
  current: ["state-active", "●"],
  reset: ["state-objected", "↺"],
} as const;

function signatureList(stage: Stage): HTMLElement {
  return h(
    "ul.plain",
    { class: "plain signatures" },
    parties().map((party) => {
      const act = stage.signatures.find((one) => one.party === party);
      return h(
        "li",
        { class: act === undefined ? "need" : "need done" },
        h("span.sign", { "aria-hidden": "true" }, act === undefined ? "◌" : "✓"),
        h(
          "div",
          {},
          h("strong", { dir: "auto" }, nameOf(party)),
          act === undefined ? [": ", missing()] : h("div.small-text", {}, signed(act)),
        ),
      );
    }),
  );
}

const actLines = (name: string, acts: SignedAct[]): Child =>
  acts.length === 0
    ? null
    : [
        h("h4", {}, name),
        h(
          "ul.plain",
          {},
          acts.map((act) =>
            h(
              "li.small-text",
              {},
              h("strong", { dir: "auto" }, nameOf(act.party)),
              act.reason === undefined || act.reason === "" ? null : [": ", said(act.reason)],
              h("br"),
              signed(act),
            ),
          ),
        ),
      ];

/** What would send the course back from here. */
function resetLines({ resets_on: resets }: Stage): Child {
  if (resets === undefined || resets.length === 0) return null;
  return [
    h("h4", {}, t("terms.resets_on")),
    h(
      "ul.plain",
      {},
      resets.map((one) =>
        h(
          "li.small-text",
          {},
          one.kind === "suspension"
            ? t("terms.resets_on.suspension")
            : t("terms.resets_on.finding", { kinds: one.findings.map(kindWord).join(", ") }),
          " ",
          one.to === undefined || one.to === ""
            ? t("terms.resets_on.first")
            : t("terms.resets_on.to", { stage: one.to }),
          " ",
          clauseLink(one.clause),
        ),
      ),
    ),
  ];
}

function askToBegin(stage: Stage): void {
  askFor({
    title: t("terms.begin.title", { name: stage.name }),
    explain: [
      h("p", {}, t("terms.begin.explain")),
      h("ul.plain", {}, stage.conditions.map(conditionItem)),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [],
    button: t("terms.begin"),
    send: () => send(`stages/${stage.id}/begin`, {}),
  });
}

function askToReset(stage: Stage): void {
  const named = (stage.resets_on ?? []).map((one) => one.clause);
  const clauses = (agreement.value?.clauses ?? []).filter(
    ({ id }) => named.length === 0 || named.includes(id),
  );
  const [clauseField, clause] = choiceField("clause", t("terms.reset.clause"), [
    ...clauses.map(({ id, text }): [string, string] => [id, `${id} ${text.slice(0, 90)}`]),
  ]);
  const [reasonPart, reason] = reasonField(t("act.reason"), true);
  const [refsField, refs] = evidenceField(true);
  askFor({
    title: t("terms.reset.title", { name: stage.name }),
    explain: [h("p", {}, t("terms.reset.explain")), h("p", {}, t("dialog.signed"))],
    fields: [clauseField, reasonPart, refsField],
    button: t("terms.reset"),
    danger: true,
    send: async () => {
      await send(`stages/${stage.id}/reset`, {
        clause: clause(),
        reason: reason(),
        evidence: refs(),
      });
    },
  });
}

function stageCard(stage: Stage, can: CourseAct[], i: number): HTMLElement {
  const own = hello.value?.party ?? "";
  const [look, sign] = kStages[stage.state];
  const mayBegin =
    can.includes("stage_begin") &&
    (stage.state === "open" || stage.state === "reset" || stage.state === "waiting") &&
    stage.conditions.every(({ met }) => met) &&
    !stage.signatures.some(({ party }) => party === own);
  const mayReset =
    can.includes("stage_reset") && (stage.state === "current" || stage.state === "begun");
  return h(
    "li.stage",
    { class: `stage stage-${stage.state}`, "data-stage": stage.id },
    h("p.small-text", {}, t("terms.stage.number", { n: i + 1 }), " ", clauseLink(stage.clause)),
    h("h3", {}, said(stage.name)),
    h("p", {}, chip(look, sign, t(`terms.stage.${stage.state}`))),
    stage.begun === undefined
      ? null
      : h("p.small-text", {}, rich("terms.stage.since", { time: timeElement(stage.begun) })),
    h("h4", {}, t("terms.conditions")),
    stage.conditions.length === 0
      ? h("p.small-text", {}, t("terms.conditions.none"))
      : h("ul.plain", {}, stage.conditions.map(conditionItem)),
    h("h4", {}, t("terms.signatures")),
    signatureList(stage),
    resetLines(stage),
    actLines(t("terms.refused"), stage.refused),
    actLines(t("terms.resets"), stage.resets),
    mayBegin || mayReset
      ? h(
          "div.buttons",
          {},
          mayBegin
            ? h(
                "button.primary",
                {
                  type: "button",
                  "data-key": `begin-${stage.id}`,
                  onclick: () => askToBegin(stage),
                },
                t("terms.begin"),
              )
            : null,
          mayReset
            ? h(
                "button",
                {
                  type: "button",
                  "data-key": `reset-${stage.id}`,
                  onclick: () => askToReset(stage),
                },
                t("terms.reset"),
              )
            : null,
        )
      : null,
  );
}

function stagePart(course: Course): HTMLElement {
  return part(
    "stages",
    t("terms.stages"),
    course.stages.length === 0
      ? nothing(t("terms.stages.none"))
      : [
          h("p.fine", {}, t("terms.stages.explain")),
          h(
            "ol.stages",
            {},
            course.stages.map((stage, i) => stageCard(stage, course.can, i)),
          ),
        ],
  );
}

// --- Obligations ---------------------------------------------------------------------------------

const kObligations = {
  open: ["", "○"],
  reported: ["state-nonconforming", "◐"],
  verified: ["state-active", "✓"],
  disputed: ["state-objected", "✕"],
  overdue: ["state-conflicted", "!"],
} as const;

function askToReport(obligation: Obligation): void {
  const [textField, text] = reasonField(t("terms.report.text"), true);
  const [refsField, refs] = evidenceField(false);
  askFor({
    title: t("terms.report.title", { id: obligation.id }),
    explain: [
      said(obligation.what, "p"),
      h("p", {}, t("terms.report.evidence"), " ", said(obligation.evidence)),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [textField, refsField],
    button: t("terms.report"),
    send: async () => {
      await send(`obligations/${obligation.id}/report`, { text: text(), evidence: refs() });
    },
  });
}

const reportName = ({ act }: { act: SignedAct }): string =>
  `${nameOf(act.party)}, ${t("log.entry", { index: act.index })}: ${(act.reason ?? "").slice(0, 60)}`;

function askToVerify(obligation: Obligation): void {
  const reports = [...obligation.reports].reverse();
  const [reportField, report] = choiceField(
    "report",
    t("terms.verify.report"),
    reports.map((one): [string, string] => [`${one.act.party} ${one.act.index}`, reportName(one)]),
  );
  const [resultField, result] = choiceField("result", t("terms.verify.result"), [
    ["verified", t("terms.result.verified")],
    ["not_verified", t("terms.result.not_verified")],
    ["disputed", t("terms.result.disputed")],
  ]);
  const [reasonPart, reason] = reasonField(t("terms.verify.reason"), true);
  askFor({
    title: t("terms.verify.title", { id: obligation.id }),
    explain: [
      said(obligation.what, "p"),
      h("p", {}, t("terms.verify.explain")),
      h("p", {}, t("dialog.signed")),
    ],
    fields: [reportField, resultField, reasonPart],
    button: t("terms.verify"),
    send: async () => {
      const [party = "", index = ""] = report().split(" ");
      await send(`obligations/${obligation.id}/verify`, {
        report: { party, index: Number(index) },
        result: result(),
        reason: reason(),
      });
    },
  });
}

/** Whose report it has to be: the doer's own party, or its sponsor. */
function reporterOf(who: string): string {
  const adherent = agreement.value?.adherents.find(({ id }) => id === who);
  return adherent?.sponsor ?? who;
}

function obligationRow(obligation: Obligation, can: CourseAct[]): HTMLElement {
  const [look, sign] = kObligations[obligation.state];
  const open = obligation.verified < obligation.count;
  const mayReport = can.includes("report") && open && isOwn(reporterOf(obligation.who));
  const mayVerify =
    can.includes("verify") && isOwn(obligation.verified_by) && obligation.reports.length > 0;
  const button = (key: string, text: string, act: () => void): HTMLElement =>
    h("button.small", { type: "button", "data-key": key, onclick: act }, text);
  return h(
    "tr",
    { "data-obligation": obligation.id },
    h("th", { scope: "row" }, h("bdi", {}, obligation.id), " ", clauseLink(obligation.clause)),
    h("td", {}, said(nameOf(obligation.who))),
    h(
      "td",
      {},
      said(obligation.what, "div"),
      obligation.mirrors === undefined
        ? null
        : h("div.small-text", {}, t("terms.obligation.mirrors", { id: obligation.mirrors })),
      obligation.reports.map((report) => reportItem(report)),
      mayReport || mayVerify
        ? h(
            "div.buttons",
            {},
            mayReport
              ? button(`report-${obligation.id}`, t("terms.report"), () => askToReport(obligation))
              : null,
            mayVerify
              ? button(`verify-${obligation.id}`, t("terms.verify"), () => askToVerify(obligation))
              : null,
          )
        : null,
    ),
    h(
      "td",
      {},
      obligation.due === undefined
        ? t("terms.due.none")
        : [
            timeElement(obligation.due),
            open ? h("div.small-text", {}, countdown(obligation.due)) : null,
          ],
    ),
    h(
      "td",
      {},
      said(nameOf(obligation.verified_by)),
      h("div.small-text", {}, said(obligation.evidence)),
    ),
    h(
      "td",
      {},
      chip(look, sign, t(`terms.obligation.${obligation.state}`)),
      obligation.count > 1 || obligation.verified > 0
        ? h(
            "div.small-text",
            {},
            t("terms.obligation.count", { have: obligation.verified, n: obligation.count }),
          )
        : null,
    ),
  );
}

function reportItem(report: Obligation["reports"][number]): HTMLElement {
  return h(
    "div.report.small-text",
    {},
    h("div", {}, said(report.act.reason ?? "", "q"), " ", signed(report.act)),
    report.evidence.length === 0
      ? null
      : h("div", {}, t("terms.shown_by"), " ", links(report.evidence)),
    report.verifications.length === 0
      ? h("div", {}, missing(t("terms.not_verified_yet")))
      : report.verifications.map((act) =>
          h(
            "div",
            {},
            h("strong", { dir: "auto" }, nameOf(act.party)),
            ": ",
            reasonOf(act, "result"),
            " ",
            signed(act),
          ),
        ),
  );
}

function table(label: string, head: string[], rows: HTMLElement[]): HTMLElement {
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h("tbody", {}, rows),
    ),
  );
}

function obligationPart(course: Course): HTMLElement {
  const head = (["id", "who", "what", "due", "verifier", "state"] as const).map((name) =>
    t(`terms.obligation.head.${name}`),
  );
  return part(
    "obligations",
    t("terms.obligations"),
    course.obligations.length === 0
      ? nothing(t("terms.obligations.none"))
      : table(
          t("terms.obligations"),
          head,
          course.obligations.map((one) => obligationRow(one, course.can)),
        ),
  );
}

// --- Exceptions, versions, roll ------------------------------------------------------------------

function askToDeclare(exception: NamedException): void {
  const own = (activities.value?.activities ?? []).filter(({ owner }) => isOwn(owner));
  const [choice, chosen] = choiceField("activity", t("terms.declare.activity"), [
    ["", t("terms.declare.none")],
    ...own.map((one): [string, string] => [one.id, activityName(one)]),
  ]);
  const began = h("input", { type: "text", id: "began", dir: "ltr", autocomplete: "off" });
  began.value = timeLine(nodeNow() ?? 0).slice(0, 16);
  const [reasonPart, grounds] = reasonField(t("plan.grounds"), true);
  askFor({
    title: t("terms.declare.title", { name: exception.name }),
    explain: [h("p", {}, t("terms.declare.explain")), h("p", {}, t("dialog.signed"))],
    fields: [
      choice,
      h("div.field", {}, h("label", { for: "began" }, t("terms.declare.began")), began),
      reasonPart,
    ],
    button: t("terms.declare"),
    send: async () => {
      const time = readTime(began.value);
      if (!time.endsWith("Z")) throw new Error(t("plan.fault.time"));
      await send(`exceptions/${exception.id}/declare`, {
        ...(chosen() === "" ? {} : { activity: chosen() }),
        grounds: grounds(),
        began: time,
      });
    },
  });
}

function exceptionItem(exception: NamedException, can: CourseAct[]): HTMLElement {
  const late = exception.uses.filter((use) => use.late).length;
  return h(
    "li.exception",
    { "data-exception": exception.id },
    h(
      "p",
      {},
      h("strong", {}, said(exception.name)),
      " ",
      clauseLink(exception.clause),
      " ",
      h("span.chip", {}, t("terms.exception.uses", { n: exception.uses.length })),
      late > 0 ? h("span.chip.late", {}, t("terms.exception.late", { n: late })) : null,
    ),
    h(
      "p.small-text",
      {},
      t("terms.exception.within", { time: lengthWords(exception.declare_within_s) }),
    ),
    h(
      "ul.plain",
      {},
      exception.uses.map(({ act, activity, began, late: tooLate }) => {
        const other = activityOf(activity);
        return h(
          "li.small-text",
          {},
          h("strong", { dir: "auto" }, nameOf(act.party)),
          act.reason === undefined ? null : [": ", said(act.reason, "q")],
          " ",
          activity === undefined || activity === ""
            ? null
            : h(
                "a",
                { href: `#/activity/${activity}`, "data-key": `use-${act.index}` },
                other === undefined ? t("activity.one") : activityName(other),
              ),
          " ",
          rich("terms.exception.began", { time: timeElement(began) }),
          " ",
          signed(act),
          tooLate ? [" ", h("span.chip.late", {}, t("word.late"))] : null,
        );
      }),
    ),
    can.includes("declare")
      ? h(
          "button.small",
          {
            type: "button",
            "data-key": `declare-${exception.id}`,
            onclick: () => askToDeclare(exception),
          },
          t("terms.declare"),
        )
      : null,
  );
}

function exceptionPart(course: Course): HTMLElement {
  return part(
    "exceptions",
    t("terms.exceptions"),
    course.exceptions.length === 0
      ? nothing(t("terms.exceptions.none"))
      : h(
          "ul.plain.spaced",
          {},
          course.exceptions.map((one) => exceptionItem(one, course.can)),
        ),
  );
}

function versionItem(version: Version): HTMLElement {
  return h(
    "li",
    {},
    h(
      "p",
      {},
      h("strong", {}, t("terms.version", { n: version.version })),
      " ",
      version.in_force
        ? chip("state-active", "●", t("terms.version.in_force"))
        : chip("", "○", t("terms.version.not")),
      version.effective === undefined
        ? null
        : [" ", rich("terms.version.from", { time: timeElement(version.effective) })],
    ),
    version.problem === undefined || version.problem === ""
      ? null
      : h("p.not-counted", {}, english(version.problem)),
    version.at_hand ? null : h("p.not-counted", {}, t("terms.version.not_at_hand")),
    h("code.hash", {}, version.sha256),
    h(
      "ul.plain",
      {},
      version.signatures.map((act) =>
        h("li.small-text", {}, h("strong", { dir: "auto" }, nameOf(act.party)), " ", signed(act)),
      ),
      parties()
        .filter((party) => !version.signatures.some((act) => act.party === party))
        .map((party) =>
          h("li.small-text", {}, h("strong", { dir: "auto" }, nameOf(party)), ": ", missing()),
        ),
    ),
  );
}

function askToAccept(adherent: string, name: string): void {
  const accepted = h("input", { type: "text", id: "accepted", dir: "ltr", autocomplete: "off" });
  accepted.value = timeLine(nodeNow() ?? 0).slice(0, 16);
  askFor({
    title: t("terms.accept.title", { name }),
    explain: [h("p", {}, t("terms.accept.explain")), h("p", {}, t("dialog.signed"))],
    fields: [
      h("div.field", {}, h("label", { for: "accepted" }, t("terms.accept.time")), accepted),
    ],
    button: t("terms.accept"),
    send: async () => {
      const time = readTime(accepted.value);
      if (!time.endsWith("Z")) throw new Error(t("plan.fault.time"));
      await send(`adherents/${adherent}/accept`, { accepted: time });
    },
  });
}

function rollPart(course: Course): HTMLElement {
  const head = (["name", "sponsor", "accepted"] as const).map((name) =>
    t(`terms.roll.head.${name}`),
  );
  return part(
    "roll",
    t("terms.roll"),
    course.roll.length === 0
      ? nothing(t("terms.roll.none"))
      : table(
          t("terms.roll"),
          head,
          course.roll.map((one) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, said(one.name)),
              h("td", {}, said(nameOf(one.sponsor))),
              h(
                "td",
                {},
                one.accepted_at === undefined
                  ? missing(t("terms.roll.missing"))
                  : timeElement(one.accepted_at),
                one.act === undefined ? null : h("div.small-text", {}, signed(one.act)),
                one.accepted_at === undefined && course.can.includes("accept") && isOwn(one.sponsor)
                  ? h(
                      "div",
                      {},
                      h(
                        "button.small",
                        {
                          type: "button",
                          "data-key": `accept-${one.adherent}`,
                          onclick: () => askToAccept(one.adherent, one.name),
                        },
                        t("terms.accept"),
                      ),
                    )
                  : null,
              ),
            ),
          ),
        ),
  );
}

function papersPart(course: Course): Child {
  if (course.openings.length === 0 && course.publications.length === 0) {
    return part("papers", t("terms.papers"), nothing(t("terms.papers.none")));
  }
  return part(
    "papers",
    t("terms.papers"),
    h(
      "ul.plain",
      {},
      course.openings.map((one) =>
        h(
          "li",
          {},
          t("terms.opening", { document: one.document }),
          " ",
          chip(
            one.fits ? "state-active" : "state-objected",
            one.fits ? "✓" : "✕",
            t(one.fits ? "terms.opening.fits" : "terms.opening.differs"),
          ),
          h("div.small-text", {}, signed(one.act)),
        ),
      ),
      course.publications.map((one) =>
        h(
          "li",
          {},
          t(one.by_all ? "terms.published.all" : "terms.published.some", {
            who: listText(one.acts.map(({ party }) => nameOf(party))),
          }),
          h("div.small-text", {}, h("code.hash", {}, one.sha256.join(" "))),
        ),
      ),
    ),
  );
}

export function courseView(course: Course): Child {
  return [
    title(t("terms.course"), t("terms.course.above")),
    h(
      "p.buttons",
      {},
      h("a", { href: "#/agreement" }, t("terms.to_text")),
      h("a", { href: "#/ask" }, t("terms.to_ask")),
    ),
    course.d_day === undefined
      ? null
      : h("p", {}, rich("terms.d_day", { time: timeElement(course.d_day) })),
    forcePart(course),
    stagePart(course),
    obligationPart(course),
    exceptionPart(course),
    part(
      "versions",
      t("terms.versions"),
      h("ul.plain.spaced", {}, course.versions.map(versionItem)),
    ),
    papersPart(course),
    rollPart(course),
  ];
}
