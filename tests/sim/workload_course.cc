// SPDX-License-Identifier: Apache-2.0
//
// What signatories do with the agreement: versions, suspensions, stages.
#include <algorithm>

#include "sim/world.h"

namespace detente::sim {

void World::act_on_agreement(Machine& machine) {
  const std::uint64_t what = draw_.below(100);
  if (machine.id.value == "monitor") {
    if (what < 50) return put_state(machine, "", "suspended", Deed::monitor_signs);
    return sign_version(machine, *keys().second, now_ + 600'000, Deed::monitor_signs);
  }
  if (what < 45) return act_on_version(machine);
  if (what < 65) return act_on_state(machine);
  act_on_stage(machine);
}

// ---- versions ----

void World::act_on_version(Machine& machine) {
  const UtcMs now = clock(machine);
  const terms::AgreementLedger& course = machine.node->ledger().course();
  const std::int64_t later = static_cast<std::int64_t>((8 + draw_.below(25)) * 60'000);
  if (course.now(now, terms::Function::air_activities).agreement->version() == 2) {
    return sign_version(machine, *keys().rival, now + later, Deed::old_version);
  }
  // What the other side offers is signed in the same words, or not at all; what this side has
  // offered stands.
  const terms::AgreementView view = course.view(now);
  const terms::VersionView* theirs = nullptr;
  for (const terms::VersionView& version : view.versions) {
    if (version.version == 1 || version.effective <= now) continue;
    const bool own = std::any_of(version.signatures.begin(), version.signatures.end(),
                                 [&](const auto& act) { return act.party == machine.id; });
    if (own && !draw_.chance(15)) return;
    if (own) {
      step(machine, node::Document{keys().rival->bytes()});
      return sign_version(machine, *keys().rival, now + later, Deed::second_offer);
    }
    theirs = &version;
  }
  if (theirs == nullptr) {
    // Now and then they want different things.
    const bool other = draw_.chance(10);
    const terms::Agreement& wanted = other ? *keys().rival : *keys().second;
    step(machine, node::Document{wanted.bytes()});
    return sign_version(machine, wanted, now + later, {});
  }
  const bool second = theirs->sha256 == keys().second->sha256_hex();
  const terms::Agreement& offered = second ? *keys().second : *keys().rival;
  // The document may not have come yet: then it is brought by hand, or the guard refuses.
  if (draw_.chance(30)) step(machine, node::Document{offered.bytes()});
  sign_version(machine, offered, theirs->effective, {});
}

void World::sign_version(Machine& machine, const terms::Agreement& version, UtcMs effective,
                         std::optional<Deed> wrong) {
  JsonWriter body;
  body.begin_object().member("version", version.version());
  body.member("sha256", version.sha256_hex()).member("amends", version.amends());
  body.member("effective", effective).member("reason", "agreed").end_object();
  submit(machine, "agreement.amend", {}, body.take(), keys().signatories.at(machine.id), wrong);
}

// ---- states ----

// What this party has withdrawn from, by its own log.
std::optional<std::string> World::function_left(const Machine& machine) {
  const DiskLog* own = log_of(machine, machine.id);
  for (const Bytes& bytes : own == nullptr ? std::vector<Bytes>{} : own->entries) {
    const Result<record::Entry> entry = record::parse_entry(bytes);
    if (!entry || entry->statement.type != "agreement.state") continue;
    const JsonReader body = entry->statement.body();
    if (body.string("state", 64).value_or("") != "withdrawn") continue;
    return body.string("function", 64, true).value_or("");
  }
  return std::nullopt;
}

// Suspensions are lifted soon, or nothing else would happen; some are forgotten. A withdrawal is
// final, so it comes late.
void World::act_on_state(Machine& machine) {
  if (!machine.node) return;
  if (const auto left = function_left(machine)) {
    return put_state(machine, *left, "in_force", Deed::resume_after_leaving);
  }
  constexpr std::array<const char*, 4> functions = {"", "air_activities", "air_activities",
                                                    "exchange"};
  const std::string function = functions[draw_.below(4)];
  const bool late = now_ + std::int64_t{15} * 60'000 > faults_end_;
  if (late && draw_.chance(50)) {
    at(now_ + 120'000, [this, &machine] { act_on_state(machine); });
    return put_state(machine, function, "withdrawn");
  }
  if (late || draw_.chance(50)) return put_state(machine, function, "in_force");
  put_state(machine, function, "suspended");
  if (draw_.chance(5)) return;
  const std::int64_t length = static_cast<std::int64_t>(60'000 + draw_.below(360'000));
  // Twice: the node may be down, or may sign nothing, the first time.
  for (const std::int64_t wait : {length, length + 120'000}) {
    at(now_ + wait, [this, &machine, function] { put_state(machine, function, "in_force"); });
  }
}

void World::put_state(Machine& machine, const std::string& function, const std::string& state,
                      std::optional<Deed> wrong) {
  JsonWriter body;
  body.begin_object().member("function", function).member("state", state);
  body.member("reason", "shelling").end_object();
  submit(machine, "agreement.state", {}, body.take(), keys().signatories.at(machine.id), wrong);
}

// ---- stages ----

void World::act_on_stage(Machine& machine) {
  const terms::AgreementView view = machine.node->ledger().course().view(clock(machine));
  const std::string current = view.stage ? view.stage->value : "";
  if (current.empty()) {
    // Mostly the first stage; the second cannot begin before it.
    if (draw_.chance(25)) return begin_stage(machine, "S2", Deed::lone_stage);
    return begin_stage(machine, "S1", {});
  }
  if (draw_.chance(current == "S1" ? 75 : 10)) return begin_stage(machine, "S2", {});
  reset_stage(machine, current);
}

void World::begin_stage(Machine& machine, const std::string& stage, std::optional<Deed> wrong) {
  const terms::TermsAt terms =
      machine.node->ledger().course().now(clock(machine), terms::Function::air_activities);
  JsonWriter body;
  body.begin_object().member("stage", stage).member("sha256", terms.agreement->sha256_hex());
  body.end_object();
  const std::vector<record::OfficerSigner>& signatories = keys().signatories.at(machine.id);
  submit(machine, "stage.begin", {}, body.take(), {signatories[0]}, wrong);
}

// With a suspension as the evidence, if there was one; it may be older than the stage.
void World::reset_stage(Machine& machine, const std::string& stage) {
  std::vector<record::Ref> evidence;
  const terms::AgreementView view = machine.node->ledger().course().view(clock(machine));
  for (const terms::FunctionView& function : view.functions) {
    for (const terms::SignedAct& act : function.acts) evidence.push_back(act.ref);
  }
  const bool bare = evidence.empty() || draw_.chance(20);
  if (bare) evidence.clear();
  JsonWriter body;
  body.begin_object().member("stage", stage).member("clause", "9");
  body.member("reason", "see there").end_object();
  const std::vector<record::OfficerSigner>& signatories = keys().signatories.at(machine.id);
  submit(machine, "stage.reset", std::move(evidence), body.take(), {signatories[0]},
         bare ? std::optional(Deed::bare_reset) : std::nullopt);
}

}  // namespace detente::sim
