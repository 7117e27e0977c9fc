// SPDX-License-Identifier: Apache-2.0
//
// sim [--seeds N] [--from N] [--jobs N] [--hostile N] | --seed N [--hostile N] [--verbose]
//
// In every Nth seed (4 without the option, 0: in none) one party is hostile. DETENTE_SIM_SEEDS
// gives the number of seeds where the option does not. Runs seeds in child processes and prints "N
// passed, N failed". A failing seed is printed with the command that replays it. Every tenth seed
// is run twice, and both runs must give the same bytes.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "sim/world.h"

namespace detente::sim {
namespace {

struct Totals {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t activations = 0;
  std::uint64_t refusals = 0;
  std::uint64_t rebuilt = 0;
  std::uint64_t convicted = 0;
  std::array<std::uint64_t, kFaults> faults{};
  std::array<std::uint64_t, kDeeds> deeds{};
};

// A fault or a deed that never comes tests nothing; a run of many seeds must have seen each.
void print_counts(Totals& totals, bool all_due, bool hostile_due) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    std::printf("fault %-31s %llu\n", fault_name(static_cast<Fault>(i)),
                static_cast<unsigned long long>(totals.faults[i]));
    const bool due = i < kHonestFaults || hostile_due;
    if (all_due && due && totals.faults[i] == 0) ++totals.failed;
  }
  for (std::size_t i = 0; i < kDeeds; ++i) {
    const Deed deed = static_cast<Deed>(i);
    std::printf("%s %-29s %llu\n", is_wrong(deed) ? "refused " : "accepted", deed_name(deed),
                static_cast<unsigned long long>(totals.deeds[i]));
    if (all_due && totals.deeds[i] == 0) ++totals.failed;
  }
}

void run_seed(std::uint64_t seed, std::uint64_t every, bool verbose, Totals& totals) {
  const bool hostile = every != 0 && seed % every == 0;
  World world(seed, verbose, hostile);
  std::optional<Failure> failure = world.run();
  if (!failure && seed % 10 == 0) {
    World again(seed, false, hostile);
    const std::optional<Failure> second = again.run();
    if (second || again.digest() != world.digest()) failure = Failure{"two runs differ"};
  }
  if (failure) {
    ++totals.failed;
    std::printf("seed %llu: %s\n  replay: sim --seed %llu --verbose\n",
                static_cast<unsigned long long>(seed), failure->what.c_str(),
                static_cast<unsigned long long>(seed));
    static_cast<void>(std::fflush(stdout));
  } else {
    ++totals.passed;
  }
  totals.activations += world.activations();
  totals.refusals += world.refusals();
  totals.rebuilt += world.rebuilt();
  totals.convicted += world.convicted();
  for (const auto& [fault, count] : world.faults())
    totals.faults[static_cast<std::size_t>(fault)] += count;
  for (std::size_t i = 0; i < kDeeds; ++i) totals.deeds[i] += world.deeds()[i];
}

Totals run_share(std::uint64_t from, std::uint64_t seeds, std::uint64_t every, std::uint64_t job,
                 std::uint64_t jobs) {
  Totals totals;
  for (std::uint64_t seed = from + job; seed < from + seeds; seed += jobs)
    run_seed(seed, every, false, totals);
  return totals;
}

Totals run_jobs(std::uint64_t from, std::uint64_t seeds, std::uint64_t every, std::uint64_t jobs) {
  keys();
  std::vector<int> pipes;
  for (std::uint64_t job = 0; job < jobs; ++job) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) std::exit(2);
    static_cast<void>(std::fflush(stdout));
    if (fork() == 0) {
      const Totals share = run_share(from, seeds, every, job, jobs);
      static_cast<void>(std::fflush(stdout));
      const bool sent = write(ends[1], &share, sizeof share) == sizeof share;
      _exit(sent ? 0 : 2);
    }
    close(ends[1]);
    pipes.push_back(ends[0]);
  }
  Totals sum;
  for (const int end : pipes) {
    Totals share;
    if (read(end, &share, sizeof share) != sizeof share) {
      std::printf("a worker died\n");
      ++sum.failed;
    }
    sum.passed += share.passed;
    sum.failed += share.failed;
    sum.activations += share.activations;
    sum.refusals += share.refusals;
    sum.rebuilt += share.rebuilt;
    sum.convicted += share.convicted;
    for (std::size_t i = 0; i < kFaults; ++i) sum.faults[i] += share.faults[i];
    for (std::size_t i = 0; i < kDeeds; ++i) sum.deeds[i] += share.deeds[i];
    close(end);
  }
  while (wait(nullptr) > 0) {
  }
  return sum;
}

int run(int argc, char** argv) {
  std::uint64_t from = 1;
  const char* const wanted = std::getenv("DETENTE_SIM_SEEDS");
  std::uint64_t seeds = wanted == nullptr ? 1000 : std::strtoull(wanted, nullptr, 10);
  std::uint64_t every = 4;
  std::uint64_t jobs = 2;
  std::uint64_t only = 0;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (option == "--seeds") seeds = value();
    if (option == "--from") from = value();
    if (option == "--jobs") jobs = value();
    if (option == "--hostile") every = value();
    if (option == "--seed") only = value();
    if (option == "--verbose") verbose = true;
  }
  Totals totals;
  if (only != 0) {
    run_seed(only, every, verbose, totals);
  } else {
    totals = run_jobs(from, seeds, every, jobs == 0 ? 1 : jobs);
  }
  std::printf("activations %llu, refusals %llu, logs rebuilt %llu, proofs of lies %llu\n",
              static_cast<unsigned long long>(totals.activations),
              static_cast<unsigned long long>(totals.refusals),
              static_cast<unsigned long long>(totals.rebuilt),
              static_cast<unsigned long long>(totals.convicted));
  print_counts(totals, only == 0 && seeds >= 100, every != 0);
  if (only == 0 && seeds >= 100 && totals.activations < seeds / 2) {
    std::printf("too few activations: the promises about them were hardly tested\n");
    ++totals.failed;
  }
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(totals.passed),
              static_cast<unsigned long long>(totals.failed));
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace detente::sim

int main(int argc, char** argv) {
  return detente::sim::run(argc, argv);
}
