// SPDX-License-Identifier: Apache-2.0
//
// Pieces that several views share: receipts, times that grow, links, dialogs.
import { ApiError, sentence } from "./api";
import { nodeNow, onTick } from "./clock";
import { append, english, h, said, type Child } from "./dom";
import { durationText, findingKindText, timeElement } from "./format";
import { language, rich, t } from "./i18n";
import { agreement, areaName, nameOf } from "./store";
import type { Activity, Finding, Receipt } from "./types";

/** "3:12 ago", or "for 3:12", kept up to date by the node's clock. */
export function age(time: string, form: "ago" | "for" | "plain" = "ago"): HTMLElement {
  const element = h("span.age", { "data-since": time, "data-form": form });
  writeAge(element, nodeNow() ?? Date.parse(time));
  return element;
}

/** "in 0:42", or "overdue by 1:10" once it has passed. */
export function countdown(time: string): HTMLElement {
  const element = h("span.age", { "data-due": time });
  writeAge(element, nodeNow() ?? Date.parse(time));
  return element;
}

function writeAge(element: HTMLElement, now: number): void {
  const { since, due, form } = element.dataset;
  let text = "";
  if (since !== undefined) {
    const time = durationText(now - Date.parse(since));
    text = form === "plain" ? time : t(form === "for" ? "time.for" : "time.ago", { time });
  }
  if (due !== undefined) {
    const left = Date.parse(due) - now;
    const time = durationText(Math.abs(left));
    text = t(left >= 0 ? "time.in" : "time.overdue", { time });
    element.classList.toggle("overdue", left < 0);
  }
  if (element.textContent !== text) element.textContent = text;
}

export function startAges(): void {
  onTick((now) => {
    for (const element of document.querySelectorAll<HTMLElement>(".age")) writeAge(element, now);
  });
}

export const recordLink = (party: string, index: number): HTMLElement =>
  h(
    "a",
    { href: `#/record/${encodeURIComponent(party)}/${index}`, "data-key": `log-${party}-${index}` },
    t("log.entry", { index }),
  );

/** "log entry 12 of Southern Air Coordination". */
export const recordLinkOf = (party: string, index: number): Child =>
  rich("log.entry_of", { entry: recordLink(party, index), party: said(nameOf(party)) });

export const waitLine = (): HTMLElement => h("p.empty", {}, t("page.wait"));

export const missing = (text = t("word.missing")): HTMLElement =>
  h("span.missing", {}, h("span", { "aria-hidden": "true" }, "◌ "), text);

const step = (
  time: string | undefined,
  more: (time: HTMLElement) => Child = (element) => element,
): Child =>
  time === undefined
    ? missing()
    : [h("span.tick", { "aria-hidden": "true" }, "✓ "), more(timeElement(time))];

/**
 * What each other party has done with an entry, on the four levels. A step that is missing is
 * shown as missing. `asked`: parties whose decision is needed; undefined: no decision is due.
 */
export function receiptTable(receipts: Receipt[], asked?: string[]): HTMLElement {
  if (receipts.length === 0) {
    return h("p.empty", {}, t("receipts.none"));
  }
  const steps = (["seen", "held", "read", "decided"] as const).filter(
    (name) => name !== "decided" || asked !== undefined,
  );
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": t("receipts.label") },
    h(
      "table.receipts",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, t("receipts.party")),
          steps.map((name) =>
            h("th", { scope: "col", title: t(`receipts.${name}.means`) }, t(`step.${name}`)),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        receipts.map((receipt) => receiptRow(receipt, asked)),
      ),
    ),
  );
}

function receiptRow(receipt: Receipt, asked: string[] | undefined): HTMLElement {
  const reader = (time: HTMLElement): Child =>
    receipt.read_by === undefined ? time : rich("receipts.by", { time, who: receipt.read_by });
  const decision = (time: HTMLElement): Child =>
    receipt.decision === undefined
      ? time
      : rich("receipts.decision", { time, decision: t(`decision.${receipt.decision}`) });
  const needed = asked?.includes(receipt.party) === true || receipt.decided !== undefined;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, said(nameOf(receipt.party))),
    h("td", {}, step(receipt.seen)),
    h("td", {}, step(receipt.held)),
    h("td", {}, step(receipt.read, reader)),
    asked === undefined
      ? null
      : h("td", {}, needed ? step(receipt.decided, decision) : t("word.not_asked")),
  );
}

export function activityName(activity: Activity): string {
  return activity.callsigns.length > 0 ? activity.callsigns.join(", ") : activity.place.name;
}

const aircraftName = ({ callsign, aircraft }: Finding): string =>
  callsign ?? t("track.address", { address: aircraft.toUpperCase() });

/** A clause in the reader's language, as the agreement has it; else as the node gave it. */
export function clauseText(id: string, otherwise: string): HTMLElement {
  const own = agreement.value?.clauses.find((clause) => clause.id === id)?.text;
  return said(own ?? otherwise);
}

/** A finding in a sentence: the monitor's or the node's own English, else from its members. */
export function findingText(finding: Finding, tag: "span" | "p" | "div" = "span"): HTMLElement {
  if (language() === "en") return said(finding.text, tag);
  const words = { aircraft: aircraftName(finding), what: findingKindText(finding.kind) };
  const text =
    finding.area === undefined
      ? t("finding.text", words)
      : t("finding.text_in", { ...words, area: areaName(finding.area) ?? finding.area });
  return h(tag, {}, text);
}

/** A sentence of the page, or an error as it was caught: what a node says of it is English. */
export function errorLine(error: unknown): HTMLElement {
  const text = typeof error === "string" ? error : sentence(error);
  const own = typeof error === "string" || (error instanceof ApiError && error.own);
  const line = h("p.error", { role: "alert" }, h("span", { "aria-hidden": "true" }, "⚠ "));
  append(line, [own ? text : english(text)]);
  return line;
}

export interface Ask {
  title: string;
  explain: Child;
  fields: HTMLElement[];
  button: string;
  danger?: boolean;
  /** Does it; a thrown error is shown as its sentence, and the dialog stays. */
  send: () => Promise<void>;
}

/** A dialog for an act that is signed. Escape or "Cancel" leaves without doing anything. */
export function askFor(ask: Ask): void {
  const trouble = h("div", { "aria-live": "assertive" });
  const send = h(
    "button",
    { type: "submit", id: "ask-send", class: ask.danger === true ? "danger" : "primary" },
    ask.button,
  );
  const dialog: HTMLDialogElement = h("dialog", { "aria-labelledby": "ask-title" });
  const form = h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      send.disabled = true;
      ask.send().then(
        () => dialog.close(),
        (error: unknown) => {
          send.disabled = false;
          trouble.replaceChildren(errorLine(error));
        },
      );
    },
  });
  append(form, [
    h("h2", { id: "ask-title" }, ask.title),
    h("div.explain", {}, ask.explain),
    ask.fields,
    trouble,
    h(
      "div.buttons",
      {},
      h("button", { type: "button", onclick: () => dialog.close() }, t("dialog.cancel")),
      send,
    ),
  ]);
  append(dialog, [form]);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.appendChild(dialog);
  dialog.showModal();
  form.querySelector<HTMLElement>("textarea, select, input")?.focus();
}

export function reasonField(label: string, required: boolean): [HTMLElement, () => string] {
  const input = h("textarea", {
    id: "reason",
    rows: 3,
    maxlength: 1000,
    required,
    dir: "auto",
    autocomplete: "off",
  });
  const field = h("div.field", {}, h("label", { for: "reason" }, label), input);
  return [field, () => input.value.trim()];
}

export function choiceField(
  id: string,
  label: string,
  options: [value: string, text: string][],
): [HTMLElement, () => string] {
  const input = h(
    "select",
    { id },
    options.map(([value, text]) => h("option", { value }, text)),
  );
  return [h("div.field", {}, h("label", { for: id }, label), input), () => input.value];
}
