// SPDX-License-Identifier: Apache-2.0
//
// Claims about private checks: one item is opened, and nothing else. Each is an opening of under
// 100 bytes and the way from a record of a file to the root that stands in the log.
//
//   who opens           opening           shows
//   the board's owner   96 bytes          this cell was, or was not, among the posted tags
//   who asked           32 bytes          this cell was asked about, at this place of the question
//   who answered        64 bytes          the answer at this place was right
//   who posted          32 bytes          this token is in the commitment of a post or question
//
// A claim is judged against statements that were proved elsewhere (an extract, a proof file). An
// opening is for an auditor or an inquiry: the counterpart would learn a cell of the opener's.
//
// Promised:      what verifies is true of the files whose roots are in the log, under the key of
//                the epoch. An owner cannot show one tag both present and absent, if its board's
//                tags ascend: who receives a board checks that, and two neighbours that do not
//                ascend are a proof of it.
// Errors:        claim_malformed, claim_unproven. Pure; safe on every thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/voprf.h"
#include "record/merkle.h"
#include "record/psi_statements.h"

namespace detente::record {

// The way from a record to the root of its file.
struct PsiPath {
  std::uint32_t index = 0;
  Proof proof;
  friend bool operator==(const PsiPath&, const PsiPath&) = default;
};
struct PsiTagAt {
  PsiTag tag{};
  PsiPath path;
  friend bool operator==(const PsiTagAt&, const PsiTagAt&) = default;
};

// The tag of this cell, and either where it stands or its neighbours: one before the first or after
// the last, else two that stand side by side.
struct PsiBoardClaim {
  PsiCell cell;
  crypto::VoprfElement evaluated{};  // key * HashToGroup(token), and the proof of it: 96 bytes
  crypto::VoprfProof proof{};
  std::vector<PsiTagAt> tags;
  friend bool operator==(const PsiBoardClaim&, const PsiBoardClaim&) = default;
};
struct PsiQueryClaim {
  PsiCell cell;
  std::array<std::uint8_t, 32> blind{};
  PsiPath path;  // of the blinded element, in the question
  friend bool operator==(const PsiQueryClaim&, const PsiQueryClaim&) = default;
};
struct PsiAnswerClaim {
  crypto::VoprfElement blinded{};
  crypto::VoprfElement evaluated{};
  crypto::VoprfProof proof{};  // of this element alone
  PsiPath asked;               // in the question
  PsiPath answered;            // in the answer, at the same place
  friend bool operator==(const PsiAnswerClaim&, const PsiAnswerClaim&) = default;
};
struct PsiCommitClaim {
  PsiCell cell;
  Hash salt{};
  PsiPath path;  // in the commitment
  friend bool operator==(const PsiCommitClaim&, const PsiCommitClaim&) = default;
};
using PsiClaim = std::variant<PsiBoardClaim, PsiQueryClaim, PsiAnswerClaim, PsiCommitClaim>;

// The one form, "dtc1" and a byte for the kind ahead; at most kPsiClaimBytes.
inline constexpr std::size_t kPsiClaimBytes = 4'096;
Bytes encode_psi_claim(const PsiClaim& claim);
Result<PsiClaim> parse_psi_claim(ByteView bytes);

// ---- making ----

// By the board's owner. `board` is the file of 16-byte tags. voprf_input.
Result<PsiBoardClaim> open_board(const PsiPrefix& prefix, const PsiCell& cell,
                                 const crypto::VoprfKey& key, const crypto::VoprfScalar& nonce,
                                 ByteView board);
// By who asked; `question` is the file of 32-byte elements, `index` where the token stands in it.
PsiQueryClaim open_query(const PsiCell& cell, const crypto::VoprfScalar& blind, ByteView question,
                         std::uint32_t index);
// By who answered. voprf_element.
Result<PsiAnswerClaim> open_answer(const crypto::VoprfKey& key, const crypto::VoprfScalar& nonce,
                                   ByteView question, ByteView answer, std::uint32_t index);
PsiCommitClaim open_commit(const PsiCell& cell, const Hash& salt, std::span<const Hash> leaves,
                           std::uint32_t index);

// ---- judging ----

// True: the cell was on the board. False: it was not. claim_unproven: neither is shown.
Result<bool> judge_board_claim(const PsiPrefix& prefix, const crypto::VoprfElement& key,
                               const PsiFile& tags, const PsiBoardClaim& claim);
// Only for statements of the epoch that the prefix is of. claim_unproven.
Status judge_query_claim(const PsiPrefix& prefix, const PsiFile& blinded,
                         const PsiQueryClaim& claim);
Status judge_answer_claim(const crypto::VoprfElement& key, const PsiFile& blinded,
                          const PsiFile& evaluated, const PsiAnswerClaim& claim);
Status judge_commit_claim(const PsiPrefix& prefix, const PsiFile& commit,
                          const PsiCommitClaim& claim);
// The two together and the board: who asked about the cell was answered rightly, and the tag that
// it learnt was on the board. True: so it knew; false: it learnt that the cell was not there.
// `tag_at` as in PsiBoardClaim::tags.
Result<bool> judge_knowledge(const PsiPrefix& prefix, const PsiQueryClaim& query,
                             const PsiAnswerClaim& answer, const PsiFile& tags,
                             const std::vector<PsiTagAt>& tag_at);
std::vector<PsiTagAt> find_tag(ByteView board, const PsiTag& tag);

// Two neighbours that do not ascend: whoever posted them made a board from which nothing can be
// shown absent. claim_unproven if they do.
Status judge_disorder(const PsiFile& tags, const PsiTagAt& first, const PsiTagAt& second);

// A signed answer that its own proofs do not bear out: the files lead to the roots that both sides
// logged, every element that was asked is one, and a proof fails. It convicts who answered.
// claim_unproven: the answer is right, or the files are others.
Status judge_wrong_answer(const crypto::VoprfElement& key, const PsiFile& blinded,
                          const PsiAnswer& answer, ByteView question_file, ByteView answer_file);

// ---- the audit's draw ----

// Whether the entry with this leaf hash is drawn: SHA-256(seed 1, seed 2, .., leaf) below the share
// of 2^256. The seeds are neutral parties', committed before the epoch and shown after it.
bool is_drawn(std::span<const Hash> seeds, const Hash& leaf, std::uint32_t per_million);

}  // namespace detente::record
