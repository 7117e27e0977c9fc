// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once; what drone operators' services change at one
// of them, and what they see of the parties' own flights.
#include <gtest/gtest.h>

#include <algorithm>

#include "node/testing_parties.h"
#include "terms/testing_versions.h"
#include "utm/testing_world.h"

namespace detente::node::testing {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

struct UtmScene : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");

  UtmScene() { all.open_all(); }

  // The same place, an hour from the nodes' now on.
  utm::PutIntent intent(int number, std::vector<std::string> key = {}) const {
    utm::PutIntent put = utm::intent(number, {}, std::move(key));
    put.body.extents.front().start = all.now + kMinuteMs;
    put.body.extents.front().end = all.now + 60 * kMinuteMs;
    return put;
  }
  // What each of the requests, which come together, is answered.
  std::vector<int> statuses(TestParty& party, const std::vector<utm::Write>& writes) {
    UtmWrites input;
    for (const utm::Write& write : writes) {
      input.writes.push_back({input.writes.size(), {"uss1", utm::kAllScopes}, write});
    }
    party.utm_answers.clear();
    all.step(party, std::move(input));
    std::vector<int> out;
    for (const UtmAnswer& answer : party.utm_answers) out.push_back(answer.status);
    return out;
  }
  std::vector<const utm::Entity*> constraints(const TestParty& party) const {
    return party.node->utm().all(utm::Kind::constraint, all.now);
  }
  // How many statements of this type the party's log holds.
  std::size_t types(const TestParty& party, const std::string& type) const {
    std::size_t count = 0;
    const HeldLog& log = party.node->own();
    for (std::uint64_t i = 0; i < log.size().value; ++i) {
      const Result<record::Entry> entry = log.entry(LeafIndex{i});
      if (entry && entry->statement.type == type) ++count;
    }
    return count;
  }
  // North's patrol two hours from now, with which south concurs.
  ActivityId concurred_patrol() {
    const Result<record::Ref> ref =
        say(north, "activity.propose", {}, all.patrol("north", 120 * kMinuteMs));
    check(ref.has_value(), "a patrol is proposed");
    const ActivityId id{north.node->own().entry(ref->index)->statement.id.value};
    const std::string about = R"({"activity":")" + id.value + R"("})";
    check(say(south, "activity.concur", {*ref}, about, 2).has_value(), "south concurs");
    all.pass(kMinuteMs);
    return id;
  }
  void withdraw(const ActivityId& id) {
    ASSERT_TRUE(say(north, "activity.withdraw", {},
                    R"({"activity":")" + id.value + R"(","reason":"weather"})"));
    all.pass(kMinuteMs);
  }
  // Both parties amend the agreement: from half an hour on operators see activities as constraints.
  void agree_to_show() {
    const auto showing = terms::testing::later_version(
        *all.agreement(), "/utm",
        R"({"clause":"3","show":"constraints","grid_mm":5000000,"altitude_mm":500000,)"
        R"("time_ms":900000})");
    const UtcMs effective = all.now + 30 * kMinuteMs;
    for (TestParty* party : {&north, &south}) {
      all.step(*party, Document{showing->bytes()});
      std::vector<record::OfficerSigner> seals;
      for (const std::string name : {"/seal-1", "/seal-2"}) {
        const std::string keyid = party->id.value + name;
        seals.push_back({keyid, terms::testing::course_key(keyid)});
        JsonWriter key;
        key.begin_object().member("keyid", keyid);
        key.member("key", to_base64(seals.back().secret.public_key())).name("roles").begin_array();
        key.value("signatory").end_array().member("name", keyid);
        key.member("expires", all.now + 86'400'000).end_object();
        ASSERT_TRUE(all.submit(*party, "key.add", {}, key.take(), {party->root}));
      }
      JsonWriter body;
      body.begin_object().member("version", showing->version());
      body.member("sha256", showing->sha256_hex()).member("amends", showing->amends());
      body.member("effective", effective).member("reason", "agreed").end_object();
      const Result<record::Ref> amended =
          all.submit(*party, "agreement.amend", {}, body.take(), seals);
      ASSERT_TRUE(amended) << amended.error().text();
      all.pass(kMinuteMs);
    }
  }
  Result<record::Ref> say(TestParty& party, const std::string& type, std::vector<record::Ref> refs,
                          std::string body, std::size_t officers = 1) {
    const auto first = party.officers.begin();
    return all.submit(party, type, std::move(refs), std::move(body),
                      {first, first + static_cast<std::ptrdiff_t>(officers)});
  }
};

TEST_F(UtmScene, a_change_is_one_entry_of_the_own_log_and_stands_after_a_restart) {
  const std::uint64_t before = north.node->own().size().value;
  EXPECT_EQ(statuses(north, {intent(1)}), std::vector<int>{201});
  ASSERT_EQ(north.node->own().size().value, before + 1);
  const Result<record::Entry> entry = north.node->own().entry(LeafIndex{before});
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->statement.type, "utm.intent");
  const utm::Entity made = *north.node->utm().find(utm::Kind::intent, utm::id_of(1), all.now);
  all.pass(2 * kMinuteMs);
  EXPECT_EQ(south.node->log(north.id)->size(), north.node->own().size());
  EXPECT_EQ(south.node->utm().find(utm::Kind::intent, utm::id_of(1), all.now), nullptr);
  ASSERT_TRUE(all.start(north));
  const utm::Entity* const again =
      north.node->utm().find(utm::Kind::intent, utm::id_of(1), all.now);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->ovn, made.ovn);
  EXPECT_EQ(again->version, 1);
}

TEST_F(UtmScene, of_fifty_updates_at_once_one_wins_and_the_others_are_told) {
  ASSERT_EQ(statuses(north, {intent(1)}), std::vector<int>{201});
  utm::PutIntent update = intent(1);
  update.ovn = north.node->utm().find(utm::Kind::intent, utm::id_of(1), all.now)->ovn;
  const std::uint64_t before = north.node->own().size().value;
  const std::vector<int> answers = statuses(north, std::vector<utm::Write>(50, update));
  EXPECT_EQ(std::count(answers.begin(), answers.end(), 200), 1);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), 409), 49);
  EXPECT_EQ(north.node->own().size().value, before + 1);
}

TEST_F(UtmScene, two_that_overlap_and_come_together_are_not_both_taken) {
  EXPECT_EQ(statuses(north, {intent(1), intent(2)}), (std::vector<int>{201, 409}));
}

TEST_F(UtmScene, a_node_that_may_not_sign_takes_nothing) {
  all.connected = false;
  ASSERT_TRUE(all.start(north));
  ASSERT_TRUE(north.node->fenced());
  EXPECT_EQ(statuses(north, {intent(1)}), std::vector<int>{503});
}

TEST_F(UtmScene, nobody_but_the_node_itself_writes_such_statements) {
  const std::string body = R"({"kind":"intent","id":"x","manager":"uss1","ovn":"y"})";
  const Result<record::Ref> officer = say(north, "utm.delete", {}, body);
  ASSERT_FALSE(officer);
  EXPECT_EQ(officer.error().code, Errc::key_role);
  const Result<record::Ref> own = all.submit(north, "utm.delete", {}, body, {*north.keys.watch});
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().code, Errc::key_role);
}

TEST_F(UtmScene, operators_see_an_activity_only_as_the_agreement_says_and_coarsened) {
  const ActivityId id = concurred_patrol();
  EXPECT_TRUE(constraints(north).empty()) << "this agreement shows nothing";
  agree_to_show();
  EXPECT_TRUE(constraints(north).empty()) << "not in force yet";
  all.pass(31 * kMinuteMs);
  for (const TestParty* party : {&north, &south}) {
    const std::vector<const utm::Entity*> shown = constraints(*party);
    ASSERT_EQ(shown.size(), 1U) << party->id.value;
    EXPECT_EQ(shown.front()->manager, "north");
    EXPECT_EQ(shown.front()->activity, id);
    EXPECT_EQ(shown.front()->ovn, constraints(north).front()->ovn) << "every node says the same";
    const geo::Volume4 flown = north.node->ledger().view(id, all.now)->plan.volumes.front();
    const geo::Volume4& seen = shown.front()->extents.front();
    EXPECT_TRUE(std::holds_alternative<geo::Circle>(seen.area.shape()));
    for (const geo::PointE7 point : flown.area.outline()) {
      EXPECT_TRUE(seen.area.contains(point));
    }
    EXPECT_LE(seen.time.start, flown.time.start);
    EXPECT_LE(flown.time.end, seen.time.end);
  }
  withdraw(id);
  EXPECT_TRUE(constraints(south).empty());
}

TEST_F(UtmScene, who_subscribed_is_told_once_of_each_change_of_what_is_shown) {
  const ActivityId id = concurred_patrol();
  north.utm_url = "https://north.example";
  ASSERT_TRUE(all.start(north));
  all.pass(kMinuteMs);
  utm::PutSubscription subscribe = utm::subscription(
      7, {.lat = 35.5, .lng = 36.5, .radius_m = 1'000, .lower_m = -500, .upper_m = 20'000}, false,
      true);
  subscribe.body.extents->start = all.now;
  subscribe.body.extents->end = all.now + 600 * kMinuteMs;
  ASSERT_EQ(statuses(north, {subscribe}), std::vector<int>{200});
  agree_to_show();
  EXPECT_TRUE(north.utm_tellings.empty()) << "not in force yet";
  all.pass(31 * kMinuteMs);
  ASSERT_EQ(north.utm_tellings.size(), 1U);
  EXPECT_EQ(north.utm_tellings[0].base_url, "https://uss.example/utm");
  EXPECT_EQ(north.utm_tellings[0].path, "/uss/v1/constraints");
  const auto told = wire::f3548::read_put_constraint_details(north.utm_tellings[0].body, {});
  ASSERT_TRUE(told) << told.error().text();
  EXPECT_EQ(told->subscriptions[0].notification_index, 1);
  ASSERT_TRUE(told->constraint);
  EXPECT_EQ(told->constraint->reference.ovn, constraints(north).front()->ovn);
  EXPECT_EQ(told->constraint->reference.base_url, north.utm_url);
  EXPECT_EQ(types(north, "utm.shown"), 1U);
  EXPECT_EQ(types(south, "utm.shown"), 0U) << "it serves no operators";

  ASSERT_TRUE(all.start(north));
  all.pass(kMinuteMs);
  EXPECT_EQ(north.utm_tellings.size(), 1U) << "a restart tells nobody again";
  withdraw(id);
  ASSERT_EQ(north.utm_tellings.size(), 2U);
  const auto gone = wire::f3548::read_put_constraint_details(north.utm_tellings[1].body, {});
  ASSERT_TRUE(gone) << gone.error().text();
  EXPECT_FALSE(gone->constraint);
  EXPECT_EQ(gone->id, told->id);
  EXPECT_EQ(gone->subscriptions[0].notification_index, 2);
  EXPECT_EQ(types(north, "utm.hidden"), 1U);
}

}  // namespace
}  // namespace detente::node::testing
