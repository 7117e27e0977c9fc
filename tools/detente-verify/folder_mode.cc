// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>

#include "detente-verify/epoch.h"
#include "detente-verify/modes.h"
#include "detente-verify/verify.h"

namespace detente::verify {
namespace {

void show_progress(const std::string& log, std::uint64_t done, std::uint64_t total) {
  const std::string text = fmt::format("\r\033[K{:.40}  {} of {} entries", log, done, total);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

// "south:41"
std::optional<Wanted> read_wanted(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  Wanted out{text.substr(0, colon), LeafIndex{}};
  const char* const end = text.data() + text.size();
  const std::from_chars_result read =
      std::from_chars(text.data() + colon + 1, end, out.index.value);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return out;
}

}  // namespace

int run_request(const CommandLine& line, Request request) {
  if (line.has("--entry")) {
    request.entry = read_wanted(line.value("--entry"));
    if (!request.entry) return usage_error("--entry is written PARTY:INDEX, for example south:41");
  }
  const bool terminal = !line.quiet && ::isatty(STDERR_FILENO) == 1;
  if (terminal) request.progress = show_progress;
  const Result<Report> found = verify_node_folder(request);
  if (terminal) std::fputs("\r\033[K", stderr);
  if (!found) return fault(line, found.error());
  const std::string shown = line.verbose ? text(*found) : summary(*found);
  if (!line.has("--previous")) return report(line, shown, json(*found));
  const Result<EpochReport> epoch = verify_previous(request, *found, line.value("--previous"));
  if (!epoch) return fault(line, epoch.error());
  return report(line, shown + text(*epoch),
                fmt::format(R"({{"epoch":{},"previous":{}}})", json(*found), json(*epoch)));
}

int run_folder(const CommandLine& line) {
  if (line.has("--origin") && !line.has("--agreement")) {
    return usage_error("--origin needs --agreement");
  }
  return run_request(line, {line.target, line.value("--agreement"), line.value("--origin"), {}});
}

}  // namespace detente::verify
