// SPDX-License-Identifier: Apache-2.0
//
// `detente checks ...`: what lies in a node's private folder, claims for an inquiry, and the audit
// of a list that was drawn. Works beside a running node and changes nothing in the folder. Errors:
// usage, checks_unknown (destroyed, or another node's), checks_*, claim_*, store_*.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace detente::app {

struct ChecksOptions {
  std::string data;
  std::uint64_t index = 0;             // of an own psi.post, psi.query or psi.answer
  std::vector<std::string> cells;      // 40 hex digits each: space, altitude, time
  std::optional<std::uint32_t> place;  // of an answer: which element
  bool committed = false;              // also that the list holds the cells
  bool refused = false;                // of a question: that its answer is wrong as a whole
  bool list_cells = false;             // show: the cells of every list
  std::string to;                      // open: the auditor's party
  std::string file;                    // audit: what was opened
  std::string out;
};
// Epochs, lists, keys and refusals. No secret is printed; with `list_cells` the cells are.
Status checks_show(const ChecksOptions& options);
// A file for `detente-verify --claims`. With `refused` two more, named after it: `.question` and
// `.answer`. claim_unproven: the answer is right.
Status checks_claim(const ChecksOptions& options);
// A cell that an own question and the other's list have in common, and where all that is about it
// stands: what claims of both sides show together. The first of the questions of plans against
// lists of places to this party. checks_unknown: none, or destroyed.
struct FoundInCommon {
  std::string cell;         // 40 hex digits
  std::uint64_t query = 0;  // in the own log
  std::uint64_t post = 0;   // in the other's
  std::uint64_t answer = 0;
};
Result<FoundInCommon> checks_found(const std::string& data, const std::string& with);
// Claims of several files, of one epoch, in one. claim_malformed: they are of other statements.
Status checks_join(const std::vector<std::string>& files, const std::string& out);
// The place in its question that a file's first claim of a question is about.
Result<std::uint32_t> place_of_claim(const std::string& file);
// An own question's list, its secret and its plans, sealed to the auditor's box key; of an own
// board of places the drawn entries alone (checks_board.cc). checks_state: the draw is open.
Status checks_open(const ChecksOptions& options);
// What the auditor finds; false: a fault.
Result<bool> checks_audit(const ChecksOptions& options);
// Prints which questions and boards of places were drawn, of all parties.
Status checks_drawn(const ChecksOptions& options);

}  // namespace detente::app
