// SPDX-License-Identifier: Apache-2.0
#include "record/tree.h"

namespace detente::record {

void Tree::append(const Hash& leaf) {
  levels_.front().push_back(leaf);
  for (std::size_t level = 0; levels_[level].size() % 2 == 0; ++level) {
    const std::vector<Hash>& below = levels_[level];
    const Hash parent = node_hash(below[below.size() - 2], below.back());
    if (level + 1 == levels_.size()) levels_.emplace_back();
    levels_[level + 1].push_back(parent);
  }
}

SubtreeHash Tree::subtrees() const {
  return [this](int level, std::uint64_t index) {
    return levels_[static_cast<std::size_t>(level)][index];
  };
}

Hash Tree::root_at(TreeSize size) const {
  return root_of(subtrees(), size);
}

Proof Tree::inclusion(LeafIndex index, TreeSize size) const {
  return inclusion_proof(subtrees(), index, size);
}

Proof Tree::consistency(TreeSize old_size, TreeSize size) const {
  return consistency_proof(subtrees(), old_size, size);
}

}  // namespace detente::record
