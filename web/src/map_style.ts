// SPDX-License-Identifier: Apache-2.0
//
// The map's layers, for the light and the dark scheme. Text is drawn from the fonts of the
// machine: no glyph files are asked for.
import type {
  DataDrivenPropertyValueSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { classLook, kClassLooks, kShownStates, stateLook, type Scheme } from "./map_images";

interface Paper {
  sea: string;
  land: string;
  border: string;
  grid: string;
  town: string;
  townHalo: string;
  label: string;
  trail: string;
  selected: string;
  warning: string;
  site: string;
  overdue: string;
}
const kPaper: Record<Scheme, Paper> = {
  light: {
    sea: "#dbe6ec",
    land: "#f7f5f0",
    border: "#9b9aa0",
    grid: "#c4ced6",
    town: "#55606b",
    townHalo: "#f7f5f0",
    label: "#1c2732",
    trail: "#2b4a66",
    selected: "#3d8be0",
    warning: "#a35d00",
    site: "#00676b",
    overdue: "#b3161b",
  },
  dark: {
    sea: "#111a22",
    land: "#1f2831",
    border: "#5d6975",
    grid: "#2c3843",
    town: "#a3b0bc",
    townHalo: "#1a222a",
    label: "#eef3f7",
    trail: "#9cc4e6",
    selected: "#5fa8f5",
    warning: "#f2bd62",
    site: "#5fd3cb",
    overdue: "#ff9f90",
  },
};

const kFont = ["system-ui"];
const empty = {
  type: "geojson" as const,
  data: { type: "FeatureCollection" as const, features: [] },
};

export const kSources = [
  "land",
  "borders",
  "grid",
  "grid-labels",
  "towns",
  "areas",
  "area-labels",
  "volumes",
  "volume-labels",
  "trails",
  "leaders",
  "tracks",
  "findings",
  "selected",
  "plan",
  "plan-labels",
  "overlap",
  "warnings",
  "warning-labels",
  "utm",
  "utm-labels",
  "sites",
  "site-points",
  "all-sites",
  "cells",
  "corridors",
  "route-points",
  "pins",
] as const;
export type SourceName = (typeof kSources)[number];

function ground(paper: Paper): LayerSpecification[] {
  return [
    { id: "sea", type: "background", paint: { "background-color": paper.sea } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": paper.land } },
    {
      id: "grid",
      type: "line",
      source: "grid",
      paint: { "line-color": paper.grid, "line-width": 0.7 },
    },
    {
      id: "borders",
      type: "line",
      source: "borders",
      layout: { "line-join": "round" },
      paint: { "line-color": paper.border, "line-width": 1.1, "line-dasharray": [3, 1.4] },
    },
    {
      id: "towns",
      type: "symbol",
      source: "towns",
      layout: {
        "text-field": ["get", "name"],
        "text-font": kFont,
        "text-size": ["interpolate", ["linear"], ["get", "size"], 0, 10, 100, 11.5, 1000, 14],
        "text-anchor": "left",
        "text-offset": [0.45, 0],
        "icon-image": "dot",
        "symbol-sort-key": ["-", 0, ["get", "size"]],
        "text-padding": 6,
      },
      paint: {
        "text-color": paper.town,
        "text-halo-color": paper.townHalo,
        "text-halo-width": 1.4,
      },
    },
  ];
}

function areas(scheme: Scheme): LayerSpecification[] {
  const layers: LayerSpecification[] = [];
  for (let k = 0; k < kClassLooks; ++k) {
    const look = classLook(scheme, k);
    const filter: ["==", ["get", string], number] = ["==", ["get", "k"], k];
    layers.push({
      id: `area-fill-${k}`,
      type: "fill",
      source: "areas",
      filter,
      paint: { "fill-pattern": `class-${k}` },
    });
    layers.push({
      id: `area-line-${k}`,
      type: "line",
      source: "areas",
      filter,
      paint: {
        "line-color": look.line,
        "line-width": 1.8,
        ...(look.dash.length > 0 ? { "line-dasharray": look.dash } : {}),
      },
    });
  }
  return layers;
}

function volumes(scheme: Scheme, paper: Paper): LayerSpecification[] {
  const layers: LayerSpecification[] = [
    {
      id: "volume-fill",
      type: "fill",
      source: "volumes",
      // What holds the sky is filled; the rest only reacts to a click.
      paint: {
        "fill-color": paper.trail,
        "fill-opacity": [
          "match",
          ["get", "state"],
          ["active", "nonconforming", "concurred"],
          0.05,
          0.01,
        ],
      },
    },
    {
      id: "selected",
      type: "line",
      source: "selected",
      layout: { "line-join": "round" },
      paint: { "line-color": paper.selected, "line-width": 9, "line-opacity": 0.45 },
    },
  ];
  for (const state of kShownStates) {
    const look = stateLook(scheme, state);
    layers.push({
      id: `volume-${state}`,
      type: "line",
      source: "volumes",
      filter: ["==", ["get", "state"], state],
      layout: { "line-join": "round" },
      paint: {
        "line-color": look.line,
        "line-width": look.width,
        ...(look.dash.length > 0 ? { "line-dasharray": look.dash } : {}),
      },
    });
  }
  return layers;
}

function moving(paper: Paper): LayerSpecification[] {
  const halo = { "text-halo-color": paper.townHalo, "text-halo-width": 1.6 };
  return [
    {
      id: "trails",
      type: "line",
      source: "trails",
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": paper.trail, "line-width": 1.6, "line-opacity": 0.65 },
    },
    {
      id: "leaders",
      type: "line",
      source: "leaders",
      paint: { "line-color": paper.label, "line-width": 1.6 },
    },
    {
      id: "area-labels",
      type: "symbol",
      source: "area-labels",
      layout: {
        "text-field": ["get", "name"],
        "text-font": kFont,
        "text-size": 12,
        "text-max-width": 9,
        "text-letter-spacing": 0.03,
      },
      paint: { "text-color": ["get", "colour"], ...halo },
    },
    {
      id: "volume-labels",
      type: "symbol",
      source: "volume-labels",
      layout: {
        "text-field": ["get", "name"],
        "text-font": kFont,
        "text-size": 11,
        "text-anchor": "top",
        "text-offset": [0, 0.3],
        "text-optional": true,
      },
      paint: { "text-color": paper.label, ...halo },
    },
    {
      id: "findings",
      type: "symbol",
      source: "findings",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    },
    {
      id: "tracks",
      type: "symbol",
      source: "tracks",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-allow-overlap": true,
        "text-field": ["get", "label"],
        "text-font": kFont,
        "text-size": 11,
        "text-anchor": "left",
        "text-justify": "left",
        "text-offset": [1.7, 0],
        "text-optional": true,
      },
      paint: { "text-color": paper.label, ...halo },
    },
    {
      id: "grid-labels",
      type: "symbol",
      source: "grid-labels",
      layout: {
        "text-field": ["get", "name"],
        "text-font": kFont,
        "text-size": 10,
        "text-anchor": ["get", "anchor"],
        "text-offset": [0.3, -0.3],
      },
      paint: { "text-color": paper.town, ...halo },
    },
  ];
}

/** A plan that is being written, and where it comes too close to others. */
function planned(paper: Paper, scheme: Scheme): LayerSpecification[] {
  const wrong = stateLook(scheme, "conflicted").line;
  const chosen: ["boolean", ["get", string], boolean] = ["boolean", ["get", "chosen"], false];
  return [
    {
      id: "plan-fill",
      type: "fill",
      source: "plan",
      paint: { "fill-color": paper.selected, "fill-opacity": ["case", chosen, 0.22, 0.1] },
    },
    {
      id: "plan-line",
      type: "line",
      source: "plan",
      layout: { "line-join": "round" },
      paint: { "line-color": paper.selected, "line-width": ["case", chosen, 3.2, 1.8] },
    },
    {
      id: "overlap-fill",
      type: "fill",
      source: "overlap",
      paint: { "fill-pattern": "overlap" },
    },
    {
      id: "overlap-line",
      type: "line",
      source: "overlap",
      layout: { "line-join": "round" },
      paint: { "line-color": wrong, "line-width": ["case", chosen, 4.5, 2] },
    },
    {
      id: "plan-labels",
      type: "symbol",
      source: "plan-labels",
      layout: {
        "text-field": ["get", "name"],
        "text-font": kFont,
        "text-size": 12,
        "text-allow-overlap": true,
      },
      paint: {
        "text-color": paper.label,
        "text-halo-color": paper.townHalo,
        "text-halo-width": 1.8,
      },
    },
  ];
}

const label = (
  id: SourceName,
  paper: Paper,
  colour: string,
  always = false,
): LayerSpecification => ({
  id,
  type: "symbol",
  source: id,
  layout: {
    "text-field": ["get", "name"],
    "text-font": kFont,
    "text-size": 12,
    "text-max-width": 9,
    "text-allow-overlap": always,
    ...(always ? { "text-anchor": "top" as const, "text-offset": [0, 0.7] as [number, number] } : {}),
  },
  paint: { "text-color": colour, "text-halo-color": paper.townHalo, "text-halo-width": 1.8 },
});

/** Places of warnings, outlines of UTM entities, pins of a message. */
function told(paper: Paper): LayerSpecification[] {
  return [
    {
      id: "utm-fill",
      type: "fill",
      source: "utm",
      paint: { "fill-color": paper.trail, "fill-opacity": ["case", ["get", "constraint"], 0.22, 0.08] },
    },
    {
      id: "utm-line",
      type: "line",
      source: "utm",
      layout: { "line-join": "round" },
      paint: {
        "line-color": paper.trail,
        "line-width": ["case", ["get", "constraint"], 3, 1.6],
      },
    },
    label("utm-labels", paper, paper.label),
    {
      id: "warning-fill",
      type: "fill",
      source: "warnings",
      paint: { "fill-color": paper.warning, "fill-opacity": 0.16 },
    },
    {
      id: "warning-line",
      type: "line",
      source: "warnings",
      layout: { "line-join": "round" },
      paint: { "line-color": paper.warning, "line-width": 2.6, "line-dasharray": [2, 1] },
    },
    label("warning-labels", paper, paper.warning, true),
    {
      id: "pin",
      type: "circle",
      source: "pins",
      paint: {
        "circle-radius": 7,
        "circle-color": paper.selected,
        "circle-stroke-color": paper.townHalo,
        "circle-stroke-width": 2,
      },
    },
    { ...label("pins", paper, paper.label, true), id: "pin-labels" },
  ];
}

const dotted = (
  id: SourceName,
  colour: DataDrivenPropertyValueSpecification<string>,
  paper: Paper,
): LayerSpecification[] => [
  {
    id: `${id}-dots`,
    type: "circle",
    source: id,
    paint: {
      "circle-radius": 5,
      "circle-color": colour,
      "circle-stroke-color": paper.townHalo,
      "circle-stroke-width": 1.6,
    },
  },
  {
    id: `${id}-labels`,
    type: "symbol",
    source: id,
    layout: {
      "text-field": ["get", "name"],
      "text-font": kFont,
      "text-size": 12,
      "text-max-width": 9,
      "text-anchor": "top",
      "text-offset": [0, 0.6],
    },
    paint: { "text-color": paper.label, "text-halo-color": paper.townHalo, "text-halo-width": 1.8 },
  },
];

/** Own cells of a plan that are also in another's, by a private check. */
const ownCells = (paper: Paper): LayerSpecification[] => [
  {
    id: "cell-fill",
    type: "fill",
    source: "cells",
    paint: { "fill-color": paper.overdue, "fill-opacity": 0.22 },
  },
  {
    id: "cell-line",
    type: "line",
    source: "cells",
    paint: { "line-color": paper.overdue, "line-width": 1.4, "line-dasharray": [2, 1.5] },
  },
];

/** Every site: alone as a dot, many near each other as one circle with their number. */
function everySite(paper: Paper): LayerSpecification[] {
  return [
    {
      id: "all-site-dots",
      type: "circle",
      source: "all-sites",
      filter: ["!", ["has", "point_count"]],
      paint: {
        "circle-radius": 4,
        "circle-color": paper.site,
        "circle-stroke-color": ["case", ["get", "contested"], paper.overdue, paper.land],
        "circle-stroke-width": 1.4,
      },
    },
    {
      id: "all-site-clusters",
      type: "circle",
      source: "all-sites",
      filter: ["has", "point_count"],
      paint: {
        "circle-radius": ["step", ["get", "point_count"], 10, 10, 12, 100, 15, 1000, 19],
        "circle-color": paper.site,
        "circle-opacity": 0.82,
        "circle-stroke-color": paper.land,
        "circle-stroke-width": 1.4,
      },
    },
    {
      id: "all-site-numbers",
      type: "symbol",
      source: "all-sites",
      filter: ["has", "point_count"],
      layout: {
        "text-field": ["to-string", ["get", "point_count"]],
        "text-font": kFont,
        "text-size": 11,
        "text-allow-overlap": true,
      },
      paint: { "text-color": paper.land },
    },
  ];
}

/** Protected sites, and the corridors of movements. */
function protected_(paper: Paper): LayerSpecification[] {
  const late: DataDrivenPropertyValueSpecification<string> = [
    "case",
    ["get", "overdue"],
    paper.overdue,
    paper.site,
  ];
  return [
    {
      id: "corridor-fill",
      type: "fill",
      source: "corridors",
      paint: { "fill-color": late, "fill-opacity": 0.14 },
    },
    {
      id: "corridor-line",
      type: "line",
      source: "corridors",
      layout: { "line-join": "round" },
      paint: { "line-color": late, "line-width": 1.8 },
    },
    {
      id: "site-fill",
      type: "fill",
      source: "sites",
      paint: { "fill-color": paper.site, "fill-opacity": 0.18 },
    },
    {
      id: "site-line",
      type: "line",
      source: "sites",
      layout: { "line-join": "round" },
      paint: { "line-color": paper.site, "line-width": 2 },
    },
    ...dotted("route-points", ["case", ["get", "last"], paper.selected, paper.site], paper),
    ...dotted("site-points", paper.site, paper),
  ];
}

export function mapStyle(scheme: Scheme): StyleSpecification {
  const paper = kPaper[scheme];
  return {
    version: 8,
    sources: {
      ...Object.fromEntries(kSources.map((name) => [name, empty])),
      "all-sites": { ...empty, cluster: true, clusterRadius: 34, clusterMaxZoom: 10, buffer: 0 },
    },
    layers: [
      ...ground(paper),
      ...areas(scheme),
      ...volumes(scheme, paper),
      ...moving(paper),
      ...everySite(paper),
      ...ownCells(paper),
      ...protected_(paper),
      ...planned(paper, scheme),
      ...told(paper),
    ],
  };
}

export const warningInk = (scheme: Scheme): string => kPaper[scheme].warning;

export const kClickable = [
  "plan-fill",
  "site-points-dots",
  "all-site-dots",
  "site-fill",
  "corridor-fill",
  "utm-fill",
  "warning-fill",
  "tracks",
  "findings",
  "volume-fill",
  ...Array.from({ length: kClassLooks }, (_, k) => `area-fill-${k}`),
];
