// SPDX-License-Identifier: Apache-2.0
// Method: what must never happen comes first: a key without its store, a head replaced by a judge
// of another one, half a change after a failure. Then what is kept, over restarts.
#include "store/witness_store.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "store/sqlite.h"

namespace detente::store {
namespace {

namespace fs = std::filesystem;

const Origin kOrigin{"log.example/one"};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "detente-witness-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

crypto::SecretKey test_key(std::uint8_t n) {
  crypto::Seed seed{};
  seed.fill(n);
  return crypto::SecretKey::from_seed(seed);
}

record::Checkpoint checkpoint(std::uint64_t size, std::uint8_t root = 0) {
  Hash hash{};
  hash[0] = root;
  hash[1] = static_cast<std::uint8_t>(size);
  return {kOrigin, TreeSize{size}, hash};
}

std::string note_of(const record::Checkpoint& of) {
  const record::Signer log =
      record::make_signer(kOrigin.value, record::KeyType::ed25519, test_key(1));
  return record::Note{of.text(), {record::sign_note(log, of.text())}}.encode();
}

WitnessStore::Change growth(std::optional<record::Checkpoint> judged,
                            const record::Checkpoint& next) {
  return {"witness",         kOrigin,
          note_of(next),     UtcMs{1'468'562'400'000},
          std::move(judged), WitnessStore::Head{next, note_of(next)}};
}

WitnessStore::Change refusal(const record::Checkpoint& of) {
  return {"witness", kOrigin, note_of(of), UtcMs{1'468'562'401'000}, std::nullopt, std::nullopt};
}

WitnessStore open_store(const std::string& path, FaultHook hook = {}) {
  Result<WitnessStore> store = WitnessStore::open(path, std::move(hook));
  check(store.has_value(), "the store opens");
  return std::move(*store);
}

Errc signer_error(const std::string& path, const std::string& name = "un1/witness") {
  WitnessStore store = open_store(path);
  const Result<record::Signer> made = store.signer("witness", name, crypto::system_random());
  return made ? Errc{} : made.error().code;
}

TEST(WitnessStore, RefusesAKeyWhoseStoreIsLost) {
  const TemporaryFolder folder;
  const std::string path = folder / "w";
  ASSERT_EQ(signer_error(path), Errc{});
  ASSERT_TRUE(open_store(path).commit(growth({}, checkpoint(3))));
  for (const char* file : {"witness.db", "witness.db-wal", "witness.db-shm"}) {
    fs::remove(path + "/" + file);
  }
  EXPECT_EQ(signer_error(path), Errc::store_not_found);
  EXPECT_EQ(signer_error(path), Errc::store_not_found) << "a second try makes it no better";
}

TEST(WitnessStore, RefusesAStoreWhoseKeyIsLostOrAnother) {
  const TemporaryFolder folder;
  const std::string path = folder / "w";
  ASSERT_EQ(signer_error(path), Errc{});
  ASSERT_TRUE(open_store(path).commit(growth({}, checkpoint(3))));
  EXPECT_EQ(signer_error(path, "un2/witness"), Errc::store_corrupt);
  const std::string key = path + "/keys/witness.key";
  std::ofstream(key) << to_hex(test_key(9).seed()) << "\n";
  EXPECT_EQ(signer_error(path), Errc::store_corrupt);
  std::ofstream(key) << "not a key\n";
  EXPECT_EQ(signer_error(path), Errc::key_malformed);
  fs::remove(key);
  EXPECT_EQ(signer_error(path), Errc::store_not_found);
}

TEST(WitnessStore, MakesTheKeyOnceAndKeepsItSecret) {
  const TemporaryFolder folder;
  const std::string path = folder / "w";
  std::string vkey;
  for (int i = 0; i < 2; ++i) {
    WitnessStore store = open_store(path);
    const Result<record::Signer> witness =
        store.signer("witness", "un1/witness", crypto::system_random());
    const Result<record::Signer> mirror =
        store.signer("mirror", "un1/mirror", crypto::system_random());
    ASSERT_TRUE(witness && mirror);
    EXPECT_EQ(witness->key.type, record::KeyType::cosignature_v1);
    EXPECT_NE(witness->key.key, mirror->key.key);
    if (i > 0) EXPECT_EQ(witness->key.text(), vkey);
    vkey = witness->key.text();
  }
  struct stat info{};
  ASSERT_EQ(::stat((path + "/keys/witness.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(WitnessStore, BeginsAgainAfterAFirstStartThatWasCutOff) {
  const TemporaryFolder folder;
  const std::string path = folder / "w";
  ASSERT_EQ(signer_error(path), Errc{});
  fs::remove(path + "/keys/witness.key");  // the store knows a key, and nothing was cosigned
  EXPECT_EQ(signer_error(path), Errc{});
  EXPECT_EQ(signer_error(path), Errc{});
}

TEST(WitnessStore, RefusesASecondProcessAndAForeignDatabase) {
  const TemporaryFolder folder;
  {
    const WitnessStore first = open_store(folder / "w");
    EXPECT_EQ(WitnessStore::open(folder / "w").error().code, Errc::store_locked);
  }
  fs::create_directory(folder / "other");
  {
    Result<Database> other = Database::open(folder / "other/witness.db");
    ASSERT_TRUE(other && other->run("PRAGMA user_version=1"));
  }
  EXPECT_EQ(WitnessStore::open(folder / "other").error().code, Errc::store_corrupt);
}

TEST(WitnessStore, ReplacesNoHeadButTheOneThatWasJudged) {
  const TemporaryFolder folder;
  WitnessStore store = open_store(folder / "w");
  EXPECT_EQ(store.commit(growth(checkpoint(3), checkpoint(5))).error().code, Errc::store_lost_race);
  ASSERT_TRUE(store.commit(growth({}, checkpoint(5))));
  for (const std::optional<record::Checkpoint>& judged :
       std::vector<std::optional<record::Checkpoint>>{{}, checkpoint(3), checkpoint(5, 1)}) {
    EXPECT_EQ(store.commit(growth(judged, checkpoint(7))).error().code, Errc::store_lost_race);
  }
  EXPECT_EQ(store.head("witness", kOrigin)->value().checkpoint, checkpoint(5));
  EXPECT_EQ(store.notes(kOrigin)->size(), 1U) << "a lost race keeps nothing";
  EXPECT_FALSE(store.head("mirror", kOrigin)->has_value()) << "each role has its own head";
  ASSERT_TRUE(store.commit(growth(checkpoint(5), checkpoint(7))));
}

TEST(WitnessStore, HoldsTheOldHeadOrTheNewOneAfterACrash) {
  for (const char* site : {"witness.before_commit", "witness.after_commit"}) {
    const TemporaryFolder folder;
    ASSERT_TRUE(open_store(folder / "w").commit(growth({}, checkpoint(5))));
    const pid_t child = ::fork();
    if (child == 0) {
      WitnessStore store = open_store(folder / "w", [site](const char* at) -> Status {
        if (std::string_view(at) == site) ::_exit(7);
        return {};
      });
      static_cast<void>(store.commit(growth(checkpoint(5), checkpoint(9))));
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 7) << "the site was reached";
    const WitnessStore store = open_store(folder / "w");
    const bool committed = std::string_view(site) == "witness.after_commit";
    EXPECT_EQ(store.head("witness", kOrigin)->value().checkpoint, checkpoint(committed ? 9 : 5));
    EXPECT_EQ(store.notes(kOrigin)->size(), committed ? 2U : 1U);
  }
}

TEST(WitnessStore, ChangesNothingWhenItFails) {
  const TemporaryFolder folder;
  bool broken = false;
  WitnessStore store = open_store(folder / "w", [&](const char* at) -> Status {
    if (broken && std::string_view(at) == "witness.before_commit") return fail(Errc::store_full);
    return {};
  });
  ASSERT_TRUE(store.commit(growth({}, checkpoint(5))));
  broken = true;
  EXPECT_EQ(store.commit(growth(checkpoint(5), checkpoint(9))).error().code, Errc::store_full);
  broken = false;
  EXPECT_EQ(store.head("witness", kOrigin)->value().checkpoint, checkpoint(5));
  EXPECT_TRUE(store.commit(growth(checkpoint(5), checkpoint(9))));
}

TEST(WitnessStore, ChangesAllOrNothingOfWhatIsAppliedTogether) {
  const TemporaryFolder folder;
  WitnessStore store = open_store(folder / "w");
  const Status failed = store.together([&]() -> Status {
    DETENTE_CHECK(store.apply(growth({}, checkpoint(5))));
    DETENTE_CHECK(store.apply(growth(checkpoint(5), checkpoint(7))));
    return store.apply(growth(checkpoint(5), checkpoint(9)));  // lost to the one before it
  });
  EXPECT_EQ(failed.error().code, Errc::store_lost_race);
  EXPECT_FALSE(store.head("witness", kOrigin)->has_value());
  EXPECT_TRUE(store.notes(kOrigin)->empty());
  ASSERT_TRUE(store.together([&]() -> Status {
    DETENTE_CHECK(store.apply(growth({}, checkpoint(5))));
    EXPECT_EQ(store.head("witness", kOrigin)->value().checkpoint, checkpoint(5));
    return store.apply(growth(checkpoint(5), checkpoint(7)));
  }));
  EXPECT_EQ(store.head("witness", kOrigin)->value().checkpoint, checkpoint(7));
}

TEST(WitnessStore, KeepsEveryNoteVerbatimAlsoRefusedOnes) {
  const TemporaryFolder folder;
  const std::string fork = note_of(checkpoint(5, 1));
  {
    WitnessStore store = open_store(folder / "w");
    ASSERT_TRUE(store.commit(growth({}, checkpoint(5))));
    ASSERT_TRUE(store.commit(refusal(checkpoint(5, 1))));
    ASSERT_TRUE(store.commit(refusal(checkpoint(5, 1)))) << "once is enough";
    ASSERT_TRUE(store.commit(refusal(checkpoint(9))));
    ASSERT_TRUE(store.commit(growth(checkpoint(5), checkpoint(9)))) << "in order this time";
  }
  const WitnessStore store = open_store(folder / "w");
  const Result<std::vector<WitnessStore::KeptNote>> notes = store.notes(kOrigin);
  ASSERT_TRUE(notes);
  ASSERT_EQ(notes->size(), 3U);
  EXPECT_EQ((*notes)[0].note, note_of(checkpoint(5)));
  EXPECT_TRUE((*notes)[0].cosigned);
  EXPECT_EQ((*notes)[1].note, fork);
  EXPECT_FALSE((*notes)[1].cosigned);
  EXPECT_EQ((*notes)[1].received, UtcMs{1'468'562'401'000});
  EXPECT_TRUE((*notes)[2].cosigned);
  EXPECT_TRUE(store.notes(Origin{"another"})->empty());
}

TEST(WitnessStore, StopsKeepingRefusedNotesAtItsBound) {
  const TemporaryFolder folder;
  WitnessStore store = open_store(folder / "w");
  {
    // As many as the bound, put there at once; one commit each would take a minute of fsyncs.
    Result<Database> database = Database::open(folder / "w/witness.db");
    ASSERT_TRUE(database);
    const std::string fill = fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
        " INSERT INTO notes(origin, seq, hash, received, cosigned, note)"
        " SELECT '{}', i, CAST(i AS BLOB), 0, 0, 'x' FROM n",
        kRefusedNotesMax - 2, kOrigin.value);
    ASSERT_TRUE(database->run(fill.c_str()));
  }
  ASSERT_TRUE(store.commit(refusal(checkpoint(5, 1))));
  EXPECT_EQ(store.notes(kOrigin)->size(), static_cast<std::size_t>(kRefusedNotesMax));
  ASSERT_TRUE(store.commit(refusal(checkpoint(5, 2))));
  EXPECT_EQ(store.notes(kOrigin)->size(), static_cast<std::size_t>(kRefusedNotesMax));
  ASSERT_TRUE(store.commit(growth({}, checkpoint(5)))) << "what is cosigned is always kept";
  EXPECT_EQ(store.notes(kOrigin)->size(), static_cast<std::size_t>(kRefusedNotesMax) + 1);
}

}  // namespace
}  // namespace detente::store
