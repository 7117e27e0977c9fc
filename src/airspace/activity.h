// SPDX-License-Identifier: Apache-2.0
//
// An air activity as a party files it: 4D volumes with a purpose, an operator and a sponsor
// (ASTM F3548 operational intent). It names no target: there is no member for one.
//
// Body of "activity.propose" (docs/protocol/activity.md):
//   {"purpose":"patrol","operator":"north","callsigns":["HERON21"],"aircraft":["43c101"],
//    "place":{"name":"Idlib","point":[359305000,366339000]},"volumes":[{..}],
//    "exception":{"clause":"5.1","grounds":".."},"remarks":".."}
// exception and remarks may be absent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/strong.h"
#include "geo/geo.h"
#include "terms/agreement.h"

namespace detente::airspace {

struct Exception {
  ClauseId clause;
  std::string grounds;
};

struct Place {
  std::string name;
  geo::PointE7 point;
};

struct ActivityPlan {
  terms::Purpose purpose = terms::Purpose::transit;
  PartyId operator_id;  // an adherent of the agreement
  std::vector<std::string> callsigns;
  std::vector<std::uint32_t> aircraft;  // 24-bit addresses
  Place place;
  std::vector<geo::Volume4> volumes;
  std::optional<Exception> exception;
  std::string remarks;
  TimeSpan span() const;  // of all volumes together
};

// The farthest that a volume may lie from the place that the notice names (read-back guard).
inline constexpr double kPlaceDistanceMaxM = 150'000;

// activity_malformed, activity_place, agreement_unknown_party, purpose_unknown, restraint, geo_*,
// json_*: shape, and sense against the agreement (operator known, exception's clause known).
Result<ActivityPlan> read_plan(const JsonReader& body, const terms::Agreement& agreement);
std::string write_plan(const ActivityPlan& plan);

}  // namespace detente::airspace
