// SPDX-License-Identifier: Apache-2.0
#include "protection/site_check.h"

#include <gtest/gtest.h>

namespace detente::protection {
namespace {

geo::PointE7 at(double lat, double lng) {
  return geo::point_from_degrees(lat, lng).value();
}

geo::Area circle(geo::PointE7 center, std::int64_t radius_mm) {
  return geo::Area::make(geo::Circle{center, radius_mm}).value();
}

SiteDetails clinic(double lat, double lng, const char* name = "Clinic") {
  SiteDetails site;
  site.name = name;
  site.function = "clinic";
  site.place = "Idlib";
  site.shape = geo::Circle{at(lat, lng), 60'000};
  site.given = "as written";
  site.uncertainty_mm = 7'000;
  return site;
}

Surroundings idlib() {
  Surroundings out;
  out.places = {{"Idlib", at(35.9306, 36.6339)}, {"إدلب", at(35.9306, 36.6339)}};
  out.areas = {circle(at(35.9, 36.6), 100'000'000)};
  out.water = {circle(at(35.95, 36.70), 500'000)};
  return out;
}

SiteVerdict find(const std::vector<SiteVerdict>& verdicts, CheckKind kind) {
  return verdicts.at(static_cast<std::size_t>(kind));
}

TEST(SiteCheck, SaysWhatItCouldNotCheck) {
  SiteChecker checker({});
  SiteDetails site = clinic(35.93, 36.63);
  site.given.clear();
  const auto verdicts = checker.check(site, "row 1");
  for (const CheckKind kind : {CheckKind::swapped, CheckKind::precision, CheckKind::place,
                               CheckKind::area, CheckKind::water}) {
    EXPECT_EQ(find(verdicts, kind).verdict, Verdict::not_checked) << check_kind_name(kind);
    EXPECT_FALSE(find(verdicts, kind).text.empty());
  }
  EXPECT_EQ(worst(verdicts), Verdict::not_checked);
}

TEST(SiteCheck, PassesWhatIsWhereItSays) {
  SiteChecker checker(idlib());
  EXPECT_EQ(worst(checker.check(clinic(35.9310, 36.6300), "row 1")), Verdict::ok);
}

TEST(SiteCheck, FindsASwapByThePlaceAndByTheArea) {
  SiteChecker checker(idlib());
  SiteVerdict swap = find(checker.check(clinic(36.6339, 35.9306), "row 1"), CheckKind::swapped);
  EXPECT_EQ(swap.verdict, Verdict::fault);
  EXPECT_EQ(swap.text,
            "latitude and longitude look swapped: 35.93060, 36.63390 would lie at Idlib");
  Surroundings only_areas = idlib();
  only_areas.areas = {circle(at(35.9, 36.6), 20'000'000)};
  only_areas.places.clear();
  SiteChecker by_area(only_areas);
  swap = find(by_area.check(clinic(36.6339, 35.9306), "row 1"), CheckKind::swapped);
  EXPECT_EQ(swap.verdict, Verdict::fault);
}

TEST(SiteCheck, DoubtsACoordinateCoarserThanTheSite) {
  SiteChecker checker(idlib());
  SiteDetails site = clinic(35.93, 36.63);
  site.uncertainty_mm = 715'000;
  const SiteVerdict verdict = find(checker.check(site, "row 1"), CheckKind::precision);
  EXPECT_EQ(verdict.verdict, Verdict::doubt);
  EXPECT_EQ(verdict.text, "the digits written leave 715 m open; the site's footprint is 60 m");
}

TEST(SiteCheck, FindsDuplicatesWithinTheListAndTheFile) {
  SiteChecker checker(idlib());
  checker.list(clinic(35.9310, 36.6300), "the list");
  SiteVerdict verdict =
      find(checker.check(clinic(35.9310, 36.6300), "row 1"), CheckKind::duplicate);
  EXPECT_EQ(verdict.verdict, Verdict::fault);
  EXPECT_EQ(verdict.text, "the same entry stands in the list");
  verdict = find(checker.check(clinic(35.9405, 36.6300), "row 2"), CheckKind::duplicate);
  EXPECT_EQ(verdict.verdict, Verdict::ok);
  verdict = find(checker.check(clinic(35.9410, 36.6300, "Ward"), "row 3"), CheckKind::duplicate);
  EXPECT_EQ(verdict.verdict, Verdict::doubt);
  EXPECT_EQ(verdict.text, "row 2 lies 55 m away: is it the same site?");
}

TEST(SiteCheck, DoubtsAPlaceFarFromItsNameAndOffTheAreas) {
  SiteChecker checker(idlib());
  const auto verdicts = checker.check(clinic(37.2, 36.63), "row 1");
  EXPECT_EQ(find(verdicts, CheckKind::place).text, "it lies 140.9 km from Idlib");
  EXPECT_EQ(find(verdicts, CheckKind::area).verdict, Verdict::doubt);
  SiteDetails site = clinic(35.9310, 36.6300);
  site.place = "Nowhere";
  EXPECT_EQ(find(checker.check(site, "row 2"), CheckKind::place).verdict, Verdict::not_checked);
}

TEST(SiteCheck, DoubtsASiteOnWater) {
  SiteChecker checker(idlib());
  EXPECT_EQ(find(checker.check(clinic(35.9502, 36.7001), "row 1"), CheckKind::water).verdict,
            Verdict::doubt);
}

}  // namespace
}  // namespace detente::protection
