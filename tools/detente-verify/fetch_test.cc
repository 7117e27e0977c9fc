// SPDX-License-Identifier: Apache-2.0
// Method: a server of a few lines on the loopback answers what a test tells it to, well and badly:
// another status, bodies without end, redirections, silence. The log behind it is a real one.
#include "detente-verify/fetch.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "detente-verify/threads.h"
#include "record/testing_log.h"

namespace detente::verify {
namespace {

using record::testing::Files;
using record::testing::TestParty;

const std::string kAgreement(64, 'a');

// Answers one request for each connection, on one thread.
class Server {
 public:
  // Writes the whole answer; `request` is the head of what the client sent.
  using Handler = std::function<void(int to, const std::string& request)>;

  explicit Server(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener_, name, length) == 0 && ::listen(listener_, 16) == 0 &&
              ::getsockname(listener_, name, &length) == 0,
          "the test's server listens");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/log", port_); }

 private:
  void run() {
    while (true) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      std::string request;
      std::array<char, 1024> block{};
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t n = ::recv(client, block.data(), block.size(), 0);
        if (n <= 0) break;
        request.append(block.data(), static_cast<std::size_t>(n));
      }
      handler_(client, request);
      ::close(client);
    }
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

bool send_all(int to, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void answer(int to, int status, std::string_view body) {
  send_all(to, fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                           status, body.size()));
  send_all(to, body);
}

std::string path_of(const std::string& request) {
  const std::size_t start = request.find("/log/") + 5;
  return request.substr(start, request.find(' ', start) - start);
}

Server::Handler serving(const Files& files) {
  return [&files](int to, const std::string& request) {
    const auto found = files.find(path_of(request));
    if (found == files.end()) return answer(to, 404, "no");
    answer(to, 200, as_text(found->second));
  };
}

class FetchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    north_.open();
    for (int i = 0; i < 300; ++i) note(i);
  }
  void note(int i) {
    ASSERT_TRUE(
        north_.append("note.text", fmt::format(R"({{"text":"{}"}})", i), {north_.duty_1()}));
  }
  Result<record::VerifiedLog> verify(const Source& source) {
    const Result<record::LogFolder> folder = remote_log(source);
    if (!folder) return fail(folder.error());
    record::VerifyOptions options;
    options.spread = on_threads(2);
    return record::verify_log(*folder, north_.owner(), {}, options);
  }
  static Source source(const Server& server) {
    Source out;
    out.url = server.url();
    out.seconds_max = 5;
    return out;
  }

  TestParty north_{"north", 1, kAgreement};
};

TEST_F(FetchTest, RefusesAddressesThatAreNotHttp) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/log", "127.0.0.1", ""}) {
    Source bad;
    bad.url = url;
    const auto folder = remote_log(bad);
    ASSERT_FALSE(folder) << url;
    EXPECT_EQ(folder.error().code, Errc::store_io);
  }
}

TEST_F(FetchTest, NamesTheFileOfAnAnswerThatIsNotTwoHundred) {
  for (const int status : {301, 401, 500, 204}) {
    const Server server([status](int to, const std::string&) { answer(to, status, ""); });
    const auto log = verify(source(server));
    ASSERT_FALSE(log) << status;
    EXPECT_EQ(log.error().code, Errc::store_io) << log.error().text();
    EXPECT_EQ(log.error().place, "checkpoint");
  }
}

TEST_F(FetchTest, FollowsNoRedirection) {
  std::atomic<int> asked = 0;
  const Server other([&asked](int to, const std::string&) {
    ++asked;
    answer(to, 200, "x");
  });
  const Server server([&other](int to, const std::string&) {
    send_all(to, fmt::format("HTTP/1.1 302 X\r\nLocation: {}/checkpoint\r\nContent-Length: 0\r\n"
                             "Connection: close\r\n\r\n",
                             other.url()));
  });
  EXPECT_FALSE(verify(source(server)));
  EXPECT_EQ(asked, 0);
}

TEST_F(FetchTest, StopsABodyWithoutEnd) {
  const Server server([](int to, const std::string&) {
    send_all(to, "HTTP/1.1 200 X\r\nConnection: close\r\n\r\n");
    const std::string block(1U << 20, 'x');
    while (send_all(to, block)) {
    }
  });
  Source endless = source(server);
  endless.seconds_max = 60;
  auto log = verify(endless);
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().detail.find("larger than a log's"), std::string::npos);
  endless.bytes_max = 1'000'000;
  log = verify(endless);
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().detail.find("more bytes than are allowed"), std::string::npos);
}

TEST_F(FetchTest, DoesNotWaitForeverForASilentServer) {
  // The server reads the request and is silent until the client hangs up.
  const Server server([](int to, const std::string&) {
    char byte = 0;
    while (::recv(to, &byte, 1, 0) > 0) {
    }
  });
  Source silent = source(server);
  silent.seconds_max = 1;
  const auto log = verify(silent);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Errc::store_io);
}

TEST_F(FetchTest, FindsATileThatTheServerChanged) {
  Files files = north_.files();
  files["tile/entries/000"][500] ^= 1;
  const Server server(serving(files));
  const auto log = verify(source(server));
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Errc::tile_mismatch);
  EXPECT_TRUE(log.error().place.starts_with("tile/entries/000")) << log.error().text();
}

TEST_F(FetchTest, VerifiesALiveLogAtTheSizeOfItsCheckpoint) {
  const Files then = north_.files();
  for (int i = 0; i < 300; ++i) note(i);
  // The log went on: what were partial tiles are full ones now, but the checkpoint is the old one.
  Files now = north_.files();
  now["checkpoint"] = then.at("checkpoint");
  now["tile/1/000.p/1"] =
      Bytes(now.at("tile/1/000.p/2").begin(), now.at("tile/1/000.p/2").begin() + 32);
  const Server server(serving(now));
  const auto log = verify(source(server));
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_EQ(log->entries, 303U);
}

TEST_F(FetchTest, SendsTheToken) {
  const Files files = north_.files();
  std::atomic<int> without = 0;
  const Server server([&](int to, const std::string& request) {
    if (request.find("Authorization: Bearer sesame\r\n") == std::string::npos) ++without;
    serving(files)(to, request);
  });
  Source with_token = source(server);
  with_token.token = "sesame";
  EXPECT_TRUE(verify(with_token));
  EXPECT_EQ(without, 0);
}

}  // namespace
}  // namespace detente::verify
