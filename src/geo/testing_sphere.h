// SPDX-License-Identifier: Apache-2.0
//
// For tests of geo: slow computations that share nothing with the code under test. Plain vectors,
// winding angles, Vincenty's formula.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "geo/geo.h"

namespace detente::geo::testing {

inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double kDegree = kPi / 180;

using V = std::array<double, 3>;
inline V operator-(const V& a, const V& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline V operator+(const V& a, const V& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
inline V operator*(double k, const V& a) {
  return {k * a[0], k * a[1], k * a[2]};
}
inline double dot(const V& a, const V& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline V cross(const V& a, const V& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
inline double norm(const V& a) {
  return std::sqrt(dot(a, a));
}
inline V unit(const V& a) {
  return (1 / norm(a)) * a;
}
inline V vector_of(PointE7 p) {
  const double lat = lat_degrees(p) * kDegree;
  const double lng = lng_degrees(p) * kDegree;
  return {std::cos(lat) * std::cos(lng), std::cos(lat) * std::sin(lng), std::sin(lat)};
}
inline PointE7 point_of(const V& v) {
  return point_from_degrees(std::atan2(v[2], std::hypot(v[0], v[1])) / kDegree,
                            std::atan2(v[1], v[0]) / kDegree)
      .value();
}

// The angle by which the ring turns around p, in turns: +-1 inside, 0 outside. Azimuths change
// along an edge by the angle between the planes through p and the edge's ends.
inline double turns(const std::vector<V>& ring, const V& p) {
  double sum = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const V a = cross(p, ring[i]);
    const V b = cross(p, ring[(i + 1) % ring.size()]);
    sum += std::atan2(dot(p, cross(a, b)), dot(a, b));
  }
  return sum / (2 * kPi);
}

inline double angle_to_edge(const V& p, const V& a, const V& b) {
  const V n = unit(cross(a, b));
  const V foot = unit(p - dot(p, n) * n);
  const bool between = dot(cross(a, foot), n) >= 0 && dot(cross(foot, b), n) >= 0;
  const auto angle = [](const V& x, const V& y) {
    return std::atan2(norm(cross(x, y)), dot(x, y));
  };
  if (between && dot(foot, a + b) > 0) return std::fabs(std::asin(dot(p, n)));
  return std::min(angle(p, a), angle(p, b));
}

inline double angle_to_ring(const V& p, const std::vector<V>& ring) {
  double least = 10;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    least = std::min(least, angle_to_edge(p, ring[i], ring[(i + 1) % ring.size()]));
  }
  return least;
}

// Vincenty's inverse formula (1975), WGS-84.
inline double vincenty_m(PointE7 from, PointE7 to) {
  if (from == to) return 0;
  constexpr double a = 6'378'137.0;
  constexpr double f = 1 / 298.257223563;
  constexpr double b = a * (1 - f);
  const double l = (lng_degrees(to) - lng_degrees(from)) * kDegree;
  const double u1 = std::atan((1 - f) * std::tan(lat_degrees(from) * kDegree));
  const double u2 = std::atan((1 - f) * std::tan(lat_degrees(to) * kDegree));
  double lambda = l;
  double sigma = 0;
  double sin_sigma = 0;
  double cos_sigma = 0;
  double cos2_alpha = 0;
  double cos_2m = 0;
  for (int i = 0; i < 100; ++i) {
    const double x = std::cos(u2) * std::sin(lambda);
    const double y = std::cos(u1) * std::sin(u2) - std::sin(u1) * std::cos(u2) * std::cos(lambda);
    sin_sigma = std::hypot(x, y);
    cos_sigma = std::sin(u1) * std::sin(u2) + std::cos(u1) * std::cos(u2) * std::cos(lambda);
    sigma = std::atan2(sin_sigma, cos_sigma);
    const double sin_alpha = std::cos(u1) * std::cos(u2) * std::sin(lambda) / sin_sigma;
    cos2_alpha = 1 - sin_alpha * sin_alpha;
    cos_2m = cos2_alpha > 0 ? cos_sigma - 2 * std::sin(u1) * std::sin(u2) / cos2_alpha : 0;
    const double c = f / 16 * cos2_alpha * (4 + f * (4 - 3 * cos2_alpha));
    const double before = lambda;
    lambda =
        l + (1 - c) * f * sin_alpha *
                (sigma + c * sin_sigma * (cos_2m + c * cos_sigma * (-1 + 2 * cos_2m * cos_2m)));
    if (std::fabs(lambda - before) < 1e-13) break;
  }
  const double u_2 = cos2_alpha * (a * a - b * b) / (b * b);
  const double big_a = 1 + u_2 / 16384 * (4096 + u_2 * (-768 + u_2 * (320 - 175 * u_2)));
  const double big_b = u_2 / 1024 * (256 + u_2 * (-128 + u_2 * (74 - 47 * u_2)));
  const double d_sigma = big_b * sin_sigma *
                         (cos_2m + big_b / 4 *
                                       (cos_sigma * (-1 + 2 * cos_2m * cos_2m) -
                                        big_b / 6 * cos_2m * (-3 + 4 * sin_sigma * sin_sigma) *
                                            (-3 + 4 * cos_2m * cos_2m)));
  return b * big_a * (sigma - d_sigma);
}

}  // namespace detente::geo::testing
