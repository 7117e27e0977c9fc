// SPDX-License-Identifier: Apache-2.0
#include "checks/audit_parts.h"

#include <algorithm>
#include <iterator>

namespace detente::checks {
namespace {

// Those cells of one plan that are in the list.
std::vector<CellKey> share_of(const NamedList& list, std::size_t plan) {
  return cells_of(OpenedList{
      {list.opened.plans[plan]}, list.opened.role, list.opened.against_places, list.opened.secret});
}

std::vector<CellKey> all_of(const NamedList& list, std::size_t plan) {
  OpenedList whole{
      {list.opened.plans[plan]}, list.opened.role, list.opened.against_places, list.opened.secret};
  whole.plans.front().range = {};
  return cells_of(whole);
}

}  // namespace

std::optional<std::string> find_left_out(const record::PsiContext& context, record::PsiUse use,
                                         std::span<const NamedList> lists) {
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const NamedList& list = lists[i];
    const std::string which = "list " + std::to_string(i + 1);
    if (list.commits.size() != list.opened.plans.size()) return which + ": other plans";
    const auto tokens = TokenList::make(context, cells_of(list.opened), use);
    if (!tokens) return which + ": " + tokens.error().text();
    if (!(commit(*tokens, list.opened.secret) == list.commitment)) {
      return which + ": the commitment is to another list";
    }
  }
  for (std::size_t plan = 0; !lists.empty() && plan < lists.front().commits.size(); ++plan) {
    std::vector<CellKey> held;
    for (const NamedList& list : lists) {
      for (std::size_t at = 0; at < list.commits.size(); ++at) {
        if (!(list.commits[at] == lists.front().commits[plan])) continue;
        const std::vector<CellKey> share = share_of(list, at);
        held.insert(held.end(), share.begin(), share.end());
      }
    }
    std::sort(held.begin(), held.end());
    held.erase(std::unique(held.begin(), held.end()), held.end());
    const std::vector<CellKey> all = all_of(lists.front(), plan);
    std::vector<CellKey> missing;
    std::set_difference(all.begin(), all.end(), held.begin(), held.end(),
                        std::back_inserter(missing));
    if (missing.empty()) continue;
    return "plan " + std::to_string(plan + 1) + ": " + std::to_string(missing.size()) + " of its " +
           std::to_string(all.size()) + " cells are in no list of the epoch";
  }
  return std::nullopt;
}

}  // namespace detente::checks
