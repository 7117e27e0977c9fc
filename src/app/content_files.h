// SPDX-License-Identifier: Apache-2.0
//
// The private files of `detente content` in a node's folder.
#pragma once

#include <string>
#include <vector>

#include "record/content.h"

namespace detente::app {

class ContentFiles {
 public:
  explicit ContentFiles(std::string data) : data_(std::move(data)) {}

  // already_exists: this very content with this very key is here.
  Status save(const Hash& root, const record::ContentPackage& package) const;
  // content_unknown, content_destroyed; content_mismatch if the files were changed.
  Result<record::ContentPackage> load(const record::Commitment& commitment) const;
  enum class State { at_hand, destroyed, absent };
  State state(const Hash& root) const;
  // Key, content, and these blobs. Leaves a mark.
  Status destroy(const record::ContentCommit& commit, const std::string& reason) const;

  Status save_blob(ByteView sealed) const;
  std::string blob_path(const Hash& sha256) const;

 private:
  std::string path(const Hash& root, const char* end) const;
  std::string data_;
};

}  // namespace detente::app
