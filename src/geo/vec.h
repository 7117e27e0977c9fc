// SPDX-License-Identifier: Apache-2.0
//
// Internal to geo: unit vectors, and how far the sphere and the ellipsoid can disagree.
#pragma once

#include <cmath>

#include "geo/geo.h"

namespace detente::geo::detail {

struct Vec {
  double x = 0;
  double y = 0;
  double z = 0;
};
inline Vec operator+(const Vec& a, const Vec& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vec operator-(const Vec& a, const Vec& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vec operator*(double k, const Vec& a) {
  return {k * a.x, k * a.y, k * a.z};
}
inline double dot(const Vec& a, const Vec& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vec cross(const Vec& a, const Vec& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double chord2(const Vec& a, const Vec& b) {
  const Vec d = a - b;
  return dot(d, d);
}
// The angle between two unit vectors, in radians; exact enough for angles of any size.
inline double angle(const Vec& a, const Vec& b) {
  const Vec c = cross(a, b);
  return std::atan2(std::sqrt(dot(c, c)), dot(a, b));
}
// The square of the chord that belongs to an angle.
inline double chord2_of(double radians) {
  const double half = std::sin(0.5 * std::fmin(radians, 3.14159265358979323846));
  return 4 * half * half;
}

// The mean radius of the earth.
inline constexpr double kRadiusM = 6'371'008.8;
// The length of any path on the ellipsoid lies between these multiples of its length on the
// sphere of that radius (latitudes and longitudes taken over unchanged): the extremes are the
// meridian at the equator, 6,335,439 m, and any direction at a pole, 6,399,594 m.
inline constexpr double kStretchMin = 0.9944;
inline constexpr double kStretchMax = 1.0045;
// A point this near to a boundary counts as on it; positions are rounded to 1.1 cm.
inline constexpr double kBoundaryM = 0.01;
inline constexpr double kBoundaryRadians = kBoundaryM / (kRadiusM * kStretchMin);

Vec unit(PointE7 point);  // the same rounding as S2
PointE7 to_point(const Vec& direction);
std::uint64_t leaf_cell(const Vec& direction);
// Metres on the ellipsoid between two directions.
double ellipsoid_m(const Vec& a, const Vec& b);

}  // namespace detente::geo::detail
