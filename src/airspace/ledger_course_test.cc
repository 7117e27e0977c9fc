// SPDX-License-Identifier: Apache-2.0
//
// Activities under an agreement that changes: suspended, withdrawn, amended, in stages. Every act
// is judged by the terms that its log had seen, and a verdict stays as it is.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;

// ---- suspension ----

TEST(Course, UnderASuspensionNothingIsConcurredWithAndNothingBecomesActive) {
  Sky sky;
  const ActivityId id = agreed(sky);
  Flight above;
  above.floor_ft = 20'000;
  const ActivityId other = sky.propose("north", above);
  ASSERT_TRUE(sky.put_state("south", "suspended", "air_activities"));
  sky.exchange();
  const std::string why = "south suspended air_activities at 2016-07-15T06:00:00Z: shelling";
  const Result<record::Ref> activated = sky.activate("north", id);
  EXPECT_REFUSED(activated, Errc::agreement_suspended);
  EXPECT_EQ(activated.error().detail, why);
  EXPECT_EQ(sky.view("north", id).not_in_force, why);
  EXPECT_REFUSED(sky.concur("south", other), Errc::agreement_suspended);
  sky.force("south", sky.concurrence("south", other));
  EXPECT_EQ(last_step(sky.view("south", other), "south").why, why);
  ASSERT_TRUE(sky.put_state("south", "in_force", "air_activities"));
  sky.exchange();
  EXPECT_EQ(sky.view("north", id).not_in_force, "");
  EXPECT_EQ(sky.view("north", other).needed.front().officers_have, 0)
      << "what was said in the suspension does not come to life";
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(Course, AnActivationForcedIntoTheLogUnderASuspensionDoesNotCount) {
  Sky sky;
  const ActivityId id = agreed(sky);
  const record::Envelope ready = sky.activation("north", id).value();
  ASSERT_TRUE(sky.put_state("south", "suspended"));
  sky.exchange();
  sky.force("north", ready);
  ASSERT_TRUE(sky.put_state("south", "in_force"));
  sky.exchange();
  for (const std::string& party : Sky::names()) EXPECT_EQ(sky.state(party, id), "concurred");
}

TEST(Course, ASuspensionThatTheOwnerCouldNotSeeComesTooLate) {
  Sky sky;
  const ActivityId id = agreed(sky);
  ASSERT_TRUE(sky.put_state("south", "suspended"));
  ASSERT_TRUE(sky.activate("north", id)) << "north has not been told";
  sky.exchange();
  for (const std::string& party : Sky::names()) EXPECT_EQ(sky.state(party, id), "active");
}

TEST(Course, WhatProtectsWorksInEveryState) {
  Sky sky;
  const ActivityId flown = agreed(sky);
  ASSERT_TRUE(sky.activate("north", flown));
  Flight above;
  above.floor_ft = 20'000;
  const ActivityId planned = sky.propose("north", above);
  sky.exchange();
  ASSERT_TRUE(sky.put_state("south", "withdrawn"));
  sky.exchange();
  EXPECT_EQ(sky.state("north", flown), "active") << "what is in the air is not called back";
  EXPECT_REFUSED(sky.concur("south", planned), Errc::agreement_withdrawn);
  const StatementId stop = sky.stop("south").value();
  sky.exchange();
  EXPECT_TRUE(sky.answer_stop("north", stop, "ack"));
  EXPECT_TRUE(sky.answer_stop("south", stop, "lift"));
  EXPECT_TRUE(sky.read_back("south", planned));
  EXPECT_TRUE(sky.object("south", planned));
  EXPECT_TRUE(sky.add("north", planned, "offer", {Flight{}.volume()}));
  EXPECT_TRUE(sky.add("north", flown, "contingent", {}));
  sky.finding("south", "open", "f1", flown);
  EXPECT_TRUE(sky.release("north", flown, {1}));
  EXPECT_TRUE(sky.close("north", planned, "withdraw"));
  EXPECT_TRUE(sky.close("north", flown, "end"));
  sky.exchange();
  EXPECT_EQ(sky.state("south", flown), "ended");
  EXPECT_EQ(sky.state("south", planned), "withdrawn");
}

// ---- versions ----

constexpr const char* kWide =
    R"({"clause":"7.1","lateral_mm":40000000,"vertical_mm":304800,"time_ms":60000})";

// Both sign, and it takes effect. Without the document the guards are not asked.
void bring_into_force(Sky& sky, const std::shared_ptr<const terms::Agreement>& version,
                      bool at_hand = true) {
  const UtcMs effective = sky.now() + kMinuteMs;
  for (const std::string& party : Sky::names()) {
    if (!at_hand) continue;
    ASSERT_TRUE(sky.learn_version(party, version));
  }
  for (const char* party : {"north", "south"}) {
    const record::Envelope envelope = sky.amendment(party, *version, effective);
    if (at_hand) {
      const Result<record::Ref> logged = sky.submit(party, envelope);
      ASSERT_TRUE(logged) << logged.error().text();
    } else {
      sky.force(party, envelope);
    }
  }
  sky.exchange();
  sky.wait_until(effective);
  sky.exchange();
}

TEST(Course, AVersionWithMoreSeparationFindsConflictsThatWereNone) {
  Sky sky;
  const ActivityId norths = sky.propose("north", Flight{});
  Flight beside;
  beside.lat = 36.4;  // 24 km between the circles
  const ActivityId souths = sky.propose("south", beside);
  sky.exchange();
  EXPECT_TRUE(sky.view("north", norths).conflicts.empty());
  bring_into_force(sky, sky.next_version(*sky.agreement(), {{"separation", kWide}}));
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.view(party, norths).conflicts, std::vector{souths});
    EXPECT_EQ(sky.view(party, norths).version, 2);
  }
  EXPECT_REFUSED(sky.concur("south", norths), Errc::activity_own_conflict);
}

TEST(Course, AConcurrenceOfAnEarlierVersionMustCountUnderThatOfTheActivation) {
  Sky sky;
  const ActivityId norths = sky.propose("north", Flight{});
  Flight beside;
  beside.lat = 36.4;
  sky.propose("south", beside);
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", norths)) << "no conflict under the first version";
  sky.exchange();
  bring_into_force(sky, sky.next_version(*sky.agreement(), {{"separation", kWide}}));
  EXPECT_REFUSED(sky.activate("north", norths), Errc::activity_concurrence);
}

TEST(Course, WhatBecameActiveUnderAnEarlierVersionStaysSo) {
  Sky sky;
  const ActivityId norths = agreed(sky);
  ASSERT_TRUE(sky.activate("north", norths));
  Flight beside;
  beside.lat = 36.4;
  sky.propose("south", beside);
  sky.exchange();
  bring_into_force(sky, sky.next_version(*sky.agreement(), {{"separation", kWide}}));
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, norths), "active");
    EXPECT_EQ(sky.view(party, norths).version, 1);
  }
}

TEST(Course, WithoutTheDocumentActsWaitAndAreJudgedWhenItComes) {
  Sky sky;
  const ActivityId id = agreed(sky);
  const auto version = sky.next_version(*sky.agreement(), {{"title", R"({"en":"Two"})"}});
  bring_into_force(sky, version, false);
  const Result<record::Ref> refused = sky.activate("north", id);
  EXPECT_REFUSED(refused, Errc::activity_evidence);
  EXPECT_EQ(refused.error().detail, "waiting for the agreement's version " + version->sha256_hex());
  ASSERT_TRUE(sky.learn_version("north", version));
  ASSERT_TRUE(sky.activate("north", id));
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "active");
  EXPECT_EQ(sky.state("monitor", id), "concurred");
  EXPECT_TRUE(last_step(sky.view("monitor", id), "north").why.starts_with("waiting"));
  ASSERT_TRUE(sky.learn_version("monitor", version));
  EXPECT_EQ(sky.state("monitor", id), "active");
  EXPECT_EQ(sky.view("monitor", id).version, 2);
}

TEST(Course, TheProcedureIsThatOfTheVersionInForce) {
  Sky sky;
  const ActivityId id = sky.propose("north", medical());
  sky.exchange();
  bring_into_force(
      sky, sky.next_version(
               *sky.agreement(),
               {{"procedures",
                 R"([{"clause":"6.1","lead_s":3600,"concurrences":[{"party":"north","officers":2},
{"party":"south","officers":2}]}])"}}));
  EXPECT_EQ(sky.view("north", id).needed.front().officers_needed, 2);
  ASSERT_TRUE(sky.concur("south", id, {1}));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_concurrence);
  ASSERT_TRUE(sky.concur("south", id, {2}));
  sky.exchange();
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(Course, AnOperatorOfALaterVersionMayFly) {
  Sky sky;
  Flight flight;
  flight.who = "fourth-air";
  EXPECT_REFUSED(sky.try_propose("south", flight), Errc::agreement_unknown_party);
  const ActivityId early = forced(sky, "south", flight);
  EXPECT_NE(sky.view("south", early).forbidden, "");
  bring_into_force(
      sky, sky.next_version(*sky.agreement(),
                            {{"adherents",
                              R"([{"id":"third-air","name":"Third air force","sponsor":"south"},
{"id":"fourth-air","name":"Fourth air force","sponsor":"south"}])"}}));
  EXPECT_EQ(sky.view("south", early).forbidden, "");
  ASSERT_TRUE(sky.concur("north", early));
  sky.exchange();
  EXPECT_TRUE(sky.activate("south", early));
}

// ---- stages ----

std::string with_a_stage() {
  return sky_with({{"d_day", R"("2016-07-01T00:00:00Z")"},
                   {"stages", R"([{"id":"S1","clause":"7.1","name":{"en":"One"},"conditions":[
{"clause":"7.1","kind":"elapsed","seconds":60}],"resets":[]}])"},
                   {"rules", R"([{"clause":"3.1","effect":"declare","classes":["designated"]},
{"clause":"3.2","effect":"forbid","who":["north"],"classes":["designated"],"stages":["S1"]}])"}});
}

TEST(Course, ARuleOfAStageHoldsOnceTheOwnerHasSeenTheStageBegin) {
  Sky sky(with_a_stage());
  Flight flight;
  flight.lat = 35;
  flight.lng = 40;
  const ActivityId id = agreed(sky, flight);
  flight.floor_ft = 20'000;
  const ActivityId second = agreed(sky, flight);
  ASSERT_TRUE(sky.begin_stage("north", "S1"));
  ASSERT_TRUE(sky.begin_stage("south", "S1"));
  ASSERT_TRUE(sky.activate("north", id)) << "north has not seen south's signature";
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "active");
  EXPECT_REFUSED(sky.activate("north", second), Errc::activity_rule);
  EXPECT_NE(sky.view("south", second).forbidden.find("3.2"), std::string::npos);
}

// ---- exceptions by name ----

std::string with_an_exception() {
  return sky_with({{"exceptions", R"([{"id":"E1","clause":"5.1","name":{"en":"Wounded"},
"kind":"medical_evacuation","purposes":["medical_evacuation"],"declare_within_s":3600}])"}});
}

Flight rescue() {
  Flight flight = medical();
  flight.who = "third-air";
  flight.lat = 35;
  flight.lng = 40;  // where clause 3.2 keeps it out, but for clause 5.1
  return flight;
}

ActivityId flown_by_south(Sky& sky, const Flight& flight) {
  const ActivityId id = sky.propose("south", flight);
  sky.exchange();
  EXPECT_TRUE(sky.concur("north", id, {1}));
  sky.exchange();
  EXPECT_TRUE(sky.activate("south", id));
  sky.exchange();
  return id;
}

TEST(Course, AUseOfAnExceptionNamesAnActivityOfTheParty) {
  Sky sky(with_an_exception());
  const ActivityId norths = sky.propose("north", Flight{});
  sky.exchange();
  EXPECT_REFUSED(sky.declare("south", "E1", std::string(32, '0')), Errc::activity_unknown);
  EXPECT_REFUSED(sky.declare("south", "E1", norths.value), Errc::activity_not_owner);
  EXPECT_REFUSED(sky.declare("south", "E9", ""), Errc::exception_unknown);
}

TEST(Course, AnExceptionThatIsUsedAndNotDeclaredIsShownUntilItIs) {
  Sky sky(with_an_exception());
  const ActivityId id = flown_by_south(sky, rescue());
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.view(party, id).exception_note,
              "exception not declared yet: clause 5.1, by 2016-07-15T09:00:00Z");
  }
  sky.wait_until(rescue().start);
  ASSERT_TRUE(sky.declare("south", "E1", id.value));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.view(party, id).exception_note, "");
    ASSERT_EQ(sky.view(party, id).exceptions.size(), 1U);
    EXPECT_EQ(sky.view(party, id).exceptions[0].act.reason, "two wounded");
  }
}

TEST(Course, APlanWithGroundsThatIsFiledBeforeItBeginsDeclaresItsException) {
  Sky sky(with_an_exception());
  Flight flight = rescue();
  flight.exception = Exception{ClauseId{"5.1"}, "two wounded"};
  const ActivityId id = flown_by_south(sky, flight);
  EXPECT_EQ(sky.view("north", id).exception_note, "");
}

TEST(Course, NothingBecomesActiveWhenTheAgreementIsOver) {
  Sky sky(
      sky_with({{"valid", R"({"start":"2016-07-01T00:00:00Z","end":"2016-07-16T09:00:00Z"})"}}));
  const ActivityId id = agreed(sky);  // from 08:00 until 10:00
  sky.wait_until(parse_rfc3339("2016-07-16T08:59:59Z").value());
  sky.exchange();
  const record::Envelope ready = sky.activation("north", id).value();
  sky.wait_until(parse_rfc3339("2016-07-16T09:00:00Z").value());
  EXPECT_REFUSED(sky.activate("north", id), Errc::agreement_not_in_force);
  // A node that logs it all the same becomes nothing by it, at nobody's.
  sky.force("north", ready);
  sky.exchange();
  for (const std::string& party : Sky::names()) EXPECT_EQ(sky.state(party, id), "concurred");
}

}  // namespace
}  // namespace detente::airspace
