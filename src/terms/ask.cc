// SPDX-License-Identifier: Apache-2.0
#include "terms/ask.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::optional<TimeSpan> common(const TimeSpan& a, const TimeSpan& b) {
  const TimeSpan out{std::max(a.start, b.start), std::min(a.end, b.end)};
  return out.start < out.end ? std::optional(out) : std::nullopt;
}

// ---- rules ----

void judge_rules(const Agreement& agreement, const PlanQuestion& question, PlanAnswer& answer) {
  // When the plan is in each area that it meets.
  std::map<std::size_t, std::vector<TimeSpan>> times;
  for (const geo::Volume4& volume : question.volumes) {
    for (const std::size_t area : agreement.areas_met(volume)) {
      const TimeSpan open = agreement.areas()[area].time.value_or(agreement.valid());
      if (const auto time = common(open, volume.time)) times[area].push_back(*time);
    }
  }
  const Question asked{.who = question.who,
                       .purpose = question.purpose,
                       .active_activity = question.active,
                       .unmanned = question.unmanned,
                       .time = std::nullopt,
                       .stage = question.stage,
                       .stage_known = question.stage_known};
  for (const auto& [area, spans] : times) {
    answer.areas.push_back(area);
    Decision decision = judge_area(agreement.impl(), asked, area, spans);
    std::move(decision.reasons.begin(), decision.reasons.end(), std::back_inserter(answer.reasons));
  }
}

// ---- stand-offs ----

// Whether a volume is so close to the site that the stand-off forbids it. What is uncertain about
// heights of different references counts as close.
bool too_close(const geo::Volume4& volume, const ProtectedSite& site, const StandOff& stand_off) {
  if (site.time && !common(*site.time, volume.time)) return false;
  if (stand_off.vertical_mm > 0 && site.altitude) {
    const std::int64_t above =
        volume.altitude.lower_mm - site.altitude->upper_mm -
        geo::reference_mismatch_mm(volume.altitude.reference, site.altitude->reference);
    if (above > stand_off.vertical_mm) return false;
  }
  const double lateral_m = static_cast<double>(stand_off.lateral_mm) / 1000.0;
  return site.area.maybe_within(volume.area, lateral_m);
}

std::string distance_words(double metres) {
  if (metres >= 10'000) return fmt::format("{:.1f} km", metres / 1000.0);
  return fmt::format("{:.0f} m", metres);
}

std::string stand_off_text(const StandOff& stand_off, const ProtectedSite& site, double distance_m,
                           bool unclear) {
  std::vector<std::string> purposes;
  purposes.reserve(stand_off.purposes.size());
  for (const Purpose purpose : stand_off.purposes) purposes.push_back(purpose_words(purpose));
  std::string out = fmt::format(
      "Clause {} keeps {} {} from sites of category {}", stand_off.clause.value,
      purposes.empty() ? "flights" : join_words(purposes) + " flights",
      distance_words(static_cast<double>(stand_off.lateral_mm) / 1000.0), site.category);
  if (stand_off.vertical_mm > 0) {
    out += fmt::format(", or {} above them",
                       distance_words(static_cast<double>(stand_off.vertical_mm) / 1000.0));
  }
  out += distance_m > 0 ? fmt::format("; this flight comes within {} of {}.",
                                      distance_words(distance_m), site.id)
                        : fmt::format("; this flight goes over {}.", site.id);
  if (unclear) out += " No purpose is declared, so the clause is applied.";
  return out;
}

void judge_stand_off(const PlanQuestion& question, const StandOff& stand_off,
                     const ProtectedSite& site, PlanAnswer& answer) {
  if (!contains(stand_off.categories, site.category)) return;
  const bool unclear = !stand_off.purposes.empty() && !question.purpose;
  if (!stand_off.purposes.empty() && question.purpose &&
      !contains(stand_off.purposes, *question.purpose)) {
    return;
  }
  std::optional<double> nearest;
  for (const geo::Volume4& volume : question.volumes) {
    if (!too_close(volume, site, stand_off)) continue;
    const double distance = site.area.distance_m(volume.area);
    if (!nearest || distance < *nearest) nearest = distance;
  }
  if (!nearest) return;
  answer.reasons.push_back({.clause = stand_off.clause,
                            .area = {},
                            .effect = Effect::keep_away,
                            .broken = true,
                            .unclear = unclear,
                            .text = stand_off_text(stand_off, site, *nearest, unclear),
                            .site = site.id,
                            .distance_m = *nearest});
}

void judge_stand_offs(const Agreement& agreement, const PlanQuestion& question,
                      PlanAnswer& answer) {
  if (agreement.stand_offs().empty()) return;
  std::vector<ProtectedSite> own = agreement.sites();
  for (ProtectedSite& site : own) {
    if (!site.time) site.time = agreement.valid();
  }
  for (const std::span<const ProtectedSite> sites :
       {std::span<const ProtectedSite>(own), question.sites}) {
    for (const ProtectedSite& site : sites) {
      for (const StandOff& stand_off : agreement.stand_offs()) {
        judge_stand_off(question, stand_off, site, answer);
      }
    }
  }
}

// ---- what it needs ----

SeparationTerms most_separation(const Agreement& agreement, const PlanQuestion& question) {
  std::vector<FlightKind> own;
  std::vector<FlightKind> all;
  for (const Purpose purpose : kPurposes) {
    for (const bool unmanned : {false, true}) {
      all.push_back({purpose, unmanned});
      if (question.purpose.value_or(purpose) == purpose &&
          question.unmanned.value_or(unmanned) == unmanned) {
        own.push_back({purpose, unmanned});
      }
    }
  }
  SeparationTerms out;
  geo::Separation cited;
  for (const FlightKind& one : own) {
    for (const FlightKind& other : all) {
      const SeparationTerms apart = agreement.separation_between(one, other);
      if (out.clause.value.empty() || larger(apart.separation, cited)) {
        out.clause = apart.clause;
        cited = apart.separation;
      }
      geo::Separation& most = out.separation;
      most.lateral_mm = std::max(most.lateral_mm, apart.separation.lateral_mm);
      most.vertical_mm = std::max(most.vertical_mm, apart.separation.vertical_mm);
      most.time_ms = std::max(most.time_ms, apart.separation.time_ms);
    }
  }
  return out;
}

void add_needs(const Agreement& agreement, const PlanQuestion& question, PlanAnswer& answer) {
  answer.separation = most_separation(agreement, question);
  if (!question.purpose) return;
  answer.needs = &agreement.procedure(*question.purpose);
  const std::optional<PartyId> owner =
      question.who ? agreement.sponsor_of(*question.who) : std::nullopt;
  answer.concurrences =
      owner ? agreement.needed_concurrences(*question.purpose, *owner) : answer.needs->concurrences;
  for (const NamedException& exception : agreement.exceptions()) {
    if (contains(exception.purposes, *question.purpose)) answer.exceptions.push_back(&exception);
  }
}

// ---- words ----

std::string clause_words(const std::vector<Reason>& reasons) {
  std::vector<std::string> out;
  for (const Reason& reason : reasons) {
    if (!reason.broken) continue;
    std::string one = fmt::format("clause {} ({})", reason.clause.value,
                                  reason.site.empty() ? reason.area.value : reason.site);
    if (!contains(out, one)) out.push_back(std::move(one));
  }
  return join_words(out);
}

std::string needs_words(const PlanAnswer& answer) {
  const Procedure& procedure = *answer.needs;
  std::vector<std::string> who;
  who.reserve(answer.concurrences.size());
  for (const Procedure::Keys& keys : answer.concurrences) {
    who.push_back(fmt::format("{} ({} {})", keys.party.value, keys.officers,
                              keys.officers == 1 ? "officer" : "different officers"));
  }
  std::string out = fmt::format(
      " Clause {} asks for {} of notice, counted from when the others hold it, and for the "
      "concurrence of {}{}.",
      procedure.clause.value, duration_words(procedure.lead_ms),
      who.empty() ? "nobody else" : join_words(who),
      procedure.read_back ? ", each after a read-back" : "");
  for (const NamedException* exception : answer.exceptions) {
    out += fmt::format(
        " Exception {} (clause {}) names this purpose: its use is declared within {}.",
        exception->id.value, exception->clause.value, duration_words(exception->declare_within_ms));
  }
  return out;
}

}  // namespace

std::string answer_text(const Agreement& agreement, const PlanQuestion& question,
                        const PlanAnswer& answer) {
  std::string out;
  if (!answer.permitted) {
    out = fmt::format("Not permitted: {}.", clause_words(answer.reasons));
  } else if (answer.areas.empty()) {
    out = "Permitted: no area of the agreement is met.";
  } else {
    std::vector<std::string> areas;
    areas.reserve(answer.areas.size());
    for (const std::size_t area : answer.areas) {
      areas.push_back(agreement.areas()[area].id.value);
    }
    out = fmt::format("Permitted in {}.", join_words(areas));
  }
  const bool unclear = std::any_of(answer.reasons.begin(), answer.reasons.end(),
                                   [](const Reason& reason) { return reason.unclear; });
  if (unclear) out += " Not all is known about the flight, so the stricter reading was taken.";
  const TimeSpan valid = agreement.valid();
  const bool beyond = std::any_of(
      question.volumes.begin(), question.volumes.end(), [&](const geo::Volume4& volume) {
        return volume.time.start < valid.start || valid.end < volume.time.end;
      });
  if (beyond) out += " A part of it lies outside the agreement's own time, where no rule is.";
  if (answer.needs != nullptr) out += needs_words(answer);
  return out;
}

PlanAnswer judge_plan(const Agreement& agreement, const PlanQuestion& question) {
  PlanAnswer answer;
  judge_rules(agreement, question, answer);
  judge_stand_offs(agreement, question, answer);
  answer.permitted = std::none_of(answer.reasons.begin(), answer.reasons.end(),
                                  [](const Reason& reason) { return reason.broken; });
  add_needs(agreement, question, answer);
  answer.text = answer_text(agreement, question, answer);
  return answer;
}

}  // namespace detente::terms
