// SPDX-License-Identifier: Apache-2.0
//
// Takes entries in, log by log, and keeps what they say. What counts is decided in
// ledger_judge.cc, as soon as everything that a verdict depends on is known.
#include "airspace/ledger.h"

#include <fmt/core.h>

#include <algorithm>

#include "airspace/ledger_core.h"
#include "base/limits.h"

namespace detente::airspace {
namespace {

// An activation needs one note for each other party and purpose; agreements have few parties.
constexpr std::size_t kNotesMax = 64;

Result<ActivityId> read_activity_id(const JsonReader& body) {
  DETENTE_TRY(std::string id, body.string("activity", limits::kIdBytes));
  return ActivityId{std::move(id)};
}

// A reason may be left out where haste matters more; an objection must give one.
Result<std::string> read_reason(const JsonReader& body) {
  if (!body.has("reason")) return std::string{};
  return body.string("reason", limits::kTextBytes, true);
}

}  // namespace

Result<AnswerBody> read_answer(const record::Statement& statement,
                               const std::set<ClauseId>& clauses) {
  const JsonReader body = statement.body();
  AnswerBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  if (statement.type == "activity.concur") {
    DETENTE_CHECK(body.only({"activity"}));
  } else {
    DETENTE_CHECK(body.only({"activity", "clause", "reason"}));
    DETENTE_TRY(out.clause, body.string("clause", limits::kIdBytes));
    if (!clauses.contains(ClauseId{out.clause})) {
      return fail(Errc::agreement_unknown_clause, json_quote(out.clause), body.place_of("clause"));
    }
    DETENTE_TRY(out.reason, body.string("reason", limits::kTextBytes));
  }
  if (statement.refs.size() != 1) {
    return fail(Errc::activity_evidence, "it must refer to the proposal's entry, and nothing else",
                "refs");
  }
  return out;
}

Result<ClosingBody> read_closing(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "reason"}));
  ClosingBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  DETENTE_TRY(out.reason, read_reason(body));
  return out;
}

Result<ActivationBody> read_activation(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "receipts", "fresh"}));
  ActivationBody out;
  DETENTE_TRY(out.activity, read_activity_id(body));
  DETENTE_TRY(out.receipts, body.strings("receipts", kNotesMax, limits::kNoteBytes));
  DETENTE_TRY(out.fresh, body.strings("fresh", kNotesMax, limits::kNoteBytes));
  return out;
}

Result<StopBody> read_stop(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"activity", "reason"}));
  StopBody out;
  if (body.has("activity")) {
    DETENTE_TRY(out.activity.value, body.string("activity", limits::kIdBytes, true));
  }
  DETENTE_TRY(out.reason, read_reason(body));
  return out;
}

Result<StopAnswerBody> read_stop_answer(const record::Statement& statement) {
  const JsonReader body = statement.body();
  DETENTE_CHECK(body.only({"stop", "reason"}));
  StopAnswerBody out;
  DETENTE_TRY(out.stop.value, body.string("stop", limits::kIdBytes));
  DETENTE_TRY(out.reason, read_reason(body));
  return out;
}

LedgerCore::LedgerCore(std::shared_ptr<const terms::Agreement> agreement)
    : agreement_(std::move(agreement)), index_(agreement_->separation()) {
  for (const ClauseId& clause : agreement_->clauses()) clauses_.insert(clause);
  const std::size_t count = agreement_->parties().size();
  for (const terms::Party& party : agreement_->parties()) {
    const auto number = static_cast<LogNumber>(logs_.size());
    LogState& log = logs_.emplace_back();
    log.party = party.id;
    log.seen.assign(count, 0);
    log_of_party_.emplace(party.id, number);
    Result<record::LogOwner> owner = agreement_->log_owner(party.id);
    if (!owner) continue;  // a template: there are no logs yet
    log.origin = Origin{owner->log.name};
    log.owner = std::move(*owner);
    log_of_origin_.emplace(log.origin, number);
  }
}

void LedgerCore::refuse(const Act& act, Error error) {
  refused_.push_back({ref_of(act), std::move(error)});
}

void LedgerCore::grow(LogState& log, const Hash& leaf) {
  if (log.subtrees.empty()) log.subtrees.emplace_back();
  log.subtrees[0].push_back(leaf);
  for (std::size_t level = 0; log.subtrees[level].size() % 2 == 0; ++level) {
    const auto& below = log.subtrees[level];
    const Hash parent = record::node_hash(below[below.size() - 2], below.back());
    if (log.subtrees.size() == level + 1) log.subtrees.emplace_back();
    log.subtrees[level + 1].push_back(parent);
  }
  ++log.size;
}

void LedgerCore::apply(const PartyId& party, const record::Entry& entry,
                       const std::vector<std::string>& officers) {
  const auto found = log_of_party_.find(party);
  if (found == log_of_party_.end() || !logs_[found->second].owner) {
    refused_.push_back({{entry.statement.log, entry.header.seq, entry.leaf},
                        {Errc::agreement_unknown_party, party.value, {}}});
    return;
  }
  LogState& log = logs_[found->second];
  Act act{.log = found->second,
          .index = entry.header.seq.value,
          .time = entry.header.time,
          .leaf = entry.leaf,
          .officers = officers,
          .seen = {}};
  std::sort(act.officers.begin(), act.officers.end());
  act.officers.erase(std::unique(act.officers.begin(), act.officers.end()), act.officers.end());
  if (act.index != log.size) {
    refuse(act, {Errc::entry_index, fmt::format("entry {} is the next one", log.size), {}});
    return;
  }
  for (const record::Head& head : entry.header.seen) {
    const auto other = log_of_origin_.find(head.origin);
    if (other == log_of_origin_.end() || other->second == act.log) continue;
    std::uint64_t& size = log.seen[other->second];
    size = std::max(size, head.size.value);
  }
  log.last_time = std::max(log.last_time, act.time);
  Status taken = take_in(act, entry);
  if (!taken) refuse(act, std::move(taken).error());
  grow(log, entry.leaf);
  attach_waiting(act.log, act.index);
  judge_waiting();
}

Status LedgerCore::take_in(const Act& act, const record::Entry& entry) {
  const record::Statement& statement = entry.statement;
  const std::string& type = statement.type;
  if (type == "activity.propose") return take_proposal(act, statement);
  if (type == "activity.concur" || type == "activity.object") return take_answer(act, statement);
  if (type == "activity.withdraw" || type == "activity.end") return take_closing(act, statement);
  if (type == "activity.activate") return take_activation(act, statement);
  if (type == "stop.send") return take_stop(act, statement);
  if (type == "stop.ack" || type == "stop.lift") return take_stop_answer(act, statement);
  if (type == "finding.open" || type == "finding.close") take_finding(act, statement);
  return {};
}

Status LedgerCore::take_proposal(const Act& act, const record::Statement& statement) {
  LogState& log = logs_[act.log];
  Activity activity;
  DETENTE_TRY(activity.plan, read_own_plan(statement.body(), log.party));
  activity.id = ActivityId{statement.id.value};
  activity.act = act;
  activity.span = activity.plan.span();
  activity.needed = agreement_->needed_concurrences(activity.plan.purpose, log.party);
  judge_rules(activity);
  file(std::move(activity));
  return {};
}

void LedgerCore::file(Activity activity) {
  const auto handle = static_cast<Handle>(activities_.size());
  for (const VolumeIndex::Hit& hit : index_.find(activity.plan.volumes)) {
    activity.near.push_back(hit.key);
    activities_[hit.key].near.push_back(handle);
  }
  index_.insert(handle, activity.plan.volumes);
  by_id_.emplace(activity.id, handle);
  LogState& log = logs_[activity.act.log];
  log.activities.emplace(StatementId{activity.id.value}, handle);
  log.proposals.emplace(activity.act.index, handle);
  activities_.push_back(std::move(activity));
}

Status LedgerCore::take_answer(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(AnswerBody body, read_answer(statement, clauses_));
  const record::Ref& proposal = statement.refs.front();
  const auto other = log_of_origin_.find(proposal.origin);
  if (other == log_of_origin_.end()) {
    return fail(Errc::activity_unknown, "it refers to a log that the agreement does not know");
  }
  Answer& answer = answers_.emplace_back();
  answer.act = act;
  answer.act.seen = logs_[act.log].seen;
  answer.objection = statement.type == "activity.object";
  answer.names = std::move(body.activity);
  answer.proposal = proposal;
  answer.clause = std::move(body.clause);
  answer.reason = std::move(body.reason);
  if (!answer.objection) logs_[act.log].unjudged.push_back(&answer);
  if (proposal.index.value < logs_[other->second].size) {
    attach(answer);
  } else {
    unattached_[{other->second, proposal.index.value}].push_back(&answer);
  }
  return {};
}

// The proposal's log is known to its entry: either that is the proposal, or the answer is void.
void LedgerCore::attach(Answer& answer) {
  const LogState& log = logs_[log_of_origin_.at(answer.proposal.origin)];
  const auto found = log.proposals.find(answer.proposal.index.value);
  if (found == log.proposals.end() || activities_[found->second].id != answer.names) {
    answer.dropped = true;
    refuse(answer.act, {Errc::activity_unknown, "it refers to no proposal of that name", "refs/0"});
    return;
  }
  Activity& activity = activities_[found->second];
  answer.activity = found->second;
  const auto place = [](const Answer* a) { return std::pair(a->act.log, a->act.index); };
  const auto at =
      std::upper_bound(activity.answers.begin(), activity.answers.end(), &answer,
                       [&](const Answer* a, const Answer* b) { return place(a) < place(b); });
  activity.answers.insert(at, &answer);
  // An objection protects, so it never waits for anything; nor does what cannot count anyway.
  const LogNumber owner = log_of_origin_.at(answer.proposal.origin);
  if (answer.objection) {
    answer.verdict = judge_answer(activity, answer);
  } else if (answer.proposal.index.value >= answer.act.seen[owner]) {
    answer.verdict = judge_concurrence(activity, answer);
  }
}

void LedgerCore::attach_waiting(LogNumber log, std::uint64_t index) {
  const auto waiting = unattached_.find({log, index});
  if (waiting == unattached_.end()) return;
  for (Answer* answer : waiting->second) attach(*answer);
  unattached_.erase(waiting);
}

Status LedgerCore::take_closing(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(ClosingBody body, read_closing(statement));
  const auto& own = logs_[act.log].activities;
  const auto found = own.find(StatementId{body.activity.value});
  if (found == own.end()) return fail(Errc::activity_unknown, "none of that name in this log");
  activities_[found->second].closings.push_back(
      {act, statement.type == "activity.end", std::move(body.reason)});
  return {};
}

Status LedgerCore::take_activation(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(ActivationBody body, read_activation(statement));
  const auto& own = logs_[act.log].activities;
  const auto found = own.find(StatementId{body.activity.value});
  if (found == own.end()) return fail(Errc::activity_unknown, "none of that name in this log");
  Activity& activity = activities_[found->second];
  Attempt attempt{act, statement.refs, std::move(body.receipts), std::move(body.fresh), {}};
  attempt.act.seen = logs_[act.log].seen;
  unjudged_.emplace_back(found->second, activity.attempts.size());
  activity.attempts.push_back(std::move(attempt));
  return {};
}

Status LedgerCore::take_stop(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(StopBody body, read_stop(statement));
  Stop stop;
  stop.act = act;
  stop.id = statement.id;
  stop.activity = std::move(body.activity);
  stop.reason = std::move(body.reason);
  logs_[act.log].stops.push_back(std::move(stop));
  return {};
}

Status LedgerCore::take_stop_answer(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(StopAnswerBody body, read_stop_answer(statement));
  if (statement.type == "stop.ack") {
    acks_[body.stop].push_back({act});
    return {};
  }
  for (Stop& stop : logs_[act.log].stops) {
    if (stop.id != body.stop) continue;
    if (!stop.lifted) {
      stop.lifted = act;
      stop.lift_reason = std::move(body.reason);
    }
    return {};
  }
  return fail(Errc::stop_unknown, "none of that name in this log");
}

void LedgerCore::take_finding(const Act& act, const record::Statement& statement) {
  // Only what the state of an activity depends on; the watch reads the rest.
  const JsonReader body = statement.body();
  const Result<std::string> finding = body.string("finding", limits::kIdBytes);
  if (!finding) return;
  LogState& log = logs_[act.log];
  const auto forget = [&](const std::string& id) {
    const auto open = log.open_findings.find(id);
    if (open == log.open_findings.end()) return;
    const auto count = outside_.find(open->second);
    if (--count->second == 0) outside_.erase(count);
    log.open_findings.erase(open);
  };
  forget(*finding);
  if (statement.type == "finding.close") return;
  const Result<std::string> kind = body.string("kind", limits::kIdBytes);
  const Result<std::string> activity = body.string("activity", limits::kIdBytes, true);
  if (!kind || !activity || *kind != "outside_volume" || activity->empty()) return;
  log.open_findings.emplace(*finding, *activity);
  ++outside_[*activity];
}

// Concurrences are judged in the order of their log: one depends on those before it, never on
// those after. What a log had seen only grows, so if one must wait, all behind it must.
void LedgerCore::judge_waiting() {
  for (LogState& log : logs_) {
    while (!log.unjudged.empty()) {
      Answer& answer = *log.unjudged.front();
      if (!answer.dropped) {
        if (!answer.activity) {
          const LogNumber other = log_of_origin_.at(answer.proposal.origin);
          // Not yet known here. If its own log had not seen it either, it cannot count, whatever
          // it is; it is judged, and shown, when the proposal arrives.
          if (answer.proposal.index.value < answer.act.seen[other]) break;
        } else {
          answer.verdict = judge_concurrence(activities_[*answer.activity], answer);
          if (!answer.verdict.known) break;
        }
      }
      log.unjudged.pop_front();
    }
  }
  std::erase_if(unjudged_, [this](const auto& place) {
    Activity& activity = activities_[place.first];
    Attempt& attempt = activity.attempts[place.second];
    attempt.verdict = judge_activation(activity, attempt);
    return attempt.verdict.known;
  });
}

struct Ledger::Impl {
  explicit Impl(std::shared_ptr<const terms::Agreement> agreement) : core(std::move(agreement)) {}
  LedgerCore core;
};

Ledger::Ledger(std::shared_ptr<const terms::Agreement> agreement)
    : impl_(std::make_unique<Impl>(std::move(agreement))) {}
Ledger::~Ledger() = default;
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;

void Ledger::apply(const PartyId& party, const record::Entry& entry,
                   const std::vector<std::string>& officers) {
  impl_->core.apply(party, entry, officers);
}
Status Ledger::admit(const PartyId& party, const record::Statement& statement,
                     const std::vector<std::string>& officers, UtcMs now,
                     const std::vector<record::Head>& seen) const {
  return impl_->core.admit(party, statement, officers, now, seen);
}
std::optional<ActivityView> Ledger::view(const ActivityId& id, UtcMs now) const {
  return impl_->core.view(id, now);
}
std::vector<ActivityView> Ledger::views(UtcMs now) const {
  return impl_->core.views(now);
}
ActivityState Ledger::state(const ActivityId& id, UtcMs now) const {
  return impl_->core.state(id, now);
}
std::vector<StopView> Ledger::stops() const {
  return impl_->core.stops();
}
std::vector<Meeting> Ledger::meetings(const ActivityPlan& plan, const ActivityId& except,
                                      UtcMs now) const {
  return impl_->core.meetings(plan, except, now);
}
Result<Ledger::Activation> Ledger::prepare_activation(const ActivityId& id,
                                                      const std::vector<std::string>& notes,
                                                      UtcMs now,
                                                      const std::vector<record::Head>& seen) const {
  return impl_->core.prepare(id, notes, now, seen);
}
const std::vector<Ledger::Refused>& Ledger::refused() const {
  return impl_->core.refused();
}

}  // namespace detente::airspace
