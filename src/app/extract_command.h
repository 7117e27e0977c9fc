// SPDX-License-Identifier: Apache-2.0
//
// `detente extract`: a few entries of the logs in a node's folder, in one file that verifies alone
// (record/extract.h). Reads files and takes no lock, so it works beside a running node, and from
// a copy that cannot be written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace detente::app {

// One of: activity, incident, stop, case; party with indexes; a window, with or without a place.
struct ExtractOptions {
  std::string data;
  std::string activity;  // ids, 32 hex
  std::string incident;
  std::string stop;
  std::string case_id;  // of a hit, as GET /api/cases gives it
  std::string party;
  std::vector<std::uint64_t> indexes;
  std::string from;    // RFC 3339; "" for the beginning
  std::string to;      // "" for no end
  std::string area;    // an area of the agreement
  std::string circle;  // "LAT,LON,RADIUS_KM"
  bool with_agreement = false;
  std::string out;    // file; "" and no page and no text: standard output
  std::string html;   // file
  bool text = false;  // the report, on standard output
  UtcMs now;
};

// usage; http_not_found: nothing fits the question; agreement_unknown_party, extract_*, store_*,
// tile_*: the folder.
Status extract_command(const ExtractOptions& options);

}  // namespace detente::app
