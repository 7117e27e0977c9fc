// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of docs/protocol/extract.md is built from its seeds and must stand on
// the page byte for byte; then the page's own bytes are read and verified.
#include <gtest/gtest.h>

#include <fstream>

#include "crypto/hash.h"
#include "record/extract_page.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::TestParty;

// Lines that end in a backslash go on in the next one.
constexpr std::size_t kFold = 96;

std::string folded(const std::string& text) {
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    for (; line.size() > kFold; line.remove_prefix(kFold)) {
      out += std::string(line.substr(0, kFold)) + "\\\n";
    }
    out += std::string(line) + "\n";
    rest.remove_prefix(end + 1);
  }
  return out;
}

std::string block_of_page() {
  std::ifstream page(DETENTE_SOURCE_DIR "/docs/protocol/extract.md");
  std::string out;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "```text extract") {
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      out += line + "\n";
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

TEST(ExtractDoc, TheWorkedExampleIsRightAndVerifies) {
  const std::string agreement = to_hex(crypto::sha256(as_bytes("the agreement of this example\n")));
  TestParty north("north", 1, agreement);
  const TestParty south("south", 21, agreement);
  north.open();
  const std::string before = north.note({south.witness(), south.mirror()}).encode();
  ASSERT_TRUE(north.append("note.text", R"({"text":"Watch taken over."})", {north.duty_1()}));
  ExtractSource source;
  source.owner = north.owner();
  source.checkpoint = north.note({south.witness(), south.mirror()}).encode();
  for (const Bytes& entry : north.entries()) source.leaves.push_back(leaf_hash(entry));
  source.entry = [&north](LeafIndex i) -> Result<Bytes> { return north.entries()[i.value]; };
  source.keys = {LeafIndex{0}, LeafIndex{1}, LeafIndex{2}};
  source.notes = {before, source.checkpoint};
  ExtractRequest request;
  request.question = "entry 3 of the log of north";
  request.by = "north";
  request.made = kTestStart + 86'400'000;
  request.asked = {{north.origin(), LeafIndex{3}}};
  const ExtractTrust trust{agreement, {north.owner(), south.owner()}, {}};
  const Result<MadeExtract> made = make_extract(request, {source}, trust);
  ASSERT_TRUE(made.has_value()) << made.error().text();

  const std::string page = block_of_page();
  EXPECT_EQ(page, folded(encode_extract(made->extract)));
  const Result<Extract> read = parse_extract(unfolded(page));
  ASSERT_TRUE(read.has_value()) << read.error().text();
  const Result<ExtractReport> report = verify_extract(*read, trust);
  ASSERT_TRUE(report.has_value()) << report.error().text();
  EXPECT_EQ(report->entries.size(), 3U);
}

}  // namespace
}  // namespace detente::record
