// SPDX-License-Identifier: Apache-2.0
//
// Into which lists the cells of plans, or of a list of places, are put, so that as little as
// possible is padded. docs/protocol/private-checks.md section 9.
//
// A list is padded to the next of a few classes. One list of 4,097 tokens costs as much as one of
// 16,384; the same tokens in lists of 4,096 and 256 cost a quarter. What the split shows: the
// classes of the lists, so the number of tokens more closely than one class would, and which
// commitments have cells in which list.
//
// Promised:  every cell of a plan is in a list that names the plan, and a list holds nothing but
//            cells of the plans that it names. So whoever compares all lists misses nothing, and
//            an auditor can ask whether a list is that of its plans.
//            The sum of the padded sizes is the least among these: whole plans in their order, put
//            together in any way; and all cells in a row, cut into lists of one class after the
//            other. Of two that cost the same, the one with fewer lists.
// Bounds:    no plan is named in more lists than it may be posted; lists are used up no faster than
//            tokens, or one for each plan. Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "checks/cover.h"

namespace detente::checks {

// Cells from the first to the last, both included.
struct CellRange {
  CellKey first{};
  CellKey last{UINT64_MAX, UINT32_MAX, UINT64_MAX};
  bool contains(const CellKey& cell) const { return first <= cell && cell <= last; }
  friend bool operator==(const CellRange&, const CellRange&) = default;
};
// The cells of one plan that a list holds.
struct ListShare {
  std::size_t plan = 0;
  CellRange range;
};
struct ListPart {
  std::vector<CellKey> cells;  // ascending, each once
  std::vector<ListShare> shares;
};
struct Split {
  std::vector<ListPart> parts;
  std::size_t plans = 0;     // that are in them, from the first on
  std::uint64_t padded = 0;  // tokens of all parts, with padding
};

struct SplitBudget {
  record::PsiUse use = record::PsiUse::board;
  std::uint64_t tokens_left = 0;
  std::uint64_t lists_left = 0;
  std::uint64_t repeats = 1;  // lists that may name one plan
  // Of the whole epoch: a split may use up lists as it uses up tokens, and one for each plan.
  std::uint64_t epoch_tokens = 1;
  std::uint64_t epoch_lists = 0;
};
enum class Whole : std::uint8_t { no, yes };
// `plans`: the cells of each, ascending, each once; at least one and at most limits::kCheckPlans.
// Takes as many of them as fit, from the first on, and of plans that are put together no more than
// one list of the largest class could hold; with Whole::yes all or none.
// checks_too_many, checks_budget: not even the first fits.
Result<Split> split_lists(std::span<const std::vector<CellKey>> plans, const SplitBudget& budget,
                          Whole whole = Whole::no);

}  // namespace detente::checks
