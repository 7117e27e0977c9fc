// SPDX-License-Identifier: Apache-2.0
#include "node/held_log.h"

#include "crypto/hash.h"

namespace detente::node {

std::string mirror_folder(const Origin& origin) {
  return "mirror/" + to_hex(crypto::sha256(as_bytes(origin.value)));
}

HeldLog::HeldLog(PartyId owner, record::LogReader judge, std::string where, ReadEntry read)
    : party(std::move(owner)),
      reader(std::move(judge)),
      folder(std::move(where)),
      origin_{reader.owner().log.name},
      read_(std::move(read)) {}

Result<record::Entry> HeldLog::entry(LeafIndex index) const {
  const std::string place = origin_.value + ", entry " + std::to_string(index.value);
  check(index.value < size().value, "only an accepted entry is asked for");
  const std::uint64_t behind = size().value - index.value;
  Result<Bytes> bytes = behind <= recent_.size() ? Result<Bytes>(recent_[recent_.size() - behind])
                                                 : read_(origin_, index);
  if (!bytes) return fail(std::move(bytes.error()).at(place));
  if (record::leaf_hash(*bytes) != tree.leaf(index)) return fail(Errc::node_damaged, {}, place);
  return record::parse_entry(*bytes);
}

void HeldLog::keep(const record::Entry& entry) {
  tree.append(entry.leaf);
  tiles.append(entry.bytes);
  bundle_bytes_ += 2 + entry.bytes.size();
  if (size().value % record::kTileWidth == 0) bundle_bytes_ = 0;
  recent_.push_back(entry.bytes);
  if (recent_.size() > kRecentEntries) recent_.pop_front();
}

}  // namespace detente::node
