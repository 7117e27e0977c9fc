// SPDX-License-Identifier: Apache-2.0
// Method: three logs in memory, told entry by entry; the clock is the test's.
#include "hotline/ledger.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "hotline/testing_line.h"

namespace detente::hotline {
namespace {

using namespace testing;

const std::string kStop = R"({"activity":"","reason":"close pass"})";

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}
std::string about(const char* name, const StatementId& id, const std::string& reason = "") {
  return std::string("{\"") + name + "\":\"" + id.value + "\"" +
         (reason.empty() ? "" : ",\"reason\":\"" + reason + "\"") + "}";
}

TEST(Alarm, GoesAStepFurtherWithTimeTheSameOnBothSidesUntilItIsAcknowledged) {
  Line line;
  const StatementId stop = line.say("north", "stop.send", kStop);
  const auto at = [&](std::int64_t ms, int level, std::optional<std::int64_t> next) {
    line.now = kMorning + ms;
    for (const char* viewer : {"north", "south"}) {
      const std::vector<Alarm> alarms = line.alarms(viewer);
      ASSERT_EQ(alarms.size(), 1U);
      EXPECT_EQ(alarms[0].escalation.level, level) << ms;
      EXPECT_EQ(alarms[0].escalation.next_ms, next) << ms;
      EXPECT_FALSE(alarms[0].acked);
    }
  };
  at(0, 1, 20'000);
  at(19'999, 1, 1);
  at(20'000, 2, 40'000);
  at(60'000, 3, std::nullopt);
  line.now = kMorning + 25'000;
  line.say("south", "stop.ack", about("stop", stop));
  line.now = kMorning + 90'000;
  for (const char* viewer : {"north", "south"}) {
    const Alarm alarm = line.alarms(viewer).at(0);
    EXPECT_TRUE(alarm.acked);
    EXPECT_EQ(alarm.escalation.level, 2);
    EXPECT_FALSE(alarm.escalation.next_ms);
    EXPECT_EQ(alarm.acks.at(0).officer, "south/duty-1");
  }
  // A monitor need not acknowledge; it sees whether the parties have.
  EXPECT_TRUE(line.alarms("monitor").at(0).acked);
  EXPECT_TRUE(line.alarms("south", HotlineLedger::Which::open).empty());
}

TEST(Alarm, OfALiftedStopAndOfAWarningThatIsOverOrPastAsksForNothing) {
  Line line;
  const StatementId stop = line.say("north", "stop.send", kStop);
  const StatementId one = line.say("north", "warning.send", warning_of(kMorning + 3'600'000));
  line.say("north", "warning.send", warning_of(kMorning + 60'000));
  EXPECT_EQ(line.alarms("south", HotlineLedger::Which::open).size(), 3U);
  line.now = kMorning + 60'000;
  EXPECT_EQ(line.alarms("south", HotlineLedger::Which::open).size(), 2U);
  line.say("south", "stop.lift", about("stop", stop, "not ours"));
  line.say("south", "warning.over", about("warning", one, "not ours"));
  EXPECT_EQ(line.alarms("south", HotlineLedger::Which::open).size(), 2U);
  line.say("north", "stop.lift", about("stop", stop, "clear"));
  line.say("north", "warning.over", about("warning", one, "clear"));
  EXPECT_TRUE(line.alarms("south", HotlineLedger::Which::open).empty());
  EXPECT_EQ(line.ledger.warnings().at(0).over_why, "clear");
}

TEST(Alarm, PutsTheUnacknowledgedFirstAndStopBeforeWarnings) {
  Line line;
  const StatementId first = line.say("north", "warning.send", warning_of(kMorning + 3'600'000));
  line.now = line.now + 1;
  const StatementId second = line.say("north", "stop.send", kStop);
  const StatementId third = line.say("north", "warning.send", warning_of(kMorning + 3'600'000));
  line.say("south", "warning.ack", about("warning", first));
  const std::vector<Alarm> alarms = line.alarms("south");
  ASSERT_EQ(alarms.size(), 3U);
  EXPECT_EQ(alarms[0].id, second);
  EXPECT_EQ(alarms[1].id, third);
  EXPECT_EQ(alarms[2].id, first);
}

TEST(Alarm, OfAFlashStandsUntilTheEntryComesAndIsTheSameOne) {
  Line line;
  std::deque<Flash> flashes(1);
  Flash& flash = flashes.front();
  flash.id = StatementId{fmt::format("{:032x}", 1)};
  flash.log = Origin{origin_of("north")};
  flash.body = StopBody{{}, "close pass"};
  flash.received = kMorning;
  const auto all = [&](const std::deque<Flash>& list) {
    return line.ledger.alarms(PartyId{"south"}, line.agreement->hotline_terms(), list, line.now);
  };
  ASSERT_EQ(all(flashes).size(), 1U);
  EXPECT_FALSE(all(flashes)[0].index);
  EXPECT_EQ(all(flashes)[0].party, PartyId{"north"});
  // Acknowledged before it is in the record: it stays acknowledged.
  line.say("south", "stop.ack", about("stop", flash.id));
  EXPECT_TRUE(all(flashes)[0].acked);
  Line later;
  const StatementId stop = later.say("north", "stop.send", kStop);
  EXPECT_EQ(stop, flash.id);
}

TEST(Alarm, RaisedIsToldOncePerStepAndParty) {
  Line line;
  const StatementId stop = line.say("north", "stop.send", kStop);
  const auto raise = [&](const char* party, int level, SirenResult result) {
    line.say(party, "alarm.raised", write_raised({stop, level, result}));
  };
  raise("south", 1, SirenResult::failed);
  raise("south", 1, SirenResult::told);
  raise("south", 2, SirenResult::told);
  raise("monitor", 1, SirenResult::none);
  const std::vector<Raised> raised = line.ledger.raised(stop);
  ASSERT_EQ(raised.size(), 3U);
  EXPECT_EQ(raised[1].siren, SirenResult::failed);
}

TEST(Guards, OfWarnings) {
  Line line;
  EXPECT_EQ(code_of(line.try_say("north", "warning.send", warning_of(kMorning))),
            Errc::hotline_malformed);
  const StatementId id =
      line.try_say("north", "warning.send", warning_of(kMorning + 3'600'000)).value();
  EXPECT_EQ(code_of(line.try_say("north", "warning.ack", about("warning", id))), Errc::hotline_own);
  EXPECT_EQ(code_of(line.try_say("south", "warning.ack", R"({"warning":"ab"})")),
            Errc::hotline_unknown);
  EXPECT_EQ(code_of(line.try_say("south", "warning.over", about("warning", id, "x"))),
            Errc::hotline_not_sender);
  EXPECT_TRUE(line.try_say("south", "warning.ack", about("warning", id)));
  EXPECT_EQ(code_of(line.try_say("south", "warning.ack", about("warning", id))),
            Errc::hotline_state);
  EXPECT_EQ(code_of(line.try_say("north", "warning.over", about("warning", id))),
            Errc::json_member_missing);
  EXPECT_TRUE(line.try_say("north", "warning.over", about("warning", id, "clear")));
  EXPECT_EQ(code_of(line.try_say("north", "warning.over", about("warning", id, "clear"))),
            Errc::hotline_state);
}

TEST(Guards, OfMessagesAndCalls) {
  Line line;
  const auto message = [](const std::string& to, const std::string& more) {
    return R"({"form":"answer","fields":{"answer":"yes"},"language":"en","to":[")" + to + "\"]" +
           more + "}";
  };
  EXPECT_EQ(code_of(line.try_say("north", "message.send", message("north", ""))),
            Errc::hotline_own);
  EXPECT_EQ(code_of(line.try_say("north", "message.send", message("east", ""))),
            Errc::agreement_unknown_party);
  EXPECT_EQ(code_of(line.try_say("north", "message.send", message("south", R"(,"reply_to":"ab")"))),
            Errc::hotline_unknown);
  const StatementId id = line.try_say("north", "message.send", message("south", "")).value();
  EXPECT_TRUE(line.try_say("south", "message.send",
                           message("north", R"(,"reply_to":")" + id.value + "\"")));
  const auto call = [](const std::string& with, const std::string& more) {
    return R"({"with":")" + with + R"(","began":"2016-07-15T05:00:00Z",)" +
           R"("ended":"2016-07-15T05:03:00Z","line":"1","language":"en","summary":"x")" + more +
           "}";
  };
  EXPECT_EQ(code_of(line.try_say("north", "call.log", call("north", ""))), Errc::hotline_own);
  EXPECT_EQ(code_of(line.try_say("north", "call.log", call("south", R"(,"about":"ab")"))),
            Errc::hotline_unknown);
  const StatementId account = line.try_say("north", "call.log", call("south", "")).value();
  EXPECT_TRUE(
      line.try_say("south", "call.log", call("north", R"(,"about":")" + account.value + "\"")));
  const std::vector<CallView> calls = line.ledger.calls();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[1].body.about, account);
}

TEST(Messages, ShowWhoReadThem) {
  Line line;
  line.say("north", "message.send",
           R"({"form":"answer","fields":{"answer":"yes"},"language":"en","to":["south"]})");
  const record::Ref ref = line.last("north");
  EXPECT_TRUE(line.ledger.messages().at(0).reads.empty());
  line.say("south", "ack.read", "{}", {ref}, "duty-2");
  const MessageView message = line.ledger.messages().at(0);
  ASSERT_EQ(message.reads.size(), 1U);
  EXPECT_EQ(message.reads[0].officer, "south/duty-2");
}

TEST(Watch, IsSeenWhileItIsKeptAndItsEndToo) {
  Line line;
  const auto on = [&](std::int64_t ms) { return R"({"until":)" + json_time(line.now + ms) + "}"; };
  EXPECT_EQ(line.line("north").why, WatchWhy::nobody);
  EXPECT_EQ(code_of(line.try_say("north", "watch.off", "{}")), Errc::hotline_state);
  EXPECT_EQ(code_of(line.try_say("north", "watch.on", on(0))), Errc::hotline_malformed);
  EXPECT_EQ(code_of(line.try_say("north", "watch.on", on(limits::kWatchMsMax + 1))),
            Errc::hotline_malformed);
  ASSERT_TRUE(line.try_say("north", "watch.on", on(3'600'000)));
  line.now = line.now + 1'800'000;
  ASSERT_TRUE(line.try_say("north", "watch.on", on(3'600'000)));  // longer
  LineView north = line.line("north");
  EXPECT_EQ(north.why, WatchWhy::on_watch);
  EXPECT_EQ(north.since, kMorning);
  EXPECT_EQ(north.officer, "north/duty-1");
  line.now = line.now + 3'600'000;
  EXPECT_EQ(line.line("north").why, WatchWhy::over);
  EXPECT_EQ(code_of(line.try_say("north", "watch.off", "{}")), Errc::hotline_state);
  ASSERT_TRUE(line.try_say("north", "watch.on", on(3'600'000)));
  ASSERT_TRUE(line.try_say("north", "watch.off", R"({"reason":"relief is late"})"));
  EXPECT_EQ(line.line("north").why, WatchWhy::nobody);
  EXPECT_EQ(line.line("south").why, WatchWhy::nobody);
}

TEST(Watch, TheNewestRosterReplacesTheOthersAndNamesItsOwnOfficers) {
  Line line;
  const auto roster = [](const std::string& officer, const std::string& to) {
    return R"({"shifts":[{"officer":")" + officer + R"(","from":"2016-07-15T06:00:00Z","to":")" +
           to + R"("},{"officer":"north/duty-2","from":"2016-07-15T14:00:00Z",)" +
           R"("to":"2016-07-15T22:00:00Z"}]})";
  };
  const std::string good = roster("north/duty-1", "2016-07-15T14:00:00Z");
  EXPECT_EQ(code_of(line.try_say("north", "watch.roster",
                                 roster("south/duty-1", "2016-07-15T14:00:00Z"))),
            Errc::hotline_malformed);
  EXPECT_EQ(code_of(line.try_say("north", "watch.roster",
                                 roster("north/duty-1", "2016-07-15T15:00:00Z"))),
            Errc::hotline_malformed);
  EXPECT_EQ(code_of(line.try_say("north", "watch.roster",
                                 roster("north/duty-1", "2016-07-15T06:00:00Z"))),
            Errc::hotline_malformed);
  ASSERT_TRUE(line.try_say("north", "watch.roster", good));
  EXPECT_EQ(line.line("north").shifts.size(), 2U);
  ASSERT_TRUE(line.try_say("north", "watch.roster", R"({"shifts":[]})"));
  EXPECT_TRUE(line.line("north").shifts.empty());
}

TEST(TestCall, IsOverdueUntilItIsAnsweredAndDueAgain) {
  Line line;
  EXPECT_FALSE(line.line("south").test_due);
  EXPECT_EQ(code_of(line.try_say("north", "call.test", R"({"to":"north"})")), Errc::hotline_own);
  const StatementId call = line.try_say("north", "call.test", R"({"to":"south"})").value();
  line.now = kMorning + 120'000;
  EXPECT_FALSE(line.line("south").test->overdue);
  line.now = kMorning + 120'001;
  EXPECT_TRUE(line.line("south").test->overdue);
  EXPECT_EQ(line.line("south").test_due, kMorning + 28'800'000);
  EXPECT_FALSE(line.line("north").test);
  EXPECT_EQ(code_of(line.try_say("monitor", "call.answer", about("call", call))),
            Errc::hotline_own);
  EXPECT_EQ(code_of(line.try_say("south", "call.answer", R"({"call":"ab"})")),
            Errc::hotline_unknown);
  ASSERT_TRUE(line.try_say("south", "call.answer", about("call", call)));
  const LineView south = line.line("south");
  EXPECT_FALSE(south.test->overdue);
  EXPECT_EQ(south.test->answered->time, line.now);
  EXPECT_EQ(code_of(line.try_say("south", "call.answer", about("call", call))),
            Errc::hotline_state);
}

struct RestrikeClock : ::testing::Test {
  Line line;
  StatementId warning = line.say("north", "warning.send", warning_of(kMorning + 36'000'000));
  record::Ref ref = line.last("north");
  Restrike restrike() {
    const WarningView view = line.ledger.warnings().at(0);
    return line.ledger.restrike(view, {{view.body.volume->area}});
  }
};

TEST_F(RestrikeClock, HasNothingToShowBeforeTheOtherSideReadIt) {
  line.say("monitor", "warning.ack", about("warning", warning));
  line.say("north", "ack.read", "{}", {ref});
  line.say("north", "finding.open", finding_at(kMorning + 60'000, 359'000'000, 366'000'000));
  EXPECT_FALSE(restrike().read);
  EXPECT_FALSE(restrike().event);
}

TEST_F(RestrikeClock, RunsFromTheFirstReadingToTheNextEventInThePlace) {
  line.say("north", "finding.open", finding_at(kMorning + 60'000, 359'000'000, 366'000'000));
  line.now = kMorning + 120'000;
  line.say("south", "ack.read", "{}", {ref});
  line.now = kMorning + 180'000;
  line.say("south", "warning.ack", about("warning", warning));
  EXPECT_EQ(restrike().read, kMorning + 120'000);
  EXPECT_FALSE(restrike().event);  // the only event came before
  // 30 km to the north: not in the place.
  line.say("north", "finding.open", finding_at(kMorning + 200'000, 362'700'000, 366'000'000));
  EXPECT_FALSE(restrike().event);
  line.say("south", "finding.open", finding_at(kMorning + 500'000, 359'000'000, 366'000'000));
  // 13 km from the middle: 3 km outside, which is near.
  line.say("monitor", "incident.report",
           R"({"point":[360170000,366000000],"time":)" + json_time(kMorning + 300'000) + "}");
  const Restrike found = restrike();
  ASSERT_TRUE(found.event);
  EXPECT_TRUE(found.event->incident);
  EXPECT_EQ(found.event->party, PartyId{"monitor"});
  EXPECT_NEAR(found.event->distance_m, 3'000, 100);
  EXPECT_EQ(found.elapsed_ms, 180'000);
}

TEST_F(RestrikeClock, AWarningWithoutAPlaceHasNoEvent) {
  line.say("south", "warning.ack", about("warning", warning));
  line.say("north", "finding.open", finding_at(kMorning + 60'000, 359'000'000, 366'000'000));
  const Restrike found = line.ledger.restrike(line.ledger.warnings().at(0), {});
  EXPECT_TRUE(found.read);
  EXPECT_FALSE(found.event);
}

TEST(Ledger, MalformedBodiesHaveNoEffect) {
  Line line;
  for (const char* type : {"warning.send", "warning.ack", "warning.over", "message.send",
                           "watch.on", "watch.roster", "call.test", "call.answer", "call.log",
                           "alarm.raised", "finding.open", "incident.report", "stop.ack"}) {
    line.say("north", type, R"({"x":1})");
  }
  EXPECT_TRUE(line.ledger.warnings().empty());
  EXPECT_TRUE(line.ledger.messages().empty());
  EXPECT_TRUE(line.ledger.calls().empty());
  EXPECT_TRUE(line.alarms("south").empty());
}

}  // namespace
}  // namespace detente::hotline
