// SPDX-License-Identifier: Apache-2.0
//
// In place of courier_mode.cc in the static program: Debian has no static libzip.
#include "detente-verify/modes.h"

namespace detente::verify {

int run_courier(const CommandLine&) {
  return usage_error(
      "this program reads no zips: unpack it and verify the folder log/ in it with --origin");
}

}  // namespace detente::verify
