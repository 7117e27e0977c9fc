// SPDX-License-Identifier: Apache-2.0
//
// Sirens: webhooks outside this node that are told of an alarm that nobody here has acknowledged.
// Each belongs to a step of the agreement's escalation list, from 1; it is told when that step has
// come, and again until it answers with a status of 2xx or the alarm is acknowledged.
//
//   POST <path>  {"subject":"<id>","kind":"stop","party":"north","text":"..","sent":"<RFC 3339>",
//                 "level":1,"flash":false}
// Not promised: that anybody hears it. What each step's sirens said goes into the log.
// Of one party at most limits::kSirenAlarmsPerParty alarms sound at once.
// Threads: the runtime's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hotline/ledger.h"
#include "net/runtime.h"
#include "node/effects.h"

namespace detente::app {

struct SirenAddress {
  int level = 1;
  std::string host;
  std::uint16_t port = 0;
  std::string path;
};
// "http://HOST:PORT/path", or "LEVEL=http://HOST:PORT/path". Errc::usage.
Result<SirenAddress> parse_siren(const std::string& text);

// What a siren is told.
std::string siren_body(const hotline::Alarm& alarm, int level);

class Sirens {
 public:
  // `changed` is called when a siren has answered: time to look again.
  Sirens(net::Runtime& runtime, const std::vector<SirenAddress>& addresses,
         std::function<void()> changed);

  // `open`: the alarms that ask to be acknowledged, in the order of HotlineLedger::alarms. Tells
  // the sirens that are due; returns the steps whose outcome is known and not in the record yet.
  std::vector<node::SirensAnswered> look(const std::vector<hotline::Alarm>& open,
                                         const PartyId& self, UtcMs now);
  bool busy() const { return under_way_ > 0; }

 private:
  struct Siren {
    SirenAddress address;
    std::shared_ptr<net::Runtime::Client> client;
  };
  struct Telling {  // one alarm to one siren
    bool told = false;
    bool under_way = false;
    int failures = 0;
    UtcMs next;
  };
  using Key = std::pair<PartyId, StatementId>;
  using Tellings = std::map<std::size_t, Telling>;  // by number of the siren

  void tell(const Key& key, std::size_t siren, const hotline::Alarm& alarm, UtcMs now);
  std::optional<hotline::SirenResult> outcome(Tellings& tellings, int level) const;

  std::vector<Siren> sirens_;
  std::map<Key, Tellings> alarms_;  // open ones
  std::function<void()> changed_;
  int under_way_ = 0;
};

}  // namespace detente::app
