// SPDX-License-Identifier: Apache-2.0
//
// Method: coarse shapes are compared with the exact ones at points of their border: places of every
// size and kind, everywhere, most of them where coordinates end: at the poles and at longitude 180.
#include "protection/list_copy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>

#include "base/limits.h"
#include "protection/coarse.h"
#include "protection/testing_notices.h"

namespace detente::protection {
namespace {

using namespace testing;

geo::Circle coarse(const geo::Shape& shape, std::int64_t cell_mm) {
  return coarse_circle(geo::Area::make(shape).value(), cell_mm).value();
}

rc::Gen<geo::PointE7> any_point() {
  const auto lat = rc::gen::oneOf(
      rc::gen::inRange(-899'990'000, 899'990'000), rc::gen::inRange(895'000'000, 899'990'000),
      rc::gen::inRange(-899'990'000, -895'000'000), rc::gen::inRange(-100'000, 100'000));
  const auto lng = rc::gen::oneOf(rc::gen::inRange(-1'800'000'000, 1'800'000'000),
                                  rc::gen::inRange(1'799'000'000, 1'800'000'000),
                                  rc::gen::inRange(-1'800'000'000, -1'799'000'000));
  // Not only small numbers in the first cases.
  return rc::gen::resize(
      100,
      rc::gen::apply([](std::int32_t a, std::int32_t b) { return geo::PointE7{a, b}; }, lat, lng));
}

rc::Gen<std::int64_t> any_cell() {
  return rc::gen::resize(
      100, rc::gen::oneOf(
               rc::gen::inRange<std::int64_t>(limits::kCoarseMmMin, limits::kCoarseMmMax + 1),
               rc::gen::element<std::int64_t>(1'000'000, 5'000'000, 10'000'000, 100'000'000)));
}

RC_GTEST_PROP(Coarse, ContainsEveryPlaceThatIsACircle, ()) {
  const geo::PointE7 at = *any_point();
  const std::int64_t radius_mm = *rc::gen::inRange<std::int64_t>(1'000, 20'000'000);
  const auto exact = geo::Area::make(geo::Circle{at, radius_mm});
  RC_PRE(exact.has_value());
  const geo::Circle circle = coarse_circle(*exact, *any_cell()).value();
  const double radius_m = static_cast<double>(circle.radius_mm) / 1'000;
  RC_ASSERT(geo::distance_m(circle.center, at) <= radius_m);
  for (int bearing = 0; bearing < 360; bearing += 15) {
    const geo::PointE7 edge = geo::destination(at, bearing, static_cast<double>(radius_mm) / 1'000);
    RC_ASSERT(geo::distance_m(circle.center, edge) <= radius_m);
  }
}

RC_GTEST_PROP(Coarse, ContainsEveryPlaceThatIsAPolygon, ()) {
  const geo::PointE7 at = *any_point();
  const std::vector<int> far =
      *rc::gen::container<std::vector<int>>(5, rc::gen::inRange(50, 30'000));
  geo::Polygon polygon;
  for (std::size_t i = 0; i < far.size(); ++i) {
    polygon.vertices.push_back(
        geo::destination(at, 72.0 * static_cast<double>(i), static_cast<double>(far[i])));
  }
  const auto exact = geo::Area::make(polygon);
  RC_PRE(exact.has_value());
  const auto circle = coarse_circle(*exact, *any_cell());
  RC_ASSERT(circle.has_value());
  const geo::Area shown = geo::Area::make(*circle).value();
  for (const geo::PointE7& vertex : polygon.vertices) {
    RC_ASSERT(geo::distance_m(circle->center, vertex) <=
              static_cast<double>(circle->radius_mm) / 1'000);
  }
  // And what lies between the corners.
  RC_ASSERT(shown.maybe_within(*exact, 0));
  const geo::BoundingCap cap = exact->bounding_cap();
  RC_ASSERT(geo::distance_m(circle->center, cap.center) + cap.radius_m <=
            static_cast<double>(circle->radius_mm) / 1'000);
}

// Two places of one size in one cell look alike, and the radius says the size and nothing else.
RC_GTEST_PROP(Coarse, TellsTheCellAndTheSizeAlone, ()) {
  const geo::PointE7 at = *any_point();
  const std::int64_t cell_mm = *any_cell();
  const geo::Circle first = coarse(geo::Circle{at, 60'000}, cell_mm);
  RC_ASSERT(first.radius_mm == cell_mm);
  const geo::PointE7 other =
      geo::destination(at, *rc::gen::inRange(0, 360), static_cast<double>(cell_mm) / 4'000);
  const geo::Circle second = coarse(geo::Circle{other, 60'000}, cell_mm);
  RC_ASSERT(second.radius_mm == first.radius_mm);
  if (second.center != first.center) {
    RC_ASSERT(geo::distance_m(first.center, second.center) < static_cast<double>(cell_mm) / 500);
  }
}

TEST(Coarse, RefusesAPlaceThatNoCircleContains) {
  const auto exact = geo::Area::make(geo::Circle{{0, 0}, limits::kCircleRadiusMm});
  ASSERT_TRUE(exact);
  EXPECT_EQ(coarse_circle(*exact, limits::kCoarseMmMin).error().code, Errc::geo_too_large);
}

TEST(Coarse, CountsAPlacesUncertaintyIn) {
  SiteDetails site = clinic();
  site.uncertainty_mm = 7'000'000;
  const geo::Circle circle = coarse_circle(site_area(site).value(), 5'000'000).value();
  EXPECT_GE(static_cast<double>(circle.radius_mm),
            1'000 * geo::distance_m(circle.center, site_point(site)) + 7'060'000);
}

ListCopy copy_of(std::size_t entries) {
  ListCopy out{"00112233445566778899aabbccddeeff",
               PartyId{"relief"},
               PartyId{"north"},
               kMorning,
               5'000'000,
               {}};
  for (std::size_t i = 0; i < entries; ++i) {
    const auto step = static_cast<std::int32_t>(i * 1'000);
    out.entries.push_back(
        {LeafIndex{2 * i}, SiteCategory::school,
         coarse(geo::Circle{{359'000'000 + step, 366'000'000}, 60'000}, 5'000'000),
         kMorning + 90 * kDay});
  }
  return out;
}

TEST(ListCopy, RefusesAnEmptyListAndOneThatIsTooLong) {
  EXPECT_EQ(list_copy_content(copy_of(0)).error().code, Errc::protection_malformed);
  EXPECT_EQ(list_copy_content(copy_of(limits::kListCopyEntries + 1)).error().code,
            Errc::table_too_large);
}

TEST(ListCopy, RefusesContentThatIsNoCopy) {
  const auto code = [](const std::string& json, const char* schema = "site-list/v1") {
    return read_list_copy(record::Content::parse(json, schema).value()).error().code;
  };
  const std::string good = list_copy_content(copy_of(2))->document();
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string out = good;
    const std::size_t at = out.find(from);
    check(at != std::string::npos, "it is there");
    return out.replace(at, from.size(), to);
  };
  EXPECT_EQ(code(good, "site/v1"), Errc::protection_malformed);
  EXPECT_EQ(code(R"({"entries-0":[]})"), Errc::protection_malformed);
  EXPECT_EQ(code(changed("\"entries\":2", "\"entries\":3")), Errc::protection_malformed);
  EXPECT_EQ(code(changed("entries-0", "entries-1")), Errc::protection_malformed);
  EXPECT_EQ(code(changed("[[0,", "[[2,")), Errc::protection_malformed) << "twice the same";
  EXPECT_EQ(code(changed("school", "bunker")), Errc::protection_malformed);
  EXPECT_EQ(code(changed("\"coarse_mm\":5000000", "\"coarse_mm\":1")), Errc::json_member_range);
  EXPECT_EQ(code(changed(",5000000,\"2016", ",4999999,\"2016")), Errc::protection_malformed)
      << "finer than the copy says";
  EXPECT_EQ(code(changed("\"id\"", "\"priority\"")), Errc::json_member_unknown);
}

TEST(ListCopy, IsReadAsItWasWrittenAndFitsIntoOneContent) {
  for (const std::size_t entries : {std::size_t{1}, std::size_t{201}, limits::kListCopyEntries}) {
    const ListCopy copy = copy_of(entries);
    const auto content = list_copy_content(copy);
    ASSERT_TRUE(content) << content.error().text();
    EXPECT_EQ(read_list_copy(*content).value(), copy);
  }
  const std::string text = list_copy_content(copy_of(3))->document();
  for (const std::string_view sentence : kStandingSentences) {
    EXPECT_NE(text.find(sentence), std::string::npos);
  }
}

TEST(ListCopy, IsListedWithTheReceiptOfItsRecipientAlone) {
  Desk desk;
  Private made = private_site(clinic(), {"north"});
  made.commit.commitment.schema = kListCopySchema;
  const record::Ref commit =
      desk.say("relief", "content.commit", record::write_content_commit(made.commit));
  desk.say("relief", "content.commit",
           record::write_content_commit(private_site(clinic(), {"north"}).commit));
  ASSERT_EQ(desk.ledger.list_copies().size(), 1U);
  EXPECT_EQ(desk.ledger.list_copies().front().sent.ref, commit);
  const Hash sha256 = made.commit.sealed.front().sha256;
  const auto receipt = [&](const char* party, const Hash& hash) {
    desk.say(party, "content.receipt", record::write_content_receipt({hash, true, ""}), {commit});
    return desk.ledger.list_copies().front().receipt.has_value();
  };
  EXPECT_FALSE(receipt("south", sha256));
  EXPECT_FALSE(receipt("north", crypto::sha256(as_bytes("other"))));
  EXPECT_TRUE(receipt("north", sha256));
  EXPECT_EQ(desk.ledger.list_copies().front().receipt->sent.party, PartyId{"north"});
}

}  // namespace
}  // namespace detente::protection
