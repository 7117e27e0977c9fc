// SPDX-License-Identifier: Apache-2.0
//
// `detente evidence verify|list|show|export`: files that convict somebody by themselves
// (docs/protocol/evidence.md). The node keeps them as DATA/evidence/<sha256>.evidence; nothing here
// writes there, and all of it works beside a running node.
// Errors: evidence_malformed, evidence_unproven, store_*, file_unexpected, agreement_*, usage.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "detente-verify/evidence.h"

namespace detente::app {

struct EvidenceOptions {
  std::string data;       // a node's folder: list, show, export
  std::string file;       // verify: the file; show, export: its SHA-256, or the beginning of it
  std::string agreement;  // verify: the agreement; "" for DATA/agreement.json with --data
  std::string to;         // export: a file that does not exist yet
  bool json = false;
};

// One file of the folder: its verdict, or why it convicts nobody.
struct KeptEvidence {
  std::string sha256;  // from the file's name
  Result<verify::EvidenceVerdict> verdict;
};
// All of them, by name. A file whose bytes have another SHA-256 than its name is store_corrupt.
Result<std::vector<KeptEvidence>> kept_evidence(const std::string& data);
// The path of the one file whose name begins with `hash` (8 digits or more).
//   store_not_found  there is none; usage  too short, no hex, or more than one fits
Result<std::string> find_evidence(const std::string& data, const std::string& hash);

Status evidence_verify(const EvidenceOptions& options);
Status evidence_list(const EvidenceOptions& options);
// The verdict, and after it the file itself.
Status evidence_show(const EvidenceOptions& options);
// A copy of a file that convicts. already_exists rather than write over anything.
Status evidence_export(const EvidenceOptions& options);

}  // namespace detente::app
