// SPDX-License-Identifier: Apache-2.0
//
// Private checks: what they do not do, what the agreement asks for, epochs and their budgets, this
// party's own plans, who asked whom how often and about which activity, and the registrar's private
// list. What stands out is pointed out in plain words and never judged.
import { post } from "./api";
import { checkLines, epochText, limitsOfChecks, stateChip } from "./checks_parts";
import { checkLists, checkPlans, checks, mayCheck, touchChecks } from "./checks_store";
import type { CheckAsker, CheckEpoch, CheckQuery, Checks, CheckTerm } from "./checks_types";
import { english, fixed, h, said, show, type Child } from "./dom";
import { metres, purposeText, stateText, timeElement } from "./format";
import { labelled, tellFault } from "./hotline_fields";
import { language, listText, numberText, rich, t } from "./i18n";
import { age, countdown, errorLine, missing, recordLinkOf, waitLine } from "./parts";
import { part } from "./protection_parts";
import type { SiteImport } from "./protection_types";
import { kListFiles, listVerdicts, readListFile, type ListFile } from "./site_import";
import { nameOf, touchBy } from "./store";
import { clauseLink, lengthWords } from "./terms_words";
import type { ActivityState } from "./types";
import { facts, title } from "./view_map";

const kQueriesShown = 50;

function termPart(term: CheckTerm): HTMLElement {
  const words = term.text[language()] ?? term.text["en"];
  return h(
    "li.account",
    { "data-term": term.clause },
    h(
      "h3",
      {},
      rich(`check.term.${term.purpose}`, {
        parties: listText(term.lists_of.map(nameOf)),
        clause: clauseLink(term.clause),
      }),
    ),
    words === undefined ? null : said(words, "q"),
    facts([
      [
        t("check.for"),
        term.activities.length === 0 ? t("check.for.all") : listText(term.activities.map(purposeText)),
      ],
      [t("check.epoch"), lengthWords(term.epoch_s)],
      [t("check.keep"), lengthWords(term.keep_s)],
      [
        t("check.apart"),
        t("check.apart.text", {
          lateral: metres(term.lateral_m),
          vertical: metres(term.vertical_m),
          time: lengthWords(term.time_s),
        }),
      ],
      [
        t("check.least"),
        t("check.least.text", { area: numberText(term.footprint_km2), time: lengthWords(term.footprint_s) }),
      ],
      [t("check.answer_in"), lengthWords(term.answer_s)],
      [t("check.audit"), t("check.audit.text", { n: term.audit_per_mille })],
    ]),
  );
}

/** How much of a budget is used: a bar, and the same in numbers. */
function bar(label: string, used: number, most: number | undefined): Child {
  if (most === undefined || most === 0) return h("p.small-text", {}, label, ": ", numberText(used));
  return h(
    "p.budget",
    {},
    h("span.small-text", {}, label, ": ", t("check.of", { used: numberText(used), most: numberText(most) })),
    h("meter", { min: 0, max: most, high: Math.floor(most * 0.8), value: Math.min(used, most), "aria-label": label }),
  );
}

function epochPart(epoch: CheckEpoch): HTMLElement {
  return h(
    "li.account",
    { "data-epoch": `${epoch.party}-${epoch.with}-${epoch.purpose}` },
    h(
      "h3",
      {},
      rich(`check.epoch.${epoch.purpose}`, { party: said(nameOf(epoch.party)), other: said(nameOf(epoch.with)) }),
      " ",
      epoch.running === true ? h("span.chip", {}, t("check.running")) : null,
      epoch.frozen ? h("span.chip.verdict-fault", { "data-frozen": "" }, t("check.frozen")) : null,
    ),
    h("p.small-text", {}, t("check.epoch.name", { time: epochText(epoch.epoch) })),
    epoch.frozen ? h("p.warn-line", {}, t("check.frozen.means")) : null,
    bar(t("check.lists_posted"), epoch.posts, epoch.limit_lists),
    bar(t("check.tokens_posted"), epoch.posted, epoch.limit_tokens),
    bar(t("check.tokens_asked"), epoch.asked, epoch.limit_tokens),
  );
}

const note = (asker: CheckAsker, name: string): Child => {
  if (name === "repeated") return t("check.note.repeated");
  if (name === "never_filed") return t("check.note.never_filed", { n: asker.never_filed });
  if (name === "cancelled") return t("check.note.cancelled", { n: asker.cancelled });
  return name;
};

function askerRow(asker: CheckAsker): HTMLElement {
  return h(
    "tr",
    { "data-asker": asker.party, "data-notes": asker.notes.join(" ") },
    h("th", { scope: "row" }, said(asker.name)),
    h("td", {}, said(asker.owner_name), h("p.small-text", {}, t(`check.purpose.${asker.purpose}`))),
    h("td", {}, numberText(asker.queries)),
    h("td", {}, numberText(asker.plans)),
    h("td", {}, numberText(asker.never_filed)),
    h("td", {}, numberText(asker.cancelled)),
    h(
      "td",
      {},
      asker.notes.length === 0
        ? t("check.note.none")
        : h("ul.plain", {}, asker.notes.map((name) => h("li.warn-line", {}, note(asker, name)))),
    ),
  );
}

function queryRow(query: CheckQuery): HTMLElement {
  return h(
    "tr",
    { "data-query": `${query.asker}-${query.index}` },
    h("th", { scope: "row" }, timeElement(query.time), h("p.small-text", {}, recordLinkOf(query.asker, query.index))),
    h("td", {}, said(query.asker_name)),
    h("td", {}, said(query.owner_name), h("p.small-text", {}, t(`check.purpose.${query.purpose}`))),
    h(
      "td",
      {},
      query.plans.map(({ id, activity, state }) =>
        h(
          "p",
          {},
          activity === undefined
            ? [fixed(id), " ", h("span.small-text", {}, t("check.not_filed"))]
            : [
                h("a", { href: `#/activity/${activity}`, "data-key": `q-${query.asker}-${query.index}-${id}` }, fixed(id)),
                " ",
                state === undefined ? null : h("span.small-text", {}, stateText(state as ActivityState)),
              ],
        ),
      ),
    ),
    h("td", {}, numberText(query.n)),
    h(
      "td",
      {},
      query.answered !== undefined
        ? [h("span.tick", { "aria-hidden": "true" }, "✓ "), timeElement(query.answered)]
        : query.overdue
          ? [missing(), " ", countdown(query.due)]
          : [t("prot.not_yet"), " ", countdown(query.due)],
      query.drawn === true ? h("p.small-text", {}, t("check.drawn")) : null,
    ),
  );
}

function table(id: string, label: string, heads: string[], rows: HTMLElement[]): HTMLElement {
  return h(
    "div.scroll",
    { id, tabindex: 0, role: "region", "aria-label": label, "data-scroll": id },
    h(
      "table.wide-table",
      {},
      h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows),
    ),
  );
}

function askedPart(now: Checks): Child {
  if (now.askers.length === 0) return h("p.empty", {}, t("check.nobody_asked"));
  return [
    table(
      "check-askers",
      t("check.askers"),
      ["asker", "of", "questions", "plans", "never_filed", "cancelled", "notes"].map((name) => t(`check.col.${name as "asker"}`)),
      now.askers.map(askerRow),
    ),
    h("h3", {}, t("check.newest")),
    table(
      "check-queries",
      t("check.newest"),
      ["time", "asker", "of", "about", "tokens", "answer"].map((name) => t(`check.col.${name as "asker"}`)),
      now.queries.slice(0, kQueriesShown).map(queryRow),
    ),
    now.total > kQueriesShown ? h("p.small-text", {}, t("check.more", { n: now.total - kQueriesShown })) : null,
  ];
}

function faultsPart(now: Checks): Child {
  const late = now.seeds.filter((seed) => seed.missing);
  if (late.length === 0 && now.faults.length === 0) return h("p.empty", {}, t("check.no_faults"));
  return h(
    "ul.plain",
    { id: "check-faults" },
    late.map((seed) =>
      h("li.warn-line", { "data-seed": seed.party }, rich("check.seed_missing", { party: said(nameOf(seed.party)), time: timeElement(seed.end) })),
    ),
    now.faults.map((fault) =>
      h("li.warn-line", { "data-fault": fault.code }, said(nameOf(fault.party)), " ", recordLinkOf(fault.party, fault.index), ": ", english(fault.text)),
    ),
  );
}

function plansPart(): Child {
  const now = checkPlans.value;
  if (now === undefined) return checkPlans.error === undefined ? waitLine() : errorLine(checkPlans.error);
  if (now.plans.length === 0) return h("p.empty", {}, t("check.no_plans"));
  return h(
    "ul.plain",
    { id: "check-plans" },
    now.plans.map((plan) =>
      h(
        "li.account",
        { "data-own-plan": plan.id },
        h(
          "h3",
          {},
          purposeText(plan.purpose),
          " ",
          fixed(plan.id),
          " ",
          plan.activity === undefined
            ? h("span.small-text", {}, t("check.not_filed"))
            : h("a", { href: `#/activity/${plan.activity}`, "data-key": `plan-${plan.id}` }, t("check.filed")),
        ),
        h("p.small-text", {}, age(plan.time), " ", said(plan.officer)),
        checkLines(plan),
      ),
    ),
  );
}

// --- The private list -----------------------------------------------------------------------------

const list: { file: ListFile | undefined; looked: SiteImport | undefined; busy: boolean; knows: boolean; done: number } = {
  file: undefined,
  looked: undefined,
  busy: false,
  knows: false,
  done: 0,
};
const kPatienceMs = 120000;

/** The reading of a private list has less in it than that of an import. */
interface ListReading {
  rows: { number: number; name?: string; worst: string; verdicts: { code: string; text: string; verdict?: string }[] }[];
  faults: number;
  doubts: number;
  sites: number;
  imported: boolean;
}
const wholeOf = (read: ListReading): SiteImport => ({
  ...read,
  rows: read.rows.map((row) => ({
    ...row,
    name: row.name ?? "",
    verdicts: row.verdicts.map((one) => ({ ...one, verdict: one.verdict ?? row.worst })),
  })),
  not_checked: read.rows.filter(({ worst }) => worst === "not_checked").length,
  passed_over: [],
  keys: [],
});

async function sendList(dryRun: boolean): Promise<void> {
  if (list.busy) return;
  tellFault("private-file", list.file === undefined ? t("prot.import.choose") : undefined);
  if (list.file === undefined) return;
  list.busy = true;
  drawList();
  try {
    const { format, base64 } = list.file;
    const answer = await post<ListReading>("/api/checks/lists", { format, base64, dry_run: dryRun }, kPatienceMs);
    const whole = wholeOf(answer);
    list.busy = false;
    if (whole.imported) {
      Object.assign(list, { looked: undefined, file: undefined, knows: false, done: whole.sites });
      touchBy("log");
      touchChecks();
    } else list.looked = whole;
    drawList();
  } catch (error) {
    list.busy = false;
    drawList(errorLine(error));
  }
}

function listState(): Child {
  const answer = list.looked;
  const ready = answer !== undefined && answer.faults === 0 && answer.sites > 0;
  const knows = h("input", { type: "checkbox", id: "private-know", checked: list.knows });
  knows.addEventListener("change", () => {
    list.knows = knows.checked;
    drawList();
  });
  return [
    list.busy ? h("p", { role: "status" }, t("prot.import.checking")) : null,
    list.done > 0 ? h("p.plan-status.good", { id: "private-done", role: "status" }, t("check.list.done", { n: list.done })) : null,
    answer === undefined ? null : listVerdicts(answer),
    ready && answer.doubts > 0 ? h("label.check", {}, knows, h("span", {}, t("prot.import.know"))) : null,
    ready
      ? h(
          "div.buttons",
          {},
          h(
            "button.primary",
            {
              type: "button",
              id: "private-send",
              "data-key": "private-send",
              disabled: list.busy || (answer.doubts > 0 && !list.knows),
              onclick: () => void sendList(false),
            },
            t("check.list.send", { n: answer.sites }),
          ),
        )
      : null,
  ];
}

function drawList(trouble?: HTMLElement): void {
  const place = document.getElementById("private-state");
  if (place !== null) show(place, trouble ?? null, listState());
}

let listForm: HTMLElement | undefined;
function makeListForm(): HTMLElement {
  const file = h("input", { id: "private-file", type: "file", accept: kListFiles });
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    Object.assign(list, { file: undefined, looked: undefined, knows: false, done: 0 });
    drawList();
    if (chosen === undefined) return;
    void readListFile(chosen)
      .then((read) => {
        tellFault("private-file", typeof read === "string" ? t(read) : undefined);
        if (typeof read !== "string") list.file = read;
      })
      .catch((error: unknown) => drawList(errorLine(error)));
  });
  return h(
    "form",
    {
      id: "private-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void sendList(true);
      },
    },
    h("p", {}, t("check.list.explain")),
    h("div.fields", {}, labelled(file, t("prot.import.file"), { wide: true, hint: t("prot.import.file.hint") })),
    h("div.buttons", {}, h("button", { type: "submit", id: "private-check" }, t("prot.import.check"))),
    h("div", { id: "private-state", "aria-live": "polite" }, listState()),
  );
}

function listsPart(): Child {
  const now = checkLists.value;
  listForm ??= makeListForm();
  return [
    now === undefined
      ? checkLists.error === undefined
        ? waitLine()
        : errorLine(checkLists.error)
      : now.lists.length === 0
        ? h("p.empty", {}, t("check.list.none"))
        : h(
            "ul.plain",
            { id: "check-lists" },
            now.lists.map((one) =>
              h(
                "li",
                { "data-list": one.id },
                fixed(one.id),
                ", ",
                t("check.list.sites", { n: one.sites }),
                " ",
                stateChip(one.state === "posted" ? "standing" : one.state),
                h("p.small-text", {}, age(one.time), " ", said(one.officer)),
              ),
            ),
          ),
    listForm,
  ];
}

/** The reader goes to another view, or to another language. */
export function leaveChecks(): void {
  listForm = undefined;
}

export function checksView(): Child {
  const now = checks.value;
  const head = [title(t("check.title")), limitsOfChecks()];
  if (now === undefined) return [head, checks.error === undefined ? waitLine() : errorLine(checks.error)];
  return [
    head,
    checks.error === undefined ? null : errorLine(checks.error),
    mayCheck("list") ? part("check-list-head", t("check.list"), listsPart()) : null,
    mayCheck("plan") ? part("check-plans-head", t("check.plans"), plansPart()) : null,
    part("check-asked-head", t("check.askers"), h("p.small-text", {}, t("check.askers.explain")), askedPart(now)),
    part(
      "check-epochs-head",
      t("check.epochs"),
      now.epochs.length === 0
        ? h("p.empty", {}, t("check.no_epochs"))
        : h("ul.plain", { id: "check-epochs" }, now.epochs.map(epochPart)),
    ),
    part("check-faults-head", t("check.faults"), faultsPart(now)),
    part(
      "check-terms-head",
      t("check.terms"),
      now.terms.length === 0
        ? h("p.empty", {}, t("check.no_terms"))
        : h("ul.plain", { id: "check-terms" }, now.terms.map(termPart)),
    ),
  ];
}
