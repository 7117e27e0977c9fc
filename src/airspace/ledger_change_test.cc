// SPDX-License-Identifier: Apache-2.0
//
// What an owner may change of an activity that it filed: replace it, give space back, say that it
// may not keep to its volumes, or offer something else. Refusals first.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;

Flight after(const ActivityId& id, Flight flight = {}) {
  flight.replaces = id.value;
  return flight;
}

ActivityId active(Sky& sky, const Flight& flight = {}) {
  const ActivityId id = agreed(sky, flight);
  EXPECT_TRUE(sky.activate("north", id));
  sky.exchange();
  return id;
}

// ---- amendments ----

TEST(Amendment, ReplacesOnlyAnOpenActivityOfItsOwner) {
  Sky sky;
  const ActivityId norths = sky.propose("north", Flight{});
  sky.exchange();
  EXPECT_REFUSED(sky.try_propose("south", after(norths)), Errc::activity_not_owner);
  EXPECT_REFUSED(sky.try_propose("north", after(ActivityId{std::string(32, '0')})),
                 Errc::activity_unknown);
  forced(sky, "south", after(norths));
  ASSERT_EQ(sky.ledger("south").refused().size(), 1U);
  EXPECT_EQ(sky.ledger("south").refused()[0].error.code, Errc::activity_unknown);
  ASSERT_TRUE(sky.close("north", norths, "withdraw"));
  EXPECT_REFUSED(sky.try_propose("north", after(norths)), Errc::activity_state);
}

TEST(Amendment, ClosesAnActivityThatWasNotActive) {
  Sky sky;
  const ActivityId first = agreed(sky);
  const ActivityId second = sky.propose("north", after(first));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, first), "withdrawn");
    EXPECT_EQ(sky.view(party, first).state_why, "replaced by " + second.value);
    EXPECT_EQ(sky.view(party, first).replaced_by, second);
    EXPECT_EQ(sky.state(party, second), "proposed");
    EXPECT_EQ(sky.view(party, second).plan.replaces, first);
  }
  // South's consent to the first is none to the second.
  EXPECT_REFUSED(sky.activate("north", second), Errc::activity_concurrence);
  EXPECT_REFUSED(sky.activate("north", first), Errc::activity_state);
  ASSERT_TRUE(sky.concur("south", second));
  sky.exchange();
  EXPECT_TRUE(sky.activate("north", second));
}

TEST(Amendment, LeavesAnActiveOneActiveUntilItIsActiveItself) {
  Sky sky;
  const ActivityId first = active(sky);
  Flight higher;
  higher.floor_ft = 11'000;
  const ActivityId second = sky.propose("north", after(first, higher));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, first), "active");
    EXPECT_EQ(sky.state(party, second), "proposed") << "its own predecessor is no conflict";
    EXPECT_TRUE(sky.view(party, second).conflicts.empty());
    EXPECT_EQ(sky.view(party, first).replaced_by, second);
  }
  ASSERT_TRUE(sky.concur("south", second)) << "though it concurred with the first";
  sky.exchange();
  EXPECT_EQ(sky.state("south", first), "active");
  const Result<record::Ref> activated = sky.activate("north", second);
  ASSERT_TRUE(activated) << activated.error().text();
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, first), "ended");
    EXPECT_EQ(sky.view(party, first).state_why, "replaced by " + second.value);
    EXPECT_EQ(sky.state(party, second), "active");
  }
  EXPECT_REFUSED(sky.close("north", first, "end"), Errc::activity_state);
}

TEST(Amendment, TheOthersSeeBothWhileItIsOpen) {
  Sky sky;
  const ActivityId first = active(sky);
  Flight higher;
  higher.floor_ft = 13'000;
  const ActivityId second = sky.propose("north", after(first, higher));
  const ActivityId souths = sky.propose("south", Flight{});
  sky.exchange();
  const std::vector<ActivityId> both = sky.view("south", souths).conflicts;
  EXPECT_EQ(both.size(), 2U);
  EXPECT_EQ(sky.view("south", second).conflicts, std::vector{souths});
  EXPECT_REFUSED(sky.concur("south", second), Errc::activity_own_conflict);
}

TEST(Amendment, WithdrawnItLeavesTheOtherAsItWas) {
  Sky sky;
  const ActivityId first = active(sky);
  const ActivityId second = sky.propose("north", after(first));
  ASSERT_TRUE(sky.close("north", second, "withdraw"));
  sky.exchange();
  EXPECT_EQ(sky.state("south", first), "active");
  EXPECT_FALSE(sky.view("south", first).replaced_by);
  ASSERT_TRUE(sky.try_propose("north", after(first)));
}

TEST(Amendment, AnActivityHasOneOpenAmendmentAtATime) {
  Sky sky;
  const ActivityId first = active(sky);
  const ActivityId second = sky.propose("north", after(first));
  const Result<ActivityId> other = sky.try_propose("north", after(first));
  EXPECT_REFUSED(other, Errc::activity_state);
  EXPECT_NE(other.error().detail.find(second.value), std::string::npos);
  // Forced into the log, the two block one another.
  const ActivityId third = forced(sky, "north", after(first));
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", second));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("north", second), Errc::activity_own_conflict);
  EXPECT_EQ(sky.state("south", third), "conflicted");
}

TEST(Amendment, ChainsEndTheWholeChain) {
  Sky sky;
  const ActivityId first = active(sky);
  const ActivityId second = sky.propose("north", after(first));
  const ActivityId third = sky.propose("north", after(second));
  sky.exchange();
  EXPECT_EQ(sky.state("south", first), "active");
  EXPECT_EQ(sky.state("south", second), "withdrawn");
  ASSERT_TRUE(sky.concur("south", third));
  sky.exchange();
  ASSERT_TRUE(sky.activate("north", third));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, first), "ended");
    EXPECT_EQ(sky.state(party, third), "active");
  }
}

TEST(Amendment, AnActivationThatFailsEndsNothing) {
  Sky sky;
  const ActivityId first = active(sky);
  const ActivityId second = sky.propose("north", after(first));
  const auto& notes = sky.cell("north").notes;
  sky.force("north", sky.raw_activation("north", second, {sky.proposal(second)}, notes, notes));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, first), "active");
    EXPECT_EQ(sky.state(party, second), "proposed");
  }
}

// A try before the amendment that is not judged yet here: what builds on it waits as well.
TEST(Amendment, WhetherItClosedWaitsForTheVerdictOnTheEarlierActivation) {
  Sky sky;
  const ActivityId first = sky.propose("north", Flight{});
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", first));
  sky.learn("north", "south");
  sky.cosigned("north", "south", true, true);
  ASSERT_TRUE(sky.activate("north", first));
  const ActivityId second = sky.propose("north", after(first));
  sky.learn("monitor", "north");
  EXPECT_EQ(sky.state("monitor", first), "proposed") << "south's log is missing";
  EXPECT_EQ(last_step(sky.view("monitor", first), "north").why, "waiting for south's log");
  sky.learn("monitor", "south");
  EXPECT_EQ(sky.state("monitor", first), "active");
  EXPECT_EQ(sky.view("monitor", first).replaced_by, second);
}

TEST(Amendment, AChainHasABound) {
  Sky sky;
  ActivityId last = sky.propose("north", medical());
  for (std::size_t i = 0; i < limits::kAmendmentsPerActivity; ++i) {
    last = sky.propose("north", after(last, medical()));
  }
  EXPECT_REFUSED(sky.try_propose("north", after(last, medical())), Errc::activity_malformed);
}

// ---- releases ----

// Two volumes: the second lies north of the first, above the meeting place of two flights.
Flight two_parts() {
  Flight flight;
  Flight second;
  second.lat = 36.5;
  second.start = flight.end;
  second.end = flight.end + 2 * kHourMs;
  flight.more = {second.volume()};
  return flight;
}

TEST(Release, GivesBackVolumesByNumberAndIsAskedOfNobody) {
  Sky sky;
  const ActivityId norths = active(sky, two_parts());
  Flight there;
  there.lat = 36.5;
  there.start = two_parts().more[0].time.start;
  there.end = two_parts().more[0].time.end;
  const ActivityId souths = sky.propose("south", there);
  sky.exchange();
  EXPECT_EQ(sky.view("south", souths).meetings.front().other_volume, 1U);
  EXPECT_REFUSED(sky.concur("north", souths), Errc::activity_own_conflict);
  EXPECT_REFUSED(sky.release("north", norths, {3}), Errc::activity_malformed);
  EXPECT_REFUSED(sky.release("south", norths, {2}), Errc::activity_not_owner);
  ASSERT_TRUE(sky.release("north", norths, {2}));
  EXPECT_REFUSED(sky.release("north", norths, {2}), Errc::activity_state);
  EXPECT_EQ(sky.state("south", souths), "conflicted") << "south has not been told";
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, norths), "active");
    EXPECT_EQ(sky.state(party, souths), "proposed");
    ASSERT_EQ(sky.view(party, norths).occupied.size(), 1U);
    EXPECT_EQ(sky.view(party, norths).occupied[0].number, 1U);
    ASSERT_EQ(sky.view(party, norths).releases.size(), 1U);
    EXPECT_EQ(sky.view(party, norths).releases[0].volumes, std::vector<std::uint32_t>{2});
  }
  ASSERT_TRUE(sky.concur("north", souths));
  sky.exchange();
  EXPECT_TRUE(sky.activate("south", souths));
}

TEST(Release, CountsFromItsEntryOnNotBefore) {
  Sky sky;
  const ActivityId norths = active(sky, two_parts());
  Flight there;
  there.lat = 36.5;
  there.start = two_parts().more[0].time.start;
  there.end = two_parts().more[0].time.end;
  const ActivityId souths = sky.propose("south", there);
  sky.exchange();
  sky.force("north", sky.concurrence("north", souths));
  ASSERT_TRUE(sky.release("north", norths, {2}));
  sky.exchange();
  EXPECT_FALSE(last_step(sky.view("south", souths), "north").counts);
  EXPECT_EQ(sky.state("south", souths), "proposed");
}

TEST(Release, GivesBackWhatComesAfterATime) {
  Sky sky;
  const ActivityId norths = active(sky, two_parts());
  const UtcMs until = two_parts().start + kHourMs;
  ASSERT_TRUE(sky.release("north", norths, {}, until));
  const ActivityView view = sky.view("north", norths);
  ASSERT_EQ(view.occupied.size(), 1U);
  EXPECT_EQ(view.occupied[0].volume.time.end, until);
  EXPECT_EQ(view.plan.volumes.size(), 2U) << "the plan stays as it was filed";
  sky.wait_until(until - 1);
  EXPECT_EQ(sky.state("north", norths), "active");
  sky.wait_until(until);
  EXPECT_EQ(sky.state("north", norths), "ended");
}

TEST(Release, CannotGiveBackWhatWasFlown) {
  Sky sky;
  const ActivityId norths = active(sky);
  sky.wait_until(Flight{}.start + kHourMs);
  ASSERT_TRUE(sky.release("north", norths, {1}));
  const ActivityView view = sky.view("north", norths);
  ASSERT_EQ(view.occupied.size(), 1U);
  EXPECT_EQ(view.occupied[0].volume.time.start, Flight{}.start);
  EXPECT_EQ(view.occupied[0].volume.time.end, sky.now());
  EXPECT_EQ(view.state, ActivityState::ended);
}

TEST(Release, OfEverythingEndsTheActivity) {
  Sky sky;
  const ActivityId flown = active(sky);
  Flight above;
  above.floor_ft = 20'000;
  const ActivityId planned = sky.propose("north", above);
  ASSERT_TRUE(sky.release("north", flown, {1}));
  ASSERT_TRUE(sky.release("north", planned, {}, sky.now()));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, flown), "ended");
    EXPECT_EQ(sky.state(party, planned), "withdrawn");
    EXPECT_EQ(sky.view(party, planned).state_why, "all of its airspace was given back");
  }
  EXPECT_REFUSED(sky.release("north", flown, {1}), Errc::activity_state);
}

TEST(Release, NamesSomethingOnce) {
  Sky sky;
  const ActivityId norths = active(sky);
  EXPECT_REFUSED(sky.release("north", norths, {}), Errc::activity_malformed);
  EXPECT_REFUSED(sky.release("north", norths, {1, 1}), Errc::activity_malformed);
  EXPECT_REFUSED(sky.release("north", norths, {0}), Errc::json_member_range);
}

// ---- contingent ----

TEST(Contingent, OnlyAnActiveOneCanBe) {
  Sky sky;
  const ActivityId id = agreed(sky);
  Flight low;
  low.floor_ft = 1'000;
  EXPECT_REFUSED(sky.add("north", id, "contingent", {low.volume()}), Errc::activity_state);
  sky.force("north", sky.addition("north", id, "contingent", {low.volume()}));
  EXPECT_EQ(sky.state("north", id), "concurred");
  EXPECT_TRUE(sky.view("north", id).off_nominal.empty());
  ASSERT_TRUE(sky.activate("north", id));
  sky.exchange();
  EXPECT_REFUSED(sky.add("south", id, "contingent", {}), Errc::activity_not_owner);
}

TEST(Contingent, OffNominalVolumesNeedNoConsentAndBlockTheOthers) {
  Sky sky;
  Flight low;
  low.floor_ft = 1'000;
  const ActivityId norths = active(sky);
  const ActivityId souths = sky.propose("south", low);
  sky.exchange();
  EXPECT_EQ(sky.state("south", souths), "proposed");
  ASSERT_TRUE(sky.concur("north", souths));
  sky.exchange();
  ASSERT_TRUE(sky.add("north", norths, "contingent", {low.volume()}));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, norths), "contingent");
    EXPECT_EQ(sky.view(party, norths).state_why, "engine");
    EXPECT_EQ(sky.view(party, norths).off_nominal.size(), 1U);
    ASSERT_EQ(sky.view(party, norths).meetings.size(), 1U);
    EXPECT_EQ(sky.view(party, norths).meetings[0].own_volume, 1U);
    EXPECT_EQ(sky.state(party, souths), "conflicted");
  }
  EXPECT_REFUSED(sky.activate("south", souths), Errc::activity_conflict);
  EXPECT_REFUSED(sky.concur("north", souths), Errc::activity_own_conflict);
  ASSERT_TRUE(sky.close("north", norths, "end"));
  sky.exchange();
  EXPECT_EQ(sky.state("south", norths), "ended");
  EXPECT_TRUE(sky.activate("south", souths));
}

TEST(Contingent, IsNotOverByTimeButByItsOwnersWord) {
  Sky sky;
  const ActivityId norths = active(sky);
  ASSERT_TRUE(sky.add("north", norths, "contingent", {}));
  sky.finding("south", "open", "f1", norths);
  sky.wait_until(Flight{}.end + 5 * kHourMs);
  sky.exchange();
  EXPECT_EQ(sky.state("south", norths), "contingent");
  ASSERT_TRUE(sky.close("north", norths, "end"));
  sky.exchange();
  EXPECT_EQ(sky.state("south", norths), "ended");
}

// ---- offers ----

TEST(Offer, IsShownAndChangesNothing) {
  Sky sky;
  const ActivityId norths = sky.propose("north", Flight{});
  const ActivityId souths = sky.propose("south", Flight{});
  sky.exchange();
  Flight higher;
  higher.floor_ft = 20'000;
  EXPECT_REFUSED(sky.add("south", norths, "offer", {higher.volume()}), Errc::activity_not_owner);
  EXPECT_REFUSED(sky.add("north", norths, "offer", {}), Errc::activity_malformed);
  ASSERT_TRUE(sky.add("north", norths, "offer", {higher.volume()}));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    ASSERT_EQ(sky.view(party, norths).offers.size(), 1U);
    EXPECT_EQ(sky.view(party, norths).offers[0].step.why, "engine");
    EXPECT_EQ(sky.state(party, norths), "conflicted");
    EXPECT_EQ(sky.state(party, souths), "conflicted");
  }
  EXPECT_REFUSED(sky.concur("north", souths), Errc::activity_own_conflict);
}

// ---- two keys where weapons may be released ----

TEST(Ledger, AnArmedActivityNeedsTwoOfficersOfBothParties) {
  Sky sky;
  Flight flight;
  flight.purpose = "armed";
  const ActivityId id = sky.propose("north", flight);  // signed by the first officer
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", id));
  sky.exchange();
  EXPECT_EQ(sky.view("north", id).owner_keys.officers_needed, 2);
  EXPECT_EQ(sky.view("north", id).owner_keys.officers_have, 1);
  const Result<record::Envelope> alone = sky.activation("north", id, {1});
  ASSERT_TRUE(alone) << alone.error().text();
  EXPECT_REFUSED(sky.submit("north", *alone), Errc::activity_concurrence);
  sky.force("north", *alone);
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "concurred");
  const Result<record::Envelope> both = sky.activation("north", id, {2});
  ASSERT_TRUE(sky.submit("north", *both));
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "active");
  EXPECT_EQ(sky.view("south", id).owner_keys.officers_have, 2);
}

}  // namespace
}  // namespace detente::airspace
