// SPDX-License-Identifier: Apache-2.0
//
// The one event loop of a process: servers, clients, feeds and timers, all on the thread that
// calls run(). Coroutines stay inside the .cc files.
//
// TLS: 1.3 only, both sides authenticated. A node's certificate carries its party's id as common
// name and is signed by the party's root key (Ed25519); it is verified against the root key in the
// signed agreement and against nothing else, so there are no authority files to exchange. An
// officer's certificate has the officer's key id ("north/duty-1") as common name and is signed by
// the same root key.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "net/http.h"

namespace detente::net {

struct TlsIdentity {
  std::string certificate_pem;
  std::string key_pem;
};
// A certificate for `common_name` (party id or officer's key id), signed by `root`, valid from
// `not_before` (UTC seconds) for ten years. Fresh Ed25519 key from `random`.
Result<TlsIdentity> issue_certificate(const std::string& common_name, const crypto::SecretKey& root,
                                      const crypto::Random& random, std::int64_t not_before_s);
// Which root key vouches for a party: party id -> root key, from the agreement.
using TrustedRoots = std::map<std::string, crypto::PublicKey>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  bool tls = false;        // then identity and roots are used, and a client certificate is demanded
  TlsIdentity identity;
  TrustedRoots roots;
  BodyLimit body_limit;                                // of requests; must not throw
  std::size_t connections = limits::kHttpConnections;  // more are closed as they come
  // A request that has begun must be whole within this time (else the connection is closed).
  std::chrono::milliseconds request_timeout{10'000};
  // A connection without a request, or an answer that nobody takes, is closed after this time.
  std::chrono::milliseconds idle_timeout{60'000};
  // An event stream without events carries a comment this often, so that both ends see a cut.
  std::chrono::milliseconds ping_interval{10'000};
};

struct ClientOptions {
  std::string host;
  std::uint16_t port = 0;
  bool tls = true;
  TlsIdentity identity;
  TrustedRoots roots;
  std::string expected_peer;  // the party that must answer
  std::chrono::milliseconds timeout{5000};
};

// The clients, feeds and line servers that a runtime gives out must be destroyed before it.
// Threads: everything on the thread that calls run(), except post() and stop().
class Runtime {
 public:
  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Starts to listen; returns the port. net_port_busy (the detail names address and port),
  // net_refused (no such address, or not allowed), net_tls.
  // What the server answers by itself: 400 http_malformed, 413 and 431
  // http_too_large, 503 net_refused (too many event streams), 500 http_internal if the handler
  // throws. More than ServerOptions::connections are closed as they come.
  Result<std::uint16_t> serve(const ServerOptions& options, HttpHandler handler);
  // Sends an event to every open event stream (data is one line of JSON). A listener with more
  // than limits::kOutboxBytes unsent is cut.
  void broadcast(const std::string& event, const std::string& data);
  std::size_t event_streams() const;

  // A peer or server that we talk to: keeps one connection alive, reconnects when needed, at most
  // one request at a time (others wait in order, at most 64; then net_refused).
  class Client {
   public:
    virtual ~Client() = default;
    // `done` is called on the loop's thread exactly once, never from inside this call; not at all
    // if the runtime is destroyed first.
    //   net_refused   no connection, or it was cut before the answer was whole; or the queue is
    //   full net_timeout   no whole answer in time; net_tls; http_malformed, http_too_large
    // A status of 400 or more is an answer, not an error.
    // A request goes out once. Only a GET on a kept connection that the other side was just closing
    // is tried again, on a new connection.
    virtual void request(std::string method, std::string target, std::string body,
                         std::map<std::string, std::string> headers,
                         std::function<void(Result<HttpResponse>)> done) = 0;
    // A GET whose answer may have so many bytes of body: http_too_large as soon as more are
    // announced or have come, without reading on.
    virtual void get(std::string target, std::size_t body_max,
                     std::function<void(Result<HttpResponse>)> done) = 0;
  };
  std::shared_ptr<Client> client(const ClientOptions& options);

  // Reads a TCP text feed, reconnecting after a pause; gives raw bytes. `closed` tells why a
  // connection ended. Runs until the returned handle is destroyed.
  class Feed {
   public:
    virtual ~Feed() = default;
  };
  std::unique_ptr<Feed> tcp_feed(const std::string& host, std::uint16_t port,
                                 std::function<void(std::string_view)> bytes,
                                 std::function<void(const Error&)> closed);
  // Serves lines to every client that connects (the scenario's SBS output). Slow clients are cut.
  class LineServer {
   public:
    virtual ~LineServer() = default;
    virtual void send(std::string_view lines) = 0;
    virtual std::size_t clients() const = 0;
    virtual std::uint16_t port() const = 0;
  };
  Result<std::unique_ptr<LineServer>> line_server(const std::string& address, std::uint16_t port);

  // Calls `f` every `interval` until run() ends.
  void every(std::chrono::milliseconds interval, std::function<void()> f);
  void after(std::chrono::milliseconds delay, std::function<void()> f);
  void post(std::function<void()> f);  // from any thread
  // Calls `f` once on SIGINT or SIGTERM.
  void on_stop_signal(std::function<void()> f);

  void run();
  // Handles what is ready, waiting at most `wait`; for drivers that own the loop.
  void run_for(std::chrono::milliseconds wait);
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::net
