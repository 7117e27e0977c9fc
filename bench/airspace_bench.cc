// SPDX-License-Identifier: Apache-2.0
//
// One planned activity against many stored ones, spread over 20 by 20 degrees and ten days: one
// to four volumes each (circles, 12-gons, long corridors), bands of 2,000 ft up to 40,000 ft, half
// an hour to three hours. Separation 5 NM, 1,000 ft, one minute. The same seed each time.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "airspace/conflict_index.h"
#include "airspace/ledger.h"
#include "airspace/testing_sky.h"
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

// Entries as a log reader hands them on. Signatures play no part in the ledger, so there are none.
class Scribe {
 public:
  explicit Scribe(airspace::testing::Sky& sky) : sky_(sky) {}

  record::Entry entry(const std::string& party, const std::string& type, std::string body,
                      std::vector<record::Ref> refs = {}) {
    const record::StatementDraft draft{StatementId{id()},  sky_.agreement()->sha256_hex(),
                                       sky_.origin(party), type,
                                       sky_.now(),         std::move(refs),
                                       std::move(body)};
    record::Entry out;
    out.statement = record::parse_statement(record::sign_statement(draft, {})).value();
    out.header.time = kFirstDay;
    return out;
  }
  void apply(Ledger& ledger, const std::string& party, record::Entry entry) {
    entry.header.seq = LeafIndex{sizes_[party]++};
    for (const auto& [name, size] : sizes_) {
      if (name != party) entry.header.seen.push_back({sky_.origin(name), TreeSize{size}, {}});
    }
    ledger.apply(PartyId{party}, entry, {party + "/duty-1", party + "/duty-2"});
  }
  std::uint64_t size(const std::string& party) { return sizes_[party]; }

 private:
  std::string id() {
    return to_hex(crypto::sha256(as_bytes(std::to_string(++ids_)))).substr(0, 32);
  }
  airspace::testing::Sky& sky_;
  std::map<std::string, std::uint64_t> sizes_;
  int ids_ = 0;
};

std::string plan_body(const std::string& party, std::vector<geo::Volume4> volumes) {
  ActivityPlan plan;
  plan.purpose = terms::Purpose::patrol;
  plan.operator_id = PartyId{party};
  plan.place = {"middle", volumes.front().area.middle()};
  plan.volumes = std::move(volumes);
  return write_plan(plan);
}

// A ledger with `count` activities of two parties, each answered by the other.
struct Filled {
  explicit Filled(std::int64_t count) : ledger(sky.agreement()), scribe(sky) {
    Plans plans(4);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::string owner = i % 2 == 0 ? "north" : "south";
      const std::string other = i % 2 == 0 ? "south" : "north";
      record::Entry filed = scribe.entry(owner, "activity.propose", plan_body(owner, plans.next()));
      const record::Ref ref{sky.origin(owner), LeafIndex{scribe.size(owner)}, filed.leaf};
      const std::string answer = "{\"activity\":\"" + filed.statement.id.value + "\"}";
      scribe.apply(ledger, owner, std::move(filed));
      scribe.apply(ledger, other, scribe.entry(other, "activity.concur", answer, {ref}));
    }
  }
  airspace::testing::Sky sky;
  Ledger ledger;
  Scribe scribe;
};

Filled& filled(std::int64_t count) {
  static std::map<std::int64_t, std::unique_ptr<Filled>> made;
  std::unique_ptr<Filled>& one = made[count];
  if (!one) one = std::make_unique<Filled>(count);
  return *one;
}

void show_all_activities(benchmark::State& state) {
  const Filled& world = filled(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(world.ledger.views(kFirstDay));
}
BENCHMARK(show_all_activities)->Arg(200)->Arg(10'000)->Unit(benchmark::kMillisecond);

void admit_one_proposal(benchmark::State& state) {
  Filled& world = filled(state.range(0));
  Plans plans(5);
  std::vector<record::Entry> asked;
  for (int i = 0; i < 1'000; ++i) {
    asked.push_back(
        world.scribe.entry("north", "activity.propose", plan_body("north", plans.next())));
  }
  std::size_t next = 0;
  std::size_t admitted = 0;
  for (auto _ : state) {
    const record::Statement& statement = asked[next++ % asked.size()].statement;
    if (world.ledger.admit(PartyId{"north"}, statement, {}, kFirstDay, {})) ++admitted;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["admitted"] =
      static_cast<double>(admitted) / static_cast<double>(state.iterations());
}
BENCHMARK(admit_one_proposal)->Arg(200)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
