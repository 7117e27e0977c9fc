// SPDX-License-Identifier: Apache-2.0
import type { commonEn } from "./common.en";
import type { Arabic } from "./forms";

export const commonAr: Arabic<typeof commonEn> = {
  "language.label": "اللغة",
  "page.wait": "في انتظار رد العقدة.",
  "dialog.cancel": "إلغاء",
  "dialog.signed": "يُوقَّع بمفتاحك ويبقى في السجل.",
  "count.entries": {
    zero: "لا قيود",
    one: "قيد واحد",
    two: "قيدان",
    few: "{n} قيود",
    many: "{n} قيداً",
    other: "{n} قيد",
  },
};
