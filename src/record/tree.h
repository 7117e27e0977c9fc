// SPDX-License-Identifier: Apache-2.0
//
// A whole Merkle tree in memory: 64 bytes a leaf. Knows the root it had at every size, and proves
// each leaf and each earlier size. Source: RFC 6962 section 2. One thread at a time.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "record/merkle.h"

namespace detente::record {

class Tree {
 public:
  void append(const Hash& leaf);
  TreeSize size() const { return TreeSize{levels_.front().size()}; }
  // The hash of leaf `index`, which must be below size().
  const Hash& leaf(LeafIndex index) const { return levels_.front()[index.value]; }
  const std::vector<Hash>& leaves() const { return levels_.front(); }
  Hash root() const { return root_at(size()); }
  // The root that the tree had at `size`, at most size(); O(log n).
  Hash root_at(TreeSize size) const;
  Proof inclusion(LeafIndex index, TreeSize size) const;
  Proof consistency(TreeSize old_size, TreeSize size) const;

 private:
  SubtreeHash subtrees() const;
  std::vector<std::vector<Hash>> levels_{1};  // complete subtrees of 2^level leaves
};

}  // namespace detente::record
