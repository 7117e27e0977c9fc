// SPDX-License-Identifier: Apache-2.0
#include "geo/planar.h"

#include <algorithm>
#include <cmath>

namespace detente::geo::detail {
namespace {

// Within this distance in the plane there is no answer. The projection enlarges by 1 to 1/cos^2,
// so on the sphere that is at least 2e-8 * cos^2(30 degrees) = 1.5e-8 radians = 9.5 cm, which is
// well above kBoundaryM and far above the rounding of the projection, some 1e-15.
constexpr double kGuard = 2e-8;

}  // namespace

PlanarPolygon::PlanarPolygon(const std::vector<Vec>& ring, const Vec& center) : center_(center) {
  const Vec axis = std::fabs(center.z) < 0.8 ? Vec{0, 0, 1} : Vec{1, 0, 0};
  const Vec east = cross(axis, center);
  u_ = (1 / std::sqrt(dot(east, east))) * east;
  v_ = cross(center, u_);

  std::vector<Plane> points;
  points.reserve(ring.size());
  for (const Vec& p : ring) points.push_back(project(p));
  const auto [low, high] = std::minmax_element(
      points.begin(), points.end(), [](const Plane& a, const Plane& b) { return a.y < b.y; });
  y_low_ = low->y;
  const double height = std::max(high->y - low->y, 4 * kGuard);
  const std::size_t slabs = std::clamp<std::size_t>(ring.size() / 4, 1, 4096);
  slabs_per_y_ = static_cast<double>(slabs) / height;

  std::vector<std::vector<Edge>> rows(slabs);
  const auto slab_of = [&](double y) {
    const double at = (y - y_low_) * slabs_per_y_;
    return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(slabs - 1)));
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Plane& a = points[i];
    const Plane& b = points[(i + 1) % points.size()];
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    const Edge edge{a.x, a.y, b.x, b.y, (a.y - b.y) / length, (b.x - a.x) / length};
    const std::size_t last = slab_of(std::max(a.y, b.y) + 2 * kGuard);
    for (std::size_t s = slab_of(std::min(a.y, b.y) - 2 * kGuard); s <= last; ++s) {
      rows[s].push_back(edge);
    }
  }
  for (const auto& row : rows) {
    slab_first_.push_back(static_cast<std::uint32_t>(edges_.size()));
    edges_.insert(edges_.end(), row.begin(), row.end());
  }
  slab_first_.push_back(static_cast<std::uint32_t>(edges_.size()));
  edges_.shrink_to_fit();
  slab_first_.shrink_to_fit();
}

PlanarPolygon::Plane PlanarPolygon::project(const Vec& p) const {
  const double scale = 1 / dot(p, center_);
  return {dot(p, u_) * scale, dot(p, v_) * scale};
}

PlanarPolygon::Side PlanarPolygon::locate(const Vec& p) const {
  const Plane at = project(p);
  const double row = (at.y - y_low_) * slabs_per_y_;
  const double rows = static_cast<double>(slab_first_.size() - 1);
  const auto slab = static_cast<std::size_t>(std::clamp(row, 0.0, rows - 1));
  bool inside = false;
  for (std::uint32_t i = slab_first_[slab]; i < slab_first_[slab + 1]; ++i) {
    const Edge& e = edges_[i];
    const double left = e.nx * (at.x - e.x0) + e.ny * (at.y - e.y0);
    if (std::fabs(left) < kGuard && at.x > std::min(e.x0, e.x1) - kGuard &&
        at.x < std::max(e.x0, e.x1) + kGuard && at.y > std::min(e.y0, e.y1) - kGuard &&
        at.y < std::max(e.y0, e.y1) + kGuard) {
      return Side::near_edge;
    }
    // A ray to the east crosses an upward edge if the point lies left of it, a downward edge if
    // it lies right of it.
    const bool up = e.y1 > e.y0;
    inside ^= (e.y0 <= at.y) != (e.y1 <= at.y) && (left > 0) == up;
  }
  return inside ? Side::inside : Side::outside;
}

std::size_t PlanarPolygon::bytes() const {
  return edges_.capacity() * sizeof(Edge) + slab_first_.capacity() * sizeof(std::uint32_t);
}

}  // namespace detente::geo::detail
