// SPDX-License-Identifier: Apache-2.0
#include "terms/answers.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

// A fix as a volume: a circle of a metre around the point, at its height, for a millisecond.
Result<geo::Volume4> read_fix(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only({"point", "altitude_mm", "reference", "time"}));
  DETENTE_TRY(const JsonReader point_member, in.member("point"));
  DETENTE_TRY(const geo::PointE7 point, geo::read_point(point_member));
  DETENTE_TRY(const std::int64_t height,
              in.integer("altitude_mm", limits::kAltitudeMmMin, limits::kAltitudeMmMax));
  geo::AltitudeReference reference = geo::AltitudeReference::msl;
  if (in.has("reference")) {
    DETENTE_TRY(const std::string name, in.string("reference", limits::kIdBytes));
    Result<geo::AltitudeReference> parsed = geo::parse_altitude_reference(name);
    if (!parsed) return fail(std::move(parsed.error()).at(in.place_of("reference")));
    reference = *parsed;
  }
  DETENTE_TRY(const UtcMs time, in.time("time"));
  DETENTE_TRY(geo::Area area, geo::Area::make(geo::Circle{point, 1000}));
  return geo::Volume4{std::move(area), {height, height, reference}, {time, time + 1}};
}

Result<ProtectedSite> read_site(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only({"id", "category", "area", "altitude", "time"}));
  DETENTE_TRY(std::string id, in.string("id", limits::kNameBytes));
  DETENTE_TRY(std::string category, in.string("category", limits::kIdBytes));
  DETENTE_TRY(const JsonReader shape, in.object("area"));
  DETENTE_TRY(geo::Area area, geo::read_area(shape));
  ProtectedSite site{std::move(id), std::move(category), std::move(area), std::nullopt,
                     std::nullopt};
  if (in.has("altitude")) {
    DETENTE_TRY(const JsonReader band, in.object("altitude"));
    DETENTE_TRY(site.altitude, geo::read_altitude(band));
  }
  if (in.has("time")) {
    DETENTE_TRY(const JsonReader span, in.object("time"));
    DETENTE_TRY(site.time, geo::read_time_span(span));
  }
  return site;
}

Status read_who_and_what(const JsonReader& in, const Agreement& agreement, PlanQuestion& out) {
  if (in.has("who")) {
    DETENTE_TRY(std::string who, in.string("who", limits::kIdBytes));
    out.who = PartyId(std::move(who));
  }
  if (in.has("purpose")) {
    DETENTE_TRY(const std::string name, in.string("purpose", limits::kIdBytes));
    Result<Purpose> purpose = parse_purpose(name);
    if (!purpose) return fail(std::move(purpose.error()).at(in.place_of("purpose")));
    out.purpose = *purpose;
  }
  if (in.has("unmanned")) {
    DETENTE_TRY(out.unmanned, in.boolean("unmanned"));
  }
  if (in.has("active")) {
    DETENTE_TRY(out.active, in.boolean("active"));
  }
  out.stage_known = in.has("stage");
  if (!out.stage_known) return {};
  DETENTE_TRY(std::string stage, in.string("stage", limits::kIdBytes, true));
  if (stage.empty()) return {};
  out.stage = StageId(std::move(stage));
  const std::vector<Stage>& stages = agreement.stages();
  if (std::none_of(stages.begin(), stages.end(),
                   [&](const Stage& one) { return one.id == *out.stage; })) {
    return fail(Errc::agreement_unknown_stage, json_quote(out.stage->value), in.place_of("stage"));
  }
  return {};
}

// ---- expectations ----

std::string names_of(const std::set<std::string>& names) {
  return names.empty() ? "none" : join_words(std::vector<std::string>(names.begin(), names.end()));
}

class Expectations {
 public:
  Expectations(const JsonReader& in, AnswerCheck& out) : in_(in), out_(out) {}

  Status run() {
    DETENTE_CHECK(in_.expect_object());
    DETENTE_CHECK(in_.only({"permitted", "clauses", "applied", "needs", "lead_s", "read_back",
                            "officers", "separation", "exceptions"}));
    DETENTE_TRY(const bool permitted, in_.boolean("permitted"));
    if (permitted != out_.answer.permitted) {
      differ("it is {}", out_.answer.permitted ? "permitted" : "not permitted");
    }
    DETENTE_CHECK(clauses());
    DETENTE_CHECK(procedure());
    DETENTE_CHECK(officers());
    return distances();
  }

 private:
  template <class... Words>
  void differ(fmt::format_string<Words...> form, Words&&... words) {
    out_.differences.push_back(fmt::format(form, std::forward<Words>(words)...));
  }
  Result<std::set<std::string>> read_names(std::string_view name) {
    DETENTE_TRY(const std::vector<std::string> list,
                in_.strings(name, kClausesMax, limits::kIdBytes));
    return std::set<std::string>(list.begin(), list.end());
  }
  Status compare(std::string_view name, const char* what, const std::set<std::string>& got) {
    if (!in_.has(name)) return {};
    DETENTE_TRY(const std::set<std::string> expected, read_names(name));
    if (expected != got) {
      differ("{}: {}, where {} was expected", what, names_of(got), names_of(expected));
    }
    return {};
  }
  Status clauses() {
    std::set<std::string> broken;
    std::set<std::string> kept;
    for (const Reason& reason : out_.answer.reasons) {
      (reason.broken ? broken : kept).insert(reason.clause.value);
    }
    DETENTE_CHECK(compare("clauses", "broken clauses", broken));
    DETENTE_CHECK(compare("applied", "clauses that applied and were kept or lifted", kept));
    std::set<std::string> exceptions;
    for (const NamedException* one : out_.answer.exceptions) exceptions.insert(one->id.value);
    return compare("exceptions", "exceptions", exceptions);
  }
  Status procedure() {
    const Procedure* needs = out_.answer.needs;
    if (in_.has("needs")) {
      DETENTE_TRY(const std::string clause, in_.string("needs", limits::kIdBytes));
      const std::string got = needs == nullptr ? "none" : needs->clause.value;
      if (got != clause) differ("its procedure is {}, where {} was expected", got, clause);
    }
    if (in_.has("lead_s")) {
      DETENTE_TRY(const std::int64_t lead_s, in_.integer("lead_s", 0, limits::kSpanMsMax / 1000));
      const std::int64_t got = needs == nullptr ? -1 : needs->lead_ms / 1000;
      if (got != lead_s) differ("its notice is {} s, where {} s was expected", got, lead_s);
    }
    if (in_.has("read_back")) {
      DETENTE_TRY(const bool read_back, in_.boolean("read_back"));
      const bool got = needs != nullptr && needs->read_back;
      if (got != read_back) differ("a read-back is {}", got ? "needed" : "not needed");
    }
    return {};
  }
  Status officers() {
    if (!in_.has("officers")) return {};
    DETENTE_TRY(const JsonReader list, in_.object("officers"));
    std::set<std::string> expected;
    for (const std::string& party : list.names()) {
      DETENTE_TRY(const std::int64_t count,
                  list.integer(party, 1, std::int64_t{limits::kStatementSigners}));
      expected.insert(fmt::format("{} {}", count, party));
    }
    std::set<std::string> got;
    for (const Procedure::Keys& keys : out_.answer.concurrences) {
      got.insert(fmt::format("{} {}", keys.officers, keys.party.value));
    }
    if (got != expected) {
      differ("officers who concur: {}, where {} was expected", names_of(got), names_of(expected));
    }
    return {};
  }
  Status distances() {
    if (!in_.has("separation")) return {};
    DETENTE_TRY(const JsonReader item, in_.object("separation"));
    DETENTE_CHECK(item.only({"lateral_mm", "vertical_mm", "time_ms"}));
    DETENTE_TRY(const std::int64_t lateral,
                item.integer("lateral_mm", 0, kSeparationMax.lateral_mm));
    DETENTE_TRY(const std::int64_t vertical,
                item.integer("vertical_mm", 0, kSeparationMax.vertical_mm));
    DETENTE_TRY(const std::int64_t time, item.integer("time_ms", 0, kSeparationMax.time_ms));
    const geo::Separation& got = out_.answer.separation.separation;
    if (got.lateral_mm != lateral || got.vertical_mm != vertical || got.time_ms != time) {
      differ("the most separation is {} mm, {} mm, {} ms, where {}, {}, {} was expected",
             got.lateral_mm, got.vertical_mm, got.time_ms, lateral, vertical, time);
    }
    return {};
  }

  const JsonReader& in_;
  AnswerCheck& out_;
};

Result<AnswerCheck> read_case(const JsonReader& in, const Agreement& agreement) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only({"name", "ask", "expect"}));
  AnswerCheck out;
  DETENTE_TRY(out.name, in.string("name", limits::kNameBytes));
  DETENTE_TRY(const JsonReader ask, in.object("ask"));
  DETENTE_TRY(const AskedPlan asked, read_question(ask, agreement));
  out.answer = judge_plan(agreement, asked.question);
  DETENTE_TRY(const JsonReader expect, in.object("expect"));
  DETENTE_CHECK(Expectations(expect, out).run());
  return out;
}

std::vector<ClauseId> untested_clauses(const Agreement& agreement, const AnswersReport& report) {
  std::set<ClauseId> seen;
  for (const AnswerCheck& one : report.cases) {
    for (const Reason& reason : one.answer.reasons) seen.insert(reason.clause);
  }
  std::vector<ClauseId> out;
  const auto add = [&](const ClauseId& clause) {
    if (seen.insert(clause).second) out.push_back(clause);
  };
  for (const Rule& rule : agreement.rules()) add(rule.clause);
  for (const StandOff& stand_off : agreement.stand_offs()) add(stand_off.clause);
  return out;
}

}  // namespace

Result<AskedPlan> read_question(const JsonReader& in, const Agreement& agreement) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(
      in.only({"who", "purpose", "unmanned", "active", "stage", "volumes", "at", "sites"}));
  AskedPlan out;
  DETENTE_CHECK(read_who_and_what(in, agreement, out.question));
  if (in.has("volumes")) {
    DETENTE_TRY(const std::vector<JsonReader> items, in.array("volumes", kAskedVolumesMax));
    for (const JsonReader& item : items) {
      DETENTE_TRY(geo::Volume4 volume, geo::read_volume(item));
      out.question.volumes.push_back(std::move(volume));
    }
  }
  if (in.has("at")) {
    DETENTE_TRY(const JsonReader fix, in.object("at"));
    DETENTE_TRY(geo::Volume4 volume, read_fix(fix));
    out.question.volumes.push_back(std::move(volume));
  }
  if (in.has("sites")) {
    DETENTE_TRY(const std::vector<JsonReader> items, in.array("sites", kAskedSitesMax));
    for (const JsonReader& item : items) {
      DETENTE_TRY(ProtectedSite site, read_site(item));
      out.sites.push_back(std::move(site));
    }
  }
  out.question.sites = out.sites;
  return out;
}

Result<AnswersReport> check_answers(const Agreement& agreement, std::string_view json) {
  DETENTE_TRY(const JsonDocument document, parse_json(json, {.bytes_max = kAnswersBytes}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only({"detente", "agreement", "cases"}));
  DETENTE_TRY(const std::string kind, in.string("detente", limits::kIdBytes));
  if (kind != "agreement-answers/v1") {
    return fail(Errc::answers_malformed,
                fmt::format("{} is not \"agreement-answers/v1\"", json_quote(kind)), "detente");
  }
  DETENTE_TRY(const std::string id, in.string("agreement", limits::kIdBytes));
  if (id != agreement.id()) {
    return fail(Errc::agreement_other, fmt::format("the answers are about {}", json_quote(id)),
                "agreement");
  }
  AnswersReport out;
  DETENTE_TRY(const std::vector<JsonReader> cases, in.array("cases", kCasesMax));
  std::set<std::string> names;
  for (const JsonReader& item : cases) {
    DETENTE_TRY(AnswerCheck one, read_case(item, agreement));
    if (!names.insert(one.name).second) {
      return fail(Errc::answers_malformed, json_quote(one.name) + " names two cases",
                  item.place_of("name"));
    }
    if (!one.differences.empty()) ++out.failed;
    out.cases.push_back(std::move(one));
  }
  out.untested = untested_clauses(agreement, out);
  return out;
}

}  // namespace detente::terms
