// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "geo/geo.h"

namespace detente::geo {
namespace {

// EGM96 lies between 106.99 m below (south of India) and 85.4 m above the ellipsoid.
constexpr std::int64_t kGeoidMmMax = 107'000;
// 60 hPa away from 1013.25 hPa are about 500 m near the ground; the rest is for the temperature of
// the air column.
constexpr std::int64_t kPressureMmMax = 600'000;

}  // namespace

const char* altitude_reference_name(AltitudeReference reference) {
  switch (reference) {
    case AltitudeReference::wgs84:
      return "WGS84";
    case AltitudeReference::msl:
      return "MSL";
    case AltitudeReference::standard_pressure:
      return "STD";
  }
  check(false, "altitude reference");
  return "";
}

Result<AltitudeReference> parse_altitude_reference(std::string_view name) {
  for (const auto reference :
       {AltitudeReference::wgs84, AltitudeReference::msl, AltitudeReference::standard_pressure}) {
    if (name == altitude_reference_name(reference)) return reference;
  }
  return fail(Errc::json_member_range,
              json_quote(name.substr(0, 40)) + " is not \"WGS84\", \"MSL\" or \"STD\"");
}

std::int64_t reference_mismatch_mm(AltitudeReference a, AltitudeReference b) {
  if (a == b) return 0;
  const bool pressure =
      a == AltitudeReference::standard_pressure || b == AltitudeReference::standard_pressure;
  return pressure ? kPressureMmMax : kGeoidMmMax;
}

std::int64_t vertical_gap_mm(const AltitudeBand& a, const AltitudeBand& b) {
  const std::int64_t gap = std::max(a.lower_mm, b.lower_mm) - std::min(a.upper_mm, b.upper_mm);
  return std::max<std::int64_t>(0, gap - reference_mismatch_mm(a.reference, b.reference));
}

bool may_contain(const AltitudeBand& band, std::int64_t altitude_mm, AltitudeReference reference) {
  const std::int64_t mismatch = reference_mismatch_mm(band.reference, reference);
  return altitude_mm >= band.lower_mm - mismatch && altitude_mm <= band.upper_mm + mismatch;
}

}  // namespace detente::geo
