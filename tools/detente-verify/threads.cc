// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/threads.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace detente::verify {
namespace {

using Work = std::unique_ptr<record::BundleWork>;
using Make = std::function<Work(std::uint64_t)>;

// Each thread takes a bundle through its steps. It waits for its turn to judge, and no thread runs
// far ahead of the slowest, so that few bundles are in memory.
class Pipeline {
 public:
  Pipeline(std::uint64_t count, const Make& make, unsigned threads)
      : count_(count), make_(make), ahead_max_(2 * std::uint64_t{threads}) {}

  void run() {
    while (const std::optional<std::uint64_t> index = begin()) {
      Work work = make_(*index);
      work->prepare();
      if (!judge(*index, *work)) return;
      work->check();
      settle(*index, std::move(work));
    }
  }

 private:
  std::optional<std::uint64_t> begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return no_more_ || next_ < settled_ + ahead_max_; });
    if (no_more_ || next_ == count_) return std::nullopt;
    return next_++;
  }

  // False if an earlier bundle was refused, so that this one is of no consequence.
  bool judge(std::uint64_t index, record::BundleWork& work) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, index] { return no_more_ || judged_ == index; });
    if (no_more_) return false;
    if (!work.judge()) no_more_ = true;
    ++judged_;
    changed_.notify_all();
    return true;
  }

  void settle(std::uint64_t index, Work work) {
    const std::lock_guard lock(mutex_);
    checked_[index] = std::move(work);
    while (!ended_ && !checked_.empty() && checked_.begin()->first == settled_) {
      const Work first = std::move(checked_.begin()->second);
      checked_.erase(checked_.begin());
      ++settled_;
      if (first->settle()) continue;
      ended_ = true;
      no_more_ = true;
    }
    changed_.notify_all();
  }

  const std::uint64_t count_;
  const Make& make_;
  const std::uint64_t ahead_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;     // to be prepared
  std::uint64_t judged_ = 0;   // so many bundles were judged
  std::uint64_t settled_ = 0;  // and so many settled
  std::map<std::uint64_t, Work> checked_;
  bool no_more_ = false;  // nothing further is to be judged
  bool ended_ = false;    // a fault was found: nothing further is to be settled
};

}  // namespace

record::Spread on_threads(unsigned threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  return [threads](std::uint64_t count, const Make& make) {
    Pipeline pipeline(count, make, threads);
    std::vector<std::thread> others;
    try {
      for (unsigned i = 1; i < threads && i < count; ++i) {
        others.emplace_back([&pipeline] { pipeline.run(); });
      }
    } catch (const std::system_error&) {
      // The system gives no more threads: those that run do the work.
    }
    pipeline.run();
    for (std::thread& other : others) other.join();
  };
}

}  // namespace detente::verify
