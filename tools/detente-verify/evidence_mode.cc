// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/evidence.h"

#include "detente-verify/modes.h"

namespace detente::verify {

int run_evidence(const CommandLine& line) {
  if (!line.has("--agreement")) return usage_error("--evidence needs --agreement");
  if (line.has("--origin")) return usage_error("--origin is for a log's folder");
  const Result<EvidenceVerdict> found =
      verify_evidence_file(line.target, line.value("--agreement"));
  if (!found) return fault(line, found.error());
  return report(line, text(*found), json(*found));
}

}  // namespace detente::verify
