// SPDX-License-Identifier: Apache-2.0
//
// Cosigning policies: which logs and witnesses count, and how many cosignatures make a checkpoint
// good enough. Source: C2SP tlog-policy, with its white space and comments; written in one form.
// Key types: 0x01 for logs, 0x04 for witnesses; a policy with others is refused, because a quorum
// that cannot be checked must not look like one. Pure; safe on every thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/note.h"

namespace detente::record {

// Bounds of one policy; the format asks for at least 32 of each.
inline constexpr std::size_t kPolicyBytes = 256U << 10;
inline constexpr std::size_t kPolicyLogs = 256;
inline constexpr std::size_t kPolicyWitnesses = 256;
inline constexpr std::size_t kPolicyGroups = 256;

struct PolicyLog {
  VerifierKey key;  // the name is the log's origin
  std::string url;  // "" if none
  friend bool operator==(const PolicyLog&, const PolicyLog&) = default;
};
struct PolicyWitness {
  std::string name;  // within the policy
  VerifierKey key;
  std::string url;
  friend bool operator==(const PolicyWitness&, const PolicyWitness&) = default;
};
// At least `threshold` of the members; each is a witness or an earlier group.
struct PolicyGroup {
  std::string name;
  std::size_t threshold = 1;
  std::vector<std::string> members;
  friend bool operator==(const PolicyGroup&, const PolicyGroup&) = default;
};
struct Policy {
  std::vector<PolicyLog> logs;
  std::vector<PolicyWitness> witnesses;
  std::vector<PolicyGroup> groups;
  std::string quorum = "none";  // a witness, a group, or "none"
  friend bool operator==(const Policy&, const Policy&) = default;
};

// policy_malformed; the place is "line N".
Result<Policy> parse_policy(std::string_view text);
// The policy as text: logs, witnesses, groups, quorum; thresholds in digits, without comments.
// policy_malformed if it is not one that parse_policy would take.
Result<std::string> write_policy(const Policy& policy);

// What a policy finds on one checkpoint.
struct PolicyFinding {
  Checkpoint checkpoint;
  struct Seen {
    std::string name;  // of the witness, in the policy's order
    UtcMs time;
  };
  std::vector<Seen> witnesses;
  bool met = false;  // the quorum
  // The latest time T such that cosignatures at or after T alone meet the quorum: how fresh the
  // checkpoint is. Nothing if the quorum is not met, or is "none".
  std::optional<UtcMs> fresh;
};
// Judges a signed checkpoint. Whether the quorum is met is part of the finding, not an error.
//   checkpoint_malformed
//   checkpoint_origin   it is of none of the policy's logs
//   note_unsigned       no log's key of that origin signed it
//   note_bad_signature  the log's or a witness's line is there and does not verify
// A policy without logs leaves the log's signature to the caller.
Result<PolicyFinding> evaluate_policy(const Policy& policy, const Note& note);
// The same, and policy_unmet names the witnesses that did cosign.
Result<PolicyFinding> require_policy(const Policy& policy, const Note& note);

}  // namespace detente::record
