// SPDX-License-Identifier: Apache-2.0
//
// For tests of worked examples: the named blocks of a page of docs/protocol.
#pragma once

#include <istream>
#include <map>
#include <string>

namespace detente::record::testing {

using Blocks = std::map<std::string, std::string>;

// Blocks "```<language> <name>"; others have no name and are not checked.
inline Blocks named_blocks(std::istream& page) {
  Blocks out;
  std::string name;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      const std::size_t space = line.find(' ');
      name = inside && space != std::string::npos ? line.substr(space + 1) : std::string();
    } else if (inside && !name.empty()) {
      out[name] += line + "\n";
    }
  }
  return out;
}

}  // namespace detente::record::testing
