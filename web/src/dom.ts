// SPDX-License-Identifier: Apache-2.0
//
// Building elements. Data is only ever put in as text, never as markup.

export type Child = Node | string | number | null | undefined | false | Child[];
type Value = string | number | boolean | null | undefined | ((event: Event) => void);

/** h("button.small", { type: "button", onclick: f }, "Send"): an element with its children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const [name, ...classes] = tag.split(".") as [K, ...string[]];
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(key.replace(/^on/, ""), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Identifiers, coordinates, heights: one piece from left to right, whatever runs around it. */
export const fixed = (text: string): HTMLElement => h("bdi", { dir: "ltr" }, text);

/** A sentence that a node made; nodes write English. */
export const english = (text: string, tag: "span" | "p" | "div" | "q" = "span"): HTMLElement =>
  h(tag, { dir: "ltr", lang: "en", class: "said" }, text);

/** Text that people wrote, in any script: its direction follows its first strong letter. */
export function said(text: string, tag: "span" | "p" | "div" | "q" = "span"): HTMLElement {
  return h(tag, { dir: "auto", class: "said" }, text);
}

/**
 * Replaces what a region shows, and keeps the keyboard's place: the element that had the focus is
 * found again by its data-key, and the scroll positions of the region and its marked parts stay.
 */
export function show(region: HTMLElement, ...children: Child[]): void {
  const active = document.activeElement;
  const key =
    active instanceof HTMLElement && region.contains(active) ? active.dataset["key"] : undefined;
  const top = region.scrollTop;
  const parts = [...region.querySelectorAll<HTMLElement>("[data-scroll]")].map(
    (part) => [part.dataset["scroll"], part.scrollTop, part.scrollLeft] as const,
  );
  region.replaceChildren();
  append(region, children);
  region.scrollTop = top;
  for (const [name, down, side] of parts) {
    const part = region.querySelector<HTMLElement>(`[data-scroll="${CSS.escape(name ?? "")}"]`);
    part?.scrollTo(side, down);
  }
  if (key !== undefined) {
    region.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({
      preventScroll: true,
    });
  }
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element ${id}`);
  return element;
}
