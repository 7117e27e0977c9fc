// SPDX-License-Identifier: Apache-2.0
//
// The page's languages. Every text that the page itself says stands in a catalogue under texts/.
//
// To add a catalogue: write texts/NAME.en.ts (`export const nameEn = {...} satisfies English`),
// texts/NAME.ru.ts (`export const nameRu: Russian<typeof nameEn>`) and texts/NAME.ar.ts
// (`export const nameAr: Arabic<typeof nameEn>`), and put the three into `english`, `russian` and
// `arabic` below. Keys are of the whole page: begin them with the view ("plan.", "terms.").
// Parameters stand in braces: "Filed by {party}". A text that counts has plural forms, chosen by
// the parameter `n`. Never keep what t() gave: ask again each time something is drawn, because
// the reader may change the language. What is built once only says so with data-t (translateIn).
//
// Digits are Latin in every language, and times are UTC: what is read out on one side of a line
// has to be found on the other side's screen.
import type { Child } from "./dom";
import { listsAr } from "./texts/lists.ar";
import { listsEn } from "./texts/lists.en";
import { listsRu } from "./texts/lists.ru";
import { checksAr } from "./texts/checks.ar";
import { checksEn } from "./texts/checks.en";
import { checksRu } from "./texts/checks.ru";
import { commonAr } from "./texts/common.ar";
import { commonEn } from "./texts/common.en";
import { commonRu } from "./texts/common.ru";
import type { Text } from "./texts/forms";
import { hotlineAr } from "./texts/hotline.ar";
import { hotlineEn } from "./texts/hotline.en";
import { hotlineRu } from "./texts/hotline.ru";
import { movesAr } from "./texts/moves.ar";
import { movesEn } from "./texts/moves.en";
import { movesRu } from "./texts/moves.ru";
import { recordAr } from "./texts/record.ar";
import { recordEn } from "./texts/record.en";
import { recordRu } from "./texts/record.ru";
import { planAr } from "./texts/plan.ar";
import { planEn } from "./texts/plan.en";
import { planRu } from "./texts/plan.ru";
import { sitesAr } from "./texts/sites.ar";
import { sitesEn } from "./texts/sites.en";
import { sitesRu } from "./texts/sites.ru";
import { termsAr } from "./texts/terms.ar";
import { termsEn } from "./texts/terms.en";
import { termsRu } from "./texts/terms.ru";
import { utmAr } from "./texts/utm.ar";
import { utmEn } from "./texts/utm.en";
import { utmRu } from "./texts/utm.ru";
import { viewsAr } from "./texts/views.ar";
import { viewsEn } from "./texts/views.en";
import { viewsRu } from "./texts/views.ru";

const english = {
  ...commonEn,
  ...viewsEn,
  ...recordEn,
  ...planEn,
  ...termsEn,
  ...hotlineEn,
  ...utmEn,
  ...sitesEn,
  ...listsEn,
  ...checksEn,
  ...movesEn,
};
const russian = {
  ...commonRu,
  ...viewsRu,
  ...recordRu,
  ...planRu,
  ...termsRu,
  ...hotlineRu,
  ...utmRu,
  ...sitesRu,
  ...listsRu,
  ...checksRu,
  ...movesRu,
};
const arabic = {
  ...commonAr,
  ...viewsAr,
  ...recordAr,
  ...planAr,
  ...termsAr,
  ...hotlineAr,
  ...utmAr,
  ...sitesAr,
  ...listsAr,
  ...checksAr,
  ...movesAr,
};

export type TextKey = keyof typeof english;
export type Language = "en" | "ru" | "ar";
type Params = Record<string, string | number>;

export const kCatalogues: Record<Language, Record<TextKey, Text>> = {
  en: english,
  ru: russian,
  ar: arabic,
};
/** Each in its own language, for the reader who can read no other. */
export const kLanguageNames: Record<Language, string> = {
  en: "English",
  ru: "Русский",
  ar: "العربية",
};
const kLocales: Record<Language, string> = {
  en: "en-GB-u-nu-latn",
  ru: "ru-u-nu-latn",
  ar: "ar-u-nu-latn",
};
const kKey = "detente-language";

const isLanguage = (name: string | null | undefined): name is Language =>
  name !== null && name !== undefined && Object.hasOwn(kLanguageNames, name);

function firstLanguage(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(kKey);
  } catch {
    // A browser that keeps nothing: the language is asked of it each time.
  }
  if (isLanguage(kept)) return kept;
  const wanted = navigator.languages.map((name) => name.toLowerCase().split("-")[0]);
  return wanted.find(isLanguage) ?? "en";
}

let chosen: Language = firstLanguage();
let plurals = new Intl.PluralRules(kLocales[chosen]);
const listeners = new Set<() => void>();

export const language = (): Language => chosen;
export const isRightToLeft = (): boolean => chosen === "ar";

/** `listener` draws again what depends on the language; called after each change. */
export function onLanguage(listener: () => void): void {
  listeners.add(listener);
}

/** Marks the document; to be called once at the start, before anything is drawn. */
export function applyLanguage(): void {
  document.documentElement.lang = chosen;
  document.documentElement.dir = isRightToLeft() ? "rtl" : "ltr";
  translateIn(document);
}

export function setLanguage(wanted: Language): void {
  if (wanted === chosen) return;
  chosen = wanted;
  plurals = new Intl.PluralRules(kLocales[wanted]);
  try {
    localStorage.setItem(kKey, wanted);
  } catch {
    // It then holds for this page only.
  }
  applyLanguage();
  for (const listener of listeners) listener();
}

/** Whether there is a text of that name, for names that come from the node: `type.${type}`. */
export const known = (key: string): key is TextKey => Object.hasOwn(english, key);

function patternOf(key: TextKey, params: Record<string, unknown>): string {
  const text: Text = kCatalogues[chosen][key];
  if (typeof text === "string") return text;
  const forms: Partial<Record<Intl.LDMLPluralRule, string>> = text;
  return forms[plurals.select(Number(params["n"]))] ?? text.other;
}

const kName = /\{(\w+)\}/;

/** A text whose parameters are isolated from its direction, so that "EAGLE 21" stays one piece. */
export function t(key: TextKey, params: Params = {}): string {
  return patternOf(key, params)
    .split(kName)
    .map((part, i) => (i % 2 === 0 ? part : isolated(params[part] ?? `{${part}}`)))
    .join("");
}

/** The same with elements for parameters: "Sent {time}." with the element of the time. */
export function rich(key: TextKey, params: Record<string, Child>): Child {
  return patternOf(key, params)
    .split(kName)
    .map((part, i) => {
      if (i % 2 === 0) return part;
      const value = params[part];
      if (typeof value !== "string") return value;
      const element = document.createElement("bdi");
      element.dir = directionOf(value);
      element.textContent = value;
      return element;
    });
}

const kInnermost = /[\u2066\u2067][^\u2066\u2067\u2069]*\u2069/g;
const kLetter = /\p{L}/u;
const kRightToLeft = /[\u0590-\u08ff\ufb1d-\ufefc]/;

/**
 * Which way a text runs: as its first letter does. Where every letter is in a part that is
 * isolated already ("15 {month} 2016"), as the page does if one of those parts runs so too.
 */
function directionOf(text: string): "ltr" | "rtl" {
  let outside = text;
  for (let before = ""; before !== outside; ) {
    before = outside;
    outside = outside.replace(kInnermost, " ");
  }
  const letter = kLetter.exec(outside)?.[0];
  return kRightToLeft.test(letter ?? text) ? "rtl" : "ltr";
}

/** One piece, where the text around it may run the other way. */
function isolated(value: string | number): string {
  const text = String(value);
  if (!isRightToLeft() || !/[^\d.,]/.test(text)) return text;
  return `${directionOf(text) === "rtl" ? "\u2067" : "\u2066"}${text}\u2069`;
}

/** A number as people read it, with groups of thousands; not for identifiers or places in a log. */
export const numberText = (n: number, digits = 0): string =>
  n.toLocaleString(kLocales[chosen], {
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
  });

/** "A, B and C", or "A, B or C". */
export const listText = (items: string[], last: "and" | "or" = "and"): string =>
  new Intl.ListFormat(kLocales[chosen], {
    style: "long",
    type: last === "and" ? "conjunction" : "disjunction",
  }).format(items.map((item) => isolated(item)));

/** Attributes of an element that is built once: its text, label or hover text follow the language. */
const kAttributes = {
  "data-t": "textContent",
  "data-t-label": "aria-label",
  "data-t-title": "title",
} as const;

/** Writes the texts of everything in `region` that names them by data-t, -label or -title. */
export function translateIn(region: ParentNode): void {
  for (const [name, goal] of Object.entries(kAttributes)) {
    for (const element of region.querySelectorAll(`[${name}]`)) {
      const key = element.getAttribute(name) ?? "";
      if (!known(key)) continue;
      if (goal === "textContent") element.textContent = t(key);
      else element.setAttribute(goal, t(key));
    }
  }
}
