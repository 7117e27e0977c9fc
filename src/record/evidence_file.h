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

// A C2SP tlog-proof without an extra line: where a leaf stands, and the head over it.
struct PlacedProof {
  LeafIndex index;
  Proof path;
  Note note;
  std::string encode() const;
};
Result<PlacedProof> parse_placed_proof(std::string_view bytes);  // evidence_malformed

// Hashes in base64, one a line, each ended by a newline.
std::string encode_hashes(const Proof& hashes);
Result<Proof> parse_hashes(std::string_view text);  // evidence_malformed

}  // namespace detente::record
