// SPDX-License-Identifier: Apache-2.0
//
// The audit's draw: which questions an auditor has opened. Neutral parties commit to seeds before
// an epoch begins and show them when it has ended; only then does anybody know which questions of
// that time are drawn, so no question can be chosen so that it is not. A pair's own seeds do not
// count for its epochs. docs/protocol/private-checks.md section 6.
//
// A neutral party that does not show its seed leaves the draw open, and that it is missing is
// shown: otherwise it could choose between two outcomes.
// A pure function of the logs, like ChecksLedger, which it is a part of.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "record/psi_statements.h"
#include "record/statement.h"

namespace detente::checks {

struct SeedView {
  PartyId party;
  record::Ref ref;
  UtcMs time;  // when it was committed to
  record::PsiSeed body;
  std::optional<Hash> seed;  // once it is shown
};

// open: a seed is missing, or nobody committed to one in time.
enum class Draw : std::uint8_t { open, no, yes };

class SeedBook {
 public:
  // Of a psi.seed or psi.reveal at this place: why it may not be, or is not, counted.
  // checks_state, checks_malformed.
  Status judge(const PartyId& party, const record::Statement& statement, UtcMs time) const;
  // One that judge let pass.
  void take(const PartyId& party, const record::Statement& statement, UtcMs time,
            const record::Ref& ref);

  // Ascending by start, end, party.
  std::vector<SeedView> seeds() const;
  // What a neutral party has to do now: the next epochs of these lengths (ms) that it has no seed
  // for, and its seeds whose time has ended and that it has not shown.
  std::vector<TimeSpan> to_commit(const PartyId& party, std::span<const std::int64_t> lengths,
                                  UtcMs now) const;
  std::vector<SeedView> to_show(const PartyId& party, UtcMs now) const;
  // The draw among the questions of epochs of this time between two parties.
  Draw draw(const TimeSpan& epoch, const PartyId& a, const PartyId& b, const Hash& leaf,
            std::uint32_t per_million) const;

 private:
  using Key = std::pair<std::pair<UtcMs, UtcMs>, PartyId>;
  std::map<Key, SeedView> seeds_;
  std::map<record::Ref, Key> by_ref_;
};

}  // namespace detente::checks
