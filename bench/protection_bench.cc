// SPDX-License-Identifier: Apache-2.0
//
// 50,000 protected sites: what an entry, an event, a question and a view cost, and how long a list
// takes as a file. Sites lie at random within 400 km; randomness from a fixed seed.
#include <benchmark/benchmark.h>

#include <random>

#include "protection/site_table.h"
#include "protection/testing_notices.h"
#include "wire/table.h"

namespace detente::protection {
namespace {

using namespace testing;

constexpr int kSites = 50'000;

class Places {
 public:
  geo::PointE7 next() {
    std::uniform_int_distribution<std::int32_t> spread(-20'000'000, 20'000'000);
    const std::int32_t lat = spread(random_);
    return {350'000'000 + lat, 370'000'000 + spread(random_)};
  }

 private:
  std::mt19937_64 random_{4711};
};

std::vector<SiteDetails> list_of(int count) {
  Places places;
  std::vector<SiteDetails> out;
  for (int i = 0; i < count; ++i) {
    const geo::PointE7 point = places.next();
    SiteDetails site = clinic(point.lat_e7, point.lng_e7);
    site.name = "Site " + std::to_string(i);
    site.given = "written";
    out.push_back(std::move(site));
  }
  return out;
}

std::unique_ptr<Desk> desk_of(int count) {
  auto desk = std::make_unique<Desk>();
  for (SiteDetails& site : list_of(count)) {
    RegisterBody body = registration(desk->now);
    body.site = std::move(site);
    desk->say("relief", "site.register", write_register(body));
  }
  return desk;
}

Desk& whole_list() {
  static const std::unique_ptr<Desk> desk = desk_of(kSites);
  return *desk;
}

void apply_registration(benchmark::State& state) {
  const std::unique_ptr<Desk> desk = desk_of(5'000);
  const std::vector<Said>& log = desk->logs.at(PartyId{"relief"});
  for (auto _ : state) {
    NoticeLedger ledger(desk->agreement);
    for (const Said& said : log) ledger.apply(said.party, said.entry, said.officers);
    benchmark::DoNotOptimize(ledger);
  }
  state.SetItemsProcessed(state.iterations() * 5'000);
}
BENCHMARK(apply_registration)->Unit(benchmark::kMillisecond);

void near_a_point(benchmark::State& state) {
  const Desk& desk = whole_list();
  Places places;
  std::size_t found = 0;
  for (auto _ : state) {
    found += desk.ledger.sites_near({places.next(), 0}, static_cast<double>(state.range(0))).size();
  }
  state.counters["found"] =
      benchmark::Counter(static_cast<double>(found), benchmark::Counter::kAvgIterations);
}
BENCHMARK(near_a_point)->Arg(1'000)->Arg(10'000);

void apply_incident(benchmark::State& state) {
  const std::unique_ptr<Desk> desk = desk_of(kSites);
  Places places;
  std::vector<Said> events;
  Desk other;
  for (int i = 0; i < 1'000; ++i) {
    other.say("monitor", "incident.report", incident_at(other.now, places.next()));
  }
  events = other.logs.at(PartyId{"monitor"});
  std::size_t next = 0;
  for (auto _ : state) {
    const Said& said = events[next++ % events.size()];
    desk->ledger.apply(said.party, said.entry, said.officers);
  }
}
BENCHMARK(apply_incident)->Iterations(20'000);

void all_views(benchmark::State& state) {
  const Desk& desk = whole_list();
  for (auto _ : state) benchmark::DoNotOptimize(desk.ledger.sites(desk.now));
}
BENCHMARK(all_views)->Unit(benchmark::kMillisecond);

void all_lines(benchmark::State& state) {
  const Desk& desk = whole_list();
  for (auto _ : state) benchmark::DoNotOptimize(desk.ledger.site_lines(desk.now));
}
BENCHMARK(all_lines)->Unit(benchmark::kMillisecond);

void all_lists(benchmark::State& state) {
  const Desk& desk = whole_list();
  for (auto _ : state) benchmark::DoNotOptimize(desk.ledger.lists(desk.now));
}
BENCHMARK(all_lists)->Unit(benchmark::kMillisecond);

void check_list(benchmark::State& state) {
  const Table table = site_table(list_of(kSites));
  Surroundings around;
  around.areas = {geo::Area::make(geo::Circle{{350'000'000, 370'000'000}, 400'000'000}).value()};
  for (auto _ : state) benchmark::DoNotOptimize(read_site_list(table, around, {}));
}
BENCHMARK(check_list)->Unit(benchmark::kMillisecond);

void read_file(benchmark::State& state) {
  const auto format = static_cast<wire::TableFormat>(state.range(0));
  const Bytes bytes = wire::write_table(format, site_table(list_of(kSites)), {"note"}).value();
  for (auto _ : state) benchmark::DoNotOptimize(wire::read_table(format, bytes));
  state.SetLabel(wire::table_format_name(format));
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(read_file)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

void write_file(benchmark::State& state) {
  const auto format = static_cast<wire::TableFormat>(state.range(0));
  const Table table = site_table(list_of(kSites));
  for (auto _ : state) benchmark::DoNotOptimize(wire::write_table(format, table, {"note"}));
  state.SetLabel(wire::table_format_name(format));
}
BENCHMARK(write_file)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace detente::protection
