// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of docs/protocol/private-content.md is computed here from its key and
// must be what the page has, byte for byte. Then the page's own bodies, and nothing else, are read
// and judged.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "crypto/hash.h"
#include "record/content.h"
#include "record/testing_page.h"

namespace detente::record {
namespace {

using testing::Blocks;
using testing::named_blocks;

constexpr std::size_t kFold = 96;

// Long lines are folded on the page.
std::string folded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += kFold) out += text.substr(i, kFold) + "\n";
  return out;
}

crypto::Secret32 filled(std::uint8_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(n);
  return crypto::Secret32::from_bytes(bytes);
}

constexpr std::string_view kDocument =
    R"({"lat":361234567,"lon":371234567,"until":"2016-07-15T12:00:00Z"})";

Blocks example() {
  const crypto::Secret32 key = filled(7);
  const crypto::BoxKey south = crypto::BoxKey::from_secret(filled(9));
  const Content content = *Content::parse(kDocument, "point/v1");
  const Commitment commitment = commit_content(content, key);
  const std::vector<Hash> leaves = content_leaves(content, key);
  const Opening all = *open_fields(content, key, {"lat", "lon", "until"});
  Blocks out;
  out["document"] = folded(std::string(kDocument));
  for (const OpenedField& field : all) {
    out["salts"] += to_hex(field.salt) + "\n";
    out["leaves"] += to_hex(leaves[field.index]) + "\n";
  }
  out["node"] = to_hex(node_hash(leaves[0], leaves[1])) + "\n";
  out["root"] = to_hex(commitment.root) + "\n";
  out["package"] = folded(encode_package(content, key));
  const Bytes sealed = *seal_package(content, key, south.public_key());
  out["box"] = to_hex(south.public_key()) + "\n";
  out["once"] =
      to_hex(crypto::blake2b_256(key, {as_bytes("detente/seal/v1"), south.public_key()})) + "\n";
  out["sealed"] = folded(to_hex(sealed));
  const SealedCopy copy{"south", south.public_key(), crypto::sha256(sealed), sealed.size()};
  out["commit"] = folded(write_content_commit({commitment, {copy}}));
  out["request"] = "GET /peer/content/" + to_hex(copy.sha256) + "?from=0\n";
  out["receipt"] = folded(write_content_receipt({copy.sha256, true, ""}));
  out["open"] = folded(write_content_open(*open_fields(content, key, {"lon"})));
  out["opening-file"] =
      folded(write_opening_file({commitment, *open_fields(content, key, {"lon"})}));
  return out;
}

Blocks page() {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/private-content.md");
  check(in.good(), "the page is there");
  return named_blocks(in);
}

std::string unfolded(std::string text) {
  std::erase(text, '\n');
  return text;
}

JsonDocument json_block(const Blocks& blocks, const std::string& name) {
  return *parse_json(unfolded(blocks.at(name)), {.bytes_max = 100'000});
}

TEST(ContentPage, HasTheExampleThatItsKeyGives) {
  const Blocks written = page();
  for (const auto& [name, block] : example()) {
    ASSERT_TRUE(written.contains(name)) << name;
    EXPECT_EQ(written.at(name), block) << name;
  }
  EXPECT_EQ(written.size(), example().size());
}

TEST(ContentPage, HoldsAllThatAReaderNeeds) {
  const Blocks blocks = page();
  const ContentCommit commit = *read_content_commit(json_block(blocks, "commit").root());
  const Opening opening = *read_content_open(json_block(blocks, "open").root());
  EXPECT_TRUE(verify_opening(commit.commitment, opening));
  const std::string package = unfolded(blocks.at("package"));
  EXPECT_EQ(*judge_sealed(commit, commit.sealed.at(0), package), SealedVerdict::matches);
  const Bytes sealed = *from_hex(unfolded(blocks.at("sealed")));
  const ReceivedCopy received =
      receive_copy(commit, sealed, crypto::BoxKey::from_secret(filled(9)));
  EXPECT_EQ(received.package, package);
  EXPECT_EQ(received.receipt, *read_content_receipt(json_block(blocks, "receipt").root()));
}

}  // namespace
}  // namespace detente::record
