// SPDX-License-Identifier: Apache-2.0
#include "geo/s2_config.h"  // before any S2 header

#include "geo/area_check.h"

#include <fmt/core.h>
#include <s2/mutable_s2shape_index.h>
#include <s2/s2edge_distances.h>
#include <s2/s2lax_loop_shape.h>
#include <s2/s2shapeutil_visit_crossing_edge_pairs.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/limits.h"

namespace detente::geo::detail {
namespace {

// Rounding to 1e-7 degrees moves a point by up to 0.8 cm: what is narrower than this is a line.
constexpr double kWidthMin = 0.02 / kRadiusM;

std::string place_of(std::size_t vertex) {
  return fmt::format("polygon/{}", vertex);
}

S2Point s2(const Vec& v) {
  return S2Point(v.x, v.y, v.z);
}

// One value for one place: at a pole every longitude is the same, and so are -180 and 180.
std::pair<std::int32_t, std::int32_t> same_place(PointE7 p) {
  if (std::abs(p.lat_e7) == 900'000'000) return {p.lat_e7, 0};
  return {p.lat_e7, p.lng_e7 == -1'800'000'000 ? 1'800'000'000 : p.lng_e7};
}

Status check_repeats(const std::vector<PointE7>& vertices) {
  std::vector<std::size_t> order(vertices.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(same_place(vertices[a]), a) < std::pair(same_place(vertices[b]), b);
  });
  std::size_t repeat = vertices.size();
  std::size_t original = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i] < repeat && same_place(vertices[order[i]]) == same_place(vertices[order[i - 1]])) {
      repeat = order[i];
      original = order[i - 1];
    }
  }
  if (repeat == vertices.size()) return {};
  const bool closed = original == 0 && repeat == vertices.size() - 1;
  return fail(Errc::geo_self_crossing,
              closed ? "the last vertex repeats the first: leave it out, a polygon closes by itself"
                     : fmt::format("vertex {} is the same place as vertex {}", repeat, original),
              place_of(repeat));
}

Status check_edges(const std::vector<Vec>& directions) {
  constexpr double kAngleMax = 179.99 * 3.14159265358979323846 / 180;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const std::size_t next = (i + 1) % directions.size();
    if (angle(directions[i], directions[next]) > kAngleMax) {
      return fail(Errc::geo_ambiguous, fmt::format("vertices {} and {} are opposite", i, next),
                  place_of(i));
    }
  }
  return {};
}

Vec normalized(const Vec& v) {
  return (1 / std::sqrt(dot(v, v))) * v;
}

// A small enclosing cap: the centre walks towards the farthest vertex in ever smaller steps
// (Badoiu and Clarkson). Within some percent of the smallest one, which is all that is needed.
Status enclose(CheckedPolygon& polygon) {
  Vec center;
  for (const Vec& v : polygon.directions) center = center + v;
  center = (1.0 / static_cast<double>(polygon.directions.size())) * center;
  const auto farthest = [&](const Vec& from) {
    return *std::max_element(
        polygon.directions.begin(), polygon.directions.end(),
        [&](const Vec& a, const Vec& b) { return chord2(a, from) < chord2(b, from); });
  };
  for (int step = 1; step <= 60; ++step) {
    const Vec far = farthest(center);
    center = center + (1.0 / (step + 1)) * (far - center);
  }
  polygon.cap_radius = 4;
  if (dot(center, center) > 0.01) {
    polygon.cap_center = normalized(center);
    polygon.cap_radius = angle(polygon.cap_center, farthest(polygon.cap_center)) + 1e-12;
  }
  if (polygon.cap_radius > kPolygonRadiusMax) {
    return fail(Errc::geo_too_large, "the vertices do not fit into a circle of 80 degrees",
                "polygon");
  }
  return {};
}

Status check_width(const std::vector<Vec>& directions) {
  const Vec& first = directions.front();
  const Vec& far = *std::max_element(
      directions.begin(), directions.end(),
      [&](const Vec& a, const Vec& b) { return chord2(a, first) < chord2(b, first); });
  const Vec normal = normalized(cross(first + far, far - first));
  const bool wide = std::any_of(directions.begin(), directions.end(), [&](const Vec& v) {
    return std::fabs(dot(normal, v)) > kWidthMin;
  });
  if (wide) return {};
  return fail(Errc::geo_degenerate, "all vertices lie on one line", "polygon");
}

Status check_crossings(const std::vector<Vec>& directions) {
  std::vector<S2Point> points;
  points.reserve(directions.size());
  for (const Vec& v : directions) points.push_back(s2(v));
  MutableS2ShapeIndex index;
  index.Add(std::make_unique<S2LaxLoopShape>(points));
  Status status;
  s2shapeutil::VisitCrossingEdgePairs(
      index, s2shapeutil::CrossingType::INTERIOR,
      [&](const s2shapeutil::ShapeEdge& a, const s2shapeutil::ShapeEdge& b, bool) {
        const auto [low, high] = std::minmax({a.id().edge_id, b.id().edge_id});
        const int count = static_cast<int>(directions.size());
        status = fail(Errc::geo_self_crossing,
                      fmt::format("the edge from vertex {} to {} crosses the edge from {} to {}",
                                  low, (low + 1) % count, high, (high + 1) % count),
                      place_of(static_cast<std::size_t>(low)));
        return false;
      });
  return status;
}

// The way from `at` towards `to`, in the plane that touches the sphere at `at`.
Vec along(const Vec& at, const Vec& to) {
  const Vec step = to - at;
  return step - dot(step, at) * at;
}

// An edge that runs back over the edge before it, as in a spike without width.
Status check_folds(const std::vector<Vec>& directions) {
  const std::size_t count = directions.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Vec& at = directions[i];
    const Vec& before = directions[(i + count - 1) % count];
    const Vec& after = directions[(i + 1) % count];
    const Vec leave = along(at, before);
    const Vec arrive = along(at, after);
    const double leave2 = dot(leave, leave);
    const double arrive2 = dot(arrive, arrive);
    if (dot(leave, arrive) < 0.9999 * std::sqrt(leave2 * arrive2)) continue;  // 0.8 degrees apart
    const bool before_is_near = chord2(at, before) < chord2(at, after);
    const S2Point tip = s2(before_is_near ? before : after);
    const S2Point end = s2(before_is_near ? after : before);
    if (S2::GetDistance(tip, s2(at), end).radians() < kWidthMin) {
      return fail(Errc::geo_self_crossing,
                  fmt::format("the edges at vertex {} run over one another", i), place_of(i));
    }
  }
  return {};
}

}  // namespace

Result<CheckedPolygon> check_polygon(const Polygon& polygon) {
  const auto& vertices = polygon.vertices;
  if (vertices.size() < 3) {
    return fail(Errc::geo_too_few_vertices, fmt::format("{} vertices", vertices.size()), "polygon");
  }
  if (vertices.size() > limits::kPolygonVertices) {
    return fail(Errc::geo_too_many_vertices,
                fmt::format("{} vertices, at most {}", vertices.size(), limits::kPolygonVertices),
                "polygon");
  }
  CheckedPolygon checked;
  checked.directions.reserve(vertices.size());
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    Status in_range = validate(vertices[i]);
    if (!in_range) return fail(std::move(in_range.error()).at(place_of(i)));
    checked.directions.push_back(unit(vertices[i]));
  }
  DETENTE_CHECK(check_repeats(vertices));
  DETENTE_CHECK(check_edges(checked.directions));
  DETENTE_CHECK(enclose(checked));
  DETENTE_CHECK(check_width(checked.directions));
  DETENTE_CHECK(check_folds(checked.directions));
  DETENTE_CHECK(check_crossings(checked.directions));
  return checked;
}

}  // namespace detente::geo::detail
