// SPDX-License-Identifier: Apache-2.0
#include "utm/covers.h"

#include <algorithm>
#include <vector>

namespace detente::utm {
namespace {

bool area_covers(const geo::Area& outer, const geo::Area& inner) {
  if (outer.shape() == inner.shape()) return true;
  const auto* circle = std::get_if<geo::Circle>(&inner.shape());
  const auto* around = std::get_if<geo::Circle>(&outer.shape());
  if (circle != nullptr && around != nullptr) {
    const double apart = geo::distance_m(circle->center, around->center);
    return apart * 1'000 + static_cast<double>(circle->radius_mm) <=
           static_cast<double>(around->radius_mm) + 10;
  }
  const std::vector<geo::PointE7> outline = inner.outline();
  return std::all_of(outline.begin(), outline.end(),
                     [&](geo::PointE7 point) { return outer.contains(point); });
}

}  // namespace

bool covers(const geo::Volume4& outer, std::span<const geo::Volume4> volumes) {
  return std::all_of(volumes.begin(), volumes.end(), [&](const geo::Volume4& volume) {
    return outer.time.start <= volume.time.start && volume.time.end <= outer.time.end &&
           outer.altitude.lower_mm <= volume.altitude.lower_mm &&
           volume.altitude.upper_mm <= outer.altitude.upper_mm &&
           area_covers(outer.area, volume.area);
  });
}

}  // namespace detente::utm
