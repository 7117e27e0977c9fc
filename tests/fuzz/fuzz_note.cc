// SPDX-License-Identifier: Apache-2.0
//
// Signed notes, checkpoints and verifier keys: what is accepted has one form only.
#include <cstddef>
#include <cstdint>

#include "record/note.h"

using namespace detente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const Result<record::Note> note = record::parse_note(text);
  if (note) {
    check(note->encode() == text, "a note has a second form");
    for (const record::NoteSignature& line : note->signatures) {
      check(record::is_key_name(line.name), "a line by no valid name");
      static_cast<void>(record::cosignature_time(line));
    }
    check(!record::verify_all_lines(*note, {}), "a line was verified without a key");
    const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
    if (checkpoint) check(checkpoint->text() == note->text, "a checkpoint has a second form");
  }
  const Result<record::Checkpoint> bare = record::parse_checkpoint(text);
  if (bare) check(bare->text() == text, "a checkpoint has a second form");
  const Result<record::VerifierKey> key = record::parse_vkey(text);
  if (key) check(key->text() == text, "a verifier key has a second form");
  return 0;
}
