// SPDX-License-Identifier: Apache-2.0
//
// One observation of one aircraft, whatever feed it came from. What a feed did not say is absent;
// absent is never zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "geo/geo.h"

namespace detente::geo {

struct TrackPoint {
  std::uint32_t address = 0;    // 24-bit ICAO address
  bool address_is_icao = true;  // false: a made-up address ("~" in readsb JSON)
  UtcMs time;                   // of the position, or of the report if it has none
  std::string callsign;         // trimmed, may be empty
  std::optional<PointE7> position;
  std::optional<std::int64_t> altitude_mm;
  AltitudeReference altitude_reference = AltitudeReference::standard_pressure;
  bool on_ground = false;
  std::optional<std::int32_t> speed_mm_s;  // ground speed
  std::optional<std::int32_t> track_mdeg;  // true track, 0..359,999
  std::optional<std::int32_t> climb_mm_s;
  std::optional<std::int32_t> containment_m;  // radius of containment (rc), the error bound
  std::optional<std::int32_t> nac_p;
};

}  // namespace detente::geo
