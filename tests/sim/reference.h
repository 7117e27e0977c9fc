// SPDX-License-Identifier: Apache-2.0
//
// The rules about flights and the agreement a second time, slow and plain, from the raw entries of
// the true logs: no ledger is asked. Honest nodes log nothing that does not count, so every entry
// of an honest log must pass here, and the states that follow must be those of every ledger.
//
// Entries are taken in an order in which each comes after all that its log had seen. Only for
// seeds without a hostile party.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "airspace/ledger.h"
#include "sim/deeds.h"

namespace detente::sim {

class Reference {
 public:
  using Sizes = std::map<PartyId, std::uint64_t>;

  Reference();

  // Whether everything that the entry's log had seen was taken in.
  bool ready(const record::Entry& entry) const;
  // Takes the log's next entry. What is wrong with it; empty if nothing is.
  std::string take(const PartyId& party, const record::Entry& entry);
  // Two flights that are active and too close; empty if there are none.
  std::string clash(UtcMs now) const;
  // Where a ledger that was given the same logs says something else; empty if nowhere.
  std::string differs(const airspace::Ledger& ledger, UtcMs now, bool all) const;
  std::string course_differs(const terms::AgreementLedger& course, UtcMs now) const;
  const Sizes& sizes() const { return sizes_; }
  // What was logged, and what is in force now.
  std::array<std::uint64_t, kDeeds> deeds(UtcMs now) const;

 private:
  struct Act {
    PartyId party;
    std::uint64_t index = 0;
    UtcMs time;
    std::set<std::string> officers;
    Sizes seen;  // the own log up to the act
  };
  struct Answer {
    Act act;
    std::string type;
    bool agrees = false;
    std::string place;
    std::int64_t distance_m = 0;
    std::int64_t bearing_deg = 0;
  };
  // From this entry of the owner's log on.
  struct Space {
    std::uint64_t index = 0;
    std::vector<airspace::Occupied> pieces;
    bool contingent = false;
  };
  struct Mark {
    std::uint64_t index = 0;
    UtcMs time;
  };
  struct Flight {
    ActivityId id;
    PartyId owner;
    Mark filed;
    terms::FlightKind kind;
    bool sponsored = false;
    std::optional<ActivityId> replaces;
    std::set<std::string> officers;
    std::vector<Space> spaces;
    std::optional<Mark> active;
    std::shared_ptr<const terms::Agreement> version;  // by which it became active
    std::optional<Mark> closed;
    std::vector<Answer> answers;
  };
  struct Signature {
    Act act;
    std::string sha256;
    std::string amends;
    UtcMs effective;
  };
  struct StateAct {
    PartyId party;
    std::uint64_t index = 0;
    std::string function;
    std::string state;
  };
  struct StageAct {
    Act act;
    std::string stage;
    std::string sha256;  // of a begin
  };
  struct Stop {
    PartyId party;
    std::uint64_t index = 0;
    std::string id;
    std::string activity;
    std::optional<std::uint64_t> lifted;
  };

  // reference.cc: flights
  std::string take_flight_act(const Act& act, const record::Statement& said);
  std::string take_proposal(const Act& act, const record::Statement& said);
  std::string take_answer(const Act& act, const record::Statement& said);
  std::string take_concurrence(const Act& act, const Flight& flight) const;
  std::string take_activation(const Act& act, const record::Statement& said, Flight& flight);
  std::string take_release(const Act& act, const record::Statement& said, Flight& flight);
  std::string take_addition(const Act& act, const record::Statement& said, Flight& flight);
  std::string take_stop(const Act& act, const record::Statement& said);
  void close(Flight& flight, const Act& act);
  static const Space& space_at(const Flight& flight, std::uint64_t size);
  static UtcMs end_at(const Flight& flight, std::uint64_t size);
  static bool open_at(const Flight& flight, std::uint64_t size, UtcMs time);
  bool related(const Flight& a, const Flight& b) const;
  struct Near {
    const Flight& flight;
    std::uint64_t size;
  };
  static bool too_close(const Near& a, const Near& b, const terms::Agreement& version,
                        bool planned_only);
  std::string surroundings(const Act& act, const Flight& flight,
                           const terms::Agreement& version) const;
  std::string consents(const Act& act, const record::Statement& said, const Flight& flight,
                       const terms::Agreement& version) const;
  static bool matches(const Flight& flight, const Answer& answer, const terms::Agreement& version);
  static bool was_read_back(const Flight& flight, const Act& concurrence,
                            const terms::Agreement& version);
  static int officers_needed(const Flight& flight, const terms::Agreement& version);

  // reference_states.cc: comparisons
  airspace::ActivityState state_of(const Flight& flight, UtcMs now,
                                   const terms::Agreement& version) const;
  std::vector<ActivityId> conflicts_of(const Flight& flight, UtcMs now,
                                       const terms::Agreement& version) const;
  std::string flight_differs(const Flight& flight, const airspace::Ledger& ledger, UtcMs now,
                             const terms::Agreement& version) const;
  UtcMs clock(const Flight& flight, UtcMs now) const;

  // reference_course.cc: the agreement
  std::string take_course_act(const Act& act, const record::Statement& said);
  std::string take_signature(const Act& act, const record::Statement& said);
  std::string take_state(const Act& act, const record::Statement& said);
  std::string take_begin(const Act& act, const record::Statement& said);
  std::string take_reset(const Act& act, const record::Statement& said);
  std::shared_ptr<const terms::Agreement> version_at(const Sizes& sizes, UtcMs time) const;
  std::string last_state(const PartyId& party, const std::string& function,
                         std::uint64_t size) const;
  terms::ForceState force_at(const Sizes& sizes, const std::string& function) const;
  static bool within(const Act& act, const Sizes& sizes);
  bool is_live(const StageAct& begin, const Sizes& sizes) const;
  bool has_begun(const std::string& stage, const Sizes& sizes) const;
  std::string stage_at(const Sizes& sizes) const;

  void count(Deed deed, bool counted = true) {
    if (counted) ++deeds_[static_cast<std::size_t>(deed)];
  }

  Sizes sizes_;
  std::map<PartyId, Sizes> seen_;
  std::map<PartyId, UtcMs> last_time_;
  std::map<ActivityId, Flight> flights_;
  std::vector<Stop> stops_;
  std::vector<Signature> signatures_;
  std::vector<StateAct> states_;
  std::vector<StageAct> begins_;
  std::vector<StageAct> resets_;
  std::array<std::uint64_t, kDeeds> deeds_{};
};

}  // namespace detente::sim
