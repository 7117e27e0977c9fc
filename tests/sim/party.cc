// SPDX-License-Identifier: Apache-2.0
//
// One node on its machine: set-up, steps, crashes, and its messages.
#include <cstdio>
#include <cstdlib>

#include "sim/world.h"

namespace detente::sim {
namespace {

constexpr std::int64_t kTickMs = 60'000;

crypto::SecretKey test_key(std::uint8_t party, std::uint8_t role) {
  crypto::Seed seed{};
  seed[0] = party;
  seed[1] = role;
  seed[31] = 0x5A;
  return crypto::SecretKey::from_seed(seed);
}

// The agreement of the simulation: short clocks, so that much happens in a simulated hour.
std::string agreement_text(const std::map<std::string, std::string>& party_keys) {
  const auto party = [&](const char* id, const char* kind) {
    return std::string(R"({"id":")") + id + R"(","name":")" + id + R"(","kind":")" + kind +
           R"(","keys":)" + party_keys.at(id) + "}";
  };
  return R"({"detente":"agreement/v1","id":"sim","title":{"en":"Simulated agreement"},)"
         R"("valid":{"start":"2016-07-01T00:00:00Z","end":"2016-12-31T00:00:00Z"},"parties":[)" +
         party("north", "party") + "," + party("south", "party") + "," +
         party("monitor", "monitor") +
         R"(],"adherents":[],"area_classes":[{"id":"closed","name":"Closed area"}],)"
         R"("areas":[{"id":"a1","name":"Closed","class":"closed","area":{"polygon":)"
         R"([[350000000,360000000],[350000000,362000000],[352000000,362000000],[352000000,360000000]]}}],)"
         R"("clauses":[{"id":"3","text":{"en":"Closed."}},{"id":"6","text":{"en":"Notice."}},)"
         R"({"id":"7","text":{"en":"Separation."}}],)"
         R"("rules":[{"clause":"3","effect":"declare","classes":["closed"]}],)"
         R"("procedures":[{"clause":"6","lead_s":600,"concurrences":)"
         R"([{"party":"north","officers":2},{"party":"south","officers":2}]}],)"
         R"("separation":{"clause":"7","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},)"
         R"("clocks":{"heartbeat_s":180,"fresh_s":400,"cut_s":900,"stop_ack_s":60,"track_gap_s":120}})";
}

Keys make_keys() {
  Keys out;
  std::map<std::string, std::string> party_keys;
  std::uint8_t number = 1;
  for (const char* name : {"north", "south", "monitor"}) {
    const PartyId id{name};
    const std::string host = std::string(name) + ".example";
    node::NodeKeys node{
        record::make_signer(host + "/detente/1", record::KeyType::ed25519, test_key(number, 1)),
        record::make_signer(host + "/witness", record::KeyType::cosignature_v1,
                            test_key(number, 2)),
        record::make_signer(host + "/mirror", record::KeyType::cosignature_v1, test_key(number, 3)),
        record::OfficerSigner{std::string(name) + "/watch", test_key(number, 4)}};
    out.roots.emplace(id, record::OfficerSigner{std::string(name) + "/root", test_key(number, 5)});
    for (std::uint8_t officer = 0; officer < 3; ++officer) {
      const std::uint8_t role = static_cast<std::uint8_t>(10 + officer);
      out.officers[id].push_back(
          {std::string(name) + "/duty-" + std::to_string(officer + 1), test_key(number, role)});
    }
    JsonWriter json;
    json.begin_object().member("root", to_base64(out.roots.at(id).secret.public_key()));
    json.member("log", node.log.key.text()).member("witness", node.witness.key.text());
    json.member("mirror", node.mirror.key.text()).end_object();
    party_keys[name] = json.take();
    out.nodes.emplace(id, std::move(node));
    ++number;
  }
  Result<terms::Agreement> agreement = terms::Agreement::make(agreement_text(party_keys));
  if (!agreement) {
    std::fprintf(stderr, "simulated agreement: %s\n", agreement.error().text().c_str());
    std::exit(2);
  }
  out.agreement = std::make_shared<const terms::Agreement>(std::move(*agreement));
  return out;
}

}  // namespace

const Keys& keys() {
  static const Keys made = make_keys();
  return made;
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
  config.opening = !set_up_done_;
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
    if (const auto* answer = std::get_if<node::Answer>(&effect)) {
      if (answer->result) {
        answered_[{machine.id, answer->result->index.value}] = answer->result->leaf;
        on_logged(machine, *answer->result);
      } else {
        ++refusals_;
        tell(machine.id.value + " refuses: " + answer->result.error().text());
      }
    }
    if (failure_ || generation != machine.generation) return;
  }
}

// A node says so in its log when it has taken its log back from peers.
void World::count_rebuilt(const node::StoreEntries& store) {
  for (const Bytes& entry : store.entries) {
    if (as_text(entry).find("detente.log.rebuilt.v1") != std::string_view::npos) ++rebuilt_;
  }
}

void World::send(const PartyId& from, const PartyId& to, std::function<void()> deliver) {
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
