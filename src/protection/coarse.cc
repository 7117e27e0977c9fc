// SPDX-License-Identifier: Apache-2.0
#include "protection/coarse.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/limits.h"

namespace detente::protection {
namespace {

constexpr double kMetresPerDegree = 111'195;
// From the middle of a cell to its farthest corner, in cells: half the diagonal is 0.7072, the
// ellipsoid makes it at most 0.7092, and roundings add centimetres.
constexpr double kReach = 0.72;

// Where the cell of a point has its middle.
geo::PointE7 cell_middle(geo::PointE7 point, double cell_m) {
  const double degrees = cell_m / kMetresPerDegree;
  const double rows = std::ceil(180 / degrees);
  const double height = 180 / rows;
  const double row = std::clamp(std::floor((geo::lat_degrees(point) + 90) / height), 0.0, rows - 1);
  const double south = row * height - 90;
  const double nearest_equator =
      south < 0 && south + height > 0 ? 0 : std::min(std::abs(south), std::abs(south + height));
  const double around = 360 * std::cos(nearest_equator * std::numbers::pi / 180);
  const double columns = std::max(1.0, std::ceil(around / degrees));
  const double width = 360 / columns;
  const double column =
      std::clamp(std::floor((geo::lng_degrees(point) + 180) / width), 0.0, columns - 1);
  const double lng = (column + 0.5) * width - 180;
  return {static_cast<std::int32_t>(std::llround((south + height / 2) * 1e7)),
          static_cast<std::int32_t>(std::llround(lng * 1e7))};
}

}  // namespace

Result<geo::Circle> coarse_circle(const geo::Area& exact, std::int64_t cell_mm) {
  const double cell_m = static_cast<double>(cell_mm) / 1'000;
  const geo::BoundingCap cap = exact.bounding_cap();
  const geo::PointE7 middle = cell_middle(cap.center, cell_m);
  // Of the size alone; what the measured distance asks for is never more, and is looked at all the
  // same.
  const double by_size = kReach * cell_m + cap.radius_m + 1;
  const double measured = geo::distance_m(middle, cap.center) + cap.radius_m + 1;
  const auto cells = static_cast<std::int64_t>(std::ceil(std::max(by_size, measured) / cell_m));
  const geo::Circle out{middle, cells * cell_mm};
  const Result<geo::Area> area = geo::Area::make(out);
  if (!area) return fail(area.error());
  return out;
}

}  // namespace detente::protection
