// SPDX-License-Identifier: Apache-2.0
//
// Whether a covering is sound: what an auditor asks of a covering that was opened. Two coverings of
// one volume may differ and both be right, so nothing is compared with a covering made anew; and
// nothing here is shared with the code that makes them but the table of levels.
//
//   1. Every own cell has a level of its role, and there are no more than the limits allow.
//   2. The volume, grown by half of the separation, lies within the union of the cells: else a
//      conflict could be missed.
//   3. Every cell touches the grown volume: else the covering asks about places where the plan is
//      not. In space a cell counts as touching that is within 3 percent of the half separation,
//      1.1 percent of a circle's radius, and 1 m.
// Pure; safe on every thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "checks/cover.h"

namespace detente::checks {

enum class CoverFault : std::uint8_t { segments, too_many, level, gap, stray };
const char* cover_fault_name(CoverFault fault);

struct CoverFinding {
  CoverFault fault = CoverFault::segments;
  std::size_t segment = 0;
  std::string what;  // the dimension, and the cell where there is one
};

// The first fault of a plan's covering; nothing if it is sound.
std::optional<CoverFinding> find_fault(std::span<const geo::Volume4> volumes,
                                       const geo::Separation& separation, Role role,
                                       geo::AltitudeReference reference, const Cover& cover);
// The same of places that stay.
std::optional<CoverFinding> find_fault(std::span<const geo::Area> places, std::int64_t lateral_mm,
                                       Role role, const Cover& cover);

// Whether a cell in space may be one that the role has for this place: of a level that it uses, and
// within so little of the grown place as (3) allows.
bool is_near(const geo::Area& place, std::int64_t lateral_mm, Role role, std::uint64_t cell);

}  // namespace detente::checks
