// SPDX-License-Identifier: Apache-2.0
#include "app/utm_teller.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "app/identity.h"
#include "app/serve.h"

namespace detente::app {
namespace {

constexpr std::chrono::milliseconds kTellingTimeout{10'000};
constexpr std::int64_t kAgainMs = 1'000;  // after the first failure; later ones wait longer
constexpr std::int64_t kAgainMsMax = 60'000;
constexpr std::size_t kTokenBytes = 16'384;

std::string path_of(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t slash = url.find('/', host);
  std::string path = slash == std::string::npos ? "" : url.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  return path;
}

Result<std::string> read_token(const std::string& path) {
  DETENTE_TRY(std::string token, read_text_file(path, kTokenBytes));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  const bool clean = !token.empty() && std::all_of(token.begin(), token.end(),
                                                   [](char c) { return c > 0x20 && c < 0x7f; });
  if (!clean) return fail(Errc::token_malformed, "the file holds no token", path);
  return token;
}

// Worth another attempt: the USS may be restarting, and a token may be about to be renewed.
bool is_passing(int status) {
  return status >= 500 || status == 401 || status == 403 || status == 408 || status == 429;
}

}  // namespace

Result<UtmListener> parse_utm_listener(const std::string& text) {
  UtmListener listener;
  const std::size_t comma = text.find(',');
  const std::size_t equals = text.rfind('=', comma);
  const bool parts = comma != std::string::npos && equals != std::string::npos;
  if (parts) {
    listener.base_url = text.substr(0, equals);
    listener.token_file = text.substr(comma + 1);
    const Result<PeerAddress> address = parse_peer("uss" + text.substr(equals, comma - equals));
    if (address) {
      listener.host = address->host;
      listener.port = address->port;
    }
  }
  const bool url =
      listener.base_url.starts_with("http://") || listener.base_url.starts_with("https://");
  if (!url || listener.port == 0 || listener.token_file.empty() ||
      listener.base_url.find_first_of(" \r\n") != std::string::npos) {
    return fail(Errc::usage, "a USS that is told is BASE_URL=HOST:PORT,TOKEN_FILE", text);
  }
  return listener;
}

UtmTeller::UtmTeller(net::Runtime& runtime, const std::vector<UtmListener>& listeners)
    : runtime_(runtime) {
  for (const UtmListener& listener : listeners) {
    auto line = std::make_unique<Line>();
    line->to = listener;
    line->prefix = path_of(listener.base_url);
    line->count.base_url = listener.base_url;
    net::ClientOptions options;
    options.host = listener.host;
    options.port = listener.port;
    options.tls = false;
    options.timeout = kTellingTimeout;
    line->client = runtime.client(options);
    lines_.push_back(std::move(line));
  }
}

void UtmTeller::tell(utm::Telling telling) {
  const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) {
    return line->to.base_url == telling.base_url;
  });
  if (found == lines_.end()) {
    ++unnamed_;
    return;
  }
  Line& line = **found;
  // The first may be under way.
  if (line.waiting.size() >= kUtmTellingsWaiting) {
    line.waiting.erase(line.waiting.begin() + 1);
    ++line.count.lost;
  }
  line.waiting.push_back(std::move(telling));
  send(line);
}

void UtmTeller::send(Line& line) {
  if (line.under_way || line.pausing || line.waiting.empty()) return;
  line.under_way = true;
  const Result<std::string> token = read_token(line.to.token_file);
  if (!token) {
    runtime_.post([this, &line, error = token.error()] { answered(line, fail(error)); });
    return;
  }
  const utm::Telling& first = line.waiting.front();
  line.client->request(
      "POST", line.prefix + first.path, first.body,
      {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + *token}},
      [this, &line](const Result<net::HttpResponse>& response) { answered(line, response); });
}

void UtmTeller::answered(Line& line, const Result<net::HttpResponse>& response) {
  line.under_way = false;
  const int status = response ? response->status : 0;
  if (status >= 200 && status < 300) {
    ++line.count.told;
    line.count.last_error.clear();
  } else {
    line.count.last_error =
        response ? fmt::format("it answered {}", status) : response.error().text();
    ++line.failures;
    const bool again = (!response || is_passing(status)) && line.failures < kUtmTellingAttempts;
    if (again) {
      line.pausing = true;
      const std::int64_t pause = std::min(kAgainMs << std::min(line.failures - 1, 6), kAgainMsMax);
      runtime_.after(std::chrono::milliseconds(pause), [this, &line] {
        line.pausing = false;
        send(line);
      });
      return;
    }
    ++line.count.lost;
  }
  line.waiting.pop_front();
  line.failures = 0;
  send(line);
}

utm::Told UtmTeller::told() const {
  utm::Told out;
  out.unnamed = unnamed_;
  for (const auto& line : lines_) {
    out.usses.push_back(line->count);
    out.usses.back().waiting = line->waiting.size();
  }
  return out;
}

bool UtmTeller::busy() const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [](const auto& line) { return line->under_way; });
}

}  // namespace detente::app
