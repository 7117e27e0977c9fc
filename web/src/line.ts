// SPDX-License-Identifier: Apache-2.0
//
// Whether the live line to the node is open, and since when it is not.
import { nodeNow } from "./clock";

export const line: { open: boolean; tried: boolean; lastKnown: number | undefined } = {
  open: false,
  tried: false,
  lastKnown: undefined,
};

export const lineDown = (): boolean => line.tried && !line.open;

export function setLine(open: boolean): void {
  if (open) line.lastKnown = undefined;
  else if (line.open || line.lastKnown === undefined) line.lastKnown = nodeNow();
  line.open = open;
  line.tried = true;
}
