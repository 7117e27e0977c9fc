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
  bool list_cells = false;             // show: the cells of every list
  std::string to;                      // open: the auditor's party
  std::string file;                    // audit: what was opened
  std::string out;
};
// Epochs, lists, keys and refusals. No secret is printed; with `list_cells` the cells are.
Status checks_show(const ChecksOptions& options);
// A file for `detente-verify --claims`.
Status checks_claim(const ChecksOptions& options);
// An own question's list, its secret and its plans, sealed to the auditor's box key.
Status checks_open(const ChecksOptions& options);
// What the auditor finds; false: a fault.
Result<bool> checks_audit(const ChecksOptions& options);

}  // namespace detente::app
