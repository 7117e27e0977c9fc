// SPDX-License-Identifier: Apache-2.0
//
// What a node has to do next for its private checks: a pure function of the logs, of what lies in
// its private folder, of the terms and of the time. docs/protocol/private-checks.md section 9.
//
// Whoever carries a task out makes its files durable before it logs the statement that names them,
// and asks again afterwards. A task that is still due is given again, so nothing is lost by a
// crash; what stands in the log is never due again, so nothing is said twice.
//
// Threads: safe on every thread, as long as the ledger does not change meanwhile.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checks/ledger.h"

namespace detente::checks {

// What the agreement asks of this party with one other party.
struct RoomTerms {
  record::PsiPurpose purpose = record::PsiPurpose::plans;
  PartyId with;
  bool owner = true;  // opens the epoch and posts; false: the planner who asks about sites
  PartyId list_of;    // of sites: whose list it is; two parties may each have one
  record::PsiTerms terms;
  std::int64_t epoch_ms = 0;  // epochs begin at whole multiples of it since 1970
  std::int64_t keep_ms = 0;   // secrets and files are kept so long after the epoch's end
};
// The epoch that is running, in the words that both sides use. Of sites its name has the list's
// owner, so that two lists of one pair and time have two epochs.
record::PsiHead head_of(const RoomTerms& terms, UtcMs now);
TimeSpan epoch_of(const RoomTerms& terms, UtcMs now);

// What is to be checked: a plan, or the standing list of places with all its commitments.
struct RoomInput {
  record::PsiPurpose purpose = record::PsiPurpose::plans;
  PartyId with;
  bool owner = true;                 // of a list of places, or of plans for a board; else it asks
  std::vector<record::Ref> commits;  // of the own log; a plan has one
  UtcMs until;                       // nothing is begun for it from here on
};

// A list that was made and is durable, with all the files that its statements name.
struct RoomList {
  record::PsiHead head;
  std::vector<record::Ref> commits;
  std::uint64_t n = 0;             // tokens, with padding
  bool learnt = false;             // the answer was verified and its tags are known
  std::set<record::Ref> compared;  // the other's posts
};

// What the private folder holds.
struct RoomFolder {
  std::map<record::PsiHead, UtcMs> epochs;  // until when each is kept
  std::set<record::PsiHead> keys;           // epochs whose own key is at hand
  std::map<Hash, RoomList> lists;           // by the root of the commitment to the tokens
  std::set<Hash> files;                     // the other side's, by root; size and root were right
  // Statements of the other side whose file or answer was refused for good.
  std::set<record::Ref> refused;
  // Commitments that do not fit into the epoch's budget any more.
  std::set<std::pair<record::PsiHead, record::Ref>> full;
};

enum class TaskKind : std::uint8_t {
  open,     // make the epoch's key, log psi.epoch
  make,     // cover the inputs; lists, boards and questions become files, all or none
  post,     // log psi.post
  ask,      // log psi.query
  refuse,   // a post of the other side that goes beyond the agreed budget: nothing is fetched
  fetch,    // a file of the other side
  answer,   // evaluate the question, log psi.answer
  learn,    // verify the answer, keep the tags
  compare,  // with the other's boards; of plans, log psi.result
  destroy,  // all that is kept of the epoch
};
const char* task_name(TaskKind kind);

struct Task {
  TaskKind kind = TaskKind::open;
  record::PsiHead head;
  TimeSpan time;                     // open: of the epoch
  record::PsiTerms terms;            // open, make
  UtcMs keep_until;                  // all but destroy
  bool owner = true;                 // make: of whom the list is
  std::vector<record::Ref> commits;  // make
  Hash list{};                       // post, ask, learn, compare: root of the commitment
  record::PsiFile file;              // fetch, answer (the question), learn (the answer)
  std::size_t record_size = 0;       // fetch: 16 of a board, 32 of others
  record::Ref ref;                   // the statement that names the file; ask: the post; refuse
  std::vector<record::Ref> posts;    // compare; of plans none where the other has none yet
  friend bool operator==(const Task&, const Task&) = default;
};

struct RoomState {
  const ChecksLedger& ledger;
  const PartyId& self;
  const std::vector<RoomTerms>& terms;
  const std::vector<RoomInput>& inputs;
  const RoomFolder& folder;
};
// Everything that is due, in an order that depends on nothing else. At most once is something made
// for each epoch, of all inputs that are in no list of it.
std::vector<Task> due_tasks(const RoomState& state, UtcMs now);

// What of the epoch's budget is used up, with the lists that are made and not in the log yet.
struct UsedUp {
  std::uint64_t tokens = 0;
  std::uint64_t lists = 0;
};
UsedUp used_up(const RoomState& state, const record::PsiHead& head, bool owner);

inline constexpr std::size_t kPostsOfAResult = 64;  // that one psi.result names

}  // namespace detente::checks
