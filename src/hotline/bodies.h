// SPDX-License-Identifier: Apache-2.0
//
// The hotline's statements (design section 10), as the logs have them (docs/protocol/hotline.md).
// Safety warnings, messages of fixed forms, the watch and its roster, test calls, accounts of voice
// calls, and which step of an alarm was taken where. No body has a member that could nominate
// anything: forms have fixed fields, and free text is only an addition.
//
//   warning.send  {"kind":"near_aircraft","text":"..","language":"en","volume":{..},
//                  "activity":"<id>","until":"<RFC 3339>"}     needs nobody's consent
//   warning.ack   {"warning":"<id>"}        warning.over {"warning":"<id>","reason":".."}
//   message.send  {"form":"stay_clear","fields":{..},"text":"..","language":"en","to":["south"],
//                  "reply_to":"<id>"}
//   watch.on      {"until":"<RFC 3339>"}    watch.off    {"reason":".."}
//   watch.roster  {"shifts":[{"officer":"north/duty-1","from":"..","to":".."}]}
//   call.test     {"to":"south"}            call.answer  {"call":"<id>"}
//   call.log      {"with":"south","began":"..","ended":"..","line":"..","language":"en",
//                  "summary":"..","about":"<id>"}
//   alarm.raised  {"subject":"<id>","level":1,"siren":"told"}   by the node's own key
// Readers refuse members that describe targeting (restraint) before anything else.
// Errors: hotline_malformed, hotline_form, restraint, json_*, geo_*.
// Pure; safe on every thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/strong.h"
#include "geo/geo.h"

namespace detente::hotline {

struct WarningBody {
  std::string kind;  // a code of forms.h
  std::string text;
  std::string language;  // of the text; "" without one
  std::optional<geo::Volume4> volume;
  ActivityId activity;  // empty: none
  UtcMs until;
};
Result<WarningBody> read_warning(const JsonReader& body);
std::string write_warning(const WarningBody& warning);

// warning.ack, warning.over, call.answer: the statement it is about, and a reason.
struct AboutBody {
  StatementId about;
  std::string reason;
};
Result<AboutBody> read_warning_ack(const JsonReader& body);
Result<AboutBody> read_warning_over(const JsonReader& body);  // with a reason
Result<AboutBody> read_call_answer(const JsonReader& body);

struct MessageBody {
  std::string form;
  std::string fields;  // the object's own text: its members fit the form
  std::string text;
  std::string language;
  std::vector<PartyId> to;
  StatementId reply_to;  // empty: none
};
Result<MessageBody> read_message(const JsonReader& body);
std::string write_message(const MessageBody& message);

struct WatchOnBody {
  UtcMs until;
};
Result<WatchOnBody> read_watch_on(const JsonReader& body);
Result<std::string> read_watch_off(const JsonReader& body);  // the reason; may be empty

struct Shift {
  std::string officer;  // keyid
  TimeSpan time;
  friend bool operator==(const Shift&, const Shift&) = default;
};
// Ascending by start, and no two at one time.
Result<std::vector<Shift>> read_roster(const JsonReader& body);
std::string write_roster(const std::vector<Shift>& shifts);

Result<PartyId> read_call_test(const JsonReader& body);

struct CallBody {
  PartyId with;
  TimeSpan time;
  std::string line;
  std::string language;
  std::string summary;
  StatementId about;  // the other side's account; empty: none
};
Result<CallBody> read_call(const JsonReader& body);
std::string write_call(const CallBody& call);

// What the sirens of a node said to an alarm.
enum class SirenResult : std::uint8_t { told, failed, none };
const char* siren_result_name(SirenResult result);
struct RaisedBody {
  StatementId subject;
  int level = 1;
  SirenResult siren = SirenResult::none;
};
Result<RaisedBody> read_raised(const JsonReader& body);
std::string write_raised(const RaisedBody& raised);

// The parts of STOP's bodies (airspace/ledger.h) that an alarm shows.
struct StopBody {
  ActivityId activity;
  std::string reason;
};
Result<StopBody> read_stop(const JsonReader& body);
Result<AboutBody> read_stop_answer(const JsonReader& body);  // stop.ack, stop.lift

}  // namespace detente::hotline
