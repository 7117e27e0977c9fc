// SPDX-License-Identifier: Apache-2.0
//
// Internal to airspace: what the ledger knows, and how it judges. ledger.cc takes entries in,
// ledger_judge.cc decides what counts, ledger_admit.cc guards what this node would log,
// ledger_view.cc shows the states.
//
// Everything is decided from prefixes of the logs. An act's entry says, by its header's `seen`
// (and those before it in the same log), how much of every other log its writer had verified. An
// act is judged when that much is known here, by nothing that lies beyond it: so a verdict is
// final, is the same for everyone, and does not depend on the order in which the logs arrive.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "airspace/ledger.h"
#include "airspace/volume_index.h"
#include "record/merkle.h"

namespace detente::airspace {

using LogNumber = std::uint32_t;
using Handle = VolumeIndex::Key;               // of an activity
using SeenSizes = std::vector<std::uint64_t>;  // by LogNumber: how much of each log was verified

// Whether an act counts, and if not, why. `known` is false while entries that it depends on are
// missing here.
struct Verdict {
  bool known = false;
  bool counts = false;
  Errc code{};
  std::string why;
};
inline Verdict act_counts() {
  return {true, true, {}, {}};
}
inline Verdict act_fails(Errc code, std::string why) {
  return {true, false, code, std::move(why)};
}
inline Verdict act_waits(std::string why) {
  return {false, false, Errc::activity_evidence, std::move(why)};
}

// Where and by whom a statement was logged.
struct Act {
  LogNumber log = 0;
  std::uint64_t index = 0;
  UtcMs time;
  Hash leaf{};
  std::vector<std::string> officers;
  SeenSizes seen;  // empty where it plays no part
};

// activity.concur and activity.object
struct Answer {
  Act act;
  bool objection = false;
  ActivityId names;
  record::Ref proposal;  // refs[0]
  std::string clause;
  std::string reason;
  std::optional<Handle> activity;  // once the proposal is known
  bool dropped = false;            // it answers no proposal
  Verdict verdict;
};

// activity.activate
struct Attempt {
  Act act;
  std::vector<record::Ref> refs;
  std::vector<std::string> receipts;
  std::vector<std::string> fresh;
  Verdict verdict;
};

// activity.withdraw and activity.end
struct Closing {
  Act act;
  bool end = false;
  std::string reason;
};

struct Activity {
  ActivityId id;
  Act act;  // the proposal's
  ActivityPlan plan;
  TimeSpan span;
  std::vector<terms::Reason> rules;
  std::string forbidden;  // the broken clause and its sentence; empty if none
  std::vector<terms::Procedure::Keys> needed;
  std::vector<Handle> near;       // every activity ever filed that comes too close
  std::vector<Answer*> answers;   // by log, then index
  std::deque<Attempt> attempts;   // by index
  std::vector<Closing> closings;  // by index; the first one closes, the others are shown
};

struct Stop {
  Act act;
  StatementId id;
  ActivityId activity;  // empty: every activity
  std::string reason;
  std::optional<Act> lifted;
  std::string lift_reason;
};

struct LogState {
  PartyId party;
  std::optional<record::LogOwner> owner;  // nothing while the agreement has no keys
  Origin origin;
  std::uint64_t size = 0;
  UtcMs last_time{INT64_MIN};
  SeenSizes seen;
  std::vector<std::vector<Hash>> subtrees;  // by level: hashes of the complete subtrees
  std::map<StatementId, Handle> activities;
  std::map<std::uint64_t, Handle> proposals;  // by index
  std::vector<Stop> stops;
  std::map<std::string, std::string> open_findings;  // outside_volume: finding -> activity
  std::deque<Answer*> unjudged;                      // concurrences, in order
};

// What the last counting answer of a party says.
struct Standing {
  bool waiting = false;
  bool objection = false;
  std::set<std::string> officers;  // who concurred since the last objection
};

class LedgerCore {
 public:
  explicit LedgerCore(std::shared_ptr<const terms::Agreement> agreement);

  void apply(const PartyId& party, const record::Entry& entry,
             const std::vector<std::string>& officers);
  Status admit(const PartyId& party, const record::Statement& statement,
               const std::vector<std::string>& officers, UtcMs now,
               const std::vector<record::Head>& seen) const;
  std::optional<ActivityView> view(const ActivityId& id, UtcMs now) const;
  std::vector<ActivityView> views(UtcMs now) const;
  ActivityState state(const ActivityId& id, UtcMs now) const;
  std::vector<StopView> stops() const;
  std::vector<Meeting> meetings(const ActivityPlan& plan, const ActivityId& except,
                                UtcMs now) const;
  Result<Ledger::Activation> prepare(const ActivityId& id, const std::vector<std::string>& notes,
                                     UtcMs now, const std::vector<record::Head>& seen) const;
  const std::vector<Ledger::Refused>& refused() const { return refused_; }

 private:
  // ledger.cc: taking in. Each returns an error if the entry has no effect.
  Status take_in(const Act& act, const record::Entry& entry);
  Status take_proposal(const Act& act, const record::Statement& statement);
  Status take_answer(const Act& act, const record::Statement& statement);
  Status take_closing(const Act& act, const record::Statement& statement);
  Status take_activation(const Act& act, const record::Statement& statement);
  Status take_stop(const Act& act, const record::Statement& statement);
  Status take_stop_answer(const Act& act, const record::Statement& statement);
  void take_finding(const Act& act, const record::Statement& statement);
  void file(Activity activity);
  void attach(Answer& answer);
  void attach_waiting(LogNumber log, std::uint64_t index);
  void judge_waiting();
  void refuse(const Act& act, Error error);
  void grow(LogState& log, const Hash& leaf);

  // ledger_judge.cc
  Result<ActivityPlan> read_own_plan(const JsonReader& body, const PartyId& owner) const;
  void judge_rules(Activity& activity) const;
  // Whether the activity was open when its log had `size` entries, at `time`.
  static bool live(const Activity& activity, std::uint64_t size, UtcMs time);
  const Activity* own_live_conflict(const Activity& activity, const Act& act) const;
  std::optional<std::string> waits_for(const Act& act) const;
  Standing standing(const Activity& activity, const PartyId& party, std::uint64_t size) const;
  // Whether the act's party has concurred with the activity before, taken back or not.
  static bool bound(const Activity& activity, const Act& act);
  Verdict judge_answer(const Activity& activity, const Answer& answer) const;
  Verdict judge_concurrence(const Activity& activity, const Answer& answer) const;
  Verdict judge_activation(const Activity& activity, const Attempt& attempt) const;
  Verdict judge_concurrences(const Activity& activity, const Attempt& attempt) const;
  Verdict judge_surroundings(const Activity& activity, const Attempt& attempt) const;
  const Stop* stop_in_force(const Activity& activity, const Act& act) const;
  Verdict judge_receipts(const Activity& activity, const Attempt& attempt) const;
  Verdict judge_fresh(const Activity& activity, const Attempt& attempt) const;
  // The time of a party's cosignature on a checkpoint of the owner's log that covers the proposal
  // and that fits the log as it is known here; nothing if there is none.
  std::optional<UtcMs> covered(const Activity& activity, const std::string& note, std::uint64_t end,
                               const record::VerifierKey& cosigner) const;
  std::string late_text(const Activity& activity) const;

  // ledger_admit.cc
  Result<Act> next_act(const PartyId& party, const std::vector<std::string>& officers, UtcMs now,
                       const std::vector<record::Head>& seen) const;
  Status admit_proposal(const Act& act, const record::Statement& statement) const;
  Status admit_answer(const Act& act, const record::Statement& statement) const;
  Status admit_closing(const Act& act, const record::Statement& statement) const;
  Status admit_activation(const Act& act, const record::Statement& statement) const;
  Status admit_stop(const Act& act, const record::Statement& statement) const;
  Result<const Activity*> own_activity(const Act& act, const ActivityId& id) const;

  // ledger_view.cc
  const Activity* find(const ActivityId& id) const;
  UtcMs clock(const Activity& activity, UtcMs now) const;
  bool live_now(const Activity& activity, UtcMs now) const;
  static const Attempt* activation(const Activity& activity);
  bool left_volumes(const Activity& activity) const;
  struct StateWhy {
    ActivityState state = ActivityState::proposed;
    std::string why;
  };
  StateWhy state_of(const Activity& activity, UtcMs now) const;
  ActivityView show(const Activity& activity, UtcMs now) const;
  std::vector<Step> steps_of(const Activity& activity) const;
  Step step_of(const Act& act, const char* type) const;
  record::Ref ref_of(const Act& act) const;

  LogNumber number_of(const Activity& activity) const { return activity.act.log; }
  const PartyId& owner_of(const Activity& activity) const { return logs_[activity.act.log].party; }

  std::shared_ptr<const terms::Agreement> agreement_;
  std::set<ClauseId> clauses_;
  std::vector<LogState> logs_;
  std::map<PartyId, LogNumber> log_of_party_;
  std::map<Origin, LogNumber> log_of_origin_;

  std::deque<Activity> activities_;  // by Handle
  std::unordered_multimap<ActivityId, Handle> by_id_;
  VolumeIndex index_;
  std::deque<Answer> answers_;
  std::map<std::pair<LogNumber, std::uint64_t>, std::vector<Answer*>> unattached_;
  std::vector<std::pair<Handle, std::size_t>>
      unjudged_;  // attempts, by place in Activity::attempts
  struct StopAck {
    Act act;
  };
  std::map<StatementId, std::vector<StopAck>> acks_;
  std::map<std::string, int> outside_;  // open outside_volume findings by activity
  std::vector<Ledger::Refused> refused_;

  // Verdicts on notes' lines, which cost a signature check each. A cache only: it may be emptied.
  struct NoteFacts {
    bool valid = false;  // a checkpoint that its log's key signed
    record::Note note;
    record::Checkpoint checkpoint;
    std::map<std::string, std::optional<UtcMs>> cosigned;  // by the cosigner's key text
  };
  const NoteFacts& facts(const record::LogOwner& owner, const std::string& note) const;
  mutable std::unordered_map<std::string, NoteFacts> notes_;
};

// Bodies that are read at two places: when an entry is taken in, and before it is logged.
struct AnswerBody {
  ActivityId activity;
  std::string clause;
  std::string reason;
};
Result<AnswerBody> read_answer(const record::Statement& statement,
                               const std::set<ClauseId>& clauses);
struct ClosingBody {
  ActivityId activity;
  std::string reason;
};
Result<ClosingBody> read_closing(const record::Statement& statement);
struct ActivationBody {
  ActivityId activity;
  std::vector<std::string> receipts;
  std::vector<std::string> fresh;
};
Result<ActivationBody> read_activation(const record::Statement& statement);
struct StopBody {
  ActivityId activity;  // may be empty
  std::string reason;
};
Result<StopBody> read_stop(const record::Statement& statement);
struct StopAnswerBody {
  StatementId stop;
  std::string reason;
};
Result<StopAnswerBody> read_stop_answer(const record::Statement& statement);

}  // namespace detente::airspace
