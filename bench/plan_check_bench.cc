// SPDX-License-Identifier: Apache-2.0
//
// One plan checked among activities that are filed in a real ledger: circles of 5 to 30 km over
// 20 by 20 degrees and ten days, bands of 2,000 ft up to 40,000 ft, half an hour to three hours.
// Separation 5 NM, 1,000 ft, one minute. The plans that are asked have three volumes. Then plans
// whose polygons have the most corners that are allowed. The same seed each time.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "airspace/plan_check.h"
#include "airspace/testing_sky.h"
#include "base/limits.h"

namespace {

using namespace detente;
using namespace detente::airspace;
using airspace::testing::kHourMs;
using airspace::testing::kMorning;
using airspace::testing::Sky;

class Plans {
 public:
  explicit Plans(std::uint64_t seed) : engine_(seed) {}

  ActivityPlan next(int count) {
    ActivityPlan plan;
    plan.purpose = terms::Purpose::patrol;
    geo::PointE7 at = geo::point_from_degrees(between(28, 48), between(28, 48)).value();
    plan.place = {"Ferry", at};
    UtcMs start = kMorning + 26 * kHourMs + static_cast<std::int64_t>(between(0, 237) * kHourMs);
    const auto floor = static_cast<std::int64_t>(between(0, 38)) * 1'000;
    for (int i = 0; i < count; ++i) {
      const auto length = static_cast<std::int64_t>(between(0.5, 3) * kHourMs);
      const auto radius = static_cast<std::int64_t>(between(5, 30) * 1e6);
      plan.volumes.push_back(
          {geo::Area::make(geo::Circle{at, radius}).value(),
           {geo::feet_to_mm(floor), geo::feet_to_mm(floor + 2'000), geo::AltitudeReference::msl},
           {start, start + length}});
      at = geo::destination(at, between(0, 360), 20'000);
      start = start + length / 2;
    }
    return plan;
  }

 private:
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  std::mt19937_64 engine_;
};

// A star with this many corners.
geo::Area star(geo::PointE7 center, int corners) {
  geo::Polygon polygon;
  for (int i = 0; i < corners; ++i) {
    polygon.vertices.push_back(
        geo::destination(center, 360.0 * i / corners, i % 2 == 0 ? 20'000 : 19'000));
  }
  return geo::Area::make(std::move(polygon)).value();
}

// The next entry of south's log, as the ledger takes it in; nobody signed it.
void take_in(Sky& sky, Ledger& ledger, std::uint64_t index, const ActivityPlan& plan) {
  record::Entry entry;
  entry.header.seq = LeafIndex{index};
  entry.header.time = kMorning;
  entry.statement.id = StatementId{"activity-" + std::to_string(index)};
  entry.statement.log = sky.origin("south");
  entry.statement.type = "activity.propose";
  const std::string body = write_plan(plan);
  entry.statement.document = parse_json(body, {.bytes_max = body.size()}).value();
  ledger.apply(PartyId{"south"}, entry, {"south/duty-1"});
}

const Ledger& filled(Sky& sky, std::int64_t activities) {
  static std::int64_t built = -1;
  static std::unique_ptr<Ledger> ledger;
  if (built == activities) return *ledger;
  ledger = std::make_unique<Ledger>(sky.agreement());
  Plans plans(7);
  for (std::int64_t i = 0; i < activities; ++i) {
    ActivityPlan plan = plans.next(3);
    plan.operator_id = PartyId{"south"};
    take_in(sky, *ledger, static_cast<std::uint64_t>(i), plan);
  }
  built = activities;
  return *ledger;
}

Flexibility wide() {
  return {.earlier_ms = 6 * kHourMs,
          .later_ms = 6 * kHourMs,
          .higher_mm = geo::feet_to_mm(9'000),
          .lower_mm = geo::feet_to_mm(9'000),
          .shorten_to_ms = kHourMs / 2,
          .sideways_mm = 30'000'000};
}

void check_plans(benchmark::State& state, const Flexibility& flexibility) {
  Sky sky;
  const Ledger& ledger = filled(sky, state.range(0));
  Plans plans(99);
  std::int64_t conflicts = 0;
  std::int64_t ways = 0;
  for (auto _ : state) {
    state.PauseTiming();
    PlanToCheck question{.terms = {},
                         .owner = PartyId{"north"},
                         .plan = plans.next(3),
                         .flexibility = flexibility,
                         .now = kMorning};
    question.terms.agreement = sky.agreement();
    question.plan.operator_id = PartyId{"north"};
    state.ResumeTiming();
    const PlanCheck check = examine_plan(ledger, question);
    conflicts += static_cast<std::int64_t>(check.conflicts.size());
    ways += static_cast<std::int64_t>(check.ways.size());
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["conflicts"] = static_cast<double>(conflicts) / rounds;
  state.counters["ways"] = static_cast<double>(ways) / rounds;
}
void Check(benchmark::State& state) {
  check_plans(state, {});
}
void CheckWithWaysOut(benchmark::State& state) {
  check_plans(state, wide());
}
// As far as the limits let a plan move.
void CheckWithWidestFlexibility(benchmark::State& state) {
  check_plans(state, {.earlier_ms = limits::kFlexibleMs,
                      .later_ms = limits::kFlexibleMs,
                      .higher_mm = limits::kFlexibleHeightMm,
                      .lower_mm = limits::kFlexibleHeightMm,
                      .shorten_to_ms = 1,
                      .sideways_mm = limits::kFlexibleSidewaysMm});
}
BENCHMARK(CheckWithWidestFlexibility)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(Check)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(CheckWithWaysOut)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

PlanToCheck crowded(Sky& sky, int volumes, int corners) {
  const geo::PointE7 center = geo::point_from_degrees(36, 37).value();
  PlanToCheck out{.terms = {},
                  .owner = PartyId{"north"},
                  .plan = Plans(3).next(volumes),
                  .flexibility = {},
                  .now = kMorning};
  out.terms.agreement = sky.agreement();
  out.plan.operator_id = PartyId{"north"};
  out.plan.place.point = center;
  for (geo::Volume4& volume : out.plan.volumes) {
    volume = {star(center, corners),
              {geo::feet_to_mm(10'000), geo::feet_to_mm(12'000), geo::AltitudeReference::msl},
              {kMorning + 26 * kHourMs, kMorning + 27 * kHourMs}};
  }
  return out;
}

// As many corners as a statement holds, 1,700, against eight others of 1,700. With and without
// ways out.
void CheckOfManyCorners(benchmark::State& state) {
  Sky sky;
  Ledger ledger(sky.agreement());
  PlanToCheck question = crowded(sky, 1, 1'700);
  for (std::uint64_t i = 0; i < 8; ++i) {
    ActivityPlan plan = question.plan;
    plan.operator_id = PartyId{"south"};
    plan.volumes.front().area =
        star(geo::destination(plan.place.point, 45.0 * static_cast<double>(i), 5'000), 1'700);
    take_in(sky, ledger, i, plan);
  }
  if (state.range(0) == 1) question.flexibility = wide();
  PlanCheck check;
  for (auto _ : state) check = examine_plan(ledger, question);
  state.counters["conflicts"] = static_cast<double>(check.conflicts.size());
  state.counters["ways"] = static_cast<double>(check.ways.size());
}
BENCHMARK(CheckOfManyCorners)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->Iterations(3);

// As many corners as the body of a request holds: four polygons of 10,000. More than can be filed.
void CheckOfTooManyCorners(benchmark::State& state) {
  Sky sky;
  Ledger ledger(sky.agreement());
  const std::string body = write_plan(crowded(sky, 4, 10'000).plan);
  bool refused = true;
  for (auto _ : state) {
    const JsonDocument document = parse_json(body, {.bytes_max = body.size()}).value();
    PlanToCheck question = crowded(sky, 1, 4);
    question.plan = read_plan(document.root(), *sky.agreement()).value();
    refused = refused && examine_plan(ledger, question).problem.has_value();
  }
  state.counters["bytes"] = static_cast<double>(body.size());
  state.counters["refused"] = refused ? 1 : 0;
}
BENCHMARK(CheckOfTooManyCorners)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
