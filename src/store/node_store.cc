// SPDX-License-Identifier: Apache-2.0
#include "store/node_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "crypto/hash.h"
#include "record/note.h"
#include "record/tiles.h"
#include "store/sqlite.h"

namespace detente::store {
namespace {

constexpr std::int64_t kSchema = 1;
constexpr const char* kCreate =
    "CREATE TABLE entries(origin TEXT NOT NULL, idx INTEGER NOT NULL CHECK(idx >= 0),"
    "  bytes BLOB NOT NULL, PRIMARY KEY(origin, idx)) STRICT;"
    "CREATE TABLE heads(origin TEXT PRIMARY KEY NOT NULL, folder TEXT NOT NULL UNIQUE,"
    "  note TEXT NOT NULL) STRICT;"
    "CREATE TABLE notes(origin TEXT NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,"
    "  note TEXT NOT NULL, PRIMARY KEY(origin, seq), UNIQUE(origin, hash)) STRICT;"
    "PRAGMA user_version=1;";

// A log's files are in "log" (our own) or "mirror/<64 hex>" (another party's).
Status check_log_folder(const std::string& folder) {
  constexpr std::string_view kMirror = "mirror/";
  const bool mirror = folder.starts_with(kMirror) && folder.size() == kMirror.size() + 64 &&
                      from_hex(folder.substr(kMirror.size())).has_value();
  if (folder == "log" || mirror) return {};
  return fail(Errc::store_not_found, "a log lives in log/ or mirror/<64 hex digits>/", folder);
}

struct StoredHead {
  Origin origin;
  std::string folder;
  std::string note;
};

Result<record::Checkpoint> checkpoint_of(const std::string& note, const std::string& place) {
  const Result<record::Note> parsed = record::parse_note(note);
  if (!parsed) return fail(Errc::store_corrupt, "the head is not a signed note", place);
  const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(parsed->text);
  if (!checkpoint) return fail(Errc::store_corrupt, "the head is not a checkpoint", place);
  return *checkpoint;
}

// Errors of a folder, said in the words of record/tiles.h.
record::ReadFile tile_reader(const Folder& folder, const std::string& log) {
  return [&folder, log](const std::string& path) -> Result<Bytes> {
    Result<Bytes> bytes = folder.read(log + "/" + path);
    if (!bytes && bytes.error().code == Errc::store_not_found) {
      return fail(Errc::tile_missing, {}, path);
    }
    return bytes;
  };
}

}  // namespace

struct NodeStore::Impl {
  // Declared in this order so that the lock is released last.
  Folder folder;
  Database database;
  Statement count_entries;
  Statement insert_entry;
  Statement cut_entries;
  Statement select_head;
  Statement upsert_head;
  Statement insert_note;

  static Result<std::unique_ptr<Impl>> open(const std::string& path, FaultHook hook);
  Status create_schema();
  Result<std::vector<StoredHead>> heads();
  Result<std::optional<std::string>> head_note(const Origin& origin);
  Result<std::uint64_t> head_size(const Origin& origin);
  Status repair();
  Status repair_checkpoint(const StoredHead& head, const record::Checkpoint& checkpoint);
  Status repair_tiles(const StoredHead& head, TreeSize size);
  Status write_checkpoint(const std::string& folder_of_log, const std::string& note);
  Status write_one(const std::string& path, ByteView bytes, bool secret);
};

Result<std::unique_ptr<NodeStore::Impl>> NodeStore::Impl::open(const std::string& path,
                                                               FaultHook hook) {
  DETENTE_TRY(Folder folder, Folder::open(path, std::move(hook)));
  DETENTE_TRY(Database database, Database::open(path + "/node.db"));
  DETENTE_TRY(const std::int64_t version, database.integer("PRAGMA user_version"));
  if (version > kSchema) {
    return fail(Errc::store_corrupt,
                fmt::format("the database has schema {}, this program knows {}", version, kSchema),
                "node.db");
  }
  if (version == 0) {
    DETENTE_TRY(Transaction transaction, Transaction::begin(database));
    DETENTE_CHECK(database.run(kCreate));
    DETENTE_CHECK(transaction.commit());
  }
  // MAX over the primary key is one look-up, COUNT would read the whole log.
  DETENTE_TRY(Statement count_entries,
              database.prepare("SELECT ifnull(max(idx) + 1, 0) FROM entries WHERE origin = ?1"));
  DETENTE_TRY(Statement insert_entry,
              database.prepare("INSERT INTO entries(origin, idx, bytes) VALUES(?1, ?2, ?3)"));
  DETENTE_TRY(Statement cut_entries,
              database.prepare("DELETE FROM entries WHERE origin = ?1 AND idx >= ?2"));
  DETENTE_TRY(Statement select_head, database.prepare("SELECT note FROM heads WHERE origin = ?1"));
  DETENTE_TRY(Statement upsert_head,
              database.prepare("INSERT INTO heads(origin, folder, note) VALUES(?1, ?2, ?3)"
                               " ON CONFLICT(origin) DO UPDATE SET folder = ?2, note = ?3"));
  DETENTE_TRY(
      Statement insert_note,
      database.prepare("INSERT OR IGNORE INTO notes(origin, seq, hash, note) VALUES(?1,"
                       " (SELECT ifnull(max(seq) + 1, 0) FROM notes WHERE origin = ?1), ?2, ?3)"));
  auto impl = std::unique_ptr<Impl>(new Impl{std::move(folder), std::move(database),
                                             std::move(count_entries), std::move(insert_entry),
                                             std::move(cut_entries), std::move(select_head),
                                             std::move(upsert_head), std::move(insert_note)});
  DETENTE_CHECK(impl->repair());
  return impl;
}

Result<std::vector<StoredHead>> NodeStore::Impl::heads() {
  DETENTE_TRY(Statement select, database.prepare("SELECT origin, folder, note FROM heads"));
  std::vector<StoredHead> out;
  while (true) {
    DETENTE_TRY(const bool row, select.step());
    if (!row) return out;
    out.push_back({Origin{select.text(0)}, select.text(1), select.text(2)});
  }
}

Result<std::optional<std::string>> NodeStore::Impl::head_note(const Origin& origin) {
  Result<bool> row = select_head.bind(1, std::string_view(origin.value)).step();
  std::optional<std::string> note;
  if (row && *row) note = select_head.text(0);
  select_head.reset();
  if (!row) return fail(std::move(row).error());
  return note;
}

// How many entries of a log its published head covers.
Result<std::uint64_t> NodeStore::Impl::head_size(const Origin& origin) {
  DETENTE_TRY(const std::optional<std::string> note, head_note(origin));
  if (!note) return std::uint64_t{0};
  DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(*note, origin.value));
  return checkpoint.size.value;
}

// Brings the files back to the heads of the database, which are durable first.
Status NodeStore::Impl::repair() {
  for (const std::string& directory : {std::string("log"), std::string("mirror")}) {
    DETENTE_TRY(const std::vector<std::string> files, folder.list(directory));
    for (const std::string& file : files) {
      if (file.ends_with(".tmp")) DETENTE_CHECK(folder.remove(file));
    }
  }
  DETENTE_TRY(const std::vector<StoredHead> all, heads());
  for (const StoredHead& head : all) {
    DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(head.note, head.folder));
    DETENTE_CHECK(repair_tiles(head, checkpoint.size));
    DETENTE_CHECK(repair_checkpoint(head, checkpoint));
  }
  return {};
}

// Writes the checkpoint file again where a crash left it behind the database.
Status NodeStore::Impl::repair_checkpoint(const StoredHead& head,
                                          const record::Checkpoint& checkpoint) {
  const std::string path = head.folder + "/checkpoint";
  const Result<Bytes> file = folder.read(path);
  if (file && as_text(*file) == head.note) return {};
  if (file) {
    const Result<record::Checkpoint> shown = checkpoint_of(std::string(as_text(*file)), path);
    // The database is written first, so a file ahead of it means that the database went back.
    if (shown && shown->origin == checkpoint.origin && shown->size > checkpoint.size) {
      return fail(Errc::store_corrupt,
                  fmt::format("the file has {} entries and the database {}: was an old node.db "
                              "put back?",
                              shown->size.value, checkpoint.size.value),
                  path);
    }
  }
  DETENTE_CHECK(folder.at_site("open.before_checkpoint"));
  return write_checkpoint(head.folder, head.note);
}

// Not synced: the head is durable in the database, and opening the folder writes the file again.
Status NodeStore::Impl::write_checkpoint(const std::string& folder_of_log,
                                         const std::string& note) {
  const FileToWrite file{folder_of_log + "/checkpoint", as_bytes(note), false, false};
  return folder.write(std::span(&file, 1));
}

// Leaves exactly the tiles of the head: what is beyond it no signature covers, and a later tree
// could have other entries there.
Status NodeStore::Impl::repair_tiles(const StoredHead& head, TreeSize size) {
  DETENTE_TRY(const std::vector<std::string> there, folder.list(head.folder + "/tile", 24));
  std::set<std::string> extra(there.begin(), there.end());
  for (const record::TilePath& tile : record::all_tiles(size)) {
    const std::string path = head.folder + "/" + tile.text();
    if (extra.erase(path) > 0) continue;
    const Result<Bytes> cut = record::read_tile(tile, tile_reader(folder, head.folder));
    // A tile that is gone is for the verifier to report; it is no leftover of a crash.
    if (!cut) continue;
    DETENTE_CHECK(folder.at_site("open.before_tile"));
    DETENTE_CHECK(write_one(path, *cut, false));
  }
  for (const std::string& path : extra) {
    if (record::parse_tile_path(path.substr(head.folder.size() + 1))) {
      DETENTE_CHECK(folder.remove(path));
    }
  }
  return {};
}

Status NodeStore::Impl::write_one(const std::string& path, ByteView bytes, bool secret) {
  const FileToWrite file{path, bytes, secret, true};
  return folder.write(std::span(&file, 1));
}

NodeStore::NodeStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeStore::~NodeStore() = default;
NodeStore::NodeStore(NodeStore&&) noexcept = default;
NodeStore& NodeStore::operator=(NodeStore&&) noexcept = default;

Result<NodeStore> NodeStore::open(const std::string& folder, FaultHook hook) {
  DETENTE_TRY(std::unique_ptr<Impl> impl, Impl::open(folder, std::move(hook)));
  return NodeStore(std::move(impl));
}

Status NodeStore::carry_out(const node::StoreEntries& effect) {
  const std::string& origin = effect.origin.value;
  DETENTE_TRY(Transaction transaction, Transaction::begin(impl_->database));
  Statement& count = impl_->count_entries;
  Result<bool> row = count.bind(1, std::string_view(origin)).step();
  const auto stored = row ? static_cast<std::uint64_t>(count.integer(0)) : 0;
  count.reset();
  if (!row) return fail(std::move(row).error());
  DETENTE_TRY(const std::uint64_t covered, impl_->head_size(effect.origin));
  const std::uint64_t first = effect.first.value;
  if (first > stored || first < covered) {
    return fail(Errc::store_corrupt,
                fmt::format("entries from {} do not continue a log of {} with a head at {}", first,
                            stored, covered),
                origin);
  }
  if (first < stored) {
    DETENTE_CHECK(impl_->cut_entries.bind(1, std::string_view(origin))
                      .bind(2, static_cast<std::int64_t>(first))
                      .run());
  }
  auto index = static_cast<std::int64_t>(first);
  for (const Bytes& entry : effect.entries) {
    DETENTE_CHECK(impl_->insert_entry.bind(1, std::string_view(origin))
                      .bind(2, index++)
                      .bind(3, ByteView(entry))
                      .run());
  }
  DETENTE_CHECK(impl_->folder.at_site("entries.before_commit"));
  DETENTE_CHECK(transaction.commit());
  return impl_->folder.at_site("entries.after_commit");
}

Status NodeStore::carry_out(const node::WriteFiles& effect) {
  DETENTE_CHECK(check_log_folder(effect.folder));
  std::vector<FileToWrite> files;
  files.reserve(effect.files.size());
  for (const record::LogFile& file : effect.files) {
    files.push_back({.path = effect.folder + "/" + file.path, .bytes = file.bytes});
  }
  DETENTE_CHECK(impl_->folder.write(files));
  DETENTE_CHECK(impl_->folder.at_site("file.before_remove"));
  for (const record::LogFile& file : effect.files) {
    for (const std::string& old : file.replaces) {
      DETENTE_CHECK(impl_->folder.remove(effect.folder + "/" + old));
    }
  }
  return {};
}

Status NodeStore::carry_out(const node::PublishHead& effect) {
  DETENTE_CHECK(check_log_folder(effect.folder));
  DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(effect.note, effect.folder));
  if (checkpoint.origin != effect.origin) {
    return fail(Errc::store_corrupt, "the head is for another log", effect.folder);
  }
  {
    DETENTE_TRY(Transaction transaction, Transaction::begin(impl_->database));
    DETENTE_TRY(const std::optional<std::string> stored, impl_->head_note(effect.origin));
    if (stored.value_or("") != effect.previous) {
      return fail(Errc::store_lost_race, {}, effect.folder + "/checkpoint");
    }
    DETENTE_CHECK(impl_->upsert_head.bind(1, std::string_view(effect.origin.value))
                      .bind(2, std::string_view(effect.folder))
                      .bind(3, std::string_view(effect.note))
                      .run());
    DETENTE_CHECK(impl_->folder.at_site("head.before_swap"));
    DETENTE_CHECK(transaction.commit());
  }
  DETENTE_CHECK(impl_->folder.at_site("head.after_swap"));
  return impl_->write_checkpoint(effect.folder, effect.note);
}

Status NodeStore::carry_out(const node::KeepNote& effect) {
  const Hash hash = crypto::sha256(as_bytes(effect.note));
  DETENTE_TRY(Transaction transaction, Transaction::begin(impl_->database));
  DETENTE_CHECK(impl_->insert_note.bind(1, std::string_view(effect.origin.value))
                    .bind(2, ByteView(hash))
                    .bind(3, std::string_view(effect.note))
                    .run());
  DETENTE_CHECK(impl_->folder.at_site("note.before_commit"));
  return transaction.commit();
}

Result<std::vector<node::StoredLog>> NodeStore::load() const {
  std::map<Origin, node::StoredLog> logs;
  const auto log_of = [&logs](const Origin& origin) -> node::StoredLog& {
    node::StoredLog& log = logs[origin];
    log.origin = origin;
    return log;
  };
  DETENTE_TRY(const std::vector<StoredHead> heads, impl_->heads());
  for (const StoredHead& head : heads) log_of(head.origin).head = head.note;

  DETENTE_TRY(
      Statement entries,
      impl_->database.prepare("SELECT origin, idx, bytes FROM entries ORDER BY origin, idx"));
  while (true) {
    DETENTE_TRY(const bool row, entries.step());
    if (!row) break;
    node::StoredLog& log = log_of(Origin{entries.text(0)});
    if (entries.integer(1) != static_cast<std::int64_t>(log.entries.size())) {
      return fail(Errc::store_corrupt, fmt::format("entry {} is missing", log.entries.size()),
                  log.origin.value);
    }
    log.entries.push_back(entries.blob(2));
  }
  DETENTE_TRY(Statement notes,
              impl_->database.prepare("SELECT origin, note FROM notes ORDER BY origin, seq"));
  while (true) {
    DETENTE_TRY(const bool row, notes.step());
    if (!row) break;
    log_of(Origin{notes.text(0)}).notes.push_back(notes.text(1));
  }
  std::vector<node::StoredLog> out;
  for (auto& [origin, log] : logs) {
    DETENTE_TRY(const std::uint64_t covered, impl_->head_size(origin));
    if (log.entries.size() < covered) {
      return fail(
          Errc::store_corrupt,
          fmt::format("the head covers {} entries, {} are there", covered, log.entries.size()),
          origin.value);
    }
    out.push_back(std::move(log));
  }
  return out;
}

Result<Bytes> NodeStore::read_file(const std::string& path) const {
  // Nobody asks for these by path; they change under a reader and are not files of the record.
  if (path == "lock" || path.starts_with("node.db")) {
    return fail(Errc::store_not_found, "not for reading by path", path);
  }
  Result<Bytes> exact = impl_->folder.read(path);
  if (exact || exact.error().code != Errc::store_not_found) return exact;
  const std::size_t at = path.find("/tile/");
  if (at == std::string::npos) return exact;
  const Result<record::TilePath> wanted = record::parse_tile_path(path.substr(at + 1));
  if (!wanted) return exact;
  Result<Bytes> cut = record::read_tile(*wanted, tile_reader(impl_->folder, path.substr(0, at)));
  if (cut) return cut;
  if (cut.error().code == Errc::tile_missing) return exact;
  return fail(Errc::store_corrupt, cut.error().detail, path);
}

Status NodeStore::write_file(const std::string& path, ByteView bytes, bool secret) {
  return impl_->write_one(path, bytes, secret);
}

bool NodeStore::has_file(const std::string& path) const {
  return impl_->folder.has(path);
}

const std::string& NodeStore::folder() const {
  return impl_->folder.path();
}

const std::vector<std::string>& NodeStore::fault_sites() {
  static const std::vector<std::string> sites = {
      "entries.before_commit", "entries.after_commit", "file.before_write",
      "file.after_write",      "file.before_rename",   "file.after_rename",
      "file.before_read_back", "file.before_remove",   "head.before_swap",
      "head.after_swap",       "note.before_commit",   "open.before_checkpoint",
      "open.before_tile"};
  return sites;
}

}  // namespace detente::store
