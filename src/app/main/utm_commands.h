// SPDX-License-Identifier: Apache-2.0
//
// Options of the UTM interface, for `detente serve` and `detente utm serve`.
#pragma once

#include "app/utm_desk.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace detente::app {

// Keys, audience and limits; all but the port.
void add_utm_options(CLI::App& command, UtmOptions& options);
// The same, and where a node's UTM side listens. Gives the option whose presence turns it on.
CLI::Option* add_utm_side(CLI::App& command, UtmOptions& options);
void add_utm(CLI::App& app, int& code);

}  // namespace detente::app
