// SPDX-License-Identifier: Apache-2.0
//
// The scenario of the demonstration: acts of the cells and flights of a day, from a seed. The same
// seed gives the same scenario, byte for byte. Units, flights and sites are invented; places are
// real (the agreement's). Pure: files and processes are the demo's affair (app/demo.h).
//
// Times:      the day is 16 July 2016, or the third of the agreement's validity if that is not in
// it.
//             Notices are filed the day before, so that every one is in time but one.
// Places:     picked from the agreement by what its rules say, never by coordinates.
// Callsigns:  words of birds and trees with two digits. Addresses: D00000 to DFFFFF, a block that
//             ICAO Annex 10 Volume III holds in reserve and allots to no state.
// Promised:   flights keep to the speeds, turns and climbs of their kind (app/scenario_flight.h)
//             and lie inside their activities' volumes, but for the one that strays.
// Not promised: the same bytes from another version or another mathematics library.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "airspace/activity.h"
#include "airspace/place_check.h"
#include "geo/track.h"
#include "terms/agreement.h"

namespace detente::app {

// The humanitarian body that joins the agreement for the day, if it is there (app/demo_relief.h).
inline constexpr const char* kRelief = "relief";

// One aircraft's observed positions in time order, some seconds apart, with plausible gaps.
struct Flight {
  std::string name;     // for people: "HERON21, patrol"
  std::string subject;  // the activity it belongs to, or ""
  std::uint32_t address = 0;
  std::string callsign;
  std::vector<geo::TrackPoint> points;
};

enum class ActKind : std::uint8_t {
  propose,
  concur,
  object,
  withdraw,
  activate,
  end,
  read,
  stop,
  stop_ack,
  stop_lift,
  link_down,
  link_up,        // between `party` and `peer`
  read_back,      // of the activity's geometry, by `party`
  amend,          // signs the amendment of the agreement (app/demo_amendment.h)
  force,          // agreement.state: `term` is the function, `word` the state
  begin_stage,    // `term` is the stage
  report,         // `term` is the obligation; `reason` says what was done
  verify,         // the newest report of the obligation `term`; `word` is the result
  use_exception,  // declares the use of the exception `term`, with grounds in `reason`
  accept,         // the sponsor states that the adherent `term` accepts
  // Of a humanitarian body (app/demo_relief.h):
  register_sites,  // every site of `bodies`, each a statement
  confirm_sites,   // all of them, by a second person
  receive_sites,   // what its node holds of the list
  notify,          // of the movement in `bodies`
  desk_act,   // `word` (depart, disseminated, ..) on the site or movement named `subject`, with
              // the body `reason`
  incident,   // a report, in `bodies`
  case_step,  // `word` of the one case that is open, with the text `reason`
  // Private checks (app/demo_checks.cc):
  check_list,  // the table of places in `bodies` becomes the private list
  check_plan,  // `plan` is checked before it is filed as `subject`
};

struct Act {
  UtcMs at;
  ActKind kind = ActKind::propose;
  PartyId party;                      // who acts
  std::vector<std::string> officers;  // key ids that sign, e.g. "north/duty-1"
  // The scenario's own name of an activity or STOP: "patrol-1", "stop-1". For read also a finding:
  // "finding:undeclared:d01234" (kind, address).
  std::string subject;
  std::string about;  // stop: the activity that it concerns; "": every new one
  std::optional<airspace::ActivityPlan> plan;  // propose
  std::string reason;
  std::string clause;               // object
  std::string replaces;             // propose: the subject that it amends
  airspace::ReadBack echo;          // read_back
  std::string term;                 // what of the agreement the act is about
  std::string word;                 // force: the state; verify: the result
  UtcMs began;                      // use_exception; amend: from when it holds
  std::vector<std::string> bodies;  // of statements
  PartyId peer;                     // link_down, link_up; read: whose log it stands in
  std::optional<Errc> refused;      // the node must refuse with this code
  std::string tells;                // one line for the person who watches
};

// What must be true at the end, judged from the nodes' answers.
struct Promises {
  std::map<std::string, std::string> final_state;  // subject -> activity state
  std::vector<std::string> never_active;           // subjects
  std::vector<std::string> late;                   // subjects
  struct FindingPromise {
    std::string kind;  // "area_entered"
    std::string clause;
    std::uint32_t aircraft = 0;
    std::string subject;  // activity, or ""
  };
  std::vector<FindingPromise> findings;  // exactly these, by (kind, clause, aircraft)
  std::uint64_t stops_acknowledged = 0;
  std::int64_t version = 1;                       // of the agreement, in force
  std::string stage;                              // that has begun
  std::map<std::string, std::uint64_t> uses;      // of an exception
  std::vector<std::string> late_uses;             // exceptions with a use that was declared late
  std::map<std::string, std::uint64_t> verified;  // obligation -> verified reports
  std::vector<std::string> read_back;             // subjects that every needed party read back
  TimeSpan link_cut;                              // nothing becomes active within it
  std::uint64_t sites = 0;                        // confirmed by a second person
  std::map<std::string, std::string> movements;   // name -> state
  std::uint64_t cases = 0;                        // that incidents opened
  std::vector<std::string> checked;               // subjects that were checked before filing
  std::string near_site;                          // the one whose check said so; "" for none
};

struct Scenario {
  UtcMs start;      // the nodes' clocks begin here (notices are filed the day before)
  UtcMs day_start;  // the day that is played begins
  UtcMs end;
  std::vector<Act> acts;  // ascending by time
  std::vector<Flight> flights;
  Promises promises;
};

// `agreement` is the shipped sample (with or without keys).
Result<Scenario> make_scenario(const terms::Agreement& agreement, std::uint64_t seed);

}  // namespace detente::app
