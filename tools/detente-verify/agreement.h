// SPDX-License-Identifier: Apache-2.0
//
// What the verifier needs of a signed agreement: its hash, and the keys of its parties. All else
// in the package is left to those who read it with `detente agreement check`.
#pragma once

#include <string>
#include <vector>

#include "record/log_reader.h"

namespace detente::verify {

struct Agreement {
  std::string hash;  // SHA-256 of the file, 64 hex
  std::vector<record::LogOwner> owners;
};

// `parties` is an array of {"id":"..","keys":{"root":"<base64>","log":"<vkey>",
// "witness":"<vkey>","mirror":"<vkey>"}}; other members are passed over.
// json_*, agreement_unkeyed, agreement_repeated, vkey_malformed, key_malformed.
Result<Agreement> read_agreement(ByteView bytes);

// Witness and mirror keys of all parties but the log's owner: nobody vouches for himself.
std::vector<record::VerifierKey> cosigners_of(const Agreement& agreement,
                                              const record::LogOwner& owner);

}  // namespace detente::verify
