// SPDX-License-Identifier: Apache-2.0
// Method: agreements, questions and volumes are drawn at random as plain data. A second evaluation,
// written from the protocol page and as slow as it likes, reads that data and never an Agreement;
// both must say the same. The last tests are promises that no agreement may break.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "terms/agreement.h"

namespace detente::terms {
namespace {

using Names = std::vector<std::string>;

struct PlainRule {
  std::string clause;
  bool forbid = true;
  Names who, purposes, classes, except_purposes;
};
struct PlainArea {
  std::string area_class;
  std::int64_t lat_e7 = 0, lng_e7 = 0, radius_mm = 0;
  std::optional<std::pair<std::int64_t, std::int64_t>> altitude;  // MSL, mm
  std::optional<std::pair<int, int>> hours;                       // of 2 July 2016
};
struct PlainAgreement {
  std::vector<PlainRule> rules;
  std::vector<PlainArea> areas;
};

const Names kWho = {"north", "south", "monitor", "third-air"};
const Names kClasses = {"red", "blue", "green"};

Names purpose_names() {
  Names out;
  for (const Purpose purpose : kPurposes) out.emplace_back(purpose_name(purpose));
  return out;
}

// Up to `most` different ones of `all`.
Names draw_some(const Names& all, std::size_t most) {
  const auto count = *rc::gen::inRange<std::size_t>(0, most + 1);
  std::set<std::string> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.insert(*rc::gen::elementOf(all));
  return Names(chosen.begin(), chosen.end());
}

PlainRule draw_rule(std::size_t number) {
  PlainRule rule;
  rule.clause = "3." + std::to_string(number);
  rule.forbid = *rc::gen::arbitrary<bool>();
  rule.who = draw_some(kWho, 2);
  rule.purposes = draw_some(purpose_names(), 4);
  rule.classes = draw_some(kClasses, 2);
  if (rule.classes.empty()) rule.classes = {"red"};
  rule.except_purposes = draw_some(purpose_names(), 3);
  return rule;
}

PlainArea draw_area() {
  PlainArea area;
  area.area_class = *rc::gen::elementOf(kClasses);
  area.lat_e7 = *rc::gen::inRange<std::int64_t>(355'000'000, 362'000'000);
  area.lng_e7 = *rc::gen::inRange<std::int64_t>(362'000'000, 372'000'000);
  area.radius_mm = *rc::gen::inRange<std::int64_t>(1'000'000, 30'000'000);
  if (*rc::gen::arbitrary<bool>()) {
    const auto low = *rc::gen::inRange<std::int64_t>(0, 8);
    const auto high = *rc::gen::inRange<std::int64_t>(0, 4);
    area.altitude = {low * 1'000'000, (low + high) * 1'000'000};
  }
  if (*rc::gen::arbitrary<bool>()) {
    const auto from = *rc::gen::inRange<int>(0, 12);
    const auto hours = *rc::gen::inRange<int>(1, 12);
    area.hours = {from, from + hours};
  }
  return area;
}

PlainAgreement draw_agreement() {
  PlainAgreement out;
  const auto rules = *rc::gen::inRange<std::size_t>(0, 7);
  for (std::size_t i = 0; i < rules; ++i) out.rules.push_back(draw_rule(i));
  const auto areas = *rc::gen::inRange<std::size_t>(1, 5);
  for (std::size_t i = 0; i < areas; ++i) out.areas.push_back(draw_area());
  return out;
}

Question draw_question() {
  Question question;
  const Names who = {"north", "south", "monitor", "third-air", "stranger", ""};
  const auto name = *rc::gen::elementOf(who);
  if (!name.empty()) question.who = PartyId(name);
  const auto has_purpose = *rc::gen::arbitrary<bool>();
  if (has_purpose) question.purpose = *rc::gen::elementOf(kPurposes);
  question.active_activity = *rc::gen::arbitrary<bool>();
  return question;
}

void write_names(JsonWriter& out, std::string_view name, const Names& names) {
  if (names.empty()) return;
  out.name(name).begin_array();
  for (const std::string& one : names) out.value(one);
  out.end_array();
}

std::string hour_text(int hour) {
  return format_rfc3339(parse_rfc3339("2016-07-02T00:00:00Z").value() + hour * 3'600'000LL);
}

void write_area(JsonWriter& out, const PlainArea& area, std::size_t number) {
  out.begin_object().member("id", "A" + std::to_string(number)).member("name", "somewhere");
  out.member("class", area.area_class).name("area").begin_object().name("circle").begin_object();
  out.name("center").begin_array().value(area.lat_e7).value(area.lng_e7).end_array();
  out.member("radius_mm", area.radius_mm).end_object().end_object();
  if (area.altitude) {
    out.name("altitude").begin_object().member("lower_mm", area.altitude->first);
    out.member("upper_mm", area.altitude->second).member("reference", "MSL").end_object();
  }
  if (area.hours) {
    out.name("time").begin_object().member("start", hour_text(area.hours->first));
    out.member("end", hour_text(area.hours->second)).end_object();
  }
  out.end_object();
}

void write_clause(JsonWriter& out, const std::string& id) {
  out.begin_object().member("id", id).name("text").begin_object().member("en", "words");
  out.end_object().end_object();
}

Agreement make(const PlainAgreement& plain) {
  JsonWriter out;
  out.begin_object().member("detente", "agreement/v1").member("id", "drawn");
  out.name("title").begin_object().member("en", "Drawn").end_object();
  out.name("valid").raw(R"({"start":"2016-07-01T00:00:00Z","end":"2016-08-01T00:00:00Z"})");
  out.name("parties").raw(
      R"([{"id":"north","name":"N","kind":"party"},{"id":"south","name":"S","kind":"party"},)"
      R"({"id":"monitor","name":"M","kind":"monitor"}])");
  out.name("adherents").raw(R"([{"id":"third-air","name":"T","sponsor":"south"}])");
  out.name("area_classes")
      .raw(R"([{"id":"red","name":"R"},{"id":"blue","name":"B"},{"id":"green","name":"G"}])");
  out.name("areas").begin_array();
  for (std::size_t i = 0; i < plain.areas.size(); ++i) write_area(out, plain.areas[i], i);
  out.end_array().name("clauses").begin_array();
  for (const PlainRule& rule : plain.rules) write_clause(out, rule.clause);
  write_clause(out, "5");
  out.end_array().name("rules").begin_array();
  for (const PlainRule& rule : plain.rules) {
    out.begin_object().member("clause", rule.clause);
    out.member("effect", rule.forbid ? "forbid" : "declare");
    write_names(out, "who", rule.who);
    write_names(out, "purposes", rule.purposes);
    write_names(out, "classes", rule.classes);
    write_names(out, "except_purposes", rule.except_purposes);
    if (!rule.except_purposes.empty()) out.member("except_clause", "5");
    out.end_object();
  }
  out.end_array()
      .name("procedures")
      .raw(R"([{"clause":"5","lead_s":0,"concurrences":[{"party":"north","officers":1},)"
           R"({"party":"south","officers":1}]}])");
  out.name("separation").raw(R"({"clause":"5","lateral_mm":0,"vertical_mm":0,"time_ms":0})");
  out.name("clocks").raw(R"({"heartbeat_s":30,"fresh_s":90,"cut_s":300,"stop_ack_s":60,)"
                         R"("track_gap_s":120})");
  out.end_object();
  Result<Agreement> made = Agreement::make(out.text());
  RC_ASSERT(made.has_value());
  return std::move(*made);
}

bool in(const Names& names, const std::string& one) {
  return std::count(names.begin(), names.end(), one) > 0;
}

// "clause broken? unclear?" of every rule that applies, straight from the words of the page.
std::vector<std::string> slow_reasons(const PlainAgreement& plain, const Question& question,
                                      const PlainArea& area) {
  std::vector<std::string> out;
  for (const PlainRule& rule : plain.rules) {
    if (!in(rule.classes, area.area_class)) continue;
    const bool identified = question.who && in(kWho, question.who->value);
    const std::string purpose = question.purpose ? purpose_name(*question.purpose) : "";
    bool unclear = false;
    if (!rule.who.empty() && identified && !in(rule.who, question.who->value)) continue;
    if (!rule.who.empty() && !identified) unclear = true;
    if (!rule.purposes.empty() && !purpose.empty() && !in(rule.purposes, purpose)) continue;
    if (!rule.purposes.empty() && purpose.empty()) unclear = true;
    bool broken = true;
    if (rule.forbid) {
      const bool exception = !purpose.empty() && in(rule.except_purposes, purpose);
      if (exception && question.active_activity) broken = false;
    } else if (question.active_activity) {
      broken = false;
    }
    out.push_back(rule.clause + (broken ? " broken" : " kept") + (unclear ? " unclear" : ""));
  }
  return out;
}

std::vector<std::string> fast_reasons(const Decision& decision) {
  std::vector<std::string> out;
  for (const Reason& reason : decision.reasons) {
    out.push_back(reason.clause.value + (reason.broken ? " broken" : " kept") +
                  (reason.unclear ? " unclear" : ""));
  }
  return out;
}

RC_GTEST_PROP(Rules, AreJudgedAsTheSlowEvaluationJudgesThem, ()) {
  const PlainAgreement plain = draw_agreement();
  const Agreement agreement = make(plain);
  for (int i = 0; i < 20; ++i) {
    const Question question = draw_question();
    for (std::size_t a = 0; a < plain.areas.size(); ++a) {
      const Decision decision = agreement.judge(question, a);
      RC_ASSERT(fast_reasons(decision) == slow_reasons(plain, question, plain.areas[a]));
      const bool broken = std::any_of(decision.reasons.begin(), decision.reasons.end(),
                                      [](const Reason& reason) { return reason.broken; });
      RC_ASSERT(decision.permitted == !broken);
      for (const Reason& reason : decision.reasons) {
        RC_ASSERT(reason.area == agreement.areas()[a].id);
        RC_ASSERT(reason.text.starts_with("Clause " + reason.clause.value + " "));
      }
    }
  }
}

// A volume that is itself an area without a class.
geo::Volume4 volume_of(const PlainArea& box) {
  const geo::PointE7 center{static_cast<std::int32_t>(box.lat_e7),
                            static_cast<std::int32_t>(box.lng_e7)};
  const auto altitude = box.altitude.value_or(std::pair<std::int64_t, std::int64_t>{0, 1'000'000});
  const auto hours = box.hours.value_or(std::pair<int, int>{0, 24});
  return {geo::Area::make(geo::Circle{center, box.radius_mm}).value(),
          {altitude.first, altitude.second, geo::AltitudeReference::msl},
          {parse_rfc3339(hour_text(hours.first)).value(),
           parse_rfc3339(hour_text(hours.second)).value()}};
}

RC_GTEST_PROP(AreasMet, AreThoseThatCirclesAndNumbersSay, ()) {
  const PlainAgreement plain = draw_agreement();
  const Agreement agreement = make(plain);
  for (int i = 0; i < 10; ++i) {
    const geo::Volume4 volume = volume_of(draw_area());
    const geo::Circle& around = std::get<geo::Circle>(volume.area.shape());
    const std::vector<std::size_t> met = agreement.areas_met(volume);
    for (std::size_t a = 0; a < plain.areas.size(); ++a) {
      const PlainArea& area = plain.areas[a];
      const geo::PointE7 center{static_cast<std::int32_t>(area.lat_e7),
                                static_cast<std::int32_t>(area.lng_e7)};
      const double reach = static_cast<double>(area.radius_mm + around.radius_mm) / 1000.0;
      const double apart = geo::distance_m(center, around.center);
      // Closer to the edge than a metre the two ways of measuring may differ.
      if (std::abs(apart - reach) < 1.0) continue;
      bool expected = apart < reach;
      if (area.altitude) {
        expected = expected && area.altitude->first <= volume.altitude.upper_mm &&
                   volume.altitude.lower_mm <= area.altitude->second;
      }
      if (area.hours) {
        expected = expected &&
                   parse_rfc3339(hour_text(area.hours->first)).value() < volume.time.end &&
                   volume.time.start < parse_rfc3339(hour_text(area.hours->second)).value();
      }
      RC_ASSERT((std::count(met.begin(), met.end(), a) == 1) == expected);
    }
    RC_ASSERT(std::is_sorted(met.begin(), met.end()));
  }
}

RC_GTEST_PROP(Rules, KnowingLessNeverPermitsMore, ()) {
  const PlainAgreement plain = draw_agreement();
  const Agreement agreement = make(plain);
  for (int i = 0; i < 20; ++i) {
    const Question known = draw_question();
    Question less = known;
    if (*rc::gen::arbitrary<bool>()) less.who.reset();
    if (*rc::gen::arbitrary<bool>()) less.purpose.reset();
    if (*rc::gen::arbitrary<bool>()) less.active_activity = false;
    for (std::size_t a = 0; a < plain.areas.size(); ++a) {
      if (agreement.judge(less, a).permitted) RC_ASSERT(agreement.judge(known, a).permitted);
    }
  }
}

RC_GTEST_PROP(Rules, AddingARuleNeverPermitsMore, ()) {
  PlainAgreement plain = draw_agreement();
  const Agreement before = make(plain);
  plain.rules.push_back(draw_rule(plain.rules.size()));
  const Agreement after = make(plain);
  for (int i = 0; i < 20; ++i) {
    const Question question = draw_question();
    for (std::size_t a = 0; a < plain.areas.size(); ++a) {
      if (after.judge(question, a).permitted) RC_ASSERT(before.judge(question, a).permitted);
    }
  }
}

}  // namespace
}  // namespace detente::terms
