// SPDX-License-Identifier: Apache-2.0
//
// The nodes of the demonstration: their folders, keys and agreement on the first start, their
// processes, and their desks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/demo.h"
#include "app/demo_child.h"
#include "app/demo_desk.h"
#include "net/runtime.h"
#include "terms/agreement.h"

namespace detente::app {

// Creates what is not there yet: DIR/<party> with keys, DIR/agreement.json with every party's keys,
// and each party's signature with its log opened at `now`. Uses the program's own subcommands.
Status set_up_nodes(const DemoOptions& options, const terms::Agreement& blank, UtcMs now);
bool nodes_are_set_up(const DemoOptions& options, const terms::Agreement& agreement);

struct DemoNode {
  PartyId party;
  std::string data;
  std::uint16_t port = 0;
  std::uint16_t peer_port = 0;
  std::string control_token;
  std::map<std::string, std::string> tokens;  // key id -> bearer token
  std::unique_ptr<ChildProcess> process;
  std::unique_ptr<Desk> desk;
};

class DemoNodes {
 public:
  // Starts a process for each party and waits until every desk answers. net_port_busy,
  // child_failed, net_timeout.
  static Result<std::unique_ptr<DemoNodes>> start(const DemoOptions& options,
                                                  const terms::Agreement& agreement,
                                                  net::Runtime& runtime, std::uint16_t feed_port);

  std::vector<DemoNode>& all() { return nodes_; }
  DemoNode& of(const PartyId& party);
  // child_failed with the last lines of a node that has ended.
  Status alive();
  void stop();

 private:
  Status choose_ports(std::uint16_t wanted);
  Status read_tokens(DemoNode& node);
  Status launch(const DemoOptions& options, DemoNode& node, std::uint16_t feed_port);
  Status wait_ready(net::Runtime& runtime);

  std::vector<DemoNode> nodes_;
};

}  // namespace detente::app
