// SPDX-License-Identifier: Apache-2.0
//
// The tree against a plain list of boxes, while items come and go. The boxes are drawn as skies
// are: spread, all in one place, one on another, and a few that are everywhere.
#include "airspace/box_tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

namespace detente::airspace {
namespace {

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

bool meet(const BoxTree::Box& a, const BoxTree::Box& b) {
  for (std::size_t k = 0; k < BoxTree::kAxes; ++k) {
    if (a.low[k] > b.high[k] || b.low[k] > a.high[k]) return false;
  }
  return true;
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed), kind_(below(4)) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  BoxTree::Box box() {
    BoxTree::Box out;
    // Few values, so that boxes often touch; and in one kind of sky three axes hardly differ.
    for (std::size_t k = 0; k < BoxTree::kAxes; ++k) {
      const std::uint64_t range = kind_ == 1 && k < 3 ? 3 : 200;
      out.low[k] = static_cast<std::int32_t>(below(range)) * 1'000 - 100'000;
      out.high[k] = out.low[k] + static_cast<std::int32_t>(below(20)) * 1'000;
    }
    if (kind_ == 2 && below(8) == 0) {
      out.low.fill(-kMost - 1);
      out.high.fill(kMost);
    }
    if (kind_ == 3) out.low = out.high = {5, 5, 5, static_cast<std::int32_t>(below(4)), 5};
    return out;
  }

 private:
  std::mt19937_64 engine_;
  std::uint64_t kind_;
};

RC_GTEST_PROP(BoxTree, FindsWhatAListFindsWhileItemsComeAndGo, (std::uint64_t seed)) {
  Draw draw(seed);
  BoxTree tree({10, 10, 10, 10, 10});
  std::map<BoxTree::Item, BoxTree::Box> list;
  const std::uint64_t items = 1 + draw.below(2'000);
  // First mostly insertions, then mostly removals.
  for (std::uint64_t step = 0; step < 3 * items; ++step) {
    const auto item = static_cast<BoxTree::Item>(draw.below(items));
    const bool wanted = draw.below(10) < (step < 2 * items ? 7U : 2U);
    if (wanted && !list.contains(item)) {
      list[item] = draw.box();
      tree.insert(item, list[item]);
    } else if (!wanted && list.erase(item) == 1) {
      tree.remove(item);
    }
    if (step % (items / 8 + 1) != 0) continue;
    const BoxTree::Box asked = draw.box();
    std::vector<BoxTree::Item> expected;
    for (const auto& [number, box] : list) {
      if (meet(box, asked)) expected.push_back(number);
    }
    std::vector<BoxTree::Item> found;
    tree.find(asked, found);
    std::sort(found.begin(), found.end());
    RC_ASSERT(found == expected);
    RC_ASSERT(tree.size() == list.size());
  }
}

TEST(BoxTree, AnEmptiedTreeHoldsNoMemoryAndAChangingOneDoesNotGrow) {
  Draw draw(1);
  BoxTree tree({});
  EXPECT_EQ(tree.bytes(), 0U);
  for (BoxTree::Item item = 0; item < 5'000; ++item) tree.insert(item, draw.box());
  const std::size_t full = tree.bytes();
  // 32 boxes to a node of 1,420 bytes, at least a third full.
  EXPECT_LT(full, 5'000U * 150);
  for (int round = 0; round < 20; ++round) {
    for (BoxTree::Item item = 0; item < 5'000; ++item) {
      tree.remove(item);
      tree.insert(item, draw.box());
    }
  }
  EXPECT_LT(tree.bytes(), full + full / 2);
  for (BoxTree::Item item = 0; item < 5'000; ++item) tree.remove(item);
  EXPECT_EQ(tree.bytes(), 0U);
  std::vector<BoxTree::Item> found;
  tree.find(draw.box(), found);
  EXPECT_TRUE(found.empty());
}

}  // namespace
}  // namespace detente::airspace
