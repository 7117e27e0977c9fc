// SPDX-License-Identifier: Apache-2.0
//
// The index: every area becomes some cells of a quadtree. Cells nest, so at any place the cells
// that hold it form a chain from the smallest to the largest; each start or end of a cell begins
// an interval of leaf ids that points to the chain's first link. Memory grows with the cells only,
// however many areas lie on one another.
#include "geo/s2_config.h"  // before any S2 header

#include <s2/s2cell_id.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "geo/area_impl.h"
#include "geo/compact_shapes.h"
#include "geo/geo.h"

namespace detente::geo {

using detail::Vec;

namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

struct Cell {
  std::uint64_t first;
  std::uint64_t last;
  std::uint32_t area;
  bool inside;
};

struct Link {
  std::uint32_t area_inside;  // area * 2 + inside
  std::uint32_t next;         // kNone at the end
};

struct Interval {
  std::uint64_t start;
  std::uint32_t head;  // of the chain of links, or kNone
};

}  // namespace

struct AreaIndex::Impl {
  std::vector<Area> areas;
  detail::CompactShapes shapes;
  std::vector<Link> links;
  // Interval i runs from its start to before the next one's; the last one is empty.
  std::vector<Interval> intervals;
  // table[k] is the last interval that begins at or before the first id of bucket k.
  std::vector<std::uint32_t> table;
  int shift = 0;

  void add_interval(std::uint64_t start, std::uint32_t head) {
    if (!intervals.empty() && intervals.back().start == start) {
      intervals.back().head = head;
    } else {
      intervals.push_back({start, head});
    }
  }
  void build_intervals(std::vector<Cell> cells);
  void build_table();
  std::uint32_t head_of(std::uint64_t leaf) const;
  bool holds(std::uint32_t area, const Vec& p) const {
    const auto side = shapes.locate(area, p);
    if (side == detail::CompactShapes::Side::unclear) return areas[area].impl().contains(p);
    return side == detail::CompactShapes::Side::inside;
  }
};

void AreaIndex::Impl::build_intervals(std::vector<Cell> cells) {
  // Larger cells come before those that they hold.
  std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    if (a.first != b.first) return a.first < b.first;
    if (a.last != b.last) return a.last > b.last;
    return a.area < b.area;
  });
  std::vector<std::pair<std::uint64_t, std::uint32_t>> stack;  // end of a cell, link
  const auto close_until = [&](std::uint64_t first) {
    while (!stack.empty() && stack.back().first < first) {
      const std::uint64_t after = stack.back().first + 1;
      stack.pop_back();
      add_interval(after, stack.empty() ? kNone : stack.back().second);
    }
  };
  links.reserve(cells.size());
  for (const Cell& cell : cells) {
    close_until(cell.first);
    const auto number = static_cast<std::uint32_t>(links.size());
    links.push_back(
        {cell.area * 2 + (cell.inside ? 1U : 0U), stack.empty() ? kNone : stack.back().second});
    stack.emplace_back(cell.last, number);
    add_interval(cell.first, number);
  }
  close_until(UINT64_MAX);
  intervals.shrink_to_fit();
}

void AreaIndex::Impl::build_table() {
  if (intervals.empty()) return;
  const std::uint64_t from = intervals.front().start;
  const std::uint64_t span = intervals.back().start - from;
  // Two to four intervals a bucket, so one line of the cache: the table itself should stay in it.
  const int bits = std::max(0, static_cast<int>(std::bit_width(intervals.size())) - 2);
  shift = std::max(0, static_cast<int>(std::bit_width(span)) - bits);
  const std::size_t buckets = static_cast<std::size_t>(span >> shift) + 1;
  table.resize(buckets + 1);
  std::uint32_t interval = 0;
  for (std::size_t k = 0; k < buckets; ++k) {
    const std::uint64_t begin = from + (static_cast<std::uint64_t>(k) << shift);
    while (interval + 1 < intervals.size() && intervals[interval + 1].start <= begin) ++interval;
    table[k] = interval;
  }
  table[buckets] = static_cast<std::uint32_t>(intervals.size() - 1);
}

std::uint32_t AreaIndex::Impl::head_of(std::uint64_t leaf) const {
  if (intervals.empty() || leaf < intervals.front().start || leaf >= intervals.back().start) {
    return kNone;
  }
  const auto bucket = static_cast<std::size_t>((leaf - intervals.front().start) >> shift);
  const auto begin = intervals.begin() + table[bucket];
  const auto end = intervals.begin() + table[bucket + 1] + 1;
  const auto after = std::upper_bound(
      begin, end, leaf, [](std::uint64_t id, const Interval& i) { return id < i.start; });
  return (after - 1)->head;
}

AreaIndex::AreaIndex(std::vector<Area> areas, int cells_per_area)
    : impl_(std::make_unique<Impl>()) {
  check(areas.size() < kNone / 2, "too many areas for one index");
  impl_->areas = std::move(areas);
  std::vector<Cell> cells;
  for (std::uint32_t i = 0; i < impl_->areas.size(); ++i) {
    impl_->shapes.add(impl_->areas[i]);
    // Now, and not when the first point near its boundary is asked for.
    if (!impl_->areas[i].impl().is_circle()) impl_->areas[i].impl().prepared();
    for (const auto& cell : detail::cover(impl_->areas[i].impl(), cells_per_area, 0)) {
      const S2CellId id(cell.cell);
      cells.push_back({id.range_min().id(), id.range_max().id(), i, cell.inside});
    }
  }
  impl_->build_intervals(std::move(cells));
  impl_->build_table();
}

AreaIndex::~AreaIndex() = default;
AreaIndex::AreaIndex(AreaIndex&&) noexcept = default;
AreaIndex& AreaIndex::operator=(AreaIndex&&) noexcept = default;

void AreaIndex::find(PointE7 point, std::vector<std::uint32_t>& out) const {
  const Vec direction = detail::unit(point);
  const std::size_t before = out.size();
  std::uint32_t next = impl_->head_of(detail::leaf_cell(direction));
  // First the chain, while memory fetches the shapes that it asks for; then the tests.
  std::array<std::uint32_t, 16> asked{};
  std::size_t count = 0;
  const auto test = [&] {
    for (std::size_t i = 0; i < count; ++i) {
      if (impl_->holds(asked[i], direction)) out.push_back(asked[i]);
    }
    count = 0;
  };
  while (next != kNone) {
    const Link& link = impl_->links[next];
    const std::uint32_t area = link.area_inside >> 1;
    if ((link.area_inside & 1) != 0) {
      out.push_back(area);
    } else {
      impl_->shapes.prefetch(area);
      asked[count++] = area;
      if (count == asked.size()) test();
    }
    next = link.next;
  }
  test();
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
}

std::size_t AreaIndex::size() const {
  return impl_->areas.size();
}

std::size_t AreaIndex::bytes() const {
  std::size_t total = sizeof(Impl) + impl_->shapes.bytes() +
                      impl_->links.capacity() * sizeof(Link) +
                      impl_->intervals.capacity() * sizeof(Interval) +
                      impl_->table.capacity() * sizeof(std::uint32_t);
  for (const Area& area : impl_->areas) total += sizeof(Area) + area.impl().bytes();
  return total;
}

}  // namespace detente::geo
