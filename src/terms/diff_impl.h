// SPDX-License-Identifier: Apache-2.0
//
// Inside of terms: what the parts of diff() share.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "terms/agreement_impl.h"
#include "terms/diff.h"

namespace detente::terms {

using Differences = std::vector<Difference>;

// Two weights of one thing: one that is neither adds nothing, two that differ are undecided.
Weight both(Weight a, Weight b);
// More of something is stricter.
template <class T>
Weight more_is_stricter(const T& before, const T& after) {
  if (before == after) return Weight::neither;
  return before < after ? Weight::stricter : Weight::looser;
}
// A wider scope is stricter. Empty lists mean all.
template <class T>
Weight wider_is_stricter(const std::vector<T>& before, const std::vector<T>& after) {
  const std::set<T> a(before.begin(), before.end());
  const std::set<T> b(after.begin(), after.end());
  if (a == b) return Weight::neither;
  const bool b_has_a =
      b.empty() || (!a.empty() && std::includes(b.begin(), b.end(), a.begin(), a.end()));
  const bool a_has_b =
      a.empty() || (!b.empty() && std::includes(a.begin(), a.end(), b.begin(), b.end()));
  if (b_has_a) return Weight::stricter;
  return a_has_b ? Weight::looser : Weight::undecided;
}
// A wider list is looser; an empty list is none.
template <class T>
Weight longer_is_looser(const std::vector<T>& before, const std::vector<T>& after) {
  const std::set<T> a(before.begin(), before.end());
  const std::set<T> b(after.begin(), after.end());
  if (a == b) return Weight::neither;
  if (std::includes(b.begin(), b.end(), a.begin(), a.end())) return Weight::looser;
  if (std::includes(a.begin(), a.end(), b.begin(), b.end())) return Weight::stricter;
  return Weight::undecided;
}
Weight opposite(Weight weight);

std::string text_changes(const Texts& before, const Texts& after);  // "en, ar"; "" if equal
std::string listed(const std::vector<Purpose>& purposes);           // "all purposes" if empty

// Calls added, removed and changed for items of two lists by their key.
template <class Item, class Key, class Added, class Removed, class Changed>
void by_key(const std::vector<Item>& before, const std::vector<Item>& after, Key key, Added added,
            Removed removed, Changed changed) {
  using Name = std::decay_t<std::invoke_result_t<Key, const Item&>>;
  std::map<Name, const Item*> old;
  for (const Item& item : before) old.emplace(key(item), &item);
  std::set<Name> kept;
  for (const Item& item : after) {
    const auto found = old.find(key(item));
    if (found == old.end()) {
      added(item);
    } else {
      kept.insert(found->first);
      changed(*found->second, item);
    }
  }
  for (const Item& item : before) {
    if (!kept.contains(key(item))) removed(item);
  }
}

void diff_areas(const Agreement::Impl& before, const Agreement::Impl& after, Differences& out);
void diff_rules(const Agreement::Impl& before, const Agreement::Impl& after, Differences& out);
void diff_distances(const Agreement& before, const Agreement& after, Differences& out);
void diff_programme(const Agreement::Impl& before, const Agreement::Impl& after, Differences& out);

}  // namespace detente::terms
