// SPDX-License-Identifier: Apache-2.0
// Method: real USSs on loopback, some of which refuse; a token file that changes.
#include "app/utm_teller.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace detente::app {
namespace {

struct Uss {
  std::vector<int> statuses;  // of its answers, the last for all that follow
  std::vector<std::string> heard;
  std::uint16_t port = 0;
};

struct UtmTellerTest : ::testing::Test {
  net::Runtime runtime;
  std::string folder = (std::filesystem::temp_directory_path() / "teller-XXXXXX").string();
  std::vector<std::unique_ptr<Uss>> usses;
  std::unique_ptr<UtmTeller> teller;

  UtmTellerTest() {
    check(mkdtemp(folder.data()) != nullptr, "a folder");
    token("first");
  }
  ~UtmTellerTest() override { std::filesystem::remove_all(folder); }
  void token(const std::string& text) { std::ofstream(folder + "/token") << text << "\n"; }

  Uss& uss(std::vector<int> statuses) {
    usses.push_back(std::make_unique<Uss>());
    Uss* one = usses.back().get();
    one->statuses = std::move(statuses);
    const Result<std::uint16_t> port = runtime.serve({}, [one](const net::HttpRequest& request) {
      one->heard.push_back(request.method + " " + request.path + " " +
                           request.headers.at("authorization") + " " + request.body);
      net::HttpResponse response;
      response.status = one->statuses.front();
      if (one->statuses.size() > 1) one->statuses.erase(one->statuses.begin());
      return response;
    });
    check(port.has_value(), "a USS listens");
    one->port = *port;
    return *one;
  }
  void open(const std::vector<std::pair<std::string, std::uint16_t>>& list) {
    std::vector<UtmListener> listeners;
    for (const auto& [url, port] : list) {
      listeners.push_back({url, "127.0.0.1", port, folder + "/token"});
    }
    teller = std::make_unique<UtmTeller>(runtime, listeners);
  }
  template <class Done>
  void until(Done done) {
    for (int i = 0; i < 1'000 && !done(); ++i) runtime.run_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(done());
  }
  utm::ToldUss count(std::size_t i = 0) const { return teller->told().usses[i]; }
};

TEST(UtmListener, IsABaseUrlAnAddressAndAFile) {
  for (const char* text :
       {"", "https://uss.example", "https://uss.example=h:1", "uss.example=h:1,f",
        "https://uss.example=h,f", "https://uss.example=h:0,f", "https://uss.example=h:1,",
        "https://uss.ex ample=h:1,f", "=h:1,f", "https://uss.example=:1,f"}) {
    EXPECT_FALSE(parse_utm_listener(text)) << text;
  }
  const UtmListener read =
      parse_utm_listener("https://uss.example/utm?a=b=127.0.0.1:9001,/run/x,y=z").value();
  EXPECT_EQ(read.base_url, "https://uss.example/utm?a=b");
  EXPECT_EQ(read.host, "127.0.0.1");
  EXPECT_EQ(read.port, 9001);
  EXPECT_EQ(read.token_file, "/run/x,y=z");
}

TEST_F(UtmTellerTest, TellsInOrderWithTheTokenOfTheMoment) {
  Uss& one = uss({204});
  open({{"https://uss1.example/utm/", one.port}});
  teller->tell({"https://uss1.example/utm/", "/uss/v1/constraints", "{\"a\":1}"});
  teller->tell({"https://uss1.example/utm/", "/uss/v1/constraints", "{\"a\":2}"});
  until([&] { return count().told == 2; });
  token("second");
  teller->tell({"https://uss1.example/utm/", "/uss/v1/operational_intents", "{\"a\":3}"});
  until([&] { return count().told == 3; });
  EXPECT_EQ(one.heard, (std::vector<std::string>{
                           "POST /utm/uss/v1/constraints Bearer first {\"a\":1}",
                           "POST /utm/uss/v1/constraints Bearer first {\"a\":2}",
                           "POST /utm/uss/v1/operational_intents Bearer second {\"a\":3}"}));
}

TEST_F(UtmTellerTest, SpeaksToNobodyWhomTheEngineerDidNotName) {
  Uss& one = uss({204});
  open({{"https://uss1.example", one.port}});
  teller->tell({"http://127.0.0.1:" + std::to_string(one.port), "/uss/v1/constraints", "{}"});
  teller->tell({"https://uss1.example/", "/uss/v1/constraints", "{}"});
  runtime.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(teller->told().unnamed, 2U);
  EXPECT_TRUE(one.heard.empty());
}

TEST_F(UtmTellerTest, TriesAgainWhatMayPassAndGivesUpWhatIsRefused) {
  Uss& restarting = uss({503, 204});
  Uss& refusing = uss({400, 204});
  open({{"https://a.example", restarting.port}, {"https://b.example", refusing.port}});
  for (const char* url : {"https://a.example", "https://b.example"}) {
    teller->tell({url, "/uss/v1/constraints", "{\"a\":1}"});
    teller->tell({url, "/uss/v1/constraints", "{\"a\":2}"});
  }
  until([&] { return count(0).told == 2 && count(1).told == 1; });
  EXPECT_EQ(restarting.heard.size(), 3U);
  EXPECT_EQ(restarting.heard[0], restarting.heard[1]);
  EXPECT_EQ(count(0).lost, 0U);
  EXPECT_EQ(refusing.heard.size(), 2U);
  EXPECT_EQ(count(1).lost, 1U);
}

TEST_F(UtmTellerTest, KeepsAFewForAUssThatIsAwayAndSaysSo) {
  std::filesystem::remove(folder + "/token");
  Uss& one = uss({204});
  open({{"https://a.example", one.port}});
  for (std::size_t i = 0; i < kUtmTellingsWaiting + 3; ++i) {
    teller->tell({"https://a.example", "/uss/v1/constraints", std::to_string(i)});
  }
  runtime.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(count().waiting, kUtmTellingsWaiting);
  EXPECT_EQ(count().lost, 3U);
  EXPECT_NE(count().last_error, "");
  EXPECT_EQ(count().last_error.find("Bearer"), std::string::npos);
  EXPECT_TRUE(one.heard.empty());
  token("now");
  until([&] { return count().waiting == 0; });
  EXPECT_EQ(one.heard.size(), kUtmTellingsWaiting);
  EXPECT_TRUE(one.heard.back().ends_with(std::to_string(kUtmTellingsWaiting + 2)));
}

}  // namespace
}  // namespace detente::app
