// SPDX-License-Identifier: Apache-2.0
#include "airspace/conflict_index.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "airspace/volume_index.h"

namespace detente::airspace {

struct ConflictIndex::Impl {
  explicit Impl(geo::Separation separation) : volumes(separation) {}

  VolumeIndex volumes;
  std::unordered_map<ActivityId, VolumeIndex::Key> keys;
  std::vector<ActivityId> ids;  // by key
  std::vector<VolumeIndex::Key> free;
};

ConflictIndex::ConflictIndex(geo::Separation separation)
    : impl_(std::make_unique<Impl>(separation)) {}
ConflictIndex::~ConflictIndex() = default;
ConflictIndex::ConflictIndex(ConflictIndex&&) noexcept = default;
ConflictIndex& ConflictIndex::operator=(ConflictIndex&&) noexcept = default;

void ConflictIndex::insert(const ActivityId& id, std::span<const geo::Volume4> volumes) {
  auto found = impl_->keys.find(id);
  if (found == impl_->keys.end()) {
    VolumeIndex::Key key = static_cast<VolumeIndex::Key>(impl_->ids.size());
    if (impl_->free.empty()) {
      impl_->ids.push_back(id);
    } else {
      key = impl_->free.back();
      impl_->free.pop_back();
      impl_->ids[key] = id;
    }
    found = impl_->keys.emplace(id, key).first;
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

std::vector<Meeting> ConflictIndex::find(std::span<const geo::Volume4> volumes,
                                         const ActivityId& except) const {
  std::vector<Meeting> out;
  for (const VolumeIndex::Hit& hit : impl_->volumes.find(volumes)) {
    const ActivityId& id = impl_->ids[hit.key];
    if (id != except) out.push_back({id, hit.own_volume, hit.other_volume});
  }
  std::sort(out.begin(), out.end(),
            [](const Meeting& a, const Meeting& b) { return a.other < b.other; });
  return out;
}

std::size_t ConflictIndex::size() const {
  return impl_->keys.size();
}

std::size_t ConflictIndex::bytes() const {
  // An id of 32 digits lies in its own memory block, twice; a hash node carries about 40 bytes.
  constexpr std::size_t kIdBytes = sizeof(ActivityId) + 48;
  return impl_->volumes.bytes() + impl_->ids.capacity() * kIdBytes +
         impl_->keys.size() * (kIdBytes + sizeof(VolumeIndex::Key) + 40);
}

}  // namespace detente::airspace
