// SPDX-License-Identifier: Apache-2.0
#include "utm/coarsen.h"

#include <algorithm>
#include <cmath>

#include "utm/entity.h"

namespace detente::utm {
namespace {

constexpr double kMetresPerDegree = 111'000;  // of latitude, rounded down

std::int64_t down(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

std::int64_t up(std::int64_t value, std::int64_t step) {
  return -down(-value, step);
}

// The point of the grid next to it. Rows are a step apart in latitude; along a row the points are
// about a step apart in longitude.
geo::PointE7 on_grid(geo::PointE7 point, std::int64_t grid_mm) {
  const double step = static_cast<double>(grid_mm) / 1'000 / kMetresPerDegree;
  const double lat = std::clamp(std::round(geo::lat_degrees(point) / step) * step, -89.9, 89.9);
  const double across = std::min(180.0, step / std::cos(lat * 3.14159265358979323846 / 180));
  double lng = std::round(geo::lng_degrees(point) / across) * across;
  if (lng > 180) lng -= 360;
  if (lng < -180) lng += 360;
  return geo::point_from_degrees(lat, lng).value_or(point);
}

geo::Area around(const geo::Area& area, std::int64_t grid_mm) {
  const geo::BoundingCap cap = area.bounding_cap();
  const geo::PointE7 middle = on_grid(cap.center, grid_mm);
  // A millimetre for the rounding of the middle, a thousandth for that of the distance.
  const double reach = (geo::distance_m(cap.center, middle) + cap.radius_m + 0.02) * 1.001;
  const auto radius_mm = up(static_cast<std::int64_t>(std::ceil(reach * 1'000)), grid_mm);
  const Result<geo::Area> circle = geo::Area::make(geo::Circle{middle, radius_mm});
  return circle ? *circle : area;  // too large for a circle: it hides enough as it is
}

}  // namespace

geo::Volume4 coarsened(const geo::Volume4& volume, const Coarseness& by) {
  const std::int64_t room =
      geo::reference_mismatch_mm(volume.altitude.reference, geo::AltitudeReference::wgs84);
  const geo::AltitudeBand band{
      std::max(kLowestMm, down(volume.altitude.lower_mm - room, by.altitude_mm)),
      std::min(kHighestMm, up(volume.altitude.upper_mm + room, by.altitude_mm)),
      geo::AltitudeReference::wgs84};
  const TimeSpan time{UtcMs{down(volume.time.start.value, by.time_ms)},
                      UtcMs{up(volume.time.end.value, by.time_ms)}};
  return {around(volume.area, by.grid_mm), band, time};
}

}  // namespace detente::utm
