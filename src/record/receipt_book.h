// SPDX-License-Identifier: Apache-2.0
//
// Who has had a log's entries in hand, since when, by which proof.
//
// A cosigned checkpoint of size n covers the entries [0, n). The first cosignature of a party that
// covers an entry is that party's receipt for it; nothing else counts, and where there is none the
// answer is nothing. Two levels: seen (witness key) and held (mirror key).
// Not checked here: signatures. Give it only what verify_cosignature accepted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/strong.h"
#include "base/time.h"

namespace detente::record {

enum class ReceiptLevel : std::uint8_t { seen, held };

struct Cosigned {
  TreeSize size;
  UtcMs time;
  std::string note;  // the whole signed note
};

class ReceiptBook {
 public:
  // Takes in one verified cosignature; of one size only the earliest is kept as the receipt.
  void add(const std::string& party, ReceiptLevel level, const Cosigned& cosigned);
  // The earliest cosignature that covers the entry.
  const Cosigned* receipt(const std::string& party, ReceiptLevel level, LeafIndex index) const;
  // A cosigned head of the party that lacks the entry, the largest; of its size the earliest. With
  // receipt() it brackets the time at which the entry came to be.
  const Cosigned* before(const std::string& party, ReceiptLevel level, LeafIndex index) const;
  // The newest cosignature by its time.
  const Cosigned* latest(const std::string& party, ReceiptLevel level) const;
  std::size_t cosignatures() const { return count_; }
  // Stretches between two neighbouring cosignatures of a party, each at least kGapMs long,
  // ascending: times in which there is no proof that the party had contact with the log. The
  // order in which cosignatures came does not matter. What lies before the first and after the
  // latest one is not in it.
  std::vector<TimeSpan> gaps(const std::string& party, ReceiptLevel level) const;
  // When the party's first cosignature was; nothing if there is none.
  std::optional<UtcMs> first_time(const std::string& party, ReceiptLevel level) const;

  static constexpr std::int64_t kGapMs = 60'000;  // shorter silences are not kept

 private:
  struct Line {
    std::vector<Cosigned> firsts;  // ascending by size and by time
    std::optional<Cosigned> latest;
    std::optional<TimeSpan> span;  // first and latest cosignature by time
    std::vector<TimeSpan> gaps;    // ascending
  };
  static void note_time(Line& line, UtcMs time);
  std::map<std::pair<std::string, ReceiptLevel>, Line> lines_;
  std::size_t count_ = 0;
};

}  // namespace detente::record
