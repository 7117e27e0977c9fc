// SPDX-License-Identifier: Apache-2.0
#include "app/scenario_flight.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace detente::app {
namespace {

constexpr double kRadians = std::numbers::pi / 180;
constexpr double kKnot = 1852.0 / 3600;  // m/s
constexpr double kStepS = 0.5;           // of the integration
constexpr double kTouchM = 60;           // a helicopter this close to its place is down
constexpr double kSlope = 0.08;          // of its approach

// Radii of curvature of WGS-84 at a latitude, per degree.
double metres_per_degree_north(double lat) {
  const double s = std::sin(lat * kRadians);
  const double w = 1 - 0.00669437999014 * s * s;
  return 6378137.0 * (1 - 0.00669437999014) / (w * std::sqrt(w)) * kRadians;
}
double metres_per_degree_east(double lat) {
  const double s = std::sin(lat * kRadians);
  return 6378137.0 / std::sqrt(1 - 0.00669437999014 * s * s) * std::cos(lat * kRadians) * kRadians;
}

double wrapped(double degrees) {
  double d = std::fmod(degrees, 360);
  if (d > 180) d -= 360;
  if (d <= -180) d += 360;
  return d;
}

double bearing_of(Metres v) {
  return std::atan2(v.east, v.north) / kRadians;
}

double toward(double from, double to, double most) {
  return from + std::clamp(to - from, -most, most);
}

// One aircraft on its way. Time is in seconds since the plan's start.
class Pilot {
 public:
  Pilot(const FlightPlan& plan, double speed_kt)
      : plan_(plan), can_(performance(plan.kind)), cruise_(speed_kt * kKnot), route_(plan.route) {
    at_ = route_.front().at;
    next_ = 1;
    heading_ = bearing_of(route_[1].at - at_);
    if (route_.front().ground_s > 0) {
      altitude_ = plan.ground_ft;
      ground_left_ = static_cast<double>(route_.front().ground_s);
    } else {
      altitude_ = route_.front().altitude_ft;
      speed_ = cruise_;
    }
  }

  bool done() const { return next_ >= route_.size() && ground_left_ <= 0; }

  void advance(double seconds) {
    while (seconds > 1e-9 && !done()) {
      const double step = std::min(seconds, kStepS);
      move(step);
      seconds -= step;
    }
  }

  void go_home() {
    if (home_) return;
    home_ = true;
    route_ = plan_.last_leg;
    next_ = 0;
  }

  geo::TrackPoint seen(const Plane& plane, UtcMs time) const {
    geo::TrackPoint point;
    point.address = plan_.address;
    point.callsign = plan_.callsign;
    point.time = time;
    point.position = plane.point(at_);
    point.on_ground = on_ground();
    point.speed_mm_s = static_cast<std::int32_t>(std::lround(speed_ * 1000));
    double course = std::fmod(heading_ + 720, 360);
    point.track_mdeg = static_cast<std::int32_t>(std::lround(course * 1000)) % 360'000;
    if (!point.on_ground) {
      point.altitude_mm = geo::feet_to_mm(25 * std::lround(altitude_ / 25));
      point.climb_mm_s = static_cast<std::int32_t>(std::lround(climb_ft_s_ * 304.8));
    }
    return point;
  }

 private:
  bool on_ground() const { return ground_left_ > 0 || down_; }

  void move(double dt) {
    if (ground_left_ > 0) {
      ground_left_ -= dt;
      climb_ft_s_ = 0;
      if (ground_left_ <= 0 && next_ < route_.size()) {
        heading_ = bearing_of(route_[next_].at - at_);
        down_ = false;
      }
      return;
    }
    const Waypoint& goal = route_[next_];
    const Metres way = goal.at - at_;
    const double distance = length_m(way);
    steer(goal, way, distance, dt);
    at_ = at_ + along(heading_, speed_ * dt);
    arrive(goal, distance);
  }

  void steer(const Waypoint& goal, Metres way, double distance, double dt) {
    const double turn = wrapped(bearing_of(way) - heading_);
    heading_ += std::clamp(turn, -can_.turn_deg_s * dt, can_.turn_deg_s * dt);
    double wanted_speed = cruise_;
    double wanted_altitude = goal.altitude_ft;
    if (goal.ground_s > 0) {
      const double brake = can_.speed_change_kt_s * kKnot * 0.8;
      wanted_speed = std::min(cruise_, std::max(5.0, std::sqrt(2 * brake * distance)));
      wanted_altitude = std::min(goal.altitude_ft, plan_.ground_ft + distance * kSlope / 0.3048);
    }
    speed_ = toward(speed_, wanted_speed, can_.speed_change_kt_s * kKnot * dt);
    const double before = altitude_;
    altitude_ = toward(altitude_, wanted_altitude, can_.climb_ft_min / 60 * dt);
    climb_ft_s_ = (altitude_ - before) / dt;
  }

  // Way-points are passed by turning before them; a landing place is met.
  void arrive(const Waypoint& goal, double distance) {
    if (goal.ground_s > 0) {
      const bool passing = distance < 400 && length_m(goal.at - at_) > distance;
      if (distance >= kTouchM && !passing) return;
      ground_left_ = static_cast<double>(goal.ground_s);
      down_ = true;
      speed_ = 0;
      altitude_ = plan_.ground_ft;
      ++next_;
      return;
    }
    const double radius = speed_ / (can_.turn_deg_s * kRadians);
    const bool last = next_ + 1 >= route_.size();
    const double near = last ? 300 : std::max(300.0, 1.2 * radius);
    const bool behind = last && distance < 2 * radius && length_m(goal.at - at_) > distance;
    if (distance < near || behind) ++next_;
  }

  const FlightPlan& plan_;
  const Performance& can_;
  double cruise_;
  std::vector<Waypoint> route_;
  std::size_t next_ = 1;
  Metres at_;
  double heading_ = 0;
  double speed_ = 0;
  double altitude_ = 0;
  double climb_ft_s_ = 0;
  double ground_left_ = 0;
  bool down_ = false;
  bool home_ = false;
};

}  // namespace

double length_m(Metres v) {
  return std::sqrt(v.east * v.east + v.north * v.north);
}

Metres along(double bearing_deg, double forward, double right) {
  const double s = std::sin(bearing_deg * kRadians);
  const double c = std::cos(bearing_deg * kRadians);
  return {forward * s + right * c, forward * c - right * s};
}

Plane::Plane(geo::PointE7 origin) : origin_(origin) {}

geo::PointE7 Plane::point(Metres at) const {
  const double lat0 = geo::lat_degrees(origin_);
  const double middle = lat0 + at.north / metres_per_degree_north(lat0) / 2;
  const double lat = lat0 + at.north / metres_per_degree_north(middle);
  const double lng = geo::lng_degrees(origin_) + at.east / metres_per_degree_east(lat);
  return {static_cast<std::int32_t>(std::lround(lat * 1e7)),
          static_cast<std::int32_t>(std::lround(lng * 1e7))};
}

Metres Plane::metres(geo::PointE7 point) const {
  const double lat0 = geo::lat_degrees(origin_);
  const double lat = geo::lat_degrees(point);
  const double lng = geo::lng_degrees(point) - geo::lng_degrees(origin_);
  return {lng * metres_per_degree_east(lat),
          (lat - lat0) * metres_per_degree_north((lat + lat0) / 2)};
}

const Performance& performance(AircraftKind kind) {
  static const Performance helicopter{120, 140, 3.0, 1'000, 1.0};
  static const Performance transport{240, 300, 2.5, 1'800, 1.5};
  static const Performance fast{350, 450, 2.0, 4'000, 3.0};
  if (kind == AircraftKind::helicopter) return helicopter;
  return kind == AircraftKind::transport ? transport : fast;
}

std::vector<geo::TrackPoint> fly(const FlightPlan& plan, ScenarioRandom& random) {
  const Performance& can = performance(plan.kind);
  const std::int64_t speed_kt = random.between(can.speed_kt_min, can.speed_kt_max);
  Pilot pilot(plan, static_cast<double>(speed_kt));
  const Plane plane(plan.origin);
  std::vector<geo::TrackPoint> out;
  UtcMs now = plan.start;
  while (now < plan.end && !pilot.done()) {
    out.push_back(pilot.seen(plane, now));
    std::int64_t pause_ms = random.between(4'000, 10'000);
    if (random.one_in(70)) pause_ms = random.between(20'000, 60'000);
    pilot.advance(static_cast<double>(pause_ms) / 1000);
    now = now + pause_ms;
    if (plan.home.value != 0 && now >= plan.home) pilot.go_home();
  }
  return out;
}

}  // namespace detente::app
