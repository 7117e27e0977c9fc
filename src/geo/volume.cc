// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "geo/geo.h"
#include "geo/saturate.h"

namespace detente::geo {

using detail::add_saturating;

namespace {

// The pause between two half-open spans is shorter than `time_ms`, or they overlap.
bool close_in_time(const TimeSpan& a, const TimeSpan& b, std::int64_t time_ms) {
  return a.start.value < add_saturating(b.end.value, time_ms) &&
         b.start.value < add_saturating(a.end.value, time_ms);
}

}  // namespace

bool conflict(const Volume4& a, const Volume4& b, const Separation& separation) {
  const std::int64_t time_ms = std::max<std::int64_t>(separation.time_ms, 0);
  const std::int64_t vertical_mm = std::max<std::int64_t>(separation.vertical_mm, 0);
  const std::int64_t lateral_mm = std::max<std::int64_t>(separation.lateral_mm, 0);
  return close_in_time(a.time, b.time, time_ms) &&
         vertical_gap_mm(a.altitude, b.altitude) <= vertical_mm &&
         a.area.maybe_within(b.area, static_cast<double>(lateral_mm) / 1000);
}

}  // namespace detente::geo
