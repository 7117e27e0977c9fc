// SPDX-License-Identifier: Apache-2.0
//
// Reads what an agreement says about its course: separations of pairs, stand-offs, places, stages,
// obligations and exceptions. Whether they fit together is agreement_checks.cc.
#include <fmt/core.h>

#include <array>
#include <map>
#include <optional>

#include "base/limits.h"
#include "terms/agreement_reading.h"

namespace detente::terms::reading {
namespace {

Result<FlightClass> read_flight_class(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only(members::kFlightClass));
  FlightClass out;
  DETENTE_TRY(out.purposes, read_purposes(in, "purposes"));
  if (in.has("unmanned")) {
    DETENTE_TRY(out.unmanned, in.boolean("unmanned"));
  }
  return out;
}

Result<PairSeparation> read_pair(const JsonReader& in, const Impl& out) {
  DETENTE_CHECK(in.only(members::kPairSeparation));
  PairSeparation pair;
  DETENTE_TRY(pair.clause, read_clause(in, "clause", out));
  DETENTE_TRY(const std::vector<JsonReader> sides, in.array("between", 2));
  if (sides.size() != 2) {
    return fail(Errc::agreement_malformed, "two kinds of flights are needed",
                in.place_of("between"));
  }
  DETENTE_TRY(pair.between[0], read_flight_class(sides[0]));
  DETENTE_TRY(pair.between[1], read_flight_class(sides[1]));
  DETENTE_TRY(pair.separation, read_distances(in));
  return pair;
}

Result<StandOff> read_stand_off(const JsonReader& in, const Impl& out) {
  DETENTE_CHECK(in.only(members::kStandOff));
  StandOff stand_off;
  DETENTE_TRY(stand_off.clause, read_clause(in, "clause", out));
  DETENTE_TRY(const JsonReader categories, in.member("categories"));
  DETENTE_TRY(stand_off.categories,
              read_set<std::string>(in, "categories", kCategoriesMax,
                                    [](const JsonReader& item) { return as_id(item); }));
  if (stand_off.categories.empty()) {
    return fail(Errc::agreement_malformed, "a stand-off without a category is from nothing",
                categories.place());
  }
  DETENTE_TRY(stand_off.purposes, read_purposes(in, "purposes"));
  DETENTE_TRY(stand_off.lateral_mm, in.integer("lateral_mm", 0, kStandOffLateralMmMax));
  if (in.has("vertical_mm")) {
    DETENTE_TRY(stand_off.vertical_mm, in.integer("vertical_mm", 0, kStandOffVerticalMmMax));
  }
  return stand_off;
}

Result<NamedPlace> read_place(const JsonReader& in) {
  DETENTE_CHECK(in.only(members::kPlace));
  NamedPlace place;
  DETENTE_TRY(place.name, read_texts(in, "name"));
  DETENTE_TRY(const JsonReader point, in.member("point"));
  DETENTE_TRY(place.point, geo::read_point(point));
  return place;
}

// A name says one place in each language; otherwise a read-back would prove nothing.
Status read_places(const JsonReader& in, Impl& out) {
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  DETENTE_CHECK(read_each(in, "places", kPlacesMax, [&](const JsonReader& item) -> Status {
    DETENTE_TRY(NamedPlace place, read_place(item));
    for (const auto& pair : place.name) {
      const auto [other, fresh] = seen.emplace(pair, out.places.size());
      if (fresh) continue;
      if (out.places[other->second].point == place.point) {
        return fail(repeated(pair.second, item.place_of("name")));
      }
      return fail(Errc::agreement_contradiction,
                  fmt::format("places/{} is {} too, at another point", other->second,
                              json_quote(pair.second)),
                  item.place());
    }
    out.places.push_back(std::move(place));
    return {};
  }));
  if (in.has("place_tolerance_mm")) {
    DETENTE_TRY(out.place_tolerance_mm, in.integer("place_tolerance_mm", 1, kPlaceToleranceMmMax));
  }
  return {};
}

Result<std::vector<std::string>> read_findings(const JsonReader& in) {
  DETENTE_TRY(const JsonReader list, in.member("findings"));
  const auto read = [](const JsonReader& item) -> Result<std::string> {
    DETENTE_TRY(std::string name, item.as_string(limits::kIdBytes));
    for (const std::string_view known : kFindingNames) {
      if (name == known) return name;
    }
    return fail(Errc::agreement_malformed,
                fmt::format("{} is no kind of finding", json_quote(name)), item.place());
  };
  DETENTE_TRY(std::vector<std::string> out,
              read_set<std::string>(in, "findings", kFindingNames.size(), read));
  if (out.empty()) {
    return fail(Errc::agreement_malformed, "no kind of finding is named", list.place());
  }
  return out;
}

template <class Id>
Result<Id> read_name(const JsonReader& in, std::string_view name) {
  DETENTE_TRY(std::string id, read_id(in, name, true));
  return Id(std::move(id));
}

Result<StageCondition> read_condition(const JsonReader& in, const Impl& out) {
  StageCondition condition;
  DETENTE_CHECK(in.expect_object());
  DETENTE_TRY(const std::string kind, in.string("kind", limits::kIdBytes));
  if (kind == "elapsed") {
    DETENTE_CHECK(in.only(members::kElapsed));
    condition.kind = StageCondition::Kind::elapsed;
    DETENTE_TRY(condition.n, in.integer("seconds", 1, kValidMsMax / 1000));
  } else if (kind == "clean_days") {
    DETENTE_CHECK(in.only(members::kCleanDays));
    condition.kind = StageCondition::Kind::clean_days;
    DETENTE_TRY(condition.n, in.integer("days", 1, kValidMsMax / (kDayS * 1000LL)));
    DETENTE_TRY(condition.findings, read_findings(in));
  } else if (kind == "obligation") {
    DETENTE_CHECK(in.only(members::kReports));
    condition.kind = StageCondition::Kind::obligation;
    DETENTE_TRY(condition.obligation, read_name<ObligationId>(in, "obligation"));
    DETENTE_TRY(condition.n, in.integer("count", 1, kReportsMax));
  } else {
    return fail(
        Errc::agreement_malformed,
        fmt::format("{} is not \"elapsed\", \"clean_days\" or \"obligation\"", json_quote(kind)),
        in.place_of("kind"));
  }
  DETENTE_TRY(condition.clause, read_clause(in, "clause", out));
  return condition;
}

Result<StageReset> read_reset(const JsonReader& in, const Impl& out) {
  StageReset reset;
  DETENTE_CHECK(in.expect_object());
  DETENTE_TRY(const std::string kind, in.string("kind", limits::kIdBytes));
  if (kind == "finding") {
    DETENTE_CHECK(in.only(members::kFindingReset));
    reset.kind = StageReset::Kind::finding;
    DETENTE_TRY(reset.findings, read_findings(in));
  } else if (kind == "suspension") {
    DETENTE_CHECK(in.only(members::kSuspensionReset));
    reset.kind = StageReset::Kind::suspension;
  } else {
    return fail(Errc::agreement_malformed,
                fmt::format("{} is not \"finding\" or \"suspension\"", json_quote(kind)),
                in.place_of("kind"));
  }
  DETENTE_TRY(reset.clause, read_clause(in, "clause", out));
  if (in.has("to")) {
    DETENTE_TRY(reset.to, read_name<StageId>(in, "to"));
  }
  return reset;
}

Status read_stage(const JsonReader& in, Impl& out) {
  DETENTE_CHECK(in.only(members::kStage));
  Stage stage;
  DETENTE_TRY(stage.id, read_name<StageId>(in, "id"));
  DETENTE_TRY(stage.clause, read_clause(in, "clause", out));
  DETENTE_TRY(stage.name, read_all_texts(in, "name", out));
  if (in.has("after")) {
    DETENTE_TRY(stage.after, read_name<StageId>(in, "after"));
  }
  DETENTE_CHECK(read_each(in, "conditions", kConditionsMax, [&](const JsonReader& item) -> Status {
    DETENTE_TRY(StageCondition condition, read_condition(item, out));
    stage.conditions.push_back(std::move(condition));
    return {};
  }));
  DETENTE_CHECK(read_each(in, "resets", kResetsMax, [&](const JsonReader& item) -> Status {
    DETENTE_TRY(StageReset reset, read_reset(item, out));
    stage.resets.push_back(std::move(reset));
    return {};
  }));
  if (!out.stage_number.emplace(stage.id, out.stages.size()).second) {
    return fail(repeated(stage.id.value, in.place_of("id")));
  }
  out.stages.push_back(std::move(stage));
  return {};
}

Status read_due(const JsonReader& in, const Impl& out, Obligation& obligation) {
  if (in.has("due") && in.has("due_after_stage")) {
    return fail(Errc::agreement_malformed, "\"due\" and \"due_after_stage\" exclude each other",
                in.place());
  }
  if (in.has("due_after_stage") != in.has("due_after_s")) {
    return fail(Errc::agreement_malformed,
                "\"due_after_stage\" and \"due_after_s\" stand together or not at all", in.place());
  }
  if (in.has("due")) {
    DETENTE_TRY(obligation.due, read_time_within(in, "due", out));
  }
  if (in.has("due_after_stage")) {
    DETENTE_TRY(obligation.due_after_stage, read_name<StageId>(in, "due_after_stage"));
    DETENTE_TRY(const std::int64_t after_s, in.integer("due_after_s", 0, kValidMsMax / 1000));
    obligation.due_after_ms = after_s * 1000;
  }
  return {};
}

Status read_obligation(const JsonReader& in, Impl& out) {
  DETENTE_CHECK(in.only(members::kObligation));
  Obligation obligation;
  DETENTE_TRY(obligation.id, read_name<ObligationId>(in, "id"));
  DETENTE_TRY(obligation.clause, read_clause(in, "clause", out));
  DETENTE_TRY(const JsonReader who, in.member("who"));
  DETENTE_TRY(obligation.who, as_adherent(who, out));
  DETENTE_TRY(obligation.what, read_all_texts(in, "what", out));
  DETENTE_CHECK(read_due(in, out, obligation));
  DETENTE_TRY(obligation.evidence, in.string("evidence", limits::kTextBytes));
  DETENTE_TRY(std::string verifier, in.string("verified_by", limits::kIdBytes));
  obligation.verified_by = PartyId(std::move(verifier));
  if (!out.find_party(obligation.verified_by)) {
    return fail(Errc::agreement_unknown_party, json_quote(obligation.verified_by.value),
                in.place_of("verified_by"));
  }
  if (in.has("count")) {
    DETENTE_TRY(obligation.count, in.integer("count", 1, kReportsMax));
  }
  if (in.has("mirrors")) {
    DETENTE_TRY(obligation.mirrors, read_name<ObligationId>(in, "mirrors"));
  }
  if (!out.obligation_number.emplace(obligation.id, out.obligations.size()).second) {
    return fail(repeated(obligation.id.value, in.place_of("id")));
  }
  out.obligations.push_back(std::move(obligation));
  return {};
}

Result<NamedException::Kind> read_exception_kind(const JsonReader& in) {
  using Kind = NamedException::Kind;
  DETENTE_TRY(const std::string name, in.string("kind", limits::kIdBytes));
  for (const Kind kind : {Kind::medical_evacuation, Kind::personnel_recovery, Kind::humanitarian,
                          Kind::self_defence, Kind::imminent_threat, Kind::other}) {
    if (name == exception_kind_name(kind)) return kind;
  }
  return fail(Errc::agreement_malformed,
              fmt::format("{} is no kind of exception", json_quote(name)), in.place_of("kind"));
}

Status read_exception(const JsonReader& in, Impl& out) {
  DETENTE_CHECK(in.only(members::kException));
  NamedException made;
  DETENTE_TRY(made.id, read_name<ExceptionId>(in, "id"));
  DETENTE_TRY(made.clause, read_clause(in, "clause", out));
  DETENTE_TRY(made.name, read_all_texts(in, "name", out));
  DETENTE_TRY(made.kind, read_exception_kind(in));
  DETENTE_TRY(made.purposes, read_purposes(in, "purposes"));
  DETENTE_TRY(const std::int64_t within, in.integer("declare_within_s", 0, kDeclareMsMax / 1000));
  made.declare_within_ms = within * 1000;
  for (const NamedException& other : out.exceptions) {
    if (other.id == made.id) return fail(repeated(made.id.value, in.place_of("id")));
  }
  out.exceptions.push_back(std::move(made));
  return {};
}

}  // namespace

Status read_programme(const JsonReader& in, Impl& out) {
  DETENTE_CHECK(
      read_each(in, "separations", kPairSeparationsMax, [&](const JsonReader& item) -> Status {
        DETENTE_TRY(PairSeparation pair, read_pair(item, out));
        out.pair_separations.push_back(std::move(pair));
        return {};
      }));
  DETENTE_CHECK(read_each(in, "stand_offs", kStandOffsMax, [&](const JsonReader& item) -> Status {
    DETENTE_TRY(StandOff stand_off, read_stand_off(item, out));
    out.stand_offs.push_back(std::move(stand_off));
    return {};
  }));
  DETENTE_CHECK(read_places(in, out));
  DETENTE_CHECK(read_each(in, "stages", kStagesMax,
                          [&](const JsonReader& item) { return read_stage(item, out); }));
  DETENTE_CHECK(read_each(in, "obligations", kObligationsMax,
                          [&](const JsonReader& item) { return read_obligation(item, out); }));
  return read_each(in, "exceptions", kExceptionsMax,
                   [&](const JsonReader& item) { return read_exception(item, out); });
}

}  // namespace detente::terms::reading
