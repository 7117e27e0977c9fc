// SPDX-License-Identifier: Apache-2.0
#include "checks/split.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/limits.h"

namespace detente::checks {
namespace {

using record::PsiUse;

// The padding classes, ascending.
std::vector<std::uint64_t> classes_of(PsiUse use) {
  std::vector<std::uint64_t> out;
  for (auto next = record::psi_padded(1, use); next;
       next = record::psi_padded(out.back() + 1, use)) {
    out.push_back(*next);
  }
  return out;
}

// The cells as numbers, so that a list's are counted without comparing them.
class Numbered {
 public:
  explicit Numbered(std::span<const std::vector<CellKey>> plans) : plans_(plans) {
    for (const auto& plan : plans) all_.insert(all_.end(), plan.begin(), plan.end());
    std::sort(all_.begin(), all_.end());
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
    for (const auto& plan : plans) {
      auto& numbers = numbers_.emplace_back();
      for (const CellKey& cell : plan) {
        numbers.push_back(std::lower_bound(all_.begin(), all_.end(), cell) - all_.begin());
      }
    }
    seen_.assign(all_.size(), 0);
  }

  std::span<const std::vector<CellKey>> plans() const { return plans_; }
  // Begins to count anew.
  void begin() { ++round_; }
  bool has(std::size_t plan, std::size_t at) const {
    return seen_[static_cast<std::size_t>(numbers_[plan][at])] == round_;
  }
  // Whether it was not counted yet.
  bool add(std::size_t plan, std::size_t at) {
    std::uint32_t& seen = seen_[static_cast<std::size_t>(numbers_[plan][at])];
    const bool is_new = seen != round_;
    seen = round_;
    return is_new;
  }
  std::uint64_t add_all(std::size_t plan) {
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < plans_[plan].size(); ++at) count += add(plan, at) ? 1U : 0U;
    return count;
  }

 private:
  std::span<const std::vector<CellKey>> plans_;
  std::vector<CellKey> all_;
  std::vector<std::vector<std::ptrdiff_t>> numbers_;
  std::vector<std::uint32_t> seen_;
  std::uint32_t round_ = 0;
};

std::uint64_t padded_of(const Split& split, PsiUse use) {
  std::uint64_t out = 0;
  for (const ListPart& part : split.parts) out += *record::psi_padded(part.cells.size(), use);
  return out;
}

void close(ListPart& part) {
  std::sort(part.cells.begin(), part.cells.end());
}

// Plans as wholes, runs of them in their order: the cheapest partition into runs.
std::optional<Split> of_whole_plans(Numbered& cells, std::size_t count, PsiUse use) {
  struct Best {
    std::uint64_t cost = UINT64_MAX;
    std::size_t lists = 0;
    std::size_t from = 0;
  };
  std::vector<Best> best(count + 1);
  best[0] = {0, 0, 0};
  for (std::size_t from = 0; from < count; ++from) {
    if (best[from].cost == UINT64_MAX) continue;
    cells.begin();
    std::uint64_t tokens = 0;
    for (std::size_t to = from; to < count; ++to) {
      tokens += cells.add_all(to);
      const auto padded = record::psi_padded(tokens, use);
      if (!padded) break;
      const Best next{best[from].cost + *padded, best[from].lists + 1, from};
      Best& known = best[to + 1];
      if (std::pair(next.cost, next.lists) < std::pair(known.cost, known.lists)) known = next;
    }
  }
  if (best[count].cost == UINT64_MAX) return std::nullopt;
  Split out;
  for (std::size_t to = count; to > 0; to = best[to].from) {
    ListPart part;
    cells.begin();
    for (std::size_t plan = best[to].from; plan < to; ++plan) {
      const std::vector<CellKey>& own = cells.plans()[plan];
      part.shares.push_back({plan, {}});
      for (std::size_t at = 0; at < own.size(); ++at) {
        if (cells.add(plan, at)) part.cells.push_back(own[at]);
      }
    }
    close(part);
    out.parts.push_back(std::move(part));
  }
  std::reverse(out.parts.begin(), out.parts.end());
  return out;
}

// All cells in a row, plan by plan, cut into lists of these capacities. Nothing: they do not do.
std::optional<Split> cut(Numbered& cells, std::size_t count,
                         const std::vector<std::uint64_t>& capacities) {
  Split out;
  out.parts.emplace_back();
  cells.begin();
  for (std::size_t plan = 0; plan < count; ++plan) {
    const std::vector<CellKey>& own = cells.plans()[plan];
    std::optional<std::size_t> begun;
    for (std::size_t at = 0; at < own.size(); ++at) {
      if (!cells.has(plan, at) &&
          out.parts.back().cells.size() == capacities[out.parts.size() - 1]) {
        if (begun) out.parts.back().shares.push_back({plan, {own[*begun], own[at - 1]}});
        if (out.parts.size() == capacities.size()) return std::nullopt;
        out.parts.emplace_back();
        cells.begin();
        begun.reset();
      }
      if (!begun) begun = at;
      if (cells.add(plan, at)) out.parts.back().cells.push_back(own[at]);
    }
    const bool all = begun && *begun == 0;
    if (begun) {
      const CellRange range = all ? CellRange{} : CellRange{own[*begun], own.back()};
      out.parts.back().shares.push_back({plan, range});
    }
  }
  for (ListPart& part : out.parts) close(part);
  return out;
}

// So many tokens, rounded up to a multiple of a class, as classes from the largest down.
std::vector<std::uint64_t> capacities_for(std::uint64_t tokens, std::uint64_t rounding,
                                          const std::vector<std::uint64_t>& classes) {
  std::vector<std::uint64_t> out;
  std::uint64_t left = (tokens + rounding - 1) / rounding * rounding;
  for (auto size = classes.rbegin(); size != classes.rend(); ++size) {
    while (left >= *size && out.size() <= limits::kCheckListParts) {
      out.push_back(*size);
      left -= *size;
    }
  }
  if (left > 0) out.push_back(classes.front());
  return out;
}

class Chooser {
 public:
  Chooser(const SplitBudget& budget, std::size_t plans, std::uint64_t tokens)
      : budget_(budget), classes_(classes_of(budget.use)), plans_(plans) {
    const std::uint64_t largest = classes_.back();
    const std::uint64_t alone =
        record::psi_padded(tokens, budget.use).value_or((tokens + largest - 1) / largest * largest);
    const std::uint64_t due =
        alone * budget.epoch_lists / std::max<std::uint64_t>(budget.epoch_tokens, 1);
    lists_max_ = std::max<std::uint64_t>({due, plans, (tokens + largest - 1) / largest});
    lists_max_ = std::min<std::uint64_t>(
        {lists_max_, budget.lists_left, std::uint64_t{limits::kCheckListParts}});
  }
  const std::vector<std::uint64_t>& classes() const { return classes_; }
  std::uint64_t lists_max() const { return lists_max_; }

  void offer(std::optional<Split> split) {
    if (!split || split->parts.size() > lists_max_) return;
    split->plans = plans_;
    split->padded = padded_of(*split, budget_.use);
    std::map<std::size_t, std::uint64_t> named;
    for (const ListPart& part : split->parts) {
      for (const ListShare& share : part.shares) ++named[share.plan];
    }
    const bool often = std::any_of(named.begin(), named.end(), [&](const auto& one) {
      return one.second > std::max<std::uint64_t>(budget_.repeats, 1);
    });
    if (often || split->padded > budget_.tokens_left) return;
    const auto cost = [](const Split& one) { return std::pair(one.padded, one.parts.size()); };
    if (!best_ || cost(*split) < cost(*best_)) best_ = std::move(split);
  }
  std::optional<Split> take() { return std::move(best_); }

 private:
  SplitBudget budget_;
  std::vector<std::uint64_t> classes_;
  std::size_t plans_;
  std::uint64_t lists_max_ = 0;
  std::optional<Split> best_;
};

std::optional<Split> best_of(Numbered& cells, std::size_t count, const SplitBudget& budget) {
  cells.begin();
  std::uint64_t together = 0;
  std::uint64_t in_a_row = 0;
  for (std::size_t plan = 0; plan < count; ++plan) {
    together += cells.add_all(plan);
    in_a_row += cells.plans()[plan].size();
  }
  Chooser chooser(budget, count, together);
  chooser.offer(of_whole_plans(cells, count, budget.use));
  // Cells that plans share are counted once in a list and again in the next: between the two sums.
  for (const std::uint64_t tokens : {together, in_a_row}) {
    for (const std::uint64_t rounding : chooser.classes()) {
      const auto capacities = capacities_for(tokens, rounding, chooser.classes());
      if (capacities.size() <= chooser.lists_max()) chooser.offer(cut(cells, count, capacities));
    }
  }
  return chooser.take();
}

}  // namespace

Result<Split> split_lists(std::span<const std::vector<CellKey>> plans, const SplitBudget& budget,
                          Whole whole) {
  check(!plans.empty() && plans.size() <= limits::kCheckPlans, "1 to 64 plans are split");
  Numbered cells(plans);
  std::size_t count = plans.size();
  if (whole == Whole::no) {
    cells.begin();
    std::uint64_t tokens = cells.add_all(0);
    for (count = 1; count < plans.size(); ++count) {
      tokens += cells.add_all(count);
      if (!record::psi_padded(tokens, budget.use)) break;
    }
  }
  const std::size_t least = whole == Whole::yes ? count : 1;
  for (; count >= least; --count) {
    if (auto split = best_of(cells, count, budget)) return *std::move(split);
  }
  if (!record::psi_padded(plans.front().size(), budget.use)) {
    return fail(Errc::checks_too_many, std::to_string(plans.front().size()) + " tokens");
  }
  return fail(Errc::checks_budget, std::to_string(budget.tokens_left) + " tokens and " +
                                       std::to_string(budget.lists_left) + " lists are left");
}

}  // namespace detente::checks
