// SPDX-License-Identifier: Apache-2.0
//
// Differences of rules, separations and stand-offs. A rule only restricts: where its scope grows
// it is stricter.
#include <fmt/core.h>

#include <array>

#include "terms/diff_impl.h"

namespace detente::terms {
namespace {

using Impl = Agreement::Impl;

template <class T>
std::set<T> set_of(const std::vector<T>& list) {
  return std::set<T>(list.begin(), list.end());
}

bool same(const Rule& a, const Rule& b) {
  const auto windows = [](const Rule& rule) {
    std::set<std::pair<std::int32_t, std::int32_t>> out;
    for (const DailyWindow& window : rule.daily) out.emplace(window.from_s, window.to_s);
    return out;
  };
  return a.clause == b.clause && a.effect == b.effect && set_of(a.who) == set_of(b.who) &&
         set_of(a.purposes) == set_of(b.purposes) && set_of(a.classes) == set_of(b.classes) &&
         set_of(a.except_purposes) == set_of(b.except_purposes) &&
         a.except_clause == b.except_clause && a.unmanned == b.unmanned &&
         windows(a) == windows(b) && set_of(a.stages) == set_of(b.stages);
}

// The times of the day of a rule, as spans without overlap; none means all day.
std::vector<std::pair<std::int32_t, std::int32_t>> times_of_day(const Rule& rule) {
  std::vector<std::pair<std::int32_t, std::int32_t>> spans;
  if (rule.daily.empty()) return {{0, kDayS}};
  for (const DailyWindow& window : rule.daily) {
    if (window.from_s < window.to_s) {
      spans.emplace_back(window.from_s, window.to_s);
      continue;
    }
    spans.emplace_back(window.from_s, kDayS);
    if (window.to_s > 0) spans.emplace_back(0, window.to_s);
  }
  std::sort(spans.begin(), spans.end());
  std::vector<std::pair<std::int32_t, std::int32_t>> out;
  for (const auto& span : spans) {
    if (!out.empty() && span.first <= out.back().second) {
      out.back().second = std::max(out.back().second, span.second);
    } else {
      out.push_back(span);
    }
  }
  return out;
}

Weight daily_weight(const Rule& before, const Rule& after) {
  const auto a = times_of_day(before);
  const auto b = times_of_day(after);
  if (a == b) return Weight::neither;
  const auto within = [](const auto& inner, const auto& outer) {
    return std::all_of(inner.begin(), inner.end(), [&](const auto& one) {
      return std::any_of(outer.begin(), outer.end(), [&](const auto& other) {
        return other.first <= one.first && one.second <= other.second;
      });
    });
  };
  if (within(a, b)) return Weight::stricter;
  return within(b, a) ? Weight::looser : Weight::undecided;
}

Weight unmanned_weight(std::optional<bool> before, std::optional<bool> after) {
  if (before == after) return Weight::neither;
  if (!after) return Weight::stricter;
  return before ? Weight::undecided : Weight::looser;
}

Weight rule_weight(const Rule& a, const Rule& b) {
  Weight out = wider_is_stricter(a.who, b.who);
  out = both(out, wider_is_stricter(a.purposes, b.purposes));
  out = both(out, wider_is_stricter(a.classes, b.classes));
  out = both(out, wider_is_stricter(a.stages, b.stages));
  out = both(out, daily_weight(a, b));
  out = both(out, unmanned_weight(a.unmanned, b.unmanned));
  // Only a rule that forbids lifts anything; one that asks for an activity is the weaker of the
  // two.
  if (a.effect == b.effect && b.effect == Effect::forbid) {
    out = both(out, longer_is_looser(a.except_purposes, b.except_purposes));
  }
  if (a.effect != b.effect) {
    out = both(out, b.effect == Effect::forbid ? Weight::stricter : Weight::looser);
  }
  return out;
}

std::string names(const std::vector<PartyId>& who) {
  std::vector<std::string> out;
  out.reserve(who.size());
  for (const PartyId& one : who) out.push_back(one.value);
  return out.empty() ? "everyone" : join_words(out);
}
std::string stage_words(const std::vector<StageId>& stages) {
  std::vector<std::string> out;
  out.reserve(stages.size());
  for (const StageId& one : stages) out.push_back(one.value);
  return out.empty() ? "all stages" : join_words(out);
}
std::string daily_words(const std::vector<DailyWindow>& daily) {
  std::vector<std::string> out;
  out.reserve(daily.size());
  for (const DailyWindow& one : daily) out.push_back(window_words(one));
  return out.empty() ? "all day" : join_words(out);
}
const char* manned_words(std::optional<bool> unmanned) {
  if (!unmanned) return "manned and unmanned";
  return *unmanned ? "unmanned" : "manned";
}

std::string rule_change(const Rule& a, const Rule& b) {
  std::string out;
  const auto add = [&](const char* what, const std::string& now, const std::string& was) {
    if (now != was) out += fmt::format(" {}: {} instead of {};", what, now, was);
  };
  add("effect", effect_name(b.effect), effect_name(a.effect));
  add("who", names(b.who), names(a.who));
  add("purposes", listed(b.purposes), listed(a.purposes));
  add("classes", join_words(b.classes), join_words(a.classes));
  const auto lifted = [](const Rule& rule) {
    if (!rule.except_clause) return std::string("nothing");
    return fmt::format("{} (clause {})", listed(rule.except_purposes), rule.except_clause->value);
  };
  add("lifted for", lifted(b), lifted(a));
  add("flights", manned_words(b.unmanned), manned_words(a.unmanned));
  add("time of day", daily_words(b.daily), daily_words(a.daily));
  add("stages", stage_words(b.stages), stage_words(a.stages));
  if (!out.empty()) out.back() = '.';
  return out;
}

std::vector<ClauseId> clauses_of(const Rule& rule) {
  std::vector<ClauseId> out = {rule.clause};
  if (rule.except_clause && *rule.except_clause != rule.clause) out.push_back(*rule.except_clause);
  return out;
}

std::string where(const Rule& rule) {
  return "areas of class " + join_words(rule.classes);
}

// ---- distances ----

// Whether all pairs of flights keep more apart with one set of terms than with another.
Weight table_weight(const std::vector<PairSeparation>& before,
                    const SeparationTerms& general_before, const std::vector<PairSeparation>& after,
                    const SeparationTerms& general_after) {
  const std::vector<SeparationTerms> a = separation_table(before, general_before);
  const std::vector<SeparationTerms> b = separation_table(after, general_after);
  Weight out = Weight::neither;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const geo::Separation& x = a[i].separation;
    const geo::Separation& y = b[i].separation;
    out = both(out, more_is_stricter(x.lateral_mm, y.lateral_mm));
    out = both(out, more_is_stricter(x.vertical_mm, y.vertical_mm));
    out = both(out, more_is_stricter(x.time_ms, y.time_ms));
  }
  return out;
}

std::string distance_words(const geo::Separation& apart) {
  return fmt::format("{} m, {} m, {}", static_cast<double>(apart.lateral_mm) / 1000,
                     static_cast<double>(apart.vertical_mm) / 1000, duration_words(apart.time_ms));
}

std::string side_words(const FlightClass& side) {
  return fmt::format("{} ({})", listed(side.purposes), manned_words(side.unmanned));
}
std::string pair_words(const PairSeparation& pair) {
  return side_words(pair.between[0]) + " and " + side_words(pair.between[1]);
}

auto pair_key(const PairSeparation& pair) {
  using Side = std::pair<std::set<Purpose>, int>;
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; ++i) {
    const FlightClass& one = pair.between[i];
    sides[i] = {set_of(one.purposes), one.unmanned ? static_cast<int>(*one.unmanned) : -1};
  }
  std::sort(sides.begin(), sides.end());
  return sides;
}

// The list without the terms for this pair.
std::vector<PairSeparation> without(std::vector<PairSeparation> pairs, const PairSeparation& pair) {
  std::erase_if(pairs, [&](const PairSeparation& one) { return pair_key(one) == pair_key(pair); });
  return pairs;
}

// Each is weighed by itself: everything else as it is on its own side.
void diff_pairs(const Impl& before, const Impl& after, Differences& out) {
  const SeparationTerms old{before.separation_clause, before.separation};
  const SeparationTerms now{after.separation_clause, after.separation};
  const std::vector<PairSeparation>& list = after.pair_separations;
  const auto add = [&](const PairSeparation& pair, std::string text, Weight weight) {
    out.push_back({"separations " + pair.clause.value, {pair.clause}, std::move(text), weight});
  };
  by_key(
      before.pair_separations, list, pair_key,
      [&](const PairSeparation& pair) {
        add(pair,
            fmt::format("A separation of its own between {}: {}.", pair_words(pair),
                        distance_words(pair.separation)),
            table_weight(without(list, pair), now, list, now));
      },
      [&](const PairSeparation& pair) {
        add(pair, fmt::format("No separation of its own any more between {}.", pair_words(pair)),
            table_weight(before.pair_separations, old, without(before.pair_separations, pair),
                         old));
      },
      [&](const PairSeparation& a, const PairSeparation& b) {
        const std::string was = distance_words(a.separation);
        const std::string is = distance_words(b.separation);
        if (was == is && a.clause == b.clause) return;
        std::vector<PairSeparation> with_old = without(list, b);
        with_old.push_back(a);
        add(b, fmt::format("Between {}: {} instead of {}.", pair_words(b), is, was),
            table_weight(with_old, now, list, now));
      });
}

void diff_stand_offs(const Impl& before, const Impl& after, Differences& out) {
  const auto key = [](const StandOff& one) {
    return std::pair(set_of(one.categories), set_of(one.purposes));
  };
  const auto words = [](const StandOff& one) {
    return fmt::format("{} from sites of category {}", listed(one.purposes),
                       join_words(one.categories));
  };
  const auto vertical = [](const StandOff& one) {
    return one.vertical_mm == 0
               ? std::string("at every height")
               : fmt::format("or {} m above", static_cast<double>(one.vertical_mm) / 1000);
  };
  const auto add = [&](const StandOff& one, std::string text, Weight weight) {
    out.push_back({"stand_offs " + one.clause.value, {one.clause}, std::move(text), weight});
  };
  by_key(
      before.stand_offs, after.stand_offs, key,
      [&](const StandOff& one) {
        add(one,
            fmt::format("A new stand-off of {}: {} m, {}.", words(one),
                        static_cast<double>(one.lateral_mm) / 1000, vertical(one)),
            Weight::stricter);
      },
      [&](const StandOff& one) {
        add(one, fmt::format("The stand-off of {} is gone.", words(one)), Weight::looser);
      },
      [&](const StandOff& a, const StandOff& b) {
        if (a.lateral_mm == b.lateral_mm && a.vertical_mm == b.vertical_mm &&
            a.clause == b.clause) {
          return;
        }
        // Without a height it reaches over all of them.
        const auto reach = [](const StandOff& one) {
          return one.vertical_mm == 0 ? kStandOffVerticalMmMax + 1 : one.vertical_mm;
        };
        add(b,
            fmt::format("The stand-off of {}: {} m, {} instead of {} m, {}.", words(b),
                        static_cast<double>(b.lateral_mm) / 1000, vertical(b),
                        static_cast<double>(a.lateral_mm) / 1000, vertical(a)),
            both(more_is_stricter(a.lateral_mm, b.lateral_mm),
                 more_is_stricter(reach(a), reach(b))));
      });
}

}  // namespace

void diff_rules(const Impl& before, const Impl& after, Differences& out) {
  std::vector<const Rule*> old;
  std::vector<const Rule*> fresh;
  old.reserve(before.rules.size());
  for (const Rule& rule : before.rules) old.push_back(&rule);
  for (const Rule& rule : after.rules) {
    const auto twin =
        std::find_if(old.begin(), old.end(), [&](const Rule* one) { return same(*one, rule); });
    if (twin == old.end()) {
      fresh.push_back(&rule);
    } else {
      old.erase(twin);
    }
  }
  for (const Rule* rule : fresh) {
    // A rule of the same clause that is left over is the one that was changed.
    const auto was = std::find_if(old.begin(), old.end(),
                                  [&](const Rule* one) { return one->clause == rule->clause; });
    if (was == old.end()) {
      out.push_back({"rules " + rule->clause.value, clauses_of(*rule),
                     rule_sentence(after, *rule, where(*rule)) + ". This is new.",
                     Weight::stricter});
      continue;
    }
    std::vector<ClauseId> clauses = clauses_of(*rule);
    for (const ClauseId& clause : clauses_of(**was)) {
      if (std::find(clauses.begin(), clauses.end(), clause) == clauses.end()) {
        clauses.push_back(clause);
      }
    }
    out.push_back(
        {"rules " + rule->clause.value, std::move(clauses),
         fmt::format("The rule of clause {}:{}", rule->clause.value, rule_change(**was, *rule)),
         rule_weight(**was, *rule)});
    old.erase(was);
  }
  for (const Rule* rule : old) {
    out.push_back({"rules " + rule->clause.value, clauses_of(*rule),
                   rule_sentence(before, *rule, where(*rule)) + ". This is gone.", Weight::looser});
  }
}

void diff_distances(const Agreement& before, const Agreement& after, Differences& out) {
  const Impl& a = before.impl();
  const Impl& b = after.impl();
  const Weight weight = table_weight(b.pair_separations, {a.separation_clause, a.separation},
                                     b.pair_separations, {b.separation_clause, b.separation});
  const std::string was = distance_words(a.separation);
  const std::string now = distance_words(b.separation);
  if (was != now || a.separation_clause != b.separation_clause) {
    std::vector<ClauseId> clauses = {b.separation_clause};
    if (a.separation_clause != b.separation_clause) clauses.push_back(a.separation_clause);
    out.push_back({"separation", std::move(clauses),
                   fmt::format("The general separation: {} instead of {}.", now, was), weight});
  }
  diff_pairs(a, b, out);
  diff_stand_offs(a, b, out);
}

}  // namespace detente::terms
