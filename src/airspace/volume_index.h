// SPDX-License-Identifier: Apache-2.0
//
// Internal to airspace: the index of 4D volumes behind ConflictIndex and the ledger. Whoever uses
// it numbers the activities.
//
// A volume is filed under the few cells (geo::cap_cells) that cover its bounding cap, each as
// coarse as the cap is wide. Two volumes nearer than the separation have a pair of cells of which
// one holds the other, so a query looks at the ancestors and the descendants of its own cells.
// Within a cell the volumes lie by length of time and then by start. Time, height and the caps'
// distance are compared with room for rounding; what is left goes to geo::conflict.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "geo/geo.h"

namespace detente::airspace {

class VolumeIndex {
 public:
  using Key = std::uint32_t;
  struct Hit {
    Key key = 0;
    std::uint32_t own_volume = 0;
    std::uint32_t other_volume = 0;
  };

  explicit VolumeIndex(geo::Separation separation);

  void insert(Key key, std::span<const geo::Volume4> volumes);
  void remove(Key key);
  // One hit for each key that conflicts: the first pair of volumes. Ascending by key.
  std::vector<Hit> find(std::span<const geo::Volume4> volumes) const;
  std::size_t bytes() const;  // without the areas' shapes, which the callers share

 private:
  using Number = std::uint32_t;
  struct Cap {
    std::array<double, 3> center{};
    double radius = 0;  // radians
  };
  struct Stored {
    geo::Volume4 volume;
    Cap cap;
    Key key = 0;
    std::uint32_t place = 0;  // the volume's number within its activity
  };
  // What is compared first, side by side in memory. Heights in decimetres, rounded outward.
  struct Slot {
    std::int64_t start = 0;
    std::int64_t end = 0;
    std::int32_t low_dm = 0;
    std::int32_t high_dm = 0;
    Number number = 0;
    std::uint32_t reference = 0;
  };
  static constexpr std::size_t kLengths = 5;  // classes of length of time
  struct Cell {
    std::array<std::vector<Slot>, kLengths> slots;  // ascending by start
    std::size_t count = 0;
  };
  struct Query;

  static Cap cap_of(const geo::BoundingCap& cap);
  static std::size_t length_class(const geo::Volume4& volume);
  static Slot slot_of(const geo::Volume4& volume, Number number);
  void scan(const Cell& cell, const Query& query, std::vector<Number>& out) const;
  void candidates(const geo::Volume4& volume, std::vector<Number>& out) const;
  Number store(Stored stored);

  geo::Separation separation_;
  double reach_m_ = 0;                      // the lateral separation with room for rounding
  std::map<std::uint64_t, Cell> cells_;     // by S2 cell id
  std::array<std::uint32_t, 31> levels_{};  // cells at each level
  std::array<std::int64_t, kLengths> longest_{};
  std::vector<Stored> stored_;
  std::vector<Number> free_;
  std::vector<std::vector<Number>> of_key_;
  std::size_t slots_ = 0;
};

}  // namespace detente::airspace
