// SPDX-License-Identifier: Apache-2.0
//
// The agreement: a JSON document that both sides sign by its SHA-256, and the evaluation of its
// rules with the clause in every answer. docs/protocol/agreement.md and
// docs/schema/agreement.v1.schema.json describe the document.
//
// It refuses to guess: where two rules differ, or where it is unclear whose flight it is, the more
// restrictive rule wins, and the answer says so.
// Pure; an Agreement is immutable after make() and safe on every thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "geo/geo.h"
#include "record/log_reader.h"
#include "record/psi_statements.h"
#include "terms/programme.h"
#include "terms/purpose.h"

namespace detente::terms {

// Bounds of one agreement. They are far above any real one and keep a hostile document cheap.
inline constexpr std::size_t kPartiesMax = 16;
inline constexpr std::size_t kAdherentsMax = 1'000;
inline constexpr std::size_t kClassesMax = 100;
inline constexpr std::size_t kClausesMax = 1'000;
inline constexpr std::size_t kRulesMax = 1'000;
inline constexpr std::size_t kDocumentsMax = 200;
inline constexpr std::size_t kWitnessesMax = 16;
inline constexpr std::int64_t kOverdueMsMax = 24LL * 3'600'000;
inline constexpr std::int64_t kDeemedMsMax = 30LL * 24 * 3'600'000;
inline constexpr std::int64_t kValidMsMax = 3'653LL * 24 * 3'600'000;  // ten years
inline constexpr std::int64_t kVersionMax = 10'000;
inline constexpr std::size_t kPairSeparationsMax = 200;
inline constexpr std::size_t kStandOffsMax = 200;
inline constexpr std::size_t kCategoriesMax = 50;                   // of one stand-off
inline constexpr std::int64_t kStandOffLateralMmMax = 200'000'000;  // 200 km
inline constexpr std::int64_t kStandOffVerticalMmMax = 30'000'000;
inline constexpr std::size_t kPlacesMax = 10'000;
inline constexpr std::int64_t kPlaceToleranceMmMax = 100'000'000;  // 100 km
inline constexpr std::size_t kStagesMax = 50;
inline constexpr std::size_t kConditionsMax = 20;  // of one stage
inline constexpr std::size_t kResetsMax = 20;      // of one stage
inline constexpr std::size_t kObligationsMax = 500;
inline constexpr std::size_t kExceptionsMax = 50;
inline constexpr std::int64_t kDeclareMsMax = 7LL * 24 * 3'600'000;
inline constexpr std::size_t kChecksMax = 64;
inline constexpr std::int64_t kEpochMsMin = 600'000;
inline constexpr std::int64_t kEpochMsMax = 31LL * 24 * 3'600'000;
inline constexpr std::int64_t kKeepMsMax = 366LL * 24 * 3'600'000;
inline constexpr std::int64_t kReportsMax = 1'000'000;  // `count` of obligations and conditions
inline constexpr std::size_t kDailyWindowsMax = 24;     // of one rule
inline constexpr std::int32_t kDayS = 86'400;
inline constexpr geo::Separation kSeparationMax{
    .lateral_mm = 1'000'000'000, .vertical_mm = 30'000'000, .time_ms = 24LL * 3'600'000};

struct PartyKeys {
  crypto::PublicKey root{};
  record::VerifierKey log;
  record::VerifierKey witness;
  record::VerifierKey mirror;
};

enum class PartyKind : std::uint8_t { party, monitor };

struct Party {
  PartyId id;
  std::string name;
  PartyKind kind = PartyKind::party;
  std::optional<PartyKeys> keys;  // absent in a template
};

// Someone bound through a sponsor: its activities come through the sponsor's log.
struct Adherent {
  PartyId id;
  std::string name;
  PartyId sponsor;
};

struct AreaTerms {
  AreaId id;
  std::string name;
  std::string area_class;
  geo::Area area;
  std::optional<geo::AltitudeBand> altitude;  // absent: all heights
  std::optional<TimeSpan> time;               // absent: as long as the agreement
  std::string category = {};                  // of protected site, for stand-offs; "" for none
};

enum class Effect : std::uint8_t {
  forbid,     // nobody of `who` may be there with one of `purposes`
  declare,    // a flight there must belong to an active activity
  keep_away,  // of reasons only: a stand-off from a protected site (terms/ask.h)
};
const char* effect_name(Effect effect);

struct Rule {
  ClauseId clause;
  Effect effect = Effect::forbid;
  std::vector<PartyId> who;              // empty: everyone
  std::vector<Purpose> purposes;         // empty: every purpose
  std::vector<std::string> classes;      // area classes where it applies; never empty
  std::vector<Purpose> except_purposes;  // lifted for these, when declared
  std::optional<ClauseId> except_clause;
  std::optional<bool> unmanned;    // absent: manned and unmanned
  std::vector<DailyWindow> daily;  // when it applies; empty: always
  std::vector<StageId> stages;  // in which stages it applies; empty: in all, and before the first
};

// What an activity of some purpose needs before it may become active.
struct Procedure {
  ClauseId clause;
  std::vector<Purpose> purposes;  // empty: every purpose without a procedure of its own
  std::int64_t lead_ms = 0;       // notice, counted from `held`
  struct Keys {
    PartyId party;
    int officers = 1;  // how many different officers of that party must concur
  };
  std::vector<Keys> concurrences;
  bool read_back = false;  // a concurrence counts only after the same party's read-back
};

struct Clocks {
  std::int64_t heartbeat_ms = 30'000;
  std::int64_t fresh_ms = 90'000;       // a cosignature older than this is stale
  std::int64_t cut_ms = 300'000;        // and after this the link counts as cut
  std::int64_t stop_ack_ms = 60'000;    // a STOP unacknowledged for longer escalates
  std::int64_t track_gap_ms = 120'000;  // after this silence a track is lost, not "clear"
};

// What the parties agree about the record itself: who vouches for whom, and how long.
struct RecordTerms {
  // How many other parties, monitors included, confirm a node's newest head before it signs again
  // after a start. Without a value in the document: 2, or 1 where there is one other party.
  int fence_quorum = 2;
  // A statement that a counterpart does not hold after this time is overdue.
  std::int64_t overdue_ms = 600'000;
  // When `deemed_quorum` monitors have held a statement for `deemed_ms`, it counts as delivered.
  // An agreement without a monitor never reaches this.
  std::int64_t deemed_ms = 3'600'000;
  int deemed_quorum = 1;
  // Cosigners that are no parties (key type 0x04). No name or key of a party stands here.
  std::vector<record::VerifierKey> witnesses;
};

// How the hotline is kept: when an alarm that nobody acknowledges goes a step further (counted from
// when it was sent), and how often the line to a party is tried. The values here are the defaults.
struct HotlineTerms {
  std::vector<std::int64_t> escalation_ms = {0, 20'000, 60'000};
  std::int64_t test_every_ms = 28'800'000;
  std::int64_t test_answer_ms = 120'000;
};

// What drone operators see of the parties' air activities (docs/protocol/utm.md). Without these
// terms they see nothing.
struct UtmTerms {
  ClauseId clause;
  bool as_intents = false;   // else as constraints
  std::int64_t grid_mm = 0;  // what is shown is coarsened by these steps
  std::int64_t altitude_mm = 0;
  std::int64_t time_ms = 0;
  std::vector<Purpose> purposes;  // which activities; empty: all
};

// How notices of protected sites and movements are kept (docs/protocol/protection.md): clocks of
// their receipts, contests and cases, and how near counts as near. The values here are the
// defaults.
struct NoticeTerms {
  std::int64_t lead_ms = 172'800'000;           // of a movement: 48 h
  std::int64_t emergency_lead_ms = 86'400'000;  // 24 h
  // When a step of a notice's chain is missing for too long, counted from when it was sent.
  std::int64_t held_ms = 600'000;
  std::int64_t read_ms = 3'600'000;
  std::int64_t received_ms = 14'400'000;
  std::int64_t disseminated_ms = 86'400'000;
  std::int64_t overdue_ms = 1'800'000;        // a check-in or arrival this late raises the alarm
  std::int64_t answer_ms = 604'800'000;       // to a contest: 7 days
  std::int64_t decision_ms = 2'592'000'000;   // of a contest: 30 days
  std::int64_t case_near_mm = 1'000'000;      // an event so near to a site or corridor opens a case
  std::int64_t plan_near_mm = 10'000'000;     // plans and events so near are listed in it
  std::int64_t around_ms = 21'600'000;        // so long before and after: 6 h
  std::int64_t checks_ms = 172'800'000;       // private checks so long before are listed: 48 h
  std::int64_t acknowledge_ms = 86'400'000;   // a party says that it knows of the case: 24 h
  std::int64_t information_ms = 259'200'000;  // and gives what it knows: 72 h
  std::int64_t account_ms = 2'592'000'000;    // the account of what happened: 30 days
  friend bool operator==(const NoticeTerms&, const NoticeTerms&) = default;
};

// A private check that activities need before they may become active, and how it is run
// (docs/protocol/private-checks.md). Of plans: two parties compare what they plan. Of sites: every
// other party's plans are compared with the list of one.
struct CheckTerms {
  ClauseId clause;
  record::PsiPurpose purpose = record::PsiPurpose::plans;
  std::vector<PartyId> lists_of;     // of plans: the two parties; of sites: the list's owner alone
  std::vector<Purpose> activities;   // which ones need it; empty: all
  std::int64_t epoch_ms = 0;         // a new key so often; epochs begin at its multiples since 1970
  std::int64_t keep_ms = 0;          // keys and lists are destroyed so long after their epoch's end
  std::int64_t audit_per_mille = 0;  // of the questions are drawn for the audit
  record::PsiTerms terms;
  friend bool operator==(const CheckTerms&, const CheckTerms&) = default;
};
// A check that one activity needs: of its owner's plan with this party's plans, or list.
struct CheckNeeded {
  ClauseId clause;
  record::PsiPurpose purpose = record::PsiPurpose::plans;
  PartyId with;
  friend bool operator==(const CheckNeeded&, const CheckNeeded&) = default;
};

// One paper of the signed package, bound by its hash; a secret annex by a commitment to its hash.
struct Document {
  enum class Kind : std::uint8_t { main_text, annex, map, addendum };
  std::string name;
  std::string language;
  std::string sha256;  // 64 hex; empty for a secret one
  Kind kind = Kind::annex;
  // 64 hex, of a secret one (terms/package.h): SHA-256 of "detente/annex/v1\n", 32 bytes of salt
  // and the 32 bytes of the paper's own SHA-256.
  std::string commitment;
};
const char* document_kind_name(Document::Kind kind);

// "May X fly P in these areas at this time?"
struct Question {
  std::optional<PartyId> who;      // nothing: unidentified
  std::optional<Purpose> purpose;  // nothing: none declared
  bool active_activity = false;    // belongs to an active activity that covers the place and time
  std::optional<bool> unmanned = {};  // nothing: not known
  std::optional<TimeSpan> time = {};  // nothing: not known, so a daily window applies
  std::optional<StageId> stage = {};  // that has begun; nothing: before the first
  bool stage_known = true;            // false: rules of every stage apply
};
struct Reason {
  ClauseId clause;
  AreaId area;
  Effect effect = Effect::forbid;
  bool broken = false;   // true: this clause is broken; false: it applied and was lifted or kept
  bool unclear = false;  // true: it is not certain that the rule applies (who is unidentified)
  std::string text;      // one plain sentence
  // Of keep_away: which site (its id; empty otherwise), and how far the flight comes to it.
  std::string site = {};
  double distance_m = 0;
};
struct Decision {
  bool permitted = true;
  std::vector<Reason> reasons;  // by area, then rule order
};

// Which flight one side of a separation is.
struct FlightKind {
  Purpose purpose{};
  bool unmanned = false;
};
// What two flights keep apart, and the clause that says so.
struct SeparationTerms {
  ClauseId clause;
  geo::Separation separation;
};

// A place that flights keep away from: an area of the agreement that has a category, or a site
// that somebody registered. Without heights it reaches over all of them.
struct ProtectedSite {
  std::string id;        // of the area, or of the site
  std::string category;  // "medical"
  geo::Area area;
  std::optional<geo::AltitudeBand> altitude;
  std::optional<TimeSpan> time;
};

// Something legal that is probably not meant. For people; the place is a JSON path.
struct Warning {
  std::string place;
  std::vector<ClauseId> clauses;
  std::string text;  // one plain sentence
};

class Agreement {
 public:
  // Parses and checks a document. agreement_*, geo_*, json_*, bad_time, bad_encoding,
  // key_malformed, vkey_malformed, purpose_unknown, restraint; the place is the JSON path.
  static Result<Agreement> make(std::string_view json);

  const std::string& sha256_hex() const;  // of the exact bytes
  const std::string& bytes() const;
  const std::string& id() const;
  std::string title(std::string_view language) const;  // falls back to English
  TimeSpan valid() const;
  const std::vector<Party>& parties() const;
  const std::vector<Adherent>& adherents() const;
  const std::vector<AreaTerms>& areas() const;
  const std::vector<Rule>& rules() const;
  const std::vector<Procedure>& procedures() const;
  const geo::Separation& separation() const;  // the general one
  const ClauseId& separation_clause() const;
  const Clocks& clocks() const;
  const RecordTerms& record_terms() const;
  const HotlineTerms& hotline_terms() const;
  const std::optional<UtmTerms>& utm_terms() const;
  const NoticeTerms& notice_terms() const;
  const std::vector<CheckTerms>& checks() const;  // in the document's order
  // What an activity of `owner` needs, in the same order.
  std::vector<CheckNeeded> needed_checks(Purpose purpose, const PartyId& owner) const;
  const std::vector<Document>& documents() const;
  std::int64_t version() const;        // 1 for a first one
  const std::string& amends() const;   // SHA-256 of the version before; "" for a first one
  std::optional<UtcMs> d_day() const;  // from when the first stage's time counts
  const std::vector<PairSeparation>& pair_separations() const;
  const std::vector<StandOff>& stand_offs() const;
  const std::vector<NamedPlace>& places() const;
  std::int64_t place_tolerance_mm() const;  // how far a notice may lie from the place it names
  const std::vector<Stage>& stages() const;
  const std::vector<Obligation>& obligations() const;
  const std::vector<NamedException>& exceptions() const;
  // What two flights keep apart: the largest in each dimension of the pair separations that fit,
  // in either order; the general separation where none fits. The clause is that of the fitting
  // one with the largest distance (lateral first, then vertical, then time; then the first).
  SeparationTerms separation_between(const FlightKind& a, const FlightKind& b) const;
  geo::Separation separation_max() const;    // the largest of each dimension, for searching
  std::vector<ProtectedSite> sites() const;  // the areas that have a category

  std::vector<std::string> languages() const;  // of the title, and so of every clause
  std::string clause_text(const ClauseId& clause,
                          std::string_view language) const;  // "" if unknown
  std::vector<ClauseId> clauses() const;
  std::string class_name(const std::string& area_class) const;

  const Party* party(const PartyId& id) const;  // nullptr if unknown
  bool is_adherent(const PartyId& id) const;    // a party itself, or through a sponsor
  // The party in whose log an adherent's activities stand; nothing if unknown.
  std::optional<PartyId> sponsor_of(const PartyId& id) const;
  // Every party has keys (agreement_unkeyed names the first that has none).
  Status keyed() const;
  // agreement_unkeyed, agreement_unknown_party.
  Result<record::LogOwner> log_owner(const PartyId& id) const;
  // Whose lines may stand on a checkpoint: witness and mirror keys of every party, then the
  // foreign witnesses.
  std::vector<record::VerifierKey> cosigners() const;

  // The procedure for a purpose; every purpose has one (checked by make).
  const Procedure& procedure(Purpose purpose) const;
  // Concurrences that an activity filed by `owner` needs: the procedure's, without the owner's.
  std::vector<Procedure::Keys> needed_concurrences(Purpose purpose, const PartyId& owner) const;

  // Judges a question inside one area (its number in areas()). Reasons stand in the order of the
  // rules; one broken reason forbids, so the more restrictive rule wins. An operator that the
  // agreement does not know is judged like an unidentified one.
  Decision judge(const Question& question, std::size_t area) const;
  // Which areas a planned volume meets (by number), with their limits of height and time.
  std::vector<std::size_t> areas_met(const geo::Volume4& volume) const;

  // A filled copy of a template: the parties' keys put in; everything else stays as it was, in the
  // same order, without white space. The result is the text to be signed, checked like any other.
  // Parties that `keys` leaves out stay without. The same input gives the same bytes.
  //   agreement_unknown_party  `keys` names somebody who is no party
  //   agreement_repeated       the party has keys already
  static Result<std::string> with_keys(std::string_view json,
                                       const std::map<PartyId, PartyKeys>& keys);

  struct Impl;
  const Impl& impl() const { return *impl_; }  // for the files of this folder only

 private:
  explicit Agreement(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// What is legal and probably not meant, in the order of the document. The same agreement gives the
// same warnings.
std::vector<Warning> lint(const Agreement& agreement);

}  // namespace detente::terms
