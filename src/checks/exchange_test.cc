// SPDX-License-Identifier: Apache-2.0
//
// Method: whole exchanges between two parties over two logs, plans with plans and plans with sites;
// then every row of the cheat table in docs/protocol/private-checks.md, each ending in the evidence
// that it names. Random lists are compared with a plain intersection of sets.
#include "checks/exchange.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/limits.h"
#include "checks/testing_pair.h"
#include "checks/testing_plans.h"
#include "record/psi_claims.h"

namespace detente::checks {
namespace {

using record::PsiPurpose;
using testing::Listed;
using testing::Pair;

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

std::vector<std::uint64_t> numbers(const Listed& listed, const std::vector<std::uint32_t>& found) {
  std::vector<std::uint64_t> out;
  for (const std::uint32_t index : found) out.push_back(listed.list.cells()[index].time);
  return out;
}

// Both opened the epoch; north has the cells 0 to 40, south 30 to 90; both posted.
struct Posted : Pair {
  Posted() {
    EXPECT_TRUE(open("north"));
    EXPECT_TRUE(open("south"));
    EXPECT_TRUE(post("north", north, {plan("north")}));
    EXPECT_TRUE(post("south", south, {plan("south")}));
  }
  // North has asked too, and was answered.
  void north_asks() {
    EXPECT_TRUE(ask("north", north, {north.post}));
    EXPECT_TRUE(answer("north", north));
  }
  record::PsiPrefix prefix() const { return record::psi_prefix(context()); }
  crypto::VoprfScalar nonce() { return crypto::VoprfScalar::generate(random()); }
  record::PsiBoardClaim opened(const std::string& owner, const Listed& listed, CellKey cell) {
    return record::open_board(prefix(), cell, keys.at(owner), nonce(), listed.board).value();
  }
  Result<bool> judged(const std::string& owner, const Listed& listed,
                      const record::PsiBoardClaim& claim) const {
    return record::judge_board_claim(prefix(), keys.at(owner).public_key(),
                                     file_head(listed.board, 16), claim);
  }

  Listed north = make("north", 0, 40);
  Listed south = make("south", 30, 90);
};

constexpr CellKey cell_of(std::uint64_t n) {
  return {0x1000 + n, 10U << 24U, n};
}

// ---- plans with plans ----

TEST(Exchange, EachLearnsWhichOfItsOwnCellsAreAlsoTheOthers) {
  Posted pair;
  pair.north_asks();
  ASSERT_TRUE(pair.take_answer("north", pair.north));
  ASSERT_TRUE(check_board(pair.south.board, file_head(pair.south.board, 16)));
  const auto found = compare(pair.north.learnt, pair.south.board);
  EXPECT_EQ(numbers(pair.north, found),
            (std::vector<std::uint64_t>{30, 31, 32, 33, 34, 35, 36, 37, 38, 39}));

  ASSERT_TRUE(pair.ask("south", pair.south, {pair.south.post}));
  ASSERT_TRUE(pair.answer("south", pair.south));
  ASSERT_TRUE(pair.take_answer("south", pair.south));
  EXPECT_EQ(compare(pair.south.learnt, pair.north.board).size(), found.size());
  EXPECT_TRUE(pair.give_result("north", pair.north, pair.south, found.size()));
  EXPECT_TRUE(pair.give_result("south", pair.south, pair.north, found.size()));
  EXPECT_FALSE(pair.ledger.is_frozen(PartyId{"north"}, pair.head("north")));
  EXPECT_TRUE(pair.ledger.faults().empty());
  EXPECT_TRUE(pair.ledger.queries(ChecksLedger::Which::open).empty());
  EXPECT_EQ(pair.ledger.context(PartyId{"south"}, pair.head("south"))->a,
            testing::origin_of("north"));
}

TEST(Exchange, ALaterPostIsSeenWithoutAnotherMessage) {
  Posted pair;
  pair.north_asks();
  ASSERT_TRUE(pair.take_answer("north", pair.north));
  Listed later = pair.make("south", 5, 7);
  ASSERT_TRUE(pair.post("south", later, {pair.plan("south")}));
  EXPECT_EQ(numbers(pair.north, compare(pair.north.learnt, later.board)),
            (std::vector<std::uint64_t>{5, 6}));
}

TEST(Exchange, AgreesWithAPlainIntersection) {
  std::mt19937_64 engine(testing::drawn_seed());
  Pair pair;
  for (int round = 0; round < 4; ++round) {
    std::set<CellKey> a;
    std::set<CellKey> b;
    for (int i = 0; i < 60; ++i) a.insert(cell_of(engine() % 100));
    for (int i = 0; i < 60; ++i) b.insert(cell_of(engine() % 100));
    Listed mine = pair.make("north", 0, 0);
    mine.list = TokenList::make(pair.context(), {a.begin(), a.end()}).value();
    const TokenList theirs = TokenList::make(pair.context(), {b.begin(), b.end()}).value();
    mine.question =
        elements_file(blind(mine.list, mine.secret, mine.order, {0, mine.list.padded()}).value());
    const auto asked = read_elements(mine.question, file_head(mine.question, 32)).value();
    const auto answer =
        answer_part(pair.keys.at("south"), asked, crypto::VoprfScalar::generate(pair.random()));
    auto learnt =
        learn(mine.list, mine.secret, mine.order, answer->evaluated, {0, mine.list.padded()})
            .value();
    sort_learnt(learnt);
    const auto tags = list_tags(theirs, pair.keys.at("south"), {0, theirs.padded()}).value();
    std::vector<CellKey> found;
    for (const auto index : compare(learnt, board_file(theirs, mine.secret, tags))) {
      found.push_back(mine.list.cells()[index]);
    }
    std::vector<CellKey> wanted;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(wanted));
    EXPECT_EQ(found, wanted);
  }
}

// From plans to cells, tokens and the exchange: what conflicts is found.
TEST(Exchange, PlansThatConflictAreFoundByBothSides) {
  testing::Draw draw(testing::drawn_seed(), {20'000});
  const geo::PointE7 center = draw.place();
  const geo::Separation separation = separation_of(testing::pair_terms());
  Pair pair;
  int conflicts = 0;
  for (int round = 0; round < 400 && conflicts < 4; ++round) {
    const testing::Plan a = {draw.volume(center)};
    const testing::Plan b = {draw.volume(center)};
    if (!geo::conflict(a[0], b[0], separation)) continue;
    ++conflicts;
    CoverSettings coarse;
    coarse.space_cells = 4;
    coarse.line_cells = 1;
    const auto mine = all_keys(cover_plan(a, separation, Role::a, coarse).value(), Role::a);
    const auto theirs = all_keys(cover_plan(b, separation, Role::b, coarse).value(), Role::b);
    Listed north = pair.make("north", 0, 0);
    north.list = TokenList::make(pair.context(), mine).value();
    const Part all{0, north.list.padded()};
    north.order = question_order(north.list, north.secret);
    const auto asked = blind(north.list, north.secret, north.order, all).value();
    const auto answer =
        answer_part(pair.keys.at("south"), asked, crypto::VoprfScalar::generate(pair.random()));
    auto learnt = learn(north.list, north.secret, north.order, answer->evaluated, all).value();
    sort_learnt(learnt);
    const TokenList south = TokenList::make(pair.context(), theirs).value();
    const auto tags = list_tags(south, pair.keys.at("south"), {0, south.padded()}).value();
    EXPECT_FALSE(compare(learnt, board_file(south, north.secret, tags)).empty());
  }
  EXPECT_GT(conflicts, 0);
}

// Parts that are worked on apart give what the whole gives.
TEST(Exchange, PartsOfAListAreIndependent) {
  Pair pair;
  Listed listed = pair.make("north", 0, 300);
  ASSERT_EQ(listed.list.padded(), 1'024U);
  EXPECT_EQ(parts_of(10'000).size(), 3U);
  EXPECT_EQ(parts_of(10'000).back().count, 10'000 - 2 * limits::kCheckChunk);
  std::vector<crypto::VoprfElement> pieces;
  std::vector<record::PsiTag> tags;
  for (std::size_t first = 0; first < 1'024; first += 100) {
    const Part part{first, std::min<std::size_t>(100, 1'024 - first)};
    const auto blinded = blind(listed.list, listed.secret, listed.order, part).value();
    pieces.insert(pieces.end(), blinded.begin(), blinded.end());
    const auto some = list_tags(listed.list, pair.keys.at("north"), part).value();
    tags.insert(tags.end(), some.begin(), some.end());
  }
  EXPECT_EQ(elements_file(pieces), listed.question);
  EXPECT_EQ(board_file(listed.list, listed.secret, tags), listed.board);
}

TEST(Exchange, HidesTheNumberAndTheOrderOfTheTokens) {
  Pair pair;
  const Listed few = pair.make("north", 0, 1);
  const Listed many = pair.make("north", 0, 250);
  EXPECT_EQ(few.board.size(), many.board.size());
  EXPECT_EQ(few.question.size(), many.question.size());
  std::vector<std::uint32_t> order = many.order;
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::uint32_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
  // Another list of the same cells has nothing in common with it but its board.
  const Listed again = pair.make("north", 0, 250);
  EXPECT_NE(again.commitment.root, many.commitment.root);
  EXPECT_NE(again.question, many.question);
}

TEST(Exchange, RefusesAListBeyondTheLastPadding) {
  std::vector<CellKey> cells;
  for (std::uint64_t n = 0; n <= limits::kCheckSetTokens; ++n) cells.push_back(cell_of(n));
  EXPECT_EQ(code_of(TokenList::make(Pair().context(), cells)), Errc::checks_too_many);
  cells.pop_back();
  EXPECT_TRUE(TokenList::make(Pair().context(), cells));
}

// ---- plans with sites ----

TEST(Exchange, APlannerLearnsWhichOfItsCellsAreOnAListOfPlaces) {
  Pair pair(PsiPurpose::sites);
  Listed owner = pair.make("south", 10, 60);
  Listed planner = pair.make("north", 55, 70);
  EXPECT_EQ(code_of(pair.ask("north", planner, {pair.plan("north")})), Errc::checks_epoch);
  ASSERT_TRUE(pair.open("south"));
  EXPECT_EQ(code_of(pair.open("north")), Errc::checks_state) << "one has a list, the other plans";
  EXPECT_EQ(code_of(pair.ask("north", planner, {pair.plan("north")})), Errc::checks_state);
  ASSERT_TRUE(pair.post("south", owner, {pair.plan("south")}));
  EXPECT_EQ(code_of(pair.ask("north", planner, {})), Errc::checks_malformed) << "no plan named";
  ASSERT_TRUE(pair.ask("north", planner, {pair.plan("north")}));
  ASSERT_TRUE(pair.answer("north", planner));
  ASSERT_TRUE(pair.take_answer("north", planner));
  EXPECT_EQ(numbers(planner, compare(planner.learnt, owner.board)),
            (std::vector<std::uint64_t>{55, 56, 57, 58, 59}));
  EXPECT_EQ(pair.ledger.context(PartyId{"north"}, pair.head("north"))->b,
            testing::origin_of("south"));
  // The owner's terms bound how often it is asked.
  for (int i = 0; i < 2; ++i) {
    Listed more = pair.make("north", 0, 5);
    ASSERT_TRUE(pair.ask("north", more, {pair.plan("north")}));
  }
  Listed one_more = pair.make("north", 0, 5);
  EXPECT_EQ(code_of(pair.ask("north", one_more, {pair.plan("north")})), Errc::checks_budget);
  one_more.query =
      pair.say("north", "psi.query", record::write_psi_query(pair.query_body("north", one_more)),
               {pair.plan("north")});
  EXPECT_EQ(code_of(pair.answer("north", one_more)), Errc::checks_budget);
}

// ---- the cheat table ----

TEST(Cheats, AWrongEvaluationFailsAtOnceAndTheSignedAnswerIsTheEvidence) {
  Posted pair;
  ASSERT_TRUE(pair.ask("north", pair.north, {pair.north.post}));
  const crypto::VoprfKey other = crypto::VoprfKey::generate(testing::counted("other"));
  // Its guards let it pass: they do not see the file. Who asked does.
  ASSERT_TRUE(pair.answer("north", pair.north, &other));
  EXPECT_EQ(code_of(pair.take_answer("north", pair.north)), Errc::checks_answer);
  EXPECT_TRUE(pair.north.learnt.empty());
  const auto answer = pair.ledger.query(pair.north.query)->answer;
  ASSERT_TRUE(answer) << "what the other signed: the file's root and the proofs that fail";
  EXPECT_EQ(answer->body.file, file_head(pair.north.answer, 32).root);
  EXPECT_EQ(answer->body.proofs, pair.north.proofs);
  const crypto::VoprfElement& key = pair.keys.at("south").public_key();
  const record::PsiFile question = file_head(pair.north.question, 32);
  EXPECT_TRUE(record::judge_wrong_answer(key, question, answer->body, pair.north.question,
                                         pair.north.answer));
}

TEST(Cheats, ARightAnswerConvictsNobodyWhateverTheAskerShows) {
  Posted pair;
  pair.north_asks();
  const crypto::VoprfElement& key = pair.keys.at("south").public_key();
  const record::PsiFile question = file_head(pair.north.question, 32);
  const record::PsiAnswer answer = pair.ledger.query(pair.north.query)->answer->body;
  const auto judged = [&](const Bytes& asked, const Bytes& given) {
    return code_of(record::judge_wrong_answer(key, question, answer, asked, given));
  };
  EXPECT_EQ(judged(pair.north.question, pair.north.answer), Errc::claim_unproven);
  EXPECT_EQ(judged(pair.north.answer, pair.north.answer), Errc::claim_unproven);
  EXPECT_EQ(judged(pair.north.question, pair.north.question), Errc::claim_unproven);
  EXPECT_EQ(judged(pair.north.question, {}), Errc::claim_unproven);
}

TEST(Cheats, AnotherKeyForOneElementFailsToo) {
  Posted pair;
  pair.north_asks();
  const crypto::VoprfKey other = crypto::VoprfKey::generate(testing::counted("other"));
  const auto asked = read_elements(pair.north.question, file_head(pair.north.question, 32)).value();
  auto given = read_elements(pair.north.answer, file_head(pair.north.answer, 32)).value();
  given[17] = other.evaluate(std::span(asked).subspan(17, 1)).value()[0];
  pair.north.answer = elements_file(given);
  EXPECT_EQ(code_of(pair.take_answer("north", pair.north)), Errc::checks_answer);
}

TEST(Cheats, ABoardUnderAnotherKeyCannotBeOpened) {
  Posted pair;
  const crypto::VoprfKey other = crypto::VoprfKey::generate(testing::counted("other"));
  const auto tags = list_tags(pair.south.list, other, {0, 256}).value();
  pair.south.board = board_file(pair.south.list, pair.south.secret, tags);
  // Asked to open a cell of its plan it shows either a proof that does not verify, or, with the
  // epoch's key, that the cell is not on the board.
  const auto forged =
      record::open_board(pair.prefix(), cell_of(35), other, pair.nonce(), pair.south.board).value();
  EXPECT_EQ(code_of(pair.judged("south", pair.south, forged)), Errc::claim_unproven);
  EXPECT_FALSE(
      pair.judged("south", pair.south, pair.opened("south", pair.south, cell_of(35))).value());
}

// South leaves cells 50 to 89 off its board and flies there. Of the place and time of an incident
// it must open every key that could hold it: each is shown to be absent.
TEST(Cheats, APlanLeftOffTheBoardIsProvenAbsentWhereItWasFlown) {
  Posted pair;
  const geo::PointE7 point{359'000'000, 366'000'000};
  const auto keys = keys_of_point(point, 3'000'000, testing::kMorning, Role::b);
  ASSERT_EQ(keys.size(), 27U);
  for (const CellKey& key : keys) {
    const auto claim = pair.opened("south", pair.south, key);
    EXPECT_EQ(pair.judged("south", pair.south, claim).value(), false);
    // Nor can it say that the key is there.
    auto lie = claim;
    lie.tags = record::find_tag(
        pair.south.board,
        record::psi_tag(
            pair.keys.at("south").output(record::psi_token(pair.prefix(), cell_of(35))).value()));
    EXPECT_NE(pair.judged("south", pair.south, lie).value_or(false), true);
  }
  const auto there = pair.opened("south", pair.south, cell_of(35));
  EXPECT_EQ(pair.judged("south", pair.south, there).value(), true);
}

TEST(Cheats, WhatIsAddedAfterwardsIsNotUnderTheRootThatWasLogged) {
  Posted pair;
  const record::PsiFile posted = file_head(pair.south.board, 16);
  Listed more = pair.make("south", 30, 95);
  EXPECT_EQ(code_of(check_board(more.board, posted)), Errc::checks_file);
  const auto claim = pair.opened("south", more, cell_of(92));
  EXPECT_EQ(code_of(record::judge_board_claim(pair.prefix(), pair.keys.at("south").public_key(),
                                              posted, claim)),
            Errc::claim_unproven);
}

TEST(Cheats, WhoAskedAboutACellOnTheBoardIsShownToHaveKnown) {
  Posted pair;
  pair.north_asks();
  const auto place = std::find(pair.north.order.begin(), pair.north.order.end(), 33U);
  const auto at = static_cast<std::uint32_t>(place - pair.north.order.begin());
  const auto query =
      record::open_query(cell_of(33), blind_of(pair.north.secret, 33), pair.north.question, at);
  const auto answer = record::open_answer(pair.keys.at("south"), pair.nonce(), pair.north.question,
                                          pair.north.answer, at)
                          .value();
  const record::PsiFile question = file_head(pair.north.question, 32);
  const record::PsiFile answered = file_head(pair.north.answer, 32);
  const record::PsiFile board = file_head(pair.south.board, 16);
  EXPECT_TRUE(record::judge_query_claim(pair.prefix(), question, query));
  EXPECT_TRUE(
      record::judge_answer_claim(pair.keys.at("south").public_key(), question, answered, answer));
  const auto opened = pair.opened("south", pair.south, cell_of(33));
  EXPECT_EQ(record::judge_knowledge(pair.prefix(), query, answer, board, opened.tags).value(),
            true);
  // The same cell is in the commitment that it posted before it asked.
  const auto leaves = commit_leaves(pair.north.list, pair.north.secret);
  EXPECT_TRUE(record::judge_commit_claim(
      pair.prefix(), pair.north.commitment,
      record::open_commit(cell_of(33), salt_of(pair.north.secret, 33), leaves, 33)));
  // A blind of another token does not open this place.
  const auto wrong =
      record::open_query(cell_of(33), blind_of(pair.north.secret, 32), pair.north.question, at);
  EXPECT_EQ(code_of(record::judge_query_claim(pair.prefix(), question, wrong)),
            Errc::claim_unproven);
}

TEST(Cheats, ABoardOfTheWholeMapTeachesItsOwnerNothing) {
  Posted pair;
  Listed map = pair.make("south", 0, 250);
  // Without an answer under north's key south has no tag of its own to compare with.
  EXPECT_TRUE(compare(map.learnt, pair.north.board).empty());
  EXPECT_EQ(code_of(pair.ask("south", map, {pair.south.post})), Errc::checks_not_posted);
}

TEST(Cheats, ProbingIsBoundedByBudgets) {
  Pair pair;
  ASSERT_TRUE(pair.open("north"));
  ASSERT_TRUE(pair.open("south"));
  const record::Ref plan = pair.plan("north");
  Listed first = pair.make("north", 0, 5);
  Listed second = pair.make("north", 0, 6);
  Listed third = pair.make("north", 0, 7);
  ASSERT_TRUE(pair.post("north", first, {plan}));
  ASSERT_TRUE(pair.post("north", second, {plan}));
  EXPECT_EQ(code_of(pair.post("north", third, {plan})), Errc::checks_budget) << "one plan, twice";
  ASSERT_TRUE(pair.post("north", third, {pair.plan("north")}));
  Listed fourth = pair.make("north", 0, 8);
  EXPECT_EQ(code_of(pair.post("north", fourth, {pair.plan("north")})), Errc::checks_budget);
  // Logged nevertheless, it has no effect and stands in the list of faults.
  fourth.post =
      pair.say("north", "psi.post", record::write_psi_post(pair.post_body("north", fourth)),
               {pair.plan("north")});
  ASSERT_EQ(pair.ledger.faults().size(), 1U);
  EXPECT_EQ(pair.ledger.faults()[0].ref, fourth.post);
  EXPECT_EQ(pair.ledger.faults()[0].error.code, Errc::checks_budget);
  EXPECT_EQ(code_of(pair.ask("north", fourth, {fourth.post})), Errc::checks_not_posted);
}

TEST(Cheats, AQueryOfMoreThanWasPostedIsNotAnswered) {
  Posted pair;
  Listed more = pair.make("north", 0, 100);
  EXPECT_EQ(code_of(pair.ask("north", more, {pair.north.post})), Errc::checks_not_posted);
  more.query = pair.say("north", "psi.query",
                        record::write_psi_query(pair.query_body("north", more)), {pair.north.post});
  EXPECT_EQ(code_of(pair.answer("north", more)), Errc::checks_not_posted);
  EXPECT_EQ(pair.ledger.faults().size(), 1U);
}

TEST(Cheats, ATokenOfOneEpochPairOrPurposeMeansNothingInAnother) {
  const record::PsiContext context = Pair().context();
  std::set<record::PsiPrefix> prefixes = {record::psi_prefix(context)};
  record::PsiContext other = context;
  other.epoch = "2016-07-16";
  prefixes.insert(record::psi_prefix(other));
  other = context;
  other.purpose = PsiPurpose::sites;
  prefixes.insert(record::psi_prefix(other));
  other = context;
  std::swap(other.a, other.b);
  prefixes.insert(record::psi_prefix(other));
  other = context;
  other.agreement[0] = 'b';
  prefixes.insert(record::psi_prefix(other));
  prefixes.insert(record::psi_prefix(context, PsiPurpose::dummy));
  EXPECT_EQ(prefixes.size(), 6U);
}

TEST(Cheats, MalformedAndForeignFilesAreRefused) {
  Posted pair;
  const record::PsiFile head = file_head(pair.north.question, 32);
  Bytes file = pair.north.question;
  file.resize(file.size() - 32);
  EXPECT_EQ(code_of(read_elements(file, head)), Errc::checks_file);
  file = pair.north.question;
  file[100] ^= 1;
  EXPECT_EQ(code_of(read_elements(file, head)), Errc::checks_file);
  std::fill_n(file.begin() + 64, 32, std::uint8_t{0});  // the identity
  const auto elements = read_elements(file, file_head(file, 32)).value();
  EXPECT_EQ(code_of(answer_part(pair.keys.at("south"), elements, pair.nonce())),
            Errc::voprf_element);
  Bytes board = pair.south.board;
  std::swap_ranges(board.begin(), board.begin() + 16, board.begin() + 16);
  EXPECT_EQ(code_of(check_board(board, file_head(board, 16))), Errc::checks_file);
  const auto leaves = record::psi_leaves(board, 16);
  const auto at = [&](std::uint32_t i) {
    record::PsiTagAt out;
    std::copy_n(board.begin() + 16 * i, 16, out.tag.begin());
    out.path = {i, record::inclusion_proof(leaves, LeafIndex{i})};
    return out;
  };
  EXPECT_TRUE(record::judge_disorder(file_head(board, 16), at(0), at(1)));
  EXPECT_FALSE(record::judge_disorder(file_head(board, 16), at(1), at(2)));
}

TEST(Cheats, AnAbortIsRecordedAndSoIsItsTime) {
  Posted pair;
  ASSERT_TRUE(pair.ask("north", pair.north, {pair.north.post}));
  const auto open = pair.ledger.queries(ChecksLedger::Which::open);
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].due, pair.now + pair.terms.answer_ms);
  ASSERT_TRUE(pair.answer("north", pair.north));
  EXPECT_EQ(code_of(pair.answer("north", pair.north)), Errc::checks_state) << "once is enough";
}

TEST(Cheats, ResultsThatDifferFreezeThePair) {
  Posted pair;
  pair.north_asks();
  ASSERT_TRUE(pair.ask("south", pair.south, {pair.south.post}));
  ASSERT_TRUE(pair.answer("south", pair.south));
  ASSERT_TRUE(pair.give_result("north", pair.north, pair.south, 10));
  EXPECT_EQ(code_of(pair.give_result("north", pair.north, pair.south, 9)), Errc::checks_state);
  ASSERT_TRUE(pair.give_result("south", pair.south, pair.north, 9));
  EXPECT_TRUE(pair.ledger.is_frozen(PartyId{"north"}, pair.head("north")));
  EXPECT_TRUE(pair.ledger.is_frozen(PartyId{"south"}, pair.head("south")));
  Listed more = pair.make("north", 0, 5);
  EXPECT_EQ(code_of(pair.post("north", more, {pair.plan("north")})), Errc::checks_frozen);
}

// The dummies of a board are shown to be dummies by their seed; the rest are tokens.
TEST(Cheats, DummiesAreProvenByTheirSeed) {
  Posted pair;
  const Hash seed = dummy_seed(pair.south.secret);
  EXPECT_EQ(record::psi_dummies_commitment(seed), pair.post_body("south", pair.south).dummies);
  std::size_t dummies = 0;
  for (std::uint64_t i = 0; i < 256; ++i) {
    const auto found = record::find_tag(pair.south.board, record::psi_dummy_tag(seed, i));
    const bool there = found.size() == 1 && found[0].tag == record::psi_dummy_tag(seed, i);
    dummies += there ? 1U : 0U;
  }
  EXPECT_EQ(dummies, 256U - 60U);
}

}  // namespace
}  // namespace detente::checks
