// SPDX-License-Identifier: Apache-2.0
// Method: refusals, then the arithmetic of cells. That a covering holds its grown area is asked in
// src/checks, by a checker that shares nothing with it.
#include "geo/cells.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"

namespace detente::geo {
namespace {

constexpr std::array<int, 3> kLevels = {8, 10, 12};

Area circle(std::int32_t lat_e7, std::int32_t lng_e7, std::int64_t radius_mm) {
  return Area::make(Circle{{lat_e7, lng_e7}, radius_mm}).value();
}

TEST(CoverAtLevels, RefusesWhatIsTooWideForItsCoarsestLevel) {
  const auto wide = cover_at_levels(circle(0, 0, 1'000'000'000), 0, kLevels, 24);
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code, Errc::cover_too_many);
}

TEST(CoverAtLevels, UsesItsLevelsOnlyAndKeepsToTheAim) {
  for (const int aim : {1, 4, 16, 64}) {
    const auto cells = cover_at_levels(circle(515'000'000, 0, 25'000'000), 4'630, kLevels, aim);
    ASSERT_TRUE(cells);
    const auto coarse =
        cover_at_levels(circle(515'000'000, 0, 25'000'000), 4'630, std::span(kLevels).first(1), 1);
    EXPECT_LE(cells->size(), std::max<std::size_t>(static_cast<std::size_t>(aim), coarse->size()));
    EXPECT_TRUE(std::is_sorted(cells->begin(), cells->end()));
    for (const std::uint64_t cell : *cells) {
      EXPECT_TRUE(std::count(kLevels.begin(), kLevels.end(), cell_level(cell)));
      EXPECT_EQ(std::count_if(cells->begin(), cells->end(),
                              [&](std::uint64_t other) { return cell_holds(cell, other); }),
                1);
    }
  }
}

TEST(CoverAtLevels, IsTheSameForTheSameInput) {
  const Area area = circle(-900'000'000, 0, 5'000'000);
  EXPECT_EQ(cover_at_levels(area, 100, kLevels, 24).value(),
            cover_at_levels(area, 100, kLevels, 24).value());
}

TEST(Cells, HaveLevelsParentsAndChildren) {
  EXPECT_EQ(cell_level(0), -1);
  EXPECT_EQ(cell_level(UINT64_MAX), -1);
  for (const std::uint64_t face : face_cells()) {
    EXPECT_EQ(cell_level(face), 0);
    for (const std::uint64_t child : cell_children(face)) {
      EXPECT_EQ(cell_level(child), 1);
      EXPECT_EQ(cell_parent(child, 0), face);
      EXPECT_TRUE(cell_holds(face, child));
      EXPECT_FALSE(cell_holds(child, face));
    }
  }
}

TEST(Cells, AsAreasHoldTheirPoints) {
  const PointE7 point{335'000'000, 363'000'000};
  const std::uint64_t cell = cell_parent(leaf_cell(point), 12);
  EXPECT_TRUE(cell_area(cell).contains(point));
  EXPECT_NEAR(area_km2(std::array{cell_area(cell)}), 5.0, 2.0);
}

TEST(HalfSeparation, IsHalfAndALittleMoreAndNeverNegative) {
  const Area small = circle(0, 0, 1'000);
  EXPECT_GT(half_separation_m(small, 9'260'000), 4'630);
  EXPECT_LT(half_separation_m(small, 9'260'000), 4'690);
  EXPECT_GT(half_separation_m(small, -1), 0);
  EXPECT_LT(half_separation_m(small, INT64_MIN), 1);
}

}  // namespace
}  // namespace detente::geo
