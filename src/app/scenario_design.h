// SPDX-License-Identifier: Apache-2.0
//
// Shapes of flying: the volumes that a notice names, and the way that is flown inside them. The
// margins between the two are a few kilometres, so that turns stay inside.
#pragma once

#include <cstdint>
#include <vector>

#include "app/scenario_flight.h"
#include "app/scenario_random.h"
#include "base/result.h"
#include "geo/geo.h"

namespace detente::app {

enum class Pattern : std::uint8_t {
  racetrack,        // up and down between two ends
  stray_racetrack,  // the same, and one lap leaves the volume far to the side and comes back
  lanes,            // parallel lines, as a survey flies them
  corridor,         // from one end to the other with one bend
  orbit,            // around a place
  hop,              // helicopter: takes off, lands at a place, flies back
};

struct Spot {
  geo::PointE7 origin;
  double bearing_deg = 0;
};

struct Layer {
  std::int64_t floor_ft = 0;
  std::int64_t ceiling_ft = 0;
};

struct Design {
  geo::PointE7 origin;
  std::vector<geo::Area> areas;   // of the volumes
  std::vector<geo::Area> beyond;  // where the stray lap flies, outside of `areas`
  std::vector<Waypoint> route;
  std::vector<Waypoint> last_leg;
};

// geo_* if a shape is not possible at this place.
Result<Design> make_design(Pattern pattern, const Spot& spot, const Layer& layer,
                           ScenarioRandom& random);

}  // namespace detente::app
