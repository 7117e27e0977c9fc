// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "detente-verify/modes.h"
#include "detente-verify/verify.h"

namespace detente::verify {
namespace {

void show_progress(const std::string& log, std::uint64_t done, std::uint64_t total) {
  const std::string text = fmt::format("\r\033[K{:.40}  {} of {} entries", log, done, total);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

int run_folder(const CommandLine& line) {
  if (line.has("--origin") && !line.has("--agreement")) {
    return usage_error("--origin needs --agreement");
  }
  Request request{line.target, line.value("--agreement"), line.value("--origin"), {}};
  const bool terminal = !line.quiet && ::isatty(STDERR_FILENO) == 1;
  if (terminal) request.progress = show_progress;
  const Result<Report> found = verify_node_folder(request);
  if (terminal) std::fputs("\r\033[K", stderr);
  if (!found) return fault(line, found.error());
  return report(line, text(*found), json(*found));
}

}  // namespace detente::verify
