// SPDX-License-Identifier: Apache-2.0
//
// A private list of places: as content of schema "sites/v1" (docs/protocol/private-checks.md
// section 9), as it is handed in, and which commitments belong to one list.
//
//   checks/lists/<hex>.json   0600: the roots of a list's contents, named by the first
#pragma once

#include <string>
#include <vector>

#include "protection/site_table.h"
#include "record/content.h"
#include "terms/agreement.h"

namespace detente::app {

inline constexpr const char* kListSchema = "sites/v1";

// The places of a list, in as many contents as they need: fields "1", "2", .. of arrays of sites.
// checks_too_many: beyond limits::kCheckPlans contents.
Result<std::vector<record::Content>> list_contents(
    const std::vector<protection::SiteDetails>& sites);
// The places of one such field's value. content_malformed, protection_*, geo_*, json_*.
Result<std::vector<geo::Area>> read_field_places(const std::string& value);
// What is protected of each place. content_malformed, protection_*, geo_*.
Result<std::vector<geo::Area>> read_list_places(const record::Content& content);

// {"format":"csv|geojson|kml|xlsx","text":".."} or {..,"base64":".."}, with "dry_run".
struct HandedIn {
  protection::SiteList list;
  bool dry_run = true;
};
Result<HandedIn> read_handed_in(const std::string& body, const terms::Agreement& agreement);
void write_rows(JsonWriter& out, const protection::SiteList& list);  // members of an answer

// Durable before the commitments are logged. A list without all its commitments is none.
Status save_list_parts(const std::string& data, const std::vector<Hash>& roots, std::size_t sites);
struct ListParts {
  std::vector<Hash> roots;
  std::size_t sites = 0;
};
std::vector<ListParts> load_list_parts(const std::string& data);

}  // namespace detente::app
