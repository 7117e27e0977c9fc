// SPDX-License-Identifier: Apache-2.0
// Method: GeographicLib's polygons on the ellipsoid as the reference for one area, the counting of
// grid points for unions. Never less than the reference, at most 1 percent more.
#include <gtest/gtest.h>

#include <GeographicLib/Geodesic.hpp>
#include <GeographicLib/PolygonArea.hpp>
#include <cmath>
#include <random>

#include "geo/geo.h"

namespace detente::geo {
namespace {

PointE7 at(double lat, double lng) {
  return point_from_degrees(lat, lng).value();
}
Area circle(double lat, double lng, double radius_m) {
  return Area::make(Circle{at(lat, lng), std::llround(radius_m * 1'000)}).value();
}
Area polygon(const std::vector<std::pair<double, double>>& corners) {
  Polygon out;
  for (const auto& [lat, lng] : corners) out.vertices.push_back(at(lat, lng));
  return Area::make(out).value();
}
Area rectangle(double south, double west, double north, double east) {
  return polygon({{south, west}, {south, east}, {north, east}, {north, west}});
}
double km2(const std::vector<Area>& areas) {
  return area_km2(areas);
}

// Edges of the reference are geodesics of the ellipsoid; of polygons of this size that makes less
// than 1e-5 of the area.
double reference_km2(const Area& area) {
  GeographicLib::PolygonArea sum(GeographicLib::Geodesic::WGS84());
  for (const PointE7 p : std::get<Polygon>(area.shape()).vertices) {
    sum.AddPoint(lat_degrees(p), lng_degrees(p));
  }
  double perimeter = 0;
  double metres2 = 0;
  sum.Compute(false, true, perimeter, metres2);
  return std::fabs(metres2) / 1e6;
}

// Points of a grid that lie in one of the areas, for areas within `half` degrees of a place.
double counted_km2(const std::vector<Area>& areas, double lat, double lng, double half) {
  constexpr int kSteps = 600;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double south = lat - half + 2 * half * i / kSteps;
    const double step = 2 * half / kSteps;
    const double cell = reference_km2(rectangle(south, lng, south + step, lng + step));
    for (int k = 0; k < kSteps; ++k) {
      const PointE7 p = at(south + step / 2, lng - half + step * (k + 0.5));
      for (const Area& area : areas) {
        if (!area.contains(p)) continue;
        sum += cell;
        break;
      }
    }
  }
  return sum;
}

void expect_near_above(double found, double reference) {
  EXPECT_GE(found, reference * (1 - 1e-5));
  EXPECT_LE(found, reference * 1.01);
}

TEST(AreaSize, nothing_has_no_size) {
  EXPECT_EQ(km2({}), 0);
}

TEST(AreaSize, a_polygon_is_never_too_small) {
  std::mt19937_64 random(20'260'101);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int i = 0; i < 300; ++i) {
    const double lat = -85 + 170 * unit(random);
    const double lng = -180 + 360 * unit(random);
    const double radius = std::pow(10, 1 + 4 * unit(random));
    std::vector<std::pair<double, double>> corners;
    const int count = 3 + static_cast<int>(9 * unit(random));
    for (int k = 0; k < count; ++k) {
      const double bearing = 360 * (k + 0.8 * unit(random)) / count;
      const PointE7 p = destination(at(lat, lng), bearing, radius * (0.4 + 0.6 * unit(random)));
      corners.emplace_back(lat_degrees(p), lng_degrees(p));
    }
    const Area area = polygon(corners);
    const double reference = reference_km2(area);
    EXPECT_GE(km2({area}), reference * (1 - 1e-5) - 1e-9) << lat << " " << lng << " " << radius;
    EXPECT_LE(km2({area}), reference * 1.01 + 1e-5) << lat << " " << lng << " " << radius;
  }
}

TEST(AreaSize, a_square_degree_is_as_large_as_the_books_say) {
  EXPECT_NEAR(km2({rectangle(0, 10, 1, 11)}), 12'309, 13);
  EXPECT_NEAR(km2({rectangle(45, 10, 46, 11)}), 8'687, 20);
  EXPECT_NEAR(km2({rectangle(-1, 179.5, 0, -179.5)}), 12'309, 13);
}

TEST(AreaSize, a_pole_is_a_place_like_others) {
  const Area cap = polygon({{89, 0}, {89, 90}, {89, 180}, {89, -90}});
  expect_near_above(km2({cap}), reference_km2(cap));
}

TEST(AreaSize, a_circle_counts) {
  expect_near_above(km2({circle(52, 4, 28'210)}), 2'500.1);
  expect_near_above(km2({circle(0, 0, 1)}), 3.14159e-6);
  expect_near_above(km2({circle(90, 0, 50'000)}), 7'853.9);
}

TEST(AreaSize, what_overlaps_counts_once) {
  const Area a = circle(47, 8, 10'000);
  expect_near_above(km2({a, a, a}), km2({a}));
  expect_near_above(km2({a, circle(47, 8, 5'000)}), km2({a}));
  const Area left = rectangle(47, 8, 47.5, 8.5);
  expect_near_above(km2({left, rectangle(47, 8.25, 47.5, 8.75)}), 1.5 * km2({left}) / (1 + 1e-3));
  expect_near_above(km2({left, rectangle(47, 8.5, 47.5, 9)}), 2 * reference_km2(left));
}

TEST(AreaSize, what_lies_apart_is_added) {
  const Area a = circle(47, 8, 10'000);
  const Area b = rectangle(-10, 170, -9.9, 170.1);
  EXPECT_DOUBLE_EQ(km2({a, b}), km2({a}) + km2({b}));
}

TEST(AreaSize, a_hole_does_not_count) {
  const std::vector<Area> frame = {rectangle(10, 10, 10.1, 10.5), rectangle(10.4, 10, 10.5, 10.5),
                                   rectangle(10, 10, 10.5, 10.1), rectangle(10, 10.4, 10.5, 10.5)};
  const double whole = reference_km2(rectangle(10, 10, 10.5, 10.5));
  expect_near_above(km2(frame), whole * 0.64 * 0.9995);
}

TEST(AreaSize, a_union_is_what_a_grid_counts) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> unit(-1, 1);
  std::vector<Area> areas;
  for (int i = 0; i < 40; ++i) {
    const double lat = 60 + 0.2 * unit(random);
    const double lng = 25 + 0.2 * unit(random);
    const double size = 0.02 + 0.02 * std::fabs(unit(random));
    if (i % 2 == 0) {
      areas.push_back(circle(lat, lng, 60'000 * size));
    } else {
      areas.push_back(polygon({{lat, lng}, {lat + size, lng + size}, {lat + 2 * size, lng}}));
    }
  }
  const double counted = counted_km2(areas, 60, 25, 0.35);
  EXPECT_GE(km2(areas), counted * 0.998);  // the grid itself errs by less than 0.2 percent
  EXPECT_LE(km2(areas), counted * 1.012);
}

TEST(AreaSize, the_order_does_not_matter) {
  std::vector<Area> areas;
  for (int i = 0; i < 9; ++i) areas.push_back(circle(10 + 0.01 * i, 20, 1'500));
  const double forward = km2(areas);
  std::reverse(areas.begin(), areas.end());
  EXPECT_NEAR(km2(areas), forward, forward * 1e-6);
}

// Two combs, teeth across teeth: a quarter of a million crossings.
TEST(AreaSize, shapes_made_to_cost_time_are_counted_one_by_one) {
  const auto comb = [](bool across) {
    std::vector<std::pair<double, double>> corners;
    for (int i = 0; i < 500; ++i) {
      const double along = 0.001 * i;
      for (const auto& [far, step] : {std::pair(0.5, 0.0), std::pair(0.5, 0.0004),
                                      std::pair(0.01, 0.0005), std::pair(0.01, 0.0009)}) {
        corners.emplace_back(across ? far : along + step, across ? along + step : far);
      }
    }
    corners.emplace_back(across ? 0 : 0.5, across ? 0.5 : 0);
    corners.emplace_back(0, 0);
    return polygon(corners);
  };
  const Area a = comb(false);
  const Area b = comb(true);
  EXPECT_DOUBLE_EQ(km2({a, b}), km2({a}) + km2({b}));
}

}  // namespace
}  // namespace detente::geo
