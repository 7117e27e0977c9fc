// SPDX-License-Identifier: Apache-2.0
//
// Private content: what a statement commits to without showing it. A log holds one root over
// salted fields; the content stays at home, travels sealed to its recipients, and is opened field
// by field or destroyed. docs/protocol/private-content.md has the bytes and a worked example.
//
//   leaf_i = SHA-256(00 || salt_i || JCS({"k":name,"v":value})), a tree of RFC 6962 over them
//   salt_i = BLAKE2b-256(key, "detente/salt/v1" || i as 8 bytes big-endian)
//   once_r = BLAKE2b-256(key, "detente/seal/v1" || recipient's box key), the one-time key of the
//            sealed copy: whoever has the content and its key can make the sealed bytes again
//
// The key is 32 random bytes, new for every commitment; with the content it opens every field.
// Errors: content_malformed (form, sizes, names), content_mismatch (well-formed, but it leads to
// another root), content_sealed, content_unknown, key_malformed, and json_* of a body's members.
// Pure; safe on every thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strong.h"
#include "crypto/box.h"
#include "record/merkle.h"
#include "record/statement.h"

namespace detente::record {

inline constexpr std::string_view kContentAlg = "sha256-salted-tree/v1";
inline constexpr std::size_t kContentFields = 256;
// {"k":..,"v":..} of one field: any one field's opening fits into one statement.
inline constexpr std::size_t kContentFieldBytes = 32'000;
inline constexpr std::size_t kContentBytes = 1U << 20;  // all fields together
inline constexpr std::size_t kContentDepth = 8;         // of arrays and objects in a value
inline constexpr std::size_t kContentRecipients = 32;
// Of a sealed copy: the content, its key, the frame.
inline constexpr std::size_t kSealedBytesMax = kContentBytes + 4'096;

// RFC 8785 for our JSON: whole numbers within +-(2^53 - 1). content_malformed for others.
Result<std::string> canonical_json(const JsonReader& value);

struct ContentField {
  std::string name;
  std::string value;  // canonical JSON
  friend bool operator==(const ContentField&, const ContentField&) = default;
};

// Named fields in the order of their document, at least one; read-only.
class Content {
 public:
  // From a flat JSON object {"name":value,...}; `schema` reads "name/v1".
  static Result<Content> parse(std::string_view json, std::string schema);
  static Result<Content> make(std::vector<ContentField> fields, std::string schema);
  const std::string& schema() const { return schema_; }
  const std::vector<ContentField>& fields() const { return fields_; }
  std::string document() const;  // the flat object, canonical values, same order
  friend bool operator==(const Content&, const Content&) = default;

 private:
  Content() = default;
  std::string schema_;
  std::vector<ContentField> fields_;
};

struct Commitment {
  Hash root{};
  std::uint64_t n = 0;
  std::string schema;
  friend bool operator==(const Commitment&, const Commitment&) = default;
};
std::vector<Hash> content_leaves(const Content& content, const crypto::Secret32& key);
Commitment commit_content(const Content& content, const crypto::Secret32& key);

// One field shown, with what leads from it to the root.
struct OpenedField {
  std::uint64_t index = 0;
  std::string name;
  std::string value;  // canonical JSON
  Hash salt{};
  Proof proof;
  friend bool operator==(const OpenedField&, const OpenedField&) = default;
};
using Opening = std::vector<OpenedField>;  // ascending by index, no name twice

// content_unknown for a name that is not there, content_malformed for one given twice.
Result<Opening> open_fields(const Content& content, const crypto::Secret32& key,
                            const std::vector<std::string>& names);
// content_mismatch, with the field as the place.
Status verify_opening(const Commitment& commitment, const Opening& opening);
// Two openings of one commitment that both verify must not show one name at two places: whoever
// committed a name twice could show one reader this value and another reader that one.
// content_mismatch.
Status check_openings_agree(const Opening& a, const Opening& b);

// Content with its key: what a sealed copy holds, and a full opening. One form only:
//   {"detente":"content/v1","schema":"..","key":"<base64>","fields":[{"k":..,"v":..},..]}
struct ContentPackage {
  Content content;
  crypto::Secret32 key;
};
std::string encode_package(const Content& content, const crypto::Secret32& key);
Result<ContentPackage> parse_package(std::string_view text);
Status verify_package(const Commitment& commitment, const ContentPackage& package);

// The sealed copy for one recipient. key_malformed.
Result<Bytes> seal_package(const Content& content, const crypto::Secret32& key,
                           const crypto::BoxPublicKey& to);

// content.commit, body:
//   {"alg":"sha256-salted-tree/v1","root":"<base64>","n":12,"schema":"volume4d/v1",
//    "sealed":[{"to":"south","box":"<base64>","sha256":"<64 hex>","size":1234}]}
struct SealedCopy {
  std::string to;            // party
  crypto::BoxPublicKey box;  // the recipient's key that it was sealed to
  Hash sha256{};             // of the sealed bytes
  std::uint64_t size = 0;
  friend bool operator==(const SealedCopy&, const SealedCopy&) = default;
};
struct ContentCommit {
  Commitment commitment;
  std::vector<SealedCopy> sealed;  // one a party
  friend bool operator==(const ContentCommit&, const ContentCommit&) = default;
};
std::string write_content_commit(const ContentCommit& commit);
Result<ContentCommit> read_content_commit(const JsonReader& body);

// content.receipt, body: {"sha256":"<64 hex>","opens":true}, or
//   {"sha256":"<64 hex>","opens":false,"fault":"content_mismatch"}
// with content_sealed (the box does not open), content_malformed (it holds no content) or
// content_mismatch (it holds other content).
struct ContentReceipt {
  Hash sha256{};
  bool opens = false;
  std::string fault;  // "" if it opens
  friend bool operator==(const ContentReceipt&, const ContentReceipt&) = default;
};
std::string write_content_receipt(const ContentReceipt& receipt);
Result<ContentReceipt> read_content_receipt(const JsonReader& body);

// content.open, body:
//   {"fields":[{"index":3,"name":"..","value":..,"salt":"<base64>","proof":["<base64>",..]}]}
std::string write_content_open(const Opening& opening);
Result<Opening> read_content_open(const JsonReader& body);

// The same as a file, for an inquiry: it names the commitment that it opens. Whether that stands in
// a log is for the log's proof to say.
//   {"detente":"opening/v1","root":"<base64>","n":12,"schema":"..","fields":[..]}
struct OpeningFile {
  Commitment commitment;
  Opening opening;
};
std::string write_opening_file(const OpeningFile& file);
Result<OpeningFile> parse_opening_file(std::string_view text);  // at most kOpeningFileBytes
inline constexpr std::size_t kOpeningFileBytes = 2U << 20;

// content.shred, body: {"reason":".."}
std::string write_content_shred(const std::string& reason);
Result<std::string> read_content_shred(const JsonReader& body);

// The form of a content.* body, nothing else. Other types pass.
Status check_content_form(const Statement& statement);

// A commitment where it stands: entry `ref.index` of the log of `party`.
struct CommittedContent {
  Ref ref;
  std::string party;
  ContentCommit commit;
};
// The entry must be a content.commit; `party` is the owner of the log that it stands in.
Result<CommittedContent> read_committed(const Entry& entry, const std::string& party);

// Judge an answer against the commitment that its one ref names. `party` is the owner of the log
// that the answer stands in. content_unknown: the ref is to another entry. content_malformed also
// where the party may not say this: a receipt is a named recipient's for its own copy, an opening
// the committing party's or a recipient's, a shredding the committing party's alone.
Result<ContentReceipt> check_receipt(const CommittedContent& committed, const std::string& party,
                                     const Statement& answer);
// content_mismatch: this opening in a signed log, against that commitment, convicts its signer.
Result<Opening> check_open(const CommittedContent& committed, const std::string& party,
                           const Statement& answer);
Result<std::string> check_shred(const CommittedContent& committed, const std::string& party,
                                const Statement& answer);

// What a third party can say of a sealed copy once a recipient, or the sender, shows what it holds.
enum class SealedVerdict : std::uint8_t {
  matches,   // the copy held this content, and it is what was committed
  differs,   // the copy held this content, and it is not what was committed: the sender's fault
  unproven,  // sealing the package gives other bytes: nothing is shown about the copy
};
const char* sealed_verdict_name(SealedVerdict verdict);
// `package` is the exact text. content_malformed if it is no package: then nothing is shown either.
Result<SealedVerdict> judge_sealed(const ContentCommit& commit, const SealedCopy& copy,
                                   std::string_view package);

// What a recipient finds in its copy: `opens`, or the fault, with the package where there is one.
struct ReceivedCopy {
  ContentReceipt receipt;
  std::string package;  // exact text; "" if the box does not open
};
ReceivedCopy receive_copy(const ContentCommit& commit, ByteView sealed, const crypto::BoxKey& key);

}  // namespace detente::record
