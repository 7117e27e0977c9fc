// SPDX-License-Identifier: Apache-2.0
//
// `detente content ...`: private content beside a node's folder (docs/protocol/private-content.md).
//   content/<root hex>.json, .key   0600: what was committed or received, and its 32-byte key
//   content/<root hex>.shredded     it was here and was destroyed
//   blobs/<sha256 hex>              0600: sealed copies, made here or received
// Statements go out as signed envelopes (app/deliver.h); nothing here locks or writes the log.
// Errors: content_*, usage, store_*, key_*, net_* and http_status.
#pragma once

#include <string>
#include <vector>

#include "app/deliver.h"
#include "base/result.h"

namespace detente::app {

struct ContentOptions {
  std::string data;
  std::string commit;                 // "41" or "south:41": a content.commit in a log at hand
  std::vector<std::string> officers;  // who signs (app/deliver.h, load_signers)
  DeliverOptions deliver;
  bool json = false;
};

struct CommitOptions {
  ContentOptions common;
  std::string file;             // a flat JSON object
  std::string schema;           // "volume4d/v1"
  std::vector<std::string> to;  // parties; their box keys come from their logs
};
// Writes the content, its key and the sealed copies, then the statement.
Status content_commit(const CommitOptions& options);

// The sealed copy for a recipient that the commitment names, made again.
Status content_seal(const ContentOptions& options, const std::string& to, const std::string& out);

// Opens a sealed copy with the folder's box keys, keeps what it holds, and states the receipt.
Status content_receipt(const ContentOptions& options, const std::string& blob);

struct OpenOptions {
  ContentOptions common;
  std::vector<std::string> fields;
  bool all = false;        // every field
  bool package = false;    // the content with its key
  bool statement = false;  // on the record, in place of a file
  std::string out;         // the file
};
Status content_open(const OpenOptions& options);

// FILE is an opening or a package. With a commitment at hand it is checked against that; without,
// against the root that an opening names, which is printed. `copy_of`: whether the sealed copy for
// this party held the package.
Status content_verify(const ContentOptions& options, const std::string& file,
                      const std::string& copy_of);

// States the shredding (two officers), and once it is logged destroys key, content and sealed
// copies: at once with a URL, else when it is run again and the statement stands in the log.
Status content_shred(const ContentOptions& options, const std::string& reason);

// The commitments in every log at hand, and what became of them.
Status content_list(const ContentOptions& options);

}  // namespace detente::app
