// SPDX-License-Identifier: Apache-2.0
//
// Internal to protection: numbered areas, found by place. Each item lies in at most six cells that
// cover its bounding cap (geo::cap_cells); cells of one size are kept together, so that a question
// looks for the cells within its own and for the one around it. It only narrows the candidates:
// whoever asks measures the distance. Unlike geo::AreaIndex it takes items one by one.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "geo/geo.h"

namespace detente::protection {

class CellIndex {
 public:
  using Item = std::uint32_t;
  void insert(Item item, const geo::BoundingCap& cap);
  // Appends the items that may lie within `metres` of the cap: ascending, each once, none missing.
  void find(const geo::BoundingCap& cap, double metres, std::vector<Item>& out) const;

 private:
  // By the size of a cell (last - first), then by its first leaf.
  std::map<std::uint64_t, std::multimap<std::uint64_t, Item>> cells_;
};

}  // namespace detente::protection
