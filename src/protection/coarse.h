// SPDX-License-Identifier: Apache-2.0
//
// A place made coarser outward: a circle that contains it and says little more of it than in which
// cell of a grid its middle lies. Never inward: whoever keeps away from the circle keeps away from
// the place.
//
// The grid is the same for everybody: rows of equal height in latitude, and in each row columns of
// equal width, both at most the agreed coarseness. No row and no meridian is special: the last
// column ends where the first begins, and the rows at the poles have a few columns. The circle is
// around the middle of the cell; its radius is a multiple of the coarseness that depends on the
// place's size alone, so that it does not tell where in the cell the place lies.
//
// What is not promised: that nobody finds the place. Copies of other coarseness, or what else is
// known of a district, narrow it down. Units: mm, WGS84. Pure; safe on every thread.
// Use: DETENTE_TRY(const geo::Area exact, site_area(site));
//      DETENTE_TRY(const geo::Circle shown, coarse_circle(exact, 5'000'000));
#pragma once

#include <cstdint>

#include "geo/geo.h"

namespace detente::protection {

// `cell_mm` is within limits::kCoarseMmMin and kCoarseMmMax. geo_too_large: the place is so large
// that no circle of a shape's limit contains it.
Result<geo::Circle> coarse_circle(const geo::Area& exact, std::int64_t cell_mm);

}  // namespace detente::protection
