// SPDX-License-Identifier: Apache-2.0
#include "app/verify_command.h"

#include <cstdio>

#include "detente-verify/verify.h"

namespace detente::app {

int verify_command(const VerifyOptions& options) {
  const Result<verify::Report> report = verify::verify_node_folder(
      {options.folder, options.agreement, options.origin, verify::Progress{}});
  if (!report) {
    const std::string text = options.json ? verify::json(report.error()) + "\n"
                                          : "detente verify: " + report.error().text() + "\n";
    std::fputs(text.c_str(), stderr);
    return 1;
  }
  const std::string text = options.json ? verify::json(*report) + "\n" : verify::text(*report);
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace detente::app
