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
  // The same of content that can be made again, from a sealed copy: what is here is replaced.
  Status save_again(const Hash& root, const record::ContentPackage& package) const;
  // content_unknown, content_destroyed; content_mismatch if the files were changed.
  Result<record::ContentPackage> load(const record::Commitment& commitment) const;
  enum class State { at_hand, destroyed, absent };
  State state(const Hash& root) const;
  // Key, content, and these blobs. Leaves a mark.
  Status destroy(const record::ContentCommit& commit, const std::string& reason) const;

  // The same without a mark: it may come again.
  Status forget(const record::ContentCommit& commit) const;

  // A copy that was sealed here: kept, or made again. content_mismatch: other bytes than committed.
  Result<Bytes> sealed_copy(const record::ContentCommit& commit,
                            const record::SealedCopy& copy) const;
  Status save_blob(ByteView sealed) const;
  const std::string& data() const { return data_; }
  std::string blob_path(const Hash& sha256) const;

 private:
  Status write(const Hash& root, const record::ContentPackage& package, bool again) const;
  std::string path(const Hash& root, const char* end) const;
  std::string data_;
};

}  // namespace detente::app
