// SPDX-License-Identifier: Apache-2.0
//
// Method: each test says what parties log, and asks what is shown. Refusals come from the guards;
// what a hostile log does without them is in ledger_property_test.cc.
#include <gtest/gtest.h>

#include "protection/testing_notices.h"

namespace detente::protection {
namespace {

using namespace testing;

Errc code(const Result<record::Ref>& result) {
  return result ? Errc{} : result.error().code;
}

record::Ref register_clinic(Desk& desk) {
  return desk.try_say("relief", "site.register", write_register(registration(desk.now))).value();
}

std::string reason(const char* text) {
  return fmt::format(R"({{"reason":"{}"}})", text);
}

// ---- sites ----

TEST(Sites, RefuseAnOpenEntryThatNotEveryReaderHasTheOwnersConsentFor) {
  Desk desk;
  RegisterBody body = registration(desk.now);
  body.to.pop_back();
  EXPECT_EQ(code(desk.try_say("relief", "site.register", write_register(body))),
            Errc::protection_consent);
}

TEST(Sites, RefuseAnExpiryThatIsPastOrTooFar) {
  Desk desk;
  RegisterBody body = registration(desk.now);
  for (const UtcMs expires : {desk.now, desk.now + 367 * kDay}) {
    body.expires = expires;
    EXPECT_EQ(code(desk.try_say("relief", "site.register", write_register(body))),
              Errc::protection_malformed);
  }
}

TEST(Sites, RefuseMembersThatDescribeTargeting) {
  Desk desk;
  std::string text = write_register(registration(desk.now));
  text.insert(1, R"("target_value":3,)");
  EXPECT_EQ(code(desk.try_say("relief", "site.register", text)), Errc::restraint);
}

TEST(Sites, AreConfirmedByASecondPersonOnly) {
  Desk desk;
  const record::Ref site = register_clinic(desk);
  EXPECT_EQ(desk.site(site).state, SiteState::registered);
  const std::string confirm = R"({"means":"imagery","text":"roof seen"})";
  EXPECT_EQ(code(desk.try_say("relief", "site.confirm", confirm, {site}, "desk-1")),
            Errc::protection_same_officer);
  EXPECT_EQ(code(desk.try_say("north", "site.confirm", confirm, {site}, "desk-2")),
            Errc::protection_not_owner);
  EXPECT_EQ(desk.site(site).state, SiteState::registered);
  ASSERT_TRUE(desk.try_say("relief", "site.confirm", confirm, {site}, "desk-2"));
  EXPECT_EQ(desk.site(site).state, SiteState::confirmed);
  EXPECT_EQ(desk.site(site).confirmed_means, "imagery");
}

TEST(Sites, AreRevisedByANewVersionThatIsUnconfirmedAgain) {
  Desk desk;
  const record::Ref first = register_clinic(desk);
  desk.say("relief", "site.confirm", R"({"means":"visit"})", {first}, "desk-2");
  RegisterBody body = registration(desk.now);
  body.site->function = "surgical hospital";
  const record::Ref second =
      desk.try_say("relief", "site.revise", write_register(body), {first}).value();
  const SiteView view = desk.site(first);
  EXPECT_EQ(view.number, 2U);
  EXPECT_EQ(view.version.sent.ref, second);
  EXPECT_EQ(view.site->function, "surgical hospital");
  EXPECT_EQ(view.state, SiteState::registered);
  EXPECT_EQ(code(desk.try_say("relief", "site.revise", write_register(body), {first})),
            Errc::protection_state);
}

TEST(Sites, ThatExpireStayAndAreShownSo) {
  Desk desk;
  const record::Ref site = register_clinic(desk);
  desk.now = desk.now + 91 * kDay;
  EXPECT_EQ(desk.site(site).state, SiteState::expired);
  EXPECT_EQ(desk.ledger.list(PartyId{"relief"}, desk.now).standing, 1U);
  EXPECT_EQ(desk.ledger.list(PartyId{"relief"}, desk.now).expired, 1U);
  const std::string again = R"({"expires":)" + json_time(desk.now + 90 * kDay) + "}";
  EXPECT_EQ(code(desk.try_say("south", "site.reconfirm", again, {site})),
            Errc::protection_not_owner);
  ASSERT_TRUE(desk.try_say("relief", "site.reconfirm", again, {site}));
  EXPECT_EQ(desk.site(site).state, SiteState::registered);
}

TEST(Sites, AreRemovedOneByOneByOwnerOrProxy) {
  Desk desk;
  RegisterBody body = registration(desk.now);
  body.proxy = PartyId{"monitor"};
  const record::Ref a = desk.try_say("relief", "site.register", write_register(body)).value();
  const record::Ref b = register_clinic(desk);
  EXPECT_EQ(code(desk.try_say("relief", "site.remove", reason("all"), {a, b})),
            Errc::protection_list);
  EXPECT_EQ(code(desk.try_say("relief", "site.remove", R"({"all":true,"reason":"x"})", {a})),
            Errc::protection_list);
  EXPECT_EQ(code(desk.try_say("north", "site.remove", reason("x"), {a})),
            Errc::protection_not_owner);
  EXPECT_EQ(code(desk.try_say("monitor", "site.remove", reason("x"), {b})),
            Errc::protection_not_owner);
  // Logged all the same, it has no effect.
  desk.say("relief", "site.remove", reason("all"), {a, b});
  desk.say("north", "site.remove", reason("x"), {a});
  EXPECT_FALSE(desk.site(a).removed);
  EXPECT_FALSE(desk.site(b).removed);
  ASSERT_TRUE(desk.try_say("monitor", "site.remove", reason("moved"), {a}));
  EXPECT_EQ(desk.site(a).state, SiteState::removed);
  EXPECT_EQ(desk.site(a).removed_why, "moved");
  EXPECT_EQ(desk.ledger.sites(desk.now).size(), 2U);
}

TEST(Sites, KeepAnEntryThatItsOwnerRevisedBeforeItsProxyRemovedTheOldVersion) {
  Desk desk;
  RegisterBody body = registration(desk.now);
  body.proxy = PartyId{"monitor"};
  const record::Ref first = desk.say("relief", "site.register", write_register(body));
  desk.say("relief", "site.revise", write_register(body), {first});
  desk.say("monitor", "site.remove", reason("moved"), {first});
  EXPECT_FALSE(desk.site(first).removed);
}

TEST(Sites, OfAnOwnerWhoWithdrawsStandAndAreShownSo) {
  Desk desk;
  const record::Ref site = register_clinic(desk);
  desk.say("relief", "agreement.state", R"({"function":"","state":"withdrawn","reason":"r"})");
  EXPECT_TRUE(desk.site(site).owner_withdrew);
  EXPECT_FALSE(desk.site(site).removed);
}

TEST(Sites, ShowThatMuchOfAListWentInADay) {
  Desk desk;
  std::vector<record::Ref> sites;
  sites.reserve(30);
  for (int i = 0; i < 30; ++i) sites.push_back(register_clinic(desk));
  for (std::size_t i = 0; i < 9; ++i) {
    desk.say("relief", "site.remove", reason("closed"), {sites[i]});
  }
  EXPECT_FALSE(desk.ledger.list(PartyId{"relief"}, desk.now).many_removed);
  desk.say("relief", "site.remove", reason("closed"), {sites[9]});
  const ListView list = desk.ledger.list(PartyId{"relief"}, desk.now);
  EXPECT_TRUE(list.many_removed);
  EXPECT_EQ(list.removed_last_day, 10U);
  EXPECT_EQ(list.standing, 20U);
  EXPECT_FALSE(desk.ledger.list(PartyId{"relief"}, desk.now + kDay).many_removed);
}

TEST(Sites, AreWhatAPlanKeepsAwayFrom) {
  Desk desk;
  const record::Ref site = register_clinic(desk);
  const record::Ref other = register_clinic(desk);
  const record::Ref notice =
      desk.say("relief", "movement.notify", write_notify(notification(desk.now + kHour)));
  const geo::BoundingCap far{{100'000'000, 100'000'000}, 1'000};
  const geo::BoundingCap near{site_point(clinic()), 1'000};
  EXPECT_TRUE(desk.ledger.protected_near(far, 5'000, desk.now).empty());
  const auto count = [&](const char* category) {
    const auto all = desk.ledger.protected_near(near, 5'000, desk.now + 91 * kDay);
    return std::count_if(all.begin(), all.end(),
                         [&](const auto& one) { return one.category == category; });
  };
  EXPECT_EQ(count("medical"), 2);   // expired by then
  EXPECT_GE(count("movement"), 2);  // the depot's surroundings, and the first leg
  RegisterBody moved = registration(desk.now);
  moved.site = clinic(370'000'000);
  desk.say("relief", "site.revise", write_register(moved), {other});
  EXPECT_EQ(count("medical"), 1);
  desk.say("relief", "site.remove", reason("closed"), {site});
  desk.say("relief", "movement.cancel", reason("closed"), {notice});
  EXPECT_EQ(count("medical"), 0);
  EXPECT_EQ(count("movement"), 0);
}

// ---- private details ----

TEST(PrivateSites, NeedASealedCopyForEachRecipientAndNoOther) {
  Desk desk;
  const Private clinic_content = private_site(clinic(), {"north"});
  const record::Ref commit =
      desk.say("relief", "content.commit", record::write_content_commit(clinic_content.commit));
  RegisterBody body = registration(desk.now);
  body.site.reset();
  EXPECT_EQ(code(desk.try_say("relief", "site.register", write_register(body), {commit})),
            Errc::protection_consent);
  body.to = {PartyId{"south"}};
  EXPECT_EQ(code(desk.try_say("relief", "site.register", write_register(body), {commit})),
            Errc::protection_consent);
  body.to = {PartyId{"north"}};
  EXPECT_EQ(code(desk.try_say("relief", "site.register", write_register(body))),
            Errc::protection_malformed);
  EXPECT_EQ(code(desk.try_say("south", "site.register", write_register(body), {commit})),
            Errc::protection_content);
  EXPECT_TRUE(desk.try_say("relief", "site.register", write_register(body), {commit}));
}

TEST(PrivateSites, AreSeenByWhoWasGivenTheDetails) {
  Desk desk;
  const Private content = private_site(clinic(), {"north"});
  const record::Ref commit =
      desk.say("relief", "content.commit", record::write_content_commit(content.commit));
  RegisterBody body = registration(desk.now);
  body.site.reset();
  body.to = {PartyId{"north"}};
  const record::Ref site =
      desk.try_say("relief", "site.register", write_register(body), {commit}).value();
  desk.now = desk.now + kHour;
  desk.say("monitor", "incident.report", incident_at(desk.now, site_point(clinic())));
  EXPECT_FALSE(desk.site(site).site);
  EXPECT_TRUE(desk.ledger.cases(desk.now).empty());
  const Private other = private_site(clinic(360'000'000), {"north"});
  EXPECT_EQ(desk.ledger.learn(commit, other.package).error().code, Errc::content_mismatch);
  EXPECT_EQ(desk.ledger.learn(site, content.package).error().code, Errc::protection_unknown);
  ASSERT_TRUE(desk.ledger.learn(commit, content.package));
  EXPECT_EQ(desk.site(site).site, clinic());
  EXPECT_EQ(desk.ledger.cases(desk.now).size(), 1U);
}

// ---- receipts ----

TEST(Receipts, ShowEachStepOfEachRecipientAndWhatIsMissing) {
  Desk desk;
  const record::Ref site = register_clinic(desk);
  const UtcMs sent = desk.now;
  const HeldAt held = [&](const PartyId& party, const record::Ref&) -> std::optional<UtcMs> {
    if (party.value == "south") return std::nullopt;
    return sent + 1'000;
  };
  desk.now = desk.now + 2 * kHour;
  desk.say("north", "ack.read", "{}", {site});
  ASSERT_TRUE(desk.try_say("north", "notice.received", "{}", {site}));
  const std::string passed = write_disseminated(
      {{{"2 Squadron", desk.now, "data", true}, {"Drone troop", desk.now, "briefing", false}}});
  ASSERT_TRUE(desk.try_say("north", "notice.disseminated", passed, {site}));
  desk.now = desk.now + 3 * kHour;
  const std::vector<ReceiptChain> chains = desk.ledger.receipts(site, held, desk.now);
  ASSERT_EQ(chains.size(), 3U);
  EXPECT_EQ(chains[0].steps[0].time, sent + 1'000);
  for (const ReceiptStep& step : chains[0].steps) EXPECT_TRUE(step.time);
  EXPECT_EQ(chains[0].steps[2].officer, "north/desk-1");
  ASSERT_EQ(chains[0].units.size(), 2U);
  EXPECT_FALSE(chains[0].units[1].confirmed);
  for (const ReceiptStep& step : chains[1].steps) {
    EXPECT_FALSE(step.time);
    EXPECT_EQ(step.missing_ms, 5 * kHour);
    EXPECT_EQ(step.overdue, step.step != Receipt::disseminated);
  }
}

TEST(Receipts, AreOfOneVersion) {
  Desk desk;
  const record::Ref first = register_clinic(desk);
  desk.say("north", "notice.received", "{}", {first});
  const record::Ref second =
      desk.say("relief", "site.revise", write_register(registration(desk.now)), {first});
  EXPECT_TRUE(desk.ledger.receipts(first, {}, desk.now)[0].steps[2].time);
  EXPECT_FALSE(desk.ledger.receipts(second, {}, desk.now)[0].steps[2].time);
}

TEST(Receipts, AnswerManyNoticesAtOnceAndNoOwnOrUnknownOne) {
  Desk desk;
  const record::Ref a = register_clinic(desk);
  const record::Ref b = register_clinic(desk);
  EXPECT_EQ(code(desk.try_say("relief", "notice.received", "{}", {a})), Errc::protection_own);
  EXPECT_EQ(code(desk.try_say("north", "notice.received", "{}")), Errc::protection_malformed);
  record::Ref unknown = b;
  unknown.leaf[0] ^= 1;
  EXPECT_EQ(code(desk.try_say("north", "notice.received", "{}", {a, unknown})),
            Errc::protection_unknown);
  EXPECT_EQ(code(desk.try_say("north", "notice.received", R"({"approved":true})", {a})),
            Errc::json_member_unknown);
  ASSERT_TRUE(desk.try_say("north", "notice.received", "{}", {a, b}));
  EXPECT_TRUE(desk.ledger.receipts(b, {}, desk.now)[0].steps[2].time);
}

// ---- movements ----

TEST(Movements, AreTakenHoweverLateAndMarkedSo) {
  Desk desk;
  const record::Ref early =
      desk.try_say("relief", "movement.notify", write_notify(notification(desk.now + 2 * kDay)))
          .value();
  const record::Ref late =
      desk.try_say("relief", "movement.notify", write_notify(notification(desk.now + 47 * kHour)))
          .value();
  NotifyBody body = notification(desk.now + kDay);
  body.emergency = true;
  const record::Ref urgent = desk.try_say("relief", "movement.notify", write_notify(body)).value();
  const record::Ref begun =
      desk.try_say("relief", "movement.notify", write_notify(notification(desk.now - kHour)))
          .value();
  EXPECT_FALSE(desk.movement(early).late);
  EXPECT_TRUE(desk.movement(late).late);
  EXPECT_EQ(desk.movement(late).lead_ms, 47 * kHour);
  EXPECT_FALSE(desk.movement(urgent).late);
  EXPECT_TRUE(desk.movement(begun).late);
}

TEST(Movements, GoTheirCourse) {
  Desk desk;
  const UtcMs start = desk.now + 3 * kDay;
  const record::Ref notice =
      desk.say("relief", "movement.notify", write_notify(notification(start)));
  EXPECT_EQ(desk.movement(notice).state, MovementState::notified);
  desk.now = start + kHour;
  EXPECT_EQ(
      code(desk.try_say("north", "movement.depart", R"({"at":"2016-07-18T06:00:00Z"})", {notice})),
      Errc::protection_not_owner);
  const auto at = [&] { return R"({"at":)" + json_time(desk.now) + "}"; };
  ASSERT_TRUE(desk.try_say("relief", "movement.depart", at(), {notice}));
  EXPECT_EQ(code(desk.try_say("relief", "movement.depart", at(), {notice})),
            Errc::protection_state);
  EXPECT_EQ(desk.movement(notice).state, MovementState::under_way);
  EXPECT_EQ(desk.movement(notice).next_sign, desk.now + 2 * kHour);
  desk.now = desk.now + 2 * kHour + 1'800'000;
  EXPECT_EQ(desk.movement(notice).state, MovementState::under_way);
  desk.now = desk.now + 1;
  EXPECT_EQ(desk.movement(notice).state, MovementState::overdue);
  EXPECT_EQ(desk.movement(notice).overdue_ms, 1'800'001);
  const std::string here = R"({"at":)" + json_time(desk.now) + R"(,"point":[360500000,367000000]})";
  ASSERT_TRUE(desk.try_say("relief", "movement.checkin", here, {notice}));
  EXPECT_EQ(desk.movement(notice).state, MovementState::under_way);
  EXPECT_EQ(desk.movement(notice).last_point, (geo::PointE7{360'500'000, 367'000'000}));
  ASSERT_TRUE(
      desk.try_say("relief", "movement.delay", R"({"delay_s":7200,"reason":"ford"})", {notice}));
  EXPECT_EQ(desk.movement(notice).delay_ms, 2 * kHour);
  desk.now = desk.now + kHour;
  ASSERT_TRUE(desk.try_say("relief", "movement.arrive", at(), {notice}));
  EXPECT_EQ(desk.movement(notice).state, MovementState::arrived);
  EXPECT_EQ(code(desk.try_say("relief", "movement.cancel", reason("x"), {notice})),
            Errc::protection_state);
}

TEST(Movements, ThatDoNotDepartAreShownSo) {
  Desk desk;
  const UtcMs start = desk.now + 3 * kDay;
  const record::Ref notice =
      desk.say("relief", "movement.notify", write_notify(notification(start)));
  desk.now = start + kHour + 1'800'000;  // the latest departure, and the tolerance
  EXPECT_EQ(desk.movement(notice).state, MovementState::notified);
  desk.now = desk.now + 1;
  EXPECT_EQ(desk.movement(notice).state, MovementState::not_departed);
  ASSERT_TRUE(desk.try_say("relief", "movement.cancel", reason("road closed"), {notice}));
  EXPECT_EQ(desk.movement(notice).state, MovementState::cancelled);
}

TEST(Movements, ANodesClockDoesNotLetCheckInsComeFromTheFuture) {
  Desk desk;
  const record::Ref notice =
      desk.say("relief", "movement.notify", write_notify(notification(desk.now)));
  desk.say("relief", "movement.checkin", R"({"at":"2016-07-16T06:00:00Z"})", {notice});
  EXPECT_EQ(desk.movement(notice).last_sign, desk.now);
}

TEST(Emergencies, ReachEveryPartyInEveryStateOfTheAgreement) {
  Desk desk;
  const record::Ref notice =
      desk.say("relief", "movement.notify", write_notify(notification(desk.now)));
  for (const char* party : {"north", "south", "relief"}) {
    desk.say(party, "agreement.state", R"({"function":"","state":"withdrawn","reason":"r"})");
  }
  const std::string call =
      R"({"kind":"under_fire","text":"two vehicles hit","point":[360000000,366500000]})";
  const record::Ref emergency =
      desk.try_say("relief", "movement.emergency", call, {notice}).value();
  ASSERT_TRUE(desk.try_say("monitor", "movement.emergency", call));  // of whom nobody gave notice
  EXPECT_EQ(desk.movement(notice).emergencies, std::vector{emergency});
  EXPECT_EQ(desk.ledger.receipts(emergency, {}, desk.now).size(), 3U);
  ASSERT_TRUE(desk.try_say("north", "notice.received", "{}", {emergency}));
  EXPECT_EQ(code(desk.try_say("north", "movement.emergency_over", reason("x"), {emergency})),
            Errc::protection_not_owner);
  ASSERT_TRUE(desk.try_say("relief", "movement.emergency_over", reason("safe"), {emergency}));
  EXPECT_TRUE(desk.movement(notice).emergencies.empty());
  EXPECT_EQ(desk.ledger.emergencies().size(), 2U);
}

// ---- contests ----

TEST(Contests, TakeOneEntryAndLeaveItProtected) {
  Desk desk;
  const record::Ref a = register_clinic(desk);
  const record::Ref b = register_clinic(desk);
  const std::string grounds = R"({"grounds":"use","text":"fighters seen on the roof"})";
  EXPECT_EQ(code(desk.try_say("north", "contest.open", grounds, {a, b})), Errc::protection_list);
  EXPECT_EQ(code(desk.try_say("relief", "contest.open", grounds, {a})), Errc::protection_own);
  const record::Ref contest = desk.try_say("north", "contest.open", grounds, {a}).value();
  EXPECT_EQ(code(desk.try_say("north", "contest.open", grounds, {a})), Errc::protection_state);
  EXPECT_TRUE(desk.site(a).contested);
  EXPECT_FALSE(desk.site(a).removed);
  EXPECT_FALSE(desk.site(b).contested);
  // All clocks run out; nothing falls.
  desk.now = desk.now + 40 * kDay;
  const ContestView view = desk.ledger.contests(desk.now).front();
  EXPECT_TRUE(view.answer_overdue);
  EXPECT_TRUE(view.decision_overdue);
  EXPECT_FALSE(view.ended);
  EXPECT_TRUE(desk.site(a).contested);
  EXPECT_FALSE(desk.site(a).removed);
  ASSERT_TRUE(desk.try_say("relief", "contest.answer", R"({"text":"visited, none"})", {contest}));
  EXPECT_FALSE(desk.ledger.contests(desk.now).front().answer_overdue);
}

TEST(Contests, EndByTheOwnersActOrByBoth) {
  Desk desk;
  const record::Ref a = register_clinic(desk);
  const std::string grounds = R"({"grounds":"coordinates","text":"in the river"})";
  const record::Ref first = desk.say("north", "contest.open", grounds, {a});
  const std::string stands = R"({"outcome":"stands","text":"checked together"})";
  ASSERT_TRUE(desk.try_say("north", "contest.close", stands, {first}));
  EXPECT_TRUE(desk.site(a).contested);
  EXPECT_EQ(code(desk.try_say("south", "contest.close", stands, {first})),
            Errc::protection_not_owner);
  EXPECT_EQ(code(desk.try_say("relief", "contest.close", R"({"outcome":"withdrawn","text":"x"})",
                              {first})),
            Errc::protection_not_owner);
  ASSERT_TRUE(desk.try_say("relief", "contest.close", stands, {first}));
  EXPECT_FALSE(desk.site(a).contested);
  EXPECT_EQ(desk.ledger.contests(desk.now).front().ended_how, "agreed_stands");
  const record::Ref second = desk.try_say("north", "contest.open", grounds, {a}).value();
  EXPECT_TRUE(desk.site(a).contested);
  desk.now = desk.now + kHour;
  ASSERT_TRUE(desk.try_say("relief", "site.remove", reason("closed"), {a}));
  EXPECT_EQ(desk.ledger.contests(desk.now).back().ended_how, "removed_by_owner");
  EXPECT_EQ(code(desk.try_say("north", "contest.close", R"({"outcome":"withdrawn","text":"x"})",
                              {second})),
            Errc::protection_state);
}

}  // namespace
}  // namespace detente::protection
