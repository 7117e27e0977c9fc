// SPDX-License-Identifier: Apache-2.0
//
// For the text formats of C2SP: lines that end in one line feed, and numbers that have one form.
// Pure; safe on every thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace detente::record {

// Takes the next line off `rest`, without its line feed; nothing if no line feed is left.
inline std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

// ASCII decimal below 2^63 without sign, leading zero or anything else.
inline std::optional<std::uint64_t> read_decimal(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t out = 0;
  const std::from_chars_result read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  if (out > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return out;
}

}  // namespace detente::record
