// SPDX-License-Identifier: Apache-2.0
//
// The costly steps of private checks, for the threads of a pool. Steps of different lists run at
// the same time; a step alone shares its parts with threads that have nothing to do. What a step
// makes is durable when it is done. Threads: on every thread, as long as no two steps work at one
// list.
#pragma once

#include <vector>

#include "app/check_shelf.h"
#include "net/worker_pool.h"

namespace detente::app {

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
  bool planner = true;   // else the owner of a list of places
  bool own_is_a = true;  // of plans
  bool board = true;     // is posted; else it is only asked about
  checks::UsedUp used;   // of the epoch's budget
  std::vector<ListInput> inputs;
};
// Covers as many plans as fit the budget, from the first on, and of places all; puts their cells
// into lists (checks/split.h). Secrets, boards and questions are durable then, all or none.
// checks_budget, checks_too_many, cover_too_many: not even the first fits.
Result<std::vector<StoredList>> make_lists(const MakeWork& work, net::WorkerPool& worker);

struct MadeAnswer {
  Hash file{};
  std::vector<crypto::VoprfProof> proofs;
};
// voprf_element: the question is malformed.
Result<MadeAnswer> make_answer(const EpochFolder& folder, const record::PsiFile& question,
                               net::WorkerPool& worker);

struct LearnWork {
  EpochFolder folder;
  record::PsiContext context;
  Hash list{};  // root of its commitment
  crypto::VoprfElement their_key{};
  record::PsiAnswer answer;
};
// checks_answer: not made with the epoch's key. The tags are durable then.
Status learn_answer(const LearnWork& work, net::WorkerPool& worker);

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
