// SPDX-License-Identifier: Apache-2.0
#include "geo/compact_shapes.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "geo/area_impl.h"
#include "geo/planar.h"

namespace detente::geo::detail {
namespace {

// The numbers of one shape: centre (3), square of the chord beyond which all is outside, square of
// the chord below which all is inside (circles, else -1), guard, count of vertices (0: unclear
// between the two chords); then for polygons the axes u (3) and v (3), and count + 1 values of x
// and as many of y, with the first vertex again at the end.
enum : std::size_t {
  kCenter = 0,
  kMost = 3,
  kSure = 4,
  kGuard = 5,
  kCount = 6,
  kU = 7,
  kV = 10,
  kXs = 13
};

// With more vertices than this the area's own slabs are quicker.
constexpr std::size_t kVerticesMax = 64;

Vec read(const float* n) {
  return {n[0], n[1], n[2]};
}

// As the vector is after rounding to single precision.
Vec rounded(const Vec& v) {
  return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

}  // namespace

void CompactShapes::push(const Vec& v) {
  numbers_.push_back(static_cast<float>(v.x));
  numbers_.push_back(static_cast<float>(v.y));
  numbers_.push_back(static_cast<float>(v.z));
}

void CompactShapes::add(const Area& area) {
  const Area::Impl& impl = area.impl();
  offsets_.push_back(static_cast<std::uint32_t>(numbers_.size()));
  push(impl.cap_center);
  // Rounding moves the centre by less than 1e-7, and the squares by less than 1e-6 of themselves.
  const double most = std::sqrt(impl.cap_chord2) + 1e-7;
  const double sure = std::sqrt(impl.inner_chord2) - 1e-7;
  numbers_.push_back(static_cast<float>(most * most * (1 + 1e-6)));
  numbers_.push_back(sure > 0 ? static_cast<float>(sure * sure * (1 - 1e-6)) : -1.0F);
  const auto* polygon = std::get_if<Polygon>(&impl.shape);
  if (polygon != nullptr && polygon->vertices.size() <= kVerticesMax && impl.flat()) {
    add_polygon(impl, polygon->vertices);
  } else {
    numbers_.insert(numbers_.end(), {0.0F, 0.0F});
  }
}

// The plane is that of PlanarPolygon. The axes are used as they are after rounding: then they are
// not quite at right angles, but great circles are still straight lines.
void CompactShapes::add_polygon(const Area::Impl& area, const std::vector<PointE7>& vertices) {
  const Vec center = rounded(area.cap_center);
  const Vec axis = std::fabs(center.z) < 0.8 ? Vec{0, 0, 1} : Vec{1, 0, 0};
  const Vec east = cross(axis, center);
  const Vec u = rounded((1 / std::sqrt(dot(east, east))) * east);
  const Vec v = rounded(cross(center, u));
  // Rounding moves vertices and points by 6e-8 of their distance from the centre, and the products
  // of the test as much again: 32 times that, and what PlanarPolygon keeps free anyway.
  const double extent = 1.2 * std::tan(area.cap_radius) + 1e-6;
  numbers_.push_back(static_cast<float>(2e-8 + 2e-6 * extent));
  numbers_.push_back(static_cast<float>(vertices.size()));
  push(u);
  push(v);
  for (const Vec& direction : {u, v}) {
    for (std::size_t i = 0; i <= vertices.size(); ++i) {
      const Vec p = unit(vertices[i % vertices.size()]);
      numbers_.push_back(static_cast<float>(dot(p, direction) / dot(p, center)));
    }
  }
}

CompactShapes::Side CompactShapes::locate(std::uint32_t number, const Vec& p) const {
  const float* shape = numbers_.data() + offsets_[number];
  const Vec center = read(shape + kCenter);
  const double apart = chord2(p, center);
  if (apart > static_cast<double>(shape[kMost])) return Side::outside;
  if (apart < static_cast<double>(shape[kSure])) return Side::inside;
  const auto count = static_cast<std::size_t>(shape[kCount]);
  if (count == 0) return Side::unclear;
  const double scale = 1 / dot(p, center);
  const auto x = static_cast<float>(dot(p, read(shape + kU)) * scale);
  const auto y = static_cast<float>(dot(p, read(shape + kV)) * scale);
  const float guard = shape[kGuard];
  const float* xs = shape + kXs;
  const float* ys = xs + count + 1;
  unsigned crossings = 0;
  unsigned near = 0;
  // Without branches, so that the compiler can take four edges at a time.
  for (std::size_t i = 0; i < count; ++i) {
    const float dx = xs[i + 1] - xs[i];
    const float dy = ys[i + 1] - ys[i];
    // Positive to the left of the edge; divided by the length it is the distance from its line.
    const float left = dx * (y - ys[i]) - dy * (x - xs[i]);
    crossings += static_cast<unsigned>(ys[i] <= y) & static_cast<unsigned>(ys[i + 1] > y) &
                 static_cast<unsigned>(left > 0);
    crossings += static_cast<unsigned>(ys[i + 1] <= y) & static_cast<unsigned>(ys[i] > y) &
                 static_cast<unsigned>(left < 0);
    near |=
        static_cast<unsigned>(std::fabs(left) <= guard * (std::fabs(dx) + std::fabs(dy))) &
        static_cast<unsigned>(std::fabs(2 * y - ys[i] - ys[i + 1]) <= std::fabs(dy) + 2 * guard) &
        static_cast<unsigned>(std::fabs(2 * x - xs[i] - xs[i + 1]) <= std::fabs(dx) + 2 * guard);
  }
  if (near != 0) return Side::unclear;
  return (crossings & 1U) != 0 ? Side::inside : Side::outside;
}

}  // namespace detente::geo::detail
