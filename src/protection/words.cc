// SPDX-License-Identifier: Apache-2.0
#include "protection/words.h"

namespace detente::protection {

const std::array<Words, 3>& standing_words() {
  static constexpr std::array<Words, 3> kWords = {{
      {kStandingSentences[0], "Отсутствие в списке не лишает защиты.",
       "عدم الإدراج في القائمة لا يرفع الحماية."},
      {kStandingSentences[1], "Уведомление ничего не гарантирует: оно информирует получателей.",
       "الإخطار لا يضمن شيئًا: إنه يُعلم من يتسلمه."},
      {kStandingSentences[2],
       "Обязанности по международному гуманитарному праву одинаковы с уведомлением и без него.",
       "الواجبات بموجب القانون الدولي الإنساني هي نفسها مع الإخطار وبدونه."},
  }};
  return kWords;
}

const Words& category_words(SiteCategory category) {
  static constexpr std::array<Words, kCategories> kWords = {{
      {"Medical unit", "Медицинское учреждение", "وحدة طبية"},
      {"Civil defence", "Гражданская оборона", "الدفاع المدني"},
      {"Cultural property", "Культурная ценность", "ممتلك ثقافي"},
      {"Place of worship", "Место богослужения", "دار عبادة"},
      {"School", "Школа", "مدرسة"},
      {"Drinking water", "Питьевая вода", "مياه الشرب"},
      {"Power supply of civilians", "Энергоснабжение гражданского населения",
       "إمداد المدنيين بالكهرباء"},
      {"Food and bakeries", "Продовольствие и пекарни", "الغذاء والمخابز"},
      {"Shelter", "Убежище", "ملجأ"},
      {"Camp of displaced persons", "Лагерь перемещённых лиц", "مخيم نازحين"},
      {"Aid office or warehouse", "Офис или склад помощи", "مكتب أو مستودع إغاثة"},
      {"Place of detention", "Место содержания под стражей", "مكان احتجاز"},
      {"Works with dangerous forces", "Сооружение, содержащее опасные силы", "منشأة تحوي قوى خطرة"},
      {"Danger to the environment", "Опасность для окружающей среды", "خطر على البيئة"},
  }};
  return kWords.at(static_cast<std::size_t>(category));
}

}  // namespace detente::protection
