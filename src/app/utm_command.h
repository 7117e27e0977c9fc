// SPDX-License-Identifier: Apache-2.0
//
// `detente utm serve --dev`: a fresh node of a made-up party, with nothing but its UTM interface,
// for conformance suites and load drivers. Plain HTTP on loopback.
#pragma once

#include <string>

#include "app/serve.h"

namespace detente::app {

struct UtmServeOptions {
  std::string data;  // its folder, kept; "": a new one, removed at the end
  UtmOptions utm;
};

// Runs until SIGINT or SIGTERM; prints "ready http://HOST:PORT" when it answers.
int utm_serve(const UtmServeOptions& options);

}  // namespace detente::app
