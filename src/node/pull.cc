// SPDX-License-Identifier: Apache-2.0
//
// Taking in a log's entries up to a signed checkpoint. A narrow gap is pulled whole and then held
// against the signed root. A wide one is pulled hashes first, so that each bundle proves itself as
// it comes and little is kept in memory. Entries that do not lead to the root start an audit: the
// hashes of the whole tree, to find out where it leaves the tree at hand (evidence.cc).
#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {
namespace {

record::TilePath tile_of(bool entries, std::uint64_t index, TreeSize size) {
  record::TilePath path;
  path.entries = entries;
  path.index = index / record::kTileWidth;
  path.width =
      static_cast<int>(std::min(size.value - path.index * record::kTileWidth, record::kTileWidth));
  return path;
}

void begin_audit(Pull& pull) {
  pull.audit = true;
  pull.first = 0;
  pull.leaves.clear();
  pull.entries.clear();
}

}  // namespace

Status Node::Impl::start_pull(PeerState& peer, HeldLog& log, const record::Note& note,
                              const record::Checkpoint& checkpoint) {
  const std::uint64_t gap = checkpoint.size.value - log.size().value;
  if (gap > kPullEntriesMax) {
    return fail(Errc::http_too_large,
                "the copy is " + std::to_string(gap) + " entries behind; carry them by courier",
                log.origin().value);
  }
  // One way at a time for each log, and its owner's own comes first.
  for (auto& [id, other] : peers) {
    if (!other.pull || other.pull->party != log.party) continue;
    if (log.party != peer.id) return {};
    other.pull.reset();
  }
  Pull pull;
  pull.party = log.party;
  pull.folder = log.party == peer.id ? "log" : mirror_folder(log.origin());
  pull.note = note;
  pull.checkpoint = checkpoint;
  pull.hashes_first = gap > kPullAtOnce;
  pull.first = log.size().value / record::kTileWidth * record::kTileWidth;
  peer.pull = std::move(pull);
  return {};
}

std::pair<std::string, std::size_t> Node::Impl::next_pull(const PeerState& peer) const {
  const Pull& pull = *peer.pull;
  const HeldLog& log = *logs.at(pull.party);
  const bool hashes = pull.audit || (pull.hashes_first && !pull.proved);
  const std::uint64_t next =
      hashes ? pull.first + pull.leaves.size() : log.size().value + pull.entries.size();
  const bool begun = !hashes && next % record::kTileWidth != 0;
  return {pull.folder + "/" + tile_of(!hashes, next, pull.checkpoint.size).text(),
          begun ? log.bundle_bytes() : 0};
}

Status Node::Impl::on_hashes(PeerState& peer, const record::TilePath& path, ByteView bytes,
                             UtcMs now, Effects& out) {
  Pull& pull = *peer.pull;
  HeldLog& log = *logs.at(pull.party);
  DETENTE_TRY(const std::vector<Hash> hashes, record::decode_tile(bytes, path.width));
  pull.leaves.insert(pull.leaves.end(), hashes.begin(), hashes.end());
  if (pull.first + pull.leaves.size() < pull.checkpoint.size.value) return {};
  if (pull.audit) {
    record::Frontier tree;
    for (const Hash& leaf : pull.leaves) tree.append(leaf);
    if (tree.root() != pull.checkpoint.root) {
      return fail(Errc::tile_mismatch, "neither entries nor tiles lead to the signed root");
    }
    on_fork_found(log, pull.note, pull.leaves, now, out);
    return fail(Errc::checkpoint_conflict,
                "size " + std::to_string(pull.checkpoint.size.value) + " is another history");
  }
  const std::uint64_t known = log.size().value - pull.first;
  bool same =
      std::equal(pull.leaves.begin(), pull.leaves.begin() + static_cast<std::ptrdiff_t>(known),
                 log.tree.leaves().begin() + static_cast<std::ptrdiff_t>(pull.first));
  record::Frontier tree = log.reader.frontier();
  for (std::uint64_t i = known; i < pull.leaves.size(); ++i) tree.append(pull.leaves[i]);
  same = same && tree.root() == pull.checkpoint.root;
  if (same) {
    pull.proved = true;
  } else {
    begin_audit(pull);
  }
  return {};
}

Status Node::Impl::on_bundle(PeerState& peer, const record::TilePath& path, const Fetched& input,
                             UtcMs now, Effects& out) {
  Pull& pull = *peer.pull;
  HeldLog& log = *logs.at(pull.party);
  const std::uint64_t next = log.size().value + pull.entries.size();
  check(next / record::kTileWidth == path.index, "only the next bundle is asked for");
  const auto held = static_cast<int>(next % record::kTileWidth);
  // The whole bundle, or what follows the entries at hand.
  const bool rest = input.from > 0;
  if (rest && input.from != log.bundle_bytes()) return fail(Errc::tile_mismatch, path.text());
  DETENTE_TRY(std::vector<Bytes> entries,
              record::decode_bundle(*input.bytes, rest ? path.width - held : path.width));
  if (!rest) entries.erase(entries.begin(), entries.begin() + held);
  if (pull.proved) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (record::leaf_hash(entries[i]) != pull.leaves[next - pull.first + i]) {
        return fail(Errc::tile_mismatch, path.text());
      }
    }
    DETENTE_CHECK(take_entries(log, std::move(entries), now, out));
    return log.size() < pull.checkpoint.size ? Status{} : finish_pull(peer, now, out);
  }
  for (Bytes& entry : entries) {
    pull.bytes += entry.size();
    pull.entries.push_back(std::move(entry));
  }
  if (log.size().value + pull.entries.size() < pull.checkpoint.size.value) {
    if (pull.bytes > kPullBytesMax) {  // too much to keep on trust
      pull.hashes_first = true;
      pull.entries.clear();
    }
    return {};
  }
  // First that the entries are the ones that the checkpoint covers, then what they say.
  record::Frontier tree = log.reader.frontier();
  for (const Bytes& entry : pull.entries) tree.append(record::leaf_hash(entry));
  if (tree.root() != pull.checkpoint.root) {
    if (log.head_size.value == 0) {
      return fail(Errc::tile_mismatch, "the entries do not lead to the signed root");
    }
    begin_audit(pull);
    return {};
  }
  DETENTE_CHECK(take_entries(log, std::move(pull.entries), now, out));
  return finish_pull(peer, now, out);
}

// Judges proved entries and keeps those that follow the rules; the first that does not ends it.
Status Node::Impl::take_entries(HeldLog& log, std::vector<Bytes> entries, UtcMs now, Effects& out) {
  const LeafIndex first{log.size().value};
  // A long catch-up is not told entry by entry.
  Effects* const announce = entries.size() < record::kTileWidth ? &out : nullptr;
  std::vector<Bytes> taken;
  Status judged;
  for (Bytes& bytes : entries) {
    Result<record::Entry> entry = log.reader.append(bytes);
    if (!entry) {
      on_refused_entry(log, bytes, entry.error());
      judged = fail(std::move(entry).error());
      break;
    }
    take_entry(log, *entry, announce, now);
    taken.push_back(std::move(bytes));
  }
  if (!taken.empty()) {
    const bool repair = log.damaged.has_value();
    out.push_back(StoreEntries{log.origin(), first, std::move(taken), repair});
    // Of a log that ends in a broken rule no further head is published; its folder stays whole.
    if (judged) out.push_back(WriteFiles{log.folder, log.tiles.take_files()});
    if (announce == nullptr) {
      notify(out, "log", now,
             {{"party", log.party.value}, {"size", std::to_string(log.size().value)}});
    }
  }
  return judged;
}

Status Node::Impl::finish_pull(PeerState& peer, UtcMs now, Effects& out) {
  const Pull pull = std::move(*peer.pull);
  peer.pull.reset();
  peer.ahead.erase(pull.party);
  HeldLog& log = *logs.at(pull.party);
  if (log.damaged && log.damaged->size <= log.size()) {
    if (log.tree.root_at(log.damaged->size) != log.damaged->root) {
      return fail(Errc::checkpoint_conflict, "the peer's history is not the one signed before");
    }
    log.damaged.reset();
  }
  harvest(log, pull.note, pull.checkpoint);
  if (&log == own) {
    own_rebuilt(peer.id, pull.note, now, out);
  } else {
    cosign(log, pull.note, now, out);
  }
  return {};
}

}  // namespace detente::node
