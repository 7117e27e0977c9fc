// SPDX-License-Identifier: Apache-2.0
//
// What counts, and what does not. Every rule here reads prefixes of logs only: the own log up to
// the act, another log up to what the act's log had seen of it.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "airspace/ledger_core.h"
#include "terms/ask.h"

namespace detente::airspace {
namespace {

// Notes are kept by their text so that a line is verified once; a cache this size is a few MB.
constexpr std::size_t kNotesKept = 4096;

// Where weapons may be released, two different officers of each party.
constexpr int kArmedKeys = 2;

std::string hours(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  if (minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace

// The terms as far as the act's log had seen. Only for acts that wait for nothing.
terms::TermsAt LedgerCore::terms_of(const Act& act) const {
  terms::LogSizes sizes = act.seen;
  sizes[act.log] = act.index;
  return course_.at(sizes, act.time, terms::Function::air_activities);
}

terms::TermsAt LedgerCore::terms_now(UtcMs now) const {
  return course_.now(now, terms::Function::air_activities);
}

const Activity::Judged& LedgerCore::judge_plan(const Activity& activity,
                                               const terms::TermsAt& terms) const {
  Activity::Judged& judged = activity.judged;
  if (judged.agreement == terms.agreement.get() && judged.stage == terms.stage) return judged;
  judged = {};
  judged.agreement = terms.agreement.get();
  judged.stage = terms.stage;
  const terms::Agreement& agreement = *terms.agreement;
  if (const Status sense = check_plan(activity.plan, owner_of(activity), agreement, "body");
      !sense) {
    judged.code = sense.error().code;
    judged.forbidden = sense.error().detail;
    judged.place = sense.error().place;
  }
  terms::PlanAnswer answer = terms::judge_plan(agreement, {.who = activity.plan.operator_id,
                                                           .purpose = activity.plan.purpose,
                                                           .unmanned = activity.plan.unmanned,
                                                           .volumes = activity.plan.volumes,
                                                           .active = true,
                                                           .stage = terms.stage,
                                                           .stage_known = true,
                                                           .sites = {}});
  for (const terms::Reason& reason : answer.reasons) {
    if (!reason.broken || !judged.forbidden.empty()) continue;
    judged.code = Errc::activity_rule;
    judged.forbidden = reason.text;
  }
  judged.rules = std::move(answer.reasons);
  return judged;
}

// Whose officers must concur, and how many. Where weapons may be released, two of each party.
std::vector<terms::Procedure::Keys> LedgerCore::needed(const Activity& activity,
                                                       const PartyId& owner,
                                                       const terms::Agreement& version) {
  auto out = version.needed_concurrences(activity.plan.purpose, owner);
  if (activity.plan.purpose != terms::Purpose::armed) return out;
  for (terms::Procedure::Keys& keys : out) {
    const terms::Party* party = version.party(keys.party);
    if (party != nullptr && party->kind == terms::PartyKind::party) {
      keys.officers = std::max(keys.officers, kArmedKeys);
    }
  }
  return out;
}

int LedgerCore::owner_keys(const Activity& activity) {
  return activity.plan.purpose == terms::Purpose::armed ? kArmedKeys : 1;
}

std::set<std::string> LedgerCore::owner_officers(const Activity& activity, const Act& activation) {
  std::set<std::string> out(activity.act.officers.begin(), activity.act.officers.end());
  out.insert(activation.officers.begin(), activation.officers.end());
  return out;
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
    if (!answer->verdict.counts) continue;
    switch (answer->kind) {
      case Answer::Kind::objection:
        out.objection = true;
        out.officers.clear();
        break;
      case Answer::Kind::read_back:
        out.disagrees = !answer->read_back.agrees;
        if (out.disagrees) out.officers.clear();
        break;
      case Answer::Kind::concurrence:
        out.objection = false;
        out.officers.insert(answer->act.officers.begin(), answer->act.officers.end());
        break;
    }
  }
  return out;
}

// What no version of the agreement changes: an objection or a read-back needs nothing else.
Verdict LedgerCore::judge_answer(const Activity& activity, const Answer& answer) const {
  if (answer.proposal.leaf != activity.act.leaf) {
    return act_fails(Errc::activity_evidence, "it refers to another entry than the proposal");
  }
  if (answer.act.log == activity.act.log) {
    return act_fails(Errc::activity_own, "a party cannot answer its own activity");
  }
  return act_counts();
}

Verdict LedgerCore::judge_asked(const Activity& activity, const PartyId& party,
                                const terms::Agreement& version) const {
  const auto keys = needed(activity, owner_of(activity), version);
  const bool asked = std::any_of(keys.begin(), keys.end(), [&](const terms::Procedure::Keys& key) {
    return key.party == party;
  });
  if (asked) return act_counts();
  return act_fails(Errc::activity_not_asked,
                   fmt::format("the agreement asks {} for no answer", party.value));
}

// The newest read-back before the concurrence must match, where one is asked for or where the
// party has said that it reads something else.
Verdict LedgerCore::judge_read_back(const Activity& activity, LogNumber log, std::uint64_t size,
                                    const terms::Agreement& version) const {
  const PartyId& party = logs_[log].party;
  const Answer* newest = nullptr;
  bool asked = version.procedure(activity.plan.purpose).read_back;
  for (const Answer* answer : activity.answers) {
    if (answer->kind != Answer::Kind::read_back || answer->act.log != log) continue;
    if (answer->act.index >= size || !answer->verdict.counts) continue;
    newest = answer;
    asked = asked || !answer->read_back.agrees;
  }
  if (!asked) return act_counts();
  if (newest == nullptr) {
    return act_fails(Errc::activity_read_back,
                     fmt::format("{} has not read the geometry back", party.value));
  }
  const std::string why = check_read_back(activity.plan, newest->read_back, version);
  if (why.empty()) return act_counts();
  return act_fails(Errc::activity_read_back,
                   fmt::format("the read-back of {} does not match: {}", party.value, why));
}

void LedgerCore::judge_concurrence(const Activity& activity, Answer& answer) const {
  answer.verdict = judge_answer(activity, answer);
  if (!answer.verdict.counts) return;
  const Act& act = answer.act;
  if (activity.act.index >= act.seen[activity.act.log]) {
    answer.verdict = act_fails(Errc::activity_evidence, "its log had not yet seen the proposal");
    return;
  }
  if (const auto waits = waits_for(act)) {
    answer.verdict = act_waits(*waits);
    return;
  }
  const terms::TermsAt terms = terms_of(act);
  answer.version = terms.agreement;
  answer.verdict = judge_force(terms);
  if (answer.verdict.counts) {
    answer.verdict = judge_concurrence(activity, answer, *terms.agreement);
  }
}

Verdict LedgerCore::judge_concurrence(const Activity& activity, const Answer& answer,
                                      const terms::Agreement& version) const {
  const Act& act = answer.act;
  const PartyId& party = logs_[act.log].party;
  Verdict verdict = judge_asked(activity, party, version);
  if (!verdict.counts) return verdict;
  const Open open = open_at(activity, act.seen[activity.act.log], act.time);
  if (open == Open::unknown) return act_waits(kEarlier);
  if (open == Open::no) {
    return act_fails(Errc::activity_state, "the activity was closed or its time had passed");
  }
  verdict = judge_read_back(activity, act.log, act.index, version);
  if (!verdict.counts) return verdict;
  const Search own = own_live_conflict(activity, act, version);
  if (own.unknown) return act_waits(kEarlier);
  if (own.found != nullptr) {
    return act_fails(
        Errc::activity_own_conflict,
        fmt::format("{} had its own activity {} open (clause {})", party.value, own.found->id.value,
                    apart(activity, *own.found, version).clause.value));
  }
  // Nor may a party concur with two activities of others that conflict with each other.
  const Search agreed = agreed_live_conflict(activity, act, version);
  if (agreed.unknown) return act_waits(kEarlier);
  if (agreed.found != nullptr) {
    return act_fails(
        Errc::activity_conflict,
        fmt::format("{} had concurred with {}, which conflicts (clause {})", party.value,
                    agreed.found->id.value, apart(activity, *agreed.found, version).clause.value));
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

// Nothing new comes about while the agreement, or its part about flights, is not in force.
Verdict LedgerCore::judge_force(const terms::TermsAt& terms) {
  if (!terms.missing.empty()) {
    return act_waits("waiting for the agreement's version " + terms.missing);
  }
  switch (terms.state) {
    case terms::ForceState::in_force:
      return act_counts();
    case terms::ForceState::suspended:
      return act_fails(Errc::agreement_suspended, terms.why);
    case terms::ForceState::withdrawn:
      return act_fails(Errc::agreement_withdrawn, terms.why);
    case terms::ForceState::not_yet:
    case terms::ForceState::expired:
      break;
  }
  return act_fails(Errc::agreement_not_in_force, terms.why);
}

// Closings, rules, other activities and STOP.
Verdict LedgerCore::judge_surroundings(const Activity& activity, const Attempt& attempt,
                                       const terms::TermsAt& terms) const {
  const Act& act = attempt.act;
  const Open open = open_at(activity, act.index, act.time);
  if (open == Open::unknown) return act_waits(kEarlier);
  if (open == Open::no) {
    const bool over = act.time >= end_at(activity, act.index);
    return act_fails(Errc::activity_state,
                     over ? "the activity's time had passed" : "the activity was closed");
  }
  if (attempt.refs.empty() || attempt.refs.front() != ref_of(activity.act)) {
    return act_fails(Errc::activity_evidence, "it does not refer to the proposal's entry first");
  }
  Verdict verdict = judge_force(terms);
  if (!verdict.counts) return verdict;
  const Activity::Judged& plan = judge_plan(activity, terms);
  if (!plan.forbidden.empty()) return act_fails(plan.code, plan.forbidden);
  const terms::Agreement& version = *terms.agreement;
  const Search own = own_live_conflict(activity, act, version);
  if (own.unknown) return act_waits(kEarlier);
  if (own.found != nullptr) {
    return act_fails(Errc::activity_own_conflict, conflict_text(activity, *own.found, version));
  }
  if (const Stop* stop = stop_in_force(activity, act)) {
    return act_fails(Errc::stop_in_force,
                     fmt::format("sent by {} at {}", logs_[stop->act.log].party.value,
                                 format_rfc3339(stop->act.time)));
  }
  // What another party has activated, or tried to, is given way to until it is closed.
  const Search activated = activated_live_conflict(activity, act, version);
  if (activated.unknown) return act_waits(kEarlier);
  if (activated.found != nullptr) {
    return act_fails(Errc::activity_conflict, conflict_text(activity, *activated.found, version));
  }
  return act_counts();
}

CheckStage LedgerCore::check_stage(const Activity& activity, const terms::CheckNeeded& needed,
                                   const SeenSizes& sizes) const {
  const auto other = log_of_party_.find(needed.with);
  if (!activity.check_plan || other == log_of_party_.end()) return CheckStage::none;
  return checks_.stage(*activity.check_plan,
                       {needed.purpose, needed.with, logs_[other->second].origin,
                        sizes[activity.act.log], sizes[other->second]});
}

Verdict LedgerCore::judge_checks(const Activity& activity, const Act& act,
                                 const terms::Agreement& version) const {
  SeenSizes sizes = act.seen;
  sizes[act.log] = act.index;
  for (const terms::CheckNeeded& one :
       version.needed_checks(activity.plan.purpose, owner_of(activity))) {
    const CheckStage stage = check_stage(activity, one, sizes);
    if (stage == CheckStage::done) continue;
    const bool plans = one.purpose == record::PsiPurpose::plans;
    const std::string what =
        fmt::format("clause {} asks for a private check with the {} of {}", one.clause.value,
                    plans ? "plans" : "list", one.with.value);
    const char* why = "the number in common is not given yet";
    if (!activity.check_plan)
      why = "the notice names no plan that was checked";
    else if (stage == CheckStage::none)
      why = "it was not asked";
    else if (stage == CheckStage::asked)
      why = "it is not answered yet";
    return act_fails(Errc::activity_check, what + ": " + why);
  }
  return act_counts();
}

std::string LedgerCore::conflict_text(const Activity& activity, const Activity& other,
                                      const terms::Agreement& version) const {
  return fmt::format("{} (clause {})", other.id.value,
                     apart(activity, other, version).clause.value);
}

// The officers of the concurrences that an activation names. One that was given under another
// version of the agreement must count under this one too.
Verdict LedgerCore::judge_named(const Activity& activity, const Attempt& attempt,
                                const terms::Agreement& version,
                                std::map<PartyId, std::set<std::string>>& officers) const {
  std::map<record::Ref, const Answer*> named;
  for (const Answer* answer : activity.answers) {
    if (answer->kind == Answer::Kind::concurrence) named.emplace(ref_of(answer->act), answer);
  }
  for (std::size_t i = 1; i < attempt.refs.size(); ++i) {
    const auto found = named.find(attempt.refs[i]);
    if (found == named.end()) {
      return act_fails(Errc::activity_evidence, fmt::format("refs/{} is no concurrence", i));
    }
    const Answer& answer = *found->second;
    if (answer.act.index >= attempt.act.seen[answer.act.log]) {
      return act_fails(Errc::activity_evidence,
                       fmt::format("refs/{} lies beyond what the log had seen", i));
    }
    if (!answer.verdict.counts) continue;
    if (answer.version.get() != &version) {
      const Verdict again = judge_concurrence(activity, answer, version);
      if (!again.known) return again;
      if (!again.counts) continue;
    }
    officers[logs_[answer.act.log].party].insert(answer.act.officers.begin(),
                                                 answer.act.officers.end());
  }
  return act_counts();
}

Verdict LedgerCore::judge_concurrences(const Activity& activity, const Attempt& attempt,
                                       const terms::Agreement& version) const {
  const auto all = needed(activity, owner_of(activity), version);
  if (all.empty()) {
    return act_fails(Errc::activity_concurrence, "the agreement names nobody who could concur");
  }
  const auto signed_by = static_cast<int>(owner_officers(activity, attempt.act).size());
  if (signed_by < owner_keys(activity) && !attempt.drafted) {
    return act_fails(Errc::activity_concurrence,
                     fmt::format("{} of {} officers of {} signed the proposal and the activation",
                                 signed_by, owner_keys(activity), owner_of(activity).value));
  }
  std::map<PartyId, std::set<std::string>> officers;
  Verdict named = judge_named(activity, attempt, version, officers);
  if (!named.counts) return named;
  for (const terms::Procedure::Keys& keys : all) {
    const auto log = log_of_party_.find(keys.party);
    if (log == log_of_party_.end()) {
      return act_fails(Errc::activity_concurrence, keys.party.value + " has no log");
    }
    const Standing said = standing(activity, keys.party, attempt.act.seen[log->second]);
    if (said.objection) {
      return act_fails(Errc::activity_concurrence,
                       fmt::format("the last answer of {} is an objection", keys.party.value));
    }
    if (said.disagrees) {
      return act_fails(Errc::activity_read_back,
                       fmt::format("the read-back of {} does not agree", keys.party.value));
    }
    // Named by the activation, and not taken back since.
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

bool LedgerCore::is_late(const Activity& activity, const terms::Agreement& version) {
  const terms::Procedure& procedure = version.procedure(activity.plan.purpose);
  return activity.act.time + procedure.lead_ms > activity.span.start;
}

std::string LedgerCore::late_text(const Activity& activity, const terms::Agreement& version) {
  const terms::Procedure& procedure = version.procedure(activity.plan.purpose);
  return fmt::format("clause {} asks for {} of notice; it was filed {} and begins {}",
                     procedure.clause.value, hours(procedure.lead_ms),
                     format_rfc3339(activity.act.time), format_rfc3339(activity.span.start));
}

// The notice was held by each party in time.
Verdict LedgerCore::judge_receipts(const Activity& activity, const Attempt& attempt,
                                   const terms::Agreement& version) const {
  const terms::Procedure& procedure = version.procedure(activity.plan.purpose);
  if (is_late(activity, version)) {
    return act_fails(Errc::activity_late, late_text(activity, version));
  }
  for (const terms::Procedure::Keys& keys : needed(activity, owner_of(activity), version)) {
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
Verdict LedgerCore::judge_fresh(const Activity& activity, const Attempt& attempt,
                                const terms::Agreement& version) const {
  const std::int64_t allowed = version.clocks().fresh_ms;
  for (const terms::Procedure::Keys& keys : needed(activity, owner_of(activity), version)) {
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

Verdict LedgerCore::judge_activation(const Activity& activity, Attempt& attempt) const {
  if (const auto waits = waits_for(attempt.act)) return act_waits(*waits);
  for (const Answer* answer : activity.answers) {
    const Act& act = answer->act;
    if (act.index >= attempt.act.seen[act.log] || answer->verdict.known) continue;
    return act_waits(waits_for(act).value_or(kEarlier));
  }
  const terms::TermsAt terms = terms_of(attempt.act);
  attempt.version = terms.agreement->version();
  Verdict verdict = judge_surroundings(activity, attempt, terms);
  if (verdict.counts) verdict = judge_checks(activity, attempt.act, *terms.agreement);
  if (verdict.counts) verdict = judge_concurrences(activity, attempt, *terms.agreement);
  // Signatures last: they cost the most.
  if (verdict.counts) verdict = judge_receipts(activity, attempt, *terms.agreement);
  if (verdict.counts) verdict = judge_fresh(activity, attempt, *terms.agreement);
  return verdict;
}

}  // namespace detente::airspace
