// SPDX-License-Identifier: Apache-2.0
//
// Every flight's state and space from the raw entries, against those of a ledger.
#include <algorithm>

#include "sim/reference.h"
#include "sim/world.h"

namespace detente::sim {

// A log that has gone past a time cannot claim that it is still before it.
UtcMs Reference::clock(const Flight& flight, UtcMs now) const {
  return std::max(now, last_time_.at(flight.owner));
}

std::vector<ActivityId> Reference::conflicts_of(const Flight& flight, UtcMs now,
                                                const terms::Agreement& version) const {
  std::vector<ActivityId> out;
  for (const auto& [id, other] : flights_) {
    if (id == flight.id || !open_at(other, UINT64_MAX, clock(other, now))) continue;
    if (related(flight, other)) continue;
    if (too_close({flight, UINT64_MAX}, {other, UINT64_MAX}, version, false)) out.push_back(id);
  }
  return out;
}

airspace::ActivityState Reference::state_of(const Flight& flight, UtcMs now,
                                            const terms::Agreement& version) const {
  using airspace::ActivityState;
  if (!open_at(flight, UINT64_MAX, clock(flight, now))) {
    return flight.active ? ActivityState::ended : ActivityState::withdrawn;
  }
  if (flight.active) {
    const bool contingent = space_at(flight, UINT64_MAX).contingent;
    return contingent ? ActivityState::contingent : ActivityState::active;
  }
  std::set<std::string> officers;
  bool objects = false;
  for (const Answer& answer : flight.answers) {
    if (answer.act.party.value == "monitor") continue;
    const bool concurs = answer.type == "activity.concur";
    if (answer.type == "activity.object") objects = true;
    if (!concurs && !answer.agrees) officers.clear();
    if (!concurs) continue;
    objects = false;
    officers.insert(answer.act.officers.begin(), answer.act.officers.end());
  }
  if (objects) return ActivityState::objected;
  if (!conflicts_of(flight, now, version).empty()) return ActivityState::conflicted;
  const bool enough = static_cast<int>(officers.size()) >= officers_needed(flight, version);
  return enough ? ActivityState::concurred : ActivityState::proposed;
}

std::string Reference::flight_differs(const Flight& flight, const airspace::Ledger& ledger,
                                      UtcMs now, const terms::Agreement& version) const {
  const auto view = ledger.view(flight.id, now);
  if (!view) return "it is not known";
  const airspace::ActivityState state = state_of(flight, now, version);
  if (view->state != state) {
    return std::string("it is ") + state_name(state) + ", and not " + state_name(view->state);
  }
  if (!std::all_of(view->steps.begin(), view->steps.end(),
                   [](const airspace::Step& step) { return step.counts; })) {
    return "a step of it does not count";
  }
  const bool open = open_at(flight, UINT64_MAX, clock(flight, now));
  if (open && view->conflicts != conflicts_of(flight, now, version)) {
    return "it has other conflicts";
  }
  const auto& pieces = space_at(flight, UINT64_MAX).pieces;
  const bool same =
      std::equal(pieces.begin(), pieces.end(), view->occupied.begin(), view->occupied.end(),
                 [](const airspace::Occupied& a, const airspace::Occupied& b) {
                   return a.number == b.number && a.off_nominal == b.off_nominal &&
                          a.volume.time == b.volume.time && a.volume.altitude == b.volume.altitude;
                 });
  return same ? "" : "it takes other space";
}

std::string Reference::differs(const airspace::Ledger& ledger, UtcMs now, bool all) const {
  const auto version = version_at(sizes_, now);
  for (const auto& [id, flight] : flights_) {
    const bool open = open_at(flight, UINT64_MAX, clock(flight, now));
    if (!all && !open) continue;
    const std::string wrong = flight_differs(flight, ledger, now, *version);
    if (!wrong.empty()) return id.value + ": " + wrong;
  }
  return {};
}

std::array<std::uint64_t, kDeeds> Reference::deeds(UtcMs now) const {
  auto out = deeds_;
  if (version_at(sizes_, now) == keys().second) {
    ++out[static_cast<std::size_t>(Deed::second_version)];
  }
  return out;
}

}  // namespace detente::sim
