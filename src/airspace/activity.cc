// SPDX-License-Identifier: Apache-2.0
#include "airspace/activity.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "base/limits.h"
#include "terms/restraint.h"

namespace detente::airspace {
namespace {

constexpr std::size_t kAircraftMax = 64;
constexpr std::size_t kCallsignBytes = 8;
constexpr std::size_t kAddressBytes = 6;

Error malformed(std::string detail, std::string place) {
  return {Errc::activity_malformed, std::move(detail), std::move(place)};
}

// An error of another folder, with the member's place before it unless it names one itself.
Error placed(Error error, const std::string& place) {
  if (error.place.empty()) error.place = place;
  return error;
}

Result<std::vector<std::string>> read_callsigns(const JsonReader& in) {
  DETENTE_TRY(std::vector<std::string> callsigns,
              in.strings("callsigns", kAircraftMax, limits::kIdBytes));
  std::vector<std::string> sorted;
  for (const std::string& callsign : callsigns) {
    const bool good = callsign.size() <= kCallsignBytes &&
                      std::all_of(callsign.begin(), callsign.end(), [](char c) {
                        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                      });
    if (!good) {
      return fail(malformed(fmt::format("the callsign {} is not 1 to 8 of A-Z and 0-9",
                                        json_quote(callsign.substr(0, 20))),
                            in.place_of("callsigns")));
    }
  }
  sorted = callsigns;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return fail(malformed("a callsign is given twice", in.place_of("callsigns")));
  }
  return callsigns;
}

Result<std::vector<std::uint32_t>> read_aircraft(const JsonReader& in) {
  DETENTE_TRY(const auto texts, in.strings("aircraft", kAircraftMax, limits::kIdBytes));
  std::vector<std::uint32_t> out;
  for (const std::string& text : texts) {
    std::uint32_t address = 0;
    bool good = text.size() == kAddressBytes;
    for (const char c : text) {
      const bool digit = c >= '0' && c <= '9';
      good = good && (digit || (c >= 'a' && c <= 'f'));
      address = address * 16 + static_cast<std::uint32_t>(digit ? c - '0' : c - 'a' + 10);
    }
    if (!good) {
      return fail(malformed(fmt::format("the address {} is not six lower-case hex digits",
                                        json_quote(text.substr(0, 20))),
                            in.place_of("aircraft")));
    }
    if (std::find(out.begin(), out.end(), address) != out.end()) {
      return fail(malformed("an address is given twice", in.place_of("aircraft")));
    }
    out.push_back(address);
  }
  return out;
}

Result<Place> read_place(const JsonReader& in) {
  DETENTE_TRY(const JsonReader place, in.object("place"));
  DETENTE_CHECK(place.only({"name", "point", "confirmed"}));
  Place out;
  DETENTE_TRY(out.name, place.string("name", limits::kNameBytes));
  DETENTE_TRY(const JsonReader point, place.member("point"));
  DETENTE_TRY(out.point, geo::read_point(point));
  if (place.has("confirmed")) {
    DETENTE_TRY(out.confirmed, place.boolean("confirmed"));
  }
  return out;
}

Result<std::vector<geo::Volume4>> read_volumes(const JsonReader& in) {
  DETENTE_TRY(const auto items, in.array("volumes", limits::kVolumesPerActivity));
  if (items.empty()) return fail(malformed("at least one volume", in.place_of("volumes")));
  std::vector<geo::Volume4> out;
  out.reserve(items.size());
  for (const JsonReader& item : items) {
    Result<geo::Volume4> volume = geo::read_volume(item);
    if (!volume) return fail(placed(std::move(volume).error(), item.place()));
    out.push_back(std::move(*volume));
  }
  return out;
}

Result<Exception> read_exception(const JsonReader& in) {
  DETENTE_TRY(const JsonReader exception, in.object("exception"));
  DETENTE_CHECK(exception.only({"clause", "grounds"}));
  Exception out;
  DETENTE_TRY(out.clause.value, exception.string("clause", limits::kIdBytes));
  DETENTE_TRY(out.grounds, exception.string("grounds", limits::kTextBytes));
  return out;
}

Result<Hash> read_check_key(const JsonReader& in) {
  DETENTE_TRY(const std::string text, in.string("check_key", limits::kIdBytes));
  const Result<Hash> key = hash_from_base64(text);
  if (key) return *key;
  return fail(malformed("not 32 bytes in base64", in.place_of("check_key")));
}

// A rule or a named exception of the agreement excepts this purpose under the clause.
Status check_exception(const ActivityPlan& plan, const terms::Agreement& agreement,
                       const std::string& place) {
  const ClauseId& clause = plan.exception->clause;
  const auto clauses = agreement.clauses();
  if (std::find(clauses.begin(), clauses.end(), clause) == clauses.end()) {
    return fail(Errc::agreement_unknown_clause, json_quote(clause.value), place);
  }
  const auto names = [&plan](const std::vector<terms::Purpose>& purposes) {
    return std::find(purposes.begin(), purposes.end(), plan.purpose) != purposes.end();
  };
  bool known = false;
  for (const terms::Rule& rule : agreement.rules()) {
    if (rule.except_clause != clause) continue;
    known = true;
    if (names(rule.except_purposes)) return {};
  }
  for (const terms::NamedException& exception : agreement.exceptions()) {
    if (exception.clause != clause) continue;
    known = true;
    if (names(exception.purposes)) return {};
  }
  return fail(malformed(known ? fmt::format("clause {} makes no exception for {}", clause.value,
                                            terms::purpose_name(plan.purpose))
                              : fmt::format("clause {} is no exception", clause.value),
                        place));
}

Status check_place(const ActivityPlan& plan, const JsonReader& in) {
  for (std::size_t i = 0; i < plan.volumes.size(); ++i) {
    const double metres = plan.volumes[i].area.distance_m(plan.place.point);
    if (metres <= kPlaceDistanceMaxM) continue;
    return fail(Errc::activity_place,
                fmt::format("{:.1f} km from {}, {:.0f} km are allowed", metres / 1000,
                            json_quote(plan.place.name), kPlaceDistanceMaxM / 1000),
                fmt::format("{}/{}", in.place_of("volumes"), i));
  }
  return {};
}

}  // namespace

TimeSpan ActivityPlan::span() const {
  if (volumes.empty()) return {};
  TimeSpan out = volumes.front().time;
  for (const geo::Volume4& volume : volumes) {
    out.start = std::min(out.start, volume.time.start);
    out.end = std::max(out.end, volume.time.end);
  }
  return out;
}

Result<ActivityPlan> read_plan(const JsonReader& body) {
  DETENTE_CHECK(body.expect_object());
  DETENTE_CHECK(terms::refuse_targeting(body, limits::kStatementPayloadBytes));
  DETENTE_CHECK(body.only({"purpose", "operator", "callsigns", "aircraft", "place", "volumes",
                           "exception", "unmanned", "replaces", "remarks", "check_key"}));
  ActivityPlan plan;
  DETENTE_TRY(const std::string purpose, body.string("purpose", limits::kIdBytes));
  Result<terms::Purpose> known = terms::parse_purpose(purpose);
  if (!known) return fail(placed(std::move(known).error(), body.place_of("purpose")));
  plan.purpose = *known;
  DETENTE_TRY(plan.operator_id.value, body.string("operator", limits::kIdBytes));
  DETENTE_TRY(plan.callsigns, read_callsigns(body));
  DETENTE_TRY(plan.aircraft, read_aircraft(body));
  DETENTE_TRY(plan.place, read_place(body));
  DETENTE_TRY(plan.volumes, read_volumes(body));
  const TimeSpan span = plan.span();
  if (span.end - span.start > limits::kSpanMsMax) {
    return fail(Errc::geo_time_range, "all volumes together last more than 56 days",
                body.place_of("volumes"));
  }
  if (body.has("exception")) {
    DETENTE_TRY(plan.exception, read_exception(body));
  }
  if (body.has("unmanned")) {
    DETENTE_TRY(plan.unmanned, body.boolean("unmanned"));
  }
  if (body.has("replaces")) {
    DETENTE_TRY(std::string old, body.string("replaces", limits::kIdBytes));
    plan.replaces = ActivityId{std::move(old)};
  }
  if (body.has("remarks")) {
    DETENTE_TRY(plan.remarks, body.string("remarks", limits::kTextBytes, true));
  }
  if (body.has("check_key")) {
    DETENTE_TRY(plan.check_key, read_check_key(body));
  }
  DETENTE_CHECK(check_place(plan, body));
  return plan;
}

Result<ActivityPlan> read_plan(const JsonReader& body, const terms::Agreement& agreement) {
  DETENTE_TRY(ActivityPlan plan, read_plan(body));
  const PartyId owner = agreement.sponsor_of(plan.operator_id).value_or(PartyId{});
  DETENTE_CHECK(check_plan(plan, owner, agreement, body.place()));
  return plan;
}

Status check_plan(const ActivityPlan& plan, const PartyId& owner, const terms::Agreement& agreement,
                  const std::string& place) {
  const std::string inner = place.empty() ? place : place + "/";
  const std::optional<PartyId> sponsor = agreement.sponsor_of(plan.operator_id);
  if (!sponsor) {
    return fail(Errc::agreement_unknown_party, json_quote(plan.operator_id.value),
                inner + "operator");
  }
  if (*sponsor != owner) {
    return fail(
        malformed(fmt::format("{} does not answer for {}", owner.value, plan.operator_id.value),
                  inner + "operator"));
  }
  if (!plan.exception) return {};
  return check_exception(plan, agreement, inner + "exception/clause");
}

std::string write_plan(const ActivityPlan& plan) {
  JsonWriter out;
  out.begin_object();
  out.member("purpose", terms::purpose_name(plan.purpose));
  out.member("operator", plan.operator_id.value);
  out.name("callsigns").begin_array();
  for (const std::string& callsign : plan.callsigns) out.value(callsign);
  out.end_array();
  out.name("aircraft").begin_array();
  for (const std::uint32_t address : plan.aircraft) out.value(fmt::format("{:06x}", address));
  out.end_array();
  out.name("place").begin_object().member("name", plan.place.name).name("point");
  geo::write_point(out, plan.place.point);
  if (plan.place.confirmed) out.member("confirmed", true);
  out.end_object();
  out.name("volumes").begin_array();
  for (const geo::Volume4& volume : plan.volumes) geo::write_volume(out, volume);
  out.end_array();
  if (plan.exception) {
    out.name("exception").begin_object();
    out.member("clause", plan.exception->clause.value);
    out.member("grounds", plan.exception->grounds).end_object();
  }
  if (plan.unmanned) out.member("unmanned", true);
  if (plan.replaces) out.member("replaces", plan.replaces->value);
  if (!plan.remarks.empty()) out.member("remarks", plan.remarks);
  if (plan.check_key) out.member("check_key", to_base64(*plan.check_key));
  out.end_object();
  return out.take();
}

}  // namespace detente::airspace
