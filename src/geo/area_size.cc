// SPDX-License-Identifier: Apache-2.0
//
// How large areas are. One alone is measured as it is; areas that may overlap are united first, by
// S2's operations on polygons of the sphere, with circles as polygons around them.
#include "geo/s2_config.h"  // before any S2 header

#include <s2/s2boolean_operation.h>
#include <s2/s2builderutil_s2polygon_layer.h>
#include <s2/s2builderutil_snap_functions.h>
#include <s2/s2latlng_rect.h>
#include <s2/s2loop.h>
#include <s2/s2loop_measures.h>
#include <s2/s2polygon.h>
#include <s2/s2shapeutil_visit_crossing_edge_pairs.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "geo/area_impl.h"
#include "geo/geo.h"

namespace detente::geo {
namespace {

using detail::Vec;

constexpr double kPi = 3.14159265358979323846;
constexpr double kSquareMetresPerKm2 = 1e6;
constexpr int kCorners = 64;
constexpr std::size_t kVertices = 20'000;
constexpr std::size_t kCrossings = 20'000;
// S2 finds the area of a loop to this, in steradians, for each vertex.
constexpr double kRoundingPerVertex = 3e-15;

S2Point s2(const Vec& v) {
  return S2Point(v.x, v.y, v.z);
}

// Square metres on the ellipsoid for a steradian of the sphere on which latitudes and longitudes
// are the same. It grows towards the poles.
double metres2_per_steradian(double latitude) {
  constexpr double kEquatorM = 6'378'137;
  constexpr double kEccentricity2 = 0.00669437999014;
  const double sine = std::sin(latitude);
  const double down = 1 - kEccentricity2 * sine * sine;
  return kEquatorM * kEquatorM * (1 - kEccentricity2) / (down * down);
}

double metres2(double steradians, std::size_t vertices, double latitude_max) {
  const double rounding = kRoundingPerVertex * static_cast<double>(vertices);
  return (steradians + rounding) * metres2_per_steradian(std::min(latitude_max, kPi / 2));
}

double metres2_of_one(const Area::Impl& area) {
  // A circle on a surface that bends like the earth is smaller than one in the plane; up to the
  // largest radius by less than 1 percent.
  if (area.is_circle()) return kPi * area.radius_m * area.radius_m;
  std::vector<S2Point> points;
  points.reserve(area.ring.size());
  for (const Vec& v : area.ring) points.push_back(s2(v));
  const double latitude = std::fabs(std::asin(std::clamp(area.cap_center.z, -1.0, 1.0)));
  return metres2(S2::GetArea(S2PointLoopSpan(points)), points.size(), latitude + area.cap_radius);
}

std::unique_ptr<S2Polygon> polygon_of(const Area::Impl& area) {
  std::vector<S2Point> points;
  if (const auto* circle = std::get_if<Circle>(&area.shape)) {
    for (const Vec& v : detail::ring_around(circle->center, area.radius_m, kCorners)) {
      points.push_back(s2(v));
    }
  } else {
    for (const Vec& v : area.ring) points.push_back(s2(v));
  }
  return std::make_unique<S2Polygon>(std::make_unique<S2Loop>(points, S2Debug::DISABLE),
                                     S2Debug::DISABLE);
}

bool crosses_too_often(const S2Polygon& a, const S2Polygon& b) {
  std::size_t count = 0;
  return !s2shapeutil::VisitCrossingEdgePairs(
      a.index(), b.index(), s2shapeutil::CrossingType::INTERIOR,
      [&count](const s2shapeutil::ShapeEdge&, const s2shapeutil::ShapeEdge&, bool) {
        return ++count <= kCrossings;
      });
}

// Null where S2 finds no answer, or only with much work.
std::unique_ptr<S2Polygon> unite(const S2Polygon& a, const S2Polygon& b) {
  if (crosses_too_often(a, b)) return nullptr;
  auto out = std::make_unique<S2Polygon>();
  out->set_s2debug_override(S2Debug::DISABLE);
  S2BooleanOperation operation(S2BooleanOperation::OpType::UNION,
                               std::make_unique<s2builderutil::S2PolygonLayer>(out.get()));
  S2Error error;
  if (!operation.Build(a.index(), b.index(), &error)) return nullptr;
  return out;
}

double sum_of(const std::vector<const Area::Impl*>& group) {
  return std::accumulate(group.begin(), group.end(), 0.0, [](double sum, const Area::Impl* area) {
    return sum + metres2_of_one(*area);
  });
}

double metres2_of_group(const std::vector<const Area::Impl*>& group) {
  const double sum = sum_of(group);
  std::size_t vertices = 0;
  for (const auto* area : group) vertices += area->is_circle() ? kCorners : area->ring.size();
  if (group.size() == 1 || vertices > kVertices) return sum;
  std::vector<std::unique_ptr<S2Polygon>> polygons;
  polygons.reserve(group.size());
  for (const auto* area : group) polygons.push_back(polygon_of(*area));
  // Two and two, so that no vertex takes part in many unions.
  while (polygons.size() > 1) {
    std::vector<std::unique_ptr<S2Polygon>> next;
    for (std::size_t i = 0; i + 1 < polygons.size(); i += 2) {
      auto united = unite(*polygons[i], *polygons[i + 1]);
      if (!united) return sum;
      next.push_back(std::move(united));
    }
    if (polygons.size() % 2 == 1) next.push_back(std::move(polygons.back()));
    polygons = std::move(next);
  }
  const S2Polygon& whole = *polygons.front();
  const S2LatLngRect bound = whole.GetRectBound();
  const double latitude =
      std::max(std::fabs(bound.lat_lo().radians()), std::fabs(bound.lat_hi().radians()));
  return std::min(sum, metres2(whole.GetArea(), vertices, latitude));
}

// Areas whose caps meet, directly or over others.
std::vector<std::vector<const Area::Impl*>> groups_of(std::span<const Area> areas) {
  std::vector<std::size_t> leader(areas.size());
  std::iota(leader.begin(), leader.end(), 0U);
  const auto find = [&](std::size_t i) {
    while (leader[i] != i) i = leader[i] = leader[leader[i]];
    return i;
  };
  for (std::size_t i = 0; i < areas.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const Area::Impl& a = areas[i].impl();
      const Area::Impl& b = areas[k].impl();
      const double reach = a.cap_radius + b.cap_radius + 2 * detail::kBoundaryRadians;
      const bool meet = chord2(a.cap_center, b.cap_center) <= detail::chord2_of(reach);
      if (meet) leader[find(i)] = find(k);
    }
  }
  std::vector<std::vector<const Area::Impl*>> groups(areas.size());
  for (std::size_t i = 0; i < areas.size(); ++i) groups[find(i)].push_back(&areas[i].impl());
  std::erase_if(groups, [](const auto& group) { return group.empty(); });
  return groups;
}

}  // namespace

std::vector<Vec> detail::ring_around(PointE7 center, double radius_m, int corners) {
  // On a sphere the corners would have to lie at atan(tan(radius) / cos(half a step)); a twentieth
  // more of the difference covers the ellipsoid.
  const double radius = radius_m / kRadiusM;
  const double corner = std::atan(std::tan(radius) / std::cos(kPi / corners));
  const double corner_m = radius_m * (1 + 1.05 * (corner / radius - 1)) + 0.02;
  std::vector<Vec> ring;
  ring.reserve(static_cast<std::size_t>(corners));
  for (int i = 0; i < corners; ++i) {
    ring.push_back(unit(destination(center, 360 - 360.0 * i / corners, corner_m)));
  }
  return ring;
}

double area_km2(std::span<const Area> areas) {
  double sum = 0;
  for (const auto& group : groups_of(areas)) sum += metres2_of_group(group);
  return sum / kSquareMetresPerKm2;
}

}  // namespace detente::geo
