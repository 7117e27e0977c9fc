// SPDX-License-Identifier: Apache-2.0
//
// The measurable conditions for the beginning of a stage. Not observed is not zero: days in which
// the watch was cut off count as unclean.
#include <fmt/core.h>

#include <algorithm>

#include "terms/agreement_ledger_core.h"

namespace detente::terms {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3'600'000;
constexpr std::int64_t kLongCutMs = kDayMs;
// Cuts that are looked at for the text about gaps; a link that flaps more often than this within
// the time of a condition is described by "or more".
constexpr std::size_t kGapsLookedAt = 1'000;

std::string days(std::int64_t n) {
  return fmt::format("{} {}", n, n == 1 ? "day" : "days");
}

std::string hours(std::int64_t ms) {
  return ms < 3'600'000 ? fmt::format("{} min", ms / 60'000) : fmt::format("{} h", ms / 3'600'000);
}

std::string cuts_text(const CutSum& cuts) {
  if (cuts.count == 0) return {};
  return fmt::format("; in this time links were cut {}{} {}, {} in all", cuts.count,
                     cuts.more ? " or more" : "", cuts.count == 1 ? "time" : "times",
                     hours(cuts.ms));
}

std::vector<record::Ref> newest(std::vector<std::pair<UtcMs, record::Ref>> found) {
  std::sort(found.rbegin(), found.rend());
  std::vector<record::Ref> out;
  for (auto& [time, ref] : found) {
    if (out.size() == kEvidenceShown) break;
    out.push_back(std::move(ref));
  }
  return out;
}

}  // namespace

AgreementCore::Met AgreementCore::condition(const LogSizes& sizes, UtcMs time,
                                            const StageCondition& condition,
                                            std::optional<UtcMs> base, bool explain) const {
  Met out;
  if (condition.kind == StageCondition::Kind::obligation) {
    out.basis = ConditionBasis::reports;
    out.have = verified(sizes, condition.obligation);
    out.met = out.have >= condition.n;
    out.why = fmt::format("{} of {} reports of {} are verified", out.have, condition.n,
                          condition.obligation.value);
    if (!explain) return out;
    out.evidence = verifications_of(sizes, condition.obligation);
    return out;
  }
  if (!base) {
    out.why = "the stage before it has not begun";
    return out;
  }
  if (condition.kind == StageCondition::Kind::clean_days) {
    return clean_days(sizes, time, condition, *base, explain);
  }
  out.basis = ConditionBasis::elapsed;
  out.since = base;
  out.have = std::max<std::int64_t>(0, (time - *base) / 1000);
  out.met = time - *base >= condition.n * 1000;
  out.why = fmt::format("{} of {} since {}", hours(out.have * 1000), hours(condition.n * 1000),
                        format_rfc3339(*base));
  return out;
}

// The newest ones, at most kEvidenceShown.
std::vector<record::Ref> AgreementCore::verifications_of(const LogSizes& sizes,
                                                         const ObligationId& obligation) const {
  std::vector<std::pair<UtcMs, record::Ref>> found;
  const auto reports = reports_.find(obligation);
  if (reports == reports_.end()) return {};
  for (const auto& report : reports->second) {
    const CourseItem* last = last_verification(sizes, *report);
    if (last == nullptr || std::get<VerifyBody>(last->body).result != "verified") continue;
    found.emplace_back(last->act.time, ref_of(last->act));
  }
  return newest(std::move(found));
}

AgreementCore::Met AgreementCore::clean_days(const LogSizes& sizes, UtcMs time,
                                             const StageCondition& condition, UtcMs base,
                                             bool explain) const {
  const std::optional<UtcMs> finding = last_finding(sizes, condition.findings);
  const std::optional<UtcMs> cut = last_long_cut(sizes, time);
  UtcMs since = base;
  Met out;
  out.basis = ConditionBasis::since_start;
  std::string from = "the conditions count";
  if (finding && since < *finding) {
    since = *finding;
    out.basis = ConditionBasis::since_finding;
    from = "the last finding";
  }
  if (cut && since < *cut) {
    since = *cut;
    out.basis = ConditionBasis::since_cut;
    from = "the end of a cut of more than 24 h";
  }
  out.since = since;
  out.have = std::max<std::int64_t>(0, (time - since) / kDayMs);
  out.met = time - since >= condition.n * kDayMs;
  out.why = fmt::format("{} of {} since {}, {}", days(out.have), days(condition.n), from,
                        format_rfc3339(since));
  if (!explain) return out;
  const UtcMs start = time - condition.n * kDayMs;
  out.evidence = findings_since(sizes, condition.findings, start);
  out.cuts = cuts_between(sizes, std::max(start, base), time);
  out.why += cuts_text(out.cuts);
  return out;
}

std::optional<UtcMs> AgreementCore::last_finding(const LogSizes& sizes,
                                                 const std::vector<std::string>& kinds) const {
  std::optional<UtcMs> out;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    for (const std::string& kind : kinds) {
      const auto found = logs_[log].findings_of.find(kind);
      if (found == logs_[log].findings_of.end()) continue;
      const auto& places = found->second;
      const auto end = std::partition_point(places.begin(), places.end(), [&](std::size_t place) {
        return logs_[log].findings[place].index < sizes[log];
      });
      // A log's times never go back, so its last one is its latest.
      if (end == places.begin()) continue;
      const UtcMs time = logs_[log].findings[*(end - 1)].time;
      if (!out || *out < time) out = time;
    }
  }
  return out;
}

// The newest ones after `since`, at most kEvidenceShown.
std::vector<record::Ref> AgreementCore::findings_since(const LogSizes& sizes,
                                                       const std::vector<std::string>& kinds,
                                                       UtcMs since) const {
  std::vector<std::pair<UtcMs, record::Ref>> found;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    for (const std::string& kind : kinds) {
      const auto of_kind = logs_[log].findings_of.find(kind);
      if (of_kind == logs_[log].findings_of.end()) continue;
      std::size_t taken = 0;
      for (auto place = of_kind->second.rbegin(); place != of_kind->second.rend(); ++place) {
        const FindingMark& finding = logs_[log].findings[*place];
        if (finding.index >= sizes[log]) continue;
        if (finding.time <= since || taken == kEvidenceShown) break;
        ++taken;
        found.emplace_back(finding.time,
                           record::Ref{logs_[log].origin, LeafIndex{finding.index}, finding.leaf});
      }
    }
  }
  return newest(std::move(found));
}

// When the last long cut ended that any log says of any link; `time` if it goes on.
std::optional<UtcMs> AgreementCore::last_long_cut(const LogSizes& sizes, UtcMs time) const {
  std::optional<UtcMs> out;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    const auto& closed = logs_[log].long_cuts;
    const auto end = std::partition_point(closed.begin(), closed.end(),
                                          [&](const auto& cut) { return cut.first < sizes[log]; });
    if (end != closed.begin() && (!out || *out < (end - 1)->second)) out = (end - 1)->second;
    for (const auto& [party, cuts] : logs_[log].cuts) {
      const auto after = std::partition_point(cuts.begin(), cuts.end(), [&](const CutSpan& cut) {
        return cut.begin_index < sizes[log];
      });
      if (after == cuts.begin()) continue;
      const CutSpan& last = *(after - 1);
      const bool open = !last.end_index || *last.end_index >= sizes[log];
      if (open && time - last.begin > kLongCutMs && (!out || *out < time)) out = time;
    }
  }
  return out;
}

CutSum AgreementCore::cuts_between(const LogSizes& sizes, UtcMs since, UtcMs time) const {
  CutSum out;
  for (std::size_t log = 0; log < logs_.size(); ++log) {
    for (const auto& [party, cuts] : logs_[log].cuts) {
      for (auto cut = cuts.rbegin(); cut != cuts.rend() && out.count < kGapsLookedAt; ++cut) {
        if (cut->begin_index >= sizes[log]) continue;
        const bool open = !cut->end_index || *cut->end_index >= sizes[log];
        const UtcMs end = open ? time : cut->end;
        if (end <= since) break;
        ++out.count;
        out.ms += std::max<std::int64_t>(0, std::min(end, time) - std::max(since, cut->begin));
      }
    }
  }
  out.more = out.count == kGapsLookedAt;
  return out;
}

}  // namespace detente::terms
