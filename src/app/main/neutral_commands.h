// SPDX-License-Identifier: Apache-2.0
//
// `detente serve --role witness|mirror`: the options that a neutral node has beside a party's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/neutral.h"
#include "app/serve.h"

namespace CLI {
class App;
}

namespace detente::app {

struct NeutralFlags {
  std::string role = "node";
  NeutralOptions options;
  std::int64_t poll_s = 10;
  std::vector<std::string> tokens;  // ORIGIN=FILE
};

void add_neutral_options(CLI::App& command, NeutralFlags& flags);
// Runs the neutral node; `shared` has the options of every role. The process's exit code.
int serve_neutral_role(NeutralFlags& flags, const ServeOptions& shared);

}  // namespace detente::app
