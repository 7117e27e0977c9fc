// SPDX-License-Identifier: Apache-2.0
//
// Proof files: what is accepted has one form, and proves no entry that is not there.
#include <cstddef>
#include <cstdint>

#include "record/proof_file.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const Result<record::ProofFile> file = record::parse_proof_file(text);
  if (!file) return 0;
  check(file->encode() == text, "a proof file has a second form");
  const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(file->note.text);
  check(checkpoint && file->index.value < checkpoint->size.value, "an index outside the tree");
  record::VerifierKey log;
  log.name = checkpoint->origin.value;
  log.key[0] = 1;  // of small order, so no signature verifies
  check(!record::verify_proof_of_entry(*file, as_bytes("x"), log), "proved without a signature");
  return 0;
}
