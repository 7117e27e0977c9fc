// SPDX-License-Identifier: Apache-2.0
#include "record/merkle.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>

#include "crypto/hash.h"

namespace detente::record {
namespace {

constexpr std::uint8_t kLeafPrefix[] = {0x00};
constexpr std::uint8_t kNodePrefix[] = {0x01};

// Where RFC 6962 splits a tree of n > 1 leaves: the largest power of two smaller than n.
std::uint64_t split(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

// The hash of leaves [start, start + n). The splits of the recursion keep `start` a multiple of
// the power of two at or above n, so a power of two is always a complete stored subtree.
Hash range_hash(const SubtreeHash& subtree, std::uint64_t start, std::uint64_t n) {
  if (std::has_single_bit(n)) {
    const int level = std::countr_zero(n);
    return subtree(level, start >> level);
  }
  const std::uint64_t k = split(n);
  const Hash left = range_hash(subtree, start, k);
  const Hash right = range_hash(subtree, start + k, n - k);
  return node_hash(left, right);
}

// A part of a tree that a proof speaks about: leaves [start, end), relative to the node at hand.
struct Part {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
};

// The one recursion behind every proof. `known` says that the verifier has the part's own hash,
// which is so until the part is first cut in two (RFC 6962 2.1.2: SUBPROOF's flag).
void prove(const SubtreeHash& subtree, std::uint64_t offset, std::uint64_t n, Part part, bool known,
           Proof& out) {
  if (part.start == 0 && part.end == n) {
    if (!known) out.push_back(range_hash(subtree, offset, n));
    return;
  }
  const std::uint64_t k = split(n);
  if (part.end <= k) {
    prove(subtree, offset, k, part, known, out);
    out.push_back(range_hash(subtree, offset + k, n - k));
  } else if (part.start >= k) {
    prove(subtree, offset + k, n - k, {part.start - k, part.end - k}, known, out);
    out.push_back(range_hash(subtree, offset, k));
  } else {
    prove(subtree, offset + k, n - k, {0, part.end - k}, false, out);
    out.push_back(range_hash(subtree, offset, k));
  }
}

// Follows the same recursion with the proof's hashes; computes what the part's and the tree's
// hashes must be.
struct Walk {
  const Hash& part_hash;
  const Proof& proof;
  std::size_t used = 0;
  bool short_of_hashes = false;

  struct Both {
    Hash part;
    Hash whole;
  };

  Hash take() {
    if (used == proof.size()) {
      short_of_hashes = true;
      return Hash{};
    }
    return proof[used++];
  }

  Both follow(std::uint64_t n, Part part, bool known) {
    if (part.start == 0 && part.end == n) {
      const Hash hash = known ? part_hash : take();
      return {hash, hash};
    }
    const std::uint64_t k = split(n);
    if (part.end <= k) {
      const Both inner = follow(k, part, known);
      return {inner.part, node_hash(inner.whole, take())};
    }
    if (part.start >= k) {
      const Both inner = follow(n - k, {part.start - k, part.end - k}, known);
      return {inner.part, node_hash(take(), inner.whole)};
    }
    const Both inner = follow(n - k, {0, part.end - k}, false);
    const Hash left = take();
    return {node_hash(left, inner.part), node_hash(left, inner.whole)};
  }
};

bool is_subtree(std::uint64_t start, std::uint64_t end) {
  if (end <= start) return false;
  const std::uint64_t n = end - start;
  if (n > std::uint64_t{1} << 63U) return start == 0;
  return start % std::bit_ceil(n) == 0;
}

SubtreeHash in_memory(std::span<const Hash> leaves) {
  return [leaves](int level, std::uint64_t index) {
    const std::size_t n = std::size_t{1} << static_cast<unsigned>(level);
    return root_of(leaves.subspan(static_cast<std::size_t>(index) * n, n));
  };
}

}  // namespace

Hash leaf_hash(ByteView entry) {
  return crypto::sha256({kLeafPrefix, entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 65> joined{};
  joined[0] = kNodePrefix[0];
  std::copy(left.begin(), left.end(), joined.begin() + 1);
  std::copy(right.begin(), right.end(), joined.begin() + 33);
  return crypto::sha256(joined);
}

Hash empty_root() {
  return crypto::sha256(ByteView{});
}

Frontier Frontier::from_edge(TreeSize size, std::vector<Hash> edge) {
  check(edge.size() == static_cast<std::size_t>(std::popcount(size.value)),
        "a frontier has one hash per set bit of its size");
  Frontier out;
  out.size_ = size.value;
  out.edge_ = std::move(edge);
  return out;
}

void Frontier::append(const Hash& leaf) {
  Hash carried = leaf;
  for (std::uint64_t bits = size_; (bits & 1U) != 0; bits >>= 1U) {
    carried = node_hash(edge_.back(), carried);
    edge_.pop_back();
  }
  edge_.push_back(carried);
  ++size_;
}

Hash Frontier::root() const {
  if (edge_.empty()) return empty_root();
  Hash out = edge_.back();
  for (std::size_t i = edge_.size() - 1; i > 0; --i) out = node_hash(edge_[i - 1], out);
  return out;
}

Hash root_of(std::span<const Hash> leaves) {
  Frontier frontier;
  for (const Hash& leaf : leaves) frontier.append(leaf);
  return frontier.root();
}

Hash root_of(const SubtreeHash& subtree, TreeSize size) {
  if (size.value == 0) return empty_root();
  return range_hash(subtree, 0, size.value);
}

Proof inclusion_proof(std::span<const Hash> leaves, LeafIndex index) {
  return inclusion_proof(in_memory(leaves), index, TreeSize{leaves.size()});
}

Proof consistency_proof(std::span<const Hash> leaves, TreeSize old_size) {
  return consistency_proof(in_memory(leaves), old_size, TreeSize{leaves.size()});
}

Proof inclusion_proof(const SubtreeHash& subtree, LeafIndex index, TreeSize size) {
  check(index.value < size.value, "an inclusion proof of a leaf beyond the tree");
  Proof out;
  prove(subtree, 0, size.value, {index.value, index.value + 1}, true, out);
  return out;
}

Proof consistency_proof(const SubtreeHash& subtree, TreeSize old_size, TreeSize size) {
  check(old_size.value <= size.value, "a consistency proof from a larger tree");
  Proof out;
  if (old_size.value != 0) prove(subtree, 0, size.value, {0, old_size.value}, true, out);
  return out;
}

Status verify_inclusion(const Hash& leaf, LeafIndex index, TreeSize size, const Proof& proof,
                        const Hash& root) {
  if (index.value >= size.value) {
    return fail(Errc::proof_malformed,
                fmt::format("leaf {} is not in a tree of {}", index.value, size.value));
  }
  return verify_subtree({index.value, index.value + 1, leaf}, size, root, proof);
}

Status verify_consistency(TreeSize old_size, const Hash& old_root, TreeSize size, const Hash& root,
                          const Proof& proof) {
  if (old_size.value > size.value) {
    return fail(Errc::proof_malformed,
                fmt::format("a tree of {} cannot become one of {}", old_size.value, size.value));
  }
  if (old_size.value != 0) return verify_subtree({0, old_size.value, old_root}, size, root, proof);
  if (size.value != 0 || !proof.empty()) {
    return fail(Errc::proof_malformed, "nothing can be proved from the empty tree");
  }
  if (old_root != empty_root() || root != old_root) {
    return fail(Errc::proof_invalid, "the empty tree has another root");
  }
  return {};
}

Status verify_subtree(const Subtree& subtree, TreeSize size, const Hash& root, const Proof& proof) {
  if (subtree.start == subtree.end && subtree.end <= size.value) {
    if (!proof.empty()) return fail(Errc::proof_malformed, "an empty subtree needs no proof");
    if (subtree.hash != empty_root()) return fail(Errc::proof_invalid, "not the empty hash");
    return {};
  }
  if (!is_subtree(subtree.start, subtree.end) || subtree.end > size.value) {
    return fail(Errc::proof_malformed, fmt::format("[{}, {}) is not a subtree of a tree of {}",
                                                   subtree.start, subtree.end, size.value));
  }
  Walk walk{subtree.hash, proof};
  const Walk::Both found = walk.follow(size.value, {subtree.start, subtree.end}, true);
  if (walk.short_of_hashes || walk.used != proof.size()) {
    return fail(Errc::proof_malformed,
                fmt::format("a proof of {} hashes does not fit", proof.size()));
  }
  if (found.part != subtree.hash) {
    return fail(Errc::proof_invalid, "the proof leads to another old root");
  }
  if (found.whole != root) return fail(Errc::proof_invalid, "the proof leads to another root");
  return {};
}

Status verify_subtree_inclusion(const Hash& leaf, LeafIndex index, const Subtree& subtree,
                                const Proof& proof) {
  const bool inside = subtree.start <= index.value && index.value < subtree.end;
  if (!inside || !is_subtree(subtree.start, subtree.end)) {
    return fail(Errc::proof_malformed, fmt::format("leaf {} is not in a subtree [{}, {})",
                                                   index.value, subtree.start, subtree.end));
  }
  return verify_inclusion(leaf, LeafIndex{index.value - subtree.start},
                          TreeSize{subtree.end - subtree.start}, proof, subtree.hash);
}

}  // namespace detente::record
