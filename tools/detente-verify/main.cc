// SPDX-License-Identifier: Apache-2.0
//
// detente-verify: reads, checks, and says what it found. Writes nothing, opens no connection.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "detente-verify/verify.h"

namespace detente::verify {
namespace {

constexpr const char* kHelp = R"(detente-verify: is this record whole, and do its logs agree?

  detente-verify [--agreement FILE] [--json] [--quiet] DIR
  detente-verify --agreement FILE --origin NAME [--json] [--quiet] LOGDIR

DIR is a node's folder, or a copy of it:
  DIR/agreement.json            the agreement that all parties signed
  DIR/log/                      the node's own log (C2SP tlog-tiles)
  DIR/mirror/<hash>/            its copies of the other parties' logs
LOGDIR is one log alone, for example a copy that a witness serves; NAME is its origin.

What is checked, from the bytes alone, with the parties' keys of the agreement:
  - each checkpoint is signed by its log's key, and every other line on it is a
    valid cosignature of another party
  - every tile and every entry leads to the signed root; nothing is missing and
    nothing else lies in the folder
  - every entry, replayed from the first: index, time, identity, other logs seen,
    and each officer's signature, delegation, role, expiry and revocation
  - what one log says it saw of another is what that other log was

  --agreement FILE  use this agreement instead of DIR/agreement.json
  --origin NAME     LOGDIR is one log, of this origin
  --json            print the report, or the fault, as one JSON object
  --quiet           print nothing if all is well
  --help            print this

Stop the node first, or verify a copy: a folder that is being written is not whole.
Exit status: 0 verified; 1 a fault, named on standard error; 2 a usage error.

Example: detente-verify ./demo-data/north
)";

struct CommandLine {
  Request request;
  bool json = false;
  bool quiet = false;
  bool help = false;
  std::string error;
};

CommandLine read_command_line(const std::vector<std::string_view>& words) {
  CommandLine out;
  bool options_ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    std::string* value = nullptr;
    if (options_ended || !word.starts_with('-')) {
      if (!out.request.folder.empty()) out.error = "more than one folder is named";
      if (word.empty()) out.error = "the folder's name is empty";
      out.request.folder = word;
    } else if (word == "--") {
      options_ended = true;
    } else if (word == "--json") {
      out.json = true;
    } else if (word == "--quiet") {
      out.quiet = true;
    } else if (word == "--help" || word == "-h") {
      out.help = true;
    } else if (word == "--agreement") {
      value = &out.request.agreement;
    } else if (word == "--origin") {
      value = &out.request.origin;
    } else {
      out.error = fmt::format("unknown option {}", word);
    }
    if (value == nullptr) continue;
    if (i + 1 == words.size() || words[i + 1].empty()) {
      out.error = fmt::format("{} needs a value", word);
    } else {
      *value = words[++i];
    }
  }
  if (out.error.empty() && out.request.folder.empty()) out.error = "no folder is named";
  if (out.error.empty() && !out.request.origin.empty() && out.request.agreement.empty()) {
    out.error = "--origin needs --agreement";
  }
  return out;
}

void print(std::FILE* to, const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), to);
}

int run(const std::vector<std::string_view>& words) {
  CommandLine line = read_command_line(words);
  if (line.help) {
    print(stdout, kHelp);
    return 0;
  }
  if (!line.error.empty()) {
    print(stderr, fmt::format("detente-verify: {} (try --help)\n", line.error));
    return 2;
  }
  const bool show_progress = !line.quiet && ::isatty(STDERR_FILENO) == 1;
  if (show_progress) {
    line.request.progress = [](const std::string& log, std::uint64_t done, std::uint64_t total) {
      print(stderr, fmt::format("\r\033[K{:.40}  {} of {} entries", log, done, total));
    };
  }
  const Result<Report> report = verify_node_folder(line.request);
  if (show_progress) print(stderr, "\r\033[K");
  if (!report) {
    if (line.json) print(stdout, json(report.error()) + "\n");
    print(stderr, fmt::format("detente-verify: {}\n", report.error().text()));
    return 1;
  }
  if (line.json) {
    print(stdout, json(*report) + "\n");
  } else if (!line.quiet) {
    print(stdout, text(*report));
  }
  // A report that could not be written is no proof for whoever reads it.
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace detente::verify

int main(int argc, char** argv) {
  return detente::verify::run(
      std::vector<std::string_view>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
