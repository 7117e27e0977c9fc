// SPDX-License-Identifier: Apache-2.0
//
// One list of a private check as a node keeps it: its secret, the commitments that it names with
// their coverings, and the roots of its files. As JSON, in the private folder (app/check_shelf.h)
// and in what is opened to an auditor. Holds secrets: whoever has the text knows the list.
// Errors: checks_malformed, json_*, usage. Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "checks/audit.h"

namespace detente::app {

inline constexpr std::size_t kStoredListBytes = 32U << 20;  // 65,536 cells of a list, as text

// One list, as it is kept.
struct StoredList {
  checks::Role role = checks::Role::a;
  record::PsiUse use = record::PsiUse::board;
  bool against_places = false;
  checks::ListSecret secret;
  std::vector<record::Ref> commits;
  std::vector<checks::Cover> covers;      // of each commit
  std::vector<checks::CellRange> ranges;  // of each: which of its cells are in this list
  record::PsiFile commitment;
  record::PsiFile board;  // n is 0 where there is none
  record::PsiFile question;
  std::uint64_t tokens = 0;  // without dummies
  // The list that was made durable last of those that were made together, by the root of its
  // commitment: without it the others do not count. Its own root where it is the only one.
  Hash last{};
};
// A cell as 40 hex digits: space, altitude, time. usage.
std::string cell_hex(const checks::CellKey& cell);
Result<checks::CellKey> cell_from_hex(const std::string& text);
std::string stored_list_text(const StoredList& list);
Result<StoredList> parse_stored_list(std::string_view text);
// Those cells of one commit's covering that are in this list, and all of the list, ascending.
std::vector<checks::CellKey> cells_of(const StoredList& list, std::size_t commit);
std::vector<checks::CellKey> cells_of(const StoredList& list);

void write_ref(JsonWriter& out, const record::Ref& ref);
Result<record::Ref> read_ref(const JsonReader& in);

}  // namespace detente::app
