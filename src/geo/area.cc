// SPDX-License-Identifier: Apache-2.0
#include "geo/s2_config.h"  // before any S2 header

#include <fmt/core.h>
#include <s2/mutable_s2shape_index.h>
#include <s2/s2cell_id.h>
#include <s2/s2closest_edge_query.h>
#include <s2/s2contains_point_query.h>
#include <s2/s2edge_distances.h>
#include <s2/s2lax_loop_shape.h>
#include <s2/s2loop_measures.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "geo/area_check.h"
#include "geo/area_impl.h"
#include "geo/geo.h"

namespace detente::geo {

using detail::Vec;

namespace {

constexpr double kPi = 3.14159265358979323846;

S2Point s2(const Vec& v) {
  return S2Point(v.x, v.y, v.z);
}
Vec from_s2(const S2Point& p) {
  return {p.x(), p.y(), p.z()};
}

// Whether `ring` runs counter-clockwise around the part of the sphere that lies within its cap:
// the sign of the area in the plane that touches the sphere at the cap's centre.
bool counter_clockwise(const std::vector<Vec>& ring, const Vec& center) {
  double twice_area = 0;
  const Vec origin = (1 / dot(ring.front(), center)) * ring.front();
  for (std::size_t i = 1; i + 1 < ring.size(); ++i) {
    const Vec a = (1 / dot(ring[i], center)) * ring[i] - origin;
    const Vec b = (1 / dot(ring[i + 1], center)) * ring[i + 1] - origin;
    twice_area += dot(cross(a, b), center);
  }
  return twice_area > 0;
}

void set_cap(Area::Impl& impl, const Vec& center, double radius) {
  impl.cap_center = center;
  impl.cap_radius = radius;
  impl.cap_chord2 = detail::chord2_of(radius + 2 * detail::kBoundaryRadians);
}

Status prepare(Area::Impl& impl, const Polygon& polygon) {
  DETENTE_TRY(detail::CheckedPolygon checked, detail::check_polygon(polygon));
  auto& ring = checked.directions;
  if (!counter_clockwise(ring, checked.cap_center)) std::reverse(ring.begin(), ring.end());
  impl.ring = std::move(ring);
  impl.runs = detail::runs_of(impl.ring);
  set_cap(impl, checked.cap_center, checked.cap_radius);
  impl.inner_radius = detail::inner_radius_of(impl);
  if (impl.inner_radius > 0) impl.inner_chord2 = detail::chord2_of(impl.inner_radius);
  return {};
}

Status prepare(Area::Impl& impl, const Circle& circle) {
  Status in_range = validate(circle.center);
  if (!in_range) return fail(std::move(in_range.error()).at("circle/center"));
  if (circle.radius_mm <= 0) {
    return fail(Errc::geo_degenerate, fmt::format("radius {} mm", circle.radius_mm),
                "circle/radius_mm");
  }
  if (circle.radius_mm > limits::kCircleRadiusMm) {
    return fail(
        Errc::geo_too_large,
        fmt::format("radius {} mm, at most {} mm", circle.radius_mm, limits::kCircleRadiusMm),
        "circle/radius_mm");
  }
  impl.radius_m = static_cast<double>(circle.radius_mm) / 1000;
  set_cap(impl, detail::unit(circle.center),
          (impl.radius_m + detail::kBoundaryM) / (detail::kRadiusM * detail::kStretchMin));
  impl.inner_radius = impl.radius_m / (detail::kRadiusM * detail::kStretchMax);
  impl.inner_chord2 = detail::chord2_of(impl.inner_radius);
  return {};
}

// Appends the edge from a to b without b, in steps short enough for straight lines on a map.
void append_edge(const S2Point& a, const S2Point& b, std::vector<PointE7>& out) {
  constexpr double kStep = 0.25 * kPi / 180;
  const double length = a.Angle(b);
  const int steps = std::max(1, static_cast<int>(std::ceil(length / kStep)));
  for (int i = 0; i < steps; ++i) {
    const S2Point at = i == 0 ? a : S2::GetPointOnLine(a, b, S1Angle::Radians(length * i / steps));
    out.push_back(detail::to_point(from_s2(at)));
  }
}

}  // namespace

detail::Prepared::Prepared() = default;
detail::Prepared::~Prepared() = default;

Area::Impl::Impl() = default;
Area::Impl::~Impl() {
  delete prepared_.load(std::memory_order_relaxed);
}

bool Area::Impl::flat() const {
  return cap_radius < detail::PlanarPolygon::kCapRadiusMax - 0.01;
}

// Two threads may both make one; the first one's stays.
const detail::Prepared& Area::Impl::prepared() const {
  if (const auto* made = prepared_.load(std::memory_order_acquire)) return *made;
  auto mine = std::make_unique<detail::Prepared>();
  std::vector<S2Point> points;
  points.reserve(ring.size());
  for (const Vec& v : ring) points.push_back(s2(v));
  mine->index = std::make_unique<MutableS2ShapeIndex>();
  mine->index->Add(std::make_unique<S2LaxLoopShape>(points));
  if (flat()) mine->planar = detail::PlanarPolygon(ring, cap_center);
  const detail::Prepared* first = nullptr;
  if (!prepared_.compare_exchange_strong(first, mine.get(), std::memory_order_acq_rel)) {
    return *first;
  }
  return *mine.release();
}

bool Area::Impl::contains(const Vec& p) const {
  const double apart = chord2(p, cap_center);
  if (apart > cap_chord2) return false;
  if (apart <= inner_chord2) return true;
  if (is_circle()) {
    return detail::ellipsoid_m(cap_center, p) <= radius_m + detail::kBoundaryM;
  }
  if (flat()) {
    const auto side = prepared().planar.locate(p);
    if (side != detail::PlanarPolygon::Side::near_edge) {
      return side == detail::PlanarPolygon::Side::inside;
    }
  }
  return contains_exactly(p);
}

bool Area::Impl::contains_exactly(const Vec& p) const {
  const S2Point point = s2(p);
  MutableS2ShapeIndex* index = prepared().index.get();
  if (MakeS2ContainsPointQuery(index).Contains(point)) return true;
  S2ClosestEdgeQuery::Options options;
  options.set_include_interiors(false);
  S2ClosestEdgeQuery query(index, options);
  S2ClosestEdgeQuery::PointTarget target(point);
  return query.IsDistanceLessOrEqual(
      &target, S1ChordAngle(S1Angle::Radians(detail::kBoundaryM / detail::kRadiusM)));
}

std::size_t Area::Impl::bytes() const {
  std::size_t total =
      sizeof(Impl) + ring.capacity() * sizeof(Vec) + runs.capacity() * sizeof(detail::Run);
  if (const auto* made = prepared_.load(std::memory_order_acquire)) {
    total += sizeof(*made) + made->planar.bytes() + made->index->SpaceUsed();
  }
  if (const auto* polygon = std::get_if<Polygon>(&shape)) {
    total += polygon->vertices.capacity() * sizeof(PointE7);
  }
  return total;
}

Result<Area> Area::make(Shape shape) {
  auto impl = std::make_shared<Impl>();
  DETENTE_CHECK(std::visit([&](const auto& s) { return prepare(*impl, s); }, shape));
  impl->shape = std::move(shape);
  return Area(std::move(impl));
}

const Shape& Area::shape() const {
  return impl_->shape;
}

bool Area::contains(PointE7 point) const {
  return impl_->contains(detail::unit(point));
}

BoundingCap Area::bounding_cap() const {
  // The centre is rounded to 1e-7 degrees: 2 cm more than enough.
  return {detail::to_point(impl_->cap_center),
          impl_->cap_radius * detail::kRadiusM * detail::kStretchMax + 0.02};
}

DirectionBox Area::direction_box(double inflate_m) const {
  // 6 mm for rounding and the boundary's tolerance. Distances from a circle are found to 3e-5 of
  // the way from its centre.
  const double room = 1e-9 + (impl_->is_circle() ? 1e-4 * impl_->cap_radius : 0);
  const double grow = inflate_m / (detail::kRadiusM * detail::kStretchMin) + room;
  const auto around_cap = [](double coordinate, double radius) {
    // Coordinates are cosines of the angle from the axis.
    const double from_axis = std::acos(std::clamp(coordinate, -1.0, 1.0));
    return std::pair(std::cos(std::min(from_axis + radius, kPi)),
                     std::cos(std::max(from_axis - radius, 0.0)));
  };
  const auto& center = impl_->cap_center;
  DirectionBox box;
  const std::array<double, 3> middle = {center.x, center.y, center.z};
  for (std::size_t k = 0; k < 3; ++k) {
    std::tie(box.low[k], box.high[k]) = around_cap(middle[k], impl_->cap_radius + grow);
  }
  if (impl_->is_circle() || impl_->cap_radius > 0.3) return box;
  // Every point is a sum of vertices, with weights from 0 to 1, made longer by at most this.
  const double longer = 1 / std::cos(impl_->cap_radius);
  std::array<double, 3> low = {1, 1, 1};
  std::array<double, 3> high = {-1, -1, -1};
  for (const Vec& v : impl_->ring) {
    const std::array<double, 3> at = {v.x, v.y, v.z};
    for (std::size_t k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], at[k]);
      high[k] = std::max(high[k], at[k]);
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {
    box.low[k] = std::max(box.low[k], (low[k] < 0 ? low[k] * longer : low[k]) - grow);
    box.high[k] = std::min(box.high[k], (high[k] > 0 ? high[k] * longer : high[k]) + grow);
  }
  return box;
}

std::vector<PointE7> Area::outline() const {
  std::vector<PointE7> out;
  if (const auto* circle = std::get_if<Circle>(&impl_->shape)) {
    constexpr int kCorners = 64;
    for (int i = 0; i < kCorners; ++i) {
      out.push_back(destination(circle->center, 360.0 * i / kCorners, impl_->radius_m));
    }
    return out;
  }
  for (std::size_t i = 0; i < impl_->ring.size(); ++i) {
    append_edge(s2(impl_->ring[i]), s2(impl_->end_of(i)), out);
  }
  return out;
}

PointE7 Area::middle() const {
  if (const auto* circle = std::get_if<Circle>(&impl_->shape)) return circle->center;
  std::vector<S2Point> points;
  for (const Vec& v : impl_->ring) points.push_back(s2(v));
  const S2Point centroid = S2::GetCentroid(S2PointLoopSpan(points));
  if (centroid.Norm2() > 0) {
    const Vec at = from_s2(centroid.Normalize());
    if (impl_->contains(at)) return detail::to_point(at);
  }
  // A bent shape: the centre of the largest cell that lies inside.
  S2CellId best = S2CellId::None();
  for (const auto& cell : detail::cover(*impl_, 64, 0)) {
    const S2CellId id(cell.cell);
    if (cell.inside && (best == S2CellId::None() || id.level() < best.level())) best = id;
  }
  if (best != S2CellId::None()) return detail::to_point(from_s2(best.ToPoint()));
  return std::get<Polygon>(impl_->shape).vertices.front();
}

}  // namespace detente::geo
