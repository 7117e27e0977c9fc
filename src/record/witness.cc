// SPDX-License-Identifier: Apache-2.0
#include "record/witness.h"

#include <fmt/core.h>

#include <algorithm>

#include "crypto/hash.h"
#include "record/lines.h"

namespace detente::record {
namespace {

constexpr std::string_view kOld = "old ";
constexpr std::size_t kReasonBytes = 200;

bool by_key(const NoteSignature& line, const VerifierKey& key) {
  return line.name == key.name && line.key_id == key.id();
}

std::string signature_lines(const std::vector<NoteSignature>& lines) {
  return Note{"", lines}.encode().substr(1);  // without the blank line after the text
}

WitnessAnswer refusal(int status, std::string_view reason) {
  return {status, kPlainTextType, std::string(reason) + "\n"};
}

WitnessAnswer size_answer(TreeSize size) {
  return {409, kTreeSizeType, fmt::format("{}\n", size.value)};
}

// The answer to a request whose log and signature are known to be good; nothing: it is cosigned.
std::optional<WitnessAnswer> judge_growth(const AddCheckpoint& request, const Checkpoint& head) {
  const Checkpoint& next = request.checkpoint;
  if (request.old_size > next.size) {
    return refusal(400, "the old size is larger than the checkpoint's");
  }
  if (request.old_size != head.size) return size_answer(head.size);
  if (next.size == head.size && next.root != head.root) {
    return refusal(422, "another root was cosigned for this size");
  }
  if (request.old_size.value == 0 || next.size == head.size) {
    if (!request.proof.empty()) return refusal(422, "no consistency proof belongs here");
    return std::nullopt;
  }
  const Status grown =
      verify_consistency(head.size, head.root, next.size, next.root, request.proof);
  if (!grown) return refusal(422, "the consistency proof does not verify");
  return std::nullopt;
}

}  // namespace

std::string origin_hex(const Origin& origin) {
  return to_hex(crypto::sha256(as_bytes(origin.value)));
}

std::string write_add_checkpoint(TreeSize old_size, const Proof& proof, std::string_view note) {
  check(proof.size() <= kWitnessProofLines, "a consistency proof has at most 63 hashes");
  std::string out = fmt::format("{}{}\n", kOld, old_size.value);
  for (const Hash& hash : proof) out += to_base64(hash) + "\n";
  out += "\n";
  out += note;
  return out;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > kAddCheckpointBytes) {
    return fail(Errc::note_malformed,
                fmt::format("{} bytes, at most {}", body.size(), kAddCheckpointBytes));
  }
  AddCheckpoint out;
  std::optional<std::string_view> line = take_line(body);
  if (!line || !line->starts_with(kOld)) {
    return fail(Errc::proof_malformed, "the first line is not \"old\" and a size");
  }
  const std::optional<std::uint64_t> size = read_decimal(line->substr(kOld.size()));
  if (!size) return fail(Errc::proof_malformed, "the old size is not a number in its one form");
  out.old_size = TreeSize{*size};
  for (line = take_line(body); line && !line->empty(); line = take_line(body)) {
    if (out.proof.size() == kWitnessProofLines) {
      return fail(Errc::proof_malformed,
                  fmt::format("more than {} lines of proof", kWitnessProofLines));
    }
    const Result<Hash> hash = hash_from_base64(*line);
    if (!hash) return fail(Errc::proof_malformed, "a line of the proof is not base64 of 32 bytes");
    out.proof.push_back(*hash);
  }
  if (!line) return fail(Errc::proof_malformed, "no empty line before the checkpoint");
  DETENTE_TRY(out.note, parse_note(body));
  DETENTE_TRY(out.checkpoint, parse_checkpoint(out.note.text));
  return out;
}

Result<std::vector<NoteSignature>> verify_log_lines(const Note& note,
                                                    const std::vector<VerifierKey>& keys) {
  std::vector<NoteSignature> lines;
  for (const VerifierKey& key : keys) {
    const Status verified = verify_note(note, key);
    if (!verified && verified.error().code == Errc::note_unsigned) continue;
    if (!verified) return fail(verified.error());
    const auto line = std::find_if(note.signatures.begin(), note.signatures.end(),
                                   [&](const NoteSignature& one) { return by_key(one, key); });
    lines.push_back(*line);
  }
  if (lines.empty()) return fail(Errc::note_unsigned, "no line by a key of this log");
  return lines;
}

WitnessRules::WitnessRules(std::vector<Signer> cosigners, const std::vector<VerifierKey>& logs)
    : cosigners_(std::move(cosigners)) {
  check(!cosigners_.empty(), "a witness without a key");
  for (const VerifierKey& key : logs) logs_[Origin{key.name}].push_back(key);
}

const std::vector<VerifierKey>* WitnessRules::keys_of(const Origin& origin) const {
  const auto found = logs_.find(origin);
  return found == logs_.end() ? nullptr : &found->second;
}

Result<WitnessStep> WitnessRules::add_checkpoint(std::string_view body, const HeadOf& head_of,
                                                 UtcMs now) const {
  WitnessStep step;
  const Result<AddCheckpoint> request = parse_add_checkpoint(body);
  if (!request) {
    step.answer = refusal(400, request.error().detail);
    return step;
  }
  const Checkpoint& checkpoint = request->checkpoint;
  step.origin = checkpoint.origin;
  const std::vector<VerifierKey>* keys = keys_of(checkpoint.origin);
  if (keys == nullptr) {
    step.answer = refusal(404, "unknown log");
    return step;
  }
  const Result<std::vector<NoteSignature>> lines = verify_log_lines(request->note, *keys);
  if (!lines) {
    const bool unsigned_note = lines.error().code == Errc::note_unsigned;
    step.answer = refusal(
        403, unsigned_note ? "no signature by a trusted key of this log" : "invalid signature");
    return step;
  }
  step.note = request->note.encode();
  DETENTE_TRY(const std::optional<Checkpoint> stored, head_of(checkpoint.origin));
  // Nothing cosigned yet is the empty tree, which every tree extends.
  const Checkpoint head = stored.value_or(Checkpoint{checkpoint.origin, TreeSize{0}, empty_root()});
  step.equivocation = checkpoint.size == head.size && checkpoint.root != head.root;
  if (std::optional<WitnessAnswer> refused = judge_growth(*request, head)) {
    step.answer = std::move(*refused);
    return step;
  }
  step.head = checkpoint;
  std::vector<NoteSignature> ours;
  for (const Signer& signer : cosigners_) ours.push_back(cosign(signer, request->note.text, now));
  step.answer = {200, kPlainTextType, signature_lines(ours)};
  Note cosigned{request->note.text, *lines};
  cosigned.signatures.insert(cosigned.signatures.end(), ours.begin(), ours.end());
  step.cosigned = cosigned.encode();
  return step;
}

Result<WitnessReply> read_witness_answer(const WitnessAnswer& answer, std::string_view note_text,
                                         const std::vector<VerifierKey>& witnesses) {
  WitnessReply reply;
  const std::string_view type = answer.content_type;
  if (answer.status == 409 && type.substr(0, type.find(';')) == kTreeSizeType) {
    std::string_view rest = answer.body;
    const std::optional<std::string_view> line = take_line(rest);
    const std::optional<std::uint64_t> size =
        line && rest.empty() ? read_decimal(*line) : std::nullopt;
    if (!size) return fail(Errc::http_status, "409 whose body is not a size");
    reply.size = TreeSize{*size};
    return reply;
  }
  const std::string_view body = answer.body;
  if (answer.status != 200) {
    const Errc code = answer.status == 404   ? Errc::witness_unknown_log
                      : answer.status == 409 ? Errc::witness_conflict
                                             : Errc::http_status;
    std::string reason(body.substr(0, std::min(body.find('\n'), kReasonBytes)));
    // The text is a stranger's and may end up on a terminal.
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return c < 0x20 || c == 0x7f; }, '?');
    return fail(code, fmt::format("{} {}", answer.status, reason));
  }
  DETENTE_TRY(const Note note, parse_note(fmt::format("{}\n{}", note_text, body)));
  // A blank line in the body would have moved the border between text and lines.
  if (note.text != note_text) return fail(Errc::note_malformed, "the answer is not only lines");
  for (const VerifierKey& key : witnesses) {
    const Result<UtcMs> time = verify_cosignature(note, key);
    if (!time && time.error().code == Errc::note_unsigned) continue;
    if (!time) return fail(time.error());
    for (const NoteSignature& line : note.signatures) {
      if (by_key(line, key) && cosignature_time(line) == *time) {
        reply.cosigned.push_back({key, line, *time});
        break;
      }
    }
  }
  if (reply.cosigned.empty()) {
    return fail(Errc::note_unsigned, "no line of the answer is by a known witness");
  }
  return reply;
}

}  // namespace detente::record
