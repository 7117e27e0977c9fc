// SPDX-License-Identifier: Apache-2.0
#include "utm/coarsen.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace detente::utm {
namespace {

geo::Volume4 circle(double lat, double lng, double radius_m) {
  return {*geo::Area::make(geo::Circle{*geo::point_from_degrees(lat, lng),
                                       static_cast<std::int64_t>(radius_m * 1'000)}),
          {1'234'567, 2'345'678, geo::AltitudeReference::wgs84},
          {UtcMs{1'790'000'123'456}, UtcMs{1'790'003'123'456}}};
}

TEST(Coarsen, GivesRoundNumbersAndNoTraceOfTheExactPlace) {
  const geo::Volume4 a = coarsened(circle(36.21, 37.16, 900), {});
  const geo::Volume4 b = coarsened(circle(36.212, 37.165, 700), {});
  EXPECT_EQ(a.area.shape(), b.area.shape());
  const auto* shape = std::get_if<geo::Circle>(&a.area.shape());
  ASSERT_NE(shape, nullptr);
  EXPECT_EQ(shape->radius_mm % 5'000'000, 0);
  EXPECT_EQ(a.altitude, (geo::AltitudeBand{1'000'000, 2'500'000, geo::AltitudeReference::wgs84}));
  EXPECT_EQ(a.time.start.value % 900'000, 0);
  EXPECT_EQ(a.time.end.value % 900'000, 0);
}

TEST(Coarsen, AnotherReferenceOfAltitudeOnlyWidens) {
  geo::Volume4 volume = circle(36.21, 37.16, 900);
  volume.altitude.reference = geo::AltitudeReference::standard_pressure;
  const geo::Volume4 out = coarsened(volume, {});
  EXPECT_LE(out.altitude.lower_mm, 1'234'567 - 600'000);
  EXPECT_GE(out.altitude.upper_mm, 2'345'678 + 600'000);
}

RC_GTEST_PROP(CoarsenProperty, WhatComesOutHoldsWhatWentIn, ()) {
  const double lat = *rc::gen::inRange(-8'990, 8'990) / 100.0;
  const double lng = *rc::gen::inRange(-17'999, 17'999) / 100.0;
  const geo::Volume4 volume = circle(lat, lng, *rc::gen::inRange(1, 60'000));
  const Coarseness by{*rc::gen::element(100'000, 1'000'000, 20'000'000),
                      *rc::gen::element(1'000, 100'000, 3'000'000),
                      *rc::gen::element(1'000, 60'000, 3'600'000)};
  const geo::Volume4 out = coarsened(volume, by);
  for (const geo::PointE7 point : volume.area.outline()) RC_ASSERT(out.area.contains(point));
  RC_ASSERT(out.altitude.lower_mm <= volume.altitude.lower_mm);
  RC_ASSERT(volume.altitude.upper_mm <= out.altitude.upper_mm);
  RC_ASSERT(out.time.start <= volume.time.start);
  RC_ASSERT(volume.time.end <= out.time.end);
}

}  // namespace
}  // namespace detente::utm
