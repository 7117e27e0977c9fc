// SPDX-License-Identifier: Apache-2.0
//
// Flights and the answers to them, from the raw entries.
#include "sim/reference.h"

#include <algorithm>
#include <cmath>

#include "sim/world.h"

namespace detente::sim {
namespace {

std::string text_of(const record::Statement& said, const char* name) {
  return said.body().string(name, 4'000, true).value_or(std::string{});
}

PartyId party_of(const Origin& origin) {
  for (const terms::Party& party : keys().agreement->parties()) {
    if (origin_of(party.id) == origin) return party.id;
  }
  return {};
}

// The largest of the pairs that fit, else the general one; as docs/protocol/agreement.md has it.
geo::Separation apart(const terms::FlightKind& a, const terms::FlightKind& b,
                      const terms::Agreement& version) {
  const auto is = [](const terms::FlightKind& kind, const terms::FlightClass& one) {
    const auto& purposes = one.purposes;
    const bool fits = purposes.empty() ||
                      std::find(purposes.begin(), purposes.end(), kind.purpose) != purposes.end();
    return fits && (!one.unmanned || *one.unmanned == kind.unmanned);
  };
  std::optional<geo::Separation> most;
  for (const terms::PairSeparation& pair : version.pair_separations()) {
    const auto& [one, other] = pair.between;
    if (!(is(a, one) && is(b, other)) && !(is(a, other) && is(b, one))) continue;
    if (!most) most = pair.separation;
    most->lateral_mm = std::max(most->lateral_mm, pair.separation.lateral_mm);
    most->vertical_mm = std::max(most->vertical_mm, pair.separation.vertical_mm);
    most->time_ms = std::max(most->time_ms, pair.separation.time_ms);
  }
  return most.value_or(version.separation());
}

}  // namespace

Reference::Reference() {
  for (const terms::Party& party : keys().agreement->parties()) {
    sizes_[party.id] = 0;
    last_time_[party.id] = UtcMs{INT64_MIN};
  }
  for (const auto& [party, size] : sizes_) seen_[party] = sizes_;
}

bool Reference::ready(const record::Entry& entry) const {
  return std::all_of(entry.header.seen.begin(), entry.header.seen.end(),
                     [&](const record::Head& head) {
                       return head.size.value <= sizes_.at(party_of(head.origin));
                     });
}

std::string Reference::take(const PartyId& party, const record::Entry& entry) {
  Sizes& seen = seen_[party];
  for (const record::Head& head : entry.header.seen) {
    std::uint64_t& size = seen[party_of(head.origin)];
    size = std::max(size, head.size.value);
  }
  seen[party] = entry.header.seq.value;
  Act act{party, entry.header.seq.value, entry.header.time, {}, seen};
  for (const record::EnvelopeSignature& by : entry.envelope.signatures) {
    act.officers.insert(by.keyid);
  }
  const std::string& type = entry.statement.type;
  std::string wrong;
  if (type.starts_with("activity.")) wrong = take_flight_act(act, entry.statement);
  if (type.starts_with("stop.")) wrong = take_stop(act, entry.statement);
  if (type.starts_with("agreement.") || type.starts_with("stage.")) {
    wrong = take_course_act(act, entry.statement);
  }
  last_time_[party] = act.time;
  sizes_[party] = act.index + 1;
  if (wrong.empty()) return {};
  return party.value + " logs " + std::to_string(act.index) + " " + type + ": " + wrong;
}

// ---- where a flight is ----

const Reference::Space& Reference::space_at(const Flight& flight, std::uint64_t size) {
  const Space* out = &flight.spaces.front();
  for (const Space& space : flight.spaces) {
    if (space.index < size) out = &space;
  }
  return *out;
}

UtcMs Reference::end_at(const Flight& flight, std::uint64_t size) {
  UtcMs end{INT64_MIN};
  for (const airspace::Occupied& piece : space_at(flight, size).pieces) {
    end = std::max(end, piece.volume.time.end);
  }
  return end;
}

bool Reference::open_at(const Flight& flight, std::uint64_t size, UtcMs time) {
  if (flight.filed.index >= size) return false;
  if (flight.closed && flight.closed->index < size) return false;
  return space_at(flight, size).contingent || time < end_at(flight, size);
}

bool Reference::related(const Flight& a, const Flight& b) const {
  const auto leads = [this](const Flight& from, const Flight& to) {
    for (const Flight* at = &from; at->replaces; at = &flights_.at(*at->replaces)) {
      if (*at->replaces == to.id) return true;
    }
    return false;
  };
  return leads(a, b) || leads(b, a);
}

bool Reference::too_close(const Near& a, const Near& b, const terms::Agreement& version,
                          bool planned_only) {
  const bool in_order = std::pair(a.flight.owner, a.flight.filed.index) <
                        std::pair(b.flight.owner, b.flight.filed.index);
  const Near& first = in_order ? a : b;
  const Near& second = in_order ? b : a;
  const geo::Separation separation = apart(first.flight.kind, second.flight.kind, version);
  for (const airspace::Occupied& one : space_at(first.flight, first.size).pieces) {
    for (const airspace::Occupied& other : space_at(second.flight, second.size).pieces) {
      if (planned_only && (one.off_nominal || other.off_nominal)) continue;
      if (geo::conflict(one.volume, other.volume, separation)) return true;
    }
  }
  return false;
}

std::string Reference::clash(UtcMs now) const {
  std::vector<const Flight*> active;
  for (const auto& [id, flight] : flights_) {
    if (flight.active && open_at(flight, UINT64_MAX, clock(flight, now))) active.push_back(&flight);
  }
  for (std::size_t a = 0; a < active.size(); ++a) {
    for (std::size_t b = a + 1; b < active.size(); ++b) {
      const Near one{*active[a], UINT64_MAX};
      const Near other{*active[b], UINT64_MAX};
      const std::string both = active[a]->id.value + " and " + active[b]->id.value;
      if (related(*active[a], *active[b])) return "active beside what it replaces: " + both;
      if (too_close(one, other, *active[a]->version, true) &&
          too_close(one, other, *active[b]->version, true)) {
        return "two conflicting activities are active: " + both;
      }
    }
  }
  return {};
}

// ---- acts on flights ----

std::string Reference::take_flight_act(const Act& act, const record::Statement& said) {
  const std::string& type = said.type;
  if (type == "activity.propose") return take_proposal(act, said);
  const auto found = flights_.find(ActivityId{text_of(said, "activity")});
  if (found == flights_.end()) return "a flight that nobody filed";
  Flight& flight = found->second;
  if (type == "activity.concur" || type == "activity.object" || type == "activity.read_back") {
    return take_answer(act, said);
  }
  if (flight.owner != act.party) return "another's flight";
  if (!open_at(flight, act.index, act.time)) return "a flight that is closed";
  if (type == "activity.activate") return take_activation(act, said, flight);
  if (type == "activity.release") return take_release(act, said, flight);
  if (type == "activity.contingent") return take_addition(act, said, flight);
  if (type == "activity.offer") {
    count(Deed::offer);
    return {};
  }
  const bool end = type == "activity.end";
  if (end != flight.active.has_value()) return "an end goes with a flight that is active";
  count(end ? Deed::end : Deed::withdraw);
  close(flight, act);
  return {};
}

void Reference::close(Flight& flight, const Act& act) {
  if (!flight.closed) flight.closed = Mark{act.index, act.time};
}

std::string Reference::take_proposal(const Act& act, const record::Statement& said) {
  const JsonReader body = said.body();
  Flight flight;
  flight.id = ActivityId{said.id.value};
  flight.owner = act.party;
  flight.filed = {act.index, act.time};
  flight.officers = act.officers;
  const auto purpose = terms::parse_purpose(text_of(said, "purpose"));
  const auto volumes = body.array("volumes", 64);
  if (!purpose || !volumes) return "no plan";
  flight.kind = {*purpose, body.has("unmanned") && body.boolean("unmanned").value_or(false)};
  flight.sponsored = text_of(said, "operator") != act.party.value;
  Space& space = flight.spaces.emplace_back();
  space.index = act.index;
  for (const JsonReader& volume : *volumes) {
    const auto number = static_cast<std::uint32_t>(space.pieces.size() + 1);
    space.pieces.push_back({number, *geo::read_volume(volume), false});
  }
  count(Deed::propose);
  count(Deed::propose_unmanned, flight.kind.unmanned);
  count(Deed::propose_sponsored, flight.sponsored);
  count(Deed::propose_armed, flight.kind.purpose == terms::Purpose::armed);
  if (body.has("replaces")) {
    const auto old = flights_.find(ActivityId{text_of(said, "replaces")});
    if (old == flights_.end() || old->second.owner != act.party) return "it replaces nothing";
    if (!open_at(old->second, act.index, act.time)) return "it replaces what is closed";
    for (const auto& [id, other] : flights_) {
      if (other.replaces == old->first && open_at(other, act.index, act.time)) {
        return "it is to be replaced already";
      }
    }
    flight.replaces = old->first;
    count(Deed::amend_flight);
    if (!old->second.active) close(old->second, act);
  }
  flights_.emplace(flight.id, std::move(flight));
  return {};
}

std::string Reference::take_answer(const Act& act, const record::Statement& said) {
  Flight& flight = flights_.at(ActivityId{text_of(said, "activity")});
  if (flight.owner == act.party) return "its own flight";
  Answer answer{act, said.type, false, {}, 0, 0};
  const JsonReader body = said.body();
  std::string wrong;
  if (said.type == "activity.read_back") {
    answer.agrees = body.boolean("agrees").value_or(false);
    answer.place = text_of(said, "place");
    answer.distance_m = body.integer("distance_m", 0, INT64_MAX).value_or(-1);
    answer.bearing_deg = body.integer("bearing_deg", 0, 359).value_or(-1);
    const auto version = version_at(act.seen, act.time);
    if (answer.agrees && !matches(flight, answer, *version)) wrong = "it agrees and is wrong";
    count(answer.agrees ? Deed::read_back : Deed::disagree);
  } else if (said.type == "activity.concur") {
    wrong = take_concurrence(act, flight);
    count(Deed::concur);
    count(Deed::concur_alone, act.officers.size() == 1);
  } else {
    count(Deed::object);
  }
  flight.answers.push_back(std::move(answer));
  return wrong;
}

std::string Reference::take_concurrence(const Act& act, const Flight& flight) const {
  const std::uint64_t size = act.seen.at(flight.owner);
  if (size <= flight.filed.index) return "it had not seen the proposal";
  if (force_at(act.seen, "air_activities") != terms::ForceState::in_force) return "suspended";
  if (!open_at(flight, size, act.time)) return "a flight that is closed";
  const auto version = version_at(act.seen, act.time);
  if (!was_read_back(flight, act, *version)) return "not read back";
  for (const auto& [id, own] : flights_) {
    if (own.owner != act.party || !open_at(own, act.index, act.time)) continue;
    if (too_close({flight, size}, {own, act.index}, *version, false)) {
      return "its own " + id.value + " is in the way";
    }
  }
  return {};
}

bool Reference::matches(const Flight& flight, const Answer& answer,
                        const terms::Agreement& version) {
  const geo::PointE7 middle = flight.spaces.front().pieces.front().volume.area.middle();
  for (const terms::NamedPlace& place : version.places()) {
    if (place.name.at("en") != answer.place) continue;
    const double metres = geo::distance_m(place.point, middle);
    const double off = std::abs(metres - static_cast<double>(answer.distance_m));
    if (off > std::max(200.0, metres * 0.02)) return false;
    const double turn =
        std::abs(geo::bearing_deg(place.point, middle) - static_cast<double>(answer.bearing_deg));
    return metres < 500 || std::min(turn, 360 - turn) <= 5;
  }
  return false;
}

// Asked of a concurrence that stands there, or would.
bool Reference::was_read_back(const Flight& flight, const Act& concurrence,
                              const terms::Agreement& version) {
  bool asked = version.procedure(flight.kind.purpose).read_back;
  const Answer* newest = nullptr;
  for (const Answer& answer : flight.answers) {
    const bool before = answer.act.party == concurrence.party &&
                        answer.act.index < concurrence.index && answer.type == "activity.read_back";
    if (!before) continue;
    newest = &answer;
    asked = asked || !answer.agrees;
  }
  if (!asked) return true;
  return newest != nullptr && newest->agrees && matches(flight, *newest, version);
}

int Reference::officers_needed(const Flight& flight, const terms::Agreement& version) {
  int needed = flight.kind.purpose == terms::Purpose::armed ? 2 : 1;
  for (const auto& line : version.procedure(flight.kind.purpose).concurrences) {
    if (line.party != flight.owner) needed = std::max(needed, line.officers);
  }
  return needed;
}

// ---- activation ----

// STOP, the terms, and other flights.
std::string Reference::surroundings(const Act& act, const Flight& flight,
                                    const terms::Agreement& version) const {
  if (force_at(act.seen, "air_activities") != terms::ForceState::in_force) return "suspended";
  for (const Stop& stop : stops_) {
    const std::uint64_t size = act.seen.at(stop.party);
    const bool stands = stop.index < size && !(stop.lifted && *stop.lifted < size);
    if (stands && (stop.activity.empty() || stop.activity == flight.id.value)) return "STOP";
  }
  const std::int64_t lead_ms = version.procedure(flight.kind.purpose).lead_ms;
  for (const airspace::Occupied& piece : flight.spaces.front().pieces) {
    if (flight.filed.time + lead_ms > piece.volume.time.start) return "it was filed too late";
    for (const terms::AreaTerms& area : version.areas()) {
      const bool armed = flight.kind.purpose == terms::Purpose::armed;
      if (armed && stage_at(act.seen) == "S2" && piece.volume.area.within(area.area, 0)) {
        return "no armed flight is in the closed area in stage S2";
      }
    }
  }
  for (const auto& [id, other] : flights_) {
    const bool own = other.owner == act.party;
    const std::uint64_t size = own ? act.index : act.seen.at(other.owner);
    if (id == flight.id || !open_at(other, size, act.time)) continue;
    const bool flown = other.active && other.active->index < size;
    if (own ? related(flight, other) : !flown) continue;
    if (too_close({flight, act.index}, {other, size}, version, false)) {
      return id.value + " is in the way";
    }
  }
  return {};
}

// The concurrences that the activation names, of different officers, and not taken back.
std::string Reference::consents(const Act& act, const record::Statement& said, const Flight& flight,
                                const terms::Agreement& version) const {
  const PartyId other{act.party.value == "north" ? "south" : "north"};
  std::set<std::string> officers;
  bool objects = false;
  bool disagrees = false;
  for (const Answer& answer : flight.answers) {
    if (answer.act.party != other || answer.act.index >= act.seen.at(other)) continue;
    if (answer.type == "activity.object") objects = true;
    if (answer.type == "activity.read_back") disagrees = !answer.agrees;
    if (objects || disagrees) officers.clear();
    if (answer.type != "activity.concur") continue;
    objects = false;
    const bool named = std::any_of(said.refs.begin(), said.refs.end(), [&](const record::Ref& ref) {
      return party_of(ref.origin) == other && ref.index.value == answer.act.index;
    });
    if (!named || !was_read_back(flight, answer.act, version)) continue;
    officers.insert(answer.act.officers.begin(), answer.act.officers.end());
  }
  if (objects) return other.value + " objects";
  if (disagrees) return other.value + " reads something else";
  const int needed = officers_needed(flight, version);
  if (static_cast<int>(officers.size()) >= needed) return {};
  return std::to_string(officers.size()) + " of " + std::to_string(needed) + " officers of " +
         other.value + " concur";
}

std::string Reference::take_activation(const Act& act, const record::Statement& said,
                                       Flight& flight) {
  const bool again = flight.active.has_value();
  const auto version = version_at(act.seen, act.time);
  std::string wrong = again ? "it was active already" : surroundings(act, flight, *version);
  if (wrong.empty()) wrong = consents(act, said, flight, *version);
  const bool armed = flight.kind.purpose == terms::Purpose::armed;
  std::set<std::string> own = flight.officers;
  own.insert(act.officers.begin(), act.officers.end());
  if (wrong.empty() && armed && own.size() < 2) wrong = "one officer of its owner signed";
  flight.active = Mark{act.index, act.time};
  flight.version = version;
  bool replaced = false;
  for (const Flight* at = &flight; at->replaces;) {
    Flight& old = flights_.at(*at->replaces);
    replaced = replaced || (old.active && open_at(old, act.index, act.time));
    close(old, act);
    at = &old;
  }
  count(Deed::activate);
  count(Deed::activate_unmanned, flight.kind.unmanned);
  count(Deed::activate_sponsored, flight.sponsored);
  count(Deed::activate_armed, armed);
  count(Deed::activate_replacement, replaced);
  count(Deed::activate_second_version, version == keys().second);
  return wrong;
}

// ---- space ----

std::string Reference::take_release(const Act& act, const record::Statement& said, Flight& flight) {
  const JsonReader body = said.body();
  std::set<std::int64_t> numbers;
  if (body.has("volumes")) {
    const std::vector<JsonReader> named = body.array("volumes", 64).value();
    for (const JsonReader& number : named) {
      numbers.insert(*number.as_integer(1, 64));
    }
  }
  UtcMs until = act.time;
  if (body.has("until")) until = std::max(until, *body.time("until"));
  const Space& before = space_at(flight, act.index);
  Space after{act.index, {}, before.contingent};
  bool gives = false;
  for (airspace::Occupied piece : before.pieces) {
    const bool meant = !piece.off_nominal && (numbers.empty() || numbers.contains(piece.number));
    if (meant && piece.volume.time.end > until) {
      gives = true;
      if (piece.volume.time.start >= until) continue;
      piece.volume.time.end = until;
    }
    after.pieces.push_back(std::move(piece));
  }
  count(body.has("volumes") ? Deed::release_volumes : Deed::release_time);
  if (after.pieces.empty() && !after.contingent) close(flight, act);
  flight.spaces.push_back(std::move(after));
  return gives ? "" : "it gives nothing back";
}

std::string Reference::take_addition(const Act& act, const record::Statement& said,
                                     Flight& flight) {
  if (!flight.active) return "it is not active";
  Space after = space_at(flight, act.index);
  after.index = act.index;
  after.contingent = true;
  std::uint32_t number = 0;
  for (const Space& space : flight.spaces) {
    for (const airspace::Occupied& piece : space.pieces) number = std::max(number, piece.number);
  }
  if (said.body().has("volumes")) {
    const std::vector<JsonReader> volumes = said.body().array("volumes", 64).value();
    for (const JsonReader& volume : volumes) {
      after.pieces.push_back({++number, *geo::read_volume(volume), true});
    }
  }
  flight.spaces.push_back(std::move(after));
  count(Deed::contingent);
  return {};
}

std::string Reference::take_stop(const Act& act, const record::Statement& said) {
  if (said.type == "stop.send") {
    stops_.push_back({act.party, act.index, said.id.value, text_of(said, "activity"), {}});
    count(Deed::stop);
  }
  if (said.type != "stop.lift") return {};
  for (Stop& stop : stops_) {
    if (stop.party != act.party || stop.id != text_of(said, "stop")) continue;
    if (stop.lifted) return "lifted twice";
    stop.lifted = act.index;
    return {};
  }
  return "another's STOP";
}

}  // namespace detente::sim
