// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once. Scenes of the agreement's course: how a new
// version reaches everybody, and what a restart leaves of a cut.
#include <gtest/gtest.h>

#include <algorithm>

#include "node/api_json.h"
#include "node/testing_parties.h"
#include "terms/testing_versions.h"

namespace detente::node::testing {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

struct CourseScene : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");
  TestParty& monitor = all.party("monitor");

  CourseScene() {
    all.open_all();
    for (TestParty* party : {&north, &south}) {
      const std::vector<record::OfficerSigner> two = signatories(*party);
      for (const record::OfficerSigner& one : two) {
        JsonWriter body;
        body.begin_object().member("keyid", one.keyid);
        body.member("key", to_base64(one.secret.public_key())).name("roles").begin_array();
        body.value("signatory").end_array().member("name", one.keyid);
        body.member("expires", all.now + 86'400'000).end_object();
        EXPECT_TRUE(all.submit(*party, "key.add", {}, body.take(), {party->root}));
      }
    }
  }
  std::vector<record::OfficerSigner> signatories(const TestParty& party) const {
    std::vector<record::OfficerSigner> out;
    for (const std::string name : {"/seal-1", "/seal-2"}) {
      out.push_back({party.id.value + name, terms::testing::course_key(party.id.value + name)});
    }
    return out;
  }
  // The same agreement with other distances between areas.
  std::shared_ptr<const terms::Agreement> second() const {
    return terms::testing::later_version(*all.agreement(), "/separation/lateral_mm", "18520000");
  }
  Status amend(TestParty& party, const terms::Agreement& version, UtcMs effective) {
    JsonWriter body;
    body.begin_object().member("version", version.version());
    body.member("sha256", version.sha256_hex()).member("amends", version.amends());
    body.member("effective", effective).member("reason", "agreed").end_object();
    const Result<record::Ref> ref =
        all.submit(party, "agreement.amend", {}, body.take(), signatories(party));
    return ref ? Status() : Status(fail(ref.error()));
  }
  std::int64_t version_at(const TestParty& party) const {
    return party.node->ledger()
        .course()
        .now(all.now, terms::Function::air_activities)
        .agreement->version();
  }
  bool has_document(const TestParty& party, const terms::Agreement& version) const {
    return party.disk.files.contains("agreements/" + version.sha256_hex() + ".json");
  }
  std::int64_t logged(const TestParty& party, const std::string& type) const {
    const HeldLog& log = party.node->own();
    std::int64_t count = 0;
    for (std::uint64_t i = 0; i < log.size().value; ++i) {
      count += log.entry(LeafIndex{i})->statement.type == type ? 1 : 0;
    }
    return count;
  }
};

TEST_F(CourseScene, a_version_brought_to_one_desk_reaches_all_who_saw_it_signed) {
  const auto version = second();
  const UtcMs effective = all.now + 30 * kMinuteMs;
  EXPECT_EQ(amend(north, *version, effective).error().code, Errc::agreement_version);
  all.step(north, Document{version->bytes()});
  all.pass(5 * kMinuteMs);
  EXPECT_TRUE(has_document(north, *version));
  EXPECT_FALSE(has_document(south, *version));  // nobody has signed it: nobody asks for it

  const Status first = amend(north, *version, effective);
  ASSERT_TRUE(first) << first.error().text();
  all.pass(2 * kMinuteMs);
  EXPECT_TRUE(has_document(south, *version));
  EXPECT_TRUE(has_document(monitor, *version));
  all.pass(40 * kMinuteMs);
  EXPECT_EQ(version_at(north), 1);  // one party's word amends nothing

  const auto again =
      terms::testing::later_version(*all.agreement(), "/separation/time_ms", "120000");
  all.step(south, Document{again->bytes()});
  const UtcMs later = all.now + 30 * kMinuteMs;
  ASSERT_TRUE(amend(south, *again, later));
  all.pass(2 * kMinuteMs);
  const Status both = amend(north, *again, later);
  ASSERT_TRUE(both) << both.error().text();
  EXPECT_EQ(version_at(north), 1);
  all.pass(31 * kMinuteMs);
  for (TestParty* party : {&north, &south, &monitor}) EXPECT_EQ(version_at(*party), 2);
  // An amendment of what is no longer in force.
  EXPECT_EQ(amend(north, *version, all.now + 30 * kMinuteMs).error().code, Errc::agreement_version);
}

TEST_F(CourseScene, what_is_not_the_document_asked_for_is_not_taken) {
  const auto version = second();
  const std::string path = "agreements/" + version->sha256_hex() + ".json";
  all.step(north, Document{version->bytes()});
  int asked = 0;
  all.forge = [&](const PartyId& asks, const Fetch& fetch) -> std::optional<Result<Bytes>> {
    if (asks != south.id || fetch.path != path) return std::nullopt;
    ++asked;
    const auto other = terms::testing::later_version(*all.agreement(), "/separation/time_ms", "1");
    return to_bytes(asked % 2 == 0 ? other->bytes() : "{");
  };
  ASSERT_TRUE(amend(north, *version, all.now + 30 * kMinuteMs));
  all.pass(5 * kMinuteMs);
  EXPECT_GE(asked, 2);
  EXPECT_FALSE(has_document(south, *version));
  EXPECT_FALSE(std::any_of(south.disk.files.begin(), south.disk.files.end(),
                           [](const auto& file) { return file.first.starts_with("agreements/"); }));
  EXPECT_TRUE(has_document(monitor, *version));
  all.forge = nullptr;
  all.pass(2 * kMinuteMs);
  EXPECT_TRUE(has_document(south, *version));
}

TEST_F(CourseScene, a_restarted_node_knows_the_version_in_force) {
  const auto version = second();
  const UtcMs effective = all.now + 30 * kMinuteMs;
  all.step(north, Document{version->bytes()});
  ASSERT_TRUE(amend(north, *version, effective));
  all.pass(2 * kMinuteMs);
  ASSERT_TRUE(amend(south, *version, effective));
  all.pass(31 * kMinuteMs);
  ASSERT_TRUE(all.start(south));
  EXPECT_EQ(version_at(south), 2);
  // A lost document comes from the others again.
  std::erase_if(monitor.disk.files,
                [](const auto& file) { return file.first.starts_with("agreements/"); });
  ASSERT_TRUE(all.start(monitor));
  EXPECT_FALSE(monitor.node->ledger()
                   .course()
                   .now(all.now, terms::Function::air_activities)
                   .missing.empty());
  all.pass(2 * kMinuteMs);
  EXPECT_EQ(version_at(monitor), 2);
}

TEST_F(CourseScene, the_api_says_in_force_only_while_flights_may_begin) {
  const auto said = [&] {
    JsonWriter out;
    write_agreement(out, *south.node, "en", all.now);
    return out.take().find(R"("in_force":true)") != std::string::npos;
  };
  EXPECT_TRUE(said());
  const std::string body = R"({"function":"air_activities","state":"suspended","reason":"doubt"})";
  ASSERT_TRUE(all.submit(north, "agreement.state", {}, body, signatories(north)));
  all.pass(2 * kMinuteMs);
  EXPECT_FALSE(said());
  const std::string again =
      R"({"function":"air_activities","state":"in_force","reason":"it is clear"})";
  ASSERT_TRUE(all.submit(north, "agreement.state", {}, again, signatories(north)));
  all.pass(2 * kMinuteMs);
  EXPECT_TRUE(said());
  all.now = all.agreement()->valid().end;
  EXPECT_FALSE(said());
}

TEST_F(CourseScene, a_cut_that_a_restart_fell_into_is_closed_again) {
  all.connected = false;
  all.pass(12 * kMinuteMs);
  ASSERT_EQ(logged(north, "link.cut"), 2);  // to south and to the monitor
  EXPECT_EQ(logged(north, "link.restored"), 0);
  ASSERT_TRUE(all.start(north));
  all.pass(12 * kMinuteMs);
  EXPECT_EQ(logged(north, "link.cut"), 2);  // said once, not once more after the start
  all.connected = true;
  all.pass(3 * kMinuteMs);
  EXPECT_EQ(logged(north, "link.restored"), 2);
  all.pass(10 * kMinuteMs);
  EXPECT_EQ(logged(north, "link.cut"), 2);
  EXPECT_EQ(logged(north, "link.restored"), 2);
}

}  // namespace
}  // namespace detente::node::testing
