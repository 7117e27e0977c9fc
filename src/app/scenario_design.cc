// SPDX-License-Identifier: Apache-2.0
#include "app/scenario_design.h"

#include <utility>

namespace detente::app {
namespace {

constexpr double kMarginM = 6'000;

struct Maker {
  Plane plane;
  double bearing;
  Layer layer;
  ScenarioRandom& random;
  Design out;

  double level() {
    const std::int64_t floor = layer.floor_ft + 500;
    const std::int64_t ceiling = layer.ceiling_ft - 500;
    return static_cast<double>(100 * random.between(floor / 100, ceiling / 100));
  }
  double metres(std::int64_t low_km, std::int64_t high_km) {
    return static_cast<double>(100 * random.between(10 * low_km, 10 * high_km));
  }

  Result<geo::Area> box(Metres middle, double along_deg, double half_length, double half_width) {
    geo::Polygon polygon;
    const std::pair<double, double> corners[] = {{1, 1}, {1, -1}, {-1, -1}, {-1, 1}};
    for (const auto& [forward, right] : corners) {
      const Metres corner = along(along_deg, forward * half_length, right * half_width);
      polygon.vertices.push_back(plane.point(middle + corner));
    }
    return geo::Area::make(std::move(polygon));
  }

  void lap(double half_length, double half_width, double altitude_ft) {
    out.route.push_back({along(bearing, -half_length, -half_width), altitude_ft});
    out.route.push_back({along(bearing, half_length, -half_width), altitude_ft});
    out.route.push_back({along(bearing, half_length, half_width), altitude_ft});
  }

  Status racetrack(bool stray) {
    const double half_length = metres(18, 26);
    const double half_width = metres(8, 9);
    DETENTE_TRY(geo::Area area, box({}, bearing, half_length + kMarginM, half_width + kMarginM));
    out.areas.push_back(std::move(area));
    const std::int64_t stray_lap = random.between(2, 4);
    const double aside = half_width + kMarginM + metres(12, 16);
    if (stray) {
      const double reach = aside - half_width - kMarginM + 5'000;
      DETENTE_TRY(geo::Area beyond, box(along(bearing, 0, half_width + kMarginM + reach / 2),
                                        bearing, half_length + kMarginM, reach / 2 + 1'000));
      out.beyond.push_back(std::move(beyond));
    }
    double altitude_ft = level();
    for (std::int64_t i = 0; i < 30; ++i) {
      if (i % 3 == 2) altitude_ft = level();
      lap(half_length, half_width, altitude_ft);
      if (stray && i == stray_lap) out.route.push_back({along(bearing, 0, aside), altitude_ft});
      out.route.push_back({along(bearing, -half_length, half_width), altitude_ft});
    }
    return {};
  }

  Status lanes() {
    const double half_length = metres(14, 18);
    const double spacing = 7'500;
    const int count = 5;
    const double half_width = spacing * (count - 1) / 2;
    DETENTE_TRY(geo::Area area, box({}, bearing, half_length + kMarginM, half_width + kMarginM));
    out.areas.push_back(std::move(area));
    const double altitude_ft = level();
    // Lanes 0, 1, .. 4, 3, .. 0, 1, ..: each is flown in the other direction than the one before,
    // and the turn to the next one is wide enough.
    for (int i = 0; i < 20; ++i) {
      const int step = i % (2 * (count - 1));
      const int lane = step < count ? step : 2 * (count - 1) - step;
      const double side = lane * spacing - half_width;
      const double begin = i % 2 == 0 ? -half_length : half_length;
      out.route.push_back({along(bearing, begin, side), altitude_ft});
      out.route.push_back({along(bearing, -begin, side), altitude_ft});
    }
    return {};
  }

  Status corridor() {
    const double first = metres(65, 80);
    const double second = metres(65, 80);
    const double half_width = 9'000;
    const double bend = static_cast<double>(random.between(12, 35));
    const double onward = random.one_in(2) ? bearing + bend : bearing - bend;
    DETENTE_TRY(geo::Area one,
                box(along(bearing, -first / 2), bearing, first / 2 + kMarginM, half_width));
    out.areas.push_back(std::move(one));
    DETENTE_TRY(geo::Area two,
                box(along(onward, second / 2), onward, second / 2 + kMarginM, half_width));
    out.areas.push_back(std::move(two));
    const double low_ft = level();
    const double high_ft = level();
    out.route = {{along(bearing, -first), low_ft}, {{}, high_ft}, {along(onward, second), high_ft}};
    return {};
  }

  Status orbit() {
    const double radius = metres(13, 16);
    DETENTE_TRY(geo::Area area,
                geo::Area::make(geo::Circle{plane.point({}),
                                            static_cast<std::int64_t>(radius + 8'000) * 1'000}));
    out.areas.push_back(std::move(area));
    double altitude_ft = level();
    for (int i = 0; i < 120; ++i) {
      if (i % 18 == 17) altitude_ft = level();
      out.route.push_back({along(bearing + 60.0 * i, radius), altitude_ft});
    }
    // Home leads over the middle, so that the turn to it lies inside.
    out.last_leg = {{{}, altitude_ft}, {along(bearing + 180, radius + 3'000), altitude_ft}};
    return {};
  }

  Status hop() {
    const double distance = metres(32, 40);
    const double half_width = 5'000;
    DETENTE_TRY(geo::Area area,
                box(along(bearing, -distance / 2), bearing, distance / 2 + kMarginM, half_width));
    out.areas.push_back(std::move(area));
    const double out_ft = level();
    const double back_ft = level();
    const std::int64_t wait_s = random.between(240, 420);
    const Metres field = along(bearing, -distance);
    out.route = {{field, out_ft, 120},
                 {along(bearing, -distance / 2), out_ft},
                 {{}, out_ft, wait_s},
                 {along(bearing, -distance / 2, 1'000), back_ft},
                 {field, back_ft, 90}};
    return {};
  }
};

}  // namespace

Result<Design> make_design(Pattern pattern, const Spot& spot, const Layer& layer,
                           ScenarioRandom& random) {
  Maker maker{Plane(spot.origin), spot.bearing_deg, layer, random, {}};
  maker.out.origin = spot.origin;
  Status made;
  switch (pattern) {
    case Pattern::racetrack:
      made = maker.racetrack(false);
      break;
    case Pattern::stray_racetrack:
      made = maker.racetrack(true);
      break;
    case Pattern::lanes:
      made = maker.lanes();
      break;
    case Pattern::corridor:
      made = maker.corridor();
      break;
    case Pattern::orbit:
      made = maker.orbit();
      break;
    case Pattern::hop:
      made = maker.hop();
      break;
  }
  if (!made) return fail(std::move(made.error()));
  return std::move(maker.out);
}

}  // namespace detente::app
