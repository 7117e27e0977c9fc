// SPDX-License-Identifier: Apache-2.0
//
// The costly steps of private checks, one after the other on a thread of their own; each shares its
// parts among limits::kCheckThreads threads. What a step makes is durable when it is done.
// Threads: CheckWorker's functions are called by one thread; jobs run on the worker's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "app/check_shelf.h"

namespace detente::app {

class CheckWorker {
 public:
  CheckWorker();
  ~CheckWorker();  // a job that runs ends after its present parts
  CheckWorker(const CheckWorker&) = delete;
  CheckWorker& operator=(const CheckWorker&) = delete;

  void add(std::function<void()> job);
  // Whether work that has begun should be given up: the process ends.
  const std::atomic<bool>& stopping() const { return stopping_; }

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::atomic<bool> stopping_{false};
  std::jthread thread_;
};

// Runs f(0) to f(count - 1), at most limits::kCheckThreads at once, and gives the first error.
// node_halted: it was stopped.
Status share_parts(std::size_t count, const std::atomic<bool>& stopping,
                   const std::function<Status(std::size_t)>& f);

// What one commitment's list is made of: a plan's volumes, or places.
struct ListInput {
  record::Ref commit;
  std::vector<geo::Volume4> volumes;
  std::vector<geo::Area> places;
};
struct MakeWork {
  EpochFolder folder;
  record::PsiContext context;
  record::PsiTerms terms;
  bool planner = true;            // else the owner of a list of places
  bool own_is_a = true;           // of plans
  bool board = true;              // is posted; else it is only asked about
  std::uint64_t tokens_left = 0;  // of the epoch's budget
  std::vector<ListInput> inputs;
};
// Covers as many plans as fit into one list and the budget, from the first on; of places all.
// Secret, board and question are durable then. checks_budget, checks_too_many, cover_too_many: not
// even the first fits.
Result<StoredList> make_list(const MakeWork& work, const std::atomic<bool>& stopping);

struct MadeAnswer {
  Hash file{};
  std::vector<crypto::VoprfProof> proofs;
};
// voprf_element: the question is malformed.
Result<MadeAnswer> make_answer(const EpochFolder& folder, const record::PsiFile& question,
                               const std::atomic<bool>& stopping);

struct LearnWork {
  EpochFolder folder;
  record::PsiContext context;
  Hash list{};  // root of its commitment
  crypto::VoprfElement their_key{};
  record::PsiAnswer answer;
};
// checks_answer: not made with the epoch's key. The tags are durable then.
Status learn_answer(const LearnWork& work, const std::atomic<bool>& stopping);

struct BoardToCompare {
  record::Ref post;
  record::PsiFile tags;
};
struct Compared {
  std::vector<std::uint64_t> matches;  // for each board
  Hash touched{};
};
Result<Compared> compare_boards(const EpochFolder& folder, const Hash& list,
                                const std::vector<BoardToCompare>& boards);

// A file of the other side: its size and root, and of a board the order. checks_file. A wrong root
// or size shows nothing about the other side; disorder under the right root does.
enum class FileFault : std::uint8_t { none, not_it, disorder };
FileFault judge_file(ByteView file, const record::PsiFile& head, std::size_t record_size);

}  // namespace detente::app
