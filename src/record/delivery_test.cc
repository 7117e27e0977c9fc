// SPDX-License-Identifier: Apache-2.0
// Method: each scenario is a small table. The first lines say what cosignatures and acts there
// are, the last ones what the page must say, in one line for each party:
//   "south  seen 06:01  held 06:02  read -  decided late"
// Signs: a time for done, "..." pending, "late" overdue, "-" missing, "." not asked.
#include "record/delivery.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace detente::record {
namespace {

constexpr std::int64_t kMinute = 60'000;

UtcMs clock(std::string_view hh_mm) {
  const Result<UtcMs> time = parse_rfc3339(fmt::format("2016-07-15T{}:00Z", hh_mm));
  return time.value();
}
std::string text(UtcMs time) {
  return format_rfc3339(time).substr(11, 5);
}

std::string word(const DeliveryStep& step) {
  switch (step.state) {
    case StepState::done:
      return text(*step.time);
    case StepState::pending:
      return "...";
    case StepState::overdue:
      return "late";
    case StepState::missing:
      return "-";
    case StepState::not_asked:
      return ".";
  }
  return "?";
}

// North's log; South is the counterpart, three monitors are neutral. An activity is proposed at
// 06:00 as entry 7, and South is asked to answer.
struct Scene {
  Scene() {
    facts.owner = "north";
    facts.index = LeafIndex{7};
    facts.time = clock("06:00");
    facts.type = "activity.propose";
    facts.asked = {"south"};
  }
  Scene& cosigned(const std::string& party, ReceiptLevel level, std::uint64_t size,
                  std::string_view at) {
    book.add(party, level, {TreeSize{size}, clock(at), fmt::format("note of {}", size)});
    return *this;
  }
  Scene& seen(const std::string& party, std::string_view at) {
    return cosigned(party, ReceiptLevel::seen, 8, at);
  }
  Scene& held(const std::string& party, std::string_view at) {
    return cosigned(party, ReceiptLevel::held, 8, at);
  }
  Scene& read(const std::string& party, std::string_view at, std::uint64_t index = 4) {
    facts.acts.push_back({party, party + "/duty-1", "read", clock(at), LeafIndex{index}});
    return *this;
  }
  Scene& answered(const std::string& party, const std::string& what, std::string_view at,
                  std::uint64_t index = 5) {
    facts.decisions.push_back({party, party + "/duty-2", what, clock(at), LeafIndex{index}});
    return *this;
  }
  std::vector<PartyDelivery> at(std::string_view now) const {
    return delivery(facts, book, parties, policy, clock(now));
  }
  std::string line(const std::string& party, std::string_view now) const {
    for (const PartyDelivery& d : at(now)) {
      if (d.party != party) continue;
      const std::string deemed = d.deemed ? "  deemed " + text(d.deemed->since) : "";
      return fmt::format("{}  seen {}  held {}  read {}  decided {}{}", d.party, word(d.seen),
                         word(d.held), word(d.read), word(d.decided), deemed);
    }
    return "not listed";
  }
  StatementFacts facts;
  ReceiptBook book;
  std::vector<DeliveryParty> parties = {{"north", false, "north/witness", "north/mirror"},
                                        {"south", false, "south/witness", "south/mirror"},
                                        {"un1", true, "un1/witness", "un1/mirror"},
                                        {"un2", true, "un2/witness", "un2/mirror"},
                                        {"un3", true, "un3/witness", "un3/mirror"}};
  DeliveryPolicy policy = {
      .overdue_ms = 10 * kMinute, .deemed_ms = 60 * kMinute, .deemed_quorum = 2};
};

TEST(Delivery, WithoutAnyProofEveryStepWaitsAndThenIsLate) {
  const Scene scene;
  EXPECT_EQ(scene.line("south", "06:05"), "south  seen ...  held ...  read ...  decided ...");
  EXPECT_EQ(scene.line("south", "06:10"), "south  seen ...  held ...  read ...  decided ...");
  EXPECT_EQ(scene.line("south", "06:11"), "south  seen late  held late  read late  decided late");
  EXPECT_EQ(scene.line("un1", "06:11"), "un1  seen late  held late  read .  decided .");
}

TEST(Delivery, TheWriterIsNoReceiver) {
  Scene scene;
  scene.seen("north", "06:01").held("north", "06:01");
  EXPECT_EQ(scene.line("north", "06:05"), "not listed");
}

TEST(Delivery, ACosignatureOfAnOlderHeadIsNoReceipt) {
  Scene scene;
  scene.cosigned("south", ReceiptLevel::held, 7, "06:01");
  EXPECT_EQ(scene.line("south", "06:05"), "south  seen ...  held ...  read ...  decided ...");
}

TEST(Delivery, SeenIsNotHeld) {
  Scene scene;
  scene.seen("south", "06:01");
  EXPECT_EQ(scene.line("south", "06:30"), "south  seen 06:01  held late  read late  decided late");
}

TEST(Delivery, TheWholePathIsShownWithItsProofs) {
  Scene scene;
  scene.seen("south", "06:01").held("south", "06:02").read("south", "06:20", 4);
  scene.answered("south", "concurred", "06:30", 5);
  EXPECT_EQ(scene.line("south", "09:00"),
            "south  seen 06:01  held 06:02  read 06:20  decided 06:30");
  const PartyDelivery south = scene.at("09:00").front();
  EXPECT_EQ(south.seen.by, "south/witness");
  EXPECT_EQ(south.seen.size, TreeSize{8});
  EXPECT_EQ(south.held.by, "south/mirror");
  EXPECT_EQ(south.held.size, TreeSize{8});
  EXPECT_EQ(south.read.by, "south/duty-1");
  EXPECT_EQ(south.read.index, LeafIndex{4});
  EXPECT_EQ(south.decided.by, "south/duty-2");
  EXPECT_EQ(south.decided.what, "concurred");
  EXPECT_EQ(south.decided.index, LeafIndex{5});
  EXPECT_FALSE(south.held.index.has_value());
}

TEST(Delivery, PeoplesClocksStartWhenTheirNodeHoldsIt) {
  Scene scene;
  scene.seen("south", "08:00").held("south", "08:00");
  EXPECT_EQ(scene.line("south", "08:05"), "south  seen 08:00  held 08:00  read ...  decided ...");
  EXPECT_EQ(scene.line("south", "08:11"), "south  seen 08:00  held 08:00  read late  decided late");
}

TEST(Delivery, AnAnswerThatCanNoLongerComeInTimeIsMissing) {
  Scene scene;
  scene.facts.answer_by = clock("07:00");
  scene.seen("south", "06:01").held("south", "06:01");
  EXPECT_EQ(scene.line("south", "07:00"), "south  seen 06:01  held 06:01  read late  decided late");
  EXPECT_EQ(scene.line("south", "07:01"), "south  seen 06:01  held 06:01  read -  decided -");
}

TEST(Delivery, TheLastAnswerCounts) {
  Scene scene;
  scene.held("south", "06:01");
  scene.answered("south", "objected", "06:40", 9).answered("south", "concurred", "06:30", 5);
  EXPECT_EQ(scene.at("09:00").front().decided.what, "objected");
}

TEST(Delivery, AnAnswerThatNobodyAskedForIsShownAllTheSame) {
  Scene scene;
  scene.facts.type = "link.cut";
  scene.facts.asked.clear();
  scene.held("south", "06:01").read("un1", "06:09");
  EXPECT_EQ(scene.line("south", "09:00"), "south  seen late  held 06:01  read .  decided .");
  EXPECT_EQ(scene.line("un1", "09:00"), "un1  seen late  held late  read 06:09  decided .");
}

TEST(Delivery, SilenceNeverBecomesAnAnswer) {
  Scene scene;
  scene.held("un1", "06:01").held("un2", "06:01").held("un3", "06:01");
  scene.facts.time = UtcMs{0};
  for (const PartyDelivery& d : scene.at("23:59")) {
    EXPECT_NE(d.read.state, StepState::done) << d.party;
    EXPECT_NE(d.decided.state, StepState::done) << d.party;
  }
}

// ---- deemed delivery ----

TEST(DeemedDelivery, NeedsTheQuorumOfNeutralMirrors) {
  Scene scene;
  scene.held("un1", "06:01");
  EXPECT_EQ(scene.line("south", "12:00"), "south  seen late  held late  read late  decided late");
  scene.held("un3", "06:20");
  EXPECT_EQ(scene.line("south", "12:00"),
            "south  seen late  held late  read late  decided late  deemed 07:20");
  EXPECT_EQ(scene.at("12:00").front().deemed->holders, (std::vector<std::string>{"un1", "un3"}));
}

TEST(DeemedDelivery, NeedsTheirTime) {
  Scene scene;
  scene.held("un1", "06:01").held("un2", "06:02");
  EXPECT_EQ(scene.line("south", "07:02"), "south  seen late  held late  read late  decided late");
  EXPECT_EQ(scene.line("south", "07:03"),
            "south  seen late  held late  read late  decided late  deemed 07:02");
}

TEST(DeemedDelivery, WitnessesWhoOnlySawItCountForNothing) {
  Scene scene;
  scene.seen("un1", "06:01").seen("un2", "06:01").seen("un3", "06:01").held("un1", "06:01");
  EXPECT_EQ(scene.line("south", "12:00"), "south  seen late  held late  read late  decided late");
}

TEST(DeemedDelivery, IsNotNeededWhereTheCounterpartHoldsIt) {
  Scene scene;
  scene.held("un1", "06:01").held("un2", "06:02").held("south", "07:01");
  EXPECT_EQ(scene.line("south", "12:00"), "south  seen late  held 07:01  read late  decided late");
}

TEST(DeemedDelivery, StandsWhenTheCounterpartTakesItLater) {
  Scene scene;
  scene.held("un1", "06:01").held("un2", "06:02").held("south", "11:00");
  EXPECT_EQ(scene.line("south", "12:00"),
            "south  seen late  held 11:00  read late  decided late  deemed 07:02");
}

TEST(DeemedDelivery, CannotBeGainedByAWritersEarlyClock) {
  Scene scene;
  scene.facts.time = clock("00:00");  // the writer says midnight; nobody else knew of it
  scene.policy.overdue_ms = 120 * kMinute;
  scene.held("un1", "06:01").held("un2", "06:02");
  EXPECT_EQ(scene.line("south", "08:01"), "south  seen late  held late  read late  decided late");
  EXPECT_EQ(scene.line("south", "08:02"),
            "south  seen late  held late  read late  decided late  deemed 08:01");
}

TEST(DeemedDelivery, NeverHappensWithoutAQuorumInTheAgreement) {
  Scene scene;
  scene.policy.deemed_quorum = 0;
  scene.held("un1", "06:01").held("un2", "06:01").held("un3", "06:01");
  EXPECT_FALSE(scene.at("23:00").front().deemed.has_value());
}

TEST(DeemedDelivery, IsNeverSaidOfANeutralNode) {
  Scene scene;
  scene.held("un1", "06:01").held("un2", "06:02");
  EXPECT_EQ(scene.line("un3", "12:00"), "un3  seen late  held late  read .  decided .");
}

TEST(DeemedDelivery, AMonitorsOwnLogNeedsTheOtherMirrors) {
  Scene scene;
  scene.facts.owner = "un1";
  scene.facts.type = "incident.report";
  scene.facts.asked.clear();
  scene.held("un1", "06:01").held("un2", "06:02");  // its own holding is not a neutral one
  EXPECT_EQ(scene.line("south", "12:00"), "south  seen late  held late  read late  decided .");
  scene.held("un3", "06:03");
  EXPECT_EQ(scene.line("south", "12:00"),
            "south  seen late  held late  read late  decided .  deemed 07:03");
}

RC_GTEST_PROP(Delivery, OnlyProofsMakeAStepDone,
              (std::vector<std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>> cosigned,
               std::uint32_t now)) {
  Scene scene;
  const char* const names[] = {"south", "un1", "un2", "un3"};
  for (const auto& [who, size, minute] : cosigned) {
    const ReceiptLevel level = (who & 4U) != 0 ? ReceiptLevel::held : ReceiptLevel::seen;
    scene.book.add(names[who % 4U], level,
                   {TreeSize{size % 16U}, scene.facts.time + minute * kMinute, ""});
  }
  const UtcMs at = scene.facts.time + static_cast<std::int64_t>(now % 100'000'000U);
  for (const PartyDelivery& d :
       delivery(scene.facts, scene.book, scene.parties, scene.policy, at)) {
    const auto any = [&](ReceiptLevel level) {
      return scene.book.receipt(d.party, level, scene.facts.index) != nullptr;
    };
    RC_ASSERT((d.seen.state == StepState::done) == any(ReceiptLevel::seen));
    RC_ASSERT((d.held.state == StepState::done) == any(ReceiptLevel::held));
    RC_ASSERT(d.read.state != StepState::done && d.decided.state != StepState::done);
    if (d.deemed) RC_ASSERT(!d.neutral && d.deemed->since < at && d.deemed->holders.size() == 2);
  }
}

}  // namespace
}  // namespace detente::record
