// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/views.h"

#include <algorithm>

#include "record/tiles.h"

namespace detente::verify {
namespace {

record::TilePath path_at(const LogAtHand& log, bool entries, std::uint64_t tile) {
  const std::uint64_t left = log.size.value - tile * record::kTileWidth;
  return {entries, 0, tile, static_cast<int>(std::min(record::kTileWidth, left))};
}

}  // namespace

Result<Hash> TreeWalk::root_at(TreeSize size) {
  while (tree_.size() < size) {
    const std::uint64_t next = tree_.size().value;
    if (next % record::kTileWidth == 0) {
      const record::TilePath path = path_at(*log_, false, next / record::kTileWidth);
      DETENTE_TRY(const Bytes bytes, log_->folder.read(path.text()));
      DETENTE_TRY(tile_, record::decode_tile(bytes, path.width));
    }
    tree_.append(tile_[static_cast<std::size_t>(next % record::kTileWidth)]);
  }
  return tree_.root();
}

Result<UtcMs> time_of_entry(const LogAtHand& log, LeafIndex index) {
  if (index.value >= log.size.value) return fail(Errc::store_not_found);
  const record::TilePath path = path_at(log, true, index.value / record::kTileWidth);
  DETENTE_TRY(const Bytes bytes, log.folder.read(path.text()));
  DETENTE_TRY(const std::vector<ByteView> entries, record::bundle_entries(bytes, path.width));
  DETENTE_TRY(
      const record::Entry entry,
      record::parse_entry(entries[static_cast<std::size_t>(index.value % record::kTileWidth)]));
  return entry.header.time;
}

}  // namespace detente::verify
