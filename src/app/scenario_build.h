// SPDX-License-Identifier: Apache-2.0
//
// Internal to the scenario: finds places, times and flights for the activities of the day
// (scenario_build.cc); scenario_story.cc tells what the officers do with them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "app/scenario.h"
#include "app/scenario_design.h"
#include "app/scenario_flight.h"
#include "app/scenario_random.h"

namespace detente::app {

enum class Side : std::uint8_t { north, south, third };  // the third is sponsored by south

enum class Where : std::uint8_t {
  over,    // over an area that is forbidden to the third air force
  beside,  // outside every area of the agreement
  same,    // where the activity before it in the table is
  town,    // around a place that the agreement names
};

// One line of the day's table. Minutes count from midnight of the day (negative: the day before).
struct Spec {
  const char* subject;
  Side side;
  terms::Purpose purpose;
  AircraftKind kind;
  Pattern pattern;
  Where where;
  Layer layer;
  std::int64_t begin_min;  // of its span
  std::int64_t length_min;
  std::int64_t flight_min;  // first position, after `begin_min`; negative: it is never flown
};

struct Planned {
  Spec spec;
  PartyId owner;
  PartyId counterpart;
  airspace::ActivityPlan plan;
  std::string area_name;  // the place it names
  Flight flight;          // empty if it is never flown
};

class ScenarioBuilder {
 public:
  ScenarioBuilder(const terms::Agreement& agreement, std::uint64_t seed)
      : agreement_(agreement), random_(seed) {}

  Result<Scenario> build();

 private:
  // scenario_build.cc
  Status find_parties();
  Status find_day();
  Status plan_day();
  Status plan_one(const Spec& spec);
  Result<bool> try_place(Planned& planned, ScenarioRandom& random);
  Spot pick_spot(const Planned& planned, ScenarioRandom& random) const;
  bool permitted(const Planned& planned) const;
  bool misplace(const Planned& planned);
  bool keeps_separation(const Planned& planned) const;
  void name_place(Planned& planned, const geo::PointE7& origin) const;
  void fly_it(Planned& planned, const Design& design, const Spec& spec, ScenarioRandom& random);
  Status plan_intruder();
  bool try_intruder(ScenarioRandom& random);
  std::set<std::size_t> areas_at(const geo::TrackPoint& point) const;
  std::uint32_t new_address();
  std::string new_callsign(Side side);
  UtcMs minute(std::int64_t minutes) const { return midnight_ + minutes * 60'000; }

  // scenario_story.cc
  void tell();
  void tell_plain(const Planned& planned);
  void tell_conflict();
  void tell_objection();
  void tell_late();
  void tell_medical();
  void tell_cut();
  void tell_stop();
  void tell_stop_all();
  void tell_findings();

  // scenario_relief.cc
  void tell_relief();
  void tell_list(const Planned& flown, const geo::TrackPoint& passing);
  void tell_convoys();
  void tell_act(Act act, const std::string& words);
  std::vector<std::string> draw_sites(const geo::TrackPoint& near, std::string& places);
  std::string draw_site(int number, geo::PointE7 point) const;
  void tell_movement(const std::string& name, std::int64_t start_min, UtcMs notified);
  bool far_from_flights(geo::PointE7 point) const;
  Act relief_act(ActKind kind, UtcMs at, const std::string& subject);

  // scenario_course.cc
  void tell_wrong_position();
  void tell_amendment();
  void tell_suspension();
  void tell_stage();
  void tell_exceptions();
  void tell_roll();
  void fulfil(const terms::Obligation& obligation, int number, UtcMs at);
  void read_back(const Planned& planned, const PartyId& reader, UtcMs at);
  static Act signatory(ActKind kind, const PartyId& party, UtcMs at, const std::string& term);
  const Planned& named(const std::string& subject) const;
  Act act(ActKind kind, const PartyId& party, UtcMs at, const std::string& subject);
  void check_privately(const Planned& planned, UtcMs at);
  void propose(const Planned& planned, UtcMs at);
  void agree(const Planned& planned, UtcMs at);
  void activate(const Planned& planned, UtcMs at, std::optional<Errc> refused = {});
  void end(const Planned& planned, UtcMs at, const std::string& reason);
  void withdraw(const Planned& planned, UtcMs at, const std::string& reason);
  void read(const PartyId& reader, const PartyId& log, const std::string& subject, UtcMs at,
            const std::string& what);
  UtcMs after_landing(const Planned& planned);
  void add(Act act) { out_.acts.push_back(std::move(act)); }

  const terms::Agreement& agreement_;
  ScenarioRandom random_;
  PartyId north_;
  PartyId south_;
  PartyId third_;
  PartyId monitor_;                  // empty if the agreement has none
  PartyId relief_;                   // a humanitarian body, the same
  ClauseId exception_;               // for a medical flight
  ClauseId declare_;                 // clause of the rule that flights be declared
  std::vector<std::size_t> closed_;  // areas forbidden to the third air force
  UtcMs midnight_;
  std::int64_t filing_min_ = 0;  // when the next notice is filed
  std::int64_t cut_min_ = 0;     // when the link is cut
  std::int64_t stop_min_ = 0;    // when STOP is sent
  std::set<std::uint32_t> addresses_;
  std::set<std::string> callsigns_;
  std::vector<Planned> day_;
  std::vector<geo::Volume4> misplaced_;  // of the notice whose position is wrong
  Flight intruder_;
  std::size_t intruder_area_ = 0;
  Scenario out_;
};

}  // namespace detente::app
