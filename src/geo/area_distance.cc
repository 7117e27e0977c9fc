// SPDX-License-Identifier: Apache-2.0
//
// Distances between areas. The sphere says which edges can be the nearest ones, the ellipsoid says
// how far they are: lengths differ by -0.56 to +0.45 percent between the two, so every edge whose
// distance on the sphere is within 1.02 percent of the smallest one can be the nearest.
#include "geo/s2_config.h"  // before any S2 header

#include <s2/mutable_s2shape_index.h>
#include <s2/s2closest_edge_query.h>
#include <s2/s2edge_crosser.h>
#include <s2/s2edge_distances.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>
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

// A vertex of one area and an edge of the other.
struct Pair {
  S2Point p, a, b;
};

// Metres from the pair's point to the point of the edge that is nearest on the sphere.
double first_m(const Pair& pair) {
  return ellipsoid_m(pair.p, S2::Project(pair.p, pair.a, pair.b));
}

// That point is close to the nearest one on the ellipsoid, and at most 2.3e-5 of the distance too
// far away. One step with a parabola through three squared distances corrects most of that.
double refined_m(const Pair& pair, double first) {
  const auto& [p, a, b] = pair;
  if (first < 1) return first;
  const double length = a.Angle(b);
  const auto at = [&](double along) {
    if (along <= 0) return a;
    if (along >= length) return b;
    return S2::GetPointOnLine(a, b, S1Angle::Radians(along));
  };
  // Any three points of the edge will do; they need not lie around the nearest one.
  const double step = std::min(0.02 * first / kRadiusM, length / 2);
  const double nearest = std::clamp(a.Angle(S2::Project(p, a, b)), 0.0, length);
  const double center = std::clamp(nearest, step, length - step);
  const double before = ellipsoid_m(p, at(center - step));
  const double here = ellipsoid_m(p, at(center));
  const double after = ellipsoid_m(p, at(center + step));
  double best = std::min({first, before, here, after});
  const double bend = before * before - 2 * here * here + after * after;
  if (bend > 0) {
    const double shift = step * (before * before - after * after) / (2 * bend);
    best = std::min(best, ellipsoid_m(p, at(std::clamp(center + shift, 0.0, length))));
  }
  return best;
}

// The smallest distance on the ellipsoid among the pairs.
double nearest_m(const std::vector<Pair>& pairs) {
  std::vector<std::pair<double, const Pair*>> firsts;
  double smallest = std::numeric_limits<double>::infinity();
  for (const Pair& pair : pairs) {
    // Not even the shortest length that this distance can have would be smaller.
    const double sphere = S2::GetDistance(pair.p, pair.a, pair.b).radians();
    if (sphere * kRadiusM * kStretchMin >= smallest) continue;
    firsts.emplace_back(first_m(pair), &pair);
    smallest = std::min(smallest, firsts.back().first);
  }
  double best = smallest;
  for (const auto& [first, pair] : firsts) {
    if (first <= smallest * (1 + 3e-5)) best = std::min(best, refined_m(*pair, first));
  }
  return best;
}

S1ChordAngle chord(double radians) {
  return S1ChordAngle(S1Angle::Radians(std::min(radians, 3.14159265358979323846)));
}

Closest finish(double metres, double sphere_radians, bool complete) {
  const double surely = sphere_radians * kRadiusM * kStretchMin;
  const double rounding = 2 * kBoundaryM + 3e-5 * metres;
  const double floor = complete ? std::max(surely, metres - rounding) : surely;
  return {metres, std::max(0.0, std::min(floor, metres) - 2 * kBoundaryM)};
}

S2ClosestEdgeQuery::Options boundary_only() {
  S2ClosestEdgeQuery::Options options;
  options.set_include_interiors(false);
  return options;
}

// Below this many pairs a plain loop is quicker than a query.
constexpr std::size_t kPairsPlain = 16'384;

// The distance on the sphere from a point outside to the boundary.
double sphere_distance(const Area::Impl& polygon, const Vec& point) {
  const S2Point p = s2(point);
  if (polygon.ring.size() <= 128) {
    S1ChordAngle nearest = S1ChordAngle::Infinity();
    for (std::size_t i = 0; i < polygon.ring.size(); ++i) {
      S2::UpdateMinDistance(p, s2(polygon.ring[i]), s2(polygon.end_of(i)), &nearest);
    }
    return nearest.radians();
  }
  S2ClosestEdgeQuery query(polygon.prepared().index.get(), boundary_only());
  S2ClosestEdgeQuery::PointTarget target(p);
  return query.GetDistance(&target).radians();
}

Closest polygon_to_point(const Area::Impl& polygon, const Vec& point, double sphere) {
  S2ClosestEdgeQuery query(polygon.prepared().index.get(), boundary_only());
  S2ClosestEdgeQuery::PointTarget target(s2(point));
  query.mutable_options()->set_max_results(kEdgesMax);
  query.mutable_options()->set_conservative_max_distance(chord(sphere * kStretchRatio + 1e-12));
  std::vector<Pair> pairs;
  for (const auto& result : query.FindClosestEdges(&target)) {
    const S2Shape::Edge edge = query.GetEdge(result);
    pairs.push_back({s2(point), edge.v0, edge.v1});
  }
  return finish(nearest_m(pairs), sphere, pairs.size() < kEdgesMax);
}

bool plain(const Area::Impl& a, const Area::Impl& b) {
  return a.ring.size() * b.ring.size() <= kPairsPlain;
}

// Whether a vertex of `b` lies in `a`.
bool holds_vertex(const Area::Impl& a, const Area::Impl& b) {
  return std::any_of(b.ring.begin(), b.ring.end(), [&](const Vec& v) { return a.contains(v); });
}

bool edges_cross(const Area::Impl& a, const Area::Impl& b) {
  for (std::size_t i = 0; i < a.ring.size(); ++i) {
    S2CopyingEdgeCrosser crosser(s2(a.ring[i]), s2(a.end_of(i)));
    for (std::size_t j = 0; j < b.ring.size(); ++j) {
      if (crosser.CrossingSign(s2(b.ring[j]), s2(b.end_of(j))) >= 0) return true;
    }
  }
  return false;
}

// Calls visit(vertex of a, edge of b) for all that can be within `reach` radians.
template <class Visit>
void each_pair(const Area::Impl& a, const Area::Impl& b, double reach, const Visit& visit) {
  const double far = chord2_of(b.cap_radius + reach + 1e-12);
  for (const Vec& p : a.ring) {
    if (chord2(p, b.cap_center) > far) continue;
    for (std::size_t j = 0; j < b.ring.size(); ++j) visit(s2(p), s2(b.ring[j]), s2(b.end_of(j)));
  }
}

constexpr double kPi = 3.14159265358979323846;

// The distance on the sphere; 0 where the areas touch. Beyond `reach` radians any number beyond it.
double sphere_distance(const Area::Impl& a, const Area::Impl& b, double reach) {
  if (!plain(a, b)) {
    S2ClosestEdgeQuery query(a.prepared().index.get());
    S2ClosestEdgeQuery::ShapeIndexTarget target(b.prepared().index.get());
    if (reach < kPi && !query.IsConservativeDistanceLessOrEqual(&target, chord(reach))) return kPi;
    return query.GetDistance(&target).radians();
  }
  if (holds_vertex(a, b) || holds_vertex(b, a) || edges_cross(a, b)) return 0;
  S1ChordAngle nearest = S1ChordAngle::Infinity();
  const auto visit = [&](const S2Point& p, const S2Point& from, const S2Point& to) {
    S2::UpdateMinDistance(p, from, to, &nearest);
  };
  each_pair(a, b, reach, visit);
  each_pair(b, a, reach, visit);
  return nearest.is_infinity() ? kPi : nearest.radians();
}

// All pairs of edges within `reach` radians, as far as there are not too many.
std::vector<Pair> near_pairs(const Area::Impl& a, const Area::Impl& b, double reach,
                             bool& complete) {
  std::vector<Pair> pairs;
  if (plain(a, b)) {
    const S1ChordAngle limit = chord(reach);
    const auto visit = [&](const S2Point& p, const S2Point& from, const S2Point& to) {
      if (S2::IsDistanceLess(p, from, to, limit)) pairs.push_back({p, from, to});
    };
    each_pair(a, b, reach, visit);
    each_pair(b, a, reach, visit);
    return pairs;
  }
  S2ClosestEdgeQuery::Options options = boundary_only();
  options.set_max_results(kEdgesMax);
  options.set_conservative_max_distance(chord(reach));
  S2ClosestEdgeQuery query(a.prepared().index.get(), options);
  S2ClosestEdgeQuery others(b.prepared().index.get(), options);
  S2ClosestEdgeQuery::ShapeIndexTarget target(b.prepared().index.get());
  target.set_include_interiors(false);
  const auto results = query.FindClosestEdges(&target);
  complete = results.size() < kEdgesMax;
  for (const auto& result : results) {
    const S2Shape::Edge e = query.GetEdge(result);
    S2ClosestEdgeQuery::EdgeTarget edge(e.v0, e.v1);
    const auto matches = others.FindClosestEdges(&edge);
    complete = complete && matches.size() < kEdgesMax;
    for (const auto& match : matches) {
      const S2Shape::Edge f = others.GetEdge(match);
      // Two edges that do not cross are closest at an end of one of them.
      for (const S2Point& p : {e.v0, e.v1}) pairs.push_back({p, f.v0, f.v1});
      for (const S2Point& p : {f.v0, f.v1}) pairs.push_back({p, e.v0, e.v1});
    }
  }
  return pairs;
}

Closest polygon_to_polygon(const Area::Impl& a, const Area::Impl& b, double sphere) {
  if (sphere <= kBoundaryRadians) return {};
  bool complete = true;
  const auto pairs = near_pairs(a, b, sphere * kStretchRatio + 1e-12, complete);
  return finish(nearest_m(pairs), sphere, complete);
}

Closest less_radius(Closest closest, double radius_m) {
  return {std::max(0.0, closest.metres - radius_m), std::max(0.0, closest.metres_floor - radius_m)};
}

Closest circle_to_circle(const Area::Impl& a, const Area::Impl& b) {
  const double metres = detail::ellipsoid_m(a.cap_center, b.cap_center) - (a.radius_m + b.radius_m);
  if (metres <= kBoundaryM) return {};
  return {metres, metres - kBoundaryM};
}

bool caps_within(const Area::Impl& a, const Area::Impl& b, double reach) {
  return chord2(a.cap_center, b.cap_center) <=
         chord2_of(reach + a.cap_radius + b.cap_radius + 1e-12);
}

}  // namespace

Closest closest(const Area::Impl& area, const Vec& point) {
  if (!area.is_circle()) {
    if (area.contains(point)) return {};
    return polygon_to_point(area, point, sphere_distance(area, point));
  }
  const double metres = detail::ellipsoid_m(area.cap_center, point) - area.radius_m;
  if (metres <= kBoundaryM) return {};
  return {metres, metres - kBoundaryM};
}

Closest closest(const Area::Impl& a, const Area::Impl& b) {
  if (a.is_circle() && b.is_circle()) return circle_to_circle(a, b);
  if (b.is_circle()) return less_radius(closest(a, b.cap_center), b.radius_m);
  if (a.is_circle()) return less_radius(closest(b, a.cap_center), a.radius_m);
  return polygon_to_polygon(a, b, sphere_distance(a, b, kPi));
}

namespace {

// By the distance itself: for what is too large or has too many edges near each other.
bool slowly_within(const Area::Impl& a, const Area::Impl& b, double metres, bool lenient) {
  // Far enough for the boundaries' tolerance and for what `finish` takes off.
  const double reach = (metres * 1.0001 + 0.1) / (kRadiusM * kStretchMin);
  if (!caps_within(a, b, reach)) return false;
  Closest found;
  if (a.is_circle() || b.is_circle()) {
    found = closest(a, b);
  } else {
    const double sphere = sphere_distance(a, b, reach);
    if (sphere > reach) return false;
    if (sphere * kRadiusM * kStretchMax <= metres) return true;
    found = polygon_to_polygon(a, b, sphere);
  }
  return (lenient ? found.metres_floor : found.metres) <= metres;
}

}  // namespace

bool within(const Area::Impl& a, const Area::Impl& b, double metres, bool lenient) {
  switch (nearness(a, b, metres)) {
    case Nearness::apart:
      return false;
    case Nearness::within:
      return true;
    case Nearness::close:
      return lenient || closest(a, b).metres <= metres;
    case Nearness::unknown:
      break;
  }
  // One order for both, so that the answer does not depend on who asks.
  const auto rank = [](const Area::Impl& area) {
    return std::tuple(area.cap_center.x, area.cap_center.y, area.cap_center.z, area.cap_radius,
                      area.ring.size());
  };
  return rank(b) < rank(a) ? slowly_within(b, a, metres, lenient)
                           : slowly_within(a, b, metres, lenient);
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
  return detail::within(*impl_, *other.impl_, metres, false);
}

bool Area::maybe_within(const Area& other, double metres) const {
  return detail::within(*impl_, *other.impl_, metres, true);
}

}  // namespace detente::geo
