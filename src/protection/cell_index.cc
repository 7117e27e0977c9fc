// SPDX-License-Identifier: Apache-2.0
#include "protection/cell_index.h"

#include <algorithm>

namespace detente::protection {

void CellIndex::insert(Item item, const geo::BoundingCap& cap) {
  for (const geo::CellRange& cell : geo::cap_cells(cap, 0)) {
    cells_[cell.last - cell.first].emplace(cell.first, item);
  }
}

void CellIndex::find(const geo::BoundingCap& cap, double metres, std::vector<Item>& out) const {
  const std::size_t before = out.size();
  for (const geo::CellRange& cell : geo::cap_cells(cap, metres)) {
    for (const auto& [size, items] : cells_) {
      auto it = items.lower_bound(cell.first);
      // Cells of one size are disjoint: only the one before can reach in from the left.
      if (it != items.begin()) {
        const std::uint64_t first = std::prev(it)->first;
        if (cell.first - first <= size) it = items.lower_bound(first);
      }
      for (; it != items.end() && it->first <= cell.last; ++it) out.push_back(it->second);
    }
  }
  const auto from = out.begin() + static_cast<std::ptrdiff_t>(before);
  std::sort(from, out.end());
  out.erase(std::unique(from, out.end()), out.end());
}

}  // namespace detente::protection
