// SPDX-License-Identifier: Apache-2.0
//
// Fields of the hotline's forms: a label, the field, a hint, and a place for what is wrong with it.
import { h, type Child } from "./dom";
import type { Language } from "./i18n";
import { kLanguageNames, t, type TextKey } from "./i18n";
import { languageName } from "./hotline_words";
import { readTime } from "./plan";

export type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function labelled(
  input: Input,
  label: string,
  { hint, wide, more }: { hint?: string | undefined; wide?: boolean; more?: Child } = {},
): HTMLElement {
  const { id } = input;
  const told = hint === undefined ? `e-${id}` : `h-${id} e-${id}`;
  input.setAttribute("aria-describedby", told);
  if (!(input instanceof HTMLSelectElement)) input.setAttribute("autocomplete", "off");
  return h(
    "div",
    { class: wide === true ? "field wide" : "field" },
    h("label", { for: id }, label),
    input,
    more,
    hint === undefined ? null : h("p.hint", { id: `h-${id}` }, hint),
    h("p.fault", { id: `e-${id}`, hidden: true }),
  );
}

/** Shows what is wrong with a field, or that nothing is. */
export function tellFault(id: string, text: string | undefined): void {
  const input = document.getElementById(id);
  const place = document.getElementById(`e-${id}`);
  if (input === null || place === null) return;
  place.textContent = text ?? "";
  place.hidden = text === undefined;
  if (text === undefined) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}

export function textInput(
  id: string,
  value: string,
  write: (value: string) => void,
  more: Record<string, string | number | boolean> = {},
): HTMLInputElement {
  const input = h("input", { id, type: "text", dir: "auto", ...more });
  input.value = value;
  input.addEventListener("input", () => write(input.value));
  return input;
}

export function textArea(
  id: string,
  value: string,
  write: (value: string) => void,
  more: Record<string, string | number | boolean> = {},
): HTMLTextAreaElement {
  const input = h("textarea", { id, rows: 3, dir: "auto", ...more });
  input.value = value;
  input.addEventListener("input", () => write(input.value));
  return input;
}

export function choiceOf(
  id: string,
  options: [value: string, text: string][],
  value: string,
  write: (value: string) => void,
): HTMLSelectElement {
  const input = h(
    "select",
    { id },
    options.map(([one, text]) => h("option", { value: one, selected: one === value }, text)),
  );
  input.addEventListener("change", () => write(input.value));
  return input;
}

export const languageChoice = (
  id: string,
  value: Language,
  write: (value: Language) => void,
): HTMLSelectElement =>
  choiceOf(
    id,
    Object.keys(kLanguageNames).map((name): [string, string] => [name, languageName(name)]),
    value,
    (name) => write(name as Language),
  );

/** A time in UTC, or its fault. */
export function timeOrFault(text: string): { time: string } | { fault: string } {
  const time = readTime(text);
  return time.endsWith("Z") ? { time } : { fault: t(time as TextKey) };
}
