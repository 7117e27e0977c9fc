// SPDX-License-Identifier: Apache-2.0
//
// Internal to geo: what stands behind Area. S2 is only named here, not included.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "geo/geo.h"
#include "geo/planar.h"
#include "geo/vec.h"

class MutableS2ShapeIndex;

namespace detente::geo {

namespace detail {

// What only some questions need: made when it is first asked for, because a million volumes would
// need gigabytes of it.
struct Prepared {
  Prepared();
  ~Prepared();
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  // The polygon's ring; the index fills itself when it is first asked, safely for several threads.
  std::unique_ptr<MutableS2ShapeIndex> index;
  PlanarPolygon planar;  // empty for very large polygons
};

// A circle around kRunEdges edges of a polygon, one after the other.
struct Run {
  Vec center;
  double radius = 0;  // radians
};
inline constexpr std::size_t kRunEdges = 16;

}  // namespace detail

struct Area::Impl {
  Impl();
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Every point of the area lies within this cap of the sphere (radians).
  detail::Vec cap_center;
  double cap_radius = 0;
  double cap_chord2 = 0;  // of cap_radius, widened by the boundary's tolerance
  // All within this of the cap's centre belongs to the area; negative where the centre does not.
  double inner_radius = -1;

  // Circle: surely inside up to inner_radius, surely outside beyond cap_radius; between them the
  // ellipsoid decides.
  double radius_m = 0;
  double inner_chord2 = -1;

  // Polygon: counter-clockwise, so that S2 takes the inside for the smaller part. Runs only where
  // there are many vertices.
  std::vector<detail::Vec> ring;
  std::vector<detail::Run> runs;
  Shape shape;

  bool is_circle() const { return ring.empty(); }
  bool flat() const;  // small enough for PlanarPolygon
  const detail::Vec& end_of(std::size_t edge) const {
    return ring[edge + 1 == ring.size() ? 0 : edge + 1];
  }
  const detail::Prepared& prepared() const;  // polygons only
  bool contains(const detail::Vec& p) const;
  // The same with the exact predicates only, which is slower; polygons only.
  bool contains_exactly(const detail::Vec& p) const;
  std::size_t bytes() const;  // memory used, roughly

 private:
  mutable std::atomic<const detail::Prepared*> prepared_ = nullptr;
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

// Whether two areas come within a distance, by bounds alone. `close` is neither surely more nor
// surely less: within 2 cm and 3e-5 of the distance of it. The order of the two does not matter.
enum class Nearness : std::uint8_t { apart, close, within, unknown };
Nearness nearness(const Area::Impl& a, const Area::Impl& b, double metres);
// Radians that lie within the boundary of the area around its cap's centre; negative if outside.
double inner_radius_of(const Area::Impl& polygon);
// The corners of a polygon around the circle, counter-clockwise. No point of the circle is left
// out; with 64 corners it is 0.1 percent larger.
std::vector<Vec> ring_around(PointE7 center, double radius_m, int corners);
std::vector<Run> runs_of(const std::vector<Vec>& ring);

// A cell of a covering.
struct CoverCell {
  std::uint64_t cell = 0;  // S2 cell id
  bool inside = false;     // all of the cell lies within the area
};
std::vector<CoverCell> cover(const Area::Impl& area, int cells_max, double inflate_m);

}  // namespace detail
}  // namespace detente::geo
