// SPDX-License-Identifier: Apache-2.0
//
// Lists of sites as files, in and out of the API: what each row says, the registrations of a whole
// list, and the export. A list is taken whole or not at all.
//
//   {"format":"csv","text":".."} or {"format":"xlsx","base64":".."}
// Bounds: limits::kImportBytes, kImportSites, kTable*. Private to src/node.
#pragma once

#include <map>

#include "node/api.h"
#include "protection/site_check.h"
#include "protection/site_table.h"
#include "wire/table.h"

namespace detente::node {

// What coordinates are compared with: the agreement's places and areas, and every entry that
// stands and whose details are at hand. Valid as long as the node, and until its next step.
protection::Surroundings surroundings(const Node& node, UtcMs now);

// The members "format" and "text" or "base64" of a request, read and checked row by row.
// json_*, table_*, bad_encoding, restraint, protection_malformed; table_too_large beyond
// limits::kImportSites rows.
Result<protection::SiteList> read_asked_list(const Node& node, const JsonReader& in, UtcMs now);
// The members "rows", "faults", "doubts", "not_checked", "sites", "passed_over": every row with its
// verdicts that are not "ok".
void write_list(JsonWriter& out, const protection::SiteList& list);

// POST /api/sites/import. Without "dry_run", and without a fault, all registrations; otherwise the
// answer alone. The caller's right was looked at before.
Result<ApiOutcome> import_sites(const Node& node, const Caller& caller, const std::string& text,
                                UtcMs now);

// GET /api/sites/export?format=: every open entry that stands, with the standing sentences. Private
// details stay where they are. json_member_range, table_*.
Result<ApiAnswer> export_sites(const Node& node, const std::map<std::string, std::string>& query,
                               UtcMs now);

}  // namespace detente::node
