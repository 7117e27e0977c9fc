// SPDX-License-Identifier: Apache-2.0
//
// Whether the terms of an agreement fit together. Each error names both terms with their clauses
// in the detail, and the second of them as the place. Only members that later versions of the
// format added are judged here, so that no document that was valid becomes invalid.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include "terms/agreement_reading.h"

namespace detente::terms::reading {
namespace {

std::string spot(std::string_view list, std::size_t number) {
  return fmt::format("{}/{}", list, number);
}

// "stages/1 (clause 9.2)"
template <class Term>
std::string named(std::string_view list, std::size_t number, const Term& term) {
  return fmt::format("{}/{} (clause {})", list, number, term.clause.value);
}

// ---- names ----

Status check_names(const Impl& out) {
  for (std::size_t i = 0; i < out.stages.size(); ++i) {
    const Stage& stage = out.stages[i];
    const std::string place = spot("stages", i);
    if (stage.after && !out.stage_number.contains(*stage.after)) {
      return fail(Errc::agreement_unknown_stage, json_quote(stage.after->value), place + "/after");
    }
    for (std::size_t c = 0; c < stage.conditions.size(); ++c) {
      const StageCondition& condition = stage.conditions[c];
      if (condition.kind == StageCondition::Kind::obligation &&
          !out.obligation_number.contains(condition.obligation)) {
        return fail(Errc::agreement_unknown_obligation, json_quote(condition.obligation.value),
                    fmt::format("{}/conditions/{}/obligation", place, c));
      }
    }
    for (std::size_t r = 0; r < stage.resets.size(); ++r) {
      const std::optional<StageId>& to = stage.resets[r].to;
      if (to && !out.stage_number.contains(*to)) {
        return fail(Errc::agreement_unknown_stage, json_quote(to->value),
                    fmt::format("{}/resets/{}/to", place, r));
      }
    }
  }
  for (std::size_t i = 0; i < out.obligations.size(); ++i) {
    const Obligation& obligation = out.obligations[i];
    if (obligation.due_after_stage && !out.stage_number.contains(*obligation.due_after_stage)) {
      return fail(Errc::agreement_unknown_stage, json_quote(obligation.due_after_stage->value),
                  spot("obligations", i) + "/due_after_stage");
    }
    if (obligation.mirrors && !out.obligation_number.contains(*obligation.mirrors)) {
      return fail(Errc::agreement_unknown_obligation, json_quote(obligation.mirrors->value),
                  spot("obligations", i) + "/mirrors");
    }
  }
  return {};
}

// ---- circles ----

// What waits for what: stages first, then obligations. Two that mirror each other are done at the
// same time, so one waits for all that the other waits for.
struct Waiting {
  const Impl& terms;
  std::vector<std::vector<std::size_t>> after;
  std::vector<int> state;         // 0: not seen, 1: on the path, 2: done
  std::vector<std::size_t> path;  // from the start to here

  explicit Waiting(const Impl& out)
      : terms(out), after(out.stages.size() + out.obligations.size()), state(after.size()) {
    const std::size_t stages = out.stages.size();
    for (std::size_t i = 0; i < stages; ++i) {
      const Stage& stage = out.stages[i];
      if (stage.after) after[i].push_back(out.stage_number.at(*stage.after));
      for (const StageCondition& condition : stage.conditions) {
        if (condition.kind != StageCondition::Kind::obligation) continue;
        after[i].push_back(stages + out.obligation_number.at(condition.obligation));
      }
    }
    for (std::size_t i = 0; i < out.obligations.size(); ++i) {
      const std::optional<StageId>& stage = out.obligations[i].due_after_stage;
      if (stage) add(i, out.stage_number.at(*stage));
    }
  }
  // Obligation `i` and its mirrors wait for `stage`.
  void add(std::size_t i, std::size_t stage) {
    const std::size_t stages = terms.stages.size();
    after[stages + i].push_back(stage);
    const Obligation& one = terms.obligations[i];
    for (std::size_t other = 0; other < terms.obligations.size(); ++other) {
      const bool mirrored =
          terms.obligations[other].mirrors == one.id || one.mirrors == terms.obligations[other].id;
      if (mirrored && other != i) after[stages + other].push_back(stage);
    }
  }
  std::string name(std::size_t node) const {
    const std::size_t stages = terms.stages.size();
    if (node < stages) {
      const Stage& stage = terms.stages[node];
      return fmt::format("stage {} (clause {})", stage.id.value, stage.clause.value);
    }
    const Obligation& obligation = terms.obligations[node - stages];
    return fmt::format("obligation {} (clause {})", obligation.id.value, obligation.clause.value);
  }
  std::string place(std::size_t node) const {
    const std::size_t stages = terms.stages.size();
    return node < stages ? spot("stages", node) : spot("obligations", node - stages);
  }

  // The path's nodes from the first `node` on.
  Error circle(std::size_t node) const {
    const auto from = std::find(path.begin(), path.end(), node);
    std::string text;
    for (auto at = from; at != path.end(); ++at) text += name(*at) + " waits for ";
    return {Errc::agreement_circular, text + name(node),
            place(*std::min_element(from, path.end()))};
  }
  // At most kStagesMax + kObligationsMax calls deep.
  Status visit(std::size_t node) {
    if (state[node] == 2) return {};
    if (state[node] == 1) return fail(circle(node));
    state[node] = 1;
    path.push_back(node);
    for (const std::size_t next : after[node]) DETENTE_CHECK(visit(next));
    path.pop_back();
    state[node] = 2;
    return {};
  }
};

Status check_circles(const Impl& out) {
  Waiting waiting(out);
  for (std::size_t i = 0; i < waiting.after.size(); ++i) DETENTE_CHECK(waiting.visit(i));
  return {};
}

// ---- stages ----

bool is_before(const Impl& out, const StageId& earlier, const Stage& stage) {
  for (std::optional<StageId> at = stage.after; at;) {
    if (*at == earlier) return true;
    at = out.stages[out.stage_number.at(*at)].after;
  }
  return false;
}

Status check_conditions(const Impl& out, std::size_t number) {
  const Stage& stage = out.stages[number];
  for (std::size_t c = 0; c < stage.conditions.size(); ++c) {
    const StageCondition& condition = stage.conditions[c];
    const std::string place = fmt::format("stages/{}/conditions/{}", number, c);
    if (condition.kind == StageCondition::Kind::elapsed && !stage.after && !out.d_day) {
      return fail(Errc::agreement_malformed,
                  "the time of a first stage counts from \"d_day\", which is missing", place);
    }
    if (condition.kind != StageCondition::Kind::obligation) continue;
    const std::size_t wanted = out.obligation_number.at(condition.obligation);
    const Obligation& obligation = out.obligations[wanted];
    if (condition.n > obligation.count) {
      return fail(
          Errc::agreement_contradiction,
          fmt::format("clause {} needs {} reports of {}, which asks for {}", condition.clause.value,
                      condition.n, named("obligations", wanted, obligation), obligation.count),
          place);
    }
  }
  return {};
}

// The earliest time at which each stage could begin; the circles are gone.
UtcMs earliest(const Impl& out, std::size_t number, std::map<std::size_t, UtcMs>& known) {
  const auto found = known.find(number);
  if (found != known.end()) return found->second;
  const Stage& stage = out.stages[number];
  const UtcMs from = stage.after ? earliest(out, out.stage_number.at(*stage.after), known)
                                 : out.d_day.value_or(out.valid.start);
  UtcMs begin = from;
  for (const StageCondition& condition : stage.conditions) {
    if (condition.kind == StageCondition::Kind::elapsed) {
      begin = std::max(begin, from + condition.n * 1000);
    } else if (condition.kind == StageCondition::Kind::clean_days) {
      begin = std::max(begin, out.valid.start + condition.n * kDayS * 1000);
    }
  }
  known.emplace(number, begin);
  return begin;
}

Status check_stages(const Impl& out) {
  std::map<std::size_t, UtcMs> known;
  for (std::size_t i = 0; i < out.stages.size(); ++i) {
    const Stage& stage = out.stages[i];
    DETENTE_CHECK(check_conditions(out, i));
    for (std::size_t r = 0; r < stage.resets.size(); ++r) {
      const StageReset& reset = stage.resets[r];
      if (!reset.to || is_before(out, *reset.to, stage)) continue;
      const std::size_t to = out.stage_number.at(*reset.to);
      return fail(Errc::agreement_contradiction,
                  fmt::format("clause {} sends the course back to {}, which is not before {}",
                              reset.clause.value, named("stages", to, out.stages[to]),
                              named("stages", i, stage)),
                  fmt::format("stages/{}/resets/{}", i, r));
    }
    const UtcMs begin = earliest(out, i, known);
    if (begin >= out.valid.end) {
      return fail(
          Errc::agreement_unreachable,
          fmt::format("stage {} (clause {}) could begin on {}, when the agreement has ended",
                      stage.id.value, stage.clause.value, format_rfc3339(begin)),
          spot("stages", i));
    }
  }
  return {};
}

// ---- obligations ----

Status check_mirror(const Impl& out, std::size_t number) {
  const Obligation& one = out.obligations[number];
  if (!one.mirrors) return {};
  const std::size_t found = out.obligation_number.at(*one.mirrors);
  const Obligation& other = out.obligations[found];
  const std::string both =
      named("obligations", number, one) + " mirrors " + named("obligations", found, other);
  const std::string place = spot("obligations", number) + "/mirrors";
  if (one.who == other.who) {
    return fail(Errc::agreement_contradiction, both + ", and both are of the same doer", place);
  }
  if (other.mirrors && *other.mirrors != one.id) {
    return fail(Errc::agreement_contradiction,
                fmt::format("{}, which mirrors {}", both, other.mirrors->value), place);
  }
  return {};
}

Status check_obligations(const Impl& out) {
  for (std::size_t i = 0; i < out.obligations.size(); ++i) {
    const Obligation& obligation = out.obligations[i];
    const Adherent* adherent = out.find_adherent(obligation.who);
    const PartyId& answers = adherent ? adherent->sponsor : obligation.who;
    if (obligation.verified_by == answers) {
      return fail(Errc::agreement_contradiction,
                  fmt::format("{} is verified by {}, who does it or answers for the doer",
                              named("obligations", i, obligation),
                              json_quote(obligation.verified_by.value)),
                  spot("obligations", i) + "/verified_by");
    }
    DETENTE_CHECK(check_mirror(out, i));
  }
  return {};
}

// ---- exceptions ----

// Which purposes some rule forbids to everyone at all times, by class; with the rule's number.
using Blocked = std::map<std::string, std::array<std::optional<std::size_t>, kPurposes.size()>>;

Blocked blocked_purposes(const Impl& out) {
  Blocked blocked;
  for (const AreaTerms& area : out.areas) blocked[area.area_class];
  const auto has = [](const std::vector<Purpose>& list, Purpose purpose) {
    return std::find(list.begin(), list.end(), purpose) != list.end();
  };
  for (std::size_t r = 0; r < out.rules.size(); ++r) {
    const Rule& rule = out.rules[r];
    const bool always = rule.effect == Effect::forbid && rule.who.empty() && !rule.unmanned &&
                        rule.daily.empty() && rule.stages.empty();
    if (!always) continue;
    for (const std::string& area_class : rule.classes) {
      const auto found = blocked.find(area_class);
      if (found == blocked.end()) continue;
      for (std::size_t p = 0; p < kPurposes.size(); ++p) {
        const bool forbidden = rule.purposes.empty() || has(rule.purposes, kPurposes[p]);
        if (!forbidden || has(rule.except_purposes, kPurposes[p])) continue;
        if (!found->second[p]) found->second[p] = r;
      }
    }
  }
  return blocked;
}

Status check_exceptions(const Impl& out) {
  if (out.exceptions.empty() || out.areas.empty()) return {};
  const Blocked blocked = blocked_purposes(out);
  for (std::size_t i = 0; i < out.exceptions.size(); ++i) {
    const NamedException& exception = out.exceptions[i];
    std::optional<std::size_t> rule;
    bool usable = exception.purposes.empty();
    for (const Purpose purpose : exception.purposes) {
      for (const auto& [area_class, by_purpose] : blocked) {
        const std::optional<std::size_t>& by = by_purpose[static_cast<std::size_t>(purpose)];
        usable = usable || !by;
        if (by && !rule) rule = by;
      }
    }
    if (usable) continue;
    return fail(
        Errc::agreement_contradiction,
        fmt::format("{} can be used in no area: {} forbids it and lifts nothing for it",
                    named("exceptions", i, exception), named("rules", *rule, out.rules[*rule])),
        spot("exceptions", i));
  }
  return {};
}

// ---- distances ----

template <class T>
std::vector<T> sorted(std::vector<T> list) {
  std::sort(list.begin(), list.end());
  return list;
}

bool same_values(const PairSeparation& a, const PairSeparation& b) {
  return a.separation.lateral_mm == b.separation.lateral_mm &&
         a.separation.vertical_mm == b.separation.vertical_mm &&
         a.separation.time_ms == b.separation.time_ms;
}
bool same_values(const StandOff& a, const StandOff& b) {
  return a.lateral_mm == b.lateral_mm && a.vertical_mm == b.vertical_mm;
}

// Two terms about the same thing: repeated if they say the same, a contradiction otherwise.
template <class Key, class Term>
Status check_twins(std::string_view list, const std::vector<Term>& terms, Key key_of) {
  std::map<decltype(key_of(terms.front())), std::size_t> seen;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto [first, fresh] = seen.emplace(key_of(terms[i]), i);
    if (fresh) continue;
    const Term& other = terms[first->second];
    const std::string both =
        fmt::format("{} and {} are about the same flights", named(list, first->second, other),
                    named(list, i, terms[i]));
    if (same_values(other, terms[i])) return fail(Errc::agreement_repeated, both, spot(list, i));
    return fail(Errc::agreement_contradiction, both + ", with different distances", spot(list, i));
  }
  return {};
}

Status check_distances(const Impl& out) {
  const auto pair_key = [](const PairSeparation& pair) {
    using Side = std::pair<std::vector<Purpose>, int>;
    std::array<Side, 2> sides;
    for (std::size_t i = 0; i < 2; ++i) {
      const FlightClass& one = pair.between[i];
      sides[i] = {sorted(one.purposes), one.unmanned ? static_cast<int>(*one.unmanned) : -1};
    }
    std::sort(sides.begin(), sides.end());
    return sides;
  };
  const auto stand_off_key = [](const StandOff& one) {
    return std::pair(sorted(one.categories), sorted(one.purposes));
  };
  DETENTE_CHECK((check_twins<decltype(pair_key)>("separations", out.pair_separations, pair_key)));
  return check_twins<decltype(stand_off_key)>("stand_offs", out.stand_offs, stand_off_key);
}

}  // namespace

Status check_rule_stages(const Impl& out) {
  for (std::size_t r = 0; r < out.rules.size(); ++r) {
    for (std::size_t s = 0; s < out.rules[r].stages.size(); ++s) {
      const StageId& stage = out.rules[r].stages[s];
      if (!out.stage_number.contains(stage)) {
        return fail(Errc::agreement_unknown_stage, json_quote(stage.value),
                    fmt::format("rules/{}/stages/{}", r, s));
      }
    }
  }
  return {};
}

Status check_together(const Impl& out) {
  DETENTE_CHECK(check_names(out));
  DETENTE_CHECK(check_circles(out));
  DETENTE_CHECK(check_stages(out));
  DETENTE_CHECK(check_obligations(out));
  DETENTE_CHECK(check_exceptions(out));
  return check_distances(out);
}

}  // namespace detente::terms::reading
