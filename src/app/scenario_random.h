// SPDX-License-Identifier: Apache-2.0
//
// The scenario's own source of draws: SplitMix64 (Steele, Lea and Flood, 2014). Whole numbers only,
// so that a seed means the same everywhere. Not for keys. One draw per statement.
#pragma once

#include <cstdint>
#include <string_view>

namespace detente::app {

class ScenarioRandom {
 public:
  explicit ScenarioRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  // From `low` to `high`, both included. The bias of the remainder is below 1e-9 here.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const auto width = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(next() % width);
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }
  // A stream of its own for `label`, so that a draw more in one flight moves no other.
  ScenarioRandom fork(std::string_view label) const {
    std::uint64_t hash = state_ ^ 0xcbf29ce484222325ULL;
    for (const char c : label) {
      hash = (hash ^ static_cast<std::uint64_t>(static_cast<unsigned char>(c))) * 0x100000001b3ULL;
    }
    return ScenarioRandom(hash);
  }

 private:
  std::uint64_t state_;
};

}  // namespace detente::app
