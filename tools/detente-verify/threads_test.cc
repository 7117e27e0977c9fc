// SPDX-License-Identifier: Apache-2.0
// Method: a log of several bundles is damaged at random, as a disk would and as a dishonest owner
// could who signs the damaged tree himself. Whatever is found, it is found alike one after the
// other, on several threads, and with the ids checked in several passes.
#include "detente-verify/threads.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <random>

#include "record/testing_log.h"

namespace detente::verify {
namespace {

using record::Entry;
using record::testing::Files;
using record::testing::TestParty;

const std::string kAgreement(64, 'a');
constexpr int kNotes = 1'100;  // with what opens the log, five bundles

class ThreadsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    north_ = new TestParty("north", 1, kAgreement);
    north_->open();
    for (int i = 0; i < kNotes; ++i) {
      const std::string body = fmt::format(R"({{"text":"note {}"}})", i);
      ASSERT_TRUE(north_->append("note.text", body, {north_->duty_1(), north_->duty_2()}));
    }
  }
  static void TearDownTestSuite() { delete north_; }

  // The tree over these entries, signed by its owner.
  static Files files_of(const std::vector<Bytes>& entries) {
    Files files;
    record::TileWriter writer;
    for (const Bytes& entry : entries) writer.append(entry);
    record::testing::write_into(files, writer.take_files());
    record::Note note{record::Checkpoint{north_->origin(), writer.size(), writer.root()}.text(),
                      {}};
    note.signatures.push_back(record::sign_note(north_->log(), note.text));
    files["checkpoint"] = to_bytes(note.encode());
    return files;
  }

  static Bytes with_signature_changed(const Bytes& bytes, std::size_t which) {
    Entry entry = record::parse_entry(bytes).value();
    entry.envelope.signatures[which % entry.envelope.signatures.size()].signature[7] ^= 1;
    return to_bytes(record::encode_entry(entry.header, entry.envelope));
  }

  Bytes damaged(const std::vector<Bytes>& entries, std::size_t at) {
    Entry entry = record::parse_entry(entries[at]).value();
    switch (random_() % 6) {
      case 0:
        return with_signature_changed(entries[at], random_());
      case 1:  // an earlier statement once more
        entry.envelope = record::parse_entry(entries[random_() % at]).value().envelope;
        break;
      case 2:
        entry.envelope.signatures[0].keyid = "north/duty-9";
        break;
      case 3: {
        Bytes bytes = entries[at];
        bytes[random_() % bytes.size()] ^= 0x20;
        return bytes;
      }
      case 4:
        entry.header.time = record::testing::kTestStart;
        break;
      default:
        entry.header.seq.value += 1;
    }
    return to_bytes(record::encode_entry(entry.header, entry.envelope));
  }

  static std::string verdict(const Files& files, const record::VerifyOptions& options) {
    const Result<record::VerifiedLog> log =
        record::verify_log(record::testing::folder_of(files), north_->owner(), {}, options);
    if (!log) return log.error().text();
    return fmt::format("{} entries, {} signatures", log->entries, log->signatures);
  }

  static record::VerifyOptions threaded(unsigned threads, std::uint64_t ids_at_once = 1'000'000) {
    record::VerifyOptions out;
    out.spread = on_threads(threads);
    out.ids_at_once = ids_at_once;
    return out;
  }

  static TestParty* north_;
  std::mt19937 random_{11};
};
TestParty* ThreadsTest::north_ = nullptr;

TEST_F(ThreadsTest, GiveTheVerdictOfOneThreadForEveryDamage) {
  int faults = 0;
  for (int round = 0; round < 24; ++round) {
    std::vector<Bytes> entries = north_->entries();
    for (std::size_t n = 1 + random_() % 3; n > 0; --n) {
      const std::size_t at = 3 + random_() % (entries.size() - 3);
      if (record::parse_entry(entries[at])) entries[at] = damaged(entries, at);
    }
    Files files = files_of(entries);
    if (round % 3 == 0) {
      auto file = files.begin();
      std::advance(file, random_() % files.size());
      file->second[random_() % file->second.size()] ^= 0x04;
    }
    const std::string one = verdict(files, {});
    EXPECT_EQ(verdict(files, threaded(3)), one) << "round " << round;
    EXPECT_EQ(verdict(files, threaded(2, 300)), one) << "round " << round;
    if (!one.ends_with("signatures")) ++faults;
  }
  EXPECT_GE(faults, 20);
}

TEST_F(ThreadsTest, NameTheEarlierOfABadSignatureAndABrokenRule) {
  std::vector<Bytes> entries = north_->entries();
  entries[700] = with_signature_changed(entries[700], 1);
  Entry later = record::parse_entry(entries[701]).value();
  later.header.time = record::testing::kTestStart;
  entries[701] = to_bytes(record::encode_entry(later.header, later.envelope));
  const std::string found = verdict(files_of(entries), threaded(4));
  EXPECT_NE(found.find("signature_invalid"), std::string::npos) << found;
  EXPECT_NE(found.find("north/duty-2"), std::string::npos) << found;
  EXPECT_NE(found.find("tile/entries/002, entry 700"), std::string::npos) << found;
}

TEST_F(ThreadsTest, FindAnIdUsedTwiceFarApartInSeveralPasses) {
  std::vector<Bytes> entries = north_->entries();
  Entry again = record::parse_entry(entries[1'000]).value();
  again.envelope = record::parse_entry(entries[10]).value().envelope;
  again.header.time = record::parse_entry(entries[999]).value().header.time;
  entries[1'000] = to_bytes(record::encode_entry(again.header, again.envelope));
  const Files files = files_of(entries);
  for (const std::uint64_t at_once : {100U, 400U, 5'000U}) {
    const std::string found = verdict(files, threaded(2, at_once));
    EXPECT_NE(found.find("entry_repeated"), std::string::npos) << found;
    EXPECT_NE(found.find("entry 1000"), std::string::npos) << found;
  }
}

TEST_F(ThreadsTest, CountWhatTheyChecked) {
  const Files files = files_of(north_->entries());
  std::uint64_t seen = 0;
  record::VerifyOptions options = threaded(2);
  options.visit = [&seen](const Entry& entry) {
    EXPECT_EQ(entry.header.seq.value, seen);
    ++seen;
  };
  const Result<record::VerifiedLog> log =
      record::verify_log(record::testing::folder_of(files), north_->owner(), {}, options);
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_EQ(seen, 3U + kNotes);
  EXPECT_EQ(log->signatures, 3U + 2 * kNotes);
}

}  // namespace
}  // namespace detente::verify
