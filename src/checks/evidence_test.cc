// SPDX-License-Identifier: Apache-2.0
//
// Rows of the table of cheats (docs/protocol/private-checks.md section 7) whose evidence is a file
// of claims or a signed statement: over two real, signed logs, to the sentence that
// `detente-verify --claims` prints.
#include <gtest/gtest.h>

#include <algorithm>

#include "checks/cover.h"
#include "record/psi_claim_file.h"
#include "record/testing_psi.h"

namespace detente::checks {
namespace {

using record::PsiClaimFile;
using record::testing::PsiCheat;
using record::testing::PsiExample;

const std::string kAgreement(64, 'c');

Result<record::PsiVerdict> verdict(const PsiExample& example, const PsiClaimFile& file) {
  return record::verify_psi_claims(file.encode(), example.owners());
}
PsiClaimFile of_board(PsiExample& example) {
  PsiClaimFile file = example.file();
  file.query.reset();
  file.answer.reset();
  file.claims.clear();
  return file;
}
template <class T>
T body_of(const record::PsiProvenEntry& entry, Result<T> (*read)(const JsonReader&)) {
  return read(record::parse_entry(entry.entry)->statement.body()).value();
}

// "A plan left off the board, and flown": of the place and time where it was seen every key that
// could hold it is opened, and none was on the board.
TEST(Evidence, OfAPlanLeftOffTheBoardIsEveryKeyOfThePlaceAbsent) {
  PsiExample example(kAgreement);
  const geo::PointE7 point{359'000'000, 366'000'000};
  const auto keys = keys_of_point(point, 3'000'000, UtcMs{1'468'565'000'000}, Role::b);
  ASSERT_EQ(keys.size(), 27U);
  std::size_t absent = 0;
  for (std::size_t from = 0; from < keys.size(); from += record::kPsiClaimsPerFile) {
    PsiClaimFile file = of_board(example);
    for (std::size_t i = from; i < std::min(from + record::kPsiClaimsPerFile, keys.size()); ++i) {
      file.claims.emplace_back(example.board_claim(keys[i]));
    }
    const auto found = verdict(example, file);
    ASSERT_TRUE(found) << found.error().text();
    for (const record::PsiFinding& finding : found->findings) {
      absent += finding.positive ? 0 : 1;
      EXPECT_NE(finding.sentence.find("did not hold"), std::string::npos) << finding.sentence;
    }
  }
  EXPECT_EQ(absent, keys.size());
}

// "A board under another key": its owner can show no tag of its own list to be there; with the
// commitment that convicts it.
TEST(Evidence, OfABoardUnderAnotherKeyIsATokenOfItsListThatIsNotThere) {
  PsiExample example(kAgreement, PsiCheat::other_board_key);
  PsiClaimFile file = of_board(example);
  file.claims = {example.board_claim(example.cell()), example.own_cell_claim()};
  const auto found = verdict(example, file);
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->findings.size(), 3U);
  EXPECT_FALSE(found->findings[0].positive);
  EXPECT_NE(found->findings[2].sentence.find("posted a board without a tag of its own list"),
            std::string::npos);
}

// "A list that is changed afterwards": what was added leads to no root that stands in the log.
TEST(Evidence, OfWhatWasAddedAfterwardsThereIsNone) {
  PsiExample example(kAgreement);
  PsiExample later(kAgreement, PsiCheat::other_board_key);  // another board
  PsiClaimFile file = of_board(example);
  file.claims = {later.board_claim(example.cell())};
  const auto found = verdict(example, file);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::claim_unproven);
}

// "Wrong evaluation": the signed answer with both files, as the logs name them.
TEST(Evidence, OfAWrongEvaluationIsTheSignedAnswerWithBothFiles) {
  for (const PsiCheat cheat : {PsiCheat::none, PsiCheat::wrong_answer}) {
    PsiExample example(kAgreement, cheat);
    const PsiClaimFile file = example.file();
    const auto epoch = body_of(*file.epoch, record::read_psi_epoch);
    const auto query = body_of(*file.query, record::read_psi_query);
    const auto answer = body_of(*file.answer, record::read_psi_answer);
    const Status convicts = record::judge_wrong_answer(epoch.key, query.blinded, answer,
                                                       example.question(), example.answer());
    EXPECT_EQ(convicts.has_value(), cheat == PsiCheat::wrong_answer);
    PsiClaimFile whole = file;
    whole.claims.clear();
    whole.post.reset();
    const record::PsiAnswerFiles files{example.question(), example.answer()};
    const auto judged = record::verify_psi_claims(whole.encode(), example.owners(), files);
    ASSERT_EQ(judged.has_value(), cheat == PsiCheat::wrong_answer);
    if (judged) {
      EXPECT_FALSE(judged->findings.at(0).positive);
      EXPECT_NE(judged->findings[0].sentence.find("south did not make it with the key"),
                std::string::npos);
      // With other files it convicts nobody.
      const record::PsiAnswerFiles swapped{files.answer, files.question};
      EXPECT_EQ(record::verify_psi_claims(whole.encode(), example.owners(), swapped).error().code,
                Errc::claim_unproven);
    }
    // Nothing that is claimed of such an answer holds.
    const auto found = verdict(example, file);
    EXPECT_EQ(found.has_value(), cheat == PsiCheat::none);
  }
}

// "A token of another epoch, pair or purpose": a claim of one pair's exchange proves nothing in
// another's.
TEST(Evidence, OfOneAgreementIsNoneInAnother) {
  PsiExample example(kAgreement);
  PsiExample other(std::string(64, 'd'));
  PsiClaimFile file = of_board(example);
  file.claims = {other.board_claim(other.cell())};
  EXPECT_EQ(verdict(example, file).error().code, Errc::claim_unproven);
}

}  // namespace
}  // namespace detente::checks
