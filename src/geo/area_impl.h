// SPDX-License-Identifier: Apache-2.0
//
// Internal to geo: what stands behind Area. S2 is only named here, not included.
#pragma once

#include <memory>
#include <vector>

#include "geo/geo.h"
#include "geo/planar.h"
#include "geo/vec.h"

class MutableS2ShapeIndex;
class S2LaxLoopShape;

namespace detente::geo {

struct Area::Impl {
  Impl();
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Shape shape;
  // Every point of the area lies within this cap of the sphere (radians).
  detail::Vec cap_center;
  double cap_radius = 0;
  double cap_chord2 = 0;  // of cap_radius, widened by the boundary's tolerance

  // Polygon: counter-clockwise, so that S2 takes the inside for the smaller part. The index owns
  // the ring, and fills itself when it is first asked, safely for several threads.
  std::unique_ptr<MutableS2ShapeIndex> index;
  const S2LaxLoopShape* ring = nullptr;
  detail::PlanarPolygon planar;  // empty for very large polygons

  // Circle: surely inside up to `sure`, surely outside beyond cap_radius; between them the
  // ellipsoid decides.
  double radius_m = 0;
  double sure_radius = 0;
  double sure_chord2 = 0;

  bool is_circle() const { return ring == nullptr; }
  bool contains(const detail::Vec& p) const;
  // The same with the exact predicates only, which is slower; polygons only.
  bool contains_exactly(const detail::Vec& p) const;
  std::size_t bytes() const;  // memory used, roughly
};

namespace detail {

// The nearest points of two areas.
struct Closest {
  double metres = 0;  // on the ellipsoid
  // No pair of points is closer than this. A little less than `metres`: rounding, the boundary's
  // tolerance, and the cases with too many nearest edges to look at each.
  double metres_floor = 0;
};
Closest closest(const Area::Impl& area, const Vec& point);
Closest closest(const Area::Impl& a, const Area::Impl& b);
// Whether the distance is at most `metres`; `lenient` never says no by a rounding.
bool within(const Area::Impl& a, const Area::Impl& b, double metres, bool lenient);

// A cell of a covering.
struct CoverCell {
  std::uint64_t cell = 0;  // S2 cell id
  bool inside = false;     // all of the cell lies within the area
};
std::vector<CoverCell> cover(const Area::Impl& area, int cells_max, double inflate_m);

}  // namespace detail
}  // namespace detente::geo
