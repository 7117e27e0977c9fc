// SPDX-License-Identifier: Apache-2.0
#include "airspace/conflict_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "airspace/volume_index.h"

namespace detente::airspace {
namespace {

constexpr UtcMs kNoon{1'468'584'000'000};  // 2016-07-15T12:00:00Z
constexpr std::int64_t kHourMs = 3'600'000;

geo::Separation five_miles() {
  return {5 * geo::kNauticalMileMm, geo::feet_to_mm(1'000), 60'000};
}

geo::PointE7 at(double lat, double lng) {
  return geo::point_from_degrees(lat, lng).value();
}

geo::Volume4 disc(geo::PointE7 center, double radius_m, std::int64_t floor_ft,
                  std::int64_t ceiling_ft, UtcMs start, UtcMs end) {
  return {geo::Area::make(geo::Circle{center, static_cast<std::int64_t>(radius_m * 1000)}).value(),
          {geo::feet_to_mm(floor_ft), geo::feet_to_mm(ceiling_ft), geo::AltitudeReference::msl},
          {start, end}};
}

// Draws volumes where indexes go wrong: at the poles, at the antimeridian, at the corners where
// three cells meet, where cell edges cross, and somewhere at all.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

  std::vector<geo::Volume4> activity() {
    std::vector<geo::Volume4> out;
    for (std::uint64_t i = 1 + below(3); i > 0; --i) {
      if (auto drawn = area()) out.push_back({*std::move(drawn), band(), time()});
    }
    return out;
  }

 private:
  geo::PointE7 near_one_of_the_hard_places() {
    static const std::vector<geo::PointE7> places = {
        at(90, 0), at(-90, 0), at(0, 180),    at(35.264389, 45), at(-35.264389, -135),
        at(0, 0),  at(0, 45),  at(35.9, 36.6)};
    const geo::PointE7 place = places[below(places.size())];
    return geo::destination(place, between(0, 360), between(0, 150'000));
  }
  std::optional<geo::Area> area() {
    const geo::PointE7 center =
        below(10) == 0 ? at(between(-89, 89), between(-179, 179)) : near_one_of_the_hard_places();
    const auto kind = below(4);
    // From a hundred metres to the size of a country.
    const double size = 100 * std::pow(10, between(0, below(8) == 0 ? 4 : 2.7));
    if (kind == 0) {
      auto made = geo::Area::make(geo::Circle{center, static_cast<std::int64_t>(size * 1000)});
      if (made) return *made;
      return std::nullopt;
    }
    geo::Polygon polygon;
    if (kind == 1) {  // a corridor a hundred times as long as wide
      const double along = between(0, 180);
      for (const double end : {along, along + 180}) {
        const geo::PointE7 middle = geo::destination(center, end, size);
        polygon.vertices.push_back(geo::destination(middle, end - 90, size / 100));
        polygon.vertices.push_back(geo::destination(middle, end + 90, size / 100));
      }
    } else {
      const int corners = 3 + static_cast<int>(below(9));
      for (int i = 0; i < corners; ++i) {
        polygon.vertices.push_back(
            geo::destination(center, 360.0 * i / corners, size * between(0.3, 1)));
      }
    }
    auto made = geo::Area::make(std::move(polygon));
    if (made) return *made;
    return std::nullopt;
  }
  geo::AltitudeBand band() {
    // Whole steps of a thousand feet, so that gaps of exactly the separation happen.
    const auto floor = static_cast<std::int64_t>(below(12)) * 1'000;
    const auto height = static_cast<std::int64_t>(below(3)) * 1'000;
    return {geo::feet_to_mm(floor), geo::feet_to_mm(floor + height),
            static_cast<geo::AltitudeReference>(below(3))};
  }
  TimeSpan time() {
    const UtcMs start = kNoon + static_cast<std::int64_t>(below(48)) * kHourMs / 2;
    const std::int64_t length = below(10) == 0
                                    ? static_cast<std::int64_t>(between(1, 300)) * kHourMs
                                    : static_cast<std::int64_t>(1 + below(8)) * kHourMs / 2;
    // Half of them end just as the separation begins for another.
    return {start, start + length - (below(2) == 0 ? 60'000 : 0)};
  }

  std::mt19937_64 engine_;
};

using Stored = std::map<std::string, std::vector<geo::Volume4>>;

// The first pair of volumes that conflicts, by trying all.
std::optional<std::pair<std::uint32_t, std::uint32_t>> first_pair(
    const std::vector<geo::Volume4>& a, const std::vector<geo::Volume4>& b,
    const geo::Separation& separation) {
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    for (std::uint32_t j = 0; j < b.size(); ++j) {
      if (geo::conflict(a[i], b[j], separation) || geo::conflict(b[j], a[i], separation)) {
        return std::pair(i, j);
      }
    }
  }
  return std::nullopt;
}

void expect_like_brute_force(const ConflictIndex& index, const Stored& stored,
                             const std::vector<geo::Volume4>& asked, const std::string& except,
                             const geo::Separation& separation) {
  std::vector<Meeting> expected;
  for (const auto& [id, volumes] : stored) {
    if (id == except) continue;
    if (const auto pair = first_pair(asked, volumes, separation)) {
      expected.push_back({ActivityId{id}, pair->first, pair->second});
    }
  }
  const auto found = index.find(asked, ActivityId{except});
  RC_ASSERT(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    RC_ASSERT(found[i].other == expected[i].other);
    RC_ASSERT(found[i].own_volume == expected[i].own_volume);
    RC_ASSERT(found[i].other_volume == expected[i].other_volume);
  }
}

RC_GTEST_PROP(ConflictIndex, FindsWhatTryingAllVolumesFindsAndNothingElse, (std::uint64_t seed)) {
  Draw draw(seed);
  geo::Separation separation = five_miles();
  if (draw.below(4) == 0) separation = {};
  if (draw.below(8) == 0) separation.lateral_mm = 200'000'000;
  ConflictIndex index(separation);
  Stored stored;
  std::size_t met = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string id = std::to_string(draw.below(40));
    const auto change = draw.below(5);
    if (change == 0) {
      index.remove(ActivityId{id});
      stored.erase(id);
    } else {
      const auto volumes = draw.activity();
      index.insert(ActivityId{id}, volumes);
      stored[id] = volumes;
    }
  }
  RC_ASSERT(index.size() == stored.size());
  for (int i = 0; i < 20; ++i) {
    const auto asked = draw.activity();
    expect_like_brute_force(index, stored, asked, std::to_string(i), separation);
    met += index.find(asked, ActivityId{}).size();
  }
  RC_CLASSIFY(met > 0, "meets something");
}

RC_GTEST_PROP(ConflictIndex, ListsEveryPairOfVolumesOrTheFirstOfThem, (std::uint64_t seed)) {
  Draw draw(seed);
  const geo::Separation separation = five_miles();
  ConflictIndex index(separation);
  Stored stored;
  for (int i = 0; i < 60; ++i) {
    const std::string id = std::to_string(draw.below(80));
    stored[id] = draw.activity();
    index.insert(ActivityId{id}, stored[id]);
  }
  std::vector<geo::Volume4> asked;
  for (int i = 0; i < 6; ++i) {
    for (const geo::Volume4& volume : draw.activity()) asked.push_back(volume);
  }
  std::vector<Meeting> expected;
  for (const auto& [id, volumes] : stored) {
    if (id == "7") continue;
    for (std::uint32_t i = 0; i < asked.size(); ++i) {
      for (std::uint32_t j = 0; j < volumes.size(); ++j) {
        if (geo::conflict(asked[i], volumes[j], separation)) {
          expected.push_back({ActivityId{id}, i, j});
        }
      }
    }
  }
  const std::size_t limit = draw.below(expected.size() + 2);
  const Meetings found = index.pairs(asked, ActivityId{"7"}, limit);
  RC_ASSERT(found.pairs.size() == std::min(limit, expected.size()));
  RC_ASSERT(found.more == (expected.size() > limit));
  for (std::size_t i = 0; i < found.pairs.size(); ++i) {
    RC_ASSERT(found.pairs[i].other == expected[i].other);
    RC_ASSERT(found.pairs[i].own_volume == expected[i].own_volume);
    RC_ASSERT(found.pairs[i].other_volume == expected[i].other_volume);
  }
}

RC_GTEST_PROP(ConflictIndex, ASeparationForEachOtherActivityCountsAndCannotExceedTheIndex,
              (std::uint64_t seed)) {
  Draw draw(seed);
  const geo::Separation widest = five_miles();
  VolumeIndex index(widest);
  std::vector<std::vector<geo::Volume4>> stored;
  for (VolumeIndex::Key key = 0; key < 60; ++key) {
    stored.push_back(draw.activity());
    index.insert(key, stored.back());
  }
  // A third of them none, a third all of it, a third more than the index has.
  const auto separation = [&](VolumeIndex::Key key) {
    if (key % 3 == 0) return geo::Separation{};
    return key % 3 == 1 ? widest : geo::Separation{1'000'000'000, 1'000'000, 600'000};
  };
  for (int i = 0; i < 10; ++i) {
    const auto asked = draw.activity();
    std::vector<VolumeIndex::Hit> firsts;
    std::vector<VolumeIndex::Hit> all;
    for (VolumeIndex::Key key = 0; key < stored.size(); ++key) {
      const geo::Separation apart = key % 3 == 0 ? geo::Separation{} : widest;
      const std::size_t before = all.size();
      for (std::uint32_t own = 0; own < asked.size(); ++own) {
        for (std::uint32_t other = 0; other < stored[key].size(); ++other) {
          if (geo::conflict(asked[own], stored[key][other], apart))
            all.push_back({key, own, other});
        }
      }
      if (all.size() > before) firsts.push_back(all[before]);
    }
    RC_ASSERT(index.find(asked, separation) == firsts);
    RC_ASSERT(index.pairs(asked, 1'000'000, separation).hits == all);
    RC_ASSERT(!index.pairs(asked, all.size(), separation).more);
  }
}

TEST(ConflictIndex, AVolumeOfAHundredMilesCostsAsMuchAsASmallOne) {
  const auto bytes_of = [](double radius_m) {
    VolumeIndex index(five_miles());
    index.insert(0, std::vector{disc(at(36, 36), radius_m, 0, 9'000, kNoon, kNoon + kHourMs)});
    return index.bytes();
  };
  EXPECT_EQ(bytes_of(50 * 1'852.0), bytes_of(100));
  EXPECT_EQ(bytes_of(1'000'000), bytes_of(100));
}

TEST(ConflictIndex, TheMemoryOfRemovedVolumesIsGivenBack) {
  ConflictIndex index(five_miles());
  const std::size_t empty = index.bytes();
  for (int i = 0; i < 1'000; ++i) {
    index.insert(ActivityId{std::to_string(i)},
                 std::vector{disc(at(36, 0.1 * i), 1'000, 0, 9'000, kNoon, kNoon + kHourMs)});
  }
  const std::size_t full = index.bytes();
  for (int i = 0; i < 1'000; ++i) index.remove(ActivityId{std::to_string(i)});
  EXPECT_EQ(index.size(), 0U);
  // What stays are the numbers that the next activities will get.
  EXPECT_LT(index.bytes(), empty + full / 10);
}

TEST(ConflictIndex, AnEmptyIndexMeetsNothingAndRemovingTheUnknownDoesNothing) {
  ConflictIndex index(five_miles());
  index.remove(ActivityId{"a"});
  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(index
                  .find(std::vector{disc(at(36, 36), 1'000, 0, 9'000, kNoon, kNoon + kHourMs)},
                        ActivityId{})
                  .empty());
}

TEST(ConflictIndex, AVolumeThatIsFarInOneDimensionOnlyDoesNotConflict) {
  ConflictIndex index(five_miles());
  const std::vector stored = {disc(at(36, 36), 1'000, 5'000, 6'000, kNoon, kNoon + kHourMs)};
  index.insert(ActivityId{"a"}, stored);
  const auto meets = [&](const geo::Volume4& volume) {
    return !index.find(std::vector{volume}, ActivityId{}).empty();
  };
  EXPECT_TRUE(meets(disc(at(36, 36), 1'000, 5'000, 6'000, kNoon, kNoon + kHourMs)));
  // Vertical: 1,000 ft is the separation and touches; one foot more is apart.
  EXPECT_TRUE(meets(disc(at(36, 36), 1'000, 7'000, 8'000, kNoon, kNoon + kHourMs)));
  EXPECT_FALSE(meets(disc(at(36, 36), 1'000, 7'001, 8'000, kNoon, kNoon + kHourMs)));
  // Time: the pause must be a whole minute.
  const UtcMs after = kNoon + kHourMs;
  EXPECT_TRUE(meets(disc(at(36, 36), 1'000, 5'000, 6'000, after + 59'999, after + kHourMs)));
  EXPECT_FALSE(meets(disc(at(36, 36), 1'000, 5'000, 6'000, after + 60'000, after + kHourMs)));
  // Lateral: 9,260 m between the rims.
  const auto east = [&](double metres) { return geo::destination(at(36, 36), 90, metres); };
  EXPECT_TRUE(meets(disc(east(11'259), 1'000, 5'000, 6'000, kNoon, kNoon + kHourMs)));
  EXPECT_FALSE(meets(disc(east(11'262), 1'000, 5'000, 6'000, kNoon, kNoon + kHourMs)));
}

TEST(ConflictIndex, TheExceptedAndTheRemovedAreLeftOut) {
  ConflictIndex index(five_miles());
  const std::vector volumes = {disc(at(36, 36), 1'000, 5'000, 6'000, kNoon, kNoon + kHourMs)};
  for (const char* id : {"c", "a", "b"}) index.insert(ActivityId{id}, volumes);
  const auto found = index.find(volumes, ActivityId{"b"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].other, ActivityId{"a"});
  EXPECT_EQ(found[1].other, ActivityId{"c"});
  index.remove(ActivityId{"a"});
  EXPECT_EQ(index.find(volumes, ActivityId{"b"}).size(), 1U);
  EXPECT_GT(index.bytes(), 0U);
}

TEST(ConflictIndex, InsertingAgainReplaces) {
  ConflictIndex index(five_miles());
  const std::vector here = {disc(at(36, 36), 1'000, 5'000, 6'000, kNoon, kNoon + kHourMs)};
  const std::vector there = {disc(at(46, 6), 1'000, 5'000, 6'000, kNoon, kNoon + kHourMs)};
  index.insert(ActivityId{"a"}, here);
  index.insert(ActivityId{"a"}, there);
  EXPECT_EQ(index.size(), 1U);
  EXPECT_TRUE(index.find(here, ActivityId{}).empty());
  EXPECT_EQ(index.find(there, ActivityId{}).size(), 1U);
}

}  // namespace
}  // namespace detente::airspace
