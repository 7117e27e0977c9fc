// SPDX-License-Identifier: Apache-2.0
//
// Coverings of plans and sites by cells of space, altitude and time, such that two parties' cells
// are equal exactly where the coverings meet. docs/protocol/private-checks.md section 3.
//
// The parity trick: in every dimension role A's own cells have even levels and role B's odd ones.
// Each adds to its own cells those that hold them at the other's levels. If two numbers are equal,
// the level's parity says whose own cell it is, so one cell holds the other and the boxes meet; and
// where boxes meet, one holds the other in each dimension, so both have its number.
//
// Promised:      wherever geo::conflict finds two volumes closer than the separation, the coverings
//                of the two roles have a cell in common, whatever the settings of each side.
// Not promised:  the reverse: a common cell is not yet a conflict. The same cells in another
//                version: an auditor asks cover_check.h whether a covering is sound.
// Units:         millimetres and milliseconds as in geo; feet and seconds inside the cells.
// Errors:        cover_too_many, checks_too_many. Pure; safe on every thread.
//
//   DETENTE_TRY(const Cover cover, cover_plan(volumes, separation, Role::a, {}));
//   DETENTE_TRY(const std::vector<CellKey> keys, keys_of(cover, Role::a));
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "geo/geo.h"
#include "record/psi_statements.h"

namespace detente::checks {

enum class Role : std::uint8_t { a, b };

// The levels of a role's own cells, from coarse to fine; shifts grow with the cell.
struct LevelTable {
  std::array<int, 3> space;     // S2 levels: edges of about 36, 9, 2.2 km (A), 72, 18, 4.5 km (B)
  std::array<int, 3> altitude;  // shifts of feet above -2,048 ft: 1,024 ft to 32,768 ft
  std::array<int, 3> time;      // shifts of seconds since 1970: 512 s to 4.6 h
};
const LevelTable& levels_of(Role role);

struct CoverSettings {
  int space_cells = 24;   // own cells in space that a segment aims at
  int line_cells = 4;     // the same in altitude and in time
  int space_finest = 12;  // no own cell of a finer level; for lists that are shown coarsely
  // The reference in which both sides count altitudes. What a plan gives in another one is grown
  // by the most that the two can disagree.
  geo::AltitudeReference reference = geo::AltitudeReference::msl;
  friend bool operator==(const CoverSettings&, const CoverSettings&) = default;
};
// From fine to coarse: 24/4, 16/3, 12/2, 4/1.
inline constexpr std::array<std::array<int, 2>, 4> kCoverLadder = {
    {{24, 4}, {16, 3}, {12, 2}, {4, 1}}};

// A cell of altitude or time: all numbers n with n >> shift == value.
struct LineCell {
  int shift = 0;
  std::uint64_t value = 0;
  friend auto operator<=>(const LineCell&, const LineCell&) = default;
};

// The own cells of one volume. Of a permanent site: no altitude and no time.
struct SegmentCover {
  std::vector<std::uint64_t> space;
  std::vector<LineCell> altitude;
  std::vector<LineCell> time;
};
struct Cover {
  std::vector<SegmentCover> segments;  // one for each volume, in order
};

// What a token names: a cell of each dimension.
using CellKey = record::PsiCell;

// The own cells of a plan, each volume grown by half of the separation. Negative separations count
// as 0. cover_too_many: a volume is too wide even for the coarsest cells.
Result<Cover> cover_plan(std::span<const geo::Volume4> volumes, const geo::Separation& separation,
                         Role role, const CoverSettings& settings);
// Of places that stay: in space only.
Result<Cover> cover_places(std::span<const geo::Area> places, std::int64_t lateral_mm, Role role,
                           const CoverSettings& settings);
// The plan's own cells without altitude and time, to be compared with places that stay.
Cover without_height_and_time(const Cover& cover);

// The cells and those that hold them at the other role's levels: ascending, each once.
std::vector<CellKey> all_keys(const Cover& cover, Role role);
// The same for one plan. checks_too_many: more than limits::kCheckPlanTokens.
Result<std::vector<CellKey>> keys_of(const Cover& cover, Role role);

// The finest of the ladder's coverings whose tokens fit a plan; with `against_places` also those
// without altitude and time. checks_too_many, cover_too_many: none does.
struct PlanCells {
  CoverSettings settings;  // that were used
  Cover cover;
  std::vector<CellKey> keys;
};
Result<PlanCells> cells_of_plan(std::span<const geo::Volume4> volumes,
                                const geo::Separation& separation, Role role,
                                geo::AltitudeReference reference, bool against_places = false);

// ---- what the cells are made of; the checker and the claims use it too ----

// Feet above -2,048 ft; 0 below that.
std::uint64_t feet_of(std::int64_t altitude_mm);
// The keys of every level that may hold this point: at most 27 for one role's own cells.
std::vector<CellKey> keys_of_point(geo::PointE7 point, std::int64_t altitude_mm, UtcMs time,
                                   Role owner);

}  // namespace detente::checks
