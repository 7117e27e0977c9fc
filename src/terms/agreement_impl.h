// SPDX-License-Identifier: Apache-2.0
//
// Inside of terms: what an Agreement holds, and the members that its document may have. Only the
// files of this folder and its tests include it.
#pragma once

#include <array>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "terms/agreement.h"

namespace detente::terms {

struct ClauseTexts {
  ClauseId id;
  std::map<std::string, std::string, std::less<>> text;  // by language
};

struct AreaClass {
  std::string id;
  std::string name;
};

struct Agreement::Impl {
  std::string bytes;
  std::string sha256_hex;
  std::string id;
  std::map<std::string, std::string, std::less<>> title;
  TimeSpan valid;
  std::vector<Party> parties;
  std::vector<Adherent> adherents;
  std::vector<AreaClass> classes;
  std::vector<AreaTerms> areas;
  std::vector<ClauseTexts> clauses;
  std::vector<Rule> rules;
  std::vector<Procedure> procedures;
  geo::Separation separation;
  ClauseId separation_clause;
  Clocks clocks;
  RecordTerms record;
  HotlineTerms hotline;
  std::optional<UtmTerms> utm;
  NoticeTerms notices;
  std::vector<CheckTerms> checks;
  std::vector<Document> documents;
  std::int64_t version = 1;
  std::string amends;
  std::optional<UtcMs> d_day;
  std::vector<PairSeparation> pair_separations;
  std::vector<StandOff> stand_offs;
  std::vector<NamedPlace> places;
  std::int64_t place_tolerance_mm = 5'000'000;  // 5 km
  std::vector<Stage> stages;
  std::vector<Obligation> obligations;
  std::vector<NamedException> exceptions;

  // Made from the above, so that questions need no search.
  std::map<ClauseId, std::size_t> clause_number;
  std::map<std::string, std::size_t, std::less<>> class_number;
  std::vector<std::vector<std::size_t>> rules_of_area;               // by area, in rule order
  std::array<std::size_t, kPurposes.size()> procedure_of_purpose{};  // by purpose
  std::map<StageId, std::size_t> stage_number;
  std::map<ObligationId, std::size_t> obligation_number;
  std::vector<SeparationTerms> pair_table;  // by kind and kind; empty without pair separations

  const Party* find_party(const PartyId& wanted) const;
  const Adherent* find_adherent(const PartyId& wanted) const;
  // A party's or an adherent's name; the id itself if unknown.
  const std::string& name_of(const PartyId& wanted) const;
};

// The members of each kind of object in the document. docs/schema/agreement.v1.schema.json lists
// the same ones, and a test compares them.
namespace members {
using List = std::initializer_list<std::string_view>;
inline const List kAgreement = {"detente",      "id",
                                "title",        "valid",
                                "parties",      "adherents",
                                "area_classes", "areas",
                                "clauses",      "rules",
                                "procedures",   "separation",
                                "clocks",       "record",
                                "documents",    "version",
                                "amends",       "d_day",
                                "separations",  "places",
                                "stand_offs",   "place_tolerance_mm",
                                "stages",       "obligations",
                                "exceptions",   "hotline",
                                "utm",          "notices",
                                "checks"};
inline const List kValid = {"start", "end"};
inline const List kParty = {"id", "name", "kind", "keys"};
inline const List kKeys = {"root", "log", "witness", "mirror"};
inline const List kAdherent = {"id", "name", "sponsor"};
inline const List kAreaClass = {"id", "name"};
inline const List kArea = {"id", "name", "class", "area", "altitude", "time", "category"};
inline const List kClause = {"id", "text"};
inline const List kRule = {"clause",          "effect",        "who",      "purposes", "classes",
                           "except_purposes", "except_clause", "unmanned", "daily",    "stages"};
inline const List kDaily = {"from_s", "to_s"};
inline const List kProcedure = {"clause", "purposes", "lead_s", "concurrences", "read_back"};
inline const List kConcurrence = {"party", "officers"};
inline const List kSeparation = {"clause", "lateral_mm", "vertical_mm", "time_ms"};
inline const List kPairSeparation = {"clause", "between", "lateral_mm", "vertical_mm", "time_ms"};
inline const List kFlightClass = {"purposes", "unmanned"};
inline const List kStandOff = {"clause", "categories", "purposes", "lateral_mm", "vertical_mm"};
inline const List kPlace = {"name", "point"};
inline const List kStage = {"id", "clause", "name", "after", "conditions", "resets"};
inline const List kElapsed = {"clause", "kind", "seconds"};
inline const List kCleanDays = {"clause", "kind", "days", "findings"};
inline const List kReports = {"clause", "kind", "obligation", "count"};
inline const List kFindingReset = {"clause", "kind", "findings", "to"};
inline const List kSuspensionReset = {"clause", "kind", "to"};
inline const List kObligation = {"id",          "clause",          "who",         "what",
                                 "due",         "due_after_stage", "due_after_s", "evidence",
                                 "verified_by", "count",           "mirrors"};
inline const List kException = {"id", "clause", "name", "kind", "purposes", "declare_within_s"};
inline const List kClocks = {"heartbeat_s", "fresh_s", "cut_s", "stop_ack_s", "track_gap_s"};
inline const List kRecord = {"fence_quorum", "overdue_s", "deemed_s", "deemed_quorum", "witnesses"};
inline const List kHotline = {"escalation_ms", "test_every_ms", "test_answer_ms"};
inline const List kUtm = {"clause", "show", "grid_mm", "altitude_mm", "time_ms", "purposes"};
inline const List kNotices = {"lead_ms",     "emergency_lead_ms", "held_ms",        "read_ms",
                              "received_ms", "disseminated_ms",   "overdue_ms",     "answer_ms",
                              "decision_ms", "case_near_mm",      "plan_near_mm",   "around_ms",
                              "checks_ms",   "acknowledge_ms",    "information_ms", "account_ms"};
inline const List kCheck = {"clause",   "purpose", "lists_of",        "activities",
                            "epoch_ms", "keep_ms", "audit_per_mille", "terms"};
inline const List kDocument = {"name", "language", "sha256", "kind", "commitment"};
}  // namespace members

// As Agreement::judge, with every time at which the flight is in the area; none: not known. The
// question's own time is not looked at.
Decision judge_area(const Agreement::Impl& agreement, const Question& question, std::size_t area,
                    std::span<const TimeSpan> times);

// What all kinds of flights keep apart, as Agreement::separation_between answers: kind number a
// times kKinds plus b, where a kind's number is twice its purpose's, plus one if it is unmanned.
inline constexpr std::size_t kKinds = kPurposes.size() * 2;
std::vector<SeparationTerms> separation_table(const std::vector<PairSeparation>& pairs,
                                              const SeparationTerms& general);
bool larger(const geo::Separation& a, const geo::Separation& b);  // lateral, vertical, time

// What a clause does in an area, as one sentence without its full stop; used by judge and explain.
std::string rule_sentence(const Agreement::Impl& agreement, const Rule& rule,
                          std::string_view where);
// "medical evacuation"
std::string purpose_words(Purpose purpose);
// "a", "a and b", "a, b and c"
std::string join_words(const std::vector<std::string>& words);
// "06:30 to 18:00 UTC"
std::string window_words(const DailyWindow& window);
// "24 h", "90 s"
std::string duration_words(std::int64_t ms);

}  // namespace detente::terms
