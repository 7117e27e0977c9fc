// SPDX-License-Identifier: Apache-2.0
//
// `detente sites check|convert`: lists of protected sites as files (docs/operating/sites.md).
// `check` reads a list and says of each row what is doubtful; it changes nothing. `convert` writes
// the same list in another format, with the standing sentences; one row with a fault, and nothing
// is written. Formats go by the names of the files (wire/table.h). Errors: usage, store_*, table_*,
// protection_*, restraint, agreement_*, already_exists.
#pragma once

#include <string>
#include <vector>

#include "app/deliver.h"
#include "base/result.h"
#include "protection/site_table.h"

namespace detente::app {

// `detente sites copy`: the node at `desk` makes a copy of its list for one recipient.
struct SiteCopyOptions {
  DeliverOptions desk;  // url and token_file
  std::string officer;  // whose token of the file; "" for any
  std::string to;
  std::int64_t coarse_m = 0;
  std::vector<std::string> categories;  // none: all
};
// Prints the answer, one line of JSON, and the standing sentences on standard error.
Status sites_copy(const SiteCopyOptions& options);

struct SitesOptions {
  std::string file;
  std::string to;         // convert: a file that does not exist yet
  std::string agreement;  // its areas and places; "" for none
  std::string places;     // a table with name, latitude, longitude; "" for none
  std::string water;      // a GeoJSON or KML of polygons; "" for none
  bool json = false;
  bool all = false;  // also the rows with nothing to say
};

// The list with its verdicts. `bytes_max` of the file is limits::kTableBytes.
Result<protection::SiteList> load_sites(const SitesOptions& options);
// What `check` prints.
std::string sites_text(const protection::SiteList& list, bool all);
std::string sites_json(const protection::SiteList& list, bool all);

// 0: no fault. 1: a row has a fault, or the file cannot be read. 2: usage.
int sites_check(const SitesOptions& options);
Status sites_convert(const SitesOptions& options);

}  // namespace detente::app
