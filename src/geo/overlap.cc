// SPDX-License-Identifier: Apache-2.0
//
// The lateral region is the own area cut with the other's area grown by the separation, by S2's
// operations on polygons of the sphere. Whatever is approximate errs outward: circles become
// polygons around them, lengths are taken as long as they can be on the sphere.
#include "geo/s2_config.h"  // before any S2 header

#include "geo/overlap.h"

#include <s2/mutable_s2shape_index.h>
#include <s2/s2boolean_operation.h>
#include <s2/s2buffer_operation.h>
#include <s2/s2builderutil_s2polygon_layer.h>
#include <s2/s2builderutil_snap_functions.h>
#include <s2/s2closest_edge_query.h>
#include <s2/s2edge_distances.h>
#include <s2/s2lax_loop_shape.h>
#include <s2/s2polygon.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "geo/area_impl.h"
#include "geo/saturate.h"

namespace detente::geo {
namespace {

using detail::add_saturating;
using detail::Vec;

constexpr double kPi = 3.14159265358979323846;
constexpr int kCircleCorners = 128;
// geo::conflict may say yes 5 cm and 3e-5 of the distance too early; then there must be a region.
constexpr double kSlackM = 0.2;
constexpr double kSlackRatio = 1 + 1e-4;
// Of the growing, as a part of the separation.
constexpr double kErrorFraction = 0.001;
// Beyond this the other area, grown, is taken to be everywhere.
constexpr double kGrownMax = 85 * kPi / 180;
// Other areas with more vertices are first cut to what can matter, and then made coarser.
constexpr int kVerticesGrown = 256;
constexpr double kStepsFrom = 1e-5;  // 64 m: growing by less is quick

S2Point s2(const Vec& v) {
  return S2Point(v.x, v.y, v.z);
}
PointE7 to_point(const S2Point& p) {
  return detail::to_point(Vec{p.x(), p.y(), p.z()});
}
// The angle on the sphere that surely holds a length on the ellipsoid.
double widest_radians(double metres) {
  return metres / (detail::kRadiusM * detail::kStretchMin);
}

std::vector<S2Point> around_circle(PointE7 center, double radius_m, int corners) {
  std::vector<S2Point> ring;
  ring.reserve(static_cast<std::size_t>(corners));
  for (const Vec& v : detail::ring_around(center, radius_m, corners)) ring.push_back(s2(v));
  return ring;
}

std::vector<S2Point> ring_of(const Area::Impl& area) {
  if (const auto* circle = std::get_if<Circle>(&area.shape)) {
    return around_circle(circle->center, area.radius_m, kCircleCorners);
  }
  std::vector<S2Point> ring;
  ring.reserve(area.ring.size());
  for (const Vec& v : area.ring) ring.push_back(s2(v));
  return ring;
}

void fill(MutableS2ShapeIndex& index, const std::vector<S2Point>& ring) {
  index.Add(std::make_unique<S2LaxLoopShape>(ring));
}

std::unique_ptr<s2builderutil::S2PolygonLayer> into(S2Polygon& polygon) {
  polygon.set_s2debug_override(S2Debug::DISABLE);
  return std::make_unique<s2builderutil::S2PolygonLayer>(&polygon);
}

// False where S2 finds no answer.
bool intersect(const S2ShapeIndex& a, const S2ShapeIndex& b, S2Polygon& out) {
  S2BooleanOperation operation(S2BooleanOperation::OpType::INTERSECTION, into(out));
  S2Error error;
  return operation.Build(a, b, &error);
}

bool grow(const S2ShapeIndex& shapes, double radians, double error_fraction, S2Polygon& out) {
  S2BufferOperation::Options options(S1Angle::Radians(radians / (1 - error_fraction)));
  options.set_error_fraction(error_fraction);
  S2BufferOperation operation(into(out), options);
  operation.AddShapeIndex(shapes);
  S2Error error;
  return operation.Build(&error);
}

// Grows the polygon by `reach`, in steps that double, and drops after each what it made too small
// to matter: at once it would take time with the square of the vertices.
bool grow_in_steps(S2Polygon& polygon, double reach) {
  double rest = reach;
  for (const double part : {1.0 / 64, 1.0 / 32, 1.0 / 16}) {
    if (polygon.num_vertices() <= kVerticesGrown || reach < kStepsFrom) break;
    const double step = part * reach;
    S2Polygon grown;
    if (!grow(polygon.index(), step, 0.02, grown)) return false;
    polygon.set_s2debug_override(S2Debug::DISABLE);
    // Simplifying moves an edge by at most 1.1 times this.
    polygon.InitToSimplified(grown,
                             s2builderutil::IdentitySnapFunction(S1Angle::Radians(step / 16)));
    rest += 1.1 * step / 16 - step;
  }
  S2Polygon whole;
  if (!grow(polygon.index(), rest, kErrorFraction, whole)) return false;
  polygon.Copy(whole);
  return true;
}

// What of the other polygon can be within `reach` radians of the own area, grown by that. Not
// more than needed, because growing takes long.
bool grow_polygon(const Area::Impl& own, const Area::Impl& other, double reach, S2Polygon& out) {
  MutableS2ShapeIndex whole;
  fill(whole, ring_of(other));
  const double near = own.cap_radius + 1.05 * reach + 1e-6;
  if (std::ssize(other.ring) <= kVerticesGrown || near > kPi / 4) {
    return grow(whole, reach, kErrorFraction, out);
  }
  const double metres = near * detail::kRadiusM * detail::kStretchMax;
  MutableS2ShapeIndex around;
  fill(around, around_circle(detail::to_point(own.cap_center), metres, 16));
  return intersect(whole, around, out) && grow_in_steps(out, reach);
}

// The own area within reach of the other. False: it could not be cut, all of it must be shown.
bool cut(const Area::Impl& own, const Area::Impl& other, double metres, S2Polygon& out) {
  const double reach_m = metres * kSlackRatio + kSlackM;
  const double reach = widest_radians(reach_m);
  if (other.cap_radius + reach > kGrownMax) return false;
  MutableS2ShapeIndex mine;
  fill(mine, ring_of(own));
  if (const auto* circle = std::get_if<Circle>(&other.shape)) {
    MutableS2ShapeIndex grown;
    fill(grown, around_circle(circle->center, other.radius_m + reach_m, kCircleCorners));
    return intersect(mine, grown, out);
  }
  S2Polygon grown;
  return grow_polygon(own, other, reach, grown) && intersect(mine, grown.index(), out);
}

using Rings = std::vector<std::vector<S2Point>>;

Rings outer_rings(const S2Polygon& polygon) {
  Rings rings;
  for (int i = 0; i < polygon.num_loops(); ++i) {
    const S2Loop& loop = *polygon.loop(i);
    if (loop.depth() != 0 || loop.is_empty_or_full()) continue;
    std::vector<S2Point>& ring = rings.emplace_back();
    for (int k = 0; k < loop.num_vertices(); ++k) ring.push_back(loop.vertex(k));
  }
  return rings;
}

std::size_t vertices_of(const Rings& rings) {
  std::size_t count = 0;
  for (const auto& ring : rings) count += ring.size();
  return count;
}

// Ever coarser until there are few enough vertices; grown first, so that it never gets smaller.
Rings fewer(Rings rings, const Area::Impl& own) {
  for (int step = 0; step < 8 && vertices_of(rings) > limits::kOverlapVertices; ++step) {
    const double grown_by = own.cap_radius * std::ldexp(1.0 / 2'048, step);
    MutableS2ShapeIndex index;
    for (const auto& ring : rings) fill(index, ring);
    S2Polygon wide;
    if (!grow(index, grown_by, 0.1, wide)) break;
    S2Polygon simple;
    simple.set_s2debug_override(S2Debug::DISABLE);
    // Simplifying moves an edge by at most 1.1 times this.
    simple.InitToSimplified(wide,
                            s2builderutil::IdentitySnapFunction(S1Angle::Radians(0.85 * grown_by)));
    Rings next = outer_rings(simple);
    if (!next.empty()) rings = std::move(next);
  }
  if (vertices_of(rings) <= limits::kOverlapVertices) return rings;
  const double metres = own.cap_radius * detail::kRadiusM * detail::kStretchMax + 0.1;
  return {around_circle(detail::to_point(own.cap_center), metres, 64)};
}

// Long edges are divided, as far as the limit leaves room.
std::vector<std::vector<PointE7>> drawn(const Rings& rings) {
  double length = 0;
  for (const auto& ring : rings) {
    for (std::size_t i = 0; i < ring.size(); ++i)
      length += ring[i].Angle(ring[(i + 1) % ring.size()]);
  }
  const std::size_t room = limits::kOverlapVertices - vertices_of(rings);
  const double step =
      room == 0 ? 2 * kPi : std::max(0.25 * kPi / 180, length / static_cast<double>(room));
  std::vector<std::vector<PointE7>> out;
  for (const auto& ring : rings) {
    std::vector<PointE7>& line = out.emplace_back();
    for (std::size_t i = 0; i < ring.size(); ++i) {
      const S2Point& a = ring[i];
      const S2Point& b = ring[(i + 1) % ring.size()];
      const double edge = a.Angle(b);
      const int parts = 1 + static_cast<int>(edge / step);
      for (int k = 0; k < parts; ++k) {
        const PointE7 point =
            to_point(k == 0 ? a : S2::GetPointOnLine(a, b, S1Angle::Radians(edge * k / parts)));
        if (line.empty() || line.back() != point) line.push_back(point);
      }
    }
    if (line.size() > 1 && line.back() == line.front()) line.pop_back();
    if (line.size() < 3) out.pop_back();
  }
  return out;
}

struct Nearest {
  S2Point own, other;
};

// The nearest points of the polygons' rings or the circles' centres.
Nearest nearest_cores(const Area::Impl& own, const Area::Impl& other) {
  if (own.is_circle() && other.is_circle()) return {s2(own.cap_center), s2(other.cap_center)};
  if (own.is_circle()) {
    const Nearest turned = nearest_cores(other, own);
    return {turned.other, turned.own};
  }
  MutableS2ShapeIndex index;
  fill(index, ring_of(own));
  S2ClosestEdgeQuery query(&index);
  if (other.is_circle()) {
    const S2Point center = s2(other.cap_center);
    S2ClosestEdgeQuery::PointTarget target(center);
    return {query.Project(center, query.FindClosestEdge(&target)), center};
  }
  MutableS2ShapeIndex others;
  fill(others, ring_of(other));
  S2ClosestEdgeQuery::ShapeIndexTarget target(&others);
  const auto found = query.FindClosestEdge(&target);
  // One lies inside the other.
  if (found.is_interior()) return {s2(other.ring[0]), s2(other.ring[0])};
  const S2Shape::Edge edge = query.GetEdge(found);
  S2ClosestEdgeQuery other_query(&others);
  S2ClosestEdgeQuery::EdgeTarget edge_target(edge.v0, edge.v1);
  const auto match = other_query.FindClosestEdge(&edge_target);
  if (match.is_interior()) return {edge.v0, edge.v0};
  const S2Shape::Edge facing = other_query.GetEdge(match);
  const auto [mine, theirs] = S2::GetEdgePairClosestPoints(edge.v0, edge.v1, facing.v0, facing.v1);
  return {mine, theirs};
}

// The nearest points of the areas: circles reach from their centre towards the other.
void set_nearest(const Area::Impl& own, const Area::Impl& other, Overlap& out) {
  const Nearest cores = nearest_cores(own, other);
  out.own_point = to_point(cores.own);
  out.other_point = to_point(cores.other);
  const double apart = distance_m(out.own_point, out.other_point);
  const double bearing = apart > 0 ? bearing_deg(out.own_point, out.other_point) : 0;
  // Along the way from core to core, the own area ends at `mine`, and the other begins at `theirs`.
  double mine = std::min(own.radius_m, apart);
  double theirs = std::max(0.0, apart - other.radius_m);
  if (out.distance_m <= 0 || mine > theirs) mine = theirs = (mine + theirs) / 2;
  const PointE7 start = out.own_point;
  out.own_point = destination(start, bearing, mine);
  out.other_point = destination(start, bearing, theirs);
}

std::vector<std::vector<PointE7>> region(const Area::Impl& own, const Area::Impl& other,
                                         double metres, PointE7 own_point) {
  S2Polygon polygon;
  Rings rings;
  if (cut(own, other, metres, polygon)) {
    rings = outer_rings(polygon);
    if (!rings.empty()) rings = fewer(std::move(rings), own);
  } else {
    rings = fewer({ring_of(own)}, own);
  }
  auto lines = drawn(rings);
  // They meet in a sliver that the rounding of positions swallows: a square metre around it.
  if (lines.empty()) lines = drawn({around_circle(own_point, 0.5, 4)});
  return lines;
}

}  // namespace

std::optional<Overlap> overlap(const Volume4& own, const Volume4& other,
                               const Separation& separation) {
  if (!conflict(own, other, separation)) return std::nullopt;
  const std::int64_t time_ms = std::max<std::int64_t>(separation.time_ms, 0);
  const std::int64_t lateral_mm = std::max<std::int64_t>(separation.lateral_mm, 0);
  const std::int64_t vertical_mm =
      add_saturating(std::max<std::int64_t>(separation.vertical_mm, 0),
                     reference_mismatch_mm(own.altitude.reference, other.altitude.reference));
  Overlap out;
  out.distance_m = own.area.distance_m(other.area);
  out.altitude.reference = own.altitude.reference;
  out.altitude.lower_mm =
      std::max(own.altitude.lower_mm, add_saturating(other.altitude.lower_mm, -vertical_mm));
  out.altitude.upper_mm =
      std::min(own.altitude.upper_mm, add_saturating(other.altitude.upper_mm, vertical_mm));
  out.time.start.value =
      std::max(own.time.start.value, add_saturating(other.time.start.value, -time_ms));
  out.time.end.value = std::min(own.time.end.value, add_saturating(other.time.end.value, time_ms));
  out.within_separation_only = !conflict(own, other, {});
  set_nearest(own.area.impl(), other.area.impl(), out);
  out.outlines = region(own.area.impl(), other.area.impl(), static_cast<double>(lateral_mm) / 1000,
                        out.own_point);
  return out;
}

}  // namespace detente::geo
