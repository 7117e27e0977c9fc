// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

namespace detente {

const char* errc_name(Errc code) {
  switch (code) {
#define DETENTE_X(name, number, sentence) \
  case Errc::name:                        \
    return #name;
    DETENTE_ERRORS(DETENTE_X)
#undef DETENTE_X
  }
  return "unknown";
}

const char* errc_sentence(Errc code) {
  switch (code) {
#define DETENTE_X(name, number, sentence) \
  case Errc::name:                        \
    return sentence;
    DETENTE_ERRORS(DETENTE_X)
#undef DETENTE_X
  }
  return "unknown error";
}

std::string Error::text() const {
  std::string out =
      fmt::format("{} ({}): {}", errc_name(code), static_cast<int>(code), errc_sentence(code));
  if (!detail.empty()) out += ": " + detail;
  if (!place.empty()) out += " [at " + place + "]";
  return out;
}

Error Error::at(std::string_view outer) && {
  if (place.empty()) {
    place = outer;
  } else if (!outer.empty()) {
    place = fmt::format("{}/{}", outer, place);
  }
  return std::move(*this);
}

void check(bool condition, const char* why) {
  if (condition) return;
  static_cast<void>(std::fprintf(stderr, "detente: internal check failed: %s\n", why));
  std::abort();
}

}  // namespace detente
