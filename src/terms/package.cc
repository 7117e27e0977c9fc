// SPDX-License-Identifier: Apache-2.0
#include "terms/package.h"

#include "crypto/hash.h"

namespace detente::terms {

std::string annex_commitment(const Hash& salt, const Hash& sha256) {
  const std::string_view head = "detente/annex/v1\n";
  Bytes text(head.begin(), head.end());
  text.insert(text.end(), salt.begin(), salt.end());
  text.insert(text.end(), sha256.begin(), sha256.end());
  return to_hex(crypto::sha256(text));
}

}  // namespace detente::terms
