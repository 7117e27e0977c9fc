// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/claims.h"
#include "detente-verify/modes.h"

namespace detente::verify {

int run_claims(const CommandLine& line) {
  if (!line.has("--agreement")) return usage_error("--claims needs --agreement");
  if (line.has("--origin")) return usage_error("--origin is for a log's folder");
  if (line.has("--question") != line.has("--answer")) {
    return usage_error("--question and --answer belong together");
  }
  const Result<ClaimsVerdict> found = verify_claims_file(
      line.target, line.value("--agreement"), {line.value("--question"), line.value("--answer")});
  if (!found) return fault(line, found.error());
  return report(line, text(*found), json(*found));
}

}  // namespace detente::verify
