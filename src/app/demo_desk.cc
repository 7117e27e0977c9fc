// SPDX-License-Identifier: Apache-2.0
#include "app/demo_desk.h"

#include <fmt/core.h>

#include <utility>

#include "base/limits.h"

namespace detente::app {
namespace {

constexpr std::chrono::milliseconds kTimeout{60'000};
constexpr std::chrono::milliseconds kWait{50};

Result<Answered> read_answer(Result<net::HttpResponse> response) {
  if (!response) return fail(response.error());
  Answered out;
  out.status = response->status;
  out.body = std::move(response->body);
  if (out.body.empty()) return out;
  DETENTE_TRY(out.json, parse_json(out.body, {.bytes_max = limits::kHttpResponseBytes,
                                              .integers_only = false}));
  return out;
}

}  // namespace

std::string Answered::code() const {
  if (body.empty()) return {};
  const Result<JsonReader> error = json.root().object("error");
  if (!error) return {};
  return error->string("code", limits::kIdBytes).value_or("");
}

std::string Answered::text() const {
  std::string out = fmt::format("HTTP {}", status);
  if (body.empty()) return out;
  const Result<JsonReader> error = json.root().object("error");
  if (!error) return out;
  out = fmt::format("{}: {}", error->string("code", limits::kIdBytes).value_or("?"),
                    error->string("text", limits::kTextBytes).value_or("?"));
  const Result<std::string> detail = error->string("detail", limits::kTextBytes, true);
  if (detail && !detail->empty()) out += ": " + *detail;
  return out;
}

Desk::Desk(net::Runtime& runtime, PartyId party, std::uint16_t port)
    : runtime_(runtime), party_(std::move(party)), port_(port) {
  net::ClientOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.tls = false;
  options.timeout = kTimeout;
  client_ = runtime_.client(options);
}

std::string Desk::url() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

void Desk::send(const std::string& method, const std::string& target, const std::string& body,
                const std::string& token, Done done) {
  std::map<std::string, std::string> headers;
  if (!token.empty()) headers["Authorization"] = "Bearer " + token;
  if (!body.empty()) headers["Content-Type"] = "application/json";
  client_->request(method, target, body, std::move(headers),
                   [done = std::move(done)](Result<net::HttpResponse> response) {
                     done(read_answer(std::move(response)));
                   });
}

Result<Answered> Desk::ask(const std::string& method, const std::string& target,
                           const std::string& body, const std::string& token) {
  // Shared with the callback, which may come after a loop that was given up.
  auto answer = std::make_shared<std::optional<Result<Answered>>>();
  send(method, target, body, token, [answer](Result<Answered> got) { *answer = std::move(got); });
  while (!answer->has_value()) runtime_.run_for(kWait);
  Result<Answered> out = std::move(**answer);
  if (!out) return fail(std::move(out.error()).at(party_.value + " " + target));
  return out;
}

Result<JsonDocument> Desk::get(const std::string& target) {
  DETENTE_TRY(const Answered answer, ask("GET", target));
  if (!answer.good()) return fail(Errc::http_status, answer.text(), party_.value + " " + target);
  return answer.json;
}

Result<Quiet> read_quiet(const JsonReader& in) {
  Quiet out;
  DETENTE_TRY(out.now, in.time("now"));
  DETENTE_TRY(out.busy, in.boolean("busy"));
  DETENTE_TRY(const JsonReader heads, in.object("heads"));
  for (const std::string& name : heads.names()) {
    DETENTE_TRY(const std::int64_t size, heads.integer(name, 0, INT64_MAX));
    out.heads[PartyId{name}] = static_cast<std::uint64_t>(size);
  }
  DETENTE_TRY(const JsonReader links, in.object("link"));
  for (const std::string& name : links.names()) {
    DETENTE_TRY(out.links[PartyId{name}], links.string(name, limits::kIdBytes));
  }
  DETENTE_TRY(const std::int64_t points, in.integer("points", 0, INT64_MAX));
  out.points = static_cast<std::uint64_t>(points);
  if (in.has("feed_refused")) {
    DETENTE_TRY(const std::int64_t refused, in.integer("feed_refused", 0, INT64_MAX));
    out.feed_refused = static_cast<std::uint64_t>(refused);
  }
  return out;
}

}  // namespace detente::app
