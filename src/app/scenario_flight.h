// SPDX-License-Identifier: Apache-2.0
//
// Flights that could have been flown: an aircraft follows way-points with the speed, the turns and
// the climbs of its kind, and a receiver hears it every few seconds, with jitter and gaps.
//
// Units: metres in a plane that touches the earth at an origin (good to a percent within 150 km),
// feet of pressure altitude, seconds. Not promised: the same bytes with another mathematics
// library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/scenario_random.h"
#include "geo/geo.h"
#include "geo/track.h"

namespace detente::app {

struct Metres {
  double east = 0;
  double north = 0;
};
inline Metres operator+(Metres a, Metres b) {
  return {a.east + b.east, a.north + b.north};
}
inline Metres operator-(Metres a, Metres b) {
  return {a.east - b.east, a.north - b.north};
}
double length_m(Metres v);
// `forward` metres along `bearing_deg` and `right` metres to the right of it.
Metres along(double bearing_deg, double forward, double right = 0);

class Plane {
 public:
  explicit Plane(geo::PointE7 origin);
  geo::PointE7 point(Metres at) const;
  Metres metres(geo::PointE7 point) const;

 private:
  geo::PointE7 origin_;
};

enum class AircraftKind : std::uint8_t { helicopter, transport, fast };

// What a kind of aircraft does in the scenario. Turns are about standard rate; the steepest bank
// that follows from them is 40 degrees.
struct Performance {
  std::int64_t speed_kt_min = 0;
  std::int64_t speed_kt_max = 0;
  double turn_deg_s = 0;
  double climb_ft_min = 0;
  double speed_change_kt_s = 0;
};
const Performance& performance(AircraftKind kind);

struct Waypoint {
  Metres at;
  double altitude_ft = 0;
  std::int64_t ground_s = 0;  // above 0: lands here and stays so long (helicopters)
};

struct FlightPlan {
  AircraftKind kind = AircraftKind::transport;
  std::uint32_t address = 0;
  std::string callsign;
  geo::PointE7 origin;             // of the plane
  std::vector<Waypoint> route;     // first: where it is heard first
  std::vector<Waypoint> last_leg;  // flown instead of the rest of the route from `home` on
  UtcMs start;
  UtcMs home;                // 0: never
  UtcMs end;                 // heard no more from here on
  double ground_ft = 1'300;  // pressure altitude of landing places
};

// Samples 4 to 10 s apart, now and then a gap of 20 to 60 s; altitude in steps of 25 ft. The
// flight ends at the last way-point or at `end`, whichever comes first.
std::vector<geo::TrackPoint> fly(const FlightPlan& plan, ScenarioRandom& random);

}  // namespace detente::app
