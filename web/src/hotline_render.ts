// SPDX-License-Identifier: Apache-2.0
//
// A message's form with its fields, in one language: what the writer sees before it is sent. What
// is sent are the fields; the reader's node renders them from its own forms.
import { h, type Child } from "./dom";
import type { FieldValue, FormField, MessageForm } from "./hotline_types";
import { directionOf } from "./hotline_words";
import type { Language } from "./i18n";
import { pointLine } from "./plan";
import { activityOf } from "./store";
import { activityName } from "./parts";

/** "2016-08-15T10:42:00Z" as it is read out: "2016-08-15 10:42Z". */
const timeText = (time: string): string =>
  time.replace("T", " ").replace(/:00(\.000)?Z$/, "Z");

/** A field's value in one language. */
export function valueText(field: FormField, value: FieldValue, language: Language): string {
  if (typeof value === "object") {
    const at = pointLine([value.lat_e7, value.lng_e7]);
    return value.name === undefined || value.name === "" ? at : `${value.name} (${at})`;
  }
  if (field.kind === "code") {
    const code = field.codes?.find((one) => one.code === value);
    return code?.title[language] ?? String(value);
  }
  if (field.kind === "time") return timeText(String(value));
  if (field.kind === "activity") {
    const activity = activityOf(String(value));
    return activity === undefined ? String(value) : activityName(activity);
  }
  return field.unit === undefined ? String(value) : `${value} ${field.unit}`;
}

const kName = /\{(\w+)\}/;

/** The template with the fields in it; a field that is not filled yet is shown as a gap. */
export function rendered(
  form: MessageForm,
  fields: Record<string, FieldValue>,
  language: Language,
): Child {
  return (form.template[language] ?? "").split(kName).map((part, i) => {
    if (i % 2 === 0) return part;
    const field = form.fields.find(({ name }) => name === part);
    const value = fields[part];
    return field === undefined || value === undefined
      ? h("span.gap", {}, "…")
      : h("bdi", {}, valueText(field, value, language));
  });
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
