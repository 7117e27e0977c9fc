// SPDX-License-Identifier: Apache-2.0
//
// Internal to geo: what a polygon must be before anything else is asked of it.
#pragma once

#include <vector>

#include "geo/geo.h"
#include "geo/vec.h"

namespace detente::geo::detail {

// A checked polygon: its directions, and a small cap that holds them all. The cap is less than a
// hemisphere, so every edge lies in it too, and the inside is the part within the cap.
struct CheckedPolygon {
  std::vector<Vec> directions;
  Vec cap_center;
  double cap_radius = 0;  // radians
};

// A polygon must fit into a circle of 80 degrees: near a hemisphere it would be unclear which of
// the two parts is meant.
inline constexpr double kPolygonRadiusMax = 80 * 3.14159265358979323846 / 180;

// The errors of Area::make; the place is "polygon" or "polygon/<number of the vertex>".
Result<CheckedPolygon> check_polygon(const Polygon& polygon);

}  // namespace detente::geo::detail
