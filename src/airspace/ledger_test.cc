// SPDX-License-Identifier: Apache-2.0
//
// The consent machine, told as scenes between two parties and a monitor. Refusals first.
#include "airspace/ledger.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;

// ---- the plain way ----

TEST(Ledger, TwoKeysOfTheOtherPartyAndTheOwnersActivationMakeAnActivityActive) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  EXPECT_EQ(sky.state("north", id), "proposed");
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "proposed");
  ASSERT_TRUE(sky.concur("south", id));
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "concurred");
  EXPECT_EQ(sky.view("north", id).needed.front().officers_have, 2);
  const Result<record::Ref> activated = sky.activate("north", id);
  ASSERT_TRUE(activated) << activated.error().text();
  EXPECT_EQ(sky.state("north", id), "active");
  EXPECT_EQ(sky.state("south", id), "concurred") << "south has not seen the activation yet";
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, id), "active") << party;
    EXPECT_EQ(sky.view(party, id).active_since, sky.now());
  }
  sky.wait_until(Flight{}.start);
  EXPECT_EQ(sky.state("south", id), "active");
  ASSERT_TRUE(sky.close("north", id, "end"));
  EXPECT_EQ(sky.state("north", id), "ended");
}

TEST(Ledger, NothingBecomesActiveByTime) {
  Sky sky;
  const ActivityId id = agreed(sky);
  for (int hour = 0; hour < 48; ++hour) {
    sky.wait(kHourMs);
    for (const std::string& party : Sky::names()) {
      EXPECT_NE(sky.state(party, id), "active");
      EXPECT_NE(sky.state(party, id), "ended");
    }
  }
  EXPECT_EQ(sky.state("south", id), "withdrawn");
  EXPECT_NE(sky.view("south", id).state_why.find("lapsed"), std::string::npos);
}

TEST(Ledger, TheStepsSayWhoSaidWhatWhen) {
  Sky sky;
  const ActivityId id = agreed(sky);
  ASSERT_TRUE(sky.activate("north", id));
  const ActivityView view = sky.view("north", id);
  ASSERT_EQ(view.steps.size(), 3U);
  EXPECT_EQ(view.steps[0].type, "activity.propose");
  EXPECT_EQ(view.steps[0].party, PartyId{"north"});
  EXPECT_EQ(view.steps[1].type, "activity.activate");  // all at one time: by party
  EXPECT_EQ(view.steps[2].type, "activity.concur");
  EXPECT_EQ(view.steps[2].officers, (std::vector<std::string>{"south/duty-1", "south/duty-2"}));
  EXPECT_TRUE(view.steps[2].counts);
}

TEST(Ledger, AnActivityEndsByItselfWhenItsTimeIsOver) {
  Sky sky;
  const ActivityId id = agreed(sky, medical());
  ASSERT_TRUE(sky.activate("north", id));
  sky.wait_until(medical().end - 1);
  EXPECT_EQ(sky.state("north", id), "active");
  sky.wait_until(medical().end);
  EXPECT_EQ(sky.state("north", id), "ended");
  EXPECT_REFUSED(sky.close("north", id, "end"), Errc::activity_state);
}

// The table "A day, step by step" of docs/protocol/activity.md.
TEST(Ledger, TheDayOfTheDocumentationGoesAsItSays) {
  Sky sky;
  const auto everyone_sees = [&](const ActivityId& id, const std::string& state) {
    sky.exchange();
    for (const std::string& party : Sky::names()) EXPECT_EQ(sky.state(party, id), state);
    sky.wait(5 * kMinuteMs);
    sky.exchange();  // links live on
  };
  const ActivityId norths = sky.propose("north", Flight{});
  EXPECT_EQ(sky.state("north", norths), "proposed");
  const ActivityId souths = sky.propose("south", Flight{});
  everyone_sees(norths, "conflicted");
  EXPECT_REFUSED(sky.concur("north", souths), Errc::activity_own_conflict);
  everyone_sees(norths, "conflicted");
  ASSERT_TRUE(sky.close("south", souths, "withdraw"));
  everyone_sees(norths, "proposed");
  ASSERT_TRUE(sky.concur("south", norths, {1}));
  everyone_sees(norths, "proposed");
  ASSERT_TRUE(sky.concur("south", norths, {2}));
  everyone_sees(norths, "concurred");
  const StatementId stop = sky.stop("monitor").value();
  everyone_sees(norths, "concurred");
  EXPECT_REFUSED(sky.activate("north", norths), Errc::stop_in_force);
  everyone_sees(norths, "concurred");
  ASSERT_TRUE(sky.answer_stop("monitor", stop, "lift"));
  everyone_sees(norths, "concurred");
  ASSERT_TRUE(sky.activate("north", norths));
  everyone_sees(norths, "active");
  EXPECT_EQ(sky.now(), kMorning + 45 * kMinuteMs);
  sky.wait_until(kMorning + 26 * kHourMs);
  ASSERT_TRUE(sky.close("north", norths, "end"));
  everyone_sees(norths, "ended");
}

// ---- keys ----

TEST(Ledger, OneOfficerTwiceIsNotTwoKeys) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", id, {1}));
  EXPECT_REFUSED(sky.concur("south", id, {1}), Errc::activity_repeated);
  sky.force("south", sky.concurrence("south", id, {1}));
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "proposed");
  EXPECT_EQ(sky.view("north", id).needed.front().officers_have, 1);
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_concurrence);
  // A second officer, in a statement of its own, is the second key.
  ASSERT_TRUE(sky.concur("south", id, {2}));
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "concurred");
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(Ledger, AnActivationThatLeavesOutASecondKeyDoesNotCount) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  const record::Ref first = sky.concur("south", id, {1}).value();
  ASSERT_TRUE(sky.concur("south", id, {2}));
  sky.exchange();
  const auto& notes = sky.cell("north").notes;
  const auto short_one = sky.raw_activation("north", id, {sky.proposal(id), first}, notes, notes);
  EXPECT_REFUSED(sky.submit("north", short_one), Errc::activity_concurrence);
  sky.force("north", short_one);
  EXPECT_EQ(sky.state("north", id), "concurred");
}

TEST(Ledger, TheOwnerCannotAnswerItself) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  EXPECT_REFUSED(sky.concur("north", id), Errc::activity_own);
  EXPECT_REFUSED(sky.object("north", id), Errc::activity_own);
  sky.force("north", sky.concurrence("north", id));
  EXPECT_FALSE(last_step(sky.view("north", id), "north").counts);
  EXPECT_EQ(sky.view("north", id).needed.front().officers_have, 0);
}

TEST(Ledger, AMonitorIsNotAskedSoItsAnswerDoesNotCount) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  EXPECT_REFUSED(sky.concur("monitor", id), Errc::activity_not_asked);
  EXPECT_REFUSED(sky.object("monitor", id), Errc::activity_not_asked);
  sky.force("monitor", sky.concurrence("monitor", id));
  EXPECT_FALSE(last_step(sky.view("monitor", id), "monitor").counts);
}

TEST(Ledger, AMonitorsOwnFlightNeedsBothParties) {
  Sky sky;
  const ActivityId id = sky.propose("monitor", medical());
  sky.exchange();
  ASSERT_TRUE(sky.concur("north", id, {1}));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("monitor", id), Errc::activity_concurrence);
  ASSERT_TRUE(sky.concur("south", id, {1}));
  sky.exchange();
  EXPECT_TRUE(sky.activate("monitor", id));
}

// ---- forgeries: what an owner writes without the others has no effect ----

TEST(Ledger, AnActivationWithoutConcurrenceHasNoEffectAnywhere) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  const auto& notes = sky.cell("north").notes;
  sky.force("north", sky.raw_activation("north", id, {sky.proposal(id)}, notes, notes));
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, id), "proposed");
    EXPECT_FALSE(last_step(sky.view(party, id), "north").counts);
    EXPECT_NE(last_step(sky.view(party, id), "north").why.find("0 of 2 officers"),
              std::string::npos);
  }
}

TEST(Ledger, AConcurrenceThatTheOwnersLogHadNotSeenDoesNotCountForItsActivation) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  const record::Ref concurrence = sky.concur("south", id).value();
  sky.cosigned("north", "south", true, true);
  const auto& notes = sky.cell("north").notes;
  const auto early = sky.raw_activation("north", id, {sky.proposal(id), concurrence}, notes, notes);
  EXPECT_FALSE(sky.submit("north", early));
  sky.force("north", early);
  sky.exchange();
  for (const std::string& party : Sky::names()) EXPECT_EQ(sky.state(party, id), "concurred");
}

TEST(Ledger, AConcurrenceWithAnotherEntryThanTheProposalDoesNotCount) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  record::Ref other = sky.proposal(id);
  other.leaf[0] ^= 1;
  const auto forged = sky.draft("south", "activity.concur",
                                fmt::format(R"({{"activity":"{}"}})", id.value), {1, 2}, {other});
  EXPECT_REFUSED(sky.submit("south", forged), Errc::activity_evidence);
  sky.force("south", forged);
  EXPECT_EQ(sky.view("south", id).needed.front().officers_have, 0);
  // One that refers to an entry which is no proposal is kept apart.
  other = sky.proposal(id);
  other.index = LeafIndex{0};
  sky.force("south", sky.draft("south", "activity.concur",
                               fmt::format(R"({{"activity":"{}"}})", id.value), {1}, {other}));
  ASSERT_EQ(sky.ledger("south").refused().size(), 1U);
  EXPECT_EQ(sky.ledger("south").refused()[0].error.code, Errc::activity_unknown);
}

TEST(Ledger, OneCannotCloseOrActivateWhatAnotherOwns) {
  Sky sky;
  const ActivityId id = agreed(sky);
  EXPECT_REFUSED(sky.close("south", id, "withdraw"), Errc::activity_not_owner);
  EXPECT_REFUSED(sky.submit("south", sky.raw_activation("south", id, {sky.proposal(id)}, {}, {})),
                 Errc::activity_not_owner);
  sky.force("south", sky.draft("south", "activity.withdraw",
                               fmt::format(R"({{"activity":"{}","reason":""}})", id.value)));
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "concurred");
  EXPECT_EQ(sky.ledger("south").refused().size(), 1U);
}

TEST(Ledger, ACopiedIdHidesNobodysActivity) {
  Sky sky;
  const ActivityId id = agreed(sky, medical());
  Flight elsewhere = medical();
  elsewhere.lat = 37;
  const auto copy =
      sky.draft("south", "activity.propose", elsewhere.body("south"), {1}, {}, id.value);
  EXPECT_REFUSED(sky.submit("south", copy), Errc::entry_repeated);
  sky.force("south", copy);
  sky.exchange();
  EXPECT_TRUE(sky.activate("north", id));
  sky.exchange();
  const auto views = sky.ledger("south").views(sky.now());
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].owner, PartyId{"north"});
  EXPECT_EQ(views[0].state, ActivityState::active);
  EXPECT_EQ(views[1].owner, PartyId{"south"});
  EXPECT_EQ(views[1].state, ActivityState::proposed);
}

// ---- conflicts ----

TEST(Ledger, AConflictIsShownToBothAndSolvedByWithdrawal) {
  Sky sky;
  const ActivityId norths = sky.propose("north", Flight{});
  const ActivityId souths = sky.propose("south", Flight{});
  sky.exchange();
  for (const std::string& party : Sky::names()) {
    EXPECT_EQ(sky.state(party, norths), "conflicted");
    EXPECT_EQ(sky.state(party, souths), "conflicted");
    EXPECT_EQ(sky.view(party, norths).conflicts, std::vector{souths});
  }
  EXPECT_REFUSED(sky.concur("south", norths), Errc::activity_own_conflict);
  EXPECT_REFUSED(sky.concur("north", souths), Errc::activity_own_conflict);
  ASSERT_TRUE(sky.close("south", souths, "withdraw"));
  ASSERT_TRUE(sky.concur("south", norths));
  sky.exchange();
  EXPECT_EQ(sky.state("north", norths), "concurred");
  EXPECT_EQ(sky.state("north", souths), "withdrawn");
  EXPECT_TRUE(sky.view("north", souths).conflicts.empty());
  EXPECT_TRUE(sky.activate("north", norths));
}

TEST(Ledger, AConcurrenceGivenWhileOnesOwnConflictingActivityIsOpenHasNoEffect) {
  Sky sky;
  const ActivityId norths = sky.propose("north", Flight{});
  const ActivityId souths = sky.propose("south", Flight{});
  sky.exchange();
  const record::Ref forged = sky.force("south", sky.concurrence("south", norths));
  ASSERT_TRUE(sky.close("south", souths, "withdraw"));
  sky.exchange();
  EXPECT_EQ(sky.state("north", norths), "proposed");
  const auto& notes = sky.cell("north").notes;
  const auto attempt =
      sky.raw_activation("north", norths, {sky.proposal(norths), forged}, notes, notes);
  EXPECT_REFUSED(sky.submit("north", attempt), Errc::activity_concurrence);
}

TEST(Ledger, APartyCannotFileOrActivateAgainstItsOwnOpenActivity) {
  Sky sky;
  const ActivityId first = agreed(sky);
  EXPECT_REFUSED(sky.try_propose("north", Flight{}), Errc::activity_own_conflict);
  Flight above;
  above.floor_ft = 20'000;
  EXPECT_TRUE(sky.try_propose("north", above));
  // Forced into the log, the second filing blocks both until one is withdrawn.
  sky.force("north", sky.draft("north", "activity.propose", Flight{}.body("north")));
  EXPECT_REFUSED(sky.activate("north", first), Errc::activity_own_conflict);
}

TEST(Ledger, APartyCannotConcurWithTwoOthersThatConflict) {
  Sky sky;
  Flight patient = medical();
  const ActivityId norths = sky.propose("north", patient);
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", norths, {1}));
  const ActivityId monitors = sky.propose("monitor", patient);
  sky.exchange();
  EXPECT_REFUSED(sky.concur("south", monitors, {1}), Errc::activity_conflict);
  sky.force("south", sky.concurrence("south", monitors, {1}));
  EXPECT_FALSE(last_step(sky.view("south", monitors), "south").counts);
  // An objection does not free it: north may have become active before it sees that.
  ASSERT_TRUE(sky.object("south", norths));
  EXPECT_REFUSED(sky.concur("south", monitors, {1}), Errc::activity_conflict);
  // When the first is withdrawn, the way is free.
  ASSERT_TRUE(sky.close("north", norths, "withdraw"));
  sky.exchange();
  EXPECT_TRUE(sky.concur("south", monitors, {1}));
  EXPECT_TRUE(last_step(sky.view("south", monitors), "south").counts);
}

// Its owner may have activated it before the objection came: until the log of the owner shows that
// it is closed, the concurrence binds. tests/model/consent.pml has the whole story (FREED).
TEST(Ledger, AnObjectionDoesNotFreeAPartyForAnotherConflictingActivity) {
  Sky sky;
  Flight patient = medical();
  const ActivityId norths = sky.propose("north", patient);
  const ActivityId monitors = sky.propose("monitor", patient);
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", norths, {1}));
  ASSERT_TRUE(sky.object("south", norths));
  EXPECT_REFUSED(sky.concur("south", monitors, {1}), Errc::activity_conflict);
  sky.force("south", sky.concurrence("south", monitors, {1}));
  EXPECT_FALSE(last_step(sky.view("south", monitors), "south").counts);
  ASSERT_TRUE(sky.close("north", norths, "withdraw"));
  sky.exchange();
  EXPECT_TRUE(sky.concur("south", monitors, {1}));
}

// The clock of the party that is asked decides nothing about the owner's activity.
TEST(Ledger, AClockThatRunsAheadDoesNotFreeAPartyForAnotherConflictingActivity) {
  Sky sky;
  const ActivityId norths = sky.propose("north", medical());
  Flight longer = medical();
  longer.end = longer.end + 2 * kHourMs;
  const ActivityId monitors = sky.propose("monitor", longer);
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", norths, {1}));
  sky.wait(medical().end + kHourMs - sky.now());
  EXPECT_REFUSED(sky.concur("south", monitors, {1}), Errc::activity_conflict);
  sky.force("south", sky.concurrence("south", monitors, {1}));
  EXPECT_FALSE(last_step(sky.view("south", monitors), "south").counts);
  // When the owner's log has come to that time too, the way is free.
  Flight elsewhere = medical();
  elsewhere.lat = 30;
  elsewhere.start = sky.now() + 2 * kHourMs;
  elsewhere.end = elsewhere.start + kHourMs;
  sky.propose("north", elsewhere);
  sky.exchange();
  EXPECT_TRUE(sky.concur("south", monitors, {1}));
  EXPECT_TRUE(last_step(sky.view("south", monitors), "south").counts);
}

TEST(Ledger, AnActivationGivesWayToOneThatAnotherPartyHasActivated) {
  Sky sky;
  const ActivityId norths = agreed(sky);
  const ActivityId souths = sky.propose("south", Flight{});
  // South claims to be active; it is not, but north's node cannot be the judge of a race.
  sky.force("south", sky.raw_activation("south", souths, {sky.proposal(souths)}, {}, {}));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("north", norths), Errc::activity_conflict);
  ASSERT_TRUE(sky.close("south", souths, "withdraw"));
  sky.exchange();
  EXPECT_TRUE(sky.activate("north", norths));
}

TEST(Ledger, AnObjectionUnderWayDoesNotLetTwoConflictingActivitiesBecomeActive) {
  Sky sky;
  const ActivityId norths = sky.propose("north", medical());
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", norths, {1}));
  sky.exchange();
  const record::Envelope ready = sky.activation("north", norths).value();
  ASSERT_TRUE(sky.object("south", norths));
  const ActivityId monitors = sky.propose("monitor", medical());
  sky.learn("south", "monitor");
  sky.force("south", sky.concurrence("south", monitors, {1}));
  EXPECT_FALSE(last_step(sky.view("south", monitors), "south").counts);
  ASSERT_TRUE(sky.submit("north", ready));
}

// Each pair of kinds has its own distance, and the reason names its clause.
TEST(Ledger, SeparationIsThatOfThePair) {
  Sky sky(sky_with({{"separations", R"([{"clause":"5.1","between":[{"unmanned":true},
{"unmanned":false}],"lateral_mm":40000000,"vertical_mm":304800,"time_ms":60000}])"}}));
  const ActivityId manned = sky.propose("north", Flight{});
  Flight beside;
  beside.lat = 36.4;  // 44 km between the middles, 24 km between the circles
  const ActivityId apart = sky.propose("south", beside);
  sky.exchange();
  EXPECT_EQ(sky.state("north", manned), "proposed");
  EXPECT_EQ(sky.state("north", apart), "proposed");
  ASSERT_TRUE(sky.close("south", apart, "withdraw"));
  beside.unmanned = true;
  const ActivityId drone = sky.propose("south", beside);
  sky.exchange();
  EXPECT_EQ(sky.state("north", drone), "conflicted");
  EXPECT_EQ(sky.view("north", drone).state_why, "clause 5.1: too close to another activity");
  const Result<record::Ref> concurred = sky.concur("south", manned);
  EXPECT_REFUSED(concurred, Errc::activity_own_conflict);
  EXPECT_NE(concurred.error().detail.find("clause 5.1"), std::string::npos);
}

// ---- objections ----

TEST(Ledger, AnObjectionStandsUntilTheSamePartyConcurs) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  ASSERT_TRUE(sky.object("south", id));
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "objected");
  EXPECT_EQ(last_step(sky.view("north", id), "south").why, "too close");
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_concurrence);
  ASSERT_TRUE(sky.concur("south", id));
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "concurred");
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(Ledger, AnObjectionAfterTheConcurrenceStopsTheActivation) {
  Sky sky;
  const ActivityId id = agreed(sky);
  const record::Envelope ready = sky.activation("north", id).value();
  ASSERT_TRUE(sky.object("south", id));
  sky.exchange();
  EXPECT_REFUSED(sky.submit("north", ready), Errc::activity_concurrence);
  sky.force("north", ready);
  sky.exchange();
  for (const std::string& party : Sky::names()) EXPECT_EQ(sky.state(party, id), "objected");
  // The keys given before the objection are spent: both officers must concur again.
  ASSERT_TRUE(sky.concur("south", id, {1}));
  sky.exchange();
  EXPECT_EQ(sky.view("north", id).needed.front().officers_have, 1);
}

TEST(Ledger, AnObjectionThatTheActivationCouldNotSeeComesTooLate) {
  Sky sky;
  const ActivityId id = agreed(sky);
  ASSERT_TRUE(sky.object("south", id));
  ASSERT_TRUE(sky.activate("north", id)) << "north has not been given the objection";
  sky.exchange();
  for (const std::string& party : Sky::names()) EXPECT_EQ(sky.state(party, id), "active");
  EXPECT_REFUSED(sky.object("south", id), Errc::activity_state);
}

TEST(Ledger, AnObjectionNamesAClauseOfTheAgreement) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  const auto bad =
      sky.draft("south", "activity.object",
                fmt::format(R"({{"activity":"{}","clause":"9.9","reason":"no"}})", id.value), {1},
                {sky.proposal(id)});
  EXPECT_REFUSED(sky.submit("south", bad), Errc::agreement_unknown_clause);
  // In the log it protects all the same: which clauses there are depends on the version.
  sky.force("south", bad);
  EXPECT_EQ(sky.state("south", id), "objected");
}

// ---- notice ----

TEST(Ledger, ALateNoticeIsShownAndNeverBecomesActive) {
  Sky sky;
  Flight flight;
  flight.start = kMorning + 23 * kHourMs;
  const ActivityId id = agreed(sky, flight);
  const ActivityView view = sky.view("south", id);
  EXPECT_EQ(view.state, ActivityState::concurred);
  EXPECT_TRUE(view.late);
  EXPECT_EQ(view.late_why,
            "clause 6.1 asks for 24 h of notice; it was filed 2016-07-15T06:00:00Z and begins "
            "2016-07-16T05:00:00Z");
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_late);
}

TEST(Ledger, NoticeCountsFromWhenTheOtherHeldItNotFromWhenItWasFiled) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});  // begins in 26 hours
  sky.wait(3 * kHourMs);                                 // the link was cut
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", id));
  sky.exchange();
  EXPECT_FALSE(sky.view("north", id).late);
  EXPECT_EQ(sky.state("north", id), "concurred");
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_late);
}

TEST(Ledger, WithoutTheMirrorsReceiptNothingBecomesActive) {
  Sky sky;
  const ActivityId id = sky.propose("north", medical());
  sky.learn("south", "north");
  ASSERT_TRUE(sky.concur("south", id, {1}));
  sky.learn("north", "south");
  sky.cosigned("north", "south", true, false);   // seen, not held
  sky.cosigned("north", "monitor", true, true);  // held by someone who is not asked
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_evidence);
  sky.cosigned("north", "south", false, true);
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(Ledger, AReceiptForAnEarlierStateOfTheLogDoesNotCoverTheProposal) {
  Sky sky;
  sky.exchange();
  const ActivityId id = sky.propose("north", medical());
  sky.cosigned("north", "south", true, true);  // south knows the log without the proposal
  sky.learn("south", "north");
  ASSERT_TRUE(sky.concur("south", id, {1}));
  sky.learn("north", "south");
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_evidence);
}

TEST(Ledger, AReceiptForAnotherHistoryOfTheLogIsNoEvidence) {
  Sky sky;
  Sky other;  // the same keys, another proposal
  const ActivityId id = agreed(sky, medical());
  Flight elsewhere = medical();
  elsewhere.lat = 37;
  other.propose("north", elsewhere);
  other.exchange();
  const auto refs =
      sky.ledger("north")
          .prepare_activation(id, sky.cell("north").notes, sky.now(), sky.seen("north"))
          .value()
          .refs;
  const auto& notes = other.cell("north").notes;
  EXPECT_REFUSED(sky.submit("north", sky.raw_activation("north", id, refs, notes, notes)),
                 Errc::activity_evidence);
}

TEST(Ledger, ADamagedNoteIsNoEvidence) {
  Sky sky;
  const ActivityId id = agreed(sky, medical());
  const record::Envelope good = sky.activation("north", id).value();
  const auto refs = record::parse_statement(good).value().refs;
  std::vector<std::string> notes = sky.cell("north").notes;
  for (std::string& note : notes) note[note.size() - 3] = note[note.size() - 3] == 'A' ? 'B' : 'A';
  notes.push_back("not a note");
  EXPECT_REFUSED(sky.submit("north", sky.raw_activation("north", id, refs, notes, notes)),
                 Errc::activity_evidence);
  EXPECT_TRUE(sky.submit("north", good));
}

// ---- the link ----

TEST(Ledger, OverACutLinkNothingBecomesActive) {
  Sky sky;
  const ActivityId id = agreed(sky);
  sky.wait(91 * kSecondMs);
  EXPECT_REFUSED(sky.activate("north", id), Errc::link_not_fresh);
  const auto& notes = sky.cell("north").notes;
  const auto refs = std::vector{sky.proposal(id)};
  sky.force("north", sky.raw_activation("north", id, refs, notes, notes));
  EXPECT_EQ(sky.state("north", id), "concurred");
  sky.exchange();  // the link is back
  EXPECT_TRUE(sky.activate("north", id));
}

TEST(Ledger, AWitnessFromTheFutureIsNotFreshEither) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.learn("south", "north");
  ASSERT_TRUE(sky.concur("south", id));
  sky.learn("north", "south");
  sky.cosigned("north", "south", false, true);
  sky.wait(1000 * kSecondMs);
  sky.cosigned("north", "south", true, false);
  sky.wait(-1000 * kSecondMs);
  EXPECT_REFUSED(sky.activate("north", id), Errc::link_not_fresh);
  // One wrong clock reading beside a right one does no harm.
  sky.cosigned("north", "south", true, false);
  EXPECT_TRUE(sky.activate("north", id));
}

// ---- STOP ----

TEST(Ledger, AStopBlocksEveryNewActivationUntilItsSenderLiftsIt) {
  Sky sky;
  const ActivityId id = agreed(sky);
  const StatementId stop = sky.stop("monitor").value();
  sky.exchange();
  EXPECT_REFUSED(sky.activate("north", id), Errc::stop_in_force);
  EXPECT_REFUSED(sky.answer_stop("north", stop, "lift"), Errc::stop_not_sender);
  ASSERT_TRUE(sky.answer_stop("north", stop, "ack"));
  ASSERT_TRUE(sky.answer_stop("south", stop, "ack"));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("north", id), Errc::stop_in_force);
  const auto stops = sky.ledger("north").stops();
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].from, PartyId{"monitor"});
  EXPECT_FALSE(stops[0].activity);
  ASSERT_EQ(stops[0].acks.size(), 2U);
  EXPECT_EQ(stops[0].acks[0].officer, "north/duty-1");
  EXPECT_FALSE(stops[0].lifted);
  ASSERT_TRUE(sky.answer_stop("monitor", stop, "lift"));
  sky.exchange();
  EXPECT_TRUE(sky.ledger("north").stops()[0].lifted);
  EXPECT_TRUE(sky.activate("north", id));
  EXPECT_REFUSED(sky.answer_stop("monitor", stop, "lift"), Errc::stop_unknown);
}

// After a start a node has the others' logs before it cosigns their heads again, so its entries
// still name older ones; its own officers can see what has come since.
struct AtHand : ::testing::Test {
  Sky sky;
  const ActivityId id = agreed(sky);
  const record::Envelope ready = sky.activation("north", id).value();
  const std::vector<record::Head> named = sky.seen("north");

  Status admit() {
    const record::Statement statement = record::parse_statement(ready).value();
    return sky.ledger("north").admit(PartyId{"north"}, statement, {"north/duty-1"}, sky.now(),
                                     named);
  }
};

TEST_F(AtHand, AStopBlocksAnActivationWhoseEntryWouldNotNameItYet) {
  EXPECT_TRUE(admit());
  ASSERT_TRUE(sky.stop("monitor"));
  sky.learn("north", "monitor");
  EXPECT_REFUSED(admit(), Errc::stop_in_force);
}

TEST_F(AtHand, AnObjectionBlocksIt) {
  EXPECT_TRUE(admit());
  ASSERT_TRUE(sky.object("south", id));
  sky.learn("north", "south");
  EXPECT_REFUSED(admit(), Errc::activity_concurrence);
}

TEST_F(AtHand, ASuspensionBlocksIt) {
  EXPECT_TRUE(admit());
  ASSERT_TRUE(sky.put_state("south", "suspended"));
  sky.learn("north", "south");
  EXPECT_REFUSED(admit(), Errc::agreement_suspended);
}

TEST(Ledger, ASuspensionAtHandBlocksAConcurrenceWhoseEntryWouldNotNameItYet) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  const std::vector<record::Head> named = sky.seen("south");
  const record::Statement statement = record::parse_statement(sky.concurrence("south", id)).value();
  const auto admit = [&] {
    return sky.ledger("south").admit(PartyId{"south"}, statement, {"south/duty-1", "south/duty-2"},
                                     sky.now(), named);
  };
  EXPECT_TRUE(admit());
  ASSERT_TRUE(sky.put_state("north", "suspended"));
  sky.learn("south", "north");
  EXPECT_REFUSED(admit(), Errc::agreement_suspended);
}

TEST(Ledger, AStopForOneActivityBlocksOnlyThatOne) {
  Sky sky;
  const ActivityId first = agreed(sky);
  Flight above;
  above.floor_ft = 20'000;
  const ActivityId second = agreed(sky, above);
  ASSERT_TRUE(sky.stop("south", first.value));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("north", first), Errc::stop_in_force);
  EXPECT_TRUE(sky.activate("north", second));
}

TEST(Ledger, ForgedActivationsUnderAStopDoNotCountAndAcksOfTheUnknownAreRefused) {
  Sky sky;
  const ActivityId id = agreed(sky);
  const record::Envelope ready = sky.activation("north", id).value();
  ASSERT_TRUE(sky.stop("south"));
  sky.exchange();
  sky.force("north", ready);
  EXPECT_EQ(sky.state("north", id), "concurred");
  const StatementId unknown{"00000000000000000000000000000000"};
  EXPECT_REFUSED(sky.answer_stop("north", unknown, "ack"), Errc::stop_unknown);
  EXPECT_REFUSED(sky.stop("north", unknown.value), Errc::activity_unknown);
  const StatementId own = sky.stop("north").value();
  EXPECT_REFUSED(sky.answer_stop("north", own, "ack"), Errc::stop_unknown);
}

// ---- what the watch says ----

TEST(Ledger, AnActiveFlightOutsideItsVolumesIsNonconformingUntilTheFindingIsClosed) {
  Sky sky;
  const ActivityId id = agreed(sky);
  sky.finding("south", "open", "f1", id);
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "concurred") << "only an active one can be nonconforming";
  ASSERT_TRUE(sky.activate("north", id));
  EXPECT_EQ(sky.state("north", id), "nonconforming");
  sky.finding("monitor", "open", "f2", id);
  sky.finding("south", "close", "f1", id);
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "nonconforming");
  sky.finding("south", "close", "f2", id);  // another log's finding: no effect
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "nonconforming");
  sky.finding("monitor", "close", "f2", id);
  sky.exchange();
  EXPECT_EQ(sky.state("north", id), "active");
}

// ---- the guard, act by act ----

TEST(Ledger, AProposalMustComeThroughTheSponsorAndBeAllowed) {
  Sky sky;
  Flight flight;
  flight.who = "third-air";
  EXPECT_REFUSED(sky.try_propose("north", flight), Errc::activity_malformed);
  EXPECT_TRUE(sky.try_propose("south", flight));
  flight.lat = 35;
  flight.lng = 40;  // inside the designated area
  const Result<ActivityId> forbidden = sky.try_propose("south", flight);
  EXPECT_REFUSED(forbidden, Errc::activity_rule);
  EXPECT_NE(forbidden.error().detail.find("3.2"), std::string::npos);
  flight.purpose = "medical_evacuation";
  EXPECT_TRUE(sky.try_propose("south", flight));
  flight.end = sky.now();
  flight.start = sky.now() - kHourMs;
  EXPECT_REFUSED(sky.try_propose("south", flight), Errc::activity_late);
}

TEST(Ledger, AForbiddenPlanThatWasForcedIntoTheLogIsShownWithItsClauseAndNeverActive) {
  Sky sky;
  Flight flight;
  flight.who = "third-air";
  flight.lat = 35;
  flight.lng = 40;
  const ActivityId id = forced(sky, "south", flight);
  sky.exchange();
  ASSERT_TRUE(sky.concur("north", id));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("south", id), Errc::activity_rule);
  const auto rules = sky.view("north", id).rules;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].clause, ClauseId{"3.1"});
  EXPECT_FALSE(rules[0].broken);
  EXPECT_EQ(rules[1].clause, ClauseId{"3.2"});
  EXPECT_TRUE(rules[1].broken);
}

TEST(Ledger, AMalformedProposalInALogHasNoEffectAndIsKept) {
  Sky sky;
  sky.force("north", sky.draft("north", "activity.propose", R"({"purpose":"patrol"})"));
  EXPECT_TRUE(sky.ledger("north").views(sky.now()).empty());
  ASSERT_EQ(sky.ledger("north").refused().size(), 1U);
  EXPECT_EQ(sky.ledger("north").refused()[0].error.code, Errc::json_member_missing);
}

// Who answers for whom can change with the version of the agreement, so it does not void a
// proposal; it keeps it from becoming active.
TEST(Ledger, AProposalForAnothersOperatorIsShownAndNeverBecomesActive) {
  Sky sky;
  Flight flight;
  flight.who = "third-air";
  const ActivityId id = forced(sky, "north", flight);
  sky.exchange();
  EXPECT_EQ(sky.view("south", id).forbidden, "north does not answer for third-air");
  ASSERT_TRUE(sky.concur("south", id));
  sky.exchange();
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_malformed);
}

TEST(Ledger, ClosedActivitiesTakeNoMoreActs) {
  Sky sky;
  const ActivityId id = agreed(sky);
  EXPECT_REFUSED(sky.close("north", id, "end"), Errc::activity_state);
  const record::Envelope ready = sky.activation("north", id).value();
  ASSERT_TRUE(sky.close("north", id, "withdraw"));
  EXPECT_REFUSED(sky.close("north", id, "withdraw"), Errc::activity_state);
  EXPECT_REFUSED(sky.submit("north", ready), Errc::activity_state);
  sky.force("north", ready);
  sky.exchange();
  EXPECT_EQ(sky.state("south", id), "withdrawn");
  EXPECT_REFUSED(sky.concur("south", id), Errc::activity_state);
  EXPECT_REFUSED(sky.object("south", id), Errc::activity_state);
}

TEST(Ledger, AnActiveOneIsEndedNotWithdrawnAndNotActivatedTwice) {
  Sky sky;
  const ActivityId id = agreed(sky);
  const record::Envelope again = sky.activation("north", id).value();
  ASSERT_TRUE(sky.activate("north", id));
  EXPECT_REFUSED(sky.close("north", id, "withdraw"), Errc::activity_state);
  EXPECT_REFUSED(sky.submit("north", again), Errc::activity_state);
  EXPECT_REFUSED(sky.activate("north", id), Errc::activity_state);
}

TEST(Ledger, WhatNobodyFiledIsUnknown) {
  Sky sky;
  const ActivityId nothing{"00000000000000000000000000000000"};
  EXPECT_FALSE(sky.ledger("north").view(nothing, sky.now()));
  EXPECT_EQ(sky.ledger("north").state(nothing, sky.now()), ActivityState::withdrawn);
  const record::Ref somewhere{sky.origin("south"), LeafIndex{0}, {}};
  const auto answer =
      sky.draft("north", "activity.concur", fmt::format(R"({{"activity":"{}"}})", nothing.value),
                {1}, {somewhere});
  EXPECT_REFUSED(sky.submit("north", answer), Errc::activity_unknown);
  EXPECT_REFUSED(sky.close("north", nothing, "withdraw"), Errc::activity_unknown);
  EXPECT_REFUSED(sky.activate("north", nothing), Errc::activity_unknown);
}

TEST(Ledger, BodiesWithMembersThatAreNotKnownAreRefused) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  for (const char* type :
       {"activity.concur", "activity.object", "activity.withdraw", "activity.end",
        "activity.activate", "stop.send", "stop.ack", "stop.lift"}) {
    const auto bad =
        sky.draft("south", type, fmt::format(R"({{"activity":"{}","surprise":1}})", id.value), {1},
                  {sky.proposal(id)});
    EXPECT_REFUSED(sky.submit("south", bad), Errc::json_member_unknown) << type;
    sky.force("south", bad);
  }
  EXPECT_EQ(sky.ledger("south").refused().size(), 8U);
  EXPECT_EQ(sky.state("south", id), "proposed");
}

TEST(Ledger, AnEntryOutOfTurnIsRefused) {
  Sky sky;
  sky.propose("north", Flight{});
  Ledger ledger(sky.agreement());
  const Cell& north = sky.cell("north");
  ledger.apply(PartyId{"north"}, north.entries.back(), {});
  ASSERT_EQ(ledger.refused().size(), 1U);
  EXPECT_EQ(ledger.refused()[0].error.code, Errc::entry_index);
  ledger.apply(PartyId{"nobody"}, north.entries.front(), {});
  ASSERT_EQ(ledger.refused().size(), 2U);
  EXPECT_EQ(ledger.refused()[1].error.code, Errc::agreement_unknown_party);
  EXPECT_TRUE(ledger.views(sky.now()).empty());
}

// ---- not yet known here ----

TEST(Ledger, AnActivationWaitsForTheLogsThatItBuiltOn) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  sky.exchange();
  ASSERT_TRUE(sky.concur("south", id));
  sky.learn("north", "south");
  sky.learn("north", "monitor");
  sky.cosigned("north", "south", true, true);
  ASSERT_TRUE(sky.activate("north", id));
  sky.learn("monitor", "north");
  EXPECT_EQ(sky.state("monitor", id), "proposed");
  EXPECT_EQ(last_step(sky.view("monitor", id), "north").why, "waiting for south's log");
  sky.learn("monitor", "south");
  EXPECT_EQ(sky.state("monitor", id), "active");
}

TEST(Ledger, ALogThatClaimsToHaveSeenWhatDoesNotExistActivatesNothing) {
  Sky sky;
  const ActivityId id = agreed(sky);
  const record::Envelope ready = sky.activation("north", id).value();
  // The same entry with a header that names more of south's log than there is.
  const Cell& north = sky.cell("north");
  record::EntryHeader header{LeafIndex{north.entries.size()}, sky.now(), sky.seen("north")};
  for (record::Head& head : header.seen) head.size.value += 5;
  const record::Entry entry =
      record::parse_entry(as_bytes(record::encode_entry(header, ready))).value();
  sky.cell("monitor").ledger.apply(PartyId{"north"}, entry, {"north/duty-1"});
  EXPECT_EQ(sky.state("monitor", id), "concurred");
  EXPECT_NE(last_step(sky.view("monitor", id), "north").why.find("waiting"), std::string::npos);
}

TEST(Ledger, MeetingsAreThoseWithLiveActivitiesOnly) {
  Sky sky;
  const ActivityId id = sky.propose("north", Flight{});
  const ActivityPlan plan = sky.view("north", id).plan;
  EXPECT_EQ(sky.ledger("north").meetings(plan, ActivityId{}, sky.now()).size(), 1U);
  EXPECT_TRUE(sky.ledger("north").meetings(plan, id, sky.now()).empty());
  EXPECT_TRUE(sky.ledger("north").meetings(plan, ActivityId{}, Flight{}.end).empty());
  ASSERT_TRUE(sky.close("north", id, "withdraw"));
  EXPECT_TRUE(sky.ledger("north").meetings(plan, ActivityId{}, sky.now()).empty());
}

}  // namespace
}  // namespace detente::airspace
