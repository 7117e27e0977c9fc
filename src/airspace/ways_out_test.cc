// SPDX-License-Identifier: Apache-2.0
//
// Known cases that can be checked by hand; then random plans among random obstacles, where every
// answer is compared with a sweep that tries each step of the grid in order, with geo::conflict
// alone. Refusals first.
#include "airspace/ways_out.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

#include "base/limits.h"

namespace detente::airspace {
namespace {

using Volumes = std::vector<geo::Volume4>;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr UtcMs kNoon{1'468'584'000'000};
constexpr TimeSpan kYear{{1'451'606'400'000}, {1'483'228'800'000}};
constexpr geo::Separation kApart{5 * geo::kNauticalMileMm, geo::feet_to_mm(1'000), kMinute};

geo::PointE7 at(double lat, double lng) {
  return geo::point_from_degrees(lat, lng).value();
}
geo::Area circle(geo::PointE7 center, double radius_m) {
  return geo::Area::make(geo::Circle{center, static_cast<std::int64_t>(radius_m * 1000)}).value();
}
geo::Volume4 volume(geo::Area area, std::int64_t low_ft, std::int64_t high_ft, std::int64_t start,
                    std::int64_t end,
                    geo::AltitudeReference reference = geo::AltitudeReference::msl) {
  return {std::move(area),
          {geo::feet_to_mm(low_ft), geo::feet_to_mm(high_ft), reference},
          {kNoon + start, kNoon + end}};
}

struct Case {
  Volumes plan;
  std::vector<Obstacle> obstacles;
  Flexibility flexibility;
  UtcMs earliest = kYear.start;
  TimeSpan valid = kYear;
  std::function<bool(std::span<const geo::Volume4>)> rules = [](auto) { return true; };

  bool free(std::span<const geo::Volume4> volumes) const {
    for (const Obstacle& obstacle : obstacles) {
      for (const geo::Volume4& other : obstacle.volumes) {
        for (const geo::Volume4& own : volumes) {
          if (geo::conflict(own, other, obstacle.separation)) return false;
        }
      }
    }
    return true;
  }
  bool in_time(std::span<const geo::Volume4> volumes) const {
    return std::all_of(volumes.begin(), volumes.end(), [&](const geo::Volume4& one) {
      return one.time.start >= earliest && one.time.start >= valid.start &&
             one.time.end <= valid.end;
    });
  }
  bool allowed(std::span<const geo::Volume4> volumes) const {
    return free(volumes) && rules(volumes);
  }
  WaysOut ask() const {
    return ways_out({.volumes = plan,
                     .obstacles = obstacles,
                     .flexibility = flexibility,
                     .earliest = earliest,
                     .valid = valid,
                     .allowed = [this](auto volumes) { return allowed(volumes); }});
  }
  std::string words() const {
    std::string out;
    for (const WayOut& way : ask().ways) out += way.text + "; ";
    return out;
  }
};

// A plan of an hour from noon at 10,000 to 12,000 ft; the other is there from 12:10 to 12:30 at
// 11,000 to 11,500 ft, 2 km away. Separation: 5 NM, 1,000 ft, a minute.
Case met() {
  Case out;
  out.plan = {volume(circle(at(36, 37), 10'000), 10'000, 12'000, 0, kHour)};
  out.obstacles = {
      {{volume(circle(at(36, 37.13), 1'000), 11'000, 11'500, 10 * kMinute, 30 * kMinute)}, kApart}};
  return out;
}

TEST(WaysOut, AreNoneWithoutFlexibilityAndNoneForAFreePlan) {
  Case one = met();
  EXPECT_EQ(one.words(), "");
  one.flexibility = {3 * kHour, 3 * kHour, geo::feet_to_mm(9'000), geo::feet_to_mm(9'000),
                     kMinute,   30'000'000};
  EXPECT_NE(one.words(), "");
  one.obstacles.clear();
  EXPECT_EQ(one.words(), "");
  one.plan.clear();
  EXPECT_EQ(one.words(), "");
}

TEST(WaysOut, AreTheSmallestOfEachKind) {
  Case one = met();
  one.flexibility = {.earlier_ms = 3 * kHour, .later_ms = 3 * kHour};
  // Ends at 12:09, a minute before the other; begins at 12:31.
  EXPECT_EQ(one.words(), "51 min earlier; 31 min later; ");
  one.flexibility = {.higher_mm = geo::feet_to_mm(9'000), .lower_mm = geo::feet_to_mm(9'000)};
  // A gap of 1,000 ft still touches: 12,600 ft and up, or up to 9,900 ft.
  EXPECT_EQ(one.words(), "2600 ft (792 m) higher; 2100 ft (640 m) lower; ");
  one.flexibility = {.shorten_to_ms = 5 * kMinute};
  EXPECT_EQ(one.words(), "31 min shorter: it begins at 2016-07-15T12:31:00Z; ");
}

TEST(WaysOut, StayWithinTheFlexibility) {
  Case one = met();
  one.flexibility = {.earlier_ms = 51 * kMinute - 1,
                     .later_ms = 31 * kMinute - 1,
                     .higher_mm = geo::feet_to_mm(2'600) - 1,
                     .lower_mm = geo::feet_to_mm(2'100) - 1,
                     .shorten_to_ms = 29 * kMinute + 1};
  const WaysOut ways = one.ask();
  // Only both together help.
  ASSERT_EQ(ways.ways.size(), 0U);
  EXPECT_FALSE(ways.more);
  one.flexibility = {.earlier_ms = 51 * kMinute, .later_ms = 31 * kMinute};
  EXPECT_EQ(one.words(), "51 min earlier; 31 min later; ");
  one.flexibility = {.shorten_to_ms = 29 * kMinute};
  EXPECT_NE(one.words(), "");
}

TEST(WaysOut, KeepTheNoticeAndTheAgreementsTime) {
  Case one = met();
  one.flexibility = {.earlier_ms = 3 * kHour, .later_ms = 3 * kHour};
  one.earliest = kNoon - 50 * kMinute;
  EXPECT_EQ(one.words(), "31 min later; ");
  one.valid.end = kNoon + kHour + 30 * kMinute;
  EXPECT_EQ(one.words(), "");
  one.earliest = kNoon - 51 * kMinute;
  EXPECT_EQ(one.words(), "51 min earlier; ");
  one.valid.start = kNoon - 50 * kMinute;
  EXPECT_EQ(one.words(), "");
}

TEST(WaysOut, MakeALatePlanTimely) {
  Case one = met();
  one.obstacles.clear();
  one.earliest = kNoon + 7 * kMinute + 1;
  one.flexibility = {.earlier_ms = kHour,
                     .later_ms = kHour,
                     .higher_mm = geo::feet_to_mm(1'000),
                     .shorten_to_ms = kMinute,
                     .sideways_mm = 1'000'000};
  EXPECT_EQ(one.words(), "8 min later; 8 min shorter: it begins at 2016-07-15T12:08:00Z; ");
}

TEST(WaysOut, AreNotLoweredBelowZeroAndNotRaisedBeyondTheLimit) {
  Case one = met();
  one.flexibility = {.higher_mm = limits::kFlexibleHeightMm, .lower_mm = limits::kFlexibleHeightMm};
  one.plan[0].altitude = {geo::feet_to_mm(2'000), geo::feet_to_mm(12'000),
                          geo::AltitudeReference::msl};
  EXPECT_EQ(one.words(), "10600 ft (3231 m) higher; ");
  one.plan[0].altitude.upper_mm = limits::kAltitudeMmMax;
  EXPECT_EQ(one.words(), "");
}

TEST(WaysOut, AddTheMismatchOfReferencesAndUseTheirGrid) {
  Case one = met();
  one.flexibility = {.higher_mm = geo::feet_to_mm(9'000)};
  one.plan[0].altitude.reference = geo::AltitudeReference::wgs84;
  // From 11,500 ft 1,000 ft and 107 m: 3,917 m, from 3,048 m; in steps of 10 m.
  EXPECT_EQ(one.words(), "870 m higher; ");
  one.plan[0].altitude.reference = geo::AltitudeReference::standard_pressure;
  EXPECT_EQ(one.words(), "4500 ft (1372 m) higher; ");
}

TEST(WaysOut, GoBetweenTwoObstaclesWhereThereIsRoom) {
  Case one = met();
  one.flexibility = {.later_ms = 6 * kHour};
  const auto add = [&](std::int64_t start, std::int64_t end) {
    one.obstacles.push_back(
        {{volume(circle(at(36, 37), 100), 11'000, 11'500, start, end)}, kApart});
  };
  add(91 * kMinute, 95 * kMinute);  // leaves 12:31 to 13:30: 59 min
  EXPECT_EQ(one.words(), "1 h 36 min later; ");
  one.obstacles.pop_back();
  add(92 * kMinute, 95 * kMinute);  // a whole hour
  EXPECT_EQ(one.words(), "31 min later; ");
}

TEST(WaysOut, AskTheRulesAgainAndGoOnWhereTheySayNo) {
  Case one = met();
  one.flexibility = {
      .earlier_ms = 3 * kHour, .later_ms = 3 * kHour, .higher_mm = geo::feet_to_mm(9'000)};
  one.rules = [](std::span<const geo::Volume4> volumes) {
    const std::int64_t start = volumes[0].time.start - kNoon;
    return (start < 0 ? start < -70 * kMinute : start == 0 || start > 40 * kMinute) &&
           volumes[0].altitude.lower_mm != geo::feet_to_mm(12'600);
  };
  EXPECT_EQ(one.words(), "1 h 11 min earlier; 41 min later; 2700 ft (823 m) higher; ");
  one.rules = [](auto) { return false; };
  const WaysOut none = one.ask();
  EXPECT_TRUE(none.ways.empty());
  EXPECT_TRUE(none.more);  // a bound on questions, and it says so
}

TEST(WaysOut, MoveAsideOnTheBearingThatIsShortest) {
  Case one = met();
  // The other's middle lies 11.7 km to the east, and 20.26 km are asked for.
  one.flexibility = {.sideways_mm = 20'000'000};
  EXPECT_EQ(one.words(), "8.6 km to the west; ");
  one.flexibility = {.sideways_mm = 8'500'000};
  EXPECT_EQ(one.words(), "");
}

TEST(WaysOut, CombineTimeAndHeightOnlyWhereNoSingleChangeHelps) {
  Case one = met();
  // Two more: one above for the time after, one for the whole day at the old height.
  one.obstacles.push_back(
      {{volume(circle(at(36, 37), 100), 14'000, 15'000, 0, 30 * kMinute)}, kApart});
  one.obstacles.push_back(
      {{volume(circle(at(36, 37), 100), 10'000, 11'000, -9 * kHour, 9 * kHour)}, kApart});
  one.flexibility = {.later_ms = 2 * kHour, .higher_mm = geo::feet_to_mm(2'500)};
  EXPECT_EQ(one.words(), "31 min later and 2100 ft (640 m) higher; ");
  const WayOut way = one.ask().ways.front();
  EXPECT_EQ(way.kind, WayKind::later);
  EXPECT_TRUE(way.raised);
  one.flexibility.higher_mm = geo::feet_to_mm(9'000);  // over all of them: 16,100 ft
  EXPECT_EQ(one.words(), "6100 ft (1859 m) higher; ");
}

TEST(WaysOut, SaysWhenThereAreTooManyPairsToCompare) {
  Case one = met();
  one.flexibility = {.later_ms = kHour};
  Obstacle& many = one.obstacles.front();
  many.volumes.resize(kWayPairsMax + 1, many.volumes.front());
  const WaysOut none = one.ask();
  EXPECT_TRUE(none.ways.empty());
  EXPECT_TRUE(none.more);
}

// ---- against a sweep ----

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  geo::Area area() {
    const geo::PointE7 middle = at(36 + 0.01 * static_cast<double>(between(-9, 9)),
                                   37 + 0.01 * static_cast<double>(between(-9, 9)));
    const double size = static_cast<double>(between(100, 5'000));
    if (between(0, 1) == 0) return circle(middle, size);
    geo::Polygon polygon;
    for (int i = 0; i < 5; ++i) {
      polygon.vertices.push_back(geo::destination(middle, 72.0 * i, size * (1 + i % 2)));
    }
    return geo::Area::make(std::move(polygon)).value();
  }
  geo::Volume4 any_volume(std::int64_t time_ms) {
    const std::int64_t low = between(0, 40) * 100 + between(0, 2) * 7;
    const std::int64_t start = between(-time_ms, time_ms);
    const auto reference = static_cast<geo::AltitudeReference>(between(0, 7) == 0 ? 0 : 1);
    return volume(area(), low, low + between(0, 12) * 100, start, start + between(1, 40 * kMinute),
                  reference);
  }
  Case any_case() {
    Case out;
    for (std::int64_t i = between(1, 3); i > 0; --i) out.plan.push_back(any_volume(20 * kMinute));
    for (std::int64_t i = between(1, 6); i > 0; --i) {
      Obstacle one{{}, {between(0, 6'000'000), between(0, 400'000), between(0, 3) * kMinute}};
      for (std::int64_t k = between(1, 2); k > 0; --k)
        one.volumes.push_back(any_volume(60 * kMinute));
      out.obstacles.push_back(std::move(one));
    }
    Flexibility& flexible = out.flexibility;
    flexible.earlier_ms = between(0, 60 * kMinute);
    flexible.later_ms = between(0, 60 * kMinute);
    flexible.higher_mm = between(0, geo::feet_to_mm(2'000));
    flexible.lower_mm = between(0, geo::feet_to_mm(2'000));
    if (between(0, 1) == 1) flexible.shorten_to_ms = between(1, 30 * kMinute);
    flexible.sideways_mm = between(0, 1) * between(0, 2'500'000);
    if (between(0, 2) == 0) out.earliest = kNoon + between(-30 * kMinute, 10 * kMinute);
    if (between(0, 3) == 0) out.valid.end = kNoon + between(30 * kMinute, 60 * kMinute);
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

struct Swept {
  std::int64_t ms = 0;
  std::int64_t mm = 0;
};

Volumes shifted(const Volumes& plan, std::int64_t ms, std::int64_t mm) {
  Volumes out = plan;
  for (geo::Volume4& one : out) {
    one.time = {one.time.start + ms, one.time.end + ms};
    one.altitude.lower_mm += mm;
    one.altitude.upper_mm += mm;
  }
  return out;
}
std::int64_t height_step(const Case& one) {
  const bool metric = std::all_of(one.plan.begin(), one.plan.end(), [](const auto& v) {
    return v.altitude.reference == geo::AltitudeReference::wgs84;
  });
  return metric ? 10'000 : 30'480;
}
bool height_ok(const Volumes& volumes, const Volumes& plan) {
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const bool lowered = volumes[i].altitude.lower_mm < plan[i].altitude.lower_mm;
    if (lowered && volumes[i].altitude.lower_mm < 0) return false;
  }
  return true;
}
bool good(const Case& one, const Volumes& volumes) {
  return one.in_time(volumes) && height_ok(volumes, one.plan) && one.allowed(volumes);
}
// The smallest shift of one kind by trying all.
std::optional<Swept> sweep(const Case& one, WayKind kind) {
  const Flexibility& flexible = one.flexibility;
  const bool time = kind == WayKind::earlier || kind == WayKind::later;
  const int sign = kind == WayKind::earlier || kind == WayKind::lower ? -1 : 1;
  const std::int64_t step = time ? kMinute : height_step(one);
  const std::int64_t most = kind == WayKind::earlier  ? flexible.earlier_ms
                            : kind == WayKind::later  ? flexible.later_ms
                            : kind == WayKind::higher ? flexible.higher_mm
                                                      : flexible.lower_mm;
  for (std::int64_t by = step; by <= most; by += step) {
    const Swept shift{time ? sign * by : 0, time ? 0 : sign * by};
    if (good(one, shifted(one.plan, shift.ms, shift.mm))) return shift;
  }
  return std::nullopt;
}
TimeSpan span_of(const Volumes& volumes) {
  TimeSpan out = volumes.front().time;
  for (const geo::Volume4& one : volumes) {
    out = {std::min(out.start, one.time.start), std::max(out.end, one.time.end)};
  }
  return out;
}
std::optional<std::int64_t> sweep_cut(const Case& one) {
  if (!one.flexibility.shorten_to_ms) return std::nullopt;
  const TimeSpan all = span_of(one.plan);
  for (std::int64_t by = kMinute; by < all.end - all.start; by += kMinute) {
    for (const bool end : {true, false}) {
      const TimeSpan kept{end ? all.start : all.start + by, end ? all.end - by : all.end};
      Volumes left;
      for (geo::Volume4 v : one.plan) {
        v.time = {std::max(v.time.start, kept.start), std::min(v.time.end, kept.end)};
        if (v.time.start < v.time.end) left.push_back(v);
      }
      const TimeSpan length = span_of(left);
      if (length.end - length.start < *one.flexibility.shorten_to_ms) continue;
      if (one.in_time(left) && one.allowed(left)) return by;
    }
  }
  return std::nullopt;
}
std::optional<std::int64_t> sweep_aside(const Case& one) {
  if (!one.in_time(one.plan)) return std::nullopt;
  for (std::int64_t by = 100'000; by <= one.flexibility.sideways_mm; by += 100'000) {
    for (int bearing = 0; bearing < 360; bearing += 45) {
      Volumes moved = one.plan;
      for (geo::Volume4& v : moved) {
        geo::Shape shape = v.area.shape();
        const double metres = static_cast<double>(by) / 1000;
        if (auto* round = std::get_if<geo::Circle>(&shape)) {
          round->center = geo::destination(round->center, bearing, metres);
        } else {
          for (geo::PointE7& p : std::get<geo::Polygon>(shape).vertices) {
            p = geo::destination(p, bearing, metres);
          }
        }
        v.area = geo::Area::make(std::move(shape)).value();
      }
      if (one.allowed(moved)) return by;
    }
  }
  return std::nullopt;
}
std::optional<Swept> sweep_both(const Case& one) {
  std::optional<Swept> best;
  const std::int64_t up = height_step(one);
  const auto rank = [up](const Swept& s) {
    const std::int64_t time = std::abs(s.ms) / kMinute;
    return std::tuple(time + std::abs(s.mm) / up, time, s.ms < 0, s.mm < 0);
  };
  const Flexibility& flexible = one.flexibility;
  for (std::int64_t ms = -(flexible.earlier_ms / kMinute) * kMinute; ms <= flexible.later_ms;
       ms += kMinute) {
    for (std::int64_t mm = -(flexible.lower_mm / up) * up; mm <= flexible.higher_mm; mm += up) {
      const Swept shift{ms, mm};
      if (ms == 0 || mm == 0 || (best && rank(*best) <= rank(shift))) continue;
      if (good(one, shifted(one.plan, ms, mm))) best = shift;
    }
  }
  return best;
}

const WayOut* way_of(const WaysOut& ways, WayKind kind) {
  for (const WayOut& way : ways.ways) {
    if (way.kind == kind) return &way;
  }
  return nullptr;
}

RC_GTEST_PROP(WaysOutProperty, AreTheSmallestThatASweepFindsAndNoneWhereItFindsNone, ()) {
  const Case one = Draw(*rc::gen::arbitrary<std::uint64_t>()).any_case();
  RC_PRE(!(one.in_time(one.plan) && one.allowed(one.plan)));
  const WaysOut ways = one.ask();
  RC_ASSERT(!ways.more);
  for (const WayOut& way : ways.ways)
    RC_ASSERT(good(one, way.volumes) || way.kind == WayKind::shorter);
  bool single = false;
  for (const WayKind kind : {WayKind::earlier, WayKind::later, WayKind::higher, WayKind::lower}) {
    const std::optional<Swept> swept = sweep(one, kind);
    single = single || swept.has_value();
    const WayOut* way = way_of(ways, kind);
    if (way != nullptr && way->shift_ms != 0 && way->shift_mm != 0) way = nullptr;  // of both
    RC_ASSERT((way != nullptr) == swept.has_value());
    if (way == nullptr) continue;
    RC_ASSERT(way->shift_ms + way->shift_mm == std::abs(swept->ms + swept->mm));
    const Volumes expected = shifted(one.plan, swept->ms, swept->mm);
    RC_ASSERT(way->volumes.front().time == expected.front().time);
    RC_ASSERT(way->volumes.front().altitude == expected.front().altitude);
  }
  const std::optional<std::int64_t> cut = sweep_cut(one);
  const WayOut* shorter = way_of(ways, WayKind::shorter);
  RC_ASSERT((shorter != nullptr) == cut.has_value());
  if (shorter != nullptr) {
    RC_ASSERT(shorter->shift_ms == *cut);
    RC_ASSERT(one.in_time(shorter->volumes) && one.allowed(shorter->volumes));
    const TimeSpan left = span_of(shorter->volumes);
    RC_ASSERT(left.end - left.start >= *one.flexibility.shorten_to_ms);
  }
  const std::optional<std::int64_t> aside = sweep_aside(one);
  const WayOut* sideways = way_of(ways, WayKind::sideways);
  RC_ASSERT((sideways != nullptr) == aside.has_value());
  if (sideways != nullptr) RC_ASSERT(sideways->shift_mm == *aside);
  if (single || cut || aside) return;
  RC_TAG("both");
  const std::optional<Swept> both = sweep_both(one);
  RC_ASSERT(ways.ways.size() == (both ? 1U : 0U));
  if (!both) return;
  RC_ASSERT(ways.ways.front().shift_ms == std::abs(both->ms));
  RC_ASSERT(ways.ways.front().shift_mm == std::abs(both->mm));
  RC_ASSERT((ways.ways.front().kind == WayKind::later) == (both->ms > 0));
  RC_ASSERT(ways.ways.front().raised == (both->mm > 0));
}

RC_GTEST_PROP(WaysOutProperty, TheReachMeetsAllThatAWayCouldMeet, ()) {
  Draw draw(*rc::gen::arbitrary<std::uint64_t>());
  const Case one = draw.any_case();
  const Volumes far = reach(one.plan, one.flexibility);
  const Flexibility& flexible = one.flexibility;
  const Volumes moved = shifted(one.plan, draw.between(-flexible.earlier_ms, flexible.later_ms),
                                draw.between(-flexible.lower_mm, flexible.higher_mm));
  for (const Obstacle& obstacle : one.obstacles) {
    for (const geo::Volume4& other : obstacle.volumes) {
      for (std::size_t i = 0; i < moved.size(); ++i) {
        if (!geo::conflict(moved[i], other, obstacle.separation)) continue;
        RC_ASSERT(geo::conflict(far[i], other, obstacle.separation));
      }
    }
  }
}

}  // namespace
}  // namespace detente::airspace
