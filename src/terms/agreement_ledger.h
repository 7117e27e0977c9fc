// SPDX-License-Identifier: Apache-2.0
//
// What has happened to the agreement, from the logs alone (design section 4): which version is in
// force, whether it or one of its functions is suspended or withdrawn, which stage has begun, what
// was promised, done and verified, which exceptions were used, who adhered.
//
// Everything is decided from prefixes of the logs, like the activities (airspace/ledger.h): the
// answer to `at(sizes, time)` is final once those entries are known here, and is the same for all.
// Nothing comes into force by silence: a version and a stage need a signature of every party of
// kind `party`; suspending and withdrawing need one party's alone, and the more restrictive wins.
//
// What counts, and a worked example: docs/protocol/course.md. Statements and their bodies:
//   agreement.sign    {"sha256":".."}                             by the root key, of the first one
//   agreement.amend   {"version":2,"sha256":"..","amends":"..","effective":"<RFC 3339>",
//                      "reason":".."}
//                     two signatories of every party, the same words but for the reason; not logged
//                     after `effective`
//   agreement.state   {"function":"" or "air_activities","state":"suspended","withdrawn" or
//                      "in_force","reason":".."}
//                     two signatories; "in_force" lifts the party's own suspension; a withdrawal is
//                     final
//   agreement.open    {"document":"..","language":"en","salt":"<base64>","sha256":".."}
//                     a signatory: opens the commitment to a secret annex
//   agreement.publish {"sha256":["..",..],"reason":".."}          a signatory; by all when every
//                     party has said so with the same list, before that it is one-sided
//   adherent.accept   {"adherent":"..","sha256":"<the version>","accepted":"<RFC 3339>"}
//                     a signatory of the sponsor
//   stage.begin       {"stage":"S1","sha256":"<the version>"}     a signatory of every party
//   stage.reset       {"stage":"S1","clause":"9.4","reason":".."} refs: the evidence; a signatory
//   of
//                     one party is enough
//   exception.declare {"exception":"E1","activity":"<id>" or "","grounds":"..","began":".."}
//                     a duty officer. Whether the activity exists, and whether its purpose is one
//                     of the exception's, is not looked at: the terms know no activities.
//   obligation.report {"obligation":"O1","text":".."}             refs: evidence; a duty officer or
//                     signatory of `who`
//   obligation.verify {"obligation":"O1","result":"verified","not_verified" or "disputed",
//                      "reason":".."}
//                     refs: the report's entry first; a duty officer, signatory or monitor of
//                     `verified_by`
// STOP, warnings, findings, endings, withdrawals of activities and marks of reading ask nothing of
// this ledger: they work in every state.
// Threads: one at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/strong.h"
#include "record/log_reader.h"
#include "terms/agreement.h"
#include "terms/programme.h"

namespace detente::terms {

enum class ForceState : std::uint8_t { in_force, suspended, withdrawn, not_yet, expired };
const char* force_state_name(ForceState state);

// How much of each log, by the order of Agreement::parties().
using LogSizes = std::vector<std::uint64_t>;

// The terms by which an act is judged.
struct TermsAt {
  std::shared_ptr<const Agreement> agreement;  // the version in force; the first one at least
  std::string missing;  // SHA-256 of a version in force whose document is not at hand: wait
  ForceState state = ForceState::in_force;  // of the whole and the function asked about
  std::string why;                          // who, when, with what reason; empty if in force
  std::optional<StageId> stage;             // that has begun and was not reset
};

// ---- for showing ----

struct SignedAct {
  PartyId party;
  std::vector<std::string> officers;
  UtcMs time;
  record::Ref ref;
  std::string reason;
};
struct VersionView {
  std::int64_t version = 1;
  std::string sha256;
  std::string amends;
  UtcMs effective;
  std::vector<SignedAct> signatures;
  bool in_force = false;  // now
  bool at_hand = true;
  std::string problem;  // why it does not count, e.g. "it amends version 1, and 2 is in force"
};
struct FunctionView {
  std::optional<Function> function;  // nothing: the whole agreement
  ForceState state = ForceState::in_force;
  std::vector<SignedAct> acts;  // all that changed it, ascending by time
};
inline constexpr std::size_t kEvidenceShown = 8;
// From what a condition's count follows; each has a sentence in `why`.
enum class ConditionBasis : std::uint8_t {
  reports,        // verified reports on the obligation
  not_begun,      // the stage before it has not begun, so nothing is counted
  elapsed,        // time since the conditions count
  since_start,    // clean days since the conditions count
  since_finding,  // clean days since the last finding that they exclude
  since_cut,  // clean days since the end of a cut of more than 24 h; days unwatched are not clean
};
const char* condition_basis_name(ConditionBasis basis);
// Cuts of links within the days that count.
struct CutSum {
  std::size_t count = 0;
  bool more = false;  // there are more than were looked at
  std::int64_t ms = 0;
};
struct ConditionView {
  const StageCondition* condition = nullptr;  // lives as long as the ledger's documents
  bool met = false;
  std::int64_t have = 0;              // seconds, days or verified reports, as the condition's `n`
  std::string why;                    // one plain sentence
  std::vector<record::Ref> evidence;  // at most kEvidenceShown
  ConditionBasis basis = ConditionBasis::not_begun;
  std::optional<UtcMs> since;  // from when it is counted, where time is
  CutSum cuts;
};
enum class StageState : std::uint8_t { waiting, open, begun, current, reset };
const char* stage_state_name(StageState state);
struct StageView {
  const Stage* stage = nullptr;
  StageState state = StageState::waiting;  // open: every condition is met, signatures are missing
  std::vector<ConditionView> conditions;
  std::vector<SignedAct> signatures;  // of this attempt, that count
  std::vector<SignedAct> refused;     // that do not, with the reason in `reason`
  std::vector<SignedAct> resets;
  std::optional<UtcMs> begun;
};
enum class ObligationState : std::uint8_t { open, reported, verified, disputed, overdue };
const char* obligation_state_name(ObligationState state);
struct ObligationView {
  const Obligation* obligation = nullptr;
  ObligationState state = ObligationState::open;
  std::optional<UtcMs> due;  // as far as it is known
  std::int64_t verified = 0;
  struct Report {
    SignedAct act;  // reason: the text
    std::vector<record::Ref> evidence;
    std::vector<SignedAct> verifications;  // reason: "verified: .."
  };
  std::vector<Report> reports;
};
struct ExceptionUse {
  SignedAct act;  // reason: the grounds
  ExceptionId exception;
  std::optional<ActivityId> activity;
  UtcMs began;
  bool late = false;
};
struct ExceptionView {
  const NamedException* exception = nullptr;
  std::vector<ExceptionUse> uses;  // ascending by time
};
struct RollEntry {
  const Adherent* adherent = nullptr;
  std::optional<SignedAct> accepted;  // nothing: named by its sponsor, and not accepted
  UtcMs accepted_at;
  std::string sha256;  // which version it accepted
};
struct OpeningView {
  std::string document;
  std::string language;
  SignedAct act;
  bool fits = false;  // the commitment opens to this hash
  std::string sha256;
};
struct PublicationView {
  std::vector<std::string> sha256;
  std::vector<SignedAct> acts;
  bool by_all = false;
};
struct AgreementView {
  std::vector<VersionView> versions;
  std::vector<FunctionView> functions;  // the whole first
  std::vector<StageView> stages;
  std::optional<StageId> stage;
  std::vector<ObligationView> obligations;
  std::vector<ExceptionView> exceptions;
  std::vector<RollEntry> roll;
  std::vector<OpeningView> openings;
  std::vector<PublicationView> publications;
};

// Whether `version` could amend `first`, or an amendment of it: the same id, parties and keys, and
// a later version that says what it amends. agreement_other.
Status may_amend(const Agreement& first, const Agreement& version);

class AgreementLedger {
 public:
  // `first` is the agreement that the logs are bound to.
  explicit AgreementLedger(std::shared_ptr<const Agreement> first);
  ~AgreementLedger();
  AgreementLedger(AgreementLedger&&) noexcept;
  AgreementLedger& operator=(AgreementLedger&&) noexcept;

  // A document of an amended version is at hand. agreement_other as may_amend.
  Status learn(std::shared_ptr<const Agreement> version);
  // SHA-256 of versions that a log names and that are not at hand.
  std::vector<std::string> wanted() const;
  // Every document at hand, the first one included, ascending by version.
  std::vector<std::shared_ptr<const Agreement>> documents() const;

  // The next entry of a party's log, already judged by its LogReader. Other types count too where
  // a condition is about them (findings); what is malformed has no effect and stands in refused().
  void apply(const PartyId& party, const record::Entry& entry,
             const std::vector<std::string>& officers);
  // May `party` log this statement now? agreement_*, stage_*, obligation_*, exception_*, json_*.
  Status admit(const PartyId& party, const record::Statement& statement,
               const std::vector<std::string>& officers, UtcMs now,
               const std::vector<record::Head>& seen) const;

  // The terms as far as `sizes` of the logs say, at `time`. What lies beyond the entries that were
  // applied cannot be counted, so the answer is final once `sizes` are known here and `missing` is
  // empty. The state is never `not_yet`: who uses an agreement that not everybody has signed is the
  // caller's question.
  TermsAt at(const LogSizes& sizes, UtcMs time, Function function) const;
  // The same with everything that is known here.
  TermsAt now(UtcMs time, Function function) const;
  AgreementView view(UtcMs now) const;

  struct Refused {
    record::Ref ref;
    Error error;
  };
  const std::vector<Refused>& refused() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::terms
