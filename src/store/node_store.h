// SPDX-License-Identifier: Apache-2.0
//
// One node's folder on disk:
//   node.db                     SQLite (WAL, synchronous FULL): entries, heads, notes
//   agreement.json              the signed agreement
//   log/, mirror/<hex>/         tlog-tiles folders, for anyone who verifies
//   keys/                       0600
//   lock                        held while a process uses the folder
// Errors: store_io, store_full (ENOSPC, SQLITE_FULL), store_read_only, store_locked,
// store_corrupt, store_not_found, store_lost_race; the place is the path relative to the folder.
// One thread at a time; one process at a time (enforced).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "node/effects.h"
#include "store/folder.h"

namespace detente::store {

class NodeStore {
 public:
  // Creates what is missing, and brings the folder back to its newest published heads. A process
  // that died may have left a checkpoint file behind its head, temporary files, and tiles beyond
  // the head; a power cut may have lost, torn or set back every file that was not yet synced. All
  // of these are written again from the database. Entries beyond the head stay; no signature
  // covers them. `hook` and `watch` are for tests.
  // A log whose checkpoint file is ahead of the database (an old node.db was put back) is left as
  // it is; load() says so, and the node takes the entries back from its peers.
  static Result<NodeStore> open(const std::string& folder, FaultHook hook = {},
                                FileWatch watch = {});
  // Syncs the files of full tiles, so that the next start need not compare them.
  ~NodeStore();
  NodeStore(NodeStore&&) noexcept;
  NodeStore& operator=(NodeStore&&) noexcept;

  // Carries out the durable effects of a step (StoreEntries, WriteFiles, PublishHead, KeepNote), of
  // several steps in a row if the caller joins them, as one unit with one sync; other effects are
  // passed over. When it returns without an error, all of it survives a power cut. With an error
  // the database holds either nothing of it or, where only files failed after the commit, all of
  // it; the caller then shows nothing of it to anyone and stops writing (node_halted), and the
  // object stays good for reading.
  // Files are read back and compared before the commit, but not synced: opening the folder writes
  // again from the database what a power cut has spoilt.
  // StoreEntries leaves no gap and never touches what a published head covers (store_corrupt);
  // entries that no head covers yet may be replaced. A head covers only entries that are there.
  Status carry_out(std::span<const node::Effect> step);
  Status carry_out(const node::Effect& effect) { return carry_out(std::span(&effect, 1)); }

  // Everything of every log that the database holds, ascending by origin.
  Result<std::vector<node::StoredLog>> load() const;
  // One entry (store_not_found), or all from an index on, in order and one at a time in memory,
  // until `visit` gives an error, which is then the answer. A gap is store_corrupt. Nothing is
  // hashed or judged here. `visit` may read from the store and must not write to it.
  Result<Bytes> read_entry(const Origin& origin, LeafIndex index) const;
  using VisitEntry = std::function<Status(LeafIndex index, ByteView entry)>;
  Status for_each_entry(const Origin& origin, LeafIndex from, const VisitEntry& visit) const;
  // The newest published head of each log, ascending by origin.
  struct Head {
    Origin origin;
    std::string folder;  // "log", "mirror/<hex>"
    std::string note;
  };
  Result<std::vector<Head>> heads() const;
  // Puts a right entry in the place of a damaged or lost one. The caller has compared its leaf hash
  // with the signed tree.
  Status mend_entry(const Origin& origin, LeafIndex index, ByteView entry);
  // Kept notes of all logs in the order of their rowids above `after`, at most `limit`. Gives the
  // last rowid seen, or `after` if there are none left.
  struct KeptNote {
    std::string note;
    bool whole = false;  // it has the SHA-256 that was stored with it
  };
  using VisitNote = std::function<Status(const KeptNote& note)>;
  Result<std::int64_t> for_each_note(std::int64_t after, std::int64_t limit,
                                     const VisitNote& visit) const;
  // Brings the folder notes/ up to date, for whoever verifies without the database: one file
  // "notes/<hex SHA-256>.note" for each cosigner's first note of each of a log's newest 1,024
  // sizes, and for older sizes the first in every 256 entries. Done when the store is closed, too.
  // Writes at most 4,096 files in a call.
  Status export_notes();
  // SQLite's own look at its file: store_corrupt if pages or indexes are damaged. Reads all of it.
  Status check_database() const;
  // A file of the folder by relative path; for a partial tile that is no longer there, the cut of
  // the wider one (record::cut_tile). No path may leave the folder (store_not_found).
  Result<Bytes> read_file(const std::string& path) const;
  Status write_file(const std::string& path, ByteView bytes, bool secret);  // secret: mode 0600
  bool has_file(const std::string& path) const;
  // Logs whose entries did not lead to their head when the folder was opened: their files were
  // left alone, and app/self_check.h finds out what is damaged.
  const std::vector<Origin>& suspects() const;
  const std::string& folder() const;

  // Every site that the hook is called at; tests check that each one was reached.
  static const std::vector<std::string>& fault_sites();

 private:
  struct Impl;
  explicit NodeStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::store
