// SPDX-License-Identifier: Apache-2.0
//
// Lists of sites as tables: what each row says, what is doubtful about it, and the way back. A
// list is taken whole or not at all: one row with a fault, and nothing is to be imported.
//
// Columns, in any order and any capitals: name, category, function, and where it is: "latitude" and
// "longitude", or "coordinates" in any notation of geo/coordinates.h, or "polygon" as
// "lat lng; lat lng; .."; then datum, footprint_m (60 without one), owner, address, place, contact.
// A column that describes targeting is refused (restraint). Others are named and passed over.
// Pure; safe on every thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/table.h"
#include "protection/site_check.h"

namespace detente::protection {

inline constexpr std::int64_t kFootprintMmDefault = 60'000;

struct SiteRow {
  std::size_t number = 0;           // where the row stands in its file
  std::optional<SiteDetails> site;  // nothing: it could not be read
  std::vector<SiteVerdict> verdicts;
  Verdict worst = Verdict::ok;
};
struct SiteList {
  std::vector<SiteRow> rows;
  std::vector<std::string> columns_passed_over;
  std::size_t faults = 0;  // rows
  std::size_t doubts = 0;
  std::size_t not_checked = 0;  // rows with nothing worse
  // All sites, in order, or nothing if one row has a fault or there is none.
  std::vector<SiteDetails> importable() const;
};
// `listed`: what stands in the list already, each with the label that names it in verdicts.
// restraint (with the column), protection_malformed (no column says where the sites are).
Result<SiteList> read_site_list(const Table& table, Surroundings surroundings,
                                const std::vector<std::pair<std::string, SiteDetails>>& listed);
// Every column, degrees with seven digits; reading it gives the same sites.
Table site_table(const std::vector<SiteDetails>& sites);

}  // namespace detente::protection
