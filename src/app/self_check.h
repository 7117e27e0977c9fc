// SPDX-License-Identifier: Apache-2.0
//
// Compares everything that a node's folder holds with what was signed: tiles, bundles and database
// rows of every log with the leaf hashes of the tree under its newest head, checkpoint files with
// the head, kept notes with their hashes. An entry lies on the disk twice (row and bundle) and its
// hash a third time (tile), so most damage is mended on the spot. What is not, is told: the caller
// stops the node (Errc::node_damaged); at its next start the node takes the rest of that log from
// its peers' mirrors.
// Threads: one at a time, that of the store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "store/node_store.h"

namespace detente::app {

// What one look found.
struct SelfCheckFindings {
  struct Damage {
    Origin origin;
    LeafIndex index;  // the first entry of which no right copy is here
    std::string what;
  };
  std::vector<std::string> mended;  // "log/tile/0/000", "node.db <origin> entry 17"
  std::vector<Damage> damaged;      // empty: nothing is lost
  std::uint64_t notes_damaged = 0;  // kept notes whose bytes changed; there is no second copy
};

// The node_damaged that stops a node, or nothing.
std::optional<Error> stop_reason(const SelfCheckFindings& findings);

class SelfCheck {
 public:
  static constexpr std::int64_t kPassMs = 86'400'000;
  // `store` outlives this object.
  explicit SelfCheck(store::NodeStore& store, std::int64_t pass_ms = kPassMs)
      : store_(store), pass_ms_(pass_ms) {}

  // Looks at what is due by `now` if a pass takes `pass_ms` and the next begins after it: at most
  // 4 blocks of 256 entries in a call, about 5 ms. Errors: the store's, of what could not be read
  // or written; a row or file that is damaged is no error.
  Result<SelfCheckFindings> tick(UtcMs now);

  // A whole pass at once, with a look of SQLite at its own file. `progress` gets entries looked at
  // and in all.
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;
  Result<SelfCheckFindings> run(const Progress& progress);

  std::uint64_t passes() const { return passes_; }    // completed
  std::uint64_t entries() const { return entries_; }  // looked at, in all passes
  std::optional<UtcMs> last_pass() const { return last_pass_; }

 private:
  struct Block;
  Status begin(UtcMs now);
  Status look(std::uint64_t blocks, SelfCheckFindings& out);
  Status look_at_notes(SelfCheckFindings& out);
  Block read_block(const store::NodeStore::Head& log, std::uint64_t index, int width) const;
  Status finish_log(const store::NodeStore::Head& log, TreeSize size, const Hash& root,
                    SelfCheckFindings& out);
  bool choose(const std::vector<Block>& doubtful, const Hash& root);
  static void tell_unproven(const store::NodeStore::Head& log, const std::vector<Block>& doubtful,
                            SelfCheckFindings& out);
  Status mend_block(const store::NodeStore::Head& log, const Block& block,
                    const std::vector<Hash>& right, SelfCheckFindings& out);
  Status mend_upper_tiles(const store::NodeStore::Head& log, TreeSize size, SelfCheckFindings& out);
  Status mend_file(const std::string& path, const Bytes& right, SelfCheckFindings& out);

  store::NodeStore& store_;
  std::int64_t pass_ms_;
  // The pass under way: logs not yet begun, the blocks of the one under way, and its pace.
  std::vector<Origin> waiting_;
  std::optional<Origin> current_;
  std::vector<Hash> roots_;              // of the blocks looked at
  std::vector<std::uint64_t> doubtful_;  // blocks whose three copies differ
  bool under_way_ = false;
  UtcMs began_;
  std::uint64_t blocks_done_ = 0;
  std::uint64_t blocks_total_ = 0;
  std::int64_t last_note_ = 0;
  bool notes_done_ = false;
  std::uint64_t passes_ = 0;
  std::uint64_t entries_ = 0;
  std::optional<UtcMs> last_pass_;
};

// `detente check --data DIR`: a whole pass over the folder of a node that is not running.
struct CheckOptions {
  std::string data;
  bool json = false;
  bool quiet = false;  // no progress
};
// Exit code: 0 all was well or mended, 1 damage is left or the folder cannot be read.
int check_command(const CheckOptions& options);

}  // namespace detente::app
