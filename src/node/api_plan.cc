// SPDX-License-Identifier: Apache-2.0
#include "node/api_plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "airspace/plan_check.h"
#include "base/limits.h"
#include "node/api_parts.h"
#include "node/stand_off.h"
#include "terms/ask.h"

namespace detente::node {
namespace {

using airspace::PlanCheck;
using airspace::WayKind;
using airspace::WayOut;

// A moment, and a position without a size.
constexpr std::int64_t kMomentMs = 1;
constexpr std::int64_t kPointMm = 10;

// No member describes targeting, in whatever question.
Status refuse_targeting(const JsonReader& in) {
  for (const std::string& name : in.names()) {
    if (!terms::is_refused_member(name)) continue;
    return fail(Errc::restraint, json_quote(name.substr(0, 80)), in.place_of(name));
  }
  return {};
}

double metres(std::int64_t mm) {
  return static_cast<double>(mm) / 1000;
}
double to_decimetre(double metres) {
  return std::round(metres * 10) / 10;
}

// ---- POST /api/plans/check: the question ----

// Metres may have a decimal; half a decimetre more, so that a length of whole feet still fits.
Result<std::int64_t> read_metres(const JsonReader& in, std::string_view name,
                                 std::int64_t most_mm) {
  if (!in.has(name)) return 0;
  DETENTE_TRY(const double value, in.number(name));
  const double most = metres(most_mm);
  if (value < 0 || value > most) {
    return fail(Errc::json_member_range, fmt::format("{} is not in 0 to {}", value, most),
                in.place_of(name));
  }
  return value == 0 ? 0 : std::min(most_mm, static_cast<std::int64_t>(value * 1000) + 50);
}
Result<std::int64_t> read_seconds(const JsonReader& in, std::string_view name,
                                  std::int64_t most_ms) {
  if (!in.has(name)) return 0;
  DETENTE_TRY(const std::int64_t seconds, in.integer(name, 0, most_ms / 1000));
  return seconds * 1000;
}

Result<airspace::Flexibility> read_flexibility(const JsonReader& body) {
  airspace::Flexibility out;
  if (!body.has("flexibility")) return out;
  DETENTE_TRY(const JsonReader in, body.object("flexibility"));
  DETENTE_CHECK(
      in.only({"earlier_s", "later_s", "higher_m", "lower_m", "shorten_to_s", "sideways_m"}));
  DETENTE_TRY(out.earlier_ms, read_seconds(in, "earlier_s", limits::kFlexibleMs));
  DETENTE_TRY(out.later_ms, read_seconds(in, "later_s", limits::kFlexibleMs));
  DETENTE_TRY(out.higher_mm, read_metres(in, "higher_m", limits::kFlexibleHeightMm));
  DETENTE_TRY(out.lower_mm, read_metres(in, "lower_m", limits::kFlexibleHeightMm));
  DETENTE_TRY(out.sideways_mm, read_metres(in, "sideways_m", limits::kFlexibleSidewaysMm));
  if (in.has("shorten_to_s")) {
    DETENTE_TRY(const std::int64_t seconds,
                in.integer("shorten_to_s", 1, limits::kSpanMsMax / 1000));
    out.shorten_to_ms = seconds * 1000;
  }
  return out;
}

// ---- POST /api/plans/check: the answer ----

void write_needs(JsonWriter& out, const terms::Procedure* needs,
                 const std::vector<terms::Procedure::Keys>& who) {
  out.name("needs");
  if (needs == nullptr) {
    out.null();
    return;
  }
  out.begin_object().member("clause", needs->clause.value);
  out.member("lead_s", needs->lead_ms / 1000).member("read_back", needs->read_back);
  out.name("concurrences").begin_array();
  for (const terms::Procedure::Keys& keys : who) {
    out.begin_object().member("party", keys.party.value).member("officers", keys.officers);
    out.end_object();
  }
  out.end_array().end_object();
}

void write_separation(JsonWriter& out, const terms::SeparationTerms& terms) {
  out.name("separation").begin_object().member("clause", terms.clause.value);
  out.name("lateral_m").decimal(metres(terms.separation.lateral_mm));
  out.name("vertical_m").decimal(metres(terms.separation.vertical_mm));
  out.name("time_s").decimal(metres(terms.separation.time_ms)).end_object();
}

void write_place(JsonWriter& out, const airspace::PlaceCheck& place) {
  out.name("place").begin_object();
  if (place.named) {
    out.name("named").begin_object().member("name", place.named->name);
    const double away = std::max(place.named->distance_m, place.named->point_distance_m);
    out.name("distance_m").decimal(to_decimetre(away)).end_object();
  }
  if (place.nearest) {
    out.name("nearest").begin_object().member("name", place.nearest->name);
    out.name("distance_m").decimal(to_decimetre(place.nearest->distance_m));
    out.name("bearing_deg").decimal(to_decimetre(place.nearest->bearing_deg)).end_object();
  }
  out.member("question", place.question).end_object();
}

void write_region(JsonWriter& out, const geo::Overlap& overlap) {
  out.name("region").begin_object().name("shapes").begin_array();
  for (const std::vector<geo::PointE7>& ring : overlap.outlines) {
    out.begin_object().member("type", "Polygon").name("coordinates").begin_array().begin_array();
    for (const geo::PointE7 point : ring) write_lnglat(out, point);
    write_lnglat(out, ring.front());
    out.end_array().end_array().end_object();
  }
  out.end_array().name("altitude");
  write_band(out, overlap.altitude);
  out.name("time");
  write_span(out, overlap.time);
  out.end_object();
}

void write_conflicts(JsonWriter& out, const PlanCheck& check) {
  out.name("conflicts").begin_array();
  for (const airspace::PlanConflict& conflict : check.conflicts) {
    out.begin_object().member("activity", conflict.activity.value);
    out.member("owner", conflict.owner.value);
    out.member("own_volume", static_cast<std::int64_t>(conflict.own_volume));
    out.member("other_volume", static_cast<std::int64_t>(conflict.other_volume));
    out.name("distance_m").decimal(to_decimetre(conflict.overlap.distance_m));
    out.member("own", conflict.own).member("state", airspace::state_name(conflict.state));
    write_separation(out, conflict.separation);
    write_region(out, conflict.overlap);
    out.end_object();
  }
  out.end_array().member("conflicts_more", check.conflicts_more);
}

// Earlier and lower are negative; a length that is cut off is not.
void write_ways(JsonWriter& out, const PlanCheck& check) {
  out.name("ways_out").begin_array();
  for (const airspace::PlanWay& one : check.ways) {
    const WayOut& way = one.way;
    out.begin_object().member("kind", airspace::way_kind_name(way.kind)).member("text", way.text);
    if (way.shift_ms != 0) {
      const std::int64_t seconds = way.shift_ms / 1000;
      out.member("shift_s", way.kind == WayKind::earlier ? -seconds : seconds);
    }
    if (way.shift_mm != 0) {
      const bool up = way.raised || way.kind == WayKind::sideways;
      out.name("shift_m").decimal(metres(up ? way.shift_mm : -way.shift_mm));
    }
    out.name("plan").raw(airspace::write_plan(one.plan)).end_object();
  }
  out.end_array().member("ways_out_more", check.ways_more);
}

std::string check_text(const PlanCheck& check) {
  JsonWriter out;
  out.begin_object();
  if (check.problem) {
    out.name("problem");
    write_error(out, *check.problem);
  } else {
    write_place(out, check.place);
  }
  out.member("late", check.late);
  if (check.late) out.member("late_why", check.late_why);
  if (!check.not_in_force.empty()) out.member("not_in_force", check.not_in_force);
  write_reasons(out, check.answer.reasons);
  out.member("permitted", !check.problem && check.answer.permitted);
  write_needs(out, check.answer.needs, check.needed);
  write_conflicts(out, check);
  write_ways(out, check);
  return out.end_object().take();
}

Result<std::string> check_answer(const Node& node, const std::string& body, UtcMs now) {
  // Whole numbers in the plan are asked for as it is read; lengths of the flexibility may have a
  // decimal.
  DETENTE_TRY(const JsonDocument document,
              parse_json(body, {.bytes_max = limits::kApiBodyBytes, .integers_only = false}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(refuse_targeting(in));
  DETENTE_CHECK(in.only({"plan", "flexibility", "replaces"}));
  DETENTE_TRY(const airspace::Flexibility flexibility, read_flexibility(in));
  DETENTE_TRY(const JsonReader member, in.object("plan"));
  std::optional<ActivityId> replaces;
  if (in.has("replaces")) {
    DETENTE_TRY(std::string id, in.string("replaces", limits::kIdBytes));
    replaces = ActivityId{std::move(id)};
  }
  const terms::TermsAt terms = node.flight_terms(now);
  // Places within the plan are named as when it is filed.
  Result<airspace::ActivityPlan> plan =
      airspace::read_plan(JsonReader(member.value(), ""), *terms.agreement);
  PlanCheck checked;
  if (!plan) {
    if (plan.error().code == Errc::restraint) return fail(std::move(plan).error());
    checked.problem = std::move(plan).error();
    return check_text(checked);
  }
  if (replaces && plan->replaces && *replaces != *plan->replaces) {
    return fail(Errc::json_member_range, "the plan itself replaces another activity", "replaces");
  }
  if (replaces) plan->replaces = replaces;
  auto sites = stand_off_sites(node.notices(), *terms.agreement,
                               airspace::reach(plan->volumes, flexibility), now);
  return check_text(airspace::examine_plan(node.ledger(), {.terms = terms,
                                                           .owner = node.self(),
                                                           .plan = std::move(*plan),
                                                           .flexibility = flexibility,
                                                           .now = now,
                                                           .sites = std::move(sites)}));
}

// ---- POST /api/agreement/ask ----

struct Asked {
  terms::PlanQuestion question;
  std::optional<std::size_t> area;  // asked about by its id
  bool as_active = false;
  std::vector<terms::ProtectedSite> sites;  // that are registered around there
};

Result<std::size_t> find_area(const terms::Agreement& agreement, const JsonReader& in) {
  DETENTE_TRY(const std::string id, in.string("area", limits::kIdBytes));
  const auto& areas = agreement.areas();
  const auto found = std::find_if(areas.begin(), areas.end(),
                                  [&id](const auto& area) { return area.id.value == id; });
  if (found == areas.end()) {
    return fail(Errc::json_member_range, json_quote(id) + " is no area of the agreement",
                in.place_of("area"));
  }
  return static_cast<std::size_t>(found - areas.begin());
}

// Where: an area by its id, a point, or a volume. Heights that are not given are all heights, a
// time that is not given is now.
Result<geo::Volume4> read_where(const JsonReader& in, const terms::Agreement& agreement,
                                std::optional<std::size_t> area, UtcMs now) {
  if (in.has("volume")) {
    for (const char* other : {"altitude", "time"}) {
      if (!in.has(other)) continue;
      return fail(Errc::json_member_unknown, "the volume has its own", in.place_of(other));
    }
    DETENTE_TRY(const JsonReader volume, in.object("volume"));
    return geo::read_volume(volume);
  }
  geo::AltitudeBand altitude{limits::kAltitudeMmMin, limits::kAltitudeMmMax,
                             geo::AltitudeReference::msl};
  if (area) altitude = agreement.areas()[*area].altitude.value_or(altitude);
  if (in.has("altitude")) {
    DETENTE_TRY(const JsonReader given, in.object("altitude"));
    DETENTE_TRY(altitude, geo::read_altitude(given));
  }
  TimeSpan time{now, now + kMomentMs};
  if (in.has("time")) {
    DETENTE_TRY(const JsonReader given, in.object("time"));
    DETENTE_TRY(time, geo::read_time_span(given));
  }
  if (area) return geo::Volume4{agreement.areas()[*area].area, altitude, time};
  DETENTE_TRY(const JsonReader member, in.member("point"));
  DETENTE_TRY(const geo::PointE7 point, geo::read_point(member));
  DETENTE_TRY(geo::Area around, geo::Area::make(geo::Circle{point, kPointMm}));
  return geo::Volume4{std::move(around), altitude, time};
}

Result<Asked> read_asked(const JsonReader& in, const terms::TermsAt& terms, UtcMs now) {
  const terms::Agreement& agreement = *terms.agreement;
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(refuse_targeting(in));
  DETENTE_CHECK(in.only(
      {"who", "purpose", "unmanned", "area", "point", "volume", "altitude", "time", "active"}));
  const int places = static_cast<int>(in.has("area")) + static_cast<int>(in.has("point")) +
                     static_cast<int>(in.has("volume"));
  if (places != 1) {
    return fail(Errc::json_member_missing, "one of \"area\", \"point\" and \"volume\"", in.place());
  }
  Asked out;
  if (in.has("who")) {
    DETENTE_TRY(std::string who, in.string("who", limits::kIdBytes));
    out.question.who = PartyId{std::move(who)};
  }
  if (in.has("purpose")) {
    DETENTE_TRY(const std::string name, in.string("purpose", limits::kIdBytes));
    Result<terms::Purpose> purpose = terms::parse_purpose(name);
    if (!purpose) return fail(std::move(purpose.error()).at(in.place_of("purpose")));
    out.question.purpose = *purpose;
  }
  if (in.has("unmanned")) {
    DETENTE_TRY(out.question.unmanned, in.boolean("unmanned"));
  }
  if (in.has("active")) {
    DETENTE_TRY(out.as_active, in.boolean("active"));
  }
  if (in.has("area")) {
    DETENTE_TRY(out.area, find_area(agreement, in));
  }
  DETENTE_TRY(geo::Volume4 where, read_where(in, agreement, out.area, now));
  out.question.volumes.push_back(std::move(where));
  out.question.stage = terms.stage;
  return out;
}

// Asked about one area, what its neighbours say plays no part: the question is whether one may fly
// there at all, not along its edge.
terms::PlanAnswer judge(const terms::Agreement& agreement, const Asked& asked, bool active) {
  terms::PlanQuestion question = asked.question;
  question.active = active;
  question.sites = asked.sites;
  terms::PlanAnswer out = terms::judge_plan(agreement, question);
  if (!asked.area) return out;
  const AreaId& area = agreement.areas()[*asked.area].id;
  std::erase_if(out.reasons, [&](const terms::Reason& reason) {
    return reason.area != area && reason.site != area.value;
  });
  std::erase_if(out.areas, [&](std::size_t number) { return number != *asked.area; });
  out.permitted = std::none_of(out.reasons.begin(), out.reasons.end(),
                               [](const terms::Reason& reason) { return reason.broken; });
  out.text = terms::answer_text(agreement, question, out);
  return out;
}

struct Verdict {
  const char* answer = "no";
  std::string text;
};
Verdict verdict_of(const Asked& asked, const terms::TermsAt& terms, const terms::PlanAnswer& now,
                   const terms::PlanAnswer& active) {
  const bool force = terms.state == terms::ForceState::in_force && terms.missing.empty();
  if (now.permitted && !asked.as_active) {
    return {"yes", "Permitted without an active activity. " + now.text};
  }
  if (!active.permitted) return {"no", active.text};
  if (!force) {
    return {"no", fmt::format("Only as an active activity, and nothing becomes active: {}. {}",
                              terms.why.empty() ? terms::force_state_name(terms.state) : terms.why,
                              active.text)};
  }
  if (asked.as_active) return {"yes", active.text};
  return {"yes_if", "Only as an active activity. " + active.text};
}

Result<std::string> ask_answer(const Node& node, const std::string& body, UtcMs now) {
  DETENTE_TRY(const JsonDocument document, parse_json(body, {.bytes_max = limits::kApiBodyBytes}));
  const terms::TermsAt terms = node.flight_terms(now);
  const terms::Agreement& agreement = *terms.agreement;
  DETENTE_TRY(Asked asked, read_asked(document.root(), terms, now));
  asked.sites = stand_off_sites(node.notices(), *terms.agreement, asked.question.volumes, now);
  const terms::PlanAnswer undeclared = judge(agreement, asked, false);
  const terms::PlanAnswer active = judge(agreement, asked, true);
  const Verdict verdict = verdict_of(asked, terms, undeclared, active);
  JsonWriter out;
  out.begin_object().member("answer", verdict.answer);
  out.member("permitted_now", undeclared.permitted).member("permitted_active", active.permitted);
  out.member("state", terms::force_state_name(terms.state));
  if (terms.stage) out.member("stage", terms.stage->value);
  out.member("version", agreement.version());
  write_texts(out, "areas", active.areas, [&agreement](std::size_t area) -> const std::string& {
    return agreement.areas()[area].id.value;
  });
  write_reasons(out, active.reasons);
  write_reasons(out, undeclared.reasons, "reasons_now");
  std::vector<terms::Procedure::Keys> who = active.concurrences;
  if (asked.question.purpose && asked.question.who) {
    airspace::ActivityPlan plan;
    plan.purpose = *asked.question.purpose;
    const auto owner = agreement.sponsor_of(*asked.question.who);
    if (owner) who = airspace::Ledger::needed(plan, *owner, agreement);
  }
  write_needs(out, active.needs, who);
  write_separation(out, active.separation);
  out.name("exceptions").begin_array();
  for (const terms::NamedException* exception : active.exceptions) {
    out.begin_object().member("id", exception->id.value).member("clause", exception->clause.value);
    const auto name = exception->name.find("en");
    out.member("name", name == exception->name.end() ? "" : name->second).end_object();
  }
  return out.end_array().member("text", verdict.text).end_object().take();
}

}  // namespace

bool is_question(const std::vector<std::string>& path) {
  return path.size() == 3 && ((path[1] == "plans" && path[2] == "check") ||
                              (path[1] == "agreement" && path[2] == "ask"));
}

Result<ApiAnswer> answer_question(const Node& node, const std::vector<std::string>& path,
                                  const std::string& body, UtcMs now) {
  DETENTE_TRY(std::string text,
              path[1] == "plans" ? check_answer(node, body, now) : ask_answer(node, body, now));
  return ApiAnswer{200, std::move(text), "application/json"};
}

}  // namespace detente::node
