// SPDX-License-Identifier: Apache-2.0
//
// `detente watch`: the watch alone, without a node. Tracks from a feed are set against the areas
// and rules of an agreement and against activities from a GeoJSON file; findings come out as JSON
// lines, one per opening and one per closing (docs/operating/feeds.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "watch/watcher.h"

namespace detente::app {

struct WatchOptions {
  std::string agreement;   // path of the agreement (a template without keys will do)
  std::string feed;        // sbs://HOST:PORT, sbs:FILE, sbs:-, json:FILE, json:http://HOST/PATH
  std::string activities;  // path of a GeoJSON file; "" for none
  double speed = 1;        // how many times real time the feed was replayed at
  std::string start;       // RFC 3339: the time of the feed's first report; "" for its own
  std::string out;         // file of findings; "-" for standard output, "" for none
  int idle_s = 0;          // end after this many seconds without a report; 0 for never
  bool json = false;       // the summary as one JSON object on standard output
  bool quiet = false;      // no progress on the terminal
};

// The exit code: 0 at the end of the feed, after idle_s, or after Ctrl-C; 1 after an error, which
// is said on standard error. Takes SIGINT and SIGTERM while it runs.
int watch_command(const WatchOptions& options);

// The file's activities as the watch takes them. geojson_*, geo_*, json_*, purpose_unknown,
// agreement_unknown_party for an operator that the agreement does not know.
Result<std::vector<watch::WatchedActivity>> read_watched_activities(
    std::string_view geojson, const terms::Agreement& agreement);

}  // namespace detente::app
