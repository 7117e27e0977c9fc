// SPDX-License-Identifier: Apache-2.0
//
// What a prefix of the logs says: the version, the state, the stages that have begun. Nothing here
// looks beyond the sizes that it is given.
#include <fmt/core.h>

#include <algorithm>

#include "terms/agreement_ledger_core.h"

namespace detente::terms {
namespace {

// The last act of a list, by index, that lies within the prefix with all that it rests on. What a
// log had seen only grows, so those within stand in front of those that are not.
const CourseItem* last_within(const std::vector<const CourseItem*>& items, const LogSizes& sizes) {
  const auto end = std::partition_point(items.begin(), items.end(), [&](const CourseItem* item) {
    return is_within(item->act, sizes);
  });
  return end == items.begin() ? nullptr : *(end - 1);
}

const CourseItem* last_within(const std::vector<ResetGroup::Reset>& resets, const LogSizes& sizes) {
  const auto end = std::partition_point(
      resets.begin(), resets.end(),
      [&](const ResetGroup::Reset& reset) { return is_within(reset.item->act, sizes); });
  return end == resets.begin() ? nullptr : (end - 1)->item;
}

}  // namespace

const char* force_state_name(ForceState state) {
  switch (state) {
    case ForceState::in_force:
      return "in_force";
    case ForceState::suspended:
      return "suspended";
    case ForceState::withdrawn:
      return "withdrawn";
    case ForceState::not_yet:
      return "not_yet";
    case ForceState::expired:
      return "expired";
  }
  check(false, "a state outside its enumeration");
  return "";
}

// ---- the version ----

// Signed by all within the prefix, and its time has come. Of several the earliest: no party can
// have signed a later one before the time of the earlier had passed (judge_amend), so wherever the
// later one is complete the earlier one is too, and what was in force stays so.
const Version* AgreementCore::next_version(const std::string& amends, std::int64_t number,
                                           const LogSizes& sizes, UtcMs time) const {
  const auto found = complete_.find(amends);
  if (found == complete_.end()) return nullptr;
  for (const Version* version : found->second) {
    if (time < version->effective) return nullptr;
    if (version->number != number || foreign_.contains(version->sha256)) continue;
    bool within = true;
    for (std::size_t log = 0; log < logs_.size() && within; ++log) {
      within = !logs_[log].votes || version->signatures[log]->act.index < sizes[log];
    }
    if (!within) continue;
    const auto document = documents_.find(version->sha256);
    const bool contradicts =
        document != documents_.end() && (document->second->version() != version->number ||
                                         document->second->amends() != version->amends);
    if (!contradicts) return version;
  }
  return nullptr;
}

AgreementCore::InForce AgreementCore::in_force(const LogSizes& sizes, UtcMs time) const {
  InForce out{first_, {}, {}};
  while (true) {
    const Version* next =
        next_version(out.agreement->sha256_hex(), out.agreement->version() + 1, sizes, time);
    if (next == nullptr) return out;
    const auto document = documents_.find(next->sha256);
    if (document == documents_.end()) {
      out.missing = next->sha256;
      return out;
    }
    out.agreement = document->second;
    out.steps.push_back(next);
  }
}

std::string AgreementCore::waits_for(const LogSizes& sizes) const {
  for (const CourseLog& log : logs_) {
    if (log.judged == log.items.size()) continue;
    const CourseAct& act = log.items[log.judged]->act;
    if (!is_within(act, sizes)) continue;
    InForce found = in_force(act.sizes, act.time);
    if (!found.missing.empty()) return found.missing;
  }
  return {};
}

// ---- the state ----

// Of all parties the most restrictive; of equal ones the first party's.
AgreementCore::Force AgreementCore::force_of(const LogSizes& sizes, std::size_t function) const {
  Force out;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    const std::vector<StateChange>& changes = logs_[log].changes[function];
    const auto end = std::partition_point(
        changes.begin(), changes.end(),
        [&](const StateChange& change) { return change.act.index < sizes[log]; });
    if (end == changes.begin()) continue;
    const StateChange& last = *(end - 1);
    if (last.state <= out.state) continue;
    out.state = last.state;
    out.change = &last;
  }
  return out;
}

AgreementCore::Force AgreementCore::force(const LogSizes& sizes,
                                          const std::optional<Function>& function) const {
  Force whole = force_of(sizes, 0);
  if (!function) return whole;
  Force own = force_of(sizes, function_number(function));
  if (own.state <= whole.state) return whole;
  own.function = function;
  return own;
}

// ---- the stages ----

// A reset ends every attempt that had not seen it.
bool AgreementCore::is_live(const LogSizes& sizes, const CourseItem& begin,
                            const StageId& stage) const {
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    for (const ResetGroup& group : logs_[log].resets) {
      if (group.kept.contains(stage)) continue;
      const CourseItem* reset = last_within(group.resets, sizes);
      if (reset != nullptr && begin.act.sizes[log] <= reset->act.index) return false;
    }
  }
  return true;
}

// A party's begin that is not its last for this stage and version was ended by a reset before the
// last one was logged: otherwise the last one would not count.
const CourseItem* AgreementCore::live_begin(const LogSizes& sizes, LogNumber log,
                                            const StageId& stage, const std::string& sha256) const {
  const auto of_stage = logs_[log].begins.find(stage);
  if (of_stage == logs_[log].begins.end()) return nullptr;
  const auto of_version = of_stage->second.find(sha256);
  if (of_version == of_stage->second.end()) return nullptr;
  const CourseItem* last = last_within(of_version->second, sizes);
  return last != nullptr && is_live(sizes, *last, stage) ? last : nullptr;
}

// Every party signed for it under one version. Under two versions, the one that was complete first.
std::optional<AgreementCore::Begun> AgreementCore::begun(const LogSizes& sizes,
                                                         const StageId& stage) const {
  const auto voter =
      std::find_if(logs_.begin(), logs_.end(), [](const CourseLog& log) { return log.votes; });
  const auto versions = voter->begins.find(stage);
  if (versions == voter->begins.end()) return std::nullopt;
  std::optional<Begun> out;
  for (const auto& [sha256, items] : versions->second) {
    Begun attempt{UtcMs{INT64_MIN}, {}};
    bool complete = true;
    for (LogNumber log = 0; log < logs_.size() && complete; ++log) {
      if (!logs_[log].votes) continue;
      const CourseItem* begin = live_begin(sizes, log, stage, sha256);
      complete = begin != nullptr;
      if (!complete) continue;
      attempt.time = std::max(attempt.time, begin->act.time);
      attempt.signatures.push_back(begin);
    }
    if (complete && (!out || attempt.time < out->time)) out = std::move(attempt);
  }
  return out;
}

AgreementCore::Course AgreementCore::course(const LogSizes& sizes,
                                            const Agreement& agreement) const {
  Course out;
  const bool none = std::all_of(logs_.begin(), logs_.end(),
                                [](const CourseLog& log) { return log.begins.empty(); });
  if (none) return out;
  // Stages may stand in any order in the document, so those that depend on others come in turn.
  bool more = true;
  while (more) {
    more = false;
    for (const Stage& stage : agreement.stages()) {
      if (out.begun.contains(stage.id)) continue;
      if (stage.after && !out.begun.contains(*stage.after)) continue;
      std::optional<Begun> attempt = begun(sizes, stage.id);
      if (!attempt) continue;
      out.begun.emplace(stage.id, std::move(*attempt));
      more = true;
    }
  }
  // The current one has begun, and none after it has. Where the course forks, the one that began
  // last.
  std::optional<UtcMs> latest;
  for (const Stage& stage : agreement.stages()) {
    const auto found = out.begun.find(stage.id);
    if (found == out.begun.end()) continue;
    const bool passed =
        std::any_of(agreement.stages().begin(), agreement.stages().end(), [&](const Stage& later) {
          return later.after == stage.id && out.begun.contains(later.id);
        });
    if (passed || (latest && found->second.time < *latest)) continue;
    latest = found->second.time;
    out.current = stage.id;
  }
  return out;
}

const CourseItem* AgreementCore::last_reset(const LogSizes& sizes, const StageId& stage) const {
  const CourseItem* out = nullptr;
  for (const CourseLog& log : logs_) {
    for (const ResetGroup& group : log.resets) {
      if (group.kept.contains(stage)) continue;
      const CourseItem* reset = last_within(group.resets, sizes);
      if (reset != nullptr && (out == nullptr || out->act.time < reset->act.time)) out = reset;
    }
  }
  return out;
}

std::optional<UtcMs> AgreementCore::base_of(const LogSizes& sizes, const Agreement& agreement,
                                            const Course& course, const Stage& stage) const {
  UtcMs base = agreement.d_day().value_or(agreement.valid().start);
  if (stage.after) {
    const auto before = course.begun.find(*stage.after);
    if (before == course.begun.end()) return std::nullopt;
    base = before->second.time;
  }
  const CourseItem* reset = last_reset(sizes, stage.id);
  return reset == nullptr ? base : std::max(base, reset->act.time);
}

// ---- obligations ----

const CourseItem* AgreementCore::last_verification(const LogSizes& sizes,
                                                   const ReportRecord& report) {
  const CourseItem* out = nullptr;
  for (const auto& [log, items] : report.verifications) {
    const CourseItem* last = last_within(items, sizes);
    if (last != nullptr && (out == nullptr || out->act.time <= last->act.time)) out = last;
  }
  return out;
}

std::int64_t AgreementCore::verified(const LogSizes& sizes, const ObligationId& obligation) const {
  const auto found = reports_.find(obligation);
  if (found == reports_.end()) return 0;
  std::int64_t count = 0;
  for (const auto& report : found->second) {
    if (report->verifications.empty() || !is_within(report->item->act, sizes)) continue;
    const CourseItem* last = last_verification(sizes, *report);
    if (last != nullptr && std::get<VerifyBody>(last->body).result == "verified") ++count;
  }
  return count;
}

// ---- the answer ----

ForceState force_by_time(const Agreement& agreement, UtcMs time) {
  const TimeSpan valid = agreement.valid();
  if (time < valid.start) return ForceState::not_yet;
  return time < valid.end ? ForceState::in_force : ForceState::expired;
}

TermsAt AgreementCore::at(const LogSizes& sizes, UtcMs time, Function function) const {
  LogSizes known = known_sizes();
  check(sizes.size() == known.size(), "sizes of other logs than the agreement's");
  for (std::size_t log = 0; log < known.size(); ++log)
    known[log] = std::min(known[log], sizes[log]);
  InForce found = in_force(known, time);
  TermsAt out;
  out.missing = std::move(found.missing);
  if (out.missing.empty()) out.missing = waits_for(known);
  const Force force = this->force(known, function);
  out.state = force.state;
  if (force.change != nullptr) {
    const StateChange& change = *force.change;
    out.why = fmt::format("{} {} {} at {}: {}", logs_[change.act.log].party.value,
                          change.state == ForceState::suspended ? "suspended" : "withdrew from",
                          force.function ? function_name(*force.function) : "the agreement",
                          format_rfc3339(change.act.time), change.reason);
  }
  if (force.state == ForceState::in_force) {
    out.state = force_by_time(*found.agreement, time);
    if (out.state != ForceState::in_force) {
      const TimeSpan valid = found.agreement->valid();
      out.why = fmt::format("version {} is valid from {} until {}", found.agreement->version(),
                            format_rfc3339(valid.start), format_rfc3339(valid.end));
    }
  }
  out.stage = course(known, *found.agreement).current;
  out.agreement = std::move(found.agreement);
  return out;
}

}  // namespace detente::terms
