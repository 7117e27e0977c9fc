// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/limits.h"
#include "protection/testing_notices.h"

namespace detente::protection {
namespace {

using namespace testing;

template <class T>
Errc code(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}
Errc code(const Status& result) {
  return result ? Errc{} : result.error().code;
}

std::string reason(const char* text) {
  return std::string(R"({"reason":")") + text + R"("})";
}

Private private_movement(const MovementDetails& movement, const std::vector<std::string>& to) {
  Private out = private_site(clinic(), to);
  const record::Content content =
      record::Content::parse(write_movement(movement), std::string(kMovementSchema)).value();
  out.package = record::parse_package(record::encode_package(content, out.package.key)).value();
  out.commit.commitment = record::commit_content(content, out.package.key);
  return out;
}

struct Hidden {
  record::Ref commit;
  record::Ref entry;
  Private content;
};

Hidden hide_clinic(Desk& desk) {
  const Private content = private_site(clinic(), {"north"});
  const record::Ref commit =
      desk.say("relief", "content.commit", record::write_content_commit(content.commit));
  RegisterBody body = registration(desk.now);
  body.site.reset();
  body.to = {PartyId{"north"}};
  const record::Ref site =
      desk.try_say("relief", "site.register", write_register(body), {commit}).value();
  return {commit, site, content};
}

Hidden hide_convoy(Desk& desk, UtcMs start) {
  NotifyBody body = notification(start);
  const Private content = private_movement(*body.movement, {"north"});
  const record::Ref commit =
      desk.say("relief", "content.commit", record::write_content_commit(content.commit));
  body.movement.reset();
  body.to = {PartyId{"north"}};
  const record::Ref notice =
      desk.try_say("relief", "movement.notify", write_notify(body), {commit}).value();
  return {commit, notice, content};
}

TEST(PrivateDetails, AreLookedForByTheirOwnerAndByRecipientsOnly) {
  Desk desk;
  const Hidden site = hide_clinic(desk);
  for (const char* reader : {"relief", "north"}) {
    const auto wanted = desk.ledger.unlearned(PartyId{reader});
    ASSERT_EQ(wanted.size(), 1U) << reader;
    EXPECT_EQ(wanted.front().ref, site.commit);
    EXPECT_EQ(wanted.front().party, PartyId{"relief"});
  }
  EXPECT_TRUE(desk.ledger.unlearned(PartyId{"south"}).empty());
  EXPECT_TRUE(desk.ledger.learned(PartyId{"north"}).empty());
  ASSERT_TRUE(desk.ledger.learn(site.commit, site.content.package));
  EXPECT_TRUE(desk.ledger.unlearned(PartyId{"north"}).empty());
  EXPECT_EQ(desk.ledger.learned(PartyId{"north"}).size(), 1U);
}

TEST(PrivateDetails, AreGivenToTheRecipientThatTheLogNames) {
  Desk desk;
  const Hidden site = hide_clinic(desk);
  const Hash sha256 = site.content.commit.sealed.front().sha256;
  const auto copy = [&](const char* of, const char* to, const Hash& hash) {
    return desk.ledger.sealed_copy(PartyId{of}, PartyId{to}, hash).has_value();
  };
  EXPECT_FALSE(copy("relief", "south", sha256));
  EXPECT_FALSE(copy("north", "north", sha256)) << "another party's log names it";
  EXPECT_FALSE(copy("relief", "north", crypto::sha256(as_bytes("other"))));
  EXPECT_TRUE(copy("relief", "north", sha256));
}

TEST(PrivateDetails, ThatAreForgottenLeaveTheEntryWithoutItsPlace) {
  Desk desk;
  const Hidden site = hide_clinic(desk);
  ASSERT_TRUE(desk.ledger.learn(site.commit, site.content.package));
  desk.say("monitor", "incident.report", incident_at(desk.now, site_point(clinic())));
  const geo::BoundingCap cap{site_point(clinic()), 100};
  const auto seen = [&] {
    return std::array{desk.site(site.entry).site.has_value(), !desk.ledger.cases(desk.now).empty(),
                      !desk.ledger.sites_near(cap, 10).empty(),
                      !desk.ledger.protected_near(cap, 10, desk.now).empty()};
  };
  const std::array all{true, true, true, true};
  const std::array none{false, false, false, false};
  EXPECT_EQ(seen(), all);
  desk.ledger.forget(site.commit);
  EXPECT_EQ(seen(), none);
  desk.say("monitor", "incident.report", incident_at(desk.now, site_point(clinic())));
  EXPECT_EQ(seen(), none) << "nor does a new event find it";
  desk.ledger.forget(site.commit);
  ASSERT_TRUE(desk.ledger.learn(site.commit, site.content.package));
  EXPECT_EQ(seen(), all);
  EXPECT_EQ(desk.ledger.cases(desk.now).size(), 2U);
}

TEST(PrivateDetails, AreOverWhenTheSiteWasRemovedOrHasExpired) {
  Desk desk;
  const Hidden site = hide_clinic(desk);
  const UtcMs expires = desk.site(site.entry).expires;
  EXPECT_FALSE(desk.ledger.over_since(site.entry, desk.now)) << "no entry rests on it";
  EXPECT_FALSE(desk.ledger.over_since(site.commit, desk.now));
  EXPECT_FALSE(desk.ledger.over_since(site.commit, expires - 1));
  EXPECT_EQ(desk.ledger.over_since(site.commit, expires), expires);
  desk.now = expires + kDay;
  desk.say("relief", "site.reconfirm", R"({"expires":)" + json_time(desk.now + kDay) + "}",
           {site.entry});
  EXPECT_FALSE(desk.ledger.over_since(site.commit, desk.now));
  desk.say("relief", "site.remove", reason("closed"), {site.entry});
  EXPECT_EQ(desk.ledger.over_since(site.commit, desk.now), desk.now);
}

TEST(PrivateDetails, AreNotOverWhileACaseAboutThemIsOpen) {
  Desk desk;
  const Hidden site = hide_clinic(desk);
  ASSERT_TRUE(desk.ledger.learn(site.commit, site.content.package));
  desk.now = desk.now + kHour;
  const record::Ref event =
      desk.say("monitor", "incident.report", incident_at(desk.now, site_point(clinic())));
  desk.now = desk.now + kHour;
  desk.say("relief", "site.remove", reason("destroyed"), {site.entry});
  EXPECT_FALSE(desk.ledger.over_since(site.commit, desk.now));
  desk.say("monitor", "case.step", R"({"step":"closed","text":"t"})", {event, site.entry});
  EXPECT_TRUE(desk.ledger.over_since(site.commit, desk.now));
}

TEST(PrivateDetails, AreOverWhenTheMovementHasEndedOrItsTimeIsPast) {
  Desk desk;
  const Hidden convoy = hide_convoy(desk, desk.now + 3 * kDay);
  const UtcMs end = desk.movement(convoy.entry).body.time.end;
  EXPECT_FALSE(desk.ledger.over_since(convoy.commit, end - 1));
  EXPECT_EQ(desk.ledger.over_since(convoy.commit, end), end);
  desk.say("relief", "movement.delay", R"({"delay_s":7200,"reason":"ford"})", {convoy.entry});
  EXPECT_FALSE(desk.ledger.over_since(convoy.commit, end));
  desk.say("relief", "movement.cancel", reason("closed"), {convoy.entry});
  EXPECT_EQ(desk.ledger.over_since(convoy.commit, end), desk.now);
}

TEST(PrivateDetails, AreCommittedToOnlyWhereEveryRecipientCanOpenACopy) {
  Desk desk;
  RegisterBody body = registration(desk.now);
  body.to = {PartyId{"north"}};
  const auto admit = [&](const char* party) {
    return code(desk.ledger.admit_private(PartyId{party}, body, desk.now));
  };
  EXPECT_EQ(admit("relief"), Errc::protection_recipient);
  const auto secret = crypto::Secret32::from_bytes(crypto::sha256(as_bytes("north")));
  const crypto::BoxPublicKey box = crypto::BoxKey::from_secret(secret).public_key();
  desk.say("north", "key.box", R"({"box":")" + to_base64(box) + R"("})");
  EXPECT_EQ(desk.ledger.box_key(PartyId{"north"}), box);
  EXPECT_EQ(admit("relief"), Errc{});
  EXPECT_EQ(admit("north"), Errc::protection_own);
  body.expires = desk.now;
  EXPECT_EQ(admit("relief"), Errc::protection_malformed);
  NotifyBody notice = notification(desk.now - 2 * kDay);
  notice.to = {PartyId{"north"}};
  EXPECT_EQ(code(desk.ledger.admit_private(PartyId{"relief"}, notice, desk.now)),
            Errc::protection_malformed);
  notice = notification(desk.now);
  EXPECT_EQ(code(desk.ledger.admit_private(PartyId{"relief"}, notice, desk.now)),
            Errc::protection_recipient);
}

TEST(PrivateMovements, GoTheirCourseForThoseWhoKnowTheRouteAndForOthers) {
  Desk desk;
  const UtcMs start = desk.now + 3 * kDay;
  const Hidden convoy = hide_convoy(desk, start);
  NoticeLedger told(desk.agreement);
  for (const auto& [party, log] : desk.logs) {
    for (const Said& said : log) told.apply(said.party, said.entry, said.officers);
  }
  ASSERT_TRUE(told.learn(convoy.commit, convoy.content.package));
  const auto state = [&](const NoticeLedger& ledger, std::int64_t after) {
    return ledger.movement(convoy.entry, start + after).value().state;
  };
  EXPECT_FALSE(desk.movement(convoy.entry).movement);
  EXPECT_TRUE(told.movement(convoy.entry, desk.now)->movement);
  // Who knows the route knows until when it may wait at its first point.
  const std::int64_t half = 1'800'000;
  EXPECT_EQ(state(desk.ledger, half), MovementState::notified);
  EXPECT_EQ(state(desk.ledger, half + 1), MovementState::not_departed);
  EXPECT_EQ(state(told, kHour + half), MovementState::notified);
  EXPECT_EQ(state(told, kHour + half + 1), MovementState::not_departed);
}

TEST(PrivateMovements, DoNotSayInTheLogWhereTheyAre) {
  Desk desk;
  const Hidden convoy = hide_convoy(desk, desk.now + kHour);
  desk.now = desk.now + kHour;
  const std::string at = R"({"at":)" + json_time(desk.now);
  const std::string here = at + R"(,"point":[360500000,367000000]})";
  EXPECT_EQ(code(desk.try_say("relief", "movement.depart", here, {convoy.entry})),
            Errc::protection_consent);
  ASSERT_TRUE(desk.try_say("relief", "movement.depart", at + "}", {convoy.entry}));
  EXPECT_EQ(code(desk.try_say("relief", "movement.checkin", here, {convoy.entry})),
            Errc::protection_consent);
  const std::string help = R"({"kind":"under_fire","text":"","point":[360500000,367000000]})";
  EXPECT_TRUE(desk.try_say("relief", "movement.emergency", help, {convoy.entry}))
      << "a call for help is for everybody";
}

}  // namespace
}  // namespace detente::protection
