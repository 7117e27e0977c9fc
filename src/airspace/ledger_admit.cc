// SPDX-License-Identifier: Apache-2.0
//
// The guard before this node logs an act: the statement is judged as if it stood in the log now.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "airspace/ledger_core.h"

namespace detente::airspace {
namespace {

Status status_of(const Verdict& verdict) {
  if (verdict.counts) return {};
  return fail(verdict.code, verdict.why);
}

}  // namespace

// The act that the log's next entry would be.
Result<Act> LedgerCore::next_act(const PartyId& party, const std::vector<std::string>& officers,
                                 UtcMs now, const std::vector<record::Head>& seen) const {
  const auto found = log_of_party_.find(party);
  if (found == log_of_party_.end()) return fail(Errc::agreement_unknown_party, party.value);
  const LogState& log = logs_[found->second];
  if (!log.owner) return fail(Errc::agreement_unkeyed, party.value);
  Act act{.log = found->second,
          .index = log.size,
          .time = std::max(now, log.last_time),
          .leaf = {},
          .officers = officers,
          .seen = log.seen};
  for (const record::Head& head : seen) {
    const auto other = log_of_origin_.find(head.origin);
    if (other == log_of_origin_.end() || other->second == act.log) continue;
    act.seen[other->second] = std::max(act.seen[other->second], head.size.value);
  }
  return act;
}

Status LedgerCore::admit(const PartyId& party, const record::Statement& statement,
                         const std::vector<std::string>& officers, UtcMs now,
                         const std::vector<record::Head>& seen) const {
  const std::string& type = statement.type;
  const bool ours = type.starts_with("activity.") || type.starts_with("stop.");
  if (!ours) return {};
  DETENTE_TRY(const Act act, next_act(party, officers, now, seen));
  if (type == "activity.propose") return admit_proposal(act, statement);
  if (type == "activity.concur" || type == "activity.object") return admit_answer(act, statement);
  if (type == "activity.withdraw" || type == "activity.end") return admit_closing(act, statement);
  if (type == "activity.activate") return admit_activation(act, statement);
  return admit_stop(act, statement);
}

// Conflicts with others and lateness are accepted: a notice that comes late is still worth having,
// and both are shown.
Status LedgerCore::admit_proposal(const Act& act, const record::Statement& statement) const {
  if (by_id_.contains(ActivityId{statement.id.value})) {
    return fail(Errc::entry_repeated, statement.id.value);
  }
  Activity activity;
  activity.act = act;
  DETENTE_TRY(activity.plan, read_own_plan(statement.body(), logs_[act.log].party));
  activity.span = activity.plan.span();
  if (activity.span.end <= act.time) {
    return fail(Errc::activity_late,
                "its time has passed: it ends " + format_rfc3339(activity.span.end));
  }
  judge_rules(activity);
  if (!activity.forbidden.empty()) return fail(Errc::activity_rule, activity.forbidden);
  for (const VolumeIndex::Hit& hit : index_.find(activity.plan.volumes)) {
    const Activity& other = activities_[hit.key];
    if (other.act.log != act.log || !live(other, act.index, act.time)) continue;
    return fail(Errc::activity_own_conflict, other.id.value,
                fmt::format("body/volumes/{}", hit.own_volume));
  }
  return {};
}

Status LedgerCore::admit_answer(const Act& act, const record::Statement& statement) const {
  DETENTE_TRY(const AnswerBody body, read_answer(statement, clauses_));
  const record::Ref& ref = statement.refs.front();
  const Activity* found = nullptr;
  const auto [first, last] = by_id_.equal_range(body.activity);
  for (auto at = first; at != last; ++at) {
    const Activity& activity = activities_[at->second];
    if (found == nullptr || ref_of(activity.act) == ref) found = &activity;
  }
  if (found == nullptr) return fail(Errc::activity_unknown, body.activity.value);
  if (ref_of(found->act) != ref) {
    return fail(Errc::activity_evidence, "it refers to another entry than the proposal", "refs/0");
  }
  Answer answer;
  answer.act = act;
  answer.objection = statement.type == "activity.object";
  answer.proposal = ref;
  DETENTE_CHECK(status_of(judge_answer(*found, answer)));
  const StateWhy now = state_of(*found, act.time);
  const bool open = now.state != ActivityState::withdrawn && now.state != ActivityState::ended &&
                    now.state != ActivityState::active && now.state != ActivityState::nonconforming;
  if (!open) return fail(Errc::activity_state, fmt::format("it is {}", state_name(now.state)));
  if (answer.objection) return {};
  return status_of(judge_concurrence(*found, answer));
}

Result<const Activity*> LedgerCore::own_activity(const Act& act, const ActivityId& id) const {
  const auto& own = logs_[act.log].activities;
  const auto found = own.find(StatementId{id.value});
  if (found != own.end()) return &activities_[found->second];
  if (const Activity* other = find(id)) {
    return fail(Errc::activity_not_owner, "it is " + owner_of(*other).value + "'s");
  }
  return fail(Errc::activity_unknown, id.value);
}

Status LedgerCore::admit_closing(const Act& act, const record::Statement& statement) const {
  DETENTE_TRY(const ClosingBody body, read_closing(statement));
  DETENTE_TRY(const Activity* activity, own_activity(act, body.activity));
  const StateWhy now = state_of(*activity, act.time);
  const bool flying =
      now.state == ActivityState::active || now.state == ActivityState::nonconforming;
  if (now.state == ActivityState::withdrawn || now.state == ActivityState::ended) {
    return fail(Errc::activity_state, fmt::format("it is {} already", state_name(now.state)));
  }
  if (statement.type == "activity.end" && !flying) {
    return fail(Errc::activity_state, "it is not active; withdraw it instead");
  }
  if (statement.type == "activity.withdraw" && flying) {
    return fail(Errc::activity_state, "it is active; end it instead");
  }
  return {};
}

Status LedgerCore::admit_activation(const Act& act, const record::Statement& statement) const {
  DETENTE_TRY(ActivationBody body, read_activation(statement));
  DETENTE_TRY(const Activity* activity, own_activity(act, body.activity));
  if (activation(*activity) != nullptr) return fail(Errc::activity_state, "it was active already");
  const Attempt attempt{act, statement.refs, std::move(body.receipts), std::move(body.fresh), {}};
  return status_of(judge_activation(*activity, attempt));
}

Status LedgerCore::admit_stop(const Act& act, const record::Statement& statement) const {
  if (statement.type == "stop.send") {
    DETENTE_TRY(const StopBody body, read_stop(statement));
    if (!body.activity.value.empty() && !by_id_.contains(body.activity)) {
      return fail(Errc::activity_unknown, body.activity.value);
    }
    return {};
  }
  DETENTE_TRY(const StopAnswerBody body, read_stop_answer(statement));
  const Stop* own = nullptr;
  const Stop* others = nullptr;
  LogNumber sender = 0;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    for (const Stop& stop : logs_[log].stops) {
      if (stop.id != body.stop) continue;
      (log == act.log ? own : others) = &stop;
      if (log != act.log) sender = static_cast<LogNumber>(log);
    }
  }
  if (own == nullptr && others == nullptr) return fail(Errc::stop_unknown, body.stop.value);
  if (statement.type == "stop.ack") {
    if (others != nullptr) return {};
    return fail(Errc::stop_unknown, "it is this party's own; the others acknowledge it");
  }
  if (own == nullptr) return fail(Errc::stop_not_sender, logs_[sender].party.value + " sent it");
  if (own->lifted) {
    return fail(Errc::stop_unknown, "it was lifted " + format_rfc3339(own->lifted->time));
  }
  return {};
}

// Gathers what an activation must carry, and judges it.
Result<Ledger::Activation> LedgerCore::prepare(const ActivityId& id,
                                               const std::vector<std::string>& notes, UtcMs now,
                                               const std::vector<record::Head>& seen) const {
  const Activity* activity = find(id);
  if (activity == nullptr) return fail(Errc::activity_unknown, id.value);
  DETENTE_TRY(const Act act, next_act(owner_of(*activity), {}, now, seen));
  if (activation(*activity) != nullptr) return fail(Errc::activity_state, "it was active already");
  Attempt attempt{act, {ref_of(activity->act)}, {}, {}, {}};
  const auto add = [](std::vector<std::string>& to, const std::string& note) {
    if (std::find(to.begin(), to.end(), note) == to.end()) to.push_back(note);
  };
  for (const terms::Procedure::Keys& keys : activity->needed) {
    const auto log = log_of_party_.find(keys.party);
    if (log == log_of_party_.end() || !logs_[log->second].owner) continue;
    const record::LogOwner& owner = *logs_[log->second].owner;
    const Standing said = standing(*activity, keys.party, act.seen[log->second]);
    std::set<std::string> wanted = said.officers;
    // The newest concurrences first: those before an objection are of no use.
    for (auto answer = activity->answers.rbegin(); answer != activity->answers.rend(); ++answer) {
      const Act& at = (*answer)->act;
      const bool usable = at.log == log->second && at.index < act.seen[at.log] &&
                          !(*answer)->objection && (*answer)->verdict.counts;
      if (!usable) continue;
      std::size_t adds = 0;
      for (const std::string& officer : at.officers) adds += wanted.erase(officer);
      if (adds > 0) attempt.refs.push_back(ref_of(at));
    }
    for (const std::string& note : notes) {
      if (!covered(*activity, note, act.index, owner.mirror)) continue;
      add(attempt.receipts, note);
      break;
    }
    // The newest that is fresh; if none is, the newest, so that the refusal can say how old it is.
    const std::string* newest = nullptr;
    for (auto note = notes.rbegin(); note != notes.rend(); ++note) {
      const auto time = covered(*activity, *note, act.index, owner.witness);
      if (!time) continue;
      if (newest == nullptr) newest = &*note;
      if (std::abs(act.time - *time) > agreement_->clocks().fresh_ms) continue;
      newest = &*note;
      break;
    }
    if (newest != nullptr) add(attempt.fresh, *newest);
  }
  std::sort(attempt.refs.begin() + 1, attempt.refs.end());
  DETENTE_CHECK(status_of(judge_activation(*activity, attempt)));
  JsonWriter body;
  body.begin_object().member("activity", id.value);
  const std::array<std::pair<const char*, const std::vector<std::string>*>, 2> lists = {
      {{"receipts", &attempt.receipts}, {"fresh", &attempt.fresh}}};
  for (const auto& [name, list] : lists) {
    body.name(name).begin_array();
    for (const std::string& note : *list) body.value(note);
    body.end_array();
  }
  body.end_object();
  return Ledger::Activation{std::move(attempt.refs), body.take()};
}

}  // namespace detente::airspace
