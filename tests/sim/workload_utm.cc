// SPDX-License-Identifier: Apache-2.0
//
// What drone operators' services ask of a node. What each must be answered is told beforehand from
// the entries of the node's own log, without the registry.
#include <algorithm>
#include <cmath>

#include "sim/world.h"

namespace detente::sim {
namespace {

constexpr unsigned kEveryScope = 31;
constexpr std::int64_t kMargin = 600'000;  // ms: no clock in the simulation is so far out
constexpr std::array<const char*, 2> kManagers = {"uss1", "uss2"};

// An intent as its last statement has it.
struct Intent {
  std::string manager;
  std::string ovn;
  geo::Volume4 volume;
};

using Intents = std::map<std::string, Intent>;

Intents intents_of(const std::vector<record::Entry>& log) {
  Intents out;
  for (const record::Entry& entry : log) {
    const JsonReader body = entry.statement.body();
    const std::string id = body.string("id", 64, true).value_or("");
    if (entry.statement.type == "utm.delete") out.erase(id);
    if (entry.statement.type != "utm.intent") continue;
    const auto extents = body.array("extents", 10);
    out.insert_or_assign(
        id, Intent{body.string("manager", 64).value_or(""), body.string("ovn", 128).value_or(""),
                   geo::read_volume(extents->front()).value()});
  }
  return out;
}

const geo::Circle& circle_of(const geo::Volume4& volume) {
  return std::get<geo::Circle>(volume.area.shape());
}

// Far enough on one side of the limit that the plain formula and the exact one agree.
enum class Meet : std::uint8_t { no, yes, near };
Meet meet(const geo::Volume4& a, const geo::Volume4& b) {
  const bool apart = a.altitude.upper_mm < b.altitude.lower_mm ||
                     b.altitude.upper_mm < a.altitude.lower_mm || a.time.end < b.time.start ||
                     b.time.end < a.time.start;
  if (apart) return Meet::no;
  const geo::Circle& x = circle_of(a);
  const geo::Circle& y = circle_of(b);
  const double sum = static_cast<double>(x.radius_mm + y.radius_mm) / 1'000;
  const double distance = geo::distance_m(x.center, y.center);
  if (std::abs(distance - sum) < 50) return Meet::near;
  return distance < sum ? Meet::yes : Meet::no;
}

// What the node takes for now: its log's time never goes back, whatever its clock does.
UtcMs time_of(const std::vector<record::Entry>& log, UtcMs clock) {
  return log.empty() ? clock : std::max(clock, log.back().header.time);
}

std::string uuid(std::uint64_t number) {
  std::string digits = std::to_string(number);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

}  // namespace

// The machine's own log from its owner's disk; what rotted there, from the others'. Empty if it is
// nowhere whole.
std::vector<record::Entry> World::own_entries(const Machine& machine) const {
  std::vector<record::Entry> out;
  for (std::uint64_t i = 0; i < machine.node->own().size().value; ++i) {
    Result<record::Entry> entry = machine.node->own().entry(LeafIndex{i});
    for (const auto& [id, other] : machines_) {
      if (entry || !other.node) continue;
      const node::HeldLog* const copy = other.node->log(machine.id);
      if (copy != nullptr && i < copy->size().value) entry = copy->entry(LeafIndex{i});
    }
    if (!entry) return {};
    out.push_back(std::move(*entry));
  }
  return out;
}

void World::ask_utm(Machine& machine, const std::string& manager, utm::Write write,
                    UtmExpected expected) {
  const std::uint64_t request = next_request_++;
  utm_expected_.emplace(request, std::move(expected));
  node::UtmWrites writes;
  writes.writes.push_back({request, {manager, kEveryScope}, std::move(write)});
  step(machine, std::move(writes));
}

void World::on_utm_answer(Machine& machine, const node::UtmAnswer& answer) {
  const auto found = utm_expected_.find(answer.request);
  if (found == utm_expected_.end()) return;
  const UtmExpected expected = found->second;
  utm_expected_.erase(found);
  // Behind the fence nothing is written.
  if (answer.status == 503) return;
  if (std::find(expected.statuses.begin(), expected.statuses.end(), answer.status) ==
      expected.statuses.end()) {
    return fail_now(machine.id.value + " answers " + std::to_string(answer.status) +
                    " to: " + deed_name(expected.deed) + ": " + answer.body);
  }
  ++deeds_[static_cast<std::size_t>(expected.deed)];
  if (is_wrong(expected.deed)) return;
  const std::uint64_t index = machine.node->own().size().value - 1;
  answered_[{machine.id, index}] = machine.node->own().entry(LeafIndex{index})->leaf;
}

void World::act_on_utm(Machine& machine) {
  const std::vector<record::Entry> log = own_entries(machine);
  if (log.empty()) return;
  const Intents held = intents_of(log);
  const UtcMs now = time_of(log, clock(machine));
  const std::string manager = kManagers[draw_.below(2)];
  const std::uint64_t what = draw_.below(100);
  if (what < 10) return act_subscribe(machine, manager, now);
  if (what < 40 && !held.empty()) {
    auto at = held.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(draw_.below(held.size())));
    if (at->second.volume.time.end < now + kMargin) return;
    const bool own = at->second.manager == manager;
    return ask_utm(
        machine, manager, utm::DeleteEntity{utm::Kind::intent, at->first, at->second.ovn},
        own ? UtmExpected{Deed::utm_delete, {200}} : UtmExpected{Deed::utm_delete_others, {403}});
  }
  act_intent(machine, manager, log, now);
}

void World::act_subscribe(Machine& machine, const std::string& manager, UtcMs now) {
  const airspace::ActivityPlan plan = draw_plan(machine);
  utm::PutSubscription put;
  put.id = uuid(next_request_);
  put.body.extents =
      wire::f3548::Volume4D{plan.volumes.front().area, {}, {}, now, now + 12 * kMargin};
  put.body.base_url = "https://" + manager + ".example";
  put.body.for_intents = true;
  ask_utm(machine, manager, std::move(put), {Deed::utm_subscribe, {200}});
}

// A new one, or an update of one; the key has what it needs, or lacks one on purpose.
void World::act_intent(Machine& machine, const std::string& manager,
                       const std::vector<record::Entry>& log, UtcMs now) {
  const Intents held = intents_of(log);
  const airspace::ActivityPlan plan = draw_plan(machine);
  geo::Volume4 volume = plan.volumes.front();
  volume.altitude = {0, static_cast<std::int64_t>(50'000 + draw_.below(100'000)),
                     geo::AltitudeReference::wgs84};
  volume.time = {now + 60'000, now + static_cast<std::int64_t>((5 + draw_.below(120)) * 60'000)};
  utm::PutIntent put;
  put.id = uuid(next_request_);
  UtmExpected expected{Deed::utm_create, {201}};
  for (const auto& [id, intent] : held) {
    const bool mine = intent.manager == manager && intent.volume.time.end > now + kMargin;
    if (!mine || !draw_.chance(20)) continue;
    put.id = id;
    const bool old = draw_.chance(30);
    put.ovn = old ? std::string(44, 'x') : intent.ovn;
    expected =
        old ? UtmExpected{Deed::utm_old_version, {409}} : UtmExpected{Deed::utm_update, {200}};
    break;
  }
  const bool forget = draw_.chance(25);
  bool forgot = false;
  for (const auto& [id, intent] : held) {
    if (id == put.id) continue;
    const bool surely =
        meet(intent.volume, volume) == Meet::yes && intent.volume.time.end > now + kMargin;
    if (forget && !forgot && surely) {
      forgot = true;
      continue;
    }
    put.body.key.push_back(intent.ovn);
  }
  if (forgot) expected = {Deed::utm_without_key, {409}};
  put.body.extents = {wire::f3548::Volume4D{volume.area, volume.altitude.lower_mm,
                                            volume.altitude.upper_mm, volume.time.start,
                                            volume.time.end}};
  put.body.base_url = "https://" + manager + ".example";
  ask_utm(machine, manager, std::move(put), std::move(expected));
}

// A registry that is given the node's own log whole says what the node's says.
void World::check_utm(const Machine& machine) {
  utm::Registry plain;
  const std::vector<record::Entry> log = own_entries(machine);
  for (const record::Entry& entry : log) {
    plain.apply(entry.statement.type, entry.statement.body(), entry.header.time);
  }
  const UtcMs now = std::max(clock(machine), now_);
  const auto text = [now](const utm::Registry& registry) {
    std::string out;
    for (const utm::Entity* const one : registry.all(utm::Kind::intent, now)) {
      out += one->id + " " + one->ovn + "\n";
    }
    for (const utm::Subscription* const one : registry.all_subscriptions(now)) {
      out += one->id + " " + std::to_string(one->notification_index) + "\n";
    }
    return out;
  };
  if (text(plain) != text(machine.node->utm())) {
    fail_now(machine.id.value + " shows drone operators something else than its log");
  }
  // What an all-knowing observer counts from the raw entries.
  std::size_t live = 0;
  for (const auto& [id, intent] : intents_of(log)) {
    if (now <= intent.volume.time.end) ++live;
  }
  if (machine.node->utm().all(utm::Kind::intent, now).size() != live) {
    fail_now(machine.id.value + " holds another number of intents than its log");
  }
}

}  // namespace detente::sim
