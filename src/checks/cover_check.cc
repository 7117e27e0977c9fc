// SPDX-License-Identifier: Apache-2.0
//
// In space: from the six faces of the cube down. A cell that a covering's cell holds is covered;
// one that holds none of them must be farther away than half of the separation; the others are
// divided.
#include "checks/cover_check.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "geo/cells.h"

namespace detente::checks {
namespace {

using Fault = std::optional<std::pair<CoverFault, std::string>>;

class SpaceCheck {
 public:
  SpaceCheck(const geo::Area& area, std::int64_t lateral_mm, std::span<const std::uint64_t> cells)
      : area_(area),
        half_m_(static_cast<double>(std::max<std::int64_t>(lateral_mm, 0)) / 2'000),
        cells_(cells) {}

  Fault find() const {
    for (const std::uint64_t face : geo::face_cells()) {
      if (const auto gap = gap_in(face)) return std::pair(CoverFault::gap, named(*gap));
    }
    for (const std::uint64_t cell : cells_) {
      if (!touches(cell)) return std::pair(CoverFault::stray, named(cell));
    }
    return {};
  }
  bool touches(std::uint64_t cell) const {
    const auto* circle = std::get_if<geo::Circle>(&area_.shape());
    const double radius_m = circle == nullptr ? 0 : static_cast<double>(circle->radius_mm) / 1'000;
    const double near_m = half_m_ * 1.03 + 1 + 0.011 * radius_m;
    return area_.maybe_within(geo::cell_area(cell), near_m);
  }

 private:
  static std::string named(std::uint64_t cell) { return "space, cell " + std::to_string(cell); }

  // A cell that should be covered and is not.
  std::optional<std::uint64_t> gap_in(std::uint64_t cell) const {
    bool above = false;
    bool below = false;
    for (const std::uint64_t own : cells_) {
      above = above || geo::cell_holds(own, cell);
      below = below || geo::cell_holds(cell, own);
    }
    if (above) return {};
    if (!below && geo::cell_level(cell) >= 1) {
      if (!area_.maybe_within(geo::cell_area(cell), half_m_)) return {};
      return cell;
    }
    for (const std::uint64_t child : geo::cell_children(cell)) {
      if (const auto gap = gap_in(child)) return gap;
    }
    return {};
  }

  const geo::Area& area_;
  double half_m_;
  std::span<const std::uint64_t> cells_;
};

// Far beyond every height and time of a cell, and small enough for the units below.
constexpr std::uint64_t kLineValues = std::uint64_t{1} << 26U;
std::int64_t bounded(std::int64_t value) {
  constexpr std::int64_t kFar = std::int64_t{1} << 50;
  return std::clamp(value, -kFar, kFar);
}

// A half-open stretch of one dimension, in units so fine that nothing is rounded.
struct Stretch {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// Whether the stretches together hold `wanted`, and each touches it.
Fault find_in_line(std::vector<Stretch> cells, const Stretch& wanted, const std::string& name) {
  std::sort(cells.begin(), cells.end(),
            [](const Stretch& a, const Stretch& b) { return a.low < b.low; });
  std::int64_t reached = wanted.low;
  for (const Stretch& cell : cells) {
    if (cell.high <= wanted.low || cell.low >= wanted.high) {
      return std::pair(CoverFault::stray, name);
    }
    if (cell.low > reached) return std::pair(CoverFault::gap, name);
    reached = std::max(reached, cell.high);
  }
  if (reached < wanted.high) return std::pair(CoverFault::gap, name);
  return {};
}

// Units of a twentieth of a millimetre: a foot is 6,096 of them, a millimetre 20.
Fault find_in_altitude(const geo::AltitudeBand& band, std::int64_t vertical_mm,
                       geo::AltitudeReference reference, const std::vector<LineCell>& cells) {
  constexpr std::int64_t kFoot = 6'096;
  constexpr std::int64_t kLowestFoot = -2'048;
  const std::int64_t grow = 10 * bounded(std::max<std::int64_t>(vertical_mm, 0)) +
                            20 * geo::reference_mismatch_mm(band.reference, reference);
  const std::int64_t lowest = kLowestFoot * kFoot;
  // Everything below the lowest foot counts as in it; a band holds its upper end.
  const Stretch wanted{std::max<std::int64_t>(20 * bounded(band.lower_mm) - grow, lowest),
                       std::max<std::int64_t>(20 * bounded(band.upper_mm) + grow, lowest) + 1};
  std::vector<Stretch> stretches;
  for (const LineCell& cell : cells) {
    const std::int64_t size = kFoot << cell.shift;
    const std::int64_t low = lowest + size * static_cast<std::int64_t>(cell.value);
    stretches.push_back({low, low + size});
  }
  return find_in_line(std::move(stretches), wanted, "altitude");
}

// Units of half a millisecond.
Fault find_in_time(const TimeSpan& span, std::int64_t time_ms, const std::vector<LineCell>& cells) {
  const std::int64_t grow = bounded(std::max<std::int64_t>(time_ms, 0));
  const std::int64_t low = std::max<std::int64_t>(2 * bounded(span.start.value) - grow, 0);
  const Stretch wanted{low, std::max<std::int64_t>(2 * bounded(span.end.value) + grow, low + 1)};
  std::vector<Stretch> stretches;
  for (const LineCell& cell : cells) {
    const std::int64_t size = std::int64_t{2'000} << cell.shift;
    stretches.push_back({size * static_cast<std::int64_t>(cell.value),
                         size * static_cast<std::int64_t>(cell.value) + size});
  }
  return find_in_line(std::move(stretches), wanted, "time");
}

bool are_levels(const std::vector<LineCell>& cells, std::span<const int> shifts) {
  return !cells.empty() && std::all_of(cells.begin(), cells.end(), [&](const LineCell& cell) {
    return std::find(shifts.begin(), shifts.end(), cell.shift) != shifts.end() &&
           cell.value < kLineValues;
  });
}

Fault find_in_levels(const SegmentCover& segment, Role role, bool flat) {
  const LevelTable& levels = levels_of(role);
  if (segment.space.size() > limits::kCoverCells) {
    return std::pair(CoverFault::too_many, std::string("space"));
  }
  for (const std::uint64_t cell : segment.space) {
    const int level = geo::cell_level(cell);
    if (std::find(levels.space.begin(), levels.space.end(), level) == levels.space.end()) {
      return std::pair(CoverFault::level, "space, cell " + std::to_string(cell));
    }
  }
  const bool lines =
      flat ? segment.altitude.empty() && segment.time.empty()
           : are_levels(segment.altitude, levels.altitude) && are_levels(segment.time, levels.time);
  if (!lines) return std::pair(CoverFault::level, std::string("altitude or time"));
  return {};
}

CoverFinding finding(std::size_t segment, std::pair<CoverFault, std::string> fault) {
  return {fault.first, segment, std::move(fault.second)};
}

}  // namespace

const char* cover_fault_name(CoverFault fault) {
  switch (fault) {
    case CoverFault::segments:
      return "segments";
    case CoverFault::too_many:
      return "too_many";
    case CoverFault::level:
      return "level";
    case CoverFault::gap:
      return "gap";
    case CoverFault::stray:
      return "stray";
  }
  check(false, "cover fault");
  return "";
}

std::optional<CoverFinding> find_fault(std::span<const geo::Volume4> volumes,
                                       const geo::Separation& separation, Role role,
                                       geo::AltitudeReference reference, const Cover& cover) {
  if (cover.segments.size() != volumes.size()) return CoverFinding{CoverFault::segments, 0, ""};
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const geo::Volume4& volume = volumes[i];
    const SegmentCover& own = cover.segments[i];
    Fault fault = find_in_levels(own, role, false);
    if (!fault) fault = SpaceCheck(volume.area, separation.lateral_mm, own.space).find();
    if (!fault) {
      fault = find_in_altitude(volume.altitude, separation.vertical_mm, reference, own.altitude);
    }
    if (!fault) fault = find_in_time(volume.time, separation.time_ms, own.time);
    if (fault) return finding(i, *std::move(fault));
  }
  if (!keys_of(cover, role)) return CoverFinding{CoverFault::too_many, 0, "tokens of the plan"};
  return {};
}

std::optional<CoverFinding> find_fault(std::span<const geo::Area> places, std::int64_t lateral_mm,
                                       Role role, const Cover& cover) {
  if (cover.segments.size() != places.size()) return CoverFinding{CoverFault::segments, 0, ""};
  for (std::size_t i = 0; i < places.size(); ++i) {
    Fault fault = find_in_levels(cover.segments[i], role, true);
    if (!fault) fault = SpaceCheck(places[i], lateral_mm, cover.segments[i].space).find();
    if (fault) return finding(i, *std::move(fault));
  }
  return {};
}

bool is_near(const geo::Area& place, std::int64_t lateral_mm, Role role, std::uint64_t cell) {
  const int level = geo::cell_level(cell);
  // Its own cells, and those that hold one of them at the other role's levels.
  const auto& own = levels_of(role).space;
  const auto& others = levels_of(role == Role::a ? Role::b : Role::a).space;
  const bool used = std::find(own.begin(), own.end(), level) != own.end() ||
                    (std::find(others.begin(), others.end(), level) != others.end() &&
                     level < *std::max_element(own.begin(), own.end()));
  return used && SpaceCheck(place, lateral_mm, {}).touches(cell);
}

}  // namespace detente::checks
