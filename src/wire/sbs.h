// SPDX-License-Identifier: Apache-2.0
//
// SBS-1 "BaseStation" lines (port 30003): 22 comma-separated fields. MSG lines carry pieces of one
// aircraft's state; SEL, ID, AIR, STA and CLK are known and carry nothing for us. Times have no
// zone and are taken as UTC. Source: feeds.md section 2; dump1090's output.
// Pure; safe on every thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "geo/track.h"

namespace detente::wire {

// One line without its line end. Nothing for a line that carries no track; feed_malformed for what
// is not SBS; feed_line_too_long; feed_binary.
Result<std::optional<geo::TrackPoint>> parse_sbs(std::string_view line);

// An "MSG,3" (or 1, 4) line with CRLF, as the scenario's feed sends it.
std::string format_sbs(const geo::TrackPoint& point);

// Cuts a byte stream into lines; a line longer than limits::kFeedLineBytes is dropped whole and
// counted, so a never-ending line costs no memory.
class LineSplitter {
 public:
  // Calls `line(std::string_view)` for every whole line in `bytes`, without CR and LF.
  template <class F>
  void feed(std::string_view bytes, F&& line);
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::string rest_;
  bool dropping_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace detente::wire
