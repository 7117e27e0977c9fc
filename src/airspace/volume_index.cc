// SPDX-License-Identifier: Apache-2.0
#include "airspace/volume_index.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <tuple>
#include <utility>

namespace detente::airspace {
namespace {

// The longest time of each class but the last, and the width of each class's slots.
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::array<std::int64_t, 4> kLengthMs = {kHourMs, 4 * kHourMs, 16 * kHourMs,
                                                   64 * kHourMs};
constexpr std::array<std::int64_t, 5> kSlotMs = {kHourMs, 4 * kHourMs, 16 * kHourMs, 64 * kHourMs,
                                                 256 * kHourMs};
// Cells of this level are about 600 km wide.
constexpr std::size_t kCoarse = 4;
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
std::uint64_t cell_of(const geo::CellRange& range) {
  return range.first + (range.last - range.first) / 2;
}
std::size_t level_of(std::uint64_t cell) {
  return 30 - static_cast<std::size_t>(std::countr_zero(cell)) / 2;
}
std::uint64_t ancestor(std::uint64_t cell, std::size_t level) {
  const std::uint64_t one = std::uint64_t{1} << (2 * (30 - level));
  return (cell & (~one + 1)) | one;
}

// The cells under which a volume is filed: of even levels only, because a query looks at each
// level above its own.
std::vector<std::uint64_t> filing_cells(const geo::BoundingCap& cap) {
  std::vector<std::uint64_t> out;
  for (const geo::CellRange& range : geo::cap_cells(cap, 0)) {
    const std::uint64_t cell = cell_of(range);
    const std::uint64_t even = ancestor(cell, level_of(cell) & ~std::size_t{1});
    if (std::find(out.begin(), out.end(), even) == out.end()) out.push_back(even);
  }
  return out;
}

// The list in which a cell is filed.
std::uint64_t list_of(std::uint64_t cell) {
  return level_of(cell) <= kCoarse ? cell : ancestor(cell, kCoarse);
}
std::int64_t slot_at(std::int64_t time, std::size_t length) {
  const std::int64_t width = kSlotMs[length];
  return time >= 0 ? time / width : -((-(time + 1)) / width) - 1;
}

// What comes first of the two must not matter, though the rounding of geo::conflict may depend on
// its order; so one order is fixed.
bool meets(const geo::Volume4& a, const geo::Volume4& b, const geo::Separation& separation) {
  const auto rank = [](const geo::Volume4& v) {
    const geo::BoundingCap cap = v.area.bounding_cap();
    return std::tuple(v.time.start, v.time.end, v.altitude.lower_mm, cap.center.lat_e7,
                      cap.center.lng_e7, cap.radius_m);
  };
  const auto rank_a = rank(a);
  const auto rank_b = rank(b);
  if (rank_a < rank_b) return geo::conflict(a, b, separation);
  if (rank_b < rank_a) return geo::conflict(b, a, separation);
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
  // The ranges of cell ids to look at: descendants of the cells that cover the volume and the
  // separation around it, and each ancestor by itself, at levels where something is. Ascending, so
  // that those of one list stand together.
  struct Range {
    std::uint64_t first_list = 0;
    std::uint64_t last_list = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend auto operator<=>(const Range&, const Range&) = default;
  };
  std::vector<Range> ranges;
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

VolumeIndex::Entry VolumeIndex::entry_of(const geo::Volume4& volume, Number number) {
  return {.cell = 0,
          .start = volume.time.start.value,
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
    Lists& lists = slots_[length][slot_at(volume.time.start.value, length)];
    Entry entry = entry_of(volume, number);
    for (const std::uint64_t cell : filing_cells(cap)) {
      entry.cell = cell;
      ++levels_[level_of(entry.cell)];
      std::vector<Entry>& list = lists[list_of(entry.cell)];
      const auto at =
          std::upper_bound(list.begin(), list.end(), entry.cell,
                           [](std::uint64_t wanted, const Entry& e) { return wanted < e.cell; });
      list.insert(at, entry);
    }
  }
}

void VolumeIndex::remove(Key key) {
  if (key >= of_key_.size()) return;
  for (const Number number : of_key_[key]) {
    const geo::Volume4& volume = stored_[number].volume;
    const std::size_t length = length_class(volume);
    const auto slot = slots_[length].find(slot_at(volume.time.start.value, length));
    for (const std::uint64_t cell : filing_cells(volume.area.bounding_cap())) {
      const auto list = slot->second.find(list_of(cell));
      std::vector<Entry>& entries = list->second;
      auto at = std::lower_bound(entries.begin(), entries.end(), cell,
                                 [](const Entry& e, std::uint64_t c) { return e.cell < c; });
      while (at->number != number) ++at;
      entries.erase(at);
      --levels_[level_of(cell)];
      if (entries.empty()) slot->second.erase(list);
    }
    if (slot->second.empty()) slots_[length].erase(slot);
    free_.push_back(number);
  }
  of_key_[key].clear();
}

void VolumeIndex::test(const Entry& entry, const Query& query, std::vector<Number>& out) const {
  if (entry.start > query.end || entry.end < query.start ||
      entry.low_dm > query.high_dm[entry.reference] ||
      entry.high_dm < query.low_dm[entry.reference]) {
    return;
  }
  const Cap& cap = stored_[entry.number].cap;
  const double dx = cap.center[0] - query.cap.center[0];
  const double dy = cap.center[1] - query.cap.center[1];
  const double dz = cap.center[2] - query.cap.center[2];
  // A chord is shorter than its arc.
  const double arc = query.reach + cap.radius;
  if (dx * dx + dy * dy + dz * dz <= arc * arc) out.push_back(entry.number);
}

void VolumeIndex::scan(const Lists& lists, const Query& query, std::vector<Number>& out) const {
  auto list = lists.end();
  for (const Query::Range& range : query.ranges) {
    // Most ranges lie in the list of the one before.
    if (list == lists.end() || list->first != range.first_list ||
        range.first_list != range.last_list) {
      list = lists.lower_bound(range.first_list);
    }
    for (; list != lists.end() && list->first <= range.last_list; ++list) {
      auto at = std::lower_bound(list->second.begin(), list->second.end(), range.first,
                                 [](const Entry& e, std::uint64_t c) { return e.cell < c; });
      for (; at != list->second.end() && at->cell <= range.last; ++at) test(*at, query, out);
      if (range.first_list == range.last_list) break;
    }
  }
}

VolumeIndex::Query VolumeIndex::make_query(const geo::Volume4& volume) const {
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
  for (const geo::CellRange& range : geo::cap_cells(cap, reach_m_)) {
    const std::uint64_t cell = cell_of(range);
    const std::size_t level = level_of(cell);
    // A fine cell and all below it lie in one list; a coarse one heads several.
    const bool fine = level >= kCoarse;
    query.ranges.push_back({fine ? list_of(cell) : range.first, fine ? list_of(cell) : range.last,
                            range.first, range.last});
    for (std::size_t above = 0; above < level; ++above) {
      if (levels_[above] == 0) continue;
      const std::uint64_t up = ancestor(cell, above);
      query.ranges.push_back({list_of(up), list_of(up), up, up});
    }
  }
  std::sort(query.ranges.begin(), query.ranges.end());
  query.ranges.erase(std::unique(query.ranges.begin(), query.ranges.end()), query.ranges.end());
  return query;
}

void VolumeIndex::candidates(const geo::Volume4& volume, std::vector<Number>& out) const {
  const Query query = make_query(volume);
  for (std::size_t length = 0; length < kLengths; ++length) {
    // Nothing of this class that started earlier can still last.
    const std::int64_t earliest = slot_at(plus(query.start, -longest_[length]), length);
    const std::int64_t latest = slot_at(query.end, length);
    const auto& slots = slots_[length];
    for (auto slot = slots.lower_bound(earliest); slot != slots.end() && slot->first <= latest;
         ++slot) {
      scan(slot->second, query, out);
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
      if (!meets(volumes[own], other.volume, separation_)) continue;
      hits.insert(at, {other.key, static_cast<std::uint32_t>(own), other.place});
    }
  }
  return hits;
}

std::size_t VolumeIndex::bytes() const {
  // A node of std::map carries about 40 bytes beside its value.
  constexpr std::size_t kNode = 40;
  std::size_t total = 0;
  for (const auto& slots : slots_) {
    for (const auto& [slot, lists] : slots) {
      total += sizeof(slot) + sizeof(lists) + kNode;
      for (const auto& [cell, list] : lists) {
        total += sizeof(cell) + sizeof(list) + kNode + list.capacity() * sizeof(Entry);
      }
    }
  }
  total += stored_.capacity() * sizeof(Stored) + free_.capacity() * sizeof(Number);
  total += of_key_.capacity() * sizeof(std::vector<Number>);
  for (const auto& numbers : of_key_) total += numbers.capacity() * sizeof(Number);
  return total;
}

}  // namespace detente::airspace
