// SPDX-License-Identifier: Apache-2.0
#include "protection/movement.h"

#include <array>
#include <cmath>

#include "base/limits.h"
#include "protection/restraint.h"

namespace detente::protection {
namespace {

constexpr std::array<const char*, 5> kPurposes = {"aid", "medical", "evacuation", "staff",
                                                  "repair"};
constexpr std::int64_t kHalfWidthMmMin = 10'000;
constexpr std::int64_t kPersonsMax = 100'000;
// The least radius of curvature of the ellipsoid, so that a leg is taken as more curved than it is.
constexpr double kRadiusM = 6'335'000;

Error malformed(std::string detail, std::string place) {
  return {Errc::protection_malformed, std::move(detail), std::move(place)};
}

Result<MovementPurpose> read_purpose(const JsonReader& in) {
  DETENTE_TRY(const std::string name, in.string("purpose", limits::kIdBytes));
  for (std::size_t i = 0; i < kPurposes.size(); ++i) {
    if (name == kPurposes.at(i)) return static_cast<MovementPurpose>(i);
  }
  return fail(malformed("there is no purpose " + json_quote(name), in.place_of("purpose")));
}

Result<RoutePoint> read_route_point(const JsonReader& in) {
  DETENTE_CHECK(in.only({"point", "name", "from", "to"}));
  RoutePoint out;
  DETENTE_TRY(const JsonReader point, in.member("point"));
  DETENTE_TRY(out.point, geo::read_point(point));
  if (in.has("name")) {
    DETENTE_TRY(out.name, in.string("name", limits::kNameBytes));
  }
  DETENTE_TRY(out.time.start, in.time("from"));
  DETENTE_TRY(out.time.end, in.time("to"));
  if (out.time.end < out.time.start) {
    return fail(malformed("it leaves before it comes", in.place_of("to")));
  }
  return out;
}

Status check_leg(const RoutePoint& a, const RoutePoint& b, const JsonReader& in) {
  if (b.time.start < a.time.start || b.time.end < a.time.end) {
    return fail(malformed("it comes earlier than to the point before", in.place_of("from")));
  }
  if (geo::distance_m(a.point, b.point) * 1000 > static_cast<double>(limits::kRouteLegMm)) {
    return fail(malformed("the leg is longer than 1,000 km", in.place_of("point")));
  }
  return {};
}

Result<std::vector<RoutePoint>> read_route(const JsonReader& in) {
  DETENTE_TRY(const auto items, in.array("route", limits::kRoutePoints));
  std::vector<RoutePoint> out;
  for (const JsonReader& item : items) {
    DETENTE_TRY(RoutePoint point, read_route_point(item));
    if (!out.empty()) DETENTE_CHECK(check_leg(out.back(), point, item));
    out.push_back(std::move(point));
  }
  if (out.size() < 2) return fail(malformed("a route has two points", in.place_of("route")));
  const std::int64_t length = out.back().time.end - out.front().time.start;
  if (length <= 0 || length > limits::kMovementMsMax) {
    return fail(malformed("a movement takes longer than no time and at most 30 days",
                          in.place_of("route")));
  }
  return out;
}

Result<Vehicle> read_vehicle(const JsonReader& in) {
  DETENTE_CHECK(in.only({"kind", "colour", "plate", "day", "night", "thermal"}));
  Vehicle out;
  DETENTE_TRY(out.kind, in.string("kind", limits::kNameBytes));
  DETENTE_TRY(out.colour, in.string("colour", limits::kNameBytes));
  if (in.has("plate")) {
    DETENTE_TRY(out.plate, in.string("plate", limits::kIdBytes));
  }
  DETENTE_TRY(out.day, in.string("day", limits::kNameBytes));
  DETENTE_TRY(out.night, in.string("night", limits::kNameBytes));
  DETENTE_TRY(out.thermal, in.string("thermal", limits::kNameBytes));
  return out;
}

// The leg as four corners. A straight edge between two corners lies nearer to the leg in the middle
// than at its ends, by the cosine of half the leg's angle; so the corners are put that much
// farther out, and a metre.
Result<geo::Area> leg_area(geo::PointE7 a, geo::PointE7 b, double half_width_m) {
  const double length = geo::distance_m(a, b);
  const double out = half_width_m / std::cos(length / 2 / kRadiusM) * 1.005 + 1;
  const double there = geo::bearing_deg(a, b);
  const double back = geo::bearing_deg(b, a);
  return geo::Area::make(
      geo::Polygon{{geo::destination(a, there - 90, out), geo::destination(b, back + 90, out),
                    geo::destination(b, back - 90, out), geo::destination(a, there + 90, out)}});
}

}  // namespace

const char* movement_purpose_name(MovementPurpose purpose) {
  return kPurposes.at(static_cast<std::size_t>(purpose));
}

Result<MovementDetails> read_movement(const JsonReader& in) {
  DETENTE_CHECK(refuse_targeting(in));
  DETENTE_CHECK(
      in.only({"name", "purpose", "route", "half_width_mm", "vehicles", "persons", "contact"}));
  MovementDetails out;
  DETENTE_TRY(out.name, in.string("name", limits::kNameBytes));
  DETENTE_TRY(out.purpose, read_purpose(in));
  DETENTE_TRY(out.route, read_route(in));
  DETENTE_TRY(out.half_width_mm,
              in.integer("half_width_mm", kHalfWidthMmMin, limits::kCorridorHalfWidthMm));
  DETENTE_TRY(const auto vehicles, in.array("vehicles", limits::kVehicles));
  for (const JsonReader& item : vehicles) {
    DETENTE_TRY(Vehicle vehicle, read_vehicle(item));
    out.vehicles.push_back(std::move(vehicle));
  }
  if (out.vehicles.empty()) {
    return fail(malformed("it names no vehicle", in.place_of("vehicles")));
  }
  DETENTE_TRY(out.persons, in.integer("persons", 0, kPersonsMax));
  DETENTE_TRY(out.contact, in.string("contact", limits::kNameBytes));
  return out;
}

std::string write_movement(const MovementDetails& movement) {
  JsonWriter out;
  out.begin_object().member("name", movement.name);
  out.member("purpose", movement_purpose_name(movement.purpose)).name("route").begin_array();
  for (const RoutePoint& point : movement.route) {
    out.begin_object().name("point");
    geo::write_point(out, point.point);
    if (!point.name.empty()) out.member("name", point.name);
    out.member("from", point.time.start).member("to", point.time.end).end_object();
  }
  out.end_array().member("half_width_mm", movement.half_width_mm).name("vehicles").begin_array();
  for (const Vehicle& vehicle : movement.vehicles) {
    out.begin_object().member("kind", vehicle.kind).member("colour", vehicle.colour);
    if (!vehicle.plate.empty()) out.member("plate", vehicle.plate);
    out.member("day", vehicle.day).member("night", vehicle.night);
    out.member("thermal", vehicle.thermal).end_object();
  }
  out.end_array().member("persons", movement.persons).member("contact", movement.contact);
  return out.end_object().take();
}

TimeSpan movement_time(const MovementDetails& movement) {
  return {movement.route.front().time.start, movement.route.back().time.end};
}

Result<std::vector<CorridorPart>> corridor(const MovementDetails& movement) {
  std::vector<CorridorPart> out;
  const std::vector<RoutePoint>& route = movement.route;
  for (std::size_t i = 0; i < route.size(); ++i) {
    const RoutePoint& before = route[i == 0 ? 0 : i - 1];
    const RoutePoint& after = route[i + 1 < route.size() ? i + 1 : i];
    DETENTE_TRY(geo::Area around,
                geo::Area::make(geo::Circle{route[i].point, movement.half_width_mm}));
    out.push_back({std::move(around), {before.time.start, after.time.end}});
    const bool leg = i + 1 < route.size() && geo::distance_m(route[i].point, after.point) > 1;
    if (!leg) continue;
    DETENTE_TRY(geo::Area area, leg_area(route[i].point, after.point,
                                         static_cast<double>(movement.half_width_mm) / 1000));
    out.push_back({std::move(area), {route[i].time.start, after.time.end}});
  }
  return out;
}

}  // namespace detente::protection
