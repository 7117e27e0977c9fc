// SPDX-License-Identifier: Apache-2.0
//
// In place of url_mode.cc in the static program, which has no network code at all.
#include "detente-verify/modes.h"

namespace detente::verify {

int run_url(const CommandLine&) {
  return usage_error("this program has no network code: verify a copy of the log's files");
}

}  // namespace detente::verify
