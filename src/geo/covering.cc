// SPDX-License-Identifier: Apache-2.0
//
// Coverings: cells of a quadtree on the sphere, divided where the boundary passes. One question
// decides about a cell: how far is its middle from the boundary, against the radius of the circle
// around it. That is the same for polygons and circles and errs only towards "boundary".
#include "geo/s2_config.h"  // before any S2 header

#include <s2/s2cap.h>
#include <s2/s2cell.h>
#include <s2/s2cell_id.h>
#include <s2/s2edge_distances.h>
#include <s2/s2lax_loop_shape.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "geo/area_impl.h"
#include "geo/geo.h"

namespace detente::geo {
namespace detail {
namespace {

constexpr double kPi = 3.14159265358979323846;

enum class Relation : std::uint8_t { outside, boundary, inside };

struct Node {
  S2CellId id;
  // Polygon: the edges that can decide about this cell and those below it.
  std::vector<int> edges;
};

struct Cover {
  const Area::Impl& area;
  double grow = 0;    // radians on the sphere that surely hold the inflation
  double surely = 0;  // radians on the sphere that the inflation surely holds

  // `all` are the candidate edges of the parent; those of `node` are set.
  Relation relation(Node& node, const std::vector<int>& all) const {
    const S2Cell cell(node.id);
    const S2Point middle = cell.GetCenter();
    const double radius = cell.GetCapBound().GetRadius().radians() + 1e-14;
    return area.is_circle() ? of_circle(middle, radius) : of_polygon(middle, radius, node, all);
  }

  Relation of_circle(const S2Point& middle, double radius) const {
    const double apart = angle(Vec{middle.x(), middle.y(), middle.z()}, area.cap_center);
    if (apart - radius > area.cap_radius + grow) return Relation::outside;
    if (apart + radius <= area.sure_radius + surely) return Relation::inside;
    return Relation::boundary;
  }

  Relation of_polygon(const S2Point& middle, double radius, Node& node,
                      const std::vector<int>& all) const {
    const double reach = radius + grow + kBoundaryRadians;
    const bool anything = reach >= 0.5 * kPi;
    const S1ChordAngle limit(S1Angle::Radians(std::min(reach, 0.5 * kPi) + 1e-12));
    S1ChordAngle nearest = S1ChordAngle::Infinity();
    for (const int e : all) {
      const auto edge = area.ring->edge(e);
      S1ChordAngle distance = S1ChordAngle::Infinity();
      S2::UpdateMinDistance(middle, edge.v0, edge.v1, &distance);
      nearest = std::min(nearest, distance);
      if (anything || distance <= limit) node.edges.push_back(e);
    }
    if (node.edges.empty()) {
      return area.contains(Vec{middle.x(), middle.y(), middle.z()}) ? Relation::inside
                                                                    : Relation::outside;
    }
    return nearest.radians() + radius < surely ? Relation::inside : Relation::boundary;
  }
};

}  // namespace

std::vector<CoverCell> cover(const Area::Impl& area, int cells_max, double inflate_m) {
  const Cover cover{area, inflate_m / (kRadiusM * kStretchMin),
                    inflate_m / (kRadiusM * kStretchMax)};
  const double radius = std::min(kPi, area.cap_radius + cover.grow + 2 * kBoundaryRadians);
  std::vector<S2CellId> roots;
  S2Cap(S2Point(area.cap_center.x, area.cap_center.y, area.cap_center.z), S1Angle::Radians(radius))
      .GetCellUnionBound(&roots);

  std::vector<int> every;
  if (!area.is_circle()) {
    every.resize(static_cast<std::size_t>(area.ring->num_vertices()));
    for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<int>(i);
  }
  std::vector<CoverCell> done;
  std::deque<Node> open;  // first in, first out: the coarsest cells are divided first
  const auto place = [&](Node node, Relation relation) {
    if (relation == Relation::inside) done.push_back({node.id.id(), inflate_m <= 0});
    if (relation == Relation::boundary) open.push_back(std::move(node));
  };
  for (const S2CellId id : roots) {
    Node node{id, {}};
    const Relation relation = cover.relation(node, every);
    place(std::move(node), relation);
  }
  const auto most = static_cast<std::size_t>(std::max(cells_max, 1));
  while (!open.empty()) {
    const Node node = std::move(open.front());
    open.pop_front();
    std::vector<std::pair<Node, Relation>> kept;
    if (!node.id.is_leaf()) {
      for (S2CellId id = node.id.child_begin(); id != node.id.child_end(); id = id.next()) {
        Node child{id, {}};
        const Relation relation = cover.relation(child, node.edges);
        if (relation != Relation::outside) kept.emplace_back(std::move(child), relation);
      }
    }
    if (node.id.is_leaf() || done.size() + open.size() + kept.size() > most) {
      done.push_back({node.id.id(), false});
      continue;
    }
    for (auto& [child, relation] : kept) place(std::move(child), relation);
  }
  return done;
}

}  // namespace detail

std::vector<CellRange> Area::covering(int cells_max, double inflate_m) const {
  std::vector<CellRange> ranges;
  for (const auto& cell : detail::cover(*impl_, cells_max, std::max(inflate_m, 0.0))) {
    const S2CellId id(cell.cell);
    ranges.push_back({id.range_min().id(), id.range_max().id(), cell.inside});
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const CellRange& a, const CellRange& b) { return a.first < b.first; });
  std::vector<CellRange> merged;
  for (const CellRange& range : ranges) {
    // Leaf ids are odd, so the next one is two away.
    if (!merged.empty() && merged.back().last + 2 == range.first &&
        merged.back().inside == range.inside) {
      merged.back().last = range.last;
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

}  // namespace detente::geo
