// SPDX-License-Identifier: Apache-2.0
#include "airspace/plan_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/limits.h"

namespace detente::airspace {
namespace {

std::string length_words(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  if (minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string force_words(const terms::TermsAt& terms) {
  if (!terms.missing.empty()) {
    return "the document of the version in force is not at hand: " + terms.missing;
  }
  if (terms.state == terms::ForceState::in_force) return {};
  const std::string state = terms::force_state_name(terms.state);
  return terms.why.empty() ? state : fmt::format("{}: {}", state, terms.why);
}

class Examination {
 public:
  Examination(const Ledger& ledger, const PlanToCheck& question)
      : ledger_(ledger),
        question_(question),
        plan_(question.plan),
        agreement_(*question.terms.agreement),
        filer_{question.owner, question.plan.replaces} {}

  PlanCheck run() {
    PlanCheck out;
    if (Status fits = fileable(); !fits) {
      out.problem = std::move(fits).error();
      return out;
    }
    out.answer = judge(plan_.volumes);
    out.needed = Ledger::needed(plan_, question_.owner, agreement_);
    out.not_in_force = force_words(question_.terms);
    out.place = airspace::check_place(plan_, agreement_);
    place_asked_ = out.place.question;
    const terms::Procedure& procedure = agreement_.procedure(plan_.purpose);
    const UtcMs start = plan_.span().start;
    first_in_time_ = question_.now + procedure.lead_ms;
    out.late = first_in_time_ > start;
    if (out.late) {
      out.late_why = fmt::format(
          "clause {} asks for {} of notice; filed now, at {}, it would have to begin at {} or "
          "later",
          procedure.clause.value, length_words(procedure.lead_ms), format_rfc3339(question_.now),
          format_rfc3339(first_in_time_));
    }
    find_conflicts(out);
    if (out.answer.permitted) find_ways(out);
    return out;
  }

 private:
  // What the node would refuse, whatever it meets.
  Status fileable() const {
    DETENTE_CHECK(airspace::check_plan(plan_, question_.owner, agreement_));
    if (plan_.volumes.empty()) return fail(Errc::activity_malformed, "no volume", "volumes");
    const std::size_t bytes = write_plan(plan_).size();
    if (bytes > limits::kStatementPayloadBytes) {
      return fail(Errc::entry_too_large, fmt::format("{} bytes, at most {} can be signed", bytes,
                                                     limits::kStatementPayloadBytes));
    }
    if (plan_.span().end <= question_.now) {
      return fail(Errc::activity_late,
                  "its time has passed: it ends " + format_rfc3339(plan_.span().end));
    }
    if (!plan_.replaces) return {};
    const std::optional<ActivityView> old = ledger_.view(*plan_.replaces, question_.now);
    if (!old) return fail(Errc::activity_unknown, plan_.replaces->value, "replaces");
    if (old->owner != question_.owner) {
      return fail(Errc::activity_not_owner, "another party's activity", "replaces");
    }
    if (old->state == ActivityState::ended || old->state == ActivityState::withdrawn) {
      return fail(Errc::activity_state, fmt::format("it is {}", state_name(old->state)),
                  "replaces");
    }
    return {};
  }

  terms::PlanAnswer judge(std::span<const geo::Volume4> volumes) const {
    return terms::judge_plan(agreement_, {.who = plan_.operator_id,
                                          .purpose = plan_.purpose,
                                          .unmanned = plan_.unmanned,
                                          .volumes = {volumes.begin(), volumes.end()},
                                          .active = true,
                                          .stage = question_.terms.stage,
                                          .stage_known = true,
                                          .sites = question_.sites});
  }
  terms::SeparationTerms apart(const Neighbour& other) const {
    return agreement_.separation_between({plan_.purpose, plan_.unmanned}, other.kind);
  }

  struct Pair {
    const Neighbour* other = nullptr;
    std::uint32_t own = 0;
    const Occupied* occupied = nullptr;
    terms::SeparationTerms separation;
    UtcMs begins;
    auto rank() const { return std::tie(begins, other->id, own, occupied->number); }
  };

  // Growing an area by the separation takes long where it has many corners. What is left of the
  // bound says which are drawn exactly; of the others, the circle around them.
  geo::Overlap region_of(const Pair& pair, std::size_t& corners) const {
    const geo::Volume4& own = plan_.volumes[pair.own];
    geo::Volume4 other = pair.occupied->volume;
    const auto* polygon = std::get_if<geo::Polygon>(&other.area.shape());
    const std::size_t count = polygon == nullptr ? 0 : polygon->vertices.size();
    std::optional<geo::Overlap> out;
    if (count > corners) {
      const geo::BoundingCap cap = other.area.bounding_cap();
      const auto radius_mm = static_cast<std::int64_t>(cap.radius_m * 1000) + 1'000;
      Result<geo::Area> around = geo::Area::make(geo::Circle{cap.center, radius_mm});
      if (around) {
        other.area = std::move(*around);
        out = geo::overlap(own, other, pair.separation.separation);
        if (out) out->distance_m = own.area.distance_m(pair.occupied->volume.area);
      }
    } else {
      corners -= count;
    }
    if (!out) out = geo::overlap(own, pair.occupied->volume, pair.separation.separation);
    check(out.has_value(), "what conflicts has an overlap");
    return std::move(*out);
  }

  // Every pair of volumes that is too close; the first in time are shown.
  void find_conflicts(PlanCheck& out) const {
    const Neighbours around = ledger_.near(plan_.volumes, filer_, question_.now, kNeighboursMax);
    out.conflicts_more = around.more;
    std::vector<Pair> pairs;
    for (const Neighbour& other : around.list) {
      const terms::SeparationTerms separation = apart(other);
      for (std::uint32_t own = 0; own < plan_.volumes.size(); ++own) {
        for (const Occupied& occupied : other.occupied) {
          const geo::Volume4& volume = plan_.volumes[own];
          if (!geo::conflict(volume, occupied.volume, separation.separation)) continue;
          const UtcMs begins = std::max(volume.time.start,
                                        occupied.volume.time.start - separation.separation.time_ms);
          pairs.push_back({&other, own, &occupied, separation, begins});
        }
      }
    }
    std::sort(pairs.begin(), pairs.end(),
              [](const Pair& a, const Pair& b) { return a.rank() < b.rank(); });
    if (pairs.size() > kConflictsShown) {
      pairs.resize(kConflictsShown);
      out.conflicts_more = true;
    }
    std::size_t corners = kRegionCorners;
    for (const Pair& pair : pairs) {
      geo::Overlap overlap = region_of(pair, corners);
      out.conflicts.push_back({.activity = pair.other->id,
                               .owner = pair.other->owner,
                               .state = ledger_.state(pair.other->id, question_.now),
                               .own = pair.other->owner == question_.owner,
                               .own_volume = pair.own,
                               .other_volume = pair.occupied->number - 1,
                               .separation = pair.separation,
                               .overlap = std::move(overlap)});
    }
  }

  ActivityPlan with(std::span<const geo::Volume4> volumes) const {
    ActivityPlan out = plan_;
    out.volumes.assign(volumes.begin(), volumes.end());
    return out;
  }
  bool meets_nobody(std::span<const geo::Volume4> volumes) const {
    const Neighbours around = ledger_.near(volumes, filer_, question_.now, kNeighboursMax);
    if (around.more) return false;
    for (const Neighbour& other : around.list) {
      const geo::Separation separation = apart(other).separation;
      for (const geo::Volume4& own : volumes) {
        for (const Occupied& occupied : other.occupied) {
          if (geo::conflict(own, occupied.volume, separation)) return false;
        }
      }
    }
    return true;
  }
  // A way out must not lead away from the place that the notice names.
  bool fits_place(std::span<const geo::Volume4> volumes) const {
    const bool near =
        std::all_of(volumes.begin(), volumes.end(), [this](const geo::Volume4& volume) {
          return volume.area.distance_m(plan_.place.point) <= kPlaceDistanceMaxM;
        });
    return near && (place_asked_ || !airspace::check_place(with(volumes), agreement_).question);
  }

  void find_ways(PlanCheck& out) const {
    if (out.conflicts.empty() && !out.conflicts_more && !out.late) return;
    const std::vector<geo::Volume4> far = reach(plan_.volumes, question_.flexibility);
    const Neighbours around = ledger_.near(far, filer_, question_.now, kNeighboursMax);
    std::vector<Obstacle> obstacles;
    for (const Neighbour& other : around.list) {
      Obstacle& one = obstacles.emplace_back();
      one.separation = apart(other).separation;
      for (const Occupied& occupied : other.occupied) one.volumes.push_back(occupied.volume);
    }
    const UtcMs start = plan_.span().start;
    const UtcMs with_filing = first_in_time_ + kFilingMs;
    WaysOut found =
        ways_out({.volumes = plan_.volumes,
                  .obstacles = obstacles,
                  .flexibility = question_.flexibility,
                  // A plan that is in time itself may stay where it is.
                  .earliest = out.late ? with_filing : std::min(start, with_filing),
                  .valid = agreement_.valid(),
                  .allowed = [this](std::span<const geo::Volume4> volumes) {
                    return meets_nobody(volumes) && judge(volumes).permitted && fits_place(volumes);
                  }});
    out.ways_more = found.more || around.more;
    for (WayOut& way : found.ways) {
      ActivityPlan plan = with(way.volumes);
      out.ways.push_back({std::move(way), std::move(plan)});
    }
  }
  const Ledger& ledger_;
  const PlanToCheck& question_;
  const ActivityPlan& plan_;
  const terms::Agreement& agreement_;
  const Filer filer_;
  UtcMs first_in_time_;
  bool place_asked_ = false;
};

}  // namespace

PlanCheck examine_plan(const Ledger& ledger, const PlanToCheck& question) {
  return Examination(ledger, question).run();
}

}  // namespace detente::airspace
