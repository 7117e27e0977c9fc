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
#include <utility>

#include "base/limits.h"
#include "geo/area_check.h"
#include "geo/area_impl.h"
#include "geo/geo.h"

namespace detente::geo {

using detail::Vec;

namespace {

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
  std::vector<S2Point> points;
  points.reserve(ring.size());
  for (const Vec& v : ring) points.push_back(s2(v));
  auto shape = std::make_unique<S2LaxLoopShape>(points);
  impl.ring = shape.get();
  impl.index = std::make_unique<MutableS2ShapeIndex>();
  impl.index->Add(std::move(shape));
  set_cap(impl, checked.cap_center, checked.cap_radius);
  if (checked.cap_radius < detail::PlanarPolygon::kCapRadiusMax - 0.01) {
    impl.planar = detail::PlanarPolygon(ring, checked.cap_center);
  }
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
  impl.sure_radius = impl.radius_m / (detail::kRadiusM * detail::kStretchMax);
  impl.sure_chord2 = detail::chord2_of(impl.sure_radius);
  return {};
}

// Appends the edge from a to b without b, in steps short enough for straight lines on a map.
void append_edge(const S2Point& a, const S2Point& b, std::vector<PointE7>& out) {
  constexpr double kStep = 0.25 * 3.14159265358979323846 / 180;
  const double length = a.Angle(b);
  const int steps = std::max(1, static_cast<int>(std::ceil(length / kStep)));
  for (int i = 0; i < steps; ++i) {
    const S2Point at = i == 0 ? a : S2::GetPointOnLine(a, b, S1Angle::Radians(length * i / steps));
    out.push_back(detail::to_point(from_s2(at)));
  }
}

}  // namespace

Area::Impl::Impl() = default;
Area::Impl::~Impl() = default;

bool Area::Impl::contains(const Vec& p) const {
  const double apart = chord2(p, cap_center);
  if (apart > cap_chord2) return false;
  if (is_circle()) {
    if (apart <= sure_chord2) return true;
    return detail::ellipsoid_m(cap_center, p) <= radius_m + detail::kBoundaryM;
  }
  if (!planar.empty()) {
    const auto side = planar.locate(p);
    if (side != detail::PlanarPolygon::Side::near_edge) {
      return side == detail::PlanarPolygon::Side::inside;
    }
  }
  return contains_exactly(p);
}

bool Area::Impl::contains_exactly(const Vec& p) const {
  const S2Point point = s2(p);
  if (MakeS2ContainsPointQuery(index.get()).Contains(point)) return true;
  S2ClosestEdgeQuery::Options options;
  options.set_include_interiors(false);
  S2ClosestEdgeQuery query(index.get(), options);
  S2ClosestEdgeQuery::PointTarget target(point);
  return query.IsDistanceLessOrEqual(
      &target, S1ChordAngle(S1Angle::Radians(detail::kBoundaryM / detail::kRadiusM)));
}

std::size_t Area::Impl::bytes() const {
  std::size_t total = sizeof(Impl) + planar.bytes();
  if (const auto* polygon = std::get_if<Polygon>(&shape)) {
    total += polygon->vertices.capacity() * sizeof(PointE7);
  }
  return total + (is_circle() ? 0 : index->SpaceUsed());
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

std::vector<PointE7> Area::outline() const {
  std::vector<PointE7> out;
  if (const auto* circle = std::get_if<Circle>(&impl_->shape)) {
    constexpr int kCorners = 64;
    for (int i = 0; i < kCorners; ++i) {
      out.push_back(destination(circle->center, 360.0 * i / kCorners, impl_->radius_m));
    }
    return out;
  }
  for (int i = 0; i < impl_->ring->num_edges(); ++i) {
    const auto edge = impl_->ring->edge(i);
    append_edge(edge.v0, edge.v1, out);
  }
  return out;
}

PointE7 Area::middle() const {
  if (const auto* circle = std::get_if<Circle>(&impl_->shape)) return circle->center;
  std::vector<S2Point> points;
  for (int i = 0; i < impl_->ring->num_vertices(); ++i) points.push_back(impl_->ring->vertex(i));
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
