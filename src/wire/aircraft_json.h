// SPDX-License-Identifier: Apache-2.0
//
// aircraft.json in both dialects: readsb (alt_baro, gs, track, baro_rate, rc, nac_p) and
// dump1090-mutability (altitude, speed, vert_rate, nucp). Position time = now - seen_pos; an
// aircraft without a position has now - seen.
//
// Altitude: the barometric one (STD) where it is given, else the geometric one (WGS84); "ground"
// sets on_ground. Containment: rc in metres, else from nic (DO-260B), else from nucp (DO-260), each
// at the largest radius that the category allows; 0 says unknown and stays absent.
// Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "geo/track.h"

namespace detente::wire {

struct AircraftFile {
  UtcMs now;
  std::vector<geo::TrackPoint> points;
  std::uint64_t refused = 0;  // aircraft objects that were not usable
};
// feed_malformed, json_*; one bad aircraft does not refuse the file.
Result<AircraftFile> parse_aircraft_json(std::string_view text);

// One line of readsb's --json-port: one aircraft object. Its time counts from its own "now"
// (seconds since 1970), or from `received` where it has none; without either it is
// json_member_missing. feed_malformed, feed_line_too_long, json_*.
Result<geo::TrackPoint> parse_aircraft_line(std::string_view text,
                                            std::optional<UtcMs> received = std::nullopt);

// A file that is read again and again names the same fix many times, and rounding to 0.1 s moves
// its time back and forth. This lets a fix pass once: one at the same place is new only when it is
// more than `slack_ms` later; one at another place, when it is not older than the last.
// One thread at a time.
class RepeatFilter {
 public:
  explicit RepeatFilter(std::int64_t slack_ms = 1'000) : slack_ms_(slack_ms) {}
  // Whether `point` says something new. Points without a position pass when they are later.
  bool is_new(const geo::TrackPoint& point);

 private:
  struct Last {
    UtcMs time;
    std::optional<geo::PointE7> position;
  };
  std::int64_t slack_ms_;
  std::map<std::pair<bool, std::uint32_t>, Last> last_;
};

}  // namespace detente::wire
