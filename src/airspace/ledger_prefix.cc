// SPDX-License-Identifier: Apache-2.0
//
// What was open at a place in the owner's log, which space it took, and what came too close to it.
// Space is only given back or added by the owner's own entries, so a prefix of one log says it.
#include <algorithm>

#include "airspace/ledger_core.h"

namespace detente::airspace {
namespace {

bool before(const Activity& a, const Activity& b) {
  return std::pair(a.act.log, a.act.index) < std::pair(b.act.log, b.act.index);
}

const Change* last_change(const Activity& activity, std::uint64_t size) {
  const Change* out = nullptr;
  for (const Change& change : activity.changes) {
    if (change.act.index >= size) break;
    out = &change;
  }
  return out;
}

bool same(const geo::Separation& a, const geo::Separation& b) {
  return a.lateral_mm == b.lateral_mm && a.vertical_mm == b.vertical_mm && a.time_ms == b.time_ms;
}

}  // namespace

Open LedgerCore::closes(const Activity& activity, const Closer& closer) const {
  if (closer.kind == Closer::Kind::superseded) {
    const Verdict& verdict = activities_[closer.by].attempts[closer.attempt].verdict;
    if (!verdict.known) return Open::unknown;
    return verdict.counts ? Open::yes : Open::no;
  }
  if (closer.kind != Closer::Kind::amended) return Open::yes;
  // What is active goes on until that which replaces it becomes active.
  bool unknown = false;
  for (const Attempt& attempt : activity.attempts) {
    if (attempt.act.index >= closer.index) break;
    if (attempt.verdict.counts) return Open::no;
    unknown = unknown || !attempt.verdict.known;
  }
  return unknown ? Open::unknown : Open::yes;
}

const Closer* LedgerCore::closed_by(const Activity& activity) const {
  for (const Closer& closer : activity.closers) {
    if (closes(activity, closer) == Open::yes) return &closer;
  }
  return nullptr;
}

UtcMs LedgerCore::end_at(const Activity& activity, std::uint64_t size) {
  const Change* change = last_change(activity, size);
  return change == nullptr ? activity.span.end : change->end;
}

bool LedgerCore::contingent_at(const Activity& activity, std::uint64_t size) {
  for (const Change& change : activity.changes) {
    if (change.act.index >= size) break;
    if (!change.release) return true;
  }
  return false;
}

Open LedgerCore::closed_before(const Activity& activity, std::uint64_t size) const {
  bool unknown = false;
  for (const Closer& closer : activity.closers) {
    if (closer.index >= size) break;
    const Open closed = closes(activity, closer);
    if (closed == Open::yes) return Open::yes;
    unknown = unknown || closed == Open::unknown;
  }
  return unknown ? Open::unknown : Open::no;
}

// A contingent flight is not over when its time is: only its owner can say that it is down.
Open LedgerCore::open_at(const Activity& activity, std::uint64_t size, UtcMs time) const {
  if (activity.act.index >= size) return Open::no;
  const Open closed = closed_before(activity, size);
  if (closed == Open::yes) return Open::no;
  if (time >= end_at(activity, size) && !contingent_at(activity, size)) return Open::no;
  return closed == Open::no ? Open::yes : Open::unknown;
}

bool LedgerCore::one_chain(const Activity& a, const Activity& b) const {
  if (a.act.log != b.act.log) return false;
  const bool a_first = a.act.index < b.act.index;
  const Activity& older = a_first ? a : b;
  const Activity* at = a_first ? &b : &a;
  while (at->replaces) {
    at = &activities_[*at->replaces];
    if (at == &older) return true;
  }
  return false;
}

std::vector<Occupied> LedgerCore::occupied_at(const Activity& activity, std::uint64_t size) {
  if (const Change* change = last_change(activity, size)) return change->left;
  std::vector<Occupied> out;
  out.reserve(activity.plan.volumes.size());
  for (const geo::Volume4& volume : activity.plan.volumes) {
    out.push_back({static_cast<std::uint32_t>(out.size() + 1), volume, false});
  }
  return out;
}

terms::SeparationTerms LedgerCore::apart(const Activity& a, const Activity& b,
                                         const terms::Agreement& version) {
  return version.separation_between({a.plan.purpose, a.plan.unmanned},
                                    {b.plan.purpose, b.plan.unmanned});
}

std::optional<LedgerCore::Pair> LedgerCore::meet_at(const Activity& activity, std::uint64_t size,
                                                    const Near& near, std::uint64_t other_size,
                                                    const terms::Agreement& version) const {
  const Activity& other = activities_[near.other];
  const geo::Separation separation = apart(activity, other, version).separation;
  // One order of the two, so that rounding cannot make them differ.
  const bool first = before(activity, other);
  const auto close = [&](const geo::Volume4& own, const geo::Volume4& theirs) {
    return first ? geo::conflict(own, theirs, separation) : geo::conflict(theirs, own, separation);
  };
  const bool changed =
      last_change(activity, size) != nullptr || last_change(other, other_size) != nullptr;
  Near::Plans& plans = near.plans;
  if (!changed && plans.known && same(plans.separation, separation)) {
    if (!plans.meet) return std::nullopt;
    return Pair{plans.meet->first, plans.meet->second};
  }
  std::optional<Pair> found;
  const std::vector<Occupied> own = occupied_at(activity, size);
  const std::vector<Occupied> theirs = occupied_at(other, other_size);
  for (std::size_t i = 0; i < own.size() && !found; ++i) {
    for (std::size_t j = 0; j < theirs.size() && !found; ++j) {
      if (close(own[i].volume, theirs[j].volume)) {
        found = Pair{own[i].number - 1, theirs[j].number - 1};
      }
    }
  }
  if (!changed) {
    plans = {true, separation, std::nullopt};
    if (found) plans.meet = {found->own, found->other};
  }
  return found;
}

LedgerCore::Search LedgerCore::own_live_conflict(const Activity& activity, const Act& act,
                                                 const terms::Agreement& version) const {
  Search out;
  for (const Near& near : activity.near) {
    const Activity& other = activities_[near.other];
    if (other.act.log != act.log) continue;
    const Open open = open_at(other, act.index, act.time);
    if (open == Open::no || one_chain(activity, other)) continue;
    if (!meet_at(activity, size_for(act, activity), near, act.index, version)) continue;
    if (open == Open::unknown) out.unknown = true;
    if (out.found == nullptr || before(other, *out.found)) out.found = &other;
  }
  return out;
}

// Also where an objection took it back since: the owner may have built on it before it saw that.
bool LedgerCore::bound(const Activity& activity, const Act& act) {
  return std::any_of(activity.answers.begin(), activity.answers.end(),
                     [&act](const Answer* answer) {
                       return answer->kind == Answer::Kind::concurrence && answer->verdict.counts &&
                              answer->act.log == act.log && answer->act.index < act.index;
                     });
}

LedgerCore::Search LedgerCore::agreed_live_conflict(const Activity& activity, const Act& act,
                                                    const terms::Agreement& version) const {
  Search out;
  for (const Near& near : activity.near) {
    const Activity& other = activities_[near.other];
    if (other.act.log == act.log) continue;
    const std::uint64_t size = act.seen[other.act.log];
    if (size == 0 || !bound(other, act)) continue;
    // The act's own clock may run ahead of the owner's, under which the other may still be flown.
    const std::vector<UtcMs>& times = logs_[other.act.log].times;
    check(size <= times.size(), "an act is judged when all that it has seen is here");
    const UtcMs owners = times[size - 1];
    const Open open = open_at(other, size, std::min(act.time, owners));
    if (open == Open::no || one_chain(activity, other)) continue;
    if (!meet_at(activity, size_for(act, activity), near, size, version)) continue;
    if (open == Open::unknown) out.unknown = true;
    if (out.found == nullptr || before(other, *out.found)) out.found = &other;
  }
  return out;
}

LedgerCore::Search LedgerCore::activated_live_conflict(const Activity& activity, const Act& act,
                                                       const terms::Agreement& version) const {
  Search out;
  for (const Near& near : activity.near) {
    const Activity& other = activities_[near.other];
    if (other.act.log == act.log) continue;
    const std::uint64_t size = act.seen[other.act.log];
    if (other.attempts.empty() || other.attempts.front().act.index >= size) continue;
    const Open open = open_at(other, size, act.time);
    if (open == Open::no) continue;
    if (!meet_at(activity, size_for(act, activity), near, size, version)) continue;
    if (open == Open::unknown) out.unknown = true;
    if (out.found == nullptr || before(other, *out.found)) out.found = &other;
  }
  return out;
}

}  // namespace detente::airspace
