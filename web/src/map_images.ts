// SPDX-License-Identifier: Apache-2.0
//
// Pictures for the map: patterns of area classes, aircraft symbols, the mark of a finding.
// Everything is drawn here; no picture is loaded.
import { ms, numberair } from "milsymbol-parts";
import type { ActivityState, Track } from "./types";

ms.addIcons(numberair);

export type Scheme = "light" | "dark";

export interface ClassLook {
  line: string;
  pattern: "rising" | "dots" | "falling" | "cross" | "level" | "upright";
  dash: number[]; // in line widths; empty: unbroken
}

/** Area classes differ by colour, pattern and outline; they take these in the agreement's order. */
const kLooks: Record<Scheme, ClassLook[]> = {
  light: [
    { line: "#8a3b12", pattern: "rising", dash: [] },
    { line: "#6a3d8f", pattern: "dots", dash: [4, 2] },
    { line: "#0a6b5a", pattern: "cross", dash: [] },
    { line: "#1f4e8c", pattern: "falling", dash: [1, 1.5] },
    { line: "#5c5a12", pattern: "level", dash: [5, 2, 1, 2] },
    { line: "#8a1f56", pattern: "upright", dash: [2, 1] },
  ],
  dark: [
    { line: "#f0a070", pattern: "rising", dash: [] },
    { line: "#c9a2ee", pattern: "dots", dash: [4, 2] },
    { line: "#63d2bb", pattern: "cross", dash: [] },
    { line: "#8fbdf5", pattern: "falling", dash: [1, 1.5] },
    { line: "#d5d06a", pattern: "level", dash: [5, 2, 1, 2] },
    { line: "#f09ac6", pattern: "upright", dash: [2, 1] },
  ],
};
export const kClassLooks = 6;
export const classLook = (scheme: Scheme, k: number): ClassLook =>
  kLooks[scheme][k % kClassLooks] as ClassLook;

export interface StateLook {
  line: string;
  width: number;
  dash: number[];
}
const kStateColours: Record<Scheme, Record<string, string>> = {
  light: { plain: "#3f5163", good: "#14633f", wrong: "#a3341f", warn: "#8a5300", past: "#6a7580" },
  dark: { plain: "#b4c4d4", good: "#6fd6a0", wrong: "#ff9c88", warn: "#f2bd62", past: "#8e9aa6" },
};
export const kShownStates: ActivityState[] = [
  "proposed",
  "conflicted",
  "objected",
  "concurred",
  "active",
  "nonconforming",
  "contingent",
  "ended",
];
export function stateLook(scheme: Scheme, state: ActivityState): StateLook {
  const colours = kStateColours[scheme];
  const look = (colour: string, width: number, dash: number[]): StateLook => ({
    line: colours[colour] as string,
    width,
    dash,
  });
  switch (state) {
    case "proposed":
      return look("plain", 1.6, [1, 1.6]);
    case "conflicted":
      return look("wrong", 2, [3, 1.2, 1, 1.2]);
    case "objected":
      return look("wrong", 1.6, [1, 1.6]);
    case "concurred":
      return look("good", 2, [4, 2]);
    case "active":
      return look("good", 2.6, []);
    case "nonconforming":
      return look("warn", 3.4, []);
    case "contingent":
      return look("warn", 3.4, [2, 1]);
    default:
      return look("past", 1.2, [2, 3]);
  }
}

type Context = CanvasRenderingContext2D;
function canvas(width: number, height: number): [HTMLCanvasElement, Context] {
  const element = document.createElement("canvas");
  element.width = width;
  element.height = height;
  const context = element.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("this browser draws no canvas");
  return [element, context];
}

/** One tile of a pattern; it repeats without a seam. */
export function patternTile(look: ClassLook, scheme: Scheme): HTMLCanvasElement {
  const n = 20;
  const [element, context] = canvas(n, n);
  context.globalAlpha = scheme === "light" ? 0.1 : 0.13;
  context.fillStyle = look.line;
  context.fillRect(0, 0, n, n);
  context.globalAlpha = scheme === "light" ? 0.42 : 0.45;
  context.strokeStyle = look.line;
  context.lineWidth = 1.4;
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  };
  const rising = (): void => {
    for (const shift of [-n, 0, n]) line(shift - 2, n + 2, shift + n + 2, -2);
  };
  const falling = (): void => {
    for (const shift of [-n, 0, n]) line(shift - 2, -2, shift + n + 2, n + 2);
  };
  if (look.pattern === "rising") rising();
  if (look.pattern === "falling") falling();
  if (look.pattern === "level") line(0, n / 2, n, n / 2);
  if (look.pattern === "upright") line(n / 2, 0, n / 2, n);
  if (look.pattern === "cross") {
    line(n / 2 - 4, n / 2, n / 2 + 4, n / 2);
    line(n / 2, n / 2 - 4, n / 2, n / 2 + 4);
  }
  if (look.pattern === "dots") {
    for (const [x, y] of [
      [5, 5],
      [15, 15],
    ] as const) {
      context.beginPath();
      context.arc(x, y, 1.7, 0, 2 * Math.PI);
      context.fill();
    }
  }
  return element;
}

/** Where two activities are too close: a dense hatch, darker than any area's pattern. */
export function hatchTile(scheme: Scheme): HTMLCanvasElement {
  const n = 16;
  const [element, context] = canvas(n, n);
  context.strokeStyle = kStateColours[scheme]["wrong"] as string;
  context.globalAlpha = 0.8;
  context.lineWidth = 2.4;
  for (const shift of [-n, -n / 2, 0, n / 2, n]) {
    context.beginPath();
    context.moveTo(shift - 2, n + 2);
    context.lineTo(shift + n + 2, -2);
    context.stroke();
  }
  return element;
}

/**
 * APP-6 / MIL-STD-2525 air symbols: friend, neutral and unknown are the only frames that the
 * page can draw.
 */
const kSidc: Record<Track["frame"], string> = {
  friend: "10030100001101000000",
  neutral: "10040100001101000000",
  unknown: "10010100001101000000",
};
export function aircraftSymbol(frame: Track["frame"], size: number, ratio = 1): HTMLCanvasElement {
  return new ms.Symbol(kSidc[frame], { size, outlineWidth: 2, outlineColor: "#ffffff" }).asCanvas(
    ratio,
  );
}

/** A finding: a ring with an exclamation mark, filled while it is open. */
export function findingMark(scheme: Scheme, open: boolean, ratio: number): HTMLCanvasElement {
  const n = 24 * ratio;
  const [element, context] = canvas(n, n);
  const [ink, paper] = scheme === "light" ? ["#8a4b00", "#ffffff"] : ["#ffcf7a", "#1b232c"];
  context.scale(ratio, ratio);
  context.lineWidth = 2;
  context.strokeStyle = ink;
  context.fillStyle = open ? ink : paper;
  context.beginPath();
  context.arc(12, 12, 9.5, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  context.fillStyle = open ? paper : ink;
  context.fillRect(10.8, 6, 2.4, 7.6);
  context.fillRect(10.8, 15.6, 2.4, 2.6);
  return element;
}

export function pixels(element: HTMLCanvasElement): ImageData {
  const context = element.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("this browser draws no canvas");
  return context.getImageData(0, 0, element.width, element.height);
}

/** A sample of an area class or an activity's outline for the legend. */
export function swatch(draw: (context: Context) => void): HTMLCanvasElement {
  const ratio = Math.max(1, window.devicePixelRatio);
  const [element, context] = canvas(34 * ratio, 18 * ratio);
  element.className = "swatch";
  element.setAttribute("aria-hidden", "true");
  context.scale(ratio, ratio);
  draw(context);
  return element;
}

export function outline(context: Context, colour: string, width: number, dash: number[]): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash.map((part) => part * width));
  context.strokeRect(2, 2, 30, 14);
}
