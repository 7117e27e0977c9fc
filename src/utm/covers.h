// SPDX-License-Identifier: Apache-2.0
//
// Whether a subscription covers what depends on it. Private to utm.
#pragma once

#include <span>

#include "geo/geo.h"

namespace detente::utm {

// Whether every volume lies within `outer` in time, altitude and area. The area is asked at the
// corners and along the edges of its outline.
bool covers(const geo::Volume4& outer, std::span<const geo::Volume4> volumes);

}  // namespace detente::utm
