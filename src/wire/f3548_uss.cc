// SPDX-License-Identifier: Apache-2.0
#include "wire/f3548_uss.h"

#include <array>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "wire/f3548_reader.h"

namespace detente::wire::f3548 {
namespace {

using detail::Rounding;
using detail::Spent;
using detail::Value;

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

Result<std::string> read_text(const Value& above, std::string_view name, std::size_t bytes_max) {
  DETENTE_TRY(const Value in, above.need(name));
  DETENTE_TRY(const std::string_view text, in.text(bytes_max));
  if (text.empty()) return in.malformed("a text is expected");
  return std::string(text);
}

Result<UtcMs> read_time_of(const Value& above, std::string_view name, Rounding rounding) {
  DETENTE_TRY(const Value in, above.need(name));
  return detail::read_time(in, rounding);
}

// What both kinds of reference have.
template <class Reference>
Result<Reference> read_common(const Value& in) {
  Reference out;
  DETENTE_TRY(const Value id, in.need("id"));
  DETENTE_TRY(out.id, detail::read_id(id));
  DETENTE_TRY(out.manager, read_text(in, "manager", limits::kNameBytes));
  DETENTE_TRY(const Value availability, in.need("uss_availability"));
  DETENTE_TRY(out.availability, detail::read_availability(availability));
  DETENTE_TRY(const Value version, in.need("version"));
  DETENTE_TRY(out.version, version.integer(0, kInt32Max));
  DETENTE_TRY(const Value ovn, in.need("ovn"));
  DETENTE_TRY(out.ovn, detail::read_ovn(ovn));
  DETENTE_TRY(out.start, read_time_of(in, "time_start", Rounding::down));
  DETENTE_TRY(out.end, read_time_of(in, "time_end", Rounding::up));
  if (!(out.start < out.end)) return in.malformed("time_start is not before time_end");
  DETENTE_TRY(const Value url, in.need("uss_base_url"));
  DETENTE_TRY(out.base_url, detail::read_base_url(url));
  return out;
}

Result<IntentReference> read_intent_reference(const Value& in) {
  DETENTE_TRY(IntentReference out, read_common<IntentReference>(in));
  DETENTE_TRY(const Value state, in.need("state"));
  DETENTE_TRY(out.state, detail::read_state(state));
  DETENTE_TRY(const Value subscription, in.need("subscription_id"));
  DETENTE_TRY(out.subscription, detail::read_id(subscription));
  return out;
}

// A list that is absent is empty.
Result<std::vector<Volume4D>> read_details_volumes(const Value& details, std::string_view name,
                                                   const Limits& limits, Spent& spent) {
  DETENTE_TRY(const std::optional<Value> in, details.find(name));
  if (!in) return std::vector<Volume4D>();
  DETENTE_TRY(std::vector<Volume4D> volumes, detail::read_volumes(*in, 0, limits, spent));
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const Volume4D& volume = volumes[i];
    const bool bounded = volume.start && volume.end && volume.lower_mm && volume.upper_mm;
    if (!bounded || *volume.start == *volume.end) {
      return in->item(i).malformed("a volume of an intent has altitudes, a start and a later end");
    }
  }
  return volumes;
}

// F3548: nominal volumes in every state but Contingent, off-nominal ones in the last two.
Status check_volumes_fit(const Value& details, const Intent& intent) {
  const IntentState state = intent.reference.state;
  const bool contingent = state == IntentState::contingent;
  const bool off_nominal = contingent || state == IntentState::nonconforming;
  if (intent.volumes.empty() != contingent) {
    return details.malformed(contingent ? "a Contingent intent has no volumes"
                                        : "volumes are missing for this state");
  }
  if (intent.off_nominal_volumes.empty() == off_nominal) {
    return details.malformed(off_nominal ? "off_nominal_volumes are missing for this state"
                                         : "off_nominal_volumes do not belong to this state");
  }
  return {};
}

Result<Intent> read_intent(const Value& in, const Limits& limits) {
  Intent out;
  DETENTE_TRY(const Value reference, in.need("reference"));
  DETENTE_TRY(out.reference, read_intent_reference(reference));
  DETENTE_TRY(const Value details, in.need("details"));
  Spent spent;
  DETENTE_TRY(out.volumes, read_details_volumes(details, "volumes", limits, spent));
  DETENTE_TRY(out.off_nominal_volumes,
              read_details_volumes(details, "off_nominal_volumes", limits, spent));
  DETENTE_TRY(const std::optional<Value> priority, details.find("priority"));
  if (priority) {
    DETENTE_TRY(out.priority, priority->integer(-kInt32Max, kInt32Max));
  }
  DETENTE_CHECK(check_volumes_fit(details, out));
  return out;
}

Result<Constraint> read_constraint(const Value& in, const Limits& limits) {
  Constraint out;
  DETENTE_TRY(const Value reference, in.need("reference"));
  DETENTE_TRY(out.reference, read_common<ConstraintReference>(reference));
  DETENTE_TRY(const Value details, in.need("details"));
  DETENTE_TRY(const Value volumes, details.need("volumes"));
  Spent spent;
  DETENTE_TRY(out.volumes, detail::read_volumes(volumes, 1, limits, spent));
  DETENTE_TRY(const std::optional<Value> type, details.find("type"));
  if (type) {
    DETENTE_TRY(out.type, read_text(details, "type", limits::kNameBytes));
  }
  DETENTE_TRY(const std::optional<Value> geozone, details.find("geozone"));
  if (geozone) {
    DETENTE_TRY(out.geozone, geozone->object_text());
  }
  return out;
}

Result<std::vector<SubscriptionState>> read_subscriptions(const Value& body) {
  DETENTE_TRY(const Value in, body.need("subscriptions"));
  DETENTE_TRY(const std::size_t count, in.count(limits::kSubscriptionStates));
  if (count == 0) return in.malformed("at least one is needed");
  std::vector<SubscriptionState> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Value item = in.item(i);
    SubscriptionState state;
    DETENTE_TRY(const Value id, item.need("subscription_id"));
    DETENTE_TRY(state.id, detail::read_id(id));
    DETENTE_TRY(const Value index, item.need("notification_index"));
    DETENTE_TRY(state.notification_index, index.integer(0, kInt32Max));
    out.push_back(std::move(state));
  }
  return out;
}

Status check_same_id(const Value& entity, const std::string& named, const std::string& own) {
  if (named == own) return {};
  return entity.malformed("the reference has another id than the notification");
}

template <class Reference>
void write_common(JsonWriter& out, const Reference& reference) {
  out.member("id", reference.id).member("manager", reference.manager);
  out.member("uss_availability", availability_name(reference.availability));
  out.member("version", reference.version);
  if (reference.ovn) out.member("ovn", *reference.ovn);
  out.name("time_start");
  write_time(out, reference.start);
  out.name("time_end");
  write_time(out, reference.end);
  out.member("uss_base_url", reference.base_url);
}

void write_volumes(JsonWriter& out, std::string_view name, const std::vector<Volume4D>& volumes) {
  out.name(name).begin_array();
  for (const Volume4D& volume : volumes) write_volume(out, volume);
  out.end_array();
}

constexpr std::array kHorizontalNames = {"HAUnknown", "HA10NMPlus", "HA10NM", "HA4NM",  "HA2NM",
                                         "HA1NM",     "HA05NM",     "HA03NM", "HA01NM", "HA005NM",
                                         "HA30m",     "HA10m",      "HA3m",   "HA1m"};
constexpr std::array kVerticalNames = {"VAUnknown", "VA150mPlus", "VA150m", "VA45m",
                                       "VA25m",     "VA10m",      "VA3m",   "VA1m"};

void write_position(JsonWriter& out, const Telemetry::Position& position) {
  out.name("position").begin_object();
  out.name("latitude").decimal(geo::lat_degrees(position.point));
  out.name("longitude").decimal(geo::lng_degrees(position.point));
  if (position.altitude_mm) {
    out.name("altitude").begin_object();
    out.name("value").decimal(static_cast<double>(*position.altitude_mm) / 1'000);
    out.member("reference", "W84").member("units", "M").end_object();
  }
  out.member("accuracy_h", kHorizontalNames.at(static_cast<std::size_t>(position.horizontal)));
  out.member("accuracy_v", kVerticalNames.at(static_cast<std::size_t>(position.vertical)));
  out.member("extrapolated", position.extrapolated).end_object();
}

void write_velocity(JsonWriter& out, const Telemetry::Velocity& velocity) {
  constexpr double kTrackUnknown = 360;
  out.name("velocity").begin_object();
  out.name("speed").decimal(velocity.speed_mps);
  out.member("units_speed", "MetersPerSecond");
  out.name("track").decimal(velocity.track_deg.value_or(kTrackUnknown)).end_object();
}

}  // namespace

Result<PutIntentDetails> read_put_intent_details(std::string_view text, const Limits& limits) {
  DETENTE_TRY(const JsonDocument document, detail::parse_body(text));
  const Value body(document.value(), "");
  PutIntentDetails out;
  DETENTE_TRY(const Value id, body.need("operational_intent_id"));
  DETENTE_TRY(out.id, detail::read_id(id));
  DETENTE_TRY(out.subscriptions, read_subscriptions(body));
  DETENTE_TRY(const std::optional<Value> intent, body.find("operational_intent"));
  if (!intent) return out;
  DETENTE_TRY(out.intent, read_intent(*intent, limits));
  DETENTE_CHECK(check_same_id(*intent, out.id, out.intent->reference.id));
  return out;
}

Result<PutConstraintDetails> read_put_constraint_details(std::string_view text,
                                                         const Limits& limits) {
  DETENTE_TRY(const JsonDocument document, detail::parse_body(text));
  const Value body(document.value(), "");
  PutConstraintDetails out;
  DETENTE_TRY(const Value id, body.need("constraint_id"));
  DETENTE_TRY(out.id, detail::read_id(id));
  DETENTE_TRY(out.subscriptions, read_subscriptions(body));
  DETENTE_TRY(const std::optional<Value> constraint, body.find("constraint"));
  if (!constraint) return out;
  DETENTE_TRY(out.constraint, read_constraint(*constraint, limits));
  DETENTE_CHECK(check_same_id(*constraint, out.id, out.constraint->reference.id));
  return out;
}

void write_reference(JsonWriter& out, const IntentReference& reference) {
  out.begin_object();
  write_common(out, reference);
  out.member("state", intent_state_name(reference.state));
  out.member("subscription_id", reference.subscription).end_object();
}

void write_reference(JsonWriter& out, const ConstraintReference& reference) {
  out.begin_object();
  write_common(out, reference);
  out.end_object();
}

namespace {

void write_intent(JsonWriter& out, const Intent& intent) {
  out.begin_object().name("reference");
  write_reference(out, intent.reference);
  out.name("details").begin_object();
  write_volumes(out, "volumes", intent.volumes);
  write_volumes(out, "off_nominal_volumes", intent.off_nominal_volumes);
  out.member("priority", intent.priority).end_object().end_object();
}

void write_constraint(JsonWriter& out, const Constraint& constraint) {
  out.begin_object().name("reference");
  write_reference(out, constraint.reference);
  out.name("details").begin_object();
  write_volumes(out, "volumes", constraint.volumes);
  if (constraint.type) out.member("type", *constraint.type);
  if (constraint.geozone) out.name("geozone").raw(*constraint.geozone);
  out.end_object().end_object();
}

void write_states(JsonWriter& out, const std::vector<SubscriptionState>& subscriptions) {
  out.name("subscriptions").begin_array();
  for (const SubscriptionState& one : subscriptions) {
    out.begin_object().member("subscription_id", one.id);
    out.member("notification_index", one.notification_index).end_object();
  }
  out.end_array();
}

}  // namespace

std::string write_get_intent_details(const Intent& intent) {
  JsonWriter out;
  out.begin_object().name("operational_intent");
  write_intent(out, intent);
  return out.end_object().take();
}

std::string write_get_constraint_details(const Constraint& constraint) {
  JsonWriter out;
  out.begin_object().name("constraint");
  write_constraint(out, constraint);
  return out.end_object().take();
}

std::string write_put_intent_details(const PutIntentDetails& notice) {
  JsonWriter out;
  out.begin_object().member("operational_intent_id", notice.id);
  if (notice.intent) {
    out.name("operational_intent");
    write_intent(out, *notice.intent);
  }
  write_states(out, notice.subscriptions);
  return out.end_object().take();
}

std::string write_put_constraint_details(const PutConstraintDetails& notice) {
  JsonWriter out;
  out.begin_object().member("constraint_id", notice.id);
  if (notice.constraint) {
    out.name("constraint");
    write_constraint(out, *notice.constraint);
  }
  write_states(out, notice.subscriptions);
  return out.end_object().take();
}

std::string write_get_telemetry(std::string_view intent_id,
                                const std::optional<Telemetry>& telemetry,
                                std::optional<UtcMs> next) {
  JsonWriter out;
  out.begin_object().member("operational_intent_id", intent_id);
  if (telemetry) {
    out.name("telemetry").begin_object().name("time_measured");
    write_time(out, telemetry->measured);
    if (telemetry->position) write_position(out, *telemetry->position);
    if (telemetry->velocity) write_velocity(out, *telemetry->velocity);
    out.end_object();
  }
  if (next) {
    out.name("next_telemetry_opportunity");
    write_time(out, *next);
  }
  out.end_object();
  return out.take();
}

}  // namespace detente::wire::f3548
