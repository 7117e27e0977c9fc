// SPDX-License-Identifier: Apache-2.0
// Method: a plan that checks/split.h puts into several lists passes; then a list is kept back, a
// range is made shorter, or the log has another list.
#include "checks/audit_parts.h"

#include <gtest/gtest.h>

#include "checks/testing_pair.h"

namespace detente::checks {
namespace {

using record::PsiUse;
using testing::Pair;

struct Parts {
  Parts() {
    std::vector<std::vector<CellKey>> cells;
    std::vector<Cover> covers;
    for (const std::int32_t lat_e7 : {335'000'000}) {
      const geo::Volume4 volume{
          geo::Area::make(geo::Circle{{lat_e7, 363'000'000}, 8'000'000}).value(),
          {0, 1'000'000, geo::AltitudeReference::msl},
          {testing::kMorning, testing::kMorning + 3'600'000}};
      const std::vector<geo::Volume4> volumes = {volume};
      covers.push_back(
          cover_plan(volumes, separation_of(testing::pair_terms()), Role::a, {}).value());
      cells.push_back(all_keys(covers.back(), Role::a));
    }
    split = split_lists(cells, {PsiUse::board, 100'000, 100, 8, 100, 100}).value();
    for (const ListPart& part : split.parts) {
      const std::string name = "part" + std::to_string(lists.size());
      NamedList& list = lists.emplace_back(
          NamedList{{{}, Role::a, false, ListSecret::generate(testing::counted(name))}, {}, {}});
      for (const ListShare& share : part.shares) {
        list.opened.plans.push_back({{}, covers[share.plan], share.range});
        list.commits.push_back(
            {testing::origin_of("north"), LeafIndex{share.plan}, Hash{std::uint8_t{1}}});
      }
      log(list);
    }
  }
  void log(NamedList& list) const {
    const TokenList tokens = TokenList::make(context, cells_of(list.opened)).value();
    list.commitment = commit(tokens, list.opened.secret);
  }
  std::string fault() const { return find_left_out(context, PsiUse::board, lists).value_or(""); }

  record::PsiContext context = Pair().context();
  Split split;
  std::vector<NamedList> lists;
};

TEST(AuditParts, LetsAPlanInSeveralListsPass) {
  const Parts parts;
  ASSERT_GE(parts.lists.size(), 2U);
  EXPECT_EQ(parts.fault(), "");
  EXPECT_FALSE(find_left_out(parts.context, PsiUse::board, {}));
}

TEST(AuditParts, FindsAListThatWasKeptBack) {
  Parts parts;
  parts.lists.pop_back();
  EXPECT_NE(parts.fault().find("are in no list of the epoch"), std::string::npos) << parts.fault();
}

// The list in the log is that of its ranges, and the ranges leave cells of the plan out.
TEST(AuditParts, FindsARangeThatIsTooShort) {
  Parts parts;
  NamedList& list = parts.lists.front();
  OpenedPlan& plan = list.opened.plans.front();
  const std::vector<CellKey> own = cells_of(OpenedList{{plan}, Role::a, false, list.opened.secret});
  ASSERT_GT(own.size(), 2U);
  plan.range = {own.front(), own[own.size() - 2]};
  parts.log(list);
  EXPECT_NE(parts.fault().find("1 of its"), std::string::npos) << parts.fault();
}

TEST(AuditParts, FindsAnotherListThanTheLogHas) {
  Parts parts;
  parts.lists.back().commitment.root[0] ^= 1;
  EXPECT_NE(parts.fault().find("the commitment is to another list"), std::string::npos);
  parts = Parts();
  parts.lists.back().commits.pop_back();
  EXPECT_NE(parts.fault().find("other plans"), std::string::npos);
}

}  // namespace
}  // namespace detente::checks
