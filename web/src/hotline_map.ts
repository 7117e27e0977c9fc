// SPDX-License-Identifier: Apache-2.0
//
// What the hotline and the UTM view draw on the map: places of warnings that are open, pins of a
// message that is being written, outlines of UTM entities.
import { nodeNow } from "./clock";
import { inWords, isOpenWarning } from "./hotline_words";
import type { Warning } from "./hotline_types";
import { overlays, put } from "./map";
import { middleOf, none, pointFeature, type Features } from "./map_data";
import { activities, hotline, utm } from "./store";
import type { Point, Shape } from "./types";

const kShapesMost = 200; // of one kind on the map; the lists hold the rest

export interface Pin {
  at: Point;
  name: string;
}
let pins: Pin[] = [];

export function showPins(list: Pin[]): void {
  pins = list;
  drawPins();
}

const drawPins = (): void =>
  put("pins", {
    type: "FeatureCollection",
    features: pins.map(({ at, name }) => pointFeature(at, { name })),
  });

/** Where a warning holds: its own place, or the volumes of its activity. */
export function shapesOf(warning: Warning): Shape[] {
  if (warning.volume !== undefined) return [warning.volume.shape];
  const activity = activities.value?.activities.find(({ id }) => id === warning.activity);
  return activity?.volumes.map(({ shape }) => shape) ?? [];
}

interface Outline {
  shape: Shape;
  properties: Record<string, unknown>;
}
const featuresOf = (list: Outline[]): Features => ({
  type: "FeatureCollection",
  features: list.map(({ shape, properties }) => ({
    type: "Feature",
    geometry: shape,
    properties,
  })),
});
const labelsOf = (list: Outline[]): Features => ({
  type: "FeatureCollection",
  features: list.map(({ shape, properties }) => pointFeature(middleOf(shape), properties)),
});

function drawWarnings(): void {
  if (document.body.dataset["map"] === "off") return; // drawn when the map comes back
  const open: Outline[] = [];
  const now = nodeNow() ?? 0;
  for (const warning of hotline.value?.warnings ?? []) {
    if (open.length >= kShapesMost) break;
    if (!isOpenWarning(warning, now)) continue;
    const name = inWords(warning.title, warning.kind)[0];
    for (const shape of shapesOf(warning)) {
      open.push({ shape, properties: { kind: "warning", id: warning.id, name } });
    }
  }
  put("warnings", featuresOf(open));
  put("warning-labels", labelsOf(open));
}

function drawUtm(): void {
  if (document.body.dataset["view"] !== "utm") {
    put("utm", none());
    put("utm-labels", none());
    return;
  }
  const list: Outline[] = [];
  for (const entity of utm.value?.entities ?? []) {
    const properties = {
      kind: "utm",
      id: entity.id,
      constraint: entity.kind === "constraint",
      name: entity.manager,
    };
    for (const shape of entity.shapes) {
      if (list.length < kShapesMost) list.push({ shape, properties });
    }
  }
  put("utm", featuresOf(list));
  put("utm-labels", labelsOf(list));
}

export function drawOverlays(): void {
  drawWarnings();
  drawUtm();
  drawPins();
}

overlays.push(drawOverlays);
hotline.onChange(drawWarnings);
activities.onChange(drawWarnings);
utm.onChange(drawUtm);
