// SPDX-License-Identifier: Apache-2.0
#include "app/neutral.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "app/identity.h"
#include "app/log.h"
#include "app/neutral_mirror.h"

namespace detente::app {
namespace {

constexpr std::string_view kWitnessPrefix = "/witness/";
constexpr std::size_t kHexBytes = 64;
constexpr std::string_view kStoreFailed = "the store failed; nothing was cosigned\n";

UtcMs wall_clock() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

net::HttpResponse plain(int status, std::string body) {
  net::HttpResponse out;
  out.status = status;
  out.content_type = record::kPlainTextType;
  out.body = std::move(body);
  return out;
}

net::HttpResponse not_found() {
  return plain(404, "nothing is here\n");
}

bool is_hex_folder(std::string_view text) {
  return text.size() == kHexBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Result<std::vector<record::PolicyLog>> parse_logs(std::string_view text) {
  // The lines of a policy whose quorum is nobody's concern here.
  Result<record::Policy> policy = record::parse_policy(std::string(text) + "quorum none\n");
  if (!policy) return fail(policy.error());
  if (!policy->witnesses.empty() || !policy->groups.empty()) {
    return fail(Errc::usage, "only lines \"log VKEY [URL]\" belong into the file of logs");
  }
  if (policy->logs.empty()) return fail(Errc::usage, "the file of logs names no log");
  return std::move(policy->logs);
}

Result<LogAddress> parse_log_url(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const auto bad = [&](const char* why) { return fail(Errc::usage, why, url); };
  if (!url.starts_with(kScheme)) return bad("a log's address begins with http://");
  std::string_view rest = std::string_view(url).substr(kScheme.size());
  LogAddress out;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  out.prefix = rest.substr(slash);
  while (out.prefix.ends_with('/')) out.prefix.pop_back();
  if (out.prefix.find_first_of("?#%\\ ") != std::string::npos ||
      out.prefix.find("..") != std::string::npos) {
    return bad("the path of a log's address is plain segments");
  }
  rest = rest.substr(0, slash);
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    const char* end = rest.data() + rest.size();
    const std::from_chars_result read = std::from_chars(rest.data() + colon + 1, end, out.port);
    if (read.ec != std::errc{} || read.ptr != end || out.port == 0) return bad("the port");
    rest = rest.substr(0, colon);
  }
  out.host = rest;
  if (out.host.empty() || out.host.find_first_of("@[]: ") != std::string::npos) {
    return bad("the host");
  }
  return out;
}

NeutralHost::NeutralHost(const NeutralOptions& options, store::WitnessStore store,
                         std::vector<record::PolicyLog> logs, const record::Signer& witness)
    : options_(options),
      store_(std::move(store)),
      logs_(std::move(logs)),
      rules_({witness}, [this] {
        std::vector<record::VerifierKey> keys;
        for (const record::PolicyLog& log : logs_) keys.push_back(log.key);
        return keys;
      }()) {
  for (const record::PolicyLog& log : logs_) {
    const Origin origin{log.key.name};
    by_hex_[record::origin_hex(origin)] = origin;
  }
}

NeutralHost::~NeutralHost() = default;

Result<std::unique_ptr<NeutralHost>> NeutralHost::open(const NeutralOptions& options,
                                                       store::FaultHook hook) {
  const std::string witness_name = options.name + "/witness";
  if (options.name.empty() || !record::is_key_name(witness_name)) {
    return fail(Errc::usage, "--name: a name without spaces and '+', at most 240 bytes",
                options.name);
  }
  DETENTE_TRY(const std::string text, read_text_file(options.logs, record::kPolicyBytes));
  Result<std::vector<record::PolicyLog>> logs = parse_logs(text);
  if (!logs) return fail(std::move(logs.error()).at(options.logs));
  DETENTE_TRY(store::WitnessStore store, store::WitnessStore::open(options.data, std::move(hook)));
  const crypto::Random random = crypto::system_random();
  DETENTE_TRY(const record::Signer witness, store.signer("witness", witness_name, random));
  std::optional<record::Signer> mirror;
  if (options.mirror) {
    DETENTE_TRY(mirror, store.signer("mirror", options.name + "/mirror", random));
  }
  std::unique_ptr<NeutralHost> host(
      new NeutralHost(options, std::move(store), std::move(*logs), witness));
  if (mirror) DETENTE_CHECK(host->open_mirror(*mirror));
  return host;
}

Status NeutralHost::open_mirror(const record::Signer& mirror) {
  mirror_key_ = mirror.key;
  for (const record::PolicyLog& log : logs_) {
    const Origin origin{log.key.name};
    if (log.url.empty() || mirrored_.contains(origin)) continue;
    DETENTE_TRY(const LogAddress address, parse_log_url(log.url));
    net::ClientOptions client;
    client.host = address.host;
    client.port = address.port;
    client.tls = false;
    const auto token = options_.tokens.find(origin.value);
    MirroredLog::Setup setup{
        origin,         *rules_.keys_of(origin),
        mirror,         runtime_.client(client),
        address.prefix, token == options_.tokens.end() ? std::string() : token->second,
        wall_clock};
    DETENTE_TRY(mirrored_[origin], MirroredLog::open(std::move(setup), store_));
  }
  if (mirrored_.empty()) {
    return fail(Errc::usage, "a mirror needs a log with an address", options_.logs);
  }
  return {};
}

const record::VerifierKey& NeutralHost::witness_key() const {
  return rules_.cosigners().front().key;
}

const record::VerifierKey* NeutralHost::mirror_key() const {
  return mirror_key_ ? &*mirror_key_ : nullptr;
}

Status NeutralHost::listen() {
  net::ServerOptions server;
  server.address = options_.address;
  server.port = options_.port;
  DETENTE_TRY(port_, runtime_.serve(server, [this](const net::HttpRequest& request) {
    return handle(request);
  }));
  if (!mirrored_.empty()) {
    runtime_.every(options_.poll, [this] { poll(); });
    runtime_.post([this] { poll(); });
  }
  return {};
}

void NeutralHost::poll() {
  for (const auto& pair : mirrored_) pair.second->poll();
}

net::HttpResponse NeutralHost::handle(const net::HttpRequest& request) {
  if (request.path == "/add-checkpoint") {
    if (request.method != "POST") return plain(405, "POST only\n");
    return answer_later(request.body);
  }
  if (request.method != "GET") return plain(405, "GET only\n");
  std::string_view path = request.path;
  const bool of_witness = path.starts_with(kWitnessPrefix);
  path.remove_prefix(of_witness ? kWitnessPrefix.size() : 1);
  const std::size_t slash = path.find('/');
  if (slash != kHexBytes || !is_hex_folder(path.substr(0, slash))) return not_found();
  const std::string hex(path.substr(0, slash));
  const std::string rest(path.substr(slash + 1));
  if (rest == "checkpoint") {
    return stored_checkpoint(options_.mirror && !of_witness ? "mirror" : "witness", hex);
  }
  return options_.mirror && !of_witness ? mirror_file(hex + "/" + rest) : not_found();
}

net::HttpResponse NeutralHost::stored_checkpoint(const std::string& role,
                                                 const std::string& hex) const {
  const auto origin = by_hex_.find(hex);
  if (origin == by_hex_.end()) return not_found();
  const Result<std::optional<store::WitnessStore::Head>> head = store_.head(role, origin->second);
  if (!head) {
    log_event("error", "store_failed", {{"error", head.error().text()}});
    return plain(500, "the store failed\n");
  }
  if (!*head) return not_found();
  net::HttpResponse out = plain(200, (*head)->note);
  out.headers.emplace_back("Cache-Control", "no-cache");
  return out;
}

net::HttpResponse NeutralHost::mirror_file(const std::string& path) const {
  const auto origin = by_hex_.find(path.substr(0, kHexBytes));
  if (origin == by_hex_.end()) return not_found();
  const auto log = mirrored_.find(origin->second);
  if (log == mirrored_.end()) return not_found();
  const Result<Bytes> bytes = log->second->file(path.substr(kHexBytes + 1));
  if (!bytes) return not_found();
  net::HttpResponse out;
  out.content_type = "application/octet-stream";
  out.body = as_text(*bytes);
  out.headers.emplace_back("Cache-Control", "max-age=31536000, immutable");
  return out;
}

bool NeutralHost::contradicts_mirror(const record::Checkpoint& checkpoint) const {
  const auto log = mirrored_.find(checkpoint.origin);
  if (log == mirrored_.end()) return false;
  const Result<std::optional<Hash>> root = log->second->root_at(checkpoint.size);
  // A copy that cannot be read vouches for nothing, so it is no reason to refuse.
  return root && *root && **root != checkpoint.root;
}

// Requests that arrive while the disk is busy are judged together in the loop's next turn.
net::HttpResponse NeutralHost::answer_later(const std::string& body) {
  net::HttpResponse out;
  out.later = std::make_shared<net::LaterResponse>();
  if (waiting_.empty()) runtime_.post([this] { answer_waiting(); });
  waiting_.push_back(body);
  answers_.push_back(out.later);
  return out;
}

void NeutralHost::answer_waiting() {
  const std::vector<std::string> bodies = std::exchange(waiting_, {});
  const std::vector<std::shared_ptr<net::LaterResponse>> answers = std::exchange(answers_, {});
  std::vector<net::HttpResponse> responses = add_checkpoints(bodies);
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i]->finish(std::move(responses[i]));
}

// One request inside of the store's transaction. What was judged and what is replaced are one
// step: this thread alone uses the store, and it refuses a change judged against another head.
Result<record::WitnessStep> NeutralHost::judge(const std::string& body, UtcMs now) {
  std::optional<record::Checkpoint> judged;
  const auto head_of = [&](const Origin& origin) -> Result<std::optional<record::Checkpoint>> {
    DETENTE_TRY(const std::optional<store::WitnessStore::Head> head,
                store_.head("witness", origin));
    if (head) judged = head->checkpoint;
    return judged;
  };
  Result<record::WitnessStep> judgement = rules_.add_checkpoint(body, head_of, now);
  if (!judgement) {
    // One log's head that cannot be read stops this log and no other.
    log_event("error", "store_failed", {{"error", judgement.error().text()}});
    record::WitnessStep unread;
    unread.answer = {500, record::kPlainTextType, std::string(kStoreFailed)};
    return unread;
  }
  record::WitnessStep step = std::move(*judgement);
  if (step.head && contradicts_mirror(*step.head)) {
    step.head.reset();
    step.equivocation = true;
    step.answer = {422, record::kPlainTextType,
                   "the mirrored tree has another root at this size\n"};
  }
  store::WitnessStore::Change change{"witness", step.origin, step.note, now, judged, {}};
  if (step.head) change.next = store::WitnessStore::Head{*step.head, step.cosigned};
  DETENTE_CHECK(store_.apply(change));
  return step;
}

void NeutralHost::report(const record::WitnessStep& step) {
  if (step.equivocation) {
    log_event("error", "equivocation",
              {{"origin", step.origin.value}, {"note", step.note}, {"answer", step.answer.body}});
  }
  const auto log = mirrored_.find(step.origin);
  if (step.head && log != mirrored_.end()) log->second->poll();
}

std::vector<net::HttpResponse> NeutralHost::add_checkpoints(std::span<const std::string> bodies) {
  const UtcMs now = wall_clock();
  std::vector<record::WitnessStep> steps;
  const Status stored = store_.together([&]() -> Status {
    for (const std::string& body : bodies) {
      DETENTE_TRY(record::WitnessStep step, judge(body, now));
      steps.push_back(std::move(step));
    }
    return {};
  });
  if (!stored) {
    log_event("error", "store_failed", {{"error", stored.error().text()}});
    return std::vector<net::HttpResponse>(bodies.size(), plain(500, std::string(kStoreFailed)));
  }
  std::vector<net::HttpResponse> out;
  for (const record::WitnessStep& step : steps) {
    report(step);
    out.push_back(plain(step.answer.status, step.answer.body));
    out.back().content_type = step.answer.content_type;
  }
  return out;
}

int serve_neutral(const NeutralOptions& options) {
  const char* const command = "detente serve";
  Result<std::unique_ptr<NeutralHost>> host = NeutralHost::open(options);
  Status listening;
  if (host) listening = (*host)->listen();
  if (!host || !listening) {
    const Error& error = host ? listening.error() : host.error();
    std::fprintf(stderr, "%s: %s\n", command, error.text().c_str());
    return error.code == Errc::usage ? 2 : 1;
  }
  NeutralHost& node = **host;
  node.runtime().on_stop_signal([&node] { node.stop(); });
  std::printf("witness %s\n", node.witness_key().text().c_str());
  if (node.mirror_key() != nullptr) {
    std::printf("mirror %s\n", node.mirror_key()->text().c_str());
  }
  std::printf("ready http://%s:%u/\n", options.address.c_str(), node.port());
  std::fflush(stdout);
  node.run();
  return 0;
}

}  // namespace detente::app
