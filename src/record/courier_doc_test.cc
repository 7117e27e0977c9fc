// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of docs/protocol/courier.md is built from its seed and must stand on
// the page byte for byte.
#include <gtest/gtest.h>

#include <fstream>

#include "crypto/hash.h"
#include "record/courier.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

std::map<std::string, std::string> blocks_of_page() {
  std::ifstream page(DETENTE_SOURCE_DIR "/docs/protocol/courier.md");
  std::map<std::string, std::string> out;
  std::string name;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      name = line.starts_with("```text ") ? line.substr(8) : "";
    } else if (!name.empty()) {
      out[name] += line + "\n";
    }
  }
  return out;
}

std::string unfolded(std::string text) {
  for (std::size_t at = text.find("\\\n"); at != std::string::npos; at = text.find("\\\n", at)) {
    text.erase(at, 2);
  }
  return text;
}

TEST(CourierDoc, TheWorkedExampleIsRight) {
  const CourierList list = {{"log/checkpoint", {5, crypto::sha256(as_bytes("first"))}},
                            {"log/tile/0/000.p/1", {6, crypto::sha256(as_bytes("second"))}}};
  CourierCover cover;
  cover.from = "north";
  cover.to = "south";
  cover.agreement = to_hex(crypto::sha256(as_bytes("the agreement of this example\n")));
  cover.made = testing::kTestStart;
  cover.id = std::string(32, '1');
  cover.files = list.size();
  cover.list = crypto::sha256(as_bytes(courier_list_text(list)));
  const Signer log =
      make_signer("north.example/detente/1f2e3d4c/1", KeyType::ed25519, testing::test_key(2));
  Note note{courier_text(cover), {}};
  note.signatures.push_back(sign_note(log, note.text));

  std::map<std::string, std::string> blocks = blocks_of_page();
  EXPECT_EQ(unfolded(blocks["files"]), courier_list_text(list));
  EXPECT_EQ(unfolded(blocks["courier"]), note.encode());
  const Result<Note> read = parse_note(unfolded(blocks["courier"]));
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(verify_note(*read, log.key).has_value());
  EXPECT_EQ(*parse_courier_text(read->text), cover);
}

}  // namespace
}  // namespace detente::record
