// SPDX-License-Identifier: Apache-2.0
//
// Method: bytes go in as a socket could deliver them, whole, cut anywhere, or several messages in
// a row; refusals come first. The property at the end cuts a stream of requests at random places
// and expects the same messages.
#include "net/http.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json.h"
#include "base/limits.h"

namespace detente::net {
namespace {

Result<std::optional<ParsedRequest>> parse(std::string_view bytes) {
  RequestParser parser;
  parser.feed(bytes);
  return parser.next();
}

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

TEST(RequestParser, RefusesWhatIsNotHttp) {
  const std::vector<std::string> inputs = {
      "hello\r\n\r\n",
      "\x16\x03\x01\x02\x01\x01\xfc",
      "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
      "GET / HTTP/0.9\r\nHost: h\r\n\r\n",
      "GET /\r\n\r\n",
      "G=T / HTTP/1.1\r\n\r\n\x01",
      "GET / HTTP/1.1\r\nHost h\r\n\r\n",
      "GET / HTTP/1.1\r\nHo st: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
      "GET / HTTP/1.1\nHost: h\n\n",
      "GET / HTTP/1.1\r\nX: a\x01 b\r\nHost: h\r\n\r\n",
  };
  for (const std::string& input : inputs) {
    const auto parsed = parse(input);
    ASSERT_FALSE(parsed) << input;
    EXPECT_EQ(errc_name(parsed.error().code), errc_name(Errc::http_malformed)) << input;
    EXPECT_EQ(status_of(parsed.error()), 400);
  }
}

TEST(RequestParser, RefusesARequestThatTwoProgramsCouldReadDifferently) {
  const std::vector<std::string> headers = {
      "Host: h\r\nHost: i\r\n",
      "",
      "Host: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
      "Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n",
      "Host: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
      "Host: h\r\nContent-Length: -1\r\n",
      "Host: h\r\nContent-Length: 0x3\r\n",
      "Host: h\r\nContent-Length: 99999999999999999999\r\n",
      "Host: h\r\nAuthorization: a\r\nAuthorization: b\r\n",
      "Host: h\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
  };
  for (const std::string& header : headers) {
    const auto parsed = parse("POST /a HTTP/1.1\r\n" + header + "\r\n0\r\n\r\n");
    ASSERT_FALSE(parsed) << header;
  }
  EXPECT_FALSE(parse(get("/a?x=1&x=2")));
  EXPECT_FALSE(parse(get("/a?x=1&%78=2")));
}

TEST(RequestParser, RefusesEveryWayOutOfAPath) {
  const std::vector<std::string> targets = {"/..",
                                            "/a/../b",
                                            "/a/%2e%2e/b",
                                            "/a/.%2e/b",
                                            "/a/%2E./b",
                                            "/.",
                                            "/a/./b",
                                            "/a/%2e",
                                            "/a%2fb",
                                            "/a%2Fb",
                                            "/a%5cb",
                                            "/a\\b",
                                            "/a%00b",
                                            "/%00",
                                            "/a%0ab",
                                            "/a%0d%0ab",
                                            "/a%7f",
                                            "/a//b",
                                            "//host/a",
                                            "/%c0%ae%c0%ae/a",
                                            "/a%ff",
                                            "http://h/a",
                                            "*",
                                            "a",
                                            "/a#b",
                                            "/a%2",
                                            "/a%zz",
                                            "/a?x=%00",
                                            "/a?x=%0d%0aSet:1",
                                            "/a?%ff=1",
                                            "/..%2fb",
                                            "/%2e%2e%2fb",
                                            "/a/..%5cb",
                                            "/..;/b%00",
                                            "/a b"};
  for (const std::string& target : targets) {
    const auto parsed = parse(get(target));
    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(errc_name(parsed.error().code), errc_name(Errc::http_malformed)) << target;
  }
}

TEST(RequestParser, GivesTheDecodedPathAndQuery) {
  const auto parsed =
      parse(get("/log/tile/0/x001/000.p/17?since=2016-07-15T06%3A00%3A00Z&q=a+b&e"));
  ASSERT_TRUE(parsed && *parsed);
  const HttpRequest& request = (*parsed)->request;
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/log/tile/0/x001/000.p/17");
  EXPECT_EQ(request.query.at("since"), "2016-07-15T06:00:00Z");
  EXPECT_EQ(request.query.at("q"), "a b");
  EXPECT_EQ(request.query.at("e"), "");
  EXPECT_EQ((*parse(get("/")))->request.path, "/");
  EXPECT_EQ((*parse(get("/sites/")))->request.path, "/sites/");
  EXPECT_EQ((*parse(get("/a%20b/%C3%A9")))->request.path, "/a b/\u00e9");
  EXPECT_EQ((*parse(get("/...")))->request.path, "/...");
}

TEST(RequestParser, RefusesAHeaderBeyondItsLimit) {
  const std::string big(limits::kHttpHeaderBytes, 'a');
  const std::vector<std::string> inputs = {
      "GET / HTTP/1.1\r\nHost: h\r\nX: " + big + "\r\n\r\n",
      "GET /" + big + " HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /" + big + big,  // and no end in sight
      "GET / HTTP/1.1\r\nHost: h\r\nX: " + big + big,
  };
  for (const std::string& input : inputs) {
    const auto parsed = parse(input);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(errc_name(parsed.error().code), errc_name(Errc::http_too_large));
    EXPECT_EQ(status_of(parsed.error()), 431);
  }
}

TEST(RequestParser, RefusesAChunkLineOrTrailerBeyondTheHeaderLimit) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string big(limits::kHttpHeaderBytes, 'a');
  for (const std::string& tail : {"1;" + big, "0\r\nX: " + big, "0\r\n" + big + ": x"}) {
    const auto parsed = parse(head + tail);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(errc_name(parsed.error().code), errc_name(Errc::http_too_large));
  }
}

TEST(RequestParser, RefusesABodyBeyondItsLimitBeforeItArrives) {
  const std::string size = std::to_string(limits::kApiBodyBytes + 1);
  const auto announced =
      parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n");
  ASSERT_FALSE(announced);
  EXPECT_EQ(status_of(announced.error()), 413);
  std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t sent = 0; sent <= limits::kApiBodyBytes; sent += 0x8000) {
    chunked += "8000\r\n" + std::string(0x8000, 'b') + "\r\n";
  }
  const auto grown = parse(chunked);
  ASSERT_FALSE(grown);
  EXPECT_EQ(status_of(grown.error()), 413);
}

TEST(RequestParser, TakesABodyOfExactlyTheLimit) {
  const std::string body(limits::kApiBodyBytes, 'b');
  const auto parsed =
      parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body);
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->request.body, body);
}

// A server may let one route take more; the target is compared as it was sent.
std::size_t more_for_papers(std::string_view method, std::string_view path) {
  return limits::kApiBodyBytes * (method == "POST" && path == "/papers" ? 2 : 1);
}

std::string post_head(const std::string& target, std::size_t bytes) {
  return "POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n\r\n";
}

TEST(RequestParser, KeepsARoutesLargerBodyFromEveryOtherRoute) {
  const std::size_t large = limits::kApiBodyBytes + 1;
  for (const char* target : {"/", "/papers/", "/papers/1", "/paper%73", "/Papers", "/x?/papers"}) {
    RequestParser parser(more_for_papers);
    parser.feed(post_head(target, large));
    const auto parsed = parser.next();
    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(status_of(parsed.error()), 413) << target;
  }
  RequestParser put(more_for_papers);
  put.feed("PUT /papers HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(large) +
           "\r\n\r\n");
  EXPECT_FALSE(put.next());
}

TEST(RequestParser, RefusesABodyBeyondTheRoutesOwnLimit) {
  RequestParser parser(more_for_papers);
  parser.feed(post_head("/papers", 2 * limits::kApiBodyBytes + 1));
  const auto parsed = parser.next();
  ASSERT_FALSE(parsed);
  EXPECT_EQ(status_of(parsed.error()), 413);
  // The next request on the same connection has its own route, and so its own limit.
  RequestParser both(more_for_papers);
  both.feed(post_head("/papers", 2 * limits::kApiBodyBytes) +
            std::string(2 * limits::kApiBodyBytes, 'b'));
  ASSERT_TRUE(both.next());
  both.feed(post_head("/", limits::kApiBodyBytes + 1));
  EXPECT_FALSE(both.next());
}

TEST(RequestParser, TakesALargerBodyWhereTheRouteAllowsIt) {
  const std::string body(2 * limits::kApiBodyBytes, 'b');
  for (const char* target : {"/papers", "/papers?language=en"}) {
    RequestParser parser(more_for_papers);
    parser.feed(post_head(target, body.size()) + body);
    const auto parsed = parser.next();
    ASSERT_TRUE(parsed && *parsed) << target;
    EXPECT_EQ((*parsed)->request.body, body);
  }
  RequestParser chunked(more_for_papers);
  chunked.feed("POST /papers HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t sent = 0; sent < body.size(); sent += 0x8000) {
    chunked.feed("8000\r\n" + std::string(0x8000, 'b') + "\r\n");
    ASSERT_TRUE(chunked.next());
  }
  chunked.feed("0\r\n\r\n");
  const auto parsed = chunked.next();
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->request.body, body);
}

TEST(RequestParser, GivesPipelinedRequestsOneByOne) {
  RequestParser parser;
  parser.feed(get("/1") + "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" +
              get("/3"));
  for (const char* path : {"/1", "/2", "/3"}) {
    const auto parsed = parser.next();
    ASSERT_TRUE(parsed && *parsed);
    EXPECT_EQ((*parsed)->request.path, path);
  }
  EXPECT_FALSE(parser.in_progress());
  EXPECT_FALSE(*parser.next());
}

TEST(RequestParser, SaysOnceThatTheClientWaitsBeforeItsBody) {
  RequestParser parser;
  parser.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(parser.next());
  EXPECT_TRUE(parser.take_expects_continue());
  EXPECT_FALSE(parser.take_expects_continue());
  parser.feed("ok");
  EXPECT_EQ((*parser.next())->request.body, "ok");
}

// Beast 1.81 ends the process on this if it is called as its manual says.
TEST(RequestParser, TakesALastChunkThatDripsIn) {
  for (const std::string& end : {std::string("0\r\n\r\n"), std::string("0\r\nX: y\r\n\r\n")}) {
    RequestParser parser;
    std::optional<ParsedRequest> whole;
    for (const char c :
         "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n" + end) {
      ASSERT_FALSE(whole);
      parser.feed({&c, 1});
      auto next = parser.next();
      ASSERT_TRUE(next) << next.error().text();
      whole = std::move(*next);
    }
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->request.body, "b");
  }
}

TEST(RequestParser, JoinsRepeatedHeadersAndLowersTheirNames) {
  const auto parsed = parse("GET / HTTP/1.1\r\nHoSt: h\r\nX-A: 1\r\nx-a: 2\r\n\r\n");
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->request.headers.at("x-a"), "1, 2");
  EXPECT_EQ((*parsed)->request.headers.at("host"), "h");
  EXPECT_TRUE((*parsed)->keep_alive);
  EXPECT_FALSE((*parse("GET / HTTP/1.0\r\n\r\n"))->keep_alive);
  EXPECT_TRUE((*parse("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"))->head_only);
}

RC_GTEST_PROP(RequestParser, GivesTheSameMessagesHoweverTheyAreCut,
              (std::vector<std::uint8_t> bodies, std::vector<std::uint8_t> cuts)) {
  std::string stream;
  for (const std::uint8_t size : bodies) {
    const bool chunked = size % 2 == 1;
    const std::string body(size, 'x');
    stream +=
        "POST /" + std::to_string(size) + "?n=" + std::to_string(size) + " HTTP/1.1\r\nHost: h\r\n";
    if (chunked) {
      stream += "Transfer-Encoding: chunked\r\n\r\n";
      stream += size == 1 ? "1\r\nx\r\n" : "1\r\nx\r\n1\r\nx\r\n";
      stream += "0\r\n\r\n";
    } else {
      stream += "Content-Length: " + std::to_string(size) + "\r\n\r\n" + body;
    }
  }
  RequestParser parser;
  std::vector<ParsedRequest> seen;
  std::size_t at = 0;
  for (std::size_t i = 0; at < stream.size(); ++i) {
    const std::size_t step = i < cuts.size() ? std::size_t{cuts[i]} % 64 + 1 : stream.size();
    const std::string_view piece = std::string_view(stream).substr(at, step);
    at += piece.size();
    parser.feed(piece);
    while (true) {
      auto parsed = parser.next();
      RC_ASSERT(parsed.has_value());
      if (!*parsed) break;
      seen.push_back(std::move(**parsed));
    }
  }
  RC_ASSERT(seen.size() == bodies.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const std::size_t size = bodies[i] % 2 == 0 ? bodies[i] : (bodies[i] == 1 ? 1U : 2U);
    RC_ASSERT(seen[i].request.path == "/" + std::to_string(bodies[i]));
    RC_ASSERT(seen[i].request.body == std::string(size, 'x'));
  }
}

// ---- responses ----

TEST(ResponseParser, RefusesWhatIsNotAnAnswerOrTooLarge) {
  for (const std::string& input :
       {std::string("hello\r\n\r\n"), std::string("HTTP/1.1 9999 x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(limits::kHttpResponseBytes + 1) +
            "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'a')}) {
    ResponseParser parser(false);
    EXPECT_FALSE(parser.feed(input)) << input.substr(0, 60);
  }
}

// A caller that knows how much may come reads no further than that.
TEST(ResponseParser, RefusesMoreThanItsCallerWants) {
  ResponseParser announced(false, 4'096);
  const Result<bool> at_once = announced.feed("HTTP/1.1 200 OK\r\nContent-Length: 4097\r\n\r\n");
  EXPECT_EQ(at_once.error().code, Errc::http_too_large);
  ResponseParser unannounced(false, 4'096);
  ASSERT_TRUE(unannounced.feed("HTTP/1.1 200 OK\r\n\r\n" + std::string(4'096, 'x')));
  EXPECT_EQ(unannounced.feed("x").error().code, Errc::http_too_large);
  ResponseParser fits(false, 4'096);
  const auto whole =
      fits.feed("HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n" + std::string(4'096, 'x'));
  EXPECT_TRUE(whole && *whole);
}

TEST(ResponseParser, RefusesAnAnswerThatEndsEarly) {
  for (const char* input :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"}) {
    ResponseParser parser(false);
    const Result<bool> whole = parser.feed(input);
    EXPECT_TRUE(whole && !*whole);
    EXPECT_FALSE(parser.end()) << input;
  }
}

TEST(ResponseParser, TakesAnAnswerWithoutALengthAtTheEndOfTheConnection) {
  ResponseParser parser(false);
  EXPECT_FALSE(*parser.feed("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nabc"));
  EXPECT_FALSE(*parser.feed("def"));
  ASSERT_TRUE(parser.end());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(parser.take().body, "abcdef");
}

TEST(ResponseParser, ReadsWhatWriteResponseWrote) {
  HttpResponse sent;
  sent.status = 404;
  sent.content_type = "text/plain";
  sent.body = "nothing here";
  sent.headers = {{"X-Place", "log"}};
  ResponseParser parser(false);
  const std::string bytes = write_response(sent, {true, false});
  ASSERT_TRUE(*parser.feed(bytes));
  EXPECT_TRUE(parser.keep_alive());
  const HttpResponse got = parser.take();
  EXPECT_EQ(got.status, 404);
  EXPECT_EQ(got.content_type, "text/plain");
  EXPECT_EQ(got.body, sent.body);
  ResponseParser head(true);
  EXPECT_TRUE(*head.feed(write_response(sent, {true, true})));
}

TEST(WriteResponse, CarriesTheSecurityHeadersAndNoInjectedOnes) {
  HttpResponse response;
  response.headers = {{"X-A", "a\r\nSet-Cookie: b"}, {"Cache-Control", "max-age=60"}};
  const std::string bytes = write_response(response, {});
  EXPECT_NE(bytes.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_NE(bytes.find("Referrer-Policy: no-referrer\r\n"), std::string::npos);
  EXPECT_EQ(bytes.find("no-store"), std::string::npos);
  EXPECT_EQ(bytes.find("\r\nSet-Cookie"), std::string::npos);
  EXPECT_NE(write_response({}, {}).find("Cache-Control: no-store\r\n"), std::string::npos);
}

TEST(ErrorResponse, IsJsonWithCodeNumberTextAndPlace) {
  const HttpResponse response =
      error_response(400, {Errc::http_malformed, "a \"quoted\" word", "path"});
  const Result<JsonDocument> parsed = parse_json(response.body, {.bytes_max = 4096});
  ASSERT_TRUE(parsed);
  const Result<JsonReader> error = parsed->root().object("error");
  ASSERT_TRUE(error);
  EXPECT_EQ(*error->string("code", 100), "http_malformed");
  EXPECT_EQ(*error->integer("number", 0, 9999), 4110);
  EXPECT_NE(error->string("text", 1000)->find("a \"quoted\" word"), std::string::npos);
  EXPECT_EQ(*error->string("place", 100), "path");
}

}  // namespace
}  // namespace detente::net
