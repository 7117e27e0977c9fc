// SPDX-License-Identifier: Apache-2.0
#include "checks/board_audit.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/limits.h"
#include "checks/cover_check.h"
#include "crypto/hash.h"
#include "record/merkle.h"

namespace detente::checks {

using record::PsiTag;

std::vector<Hash> seeds_for(const SeedBook& book, const TimeSpan& epoch, const PartyId& a,
                            const PartyId& b) {
  std::vector<Hash> out;
  for (const SeedView& seed : book.seeds()) {
    const bool counts = seed.body.time == epoch && seed.party != a && seed.party != b;
    if (!counts) continue;
    if (!seed.seed) return {};
    out.push_back(*seed.seed);
  }
  return out;
}

std::vector<std::uint32_t> drawn_places(std::span<const Hash> seeds, const Hash& leaf,
                                        std::uint64_t n) {
  std::set<std::uint32_t> out;
  Bytes input = to_bytes("detente/psi-board-draw/v1");
  for (const Hash& seed : seeds) input.insert(input.end(), seed.begin(), seed.end());
  input.insert(input.end(), leaf.begin(), leaf.end());
  input.push_back(0);
  for (std::size_t i = 0; i < limits::kCheckAuditTags; ++i) {
    input.back() = static_cast<std::uint8_t>(i);
    const Hash drawn = crypto::sha256(input);
    std::uint64_t number = 0;
    for (std::size_t byte = 0; byte < 8; ++byte) number = number << 8U | drawn[byte];
    // `n` is at most 2^16, so some places are more likely by 2^-48.
    if (n > 0) out.insert(static_cast<std::uint32_t>(number % n));
  }
  return {out.begin(), out.end()};
}

const char* board_fault_name(BoardFault fault) {
  switch (fault) {
    case BoardFault::none:
      return "none";
    case BoardFault::entries:
      return "entries";
    case BoardFault::tag:
      return "tag";
    case BoardFault::committed:
      return "committed";
    case BoardFault::place:
      return "place";
    case BoardFault::dummy:
      return "dummy";
  }
  check(false, "board fault");
  return "";
}

namespace {

using Fault = std::optional<BoardFinding>;

class Auditor {
 public:
  Auditor(const OpenedBoard& opened, const LoggedBoard& logged, ReadPlaces read)
      : opened_(opened), logged_(logged), read_(read), prefix_(psi_prefix(logged.context)) {}

  Fault find(std::size_t i) const {
    const OpenedEntry& entry = opened_.entries[i];
    const std::uint32_t place = logged_.places[i];
    const std::string which = "entry " + std::to_string(place);
    if (entry.token.has_value() == entry.dummy.has_value()) {
      return BoardFinding{BoardFault::entries, which + ": a token or a dummy"};
    }
    return entry.token ? find_in_token(*entry.token, place, which)
                       : find_in_dummy(*entry.dummy, place, which);
  }

 private:
  Fault find_in_token(const OpenedToken& token, std::uint32_t place,
                      const std::string& which) const {
    const record::PsiBoardClaim& claim = token.board;
    const auto present = judge_board_claim(prefix_, logged_.key, logged_.post.tags, claim);
    const bool here = present && *present && claim.tags.front().path.index == place;
    if (!here) return BoardFinding{BoardFault::tag, which + ": it is not this token's tag"};
    const Status held = judge_commit_claim(prefix_, logged_.post.commit, token.commit);
    if (!held || !(token.commit.cell == claim.cell)) {
      return BoardFinding{BoardFault::committed, which + ": the list does not hold the token"};
    }
    const auto list = logged_.lists.find(token.list);
    if (list == logged_.lists.end() || !record::verify_opening(list->second, token.field)) {
      return BoardFinding{BoardFault::place, which + ": no part of a list that the post names"};
    }
    const bool flat = claim.cell.altitude == 0 && claim.cell.time == 0;
    for (const record::OpenedField& field : token.field) {
      for (const geo::Area& area : read_(field)) {
        if (flat && is_near(area, logged_.terms.lateral_mm, Role::b, claim.cell.space)) return {};
      }
    }
    return BoardFinding{BoardFault::place, which + ": none of the opened places is near the cell"};
  }

  Fault find_in_dummy(const OpenedDummy& dummy, std::uint32_t place,
                      const std::string& which) const {
    const record::PsiFile& tags = logged_.post.tags;
    const record::PsiPath& path = dummy.at.path;
    const Hash leaf = record::psi_leaves(dummy.at.tag, sizeof(PsiTag)).front();
    const Status leads = record::verify_inclusion(leaf, LeafIndex{path.index}, TreeSize{tags.n},
                                                  path.proof, tags.root);
    if (!leads || path.index != place) {
      return BoardFinding{BoardFault::tag, which + ": the tag does not stand there"};
    }
    const bool right = dummy.number < tags.n &&
                       dummy.at.tag == record::psi_dummy_tag(opened_.dummies, dummy.number);
    if (right) return {};
    return BoardFinding{BoardFault::dummy, which + ": it is no dummy of the committed seed"};
  }

  const OpenedBoard& opened_;
  const LoggedBoard& logged_;
  ReadPlaces read_;
  record::PsiPrefix prefix_;
};

}  // namespace

BoardFinding audit_board(const OpenedBoard& opened, const LoggedBoard& logged, ReadPlaces read) {
  if (opened.entries.size() != logged.places.size()) {
    return {BoardFault::entries, "other entries than were drawn"};
  }
  if (logged.post.dummies != record::psi_dummies_commitment(opened.dummies)) {
    return {BoardFault::dummy, "the dummies have another seed"};
  }
  const Auditor auditor(opened, logged, read);
  for (std::size_t i = 0; i < opened.entries.size(); ++i) {
    if (Fault fault = auditor.find(i)) return *std::move(fault);
  }
  return {};
}

// ---- the owner ----

Result<std::vector<std::uint32_t>> board_order(const BoardOwner& owner) {
  std::map<PsiTag, std::uint32_t> number;
  DETENTE_TRY(const auto tags, list_tags(owner.list, owner.key, {0, owner.list.padded()}));
  for (std::uint32_t i = 0; i < tags.size(); ++i) number[tags[i]] = i;
  const Hash seed = dummy_seed(owner.secret);
  for (std::size_t i = owner.list.size(); i < owner.list.padded(); ++i) {
    number[record::psi_dummy_tag(seed, i)] = static_cast<std::uint32_t>(i);
  }
  std::vector<std::uint32_t> out;
  for (std::size_t at = 0; at + sizeof(PsiTag) <= owner.board.size(); at += sizeof(PsiTag)) {
    PsiTag tag{};
    std::copy_n(owner.board.begin() + static_cast<std::ptrdiff_t>(at), tag.size(), tag.begin());
    const auto found = number.find(tag);
    if (found == number.end()) return fail(Errc::checks_file, "the board is not of this list");
    out.push_back(found->second);
  }
  return out;
}

Result<OpenedToken> open_token(const BoardOwner& owner, std::uint32_t token,
                               const crypto::VoprfScalar& nonce) {
  check(token < owner.list.size(), "dummies are opened by open_dummy");
  const CellKey& cell = owner.list.cells()[token];
  record::PsiPrefix prefix{};
  const record::PsiToken bytes = owner.list.token(token);
  std::copy_n(bytes.begin(), prefix.size(), prefix.begin());
  OpenedToken out;
  DETENTE_TRY(out.board, record::open_board(prefix, cell, owner.key, nonce, owner.board));
  const std::vector<Hash> leaves = commit_leaves(owner.list, owner.secret);
  out.commit = record::open_commit(cell, salt_of(owner.secret, token), leaves, token);
  return out;
}

OpenedDummy open_dummy(const BoardOwner& owner, std::uint32_t number) {
  OpenedDummy out;
  out.number = number;
  const PsiTag tag = record::psi_dummy_tag(dummy_seed(owner.secret), number);
  const std::vector<record::PsiTagAt> at = record::find_tag(owner.board, tag);
  check(at.size() == 1 && at.front().tag == tag, "the board has the dummy");
  out.at = at.front();
  return out;
}

}  // namespace detente::checks
