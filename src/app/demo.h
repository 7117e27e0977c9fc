// SPDX-License-Identifier: Apache-2.0
//
// `detente demo`: two parties, a neutral monitor and a humanitarian body as four processes of this
// program on loopback, a signed sample agreement, and the scenario day.
#pragma once

#include <cstdint>
#include <string>

namespace detente::app {

struct DemoOptions {
  std::string program;               // path of this program, to start the nodes with
  std::string data = "./demo-data";  // DIR/north, DIR/south, DIR/monitor, DIR/relief
  std::string agreement;             // the template; examples/north-west-syria/agreement.json
  std::string web;                   // folder of the page
  std::string verifier;              // path of detente-verify
  std::uint16_t port = 8080;         // north's page; south's and the others follow
  std::uint64_t seed = 1;
  double speed = 60;  // times real time
  bool once = false;  // as fast as it can, then a summary, then end
  bool json = false;
};

// The process's exit code: 0 only if all that the scenario promises happened (with `once`).
int demo(const DemoOptions& options);

}  // namespace detente::app
