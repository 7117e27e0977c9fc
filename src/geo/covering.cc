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
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "geo/area_impl.h"
#include "geo/cells.h"
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

  // At most six cells that hold all of it.
  std::vector<S2CellId> roots() const {
    const double radius = std::min(kPi, area.cap_radius + grow + 2 * kBoundaryRadians);
    std::vector<S2CellId> cells;
    S2Cap(s2(area.cap_center), S1Angle::Radians(radius)).GetCellUnionBound(&cells);
    return cells;
  }

  std::vector<std::size_t> every_edge() const {
    std::vector<std::size_t> edges(area.ring.size());
    for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = i;
    return edges;
  }

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

Cover cover_of(const Area::Impl& area, double inflate_m) {
  return Cover{area, inflate_m / (kRadiusM * kStretchMin), inflate_m / (kRadiusM * kStretchMax)};
}

// A cell of a covering of chosen levels, with its relation.
struct Placed {
  Node node;
  Relation relation = Relation::boundary;
};

// Appends the cells of `level` below `from` that are not outside.
void descend(const Cover& cover, const Node& from, int level, std::vector<Placed>& out) {
  for (S2CellId id = from.id.child_begin(); id != from.id.child_end(); id = id.next()) {
    Placed child{{id, {}}};
    child.relation = cover.relation(child.node, from.edges);
    if (child.relation == Relation::outside) continue;
    if (id.level() == level) {
      out.push_back(std::move(child));
    } else {
      descend(cover, child.node, level, out);
    }
  }
}

// All cells of one level that are not outside.
std::vector<Placed> coarsest(const Cover& cover, int level) {
  const std::vector<std::size_t> every = cover.every_edge();
  std::set<S2CellId> tops;
  for (const S2CellId id : cover.roots()) tops.insert(id.level() > level ? id.parent(level) : id);
  std::vector<Placed> out;
  for (const S2CellId id : tops) {
    Placed top{{id, {}}};
    top.relation = cover.relation(top.node, every);
    if (top.relation == Relation::outside) continue;
    if (id.level() == level) {
      out.push_back(std::move(top));
    } else {
      descend(cover, top.node, level, out);
    }
    if (out.size() > limits::kCoverCells) break;
  }
  return out;
}

// Puts the parent for cells of one level that fill it, from the finest level up.
void join_full(std::set<S2CellId>& cells, std::span<const int> levels) {
  for (std::size_t i = levels.size(); i-- > 1;) {
    const int steps = levels[i] - levels[i - 1];
    std::map<S2CellId, std::size_t> parts;
    for (const S2CellId id : cells) {
      if (id.level() == levels[i]) ++parts[id.parent(levels[i - 1])];
    }
    for (const auto& [parent, count] : parts) {
      if (count != std::size_t{1} << (2 * steps)) continue;
      cells.erase(cells.lower_bound(parent.range_min()), cells.upper_bound(parent.range_max()));
      cells.insert(parent);
    }
  }
}

}  // namespace

std::vector<CoverCell> cover(const Area::Impl& area, int cells_max, double inflate_m) {
  const Cover cover = cover_of(area, inflate_m);
  const std::vector<S2CellId> roots = cover.roots();
  const std::vector<std::size_t> every = cover.every_edge();
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

Result<std::vector<std::uint64_t>> cover_at_levels(const Area& area, double inflate_m,
                                                   std::span<const int> levels, int cells_aim) {
  check(!levels.empty() && levels.front() > 0 && levels.back() < S2CellId::kMaxLevel,
        "levels of a covering");
  const detail::Cover cover = detail::cover_of(area.impl(), std::max(inflate_m, 0.0));
  std::vector<detail::Placed> open = detail::coarsest(cover, levels.front());
  if (open.size() > limits::kCoverCells) {
    return fail(Errc::cover_too_many, "more than " + std::to_string(limits::kCoverCells) +
                                          " cells of level " + std::to_string(levels.front()));
  }
  const auto aim = static_cast<std::size_t>(std::max(cells_aim, 1));
  std::set<S2CellId> done;
  for (std::size_t i = 1; i < levels.size() && !open.empty(); ++i) {
    // Those that leave most outside are divided first.
    std::vector<std::pair<S2CellId, std::vector<detail::Placed>>> divided;
    for (const detail::Placed& cell : open) {
      if (cell.relation == detail::Relation::inside) {
        done.insert(cell.node.id);
      } else {
        detail::descend(cover, cell.node, levels[i],
                        divided.emplace_back(cell.node.id, std::vector<detail::Placed>{}).second);
      }
    }
    std::sort(divided.begin(), divided.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.size(), a.first) < std::pair(b.second.size(), b.first);
    });
    open.clear();
    std::size_t left = divided.size();
    for (auto& [id, parts] : divided) {
      --left;
      if (done.size() + open.size() + left + parts.size() > aim) {
        done.insert(id);
      } else {
        std::move(parts.begin(), parts.end(), std::back_inserter(open));
      }
    }
  }
  for (const detail::Placed& cell : open) done.insert(cell.node.id);
  detail::join_full(done, levels);
  std::vector<std::uint64_t> out;
  for (const S2CellId id : done) out.push_back(id.id());
  return out;
}

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
