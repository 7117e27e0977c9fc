// SPDX-License-Identifier: Apache-2.0
//
// The time of a replayed feed. A decoder that is fed a recording at N times real time stamps its
// lines with its own clock; this maps them back:  t = start + (line_time - first_line_time) * N.
// Without a start the first line's own time is the start; with speed 1 and no start nothing
// changes. Pure; it reads no clock.
#pragma once

#include <cmath>
#include <optional>

#include "base/time.h"

namespace detente::watch {

class FeedClock {
 public:
  FeedClock() = default;
  // `speed` is above 0 (the command line checks it).
  FeedClock(double speed, std::optional<UtcMs> start) : speed_(speed), start_(start) {}

  // Maps the time of a line; the first call fixes the beginning. Lines before the first map to
  // before the start. Never out of the range that RFC 3339 can write.
  UtcMs map(UtcMs line_time) {
    if (!first_) {
      first_ = line_time;
      if (!start_) start_ = line_time;
    }
    const double shift = static_cast<double>(line_time - *first_) * speed_;
    const double limit = static_cast<double>(kLatest.value);
    const double mapped = static_cast<double>(start_->value) + shift;
    if (!(mapped > 0)) return UtcMs{0};
    if (mapped >= limit) return kLatest;
    return UtcMs{start_->value + std::llround(shift)};
  }
  double speed() const { return speed_; }

 private:
  static constexpr UtcMs kLatest{253'402'300'799'999};  // 9999-12-31T23:59:59.999Z

  double speed_ = 1;
  std::optional<UtcMs> start_;
  std::optional<UtcMs> first_;
};

}  // namespace detente::watch
