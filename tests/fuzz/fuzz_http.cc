// SPDX-License-Identifier: Apache-2.0
//
// The HTTP parsers, which read what anybody on the network sends. Besides not crashing: a path
// that was let through stays inside, and the messages do not depend on how the bytes were cut.
// The first byte chooses the parser and the cut; the rest is what arrives.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace {

using detente::check;
using detente::net::ParsedRequest;
using detente::net::RequestParser;
using detente::net::ResponseParser;

// What a stream of requests came to: the messages, and the error that ended them.
struct Outcome {
  std::vector<ParsedRequest> messages;
  std::string error;
  bool waiting = false;  // for more bytes
};

Outcome parse_requests(std::string_view bytes, std::size_t step) {
  Outcome out;
  RequestParser parser;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    parser.feed(bytes.substr(at, step));
    while (true) {
      auto next = parser.next();
      if (!next) {
        out.error = next.error().text();
        return out;
      }
      if (!*next) break;
      out.messages.push_back(std::move(**next));
    }
    static_cast<void>(parser.take_expects_continue());
  }
  out.waiting = parser.in_progress();
  return out;
}

void check_request(const detente::net::HttpRequest& request) {
  const std::string& path = request.path;
  check(path.starts_with('/'), "a path does not begin with '/'");
  check(std::ranges::none_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
        "a control character came through");
  check(path.find('\\') == std::string::npos, "a backslash came through");
  const std::string closed = path + "/";
  for (const char* out : {"/../", "/./"}) {
    check(closed.find(out) == std::string::npos, "a way out came through");
  }
  check(path.find("//") == std::string::npos, "an empty segment came through");
}

void try_requests(std::string_view bytes, std::size_t step) {
  const Outcome whole = parse_requests(bytes, bytes.size());
  const Outcome cut = parse_requests(bytes, step);
  check(whole.messages.size() == cut.messages.size(), "the cut changed the number of messages");
  // In pieces, a broken header is sometimes noticed only at its end.
  check(whole.error.empty() == cut.error.empty() || whole.waiting || cut.waiting,
        "the cut changed whether they were refused");
  for (std::size_t i = 0; i < whole.messages.size(); ++i) {
    const ParsedRequest& a = whole.messages[i];
    const ParsedRequest& b = cut.messages[i];
    check_request(a.request);
    check(a.request.path == b.request.path && a.request.body == b.request.body &&
              a.request.headers == b.request.headers && a.request.query == b.request.query &&
              a.keep_alive == b.keep_alive && a.head_only == b.head_only,
          "the cut changed a message");
  }
}

void try_response(std::string_view bytes, std::size_t step, bool head_only) {
  ResponseParser parser(head_only);
  bool whole = false;
  for (std::size_t at = 0; at < bytes.size() && !whole; at += step) {
    const auto fed = parser.feed(bytes.substr(at, step));
    if (!fed) return;
    whole = *fed;
  }
  if (!whole && !parser.end()) return;
  static_cast<void>(parser.keep_alive());
  const detente::net::HttpResponse response = parser.take();
  static_cast<void>(detente::net::write_response(response, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = std::size_t{data[0]} % 16 + 1;
  if (data[0] < 128) {
    try_requests(bytes, step);
  } else {
    try_response(bytes, step, data[0] >= 192);
  }
  return 0;
}
