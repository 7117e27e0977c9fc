// SPDX-License-Identifier: Apache-2.0
// Method: the worked examples of docs/protocol/evidence.md are built here from their seeds. Every
// named block of the page, and every file of the fuzzer's corpus that has a kind's name, must be
// what was built, byte for byte; each must convict those that the page says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "record/testing_evidence.h"
#include "record/testing_page.h"

namespace detente::record {
namespace {

using testing::Blocks;
using testing::EvidenceExample;
using testing::TestParty;

constexpr std::size_t kFold = 96;

const EvidenceExample& example() {
  static const EvidenceExample out(testing::example_agreement_hash());
  return out;
}

// Blocks "```<language> <name>" of the page; others have no name and are not checked.
Blocks page_blocks() {
  std::ifstream page(DETENTE_SOURCE_DIR "/docs/protocol/evidence.md");
  return testing::named_blocks(page);
}

// Long lines are folded on the page, with a backslash where a line goes on.
std::string folded(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    for (; line.size() > kFold; line.erase(0, kFold - 1)) {
      out += line.substr(0, kFold - 1) + "\\\n";
    }
    out += line + "\n";
  }
  return out;
}

std::string read_corpus(const std::string& name) {
  std::ifstream in(DETENTE_SOURCE_DIR "/tests/fuzz/corpus/evidence/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Blocks wanted_blocks() {
  Blocks out;
  for (const TestParty* party : {&example().north(), &example().south(), &example().monitor()}) {
    out["keys"] +=
        fmt::format("{}\n{}\n{}\n{}\n{}\n", to_base64(party->owner().root), party->log().key.text(),
                    party->witness().key.text(), party->mirror().key.text(),
                    to_base64(party->duty_1().secret.public_key()));
  }
  out["keys"] += to_base64(testing::test_key(0x27).public_key()) + "\n";
  for (const char* kind : {"fork_same_size", "fork", "fork_prefix", "double_entry"}) {
    out[kind] = folded(example().files().at(kind));
  }
  for (const auto& [kind, file] : example().files()) {
    const Conviction found = verify_evidence(file, example().trust()).value();
    out["verdicts"] += fmt::format("{} {} bytes, SHA-256 {}\n", kind, file.size(),
                                   to_hex(crypto::sha256(as_bytes(file))));
    out["verdicts"] += fmt::format("  {}: {}\n", found.attested ? "attested" : "proven",
                                   fmt::join(found.accused, ", "));
    out["verdicts"] += fmt::format("  {}\n", found.sentence);
  }
  const std::string& file = example().files().at("fork_same_size");
  const Conviction found = verify_evidence(file, example().trust()).value();
  out["evidence.found"] = folded(evidence_found_body(evidence_found(file, found)));
  return out;
}

TEST(EvidencePage, HasTheBytesThatItsSeedsGive) {
  const Blocks page = page_blocks();
  const Blocks wanted = wanted_blocks();
  for (const auto& [name, text] : wanted) {
    ASSERT_TRUE(page.contains(name)) << name << "\n" << text;
    EXPECT_EQ(page.at(name), text) << name;
  }
  EXPECT_EQ(page.size(), wanted.size());
}

TEST(EvidencePage, IsOfTheFilesThatTheFuzzerBeginsWith) {
  EXPECT_EQ(example().files().size(), 8U);
  for (const auto& [kind, file] : example().files()) {
    EXPECT_EQ(read_corpus(kind), file) << kind;
  }
}

}  // namespace
}  // namespace detente::record
