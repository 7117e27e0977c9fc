// SPDX-License-Identifier: Apache-2.0
//
// Bodies of the UTM interface (ASTM F3548-21, its OpenAPI `utm.yaml` 1.0.0): what a DSS and a USS
// send each other. Members that are not known are passed over and null counts as absent, as the
// standard demands; everything else that is not as the schema says is refused with its place.
//
// Units: metres above the WGS-84 ellipsoid ("W84", "M"), kept in millimetres; UTC milliseconds: a
// start is cut down, an end is rounded up, so that nothing written is shorter than what was said.
// Errors: f3548_malformed (what is not of the schema), f3548_limit (what is beyond a limit here),
// geo_* and json_*.
// Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "geo/geo.h"

namespace detente::wire::f3548 {

// Named limits of what is read (docs/operating/limits.md). The areas in km2: of one extent, and of
// all extents of an entity together, overlaps counted once.
struct Limits {
  double intent_km2 = 2'500;
  double constraint_km2 = 10'000;
  double search_km2 = 2'500;  // of a query and of a subscription
  std::size_t vertices = 10'000;
  std::size_t extents = 1'000;
  std::size_t key = 20'000;  // OVNs
};

// "4b9a..-..": lower or upper case, any of the forms that UUIDv4Format of the schema allows; given
// back in lower case, so that one entity has one name. f3548_malformed.
Result<std::string> read_entity_id(std::string_view text);

// One Volume4D. What is absent is not a limit.
struct Volume4D {
  geo::Area area;
  std::optional<std::int64_t> lower_mm;
  std::optional<std::int64_t> upper_mm;
  std::optional<UtcMs> start;
  std::optional<UtcMs> end;
};
// Exactly one outline, altitudes that are not reversed, a start that is not after the end.
Result<Volume4D> read_volume(const JsonReader& in, const Limits& limits);
void write_volume(JsonWriter& out, const Volume4D& volume);
void write_time(JsonWriter& out, UtcMs time);  // {"value":"..Z","format":"RFC3339"}

enum class IntentState : std::uint8_t { accepted, activated, nonconforming, contingent };
const char* intent_state_name(IntentState state);  // "Accepted"
enum class Availability : std::uint8_t { unknown, normal, down };
const char* availability_name(Availability availability);  // "Unknown"

struct PutIntent {
  std::vector<Volume4D> extents;  // at least one; each with altitudes and times
  std::vector<std::string> key;   // OVNs
  IntentState state = IntentState::accepted;
  std::string base_url;
  std::optional<std::string> subscription;  // an id, in lower case
  struct NewSubscription {
    std::string base_url;
    bool for_constraints = false;
  };
  std::optional<NewSubscription> new_subscription;
  std::optional<std::string> ovn_suffix;  // a UUIDv7, InterUSS's extension
};
struct PutConstraint {
  std::vector<Volume4D> extents;  // at least one; each with times
  std::string base_url;
};
struct PutSubscription {
  std::optional<Volume4D> extents;  // always there once it is read
  std::string base_url;
  bool for_intents = false;
  bool for_constraints = false;  // at least one of the two
};
struct PutAvailability {
  std::string old_version;
  Availability availability = Availability::unknown;
};
struct Query {
  Volume4D area;
};

// `text`: the body as it came.
Result<PutIntent> read_put_intent(std::string_view text, const Limits& limits);
Result<PutConstraint> read_put_constraint(std::string_view text, const Limits& limits);
Result<PutSubscription> read_put_subscription(std::string_view text, const Limits& limits);
Result<PutAvailability> read_put_availability(std::string_view text);
Result<Query> read_query(std::string_view text, const Limits& limits);
// An ErrorReport (POST /dss/v1/reports, /uss/v1/reports): checked as far as its required members,
// but for `request_source`, which the schema requires and does not describe. The exact text is what
// goes to the record.
struct ErrorReport {
  std::string text;
};
Result<ErrorReport> read_report(std::string_view text);
// The answer: the report with the id that it has here. `report` came from read_report.
std::string report_with_id(const ErrorReport& report, std::string_view report_id);

}  // namespace detente::wire::f3548
