// SPDX-License-Identifier: Apache-2.0
//
// Texts of the agreement's reader, of asking it a question, and of its course.
import type { English } from "./forms";

export const termsEn = {
  "terms.length.days": { one: "{n} day", other: "{n} days" },
} satisfies English;
