// SPDX-License-Identifier: Apache-2.0
//
// Internal to airspace: boxes of five axes (three of a direction, height, time), found by the boxes
// that they meet. A balanced tree: each node holds up to 32 boxes, axis by axis so that they are
// compared several at once, and lies within one box of its parent.
//
// An insertion goes where the chance that a query comes by grows least; a full node is parted where
// the two halves together are met least. Queries are taken to be as large as the items and the
// margins. So the tree parts by place where activity is spread, and by time and height where all of
// it is in one place. Removals give nodes back, for use again; an empty tree holds no memory.
// Ends are closed: boxes that share one value meet.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace detente::airspace {

class BoxTree {
 public:
  static constexpr std::size_t kAxes = 5;
  using Item = std::uint32_t;
  struct Box {
    std::array<std::int32_t, kAxes> low{};
    std::array<std::int32_t, kAxes> high{};
  };

  // `margins`: by how much, on each axis, queries are wider than items.
  explicit BoxTree(const std::array<double, kAxes>& margins) : margins_(margins) {}

  // An item that is not in the tree. Numbers should be small: memory grows with the largest.
  void insert(Item item, const Box& box);
  void remove(Item item);  // one that is in the tree
  // Appends the items whose boxes meet this one, in no order.
  void find(const Box& box, std::vector<Item>& out) const;
  std::size_t size() const { return size_; }
  std::size_t bytes() const;  // memory used, roughly

 private:
  static constexpr std::size_t kFan = 32;
  static constexpr std::size_t kFanMin = 10;
  static constexpr std::size_t kNodesInBlock = 32;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  using Ends = std::array<std::array<std::int32_t, kFan>, kAxes>;
  struct Node {
    Ends low{}, high{};                       // of an unused place: empty, met by nothing
    std::array<std::uint32_t, kFan> child{};  // nodes; items in a leaf
    std::uint32_t parent = kNone;
    std::uint32_t count = 0;
    std::uint32_t level = 0;  // 0: a leaf
  };
  struct Entry {
    Box box;
    std::uint32_t child = 0;
  };
  using Block = std::array<Node, kNodesInBlock>;

  Node& node(std::uint32_t number) {
    return (*blocks_[number / kNodesInBlock])[number % kNodesInBlock];
  }
  const Node& node(std::uint32_t number) const {
    return (*blocks_[number / kNodesInBlock])[number % kNodesInBlock];
  }
  std::uint32_t make_node(std::uint32_t level);
  void clear();
  void weigh();
  double cost(const Box& box) const;
  static Entry entry_at(const Node& node, std::size_t place);
  static void set_box(Node& node, std::size_t place, const Box& box);
  static void cut(Node& node, std::size_t place);
  static std::size_t place_of(const Node& node, std::uint32_t child);
  static Box around(const Node& node);
  void append(std::uint32_t number, const Entry& entry);
  std::size_t cheapest(const Node& node, const Box& box) const;
  void insert_at(const Entry& entry, std::uint32_t level);
  void add(std::uint32_t number, const Entry& entry);
  std::uint32_t part(std::uint32_t number, const Entry& entry);
  std::size_t best_cut(std::array<Entry, kFan + 1>& entries) const;
  void shrink(std::uint32_t number);
  void dissolve(std::uint32_t number);
  void find_in(const Node& node, const Box& box, std::vector<Item>& out) const;

  std::array<double, kAxes> margins_;
  std::array<double, kAxes> extents_{};  // sums over the items
  std::array<float, kAxes> weights_{};   // 1 / extent of a usual query
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> leaf_of_;  // by item
  std::uint32_t root_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace detente::airspace
