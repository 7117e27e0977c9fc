// SPDX-License-Identifier: Apache-2.0
#include "geo/s2_config.h"  // before any S2 header

#include <fmt/core.h>
#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>

#include <GeographicLib/Geodesic.hpp>
#include <algorithm>
#include <cmath>

#include "geo/geo.h"
#include "geo/vec.h"

namespace detente::geo {
namespace {

constexpr std::int64_t kLatE7Max = 900'000'000;
constexpr std::int64_t kLngE7Max = 1'800'000'000;

// `unit` is what the numbers are in: 1 for degrees, 1e7 for E7.
Status check_range(double lat, double lng, double unit) {
  const double lat_max = 90 * unit;
  const double lng_max = 180 * unit;
  // Written so that NaN fails.
  if (std::fabs(lat) <= lat_max && std::fabs(lng) <= lng_max) return {};
  const std::string detail =
      fmt::format("latitude {:.7f}, longitude {:.7f}", lat / unit, lng / unit);
  const bool exchange_fits = std::fabs(lng) <= lat_max && std::fabs(lat) <= lng_max;
  return fail(exchange_fits ? Errc::geo_swapped : Errc::geo_out_of_range, detail);
}

PointE7 rounded(double lat, double lng) {
  const auto e7 = [](double degrees, std::int64_t most) {
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(std::llround(degrees * 1e7), -most, most));
  };
  return {e7(lat, kLatE7Max), e7(lng, kLngE7Max)};
}

double inverse_m(double lat_a, double lng_a, double lat_b, double lng_b) {
  double metres = 0;
  GeographicLib::Geodesic::WGS84().Inverse(lat_a, lng_a, lat_b, lng_b, metres);
  return metres;
}

}  // namespace

Result<PointE7> point_from_degrees(double lat, double lng) {
  DETENTE_CHECK(check_range(lat, lng, 1));
  return rounded(lat, lng);
}

Status validate(PointE7 point) {
  return check_range(point.lat_e7, point.lng_e7, 1e7);
}

std::uint64_t leaf_cell(PointE7 point) {
  return S2CellId(S2LatLng::FromE7(point.lat_e7, point.lng_e7)).id();
}

double distance_m(PointE7 a, PointE7 b) {
  return inverse_m(lat_degrees(a), lng_degrees(a), lat_degrees(b), lng_degrees(b));
}

double bearing_deg(PointE7 from, PointE7 to) {
  double metres = 0;
  double bearing = 0;
  double bearing_there = 0;
  GeographicLib::Geodesic::WGS84().Inverse(lat_degrees(from), lng_degrees(from), lat_degrees(to),
                                           lng_degrees(to), metres, bearing, bearing_there);
  if (bearing < 0) bearing += 360;
  return bearing < 360 ? bearing : 0;  // a tiny negative angle rounds up to 360
}

PointE7 destination(PointE7 from, double bearing, double metres) {
  double lat = 0;
  double lng = 0;
  GeographicLib::Geodesic::WGS84().Direct(lat_degrees(from), lng_degrees(from), bearing, metres,
                                          lat, lng);
  check(std::isfinite(lat) && std::isfinite(lng), "a destination needs finite numbers");
  return rounded(lat, lng);
}

namespace detail {

Vec unit(PointE7 point) {
  const S2Point p = S2LatLng::FromE7(point.lat_e7, point.lng_e7).ToPoint();
  return {p.x(), p.y(), p.z()};
}

PointE7 to_point(const Vec& direction) {
  const S2LatLng at(S2Point(direction.x, direction.y, direction.z));
  return rounded(at.lat().degrees(), at.lng().degrees());
}

std::uint64_t leaf_cell(const Vec& direction) {
  return S2CellId(S2Point(direction.x, direction.y, direction.z)).id();
}

double ellipsoid_m(const Vec& a, const Vec& b) {
  const S2LatLng from(S2Point(a.x, a.y, a.z));
  const S2LatLng to(S2Point(b.x, b.y, b.z));
  return inverse_m(from.lat().degrees(), from.lng().degrees(), to.lat().degrees(),
                   to.lng().degrees());
}

}  // namespace detail
}  // namespace detente::geo
