// SPDX-License-Identifier: Apache-2.0
// Method: a small real log in memory. Every byte of every file is changed in turn: each change
// must be found, and the file named. Then the faults that a dishonest owner could sign.
#include "record/log_verifier.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::Files;
using testing::folder_of;
using testing::TestParty;
using testing::write_into;

const std::string kAgreement(64, 'a');

class LogVerifierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    north_.open();
    note("one");
  }
  void note(const std::string& text) {
    const std::string body = fmt::format(R"({{"text":"{}"}})", text);
    ASSERT_TRUE(north_.append("note.text", body, {north_.duty_1()}));
  }
  Result<VerifiedLog> verify(const Files& files) {
    return verify_log(folder_of(files), north_.owner(),
                      {south_.witness().key, south_.mirror().key});
  }
  Files good() { return north_.files({south_.witness(), south_.mirror()}); }
  void expect_fault(const Files& files, Errc code, const std::string& place) {
    const Result<VerifiedLog> result = verify(files);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << result.error().text();
    EXPECT_EQ(result.error().place, place) << result.error().text();
  }

  TestParty north_{"north", 1, kAgreement};
  TestParty south_{"south", 50, kAgreement};
};

TEST_F(LogVerifierTest, FindsEveryChangedByteAndNamesItsFile) {
  const Files files = good();
  std::size_t changed = 0;
  for (const auto& [path, bytes] : files) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const unsigned mask : {1U << (i % 8), 0xffU}) {
        Files bad = files;
        bad[path][i] = static_cast<std::uint8_t>(bytes[i] ^ mask);
        const Result<VerifiedLog> result = verify(bad);
        ASSERT_FALSE(result) << path << " byte " << i << " mask " << mask;
        ASSERT_TRUE(result.error().place.starts_with(path)) << result.error().text();
        ++changed;
      }
    }
  }
  EXPECT_GT(changed, 5'000U);
}

TEST_F(LogVerifierTest, FindsEveryTruncatedOrMissingFile) {
  const Files files = good();
  for (const auto& [path, bytes] : files) {
    Files bad = files;
    bad[path].pop_back();
    Result<VerifiedLog> result = verify(bad);
    ASSERT_FALSE(result) << path;
    EXPECT_TRUE(result.error().place.starts_with(path)) << result.error().text();
    bad[path] = bytes;
    bad[path].push_back('\n');
    EXPECT_FALSE(verify(bad)) << path;
    bad.erase(path);
    result = verify(bad);
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().code, Errc::tile_missing);
    EXPECT_EQ(result.error().place, path);
  }
}

TEST_F(LogVerifierTest, RefusesAFileThatDoesNotBelongThere) {
  for (const char* path : {"tile/0/000.p/3", "tile/entries/001", "notes.txt", "checkpoint.old"}) {
    Files files = good();
    files[path] = to_bytes("x");
    expect_fault(files, Errc::file_unexpected, path);
  }
}

TEST_F(LogVerifierTest, RefusesASignatureLineOfAStranger) {
  TestParty west("west", 90, kAgreement);
  const Files files = north_.files({south_.witness(), west.witness()});
  expect_fault(files, Errc::note_unknown_key, "checkpoint");
}

TEST_F(LogVerifierTest, RefusesACheckpointOfAnotherLog) {
  Files files = good();
  Checkpoint checkpoint = north_.checkpoint();
  checkpoint.origin = south_.origin();
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note(north_.log(), note.text));
  files["checkpoint"] = to_bytes(note.encode());
  expect_fault(files, Errc::checkpoint_origin, "checkpoint");
}

TEST_F(LogVerifierTest, RefusesASignedRootThatIsNotTheFiles) {
  Files files = good();
  Checkpoint checkpoint = north_.checkpoint();
  checkpoint.root[0] ^= 1;
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note(north_.log(), note.text));
  files["checkpoint"] = to_bytes(note.encode());
  expect_fault(files, Errc::tile_mismatch, "checkpoint");
}

TEST_F(LogVerifierTest, RefusesAHugeClaimedSizeAtOnce) {
  Files files = good();
  Checkpoint checkpoint = north_.checkpoint();
  checkpoint.size = TreeSize{INT64_MAX};
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note(north_.log(), note.text));
  files["checkpoint"] = to_bytes(note.encode());
  expect_fault(files, Errc::tile_missing, "tile/entries/000");
}

TEST_F(LogVerifierTest, RefusesAnEntryThatBreaksTheRulesThoughTheOwnerSignedTheTree) {
  // The owner itself puts an entry by an undelegated key into its tree and signs the root.
  const OfficerSigner stranger{"north/duty-9", testing::test_key(200)};
  const Envelope envelope =
      sign_statement(north_.draft("note.text", R"({"text":"x"})"), {stranger});
  std::vector<Bytes> entries = north_.entries();
  entries.push_back(to_bytes(encode_entry(north_.header(), envelope)));
  Files files;
  TileWriter writer;
  for (const Bytes& entry : entries) writer.append(entry);
  write_into(files, writer.take_files());
  const Checkpoint checkpoint{north_.origin(), writer.size(), writer.root()};
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note(north_.log(), note.text));
  files["checkpoint"] = to_bytes(note.encode());
  expect_fault(files, Errc::key_undelegated, "tile/entries/000.p/5, entry 4");
}

TEST_F(LogVerifierTest, NamesTheUpperTileThatWasChanged) {
  for (int i = 0; i < 300; ++i) note(fmt::format("note {}", i));
  Files files = good();
  ASSERT_TRUE(verify(files));
  for (const char* path : {"tile/1/000.p/1", "tile/0/000", "tile/0/001.p/48"}) {
    Files bad = files;
    bad[path][7] ^= 0x10;
    expect_fault(bad, Errc::tile_mismatch, path);
  }
  Files bad = files;
  Bytes& bundle = bad["tile/entries/001.p/48"];
  bundle[bundle.size() - 10] ^= 1;
  expect_fault(bad, Errc::tile_mismatch, "tile/entries/001.p/48, entry 303");
}

TEST_F(LogVerifierTest, TellsWhatItVerified) {
  std::vector<std::string> types;
  std::uint64_t told = 0;
  const Files files = good();
  const Result<VerifiedLog> result = verify_log(
      folder_of(files), north_.owner(), {south_.witness().key, south_.mirror().key},
      [&types](const Entry& entry) { types.push_back(entry.statement.type); },
      [&told](std::uint64_t done, std::uint64_t) { told = done; });
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(types, (std::vector<std::string>{"log.open", "key.add", "key.add", "note.text"}));
  EXPECT_EQ(told, 4U);
  EXPECT_EQ(result->entries, 4U);
  EXPECT_EQ(result->statements_by_type.at("key.add"), 2U);
  EXPECT_EQ(result->checkpoint, north_.checkpoint());
  ASSERT_EQ(result->cosignatures.size(), 2U);
  EXPECT_EQ(result->cosignatures[0].key_name, "south/witness");
}

TEST_F(LogVerifierTest, AcceptsAnEmptyLog) {
  TestParty east("east", 120, kAgreement);
  const Files files = east.files();
  EXPECT_EQ(files.size(), 1U);
  const Result<VerifiedLog> result = verify_log(folder_of(files), east.owner(), {});
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->entries, 0U);
}

}  // namespace
}  // namespace detente::record
