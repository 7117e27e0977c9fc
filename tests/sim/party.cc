// SPDX-License-Identifier: Apache-2.0
//
// One node on its machine: set-up, steps, crashes, and its messages.
#include <unordered_map>

#include "crypto/hash.h"
#include "sim/world.h"

namespace detente::sim {
namespace {

constexpr std::int64_t kTickMs = 60'000;

}  // namespace

bool verify_once(const crypto::PublicKey& key, ByteView message,
                 const crypto::Signature& signature) {
  static std::unordered_map<std::string, bool> known;
  constexpr std::size_t kept = 100'000;
  if (known.size() > kept) known.clear();
  const Hash all = crypto::sha256({key, message, signature});
  const auto [at, fresh] = known.try_emplace(std::string(as_text(all)), false);
  if (fresh) at->second = crypto::verify(key, message, signature);
  return at->second;
}

void World::restart(Machine& machine) {
  ++machine.generation;
  machine.node.reset();
  node::NodeConfig config{keys().agreement,
                          machine.id,
                          keys().nodes.at(machine.id),
                          [this](std::span<std::uint8_t> out) {
                            for (std::uint8_t& b : out) b = static_cast<std::uint8_t>(draw_.next());
                          },
                          machine.disk.reader(),
                          60'000};
  sweep_files(machine);
  machine.disk.recover();
  config.evidence = machine.disk.evidence;
  config.documents = machine.disk.documents();
  config.opening = !set_up_done_;
  config.verify = verify_once;
  Result<node::Node> started = node::Node::start(std::move(config), machine.disk.load(), now_);
  if (!started) {
    fail_now(machine.id.value + " does not start: " + started.error().text());
    return;
  }
  machine.node = std::make_unique<node::Node>(std::move(*started));
}

void World::set_up(Machine& machine) {
  restart(machine);
  if (failure_) return;
  const record::OfficerSigner& root = keys().roots.at(machine.id);
  const terms::PartyKeys& party = *keys().agreement->party(machine.id)->keys;
  const auto by_root = [&](const std::string& type, std::string body) {
    submit(machine, type, {}, std::move(body), {root});
  };
  JsonWriter open;
  open.begin_object().member("party", machine.id.value).member("epoch", 1);
  open.member("log", party.log.text()).member("witness", party.witness.text());
  open.member("mirror", party.mirror.text()).end_object();
  by_root("log.open", open.take());
  const auto add = [&](const record::OfficerSigner& officer, const char* role) {
    JsonWriter body;
    body.begin_object().member("keyid", officer.keyid);
    body.member("key", to_base64(officer.secret.public_key())).name("roles").begin_array();
    body.value(role).end_array().member("name", officer.keyid);
    body.member("expires", now_ + 86'400'000).end_object();
    by_root("key.add", body.take());
  };
  add(*keys().nodes.at(machine.id).watch, "watch");
  for (const record::OfficerSigner& officer : keys().officers.at(machine.id)) {
    add(officer, "duty_officer");
  }
  for (const record::OfficerSigner& officer : keys().signatories.at(machine.id)) {
    add(officer, "signatory");
  }
  JsonWriter sign;
  sign.begin_object().member("sha256", keys().agreement->sha256_hex()).end_object();
  by_root("agreement.sign", sign.take());
}

void World::schedule_ticks(Machine& machine) {
  step(machine, node::Tick{});
  at(now_ + kTickMs, [this, &machine] { schedule_ticks(machine); });
}

void World::step(Machine& machine, node::Input input) {
  if (failure_ || !machine.node) return;
  const node::Effects effects = machine.node->step(std::move(input), clock(machine));
  carry_out(machine, effects);
}

void World::carry_out(Machine& machine, const node::Effects& effects) {
  const bool faulty = set_up_done_ && now_ < faults_end_;
  const std::uint64_t generation = machine.generation;
  if (faulty && effects.size() > 2 && draw_.below(1000) < 2 && cut_power(machine, effects)) return;
  for (const node::Effect& effect : effects) {
    if (faulty && effects.size() > 2 && draw_.below(1000) < 2) {
      count(Fault::crash_between_effects);
      tell(machine.id.value + " crashes between effects");
      restart(machine);
      return;
    }
    const Status done = machine.disk.carry_out(effect);
    if (!done) {
      fail_now(machine.id.value + " disk: " + done.error().text());
      return;
    }
    if (const auto* head = std::get_if<node::PublishHead>(&effect)) on_published(machine, *head);
    if (const auto* store = std::get_if<node::StoreEntries>(&effect)) {
      if (store->origin == origin_of(machine.id)) count_rebuilt(*store);
    }
    if (const auto* fetch = std::get_if<node::Fetch>(&effect)) on_fetch(machine, *fetch);
    if (const auto* nudge = std::get_if<node::Nudge>(&effect)) {
      const PartyId to = nudge->peer;
      const PartyId from = machine.id;
      send(from, to, [this, to, from] { step(machines_.at(to), node::Nudged{from}); });
    }
    if (const auto* flash = std::get_if<node::SendFlash>(&effect)) {
      const PartyId to = flash->peer;
      const node::Flashed flashed{machine.id, flash->text};
      send(machine.id, to, [this, to, flashed] { step(machines_.at(to), flashed); });
    }
    if (const auto* answer = std::get_if<node::Answer>(&effect)) on_answer(machine, *answer);
    if (const auto* told = std::get_if<node::UtmAnswer>(&effect)) on_utm_answer(machine, *told);
    if (failure_ || generation != machine.generation) return;
  }
}

// A node says so in its log when it has taken its log back from peers.
void World::count_rebuilt(const node::StoreEntries& store) {
  for (const Bytes& entry : store.entries) {
    if (as_text(entry).find("detente.log.rebuilt.v1") != std::string_view::npos) ++rebuilt_;
  }
}

void World::send(const PartyId& from, const PartyId& to, const std::function<void()>& deliver) {
  const bool faulty = now_ < faults_end_;
  if (cut(from, to)) return;
  if (faulty && draw_.chance(5)) {
    count(Fault::message_dropped);
    return;
  }
  std::int64_t delay = static_cast<std::int64_t>(5 + draw_.below(200));
  if (faulty && draw_.chance(3)) {
    count(Fault::message_delayed_long);
    delay += static_cast<std::int64_t>(draw_.below(90'000));
  }
  if (faulty && draw_.chance(3)) {
    count(Fault::message_repeated);
    const std::int64_t again = delay + static_cast<std::int64_t>(draw_.below(30'000));
    at(now_ + again, deliver);
  }
  at(now_ + delay, [this, from, to, deliver] {
    if (!cut(from, to)) deliver();
  });
}

void World::on_fetch(Machine& machine, const node::Fetch& fetch) {
  const PartyId from = machine.id;
  const PartyId to = fetch.peer;
  const std::string path = fetch.path;
  const std::uint64_t generation = machine.generation;
  send(from, to, [this, from, to, path, generation] {
    if (!machines_.at(to).node) return;
    const Result<Bytes> bytes = serve(to, from, path);
    send(to, from, [this, from, to, path, generation, bytes] {
      Machine& asker = machines_.at(from);
      if (asker.generation == generation) step(asker, node::Fetched{to, path, bytes});
    });
  });
}

}  // namespace detente::sim
