// SPDX-License-Identifier: Apache-2.0
//
// Pieces that sites, movements and cases share: the standing sentences, receipts as a chain for
// each recipient, and the dialogs for acts. Notices are received and disseminated; nobody answers
// them otherwise.
import { post } from "./api";
import { nodeNow } from "./clock";
import { h, said, type Child } from "./dom";
import { durationText, timeElement } from "./format";
import { choiceOf, labelled, textInput, timeOrFault } from "./hotline_fields";
import { inWords, spoken } from "./hotline_words";
import { isRightToLeft, known, listText, rich, t } from "./i18n";
import { askFor, choiceField, countdown, missing, reasonField, recordLinkOf } from "./parts";
import { timeLine } from "./plan";
import { protection, touchProtection } from "./protection_store";
import type { Chain, ChainStep, Said } from "./protection_types";
import { agreement, isOwn, mayAct, nameOf, touchBy } from "./store";
import type { Logged, Point } from "./types";

/** A word that the node gives by its name, in the reader's language. */
export function word(group: string, name: string): string {
  const key = `prot.${group}.${name}`;
  return known(key) ? t(key) : name.replaceAll("_", " ");
}

/** Between parts of a line, as the reader's language writes it. */
export const comma = (): string => (isRightToLeft() ? "\u060c " : ", ");

/** On every view of sites and movements, also while the node does not answer. */
export function standing(): HTMLElement {
  const told = protection.value?.standing ?? [];
  const own = [t("prot.standing.1"), t("prot.standing.2"), t("prot.standing.3")];
  return h(
    "ul.standing",
    { "aria-label": t("prot.standing") },
    told.length > 0
      ? told.map((words) => h("li", {}, spoken(...inWords(words))))
      : own.map((text) => h("li", {}, text)),
  );
}

export const part = (id: string, heading: string, ...content: Child[]): HTMLElement =>
  h("section.part", { "aria-labelledby": id }, h("h2", { id }, heading), content);

export function categoryName(name: string | undefined): HTMLElement {
  const found = protection.value?.categories.find((one) => one.name === name);
  return spoken(...inWords(found?.title, name ?? t("prot.unknown")));
}

/** "north/duty-1 of Northern Air Coordination, 15 Aug 2016 10:42:00Z, log entry 12". */
export const saidBy = (one: Said): Child =>
  rich("prot.said", {
    officer: said(one.officer),
    time: timeElement(one.time),
    entry: recordLinkOf(one.party, one.index),
  });

const kChain = ["held", "read", "received", "disseminated"];

function stepCell(step: ChainStep | undefined): Child {
  if (step?.time !== undefined) {
    return [
      h("span.tick", { "aria-hidden": "true" }, "✓ "),
      step.officer === undefined
        ? timeElement(step.time)
        : rich("receipts.by", { time: timeElement(step.time), who: said(step.officer) }),
    ];
  }
  const since = step?.missing_s;
  return h(
    "span",
    { class: step?.overdue === true ? "chain-missing overdue" : "chain-missing" },
    since === undefined
      ? missing()
      : missing(
          t(step?.overdue === true ? "prot.missing.overdue" : "prot.missing.since", {
            time: durationText(since * 1000),
          }),
        ),
  );
}

function chainRow(chain: Chain): HTMLElement {
  const by = (name: string): ChainStep | undefined =>
    chain.steps.find(({ step }) => step === name);
  return h(
    "tr",
    { "data-chain": chain.party },
    h("th", { scope: "row" }, said(nameOf(chain.party))),
    kChain.map((name) => h("td", { "data-step": name }, stepCell(by(name)))),
    h(
      "td",
      {},
      chain.units.length === 0
        ? missing(t("prot.units.none"))
        : h(
            "ul.plain",
            {},
            chain.units.map((unit) =>
              h(
                "li",
                {},
                said(unit.unit),
                comma(),
                timeElement(unit.at),
                comma(),
                word("by", unit.by),
                comma(),
                unit.confirmed
                  ? h("span.tick", {}, t("prot.unit.confirmed"))
                  : missing(t("prot.unit.unconfirmed")),
              ),
            ),
          ),
    ),
  );
}

/** Every step of every recipient; a step that is missing is shown as missing, and since when. */
export function chains(list: Chain[]): Child {
  if (list.length === 0) return h("p.empty", {}, t("prot.receipts.none"));
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": t("prot.receipts") },
    h(
      "table.chain-table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, t("receipts.party")),
          kChain.map((name) => h("th", { scope: "col" }, word("step", name))),
          h("th", { scope: "col" }, t("prot.units")),
        ),
      ),
      h("tbody", {}, list.map(chainRow)),
    ),
  );
}

/** What is owed and not there: still in time, or missing. */
export const owed = (due: string, late: boolean): Child =>
  late ? [missing(), " ", countdown(due)] : [t("prot.not_yet"), " ", countdown(due)];

export const missingChip = (n: number): Child =>
  n === 0
    ? null
    : h("span.chip.chip-bad", {}, h("span", { "aria-hidden": "true" }, "◌"), t("prot.missing.n", { n }));

/** The parties that a notice can be for: those who keep a log and can sign its receipt. */
export const recipients = (): { id: string; name: string }[] =>
  (agreement.value?.parties ?? []).filter(({ id }) => !isOwn(id));

// --- Acts ----------------------------------------------------------------------------------------

export const e7 = ([lng, lat]: Point): [number, number] => [
  Math.round(lat * 1e7),
  Math.round(lng * 1e7),
];

export async function act(path: string, body: unknown): Promise<Logged> {
  const logged = await post<Logged>(path, body);
  touchProtection();
  touchBy("log");
  return logged;
}

export const actButton = (
  name: string,
  text: string,
  onclick: () => void,
  look = "",
): HTMLElement => h("button", { type: "button", "data-act": name, "data-key": `act-${name}`, class: look, onclick }, text);

/** One text and a button: reasons, answers. */
export function askText(
  path: string,
  member: string,
  words: { title: string; explain: Child; label: string; button: string; danger?: boolean },
  fixed: Record<string, unknown> = {},
): void {
  const [field, read] = reasonField(words.label, true);
  askFor({
    title: words.title,
    explain: [h("p", {}, words.explain), h("p", {}, t("dialog.signed"))],
    fields: [field],
    button: words.button,
    danger: words.danger === true,
    send: async () => {
      await act(path, { ...fixed, [member]: read() });
    },
  });
}

/** A choice and a text: contests, their end, confirmations. */
export function askChoice(
  path: string,
  member: string,
  group: string,
  names: string[],
  words: { title: string; explain: Child; choice: string; label: string; button: string; needed?: boolean },
): void {
  const [choice, chosen] = choiceField(
    "ask-choice",
    words.choice,
    names.map((name): [string, string] => [name, word(group, name)]),
  );
  const [field, read] = reasonField(words.label, words.needed !== false);
  askFor({
    title: words.title,
    explain: [h("p", {}, words.explain), h("p", {}, t("dialog.signed"))],
    fields: [choice, field],
    button: words.button,
    send: async () => {
      const text = read();
      await act(path, { [member]: chosen(), ...(text === "" ? {} : { text }) });
    },
  });
}

/** "Received" says that the notice is here, and nothing else. */
export function askReceived(path: string): void {
  askFor({
    title: t("prot.received.title"),
    explain: [h("p", {}, t("prot.received.explain")), h("p", {}, t("dialog.signed"))],
    fields: [],
    button: t("prot.received.send"),
    send: async () => {
      await act(path, {});
    },
  });
}

export async function sendRead(party: string, index: number): Promise<void> {
  await act("/api/read", { party, index });
}

const kBy = ["data", "voice", "paper", "briefing"];
const kUnitsMost = 40;

function unitRow(rows: HTMLElement, n: number): HTMLElement {
  const id = `unit-${n}`;
  const by = h(
    "select",
    { id: `${id}-by` },
    kBy.map((name) => h("option", { value: name }, word("by", name))),
  );
  const row = h(
    "fieldset.shift-row.unit-row",
    {},
    h("legend", {}, t("prot.unit.n", { n: n + 1 })),
    labelled(textInput(`${id}-name`, "", () => undefined, { maxlength: 120 }), t("prot.unit.name")),
    labelled(
      textInput(`${id}-at`, timeLine(nodeNow() ?? 0).slice(0, 16), () => undefined, { dir: "ltr" }),
      t("prot.unit.at"),
    ),
    labelled(by, t("prot.unit.by")),
    h(
      "label.check",
      {},
      h("input", { type: "checkbox", id: `${id}-ok` }),
      h("span", {}, t("prot.unit.ok")),
    ),
    n === 0
      ? null
      : h("button.small", { type: "button", onclick: () => row.remove() }, t("prot.unit.remove")),
  );
  rows.append(row);
  return row;
}

/** The rows as the statement has them; a fault is thrown as its sentence. */
function readUnits(rows: HTMLElement): Record<string, unknown>[] {
  return [...rows.children].map((row) => {
    const of = (end: string): HTMLInputElement | null => row.querySelector(`[id$="-${end}"]`);
    const unit = of("name")?.value.trim() ?? "";
    if (unit === "") throw new Error(t("prot.unit.fault"));
    const at = timeOrFault(of("at")?.value ?? "");
    if ("fault" in at) throw new Error(at.fault);
    return { unit, at: at.time, by: of("by")?.value ?? "data", confirmed: of("ok")?.checked === true };
  });
}

export function askDisseminated(path: string): void {
  const rows = h("div.shift-rows");
  let n = 0;
  unitRow(rows, n++);
  const add = h(
    "button.small",
    {
      type: "button",
      id: "unit-add",
      onclick: () => {
        if (rows.children.length < kUnitsMost) unitRow(rows, n++).querySelector("input")?.focus();
      },
    },
    t("prot.unit.add"),
  );
  askFor({
    title: t("prot.disseminated.title"),
    explain: [h("p", {}, t("prot.disseminated.explain")), h("p", {}, t("dialog.signed"))],
    fields: [rows, add],
    button: t("prot.disseminated.send"),
    send: async () => {
      await act(path, { units: readUnits(rows) });
    },
  });
}

/** Who may act for the owner of an entry: nobody by default. */
export const proxyChoice = (id: string, value: string, write: (value: string) => void): HTMLSelectElement =>
  choiceOf(
    id,
    [["", t("prot.proxy.none")], ...recipients().map((one): [string, string] => [one.id, one.name])],
    value,
    write,
  );

/** Who learns the details: every party, or those alone that are marked below. */
export function privacyChoice(
  id: string,
  value: boolean,
  write: (value: boolean) => void,
): HTMLElement {
  const told = h("div.hint", { id: `${id}-told`, "aria-live": "polite" });
  const tell = (hidden: boolean): void => {
    told.replaceChildren(
      ...(hidden
        ? [
            h("p", {}, t("prot.privacy.shows")),
            h("p", {}, t("prot.privacy.hides")),
            h("p", {}, t("prot.privacy.travels")),
          ]
        : [h("p", {}, t("prot.privacy.open.hint"))]),
    );
  };
  tell(value);
  const one = (hidden: boolean): HTMLElement => {
    const name = hidden ? "private" : "open";
    const box = h("input", { type: "radio", name: id, id: `${id}-${name}`, value: name, checked: value === hidden });
    box.addEventListener("change", () => {
      write(hidden);
      tell(hidden);
    });
    return h("label.check", {}, box, h("span", {}, t(hidden ? "prot.privacy.private" : "prot.privacy.open")));
  };
  return h(
    "fieldset.goals.consent",
    { id, "aria-describedby": `${id}-told` },
    h("legend", {}, t("prot.privacy")),
    one(false),
    one(true),
    told,
  );
}

interface PrivateEntry {
  private: boolean;
  to: string[];
  name?: string;
}

/** Of an entry with private details: who has them, as far as this reader is concerned. */
export function privateLine(entry: PrivateEntry, owner: string): Child {
  if (!entry.private) return null;
  const parties = listText(entry.to.map(nameOf));
  const [state, line] =
    entry.name !== undefined
      ? isOwn(owner)
        ? ["own", t("prot.private.own", { parties })]
        : ["given", t("prot.private.given", { party: nameOf(owner) })]
      : !mayAct()
        ? ["officers", t("prot.private.officers")]
        : entry.to.some(isOwn)
          ? ["waits", t("prot.private.waits", { party: nameOf(owner) })]
          : ["others", t("prot.private.others", { parties })];
  return h("p.private", { id: "private-line", "data-private": state }, line);
}

export const privateChip = (entry: PrivateEntry): Child =>
  entry.private
    ? h("span.chip", { "data-private-chip": "" }, h("span", { "aria-hidden": "true" }, "▣"), t("prot.private"))
    : null;

/** Checkboxes, none of them set: whoever is named gets the notice, by the owner's consent. */
export function recipientBoxes(
  id: string,
  chosen: Set<string>,
  change: () => void,
): HTMLElement {
  return h(
    "fieldset.goals.consent",
    { id, "aria-describedby": `h-${id} e-${id}` },
    h("legend", {}, t("prot.to")),
    recipients().map((one) => {
      const box = h("input", { type: "checkbox", value: one.id, checked: chosen.has(one.id) });
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(one.id);
        else chosen.delete(one.id);
        change();
      });
      return h("label.check", {}, box, said(one.name));
    }),
    h("p.hint", { id: `h-${id}` }, t("prot.to.hint")),
    h("p.fault", { id: `e-${id}`, hidden: true }),
  );
}
