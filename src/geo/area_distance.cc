// SPDX-License-Identifier: Apache-2.0
//
// Distances between areas. The sphere says which edges can be the nearest ones, the ellipsoid says
// how far they are: lengths differ by -0.56 to +0.45 percent between the two, so every edge whose
// distance on the sphere is within 1.02 percent of the smallest one can be the nearest.
#include <s2/mutable_s2shape_index.h>
#include <s2/s2closest_edge_query.h>
#include <s2/s2edge_distances.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "geo/area_impl.h"
#include "geo/geo.h"

namespace detente::geo::detail {
namespace {

constexpr double kStretchRatio = kStretchMax / kStretchMin;
constexpr int kEdgesMax = 64;

S2Point s2(const Vec& v) {
  return S2Point(v.x, v.y, v.z);
}
double ellipsoid_m(const S2Point& a, const S2Point& b) {
  return detail::ellipsoid_m(Vec{a.x(), a.y(), a.z()}, Vec{b.x(), b.y(), b.z()});
}

// Metres from p to the edge. The nearest point on the sphere is close to the nearest one on the
// ellipsoid; one step with a parabola through three squared distances corrects most of the rest.
double edge_m(const S2Point& p, const S2Point& a, const S2Point& b) {
  const double length = a.Angle(b);
  const double nearest = std::clamp(a.Angle(S2::Project(p, a, b)), 0.0, length);
  const auto at = [&](double along) {
    if (along <= 0) return a;
    if (along >= length) return b;
    return S2::GetPointOnLine(a, b, S1Angle::Radians(along));
  };
  const double middle = ellipsoid_m(p, at(nearest));
  if (middle < 1) return middle;
  // Any three points of the edge will do; they need not lie around the nearest one.
  const double step = std::min(0.02 * middle / kRadiusM, length / 2);
  const double center = std::clamp(nearest, step, length - step);
  const double before = ellipsoid_m(p, at(center - step));
  const double after = ellipsoid_m(p, at(center + step));
  const double here = center == nearest ? middle : ellipsoid_m(p, at(center));
  double best = std::min({middle, before, after, here});
  const double bend = before * before - 2 * here * here + after * after;
  if (bend > 0) {
    const double shift = step * (before * before - after * after) / (2 * bend);
    best = std::min(best, ellipsoid_m(p, at(std::clamp(center + shift, 0.0, length))));
  }
  return best;
}

// Collects the smallest distance over candidates; `sphere` is their distance on the sphere.
struct Nearest {
  double metres = std::numeric_limits<double>::infinity();
  void offer(const S2Point& p, const S2Point& a, const S2Point& b) {
    // Not even the shortest length that this distance can have would be smaller.
    if (S2::GetDistance(p, a, b).radians() * kRadiusM * kStretchMin >= metres) return;
    metres = std::min(metres, edge_m(p, a, b));
  }
};

S1ChordAngle chord(double radians) {
  return S1ChordAngle(S1Angle::Radians(std::min(radians, 3.14159265358979323846)));
}

Closest finish(double metres, double sphere_radians, bool complete) {
  const double surely = sphere_radians * kRadiusM * kStretchMin;
  const double rounding = 2 * kBoundaryM + 2e-5 * metres;
  const double floor = complete ? std::max(surely, metres - rounding) : surely;
  return {metres, std::max(0.0, std::min(floor, metres) - 2 * kBoundaryM)};
}

Closest polygon_to_point(const Area::Impl& polygon, const Vec& point) {
  if (polygon.contains(point)) return {};
  const S2Point p = s2(point);
  S2ClosestEdgeQuery::Options options;
  options.set_include_interiors(false);
  S2ClosestEdgeQuery query(polygon.index.get(), options);
  S2ClosestEdgeQuery::PointTarget target(p);
  const double sphere = query.GetDistance(&target).radians();
  query.mutable_options()->set_max_results(kEdgesMax);
  query.mutable_options()->set_conservative_max_distance(chord(sphere * kStretchRatio + 1e-12));
  const auto results = query.FindClosestEdges(&target);
  Nearest nearest;
  for (const auto& result : results) {
    const S2Shape::Edge edge = query.GetEdge(result);
    nearest.offer(p, edge.v0, edge.v1);
  }
  return finish(nearest.metres, sphere, results.size() < kEdgesMax);
}

Closest polygon_to_polygon(const Area::Impl& a, const Area::Impl& b) {
  S2ClosestEdgeQuery query(a.index.get());
  S2ClosestEdgeQuery::ShapeIndexTarget target(b.index.get());
  const double sphere = query.GetDistance(&target).radians();
  if (sphere <= kBoundaryRadians) return {};
  const S1ChordAngle reach = chord(sphere * kStretchRatio + 1e-12);
  query.mutable_options()->set_include_interiors(false);
  query.mutable_options()->set_max_results(kEdgesMax);
  query.mutable_options()->set_conservative_max_distance(reach);
  target.set_include_interiors(false);
  const auto results = query.FindClosestEdges(&target);
  bool complete = results.size() < kEdgesMax;

  S2ClosestEdgeQuery::Options options;
  options.set_include_interiors(false);
  options.set_max_results(kEdgesMax);
  options.set_conservative_max_distance(reach);
  S2ClosestEdgeQuery others(b.index.get(), options);
  Nearest nearest;
  for (const auto& result : results) {
    const S2Shape::Edge e = query.GetEdge(result);
    S2ClosestEdgeQuery::EdgeTarget edge(e.v0, e.v1);
    const auto matches = others.FindClosestEdges(&edge);
    complete = complete && matches.size() < kEdgesMax;
    for (const auto& match : matches) {
      const S2Shape::Edge f = others.GetEdge(match);
      // Two edges that do not cross are closest at an end of one of them.
      nearest.offer(e.v0, f.v0, f.v1);
      nearest.offer(e.v1, f.v0, f.v1);
      nearest.offer(f.v0, e.v0, e.v1);
      nearest.offer(f.v1, e.v0, e.v1);
    }
  }
  return finish(nearest.metres, sphere, complete);
}

Closest less_radius(Closest closest, double radius_m) {
  return {std::max(0.0, closest.metres - radius_m), std::max(0.0, closest.metres_floor - radius_m)};
}

}  // namespace

Closest closest(const Area::Impl& area, const Vec& point) {
  if (!area.is_circle()) return polygon_to_point(area, point);
  const double metres = detail::ellipsoid_m(area.cap_center, point) - area.radius_m;
  if (metres <= kBoundaryM) return {};
  return {metres, metres - kBoundaryM};
}

Closest closest(const Area::Impl& a, const Area::Impl& b) {
  if (b.is_circle()) return less_radius(closest(a, b.cap_center), b.radius_m);
  if (a.is_circle()) return less_radius(closest(b, a.cap_center), a.radius_m);
  return polygon_to_polygon(a, b);
}

bool caps_within(const Area::Impl& a, const Area::Impl& b, double metres) {
  // One centimetre more for the boundary of each.
  const double reach = (metres + 2 * kBoundaryM) / (kRadiusM * kStretchMin);
  return chord2(a.cap_center, b.cap_center) <=
         chord2_of(reach + a.cap_radius + b.cap_radius + 1e-12);
}

bool maybe_within(const Area::Impl& a, const Area::Impl& b, double metres) {
  if (!caps_within(a, b, metres)) return false;
  if (a.is_circle() && b.is_circle()) return true;
  const Area::Impl& polygon = a.is_circle() ? b : a;
  const Area::Impl& other = a.is_circle() ? a : b;
  const double reach = (metres + 2 * kBoundaryM) / (kRadiusM * kStretchMin);
  S2ClosestEdgeQuery query(polygon.index.get());
  if (other.is_circle()) {
    S2ClosestEdgeQuery::PointTarget target(s2(other.cap_center));
    return query.IsConservativeDistanceLessOrEqual(&target, chord(reach + other.cap_radius));
  }
  S2ClosestEdgeQuery::ShapeIndexTarget target(other.index.get());
  return query.IsConservativeDistanceLessOrEqual(&target, chord(reach));
}

}  // namespace detente::geo::detail

namespace detente::geo {

double Area::distance_m(PointE7 point) const {
  return detail::closest(*impl_, detail::unit(point)).metres;
}

double Area::distance_m(const Area& other) const {
  return detail::closest(*impl_, *other.impl_).metres;
}

bool Area::within(const Area& other, double metres) const {
  return detail::maybe_within(*impl_, *other.impl_, metres) && distance_m(other) <= metres;
}

bool Area::maybe_within(const Area& other, double metres) const {
  return detail::maybe_within(*impl_, *other.impl_, metres) &&
         detail::closest(*impl_, *other.impl_).metres_floor <= metres;
}

}  // namespace detente::geo
