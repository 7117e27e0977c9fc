// SPDX-License-Identifier: Apache-2.0
//
// What counts, and what does not. Every rule here reads prefixes of logs only: the own log up to
// the act, another log up to what the act's log had seen of it.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "airspace/ledger_core.h"

namespace detente::airspace {
namespace {

// Notes are kept by their text so that a line is verified once; a cache this size is a few MB.
constexpr std::size_t kNotesKept = 4096;

std::string hours(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  if (minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace

Result<ActivityPlan> LedgerCore::read_own_plan(const JsonReader& body, const PartyId& owner) const {
  DETENTE_TRY(ActivityPlan plan, read_plan(body, *agreement_));
  const std::optional<PartyId> sponsor = agreement_->sponsor_of(plan.operator_id);
  if (sponsor != owner) {
    return fail(Errc::activity_malformed,
                fmt::format("{} does not answer for {}", owner.value, plan.operator_id.value),
                body.place_of("operator"));
  }
  return plan;
}

void LedgerCore::judge_rules(Activity& activity) const {
  const terms::Question question{
      .who = activity.plan.operator_id, .purpose = activity.plan.purpose, .active_activity = true};
  std::set<std::size_t> areas;
  for (const geo::Volume4& volume : activity.plan.volumes) {
    for (const std::size_t area : agreement_->areas_met(volume)) areas.insert(area);
  }
  for (const std::size_t area : areas) {
    const terms::Decision decision = agreement_->judge(question, area);
    for (const terms::Reason& reason : decision.reasons) {
      if (reason.broken && activity.forbidden.empty()) activity.forbidden = reason.text;
      activity.rules.push_back(reason);
    }
    if (!decision.permitted && activity.forbidden.empty()) {
      activity.forbidden = "the agreement does not permit it";
    }
  }
}

bool LedgerCore::live(const Activity& activity, std::uint64_t size, UtcMs time) {
  const bool closed = !activity.closings.empty() && activity.closings.front().act.index < size;
  return activity.act.index < size && !closed && time < activity.span.end;
}

const Activity* LedgerCore::own_live_conflict(const Activity& activity, const Act& act) const {
  const Activity* found = nullptr;
  for (const Handle handle : activity.near) {
    const Activity& other = activities_[handle];
    if (other.act.log != act.log || !live(other, act.index, act.time)) continue;
    if (found == nullptr || other.act.index < found->act.index) found = &other;
  }
  return found;
}

// Whose log is not yet known as far as the act's log had seen it; nothing if all are.
std::optional<std::string> LedgerCore::waits_for(const Act& act) const {
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    if (log == act.log || act.seen[log] <= logs_[log].size) continue;
    return fmt::format("waiting for {}'s log", logs_[log].party.value);
  }
  return std::nullopt;
}

Standing LedgerCore::standing(const Activity& activity, const PartyId& party,
                              std::uint64_t size) const {
  Standing out;
  const LogNumber log = log_of_party_.at(party);
  for (const Answer* answer : activity.answers) {
    if (answer->act.log != log || answer->act.index >= size) continue;
    if (!answer->verdict.known) out.waiting = true;
    if (!answer->verdict.counts) continue;
    out.objection = answer->objection;
    if (answer->objection) out.officers.clear();
    if (!answer->objection)
      out.officers.insert(answer->act.officers.begin(), answer->act.officers.end());
  }
  return out;
}

bool LedgerCore::bound(const Activity& activity, const Act& act) {
  return std::any_of(activity.answers.begin(), activity.answers.end(), [&act](const Answer* past) {
    return past->act.log == act.log && past->act.index < act.index && !past->objection &&
           past->verdict.counts;
  });
}

Verdict LedgerCore::judge_answer(const Activity& activity, const Answer& answer) const {
  if (answer.proposal.leaf != activity.act.leaf) {
    return act_fails(Errc::activity_evidence, "it refers to another entry than the proposal");
  }
  if (answer.act.log == activity.act.log) {
    return act_fails(Errc::activity_own, "a party cannot answer its own activity");
  }
  const PartyId& party = logs_[answer.act.log].party;
  const bool asked =
      std::any_of(activity.needed.begin(), activity.needed.end(),
                  [&](const terms::Procedure::Keys& keys) { return keys.party == party; });
  if (!asked) {
    return act_fails(Errc::activity_not_asked,
                     fmt::format("the agreement asks {} for no answer", party.value));
  }
  return act_counts();
}

Verdict LedgerCore::judge_concurrence(const Activity& activity, const Answer& answer) const {
  Verdict verdict = judge_answer(activity, answer);
  if (!verdict.counts) return verdict;
  const Act& act = answer.act;
  const std::uint64_t seen = act.seen[activity.act.log];
  if (activity.act.index >= seen) {
    return act_fails(Errc::activity_evidence, "its log had not yet seen the proposal");
  }
  if (const auto waits = waits_for(act)) return act_waits(*waits);
  if (!live(activity, seen, act.time)) {
    return act_fails(Errc::activity_state, "the activity was closed or its time had passed");
  }
  const PartyId& party = logs_[act.log].party;
  if (const Activity* own = own_live_conflict(activity, act)) {
    return act_fails(Errc::activity_own_conflict,
                     fmt::format("{} had its own activity {} open", party.value, own->id.value));
  }
  // Nor may a party concur with two activities of others that conflict with each other. That it
  // objected to one since does not help: the owner may have activated it before it saw that.
  for (const Handle handle : activity.near) {
    const Activity& other = activities_[handle];
    if (other.act.log == act.log || !live(other, act.seen[other.act.log], act.time)) continue;
    if (!bound(other, act)) continue;
    return act_fails(
        Errc::activity_conflict,
        fmt::format("{} had concurred with {}, which conflicts", party.value, other.id.value));
  }
  return act_counts();
}

const Stop* LedgerCore::stop_in_force(const Activity& activity, const Act& act) const {
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    const std::uint64_t size = log == act.log ? act.index : act.seen[log];
    for (const Stop& stop : logs_[log].stops) {
      if (stop.act.index >= size) break;
      if (stop.lifted && stop.lifted->index < size) continue;
      if (stop.activity.value.empty() || stop.activity == activity.id) return &stop;
    }
  }
  return nullptr;
}

// Closings, rules, other activities and STOP.
Verdict LedgerCore::judge_surroundings(const Activity& activity, const Attempt& attempt) const {
  const Act& act = attempt.act;
  if (!live(activity, act.index, act.time)) {
    return act_fails(Errc::activity_state, act.time < activity.span.end
                                               ? "the activity was closed"
                                               : "the activity's time had passed");
  }
  if (attempt.refs.empty() || attempt.refs.front() != ref_of(activity.act)) {
    return act_fails(Errc::activity_evidence, "it does not refer to the proposal's entry first");
  }
  if (!activity.forbidden.empty()) return act_fails(Errc::activity_rule, activity.forbidden);
  if (const Activity* own = own_live_conflict(activity, act)) {
    return act_fails(Errc::activity_own_conflict, own->id.value);
  }
  if (const Stop* stop = stop_in_force(activity, act)) {
    return act_fails(Errc::stop_in_force,
                     fmt::format("sent by {} at {}", logs_[stop->act.log].party.value,
                                 format_rfc3339(stop->act.time)));
  }
  // What another party has activated, or tried to, is given way to until it is closed.
  for (const Handle handle : activity.near) {
    const Activity& other = activities_[handle];
    const std::uint64_t size = act.seen[other.act.log];
    if (other.act.log == act.log || !live(other, size, act.time)) continue;
    if (other.attempts.empty() || other.attempts.front().act.index >= size) continue;
    return act_fails(Errc::activity_conflict, other.id.value);
  }
  return act_counts();
}

Verdict LedgerCore::judge_concurrences(const Activity& activity, const Attempt& attempt) const {
  if (activity.needed.empty()) {
    return act_fails(Errc::activity_concurrence, "the agreement names nobody who could concur");
  }
  std::map<record::Ref, const Answer*> named;
  for (const Answer* answer : activity.answers) {
    if (!answer->objection) named.emplace(ref_of(answer->act), answer);
  }
  std::map<PartyId, std::set<std::string>> officers;
  for (std::size_t i = 1; i < attempt.refs.size(); ++i) {
    const auto found = named.find(attempt.refs[i]);
    if (found == named.end()) {
      return act_fails(Errc::activity_evidence, fmt::format("refs/{} is no concurrence", i));
    }
    const Act& act = found->second->act;
    if (act.index >= attempt.act.seen[act.log]) {
      return act_fails(Errc::activity_evidence,
                       fmt::format("refs/{} lies beyond what the log had seen", i));
    }
    if (!found->second->verdict.counts) continue;
    officers[logs_[act.log].party].insert(act.officers.begin(), act.officers.end());
  }
  for (const terms::Procedure::Keys& keys : activity.needed) {
    const auto log = log_of_party_.find(keys.party);
    if (log == log_of_party_.end()) {
      return act_fails(Errc::activity_concurrence, keys.party.value + " has no log");
    }
    const Standing said = standing(activity, keys.party, attempt.act.seen[log->second]);
    if (said.objection) {
      return act_fails(Errc::activity_concurrence,
                       fmt::format("the last answer of {} is an objection", keys.party.value));
    }
    // Named by the activation, and not taken back by an objection since.
    std::size_t have = 0;
    for (const std::string& officer : officers[keys.party]) have += said.officers.count(officer);
    if (static_cast<int>(have) < keys.officers) {
      return act_fails(
          Errc::activity_concurrence,
          fmt::format("{} of {} officers of {} concur", have, keys.officers, keys.party.value));
    }
  }
  return act_counts();
}

const LedgerCore::NoteFacts& LedgerCore::facts(const record::LogOwner& owner,
                                               const std::string& text) const {
  // The key of the log is part of the name: the same note may be shown for another log.
  const std::string name = owner.log.name + "\n" + text;
  if (const auto found = notes_.find(name); found != notes_.end()) return found->second;
  if (notes_.size() >= kNotesKept) notes_.clear();
  NoteFacts& facts = notes_[name];
  Result<record::Note> note = record::parse_note(text);
  if (!note) return facts;
  Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
  if (!checkpoint || checkpoint->origin.value != owner.log.name) return facts;
  if (!record::verify_note(*note, owner.log)) return facts;
  facts.note = std::move(*note);
  facts.checkpoint = std::move(*checkpoint);
  facts.valid = true;
  return facts;
}

std::optional<UtcMs> LedgerCore::covered(const Activity& activity, const std::string& note,
                                         std::uint64_t end,
                                         const record::VerifierKey& cosigner) const {
  const LogState& log = logs_[activity.act.log];
  const NoteFacts& known = facts(*log.owner, note);
  if (!known.valid) return std::nullopt;
  const std::uint64_t size = known.checkpoint.size.value;
  if (size <= activity.act.index || size > end) return std::nullopt;
  // A checkpoint of another history of this log is evidence against it, not for it.
  const auto subtree = [&log](int level, std::uint64_t index) {
    return log.subtrees[static_cast<std::size_t>(level)][index];
  };
  if (record::root_of(subtree, known.checkpoint.size) != known.checkpoint.root) {
    return std::nullopt;
  }
  const std::string key = cosigner.text();
  auto& cosigned = notes_.at(log.owner->log.name + "\n" + note).cosigned;
  const auto [at, fresh] = cosigned.try_emplace(key);
  if (fresh) {
    const Result<UtcMs> time = record::verify_cosignature(known.note, cosigner);
    if (time) at->second = *time;
  }
  return at->second;
}

std::string LedgerCore::late_text(const Activity& activity) const {
  const terms::Procedure& procedure = agreement_->procedure(activity.plan.purpose);
  return fmt::format("clause {} asks for {} of notice; it was filed {} and begins {}",
                     procedure.clause.value, hours(procedure.lead_ms),
                     format_rfc3339(activity.act.time), format_rfc3339(activity.span.start));
}

// The notice was held by each party in time.
Verdict LedgerCore::judge_receipts(const Activity& activity, const Attempt& attempt) const {
  const terms::Procedure& procedure = agreement_->procedure(activity.plan.purpose);
  if (activity.act.time + procedure.lead_ms > activity.span.start) {
    return act_fails(Errc::activity_late, late_text(activity));
  }
  for (const terms::Procedure::Keys& keys : activity.needed) {
    std::optional<UtcMs> held;
    for (const std::string& note : attempt.receipts) {
      const auto& owner = logs_[log_of_party_.at(keys.party)].owner;
      if (!owner) continue;
      const auto time = covered(activity, note, attempt.act.index, owner->mirror);
      if (time && (!held || *time < *held)) held = time;
    }
    if (!held) {
      return act_fails(Errc::activity_evidence,
                       fmt::format("no receipt shows that {} held the notice", keys.party.value));
    }
    if (*held + procedure.lead_ms > activity.span.start) {
      return act_fails(
          Errc::activity_late,
          fmt::format("clause {} asks for {} of notice; {} held it {} and it begins {}",
                      procedure.clause.value, hours(procedure.lead_ms), keys.party.value,
                      format_rfc3339(*held), format_rfc3339(activity.span.start)));
    }
  }
  return act_counts();
}

// Each party's witness was heard of a moment ago.
Verdict LedgerCore::judge_fresh(const Activity& activity, const Attempt& attempt) const {
  const std::int64_t allowed = agreement_->clocks().fresh_ms;
  for (const terms::Procedure::Keys& keys : activity.needed) {
    const auto& owner = logs_[log_of_party_.at(keys.party)].owner;
    std::optional<std::int64_t> nearest;  // of the ages, in either direction
    for (const std::string& note : attempt.fresh) {
      if (!owner) continue;
      const auto time = covered(activity, note, attempt.act.index, owner->witness);
      if (!time) continue;
      const std::int64_t age = attempt.act.time - *time;
      if (!nearest || std::abs(age) < std::abs(*nearest)) nearest = age;
    }
    if (!nearest) {
      return act_fails(Errc::link_not_fresh,
                       fmt::format("no checkpoint is cosigned by {}'s witness", keys.party.value));
    }
    if (std::abs(*nearest) > allowed) {
      return act_fails(Errc::link_not_fresh,
                       fmt::format("{}'s witness was heard {} s {}; {} s are allowed",
                                   keys.party.value, std::abs(*nearest) / 1000,
                                   *nearest < 0 ? "ahead of this time" : "ago", allowed / 1000));
    }
  }
  return act_counts();
}

Verdict LedgerCore::judge_activation(const Activity& activity, const Attempt& attempt) const {
  if (const auto waits = waits_for(attempt.act)) return act_waits(*waits);
  for (const Answer* answer : activity.answers) {
    const Act& act = answer->act;
    if (act.index >= attempt.act.seen[act.log] || answer->verdict.known) continue;
    return act_waits(waits_for(act).value_or("waiting for an earlier entry"));
  }
  Verdict verdict = judge_surroundings(activity, attempt);
  if (verdict.counts) verdict = judge_concurrences(activity, attempt);
  // Signatures last: they cost the most.
  if (verdict.counts) verdict = judge_receipts(activity, attempt);
  if (verdict.counts) verdict = judge_fresh(activity, attempt);
  return verdict;
}

}  // namespace detente::airspace
