// SPDX-License-Identifier: Apache-2.0
//
// Areas against slow computations that share nothing with them: plain vectors, winding angles,
// Vincenty's formula, and sampling.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "geo/geo.h"
#include "geo/testing_sphere.h"

namespace detente::geo {
namespace {

using namespace testing;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double between(double low, double high) {
    return low + (high - low) * std::uniform_real_distribution<double>(0, 1)(engine_);
  }
  int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  V direction() {
    const double z = between(-1, 1);
    const double angle = between(-kPi, kPi);
    const double r = std::sqrt(1 - z * z);
    return {r * std::cos(angle), r * std::sin(angle), z};
  }
  // A point at the given angle from the centre, in any direction.
  V away(const V& center, double angle, double azimuth) {
    const V axis = std::fabs(center[2]) < 0.9 ? V{0, 0, 1} : V{1, 0, 0};
    const V u = unit(cross(axis, center));
    const V v = cross(center, u);
    return std::cos(angle) * center +
           std::sin(angle) * (std::cos(azimuth) * u + std::sin(azimuth) * v);
  }
  // Where coordinates are difficult, half of the time.
  V center() {
    switch (whole(0, 7)) {
      case 0:
        return vector_of(
            {900'000'000 - whole(0, 20'000'000), whole(-1'800'000'000, 1'800'000'000)});
      case 1:
        return vector_of({-900'000'000 + whole(0, 20'000'000), 0});
      case 2:
        return vector_of({whole(-800'000'000, 800'000'000), 1'800'000'000 - whole(0, 9'000'000)});
      case 3:
        return vector_of({0, whole(-1'800'000'000, 1'800'000'000)});
      default:
        return direction();
    }
  }

 private:
  std::mt19937_64 engine_;
};

struct TestPolygon {
  Polygon shape;
  std::vector<V> ring;
  V center{};
  double radius = 0;  // radians, of the farthest vertex
};

// A star around its centre, so that its edges cannot cross; either winding.
TestPolygon random_polygon(Random& random, double radius_max) {
  TestPolygon out;
  out.center = random.center();
  out.radius = radius_max * std::pow(random.between(0.03, 1), 2);
  const int corners = random.whole(3, 40);
  const double turn = random.whole(0, 1) == 0 ? 1 : -1;
  for (int i = 0; i < corners; ++i) {
    const double azimuth = turn * 2 * kPi * (i + random.between(-0.2, 0.2)) / corners;
    const V corner = random.away(out.center, out.radius * random.between(0.3, 1), azimuth);
    out.shape.vertices.push_back(point_of(corner));
    out.ring.push_back(vector_of(out.shape.vertices.back()));
  }
  return out;
}

constexpr double kUnclearRadians = 3e-9;  // 2 cm: rounding and the boundary's own centimetre

TEST(AreaProperty, contains_is_what_the_winding_around_the_point_says) {
  Random random(11);
  int inside = 0;
  int near = 0;
  for (int n = 0; n < 600; ++n) {
    const TestPolygon polygon = random_polygon(random, n % 5 == 0 ? 1.2 : 0.05);
    const auto area = Area::make(polygon.shape);
    ASSERT_TRUE(area) << area.error().text();
    for (int k = 0; k < 40; ++k) {
      V p = random.away(polygon.center, polygon.radius * random.between(0, 1.3),
                        random.between(-kPi, kPi));
      if (k % 4 == 0) {  // near an edge: from a centimetre to a kilometre beside it
        const auto i =
            static_cast<std::size_t>(random.whole(0, static_cast<int>(polygon.ring.size()) - 1));
        const V& a = polygon.ring[i];
        const V& b = polygon.ring[(i + 1) % polygon.ring.size()];
        const double along = random.between(0, 1);
        p = unit((1 - along) * a + along * b +
                 std::pow(10, random.between(-8.5, -4)) * random.direction());
      }
      const PointE7 point = point_of(p);
      const V rounded = vector_of(point);
      if (angle_to_ring(rounded, polygon.ring) < kUnclearRadians) continue;
      const bool expected = std::fabs(turns(polygon.ring, rounded)) > 0.5;
      ASSERT_EQ(area->contains(point), expected)
          << "polygon " << n << " of " << polygon.ring.size() << " vertices, point " << point.lat_e7
          << " " << point.lng_e7;
      inside += expected ? 1 : 0;
      near += k % 4 == 0 ? 1 : 0;
    }
  }
  EXPECT_GT(inside, 3'000);
  EXPECT_GT(near, 5'000);
}

TEST(AreaProperty, what_is_on_an_edge_within_a_centimetre_belongs_to_the_area) {
  Random random(12);
  for (int n = 0; n < 300; ++n) {
    const TestPolygon polygon = random_polygon(random, n % 3 == 0 ? 1.2 : 0.02);
    const auto area = Area::make(polygon.shape);
    ASSERT_TRUE(area) << area.error().text();
    for (std::size_t i = 0; i < polygon.ring.size(); ++i) {
      EXPECT_TRUE(area->contains(polygon.shape.vertices[i]));
      const double along = random.between(0, 1);
      const PointE7 point = point_of(unit((1 - along) * polygon.ring[i] +
                                          along * polygon.ring[(i + 1) % polygon.ring.size()]));
      EXPECT_TRUE(area->contains(point));
    }
  }
}

TEST(AreaProperty, a_circle_ends_at_its_radius_on_the_ellipsoid) {
  Random random(13);
  int inside = 0;
  for (int n = 0; n < 400; ++n) {
    const PointE7 center = point_of(random.center());
    const double radius_m = std::pow(10, random.between(1, 6.25));
    const auto area =
        Area::make(Circle{center, static_cast<std::int64_t>(std::llround(radius_m * 1000))});
    ASSERT_TRUE(area) << area.error().text();
    for (int k = 0; k < 30; ++k) {
      const double at_m =
          radius_m * (k % 2 == 0 ? random.between(0, 1.5) : 1 + random.between(-0.006, 0.006));
      const PointE7 point =
          point_of(random.away(vector_of(center), at_m / 6'371'000.0, random.between(-kPi, kPi)));
      const double metres = vincenty_m(center, point);
      if (std::fabs(metres - radius_m) < 0.03) continue;
      ASSERT_EQ(area->contains(point), metres < radius_m) << metres << " of " << radius_m;
      EXPECT_NEAR(area->distance_m(point), std::max(0.0, metres - radius_m), 0.02);
      inside += metres < radius_m ? 1 : 0;
    }
  }
  EXPECT_GT(inside, 3'000);
}

TEST(AreaProperty, distances_between_points_are_those_of_vincenty_and_symmetric) {
  Random random(14);
  for (int n = 0; n < 3'000; ++n) {
    const V start = random.center();
    const PointE7 a = point_of(start);
    const PointE7 b = point_of(
        random.away(start, 3 * std::pow(10, random.between(-7, 0)), random.between(-kPi, kPi)));
    // Vincenty's formula does not converge near the opposite point.
    EXPECT_NEAR(distance_m(a, b), vincenty_m(a, b), 0.002);
    EXPECT_DOUBLE_EQ(distance_m(a, b), distance_m(b, a));
    const PointE7 back = destination(a, bearing_deg(a, b), distance_m(a, b));
    EXPECT_LT(distance_m(back, b), 0.02);
  }
}

// The distance by looking at many points of every edge.
double sampled_m(PointE7 p, const std::vector<V>& ring) {
  double least = 1e9;
  const V from = vector_of(p);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const V& a = ring[i];
    const V& b = ring[(i + 1) % ring.size()];
    if (angle_to_edge(from, a, b) * 6'335'000 > least) continue;
    double low = 0;
    double high = 1;
    // Ever finer around the best of the samples.
    for (int round = 0; round < 6; ++round) {
      const int steps = 20;
      double best = 1e9;
      double at = low;
      for (int k = 0; k <= steps; ++k) {
        const double t = low + (high - low) * k / steps;
        const double metres = vincenty_m(p, point_of(unit((1 - t) * a + t * b)));
        if (metres < best) {
          best = metres;
          at = t;
        }
      }
      least = std::min(least, best);
      const double width = (high - low) / steps;
      low = std::max(0.0, at - width);
      high = std::min(1.0, at + width);
    }
  }
  return least;
}

TEST(AreaProperty, the_distance_to_a_point_is_the_least_over_the_boundary) {
  Random random(15);
  for (int n = 0; n < 150; ++n) {
    const TestPolygon polygon = random_polygon(random, 0.03);
    const Area area = Area::make(polygon.shape).value();
    const PointE7 point = point_of(random.away(
        polygon.center, polygon.radius * random.between(1.05, 4), random.between(-kPi, kPi)));
    if (area.contains(point)) {
      EXPECT_EQ(area.distance_m(point), 0);
      continue;
    }
    const double expected = sampled_m(point, polygon.ring);
    EXPECT_NEAR(area.distance_m(point), expected, 0.03 + 1e-6 * expected);
  }
}

TEST(AreaProperty, the_distance_of_two_areas_is_symmetric_and_never_above_any_two_points) {
  Random random(16);
  int apart = 0;
  for (int n = 0; n < 400; ++n) {
    const TestPolygon one = random_polygon(random, 0.02);
    TestPolygon two = random_polygon(random, 0.02);
    const double gap = (one.radius + two.radius) * random.between(0.5, 2);
    const V center = random.away(one.center, gap, random.between(-kPi, kPi));
    Polygon moved;
    std::vector<V> ring;
    for (std::size_t i = 0; i < two.ring.size(); ++i) {
      const double azimuth =
          2 * kPi * static_cast<double>(i) / static_cast<double>(two.ring.size());
      moved.vertices.push_back(
          point_of(random.away(center, two.radius * random.between(0.3, 1), azimuth)));
      ring.push_back(vector_of(moved.vertices.back()));
    }
    const Area a = Area::make(one.shape).value();
    const Area b = Area::make(moved).value();
    const double metres = a.distance_m(b);
    EXPECT_NEAR(metres, b.distance_m(a), 1e-3 + 1e-9 * metres);
    double least = 1e9;
    for (const PointE7 p : one.shape.vertices) least = std::min(least, b.distance_m(p));
    for (const PointE7 p : moved.vertices) least = std::min(least, a.distance_m(p));
    EXPECT_LE(metres, least + 1e-3);
    // Areas that do not touch are closest at a vertex of one of them.
    if (metres > 1) {
      EXPECT_NEAR(metres, least, 0.02 + 1e-6 * metres);
      ++apart;
    }
    EXPECT_TRUE(a.within(b, metres));
    EXPECT_TRUE(a.maybe_within(b, metres));
    if (metres > 1) {
      EXPECT_FALSE(a.within(b, metres * 0.999 - 0.1));
      EXPECT_FALSE(a.maybe_within(b, metres * 0.999 - 0.1));
    }
  }
  EXPECT_GT(apart, 100);
}

TEST(AreaProperty, large_polygons_give_the_same_distance_as_small_ones_that_mark_the_same_edges) {
  // The same shape with many extra vertices on its edges takes the way with queries.
  const Polygon square{{{350'000'000, 360'000'000},
                        {350'000'000, 365'000'000},
                        {355'000'000, 365'000'000},
                        {355'000'000, 360'000'000}}};
  const Area small = Area::make(square).value();
  Polygon dense;
  for (std::size_t i = 0; i < 4; ++i) {
    const V a = vector_of(square.vertices[i]);
    const V b = vector_of(square.vertices[(i + 1) % 4]);
    for (int k = 0; k < 500; ++k) {
      const double t = k / 500.0;
      dense.vertices.push_back(point_of(unit((1 - t) * a + t * b)));
    }
  }
  const Area large = Area::make(dense).value();
  Random random(17);
  for (int n = 0; n < 60; ++n) {
    const PointE7 center{350'000'000 + random.whole(-9'000'000, 14'000'000),
                         360'000'000 + random.whole(-9'000'000, 14'000'000)};
    Polygon other;
    for (int i = 0; i < 200; ++i) {
      other.vertices.push_back(destination(center, 360.0 * i / 200, random.between(5'000, 5'200)));
    }
    const Area round = Area::make(other).value();
    EXPECT_NEAR(large.distance_m(round), small.distance_m(round), 0.05);
    EXPECT_NEAR(large.distance_m(center), small.distance_m(center), 0.05);
    EXPECT_EQ(large.contains(center), small.contains(center));
  }
}

TEST(AreaProperty, the_bounding_cap_holds_the_outline) {
  Random random(18);
  for (int n = 0; n < 200; ++n) {
    const TestPolygon polygon = random_polygon(random, 1.0);
    const Area area =
        n % 4 == 0
            ? Area::make(Circle{polygon.shape.vertices[0], random.whole(1, 2'000'000'000)}).value()
            : Area::make(polygon.shape).value();
    const BoundingCap cap = area.bounding_cap();
    for (const PointE7 point : area.outline()) {
      EXPECT_LE(distance_m(cap.center, point), cap.radius_m);
    }
  }
}

TEST(AreaProperty, a_covering_holds_every_point_and_its_inside_holds_no_other) {
  Random random(19);
  for (int n = 0; n < 200; ++n) {
    const TestPolygon polygon = random_polygon(random, n % 4 == 0 ? 1.0 : 0.03);
    const Area area =
        n % 3 == 0
            ? Area::make(Circle{point_of(polygon.center), random.whole(1'000, 2'000'000'000)})
                  .value()
            : Area::make(polygon.shape).value();
    const double inflate_m = n % 2 == 0 ? 0 : random.between(1, 50'000);
    const auto ranges = area.covering(random.whole(4, 200), inflate_m);
    const double reach = area.bounding_cap().radius_m / 6'371'000 + inflate_m / 6'371'000;
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      ASSERT_LT(ranges[i - 1].last, ranges[i].first);
    }
    for (int k = 0; k < 100; ++k) {
      const V p = random.away(vector_of(area.bounding_cap().center), reach * random.between(0, 1.1),
                              random.between(-kPi, kPi));
      const PointE7 point = point_of(p);
      const std::uint64_t leaf = leaf_cell(point);
      const auto after = std::upper_bound(
          ranges.begin(), ranges.end(), leaf,
          [](std::uint64_t id, const CellRange& range) { return id < range.first; });
      const bool covered = after != ranges.begin() && leaf <= (after - 1)->last;
      const bool surely = covered && (after - 1)->inside;
      if (area.distance_m(point) <= inflate_m) {
        ASSERT_TRUE(covered) << n;
      }
      if (surely) {
        ASSERT_EQ(inflate_m, 0);
        ASSERT_TRUE(area.contains(point)) << n;
      }
    }
  }
}

TEST(AreaIndex, finds_nothing_in_nothing) {
  const AreaIndex index({});
  std::vector<std::uint32_t> found;
  index.find({0, 0}, found);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(index.size(), 0U);
}

TEST(AreaIndex, appends_and_does_not_clear) {
  const AreaIndex index({Area::make(Circle{{0, 0}, 1'000'000}).value()});
  std::vector<std::uint32_t> found{7};
  index.find({0, 0}, found);
  EXPECT_EQ(found, (std::vector<std::uint32_t>{7, 0}));
}

void compare_index(const std::vector<Area>& areas, const std::vector<PointE7>& points, int cells) {
  const AreaIndex index(areas, cells);
  std::vector<std::uint32_t> found;
  for (const PointE7 point : points) {
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < areas.size(); ++i) {
      if (areas[i].contains(point)) expected.push_back(i);
    }
    found.clear();
    index.find(point, found);
    ASSERT_EQ(found, expected) << point.lat_e7 << " " << point.lng_e7 << " cells " << cells;
  }
}

TEST(AreaIndex, finds_what_asking_every_area_finds) {
  Random random(20);
  for (const int cells : {1, 8, 32, 200}) {
    std::vector<Area> areas;
    std::vector<PointE7> points;
    for (int n = 0; n < 150; ++n) {
      const TestPolygon polygon = random_polygon(random, n % 10 == 0 ? 1.2 : 0.1);
      if (n % 3 == 0) {
        areas.push_back(
            Area::make(Circle{point_of(polygon.center), random.whole(1'000, 900'000'000)}).value());
      } else {
        areas.push_back(Area::make(polygon.shape).value());
      }
      for (int k = 0; k < 10; ++k) points.push_back(point_of(random.center()));
      const auto outline = areas.back().outline();
      // On the boundary, and one step of the grid away from it.
      for (int k = 0; k < 10; ++k) {
        PointE7 edge = outline[static_cast<std::size_t>(
            random.whole(0, static_cast<int>(outline.size()) - 1))];
        points.push_back(edge);
        edge.lat_e7 = std::clamp(edge.lat_e7 + random.whole(-3, 3), -900'000'000, 900'000'000);
        points.push_back(edge);
      }
      for (int k = 0; k < 10; ++k) {
        points.push_back(point_of(random.away(
            polygon.center, polygon.radius * random.between(0, 1.2), random.between(-kPi, kPi))));
      }
    }
    compare_index(areas, points, cells);
  }
}

TEST(AreaIndex, many_areas_on_one_another_stay_small) {
  std::vector<Area> areas;
  areas.reserve(2'000);
  for (int i = 0; i < 2'000; ++i) {
    areas.push_back(Area::make(Circle{{360'000'000 + i, 370'000'000}, 20'000'000 + i}).value());
  }
  const AreaIndex index(areas);
  EXPECT_LT(index.bytes(), 8U << 20);
  std::vector<std::uint32_t> found;
  index.find({360'000'000, 370'000'000}, found);
  EXPECT_EQ(found.size(), areas.size());
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
}

RC_GTEST_PROP(AreaProperty, any_three_points_are_an_area_or_an_error_with_a_place, ()) {
  Polygon polygon;
  const auto count = *rc::gen::inRange(0, 9);
  const auto span = *rc::gen::element(3, 1'000, 1'000'000, 2'000'000'000);
  for (int i = 0; i < count; ++i) {
    polygon.vertices.push_back({*rc::gen::inRange(-span, span), *rc::gen::inRange(-span, span)});
  }
  const auto area = Area::make(polygon);
  if (area) {
    for (const PointE7 vertex : polygon.vertices) RC_ASSERT(area->contains(vertex));
    RC_ASSERT(area->outline().size() >= 3U);
    RC_ASSERT(area->distance_m(area->middle()) < 0.02);
  } else {
    RC_ASSERT(area.error().place.starts_with("polygon"));
  }
}

}  // namespace
}  // namespace detente::geo
