// SPDX-License-Identifier: Apache-2.0
// Method: every edit of a good file must be refused; every entry of logs of all small sizes must
// be provable, and nothing else.
#include "record/proof_file.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/limits.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::test_key;

const Signer kLog = make_signer("log.example/one", KeyType::ed25519, test_key(1));
const Signer kWitness = make_signer("w.example", KeyType::cosignature_v1, test_key(2));

std::string entry(std::size_t i) {
  return fmt::format("entry {}", i);
}

ProofFile proof_of(std::size_t index, std::size_t size) {
  std::vector<Hash> tree;
  for (std::size_t i = 0; i < size; ++i) tree.push_back(leaf_hash(as_bytes(entry(i))));
  const std::string text = Checkpoint{Origin{kLog.key.name}, TreeSize{size}, root_of(tree)}.text();
  ProofFile out;
  out.index = LeafIndex{index};
  out.proof = inclusion_proof(tree, LeafIndex{index});
  out.note = {text, {sign_note(kLog, text), cosign(kWitness, text, kTestStart)}};
  return out;
}

TEST(ProofFile, RefusesEveryOtherForm) {
  ProofFile file = proof_of(2, 5);
  const std::string good = file.encode();
  ASSERT_TRUE(parse_proof_file(good)) << parse_proof_file(good).error().text();
  const std::string note = file.note.encode();
  const std::string first = "c2sp.org/tlog-proof@v1\n";
  std::string hashes;
  for (const Hash& hash : file.proof) hashes += to_base64(hash) + "\n";
  const std::string one = to_base64(Hash{}) + "\n";
  std::string many;
  for (std::size_t i = 0; i <= kProofFileHashes; ++i) many += one;
  for (const std::string& bad : {std::string(),
                                 first,
                                 first + "index 2\n",
                                 first + "index 2\n" + hashes,
                                 first + "index 2\n" + hashes + "\n",
                                 "c2sp.org/tlog-proof@v2\nindex 2\n" + hashes + "\n" + note,
                                 first + hashes + "\n" + note,
                                 first + "index\n" + hashes + "\n" + note,
                                 first + "index 02\n" + hashes + "\n" + note,
                                 first + "index -1\n" + hashes + "\n" + note,
                                 first + "index 5\n" + hashes + "\n" + note,
                                 first + "index 9223372036854775808\n" + hashes + "\n" + note,
                                 first + "extra \nindex 2\n" + hashes + "\n" + note,
                                 first + "extra AA\nindex 2\n" + hashes + "\n" + note,
                                 first + "extra AAB=\nindex 2\n" + hashes + "\n" + note,
                                 first + "extra AAA=\nextra AAA=\nindex 2\n" + hashes + "\n" + note,
                                 first + "index 2\nextra AAA=\n" + hashes + "\n" + note,
                                 first + "extra " + to_base64(Bytes(kProofFileExtra + 1)) +
                                     "\nindex 2\n" + hashes + "\n" + note,
                                 first + "index 2\n" + one + hashes + "\n" + note,
                                 first + "index 2\n" + hashes.substr(45) + "\n" + note,
                                 first + "index 2\n" + many + "\n" + note,
                                 first + "index 2\n" + hashes.substr(1) + "\n" + note,
                                 first + "index 2\n" + hashes + "\n\n" + note,
                                 first + "index 2\n" + hashes + note,
                                 good + "\n",
                                 good.substr(0, good.size() - 1),
                                 "\n" + good,
                                 " " + good,
                                 good + std::string(200'000, 'x')}) {
    const Result<ProofFile> parsed = parse_proof_file(bad);
    EXPECT_FALSE(parsed) << bad.substr(0, 300);
  }
}

TEST(ProofFile, KeepsTheWritersExtraDataAndProvesNothingAboutIt) {
  ProofFile file = proof_of(0, 1);
  EXPECT_TRUE(file.proof.empty());
  file.extra = to_bytes("which report");
  const std::string text = file.encode();
  EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nextra d2hpY2ggcmVwb3J0\nindex 0\n\n"));
  const Result<ProofFile> parsed = parse_proof_file(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->extra, file.extra);
  EXPECT_EQ(parsed->encode(), text);
  EXPECT_TRUE(verify_proof_of_entry(*parsed, as_bytes(entry(0)), kLog.key));
}

TEST(ProofFile, ProvesNoOtherEntryIndexLogOrTree) {
  const ProofFile good = proof_of(2, 5);
  const auto code = [](const ProofFile& file, std::string_view bytes, const VerifierKey& log) {
    const Result<ProvenEntry> proven = verify_proof_of_entry(file, as_bytes(bytes), log);
    return proven ? Errc{} : proven.error().code;
  };
  EXPECT_EQ(code(good, entry(2), kLog.key), Errc{});
  EXPECT_EQ(code(good, entry(3), kLog.key), Errc::proof_invalid);
  EXPECT_EQ(code(good, "", kLog.key), Errc::proof_invalid);
  ProofFile moved = good;
  moved.index = LeafIndex{1};
  EXPECT_EQ(code(moved, entry(2), kLog.key), Errc::proof_invalid);
  ProofFile bent = good;
  bent.proof[1][0] ^= 1;
  EXPECT_EQ(code(bent, entry(2), kLog.key), Errc::proof_invalid);
  ProofFile short_one = good;
  short_one.proof.pop_back();
  EXPECT_EQ(code(short_one, entry(2), kLog.key), Errc::proof_malformed);
  ProofFile grafted = good;
  grafted.note = proof_of(2, 6).note;
  EXPECT_NE(code(grafted, entry(2), kLog.key), Errc{});
  ProofFile forged = good;
  forged.note.signatures[0].bytes[0] ^= 1;
  EXPECT_EQ(code(forged, entry(2), kLog.key), Errc::note_bad_signature);
  const Signer other = make_signer(kLog.key.name, KeyType::ed25519, test_key(9));
  EXPECT_EQ(code(good, entry(2), other.key), Errc::note_unsigned);
  const Signer elsewhere = make_signer("log.example/two", KeyType::ed25519, test_key(1));
  EXPECT_EQ(code(good, entry(2), elsewhere.key), Errc::checkpoint_origin);
  // The inner node's two halves are no entry.
  const ProofFile pair = proof_of(0, 2);
  EXPECT_EQ(verify_proof_of_leaf(pair, Hash{}, kLog.key).error().code, Errc::proof_invalid);
}

TEST(ProofFile, MeetsAPolicyOrIsRefused) {
  const ProofFile file = proof_of(2, 5);
  Policy policy;
  policy.witnesses = {{"w", kWitness.key, ""}};
  policy.quorum = "w";
  const Result<ProvenEntry> proven =
      verify_proof_of_entry(file, as_bytes(entry(2)), kLog.key, &policy);
  ASSERT_TRUE(proven);
  EXPECT_EQ(proven->checkpoint.size, TreeSize{5});
  EXPECT_EQ(proven->index, LeafIndex{2});
  EXPECT_EQ(proven->policy->fresh, kTestStart);
  ProofFile bare = file;
  bare.note.signatures.pop_back();
  EXPECT_TRUE(verify_proof_of_entry(bare, as_bytes(entry(2)), kLog.key));
  EXPECT_EQ(verify_proof_of_entry(bare, as_bytes(entry(2)), kLog.key, &policy).error().code,
            Errc::policy_unmet);
}

TEST(ProofFile, ProvesEveryEntryOfEverySmallLog) {
  for (std::size_t size = 1; size <= 33; ++size) {
    for (std::size_t index = 0; index < size; ++index) {
      const std::string text = proof_of(index, size).encode();
      const Result<ProofFile> parsed = parse_proof_file(text);
      ASSERT_TRUE(parsed) << index << " of " << size;
      EXPECT_EQ(parsed->encode(), text);
      EXPECT_TRUE(verify_proof_of_entry(*parsed, as_bytes(entry(index)), kLog.key));
    }
  }
}

RC_GTEST_PROP(ProofFile, OneChangedByteProvesNothing, ()) {
  static const std::string good = proof_of(6, 11).encode();
  std::string text = good;
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const auto flip = *rc::gen::inRange(1, 256);
  text[at] = static_cast<char>(text[at] ^ flip);
  const Result<ProofFile> parsed = parse_proof_file(text);
  if (!parsed) return;
  Policy policy;
  policy.witnesses = {{"w", kWitness.key, ""}};
  policy.quorum = "w";
  RC_ASSERT(!verify_proof_of_entry(*parsed, as_bytes(entry(6)), kLog.key, &policy));
}

}  // namespace
}  // namespace detente::record
