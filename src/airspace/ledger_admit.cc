// SPDX-License-Identifier: Apache-2.0
//
// The guard before this node logs an act: the statement is judged as if it stood in the log now.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "airspace/ledger_core.h"
#include "base/limits.h"

namespace detente::airspace {
namespace {

Status status_of(const Verdict& verdict) {
  if (verdict.counts) return {};
  return fail(verdict.code, verdict.why);
}

// Statements about the agreement itself.
bool is_of_course(const std::string& type) {
  return type.starts_with("agreement.") || type.starts_with("stage.") ||
         type.starts_with("obligation.") || type.starts_with("exception.") ||
         type.starts_with("adherent.");
}

bool flies(ActivityState state) {
  return state == ActivityState::active || state == ActivityState::nonconforming ||
         state == ActivityState::contingent;
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

// A STOP, an objection or a suspension that is at hand holds, though the entry would not name its
// log's head yet: a node that has just started has not cosigned again.
void LedgerCore::see_all_at_hand(Act& act) const {
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    act.seen[log] = std::max(act.seen[log], logs_[log].size);
  }
}

Status LedgerCore::admit(const PartyId& party, const record::Statement& statement,
                         const std::vector<std::string>& officers, UtcMs now,
                         const std::vector<record::Head>& seen) const {
  const std::string& type = statement.type;
  if (is_of_course(type)) {
    DETENTE_CHECK(course_.admit(party, statement, officers, now, seen));
    if (type != "exception.declare") return {};
    DETENTE_TRY(const Act act, next_act(party, officers, now, seen));
    return admit_exception(act, statement);
  }
  const bool ours = type.starts_with("activity.") || type.starts_with("stop.");
  if (!ours) return {};
  DETENTE_TRY(const Act act, next_act(party, officers, now, seen));
  if (type == "activity.propose") return admit_proposal(act, statement);
  if (type == "activity.concur" || type == "activity.object" || type == "activity.read_back") {
    return admit_answer(act, statement);
  }
  if (type == "activity.withdraw" || type == "activity.end") return admit_closing(act, statement);
  if (type == "activity.activate") return admit_activation(act, statement);
  if (type == "activity.release" || type == "activity.contingent" || type == "activity.offer") {
    return admit_change(act, statement);
  }
  return admit_stop(act, statement);
}

// A use of an exception by a flight names one of the party's own.
Status LedgerCore::admit_exception(const Act& act, const record::Statement& statement) const {
  DETENTE_TRY(const std::string id, statement.body().string("activity", limits::kIdBytes, true));
  if (id.empty()) return {};
  DETENTE_TRY(const Handle handle, own_handle(act, ActivityId{id}));
  static_cast<void>(handle);
  return {};
}

// What an amendment replaces: open, and not being replaced already.
Status LedgerCore::admit_amendment(const Act& act, const ActivityId& id) const {
  DETENTE_TRY(const Handle handle, own_handle(act, id));
  const Activity& old = activities_[handle];
  if (open_at(old, act.index, act.time) != Open::yes) {
    return fail(Errc::activity_state,
                fmt::format("it is {}", state_name(state_of(old, act.time).state)),
                "body/replaces");
  }
  for (const Handle other : old.replaced_by) {
    if (open_at(activities_[other], act.index, act.time) == Open::no) continue;
    return fail(
        Errc::activity_state,
        fmt::format("{} is to replace it already; amend that one", activities_[other].id.value),
        "body/replaces");
  }
  return {};
}

// Conflicts with others and lateness are accepted: a notice that comes late is still worth having,
// and both are shown. What looks like a slip of the hand is asked about.
Status LedgerCore::admit_proposal(const Act& act, const record::Statement& statement) const {
  if (by_id_.contains(ActivityId{statement.id.value})) {
    return fail(Errc::entry_repeated, statement.id.value);
  }
  const JsonReader body = statement.body();
  DETENTE_TRY(const ActivityPlan plan, read_plan(body));
  if (plan.replaces) DETENTE_CHECK(admit_amendment(act, *plan.replaces));
  DETENTE_TRY(const Activity activity, read_proposal(act, statement));
  if (activity.span.end <= act.time) {
    return fail(Errc::activity_late,
                "its time has passed: it ends " + format_rfc3339(activity.span.end));
  }
  const terms::TermsAt terms = terms_of(act);
  const Activity::Judged& judged = judge_plan(activity, terms);
  if (!judged.forbidden.empty()) return fail(judged.code, judged.forbidden, judged.place);
  const PlaceCheck place = check_place(plan, *terms.agreement);
  if (place.question && !plan.place.confirmed) {
    return fail(Errc::activity_place_question,
                place.text() + R"(; correct it, or confirm it by "confirmed":true)",
                body.place_of("place"));
  }
  for (const VolumeIndex::Hit& hit : index_.find(plan.volumes)) {
    const Activity& other = activities_[hit.key];
    if (other.act.log != act.log || open_at(other, act.index, act.time) == Open::no) continue;
    if (one_chain(activity, other)) continue;
    const auto pair = meet_at(activity, UINT64_MAX, Near{hit.key, {}}, act.index, *terms.agreement);
    if (!pair) continue;
    return fail(Errc::activity_own_conflict, conflict_text(activity, other, *terms.agreement),
                fmt::format("body/volumes/{}", pair->own));
  }
  return {};
}

Status LedgerCore::admit_answer(const Act& act, const record::Statement& statement) const {
  DETENTE_TRY(const AnswerBody body, read_answer(statement));
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
  answer.kind = kind_of(statement.type);
  answer.proposal = ref;
  answer.read_back = body.read_back;
  DETENTE_CHECK(status_of(judge_answer(*found, answer)));
  const terms::TermsAt terms = terms_of(act);
  DETENTE_CHECK(status_of(judge_asked(*found, logs_[act.log].party, *terms.agreement)));
  const StateWhy now = state_of(*found, act.time);
  const bool closed = now.state == ActivityState::withdrawn || now.state == ActivityState::ended;
  // What is flown already can still be read back wrongly, and it is worth knowing.
  const bool late = flies(now.state) && answer.kind != Answer::Kind::read_back;
  if (closed || late)
    return fail(Errc::activity_state, fmt::format("it is {}", state_name(now.state)));
  switch (answer.kind) {
    case Answer::Kind::objection:
      return admit_objection(body.clause, *terms.agreement);
    case Answer::Kind::read_back:
      return admit_read_back(*found, body.read_back, *terms.agreement);
    case Answer::Kind::concurrence:
      break;
  }
  judge_concurrence(*found, answer);
  DETENTE_CHECK(status_of(answer.verdict));
  see_all_at_hand(answer.act);
  judge_concurrence(*found, answer);
  DETENTE_CHECK(status_of(answer.verdict));
  const Standing said = standing(*found, logs_[act.log].party, act.index);
  const bool again = !act.officers.empty() && std::all_of(act.officers.begin(), act.officers.end(),
                                                          [&said](const std::string& officer) {
                                                            return said.officers.contains(officer);
                                                          });
  if (again) return fail(Errc::activity_repeated, "another officer's key is needed");
  return {};
}

Status LedgerCore::admit_objection(const std::string& clause, const terms::Agreement& version) {
  const auto clauses = version.clauses();
  if (std::find(clauses.begin(), clauses.end(), ClauseId{clause}) != clauses.end()) return {};
  return fail(Errc::agreement_unknown_clause, json_quote(clause), "body/clause");
}

// A read-back that claims to agree and does not fit is sent back to the reader, who looks again
// or says that it does not agree.
Status LedgerCore::admit_read_back(const Activity& activity, const ReadBack& read_back,
                                   const terms::Agreement& version) {
  if (!read_back.agrees) return {};
  const std::string why = check_read_back(activity.plan, read_back, version);
  if (why.empty()) return {};
  return fail(Errc::activity_read_back, why + "; read it again, or say that it does not agree");
}

Result<const Activity*> LedgerCore::own_activity(const Act& act, const ActivityId& id) const {
  DETENTE_TRY(const Handle handle, own_handle(act, id));
  return &activities_[handle];
}

Status LedgerCore::admit_change(const Act& act, const record::Statement& statement) const {
  const bool release = statement.type == "activity.release";
  const bool contingent = statement.type == "activity.contingent";
  ReleaseBody given;
  AddedBody extra;
  if (release) {
    DETENTE_TRY(given, read_release(statement));
  } else {
    DETENTE_TRY(extra, contingent ? read_contingent(statement) : read_offer(statement));
  }
  DETENTE_TRY(const Activity* activity,
              own_activity(act, release ? given.activity : extra.activity));
  const StateWhy now = state_of(*activity, act.time);
  if (now.state == ActivityState::withdrawn || now.state == ActivityState::ended) {
    return fail(Errc::activity_state, fmt::format("it is {}", state_name(now.state)));
  }
  if (release) {
    DETENTE_TRY(const Change change, released(*activity, act, std::move(given)));
    return {};
  }
  if (contingent) {
    if (!flies(now.state)) {
      return fail(Errc::activity_state, fmt::format("it is {}, not active", state_name(now.state)));
    }
    DETENTE_TRY(const Change change, added(*activity, act, std::move(extra)));
    return {};
  }
  if (activity->offers.size() >= limits::kChangesPerActivity) {
    return fail(Errc::activity_malformed, "it has too many offers");
  }
  return {};
}

Status LedgerCore::admit_closing(const Act& act, const record::Statement& statement) const {
  DETENTE_TRY(const ClosingBody body, read_closing(statement));
  DETENTE_TRY(const Activity* activity, own_activity(act, body.activity));
  const StateWhy now = state_of(*activity, act.time);
  const bool flying = flies(now.state);
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
  Attempt attempt{act, statement.refs, std::move(body.receipts), std::move(body.fresh), {}, false};
  DETENTE_CHECK(status_of(judge_activation(*activity, attempt)));
  see_all_at_hand(attempt.act);
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
  Attempt attempt{act, {ref_of(activity->act)}, {}, {}, {}, true};
  const terms::TermsAt terms = terms_of(act);
  const auto add = [](std::vector<std::string>& to, const std::string& note) {
    if (std::find(to.begin(), to.end(), note) == to.end()) to.push_back(note);
  };
  for (const terms::Procedure::Keys& keys :
       needed(*activity, owner_of(*activity), *terms.agreement)) {
    const auto log = log_of_party_.find(keys.party);
    if (log == log_of_party_.end() || !logs_[log->second].owner) continue;
    const record::LogOwner& owner = *logs_[log->second].owner;
    const Standing said = standing(*activity, keys.party, act.seen[log->second]);
    std::set<std::string> wanted = said.officers;
    // The newest concurrences first: those before an objection are of no use.
    for (auto answer = activity->answers.rbegin(); answer != activity->answers.rend(); ++answer) {
      const Act& at = (*answer)->act;
      const bool usable = at.log == log->second && at.index < act.seen[at.log] &&
                          (*answer)->kind == Answer::Kind::concurrence && (*answer)->verdict.counts;
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
      if (std::abs(act.time - *time) > terms.agreement->clocks().fresh_ms) continue;
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
