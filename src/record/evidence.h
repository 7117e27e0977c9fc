// SPDX-License-Identifier: Apache-2.0
//
// Evidence: small text files, each of which convicts somebody by itself. Whoever has the file and
// the keys of the agreement can check it, offline and years later; nothing else is believed.
//
//   kind            what is in the file                                       accused      how sure
//   fork_same_size  two signed heads of one log, same size, other roots       its party    proven
//   fork            two proofs of one index, other entries, both heads signed its party    proven
//   fork_prefix     a signed head, and a larger one that did not grow from it its party    proven
//   double_entry    two statements under one id, signed by one officer        the officer  proven
//   false_holding   a mirror's cosignature, and neutral parties who asked     the mirror   attested
//                   that mirror for an entry under it and did not get it
//   bad_opening     a commitment, and an opening that does not lead to it     its opener   proven
//   bad_copy        a commitment, and other content that was sealed under it  the officer  proven
//   double_field    a commitment with two fields of one name                  the officer  proven
//
// With a fork, every witness or mirror whose valid cosignature is on both heads is accused too.
//
// Promised:      no file convicts who only did what this product does: one history in each log, one
//                cosignature history, a new id for each statement, true openings. A conviction
//                names keys: whoever holds a stolen key acts in its owner's name.
// Not promised:  that a cheat leaves such a file. docs/threat-model.md has the table.
//
// Builders put a file together and check no signature: they do not know whom the reader trusts. Run
// verify_evidence over the result before anybody is accused.
// Bounds: kEvidenceBytes, kEvidenceChallengers. Source: docs/protocol/evidence.md, which has the
// bytes. Pure; safe on every thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/content.h"
#include "record/log_reader.h"
#include "record/merkle.h"
#include "record/note.h"
#include "record/statement.h"

namespace detente::record {

// Sixteen challengers with the largest statements fit.
inline constexpr std::size_t kEvidenceBytes = 2U << 20;
inline constexpr std::size_t kEvidenceChallengers = 16;
// Accused of one file: a party, and every cosigner that a note can name.
inline constexpr std::size_t kEvidenceAccused = 65;

enum class EvidenceKind : std::uint8_t {
  fork_same_size,
  fork,
  fork_prefix,
  double_entry,
  false_holding,
  bad_opening,
  bad_copy,
  double_field,
};
std::string_view evidence_kind_name(EvidenceKind kind);
std::optional<EvidenceKind> evidence_kind(std::string_view name);
// Whether the kind rests on what neutral parties say, rather than on the accused's own signatures.
bool is_attested(EvidenceKind kind);

// Whom the reader trusts for what, all of it from the signed agreement.
struct EvidenceTrust {
  std::vector<LogOwner> owners;
  std::vector<VerifierKey> cosigners;  // witness and mirror keys, of parties and of neutrals
  int neutral_quorum = 0;              // so many neutrals must agree; below 1 none can attest
  std::vector<std::string> neutrals;   // parties whose statements count for false_holding
};

// How many of an agreement's neutral parties must agree: more than half of them, and not fewer than
// their quorum for deemed delivery. 0 where there are none.
int evidence_quorum(std::size_t neutrals, int deemed_quorum);

struct Conviction {
  EvidenceKind kind{};
  bool attested = false;
  std::vector<std::string> accused;  // a party's id, an officer's keyid, a cosigner's key name
  std::string sentence;
  std::vector<std::string> details;  // one plain sentence each
};

//   evidence_malformed  not a file of this form; the place names the section
//   evidence_unproven   well-formed, but it convicts nobody under these keys; says what is missing
Result<Conviction> verify_evidence(std::string_view file, const EvidenceTrust& trust);

// The name of an evidence file: its SHA-256, 64 hex digits, and ".evidence".
std::string evidence_file_name(std::string_view file);

// Two heads of one log with the same size: evidence_unproven if they do not contradict each other,
// note_* or checkpoint_malformed if one is no checkpoint. The same errors below.
Result<std::string> fork_same_size_evidence(const Note& a, const Note& b);

// The same from the leaf hashes of both trees (each at least as many as its head's size): finds
// the first index where they differ. Of equal sizes it makes fork_same_size.
//   evidence_unproven  the smaller tree is the beginning of the larger; or leaves are missing, or
//                      do not lead to their head's root
Result<std::string> fork_evidence(const Note& a, std::span<const Hash> leaves_a, const Note& b,
                                  std::span<const Hash> leaves_b);

// Where only the larger tree is at hand: the root that it had at the smaller head's size is not
// the smaller head's root. Of equal sizes it makes fork_same_size.
Result<std::string> fork_prefix_evidence(const Note& smaller, const Note& larger,
                                         std::span<const Hash> leaves_of_larger);

// Two statements with one id and different payloads, and the key.add that delegates the key of an
// officer who signed both.
Result<std::string> double_entry_evidence(const Envelope& delegation, const Envelope& a,
                                          const Envelope& b);

// What one neutral party's node says of a mirror that it asked for an entry.
struct FailedChallenge {
  std::string party;  // whose mirror was asked
  Origin origin;      // of the log
  LeafIndex index;
  Hash leaf{};         // the entry's leaf hash
  UtcMs asked;         // when it was asked, by the challenger's clock
  std::string answer;  // "absent", "wrong" (other bytes) or "none" (no answer)
};
// The body of a challenge.failed statement.
//   {"party":"south","origin":"..","index":7,"leaf":"<base64>","asked":"<RFC 3339>",
//    "answer":"absent"}
std::string challenge_failed_body(const FailedChallenge& challenge);
// json_member_*, entry_malformed.
Result<FailedChallenge> read_challenge_failed(const JsonReader& body);

struct Attestation {
  Envelope delegation;  // key.add of the challenger's watch key
  Envelope challenge;   // challenge.failed
};
// `held` is the head that the mirror cosigned, `leaves` are the leaf hashes under it.
Result<std::string> false_holding_evidence(const Note& held, std::span<const Hash> leaves,
                                           LeafIndex index,
                                           std::span<const Attestation> attestations);

// The exact bytes of the entry that commits, and an officer's content.open that names it.
Result<std::string> bad_opening_evidence(ByteView commitment, const Envelope& delegation,
                                         const Envelope& opening);

// What a recipient found in the copy that was sealed for it: a package that is not what was
// committed. `delegation` is of an officer who signed the commitment. The file shows the content.
Result<std::string> bad_copy_evidence(ByteView commitment, const Envelope& delegation,
                                      const std::string& recipient, std::string_view package);

// Two openings of one commitment that both lead to it and show one name at two places.
// `delegation` as above; who opened does not matter.
Result<std::string> double_field_evidence(ByteView commitment, const Envelope& delegation,
                                          const Opening& a, const Opening& b);

// The body of an evidence.found statement: a node says which file it keeps.
//   {"kind":"fork","accused":["north"],"sha256":"<64 hex>","bytes":1234,"sentence":".."}
struct EvidenceFound {
  EvidenceKind kind{};
  std::vector<std::string> accused;
  std::string sha256;  // of the file
  std::uint64_t bytes = 0;
  std::string sentence;
};
EvidenceFound evidence_found(std::string_view file, const Conviction& conviction);
std::string evidence_found_body(const EvidenceFound& found);
// json_member_*, evidence_malformed for an unknown kind or a hash that is none.
Result<EvidenceFound> read_evidence_found(const JsonReader& body);

}  // namespace detente::record
