// SPDX-License-Identifier: Apache-2.0
#include "geo/cells.h"

#include "geo/s2_config.h"  // before any S2 header

#include <s2/s2cell.h>
#include <s2/s2cell_id.h>

#include <algorithm>
#include <utility>

#include "geo/area_impl.h"

namespace detente::geo {

double half_separation_m(const Area& area, std::int64_t lateral_mm) {
  const double half = static_cast<double>(std::max<std::int64_t>(lateral_mm, 0)) / 2'000;
  // Area::maybe_within may say yes 5 cm and 3e-5 of the way too early, counted with the radii of
  // circles; and 1.1 percent of the distance where very many edges are about equally near.
  return half * 1.012 + 0.1 + 1e-4 * area.impl().radius_m;
}

std::array<std::uint64_t, 6> face_cells() {
  std::array<std::uint64_t, 6> out{};
  for (int face = 0; face < 6; ++face) {
    out[static_cast<std::size_t>(face)] = S2CellId::FromFace(face).id();
  }
  return out;
}

int cell_level(std::uint64_t cell) {
  const S2CellId id(cell);
  return id.is_valid() ? id.level() : -1;
}

std::uint64_t cell_parent(std::uint64_t cell, int level) {
  check(cell_level(cell) >= level && level >= 0, "a parent is not finer than its cell");
  return S2CellId(cell).parent(level).id();
}

bool cell_holds(std::uint64_t outer, std::uint64_t inner) {
  return S2CellId(outer).contains(S2CellId(inner));
}

std::array<std::uint64_t, 4> cell_children(std::uint64_t cell) {
  const S2CellId id(cell);
  check(id.is_valid() && !id.is_leaf(), "only a cell above the last level has children");
  return {id.child(0).id(), id.child(1).id(), id.child(2).id(), id.child(3).id()};
}

Area cell_area(std::uint64_t cell) {
  const int level = cell_level(cell);
  check(level >= 1 && level <= 20, "a cell of this level is no area");
  const S2Cell whole{S2CellId(cell)};
  Polygon polygon;
  for (int k = 0; k < 4; ++k) {
    const S2Point corner = whole.GetVertex(k);
    polygon.vertices.push_back(detail::to_point({corner.x(), corner.y(), corner.z()}));
  }
  Result<Area> area = Area::make(std::move(polygon));
  check(area.has_value(), "four corners of a cell are a polygon");
  return std::move(*area);
}

}  // namespace detente::geo
