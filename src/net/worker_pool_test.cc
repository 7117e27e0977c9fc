// SPDX-License-Identifier: Apache-2.0
// Method: parts and jobs on real threads, counted; built with the thread sanitizer as well.
#include "net/worker_pool.h"

#include <gtest/gtest.h>

namespace detente::net {
namespace {

TEST(WorkerPool, SharedPartsAreAllDoneAndTheFirstErrorIsGiven) {
  WorkerPool worker(2);
  std::atomic<int> done{0};
  ASSERT_TRUE(worker.share(20, [&](std::size_t) -> Status {
    ++done;
    return {};
  }));
  EXPECT_EQ(done, 20);
  const Status failed = worker.share(20, [](std::size_t i) -> Status {
    if (i == 3) return fail(Errc::checks_file, "three");
    return {};
  });
  EXPECT_EQ(failed.error().code, Errc::checks_file);
  EXPECT_TRUE(worker.share(0, [](std::size_t) -> Status { return fail(Errc::checks_file); }));
}

// Jobs that share parts of their own, more of them than threads: all end, and each part is done
// once.
TEST(WorkerPool, JobsRunAtTheSameTimeAndShareTheirParts) {
  std::vector<std::atomic<int>> done(1'000);
  std::atomic<int> jobs{0};
  {
    WorkerPool worker(2);
    for (int job = 0; job < 10; ++job) {
      worker.add([&, job] {
        static_cast<void>(worker.share(100, [&, job](std::size_t i) -> Status {
          ++done[static_cast<std::size_t>(job) * 100 + i];
          return {};
        }));
        ++jobs;
      });
    }
    while (jobs < 10) std::this_thread::yield();
  }
  for (const std::atomic<int>& one : done) EXPECT_EQ(one, 1);
}

TEST(WorkerPool, GivesUpWhatHasBegunWhenItEnds) {
  std::atomic<bool> begun{false};
  std::atomic<int> parts{0};
  Status ended;
  {
    WorkerPool worker(2);
    worker.add([&] {
      ended = worker.share(1'000'000'000, [&](std::size_t) -> Status {
        begun = true;
        ++parts;
        return {};
      });
    });
    while (!begun) std::this_thread::yield();
  }
  EXPECT_EQ(ended.error().code, Errc::node_halted);
  EXPECT_LT(parts, 1'000'000'000);
}

}  // namespace
}  // namespace detente::net
