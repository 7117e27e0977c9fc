// SPDX-License-Identifier: Apache-2.0
//
// Private checks of a node that runs: asks checks/room.h what is due, has it computed on a worker,
// logs what follows with the node's own key, fetches the other side's files and gives out its own.
// docs/protocol/private-checks.md section 9, docs/operating/private-checks.md.
//
// What is durable comes first, then the statement that names it, then others may have the file.
// So a node that dies goes on where it was. What the other side gives is bounded before it is read
// and judged before it is used; what is refused is kept, and refused once.
//
// Threads: the loop's, but for the jobs of its worker. Must be destroyed before the runtime.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/check_shelf.h"
#include "app/check_work.h"
#include "app/content_files.h"
#include "net/runtime.h"
#include "node/node.h"

namespace detente::app {

// A statement for the node's own log, to be signed with its watch key.
struct CheckStatement {
  std::string type;
  std::string body;
  std::vector<record::Ref> refs;
};

// What the room needs of the node's shell; everything on the loop's thread.
struct CheckHost {
  std::string data;
  std::function<UtcMs()> now;
  // Logs them in one step; one answer for each, in order.
  std::function<std::vector<Result<record::Ref>>(std::vector<CheckStatement>)> say;
  // GET "/peer/checks/<hex>" of a peer, or from its courier file: at most `bytes_max`, else
  // http_too_large before more is taken. `done` is called once, later.
  std::function<void(const PartyId&, const std::string& root, std::size_t bytes_max,
                     std::function<void(Result<Bytes>)>)>
      fetch;
  // Whether a courier file of this party is being taken in.
  std::function<bool(const PartyId&)> carried;
  std::function<Result<record::Entry>(LeafIndex)> read_own_entry;
  std::function<void(const std::string& site)> reached = [](const std::string&) {};  // for tests
};

// A plan or a list of this party, as its log and its folder have it.
struct CheckedPlan {
  record::Ref commit;
  UtcMs time;
  std::string officer;
  record::Commitment content;
  terms::Purpose purpose{};
  UtcMs until;  // the end of its last volume
};
struct PrivateList {
  std::vector<record::Ref> commits;
  UtcMs time;
  std::string officer;
  std::size_t sites = 0;
};

class CheckRoom {
 public:
  CheckRoom(const node::Node& node, net::Runtime& runtime, CheckHost host);

  // Where CheckHost::reached is called: before and after each kind of task ("make.begun",
  // "make.done"), and around each statement ("psi.post.unsaid", "psi.post.said"), whose files are
  // durable then.
  static std::vector<std::string> fault_sites();

  // Reads the private folder. Damaged files are logged and passed over.
  Status start();
  // The logs have changed: look at what is due, soon.
  void changed();
  // Once a second.
  void tick();
  bool busy() const;  // something is computed, fetched, or about to be looked at

  // Of own statements that name `peer`, and nothing else. checks_unknown.
  Result<Bytes> file_for(const PartyId& peer, const std::string& root_hex) const;

  // For the API (app/check_desk.h).
  const CheckShelf& shelf() const { return shelf_; }
  const std::vector<CheckedPlan>& plans() const { return plans_; }
  const std::vector<PrivateList>& lists() const { return lists_; }
  const checks::RoomFolder& folder() const { return state_.folder; }
  const EpochFolder* epoch_folder(const record::PsiHead& head) const;
  // Why the other side's file or answer is refused; nothing if it is not.
  std::optional<std::string> refusal(const record::Ref& ref) const;
  bool is_making(const record::PsiHead& head) const;
  // The running epoch of a check; nothing where the terms have none.
  std::optional<record::PsiHead> current_head(const terms::CheckNeeded& needed, UtcMs now) const;
  // The running epochs in which this party posts a list of places.
  std::vector<record::PsiHead> own_lists(UtcMs now) const;
  // When an own entry was logged.
  std::optional<UtcMs> time_of_own(const record::Ref& ref) const;
  void take_new_commits();  // that were logged since

 private:
  struct Pause {
    UtcMs until;
    std::int64_t length_ms = 0;
    bool no_contact = false;
  };
  struct Said {
    CheckStatement statement;
    std::function<void(const Result<record::Ref>&)> done;
  };

  void look();
  void look_at_seeds(UtcMs now);
  void commit_seed(const TimeSpan& time);
  void show_seed(const checks::SeedView& seed);
  void carry_out(const checks::Task& task);
  void open(const checks::Task& task);
  void make(const checks::Task& task);
  void made(const checks::Task& task, Result<std::vector<StoredList>> lists);
  void post_or_ask(const checks::Task& task);
  void refuse_unread(const checks::Task& task);
  void fetch(const checks::Task& task);
  void fetched(const checks::Task& task, Result<Bytes> bytes);
  void answer(const checks::Task& task);
  void answered(const checks::Task& task, Result<MadeAnswer> made);
  void learn(const checks::Task& task);
  void compare(const checks::Task& task);
  void compared(const checks::Task& task, Result<Compared> found);
  void destroy(const checks::Task& task);

  void say(Said said) { to_say_.push_back(std::move(said)); }
  void say_all();
  void give_out_logged();
  void refuse(const checks::Task& task, const Error& why, ByteView file);
  void pause(const checks::Task& task, const Error& why, bool no_contact = false);
  void finished(const checks::Task& task);
  // Computes on the worker, then goes on here.
  template <class T>
  void work(const checks::Task& task, std::function<T()> job, std::function<void(T)> then);
  Result<EpochFolder> folder_of(const checks::Task& task);
  Result<std::vector<ListInput>> inputs_of(const checks::Task& task) const;
  void take_commit(const record::Entry& entry, const record::Ref& ref);
  void join_lists();
  std::vector<checks::RoomTerms> terms() const;
  std::set<record::Ref> plans_that_are_over() const;
  // But for the plans in `over`.
  std::vector<checks::RoomInput> inputs(const std::vector<checks::RoomTerms>& terms,
                                        const std::set<record::Ref>& over) const;
  const checks::ChecksLedger& ledger() const { return node_.checks(); }

  const node::Node& node_;
  net::Runtime& runtime_;
  CheckHost host_;
  CheckShelf shelf_;
  ContentFiles contents_;
  ShelfState state_;
  std::vector<CheckedPlan> plans_;  // in the order of the log
  std::vector<PrivateList> lists_;
  struct ListPart {
    record::Ref commit;
    UtcMs time;
    std::string officer;
    record::Commitment content;
  };
  std::map<Hash, ListPart> list_parts_;  // by the root of the content
  std::set<record::Ref> seen_commits_;
  std::set<std::string> under_way_;
  std::map<std::string, Pause> pauses_;
  std::map<record::Ref, std::string> wrong_files_;  // that may still come right
  std::size_t fetches_ = 0;
  std::vector<Said> to_say_;
  bool look_posted_ = false;
  UtcMs seeds_pause_;  // after a failure
  std::unique_ptr<net::WorkerPool> worker_;
};

}  // namespace detente::app
