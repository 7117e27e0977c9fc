// SPDX-License-Identifier: Apache-2.0
//
// Method: worlds of some dozen plans of each role around one place, every plan of A against every
// one of B: whatever geo::conflict calls a conflict must have a common cell, and a common cell must
// be there exactly where the own cells meet in all three dimensions, which is asked cell by cell.
// Places: anywhere, poles, the antimeridian, edges of the cube's faces. Shapes: circles from 10 m,
// slivers, stars. Times from a second to ten days, heights from 8 km below the sea. Every covering
// is also given to the checker, and the checker to coverings that were spoiled.
// Environment: DETENTE_SEED.
#include "checks/cover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numbers>
#include <random>

#include "base/limits.h"
#include "checks/cover_check.h"
#include "checks/testing_plans.h"
#include "geo/cells.h"

namespace detente::checks {
namespace {

using testing::Draw;
using testing::Plan;

bool have_common(const std::vector<CellKey>& a, const std::vector<CellKey>& b) {
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (*i == *j) return true;
    (*i < *j ? i : j)++;
  }
  return false;
}

bool conflict(const Plan& a, const Plan& b, const geo::Separation& separation) {
  return std::any_of(a.begin(), a.end(), [&](const geo::Volume4& mine) {
    return std::any_of(b.begin(), b.end(), [&](const geo::Volume4& theirs) {
      return geo::conflict(mine, theirs, separation);
    });
  });
}

bool lines_meet(const std::vector<LineCell>& a, const std::vector<LineCell>& b) {
  for (const LineCell& x : a) {
    for (const LineCell& y : b) {
      const int shift = std::max(x.shift, y.shift);
      if (x.value >> (shift - x.shift) == y.value >> (shift - y.shift)) return true;
    }
  }
  return false;
}

bool covers_meet(const Cover& a, const Cover& b) {
  for (const SegmentCover& x : a.segments) {
    for (const SegmentCover& y : b.segments) {
      if (!lines_meet(x.altitude, y.altitude) || !lines_meet(x.time, y.time)) continue;
      for (const std::uint64_t mine : x.space) {
        for (const std::uint64_t theirs : y.space) {
          if (geo::cell_holds(mine, theirs) || geo::cell_holds(theirs, mine)) return true;
        }
      }
    }
  }
  return false;
}

struct Covered {
  Plan plan;
  Cover cover;
  std::vector<CellKey> keys;
};

std::vector<Covered> cover_all(Draw& draw, geo::PointE7 center, Role role,
                               const geo::Separation& separation, std::size_t count) {
  std::vector<Covered> out;
  while (out.size() < count) {
    const Plan plan = draw.plan(center);
    Result<PlanCells> cells = cells_of_plan(plan, separation, role, draw.world().reference);
    if (!cells) {
      EXPECT_EQ(cells.error().code, Errc::checks_too_many) << cells.error().text();
      continue;
    }
    EXPECT_LE(cells->keys.size(), limits::kCheckPlanTokens);
    if (out.size() % 6 == 0) {  // it takes longer than the covering
      const auto fault = find_fault(plan, separation, role, draw.world().reference, cells->cover);
      EXPECT_FALSE(fault) << cover_fault_name(fault->fault) << " " << fault->what;
    }
    out.push_back({plan, std::move(cells->cover), std::move(cells->keys)});
  }
  return out;
}

TEST(Cover, NoConflictIsEverMissed) {
  const std::uint64_t seed = testing::drawn_seed();
  std::size_t pairs = 0;
  std::size_t conflicts = 0;
  std::size_t alarms = 0;
  for (std::uint64_t world = 0; world < 20; ++world) {
    Draw draw(seed + world, {world % 2 == 0 ? 15'000.0 : 60'000.0});
    const geo::PointE7 center = draw.place();
    const geo::Separation separation = draw.separation();
    const auto mine = cover_all(draw, center, Role::a, separation, 72);
    const auto theirs = cover_all(draw, center, Role::b, separation, 72);
    for (const Covered& a : mine) {
      for (const Covered& b : theirs) {
        const bool common = have_common(a.keys, b.keys);
        const bool near = conflict(a.plan, b.plan, separation);
        ASSERT_TRUE(common || !near) << "a conflict was missed, DETENTE_SEED=" << seed;
        ASSERT_EQ(common, covers_meet(a.cover, b.cover)) << "DETENTE_SEED=" << seed;
        ++pairs;
        conflicts += near ? 1U : 0U;
        alarms += common && !near ? 1U : 0U;
      }
    }
  }
  std::cout << pairs << " pairs, " << conflicts << " conflicts, none missed; of the others "
            << alarms << " have a common cell\n";
  EXPECT_GE(pairs, 100'000U);
  EXPECT_GT(conflicts, pairs / 100);
  EXPECT_GT(pairs - conflicts - alarms, pairs / 20);
}

// Plans that are as near as the separation to the millimetre, or a little farther.
TEST(Cover, NoConflictIsMissedAtTheVeryEdge) {
  const std::uint64_t seed = testing::drawn_seed();
  std::size_t conflicts = 0;
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    Draw draw(seed + i);
    const geo::PointE7 center = draw.place();
    geo::Separation separation = draw.separation();
    Plan a = {draw.volume(center)};
    Plan b = {draw.volume(center)};
    separation.lateral_mm = std::llround(a[0].area.distance_m(b[0].area) * 1'000);
    if (separation.lateral_mm > 100'000'000) continue;
    const std::int64_t nudge = static_cast<std::int64_t>(draw.below(3)) - 1;
    b[0].altitude.reference = a[0].altitude.reference;
    b[0].altitude.lower_mm = a[0].altitude.upper_mm + separation.vertical_mm + nudge;
    b[0].altitude.upper_mm = b[0].altitude.lower_mm + 100'000;
    const std::int64_t length = b[0].time.end - b[0].time.start;
    b[0].time.start = a[0].time.end + (separation.time_ms + nudge);
    b[0].time.end = b[0].time.start + length;
    const geo::AltitudeReference reference = a[0].altitude.reference;
    const auto mine = cells_of_plan(a, separation, Role::a, reference);
    const auto theirs = cells_of_plan(b, separation, Role::b, reference);
    if (!mine || !theirs) continue;
    const bool near = conflict(a, b, separation);
    ASSERT_TRUE(!near || have_common(mine->keys, theirs->keys)) << "DETENTE_SEED=" << seed + i;
    conflicts += near ? 1U : 0U;
  }
  std::cout << conflicts << " conflicts at the edge, none missed\n";
  EXPECT_GT(conflicts, 300U);
}

TEST(Cover, PlacesThatStayAreFoundByPlansThatComeNear) {
  const std::uint64_t seed = testing::drawn_seed();
  std::size_t near_pairs = 0;
  for (std::uint64_t world = 0; world < 30; ++world) {
    Draw draw(seed + world, {10'000});
    const geo::PointE7 center = draw.place();
    const std::int64_t lateral_mm = draw.separation().lateral_mm;
    for (int i = 0; i < 20; ++i) {
      const Plan plan = draw.plan(center);
      const std::vector<geo::Area> site = {draw.area(draw.around(center, 10'000), 200)};
      CoverSettings settings;
      settings.space_finest = 9 + 2 * static_cast<int>(draw.below(2));
      const auto mine = cover_plan(plan, {lateral_mm, 0, 0}, Role::a, {});
      const auto theirs = cover_places(site, lateral_mm, Role::b, settings);
      if (!mine || !theirs) continue;
      EXPECT_FALSE(find_fault(site, lateral_mm, Role::b, *theirs));
      const auto keys = all_keys(without_height_and_time(*mine), Role::a);
      const bool common = have_common(keys, all_keys(*theirs, Role::b));
      const bool near = std::any_of(plan.begin(), plan.end(), [&](const geo::Volume4& volume) {
        return volume.area.maybe_within(site[0], static_cast<double>(lateral_mm) / 1'000);
      });
      ASSERT_TRUE(common || !near) << "DETENTE_SEED=" << seed;
      near_pairs += near ? 1U : 0U;
    }
  }
  EXPECT_GT(near_pairs, 30U);
}

// ---- the parts ----

TEST(Cover, TheRolesShareNoLevel) {
  const LevelTable& a = levels_of(Role::a);
  const LevelTable& b = levels_of(Role::b);
  for (std::size_t i = 0; i < 3; ++i) {
    for (const auto& [even, odd] :
         {std::pair(a.space[i], b.space[i]), std::pair(a.altitude[i], b.altitude[i]),
          std::pair(a.time[i], b.time[i])}) {
      EXPECT_EQ(even % 2, 0);
      EXPECT_EQ(odd % 2, 1);
    }
  }
}

TEST(Cover, CountsFeetFromBelowTheSea) {
  EXPECT_EQ(feet_of(geo::feet_to_mm(-2'048)), 0U);
  EXPECT_EQ(feet_of(limits::kAltitudeMmMin), 0U) << "whatever is deeper is in the first cell";
  EXPECT_EQ(feet_of(-624'231), 0U);
  EXPECT_EQ(feet_of(0), 2'048U);
  EXPECT_EQ(feet_of(-1), 2'047U);
  EXPECT_EQ(feet_of(304), 2'048U);
  EXPECT_EQ(feet_of(305), 2'049U);
  EXPECT_EQ(feet_of(INT64_MAX), (1U << 24U) - 1U);
}

TEST(Cover, RefusesAPlanThatIsTooWideTooLongOrTooMuch) {
  const geo::Area wide =
      geo::Area::make(geo::Circle{{335'000'000, 363'000'000}, 1'500'000'000}).value();
  const geo::Area narrow = geo::Area::make(geo::Circle{{335'000'000, 363'000'000}, 1'000}).value();
  const geo::AltitudeBand low{0, 100'000, geo::AltitudeReference::msl};
  const TimeSpan hour{UtcMs{1'468'562'400'000}, UtcMs{1'468'566'000'000}};
  const auto code = [](const Plan& plan) {
    const auto cells = cells_of_plan(plan, {}, Role::a, geo::AltitudeReference::msl);
    return cells ? Errc{} : cells.error().code;
  };
  EXPECT_EQ(code({{wide, low, hour}}), Errc::cover_too_many);
  EXPECT_EQ(code({{narrow, low, {hour.start, hour.start + INT64_MAX / 4}}}), Errc::checks_too_many);
  Plan many;
  for (int day = 0; day < 64; ++day) {
    const std::int64_t start = hour.start.value + day * 86'400'000LL;
    many.push_back({narrow,
                    {0, 90'000'000, geo::AltitudeReference::msl},
                    {UtcMs{start}, UtcMs{start + 86'000'000}}});
  }
  EXPECT_EQ(code(many), Errc::checks_too_many);
  EXPECT_EQ(code({{narrow, low, hour}}), Errc{});
  EXPECT_EQ(code({}), Errc{});
}

TEST(Cover, ChoosesCoarserCellsBeforeItRefuses) {
  Plan plan;
  for (int i = 0; i < 14; ++i) {
    const geo::PointE7 at{335'000'000 + i * 5'000'000, 363'000'000};
    const UtcMs start{1'468'562'400'000 + i * 3'600'000LL};
    plan.push_back({geo::Area::make(geo::Circle{at, 20'000'000}).value(),
                    {0, 9'000'000, geo::AltitudeReference::msl},
                    {start, start + 7'000'000}});
  }
  const geo::Separation separation{9'260'000, 305'000, 60'000};
  const auto cells = cells_of_plan(plan, separation, Role::a, geo::AltitudeReference::msl);
  ASSERT_TRUE(cells);
  EXPECT_LT(cells->settings.space_cells, kCoverLadder[0][0]);
  EXPECT_LE(cells->keys.size(), limits::kCheckPlanTokens);
}

TEST(Cover, WhatIsGivenInAnotherReferenceIsGrownByTheirDisagreement) {
  const geo::Area area = geo::Area::make(geo::Circle{{335'000'000, 363'000'000}, 1'000}).value();
  const TimeSpan hour{UtcMs{1'468'562'400'000}, UtcMs{1'468'566'000'000}};
  for (const auto mine : {geo::AltitudeReference::msl, geo::AltitudeReference::wgs84,
                          geo::AltitudeReference::standard_pressure}) {
    for (const auto theirs : {geo::AltitudeReference::msl, geo::AltitudeReference::wgs84,
                              geo::AltitudeReference::standard_pressure}) {
      for (std::int64_t gap = 0; gap < 1'500'000; gap += 99'000) {
        const Plan a = {{area, {0, 1'000'000, mine}, hour}};
        const Plan b = {{area, {1'000'000 + gap, 3'000'000, theirs}, hour}};
        const auto reference = geo::AltitudeReference::standard_pressure;
        const auto x = cells_of_plan(a, {}, Role::a, reference);
        const auto y = cells_of_plan(b, {}, Role::b, reference);
        ASSERT_TRUE(x && y);
        EXPECT_TRUE(!conflict(a, b, {}) || have_common(x->keys, y->keys)) << gap;
      }
    }
  }
}

TEST(Cover, APointOfAPlanIsInOneOfItsKeys) {
  const std::uint64_t seed = testing::drawn_seed();
  for (std::uint64_t i = 0; i < 300; ++i) {
    Draw draw(seed + i);
    const Plan plan = {draw.volume(draw.place())};
    const Role owner = draw.below(2) == 0 ? Role::a : Role::b;
    const auto cells = cells_of_plan(plan, {}, owner, plan[0].altitude.reference);
    if (!cells) continue;
    const auto point =
        keys_of_point(plan[0].area.middle(), plan[0].altitude.lower_mm, plan[0].time.start, owner);
    EXPECT_LE(point.size(), 27U);
    EXPECT_TRUE(std::any_of(point.begin(), point.end(),
                            [&](const CellKey& key) {
                              return std::binary_search(cells->keys.begin(), cells->keys.end(),
                                                        key);
                            }))
        << "DETENTE_SEED=" << seed + i;
  }
}

// ---- the checker ----

struct Spoilt {
  explicit Spoilt(std::uint64_t seed) : draw(seed) {
    for (;;) {
      plan = {draw.volume(draw.place())};
      auto cells = cells_of_plan(plan, separation, Role::a, plan[0].altitude.reference);
      if (!cells || cells->cover.segments[0].space.size() < 2) continue;
      cover = std::move(cells->cover);
      return;
    }
  }
  std::optional<CoverFault> fault() const {
    const auto found = find_fault(plan, separation, Role::a, plan[0].altitude.reference, cover);
    return found ? std::optional(found->fault) : std::nullopt;
  }
  Draw draw;
  geo::Separation separation{9'260'000, 305'000, 60'000};
  Plan plan;
  Cover cover;
};

TEST(CoverCheck, FindsAGapAStrayCellAndAWrongLevelWhereverTheyAre) {
  const std::uint64_t seed = testing::drawn_seed();
  for (std::uint64_t i = 0; i < 60; ++i) {
    Spoilt sound(seed + i);
    ASSERT_EQ(sound.fault(), std::nullopt) << "DETENTE_SEED=" << seed + i;
    SegmentCover& own = sound.cover.segments[0];
    const SegmentCover good = own;

    own.space.push_back(
        geo::cell_parent(geo::leaf_cell({-sound.plan[0].area.middle().lat_e7, 100'000'000}), 12));
    EXPECT_EQ(sound.fault(), CoverFault::stray);
    own = good;
    own.space[0] = geo::cell_children(own.space[0])[0];
    EXPECT_EQ(sound.fault(), CoverFault::level);
    own = good;
    own.altitude.push_back({10, own.altitude.back().value + 40'000});
    EXPECT_EQ(sound.fault(), CoverFault::stray);
    own = good;
    own.time.erase(own.time.begin());
    EXPECT_TRUE(sound.fault() == CoverFault::gap || sound.fault() == CoverFault::level);
    own = good;
    own.time[0].shift -= 1;
    EXPECT_EQ(sound.fault(), CoverFault::level);
    own = good;
    own.space.clear();
    EXPECT_EQ(sound.fault(), CoverFault::gap);
    sound.cover.segments.clear();
    EXPECT_EQ(sound.fault(), CoverFault::segments);
  }
}

// A cell that the volume only just reaches may be left out unseen, so this asks for cells that hold
// points of the grown volume.
TEST(CoverCheck, FindsEveryCellThatIsMissing) {
  const std::uint64_t seed = testing::drawn_seed();
  std::size_t missing = 0;
  for (std::uint64_t i = 0; i < 60; ++i) {
    Spoilt sound(seed + i);
    SegmentCover& own = sound.cover.segments[0];
    const SegmentCover good = own;
    const double half_m = static_cast<double>(sound.separation.lateral_mm) / 2'000;
    for (std::size_t k = 0; k < good.space.size(); ++k) {
      own.space.erase(own.space.begin() + static_cast<std::ptrdiff_t>(k));
      if (sound.plan[0].area.within(geo::cell_area(good.space[k]), half_m - 0.1)) {
        EXPECT_EQ(sound.fault(), CoverFault::gap) << "DETENTE_SEED=" << seed + i;
        ++missing;
      }
      own = good;
    }
  }
  EXPECT_GT(missing, 200U);
}

}  // namespace
}  // namespace detente::checks
