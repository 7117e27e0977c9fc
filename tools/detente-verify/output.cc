// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <cstdio>

#include "detente-verify/modes.h"
#include "detente-verify/verify.h"

namespace detente::verify {
namespace {

bool print(std::FILE* to, const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
}

}  // namespace

int usage_error(const std::string& why) {
  print(stderr, fmt::format("detente-verify: {} (try --help)\n", why));
  return kUsage;
}

int fault(const CommandLine& line, const Error& error) {
  if (line.json) print(stdout, json(error) + "\n");
  print(stderr, fmt::format("detente-verify: {}\n", error.text()));
  return kFault;
}

int report(const CommandLine& line, const std::string& text, const std::string& json) {
  if (line.json) return print(stdout, json + "\n") ? kVerified : kFault;
  if (line.quiet) return kVerified;
  return print(stdout, text) ? kVerified : kFault;
}

}  // namespace detente::verify
