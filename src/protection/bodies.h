// SPDX-License-Identifier: Apache-2.0
//
// The statements about protected sites and movements, as the logs have them
// (docs/protocol/protection.md). Notices are received and disseminated; nobody answers them
// otherwise. What a statement is about stands in its `refs`, by leaf hash, so that a receipt is of
// one exact version.
//
//   site.register    {"site":{..},"to":["north","south"],"proxy":"relief","expires":".."}
//                    or {"private":true,"to":[..],"expires":".."} with a content.commit in refs
//   site.revise      the same; refs[0] is the version before
//   site.confirm     {"means":"imagery","text":".."}      refs: the version; a second person
//   site.reconfirm   {"expires":".."}                     refs: the newest version
//   site.remove      {"reason":".."}                      refs: one version of one site
//   movement.notify  {"movement":{..},"start":"..","end":"..","checkin_s":3600,
//                     "emergency":false,"to":[..],"proxy":".."}, or private as above
//   movement.depart, .arrive  {"at":".."}    .checkin {"at":"..","point":[..],"text":".."}
//   movement.delay   {"delay_s":3600,"reason":".."}       in all, against the notice
//   movement.cancel  {"reason":".."}
//   movement.emergency {"kind":"under_fire","text":"..","point":[..]}   refs: the notice, or none
//   movement.emergency_over {"reason":".."}               refs: the emergency
//   notice.received  {}                                   refs: 1 to 200 notices or emergencies
//   notice.disseminated {"units":[{"unit":"..","at":"..","by":"data","confirmed":true}]}
//   contest.open     {"grounds":"use","text":".."}        refs: one version of one site
//   contest.answer   {"text":".."}                        refs: the contest
//   contest.close    {"outcome":"withdrawn","text":".."}  refs: the contest
//   case.step        {"step":"acknowledge","text":".."}   refs: the event, then the version
// Readers refuse members that describe targeting (restraint) before anything else.
// Errors: protection_malformed, protection_list, restraint, coordinates_datum, json_*, geo_*,
// bad_time. Pure; safe on every thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/strong.h"
#include "protection/movement.h"
#include "protection/site.h"
#include "record/statement.h"

namespace detente::protection {

struct RegisterBody {
  std::optional<SiteDetails> site;  // nothing: private content
  std::vector<PartyId> to;          // who may have it, by the owner's consent
  PartyId proxy;                    // empty: none
  UtcMs expires;
};
Result<RegisterBody> read_register(const JsonReader& body);
std::string write_register(const RegisterBody& body);

// How a second person looked.
inline constexpr std::array<const char*, 4> kConfirmMeans = {"imagery", "visit", "records", "map"};
struct ConfirmBody {
  std::string means;  // of kConfirmMeans
  std::string text;
};
Result<ConfirmBody> read_confirm(const JsonReader& body);

struct NotifyBody {
  std::optional<MovementDetails> movement;  // nothing: private content
  TimeSpan time;
  std::int64_t checkin_ms = 0;  // how often it says where it is
  bool emergency = false;
  std::vector<PartyId> to;
  PartyId proxy;
};
Result<NotifyBody> read_notify(const JsonReader& body);
std::string write_notify(const NotifyBody& body);

struct CheckinBody {  // also of depart and arrive
  UtcMs at;
  std::optional<geo::PointE7> point;
  std::string text;
};
Result<CheckinBody> read_checkin(const JsonReader& body);

struct DelayBody {
  std::int64_t delay_ms = 0;
  std::string reason;
};
Result<DelayBody> read_delay(const JsonReader& body);

inline constexpr std::array<const char*, 5> kEmergencyKinds = {"under_fire", "accident", "medical",
                                                               "stopped", "lost"};
struct EmergencyBody {
  std::string kind;  // of kEmergencyKinds
  std::string text;
  std::optional<geo::PointE7> point;
};
Result<EmergencyBody> read_emergency(const JsonReader& body);

struct UnitNote {
  std::string unit;
  UtcMs at;
  std::string by;          // data, voice, paper, briefing
  bool confirmed = false;  // the unit itself said that it has it
  friend bool operator==(const UnitNote&, const UnitNote&) = default;
};
struct DisseminatedBody {
  std::vector<UnitNote> units;
};
Result<DisseminatedBody> read_disseminated(const JsonReader& body);
std::string write_disseminated(const DisseminatedBody& body);

enum class Grounds : std::uint8_t { use, status, coordinates, duplicate, expired };
const char* grounds_name(Grounds grounds);
enum class Outcome : std::uint8_t { withdrawn, stands, corrected };
const char* outcome_name(Outcome outcome);
struct ContestBody {
  Grounds grounds = Grounds::use;
  std::string text;
};
Result<ContestBody> read_contest(const JsonReader& body);
struct CloseBody {
  Outcome outcome = Outcome::withdrawn;
  std::string text;
};
Result<CloseBody> read_close(const JsonReader& body);

enum class CaseStep : std::uint8_t { acknowledge, information, account, closed };
inline constexpr std::size_t kCaseSteps = 4;
const char* case_step_name(CaseStep step);
struct CaseStepBody {
  CaseStep step = CaseStep::acknowledge;
  std::string text;
};
Result<CaseStepBody> read_case_step(const JsonReader& body);

// site.reconfirm: the new expiry.
Result<UtcMs> read_reconfirm(const JsonReader& body);
// site.remove, movement.cancel, movement.emergency_over: the reason.
Result<std::string> read_reason(const JsonReader& body);
Result<std::string> read_text(const JsonReader& body);  // contest.answer
Status read_nothing(const JsonReader& body);            // notice.received

// A statement that would take or contest more than one entry: protection_list.
Status one_entry(const record::Statement& statement);

}  // namespace detente::protection
