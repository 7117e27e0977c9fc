// SPDX-License-Identifier: Apache-2.0
//
// S2 cells as plain numbers, and coverings that use a few levels only: what two parties need who
// compare cells without showing areas. src/checks builds on it.
//
// Promised:      a covering holds every point within `inflate_m` of the area, by geodesics on the
//                ellipsoid; no cell is farther from the area than that, 1.1 percent of that and of
//                a circle's radius, and 5 cm. Antimeridian and poles are nothing special.
// Not promised:  the same cells in another version. Compare a covering with its area, never with
//                another covering of it.
// Units:         metres; cells are S2 cell ids, levels 0 (a sixth of the earth) to 30.
// Threads:       pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "geo/geo.h"

namespace detente::geo {

// Cells of the given levels (ascending) that together hold the area and all within `inflate_m` of
// it: ascending, none within another, 16 that fill one of the next coarser level are that one. As
// fine as `cells_aim` allows; where even the coarsest level needs more, all those of it, up to
// limits::kCoverCells. cover_too_many: beyond that.
Result<std::vector<std::uint64_t>> cover_at_levels(const Area& area, double inflate_m,
                                                   std::span<const int> levels, int cells_aim);

// Metres by which each of two areas is grown, so that the grown areas share a point wherever
// geo::conflict finds the areas within `lateral_mm` of each other: half of it and a little more,
// for what that comparison says too early.
double half_separation_m(const Area& area, std::int64_t lateral_mm);

std::array<std::uint64_t, 6> face_cells();
// -1 if the number is no cell.
int cell_level(std::uint64_t cell);
// The cell of a coarser or the same level that holds `cell`, which must be a cell.
std::uint64_t cell_parent(std::uint64_t cell, int level);
bool cell_holds(std::uint64_t outer, std::uint64_t inner);
// The four of the next level; `cell` must be a cell above level 30.
std::array<std::uint64_t, 4> cell_children(std::uint64_t cell);
// The cell as an area, its corners rounded to 1.1 cm. `cell` must be a cell of level 1 to 20.
Area cell_area(std::uint64_t cell);

}  // namespace detente::geo
