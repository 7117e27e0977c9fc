// SPDX-License-Identifier: Apache-2.0
#include "app/deliver.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>

#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "net/runtime.h"

namespace detente::app {
namespace {

constexpr std::chrono::milliseconds kTimeout{30'000};
constexpr std::chrono::milliseconds kWait{50};
constexpr std::size_t kTokenBytes = 200;

struct DeskAddress {
  std::string host;
  std::uint16_t port = 0;
};

Result<DeskAddress> parse_url(std::string url) {
  static constexpr std::string_view kScheme = "http://";
  if (url.ends_with('/')) url.pop_back();
  const std::size_t colon = url.rfind(':');
  DeskAddress out;
  if (url.starts_with(kScheme) && colon > kScheme.size()) {
    out.host = url.substr(kScheme.size(), colon - kScheme.size());
    const char* const end = url.data() + url.size();
    const auto [stop, ec] = std::from_chars(url.data() + colon + 1, end, out.port);
    if (ec == std::errc() && stop == end && out.host.find('/') == std::string::npos) return out;
  }
  return fail(Errc::usage, "the desk is http://HOST:PORT", url);
}

// tokens.json of the node's folder: the token of an officer who signed, else of any officer.
Result<std::string> token_from_json(const std::string& text, const std::string& path,
                                    const record::Envelope& envelope) {
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = 1U << 20}));
  std::string any;
  for (const std::string& token : document.root().names()) {
    DETENTE_TRY(const JsonReader entry, document.root().object(token));
    if (!entry.has("officer")) continue;
    DETENTE_TRY(const std::string officer, entry.string("officer", limits::kIdBytes));
    any = token;
    for (const record::EnvelopeSignature& signature : envelope.signatures) {
      if (signature.keyid == officer) return token;
    }
  }
  if (any.empty()) return fail(Errc::http_unauthorized, "no officer's token", path);
  return any;
}

Result<std::string> read_token(const std::string& path, const record::Envelope& envelope) {
  if (path.empty()) return fail(Errc::usage, "a token is needed: --token-file FILE");
  DETENTE_TRY(std::string text, read_text_file(path, 1U << 20));
  if (text.starts_with('{')) return token_from_json(text, path, envelope);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty() || text.size() > kTokenBytes) return fail(Errc::usage, "not a token", path);
  return text;
}

// What the node answered in place of what was asked for.
Error read_refusal(const net::HttpResponse& response) {
  const Result<JsonDocument> document =
      parse_json(response.body, {.bytes_max = limits::kApiBodyBytes});
  if (!document) return {Errc::http_status, std::to_string(response.status), ""};
  const Result<JsonReader> error = document->root().object("error");
  if (!error) return {Errc::http_status, std::to_string(response.status), ""};
  const std::string code = error->string("code", limits::kIdBytes).value_or("?");
  const std::string text = error->string("text", limits::kTextBytes).value_or("?");
  const std::string detail = error->string("detail", limits::kTextBytes, true).value_or("");
  return {Errc::http_status, fmt::format("{} {}: {} {}", response.status, code, text, detail),
          error->string("place", limits::kTextBytes, true).value_or("")};
}

Result<Logged> read_logged(const net::HttpResponse& response) {
  if (response.status != 201) return fail(read_refusal(response));
  DETENTE_TRY(const JsonDocument document,
              parse_json(response.body, {.bytes_max = limits::kApiBodyBytes}));
  const JsonReader in = document.root();
  Logged out;
  DETENTE_TRY(out.party, in.string("party", limits::kIdBytes));
  DETENTE_TRY(const std::int64_t index, in.integer("index", 0, INT64_MAX));
  out.index = static_cast<std::uint64_t>(index);
  DETENTE_TRY(out.leaf, in.string("leaf", limits::kIdBytes));
  out.json = response.body;
  return out;
}

}  // namespace

Status check_deliver(const DeliverOptions& options) {
  if (options.out.empty() == options.url.empty()) {
    return fail(Errc::usage, "either --out FILE or --url URL");
  }
  return {};
}

namespace {

Result<net::HttpResponse> post(const std::string& url, const std::string& path,
                               const std::string& token, const std::string& text) {
  DETENTE_TRY(const DeskAddress desk, parse_url(url));
  net::Runtime runtime;
  net::ClientOptions options;
  options.host = desk.host;
  options.port = desk.port;
  options.tls = false;
  options.timeout = kTimeout;
  const std::shared_ptr<net::Runtime::Client> client = runtime.client(options);
  std::optional<Result<net::HttpResponse>> answer;
  client->request("POST", path, text,
                  {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
                  [&answer](Result<net::HttpResponse> got) { answer = std::move(got); });
  while (!answer) runtime.run_for(kWait);
  if (!*answer) return fail(std::move(answer->error()).at(url));
  return std::move(**answer);
}

}  // namespace

Result<Logged> post_statement(const std::string& url, const std::string& token_file,
                              const record::Envelope& envelope) {
  DETENTE_TRY(const std::string token, read_token(token_file, envelope));
  DETENTE_TRY(const net::HttpResponse response,
              post(url, "/api/statements", token, envelope.encode()));
  return read_logged(response);
}

Status post_document(const std::string& url, const std::string& token_file,
                     const std::string& text) {
  DETENTE_TRY(const std::string token, read_token(token_file, {}));
  DETENTE_TRY(const net::HttpResponse response, post(url, "/api/agreement/documents", token, text));
  if (response.status == 201) return {};
  return fail(read_refusal(response));
}

Result<std::string> post_to_desk(const DeliverOptions& desk, const std::string& officer,
                                 const std::string& path, const std::string& body) {
  record::Envelope whose;
  if (!officer.empty()) whose.signatures.push_back({officer, {}});
  DETENTE_TRY(const std::string token, read_token(desk.token_file, whose));
  DETENTE_TRY(net::HttpResponse response, post(desk.url, path, token, body));
  if (response.status == 200 || response.status == 201) return std::move(response.body);
  return fail(read_refusal(response));
}

Status deliver(const record::Envelope& envelope, const DeliverOptions& options) {
  DETENTE_CHECK(check_deliver(options));
  if (!options.out.empty()) {
    DETENTE_CHECK(write_text_file(options.out, envelope.encode() + "\n"));
    std::printf("written %s\n", options.out.c_str());
    return {};
  }
  DETENTE_TRY(const Logged logged, post_statement(options.url, options.token_file, envelope));
  std::printf("%s\n", logged.json.c_str());
  return {};
}

namespace {

Result<record::Envelope> read_envelope_file(const std::string& path) {
  DETENTE_TRY(std::string text, read_text_file(path, limits::kApiBodyBytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  Result<record::Envelope> envelope = record::parse_envelope(text);
  if (!envelope) return fail(std::move(envelope.error()).at(path));
  return envelope;
}

}  // namespace

Status deliver_file(const std::string& path, const DeliverOptions& options) {
  DETENTE_TRY(const record::Envelope envelope, read_envelope_file(path));
  return deliver(envelope, options);
}

Status sign_file(const std::string& path, const std::string& data, const std::string& officer,
                 const std::string& out) {
  DETENTE_TRY(record::Envelope envelope, read_envelope_file(path));
  if (envelope.signatures.empty()) return fail(Errc::entry_malformed, "nobody has signed it", path);
  // The party is the one whose officers have signed already.
  const std::string& first = envelope.signatures.front().keyid;
  const std::string party = first.substr(0, first.find('/'));
  DETENTE_TRY(const std::vector<record::OfficerSigner> signers,
              load_signers(data, party, {officer}));
  for (const record::EnvelopeSignature& signature : envelope.signatures) {
    if (signature.keyid == signers.front().keyid) {
      return fail(Errc::usage, "this officer has signed it", signature.keyid);
    }
  }
  std::printf("%s\n", envelope.payload.c_str());
  record::add_signature(envelope, signers.front());
  DETENTE_CHECK(write_text_file(out, envelope.encode() + "\n"));
  std::printf("signed by %s: written %s\n", signers.front().keyid.c_str(), out.c_str());
  return {};
}

Result<std::vector<record::OfficerSigner>> load_signers(const std::string& data,
                                                        const std::string& party,
                                                        const std::vector<std::string>& names) {
  if (names.empty()) return fail(Errc::usage, "an officer must sign: --officer NAME");
  std::vector<record::OfficerSigner> signers;
  std::set<std::string> keyids;
  for (const std::string& name : names) {
    const std::size_t equals = name.find('=');
    std::string keyid = name.substr(0, equals);
    if (keyid.find('/') == std::string::npos) keyid.insert(0, party + "/");
    if (!keyids.insert(keyid).second) return fail(Errc::usage, "named twice", keyid);
    const std::string path =
        equals == std::string::npos
            ? fmt::format("{}/keys/{}.key", data, keyid.substr(keyid.find('/') + 1))
            : name.substr(equals + 1);
    DETENTE_TRY(const crypto::SecretKey key, load_secret_key(path));
    signers.push_back({keyid, key});
  }
  return signers;
}

}  // namespace detente::app
