// SPDX-License-Identifier: Apache-2.0
#include "record/receipt_book.h"

#include <algorithm>

namespace detente::record {

// Keeps the gaps the same whatever the order: a time after the end or before the beginning may
// open one, a time inside one splits it.
void ReceiptBook::note_time(Line& line, UtcMs time) {
  if (!line.span) {
    line.span = TimeSpan{time, time};
    return;
  }
  if (time > line.span->end) {
    if (time - line.span->end >= kGapMs) line.gaps.push_back({line.span->end, time});
    line.span->end = time;
    return;
  }
  if (time < line.span->start) {
    if (line.span->start - time >= kGapMs) {
      line.gaps.insert(line.gaps.begin(), {time, line.span->start});
    }
    line.span->start = time;
    return;
  }
  const auto gap = std::partition_point(line.gaps.begin(), line.gaps.end(),
                                        [&](const TimeSpan& g) { return g.end <= time; });
  if (gap == line.gaps.end() || time <= gap->start) return;
  const TimeSpan before{gap->start, time};
  const TimeSpan after{time, gap->end};
  const bool keep_before = before.end - before.start >= kGapMs;
  const bool keep_after = after.end - after.start >= kGapMs;
  if (keep_before && keep_after) {
    *gap = after;
    line.gaps.insert(gap, before);
  } else if (keep_before || keep_after) {
    *gap = keep_before ? before : after;
  } else {
    line.gaps.erase(gap);
  }
}

std::vector<TimeSpan> ReceiptBook::gaps(const std::string& party, ReceiptLevel level) const {
  const auto line = lines_.find({party, level});
  return line == lines_.end() ? std::vector<TimeSpan>() : line->second.gaps;
}

std::optional<UtcMs> ReceiptBook::first_time(const std::string& party, ReceiptLevel level) const {
  const auto line = lines_.find({party, level});
  if (line == lines_.end() || !line->second.span) return std::nullopt;
  return line->second.span->start;
}

void ReceiptBook::add(const std::string& party, ReceiptLevel level, const Cosigned& cosigned) {
  Line& line = lines_[{party, level}];
  ++count_;
  note_time(line, cosigned.time);
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

const Cosigned* ReceiptBook::before(const std::string& party, ReceiptLevel level,
                                    LeafIndex index) const {
  const auto line = lines_.find({party, level});
  if (line == lines_.end()) return nullptr;
  const std::vector<Cosigned>& firsts = line->second.firsts;
  const auto found = std::partition_point(
      firsts.begin(), firsts.end(), [&](const Cosigned& c) { return c.size.value <= index.value; });
  return found == firsts.begin() ? nullptr : &*(found - 1);
}

const Cosigned* ReceiptBook::latest(const std::string& party, ReceiptLevel level) const {
  const auto line = lines_.find({party, level});
  if (line == lines_.end() || !line->second.latest) return nullptr;
  return &*line->second.latest;
}

}  // namespace detente::record
