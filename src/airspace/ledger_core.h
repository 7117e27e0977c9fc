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
// Where it builds on another verdict that is still open, it waits for that one.
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
inline constexpr const char* kEarlier = "waiting for an earlier entry";
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

// A question about a prefix that verdicts may keep open.
enum class Open : std::uint8_t { no, yes, unknown };

// activity.concur, activity.object and activity.read_back
struct Answer {
  enum class Kind : std::uint8_t { concurrence, objection, read_back };
  Act act;
  Kind kind = Kind::concurrence;
  ActivityId names;
  record::Ref proposal;  // refs[0]
  std::string clause;
  std::string reason;
  ReadBack read_back;
  std::optional<Handle> activity;  // once the proposal is known
  bool dropped = false;            // it answers no proposal
  Verdict verdict;
  std::shared_ptr<const terms::Agreement> version;  // by which the verdict was given
};

// activity.activate
struct Attempt {
  Act act;
  std::vector<record::Ref> refs;
  std::vector<std::string> receipts;
  std::vector<std::string> fresh;
  Verdict verdict;
  bool drafted = false;      // not signed yet: its officers are not known
  std::int64_t version = 0;  // of the agreement, by which the verdict was given
};

// activity.withdraw and activity.end
struct Closing {
  Act act;
  bool end = false;
  std::string reason;
};

// activity.release and activity.contingent: from this entry on, the activity occupies `left`.
struct Change {
  Act act;
  bool release = true;
  std::string reason;
  std::vector<std::uint32_t> numbers;  // released; empty: all
  std::optional<UtcMs> until;
  std::vector<geo::Volume4> added;  // off-nominal
  std::vector<Occupied> left;
  UtcMs end;  // of what is left; of the time before all times if nothing is
};

// activity.offer
struct Offered {
  Act act;
  std::vector<geo::Volume4> volumes;
  std::string reason;
};

// What closes an activity, all in its owner's log.
struct Closer {
  enum class Kind : std::uint8_t {
    withdrawn,
    ended,
    released,    // nothing was left
    amended,     // replaced before it was active
    superseded,  // an activation of what replaces it, if it counts
  };
  std::uint64_t index = 0;
  UtcMs time;
  Kind kind = Kind::withdrawn;
  std::string reason;
  Handle by = 0;            // amended, superseded
  std::size_t attempt = 0;  // superseded: its place in the other's attempts
};

// Another activity that comes too close, or may: the plans within the largest separation of any
// version, or a volume that was added later.
struct Near {
  Handle other = 0;
  // The last answer to whether the plans themselves are too close, and by which separation.
  struct Plans {
    bool known = false;
    geo::Separation separation;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> meet;  // volumes: own, the other's
  };
  mutable Plans plans;
};

struct Activity {
  ActivityId id;
  Act act;  // the proposal's
  ActivityPlan plan;
  TimeSpan span;                          // of the plan
  std::optional<record::Ref> check_plan;  // the commitment that the plan's key opens
  std::optional<Handle> replaces;         // in the same log
  std::vector<Handle> replaced_by;
  std::vector<Near> near;         // ascending by `other`
  std::vector<Answer*> answers;   // by log, then index
  std::deque<Attempt> attempts;   // by index
  std::vector<Closing> closings;  // by index
  std::vector<Change> changes;    // by index
  std::vector<Offered> offers;    // by index
  std::vector<Closer> closers;    // by index; the first that closes, closes
  // What an agreement says about the plan. A cache only.
  struct Judged {
    const terms::Agreement* agreement = nullptr;
    std::optional<terms::StageId> stage;
    std::vector<terms::Reason> rules;
    Errc code{};
    std::string place;
    std::string forbidden;  // why it can never become active; empty if it can
  };
  mutable Judged judged;
  mutable std::pair<const terms::Agreement*, PlaceCheck> placed;  // by which version
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
  std::vector<UtcMs> times;  // of the entries, by index
  SeenSizes seen;
  std::vector<std::vector<Hash>> subtrees;  // by level: hashes of the complete subtrees
  std::map<StatementId, Handle> activities;
  std::map<std::uint64_t, Handle> proposals;  // by index
  std::vector<Stop> stops;
  std::map<std::string, std::string> open_findings;  // outside_volume: finding -> activity
  std::deque<Answer*> unjudged;                      // concurrences, in order
};

// What the answers of a party say together.
struct Standing {
  bool objection = false;          // the last answer
  bool disagrees = false;          // the last read-back says so
  std::set<std::string> officers;  // who concurred since the last objection or disagreement
};

// Bodies that are read at two places: when an entry is taken in, and before it is logged.
struct AnswerBody {
  ActivityId activity;
  std::string clause;
  std::string reason;
  ReadBack read_back;
};
Answer::Kind kind_of(const std::string& type);
Result<AnswerBody> read_answer(const record::Statement& statement);
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
struct ReleaseBody {
  ActivityId activity;
  std::vector<std::uint32_t> numbers;  // ascending
  std::optional<UtcMs> until;
  std::string reason;
};
Result<ReleaseBody> read_release(const record::Statement& statement);
struct AddedBody {
  ActivityId activity;
  std::vector<geo::Volume4> volumes;
  std::string reason;
};
Result<AddedBody> read_contingent(const record::Statement& statement);
Result<AddedBody> read_offer(const record::Statement& statement);
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
  // ledger_near.cc
  Neighbours near(std::span<const geo::Volume4> volumes, const Filer& filer, UtcMs now,
                  std::size_t limit) const;
  static std::vector<terms::Procedure::Keys> needed_by(const ActivityPlan& plan,
                                                       const PartyId& owner,
                                                       const terms::Agreement& version);
  const std::vector<Ledger::Refused>& refused() const { return refused_; }
  const terms::AgreementLedger& course() const { return course_; }
  Status learn(const std::shared_ptr<const terms::Agreement>& version);

 private:
  // ledger.cc: taking in. Each returns an error if the entry has no effect.
  Status take_in(const Act& act, const record::Entry& entry);
  Status take_proposal(const Act& act, const record::Statement& statement);
  Status take_answer(const Act& act, const record::Statement& statement);
  Status take_closing(const Act& act, const record::Statement& statement);
  Status take_activation(const Act& act, const record::Statement& statement);
  Status take_stop(const Act& act, const record::Statement& statement);
  Status take_stop_answer(const Act& act, const record::Statement& statement);
  Status take_change(const Act& act, const record::Statement& statement);
  Status take_offer(const Act& act, const record::Statement& statement);
  // The commitment that a proposal names is this log's, and of this very plan.
  Result<record::Ref> checked_plan(const Act& act, const ActivityPlan& plan,
                                   const std::vector<record::Ref>& refs) const;
  Result<Activity> read_proposal(const Act& act, const record::Statement& statement) const;
  Result<Change> released(const Activity& activity, const Act& act, ReleaseBody body) const;
  Result<Change> added(const Activity& activity, const Act& act, AddedBody body) const;
  static std::vector<geo::Volume4> every_volume(const Activity& activity);
  // An activity of the act's own log. take_own looks at nothing else, so that everyone says the
  // same; own_handle knows whose it is instead (activity_not_owner).
  Result<Handle> take_own(const Act& act, const ActivityId& id) const;
  Result<Handle> own_handle(const Act& act, const ActivityId& id) const;
  void take_finding(const Act& act, const record::Statement& statement);
  void file(Activity activity);
  void file_near(Handle handle, std::span<const geo::Volume4> volumes);
  void attach(Answer& answer);
  void attach_waiting(LogNumber log, std::uint64_t index);
  void judge_waiting();
  void index_anew();
  bool judge_answers();
  bool judge_attempts();
  void refuse(const Act& act, Error error);
  void grow(LogState& log, const Hash& leaf);

  // ledger_prefix.cc: what was open, where, and how close, as far as a prefix of the owner's log
  // says (its size).
  Open open_at(const Activity& activity, std::uint64_t size, UtcMs time) const;
  Open closed_before(const Activity& activity, std::uint64_t size) const;
  Open closes(const Activity& activity, const Closer& closer) const;
  // The first that is known to close; nothing if none is.
  const Closer* closed_by(const Activity& activity) const;
  static UtcMs end_at(const Activity& activity, std::uint64_t size);
  static bool contingent_at(const Activity& activity, std::uint64_t size);
  // Whether one of the two replaces the other, at whatever distance: they are never both active.
  bool one_chain(const Activity& a, const Activity& b) const;
  static std::vector<Occupied> occupied_at(const Activity& activity, std::uint64_t size);
  struct Pair {
    std::uint32_t own = 0;
    std::uint32_t other = 0;
  };
  std::optional<Pair> meet_at(const Activity& activity, std::uint64_t size, const Near& near,
                              std::uint64_t other_size, const terms::Agreement& version) const;
  static terms::SeparationTerms apart(const Activity& a, const Activity& b,
                                      const terms::Agreement& version);
  // Whether the act's party has concurred with the activity before, taken back or not.
  static bool bound(const Activity& activity, const Act& act);
  // Searches among those that come too close, in the order of their entries; `unknown` if it
  // depends on verdicts that are open.
  struct Search {
    const Activity* found = nullptr;
    bool unknown = false;
  };
  Search own_live_conflict(const Activity& activity, const Act& act,
                           const terms::Agreement& version) const;
  Search agreed_live_conflict(const Activity& activity, const Act& act,
                              const terms::Agreement& version) const;
  Search activated_live_conflict(const Activity& activity, const Act& act,
                                 const terms::Agreement& version) const;
  std::uint64_t size_for(const Act& act, const Activity& activity) const {
    return activity.act.log == act.log ? act.index : act.seen[activity.act.log];
  }

  // ledger_judge.cc
  terms::TermsAt terms_of(const Act& act) const;
  terms::TermsAt terms_now(UtcMs now) const;
  const Activity::Judged& judge_plan(const Activity& activity, const terms::TermsAt& terms) const;
  static std::vector<terms::Procedure::Keys> needed(const Activity& activity, const PartyId& owner,
                                                    const terms::Agreement& version);
  // Of the owner: how many different officers must have signed the proposal and the activation,
  // and who did.
  static int owner_keys(const Activity& activity);
  static std::set<std::string> owner_officers(const Activity& activity, const Act& activation);
  std::optional<std::string> waits_for(const Act& act) const;
  Standing standing(const Activity& activity, const PartyId& party, std::uint64_t size) const;
  Verdict judge_answer(const Activity& activity, const Answer& answer) const;
  void judge_concurrence(const Activity& activity, Answer& answer) const;
  Verdict judge_concurrence(const Activity& activity, const Answer& answer,
                            const terms::Agreement& version) const;
  Verdict judge_asked(const Activity& activity, const PartyId& party,
                      const terms::Agreement& version) const;
  Verdict judge_read_back(const Activity& activity, LogNumber log, std::uint64_t size,
                          const terms::Agreement& version) const;
  static Verdict judge_force(const terms::TermsAt& terms);
  // How far a check is, as far as these sizes of the logs say.
  CheckStage check_stage(const Activity& activity, const terms::CheckNeeded& needed,
                         const SeenSizes& sizes) const;
  Verdict judge_checks(const Activity& activity, const Act& act,
                       const terms::Agreement& version) const;
  std::string conflict_text(const Activity& activity, const Activity& other,
                            const terms::Agreement& version) const;
  Verdict judge_activation(const Activity& activity, Attempt& attempt) const;
  Verdict judge_concurrences(const Activity& activity, const Attempt& attempt,
                             const terms::Agreement& version) const;
  Verdict judge_named(const Activity& activity, const Attempt& attempt,
                      const terms::Agreement& version,
                      std::map<PartyId, std::set<std::string>>& officers) const;
  Verdict judge_surroundings(const Activity& activity, const Attempt& attempt,
                             const terms::TermsAt& terms) const;
  const Stop* stop_in_force(const Activity& activity, const Act& act) const;
  Verdict judge_receipts(const Activity& activity, const Attempt& attempt,
                         const terms::Agreement& version) const;
  Verdict judge_fresh(const Activity& activity, const Attempt& attempt,
                      const terms::Agreement& version) const;
  // The time of a party's cosignature on a checkpoint of the owner's log that covers the proposal
  // and that fits the log as it is known here; nothing if there is none.
  std::optional<UtcMs> covered(const Activity& activity, const std::string& note, std::uint64_t end,
                               const record::VerifierKey& cosigner) const;
  static bool is_late(const Activity& activity, const terms::Agreement& version);
  static std::string late_text(const Activity& activity, const terms::Agreement& version);

  // ledger_admit.cc
  void see_all_at_hand(Act& act) const;
  Result<Act> next_act(const PartyId& party, const std::vector<std::string>& officers, UtcMs now,
                       const std::vector<record::Head>& seen) const;
  Status admit_proposal(const Act& act, const record::Statement& statement) const;
  Status admit_exception(const Act& act, const record::Statement& statement) const;
  Status admit_amendment(const Act& act, const ActivityId& id) const;
  static Status admit_objection(const std::string& clause, const terms::Agreement& version);
  static Status admit_read_back(const Activity& activity, const ReadBack& read_back,
                                const terms::Agreement& version);
  Status admit_change(const Act& act, const record::Statement& statement) const;
  Status admit_answer(const Act& act, const record::Statement& statement) const;
  Status admit_closing(const Act& act, const record::Statement& statement) const;
  Status admit_activation(const Act& act, const record::Statement& statement) const;
  Status admit_stop(const Act& act, const record::Statement& statement) const;
  Result<const Activity*> own_activity(const Act& act, const ActivityId& id) const;

  // ledger_view.cc
  const Activity* find(const ActivityId& id) const;
  UtcMs clock(const Activity& activity, UtcMs now) const;
  // Protective: what may still be open here counts as open.
  bool live_now(const Activity& activity, UtcMs now) const;
  static const Attempt* activation(const Activity& activity);
  bool left_volumes(const Activity& activity) const;
  struct StateWhy {
    ActivityState state = ActivityState::proposed;
    std::string why;
  };
  StateWhy state_of(const Activity& activity, UtcMs now, const terms::TermsAt& terms) const;
  StateWhy state_of(const Activity& activity, UtcMs now) const {
    return state_of(activity, now, terms_now(now));
  }
  StateWhy state_of_flying(const Activity& activity, const Attempt& active) const;
  StateWhy state_of_closed(const Activity& activity, const Closer& closer) const;
  StateWhy state_of_waiting(const Activity& activity, UtcMs now, const terms::TermsAt& terms) const;
  std::vector<Meeting> live_meetings(const Activity& activity, UtcMs now,
                                     const terms::Agreement& version) const;
  ActivityView show(const Activity& activity, UtcMs now, const terms::TermsAt& terms,
                    const std::vector<terms::ExceptionView>& used) const;
  void show_answers(const Activity& activity, const terms::Agreement& version,
                    ActivityView& out) const;
  void show_volumes(const Activity& activity, ActivityView& out) const;
  void show_checks(const Activity& activity, const terms::Agreement& version,
                   ActivityView& out) const;
  void show_exceptions(const Activity& activity, const terms::Agreement& version,
                       const std::vector<terms::ExceptionView>& used, ActivityView& out) const;
  std::vector<terms::ExceptionView> exceptions(const terms::Agreement& version, UtcMs now) const;
  std::vector<Step> steps_of(const Activity& activity) const;
  void steps_of_answers(const Activity& activity, std::vector<Step>& steps) const;
  void steps_of_owner(const Activity& activity, std::vector<Step>& steps) const;
  bool asked_by_any(const Activity& activity, const PartyId& party) const;
  Step step_of(const Act& act, const char* type) const;
  record::Ref ref_of(const Act& act) const;

  LogNumber number_of(const Activity& activity) const { return activity.act.log; }
  const PartyId& owner_of(const Activity& activity) const { return logs_[activity.act.log].party; }

  std::shared_ptr<const terms::Agreement> agreement_;
  terms::AgreementLedger course_;
  std::vector<LogState> logs_;
  std::map<PartyId, LogNumber> log_of_party_;
  std::map<Origin, LogNumber> log_of_origin_;

  std::deque<Activity> activities_;  // by Handle
  std::unordered_multimap<ActivityId, Handle> by_id_;
  geo::Separation separation_;  // the largest of every version, for the index
  VolumeIndex index_;
  std::deque<Answer> answers_;
  std::map<std::pair<LogNumber, std::uint64_t>, std::vector<Answer*>> unattached_;
  std::vector<std::pair<Handle, std::size_t>>
      unjudged_;  // attempts, by place in Activity::attempts
  struct StopAck {
    Act act;
  };
  std::map<StatementId, std::vector<StopAck>> acks_;
  CheckIndex checks_;
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

}  // namespace detente::airspace
