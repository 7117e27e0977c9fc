// SPDX-License-Identifier: Apache-2.0
#include "record/proof_file.h"

#include <fmt/core.h>

#include <bit>

#include "base/limits.h"
#include "record/lines.h"

namespace detente::record {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kFileBytes =
    100 + kProofFileExtra / 3 * 4 + kProofFileHashes * 45 + limits::kNoteBytes;

tl::unexpected<Error> bad(const char* why) {
  return fail(Errc::proof_malformed, why);
}

// How many hashes lead from the leaf to the root (RFC 9162 section 2.1.3.2): one for each level on
// which the way to the leaf and the way to the last leaf differ or the leaf is a right child.
std::size_t proof_length(std::uint64_t index, std::uint64_t size) {
  const auto inner = static_cast<std::size_t>(std::bit_width(index ^ (size - 1)));
  const std::uint64_t border = inner >= 64 ? 0 : index >> inner;
  return inner + static_cast<std::size_t>(std::popcount(border));
}

}  // namespace

std::string ProofFile::encode() const {
  std::string out = fmt::format("{}\n", kFirstLine);
  if (!extra.empty()) out += fmt::format("{}{}\n", kExtra, to_base64(extra));
  out += fmt::format("{}{}\n", kIndex, index.value);
  for (const Hash& hash : proof) out += to_base64(hash) + "\n";
  return out + "\n" + note.encode();
}

Result<ProofFile> parse_proof_file(std::string_view text) {
  if (text.size() > kFileBytes) return bad("the file is too large");
  ProofFile out;
  std::optional<std::string_view> line = take_line(text);
  if (!line || *line != kFirstLine) return bad("the first line is not c2sp.org/tlog-proof@v1");
  line = take_line(text);
  if (line && line->starts_with(kExtra)) {
    Result<Bytes> extra = from_base64(line->substr(kExtra.size()));
    if (!extra || extra->empty() || extra->size() > kProofFileExtra) {
      return bad("the extra line is not base64 of 1 to 65,536 bytes");
    }
    out.extra = std::move(*extra);
    line = take_line(text);
  }
  const std::optional<std::uint64_t> index =
      line && line->starts_with(kIndex) ? read_decimal(line->substr(kIndex.size())) : std::nullopt;
  if (!index) return bad("the index line is missing or not a number in its one form");
  out.index = LeafIndex{*index};
  for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
    if (out.proof.size() == kProofFileHashes) return bad("more than 63 hashes");
    const Result<Hash> hash = hash_from_base64(*line);
    if (!hash) return bad("a line of the proof is not base64 of 32 bytes");
    out.proof.push_back(*hash);
  }
  if (!line) return bad("no empty line before the checkpoint");
  DETENTE_TRY(out.note, parse_note(text));
  DETENTE_TRY(const Checkpoint checkpoint, parse_checkpoint(out.note.text));
  if (*index >= checkpoint.size.value) return bad("the index is outside the tree");
  if (out.proof.size() != proof_length(*index, checkpoint.size.value)) {
    return bad("the proof has not the length that index and size ask for");
  }
  return out;
}

Result<ProvenEntry> verify_proof_of_leaf(const ProofFile& file, const Hash& leaf,
                                         const VerifierKey& log, const Policy* policy) {
  ProvenEntry out;
  out.index = file.index;
  DETENTE_TRY(out.checkpoint, parse_checkpoint(file.note.text));
  if (out.checkpoint.origin.value != log.name) {
    return fail(Errc::checkpoint_origin, out.checkpoint.origin.value);
  }
  DETENTE_CHECK(verify_note(file.note, log));
  if (policy != nullptr) {
    DETENTE_TRY(out.policy, require_policy(*policy, file.note));
  }
  DETENTE_CHECK(
      verify_inclusion(leaf, file.index, out.checkpoint.size, file.proof, out.checkpoint.root));
  return out;
}

Result<ProvenEntry> verify_proof_of_entry(const ProofFile& file, ByteView entry,
                                          const VerifierKey& log, const Policy* policy) {
  return verify_proof_of_leaf(file, leaf_hash(entry), log, policy);
}

}  // namespace detente::record
