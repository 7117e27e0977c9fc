// SPDX-License-Identifier: Apache-2.0
//
// Verifies one evidence file (docs/protocol/evidence.md) with the keys of a signed agreement, and
// nothing else.
#pragma once

#include <string>

#include "record/evidence.h"

namespace detente::verify {

// Whom the reader of evidence trusts: the parties' keys, their witnesses and mirrors, the foreign
// witnesses that the agreement names, and its monitors as neutrals.
//   json_*, agreement_*, vkey_malformed, key_malformed
Result<record::EvidenceTrust> evidence_trust(ByteView agreement);

struct EvidenceVerdict {
  std::string agreement;  // SHA-256 of the agreement's file, hex
  std::string sha256;     // of the evidence file, hex
  std::uint64_t bytes = 0;
  record::Conviction conviction;
};

// Both are paths of regular files.
//   evidence_malformed, evidence_unproven, store_*, file_unexpected, and those of evidence_trust
Result<EvidenceVerdict> verify_evidence_file(const std::string& path, const std::string& agreement);

std::string text(const EvidenceVerdict& verdict);  // for people; ends in a newline
std::string json(const EvidenceVerdict& verdict);  // one object

}  // namespace detente::verify
