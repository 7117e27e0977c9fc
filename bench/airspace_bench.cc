// SPDX-License-Identifier: Apache-2.0
//
// One planned activity against many stored ones. Volumes: half are circles of 5 to 30 km, the rest
// 12-gons of that size and corridors of 100 km by 10 km; bands of 2,000 ft up to 40,000 ft, half
// an hour to three hours. Separation 5 NM, 1,000 ft, one minute. The same seed each time.
//   region    20 by 20 degrees and ten days, as the peers were measured
//   continent 60 by 60 degrees and thirty days
//   place     the continent, and 1,000 more volumes that all meet in one place, height and time
//   town      50,000 drone flights within 10 km, 400 ft and ten days; 50 m, 15 m, 30 s apart
//   layers    50,000 flights over one town in bands of 500 ft, under the wide separation
//   outlines  polygons of 10,000 corners in one country, each volume meeting some others
// p50_us, p99_us: of each single check, in the thread's processor time; 0.3 us of it are the
// clock's own. rss_mb: of the whole process.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <fstream>
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

struct Country {
  double south = 28;
  double west = 28;
  double degrees = 20;
  double hours = 237;
};
constexpr Country kContinent{0, 0, 60, 717};

class Plans {
 public:
  explicit Plans(std::uint64_t seed, Country country = {}) : engine_(seed), country_(country) {}

  std::vector<geo::Volume4> next() { return next(1 + static_cast<int>(engine_() % 4)); }
  std::vector<geo::Volume4> next(int count) {
    std::vector<geo::Volume4> out;
    const double lat = between(country_.south, country_.south + country_.degrees);
    const double lng = between(country_.west, country_.west + country_.degrees);
    geo::PointE7 at = geo::point_from_degrees(lat, lng).value();
    UtcMs start = kFirstDay + static_cast<std::int64_t>(between(0, country_.hours) * kHourMs);
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
  Country country_;
};

using Activity = std::vector<geo::Volume4>;

double resident_mb() {
  std::ifstream in("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  in >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

// 1,000 volumes that all meet near one place: discs of 5 to 30 km and 12-gons, in one band and
// three hours.
class Crowd {
 public:
  explicit Crowd(std::uint64_t seed) : engine_(seed) {}
  Activity next(int count) {
    Activity out;
    for (int i = 0; i < count; ++i) {
      const geo::PointE7 center = geo::destination(kPlace, between(0, 360), between(0, 8'000));
      const double radius = between(5'000, 30'000);
      geo::Shape shape = geo::Circle{center, static_cast<std::int64_t>(radius * 1'000)};
      if (engine_() % 2 == 0) {
        geo::Polygon polygon;
        for (int k = 0; k < 12; ++k) {
          polygon.vertices.push_back(geo::destination(center, 30.0 * k, radius));
        }
        shape = std::move(polygon);
      }
      const UtcMs start = kFirstDay + 100 * kHourMs + static_cast<std::int64_t>(between(0, 3e6));
      out.push_back(
          {geo::Area::make(std::move(shape)).value(),
           {geo::feet_to_mm(20'000), geo::feet_to_mm(22'000), geo::AltitudeReference::msl},
           {start, start + kHourMs}});
    }
    return out;
  }

 private:
  static constexpr geo::PointE7 kPlace{360'000'000, 370'000'000};
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  std::mt19937_64 engine_;
};

// Flights over one town. As drones: discs and corridors of some hundred metres, bands of 30 m up
// to 120 m. As layers: discs of some kilometres, each in one of 80 bands of 500 ft.
class Town {
 public:
  Town(std::uint64_t seed, bool drones) : engine_(seed), drones_(drones) {}
  Activity next(int count) {
    Activity out;
    geo::PointE7 at = geo::destination({360'000'000, 370'000'000}, between(0, 360),
                                       5'000 * std::sqrt(between(0, 1)));
    UtcMs start = kFirstDay + static_cast<std::int64_t>(between(0, 237) * kHourMs);
    for (int i = 0; i < count; ++i) {
      const std::int64_t length = static_cast<std::int64_t>(between(0.1, 0.5) * kHourMs);
      const std::int64_t floor_mm =
          drones_ ? static_cast<std::int64_t>(between(0, 90'000))
                  : geo::feet_to_mm(static_cast<std::int64_t>(500 * (engine_() % 80)));
      const std::int64_t height_mm = drones_ ? 30'000 : geo::feet_to_mm(400);
      out.push_back({area(at),
                     {floor_mm, floor_mm + height_mm, geo::AltitudeReference::msl},
                     {start, start + length}});
      at = geo::destination(at, between(0, 360), drones_ ? 500 : 2'000);
      start = start + length;
    }
    return out;
  }

 private:
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  geo::Area area(geo::PointE7 at) {
    const double size = drones_ ? between(50, 500) : between(1'000, 5'000);
    if (!drones_ || engine_() % 2 == 0) {
      return geo::Area::make(geo::Circle{at, static_cast<std::int64_t>(size * 1'000)}).value();
    }
    geo::Polygon polygon;
    const double along = between(0, 180);
    for (const double end : {along, along + 180}) {
      const geo::PointE7 middle = geo::destination(at, end, size);
      polygon.vertices.push_back(geo::destination(middle, end - 90, 25));
      polygon.vertices.push_back(geo::destination(middle, end + 90, 25));
    }
    return geo::Area::make(std::move(polygon)).value();
  }
  std::mt19937_64 engine_;
  bool drones_;
};

// Jagged outlines of 10,000 corners, 5 to 30 km around, in 4 by 4 degrees and a day.
class Outlines {
 public:
  explicit Outlines(std::uint64_t seed) : engine_(seed) {}
  Activity next(int count) {
    Activity out;
    for (int i = 0; i < count; ++i) {
      const geo::PointE7 center = geo::point_from_degrees(between(34, 38), between(34, 38)).value();
      const double radius = between(5'000, 30'000);
      geo::Polygon polygon;
      for (int k = 0; k < 10'000; ++k) {
        polygon.vertices.push_back(
            geo::destination(center, 360.0 * k / 10'000, radius * between(0.95, 1)));
      }
      const std::int64_t floor = static_cast<std::int64_t>(between(0, 38)) * 1'000;
      const UtcMs start = kFirstDay + static_cast<std::int64_t>(between(0, 22) * kHourMs);
      out.push_back(
          {geo::Area::make(std::move(polygon)).value(),
           {geo::feet_to_mm(floor), geo::feet_to_mm(floor + 2'000), geo::AltitudeReference::msl},
           {start, start + kHourMs}});
    }
    return out;
  }

 private:
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  std::mt19937_64 engine_;
};

enum class Sky : std::uint8_t { region, continent, place, town, layers, outlines };

geo::Separation separation_of(Sky sky) {
  return sky == Sky::town ? geo::Separation{50'000, 15'000, 30'000} : agreed();
}

// Draws activities of `count` volumes, as they are stored in a sky or asked of it.
template <class Visit>
void draw(Sky sky, std::uint64_t seed, std::int64_t activities, int count, const Visit& visit) {
  Plans plans(seed, sky == Sky::region ? Country{} : kContinent);
  Town town(seed, sky == Sky::town);
  Outlines outlines(seed);
  for (std::int64_t i = 0; i < activities; ++i) {
    if (sky == Sky::outlines) {
      visit(outlines.next(count));
    } else {
      visit(sky == Sky::town || sky == Sky::layers ? town.next(count) : plans.next(count));
    }
  }
}

// A sky with `volumes` stored ones, five to an activity. Only the last one asked for is kept.
ConflictIndex& filled_sky(Sky sky, std::int64_t volumes) {
  static std::pair<Sky, std::int64_t> built_as;
  static std::unique_ptr<ConflictIndex> built;
  if (built && built_as == std::pair(sky, volumes)) return *built;
  built.reset();
  built = std::make_unique<ConflictIndex>(separation_of(sky));
  std::int64_t number = 0;
  const auto put = [&](const Activity& activity) {
    built->insert(ActivityId{std::to_string(number++)}, activity);
  };
  draw(sky, 1, volumes / 5, 5, put);
  if (sky == Sky::place) {
    Crowd crowd(1);
    for (int i = 0; i < 1'000; ++i) put(crowd.next(1));
  }
  built_as = {sky, volumes};
  return *built;
}

// Takes the time of each step by itself.
class Stopwatch {
 public:
  template <class Step>
  void take(const Step& step) {
    const double before = now_us();
    step();
    took_.push_back(now_us() - before);
  }
  void report(benchmark::State& state) {
    std::sort(took_.begin(), took_.end());
    state.counters["p50_us"] = took_[took_.size() / 2];
    state.counters["p99_us"] = took_[took_.size() * 99 / 100];
    state.SetItemsProcessed(state.iterations());
  }

 private:
  static double now_us() {
    timespec now{};
    static_cast<void>(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now));
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
  }
  std::vector<double> took_;
};

void check(benchmark::State& state, Sky sky, int count) {
  const ConflictIndex& index = filled_sky(sky, state.range(0));
  std::vector<Activity> asked;
  if (sky == Sky::place) {
    Crowd crowd(2);
    for (int i = 0; i < 500; ++i) asked.push_back(crowd.next(count));
  } else {
    const std::int64_t many = sky == Sky::outlines ? 50 : 5'000;
    draw(sky, 2, many, count, [&](Activity activity) { asked.push_back(std::move(activity)); });
  }
  Stopwatch watch;
  std::size_t next = 0;
  std::size_t met = 0;
  for (auto _ : state) {
    watch.take([&] { met += index.find(asked[next], ActivityId{}).size(); });
    next = (next + 1) % asked.size();
  }
  watch.report(state);
  state.counters["met"] = static_cast<double>(met) / static_cast<double>(state.iterations());
  state.counters["rss_mb"] = resident_mb();
}
BENCHMARK_CAPTURE(check, region_one_volume, Sky::region, 1)
    ->Arg(100'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check, region, Sky::region, 5)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check, continent, Sky::continent, 5)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check, place, Sky::place, 5)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check, town, Sky::town, 5)->Arg(50'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check, layers, Sky::layers, 5)->Arg(50'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check, outlines, Sky::outlines, 5)->Arg(2'000)->Unit(benchmark::kMicrosecond);

// What every index is measured against: one pass over the boxes of all volumes, axis by axis and
// without a branch, for one volume asked. Exact tests are not even in it.
void scan_of_all_boxes(benchmark::State& state) {
  constexpr std::size_t kAxes = 5;
  const auto count = static_cast<std::size_t>(state.range(0));
  std::mt19937_64 engine(1);
  std::vector<std::vector<std::int32_t>> low(kAxes), high(kAxes);
  for (std::size_t axis = 0; axis < kAxes; ++axis) {
    for (std::size_t i = 0; i < count; ++i) {
      low[axis].push_back(static_cast<std::int32_t>(engine() % 1'000'000));
      high[axis].push_back(low[axis].back() + 20'000);
    }
  }
  std::vector<std::int32_t> met(count);
  for (auto _ : state) {
    std::fill(met.begin(), met.end(), -1);
    for (std::size_t axis = 0; axis < kAxes; ++axis) {
      const auto from = static_cast<std::int32_t>(engine() % 1'000'000);
      const std::int32_t* own_low = low[axis].data();
      const std::int32_t* own_high = high[axis].data();
      for (std::size_t i = 0; i < count; ++i) {
        met[i] &= -(static_cast<std::int32_t>(own_low[i] <= from + 20'000) &
                    static_cast<std::int32_t>(own_high[i] >= from));
      }
    }
    benchmark::DoNotOptimize(met.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(scan_of_all_boxes)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);

// One activity leaves and another comes, so that the number stored stays.
void replace(benchmark::State& state, Sky sky, int count) {
  ConflictIndex& index = filled_sky(sky, state.range(0));
  std::vector<Activity> fresh;
  draw(sky, 3, 20'000, count, [&](Activity activity) { fresh.push_back(std::move(activity)); });
  std::int64_t next = 0;
  std::vector<ActivityId> names;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    names.push_back(ActivityId{"fresh-" + std::to_string(i)});
    index.insert(names.back(), fresh[static_cast<std::size_t>(i)]);
  }
  for (auto _ : state) {
    const auto at = static_cast<std::size_t>(next++ % 20'000);
    index.remove(names[at]);
    index.insert(names[at], fresh[(at * 7'919) % fresh.size()]);
  }
  for (const ActivityId& name : names) index.remove(name);
  // Each removed and inserted: two operations.
  state.SetItemsProcessed(state.iterations() * 2);
  state.counters["volumes_per_second"] = benchmark::Counter(
      static_cast<double>(state.iterations() * 2 * count), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(replace, continent_one_volume, Sky::continent, 1)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(replace, continent, Sky::continent, 5)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(replace, town, Sky::town, 1)->Arg(50'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(replace, layers, Sky::layers, 1)->Arg(50'000)->Unit(benchmark::kMicrosecond);

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
  asked.reserve(2'000);
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
  made.reserve(10'000);
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
  asked.reserve(1'000);
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
