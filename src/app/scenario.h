// SPDX-License-Identifier: Apache-2.0
//
// The scenario of the demonstration: acts of the cells and flights of a day, from a seed. The same
// seed gives the same scenario, byte for byte. Units, flights and sites are invented; places are
// real. Pure: files and processes are the demo's affair (app/demo.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "airspace/activity.h"
#include "geo/track.h"
#include "terms/agreement.h"

namespace detente::app {

// One aircraft's observed positions in time order, some seconds apart, with plausible gaps.
struct Flight {
  std::string name;     // for people: "HERON21, patrol"
  std::uint32_t address = 0;
  std::string callsign;
  std::vector<geo::TrackPoint> points;
};

enum class ActKind : std::uint8_t {
  propose, concur, object, withdraw, activate, end, read, stop, stop_ack, stop_lift,
  link_down, link_up,  // between `party` and `peer`
};

struct Act {
  UtcMs at;
  ActKind kind = ActKind::propose;
  PartyId party;                      // who acts
  std::vector<std::string> officers;  // key ids that sign, e.g. "north/duty-1"
  std::string subject;                // the scenario's own name of an activity or STOP: "patrol-1"
  std::optional<airspace::ActivityPlan> plan;  // propose
  std::string reason;
  std::string clause;                 // object
  PartyId peer;                       // link_down, link_up
  std::optional<Errc> refused;        // the node must refuse with this code
  std::string tells;                  // one line for the person who watches
};

// What must be true at the end, judged from the nodes' answers.
struct Promises {
  std::map<std::string, std::string> final_state;       // subject -> activity state
  std::vector<std::string> never_active;                // subjects
  std::vector<std::string> late;                        // subjects
  struct FindingPromise {
    std::string kind;      // "area_entered"
    std::string clause;
    std::uint32_t aircraft = 0;
    std::string subject;   // activity, or ""
  };
  std::vector<FindingPromise> findings;                 // exactly these, by (kind, clause, aircraft)
  std::uint64_t stops_acknowledged = 0;
  TimeSpan link_cut;                                    // nothing becomes active within it
};

struct Scenario {
  UtcMs start;        // the nodes' clocks begin here (notices are filed the day before)
  UtcMs day_start;    // the day that is played begins
  UtcMs end;
  std::vector<Act> acts;      // ascending by time
  std::vector<Flight> flights;
  Promises promises;
};

// `agreement` is the shipped sample (with or without keys).
Result<Scenario> make_scenario(const terms::Agreement& agreement, std::uint64_t seed);

}  // namespace detente::app
