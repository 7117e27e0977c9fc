// SPDX-License-Identifier: Apache-2.0
// Method: a node's folder with an agreement and evidence files as the node would keep them, from
// published seeds; the commands' work is called as the command line calls it. What they print is
// tested with detente-verify, whose code it is.
#include "app/evidence_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "app/identity.h"
#include "record/testing_evidence.h"
#include "terms/evidence_trust.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;
using record::testing::EvidenceExample;
using record::testing::TestParty;

// The two-party example of this repository, with the keys of the published seeds.
std::string agreement_text(const char* file) {
  const EvidenceExample example(std::string(64, '0'));
  const std::string text =
      read_text_file(std::string(DETENTE_SOURCE_DIR) + "/examples/" + file, 1U << 22).value();
  const terms::Agreement bare = terms::Agreement::make(text).value();
  std::map<PartyId, terms::PartyKeys> keys;
  const std::vector<const TestParty*> seeds = {&example.north(), &example.south(),
                                               &example.monitor()};
  for (std::size_t i = 0; i < bare.parties().size() && i < seeds.size(); ++i) {
    const record::LogOwner owner = seeds[i]->owner();
    keys[bare.parties()[i].id] = {owner.root, owner.log, owner.witness, owner.mirror};
  }
  return terms::Agreement::with_keys(text, keys).value();
}

std::string hash_of(const std::string& text) {
  return to_hex(crypto::sha256(as_bytes(text)));
}

class EvidenceCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-kept-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directories(root_ + "/evidence");
    ASSERT_TRUE(write_text_file(root_ + "/agreement.json", agreement_text(kTwoParties)));
    const EvidenceExample example(hash_of(agreement_text(kTwoParties)));
    files_ = example.files();
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string keep(const std::string& kind) const {
    const std::string& file = files_.at(kind);
    const std::string path = root_ + "/evidence/" + record::evidence_file_name(file);
    EXPECT_TRUE(write_text_file(path, file));
    return hash_of(file);
  }

  static constexpr const char* kTwoParties = "two-parties/agreement.json";
  std::string root_;
  std::map<std::string, std::string> files_;
};

TEST_F(EvidenceCommandTest, ListsNothingWhereNothingIsKept) {
  EXPECT_TRUE(kept_evidence(root_)->empty());
  fs::remove(root_ + "/evidence");
  EXPECT_TRUE(kept_evidence(root_)->empty());
  EXPECT_EQ(kept_evidence(root_ + "/nowhere").error().code, Errc::store_not_found);
}

TEST_F(EvidenceCommandTest, ListsEveryFileWithItsVerdict) {
  keep("fork");
  keep("fork_same_size");
  keep("double_entry");
  const std::vector<KeptEvidence> kept = kept_evidence(root_).value();
  ASSERT_EQ(kept.size(), 3U);
  for (const KeptEvidence& one : kept) {
    ASSERT_TRUE(one.verdict) << one.verdict.error().text();
    EXPECT_EQ(one.verdict->sha256, one.sha256);
    EXPECT_EQ(one.verdict->conviction.accused.front().substr(0, 5), "north");
  }
}

TEST_F(EvidenceCommandTest, SaysWhichFileIsNotWhatItsNameSays) {
  const std::string hash = keep("fork");
  ASSERT_TRUE(write_text_file(root_ + "/evidence/" + hash + ".evidence", files_.at("fork_prefix")));
  const std::vector<KeptEvidence> kept = kept_evidence(root_).value();
  ASSERT_EQ(kept.size(), 1U);
  ASSERT_FALSE(kept[0].verdict);
  EXPECT_EQ(kept[0].verdict.error().code, Errc::store_corrupt);
  EvidenceOptions options;
  options.data = root_;
  options.file = hash;
  options.to = root_ + "/copy";
  EXPECT_EQ(evidence_export(options).error().code, Errc::store_corrupt);
  EXPECT_FALSE(fs::exists(options.to));
}

TEST_F(EvidenceCommandTest, FindsAFileByTheBeginningOfItsName) {
  const std::string hash = keep("fork");
  EXPECT_TRUE(find_evidence(root_, hash));
  EXPECT_TRUE(find_evidence(root_, hash.substr(0, 8)));
  EXPECT_EQ(find_evidence(root_, hash.substr(0, 7)).error().code, Errc::usage);
  EXPECT_EQ(find_evidence(root_, "../../../etc/passwd").error().code, Errc::usage);
  EXPECT_EQ(find_evidence(root_, std::string(64, '0')).error().code, Errc::store_not_found);
}

TEST_F(EvidenceCommandTest, ExportsAFileThatVerifiesAloneAndWritesOverNothing) {
  EvidenceOptions options;
  options.data = root_;
  options.file = keep("fork_same_size");
  options.to = root_ + "/copy.evidence";
  ASSERT_TRUE(evidence_export(options));
  EXPECT_EQ(read_text_file(options.to, 1U << 20).value(), files_.at("fork_same_size"));
  EXPECT_EQ(evidence_export(options).error().code, Errc::already_exists);
  EvidenceOptions alone;
  alone.file = options.to;
  alone.agreement = root_ + "/agreement.json";
  EXPECT_TRUE(evidence_verify(alone));
  alone.agreement.clear();
  EXPECT_EQ(evidence_verify(alone).error().code, Errc::usage);
}

TEST_F(EvidenceCommandTest, AFileThatConvictsNobodyIsNotExported) {
  EvidenceOptions options;
  options.data = root_;
  const std::string text = "detente evidence v1\nfork\n";
  ASSERT_TRUE(write_text_file(root_ + "/evidence/" + record::evidence_file_name(text), text));
  options.file = hash_of(text);
  options.to = root_ + "/copy.evidence";
  EXPECT_EQ(evidence_export(options).error().code, Errc::evidence_malformed);
  EXPECT_FALSE(fs::exists(options.to));
}

// The node reads the agreement with terms, the small verifier by itself: both trust the same.
TEST(EvidenceTrust, IsTheSameForTheNodeAndForTheVerifier) {
  for (const char* file : {"two-parties/agreement.json", "north-west-syria/agreement.json"}) {
    const std::string text = agreement_text(file);
    const record::EvidenceTrust node =
        terms::evidence_trust(terms::Agreement::make(text).value()).value();
    const record::EvidenceTrust alone = verify::evidence_trust(as_bytes(text)).value();
    ASSERT_EQ(node.owners.size(), alone.owners.size());
    for (std::size_t i = 0; i < node.owners.size(); ++i) {
      EXPECT_EQ(node.owners[i].party, alone.owners[i].party);
      EXPECT_EQ(node.owners[i].agreement, alone.owners[i].agreement);
      EXPECT_EQ(node.owners[i].log, alone.owners[i].log);
      EXPECT_EQ(node.owners[i].root, alone.owners[i].root);
    }
    EXPECT_EQ(node.cosigners, alone.cosigners);
    EXPECT_EQ(node.neutrals, alone.neutrals);
    EXPECT_EQ(node.neutral_quorum, alone.neutral_quorum);
  }
}

}  // namespace
}  // namespace detente::app
