// SPDX-License-Identifier: Apache-2.0
//
// The fields of a plan's volumes: shape, heights and times of each.
import { byId, h, show, type Child } from "./dom";
import { t, type TextKey } from "./i18n";
import type { DraftVolume } from "./plan";
import { changed, form } from "./plan_draft";
import { showFaults } from "./plan_faults";
import { areaOfText, bound, choice, field, newVolumeFields, type Input } from "./plan_fields";
import { canDraw, startDrawing } from "./plan_map";
import { choose } from "./plan_shapes";

const kLengths: [string, TextKey][] = [
  ["km", "plan.unit.km"],
  ["m", "plan.unit.m"],
  ["nm", "plan.unit.nm"],
];
const kReferences: [string, TextKey][] = [
  ["STD", "plan.reference.STD"],
  ["MSL", "plan.reference.MSL"],
  ["WGS84", "plan.reference.WGS84"],
];
const told = (pairs: [string, TextKey][]): [string, string][] =>
  pairs.map(([value, key]) => [value, t(key)]);

/** A text field, or a choice, of one volume. */
function volumeField(
  i: number,
  key: keyof DraftVolume,
  options: [string, string][] | "line" | "lines",
): Input {
  const read = (): string => form.draft?.volumes[i]?.[key] ?? "";
  const write = (value: string): void => {
    const volume = form.draft?.volumes[i];
    if (volume === undefined) return;
    (volume as unknown as Record<string, string>)[key] = value;
    if (key === "kind") drawVolumes();
  };
  if (options === "lines") return areaOfText(read, write, true);
  if (options === "line") {
    return bound(h("input", { type: "text", dir: "ltr", maxlength: 60 }), read, write);
  }
  return choice(options, read, write);
}

function shapeFields(volume: DraftVolume, i: number): Child {
  const name = `v${i}`;
  const unit = (): HTMLElement =>
    field(`${name}-length_unit`, volumeField(i, "length_unit", told(kLengths)), {
      label: t("plan.unit"),
    });
  if (volume.kind === "circle") {
    return [
      field(`${name}-center`, volumeField(i, "center", "line"), {
        label: t("plan.center"),
        hint: t("plan.point.hint"),
        wide: true,
      }),
      field(`${name}-radius`, volumeField(i, "radius", "line"), { label: t("plan.radius") }),
      unit(),
    ];
  }
  const line = volume.kind === "corridor";
  return [
    field(`${name}-points`, volumeField(i, "points", "lines"), {
      label: t(line ? "plan.line" : "plan.corners"),
      hint: t(line ? "plan.line.hint" : "plan.corners.hint"),
      wide: true,
    }),
    line
      ? [field(`${name}-width`, volumeField(i, "width", "line"), { label: t("plan.width") }), unit()]
      : null,
  ];
}

function volumeFieldset(volume: DraftVolume, i: number): HTMLElement {
  const name = `v${i}`;
  const several = (form.draft?.volumes.length ?? 0) > 1;
  const kinds = told([
    ["polygon", "plan.shape.polygon"],
    ["circle", "plan.shape.circle"],
    ["corridor", "plan.shape.corridor"],
  ]);
  const box = h(
    "fieldset",
    { class: i === form.chosen ? "volume chosen" : "volume", "data-volume": i },
    h("legend", {}, t("plan.volume", { n: i + 1 })),
    h(
      "div.fields",
      {},
      field(`${name}-kind`, volumeField(i, "kind", kinds), { label: t("plan.shape") }),
      h(
        "div.buttons",
        {},
        canDraw()
          ? h(
              "button.small",
              { type: "button", "data-key": `draw-${i}`, onclick: () => drawAgain(i) },
              t("plan.draw"),
            )
          : null,
        several
          ? h(
              "button.small",
              { type: "button", "data-key": `remove-${i}`, onclick: () => removeVolume(i) },
              t("plan.volume.remove"),
            )
          : null,
      ),
      shapeFields(volume, i),
      field(`${name}-lower`, volumeField(i, "lower", "line"), { label: t("plan.floor") }),
      field(`${name}-upper`, volumeField(i, "upper", "line"), { label: t("plan.ceiling") }),
      field(
        `${name}-height_unit`,
        volumeField(
          i,
          "height_unit",
          told([
            ["ft", "plan.unit.ft"],
            ["m", "plan.unit.m"],
          ]),
        ),
        { label: t("plan.unit") },
      ),
      field(`${name}-reference`, volumeField(i, "reference", told(kReferences)), {
        label: t("plan.reference"),
      }),
      field(`${name}-start`, volumeField(i, "start", "line"), {
        label: t("plan.start"),
        hint: t("plan.time.hint"),
      }),
      field(`${name}-end`, volumeField(i, "end", "line"), { label: t("plan.end") }),
    ),
  );
  box.addEventListener("focusin", () => choose(i));
  return box;
}

export function drawVolumes(): void {
  const region = form.root?.querySelector<HTMLElement>("#plan-volumes");
  if (region === null || region === undefined || form.draft === undefined) return;
  const { volumes } = form.draft;
  const boxes = newVolumeFields(() => volumes.map(volumeFieldset));
  const active = document.activeElement;
  const id = active instanceof HTMLElement && region.contains(active) ? active.id : "";
  show(
    region,
    boxes,
    h(
      "div.buttons",
      {},
      h(
        "button",
        { type: "button", "data-key": "add-volume", onclick: addVolume },
        t("plan.volume.add"),
      ),
    ),
  );
  if (id !== "") document.getElementById(id)?.focus({ preventScroll: true });
  showFaults();
}

function addVolume(): void {
  const last = form.draft?.volumes.at(-1);
  if (form.draft === undefined || last === undefined) return;
  form.draft.volumes.push({ ...last, points: "", center: "" });
  form.chosen = form.draft.volumes.length - 1;
  drawVolumes();
  changed(false);
  byId(`f-v${form.chosen}-kind`).focus();
}

function removeVolume(i: number): void {
  form.draft?.volumes.splice(i, 1);
  form.chosen = Math.max(0, Math.min(form.chosen, (form.draft?.volumes.length ?? 1) - 1));
  form.touched = new Set([...form.touched].filter((name) => !/^v\d/.test(name)));
  drawVolumes();
  changed(false);
  byId(`f-v${form.chosen}-kind`).focus();
}

function drawAgain(i: number): void {
  choose(i);
  form.goal = i;
  startDrawing(form.draft?.volumes[i]?.kind ?? "polygon");
}
