// SPDX-License-Identifier: Apache-2.0
//
// The audit of a board of places that was drawn: its owner opens a few of its entries to a neutral
// auditor, and nothing else of the list. docs/protocol/private-checks.md section 6.
//
// Which entries follows from the neutral seeds and the psi.post, so nobody chose them. Each is
// either a token of the committed list, of a place that the owner committed to, or a dummy. Of a
// board that has a share f of other entries, 16 are all sound with the probability (1 - f)^16.
//
// Not shown:     that the list is whole. A place that was left out is shown by claims of kind 1 and
//                4 about its cells.
// The auditor learns the opened cells, and of each the part of the list that has its place (a field
// of the content, up to 32 kB).
// Pure; safe on every thread. Errors: claim_*, checks_*, content_*, voprf_*.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/exchange.h"
#include "checks/ledger.h"
#include "record/content.h"
#include "record/psi_claims.h"

namespace detente::checks {

// The neutral seeds that count for epochs of this time between two parties, ascending by party;
// none while one that was committed to is not shown: then the draw is open.
std::vector<Hash> seeds_for(const SeedBook& book, const TimeSpan& epoch, const PartyId& a,
                            const PartyId& b);
// The places of the board that are opened: limits::kCheckAuditTags draws below `n`, each once,
// ascending. `seeds` ascending by party, `leaf` of the psi.post.
std::vector<std::uint32_t> drawn_places(std::span<const Hash> seeds, const Hash& leaf,
                                        std::uint64_t n);

struct OpenedToken {
  record::PsiBoardClaim board;    // its tag stands at the drawn place
  record::PsiCommitClaim commit;  // the list holds it
  record::Ref list;               // the content.commit that has the place
  record::Opening field;          // of that content
};
struct OpenedDummy {
  std::uint64_t number = 0;
  record::PsiTagAt at;
};
struct OpenedEntry {
  std::optional<OpenedToken> token;
  std::optional<OpenedDummy> dummy;
};
struct OpenedBoard {
  Hash dummies{};                    // the seed of the dummies
  std::vector<OpenedEntry> entries;  // one for each drawn place, in order
};

// What the logs say about it.
struct LoggedBoard {
  record::PsiContext context;
  record::PsiTerms terms;
  crypto::VoprfElement key{};
  record::PsiPost post;
  std::map<record::Ref, record::Commitment> lists;  // that the post names
  std::vector<std::uint32_t> places;                // drawn_places
};
// The places of one content's field, as their owner's format has them: read by the caller.
using ReadPlaces = std::vector<geo::Area> (*)(const record::OpenedField& field);

enum class BoardFault : std::uint8_t { none, entries, tag, committed, place, dummy };
const char* board_fault_name(BoardFault fault);
struct BoardFinding {
  BoardFault fault = BoardFault::none;
  std::string what;
};
// The first fault; `none`: every drawn entry is what it should be.
BoardFinding audit_board(const OpenedBoard& opened, const LoggedBoard& logged, ReadPlaces read);

// By the board's owner: the entry that stands at a place of the board. `list` and `secret` are
// those of the post; the place's own content is for the caller to add.
struct BoardOwner {
  const TokenList& list;
  const ListSecret& secret;
  const crypto::VoprfKey& key;
  ByteView board;
};
// Which token stands at each place of the board: its number, or beyond size() a dummy's.
Result<std::vector<std::uint32_t>> board_order(const BoardOwner& owner);
Result<OpenedToken> open_token(const BoardOwner& owner, std::uint32_t token,
                               const crypto::VoprfScalar& nonce);
OpenedDummy open_dummy(const BoardOwner& owner, std::uint32_t number);

}  // namespace detente::checks
