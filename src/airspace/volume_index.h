// SPDX-License-Identifier: Apache-2.0
//
// Internal to airspace: the index of 4D volumes behind ConflictIndex and the ledger. Whoever uses
// it numbers the activities.
//
// A volume is filed under the few cells (geo::cap_cells) that cover its bounding cap, each as
// coarse as the cap is wide. Two volumes nearer than the separation have a pair of cells of which
// one holds the other, so a query looks at the ancestors and the descendants of its own cells.
// Time comes first: volumes of about one length lie together by the slot of time in which they
// start, and in a slot by the order of their cells. Height and the caps' distance are compared
// with room for rounding; what is left goes to geo::conflict.
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
  struct Entry {
    std::uint64_t cell = 0;
    std::int64_t start = 0;
    std::int64_t end = 0;
    std::int32_t low_dm = 0;
    std::int32_t high_dm = 0;
    Number number = 0;
    std::uint32_t reference = 0;
  };
  // Ascending by cell. Each list holds the descendants of one cell of level kCoarse, or those of
  // one coarser cell itself, so that none is long to insert into.
  using Lists = std::map<std::uint64_t, std::vector<Entry>>;
  static constexpr std::size_t kLengths = 5;  // classes of length of time
  struct Query;

  static Cap cap_of(const geo::BoundingCap& cap);
  static std::size_t length_class(const geo::Volume4& volume);
  static Entry entry_of(const geo::Volume4& volume, Number number);
  void test(const Entry& entry, const Query& query, std::vector<Number>& out) const;
  void scan(const Lists& lists, const Query& query, std::vector<Number>& out) const;
  Query make_query(const geo::Volume4& volume) const;
  void candidates(const geo::Volume4& volume, std::vector<Number>& out) const;
  Number store(Stored stored);

  geo::Separation separation_;
  double reach_m_ = 0;  // the lateral separation with room for rounding
  std::array<std::map<std::int64_t, Lists>, kLengths> slots_;  // by length class, then time slot
  std::array<std::int64_t, kLengths> longest_{};
  std::array<std::size_t, 31> levels_{};  // entries at each level of cells
  std::vector<Stored> stored_;
  std::vector<Number> free_;
  std::vector<std::vector<Number>> of_key_;
};

}  // namespace detente::airspace
