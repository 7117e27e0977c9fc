// SPDX-License-Identifier: Apache-2.0
//
// aircraft.json in both dialects: readsb (alt_baro, gs, track, baro_rate, rc, nac_p) and
// dump1090-mutability (altitude, speed, vert_rate, nucp). Position time = now - seen_pos.
// Pure; safe on every thread.
#pragma once

#include <string_view>
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

}  // namespace detente::wire
