// SPDX-License-Identifier: Apache-2.0
//
// The ids of a log's statements: 16 bytes each in one flat table, where a std::set of their text
// takes a hundred. Whoever chooses ids so that they fall together makes it slower, never slow:
// after a bounded number of steps an id goes to an ordered set.
// Pure; used by one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace detente::record {

using RawId = std::array<std::uint8_t, 16>;
// The 16 bytes of 32 lower-case hex digits; nothing for any other text.
std::optional<RawId> raw_id(std::string_view text);

// A well-mixed number of an id: for the table, and to deal ids out to several passes.
std::uint64_t mix(const RawId& id);

class IdSet {
 public:
  // Room for `count` ids without growing: 22 bytes for each.
  void reserve(std::size_t count);
  // False if it was there already.
  bool insert(const RawId& id);
  bool contains(const RawId& id) const;
  std::size_t size() const { return used_ + beyond_.size() + (has_zero_ ? 1 : 0); }

 private:
  void rebuild(std::size_t slots);
  void place(const RawId& id);
  std::size_t slot_of(const RawId& id) const;

  std::vector<RawId> slots_;  // all zero: free
  std::size_t used_ = 0;
  std::set<RawId> beyond_;
  bool has_zero_ = false;
};

}  // namespace detente::record
