// SPDX-License-Identifier: Apache-2.0
// Method: every line that is almost right; then the quorum against a slow evaluation of it.
#include "record/policy.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::test_key;

const Signer kLog = make_signer("log.example/one", KeyType::ed25519, test_key(1));
const Signer kLogNext = make_signer("log.example/one", KeyType::ed25519, test_key(2));

Signer witness(int n) {
  return make_signer(fmt::format("w{}.example", n), KeyType::cosignature_v1,
                     test_key(static_cast<std::uint8_t>(10 + n)));
}
std::string vkey(int n) {
  return witness(n).key.text();
}

// Policy of the kind that two parties and four neutral witnesses write.
std::string usual() {
  std::string out = "log " + kLog.key.text() + "\nwitness mirror " + vkey(0) + "\n";
  for (int n = 1; n <= 4; ++n) out += fmt::format("witness un{} {}\n", n, vkey(n));
  return out + "group neutral 3 un1 un2 un3 un4\ngroup normal all mirror neutral\nquorum normal\n";
}

Note cosigned_by(const std::vector<std::pair<int, std::int64_t>>& witnesses) {
  const std::string text = Checkpoint{Origin{kLog.key.name}, TreeSize{7}, Hash{}}.text();
  Note note{text, {sign_note(kLog, text)}};
  for (const auto& [n, seconds] : witnesses) {
    note.signatures.push_back(cosign(witness(n), text, kTestStart + seconds * 1000));
  }
  return note;
}

TEST(Policy, RefusesEveryLineThatIsAlmostRight) {
  const std::string log = "log " + kLog.key.text();
  const std::string w1 = "witness w1 " + vkey(1) + "\n";
  const std::string w2 = "witness w2 " + vkey(2) + "\n";
  VerifierKey renamed = witness(1).key;
  renamed.name = "other.example";
  VerifierKey log_renamed = kLog.key;
  log_renamed.name = "other.example";
  struct Case {
    std::string text;
    std::string place;
  };
  for (const Case& one :
       std::vector<Case>{{"", ""},
                         {"\n# only words\n", ""},
                         {log + "\n", ""},
                         {"quorum none", "line 1"},
                         {"quorum none\nquorum none\n", "line 2"},
                         {"quorum\n", "line 1"},
                         {"quorum none none\n", "line 1"},
                         {"quorum w1\n", "line 1"},
                         {"quorum w1\n" + w1, "line 1"},
                         {"quorum none\nlogs x\n", "line 2"},
                         {"Quorum none\n", "line 1"},
                         {"quorum\xC2\xA0none\n", "line 1"},
                         {"quorum none\r\n", "line 1"},
                         {"quorum none\n\x01\n", "line 2"},
                         {"quorum none # why\n", "line 1"},
                         {"log\nquorum none\n", "line 1"},
                         {log + " a b\nquorum none\n", "line 1"},
                         {"log " + vkey(1) + "\nquorum none\n", "line 1"},
                         {"log x\nquorum none\n", "line 1"},
                         {log + "\n" + log + "\nquorum none\n", "line 2"},
                         {log + "\nlog " + log_renamed.text() + "\nquorum none\n", "line 2"},
                         {"witness w1\nquorum none\n", "line 1"},
                         {"witness " + vkey(1) + "\nquorum none\n", "line 1"},
                         {"witness w1 " + vkey(1) + " u v\nquorum none\n", "line 1"},
                         {"witness w1 " + kLog.key.text() + "\nquorum none\n", "line 1"},
                         {"witness none " + vkey(1) + "\nquorum none\n", "line 1"},
                         {w1 + "witness w1 " + vkey(2) + "\nquorum none\n", "line 2"},
                         {w1 + "witness w2 " + vkey(1) + "\nquorum none\n", "line 2"},
                         {w1 + "witness w2 " + renamed.text() + "\nquorum none\n", "line 2"},
                         {w1 + "group g all\nquorum none\n", "line 2"},
                         {w1 + "group g most w1\nquorum none\n", "line 2"},
                         {w1 + "group g 0 w1\nquorum none\n", "line 2"},
                         {w1 + "group g 2 w1\nquorum none\n", "line 2"},
                         {w1 + "group g 01 w1\nquorum none\n", "line 2"},
                         {w1 + "group g 1.0 w1\nquorum none\n", "line 2"},
                         {w1 + "group g -1 w1\nquorum none\n", "line 2"},
                         {w1 + "group g any w2\nquorum none\n", "line 2"},
                         {w1 + "group g any g\nquorum none\n", "line 2"},
                         {w1 + "group g any none\nquorum none\n", "line 2"},
                         {w1 + "group g any w1 w1\nquorum none\n", "line 2"},
                         {w1 + "group w1 any w1\nquorum none\n", "line 2"},
                         {w1 + "group none any w1\nquorum none\n", "line 2"},
                         {w1 + w2 + "group g any w1\ngroup h any w1 w2\nquorum h\n", "line 4"},
                         {w1 + w2 + "group g any w1\ngroup g any w2\nquorum g\n", "line 4"},
                         {"quorum none\n" + std::string(kPolicyBytes, '#') + "\n", ""}}) {
    const Result<Policy> parsed = parse_policy(one.text);
    ASSERT_FALSE(parsed) << one.text.substr(0, 300);
    EXPECT_EQ(parsed.error().code, Errc::policy_malformed) << one.text.substr(0, 300);
    EXPECT_EQ(parsed.error().place, one.place) << one.text.substr(0, 300);
  }
}

TEST(Policy, IsBounded) {
  const std::string head = "witness w1 " + vkey(1) + "\n";
  // A witness may stand in one group only, so each group but the first has a group as member.
  std::string chain = head + "group g0 any w1\n";
  for (std::size_t i = 1; i < kPolicyGroups; ++i) {
    chain += fmt::format("group g{} any g{}\n", i, i - 1);
  }
  EXPECT_TRUE(parse_policy(chain + "quorum g255\n"));
  EXPECT_FALSE(parse_policy(chain + "group g256 any g255\nquorum none\n"));
}

TEST(Policy, ReadsBlanksAndCommentsAndWritesOneForm) {
  const std::string loose =
      "# for tests\n\n \t# more\n\twitness  a \t" + vkey(1) + "  http://w.example/  \nwitness b " +
      vkey(2) + "\n group g all a b \nlog " + kLog.key.text() + "\tlog.example\nquorum\tg\n";
  const Result<Policy> policy = parse_policy(loose);
  ASSERT_TRUE(policy) << policy.error().text();
  EXPECT_EQ(policy->witnesses[0].url, "http://w.example/");
  EXPECT_EQ(policy->groups[0].threshold, 2U);
  const Result<std::string> text = write_policy(*policy);
  ASSERT_TRUE(text) << text.error().text();
  EXPECT_EQ(*text, "log " + kLog.key.text() + " log.example\nwitness a " + vkey(1) +
                       " http://w.example/\nwitness b " + vkey(2) + "\ngroup g 2 a b\nquorum g\n");
  EXPECT_EQ(*parse_policy(*text), *policy);
  EXPECT_EQ(*write_policy(*parse_policy(usual())),
            usual().replace(usual().find(" all "), 5, " 2 "));
}

TEST(Policy, WritesNothingThatWouldReadDifferently) {
  Policy policy = *parse_policy(usual());
  policy.witnesses[0].name = "two words";
  EXPECT_EQ(write_policy(policy).error().code, Errc::policy_malformed);
  policy = *parse_policy(usual());
  policy.witnesses[0].url = "http://a b";
  EXPECT_FALSE(write_policy(policy));
  policy.witnesses[0].url = "x\nquorum none";
  EXPECT_FALSE(write_policy(policy));
  policy = *parse_policy(usual());
  policy.quorum = "nobody";
  EXPECT_FALSE(write_policy(policy));
  EXPECT_TRUE(write_policy(Policy{}));
}

TEST(Policy, RefusesACheckpointThatItsLogDidNotSign) {
  const Policy policy = *parse_policy(usual());
  Note note = cosigned_by({});
  note.signatures[0].bytes[3] ^= 1;
  EXPECT_EQ(evaluate_policy(policy, note).error().code, Errc::note_bad_signature);
  note.signatures = {sign_note(kLogNext, note.text)};
  EXPECT_EQ(evaluate_policy(policy, note).error().code, Errc::note_unsigned);
  const std::string other = Checkpoint{Origin{"log.example/two"}, TreeSize{7}, Hash{}}.text();
  EXPECT_EQ(evaluate_policy(policy, {other, {sign_note(kLog, other)}}).error().code,
            Errc::checkpoint_origin);
  EXPECT_EQ(evaluate_policy(policy, {"x\n", {sign_note(kLog, "x\n")}}).error().code,
            Errc::checkpoint_malformed);
}

TEST(Policy, RefusesTheWholeNoteForOneBadCosignature) {
  const Policy policy = *parse_policy(usual());
  Note note = cosigned_by({{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}});
  ASSERT_TRUE(require_policy(policy, note));
  note.signatures.back().bytes[20] ^= 1;
  EXPECT_EQ(evaluate_policy(policy, note).error().code, Errc::note_bad_signature);
}

TEST(Policy, TakesEitherKeyOfALogThatChangesIts) {
  const Policy policy =
      *parse_policy("log " + kLog.key.text() + "\nlog " + kLogNext.key.text() + "\nquorum none\n");
  Note note = cosigned_by({});
  EXPECT_TRUE(require_policy(policy, note));
  note.signatures = {sign_note(kLogNext, note.text)};
  EXPECT_TRUE(require_policy(policy, note));
}

TEST(Policy, SaysWhoCosignedAndHowFreshTheQuorumIs) {
  const Policy policy = *parse_policy(usual());
  Result<PolicyFinding> found = evaluate_policy(policy, cosigned_by({{0, 50}, {2, 10}, {3, 40}}));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->met);
  EXPECT_FALSE(found->fresh);
  ASSERT_EQ(found->witnesses.size(), 3U);
  EXPECT_EQ(found->witnesses[1].name, "un2");
  EXPECT_EQ(found->witnesses[1].time, kTestStart + 10'000);
  const Result<PolicyFinding> required =
      require_policy(policy, cosigned_by({{0, 50}, {2, 10}, {3, 40}}));
  ASSERT_FALSE(required);
  EXPECT_EQ(required.error().code, Errc::policy_unmet);
  EXPECT_EQ(required.error().detail, "quorum normal; cosigned by mirror, un2, un3");
  EXPECT_EQ(require_policy(policy, cosigned_by({})).error().detail,
            "quorum normal; cosigned by nobody");

  found = require_policy(policy, cosigned_by({{0, 50}, {1, 20}, {2, 10}, {3, 40}, {4, 30}}));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->met);
  EXPECT_EQ(found->fresh, kTestStart + 20'000) << "the third latest of the neutral ones";
  found = require_policy(policy, cosigned_by({{0, 15}, {1, 20}, {2, 10}, {3, 40}, {4, 30}}));
  EXPECT_EQ(found->fresh, kTestStart + 15'000) << "the mirror's is older";
  EXPECT_EQ(found->checkpoint.size, TreeSize{7});
}

TEST(Policy, WithoutAQuorumAsksForTheLogAlone) {
  const Policy policy = *parse_policy("log " + kLog.key.text() + "\nquorum none\n");
  const Result<PolicyFinding> found = require_policy(policy, cosigned_by({}));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->met);
  EXPECT_FALSE(found->fresh);
}

// The slow evaluation: may these witnesses, with a cosignature at or after `since`, carry `name`?
bool carries(const Policy& policy, const std::string& name,
             const std::map<std::string, std::int64_t>& times, std::int64_t since) {
  for (const PolicyGroup& group : policy.groups) {
    if (group.name != name) continue;
    std::size_t n = 0;
    for (const std::string& member : group.members) {
      if (carries(policy, member, times, since)) ++n;
    }
    return n >= group.threshold;
  }
  const auto found = times.find(name);
  return found != times.end() && found->second >= since;
}

RC_GTEST_PROP(Policy, JudgesAsTheSlowEvaluationDoes, ()) {
  constexpr int kWitnesses = 5;
  Policy policy;
  std::vector<std::string> free_names;
  for (int n = 0; n < kWitnesses; ++n) {
    policy.witnesses.push_back({fmt::format("w{}", n), witness(n).key, ""});
    free_names.push_back(policy.witnesses.back().name);
  }
  const auto groups = *rc::gen::inRange(1, 4);
  for (int g = 0; g < groups; ++g) {
    PolicyGroup group{fmt::format("g{}", g), 1, {}};
    const auto members = *rc::gen::inRange<std::size_t>(1, free_names.size() + 1);
    for (std::size_t m = 0; m < members; ++m) {
      const auto at = *rc::gen::inRange<std::size_t>(0, free_names.size());
      group.members.push_back(free_names[at]);
      free_names.erase(free_names.begin() + static_cast<std::ptrdiff_t>(at));
    }
    group.threshold = *rc::gen::inRange<std::size_t>(1, members + 1);
    free_names.push_back(group.name);
    policy.groups.push_back(std::move(group));
  }
  policy.quorum = fmt::format("g{}", groups - 1);
  RC_ASSERT(*parse_policy(*write_policy(policy)) == policy);

  std::vector<std::pair<int, std::int64_t>> signers;
  std::map<std::string, std::int64_t> times;
  for (int n = 0; n < kWitnesses; ++n) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    const auto seconds = *rc::gen::inRange<std::int64_t>(0, 4);
    signers.emplace_back(n, seconds);
    times[fmt::format("w{}", n)] = seconds;
  }
  const Result<PolicyFinding> found = evaluate_policy(policy, cosigned_by(signers));
  RC_ASSERT(found.has_value());
  RC_ASSERT(found->met == carries(policy, policy.quorum, times, 0));
  RC_ASSERT(found->met == found->fresh.has_value());
  if (found->fresh) {
    const std::int64_t since = (*found->fresh - kTestStart) / 1000;
    RC_ASSERT(carries(policy, policy.quorum, times, since));
    RC_ASSERT(!carries(policy, policy.quorum, times, since + 1));
  }
}

}  // namespace
}  // namespace detente::record
