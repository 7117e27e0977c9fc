// SPDX-License-Identifier: Apache-2.0
#include "airspace/activity.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "airspace/testing_sky.h"
#include "base/limits.h"

namespace detente::airspace {
namespace {

const terms::Agreement& agreement() {
  static const terms::Agreement made = terms::Agreement::make(testing::sky_template()).value();
  return made;
}

constexpr const char* kPlan =
    R"({"purpose":"medical_evacuation","operator":"third-air","callsigns":["HERON21","H2"],)"
    R"("aircraft":["43c101","000001"],"place":{"name":"Ferry","point":[360000000,370000000]},)"
    R"("volumes":[{"area":{"circle":{"center":[360000000,370000000],"radius_mm":10000000}},)"
    R"("altitude":{"lower_mm":3048000,"upper_mm":3657600,"reference":"MSL"},)"
    R"("time":{"start":"2016-07-16T08:00:00Z","end":"2016-07-16T10:00:00Z"}},)"
    R"({"area":{"polygon":[[360000000,370000000],[361000000,370000000],[361000000,371000000]]},)"
    R"("altitude":{"lower_mm":0,"upper_mm":3657600,"reference":"STD"},)"
    R"("time":{"start":"2016-07-16T07:30:00Z","end":"2016-07-16T09:00:00Z"}}],)"
    R"("exception":{"clause":"5.1","grounds":"two wounded"},"remarks":"by day"})";

Result<ActivityPlan> read(std::string_view text) {
  DETENTE_TRY(const JsonDocument doc,
              parse_json(text, {.bytes_max = limits::kStatementPayloadBytes}));
  return read_plan(doc.root(), agreement());
}

// The plan with the value at a JSON pointer replaced, added, or removed where `value` is empty.
std::string edited(const std::string& pointer, const std::string& value) {
  boost::json::value doc = boost::json::parse(kPlan);
  const std::size_t slash = pointer.rfind('/');
  const std::string last = pointer.substr(slash + 1);
  boost::json::value& parent = slash == 0 ? doc : doc.at_pointer(pointer.substr(0, slash));
  if (boost::json::array* array = parent.if_array()) {
    array->at(std::stoul(last)) = boost::json::parse(value);
  } else if (value.empty()) {
    parent.as_object().erase(last);
  } else {
    parent.as_object()[last] = boost::json::parse(value);
  }
  const auto text = boost::json::serialize(doc);
  return std::string(text.data(), text.size());
}

void expect_refused(const std::string& pointer, const std::string& value, Errc code,
                    const std::string& place) {
  const Result<ActivityPlan> plan = read(edited(pointer, value));
  ASSERT_FALSE(plan) << pointer << " " << value;
  EXPECT_EQ(errc_name(plan.error().code), std::string(errc_name(code))) << plan.error().text();
  EXPECT_EQ(plan.error().place, place) << plan.error().text();
}

TEST(Activity, MembersThatDescribeTargetsAreRefusedAtEveryDepth) {
  expect_refused("/target", "\"x\"", Errc::restraint, "target");
  expect_refused("/place/aim_point", "[1,2]", Errc::restraint, "place/aim_point");
  expect_refused("/volumes/0/area/weapon", "1", Errc::restraint, "volumes/0/area/weapon");
  expect_refused("/remarks", R"([[{"targets":[]}]])", Errc::restraint, "remarks/0/0/targets");
}

TEST(Activity, MembersThatAreNotKnownAreRefused) {
  expect_refused("/priority", "1", Errc::json_member_unknown, "");
  expect_refused("/place/height", "1", Errc::json_member_unknown, "place");
  expect_refused("/exception/other", "1", Errc::json_member_unknown, "exception");
}

TEST(Activity, EveryMemberButExceptionAndRemarksMustBeThere) {
  for (const char* name : {"purpose", "operator", "callsigns", "aircraft", "place", "volumes"}) {
    const Result<ActivityPlan> plan = read(edited(std::string("/") + name, ""));
    ASSERT_FALSE(plan) << name;
    EXPECT_EQ(plan.error().code, Errc::json_member_missing) << plan.error().text();
  }
  EXPECT_TRUE(read(edited("/exception", "")));
  EXPECT_TRUE(read(edited("/remarks", "")));
}

TEST(Activity, PurposeAndOperatorMustBeKnown) {
  expect_refused("/purpose", "\"strafing\"", Errc::purpose_unknown, "purpose");
  expect_refused("/operator", "\"east\"", Errc::agreement_unknown_party, "operator");
}

TEST(Activity, CallsignsAndAddressesHaveOneForm) {
  for (const char* bad : {"[\"heron\"]", "[\"HERON 21\"]", "[\"HERON2100\"]", "[\"A\",\"A\"]"}) {
    expect_refused("/callsigns", bad, Errc::activity_malformed, "callsigns");
  }
  for (const char* bad : {"[\"43C101\"]", "[\"43c10\"]", "[\"43c1011\"]", "[\"43c10g\"]",
                          "[\"43c101\",\"43c101\"]"}) {
    expect_refused("/aircraft", bad, Errc::activity_malformed, "aircraft");
  }
}

TEST(Activity, VolumesAreAtLeastOneAndAtMostTheLimit) {
  expect_refused("/volumes", "[]", Errc::activity_malformed, "volumes");
  std::string many = "[0";
  for (std::size_t i = 0; i < limits::kVolumesPerActivity; ++i) many += ",0";
  expect_refused("/volumes", many + "]", Errc::json_member_range, "volumes");
}

TEST(Activity, ShapesHeightsAndTimesAreCheckedWithTheirPlace) {
  expect_refused("/volumes/1/area/polygon",
                 "[[360000000,370000000],[361000000,370000000],[360000000,371000000],"
                 "[361000000,371000000]]",
                 Errc::geo_self_crossing, "volumes/1/area/polygon/1");
  expect_refused("/volumes/0/altitude/lower_mm", "9000000", Errc::geo_altitude_reversed,
                 "volumes/0/altitude");
  expect_refused("/volumes/0/time/end", "\"2016-07-16T07:00:00Z\"", Errc::geo_time_reversed,
                 "volumes/0/time");
  expect_refused("/volumes/0/time/end", "\"2016-07-16T10:00:00\"", Errc::bad_time,
                 "volumes/0/time/end");
}

TEST(Activity, AllVolumesTogetherStayWithinThePlanningHorizon) {
  expect_refused("/volumes/0/time",
                 R"({"start":"2016-09-30T08:00:00Z","end":"2016-09-30T10:00:00Z"})",
                 Errc::geo_time_range, "volumes");
}

TEST(Activity, AVolumeFarFromTheNamedPlaceIsRefusedWithTheDistance) {
  // Two degrees of latitude too far north, as when a digit is misheard.
  const Result<ActivityPlan> plan = read(edited("/place/point", "[380000000,370000000]"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Errc::activity_place);
  EXPECT_EQ(plan.error().place, "volumes/0");
  EXPECT_NE(plan.error().detail.find("212.0 km from \"Ferry\""), std::string::npos)
      << plan.error().detail;
  EXPECT_TRUE(read(edited("/place/point", "[374000000,370000000]")));
}

TEST(Activity, AnExceptionNamesAClauseThatExceptsThisPurpose) {
  expect_refused("/exception/clause", "\"8.8\"", Errc::agreement_unknown_clause,
                 "exception/clause");
  expect_refused("/exception/clause", "\"3.2\"", Errc::activity_malformed, "exception/clause");
  expect_refused("/purpose", "\"patrol\"", Errc::activity_malformed, "exception/clause");
  expect_refused("/exception/grounds", "\"\"", Errc::json_member_range, "exception/grounds");
}

TEST(Activity, UnmannedReplacesAndConfirmedMayBeLeftOutAndHaveOneForm) {
  const ActivityPlan plain = read(kPlan).value();
  EXPECT_FALSE(plain.unmanned);
  EXPECT_FALSE(plain.replaces);
  EXPECT_FALSE(plain.place.confirmed);
  expect_refused("/unmanned", "1", Errc::json_member_type, "unmanned");
  expect_refused("/replaces", "7", Errc::json_member_type, "replaces");
  expect_refused("/place/confirmed", "\"yes\"", Errc::json_member_type, "place/confirmed");
  const std::string id = "\"00112233445566778899aabbccddeeff\"";
  const ActivityPlan amended = read(edited("/replaces", id)).value();
  EXPECT_EQ(amended.replaces, ActivityId{"00112233445566778899aabbccddeeff"});
  const ActivityPlan drone = read(edited("/unmanned", "true")).value();
  EXPECT_TRUE(drone.unmanned);
  const ActivityPlan kept = read(edited("/place/confirmed", "true")).value();
  EXPECT_TRUE(kept.place.confirmed);
  for (const ActivityPlan& plan : {amended, drone, kept}) {
    const ActivityPlan again = read(write_plan(plan)).value();
    EXPECT_EQ(again.replaces, plan.replaces);
    EXPECT_EQ(again.unmanned, plan.unmanned);
    EXPECT_EQ(again.place.confirmed, plan.place.confirmed);
  }
}

TEST(Activity, AnExceptionByNameIsOneToo) {
  const auto named = terms::Agreement::make(testing::sky_with(
      {{"exceptions", R"([{"id":"E1","clause":"6.2","name":{"en":"Rescue"},)"
                      R"("kind":"medical_evacuation","purposes":["medical_evacuation"],)"
                      R"("declare_within_s":3600}])"}}));
  ASSERT_TRUE(named) << named.error().text();
  const std::string plan = edited("/exception/clause", "\"6.2\"");
  EXPECT_EQ(read(plan).error().code, Errc::activity_malformed);
  const auto parsed = parse_json(plan, {.bytes_max = limits::kStatementPayloadBytes}).value();
  EXPECT_TRUE(read_plan(parsed.root(), *named));
}

TEST(Activity, APlanIsReadAndWrittenInOneForm) {
  const ActivityPlan plan = read(kPlan).value();
  EXPECT_EQ(plan.purpose, terms::Purpose::medical_evacuation);
  EXPECT_EQ(plan.operator_id, PartyId{"third-air"});
  EXPECT_EQ(plan.aircraft, (std::vector<std::uint32_t>{0x43c101, 1}));
  EXPECT_EQ(plan.exception->grounds, "two wounded");
  EXPECT_EQ(format_rfc3339(plan.span().start), "2016-07-16T07:30:00Z");
  EXPECT_EQ(format_rfc3339(plan.span().end), "2016-07-16T10:00:00Z");
  EXPECT_EQ(write_plan(plan), kPlan);
}

TEST(Activity, TheWorkedExampleOfTheDocumentationReadsAndWritesTheSame) {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/activity.md");
  std::ostringstream page;
  page << in.rdbuf();
  const std::string text = page.str();
  const std::string opening = "```json activity.propose\n";
  const std::size_t begin = text.find(opening);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t start = begin + opening.size();
  std::string example = text.substr(start, text.find("\n```", start) - start);
  const Result<ActivityPlan> plan = read(example);
  ASSERT_TRUE(plan) << plan.error().text();
  // The page breaks the lines; the signed form has none.
  std::erase(example, '\n');
  EXPECT_EQ(write_plan(*plan), example);
}

}  // namespace
}  // namespace detente::airspace
