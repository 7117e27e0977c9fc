// SPDX-License-Identifier: Apache-2.0
//
// Drawing a plan on the map: what is drawn or dragged there is written into the form's fields.
import { byId, h, show } from "./dom";
import { t } from "./i18n";
import { areaOf, drawnPoint, emptyVolume, plain, pointLine, type DraftVolume } from "./plan";
import { changed, firstStart, form } from "./plan_draft";
import { fillAll } from "./plan_fields";
import { canDraw, drawing, endDrawing, startDrawing, type Drawn, type DrawMode } from "./plan_map";
import { drawVolumes } from "./plan_volumes";

export function onDrawn(shape: Drawn): void {
  if (form.draft === undefined) return;
  const empty = form.draft.volumes.findIndex((volume) => areaOf(volume)[0] === undefined);
  let at = form.goal ?? (empty >= 0 && !hasShape(form.draft.volumes[empty]) ? empty : undefined);
  form.goal = undefined;
  if (at === undefined) {
    const last = form.draft.volumes.at(-1) ?? emptyVolume(firstStart());
    form.draft.volumes.push({ ...last });
    at = form.draft.volumes.length - 1;
  }
  form.chosen = at;
  writeShape(at, shape);
  drawVolumes();
  changed(false);
}

export const hasShape = (volume: DraftVolume | undefined): boolean =>
  volume !== undefined && (plain(volume.points) !== "" || plain(volume.center) !== "");

export function onEdited(shape: Drawn): void {
  writeShape(form.chosen, shape);
  fillAll();
  changed(true);
}

function writeShape(i: number, shape: Drawn): void {
  const volume = form.draft?.volumes[i];
  if (volume === undefined) return;
  volume.kind = shape.kind;
  const points = shape.points.map(drawnPoint);
  if (shape.kind === "circle") {
    const [center] = points;
    if (center !== undefined) volume.center = pointLine(center);
    const { radius_m: m } = shape;
    if (volume.length_unit === "nm") volume.radius = String(Number((m / 1852).toFixed(2)));
    else volume.radius = String(volume.length_unit === "km" ? m / 1000 : m);
    return;
  }
  volume.points = points.map(pointLine).join("\n");
  if (shape.kind === "corridor" && plain(volume.width) === "") {
    volume.width = volume.length_unit === "m" ? "5000" : volume.length_unit === "km" ? "5" : "3";
  }
}

const kDrawModes: DrawMode[] = ["polygon", "rectangle", "circle", "corridor"];

/** The buttons on the map. */
export function drawTools(): void {
  const region = byId("plan-tools");
  const mode = drawing();
  if (form.root === undefined || !canDraw()) return show(region);
  show(
    region,
    h(
      "div.tool-row",
      { role: "group", "aria-label": t("plan.tools") },
      kDrawModes.map((name) =>
        h(
          "button.small",
          {
            type: "button",
            "data-key": `tool-${name}`,
            "aria-pressed": mode === name ? "true" : "false",
            onclick: () => {
              form.goal = undefined;
              if (mode === name) endDrawing();
              else startDrawing(name);
            },
          },
          t(`plan.tool.${name}`),
        ),
      ),
      mode === undefined
        ? null
        : h(
            "button.small",
            { type: "button", "data-key": "tool-end", onclick: () => endDrawing() },
            t("plan.tool.cancel"),
          ),
    ),
    h("p.tool-hint", {}, t(mode === undefined ? "plan.tool.hint" : `plan.tool.${mode}.hint`)),
  );
}
