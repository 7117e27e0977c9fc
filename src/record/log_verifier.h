// SPDX-License-Identifier: Apache-2.0
//
// Verifies a whole log folder: checkpoint, tiles, bundles, every entry, every signature line, and
// that nothing else lies there. Reads through a function, so it runs on disk and in memory.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "record/log_reader.h"
#include "record/note.h"

namespace detente::record {

// A folder as the verifier sees it: relative paths with '/'.
struct LogFolder {
  std::function<Result<Bytes>(const std::string& path)> read;  // tile_missing if absent
  std::vector<std::string> files;                              // every file below the folder
};

struct VerifiedLog {
  Checkpoint checkpoint;
  std::uint64_t entries = 0;
  std::map<std::string, std::uint64_t> statements_by_type;
  struct Cosignature {
    std::string key_name;
    UtcMs time;
  };
  std::vector<Cosignature> cosignatures;
};

// Stops at the first fault; the error's place names the file and, where there is one, the entry.
// `cosigners` are the keys whose lines may stand on the checkpoint beside the log's own.
// `visit` sees each verified entry in order; may be empty. `progress(done, total)` too.
Result<VerifiedLog> verify_log(
    const LogFolder& folder, const LogOwner& owner, const std::vector<VerifierKey>& cosigners,
    const std::function<void(const Entry&)>& visit = {},
    const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace detente::record
