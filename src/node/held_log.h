// SPDX-License-Identifier: Apache-2.0
//
// A log as a node holds it: its own, or a verified replica. The tree's hashes are in memory (64
// bytes an entry); the entries are in the store, and the newest few here too.
// Threads: one at a time.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/strong.h"
#include "record/log_reader.h"
#include "record/receipt_book.h"
#include "record/tiles.h"
#include "record/tree.h"

namespace detente::node {

// Gives the exact bytes of an entry from the store. Must know every entry whose StoreEntries was
// carried out.
using ReadEntry = std::function<Result<Bytes>(const Origin& origin, LeafIndex index)>;

inline constexpr std::size_t kRecentEntries = 1024;  // of each log, kept in memory

class HeldLog {
 public:
  HeldLog(PartyId owner, record::LogReader judge, std::string where, ReadEntry read);

  PartyId party;
  record::LogReader reader;
  record::Tree tree;
  record::TileWriter tiles;
  std::string head;              // newest published note ("" for none), with all lines
  TreeSize head_size;            // what of it is at hand
  record::ReceiptBook receipts;  // cosignatures over this log
  std::string folder;            // "log" or "mirror/<hex>"
  // The newest head that this node published before it was started, when the store lacks entries
  // of it: nothing is signed over this log before it is whole again.
  std::optional<record::Checkpoint> damaged;
  bool forked = false;  // two checkpoints of it contradict each other; it is followed no further
  std::optional<UtcMs> cosigned_at;  // when this node last cosigned it

  const Origin& origin() const { return origin_; }
  TreeSize size() const { return tree.size(); }
  // An entry that was accepted. node_damaged if the store gives other bytes than were accepted.
  Result<record::Entry> entry(LeafIndex index) const;
  // What refers to it.
  record::Ref ref(LeafIndex index) const { return {origin_, index, tree.leaf(index)}; }
  bool has(const record::Ref& ref) const {
    return ref.origin == origin_ && ref.index.value < size().value &&
           tree.leaf(ref.index) == ref.leaf;
  }
  // How many bytes of the unfinished bundle are at hand.
  std::size_t bundle_bytes() const { return bundle_bytes_; }
  // Keeps an entry that `reader` has just accepted.
  void keep(const record::Entry& entry);

 private:
  Origin origin_;
  ReadEntry read_;
  std::deque<Bytes> recent_;  // the newest entries
  std::size_t bundle_bytes_ = 0;
};

// "mirror/<lowercase hex SHA-256 of the origin>" (C2SP tlog-witness, monitoring).
std::string mirror_folder(const Origin& origin);

}  // namespace detente::node
