// SPDX-License-Identifier: Apache-2.0
import type { Arabic } from "./forms";
import type { termsEn } from "./terms.en";

export const termsAr: Arabic<typeof termsEn> = {
  "terms.length.days": {
    zero: "0 أيام",
    one: "يوم واحد",
    two: "يومان",
    few: "{n} أيام",
    many: "{n} يوماً",
    other: "{n} يوم",
  },
};
