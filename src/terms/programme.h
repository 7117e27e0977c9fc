// SPDX-License-Identifier: Apache-2.0
//
// What an agreement says about its own course: functions that can be suspended, stages with
// conditions that the record can show, obligations with evidence, and exceptions by name. These
// are terms only; what has happened under them is terms/agreement_ledger.h.
//
// Nothing here begins by itself: a stage needs the signatures of every party, and silence gives
// none. Values; safe on every thread. docs/protocol/agreement.md describes the members.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "geo/geo.h"
#include "terms/purpose.h"

namespace detente::terms {

using StageId = Strong<struct StageTag, std::string>;            // "S1"
using ObligationId = Strong<struct ObligationTag, std::string>;  // "O1"
using ExceptionId = Strong<struct ExceptionTag, std::string>;    // "E1"
using Texts = std::map<std::string, std::string, std::less<>>;   // by language; "en" is there

// What can be suspended or withdrawn by itself. STOP, warnings and safety of flight are no
// function: they work in every state.
enum class Function : std::uint8_t {
  air_activities,  // activation of activities
  protection,      // notices of sites and movements
  private_checks,
  watch,
  exchange,
};
inline constexpr std::array<Function, 5> kFunctions = {
    Function::air_activities, Function::protection, Function::private_checks, Function::watch,
    Function::exchange};
const char* function_name(Function function);            // "air_activities"
Result<Function> parse_function(std::string_view name);  // agreement_malformed

// Which flights one side of a pair of separation classes means. Empty and absent: all.
struct FlightClass {
  std::vector<Purpose> purposes;
  std::optional<bool> unmanned;
  friend bool operator==(const FlightClass&, const FlightClass&) = default;
};
// What two kinds of flights keep apart, in either order. It takes the place of the general
// separation for these pairs; where several fit, each dimension is the largest of theirs.
struct PairSeparation {
  ClauseId clause;
  std::array<FlightClass, 2> between;
  geo::Separation separation;
};

// How far flights keep from protected sites of some categories, in every direction.
struct StandOff {
  ClauseId clause;
  std::vector<std::string> categories;  // "medical", "school"; of areas' `category` and of sites
  std::vector<Purpose> purposes;        // empty: every purpose
  std::int64_t lateral_mm = 0;
  std::int64_t vertical_mm = 0;  // above the site's ceiling; 0: every height
};

// A place by name, so that positions can be read back.
struct NamedPlace {
  Texts name;
  geo::PointE7 point;
};

// A window of each UTC day, in seconds from midnight; `to` before `from` runs over midnight.
struct DailyWindow {
  std::int32_t from_s = 0;
  std::int32_t to_s = 0;
  friend bool operator==(const DailyWindow&, const DailyWindow&) = default;
};

// One measurable condition for the beginning of a stage.
struct StageCondition {
  enum class Kind : std::uint8_t {
    elapsed,     // `n` seconds since the stage before it began (the first: since D, see `d_day`)
    clean_days,  // `n` whole times 24 h up to now without a finding of `findings` in any log
    obligation,  // `n` verified reports of `obligation` (deliveries made, withdrawals done)
  };
  ClauseId clause;
  Kind kind = Kind::elapsed;
  std::int64_t n = 0;
  std::vector<std::string> findings;  // kinds of watch findings, e.g. "area_entered"
  ObligationId obligation;
};
// What sends the course back; a party declares it by "stage.reset" with the evidence.
struct StageReset {
  enum class Kind : std::uint8_t { finding, suspension };
  ClauseId clause;
  Kind kind = Kind::finding;
  std::vector<std::string> findings;
  std::optional<StageId> to;  // nothing: to before the first stage
};
struct Stage {
  StageId id;
  ClauseId clause;
  Texts name;
  std::optional<StageId> after;  // the stage before it; nothing for a first one
  std::vector<StageCondition> conditions;
  std::vector<StageReset> resets;
};

struct Obligation {
  ObligationId id;
  ClauseId clause;
  PartyId who;
  Texts what;
  std::optional<UtcMs> due;                // by then, or
  std::optional<StageId> due_after_stage;  // `due_after_ms` after this stage began
  std::int64_t due_after_ms = 0;
  std::string evidence;                 // what shows it, in words
  PartyId verified_by;                  // never `who`
  std::int64_t count = 1;               // how many verified reports fulfil it
  std::optional<ObligationId> mirrors;  // the other side's counterpart, done at the same time
};

// A narrow rule by name. Each use is declared with grounds, at the latest `declare_within_ms`
// after it began, and is counted.
struct NamedException {
  enum class Kind : std::uint8_t {
    medical_evacuation,
    personnel_recovery,
    humanitarian,
    self_defence,
    imminent_threat,
    other,
  };
  ExceptionId id;
  ClauseId clause;
  Texts name;
  Kind kind = Kind::other;
  std::vector<Purpose> purposes;  // of activities that may use it; empty: none (own forces only)
  std::int64_t declare_within_ms = 0;
};

// The kinds of watch findings that conditions and resets may name; watch/finding.h has the same.
inline constexpr std::array<std::string_view, 3> kFindingNames = {"area_entered", "undeclared",
                                                                  "outside_volume"};

const char* exception_kind_name(NamedException::Kind kind);
const char* condition_kind_name(StageCondition::Kind kind);
const char* reset_kind_name(StageReset::Kind kind);

}  // namespace detente::terms
