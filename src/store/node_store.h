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

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "node/effects.h"
#include "store/folder.h"

namespace detente::store {

class NodeStore {
 public:
  // Creates what is missing, and brings the folder back to its newest published heads: a process
  // that died may have left a checkpoint file behind its head, temporary files, and tiles beyond
  // the head. Entries beyond the head stay; no signature covers them. `hook` is for tests.
  // store_corrupt: a checkpoint file is ahead of the database (an old node.db was restored).
  static Result<NodeStore> open(const std::string& folder, FaultHook hook = {});
  ~NodeStore();
  NodeStore(NodeStore&&) noexcept;
  NodeStore& operator=(NodeStore&&) noexcept;

  // Carries out one durable effect (StoreEntries, WriteFiles, PublishHead, KeepNote): when it
  // returns without an error it survives a power cut; with one, nothing of it happened that a
  // published head covers.
  // StoreEntries leaves no gap and never touches what a published head covers (store_corrupt);
  // entries that no head covers yet may be replaced.
  Status carry_out(const node::StoreEntries& effect);
  Status carry_out(const node::WriteFiles& effect);
  Status carry_out(const node::PublishHead& effect);
  Status carry_out(const node::KeepNote& effect);

  // Everything of every log that the database holds, ascending by origin.
  Result<std::vector<node::StoredLog>> load() const;
  // A file of the folder by relative path; for a partial tile that is no longer there, the cut of
  // the wider one (record::cut_tile). No path may leave the folder (store_not_found).
  Result<Bytes> read_file(const std::string& path) const;
  Status write_file(const std::string& path, ByteView bytes, bool secret);  // secret: mode 0600
  bool has_file(const std::string& path) const;
  const std::string& folder() const;

  // Every site that the hook is called at; tests check that each one was reached.
  static const std::vector<std::string>& fault_sites();

 private:
  struct Impl;
  explicit NodeStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::store
