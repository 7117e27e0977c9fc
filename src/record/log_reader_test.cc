// SPDX-License-Identifier: Apache-2.0
// Method: one party with real keys writes a real log; each refusal is one step away from an entry
// that is accepted, so that only the named fault can be the cause. Refusals leave no trace.
#include "record/log_reader.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::test_key;
using testing::TestParty;

const std::string kAgreement(64, 'a');
const std::string kText = R"({"text":"x"})";

class LogReaderTest : public ::testing::Test {
 protected:
  void SetUp() override { north_.open(); }

  Envelope note_by(const OfficerSigner& officer) {
    return sign_statement(north_.draft("note.text", kText), {officer});
  }
  // Appends, expects `code` at this entry, and that the log stayed as it was.
  void expect_refused(const Result<Entry>& entry, Errc code) {
    ASSERT_FALSE(entry);
    EXPECT_EQ(entry.error().code, code) << entry.error().text();
    EXPECT_TRUE(
        entry.error().place.starts_with(fmt::format("entry {}", north_.reader().size().value)))
        << entry.error().place;
    EXPECT_EQ(north_.reader().size().value, north_.entries().size());
    EXPECT_TRUE(north_.append(note_by(north_.duty_1()))) << "the log no longer takes a good entry";
  }
  Result<Entry> append_raw(const EntryHeader& header, const Envelope& envelope) {
    LogReader copy = north_.reader();
    return copy.append(as_bytes(encode_entry(header, envelope)));
  }
  Errc code_of(const EntryHeader& header, const Envelope& envelope) {
    const Result<Entry> entry = append_raw(header, envelope);
    return entry ? Errc::usage : entry.error().code;
  }

  TestParty north_{"north", 1, kAgreement};
};

TEST_F(LogReaderTest, RefusesAnUnknownType) {
  expect_refused(north_.append("target.nominate", kText, {north_.duty_1()}), Errc::entry_malformed);
}

TEST_F(LogReaderTest, RefusesAnotherIndex) {
  EntryHeader header = north_.header();
  for (const std::uint64_t wrong : {2U, 4U, 0U}) {
    header.seq = LeafIndex{wrong};
    EXPECT_EQ(code_of(header, note_by(north_.duty_1())), Errc::entry_index);
  }
}

TEST_F(LogReaderTest, RefusesTimeThatGoesBack) {
  EntryHeader header = north_.header();
  header.time = north_.reader().last_time() - 1;
  EXPECT_EQ(code_of(header, note_by(north_.duty_1())), Errc::entry_time_back);
  header.time = north_.reader().last_time();
  EXPECT_TRUE(append_raw(header, note_by(north_.duty_1())));
}

TEST_F(LogReaderTest, RefusesAStatementLoggedAfterItExpired) {
  const Envelope envelope = note_by(north_.duty_1());
  EntryHeader header = north_.header();
  header.time = north_.now() + 3'600'001;
  EXPECT_EQ(code_of(header, envelope), Errc::entry_expired);
  header.time = north_.now() + 3'600'000;
  EXPECT_TRUE(append_raw(header, envelope));
}

TEST_F(LogReaderTest, RefusesAStatementForAnotherLogOrAgreement) {
  StatementDraft draft = north_.draft("note.text", kText);
  draft.log = Origin{"south.example/detente/1f2e3d4c/1"};
  expect_refused(north_.append(sign_statement(draft, {north_.duty_1()})), Errc::entry_wrong_log);
  draft = north_.draft("note.text", kText);
  draft.agreement = std::string(64, 'b');
  expect_refused(north_.append(sign_statement(draft, {north_.duty_1()})), Errc::entry_wrong_log);
}

TEST_F(LogReaderTest, RefusesAnIdUsedBefore) {
  const Envelope envelope = note_by(north_.duty_1());
  ASSERT_TRUE(north_.append(envelope));
  expect_refused(north_.append(envelope), Errc::entry_repeated);
}

TEST_F(LogReaderTest, RefusesToBeginWithoutItsOpening) {
  TestParty east("east", 100, kAgreement);
  const Result<Entry> entry = east.append("note.text", kText, {east.root()});
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, Errc::log_not_opened);
}

TEST_F(LogReaderTest, RefusesASecondOpening) {
  expect_refused(north_.append("log.open", north_.open_body(), {north_.root()}),
                 Errc::log_reopened);
}

TEST_F(LogReaderTest, RefusesAnOpeningThatIsNotTheAgreements) {
  const auto open_with = [](const std::string& body) {
    TestParty east("east", 100, kAgreement);
    const Result<Entry> entry = east.append("log.open", body, {east.root()});
    return entry ? Errc::usage : entry.error().code;
  };
  TestParty east("east", 100, kAgreement);
  EXPECT_EQ(open_with(north_.open_body()), Errc::entry_wrong_log);
  std::string body = east.open_body();
  EXPECT_EQ(open_with(body.replace(body.find("\"epoch\":1"), 9, "\"epoch\":0")),
            Errc::json_member_range);
  EXPECT_EQ(open_with("{}"), Errc::json_member_missing);
  body = east.open_body();
  body.insert(body.size() - 1, ",\"extra\":1");
  EXPECT_EQ(open_with(body), Errc::json_member_unknown);
  EXPECT_EQ(open_with(east.open_body()), Errc::usage);
}

TEST_F(LogReaderTest, RefusesAnUndelegatedKey) {
  const OfficerSigner stranger{"north/duty-3", test_key(77)};
  expect_refused(north_.append(note_by(stranger)), Errc::key_undelegated);
  const OfficerSigner foreign{"south/root", test_key(78)};
  expect_refused(north_.append(note_by(foreign)), Errc::key_undelegated);
}

TEST_F(LogReaderTest, RefusesASignatureOfAnotherKeyUnderAKnownName) {
  const OfficerSigner impostor{"north/duty-1", test_key(77)};
  expect_refused(north_.append(note_by(impostor)), Errc::signature_invalid);
  const OfficerSigner false_root{"north/root", test_key(77)};
  expect_refused(
      north_.append("key.add", north_.add_body("north/x", test_key(80).public_key(), {"watch"}),
                    {false_root}),
      Errc::signature_invalid);
}

TEST_F(LogReaderTest, RefusesAnExpiredKey) {
  north_.wait(86'400'000);
  const Result<Entry> entry = north_.append(note_by(north_.duty_1()));
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, Errc::key_expired);
}

TEST_F(LogReaderTest, RefusesARevokedKeyFromTheRevocationOn) {
  const Result<Entry> before = north_.append(note_by(north_.duty_2()));
  ASSERT_TRUE(before);
  const Result<Entry> doubtful = north_.append(note_by(north_.duty_2()));
  ASSERT_TRUE(doubtful);
  const std::string body = fmt::format(
      R"({{"keyid":"north/duty-2","last_index":{},"reason":"lost"}})", before->header.seq.value);
  ASSERT_TRUE(north_.append("key.revoke", body, {north_.root()}));
  expect_refused(north_.append(note_by(north_.duty_2())), Errc::key_revoked);
  expect_refused(north_.append("key.revoke", body, {north_.root()}), Errc::key_revoked);
  EXPECT_EQ(north_.reader().signers(*before), std::vector<std::string>{"north/duty-2"});
  EXPECT_TRUE(north_.reader().signers(*doubtful).empty());
}

TEST_F(LogReaderTest, RefusesARevocationThatReachesAheadOrNamesNobody) {
  expect_refused(
      north_.append("key.revoke", R"({"keyid":"north/duty-2","last_index":999,"reason":"x"})",
                    {north_.root()}),
      Errc::json_member_range);
  expect_refused(
      north_.append("key.revoke", R"({"keyid":"north/duty-9","last_index":1,"reason":"x"})",
                    {north_.root()}),
      Errc::key_undelegated);
}

TEST_F(LogReaderTest, RefusesAKeyWithoutTheRole) {
  expect_refused(north_.append("finding.open", kText, {north_.duty_1()}), Errc::key_role);
  expect_refused(north_.append("note.text", kText, {north_.root()}), Errc::key_role);
  expect_refused(north_.append("agreement.sign", kText, {north_.duty_1()}), Errc::key_role);
}

TEST_F(LogReaderTest, RefusesTooFewDifferentOfficers) {
  const std::string body = R"({"state":"in_force","reason":"signed"})";
  expect_refused(north_.append("agreement.state", body, {north_.duty_1()}), Errc::signers_too_few);
  expect_refused(north_.append("agreement.state", body, {}), Errc::signers_too_few);
  expect_refused(north_.append("agreement.state", body, {north_.duty_1(), north_.duty_1()}),
                 Errc::entry_malformed);
  expect_refused(north_.append("agreement.amend", body, {north_.duty_1(), north_.duty_1()}),
                 Errc::entry_malformed);
  const Result<Entry> entry =
      north_.append("agreement.state", body, {north_.duty_1(), north_.duty_2()});
  ASSERT_TRUE(entry);
  EXPECT_EQ(north_.reader().signers(*entry).size(), 2U);
}

TEST_F(LogReaderTest, RefusesMoreSignaturesThanTheLimit) {
  Envelope envelope = note_by(north_.duty_1());
  for (int i = 0; i < 4; ++i) add_signature(envelope, north_.duty_2());
  expect_refused(north_.append(envelope), Errc::entry_malformed);
  EXPECT_FALSE(north_.reader().admit(envelope, north_.now()));
}

TEST_F(LogReaderTest, RefusesABadDelegation) {
  const crypto::PublicKey fresh = test_key(90).public_key();
  const auto add = [&](const std::string& keyid, const crypto::PublicKey& key,
                       const std::vector<std::string>& roles) {
    return north_.append("key.add", north_.add_body(keyid, key, roles), {north_.root()});
  };
  expect_refused(add("south/duty-1", fresh, {"watch"}), Errc::entry_malformed);
  expect_refused(add("north/", fresh, {"watch"}), Errc::entry_malformed);
  expect_refused(add("north/root", fresh, {"watch"}), Errc::entry_malformed);
  expect_refused(add("north/a/b", fresh, {"watch"}), Errc::entry_malformed);
  expect_refused(add("north/w", crypto::PublicKey{}, {"watch"}), Errc::key_malformed);
  expect_refused(add("north/w", fresh, {}), Errc::key_role);
  expect_refused(add("north/w", fresh, {"root"}), Errc::key_role);
  expect_refused(add("north/w", fresh, {"watch", "watch"}), Errc::key_role);
  expect_refused(add("north/w", fresh, {"targeteer"}), Errc::key_role);
  expect_refused(add("north/duty-1", fresh, {"watch"}), Errc::key_repeated);
  expect_refused(add("north/w", north_.duty_1().secret.public_key(), {"watch"}),
                 Errc::key_repeated);
  expect_refused(add("north/w", north_.root().secret.public_key(), {"watch"}), Errc::key_repeated);
  expect_refused(add("north/w", north_.mirror().key.key, {"watch"}), Errc::key_repeated);
  EXPECT_TRUE(add("north/w", fresh, {"watch"}));
  EXPECT_EQ(north_.reader().officers().at("north/w").roles, std::vector<std::string>{"watch"});
}

TEST_F(LogReaderTest, RefusesAViewOfOtherLogsThatGoesBackOrContradicts) {
  const Origin east{"east.example/log"};
  const Origin south{"south.example/log"};
  Hash root_a{};
  root_a.fill(0xaa);
  Hash root_b{};
  root_b.fill(0xbb);
  ASSERT_TRUE(north_.append(note_by(north_.duty_1()), {{south, TreeSize{5}, root_a}}));
  const std::vector<std::vector<Head>> bad = {
      {{south, TreeSize{4}, root_a}},
      {{south, TreeSize{5}, root_b}},
      {{south, TreeSize{6}, root_a}, {east, TreeSize{1}, root_a}},
      {{south, TreeSize{6}, root_a}, {south, TreeSize{7}, root_a}},
      {{north_.origin(), TreeSize{1}, root_a}},
      {{east, TreeSize{0}, root_a}},
  };
  for (const std::vector<Head>& seen : bad) {
    expect_refused(north_.append(note_by(north_.duty_1()), seen), Errc::entry_seen);
  }
  ASSERT_TRUE(north_.append(note_by(north_.duty_1()),
                            {{east, TreeSize{0}, empty_root()}, {south, TreeSize{5}, root_a}}));
  ASSERT_TRUE(north_.append(note_by(north_.duty_1()), {{south, TreeSize{9}, root_b}}));
  EXPECT_EQ(north_.reader().seen(south), (Head{south, TreeSize{9}, root_b}));
  EXPECT_EQ(north_.reader().seen(Origin{"west"}), std::nullopt);
}

TEST_F(LogReaderTest, AdmitsExactlyWhatItWouldAppend) {
  const Envelope good = note_by(north_.duty_1());
  EXPECT_TRUE(north_.reader().admit(good, north_.now()));
  EXPECT_EQ(north_.reader().admit(good, north_.now() + 4'000'000).error().code,
            Errc::entry_expired);
  Envelope changed = good;
  changed.payload[changed.payload.size() - 4] = 'y';
  EXPECT_EQ(north_.reader().admit(changed, north_.now()).error().code, Errc::signature_invalid);
  ASSERT_TRUE(north_.append(good));
  EXPECT_TRUE(north_.reader().has_statement(
      north_.reader().size().value > 0 ? parse_statement(good)->id : StatementId{}));
  EXPECT_EQ(north_.reader().admit(good, north_.now()).error().code, Errc::entry_repeated);
}

TEST_F(LogReaderTest, SignersOfAnEntryNotInTheLogAreVerified) {
  EntryHeader header = north_.header();
  Envelope envelope = note_by(north_.duty_1());
  const auto parse = [&] { return parse_entry(as_bytes(encode_entry(header, envelope))); };
  EXPECT_EQ(north_.reader().signers(*parse()).size(), 1U);
  envelope.signatures[0].signature[0] ^= 1;
  EXPECT_TRUE(north_.reader().signers(*parse()).empty());
}

TEST(TypeRules, KnowOnlyTheirTypesAndRoles) {
  EXPECT_FALSE(type_rule("target.nominate"));
  EXPECT_FALSE(type_rule(""));
  EXPECT_EQ(type_rule("agreement.state")->signers_min, 2);
  EXPECT_EQ(type_rule("agreement.amend")->signers_min, 2);
  // One party's one signatory begins nothing by itself, and a reset must not wait for a second.
  EXPECT_EQ(type_rule("stage.begin")->signers_min, 1);
  EXPECT_EQ(type_rule("stage.reset")->signers_min, 1);
  EXPECT_EQ(type_rule("stage.reset")->roles, std::vector<std::string>{"signatory"});
  // The node goes on with private checks by itself; an officer signs what they are about.
  for (const char* type : {"psi.epoch", "psi.post", "psi.query"}) {
    EXPECT_EQ(type_rule(type)->roles,
              (std::vector<std::string>{"duty_officer", "registrar", "watch"}));
  }
  EXPECT_EQ(type_rule("psi.answer")->roles, std::vector<std::string>{"watch"});
  EXPECT_EQ(type_rule("exception.declare")->roles, std::vector<std::string>{"duty_officer"});
  EXPECT_EQ(type_rule("obligation.verify")->roles,
            (std::vector<std::string>{"duty_officer", "signatory", "monitor"}));
  for (const char* type : {"log.open",           "key.add",          "finding.open",
                           "incident.report",    "ack.read",         "agreement.open",
                           "agreement.publish",  "adherent.accept",  "obligation.report",
                           "activity.read_back", "activity.release", "activity.contingent",
                           "activity.offer",     "warning.send",     "warning.ack",
                           "warning.over",       "message.send",     "watch.on",
                           "watch.off",          "watch.roster",     "call.test",
                           "call.answer",        "call.log",         "alarm.raised"}) {
    const std::optional<TypeRule> rule = type_rule(type);
    ASSERT_TRUE(rule) << type;
    for (const std::string& role : rule->roles) EXPECT_TRUE(is_role(role)) << role;
  }
  EXPECT_FALSE(is_role("admin"));
}

}  // namespace
}  // namespace detente::record
