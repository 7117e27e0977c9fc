// SPDX-License-Identifier: Apache-2.0
#include "airspace/box_tree.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/result.h"

namespace detente::airspace {
namespace {

constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();

void widen(BoxTree::Box& box, const BoxTree::Box& other) {
  for (std::size_t a = 0; a < BoxTree::kAxes; ++a) {
    box.low[a] = std::min(box.low[a], other.low[a]);
    box.high[a] = std::max(box.high[a], other.high[a]);
  }
}

BoxTree::Box nothing() {
  BoxTree::Box box;
  box.low.fill(kHighest);
  box.high.fill(kLowest);
  return box;
}

}  // namespace

std::uint32_t BoxTree::make_node(std::uint32_t level) {
  if (free_.empty()) {
    const auto first = static_cast<std::uint32_t>(blocks_.size() * kNodesInBlock);
    blocks_.push_back(std::make_unique<Block>());
    for (std::uint32_t i = kNodesInBlock; i > 0; --i) free_.push_back(first + i - 1);
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  Node& made = node(number);
  for (auto& ends : made.low) ends.fill(kHighest);
  for (auto& ends : made.high) ends.fill(kLowest);
  made.parent = kNone;
  made.count = 0;
  made.level = level;
  return number;
}

void BoxTree::clear() {
  decltype(blocks_)().swap(blocks_);
  decltype(free_)().swap(free_);
  decltype(leaf_of_)().swap(leaf_of_);
  extents_ = {};
  root_ = kNone;
}

void BoxTree::weigh() {
  const double items = static_cast<double>(std::max<std::size_t>(size_, 1));
  for (std::size_t a = 0; a < kAxes; ++a) {
    weights_[a] = static_cast<float>(1 / (extents_[a] / items + margins_[a] + 1));
  }
}

// How likely a usual query meets the box, up to a factor.
double BoxTree::cost(const Box& box) const {
  float product = 1;
  for (std::size_t a = 0; a < kAxes; ++a) {
    const float extent = static_cast<float>(box.high[a]) - static_cast<float>(box.low[a]);
    product *= extent * weights_[a] + 1;
  }
  return static_cast<double>(product);
}

BoxTree::Entry BoxTree::entry_at(const Node& node, std::size_t place) {
  Entry entry{{}, node.child[place]};
  for (std::size_t a = 0; a < kAxes; ++a) {
    entry.box.low[a] = node.low[a][place];
    entry.box.high[a] = node.high[a][place];
  }
  return entry;
}

void BoxTree::set_box(Node& node, std::size_t place, const Box& box) {
  for (std::size_t a = 0; a < kAxes; ++a) {
    node.low[a][place] = box.low[a];
    node.high[a][place] = box.high[a];
  }
}

// The last one takes the place.
void BoxTree::cut(Node& node, std::size_t place) {
  const std::size_t last = --node.count;
  const Entry moved = entry_at(node, last);
  set_box(node, place, moved.box);
  node.child[place] = moved.child;
  set_box(node, last, nothing());
}

std::size_t BoxTree::place_of(const Node& node, std::uint32_t child) {
  const auto end = node.child.begin() + node.count;
  const auto at = std::find(node.child.begin(), end, child);
  check(at != end, "a node of the box tree knows its children");
  return static_cast<std::size_t>(at - node.child.begin());
}

BoxTree::Box BoxTree::around(const Node& node) {
  Box box;
  for (std::size_t a = 0; a < kAxes; ++a) {
    std::int32_t low = kHighest;
    std::int32_t high = kLowest;
    for (std::size_t i = 0; i < kFan; ++i) {  // unused places change nothing
      low = std::min(low, node.low[a][i]);
      high = std::max(high, node.high[a][i]);
    }
    box.low[a] = low;
    box.high[a] = high;
  }
  return box;
}

void BoxTree::append(std::uint32_t number, const Entry& entry) {
  Node& to = node(number);
  set_box(to, to.count, entry.box);
  to.child[to.count++] = entry.child;
  if (to.level == 0) {
    leaf_of_[entry.child] = number;
  } else {
    node(entry.child).parent = number;
  }
}

// The place whose box grows least in cost; of equals, the one that costs least.
std::size_t BoxTree::cheapest(const Node& node, const Box& box) const {
  std::array<float, kFan> before{};
  std::array<float, kFan> after{};
  before.fill(1);
  after.fill(1);
  for (std::size_t a = 0; a < kAxes; ++a) {
    const auto low = static_cast<float>(box.low[a]);
    const auto high = static_cast<float>(box.high[a]);
    for (std::size_t i = 0; i < kFan; ++i) {
      const auto own_low = static_cast<float>(node.low[a][i]);
      const auto own_high = static_cast<float>(node.high[a][i]);
      before[i] *= (own_high - own_low) * weights_[a] + 1;
      after[i] *= (std::max(own_high, high) - std::min(own_low, low)) * weights_[a] + 1;
    }
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < node.count; ++i) {
    if (std::pair(after[i] - before[i], before[i]) <
        std::pair(after[best] - before[best], before[best])) {
      best = i;
    }
  }
  return best;
}

// Sorts along the axis, and parts at the number, at which the two sides cost least.
std::size_t BoxTree::best_cut(std::array<Entry, kFan + 1>& entries) const {
  double least = std::numeric_limits<double>::infinity();
  std::size_t best_axis = 0;
  std::size_t best = kFanMin;
  const auto sort_along = [&](std::size_t axis) {
    std::sort(entries.begin(), entries.end(), [axis](const Entry& a, const Entry& b) {
      const auto middle = [axis](const Entry& e) {
        return std::int64_t{e.box.low[axis]} + e.box.high[axis];
      };
      return std::pair(middle(a), a.child) < std::pair(middle(b), b.child);
    });
  };
  for (std::size_t axis = 0; axis < kAxes; ++axis) {
    sort_along(axis);
    std::array<double, kFan + 1> right{};  // the cost of those from here to the end
    Box box = nothing();
    for (std::size_t i = entries.size(); i > kFanMin; --i) {
      widen(box, entries[i - 1].box);
      right[i - 1] = cost(box);
    }
    box = nothing();
    for (std::size_t i = 1; i + kFanMin <= entries.size(); ++i) {
      widen(box, entries[i - 1].box);
      if (i < kFanMin) continue;
      const double both = cost(box) + right[i];
      if (both < least) {
        least = both;
        best_axis = axis;
        best = i;
      }
    }
  }
  sort_along(best_axis);
  return best;
}

// Parts a full node with one more entry in two; the number of the new one.
std::uint32_t BoxTree::part(std::uint32_t number, const Entry& entry) {
  std::array<Entry, kFan + 1> entries;
  const std::uint32_t other = make_node(node(number).level);
  Node& full = node(number);
  for (std::size_t i = 0; i < kFan; ++i) entries[i] = entry_at(full, i);
  entries[kFan] = entry;
  const std::size_t at = best_cut(entries);
  for (auto& ends : full.low) ends.fill(kHighest);
  for (auto& ends : full.high) ends.fill(kLowest);
  full.count = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) append(i < at ? number : other, entries[i]);
  return other;
}

void BoxTree::add(std::uint32_t number, const Entry& entry) {
  if (node(number).count < kFan) return append(number, entry);
  const std::uint32_t other = part(number, entry);
  if (number == root_) {
    root_ = make_node(node(number).level + 1);
    append(root_, {around(node(number)), number});
    append(root_, {around(node(other)), other});
    return;
  }
  const std::uint32_t parent = node(number).parent;
  set_box(node(parent), place_of(node(parent), number), around(node(number)));
  add(parent, {around(node(other)), other});
}

void BoxTree::insert_at(const Entry& entry, std::uint32_t level) {
  std::uint32_t number = root_;
  while (node(number).level > level) {
    Node& at = node(number);
    const std::size_t place = cheapest(at, entry.box);
    Box wide = entry_at(at, place).box;
    widen(wide, entry.box);
    set_box(at, place, wide);
    number = at.child[place];
  }
  add(number, entry);
}

void BoxTree::insert(Item item, const Box& box) {
  if (root_ == kNone) root_ = make_node(0);
  if (leaf_of_.size() <= item) leaf_of_.resize(std::size_t{item} + 1, kNone);
  ++size_;
  for (std::size_t a = 0; a < kAxes; ++a) {
    extents_[a] += static_cast<double>(std::int64_t{box.high[a]} - box.low[a]);
  }
  weigh();
  insert_at({box, item}, 0);
}

// The boxes of the node's ancestors, as far as they change.
void BoxTree::shrink(std::uint32_t number) {
  while (number != root_) {
    const std::uint32_t parent = node(number).parent;
    const std::size_t place = place_of(node(parent), number);
    const Box now = around(node(number));
    const Box before = entry_at(node(parent), place).box;
    if (now.low == before.low && now.high == before.high) return;
    set_box(node(parent), place, now);
    number = parent;
  }
}

// A node with too few is given up; those it had are put elsewhere.
void BoxTree::dissolve(std::uint32_t number) {
  std::vector<std::pair<Entry, std::uint32_t>> homeless;  // and the level they belong to
  while (number != root_ && node(number).count < kFanMin) {
    Node& few = node(number);
    for (std::size_t i = 0; i < few.count; ++i) homeless.emplace_back(entry_at(few, i), few.level);
    const std::uint32_t parent = few.parent;
    cut(node(parent), place_of(node(parent), number));
    free_.push_back(number);
    number = parent;
  }
  shrink(number);
  // The highest first, so that what is put below them finds its place.
  for (auto it = homeless.rbegin(); it != homeless.rend(); ++it) insert_at(it->first, it->second);
  while (node(root_).level > 0 && node(root_).count == 1) {
    const std::uint32_t only = node(root_).child[0];
    free_.push_back(root_);
    root_ = only;
    node(root_).parent = kNone;
  }
}

void BoxTree::remove(Item item) {
  const std::uint32_t leaf = leaf_of_[item];
  const std::size_t place = place_of(node(leaf), item);
  const Box box = entry_at(node(leaf), place).box;
  cut(node(leaf), place);
  leaf_of_[item] = kNone;
  if (--size_ == 0) return clear();
  for (std::size_t a = 0; a < kAxes; ++a) {
    extents_[a] -= static_cast<double>(std::int64_t{box.high[a]} - box.low[a]);
  }
  dissolve(leaf);
}

void BoxTree::find_in(const Node& at, const Box& box, std::vector<Item>& out) const {
  std::array<std::int32_t, kFan> met{};
  met.fill(-1);
  for (std::size_t a = 0; a < kAxes; ++a) {
    for (std::size_t i = 0; i < kFan; ++i) {
      met[i] &= -(static_cast<std::int32_t>(at.low[a][i] <= box.high[a]) &
                  static_cast<std::int32_t>(at.high[a][i] >= box.low[a]));
    }
  }
  for (std::size_t i = 0; i < at.count; ++i) {
    if (met[i] == 0) continue;
    if (at.level == 0) {
      out.push_back(at.child[i]);
    } else {
      find_in(node(at.child[i]), box, out);
    }
  }
}

void BoxTree::find(const Box& box, std::vector<Item>& out) const {
  if (root_ != kNone) find_in(node(root_), box, out);
}

std::size_t BoxTree::bytes() const {
  return blocks_.size() * (sizeof(Block) + sizeof(std::unique_ptr<Block>)) +
         (free_.capacity() + leaf_of_.capacity()) * sizeof(std::uint32_t);
}

}  // namespace detente::airspace
