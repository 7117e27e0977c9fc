// SPDX-License-Identifier: Apache-2.0
//
// Areas of about 40 km, spread over a country of 9 by 9 degrees so that a point lies in none to
// three of them. The points are drawn from the same country; the same seed each time.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "geo/geo.h"
#include "geo/overlap.h"

namespace {

using namespace detente;
using namespace detente::geo;

constexpr double kCountryDegrees = 9;

PointE7 at(double lat, double lng) {
  return point_from_degrees(lat, lng).value();
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  // `degrees`: the side of the country; more areas need more room to overlap as little.
  PointE7 somewhere(double degrees) {
    const double lat = between(30, 30 + degrees);
    const double lng = between(30, 30 + degrees);
    return at(lat, lng);
  }

 private:
  std::mt19937_64 engine_;
};

// A star-shaped polygon, `radius_m` on average; many corners make it smoother, not more jagged,
// unless each of its teeth has the given part of the radius.
Area star(Random& random, PointE7 center, double radius_m, int corners = 24, double teeth = 0) {
  Polygon polygon;
  if (teeth == 0) teeth = 4.8 / corners;
  for (int i = 0; i < corners; ++i) {
    const double radius = radius_m * (1 + random.between(-1, 1) * teeth);
    polygon.vertices.push_back(destination(center, 360.0 * i / corners, radius));
  }
  return Area::make(std::move(polygon)).value();
}

// 10,000 areas with a radius of 20 km cover 12.6 million square km: two layers of 25 degrees.
double side_degrees(std::int64_t areas) {
  return areas > 1'000 ? 25 : kCountryDegrees;
}

std::vector<Area> country(std::int64_t count, bool circles) {
  Random random(1);
  std::vector<Area> areas;
  for (std::int64_t i = 0; i < count; ++i) {
    const PointE7 center = random.somewhere(side_degrees(count));
    areas.push_back(circles ? Area::make(Circle{center, 20'000'000}).value()
                            : star(random, center, 20'000));
  }
  return areas;
}

std::vector<PointE7> points_in(double degrees) {
  Random random(2);
  std::vector<PointE7> points;
  points.reserve(1 << 16);
  for (int i = 0; i < 1 << 16; ++i) points.push_back(random.somewhere(degrees));
  return points;
}

void find(benchmark::State& state, bool circles) {
  const AreaIndex index(country(state.range(0), circles), static_cast<int>(state.range(1)));
  const auto points = points_in(side_degrees(state.range(0)));
  std::vector<std::uint32_t> found;
  std::size_t next = 0;
  std::size_t hits = 0;
  for (auto _ : state) {
    found.clear();
    index.find(points[next++ % points.size()], found);
    hits += found.size();
    benchmark::DoNotOptimize(found.data());
  }
  state.counters["areas_per_point"] =
      static_cast<double>(hits) / static_cast<double>(state.iterations());
  state.counters["MiB"] = static_cast<double>(index.bytes()) / 1024 / 1024;
}
void index_find_polygons(benchmark::State& state) {
  find(state, false);
}
void index_find_circles(benchmark::State& state) {
  find(state, true);
}
BENCHMARK(index_find_polygons)->ArgsProduct({{1'000, 10'000}, {8, 16, 32, 64}});
BENCHMARK(index_find_circles)->ArgsProduct({{1'000, 10'000}, {16}});

// An aircraft's next position is near its last one: neighbouring memory.
void index_find_along_tracks(benchmark::State& state) {
  const AreaIndex index(country(state.range(0), false));
  Random random(3);
  std::vector<PointE7> points;
  for (int track = 0; track < 200; ++track) {
    PointE7 here = random.somewhere(side_degrees(state.range(0)));
    const double heading = random.between(0, 360);
    for (int i = 0; i < 300; ++i) {
      points.push_back(here);
      here = destination(here, heading, 250);
    }
  }
  std::vector<std::uint32_t> found;
  std::size_t next = 0;
  for (auto _ : state) {
    found.clear();
    index.find(points[next++ % points.size()], found);
    benchmark::DoNotOptimize(found.data());
  }
}
BENCHMARK(index_find_along_tracks)->Arg(1'000)->Arg(10'000);

void index_build(benchmark::State& state) {
  const auto areas = country(state.range(0), false);
  for (auto _ : state) {
    const AreaIndex index(areas);
    benchmark::DoNotOptimize(index.size());
  }
}
BENCHMARK(index_build)->Arg(1'000)->Unit(benchmark::kMillisecond);

void leaf(benchmark::State& state) {
  const auto points = points_in(kCountryDegrees);
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(leaf_cell(points[next++ % points.size()]));
}
BENCHMARK(leaf);

void area_contains(benchmark::State& state) {
  Random random(4);
  const Area area = star(random, at(35, 35), 20'000, static_cast<int>(state.range(0)));
  std::vector<PointE7> points;
  points.reserve(4096);
  for (int i = 0; i < 4096; ++i) {
    points.push_back(at(random.between(34.75, 35.25), random.between(34.75, 35.25)));
  }
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(area.contains(points[next++ % points.size()]));
}
BENCHMARK(area_contains)->Arg(6)->Arg(24)->Arg(1'000)->Arg(10'000);

void make_area(benchmark::State& state) {
  Random random(5);
  const Area area = star(random, at(35, 35), 20'000, static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Area::make(area.shape()));
}
BENCHMARK(make_area)->Arg(24)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void point_to_point(benchmark::State& state) {
  const auto points = points_in(kCountryDegrees);
  std::size_t next = 0;
  for (auto _ : state) {
    const PointE7 from = points[next++ % points.size()];
    const PointE7 to = points[next % points.size()];
    benchmark::DoNotOptimize(geo::distance_m(from, to));
  }
}
BENCHMARK(point_to_point);

void area_to_point(benchmark::State& state) {
  Random random(6);
  const Area area = star(random, at(35, 35), 20'000, static_cast<int>(state.range(0)));
  const auto points = points_in(kCountryDegrees);
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(area.distance_m(points[next++ % points.size()]));
}
BENCHMARK(area_to_point)->Arg(24)->Arg(1'000);

// Two areas of 20 km around, `apart_m` between them; the separation is 9,260 m.
std::pair<Volume4, Volume4> two_volumes(int corners, double apart_m, double teeth = 0) {
  Random random(7);
  const PointE7 there = destination(at(35, 35), 70, 40'000 + apart_m);
  const Area one = star(random, at(35, 35), 20'000, corners, teeth);
  const Area other = star(random, there, 20'000, corners, teeth);
  const AltitudeBand band{0, 3'000'000, AltitudeReference::msl};
  const TimeSpan time{{0}, {3'600'000}};
  return {{one, band, time}, {other, band, time}};
}
constexpr Separation kSeparation{5 * kNauticalMileMm, feet_to_mm(1'000), 60'000};

void conflict_of_two(benchmark::State& state, double apart_m) {
  const auto [a, b] = two_volumes(static_cast<int>(state.range(0)), apart_m);
  bool found = false;
  for (auto _ : state) benchmark::DoNotOptimize(found = conflict(a, b, kSeparation));
  state.SetLabel(found ? "conflict" : "no conflict");
}
BENCHMARK_CAPTURE(conflict_of_two, overlapping, -15'000)->Arg(24)->Arg(10'000);
BENCHMARK_CAPTURE(conflict_of_two, near, 5'000)->Arg(24)->Arg(10'000);
BENCHMARK_CAPTURE(conflict_of_two, just_separate, 15'000)->Arg(24)->Arg(10'000);
BENCHMARK_CAPTURE(conflict_of_two, far, 200'000)->Arg(24)->Arg(10'000);

void overlap_of_two(benchmark::State& state, double apart_m, double teeth) {
  const auto [a, b] = two_volumes(static_cast<int>(state.range(0)), apart_m, teeth);
  for (auto _ : state) benchmark::DoNotOptimize(overlap(a, b, kSeparation));
}
BENCHMARK_CAPTURE(overlap_of_two, smooth, 5'000, 0)
    ->Arg(24)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(overlap_of_two, jagged, -15'000, 0.2)
    ->Arg(240)
    ->Arg(1'700)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
