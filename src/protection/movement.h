// SPDX-License-Identifier: Apache-2.0
//
// A humanitarian movement: who goes where and when, how the vehicles can be told by day, by night
// and by heat, and how to reach them (design section 6; docs/protocol/protection.md).
//
//   {"name":"..","purpose":"aid","half_width_mm":500000,"persons":8,"contact":"..",
//    "route":[{"point":[lat_e7,lng_e7],"name":"..","from":"<RFC 3339>","to":"<RFC 3339>"},..],
//    "vehicles":[{"kind":"truck","colour":"white","plate":"..","day":"..","night":"..",
//                 "thermal":".."}]}
// `from` and `to` of a point: when the movement is there, at the earliest and at the latest. The
// same members are the fields of private content of schema "movement/v1".
//
// Units: WGS84, millimetres, ms UTC. Errors: protection_malformed, restraint, geo_*, json_*,
// bad_time. Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "geo/geo.h"

namespace detente::protection {

inline constexpr std::string_view kMovementSchema = "movement/v1";

enum class MovementPurpose : std::uint8_t { aid, medical, evacuation, staff, repair };
const char* movement_purpose_name(MovementPurpose purpose);

struct RoutePoint {
  geo::PointE7 point;
  std::string name;  // may be empty
  TimeSpan time;     // earliest and latest there; may be one moment
  friend bool operator==(const RoutePoint&, const RoutePoint&) = default;
};

// How a vehicle can be told. "none" is written out: a marking that is not seen at night has cost
// lives, so nothing is left to be guessed.
struct Vehicle {
  std::string kind;
  std::string colour;
  std::string plate;    // may be empty
  std::string day;      // marking seen by day
  std::string night;    // seen at night
  std::string thermal;  // seen by heat
  friend bool operator==(const Vehicle&, const Vehicle&) = default;
};

struct MovementDetails {
  std::string name;
  MovementPurpose purpose = MovementPurpose::aid;
  std::vector<RoutePoint> route;  // two or more, in the order of time
  std::int64_t half_width_mm = 0;
  std::vector<Vehicle> vehicles;  // one or more
  std::int64_t persons = 0;
  std::string contact;  // live, with the convoy
  friend bool operator==(const MovementDetails&, const MovementDetails&) = default;
};
Result<MovementDetails> read_movement(const JsonReader& in);
std::string write_movement(const MovementDetails& movement);
TimeSpan movement_time(const MovementDetails& movement);  // first to last

// Where the movement may be, and when: a leg, or the surroundings of a point.
struct CorridorPart {
  geo::Area area;
  TimeSpan time;
};
// Covers every point within half_width_mm of the route's geodesics. geo_*.
Result<std::vector<CorridorPart>> corridor(const MovementDetails& movement);

}  // namespace detente::protection
