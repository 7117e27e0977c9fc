// SPDX-License-Identifier: Apache-2.0
//
// Internal to terms: what the agreement's ledger knows, and how it judges. agreement_ledger.cc
// takes entries in, agreement_ledger_read.cc reads bodies, agreement_ledger_judge.cc decides what
// counts, agreement_ledger_at.cc answers for a prefix, agreement_ledger_view.cc shows.
//
// An act's prefix is its own log up to the act, and of every other log what its log had seen. An
// act is judged once, by its prefix, when all of it is known here. Seen by somebody else's prefix
// it counts only if its own prefix lies within that one; otherwise it is not known there yet. So a
// verdict depends on nothing beyond the prefix, and no two acts can rest on each other.
// docs/protocol/course.md has the rules.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "terms/agreement_ledger.h"

namespace detente::terms {

using LogNumber = std::uint32_t;  // by the order of the parties

struct CourseAct {
  LogNumber log = 0;
  std::uint64_t index = 0;
  UtcMs time;
  Hash leaf{};
  std::vector<std::string> officers;
  LogSizes sizes;  // its prefix
};

struct AmendBody {
  std::int64_t version = 0;
  std::string sha256;
  std::string amends;
  UtcMs effective;
  std::string reason;
};
struct StateBody {
  std::optional<Function> function;  // nothing: the whole agreement
  ForceState state = ForceState::in_force;
  std::string reason;
};
struct OpenBody {
  std::string document;
  std::string language;
  Hash salt{};
  Hash sha256{};
};
struct PublishBody {
  std::vector<std::string> sha256;  // ascending, none twice
  std::string reason;
};
struct AcceptBody {
  PartyId adherent;
  std::string sha256;
  UtcMs accepted;
};
struct BeginBody {
  StageId stage;
  std::string sha256;
};
struct ResetBody {
  StageId stage;
  ClauseId clause;
  std::string reason;
  std::vector<record::Ref> refs;
};
struct DeclareBody {
  ExceptionId exception;
  std::optional<ActivityId> activity;
  std::string grounds;
  UtcMs began;
};
struct ReportBody {
  ObligationId obligation;
  std::string text;
  std::vector<record::Ref> refs;
};
struct VerifyBody {
  ObligationId obligation;
  std::string result;  // "verified", "not_verified", "disputed"
  std::string reason;
  record::Ref report;
};
// What is judged by a version, and so by a prefix. Amendments and states are judged by their own
// log alone.
using CourseBody = std::variant<OpenBody, PublishBody, AcceptBody, BeginBody, ResetBody,
                                DeclareBody, ReportBody, VerifyBody>;

// json_*, agreement_malformed, bad_time, bad_encoding.
Result<AmendBody> read_amend(const record::Statement& statement);
Result<StateBody> read_state(const record::Statement& statement);
bool is_course_type(std::string_view type);  // one of CourseBody's
Result<CourseBody> read_course_body(const record::Statement& statement);

struct CourseItem {
  CourseAct act;
  CourseBody body;
  bool judged = false;
  bool counts = false;
  Error error;  // why it does not count
};

struct CourseVerdict {
  bool known = true;  // false: a document that it depends on is not at hand
  bool counts = true;
  Error error;
};

// One text that somebody signed as the next version.
struct Version {
  std::int64_t number = 0;
  std::string sha256;
  std::string amends;
  UtcMs effective;
  struct Signature {
    CourseAct act;
    std::string reason;
  };
  std::vector<std::optional<Signature>> signatures;  // by log; those that count
  bool complete = false;                             // every party of kind party signed
  UtcMs last;                                        // the newest signature's time
  // The last one that does not count: its time, log and index, and why.
  std::optional<std::tuple<UtcMs, LogNumber, std::uint64_t>> refused;
  std::string refusal;
};

struct StateChange {
  CourseAct act;
  ForceState state = ForceState::in_force;
  std::string reason;
};

// Resets of one kind in one log: the same version, and the same stage to go back to.
struct ResetGroup {
  std::string sha256;
  std::optional<StageId> to;
  std::set<StageId> kept;  // stages that stay begun
  struct Reset {
    const CourseItem* item = nullptr;
    std::vector<StageId> ended;  // stages that had begun and have not any more
  };
  std::vector<Reset> resets;  // by index
};

struct ReportRecord {
  const CourseItem* item = nullptr;
  std::map<LogNumber, std::vector<const CourseItem*>> verifications;  // by log, then index
};

struct FindingMark {
  std::uint64_t index = 0;
  UtcMs time;
  Hash leaf{};
  std::string kind;
};
struct CutSpan {
  std::uint64_t begin_index = 0;
  UtcMs begin;
  std::optional<std::uint64_t> end_index;
  UtcMs end;
};

constexpr std::size_t kFunctionCount = kFunctions.size() + 1;  // the whole first
inline std::size_t function_number(const std::optional<Function>& function) {
  return function ? static_cast<std::size_t>(*function) + 1 : 0;
}

struct CourseLog {
  PartyId party;
  bool votes = false;  // of kind party
  bool keyed = false;
  Origin origin;
  std::uint64_t size = 0;
  UtcMs last_time{INT64_MIN};
  LogSizes seen;
  std::optional<CourseAct> sign;
  std::vector<StateChange> changes[kFunctionCount];  // that count, by index
  std::map<std::string, UtcMs> offered_until;  // by the version amended: the newest `effective`
  std::deque<CourseItem*> items;               // by index
  std::size_t judged = 0;                      // how many of them
  // Begins that count, by stage and version, then index.
  std::map<StageId, std::map<std::string, std::vector<const CourseItem*>>> begins;
  std::vector<ResetGroup> resets;
  std::vector<FindingMark> findings;                                         // by index
  std::map<std::string, std::vector<std::size_t>, std::less<>> findings_of;  // by kind: places
  std::map<std::string, std::vector<CutSpan>> cuts;                          // by the other party
  std::vector<std::pair<std::uint64_t, UtcMs>> long_cuts;  // closed: index and time of their ends
};

// By the version's `valid`: before it, in it, or over.
ForceState force_by_time(const Agreement& agreement, UtcMs time);

class AgreementCore {
 public:
  explicit AgreementCore(std::shared_ptr<const Agreement> first);

  Status learn(std::shared_ptr<const Agreement> version);
  std::vector<std::string> wanted() const;
  std::vector<std::shared_ptr<const Agreement>> documents() const;
  void apply(const PartyId& party, const record::Entry& entry,
             const std::vector<std::string>& officers);
  Status admit(const PartyId& party, const record::Statement& statement,
               const std::vector<std::string>& officers, UtcMs now,
               const std::vector<record::Head>& seen) const;
  TermsAt at(const LogSizes& sizes, UtcMs time, Function function) const;
  LogSizes known_sizes() const;
  AgreementView view(UtcMs now) const;
  const std::vector<AgreementLedger::Refused>& refused() const { return refused_; }

 private:
  // agreement_ledger.cc: taking in. Each returns an error if the entry has no effect.
  Status take_in(const CourseAct& act, const record::Entry& entry);
  Status take_amend(const CourseAct& act, AmendBody body);
  Status take_state(const CourseAct& act, StateBody body);
  void take_finding(const CourseAct& act, const record::Statement& statement);
  void take_link(const CourseAct& act, const record::Statement& statement);
  void judge_waiting();
  CourseItem* next_ready(const LogSizes& known, const std::vector<const CourseItem*>& held) const;
  void keep(CourseItem& item);
  void keep_reset(CourseItem& item, const ResetBody& body);
  void keep_verification(CourseItem& item, const VerifyBody& body);
  record::Ref ref_of(const CourseAct& act) const;

  // agreement_ledger_at.cc: what a prefix says.
  struct InForce {
    std::shared_ptr<const Agreement> agreement;
    std::string missing;
    std::vector<const Version*> steps;  // from the first one
  };
  InForce in_force(const LogSizes& sizes, UtcMs time) const;
  const Version* next_version(const std::string& amends, std::int64_t number, const LogSizes& sizes,
                              UtcMs time) const;
  struct Force {
    ForceState state = ForceState::in_force;
    const StateChange* change = nullptr;
    std::optional<Function> function;
  };
  Force force(const LogSizes& sizes, const std::optional<Function>& function) const;
  Force force_of(const LogSizes& sizes, std::size_t function) const;
  struct Begun {
    UtcMs time;
    std::vector<const CourseItem*> signatures;  // by log
  };
  struct Course {
    std::map<StageId, Begun> begun;
    std::optional<StageId> current;
  };
  Course course(const LogSizes& sizes, const Agreement& agreement) const;
  std::optional<Begun> begun(const LogSizes& sizes, const StageId& stage) const;
  const CourseItem* live_begin(const LogSizes& sizes, LogNumber log, const StageId& stage,
                               const std::string& sha256) const;
  bool is_live(const LogSizes& sizes, const CourseItem& begin, const StageId& stage) const;
  // The newest reset that sends the course to before `stage`.
  const CourseItem* last_reset(const LogSizes& sizes, const StageId& stage) const;
  // From when a stage's conditions count; nothing if the stage before it has not begun.
  std::optional<UtcMs> base_of(const LogSizes& sizes, const Agreement& agreement,
                               const Course& course, const Stage& stage) const;
  std::int64_t verified(const LogSizes& sizes, const ObligationId& obligation) const;
  static const CourseItem* last_verification(const LogSizes& sizes, const ReportRecord& report);
  // Whether an unjudged act lies within the prefix; then the version that it waits for.
  std::string waits_for(const LogSizes& sizes) const;

  // agreement_ledger_conditions.cc
  struct Met {
    bool met = false;
    std::int64_t have = 0;
    std::string why;
    std::vector<record::Ref> evidence;
    ConditionBasis basis = ConditionBasis::not_begun;
    std::optional<UtcMs> since;
    CutSum cuts;
  };
  // `explain`: with gaps in watching and evidence, for showing.
  Met condition(const LogSizes& sizes, UtcMs time, const StageCondition& condition,
                std::optional<UtcMs> base, bool explain) const;
  Met clean_days(const LogSizes& sizes, UtcMs time, const StageCondition& condition, UtcMs base,
                 bool explain) const;
  std::optional<UtcMs> last_finding(const LogSizes& sizes,
                                    const std::vector<std::string>& kinds) const;
  std::vector<record::Ref> findings_since(const LogSizes& sizes,
                                          const std::vector<std::string>& kinds, UtcMs since) const;
  std::vector<record::Ref> verifications_of(const LogSizes& sizes,
                                            const ObligationId& obligation) const;
  std::optional<UtcMs> last_long_cut(const LogSizes& sizes, UtcMs time) const;
  CutSum cuts_between(const LogSizes& sizes, UtcMs since, UtcMs time) const;

  // agreement_ledger_judge.cc
  Status judge_amend(const CourseAct& act, const AmendBody& body) const;
  Status judge_state(const CourseAct& act, const StateBody& body) const;
  CourseVerdict judge(const CourseAct& act, const CourseBody& body) const;
  Status judge_under(const CourseAct& act, const CourseBody& body,
                     const Agreement& agreement) const;
  Status judge_open(const OpenBody& body, const Agreement& agreement) const;
  Status judge_publish(const CourseAct& act) const;
  Status judge_accept(const CourseAct& act, const AcceptBody& body,
                      const Agreement& agreement) const;
  Status judge_begin(const CourseAct& act, const BeginBody& body, const Agreement& agreement) const;
  Status judge_conditions(const CourseAct& act, const Agreement& agreement, const Course& course,
                          const Stage& stage) const;
  Status judge_reset(const CourseAct& act, const ResetBody& body, const Agreement& agreement) const;
  bool is_evidence(const LogSizes& sizes, const StageReset& reset, const record::Ref& ref,
                   UtcMs since) const;
  Status judge_declare(const CourseAct& act, const DeclareBody& body,
                       const Agreement& agreement) const;
  Status judge_report(const CourseAct& act, const ReportBody& body,
                      const Agreement& agreement) const;
  Status judge_verify(const CourseAct& act, const VerifyBody& body,
                      const Agreement& agreement) const;
  const CourseItem* report_of(const LogSizes& sizes, const VerifyBody& body) const;
  Result<CourseAct> next_act(const PartyId& party, const std::vector<std::string>& officers,
                             UtcMs now, const std::vector<record::Head>& seen) const;
  Status admit_amend(const CourseAct& act, const AmendBody& body) const;

  // agreement_ledger_view.cc
  SignedAct shown(const CourseAct& act, std::string reason) const;
  std::vector<VersionView> show_versions(const InForce& in_force, UtcMs now) const;
  VersionView show_version(const Version& version, const InForce& in_force, UtcMs now) const;
  std::string problem(const Version& version, const InForce& in_force, UtcMs now) const;
  std::vector<FunctionView> show_functions(const LogSizes& sizes, const Agreement& agreement,
                                           UtcMs now) const;
  std::vector<StageView> show_stages(const LogSizes& sizes, UtcMs now, const Agreement& agreement,
                                     const Course& course) const;
  void show_attempts(const LogSizes& sizes, StageView& view) const;
  std::vector<ObligationView> show_obligations(const LogSizes& sizes, UtcMs now,
                                               const InForce& in_force, const Course& course) const;
  ObligationView show_obligation(const LogSizes& sizes, UtcMs now, const Course& course,
                                 const Obligation& obligation) const;
  ObligationView::Report show_report(const ReportRecord& report) const;
  std::vector<ExceptionView> show_exceptions(const InForce& in_force) const;
  std::vector<std::shared_ptr<const Agreement>> newest_first(const InForce& in_force) const;
  std::vector<RollEntry> show_roll(const Agreement& agreement) const;
  std::vector<OpeningView> show_openings() const;
  std::vector<PublicationView> show_publications() const;
  template <class Body>
  std::vector<const CourseItem*> items_of(bool counting_only) const;

  std::shared_ptr<const Agreement> first_;
  std::map<std::string, std::shared_ptr<const Agreement>> documents_;  // by SHA-256
  std::set<std::string> foreign_;  // SHA-256 of documents that may not amend this agreement
  std::vector<CourseLog> logs_;
  std::map<PartyId, LogNumber> log_of_party_;
  std::map<Origin, LogNumber> log_of_origin_;
  // By what was signed: the version amended, the new one's hash, number and time.
  std::map<std::tuple<std::string, std::string, std::int64_t, UtcMs>, Version> versions_;
  std::map<std::string, std::vector<const Version*>> complete_;  // by `amends`, then `effective`
  std::deque<CourseItem> items_;
  std::map<ObligationId, std::vector<std::unique_ptr<ReportRecord>>> reports_;
  std::map<std::pair<LogNumber, std::uint64_t>, ReportRecord*> report_at_;
  std::vector<AgreementLedger::Refused> refused_;
};

// Whether the act and all that it rests on lie within the prefix.
inline bool is_within(const CourseAct& act, const LogSizes& sizes) {
  if (act.index >= sizes[act.log]) return false;
  for (std::size_t log = 0; log < sizes.size(); ++log) {
    if (act.sizes[log] > sizes[log]) return false;
  }
  return true;
}

}  // namespace detente::terms
