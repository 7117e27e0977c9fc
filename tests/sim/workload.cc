// SPDX-License-Identifier: Apache-2.0
//
// What the officers do, and what goes wrong around them. The officers try everything, also what
// must be refused; the nodes judge.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {

void World::submit(Machine& machine, const std::string& type, std::vector<record::Ref> refs,
                   std::string body, const std::vector<record::OfficerSigner>& officers,
                   std::optional<Deed> wrong) {
  if (failure_ || !machine.node) return;
  const record::Envelope envelope =
      machine.node->draft(type, std::move(refs), std::move(body), officers, clock(machine));
  const std::uint64_t request = next_request_++;
  if (wrong) wrong_.emplace(request, *wrong);
  step(machine, node::Submit{request, envelope});
}

// What is wrong on purpose is refused, whatever goes on around it.
void World::on_answer(Machine& machine, const node::Answer& answer) {
  const auto wrong = wrong_.find(answer.request);
  if (answer.result) {
    answered_[{machine.id, answer.result->index.value}] = answer.result->leaf;
    if (wrong != wrong_.end()) {
      return fail_now(machine.id.value + " accepts: " + deed_name(wrong->second));
    }
    on_logged(machine, *answer.result);
    return;
  }
  ++refusals_;
  tell(machine.id.value + " refuses: " + answer.result.error().text());
  if (wrong == wrong_.end()) return;
  if (is_answer_to(wrong->second, answer.result.error().code)) {
    ++deeds_[static_cast<std::size_t>(wrong->second)];
  }
  wrong_.erase(wrong);
}

void World::schedule_acts() {
  act();
  const std::int64_t pause = static_cast<std::int64_t>(10'000 + draw_.below(70'000));
  if (now_ + pause < faults_end_ + std::int64_t{5} * 60'000)
    at(now_ + pause, [this] { schedule_acts(); });
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
  const std::uint64_t who = draw_.below(100);
  Machine& machine = machines_.at(PartyId{who < 48 ? "north" : who < 96 ? "south" : "monitor"});
  if (!machine.node) return;
  const std::uint64_t face = draw_.below(100);
  if (face < 15) return act_on_line(machine);
  if (face < 25) return act_on_utm(machine);
  const std::uint64_t what = draw_.below(100);
  if (what >= 96 || (machine.id.value == "monitor" && what < 50)) return act_stop(machine);
  if (what >= 86 || machine.id.value == "monitor") return act_on_agreement(machine);
  if (what < 20) return act_propose(machine, nullptr);
  act_on_activity(machine);
}

// A STOP is lifted soon, or nothing else would happen.
void World::act_stop(Machine& machine) {
  if (!machine.node) return;
  const std::vector<airspace::StopView> stops = machine.node->ledger().stops();
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  JsonWriter body;
  for (const airspace::StopView& stop : stops) {
    if (stop.lifted || stop.from != machine.id) continue;
    body.begin_object().member("stop", stop.id.value).member("reason", "over").end_object();
    return submit(machine, "stop.lift", {}, body.take(), {officers[0]});
  }
  if (!stops.empty() && draw_.chance(50)) {
    const airspace::StopView& stop = stops[draw_.below(stops.size())];
    body.begin_object().member("stop", stop.id.value).end_object();
    return submit(machine, "stop.ack", {}, body.take(), {officers[0]});
  }
  body.begin_object().member("activity", "").member("reason", "danger").end_object();
  submit(machine, "stop.send", {}, body.take(), {officers[0]});
  const std::int64_t length = static_cast<std::int64_t>(60'000 + draw_.below(180'000));
  at(now_ + length, [this, &machine] { act_stop(machine); });
}

}  // namespace detente::sim
