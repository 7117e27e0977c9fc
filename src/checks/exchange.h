// SPDX-License-Identifier: Apache-2.0
//
// One exchange of the protocol "boards" (docs/protocol/private-checks.md section 5), as functions
// of bytes: a list of tokens, the board of its tags, the question about it, the other side's
// answer, and what one learns by comparing.
//
// The costly steps take a part of a list, so that a caller with several cores can share a list
// among them: parts of limits::kCheckChunk elements from the beginning, each with its own proof.
//
// Secrets:   everything that hides one list (salts, blinds, the order of the question, the dummies)
//            follows from one ListSecret of 32 random bytes, which is kept with the list until the
//            audit is over and never used for a second list. The epoch's key is another secret.
//            Neither may ever reach the other side: with the key it could test every cell.
// Files:     boards of 16-byte tags, ascending; questions and answers of 32-byte elements.
// Errors:    checks_too_many, checks_file, checks_answer, voprf_*. Pure; safe on every thread.
//
//   DETENTE_TRY(const TokenList list, TokenList::make(context, cells));
//   const Commitment commitment = commit(list, secret);
//   tags += list_tags(list, key, part) ...;   board = board_file(list, secret, tags);
//   blinded += blind(list, secret, order, part) ...;                        // to the other side
//   DETENTE_TRY(const AnswerPart answer, answer_part(key, asked, nonce));   // there
//   DETENTE_CHECK(check_answer_part(their_key, asked, answer.evaluated, answer.proof));
//   learnt += learn(list, secret, order, answer.evaluated, part) ...;
//   const auto common = compare(learnt, their_board);
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "checks/cover.h"
#include "crypto/box.h"
#include "crypto/voprf.h"
#include "record/psi_statements.h"

namespace detente::checks {

using ListSecret = crypto::Secret32;

// The tokens of one post or question: the cells', ascending, then dummies up to a padding class.
class TokenList {
 public:
  // `cells` ascending, each once, as keys_of gives them. checks_too_many: beyond the last class.
  static Result<TokenList> make(const record::PsiContext& context, std::vector<CellKey> cells,
                                record::PsiUse use = record::PsiUse::board);

  const std::vector<CellKey>& cells() const { return cells_; }
  std::size_t size() const { return cells_.size(); }  // without dummies
  std::size_t padded() const { return padded_; }
  record::PsiToken token(std::size_t index) const;  // below padded()

 private:
  record::PsiPrefix prefix_{};
  record::PsiPrefix dummy_prefix_{};
  std::vector<CellKey> cells_;
  std::size_t padded_ = 0;
};

// A part of a list, of a question or of an answer: elements [first, first + count).
struct Part {
  std::size_t first = 0;
  std::size_t count = 0;
};
std::vector<Part> parts_of(std::size_t padded);  // of limits::kCheckChunk, the last may be shorter

// ---- the list's owner ----

Hash salt_of(const ListSecret& secret, std::size_t index);
std::vector<Hash> commit_leaves(const TokenList& list, const ListSecret& secret);
record::PsiFile commit(const TokenList& list, const ListSecret& secret);
Hash dummy_seed(const ListSecret& secret);

// Tags of the tokens in the part, under one's own key; of dummies none, so the last may be fewer.
Result<std::vector<record::PsiTag>> list_tags(const TokenList& list, const crypto::VoprfKey& key,
                                              Part part);
// The board: the tags of all tokens and the dummies' tags, ascending.
Bytes board_file(const TokenList& list, const ListSecret& secret,
                 std::span<const record::PsiTag> tags);

crypto::VoprfScalar blind_of(const ListSecret& secret, std::size_t index);
// Which token stands at each place of the question: a permutation of 0 to padded() - 1.
std::vector<std::uint32_t> question_order(const TokenList& list, const ListSecret& secret);
// The part of the question: blinded tokens in that order.
Result<std::vector<crypto::VoprfElement>> blind(const TokenList& list, const ListSecret& secret,
                                                std::span<const std::uint32_t> order, Part part);

// ---- the other side ----

struct AnswerPart {
  std::vector<crypto::VoprfElement> evaluated;
  crypto::VoprfProof proof{};
};
// voprf_element: the question is malformed. `nonce` is new for each part.
Result<AnswerPart> answer_part(const crypto::VoprfKey& key,
                               std::span<const crypto::VoprfElement> asked,
                               const crypto::VoprfScalar& nonce);

// ---- the list's owner again ----

// checks_answer: the part was not answered with the epoch's key. It says so also of malformed
// elements, because an honest answer has none.
Status check_answer_part(const crypto::VoprfElement& their_key,
                         std::span<const crypto::VoprfElement> asked,
                         std::span<const crypto::VoprfElement> evaluated,
                         const crypto::VoprfProof& proof);

// The tag that one of the own tokens has under the other's key.
struct Learnt {
  record::PsiTag tag{};
  std::uint32_t index = 0;  // of the token
  friend auto operator<=>(const Learnt&, const Learnt&) = default;
};
// Of one part of the answer, dummies left out. `evaluated` is that part.
Result<std::vector<Learnt>> learn(const TokenList& list, const ListSecret& secret,
                                  std::span<const std::uint32_t> order,
                                  std::span<const crypto::VoprfElement> evaluated, Part part);
// Tokens of one's own that are also on the board: their indexes, ascending. `learnt` ascending,
// as sort_learnt makes it; `board` is a board that check_board let pass.
void sort_learnt(std::vector<Learnt>& learnt);
std::vector<std::uint32_t> compare(std::span<const Learnt> learnt, ByteView board);

// A commitment to the matches: SHA-256 over a salt of the secret and the indexes.
Hash touched_commitment(const ListSecret& secret, std::span<const std::uint32_t> indexes);

// ---- files ----

// The board has the size and the root of the post, and its tags ascend. checks_file.
Status check_board(ByteView file, const record::PsiFile& head);
// The elements of a question or an answer. checks_file: another size or root. Whether they are
// elements of the group is asked where they are used.
Result<std::vector<crypto::VoprfElement>> read_elements(ByteView file, const record::PsiFile& head);
Bytes elements_file(std::span<const crypto::VoprfElement> elements);
record::PsiFile file_head(ByteView file, std::size_t record_size);

}  // namespace detente::checks
