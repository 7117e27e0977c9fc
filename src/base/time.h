// SPDX-License-Identifier: Apache-2.0
//
// UTC instants in whole milliseconds since 1970, spans of them, and RFC 3339 text. Leap seconds
// are not represented (second 60 is refused). Nothing here reads a clock.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace detente {

struct UtcMs {
  std::int64_t value = 0;
  friend auto operator<=>(const UtcMs&, const UtcMs&) = default;
};
inline UtcMs operator+(UtcMs t, std::int64_t ms) {
  return {t.value + ms};
}
inline UtcMs operator-(UtcMs t, std::int64_t ms) {
  return {t.value - ms};
}
inline std::int64_t operator-(UtcMs a, UtcMs b) {
  return a.value - b.value;
}

// Half-open: [start, end).
struct TimeSpan {
  UtcMs start;
  UtcMs end;
  bool contains(UtcMs t) const { return start <= t && t < end; }
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

// Strict RFC 3339 with a zone ("Z" or a numeric offset); up to nine fraction digits, cut to
// milliseconds; years 1970 to 9999. Errc::bad_time otherwise.
Result<UtcMs> parse_rfc3339(std::string_view text);

// "2016-07-15T06:00:00Z", or with ".123" when the milliseconds are not zero.
std::string format_rfc3339(UtcMs t);

}  // namespace detente
