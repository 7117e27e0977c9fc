// SPDX-License-Identifier: Apache-2.0
//
// Two volumes that come too close sideways forbid a rectangle of shifts in time and height. So the
// smallest free shift is found from the rectangles' edges, without trying; only what the rectangles
// leave free is given to the whole check. Sideways, the distance that is missing tells how far the
// next place that can be free lies.
#include "airspace/ways_out.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>
#include <tuple>
#include <utility>

#include "base/limits.h"

namespace detente::airspace {
namespace {

using Volumes = std::vector<geo::Volume4>;

constexpr std::array<const char*, 8> kBearings = {"north", "north-east", "east", "south-east",
                                                  "south", "south-west", "west", "north-west"};
// Moving an area by a length changes a distance by hardly more: the earth is not quite a plane.
constexpr double kMovedLeast = 0.98;

std::int64_t steps_up(std::int64_t length, std::int64_t step) {
  return length <= 0 ? 0 : (length + step - 1) / step;
}

// What a pair of volumes forbids: shifts of time and of height, both ends included.
struct Block {
  std::size_t own = 0;
  const geo::Volume4* other = nullptr;
  const geo::Separation* separation = nullptr;
  std::int64_t time_low = 0;
  std::int64_t time_high = 0;
  std::int64_t height_low = 0;
  std::int64_t height_high = 0;
  bool close = false;  // also sideways, where the plan is now

  bool at_time(std::int64_t ms) const { return time_low <= ms && ms <= time_high; }
  bool at_height(std::int64_t mm) const { return height_low <= mm && mm <= height_high; }
};

Block block_of(const geo::Volume4& own, const geo::Volume4& other,
               const geo::Separation& separation) {
  const std::int64_t pause = std::max<std::int64_t>(0, separation.time_ms);
  const std::int64_t above =
      std::max<std::int64_t>(0, separation.vertical_mm) +
      geo::reference_mismatch_mm(own.altitude.reference, other.altitude.reference);
  return {.own = 0,
          .other = &other,
          .separation = &separation,
          .time_low = other.time.start - own.time.end - pause + 1,
          .time_high = other.time.end - own.time.start + pause - 1,
          .height_low = other.altitude.lower_mm - own.altitude.upper_mm - above,
          .height_high = other.altitude.upper_mm - own.altitude.lower_mm + above,
          .close = false};
}

double lateral_m(const geo::Separation& separation) {
  return static_cast<double>(std::max<std::int64_t>(0, separation.lateral_mm)) / 1000;
}
// In either order: which of the two the caller's check puts first must not matter.
bool near(const geo::Area& own, const Block& block) {
  const double metres = lateral_m(*block.separation);
  return own.maybe_within(block.other->area, metres) || block.other->area.maybe_within(own, metres);
}

// Forbidden shifts in one dimension, ascending, apart from each other.
class Forbidden {
 public:
  void add(std::int64_t low, std::int64_t high) { spans_.emplace_back(low, high); }
  void seal() {
    std::sort(spans_.begin(), spans_.end());
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const auto& span : spans_) {
      if (!out.empty() && span.first <= out.back().second) {
        out.back().second = std::max(out.back().second, span.second);
      } else {
        out.push_back(span);
      }
    }
    spans_ = std::move(out);
  }
  // The least number of steps, from `from` on, that is free; more than `most` if none is.
  std::int64_t next(std::int64_t from, std::int64_t most, std::int64_t step) const {
    while (from <= most) {
      const std::int64_t shift = from * step;
      const auto after =
          std::upper_bound(spans_.begin(), spans_.end(), std::pair(shift, INT64_MAX));
      if (after == spans_.begin() || std::prev(after)->second < shift) return from;
      const auto& span = *std::prev(after);
      const std::int64_t out_of = step > 0 ? span.second + 1 : 1 - span.first;
      from = std::max(from + 1, steps_up(out_of, std::abs(step)));
    }
    return from;
  }

 private:
  std::vector<std::pair<std::int64_t, std::int64_t>> spans_;
};

TimeSpan span_of(std::span<const geo::Volume4> volumes) {
  TimeSpan out = volumes.front().time;
  for (const geo::Volume4& volume : volumes) {
    out.start = std::min(out.start, volume.time.start);
    out.end = std::max(out.end, volume.time.end);
  }
  return out;
}

Volumes moved(std::span<const geo::Volume4> volumes, std::int64_t ms, std::int64_t mm) {
  Volumes out(volumes.begin(), volumes.end());
  for (geo::Volume4& volume : out) {
    volume.time = {volume.time.start + ms, volume.time.end + ms};
    volume.altitude.lower_mm += mm;
    volume.altitude.upper_mm += mm;
  }
  return out;
}

// What is left of the volumes between two times.
Volumes cut(std::span<const geo::Volume4> volumes, const TimeSpan& kept) {
  Volumes out;
  for (geo::Volume4 volume : volumes) {
    volume.time.start = std::max(volume.time.start, kept.start);
    volume.time.end = std::min(volume.time.end, kept.end);
    if (volume.time.start < volume.time.end) out.push_back(std::move(volume));
  }
  return out;
}

// Every corner goes the same way; nothing where that gives no area.
std::optional<geo::Area> aside(const geo::Area& area, double bearing, double metres) {
  geo::Shape shape = area.shape();
  if (auto* circle = std::get_if<geo::Circle>(&shape)) {
    circle->center = geo::destination(circle->center, bearing, metres);
  } else {
    for (geo::PointE7& vertex : std::get<geo::Polygon>(shape).vertices) {
      vertex = geo::destination(vertex, bearing, metres);
    }
  }
  Result<geo::Area> made = geo::Area::make(std::move(shape));
  if (!made) return std::nullopt;
  return std::move(*made);
}
std::size_t vertices_of(const geo::Area& area) {
  const auto* polygon = std::get_if<geo::Polygon>(&area.shape());
  return polygon == nullptr ? 1 : polygon->vertices.size();
}

Flexibility within_limits(Flexibility flexibility) {
  const auto limit = [](std::int64_t& value, std::int64_t most) {
    value = std::clamp<std::int64_t>(value, 0, most);
  };
  limit(flexibility.earlier_ms, limits::kFlexibleMs);
  limit(flexibility.later_ms, limits::kFlexibleMs);
  limit(flexibility.higher_mm, limits::kFlexibleHeightMm);
  limit(flexibility.lower_mm, limits::kFlexibleHeightMm);
  limit(flexibility.sideways_mm, limits::kFlexibleSidewaysMm);
  return flexibility;
}

// ---- words ----

std::string time_words(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}
std::string height_words(std::int64_t mm, std::int64_t step) {
  if (step == kWayMetricHeightStepMm) return fmt::format("{} m", mm / 1'000);
  return fmt::format("{} ft ({:.0f} m)", mm / geo::feet_to_mm(100) * 100,
                     static_cast<double>(mm) / 1'000);
}

class Search {
 public:
  explicit Search(const WaysQuestion& question)
      : question_(question),
        flexibility_(within_limits(question.flexibility)),
        span_(span_of(question.volumes)) {
    set_bounds();
  }

  WaysOut run() {
    if (in_time(0) && question_.allowed(question_.volumes)) return {};
    if (!find_blocks()) {
      out_.more = true;
      return std::move(out_);
    }
    shift_time(-1);
    shift_time(1);
    shift_height(1);
    shift_height(-1);
    shorten();
    shift_sideways();
    if (out_.ways.empty()) shift_both();
    return std::move(out_);
  }

 private:
  struct Range {
    std::int64_t least = 1;  // steps
    std::int64_t most = 0;
  };

  void set_bounds() {
    const bool metric =
        std::all_of(question_.volumes.begin(), question_.volumes.end(), [](const auto& volume) {
          return volume.altitude.reference == geo::AltitudeReference::wgs84;
        });
    height_step_ = metric ? kWayMetricHeightStepMm : kWayHeightStepMm;
    time_low_ = std::max(question_.earliest, question_.valid.start) - span_.start;
    time_high_ = question_.valid.end - span_.end;
    height_low_ = -limits::kFlexibleHeightMm;
    height_high_ = limits::kFlexibleHeightMm;
    for (const geo::Volume4& volume : question_.volumes) {
      height_low_ = std::max(height_low_, -volume.altitude.lower_mm);
      height_high_ = std::min(height_high_, limits::kAltitudeMmMax - volume.altitude.upper_mm);
    }
  }
  bool in_time(std::int64_t ms) const { return time_low_ <= ms && ms <= time_high_; }

  // Only those that some shift within the flexibility can meet.
  bool find_blocks() {
    std::size_t pairs = 0;
    for (const Obstacle& obstacle : question_.obstacles) {
      pairs += obstacle.volumes.size() * question_.volumes.size();
      if (pairs > kWayPairsMax) return false;
      for (const geo::Volume4& other : obstacle.volumes) {
        for (std::size_t own = 0; own < question_.volumes.size(); ++own) {
          add_block(own, other, obstacle.separation);
        }
      }
    }
    return true;
  }
  void add_block(std::size_t own, const geo::Volume4& other, const geo::Separation& separation) {
    const geo::Volume4& volume = question_.volumes[own];
    Block block = block_of(volume, other, separation);
    block.own = own;
    if (block.time_low > flexibility_.later_ms || block.time_high < -flexibility_.earlier_ms ||
        block.height_low > flexibility_.higher_mm || block.height_high < -flexibility_.lower_mm) {
      return;
    }
    block.close = near(volume.area, block);
    const bool may_meet_aside =
        flexibility_.sideways_mm > 0 && block.at_time(0) && block.at_height(0);
    if (block.close || may_meet_aside) blocks_.push_back(block);
  }

  // The whole check, as often as the bound allows.
  void open_kind() { checks_ = 0; }
  bool spent() const { return checks_ >= kWayChecksMax; }
  bool allowed(const Volumes& volumes) {
    ++checks_;
    return question_.allowed(volumes);
  }
  template <class Make>
  std::optional<std::int64_t> first_allowed(const Forbidden& forbidden, Range range,
                                            std::int64_t step, Make&& make) {
    open_kind();
    for (std::int64_t n = forbidden.next(range.least, range.most, step); n <= range.most;
         n = forbidden.next(n + 1, range.most, step)) {
      if (spent()) {
        out_.more = true;
        return std::nullopt;
      }
      if (allowed(make(n * step))) return n;
    }
    return std::nullopt;
  }

  // Steps of time in one direction that keep the notice and the agreement's time.
  Range time_range(int sign) const {
    const std::int64_t most = sign > 0 ? std::min(flexibility_.later_ms, time_high_)
                                       : std::min(flexibility_.earlier_ms, -time_low_);
    const std::int64_t least = sign > 0 ? time_low_ : -time_high_;
    return {std::max<std::int64_t>(1, steps_up(least, kWayTimeStepMs)),
            most < 0 ? 0 : most / kWayTimeStepMs};
  }
  Range height_range(int sign) const {
    const std::int64_t most = sign > 0 ? std::min(flexibility_.higher_mm, height_high_)
                                       : std::min(flexibility_.lower_mm, -height_low_);
    return {1, most < 0 ? 0 : most / height_step_};
  }
  Forbidden times_at(std::int64_t mm) const {
    Forbidden out;
    for (const Block& block : blocks_) {
      if (block.close && block.at_height(mm)) out.add(block.time_low, block.time_high);
    }
    out.seal();
    return out;
  }

  void shift_time(int sign) {
    const auto make = [&](std::int64_t ms) { return moved(question_.volumes, ms, 0); };
    const std::int64_t step = sign * kWayTimeStepMs;
    const auto steps = first_allowed(times_at(0), time_range(sign), step, make);
    if (!steps) return;
    WayOut way;
    way.kind = sign > 0 ? WayKind::later : WayKind::earlier;
    way.shift_ms = *steps * kWayTimeStepMs;
    way.volumes = make(*steps * step);
    way.text = fmt::format("{} {}", time_words(way.shift_ms), way_kind_name(way.kind));
    out_.ways.push_back(std::move(way));
  }

  void shift_height(int sign) {
    if (!in_time(0)) return;
    Forbidden forbidden;
    for (const Block& block : blocks_) {
      if (block.close && block.at_time(0)) forbidden.add(block.height_low, block.height_high);
    }
    forbidden.seal();
    const auto make = [&](std::int64_t mm) { return moved(question_.volumes, 0, mm); };
    const std::int64_t step = sign * height_step_;
    const auto steps = first_allowed(forbidden, height_range(sign), step, make);
    if (!steps) return;
    WayOut way;
    way.kind = sign > 0 ? WayKind::higher : WayKind::lower;
    way.shift_mm = *steps * height_step_;
    way.raised = sign > 0;
    way.volumes = make(*steps * step);
    way.text =
        fmt::format("{} {}", height_words(way.shift_mm, height_step_), way_kind_name(way.kind));
    out_.ways.push_back(std::move(way));
  }

  // A cut makes nothing longer, so what is free stays free: the least cut on each side is known.
  void shorten() {
    if (!flexibility_.shorten_to_ms) return;
    open_kind();
    // What is too early or too late is cut, or falls away as a whole.
    UtcMs end = span_.end;
    UtcMs start = span_.start;
    const UtcMs first = span_.start + time_low_;
    const UtcMs last = span_.end + time_high_;
    for (const geo::Volume4& volume : question_.volumes) {
      if (volume.time.start < first) start = std::max(start, std::min(volume.time.end, first));
      if (volume.time.end > last) end = std::min(end, std::max(volume.time.start, last));
    }
    for (const Block& block : blocks_) {
      if (!block.close || !block.at_time(0) || !block.at_height(0)) continue;
      const TimeSpan& own = question_.volumes[block.own].time;
      const std::int64_t pause = std::max<std::int64_t>(0, block.separation->time_ms);
      end = std::min(end, std::max(own.start, block.other->time.start - pause));
      start = std::max(start, std::min(own.end, block.other->time.end + pause));
    }
    // What one cut does not mend, the other side's cut cannot: a start too early, an end too late.
    const std::int64_t never = INT64_MAX;
    const std::int64_t end_steps =
        time_low_ > 0 ? never
                      : std::max<std::int64_t>(1, steps_up(span_.end - end, kWayTimeStepMs));
    const std::int64_t start_steps =
        time_high_ < 0 ? never
                       : std::max<std::int64_t>(1, steps_up(start - span_.start, kWayTimeStepMs));
    const std::int64_t least = std::max<std::int64_t>(1, *flexibility_.shorten_to_ms);
    const std::int64_t most = (span_.end - span_.start - least) / kWayTimeStepMs;
    for (std::int64_t n = std::min(end_steps, start_steps); n <= most; ++n) {
      if (n >= end_steps && cut_fits({span_.start, span_.end - n * kWayTimeStepMs}, n)) return;
      if (n >= start_steps && cut_fits({span_.start + n * kWayTimeStepMs, span_.end}, n)) return;
      if (spent()) {
        out_.more = out_.more || n < most;
        return;
      }
    }
  }
  bool cut_fits(const TimeSpan& kept, std::int64_t steps) {
    Volumes volumes = cut(question_.volumes, kept);
    if (volumes.empty()) return false;
    const TimeSpan left = span_of(volumes);
    if (left.end - left.start < *flexibility_.shorten_to_ms || !allowed(volumes)) return false;
    WayOut way;
    way.kind = WayKind::shorter;
    way.shift_ms = steps * kWayTimeStepMs;
    way.volumes = std::move(volumes);
    way.text = fmt::format("{} shorter: it {}", time_words(way.shift_ms),
                           kept.start == span_.start ? "ends at " + format_rfc3339(kept.end)
                                                     : "begins at " + format_rfc3339(kept.start));
    out_.ways.push_back(std::move(way));
    return true;
  }

  // The number of steps to go on before the pairs that are close now can be free.
  std::int64_t steps_missing(double bearing, double metres) {
    double missing = 0;
    bool close = false;
    std::size_t last = SIZE_MAX;
    std::optional<geo::Area> area;
    for (const Block& block : blocks_) {  // those of one volume follow each other below
      if (!block.at_time(0) || !block.at_height(0)) continue;
      if (block.own != last) {
        area = aside(question_.volumes[block.own].area, bearing, metres);
        vertices_ += vertices_of(question_.volumes[block.own].area);
        last = block.own;
      }
      if (!area) return 1;
      if (!near(*area, block)) continue;
      close = true;
      const double apart = area->distance_m(block.other->area);
      missing = std::max(missing, lateral_m(*block.separation) - apart);
    }
    if (!close) return 0;
    const double steps = missing * kMovedLeast / (kWaySidewaysStepMm / 1000.0);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(steps)));
  }

  std::optional<Volumes> all_aside(double bearing, double metres) {
    Volumes out(question_.volumes.begin(), question_.volumes.end());
    for (geo::Volume4& volume : out) {
      std::optional<geo::Area> area = aside(volume.area, bearing, metres);
      vertices_ += vertices_of(volume.area);
      if (!area) return std::nullopt;
      volume.area = std::move(*area);
    }
    return out;
  }

  // The nearest place on any bearing first; of equals the first bearing.
  void shift_sideways() {
    const std::int64_t most = flexibility_.sideways_mm / kWaySidewaysStepMm;
    if (!in_time(0) || most == 0) return;
    open_kind();
    std::sort(blocks_.begin(), blocks_.end(),
              [](const Block& a, const Block& b) { return a.own < b.own; });
    std::array<std::int64_t, kBearings.size()> next{};
    next.fill(1);
    for (;;) {
      const auto at = std::min_element(next.begin(), next.end());
      if (*at > most) return;
      if (vertices_ > kWayVerticesMax || spent()) {
        out_.more = true;
        return;
      }
      const auto bearing = static_cast<std::size_t>(at - next.begin());
      const double degrees = 45.0 * static_cast<double>(bearing);
      const double metres = static_cast<double>(*at * kWaySidewaysStepMm) / 1000;
      const std::int64_t missing = steps_missing(degrees, metres);
      if (missing == 0) {
        std::optional<Volumes> volumes = all_aside(degrees, metres);
        if (volumes && allowed(*volumes)) {
          WayOut way;
          way.kind = WayKind::sideways;
          way.shift_mm = *at * kWaySidewaysStepMm;
          way.volumes = std::move(*volumes);
          way.text = fmt::format("{:.1f} km to the {}", metres / 1000, kBearings[bearing]);
          out_.ways.push_back(std::move(way));
          return;
        }
      }
      *at += std::max<std::int64_t>(1, missing);
    }
  }

  // The fewest steps of time and height together; then the fewest of time; later before earlier,
  // higher before lower.
  struct Both {
    std::int64_t time = 0;  // steps
    std::int64_t height = 0;
    int time_sign = 1;
    int height_sign = 1;
    std::size_t row = 0;
    auto rank() const { return std::tuple(time + height, time, -time_sign, -height_sign); }
    bool operator<(const Both& other) const { return other.rank() < rank(); }  // for the queue
  };

  void shift_both() {
    open_kind();
    if (blocks_.size() > kWayBlocksMax) {
      out_.more = true;
      return;
    }
    std::vector<Forbidden> rows;
    std::priority_queue<Both> queue;
    const auto put = [&](Both both, std::int64_t from) {
      const Range range = time_range(both.time_sign);
      both.time = rows[both.row].next(std::max(from, range.least), range.most,
                                      both.time_sign * kWayTimeStepMs);
      if (both.time <= range.most) queue.push(both);
    };
    for (const int height_sign : {1, -1}) {
      const Range range = height_range(height_sign);
      for (std::int64_t n = range.least; n <= range.most; ++n) {
        rows.push_back(times_at(height_sign * n * height_step_));
        for (const int time_sign : {1, -1}) {
          put({0, n, time_sign, height_sign, rows.size() - 1}, 1);
        }
      }
    }
    while (!queue.empty()) {
      const Both both = queue.top();
      queue.pop();
      if (spent()) {
        out_.more = true;
        return;
      }
      if (take(both)) return;
      put(both, both.time + 1);
    }
  }
  bool take(const Both& both) {
    Volumes volumes = moved(question_.volumes, both.time_sign * both.time * kWayTimeStepMs,
                            both.height_sign * both.height * height_step_);
    if (!allowed(volumes)) return false;
    WayOut way;
    way.kind = both.time_sign > 0 ? WayKind::later : WayKind::earlier;
    way.shift_ms = both.time * kWayTimeStepMs;
    way.shift_mm = both.height * height_step_;
    way.raised = both.height_sign > 0;
    way.volumes = std::move(volumes);
    way.text = fmt::format("{} {} and {} {}", time_words(way.shift_ms), way_kind_name(way.kind),
                           height_words(way.shift_mm, height_step_),
                           way_kind_name(way.raised ? WayKind::higher : WayKind::lower));
    out_.ways.push_back(std::move(way));
    return true;
  }

  const WaysQuestion& question_;
  const Flexibility flexibility_;
  const TimeSpan span_;
  std::int64_t height_step_ = kWayHeightStepMm;
  // Shifts of the whole plan that keep the notice, the agreement's time and the limits of heights.
  std::int64_t time_low_ = 0;
  std::int64_t time_high_ = 0;
  std::int64_t height_low_ = 0;
  std::int64_t height_high_ = 0;
  std::vector<Block> blocks_;
  std::size_t checks_ = 0;
  std::size_t vertices_ = 0;
  WaysOut out_;
};

}  // namespace

const char* way_kind_name(WayKind kind) {
  switch (kind) {
    case WayKind::earlier:
      return "earlier";
    case WayKind::later:
      return "later";
    case WayKind::higher:
      return "higher";
    case WayKind::lower:
      return "lower";
    case WayKind::shorter:
      return "shorter";
    case WayKind::sideways:
      return "sideways";
  }
  check(false, "kind of way out");
  return "";
}

std::vector<geo::Volume4> reach(std::span<const geo::Volume4> volumes,
                                const Flexibility& flexibility) {
  const Flexibility far = within_limits(flexibility);
  Volumes out(volumes.begin(), volumes.end());
  for (geo::Volume4& volume : out) {
    volume.time = {volume.time.start - far.earlier_ms, volume.time.end + far.later_ms};
    volume.altitude.lower_mm -= far.lower_mm;
    volume.altitude.upper_mm += far.higher_mm;
    if (far.sideways_mm == 0) continue;
    // A circle around all; a little more for the curve of the earth.
    const geo::BoundingCap cap = volume.area.bounding_cap();
    const double metres = cap.radius_m * 1.01 + static_cast<double>(far.sideways_mm) / 1000 + 10;
    const std::int64_t radius_mm =
        std::min(limits::kCircleRadiusMm, static_cast<std::int64_t>(metres * 1000));
    Result<geo::Area> around = geo::Area::make(geo::Circle{cap.center, radius_mm});
    if (around) volume.area = std::move(*around);
  }
  return out;
}

WaysOut ways_out(const WaysQuestion& question) {
  if (question.volumes.empty()) return {};
  return Search(question).run();
}

}  // namespace detente::airspace
