// SPDX-License-Identifier: Apache-2.0
//
// An entry's proof in one file (".tlog-proof"): its index, the way to the root, and the signed
// checkpoint. With the log's key, or a policy, anyone checks it offline.
// Source: C2SP tlog-proof v1. What is accepted has one form. Pure; safe on every thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/merkle.h"
#include "record/note.h"
#include "record/policy.h"

namespace detente::record {

inline constexpr std::size_t kProofFileHashes = 63;  // sizes are below 2^63
inline constexpr std::size_t kProofFileExtra = 64U << 10;

struct ProofFile {
  Bytes extra;  // the writer's own, proved by nothing; empty: the line is left out
  LeafIndex index;
  Proof proof;
  Note note;  // the checkpoint with its signatures
  std::string encode() const;
};
// proof_malformed (the lines above the note; also an index outside the tree or a proof of the
// wrong length), note_malformed, checkpoint_malformed.
Result<ProofFile> parse_proof_file(std::string_view text);

// What a good proof shows.
struct ProvenEntry {
  Checkpoint checkpoint;
  LeafIndex index;
  std::optional<PolicyFinding> policy;
};
// The entry's leaf hash, or its exact bytes, stands at the file's index of the log `log`.
//   checkpoint_origin, note_unsigned, note_bad_signature, proof_malformed, proof_invalid; and with
//   a policy (its logs, if it names any, must have signed too) policy_unmet
Result<ProvenEntry> verify_proof_of_leaf(const ProofFile& file, const Hash& leaf,
                                         const VerifierKey& log, const Policy* policy = nullptr);
Result<ProvenEntry> verify_proof_of_entry(const ProofFile& file, ByteView entry,
                                          const VerifierKey& log, const Policy* policy = nullptr);

}  // namespace detente::record
