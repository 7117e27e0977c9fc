// SPDX-License-Identifier: Apache-2.0
// Method: one evidence file of each kind, made from published seeds under an agreement on disk. The
// program itself is run on them; then with other agreements, other files and none.
#include "detente-verify/evidence.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "record/testing_evidence.h"

namespace detente::verify {
namespace {

namespace fs = std::filesystem;
using record::testing::EvidenceExample;
using record::testing::TestParty;

std::string agreement_json(const std::string& record_terms = "") {
  const EvidenceExample example(std::string(64, '0'));
  JsonWriter out;
  out.begin_object().name("parties").begin_array();
  for (const TestParty* party : {&example.north(), &example.south(), &example.monitor()}) {
    const record::LogOwner owner = party->owner();
    out.begin_object().member("id", owner.party);
    out.member("kind", owner.party == "monitor" ? "monitor" : "party").name("keys").begin_object();
    out.member("root", to_base64(owner.root)).member("log", owner.log.text());
    out.member("witness", owner.witness.text()).member("mirror", owner.mirror.text());
    out.end_object().end_object();
  }
  out.end_array();
  if (!record_terms.empty()) out.name("record").raw(record_terms);
  return out.end_object().take();
}

struct RunResult {
  int status = -1;
  std::string out;
  std::string err;
};

class EvidenceFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-evidence-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    write("agreement.json", agreement_json());
    const std::string hash = to_hex(crypto::sha256(as_bytes(agreement_json())));
    const EvidenceExample example(hash);
    for (const auto& [kind, file] : example.files()) write(kind, file);
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(root_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string path(const std::string& name) const { return (root_ / name).string(); }

  // The program's words; a word that begins with '@' is a file of the test's folder.
  RunResult run(const std::string& words) const {
    std::string line = DETENTE_VERIFY_PROGRAM;
    std::string word;
    for (const char c : words + " ") {
      if (c != ' ') {
        word += c;
        continue;
      }
      line += " '" + (word.starts_with('@') ? path(word.substr(1)) : word) + "'";
      word.clear();
    }
    line += " >'" + path("stdout") + "' 2>'" + path("stderr") + "'";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("stdout"), read("stderr")};
  }

  fs::path root_;
};

TEST_F(EvidenceFileTest, OfEachKindConvictsWithTheAgreementAlone) {
  for (const char* kind : {"fork_same_size", "fork", "fork_prefix", "double_entry", "false_holding",
                           "bad_opening", "bad_copy", "double_field"}) {
    const RunResult found = run(std::string("--agreement @agreement.json --evidence @") + kind);
    EXPECT_EQ(found.status, 0) << kind << found.err;
    EXPECT_NE(found.out.find("accused"), std::string::npos) << found.out;
    const bool attested = found.out.find("attested ") != std::string::npos;
    EXPECT_EQ(attested, std::string(kind) == "false_holding");
  }
}

TEST_F(EvidenceFileTest, AsJsonNamesTheAccused) {
  const RunResult found = run("--json --agreement @agreement.json --evidence @fork_same_size");
  EXPECT_EQ(found.status, 0) << found.err;
  const Result<JsonDocument> document = parse_json(found.out, {.bytes_max = 10'000});
  ASSERT_TRUE(document) << found.out;
  EXPECT_TRUE(document->root().boolean("convicts").value());
  EXPECT_EQ(document->root().strings("accused", 9, 99).value(),
            (std::vector<std::string>{"north", "south/witness"}));
  EXPECT_EQ(document->root().string("sha256", 64).value(),
            to_hex(crypto::sha256(as_bytes(read("fork_same_size")))));
}

TEST_F(EvidenceFileTest, UnderAnotherAgreementConvictsNobody) {
  std::string other = agreement_json();
  other.replace(other.find("/detente/1f2e3d4c/1+"), 20, "/detente/1f2e3d4d/1+");
  write("other.json", other);
  const RunResult keys = run("--agreement @other.json --evidence @fork");
  EXPECT_EQ(keys.status, 1);
  EXPECT_NE(keys.err.find("vkey_malformed"), std::string::npos) << keys.err;
  // The same keys under another hash: what officers signed is under another agreement.
  write("other.json", agreement_json() + "\n");
  const RunResult hash = run("--agreement @other.json --evidence @double_entry");
  EXPECT_EQ(hash.status, 1);
  EXPECT_NE(hash.err.find("evidence_unproven"), std::string::npos) << hash.err;
  EXPECT_EQ(run("--agreement @other.json --evidence @fork").status, 0) << "a log is a log";
}

TEST_F(EvidenceFileTest, NamesWhatIsNoEvidence) {
  write("text", "detente evidence v1\nfork\n");
  const RunResult found = run("--json --agreement @agreement.json --evidence @text");
  EXPECT_EQ(found.status, 1);
  EXPECT_NE(found.out.find("evidence_malformed"), std::string::npos) << found.out;
  EXPECT_EQ(run("--agreement @agreement.json --evidence @nothing").status, 1);
}

TEST_F(EvidenceFileTest, NeedsAnAgreement) {
  EXPECT_EQ(run("--evidence @fork").status, 2);
}

TEST_F(EvidenceFileTest, TakesForeignWitnessesAndTheQuorumFromTheAgreement) {
  const record::VerifierKey foreign =
      record::make_signer("observatory.example/witness", record::KeyType::cosignature_v1,
                          record::testing::test_key(0x31))
          .key;
  const std::string terms = R"({"deemed_quorum":2,"witnesses":[")" + foreign.text() + R"("]})";
  const Result<record::EvidenceTrust> trust = evidence_trust(as_bytes(agreement_json(terms)));
  ASSERT_TRUE(trust) << trust.error().text();
  EXPECT_EQ(trust->cosigners.back(), foreign);
  EXPECT_EQ(trust->cosigners.size(), 7U);
  EXPECT_EQ(trust->neutrals, std::vector<std::string>{"monitor"});
  EXPECT_EQ(trust->neutral_quorum, 2);
  EXPECT_EQ(evidence_trust(as_bytes(agreement_json()))->neutral_quorum, 1);
  EXPECT_FALSE(evidence_trust(as_bytes(agreement_json(R"({"witnesses":["x"]})"))));
}

}  // namespace
}  // namespace detente::verify
