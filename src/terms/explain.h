// SPDX-License-Identifier: Apache-2.0
//
// A whole agreement as plain text for a person to read and compare before signing: parties, areas
// with degrees and feet, rules with the clauses' texts, procedures, clocks, and the hash that is
// signed. For reading only; the JSON document is what counts.
// Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>

#include "terms/agreement.h"

namespace detente::terms {

// Lines of UTF-8, each ended by "\n"; the same agreement and language give the same text. Titles
// and clauses are in `language` ("en", "ru", "ar"), or in English where that is missing; the words
// around them are English.
std::string explain(const Agreement& agreement, std::string_view language);

}  // namespace detente::terms
