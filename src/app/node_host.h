// SPDX-License-Identifier: Apache-2.0
//
// Carries a node: executes its effects in order on the store and the network, and feeds back what
// comes in. Private to src/app.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/check_desk.h"
#include "app/check_room.h"
#include "app/copy_desk.h"
#include "app/courier_inbox.h"
#include "app/identity.h"
#include "app/private_desk.h"
#include "app/sealed_copies.h"
#include "app/self_check.h"
#include "app/serve.h"
#include "app/signature_checks.h"
#include "app/utm_desk.h"
#include "app/utm_teller.h"
#include "net/runtime.h"
#include "node/api.h"
#include "node/node.h"
#include "store/node_store.h"
#include "wire/sbs.h"

namespace detente::app {

class NodeHost {
 public:
  static Result<std::unique_ptr<NodeHost>> open(const ServeOptions& options);

  Status listen();
  net::Runtime& runtime() { return runtime_; }
  std::uint16_t port() const { return port_; }
  std::uint16_t peer_port() const { return peer_port_; }
  std::uint16_t utm_port() const { return utm_port_; }  // 0 where the UTM interface is off

 private:
  NodeHost(const ServeOptions& options, std::unique_ptr<store::NodeStore> store, Identity identity,
           node::Node node);

  UtcMs now() const;
  void step(node::Input input);
  void tick();
  void carry_out(const node::Effects& effects);
  void fetch(const node::Fetch& effect);
  void check_bundle(const PartyId& peer, const std::string& path, ByteView bytes, bool rest);
  void send_flash(const node::SendFlash& effect);
  void send_next_flash(const PartyId& peer);
  void nudge(const node::Nudge& effect);
  void ask_witness(const node::AddCheckpoint& effect);
  net::HttpResponse submit(const record::Envelope& envelope, const StatementId& id);
  net::HttpResponse submit(const node::ApiSubmitWhole& whole);
  void look_at_alarms();
  void log_waiting();
  net::ClientOptions peer_client(const PeerAddress& peer) const;  // with this node's certificate
  void connect_peers();
  void read_feed();
  void on_feed_bytes(std::string_view bytes);

  // node_host_utm.cc
  Status listen_utm();
  net::HttpResponse on_utm(const net::HttpRequest& request);
  void log_utm_waiting();
  net::HttpResponse utm_overview(const node::Caller& caller) const;

  // node_host_checks.cc
  Status start_checks();
  std::vector<Result<record::Ref>> log_together(const std::vector<record::Envelope>& envelopes);
  std::vector<Result<record::Ref>> say_checks(std::vector<CheckStatement> said);
  // A file beside the log: "checks/<hex>", "content/<hex>"; the network's question may be longer.
  // At most `bytes_max` are taken from the network, else http_too_large.
  void fetch_file(const PartyId& peer, const std::string& path, const std::string& question,
                  std::size_t bytes_max, std::function<void(Result<Bytes>)> done);
  void start_sealed();
  net::HttpResponse sealed_piece(const PartyId& peer, const net::HttpRequest& request) const;
  net::HttpResponse check_file(const PartyId& peer, const net::HttpRequest& request) const;
  net::HttpResponse on_checks(const net::HttpRequest& request, const node::Caller& caller);

  net::HttpResponse on_desk(const net::HttpRequest& request);
  net::HttpResponse on_peer(const net::HttpRequest& request);
  net::HttpResponse on_api(const net::HttpRequest& request, const node::Caller& caller);
  net::HttpResponse on_control(const net::HttpRequest& request);
  net::HttpResponse log_file(const net::HttpRequest& request) const;
  net::HttpResponse page_file(const net::HttpRequest& request) const;
  node::Caller caller_of_token(const net::HttpRequest& request) const;
  node::Caller caller_of_certificate(const std::string& keyid) const;
  std::string quiet_json() const;

  ServeOptions options_;
  std::unique_ptr<store::NodeStore> store_;
  Identity identity_;
  node::Node node_;
  SelfCheck self_check_;
  CourierInbox inbox_;
  UtcMs notes_exported_;
  net::Runtime runtime_;
  net::TrustedRoots roots_;
  std::map<PartyId, std::shared_ptr<net::Runtime::Client>> clients_;
  // Flashes have connections of their own, so that they never wait behind the record.
  std::map<PartyId, std::shared_ptr<net::Runtime::Client>> flash_clients_;
  struct FlashQueue {
    bool under_way = false;
    std::deque<node::SendFlash> waiting;  // STOP first
  };
  std::map<PartyId, FlashQueue> flashes_;
  std::map<std::string, std::shared_ptr<net::Runtime::Client>> witnesses_;  // by name
  std::unique_ptr<Sirens> sirens_;
  bool alarms_posted_ = false;
  struct NudgeState {
    bool under_way = false;
    bool again = false;  // there was something newer meanwhile
  };
  std::map<PartyId, NudgeState> nudges_;
  std::set<PartyId> links_down_;
  std::unique_ptr<net::Runtime::Feed> feed_;
  wire::LineSplitter feed_lines_;
  std::uint64_t feed_refused_ = 0;
  std::uint64_t points_ = 0;
  std::uint64_t requests_out_ = 0;
  // Statements that came since the last step; they are logged together.
  struct Waiting {
    record::Envelope envelope;
    StatementId id;
    std::shared_ptr<net::LaterResponse> reply;
  };
  std::vector<Waiting> waiting_;
  std::chrono::steady_clock::time_point last_group_end_{};
  SignatureChecks checks_;
  std::map<std::uint64_t, Result<record::Ref>> answers_;
  UtcMs driven_now_;
  struct UtmWaiting {
    node::UtmWrite write;
    std::shared_ptr<net::LaterResponse> reply;
    std::string method;
    std::string path;
    std::chrono::steady_clock::time_point began;
  };
  std::vector<UtmWaiting> utm_waiting_;
  std::map<std::uint64_t, utm::Reply> utm_answers_;
  std::optional<utm::Desk> utm_desk_;
  std::unique_ptr<UtmTeller> utm_teller_;  // together with the desk
  // Files beside the logs have connections of their own, so that the record never waits.
  std::map<PartyId, std::shared_ptr<net::Runtime::Client>> file_clients_;
  std::unique_ptr<SealedCopies> sealed_;
  std::unique_ptr<PrivateDesk> private_desk_;
  std::unique_ptr<CopyDesk> copy_desk_;
  std::unique_ptr<CheckRoom> room_;
  std::unique_ptr<CheckDesk> check_desk_;
  std::uint16_t utm_port_ = 0;
  std::uint16_t port_ = 0;
  std::uint16_t peer_port_ = 0;
};

}  // namespace detente::app
