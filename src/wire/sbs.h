// SPDX-License-Identifier: Apache-2.0
//
// SBS-1 "BaseStation" lines (port 30003): 22 comma-separated fields. MSG lines carry pieces of one
// aircraft's state; SEL, ID, AIR, STA and CLK are known and carry nothing for us. Times have no
// zone and are taken as UTC. Source: feeds.md section 2; dump1090's output.
// Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "geo/track.h"

namespace detente::wire {

// One line without its line end. Nothing for a line that carries no track (an empty line is a
// heartbeat); feed_malformed for what is not SBS, with the field's number and name; feed_binary for
// a byte that is not printable ASCII; feed_line_too_long.
// A position needs both halves: one without the other is feed_malformed.
Result<std::optional<geo::TrackPoint>> parse_sbs(std::string_view line);

// An "MSG,3" line with CRLF (2 on the ground, 4 or 1 where there is no position), as the scenario's
// feed sends it. Positions, times and addresses survive exactly; altitude to a foot, speed and
// track to a tenth of a knot and of a degree.
std::string format_sbs(const geo::TrackPoint& point);

// Cuts a byte stream into lines; a line longer than limits::kFeedLineBytes is dropped whole and
// counted, so a never-ending line costs no memory.
class LineSplitter {
 public:
  // Calls `line(std::string_view)` for every whole line in `bytes`, without CR and LF. The view is
  // valid during the call only.
  template <class F>
  void feed(std::string_view bytes, F&& line);
  // The end of the stream: a last line without a line end is handed over too.
  template <class F>
  void finish(F&& line);
  std::uint64_t dropped() const { return dropped_; }

 private:
  template <class F>
  void hand_over(std::string_view text, F&& line) {
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    if (text.size() > limits::kFeedLineBytes) {
      ++dropped_;
    } else {
      line(text);
    }
  }

  std::string rest_;
  bool dropping_ = false;
  std::uint64_t dropped_ = 0;
};

template <class F>
void LineSplitter::feed(std::string_view bytes, F&& line) {
  while (!bytes.empty()) {
    const void* found = std::memchr(bytes.data(), '\n', bytes.size());
    if (found == nullptr) break;
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    const std::string_view piece = bytes.substr(0, length);
    bytes.remove_prefix(length + 1);
    if (dropping_) {
      dropping_ = false;
    } else if (rest_.empty()) {
      hand_over(piece, line);
    } else if (rest_.size() + piece.size() > limits::kFeedLineBytes + 1) {
      ++dropped_;
      rest_.clear();
    } else {
      rest_.append(piece);
      hand_over(rest_, line);
      rest_.clear();
    }
  }
  if (dropping_ || bytes.empty()) return;
  // One byte more than the limit may be kept: it can be the CR of the line end.
  if (rest_.size() + bytes.size() > limits::kFeedLineBytes + 1) {
    dropping_ = true;
    ++dropped_;
    rest_.clear();
  } else {
    rest_.append(bytes);
  }
}

template <class F>
void LineSplitter::finish(F&& line) {
  if (!rest_.empty()) hand_over(rest_, line);
  rest_.clear();
  dropping_ = false;
}

}  // namespace detente::wire
