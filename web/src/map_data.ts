// SPDX-License-Identifier: Apache-2.0
//
// What the node says, as features for the map at one chosen time.
import type { Feature, FeatureCollection, LineString, Point as GeoPoint, Polygon } from "geojson";
import { feet, metres, stateText } from "./format";
import { classLook, type Scheme } from "./map_images";
import type { Activity, Agreement, Finding, Fix, Point, Shape, Span, Track } from "./types";

export type Features = FeatureCollection;
const collect = (features: Feature[]): Features => ({ type: "FeatureCollection", features });
const feature = <G extends GeoPoint | LineString | Polygon>(
  geometry: G,
  properties: Record<string, unknown>,
): Feature => ({ type: "Feature", geometry, properties });
export const pointFeature = (at: Point, properties: Record<string, unknown>): Feature =>
  feature({ type: "Point", coordinates: at }, properties);
const line = (points: Point[], properties: Record<string, unknown>): Feature =>
  feature({ type: "LineString", coordinates: points }, properties);
export const none = (): Features => collect([]);

/** The order in which classes first appear gives each its look. */
export function classOrder(agreement: Agreement): string[] {
  return [...new Set(agreement.areas.map((area) => area.area_class))];
}

export function areaFeatures(agreement: Agreement, scheme: Scheme): [Features, Features] {
  const order = classOrder(agreement);
  const shapes: Feature[] = [];
  const labels: Feature[] = [];
  for (const area of agreement.areas) {
    const k = order.indexOf(area.area_class) % 6;
    shapes.push(feature(area.shape, { kind: "area", id: area.id, k }));
    labels.push(pointFeature(area.label, { name: area.name, colour: classLook(scheme, k).line }));
  }
  return [collect(shapes), collect(labels)];
}

/** The northern point of a ring: where a label stands clear of the middle. */
function north(shape: Shape): Point {
  const ring = shape.coordinates[0] ?? [];
  let best: Point = ring[0] ?? [0, 0];
  for (const at of ring) if (at[1] > best[1]) best = at;
  return best;
}

/** Volumes of activities whose time holds `at`, or has a part of a span (half-open, as agreed). */
export function volumeFeatures(activities: Activity[], at: number | Span): [Features, Features] {
  const [from, to] =
    typeof at === "number" ? [at, at + 1] : [Date.parse(at.start), Date.parse(at.end)];
  const shapes: Feature[] = [];
  const labels: Feature[] = [];
  for (const activity of activities) {
    if (activity.state === "withdrawn") continue;
    const now = activity.volumes.filter(
      ({ time }) => Date.parse(time.start) < to && from < Date.parse(time.end),
    );
    for (const { shape } of now) {
      shapes.push(feature(shape, { kind: "activity", id: activity.id, state: activity.state }));
    }
    const first = now[0];
    if (first === undefined) continue;
    const name = activity.callsigns[0] ?? activity.place.name;
    labels.push(pointFeature(north(first.shape), { name: `${name} · ${stateText(activity.state)}` }));
  }
  return [collect(shapes), collect(labels)];
}

export function trackName(track: Track): string {
  return track.callsign ?? track.address.toUpperCase();
}

/** A point `metresFar` away on a bearing, on the sphere: short lines only. */
function ahead([longitude, latitude]: Point, bearing: number, metresFar: number): Point {
  const angle = (bearing * Math.PI) / 180;
  const dLat = (metresFar * Math.cos(angle)) / 111195;
  const narrow = Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
  return [longitude + (metresFar * Math.sin(angle)) / (111195 * narrow), latitude + dLat];
}

const kLeaderS = 60;

export interface TrackFeatures {
  tracks: Features;
  trails: Features;
  leaders: Features;
}

/** Tracks at `at`: the newest fix that is not after it, and the trail up to there. */
export function trackFeatures(tracks: Track[], at: number, live: boolean): TrackFeatures {
  const [points, trails, leaders]: [Feature[], Feature[], Feature[]] = [[], [], []];
  for (const track of tracks) {
    const fixes = [...track.trail, track.last].filter(({ time }) => live || Date.parse(time) <= at);
    const fix: Fix | undefined = fixes.at(-1);
    if (fix === undefined || (!live && at - Date.parse(fix.time) > 600000)) continue;
    const height =
      fix.altitude_m === undefined ? "" : `\n${feet(fix.altitude_m)} · ${metres(fix.altitude_m)}`;
    const label = `${trackName(track)}${track.open_findings > 0 ? " !" : ""}${height}`;
    const about = { kind: "track", id: track.address, icon: `air-${track.frame}`, label };
    points.push(pointFeature(fix.point, about));
    const path = fixes.map(({ point }) => point);
    if (path.length > 1) trails.push(line(path, { kind: "track", id: track.address }));
    if (live && track.speed_m_s !== undefined && track.track_deg !== undefined) {
      const to = ahead(fix.point, track.track_deg, track.speed_m_s * kLeaderS);
      leaders.push(line([fix.point, to], {}));
    }
  }
  return { tracks: collect(points), trails: collect(trails), leaders: collect(leaders) };
}

/** Findings that were open at `at`, and those of the hour before it. */
export function findingFeatures(findings: Finding[], at: number): Features {
  const features: Feature[] = [];
  for (const finding of findings) {
    const begun = Date.parse(finding.first.time);
    const last = Date.parse((finding.last ?? finding.first).time);
    if (begun > at || (finding.end !== undefined && at - last > 3600000)) continue;
    const open = finding.end === undefined;
    features.push(
      pointFeature(finding.first.point, {
        kind: "finding",
        id: finding.id,
        icon: open ? "finding-open" : "finding-past",
      }),
    );
  }
  return collect(features);
}

const kGridSteps = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30];

/** Lines of latitude and longitude for a view of this width, with their labels at its edges. */
export function gridFeatures([west, south, east, north]: [number, number, number, number]): [
  Features,
  Features,
] {
  const step = kGridSteps.find((size) => (east - west) / size <= 9) ?? 30;
  const lines: Feature[] = [];
  const labels: Feature[] = [];
  const text = (value: number, signs: string): string => {
    const minutes = Math.round(Math.abs(value) * 60);
    const degrees = `${Math.floor(minutes / 60)}°`;
    const rest = minutes % 60 === 0 ? "" : `${String(minutes % 60).padStart(2, "0")}′`;
    return `${degrees}${rest}${minutes === 0 ? "" : value < 0 ? signs[1] : signs[0]}`;
  };
  const [low, high] = [Math.max(-85, south - step), Math.min(85, north + step)];
  for (let x = Math.floor(west / step); x * step <= east + step; ++x) {
    const at = Number((x * step).toFixed(4));
    lines.push(
      line(
        [
          [at, low],
          [at, high],
        ],
        {},
      ),
    );
    const turned = ((((at + 180) % 360) + 360) % 360) - 180;
    if (at > west && at < east) {
      labels.push(pointFeature([at, north], { name: text(turned, "EW"), anchor: "top-left" }));
    }
  }
  for (let y = Math.ceil(low / step); y * step <= high; ++y) {
    const at = Number((y * step).toFixed(4));
    lines.push(
      line(
        [
          [west - step, at],
          [east + step, at],
        ],
        {},
      ),
    );
    if (at > south && at < north) {
      labels.push(pointFeature([west, at], { name: text(at, "NS"), anchor: "bottom-left" }));
    }
  }
  return [collect(lines), collect(labels)];
}

export function shapesFeature(shapes: Shape[]): Features {
  return collect(shapes.map((shape) => feature(shape, {})));
}

/** About the middle of a shape: where its label stands. */
export function middleOf(shape: Shape): Point {
  const ring = shape.coordinates[0] ?? [];
  const [x, y] = ring.reduce(([a, b], at) => [a + at[0], b + at[1]], [0, 0]);
  return ring.length === 0 ? [0, 0] : [x / ring.length, y / ring.length];
}

export function boundsOf(shapes: Shape[]): [number, number, number, number] | undefined {
  let box: [number, number, number, number] | undefined;
  for (const [x, y] of shapes.flatMap((shape) => shape.coordinates.flat())) {
    box =
      box === undefined
        ? [x, y, x, y]
        : [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
  }
  return box;
}
