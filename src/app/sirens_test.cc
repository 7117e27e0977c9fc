// SPDX-License-Identifier: Apache-2.0
// Method: real webhook servers on loopback, some of which refuse; the alarms and the clock are the
// test's.
#include "app/sirens.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace detente::app {
namespace {

using hotline::Alarm;
using hotline::SirenResult;

constexpr UtcMs kStart{1'468'562'400'000};

Alarm alarm_of(int number, int level, bool stop = true) {
  Alarm alarm;
  const std::string digits = std::to_string(number);
  alarm.id = StatementId{std::string(32 - digits.size(), '0') + digits};
  alarm.stop = stop;
  alarm.party = PartyId{"north"};
  alarm.index = LeafIndex{7};
  alarm.sent = kStart;
  alarm.text = "close pass";
  alarm.kind = stop ? "" : "persons_near";
  alarm.escalation.level = level;
  return alarm;
}

struct Webhook {
  int status = 200;
  std::vector<std::string> bodies;
  std::uint16_t port = 0;
};

struct SirensTest : ::testing::Test {
  net::Runtime runtime;
  std::vector<std::unique_ptr<Webhook>> hooks;
  std::unique_ptr<Sirens> sirens;
  PartyId self{"south"};
  UtcMs now = kStart;

  Webhook& hook(int status = 200) {
    hooks.push_back(std::make_unique<Webhook>());
    Webhook* one = hooks.back().get();
    one->status = status;
    const Result<std::uint16_t> port = runtime.serve({}, [one](const net::HttpRequest& request) {
      one->bodies.push_back(request.method + " " + request.path + " " + request.body);
      net::HttpResponse response;
      response.status = one->status;
      return response;
    });
    check(port.has_value(), "a webhook listens");
    one->port = *port;
    return *one;
  }
  void open(const std::vector<std::pair<int, std::uint16_t>>& addresses) {
    std::vector<SirenAddress> list;
    for (const auto& [level, port] : addresses) list.push_back({level, "127.0.0.1", port, "/horn"});
    sirens = std::make_unique<Sirens>(runtime, list, [] {});
  }
  std::vector<node::SirensAnswered> look(const std::vector<Alarm>& alarms) {
    auto known = sirens->look(alarms, self, now);
    for (int i = 0; i < 400 && sirens->busy(); ++i) runtime.run_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(sirens->busy());
    return known;
  }
};

TEST(SirenAddress, IsAStepAndAnHttpUrl) {
  for (const char* text :
       {"", "horn", "https://h:1/p", "http://h/p", "http://h:0/p", "0=http://h:1/p",
        "9=http://h:1/p", "x=http://h:1/p", "1=", "http://h:1/a b", "http://h:1/a\r\nX: y"}) {
    EXPECT_FALSE(parse_siren(text)) << text;
  }
  const SirenAddress plain = parse_siren("http://127.0.0.1:9000/a?b=c").value();
  EXPECT_EQ(plain.level, 1);
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, 9000);
  EXPECT_EQ(plain.path, "/a?b=c");
  const SirenAddress third = parse_siren("3=http://horn.example:80").value();
  EXPECT_EQ(third.level, 3);
  EXPECT_EQ(third.path, "/");
}

TEST(SirenBody, IsShortAndDoesNotCutACharacter) {
  Alarm alarm = alarm_of(1, 1);
  alarm.text = std::string(199, 'x') + "ж";
  const std::string body = siren_body(alarm, 1);
  EXPECT_TRUE(is_utf8(body));
  EXPECT_NE(body.find("\"text\":\"" + std::string(199, 'x') + "\""), std::string::npos) << body;
  EXPECT_NE(siren_body(alarm_of(1, 1, false), 2).find("Persons in danger here: close pass"),
            std::string::npos);
  alarm.index.reset();
  EXPECT_NE(siren_body(alarm, 1).find("\"flash\":true"), std::string::npos);
}

TEST_F(SirensTest, AreToldOnceWhenTheirStepHasComeAndTheOutcomeIsKnown) {
  Webhook& first = hook();
  Webhook& second = hook();
  open({{1, first.port}, {2, second.port}});
  EXPECT_TRUE(look({alarm_of(1, 1)}).empty());
  ASSERT_EQ(first.bodies.size(), 1U);
  EXPECT_TRUE(first.bodies[0].starts_with("POST /horn {\"subject\":\"0")) << first.bodies[0];
  EXPECT_TRUE(second.bodies.empty());
  auto known = look({alarm_of(1, 2)});
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].level, 1);
  EXPECT_EQ(known[0].result, SirenResult::told);
  EXPECT_EQ(first.bodies.size(), 1U);
  EXPECT_EQ(second.bodies.size(), 1U);
  // What the record has is not said again.
  Alarm logged = alarm_of(1, 2);
  logged.raised.push_back({self, 1, now, SirenResult::told});
  known = look({logged});
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].level, 2);
}

TEST_F(SirensTest, ThatRefuseAreToldAgainUntilTheAlarmIsAcknowledged) {
  Webhook& horn = hook(503);
  open({{1, horn.port}});
  EXPECT_TRUE(look({alarm_of(1, 1)}).empty());
  EXPECT_TRUE(look({alarm_of(1, 1)}).empty());
  EXPECT_EQ(horn.bodies.size(), 1U);  // not at once
  now = now + 1'000;
  look({alarm_of(1, 1)});
  now = now + 2'000;
  look({alarm_of(1, 1)});
  EXPECT_EQ(horn.bodies.size(), 3U);
  const auto known = look({alarm_of(1, 1)});
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].result, SirenResult::failed);
  look({});
  now = now + 60'000;
  look({});
  EXPECT_EQ(horn.bodies.size(), 3U);
}

TEST_F(SirensTest, WithoutOneTheStepSaysSo) {
  open({});
  const auto known = look({alarm_of(1, 2)});
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(known[0].result, SirenResult::none);
}

TEST_F(SirensTest, OwnAlarmsAreForTheOthersAndAFloodIsBounded) {
  Webhook& horn = hook();
  open({{1, horn.port}});
  Alarm own = alarm_of(1, 1);
  own.party = self;
  EXPECT_TRUE(look({own}).empty());
  EXPECT_TRUE(horn.bodies.empty());
  std::vector<Alarm> flood;
  for (int n = 1; n <= 1'000; ++n) flood.push_back(alarm_of(n, 1));
  Alarm other = alarm_of(2'000, 1);
  other.party = PartyId{"monitor"};
  flood.push_back(other);
  look(flood);
  EXPECT_EQ(horn.bodies.size(), limits::kSirenAlarmsPerParty + 1);
}

}  // namespace
}  // namespace detente::app
