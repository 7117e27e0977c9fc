// SPDX-License-Identifier: Apache-2.0
//
// The states, as they are at a moment. What does not depend on the moment was decided when the
// entries were taken in.
#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "airspace/ledger_core.h"

namespace detente::airspace {

const char* state_name(ActivityState state) {
  switch (state) {
    case ActivityState::proposed:
      return "proposed";
    case ActivityState::conflicted:
      return "conflicted";
    case ActivityState::objected:
      return "objected";
    case ActivityState::concurred:
      return "concurred";
    case ActivityState::active:
      return "active";
    case ActivityState::nonconforming:
      return "nonconforming";
    case ActivityState::contingent:
      return "contingent";
    case ActivityState::ended:
      return "ended";
    case ActivityState::withdrawn:
      return "withdrawn";
  }
  check(false, "activity state");
  return "";
}

record::Ref LedgerCore::ref_of(const Act& act) const {
  return {logs_[act.log].origin, LeafIndex{act.index}, act.leaf};
}

// Two logs can only share an id if one copied it; the copy must not hide the other from everyone
// in the same way on all nodes, so the order is fixed: by the owner's name.
const Activity* LedgerCore::find(const ActivityId& id) const {
  const Activity* found = nullptr;
  const auto [first, last] = by_id_.equal_range(id);
  for (auto at = first; at != last; ++at) {
    const Activity& activity = activities_[at->second];
    if (found == nullptr || owner_of(activity) < owner_of(*found)) found = &activity;
  }
  return found;
}

// A log that has gone past a time cannot claim that it is still before it.
UtcMs LedgerCore::clock(const Activity& activity, UtcMs now) const {
  return std::max(now, logs_[activity.act.log].last_time);
}

bool LedgerCore::live_now(const Activity& activity, UtcMs now) const {
  return open_at(activity, UINT64_MAX, clock(activity, now)) != Open::no;
}

const Attempt* LedgerCore::activation(const Activity& activity) {
  for (const Attempt& attempt : activity.attempts) {
    if (attempt.verdict.counts) return &attempt;
  }
  return nullptr;
}

bool LedgerCore::left_volumes(const Activity& activity) const {
  return outside_.contains(activity.id.value);
}

LedgerCore::StateWhy LedgerCore::state_of_closed(const Activity& activity,
                                                 const Closer& closer) const {
  const Attempt* active = activation(activity);
  const bool flown = active != nullptr && active->act.index < closer.index;
  const std::string& why = closer.reason;
  if (closer.kind == Closer::Kind::withdrawn) return {ActivityState::withdrawn, why};
  if (flown) return {ActivityState::ended, why};
  if (closer.kind == Closer::Kind::ended) {
    return {ActivityState::withdrawn, "ended without having been active"};
  }
  return {ActivityState::withdrawn, why};
}

LedgerCore::StateWhy LedgerCore::state_of_flying(const Activity& activity,
                                                 const Attempt& active) const {
  for (auto change = activity.changes.rbegin(); change != activity.changes.rend(); ++change) {
    if (change->release || change->act.index < active.act.index) continue;
    return {ActivityState::contingent, change->reason};
  }
  if (left_volumes(activity)) {
    return {ActivityState::nonconforming, "a finding says that its tracks left its volumes"};
  }
  return {ActivityState::active, {}};
}

LedgerCore::StateWhy LedgerCore::state_of_waiting(const Activity& activity, UtcMs now,
                                                  const terms::TermsAt& terms) const {
  const terms::Agreement& version = *terms.agreement;
  const auto all = needed(activity, owner_of(activity), version);
  bool enough = !all.empty();
  std::string disagrees;
  for (const terms::Procedure::Keys& keys : all) {
    const Standing said = standing(activity, keys.party, UINT64_MAX);
    if (said.objection) return {ActivityState::objected, keys.party.value + " objects"};
    if (said.disagrees) disagrees = keys.party.value + " reads another geometry back";
    enough = enough && static_cast<int>(said.officers.size()) >= keys.officers;
  }
  const std::vector<Meeting> meetings = live_meetings(activity, now, version);
  if (!meetings.empty()) {
    const Activity& other = *find(meetings.front().other);
    return {ActivityState::conflicted, fmt::format("clause {}: too close to another activity",
                                                   apart(activity, other, version).clause.value)};
  }
  return {enough ? ActivityState::concurred : ActivityState::proposed, disagrees};
}

LedgerCore::StateWhy LedgerCore::state_of(const Activity& activity, UtcMs now,
                                          const terms::TermsAt& terms) const {
  const Attempt* active = activation(activity);
  // A closing that came when the time had passed closed nothing.
  const UtcMs end = end_at(activity, UINT64_MAX);
  const bool contingent =
      active != nullptr && state_of_flying(activity, *active).state == ActivityState::contingent;
  if (const Closer* closer = closed_by(activity)) {
    const bool over = !contingent && closer->kind != Closer::Kind::released &&
                      closer->time >= end_at(activity, closer->index);
    if (!over) return state_of_closed(activity, *closer);
  }
  if (clock(activity, now) >= end && !contingent) {
    if (active != nullptr) return {ActivityState::ended, "its time is over"};
    return {ActivityState::withdrawn, "lapsed: its time passed without becoming active"};
  }
  if (active != nullptr) return state_of_flying(activity, *active);
  return state_of_waiting(activity, now, terms);
}

Step LedgerCore::step_of(const Act& act, const char* type) const {
  return {.party = logs_[act.log].party,
          .type = type,
          .officers = act.officers,
          .time = act.time,
          .ref = ref_of(act),
          .counts = true,
          .why = {}};
}

// No version at hand asks this party: its answer plays no part.
bool LedgerCore::asked_by_any(const Activity& activity, const PartyId& party) const {
  const auto documents = course_.documents();
  return std::any_of(documents.begin(), documents.end(), [&](const auto& version) {
    return judge_asked(activity, party, *version).counts;
  });
}

void LedgerCore::steps_of_answers(const Activity& activity, std::vector<Step>& steps) const {
  for (const Answer* answer : activity.answers) {
    const bool concurs = answer->kind == Answer::Kind::concurrence;
    const char* type = concurs                                   ? "activity.concur"
                       : answer->kind == Answer::Kind::objection ? "activity.object"
                                                                 : "activity.read_back";
    Step step = step_of(answer->act, type);
    step.counts = answer->verdict.counts;
    step.why = answer->reason;
    if (!answer->verdict.known) {
      step.why = waits_for(answer->act).value_or(kEarlier);
      if (answer->verdict.why.starts_with("waiting")) step.why = answer->verdict.why;
    } else if (!step.counts) {
      step.why = answer->verdict.why;
    } else if (!concurs && !asked_by_any(activity, step.party)) {
      step.counts = false;
      step.why = fmt::format("the agreement asks {} for no answer", step.party.value);
    }
    steps.push_back(std::move(step));
  }
}

void LedgerCore::steps_of_owner(const Activity& activity, std::vector<Step>& steps) const {
  const Attempt* active = activation(activity);
  for (const Attempt& attempt : activity.attempts) {
    Step step = step_of(attempt.act, "activity.activate");
    const bool again = active != nullptr && active->act.index < attempt.act.index;
    step.counts = attempt.verdict.counts && !again;
    if (!step.counts) step.why = again ? "it was active already" : attempt.verdict.why;
    steps.push_back(std::move(step));
  }
  // Only an open activity can be closed or changed.
  const auto judge = [&](Step step, const Act& act, bool over, const std::string& reason) {
    const Open open = closed_before(activity, act.index);
    step.counts = open == Open::no && !over;
    step.why = open == Open::yes       ? "it was closed already"
               : open == Open::unknown ? kEarlier
               : over                  ? "its time had passed"
                                       : reason;
    steps.push_back(std::move(step));
  };
  for (const Closing& closing : activity.closings) {
    const bool over = closing.act.time >= end_at(activity, closing.act.index) &&
                      !contingent_at(activity, closing.act.index);
    judge(step_of(closing.act, closing.end ? "activity.end" : "activity.withdraw"), closing.act,
          over, closing.reason);
  }
  for (const Change& change : activity.changes) {
    judge(step_of(change.act, change.release ? "activity.release" : "activity.contingent"),
          change.act, false, change.reason);
  }
  for (const Offered& offer : activity.offers) {
    Step step = step_of(offer.act, "activity.offer");
    step.why = offer.reason;
    steps.push_back(std::move(step));
  }
}

std::vector<Step> LedgerCore::steps_of(const Activity& activity) const {
  std::vector<Step> steps;
  steps.push_back(step_of(activity.act, "activity.propose"));
  steps_of_answers(activity, steps);
  steps_of_owner(activity, steps);
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.time, a.party, a.ref.index) < std::tie(b.time, b.party, b.ref.index);
  });
  return steps;
}

std::vector<Meeting> LedgerCore::live_meetings(const Activity& activity, UtcMs now,
                                               const terms::Agreement& version) const {
  std::vector<Meeting> out;
  for (const Near& near : activity.near) {
    const Activity& other = activities_[near.other];
    if (!live_now(other, now) || one_chain(activity, other)) continue;
    const auto pair = meet_at(activity, UINT64_MAX, near, UINT64_MAX, version);
    if (pair) out.push_back({other.id, pair->own, pair->other});
  }
  std::sort(out.begin(), out.end(), [](const Meeting& a, const Meeting& b) {
    return std::tie(a.other, a.own_volume, a.other_volume) <
           std::tie(b.other, b.own_volume, b.other_volume);
  });
  return out;
}

void LedgerCore::show_answers(const Activity& activity, const terms::Agreement& version,
                              ActivityView& out) const {
  for (const terms::Procedure::Keys& keys : needed(activity, out.owner, version)) {
    const Standing said = standing(activity, keys.party, UINT64_MAX);
    out.needed.push_back({keys.party, keys.officers, static_cast<int>(said.officers.size())});
    const LogNumber log = log_of_party_.at(keys.party);
    if (!judge_read_back(activity, log, UINT64_MAX, version).counts) {
      out.read_back_needed.push_back(keys.party);
    }
  }
  const Attempt* active = activation(activity);
  const auto officers = owner_officers(activity, active == nullptr ? activity.act : active->act);
  out.owner_keys = {out.owner, owner_keys(activity), static_cast<int>(officers.size())};
  for (const Answer* answer : activity.answers) {
    if (answer->kind != Answer::Kind::read_back) continue;
    ReadBackView view{step_of(answer->act, "activity.read_back"), answer->read_back, false};
    view.step.counts = answer->verdict.counts;
    view.step.why = answer->verdict.why;
    if (view.step.counts) {
      view.step.why = check_read_back(activity.plan, answer->read_back, version);
      view.matches = view.step.why.empty();
      if (!answer->reason.empty()) view.step.why = answer->reason;
    }
    out.read_backs.push_back(std::move(view));
  }
}

void LedgerCore::show_volumes(const Activity& activity, ActivityView& out) const {
  out.occupied = occupied_at(activity, UINT64_MAX);
  for (const Change& change : activity.changes) {
    if (change.release) {
      Step step = step_of(change.act, "activity.release");
      step.why = change.reason;
      out.releases.push_back({std::move(step), change.numbers, change.until});
      continue;
    }
    out.contingent_why = change.reason;
    out.off_nominal.insert(out.off_nominal.end(), change.added.begin(), change.added.end());
  }
  for (const Offered& offer : activity.offers) {
    Step step = step_of(offer.act, "activity.offer");
    step.why = offer.reason;
    out.offers.push_back({std::move(step), offer.volumes});
  }
}

// What was declared, if the agreement has exceptions by name at all.
std::vector<terms::ExceptionView> LedgerCore::exceptions(const terms::Agreement& version,
                                                         UtcMs now) const {
  if (version.exceptions().empty()) return {};
  return course_.view(now).exceptions;
}

// A plan that names the exception's clause, or that a rule lets through because of it, uses it.
// A plan with grounds that is filed before it begins declares it; else a statement of its own does.
void LedgerCore::show_exceptions(const Activity& activity, const terms::Agreement& version,
                                 const std::vector<terms::ExceptionView>& used,
                                 ActivityView& out) const {
  for (const terms::ExceptionView& exception : used) {
    for (const terms::ExceptionUse& use : exception.uses) {
      if (use.activity == activity.id && use.act.party == out.owner) out.exceptions.push_back(use);
    }
  }
  std::sort(out.exceptions.begin(), out.exceptions.end(),
            [](const terms::ExceptionUse& a, const terms::ExceptionUse& b) {
              return std::tie(a.act.time, a.act.ref) < std::tie(b.act.time, b.act.ref);
            });
  if (!out.active_since) return;
  const ActivityPlan& plan = activity.plan;
  for (const terms::NamedException& exception : version.exceptions()) {
    const bool named = plan.exception && plan.exception->clause == exception.clause;
    if (named && activity.act.time < activity.span.start) continue;
    const bool lifts =
        std::any_of(version.rules().begin(), version.rules().end(), [&](const terms::Rule& rule) {
          const bool fits = rule.except_clause == exception.clause &&
                            std::find(rule.except_purposes.begin(), rule.except_purposes.end(),
                                      plan.purpose) != rule.except_purposes.end();
          return fits && std::any_of(out.rules.begin(), out.rules.end(),
                                     [&rule](const terms::Reason& reason) {
                                       return reason.clause == rule.clause && !reason.broken;
                                     });
        });
    const bool declared =
        std::any_of(out.exceptions.begin(), out.exceptions.end(),
                    [&](const terms::ExceptionUse& use) { return use.exception == exception.id; });
    if ((!named && !lifts) || declared) continue;
    out.exception_note =
        fmt::format("exception not declared yet: clause {}, by {}", exception.clause.value,
                    format_rfc3339(activity.span.start + exception.declare_within_ms));
    return;
  }
}

void LedgerCore::show_checks(const Activity& activity, const terms::Agreement& version,
                             ActivityView& out) const {
  out.check_plan = activity.check_plan;
  SeenSizes all;
  all.reserve(logs_.size());
  for (const LogState& log : logs_) all.push_back(log.size);
  for (terms::CheckNeeded& one : version.needed_checks(activity.plan.purpose, owner_of(activity))) {
    const CheckStage stage = check_stage(activity, one, all);
    out.checks.push_back({std::move(one), stage});
  }
}

ActivityView LedgerCore::show(const Activity& activity, UtcMs now, const terms::TermsAt& terms,
                              const std::vector<terms::ExceptionView>& used) const {
  const terms::Agreement& version = *terms.agreement;
  ActivityView out;
  out.id = activity.id;
  out.owner = owner_of(activity);
  out.plan = activity.plan;
  StateWhy state = state_of(activity, now, terms);
  out.state = state.state;
  out.state_why = std::move(state.why);
  out.late = is_late(activity, version);
  if (out.late) out.late_why = late_text(activity, version);
  out.proposal = ref_of(activity.act);
  out.proposed_at = activity.act.time;
  out.version = version.version();
  if (const Attempt* active = activation(activity)) {
    out.active_since = active->act.time;
    out.version = active->version;
  }
  out.not_in_force = judge_force(terms).why;
  show_answers(activity, version, out);
  if (live_now(activity, now)) {
    out.meetings = live_meetings(activity, now, version);
    for (const Meeting& meeting : out.meetings) out.conflicts.push_back(meeting.other);
  }
  const Activity::Judged& judged = judge_plan(activity, terms);
  out.rules = judged.rules;
  out.forbidden = judged.forbidden;
  out.steps = steps_of(activity);
  if (activity.placed.first != &version) {
    activity.placed = {&version, check_place(activity.plan, version)};
  }
  out.place_check = activity.placed.second;
  const Closer* closer = closed_by(activity);
  const bool replaced = closer != nullptr && (closer->kind == Closer::Kind::amended ||
                                              closer->kind == Closer::Kind::superseded);
  if (replaced) {
    out.replaced_by = activities_[closer->by].id;
  } else if (!activity.replaced_by.empty()) {
    const Activity& newest = activities_[activity.replaced_by.back()];
    if (live_now(newest, now)) out.replaced_by = newest.id;
  }
  show_volumes(activity, out);
  show_checks(activity, version, out);
  show_exceptions(activity, version, used, out);
  return out;
}

std::optional<ActivityView> LedgerCore::view(const ActivityId& id, UtcMs now) const {
  const Activity* activity = find(id);
  if (activity == nullptr) return std::nullopt;
  const terms::TermsAt terms = terms_now(now);
  return show(*activity, now, terms, exceptions(*terms.agreement, now));
}

std::vector<ActivityView> LedgerCore::views(UtcMs now) const {
  std::vector<ActivityView> out;
  out.reserve(activities_.size());
  const terms::TermsAt terms = terms_now(now);
  const auto used = exceptions(*terms.agreement, now);
  for (const Activity& activity : activities_) out.push_back(show(activity, now, terms, used));
  std::sort(out.begin(), out.end(), [](const ActivityView& a, const ActivityView& b) {
    return std::tie(a.id, a.owner) < std::tie(b.id, b.owner);
  });
  return out;
}

ActivityState LedgerCore::state(const ActivityId& id, UtcMs now) const {
  const Activity* activity = find(id);
  return activity == nullptr ? ActivityState::withdrawn : state_of(*activity, now).state;
}

std::vector<StopView> LedgerCore::stops() const {
  std::vector<StopView> out;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    for (const Stop& stop : logs_[log].stops) {
      StopView view;
      view.id = stop.id;
      view.from = logs_[log].party;
      if (!stop.activity.value.empty()) view.activity = stop.activity;
      view.reason = stop.reason;
      view.sent = stop.act.time;
      view.ref = ref_of(stop.act);
      if (stop.lifted) view.lifted = stop.lifted->time;
      if (const auto acks = acks_.find(stop.id); acks != acks_.end()) {
        for (const StopAck& ack : acks->second) {
          if (ack.act.log == log) continue;
          const std::string officer = ack.act.officers.empty() ? "" : ack.act.officers.front();
          view.acks.push_back({logs_[ack.act.log].party, officer, ack.act.time});
        }
        std::sort(
            view.acks.begin(), view.acks.end(), [](const StopView::Ack& a, const StopView::Ack& b) {
              return std::tie(a.time, a.party, a.officer) < std::tie(b.time, b.party, b.officer);
            });
      }
      out.push_back(std::move(view));
    }
  }
  std::sort(out.begin(), out.end(), [](const StopView& a, const StopView& b) {
    return std::tie(a.sent, a.from, a.ref.index) < std::tie(b.sent, b.from, b.ref.index);
  });
  return out;
}

std::vector<Meeting> LedgerCore::meetings(const ActivityPlan& plan, const ActivityId& except,
                                          UtcMs now) const {
  std::vector<Meeting> out;
  const terms::TermsAt terms = terms_now(now);
  Activity asked;
  asked.act.index = UINT64_MAX;  // none of the log's
  asked.plan = plan;
  for (const VolumeIndex::Hit& hit : index_.find(plan.volumes)) {
    const Activity& other = activities_[hit.key];
    if (other.id == except || !live_now(other, now)) continue;
    const auto pair = meet_at(asked, UINT64_MAX, Near{hit.key, {}}, UINT64_MAX, *terms.agreement);
    if (pair) out.push_back({other.id, pair->own, pair->other});
  }
  std::sort(out.begin(), out.end(),
            [](const Meeting& a, const Meeting& b) { return a.other < b.other; });
  return out;
}

}  // namespace detente::airspace
