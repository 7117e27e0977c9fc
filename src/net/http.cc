// SPDX-License-Identifier: Apache-2.0
#include "net/http.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cctype>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "base/limits.h"

namespace detente::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u < 0x20 || u == 0x7f;
  });
}

// Errors of Beast's parser in our words.
Error parse_error(const error_code& why) {
  if (why == http::error::header_limit) {
    return {Errc::http_too_large,
            fmt::format("the header is larger than {} bytes", limits::kHttpHeaderBytes), "headers"};
  }
  if (why == http::error::body_limit) return {Errc::http_too_large, "the body", "body"};
  return {Errc::http_malformed, why.message(), ""};
}

Status check_segment(std::string_view segment, bool last) {
  const bool empty = segment.empty() && !last;  // "/a/" is allowed, "/a//b" is not
  if (empty || segment == "." || segment == ".." || has_control(segment) || !is_utf8(segment) ||
      segment.find_first_of("/\\") != std::string_view::npos) {
    return fail(Errc::http_malformed, "the path has a segment that is not allowed", "path");
  }
  return {};
}

Status read_path(boost::urls::segments_encoded_view segments, std::string& out) {
  std::size_t left = segments.size();
  if (left == 0) out = "/";
  for (const auto& encoded : segments) {
    const std::string segment = encoded.decode();
    --left;
    DETENTE_CHECK(check_segment(segment, left == 0));
    out += "/" + segment;
  }
  return {};
}

Status read_target(std::string_view target, HttpRequest& request) {
  if (!target.starts_with('/') || target.starts_with("//")) {
    return fail(Errc::http_malformed, "the target must be a path", "path");
  }
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return fail(Errc::http_malformed, "the target is not a valid path", "path");
  DETENTE_CHECK(read_path(url->encoded_segments(), request.path));
  for (const auto& item : url->params()) {
    if (has_control(item.key) || has_control(item.value) || !is_utf8(item.key) ||
        !is_utf8(item.value)) {
      return fail(Errc::http_malformed, "the query has characters that are not allowed", "query");
    }
    // First wins here and last wins there is how two programs are made to disagree.
    if (!request.query.emplace(item.key, item.value).second) {
      return fail(Errc::http_malformed, "a query name is given twice", "query");
    }
  }
  return {};
}

Status read_headers(const http::fields& fields, std::map<std::string, std::string>& out) {
  static const std::set<std::string, std::less<>> kSingle = {
      "host", "authorization", "content-type", "content-length", "transfer-encoding"};
  for (const auto& field : fields) {
    const std::string name = lower({field.name_string().data(), field.name_string().size()});
    const std::string_view value(field.value().data(), field.value().size());
    if (has_control(value) && value.find('\t') == std::string_view::npos) {
      return fail(Errc::http_malformed, "a header has a control character", name);
    }
    const auto [at, fresh] = out.emplace(name, value);
    if (fresh) continue;
    if (kSingle.contains(name)) return fail(Errc::http_malformed, "a header is repeated", name);
    at->second += ", ";
    at->second += value;
  }
  return {};
}

// Gives the parser the bytes that it has not taken yet: true if the message is whole, false if more
// must come first. `on_header` is asked, once or more, before anything of the body is taken.
template <class Parser, class OnHeader>
Result<bool> put_rest(Parser& parser, std::string& rest, OnHeader on_header) {
  while (!parser.is_done()) {
    if (parser.is_header_done()) DETENTE_CHECK(on_header());
    // Beast 1.81 ends the process if it sees the last chunk's line a second time with fewer than
    // five bytes. No chunked body ends with fewer, so waiting for them costs nothing.
    const bool in_chunks = parser.is_header_done() && parser.chunked();
    if (rest.size() < (in_chunks ? 5U : 1U)) return false;
    error_code failed;
    const boost::asio::const_buffer buffer(rest.data(), rest.size());
    const std::size_t used = parser.put(buffer, failed);
    rest.erase(0, used);
    if (failed == http::error::need_more) {
      // Beast counts a header against its limit only once it has seen the end of it, and a chunk's
      // line and the trailer never.
      if (rest.size() <= limits::kHttpHeaderBytes) return false;
      failed = http::error::header_limit;
    }
    if (failed) return fail(parse_error(failed));
  }
  return true;
}

std::string clean_header(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out += clean_header(name);
  out += ": ";
  out += clean_header(value);
  out += "\r\n";
}

bool names_header(const HttpResponse& response, std::string_view name) {
  return std::ranges::any_of(response.headers,
                             [name](const auto& header) { return lower(header.first) == name; });
}

}  // namespace

HttpResponse error_response(int status, const Error& error) {
  const std::string text = error.detail.empty()
                               ? errc_sentence(error.code)
                               : fmt::format("{}: {}", errc_sentence(error.code), error.detail);
  JsonWriter out;
  out.begin_object().name("error").begin_object();
  out.member("code", errc_name(error.code));
  out.member("number", static_cast<int>(error.code));
  out.member("text", text).member("place", error.place);
  out.end_object().end_object();
  HttpResponse response;
  response.status = status;
  response.body = out.take();
  return response;
}

int status_of(const Error& error) {
  switch (error.code) {
    case Errc::http_malformed:
      return 400;
    case Errc::http_too_large:
      return error.place == "headers" ? 431 : 413;
    case Errc::net_refused:
      return 503;
    default:
      return 500;
  }
}

// ---- requests ----

struct RequestParser::Impl {
  using Parser = http::request_parser<http::string_body>;
  BodyLimit body_limit;
  std::optional<Parser> parser;
  std::string rest;  // bytes not yet taken by the parser
  bool body_limited = false;
  bool told_continue = false;

  // The parser stops after the header: only then is it known how large the body may be.
  void begin() {
    parser.emplace();
    parser->eager(false);
    parser->header_limit(static_cast<std::uint32_t>(limits::kHttpHeaderBytes));
    parser->body_limit(boost::none);
    body_limited = false;
    told_continue = false;
  }
  Status limit_body();
  Result<ParsedRequest> take();
};

RequestParser::RequestParser(BodyLimit body_limit) : impl_(std::make_unique<Impl>()) {
  impl_->body_limit = std::move(body_limit);
  impl_->begin();
}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

void RequestParser::feed(std::string_view bytes) {
  impl_->rest += bytes;
}

Result<std::optional<ParsedRequest>> RequestParser::next() {
  Impl& impl = *impl_;
  DETENTE_TRY(const bool whole,
              put_rest(*impl.parser, impl.rest, [&impl] { return impl.limit_body(); }));
  if (!whole) return std::nullopt;
  DETENTE_TRY(ParsedRequest parsed, impl.take());
  impl.begin();
  return parsed;
}

Status RequestParser::Impl::limit_body() {
  if (body_limited) return {};
  body_limited = true;
  std::size_t most = limits::kApiBodyBytes;
  if (body_limit) {
    const auto& head = parser->get();
    const std::string_view target(head.target().data(), head.target().size());
    const std::string_view method(head.method_string().data(), head.method_string().size());
    most = body_limit(method, target.substr(0, target.find('?')));
  }
  const auto announced = parser->content_length();
  if (announced && *announced > most) return fail(parse_error(http::error::body_limit));
  parser->body_limit(most);
  parser->eager(true);
  return {};
}

Result<ParsedRequest> RequestParser::Impl::take() {
  http::request<http::string_body> message = parser->release();
  ParsedRequest out;
  const auto method = message.method_string();
  const std::string_view target(message.target().data(), message.target().size());
  out.keep_alive = message.keep_alive();
  out.head_only = message.method() == http::verb::head;
  out.request.method = out.head_only ? "GET" : std::string(method.data(), method.size());
  if (message.version() != 11 && message.version() != 10) {
    return fail(Errc::http_malformed, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  DETENTE_CHECK(read_target(target, out.request));
  DETENTE_CHECK(read_headers(message.base(), out.request.headers));
  if (message.version() == 11 && !out.request.headers.contains("host")) {
    return fail(Errc::http_malformed, "there is no Host header", "host");
  }
  out.request.body = std::move(message.body());
  return out;
}

bool RequestParser::in_progress() const {
  return impl_->parser->got_some() || !impl_->rest.empty();
}

bool RequestParser::take_expects_continue() {
  Impl& impl = *impl_;
  if (impl.told_continue || !impl.parser->is_header_done() || impl.parser->is_done()) return false;
  const auto expect = impl.parser->get()[http::field::expect];
  impl.told_continue = true;
  return lower({expect.data(), expect.size()}) == "100-continue";
}

// ---- responses ----

struct ResponseParser::Impl {
  http::response_parser<http::string_body> parser;
  std::string rest;
};

ResponseParser::ResponseParser(bool head_only, std::size_t body_max)
    : impl_(std::make_unique<Impl>()) {
  impl_->parser.eager(true);
  impl_->parser.skip(head_only);
  impl_->parser.header_limit(static_cast<std::uint32_t>(limits::kHttpHeaderBytes));
  impl_->parser.body_limit(body_max);
}
ResponseParser::~ResponseParser() = default;

Result<bool> ResponseParser::feed(std::string_view bytes) {
  impl_->rest += bytes;
  return put_rest(impl_->parser, impl_->rest, [] { return Status(); });
}

Status ResponseParser::end() {
  if (impl_->parser.is_done()) return {};
  error_code failed = http::error::partial_message;
  if (impl_->parser.got_some()) impl_->parser.put_eof(failed);  // Beast asks for this order
  if (failed || !impl_->parser.is_done()) {
    return fail(Errc::http_malformed, "the answer ended before it was whole");
  }
  return {};
}

bool ResponseParser::keep_alive() const {
  // Bytes after the answer belong to no request of ours.
  return impl_->parser.keep_alive() && impl_->rest.empty();
}

HttpResponse ResponseParser::take() {
  http::response<http::string_body> message = impl_->parser.release();
  HttpResponse out;
  out.status = static_cast<int>(message.result_int());
  out.content_type.clear();
  for (const auto& field : message.base()) {
    std::string name = lower({field.name_string().data(), field.name_string().size()});
    std::string value(field.value().data(), field.value().size());
    if (name == "content-type") out.content_type = value;
    out.headers.emplace_back(std::move(name), std::move(value));
  }
  out.body = std::move(message.body());
  return out;
}

// ---- writing ----

std::string write_response(const HttpResponse& response, const ResponseWriting& how) {
  const auto status = static_cast<unsigned>(response.status);
  const auto reason = http::obsolete_reason(http::int_to_status(status));
  std::string out;
  out.reserve(512 + response.body.size());
  out += fmt::format("HTTP/1.1 {} {}\r\n", status, std::string(reason.data(), reason.size()));
  const bool stream = response.event_stream;
  add_header(out, "Content-Type", stream ? "text/event-stream" : response.content_type);
  if (!stream) add_header(out, "Content-Length", fmt::format("{}", response.body.size()));
  add_header(out, "Connection", how.keep_alive && !stream ? "keep-alive" : "close");
  add_header(out, "X-Content-Type-Options", "nosniff");
  add_header(out, "Referrer-Policy", "no-referrer");
  if (!names_header(response, "cache-control")) add_header(out, "Cache-Control", "no-store");
  for (const auto& [name, value] : response.headers) add_header(out, name, value);
  out += "\r\n";
  if (!how.head_only) out += response.body;
  return out;
}

std::string write_request(const std::string& method, const std::string& target,
                          const std::string& host, const std::string& body,
                          const std::map<std::string, std::string>& headers) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", clean_header(method), clean_header(target));
  add_header(out, "Host", host);
  add_header(out, "Connection", "keep-alive");
  for (const auto& [name, value] : headers) add_header(out, name, value);
  if (!body.empty() || method == "POST" || method == "PUT") {
    add_header(out, "Content-Length", fmt::format("{}", body.size()));
  }
  out += "\r\n";
  out += body;
  return out;
}

}  // namespace detente::net
