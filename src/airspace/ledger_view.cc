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
  return live(activity, UINT64_MAX, clock(activity, now));
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

LedgerCore::StateWhy LedgerCore::state_of(const Activity& activity, UtcMs now) const {
  const Attempt* active = activation(activity);
  // A closing that came when the time had passed closed nothing.
  if (!activity.closings.empty() && activity.closings.front().act.time < activity.span.end) {
    const Closing& closing = activity.closings.front();
    if (!closing.end) return {ActivityState::withdrawn, closing.reason};
    if (active != nullptr) return {ActivityState::ended, closing.reason};
    return {ActivityState::withdrawn, "ended without having been active"};
  }
  if (clock(activity, now) >= activity.span.end) {
    if (active != nullptr) return {ActivityState::ended, "its time is over"};
    return {ActivityState::withdrawn, "lapsed: its time passed without becoming active"};
  }
  if (active != nullptr) {
    if (!left_volumes(activity)) return {ActivityState::active, {}};
    return {ActivityState::nonconforming, "a finding says that its tracks left its volumes"};
  }
  bool all = !activity.needed.empty();
  for (const terms::Procedure::Keys& keys : activity.needed) {
    const Standing said = standing(activity, keys.party, UINT64_MAX);
    if (said.objection) return {ActivityState::objected, keys.party.value + " objects"};
    all = all && static_cast<int>(said.officers.size()) >= keys.officers;
  }
  for (const Handle handle : activity.near) {
    if (live_now(activities_[handle], now)) {
      return {ActivityState::conflicted, fmt::format("clause {}: too close to another activity",
                                                     agreement_->separation_clause().value)};
    }
  }
  return {all ? ActivityState::concurred : ActivityState::proposed, {}};
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

std::vector<Step> LedgerCore::steps_of(const Activity& activity) const {
  std::vector<Step> steps;
  steps.push_back(step_of(activity.act, "activity.propose"));
  for (const Answer* answer : activity.answers) {
    Step step = step_of(answer->act, answer->objection ? "activity.object" : "activity.concur");
    step.counts = answer->verdict.counts;
    step.why = answer->reason;
    if (!answer->verdict.known) {
      step.why = waits_for(answer->act).value_or("waiting for an earlier entry");
    } else if (!step.counts) {
      step.why = answer->verdict.why;
    }
    steps.push_back(std::move(step));
  }
  const Attempt* active = activation(activity);
  for (const Attempt& attempt : activity.attempts) {
    Step step = step_of(attempt.act, "activity.activate");
    const bool again = active != nullptr && active->act.index < attempt.act.index;
    step.counts = attempt.verdict.counts && !again;
    if (!step.counts) step.why = again ? "it was active already" : attempt.verdict.why;
    steps.push_back(std::move(step));
  }
  bool closed = false;
  for (const Closing& closing : activity.closings) {
    Step step = step_of(closing.act, closing.end ? "activity.end" : "activity.withdraw");
    const bool over = closing.act.time >= activity.span.end;
    step.counts = !closed && !over;
    step.why = closed ? "it was closed already" : over ? "its time had passed" : closing.reason;
    closed = true;
    steps.push_back(std::move(step));
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.time, a.party, a.ref.index) < std::tie(b.time, b.party, b.ref.index);
  });
  return steps;
}

ActivityView LedgerCore::show(const Activity& activity, UtcMs now) const {
  ActivityView out;
  out.id = activity.id;
  out.owner = owner_of(activity);
  out.plan = activity.plan;
  StateWhy state = state_of(activity, now);
  out.state = state.state;
  out.state_why = std::move(state.why);
  const terms::Procedure& procedure = agreement_->procedure(activity.plan.purpose);
  out.late = activity.act.time + procedure.lead_ms > activity.span.start;
  if (out.late) out.late_why = late_text(activity);
  out.proposal = ref_of(activity.act);
  out.proposed_at = activity.act.time;
  if (const Attempt* active = activation(activity)) out.active_since = active->act.time;
  for (const terms::Procedure::Keys& keys : activity.needed) {
    const Standing said = standing(activity, keys.party, UINT64_MAX);
    out.needed.push_back({keys.party, keys.officers, static_cast<int>(said.officers.size())});
  }
  if (live_now(activity, now)) {
    for (const Handle handle : activity.near) {
      if (live_now(activities_[handle], now)) out.conflicts.push_back(activities_[handle].id);
    }
    std::sort(out.conflicts.begin(), out.conflicts.end());
  }
  out.rules = activity.rules;
  out.steps = steps_of(activity);
  return out;
}

std::optional<ActivityView> LedgerCore::view(const ActivityId& id, UtcMs now) const {
  const Activity* activity = find(id);
  if (activity == nullptr) return std::nullopt;
  return show(*activity, now);
}

std::vector<ActivityView> LedgerCore::views(UtcMs now) const {
  std::vector<ActivityView> out;
  out.reserve(activities_.size());
  for (const Activity& activity : activities_) out.push_back(show(activity, now));
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
  for (const VolumeIndex::Hit& hit : index_.find(plan.volumes)) {
    const Activity& other = activities_[hit.key];
    if (other.id == except || !live_now(other, now)) continue;
    out.push_back({other.id, hit.own_volume, hit.other_volume});
  }
  std::sort(out.begin(), out.end(),
            [](const Meeting& a, const Meeting& b) { return a.other < b.other; });
  return out;
}

}  // namespace detente::airspace
