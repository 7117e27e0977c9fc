// SPDX-License-Identifier: Apache-2.0
//
// Private to extract*.cc.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "record/extract.h"

namespace detente::record {

using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // first and last

Result<Checkpoint> extract_checkpoint(std::string_view note_text);
// Indexes of the log that the extract does not show. The checkpoint must be readable.
Ranges left_out(const ExtractLog& log);
std::string ranges_text(const Ranges& ranges);  // "0-41,43"; "none"

// The cosigners whose lines on notes of this owner's log count: everyone's but his own.
std::vector<ExtractTrust::Cosigner> cosigners_for(const ExtractTrust& trust, const LogOwner& owner);
const LogOwner* owner_of(const ExtractTrust& trust, const Origin& origin);

// The times at which one cosigner had seen how much of a log, over all its cosignatures.
class CosignedTimes {
 public:
  void add(UtcMs time, TreeSize size, std::size_t note);
  void sort();  // once, after the last add
  struct Had {
    UtcMs time;
    TreeSize size;
    std::size_t note = 0;
  };
  // The first one that covers the entry, and the last one over a log without it.
  const Had* first(LeafIndex index) const;
  const Had* lacked(LeafIndex index) const;

 private:
  std::vector<Had> all_;                 // ascending by time
  std::vector<std::uint64_t> largest_;   // of all_[0..k]
  std::vector<std::uint64_t> smallest_;  // of all_[k..]
};

}  // namespace detente::record
