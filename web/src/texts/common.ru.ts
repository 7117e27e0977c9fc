// SPDX-License-Identifier: Apache-2.0
import type { commonEn } from "./common.en";
import type { Russian } from "./forms";

export const commonRu: Russian<typeof commonEn> = {
  "language.label": "Язык",
  "page.wait": "Ожидается ответ узла.",
  "dialog.cancel": "Отмена",
  "dialog.signed": "Действие подписывается вашим ключом и остаётся в журнале.",
  "count.entries": {
    one: "{n} запись",
    few: "{n} записи",
    many: "{n} записей",
    other: "{n} записи",
  },
};
