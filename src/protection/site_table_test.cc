// SPDX-License-Identifier: Apache-2.0
#include "protection/site_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace detente::protection {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Table table_of(std::vector<std::string> columns, std::vector<std::vector<std::string>> rows) {
  Table out{std::move(columns), std::move(rows), {}};
  for (std::size_t i = 0; i < out.rows.size(); ++i) out.numbers.push_back(i + 2);
  return out;
}

const std::vector<std::string> kColumns = {"Name", "CATEGORY", "Function", "coordinates", "place"};

std::string fault(const std::vector<std::string>& row) {
  const SiteList list = read_site_list(table_of(kColumns, {row}), {}, {}).value();
  return list.faults == 1 ? list.rows[0].verdicts[0].text : "none";
}

TEST(SiteList, SaysOfEachRowWhyItCannotBeRead) {
  EXPECT_EQ(fault({"", "medical", "clinic", "36.2021, 37.1343", ""}), "name is missing");
  EXPECT_EQ(fault({"A", "hotel", "clinic", "36.2021, 37.1343", ""}),
            "there is no category \"hotel\"");
  EXPECT_EQ(fault({"A", "medical", "clinic", "", ""}), "there are no coordinates");
  EXPECT_EQ(fault({"A", "medical", "clinic", "Aleppo", ""}), "\"A\" is no part of a coordinate");
  EXPECT_EQ(fault({"A", "medical", "clinic", "36, 37", ""}), "the digits written leave 72 km open");
  EXPECT_EQ(fault({"A", "medical", "clinic", "36.2021, 37.1343 ED50", ""}),
            "ED50 lies up to 200 m from WGS84: convert it to WGS84 first");
}

TEST(SiteList, RefusesColumnsThatDescribeTargetingAndListsWithoutAPlace) {
  EXPECT_EQ(
      read_site_list(table_of({"name", "coordinates", "target priority"}, {}), {}, {}).error().code,
      Errc::restraint);
  EXPECT_EQ(read_site_list(table_of({"name", "latitude"}, {}), {}, {}).error().code,
            Errc::protection_malformed);
  EXPECT_EQ(read_site_list(table_of({"Place", "PLACE", "coordinates"}, {}), {}, {}).error().code,
            Errc::protection_malformed);
}

TEST(SiteList, IsTakenWholeOrNotAtAll) {
  const std::vector<std::string> good = {"A", "medical", "clinic", "36.2021, 37.1343", ""};
  std::vector<std::string> other = good;
  other[3] = "37S CA 30000 07977";
  std::vector<std::string> bad = good;
  bad[3] = "here";
  EXPECT_THAT(read_site_list(table_of(kColumns, {good, other}), {}, {})->importable(), SizeIs(2));
  const SiteList list = read_site_list(table_of(kColumns, {good, bad, other}), {}, {}).value();
  EXPECT_THAT(list.importable(), IsEmpty());
  EXPECT_EQ(list.faults, 1U);
  EXPECT_EQ(list.rows[1].number, 3U);
  // The same entry twice is a fault too, also against the list.
  EXPECT_EQ(read_site_list(table_of(kColumns, {good, good}), {}, {})->faults, 1U);
  const SiteDetails site = *list.rows[0].site;
  const SiteList again =
      read_site_list(table_of(kColumns, {good}), {}, {{"entry 7", site}}).value();
  EXPECT_EQ(again.rows[0].verdicts[3].text, "the same entry stands in entry 7");
}

TEST(SiteList, SaysWhereNoDatumIsWritten) {
  const auto readable = [](const char* coordinates) {
    const std::vector<std::string> row = {"A", "medical", "clinic", coordinates, ""};
    return read_site_list(table_of(kColumns, {row}), {}, {})->rows[0].verdicts[0];
  };
  EXPECT_EQ(readable("36.2021, 37.1343").verdict, Verdict::not_checked);
  EXPECT_EQ(readable("36.2021, 37.1343").text, "no datum is written: it is taken for WGS84");
  EXPECT_EQ(readable("36.2021, 37.1343 WGS84").verdict, Verdict::ok);
}

TEST(SiteList, NamesTheColumnsThatItPassesOver) {
  std::vector<std::string> columns = kColumns;
  columns.emplace_back("beds");
  EXPECT_THAT(read_site_list(table_of(columns, {}), {}, {})->columns_passed_over,
              ElementsAre("beds"));
}

TEST(SiteList, IsReadBackFromItsTable) {
  const auto all = table_of(
      {"name", "category", "function", "latitude", "longitude", "polygon", "datum", "footprint_m"},
      {{"A", "medical", "clinic", "-36.2021", "-0.5", "", "WGS84", "120.5"},
       {"B", "camp", "camp", "", "", "36.1 37.1; 36.1 37.2; 36.2 37.2; 36.1 37.1", "wgs 84", ""}});
  const SiteList list = read_site_list(all, {}, {}).value();
  ASSERT_EQ(list.faults, 0U) << list.rows[1].verdicts[0].text;
  std::vector<SiteDetails> sites = list.importable();
  const Table table = site_table(sites);
  const std::vector<SiteDetails> again = read_site_list(table, {}, {})->importable();
  ASSERT_THAT(again, SizeIs(2));
  EXPECT_EQ(again[1], sites[1]);
  EXPECT_EQ(site_point(again[0]), site_point(sites[0]));
  // What was uncertain has become footprint: the area is no smaller.
  EXPECT_GE(std::get<geo::Circle>(again[0].shape).radius_mm,
            std::get<geo::Circle>(sites[0].shape).radius_mm + sites[0].uncertainty_mm);
}

}  // namespace
}  // namespace detente::protection
