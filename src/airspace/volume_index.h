// SPDX-License-Identifier: Apache-2.0
//
// Internal to airspace: the index of 4D volumes behind ConflictIndex and the ledger. Whoever uses
// it numbers the activities.
//
// Each volume is one box: the range of its area's directions (so neither poles nor the
// antimeridian are special), its heights, its times. The boxes lie in one tree for each altitude
// reference, because the room that a query needs between two references differs. What a query's
// box meets goes to geo::conflict, which decides. A volume costs one box, however large it is.
// Const calls are safe from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "airspace/box_tree.h"
#include "geo/geo.h"

namespace detente::airspace {

class VolumeIndex {
 public:
  using Key = std::uint32_t;
  struct Hit {
    Key key = 0;
    std::uint32_t own_volume = 0;
    std::uint32_t other_volume = 0;
    friend auto operator<=>(const Hit&, const Hit&) = default;
  };
  struct Pairs {
    std::vector<Hit> hits;
    bool more = false;  // there are pairs beyond these
  };
  // The separation that counts against an activity. What exceeds the index's own is cut to it.
  using SeparationOf = std::function<geo::Separation(Key)>;

  explicit VolumeIndex(geo::Separation separation);

  // Replaces what the key had.
  void insert(Key key, std::span<const geo::Volume4> volumes);
  void remove(Key key);
  // One hit for each key that conflicts: the first pair of volumes. Ascending by key.
  std::vector<Hit> find(std::span<const geo::Volume4> volumes) const;
  std::vector<Hit> find(std::span<const geo::Volume4> volumes,
                        const SeparationOf& separation) const;
  // Every pair of volumes that conflicts, ascending by key, own and other volume; the first
  // `limit`.
  Pairs pairs(std::span<const geo::Volume4> volumes, std::size_t limit) const;
  Pairs pairs(std::span<const geo::Volume4> volumes, std::size_t limit,
              const SeparationOf& separation) const;
  std::size_t size() const;   // volumes
  std::size_t bytes() const;  // without the areas' shapes, which the callers share

 private:
  using Number = std::uint32_t;
  static constexpr Number kNone = 0xFFFFFFFF;
  static constexpr std::size_t kReferences = 3;  // of altitude
  struct Stored {
    std::optional<geo::Volume4> volume;  // empty where the number is free
    Key key = 0;
    std::uint32_t place = 0;  // the volume's number within its activity
    Number next = kNone;      // of the same key
  };
  struct Candidate {
    Key key = 0;
    std::uint32_t place = 0;
    Number number = 0;
    friend auto operator<=>(const Candidate&, const Candidate&) = default;
  };

  BoxTree::Box box_of(const geo::Volume4& volume) const;
  // Those whose boxes meet the volume's, ascending by key and place.
  void candidates(const geo::Volume4& volume, std::vector<Number>& numbers,
                  std::vector<Candidate>& out) const;
  geo::Separation cut_to_own(const geo::Separation& separation) const;

  geo::Separation separation_;
  double reach_m_ = 0;  // the lateral separation with room for rounding
  std::array<BoxTree, kReferences> trees_;
  std::vector<Stored> stored_;
  std::vector<Number> free_;
  std::vector<Number> first_of_;  // by key
};

}  // namespace detente::airspace
