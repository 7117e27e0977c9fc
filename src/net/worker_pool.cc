// SPDX-License-Identifier: Apache-2.0
#include "net/worker_pool.h"

#include <algorithm>
#include <memory>

namespace detente::net {

// One call of share(): whoever works at it takes the next part.
struct WorkerPool::Shared {
  std::size_t count = 0;
  const std::atomic<bool>* stopping = nullptr;
  const std::function<Status(std::size_t)>* f = nullptr;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable left;
  std::size_t helpers = 0;  // that are at it
  bool over = false;        // nobody joins any more
  Status first;

  void work() {
    while (true) {
      const std::size_t at = next.fetch_add(1);
      if (at >= count) return;
      Status done = *stopping ? Status(fail(Errc::node_halted, "stopping")) : (*f)(at);
      if (done) continue;
      const std::lock_guard lock(mutex);
      if (first) first = std::move(done);
      next = count;
    }
  }
  void help() {
    {
      const std::lock_guard lock(mutex);
      if (over) return;
      ++helpers;
    }
    work();
    const std::lock_guard lock(mutex);
    --helpers;
    left.notify_all();
  }
};

WorkerPool::WorkerPool(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();  // joins them
}

void WorkerPool::add(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void WorkerPool::run() {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

Status WorkerPool::share(std::size_t count, const std::function<Status(std::size_t)>& f) {
  const auto shared = std::make_shared<Shared>();
  shared->count = count;
  shared->stopping = &stopping_;
  shared->f = &f;
  const std::size_t helpers = count == 0 ? 0 : std::min(threads_.size(), count - 1);
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < helpers; ++i) jobs_.push_front([shared] { shared->help(); });
  }
  wake_.notify_all();
  shared->work();
  std::unique_lock lock(shared->mutex);
  shared->over = true;
  shared->left.wait(lock, [&] { return shared->helpers == 0; });
  return std::move(shared->first);
}

}  // namespace detente::net
