// SPDX-License-Identifier: Apache-2.0
//
// Pieces that several views share: receipts, times that grow, links, dialogs.
import { sentence } from "./api";
import { nodeNow, onTick } from "./clock";
import { append, h, said, type Child } from "./dom";
import { durationText, timeElement } from "./format";
import { nameOf } from "./store";
import type { Activity, Receipt } from "./types";

/** "3:12 ago", kept up to date by the node's clock. */
export function age(time: string, before = "", after = " ago"): HTMLElement {
  const element = h("span.age", { "data-since": time, "data-before": before, "data-after": after });
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
  const { since, due, before = "", after = "" } = element.dataset;
  let text = "";
  if (since !== undefined) text = `${before}${durationText(now - Date.parse(since))}${after}`;
  if (due !== undefined) {
    const left = Date.parse(due) - now;
    text = left >= 0 ? `in ${durationText(left)}` : `overdue by ${durationText(-left)}`;
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
    `log entry ${index}`,
  );

export const missing = (text = "missing"): HTMLElement =>
  h("span.missing", {}, h("span", { "aria-hidden": "true" }, "◌ "), text);

const step = (time: string | undefined, more: Child = null): Child =>
  time === undefined
    ? missing()
    : [h("span.tick", { "aria-hidden": "true" }, "✓ "), timeElement(time), more];

/**
 * What each other party has done with an entry, on the four levels. A step that is missing is
 * shown as missing. `asked`: parties whose decision is needed; undefined: no decision is due.
 */
export function receiptTable(receipts: Receipt[], asked?: string[]): HTMLElement {
  if (receipts.length === 0) {
    return h("p.empty", {}, "No receipt of any other party has arrived. All steps are missing.");
  }
  const head = ["party", "seen", "held", "read", ...(asked === undefined ? [] : ["decided"])];
  const explain: Record<string, string> = {
    seen: "their witness cosigned a head that contains it",
    held: "every byte is on their disk: this counts as delivered",
    read: "an officer opened it",
    decided: "officers answered it",
  };
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": "Receipts" },
    h(
      "table.receipts",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((name) => h("th", { scope: "col", title: explain[name] }, name)),
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
  const reader = receipt.read_by === undefined ? null : [" by ", receipt.read_by];
  const decision = receipt.decision === undefined ? null : [": ", receipt.decision];
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
      : h("td", {}, needed ? step(receipt.decided, decision) : "not asked"),
  );
}

export function activityName(activity: Activity): string {
  const call = activity.callsigns.length > 0 ? activity.callsigns.join(", ") : activity.place.name;
  return call;
}

export const errorLine = (text: string): HTMLElement =>
  h("p.error", { role: "alert" }, h("span", { "aria-hidden": "true" }, "⚠ "), text);

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
          trouble.replaceChildren(errorLine(sentence(error)));
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
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
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
