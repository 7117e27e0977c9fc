// SPDX-License-Identifier: Apache-2.0
//
// Takes entries in, log by log, and keeps what they say. What counts is decided in
// ledger_judge.cc, as soon as everything that a verdict depends on is known.
#include "airspace/ledger.h"

#include <fmt/core.h>

#include <algorithm>

#include "airspace/ledger_core.h"
#include "airspace/plan_content.h"
#include "base/limits.h"

namespace detente::airspace {
namespace {

// The index only finds candidates; a little wider, it misses none by a rounding.
constexpr std::int64_t kCandidatesMm = 1'000;

geo::Separation widened(geo::Separation separation) {
  separation.lateral_mm += kCandidatesMm;
  return separation;
}

}  // namespace

LedgerCore::LedgerCore(std::shared_ptr<const terms::Agreement> agreement)
    : agreement_(std::move(agreement)),
      course_(agreement_),
      separation_(widened(agreement_->separation_max())),
      index_(separation_) {
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

Status LedgerCore::learn(const std::shared_ptr<const terms::Agreement>& version) {
  DETENTE_CHECK(course_.learn(version));
  const geo::Separation wanted = widened(version->separation_max());
  const bool more = wanted.lateral_mm > separation_.lateral_mm ||
                    wanted.vertical_mm > separation_.vertical_mm ||
                    wanted.time_ms > separation_.time_ms;
  if (more) {
    separation_.lateral_mm = std::max(separation_.lateral_mm, wanted.lateral_mm);
    separation_.vertical_mm = std::max(separation_.vertical_mm, wanted.vertical_mm);
    separation_.time_ms = std::max(separation_.time_ms, wanted.time_ms);
    index_anew();
  }
  judge_waiting();
  return {};
}

void LedgerCore::index_anew() {
  index_ = VolumeIndex(separation_);
  for (std::size_t i = 0; i < activities_.size(); ++i) {
    const auto handle = static_cast<Handle>(i);
    const std::vector<geo::Volume4> volumes = every_volume(activities_[i]);
    file_near(handle, volumes);
    index_.insert(handle, volumes);
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
  course_.apply(party, entry, officers);
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
  log.times.push_back(log.last_time);
  Status taken = take_in(act, entry);
  if (!taken) refuse(act, std::move(taken).error());
  grow(log, entry.leaf);
  attach_waiting(act.log, act.index);
  judge_waiting();
}

Status LedgerCore::take_in(const Act& act, const record::Entry& entry) {
  const record::Statement& statement = entry.statement;
  const std::string& type = statement.type;
  checks_.take(ref_of(act), statement);
  if (type == "activity.propose") return take_proposal(act, statement);
  if (type == "activity.concur" || type == "activity.object" || type == "activity.read_back") {
    return take_answer(act, statement);
  }
  if (type == "activity.withdraw" || type == "activity.end") return take_closing(act, statement);
  if (type == "activity.activate") return take_activation(act, statement);
  if (type == "activity.release" || type == "activity.contingent") {
    return take_change(act, statement);
  }
  if (type == "activity.offer") return take_offer(act, statement);
  if (type == "stop.send") return take_stop(act, statement);
  if (type == "stop.ack" || type == "stop.lift") return take_stop_answer(act, statement);
  if (type == "finding.open" || type == "finding.close") take_finding(act, statement);
  return {};
}

Result<Handle> LedgerCore::own_handle(const Act& act, const ActivityId& id) const {
  const auto& own = logs_[act.log].activities;
  const auto found = own.find(StatementId{id.value});
  if (found != own.end()) return found->second;
  if (const Activity* other = find(id)) {
    return fail(Errc::activity_not_owner, "it is " + owner_of(*other).value + "'s");
  }
  return fail(Errc::activity_unknown, id.value);
}

Result<record::Ref> LedgerCore::checked_plan(const Act& act, const ActivityPlan& plan,
                                             const std::vector<record::Ref>& refs) const {
  const auto root = refs.size() == 1 ? checks_.committed(refs.front()) : std::nullopt;
  if (!root || refs.front().origin != logs_[act.log].origin) {
    return fail(Errc::activity_check, "it refers to no commitment of this log", "refs");
  }
  DETENTE_TRY(const record::Content content, plan_content(plan.volumes));
  const auto key = crypto::Secret32::from_bytes(*plan.check_key);
  if (record::commit_content(content, key).root == *root) return refs.front();
  return fail(Errc::activity_check, "the plan that was checked is another one", "check_key");
}

// What is read here no version of the agreement can change: who may file what is judged later.
Result<Activity> LedgerCore::read_proposal(const Act& act,
                                           const record::Statement& statement) const {
  Activity activity;
  const JsonReader body = statement.body();
  DETENTE_TRY(activity.plan, read_plan(body));
  activity.id = ActivityId{statement.id.value};
  activity.act = act;
  activity.act.seen = logs_[act.log].seen;
  activity.span = activity.plan.span();
  if (activity.plan.check_key) {
    DETENTE_TRY(activity.check_plan, checked_plan(act, activity.plan, statement.refs));
  }
  if (!activity.plan.replaces) return activity;
  Result<Handle> old = own_handle(act, *activity.plan.replaces);
  if (!old) {
    // Whether another log has it is nothing that this log says.
    return fail(Errc::activity_unknown, "none of that name in this log", body.place_of("replaces"));
  }
  activity.replaces = *old;
  std::size_t links = 1;
  for (const Activity* at = &activities_[*old]; at->replaces; at = &activities_[*at->replaces]) {
    ++links;
  }
  if (links > limits::kAmendmentsPerActivity) {
    return fail(Errc::activity_malformed, "it was amended too often; file it anew",
                body.place_of("replaces"));
  }
  return activity;
}

Status LedgerCore::take_proposal(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(Activity activity, read_proposal(act, statement));
  file(std::move(activity));
  return {};
}

void LedgerCore::file(Activity activity) {
  const auto handle = static_cast<Handle>(activities_.size());
  by_id_.emplace(activity.id, handle);
  LogState& log = logs_[activity.act.log];
  log.activities.emplace(StatementId{activity.id.value}, handle);
  log.proposals.emplace(activity.act.index, handle);
  if (activity.replaces) {
    Activity& old = activities_[*activity.replaces];
    old.replaced_by.push_back(handle);
    old.closers.push_back({activity.act.index, activity.act.time, Closer::Kind::amended,
                           "replaced by " + activity.id.value, handle, 0});
  }
  activities_.push_back(std::move(activity));
  file_near(handle, activities_[handle].plan.volumes);
  index_.insert(handle, activities_[handle].plan.volumes);
}

// Notes for both sides that these volumes of `handle` come close to others'.
void LedgerCore::file_near(Handle handle, std::span<const geo::Volume4> volumes) {
  const auto note = [this](Handle one, Handle other) {
    std::vector<Near>& near = activities_[one].near;
    const auto at =
        std::lower_bound(near.begin(), near.end(), other,
                         [](const Near& entry, Handle wanted) { return entry.other < wanted; });
    if (at == near.end() || at->other != other) near.insert(at, Near{other, {}});
  };
  for (const VolumeIndex::Hit& hit : index_.find(volumes)) {
    if (hit.key == handle) continue;
    note(handle, hit.key);
    note(hit.key, handle);
  }
}

Status LedgerCore::take_answer(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(AnswerBody body, read_answer(statement));
  const record::Ref& proposal = statement.refs.front();
  const auto other = log_of_origin_.find(proposal.origin);
  if (other == log_of_origin_.end()) {
    return fail(Errc::activity_unknown, "it refers to a log that the agreement does not know");
  }
  Answer& answer = answers_.emplace_back();
  answer.act = act;
  answer.act.seen = logs_[act.log].seen;
  answer.kind = kind_of(statement.type);
  answer.names = std::move(body.activity);
  answer.proposal = proposal;
  answer.clause = std::move(body.clause);
  answer.reason = std::move(body.reason);
  answer.read_back = std::move(body.read_back);
  if (answer.kind == Answer::Kind::concurrence) logs_[act.log].unjudged.push_back(&answer);
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
  if (answer.kind != Answer::Kind::concurrence) {
    answer.verdict = judge_answer(activity, answer);
  } else if (answer.proposal.index.value >= answer.act.seen[owner]) {
    judge_concurrence(activity, answer);
  }
}

void LedgerCore::attach_waiting(LogNumber log, std::uint64_t index) {
  const auto waiting = unattached_.find({log, index});
  if (waiting == unattached_.end()) return;
  for (Answer* answer : waiting->second) attach(*answer);
  unattached_.erase(waiting);
}

Result<Handle> LedgerCore::take_own(const Act& act, const ActivityId& id) const {
  const auto& own = logs_[act.log].activities;
  const auto found = own.find(StatementId{id.value});
  if (found == own.end()) return fail(Errc::activity_unknown, "none of that name in this log");
  return found->second;
}

Status LedgerCore::take_closing(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(ClosingBody body, read_closing(statement));
  DETENTE_TRY(const Handle handle, take_own(act, body.activity));
  const bool end = statement.type == "activity.end";
  Activity& activity = activities_[handle];
  activity.closers.push_back({act.index, act.time,
                              end ? Closer::Kind::ended : Closer::Kind::withdrawn, body.reason, 0,
                              0});
  activity.closings.push_back({act, end, std::move(body.reason)});
  return {};
}

Status LedgerCore::take_activation(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(ActivationBody body, read_activation(statement));
  DETENTE_TRY(const Handle handle, take_own(act, body.activity));
  Activity& activity = activities_[handle];
  Attempt attempt{act, statement.refs, std::move(body.receipts), std::move(body.fresh), {}, false};
  attempt.act.seen = logs_[act.log].seen;
  const std::size_t place = activity.attempts.size();
  unjudged_.emplace_back(handle, place);
  activity.attempts.push_back(std::move(attempt));
  for (auto old = activity.replaces; old; old = activities_[*old].replaces) {
    activities_[*old].closers.push_back({act.index, act.time, Closer::Kind::superseded,
                                         "replaced by " + activity.id.value, handle, place});
  }
  return {};
}

// What the activity would occupy after a release at this place; an error if it gives nothing back.
Result<Change> LedgerCore::released(const Activity& activity, const Act& act,
                                    ReleaseBody body) const {
  if (activity.changes.size() >= limits::kChangesPerActivity) {
    return fail(Errc::activity_malformed, "its volumes were changed too often");
  }
  Change change{act, true, std::move(body.reason), std::move(body.numbers), body.until, {}, {}, {}};
  const auto& numbers = change.numbers;
  if (!numbers.empty() && numbers.back() > activity.plan.volumes.size()) {
    return fail(Errc::activity_malformed, fmt::format("there is no volume {}", numbers.back()),
                "body/volumes");
  }
  // What was flown already cannot be given back.
  const UtcMs until = std::max(change.until.value_or(act.time), act.time);
  bool gives = false;
  change.end = UtcMs{INT64_MIN};
  for (Occupied& piece : occupied_at(activity, act.index)) {
    const bool named =
        numbers.empty() || std::binary_search(numbers.begin(), numbers.end(), piece.number);
    if (named && !piece.off_nominal && piece.volume.time.end > until) {
      gives = true;
      if (piece.volume.time.start >= until) continue;
      piece.volume.time.end = until;
    }
    change.end = std::max(change.end, piece.volume.time.end);
    change.left.push_back(std::move(piece));
  }
  if (!gives) return fail(Errc::activity_state, "nothing of it is left to give back");
  return change;
}

// Off-nominal volumes protect, so they count as soon as the owner tried to activate.
Result<Change> LedgerCore::added(const Activity& activity, const Act& act, AddedBody body) const {
  if (activity.changes.size() >= limits::kChangesPerActivity) {
    return fail(Errc::activity_malformed, "its volumes were changed too often");
  }
  if (activity.attempts.empty()) return fail(Errc::activity_state, "it is not active");
  Change change{act, false, std::move(body.reason), {}, {}, std::move(body.volumes), {}, {}};
  change.left = occupied_at(activity, act.index);
  std::size_t number = activity.plan.volumes.size();
  for (const Change& earlier : activity.changes) number += earlier.added.size();
  for (const geo::Volume4& volume : change.added) {
    change.left.push_back({static_cast<std::uint32_t>(++number), volume, true});
  }
  if (number > 2 * limits::kVolumesPerActivity) {
    return fail(Errc::activity_malformed, "it has too many volumes", "body/volumes");
  }
  change.end = UtcMs{INT64_MIN};
  for (const Occupied& piece : change.left) {
    change.end = std::max(change.end, piece.volume.time.end);
  }
  return change;
}

Status LedgerCore::take_change(const Act& act, const record::Statement& statement) {
  const bool release = statement.type == "activity.release";
  if (release) {
    DETENTE_TRY(ReleaseBody body, read_release(statement));
    DETENTE_TRY(const Handle handle, take_own(act, body.activity));
    Activity& activity = activities_[handle];
    DETENTE_TRY(Change change, released(activity, act, std::move(body)));
    // A contingent flight is closed by its owner's word alone.
    if (change.left.empty() && !contingent_at(activity, act.index)) {
      activity.closers.push_back({act.index, act.time, Closer::Kind::released,
                                  "all of its airspace was given back", 0, 0});
    }
    activity.changes.push_back(std::move(change));
    return {};
  }
  DETENTE_TRY(AddedBody body, read_contingent(statement));
  DETENTE_TRY(const Handle handle, take_own(act, body.activity));
  Activity& activity = activities_[handle];
  DETENTE_TRY(Change change, added(activity, act, std::move(body)));
  file_near(handle, change.added);
  activity.changes.push_back(std::move(change));
  index_.insert(handle, every_volume(activity));
  return {};
}

// Everything that the activity ever asked for; what was given back stays a candidate.
std::vector<geo::Volume4> LedgerCore::every_volume(const Activity& activity) {
  std::vector<geo::Volume4> out = activity.plan.volumes;
  for (const Change& change : activity.changes) {
    out.insert(out.end(), change.added.begin(), change.added.end());
  }
  return out;
}

Status LedgerCore::take_offer(const Act& act, const record::Statement& statement) {
  DETENTE_TRY(AddedBody body, read_offer(statement));
  DETENTE_TRY(const Handle handle, take_own(act, body.activity));
  Activity& activity = activities_[handle];
  if (activity.offers.size() >= limits::kChangesPerActivity) {
    return fail(Errc::activity_malformed, "it has too many offers");
  }
  activity.offers.push_back({act, std::move(body.volumes), std::move(body.reason)});
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
bool LedgerCore::judge_answers() {
  bool any = false;
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
          if (!answer.verdict.known) judge_concurrence(activities_[*answer.activity], answer);
          if (!answer.verdict.known) break;
        }
      }
      log.unjudged.pop_front();
      any = true;
    }
  }
  return any;
}

bool LedgerCore::judge_attempts() {
  return std::erase_if(unjudged_, [this](const auto& place) {
           Activity& activity = activities_[place.first];
           Attempt& attempt = activity.attempts[place.second];
           attempt.verdict = judge_activation(activity, attempt);
           return attempt.verdict.known;
         }) > 0;
}

// One verdict may be what another waits for.
void LedgerCore::judge_waiting() {
  bool more = true;
  while (more) {
    more = judge_answers();
    more = judge_attempts() || more;
  }
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
Neighbours Ledger::near(std::span<const geo::Volume4> volumes, const Filer& filer, UtcMs now,
                        std::size_t limit) const {
  return impl_->core.near(volumes, filer, now, limit);
}
std::vector<terms::Procedure::Keys> Ledger::needed(const ActivityPlan& plan, const PartyId& owner,
                                                   const terms::Agreement& version) {
  return LedgerCore::needed_by(plan, owner, version);
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
const terms::AgreementLedger& Ledger::course() const {
  return impl_->core.course();
}
Status Ledger::learn(const std::shared_ptr<const terms::Agreement>& version) {
  return impl_->core.learn(version);
}

}  // namespace detente::airspace
