// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/extract.h"
#include "detente-verify/modes.h"

namespace detente::verify {

int run_extract(const CommandLine& line) {
  if (line.has("--origin")) return usage_error("--origin is for a log's folder");
  const Result<ExtractFound> found = verify_extract_file({line.target, line.value("--agreement")});
  if (!found && found.error().code == Errc::usage) return usage_error(found.error().detail);
  if (!found) return fault(line, found.error());
  return report(line, text(*found), json(*found));
}

}  // namespace detente::verify
