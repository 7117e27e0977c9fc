// SPDX-License-Identifier: Apache-2.0
//
// Method: a small log of real tiles and signed checkpoints is written step by step, as a node
// would. Failures are real where the system allows it: a second process, a folder that an
// unprivileged user may not write, a file system that is full, a file spoilt between its writing
// and its reading back. For crashes a child process ends itself at a named site, without closing
// anything; the parent then opens the folder and compares it with what a crash may leave: the
// state before the step or after it, and in either case a folder whose tiles lead to its head.
#include "store/node_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "crypto/hash.h"
#include "record/merkle.h"
#include "record/note.h"

namespace detente::store {
namespace {

namespace fs = std::filesystem;

const Origin kOrigin{"north.example/detente/test"};

class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& inside = fs::temp_directory_path()) {
    std::string pattern = (inside / "detente-store-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    ::chmod(path_.c_str(), 0755);
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

Bytes entry_of(std::uint64_t index, std::size_t size = 40) {
  Bytes entry = to_bytes("entry " + std::to_string(index) + " ");
  entry.resize(size, static_cast<std::uint8_t>('a' + index % 26));
  return entry;
}

// Grows a log the way a node does: entries, files, then the head.
class Author {
 public:
  struct Step {
    node::StoreEntries entries;
    node::WriteFiles files;
    node::PublishHead head;
  };
  Step grow(std::uint64_t count, std::size_t entry_bytes = 40) {
    Step step;
    step.entries = {kOrigin, LeafIndex{writer_.size().value}, {}};
    for (std::uint64_t i = 0; i < count; ++i) {
      step.entries.entries.push_back(entry_of(writer_.size().value, entry_bytes));
      writer_.append(step.entries.entries.back());
    }
    step.files = {"log", writer_.take_files()};
    const std::string previous = note_;
    const record::Checkpoint checkpoint{kOrigin, writer_.size(), writer_.root()};
    record::Note note{checkpoint.text(), {}};
    note.signatures.push_back(record::sign_note(signer_, note.text));
    note_ = note.encode();
    step.head = {kOrigin, "log", previous, note_};
    return step;
  }
  const std::string& note() const { return note_; }

 private:
  record::TileWriter writer_;
  record::Signer signer_ = record::make_signer(kOrigin.value, record::KeyType::ed25519,
                                               crypto::SecretKey::from_seed(crypto::Seed{7}));
  std::string note_;
};

node::Effects effects_of(const Author::Step& step) {
  return {step.entries, step.files, step.head};
}

Status carry_out(NodeStore& store, const Author::Step& step) {
  return store.carry_out(effects_of(step));
}

#define EXPECT_OK(expression)                                   \
  do {                                                          \
    const auto& status_ = (expression);                         \
    EXPECT_TRUE(status_.has_value()) << status_.error().text(); \
  } while (false)
#define ASSERT_OK(expression)                                   \
  do {                                                          \
    const auto& status_ = (expression);                         \
    ASSERT_TRUE(status_.has_value()) << status_.error().text(); \
  } while (false)
#define EXPECT_ERRC(expression, expected)                                                      \
  do {                                                                                         \
    const auto& status_ = (expression);                                                        \
    ASSERT_FALSE(status_.has_value());                                                         \
    EXPECT_EQ(errc_name(status_.error().code), errc_name(expected)) << status_.error().text(); \
  } while (false)

// All entries of a log that the database holds.
std::vector<Bytes> entries_of(const NodeStore& store, const node::StoredLog& log) {
  std::vector<Bytes> out;
  const Status read = store.for_each_entry(log.origin, LeafIndex{0}, [&](LeafIndex, ByteView e) {
    out.emplace_back(e.begin(), e.end());
    return Status{};
  });
  EXPECT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(out.size(), log.count.value);
  return out;
}

// The folder's tiles must lead to the root that the head signs, and nothing else may lie there.
void expect_consistent(const NodeStore& store) {
  const Result<std::vector<node::StoredLog>> logs = store.load();
  ASSERT_OK(logs);
  std::set<std::string> wanted;
  for (const node::StoredLog& log : *logs) {
    if (log.head.empty()) continue;
    const Result<Bytes> file = store.read_file("log/checkpoint");
    ASSERT_OK(file);
    EXPECT_EQ(as_text(*file), log.head);
    const Result<record::Note> note = record::parse_note(log.head);
    ASSERT_OK(note);
    const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
    ASSERT_OK(checkpoint);
    const std::vector<Bytes> entries = entries_of(store, log);
    ASSERT_GE(entries.size(), checkpoint->size.value);
    std::vector<Hash> leaves;
    for (const Bytes& entry : std::span(entries).first(checkpoint->size.value)) {
      leaves.push_back(record::leaf_hash(entry));
    }
    EXPECT_EQ(record::root_of(leaves), checkpoint->root);
    record::TileWriter expected;
    for (const Bytes& entry : std::span(entries).first(checkpoint->size.value)) {
      expected.append(entry);
    }
    for (const record::LogFile& tile : expected.take_files()) {
      wanted.insert("log/" + tile.path);
      const Result<Bytes> bytes = store.read_file("log/" + tile.path);
      ASSERT_TRUE(bytes.has_value()) << tile.path;
      EXPECT_EQ(*bytes, tile.bytes) << tile.path;
    }
  }
  const fs::path root = store.folder();
  if (!fs::exists(root / "log")) return;
  for (const fs::directory_entry& item : fs::recursive_directory_iterator(root / "log")) {
    if (!item.is_regular_file() || item.path().filename() == "checkpoint") continue;
    const std::string path = fs::relative(item.path(), root).string();
    // Before the first head nothing says what may lie there.
    if (!wanted.empty()) EXPECT_TRUE(wanted.contains(path)) << path << " is left over";
  }
}

// Runs `body` in a child process; gives its exit code, or -1 if a signal ended it.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int state = 0;
  ::waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

constexpr int kKilled = 42;

// ---- what is refused ----

TEST(NodeStore, RefusesAGapInTheEntries) {
  const TemporaryFolder at;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  EXPECT_ERRC(store->carry_out(node::StoreEntries{kOrigin, LeafIndex{1}, {entry_of(1)}}),
              Errc::store_corrupt);
  EXPECT_TRUE(store->load()->empty());
}

TEST(NodeStore, RefusesToReplaceAnEntryThatAHeadCovers) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  ASSERT_OK(carry_out(*store, author.grow(3)));
  EXPECT_ERRC(store->carry_out(node::StoreEntries{kOrigin, LeafIndex{2}, {entry_of(99)}}),
              Errc::store_corrupt);
  EXPECT_EQ(entries_of(*store, store->load()->at(0)).at(2), entry_of(2));
}

TEST(NodeStore, ReplacesEntriesThatNoHeadCovers) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  ASSERT_OK(carry_out(*store, author.grow(3)));
  ASSERT_OK(store->carry_out(
      node::StoreEntries{kOrigin, LeafIndex{3}, {entry_of(3), entry_of(4), entry_of(5)}}));
  ASSERT_OK(store->carry_out(node::StoreEntries{kOrigin, LeafIndex{3}, {entry_of(77)}}));
  const Result<std::vector<node::StoredLog>> logs = store->load();
  ASSERT_OK(logs);
  ASSERT_EQ(logs->at(0).count.value, 4U);
  EXPECT_EQ(entries_of(*store, logs->at(0)).at(3), entry_of(77));
}

TEST(NodeStore, RefusesAHeadThatDoesNotFollowTheStoredOne) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  const Author::Step first = author.grow(2);
  ASSERT_OK(carry_out(*store, first));
  const Author::Step second = author.grow(1);
  node::PublishHead stale = second.head;
  stale.previous = "";
  EXPECT_ERRC(store->carry_out(stale), Errc::store_lost_race);
  EXPECT_EQ(store->load()->at(0).head, first.head.note);
  EXPECT_EQ(as_text(*store->read_file("log/checkpoint")), first.head.note);
}

TEST(NodeStore, RefusesAHeadThatIsNoCheckpointOfTheLog) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  node::PublishHead head = author.grow(1).head;
  head.origin = Origin{"south.example/detente/test"};
  EXPECT_ERRC(store->carry_out(head), Errc::store_corrupt);
  EXPECT_ERRC(store->carry_out(node::PublishHead{kOrigin, "log", "", "no note"}),
              Errc::store_corrupt);
}

TEST(NodeStore, RefusesAFolderThatIsNoLogFolder) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  for (const char* folder : {"", "..", "keys", "mirror", "mirror/../keys", "mirror/xyz"}) {
    node::WriteFiles files = author.grow(1).files;
    files.folder = folder;
    EXPECT_ERRC(store->carry_out(files), Errc::store_not_found);
  }
}

TEST(NodeStore, RefusesPathsThatLeaveTheFolder) {
  const TemporaryFolder at;
  std::ofstream(at / "outside") << "secret";
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  fs::create_symlink(at / "outside", at / "north/link");
  fs::create_directory_symlink("..", at / "north/up");
  ASSERT_EQ(::mkfifo((at / "north/pipe").c_str(), 0600), 0);
  const std::vector<std::string> paths = {"",
                                          "/",
                                          "/etc/passwd",
                                          "..",
                                          "../outside",
                                          "log/../../outside",
                                          "./log",
                                          "log//x",
                                          "log/",
                                          ".",
                                          std::string("a\0b", 3),
                                          "up/outside",
                                          "link",
                                          "a\nb",
                                          "a\\b",
                                          "log",
                                          "pipe",
                                          "node.db",
                                          "lock",
                                          "node.db-wal"};
  for (const std::string& path : paths) {
    EXPECT_ERRC(store->read_file(path), Errc::store_not_found);
  }
  EXPECT_ERRC(store->write_file("../outside", {}, false), Errc::store_not_found);
  EXPECT_ERRC(store->write_file("up/outside", {}, false), Errc::store_not_found);
  EXPECT_FALSE(store->has_file("link"));
  EXPECT_FALSE(store->has_file("up/outside"));
  // A link planted under the name of a file is replaced, not followed.
  EXPECT_OK(store->write_file("link", as_bytes("new"), false));
  std::string outside;
  std::ifstream(at / "outside") >> outside;
  EXPECT_EQ(outside, "secret");
}

TEST(NodeStore, RefusesASecondUserOfTheFolder) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  const Result<NodeStore> again = NodeStore::open(folder);
  EXPECT_ERRC(again, Errc::store_locked);
  EXPECT_EQ(again.error().place, folder);
  const int code = in_child([&folder] {
    const Result<NodeStore> theirs = NodeStore::open(folder);
    return !theirs && theirs.error().code == Errc::store_locked ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

TEST(NodeStore, CanBeOpenedAgainAfterItWasClosed) {
  const TemporaryFolder at;
  Author author;
  {
    Result<NodeStore> store = NodeStore::open(at / "north");
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(300)));
  }
  const Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  expect_consistent(*store);
  EXPECT_EQ(store->load()->at(0).count.value, 300U);
}

TEST(NodeStore, SaysThatAReadOnlyFolderIsReadOnly) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  {
    const Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
  }
  ::chmod((folder + "/lock").c_str(), 0666);
  ::chmod(folder.c_str(), 0555);
  // Root ignores modes, so the child becomes somebody else.
  const int code = in_child([&folder] {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 77;
    const Result<NodeStore> store = NodeStore::open(folder);
    if (store) return 1;
    return store.error().code == Errc::store_read_only ? 0 : 2;
  });
  ::chmod(folder.c_str(), 0755);
  if (code == 77) GTEST_SKIP() << "this user cannot become an unprivileged one";
  EXPECT_EQ(code, 0);
}

TEST(NodeStore, SaysThatAFolderCannotBeMadeInAReadOnlyOne) {
  const TemporaryFolder at;
  const std::string folder = at / "closed";
  fs::create_directory(folder);
  ::chmod(folder.c_str(), 0555);
  const int code = in_child([&folder] {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 77;
    const Result<NodeStore> store = NodeStore::open(folder + "/north");
    return !store && store.error().code == Errc::store_read_only ? 0 : 1;
  });
  ::chmod(folder.c_str(), 0755);
  if (code == 77) GTEST_SKIP() << "this user cannot become an unprivileged one";
  EXPECT_EQ(code, 0);
}

// Fills the folder's disk step by step until it refuses. Exit code 0: it said store_full, nothing
// that a head covers was lost, and after space was made the folder opens and is consistent.
int fill_until_refused(const std::string& folder, const std::function<void()>& make_space) {
  Author author;
  std::uint64_t held = 0;
  {
    Result<NodeStore> store = NodeStore::open(folder);
    if (!store) return 10;
    for (int i = 0; i < 400; ++i) {
      const Status status = carry_out(*store, author.grow(4, 20'000));
      if (!status && status.error().code == Errc::store_full) {
        // What was stored can still be read.
        const Result<std::vector<node::StoredLog>> logs = store->load();
        if (!logs || (held > 0 && !store->read_entry(kOrigin, LeafIndex{held - 1}))) return 17;
        break;
      }
      if (!status) return 11;
      held += 4;
      if (i == 399) return 12;
    }
  }
  make_space();
  const Result<NodeStore> store = NodeStore::open(folder);
  if (!store) return 13;
  const Result<std::vector<node::StoredLog>> logs = store->load();
  if (!logs) return 14;
  if (held > 0 && logs->at(0).count.value < held) return 15;
  expect_consistent(*store);
  return testing::Test::HasFailure() ? 16 : 0;
}

TEST(NodeStore, SaysThatAFileSystemIsFull) {
  const TemporaryFolder at;
  const std::string mount = at / "small";
  fs::create_directory(mount);
  const int code = in_child([&mount] {
    // A mount name space of the child's own: the mount goes away with it.
    if (::unshare(CLONE_NEWNS) != 0) return 77;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("tmpfs", mount.c_str(), "tmpfs", 0, "size=6m") != 0) return 77;
    std::ofstream(mount + "/ballast") << std::string(1U << 20, 'x');
    return fill_until_refused(mount + "/north", [&mount] { fs::remove(mount + "/ballast"); });
  });
  if (code == 77) GTEST_SKIP() << "this user may not mount a small file system";
  EXPECT_EQ(code, 0);
}

TEST(NodeStore, SaysThatAFileSizeLimitWasReached) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  const int code = in_child([&folder] {
    static_cast<void>(::signal(SIGXFSZ, SIG_IGN));
    rlimit limit{3U << 20, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 77;
    return fill_until_refused(folder, [&limit] {
      limit.rlim_cur = RLIM_INFINITY;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    });
  });
  if (code == 77) GTEST_SKIP() << "this system has no file size limit";
  EXPECT_EQ(code, 0);
}

TEST(NodeStore, SaysThatAFileDiffersFromWhatWasWritten) {
  const TemporaryFolder at;
  Author author;
  const std::string folder = at / "north";
  const FaultHook spoil = [&folder](const char* site) -> Status {
    if (std::string_view(site) != "file.before_read_back") return {};
    std::fstream file(folder + "/log/tile/entries/000.p/5",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(9);
    file.put('!');
    return {};
  };
  Result<NodeStore> store = NodeStore::open(folder, spoil);
  ASSERT_OK(store);
  const Status status = carry_out(*store, author.grow(5));
  EXPECT_ERRC(status, Errc::store_corrupt);
  EXPECT_EQ(status.error().place, "log/tile/entries/000.p/5");
  EXPECT_TRUE(store->load()->empty());  // so neither the entries nor the head were published
}

TEST(NodeStore, SaysThatTheDatabaseIsNotOne) {
  const TemporaryFolder at;
  fs::create_directory(at / "north");
  std::ofstream(at / "north/node.db") << std::string(8192, 'x');
  EXPECT_ERRC(NodeStore::open(at / "north"), Errc::store_corrupt);
}

TEST(NodeStore, RefusesADatabaseOfALaterProgram) {
  const TemporaryFolder at;
  ASSERT_OK(NodeStore::open(at / "north"));
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((at / "north/node.db").c_str(), &raw), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(raw, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(raw);
  EXPECT_ERRC(NodeStore::open(at / "north"), Errc::store_corrupt);
}

TEST(NodeStore, LeavesALogAsItIsWhoseCheckpointIsAheadOfAnOldDatabase) {
  const TemporaryFolder at;
  Author author;
  const std::string folder = at / "north";
  {
    Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(2)));
  }
  fs::copy(folder + "/node.db", at / "backup.db");
  {
    Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(2)));
  }
  fs::copy(at / "backup.db", folder + "/node.db", fs::copy_options::overwrite_existing);
  const Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  EXPECT_EQ(store->load()->at(0).newer_head, author.note());
  EXPECT_EQ(as_text(*store->read_file("log/checkpoint")), author.note());
}

TEST(NodeStore, AnEntryThatWasTakenOutIsNotFoundWhileTheHeadStillCoversIt) {
  for (const int taken : {1, 3}) {
    const TemporaryFolder at;
    Author author;
    {
      Result<NodeStore> store = NodeStore::open(at / "north");
      ASSERT_OK(store);
      ASSERT_OK(carry_out(*store, author.grow(4)));
    }
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open((at / "north/node.db").c_str(), &raw), SQLITE_OK);
    const std::string sql = "DELETE FROM entries WHERE idx = " + std::to_string(taken);
    ASSERT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    const Result<NodeStore> store = NodeStore::open(at / "north");
    ASSERT_OK(store);
    EXPECT_ERRC(store->read_entry(kOrigin, LeafIndex{static_cast<std::uint64_t>(taken)}),
                Errc::store_not_found);
    EXPECT_EQ(store->load()->at(0).count.value, taken == 3 ? 3U : 4U);
    EXPECT_EQ(store->suspects(), (std::vector<Origin>{kOrigin}));
  }
}

TEST(NodeStore, DoesNothingOfAStepWhoseHeadLostTheRace) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  ASSERT_OK(carry_out(*store, author.grow(2)));
  Author::Step step = author.grow(3);
  step.head.previous = "another";
  node::Effects effects = effects_of(step);
  effects.insert(effects.begin(), node::KeepNote{kOrigin, "a note"});
  EXPECT_ERRC(store->carry_out(effects), Errc::store_lost_race);
  EXPECT_EQ(store->load()->at(0).notes.size(), 0U);
  EXPECT_ERRC(store->read_entry(kOrigin, LeafIndex{2}), Errc::store_not_found);
  EXPECT_FALSE(store->has_file("log/tile/0/000.p/5"));
  expect_consistent(*store);
}

TEST(NodeStore, RefusesAHeadOverEntriesThatAreNotThere) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  const Author::Step step = author.grow(3);
  EXPECT_ERRC(store->carry_out(step.head), Errc::store_corrupt);
  EXPECT_TRUE(store->load()->empty());
}

TEST(NodeStore, LeavesTheFilesAloneWhenTheEntriesDoNotLeadToTheHead) {
  const TemporaryFolder at;
  Author author;
  const std::string folder = at / "north";
  {
    Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(300)));
    EXPECT_TRUE(store->suspects().empty());
  }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((folder + "/node.db").c_str(), &raw), SQLITE_OK);
  const char* sql = "UPDATE entries SET bytes = x'00' WHERE idx = 299";
  ASSERT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(raw);
  const Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  EXPECT_EQ(store->suspects(), std::vector<Origin>{kOrigin});
  const Result<Bytes> bundle = store->read_file("log/tile/entries/001.p/44");
  ASSERT_OK(bundle);
  EXPECT_EQ(record::decode_bundle(*bundle, 44)->back(), entry_of(299));
}

TEST(NodeStore, StopsWalkingWhenTheVisitorFails) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  ASSERT_OK(carry_out(*store, author.grow(5)));
  std::vector<std::uint64_t> seen;
  const auto visit = [&seen](LeafIndex index, ByteView entry) -> Status {
    EXPECT_TRUE(std::ranges::equal(entry, entry_of(index.value)));
    seen.push_back(index.value);
    if (index.value == 3) return fail(Errc::node_damaged, "", "");
    return {};
  };
  EXPECT_ERRC(store->for_each_entry(kOrigin, LeafIndex{2}, visit), Errc::node_damaged);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_ERRC(store->read_entry(kOrigin, LeafIndex{5}), Errc::store_not_found);
  EXPECT_ERRC(store->read_entry(Origin{"other"}, LeafIndex{0}), Errc::store_not_found);
  EXPECT_EQ(*store->read_entry(kOrigin, LeafIndex{4}), entry_of(4));
}

// ---- what is done ----

TEST(NodeStore, GivesBackEveryLogInOrderOfItsOrigin) {
  const TemporaryFolder at;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  for (const char* origin : {"c", "a", "b"}) {
    ASSERT_OK(store->carry_out(node::StoreEntries{
        Origin{origin}, LeafIndex{0}, {to_bytes(origin), Bytes{}, Bytes(65'535, 0)}}));
  }
  ASSERT_OK(store->carry_out(node::KeepNote{Origin{"d"}, "a note"}));
  const Result<std::vector<node::StoredLog>> logs = store->load();
  ASSERT_OK(logs);
  ASSERT_EQ(logs->size(), 4U);
  EXPECT_EQ(logs->at(0).origin.value, "a");
  EXPECT_EQ(logs->at(2).origin.value, "c");
  EXPECT_EQ(entries_of(*store, logs->at(2)),
            (std::vector<Bytes>{to_bytes("c"), Bytes{}, Bytes(65'535, 0)}));
  EXPECT_EQ(logs->at(3).notes, (std::vector<std::string>{"a note"}));
}

TEST(NodeStore, KeepsEveryNoteOnceInTheOrderOfArrival) {
  const TemporaryFolder at;
  const std::string with_zero("a\0b", 3);
  {
    Result<NodeStore> store = NodeStore::open(at / "north");
    ASSERT_OK(store);
    for (const std::string& note :
         {std::string("z"), with_zero, std::string("z"), std::string("a")}) {
      ASSERT_OK(store->carry_out(node::KeepNote{kOrigin, note}));
    }
  }
  const Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  EXPECT_EQ(store->load()->at(0).notes, (std::vector<std::string>{"z", with_zero, "a"}));
}

TEST(NodeStore, RemovesNarrowerTilesAndCutsThemFromTheWiderOnes) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  std::map<std::string, Bytes> written;
  for (const std::uint64_t count : {3U, 1U, 200U, 52U, 44U}) {  // ends at 300
    const Author::Step step = author.grow(count);
    for (const record::LogFile& file : step.files.files) written["log/" + file.path] = file.bytes;
    ASSERT_OK(carry_out(*store, step));
  }
  EXPECT_FALSE(fs::exists(at / "north/log/tile/0/000.p"));
  for (const auto& [path, bytes] : written) {
    const Result<Bytes> read = store->read_file(path);
    ASSERT_TRUE(read.has_value()) << path;
    EXPECT_EQ(*read, bytes) << path;
  }
  EXPECT_ERRC(store->read_file("log/tile/0/001.p/45"), Errc::store_not_found);
  EXPECT_ERRC(store->read_file("log/tile/0/002"), Errc::store_not_found);
  expect_consistent(*store);
}

TEST(NodeStore, KeepsSecretsFromOtherUsers) {
  const TemporaryFolder at;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  ASSERT_OK(store->write_file("keys/root.seed", as_bytes("secret"), true));
  ASSERT_OK(store->write_file("agreement.json", as_bytes("{}"), false));
  EXPECT_EQ(fs::status(at / "north/keys").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(at / "north/keys/root.seed").permissions(), fs::perms(0600));
  EXPECT_TRUE(store->has_file("keys/root.seed"));
  EXPECT_EQ(as_text(*store->read_file("keys/root.seed")), "secret");
}

TEST(NodeStore, RewritesACheckpointFileThatIsMissingOrSpoilt) {
  const TemporaryFolder at;
  Author author;
  {
    Result<NodeStore> store = NodeStore::open(at / "north");
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(2)));
  }
  for (const bool missing : {true, false}) {
    if (missing) fs::remove(at / "north/log/checkpoint");
    if (!missing) std::ofstream(at / "north/log/checkpoint") << "spoilt";
    const Result<NodeStore> store = NodeStore::open(at / "north");
    ASSERT_OK(store);
    expect_consistent(*store);
  }
}

TEST(NodeStore, TakesSeveralStepsInOne) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  ASSERT_OK(store);
  node::Effects effects;
  for (const std::uint64_t count : {1U, 2U, 255U, 1U}) {
    for (node::Effect& effect : effects_of(author.grow(count))) effects.push_back(effect);
    effects.push_back(node::Nudge{PartyId{"south"}});
    effects.push_back(node::KeepNote{kOrigin, std::to_string(count)});
  }
  ASSERT_OK(store->carry_out(effects));
  EXPECT_EQ(store->load()->at(0).head, author.note());
  EXPECT_EQ(store->load()->at(0).notes, (std::vector<std::string>{"1", "2", "255"}));
  expect_consistent(*store);
}

int play_until(const std::string& folder, const std::string& site, int firing);

// A note of the log's size that the named ones cosigned.
std::string cosigned(std::uint64_t size, const std::vector<std::string>& names, UtcMs time) {
  record::Note note{record::Checkpoint{kOrigin, TreeSize{size}, Hash{}}.text(), {}};
  note.signatures.push_back({kOrigin.value, 1, Bytes(64, 1)});
  for (const std::string& name : names) {
    const record::Signer signer = record::make_signer(
        name, record::KeyType::cosignature_v1, crypto::SecretKey::from_seed(crypto::Seed{9}));
    note.signatures.push_back(record::cosign(signer, note.text, time));
  }
  return note.encode();
}

std::multiset<std::uint64_t> exported_sizes(const std::string& folder) {
  std::multiset<std::uint64_t> out;
  if (!fs::exists(folder + "/notes")) return out;
  for (const fs::directory_entry& item : fs::directory_iterator(folder + "/notes")) {
    std::ifstream in(item.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(item.path().filename(), to_hex(crypto::sha256(as_bytes(text))) + ".note");
    out.insert(record::parse_checkpoint(record::parse_note(text)->text)->size.value);
  }
  return out;
}

TEST(NodeStore, ExportsTheFirstNoteOfEachCosignerForEachSize) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  {
    Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    // Heartbeats of one size, a second cosigner, one note with both, and what is no note.
    for (int i = 0; i < 5; ++i) {
      ASSERT_OK(store->carry_out(node::KeepNote{kOrigin, cosigned(7, {"a"}, UtcMs{i * 1000})}));
    }
    ASSERT_OK(store->carry_out(node::KeepNote{kOrigin, cosigned(7, {"a", "b"}, UtcMs{9000})}));
    ASSERT_OK(store->carry_out(node::KeepNote{kOrigin, cosigned(8, {"a", "b"}, UtcMs{9000})}));
    ASSERT_OK(store->carry_out(node::KeepNote{kOrigin, cosigned(9, {}, UtcMs{9000})}));
    ASSERT_OK(store->carry_out(node::KeepNote{kOrigin, "no note"}));
    EXPECT_EQ(exported_sizes(folder), (std::multiset<std::uint64_t>{}));
    ASSERT_OK(store->export_notes());
    EXPECT_EQ(exported_sizes(folder), (std::multiset<std::uint64_t>{7, 7, 8}));
    ASSERT_OK(store->carry_out(node::KeepNote{kOrigin, cosigned(10, {"a"}, UtcMs{9000})}));
  }
  EXPECT_EQ(exported_sizes(folder), (std::multiset<std::uint64_t>{7, 7, 8, 10}));
}

TEST(NodeStore, KeepsOnlySomeOfTheOldestNotesAsFiles) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  for (std::uint64_t part = 0; part < 2; ++part) {
    node::Effects effects;
    for (std::uint64_t size = 1 + part * 1000; size <= 1000 + part * 1000; ++size) {
      effects.push_back(node::KeepNote{kOrigin, cosigned(size, {"a"}, UtcMs{0})});
    }
    ASSERT_OK(store->carry_out(effects));
    ASSERT_OK(store->export_notes());
  }
  // The newest 1,024 of 2,000 sizes, and before them the first in each 256 entries.
  const std::multiset<std::uint64_t> sizes = exported_sizes(folder);
  EXPECT_EQ(sizes.size(), 1024U + 4U);
  EXPECT_EQ(std::vector<std::uint64_t>(sizes.begin(), std::next(sizes.begin(), 5)),
            (std::vector<std::uint64_t>{1, 256, 512, 768, 977}));
  EXPECT_EQ(store->load()->at(0).notes.size(), 2000U);
}

TEST(NodeStore, ShowsNoTileBeyondAHead) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  Author author;
  Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  // Entries that come without a head: of a new log, and of one that has a head.
  for (int round = 0; round < 2; ++round) {
    const Author::Step first = author.grow(6);
    const Author::Step second = author.grow(300);
    Author::Step third = author.grow(1);
    ASSERT_OK(store->carry_out(node::Effects{first.entries, first.files}));
    ASSERT_OK(store->carry_out(node::Effects{second.entries, second.files}));
    EXPECT_EQ(fs::exists(folder + "/log/tile"), round == 1);
    if (round == 1) expect_consistent(*store);
    third.head.previous = round == 0 ? "" : store->load()->at(0).head;
    ASSERT_OK(carry_out(*store, third));
    expect_consistent(*store);
  }
}

TEST(NodeStore, MakesTheFilesOfRepairedEntriesAgain) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  Author author;
  {
    Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(600)));
  }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((folder + "/node.db").c_str(), &raw), SQLITE_OK);
  const char* sql = "UPDATE entries SET bytes = x'00' WHERE idx = 7";
  ASSERT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(raw);
  std::ofstream(folder + "/log/tile/entries/000") << "rot";
  Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  node::StoreEntries repair{kOrigin, LeafIndex{7}, {entry_of(7)}};
  repair.repair = true;
  ASSERT_OK(store->carry_out(repair));
  ASSERT_OK(carry_out(*store, author.grow(1)));
  expect_consistent(*store);
}

TEST(NodeStore, RemovesTilesOfALogThatNeverHadAHead) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  ASSERT_EQ(in_child([&] { return play_until(folder, "step.before_commit", 1); }), kKilled);
  EXPECT_TRUE(fs::exists(folder + "/log/tile"));
  const Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  EXPECT_FALSE(fs::exists(folder + "/log"));
}

TEST(NodeStore, TakesOverAFolderOfTheFirstSchema) {
  const TemporaryFolder at;
  Author author;
  const std::string folder = at / "north";
  {
    Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(300)));
  }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((folder + "/node.db").c_str(), &raw), SQLITE_OK);
  const char* sql = "DROP TABLE marks; DROP TABLE receipts; PRAGMA user_version=1";
  ASSERT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(raw);
  Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  ASSERT_OK(carry_out(*store, author.grow(1)));
  expect_consistent(*store);
}

TEST(NodeStore, MakesLostAndSpoiltFilesAgain) {
  const std::vector<std::function<void(const std::string&)>> damages = {
      [](const std::string& log) { fs::remove_all(log); },
      [](const std::string& log) { fs::remove(log + "/tile/entries/002"); },
      [](const std::string& log) { fs::remove(log + "/tile/0/000"); },
      [](const std::string& log) { fs::remove(log + "/tile/1/000.p/5"); },
      [](const std::string& log) { fs::resize_file(log + "/tile/1/000.p/5", 31); },
      [](const std::string& log) { std::ofstream(log + "/tile/0/005.p/20") << "torn"; },
      [](const std::string& log) { std::ofstream(log + "/tile/entries/005.p/20") << "torn"; },
      // A full tile that the partial one above it is made from.
      [](const std::string& log) { std::ofstream(log + "/tile/0/001") << std::string(8192, 'x'); },
      [](const std::string& log) { fs::copy_file(log + "/tile/0/000", log + "/tile/0/006"); }};
  for (std::size_t i = 0; i < damages.size(); ++i) {
    SCOPED_TRACE(i);
    const TemporaryFolder at;
    Author author;
    const std::string folder = at / "north";
    {
      Result<NodeStore> store = NodeStore::open(folder);
      ASSERT_OK(store);
      ASSERT_OK(carry_out(*store, author.grow(1300)));
    }
    damages[i](folder + "/log");
    Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    EXPECT_TRUE(store->suspects().empty());
    expect_consistent(*store);
    ASSERT_OK(carry_out(*store, author.grow(300)));
    expect_consistent(*store);
  }
}

TEST(NodeStore, ComparesOnlyWhatWasNotSyncedYet) {
  const TemporaryFolder at;
  Author author;
  const std::string folder = at / "north";
  std::size_t synced = 0;
  const FileWatch watch = [&synced](const FileEvent& event) {
    if (event.what == FileEvent::What::synced) ++synced;
  };
  {
    Result<NodeStore> store = NodeStore::open(folder, {}, watch);
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(4000)));
    EXPECT_EQ(synced, 0U);  // nobody waits for files
    ASSERT_OK(carry_out(*store, author.grow(200)));
    EXPECT_EQ(synced, 32U);  // until there are many: 16 full tiles and their bundles
  }
  EXPECT_EQ(synced, 32U);
  {
    // Closing syncs what is full since then.
    Result<NodeStore> store = NodeStore::open(folder, {}, watch);
    ASSERT_OK(store);
    ASSERT_OK(carry_out(*store, author.grow(500)));
    EXPECT_EQ(synced, 32U);
  }
  EXPECT_EQ(synced, 36U);
}

// ---- crashes ----

struct Crash {
  const char* site;
  int firing;  // which of its firings ends the process
};

// The steps of every crash test: three growths and two notes.
Status play(NodeStore& store) {
  Author author;
  DETENTE_CHECK(carry_out(store, author.grow(3)));
  DETENTE_CHECK(store.carry_out(node::KeepNote{kOrigin, "first"}));
  DETENTE_CHECK(carry_out(store, author.grow(250)));
  DETENTE_CHECK(store.carry_out(node::KeepNote{kOrigin, "second"}));
  return carry_out(store, author.grow(10));
}

int play_until(const std::string& folder, const std::string& site, int firing) {
  int fired = 0;
  const FaultHook kill = [&](const char* at) -> Status {
    if (site == at && ++fired == firing) ::_exit(kKilled);
    return {};
  };
  Result<NodeStore> store = NodeStore::open(folder, kill);
  if (!store) return 1;
  return play(*store) ? 0 : 2;
}

TEST(NodeStore, IsWholeAfterACrashAtEverySite) {
  // What the log may hold after a crash: entries of a prefix of the steps.
  const std::set<std::size_t> sizes = {0, 3, 253, 263};
  int crashes = 0;
  for (const std::string& site : NodeStore::fault_sites()) {
    if (site.starts_with("open.") || site.starts_with("sync.")) continue;
    int reached = 0;
    for (int firing = 1; firing <= 64; ++firing) {
      const TemporaryFolder at;
      const std::string folder = at / "north";
      const int code = in_child([&] { return play_until(folder, site, firing); });
      if (code == 0) break;  // the site is not reached so often
      ASSERT_EQ(code, kKilled) << site << " firing " << firing;
      ++reached;
      ++crashes;
      SCOPED_TRACE(site + " firing " + std::to_string(firing));
      const Result<NodeStore> store = NodeStore::open(folder);
      ASSERT_OK(store);
      const Result<std::vector<node::StoredLog>> logs = store->load();
      ASSERT_OK(logs);
      for (const node::StoredLog& log : *logs) {
        const std::vector<Bytes> entries = entries_of(*store, log);
        EXPECT_TRUE(sizes.contains(entries.size())) << entries.size();
        for (std::size_t i = 0; i < entries.size(); ++i) {
          EXPECT_EQ(entries[i], entry_of(i));
        }
      }
      expect_consistent(*store);
    }
    EXPECT_GT(reached, 0) << site << " was never reached";
  }
  EXPECT_GT(crashes, 30);
}

TEST(NodeStore, IsWholeAfterACrashDuringItsRepair) {
  for (const char* site : {"open.before_checkpoint", "open.before_tile"}) {
    const TemporaryFolder at;
    const std::string folder = at / "north";
    // The first crash leaves something to repair: a head without its file, or tiles beyond it.
    const char* first =
        std::string_view(site) == "open.before_tile" ? "step.before_commit" : "step.after_commit";
    ASSERT_EQ(in_child([&] { return play_until(folder, first, 3); }), kKilled);
    if (std::string_view(site) == "open.before_tile") fs::remove(folder + "/log/tile/0/000.p/3");
    const int code = in_child([&] { return play_until(folder, site, 1); });
    ASSERT_EQ(code, kKilled) << site << " was never reached";
    const Result<NodeStore> store = NodeStore::open(folder);
    ASSERT_OK(store);
    expect_consistent(*store);
  }
}

TEST(NodeStore, IsWholeAfterACrashWhileItSyncsItsFiles) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  const int code = in_child([&] {
    const FaultHook kill = [](const char* site) -> Status {
      if (std::string_view(site) == "sync.before_mark") ::_exit(kKilled);
      return {};
    };
    Result<NodeStore> store = NodeStore::open(folder, kill);
    Author author;
    return store && carry_out(*store, author.grow(4200)) ? 0 : 1;
  });
  ASSERT_EQ(code, kKilled);
  const Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  EXPECT_EQ(store->load()->at(0).count.value, 4200U);
  expect_consistent(*store);
}

TEST(NodeStore, CanGoOnAfterACrashThatLeftTilesBeyondTheHead) {
  const TemporaryFolder at;
  const std::string folder = at / "north";
  ASSERT_EQ(in_child([&] { return play_until(folder, "step.before_commit", 3); }), kKilled);
  Result<NodeStore> store = NodeStore::open(folder);
  ASSERT_OK(store);
  // The node goes on from the head with other entries than those that nobody had signed.
  Author author;
  static_cast<void>(author.grow(3));
  ASSERT_OK(carry_out(*store, author.grow(9, 99)));
  EXPECT_EQ(store->load()->at(0).count.value, 12U);
  expect_consistent(*store);
}

TEST(NodeStore, ReportsAFaultAtEverySiteAndIsWholeAfterwards) {
  for (const std::string& site : NodeStore::fault_sites()) {
    if (site.starts_with("open.") || site.starts_with("sync.")) continue;
    const TemporaryFolder at;
    const FaultHook full = [&site](const char* reached) -> Status {
      if (site == reached) return fail(Errc::store_full, "injected", site);
      return {};
    };
    {
      Result<NodeStore> store = NodeStore::open(at / "north", full);
      ASSERT_OK(store);
      EXPECT_ERRC(play(*store), Errc::store_full);
    }
    const Result<NodeStore> store = NodeStore::open(at / "north");
    ASSERT_OK(store);
    expect_consistent(*store);
  }
}

RC_GTEST_PROP(NodeStore, HoldsWhatWasStoredHoweverItWasCut, (std::vector<std::uint8_t> growths)) {
  const TemporaryFolder at;
  Author author;
  Result<NodeStore> store = NodeStore::open(at / "north");
  RC_ASSERT(store.has_value());
  if (growths.size() > 5) growths.resize(5);
  std::size_t total = 0;
  for (const std::uint8_t growth : growths) {
    RC_ASSERT(carry_out(*store, author.grow(growth)).has_value());
    total += growth;
  }
  const Result<std::vector<node::StoredLog>> logs = store->load();
  RC_ASSERT(logs.has_value());
  if (growths.empty()) return;
  RC_ASSERT(logs->at(0).count.value == total);
  RC_ASSERT(logs->at(0).head == author.note());
  for (const record::TilePath& tile : record::all_tiles(TreeSize{total})) {
    RC_ASSERT(store->has_file("log/" + tile.text()));
  }
}

// ---- power cuts ----

// Remembers what was written and what was synced, and spoils the folder as a power cut may: a name
// may lead to anything that it led to since its directory was synced, in whatever order, and bytes
// that were not synced may be there, be cut short, be zero or be gone. The database is not touched:
// SQLite's own syncs are real.
class PowerCut {
 public:
  void see(const FileEvent& event) {
    if (off_) return;
    switch (event.what) {
      case FileEvent::What::wrote:
        history(event.path)
            .push_back(
                std::make_shared<File>(File{Bytes(event.bytes.begin(), event.bytes.end()), false}));
        return;
      case FileEvent::What::renamed:
        history(event.to).push_back(history(event.path).back());
        history(event.path).push_back(nullptr);
        return;
      case FileEvent::What::removed:
        history(event.path).push_back(nullptr);
        return;
      case FileEvent::What::synced:
        history(event.path).back()->synced = true;
        return;
      case FileEvent::What::synced_directory:
        for (auto& [path, versions] : names_) {
          if (fs::path(path).parent_path() != event.path) continue;
          versions.erase(versions.begin(), versions.end() - 1);
        }
    }
  }
  void power_off() { off_ = true; }

  // Gives how many files ended other than they were last written.
  int cut(const std::string& folder, std::mt19937_64& random) {
    int spoilt = 0;
    for (auto& [path, versions] : names_) {
      const std::shared_ptr<File> last = versions.back();
      const std::shared_ptr<File> kept = versions[random() % versions.size()];
      versions.assign(1, kept);
      const std::string where = folder + "/" + path;
      if (kept != nullptr) {
        if (!kept->synced) spoilt += tear(*kept, random);
        kept->synced = true;
        fs::create_directories(fs::path(where).parent_path());
        std::ofstream(where, std::ios::binary) << as_text(kept->bytes);
      } else {
        fs::remove(where);
      }
      if (kept != last) ++spoilt;
    }
    off_ = false;
    return spoilt;
  }

 private:
  struct File {
    Bytes bytes;
    bool synced = false;
  };
  std::vector<std::shared_ptr<File>>& history(const std::string& path) {
    std::vector<std::shared_ptr<File>>& versions = names_[path];
    if (versions.empty()) versions.push_back(nullptr);
    return versions;
  }
  static int tear(File& file, std::mt19937_64& random) {
    const std::size_t at = file.bytes.empty() ? 0 : random() % file.bytes.size();
    switch (random() % 4) {
      case 0:
        return 0;
      case 1:
        file.bytes.resize(at);
        return 1;
      case 2:
        std::fill(file.bytes.begin() + static_cast<std::ptrdiff_t>(at), file.bytes.end(),
                  std::uint8_t{0});
        return 1;
      default:
        file.bytes.clear();
        return 1;
    }
  }

  std::map<std::string, std::vector<std::shared_ptr<File>>> names_;
  bool off_ = false;
};

// One life of a folder: opened, grown by random steps until the power goes, cut, opened again.
struct Life {
  std::string folder;
  std::mt19937_64 random;
  PowerCut power;
  Author author;                   // as the newest head has it
  std::vector<std::string> notes;  // acknowledged
  int spoilt = 0;

  // Grows until the hook's count of sites runs out, or all steps are done.
  void live() {
    auto sites = static_cast<std::int64_t>(random() % 80);
    const FaultHook hook = [&](const char* site) -> Status {
      if (--sites >= 0) return {};
      power.power_off();
      return fail(Errc::store_io, "the power is gone", site);
    };
    Author after = author;
    {
      Result<NodeStore> store =
          NodeStore::open(folder, hook, [&](const FileEvent& event) { power.see(event); });
      for (int i = 0; store && i < 6; ++i) {
        const std::uint64_t most = random() % 4 == 0 ? 2000 : 300;
        node::Effects effects = effects_of(after.grow(1 + random() % most, 16));
        effects.push_back(node::KeepNote{kOrigin, after.note()});
        if (!store->carry_out(effects)) break;
        author = after;
        notes.push_back(after.note());
      }
      // The end of a life is never a clean close.
      power.power_off();
      sites = 0;
    }
    spoilt += power.cut(folder, random);
    inspect(after);
  }

  void inspect(const Author& after) {
    Result<NodeStore> store =
        NodeStore::open(folder, {}, [&](const FileEvent& event) { power.see(event); });
    RC_ASSERT(store.has_value());
    RC_ASSERT(store->suspects().empty());
    const Result<std::vector<node::StoredLog>> logs = store->load();
    RC_ASSERT(logs.has_value());
    const std::string head = logs->empty() ? "" : logs->at(0).head;
    // A step that was not acknowledged is there whole, or not at all.
    if (head == after.note()) {
      if (author.note() != after.note()) notes.push_back(head);
      author = after;
    }
    RC_ASSERT(head == author.note());
    RC_ASSERT((logs->empty() ? std::vector<std::string>() : logs->at(0).notes) == notes);
    expect_consistent(*store);
    RC_ASSERT(!testing::Test::HasFailure());
  }
};

RC_GTEST_PROP(NodeStore, LosesNothingToAPowerCut, (std::uint32_t seed)) {
  // The power cut is played, so memory does as well as a disk, and real syncs cost nothing.
  const bool memory = fs::is_directory("/dev/shm");
  const TemporaryFolder at(memory ? fs::path("/dev/shm") : fs::temp_directory_path());
  Life life{at / "north", std::mt19937_64(seed), {}, {}, {}, 0};
  for (int i = 0; i < 4; ++i) life.live();
  RC_CLASSIFY(life.spoilt > 10);
}

}  // namespace
}  // namespace detente::store
