// SPDX-License-Identifier: Apache-2.0
#include "record/id_set.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace detente::record {
namespace {

constexpr RawId kFree{};
constexpr std::size_t kStepsMax = 32;
constexpr std::size_t kSlotsMin = 64;

constexpr std::array<std::int8_t, 256> digits() {
  std::array<std::int8_t, 256> out{};
  out.fill(-1);
  for (std::size_t i = 0; i < 16; ++i) {
    out[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<std::int8_t>(i);
  }
  return out;
}
constexpr std::array<std::int8_t, 256> kDigits = digits();

// Slots for `count` ids at three quarters full.
std::size_t slots_for(std::size_t count) {
  return std::max(kSlotsMin, count + count / 3 + 1);
}

}  // namespace

std::optional<RawId> raw_id(std::string_view text) {
  RawId out{};
  if (text.size() != 2 * out.size()) return std::nullopt;
  int bad = 0;  // negative once a character was no digit
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = kDigits[static_cast<unsigned char>(text[2 * i])];
    const int low = kDigits[static_cast<unsigned char>(text[2 * i + 1])];
    bad |= high | low;
    out[i] = static_cast<std::uint8_t>((high & 15) << 4 | (low & 15));
  }
  if (bad < 0) return std::nullopt;
  return out;
}

std::uint64_t mix(const RawId& id) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::memcpy(&low, id.data(), sizeof low);
  std::memcpy(&high, id.data() + sizeof low, sizeof high);
  // Two rounds of the finaliser of splitmix64: each bit of the id moves every bit of the number.
  std::uint64_t out = low;
  for (const std::uint64_t word : {high, std::uint64_t{0x9e3779b97f4a7c15}}) {
    out ^= out >> 30U;
    out *= 0xbf58476d1ce4e5b9;
    out ^= out >> 27U;
    out *= 0x94d049bb133111eb;
    out ^= out >> 31U;
    out += word;
  }
  return out ^ (out >> 32U) * 0x9e3779b97f4a7c15;
}

void IdSet::reserve(std::size_t count) {
  if (slots_for(count) > slots_.size()) rebuild(slots_for(count));
}

std::size_t IdSet::slot_of(const RawId& id) const {
  // The number's place in the range, without a division.
  // The upper half scaled to the table, which has far fewer than 2^32 slots.
  return static_cast<std::size_t>(((mix(id) >> 32U) * slots_.size()) >> 32U);
}

bool IdSet::contains(const RawId& id) const {
  if (id == kFree) return has_zero_;
  if (slots_.empty()) return false;
  std::size_t at = slot_of(id);
  for (std::size_t step = 0; step < kStepsMax; ++step) {
    if (slots_[at] == id) return true;
    if (slots_[at] == kFree) return false;
    if (++at == slots_.size()) at = 0;
  }
  return beyond_.contains(id);
}

// The id is not there yet, and there is room.
void IdSet::place(const RawId& id) {
  std::size_t at = slot_of(id);
  for (std::size_t step = 0; step < kStepsMax; ++step) {
    if (slots_[at] == kFree) {
      slots_[at] = id;
      ++used_;
      return;
    }
    if (++at == slots_.size()) at = 0;
  }
  beyond_.insert(id);
}

void IdSet::rebuild(std::size_t slots) {
  const std::vector<RawId> old = std::exchange(slots_, std::vector<RawId>(slots));
  const std::set<RawId> beyond = std::exchange(beyond_, {});
  used_ = 0;
  for (const RawId& id : old) {
    if (id != kFree) place(id);
  }
  for (const RawId& id : beyond) place(id);
}

bool IdSet::insert(const RawId& id) {
  if (contains(id)) return false;
  if (id == kFree) {
    has_zero_ = true;
    return true;
  }
  if (slots_for(used_ + 1) > slots_.size()) rebuild(slots_for(2 * used_ + kSlotsMin));
  place(id);
  return true;
}

}  // namespace detente::record
