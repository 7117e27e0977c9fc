// SPDX-License-Identifier: Apache-2.0
//
// The Merkle tree of RFC 6962 over SHA-256: leaf hashes, roots, growth, proofs.
// Pure; safe on every thread. Source: RFC 6962 section 2, RFC 9162 section 2.1.
#pragma once

#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"

namespace detente::record {

Hash leaf_hash(ByteView entry);                       // SHA-256(0x00 || entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
Hash empty_root();                                    // SHA-256("")

// The right edge of a growing tree: O(log n) memory.
class Frontier {
 public:
  void append(const Hash& leaf);
  TreeSize size() const { return TreeSize{size_}; }
  Hash root() const;
  // A frontier whose complete subtrees are known: one hash per set bit of `size`, widest first.
  static Frontier from_edge(TreeSize size, std::vector<Hash> edge);
  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> edge_;  // one complete subtree per set bit of size, widest first
};

using Proof = std::vector<Hash>;

// The hash of the complete subtree of 2^level leaves that begins at leaf index * 2^level; the
// caller provides it for every subtree inside the tree.
using SubtreeHash = std::function<Hash(int level, std::uint64_t index)>;

// A tree with every leaf hash in memory; answers proofs. For tests, extracts and small logs.
Hash root_of(std::span<const Hash> leaves);
Proof inclusion_proof(std::span<const Hash> leaves, LeafIndex index);
Proof consistency_proof(std::span<const Hash> leaves, TreeSize old_size);
// The same from stored subtrees, O(log n) look-ups.
Proof inclusion_proof(const SubtreeHash& subtree, LeafIndex index, TreeSize size);
Proof consistency_proof(const SubtreeHash& subtree, TreeSize old_size, TreeSize size);
Hash root_of(const SubtreeHash& subtree, TreeSize size);

// proof_malformed (wrong length), proof_invalid (leads elsewhere).
Status verify_inclusion(const Hash& leaf, LeafIndex index, TreeSize size, const Proof& proof,
                        const Hash& root);
// Every tree extends the empty one, so there is no proof from size 0 to a larger tree: asked for
// one, this is proof_malformed. Callers with nothing verified yet need no proof.
Status verify_consistency(TreeSize old_size, const Hash& old_root, TreeSize size, const Hash& root,
                          const Proof& proof);

// Leaves [start, end) as a tree of their own: empty, or `start` must be a multiple of the power of
// two at or above end - start (draft-ietf-plants-merkle-tree-certs section 4).
struct Subtree {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  Hash hash{};
};
// Whether the subtree is part of the tree. A leaf and an older tree are the special cases above.
Status verify_subtree(const Subtree& subtree, TreeSize size, const Hash& root, const Proof& proof);
// Whether the leaf at `index` (counted in the whole tree) is in the subtree.
Status verify_subtree_inclusion(const Hash& leaf, LeafIndex index, const Subtree& subtree,
                                const Proof& proof);

}  // namespace detente::record
