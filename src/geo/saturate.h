// SPDX-License-Identifier: Apache-2.0
//
// Internal to geo: sums of times and heights that stop at the ends of 64 bits.
#pragma once

#include <cstdint>

namespace detente::geo::detail {

inline std::int64_t add_saturating(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? INT64_MAX : INT64_MIN;
  return sum;
}

}  // namespace detente::geo::detail
