// SPDX-License-Identifier: Apache-2.0
#include "terms/agreement.h"

namespace detente::terms {
std::vector<Warning> lint(const Agreement&) {
  return {};
}
}  // namespace detente::terms
