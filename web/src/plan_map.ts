// SPDX-License-Identifier: Apache-2.0
//
// Drawing a plan on the map. Terra Draw takes the pointer; what it draws is handed on at once and
// drawn by the map itself from the plan's fields, so that the map shows what would be signed.
// Only the handles of the chosen volume stay with Terra Draw. A circle's handle is the line from
// its centre to its rim: its centre and radius then stay exact.
import type { MapLibreMap } from "maplibre-gl";
import {
  TerraDraw,
  TerraDrawCircleMode,
  TerraDrawLineStringMode,
  TerraDrawPolygonMode,
  TerraDrawRectangleMode,
  TerraDrawSelectMode,
  ValidateNotSelfIntersecting,
  type HexColor,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { bring, guests, put, takeClicks } from "./map";
import { middleOf, pointFeature } from "./map_data";
import { destination, distanceOf, type ShapeKind } from "./plan";
import type { Point, Shape } from "./types";

export type DrawMode = "polygon" | "rectangle" | "circle" | "corridor";
export interface Drawn {
  kind: ShapeKind;
  points: Point[]; // corners, or the middle line; of a circle its centre
  radius_m: number;
}
export interface PlanVolumeShape {
  shape: Shape;
  label: string;
  chosen: boolean;
}
export interface OverlapShape {
  shape: Shape;
  chosen: boolean;
}
interface Listeners {
  drawn: (shape: Drawn) => void;
  edited: (shape: Drawn) => void;
  chosen: (index: number) => void;
  /** Drawing began with this mode, or came to its end. */
  mode: (mode: DrawMode | undefined) => void;
}

const kHandle = "handle";
const kModes: Record<DrawMode, string> = {
  polygon: "polygon",
  rectangle: "rectangle",
  circle: "circle",
  corridor: "linestring",
};

let map: MapLibreMap | undefined;
let draw: TerraDraw | undefined;
let listeners: Listeners | undefined;
let wanted = false; // the plan's view is open
let mode: DrawMode | undefined;
let handles: Drawn | undefined;
let handleId: string | number | undefined;
let volumes: PlanVolumeShape[] = [];
let overlaps: OverlapShape[] = [];

const dark = matchMedia("(prefers-color-scheme: dark)");

function inkOf(): HexColor {
  return dark.matches ? "#8cc0f0" : "#1a5488";
}

function makeDraw(on: MapLibreMap): TerraDraw {
  const [ink, paper]: [HexColor, HexColor] = [inkOf(), dark.matches ? "#11181f" : "#ffffff"];
  const area = {
    fillColor: ink,
    fillOpacity: 0.12,
    outlineColor: ink,
    outlineWidth: 2,
    closingPointColor: ink,
    closingPointOutlineColor: paper,
    closingPointWidth: 5,
    closingPointOutlineWidth: 2,
  };
  const line = { lineStringColor: ink, lineStringWidth: 3 };
  const editable = { midpoints: true, draggable: true, deletable: true };
  return new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map: on, coordinatePrecision: 9 }),
    modes: [
      new TerraDrawPolygonMode({
        styles: area,
        pointerDistance: 14,
        validation: (feature, { updateType }) =>
          updateType === "finish" || updateType === "commit"
            ? ValidateNotSelfIntersecting(feature)
            : { valid: true },
      }),
      new TerraDrawRectangleMode({ styles: area }),
      new TerraDrawCircleMode({ styles: area, projection: "globe" }),
      new TerraDrawLineStringMode({ styles: line, pointerDistance: 14 }),
      new TerraDrawLineStringMode({ modeName: "circle-handle", styles: line }),
      new TerraDrawSelectMode({
        keyEvents: null,
        allowManualDeselection: false,
        styles: {
          selectedPolygonColor: ink,
          selectedPolygonFillOpacity: 0,
          selectedPolygonOutlineColor: ink,
          selectedPolygonOutlineWidth: 2,
          selectedLineStringColor: ink,
          selectedLineStringWidth: 2,
          selectionPointColor: paper,
          selectionPointOutlineColor: ink,
          selectionPointWidth: 6,
          selectionPointOutlineWidth: 2,
          midPointColor: ink,
          midPointOutlineColor: paper,
          midPointWidth: 4,
          midPointOutlineWidth: 1,
        },
        flags: {
          polygon: { feature: { draggable: true, coordinates: editable } },
          linestring: { feature: { draggable: true, coordinates: editable } },
          "circle-handle": { feature: { draggable: true, coordinates: { draggable: true } } },
        },
      }),
    ],
  });
}

/** Terra Draw's feature as a shape, or undefined if it is not finished. */
function shapeFrom(id: string | number): Drawn | undefined {
  const feature = draw?.getSnapshotFeature(id);
  if (feature === undefined) return undefined;
  const { geometry, properties } = feature;
  if (geometry.type === "LineString") {
    const points = geometry.coordinates as Point[];
    const [center, rim] = points;
    if (properties["mode"] !== "circle-handle") return { kind: "corridor", points, radius_m: 0 };
    if (center === undefined || rim === undefined) return undefined;
    return { kind: "circle", points: [center], radius_m: distanceOf(center, rim) };
  }
  if (geometry.type !== "Polygon") return undefined;
  const ring = (geometry.coordinates[0] as Point[]).slice(0, -1);
  if (properties["mode"] !== "circle") return { kind: "polygon", points: ring, radius_m: 0 };
  // Points of the ring that lie opposite have the centre between them.
  const sum = ring.reduce(([x, y], at) => [x + at[0], y + at[1]], [0, 0]);
  const center: Point = [sum[0] / ring.length, sum[1] / ring.length];
  const far = ring.reduce((total, at) => total + distanceOf(center, at), 0) / ring.length;
  return { kind: "circle", points: [center], radius_m: Math.round(far / 10) * 10 };
}

function onFinish(id: string | number): void {
  if (id === handleId) {
    showHandles(); // the rim of a circle that was moved takes its place again
    return;
  }
  const shape = shapeFrom(id);
  const begun = mode;
  // Not within Terra Draw's own step: it still works on the feature.
  setTimeout(() => {
    if (draw?.hasFeature(id) === true) draw.removeFeatures([id]);
    endDrawing();
    if (shape !== undefined && begun !== undefined) listeners?.drawn(shape);
  });
}

function onChange(ids: (string | number)[], type: string, context?: object): void {
  if (type !== "update" || handleId === undefined || !ids.includes(handleId)) return;
  if (context !== undefined && "origin" in context) return; // our own doing
  const shape = shapeFrom(handleId);
  if (shape === undefined || handles === undefined) return;
  const [before, now] = [handles.points[0], shape.points[0]];
  if (shape.kind === "circle" && before !== undefined && now !== undefined) {
    // A centre that moves takes its circle along; only the rim's end changes the radius.
    const moved = distanceOf(before, now) > 0.5;
    shape.radius_m = moved ? handles.radius_m : Math.round(shape.radius_m / 10) * 10;
  }
  handles = shape;
  listeners?.edited(shape);
}

function begin(on: MapLibreMap): void {
  if (draw !== undefined || !wanted) return;
  draw = makeDraw(on);
  draw.start();
  draw.on("finish", onFinish);
  draw.on("change", onChange);
  showHandles();
}

function leave(): void {
  if (draw === undefined) return;
  const old = draw;
  draw = undefined;
  handleId = undefined;
  endDrawing();
  old.stop();
}

guests.enter = (on) => {
  map = on;
  begin(on);
};
guests.leave = leave;
guests.draw = () => {
  put("plan", {
    type: "FeatureCollection",
    features: volumes.map(({ shape, chosen }, i) => ({
      type: "Feature",
      geometry: shape,
      properties: { kind: "plan", id: String(i), chosen },
    })),
  });
  put("plan-labels", {
    type: "FeatureCollection",
    features: volumes.map(({ shape, label }) => pointFeature(middleOf(shape), { name: label })),
  });
  put("overlap", {
    type: "FeatureCollection",
    features: overlaps.map(({ shape, chosen }) => ({
      type: "Feature",
      geometry: shape,
      properties: { chosen },
    })),
  });
};

/** The plan's view opens: from now on the map's clicks belong to it. */
export function openPlanMap(to: Listeners): void {
  listeners = to;
  wanted = true;
  takeClicks((_at, picks) => {
    const volume = picks.find(({ kind }) => kind === "plan");
    if (mode === undefined && volume !== undefined) listeners?.chosen(Number(volume.id));
  });
  if (map !== undefined) begin(map);
}

export function closePlanMap(): void {
  wanted = false;
  leave();
  takeClicks(undefined);
  showPlan([]);
  showOverlaps([]);
  handles = undefined;
}

export function showPlan(shapes: PlanVolumeShape[]): void {
  volumes = shapes;
  guests.draw?.();
}

export function showOverlaps(shapes: OverlapShape[]): void {
  overlaps = shapes;
  guests.draw?.();
}

/** Puts handles on the chosen volume; undefined: on none. */
export function setHandles(shape: Drawn | undefined): void {
  if (JSON.stringify(shape) === JSON.stringify(handles) && handleId !== undefined) return;
  handles = shape;
  if (mode === undefined) showHandles();
}

function showHandles(): void {
  if (draw === undefined || mode !== undefined) return;
  handleId = undefined;
  draw.clear();
  const first = handles?.points[0];
  if (handles === undefined || first === undefined) {
    draw.setMode("static");
    return;
  }
  const id = draw.getFeatureId();
  const round = ([x, y]: Point): Point => [Number(x.toFixed(9)), Number(y.toFixed(9))];
  const points = handles.points.map(round);
  const of = {
    polygon: { name: "polygon", geometry: { type: "Polygon", coordinates: [[...points, points[0]]] } },
    corridor: { name: "linestring", geometry: { type: "LineString", coordinates: points } },
    circle: {
      name: "circle-handle",
      geometry: {
        type: "LineString",
        coordinates: [round(first), round(destination(first, 90, handles.radius_m))],
      },
    },
  }[handles.kind];
  const [result] = draw.addFeatures([
    {
      id,
      type: "Feature",
      geometry: of.geometry as never,
      properties: { mode: of.name, name: kHandle },
    },
  ]);
  if (result?.valid !== true) return; // crossing edges, say: the fields tell
  draw.setMode("select");
  draw.selectFeature(id);
  handleId = id;
}

/** Begins to draw a shape; Escape or endDrawing() leaves it. */
export function startDrawing(with_: DrawMode): void {
  if (draw === undefined) return;
  handleId = undefined;
  draw.clear();
  mode = with_;
  draw.setMode(kModes[with_]);
  listeners?.mode(mode);
  map?.getCanvas().focus();
}

export function endDrawing(): void {
  if (mode === undefined) return;
  mode = undefined;
  listeners?.mode(undefined);
  showHandles();
}

export const drawing = (): DrawMode | undefined => mode;

/** Whether the map can be drawn on at all (a browser without WebGL cannot). */
export const canDraw = (): boolean => map !== undefined;

export const bringPlan = (): void => bring(volumes.map(({ shape }) => shape));

