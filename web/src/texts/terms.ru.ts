// SPDX-License-Identifier: Apache-2.0
import type { Russian } from "./forms";
import type { termsEn } from "./terms.en";

export const termsRu: Russian<typeof termsEn> = {
  "terms.length.days": { one: "{n} день", few: "{n} дня", many: "{n} дней", other: "{n} дня" },
};
