// SPDX-License-Identifier: Apache-2.0
//
// Internal to geo: the shapes of an index in as little memory as will do, one after the other.
// Memory that is not in the cache costs more than all the arithmetic of a test; so a polygon of
// 24 vertices is 250 bytes in single precision here. Near a boundary, and for polygons with many
// vertices, there is no answer, and the caller asks the area itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "geo/geo.h"
#include "geo/vec.h"

namespace detente::geo::detail {

class CompactShapes {
 public:
  enum class Side : std::uint8_t { inside, outside, unclear };

  void add(const Area& area);
  // `number` counts the calls of add() from 0.
  Side locate(std::uint32_t number, const Vec& p) const;
  // Asks for the shape's memory ahead of locate().
  void prefetch(std::uint32_t number) const {
    const float* shape = numbers_.data() + offsets_[number];
    for (int line = 0; line < 4; ++line) __builtin_prefetch(shape + std::ptrdiff_t{16} * line);
  }
  std::size_t bytes() const {
    return offsets_.capacity() * sizeof(std::uint32_t) + numbers_.capacity() * sizeof(float);
  }

 private:
  void add_polygon(const Area::Impl& area, const std::vector<PointE7>& vertices);
  void push(const Vec& v);

  std::vector<std::uint32_t> offsets_;
  std::vector<float> numbers_;
};

}  // namespace detente::geo::detail
