// SPDX-License-Identifier: Apache-2.0
#include "airspace/conflict_index.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "airspace/volume_index.h"
#include "base/limits.h"

namespace detente::airspace {

struct ConflictIndex::Impl {
  explicit Impl(geo::Separation separation) : volumes(separation) {}

  VolumeIndex volumes;
  std::unordered_map<ActivityId, VolumeIndex::Key> keys;
  std::vector<const ActivityId*> ids;  // by key; they stand in `keys`
  std::vector<VolumeIndex::Key> free;
};

ConflictIndex::ConflictIndex(geo::Separation separation)
    : impl_(std::make_unique<Impl>(separation)) {}
ConflictIndex::~ConflictIndex() = default;
ConflictIndex::ConflictIndex(ConflictIndex&&) noexcept = default;
ConflictIndex& ConflictIndex::operator=(ConflictIndex&&) noexcept = default;

void ConflictIndex::insert(const ActivityId& id, std::span<const geo::Volume4> volumes) {
  const auto [found, fresh] = impl_->keys.try_emplace(id, 0);
  if (fresh) {
    found->second = static_cast<VolumeIndex::Key>(impl_->ids.size());
    if (impl_->free.empty()) {
      impl_->ids.push_back(&found->first);
    } else {
      found->second = impl_->free.back();
      impl_->free.pop_back();
      impl_->ids[found->second] = &found->first;
    }
  }
  impl_->volumes.insert(found->second, volumes);
}

void ConflictIndex::remove(const ActivityId& id) {
  const auto found = impl_->keys.find(id);
  if (found == impl_->keys.end()) return;
  impl_->volumes.remove(found->second);
  impl_->free.push_back(found->second);
  impl_->keys.erase(found);
}

namespace {

// The meetings of the hits, without those of the excepted, in their order.
std::vector<Meeting> meetings_of(const std::vector<VolumeIndex::Hit>& hits,
                                 const std::vector<const ActivityId*>& ids,
                                 const ActivityId& except) {
  std::vector<std::pair<const ActivityId*, VolumeIndex::Hit>> named;
  named.reserve(hits.size());
  for (const VolumeIndex::Hit& hit : hits) {
    if (*ids[hit.key] != except) named.emplace_back(ids[hit.key], hit);
  }
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    return a.second.key == b.second.key ? a.second < b.second : *a.first < *b.first;
  });
  std::vector<Meeting> out;
  out.reserve(named.size());
  for (const auto& [id, hit] : named) out.push_back({*id, hit.own_volume, hit.other_volume});
  return out;
}

}  // namespace

std::vector<Meeting> ConflictIndex::find(std::span<const geo::Volume4> volumes,
                                         const ActivityId& except) const {
  return meetings_of(impl_->volumes.find(volumes), impl_->ids, except);
}

Meetings ConflictIndex::pairs(std::span<const geo::Volume4> volumes, const ActivityId& except,
                              std::size_t limit) const {
  // All of them first: which are the first by id shows only then.
  auto found = meetings_of(impl_->volumes.pairs(volumes, SIZE_MAX).hits, impl_->ids, except);
  const std::size_t most = std::min(limit, limits::kConflictPairs);
  const bool more = found.size() > most;
  if (more) found.resize(most);
  return {std::move(found), more};
}

std::size_t ConflictIndex::size() const {
  return impl_->keys.size();
}

std::size_t ConflictIndex::bytes() const {
  // An id of 32 digits lies in a memory block of its own; a hash node carries about 40 bytes.
  constexpr std::size_t kIdBytes = sizeof(ActivityId) + 48;
  return impl_->volumes.bytes() + impl_->ids.capacity() * sizeof(const ActivityId*) +
         impl_->keys.size() * (kIdBytes + sizeof(VolumeIndex::Key) + 40);
}

}  // namespace detente::airspace
