// SPDX-License-Identifier: Apache-2.0
#include "record/receipt_book.h"

#include <algorithm>

namespace detente::record {

void ReceiptBook::add(const std::string& party, ReceiptLevel level, const Cosigned& cosigned) {
  Line& line = lines_[{party, level}];
  ++count_;
  if (!line.latest || line.latest->time < cosigned.time ||
      (line.latest->time == cosigned.time && line.latest->size < cosigned.size)) {
    line.latest = cosigned;
  }
  // Keep for every size the earliest proof: drop what is neither larger nor earlier.
  std::vector<Cosigned>& firsts = line.firsts;
  const auto later = std::find_if(firsts.begin(), firsts.end(),
                                  [&](const Cosigned& c) { return c.time > cosigned.time; });
  const auto at = later - firsts.begin();
  if (at > 0 && firsts[static_cast<std::size_t>(at - 1)].size >= cosigned.size) return;
  firsts.insert(later, cosigned);
  const auto covered = [&](const Cosigned& c) {
    return c.size <= cosigned.size && c.time >= cosigned.time;
  };
  const auto next = firsts.begin() + at + 1;
  firsts.erase(next, std::find_if_not(next, firsts.end(), covered));
}

const Cosigned* ReceiptBook::receipt(const std::string& party, ReceiptLevel level,
                                     LeafIndex index) const {
  const auto line = lines_.find({party, level});
  if (line == lines_.end()) return nullptr;
  const std::vector<Cosigned>& firsts = line->second.firsts;
  const auto found = std::partition_point(
      firsts.begin(), firsts.end(), [&](const Cosigned& c) { return c.size.value <= index.value; });
  return found == firsts.end() ? nullptr : &*found;
}

const Cosigned* ReceiptBook::latest(const std::string& party, ReceiptLevel level) const {
  const auto line = lines_.find({party, level});
  if (line == lines_.end() || !line->second.latest) return nullptr;
  return &*line->second.latest;
}

}  // namespace detente::record
