// SPDX-License-Identifier: Apache-2.0
//
// What detente-verify can be asked: one file for each mode, <name>_mode.cc, with one function that
// does the work, prints, and returns the exit status. main.cc reads the command line and calls it.
//
// To add a mode: its function here, a row of kModes and its lines of the help in main.cc, and an
// example in docs/operating/verify.md. A mode reads options with value() and has(); options that
// are new go into kOptions of main.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace detente::verify {

enum Exit : int { kVerified = 0, kFault = 1, kUsage = 2 };

struct CommandLine {
  std::string target;                         // the folder, file or address to verify
  std::map<std::string, std::string> values;  // "--agreement" -> its value
  bool json = false;
  bool quiet = false;
  bool verbose = false;

  bool has(const std::string& option) const { return values.contains(option); }
  std::string value(const std::string& option) const {  // "" if it was not given
    const auto found = values.find(option);
    return found == values.end() ? std::string() : found->second;
  }
};

// A node's folder, or one bare log: detente-verify DIR
int run_folder(const CommandLine& line);
// The same for a request that a mode has put together: reads --entry, verifies, reports.
struct Request;
int run_request(const CommandLine& line, Request request);
// One log that a server shows: detente-verify --agreement FILE --url URL
int run_url(const CommandLine& line);
// An extract, or the page that holds one: detente-verify FILE
int run_extract(const CommandLine& line);
// An evidence file: detente-verify --agreement FILE --evidence FILE
int run_evidence(const CommandLine& line);
// Claims about private checks: detente-verify --agreement FILE --claims FILE
int run_claims(const CommandLine& line);
// A courier file: detente-verify --agreement FILE FILE.zip
int run_courier(const CommandLine& line);

// Printing, the same in all modes. None of them is called with anything secret.
int usage_error(const std::string& why);                 // to standard error; kUsage
int fault(const CommandLine& line, const Error& error);  // one line, or JSON; kFault
// `text` or, with --json, `json`; nothing with --quiet. kVerified, or kFault if it could not be
// written: a report that was not written is no proof for whoever reads it.
int report(const CommandLine& line, const std::string& text, const std::string& json);

}  // namespace detente::verify
