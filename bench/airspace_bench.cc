// SPDX-License-Identifier: Apache-2.0
//
// One planned activity against many stored ones, spread over 20 by 20 degrees and ten days: one
// to four volumes each (circles, 12-gons, long corridors), bands of 2,000 ft up to 40,000 ft, half
// an hour to three hours. Separation 5 NM, 1,000 ft, one minute. The same seed each time.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "airspace/conflict_index.h"
#include "geo/geo.h"

namespace {

using namespace detente;
using namespace detente::airspace;

constexpr UtcMs kFirstDay{1'468'540'800'000};  // 2016-07-15
constexpr std::int64_t kHourMs = 3'600'000;

geo::Separation agreed() {
  return {5 * geo::kNauticalMileMm, geo::feet_to_mm(1'000), 60'000};
}

class Plans {
 public:
  explicit Plans(std::uint64_t seed) : engine_(seed) {}

  std::vector<geo::Volume4> next() {
    std::vector<geo::Volume4> out;
    const int count = 1 + static_cast<int>(engine_() % 4);
    const double lat = between(28, 48);
    const double lng = between(28, 48);
    geo::PointE7 at = geo::point_from_degrees(lat, lng).value();
    UtcMs start = kFirstDay + static_cast<std::int64_t>(between(0, 237) * kHourMs);
    const std::int64_t floor = static_cast<std::int64_t>(between(0, 38)) * 1'000;
    for (int i = 0; i < count; ++i) {
      const std::int64_t length = static_cast<std::int64_t>(between(0.5, 3) * kHourMs);
      const geo::AltitudeBand band{geo::feet_to_mm(floor), geo::feet_to_mm(floor + 2'000),
                                   geo::AltitudeReference::msl};
      out.push_back({area(at), band, {start, start + length}});
      at = geo::destination(at, between(0, 360), 30'000);
      start = start + length / 2;
    }
    return out;
  }

 private:
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  geo::Area area(geo::PointE7 at) {
    const auto kind = engine_() % 10;
    if (kind < 5) {
      const auto radius = static_cast<std::int64_t>(between(5, 30) * 1e6);
      return geo::Area::make(geo::Circle{at, radius}).value();
    }
    geo::Polygon polygon;
    if (kind < 8) {
      const double radius = between(5'000, 30'000);
      for (int i = 0; i < 12; ++i)
        polygon.vertices.push_back(geo::destination(at, 30.0 * i, radius));
    } else {  // a corridor of 100 km by 10 km
      const double along = between(0, 180);
      for (const double end : {0.0, 180.0}) {
        const geo::PointE7 middle = geo::destination(at, along + end, 50'000);
        polygon.vertices.push_back(geo::destination(middle, along + end - 90, 5'000));
        polygon.vertices.push_back(geo::destination(middle, along + end + 90, 5'000));
      }
    }
    return geo::Area::make(std::move(polygon)).value();
  }
  std::mt19937_64 engine_;
};

const ConflictIndex& stored(std::int64_t count) {
  static std::int64_t built_count = 0;
  static std::unique_ptr<ConflictIndex> built;
  if (built_count != count) {
    built = std::make_unique<ConflictIndex>(agreed());
    Plans plans(1);
    for (std::int64_t i = 0; i < count; ++i) {
      built->insert(ActivityId{std::to_string(i)}, plans.next());
    }
    built_count = count;
  }
  return *built;
}

void check_one_activity(benchmark::State& state) {
  const ConflictIndex& index = stored(state.range(0));
  Plans plans(2);
  std::vector<std::vector<geo::Volume4>> asked;
  for (int i = 0; i < 2'000; ++i) asked.push_back(plans.next());
  std::size_t next = 0;
  std::size_t met = 0;
  for (auto _ : state) {
    met += index.find(asked[next], ActivityId{}).size();
    next = (next + 1) % asked.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["met"] = static_cast<double>(met) / static_cast<double>(state.iterations());
  state.counters["bytes_per_activity"] =
      static_cast<double>(index.bytes()) / static_cast<double>(index.size());
}
BENCHMARK(check_one_activity)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void insert_one_activity(benchmark::State& state) {
  Plans plans(3);
  std::vector<std::vector<geo::Volume4>> made;
  for (int i = 0; i < 10'000; ++i) made.push_back(plans.next());
  ConflictIndex index(agreed());
  std::size_t next = 0;
  for (auto _ : state) {
    index.insert(ActivityId{std::to_string(next)}, made[next % made.size()]);
    ++next;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(insert_one_activity)->Iterations(50'000)->Unit(benchmark::kMicrosecond);

}  // namespace
