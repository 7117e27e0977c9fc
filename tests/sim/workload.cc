// SPDX-License-Identifier: Apache-2.0
//
// What the officers do, and what goes wrong around them. The officers try everything, also what
// must be refused; the nodes judge.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {

void World::submit(Machine& machine, const std::string& type, std::vector<record::Ref> refs,
                   std::string body, std::vector<record::OfficerSigner> officers) {
  if (failure_ || !machine.node) return;
  const record::Envelope envelope =
      machine.node->draft(type, std::move(refs), std::move(body), officers, clock(machine));
  step(machine, node::Submit{next_request_++, envelope});
}

void World::schedule_acts() {
  act();
  const std::int64_t pause = static_cast<std::int64_t>(10'000 + draw_.below(70'000));
  if (now_ + pause < faults_end_ + 5 * 60'000) at(now_ + pause, [this] { schedule_acts(); });
}

void World::schedule_faults() {
  const std::int64_t pause = static_cast<std::int64_t>(120'000 + draw_.below(900'000));
  if (now_ + pause >= faults_end_) return;
  at(now_ + pause, [this] {
    auto machine = machines_.begin();
    std::advance(machine, static_cast<std::ptrdiff_t>(draw_.below(machines_.size())));
    auto other = machines_.begin();
    std::advance(other, static_cast<std::ptrdiff_t>(draw_.below(machines_.size())));
    const std::uint64_t kind = draw_.below(6);
    if (kind == 0) {
      count(Fault::crash_between_steps);
      tell(machine->first.value + " crashes");
      restart(machine->second);
    } else if (kind == 1 && machine != other) {
      const auto pair = std::minmax(machine->first, other->first);
      Cut cut{now_, {}};
      for (const auto& [id, each] : machines_) cut.clocks[id] = clock(each);
      cut_since_.emplace(std::pair(pair.first, pair.second), std::move(cut));
      count(Fault::link_cut);
      tell("link cut: " + pair.first.value + " - " + pair.second.value);
      const std::int64_t length = static_cast<std::int64_t>(60'000 + draw_.below(2'400'000));
      at(now_ + length, [this, key = std::pair<PartyId, PartyId>(pair.first, pair.second)] {
        cut_since_.erase(key);
        tell("link heals: " + key.first.value + " - " + key.second.value);
      });
    } else if (kind == 2) {
      fault_of_clock(machine->second);
    } else {
      fault_of_disk(machine->second);
    }
    schedule_faults();
  });
}

void World::fault_of_clock(Machine& machine) {
  const std::uint64_t kind = draw_.below(4);
  if (kind < 2) {
    count(Fault::clock_jump);
    machine.skew_ms = static_cast<std::int64_t>(draw_.below(2 * kSkewMsMax)) - kSkewMsMax;
    return;
  }
  // Both for a while: a clock that stands still, and one that goes back by up to an hour.
  if (kind == 2) {
    count(Fault::clock_stuck);
    machine.stuck_at = clock(machine);
  } else {
    count(Fault::clock_back);
    machine.skew_ms -= static_cast<std::int64_t>(draw_.below(3'600'000));
  }
  tell(machine.id.value + (kind == 2 ? "'s clock stands still" : "'s clock goes back"));
  const std::int64_t length = static_cast<std::int64_t>(60'000 + draw_.below(1'200'000));
  at(now_ + length, [this, &machine] {
    machine.stuck_at.reset();
    machine.skew_ms %= kSkewMsMax;
    tell(machine.id.value + "'s clock is right again");
  });
}

void World::act() {
  Machine& machine = machines_.at(PartyId{draw_.chance(50) ? "north" : "south"});
  if (!machine.node) return;
  const std::uint64_t what = draw_.below(100);
  if (what < 22) {
    act_propose(machine);
  } else if (what < 95) {
    act_on_activity(machine);
  } else {
    act_stop(machine);
  }
}

void World::act_propose(Machine& machine) {
  // A small sky, so that a good part of the plans conflict.
  const std::uint64_t lat = 350'000'000 + draw_.below(16'000'000);
  const std::uint64_t lng = 360'000'000 + draw_.below(16'000'000);
  const std::int64_t floor_ft = static_cast<std::int64_t>(1000 * (1 + draw_.below(20)));
  const std::int64_t lead = static_cast<std::int64_t>((8 + draw_.below(30)) * 60'000);
  const std::int64_t length = static_cast<std::int64_t>((10 + draw_.below(30)) * 60'000);
  airspace::ActivityPlan plan;
  plan.purpose = terms::Purpose::patrol;
  plan.operator_id = machine.id;
  plan.callsigns = {"UNIT" + std::to_string(draw_.below(90) + 10)};
  const geo::PointE7 center{static_cast<std::int32_t>(lat), static_cast<std::int32_t>(lng)};
  plan.place = {"Somewhere", center};
  Result<geo::Area> area = geo::Area::make(geo::Circle{center, 10'000'000});
  check(area.has_value(), "the simulated circle is valid");
  plan.volumes.push_back(
      {*area,
       {geo::feet_to_mm(floor_ft), geo::feet_to_mm(floor_ft + 3000), geo::AltitudeReference::msl},
       {now_ + lead, now_ + lead + length}});
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  submit(machine, "activity.propose", {}, airspace::write_plan(plan), {officers[0]});
}

void World::act_on_activity(Machine& machine) {
  const std::vector<airspace::ActivityView> views = machine.node->ledger().views(clock(machine));
  if (views.empty()) return;
  // The newest ones matter most; try a recent one.
  const std::uint64_t window = std::min<std::uint64_t>(views.size(), 12);
  std::vector<const airspace::ActivityView*> recent;
  for (const airspace::ActivityView& view : views) recent.push_back(&view);
  std::sort(recent.begin(), recent.end(), [](const auto* a, const auto* b) {
    return std::tie(b->proposed_at, b->id) < std::tie(a->proposed_at, a->id);
  });
  const airspace::ActivityView& view = *recent[draw_.below(window)];
  JsonWriter body;
  body.begin_object().member("activity", view.id.value);
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  // Mostly what fits, sometimes what does not: the nodes must refuse it.
  const bool own = (view.owner == machine.id) != draw_.chance(5);
  const std::uint64_t what = draw_.below(100);
  if (own && what < 60) {
    act_activate(machine, view);
  } else if (!own && what < 80) {
    const std::uint64_t first = draw_.below(3);
    const bool both = draw_.chance(80);
    std::vector<record::OfficerSigner> signers = {officers[first]};
    if (both) signers.push_back(officers[(first + 1) % 3]);
    submit(machine, "activity.concur", {view.proposal}, body.end_object().take(), signers);
  } else if (!own) {
    body.member("clause", "3").member("reason", "too close").end_object();
    submit(machine, "activity.object", {view.proposal}, body.take(), {officers[1]});
  } else if (what < 66 || (what < 80 && !view.conflicts.empty())) {
    body.member("reason", "not needed").end_object();
    submit(machine, "activity.withdraw", {}, body.take(), {officers[0]});
  } else if (what > 94) {
    body.member("reason", "landed").end_object();
    submit(machine, "activity.end", {}, body.take(), {officers[0]});
  }
}

void World::act_activate(Machine& machine, const airspace::ActivityView& view) {
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  const node::Node& node = *machine.node;
  Result<airspace::Ledger::Activation> ready = node.ledger().prepare_activation(
      view.id, node.activation_notes(view.id), clock(machine), node.seen());
  if (ready) {
    submit(machine, "activity.activate", std::move(ready->refs), std::move(ready->body),
           {officers[0]});
    return;
  }
  ++refusals_;
  if (!draw_.chance(20)) return;
  // A stubborn officer submits it all the same, with what evidence there is.
  JsonWriter body;
  body.begin_object().member("activity", view.id.value).name("receipts").begin_array();
  for (const std::string& note : node.activation_notes(view.id)) body.value(note);
  body.end_array().name("fresh").begin_array();
  for (const std::string& note : node.activation_notes(view.id)) body.value(note);
  body.end_array().end_object();
  submit(machine, "activity.activate", {view.proposal}, body.take(), {officers[0]});
}

void World::act_stop(Machine& machine) {
  const std::vector<airspace::StopView> stops = machine.node->ledger().stops();
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  JsonWriter body;
  const bool standing = std::any_of(stops.begin(), stops.end(),
                                    [](const airspace::StopView& stop) { return !stop.lifted; });
  if (!standing || draw_.chance(5)) {
    body.begin_object().member("activity", "").member("reason", "danger").end_object();
    submit(machine, "stop.send", {}, body.take(), {officers[0]});
    return;
  }
  const airspace::StopView& stop = stops[draw_.below(stops.size())];
  body.begin_object().member("stop", stop.id.value);
  if (stop.from == machine.id) {
    body.member("reason", "over").end_object();
    submit(machine, "stop.lift", {}, body.take(), {officers[0]});
  } else {
    submit(machine, "stop.ack", {}, body.end_object().take(), {officers[0]});
  }
}

}  // namespace detente::sim
