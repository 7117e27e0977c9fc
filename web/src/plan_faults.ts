// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with the form, written at its fields.
import { t } from "./i18n";
import type { Fault } from "./plan";
import { form, readForm } from "./plan_draft";

/** Writes faults at the fields that were left, or at all once filing was tried. */
export function showFaults(): Fault[] {
  if (form.draft === undefined || form.root === undefined) return [];
  const [, faults] = readForm();
  const seen = new Map<string, string>();
  for (const { field: name, key, params } of faults) {
    const quiet = key === "plan.fault.missing" || key === "plan.fault.no_shape";
    if (form.touched.has("*") || (form.touched.has(name) && !quiet)) {
      if (!seen.has(name)) seen.set(name, t(key, params));
    }
  }
  const { refused } = form;
  if (refused !== undefined && !seen.has(refused.field)) seen.set(refused.field, refused.text);
  for (const place of form.root.querySelectorAll<HTMLElement>(".fault")) {
    const name = place.id.slice(2);
    const text = seen.get(name) ?? "";
    place.hidden = text === "";
    if (place.textContent !== text) place.textContent = text;
    const input = form.root.querySelector(`#f-${CSS.escape(name)}`);
    if (text === "") input?.removeAttribute("aria-invalid");
    else input?.setAttribute("aria-invalid", "true");
  }
  return faults;
}

/** Puts the keyboard where the first fault is. */
export function goToFault(): void {
  const first = form.root?.querySelector<HTMLElement>("[aria-invalid=true]");
  first?.focus();
  first?.scrollIntoView({ block: "center" });
}
