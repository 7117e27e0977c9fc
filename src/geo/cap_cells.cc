// SPDX-License-Identifier: Apache-2.0
#include "geo/s2_config.h"  // before any S2 header

#include <s2/s2cap.h>
#include <s2/s2cell.h>
#include <s2/s2cell_id.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "geo/geo.h"
#include "geo/vec.h"

namespace detente::geo {

std::vector<CellRange> cap_cells(const BoundingCap& cap, double inflate_m) {
  // The shortest length on the ellipsoid that an angle can have, and a little for rounding.
  constexpr double kMetresPerRadian = detail::kRadiusM * detail::kStretchMin;
  constexpr double kPi = 3.14159265358979323846;
  const double metres = std::max(0.0, cap.radius_m) + std::max(0.0, inflate_m) + 1;
  const double radians = std::min(kPi, metres / kMetresPerRadian + 1e-12);
  const detail::Vec center = detail::unit(cap.center);
  const S2Cap wide(S2Point(center.x, center.y, center.z), S1Angle::Radians(radians));
  std::vector<S2CellId> ids;
  wide.GetCellUnionBound(&ids);
  std::vector<CellRange> out;
  out.reserve(ids.size());
  for (const S2CellId id : ids) {
    if (!wide.MayIntersect(S2Cell(id))) continue;
    out.push_back({id.range_min().id(), id.range_max().id(), false});
  }
  return out;
}

}  // namespace detente::geo
