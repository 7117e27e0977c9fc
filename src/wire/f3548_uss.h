// SPDX-License-Identifier: Apache-2.0
//
// What USSs send each other (ASTM F3548-21, the paths under /uss/v1): the notifications that a USS
// takes, and the answers that it gives about its own intents and constraints. Details live here
// only; a DSS never holds them.
//
// Readers:       as in f3548.h. Further: the id is that of the reference; a reference that is sent
//                carries its OVN; every volume of an intent has altitudes and times, and the two
//                lists of volumes fit the state.
// Not checked:   whether the sender manages the entity. Compare `reference.manager` and the
//                token's subject.
// Errors: f3548_malformed, f3548_limit, geo_*, json_*. Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "geo/geo.h"
#include "wire/f3548.h"

namespace detente::wire::f3548 {

struct SubscriptionState {
  std::string id;
  std::int64_t notification_index = 0;
};

struct IntentReference {
  std::string id;
  std::string manager;
  Availability availability = Availability::unknown;
  std::int64_t version = 0;
  IntentState state = IntentState::accepted;
  std::optional<std::string> ovn;
  UtcMs start;
  UtcMs end;
  std::string base_url;
  std::string subscription;
};
struct ConstraintReference {
  std::string id;
  std::string manager;
  Availability availability = Availability::unknown;
  std::int64_t version = 0;
  std::optional<std::string> ovn;
  UtcMs start;
  UtcMs end;
  std::string base_url;
};

struct Intent {
  IntentReference reference;
  std::vector<Volume4D> volumes;
  std::vector<Volume4D> off_nominal_volumes;
  std::int64_t priority = 0;
};
struct Constraint {
  ConstraintReference reference;
  std::vector<Volume4D> volumes;       // at least one
  std::optional<std::string> type;     // "com.example.non_utm_aircraft_operations"
  std::optional<std::string> geozone;  // its JSON, an object; handed on and not looked into
};

// POST /uss/v1/operational_intents and /uss/v1/constraints. Without the entity: it was deleted.
struct PutIntentDetails {
  std::string id;
  std::optional<Intent> intent;
  std::vector<SubscriptionState> subscriptions;  // at least one
};
struct PutConstraintDetails {
  std::string id;
  std::optional<Constraint> constraint;
  std::vector<SubscriptionState> subscriptions;
};
Result<PutIntentDetails> read_put_intent_details(std::string_view text, const Limits& limits);
Result<PutConstraintDetails> read_put_constraint_details(std::string_view text,
                                                         const Limits& limits);

void write_reference(JsonWriter& out, const IntentReference& reference);
void write_reference(JsonWriter& out, const ConstraintReference& reference);

// GET /uss/v1/operational_intents/{id}, its telemetry, and GET /uss/v1/constraints/{id}.
std::string write_get_intent_details(const Intent& intent);
std::string write_get_constraint_details(const Constraint& constraint);
// The notifications, as read_put_*_details reads them.
std::string write_put_intent_details(const PutIntentDetails& notice);
std::string write_put_constraint_details(const PutConstraintDetails& notice);

// Names of the enumerations in order: the last is the finest.
enum class HorizontalAccuracy : std::uint8_t {
  unknown,
  ha_10nm_plus,
  ha_10nm,
  ha_4nm,
  ha_2nm,
  ha_1nm,
  ha_05nm,
  ha_03nm,
  ha_01nm,
  ha_005nm,
  ha_30m,
  ha_10m,
  ha_3m,
  ha_1m
};
enum class VerticalAccuracy : std::uint8_t {
  unknown,
  va_150m_plus,
  va_150m,
  va_45m,
  va_25m,
  va_10m,
  va_3m,
  va_1m
};

struct Telemetry {
  struct Position {
    geo::PointE7 point;
    std::optional<std::int64_t> altitude_mm;  // above the ellipsoid
    // Written always: the standard asks for both where the position is extrapolated.
    HorizontalAccuracy horizontal = HorizontalAccuracy::unknown;
    VerticalAccuracy vertical = VerticalAccuracy::unknown;
    bool extrapolated = false;
  };
  struct Velocity {
    double speed_mps = 0;
    std::optional<double> track_deg;  // east of north; absent is written as 360, "unknown"
  };
  UtcMs measured;
  std::optional<Position> position;
  std::optional<Velocity> velocity;
};
// `next`: when it makes sense to ask again; absent: nothing new is expected.
std::string write_get_telemetry(std::string_view intent_id,
                                const std::optional<Telemetry>& telemetry,
                                std::optional<UtcMs> next);

}  // namespace detente::wire::f3548
