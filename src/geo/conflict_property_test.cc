// SPDX-License-Identifier: Apache-2.0
//
// geo::conflict against a slow computation of its own: winding angles and triple products say
// whether two areas meet; otherwise two polygons are nearest at a corner of one of them, and the
// distance from a corner to an edge is searched along the edge by Vincenty's formula. Pairs are
// drawn so that about half are near the limit, and many within centimetres of it: what is nearer
// than the separation must conflict, what is farther by more than 6 cm and 3e-5 (of the distance
// and the circles' radii) must not.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "geo/geo.h"
#include "geo/testing_sphere.h"

namespace detente::geo {
namespace {

using namespace testing;

constexpr double kMeanRadiusM = 6'371'008.8;
// Lengths on the ellipsoid and on that sphere differ by no more than this.
constexpr double kStretch = 1.0057;
constexpr double kFarM = 1e9;

// One area as the slow computation sees it: a ring, or a point with a radius.
struct Plain {
  std::vector<V> ring;
  double radius_m = 0;
};

Plain plain(const Area& area) {
  if (const auto* circle = std::get_if<Circle>(&area.shape())) {
    return {{vector_of(circle->center)}, static_cast<double>(circle->radius_mm) / 1'000};
  }
  Plain out;
  for (const PointE7 p : std::get<Polygon>(area.shape()).vertices) out.ring.push_back(vector_of(p));
  return out;
}

bool holds(const Plain& polygon, const V& point) {
  return polygon.ring.size() > 1 && std::fabs(turns(polygon.ring, point)) > 0.5;
}

bool edges_cross(const V& a, const V& b, const V& c, const V& d) {
  const V ab = cross(a, b);
  const V cd = cross(c, d);
  const double c_side = dot(ab, c);
  const double d_side = dot(ab, d);
  const double a_side = dot(cd, a);
  const double b_side = dot(cd, b);
  if (c_side * d_side >= 0 || a_side * b_side >= 0) return false;
  const V meeting = cross(ab, cd);  // or its opposite
  const V middle = (a + b) + (c + d);
  const V towards = dot(meeting, middle) < 0 ? -1 * meeting : meeting;
  // Both edges are shorter than half of the earth, so the crossing is on their side.
  return dot(towards, a + b) > 0 && dot(towards, c + d) > 0;
}

bool meet(const Plain& a, const Plain& b) {
  if (holds(a, b.ring.front()) || holds(b, a.ring.front())) return true;
  if (a.ring.size() == 1 || b.ring.size() == 1) return false;
  for (std::size_t i = 0; i < a.ring.size(); ++i) {
    for (std::size_t j = 0; j < b.ring.size(); ++j) {
      if (edges_cross(a.ring[i], a.ring[(i + 1) % a.ring.size()], b.ring[j],
                      b.ring[(j + 1) % b.ring.size()])) {
        return true;
      }
    }
  }
  return false;
}

// The least distance from p to the edge, searched in ever smaller steps.
double searched_m(const V& p, const V& a, const V& b) {
  const PointE7 from = point_of(p);
  const auto metres_at = [&](double t) {
    return vincenty_m(from, point_of(unit((1 - t) * a + t * b)));
  };
  double low = 0;
  double high = 1;
  double least = std::min(metres_at(0), metres_at(1));
  for (int round = 0; round < 40 && high - low > 1e-10; ++round) {
    const double one = low + 0.382 * (high - low);
    const double two = low + 0.618 * (high - low);
    const double first = metres_at(one);
    const double second = metres_at(two);
    least = std::min({least, first, second});
    (first < second ? high : low) = first < second ? two : one;
  }
  return least;
}

// Metres between the boundaries or points; kFarM where it is surely more than `most`.
double boundary_m(const Plain& a, const Plain& b, double most) {
  struct Pair {
    double sphere_m;
    V p, from, to;
  };
  std::vector<Pair> pairs;
  double nearest = kFarM;
  const auto look = [&](const Plain& corners, const Plain& edges) {
    for (const V& p : corners.ring) {
      for (std::size_t i = 0; i < edges.ring.size(); ++i) {
        const V& from = edges.ring[i];
        const V& to = edges.ring[(i + 1) % edges.ring.size()];
        const double radians = edges.ring.size() == 1
                                   ? std::atan2(norm(cross(p, from)), dot(p, from))
                                   : angle_to_edge(p, from, to);
        pairs.push_back({radians * kMeanRadiusM, p, from, to});
        nearest = std::min(nearest, pairs.back().sphere_m);
      }
    }
  };
  look(a, b);
  look(b, a);
  if (nearest > most * kStretch + 1) return kFarM;
  double least = kFarM;
  for (const Pair& pair : pairs) {
    if (pair.sphere_m > nearest * kStretch * kStretch + 0.01) continue;
    const bool point = norm(pair.from - pair.to) <= 0;
    least = std::min(least, point ? vincenty_m(point_of(pair.p), point_of(pair.from))
                                  : searched_m(pair.p, pair.from, pair.to));
  }
  return least;
}

double plain_distance_m(const Plain& a, const Plain& b, double most) {
  if (meet(a, b)) return 0;
  const double radii = a.radius_m + b.radius_m;
  return std::max(0.0, boundary_m(a, b, most + radii) - radii);
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  PointE7 place() {
    switch (below(8)) {
      case 0:
        return {900'000'000 - static_cast<std::int32_t>(below(3) * below(1'000'000)), 7};
      case 1:
        return {-900'000'000 + static_cast<std::int32_t>(below(20'000'000)), 1'200'000'000};
      case 2:
        return {static_cast<std::int32_t>(below(1'600'000'000)) - 800'000'000, 1'800'000'000};
      case 3:  // where an octant of a map begins
        return {0, static_cast<std::int32_t>(below(4)) * 450'000'000};
      default:
        return point_from_degrees(between(-89, 89), between(-180, 180)).value();
    }
  }
  PointE7 around(PointE7 center, double metres) {
    return destination(center, between(0, 360), metres * between(0, 1));
  }
  // Nothing where the corners do not make an area, as with two in one place.
  std::optional<Area> area(PointE7 center, double size) {
    const auto kind = below(5);
    Shape shape = Circle{center, std::max<std::int64_t>(1, std::llround(size * 1'000))};
    if (kind == 1) {  // a sliver, as thin as 3 cm
      const double along = between(0, 360);
      const double width = std::max(0.03, size * std::pow(10, between(-5, -1)));
      shape = Polygon{{destination(center, along, size), destination(center, along + 90, width),
                       destination(center, along + 180, size)}};
    } else if (kind > 1) {
      Polygon star;
      const auto corners = 3 + static_cast<int>(below(kind == 4 ? 3 : 10));
      const double inner = kind == 2 ? 1 : between(0.2, 1);
      for (int i = 0; i < corners; ++i) {
        star.vertices.push_back(
            destination(center, 360.0 * i / corners, size * (i % 2 == 0 ? 1 : inner)));
      }
      shape = std::move(star);
    }
    auto made = Area::make(std::move(shape));
    if (!made) return std::nullopt;
    return *made;
  }

 private:
  std::mt19937_64 engine_;
};

std::string describe(const Area& area) {
  JsonWriter out;
  write_area(out, area);
  return out.take();
}

struct Count {
  int pairs = 0;
  int met = 0;
  int near_limit = 0;
};

// By one pair of areas, four separations: some drawn, some at the distance itself.
void compare_laterally(Draw& draw, Count& count) {
  const double size = std::pow(10, draw.between(0, draw.below(6) == 0 ? 6.25 : 4.7));
  const PointE7 place = draw.place();
  const auto one = draw.area(draw.around(place, size), size);
  const double other_size = std::clamp(size * std::pow(10, draw.between(-2, 0.5)), 0.5, 1.8e6);
  const auto two = draw.area(draw.around(place, 1.5 * (size + other_size)), other_size);
  if (!one || !two) return;
  const AltitudeBand band{0, 0, AltitudeReference::msl};  // bands without height may touch
  const Volume4 a{*one, band, {{0}, {1}}};
  const Volume4 b{*two, band, {{0}, {1}}};
  const double drawn_m = draw.below(3) == 0 ? 0 : size * draw.between(0, 2);
  const double metres = plain_distance_m(plain(*one), plain(*two), 6 * (size + other_size));
  const double room_m = 0.06 + 3e-5 * (metres + plain(*one).radius_m + plain(*two).radius_m);
  const double off_m = std::pow(10, draw.between(-3, 1));
  for (const double lateral_m :
       {drawn_m, metres + 0.011, metres + off_m, metres - off_m - room_m}) {
    if (lateral_m < 0 || metres >= kFarM) continue;
    const Separation separation{std::llround(lateral_m * 1'000), 0, 0};
    const double asked_m = static_cast<double>(separation.lateral_mm) / 1'000;
    const bool found = conflict(a, b, separation);
    RC_ASSERT(found == conflict(b, a, separation));
    ++count.pairs;
    count.met += found ? 1 : 0;
    count.near_limit += std::fabs(asked_m - metres) < 0.001 * metres + 1 ? 1 : 0;
    const bool must = metres + 0.01 <= asked_m;
    const bool must_not = metres - room_m > asked_m;
    if ((must && !found) || (must_not && found)) {
      RC_LOG() << describe(*one) << "\n"
               << describe(*two) << "\n"
               << metres << " m apart, asked for " << asked_m << " m, Area::distance_m says "
               << one->distance_m(*two) << "\n";
      RC_FAIL("conflict does not agree with the slow distance");
    }
  }
}

RC_GTEST_PROP(ConflictProperty, AreasConflictLaterallyAsTheSlowDistanceSays, (std::uint64_t seed)) {
  Draw draw(seed);
  Count count;
  for (int i = 0; i < 600; ++i) compare_laterally(draw, count);
  // About 200,000 comparisons in all; the draws must reach both sides of the limit.
  RC_ASSERT(count.pairs > 1'200);
  RC_ASSERT(count.met > 300);
  RC_ASSERT(count.pairs - count.met > 300);
  RC_ASSERT(count.near_limit > 300);
}

// Heights and times by their definition, in whole numbers.
bool heights_meet(const AltitudeBand& a, const AltitudeBand& b, std::int64_t vertical_mm) {
  std::int64_t room = vertical_mm;
  if (a.reference != b.reference) {
    const bool pressure = a.reference == AltitudeReference::standard_pressure ||
                          b.reference == AltitudeReference::standard_pressure;
    room += pressure ? 600'000 : 107'000;
  }
  return a.lower_mm <= b.upper_mm + room && b.lower_mm <= a.upper_mm + room;
}
bool times_meet(const TimeSpan& a, const TimeSpan& b, std::int64_t time_ms) {
  // Half-open: an end that is only reached does not count.
  return a.start.value - time_ms < b.end.value && b.start.value - time_ms < a.end.value;
}

RC_GTEST_PROP(ConflictProperty, HeightsOfAllReferencesAndTimesConflictByTheirDefinition,
              (std::uint64_t seed)) {
  Draw draw(seed);
  const Area here = Area::make(Circle{{360'000'000, 370'000'000}, 1'000}).value();
  const auto volume = [&] {
    // Few values, so that touching is common; one band in three has no height.
    const std::int64_t floor = static_cast<std::int64_t>(draw.below(16)) * 100'000 +
                               static_cast<std::int64_t>(draw.below(3)) * 3'500;
    const std::int64_t height = static_cast<std::int64_t>(draw.below(3)) * 100'000;
    const std::int64_t start = static_cast<std::int64_t>(draw.below(30)) * 1'000;
    const std::int64_t length = 1 + static_cast<std::int64_t>(draw.below(10)) * 999;
    return Volume4{here,
                   {floor, floor + height, static_cast<AltitudeReference>(draw.below(3))},
                   {{start}, {start + length}}};
  };
  for (int i = 0; i < 2'000; ++i) {
    const Volume4 a = volume();
    const Volume4 b = volume();
    const Separation separation{0, static_cast<std::int64_t>(draw.below(4)) * 100'000,
                                static_cast<std::int64_t>(draw.below(3)) * 1'000};
    const bool expected = heights_meet(a.altitude, b.altitude, separation.vertical_mm) &&
                          times_meet(a.time, b.time, separation.time_ms);
    RC_ASSERT(conflict(a, b, separation) == expected);
    RC_ASSERT(conflict(b, a, separation) == expected);
  }
}

}  // namespace
}  // namespace detente::geo
