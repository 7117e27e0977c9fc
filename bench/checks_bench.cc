// SPDX-License-Identifier: Apache-2.0
//
// Private checks: the bare operations of libsodium, the VOPRF's steps for an element, whole jobs of
// one party, coverings, and the share of false alarms for each setting of a covering. One thread,
// but for the exchange whose lists two threads share, as a node does.
#include <benchmark/benchmark.h>
#include <sodium.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "checks/exchange.h"
#include "checks/split.h"
#include "checks/testing_plans.h"

namespace {

using namespace detente;
using namespace detente::checks;
using crypto::VoprfElement;
using crypto::VoprfKey;
using crypto::VoprfScalar;

crypto::Random& seeded() {
  static crypto::Random random = [engine =
                                      std::mt19937_64(1)](std::span<std::uint8_t> out) mutable {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine());
  };
  return random;
}

record::PsiContext context() {
  return {std::string(64, 'a'), record::PsiPurpose::plans, "bench", Origin{"a"}, Origin{"b"}};
}

std::vector<CellKey> cells(std::size_t first, std::size_t count) {
  std::vector<CellKey> out;
  for (std::size_t n = first; n < first + count; ++n) out.push_back({n, 10U << 24U, 1});
  return out;
}

// ---- bare operations ----

void BM_BareMultiply(benchmark::State& state) {
  const VoprfElement base = VoprfKey::generate(seeded()).public_key();
  const VoprfScalar scalar = VoprfScalar::generate(seeded());
  VoprfElement out{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        crypto_scalarmult_ristretto255(out.data(), scalar.bytes().data(), base.data()));
  }
}
BENCHMARK(BM_BareMultiply)->Unit(benchmark::kMicrosecond);

void BM_BareAdd(benchmark::State& state) {
  const VoprfElement base = VoprfKey::generate(seeded()).public_key();
  VoprfElement sum = base;
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto_core_ristretto255_add(sum.data(), sum.data(), base.data()));
  }
}
BENCHMARK(BM_BareAdd)->Unit(benchmark::kMicrosecond);

void BM_BareFromHash(benchmark::State& state) {
  std::array<std::uint8_t, 64> wide{};
  wide.fill(7);
  VoprfElement out{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto_core_ristretto255_from_hash(out.data(), wide.data()));
  }
}
BENCHMARK(BM_BareFromHash)->Unit(benchmark::kMicrosecond);

// ---- the steps, by element ----

// One list of `size` tokens, asked of a key and answered; padding is what `padded` says.
struct Exchange {
  Exchange(std::size_t size, std::size_t asked_count)
      : list(TokenList::make(context(), cells(0, size)).value()),
        secret(ListSecret::generate(seeded())),
        order(question_order(list, secret)),
        count(std::min(asked_count, list.padded())) {
    // Without padding the first `count` places are the tokens themselves.
    if (count == size) {
      for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
    }
  }
  void ask() {
    asked.clear();
    each([&](Part part) {
      const auto some = blind(list, secret, order, part).value();
      asked.insert(asked.end(), some.begin(), some.end());
    });
  }
  void answer() {
    given.clear();
    proofs.clear();
    each([&](Part part) {
      const AnswerPart made = answer_part(theirs, std::span(asked).subspan(part.first, part.count),
                                          VoprfScalar::generate(seeded()))
                                  .value();
      given.insert(given.end(), made.evaluated.begin(), made.evaluated.end());
      proofs.push_back(made.proof);
    });
  }
  void verify() {
    std::size_t at = 0;
    each([&](Part part) {
      const auto checked =
          check_answer_part(theirs.public_key(), std::span(asked).subspan(part.first, part.count),
                            std::span(given).subspan(part.first, part.count), proofs[at++]);
      check(checked.has_value(), "an honest answer verifies");
    });
  }
  void learn_all() {
    learnt.clear();
    each([&](Part part) {
      const auto some =
          learn(list, secret, order, std::span(given).subspan(part.first, part.count), part)
              .value();
      learnt.insert(learnt.end(), some.begin(), some.end());
    });
    sort_learnt(learnt);
  }
  Bytes post() const {
    std::vector<record::PsiTag> tags;
    for (const Part& part : parts_of(list.size())) {
      const auto some = list_tags(list, own, part).value();
      tags.insert(tags.end(), some.begin(), some.end());
    }
    return board_file(list, secret, tags);
  }
  template <class Step>
  void each(const Step& step) const {
    for (const Part& part : parts_of(count)) step(part);
  }

  TokenList list;
  ListSecret secret;
  VoprfKey own = VoprfKey::generate(seeded());
  VoprfKey theirs = VoprfKey::generate(seeded());
  std::vector<std::uint32_t> order;
  std::size_t count;
  std::vector<VoprfElement> asked;
  std::vector<VoprfElement> given;
  std::vector<crypto::VoprfProof> proofs;
  std::vector<Learnt> learnt;
};

enum Step : std::int64_t { kTag, kBlind, kAnswer, kVerify, kLearn };
constexpr std::array<const char*, 5> kSteps = {"own tag", "blind", "evaluate and prove", "verify",
                                               "finalize"};

void BM_Step(benchmark::State& state) {
  Exchange at(4'096, 4'096);
  at.ask();
  at.answer();
  for (auto _ : state) {
    if (state.range(0) == kTag) benchmark::DoNotOptimize(at.post());
    if (state.range(0) == kBlind) at.ask();
    if (state.range(0) == kAnswer) at.answer();
    if (state.range(0) == kVerify) at.verify();
    if (state.range(0) == kLearn) at.learn_all();
  }
  state.SetLabel(kSteps[static_cast<std::size_t>(state.range(0))]);
  state.counters["us/element"] =
      benchmark::Counter(4'096e-6 * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_Step)->DenseRange(kTag, kLearn)->Unit(benchmark::kMillisecond);

// ---- jobs of one party ----

// Everything that one of two parties with equally long lists does: its board, its question, the
// answer to the other's (as long as its own), checking, learning, comparing.
void BM_BothWays(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const bool padded = state.range(1) != 0;
  Exchange at(size, padded ? 1U << 20U : size);
  std::size_t bytes = 0;
  for (auto _ : state) {
    Bytes board = at.post();
    if (!padded) board.resize(size * sizeof(record::PsiTag));
    at.ask();
    at.answer();
    at.verify();
    at.learn_all();
    benchmark::DoNotOptimize(compare(at.learnt, board));
    bytes = board.size() + (at.asked.size() + at.given.size()) * sizeof(VoprfElement) +
            at.proofs.size() * sizeof(crypto::VoprfProof);
  }
  state.SetLabel(padded ? "padded" : "without padding");
  state.counters["MB both"] = 2 * static_cast<double>(bytes) / 1e6;
}
BENCHMARK(BM_BothWays)
    ->Args({1'000, 0})
    ->Args({1'000, 1})
    ->Args({10'000, 0})
    ->Args({10'000, 1})
    ->Iterations(1)
    ->Repetitions(3)
    ->ReportAggregatesOnly()
    ->Unit(benchmark::kMillisecond);

// ---- the same as a node does it: ten plans, in the lists that checks/split.h puts them into ----

// One list of a split. Each step of a part writes to a place of its own, so that threads can share
// them.
struct Listed {
  explicit Listed(const ListPart& part)
      : list(TokenList::make(context(), part.cells).value()),
        secret(ListSecret::generate(seeded())),
        order(question_order(list, secret)),
        parts(parts_of(list.padded())),
        tags(parts.size()),
        asked(parts.size()),
        given(parts.size()),
        learnt(parts.size()) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      nonces.push_back(VoprfScalar::generate(seeded()));
    }
  }

  TokenList list;
  ListSecret secret;
  std::vector<std::uint32_t> order;
  std::vector<Part> parts;
  std::vector<std::vector<record::PsiTag>> tags;
  std::vector<std::vector<VoprfElement>> asked;
  std::vector<AnswerPart> given;
  std::vector<std::vector<Learnt>> learnt;
  std::vector<VoprfScalar> nonces;
};

class SplitExchange {
 public:
  explicit SplitExchange(std::size_t threads) : threads_(threads) {
    std::vector<std::vector<CellKey>> plans;
    for (std::size_t i = 0; i < 10; ++i) plans.push_back(cells(i * 10'000, 1'000));
    const Split split =
        split_lists(plans, {record::PsiUse::board, 100'000, 100, 3, 100'000, 100}).value();
    padded = split.padded;
    for (const ListPart& part : split.parts) lists_.push_back(std::make_unique<Listed>(part));
  }

  // All that one party does where both have as many tokens; gives the bytes that it sends.
  std::size_t run() {
    each([&](Listed& at, std::size_t i) {
      at.tags[i] = list_tags(at.list, own_, at.parts[i]).value();
      at.asked[i] = blind(at.list, at.secret, at.order, at.parts[i]).value();
    });
    each([&](Listed& at, std::size_t i) {
      at.given[i] = answer_part(theirs_, at.asked[i], at.nonces[i]).value();
    });
    each([&](Listed& at, std::size_t i) {
      const AnswerPart& given = at.given[i];
      check(check_answer_part(theirs_.public_key(), at.asked[i], given.evaluated, given.proof)
                .has_value(),
            "an honest answer verifies");
      at.learnt[i] = learn(at.list, at.secret, at.order, given.evaluated, at.parts[i]).value();
    });
    return finish();
  }
  std::uint64_t padded = 0;
  // Of each step the processor time of the thread that took longest: what the steps would take if
  // every thread had a core.
  double longest_s = 0;

 private:
  static double thread_s() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  }
  void each(const std::function<void(Listed&, std::size_t)>& step) {
    std::vector<std::pair<Listed*, std::size_t>> work;
    for (const auto& list : lists_) {
      for (std::size_t i = 0; i < list->parts.size(); ++i) work.emplace_back(list.get(), i);
    }
    std::sort(work.begin(), work.end(), [](const auto& a, const auto& b) {
      return a.first->parts[a.second].count > b.first->parts[b.second].count;
    });
    std::atomic<std::size_t> next{0};
    std::vector<double> took(threads_);
    const auto go_on = [&](std::size_t thread) {
      const double began = thread_s();
      for (std::size_t at = next++; at < work.size(); at = next++) {
        step(*work[at].first, work[at].second);
      }
      took[thread] = thread_s() - began;
    };
    {
      std::vector<std::jthread> others;
      for (std::size_t i = 1; i < threads_; ++i) others.emplace_back(go_on, i);
      go_on(0);
    }
    longest_s += *std::max_element(took.begin(), took.end());
  }
  // Boards, and every own list compared with every board.
  std::size_t finish() {
    const double began = thread_s();
    std::size_t bytes = 0;
    std::vector<Bytes> boards;
    for (const auto& list : lists_) {
      std::vector<record::PsiTag> tags;
      for (const auto& some : list->tags) tags.insert(tags.end(), some.begin(), some.end());
      boards.push_back(board_file(list->list, list->secret, tags));
      bytes += boards.back().size() + 2 * list->list.padded() * sizeof(VoprfElement) +
               list->parts.size() * sizeof(crypto::VoprfProof);
    }
    for (const auto& list : lists_) {
      std::vector<Learnt> all;
      for (const auto& some : list->learnt) all.insert(all.end(), some.begin(), some.end());
      sort_learnt(all);
      for (const Bytes& board : boards) benchmark::DoNotOptimize(compare(all, board));
    }
    longest_s += thread_s() - began;
    return bytes;
  }

  std::size_t threads_;
  std::vector<std::unique_ptr<Listed>> lists_;
  VoprfKey own_ = VoprfKey::generate(seeded());
  VoprfKey theirs_ = VoprfKey::generate(seeded());
};

void BM_TenThousandInLists(benchmark::State& state) {
  SplitExchange at(static_cast<std::size_t>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) bytes = at.run();
  state.counters["longest s"] = at.longest_s;
  state.counters["tokens"] = static_cast<double>(at.padded);
  state.counters["MB both"] = 2 * static_cast<double>(bytes) / 1e6;
}
BENCHMARK(BM_TenThousandInLists)
    ->Arg(1)
    ->Arg(2)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Iterations(1)
    ->Repetitions(5)
    ->Unit(benchmark::kMillisecond);

Bytes random_board(std::size_t tags) {
  std::vector<record::PsiTag> list(tags);
  for (record::PsiTag& tag : list) seeded()(tag);
  std::sort(list.begin(), list.end());
  Bytes out;
  for (const record::PsiTag& tag : list) out.insert(out.end(), tag.begin(), tag.end());
  return out;
}

// A plan of 1,000 tokens is added where both boards have 100,000 tags.
void BM_AddPlanOwner(benchmark::State& state) {
  Exchange at(1'000, 1U << 20U);
  const Bytes board = random_board(100'000);
  at.ask();
  at.answer();
  for (auto _ : state) {
    benchmark::DoNotOptimize(at.post());
    benchmark::DoNotOptimize(commit(at.list, at.secret));
    at.ask();
    at.verify();
    at.learn_all();
    benchmark::DoNotOptimize(compare(at.learnt, board));
  }
}
BENCHMARK(BM_AddPlanOwner)->Unit(benchmark::kMillisecond);

std::vector<Learnt> random_learnt(std::size_t count) {
  std::vector<Learnt> out(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    seeded()(out[i].tag);
    out[i].index = i;
  }
  sort_learnt(out);
  return out;
}

void BM_AddPlanOther(benchmark::State& state) {
  Exchange at(1'000, 1U << 20U);
  const std::vector<Learnt> table = random_learnt(100'000);
  at.ask();
  const Bytes board = at.post();
  const record::PsiFile head = file_head(board, sizeof(record::PsiTag));
  for (auto _ : state) {
    at.answer();
    benchmark::DoNotOptimize(check_board(board, head));
    benchmark::DoNotOptimize(compare(table, board));
  }
}
BENCHMARK(BM_AddPlanOther)->Unit(benchmark::kMillisecond);

// A plan of 40 tokens, asked of a list of 5,000 places whose board (25,000 tags) is there.
void BM_SitesPlanner(benchmark::State& state) {
  Exchange at(40, 64);
  const Bytes board = random_board(25'000);
  at.ask();
  at.answer();
  for (auto _ : state) {
    at.ask();
    at.verify();
    at.learn_all();
    benchmark::DoNotOptimize(compare(at.learnt, board));
  }
}
BENCHMARK(BM_SitesPlanner)->Unit(benchmark::kMillisecond);

void BM_SitesOwner(benchmark::State& state) {
  Exchange at(40, 64);
  at.ask();
  for (auto _ : state) at.answer();
}
BENCHMARK(BM_SitesOwner)->Unit(benchmark::kMillisecond);

void BM_Compare(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::vector<Learnt> table = random_learnt(size);
  const Bytes board = random_board(size);
  for (auto _ : state) benchmark::DoNotOptimize(compare(table, board));
}
BENCHMARK(BM_Compare)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// ---- coverings ----

// Flights of a day of operations in a box of 150 by 130 km: circles and polygons of 2 to 25 km,
// 1,000 to 6,000 ft thick, 20 minutes to 3 hours, in 12 hours.
std::vector<geo::Volume4> flights(std::size_t count) {
  checks::testing::Draw draw(5);
  std::vector<geo::Volume4> out;
  while (out.size() < count) {
    const auto place =
        geo::point_from_degrees(draw.between(34.0, 35.2), draw.between(36.0, 37.6)).value();
    const UtcMs start{1'468'540'800'000 + draw.whole(0, 12 * 3'600'000)};
    const std::int64_t lower = geo::feet_to_mm(draw.whole(0, 35'000));
    out.push_back(
        {draw.area(place, 2'000 * std::pow(10, draw.between(0, 1.1))),
         {lower, lower + geo::feet_to_mm(draw.whole(1'000, 6'000)), geo::AltitudeReference::msl},
         {start, start + draw.whole(1'200'000, 10'800'000)}});
  }
  return out;
}

constexpr geo::Separation kSeparation{5 * geo::kNauticalMileMm, geo::feet_to_mm(1'000), 60'000};

bool have_common(const std::vector<CellKey>& a, const std::vector<CellKey>& b) {
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (*i == *j) return true;
    (*i < *j ? i : j)++;
  }
  return false;
}

void BM_FalseAlarms(benchmark::State& state) {
  CoverSettings settings;
  settings.space_cells = static_cast<int>(state.range(0));
  settings.line_cells = static_cast<int>(state.range(1));
  const auto plans = flights(400);
  double tokens_a = 0;
  double tokens_b = 0;
  double apart = 0;
  double alarms = 0;
  double missed = 0;
  for (auto _ : state) {
    std::vector<std::vector<CellKey>> a;
    std::vector<std::vector<CellKey>> b;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const Role role = i % 2 == 0 ? Role::a : Role::b;
      const Cover cover =
          cover_plan(std::span(plans).subspan(i, 1), kSeparation, role, settings).value();
      (i % 2 == 0 ? a : b).push_back(all_keys(cover, role));
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      tokens_a += static_cast<double>(a[i].size()) / static_cast<double>(a.size());
      tokens_b += static_cast<double>(b[i].size()) / static_cast<double>(b.size());
      for (std::size_t j = 0; j < b.size(); ++j) {
        const bool near = geo::conflict(plans[2 * i], plans[2 * j + 1], kSeparation);
        const bool common = have_common(a[i], b[j]);
        apart += near ? 0 : 1;
        alarms += !near && common ? 1 : 0;
        missed += near && !common ? 1 : 0;
      }
    }
  }
  state.counters["tokens A"] = tokens_a;
  state.counters["tokens B"] = tokens_b;
  state.counters["false %"] = 100 * alarms / apart;
  state.counters["missed"] = missed;
}
BENCHMARK(BM_FalseAlarms)
    ->Args({4, 1})
    ->Args({12, 2})
    ->Args({16, 3})
    ->Args({24, 4})
    ->Args({32, 6})
    ->Args({64, 8})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// ---- typical activities, and how many tokens each has ----

geo::PointE7 offset(double east_m, double north_m) {
  const geo::PointE7 center = geo::point_from_degrees(35.0, 37.0).value();
  return geo::destination(geo::destination(center, 90, east_m), 0, north_m);
}

// A rectangle whose south-west corner lies there.
geo::Area box(double east_m, double north_m, double width_m, double height_m) {
  return geo::Area::make(geo::Polygon{{offset(east_m, north_m), offset(east_m + width_m, north_m),
                                       offset(east_m + width_m, north_m + height_m),
                                       offset(east_m, north_m + height_m)}})
      .value();
}

geo::Volume4 volume(geo::Area area, std::int64_t low_ft, std::int64_t high_ft, int start_min,
                    int minutes) {
  const UtcMs start{1'468'540'800'000 + start_min * 60'000LL};
  return {std::move(area),
          {geo::feet_to_mm(low_ft), geo::feet_to_mm(high_ft), geo::AltitudeReference::msl},
          {start, start + minutes * 60'000LL}};
}

struct Activity {
  const char* name;
  std::vector<geo::Volume4> volumes;
};

std::vector<Activity> activities() {
  std::vector<Activity> out = {
      {"transit of 300 km, FL240 to FL250, 3 segments", {}},
      {"orbit in a box of 60 by 40 km, 1,000 ft, 4 h",
       {volume(box(0, 0, 60'000, 40'000), 8'000, 9'000, 10, 240)}},
      {"circle of 15 km, surface to FL150, 30 min",
       {volume(geo::Area::make(geo::Circle{offset(0, 0), 15'000'000}).value(), 0, 15'000, 7, 30)}},
      {"helicopter, 80 km low, 5 segments", {}},
      {"unmanned, box of 30 by 30 km, 10 h",
       {volume(box(0, 0, 30'000, 30'000), 3'000, 5'000, 20, 600)}},
      {"restricted area of 100 by 80 km, all heights, 24 h",
       {volume(box(0, 0, 100'000, 80'000), 0, 60'000, 0, 1'440)}}};
  for (int i = 0; i < 3; ++i) {
    out[0].volumes.push_back(volume(box(i * 100'000, 0, 100'000, 9'000), 24'000, 25'000, i * 8, 8));
  }
  for (int i = 0; i < 5; ++i) {
    out[3].volumes.push_back(volume(box(i * 16'000, 0, 16'000, 2'000), 0, 1'500, i * 5, 5));
  }
  return out;
}

void BM_Activity(benchmark::State& state) {
  const Activity activity = activities()[static_cast<std::size_t>(state.range(0))];
  Result<PlanCells> a = fail(Errc::checks_too_many);
  for (auto _ : state) {
    a = cells_of_plan(activity.volumes, kSeparation, Role::a, geo::AltitudeReference::msl);
  }
  const auto b = cells_of_plan(activity.volumes, kSeparation, Role::b, geo::AltitudeReference::msl);
  state.SetLabel(activity.name);
  if (!a || !b) return state.SkipWithError("it has too many tokens");
  state.counters["tokens A"] = static_cast<double>(a->keys.size());
  state.counters["tokens B"] = static_cast<double>(b->keys.size());
  state.counters["cells A"] = a->settings.space_cells;
  state.counters["cells B"] = b->settings.space_cells;
}
BENCHMARK(BM_Activity)->DenseRange(0, 5)->Unit(benchmark::kMicrosecond);

void BM_CoverPlan(benchmark::State& state) {
  const auto plans = flights(100);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cells_of_plan(std::span(plans).subspan(i++ % plans.size(), 1),
                                           kSeparation, Role::a, geo::AltitudeReference::msl));
  }
}
BENCHMARK(BM_CoverPlan)->Unit(benchmark::kMicrosecond);

}  // namespace
