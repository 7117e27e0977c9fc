// SPDX-License-Identifier: Apache-2.0
//
// Signed notes, verifier keys, checkpoints and cosignatures.
// Sources: C2SP signed-note, tlog-checkpoint (no extension lines), tlog-cosignature v1.
// Bounds: limits::kNoteBytes, kNoteSignatures, kOriginBytes. Pure; safe on every thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "base/time.h"
#include "crypto/ed25519.h"

namespace detente::record {

enum class KeyType : std::uint8_t { ed25519 = 0x01, cosignature_v1 = 0x04 };

// Not empty, at most limits::kOriginBytes, UTF-8, no '+', no space of Unicode, no control
// character. Names of keys and origins of logs.
bool is_key_name(std::string_view name);

// A named public key: "north.example/detente/..+530d903a+AekB..".
struct VerifierKey {
  std::string name;
  KeyType type = KeyType::ed25519;
  crypto::PublicKey key{};
  std::uint32_t id() const;  // first 4 bytes of SHA-256(name || 0x0A || type || key)
  std::string text() const;
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};
Result<VerifierKey> parse_vkey(std::string_view text);  // vkey_malformed

struct Signer {
  VerifierKey key;
  crypto::SecretKey secret;
};
Signer make_signer(std::string name, KeyType type, const crypto::SecretKey& secret);

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes bytes;  // without the key id
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};
struct Note {
  std::string text;  // ends in a newline
  std::vector<NoteSignature> signatures;
  std::string encode() const;
};
Result<Note> parse_note(std::string_view bytes);  // note_malformed

struct Checkpoint {
  Origin origin;
  TreeSize size;
  Hash root{};
  std::string text() const;  // "<origin>\n<size>\n<root>\n"
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};
Result<Checkpoint> parse_checkpoint(std::string_view note_text);  // checkpoint_malformed

// Ed25519 over the note's text.
NoteSignature sign_note(const Signer& signer, std::string_view text);
// Cosignature v1 over a checkpoint's text, timestamped with whole seconds.
NoteSignature cosign(const Signer& signer, std::string_view text, UtcMs now);
// The time of a cosignature; nothing if it is not 72 bytes long, or after year 9999.
std::optional<UtcMs> cosignature_time(const NoteSignature& signature);

// Whether one of the note's signatures is by `key` and verifies.
//   note_unsigned       no line has this name and id
//   note_bad_signature  a line has, and does not verify: the whole note is then refused
Status verify_note(const Note& note, const VerifierKey& key);
// The same for a cosignature; returns its time, the newest if the key cosigned more than once.
Result<UtcMs> verify_cosignature(const Note& note, const VerifierKey& key);
// Each known key's line must verify; a line of a key that is not in `known` is note_unknown_key,
// a second line of one key note_malformed.
// Used on our own stored files, where every line was put there by us.
Status verify_all_lines(const Note& note, const std::vector<VerifierKey>& known);

}  // namespace detente::record
