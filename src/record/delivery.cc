// SPDX-License-Identifier: Apache-2.0
#include "record/delivery.h"

#include <algorithm>
#include <array>

namespace detente::record {
namespace {

// A step for which there is no proof: where its clocks stand.
DeliveryStep without_proof(UtcMs since, std::optional<UtcMs> last_chance,
                           const DeliveryPolicy& policy, UtcMs now) {
  DeliveryStep out;
  out.due = since + policy.overdue_ms;
  if (last_chance && *last_chance < *out.due) out.due = last_chance;
  out.state = now <= *out.due ? StepState::pending : StepState::overdue;
  if (last_chance && now > *last_chance) out.state = StepState::missing;
  return out;
}

DeliveryStep by_machine(const StatementFacts& facts, const Cosigned* proof, const std::string& key,
                        const DeliveryPolicy& policy, UtcMs now) {
  if (proof == nullptr) return without_proof(facts.time, std::nullopt, policy, now);
  DeliveryStep out;
  out.state = StepState::done;
  out.time = proof->time;
  out.by = key;
  out.size = proof->size;
  return out;
}

DeliveryStep by_person(const PersonAct* act, bool asked, const StatementFacts& facts,
                       const DeliveryStep& held, const DeliveryPolicy& policy, UtcMs now) {
  if (act == nullptr) {
    if (!asked) return {};
    // Nobody can answer what is not there: the clock starts when the party holds it.
    return without_proof(held.time.value_or(facts.time), facts.answer_by, policy, now);
  }
  DeliveryStep out;
  out.state = StepState::done;
  out.time = act->time;
  out.by = act->officer;
  out.what = act->what;
  out.index = act->index;
  return out;
}

// The first act of a party; of one time, the first in its log.
const PersonAct* first_act(const std::vector<PersonAct>& acts, const std::string& party) {
  const PersonAct* found = nullptr;
  for (const PersonAct& act : acts) {
    if (act.party == party && (found == nullptr || act.index < found->index)) found = &act;
  }
  return found;
}

const PersonAct* last_act(const std::vector<PersonAct>& acts, const std::string& party) {
  const PersonAct* found = nullptr;
  for (const PersonAct& act : acts) {
    if (act.party == party && (found == nullptr || found->index < act.index)) found = &act;
  }
  return found;
}

struct Holding {
  UtcMs time;
  std::string party;
};

// When the entry counts as delivered to a counterpart that has not held it by then.
std::optional<Deemed> deemed_delivery(const StatementFacts& facts, const DeliveryStep& held,
                                      const std::vector<Holding>& neutral,
                                      const DeliveryPolicy& policy, UtcMs now) {
  if (policy.deemed_quorum < 1) return std::nullopt;
  const auto quorum = static_cast<std::size_t>(policy.deemed_quorum);
  if (neutral.size() < quorum) return std::nullopt;
  // The writer's clock may be wrong, so the counterpart's time runs from the first neutral proof
  // that the entry was to be had at all, if that is later.
  const UtcMs offered = std::max(facts.time, neutral.front().time);
  Deemed out;
  out.since = std::max(offered + policy.overdue_ms, neutral[quorum - 1].time + policy.deemed_ms);
  if (now <= out.since || (held.time && *held.time <= out.since)) return std::nullopt;
  for (std::size_t i = 0; i < quorum; ++i) out.holders.push_back(neutral[i].party);
  return out;
}

}  // namespace

const char* step_state_name(StepState state) {
  switch (state) {
    case StepState::done:
      return "done";
    case StepState::pending:
      return "pending";
    case StepState::overdue:
      return "overdue";
    case StepState::missing:
      return "missing";
    case StepState::not_asked:
      return "not_asked";
  }
  return "not_asked";
}

bool wants_reading(std::string_view type) {
  constexpr std::array<std::string_view, 21> kRead = {
      "activity.propose", "activity.object",     "activity.withdraw", "activity.read_back",
      "activity.release", "activity.contingent", "activity.offer",    "stop.send",
      "stop.lift",        "finding.open",        "note.text",         "incident.report",
      "evidence.found",   "agreement.state",     "agreement.amend",   "stage.begin",
      "stage.reset",      "exception.declare",   "warning.send",      "warning.over",
      "message.send"};
  return std::find(kRead.begin(), kRead.end(), type) != kRead.end();
}

std::vector<PartyDelivery> delivery(const StatementFacts& facts, const ReceiptBook& book,
                                    const std::vector<DeliveryParty>& parties,
                                    const DeliveryPolicy& policy, UtcMs now) {
  std::vector<Holding> neutral;
  std::vector<PartyDelivery> out;
  for (const DeliveryParty& party : parties) {
    if (party.id == facts.owner) continue;
    PartyDelivery steps;
    steps.party = party.id;
    steps.neutral = party.neutral;
    const Cosigned* seen = book.receipt(party.id, ReceiptLevel::seen, facts.index);
    const Cosigned* held = book.receipt(party.id, ReceiptLevel::held, facts.index);
    steps.seen = by_machine(facts, seen, party.witness_key, policy, now);
    steps.held = by_machine(facts, held, party.mirror_key, policy, now);
    if (party.neutral && held != nullptr) neutral.push_back({held->time, party.id});
    const bool read_asked = !party.neutral && wants_reading(facts.type);
    const bool asked =
        std::find(facts.asked.begin(), facts.asked.end(), party.id) != facts.asked.end();
    steps.read =
        by_person(first_act(facts.acts, party.id), read_asked, facts, steps.held, policy, now);
    // The last answer counts: who concurred may still object.
    steps.decided =
        by_person(last_act(facts.decisions, party.id), asked, facts, steps.held, policy, now);
    out.push_back(std::move(steps));
  }
  std::sort(neutral.begin(), neutral.end(), [](const Holding& a, const Holding& b) {
    return a.time == b.time ? a.party < b.party : a.time < b.time;
  });
  for (PartyDelivery& steps : out) {
    if (steps.neutral) continue;
    steps.deemed = deemed_delivery(facts, steps.held, neutral, policy, now);
  }
  return out;
}

}  // namespace detente::record
