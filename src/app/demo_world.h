// SPDX-License-Identifier: Apache-2.0
//
// The world that the nodes live in: one clock, the links between them, and the receiver that hears
// the aircraft. Time goes on in steps; after each, the nodes are given the time to tell each other
// what is new (settling), as they would have had in real time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/demo_desk.h"
#include "app/demo_nodes.h"
#include "app/scenario.h"
#include "net/runtime.h"

namespace detente::app {

class DemoWorld {
 public:
  DemoWorld(net::Runtime& runtime, DemoNodes& nodes, net::Runtime::LineServer& feed,
            const Scenario& scenario);

  UtcMs now() const { return now_; }
  // Waits until every node listens to the receiver, and sets every clock to `now` or to the
  // latest that a node has seen.
  Status begin(UtcMs now);
  // Goes to `target` in steps. `each` is called after every step. interrupted, child_failed,
  // net_timeout (names the node that does not settle, with its heads).
  Status advance_to(UtcMs target, const std::function<Status()>& each = {});
  // Waits until no node is busy and all agree on every log that they can reach.
  Status settle();
  Status set_link(const PartyId& a, const PartyId& b, bool up);
  std::uint64_t positions_sent() const { return sent_; }
  // Changes when any log grew.
  std::uint64_t heads_sum() const;
  // Waits for `real` time to pass while the desks stay served.
  Status rest(std::chrono::milliseconds real);
  // From a signal: every wait ends with Errc::interrupted.
  void interrupt() { interrupted_ = true; }
  bool interrupted() const { return interrupted_; }

 private:
  Status step_to(UtcMs next);
  Status set_clocks(UtcMs next);
  Status send_positions(UtcMs until);
  Result<std::vector<Quiet>> ask_all(const std::string& method, const std::string& target,
                                     const std::string& body);
  Status wait_until(const std::function<bool(const std::vector<Quiet>&)>& reached,
                    const char* what);
  bool settled(const std::vector<Quiet>& all) const;
  bool link_is_up(const PartyId& a, const PartyId& b) const;
  bool flying_about(UtcMs time) const;
  Status watch_over();
  std::string describe(const std::vector<Quiet>& all) const;

  net::Runtime& runtime_;
  DemoNodes& nodes_;
  net::Runtime::LineServer& feed_;
  std::vector<std::pair<UtcMs, std::string>> lines_;  // SBS, ascending by time
  std::vector<TimeSpan> flights_;
  std::size_t next_line_ = 0;
  std::uint64_t sent_ = 0;
  UtcMs now_;
  std::set<std::pair<PartyId, PartyId>> links_down_;
  std::vector<Quiet> last_;
  bool interrupted_ = false;
};

}  // namespace detente::app
