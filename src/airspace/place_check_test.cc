// SPDX-License-Identifier: Apache-2.0
#include "airspace/place_check.h"

#include <gtest/gtest.h>

#include <string>

#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;

// ---- names ----

TEST(PlaceName, DifferentNamesStayDifferent) {
  EXPECT_NE(fold_name("Idlib"), fold_name("Idlip"));
  EXPECT_NE(fold_name("Deir ez-Zor"), fold_name("Deir"));
  EXPECT_NE(fold_name("إدلب"), fold_name("حلب"));
  EXPECT_NE(fold_name("Т-4"), fold_name("Т-5"));
}

TEST(PlaceName, WhatDiffersBetweenKeyboardsIsLeftOut) {
  EXPECT_EQ(fold_name("  DEIR  ez-Zor "), fold_name("Deir ez Zor"));
  EXPECT_EQ(fold_name("Ḥamāh"), fold_name("hamah"));
  EXPECT_EQ(fold_name("Ra's al-ʿAyn"), fold_name("Ras al Ayn"));
  EXPECT_EQ(fold_name("Şanlıurfa"), fold_name("Sanliurfa"));
  EXPECT_EQ(fold_name("Tre\u0301s"), fold_name("tr\u00e9s"));
  EXPECT_EQ(fold_name("ИДЛИБ"), fold_name("Идлиб"));
  EXPECT_EQ(fold_name("Артём"), fold_name("артем"));
  EXPECT_EQ(fold_name("إِدْلِب"), fold_name("ادلب"));
  EXPECT_EQ(fold_name("الـرقة"), fold_name("الرقه"));
  EXPECT_EQ(fold_name("Άργος"), fold_name("αργοσ"));
}

TEST(PlaceName, FoldingIsDoneOnceAndTakesBrokenTextAsItIs) {
  for (const std::string name : {"Ra's al-ʿAyn", "إِدْلِب", "ИДЛИБ", "x\xC3", "\xFF\xFE", ""}) {
    EXPECT_EQ(fold_name(fold_name(name)), fold_name(name));
  }
}

// ---- reading back, where the agreement names no places ----

ActivityPlan plan_at(double lat, double lng) {
  Flight flight;
  flight.lat = lat;
  flight.lng = lng;
  flight.place = {"Ferry", geo::point_from_degrees(36, 37).value()};
  const std::string body = flight.body("north");
  const JsonDocument doc = parse_json(body, {.bytes_max = limits::kStatementPayloadBytes}).value();
  return read_plan(doc.root()).value();
}

const terms::Agreement& plain() {
  static const terms::Agreement made = terms::Agreement::make(sky_template()).value();
  return made;
}

TEST(ReadBack, MustAgreeAndNameThePlansPlace) {
  const ActivityPlan plan = plan_at(36.2, 37);  // 22.2 km north of the ferry
  EXPECT_EQ(check_read_back(plan, {"ferry", 22'195, 0, true, {}}, plain()), "");
  EXPECT_EQ(check_read_back(plan, {"ferry", 22'195, 0, false, {}}, plain()), "it does not agree");
  EXPECT_EQ(check_read_back(plan, {"Bridge", 22'195, 0, true, {}}, plain()),
            "it names another place than the plan");
}

TEST(ReadBack, MayBeOffByTwoPartsOfAHundredAndFiveDegrees) {
  const ActivityPlan plan = plan_at(36.2, 37);
  EXPECT_EQ(check_read_back(plan, {"Ferry", 22'630, 0, true, {}}, plain()), "");
  EXPECT_EQ(check_read_back(plan, {"Ferry", 22'650, 0, true, {}}, plain()),
            "the distance read back is 0.5 km off");
  EXPECT_EQ(check_read_back(plan, {"Ferry", 22'195, 5, true, {}}, plain()), "");
  EXPECT_EQ(check_read_back(plan, {"Ferry", 22'195, 355, true, {}}, plain()), "");
  EXPECT_EQ(check_read_back(plan, {"Ferry", 22'195, 6, true, {}}, plain()),
            "the bearing read back is 6 degrees off");
  EXPECT_EQ(check_read_back(plan, {"Ferry", 22'195, 180, true, {}}, plain()),
            "the bearing read back is 180 degrees off");
}

TEST(ReadBack, NearThePlaceTwoHundredMetresAndEveryDirection) {
  const ActivityPlan plan = plan_at(36.004, 37);  // 444 m
  EXPECT_EQ(check_read_back(plan, {"Ferry", 640, 200, true, {}}, plain()), "");
  EXPECT_NE(check_read_back(plan, {"Ferry", 650, 200, true, {}}, plain()), "");
}

}  // namespace
}  // namespace detente::airspace
