// SPDX-License-Identifier: Apache-2.0
//
// For tests: three nodes whose messages arrive at once, with their disks. No faults: those are the
// simulator's.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/api.h"
#include "node/node.h"
#include "node/testing_disk.h"

namespace detente::node::testing {

struct TestParty {
  PartyId id;
  NodeKeys keys;
  record::OfficerSigner root;
  std::vector<record::OfficerSigner> officers;
  Disk disk;
  std::unique_ptr<Node> node;
  std::vector<Answer> answers;
  std::vector<UtmAnswer> utm_answers;
  std::vector<utm::Telling> utm_tellings;
  std::string utm_url;
};

class TestParties {
 public:
  // `record` is the agreement's member of that name, e.g. {"fence_quorum":1}; "": none.
  explicit TestParties(const std::string& record = "");

  TestParty& party(const std::string& id) { return parties_.at(PartyId{id}); }
  const std::shared_ptr<const terms::Agreement>& agreement() const { return agreement_; }
  UtcMs now;

  // Starts (again) from the party's disk.
  Status start(TestParty& party);
  // Runs one input and every message that follows from it.
  void step(TestParty& party, Input input);
  // Time goes on by `ms` for all, in ticks of a minute, and everything is delivered.
  void pass(std::int64_t ms);
  Result<record::Ref> submit(TestParty& party, const std::string& type,
                             std::vector<record::Ref> refs, std::string body,
                             const std::vector<record::OfficerSigner>& officers);
  // Opens every log, delegates the officers and signs the agreement.
  void open_all();
  // A patrol of 10 km around 35.5 N 36.5 E, `lead_ms` from now, an hour long.
  std::string patrol(const std::string& operator_id, std::int64_t lead_ms, double lat = 35.5) const;
  bool connected = true;        // for the record
  bool flash_connected = true;  // for flashes, which have a connection of their own
  std::size_t flashes_sent = 0;
  std::set<PartyId> away;  // parties that nobody reaches
  // Puts another file in the place of the one that a peer asks for; nothing: the true one.
  std::function<std::optional<Result<Bytes>>(const PartyId& asks, const Fetch& fetch)> forge;
  bool opening = false;
  Status last_store_error;
  std::string fail_effects;  // "store": every durable effect fails

 private:
  void carry_out(TestParty& party, const Effects& effects);
  void deliver();
  void open(TestParty& party);

  struct Message {
    PartyId to;
    Input input;
  };
  std::shared_ptr<const terms::Agreement> agreement_;
  std::map<PartyId, TestParty> parties_;
  std::deque<Message> messages_;
  std::uint64_t random_ = 7;
};

}  // namespace detente::node::testing
