// SPDX-License-Identifier: Apache-2.0
//
// Internal to geo: a quick answer to "is the point inside?" for nearly every point. Seen from the
// centre of the earth, geodesics are straight lines in a plane that touches the sphere (the
// gnomonic projection), so the test is a plane one. Points close to an edge get no answer here;
// the caller then asks the exact predicates.
#pragma once

#include <cstdint>
#include <vector>

#include "geo/vec.h"

namespace detente::geo::detail {

class PlanarPolygon {
 public:
  enum class Side : std::uint8_t { inside, outside, near_edge };

  // Beyond this radius of the cap the projection stretches too much for the guard below.
  static constexpr double kCapRadiusMax = 30 * 3.14159265358979323846 / 180;

  PlanarPolygon() = default;
  // All of `ring` lies within kCapRadiusMax of `center`.
  PlanarPolygon(const std::vector<Vec>& ring, const Vec& center);

  // `p` lies within kCapRadiusMax of the centre.
  Side locate(const Vec& p) const;
  bool empty() const { return slab_first_.empty(); }
  std::size_t bytes() const;

 private:
  struct Edge {
    double x0, y0, x1, y1;
    double nx, ny;  // unit normal to the left
  };
  struct Plane {
    double x, y;
  };
  Plane project(const Vec& p) const;

  Vec center_, u_, v_;
  double y_low_ = 0;
  double slabs_per_y_ = 0;
  // Horizontal slabs; each holds its own copies of the edges that come near it.
  std::vector<std::uint32_t> slab_first_;
  std::vector<Edge> edges_;
};

}  // namespace detente::geo::detail
