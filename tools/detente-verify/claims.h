// SPDX-License-Identifier: Apache-2.0
//
// Verifies one file of claims about private checks (docs/protocol/private-checks.md) with the keys
// of a signed agreement, and nothing else.
#pragma once

#include <string>

#include "record/psi_claim_file.h"

namespace detente::verify {

struct ClaimsVerdict {
  std::string agreement;  // SHA-256 of the agreement's file, hex
  std::string sha256;     // of the claims' file, hex
  record::PsiVerdict found;
};

// Of a whole answer that is wrong; both or none.
struct AnswerPaths {
  std::string question;
  std::string answer;
};
// All are paths of regular files.
//   claim_*, store_*, file_unexpected, and those of read_agreement and verify_psi_claims
Result<ClaimsVerdict> verify_claims_file(const std::string& path, const std::string& agreement,
                                         const AnswerPaths& files = {});

std::string text(const ClaimsVerdict& verdict);  // for people; ends in a newline
std::string json(const ClaimsVerdict& verdict);  // one object

}  // namespace detente::verify
