// SPDX-License-Identifier: Apache-2.0
//
// Warnings: what is legal and probably not meant. None of them changes an answer.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

using Impl = Agreement::Impl;
using Warnings = std::vector<Warning>;

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Empty means all.
template <class T>
bool covers(const std::vector<T>& wide, const std::vector<T>& narrow) {
  if (wide.empty()) return true;
  return !narrow.empty() && std::all_of(narrow.begin(), narrow.end(),
                                        [&](const T& one) { return contains(wide, one); });
}

std::string spot(std::string_view list, std::size_t number) {
  return fmt::format("{}/{}", list, number);
}

// ---- rules ----

// A class in which `by` forbids flights to everyone of `rule`, whenever that applies; nullptr if
// there is none. Lists are sorted once, because a hostile agreement may have long ones.
struct Sorted {
  std::vector<PartyId> who;
  std::vector<std::string> classes;
};
const std::string* covered_in(const Rule& rule, const Sorted& mine, const Rule& by,
                              const Sorted& its) {
  const bool always = by.effect == Effect::forbid && by.daily.empty() &&
                      (!by.unmanned || by.unmanned == rule.unmanned) &&
                      covers(by.stages, rule.stages);
  if (!always) return nullptr;
  const bool everyone =
      its.who.empty() || (!mine.who.empty() && std::includes(its.who.begin(), its.who.end(),
                                                             mine.who.begin(), mine.who.end()));
  if (!everyone) return nullptr;
  const auto shared =
      std::find_if(mine.classes.begin(), mine.classes.end(), [&](const std::string& one) {
        return std::binary_search(its.classes.begin(), its.classes.end(), one);
      });
  return shared == mine.classes.end() ? nullptr : &*shared;
}

std::vector<Sorted> sorted_lists(const Impl& terms) {
  std::vector<Sorted> out;
  for (const Rule& rule : terms.rules) {
    Sorted one{rule.who, rule.classes};
    std::sort(one.who.begin(), one.who.end());
    std::sort(one.classes.begin(), one.classes.end());
    out.push_back(std::move(one));
  }
  return out;
}

// Lifts of a rule that change nothing: beyond its purposes, or where another rule forbids anyway.
void lint_lifts(const Impl& terms, const std::vector<Sorted>& lists, std::size_t number,
                Warnings& out) {
  const Rule& rule = terms.rules[number];
  std::vector<Purpose> lifted;
  for (const Purpose purpose : rule.except_purposes) {
    if (covers(rule.purposes, {purpose})) {
      lifted.push_back(purpose);
      continue;
    }
    out.push_back({spot("rules", number) + "/except_purposes",
                   {rule.clause, *rule.except_clause},
                   fmt::format("Clause {} does not reach {} flights, so lifting it for them has no "
                               "effect.",
                               rule.clause.value, purpose_words(purpose))});
  }
  for (std::size_t other = 0; other < terms.rules.size() && !lifted.empty(); ++other) {
    const Rule& by = terms.rules[other];
    if (other == number) continue;
    const std::string* area_class = covered_in(rule, lists[number], by, lists[other]);
    if (area_class == nullptr) continue;
    for (std::size_t i = 0; i < lifted.size();) {
      const Purpose purpose = lifted[i];
      if (!covers(by.purposes, {purpose}) || contains(by.except_purposes, purpose)) {
        ++i;
        continue;
      }
      out.push_back({spot("rules", number) + "/except_purposes",
                     {rule.clause, *rule.except_clause, by.clause},
                     fmt::format("Clause {} lifts clause {} for {}, but in class {} clause {} "
                                 "still forbids it.",
                                 rule.except_clause->value, rule.clause.value,
                                 purpose_words(purpose), *area_class, by.clause.value)});
      lifted.erase(lifted.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void lint_rules(const Impl& terms, Warnings& out) {
  std::set<std::string> with_area;
  for (const AreaTerms& area : terms.areas) with_area.insert(area.area_class);
  std::set<std::string> with_rule;
  const std::vector<Sorted> lists = sorted_lists(terms);
  for (std::size_t r = 0; r < terms.rules.size(); ++r) {
    const Rule& rule = terms.rules[r];
    bool somewhere = false;
    for (const std::string& area_class : rule.classes) {
      with_rule.insert(area_class);
      somewhere = somewhere || with_area.contains(area_class);
    }
    if (!somewhere) {
      out.push_back({spot("rules", r),
                     {rule.clause},
                     fmt::format("No area is of a class of clause {}, so it applies nowhere.",
                                 rule.clause.value)});
    }
    if (rule.effect == Effect::declare && rule.except_clause) {
      out.push_back({spot("rules", r),
                     {rule.clause, *rule.except_clause},
                     fmt::format("Clause {} asks for an active activity; clause {} cannot lift "
                                 "that.",
                                 rule.clause.value, rule.except_clause->value)});
    } else {
      lint_lifts(terms, lists, r, out);
    }
  }
  for (std::size_t a = 0; a < terms.areas.size(); ++a) {
    const AreaTerms& area = terms.areas[a];
    if (with_rule.contains(area.area_class) || !area.category.empty()) continue;
    out.push_back(
        {spot("areas", a),
         {},
         fmt::format("No rule is about area {} or its class {}.", area.id.value, area.area_class)});
  }
}

// ---- stand-offs and places ----

void lint_stand_offs(const Impl& terms, Warnings& out) {
  std::set<std::string> known;
  for (const AreaTerms& area : terms.areas) known.insert(area.category);
  for (std::size_t i = 0; i < terms.stand_offs.size(); ++i) {
    const StandOff& stand_off = terms.stand_offs[i];
    std::vector<std::string> missing;
    for (const std::string& category : stand_off.categories) {
      if (!known.contains(category)) missing.push_back(category);
    }
    if (missing.empty()) continue;
    out.push_back({spot("stand_offs", i),
                   {stand_off.clause},
                   fmt::format("No area is of category {}: there clause {} reaches registered "
                               "sites alone.",
                               join_words(missing), stand_off.clause.value)});
  }
}

// Places are sorted by latitude, so that only near ones are compared.
void lint_places(const Impl& terms, Warnings& out) {
  std::vector<std::size_t> order(terms.places.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(terms.places[a].point.lat_e7, a) < std::pair(terms.places[b].point.lat_e7, b);
  });
  // Two places that a tolerance around each would mix up. A degree of latitude is above 110 km.
  constexpr std::int64_t kMmPerE7 = 11;
  constexpr std::size_t kNeighbours = 20;  // compared with each, so that a crowd costs little
  const std::int64_t tolerance = terms.place_tolerance_mm;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const NamedPlace& one = terms.places[order[i]];
    for (std::size_t j = i + 1; j < order.size() && j <= i + kNeighbours; ++j) {
      const NamedPlace& other = terms.places[order[j]];
      if ((other.point.lat_e7 - std::int64_t{one.point.lat_e7}) * kMmPerE7 > tolerance) break;
      const double apart = geo::distance_m(one.point, other.point);
      if (apart * 1000.0 > static_cast<double>(tolerance)) continue;
      out.push_back({spot("places", order[i]),
                     {},
                     fmt::format("{} and {} are {:.1f} km apart, so a position near one can be "
                                 "taken for the other.",
                                 one.name.at("en"), other.name.at("en"), apart / 1000.0)});
    }
  }
}

// ---- course ----

void lint_stages(const Impl& terms, Warnings& out) {
  std::map<std::optional<StageId>, const Stage*> next;
  for (std::size_t i = 0; i < terms.stages.size(); ++i) {
    const Stage& stage = terms.stages[i];
    const std::string place = spot("stages", i);
    if (stage.conditions.empty()) {
      out.push_back({place,
                     {stage.clause},
                     fmt::format("Stage {} begins on signatures alone.", stage.id.value)});
    }
    if (stage.resets.empty()) {
      out.push_back({place,
                     {stage.clause},
                     fmt::format("Nothing sends the course back from stage {}.", stage.id.value)});
    }
    const auto [other, fresh] = next.emplace(stage.after, &stage);
    if (!fresh) {
      out.push_back({place,
                     {other->second->clause, stage.clause},
                     fmt::format("Stages {} and {} may begin at the same point.",
                                 other->second->id.value, stage.id.value)});
    }
  }
}

void lint_mirror(const Impl& terms, std::size_t number, Warnings& out) {
  const Obligation& one = terms.obligations[number];
  if (!one.mirrors) return;
  const Obligation& other = terms.obligations[terms.obligation_number.at(*one.mirrors)];
  const std::vector<ClauseId> clauses = {one.clause, other.clause};
  if (!other.mirrors) {
    out.push_back(
        {spot("obligations", number), clauses,
         fmt::format("{} mirrors {}, which does not say so.", one.id.value, other.id.value)});
  }
  const bool same_time = one.due == other.due && one.due_after_stage == other.due_after_stage &&
                         one.due_after_ms == other.due_after_ms;
  if (!same_time && one.id < other.id) {
    out.push_back({spot("obligations", number), clauses,
                   fmt::format("{} and {} mirror each other and are due at different times.",
                               one.id.value, other.id.value)});
  }
}

void lint_obligations(const Impl& terms, Warnings& out) {
  for (std::size_t i = 0; i < terms.obligations.size(); ++i) {
    const Obligation& one = terms.obligations[i];
    if (!one.due && !one.due_after_stage) {
      out.push_back({spot("obligations", i),
                     {one.clause},
                     fmt::format("{} has no date, so it is never overdue.", one.id.value)});
    }
    lint_mirror(terms, i, out);
  }
}

void lint_exceptions(const Impl& terms, Warnings& out) {
  using Kind = NamedException::Kind;
  for (std::size_t i = 0; i < terms.exceptions.size(); ++i) {
    const NamedException& one = terms.exceptions[i];
    const bool of_flights = one.kind == Kind::medical_evacuation ||
                            one.kind == Kind::personnel_recovery || one.kind == Kind::humanitarian;
    if (of_flights && one.purposes.empty()) {
      out.push_back({spot("exceptions", i),
                     {one.clause},
                     fmt::format("{} names no purpose, so no activity can use it.", one.id.value)});
    }
    if (!of_flights && contains(one.purposes, Purpose::armed)) {
      out.push_back({spot("exceptions", i),
                     {one.clause},
                     fmt::format("{} is open to armed activities.", one.id.value)});
    }
  }
}

}  // namespace

std::vector<Warning> lint(const Agreement& agreement) {
  const Impl& terms = agreement.impl();
  Warnings out;
  lint_rules(terms, out);
  lint_stand_offs(terms, out);
  lint_places(terms, out);
  lint_stages(terms, out);
  lint_obligations(terms, out);
  lint_exceptions(terms, out);
  return out;
}

}  // namespace detente::terms
