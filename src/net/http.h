// SPDX-License-Identifier: Apache-2.0
//
// HTTP/1.1 messages as values, and parsers that are fed bytes and give messages: no socket, no
// clock. Only http.cc sees Beast. Limits: limits::kHttp*, kApiBodyBytes; BodyLimit gives others.
//
// Refused with http_malformed (400): what is not HTTP/1.x, a missing or repeated Host, both a
// Content-Length and a Transfer-Encoding, a target that is not "/path?query", a path segment that
// decodes to "." or "..", or to text with a control character, '/' or '\', an empty segment
// inside the path, text that is not UTF-8, and a query name that is given twice.
// Refused with http_too_large: a header (431) or a body (413) beyond its limit.
//
// Threads: a parser belongs to one thread at a time; the functions are pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace detente::net {

struct HttpRequest {
  std::string method;                          // "GET"; HEAD is given as GET, its body is not sent
  std::string path;                            // decoded, begins with '/', no "." or ".." segment
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string peer;  // TLS: common name of the verified certificate, else ""
  bool tls = false;
};

class LaterResponse;

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool event_stream = false;  // keep the connection open and send server-sent events to it
  // Set: the answer comes later, and all else here is passed over.
  std::shared_ptr<LaterResponse> later;
};

// An answer that the handler does not have yet. The server's thread alone.
class LaterResponse {
 public:
  // Once. The connection may be gone by then.
  void finish(HttpResponse response) {
    response_ = std::move(response);
    if (wake_) wake_();
  }
  // The server's side.
  void on_finish(std::function<void()> wake) { wake_ = std::move(wake); }
  std::optional<HttpResponse>& response() { return response_; }

 private:
  std::optional<HttpResponse> response_;
  std::function<void()> wake_;
};

// Called on the server's one thread; must not block. What takes longer is answered with `later`.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// The answer to a request that failed: {"error":{"code","number","text","place"}}.
HttpResponse error_response(int status, const Error& error);
// The status that the server's own errors are answered with (400, 413, 431, 503, 500).
int status_of(const Error& error);

// One request out of the bytes that arrived.
struct ParsedRequest {
  HttpRequest request;
  bool head_only = false;   // it was a HEAD
  bool keep_alive = false;  // the client will send more on this connection
};

// How many bytes the body of a request may have, by its method and by its path as it was sent,
// undecoded and without the query. Empty: limits::kApiBodyBytes for all.
using BodyLimit = std::function<std::size_t(std::string_view method, std::string_view path)>;

class RequestParser {
 public:
  explicit RequestParser(BodyLimit body_limit = {});
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  // Takes bytes as they come, in any pieces. A message that is whole is taken with next(); what
  // follows it is kept. After an error the parser must not be used again.
  void feed(std::string_view bytes);
  Result<std::optional<ParsedRequest>> next();

  bool in_progress() const;  // a message has begun and is not whole
  // The client waits for "100 Continue" before it sends the body; true once per message.
  bool take_expects_continue();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class ResponseParser {
 public:
  // `head_only`: the answer to a HEAD has no body. More than `body_max` of it are http_too_large.
  explicit ResponseParser(bool head_only, std::size_t body_max = limits::kHttpResponseBytes);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // True once the message is whole. http_malformed, http_too_large.
  Result<bool> feed(std::string_view bytes);
  // The connection ended: a message without a length ends with it. http_malformed if not whole.
  Status end();
  bool keep_alive() const;
  HttpResponse take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct ResponseWriting {
  bool keep_alive = true;
  bool head_only = false;
};
// The message's bytes, with the security headers. An event stream gets no length: it ends with
// the connection. Control characters in header values become spaces.
std::string write_response(const HttpResponse& response, const ResponseWriting& how);
std::string write_request(const std::string& method, const std::string& target,
                          const std::string& host, const std::string& body,
                          const std::map<std::string, std::string>& headers);

}  // namespace detente::net
