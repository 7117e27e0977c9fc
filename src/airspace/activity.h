// SPDX-License-Identifier: Apache-2.0
//
// An air activity as a party files it: 4D volumes with a purpose, an operator and a sponsor
// (ASTM F3548 operational intent). It names no target: there is no member for one.
//
// Body of "activity.propose" (docs/protocol/activity.md):
//   {"purpose":"patrol","operator":"north","callsigns":["HERON21"],"aircraft":["43c101"],
//    "place":{"name":"Idlib","point":[359305000,366339000]},"volumes":[{..}],
//    "exception":{"clause":"5.1","grounds":".."},"unmanned":true,"replaces":"<id>","remarks":"..",
//    "check_key":"<base64 32>"}                        refs: with a key, the plan's content.commit
// The members of the last two lines may be absent, as may "confirmed":true in the place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
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
  bool confirmed = false;  // asked about the distance from that name, the owner kept to it
};

struct ActivityPlan {
  terms::Purpose purpose = terms::Purpose::transit;
  PartyId operator_id;  // an adherent of the agreement
  std::vector<std::string> callsigns;
  std::vector<std::uint32_t> aircraft;  // 24-bit addresses
  Place place;
  std::vector<geo::Volume4> volumes;
  std::optional<Exception> exception;
  bool unmanned = false;
  std::optional<ActivityId> replaces;  // an amendment: the owner's activity that it takes over
  std::string remarks;
  // Opens the commitment to this very plan under which it was checked privately (plan_content.h).
  std::optional<Hash> check_key;
  TimeSpan span() const;  // of all volumes together
};

// The farthest that a volume may lie from the place that the notice names (read-back guard).
inline constexpr double kPlaceDistanceMaxM = 150'000;

// The shape of a plan, which no agreement can change: activity_malformed, activity_place,
// purpose_unknown, restraint, geo_*, json_*.
Result<ActivityPlan> read_plan(const JsonReader& body);
// The same, and its sense under an agreement, whoever files it.
Result<ActivityPlan> read_plan(const JsonReader& body, const terms::Agreement& agreement);
// Its sense under one version of the agreement: the operator is one of `owner`'s, or `owner`
// itself; the exception's clause makes one for this purpose. The place begins with `place`.
//   agreement_unknown_party, activity_malformed, agreement_unknown_clause
Status check_plan(const ActivityPlan& plan, const PartyId& owner, const terms::Agreement& agreement,
                  const std::string& place = {});
std::string write_plan(const ActivityPlan& plan);

}  // namespace detente::airspace
