// SPDX-License-Identifier: Apache-2.0
//
// Method: real sockets on loopback. A server runs on a thread of its own; the test talks to it
// with a plain blocking socket (so that it can be rude), with the product's own client, and with
// curl and openssl as programs that know nothing of us. Waiting is bounded, and only ever for
// something that must happen; no test measures time.
#include "net/runtime.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "base/limits.h"

namespace detente::net {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kDayS = 86'400;

std::int64_t now_s() {
  return static_cast<std::int64_t>(std::time(nullptr));
}

crypto::SecretKey root_of(std::uint8_t n) {
  return crypto::SecretKey::from_seed(crypto::Seed{n});
}

const TrustedRoots& roots() {
  static const TrustedRoots all = {{"north", root_of(1).public_key()},
                                   {"south", root_of(2).public_key()}};
  return all;
}

TlsIdentity identity(const std::string& name, std::uint8_t root, std::int64_t from_s) {
  Result<TlsIdentity> issued =
      issue_certificate(name, root_of(root), crypto::system_random(), from_s);
  EXPECT_TRUE(issued) << issued.error().text();
  return issued ? *issued : TlsIdentity{};
}

const TlsIdentity& north() {
  static const TlsIdentity one = identity("north", 1, now_s() - kDayS);
  return one;
}
const TlsIdentity& south() {
  static const TlsIdentity one = identity("south", 2, now_s() - kDayS);
  return one;
}

HttpResponse echo(const HttpRequest& request) {
  HttpResponse response;
  response.content_type = "text/plain";
  if (request.path == "/events") response.event_stream = true;
  if (request.path == "/throw") throw std::runtime_error("a library threw");
  if (request.path == "/big") response.body = std::string(4U << 20, 'b');
  if (request.path == "/whoami") response.body = request.peer;
  if (request.path == "/echo") response.body = request.body;
  if (request.path.starts_with("/path")) response.body = request.method + " " + request.path;
  if (request.path == "/missing") {
    return error_response(404, {Errc::http_not_found, {}, request.path});
  }
  return response;
}

// A runtime with one server, running on its own thread until the end of the test.
class RunningServer {
 public:
  explicit RunningServer(ServerOptions options, HttpHandler handler = echo) {
    Result<std::uint16_t> port = runtime_.serve(options, std::move(handler));
    EXPECT_TRUE(port) << port.error().text();
    port_ = port ? *port : std::uint16_t{0};
    thread_ = std::thread([this] { runtime_.run(); });
  }
  ~RunningServer() {
    runtime_.stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  std::uint16_t port() const { return port_; }
  Runtime& runtime() { return runtime_; }

  // Asks something of the runtime on its own thread.
  template <class F>
  auto ask(F f) {
    std::promise<decltype(f())> answer;
    auto future = answer.get_future();
    runtime_.post([&answer, &f] { answer.set_value(f()); });
    return future.get();
  }

 private:
  Runtime runtime_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

ServerOptions plain() {
  return {};
}
ServerOptions tls_server() {
  ServerOptions options;
  options.tls = true;
  options.identity = north();
  options.roots = roots();
  return options;
}

// A blocking TCP connection that says what it is told to.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    EXPECT_TRUE(open_);
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // One read; "" at the end of the connection.
  std::string read() {
    char buffer[65'536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0) timed_out_ = errno == EAGAIN || errno == EWOULDBLOCK;
    return n <= 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(n));
  }
  std::string read_until(std::string_view text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
      const std::string more = read();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  std::string read_to_end() {
    std::string all;
    for (std::string more = read(); !more.empty(); more = read()) all += more;
    EXPECT_FALSE(timed_out_) << "the server kept the connection open";
    return all;
  }
  void shrink_receive_buffer() {
    const int size = 4'096;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }

 private:
  int fd_;
  bool open_ = false;
  bool timed_out_ = false;
};

std::string get(const std::string& target, const std::string& more = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

// Runs the loop until `done` says so; false if it never does.
template <class Done>
bool run_until(Runtime& runtime, Done done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    runtime.run_for(milliseconds(20));
  }
  return true;
}

struct Call {
  std::string method = "GET";
  std::string target = "/whoami";
  std::string body = {};
};
Result<HttpResponse> call(Runtime& runtime, Runtime::Client& client, const Call& what = {}) {
  std::optional<Result<HttpResponse>> answer;
  client.request(what.method, what.target, what.body, {},
                 [&answer](Result<HttpResponse> result) { answer = std::move(result); });
  EXPECT_FALSE(answer) << "an answer before request() returned";
  if (!run_until(runtime, [&answer] { return answer.has_value(); })) {
    return fail(Errc::net_timeout, "the client never answered");
  }
  return *answer;
}

ClientOptions client_options(std::uint16_t port, bool tls) {
  ClientOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.tls = tls;
  options.timeout = milliseconds(20'000);
  if (tls) {
    options.identity = south();
    options.roots = roots();
    options.expected_peer = "north";
  }
  return options;
}

void expect_error(const Result<HttpResponse>& result, Errc code) {
  ASSERT_FALSE(result) << "status " << result->status;
  EXPECT_EQ(errc_name(result.error().code), errc_name(code)) << result.error().text();
}

// ---- the server against rude clients ----

TEST(Server, AnswersABrokenRequestAndClosesTheConnection) {
  RunningServer server(plain());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"hello\r\n\r\n", "HTTP/1.1 400"},
      {get("/a/%2e%2e/etc/passwd"), "HTTP/1.1 400"},
      {get("/a/..%2fb"), "HTTP/1.1 400"},
      {get("/a%00"), "HTTP/1.1 400"},
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
      {get("/", "X: " + std::string(20'000, 'a') + "\r\n"), "HTTP/1.1 431"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n", "HTTP/1.1 413"},
  };
  for (const auto& [bytes, status] : cases) {
    RawClient client(server.port());
    client.send(bytes);
    const std::string answer = client.read_until("}}");
    EXPECT_TRUE(answer.starts_with(status)) << bytes.substr(0, 60) << answer;
    EXPECT_NE(answer.find("{\"error\":{\"code\":\"http_"), std::string::npos) << answer;
    EXPECT_NE(answer.find("X-Content-Type-Options: nosniff"), std::string::npos);
  }
}

TEST(Server, LetsAClientThatStillSendsReadItsRefusal) {
  RunningServer server(plain());
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3'000'000, 'x'));
  EXPECT_TRUE(client.read_until("}}").starts_with("HTTP/1.1 413"));
}

TEST(Server, ClosesARequestThatNeverEnds) {
  ServerOptions options = plain();
  options.request_timeout = milliseconds(200);
  RunningServer server(options);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: ");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Server, ClosesARequestThatDripsIn) {
  ServerOptions options = plain();
  options.request_timeout = milliseconds(300);
  RunningServer server(options);
  RawClient client(server.port());
  std::atomic<bool> closed = false;
  std::thread drip([&client, &closed] {
    while (!closed) {
      client.send("x");
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  // Every byte is in time for a limit on each read; the limit is on the whole.
  EXPECT_EQ(client.read_to_end(), "");
  closed = true;
  drip.join();
}

TEST(Server, ClosesAnIdleConnection) {
  ServerOptions options = plain();
  options.idle_timeout = milliseconds(200);
  RunningServer server(options);
  RawClient client(server.port());
  client.send(get("/path/1"));
  EXPECT_NE(client.read_to_end().find("GET /path/1"), std::string::npos);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  RunningServer server(plain());
  RawClient client(server.port());
  client.send(get("/path/1") + get("/path/2") + get("/path/3", "Connection: close\r\n"));
  const std::string answers = client.read_to_end();
  const std::size_t first = answers.find("GET /path/1");
  const std::size_t second = answers.find("GET /path/2");
  const std::size_t third = answers.find("GET /path/3");
  ASSERT_NE(third, std::string::npos);
  EXPECT_TRUE(first < second && second < third);
}

TEST(Server, AnswersHeadWithoutABodyAndKeepsTheConnection) {
  RunningServer server(plain());
  RawClient client(server.port());
  client.send("HEAD /path/1 HTTP/1.1\r\nHost: h\r\n\r\n" + get("/path/2", "Connection: close\r\n"));
  const std::string answers = client.read_to_end();
  EXPECT_NE(answers.find("Content-Length: 11"), std::string::npos);
  EXPECT_EQ(answers.find("GET /path/1"), std::string::npos);
  EXPECT_NE(answers.find("GET /path/2"), std::string::npos);
}

TEST(Server, TellsAClientThatWaitsToGoOn) {
  RunningServer server(plain());
  RawClient client(server.port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 100"));
  client.send("body");
  EXPECT_TRUE(client.read_until("body").ends_with("body"));
}

TEST(Server, SurvivesAHandlerThatThrows) {
  RunningServer server(plain());
  RawClient client(server.port());
  client.send(get("/throw"));
  const std::string answer = client.read_until("}}");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500"));
  EXPECT_EQ(answer.find("a library threw"), std::string::npos) << "inner text leaked";
  client.send(get("/path/1"));
  EXPECT_NE(client.read_until("GET /path/1").find("200 OK"), std::string::npos);
}

TEST(Server, Serves200ConnectionsAtOnce) {
  RunningServer server(plain());
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<RawClient>(server.port()));
  for (int i = 0; i < 200; ++i)
    clients[static_cast<std::size_t>(i)]->send(get("/path/x" + std::to_string(i) + "y"));
  for (int i = 199; i >= 0; --i) {
    const std::string want = "/path/x" + std::to_string(i) + "y";
    EXPECT_NE(clients[static_cast<std::size_t>(i)]->read_until(want).find(want), std::string::npos);
  }
}

TEST(Server, SaysThatAPortIsBusy) {
  RunningServer server(plain());
  Runtime other;
  ServerOptions options = plain();
  options.port = server.port();
  const Result<std::uint16_t> port = other.serve(options, echo);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, Errc::net_port_busy);
  EXPECT_EQ(port.error().detail, "127.0.0.1:" + std::to_string(server.port()));
  const auto lines = other.line_server("127.0.0.1", server.port());
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().code, Errc::net_port_busy);
}

TEST(Server, RefusesAnAddressThatIsNone) {
  Runtime runtime;
  ServerOptions options = plain();
  options.address = "nowhere";
  const Result<std::uint16_t> port = runtime.serve(options, echo);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, Errc::net_refused);
}

// ---- event streams ----

TEST(EventStream, DeliversEventsInOrderAndComments) {
  ServerOptions options = plain();
  options.ping_interval = milliseconds(100);
  RunningServer server(options);
  RawClient client(server.port());
  client.send(get("/events"));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_NE(client.read_until(": still here\n\n"), "");
  EXPECT_EQ(server.ask([&] { return server.runtime().event_streams(); }), 1U);
  for (int i = 0; i < 100; ++i) {
    server.runtime().post([&server, i] {
      server.runtime().broadcast("finding", "{\"n\":" + std::to_string(i) + "}");
    });
  }
  const std::string events = client.read_until("{\"n\":99}\n\n");
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string want = "event: finding\ndata: {\"n\":" + std::to_string(i) + "}\n\n";
    const std::size_t found = events.find(want);
    ASSERT_NE(found, std::string::npos) << i;
    EXPECT_GE(found, at);
    at = found;
  }
}

TEST(EventStream, IsForgottenWhenItsClientLeaves) {
  RunningServer server(plain());
  {
    RawClient client(server.port());
    client.send(get("/events"));
    client.read_until("\r\n\r\n");
  }
  std::size_t open = 1;
  for (int i = 0; i < 1'000 && open > 0; ++i) {
    open = server.ask([&] { return server.runtime().event_streams(); });
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(open, 0U);
}

TEST(EventStream, CutsAClientThatDoesNotReadAndServesTheOthers) {
  RunningServer server(plain());
  RawClient slow(server.port());
  slow.shrink_receive_buffer();
  slow.send(get("/events"));
  slow.read_until("\r\n\r\n");
  RawClient good(server.port());
  good.send(get("/events"));
  good.read_until("\r\n\r\n");
  ASSERT_EQ(server.ask([&] { return server.runtime().event_streams(); }), 2U);
  // More than the kernel's buffers and the queue together can hold.
  const std::string data(100'000, 'd');
  std::size_t open = 2;
  for (int i = 0; i < 2'000 && open == 2; ++i) {
    server.ask([&] {
      server.runtime().broadcast("x", data);
      return 0;
    });
    std::string got;
    while (got.find("\n\n") == std::string::npos) got += good.read();
    open = server.ask([&] { return server.runtime().event_streams(); });
  }
  EXPECT_EQ(open, 1U);
}

TEST(EventStream, IsRefusedBeyondTheLimit) {
  RunningServer server(plain());
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i <= limits::kSseClients; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(get("/events"));
    const std::string head = clients.back()->read_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with(i < limits::kSseClients ? "HTTP/1.1 200" : "HTTP/1.1 503"));
  }
}

// ---- the client ----

TEST(Client, SaysThatNobodyListens) {
  Runtime runtime;
  std::uint16_t port = 0;
  {
    RunningServer gone(plain());
    port = gone.port();
  }
  const auto client = runtime.client(client_options(port, false));
  expect_error(call(runtime, *client), Errc::net_refused);
}

TEST(Client, SaysThatTheOtherSideDoesNotAnswerInTime) {
  Runtime runtime;
  // A listener that accepts (the kernel does) and never says a word.
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&at), size), 0);
  ASSERT_EQ(::listen(fd, 4), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  for (const bool tls : {false, true}) {
    ClientOptions options = client_options(ntohs(at.sin_port), tls);
    options.timeout = milliseconds(200);
    const auto client = runtime.client(options);
    expect_error(call(runtime, *client), Errc::net_timeout);
  }
  ::close(fd);
}

TEST(Client, RefusesMoreThanItsQueueHolds) {
  RunningServer server(plain());
  Runtime runtime;
  const auto client = runtime.client(client_options(server.port(), false));
  std::size_t good = 0;
  std::size_t refused = 0;
  const std::size_t asked = limits::kClientQueue + 5;
  for (std::size_t i = 0; i < asked; ++i) {
    client->request("GET", "/path/1", "", {},
                    [&](Result<HttpResponse> result) { result ? ++good : ++refused; });
  }
  ASSERT_TRUE(run_until(runtime, [&] { return good + refused == asked; }));
  EXPECT_EQ(good, limits::kClientQueue);
  EXPECT_EQ(refused, 5U);
}

TEST(Client, GetsAndPostsOverPlainTcp) {
  RunningServer server(plain());
  Runtime runtime;
  const auto client = runtime.client(client_options(server.port(), false));
  const std::string body(900'000, 'p');
  const Result<HttpResponse> posted = call(runtime, *client, {"POST", "/echo", body});
  ASSERT_TRUE(posted) << posted.error().text();
  EXPECT_EQ(posted->body, body);
  const Result<HttpResponse> big = call(runtime, *client, {"GET", "/big"});
  ASSERT_TRUE(big);
  EXPECT_EQ(big->body.size(), 4U << 20);
  const Result<HttpResponse> missing = call(runtime, *client, {"GET", "/missing"});
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->status, 404);
}

TEST(Client, ReconnectsAfterTheServerCameBack) {
  for (const bool tls : {false, true}) {
    Runtime runtime;
    std::uint16_t port = 0;
    std::shared_ptr<Runtime::Client> client;
    {
      RunningServer server(tls ? tls_server() : plain());
      port = server.port();
      client = runtime.client(client_options(port, tls));
      ASSERT_TRUE(call(runtime, *client, {"POST", "/echo", "1"}));
    }
    EXPECT_FALSE(call(runtime, *client));
    ServerOptions options = tls ? tls_server() : plain();
    options.port = port;
    RunningServer server(options);
    const Result<HttpResponse> again = call(runtime, *client, {"POST", "/echo", "2"});
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(again->body, "2");
  }
}

TEST(Client, UsesANewConnectionWhenTheServerClosedTheOldOne) {
  ServerOptions options = plain();
  options.idle_timeout = milliseconds(50);
  RunningServer server(options);
  Runtime runtime;
  const auto client = runtime.client(client_options(server.port(), false));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(call(runtime, *client, {"POST", "/echo", "x"})) << i;
    std::this_thread::sleep_for(milliseconds(i % 2 == 0 ? 150 : 0));
  }
}

// ---- mutual TLS ----

TEST(Tls, GetsAndPostsAndKnowsBothNames) {
  RunningServer server(tls_server());
  Runtime runtime;
  const auto client = runtime.client(client_options(server.port(), true));
  const Result<HttpResponse> who = call(runtime, *client);
  ASSERT_TRUE(who) << who.error().text();
  EXPECT_EQ(who->body, "south");
  const std::string body(900'000, 'p');
  const Result<HttpResponse> posted = call(runtime, *client, {"POST", "/echo", body});
  ASSERT_TRUE(posted) << posted.error().text();
  EXPECT_EQ(posted->body, body);
}

TEST(Tls, KnowsAnOfficerByTheWholeKeyId) {
  RunningServer server(tls_server());
  Runtime runtime;
  ClientOptions options = client_options(server.port(), true);
  const std::string keyid = "south/" + std::string(100, 'd');  // longer than X.520 allows a name
  options.identity = identity(keyid, 2, now_s() - kDayS);
  const auto client = runtime.client(options);
  const Result<HttpResponse> who = call(runtime, *client);
  ASSERT_TRUE(who) << who.error().text();
  EXPECT_EQ(who->body, keyid);
}

TEST(Tls, RefusesClientsThatNoRootVouchesFor) {
  std::atomic<int> handled = 0;
  RunningServer server(tls_server(), [&handled](const HttpRequest& request) {
    ++handled;
    return echo(request);
  });
  const std::int64_t day_ago = now_s() - kDayS;
  const std::vector<std::pair<const char*, TlsIdentity>> strangers = {
      {"signed by the root of another party", identity("south", 1, day_ago)},
      {"signed by a root that nobody knows", identity("south", 9, day_ago)},
      {"of a party that is not in the agreement", identity("west", 2, day_ago)},
      {"expired", identity("south", 2, now_s() - 4'000 * kDayS)},
      {"not yet valid", identity("south", 2, now_s() + 2 * kDayS)},
      {"with a party's name inside another", identity("southern/south", 2, day_ago)},
  };
  for (const auto& [why, stranger] : strangers) {
    SCOPED_TRACE(why);
    Runtime runtime;
    ClientOptions options = client_options(server.port(), true);
    options.identity = stranger;
    const auto client = runtime.client(options);
    expect_error(call(runtime, *client), Errc::net_tls);
  }
  EXPECT_EQ(handled, 0);
}

TEST(Tls, RefusesAServerThatIsNotTheExpectedParty) {
  const std::int64_t day_ago = now_s() - kDayS;
  const std::vector<std::pair<const char*, TlsIdentity>> impostors = {
      {"another party", identity("south", 2, day_ago)},
      {"the right name, a root that nobody knows", identity("north", 9, day_ago)},
      {"the right name, another party's root", identity("north", 2, day_ago)},
      {"an officer of the right party", identity("north/duty-1", 1, day_ago)},
      {"expired", identity("north", 1, now_s() - 4'000 * kDayS)},
  };
  for (const auto& [why, impostor] : impostors) {
    SCOPED_TRACE(why);
    std::atomic<int> handled = 0;
    ServerOptions options = tls_server();
    options.identity = impostor;
    RunningServer server(options, [&handled](const HttpRequest& request) {
      ++handled;
      return echo(request);
    });
    Runtime runtime;
    const auto client = runtime.client(client_options(server.port(), true));
    expect_error(call(runtime, *client), Errc::net_tls);
    EXPECT_EQ(handled, 0);
  }
}

TEST(Tls, RefusesAClientThatWasNotToldWhoMustAnswer) {
  RunningServer server(tls_server());
  Runtime runtime;
  ClientOptions options = client_options(server.port(), true);
  options.expected_peer.clear();
  const auto client = runtime.client(options);
  expect_error(call(runtime, *client), Errc::net_tls);
}

TEST(Tls, RefusesAnIdentityThatDoesNotFitItself) {
  Runtime runtime;
  ServerOptions options = tls_server();
  options.identity.key_pem = south().key_pem;
  EXPECT_EQ(runtime.serve(options, echo).error().code, Errc::net_tls);
  options.identity = {"not a certificate", "not a key"};
  EXPECT_EQ(runtime.serve(options, echo).error().code, Errc::net_tls);
  EXPECT_FALSE(issue_certificate("", root_of(1), crypto::system_random(), 0));
}

TEST(Tls, SurvivesAClientThatSpeaksNoTls) {
  RunningServer server(tls_server());
  RawClient rude(server.port());
  rude.send(get("/whoami"));
  EXPECT_EQ(rude.read_to_end().find("HTTP/"), std::string::npos);
  Runtime runtime;
  const auto client = runtime.client(client_options(server.port(), true));
  EXPECT_TRUE(call(runtime, *client));
}

// ---- programs that know nothing of us ----

class Outside : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "detente-net-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("south.crt", south().certificate_pem);
    write("south.key", south().key_pem);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  static bool has(const std::string& program) {
    return run("command -v " + program + " >/dev/null && echo yes") == "yes\n";
  }
  static std::string run(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string out;
    if (pipe == nullptr) return out;
    char buffer[4'096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      out.append(buffer, n);
    }
    ::pclose(pipe);
    return out;
  }
  std::string folder_;
};

TEST_F(Outside, CurlIsServedOverPlainTcp) {
  if (!has("curl")) GTEST_SKIP() << "curl is not installed";
  RunningServer server(plain());
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(run("curl -sS --max-time 20 -d hello " + url + "/echo"), "hello");
  EXPECT_EQ(run("curl -sS --max-time 20 -o /dev/null -w '%{http_code}' --path-as-is " + url +
                "/path/../../etc/passwd"),
            "400");
  write("big", std::string(1'500'000, 'x'));
  EXPECT_EQ(run("curl -sS --max-time 20 -o /dev/null -w '%{http_code}' --data-binary @" + folder_ +
                "/big " + url + "/echo"),
            "413");
  EXPECT_NE(run("curl -sS --max-time 20 -I " + url + "/path/1").find("Content-Length: 11"),
            std::string::npos);
}

TEST_F(Outside, CurlIsServedOverMutualTlsAndRefusedWithoutACertificate) {
  if (!has("curl")) GTEST_SKIP() << "curl is not installed";
  RunningServer server(tls_server());
  // curl cannot know our rule of trust, so it does not judge the server; the server judges curl.
  const std::string base = "curl -sS -k --max-time 20 ";
  const std::string url = " https://127.0.0.1:" + std::to_string(server.port()) + "/whoami";
  const std::string identity = "--cert " + folder_ + "/south.crt --key " + folder_ + "/south.key";
  EXPECT_EQ(run(base + identity + url), "south");
  EXPECT_EQ(run(base + url).find("south"), std::string::npos);
  EXPECT_NE(run(base + url), "");
  EXPECT_NE(run(base + "--tls-max 1.2 " + identity + url), "south");
}

TEST_F(Outside, OpensslFindsOnlyTls13) {
  if (!has("openssl")) GTEST_SKIP() << "the openssl program is not installed";
  RunningServer server(tls_server());
  const auto connect = [&](const std::string& version) {
    return run("openssl s_client -connect 127.0.0.1:" + std::to_string(server.port()) + " -cert " +
               folder_ + "/south.crt -key " + folder_ + "/south.key " + version + " </dev/null");
  };
  const std::string modern = connect("-tls1_3");
  EXPECT_NE(modern.find("TLSv1.3, Cipher is TLS_"), std::string::npos) << modern;
  EXPECT_NE(modern.find("CN = north"), std::string::npos) << modern;
  const std::string old = connect("-tls1_2");
  EXPECT_NE(old.find("Cipher is (NONE)"), std::string::npos) << old;
  EXPECT_NE(old.find("alert protocol version"), std::string::npos) << old;
}

// ---- feeds ----

TEST(Feed, GetsTheBytesOfALineServerInOrder) {
  Runtime runtime;
  auto lines = runtime.line_server("127.0.0.1", 0);
  ASSERT_TRUE(lines);
  std::string got;
  const auto feed = runtime.tcp_feed(
      "127.0.0.1", (*lines)->port(), [&got](std::string_view bytes) { got += bytes; },
      [](const Error&) {});
  ASSERT_TRUE(run_until(runtime, [&] { return (*lines)->clients() == 1; }));
  std::string sent;
  for (int i = 0; i < 1'000; ++i) {
    const std::string line = "MSG,3,1,1,4CA2D6," + std::to_string(i) + "\r\n";
    sent += line;
    (*lines)->send(line);
  }
  ASSERT_TRUE(run_until(runtime, [&] { return got.size() >= sent.size(); }));
  EXPECT_EQ(got, sent);
}

TEST(Feed, ReconnectsAndSaysWhyTheConnectionEnded) {
  Runtime runtime;
  auto lines = runtime.line_server("127.0.0.1", 0);
  ASSERT_TRUE(lines);
  const std::uint16_t port = (*lines)->port();
  std::string got;
  int ended = 0;
  const auto feed = runtime.tcp_feed(
      "127.0.0.1", port, [&got](std::string_view bytes) { got += bytes; },
      [&ended](const Error& why) {
        EXPECT_EQ(why.code, Errc::net_refused);
        ++ended;
      });
  ASSERT_TRUE(run_until(runtime, [&] { return (*lines)->clients() == 1; }));
  lines->reset();
  ASSERT_TRUE(run_until(runtime, [&] { return ended >= 2; }));  // cut, then refused
  lines = runtime.line_server("127.0.0.1", port);
  ASSERT_TRUE(lines) << lines.error().text();
  ASSERT_TRUE(run_until(runtime, [&] { return (*lines)->clients() == 1; }));
  (*lines)->send("again\n");
  ASSERT_TRUE(run_until(runtime, [&] { return got == "again\n"; }));
}

TEST(Feed, EndsWhenItsHandleIsDestroyedEvenByItsOwnCallback) {
  Runtime runtime;
  auto lines = runtime.line_server("127.0.0.1", 0);
  ASSERT_TRUE(lines);
  std::unique_ptr<Runtime::Feed> feed;
  int calls = 0;
  feed = runtime.tcp_feed(
      "127.0.0.1", (*lines)->port(),
      [&](std::string_view) {
        ++calls;
        feed.reset();
      },
      [](const Error&) {});
  ASSERT_TRUE(run_until(runtime, [&] { return (*lines)->clients() == 1; }));
  (*lines)->send("one\n");
  ASSERT_TRUE(run_until(runtime, [&] { return (*lines)->clients() == 0; }));
  EXPECT_EQ(calls, 1);
}

TEST(LineServer, CutsAClientThatDoesNotRead) {
  Runtime runtime;
  auto lines = runtime.line_server("127.0.0.1", 0);
  ASSERT_TRUE(lines);
  RawClient slow((*lines)->port());
  ASSERT_TRUE(run_until(runtime, [&] { return (*lines)->clients() == 1; }));
  const std::string text(100'000, 'l');
  for (int i = 0; i < 1'000 && (*lines)->clients() == 1; ++i) {
    (*lines)->send(text);
    runtime.run_for(milliseconds(1));
  }
  EXPECT_EQ((*lines)->clients(), 0U);
}

// ---- the loop ----

TEST(Runtime, CallsTimersAndPostedWorkUntilItIsStopped) {
  Runtime runtime;
  int ticks = 0;
  std::vector<std::string> order;
  runtime.every(milliseconds(5), [&] {
    if (++ticks == 5) runtime.stop();
  });
  runtime.after(milliseconds(1), [&order] { order.push_back("after"); });
  runtime.post([&order] { order.push_back("post"); });
  runtime.run();
  EXPECT_EQ(ticks, 5);
  EXPECT_EQ(order, (std::vector<std::string>{"post", "after"}));
}

TEST(Runtime, CallsBackOnAStopSignal) {
  Runtime runtime;
  bool told = false;
  runtime.on_stop_signal([&] {
    told = true;
    runtime.stop();
  });
  runtime.post([] { ::raise(SIGTERM); });
  runtime.run();
  EXPECT_TRUE(told);
}

TEST(Runtime, CanBeDestroyedWhileEverythingIsUnderWay) {
  RunningServer server(tls_server());
  std::optional<Runtime> runtime(std::in_place);
  auto lines = runtime->line_server("127.0.0.1", 0);
  ASSERT_TRUE(lines);
  auto client = runtime->client(client_options(server.port(), true));
  client->request("GET", "/big", "", {}, [](Result<HttpResponse>) {});
  auto feed = runtime->tcp_feed(
      "127.0.0.1", (*lines)->port(), [](std::string_view) {}, [](const Error&) {});
  runtime->every(milliseconds(1), [] {});
  for (int i = 0; i < 3; ++i) runtime->run_for(milliseconds(1));
  feed.reset();
  lines->reset();
  client.reset();
  runtime.reset();
}

}  // namespace
}  // namespace detente::net
