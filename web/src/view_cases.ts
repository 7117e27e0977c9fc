// SPDX-License-Identifier: Apache-2.0
//
// Cases: what was opened by itself when something happened near a notified site or movement. One
// case is a line of entries, each with the reason why it belongs to it; the steps that are due and
// who is late; and the command that cuts the extract. A case is no verdict.
import { ApiError } from "./api";
import { byId, english, fixed, h, said, type Child } from "./dom";
import { durationText, metres, pointText, timeElement } from "./format";
import { numberText, rich, t } from "./i18n";
import { errorLine, missing, recordLinkOf, waitLine } from "./parts";
import { actButton, askText, categoryName, owed, part, saidBy, standing, word, comma } from "./protection_parts";
import { caseOne, cases } from "./protection_store";
import type { Case, CaseOne, CaseStep, Statistics } from "./protection_types";
import { typeText } from "./record_words";
import { nameOf } from "./store";
import { facts, title } from "./view_map";

const kRows = 100;
let shown = kRows;

const isLate = (step: CaseStep): boolean => step.done === undefined && (step.missing_s ?? 0) > 0;

const caseName = (one: Case): HTMLElement =>
  one.name === undefined ? h("span", {}, t("prot.site.private_name", { key: one.subject })) : said(one.name);

const subjectLink = (one: Case): HTMLElement =>
  h(
    "a",
    { href: `#/${one.movement ? "movements" : "sites"}/${encodeURIComponent(one.subject)}`, "data-key": `subject-${one.id}` },
    caseName(one),
  );

function chips(one: Case): Child {
  const late = one.steps.filter(isLate);
  return [
    h("span", { class: one.closed ? "chip" : "chip open" }, t(one.closed ? "prot.case.closed" : "prot.case.open")),
    late.length > 0 ? h("span.chip.chip-bad", {}, t("prot.case.late", { n: late.length })) : null,
    one.contested ? h("span.chip.site-contested", {}, t("prot.contested")) : null,
    one.expired ? h("span.chip.site-expired", {}, t("prot.case.expired")) : null,
  ];
}

function statistics(of: Statistics): Child {
  return [
    facts([
      [t("prot.stat.incidents"), numberText(of.incidents)],
      [t("prot.stat.findings"), numberText(of.findings)],
      [t("prot.stat.sites"), numberText(of.sites)],
      [t("prot.stat.movements"), numberText(of.movements)],
      [t("prot.stat.open"), numberText(of.open)],
      [t("prot.stat.overdue"), h("span", { class: of.steps_overdue > 0 ? "overdue" : "" }, numberText(of.steps_overdue))],
    ]),
    of.by_category.length === 0
      ? null
      : h(
          "ul.chips",
          { "aria-label": t("prot.stat.by") },
          of.by_category.map((one) => h("li", {}, categoryName(one.category), `: ${numberText(one.incidents)}`)),
        ),
    h("p.small-text", {}, t("prot.stat.explain")),
  ];
}

function row(one: Case): HTMLElement {
  return h(
    "tr",
    { "data-case": one.id },
    h(
      "th",
      { scope: "row" },
      h("a", { href: `#/cases/${encodeURIComponent(one.id)}`, "data-key": `case-${one.id}` }, timeElement(one.time)),
    ),
    h("td", {}, caseName(one), h("p.small-text", {}, one.movement ? t("prot.movement.one") : categoryName(one.category))),
    h("td", {}, t(one.incident ? "prot.case.incident" : "prot.case.finding")),
    h("td", {}, metres(one.distance_m)),
    h("td", {}, chips(one)),
  );
}

export function casesView(again: () => void): Child {
  const now = cases.value;
  const heading = [title(t("prot.cases.title")), standing()];
  if (now === undefined) {
    if (cases.error === undefined) return [heading, waitLine()];
    return [heading, errorLine(cases.error)];
  }
  const left = now.cases.length - shown;
  return [
    heading,
    cases.error === undefined ? null : errorLine(cases.error),
    h("p.small-text", {}, t("prot.cases.explain")),
    part("case-statistics", t("prot.stat"), statistics(now.statistics)),
    part(
      "case-list",
      t("prot.cases.list"),
      now.cases.length === 0
        ? h("p.empty", {}, t("prot.cases.none"))
        : h(
            "div.scroll",
            { tabindex: 0, role: "region", "aria-label": t("prot.cases.list") },
            h(
              "table.wide-table",
              {},
              h(
                "thead",
                {},
                h("tr", {}, (["time", "about", "event", "distance", "state"] as const).map((name) => h("th", { scope: "col" }, t(`prot.case.col.${name}`)))),
              ),
              h("tbody", {}, now.cases.slice(0, shown).map(row)),
            ),
          ),
      left > 0
        ? h(
            "button.small.more",
            {
              type: "button",
              "data-key": "cases-more",
              onclick: () => {
                shown += 5 * kRows;
                again();
              },
            },
            t("side.more", { n: left }),
          )
        : null,
    ),
  ];
}

function stepLine(step: CaseStep): HTMLElement {
  const late = isLate(step);
  return h(
    "li",
    { class: step.done === undefined ? "need" : "need done", "data-case-step": `${step.step}-${step.party}` },
    h("span.sign", { "aria-hidden": "true" }, step.done !== undefined ? "✓" : late ? "✕" : "◌"),
    h(
      "div",
      {},
      h("strong", {}, word("case_step", step.step)),
      comma(),
      said(nameOf(step.party)),
      step.done === undefined
        ? h(
            "p",
            {},
            late
              ? missing(t("prot.missing.overdue", { time: durationText((step.missing_s ?? 0) * 1000) }))
              : owed(step.due, false),
          )
        : [(step.text ?? "") === "" ? null : said(step.text ?? "", "p"), h("p.small-text", {}, saidBy(step.done))],
    ),
  );
}

function refs(one: CaseOne): Child {
  return [
    one.refs_total > one.refs.length
      ? h("p.small-text", {}, t("prot.refs.some", { shown: one.refs.length, total: numberText(one.refs_total) }))
      : null,
    h(
      "ol.timeline",
      { id: "case-refs" },
      one.refs.map((ref) =>
        h(
          "li.step",
          { class: ref.why === "event" ? "step event-step" : "step idle", "data-why": ref.why },
          h("span.sign", { "aria-hidden": "true" }, ref.why === "event" ? "◆" : "●"),
          h(
            "div",
            {},
            h("p", {}, timeElement(ref.time), comma(), said(typeText(ref.type))),
            english(ref.summary, "p"),
            h("p.small-text", {}, t("prot.why"), " ", word("why", ref.why), comma(), recordLinkOf(ref.party, ref.index)),
          ),
        ),
      ),
    ),
  ];
}

/** What the node's engineer runs, where the node itself does not say it. */
const extractOf = ({ id }: Case): string =>
  `detente extract --data DIR --case ${id} --out case.extract --html case.html`;

/** A page that came without encryption has no clipboard; the text can still be marked. */
function copy(text: string): void {
  const board = (navigator as Partial<Navigator>).clipboard;
  if (board !== undefined) void board.writeText(text).catch(() => undefined);
  else getSelection()?.selectAllChildren(byId("extract"));
}

function stepActs(one: Case): Child {
  if (one.acts.length === 0) return null;
  return h(
    "div.buttons",
    { id: "case-acts" },
    one.acts.map((step) =>
      actButton(step, word("case_act", step), () =>
        askText(
          `/api/cases/${encodeURIComponent(one.id)}/steps`,
          "text",
          {
            title: word("case_act", step),
            explain: t("prot.case.explain"),
            label: t("prot.case.text"),
            button: word("case_act", step),
          },
          { step },
        ),
      ),
    ),
  );
}

export function caseView(id: string): Child {
  const back = h("p.back", {}, h("a", { href: "#/cases", "data-key": "back" }, t("prot.back.cases")));
  const cell = caseOne.of(id);
  const one = cell.value;
  if (one === undefined) {
    const gone = cell.error instanceof ApiError && cell.error.status === 404;
    return [
      back,
      title(t("prot.case.one")),
      standing(),
      gone ? h("p.empty", {}, t("prot.case.gone")) : cell.error === undefined ? waitLine() : errorLine(cell.error),
    ];
  }
  const { case: found } = one;
  const command = one.extract ?? extractOf(found);
  return [
    back,
    h("div.title", {}, h("p.above", {}, t("prot.case.one")), h("h1", { tabindex: -1, dir: "auto" }, caseName(found))),
    standing(),
    h("p.state-line", {}, chips(found)),
    h("p.fine", {}, t("prot.case.no_verdict")),
    stepActs(found),
    facts([
      [t("prot.case.col.time"), timeElement(found.time)],
      [t("prot.case.col.about"), subjectLink(found)],
      [t("prot.category"), found.category === undefined ? null : categoryName(found.category)],
      [t("prot.case.col.distance"), metres(found.distance_m)],
      [t("prot.point"), found.point === undefined ? null : fixed(pointText(found.point))],
      [t("prot.case.col.event"), [t(found.incident ? "prot.case.incident" : "prot.case.finding"), comma(), recordLinkOf(found.event.party, found.event.index)]],
    ]),
    part("case-steps", t("prot.case.steps"), h("ul.proof-steps", {}, found.steps.map(stepLine))),
    part("case-line", t("prot.case.line"), refs(one)),
    part(
      "case-extract",
      t("prot.extract"),
      h("p", {}, t("prot.extract.explain")),
      h("pre", { id: "extract" }, command),
      h(
        "button.small",
        {
          type: "button",
          "data-key": "copy-extract",
          onclick: () => copy(command),
        },
        t("prot.extract.copy"),
      ),
      h("p.small-text", {}, rich("prot.extract.verify", { program: h("code", {}, "detente-verify") })),
    ),
  ];
}
