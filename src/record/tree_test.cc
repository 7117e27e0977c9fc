// SPDX-License-Identifier: Apache-2.0
#include "record/tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace detente::record {
namespace {

std::vector<Hash> numbered_leaves(std::size_t n) {
  std::vector<Hash> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(leaf_hash(as_bytes(std::to_string(i))));
  return out;
}

TEST(Tree, an_empty_tree_has_the_root_of_nothing) {
  EXPECT_EQ(Tree().root(), empty_root());
  EXPECT_EQ(Tree().size().value, 0U);
}

RC_GTEST_PROP(Tree, it_remembers_the_root_of_every_size_and_proves_leaves_and_sizes, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 700);
  const std::vector<Hash> leaves = numbered_leaves(n);
  Tree tree;
  Frontier frontier;
  std::vector<Hash> roots{frontier.root()};
  for (const Hash& leaf : leaves) {
    tree.append(leaf);
    frontier.append(leaf);
    roots.push_back(frontier.root());
  }
  const auto size = *rc::gen::inRange<std::size_t>(1, n + 1);
  const auto index = *rc::gen::inRange<std::size_t>(0, size);
  const auto old_size = *rc::gen::inRange<std::size_t>(1, size + 1);
  RC_ASSERT(tree.root_at(TreeSize{size}) == roots[size]);
  RC_ASSERT(verify_inclusion(leaves[index], LeafIndex{index}, TreeSize{size},
                             tree.inclusion(LeafIndex{index}, TreeSize{size}), roots[size])
                .has_value());
  RC_ASSERT(verify_consistency(TreeSize{old_size}, roots[old_size], TreeSize{size}, roots[size],
                               tree.consistency(TreeSize{old_size}, TreeSize{size}))
                .has_value());
}

}  // namespace
}  // namespace detente::record
