// SPDX-License-Identifier: Apache-2.0
// Method: one exchange over two real, signed logs; a file of claims about it, whole; then with one
// thing missing, changed or of another log at a time.
#include "record/psi_claim_file.h"

#include <gtest/gtest.h>

#include "record/testing_psi.h"

namespace detente::record {
namespace {

using testing::PsiExample;

const std::string kAgreement(64, 'c');

PsiExample& example() {
  static PsiExample out(kAgreement);
  return out;
}

Result<PsiVerdict> judged(const PsiClaimFile& file) {
  return verify_psi_claims(file.encode(), example().owners());
}
Errc code_of(const PsiClaimFile& file) {
  const auto verdict = judged(file);
  return verdict ? Errc{} : verdict.error().code;
}

TEST(PsiClaimFile, ShowsWhatWhoAskedKnew) {
  const auto verdict = judged(example().file());
  ASSERT_TRUE(verdict) << verdict.error().text();
  ASSERT_EQ(verdict->findings.size(), 5U);
  EXPECT_EQ(verdict->epoch, "e1");
  for (const PsiFinding& finding : verdict->findings) EXPECT_TRUE(finding.positive);
  EXPECT_EQ(verdict->findings[4].sentence,
            "by that answer north learnt that cell 1525b00000000000/0a00000b/0a0000000015e21e was "
            "on that board");
  EXPECT_EQ(verdict->findings[0].sentence,
            "the board of south's entry 5 of 2016-07-15T06:00:05Z held cell "
            "1525b00000000000/0a00000b/0a0000000015e21e");
}

TEST(PsiClaimFile, ShowsThatACellWasNotOnTheBoard) {
  PsiClaimFile file = example().file();
  PsiCell other = example().cell();
  other.time += 1;
  file.query.reset();
  file.answer.reset();
  file.claims = {example().board_claim(other)};
  const auto verdict = judged(file);
  ASSERT_TRUE(verdict) << verdict.error().text();
  EXPECT_FALSE(verdict->findings[0].positive);
}

// Who posts fewer tags than it commits to learns more than it tells.
TEST(PsiClaimFile, ShowsABoardWithoutATagOfItsOwnList) {
  PsiClaimFile file = example().file();
  file.query.reset();
  file.answer.reset();
  file.claims = {example().board_claim(example().left_out()), example().posted_claim()};
  const auto verdict = judged(file);
  ASSERT_TRUE(verdict) << verdict.error().text();
  ASSERT_EQ(verdict->findings.size(), 3U);
  EXPECT_EQ(verdict->findings[2].sentence,
            "south posted a board without a tag of its own list: cell "
            "1525b00000000000/0a00000b/0a0000000015e21f");
}

TEST(PsiClaimFile, NeedsTheStatementsThatItsClaimsAreAbout) {
  for (int missing = 0; missing < 4; ++missing) {
    PsiClaimFile file = example().file();
    if (missing == 0) file.epoch.reset();
    if (missing == 1) file.post.reset();
    if (missing == 2) file.query.reset();
    if (missing == 3) file.answer.reset();
    EXPECT_EQ(code_of(file), Errc::claim_unproven) << missing;
  }
  PsiClaimFile file = example().file();
  file.claims.clear();
  EXPECT_EQ(code_of(file), Errc::claim_unproven) << "nothing is claimed";
}

TEST(PsiClaimFile, RefusesEntriesThatAreNotWhereTheySay) {
  PsiClaimFile file = example().file();
  std::swap(file.epoch->proof, file.post->proof);
  EXPECT_EQ(code_of(file), Errc::proof_invalid);
  file = example().file();
  std::swap(*file.epoch, *file.post);
  EXPECT_EQ(code_of(file), Errc::claim_unproven) << "the types are others";
  file = example().file();
  file.post->entry.back() ^= 1;
  EXPECT_EQ(code_of(file), Errc::entry_malformed);
  file = example().file();
  file.query->proof = file.answer->proof;
  EXPECT_EQ(code_of(file), Errc::checkpoint_origin);
}

// What is signed under another agreement, or by a log that the reader does not know, proves
// nothing.
TEST(PsiClaimFile, RefusesEntriesOfAnotherAgreementOrLog) {
  PsiExample foreign(std::string(64, 'd'));
  EXPECT_EQ(code_of(foreign.file()), Errc::claim_unproven);
  PsiClaimFile mixed = example().file();
  mixed.post = foreign.file().post;
  EXPECT_EQ(code_of(mixed), Errc::claim_unproven);
  const auto north_alone = std::vector<LogOwner>{example().owners()[0]};
  EXPECT_EQ(verify_psi_claims(example().file().encode(), north_alone).error().code,
            Errc::claim_unproven);
}

TEST(PsiClaimFile, RefusesClaimsThatDoNotHold) {
  PsiClaimFile file = example().file();
  std::get<PsiQueryClaim>(file.claims[1]).cell.time += 1;
  EXPECT_EQ(code_of(file), Errc::claim_unproven);
  file = example().file();
  std::get<PsiAnswerClaim>(file.claims[2]).proof[0] ^= 1;
  EXPECT_EQ(code_of(file), Errc::claim_unproven);
  file = example().file();
  std::get<PsiCommitClaim>(file.claims[3]).salt[0] ^= 1;
  EXPECT_EQ(code_of(file), Errc::claim_unproven);
}

TEST(PsiClaimFile, RefusesOtherForms) {
  const auto code = [](std::string_view text) {
    const auto parsed = parse_psi_claim_file(text);
    return parsed ? Errc{} : parsed.error().code;
  };
  const std::string good = example().file().encode();
  EXPECT_EQ(parse_psi_claim_file(good)->encode(), good);
  EXPECT_EQ(code(""), Errc::json_malformed);
  EXPECT_EQ(code("{}"), Errc::json_member_missing);
  EXPECT_EQ(code(R"({"detente":"psi-claims/v2","claims":["AA=="]})"), Errc::claim_malformed);
  EXPECT_EQ(code(R"({"detente":"psi-claims/v1","claims":["AA=="]})"), Errc::claim_malformed);
  EXPECT_EQ(code(R"({"detente":"psi-claims/v1","claims":["?"]})"), Errc::claim_malformed);
  EXPECT_EQ(code(R"({"detente":"psi-claims/v1","more":1,"claims":[]})"), Errc::json_member_unknown);
  EXPECT_EQ(code(std::string(kPsiClaimFileBytes + 1, ' ')), Errc::json_too_large);
}

}  // namespace
}  // namespace detente::record
