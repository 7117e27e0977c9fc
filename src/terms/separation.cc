// SPDX-License-Identifier: Apache-2.0
//
// What pairs of flights keep apart.
#include <algorithm>
#include <optional>
#include <tuple>

#include "terms/agreement_impl.h"

namespace detente::terms {
namespace {

bool fits(const FlightClass& one, std::size_t kind) {
  const Purpose purpose = kPurposes[kind / 2];
  const bool of_purpose =
      one.purposes.empty() ||
      std::find(one.purposes.begin(), one.purposes.end(), purpose) != one.purposes.end();
  const bool unmanned = kind % 2 == 1;
  return of_purpose && one.unmanned.value_or(unmanned) == unmanned;
}

SeparationTerms separation_of(const std::vector<PairSeparation>& pairs,
                              const SeparationTerms& general, std::size_t a, std::size_t b) {
  std::optional<SeparationTerms> found;
  geo::Separation cited;
  for (const PairSeparation& pair : pairs) {
    const auto& [one, other] = pair.between;
    if (!(fits(one, a) && fits(other, b)) && !(fits(one, b) && fits(other, a))) continue;
    if (!found) found = SeparationTerms{pair.clause, pair.separation};
    if (larger(pair.separation, cited)) {
      cited = pair.separation;
      found->clause = pair.clause;
    }
    geo::Separation& most = found->separation;
    most.lateral_mm = std::max(most.lateral_mm, pair.separation.lateral_mm);
    most.vertical_mm = std::max(most.vertical_mm, pair.separation.vertical_mm);
    most.time_ms = std::max(most.time_ms, pair.separation.time_ms);
  }
  return found.value_or(general);
}

}  // namespace

bool larger(const geo::Separation& a, const geo::Separation& b) {
  return std::tie(a.lateral_mm, a.vertical_mm, a.time_ms) >
         std::tie(b.lateral_mm, b.vertical_mm, b.time_ms);
}

std::vector<SeparationTerms> separation_table(const std::vector<PairSeparation>& pairs,
                                              const SeparationTerms& general) {
  std::vector<SeparationTerms> out;
  out.reserve(kKinds * kKinds);
  for (std::size_t a = 0; a < kKinds; ++a) {
    for (std::size_t b = 0; b < kKinds; ++b) out.push_back(separation_of(pairs, general, a, b));
  }
  return out;
}

}  // namespace detente::terms
