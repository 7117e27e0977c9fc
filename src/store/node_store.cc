// SPDX-License-Identifier: Apache-2.0
#include "store/node_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "crypto/hash.h"
#include "store/node_store_impl.h"

namespace detente::store {
namespace {

constexpr std::int64_t kSchema = 3;
// So many entries of a log may have files that are not synced: as many are compared at the start
// after a crash, at about 11 us each.
constexpr std::uint64_t kSyncEvery = 4096;
constexpr const char* kCreate =
    "CREATE TABLE entries(origin TEXT NOT NULL, idx INTEGER NOT NULL CHECK(idx >= 0),"
    "  bytes BLOB NOT NULL, PRIMARY KEY(origin, idx)) STRICT;"
    "CREATE TABLE heads(origin TEXT PRIMARY KEY NOT NULL, folder TEXT NOT NULL UNIQUE,"
    "  note TEXT NOT NULL) STRICT;"
    "CREATE TABLE notes(origin TEXT NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,"
    "  note TEXT NOT NULL, PRIMARY KEY(origin, seq), UNIQUE(origin, hash)) STRICT;"
    "PRAGMA user_version=1;";
constexpr const char* kAddMarks =
    "CREATE TABLE marks(origin TEXT PRIMARY KEY NOT NULL, size INTEGER NOT NULL) STRICT;"
    "PRAGMA user_version=2;";
// Which kept note is a cosigner's first for a size of a log.
constexpr const char* kAddReceipts =
    "CREATE TABLE receipts(origin TEXT NOT NULL, cosigner TEXT NOT NULL, size INTEGER NOT NULL,"
    "  note INTEGER NOT NULL, PRIMARY KEY(origin, cosigner, size)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version=3;";

// A log's files are in "log" (our own) or "mirror/<64 hex>" (another party's).
Status check_log_folder(const std::string& folder) {
  constexpr std::string_view kMirror = "mirror/";
  const bool mirror = folder.starts_with(kMirror) && folder.size() == kMirror.size() + 64 &&
                      from_hex(folder.substr(kMirror.size())).has_value();
  if (folder == "log" || mirror) return {};
  return fail(Errc::store_not_found, "a log lives in log/ or mirror/<64 hex digits>/", folder);
}

}  // namespace

void Batch::add(const node::WriteFiles& effect) {
  for (const record::LogFile& file : effect.files) {
    for (const std::string& old : file.replaces) {
      files.erase(effect.folder + "/" + old);
      removed.insert(effect.folder + "/" + old);
    }
    const std::string path = effect.folder + "/" + file.path;
    files[path] = {file.bytes, false};
    removed.erase(path);
  }
}

// The database does not hold it, so its file is synced.
Status Batch::add(const node::StoreEvidence& effect) {
  if (effect.sha256.size() != 64 || !from_hex(effect.sha256)) {
    return fail(Errc::store_not_found, "evidence is named by its SHA-256", effect.sha256);
  }
  files["evidence/" + effect.sha256 + ".evidence"] = {as_bytes(effect.text), true};
  return {};
}

Status Batch::add(const node::StoreDocument& effect) {
  if (effect.sha256.size() != 64 || !from_hex(effect.sha256)) {
    return fail(Errc::store_not_found, "a version is named by its SHA-256", effect.sha256);
  }
  files["agreements/" + effect.sha256 + ".json"] = {as_bytes(effect.text), true};
  return {};
}

void Batch::leave_out(const std::set<std::string>& folders) {
  const auto is_out = [&folders](const std::string& path) {
    const std::size_t tile = path.find("/tile/");
    return tile != std::string::npos && folders.contains(path.substr(0, tile));
  };
  std::erase_if(files, [&](const auto& file) { return is_out(file.first); });
  std::erase_if(removed, is_out);
}

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

Result<std::unique_ptr<NodeStore::Impl>> NodeStore::Impl::open(const std::string& path,
                                                               FaultHook hook, FileWatch watch) {
  DETENTE_TRY(Folder folder, Folder::open(path, std::move(hook), std::move(watch)));
  DETENTE_TRY(Database database, Database::open(path + "/node.db"));
  DETENTE_TRY(const std::int64_t version, database.integer("PRAGMA user_version"));
  if (version > kSchema) {
    return fail(Errc::store_corrupt,
                fmt::format("the database has schema {}, this program knows {}", version, kSchema),
                "node.db");
  }
  if (version < kSchema) {
    DETENTE_TRY(Transaction transaction, Transaction::begin(database));
    if (version == 0) DETENTE_CHECK(database.run(kCreate));
    if (version < 2) DETENTE_CHECK(database.run(kAddMarks));
    DETENTE_CHECK(database.run(kAddReceipts));
    DETENTE_CHECK(transaction.commit());
    DETENTE_CHECK(folder.sync_directory(""));
  }
  // MAX over the primary key is one look-up, COUNT would read the whole log.
  DETENTE_TRY(Statement count_entries,
              database.prepare("SELECT ifnull(max(idx) + 1, 0) FROM entries WHERE origin = ?1"));
  DETENTE_TRY(Statement insert_entry,
              database.prepare("INSERT INTO entries(origin, idx, bytes) VALUES(?1, ?2, ?3)"));
  DETENTE_TRY(Statement cut_entries,
              database.prepare("DELETE FROM entries WHERE origin = ?1 AND idx >= ?2"));
  DETENTE_TRY(Statement select_entry,
              database.prepare("SELECT bytes FROM entries WHERE origin = ?1 AND idx = ?2"));
  DETENTE_TRY(Statement select_head, database.prepare("SELECT note FROM heads WHERE origin = ?1"));
  DETENTE_TRY(Statement upsert_head,
              database.prepare("INSERT INTO heads(origin, folder, note) VALUES(?1, ?2, ?3)"
                               " ON CONFLICT(origin) DO UPDATE SET folder = ?2, note = ?3"));
  DETENTE_TRY(
      Statement insert_note,
      database.prepare("INSERT OR IGNORE INTO notes(origin, seq, hash, note) VALUES(?1,"
                       " (SELECT ifnull(max(seq) + 1, 0) FROM notes WHERE origin = ?1), ?2, ?3)"));
  DETENTE_TRY(Statement upsert_mark,
              database.prepare("INSERT INTO marks(origin, size) VALUES(?1, ?2)"
                               " ON CONFLICT(origin) DO UPDATE SET size = ?2"));
  DETENTE_TRY(Statement insert_receipt,
              database.prepare("INSERT OR IGNORE INTO receipts(origin, cosigner, size, note)"
                               " VALUES(?1, ?2, ?3, ?4)"));
  auto impl = std::unique_ptr<Impl>(
      new Impl{std::move(folder), std::move(database), std::move(count_entries),
               std::move(insert_entry), std::move(cut_entries), std::move(select_entry),
               std::move(select_head), std::move(upsert_head), std::move(insert_note),
               std::move(upsert_mark), std::move(insert_receipt)});
  DETENTE_CHECK(impl->repair());
  return impl;
}

Result<std::vector<StoredHead>> NodeStore::Impl::heads() {
  DETENTE_TRY(Statement select,
              database.prepare("SELECT origin, folder, note FROM heads ORDER BY origin"));
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

Result<std::uint64_t> NodeStore::Impl::entry_count(const Origin& origin) {
  const Result<bool> row = count_entries.bind(1, std::string_view(origin.value)).step();
  const std::uint64_t count =
      row && *row ? static_cast<std::uint64_t>(count_entries.integer(0)) : 0;
  count_entries.reset();
  if (!row) return fail(row.error());
  return count;
}

// Not synced: the head is durable in the database, and opening the folder writes the file again.
Status NodeStore::Impl::write_checkpoint(const std::string& folder_of_log,
                                         const std::string& note) {
  const FileToWrite file{folder_of_log + "/checkpoint", as_bytes(note), false, false};
  return folder.write(std::span(&file, 1));
}

NodeStore::NodeStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeStore::~NodeStore() {
  // What could not be synced is compared and written again at the next start.
  if (!impl_ || impl_->failed) return;
  static_cast<void>(impl_->sync_files(1));
  static_cast<void>(export_notes());
}
NodeStore::NodeStore(NodeStore&&) noexcept = default;
NodeStore& NodeStore::operator=(NodeStore&&) noexcept = default;

Result<NodeStore> NodeStore::open(const std::string& folder, FaultHook hook, FileWatch watch) {
  DETENTE_TRY(std::unique_ptr<Impl> impl, Impl::open(folder, std::move(hook), std::move(watch)));
  return NodeStore(std::move(impl));
}

Status NodeStore::carry_out(std::span<const node::Effect> step) {
  Status done = impl_->carry_out(step);
  if (!done) impl_->failed = true;
  return done;
}

// A step goes to the database first, inside one transaction; its files follow while that is open,
// so that the one sync of the commit comes last and covers a step whose files could be written.
Status NodeStore::Impl::carry_out(std::span<const node::Effect> step) {
  Batch batch;
  std::optional<Transaction> transaction;
  for (const node::Effect& effect : step) {
    const bool rows = std::holds_alternative<node::StoreEntries>(effect) ||
                      std::holds_alternative<node::KeepNote>(effect) ||
                      std::holds_alternative<node::PublishHead>(effect);
    if (rows && !transaction) {
      DETENTE_TRY(Transaction begun, Transaction::begin(database));
      transaction.emplace(std::move(begun));
    }
    DETENTE_CHECK(prepare(effect, batch));
  }
  behind.insert(batch.uncovered.begin(), batch.uncovered.end());
  batch.leave_out(behind);
  DETENTE_CHECK(folder.at_site("step.before_files"));
  DETENTE_CHECK(write_files(batch));
  if (transaction) {
    DETENTE_CHECK(folder.at_site("step.before_commit"));
    DETENTE_CHECK(transaction->commit());
    DETENTE_CHECK(folder.at_site("step.after_commit"));
  }
  for (const auto& [origin, head] : batch.heads) DETENTE_CHECK(show_head(*head));
  DETENTE_CHECK(folder.at_site("step.before_remove"));
  for (const std::string& path : batch.removed) DETENTE_CHECK(folder.remove(path));
  return sync_files(kSyncEvery);
}

// Brings one effect into the open transaction, or its files into the batch.
Status NodeStore::Impl::prepare(const node::Effect& effect, Batch& batch) {
  if (const auto* entries = std::get_if<node::StoreEntries>(&effect)) {
    return store_entries(*entries);
  }
  if (const auto* note = std::get_if<node::KeepNote>(&effect)) return keep_note(*note);
  if (const auto* evidence = std::get_if<node::StoreEvidence>(&effect)) return batch.add(*evidence);
  if (const auto* version = std::get_if<node::StoreDocument>(&effect)) return batch.add(*version);
  if (const auto* files = std::get_if<node::WriteFiles>(&effect)) {
    DETENTE_CHECK(check_log_folder(files->folder));
    batch.add(*files);
    batch.uncovered.insert(files->folder);
    return {};
  }
  if (const auto* head = std::get_if<node::PublishHead>(&effect)) {
    DETENTE_CHECK(swap_head(*head));
    batch.heads[head->origin] = head;
    batch.uncovered.erase(head->folder);
  }
  return {};
}

// After the commit: the checkpoint file, and where files were left out until there was a head that
// covers them, these too, from the database.
Status NodeStore::Impl::show_head(const node::PublishHead& head) {
  DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(head.note, head.folder));
  logs[head.origin].folder = head.folder;
  logs[head.origin].size = checkpoint.size.value;
  ahead.erase(head.origin);
  if (behind.contains(head.folder)) {
    DETENTE_TRY(const bool right, repair_tiles({head.origin, head.folder, head.note}, checkpoint));
    if (!right) {
      return fail(Errc::store_corrupt, "the entries do not lead to the new head", head.folder);
    }
  }
  return write_checkpoint(head.folder, head.note);
}

Status NodeStore::Impl::store_entries(const node::StoreEntries& effect) {
  const std::string& origin = effect.origin.value;
  DETENTE_TRY(const std::uint64_t stored, entry_count(effect.origin));
  DETENTE_TRY(const std::uint64_t covered, head_size(effect.origin));
  const std::uint64_t first = effect.first.value;
  if (effect.repair) {
    // The files of these entries may be as wrong as their rows were.
    DETENTE_CHECK(set_mark(effect.origin, 0));
    behind.insert(logs[effect.origin].folder);
    const std::uint64_t end = first + effect.entries.size();
    DETENTE_TRY(
        Statement clear,
        database.prepare("DELETE FROM entries WHERE origin = ?1 AND idx >= ?2 AND idx < ?3"));
    DETENTE_CHECK(clear.bind(1, std::string_view(origin))
                      .bind(2, static_cast<std::int64_t>(first))
                      .bind(3, static_cast<std::int64_t>(end))
                      .run());
  } else if (first > stored || first < covered) {
    return fail(Errc::store_corrupt,
                fmt::format("entries from {} do not continue a log of {} with a head at {}", first,
                            stored, covered),
                origin);
  }
  if (!effect.repair && first < stored) {
    DETENTE_CHECK(cut_entries.bind(1, std::string_view(origin))
                      .bind(2, static_cast<std::int64_t>(first))
                      .run());
  }
  auto index = static_cast<std::int64_t>(first);
  for (const Bytes& entry : effect.entries) {
    DETENTE_CHECK(insert_entry.bind(1, std::string_view(origin))
                      .bind(2, index++)
                      .bind(3, ByteView(entry))
                      .run());
  }
  return {};
}

Status NodeStore::Impl::keep_note(const node::KeepNote& effect) {
  const Hash hash = crypto::sha256(as_bytes(effect.note));
  DETENTE_CHECK(insert_note.bind(1, std::string_view(effect.origin.value))
                    .bind(2, ByteView(hash))
                    .bind(3, std::string_view(effect.note))
                    .run());
  if (database.changes() == 0) return {};  // kept before
  return note_receipts(effect);
}

Status NodeStore::Impl::swap_head(const node::PublishHead& effect) {
  DETENTE_CHECK(check_log_folder(effect.folder));
  DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(effect.note, effect.folder));
  if (checkpoint.origin != effect.origin) {
    return fail(Errc::store_corrupt, "the head is for another log", effect.folder);
  }
  DETENTE_TRY(const std::optional<std::string> stored, head_note(effect.origin));
  if (stored.value_or("") != effect.previous) {
    return fail(Errc::store_lost_race, {}, effect.folder + "/checkpoint");
  }
  DETENTE_TRY(const std::uint64_t entries, entry_count(effect.origin));
  if (entries < checkpoint.size.value) {
    return fail(
        Errc::store_corrupt,
        fmt::format("the head covers {} entries, {} are there", checkpoint.size.value, entries),
        effect.folder);
  }
  return upsert_head.bind(1, std::string_view(effect.origin.value))
      .bind(2, std::string_view(effect.folder))
      .bind(3, std::string_view(effect.note))
      .run();
}

Status NodeStore::Impl::write_files(const Batch& batch) {
  std::vector<FileToWrite> files;
  files.reserve(batch.files.size());
  for (const auto& [path, file] : batch.files) {
    files.push_back({.path = path, .bytes = file.bytes, .synced = file.synced});
  }
  if (files.empty()) return {};
  return folder.write(files);
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

  DETENTE_TRY(Statement counts,
              impl_->database.prepare("SELECT origin, max(idx) + 1 FROM entries GROUP BY origin"));
  while (true) {
    DETENTE_TRY(const bool row, counts.step());
    if (!row) break;
    log_of(Origin{counts.text(0)}).count = TreeSize{static_cast<std::uint64_t>(counts.integer(1))};
  }
  DETENTE_TRY(Statement notes,
              impl_->database.prepare("SELECT origin, note FROM notes ORDER BY origin, seq"));
  while (true) {
    DETENTE_TRY(const bool row, notes.step());
    if (!row) break;
    log_of(Origin{notes.text(0)}).notes.push_back(notes.text(1));
  }
  for (const auto& [origin, note] : impl_->ahead) log_of(origin).newer_head = note;
  std::vector<node::StoredLog> out;
  out.reserve(logs.size());
  for (auto& [origin, log] : logs) out.push_back(std::move(log));
  return out;
}

Result<Bytes> NodeStore::read_entry(const Origin& origin, LeafIndex index) const {
  Statement& select = impl_->select_entry;
  const Result<bool> row = select.bind(1, std::string_view(origin.value))
                               .bind(2, static_cast<std::int64_t>(index.value))
                               .step();
  Bytes bytes = row && *row ? select.blob(0) : Bytes{};
  select.reset();
  if (!row) return fail(row.error());
  if (!*row) return fail(Errc::store_not_found, fmt::format("entry {}", index.value), origin.value);
  return bytes;
}

Status NodeStore::for_each_entry(const Origin& origin, LeafIndex from,
                                 const VisitEntry& visit) const {
  return impl_->for_each_entry(origin, from, std::numeric_limits<std::int64_t>::max(), visit);
}

Status NodeStore::Impl::for_each_entry(const Origin& origin, LeafIndex from, std::uint64_t count,
                                       const VisitEntry& visit) {
  DETENTE_TRY(Statement select, database.prepare("SELECT idx, bytes FROM entries WHERE origin = ?1"
                                                 " AND idx >= ?2 ORDER BY idx LIMIT ?3"));
  select.bind(1, std::string_view(origin.value))
      .bind(2, static_cast<std::int64_t>(from.value))
      .bind(3, static_cast<std::int64_t>(count));
  for (std::uint64_t expected = from.value;; ++expected) {
    DETENTE_TRY(const bool row, select.step());
    if (!row) return {};
    if (select.integer(0) != static_cast<std::int64_t>(expected)) {
      return fail(Errc::store_corrupt, fmt::format("entry {} is missing", expected), origin.value);
    }
    DETENTE_CHECK(visit(LeafIndex{expected}, select.blob(1)));
  }
}

Result<std::vector<NodeStore::Head>> NodeStore::heads() const {
  return impl_->heads();
}

Status NodeStore::mend_entry(const Origin& origin, LeafIndex index, ByteView entry) {
  DETENTE_TRY(Statement replace,
              impl_->database.prepare("INSERT OR REPLACE INTO entries(origin, idx, bytes)"
                                      " VALUES(?1, ?2, ?3)"));
  return replace.bind(1, std::string_view(origin.value))
      .bind(2, static_cast<std::int64_t>(index.value))
      .bind(3, entry)
      .run();
}

Result<std::int64_t> NodeStore::for_each_note(std::int64_t after, std::int64_t limit,
                                              const VisitNote& visit) const {
  DETENTE_TRY(Statement select,
              impl_->database.prepare("SELECT rowid, hash, note FROM notes WHERE rowid > ?1"
                                      " ORDER BY rowid LIMIT ?2"));
  select.bind(1, after).bind(2, limit);
  while (true) {
    DETENTE_TRY(const bool row, select.step());
    if (!row) return after;
    after = select.integer(0);
    KeptNote kept{select.text(2), false};
    kept.whole = std::ranges::equal(crypto::sha256(as_bytes(kept.note)), select.blob(1));
    DETENTE_CHECK(visit(kept));
  }
}

Status NodeStore::export_notes() {
  return impl_->export_notes();
}

Status NodeStore::check_database() const {
  DETENTE_TRY(Statement check, impl_->database.prepare("PRAGMA quick_check(1)"));
  DETENTE_TRY(const bool row, check.step());
  const std::string found = row ? check.text(0) : "no answer";
  if (found == "ok") return {};
  return fail(Errc::store_corrupt, found, "node.db");
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
  // Most often it is the newest one, whose width the head tells.
  for (const auto& [origin, log] : impl_->logs) {
    if (path.compare(0, at, log.folder) != 0) continue;
    record::TilePath newest = *wanted;
    const std::uint64_t first = newest.index << (8U * static_cast<unsigned>(newest.level + 1));
    const std::uint64_t left =
        log.size > first ? (log.size - first) >> (8U * static_cast<unsigned>(newest.level)) : 0;
    newest.width = static_cast<int>(std::min(left, record::kTileWidth));
    if (newest.width <= wanted->width) break;
    const Result<Bytes> bytes = impl_->folder.read(log.folder + "/" + newest.text());
    if (bytes) return record::cut_tile(*wanted, *bytes);
  }
  Result<Bytes> cut = record::read_tile(*wanted, tile_reader(impl_->folder, path.substr(0, at)));
  if (cut) return cut;
  if (cut.error().code == Errc::tile_missing) return exact;
  return fail(Errc::store_corrupt, cut.error().detail, path);
}

Status NodeStore::write_file(const std::string& path, ByteView bytes, bool secret) {
  const FileToWrite file{path, bytes, secret, true};
  return impl_->folder.write(std::span(&file, 1));
}

bool NodeStore::has_file(const std::string& path) const {
  return impl_->folder.has(path);
}

const std::vector<Origin>& NodeStore::suspects() const {
  return impl_->suspects;
}

const std::string& NodeStore::folder() const {
  return impl_->folder.path();
}

const std::vector<std::string>& NodeStore::fault_sites() {
  static const std::vector<std::string> sites = {
      "step.before_files",  "step.before_commit", "step.after_commit",
      "step.before_remove", "file.before_write",  "file.after_write",
      "file.before_rename", "file.after_rename",  "file.before_read_back",
      "sync.before_mark",   "open.before_tile",   "open.before_checkpoint"};
  return sites;
}

}  // namespace detente::store
