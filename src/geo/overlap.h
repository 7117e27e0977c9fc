// SPDX-License-Identifier: Apache-2.0
//
// Where and when two volumes are closer than the separation: what a duty officer is shown beside
// "these two conflict". For drawing and for explaining, never for deciding: geo::conflict decides.
//
// Promised:      an overlap exactly where geo::conflict says so; at least one outline; an outline
//                never smaller than the truth (to the centimetre of the boundary), at most about
//                1.2 percent of the separation and 0.04 percent of a circle's radius larger.
//                Beyond kOverlapVertices the outline is made coarser, outward. The same input
//                gives the same answer.
// Not promised:  the same bytes in another version. Never sign one.
// Units:         metres, millimetres, milliseconds. Threads: none; pure.
//
//   if (const auto overlap = geo::overlap(own, other, separation)) draw(overlap->outlines);
#pragma once

#include <optional>
#include <vector>

#include "geo/geo.h"

namespace detente::geo {

struct Overlap {
  double distance_m = 0;  // between the areas; 0: they touch
  // The nearest points of the two areas; the same point where they touch.
  PointE7 own_point;
  PointE7 other_point;
  AltitudeBand altitude;  // heights of the own band within reach of the other's
  TimeSpan time;          // of the own span within reach of the other's; half-open
  // The part of the own area within reach of the other's. Each ring counter-clockwise, the first
  // point not repeated, long edges divided so that straight lines on a map follow the geodesic. A
  // hole that the other area leaves inside the own is filled.
  std::vector<std::vector<PointE7>> outlines;
  // The volumes themselves do not meet; only the separation between them is not kept.
  bool within_separation_only = false;
};

// Nothing where geo::conflict(own, other, separation) is false. Takes about a millisecond; for
// polygons of 1,700 vertices about a hundred, for two jagged ones of 10,000 about 1.3 seconds
// (docs/performance.md).
std::optional<Overlap> overlap(const Volume4& own, const Volume4& other,
                               const Separation& separation);

}  // namespace detente::geo
