// SPDX-License-Identifier: Apache-2.0
//
// The forms and code lists. Sentences are short and need no inflection: a value stands behind a
// colon, so that it is right in every language whatever it is.
#include "hotline/forms.h"

namespace detente::hotline {
namespace {

constexpr std::int64_t kCallsignBytes = 16;
constexpr std::int64_t kShortBytes = 80;
constexpr std::int64_t kAltitudeM = 30'000;

constexpr Texts kPlace = {"Place", "Место", "المكان"};
constexpr Texts kTime = {"Time", "Время", "الوقت"};
constexpr Texts kFrom = {"From", "С", "من"};
constexpr Texts kUntil = {"Until", "До", "حتى"};
constexpr Texts kAltitude = {"Altitude", "Высота", "الارتفاع"};
constexpr Texts kCallsign = {"Call sign", "Позывной", "نداء الطائرة"};
constexpr Texts kRadius = {"Radius", "Радиус", "نصف القطر"};
constexpr Texts kReason = {"Reason", "Причина", "السبب"};

constexpr Field callsign(bool needed) {
  return {"callsign", kCallsign, FieldKind::text, {}, kCallsignBytes, {}, needed};
}
constexpr Field place(std::string_view name, const Texts& label, bool needed = true) {
  return {name, label, FieldKind::place, {}, 0, {}, needed};
}
constexpr Field time(std::string_view name, const Texts& label, bool needed = true) {
  return {name, label, FieldKind::time, {}, 0, {}, needed};
}
constexpr Field altitude() {
  return {"altitude", kAltitude, FieldKind::altitude, {}, kAltitudeM, "m", false};
}
constexpr Field number(std::string_view name, const Texts& label, std::int64_t max,
                       std::string_view unit, bool needed) {
  return {name, label, FieldKind::number, {}, max, unit, needed};
}
constexpr Field code(std::string_view name, const Texts& label, std::span<const Code> codes,
                     bool needed = true) {
  return {name, label, FieldKind::code, codes, 0, {}, needed};
}

constexpr Code kOther = {"other", {"other", "другое", "غير ذلك"}};

constexpr std::array kDifficulties = {
    Code{"engine", {"engine", "двигатель", "المحرك"}},
    Code{"fuel", {"low on fuel", "мало топлива", "نقص الوقود"}},
    Code{"fire", {"fire on board", "пожар на борту", "حريق على متن الطائرة"}},
    Code{"medical",
         {"ill or hurt person on board", "больной или раненый на борту",
          "مريض أو مصاب على متن الطائرة"}},
    Code{"no_radio", {"radio failed", "отказ связи", "عطل في الاتصال"}},
    Code{"no_control",
         {"control of the unmanned aircraft lost", "потеря управления беспилотником",
          "فقدان السيطرة على الطائرة المسيّرة"}},
    kOther};
constexpr std::array kIntentions = {
    Code{"nearest_airfield",
         {"lands at the nearest airfield", "садится на ближайшем аэродроме", "تهبط في أقرب مطار"}},
    Code{"forced_landing", {"lands where it is", "садится на месте", "تهبط حيث هي"}},
    Code{"returns", {"returns to base", "возвращается на базу", "تعود إلى القاعدة"}},
    Code{"crew_leaves",
         {"the crew leaves the aircraft", "экипаж покидает борт", "الطاقم يغادر الطائرة"}},
    Code{"unknown", {"not known", "неизвестно", "غير معروف"}}};
constexpr std::array kFlightReasons = {
    Code{"medical", {"medical evacuation", "медицинская эвакуация", "إجلاء طبي"}},
    Code{"rescue", {"search and rescue", "поиск и спасание", "بحث وإنقاذ"}},
    Code{"weather", {"avoiding weather", "обход непогоды", "تجنب الطقس"}},
    Code{"lost", {"lost its way", "потеря ориентировки", "فقدان الاتجاه"}},
    Code{"emergency", {"emergency", "аварийная ситуация", "حالة طوارئ"}},
    kOther};
constexpr std::array kClearReasons = {
    Code{"medical", {"medical flight", "медицинский рейс", "رحلة طبية"}},
    Code{"rescue", {"search and rescue", "поиск и спасание", "بحث وإنقاذ"}},
    Code{"aid", {"aid movement", "гуманитарный груз", "نقل مساعدات"}},
    Code{"emergency", {"aircraft in difficulty", "борт терпит бедствие", "طائرة في محنة"}},
    Code{"persons", {"persons at risk", "опасность для людей", "أشخاص معرضون للخطر"}},
    kOther};
constexpr std::array kSeen = {
    Code{"shelling", {"shelling", "артиллерийский обстрел", "قصف مدفعي"}},
    Code{"explosion", {"explosion", "взрыв", "انفجار"}},
    Code{"smoke", {"smoke or fire", "дым или пожар", "دخان أو حريق"}},
    Code{"low_flight",
         {"low flight over persons", "низкий пролёт над людьми", "تحليق منخفض فوق أشخاص"}}};
constexpr std::array kTroubles = {
    Code{"halted", {"halted", "остановлена", "متوقفة"}},
    Code{"fire_near", {"fire falls near it", "рядом ведётся огонь", "نيران قريبة منها"}},
    Code{"blocked", {"road blocked", "дорога перекрыта", "الطريق مقطوع"}},
    Code{"breakdown", {"breakdown", "поломка", "عطل"}},
    Code{"hurt", {"persons hurt", "есть пострадавшие", "هناك مصابون"}},
    Code{"silent", {"no contact", "нет связи", "لا اتصال"}}};
constexpr std::array kLines = {Code{"voice", {"voice line", "голосовая связь", "الخط الصوتي"}},
                               Code{"data", {"data line", "линия данных", "خط البيانات"}},
                               Code{"both", {"both lines", "обе линии", "كلا الخطين"}}};
constexpr std::array kQuestions = {
    Code{"still_planned", {"is it still planned?", "она ещё планируется?", "هل ما زال مخططاً له؟"}},
    Code{"active", {"is it active now?", "она идёт сейчас?", "هل هو جارٍ الآن؟"}},
    Code{"delayed", {"is it delayed?", "она задерживается?", "هل هو متأخر؟"}},
    Code{"ended", {"has it ended?", "она закончена?", "هل انتهى؟"}},
    Code{"outside",
         {"why is it outside its volume?", "почему она вне своего объёма?", "لماذا هو خارج حيزه؟"}},
    Code{"contact",
         {"are you in contact with it?", "есть ли с ней связь?", "هل أنتم على اتصال به؟"}}};
constexpr std::array kAnswers = {Code{"yes", {"yes", "да", "نعم"}}, Code{"no", {"no", "нет", "لا"}},
                                 Code{"unknown", {"not known", "неизвестно", "غير معروف"}},
                                 Code{"wait", {"wait", "ждите", "انتظروا"}}};
constexpr std::array kReadBacks = {
    Code{"as_read", {"this is what we read", "мы приняли это", "هذا ما قرأناه"}},
    Code{"correct", {"correct", "верно", "صحيح"}},
    Code{"not_correct", {"not correct", "неверно", "غير صحيح"}}};
constexpr std::array kProcedures = {
    Code{"say_again", {"say again", "повторите", "أعيدوا القول"}},
    Code{"call_us", {"call us by voice", "позвоните нам", "اتصلوا بنا صوتياً"}},
    Code{"interpreter", {"we fetch an interpreter", "зовём переводчика", "نستدعي مترجماً"}},
    Code{"officer",
         {"we fetch the responsible officer", "зовём ответственного офицера",
          "نستدعي الضابط المسؤول"}}};

constexpr std::array kDifficultyFields = {
    callsign(true), place("place", kPlace), altitude(),
    code("difficulty", {"Difficulty", "Что случилось", "المشكلة"}, kDifficulties),
    code("intention", {"Intention", "Намерение", "النية"}, kIntentions, false)};
constexpr std::array kUnplannedFields = {
    callsign(false),     place("place", kPlace),       altitude(),
    time("from", kFrom), time("until", kUntil, false), code("reason", kReason, kFlightReasons)};
constexpr std::array kTrackFields = {
    place("place", kPlace), time("time", kTime), altitude(),
    number("course", {"Course", "Курс", "الاتجاه"}, 359, "deg", false),
    number("speed", {"Speed", "Скорость", "السرعة"}, 4'000, "km/h", false)};
constexpr std::array kClearFields = {
    place("place", kPlace), number("radius", kRadius, 100, "km", true), time("from", kFrom),
    time("until", kUntil), code("reason", kReason, kClearReasons)};
constexpr std::array kTroopsFields = {
    place("place", kPlace), number("radius", kRadius, 20'000, "m", true), time("until", kUntil)};
constexpr std::array kImpactFields = {
    code("seen", {"Seen", "Наблюдалось", "المشاهد"}, kSeen), place("place", kPlace),
    time("time", kTime), number("count", {"Number", "Количество", "العدد"}, 1'000, {}, false)};
constexpr std::array kMedicalFields = {
    callsign(false),
    place("leaves", {"Leaves from", "Вылет из", "الإقلاع من"}),
    place("lands", {"Lands at", "Посадка в", "الهبوط في"}),
    time("time", kTime),
    altitude(),
    number("patients", {"Patients", "Пациентов", "عدد المرضى"}, 500, {}, false)};
constexpr std::array kConvoyFields = {
    place("place", kPlace), time("time", kTime),
    code("trouble", {"Trouble", "Что случилось", "المشكلة"}, kTroubles),
    number("vehicles", {"Vehicles", "Машин", "عدد المركبات"}, 500, {}, false)};
constexpr std::array kLinkFields = {
    code("line", {"Line", "Линия", "الخط"}, kLines), time("from", kFrom),
    number("frequency", {"Use frequency", "Частота", "التردد"}, 400'000, "kHz", false),
    Field{"number", {"Use number", "Номер", "الرقم"}, FieldKind::text, {}, kShortBytes, {}, false}};
constexpr std::array kQuestionFields = {
    Field{"activity", {"Activity", "Полёт", "النشاط"}, FieldKind::activity, {}, 0, {}, true},
    code("question", {"Question", "Вопрос", "السؤال"}, kQuestions)};
constexpr std::array kAnswerFields = {
    code("answer", {"Answer", "Ответ", "الجواب"}, kAnswers),
    number("minutes", {"Minutes", "Минут", "الدقائق"}, 1'440, "min", false)};
constexpr std::array kReadBackFields = {
    code("says", {"Read back", "Подтверждение", "إعادة القراءة"}, kReadBacks),
    place("place", kPlace, false), time("time", kTime, false), altitude()};
constexpr std::array kProcedureFields = {
    code("asks", {"Procedure", "Порядок связи", "إجراء"}, kProcedures)};

constexpr std::array kForms = {
    Form{"aircraft_in_difficulty",
         {"Aircraft in difficulty", "Борт терпит бедствие", "طائرة في محنة"},
         {"Our aircraft {callsign} is in difficulty: {difficulty}. Place: {place}.[ Altitude: "
          "{altitude}.][ Intention: {intention}.] Keep clear of it.",
          "Наш борт {callsign} терпит бедствие: {difficulty}. Место: {place}.[ Высота: "
          "{altitude}.][ Намерение: {intention}.] Не приближайтесь к нему.",
          "طائرتنا {callsign} في محنة: {difficulty}. المكان: {place}.[ الارتفاع: {altitude}.]"
          "[ النية: {intention}.] ابتعدوا عنها."},
         kDifficultyFields},
    Form{"unplanned_flight",
         {"Unplanned flight", "Внеплановый полёт", "رحلة غير مخططة"},
         {"A flight of ours that was not filed.[ Call sign: {callsign}.] Reason: {reason}. Place: "
          "{place}.[ Altitude: {altitude}.] From: {from}.[ Until: {until}.]",
          "Наш полёт без заявки.[ Позывной: {callsign}.] Причина: {reason}. Место: {place}.[ "
          "Высота: {altitude}.] С: {from}.[ До: {until}.]",
          "رحلة لنا لم يُبلَّغ عنها.[ النداء: {callsign}.] السبب: {reason}. المكان: {place}.[ "
          "الارتفاع: {altitude}.] من: {from}.[ حتى: {until}.]"},
         kUnplannedFields},
    Form{"identify_track",
         {"Whose aircraft is this?", "Чей это борт?", "لمن هذه الطائرة؟"},
         {"Is this aircraft yours? Place: {place}. Time: {time}.[ Altitude: {altitude}.][ Course: "
          "{course}.][ Speed: {speed}.]",
          "Этот борт ваш? Место: {place}. Время: {time}.[ Высота: {altitude}.][ Курс: {course}.][ "
          "Скорость: {speed}.]",
          "هل هذه الطائرة لكم؟ المكان: {place}. الوقت: {time}.[ الارتفاع: {altitude}.][ الاتجاه: "
          "{course}.][ السرعة: {speed}.]"},
         kTrackFields},
    Form{"stay_clear",
         {"Please stay clear", "Просим не приближаться", "نرجو الابتعاد"},
         {"Please stay clear of this place: {place}. Radius: {radius}. From: {from}. Until: "
          "{until}. "
          "Reason: {reason}.",
          "Просим не приближаться к месту: {place}. Радиус: {radius}. С: {from}. До: {until}. "
          "Причина: {reason}.",
          "نرجو الابتعاد عن هذا المكان: {place}. نصف القطر: {radius}. من: {from}. حتى: {until}. "
          "السبب: {reason}."},
         kClearFields},
    Form{
        "own_troops",
        {"Our people are here", "Здесь наши люди", "أفرادنا هنا"},
        {"People of ours are on the ground near this place: {place}. Radius: {radius}. Until: "
         "{until}. Told for their safety only.",
         "Наши люди находятся на земле у места: {place}. Радиус: {radius}. До: {until}. Сообщается "
         "только для их безопасности.",
         "أفراد لنا على الأرض قرب هذا المكان: {place}. نصف القطر: {radius}. حتى: {until}. نبلغكم "
         "بهذا لسلامتهم فقط."},
        kTroopsFields},
    Form{
        "impacts_seen",
        {"Impacts seen", "Наблюдались разрывы", "شوهدت انفجارات"},
        {"Seen: {seen}. Place: {place}. Time: {time}.[ Number: {count}.] Is it known to you? If it "
         "is yours, stop it.",
         "Наблюдалось: {seen}. Место: {place}. Время: {time}.[ Количество: {count}.] Известно ли "
         "вам "
         "об этом? Если это ваше, прекратите.",
         "شوهد: {seen}. المكان: {place}. الوقت: {time}.[ العدد: {count}.] هل تعلمون بذلك؟ إن كان "
         "منكم فأوقفوه."},
        kImpactFields},
    Form{
        "medical_flight",
        {"Medical flight coming", "Медицинский рейс", "رحلة طبية قادمة"},
        {"Medical flight.[ Call sign: {callsign}.] Leaves from: {leaves}. Lands at: {lands}. Time: "
         "{time}.[ Altitude: {altitude}.][ Patients: {patients}.]",
         "Медицинский рейс.[ Позывной: {callsign}.] Вылет из: {leaves}. Посадка в: {lands}. Время: "
         "{time}.[ Высота: {altitude}.][ Пациентов: {patients}.]",
         "رحلة طبية.[ النداء: {callsign}.] الإقلاع من: {leaves}. الهبوط في: {lands}. الوقت: "
         "{time}.[ "
         "الارتفاع: {altitude}.][ عدد المرضى: {patients}.]"},
        kMedicalFields},
    Form{"convoy_in_trouble",
         {"Aid convoy in trouble", "Гуманитарная колонна в беде", "قافلة مساعدات في ورطة"},
         {"An aid convoy needs help: {trouble}. Place: {place}. Time: {time}.[ Vehicles: "
          "{vehicles}.]",
          "Гуманитарной колонне нужна помощь: {trouble}. Место: {place}. Время: {time}.[ Машин: "
          "{vehicles}.]",
          "قافلة مساعدات تحتاج إلى عون: {trouble}. المكان: {place}. الوقت: {time}.[ عدد المركبات: "
          "{vehicles}.]"},
         kConvoyFields},
    Form{"link_trouble",
         {"Trouble on the line", "Неполадки на линии", "مشكلة في الخط"},
         {"Trouble on our {line}. From: {from}.[ Use frequency: {frequency}.][ Use number: "
          "{number}.]",
          "Неполадки: {line}. С: {from}.[ Частота: {frequency}.][ Номер: {number}.]",
          "مشكلة لدينا: {line}. من: {from}.[ استعملوا التردد: {frequency}.][ استعملوا الرقم: "
          "{number}.]"},
         kLinkFields},
    Form{"activity_question",
         {"Question about an activity", "Вопрос о полёте", "سؤال عن نشاط"},
         {"About activity {activity}: {question}", "О полёте {activity}: {question}",
          "عن النشاط {activity}: {question}"},
         kQuestionFields},
    Form{"answer",
         {"Answer", "Ответ", "جواب"},
         {"Answer: {answer}.[ Within: {minutes}.]", "Ответ: {answer}.[ В течение: {minutes}.]",
          "الجواب: {answer}.[ خلال: {minutes}.]"},
         kAnswerFields},
    Form{"read_back",
         {"Read back", "Подтверждение приёма", "إعادة القراءة"},
         {"Read back: {says}.[ Place: {place}.][ Time: {time}.][ Altitude: {altitude}.]",
          "Подтверждение: {says}.[ Место: {place}.][ Время: {time}.][ Высота: {altitude}.]",
          "إعادة القراءة: {says}.[ المكان: {place}.][ الوقت: {time}.][ الارتفاع: {altitude}.]"},
         kReadBackFields},
    Form{"procedure",
         {"Speaking on the line", "Порядок связи", "إجراء الاتصال"},
         {"On the line: {asks}.", "На линии: {asks}.", "على الخط: {asks}."},
         kProcedureFields}};

constexpr std::array kWarnings = {
    Code{"near_aircraft", {"Aircraft too close", "Опасное сближение", "طائرات متقاربة جداً"}},
    Code{"persons_near", {"Persons in danger here", "Здесь люди в опасности", "أشخاص في خطر هنا"}},
    Code{"protected_place",
         {"Protected place in danger", "Опасность для охраняемого места", "مكان محمي في خطر"}},
    Code{"own_troops", {"Our people are here", "Здесь наши люди", "أفرادنا هنا"}},
    Code{"unplanned_flight", {"Unplanned flight", "Внеплановый полёт", "رحلة غير مخططة"}},
    Code{"no_control",
         {"Unmanned aircraft out of control", "Беспилотник без управления",
          "طائرة مسيّرة خارج السيطرة"}},
    Code{"emergency", {"Emergency in the air", "Аварийная ситуация в воздухе", "طوارئ في الجو"}},
    Code{"firing", {"Firing or shelling here", "Здесь ведётся огонь", "إطلاق نار أو قصف هنا"}},
    Code{"other_danger", {"Other danger", "Другая опасность", "خطر آخر"}}};

}  // namespace

std::span<const Form> forms() {
  return kForms;
}

std::span<const Code> warning_kinds() {
  return kWarnings;
}

}  // namespace detente::hotline
