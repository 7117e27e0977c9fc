// SPDX-License-Identifier: Apache-2.0
//
// SBS text in, findings out: what one core does in a second, end to end and part by part.
//
// Areas of 5 to 60 km across, half circles, half polygons, lie at random over a country, 1,000 by
// 800 km ("dense": with 10,000 of them every point lies in about ten), or over one with twice the
// sides ("wide"); half have a height band, a fifth a time window. 2,000 aircraft fly straight legs
// through it; every tenth belongs to an active activity. The feed is one text of whole lines. The
// first 100,000 lines meet a watch that has asked the agreement nothing yet; what they cost is
// measured apart (…Cold), because a watch runs for months. The next 200,000 are measured warm.
// "Peers" are the same run's parts alone: cutting into lines, parsing, the index of areas.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "geo/geo.h"
#include "terms/agreement.h"
#include "watch/watcher.h"
#include "wire/sbs.h"

namespace detente {
namespace {

constexpr std::size_t kAircraft = 2'000;
constexpr std::size_t kColdRounds = 50;
constexpr std::size_t kRounds = 100;  // measured, 4 s each
const UtcMs kStart{1'468'562'400'000};

struct Random {
  std::mt19937_64 engine{7};
  double real(double low, double high) {
    return low + (high - low) * static_cast<double>(engine() >> 11U) * 0x1p-53;
  }
};

// The second argument of a benchmark.
enum Country : std::int64_t { kDense = 0, kWide = 1 };

geo::PointE7 somewhere(Random& random, std::int64_t country) {
  const double lat = country == kDense ? random.real(43, 50) : random.real(36, 50);
  const double lng = country == kDense ? random.real(-1, 11) : random.real(-7, 17);
  return *geo::point_from_degrees(lat, lng);
}

std::string shape_json(Random& random, geo::PointE7 middle) {
  const double radius_m = random.real(5'000, 60'000) / 2;
  if (random.real(0, 1) < 0.5) {
    return fmt::format(R"({{"circle":{{"center":[{},{}],"radius_mm":{}}}}})", middle.lat_e7,
                       middle.lng_e7, std::llround(radius_m * 1'000));
  }
  const int corners = static_cast<int>(random.real(4, 24));
  std::string out;
  for (int i = 0; i < corners; ++i) {
    const double turn = 360.0 * (i + random.real(0, 0.7)) / corners;
    const geo::PointE7 p = geo::destination(middle, turn, radius_m * random.real(0.6, 1));
    out += fmt::format("{}[{},{}]", i == 0 ? "" : ",", p.lat_e7, p.lng_e7);
  }
  return R"({"polygon":[)" + out + "]}";
}

std::string agreement_json(std::size_t areas, std::int64_t country) {
  Random random;
  std::string out = R"({"detente":"agreement/v1","id":"bench","title":{"en":"Benchmark"},
    "valid":{"start":"2016-07-01T00:00:00Z","end":"2016-08-01T00:00:00Z"},
    "parties":[{"id":"north","name":"North","kind":"party"},{"id":"south","name":"South","kind":"party"},
               {"id":"monitor","name":"Monitor","kind":"monitor"}],"adherents":[],
    "area_classes":[{"id":"open","name":"Declared"},{"id":"closed","name":"Closed"}],
    "areas":[)";
  for (std::size_t i = 0; i < areas; ++i) {
    out += fmt::format(R"({}{{"id":"A{}","name":"A{}","class":"{}","area":{})", i == 0 ? "" : ",",
                       i, i, i % 2 == 0 ? "open" : "closed",
                       shape_json(random, somewhere(random, country)));
    if (i % 2 == 0) {
      const auto lower = static_cast<std::int64_t>(random.real(0, 9'000'000));
      out += fmt::format(R"(,"altitude":{{"lower_mm":{},"upper_mm":{},"reference":"STD"}})", lower,
                         lower + 1'500'000);
    }
    if (i % 5 == 0)
      out += R"(,"time":{"start":"2016-07-15T05:00:00Z","end":"2016-07-15T06:05:00Z"})";
    out += "}";
  }
  return out +
         R"(],"clauses":[{"id":"1","text":{"en":"Declare."}},{"id":"2","text":{"en":"Stay out."}}],
    "rules":[{"clause":"1","effect":"declare","classes":["open"]},
             {"clause":"2","effect":"forbid","who":["south"],"classes":["closed"]}],
    "procedures":[{"clause":"1","lead_s":0,"concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]}],
    "separation":{"clause":"1","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},
    "clocks":{"heartbeat_s":30,"fresh_s":90,"cut_s":300,"stop_ack_s":60,"track_gap_s":120}})";
}

std::shared_ptr<const terms::Agreement> agreement(const benchmark::State& state) {
  const std::pair key{state.range(0), state.range(1)};
  static std::map<std::pair<std::int64_t, std::int64_t>, std::shared_ptr<const terms::Agreement>>
      kept;
  auto& one = kept[key];
  if (!one) {
    Result<terms::Agreement> made =
        terms::Agreement::make(agreement_json(static_cast<std::size_t>(key.first), key.second));
    if (!made) fmt::print(stderr, "{}\n", made.error().text());
    check(made.has_value(), "the benchmark's agreement");
    one = std::make_shared<const terms::Agreement>(std::move(*made));
  }
  return one;
}

struct Traffic {
  std::string cold_text;  // the first rounds, as SBS lines
  std::vector<geo::TrackPoint> cold_points;
  std::string text;  // the rounds that are measured
  std::vector<geo::TrackPoint> points;
};

Traffic make_traffic(std::int64_t country) {
  Random random;
  Traffic out;
  std::vector<geo::PointE7> where(kAircraft);
  std::vector<double> heading(kAircraft);
  std::vector<std::int64_t> feet(kAircraft);
  for (std::size_t i = 0; i < kAircraft; ++i) {
    where[i] = somewhere(random, country);
    heading[i] = random.real(0, 360);
    feet[i] = static_cast<std::int64_t>(random.real(20, 400)) * 100;
  }
  for (std::size_t round = 0; round < kColdRounds + kRounds; ++round) {
    for (std::size_t i = 0; i < kAircraft; ++i) {
      where[i] = geo::destination(where[i], heading[i], 220.0 * 4);
      if (random.real(0, 1) < 0.05) heading[i] = random.real(0, 360);
      geo::TrackPoint p;
      p.address = 0x400000 + static_cast<std::uint32_t>(i);
      p.time = kStart + static_cast<std::int64_t>(round * 4'000 + i * 2);
      p.position = where[i];
      p.altitude_mm = geo::feet_to_mm(feet[i]);
      const bool cold = round < kColdRounds;
      (cold ? out.cold_points : out.points).push_back(p);
      (cold ? out.cold_text : out.text) += wire::format_sbs(p);
    }
  }
  return out;
}

const Traffic& traffic(std::int64_t country = kDense) {
  static const Traffic dense = make_traffic(kDense);
  static const Traffic wide = make_traffic(kWide);
  return country == kDense ? dense : wide;
}

std::vector<watch::WatchedActivity> activities(std::int64_t country) {
  Random random;
  std::vector<watch::WatchedActivity> out;
  for (std::size_t i = 0; i < kAircraft; i += 10) {
    watch::WatchedActivity a;
    a.id.value = fmt::format("{:032x}", i);
    a.operator_id.value = i % 20 == 0 ? "north" : "south";
    a.aircraft = {0x400000 + static_cast<std::uint32_t>(i)};
    for (int v = 0; v < 3; ++v) {
      Result<geo::Area> area =
          geo::Area::make(geo::Circle{somewhere(random, country), 300'000'000});
      a.volumes.push_back({*area,
                           {0, 15'000'000, geo::AltitudeReference::standard_pressure},
                           {kStart, kStart + 3'600'000}});
    }
    out.push_back(std::move(a));
  }
  return out;
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4'096;
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"areas", "wide"});
  b->Args({1'000, kDense})->Args({10'000, kDense})->Args({10'000, kWide});
}

void per_line(benchmark::State& state, std::size_t count) {
  const auto lines = static_cast<double>(count);
  state.counters["lines/s"] =
      benchmark::Counter(lines, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["per line"] = benchmark::Counter(
      lines, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// The whole way: bytes in pieces as a socket gives them, to findings. Returns how many opened.
std::size_t watch_text(watch::Watcher& watcher, std::string_view text) {
  std::vector<watch::FindingEvent> events;
  std::size_t opened = 0;
  wire::LineSplitter splitter;
  for (std::size_t at = 0; at < text.size(); at += 65'536) {
    splitter.feed(text.substr(at, 65'536), [&](std::string_view line) {
      const auto point = wire::parse_sbs(line);
      if (!point || !*point) return;
      watcher.observe(**point, events);
      if (events.empty()) return;
      for (const auto& e : events) opened += e.what == watch::FindingEvent::What::opened;
      events.clear();
    });
  }
  return opened;
}

void SbsTextToFindings(benchmark::State& state) {
  const auto terms = agreement(state);
  std::size_t opened = 0, bytes = 0, in_areas = 0;
  for (auto _ : state) {
    state.PauseTiming();
    watch::Watcher watcher(terms);
    watcher.set_activities(activities(state.range(1)));
    watch_text(watcher, traffic(state.range(1)).cold_text);
    state.ResumeTiming();
    opened = watch_text(watcher, traffic(state.range(1)).text);
    state.PauseTiming();
    bytes = watcher.bytes();
    in_areas = 0;
    for (const watch::Track& track : watcher.tracks()) in_areas += track.areas.size();
    state.ResumeTiming();
  }
  per_line(state, traffic(state.range(1)).points.size());
  state.counters["findings"] = static_cast<double>(opened);
  state.counters["areas around an aircraft"] = static_cast<double>(in_areas) / kAircraft;
  state.counters["watcher MB"] = static_cast<double>(bytes) / 1e6;
  state.counters["process MB"] = static_cast<double>(resident_bytes()) / 1e6;
}
BENCHMARK(SbsTextToFindings)->Apply(sizes)->Unit(benchmark::kMillisecond);

void SbsTextToFindingsCold(benchmark::State& state) {
  const auto terms = agreement(state);
  std::size_t opened = 0;
  for (auto _ : state) {
    state.PauseTiming();
    watch::Watcher watcher(terms);
    watcher.set_activities(activities(state.range(1)));
    state.ResumeTiming();
    opened = watch_text(watcher, traffic(state.range(1)).cold_text);
  }
  per_line(state, traffic(state.range(1)).cold_points.size());
  state.counters["findings"] = static_cast<double>(opened);
}
BENCHMARK(SbsTextToFindingsCold)->Apply(sizes)->Unit(benchmark::kMillisecond);

// Peers: the parts alone, on the same lines and points.
void PeerCutIntoLines(benchmark::State& state) {
  const std::string& text = traffic().text;
  for (auto _ : state) {
    wire::LineSplitter splitter;
    std::size_t bytes = 0;
    splitter.feed(text, [&](std::string_view line) { bytes += line.size(); });
    benchmark::DoNotOptimize(bytes);
  }
  per_line(state, traffic().points.size());
}
BENCHMARK(PeerCutIntoLines)->Unit(benchmark::kMillisecond);

void PeerParseSbs(benchmark::State& state) {
  const std::string& text = traffic().text;
  for (auto _ : state) {
    wire::LineSplitter splitter;
    splitter.feed(text, [&](std::string_view line) {
      auto point = wire::parse_sbs(line);
      benchmark::DoNotOptimize(point);
    });
  }
  per_line(state, traffic().points.size());
}
BENCHMARK(PeerParseSbs)->Unit(benchmark::kMillisecond);

void PeerIndexFind(benchmark::State& state) {
  std::vector<geo::Area> areas;
  for (const auto& terms : agreement(state)->areas()) {
    areas.push_back(terms.area);
  }
  const geo::AreaIndex index(std::move(areas));
  const Traffic& feed = traffic(state.range(1));
  std::vector<std::uint32_t> found;
  std::size_t total = 0;
  for (auto _ : state) {
    for (const geo::TrackPoint& p : feed.points) {
      found.clear();
      index.find(*p.position, found);
      total += found.size();
    }
  }
  per_line(state, traffic(state.range(1)).points.size());
  state.counters["areas a point"] = static_cast<double>(total) /
                                    static_cast<double>(state.iterations()) /
                                    static_cast<double>(feed.points.size());
}
BENCHMARK(PeerIndexFind)->Apply(sizes)->Unit(benchmark::kMillisecond);

void ObserveOnly(benchmark::State& state) {
  const auto terms = agreement(state);
  std::vector<watch::FindingEvent> events;
  for (auto _ : state) {
    state.PauseTiming();
    watch::Watcher watcher(terms);
    watcher.set_activities(activities(state.range(1)));
    for (const geo::TrackPoint& p : traffic(state.range(1)).cold_points) watcher.observe(p, events);
    events.clear();
    state.ResumeTiming();
    for (const geo::TrackPoint& p : traffic(state.range(1)).points) watcher.observe(p, events);
    events.clear();
  }
  per_line(state, traffic(state.range(1)).points.size());
}
BENCHMARK(ObserveOnly)->Apply(sizes)->Unit(benchmark::kMillisecond);

// A tick looks at every track.
void Tick(benchmark::State& state) {
  watch::Watcher watcher(agreement(state));
  std::vector<watch::FindingEvent> events;
  for (const geo::TrackPoint& p : traffic().points) watcher.observe(p, events);
  const UtcMs now = traffic().points.back().time;
  for (auto _ : state) {
    events.clear();
    watcher.tick(now, events);
  }
}
BENCHMARK(Tick)->Args({1'000, kDense})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace detente
