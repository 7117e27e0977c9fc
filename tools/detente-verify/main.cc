// SPDX-License-Identifier: Apache-2.0
//
// detente-verify: reads, checks, and says what it found. Writes nothing. This file reads the
// command line and hands it to one of the modes (modes.h).
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "detente-verify/extract.h"
#include "detente-verify/modes.h"

namespace detente::verify {
namespace {

constexpr const char* kHelp = R"(detente-verify: is this record whole, and do its logs agree?

  detente-verify [--agreement FILE] [--json] [--quiet] DIR
  detente-verify --agreement FILE --origin NAME [--json] [--quiet] LOGDIR
  detente-verify --agreement FILE --url URL [--token-file FILE] [--ca-file FILE]
  detente-verify [--agreement FILE] [--json] [--quiet] EXTRACT
  detente-verify --agreement FILE --evidence FILE [--json] [--quiet]
  detente-verify --agreement FILE --claims FILE [--question FILE --answer FILE] [--json] [--quiet]
  detente-verify --agreement FILE [--json] [--quiet] COURIER.zip

DIR is a node's folder, or a copy of it:
  DIR/agreement.json            the agreement that all parties signed
  DIR/log/                      the node's own log (C2SP tlog-tiles)
  DIR/mirror/<hash>/            its copies of the other parties' logs
  DIR/notes/<hash>.note         signed notes that it kept; may be absent
LOGDIR is one log alone, for example a copy that a witness serves; NAME is its origin.
URL is one log that a server shows, live or not; it is verified at the size that its
checkpoint has now.
EXTRACT is a file of `detente extract`, as text or as a page; it proves a few entries
and says what it does not prove.
COURIER.zip is a file of `detente courier export`: its cover, its list, and the log in it.

What is checked, from the bytes alone, with the parties' keys of the agreement:
  - each checkpoint is signed by its log's key, and every other line on it is a
    valid cosignature of another party
  - every tile and every entry leads to the signed root; nothing is missing and
    nothing else lies in the folder
  - every entry, replayed from the first: index, time, identity, other logs seen,
    and each officer's signature, delegation, role, expiry and revocation
  - what one log says it saw of another is what that other log was

  --evidence FILE   whom does this file convict, and of what? Exit 0: it convicts
  --claims FILE     what do these openings of private checks prove?
  --question FILE --answer FILE
                    the files of a question and its answer: is the answer wrong?
  --agreement FILE  use this agreement instead of DIR/agreement.json
  --origin NAME     LOGDIR is one log, of this origin
  --entry PARTY:N   tell all about entry N of a party's log: who signed it, who had it
                    by which proof, and between which times it was written
  --token-file FILE the file holds the bearer token that the server asks for
  --ca-file FILE    certificates to believe for https, instead of the system's
  --previous OLD    OLD is the party's folder of the epoch before: does this log follow
                    its end?
  --verbose         print all that was found, not the summary alone
  --json            print the report, or the fault, as one JSON object
  --quiet           print nothing if all is well
  --help            print this

Stop the node first, or verify a copy: a folder that is being written is not whole.
Exit status: 0 verified; 1 a fault, named on standard error; 2 a usage error.

Examples:
  detente-verify ./demo-data/north
  detente-verify --entry south:41 ./demo-data/north
  detente-verify --agreement agreement.json --url http://127.0.0.1:8080/log
)";

// A mode is chosen by an option that names what to verify; without one it is a folder.
struct Mode {
  std::string_view option;
  int (*run)(const CommandLine&);
};
constexpr Mode kModes[] = {
    {"", run_folder},           {"--url", run_url},
    {"--extract", run_extract}, {"--evidence", run_evidence},
    {"--courier", run_courier}, {"--claims", run_claims},
};

// Options with a value, beside those that choose a mode.
constexpr std::string_view kOptions[] = {"--agreement",  "--origin",  "--entry",    "--previous",
                                         "--token-file", "--ca-file", "--question", "--answer"};

struct Parsed {
  CommandLine line;
  const Mode* mode = nullptr;
  bool help = false;
  std::string error;
};

void set_target(Parsed& out, std::string_view word) {
  if (!out.line.target.empty()) out.error = "more than one thing to verify is named";
  if (word.empty()) out.error = "the name of what to verify is empty";
  out.line.target = word;
}

// True if the word is an option without a value.
bool read_flag(Parsed& out, std::string_view word) {
  if (word == "--json") return out.line.json = true;
  if (word == "--quiet") return out.line.quiet = true;
  if (word == "--verbose") return out.line.verbose = true;
  if (word == "--help" || word == "-h") return out.help = true;
  return false;
}

Parsed read_command_line(const std::vector<std::string_view>& words) {
  Parsed out;
  bool options_ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (options_ended || !word.starts_with('-')) {
      set_target(out, word);
      continue;
    }
    if (word == "--") {
      options_ended = true;
      continue;
    }
    if (read_flag(out, word)) continue;
    const auto mode = std::find_if(std::begin(kModes), std::end(kModes),
                                   [word](const Mode& m) { return m.option == word; });
    const bool known =
        std::find(std::begin(kOptions), std::end(kOptions), word) != std::end(kOptions);
    if (mode == std::end(kModes) && !known) {
      out.error = fmt::format("unknown option {}", word);
    } else if (i + 1 == words.size() || words[i + 1].empty()) {
      out.error = fmt::format("{} needs a value", word);
    } else if (mode != std::end(kModes)) {
      out.mode = mode;
      set_target(out, words[++i]);
    } else if (!out.line.values.emplace(word, words[++i]).second) {
      out.error = fmt::format("{} is given twice", word);
    }
  }
  if (out.mode == nullptr) {
    // A file tells by its first bytes what it is.
    std::string_view option = is_extract_file(out.line.target) ? "--extract" : "";
    if (is_zip_file(out.line.target)) option = "--courier";
    out.mode = std::find_if(std::begin(kModes), std::end(kModes),
                            [option](const Mode& mode) { return mode.option == option; });
  }
  if (out.error.empty() && out.line.target.empty()) out.error = "no folder is named";
  return out;
}

int run(const std::vector<std::string_view>& words) {
  const Parsed parsed = read_command_line(words);
  if (parsed.help) {
    std::fputs(kHelp, stdout);
    return std::fflush(stdout) == 0 ? kVerified : kFault;
  }
  if (!parsed.error.empty()) return usage_error(parsed.error);
  return parsed.mode->run(parsed.line);
}

}  // namespace
}  // namespace detente::verify

int main(int argc, char** argv) {
  return detente::verify::run(
      std::vector<std::string_view>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
