// SPDX-License-Identifier: Apache-2.0
//
// The side of a node that has to do with files beside its log: those of private checks, and sealed
// copies of private details.
#include <charconv>
#include <utility>

#include "app/http_answers.h"
#include "app/log.h"
#include "app/node_host.h"
#include "base/limits.h"
#include "record/tiles.h"

namespace detente::app {
namespace {

constexpr std::string_view kPeerChecks = "/peer/checks/";
constexpr std::string_view kPeerContent = "/peer/content/";

}  // namespace

Status NodeHost::start_checks() {
  CheckHost host;
  host.data = options_.data;
  host.now = [this] { return now(); };
  host.say = [this](std::vector<CheckStatement> said) { return say_checks(std::move(said)); };
  host.fetch = [this](const PartyId& peer, const std::string& root, std::size_t bytes_max,
                      std::function<void(Result<Bytes>)> done) {
    fetch_file(peer, "checks/" + root, "", bytes_max, std::move(done));
  };
  host.carried = [this](const PartyId& peer) { return inbox_.has(peer); };
  host.read_own_entry = [this](LeafIndex index) -> Result<record::Entry> {
    DETENTE_TRY(const Bytes bytes, store_->read_entry(node_.own().origin(), index));
    return record::parse_entry(bytes);
  };
  if (options_.fault_hook) {
    host.reached = [this](const std::string& site) {
      static_cast<void>(options_.fault_hook(site.c_str()));
    };
  }
  for (const PeerAddress& peer : options_.peers) {
    net::ClientOptions client = peer_client(peer);
    client.timeout = std::chrono::milliseconds{20'000};
    file_clients_[PartyId{peer.party}] = runtime_.client(client);
  }
  room_ = std::make_unique<CheckRoom>(node_, runtime_, std::move(host));
  check_desk_ = std::make_unique<CheckDesk>(
      node_, *room_, options_.data,
      [this](const std::vector<record::Envelope>& drafts) { return log_together(drafts); });
  return room_->start();
}

std::vector<Result<record::Ref>> NodeHost::log_together(
    const std::vector<record::Envelope>& envelopes) {
  node::SubmitGroup group;
  for (std::size_t i = 0; i < envelopes.size(); ++i) group.submits.push_back({i, envelopes[i]});
  step(std::move(group));
  std::vector<Result<record::Ref>> out;
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    const auto answer = answers_.find(i);
    check(answer != answers_.end(), "a submitted statement is answered in its step");
    out.push_back(answer->second);
  }
  answers_.clear();
  return out;
}

std::vector<Result<record::Ref>> NodeHost::say_checks(std::vector<CheckStatement> said) {
  if (!identity_.keys.watch) {
    return std::vector<Result<record::Ref>>(
        said.size(), fail(Errc::key_undelegated, "this node has no watch key"));
  }
  std::vector<record::Envelope> envelopes;
  for (CheckStatement& one : said) {
    envelopes.push_back(node_.draft(one.type, std::move(one.refs), std::move(one.body),
                                    {*identity_.keys.watch}, now()));
  }
  return log_together(envelopes);
}

// A courier file of the party comes before the network, as for the record.
void NodeHost::fetch_file(const PartyId& peer, const std::string& path, const std::string& question,
                          std::size_t bytes_max, std::function<void(Result<Bytes>)> done) {
  if (inbox_.has(peer)) {
    std::optional<Result<Bytes>> carried = inbox_.answer({peer, path}, node_);
    if (carried && *carried) {
      runtime_.post([done = std::move(done), bytes = std::move(**carried)] { done(bytes); });
      return;
    }
  }
  const auto client = file_clients_.find(peer);
  if (client == file_clients_.end() || links_down_.contains(peer)) {
    runtime_.post(
        [done = std::move(done), peer] { done(fail(Errc::net_refused, "no link", peer.value)); });
    return;
  }
  client->second->get("/peer/" + path + question, bytes_max,
                      [this, peer, done = std::move(done)](Result<net::HttpResponse> response) {
                        if (links_down_.contains(peer)) {
                          return done(fail(Errc::net_refused, "the link was cut", peer.value));
                        }
                        if (!response) return done(fail(response.error()));
                        if (response->status != 200) {
                          const Errc code =
                              response->status == 404 ? Errc::http_not_found : Errc::http_status;
                          return done(fail(code, std::to_string(response->status)));
                        }
                        done(to_bytes(response->body));
                      });
}

void NodeHost::start_sealed() {
  SealedHost host;
  host.data = options_.data;
  host.now = [this] { return now(); };
  host.fetch = [this](const PartyId& peer, const std::string& name, std::uint64_t from,
                      std::function<void(Result<Bytes>)> done) {
    fetch_file(peer, "content/" + name, "?from=" + std::to_string(from), limits::kSealedPieceBytes,
               std::move(done));
  };
  host.carried = [this](const PartyId& peer) { return inbox_.has(peer); };
  host.learned = [this] {
    for (const char* const event : {"site", "movement"}) runtime_.broadcast(event, "{}");
  };
  sealed_ = std::make_unique<SealedCopies>(node_, std::move(host));
  private_desk_ = std::make_unique<PrivateDesk>(
      node_, options_.data,
      [this](const std::vector<record::Envelope>& drafts) { return log_together(drafts); });
  copy_desk_ = std::make_unique<CopyDesk>(
      node_, options_.data,
      [this](const std::vector<record::Envelope>& drafts) { return log_together(drafts); });
}

// Only what an own statement names for this very party; all else is not there.
net::HttpResponse NodeHost::check_file(const PartyId& peer, const net::HttpRequest& request) const {
  if (request.method != "GET") return error_response({Errc::http_method, request.method, ""});
  return private_file_response(room_->file_for(peer, request.path.substr(kPeerChecks.size())));
}

// The same for sealed copies, a piece at a time: GET /peer/content/<64 hex>?from=<bytes at hand>.
net::HttpResponse NodeHost::sealed_piece(const PartyId& peer,
                                         const net::HttpRequest& request) const {
  if (request.method != "GET") return error_response({Errc::http_method, request.method, ""});
  std::uint64_t from = 0;
  const auto asked = request.query.find("from");
  if (asked != request.query.end()) {
    const char* const end = asked->second.data() + asked->second.size();
    const std::from_chars_result read = std::from_chars(asked->second.data(), end, from);
    if (read.ec != std::errc{} || read.ptr != end)
      return error_response({Errc::http_not_found, "", ""});
  }
  return private_file_response(
      sealed_->piece_for(peer, request.path.substr(kPeerContent.size()), from));
}

net::HttpResponse NodeHost::on_checks(const net::HttpRequest& request, const node::Caller& caller) {
  net::HttpResponse response = json_response(check_desk_->handle(
      {request.method, request.path, request.query, request.body}, caller, now()));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace detente::app
