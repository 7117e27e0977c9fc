// SPDX-License-Identifier: Apache-2.0
//
// Reads the logs of a node's folder for extracts, and finds the entries that a question is about.
// Private to src/app.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/geo.h"
#include "record/extract.h"
#include "terms/agreement.h"

namespace detente::app {

// What finding entries needs to know of each; the entry itself is read again when it is taken.
struct ScannedEntry {
  LeafIndex index;
  UtcMs time;
  std::string type;
  std::string id;
  std::vector<std::string> names;  // ids that its body names: activity, stop, finding, incident ..
  bool stops_all = false;          // a STOP for every activity
  std::vector<record::Ref> refs;
  std::vector<TimeSpan> spans;      // of an activity's volumes that lie in the place asked for
  std::vector<TimeSpan> all_spans;  // of all its volumes
  bool in_place = false;            // a finding or a report inside the place asked for
};

struct ScannedLog {
  record::ExtractSource source;
  std::vector<ScannedEntry> entries;
};

struct Scan {
  std::string self;  // whose folder it is
  std::vector<ScannedLog> logs;
};

// All logs in the folder, each checked against its signed root.
// `place`: what ScannedEntry::spans and in_place are about.
Result<Scan> scan_folder(const std::string& data, const terms::Agreement& agreement,
                         const std::optional<geo::Area>& place);

// Everything that names this id: an activity's acts, findings and STOPs; with the entries that
// refer to one of those. http_not_found if no entry has the id.
Result<record::ExtractRequest> find_topic(const Scan& scan, const std::string& id);
// All that the logs hold about a case of a hit (protection/ledger.h), by its id at `now`.
// http_not_found: these logs open no such case. http_too_large: more than one extract may list.
Result<record::ExtractRequest> find_case(const Scan& scan,
                                         const std::shared_ptr<const terms::Agreement>& agreement,
                                         const std::string& id, UtcMs now);
// Everything logged in the window; or with `placed`, the activities whose volumes meet the place
// in the window, findings and reports in it, and all that names those.
Result<record::ExtractRequest> find_window(const Scan& scan, const TimeSpan& window, bool placed);

}  // namespace detente::app
