// SPDX-License-Identifier: Apache-2.0
//
// Differences of the course: places, stages, obligations, exceptions.
#include <fmt/core.h>

#include <tuple>

#include "terms/diff_impl.h"

namespace detente::terms {
namespace {

using Impl = Agreement::Impl;

template <class Term>
std::vector<ClauseId> clauses_of(const Term& a, const Term& b) {
  return a.clause == b.clause ? std::vector{b.clause} : std::vector{b.clause, a.clause};
}

void diff_places(const Impl& before, const Impl& after, Differences& out) {
  const auto add = [&](const NamedPlace& place, std::string text) {
    out.push_back({"places " + place.name.at("en"), {}, std::move(text), Weight::undecided});
  };
  by_key(
      before.places, after.places, [](const NamedPlace& place) { return place.name.at("en"); },
      [&](const NamedPlace& place) {
        add(place, fmt::format("The place {} is new.", place.name.at("en")));
      },
      [&](const NamedPlace& place) {
        add(place, fmt::format("The place {} is gone.", place.name.at("en")));
      },
      [&](const NamedPlace& a, const NamedPlace& b) {
        if (a.point != b.point) {
          add(b, fmt::format("The place {} moved by {:.0f} m.", b.name.at("en"),
                             geo::distance_m(a.point, b.point)));
        }
        const std::string changed = text_changes(a.name, b.name);
        if (!changed.empty()) {
          add(b, fmt::format("The place {} is named differently ({}).", b.name.at("en"), changed));
        }
      });
  if (before.place_tolerance_mm != after.place_tolerance_mm) {
    out.push_back(
        {"place_tolerance_mm",
         {},
         fmt::format("A notice may lie {} m from its place instead of {} m.",
                     static_cast<double>(after.place_tolerance_mm) / 1000,
                     static_cast<double>(before.place_tolerance_mm) / 1000),
         opposite(more_is_stricter(before.place_tolerance_mm, after.place_tolerance_mm))});
  }
}

// ---- stages ----

std::string condition_words(const StageCondition& condition) {
  switch (condition.kind) {
    case StageCondition::Kind::elapsed:
      return fmt::format("{} passed", duration_words(condition.n * 1000));
    case StageCondition::Kind::clean_days:
      return fmt::format("{} days without {}", condition.n, join_words(condition.findings));
    case StageCondition::Kind::obligation:
      return fmt::format("{} reports of {}", condition.n, condition.obligation.value);
  }
  check(false, "a kind of condition outside its enumeration");
  return {};
}

// What a condition is about, without its number.
auto condition_key(const StageCondition& condition) {
  return std::tuple(condition.kind, condition.obligation.value,
                    std::set<std::string>(condition.findings.begin(), condition.findings.end()));
}
auto reset_key(const StageReset& reset) {
  return std::tuple(reset.kind, std::set<std::string>(reset.findings.begin(), reset.findings.end()),
                    reset.to ? reset.to->value : std::string());
}
std::string reset_words(const StageReset& reset) {
  return fmt::format(
      "{} sends it back to {}",
      reset.kind == StageReset::Kind::suspension ? "a suspension" : join_words(reset.findings),
      reset.to ? reset.to->value : "before the first stage");
}

struct StageDiff {
  const Stage& a;
  const Stage& b;
  Differences& out;

  void add(const ClauseId& clause, std::string text, Weight weight) {
    std::vector<ClauseId> clauses = {b.clause};
    if (clause != b.clause) clauses.push_back(clause);
    out.push_back({"stages " + b.id.value, std::move(clauses),
                   fmt::format("Stage {}: {}", b.id.value, text), weight});
  }
  void run() {
    const std::string changed = text_changes(a.name, b.name);
    if (!changed.empty()) {
      add(b.clause, fmt::format("its name changed ({}).", changed), Weight::neither);
    }
    if (a.after != b.after) {
      const auto name = [](const std::optional<StageId>& id) {
        return id ? "after " + id->value : std::string("a first one");
      };
      add(b.clause, fmt::format("{} instead of {}.", name(b.after), name(a.after)),
          Weight::undecided);
    }
    by_key(
        a.conditions, b.conditions, condition_key,
        [&](const StageCondition& one) {
          add(one.clause, "a new condition: " + condition_words(one) + ".", Weight::stricter);
        },
        [&](const StageCondition& one) {
          add(one.clause, "no longer a condition: " + condition_words(one) + ".", Weight::looser);
        },
        [&](const StageCondition& x, const StageCondition& y) {
          if (x.n == y.n) return;
          add(y.clause, fmt::format("{} instead of {}.", condition_words(y), condition_words(x)),
              more_is_stricter(x.n, y.n));
        });
    by_key(
        a.resets, b.resets, reset_key,
        [&](const StageReset& one) {
          add(one.clause, "now " + reset_words(one) + ".", Weight::stricter);
        },
        [&](const StageReset& one) {
          add(one.clause, "no longer " + reset_words(one) + ".", Weight::looser);
        },
        [](const StageReset&, const StageReset&) {});
  }
};

void diff_stages(const Impl& before, const Impl& after, Differences& out) {
  by_key(
      before.stages, after.stages, [](const Stage& stage) { return stage.id; },
      [&](const Stage& stage) {
        out.push_back({"stages " + stage.id.value,
                       {stage.clause},
                       fmt::format("Stage {} ({}) is new.", stage.id.value, stage.name.at("en")),
                       Weight::undecided});
      },
      [&](const Stage& stage) {
        out.push_back({"stages " + stage.id.value,
                       {stage.clause},
                       fmt::format("Stage {} ({}) is gone.", stage.id.value, stage.name.at("en")),
                       Weight::undecided});
      },
      [&](const Stage& a, const Stage& b) { StageDiff{a, b, out}.run(); });
}

// ---- obligations and exceptions ----

std::string due_words(const Obligation& one) {
  if (one.due) return format_rfc3339(*one.due);
  if (!one.due_after_stage) return "no date";
  return fmt::format("{} after {} began", duration_words(one.due_after_ms),
                     one.due_after_stage->value);
}

Weight due_weight(const Obligation& a, const Obligation& b) {
  if (a.due && b.due) return opposite(more_is_stricter(*a.due, *b.due));
  if (a.due_after_stage && a.due_after_stage == b.due_after_stage) {
    return opposite(more_is_stricter(a.due_after_ms, b.due_after_ms));
  }
  const bool none_before = !a.due && !a.due_after_stage;
  const bool none_after = !b.due && !b.due_after_stage;
  if (none_before != none_after) return none_before ? Weight::stricter : Weight::looser;
  return Weight::undecided;
}

void diff_obligation(const Obligation& a, const Obligation& b, Differences& out) {
  const auto add = [&](std::string text, Weight weight) {
    out.push_back({"obligations " + b.id.value, clauses_of(a, b),
                   fmt::format("Obligation {}: {}", b.id.value, text), weight});
  };
  if (a.who != b.who) {
    add(fmt::format("of {} instead of {}.", b.who.value, a.who.value), Weight::undecided);
  }
  const std::string changed = text_changes(a.what, b.what);
  if (!changed.empty()) {
    add(fmt::format("its words changed ({}). It says: {}", changed, b.what.at("en")),
        Weight::undecided);
  }
  if (due_words(a) != due_words(b)) {
    add(fmt::format("due {} instead of {}.", due_words(b), due_words(a)), due_weight(a, b));
  }
  if (a.count != b.count) {
    add(fmt::format("{} reports instead of {}.", b.count, a.count),
        more_is_stricter(a.count, b.count));
  }
  if (a.verified_by != b.verified_by) {
    add(fmt::format("verified by {} instead of {}.", b.verified_by.value, a.verified_by.value),
        Weight::undecided);
  }
  if (a.evidence != b.evidence) {
    add(fmt::format("shown by other evidence: {}", b.evidence), Weight::undecided);
  }
  if (a.mirrors != b.mirrors) {
    const auto name = [](const std::optional<ObligationId>& id) {
      return id ? id->value : std::string("none");
    };
    add(fmt::format("it mirrors {} instead of {}.", name(b.mirrors), name(a.mirrors)),
        Weight::undecided);
  }
}

void diff_obligations(const Impl& before, const Impl& after, Differences& out) {
  by_key(
      before.obligations, after.obligations, [](const Obligation& one) { return one.id; },
      [&](const Obligation& one) {
        out.push_back({"obligations " + one.id.value,
                       {one.clause},
                       fmt::format("Obligation {} of {} is new: {}", one.id.value, one.who.value,
                                   one.what.at("en")),
                       Weight::stricter});
      },
      [&](const Obligation& one) {
        out.push_back({"obligations " + one.id.value,
                       {one.clause},
                       fmt::format("Obligation {} of {} is gone: {}", one.id.value, one.who.value,
                                   one.what.at("en")),
                       Weight::looser});
      },
      [&](const Obligation& a, const Obligation& b) { diff_obligation(a, b, out); });
}

// An exception permits nothing by itself, and asks for a declaration: a person has to weigh it.
void diff_exceptions(const Impl& before, const Impl& after, Differences& out) {
  const auto words = [](const NamedException& one) {
    return one.purposes.empty() ? std::string("own forces") : listed(one.purposes);
  };
  by_key(
      before.exceptions, after.exceptions, [](const NamedException& one) { return one.id; },
      [&](const NamedException& one) {
        out.push_back({"exceptions " + one.id.value,
                       {one.clause},
                       fmt::format("Exception {} ({}) is new.", one.id.value, one.name.at("en")),
                       Weight::undecided});
      },
      [&](const NamedException& one) {
        out.push_back({"exceptions " + one.id.value,
                       {one.clause},
                       fmt::format("Exception {} ({}) is gone.", one.id.value, one.name.at("en")),
                       Weight::undecided});
      },
      [&](const NamedException& a, const NamedException& b) {
        const auto add = [&](std::string text, Weight weight) {
          out.push_back({"exceptions " + b.id.value, clauses_of(a, b),
                         fmt::format("Exception {}: {}", b.id.value, text), weight});
        };
        const std::string changed = text_changes(a.name, b.name);
        if (!changed.empty()) add(fmt::format("its name changed ({}).", changed), Weight::neither);
        if (a.kind != b.kind) {
          add(fmt::format("of kind {} instead of {}.", exception_kind_name(b.kind),
                          exception_kind_name(a.kind)),
              Weight::undecided);
        }
        if (words(a) != words(b)) {
          add(fmt::format("for {} instead of {}.", words(b), words(a)), Weight::undecided);
        }
        if (a.declare_within_ms != b.declare_within_ms) {
          add(fmt::format("declared within {} instead of {}.", duration_words(b.declare_within_ms),
                          duration_words(a.declare_within_ms)),
              opposite(more_is_stricter(a.declare_within_ms, b.declare_within_ms)));
        }
      });
}

}  // namespace

void diff_programme(const Impl& before, const Impl& after, Differences& out) {
  diff_places(before, after, out);
  diff_stages(before, after, out);
  diff_obligations(before, after, out);
  diff_exceptions(before, after, out);
}

}  // namespace detente::terms
