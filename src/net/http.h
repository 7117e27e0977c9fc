// SPDX-License-Identifier: Apache-2.0
//
// HTTP messages as values, and the sans-io parser's limits (limits::kHttp*). Only http.cc sees
// Beast.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace detente::net {

struct HttpRequest {
  std::string method;                         // "GET"
  std::string path;                           // decoded, begins with '/', no "." or ".." segment
  std::map<std::string, std::string> query;   // decoded
  std::map<std::string, std::string> headers; // names in lower case
  std::string body;
  std::string peer;                           // TLS: common name of the verified certificate, else ""
  bool tls = false;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool event_stream = false;  // keep the connection open and send server-sent events to it
};

// Called on the server's one thread; must not block.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace detente::net
