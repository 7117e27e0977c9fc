// SPDX-License-Identifier: Apache-2.0
//
// Claims about private checks in one file that is verified by itself: the statements that they are
// about, each with the proof that it stands in its party's log, and the openings.
//
//   {"detente":"psi-claims/v1",
//    "epoch":{"entry":"<base64>","proof":"<a .tlog-proof>"},   of who answers and has the board
//    "post":{..},                                              the board
//    "query":{..},"answer":{..},                               the other's question, its answer
//    "claims":["<base64>",..]}                                 psi_claims.h, at most 8
//
// Without claims it is about an answer as a whole: then the files of the question and of the answer
// are given beside it. Entries that no claim needs may be absent. All are of one agreement, epoch,
// purpose and pair; the epoch, the post and the answer are one party's, the query is the other's.
//
// Promised:      what is found follows from the bytes and the keys of the agreement alone. That an
//                entry stands under a checkpoint that its party signed binds the party.
// Not promised:  that the officers who signed the entries were in their roles: that is read from
//                the whole log. That an epoch's key is the only one of that name: the log shows it.
// Errors:        claim_malformed, claim_unproven, entry_*, proof_*, note_*, checkpoint_*, json_*.
// Bounds:        kPsiClaimFileBytes. Pure; safe on every thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/log_reader.h"
#include "record/psi_claims.h"
#include "record/statement.h"

namespace detente::record {

inline constexpr std::size_t kPsiClaimFileBytes = 1U << 20;
inline constexpr std::size_t kPsiClaimsPerFile = 8;

struct PsiProvenEntry {
  Bytes entry;        // exact
  std::string proof;  // ProofFile::encode()
};
struct PsiClaimFile {
  std::optional<PsiProvenEntry> epoch;
  std::optional<PsiProvenEntry> post;
  std::optional<PsiProvenEntry> query;
  std::optional<PsiProvenEntry> answer;
  std::vector<PsiClaim> claims;
  std::string encode() const;
};
Result<PsiClaimFile> parse_psi_claim_file(std::string_view text);

struct PsiFinding {
  std::string sentence;  // what is shown, for a person
  bool positive = true;  // false: it was not there
};
struct PsiVerdict {
  std::string epoch;
  PsiPurpose purpose = PsiPurpose::plans;
  std::vector<PsiFinding> findings;  // one for each claim; then what they show together
};
// The files whose roots the query and the answer name, as they are: 32 bytes for each element.
struct PsiAnswerFiles {
  ByteView question;
  ByteView answer;
};
// `owners` are the parties of the signed agreement. With `files` the first finding is that the
// answer is wrong; claim_unproven: it is right, or the files are others.
Result<PsiVerdict> verify_psi_claims(std::string_view text, std::span<const LogOwner> owners,
                                     const std::optional<PsiAnswerFiles>& files = {});

}  // namespace detente::record
