// SPDX-License-Identifier: Apache-2.0
//
// Method: refusals of each rule; then random statements of two parties, good and bad, read in many
// orders between the logs: the state must be the same whatever came first, and what admit let pass
// must never be a fault.
#include "checks/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/limits.h"
#include "checks/testing_pair.h"
#include "checks/testing_plans.h"

namespace detente::checks {
namespace {

using record::PsiPurpose;
using testing::Listed;
using testing::Pair;

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

TEST(ChecksLedger, RefusesAnEpochOfStrangersOfOneselfAndTheSameTwice) {
  Pair pair;
  record::PsiEpoch epoch = pair.epoch("north");
  const auto open = [&](const std::string& party) {
    return code_of(pair.try_say(party, "psi.epoch", record::write_psi_epoch(epoch)));
  };
  epoch.head.with = "east";
  EXPECT_EQ(open("north"), Errc::checks_party);
  epoch.head.with = "north";
  EXPECT_EQ(open("north"), Errc::checks_party);
  epoch.head.with = "south";
  EXPECT_EQ(open("north"), Errc{});
  EXPECT_EQ(open("north"), Errc::checks_state);
  epoch.head.epoch = "2016-07-16";
  EXPECT_EQ(open("north"), Errc::checks_state) << "a new epoch needs a new key";
  EXPECT_EQ(code_of(pair.try_say("north", "note.text", "{}")), Errc::checks_malformed);
}

TEST(ChecksLedger, RefusesAnEpochThatTheOtherOpenedInOtherWords) {
  Pair pair;
  ASSERT_TRUE(pair.open("north"));
  record::PsiEpoch epoch = pair.epoch("south");
  epoch.terms.lateral_mm += 1;
  EXPECT_EQ(code_of(pair.try_say("south", "psi.epoch", record::write_psi_epoch(epoch))),
            Errc::checks_epoch);
  pair.say("south", "psi.epoch", record::write_psi_epoch(epoch));
  Listed list = pair.make("north", 0, 5);
  EXPECT_EQ(code_of(pair.post("north", list, {pair.plan("north")})), Errc::checks_epoch);
}

TEST(ChecksLedger, RefusesAPostWithoutEpochPlanTimeOrTheOther) {
  Pair pair;
  Listed list = pair.make("north", 0, 5);
  const record::Ref plan = pair.plan("north");
  EXPECT_EQ(code_of(pair.post("north", list, {plan})), Errc::checks_epoch);
  ASSERT_TRUE(pair.open("north"));
  EXPECT_EQ(code_of(pair.post("north", list, {plan})), Errc::checks_epoch) << "south did not open";
  ASSERT_TRUE(pair.open("south"));
  EXPECT_EQ(code_of(pair.post("north", list, {})), Errc::checks_malformed);
  EXPECT_EQ(code_of(pair.post("north", list, {pair.plan("south")})), Errc::checks_malformed);
  EXPECT_EQ(code_of(pair.post("north", list, {plan, plan})), Errc::checks_malformed);
  pair.now = testing::kMorning + 21'600'000;
  EXPECT_EQ(code_of(pair.post("north", list, {plan})), Errc::checks_epoch);
  pair.now = testing::kMorning - 1;
  EXPECT_EQ(code_of(pair.post("north", list, {plan})), Errc::checks_epoch);
  pair.now = testing::kMorning;
  EXPECT_TRUE(pair.post("north", list, {plan}));
  EXPECT_EQ(code_of(pair.post("north", list, {plan})), Errc::checks_state);
}

TEST(ChecksLedger, RefusesAnAnswerToNothingOfItsOwnOrWithTooFewProofs) {
  Pair pair;
  ASSERT_TRUE(pair.open("north") && pair.open("south"));
  Listed list = pair.make("north", 0, 5);
  ASSERT_TRUE(pair.post("north", list, {pair.plan("north")}));
  const auto body = [&](std::size_t proofs) {
    return record::write_psi_answer(
        {pair.head("south"), {}, std::vector<crypto::VoprfProof>(proofs)});
  };
  EXPECT_EQ(code_of(pair.try_say("south", "psi.answer", body(1), {list.post})),
            Errc::checks_not_posted);
  ASSERT_TRUE(pair.ask("north", list, {list.post}));
  EXPECT_EQ(code_of(pair.try_say("south", "psi.answer", body(2), {list.query})),
            Errc::checks_malformed);
  EXPECT_EQ(code_of(pair.try_say("south", "psi.answer", body(1), {})), Errc::checks_malformed);
  EXPECT_EQ(
      code_of(pair.try_say("north", "psi.answer",
                           record::write_psi_answer({pair.head("north"), {}, {{}}}), {list.query})),
      Errc::checks_malformed)
      << "nobody answers himself";
  EXPECT_EQ(code_of(pair.try_say("south", "psi.answer", body(1), {list.query})), Errc{});
}

TEST(ChecksLedger, RefusesAResultBeforeTheAnswerOrOfMoreThanWasAsked) {
  Pair pair;
  ASSERT_TRUE(pair.open("north") && pair.open("south"));
  Listed mine = pair.make("north", 0, 5);
  Listed theirs = pair.make("south", 0, 5);
  ASSERT_TRUE(pair.post("north", mine, {pair.plan("north")}));
  ASSERT_TRUE(pair.post("south", theirs, {pair.plan("south")}));
  ASSERT_TRUE(pair.ask("north", mine, {mine.post}));
  EXPECT_EQ(code_of(pair.give_result("north", mine, theirs, 5)), Errc::checks_state);
  ASSERT_TRUE(pair.answer("north", mine));
  EXPECT_EQ(code_of(pair.give_result("north", mine, theirs, 257)), Errc::checks_malformed);
  EXPECT_EQ(code_of(pair.give_result("north", mine, mine, 5)), Errc::checks_malformed);
  EXPECT_TRUE(pair.give_result("north", mine, theirs, 5));
}

TEST(ChecksLedger, TakesOnceThatTheOtherSideHasNoPost) {
  Pair pair;
  ASSERT_TRUE(pair.open("north") && pair.open("south"));
  Listed mine = pair.make("north", 0, 4);
  ASSERT_TRUE(pair.post("north", mine, {pair.plan("north")}));
  ASSERT_TRUE(pair.ask("north", mine, {mine.post}));
  const auto none = [&] {
    const record::PsiResult body{pair.head("north"), {}, {}};
    return pair.try_say("north", "psi.result", record::write_psi_result(body), {mine.query});
  };
  EXPECT_EQ(code_of(none()), Errc::checks_state);  // not answered
  EXPECT_EQ(code_of(pair.ledger.may_answer(PartyId{"north"}, mine.query, pair.now)),
            Errc::checks_party);
  EXPECT_TRUE(pair.ledger.may_answer(PartyId{"south"}, mine.query, pair.now));
  ASSERT_TRUE(pair.answer("north", mine));
  EXPECT_EQ(code_of(pair.ledger.may_answer(PartyId{"south"}, mine.query, pair.now)),
            Errc::checks_state);
  EXPECT_TRUE(none());
  EXPECT_EQ(code_of(none()), Errc::checks_state);
  EXPECT_TRUE(pair.ledger.query(mine.query)->resulted);
  // A later post has its number all the same.
  Listed theirs = pair.make("south", 2, 9);
  ASSERT_TRUE(pair.post("south", theirs, {pair.plan("south")}));
  EXPECT_TRUE(pair.give_result("north", mine, theirs, 2));
}

TEST(ChecksLedger, AsksForTheLeastFootprint) {
  record::PsiTerms terms = testing::pair_terms();
  terms.footprint_km2 = 100;
  terms.footprint_ms = 600'000;
  const auto volume = [](std::int64_t radius_mm, std::int64_t length_ms) {
    return std::vector<geo::Volume4>{
        {geo::Area::make(geo::Circle{{335'000'000, 363'000'000}, radius_mm}).value(),
         {0, 1'000'000, geo::AltitudeReference::msl},
         {testing::kMorning, testing::kMorning + length_ms}}};
  };
  EXPECT_EQ(check_footprint({}, terms).error().code, Errc::checks_footprint);
  EXPECT_EQ(check_footprint(volume(5'000'000, 600'000), terms).error().code,
            Errc::checks_footprint);
  EXPECT_EQ(check_footprint(volume(6'000'000, 599'999), terms).error().code,
            Errc::checks_footprint);
  EXPECT_TRUE(check_footprint(volume(6'000'000, 600'000), terms));
}

// ---- orders ----

// What a reader of both logs sees, as one text.
std::string state_of(const ChecksLedger& ledger) {
  std::string out;
  for (const EpochView& epoch : ledger.epochs()) {
    out += fmt::format("{} {} {} posts {} tokens {} {} results {} frozen {}\n", epoch.party.value,
                       epoch.head.with, epoch.epoch.has_value(), epoch.posts.size(), epoch.posted,
                       epoch.asked, epoch.results.size(), epoch.frozen);
  }
  for (const QueryView& query : ledger.queries(ChecksLedger::Which::all)) {
    out += fmt::format("{} {} answered {} due {}\n", query.party.value, query.ref.index.value,
                       query.answer.has_value(), query.due.value);
  }
  std::vector<std::string> faults;
  for (const FaultView& fault : ledger.faults()) {
    faults.push_back(fmt::format("{} {} {}\n", fault.party.value, fault.ref.index.value,
                                 static_cast<int>(fault.error.code)));
  }
  std::sort(faults.begin(), faults.end());
  for (const std::string& fault : faults) out += fault;
  return out;
}

std::string read_in_some_order(const Pair& pair, std::mt19937_64& engine) {
  ChecksLedger ledger(testing::kAgreement, {{PartyId{"north"}, testing::origin_of("north")},
                                            {PartyId{"south"}, testing::origin_of("south")}});
  std::map<std::string, std::size_t> next = {{"north", 0}, {"south", 0}};
  const auto left = [&](const std::string& party) {
    return pair.logs.at(party).size() - next[party];
  };
  while (left("north") + left("south") > 0) {
    const std::string party =
        engine() % (left("north") + left("south")) < left("north") ? "north" : "south";
    ledger.apply(PartyId{party}, pair.logs.at(party)[next[party]++]);
  }
  return state_of(ledger);
}

// Of no statement; what did not come to be is referred to by it.
record::Ref nothing() {
  return {testing::origin_of("north"), LeafIndex{999}, Hash{}};
}

// One random act of a party; `guarded` ones ask first.
void act(Pair& pair, std::vector<Listed>& lists, std::mt19937_64& engine) {
  const std::string party = engine() % 2 == 0 ? "north" : "south";
  const bool guarded = engine() % 3 != 0;
  const auto say = [&](const std::string& type, const std::string& body,
                       const std::vector<record::Ref>& refs) -> record::Ref {
    if (!guarded) return pair.say(party, type, body, refs);
    const std::size_t before = pair.ledger.faults().size();
    const auto said = pair.try_say(party, type, body, refs);
    EXPECT_EQ(pair.ledger.faults().size(), before) << "admitted, and then a fault";
    return said.value_or(nothing());
  };
  // Two lists are north's, two are south's.
  const std::size_t first = party == "north" ? 0 : 2;
  Listed& mine = lists[first + engine() % 2];
  const Listed& theirs = lists[2 - first + engine() % 2];
  switch (engine() % 6) {
    case 0:
      say("psi.epoch", record::write_psi_epoch(pair.epoch(party)), {});
      break;
    case 1:
      mine.post =
          say("psi.post", record::write_psi_post(pair.post_body(party, mine)), {pair.plan(party)});
      break;
    case 2:
      mine.query =
          say("psi.query", record::write_psi_query(pair.query_body(party, mine)), {mine.post});
      break;
    case 3:
      say("psi.answer", record::write_psi_answer({pair.head(party), {}, {{}}}), {theirs.query});
      break;
    case 4:
      say("psi.result", record::write_psi_result({pair.head(party), {engine() % 3}, {}}),
          {mine.query, theirs.post});
      break;
    default:
      pair.now = pair.now + static_cast<std::int64_t>(engine() % 300'000);
  }
}

TEST(ChecksLedger, TheOrderBetweenLogsDoesNotMatter) {
  const std::uint64_t seed = testing::drawn_seed();
  std::mt19937_64 engine(seed);
  // The lists are made once: their cryptography is not what is looked at here.
  Pair maker;
  std::vector<Listed> lists;
  for (std::uint64_t i = 0; i < 4; ++i) {
    Listed& list = lists.emplace_back(maker.make("north", 0, 2 + i));
    list.post = nothing();
    list.query = nothing();
  }
  std::size_t results = 0;
  for (int round = 0; round < 120; ++round) {
    Pair pair;
    auto own = lists;
    pair.logs["north"];
    pair.logs["south"];
    for (int i = 0; i < 150; ++i) act(pair, own, engine);
    const std::string wanted = state_of(pair.ledger);
    for (int order = 0; order < 4; ++order) {
      EXPECT_EQ(read_in_some_order(pair, engine), wanted) << "seed " << seed;
    }
    for (const EpochView& epoch : pair.ledger.epochs()) results += epoch.results.size();
  }
  EXPECT_GT(results, 20U);
}

}  // namespace
}  // namespace detente::checks
