// SPDX-License-Identifier: Apache-2.0
//
// What a node's store is made of. Private to src/store.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "record/note.h"
#include "record/tiles.h"
#include "store/node_store.h"
#include "store/sqlite.h"

namespace detente::store {

// The files of a step. Of several steps in one, only the widest of a growing tile is written.
struct Batch {
  struct File {
    ByteView bytes;
    bool synced = false;
  };
  std::map<std::string, File> files;
  std::map<Origin, const node::PublishHead*> heads;  // the last one of each log counts
  std::set<std::string> removed;
  std::set<std::string> uncovered;  // folders whose files no head of the batch covers

  void add(const node::WriteFiles& effect);
  Status add(const node::StoreEvidence& effect);
  Status add(const node::StoreDocument& effect);
  // Leaves out the tiles of the logs in these folders.
  void leave_out(const std::set<std::string>& folders);
};

using StoredHead = NodeStore::Head;

// The checkpoint in a signed note; store_corrupt at `place` if there is none.
Result<record::Checkpoint> checkpoint_of(const std::string& note, const std::string& place);
// Files of one log, errors in the words of record/tiles.h.
record::ReadFile tile_reader(const Folder& folder, const std::string& log);

// A log with a head, as its files stand.
struct LogState {
  std::string folder;
  std::uint64_t size = 0;  // of the head
  // Full tiles and bundles of the first so many entries are known to be synced; a multiple of 256.
  std::uint64_t mark = 0;
};

struct NodeStore::Impl {
  // Declared in this order so that the lock is released last.
  Folder folder;
  Database database;
  Statement count_entries;
  Statement insert_entry;
  Statement cut_entries;
  Statement select_entry;
  Statement select_head;
  Statement upsert_head;
  Statement insert_note;
  Statement upsert_mark;
  Statement insert_receipt;
  std::map<Origin, LogState> logs = {};
  std::vector<Origin> suspects = {};
  // Checkpoint files that are ahead of the database: an old or empty node.db lies beside them.
  std::map<Origin, std::string> ahead = {};
  // Log folders whose tiles may not be those of the head in the database: entries came without a
  // head, or took the place of damaged ones. They get their tiles from the database with the next
  // head, so that no tile ever lies beyond what a head covers.
  std::set<std::string> behind = {};
  bool failed = false;  // a step failed: files may be behind, and closing must not bless them

  static Result<std::unique_ptr<Impl>> open(const std::string& path, FaultHook hook,
                                            FileWatch watch);
  Result<std::vector<StoredHead>> heads();
  Result<std::optional<std::string>> head_note(const Origin& origin);
  Result<std::uint64_t> head_size(const Origin& origin);
  Result<std::uint64_t> entry_count(const Origin& origin);

  Status carry_out(std::span<const node::Effect> step);
  Status prepare(const node::Effect& effect, Batch& batch);
  Status show_head(const node::PublishHead& head);
  Status store_entries(const node::StoreEntries& effect);
  Status keep_note(const node::KeepNote& effect);
  Status swap_head(const node::PublishHead& effect);
  Status write_files(const Batch& batch);
  Status write_checkpoint(const std::string& folder_of_log, const std::string& note);
  Status for_each_entry(const Origin& origin, LeafIndex from, std::uint64_t count,
                        const VisitEntry& visit);

  // note_files.cc
  Status note_receipts(const node::KeepNote& effect);
  Status export_notes();

  // repair.cc
  Status read_marks();
  Status set_mark(const Origin& origin, std::uint64_t mark);
  Status repair();
  Status find_ahead(const std::vector<StoredHead>& heads);
  Status repair_checkpoint(const StoredHead& head);
  Status remove_headless(const std::vector<StoredHead>& heads);
  Result<bool> repair_tiles(const StoredHead& head, const record::Checkpoint& checkpoint);
  Result<bool> entries_lead_to_head(const StoredHead& head, const record::Checkpoint& checkpoint,
                                    std::uint64_t from);
  Status rewrite_tiles(const StoredHead& head, const record::Checkpoint& checkpoint,
                       std::uint64_t from);
  Result<std::optional<Hash>> grow(const StoredHead& head, TreeSize size, std::uint64_t from,
                                   const std::function<Status(const record::LogFile&)>& show);
  Status show_unchanged(const StoredHead& head, TreeSize size, std::uint64_t from,
                        const std::function<Status(const record::LogFile&)>& show) const;
  Result<Bytes> tile_from_below(const StoredHead& head, const record::TilePath& wanted) const;
  Result<record::TileWriter> writer_at(const StoredHead& head, std::uint64_t from);
  // Syncs the full tiles of every log that has at least `least` new entries since its mark.
  Status sync_files(std::uint64_t least);
};

}  // namespace detente::store
