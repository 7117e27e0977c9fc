// SPDX-License-Identifier: Apache-2.0
// Method: honest parties go through their guards; what a guard refuses is then logged all the
// same, and must have no effect either. Refusals come first in each part.
#include "terms/agreement_ledger.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "terms/testing_course.h"
#include "terms/testing_versions.h"

namespace detente::terms {
namespace {

using namespace testing;

Errc code_of(const Result<record::Ref>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Errc{} : result.error().code;
}

// ---- versions ----

TEST(CourseVersions, OneSignatureChangesNothing) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  ASSERT_TRUE(course.ledger().learn(two));
  ASSERT_TRUE(course.amend("south", *two, course.now() + kHourMs));
  course.wait(2 * kHourMs);
  EXPECT_EQ(course.at().agreement->version(), 1);
  const AgreementView view = course.view();
  ASSERT_EQ(view.versions.size(), 2U);
  EXPECT_TRUE(view.versions[0].in_force);
  EXPECT_FALSE(view.versions[1].in_force);
  EXPECT_EQ(view.versions[1].problem, "north did not sign it before it was to take effect");
  EXPECT_EQ(view.versions[1].signatures.size(), 1U);
}

TEST(CourseVersions, TakeEffectWhenAllHaveSignedAndTheTimeHasCome) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  ASSERT_TRUE(course.ledger().learn(two));
  const UtcMs effective = course.now() + kHourMs;
  ASSERT_TRUE(course.amend("north", *two, effective));
  ASSERT_TRUE(course.amend("south", *two, effective));
  const LogSizes all = course.sizes();
  const auto version = [&](const LogSizes& sizes, UtcMs time) {
    return course.ledger().at(sizes, time, Function::watch).agreement->version();
  };
  EXPECT_EQ(version(all, effective - 1), 1);
  EXPECT_EQ(version(all, effective), 2);
  // Whoever has not seen both signatures is still under the first.
  EXPECT_EQ(version({1, 0, 0}, effective), 1);
  EXPECT_EQ(version({0, 1, 0}, effective), 1);
  course.wait(kHourMs);
  const AgreementView view = course.view();
  EXPECT_FALSE(view.versions[0].in_force);
  EXPECT_TRUE(view.versions[1].in_force);
  EXPECT_EQ(view.versions[1].problem, "");
  EXPECT_EQ(view.versions[1].signatures.at(0).reason, "agreed");
}

TEST(CourseVersions, RefuseAChangeOfAnOldVersion) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  const auto other = later_version(*course.agreement(), "/title/en", R"("Other")");
  for (const auto& document : {two, other}) ASSERT_TRUE(course.ledger().learn(document));
  const UtcMs effective = course.now() + kHourMs;
  for (const char* party : {"north", "south"}) ASSERT_TRUE(course.amend(party, *two, effective));
  course.wait(2 * kHourMs);
  const UtcMs later = course.now() + kHourMs;
  EXPECT_EQ(code_of(course.amend("north", *other, later)), Errc::agreement_version);
  for (const char* party : {"north", "south"}) {
    course.force(party, "agreement.amend", course.amend_body(*other, later));
  }
  course.wait(2 * kHourMs);
  EXPECT_EQ(course.at().agreement->sha256_hex(), two->sha256_hex());
  const AgreementView view = course.view();
  ASSERT_EQ(view.versions.size(), 3U);
  EXPECT_EQ(view.versions[2].problem, "it amends version 1, and version 2 is in force");
}

// Two changes of one version: each party's second signature counts only after the first's time.
TEST(CourseVersions, HaveOneOfferAtATime) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  const auto other = later_version(*course.agreement(), "/title/en", R"("Other")");
  for (const auto& document : {two, other}) ASSERT_TRUE(course.ledger().learn(document));
  const UtcMs effective = course.now() + kHourMs;
  ASSERT_TRUE(course.amend("north", *two, effective));
  EXPECT_EQ(code_of(course.amend("north", *other, effective)), Errc::agreement_version);
  EXPECT_EQ(code_of(course.amend("north", *two, effective + 1)), Errc::agreement_version);
  course.force("north", "agreement.amend", course.amend_body(*other, effective + kHourMs));
  course.force("south", "agreement.amend", course.amend_body(*other, effective + kHourMs));
  course.wait(3 * kHourMs);
  EXPECT_EQ(course.at().agreement->version(), 1);
  // Both offers have lapsed, and a new one may be made.
  const UtcMs later = course.now() + kHourMs;
  for (const char* party : {"north", "south"}) ASSERT_TRUE(course.amend(party, *other, later));
  course.wait(kHourMs);
  EXPECT_EQ(course.at().agreement->sha256_hex(), other->sha256_hex());
}

TEST(CourseVersions, RefuseContradictoryTimes) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  ASSERT_TRUE(course.ledger().learn(two));
  const UtcMs now = course.now();
  EXPECT_EQ(code_of(course.amend("north", *two, now - 1)), Errc::agreement_time);
  EXPECT_EQ(code_of(course.amend("north", *two, now + 367 * kDayMs)), Errc::agreement_time);
  // Not the same words: neither is complete.
  ASSERT_TRUE(course.amend("north", *two, now + kHourMs));
  ASSERT_TRUE(course.amend("south", *two, now + 2 * kHourMs));
  course.wait(kDayMs);
  EXPECT_EQ(course.at().agreement->version(), 1);
  EXPECT_EQ(course.view().versions.size(), 3U);
}

TEST(CourseVersions, RefuseAnotherAgreementAndOtherParties) {
  Course course;
  const std::string second = later_version(*course.agreement(), "/title/en", R"("Two")")->bytes();
  for (const auto& [pointer, value] : std::vector<std::pair<std::string, std::string>>{
           {"/id", R"("other")"}, {"/parties/2/keys", ""}}) {
    const auto foreign = make_shared_agreement(edited_in(second, pointer, value));
    EXPECT_EQ(course.ledger().learn(foreign).error().code, Errc::agreement_other) << pointer;
  }
  EXPECT_EQ(course.ledger().documents().size(), 1U);
  EXPECT_TRUE(course.ledger().learn(course.agreement())) << "the first one is known";
}

TEST(CourseVersions, WaitForADocumentThatIsNotAtHand) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  const UtcMs effective = course.now() + kHourMs;
  EXPECT_EQ(code_of(course.amend("north", *two, effective)), Errc::agreement_version);
  for (const char* party : {"north", "south"}) {
    course.force(party, "agreement.amend", course.amend_body(*two, effective));
  }
  EXPECT_EQ(course.ledger().wanted(), std::vector<std::string>{two->sha256_hex()});
  EXPECT_EQ(course.at().missing, "");
  course.wait(kHourMs);
  EXPECT_EQ(course.at().missing, two->sha256_hex());
  EXPECT_EQ(course.at().agreement->version(), 1);
  EXPECT_FALSE(course.view().versions[1].at_hand);
  // An act in the meantime waits, and is judged when the document comes.
  course.wait_until(kDDay + 3 * kDayMs);
  for (const char* party : {"north", "south"}) {
    course.force(party, "stage.begin", course.begin_body("S1", two.get()));
  }
  EXPECT_EQ(course.stage(), "");
  EXPECT_TRUE(course.ledger().refused().empty());
  ASSERT_TRUE(course.ledger().learn(two));
  EXPECT_EQ(course.at().missing, "");
  EXPECT_EQ(course.at().agreement->version(), 2);
  EXPECT_EQ(course.stage(), "S1");
  EXPECT_TRUE(course.ledger().wanted().empty());
}

TEST(CourseVersions, DoNotCountWhereTheDocumentSaysOtherwise) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  const auto three = later_version(*two, "/title/en", R"("Three")");
  for (const auto& document : {two, three}) ASSERT_TRUE(course.ledger().learn(document));
  const UtcMs effective = course.now() + kHourMs;
  std::string body = course.amend_body(*two, effective);
  body.replace(body.find(two->sha256_hex()), 64, three->sha256_hex());
  EXPECT_EQ(code_of(course.submit("north", "agreement.amend", body)), Errc::agreement_version);
  for (const char* party : {"north", "south"}) course.force(party, "agreement.amend", body);
  course.wait(kDayMs);
  EXPECT_EQ(course.at().agreement->version(), 1);
  EXPECT_EQ(course.at().missing, "");
  EXPECT_EQ(course.view().versions[1].problem, "its document names another version");
}

TEST(CourseVersions, FollowOneAnother) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  const auto three = later_version(*two, "/title/en", R"("Three")");
  for (const auto& document : {two, three}) ASSERT_TRUE(course.ledger().learn(document));
  for (const auto& document : {two, three}) {
    const UtcMs effective = course.now() + kHourMs;
    for (const char* party : {"north", "south"}) {
      ASSERT_TRUE(course.amend(party, *document, effective));
    }
    course.wait(kHourMs);
    EXPECT_EQ(course.at().agreement->version(), document->version());
  }
  EXPECT_EQ(course.ledger().at({1, 1, 0}, course.now(), Function::watch).agreement->version(), 2);
}

// ---- states ----

TEST(CourseStates, RefuseWhatChangesNothingOrWasFinal) {
  Course course;
  EXPECT_EQ(code_of(course.state("north", "in_force")), Errc::agreement_state);
  EXPECT_EQ(code_of(course.state("monitor", "suspended")), Errc::agreement_party);
  ASSERT_TRUE(course.state("north", "suspended"));
  EXPECT_EQ(code_of(course.state("north", "suspended")), Errc::agreement_state);
  EXPECT_EQ(code_of(course.state("south", "in_force")), Errc::agreement_state);
  ASSERT_TRUE(course.state("north", "withdrawn"));
  EXPECT_EQ(code_of(course.state("north", "in_force")), Errc::agreement_withdrawn);
  EXPECT_EQ(code_of(course.state("north", "suspended", "watch")), Errc::agreement_withdrawn);
  course.force("north", "agreement.state", Course::state_body("", "in_force"));
  EXPECT_EQ(course.at().state, ForceState::withdrawn);
}

TEST(CourseStates, AreTheMostRestrictiveOfAllPartiesAndOfTheWhole) {
  Course course;
  EXPECT_EQ(course.at().state, ForceState::in_force);
  EXPECT_EQ(course.at().why, "");
  ASSERT_TRUE(course.state("north", "suspended", "air_activities"));
  ASSERT_TRUE(course.state("south", "suspended", "air_activities"));
  ASSERT_TRUE(course.state("north", "in_force", "air_activities"));
  EXPECT_EQ(course.at().state, ForceState::suspended);
  EXPECT_EQ(course.at().why, "south suspended air_activities at 2016-07-15T00:00:00Z: shelling");
  EXPECT_EQ(course.at(Function::watch).state, ForceState::in_force);
  ASSERT_TRUE(course.state("south", "withdrawn", "air_activities"));
  EXPECT_EQ(course.at().state, ForceState::withdrawn);
  ASSERT_TRUE(course.state("north", "suspended"));
  EXPECT_EQ(course.at().state, ForceState::withdrawn);
  EXPECT_EQ(course.at(Function::watch).state, ForceState::suspended);
  // What a log had seen decides, not what is known now.
  const auto state = [&](const LogSizes& sizes) {
    return course.ledger().at(sizes, course.now(), Function::air_activities).state;
  };
  EXPECT_EQ(state({0, 0, 0}), ForceState::in_force);
  EXPECT_EQ(state({1, 0, 0}), ForceState::suspended);
  EXPECT_EQ(state({2, 0, 0}), ForceState::in_force);
  EXPECT_EQ(state({2, 1, 0}), ForceState::suspended);
  EXPECT_EQ(state({2, 2, 0}), ForceState::withdrawn);
}

TEST(CourseStates, AreNotYetInForceUntilAllHaveSigned) {
  Course course;
  const std::string body = fmt::format(R"({{"sha256":"{}"}})", course.agreement()->sha256_hex());
  course.force("north", "agreement.sign", body);
  EXPECT_EQ(course.view().functions[0].state, ForceState::not_yet);
  EXPECT_EQ(course.at().state, ForceState::in_force);
  course.force("south", "agreement.sign", body);
  const AgreementView view = course.view();
  ASSERT_EQ(view.functions.size(), 6U);
  EXPECT_EQ(view.functions[0].state, ForceState::in_force);
  EXPECT_EQ(view.versions[0].signatures.size(), 2U);
}

// ---- stages ----

TEST(CourseStages, AreNotBegunByOneSignature) {
  Course course;
  course.wait(3 * kDayMs);
  EXPECT_EQ(course.view().stages[0].state, StageState::open);
  ASSERT_TRUE(course.begin("north", "S1"));
  EXPECT_EQ(code_of(course.begin("north", "S1")), Errc::stage_state);
  course.force("north", "stage.begin", course.begin_body("S1"));
  EXPECT_EQ(code_of(course.begin("monitor", "S1")), Errc::agreement_party);
  course.force("monitor", "stage.begin", course.begin_body("S1"));
  EXPECT_EQ(course.stage(), "");
  EXPECT_EQ(course.view().stages[0].signatures.size(), 1U);
  EXPECT_EQ(course.view().stages[0].refused.size(), 2U);
  course.wait(kHourMs);
  ASSERT_TRUE(course.begin("south", "S1"));
  EXPECT_EQ(course.stage(), "S1");
  EXPECT_EQ(course.view().stages[0].state, StageState::current);
  EXPECT_EQ(course.view().stages[0].begun, course.now());
  EXPECT_EQ(code_of(course.begin("south", "S1")), Errc::stage_state);
}

TEST(CourseStages, RefuseWhatIsUnknownOutOfTurnOrUnderAnotherVersion) {
  Course course;
  course.wait(3 * kDayMs);
  EXPECT_EQ(code_of(course.begin("north", "S9")), Errc::stage_unknown);
  EXPECT_EQ(code_of(course.begin("north", "S2")), Errc::stage_state);
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  EXPECT_EQ(code_of(course.begin("north", "S1", two.get())), Errc::agreement_version);
  ASSERT_TRUE(course.state("south", "suspended"));
  EXPECT_EQ(code_of(course.begin("north", "S1")), Errc::agreement_suspended);
  EXPECT_EQ(course.view().stages[0].state, StageState::waiting);
  ASSERT_TRUE(course.state("south", "withdrawn"));
  EXPECT_EQ(code_of(course.begin("north", "S1")), Errc::agreement_withdrawn);
}

TEST(CourseStages, WaitForTheirTime) {
  Course course;
  course.wait(2 * kDayMs - 1);
  EXPECT_EQ(code_of(course.begin("north", "S1")), Errc::stage_conditions);
  const auto conditions = course.view().stages[0].conditions;
  EXPECT_TRUE(conditions[0].met);
  EXPECT_EQ(conditions[0].have, 2 * 86'400 - 1);
  EXPECT_FALSE(conditions[1].met) << "clean days are counted from D";
  EXPECT_EQ(conditions[1].have, 1);
  EXPECT_EQ(conditions[1].why, "1 day of 2 days since the conditions count, 2016-07-15T00:00:00Z");
  EXPECT_STREQ(condition_basis_name(conditions[0].basis), "elapsed");
  EXPECT_STREQ(condition_basis_name(conditions[1].basis), "since_start");
  ASSERT_TRUE(conditions[1].since);
  EXPECT_EQ(format_rfc3339(*conditions[1].since), "2016-07-15T00:00:00Z");
  const auto later = course.view().stages[1].conditions;
  ASSERT_FALSE(later.empty());
  for (const ConditionView& condition : later) {
    const bool reports = condition.condition->kind == StageCondition::Kind::obligation;
    EXPECT_STREQ(condition_basis_name(condition.basis), reports ? "reports" : "not_begun");
    EXPECT_FALSE(condition.since);
  }
  course.wait(1);
  EXPECT_TRUE(course.begin("north", "S1"));
}

TEST(CourseStages, CountDaysWithoutFindingsInAnyLogThatWasSeen) {
  Course course;
  course.wait(2 * kDayMs);
  const record::Ref ref = course.finding("monitor", "undeclared");
  course.finding("south", "outside_volume");
  course.wait(kDayMs);
  const Result<record::Ref> refused = course.begin("north", "S1");
  EXPECT_EQ(code_of(refused), Errc::stage_conditions);
  EXPECT_EQ(refused.error().detail,
            "clause 9.1: 1 day of 2 days since the last finding, 2016-07-17T00:00:00Z");
  const ConditionView found = course.view().stages[0].conditions[1];
  EXPECT_EQ(found.evidence, std::vector<record::Ref>{ref});
  EXPECT_STREQ(condition_basis_name(found.basis), "since_finding");
  ASSERT_TRUE(found.since);
  EXPECT_EQ(format_rfc3339(*found.since), "2016-07-17T00:00:00Z");
  course.wait(kDayMs);
  EXPECT_TRUE(course.begin("north", "S1"));
}

TEST(CourseStages, DoNotTakeUnwatchedDaysForCleanOnes) {
  Course course;
  course.wait(kDayMs);
  course.force("south", "link.cut", R"({"party":"monitor","last":"2016-07-15T23:55:00Z"})");
  course.wait(23 * kHourMs);
  course.force("south", "link.restored", R"({"party":"monitor"})");
  course.wait(kHourMs);
  EXPECT_NE(course.view().stages[0].conditions[1].why.find("links were cut 1 time, 23 h in all"),
            std::string::npos);
  const CutSum cuts = course.view().stages[0].conditions[1].cuts;
  EXPECT_EQ(cuts.count, 1U);
  EXPECT_EQ(cuts.ms, 23 * kHourMs);
  EXPECT_FALSE(cuts.more);
  EXPECT_TRUE(course.view().stages[0].conditions[1].met) << "less than 24 h";
  course.force("monitor", "link.cut", R"({"party":"south"})");
  course.wait(kDayMs);
  EXPECT_TRUE(course.view().stages[0].conditions[1].met) << "24 h, and not longer";
  course.wait(1);
  EXPECT_FALSE(course.view().stages[0].conditions[1].met) << "it is still cut";
  EXPECT_STREQ(condition_basis_name(course.view().stages[0].conditions[1].basis), "since_cut");
  course.force("monitor", "link.restored", R"({"party":"south"})");
  course.wait(2 * kDayMs - 1);
  EXPECT_EQ(code_of(course.begin("north", "S1")), Errc::stage_conditions);
  course.wait(1);
  EXPECT_TRUE(course.begin("north", "S1"));
}

// A begin counts by what its log had seen; it is known elsewhere when all of that is.
TEST(CourseStages, AreJudgedByWhatEachSignatureHadSeen) {
  Course course;
  course.everyone_sees_all = false;
  course.wait(2 * kDayMs);
  course.finding("monitor");
  course.wait(kHourMs);
  ASSERT_TRUE(course.begin("north", "S1")) << "north has not heard of the finding";
  course.see("south", "monitor");
  EXPECT_EQ(code_of(course.begin("south", "S1")), Errc::stage_conditions);
  course.force("south", "stage.begin", course.begin_body("S1"));
  EXPECT_EQ(course.stage(), "");
}

TEST(CourseStages, AreNotKnownToAPrefixThatLacksWhatTheirSignaturesHadSeen) {
  Course course;
  course.everyone_sees_all = false;
  course.force("monitor", "note.text", R"({"text":"x"})");
  course.wait(2 * kDayMs);
  course.see("south", "monitor");
  ASSERT_TRUE(course.begin("north", "S1"));
  ASSERT_TRUE(course.begin("south", "S1"));
  const auto stage = [&](const LogSizes& sizes) {
    return course.ledger().at(sizes, course.now(), Function::watch).stage;
  };
  EXPECT_FALSE(stage({1, 1, 0}));
  EXPECT_EQ(stage({1, 1, 1}), StageId{"S1"});
}

TEST(CourseStages, DoNotTakeACutOfADayForALongOne) {
  Course course;
  course.force("south", "link.cut", R"({"party":"north"})");
  course.wait(kDayMs);
  course.force("south", "link.restored", R"({"party":"north"})");
  course.wait(kDayMs);
  EXPECT_TRUE(course.begin("north", "S1"));
}

// Both sign under the old version without having heard of each other, and again under the new one.
TEST(CourseStages, BeginWhenTheyWereFirstCompleteUnderOneVersion) {
  Course course;
  const auto two = later_version(*course.agreement(), "/title/en", R"("Two")");
  ASSERT_TRUE(course.ledger().learn(two));
  course.everyone_sees_all = false;
  course.wait(3 * kDayMs);
  const UtcMs effective = course.now() + kHourMs;
  for (const char* party : {"north", "south"}) ASSERT_TRUE(course.amend(party, *two, effective));
  course.see("north", "south");
  course.see("south", "north");
  const UtcMs first = course.now();
  for (const char* party : {"north", "south"}) ASSERT_TRUE(course.begin(party, "S1"));
  course.wait(kHourMs);
  for (const char* party : {"north", "south"}) {
    ASSERT_TRUE(course.begin(party, "S1", two.get()));
  }
  EXPECT_EQ(course.view().stages[0].begun, first);
  EXPECT_EQ(course.view().stages[0].signatures.size(), 4U);
}

TEST(CourseStages, NeedVerifiedReports) {
  Course course;
  course.reach(1);
  course.wait(kHourMs);
  EXPECT_EQ(code_of(course.begin("north", "S2")), Errc::stage_conditions);
  const record::Ref report = course.report("north", "O1").value();
  EXPECT_EQ(code_of(course.begin("north", "S2")), Errc::stage_conditions);
  const record::Ref seen = course.verify("monitor", "O1", report).value();
  EXPECT_EQ(course.view().stages[1].conditions[1].evidence, std::vector<record::Ref>{seen});
  ASSERT_TRUE(course.verify("monitor", "O1", report, "not_verified"));
  EXPECT_EQ(code_of(course.begin("north", "S2")), Errc::stage_conditions)
      << "the last verification stands";
  ASSERT_TRUE(course.verify("monitor", "O1", report));
  ASSERT_TRUE(course.begin("north", "S2"));
  ASSERT_TRUE(course.begin("south", "S2"));
  EXPECT_EQ(course.stage(), "S2");
  EXPECT_EQ(course.view().stages[0].state, StageState::begun);
}

TEST(CourseResets, NeedTheCurrentStageItsClauseAndEvidence) {
  Course course;
  course.finding("north");
  course.reach(2);
  const record::Ref old{course.origin("north"), LeafIndex{0}, course.log("north").entries[0].leaf};
  EXPECT_EQ(code_of(course.reset("north", "S2", "9.4", {})), Errc::stage_evidence);
  EXPECT_EQ(code_of(course.reset("north", "S2", "9.4", {old})), Errc::stage_evidence)
      << "a finding from before the stage began";
  course.wait(kMinuteMs);
  const record::Ref fresh = course.finding("monitor");
  const record::Ref other = course.finding("monitor", "undeclared");
  EXPECT_EQ(code_of(course.reset("north", "S2", "9.4", {other})), Errc::stage_evidence);
  EXPECT_EQ(code_of(course.reset("north", "S1", "9.4", {fresh})), Errc::stage_state);
  EXPECT_EQ(code_of(course.reset("north", "S9", "9.4", {fresh})), Errc::stage_unknown);
  EXPECT_EQ(code_of(course.reset("north", "S2", "3.1", {fresh})), Errc::agreement_unknown_clause);
  EXPECT_EQ(code_of(course.reset("north", "S2", "9.5", {fresh})), Errc::stage_evidence);
  EXPECT_EQ(code_of(course.reset("monitor", "S2", "9.4", {fresh})), Errc::agreement_party);
  record::Ref forged = fresh;
  forged.leaf[0] ^= 1;
  EXPECT_EQ(code_of(course.reset("north", "S2", "9.4", {forged})), Errc::stage_evidence);
  for (const std::vector<record::Ref>& refs :
       std::vector<std::vector<record::Ref>>{{}, {old}, {other}, {forged}}) {
    course.force("north", "stage.reset", Course::reset_body("S2", "9.4"), refs);
  }
  EXPECT_EQ(course.stage(), "S2");
  ASSERT_TRUE(course.reset("north", "S2", "9.4", {other, fresh}));
  EXPECT_EQ(course.stage(), "");
  const AgreementView view = course.view();
  EXPECT_EQ(view.stages[0].state, StageState::reset);
  EXPECT_EQ(view.stages[1].state, StageState::reset);
  EXPECT_EQ(view.stages[2].state, StageState::waiting);
  EXPECT_EQ(view.stages[1].resets.at(0).reason, "clause 9.4: see there");
}

TEST(CourseResets, SendTheCourseBackToTheStageThatTheyName) {
  Course course;
  course.reach(3);
  EXPECT_EQ(course.stage(), "S3");
  course.wait(kMinuteMs);
  const record::Ref suspended = course.state("north", "suspended", "exchange").value();
  ASSERT_TRUE(course.reset("south", "S3", "9.5", {suspended}));
  EXPECT_EQ(course.stage(), "S2");
  // The time of the third stage counts from the reset.
  EXPECT_EQ(code_of(course.begin("north", "S3")), Errc::stage_conditions);
  course.wait(kHourMs);
  ASSERT_TRUE(course.begin("north", "S3"));
  EXPECT_EQ(course.stage(), "S2") << "south's signature was for the attempt that ended";
  ASSERT_TRUE(course.begin("south", "S3"));
  EXPECT_EQ(course.stage(), "S3");
  course.wait(kMinuteMs);
  ASSERT_TRUE(course.reset("south", "S3", "9.4", {course.finding("north")}));
  EXPECT_EQ(course.stage(), "S1");
}

TEST(CourseResets, EndSignaturesThatHadNotSeenThem) {
  Course course;
  course.reach(2);
  course.wait(kMinuteMs);
  const record::Ref suspended = course.state("south", "suspended", "exchange").value();
  course.everyone_sees_all = false;
  course.see("monitor", "south");
  ASSERT_TRUE(course.reset("south", "S2", "9.5", {suspended}));
  course.wait(kHourMs);
  // North signs for the third stage, not knowing that the second has been reset.
  course.see("north", "south", course.log("south").entries.size() - 1);
  course.force("north", "stage.begin", course.begin_body("S3"));
  EXPECT_EQ(course.stage(), "S1");
  EXPECT_TRUE(course.view().stages[2].signatures.empty());
  EXPECT_EQ(course.view().stages[2].refused.at(0).reason,
            "a reset that it had not seen ended the attempt");
}

// ---- obligations, exceptions, adherents, papers ----

TEST(CourseObligations, RefuseReportsAndVerificationsOfOthers) {
  Course course;
  EXPECT_EQ(code_of(course.report("south", "O1")), Errc::obligation_party);
  EXPECT_EQ(code_of(course.report("north", "O9")), Errc::obligation_unknown);
  const record::Ref report = course.report("north", "O1").value();
  EXPECT_EQ(code_of(course.verify("north", "O1", report)), Errc::obligation_party)
      << "nobody verifies what he did himself";
  EXPECT_EQ(code_of(course.verify("south", "O1", report)), Errc::obligation_party);
  EXPECT_EQ(code_of(course.verify("monitor", "O9", report)), Errc::obligation_unknown);
  const record::Ref other = course.report("south", "O2").value();
  EXPECT_EQ(code_of(course.verify("monitor", "O1", other)), Errc::obligation_evidence);
  record::Ref forged = report;
  forged.leaf[0] ^= 1;
  EXPECT_EQ(code_of(course.verify("monitor", "O1", forged)), Errc::obligation_evidence);
  EXPECT_EQ(course.view().obligations[0].state, ObligationState::reported);
  EXPECT_EQ(course.view().obligations[0].reports.size(), 1U);
}

TEST(CourseObligations, AreFulfilledByVerifiedReportsAlone) {
  Course course;
  const auto state = [&](std::size_t n) { return course.view().obligations.at(n).state; };
  EXPECT_EQ(state(0), ObligationState::open);
  const record::Ref first = course.report("north", "O1").value();
  const record::Ref second = course.report("north", "O1").value();
  ASSERT_TRUE(course.verify("monitor", "O1", first));
  EXPECT_EQ(state(0), ObligationState::reported);
  ASSERT_TRUE(course.verify("monitor", "O1", second, "disputed"));
  EXPECT_EQ(state(0), ObligationState::disputed);
  ASSERT_TRUE(course.verify("monitor", "O1", second, "not_verified"));
  EXPECT_EQ(state(0), ObligationState::reported);
  course.wait_until(parse_rfc3339("2016-08-01T00:00:00.001Z").value());
  EXPECT_EQ(state(0), ObligationState::overdue);
  ASSERT_TRUE(course.verify("monitor", "O1", second));
  EXPECT_EQ(state(0), ObligationState::verified);
  const ObligationView view = course.view().obligations[0];
  EXPECT_EQ(view.verified, 2);
  EXPECT_EQ(view.reports[1].verifications.size(), 3U);
  EXPECT_EQ(view.reports[1].verifications[0].reason, "disputed: seen");
  EXPECT_EQ(view.obligation->mirrors, ObligationId{"O2"});
}

TEST(CourseObligations, AreDueAfterTheirStage) {
  Course course;
  EXPECT_FALSE(course.view().obligations[1].due);
  course.reach(1);
  EXPECT_EQ(course.view().obligations[1].due, course.now() + kDayMs);
  course.wait(kDayMs + 1);
  EXPECT_EQ(course.view().obligations[1].state, ObligationState::overdue);
  ASSERT_TRUE(course.verify("north", "O2", course.report("south", "O2").value()));
  EXPECT_EQ(course.view().obligations[1].state, ObligationState::verified);
}

TEST(CourseExceptions, AreDeclaredCountedAndMarkedLate) {
  Course course;
  EXPECT_EQ(code_of(course.declare("north", "E9", course.now())), Errc::exception_unknown);
  EXPECT_EQ(code_of(course.declare("monitor", "E1", course.now())), Errc::agreement_party);
  EXPECT_EQ(code_of(course.declare("north", "E1", course.now() + 5 * kMinuteMs + 1)),
            Errc::exception_time);
  EXPECT_EQ(code_of(course.declare("north", "E1", UtcMs{253'402'300'799'000})),
            Errc::exception_time);
  ASSERT_TRUE(course.declare("north", "E1", course.now() + 5 * kMinuteMs));
  ASSERT_TRUE(course.declare("north", "E1", course.now() - kHourMs));
  ASSERT_TRUE(course.declare("south", "E1", course.now() - kHourMs - 1));
  const auto uses = course.view().exceptions.at(0).uses;
  ASSERT_EQ(uses.size(), 3U);
  EXPECT_FALSE(uses[0].late);
  EXPECT_FALSE(uses[1].late);
  EXPECT_TRUE(uses[2].late);
  EXPECT_EQ(uses[2].act.reason, "crew down");
}

TEST(CourseRoll, ShowsWhoAcceptedAndBySponsorAlone) {
  Course course;
  const auto body = [&](const std::string& who, const std::string& sha256, UtcMs time) {
    return fmt::format(R"({{"adherent":"{}","sha256":"{}","accepted":"{}"}})", who, sha256,
                       format_rfc3339(time));
  };
  const auto accept = [&](const std::string& party, const std::string& text) {
    return course.submit(party, "adherent.accept", text);
  };
  const std::string& one = course.agreement()->sha256_hex();
  const UtcMs now = course.now();
  EXPECT_EQ(code_of(accept("north", body("third-air", one, now))), Errc::agreement_party);
  EXPECT_EQ(code_of(accept("south", body("south", one, now))), Errc::agreement_unknown_party);
  EXPECT_EQ(code_of(accept("south", body("third-air", std::string(64, 'a'), now))),
            Errc::agreement_version);
  EXPECT_EQ(code_of(accept("south", body("third-air", one, now + kDayMs))), Errc::agreement_time);
  EXPECT_FALSE(course.view().roll.at(0).accepted);
  ASSERT_TRUE(accept("south", body("third-air", one, now - kDayMs)));
  const RollEntry entry = course.view().roll.at(0);
  ASSERT_TRUE(entry.accepted);
  EXPECT_EQ(entry.accepted_at, now - kDayMs);
  EXPECT_EQ(entry.sha256, one);
}

TEST(CoursePapers, OpenOnlyWithTheSaltAndHashOfTheCommitment) {
  Course course;
  const auto body = [](const std::string& name, const std::string& salt, const std::string& text) {
    return fmt::format(R"({{"document":"{}","language":"en","salt":"{}","sha256":"{}"}})", name,
                       to_base64(crypto::sha256(as_bytes(salt))),
                       to_hex(crypto::sha256(as_bytes(text))));
  };
  for (const auto& wrong :
       {body("Annex 3", "salt", "annex 2"), body("Annex 2", "pepper", "annex 2"),
        body("Annex 2", "salt", "annex 3")}) {
    EXPECT_EQ(code_of(course.submit("north", "agreement.open", wrong)), Errc::annex_mismatch);
    course.force("north", "agreement.open", wrong);
  }
  ASSERT_TRUE(course.submit("north", "agreement.open", body("Annex 2", "salt", "annex 2")));
  const auto openings = course.view().openings;
  ASSERT_EQ(openings.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(openings[i].fits) << i;
  EXPECT_TRUE(openings[3].fits);
}

TEST(CoursePapers, ArePublishedByAllWithTheSameList) {
  Course course;
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  const auto say = [&](const std::string& party, const std::string& list) {
    return course.submit(party, "agreement.publish",
                         fmt::format(R"({{"sha256":[{}],"reason":"asked for"}})", list));
  };
  EXPECT_EQ(code_of(say("monitor", "\"" + a + "\"")), Errc::agreement_party);
  EXPECT_EQ(code_of(say("north", "")), Errc::json_member_range);
  EXPECT_EQ(code_of(say("north", fmt::format(R"("{}","{}")", a, a))), Errc::agreement_repeated);
  ASSERT_TRUE(say("north", fmt::format(R"("{}","{}")", a, b)));
  ASSERT_TRUE(say("south", "\"" + a + "\""));
  for (const PublicationView& view : course.view().publications) EXPECT_FALSE(view.by_all);
  ASSERT_TRUE(say("south", fmt::format(R"("{}","{}")", b, a)));
  const auto views = course.view().publications;
  ASSERT_EQ(views.size(), 2U);
  EXPECT_FALSE(views[0].by_all);
  EXPECT_TRUE(views[1].by_all);
}

// ---- bad input ----

TEST(Course, RefusesMalformedBodiesAndKeepsGoing) {
  Course course;
  const std::string one = course.agreement()->sha256_hex();
  const std::string huge(limits::kTextBytes + 1, 'x');
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"agreement.amend", "{}"},
      {"agreement.amend", fmt::format(R"({{"version":1,"sha256":"{0}","amends":"{0}",
                       "effective":"2016-07-16T00:00:00Z","reason":"x"}})",
                                      one)},
      {"agreement.amend",
       fmt::format(R"({{"version":2,"sha256":"{0}","amends":"{0}","effective":"soon",
                       "reason":"x"}})",
                   one)},
      {"agreement.amend", fmt::format(R"({{"version":2,"sha256":"{0}","amends":"{0}",
                       "effective":"2016-07-16T00:00:00Z","reason":"x","hidden":1}})",
                                      one)},
      {"agreement.state", R"({"function":"flying","state":"suspended","reason":"x"})"},
      {"agreement.state", R"({"function":"","state":"not_yet","reason":"x"})"},
      {"agreement.state", R"({"function":"","state":"suspended","reason":""})"},
      {"agreement.state",
       fmt::format(R"({{"function":"","state":"suspended","reason":"{}"}})", huge)},
      {"agreement.open", R"({"document":"Annex 2","language":"en","salt":"AA==","sha256":"aa"})"},
      {"agreement.publish", R"({"sha256":["AA"],"reason":"x"})"},
      {"agreement.publish", R"({"sha256":"aa","reason":"x"})"},
      {"adherent.accept", R"({"adherent":"third-air"})"},
      {"stage.begin", R"({"stage":"S1"})"},
      {"stage.begin", fmt::format(R"({{"stage":"{}","sha256":"{}"}})", huge, one)},
      {"stage.reset", R"({"stage":"S1","clause":"9.4"})"},
      {"exception.declare", R"({"exception":"E1","activity":"","grounds":"","began":""})"},
      {"obligation.report", R"({"obligation":"O1"})"},
      {"obligation.report", fmt::format(R"({{"obligation":"O1","text":"{}"}})", huge)},
      {"obligation.verify", R"({"obligation":"O1","result":"perhaps","reason":"x"})"},
      {"obligation.verify", R"({"obligation":"O1","result":"not_verified","reason":""})"},
      {"obligation.verify", R"({"obligation":"O1","result":"verified","reason":""})"},
  };
  for (const auto& [type, body] : bad) {
    EXPECT_FALSE(course.submit("north", type, body)) << type << " " << body.substr(0, 200);
    course.force("north", type, body);
  }
  EXPECT_EQ(course.ledger().refused().size(), bad.size());
  EXPECT_EQ(course.at().state, ForceState::in_force);
  course.reach(1);
  EXPECT_EQ(course.stage(), "S1");
}

// A hundred thousand entries of two parties that log whatever makes work, and a question after
// every few. No time is asserted: were any part of it quadratic, the test would not come to an end.
TEST(Course, TakesAFlood) {
  Course course;
  course.reach(2);
  course.wait(kMinuteMs);
  const std::string one = course.agreement()->sha256_hex();
  std::vector<std::pair<std::string, std::string>> flood = {
      {"finding.open", R"({"finding":"1","kind":"area_entered"})"},
      {"link.cut", R"({"party":"monitor"})"},
      {"link.restored", R"({"party":"monitor"})"},
      {"stage.begin", course.begin_body("S3")},
      {"stage.begin", course.begin_body("S1")},
      {"obligation.report", R"({"obligation":"O1","text":"x"})"},
      {"agreement.state", Course::state_body("watch", "suspended")},
      {"agreement.state", Course::state_body("watch", "in_force")},
      {"stage.reset", Course::reset_body("S2", "9.4")},
      {"agreement.publish", fmt::format(R"({{"sha256":["{}"],"reason":"x"}})", one)}};
  std::vector<record::Statement> statements;
  statements.reserve(flood.size());
  for (const auto& [type, body] : flood) {
    statements.push_back(course.statement("north", type, body, {course.finding("south")}));
  }
  LogSizes sizes = course.sizes();
  const std::vector<std::string> officers = Course::officers("north");
  std::size_t begun = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    const std::string party = i % 2 == 0 ? "north" : "south";
    record::Entry entry;
    std::uint64_t& size = sizes[i % 2];
    entry.header = {LeafIndex{size}, course.now() + static_cast<std::int64_t>(i) * 100, {}};
    const std::string other = i % 2 == 0 ? "south" : "north";
    entry.header.seen = {{course.origin(other), TreeSize{sizes[1 - i % 2]}, Hash{}}};
    entry.leaf = crypto::sha256(as_bytes(std::to_string(i)));
    entry.statement = statements[(i / 2) % statements.size()];
    course.ledger().apply(PartyId{party}, entry, officers);
    ++size;
    if (i % 5 != 0) continue;
    const TermsAt terms = course.ledger().at(sizes, entry.header.time, Function::watch);
    if (terms.stage) ++begun;
  }
  EXPECT_GT(begun, 0U);
  EXPECT_LT(begun, 100U) << "a reset with a fresh finding sends the course back at once";
  EXPECT_FALSE(course.ledger().at(sizes, course.now() + kDayMs, Function::watch).stage);
  EXPECT_EQ(course.view().stages.size(), 3U);
}

TEST(Course, RefusesEntriesOutOfTurnAndOfStrangers) {
  Course course;
  course.force("north", "note.text", R"({"text":"x"})");
  const record::Entry& entry = course.log("north").entries[0];
  course.ledger().apply(PartyId{"north"}, entry, {});
  course.ledger().apply(PartyId{"west"}, entry, {});
  ASSERT_EQ(course.ledger().refused().size(), 2U);
  EXPECT_EQ(course.ledger().refused()[0].error.code, Errc::entry_index);
  EXPECT_EQ(course.ledger().refused()[1].error.code, Errc::agreement_unknown_party);
}

}  // namespace
}  // namespace detente::terms
