// SPDX-License-Identifier: Apache-2.0
//
// Writing a message: a form is chosen, its fields are filled, and the reader's three languages are
// shown before it is sent. Free text is only an addition, and is not translated.
import { post } from "./api";
import { nodeNow } from "./clock";
import { byId, h, said, show, type Child } from "./dom";
import {
  choiceOf,
  labelled,
  languageChoice,
  tellFault,
  textArea,
  textInput,
  timeOrFault,
} from "./hotline_fields";
import { showPins, type Pin } from "./hotline_map";
import { preview } from "./hotline_render";
import type { FieldValue, FormField, MessageForm } from "./hotline_types";
import { formTitle, inWords, languageName } from "./hotline_words";
import { isRightToLeft, kLanguageNames, language, rich, t, type Language } from "./i18n";
import { goTo, takeClicks } from "./map";
import { activityName, errorLine, waitLine } from "./parts";
import { drawnPoint, mapPoint, plain, pointLine, readPoint, timeLine } from "./plan";
import { activities, agreement, forms, hotline, isOwn, nameOf, touchBy } from "./store";
import type { Logged, Point } from "./types";
import { title } from "./view_map";

interface MessageDraft {
  form: string;
  values: Record<string, string>; // as they stand in the fields; a place has NAME and NAME.name
  text: string;
  language: Language;
  to: string[];
  reply: string | undefined;
}

const kLowestM = -500; // as the node takes heights

let draft: MessageDraft | undefined;
let root: HTMLElement | undefined;
let picking: string | undefined; // the field whose place the next click on the map is

const formOf = (code: string): MessageForm | undefined =>
  forms.value?.forms.find((form) => form.code === code);

const others = (): { id: string; name: string }[] =>
  (agreement.value?.parties ?? []).filter(({ id }) => !isOwn(id));

function fresh(reply: string | undefined): MessageDraft {
  const answered = hotline.value?.messages.find(({ id }) => id === reply);
  const goal = answered === undefined ? others()[0]?.id : answered.party;
  return {
    form: "",
    values: {},
    text: "",
    language: language(),
    to: goal === undefined ? [] : [goal],
    reply,
  };
}

// --- Values --------------------------------------------------------------------------------------

type Read = { value?: FieldValue; fault?: string; at?: string };

function readPlace(field: FormField, from: MessageDraft): Read {
  const text = from.values[field.name] ?? "";
  const name = (from.values[`${field.name}.name`] ?? "").trim();
  if (plain(text) === "" && name === "" && !field.needed) return {};
  const point = readPoint(text);
  if (typeof point === "string") return { fault: t(point) };
  return {
    value: { lat_e7: point[0], lng_e7: point[1], ...(name === "" ? {} : { name }) },
  };
}

function readWhole(field: FormField, text: string): Read {
  const given = plain(text).replace(/[ ,](?=\d{3}(\D|$))/g, "");
  if (!/^[+-]?\d+$/.test(given)) return { fault: t("hotline.fault.whole") };
  const value = Number(given);
  if (field.max !== undefined && value > field.max) {
    return { fault: t("hotline.fault.most", { max: field.max }) };
  }
  if (value < (field.kind === "altitude" ? kLowestM : 0)) {
    return { fault: t("hotline.fault.least") };
  }
  return { value };
}

/** A field's value as the node takes it, or what is wrong with it. */
function readField(field: FormField, from: MessageDraft): Read {
  if (field.kind === "place") return readPlace(field, from);
  const text = (from.values[field.name] ?? "").trim();
  if (text === "") return field.needed ? { fault: t("plan.fault.missing") } : {};
  if (field.kind === "number" || field.kind === "altitude") return readWhole(field, text);
  if (field.kind === "time") {
    const read = timeOrFault(text);
    return "time" in read ? { value: read.time } : { fault: read.fault };
  }
  return { value: text };
}

function readAll(form: MessageForm, from: MessageDraft): [Record<string, FieldValue>, string[]] {
  const fields: Record<string, FieldValue> = {};
  const wrong: string[] = [];
  for (const field of form.fields) {
    const { value, fault } = readField(field, from);
    if (fault !== undefined) wrong.push(field.name);
    if (value !== undefined) fields[field.name] = value;
  }
  return [fields, wrong];
}

// --- The map -------------------------------------------------------------------------------------

function drawPins(): void {
  const form = formOf(draft?.form ?? "");
  const pins: Pin[] = [];
  for (const field of form?.fields ?? []) {
    if (field.kind !== "place" || draft === undefined) continue;
    const point = readPoint(draft.values[field.name] ?? "");
    if (typeof point === "string") continue;
    const name = draft.values[`${field.name}.name`] ?? "";
    pins.push({ at: mapPoint(point), name: name || inWords(field.label, field.name)[0] });
  }
  showPins(pins);
}

function onClick(at: Point): void {
  const form = formOf(draft?.form ?? "");
  const places = (form?.fields ?? []).filter(({ kind }) => kind === "place");
  // The one that was asked for, else the first that has no place yet.
  const goal =
    places.find(({ name }) => name === picking) ??
    places.find(({ name }) => plain(draft?.values[name] ?? "") === "");
  if (goal === undefined || draft === undefined) return;
  picking = undefined;
  draft.values[goal.name] = pointLine(drawnPoint(at));
  const input = document.getElementById(`m-${goal.name}`) as HTMLInputElement | null;
  if (input !== null) input.value = draft.values[goal.name] ?? "";
  tellFault(`m-${goal.name}`, undefined);
  changed();
  drawHint();
  document.getElementById(`m-${goal.name}`)?.focus();
}

function drawHint(): void {
  const region = byId("plan-tools");
  const form = formOf(draft?.form ?? "");
  const places = (form?.fields ?? []).filter(({ kind }) => kind === "place");
  if (root === undefined || places.length === 0) return show(region);
  const field = places.find(({ name }) => name === picking) ?? places[0];
  const label = inWords(field?.label, field?.name)[0];
  show(
    region,
    h(
      "p.tool-hint",
      { "aria-live": "polite" },
      t(picking === undefined ? "hotline.pick.hint" : "hotline.pick.now", { field: label }),
    ),
  );
}

// --- The form ------------------------------------------------------------------------------------

function changed(): void {
  drawPins();
  const form = formOf(draft?.form ?? "");
  const place = document.getElementById("previews");
  if (form === undefined || place === null || draft === undefined) return;
  const [fields] = readAll(form, draft);
  const text = draft.text.trim();
  show(
    place,
    Object.keys(kLanguageNames).map((name) =>
      h(
        "div.preview",
        {},
        h("p.small-text", {}, languageName(name)),
        preview(form, fields, name as Language),
      ),
    ),
    text === ""
      ? null
      : h(
          "div.preview",
          {},
          h(
            "p.small-text",
            {},
            t("hotline.free_text"),
            " ",
            t("hotline.as_typed", { language: languageName(draft.language) }),
          ),
          said(text, "p"),
        ),
  );
}

function placeField(field: FormField, from: MessageDraft, label: string): Child {
  const id = `m-${field.name}`;
  const at = textInput(
    id,
    from.values[field.name] ?? "",
    (value) => {
      from.values[field.name] = value;
      changed();
    },
    { dir: "ltr" },
  );
  const name = textInput(
    `${id}-name`,
    from.values[`${field.name}.name`] ?? "",
    (value) => {
      from.values[`${field.name}.name`] = value;
      changed();
    },
    { maxlength: 100 },
  );
  const pick = h(
    "button.small",
    {
      type: "button",
      "data-key": `pick-${field.name}`,
      onclick: () => {
        picking = field.name;
        drawHint();
        const point = readPoint(from.values[field.name] ?? "");
        if (typeof point !== "string") goTo(mapPoint(point));
        byId("map-region").scrollIntoView({ block: "nearest" });
      },
    },
    t("hotline.pick"),
  );
  return [
    labelled(at, label, { hint: t("hotline.point.hint"), more: h("div.pick-row", {}, pick) }),
    labelled(name, t("hotline.place.name")),
  ];
}

function inputOf(field: FormField, from: MessageDraft): HTMLElement | undefined {
  const id = `m-${field.name}`;
  const value = from.values[field.name] ?? "";
  const write = (text: string): void => {
    from.values[field.name] = text;
    changed();
  };
  const label = labelOf(field);
  if (field.kind === "code") {
    const options = (field.codes ?? []).map(({ code, title: words }): [string, string] => [
      code,
      inWords(words, code)[0],
    ]);
    return labelled(choiceOf(id, [["", t("hotline.choose")], ...options], value, write), label);
  }
  if (field.kind === "activity") {
    const options = (activities.value?.activities ?? []).map((one): [string, string] => [
      one.id,
      `${activityName(one)}, ${one.place.name}`,
    ]);
    return labelled(choiceOf(id, [["", t("hotline.choose")], ...options], value, write), label);
  }
  if (field.kind === "time") {
    return labelled(textInput(id, value, write, { dir: "ltr" }), label, {
      hint: t("hotline.time.hint"),
    });
  }
  if (field.kind === "number" || field.kind === "altitude") {
    return labelled(textInput(id, value, write, { dir: "ltr", inputmode: "numeric" }), label);
  }
  const most = field.max === undefined ? {} : { maxlength: field.max };
  return labelled(textInput(id, value, write, most), label, { wide: (field.max ?? 0) > 60 });
}

function labelOf(field: FormField): string {
  const label = inWords(field.label, field.name)[0];
  const unit = field.unit ?? (field.kind === "altitude" ? "m" : undefined);
  const known = unit === "m" ? t("hotline.unit.m") : unit;
  const whole = known === undefined ? label : t("hotline.with_unit", { label, unit: known });
  return field.needed ? whole : t("hotline.optional", { label: whole });
}

function fieldsOf(form: MessageForm, from: MessageDraft): Child {
  return form.fields.map((field) =>
    field.kind === "place" ? placeField(field, from, labelOf(field)) : inputOf(field, from),
  );
}

function goals(from: MessageDraft): HTMLElement {
  return h(
    "fieldset.goals",
    {},
    h("legend", {}, t("hotline.to")),
    others().map(({ id, name }) => {
      const box = h("input", {
        type: "checkbox",
        id: `to-${id}`,
        checked: from.to.includes(id),
        onchange: () => {
          from.to = from.to.filter((one) => one !== id);
          if (box.checked) from.to.push(id);
        },
      });
      return h("label.check", { for: `to-${id}` }, box, said(name));
    }),
    h("p.fault", { id: "e-goals", hidden: true }),
  );
}

function replyLine(from: MessageDraft): Child {
  const answered = hotline.value?.messages.find(({ id }) => id === from.reply);
  if (answered === undefined) return null;
  return h(
    "div.answered",
    { "data-reply-to": answered.id },
    h("p.small-text", {}, rich("hotline.reply.to", { party: said(nameOf(answered.party)) })),
    h("p", {}, formTitle(answered)),
    h("p.rendered", { dir: isRightToLeft() ? "rtl" : "ltr" }, inWords(answered.rendered)[0]),
  );
}

async function send(button: HTMLButtonElement): Promise<void> {
  const form = formOf(draft?.form ?? "");
  if (draft === undefined || form === undefined) return;
  const from = draft;
  const [fields, wrong] = readAll(form, from);
  for (const field of form.fields) {
    tellFault(`m-${field.name}`, readField(field, from).fault);
  }
  const nobody = byId("e-goals");
  nobody.hidden = from.to.length > 0;
  nobody.textContent = from.to.length > 0 ? "" : t("hotline.fault.nobody");
  const first = wrong[0];
  if (first !== undefined) return void document.getElementById(`m-${first}`)?.focus();
  if (from.to.length === 0) return void document.querySelector<HTMLElement>(".goals input")?.focus();
  button.disabled = true;
  const text = from.text.trim();
  try {
    await post<Logged>("/api/hotline/messages", {
      form: form.code,
      fields,
      ...(text === "" ? {} : { text }),
      language: from.language,
      to: from.to,
      ...(from.reply === undefined ? {} : { reply_to: from.reply }),
    });
    draft = undefined;
    touchBy("message");
    location.hash = "#/hotline";
  } catch (error) {
    button.disabled = false;
    show(byId("write-trouble"), errorLine(error));
  }
}

function content(from: MessageDraft): Child {
  const chosen = formOf(from.form);
  const options = (forms.value?.forms ?? []).map(({ code, title: words }): [string, string] => [
    code,
    inWords(words, code)[0],
  ]);
  const form = choiceOf("m-form", [["", t("hotline.choose")], ...options], from.form, (code) => {
    from.form = code;
    const now = timeLine(nodeNow() ?? 0).slice(0, 16);
    for (const field of formOf(code)?.fields ?? []) {
      if (field.kind === "time" && field.needed) from.values[field.name] ??= now;
    }
    picking = undefined;
    remake();
  });
  const button = h("button.primary", { type: "submit", id: "write-send" }, t("hotline.send"));
  return h(
    "form",
    {
      id: "write-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void send(button);
      },
    },
    replyLine(from),
    labelled(form, t("hotline.form"), { wide: true }),
    goals(from),
    chosen === undefined
      ? h("p.empty", {}, t("hotline.form.choose"))
      : [
          h("div.fields", {}, fieldsOf(chosen, from)),
          h(
            "div.fields",
            {},
            labelled(
              textArea("m-text", from.text, (value) => {
                from.text = value;
                changed();
              }, { maxlength: 1000 }),
              t("hotline.text"),
              { wide: true, hint: t("hotline.text.hint") },
            ),
            labelled(
              languageChoice("m-language", from.language, (value) => {
                from.language = value;
                changed();
              }),
              t("hotline.typed_in"),
            ),
          ),
          h("h2", {}, t("hotline.preview")),
          h("div", { id: "previews", "aria-live": "off" }),
          h("p.small-text", {}, t("dialog.signed")),
          h("div", { id: "write-trouble", "aria-live": "assertive" }),
          h(
            "div.buttons",
            {},
            button,
            h("a", { href: "#/hotline", "data-key": "write-back" }, t("dialog.cancel")),
          ),
        ],
  );
}

function remake(): void {
  if (root === undefined || draft === undefined) return;
  show(root, content(draft));
  document.getElementById("m-form")?.focus();
  changed();
  drawHint();
}

export function writeView(query: URLSearchParams): Child {
  const reply = query.get("reply") ?? undefined;
  const heading = title(t(reply === undefined ? "hotline.write" : "hotline.reply"), t("hotline.title"));
  if (forms.value === undefined || hotline.value === undefined || agreement.value === undefined) {
    forms.touch();
    return [heading, forms.error === undefined ? waitLine() : errorLine(forms.error)];
  }
  if (draft === undefined || draft.reply !== reply) draft = fresh(reply);
  if (root === undefined) {
    root = h("div", { id: "write-root" }, content(draft));
    setTimeout(opened);
  }
  return [heading, root];
}

function opened(): void {
  if (root === undefined || !root.isConnected) return;
  takeClicks((at) => onClick(at));
  changed();
  drawHint();
}

export const writeShown = (): boolean => root?.isConnected === true;

/** The reader goes to another view, or to another language: the draft stays. */
export function leaveWrite(): void {
  if (root === undefined) return;
  root = undefined;
  picking = undefined;
  takeClicks(undefined);
  showPins([]);
  show(byId("plan-tools"));
}
