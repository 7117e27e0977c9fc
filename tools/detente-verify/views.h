// SPDX-License-Identifier: Apache-2.0
//
// Whether what is said of a log at some size is what the log was: its tree is followed along its
// level-0 tiles, so that any number of heads of ascending sizes cost one pass and little memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/log_verifier.h"
#include "record/merkle.h"

namespace detente::verify {

// A log at hand, before or after it is verified; `size` is what its checkpoint claims.
struct LogAtHand {
  std::string place;
  std::size_t owner = 0;  // index into Agreement::owners
  record::LogFolder folder;
  TreeSize size;
};

class TreeWalk {
 public:
  explicit TreeWalk(const LogAtHand& log) : log_(&log) {}
  // The root at `size`, which is not less than before and at most the log's. Errors of the files.
  Result<Hash> root_at(TreeSize size);

 private:
  const LogAtHand* log_;
  record::Frontier tree_;
  std::vector<Hash> tile_;
};

// An entry's time as its bundle has it.
Result<UtcMs> time_of_entry(const LogAtHand& log, LeafIndex index);

}  // namespace detente::verify
