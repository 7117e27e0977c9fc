// SPDX-License-Identifier: Apache-2.0
//
// Texts that every view shares: the frame of the page, words of states and roles, dialogs.
import type { English } from "./forms";

export const commonEn = {
  "language.label": "Language",
  "page.wait": "Waiting for the node's answer.",
  "dialog.cancel": "Cancel",
  "dialog.signed": "It is signed with your key and stays on the record.",
  "count.entries": { one: "{n} entry", other: "{n} entries" },
} satisfies English;
