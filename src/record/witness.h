// SPDX-License-Identifier: Apache-2.0
//
// The witness protocol, both ends, without a socket: the body of POST add-checkpoint, a witness's
// judgement of it, and what a log makes of the answer. docs/protocol/witness.md.
// Source: C2SP tlog-witness. Bounds: kWitnessProofLines, kAddCheckpointBytes, limits::kNote*.
// Pure; safe on every thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "record/merkle.h"
#include "record/note.h"

namespace detente::record {

inline constexpr std::size_t kWitnessProofLines = 63;  // the format's own bound
// "old " and 19 digits, 63 lines of 45 bytes, an empty line and the largest note.
inline constexpr std::size_t kAddCheckpointBytes =
    24 + kWitnessProofLines * 45 + 1 + limits::kNoteBytes;
inline constexpr const char* kTreeSizeType = "text/x.tlog.size";
inline constexpr const char* kPlainTextType = "text/plain; charset=utf-8";

// The path of a log's newest cosigned checkpoint below a witness's monitoring prefix, without a
// leading '/': "<lower-case hex of SHA-256(origin)>/checkpoint".
std::string origin_hex(const Origin& origin);

// The body of a request.
struct AddCheckpoint {
  TreeSize old_size;  // what the witness cosigned last, as the sender believes
  Proof proof;        // from old_size to the checkpoint
  Note note;
  Checkpoint checkpoint;
};
// For the sender. `proof` is empty if `old_size` is 0 or the checkpoint's own size.
std::string write_add_checkpoint(TreeSize old_size, const Proof& proof, std::string_view note);
// proof_malformed (the lines above the note), note_malformed, checkpoint_malformed.
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

struct WitnessAnswer {
  int status = 0;
  std::string content_type = kPlainTextType;
  std::string body;
};

// What a witness decided about one request. The shell carries it out in this order, as one step
// that no other request of this log can come between: keep `note`; replace the head that was
// judged against by `head` if there is one, and fail if another stands there; wait for the disk;
// only then send `answer`.
struct WitnessStep {
  WitnessAnswer answer;
  Origin origin;     // empty if the body was not understood
  std::string note;  // carries a valid signature of the log: to be kept verbatim; "" if not so
  std::optional<Checkpoint> head;  // status 200 alone
  // For the monitoring side, status 200 alone: the checkpoint with the log's lines that verified
  // and this witness's cosignatures. Lines of others are not vouched for and left out.
  std::string cosigned;
  // `note` and the head cannot both be true: two signed trees of one size with different roots.
  bool equivocation = false;
};

class WitnessRules {
 public:
  // The keys of the logs that are served; several of one name are one log that changes its key.
  // `cosigners` sign, in this order; at least one.
  WitnessRules(std::vector<Signer> cosigners, const std::vector<VerifierKey>& logs);

  // The head that is stored for an origin: the checkpoint cosigned last, or nothing if none was.
  using HeadOf = std::function<Result<std::optional<Checkpoint>>(const Origin& origin)>;
  // Judges one request. An error is the store's and means status 500; a refusal is an answer.
  //   200  cosigned; the body has one signature line for each cosigner
  //   400  the body is not understood, or old size > checkpoint's size
  //   403  no line by a trusted key of the log, or one that does not verify
  //   404  the origin is not known
  //   409  old size is not the size cosigned last; the body is that size
  //   422  the proof does not verify; a proof where none belongs; the size cosigned last with
  //        another root
  Result<WitnessStep> add_checkpoint(std::string_view body, const HeadOf& head_of, UtcMs now) const;

  // The keys of a log; nullptr if it is not served.
  const std::vector<VerifierKey>* keys_of(const Origin& origin) const;
  const std::vector<Signer>& cosigners() const { return cosigners_; }

 private:
  std::vector<Signer> cosigners_;
  std::map<Origin, std::vector<VerifierKey>> logs_;
};

// Whether the note is signed by one of a log's keys: note_unsigned; note_bad_signature if a line
// of any of the keys does not verify. Returns the lines of these keys.
Result<std::vector<NoteSignature>> verify_log_lines(const Note& note,
                                                    const std::vector<VerifierKey>& keys);

// The sender's side: what a witness answered.
struct WitnessReply {
  struct Cosigned {
    VerifierKey key;
    NoteSignature line;  // verified
    UtcMs time;
  };
  std::vector<Cosigned> cosigned;  // status 200: one for each of the known keys that signed
  std::optional<TreeSize> size;    // status 409: what the witness cosigned last
};
// Reads an answer about the checkpoint with `note_text`. Lines of keys not in `witnesses` are
// ignored.
//   note_unsigned, note_bad_signature, note_malformed   200 without a good line of a known key
//   witness_unknown_log   404
//   witness_conflict      409 without a size: same size, other root (an older form)
//   http_status           anything else; the detail has the status and the body's first line
Result<WitnessReply> read_witness_answer(const WitnessAnswer& answer, std::string_view note_text,
                                         const std::vector<VerifierKey>& witnesses);

}  // namespace detente::record
