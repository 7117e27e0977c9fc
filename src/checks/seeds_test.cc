// SPDX-License-Identifier: Apache-2.0
#include "checks/seeds.h"

#include <gtest/gtest.h>

#include <array>

#include "checks/testing_pair.h"
#include "record/psi_claims.h"

namespace detente::checks {
namespace {

using testing::kMorning;
using testing::Listed;
using testing::Pair;

const TimeSpan kEpoch{kMorning, kMorning + 21'600'000};
constexpr std::uint32_t kAll = 1'000'000;

// Two neutral parties beside the pair.
struct Scene {
  Pair pair;
  std::array<Hash, 2> seeds = {Hash{1}, Hash{2}};
  record::Ref query;

  Scene() {
    pair.ledger =
        ChecksLedger(testing::kAgreement, {{PartyId{"north"}, testing::origin_of("north")},
                                           {PartyId{"south"}, testing::origin_of("south")},
                                           {PartyId{"relief"}, testing::origin_of("relief")},
                                           {PartyId{"watch"}, testing::origin_of("watch")}});
  }
  Result<record::Ref> commit(const std::string& party, const Hash& seed,
                             const TimeSpan& time = kEpoch) {
    return pair.try_say(party, "psi.seed",
                        record::write_psi_seed({time, record::psi_seed_commitment(seed)}));
  }
  Result<record::Ref> reveal(const std::string& party, const Hash& seed, const record::Ref& ref) {
    return pair.try_say(party, "psi.reveal", record::write_psi_reveal({seed}), {ref});
  }
  void ask() {
    pair.now = kMorning;
    ASSERT_TRUE(pair.open("north"));
    ASSERT_TRUE(pair.open("south"));
    Listed list = pair.make("north", 0, 5);
    const record::Ref post = pair.post("north", list, {pair.plan("north")}).value();
    query = pair.ask("north", list, {post}).value();
  }
  Draw draw(std::uint32_t per_million = kAll) const {
    return pair.ledger.draw(pair.ledger.query(query).value(), per_million);
  }
};

Errc code_of(const Result<record::Ref>& result) {
  return result ? Errc{} : result.error().code;
}

TEST(Seeds, AreCommittedToBeforeAndShownAfter) {
  Scene scene;
  scene.pair.now = kMorning - 60'000;
  const record::Ref relief = scene.commit("relief", scene.seeds[0]).value();
  const record::Ref watch = scene.commit("watch", scene.seeds[1]).value();
  EXPECT_EQ(code_of(scene.commit("relief", Hash{9})), Errc::checks_state) << "a second one";
  scene.ask();
  EXPECT_EQ(code_of(scene.commit("north", Hash{9})), Errc::checks_state) << "too late";
  EXPECT_EQ(code_of(scene.reveal("relief", scene.seeds[0], relief)), Errc::checks_state);
  scene.pair.now = kEpoch.end;
  EXPECT_EQ(code_of(scene.reveal("relief", Hash{9}, relief)), Errc::checks_malformed);
  EXPECT_EQ(code_of(scene.reveal("relief", scene.seeds[1], watch)), Errc::checks_malformed);
  ASSERT_TRUE(scene.reveal("relief", scene.seeds[0], relief));
  EXPECT_EQ(code_of(scene.reveal("relief", scene.seeds[0], relief)), Errc::checks_state);
  EXPECT_EQ(scene.draw(), Draw::open) << "one seed is missing";
  ASSERT_TRUE(scene.reveal("watch", scene.seeds[1], watch));
  EXPECT_EQ(scene.draw(), Draw::yes);
  EXPECT_EQ(scene.draw(0), Draw::no);
  EXPECT_EQ(scene.pair.ledger.seeds().seeds().size(), 2U);
}

TEST(Seeds, DrawTheSameForEveryone) {
  Scene scene;
  scene.pair.now = kMorning - 60'000;
  const record::Ref relief = scene.commit("relief", scene.seeds[0]).value();
  const record::Ref watch = scene.commit("watch", scene.seeds[1]).value();
  scene.ask();
  scene.pair.now = kEpoch.end;
  ASSERT_TRUE(scene.reveal("watch", scene.seeds[1], watch));
  ASSERT_TRUE(scene.reveal("relief", scene.seeds[0], relief));
  const Hash leaf = scene.query.leaf;
  for (const std::uint32_t share : {1U, 50'000U, 200'000U, 500'000U, 900'000U}) {
    const bool drawn = record::is_drawn(scene.seeds, leaf, share);
    EXPECT_EQ(scene.draw(share), drawn ? Draw::yes : Draw::no);
  }
}

TEST(Seeds, OfThePairItselfOrOfAnotherTimeDoNotCount) {
  Scene scene;
  scene.pair.now = kMorning - 60'000;
  const record::Ref own = scene.commit("north", scene.seeds[0]).value();
  const TimeSpan day{kMorning, kMorning + 86'400'000};
  ASSERT_TRUE(scene.commit("relief", scene.seeds[1], day));
  scene.ask();
  scene.pair.now = kEpoch.end;
  ASSERT_TRUE(scene.reveal("north", scene.seeds[0], own));
  EXPECT_EQ(scene.draw(), Draw::open);
  // One neutral party's seed is enough for a draw, though it alone then knows it beforehand.
}

TEST(Seeds, AreDueForTheNextEpochAndWhenOneHasEnded) {
  Scene scene;
  scene.pair.now = kMorning - 60'000;
  const PartyId relief{"relief"};
  const std::array<std::int64_t, 2> lengths = {21'600'000, 21'600'000};
  const auto wanted = scene.pair.ledger.seeds().to_commit(relief, lengths, scene.pair.now);
  ASSERT_EQ(wanted.size(), 1U) << "two checks of one length have one seed";
  EXPECT_EQ(wanted[0], kEpoch);
  ASSERT_TRUE(scene.commit("relief", scene.seeds[0], wanted[0]));
  const SeedBook& book = scene.pair.ledger.seeds();
  EXPECT_TRUE(book.to_commit(relief, lengths, scene.pair.now).empty());
  EXPECT_TRUE(book.to_show(relief, kEpoch.end - 1).empty());
  ASSERT_EQ(book.to_show(relief, kEpoch.end).size(), 1U);
  scene.pair.now = kEpoch.end;
  ASSERT_TRUE(scene.reveal("relief", scene.seeds[0], book.to_show(relief, kEpoch.end)[0].ref));
  EXPECT_TRUE(book.to_show(relief, kEpoch.end).empty());
}

TEST(Seeds, ThatWereForcedAreFaultsWithoutEffect) {
  Scene scene;
  scene.ask();
  scene.pair.say("relief", "psi.seed",
                 record::write_psi_seed({kEpoch, record::psi_seed_commitment(Hash{1})}));
  EXPECT_EQ(scene.pair.ledger.faults().size(), 1U);
  EXPECT_TRUE(scene.pair.ledger.seeds().seeds().empty());
  scene.pair.say("relief", "psi.reveal", R"({"seed":"x"})");
  EXPECT_EQ(scene.pair.ledger.faults().size(), 2U);
}

}  // namespace
}  // namespace detente::checks
