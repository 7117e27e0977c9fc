// SPDX-License-Identifier: Apache-2.0
//
// `detente statement list|show`: what a node's folder says, read from its log files, so it works
// beside a running node and changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace detente::app {

struct StatementOptions {
  std::string data;   // a node's folder
  std::string party;  // whose log; "" for the folder's own
  std::string type;   // only this type; "" for all
  std::uint64_t from = 0;
  std::uint64_t count = 50;
  std::optional<std::uint64_t> index;  // show: this one
  bool json = false;
};

int statement_list(const StatementOptions& options);
int statement_show(const StatementOptions& options);

}  // namespace detente::app
