// SPDX-License-Identifier: Apache-2.0
//
// The log of a party's next epoch beside that of the one before: both folders verify, and the
// newer log's first entry names exactly the end of the older one (record/epoch.h).
#pragma once

#include <string>

#include "detente-verify/verify.h"

namespace detente::verify {

struct EpochReport {
  std::string party;
  record::Head last;          // what the newer log names, and the older one ends with
  std::string agreement;      // SHA-256 of the older log's agreement, hex
  bool closed = false;        // the older log ends with log.close
  std::uint64_t entries = 0;  // of the older log
};

// `next` is the request that gave `report`; `old_folder` is a node's folder with its own
// agreement.json. The place of an error begins with `old_folder` where it is the older one's.
// All of verify_node_folder and record::check_next_epoch.
Result<EpochReport> verify_previous(const Request& next, const Report& report,
                                    const std::string& old_folder);

std::string text(const EpochReport& report);
std::string json(const EpochReport& report);

}  // namespace detente::verify
