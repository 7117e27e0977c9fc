// SPDX-License-Identifier: Apache-2.0
//
// The part of milsymbol that the page uses (build.mjs names the file behind it).
declare module "milsymbol-parts" {
  export interface MilSymbol {
    isValid(): boolean;
    asCanvas(ratio?: number): HTMLCanvasElement;
    getAnchor(): { x: number; y: number };
    getSize(): { width: number; height: number };
  }
  export const ms: {
    Symbol: new (sidc: string, options?: Record<string, unknown>) => MilSymbol;
    addIcons(parts: unknown): void;
  };
  export const numberair: unknown;
}
