// SPDX-License-Identifier: Apache-2.0
//
// Threads for work that takes long: whole jobs in the order in which they come, and parts of a job
// that idle threads share. Errors: node_halted, when the pool ends.
// Threads: add() and share() on every thread, also from within a job; jobs run on the pool's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace detente::net {

class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads);
  ~WorkerPool();  // jobs that run end after their present parts
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Begun in the order in which they came.
  void add(std::function<void()> job);
  // Runs f(0) to f(count - 1), here and on those of the threads that are idle, and gives the first
  // error. node_halted: the process ends.
  Status share(std::size_t count, const std::function<Status(std::size_t)>& f);

 private:
  struct Shared;
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace detente::net
