// SPDX-License-Identifier: Apache-2.0
//
// Coarsening of a party's air activity before drone operators see it (design section 2, rule 5):
// the shape becomes a circle whose middle lies on a grid and whose radius is a multiple of the
// grid's step, heights and times are cut to steps. What comes out always holds what went in, so it
// may only protect more; what lies within one cell of the grid and has about the same size comes
// out alike.
// Pure; safe on every thread.
#pragma once

#include <cstdint>

#include "geo/geo.h"

namespace detente::utm {

struct Coarseness {
  std::int64_t grid_mm = 5'000'000;
  std::int64_t altitude_mm = 500'000;
  std::int64_t time_ms = 900'000;
};

// Altitudes come out above the WGS-84 ellipsoid, with all the room that another reference needs.
geo::Volume4 coarsened(const geo::Volume4& volume, const Coarseness& by);

}  // namespace detente::utm
