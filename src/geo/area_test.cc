// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/limits.h"
#include "geo/geo.h"

namespace detente::geo {
namespace {

using testing::HasSubstr;

PointE7 at(double lat, double lng) {
  auto point = point_from_degrees(lat, lng);
  EXPECT_TRUE(point) << point.error().text();
  return point.value_or(PointE7{});
}

Polygon polygon(const std::vector<std::pair<double, double>>& corners) {
  Polygon out;
  for (const auto& [lat, lng] : corners) out.vertices.push_back(at(lat, lng));
  return out;
}

Error refusal(Shape shape) {
  auto area = Area::make(std::move(shape));
  EXPECT_FALSE(area) << "an area was accepted";
  return area ? Error{} : area.error();
}

Area area_of(Shape shape) {
  auto area = Area::make(std::move(shape));
  EXPECT_TRUE(area) << area.error().text();
  return area ? *area : *Area::make(Circle{{0, 0}, 1});
}

TEST(Point, out_of_range_is_refused) {
  for (const auto& [lat, lng] : std::vector<std::pair<double, double>>{
           {90.1, 0}, {-90.0000001, 0}, {0, 180.1}, {0, -360}, {100, 200}, {181, 10}}) {
    const auto point = point_from_degrees(lat, lng);
    ASSERT_FALSE(point) << lat << " " << lng;
    EXPECT_TRUE(point.error().code == Errc::geo_out_of_range ||
                point.error().code == Errc::geo_swapped);
  }
  EXPECT_EQ(point_from_degrees(100, 200).error().code, Errc::geo_out_of_range);
  EXPECT_EQ(point_from_degrees(0, 180.1).error().code, Errc::geo_out_of_range);
}

TEST(Point, what_is_not_finite_is_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, infinite, -infinite}) {
    ASSERT_FALSE(point_from_degrees(bad, 0));
    EXPECT_EQ(point_from_degrees(bad, 0).error().code, Errc::geo_out_of_range);
    ASSERT_FALSE(point_from_degrees(0, bad));
    EXPECT_EQ(point_from_degrees(0, bad).error().code, Errc::geo_out_of_range);
  }
}

TEST(Point, a_latitude_that_only_fits_a_longitude_looks_swapped) {
  const auto point = point_from_degrees(137.1, 36.2);
  ASSERT_FALSE(point);
  EXPECT_EQ(point.error().code, Errc::geo_swapped);
  EXPECT_THAT(point.error().detail, HasSubstr("137.1"));
  EXPECT_EQ(validate(PointE7{1'371'000'000, 362'000'000}).error().code, Errc::geo_swapped);
}

TEST(Point, the_corners_of_the_range_are_points) {
  EXPECT_EQ(at(90, 180), (PointE7{900'000'000, 1'800'000'000}));
  EXPECT_EQ(at(-90, -180), (PointE7{-900'000'000, -1'800'000'000}));
  EXPECT_EQ(at(36.20000004, 37.15000006), (PointE7{362'000'000, 371'500'001}));
}

TEST(AreaRefusal, names_the_vertex_that_is_out_of_range) {
  Polygon bad = polygon({{1, 1}, {2, 1}, {2, 2}, {1, 2}});
  bad.vertices[3].lng_e7 = 1'800'000'001;
  const Error error = refusal(bad);
  EXPECT_EQ(error.code, Errc::geo_out_of_range);
  EXPECT_EQ(error.place, "polygon/3");
  EXPECT_EQ(refusal(Circle{{900'000'001, 1'700'000'000}, 1000}).place, "circle/center");
}

TEST(AreaRefusal, names_the_vertex_that_looks_swapped) {
  Polygon bad = polygon({{1, 1}, {2, 1}, {2, 2}});
  bad.vertices[1] = {1'200'000'000, 100'000'000};
  const Error error = refusal(bad);
  EXPECT_EQ(error.code, Errc::geo_swapped);
  EXPECT_EQ(error.place, "polygon/1");
}

TEST(AreaRefusal, fewer_than_three_vertices) {
  EXPECT_EQ(refusal(Polygon{}).code, Errc::geo_too_few_vertices);
  EXPECT_EQ(refusal(polygon({{1, 1}})).code, Errc::geo_too_few_vertices);
  EXPECT_EQ(refusal(polygon({{1, 1}, {2, 2}})).code, Errc::geo_too_few_vertices);
}

TEST(AreaRefusal, more_vertices_than_the_limit) {
  Polygon many;
  many.vertices.resize(limits::kPolygonVertices + 1);
  EXPECT_EQ(refusal(many).code, Errc::geo_too_many_vertices);
}

TEST(AreaRefusal, a_vertex_that_comes_twice) {
  const Error error = refusal(polygon({{1, 1}, {2, 1}, {2, 2}, {2, 1}, {1, 2}}));
  EXPECT_EQ(error.code, Errc::geo_self_crossing);
  EXPECT_EQ(error.place, "polygon/3");
  EXPECT_THAT(error.detail, HasSubstr("vertex 1"));
}

TEST(AreaRefusal, a_polygon_that_is_closed_by_hand_says_how_to_do_it) {
  const Error error = refusal(polygon({{1, 1}, {2, 1}, {2, 2}, {1, 1}}));
  EXPECT_EQ(error.code, Errc::geo_self_crossing);
  EXPECT_EQ(error.place, "polygon/3");
  EXPECT_THAT(error.detail, HasSubstr("leave it out"));
}

TEST(AreaRefusal, one_place_written_in_two_ways_comes_twice) {
  EXPECT_EQ(refusal(polygon({{90, 0}, {60, 10}, {90, 120}, {60, 30}})).code,
            Errc::geo_self_crossing);
  EXPECT_EQ(refusal(polygon({{10, 180}, {20, 170}, {10, -180}, {0, 170}})).code,
            Errc::geo_self_crossing);
}

TEST(AreaRefusal, all_vertices_on_one_line) {
  EXPECT_EQ(refusal(polygon({{0, 0}, {0, 1}, {0, 2}})).code, Errc::geo_degenerate);
  EXPECT_EQ(refusal(polygon({{10, 5}, {20, 5}, {12, 5}, {30, 5}})).code, Errc::geo_degenerate);
  // On a slanted geodesic, where rounding moves the points by some millimetres.
  const PointE7 start = at(36, 37);
  const PointE7 end = at(36.4, 37.7);
  const Area helper = area_of(polygon({{36, 37}, {36.4, 37.7}, {36.4, 37}}));
  const PointE7 between = helper.outline()[1];  // a point of the edge from start to end
  EXPECT_EQ(refusal(Polygon{{start, between, end}}).code, Errc::geo_degenerate);
}

TEST(AreaRefusal, edges_that_cross_are_named) {
  const Error bow_tie = refusal(polygon({{0, 0}, {1, 1}, {1, 0}, {0, 1}}));
  EXPECT_EQ(bow_tie.code, Errc::geo_self_crossing);
  EXPECT_EQ(bow_tie.place, "polygon/0");
  EXPECT_THAT(bow_tie.detail, HasSubstr("from vertex 0 to 1 crosses the edge from 2 to 3"));
}

TEST(AreaRefusal, a_crossing_among_thousands_of_vertices) {
  Polygon round;
  for (int i = 0; i < 10'000; ++i) {
    round.vertices.push_back(destination(at(48, 2), 360.0 * i / 10'000, 50'000));
  }
  ASSERT_TRUE(Area::make(round));
  std::swap(round.vertices[7'000], round.vertices[7'001]);
  EXPECT_EQ(refusal(round).code, Errc::geo_self_crossing);
}

TEST(AreaRefusal, a_spike_without_width) {
  const Error error = refusal(polygon({{0, 0}, {0, 10}, {0, 5}, {5, 5}}));
  EXPECT_EQ(error.code, Errc::geo_self_crossing);
  EXPECT_EQ(error.place, "polygon/1");
}

TEST(AreaRefusal, an_edge_between_opposite_points_is_unclear) {
  const Error error = refusal(polygon({{10, 20}, {50, 100}, {-50, -80}}));
  EXPECT_EQ(error.code, Errc::geo_ambiguous);
  EXPECT_EQ(error.place, "polygon/1");
  EXPECT_EQ(refusal(polygon({{90, 0}, {-90, 0}, {0, 20}})).code, Errc::geo_ambiguous);
}

TEST(AreaRefusal, as_large_as_a_hemisphere) {
  EXPECT_EQ(refusal(polygon({{0, 0}, {0, 120}, {0, -120}})).code, Errc::geo_too_large);
  EXPECT_EQ(refusal(polygon({{-5, 0}, {-5, 90}, {-5, 180}, {-5, -90}})).code, Errc::geo_too_large);
  EXPECT_EQ(refusal(polygon({{80, 0}, {-80, 10}, {0, 120}, {0, -120}})).code, Errc::geo_too_large);
}

TEST(AreaRefusal, circles_without_radius_or_with_too_much) {
  EXPECT_EQ(refusal(Circle{{0, 0}, 0}).code, Errc::geo_degenerate);
  EXPECT_EQ(refusal(Circle{{0, 0}, -5}).code, Errc::geo_degenerate);
  const Error error = refusal(Circle{{0, 0}, limits::kCircleRadiusMm + 1});
  EXPECT_EQ(error.code, Errc::geo_too_large);
  EXPECT_EQ(error.place, "circle/radius_mm");
  EXPECT_TRUE(Area::make(Circle{{0, 0}, limits::kCircleRadiusMm}));
}

TEST(Area, winding_is_free) {
  Polygon one = polygon({{35, 36}, {35, 37}, {36, 37}, {36, 36}});
  Polygon other = one;
  std::reverse(other.vertices.begin(), other.vertices.end());
  for (const Polygon& p : {one, other}) {
    const Area area = area_of(p);
    EXPECT_TRUE(area.contains(at(35.5, 36.5)));
    EXPECT_FALSE(area.contains(at(34.9, 36.5)));
    EXPECT_FALSE(area.contains(at(-35.5, -143.5)));
  }
}

TEST(Area, may_hold_a_pole) {
  for (const double sign : {1.0, -1.0}) {
    const Area cap =
        area_of(polygon({{sign * 80, 0}, {sign * 80, 90}, {sign * 80, 180}, {sign * 80, -90}}));
    EXPECT_TRUE(cap.contains(at(sign * 90, 0)));
    EXPECT_TRUE(cap.contains(at(sign * 90, 77)));
    EXPECT_TRUE(cap.contains(at(sign * 85, -45)));
    EXPECT_FALSE(cap.contains(at(sign * 70, 10)));
    EXPECT_FALSE(cap.contains(at(-sign * 85, 10)));
  }
}

TEST(Area, may_lie_on_the_antimeridian) {
  const Area area = area_of(polygon({{-10, 175}, {-10, -175}, {10, -175}, {10, 175}}));
  EXPECT_TRUE(area.contains(at(0, 180)));
  EXPECT_TRUE(area.contains(at(0, -180)));
  EXPECT_TRUE(area.contains(at(0, 179)));
  EXPECT_TRUE(area.contains(at(0, -179)));
  EXPECT_FALSE(area.contains(at(0, 170)));
  EXPECT_FALSE(area.contains(at(0, 0)));
}

TEST(Area, its_boundary_belongs_to_it) {
  const Polygon shape = polygon({{35, 36}, {35, 37}, {36, 37}, {36, 36}});
  const Area area = area_of(shape);
  for (const PointE7 vertex : shape.vertices) EXPECT_TRUE(area.contains(vertex));
  for (const PointE7 point : area.outline()) EXPECT_TRUE(area.contains(point));
  // Edges along a meridian are exact in E7.
  EXPECT_TRUE(area.contains(at(35.5, 36)));
  EXPECT_TRUE(area.contains(at(35.5, 37)));
  EXPECT_FALSE(area.contains(at(35.5, 35.9999995)));
  EXPECT_FALSE(area.contains(at(35.5, 37.0000005)));
}

TEST(Area, one_outline_for_drawing_with_short_edges) {
  const Area area = area_of(polygon({{60, -60}, {60, 0}, {70, -30}}));
  const auto outline = area.outline();
  EXPECT_GT(outline.size(), 100U);
  for (std::size_t i = 0; i < outline.size(); ++i) {
    EXPECT_LT(distance_m(outline[i], outline[(i + 1) % outline.size()]), 30'000);
  }
  EXPECT_EQ(area_of(Circle{at(36, 37), 5'000'000}).outline().size(), 64U);
}

// Cells of one size, as other systems use them, take tens of thousands for what an air force calls
// a small area: of level 13, about a square kilometre each.
TEST(Area, a_hundred_by_a_hundred_nautical_miles_are_tens_of_cells) {
  const double side_m = 100 * 1'852.0;
  const PointE7 corner = at(35, 36);
  const PointE7 east = destination(corner, 90, side_m);
  const Area area = area_of(
      Polygon{{corner, east, destination(east, 0, side_m), destination(corner, 0, side_m)}});
  const auto ranges = area.covering(64);
  EXPECT_LE(ranges.size(), 64U);
  EXPECT_GE(ranges.size(), 20U);
  double cells_of_level_13 = 0;
  for (const CellRange& range : ranges) {
    cells_of_level_13 += static_cast<double>(range.last - range.first + 2) / std::ldexp(1, 35);
  }
  EXPECT_GT(cells_of_level_13, 34'000);
  EXPECT_LT(cells_of_level_13, 51'000);
  // None of its points is lost.
  for (int row = 0; row <= 50; ++row) {
    const PointE7 start = destination(corner, 0, side_m * row / 50);
    for (int column = 0; column <= 50; ++column) {
      const PointE7 point = destination(start, 90, side_m * column / 50);
      if (!area.contains(point)) continue;
      const std::uint64_t leaf = leaf_cell(point);
      EXPECT_TRUE(std::any_of(ranges.begin(), ranges.end(), [&](const CellRange& range) {
        return range.first <= leaf && leaf <= range.last;
      }));
    }
  }
}

TEST(Area, a_box_of_directions_holds_the_area_and_what_is_around_it) {
  const std::vector<Area> areas = {
      area_of(Circle{at(90, 0), 50'000'000}),
      area_of(Circle{at(0, 180), 2'000'000'000}),
      area_of(Circle{at(-35, -135), 1'000}),
      area_of(polygon({{89, 0}, {89, 120}, {89, -120}})),
      area_of(polygon({{-1, 179}, {-1, -179}, {1, -179}, {1, 179}})),
      area_of(polygon({{60, -60}, {60, 0}, {70, -30}})),
      area_of(polygon({{35, 36}, {35, 36.0001}, {35.0001, 36}})),
  };
  for (const Area& area : areas) {
    for (const double metres : {0.0, 9'260.0, 300'000.0}) {
      const DirectionBox box = area.direction_box(metres);
      std::vector<PointE7> points = area.outline();
      points.push_back(area.middle());
      points.push_back(at(90, 0));
      points.push_back(at(-90, 0));
      for (const PointE7 start : std::vector<PointE7>(points)) {
        for (int bearing = 0; bearing < 360; bearing += 30) {
          points.push_back(destination(start, bearing, 0.9999 * metres));
        }
      }
      for (const PointE7 point : points) {
        if (area.distance_m(point) > metres) continue;
        const double lat = lat_degrees(point) * 3.14159265358979323846 / 180;
        const double lng = lng_degrees(point) * 3.14159265358979323846 / 180;
        const double direction[] = {std::cos(lat) * std::cos(lng), std::cos(lat) * std::sin(lng),
                                    std::sin(lat)};
        for (std::size_t k = 0; k < 3; ++k) {
          EXPECT_GE(direction[k], box.low[k]);
          EXPECT_LE(direction[k], box.high[k]);
        }
      }
    }
  }
  // And not much more: a kilometre is 1.6e-4.
  const DirectionBox small = areas[2].direction_box(1'000);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_LT(small.high[k] - small.low[k], 3.3e-4);
}

TEST(Area, its_middle_lies_in_it_even_if_it_is_bent) {
  // A horseshoe: the centroid lies outside.
  const Area bent =
      area_of(polygon({{0, 0}, {0, 10}, {10, 10}, {10, 8}, {1, 8}, {1, 2}, {10, 2}, {10, 0}}));
  EXPECT_TRUE(bent.contains(bent.middle()));
  const Area square = area_of(polygon({{35, 36}, {35, 37}, {36, 37}, {36, 36}}));
  EXPECT_LT(distance_m(square.middle(), at(35.5, 36.5)), 500);
}

}  // namespace
}  // namespace detente::geo
