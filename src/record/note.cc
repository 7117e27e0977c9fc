// SPDX-License-Identifier: Apache-2.0
#include "record/note.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::record {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr std::size_t kCosignatureBytes = 8 + 64;
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the last second of year 9999

// Unicode white space (property White_Space), in UTF-8.
constexpr std::array<std::string_view, 20> kSpaces = {" ",
                                                      "\xC2\x85",
                                                      "\xC2\xA0",
                                                      "\xE1\x9A\x80",
                                                      "\xE2\x80\x80",
                                                      "\xE2\x80\x81",
                                                      "\xE2\x80\x82",
                                                      "\xE2\x80\x83",
                                                      "\xE2\x80\x84",
                                                      "\xE2\x80\x85",
                                                      "\xE2\x80\x86",
                                                      "\xE2\x80\x87",
                                                      "\xE2\x80\x88",
                                                      "\xE2\x80\x89",
                                                      "\xE2\x80\x8A",
                                                      "\xE2\x80\xA8",
                                                      "\xE2\x80\xA9",
                                                      "\xE2\x80\xAF",
                                                      "\xE2\x81\x9F",
                                                      "\xE3\x80\x80"};

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void put_u32(std::uint32_t n, Bytes& out) {
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(n >> (shift - 8)));
  }
}

std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t out = 0;
  for (const std::uint8_t b : bytes) out = (out << 8U) | b;
  return out;
}

std::string cosigned_message(std::uint64_t seconds, std::string_view text) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, text);
}

bool by_key(const NoteSignature& line, const VerifierKey& key, std::uint32_t id) {
  return line.key_id == id && line.name == key.name;
}

// Whether the line, which names `key`, is this key's signature over `text`.
bool line_verifies(const NoteSignature& line, const VerifierKey& key, std::string_view text) {
  crypto::Signature signature{};
  if (key.type == KeyType::ed25519) {
    if (line.bytes.size() != signature.size()) return false;
    std::copy(line.bytes.begin(), line.bytes.end(), signature.begin());
    return crypto::verify(key.key, as_bytes(text), signature);
  }
  if (!cosignature_time(line)) return false;
  const ByteView bytes(line.bytes);
  std::copy(line.bytes.begin() + 8, line.bytes.end(), signature.begin());
  const std::string message = cosigned_message(read_big_endian(bytes.first(8)), text);
  return crypto::verify(key.key, as_bytes(message), signature);
}

std::string describe(const std::string& name, std::uint32_t id) {
  return fmt::format("{}+{:08x}", name, id);
}

Result<NoteSignature> parse_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) {
    return fail(Errc::note_malformed, "a signature line does not begin with a dash");
  }
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) {
    return fail(Errc::note_malformed, "a signature line has no valid key name");
  }
  const Result<Bytes> bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) {
    return fail(Errc::note_malformed, "a signature line is not base64 of an id and a signature");
  }
  NoteSignature out;
  out.name = line.substr(0, space);
  out.key_id = static_cast<std::uint32_t>(read_big_endian(ByteView(*bytes).first(4)));
  out.bytes.assign(bytes->begin() + 4, bytes->end());
  return out;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > limits::kOriginBytes || !is_utf8(name)) return false;
  if (has_control(name) || name.find('+') != std::string_view::npos) return false;
  return std::none_of(kSpaces.begin(), kSpaces.end(), [name](std::string_view space) {
    return name.find(space) != std::string_view::npos;
  });
}

std::uint32_t VerifierKey::id() const {
  const std::uint8_t middle[] = {'\n', static_cast<std::uint8_t>(type)};
  const Hash hash = crypto::sha256({as_bytes(name), middle, key});
  return static_cast<std::uint32_t>(read_big_endian(ByteView(hash).first(4)));
}

std::string VerifierKey::text() const {
  Bytes typed{static_cast<std::uint8_t>(type)};
  typed.insert(typed.end(), key.begin(), key.end());
  return fmt::format("{}+{:08x}+{}", name, id(), to_base64(typed));
}

Result<VerifierKey> parse_vkey(std::string_view text) {
  const std::size_t plus = text.find('+');
  const std::size_t second = plus == std::string_view::npos ? plus : text.find('+', plus + 1);
  if (second == std::string_view::npos || !is_key_name(text.substr(0, plus))) {
    return fail(Errc::vkey_malformed, "it must read name+id+key");
  }
  const Result<Bytes> typed = from_base64(text.substr(second + 1));
  VerifierKey out;
  if (!typed || typed->size() != 1 + out.key.size()) {
    return fail(Errc::vkey_malformed, "the key is not base64 of a type and 32 bytes");
  }
  const std::uint8_t type = typed->front();
  if (type != static_cast<std::uint8_t>(KeyType::ed25519) &&
      type != static_cast<std::uint8_t>(KeyType::cosignature_v1)) {
    return fail(Errc::vkey_malformed, fmt::format("the key's type {} is not known here", type));
  }
  out.name = text.substr(0, plus);
  out.type = KeyType{type};
  std::copy(typed->begin() + 1, typed->end(), out.key.begin());
  if (out.text() != text) return fail(Errc::vkey_malformed, "the id is not this key's id");
  if (!crypto::is_valid_public_key(out.key)) {
    return fail(Errc::vkey_malformed, "the key is not a point of the curve's main group");
  }
  return out;
}

Signer make_signer(std::string name, KeyType type, const crypto::SecretKey& secret) {
  check(is_key_name(name), "a signer's name is not a key name");
  return Signer{VerifierKey{std::move(name), type, secret.public_key()}, secret};
}

std::string Note::encode() const {
  std::string out = text + "\n";
  for (const NoteSignature& signature : signatures) {
    Bytes bytes;
    put_u32(signature.key_id, bytes);
    bytes.insert(bytes.end(), signature.bytes.begin(), signature.bytes.end());
    out += fmt::format("{}{} {}\n", kSignaturePrefix, signature.name, to_base64(bytes));
  }
  return out;
}

Result<Note> parse_note(std::string_view bytes) {
  if (bytes.size() > limits::kNoteBytes) {
    return fail(Errc::note_malformed,
                fmt::format("{} bytes, at most {}", bytes.size(), limits::kNoteBytes));
  }
  if (!is_utf8(bytes)) return fail(Errc::note_malformed, "it is not UTF-8");
  const auto forbidden = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  if (std::any_of(bytes.begin(), bytes.end(), forbidden)) {
    return fail(Errc::note_malformed, "it has a control character");
  }
  // The text may itself have blank lines, so the last one separates the signatures.
  const std::size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos || !bytes.ends_with('\n')) {
    return fail(Errc::note_malformed, "no blank line, or no newline at the end");
  }
  Note out;
  out.text = bytes.substr(0, blank + 1);
  std::string_view rest = bytes.substr(blank + 2);
  if (rest.empty()) return fail(Errc::note_malformed, "it has no signature line");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    DETENTE_TRY(NoteSignature line, parse_line(rest.substr(0, end)));
    if (out.signatures.size() == limits::kNoteSignatures) {
      return fail(Errc::note_malformed,
                  fmt::format("more than {} signature lines", limits::kNoteSignatures));
    }
    out.signatures.push_back(std::move(line));
    rest.remove_prefix(end + 1);
  }
  return out;
}

std::string Checkpoint::text() const {
  return fmt::format("{}\n{}\n{}\n", origin.value, size.value, to_base64(root));
}

Result<Checkpoint> parse_checkpoint(std::string_view note_text) {
  const auto bad = [](const char* why) { return fail(Errc::checkpoint_malformed, why); };
  const std::size_t first = note_text.find('\n');
  const std::size_t second =
      first == std::string_view::npos ? first : note_text.find('\n', first + 1);
  if (second == std::string_view::npos || !note_text.ends_with('\n')) {
    return bad("it must have three lines: origin, size, root");
  }
  Checkpoint out;
  out.origin = Origin{std::string(note_text.substr(0, first))};
  if (!is_key_name(out.origin.value)) return bad("the origin is not a valid name");
  const std::string_view digits = note_text.substr(first + 1, second - first - 1);
  const std::from_chars_result read =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.size.value);
  // Sizes are signed 64-bit numbers wherever they stand in JSON.
  if (read.ec != std::errc{} || out.size.value > static_cast<std::uint64_t>(INT64_MAX)) {
    return bad("the size is not a number below 2^63");
  }
  if (second + 2 > note_text.size()) return bad("the root is missing");
  const std::string_view root = note_text.substr(second + 1, note_text.size() - second - 2);
  const Result<Hash> hash = hash_from_base64(root);
  if (!hash) return bad("the third line is not base64 of 32 bytes, or other lines follow");
  out.root = *hash;
  if (out.text() != note_text) return bad("the size is not written in its one form");
  return out;
}

NoteSignature sign_note(const Signer& signer, std::string_view text) {
  check(signer.key.type == KeyType::ed25519, "a cosigner's key must not sign plain notes");
  const crypto::Signature signature = signer.secret.sign(as_bytes(text));
  return {signer.key.name, signer.key.id(), Bytes(signature.begin(), signature.end())};
}

NoteSignature cosign(const Signer& signer, std::string_view text, UtcMs now) {
  check(signer.key.type == KeyType::cosignature_v1, "a cosignature needs a cosigner's key");
  check(now.value >= 0 && now.value / 1000 <= kSecondsMax, "a cosignature's time is out of range");
  const auto seconds = static_cast<std::uint64_t>(now.value / 1000);
  const crypto::Signature signature = signer.secret.sign(as_bytes(cosigned_message(seconds, text)));
  NoteSignature out{signer.key.name, signer.key.id(), {}};
  put_u32(static_cast<std::uint32_t>(seconds >> 32U), out.bytes);
  put_u32(static_cast<std::uint32_t>(seconds & 0xFFFFFFFFU), out.bytes);
  out.bytes.insert(out.bytes.end(), signature.begin(), signature.end());
  return out;
}

std::optional<UtcMs> cosignature_time(const NoteSignature& signature) {
  if (signature.bytes.size() != kCosignatureBytes) return std::nullopt;
  const std::uint64_t seconds = read_big_endian(ByteView(signature.bytes).first(8));
  if (seconds > static_cast<std::uint64_t>(kSecondsMax)) return std::nullopt;
  return UtcMs{static_cast<std::int64_t>(seconds) * 1000};
}

Status verify_note(const Note& note, const VerifierKey& key) {
  const std::uint32_t id = key.id();
  bool found = false;
  for (const NoteSignature& line : note.signatures) {
    if (!by_key(line, key, id)) continue;
    if (!line_verifies(line, key, note.text)) {
      return fail(Errc::note_bad_signature, describe(key.name, id));
    }
    found = true;
  }
  if (!found) return fail(Errc::note_unsigned, describe(key.name, id));
  return {};
}

Result<UtcMs> verify_cosignature(const Note& note, const VerifierKey& key) {
  check(key.type == KeyType::cosignature_v1, "a cosignature is verified with a cosigner's key");
  DETENTE_CHECK(verify_note(note, key));
  const std::uint32_t id = key.id();
  UtcMs newest;
  for (const NoteSignature& line : note.signatures) {
    if (by_key(line, key, id)) newest = std::max(newest, cosignature_time(line).value_or(newest));
  }
  return newest;
}

Status verify_all_lines(const Note& note, const std::vector<VerifierKey>& known) {
  std::vector<bool> used(known.size(), false);
  for (const NoteSignature& line : note.signatures) {
    std::size_t k = 0;
    while (k < known.size() && !by_key(line, known[k], known[k].id())) ++k;
    if (k == known.size()) {
      return fail(Errc::note_unknown_key, describe(line.name, line.key_id));
    }
    if (used[k]) {
      return fail(Errc::note_malformed, describe(line.name, line.key_id) + " signs twice");
    }
    used[k] = true;
    if (!line_verifies(line, known[k], note.text)) {
      return fail(Errc::note_bad_signature, describe(line.name, line.key_id));
    }
  }
  return {};
}

}  // namespace detente::record
