// SPDX-License-Identifier: Apache-2.0
//
// Verifies all that a node's folder holds: its own log, every copy of another party's log, and
// that the logs do not contradict each other. Needs nothing but the folder and the agreement.
//
//   DIR/agreement.json                      the signed agreement, exact bytes
//   DIR/log/                                the node's own log
//   DIR/mirror/<hex SHA-256(origin)>/       copies of the other parties' logs
//
// Everything else in DIR (database, keys) is no evidence and is not read.
// Not for a folder that a running node is writing: stop it, or verify a copy.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "record/log_verifier.h"

namespace detente::verify {

// `log` is the folder as in LogReport; called often, so keep it cheap.
using Progress =
    std::function<void(const std::string& log, std::uint64_t done, std::uint64_t total)>;

struct Request {
  std::string folder;
  std::string agreement;  // a file; empty: agreement.json in the folder
  std::string origin;     // not empty: `folder` is one bare log of this origin
  Progress progress;
};

struct LogReport {
  std::string folder;  // "log", "mirror/<hex>"; the given path of a bare log
  std::string party;
  record::VerifiedLog log;
};

struct Report {
  std::string agreement;  // SHA-256, hex
  std::vector<LogReport> logs;
  std::uint64_t heads_checked = 0;  // views of another log that agree with that log
  std::uint64_t heads_beyond = 0;   // views of more of a log than the copy here holds
  std::uint64_t heads_absent = 0;   // views of a log that is not here
};

// Stops at the first fault; the error's place names the file, relative to the folder.
//   store_not_found, store_io, file_unexpected   the folder
//   agreement_*, vkey_malformed, json_*          the agreement
//   checkpoint_origin     the log is of nobody in the agreement
//   checkpoint_conflict   two logs contradict each other; both are named
//   and all of record::verify_log
Result<Report> verify_node_folder(const Request& request);

// For people; ends in a newline.
std::string text(const Report& report);
// For programs: one JSON object.
std::string json(const Report& report);
std::string json(const Error& error);

}  // namespace detente::verify
