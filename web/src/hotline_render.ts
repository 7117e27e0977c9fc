// SPDX-License-Identifier: Apache-2.0
//
// A message's form with its fields, in one language: what the writer sees before it is sent. What
// is sent are the fields; the reader's node renders them from its own forms.
import { h, type Child } from "./dom";
import type { FieldValue, FormField, MessageForm } from "./hotline_types";
import { directionOf } from "./hotline_words";
import type { Language } from "./i18n";

const kActivityShown = 8; // digits of an id

/** "35.9305 N 36.6339 E", as a node writes it into a sentence. */
function positionText(lat_e7: number, lng_e7: number): string {
  const one = (e7: number, letters: string): string =>
    `${(Math.abs(e7) / 1e7).toFixed(4)} ${letters[e7 < 0 ? 1 : 0]}`;
  return `${one(lat_e7, "NS")} ${one(lng_e7, "EW")}`;
}

const piece = (text: string): HTMLElement => h("bdi", {}, text);

/** A field's value in one language, as the reader's node puts it into the sentence. */
function valueOf(field: FormField, value: FieldValue, language: Language): Child {
  if (typeof value === "object") {
    const at = piece(positionText(value.lat_e7, value.lng_e7));
    return value.name === undefined || value.name === "" ? at : [piece(value.name), " (", at, ")"];
  }
  if (field.kind === "code") {
    const code = field.codes?.find((one) => one.code === value);
    return code?.title[language] ?? String(value);
  }
  if (field.kind === "activity") return piece(String(value).slice(0, kActivityShown));
  if (field.unit === "deg") return piece(`${String(value).padStart(3, "0")}\u00b0`);
  return piece(field.unit === undefined ? String(value) : `${value} ${field.unit}`);
}

const kName = /\{(\w+)\}/;

/** One piece of a template; undefined if a field that may be left out is not there. */
function filled(
  template: string,
  form: MessageForm,
  fields: Record<string, FieldValue>,
  language: Language,
): Child[] | undefined {
  const parts: Child[] = [];
  for (const [i, part] of template.split(kName).entries()) {
    if (i % 2 === 0) {
      parts.push(part);
      continue;
    }
    const field = form.fields.find(({ name }) => name === part);
    const value = fields[part];
    if (field === undefined || value === undefined) {
      if (field?.needed !== true) return undefined;
      parts.push(h("span.gap", {}, "…")); // not filled in yet
    } else parts.push(valueOf(field, value, language));
  }
  return parts;
}

/** The template with the fields in it. What stands in [..] goes with its fields. */
function rendered(
  form: MessageForm,
  fields: Record<string, FieldValue>,
  language: Language,
): Child {
  return (form.template[language] ?? "")
    .split(/\[([^\]]*)\]/)
    .map((part, i) => filled(part, form, fields, language) ?? (i % 2 === 0 ? part : null));
}

export const preview = (
  form: MessageForm,
  fields: Record<string, FieldValue>,
  language: Language,
): HTMLElement =>
  h(
    "p.rendered",
    { lang: language, dir: directionOf(language), "data-preview": language },
    rendered(form, fields, language),
  );
