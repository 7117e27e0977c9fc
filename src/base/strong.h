// SPDX-License-Identifier: Apache-2.0
//
// Strong types for identifiers, indexes and counts: two of a kind compare and print, two of
// different kinds do not mix.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace detente {

template <class Tag, class T>
struct Strong {
  T value{};
  Strong() = default;
  explicit Strong(T v) : value(std::move(v)) {}
  friend auto operator<=>(const Strong&, const Strong&) = default;
  friend bool operator==(const Strong&, const Strong&) = default;
};

using PartyId = Strong<struct PartyTag, std::string>;  // "north"; any adherent of an agreement
using ActivityId = Strong<struct ActivityTag, std::string>;  // the proposing statement's id, 32 hex
using AreaId = Strong<struct AreaTag, std::string>;          // an area of the agreement
using ClauseId = Strong<struct ClauseTag, std::string>;      // "3.2"
using Origin = Strong<struct OriginTag, std::string>;        // a log's name in its checkpoints
using StatementId = Strong<struct StatementTag, std::string>;  // 128 random bits, 32 hex
using LeafIndex = Strong<struct LeafIndexTag, std::uint64_t>;
using TreeSize = Strong<struct TreeSizeTag, std::uint64_t>;  // covers leaves [0, value)

}  // namespace detente

template <class Tag, class T>
struct std::hash<detente::Strong<Tag, T>> {
  std::size_t operator()(const detente::Strong<Tag, T>& s) const { return std::hash<T>{}(s.value); }
};
