// SPDX-License-Identifier: Apache-2.0
//
// Reads the logs in a node's folder, and drafts statements for its log, beside a running node: no
// lock is taken, nothing is written. Each checkpoint's signature is checked; the entries are the
// node's own files, which it verified before it wrote them (`detente verify` does it again).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "record/content.h"
#include "record/log_reader.h"
#include "terms/agreement.h"

namespace detente::app {

struct NodeFolder {
  std::string data;
  terms::Agreement agreement;
  std::string self;  // the party whose folder it is
};
// store_not_found, agreement_*, json_*.
Result<NodeFolder> open_node_folder(const std::string& data);

struct FolderLog {
  std::string party;
  record::LogOwner owner;
  std::string folder;
  record::Checkpoint checkpoint;
};
// `party` "" is the folder's own. store_not_found, note_*, checkpoint_*.
Result<FolderLog> open_folder_log(const NodeFolder& node, const std::string& party);
// Every entry that the checkpoint covers, in order, until `visit` gives an error.
using VisitFolderEntry = std::function<Status(const record::Entry&)>;
Status for_each_entry(const FolderLog& log, const VisitFolderEntry& visit);
// content_unknown if the log is not as long.
Result<record::Entry> read_folder_entry(const FolderLog& log, LeafIndex index);

// "south:41", or "41" in the folder's own log. usage.
struct EntryName {
  std::string party;
  LeafIndex index;
};
Result<EntryName> parse_entry_name(const std::string& text, const std::string& self);
// The content.commit at that place.
Result<record::CommittedContent> read_committed_at(const NodeFolder& node, const EntryName& name);

// The newest key that a party published for sealed copies, its signature by the root key checked.
// content_unknown if there is none.
Result<crypto::BoxPublicKey> newest_box_key(const NodeFolder& node, const std::string& party);

// A draft for the folder's own log, good for a day from `now`.
record::StatementDraft draft_for(const NodeFolder& node, const record::LogOwner& owner,
                                 const std::string& type, std::vector<record::Ref> refs,
                                 std::string body, UtcMs now);

}  // namespace detente::app
