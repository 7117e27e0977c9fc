// SPDX-License-Identifier: Apache-2.0
//
// Brings a folder's files back to what its database holds. The database is durable first; files
// are not synced when they are written, so after a power cut any of them may be missing, torn or
// old. Only full tiles up to a log's mark are known to be on the disk.
#include <algorithm>

#include "record/merkle.h"
#include "store/node_store_impl.h"

namespace detente::store {
namespace {

using record::kTileWidth;

// How many entries are held in memory while a log's tiles are made again.
constexpr std::uint64_t kGrowStep = 4096;

// Levels of a tree of up to 2^56 entries; SQLite would not hold a larger one.
constexpr int kLevels = 7;

std::uint64_t first_leaf(const record::TilePath& tile) {
  return tile.index << (8U * (static_cast<unsigned>(tile.level) + 1U));
}

// The full tiles and bundles of the tree of `to` that the tree of `from` does not have.
std::vector<record::TilePath> full_tiles(std::uint64_t from, std::uint64_t to) {
  std::vector<record::TilePath> out;
  for (int level = 0; level < kLevels; ++level) {
    const unsigned shift = 8U * (static_cast<unsigned>(level) + 1U);
    for (std::uint64_t i = from >> shift; i < to >> shift; ++i) {
      if (level == 0) out.push_back({true, 0, i, static_cast<int>(kTileWidth)});
      out.push_back({false, level, i, static_cast<int>(kTileWidth)});
    }
  }
  return out;
}

// The partial hash tiles of a tree, one a level at most.
std::vector<record::TilePath> partial_tiles(TreeSize size) {
  std::vector<record::TilePath> out;
  for (int level = 0; level < kLevels; ++level) {
    const int width = record::partial_width(level, size);
    const std::uint64_t hashes = size.value >> (8U * static_cast<unsigned>(level));
    if (width != 0) out.push_back({false, level, hashes / kTileWidth, width});
  }
  return out;
}

}  // namespace

Status NodeStore::Impl::read_marks() {
  DETENTE_TRY(Statement select, database.prepare("SELECT origin, size FROM marks"));
  while (true) {
    DETENTE_TRY(const bool row, select.step());
    if (!row) return {};
    const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, select.integer(1)));
    logs[Origin{select.text(0)}].mark = size / kTileWidth * kTileWidth;
  }
}

Status NodeStore::Impl::set_mark(const Origin& origin, std::uint64_t mark) {
  DETENTE_CHECK(upsert_mark.bind(1, std::string_view(origin.value))
                    .bind(2, static_cast<std::int64_t>(mark))
                    .run());
  logs[origin].mark = mark;
  return {};
}

Status NodeStore::Impl::repair() {
  for (const char* directory : {"log", "mirror", "notes", "evidence"}) {
    DETENTE_TRY(const std::vector<std::string> files, folder.list(directory, 24));
    for (const std::string& file : files) {
      if (file.ends_with(".tmp")) DETENTE_CHECK(folder.remove(file));
    }
  }
  DETENTE_CHECK(read_marks());
  DETENTE_TRY(const std::vector<StoredHead> all, heads());
  DETENTE_CHECK(find_ahead(all));
  for (const StoredHead& head : all) {
    DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(head.note, head.folder));
    if (ahead.contains(head.origin)) {
      // The files know more than the database; they stay as they are.
      logs[head.origin].folder = head.folder;
      logs[head.origin].size = checkpoint.size.value;
      behind.insert(head.folder);
      continue;
    }
    DETENTE_TRY(const bool right, repair_tiles(head, checkpoint));
    if (!right) {
      suspects.push_back(head.origin);
      behind.insert(head.folder);
    }
    DETENTE_CHECK(repair_checkpoint(head));
  }
  return remove_headless(all);
}

// A crash during the first step of a log leaves tiles that no head ever covered.
Status NodeStore::Impl::remove_headless(const std::vector<StoredHead>& heads) {
  for (const std::string& directory : {std::string("log"), std::string("mirror")}) {
    DETENTE_TRY(const std::vector<std::string> files, folder.list(directory, 24));
    for (const std::string& file : files) {
      const std::size_t tile = file.find("/tile/");
      if (tile == std::string::npos || !record::parse_tile_path(file.substr(tile + 1))) continue;
      const std::string log = file.substr(0, tile);
      const bool known =
          std::ranges::any_of(heads, [&](const StoredHead& head) { return head.folder == log; });
      if (known) continue;
      if (folder.has(log + "/checkpoint")) {
        behind.insert(log);  // an empty node.db lies beside it
      } else {
        DETENTE_CHECK(folder.remove(file));
      }
    }
  }
  return {};
}

// The database is written first, so a checkpoint file ahead of it means that the database went
// back.
Status NodeStore::Impl::find_ahead(const std::vector<StoredHead>& heads) {
  std::map<Origin, TreeSize> sizes;
  for (const StoredHead& head : heads) {
    DETENTE_TRY(const record::Checkpoint checkpoint, checkpoint_of(head.note, head.folder));
    sizes[head.origin] = checkpoint.size;
  }
  for (const std::string& directory : {std::string("log"), std::string("mirror")}) {
    DETENTE_TRY(const std::vector<std::string> files, folder.list(directory, 2));
    for (const std::string& file : files) {
      if (!file.ends_with("/checkpoint")) continue;
      const Result<Bytes> bytes = folder.read(file);
      if (!bytes) continue;
      const std::string note(as_text(*bytes));
      const Result<record::Checkpoint> shown = checkpoint_of(note, file);
      if (shown && shown->size > sizes[shown->origin]) ahead[shown->origin] = note;
    }
  }
  return {};
}

// Writes the checkpoint file again where a crash left it behind the database.
Status NodeStore::Impl::repair_checkpoint(const StoredHead& head) {
  const std::string path = head.folder + "/checkpoint";
  const Result<Bytes> file = folder.read(path);
  if (file && as_text(*file) == head.note) return {};
  DETENTE_CHECK(folder.at_site("open.before_checkpoint"));
  return write_checkpoint(head.folder, head.note);
}

// Leaves exactly the tiles of the head: what is beyond it no signature covers, and a later tree
// could have other entries there. Entries that do not lead to the head are not written over files,
// which may be what is right; the answer is then false.
Result<bool> NodeStore::Impl::repair_tiles(const StoredHead& head,
                                           const record::Checkpoint& checkpoint) {
  LogState& state = logs[head.origin];
  state.folder = head.folder;
  state.size = checkpoint.size.value;
  DETENTE_TRY(const std::vector<std::string> there, folder.list(head.folder + "/tile", 24));
  std::set<std::string> extra(there.begin(), there.end());
  std::uint64_t from = std::min(state.mark, state.size / kTileWidth * kTileWidth);
  record::for_each_tile(checkpoint.size, [&](const record::TilePath& tile) {
    const bool missing = extra.erase(head.folder + "/" + tile.text()) == 0;
    if (missing) from = std::min(from, first_leaf(tile));
    return true;
  });
  DETENTE_TRY(bool right, entries_lead_to_head(head, checkpoint, from));
  if (!right && from > 0) {
    from = 0;
    DETENTE_TRY(right, entries_lead_to_head(head, checkpoint, from));
  }
  if (!right) return false;
  if (from < state.mark) DETENTE_CHECK(set_mark(head.origin, from));
  DETENTE_CHECK(rewrite_tiles(head, checkpoint, from));
  for (const std::string& path : extra) {
    if (record::parse_tile_path(path.substr(head.folder.size() + 1))) {
      DETENTE_CHECK(folder.remove(path));
    }
  }
  behind.erase(head.folder);
  std::erase(suspects, head.origin);
  return true;
}

// A partial tile above the lowest level, from the roots of the full tiles below it.
Result<Bytes> NodeStore::Impl::tile_from_below(const StoredHead& head,
                                               const record::TilePath& wanted) const {
  const std::string path = head.folder + "/" + wanted.text();
  if (wanted.entries || wanted.level == 0) return fail(Errc::tile_missing, {}, path);
  Bytes out;
  for (int i = 0; i < wanted.width; ++i) {
    const record::TilePath below{false, wanted.level - 1,
                                 wanted.index * kTileWidth + static_cast<std::uint64_t>(i),
                                 static_cast<int>(kTileWidth)};
    DETENTE_TRY(const Bytes bytes, folder.read(head.folder + "/" + below.text()));
    DETENTE_TRY(const std::vector<Hash> hashes, record::decode_tile(bytes, below.width));
    const Hash root = record::root_of(hashes);
    out.insert(out.end(), root.begin(), root.end());
  }
  return out;
}

// A writer that stands at `from`, a multiple of 256, without reading any partial tile.
Result<record::TileWriter> NodeStore::Impl::writer_at(const StoredHead& head, std::uint64_t from) {
  if (from == 0) return record::TileWriter{};
  return record::TileWriter::resume(TreeSize{from}, [&](const std::string& path) -> Result<Bytes> {
    DETENTE_TRY(const record::TilePath wanted, record::parse_tile_path(path));
    return tile_from_below(head, wanted);
  });
}

// Grows the log's tiles from the database and shows each file that the head's tree has. Gives the
// root at the end; nothing if full tiles before `from` or entries are missing or malformed.
Result<std::optional<Hash>> NodeStore::Impl::grow(
    const StoredHead& head, TreeSize size, std::uint64_t from,
    const std::function<Status(const record::LogFile&)>& show) {
  Result<record::TileWriter> writer = writer_at(head, from);
  if (!writer) return std::optional<Hash>();
  // Partial tiles of high levels may be complete long before the end is reached.
  std::map<std::string, record::LogFile> early;
  const auto take = [&]() -> Status {
    for (record::LogFile& file : writer->take_files()) {
      if (writer->size() == size || file.path.find(".p/") == std::string::npos) {
        DETENTE_CHECK(show(file));
      } else {
        early[file.path] = std::move(file);
      }
    }
    if (writer->size() != size) return {};
    for (const record::TilePath& tile : partial_tiles(size)) {
      const auto found = early.find(tile.text());
      if (found != early.end()) DETENTE_CHECK(show(found->second));
    }
    return {};
  };
  Status walked = size.value <= from
                      ? Status()
                      : for_each_entry(head.origin, LeafIndex{from}, size.value - from,
                                       [&](LeafIndex index, ByteView entry) -> Status {
                                         writer->append(Bytes(entry.begin(), entry.end()));
                                         if ((index.value + 1) % kGrowStep != 0) return {};
                                         return take();
                                       });
  if (walked) walked = take();
  if (walked) walked = show_unchanged(head, size, from, show);
  if (!walked && walked.error().code == Errc::store_corrupt) return std::optional<Hash>();
  if (!walked) return fail(std::move(walked).error());
  if (writer->size() != size) return std::optional<Hash>();
  return std::optional<Hash>(writer->root());
}

// Partial tiles that the tree of `from` has already are not among the files of a writer that began
// there, but the disk may have lost them.
Status NodeStore::Impl::show_unchanged(
    const StoredHead& head, TreeSize size, std::uint64_t from,
    const std::function<Status(const record::LogFile&)>& show) const {
  for (const record::TilePath& tile : partial_tiles(size)) {
    const unsigned shift = 8U * static_cast<unsigned>(tile.level);
    if (tile.level == 0 || size.value >> shift != from >> shift) continue;
    const Result<Bytes> bytes = tile_from_below(head, tile);
    if (!bytes) return fail(Errc::store_corrupt, bytes.error().detail, tile.text());
    DETENTE_CHECK(show(record::LogFile{tile.text(), *bytes, {}}));
  }
  return {};
}

Result<bool> NodeStore::Impl::entries_lead_to_head(const StoredHead& head,
                                                   const record::Checkpoint& checkpoint,
                                                   std::uint64_t from) {
  DETENTE_TRY(const std::optional<Hash> root,
              grow(head, checkpoint.size, from, [](const record::LogFile&) { return Status(); }));
  return root == checkpoint.root;
}

Status NodeStore::Impl::rewrite_tiles(const StoredHead& head, const record::Checkpoint& checkpoint,
                                      std::uint64_t from) {
  const auto compare = [&](const record::LogFile& file) -> Status {
    const FileToWrite wanted{head.folder + "/" + file.path, file.bytes, false, false};
    const Result<Bytes> there = folder.read(wanted.path);
    if (there && *there == file.bytes) return {};
    DETENTE_CHECK(folder.at_site("open.before_tile"));
    return folder.write(std::span(&wanted, 1));
  };
  DETENTE_TRY(const std::optional<Hash> root, grow(head, checkpoint.size, from, compare));
  if (root == checkpoint.root) return {};
  return fail(Errc::store_corrupt, "the entries changed while they were read", head.origin.value);
}

Status NodeStore::Impl::sync_files(std::uint64_t least) {
  for (auto& [origin, state] : logs) {
    const std::uint64_t full = state.size / kTileWidth * kTileWidth;
    if (full <= state.mark || full - state.mark < least) continue;
    const bool suspect = std::ranges::find(suspects, origin) != suspects.end();
    if (suspect) continue;
    std::set<std::string> directories;
    for (const record::TilePath& tile : full_tiles(state.mark, full)) {
      std::string path = state.folder + "/" + tile.text();
      DETENTE_CHECK(folder.sync(path));
      while (!path.empty()) {
        path = path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
        directories.insert(path);
      }
    }
    for (const std::string& directory : directories) {
      DETENTE_CHECK(folder.sync_directory(directory));
    }
    DETENTE_CHECK(folder.at_site("sync.before_mark"));
    DETENTE_CHECK(set_mark(origin, full));
  }
  return {};
}

}  // namespace detente::store
