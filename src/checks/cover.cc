// SPDX-License-Identifier: Apache-2.0
#include "checks/cover.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/limits.h"
#include "geo/cells.h"

namespace detente::checks {
namespace {

constexpr std::int64_t kLowestFeet = -2'048;

std::string counted(std::size_t count) {
  return std::to_string(count) + " tokens, at most " + std::to_string(limits::kCheckPlanTokens);
}

// Whole numbers [first, last] of feet or seconds.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

std::int64_t half_up(std::int64_t whole) {
  return whole <= 0 ? 0 : whole / 2 + whole % 2;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Far below and above everything that a volume may hold, so that no sum overflows.
std::int64_t bounded(std::int64_t value) {
  constexpr std::int64_t kFar = std::int64_t{1} << 55;
  return std::clamp(value, -kFar, kFar);
}

std::uint64_t seconds_of(std::int64_t ms) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, floor_div(ms, 1'000)));
}

Range altitudes_of(const geo::AltitudeBand& band, std::int64_t vertical_mm,
                   geo::AltitudeReference reference) {
  const std::int64_t grow =
      half_up(bounded(vertical_mm)) + geo::reference_mismatch_mm(band.reference, reference);
  return {feet_of(bounded(band.lower_mm) - grow), feet_of(bounded(band.upper_mm) + grow)};
}

Range seconds_of(const TimeSpan& span, std::int64_t time_ms) {
  const std::int64_t grow = half_up(bounded(time_ms));
  const std::int64_t first = bounded(span.start.value) - grow;
  // Half-open: the last millisecond is the one before the end.
  const std::int64_t last = std::max(bounded(span.end.value) + grow - 1, first);
  return {seconds_of(first), seconds_of(last)};
}

// The fewest aligned cells for [first, end), whose ends are aligned to some of the shifts (which
// come from coarse to fine).
std::vector<LineCell> aligned(std::uint64_t first, std::uint64_t end, std::span<const int> shifts) {
  std::vector<LineCell> out;
  while (first < end) {
    int chosen = shifts.back();
    for (const int shift : shifts) {
      const std::uint64_t size = std::uint64_t{1} << static_cast<unsigned>(shift);
      if (first % size == 0 && size <= end - first) chosen = std::max(chosen, shift);
    }
    out.push_back({chosen, first >> static_cast<unsigned>(chosen)});
    first += std::uint64_t{1} << static_cast<unsigned>(chosen);
  }
  return out;
}

// The tightest covering of a range with at most `cells_aim` cells: each end at one of the levels.
// Where none has so few, the coarsest level.
Result<std::vector<LineCell>> cover_line(const Range& range, std::span<const int> shifts,
                                         int cells_aim) {
  std::optional<std::vector<LineCell>> best;
  std::uint64_t best_length = 0;
  const auto coarsest = static_cast<unsigned>(shifts.front());
  for (const int left : shifts) {
    for (const int right : shifts) {
      const auto low = static_cast<unsigned>(left);
      const auto high = static_cast<unsigned>(right);
      const std::uint64_t first = range.first >> low << low;
      const std::uint64_t end = ((range.last >> high) + 1) << high;
      // A week has 37 of the coarsest: those between the ends are not counted one by one.
      if ((end - first) >> coarsest > static_cast<std::uint64_t>(cells_aim)) continue;
      std::vector<LineCell> cells = aligned(first, end, shifts);
      if (cells.size() > static_cast<std::size_t>(cells_aim)) continue;
      const bool better =
          !best || std::pair(end - first, cells.size()) < std::pair(best_length, best->size());
      if (!better) continue;
      best = std::move(cells);
      best_length = end - first;
    }
  }
  if (best) return *std::move(best);
  const std::uint64_t count = (range.last >> coarsest) - (range.first >> coarsest) + 1;
  if (count > limits::kCheckPlanTokens) return fail(Errc::checks_too_many, counted(count));
  const std::uint64_t first = range.first >> coarsest << coarsest;
  return aligned(first, ((range.last >> coarsest) + 1) << coarsest, shifts);
}

std::vector<int> space_levels(Role role, int finest) {
  std::vector<int> out;
  for (const int level : levels_of(role).space) {
    if (out.empty() || level <= finest) out.push_back(level);
  }
  return out;
}

Role other(Role role) {
  return role == Role::a ? Role::b : Role::a;
}

// Own cells and those above them at the other's levels.
std::vector<std::uint64_t> space_keys(const SegmentCover& segment, Role role) {
  std::vector<std::uint64_t> out = segment.space;
  for (const std::uint64_t cell : segment.space) {
    for (const int level : levels_of(other(role)).space) {
      if (level < geo::cell_level(cell)) out.push_back(geo::cell_parent(cell, level));
    }
  }
  return out;
}

std::vector<LineCell> line_keys(const std::vector<LineCell>& own, std::span<const int> others) {
  std::vector<LineCell> out = own;
  for (const LineCell& cell : own) {
    for (const int shift : others) {
      if (shift <= cell.shift) continue;
      out.push_back({shift, cell.value >> static_cast<unsigned>(shift - cell.shift)});
    }
  }
  return out;
}

template <class T>
void make_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::uint32_t altitude_key(const LineCell& cell) {
  return static_cast<std::uint32_t>(cell.shift) << 24U | static_cast<std::uint32_t>(cell.value);
}
std::uint64_t time_key(const LineCell& cell) {
  return static_cast<std::uint64_t>(cell.shift) << 56U | cell.value;
}

// The product of one segment's cells.
void add_keys(const SegmentCover& segment, Role role, std::vector<CellKey>& out) {
  std::vector<std::uint64_t> space = space_keys(segment, role);
  make_unique(space);
  std::vector<std::uint32_t> altitudes;
  for (const LineCell& cell : line_keys(segment.altitude, levels_of(other(role)).altitude)) {
    altitudes.push_back(altitude_key(cell));
  }
  std::vector<std::uint64_t> times;
  for (const LineCell& cell : line_keys(segment.time, levels_of(other(role)).time)) {
    times.push_back(time_key(cell));
  }
  if (altitudes.empty()) altitudes.push_back(0);
  if (times.empty()) times.push_back(0);
  make_unique(altitudes);
  make_unique(times);
  for (const std::uint64_t cell : space) {
    for (const std::uint32_t altitude : altitudes) {
      for (const std::uint64_t time : times) out.push_back({cell, altitude, time});
    }
  }
}

// An upper bound of what add_keys adds, so that a huge product is refused before it is made.
std::size_t product_of(const SegmentCover& segment) {
  const std::size_t lines = std::max<std::size_t>(1, segment.altitude.size()) *
                            std::max<std::size_t>(1, segment.time.size());
  return segment.space.size() * lines;
}

}  // namespace

const LevelTable& levels_of(Role role) {
  static const LevelTable a{{8, 10, 12}, {14, 12, 10}, {14, 12, 10}};
  static const LevelTable b{{7, 9, 11}, {15, 13, 11}, {13, 11, 9}};
  return role == Role::a ? a : b;
}

std::uint64_t feet_of(std::int64_t altitude_mm) {
  const std::int64_t feet = floor_div(bounded(altitude_mm) * 10, geo::kFootMmTimes10);
  constexpr std::int64_t kMost = (std::int64_t{1} << 24) - 1;  // 5,000 km up
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(feet - kLowestFeet, 0, kMost));
}

Result<Cover> cover_plan(std::span<const geo::Volume4> volumes, const geo::Separation& separation,
                         Role role, const CoverSettings& settings) {
  const LevelTable& levels = levels_of(role);
  const std::vector<int> space = space_levels(role, settings.space_finest);
  Cover out;
  for (const geo::Volume4& volume : volumes) {
    SegmentCover& segment = out.segments.emplace_back();
    const double grow = geo::half_separation_m(volume.area, separation.lateral_mm);
    DETENTE_TRY(segment.space,
                geo::cover_at_levels(volume.area, grow, space, settings.space_cells));
    const Range feet = altitudes_of(volume.altitude, separation.vertical_mm, settings.reference);
    DETENTE_TRY(segment.altitude, cover_line(feet, levels.altitude, settings.line_cells));
    const Range seconds = seconds_of(volume.time, separation.time_ms);
    DETENTE_TRY(segment.time, cover_line(seconds, levels.time, settings.line_cells));
  }
  return out;
}

Result<Cover> cover_places(std::span<const geo::Area> places, std::int64_t lateral_mm, Role role,
                           const CoverSettings& settings) {
  const std::vector<int> space = space_levels(role, settings.space_finest);
  Cover out;
  for (const geo::Area& place : places) {
    const double grow = geo::half_separation_m(place, lateral_mm);
    DETENTE_TRY(auto cells, geo::cover_at_levels(place, grow, space, settings.space_cells));
    out.segments.push_back({std::move(cells), {}, {}});
  }
  return out;
}

Cover without_height_and_time(const Cover& cover) {
  Cover out;
  for (const SegmentCover& segment : cover.segments) {
    out.segments.push_back({segment.space, {}, {}});
  }
  return out;
}

std::vector<CellKey> all_keys(const Cover& cover, Role role) {
  std::vector<CellKey> out;
  for (const SegmentCover& segment : cover.segments) add_keys(segment, role, out);
  make_unique(out);
  return out;
}

Result<std::vector<CellKey>> keys_of(const Cover& cover, Role role) {
  std::vector<CellKey> out;
  for (const SegmentCover& segment : cover.segments) {
    const std::size_t own = product_of(segment);
    if (own > limits::kCheckPlanTokens) return fail(Errc::checks_too_many, counted(own));
    add_keys(segment, role, out);
    make_unique(out);  // segment by segment, so that the list never grows far beyond the limit
    if (out.size() > limits::kCheckPlanTokens) {
      return fail(Errc::checks_too_many, counted(out.size()));
    }
  }
  return out;
}

Result<PlanCells> cells_of_plan(std::span<const geo::Volume4> volumes,
                                const geo::Separation& separation, Role role,
                                geo::AltitudeReference reference, bool against_places) {
  Error last;
  for (const auto& [space_cells, line_cells] : kCoverLadder) {
    PlanCells out;
    out.settings = {space_cells, line_cells, 12, reference};
    DETENTE_TRY(out.cover, cover_plan(volumes, separation, role, out.settings));
    Result<std::vector<CellKey>> keys = keys_of(out.cover, role);
    if (keys && against_places) {
      const auto flat = all_keys(without_height_and_time(out.cover), role);
      keys->insert(keys->end(), flat.begin(), flat.end());
      make_unique(*keys);
      if (keys->size() > limits::kCheckPlanTokens) {
        keys = fail(Errc::checks_too_many, counted(keys->size()));
      }
    }
    if (keys) {
      out.keys = std::move(*keys);
      return out;
    }
    last = std::move(keys).error();
  }
  return fail(std::move(last));
}

std::vector<CellKey> keys_of_point(geo::PointE7 point, std::int64_t altitude_mm, UtcMs time,
                                   Role owner) {
  const LevelTable& levels = levels_of(owner);
  const std::uint64_t leaf = geo::leaf_cell(point);
  const std::uint64_t feet = feet_of(altitude_mm);
  const std::uint64_t seconds = seconds_of(time.value);
  std::vector<CellKey> out;
  for (const int level : levels.space) {
    for (const int altitude : levels.altitude) {
      for (const int slot : levels.time) {
        out.push_back({geo::cell_parent(leaf, level),
                       altitude_key({altitude, feet >> static_cast<unsigned>(altitude)}),
                       time_key({slot, seconds >> static_cast<unsigned>(slot)})});
      }
    }
  }
  return out;
}

}  // namespace detente::checks
