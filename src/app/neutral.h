// SPDX-License-Identifier: Apache-2.0
//
// A neutral node: a witness, or a mirror (which is a witness too, with another key). It holds no
// agreement and files nothing; it watches logs, and what it has cosigned it never contradicts.
// docs/protocol/witness.md, docs/operating/neutral.md. One thread: the one that calls run().
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/runtime.h"
#include "record/policy.h"
#include "record/witness.h"
#include "store/witness_store.h"

namespace detente::app {

class MirroredLog;

struct NeutralOptions {
  bool mirror = false;
  std::string data;
  std::string address = "127.0.0.1";
  std::uint16_t port = 8181;  // 0: any free one
  std::string name;           // its keys are "<name>/witness" and "<name>/mirror"
  std::string logs;           // file of lines "log VKEY [URL]"
  std::chrono::milliseconds poll{10'000};
  // Origin -> token that its server asks for ("Authorization: Bearer ...").
  std::map<std::string, std::string> tokens;
};

// The lines of a logs file (the `log` lines of C2SP tlog-policy, nothing else); at least one.
// policy_malformed, usage.
Result<std::vector<record::PolicyLog>> parse_logs(std::string_view text);

// "http://HOST:PORT/PREFIX": where a log is served. `prefix` is "" or begins with '/' and does not
// end in one. usage.
struct LogAddress {
  std::string host;
  std::uint16_t port = 80;
  std::string prefix;
};
Result<LogAddress> parse_log_url(const std::string& url);

class NeutralHost {
 public:
  // Opens the folder and its keys. usage, policy_malformed, store_*, key_malformed.
  static Result<std::unique_ptr<NeutralHost>> open(const NeutralOptions& options,
                                                   store::FaultHook hook = {});
  ~NeutralHost();
  NeutralHost(const NeutralHost&) = delete;
  NeutralHost& operator=(const NeutralHost&) = delete;

  Status listen();  // net_*
  // Asks every log with an address for its newest checkpoint now; also done every poll interval.
  void poll();
  void run() { runtime_.run(); }
  void stop() { runtime_.stop(); }
  net::Runtime& runtime() { return runtime_; }
  std::uint16_t port() const { return port_; }
  const record::VerifierKey& witness_key() const;
  const record::VerifierKey* mirror_key() const;  // nullptr for a witness
  const store::WitnessStore& store() const { return store_; }

  // Judges add-checkpoint bodies in this order, each after those before it, and gives the answers
  // when everything that they say is on disk, with one wait for it.
  std::vector<net::HttpResponse> add_checkpoints(std::span<const std::string> bodies);

 private:
  NeutralHost(const NeutralOptions& options, store::WitnessStore store,
              std::vector<record::PolicyLog> logs, const record::Signer& witness);
  Status open_mirror(const record::Signer& mirror);
  net::HttpResponse handle(const net::HttpRequest& request);
  net::HttpResponse answer_later(const std::string& body);
  void answer_waiting();
  Result<record::WitnessStep> judge(const std::string& body, UtcMs now);
  void report(const record::WitnessStep& step);
  net::HttpResponse stored_checkpoint(const std::string& role, const std::string& hex) const;
  net::HttpResponse mirror_file(const std::string& path) const;
  // Whether a checkpoint that is about to be cosigned contradicts the tree that is mirrored.
  bool contradicts_mirror(const record::Checkpoint& checkpoint) const;

  NeutralOptions options_;
  store::WitnessStore store_;
  std::vector<record::PolicyLog> logs_;
  record::WitnessRules rules_;
  std::map<std::string, Origin> by_hex_;
  net::Runtime runtime_;
  std::optional<record::VerifierKey> mirror_key_;
  std::map<Origin, std::unique_ptr<MirroredLog>> mirrored_;
  std::vector<std::string> waiting_;  // bodies that the next turn of the loop judges together
  std::vector<std::shared_ptr<net::LaterResponse>> answers_;
  std::uint16_t port_ = 0;
};

// Runs until SIGINT or SIGTERM; the process's exit code. Prints the verifier keys, one a line
// ("witness VKEY", "mirror VKEY"), then "ready URL".
int serve_neutral(const NeutralOptions& options);

}  // namespace detente::app
