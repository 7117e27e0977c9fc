// SPDX-License-Identifier: Apache-2.0
//
// For tests and benchmarks: plans drawn around a place, from a seed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <utility>
#include <vector>

#include "geo/geo.h"

namespace detente::checks::testing {

using Plan = std::vector<geo::Volume4>;

// The seed of a drawing: DETENTE_SEED, or a new one; printed, so that what failed can be repeated.
inline std::uint64_t drawn_seed() {
  const char* given = std::getenv("DETENTE_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "DETENTE_SEED=" << seed << '\n';
  return seed;
}

// What is the same for all plans of one drawing.
struct World {
  double spread_m = 120'000;  // how far from the place they are
  geo::AltitudeReference reference = geo::AltitudeReference::msl;
};

class Draw {
 public:
  explicit Draw(std::uint64_t seed, World world = {}) : engine_(seed), world_(world) {}
  const World& world() const { return world_; }

  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11U) / 9'007'199'254'740'992.0;
  }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }

  geo::PointE7 place() {
    switch (below(8)) {
      case 0:
        return {900'000'000 - static_cast<std::int32_t>(below(3) * below(1'000'000)), 7};
      case 1:
        return {-900'000'000 + static_cast<std::int32_t>(below(20'000'000)), 1'200'000'000};
      case 2:
        return {static_cast<std::int32_t>(whole(-800'000'000, 800'000'000)), 1'800'000'000};
      case 3:  // where faces of the cube meet
        return {static_cast<std::int32_t>(below(2)) * 352'643'897,
                450'000'000 - static_cast<std::int32_t>(below(4)) * 450'000'000};
      default:
        return geo::point_from_degrees(between(-89, 89), between(-180, 180)).value();
    }
  }
  geo::PointE7 around(geo::PointE7 center, double metres) {
    return geo::destination(center, between(0, 360), metres * std::sqrt(between(0, 1)));
  }

  geo::Area area(geo::PointE7 center, double size) {
    for (;;) {
      Result<geo::Area> made = geo::Area::make(shape(center, size));
      if (made) return *std::move(made);
    }
  }

  // From 10 m to 60 km across, more small ones than large ones.
  geo::Volume4 volume(geo::PointE7 center) {
    const geo::PointE7 at = around(center, world_.spread_m);
    const double size = 10 * std::pow(10, between(0, 3.5));
    return {area(at, size), band(), span()};
  }
  // Up to five volumes, one after the other.
  Plan plan(geo::PointE7 center) {
    Plan out = {volume(center)};
    const auto more = below(2) * below(5);
    const double heading = between(0, 360);
    for (std::uint64_t i = 0; i < more; ++i) {
      geo::Volume4 next = out.back();
      const geo::PointE7 at = geo::destination(next.area.middle(), heading, 8'000);
      next.area = area(at, between(500, 6'000));
      const std::int64_t length = std::min<std::int64_t>(next.time.end - next.time.start, 512'000);
      next.time = {next.time.end, next.time.end + length};
      out.push_back(std::move(next));
    }
    return out;
  }

  geo::Separation separation() {
    constexpr std::int64_t kLateral[] = {0, 500'000, 5'556'000, 9'260'000, 18'520'000};
    constexpr std::int64_t kVertical[] = {0, 1, 152'400, 304'800, 609'601};
    constexpr std::int64_t kTime[] = {0, 1, 60'000, 300'001};
    return {kLateral[below(5)], kVertical[below(5)], kTime[below(4)]};
  }

 private:
  geo::Shape shape(geo::PointE7 center, double size) {
    const auto kind = below(4);
    if (kind == 0)
      return geo::Circle{center, std::max<std::int64_t>(1, std::llround(size * 1'000))};
    const double along = between(0, 360);
    if (kind == 1) {  // a sliver
      const double width = std::max(0.05, size * std::pow(10, between(-4, -1)));
      return geo::Polygon{{geo::destination(center, along, size),
                           geo::destination(center, along + 90, width),
                           geo::destination(center, along + 180, size)}};
    }
    geo::Polygon star;
    const auto corners = 3 + static_cast<int>(below(9));
    const double inner = kind == 2 ? 1 : between(0.2, 1);
    for (int i = 0; i < corners; ++i) {
      const double radius = size * (i % 2 == 0 ? 1 : inner);
      star.vertices.push_back(geo::destination(center, along + 360.0 * i / corners, radius));
    }
    return star;
  }
  geo::AltitudeBand band() {
    const std::int64_t lower = below(6) == 0 ? whole(-8'000'000, 0) : whole(0, 12'000'000);
    const std::int64_t deep = below(5) == 0 ? whole(0, 20'000'000) : whole(0, 1'500'000);
    const auto reference =
        below(4) == 0 ? static_cast<geo::AltitudeReference>(below(3)) : world_.reference;
    return {lower, lower + deep, reference};
  }
  TimeSpan span() {
    constexpr std::int64_t kDay = 1'468'540'800'000;
    const UtcMs start{kDay + whole(0, 6 * 3'600'000)};
    switch (below(6)) {
      case 0:
        return {start, start + whole(1, 1'000)};
      case 1:
        return {start, start + whole(3'600'000, 10 * 86'400'000LL)};
      default:
        return {start, start + whole(60'000, 3 * 3'600'000)};
    }
  }

  std::mt19937_64 engine_;
  World world_;
};

}  // namespace detente::checks::testing
