// SPDX-License-Identifier: Apache-2.0
#include "airspace/volume_index.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace detente::airspace {
namespace {

// Directions in steps of 1.2 cm. Heights stay millimetres; times are cut to steps of 4 s, which
// reach 278 years to either side of 1970. Each is a rising function, so boxes that meet still meet;
// what lies beyond the ends is cut to them.
constexpr double kDirectionUnits = 1 << 29;
constexpr int kTimeBits = 12;
constexpr double kMetresPerUnit = 6'335'439.0 / kDirectionUnits;
// geo::conflict errs toward a conflict by up to 5 cm and 3e-5 of the distance.
constexpr double kSlack = 1 + 1e-4;
constexpr double kSlackM = 1;

std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? INT64_MAX : INT64_MIN;
  return sum;
}

std::int32_t narrow(std::int64_t value) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, INT32_MIN, INT32_MAX));
}

enum : std::size_t { kHeight = 3, kTime = 4 };

void set_directions(const geo::DirectionBox& directions, BoxTree::Box& box) {
  for (std::size_t k = 0; k < 3; ++k) {
    box.low[k] = static_cast<std::int32_t>(std::floor(directions.low[k] * kDirectionUnits)) - 1;
    box.high[k] = static_cast<std::int32_t>(std::ceil(directions.high[k] * kDirectionUnits)) + 1;
  }
}

void set_time(std::int64_t start, std::int64_t end, BoxTree::Box& box) {
  box.low[kTime] = narrow(start >> kTimeBits);
  box.high[kTime] = narrow(end >> kTimeBits);
}

geo::Separation not_negative(const geo::Separation& separation) {
  return {std::max<std::int64_t>(0, separation.lateral_mm),
          std::max<std::int64_t>(0, separation.vertical_mm),
          std::max<std::int64_t>(0, separation.time_ms)};
}

std::array<double, BoxTree::kAxes> margins_of(const geo::Separation& separation) {
  const double lateral = 2 * static_cast<double>(separation.lateral_mm) / 1'000 / kMetresPerUnit;
  return {lateral, lateral, lateral, 2 * static_cast<double>(separation.vertical_mm),
          2 * static_cast<double>(separation.time_ms >> kTimeBits)};
}

}  // namespace

VolumeIndex::VolumeIndex(geo::Separation separation)
    : separation_(not_negative(separation)),
      reach_m_(static_cast<double>(separation_.lateral_mm) / 1'000 * kSlack + kSlackM),
      trees_{BoxTree(margins_of(separation_)), BoxTree(margins_of(separation_)),
             BoxTree(margins_of(separation_))} {}

BoxTree::Box VolumeIndex::box_of(const geo::Volume4& volume) const {
  BoxTree::Box box;
  set_directions(volume.area.direction_box(0), box);
  box.low[kHeight] = narrow(volume.altitude.lower_mm);
  box.high[kHeight] = narrow(volume.altitude.upper_mm);
  set_time(volume.time.start.value, volume.time.end.value, box);
  return box;
}

void VolumeIndex::insert(Key key, std::span<const geo::Volume4> volumes) {
  remove(key);
  if (first_of_.size() <= key) first_of_.resize(std::size_t{key} + 1, kNone);
  for (std::size_t i = volumes.size(); i > 0; --i) {
    const geo::Volume4& volume = volumes[i - 1];
    auto number = static_cast<Number>(stored_.size());
    if (free_.empty()) {
      stored_.emplace_back();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    stored_[number] = {volume, key, static_cast<std::uint32_t>(i - 1),
                       std::exchange(first_of_[key], number)};
    trees_[static_cast<std::size_t>(volume.altitude.reference)].insert(number, box_of(volume));
  }
}

void VolumeIndex::remove(Key key) {
  if (key >= first_of_.size()) return;
  for (Number number = std::exchange(first_of_[key], kNone); number != kNone;) {
    Stored& stored = stored_[number];
    trees_[static_cast<std::size_t>(stored.volume->altitude.reference)].remove(number);
    stored.volume.reset();
    free_.push_back(number);
    number = stored.next;
  }
  if (free_.size() != stored_.size()) return;
  decltype(stored_)().swap(stored_);  // the last one has gone
  decltype(free_)().swap(free_);
}

void VolumeIndex::candidates(const geo::Volume4& volume, std::vector<Number>& numbers,
                             std::vector<Candidate>& out) const {
  numbers.clear();
  out.clear();
  BoxTree::Box box;
  set_directions(volume.area.direction_box(reach_m_), box);
  set_time(plus(volume.time.start.value, -separation_.time_ms),
           plus(volume.time.end.value, separation_.time_ms), box);
  for (std::size_t r = 0; r < kReferences; ++r) {
    const std::int64_t room =
        plus(separation_.vertical_mm,
             geo::reference_mismatch_mm(volume.altitude.reference,
                                        static_cast<geo::AltitudeReference>(r)));
    box.low[kHeight] = narrow(plus(volume.altitude.lower_mm, -room));
    box.high[kHeight] = narrow(plus(volume.altitude.upper_mm, room));
    trees_[r].find(box, numbers);
  }
  // Memory that is far away is asked for ahead.
  for (const Number number : numbers) __builtin_prefetch(&stored_[number]);
  for (const Number number : numbers) {
    const Stored& stored = stored_[number];
    __builtin_prefetch(&stored.volume->area.impl());
    out.push_back({stored.key, stored.place, number});
  }
  std::sort(out.begin(), out.end());
}

geo::Separation VolumeIndex::cut_to_own(const geo::Separation& separation) const {
  return {std::min(separation.lateral_mm, separation_.lateral_mm),
          std::min(separation.vertical_mm, separation_.vertical_mm),
          std::min(separation.time_ms, separation_.time_ms)};
}

std::vector<VolumeIndex::Hit> VolumeIndex::find(std::span<const geo::Volume4> volumes) const {
  return find(volumes, {});
}

std::vector<VolumeIndex::Hit> VolumeIndex::find(std::span<const geo::Volume4> volumes,
                                                const SeparationOf& separation) const {
  std::vector<Hit> hits;
  std::vector<Hit> merged;
  std::vector<Number> numbers;
  std::vector<Candidate> found;
  for (std::size_t own = 0; own < volumes.size(); ++own) {
    candidates(volumes[own], numbers, found);
    const std::size_t before = hits.size();
    std::size_t known = 0;  // of the hits so far: the first whose key is not less
    for (std::size_t i = 0; i < found.size();) {
      const Key key = found[i].key;
      while (known < before && hits[known].key < key) ++known;
      bool met = known < before && hits[known].key == key;
      const geo::Separation apart = !met && separation ? cut_to_own(separation(key)) : separation_;
      for (; i < found.size() && found[i].key == key; ++i) {
        if (met) continue;
        const geo::Volume4& other = *stored_[found[i].number].volume;
        if (!geo::conflict(volumes[own], other, apart)) continue;
        hits.push_back({key, static_cast<std::uint32_t>(own), found[i].place});
        met = true;
      }
    }
    merged.clear();
    const auto middle = hits.begin() + static_cast<std::ptrdiff_t>(before);
    std::merge(hits.begin(), middle, middle, hits.end(), std::back_inserter(merged));
    hits.swap(merged);
  }
  return hits;
}

VolumeIndex::Pairs VolumeIndex::pairs(std::span<const geo::Volume4> volumes,
                                      std::size_t limit) const {
  return pairs(volumes, limit, {});
}

VolumeIndex::Pairs VolumeIndex::pairs(std::span<const geo::Volume4> volumes, std::size_t limit,
                                      const SeparationOf& separation) const {
  struct Pair {
    Hit hit;
    Number number = 0;
  };
  std::vector<Pair> possible;
  std::vector<Number> numbers;
  std::vector<Candidate> found;
  for (std::size_t own = 0; own < volumes.size(); ++own) {
    candidates(volumes[own], numbers, found);
    for (const Candidate& candidate : found) {
      possible.push_back(
          {{candidate.key, static_cast<std::uint32_t>(own), candidate.place}, candidate.number});
    }
  }
  std::sort(possible.begin(), possible.end(),
            [](const Pair& a, const Pair& b) { return a.hit < b.hit; });
  Pairs out;
  for (std::size_t i = 0; i < possible.size();) {
    const Key key = possible[i].hit.key;
    const geo::Separation apart = separation ? cut_to_own(separation(key)) : separation_;
    for (; i < possible.size() && possible[i].hit.key == key; ++i) {
      const geo::Volume4& other = *stored_[possible[i].number].volume;
      if (!geo::conflict(volumes[possible[i].hit.own_volume], other, apart)) continue;
      if (out.hits.size() == limit) {
        out.more = true;
        return out;
      }
      out.hits.push_back(possible[i].hit);
    }
  }
  return out;
}

std::size_t VolumeIndex::size() const {
  return stored_.size() - free_.size();
}

std::size_t VolumeIndex::bytes() const {
  std::size_t total = stored_.capacity() * sizeof(Stored) +
                      (free_.capacity() + first_of_.capacity()) * sizeof(Number);
  for (const BoxTree& tree : trees_) total += tree.bytes();
  return total;
}

}  // namespace detente::airspace
