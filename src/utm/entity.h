// SPDX-License-Identifier: Apache-2.0
//
// What a DSS (ASTM F3548-21) keeps: references to operational intents and constraints with the
// extents that bound them, subscriptions, and each USS's availability. Details, and what is said
// between USSs, never come here.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/strong.h"
#include "base/time.h"
#include "geo/geo.h"
#include "wire/f3548.h"

namespace detente::utm {

using wire::f3548::Availability;
using wire::f3548::IntentState;

enum class Kind : std::uint8_t { intent, constraint };

// Altitudes that a volume without limits has; those that the standard allows at all.
inline constexpr std::int64_t kLowestMm = -8'000'000;
inline constexpr std::int64_t kHighestMm = 100'000'000;

struct Entity {
  Kind kind = Kind::intent;
  std::string id;       // UUIDv4, lower case
  std::string manager;  // `sub` of the token that made it
  std::int64_t version = 1;
  IntentState state = IntentState::accepted;  // of an intent
  std::string ovn;
  std::string base_url;
  std::string subscription;  // of an intent: its id, or ""
  std::vector<geo::Volume4> extents;
  TimeSpan time;                       // from the first start to the last end
  std::optional<ActivityId> activity;  // it shows an air activity of a party, coarsened
};
TimeSpan span_of(const std::vector<geo::Volume4>& extents);

struct Subscription {
  std::string id;
  std::string manager;
  std::string version;  // opaque
  std::string base_url;
  bool for_intents = false;
  bool for_constraints = false;
  bool implicit = false;  // made with an intent, and gone with the last one that depends on it
  std::int64_t notification_index = 0;
  std::vector<geo::Volume4> extents;  // explicit: exactly one
  TimeSpan time;
  std::set<std::string> dependents;  // intents
};

// A subscription that a change concerns, as it stood right after the change.
struct Notified {
  std::string subscription;
  std::string manager;
  std::string base_url;
  std::int64_t notification_index = 0;
};

}  // namespace detente::utm
