// SPDX-License-Identifier: Apache-2.0
//
// Method: a folder with a log of 600 entries (two full blocks and a partial one) and a copy of a
// second log is spoilt byte by byte, in files directly and in rows through SQLite. What a pass
// says is compared with what was done, and the folder afterwards with the folder before.
#include "app/self_check.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "record/merkle.h"
#include "record/note.h"
#include "record/tiles.h"
#include "store/sqlite.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kEntries = 600;
const Origin kOwn{"north.example/detente/test"};
const Origin kTheirs{"south.example/detente/test"};

Bytes entry_of(std::uint64_t index) {
  Bytes entry = to_bytes("entry " + std::to_string(index) + " ");
  entry.resize(40, static_cast<std::uint8_t>('a' + index % 26));
  return entry;
}

// Grows a log of the folder.
class Author {
 public:
  Author(Origin origin, std::string folder)
      : origin_(std::move(origin)),
        folder_(std::move(folder)),
        signer_(record::make_signer(origin_.value, record::KeyType::ed25519,
                                    crypto::SecretKey::from_seed(crypto::Seed{7}))) {}

  Status grow(store::NodeStore& store, std::uint64_t count) {
    node::StoreEntries entries{origin_, LeafIndex{writer_.size().value}, {}};
    for (std::uint64_t i = 0; i < count; ++i) {
      entries.entries.push_back(entry_of(writer_.size().value));
      writer_.append(entries.entries.back());
    }
    const std::string previous = note_;
    record::Note note{record::Checkpoint{origin_, writer_.size(), writer_.root()}.text(), {}};
    note.signatures.push_back(record::sign_note(signer_, note.text));
    note_ = note.encode();
    return store.carry_out(node::Effects{
        std::move(entries), node::WriteFiles{folder_, writer_.take_files()},
        node::PublishHead{origin_, folder_, previous, note_}, node::KeepNote{origin_, note_}});
  }

 private:
  Origin origin_;
  std::string folder_;
  record::Signer signer_;
  record::TileWriter writer_;
  std::string note_;
};

// A folder with two logs, and what lay in its files.
class Folder {
 public:
  Folder() {
    const bool memory = fs::is_directory("/dev/shm");
    const fs::path inside = memory ? fs::path("/dev/shm") : fs::temp_directory_path();
    std::string pattern = (inside / "detente-check-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    Result<store::NodeStore> store = store::NodeStore::open(path_);
    EXPECT_TRUE(store.has_value());
    EXPECT_TRUE(own_.grow(*store, kEntries).has_value());
    EXPECT_TRUE(theirs_.grow(*store, 300).has_value());
    before_ = files();
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  Author& own() { return own_; }

  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> out;
    for (const fs::directory_entry& item : fs::recursive_directory_iterator(path_)) {
      const std::string name = fs::relative(item.path(), path_).string();
      if (!item.is_regular_file() || name.starts_with("node.db") || name == "lock") continue;
      std::ifstream in(item.path(), std::ios::binary);
      out[name] = {std::istreambuf_iterator<char>(in), {}};
    }
    return out;
  }
  bool files_are_as_before() const { return files() == before_; }
  bool rows_are_as_before() const {
    const Result<store::NodeStore> store = store::NodeStore::open(path_);
    for (std::uint64_t i = 0; store && i < kEntries; ++i) {
      const Result<Bytes> row = store->read_entry(kOwn, LeafIndex{i});
      if (!row || *row != entry_of(i)) return false;
    }
    return store.has_value();
  }

  void flip(const std::string& name, std::uint64_t at) const {
    std::fstream file(path_ + "/" + name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int byte = file.get();
    ASSERT_GE(byte, 0) << name << " is too short";
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte ^ 0x10));
  }
  void sql(const std::string& text) const {
    Result<store::Database> database = store::Database::open(path_ + "/node.db");
    ASSERT_TRUE(database) << database.error().text();
    const Status done = database->run(text.c_str());
    ASSERT_TRUE(done) << text << ": " << done.error().text();
  }
  // One byte of entry `index`, in each of its three copies.
  void flip_tile(std::uint64_t index) const {
    flip("log/" + path_of(false, index), index % 256 * 32 + 5);
  }
  void flip_bundle(std::uint64_t index) const {
    flip("log/" + path_of(true, index), index % 256 * 42 + 2 + 20);
  }
  void flip_row(std::uint64_t index) const {
    sql("UPDATE entries SET bytes = x'00' WHERE origin = '" + kOwn.value +
        "' AND idx = " + std::to_string(index));
  }
  static std::string path_of(bool entries, std::uint64_t index) {
    const std::uint64_t left = kEntries - index / 256 * 256;
    return record::TilePath{entries, 0, index / 256,
                            static_cast<int>(std::min(left, std::uint64_t{256}))}
        .text();
  }

 private:
  std::string path_;
  Author own_{kOwn, "log"};
  Author theirs_{kTheirs, "mirror/" + std::string(64, 'a')};
  std::map<std::string, std::string> before_;
};

SelfCheckFindings pass_over(const Folder& folder) {
  Result<store::NodeStore> store = store::NodeStore::open(folder.path());
  EXPECT_TRUE(store.has_value());
  SelfCheck check(*store);
  const Result<SelfCheckFindings> found = check.run({});
  EXPECT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(check.entries(), kEntries + 300);
  return found ? *found : SelfCheckFindings{};
}

std::set<std::uint64_t> indexes(const SelfCheckFindings& found) {
  std::set<std::uint64_t> out;
  for (const SelfCheckFindings::Damage& damage : found.damaged) {
    EXPECT_EQ(damage.origin, kOwn);
    out.insert(damage.index.value);
  }
  return out;
}

TEST(SelfCheck, TellsAnEntryThatIsWrongInItsRowAndInItsBundle) {
  for (const std::uint64_t index : {0U, 300U, 599U}) {
    const Folder folder;
    folder.flip_row(index);
    folder.flip_bundle(index);
    const std::map<std::string, std::string> spoilt = folder.files();
    const SelfCheckFindings found = pass_over(folder);
    EXPECT_EQ(indexes(found), std::set<std::uint64_t>{index});
    const std::optional<Error> stop = stop_reason(found);
    ASSERT_TRUE(stop);
    EXPECT_EQ(errc_name(stop->code), errc_name(Errc::node_damaged));
    EXPECT_EQ(stop->place, kOwn.value);
    EXPECT_EQ(folder.files(), spoilt);
  }
}

TEST(SelfCheck, WritesNothingOverAnEntryWhoseCopiesAreAllWrong) {
  const Folder folder;
  folder.flip_row(17);
  folder.flip_bundle(17);
  folder.flip_tile(17);
  const std::map<std::string, std::string> spoilt = folder.files();
  EXPECT_TRUE(indexes(pass_over(folder)).contains(17));
  EXPECT_EQ(folder.files(), spoilt);
}

TEST(SelfCheck, DoesNotBelieveThreeCopiesThatAgreeAgainstTheHead) {
  const Folder folder;
  // Somebody who can write changed all three in the same way.
  Bytes other = entry_of(5);
  other[3] ^= 1;
  const Hash hash = record::leaf_hash(other);
  folder.sql("UPDATE entries SET bytes = x'" + to_hex(other) + "' WHERE origin = '" + kOwn.value +
             "' AND idx = 5");
  std::fstream bundle(folder.path() + "/log/tile/entries/000",
                      std::ios::in | std::ios::out | std::ios::binary);
  bundle.seekp(5 * 42 + 2);
  bundle << as_text(other);
  bundle.close();
  std::fstream tile(folder.path() + "/log/tile/0/000",
                    std::ios::in | std::ios::out | std::ios::binary);
  tile.seekp(5 * 32);
  tile << as_text(hash);
  tile.close();
  const SelfCheckFindings found = pass_over(folder);
  EXPECT_FALSE(found.damaged.empty());
  EXPECT_TRUE(found.mended.empty());
}

TEST(SelfCheck, TellsKeptNotesThatChanged) {
  const Folder folder;
  folder.sql("UPDATE notes SET note = note || 'x' WHERE origin = '" + kTheirs.value + "'");
  const SelfCheckFindings found = pass_over(folder);
  EXPECT_EQ(found.notes_damaged, 1U);
  EXPECT_TRUE(found.damaged.empty());
}

TEST(SelfCheck, TellsADatabaseWhosePagesAreDamaged) {
  const Folder folder;
  // Page 1 has the schema; the last ones have entries. Every second page loses its middle.
  const auto size = fs::file_size(folder.path() + "/node.db");
  for (std::uint64_t at = size / 2; at + 4096 <= size; at += 8192) {
    std::fstream file(folder.path() + "/node.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at / 4096 * 4096));
    file << std::string(512, '\x7f');
  }
  Result<store::NodeStore> store = store::NodeStore::open(folder.path());
  if (!store) {
    EXPECT_EQ(errc_name(store.error().code), errc_name(Errc::store_corrupt));
    return;
  }
  SelfCheck check(*store);
  const Result<SelfCheckFindings> found = check.run({});
  EXPECT_TRUE(!found || !found->damaged.empty());
}

TEST(SelfCheck, FindsNothingInAWholeFolder) {
  const Folder folder;
  const SelfCheckFindings found = pass_over(folder);
  EXPECT_TRUE(found.mended.empty());
  EXPECT_TRUE(found.damaged.empty());
  EXPECT_FALSE(stop_reason(found));
  EXPECT_TRUE(folder.files_are_as_before());
}

TEST(SelfCheck, MendsEachCopyFromTheOthers) {
  const std::map<std::string, std::function<void(const Folder&, std::uint64_t)>> damages = {
      {"tile", [](const Folder& f, std::uint64_t i) { f.flip_tile(i); }},
      {"bundle", [](const Folder& f, std::uint64_t i) { f.flip_bundle(i); }},
      {"row", [](const Folder& f, std::uint64_t i) { f.flip_row(i); }},
      {"tile and bundle",
       [](const Folder& f, std::uint64_t i) { f.flip_tile(i), f.flip_bundle(i); }},
      {"tile and row", [](const Folder& f, std::uint64_t i) { f.flip_tile(i), f.flip_row(i); }},
      {"row and bundle of neighbours",
       [](const Folder& f, std::uint64_t i) { f.flip_row(i), f.flip_bundle(i ^ 1U); }},
      {"all three, of neighbours",
       [](const Folder& f, std::uint64_t i) {
         f.flip_row(i), f.flip_bundle(i ^ 1U), f.flip_tile(i ^ 2U);
       }},
      {"lost tile", [](const Folder& f,
                       std::uint64_t i) { fs::remove(f.path() + "/log/" + f.path_of(false, i)); }},
      {"lost bundle", [](const Folder& f,
                         std::uint64_t i) { fs::remove(f.path() + "/log/" + f.path_of(true, i)); }},
      {"lost row",
       [](const Folder& f, std::uint64_t i) {
         f.sql("DELETE FROM entries WHERE origin = '" + kOwn.value +
               "' AND idx = " + std::to_string(i));
       }},
      {"a length in a bundle",
       [](const Folder& f, std::uint64_t i) { f.flip("log/" + f.path_of(true, i), i % 256 * 42); }},
      {"a longer bundle",
       [](const Folder& f, std::uint64_t i) {
         std::ofstream(f.path() + "/log/" + f.path_of(true, i), std::ios::app) << "x";
       }},
      {"a tile of the second level",
       [](const Folder& f, std::uint64_t) { f.flip("log/tile/1/000.p/2", 40); }},
      {"the checkpoint", [](const Folder& f, std::uint64_t) { f.flip("log/checkpoint", 3); }}};
  for (const auto& [name, damage] : damages) {
    for (const std::uint64_t index : {0U, 300U, 598U}) {
      SCOPED_TRACE(name + " at " + std::to_string(index));
      const Folder folder;
      damage(folder, index);
      const SelfCheckFindings found = pass_over(folder);
      EXPECT_TRUE(found.damaged.empty());
      EXPECT_TRUE(folder.files_are_as_before());
      EXPECT_TRUE(folder.rows_are_as_before());
    }
  }
}

TEST(SelfCheck, TakesADayForAPassAndBeginsAgain) {
  const Folder folder;
  Result<store::NodeStore> store = store::NodeStore::open(folder.path());
  ASSERT_TRUE(store.has_value());
  SelfCheck check(*store);
  UtcMs now{1'000'000'000};
  const UtcMs begin = now;
  std::uint64_t half = 0;
  for (; check.passes() == 0; now = now + 60'000) {
    ASSERT_TRUE(check.tick(now).has_value());
    if (now - begin <= SelfCheck::kPassMs / 2) half = check.entries();
    ASSERT_LE(now - begin, SelfCheck::kPassMs + 60'000);
  }
  EXPECT_GT(half, 0U);
  EXPECT_LT(half, kEntries + 300);
  EXPECT_EQ(check.entries(), kEntries + 300);
  ASSERT_TRUE(check.last_pass());
  for (int i = 0; check.passes() == 1 && i < 2000; ++i, now = now + 60'000) {
    ASSERT_TRUE(check.tick(now).has_value());
  }
  EXPECT_EQ(check.passes(), 2U);
}

TEST(SelfCheck, FollowsALogThatGrowsDuringThePass) {
  Folder folder;
  folder.flip_row(3);
  Result<store::NodeStore> store = store::NodeStore::open(folder.path());
  ASSERT_TRUE(store.has_value());
  SelfCheck check(*store, 1000);
  UtcMs now{0};
  std::size_t mended = 0;
  for (; check.passes() == 0; now = now + 100) {
    const Result<SelfCheckFindings> found = check.tick(now);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->damaged.empty());
    mended += found->mended.size();
    ASSERT_TRUE(folder.own().grow(*store, 100).has_value());
    ASSERT_LT(now.value, 100'000);
  }
  EXPECT_EQ(mended, 1U);
}

RC_GTEST_PROP(SelfCheck, FindsWhatIsLostAndMendsTheRest, (std::uint32_t seed)) {
  const Folder folder;
  std::mt19937_64 random(seed);
  std::set<std::uint64_t> rows;
  std::set<std::uint64_t> bundles;
  std::set<std::uint64_t> tiles;
  const std::uint64_t near = random() % kEntries;
  for (std::uint64_t n = 1 + random() % 6; n > 0; --n) {
    // Close together, so that copies of one entry are hit twice often enough.
    const std::uint64_t index = std::min(kEntries - 1, near + random() % 4);
    switch (random() % 3) {
      case 0:
        if (rows.insert(index).second) folder.flip_row(index);
        break;
      case 1:
        if (bundles.insert(index).second) folder.flip_bundle(index);
        break;
      default:
        if (tiles.insert(index).second) folder.flip_tile(index);
    }
  }
  std::set<std::uint64_t> lost;
  bool hopeless = false;  // all three copies of an entry: nothing proves the block any more
  for (const std::uint64_t index : rows) {
    if (!bundles.contains(index)) continue;
    lost.insert(index);
    if (tiles.contains(index)) hopeless = true;
  }
  const std::set<std::uint64_t> told = indexes(pass_over(folder));
  if (hopeless) {
    RC_ASSERT(std::ranges::includes(told, lost));
  } else {
    RC_ASSERT(told == lost);
    RC_ASSERT(folder.rows_are_as_before() == lost.empty());
  }
  if (lost.empty()) RC_ASSERT(folder.files_are_as_before());
  RC_CLASSIFY(!lost.empty());
}

}  // namespace
}  // namespace detente::app
