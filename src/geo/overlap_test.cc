// SPDX-License-Identifier: Apache-2.0
//
// Known cases with numbers that can be checked by hand; then random pairs, whose regions are
// compared with the question asked point by point: is this point of the own area within reach of
// the other area? The inside of a ring is found by the angle by which it turns around the point.
#include "geo/overlap.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace detente::geo {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::int64_t kHourMs = 3'600'000;

PointE7 at(double lat, double lng) {
  return point_from_degrees(lat, lng).value();
}
Area circle(PointE7 center, double radius_m) {
  return Area::make(Circle{center, std::llround(radius_m * 1000)}).value();
}
Volume4 volume(Area area) {
  return {std::move(area), {1'000'000, 2'000'000, AltitudeReference::msl}, {{0}, {kHourMs}}};
}

using V = std::array<double, 3>;
V vector_of(PointE7 p) {
  const double lat = lat_degrees(p) * kPi / 180;
  const double lng = lng_degrees(p) * kPi / 180;
  return {std::cos(lat) * std::cos(lng), std::cos(lat) * std::sin(lng), std::sin(lat)};
}
double dot(const V& a, const V& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
V cross(const V& a, const V& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// How often the ring turns around the point: 1 inside of a counter-clockwise one.
double turns(const std::vector<PointE7>& ring, PointE7 point) {
  const V p = vector_of(point);
  double sum = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const V a = cross(p, vector_of(ring[i]));
    const V b = cross(p, vector_of(ring[(i + 1) % ring.size()]));
    sum += std::atan2(dot(p, cross(a, b)), dot(a, b));
  }
  return sum / (2 * kPi);
}
bool shown(const Overlap& overlap, PointE7 point) {
  return std::any_of(overlap.outlines.begin(), overlap.outlines.end(),
                     [&](const auto& ring) { return turns(ring, point) > 0.5; });
}
std::size_t vertices(const Overlap& overlap) {
  std::size_t count = 0;
  for (const auto& ring : overlap.outlines) count += ring.size();
  return count;
}

TEST(Overlap, ThereIsNoneWhereOneDimensionIsFarEnough) {
  const Volume4 own = volume(circle(at(36, 36), 1'000));
  const Separation separation{5'000'000, 300'000, 60'000};
  Volume4 other = volume(circle(at(36, 36), 1'000));
  EXPECT_TRUE(overlap(own, other, separation));
  other.area = circle(destination(at(36, 36), 90, 7'001), 1'000);
  EXPECT_FALSE(overlap(own, other, separation));
  other = volume(circle(at(36, 36), 1'000));
  other.altitude = {2'300'001, 3'000'000, AltitudeReference::msl};
  EXPECT_FALSE(overlap(own, other, separation));
  other = volume(circle(at(36, 36), 1'000));
  other.time = {{kHourMs + 60'000}, {2 * kHourMs}};
  EXPECT_FALSE(overlap(own, other, separation));
}

TEST(Overlap, TwoCirclesGiveTheLensBetweenThem) {
  // Radii 10 km, centres 22 km apart, 5 km of separation: the lens is 3 km wide on the line
  // between the centres, from 7 km to 10 km.
  const PointE7 center = at(36, 36);
  const Volume4 own = volume(circle(center, 10'000));
  const Volume4 other = volume(circle(destination(center, 90, 22'000), 10'000));
  const auto found = overlap(own, other, {5'000'000, 0, 0});
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->distance_m, 2'000, 0.05);
  EXPECT_NEAR(distance_m(center, found->own_point), 10'000, 0.05);
  EXPECT_NEAR(distance_m(found->own_point, found->other_point), 2'000, 0.05);
  EXPECT_TRUE(found->within_separation_only);
  ASSERT_EQ(found->outlines.size(), 1U);
  EXPECT_TRUE(shown(*found, destination(center, 90, 7'001)));
  EXPECT_TRUE(shown(*found, destination(center, 90, 9'999)));
  EXPECT_FALSE(shown(*found, destination(center, 90, 6'980)));
  EXPECT_FALSE(shown(*found, destination(center, 90, 10'010)));
  // Its corners: 10 km from the one centre, 15 km from the other, so 8.159 km along the line.
  const double north = std::sqrt(10'000.0 * 10'000 - 8'159.1 * 8'159.1);
  const PointE7 corner = destination(destination(center, 90, 8'159.1), 0, north);
  EXPECT_TRUE(shown(*found, destination(corner, 180, 50)));
  EXPECT_FALSE(shown(*found, destination(corner, 0, 50)));
}

TEST(Overlap, HeightsAndTimesAreThoseOfTheOwnVolumeWithinReachOfTheOther) {
  const Volume4 own = volume(circle(at(36, 36), 1'000));
  Volume4 other = volume(circle(at(36, 36), 1'000));
  other.altitude = {2'200'000, 3'000'000, AltitudeReference::msl};
  other.time = {{kHourMs / 2}, {3 * kHourMs}};
  const auto found = overlap(own, other, {0, 304'800, 60'000});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->altitude, (AltitudeBand{1'895'200, 2'000'000, AltitudeReference::msl}));
  EXPECT_EQ(found->time, (TimeSpan{{kHourMs / 2 - 60'000}, {kHourMs}}));
  EXPECT_TRUE(found->within_separation_only);
  EXPECT_EQ(found->distance_m, 0);
  EXPECT_EQ(found->own_point, found->other_point);
  // What the references may differ by is added: 600 m between pressure altitude and the others.
  other.altitude.reference = AltitudeReference::standard_pressure;
  const auto mixed = overlap(own, other, {0, 304'800, 60'000});
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->altitude, (AltitudeBand{1'295'200, 2'000'000, AltitudeReference::msl}));
  EXPECT_FALSE(mixed->within_separation_only);
  // A band without height stays one.
  Volume4 flat = own;
  flat.altitude = {1'500'000, 1'500'000, AltitudeReference::msl};
  const auto level = overlap(flat, own, {});
  ASSERT_TRUE(level);
  EXPECT_EQ(level->altitude, flat.altitude);
  EXPECT_FALSE(level->within_separation_only);
}

TEST(Overlap, AnAreaWithinTheOtherIsShownWhole) {
  const PointE7 center = at(36, 36);
  const Area wide = circle(center, 50'000);
  const PointE7 off = destination(center, 45, 20'000);
  const auto small = overlap(volume(circle(off, 500)), volume(wide), {});
  ASSERT_TRUE(small);
  EXPECT_TRUE(shown(*small, off));
  EXPECT_TRUE(shown(*small, destination(off, 200, 499.9)));
  EXPECT_FALSE(shown(*small, destination(off, 200, 502)));
  EXPECT_EQ(small->own_point, small->other_point);
  EXPECT_TRUE(wide.contains(small->own_point));
  // The other way round it is the small part of the wide one.
  const auto large = overlap(volume(wide), volume(circle(off, 500)), {1'000'000, 0, 0});
  ASSERT_TRUE(large);
  EXPECT_TRUE(shown(*large, destination(off, 10, 1'499)));
  EXPECT_FALSE(shown(*large, destination(off, 10, 1'510)));
}

TEST(Overlap, AreasThatTouchInOnePointStillHaveARegion) {
  const PointE7 corner = at(36, 36);
  const Area west =
      Area::make(Polygon{{corner, destination(corner, 250, 900), destination(corner, 290, 900)}})
          .value();
  const Area east =
      Area::make(Polygon{{corner, destination(corner, 70, 900), destination(corner, 110, 900)}})
          .value();
  const auto found = overlap(volume(west), volume(east), {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->distance_m, 0);
  ASSERT_FALSE(found->outlines.empty());
  EXPECT_LT(distance_m(found->outlines[0][0], corner), 2);
  EXPECT_LT(distance_m(found->own_point, corner), 0.05);
}

TEST(Overlap, PolesAndAntimeridianAreNoBorders) {
  const auto pole = overlap(volume(circle(at(89.95, 0), 20'000)),
                            volume(circle(at(89.95, 180), 20'000)), {1'000'000, 0, 0});
  ASSERT_TRUE(pole);
  EXPECT_TRUE(shown(*pole, at(90, 0)));
  EXPECT_EQ(pole->distance_m, 0);
  const Area box =
      Area::make(Polygon{{at(-1, 179), at(-1, -179), at(1, -179), at(1, 179)}}).value();
  const auto date_line =
      overlap(volume(box), volume(circle(at(0, 180), 10'000)), {5'000'000, 0, 0});
  ASSERT_TRUE(date_line);
  EXPECT_TRUE(shown(*date_line, at(0, 180)));
  EXPECT_TRUE(shown(*date_line, at(0, -179.87)));
  EXPECT_TRUE(shown(*date_line, at(0, 179.87)));
  EXPECT_FALSE(shown(*date_line, at(0, 179.86)));
  EXPECT_FALSE(shown(*date_line, at(0.14, 180)));
}

Polygon star(PointE7 center, double radius_m, std::size_t corners, double inner) {
  Polygon polygon;
  for (std::size_t i = 0; i < corners; ++i) {
    polygon.vertices.push_back(
        destination(center, 360.0 * static_cast<double>(i) / static_cast<double>(corners),
                    radius_m * (i % 2 == 0 ? 1 : inner)));
  }
  return polygon;
}

TEST(Overlap, TheLargestPolygonsAreDrawnWithFewVertices) {
  const PointE7 center = at(36, 36);
  const Volume4 rough = volume(Area::make(star(center, 50'000, 10'000, 0.98)).value());
  const Volume4 beside =
      volume(Area::make(star(destination(center, 90, 80'000), 50'000, 10'000, 0.98)).value());
  const auto found = overlap(rough, beside, {9'260'000, 0, 0});
  ASSERT_TRUE(found);
  EXPECT_GE(vertices(*found), 3U);
  EXPECT_LE(vertices(*found), limits::kOverlapVertices);
  EXPECT_TRUE(shown(*found, destination(center, 90, 48'000)));
  EXPECT_FALSE(shown(*found, center));
  const auto all = overlap(rough, rough, {});
  ASSERT_TRUE(all);
  EXPECT_LE(vertices(*all), limits::kOverlapVertices);
  for (const double bearing : {0.0, 17.0, 113.0, 299.0}) {
    EXPECT_TRUE(shown(*all, destination(center, bearing, 48'500)));
    EXPECT_FALSE(shown(*all, destination(center, bearing, 51'500)));
  }
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  PointE7 place() {
    const std::vector<PointE7> hard = {at(90, 0), at(-89.99, 10), at(0, 180), at(52, -179.9),
                                       at(0, 0)};
    if (below(2) == 0) return hard[below(hard.size())];
    return at(between(-89, 89), between(-180, 180));
  }
  // Radius around `size`.
  Area area(PointE7 center, double size) {
    const auto kind = below(4);
    if (kind == 0) return circle(center, size);
    if (kind == 1) {  // a sliver
      const double along = between(0, 360);
      const double width = size * std::pow(10, between(-3, -1)) + 0.1;
      return Area::make(
                 Polygon{{destination(center, along, size), destination(center, along + 90, width),
                          destination(center, along + 180, size),
                          destination(center, along - 90, width)}})
          .value();
    }
    return Area::make(star(center, size, 4 + 2 * below(12), between(0.3, 1))).value();
  }
  PointE7 around(PointE7 center, double metres) {
    return destination(center, between(0, 360), metres * std::sqrt(between(0, 1)));
  }

 private:
  std::mt19937_64 engine_;
};

// Points of the own area around its middle and around the nearest point, against their distance.
void expect_points_as_asked(Draw& draw, const Overlap& found, const Volume4& own,
                            const Volume4& other, double metres, double size,
                            double larger = 0.012) {
  for (int k = 0; k < 30; ++k) {
    const PointE7 near = k % 2 == 0 ? own.area.middle() : found.own_point;
    const PointE7 point = draw.around(near, size * std::pow(10, draw.between(-2, 0.1)));
    const double apart = other.area.distance_m(point);
    const bool inside = own.area.contains(point);
    const double room = 0.05 + larger * metres + 1e-3 * size;
    const bool clearly_inside = inside && own.area.contains(destination(point, 0, 0.03)) &&
                                own.area.contains(destination(point, 120, 0.03)) &&
                                own.area.contains(destination(point, 240, 0.03));
    if (clearly_inside && apart <= metres - 0.02) RC_ASSERT(shown(found, point));
    if (apart > metres + room + 0.5) RC_ASSERT(!shown(found, point));
    if (own.area.distance_m(point) > room + 0.5) RC_ASSERT(!shown(found, point));
  }
}

RC_GTEST_PROP(Overlap, IsThereExactlyWhereTheyConflictAndShowsThePointsWithinReach,
              (std::uint64_t seed)) {
  Draw draw(seed);
  for (int i = 0; i < 4; ++i) {
    const double size = std::pow(10, draw.between(0.5, 5.2));
    const PointE7 center = draw.place();
    const Volume4 own = volume(draw.area(draw.around(center, size), size));
    const double other_size = size * std::pow(10, draw.between(-1.5, 0.5));
    const Volume4 other =
        volume(draw.area(draw.around(center, 2 * size), std::max(1.0, other_size)));
    const double lateral_m = draw.below(4) == 0 ? 0 : size * draw.between(0, 1);
    const Separation separation{std::llround(lateral_m * 1000), 0, 0};
    const auto found = overlap(own, other, separation);
    RC_ASSERT(found.has_value() == conflict(own, other, separation));
    if (!found) continue;
    RC_ASSERT(!found->outlines.empty());
    RC_ASSERT(vertices(*found) <= limits::kOverlapVertices);
    for (const auto& ring : found->outlines) RC_ASSERT(ring.size() >= 3);
    RC_ASSERT(std::fabs(distance_m(found->own_point, found->other_point) - found->distance_m) <
              0.1 + 0.012 * found->distance_m);
    RC_ASSERT(own.area.distance_m(found->own_point) < 0.1 + 1e-4 * size);
    expect_points_as_asked(draw, *found, own, other, lateral_m, size);
  }
}

// Polygons of many vertices are grown in steps; the bound is a wider one.
RC_GTEST_PROP(Overlap, ShowsThePointsWithinReachOfPolygonsOfManyVertices, (std::uint64_t seed)) {
  Draw draw(seed);
  const double size = std::pow(10, draw.between(1.5, 5));
  const PointE7 center = draw.place();
  const Volume4 own = volume(draw.area(center, size));
  const auto corners = 300 + 2 * draw.below(400);
  const PointE7 there = draw.around(center, 2 * size);
  const double other_size = size * draw.between(0.2, 2);
  const Volume4 other =
      volume(Area::make(star(there, other_size, corners, draw.between(0.3, 1))).value());
  const double lateral_m = size * draw.between(0, 1);
  const auto found = overlap(own, other, {std::llround(lateral_m * 1000), 0, 0});
  RC_ASSERT(found.has_value() == conflict(own, other, {std::llround(lateral_m * 1000), 0, 0}));
  RC_CLASSIFY(found.has_value(), "conflict");
  if (!found) return;
  RC_ASSERT(vertices(*found) <= limits::kOverlapVertices);
  expect_points_as_asked(draw, *found, own, other, lateral_m, size, 0.03);
}

}  // namespace
}  // namespace detente::geo
