// SPDX-License-Identifier: Apache-2.0
#include "app/node_host.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

#include "app/http_answers.h"
#include "app/log.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::app {
namespace {

constexpr std::chrono::milliseconds kTickEvery{1000};
constexpr std::chrono::milliseconds kGroupGap{5};  // between two groups of statements
constexpr std::int64_t kNotesEveryMs = 600'000;    // kept notes become files so often

UtcMs system_now() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

node::ApiRequest api_request(const net::HttpRequest& request) {
  return {request.method, request.path, request.query, request.body};
}

// A page of some other name that was pointed at this address (DNS rebinding) sends its own name.
// The desk answers to "localhost", to the address it listens on, and to bare IP addresses.
bool is_own_host(std::string_view host, std::string_view address) {
  if (host.starts_with('[')) return true;
  host = host.substr(0, host.find(':'));
  return host.empty() || host == "localhost" || host == address ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

void add_checks(const record::Envelope& envelope,
                const std::map<std::string, record::OfficerKey>& officers,
                std::vector<SignatureCheck>& checks) {
  for (const record::EnvelopeSignature& signature : envelope.signatures) {
    const auto officer = officers.find(signature.keyid);
    if (officer == officers.end()) continue;
    checks.push_back({officer->second.key, record::pae(envelope.payload_type, envelope.payload),
                      signature.signature});
  }
}

// "Range: bytes=N-" (RFC 9110 section 14): the rest of a file whose beginning is at hand. Other
// ranges are passed over, as a server may.
void cut_to_range(const net::HttpRequest& request, net::HttpResponse& response) {
  const auto header = request.headers.find("range");
  constexpr std::string_view kUnit = "bytes=";
  if (header == request.headers.end() || !header->second.starts_with(kUnit)) return;
  const std::string& text = header->second;
  std::size_t from = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data() + kUnit.size(), end, from);
  const bool open_end = read.ec == std::errc{} && read.ptr + 1 == end && *read.ptr == '-';
  if (!open_end || from == 0 || from >= response.body.size()) return;
  response.headers.emplace_back(
      "Content-Range",
      fmt::format("bytes {}-{}/{}", from, response.body.size() - 1, response.body.size()));
  response.status = 206;
  response.body.erase(0, from);
}

// Where a driven node's clock stands when it starts: the newest time in its own log.
UtcMs first_driven_now(const node::Node& node) {
  return node.own().reader.last_time();
}

}  // namespace

Result<PeerAddress> parse_peer(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.rfind(':');
  PeerAddress peer;
  const bool shaped = equals != std::string::npos && colon != std::string::npos && colon > equals;
  if (shaped) {
    peer.party = text.substr(0, equals);
    peer.host = text.substr(equals + 1, colon - equals - 1);
    const char* end = text.data() + text.size();
    const std::from_chars_result read = std::from_chars(text.data() + colon + 1, end, peer.port);
    if (read.ec == std::errc{} && read.ptr == end && peer.port != 0 && !peer.host.empty()) {
      return peer;
    }
  }
  return fail(Errc::usage, "a peer is PARTY=HOST:PORT", text);
}

Result<WitnessAddress> parse_witness(const std::string& text) {
  constexpr std::string_view kScheme = "=http://";
  const std::size_t scheme = text.find(kScheme);
  if (scheme == std::string::npos || scheme == 0) {
    return fail(Errc::usage, "a witness is NAME=http://HOST:PORT/PREFIX", text);
  }
  WitnessAddress witness;
  witness.name = text.substr(0, scheme);
  std::string rest = text.substr(scheme + kScheme.size());
  const std::size_t slash = rest.find('/');
  if (slash != std::string::npos) witness.prefix = rest.substr(slash);
  while (witness.prefix.ends_with('/')) witness.prefix.pop_back();
  DETENTE_TRY(const PeerAddress address, parse_peer("witness=" + rest.substr(0, slash)));
  witness.host = address.host;
  witness.port = address.port;
  return witness;
}

NodeHost::NodeHost(const ServeOptions& options, std::unique_ptr<store::NodeStore> store,
                   Identity identity, node::Node node)
    : options_(options),
      store_(std::move(store)),
      identity_(std::move(identity)),
      node_(std::move(node)),
      self_check_(*store_),
      inbox_(options.data),
      driven_now_(first_driven_now(node_)) {
  for (const terms::Party& party : identity_.agreement->parties()) {
    roots_[party.id.value] = party.keys->root;
  }
}

namespace {

// The evidence files of the folder that the own log may still name.
std::map<std::string, std::string> load_evidence(const store::NodeStore& store) {
  std::map<std::string, std::string> out;
  std::error_code ec;
  const std::filesystem::path folder = store.folder() + "/evidence";
  for (const auto& file : std::filesystem::directory_iterator(folder, ec)) {
    if (file.path().extension() != ".evidence") continue;
    const Result<Bytes> text = store.read_file("evidence/" + file.path().filename().string());
    if (!text) continue;
    out[to_hex(crypto::sha256(*text))] = as_text(*text);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<NodeHost>> NodeHost::open(const ServeOptions& options) {
  DETENTE_TRY(store::NodeStore opened, store::NodeStore::open(options.data, options.fault_hook));
  auto store = std::make_unique<store::NodeStore>(std::move(opened));
  DETENTE_TRY(Identity identity, load_identity(*store));
  for (const PeerAddress& peer : options.peers) {
    const PartyId id{peer.party};
    if (identity.agreement->party(id) == nullptr || id == identity.party) {
      return fail(Errc::node_unknown_peer, peer.party);
    }
  }
  DETENTE_TRY(const std::vector<node::StoredLog> stored, store->load());
  node::NodeConfig config{identity.agreement, identity.party, identity.keys,
                          crypto::system_random()};
  config.read_entry = [&entries = *store](const Origin& origin, LeafIndex index) {
    return entries.read_entry(origin, index);
  };
  config.opening = options.alone;
  config.utm_rules = options.utm.desk.rules;
  config.utm_url = options.utm.base_url;
  config.evidence = load_evidence(*store);
  config.documents = load_documents(*store);
  for (const WitnessAddress& witness : options.witnesses) config.witnesses.push_back(witness.name);
  SignatureChecks checks;
  config.verify = checks.verifier();
  DETENTE_TRY(node::Node node, node::Node::start(std::move(config), stored, system_now()));
  std::unique_ptr<NodeHost> host(
      new NodeHost(options, std::move(store), std::move(identity), std::move(node)));
  host->checks_ = std::move(checks);
  return host;
}

UtcMs NodeHost::now() const {
  return options_.driven ? driven_now_ : system_now();
}

void NodeHost::step(node::Input input) {
  carry_out(node_.step(std::move(input), now()));
}

void NodeHost::tick() {
  step(node::Tick{});
  sealed_->tick();
  look_at_alarms();
  room_->tick();
  for (const PartyId& party : inbox_.tick(node_)) step(node::Nudged{party});
  // A log that is being taken back from the peers is known to be damaged.
  const std::vector<const node::HeldLog*> logs = node_.logs();
  const auto damaged = [](const node::HeldLog* log) { return log->damaged.has_value(); };
  if (node_.halted() || std::any_of(logs.begin(), logs.end(), damaged)) return;
  if (now() - notes_exported_ >= kNotesEveryMs) {
    notes_exported_ = now();
    // They help whoever verifies a copy; a node does not stop for them.
    const Status exported = store_->export_notes();
    if (!exported) log_event("warning", "notes", {{"error", exported.error().text()}});
  }
  const Result<SelfCheckFindings> found = self_check_.tick(now());
  std::optional<Error> stop;
  if (found) {
    for (const std::string& place : found->mended) {
      log_event("warning", "mended", {{"place", place}});
    }
    if (found->notes_damaged > 0) {
      log_event("error", "notes_damaged", {{"count", std::to_string(found->notes_damaged)}});
    }
    stop = stop_reason(*found);
  } else {
    stop = found.error();
  }
  if (!stop) return;
  // Nothing is signed over what is damaged.
  log_event("error", "self_check", {{"error", stop->text()}});
  step(node::StoreFailed{*stop});
}

void NodeHost::carry_out(const node::Effects& effects) {
  // What must be durable comes first, as one unit; nothing goes out before that is done.
  const Status done = store_->carry_out(effects);
  if (!done) {
    log_event("error", "store_failed", {{"error", done.error().text()}});
    for (const node::Effect& dropped : effects) {
      if (const auto* answer = std::get_if<node::Answer>(&dropped)) {
        answers_.insert_or_assign(answer->request, fail(done.error()));
      }
    }
    carry_out(node_.step(node::StoreFailed{done.error()}, now()));
    return;
  }
  for (const node::Effect& effect : effects) {
    if (const auto* flash = std::get_if<node::SendFlash>(&effect)) send_flash(*flash);
    if (room_ && std::holds_alternative<node::StoreEntries>(effect)) room_->changed();
  }
  for (const node::Effect& effect : effects) {
    if (const auto* wanted = std::get_if<node::Fetch>(&effect)) fetch(*wanted);
    if (const auto* told = std::get_if<node::Nudge>(&effect)) nudge(*told);
    if (const auto* asked = std::get_if<node::AddCheckpoint>(&effect)) ask_witness(*asked);
    if (const auto* answer = std::get_if<node::Answer>(&effect)) {
      answers_.insert_or_assign(answer->request, answer->result);
    }
    if (const auto* answer = std::get_if<node::UtmAnswer>(&effect)) {
      utm_answers_.insert_or_assign(answer->request, utm::Reply{answer->status, answer->body});
    }
    if (const auto* tell = std::get_if<node::UtmTell>(&effect)) {
      if (utm_teller_) utm_teller_->tell(tell->telling);
    }
    if (const auto* news = std::get_if<node::Notify>(&effect)) {
      if (news->event == "refused" || news->event == "evidence") {
        log_event("warning", news->event, {{"detail", news->data}});
      }
      runtime_.broadcast(news->event, news->data);
      const bool alarming =
          news->event == "stop" || news->event == "warning" || news->event == "flash";
      if (alarming && !std::exchange(alarms_posted_, true)) {
        runtime_.post([this] { look_at_alarms(); });
      }
    }
  }
}

void NodeHost::fetch(const node::Fetch& effect) {
  const auto client = clients_.find(effect.peer);
  const PartyId peer = effect.peer;
  const std::string path = effect.path;
  if (std::optional<Result<Bytes>> carried = inbox_.answer(effect, node_)) {
    ++requests_out_;
    runtime_.post([this, peer, path, bytes = std::move(*carried)] {
      --requests_out_;
      step(node::Fetched{peer, path, bytes});
    });
    return;
  }
  if (client == clients_.end() || links_down_.contains(peer)) {
    ++requests_out_;
    runtime_.post([this, peer, path] {
      --requests_out_;
      step(node::Fetched{peer, path, fail(Errc::net_refused, "no link", peer.value)});
    });
    return;
  }
  std::map<std::string, std::string> headers;
  if (effect.from > 0) headers["Range"] = "bytes=" + std::to_string(effect.from) + "-";
  ++requests_out_;
  client->second->request(
      "GET", "/" + path, "", std::move(headers),
      [this, peer, path, from = effect.from](Result<net::HttpResponse> response) {
        --requests_out_;
        Result<Bytes> bytes = fail(Errc::net_refused, "the link was cut", peer.value);
        if (links_down_.contains(peer)) {
          // The answer came in after the cut began.
        } else if (!response) {
          bytes = fail(response.error());
        } else if (response->status == 200 || (response->status == 206 && from > 0)) {
          bytes = to_bytes(response->body);
        } else {
          const Errc code = response->status == 404 ? Errc::http_not_found : Errc::http_status;
          bytes = fail(code, std::to_string(response->status), path);
        }
        const std::size_t begin = response && response->status == 206 ? from : 0;
        if (bytes) check_bundle(peer, path, *bytes, begin > 0);
        step(node::Fetched{peer, path, std::move(bytes), begin});
      });
}

// The officers' signatures in a bundle of entries, checked side by side before the node's step asks
// for them one by one.
void NodeHost::check_bundle(const PartyId& peer, const std::string& path, ByteView bytes,
                            bool rest) {
  const std::size_t tile = path.find("/tile/entries/");
  if (tile == std::string::npos) return;
  const Result<record::TilePath> parsed = record::parse_tile_path(path.substr(tile + 1));
  const auto logs = node_.logs();
  const auto log = std::find_if(logs.begin(), logs.end(), [&](const node::HeldLog* held) {
    const std::string folder = held->party == peer ? "log" : node::mirror_folder(held->origin());
    return path.compare(0, tile, folder) == 0;
  });
  if (!parsed || log == logs.end()) return;
  const std::uint64_t begin = parsed->index * record::kTileWidth;
  const std::uint64_t known = std::max((*log)->size().value, begin);
  const std::uint64_t end = begin + static_cast<std::uint64_t>(parsed->width);
  const std::uint64_t first = rest ? known : begin;
  if (known >= end) return;
  const Result<std::vector<Bytes>> entries =
      record::decode_bundle(bytes, static_cast<int>(end - first));
  if (!entries) return;
  const auto& officers = (*log)->reader.officers();
  std::vector<SignatureCheck> checks;
  for (std::size_t i = known - first; i < entries->size(); ++i) {
    const Result<record::Entry> entry = record::parse_entry((*entries)[i]);
    if (!entry) return;
    add_checks(entry->envelope, officers, checks);
  }
  checks_.check(std::move(checks));
}

// The node repeats it, so what does not fit is left out.
void NodeHost::send_flash(const node::SendFlash& effect) {
  if (!flash_clients_.contains(effect.peer) || links_down_.contains(effect.peer)) return;
  std::deque<node::SendFlash>& waiting = flashes_[effect.peer].waiting;
  const bool known = std::any_of(waiting.begin(), waiting.end(),
                                 [&](const auto& other) { return other.text == effect.text; });
  if (known) return;
  const auto place = std::find_if(waiting.begin(), waiting.end(),
                                  [&](const auto& other) { return effect.stop && !other.stop; });
  waiting.insert(place, effect);
  if (waiting.size() > limits::kFlashesUnderWay) waiting.pop_back();
  send_next_flash(effect.peer);
}

void NodeHost::send_next_flash(const PartyId& peer) {
  FlashQueue& queue = flashes_[peer];
  if (queue.under_way || queue.waiting.empty()) return;
  const std::string text = std::move(queue.waiting.front().text);
  queue.waiting.pop_front();
  queue.under_way = true;
  ++requests_out_;
  flash_clients_.at(peer)->request("POST", "/peer/flash", text, {},
                                   [this, peer](const Result<net::HttpResponse>&) {
                                     --requests_out_;
                                     flashes_[peer].under_way = false;
                                     send_next_flash(peer);
                                   });
}

void NodeHost::look_at_alarms() {
  alarms_posted_ = false;
  if (!sirens_) return;
  const std::vector<hotline::Alarm> open = node_.alarms(now(), hotline::HotlineLedger::Which::open);
  for (const node::SirensAnswered& answered : sirens_->look(open, node_.self(), now())) {
    step(answered);
  }
}

// A nudge says only "there is something new", so while one is on its way the next can wait for it:
// a busy log does not fill its peers' queues.
void NodeHost::nudge(const node::Nudge& effect) {
  const auto client = clients_.find(effect.peer);
  if (client == clients_.end() || links_down_.contains(effect.peer)) return;
  NudgeState& state = nudges_[effect.peer];
  if (state.under_way) {
    state.again = true;
    return;
  }
  state.under_way = true;
  ++requests_out_;
  client->second->request("POST", "/peer/nudge", "", {},
                          [this, peer = effect.peer](const Result<net::HttpResponse>&) {
                            --requests_out_;
                            NudgeState& done = nudges_[peer];
                            done.under_way = false;
                            if (std::exchange(done.again, false)) nudge({peer});
                          });
}

void NodeHost::ask_witness(const node::AddCheckpoint& effect) {
  const auto client = witnesses_.find(effect.witness);
  if (client == witnesses_.end()) return;
  const auto options =
      std::find_if(options_.witnesses.begin(), options_.witnesses.end(),
                   [&](const WitnessAddress& witness) { return witness.name == effect.witness; });
  ++requests_out_;
  client->second->request("POST", options->prefix + "/add-checkpoint", effect.body, {},
                          [this, name = effect.witness](Result<net::HttpResponse> response) {
                            --requests_out_;
                            node::WitnessAnswered answered{name, 0, ""};
                            if (response) {
                              answered.status = response->status;
                              answered.body = std::move(response->body);
                            }
                            step(std::move(answered));
                          });
}

// Statements are logged in groups, each under one checkpoint and one sync. An idle node logs at
// once; a busy one leaves a pause after each group, in which peers are served and the next gathers.
net::HttpResponse NodeHost::submit(const record::Envelope& envelope, const StatementId& id) {
  net::HttpResponse response;
  response.later = std::make_shared<net::LaterResponse>();
  if (waiting_.empty()) {
    const auto now = std::chrono::steady_clock::now();
    const auto due = std::max(now, last_group_end_ + kGroupGap);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(due - now);
    runtime_.after(wait, [this] { log_waiting(); });
  }
  waiting_.push_back({envelope, id, response.later});
  return response;
}

void NodeHost::log_waiting() {
  std::vector<Waiting> group = std::move(waiting_);
  waiting_.clear();
  node::SubmitGroup submits;
  std::vector<SignatureCheck> checks;
  const auto& officers = node_.own().reader.officers();
  for (std::size_t i = 0; i < group.size(); ++i) {
    const record::Envelope& envelope = group[i].envelope;
    add_checks(envelope, officers, checks);
    submits.submits.push_back({i, envelope});
  }
  checks_.check(std::move(checks));
  step(std::move(submits));
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto answer = answers_.find(i);
    check(answer != answers_.end(), "a submitted statement is answered in its step");
    group[i].reply->finish(json_response(node::logged_answer(node_, group[i].id, answer->second)));
  }
  answers_.clear();
  last_group_end_ = std::chrono::steady_clock::now();
}

net::HttpResponse NodeHost::submit(const node::ApiSubmitWhole& whole) {
  std::vector<SignatureCheck> checks;
  const auto& officers = node_.own().reader.officers();
  for (const record::Envelope& envelope : whole.envelopes) add_checks(envelope, officers, checks);
  checks_.check(std::move(checks));
  step(node::SubmitWhole{0, whole.envelopes});
  const auto answer = answers_.find(0);
  check(answer != answers_.end(), "a submitted list is answered in its step");
  net::HttpResponse response = json_response(node::imported_answer(node_, whole, answer->second));
  answers_.clear();
  return response;
}

net::ClientOptions NodeHost::peer_client(const PeerAddress& peer) const {
  net::ClientOptions client;
  client.host = peer.host;
  client.port = peer.port;
  client.identity = {identity_.tls_certificate_pem, identity_.tls_key_pem};
  client.roots = roots_;
  client.expected_peer = peer.party;
  return client;
}

void NodeHost::connect_peers() {
  for (const PeerAddress& peer : options_.peers) {
    const net::ClientOptions client = peer_client(peer);
    clients_[PartyId{peer.party}] = runtime_.client(client);
    flash_clients_[PartyId{peer.party}] = runtime_.client(client);
  }
  for (const WitnessAddress& witness : options_.witnesses) {
    net::ClientOptions client;
    client.host = witness.host;
    client.port = witness.port;
    client.tls = false;
    witnesses_[witness.name] = runtime_.client(client);
  }
}

Status NodeHost::listen() {
  net::ServerOptions peer_side;
  peer_side.address = options_.peer_address;
  peer_side.port = options_.peer_port;
  peer_side.tls = true;
  peer_side.identity = {identity_.tls_certificate_pem, identity_.tls_key_pem};
  peer_side.roots = roots_;
  peer_side.body_limit = node::api_body_bytes;
  DETENTE_TRY(peer_port_, runtime_.serve(peer_side, [this](const net::HttpRequest& request) {
    return on_peer(request);
  }));
  net::ServerOptions desk;
  desk.address = options_.address;
  desk.port = options_.port;
  desk.body_limit = node::api_body_bytes;
  DETENTE_TRY(port_, runtime_.serve(desk, [this](const net::HttpRequest& request) {
    return on_desk(request);
  }));
  DETENTE_CHECK(listen_utm());
  connect_peers();
  DETENTE_CHECK(start_checks());
  start_sealed();
  sirens_ = std::make_unique<Sirens>(runtime_, options_.sirens, [this] { look_at_alarms(); });
  read_feed();
  if (!options_.driven) {
    runtime_.every(kTickEvery, [this] { tick(); });
  }
  runtime_.post([this] { tick(); });
  return {};
}

void NodeHost::read_feed() {
  if (options_.sbs.empty()) return;
  const Result<PeerAddress> address = parse_peer("feed=" + options_.sbs);
  if (!address) return;
  feed_ = runtime_.tcp_feed(
      address->host, address->port, [this](std::string_view bytes) { on_feed_bytes(bytes); },
      [this](const Error& error) {
        log_event("warning", "feed_closed", {{"feed", options_.sbs}, {"error", error.text()}});
      });
}

void NodeHost::on_feed_bytes(std::string_view bytes) {
  node::Observed observed;
  feed_lines_.feed(bytes, [&](std::string_view line) {
    const Result<std::optional<geo::TrackPoint>> point = wire::parse_sbs(line);
    if (!point) {
      ++feed_refused_;
    } else if (*point) {
      observed.points.push_back(**point);
    }
  });
  points_ += observed.points.size();
  if (!observed.points.empty()) step(std::move(observed));
}

node::Caller NodeHost::caller_of_token(const net::HttpRequest& request) const {
  const auto header = request.headers.find("authorization");
  if (header == request.headers.end()) return {options_.public_role, std::nullopt};
  constexpr std::string_view kBearer = "Bearer ";
  if (!header->second.starts_with(kBearer)) return {};
  const auto found = identity_.tokens.find(header->second.substr(kBearer.size()));
  return found == identity_.tokens.end() ? node::Caller{} : found->second;
}

node::Caller NodeHost::caller_of_certificate(const std::string& keyid) const {
  const auto& officers = node_.own().reader.officers();
  const auto officer = officers.find(keyid);
  if (officer == officers.end() || officer->second.last || officer->second.expires <= now())
    return {};
  for (const std::string& name : officer->second.roles) {
    const Result<node::Role> role = node::parse_role(name);
    if (role) return {*role, std::nullopt};
  }
  return {node::Role::reader, std::nullopt};
}

net::HttpResponse NodeHost::on_api(const net::HttpRequest& request, const node::Caller& caller) {
  if (request.path == "/api/events" && caller.role != node::Role::none) {
    if (request.method != "GET") return error_response({Errc::http_method, request.method, ""});
    net::HttpResponse stream;
    stream.content_type = "text/event-stream";
    stream.event_stream = true;
    return stream;
  }
  if (request.path == "/api/utm" && request.method == "GET") return utm_overview(caller);
  if (CheckDesk::is_mine(request.path)) return on_checks(request, caller);
  if (CopyDesk::is_mine(request.path)) {
    return json_response(copy_desk_->handle(api_request(request), caller, now()));
  }
  Result<node::ApiRequest> asked = check_desk_->with_check(api_request(request), caller);
  if (asked) asked = private_desk_->with_commit(std::move(*asked), caller, now());
  if (!asked) return error_response(asked.error());
  node::ApiOutcome outcome = node::handle_api(node_, *asked, caller, options_.links, now());
  if (auto* answer = std::get_if<node::ApiAnswer>(&outcome))
    return json_response(std::move(*answer));
  if (auto* document = std::get_if<node::ApiDocument>(&outcome)) {
    step(node::Document{std::move(document->text)});
    return json_response(std::move(document->answer));
  }
  if (const auto* whole = std::get_if<node::ApiSubmitWhole>(&outcome)) return submit(*whole);
  const node::ApiSubmit& wanted = std::get<node::ApiSubmit>(outcome);
  return submit(wanted.envelope, wanted.id);
}

net::HttpResponse NodeHost::on_desk(const net::HttpRequest& request) {
  const std::string& path = request.path;
  const auto host = request.headers.find("host");
  if (host != request.headers.end() && !is_own_host(host->second, options_.address)) {
    return error_response({Errc::http_forbidden, "this desk has another name", host->second});
  }
  if (path.starts_with("/control/")) return on_control(request);
  const node::Caller caller = caller_of_token(request);
  if (path.starts_with("/api/")) return on_api(request, caller);
  if (path.starts_with("/log/") || path.starts_with("/mirror/")) {
    if (caller.role == node::Role::none) return error_response({Errc::http_unauthorized, "", path});
    return log_file(request);
  }
  return page_file(request);
}

net::HttpResponse NodeHost::on_peer(const net::HttpRequest& request) {
  const PartyId peer{request.peer.substr(0, request.peer.find('/'))};
  const bool officer = request.peer.find('/') != std::string::npos;
  if (links_down_.contains(peer)) return error_response({Errc::node_halted, "the link is cut", ""});
  if (officer) {
    if (peer != identity_.party) return error_response({Errc::http_forbidden, request.peer, ""});
    return on_api(request, caller_of_certificate(request.peer));
  }
  if (request.path == "/peer/nudge" && request.method == "POST") {
    step(node::Nudged{peer});
    return {};
  }
  if (request.path == "/peer/flash" && request.method == "POST") {
    step(node::Flashed{peer, request.body});
    return {};
  }
  if (request.path.starts_with("/peer/checks/")) return check_file(peer, request);
  if (request.path.starts_with("/peer/content/")) return sealed_piece(peer, request);
  return log_file(request);
}

net::HttpResponse NodeHost::log_file(const net::HttpRequest& request) const {
  const bool served = request.path.starts_with("/log/") || request.path.starts_with("/mirror/") ||
                      request.path.starts_with("/agreements/");
  if (!served) return error_response({Errc::http_not_found, request.path, ""});
  if (request.method != "GET" && request.method != "HEAD") {
    return error_response({Errc::http_method, request.method, request.path});
  }
  const Result<Bytes> bytes = store_->read_file(request.path.substr(1));
  if (!bytes) return error_response({Errc::http_not_found, "", request.path});
  net::HttpResponse response;
  response.body = as_text(*bytes);
  const bool checkpoint = request.path.ends_with("/checkpoint");
  if (!checkpoint) cut_to_range(request, response);
  response.content_type = checkpoint ? "text/plain; charset=utf-8" : "application/octet-stream";
  response.headers.emplace_back("Cache-Control",
                                checkpoint ? "no-cache" : "max-age=31536000, immutable");
  return response;
}

net::HttpResponse NodeHost::page_file(const net::HttpRequest& request) const {
  if (options_.page.empty()) return error_response({Errc::http_not_found, request.path, ""});
  const std::string path = request.path == "/" ? "/index.html" : request.path;
  const Result<std::string> text = read_text_file(options_.page + path, limits::kHttpResponseBytes);
  if (!text) return error_response({Errc::http_not_found, "", request.path});
  static const std::map<std::string, std::string> kTypes = {
      {"html", "text/html; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"mjs", "text/javascript; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"json", "application/json"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"md", "text/plain; charset=utf-8"},
      {"txt", "text/plain; charset=utf-8"}};
  net::HttpResponse response;
  const auto type = kTypes.find(path.substr(path.rfind('.') + 1));
  response.content_type = type == kTypes.end() ? "application/octet-stream" : type->second;
  response.body = *text;
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
      "style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
  return response;
}

net::HttpResponse NodeHost::on_control(const net::HttpRequest& request) {
  const auto header = request.headers.find("authorization");
  const bool allowed = options_.driven && !identity_.control_token.empty() &&
                       header != request.headers.end() &&
                       header->second == "Bearer " + identity_.control_token;
  if (!allowed) return error_response({Errc::http_unauthorized, "", request.path});
  net::HttpResponse response;
  if (request.path == "/control/quiet") {
    response.body = quiet_json();
    return response;
  }
  const Result<JsonDocument> body = parse_json(request.body, {.bytes_max = 4096});
  if (!body) return error_response(body.error());
  const JsonReader in = body->root();
  if (request.path == "/control/clock") {
    const Result<UtcMs> time = in.time("now");
    if (!time) return error_response(time.error());
    driven_now_ = std::max(driven_now_, *time);
    tick();
    response.body = quiet_json();
    return response;
  }
  if (request.path == "/control/link") {
    const Result<std::string> peer = in.string("peer", limits::kIdBytes);
    const Result<bool> up = in.boolean("up");
    if (!peer || !up) return error_response(peer ? up.error() : peer.error());
    if (*up) {
      links_down_.erase(PartyId{*peer});
    } else {
      links_down_.insert(PartyId{*peer});
    }
    response.body = quiet_json();
    return response;
  }
  return error_response({Errc::http_not_found, request.path, ""});
}

std::string NodeHost::quiet_json() const {
  JsonWriter out;
  out.begin_object().member("now", now());
  out.member("busy", node_.busy() || requests_out_ > 0 || !waiting_.empty() ||
                         (sirens_ && sirens_->busy()) || (utm_teller_ && utm_teller_->busy()) ||
                         room_->busy() || sealed_->busy())
      .name("heads")
      .begin_object();
  for (const node::HeldLog* log : node_.logs()) out.member(log->party.value, log->head_size.value);
  out.end_object().member("tracks", static_cast<std::uint64_t>(node_.watcher().tracks().size()));
  out.member("points", points_).member("feed_refused", feed_refused_ + feed_lines_.dropped());
  out.name("link").begin_object();
  for (const node::HeldLog* log : node_.logs()) {
    if (log->party == node_.self()) continue;
    out.member(log->party.value, node::link_state_name(node_.link(log->party, now())));
  }
  out.end_object().end_object();
  return out.take();
}

int serve(const ServeOptions& options) {
  Result<std::unique_ptr<NodeHost>> host = NodeHost::open(options);
  if (!host) {
    static_cast<void>(std::fprintf(stderr, "detente serve: %s\n", host.error().text().c_str()));
    return 1;
  }
  const Status listening = (*host)->listen();
  if (!listening) {
    static_cast<void>(
        std::fprintf(stderr, "detente serve: %s\n", listening.error().text().c_str()));
    return 1;
  }
  net::Runtime& runtime = (*host)->runtime();
  runtime.on_stop_signal([&runtime] { runtime.stop(); });
  if (options.utm.enabled) {
    static_cast<void>(std::printf("utm http://%s:%u\n", options.utm.address.c_str(),
                                  unsigned{(*host)->utm_port()}));
  }
  static_cast<void>(
      std::printf("ready http://%s:%u\n", options.address.c_str(), unsigned{(*host)->port()}));
  static_cast<void>(std::fflush(stdout));
  runtime.run();
  return 0;
}

}  // namespace detente::app
