// SPDX-License-Identifier: Apache-2.0
//
// Ways out of a conflict: the smallest changes of one's own plan that free it, within what its
// filer says it can bear. Only the own plan ever moves; nothing is asked of anybody else, and
// nothing here leaves the node (docs/protocol/plan-check.md).
//
// Promised:      every way out passed the caller's whole check (`allowed`), lies within the
//                flexibility, the agreement's time and the notice, and no smaller change of its
//                kind does, on the grid below. The same input gives the same answer.
// Not promised:  that nothing is left out where `more` is set: a bound of this file was reached.
// Grid:          times in whole minutes of shift or cut; heights in 100 ft, or 10 m where every
//                volume is given in WGS84; sideways in 100 m on eight bearings. What frees a plan
//                is rounded outward to the grid, so it stays free.
// Units:         milliseconds, millimetres. Threads: none; pure. `allowed` is called many times.
//
//   const auto around = obstacles_within(reach(plan.volumes, flexibility));
//   for (const WayOut& way : ways_out({.volumes = plan.volumes, .obstacles = around, ..}).ways)
//     offer(way.text, way.volumes);
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/geo.h"

namespace detente::airspace {

inline constexpr std::int64_t kWayTimeStepMs = 60'000;
inline constexpr std::int64_t kWayHeightStepMm = 30'480;        // 100 ft
inline constexpr std::int64_t kWayMetricHeightStepMm = 10'000;  // where all heights are WGS84
inline constexpr std::int64_t kWaySidewaysStepMm = 100'000;
inline constexpr std::size_t kWayChecksMax = 512;        // calls of `allowed` for one kind
inline constexpr std::size_t kWayPairsMax = 200'000;     // of volumes that are compared
inline constexpr std::size_t kWayBlocksMax = 5'000;      // of those, for time and height together
inline constexpr std::size_t kWayVerticesMax = 400'000;  // moved sideways in one search

// How far the filer lets the plan move. What exceeds limits::kFlexible* is cut to it.
struct Flexibility {
  std::int64_t earlier_ms = 0;
  std::int64_t later_ms = 0;
  std::int64_t higher_mm = 0;
  std::int64_t lower_mm = 0;
  std::optional<std::int64_t> shorten_to_ms = {};  // the least length; nothing: not shorter
  std::int64_t sideways_mm = 0;
};

// What the plan must keep away from, and how far.
struct Obstacle {
  std::vector<geo::Volume4> volumes;
  geo::Separation separation;
};

// The order is that of the answers.
enum class WayKind : std::uint8_t { earlier, later, higher, lower, shorter, sideways };
const char* way_kind_name(WayKind kind);

struct WayOut {
  WayKind kind = WayKind::later;
  // How much earlier, later or shorter; 0 if the time stays. Never negative.
  std::int64_t shift_ms = 0;
  // How much higher, lower or sideways. Beside shift_ms only where no single change helps: then
  // `kind` tells the time's direction and `raised` that of the height.
  std::int64_t shift_mm = 0;
  bool raised = false;
  std::vector<geo::Volume4> volumes;  // the whole plan as it would be
  std::string text;                   // one plain sentence without its full stop
};

struct WaysQuestion {
  std::span<const geo::Volume4> volumes;
  std::span<const Obstacle> obstacles;  // all that reach() meets, within its own separation
  Flexibility flexibility;
  UtcMs earliest;  // no volume starts before it: the notice, as the caller counts it
  TimeSpan valid;  // nor reaches beyond this: the agreement's time
  // The whole check of changed volumes: conflicts with everything, rules, the place.
  std::function<bool(std::span<const geo::Volume4>)> allowed;
};

struct WaysOut {
  std::vector<WayOut> ways;  // at most one of a kind, ascending by kind
  bool more = false;         // a bound was reached: there may be smaller or further ones
};

// Everything that the plan can occupy within the flexibility, for finding what it may meet.
std::vector<geo::Volume4> reach(std::span<const geo::Volume4> volumes,
                                const Flexibility& flexibility);

// Empty where the plan is allowed as it is and in time, and where nothing helps. Nothing is lowered
// below zero of its altitude reference: where the ground is, is not known here.
WaysOut ways_out(const WaysQuestion& question);

}  // namespace detente::airspace
