// SPDX-License-Identifier: Apache-2.0
//
// The private files of private checks, beside a node's log. One folder for each epoch with one
// other party, so that all of it can be destroyed together (docs/operating/storage.md):
//
//   checks/epochs/<keep until, ms since 1970>-<16 hex of the epoch>/
//     epoch.json      which epoch, with whom, and until when it is kept
//     key             the epoch's secret key
//     <hex>.list      a list's secret and coverings, by the root of its commitment
//     <hex>.learnt    what the answer taught: 16-byte tags with 4-byte numbers of tokens
//     <hex>.found     own tokens that are on each of the other's boards
//     <hex>.own .out  own boards, questions and answers by their root: made; named in the log
//     <hex>.in        the other side's files
//     <hex>.refused   a statement of the other side, by its leaf, and why its file was refused
//     <hex>.evidence  that file
//   checks/plans/<hex>.json   what a checked plan is for, by the root of its content
//   checks/lists/<hex>.json   app/check_lists.h
//
// Everything is 0600 in folders of 0700, written whole or not at all, and synced when a function
// returns. Threads: a folder belongs to one thread at a time; folders are independent.
// Errors: store_*, key_malformed, checks_unknown, checks_malformed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/stored_list.h"
#include "checks/room.h"
#include "crypto/voprf.h"

namespace detente::app {

// Numbers of own tokens that are also on the other's board, for each of its posts.
using Found = std::map<record::Ref, std::vector<std::uint32_t>>;

class EpochFolder {
 public:
  EpochFolder() = default;
  explicit EpochFolder(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  Result<crypto::VoprfKey> load_key() const;
  Status save_key(const crypto::VoprfKey& key) const;
  Status save_list(const StoredList& list) const;
  Result<StoredList> load_list(const Hash& commitment) const;
  Status remove_list(const StoredList& list) const;  // with its files: it was never logged
  Status save_learnt(const Hash& commitment, const std::vector<checks::Learnt>& learnt) const;
  Result<std::vector<checks::Learnt>> load_learnt(const Hash& commitment) const;
  Status save_found(const Hash& commitment, const Found& found) const;
  Result<Found> load_found(const Hash& commitment) const;  // empty if there is none
  Status save_own(ByteView file, const Hash& root) const;
  // From now on peers and courier files may have it. Does nothing if it is so already.
  Status give_out(const Hash& root) const;
  Result<Bytes> read_given(const Hash& root) const;
  Result<Bytes> read_own(const Hash& root) const;
  Status save_theirs(ByteView file, const Hash& root) const;
  Result<Bytes> read_theirs(const Hash& root) const;
  // Keeps the statement's reference, why, and the bytes if there is room for them.
  Status refuse(const record::Ref& ref, const Error& why, ByteView file) const;
  // Keeps a file that is not the one that the statement names; it may still come right.
  Status keep_wrong(const record::Ref& ref, ByteView file) const;

 private:
  std::string name(const Hash& hash, const char* end) const;
  std::string path_;
};

struct ShelfState {
  checks::RoomFolder folder;
  std::map<record::PsiHead, EpochFolder> epochs;
  std::map<record::Ref, std::string> refused;  // why
};

class CheckShelf {
 public:
  explicit CheckShelf(std::string data) : data_(std::move(data)) {}
  // What lies there. A list that cannot be read is passed over, and named in `damaged`; lists of
  // which the last was never written are passed over.
  Result<ShelfState> load(std::vector<std::string>& damaged) const;
  Result<EpochFolder> open_epoch(const record::PsiHead& head, UtcMs keep_until) const;
  // Overwrites and removes every file of it, then the folder. Can be repeated after a crash.
  static Status destroy(const EpochFolder& folder);

  // The folders of what is not of one epoch: checks/plans and checks/lists.
  Status make_folders() const;
  Status save_purpose(const Hash& content, const std::string& purpose) const;
  Result<std::string> load_purpose(const Hash& content) const;
  // Seeds of the audit's draw, until they are shown: checks/seeds/<commitment>.
  Status save_seed(const Hash& commitment, const crypto::Secret32& seed) const;
  Result<Hash> load_seed(const Hash& commitment) const;
  void remove_seed(const Hash& commitment) const;
  // Files that may be given to this party, by root: root (hex) -> path.
  std::map<std::string, std::string> given_to(const std::string& party) const;

 private:
  std::string data_;
};

}  // namespace detente::app
