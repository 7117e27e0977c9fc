// SPDX-License-Identifier: Apache-2.0
//
// Verifies a whole log folder: checkpoint, tiles, bundles, every entry, every signature line, and
// that nothing else lies there. Reads through a function, so it runs on disk and in memory.
//
// Memory does not grow with the log, but for the list of its files and 22 bytes for each id up to
// VerifyOptions::ids_at_once. The work can be spread over threads that the caller has; the verdict,
// its code and its place are the same however it is spread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "record/log_reader.h"
#include "record/note.h"

namespace detente::record {

// A folder as the verifier sees it: relative paths with '/'. If the work is spread, `read` is
// called from several threads at once.
struct LogFolder {
  std::function<Result<Bytes>(const std::string& path)> read;  // tile_missing if absent
  std::vector<std::string> files;                              // every file below the folder
  bool listed = true;  // false: `files` is unknown, so a file too many is not found
};

struct VerifiedLog {
  Checkpoint checkpoint;
  std::uint64_t entries = 0;
  std::uint64_t signatures = 0;  // of officers
  std::map<std::string, std::uint64_t> statements_by_type;
  struct Cosignature {
    std::string key_name;
    UtcMs time;
  };
  std::vector<Cosignature> cosignatures;
};

// One bundle on its way. Each step is called once, in this order.
class BundleWork {
 public:
  virtual ~BundleWork() = default;
  virtual void prepare() = 0;  // reads and parses; on any thread, beside other bundles' work
  // The rules, bundle after bundle: never beside another judge() or settle(). After the first
  // false no further bundle is judged, but those judged are still checked and settled.
  virtual bool judge() = 0;
  virtual void check() = 0;   // the signatures; on any thread, beside other bundles' work
  virtual bool settle() = 0;  // bundle after bundle, as judge(); after false nothing is left to do
};
// Takes bundles 0 to count - 1 through their steps; make(i) is called on any thread, beside others.
using Spread = std::function<void(
    std::uint64_t count, const std::function<std::unique_ptr<BundleWork>(std::uint64_t)>& make)>;

struct VerifyOptions {
  // Sees each entry in order, after the rules and perhaps before its signatures: what it gathered
  // holds only if the log verifies. Calls come from any thread, one at a time.
  std::function<void(const Entry&)> visit;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // as visit
  Spread spread;  // empty: one bundle after the other
  // A log of more entries is read once more for each so many of them, to find an id used twice.
  std::uint64_t ids_at_once = 5'000'000;
};

// Stops at the first fault; the error's place names the file and, where there is one, the entry.
// `cosigners` are the keys whose lines may stand on the checkpoint beside the log's own.
Result<VerifiedLog> verify_log(const LogFolder& folder, const LogOwner& owner,
                               const std::vector<VerifierKey>& cosigners,
                               const VerifyOptions& options);
Result<VerifiedLog> verify_log(
    const LogFolder& folder, const LogOwner& owner, const std::vector<VerifierKey>& cosigners,
    const std::function<void(const Entry&)>& visit = {},
    const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace detente::record
