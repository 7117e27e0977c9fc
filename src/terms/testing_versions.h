// SPDX-License-Identifier: Apache-2.0
//
// For tests: later versions of an agreement.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "terms/testing_agreement.h"
#include "terms/testing_course.h"

namespace detente::terms::testing {

// A later version of `before`, with one member replaced.
inline std::shared_ptr<const Agreement> later_version(const Agreement& before,
                                                      const std::string& pointer,
                                                      std::string_view value) {
  std::string text = edited_in(before.bytes(), "/version", std::to_string(before.version() + 1));
  text = edited_in(text, "/amends", "\"" + before.sha256_hex() + "\"");
  return make_shared_agreement(edited_in(text, pointer, value));
}

}  // namespace detente::terms::testing
