// SPDX-License-Identifier: Apache-2.0
//
// What duty officers do with flights: mostly what fits, sometimes what is wrong on purpose.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {
namespace {

using airspace::ActivityState;

bool is_flying(const airspace::ActivityView& view) {
  return view.state == ActivityState::active || view.state == ActivityState::nonconforming ||
         view.state == ActivityState::contingent;
}

bool is_closed(const airspace::ActivityView& view) {
  return view.state == ActivityState::ended || view.state == ActivityState::withdrawn;
}

bool has(const std::vector<PartyId>& parties, const PartyId& party) {
  return std::find(parties.begin(), parties.end(), party) != parties.end();
}

JsonWriter about(const airspace::ActivityView& view) {
  JsonWriter body;
  body.begin_object().member("activity", view.id.value);
  return body;
}

geo::Volume4 circle(geo::PointE7 center, std::int64_t floor_ft, TimeSpan time) {
  Result<geo::Area> area = geo::Area::make(geo::Circle{center, 10'000'000});
  check(area.has_value(), "the simulated circle is valid");
  return {
      *area,
      {geo::feet_to_mm(floor_ft), geo::feet_to_mm(floor_ft + 3000), geo::AltitudeReference::msl},
      time};
}

}  // namespace

// A small sky, so that a good part of the plans conflict.
airspace::ActivityPlan World::draw_plan(const Machine& machine) {
  const std::uint64_t lat = 350'000'000 + draw_.below(16'000'000);
  const std::uint64_t lng = 360'000'000 + draw_.below(16'000'000);
  const std::int64_t floor_ft = static_cast<std::int64_t>(1000 * (1 + draw_.below(20)));
  const std::int64_t lead = static_cast<std::int64_t>((8 + draw_.below(26)) * 60'000);
  const std::int64_t length = static_cast<std::int64_t>((10 + draw_.below(30)) * 60'000);
  const std::uint64_t kind = draw_.below(10);
  airspace::ActivityPlan plan;
  plan.purpose = kind < 2   ? terms::Purpose::armed
                 : kind < 4 ? terms::Purpose::survey
                            : terms::Purpose::patrol;
  plan.unmanned = draw_.chance(40);
  const bool sponsored = machine.id.value == "south" && draw_.chance(30);
  plan.operator_id = sponsored ? PartyId{"river-air"} : machine.id;
  plan.callsigns = {"UNIT" + std::to_string(draw_.below(90) + 10)};
  const geo::PointE7 center{static_cast<std::int32_t>(lat), static_cast<std::int32_t>(lng)};
  plan.place = {"Somewhere", center};
  const UtcMs start = now_ + lead;
  plan.volumes.push_back(circle(center, floor_ft, {start, start + length}));
  if (draw_.chance(40)) {
    // The way there and back again, at another height.
    const geo::PointE7 next{center.lat_e7 + 1'000'000, center.lng_e7};
    plan.volumes.push_back(circle(next, floor_ft + 1000, {start + length, start + 2 * length}));
  }
  return plan;
}

void World::act_propose(Machine& machine, const View* replaces) {
  airspace::ActivityPlan plan = draw_plan(machine);
  if (replaces != nullptr) {
    // The same flight, a little later or somewhere else.
    plan.purpose = replaces->plan.purpose;
    plan.unmanned = replaces->plan.unmanned;
    plan.operator_id = replaces->plan.operator_id;
    plan.replaces = replaces->id;
    if (draw_.chance(60)) {
      plan.place = replaces->plan.place;
      for (geo::Volume4& volume : plan.volumes) {
        volume.area = replaces->plan.volumes.front().area;
        volume.altitude = replaces->plan.volumes.front().altitude;
      }
    }
  }
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  std::vector<record::OfficerSigner> signers = {officers[0]};
  if (draw_.chance(20)) signers.push_back(officers[1]);
  // One live amendment at a time.
  std::optional<Deed> wrong;
  if (replaces != nullptr && replaces->replaced_by) {
    const auto other = machine.node->ledger().view(*replaces->replaced_by, clock(machine));
    if (other && !is_closed(*other)) wrong = Deed::amend_twice;
  }
  submit(machine, "activity.propose", {}, airspace::write_plan(plan), signers, wrong);
}

void World::act_on_activity(Machine& machine) {
  const std::vector<View> views = machine.node->ledger().views(clock(machine));
  // The newest ones matter most; and mostly those that are not over.
  const bool open_only = draw_.chance(92);
  std::vector<const View*> recent;
  for (const View& view : views) {
    if (!open_only || !is_closed(view)) recent.push_back(&view);
  }
  if (recent.empty()) return;
  std::sort(recent.begin(), recent.end(), [](const auto* a, const auto* b) {
    return std::tie(b->proposed_at, b->id) < std::tie(a->proposed_at, a->id);
  });
  const View& view = *recent[draw_.below(std::min<std::uint64_t>(recent.size(), 10))];
  const bool own = view.owner == machine.id;
  if (is_closed(view)) return act_on_closed(machine, view);
  if (!own) return act_on_others(machine, view);
  return is_flying(view) ? act_on_flying(machine, view) : act_on_own(machine, view);
}

// ---- the owner ----

void World::act_on_own(Machine& machine, const View& view) {
  const std::uint64_t what = draw_.below(100);
  if (what < 62) return act_activate(machine, view);
  if (what < 71) return act_propose(machine, &view);
  if (what < 75 || (what < 84 && !view.conflicts.empty())) {
    return act_close(machine, view, "activity.withdraw");
  }
  if (what < 92) return act_release(machine, view);
  act_add(machine, view, "activity.offer");
}

void World::act_on_flying(Machine& machine, const View& view) {
  const std::uint64_t what = draw_.below(100);
  if (what < 8) return act_close(machine, view, "activity.end");
  if (what < 28) return act_release(machine, view);
  if (what < 36) return act_add(machine, view, "activity.contingent");
  if (what < 90) return act_propose(machine, &view);
  act_add(machine, view, "activity.offer");
}

void World::act_close(Machine& machine, const View& view, const char* type) {
  JsonWriter body = about(view);
  body.member("reason", "plans changed").end_object();
  submit(machine, type, {}, body.take(), {keys().officers.at(machine.id)[0]});
}

void World::act_release(Machine& machine, const View& view) {
  JsonWriter body = about(view);
  const std::uint64_t volumes = view.plan.volumes.size();
  if (draw_.chance(60)) {
    body.name("volumes").begin_array().value(1 + draw_.below(volumes)).end_array();
  } else {
    const TimeSpan span = view.plan.span();
    const std::uint64_t length = static_cast<std::uint64_t>(span.end - span.start);
    body.member("until", span.start + static_cast<std::int64_t>(draw_.below(length)));
  }
  body.member("reason", "not needed").end_object();
  const bool own = view.owner == machine.id;
  submit(machine, "activity.release", {}, body.take(), {keys().officers.at(machine.id)[0]},
         own ? std::nullopt : std::optional(Deed::change_of_others));
}

void World::act_add(Machine& machine, const View& view, const char* type) {
  JsonWriter body = about(view);
  body.member("reason", "engine").name("volumes").begin_array();
  const airspace::ActivityPlan plan = draw_plan(machine);
  geo::write_volume(body, plan.volumes.front());
  body.end_array().end_object();
  submit(machine, type, {}, body.take(), {keys().officers.at(machine.id)[0]});
}

void World::act_activate(Machine& machine, const View& view) {
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  const node::Node& node = *machine.node;
  const std::optional<Deed> forbidden = forbids_activation(machine, view);
  Result<airspace::Ledger::Activation> ready = node.ledger().prepare_activation(
      view.id, node.activation_notes(view.id), clock(machine), node.seen());
  if (!ready) {
    ++refusals_;
    // A stubborn officer submits it all the same, with what evidence there is.
    if (draw_.chance(forbidden ? 60 : 15)) force_activation(machine, view, forbidden);
    return;
  }
  const std::vector<std::string>& filed_by = view.steps.front().officers;
  const bool one = filed_by.size() == 1 && filed_by.front() == officers[0].keyid;
  const bool armed = view.plan.purpose == terms::Purpose::armed;
  const bool alone = armed && one && draw_.chance(40);
  submit(machine, "activity.activate", std::move(ready->refs), std::move(ready->body),
         {officers[armed && !alone ? 1 : 0]},
         alone ? std::optional(Deed::armed_one_officer) : std::nullopt);
}

// Why it must be refused, whatever evidence comes with it.
std::optional<Deed> World::forbids_activation(const Machine& machine, const View& view) const {
  const airspace::Ledger& ledger = machine.node->ledger();
  for (const airspace::StopView& stop : ledger.stops()) {
    if (!stop.lifted && (!stop.activity || *stop.activity == view.id))
      return Deed::activate_stopped;
  }
  const terms::TermsAt terms = ledger.course().now(clock(machine), terms::Function::air_activities);
  if (terms.state != terms::ForceState::in_force) return Deed::activate_suspended;
  if (view.state == ActivityState::objected) return Deed::activate_objected;
  return std::nullopt;
}

void World::force_activation(Machine& machine, const View& view, std::optional<Deed> wrong) {
  std::vector<record::Ref> refs = {view.proposal};
  for (const airspace::Step& step : view.steps) {
    if (step.type == "activity.concur") refs.push_back(step.ref);
  }
  if (!wrong && !view.offers.empty()) {
    refs.push_back(view.offers.front().step.ref);
    wrong = Deed::offer_as_consent;
  }
  JsonWriter body = about(view);
  const std::vector<std::string> notes = machine.node->activation_notes(view.id);
  for (const char* name : {"receipts", "fresh"}) {
    body.name(name).begin_array();
    for (const std::string& note : notes) body.value(note);
    body.end_array();
  }
  body.end_object();
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  submit(machine, "activity.activate", std::move(refs), body.take(), {officers[0], officers[1]},
         wrong);
}

// ---- closed flights ----

// On one that was replaced everything is too late.
void World::act_on_closed(Machine& machine, const View& view) {
  if (!view.replaced_by) return;
  const bool own = view.owner == machine.id;
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  if (!own && machine.id.value == "monitor") return;
  if (own && draw_.chance(50)) return force_activation(machine, view, Deed::act_on_replaced);
  JsonWriter body = about(view);
  if (own) body.member("reason", "landed");
  submit(machine, own ? "activity.end" : "activity.concur",
         own ? std::vector<record::Ref>{} : std::vector{view.proposal}, body.end_object().take(),
         {officers[0], officers[1]}, Deed::act_on_replaced);
}

// ---- the other side ----

void World::act_on_others(Machine& machine, const View& view) {
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  const std::uint64_t what = draw_.below(100);
  if (what < 4) return act_release(machine, view);
  if (is_flying(view) && what >= 10) return;
  const bool needed = has(view.read_back_needed, machine.id);
  if (what < 10 || (needed && what < 75)) return act_read_back(machine, view);
  if (what < 94) return act_concur(machine, view);
  JsonWriter body = about(view);
  body.member("clause", "3").member("reason", "too close").end_object();
  submit(machine, "activity.object", {view.proposal}, body.take(), {officers[1]});
}

void World::act_read_back(Machine& machine, const View& view) {
  const terms::TermsAt terms =
      machine.node->ledger().course().now(clock(machine), terms::Function::air_activities);
  const std::vector<terms::NamedPlace>& places = terms.agreement->places();
  const terms::NamedPlace& place = places[draw_.below(places.size())];
  const geo::PointE7 middle = view.plan.volumes.front().area.middle();
  auto metres = static_cast<std::int64_t>(geo::distance_m(place.point, middle));
  const auto bearing = static_cast<int>(geo::bearing_deg(place.point, middle)) % 360;
  const std::uint64_t how = draw_.below(100);
  // Wrong numbers: it may say that it does not agree, but not that it does.
  const bool off = how < 14;
  const bool agrees = how >= 6;
  if (off) metres += 20'000;
  JsonWriter body = about(view);
  body.member("place", place.name.at("en")).member("distance_m", metres);
  body.member("bearing_deg", bearing).member("agrees", agrees);
  body.member("reason", agrees ? "" : "another place here").end_object();
  submit(machine, "activity.read_back", {view.proposal}, body.take(),
         {keys().officers.at(machine.id)[2]},
         off && agrees ? std::optional(Deed::false_read_back) : std::nullopt);
}

void World::act_concur(Machine& machine, const View& view) {
  const std::vector<record::OfficerSigner>& officers = keys().officers.at(machine.id);
  const std::uint64_t first = draw_.below(3);
  std::vector<record::OfficerSigner> signers = {officers[first]};
  if (draw_.chance(70)) signers.push_back(officers[(first + 1) % 3]);
  std::optional<Deed> wrong;
  if (has(view.read_back_needed, machine.id)) wrong = Deed::not_read_back;
  // The same officer gives no second key, in two statements or in one.
  std::set<std::string> have;
  for (const airspace::Step& step : view.steps) {
    if (step.party != machine.id) continue;
    if (step.type != "activity.concur") have.clear();
    if (step.type == "activity.concur") have.insert(step.officers.begin(), step.officers.end());
  }
  if (!have.empty() && draw_.chance(30)) {
    const auto one = std::find_if(officers.begin(), officers.end(), [&](const auto& officer) {
      return have.contains(officer.keyid);
    });
    signers = {*one};
    wrong = Deed::same_officer_again;
  } else if (draw_.chance(5)) {
    signers = {officers[first], officers[first]};
    wrong = Deed::same_officer_twice;
  }
  submit(machine, "activity.concur", {view.proposal}, about(view).end_object().take(), signers,
         wrong);
}

}  // namespace detente::sim
