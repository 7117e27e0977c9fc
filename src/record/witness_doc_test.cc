// SPDX-License-Identifier: Apache-2.0
// The worked example of docs/protocol/witness.md, byte for byte, and the numbers on the page.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "crypto/hash.h"
#include "record/policy.h"
#include "record/proof_file.h"
#include "record/witness.h"

namespace detente::record {
namespace {

std::string page() {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/witness.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string block(const std::string& name) {
  const std::string text = page();
  const std::string opening = "```" + name + "\n";
  const std::size_t start = text.find(opening);
  if (start == std::string::npos) return {};
  const std::size_t begin = start + opening.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST(WitnessPage, ShowsWhatAWitnessReallyAnswers) {
  const auto secret = [](std::string_view label) {
    return crypto::SecretKey::from_seed(crypto::sha256(as_bytes(label)));
  };
  const Signer log =
      make_signer("one.example/log", KeyType::ed25519, secret("detente example one log"));
  const Signer witness = make_signer("un1.example/witness", KeyType::cosignature_v1,
                                     secret("detente example un1 witness"));
  EXPECT_EQ(block("keys"), log.key.text() + "\n" + witness.key.text() + "\n");

  std::vector<Hash> tree;
  for (const char* entry : {"first entry", "second entry", "third entry"}) {
    tree.push_back(leaf_hash(as_bytes(std::string_view(entry))));
  }
  const Result<AddCheckpoint> growth = parse_add_checkpoint(block("growth"));
  ASSERT_TRUE(growth);
  EXPECT_EQ(growth->checkpoint.root, root_of(tree));
  EXPECT_EQ(growth->proof, consistency_proof(tree, TreeSize{2}));

  const WitnessRules rules({witness}, {log.key});
  std::optional<Checkpoint> head;
  const auto post = [&](const std::string& body) {
    Result<WitnessStep> step = rules.add_checkpoint(
        body, [&](const Origin&) -> Result<std::optional<Checkpoint>> { return head; },
        UtcMs{1'468'562'400'000});
    check(step.has_value(), "a head in memory does not fail");
    if (step->head) head = *step->head;
    return step->answer;
  };
  EXPECT_EQ(post(block("first")).status, 200);
  const WitnessAnswer answer = post(block("growth"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, block("answer"));
  const WitnessAnswer again = post(block("growth"));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.body, "3\n");
  EXPECT_NE(page().find("`/" + origin_hex(Origin{log.key.name}) + "/checkpoint`"),
            std::string::npos);
}

TEST(WitnessPage, NamesTheLimitsOfTheCode) {
  const std::string text = page();
  const auto with_commas = [](std::size_t n) {
    std::string out = std::to_string(n);
    for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, ",");
    return out;
  };
  for (const std::string& line :
       {fmt::format("| hashes in a proof | {} |", kWitnessProofLines),
        fmt::format("| a body | {} bytes:", with_commas(kAddCheckpointBytes)),
        fmt::format("| signature lines of a note | {} |", limits::kNoteSignatures),
        fmt::format("| a policy | {} KiB, {} logs, {} witnesses, {} groups |", kPolicyBytes >> 10U,
                    kPolicyLogs, kPolicyWitnesses, kPolicyGroups),
        fmt::format("`extra` is at most {} bytes", with_commas(kProofFileExtra))}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace detente::record
