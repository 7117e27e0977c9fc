// SPDX-License-Identifier: Apache-2.0
//
// Coverings: cells of a quadtree on the sphere, divided where the boundary passes. Whatever is
// rounded here errs towards "boundary", so that the ends of the range are safe.
#include "geo/s2_config.h"  // before any S2 header

#include <s2/s2cap.h>
#include <s2/s2cell.h>
#include <s2/s2cell_id.h>
#include <s2/s2edge_distances.h>

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
constexpr double kRounding = 1e-12;  // 6 micrometres; S2's own errors are smaller

enum class Relation : std::uint8_t { outside, boundary, inside };

struct Node {
  S2CellId id;
  // Polygon: the edges that can decide about this cell and those below it.
  std::vector<std::size_t> edges;
};

S2Point s2(const Vec& v) {
  return S2Point(v.x, v.y, v.z);
}

struct Cover {
  const Area::Impl& area;
  double grow = 0;    // radians on the sphere that surely hold the inflation
  double surely = 0;  // radians on the sphere that the inflation surely holds

  // `all` are the candidate edges of the parent; those of `node` are set.
  Relation relation(Node& node, const std::vector<std::size_t>& all) const {
    const S2Cell cell(node.id);
    return area.is_circle() ? of_circle(cell) : of_polygon(cell, node, all);
  }

  Relation of_circle(const S2Cell& cell) const {
    const S2Point center = s2(area.cap_center);
    if (cell.GetDistance(center).radians() > area.cap_radius + grow + kRounding) {
      return Relation::outside;
    }
    const double farthest = cell.GetMaxDistance(center).radians() + kRounding;
    return farthest <= area.inner_radius + surely ? Relation::inside : Relation::boundary;
  }

  Relation of_polygon(const S2Cell& cell, Node& node, const std::vector<std::size_t>& all) const {
    const S2Point middle = cell.GetCenter();
    const double radius = cell.GetCapBound().GetRadius().radians() + kRounding;
    // First quickly, for the cell and all below it: which edges come near the circle around it?
    const double reach = radius + grow + kBoundaryRadians + kRounding;
    const S1ChordAngle limit(S1Angle::Radians(std::min(reach, kPi)));
    S1ChordAngle nearest = S1ChordAngle::Infinity();
    for (const std::size_t e : all) {
      S1ChordAngle distance = S1ChordAngle::Infinity();
      S2::UpdateMinDistance(middle, s2(area.ring[e]), s2(area.end_of(e)), &distance);
      nearest = std::min(nearest, distance);
      if (reach >= 0.5 * kPi || distance <= limit) node.edges.push_back(e);
    }
    if (nearest.radians() + radius < surely) return Relation::inside;
    // Then exactly: the cell itself.
    const S1ChordAngle near(S1Angle::Radians(std::min(reach - radius, kPi)));
    for (const std::size_t e : node.edges) {
      if (cell.GetDistance(s2(area.ring[e]), s2(area.end_of(e))) <= near) {
        return Relation::boundary;
      }
    }
    const bool inside = area.contains(Vec{middle.x(), middle.y(), middle.z()});
    return inside ? Relation::inside : Relation::outside;
  }
};

}  // namespace

std::vector<CoverCell> cover(const Area::Impl& area, int cells_max, double inflate_m) {
  const Cover cover{area, inflate_m / (kRadiusM * kStretchMin),
                    inflate_m / (kRadiusM * kStretchMax)};
  const double radius = std::min(kPi, area.cap_radius + cover.grow + 2 * kBoundaryRadians);
  std::vector<S2CellId> roots;
  S2Cap(s2(area.cap_center), S1Angle::Radians(radius)).GetCellUnionBound(&roots);

  std::vector<std::size_t> every(area.ring.size());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
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
