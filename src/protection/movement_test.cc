// SPDX-License-Identifier: Apache-2.0
//
// Method: details are written and read back; a corridor is compared with the distance to points of
// the route's geodesics; the index with asking every item.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "protection/cell_index.h"
#include "protection/testing_notices.h"

namespace detente::protection {
namespace {

using namespace testing;

template <class Read>
auto reread(const std::string& text, Read read) {
  return read(parse_json(text, {.bytes_max = 100'000}).value().root());
}

TEST(Site, IsReadAsItIsWritten) {
  SiteDetails site = clinic();
  site.owner = "Relief";
  site.place = "Idlib";
  site.given = "35 54 N 36 36 E";
  site.uncertainty_mm = 1'000'000;
  EXPECT_EQ(reread(write_site(site), read_site).value(), site);
  site.shape = geo::Polygon{
      {{359'000'000, 366'000'000}, {359'010'000, 366'000'000}, {359'010'000, 366'010'000}}};
  EXPECT_EQ(reread(write_site(site), read_site).value(), site);
}

TEST(Site, IsLargerWhereItIsNotKnownExactly) {
  SiteDetails site = clinic();
  const geo::PointE7 outside = geo::destination(site_point(site), 0, 500);
  EXPECT_FALSE(site_area(site)->contains(outside));
  site.uncertainty_mm = 1'000'000;
  EXPECT_TRUE(site_area(site)->contains(outside));
}

TEST(Site, RefusesAnotherDatumAndCategory) {
  std::string text = write_site(clinic());
  text.insert(text.size() - 1, R"(,"given":{"text":"x","datum":"ED50","uncertainty_mm":0})");
  EXPECT_EQ(reread(text, read_site).error().code, Errc::coordinates_datum);
  text = write_site(clinic());
  text.replace(text.find("medical"), 7, "MEDICAL");
  EXPECT_EQ(reread(text, read_site).error().code, Errc::protection_malformed);
  EXPECT_EQ(parse_category("Dangerous forces").value(), SiteCategory::dangerous_forces);
}

TEST(Category, EachHasItsOwnNameAndSource) {
  for (std::size_t i = 0; i < kCategories; ++i) {
    EXPECT_EQ(static_cast<std::size_t>(categories()[i].category), i);
    EXPECT_EQ(parse_category(categories()[i].name).value(), categories()[i].category);
    EXPECT_FALSE(categories()[i].source.empty());
  }
}

TEST(Movement, IsReadAsItIsWritten) {
  EXPECT_EQ(reread(write_movement(convoy(kMorning)), read_movement).value(), convoy(kMorning));
}

TEST(Movement, RefusesARouteThatGoesBackInTimeOrIsTooLong) {
  MovementDetails movement = convoy(kMorning);
  std::swap(movement.route[0].time, movement.route[1].time);
  EXPECT_EQ(reread(write_movement(movement), read_movement).error().code,
            Errc::protection_malformed);
  movement = convoy(kMorning);
  movement.route[1].point = {450'000'000, 300'000'000};
  EXPECT_EQ(reread(write_movement(movement), read_movement).error().code,
            Errc::protection_malformed);
  movement = convoy(kMorning);
  movement.vehicles.clear();
  EXPECT_EQ(reread(write_movement(movement), read_movement).error().code,
            Errc::protection_malformed);
}

RC_GTEST_PROP(Corridor, HoldsAllThatIsWithinItsHalfWidth, ()) {
  const auto number = [](int low, int high) { return *rc::gen::inRange(low, high); };
  MovementDetails movement = convoy(kMorning);
  movement.route.pop_back();
  movement.half_width_mm = number(10'000, 20'000'000);
  const geo::PointE7 from{number(-600'000'000, 600'000'000), number(-1'799'000'000, 1'799'000'000)};
  const double length = number(10, 990'000);
  const double bearing = number(0, 360);
  movement.route[0].point = from;
  movement.route[1].point = geo::destination(from, bearing, length);
  const std::vector<CorridorPart> parts = corridor(movement).value();
  const geo::PointE7 at = geo::destination(from, bearing, length * number(0, 1'001) / 1'000.0);
  const geo::PointE7 point = geo::destination(
      at, number(0, 360),
      static_cast<double>(movement.half_width_mm) / 1000 * number(0, 1'000) / 1000);
  RC_ASSERT(std::any_of(parts.begin(), parts.end(),
                        [&](const CorridorPart& part) { return part.area.contains(point); }));
}

RC_GTEST_PROP(CellIndex, FindsAllThatMayBeNear, ()) {
  const auto number = [](int low, int high) { return *rc::gen::inRange(low, high); };
  CellIndex index;
  std::vector<geo::BoundingCap> caps;
  for (int i = 0; i < 60; ++i) {
    caps.push_back({{number(-3'000'000, 3'000'000), number(-3'000'000, 3'000'000)},
                    static_cast<double>(number(0, 2) == 0 ? 0 : number(0, 50'000))});
    index.insert(static_cast<CellIndex::Item>(i), caps.back());
  }
  const geo::BoundingCap asked{{number(-3'000'000, 3'000'000), number(-3'000'000, 3'000'000)},
                               static_cast<double>(number(0, 20'000))};
  const double metres = number(0, 20'000);
  std::vector<CellIndex::Item> found;
  index.find(asked, metres, found);
  RC_ASSERT(std::is_sorted(found.begin(), found.end()));
  for (std::size_t i = 0; i < caps.size(); ++i) {
    const double gap =
        geo::distance_m(caps[i].center, asked.center) - caps[i].radius_m - asked.radius_m;
    if (gap > metres) continue;
    RC_ASSERT(std::binary_search(found.begin(), found.end(), static_cast<CellIndex::Item>(i)));
  }
}

}  // namespace
}  // namespace detente::protection
