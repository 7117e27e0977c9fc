// SPDX-License-Identifier: Apache-2.0
//
// Evidence files, with the true keys of the worked example: what is accepted has one form, and only
// those are ever accused who signed the cheats in the corpus.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/limits.h"
#include "record/evidence.h"
#include "record/evidence_file.h"
#include "record/testing_evidence.h"

using namespace detente;

namespace {

const record::EvidenceTrust& trust() {
  static const record::EvidenceTrust out =
      record::testing::EvidenceExample(record::testing::example_agreement_hash()).trust();
  return out;
}

void check_bodies(std::string_view text) {
  const auto document = parse_json(text, {.bytes_max = limits::kStatementPayloadBytes});
  if (!document) return;
  const auto found = record::read_evidence_found(document->root());
  if (found) {
    const std::string written = record::evidence_found_body(*found);
    const auto again = parse_json(written, {.bytes_max = 2 * limits::kStatementPayloadBytes});
    check(again && record::read_evidence_found(again->root()), "a written body is refused");
  }
  const auto challenge = record::read_challenge_failed(document->root());
  if (challenge) {
    const std::string written = record::challenge_failed_body(*challenge);
    const auto again = parse_json(written, {.bytes_max = 2 * limits::kStatementPayloadBytes});
    check(again && record::read_challenge_failed(again->root()), "a written body is refused");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto file = record::parse_evidence_file(text);
  if (file) check(file->encode() == text, "an evidence file has a second form");
  check(!record::verify_evidence(text, {}), "somebody is convicted without a key");
  const auto found = record::verify_evidence(text, trust());
  if (!found) {
    const Errc code = found.error().code;
    check(code == Errc::evidence_malformed || code == Errc::evidence_unproven,
          "an error that the page does not name");
  } else {
    check(file && file->kind == found->kind, "another kind than the file's");
    for (const std::string& name : found->accused) {
      check(name == "north" || name == "north/duty-1" || name == "south/witness" ||
                name == "south/mirror",
            "somebody who signed no cheat is accused");
    }
  }
  check_bodies(text);
  return 0;
}
