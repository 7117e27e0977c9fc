// SPDX-License-Identifier: Apache-2.0
#include "utm/bodies.h"

#include <algorithm>

#include "base/limits.h"

namespace detente::utm {
namespace {

constexpr std::size_t kIdBytes = 36;
constexpr std::size_t kOvnBytes = 128;
constexpr std::size_t kUrlBytes = 2'000;
constexpr std::size_t kManagerBytes = 512;
constexpr std::size_t kExtents = 1'000;

// As docs/protocol/geometry.md, with the altitudes of the UTM standard, and spans of any length.
Result<geo::Volume4> read_extent(const JsonReader& in) {
  DETENTE_TRY(const JsonReader area_in, in.object("area"));
  DETENTE_TRY(geo::Area area, geo::read_area(area_in));
  DETENTE_TRY(const JsonReader altitude, in.object("altitude"));
  geo::AltitudeBand band{0, 0, geo::AltitudeReference::wgs84};
  DETENTE_TRY(band.lower_mm, altitude.integer("lower_mm", kLowestMm, kHighestMm));
  DETENTE_TRY(band.upper_mm, altitude.integer("upper_mm", band.lower_mm, kHighestMm));
  DETENTE_TRY(const JsonReader time_in, in.object("time"));
  TimeSpan time;
  DETENTE_TRY(time.start, time_in.time("start"));
  DETENTE_TRY(time.end, time_in.time("end"));
  if (time.end < time.start) return fail(Errc::geo_time_reversed, {}, time_in.place());
  return geo::Volume4{std::move(area), band, time};
}

Result<std::vector<geo::Volume4>> read_extents(const JsonReader& body) {
  DETENTE_TRY(const std::vector<JsonReader> items, body.array("extents", kExtents));
  std::vector<geo::Volume4> extents;
  extents.reserve(items.size());
  for (const JsonReader& item : items) {
    DETENTE_TRY(geo::Volume4 volume, read_extent(item));
    extents.push_back(std::move(volume));
  }
  if (extents.empty()) return fail(Errc::json_member_range, "no extent", body.place_of("extents"));
  return extents;
}

void write_extents(JsonWriter& out, const std::vector<geo::Volume4>& extents) {
  out.name("extents").begin_array();
  for (const geo::Volume4& volume : extents) geo::write_volume(out, volume);
  out.end_array();
}

Result<IntentState> read_state(const JsonReader& body) {
  DETENTE_TRY(const std::string name, body.string("state", kIdBytes));
  for (const IntentState state : {IntentState::accepted, IntentState::activated,
                                  IntentState::nonconforming, IntentState::contingent}) {
    if (name == wire::f3548::intent_state_name(state)) return state;
  }
  return fail(Errc::json_member_range, name, body.place_of("state"));
}

const char* kind_name(Kind kind) {
  return kind == Kind::intent ? "intent" : "constraint";
}

Result<Kind> read_kind(const JsonReader& body) {
  DETENTE_TRY(const std::string name, body.string("kind", kIdBytes));
  for (const Kind kind : {Kind::intent, Kind::constraint}) {
    if (name == kind_name(kind)) return kind;
  }
  return fail(Errc::json_member_range, name, body.place_of("kind"));
}

// What an intent and a constraint have in common.
Result<Entity> read_entity(const JsonReader& body, Kind kind) {
  Entity entity;
  entity.kind = kind;
  DETENTE_TRY(entity.id, body.string("id", kIdBytes));
  DETENTE_TRY(entity.manager, body.string("manager", kManagerBytes));
  DETENTE_TRY(entity.version, body.integer("version", 1, INT32_MAX));
  DETENTE_TRY(entity.ovn, body.string("ovn", kOvnBytes));
  DETENTE_TRY(entity.base_url, body.string("base_url", kUrlBytes));
  DETENTE_TRY(entity.extents, read_extents(body));
  entity.time = span_of(entity.extents);
  return entity;
}

}  // namespace

TimeSpan span_of(const std::vector<geo::Volume4>& extents) {
  TimeSpan span = extents.front().time;
  for (const geo::Volume4& volume : extents) {
    span.start = std::min(span.start, volume.time.start);
    span.end = std::max(span.end, volume.time.end);
  }
  return span;
}

Result<IntentBody> read_intent(const JsonReader& body) {
  IntentBody out;
  DETENTE_TRY(out.entity, read_entity(body, Kind::intent));
  DETENTE_TRY(out.entity.state, read_state(body));
  DETENTE_TRY(out.entity.subscription, body.string("subscription", kIdBytes, true));
  if (!body.has("implicit")) return out;
  DETENTE_TRY(const JsonReader implicit, body.object("implicit"));
  ImplicitSubscription made;
  DETENTE_TRY(made.id, implicit.string("id", kIdBytes));
  DETENTE_TRY(made.base_url, implicit.string("base_url", kUrlBytes));
  DETENTE_TRY(made.constraints, implicit.boolean("constraints"));
  out.implicit = std::move(made);
  return out;
}

Result<Entity> read_constraint(const JsonReader& body) {
  return read_entity(body, Kind::constraint);
}

Result<ShownBody> read_shown(const JsonReader& body) {
  ShownBody out;
  DETENTE_TRY(out.kind, read_kind(body));
  DETENTE_TRY(out.id, body.string("id", kIdBytes));
  DETENTE_TRY(out.ovn, body.string("ovn", kOvnBytes));
  DETENTE_TRY(out.extents, read_extents(body));
  return out;
}

Result<DeleteBody> read_hidden(const JsonReader& body) {
  return read_delete(body);
}

Result<DeleteBody> read_delete(const JsonReader& body) {
  DeleteBody out;
  DETENTE_TRY(out.kind, read_kind(body));
  DETENTE_TRY(out.id, body.string("id", kIdBytes));
  return out;
}

Result<Subscription> read_subscribe(const JsonReader& body) {
  Subscription out;
  DETENTE_TRY(out.id, body.string("id", kIdBytes));
  DETENTE_TRY(out.manager, body.string("manager", kManagerBytes));
  DETENTE_TRY(out.version, body.string("version", kOvnBytes));
  DETENTE_TRY(out.base_url, body.string("base_url", kUrlBytes));
  DETENTE_TRY(out.for_intents, body.boolean("intents"));
  DETENTE_TRY(out.for_constraints, body.boolean("constraints"));
  DETENTE_TRY(out.extents, read_extents(body));
  out.time = span_of(out.extents);
  return out;
}

Result<std::string> read_unsubscribe(const JsonReader& body) {
  return body.string("id", kIdBytes);
}

Result<AvailabilityChange> read_availability(const JsonReader& body) {
  AvailabilityChange out;
  DETENTE_TRY(out.uss, body.string("uss", kManagerBytes));
  DETENTE_TRY(const std::string name, body.string("availability", kIdBytes));
  DETENTE_TRY(out.version, body.string("version", kOvnBytes));
  DETENTE_TRY(out.by, body.string("by", kManagerBytes));
  for (const Availability one : {Availability::unknown, Availability::normal, Availability::down}) {
    if (name != wire::f3548::availability_name(one)) continue;
    out.availability = one;
    return out;
  }
  return fail(Errc::json_member_range, name, body.place_of("availability"));
}

std::string write_intent(const Entity& intent,
                         const std::optional<ImplicitSubscription>& implicit) {
  JsonWriter out;
  out.begin_object().member("id", intent.id).member("manager", intent.manager);
  out.member("version", intent.version);
  out.member("state", wire::f3548::intent_state_name(intent.state)).member("ovn", intent.ovn);
  out.member("base_url", intent.base_url).member("subscription", intent.subscription);
  write_extents(out, intent.extents);
  if (implicit) {
    out.name("implicit").begin_object().member("id", implicit->id);
    out.member("base_url", implicit->base_url).member("constraints", implicit->constraints);
    out.end_object();
  }
  return out.end_object().take();
}

std::string write_constraint(const Entity& constraint) {
  JsonWriter out;
  out.begin_object().member("id", constraint.id).member("manager", constraint.manager);
  out.member("version", constraint.version).member("ovn", constraint.ovn);
  out.member("base_url", constraint.base_url);
  write_extents(out, constraint.extents);
  return out.end_object().take();
}

std::string write_delete(const Entity& entity) {
  JsonWriter out;
  out.begin_object().member("kind", kind_name(entity.kind));
  out.member("id", entity.id).member("manager", entity.manager).member("ovn", entity.ovn);
  return out.end_object().take();
}

std::string write_subscribe(const Subscription& subscription) {
  JsonWriter out;
  out.begin_object().member("id", subscription.id).member("manager", subscription.manager);
  out.member("version", subscription.version).member("base_url", subscription.base_url);
  out.member("intents", subscription.for_intents);
  out.member("constraints", subscription.for_constraints);
  write_extents(out, subscription.extents);
  return out.end_object().take();
}

std::string write_unsubscribe(const Subscription& subscription) {
  JsonWriter out;
  out.begin_object().member("id", subscription.id).member("manager", subscription.manager);
  return out.member("version", subscription.version).end_object().take();
}

std::string write_availability(const AvailabilityChange& change) {
  JsonWriter out;
  out.begin_object().member("uss", change.uss);
  out.member("availability", wire::f3548::availability_name(change.availability));
  return out.member("version", change.version).member("by", change.by).end_object().take();
}

std::string write_shown(const Entity& activity) {
  JsonWriter out;
  out.begin_object().member("kind", kind_name(activity.kind)).member("id", activity.id);
  out.member("ovn", activity.ovn);
  write_extents(out, activity.extents);
  return out.end_object().take();
}

std::string write_hidden(Kind kind, const std::string& id) {
  JsonWriter out;
  return out.begin_object().member("kind", kind_name(kind)).member("id", id).end_object().take();
}

std::string write_report(const std::string& id, const std::string& by, const std::string& report) {
  JsonWriter out;
  out.begin_object().member("id", id).member("by", by).member("report", report);
  return out.end_object().take();
}

}  // namespace detente::utm
