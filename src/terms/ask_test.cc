// SPDX-License-Identifier: Apache-2.0
// Method: plans against the page's example of a later version, each with the reasons that the page
// gives. The comparison with a second evaluation is ask_property_test.cc.
#include "terms/ask.h"

#include <gtest/gtest.h>

#include "terms/testing_agreement.h"

namespace detente::terms {
namespace {

Agreement amended() {
  Result<Agreement> made = Agreement::make(amended_example());
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

geo::Volume4 box(double lat, double lng, std::int64_t radius_m, std::int64_t low_m,
                 std::int64_t high_m, const char* start, const char* end) {
  return {geo::Area::make(geo::Circle{geo::point_from_degrees(lat, lng).value(), radius_m * 1000})
              .value(),
          {low_m * 1000, high_m * 1000, geo::AltitudeReference::msl},
          {parse_rfc3339(start).value(), parse_rfc3339(end).value()}};
}

std::string words(const PlanAnswer& answer) {
  std::string out;
  for (const Reason& reason : answer.reasons) {
    out += reason.clause.value + "@" + (reason.site.empty() ? reason.area.value : reason.site) +
           (reason.broken ? " broken" : " kept") + (reason.unclear ? " unclear; " : "; ");
  }
  return out;
}

PlanQuestion survey() {
  return {.who = PartyId("north"),
          .purpose = Purpose::survey,
          .unmanned = true,
          .volumes = {box(35.95, 36.65, 1000, 100, 500, "2016-07-11T10:00:00Z",
                          "2016-07-11T11:00:00Z")},
          .active = true,
          .stage = StageId("S1"),
          .stage_known = true,
          .sites = {}};
}

TEST(PlanQuestion, IsAnsweredWithEveryClauseThatApplied) {
  const Agreement agreement = amended();
  PlanQuestion question = survey();
  EXPECT_EQ(words(judge_plan(agreement, question)), "3.1@A1 kept; 3.1@A2 kept; ");
  question.active = false;
  PlanAnswer answer = judge_plan(agreement, question);
  EXPECT_FALSE(answer.permitted);
  EXPECT_EQ(words(answer), "3.1@A1 broken; 3.1@A2 broken; ");
  EXPECT_EQ(answer.areas, (std::vector<std::size_t>{0, 1}));
}

TEST(PlanQuestion, WithoutAnswersIsJudgedAsTheStricterOne) {
  const Agreement agreement = amended();
  PlanQuestion question = survey();
  question.who.reset();
  question.purpose.reset();
  question.unmanned.reset();
  question.stage.reset();
  question.stage_known = false;
  const PlanAnswer answer = judge_plan(agreement, question);
  EXPECT_EQ(words(answer),
            "3.1@A1 kept; 3.2@A1 broken unclear; 3.1@A2 kept; 3.3@A2 broken unclear; ");
  EXPECT_EQ(answer.needs, nullptr);
  EXPECT_TRUE(answer.concurrences.empty());
  EXPECT_NE(answer.text.find("stricter reading"), std::string::npos) << answer.text;
}

TEST(PlanQuestion, MeetsADailyWindowOnlyWhileItIsInTheArea) {
  const Agreement agreement = amended();
  PlanQuestion question = survey();
  // By day in A1 and by night elsewhere: the rule for the night does not reach it.
  question.volumes.push_back(
      box(37.5, 36.65, 1000, 100, 500, "2016-07-11T20:00:00Z", "2016-07-11T21:00:00Z"));
  EXPECT_TRUE(judge_plan(agreement, question).permitted);
  question.volumes.push_back(
      box(35.85, 36.6, 1000, 4000, 4500, "2016-07-11T17:30:00Z", "2016-07-11T18:00:00.001Z"));
  EXPECT_EQ(words(judge_plan(agreement, question)), "3.1@A1 kept; 3.4@A1 broken; 3.1@A2 kept; ");
  question.stage = StageId("S2");
  EXPECT_TRUE(judge_plan(agreement, question).permitted);
}

TEST(PlanQuestion, KeepsArmedFlightsAwayFromSitesOfTheAgreementAndFromRegisteredOnes) {
  const Agreement agreement = amended();
  PlanQuestion question = survey();
  question.purpose = Purpose::armed;
  // The hospital H1 is 200 m wide at 36.2 N; its stand-off 10 km, or 3,000 m above 500 m.
  const auto at = [&](double lat, std::int64_t low_m) {
    question.volumes = {
        box(lat, 36.65, 100, low_m, low_m + 100, "2016-07-11T10:00:00Z", "2016-07-11T11:00:00Z")};
    return judge_plan(agreement, question);
  };
  EXPECT_TRUE(at(36.3, 100).permitted);  // 11 km away
  const PlanAnswer near = at(36.28, 100);
  EXPECT_EQ(words(near), "4.1@H1 broken; ");
  EXPECT_EQ(near.reasons[0].effect, Effect::keep_away);
  EXPECT_NEAR(near.reasons[0].distance_m, 8'877 - 300, 20);
  EXPECT_FALSE(at(36.28, 3500).permitted);  // exactly 3,000 m above
  EXPECT_TRUE(at(36.28, 3501).permitted);
  // Twenty kilometres off, but beside a registered school of unknown height.
  const std::vector<ProtectedSite> sites = {
      {"site-1", "school",
       geo::Area::make(geo::Circle{geo::point_from_degrees(36.4, 36.65).value(), 50'000}).value(),
       std::nullopt, std::nullopt},
      {"site-2", "bakery",
       geo::Area::make(geo::Circle{geo::point_from_degrees(36.4, 36.65).value(), 50'000}).value(),
       std::nullopt, std::nullopt}};
  question.sites = sites;
  EXPECT_EQ(words(at(36.4, 9000)), "4.1@site-1 broken; ");
  EXPECT_EQ(at(36.4, 9000).reasons[0].distance_m, 0);
  question.purpose = Purpose::humanitarian;
  EXPECT_TRUE(at(36.4, 9000).permitted);
  question.purpose.reset();
  EXPECT_EQ(words(at(36.4, 9000)), "4.1@site-1 broken unclear; ");
}

TEST(PlanQuestion, SaysWhatThePlanNeeds) {
  const Agreement agreement = amended();
  PlanQuestion question = survey();
  PlanAnswer answer = judge_plan(agreement, question);
  ASSERT_NE(answer.needs, nullptr);
  EXPECT_EQ(answer.needs->clause, ClauseId("6.1"));
  ASSERT_EQ(answer.concurrences.size(), 1U);
  EXPECT_EQ(answer.concurrences[0].party, PartyId("south"));
  EXPECT_EQ(answer.separation.clause, ClauseId("7.1"));
  EXPECT_TRUE(answer.exceptions.empty());
  question.who = PartyId("third-air");
  question.purpose = Purpose::medical_evacuation;
  answer = judge_plan(agreement, question);
  EXPECT_TRUE(answer.permitted);
  EXPECT_EQ(words(answer), "3.1@A1 kept; 3.2@A1 kept; 3.1@A2 kept; ");
  // Its sponsor owns the activity.
  ASSERT_EQ(answer.concurrences.size(), 1U);
  EXPECT_EQ(answer.concurrences[0].party, PartyId("north"));
  ASSERT_EQ(answer.exceptions.size(), 1U);
  EXPECT_EQ(answer.exceptions[0]->id, ExceptionId("E1"));
  EXPECT_EQ(answer.text,
            "Permitted in A1 and A2. Clause 6.2 asks for 1 h of notice, counted from when the "
            "others hold it, and for the concurrence of north (1 officer). Exception E1 (clause "
            "5.2) names this purpose: its use is declared within 1 h.");
}

TEST(PlanQuestion, OutsideEveryAreaAndTimeIsPermittedAndSaysSo) {
  const Agreement agreement = amended();
  PlanQuestion question = survey();
  question.volumes = {box(36.0, 36.6, 100, 0, 100, "2017-02-01T00:00:00Z", "2017-02-01T01:00:00Z")};
  const PlanAnswer answer = judge_plan(agreement, question);
  EXPECT_TRUE(answer.permitted);
  EXPECT_NE(answer.text.find("outside the agreement's own time"), std::string::npos);
  question.volumes.clear();
  EXPECT_TRUE(judge_plan(agreement, question).permitted);
}

}  // namespace
}  // namespace detente::terms
