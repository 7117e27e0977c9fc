// SPDX-License-Identifier: Apache-2.0
//
// `detente verify`: the code of detente-verify behind this program's command line.
#pragma once

#include <string>

namespace detente::app {

struct VerifyOptions {
  std::string folder;
  std::string agreement;  // "" for the folder's own
  std::string origin;     // not empty: `folder` is one bare log
  bool json = false;
};
int verify_command(const VerifyOptions& options);

}  // namespace detente::app
