// SPDX-License-Identifier: Apache-2.0
//
// The demonstration's side of a node's desk: HTTP requests over one kept connection, waited for on
// the demonstration's own loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/demo_child.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/strong.h"
#include "base/time.h"
#include "net/runtime.h"

namespace detente::app {

// What GET /control/quiet and POST /control/clock say.
struct Quiet {
  UtcMs now;
  bool busy = true;
  std::map<PartyId, std::uint64_t> heads;
  std::map<PartyId, std::string> links;  // "fresh"
  std::uint64_t points = 0;
  std::uint64_t feed_refused = 0;
};

struct Answered {
  int status = 0;
  std::string body;
  JsonDocument json;
  bool good() const { return status >= 200 && status < 300; }
  // "activity_late" of an error answer, and all of it as one line.
  std::string code() const;
  std::string text() const;
};

class Desk {
 public:
  using Done = std::function<void(Result<Answered>)>;

  Desk(net::Runtime& runtime, PartyId party, std::uint16_t port);

  const PartyId& party() const { return party_; }
  std::string url() const;
  // `token` "" asks without one. `done` is called from the loop.
  void send(const std::string& method, const std::string& target, const std::string& body,
            const std::string& token, Done done);
  // The same, waited for. net_* and http_malformed; an error answer is no error here.
  Result<Answered> ask(const std::string& method, const std::string& target,
                       const std::string& body = {}, const std::string& token = {});
  // The body of a good answer; http_status with its text otherwise.
  Result<JsonDocument> get(const std::string& target);

 private:
  net::Runtime& runtime_;
  PartyId party_;
  std::uint16_t port_;
  std::shared_ptr<net::Runtime::Client> client_;
};

Result<Quiet> read_quiet(const JsonReader& in);

}  // namespace detente::app
