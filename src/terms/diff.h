// SPDX-License-Identifier: Apache-2.0
//
// What an amendment changes: the differences in meaning between two agreements, member by member,
// with their clauses, in plain English. Order and white space of the document are no difference.
// Pure; safe on every thread.
#pragma once

#include <string>
#include <vector>

#include "terms/agreement.h"

namespace detente::terms {

// What a difference does to the answers about flights and acts.
enum class Weight : std::uint8_t {
  stricter,   // what was permitted may no longer be; nothing that was not now is
  looser,     // the other way round
  neither,    // no answer changes
  undecided,  // both, or a person has to read it
};
const char* weight_name(Weight weight);

struct Difference {
  std::string place;              // "areas A1", "rules 3.2", "clauses 5.1"
  std::vector<ClauseId> clauses;  // of both sides, each once
  std::string text;               // one plain sentence
  Weight weight = Weight::undecided;
};

// In the order of the document's members. Empty: the two mean the same.
std::vector<Difference> diff(const Agreement& before, const Agreement& after);

}  // namespace detente::terms
