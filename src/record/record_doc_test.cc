// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of docs/protocol/record.md is built here from its seeds; every fenced
// block of the page that has a name must be what was built, byte for byte. Then the page's own
// bytes, and nothing else, are laid out as a folder and verified.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "crypto/hash.h"
#include "record/testing_log.h"
#include "record/testing_page.h"

namespace detente::record {
namespace {

using testing::Blocks;
using testing::kTestStart;
using testing::named_blocks;
using testing::test_key;

constexpr std::size_t kFold = 96;

// Long lines are folded on the page.
std::string folded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += kFold) out += text.substr(i, kFold) + "\n";
  return out;
}
std::string unfolded(std::string text) {
  std::erase(text, '\n');
  return text;
}

struct Example {
  crypto::SecretKey root = test_key(1);
  Signer log = make_signer("north.example/detente/1f2e3d4c/1", KeyType::ed25519, test_key(2));
  Signer witness = make_signer("north/witness", KeyType::cosignature_v1, test_key(3));
  Signer mirror = make_signer("north/mirror", KeyType::cosignature_v1, test_key(4));
  crypto::SecretKey duty = test_key(5);
  Signer south = make_signer("south/witness", KeyType::cosignature_v1, test_key(6));
  std::string agreement = to_hex(crypto::sha256(as_bytes("the agreement of this example\n")));
  std::vector<Bytes> entries;
  Blocks blocks;

  LogOwner owner() const {
    return {"north", agreement, log.key, witness.key, mirror.key, root.public_key()};
  }
};

StatementDraft draft(const Example& e, int id, std::string type, std::string body) {
  return {StatementId{fmt::format("{:032x}", id)},
          e.agreement,
          Origin{e.log.key.name},
          std::move(type),
          kTestStart + 3'600'000,
          {},
          std::move(body)};
}

void add_entry(Example& e, const StatementDraft& statement, const OfficerSigner& officer,
               std::vector<Head> seen) {
  const auto seq = static_cast<std::int64_t>(e.entries.size());
  const EntryHeader header{LeafIndex{e.entries.size()}, kTestStart + 1000 * seq, std::move(seen)};
  const std::string text = encode_entry(header, sign_statement(statement, {officer}));
  e.blocks[fmt::format("payload-{}", seq)] = folded(encode_payload(statement));
  e.blocks[fmt::format("entry-{}", seq)] = folded(text);
  e.blocks["leaves"] += to_base64(leaf_hash(as_bytes(text))) + "\n";
  e.entries.push_back(to_bytes(text));
}

void add_proofs(Example& e) {
  std::vector<Hash> leaves;
  for (const Bytes& entry : e.entries) leaves.push_back(leaf_hash(entry));
  for (const Hash& hash : inclusion_proof(leaves, LeafIndex{1})) {
    e.blocks["inclusion-1-of-3"] += to_base64(hash) + "\n";
  }
  for (const Hash& hash : consistency_proof(leaves, TreeSize{2})) {
    e.blocks["consistency-2-to-3"] += to_base64(hash) + "\n";
  }
  const Checkpoint checkpoint{Origin{e.log.key.name}, TreeSize{3}, root_of(leaves)};
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note(e.log, note.text));
  note.signatures.push_back(cosign(e.south, note.text, kTestStart + 5000));
  e.blocks["checkpoint"] = note.encode();
  TileWriter writer;
  for (const Bytes& entry : e.entries) writer.append(entry);
  for (const LogFile& file : writer.take_files()) {
    e.blocks[file.path] = folded(to_hex(file.bytes)).substr(0, 3 * (kFold + 1));
  }
}

Example worked_example() {
  Example e;
  e.blocks["keys"] = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", to_base64(e.root.public_key()),
                                 e.log.key.text(), e.witness.key.text(), e.mirror.key.text(),
                                 to_base64(e.duty.public_key()), e.south.key.text());
  const OfficerSigner root{"north/root", e.root};
  JsonWriter open;
  open.begin_object().member("party", "north").member("epoch", 1);
  open.member("log", e.log.key.text()).member("witness", e.witness.key.text());
  open.member("mirror", e.mirror.key.text()).end_object();
  add_entry(e, draft(e, 0, "log.open", open.take()), root, {});
  JsonWriter add;
  add.begin_object().member("keyid", "north/duty-1").member("key", to_base64(e.duty.public_key()));
  add.name("roles").begin_array().value("duty_officer").end_array();
  add.member("name", "Duty officer 1").member("expires", kTestStart + 86'400'000).end_object();
  add_entry(e, draft(e, 1, "key.add", add.take()), root, {});
  StatementDraft remark = draft(e, 2, "note.text", R"({"text":"Watch taken over."})");
  remark.refs = {{Origin{e.log.key.name}, LeafIndex{1}, leaf_hash(e.entries[1])}};
  const Head seen{Origin{"south.example/detente/1f2e3d4c/1"}, TreeSize{1},
                  leaf_hash(as_bytes("an entry of south"))};
  add_entry(e, remark, {"north/duty-1", e.duty}, {seen});
  add_proofs(e);
  return e;
}

Blocks page_blocks() {
  std::ifstream page(DETENTE_SOURCE_DIR "/docs/protocol/record.md");
  return named_blocks(page);
}

TEST(RecordPage, HasTheBytesThatItsSeedsGive) {
  const Blocks page = page_blocks();
  const Example example = worked_example();
  for (const auto& [name, text] : example.blocks) {
    ASSERT_TRUE(page.contains(name)) << name << "\n" << text;
    EXPECT_EQ(page.at(name), text) << name;
  }
  EXPECT_EQ(page.size(), example.blocks.size());
}

TEST(RecordPage, IsALogThatVerifies) {
  Blocks page = page_blocks();
  testing::Files files;
  TileWriter writer;
  for (const char* name : {"entry-0", "entry-1", "entry-2"}) {
    writer.append(to_bytes(unfolded(page[name])));
  }
  testing::write_into(files, writer.take_files());
  files["checkpoint"] = to_bytes(page["checkpoint"]);
  const Example example = worked_example();
  const Result<VerifiedLog> log =
      verify_log(testing::folder_of(files), example.owner(), {example.south.key});
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_EQ(log->entries, 3U);
  EXPECT_EQ(log->cosignatures.at(0).time, kTestStart + 5000);
}

TEST(RecordPage, HasProofsThatVerify) {
  Blocks page = page_blocks();
  const auto hashes = [&page](const std::string& name) {
    Proof out;
    std::istringstream lines(page[name]);
    for (std::string line; std::getline(lines, line);) {
      out.push_back(hash_from_base64(line).value());
    }
    return out;
  };
  const Proof leaves = hashes("leaves");
  const Hash root = root_of(leaves);
  EXPECT_TRUE(
      verify_inclusion(leaves.at(1), LeafIndex{1}, TreeSize{3}, hashes("inclusion-1-of-3"), root));
  EXPECT_TRUE(verify_consistency(TreeSize{2}, node_hash(leaves[0], leaves[1]), TreeSize{3}, root,
                                 hashes("consistency-2-to-3")));
}

TEST(RecordPage, ListsEveryErrorOfALogsReader) {
  std::ifstream file(DETENTE_SOURCE_DIR "/docs/protocol/record.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  std::size_t listed = 0;
#define DETENTE_X(name, number, sentence)                                            \
  if ((number) >= 2001 && (number) <= 2073) {                                        \
    ++listed;                                                                        \
    EXPECT_NE(page.find(fmt::format("| {} | `{}` | {} |", number, #name, sentence)), \
              std::string::npos)                                                     \
        << #name;                                                                    \
  }
  DETENTE_ERRORS(DETENTE_X)
#undef DETENTE_X
  EXPECT_GT(listed, 30U);
}

}  // namespace
}  // namespace detente::record
