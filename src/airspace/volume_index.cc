// SPDX-License-Identifier: Apache-2.0
#include "airspace/volume_index.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace detente::airspace {
namespace {

constexpr std::array<std::int64_t, 4> kLengthMs = {3'600'000, 4 * 3'600'000, 16 * 3'600'000,
                                                   64 * 3'600'000};
// No path on the ellipsoid is shorter than this times its angle: the meridian at the equator.
constexpr double kMetresPerRadian = 6'335'000;
// geo::conflict errs toward a conflict by up to 5 cm and 2e-5 of the distance.
constexpr double kSlack = 1 + 1e-4;
constexpr double kSlackM = 2;

std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? INT64_MAX : INT64_MIN;
  return sum;
}

std::int32_t decimetres(std::int64_t mm, bool up) {
  // Limits of heights are far within 32 bits; what is beyond (a test's) is cut outward.
  constexpr std::int64_t kMost = INT32_MAX;
  const std::int64_t floor = mm >= 0 ? mm / 100 : -((-mm + 99) / 100);
  const std::int64_t out = up && floor * 100 != mm ? floor + 1 : floor;
  return static_cast<std::int32_t>(std::clamp(out, -kMost, kMost));
}

// S2 cell ids: the position along the curve, then a one bit whose place tells the level.
std::uint64_t last_one(std::uint64_t cell) {
  return cell & (~cell + 1);
}
std::uint64_t cell_of(const geo::CellRange& range) {
  return range.first + (range.last - range.first) / 2;
}
std::uint64_t first_leaf(std::uint64_t cell) {
  return cell - (last_one(cell) - 1);
}
std::uint64_t last_leaf(std::uint64_t cell) {
  return cell + (last_one(cell) - 1);
}
std::size_t level_of(std::uint64_t cell) {
  return 30 - static_cast<std::size_t>(std::countr_zero(cell)) / 2;
}
std::uint64_t ancestor(std::uint64_t cell, std::size_t level) {
  const std::uint64_t one = std::uint64_t{1} << (2 * (30 - level));
  return (cell & (~one + 1)) | one;
}

bool either_way(const geo::Volume4& a, const geo::Volume4& b, const geo::Separation& separation) {
  // The rounding of geo::conflict may depend on the order; which of the two was filed first must
  // not matter.
  return geo::conflict(a, b, separation) || geo::conflict(b, a, separation);
}

}  // namespace

struct VolumeIndex::Query {
  std::int64_t start = 0;  // widened by the separation
  std::int64_t end = 0;
  std::array<std::int32_t, 3> low_dm{};  // by the stored volume's altitude reference
  std::array<std::int32_t, 3> high_dm{};
  Cap cap;
  double reach = 0;  // radians
};

VolumeIndex::VolumeIndex(geo::Separation separation) : separation_(separation) {
  separation_.lateral_mm = std::max<std::int64_t>(0, separation.lateral_mm);
  separation_.vertical_mm = std::max<std::int64_t>(0, separation.vertical_mm);
  separation_.time_ms = std::max<std::int64_t>(0, separation.time_ms);
  reach_m_ = static_cast<double>(separation_.lateral_mm) / 1000 * kSlack + kSlackM;
}

VolumeIndex::Cap VolumeIndex::cap_of(const geo::BoundingCap& cap) {
  const double lat = geo::lat_degrees(cap.center) * std::numbers::pi / 180;
  const double lng = geo::lng_degrees(cap.center) * std::numbers::pi / 180;
  return {{std::cos(lat) * std::cos(lng), std::cos(lat) * std::sin(lng), std::sin(lat)},
          cap.radius_m / kMetresPerRadian + 1e-9};
}

std::size_t VolumeIndex::length_class(const geo::Volume4& volume) {
  const std::int64_t length = volume.time.end - volume.time.start;
  return static_cast<std::size_t>(std::lower_bound(kLengthMs.begin(), kLengthMs.end(), length) -
                                  kLengthMs.begin());
}

VolumeIndex::Slot VolumeIndex::slot_of(const geo::Volume4& volume, Number number) {
  return {.start = volume.time.start.value,
          .end = volume.time.end.value,
          .low_dm = decimetres(volume.altitude.lower_mm, false),
          .high_dm = decimetres(volume.altitude.upper_mm, true),
          .number = number,
          .reference = static_cast<std::uint32_t>(volume.altitude.reference)};
}

VolumeIndex::Number VolumeIndex::store(Stored stored) {
  if (free_.empty()) {
    stored_.push_back(std::move(stored));
    return static_cast<Number>(stored_.size() - 1);
  }
  const Number number = free_.back();
  free_.pop_back();
  stored_[number] = std::move(stored);
  return number;
}

void VolumeIndex::insert(Key key, std::span<const geo::Volume4> volumes) {
  remove(key);
  if (of_key_.size() <= key) of_key_.resize(std::size_t{key} + 1);
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const geo::Volume4& volume = volumes[i];
    const geo::BoundingCap cap = volume.area.bounding_cap();
    const Number number = store({volume, cap_of(cap), key, static_cast<std::uint32_t>(i)});
    of_key_[key].push_back(number);
    const std::size_t length = length_class(volume);
    longest_[length] = std::max(longest_[length], volume.time.end - volume.time.start);
    const Slot slot = slot_of(volume, number);
    for (const geo::CellRange& range : geo::cap_cells(cap, 0)) {
      const std::uint64_t id = cell_of(range);
      const auto [cell, fresh] = cells_.try_emplace(id);
      if (fresh) ++levels_[level_of(id)];
      std::vector<Slot>& slots = cell->second.slots[length];
      const auto at =
          std::upper_bound(slots.begin(), slots.end(), slot.start,
                           [](std::int64_t start, const Slot& s) { return start < s.start; });
      slots.insert(at, slot);
      ++cell->second.count;
      ++slots_;
    }
  }
}

void VolumeIndex::remove(Key key) {
  if (key >= of_key_.size()) return;
  for (const Number number : of_key_[key]) {
    const geo::Volume4& volume = stored_[number].volume;
    const std::size_t length = length_class(volume);
    for (const geo::CellRange& range : geo::cap_cells(volume.area.bounding_cap(), 0)) {
      const auto cell = cells_.find(cell_of(range));
      std::vector<Slot>& slots = cell->second.slots[length];
      auto at = std::lower_bound(slots.begin(), slots.end(), volume.time.start.value,
                                 [](const Slot& s, std::int64_t start) { return s.start < start; });
      while (at->number != number) ++at;
      slots.erase(at);
      --slots_;
      if (--cell->second.count == 0) {
        --levels_[level_of(cell->first)];
        cells_.erase(cell);
      }
    }
    free_.push_back(number);
  }
  of_key_[key].clear();
}

void VolumeIndex::scan(const Cell& cell, const Query& query, std::vector<Number>& out) const {
  for (std::size_t length = 0; length < kLengths; ++length) {
    const std::vector<Slot>& slots = cell.slots[length];
    if (slots.empty()) continue;
    // Nothing of this class that started earlier can still last.
    const std::int64_t earliest = plus(query.start, -longest_[length]);
    auto slot = std::lower_bound(slots.begin(), slots.end(), earliest,
                                 [](const Slot& s, std::int64_t start) { return s.start < start; });
    for (; slot != slots.end() && slot->start <= query.end; ++slot) {
      if (slot->end < query.start || slot->low_dm > query.high_dm[slot->reference] ||
          slot->high_dm < query.low_dm[slot->reference]) {
        continue;
      }
      const Cap& cap = stored_[slot->number].cap;
      const double dx = cap.center[0] - query.cap.center[0];
      const double dy = cap.center[1] - query.cap.center[1];
      const double dz = cap.center[2] - query.cap.center[2];
      // A chord is shorter than its arc.
      const double arc = query.reach + cap.radius;
      if (dx * dx + dy * dy + dz * dz > arc * arc) continue;
      out.push_back(slot->number);
    }
  }
}

void VolumeIndex::candidates(const geo::Volume4& volume, std::vector<Number>& out) const {
  const geo::BoundingCap cap = volume.area.bounding_cap();
  Query query;
  query.start = plus(volume.time.start.value, -separation_.time_ms);
  query.end = plus(volume.time.end.value, separation_.time_ms);
  for (std::size_t r = 0; r < query.low_dm.size(); ++r) {
    const std::int64_t room = separation_.vertical_mm +
                              geo::reference_mismatch_mm(volume.altitude.reference,
                                                         static_cast<geo::AltitudeReference>(r));
    query.low_dm[r] = decimetres(plus(volume.altitude.lower_mm, -room), false);
    query.high_dm[r] = decimetres(plus(volume.altitude.upper_mm, room), true);
  }
  query.cap = cap_of(cap);
  query.reach = query.cap.radius + reach_m_ / kMetresPerRadian;
  // An ancestor of two of the query's cells is looked at once only: the cells come in order.
  std::vector<std::uint64_t> visited;
  for (const geo::CellRange& range : geo::cap_cells(cap, reach_m_)) {
    const std::uint64_t id = cell_of(range);
    const std::size_t level = level_of(id);
    for (std::size_t above = 0; above < level; ++above) {
      if (levels_[above] == 0) continue;
      const std::uint64_t coarse = ancestor(id, above);
      if (std::find(visited.begin(), visited.end(), coarse) != visited.end()) continue;
      visited.push_back(coarse);
      if (const auto cell = cells_.find(coarse); cell != cells_.end()) {
        scan(cell->second, query, out);
      }
    }
    for (auto cell = cells_.lower_bound(first_leaf(id));
         cell != cells_.end() && cell->first <= last_leaf(id); ++cell) {
      scan(cell->second, query, out);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

std::vector<VolumeIndex::Hit> VolumeIndex::find(std::span<const geo::Volume4> volumes) const {
  std::vector<Hit> hits;
  std::vector<Number> numbers;
  const auto before = [](const Hit& hit, Key key) { return hit.key < key; };
  for (std::size_t own = 0; own < volumes.size(); ++own) {
    numbers.clear();
    candidates(volumes[own], numbers);
    std::sort(numbers.begin(), numbers.end(), [this](Number a, Number b) {
      return std::pair(stored_[a].key, stored_[a].place) <
             std::pair(stored_[b].key, stored_[b].place);
    });
    for (const Number number : numbers) {
      const Stored& other = stored_[number];
      const auto at = std::lower_bound(hits.begin(), hits.end(), other.key, before);
      if (at != hits.end() && at->key == other.key) continue;
      if (!either_way(volumes[own], other.volume, separation_)) continue;
      hits.insert(at, {other.key, static_cast<std::uint32_t>(own), other.place});
    }
  }
  return hits;
}

std::size_t VolumeIndex::bytes() const {
  // A node of std::map carries about 40 bytes beside its value.
  std::size_t total = cells_.size() * (sizeof(std::pair<const std::uint64_t, Cell>) + 40);
  for (const auto& [id, cell] : cells_) {
    for (const auto& slots : cell.slots) total += slots.capacity() * sizeof(Slot);
  }
  total += stored_.capacity() * sizeof(Stored) + free_.capacity() * sizeof(Number);
  total += of_key_.capacity() * sizeof(std::vector<Number>);
  for (const auto& numbers : of_key_) total += numbers.capacity() * sizeof(Number);
  return total;
}

}  // namespace detente::airspace
