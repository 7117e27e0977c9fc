// SPDX-License-Identifier: Apache-2.0
//
// The two texts of a courier file (docs/protocol/courier.md): the signed cover, which says from
// whom, for whom and in answer to what, and the list of all files with their digests. Files of logs
// prove themselves; the cover is what proves that "I hold nothing of your log" was said by the
// party, and not by whoever carried the stick.
//
// Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "record/note.h"

namespace detente::record {

inline constexpr std::uint64_t kCourierBytes = 8ULL << 30;   // of all files, unpacked
inline constexpr std::size_t kCourierFiles = 300'000;        // 16.7 M entries need 131,586
inline constexpr std::size_t kCourierFileBytes = 17U << 20;  // a bundle of the largest entries
inline constexpr std::size_t kCourierListBytes = 64U << 20;  // the list of files
inline constexpr std::size_t kCourierPathBytes = 200;

struct CourierCover {
  std::string from;  // party
  std::string to;
  std::string agreement;  // 64 hex
  UtcMs made;
  std::string id;                      // 32 hex: of the sender's present state
  std::optional<std::string> answers;  // the id in the newest file that the sender had from `to`
  std::uint64_t files = 0;             // lines of the list
  Hash list{};                         // SHA-256 of the list
  friend bool operator==(const CourierCover&, const CourierCover&) = default;
};
// The text of the note that the sender's log key signs. It can never be taken for a checkpoint:
// its second line is no number.
std::string courier_text(const CourierCover& cover);
Result<CourierCover> parse_courier_text(std::string_view text);  // archive_malformed

struct CourierFile {
  std::uint64_t size = 0;
  Hash sha256{};
  friend bool operator==(const CourierFile&, const CourierFile&) = default;
};
using CourierList = std::map<std::string, CourierFile>;  // by path
// "<hex SHA-256> <size> <path>" on a line each, ascending by path. One form only.
std::string courier_list_text(const CourierList& list);
Result<CourierList> parse_courier_list(std::string_view text);  // archive_malformed

// A relative path of lower-case letters, digits, '.', '_', '-' between single slashes; no part is
// "." or ".." or empty.
bool is_courier_path(std::string_view path);

}  // namespace detente::record
