// SPDX-License-Identifier: Apache-2.0
//
// Method: spellings of feeds, good and bad; answers of HTTP servers, whole and broken; then each
// kind of feed is opened for real, on loopback and on files of the test's own folder.
#include "app/watch_feed.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <thread>

#include "app/watch_command.h"

namespace detente::app {
namespace {

TEST(WatchFeed, RefusesWhatIsNoFeed) {
  for (const char* text : {"",
                           "sbs",
                           "sbs:",
                           "sbs://",
                           "sbs://host",
                           "sbs://host:",
                           "sbs://host:0",
                           "sbs://host:99999",
                           "sbs://host:30003/",
                           "sbs://:30003",
                           "sbs://::1:30003",
                           "sbs://[::1:30003",
                           "json:",
                           "json:http://",
                           "json:https://host/aircraft.json",
                           "json:http://host:x/a",
                           "json:http://host/a b",
                           "json:http://user@host/a",
                           "tcp://host:1",
                           "file.sbs"}) {
    const auto spec = parse_feed(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, Errc::usage) << text;
  }
}

TEST(WatchFeed, ReadsEverySpelling) {
  auto spec = parse_feed("sbs://localhost:30003");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->kind, FeedSpec::Kind::sbs_tcp);
  EXPECT_EQ(spec->host, "localhost");
  EXPECT_EQ(spec->port, "30003");
  spec = parse_feed("sbs://[::1]:30003");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->host, "::1");
  spec = parse_feed("json:http://[::1]/data/aircraft.json");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->host, "::1");
  EXPECT_EQ(spec->port, "80");
  EXPECT_EQ(spec->path, "/data/aircraft.json");
  spec = parse_feed("json:http://host:8080");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->port, "8080");
  EXPECT_EQ(spec->path, "/");
  spec = parse_feed("sbs:-");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->kind, FeedSpec::Kind::sbs_file);
  spec = parse_feed("json:/run/aircraft.json");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->kind, FeedSpec::Kind::json_file);
}

TEST(WatchFeed, RefusesBrokenAnswersOfServers) {
  const std::vector<std::pair<std::string, Errc>> cases = {
      {"", Errc::http_malformed},
      {"HTTP/1.0 200 OK\r\n", Errc::http_malformed},
      {"SSH-2.0-OpenSSH\r\n\r\n", Errc::http_malformed},
      {"HTTP/1.1 404 Not Found\r\n\r\n", Errc::http_status},
      {"HTTP/1.1 2000 OK\r\n\r\n", Errc::http_status},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Errc::http_malformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", Errc::http_malformed},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}", Errc::http_malformed},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n{}", Errc::http_malformed},
  };
  for (const auto& [answer, code] : cases) {
    const auto body = http_body(answer);
    ASSERT_FALSE(body) << answer.substr(0, 80);
    EXPECT_STREQ(errc_name(body.error().code), errc_name(code)) << answer.substr(0, 80);
  }
  const auto body = http_body("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, "{}");
}

// A port on loopback that gives each connection the same answer.
class TinyServer {
 public:
  explicit TinyServer(std::string answer, int connections) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_, 4), 0);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, connections, text = std::move(answer)] {
      for (int i = 0; i < connections; ++i) {
        const int one = ::accept(fd_, nullptr, nullptr);
        if (one < 0) return;
        std::array<char, 1'024> request{};
        if (text.starts_with("HTTP")) (void)!::recv(one, request.data(), request.size(), 0);
        (void)!::send(one, text.data(), text.size(), MSG_NOSIGNAL);
        ::shutdown(one, SHUT_WR);
        ::close(one);
      }
      // Nobody may wait for an answer that will not come.
      ::close(fd_);
    });
  }
  ~TinyServer() { thread_.join(); }
  int port() const { return port_; }

 private:
  int fd_ = -1;
  int port_ = 0;
  std::thread thread_;
};

std::string take(FeedSource& source, std::size_t bytes, int turns = 50) {
  std::string out;
  for (int i = 0; i < turns && out.size() < bytes; ++i) {
    const auto piece = source.next(100);
    EXPECT_TRUE(piece);
    if (!piece || piece->ended) break;
    out += piece->bytes;
  }
  return out;
}

TEST(WatchFeed, ReadsDocumentsOverHttp) {
  TinyServer server("HTTP/1.0 200 OK\r\n\r\n{\"now\":1,\"aircraft\":[]}", 2);
  const auto source =
      open_feed(*parse_feed(fmt::format("json:http://127.0.0.1:{}/a.json", server.port())));
  ASSERT_TRUE(source) << source.error().text();
  EXPECT_EQ(take(**source, 23), "{\"now\":1,\"aircraft\":[]}");
  EXPECT_EQ(take(**source, 1, 15).size(), 0U) << "the same document is no news";
}

TEST(WatchFeed, ConnectsAgainAndKeepsACutLineApart) {
  TinyServer server("MSG,3,cut off", 2);
  const auto source = open_feed(*parse_feed(fmt::format("sbs://127.0.0.1:{}", server.port())));
  ASSERT_TRUE(source);
  EXPECT_EQ(take(**source, 27), "MSG,3,cut off\nMSG,3,cut off");
  EXPECT_EQ((*source)->failures(), 1U);
}

TEST(WatchFeed, SaysWhatCannotBeOpened) {
  const auto missing = open_feed(*parse_feed("sbs:/nowhere/at/all.sbs"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::store_not_found);
  const auto folder = open_feed(*parse_feed("sbs:/"));
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::store_io);
  const auto json = open_feed(*parse_feed("json:/nowhere/aircraft.json"));
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().code, Errc::store_not_found);
  std::string closed;
  {
    TinyServer server("", 0);
    closed = fmt::format("sbs://127.0.0.1:{}", server.port());
  }
  const auto refused = open_feed(*parse_feed(closed));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::net_refused);
}

TEST(WatchCommand, EndsWithOneAfterAnError) {
  const std::string agreement = DETENTE_SOURCE_DIR "/examples/south-west-france/agreement.json";
  WatchOptions options;
  options.quiet = true;
  options.agreement = agreement;
  options.feed = "nonsense";
  EXPECT_EQ(watch_command(options), 1);
  options.feed = "sbs:/dev/null";
  options.speed = 0;
  EXPECT_EQ(watch_command(options), 1);
  options.speed = 1;
  options.start = "yesterday";
  EXPECT_EQ(watch_command(options), 1);
  options.start.clear();
  options.agreement = "/nowhere.json";
  EXPECT_EQ(watch_command(options), 1);
  options.agreement = agreement;
  options.activities = agreement;
  EXPECT_EQ(watch_command(options), 1);
  options.activities.clear();
  options.out = "/nowhere/at/all.jsonl";
  EXPECT_EQ(watch_command(options), 1);
  options.out.clear();
  options.json = true;
  EXPECT_EQ(watch_command(options), 0);
}

TEST(WatchCommand, RefusesActivitiesThatTheAgreementCannotJudge) {
  const auto agreement = terms::Agreement::make([] {
    std::ifstream file(DETENTE_SOURCE_DIR "/examples/south-west-france/agreement.json");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }());
  ASSERT_TRUE(agreement);
  const auto with = [](const char* who, const char* purpose) {
    return fmt::format(
        R"({{"type":"FeatureCollection","features":[{{"type":"Feature",
        "geometry":{{"type":"Point","coordinates":[1,44]}},"properties":{{"id":"a","operator":"{}",
        "purpose":"{}","radius_m":1000,"lower_ft":0,"upper_ft":100,"reference":"MSL",
        "start":"2024-06-06T08:00:00Z","end":"2024-06-06T09:00:00Z"}}}}]}})",
        who, purpose);
  };
  EXPECT_TRUE(read_watched_activities(with("west", "transit"), *agreement));
  const auto stranger = read_watched_activities(with("stranger", "transit"), *agreement);
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Errc::agreement_unknown_party);
  const auto strike = read_watched_activities(with("west", "strike"), *agreement);
  ASSERT_FALSE(strike);
}

}  // namespace
}  // namespace detente::app
