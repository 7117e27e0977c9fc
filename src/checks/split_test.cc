// SPDX-License-Identifier: Apache-2.0
// Method: plans of numbered cells, drawn at random, some overlapping; what must hold of a split is
// asked cell by cell. The cost of one plan alone is compared with a slow search over all lists.
#include "checks/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/errors.h"
#include "base/limits.h"
#include "checks/testing_plans.h"

namespace detente::checks {
namespace {

using record::PsiUse;
using Plans = std::vector<std::vector<CellKey>>;

std::vector<CellKey> cells(std::uint64_t first, std::uint64_t count) {
  std::vector<CellKey> out;
  for (std::uint64_t n = first; n < first + count; ++n) out.push_back({n, 10U << 24U, 1});
  return out;
}

SplitBudget wide() {
  return {PsiUse::board, 1'000'000, 1'000, 1'000, 100, 1'000};
}

std::vector<std::uint64_t> sizes(const Split& split, PsiUse use = PsiUse::board) {
  std::vector<std::uint64_t> out;
  for (const ListPart& part : split.parts) {
    out.push_back(record::psi_padded(part.cells.size(), use).value());
  }
  std::sort(out.rbegin(), out.rend());
  return out;
}

std::set<CellKey> joined(std::span<const std::vector<CellKey>> plans) {
  std::set<CellKey> out;
  for (const auto& plan : plans) out.insert(plan.begin(), plan.end());
  return out;
}

void expect_sound(const Plans& plans, const Split& split, const SplitBudget& budget) {
  ASSERT_LE(split.plans, plans.size());
  std::map<std::size_t, std::set<CellKey>> held;
  std::map<std::size_t, std::uint64_t> named;
  std::uint64_t padded = 0;
  for (const ListPart& part : split.parts) {
    std::set<CellKey> expected;
    for (const ListShare& share : part.shares) {
      ASSERT_LT(share.plan, split.plans);
      ++named[share.plan];
      for (const CellKey& cell : plans[share.plan]) {
        if (!share.range.contains(cell)) continue;
        expected.insert(cell);
        held[share.plan].insert(cell);
      }
    }
    ASSERT_TRUE(std::is_sorted(part.cells.begin(), part.cells.end()));
    ASSERT_EQ(std::vector<CellKey>(expected.begin(), expected.end()), part.cells);
    ASSERT_FALSE(part.cells.empty());
    padded += record::psi_padded(part.cells.size(), budget.use).value();
  }
  EXPECT_EQ(padded, split.padded);
  EXPECT_LE(padded, budget.tokens_left);
  EXPECT_LE(split.parts.size(), budget.lists_left);
  for (std::size_t plan = 0; plan < split.plans; ++plan) {
    EXPECT_EQ(held[plan].size(), plans[plan].size()) << "a cell of plan " << plan << " is lost";
    EXPECT_LE(named[plan], budget.repeats);
  }
}

// Never more than one list of all, nor than one list of each.
void expect_cheap(const Plans& plans, const Split& split, const SplitBudget& budget) {
  const PsiUse use = budget.use;
  const std::span taken(plans.data(), split.plans);
  const auto one = record::psi_padded(joined(taken).size(), use);
  if (one) {
    EXPECT_LE(split.padded, *one);
  }
  if (split.plans > budget.lists_left) return;
  std::uint64_t each = 0;
  for (const auto& plan : taken) each += record::psi_padded(plan.size(), use).value();
  EXPECT_LE(split.padded, each);
}

Plans drawn_plans(std::mt19937_64& random) {
  Plans out(1 + random() % 12);
  for (auto& plan : out) {
    const std::uint64_t size = 1 + random() % (random() % 2 == 0 ? 300 : 4'096);
    std::set<CellKey> own;
    // Some in one town, so that they share cells.
    const std::uint64_t from = random() % 2 == 0 ? random() % 3'000 : random() % 10'000'000;
    const std::uint64_t step = 1 + random() % 3;
    for (std::uint64_t i = 0; i < size; ++i)
      own.insert({from + i * step, 10U << 24U, random() % 2});
    plan.assign(own.begin(), own.end());
  }
  return out;
}

TEST(Split, LosesNoCellAndNamesEveryPlanWhereItsCellsAre) {
  const std::uint64_t seed = testing::drawn_seed();
  for (std::uint64_t i = 0; i < 150; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    std::mt19937_64 random(seed + i);
    const Plans plans = drawn_plans(random);
    SplitBudget budget;
    budget.use = random() % 2 == 0 ? PsiUse::board : PsiUse::sites_question;
    budget.tokens_left = 256 + random() % 60'000;
    budget.lists_left = 1 + random() % 20;
    budget.repeats = 1 + random() % 4;
    budget.epoch_tokens = 100'000;
    budget.epoch_lists = 1 + random() % 300;
    const Result<Split> split = split_lists(plans, budget);
    if (!split) {
      EXPECT_EQ(split.error().code, Errc::checks_budget);
      EXPECT_GT(record::psi_padded(plans.front().size(), budget.use), budget.tokens_left);
      continue;
    }
    expect_sound(plans, *split, budget);
    expect_cheap(plans, *split, budget);
  }
}

// Whoever compares every list of the one side with every list of the other finds all that two
// plans have in common, and nothing else of it.
TEST(Split, NoPairOfPlansIsMissedOverAllLists) {
  const std::uint64_t seed = testing::drawn_seed();
  for (std::uint64_t i = 0; i < 40; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    std::mt19937_64 random(seed + i);
    const Plans north = drawn_plans(random);
    const Plans south = drawn_plans(random);
    const Split a = split_lists(north, wide()).value();
    const Split b = split_lists(south, wide()).value();
    std::map<std::size_t, std::set<CellKey>> found;
    for (const ListPart& own : a.parts) {
      for (const ListPart& other : b.parts) {
        std::vector<CellKey> common;
        std::set_intersection(own.cells.begin(), own.cells.end(), other.cells.begin(),
                              other.cells.end(), std::back_inserter(common));
        for (const ListShare& share : own.shares) {
          for (const CellKey& cell : common) {
            if (std::binary_search(north[share.plan].begin(), north[share.plan].end(), cell)) {
              found[share.plan].insert(cell);
            }
          }
        }
      }
    }
    const std::set<CellKey> theirs = joined(std::span(south.data(), b.plans));
    for (std::size_t plan = 0; plan < a.plans; ++plan) {
      std::set<CellKey> expected;
      for (const CellKey& cell : north[plan]) {
        if (theirs.contains(cell)) expected.insert(cell);
      }
      EXPECT_EQ(found[plan], expected) << plan;
    }
  }
}

// The least of all ways to hold so many tokens in so many lists.
std::uint64_t least_cost(std::uint64_t tokens, std::uint64_t lists) {
  if (tokens == 0) return 0;
  if (lists == 0) return UINT64_MAX / 2;
  std::uint64_t out = UINT64_MAX / 2;
  for (const std::uint64_t size : {256U, 1'024U, 4'096U, 16'384U, 65'536U}) {
    const std::uint64_t rest = tokens > size ? tokens - size : 0;
    out = std::min(out, size + least_cost(rest, lists - 1));
  }
  return out;
}

TEST(Split, OnePlanCostsAsLittleAsItsListsAllow) {
  for (std::uint64_t repeats = 1; repeats <= 5; ++repeats) {
    for (std::uint64_t tokens = 1; tokens <= limits::kCheckPlanTokens; tokens += 97) {
      SplitBudget budget = wide();
      budget.repeats = repeats;
      const Split split = split_lists(Plans{cells(0, tokens)}, budget).value();
      EXPECT_EQ(split.padded, least_cost(tokens, repeats)) << tokens << " in " << repeats;
    }
  }
}

TEST(Split, TenThousandTokensAreNotPaddedToTheNextClass) {
  Plans plans;
  for (std::uint64_t i = 0; i < 10; ++i) plans.push_back(cells(i * 10'000, 1'000));
  SplitBudget budget{PsiUse::board, 100'000, 100, 3, 100'000, 100};
  const Split split = split_lists(plans, budget).value();
  EXPECT_EQ(sizes(split), (std::vector<std::uint64_t>{4'096, 4'096, 1'024, 1'024}));
  EXPECT_EQ(split.padded, 10'240U);
  // One commitment that may be named three times: as little as three lists allow.
  const Split list = split_lists(Plans{cells(0, 10'000)}, budget, Whole::yes).value();
  EXPECT_EQ(list.padded, 12'288U);
  EXPECT_EQ(list.parts.size(), 3U);
}

TEST(Split, IsNotDoneWithoutNeed) {
  // Two plans fit where each has a list of its own anyway; a plan alone fits its class.
  EXPECT_EQ(sizes(split_lists(Plans{cells(0, 250)}, wide()).value()),
            (std::vector<std::uint64_t>{256}));
  EXPECT_EQ(sizes(split_lists(Plans{cells(0, 100), cells(500, 150)}, wide()).value()),
            (std::vector<std::uint64_t>{256}));
  EXPECT_EQ(sizes(split_lists(Plans{cells(0, 3'000), cells(9'000, 3'000)}, wide()).value()),
            (std::vector<std::uint64_t>{4'096, 1'024, 1'024}));
  const Split two = split_lists(Plans{cells(0, 4'096), cells(9'000, 4'096)}, wide()).value();
  EXPECT_EQ(sizes(two), (std::vector<std::uint64_t>{4'096, 4'096}));
}

TEST(Split, UsesUpListsNoFasterThanTokens) {
  SplitBudget budget{PsiUse::board, 100'000, 100, 8, 100'000, 100};
  // 300 tokens are due one list of 1,024; two of 256 would cost less and use up two lists.
  EXPECT_EQ(sizes(split_lists(Plans{cells(0, 300)}, budget).value()),
            (std::vector<std::uint64_t>{1'024}));
  EXPECT_EQ(sizes(split_lists(Plans{cells(0, 1'100)}, budget).value()),
            (std::vector<std::uint64_t>{1'024, 256}));
  budget.lists_left = 1;
  EXPECT_EQ(sizes(split_lists(Plans{cells(0, 1'100)}, budget).value()),
            (std::vector<std::uint64_t>{4'096}));
}

TEST(Split, RefusesWhatDoesNotFitAndLeavesTheRestForLater) {
  SplitBudget budget = wide();
  budget.tokens_left = 600;
  const Plans plans = {cells(0, 250), cells(1'000, 250), cells(2'000, 250)};
  EXPECT_EQ(split_lists(plans, budget).value().plans, 2U);
  EXPECT_EQ(split_lists(plans, budget, Whole::yes).error().code, Errc::checks_budget);
  budget.tokens_left = 255;
  EXPECT_EQ(split_lists(plans, budget).error().code, Errc::checks_budget);
  budget = wide();
  budget.lists_left = 0;
  EXPECT_EQ(split_lists(plans, budget).error().code, Errc::checks_budget);
  const Split places = split_lists(Plans{cells(0, 70'000)}, wide(), Whole::yes).value();
  EXPECT_GE(places.parts.size(), 2U);
  EXPECT_LE(places.padded, 65'536U + 16'384U);
}

}  // namespace
}  // namespace detente::checks
