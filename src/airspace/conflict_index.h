// SPDX-License-Identifier: Apache-2.0
//
// Finds which activities come closer to a given one than the agreed separation. Exact answers;
// the cells of the index only narrow the candidates and never lose one.
// One writer at a time; not shared between threads while written.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/strong.h"
#include "geo/geo.h"

namespace detente::airspace {

// Where two activities meet: the volumes' numbers within each.
struct Meeting {
  ActivityId other;
  std::uint32_t own_volume = 0;
  std::uint32_t other_volume = 0;
};

struct Meetings {
  std::vector<Meeting> pairs;
  bool more = false;  // there are pairs beyond these
};

class ConflictIndex {
 public:
  explicit ConflictIndex(geo::Separation separation);
  ~ConflictIndex();
  ConflictIndex(ConflictIndex&&) noexcept;
  ConflictIndex& operator=(ConflictIndex&&) noexcept;

  void insert(const ActivityId& id, std::span<const geo::Volume4> volumes);
  void remove(const ActivityId& id);  // no effect if it is not there
  // Every activity that conflicts with `volumes`, ascending by id, one meeting each (the first
  // pair of volumes). `except` is left out.
  std::vector<Meeting> find(std::span<const geo::Volume4> volumes, const ActivityId& except) const;
  // Every pair of volumes that conflicts, ascending by id and by the volumes' numbers: the first
  // `limit` (limits::kConflictPairs at most).
  Meetings pairs(std::span<const geo::Volume4> volumes, const ActivityId& except,
                 std::size_t limit) const;
  std::size_t size() const;   // activities
  std::size_t bytes() const;  // memory used, roughly

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::airspace
