// SPDX-License-Identifier: Apache-2.0
//
// Verifies all that a node's folder holds: its own log, every copy of another party's log, that
// the logs do not contradict each other, and the signed notes that were kept. Needs nothing but
// the folder and the agreement.
//
//   DIR/agreement.json                      the signed agreement, exact bytes
//   DIR/log/                                the node's own log
//   DIR/mirror/<hex SHA-256(origin)>/       copies of the other parties' logs
//   DIR/notes/<hex SHA-256(file)>.note      signed notes, as they came; optional
//
// Everything else in DIR (database, keys) is no evidence and is not read.
// Not for a folder that a running node is writing: stop it, or verify a copy.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "detente-verify/bracket.h"
#include "record/log_verifier.h"

namespace detente::verify {

// `log` is the folder as in LogReport; called often, so keep it cheap. From any thread, one call
// at a time.
using Progress =
    std::function<void(const std::string& log, std::uint64_t done, std::uint64_t total)>;

struct Wanted {
  std::string party;
  LeafIndex index;
};

struct Request {
  std::string folder;
  std::string agreement;  // a file; empty: agreement.json in the folder
  std::string origin;     // not empty: `folder` is one bare log of this origin
  Progress progress;
  unsigned threads = 0;                       // 0: one for each processor
  std::optional<Wanted> entry = {};           // tell its bracket of time
  std::optional<record::LogFolder> log = {};  // instead of `folder`, for one bare log
};

struct LogReport {
  std::string folder;  // "log", "mirror/<hex>"; the given path of a bare log
  std::string party;
  record::VerifiedLog log;
  std::uint64_t commitments = 0;  // statements that commit to private content
};

struct Report {
  std::string agreement;  // SHA-256, hex
  std::vector<LogReport> logs;
  std::vector<std::string> absent;     // parties of the agreement whose log is not here
  std::uint64_t heads_checked = 0;     // views of another log that agree with that log
  std::uint64_t heads_beyond = 0;      // views of more of a log than the copy here holds
  std::uint64_t heads_absent = 0;      // views of a log that is not here
  std::uint64_t notes_checked = 0;     // kept notes that agree with the log they are about
  std::uint64_t notes_beyond = 0;      // of more of a log than the copy here holds
  std::uint64_t notes_absent = 0;      // of a log that is not here
  std::vector<std::string> signed_by;  // parties with an agreement.sign entry here
  bool everything_listed = true;       // false: a file too many would not have been found
  std::optional<EntryReport> entry;
};

// Stops at the first fault; the error's place names the file, relative to the folder.
//   store_not_found, store_io, file_unexpected   the folder
//   agreement_*, vkey_malformed, json_*          the agreement
//   checkpoint_origin     the log is of nobody in the agreement
//   checkpoint_conflict   two logs, or a log and a kept note, contradict each other; both are named
//   store_not_found       the wanted entry is not here
//   and all of record::verify_log
Result<Report> verify_node_folder(const Request& request);

// For people; ends in a newline. summary() is at most ten lines for three logs, text() has all.
std::string summary(const Report& report);
std::string text(const Report& report);
// What could not be checked and why, and what is worth a warning though it is no fault.
std::vector<std::string> unchecked(const Report& report);
std::vector<std::string> warnings(const Report& report);
// For programs: one JSON object.
std::string json(const Report& report);
std::string json(const Error& error);

}  // namespace detente::verify
