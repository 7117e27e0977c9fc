// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once; the record's way and the flashes' way are cut
// one without the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "node/testing_parties.h"

namespace detente::node::testing {
namespace {

using hotline::Alarm;
using Which = hotline::HotlineLedger::Which;

const std::string kStop = R"({"activity":"","reason":"close pass"})";

struct HotlineScene : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");
  TestParty& monitor = all.party("monitor");

  HotlineScene() { all.open_all(); }

  std::string warning(std::int64_t ms = 3'600'000) const {
    return R"({"kind":"persons_near","until":")" + format_rfc3339(all.now + ms) + "\"}";
  }
  StatementId say(TestParty& party, const std::string& type, const std::string& body,
                  std::size_t officer = 0) {
    const Result<record::Ref> ref = all.submit(party, type, {}, body, {party.officers[officer]});
    EXPECT_TRUE(ref) << ref.error().text();
    return ref ? party.node->own().entry(ref->index)->statement.id : StatementId{};
  }
  Errc refused(TestParty& party, const std::string& type, const std::string& body) {
    const Result<record::Ref> ref = all.submit(party, type, {}, body, {party.officers[0]});
    return ref ? Errc{} : ref.error().code;
  }
  std::vector<Alarm> open(TestParty& at) { return at.node->alarms(all.now, Which::open); }
  std::string envelope(TestParty& party, LeafIndex index) {
    return party.node->own().entry(index)->envelope.encode();
  }
  std::string newest(TestParty& party) {
    return envelope(party, LeafIndex{party.node->own().size().value - 1});
  }
  // Signed by an officer of `party`, with what the test says, and not logged anywhere.
  std::string forged(TestParty& party, const record::OfficerSigner& officer,
                     const std::string& agreement, std::int64_t life_ms, const std::string& id) {
    const record::StatementDraft draft{StatementId{id},
                                       agreement,
                                       party.node->own().origin(),
                                       "stop.send",
                                       all.now + life_ms,
                                       {},
                                       kStop};
    return record::sign_statement(draft, {officer}).encode();
  }
  void flash(TestParty& to, TestParty& from, const std::string& text) {
    all.step(to, Flashed{from.id, text});
  }
  const FlashCounts& counts(TestParty& at) { return at.node->flash_counts(); }
};

TEST_F(HotlineScene, AStopSoundsByFlashWhileTheRecordDoesNotCome) {
  all.connected = false;
  const StatementId stop = say(north, "stop.send", kStop);
  for (TestParty* at : {&south, &monitor}) {
    ASSERT_EQ(open(*at).size(), 1U) << at->id.value;
    EXPECT_EQ(open(*at)[0].id, stop);
    EXPECT_FALSE(open(*at)[0].index);
    EXPECT_EQ(open(*at)[0].party, north.id);
    EXPECT_EQ(open(*at)[0].text, "close pass");
    EXPECT_EQ(counts(*at).shown, 1U);
  }
  EXPECT_TRUE(south.node->ledger().stops().empty());
  // When the entry comes it is the same alarm.
  all.connected = true;
  all.pass(120'000);
  ASSERT_EQ(open(south).size(), 1U);
  EXPECT_TRUE(open(south)[0].index);
  EXPECT_TRUE(south.node->flashes().all().empty());
  EXPECT_EQ(counts(south).shown, 1U);
}

TEST_F(HotlineScene, WhatCameByFlashIsAcknowledgedBeforeTheRecordHasIt) {
  all.connected = false;
  const StatementId stop = say(north, "stop.send", kStop);
  const StatementId warn = say(north, "warning.send", warning());
  say(south, "stop.ack", R"({"stop":")" + stop.value + "\"}");
  EXPECT_EQ(refused(south, "stop.ack", R"({"stop":")" + stop.value + "\"}"), Errc::hotline_state);
  EXPECT_EQ(refused(south, "warning.ack", R"({"warning":")" + stop.value + "\"}"),
            Errc::hotline_unknown);
  say(south, "warning.ack", R"({"warning":")" + warn.value + "\"}");
  EXPECT_TRUE(open(south).empty());
  all.connected = true;
  all.pass(120'000);
  EXPECT_TRUE(open(south).empty());
  EXPECT_TRUE(open(north).empty());
  const std::vector<Alarm> alarms = north.node->alarms(all.now, Which::all);
  ASSERT_EQ(alarms.size(), 2U);
  EXPECT_EQ(alarms[0].acks.at(0).party, south.id);
}

TEST_F(HotlineScene, AFlashIsRepeatedUntilThePeerHoldsTheEntryAndNoLonger) {
  all.away = {south.id, monitor.id};
  say(north, "stop.send", kStop);
  const std::size_t first = all.flashes_sent;
  EXPECT_EQ(first, 2U);
  for (int second = 0; second < 60; ++second) {
    all.now = all.now + 1'000;
    all.step(north, Tick{});
  }
  // 2, 4, 8, 16 and 30 s apart, to two peers.
  EXPECT_GE(all.flashes_sent, first + 8);
  EXPECT_LE(all.flashes_sent, first + 12);
  EXPECT_TRUE(open(south).empty());
  all.away.clear();
  all.pass(180'000);
  EXPECT_EQ(open(south).size(), 1U);
  const std::size_t done = all.flashes_sent;
  all.pass(600'000);
  EXPECT_EQ(all.flashes_sent, done);
}

TEST_F(HotlineScene, AClockThatWentBackHoldsNoFlash) {
  all.away = {south.id, monitor.id};
  say(north, "stop.send", kStop);
  const std::size_t first = all.flashes_sent;
  all.now = all.now - 3'600'000;
  all.step(north, Tick{});
  EXPECT_GT(all.flashes_sent, first);
}

TEST_F(HotlineScene, AFlashGoesOnAfterAStartOfTheSender) {
  all.away = {south.id, monitor.id};
  say(north, "stop.send", kStop);
  ASSERT_TRUE(all.start(north));
  all.away.clear();
  all.connected = false;
  all.step(north, Tick{});
  EXPECT_EQ(open(south).size(), 1U);
}

TEST_F(HotlineScene, AMonitorPassesAFlashOnWhereThePartiesDoNotReachEachOther) {
  all.connected = false;
  all.flash_connected = false;
  say(north, "stop.send", kStop);
  all.flash_connected = true;
  flash(monitor, north, newest(north));
  EXPECT_EQ(open(monitor).size(), 1U);
  ASSERT_EQ(open(south).size(), 1U);
  EXPECT_EQ(open(south)[0].party, north.id);
}

TEST_F(HotlineScene, ReplaysRaiseNothingAndAreCounted) {
  say(north, "stop.send", kStop);
  const std::string text = newest(north);
  all.pass(120'000);
  const std::uint64_t before = counts(south).repeated;
  const std::size_t alarms = open(south).size();
  flash(south, north, text);    // in the record
  flash(south, monitor, text);  // from whoever
  EXPECT_EQ(counts(south).repeated, before + 2);
  EXPECT_EQ(open(south).size(), alarms);
  EXPECT_EQ(counts(south).refused, 0U);
}

TEST_F(HotlineScene, ForgedExpiredAndForeignFlashesAreRefusedAndCounted) {
  all.connected = false;
  const std::string agreement = all.agreement()->sha256_hex();
  const record::OfficerSigner stranger{"north/duty-9", north.officers[0].secret};
  const record::OfficerSigner wrong{north.officers[0].keyid, south.officers[0].secret};
  const std::string id = "0123456789abcdef0123456789abcdef";
  flash(south, north, forged(north, stranger, agreement, 60'000, id));
  flash(south, north, forged(north, wrong, agreement, 60'000, id));
  flash(south, north, forged(north, *north.keys.watch, agreement, 60'000, id));
  flash(south, north, forged(north, north.officers[0], std::string(64, 'a'), 60'000, id));
  flash(south, north, forged(north, north.officers[0], agreement, -120'000, id));
  flash(south, north, forged(south, south.officers[0], agreement, 60'000, id));  // its own log
  flash(south, north, "nonsense");
  EXPECT_EQ(counts(south).refused, 7U);
  EXPECT_TRUE(open(south).empty());
  flash(south, north, forged(north, north.officers[0], agreement, 60'000, id));
  EXPECT_EQ(open(south).size(), 1U);
}

TEST_F(HotlineScene, ARevokedOfficersFlashIsRefused) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  JsonWriter body;
  body.begin_object().member("keyid", north.officers[0].keyid);
  body.member("last_index", north.node->own().size().value - 1).member("reason", "lost");
  body.end_object();
  ASSERT_TRUE(all.submit(north, "key.revoke", {}, body.take(), {north.root}));
  all.pass(120'000);
  flash(south, north, forged(north, north.officers[0], all.agreement()->sha256_hex(), 60'000, id));
  EXPECT_EQ(counts(south).refused, 1U);
  EXPECT_TRUE(open(south).empty());
}

TEST_F(HotlineScene, ARevocationThatComesLaterEndsTheAlarmOfAFlashThatIsNoEntry) {
  all.connected = false;
  const std::string agreement = all.agreement()->sha256_hex();
  flash(south, north,
        forged(north, north.officers[0], agreement, 600'000, "0123456789abcdef0123456789abcdef"));
  flash(south, north,
        forged(north, north.officers[1], agreement, 600'000, "1123456789abcdef0123456789abcdef"));
  EXPECT_EQ(open(south).size(), 2U);
  JsonWriter body;
  body.begin_object().member("keyid", north.officers[0].keyid);
  body.member("last_index", north.node->own().size().value - 1).member("reason", "lost");
  body.end_object();
  ASSERT_TRUE(all.submit(north, "key.revoke", {}, body.take(), {north.root}));
  all.connected = true;
  all.pass(120'000);
  ASSERT_EQ(open(south).size(), 1U);
  EXPECT_EQ(open(south)[0].id.value, "1123456789abcdef0123456789abcdef");
}

TEST_F(HotlineScene, ANodeThatWritesNoMoreStillSoundsAFlash) {
  all.step(south, StoreFailed{{Errc::store_full, "", "log"}});
  const StatementId stop = say(north, "stop.send", kStop);
  ASSERT_EQ(open(south).size(), 1U);
  EXPECT_EQ(open(south)[0].id, stop);
}

TEST_F(HotlineScene, AFencedNodeSendsStopPastTheRecordAndLogsItWhenTheFenceOpens) {
  all.connected = false;
  ASSERT_TRUE(all.start(north));
  ASSERT_TRUE(north.node->fenced());
  const Result<record::Ref> stop = all.submit(north, "stop.send", {}, kStop, {north.officers[0]});
  ASSERT_FALSE(stop);
  EXPECT_EQ(stop.error().code, Errc::node_fenced);
  EXPECT_NE(stop.error().detail.find("sent to every party at once"), std::string::npos);
  for (TestParty* at : {&south, &monitor}) {
    ASSERT_EQ(open(*at).size(), 1U) << at->id.value;
    EXPECT_FALSE(open(*at)[0].index);
  }
  const Result<record::Ref> other =
      all.submit(north, "note.text", {}, R"({"text":"x"})", {north.officers[0]});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().detail.find("sent to every party"), std::string::npos);

  all.connected = true;
  all.pass(240'000);
  EXPECT_FALSE(north.node->fenced());
  ASSERT_EQ(north.node->ledger().stops().size(), 1U) << "it is logged when the fence opens";
  ASSERT_EQ(open(south).size(), 1U) << "and is the same alarm";
  EXPECT_TRUE(open(south)[0].index);
  const std::size_t sent = all.flashes_sent;
  all.pass(600'000);
  EXPECT_EQ(all.flashes_sent, sent) << "who holds the entry is not told again";
}

TEST_F(HotlineScene, AFencedNodeSendsNoStopOfSomebodyWhoIsNoOfficer) {
  all.connected = false;
  ASSERT_TRUE(all.start(north));
  ASSERT_FALSE(all.submit(north, "stop.send", {}, kStop, {south.officers[0]}));
  EXPECT_TRUE(open(south).empty());
  EXPECT_TRUE(open(monitor).empty());
}

TEST_F(HotlineScene, AFlashThatNeverBecomesAnEntryEndsWhenItExpires) {
  all.connected = false;
  flash(south, north,
        forged(north, north.officers[0], all.agreement()->sha256_hex(), 300'000,
               "0123456789abcdef0123456789abcdef"));
  EXPECT_EQ(open(south).size(), 1U);
  all.pass(360'000);
  EXPECT_TRUE(open(south).empty());
  EXPECT_TRUE(south.node->flashes().all().empty());
}

TEST_F(HotlineScene, AFloodOfStopsIsBoundedAndTheNewestSounds) {
  all.connected = false;
  SubmitGroup group;
  StatementId last;
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    const record::Envelope envelope =
        north.node->draft("stop.send", {}, kStop, {north.officers[n % 2]}, all.now);
    last = record::parse_statement(envelope)->id;
    group.submits.push_back({n, envelope});
  }
  all.step(north, std::move(group));
  EXPECT_EQ(south.node->flashes().all().size(), limits::kFlashPerParty);
  EXPECT_EQ(counts(north).dropped, 10'000 - limits::kFlashPerParty);
  const std::vector<Alarm> alarms = open(south);
  EXPECT_TRUE(std::any_of(alarms.begin(), alarms.end(),
                          [&](const Alarm& alarm) { return alarm.id == last; }));
  // Everything comes in the end, each once.
  all.connected = true;
  all.pass(300'000);
  EXPECT_EQ(open(south).size(), 10'000U);
  EXPECT_TRUE(south.node->flashes().all().empty());
}

TEST_F(HotlineScene, AStopGetsThroughAFloodOfWarnings) {
  all.connected = false;
  for (int n = 0; n < 200; ++n) say(north, "warning.send", warning());
  const StatementId stop = say(north, "stop.send", kStop);
  const std::vector<Alarm> alarms = open(south);
  ASSERT_EQ(alarms.size(), limits::kFlashPerOfficer + 1);
  EXPECT_EQ(alarms[0].id, stop);
  EXPECT_GT(counts(south).dropped, 0U);
}

TEST_F(HotlineScene, AWarningThatCannotGoByFlashIsRefusedAndALongStopIsNot) {
  const std::string text = std::string(1'000, 'x');
  std::string vertices;
  for (int i = 0; i < 100; ++i) {
    const double angle = 0.0628 * i;
    vertices += (i > 0 ? ",[" : "[") + std::to_string(359'000'000 + int(1e6 * std::cos(angle))) +
                "," + std::to_string(366'000'000 + int(1e6 * std::sin(angle))) + "]";
  }
  const std::string shape = R"({"kind":"persons_near","text":")" + text +
                            R"(","language":"en","volume":{"area":)" + R"({"polygon":[)" +
                            vertices + R"(]},"altitude":{"lower_mm":0,"upper_mm":1,)" +
                            R"("reference":"MSL"},"time":{"start":")" + format_rfc3339(all.now) +
                            R"(","end":")" + format_rfc3339(all.now + 1'000) + R"("}},"until":")" +
                            format_rfc3339(all.now + 60'000) + "\"}";
  EXPECT_EQ(refused(north, "warning.send", shape), Errc::hotline_malformed);
  all.flash_connected = false;
  say(north, "stop.send", R"({"activity":"","reason":")" + std::string(3'900, 'x') + "\"}");
  all.pass(60'000);
  EXPECT_EQ(open(south).size(), 1U);
}

TEST_F(HotlineScene, EveryStatementWorksWithoutAnAgreementInForce) {
  // Past its end nothing may begin; the hotline goes on.
  all.now = all.agreement()->valid().end + 3'600'000;
  all.pass(60'000);
  const StatementId stop = say(north, "stop.send", kStop);
  const StatementId warn = say(north, "warning.send", warning());
  all.pass(60'000);
  say(south, "stop.ack", R"({"stop":")" + stop.value + "\"}");
  say(south, "warning.ack", R"({"warning":")" + warn.value + "\"}");
  say(north, "watch.on", R"({"until":")" + format_rfc3339(all.now + 60'000) + "\"}");
  say(north, "message.send",
      R"({"form":"answer","fields":{"answer":"wait"},"language":"ru","to":["south"]})");
  const StatementId call = say(north, "call.test", R"({"to":"south"})");
  all.pass(60'000);
  say(south, "call.answer", R"({"call":")" + call.value + "\"}");
  EXPECT_EQ(south.node->hotline().messages().size(), 1U);
}

TEST_F(HotlineScene, TheSirensAnswerIsLoggedOncePerStep) {
  const StatementId stop = say(north, "stop.send", kStop);
  all.pass(60'000);
  const TreeSize before = south.node->own().size();
  for (int i = 0; i < 3; ++i) {
    all.step(south, SirensAnswered{stop, 1, hotline::SirenResult::told});
  }
  all.step(south, SirensAnswered{stop, 2, hotline::SirenResult::failed});
  EXPECT_EQ(south.node->own().size().value, before.value + 2);
  all.pass(60'000);
  const std::vector<hotline::Raised> raised = north.node->hotline().raised(stop);
  ASSERT_EQ(raised.size(), 2U);
  EXPECT_EQ(raised[0].party, south.id);
  EXPECT_EQ(raised[1].siren, hotline::SirenResult::failed);
}

}  // namespace
}  // namespace detente::node::testing
