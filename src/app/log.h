// SPDX-License-Identifier: Apache-2.0
//
// Log lines of a running node: one JSON object a line on stderr, with time, level and event.
// No secret ever goes in: keys and tokens have no way into these functions.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace detente::app {

void log_event(std::string_view level, std::string_view event,
               std::initializer_list<std::pair<std::string_view, std::string_view>> members);

}  // namespace detente::app
