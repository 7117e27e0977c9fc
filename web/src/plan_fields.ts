// SPDX-License-Identifier: Apache-2.0
//
// The fields of a plan but for its volumes: what and who, the place, exception, remarks, and how
// far it may move. Every field reads the draft and writes into it.
import { h, type Child } from "./dom";
import { purposeText } from "./format";
import { t, type TextKey } from "./i18n";
import { drawnPoint, kPurposes, plain, pointLine, type Draft } from "./plan";
import { changed, form } from "./plan_draft";
import { showFaults } from "./plan_faults";
import { agreement, hello, nameOf } from "./store";

// How each field is filled from the draft; those of the volumes go when the volumes are made anew.
let fills: (() => void)[] = [];
let volumeFills = new Set<() => void>();

function filledBy(fill: () => void): void {
  fills.push(fill);
  fill();
}

export function noFields(): void {
  fills = [];
  volumeFills = new Set();
}

/** Makes the volumes' fields; those that were made before are not filled again. */
export function newVolumeFields<T>(make: () => T): T {
  fills = fills.filter((fill) => !volumeFills.has(fill));
  const before = fills.length;
  const made = make();
  volumeFills = new Set(fills.slice(before));
  return made;
}

export function fillAll(): void {
  for (const fill of fills) fill();
}

export type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface FieldOptions {
  label: string;
  hint?: string;
  wide?: boolean;
}

/** One labelled field with its place for a fault. */
export function field(
  name: string,
  input: Input,
  { label, hint, wide }: FieldOptions,
): HTMLElement {
  const id = `f-${name}`;
  input.id = id;
  input.setAttribute("aria-describedby", hint === undefined ? `e-${name}` : `h-${name} e-${name}`);
  if (!(input instanceof HTMLSelectElement)) input.setAttribute("autocomplete", "off");
  input.addEventListener("change", () => {
    form.touched.add(name);
    showFaults();
  });
  return h(
    "div",
    { class: wide === true ? "field wide" : "field" },
    h("label", { for: id }, label),
    input,
    hint === undefined ? null : h("p.hint", { id: `h-${name}` }, hint),
    h("p.fault", { id: `e-${name}`, hidden: true }),
  );
}

type TextField = {
  [K in keyof Draft]: Draft[K] extends string ? K : never;
}[keyof Draft];

export function bound<I extends Input>(
  input: I,
  read: () => string,
  write: (value: string) => void,
): I {
  const fill = (): void => {
    if (input.value !== read()) input.value = read();
  };
  filledBy(fill);
  input.addEventListener("input", () => {
    write(input.value);
    changed(false);
  });
  return input;
}

function textOf(name: TextField, attributes: Record<string, string | number> = {}): Input {
  return bound(
    h("input", { type: "text", ...attributes }),
    () => form.draft?.[name] ?? "",
    (value) => {
      if (form.draft !== undefined) form.draft[name] = value;
    },
  );
}

export function areaOfText(
  read: () => string,
  write: (value: string) => void,
  ltr: boolean,
): Input {
  return bound(
    h("textarea", { rows: 4, dir: ltr ? "ltr" : "auto", spellcheck: "false" }),
    read,
    write,
  );
}

export function choice(
  options: [string, string][],
  read: () => string,
  write: (value: string) => void,
): Input {
  return bound(
    h(
      "select",
      {},
      options.map(([value, text]) => h("option", { value }, text)),
    ),
    read,
    write,
  );
}
export function whatFields(): HTMLElement {
  const own = hello.value?.party ?? "";
  const operators: [string, string][] = [
    [own, nameOf(own)],
    ...(agreement.value?.adherents ?? [])
      .filter(({ sponsor, id }) => sponsor === own && id !== own)
      .map(({ id, name }): [string, string] => [id, name]),
  ];
  const unmanned = h("input", { type: "checkbox", id: "f-unmanned" });
  const fill = (): void => {
    unmanned.checked = form.draft?.unmanned === true;
  };
  filledBy(fill);
  unmanned.addEventListener("change", () => {
    if (form.draft !== undefined) form.draft.unmanned = unmanned.checked;
    changed(false);
  });
  const purposes = kPurposes.map((name): [string, string] => [name, purposeText(name)]);
  return h(
    "fieldset",
    {},
    h("legend", {}, t("plan.what")),
    h(
      "div.fields",
      {},
      field(
        "purpose",
        choice(
          purposes,
          () => form.draft?.purpose ?? "",
          (value) => {
            if (form.draft !== undefined) form.draft.purpose = value;
          },
        ),
        { label: t("plan.purpose") },
      ),
      field(
        "operator",
        choice(
          operators,
          () => form.draft?.operator ?? "",
          (value) => {
            if (form.draft !== undefined) form.draft.operator = value;
          },
        ),
        { label: t("plan.operator") },
      ),
      field("callsigns", textOf("callsigns", { dir: "ltr", maxlength: 640 }), {
        label: t("plan.callsigns"),
        hint: t("plan.callsigns.hint"),
      }),
      field("aircraft", textOf("aircraft", { dir: "ltr", maxlength: 512 }), {
        label: t("plan.aircraft"),
        hint: t("plan.aircraft.hint"),
      }),
      h("div.check", {}, unmanned, h("label", { for: "f-unmanned" }, t("plan.unmanned"))),
    ),
  );
}

export function placeFields(): HTMLElement {
  const names = h(
    "datalist",
    { id: "place-names" },
    (agreement.value?.places ?? []).map(({ name }) => h("option", { value: name })),
  );
  // Whoever goes on to a position that was filled in finds it chosen, to be typed over.
  let filledIn = false;
  const point = textOf("point", { dir: "ltr", maxlength: 60 }) as HTMLInputElement;
  point.addEventListener("focus", () => {
    if (filledIn) point.select();
    filledIn = false;
  });
  const place = textOf("place", { list: "place-names", dir: "auto", maxlength: 200 });
  place.addEventListener("change", () => {
    const found = agreement.value?.places?.find(({ name }) => name === place.value.trim());
    // The point of a listed name is filled in only where none has been typed.
    if (found !== undefined && form.draft !== undefined && plain(form.draft.point) === "") {
      form.draft.point = pointLine(drawnPoint(found.point));
      fillAll();
      changed(false);
      filledIn = true;
    }
  });
  return h(
    "fieldset",
    {},
    h("legend", {}, t("plan.place")),
    h(
      "div.fields",
      {},
      field("place", place, { label: t("plan.place.name"), hint: t("plan.place.hint") }),
      field("point", point, {
        label: t("plan.place.point"),
        hint: t("plan.point.hint"),
      }),
    ),
    names,
  );
}

export function moreFields(): Child {
  const clauses = [...new Set((agreement.value?.rules ?? []).map((rule) => rule.except_clause))];
  const options: [string, string][] = [
    ["", t("plan.exception.none")],
    ...clauses
      .filter((id): id is string => id !== undefined)
      .map((id): [string, string] => {
        const text = agreement.value?.clauses.find((clause) => clause.id === id)?.text ?? "";
        return [id, `${id} ${text.slice(0, 80)}`];
      }),
  ];
  const amount = (name: TextField, label: TextKey, unit: TextKey): HTMLElement =>
    field(name, textOf(name, { dir: "ltr", inputmode: "decimal", maxlength: 8 }), {
      label: t(label, { unit: t(unit) }),
    });
  return [
    h(
      "fieldset",
      {},
      h("legend", {}, t("plan.more")),
      h(
        "div.fields",
        {},
        field(
          "clause",
          choice(
            options,
            () => form.draft?.clause ?? "",
            (value) => {
              if (form.draft !== undefined) form.draft.clause = value;
            },
          ),
          { label: t("plan.exception"), wide: true },
        ),
        field("grounds", textOf("grounds", { dir: "auto", maxlength: 1000 }), {
          label: t("plan.grounds"),
          wide: true,
        }),
        field(
          "remarks",
          areaOfText(
            () => form.draft?.remarks ?? "",
            (value) => {
              if (form.draft !== undefined) form.draft.remarks = value;
            },
            false,
          ),
          { label: t("plan.remarks"), wide: true },
        ),
      ),
    ),
    h(
      "fieldset",
      {},
      h("legend", {}, t("plan.flexible")),
      h("p.hint", {}, t("plan.flexible.hint")),
      h(
        "div.fields.small-fields",
        {},
        amount("earlier", "plan.flexible.earlier", "plan.unit.min"),
        amount("later", "plan.flexible.later", "plan.unit.min"),
        amount("shorten", "plan.flexible.shorten", "plan.unit.min"),
        amount("higher", "plan.flexible.higher", "plan.unit.ft"),
        amount("lower", "plan.flexible.lower", "plan.unit.ft"),
      ),
    ),
  ];
}
