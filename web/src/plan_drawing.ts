// SPDX-License-Identifier: Apache-2.0
//
// Drawing a plan on the map: what is drawn or dragged there is written into the form's fields.
import { areaOf, drawnPoint, emptyVolume, plain, pointLine, type DraftVolume } from "./plan";
import { changed, firstStart, form } from "./plan_draft";
import { fillAll } from "./plan_fields";
import { type Drawn, type DrawMode } from "./plan_map";
import { drawVolumes } from "./plan_volumes";
import { toolRow } from "./tool_row";

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
export const drawTools = (): void =>
  toolRow(form.root !== undefined, kDrawModes, "plan.tool.hint", () => {
    form.goal = undefined;
  });
