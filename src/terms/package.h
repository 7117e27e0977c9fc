// SPDX-License-Identifier: Apache-2.0
//
// The package of papers that an agreement binds: main text, annexes and maps in every language,
// each by its SHA-256, a secret one by a commitment to its SHA-256. Says whether a set of files is
// the whole package, a part of it, or altered.
// Pure; safe on every thread. The salt comes from the caller.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace detente::terms {

// What stands in the agreement for a secret annex: 64 hex digits of the SHA-256 of
// "detente/annex/v1\n", the 32 bytes of salt and the 32 bytes of the annex's own SHA-256.
std::string annex_commitment(const Hash& salt, const Hash& sha256);

}  // namespace detente::terms
