// SPDX-License-Identifier: Apache-2.0
//
// Tells USSs that subscribed how the parties' activities are shown (ASTM F3548-21, POST
// /uss/v1/operational_intents and /uss/v1/constraints), each in the order of its notification
// index, one at a time, again until it answers or is given up.
//
// Only USSs that the engineer named are told: a base URL comes from a subscriber, and a node must
// not be led to speak to any host. A USS that misses one sees the gap in its index.
// The bearer token is read from its file for every request, so that whoever renews it only writes
// the file. Private to src/app. Threads: the runtime's.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/runtime.h"
#include "utm/desk.h"
#include "utm/details.h"

namespace detente::app {

struct UtmListener {
  std::string base_url;  // as subscriptions name it
  std::string host;      // of the USS, or of a proxy that speaks TLS to it
  std::uint16_t port = 0;
  std::string token_file;
};
// "BASE_URL=HOST:PORT,TOKEN_FILE". Errc::usage.
Result<UtmListener> parse_utm_listener(const std::string& text);

// Waiting for one USS; beyond it the oldest is given up.
inline constexpr std::size_t kUtmTellingsWaiting = 256;
// A USS that fails so often in a row loses the message: about 10 minutes.
inline constexpr int kUtmTellingAttempts = 15;

class UtmTeller {
 public:
  UtmTeller(net::Runtime& runtime, const std::vector<UtmListener>& listeners);
  void tell(utm::Telling telling);
  utm::Told told() const;  // for the page
  bool busy() const;       // a request is under way

 private:
  struct Line {
    UtmListener to;
    std::string prefix;  // the path of the base URL
    std::shared_ptr<net::Runtime::Client> client;
    std::deque<utm::Telling> waiting;
    bool under_way = false;
    bool pausing = false;
    int failures = 0;  // of the first that waits
    utm::ToldUss count;
  };
  void send(Line& line);
  void answered(Line& line, const Result<net::HttpResponse>& response);

  net::Runtime& runtime_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::uint64_t unnamed_ = 0;
};

}  // namespace detente::app
