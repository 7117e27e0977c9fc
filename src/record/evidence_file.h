// SPDX-License-Identifier: Apache-2.0
//
// The frame of an evidence file, and the parts that stand in it. Only evidence.cc, its tests and
// its fuzzer include this.
//
//   detente evidence v1\n
//   <kind>\n
//   then for each section:  <name> <length>\n <length bytes> \n
//
// Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/evidence.h"
#include "record/merkle.h"

namespace detente::record {

struct EvidenceSection {
  std::string name;
  std::string bytes;
};

struct EvidenceFile {
  EvidenceKind kind{};
  std::vector<EvidenceSection> sections;
  std::string encode() const;
};
// evidence_malformed. What is accepted has one form: encode() gives the same bytes.
Result<EvidenceFile> parse_evidence_file(std::string_view bytes);

// Hashes in base64, one a line, each ended by a newline.
std::string encode_hashes(const Proof& hashes);
Result<Proof> parse_hashes(std::string_view text);  // evidence_malformed

}  // namespace detente::record
