// SPDX-License-Identifier: Apache-2.0
//
// An extract: a few entries of the parties' logs in one text file that proves itself, for a reader
// who has nothing else but the parties' keys. docs/protocol/extract.md describes the bytes.
//
// It holds signed checkpoints, the chosen entries word for word, a proof for each that it stands in
// that log at that index, the delegations and revocations of the keys that signed them, and the
// cosigned notes that say who had them since when.
//
// What an extract can prove: that an entry stands in the log, who signed it, with which role, and
// that other parties had it by a time. What it cannot: that nothing else was said, that a key was
// not revoked by an entry that was left out, or what came after its checkpoint. ExtractReport says
// so in words. Which entries belong to the question is the maker's choice, and is not proven.
//
// Bounded by the limits below. Pure; safe on every thread.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "base/time.h"
#include "record/log_reader.h"
#include "record/merkle.h"
#include "record/note.h"
#include "record/receipt_book.h"
#include "record/statement.h"

namespace detente::record {

inline constexpr std::size_t kExtractBytes = 64U << 20;  // one file; some 30,000 entries
inline constexpr std::size_t kExtractEntries = 20'000;   // of all logs together
inline constexpr std::size_t kExtractNotes = 20'000;     // of all logs together
inline constexpr std::size_t kExtractLogs = 64;          // parties and epochs
inline constexpr std::size_t kExtractQuestionBytes = 4'000;

// Why an entry is in the extract.
enum class EntryPart : std::uint8_t {
  asked,  // it answers the question
  cited,  // an entry that was asked for rests on it
  about,  // it refers to one that was asked for: a receipt, a remark
  keys,   // it opens or closes the log, or delegates or revokes a key that signed here
};
const char* entry_part_name(EntryPart part);

struct ExtractEntry {
  EntryPart part = EntryPart::asked;
  Entry entry;
  Proof proof;  // of inclusion in the log's checkpoint
};
struct ExtractNote {
  std::string note;  // a checkpoint of the log with cosignatures, verbatim
  Proof proof;       // that the log's checkpoint extends it
};
struct ExtractLog {
  Origin origin;
  std::string checkpoint;             // signed note, verbatim
  std::vector<ExtractEntry> entries;  // ascending by index
  std::vector<ExtractNote> notes;     // ascending by text
};
struct Extract {
  std::string agreement;  // SHA-256 of the agreement's file, 64 hex
  UtcMs made;
  std::string by;                             // the party whose node's folder it was taken from
  std::string question;                       // in words, one line
  std::optional<std::string> agreement_file;  // the agreement itself, exact bytes
  std::vector<ExtractLog> logs;               // ascending by origin
};

// One form only: parse_extract refuses every text that encode_extract would not have written.
std::string encode_extract(const Extract& extract);
// extract_malformed: the form; extract_mismatch: the last line is not the digest of the others, so
// the file was damaged or changed. The place names the line.
Result<Extract> parse_extract(std::string_view text);

// Whom the reader trusts: the signed agreement.
struct ExtractTrust {
  std::string agreement;  // SHA-256, 64 hex
  std::vector<LogOwner> owners;
  struct Cosigner {
    std::string name;
    ReceiptLevel level = ReceiptLevel::seen;
    VerifierKey key;
  };
  std::vector<Cosigner> neutral;  // cosigners that are no party
};

struct ExtractSigner {
  std::string keyid;
  std::string name;  // as delegated; "root" for the root key
  std::vector<std::string> roles;
  std::optional<LeafIndex> delegated;     // the entry that delegated the key; none for the root
  std::optional<LeafIndex> stands_until;  // revoked: the last entry that the owner stands by
  bool counts = true;                     // false: revoked since, for entries from before this one
};
struct ExtractReceipt {
  std::string party;
  ReceiptLevel level = ReceiptLevel::seen;
  struct Had {
    UtcMs time;  // by the cosigner's clock
    TreeSize size;
  };
  std::optional<Had> first;     // the first cosignature here that covers the entry; none: missing
  std::optional<UtcMs> lacked;  // the last cosignature here over a log without the entry
};
struct ExtractLink {
  Ref ref;
  enum class State : std::uint8_t { here, elsewhere, differs } state = State::elsewhere;
};
struct EntryReport {
  std::string party;
  Origin origin;
  LeafIndex index;
  EntryPart part = EntryPart::asked;
  UtcMs time;  // by the writer's clock
  std::string type;
  StatementId id;
  std::vector<ExtractSigner> signers;
  std::vector<ExtractReceipt> receipts;  // of every other party on both levels
  std::vector<ExtractLink> links;
};
struct ExtractLogReport {
  std::string party;
  Checkpoint checkpoint;
  struct Line {
    std::string name;
    ReceiptLevel level = ReceiptLevel::seen;
    UtcMs time;
  };
  std::vector<Line> cosigned;  // lines on the checkpoint
  std::uint64_t shown = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> left_out;  // first and last, both included
  bool whole() const { return left_out.empty(); }
};
struct ExtractReport {
  std::vector<ExtractLogReport> logs;
  std::vector<EntryReport> entries;  // ascending by time, then party, then index
  std::vector<std::string> limits;   // what it does not prove, in plain sentences
};

// Checks everything that the extract claims. extract_mismatch with the place, for example
// "log north.example/detente/1, entry 7"; the detail names the rule that was broken.
Result<ExtractReport> verify_extract(const Extract& extract, const ExtractTrust& trust);

// ---- making one ----

// A log as its keeper has it.
struct ExtractSource {
  LogOwner owner;
  std::string checkpoint;    // the newest signed note
  std::vector<Hash> leaves;  // of the checkpoint's size
  std::function<Result<Bytes>(LeafIndex)> entry;
  std::vector<LeafIndex> keys;     // entries of type log.open, log.close, key.add, key.revoke
  std::vector<std::string> notes;  // kept notes of this log, in any order
};
struct ExtractRequest {
  std::string question;
  std::string by;
  UtcMs made;
  std::optional<std::string> agreement_file;
  using Places = std::set<std::pair<Origin, LeafIndex>>;
  Places asked;
  Places about;
};
struct MadeExtract {
  Extract extract;
  std::vector<std::string> warnings;  // e.g. a kept note that contradicts the log
};
// Adds what the chosen entries rest on: what they cite, key entries, receipts, proofs. Then it
// verifies its own work. extract_mismatch if the sources do not verify; extract_malformed if the
// extract would be larger than the limits.
Result<MadeExtract> make_extract(const ExtractRequest& request,
                                 const std::vector<ExtractSource>& sources,
                                 const ExtractTrust& trust);

}  // namespace detente::record
