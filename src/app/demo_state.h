// SPDX-License-Identifier: Apache-2.0
//
// Where the demonstration stands, kept in DIR/demo.json so that a second start goes on from there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace detente::app {

struct DemoState {
  std::uint64_t seed = 1;
  UtcMs now;
  std::uint64_t acts_done = 0;
  bool over = false;                          // the day was played to its end
  std::uint64_t starts = 0;                   // how often the nodes were started on the way
  std::map<std::string, std::string> stops;   // subject -> statement id
  std::map<std::string, std::string> checks;  // subject -> the checked plan, "<party>-<index>"
  std::map<std::string, std::string> filed;   // subject -> activity, of those filed at the desk
  std::vector<std::string> failures;          // acts that went otherwise than the scenario says
};

// Nothing if there is no file yet; json_* if it is not one of ours.
Result<std::optional<DemoState>> load_demo_state(const std::string& path);
// Whole or not at all. store_io.
Status save_demo_state(const std::string& path, const DemoState& state);

}  // namespace detente::app
