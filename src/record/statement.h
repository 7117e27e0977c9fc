// SPDX-License-Identifier: Apache-2.0
//
// Log entries: a small node header around a DSSE envelope that officers signed.
// The exact bytes are authoritative. One form only: members in the order below, no white space,
// no escapes (names hold no quote and no backslash), hashes and signatures in base64. The body
// alone is free JSON text between its braces; the officers' signatures fix its bytes.
//
//   {"v":1,"seq":7,"time":1468562400000,"seen":[{"origin":"..","size":9,"root":".."}],
//    "env":{"payloadType":"application/vnd.detente.activity.propose.v1+json","payload":"..",
//           "signatures":[{"keyid":"north/duty-1","sig":".."}]}}
//
// and the payload, which the officers sign (DSSE PAE):
//
//   {"id":"<32 hex>","agreement":"<64 hex>","log":"<origin>","type":"activity.propose",
//    "expires":1468648800000,"refs":[{"origin":"..","index":3,"leaf":".."}],"body":{..}}
//
// Sources: docs/protocol/record.md; DSSE protocol.md (PAE). Pure; safe on every thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strong.h"
#include "base/time.h"
#include "crypto/ed25519.h"
#include "record/note.h"

namespace detente::record {

// What a log's entry says its node had verified of another log when it was written.
struct Head {
  Origin origin;
  TreeSize size;
  Hash root{};
  friend bool operator==(const Head&, const Head&) = default;
};

struct Ref {
  Origin origin;
  LeafIndex index;
  Hash leaf{};  // leaf hash of the entry
  friend bool operator==(const Ref&, const Ref&) = default;
  friend auto operator<=>(const Ref&, const Ref&) = default;
};

struct EnvelopeSignature {
  std::string keyid;
  crypto::Signature signature{};
};

struct Envelope {
  std::string payload_type;  // "application/vnd.detente.<type>.v1+json"
  std::string payload;       // exact bytes
  std::vector<EnvelopeSignature> signatures;
  std::string encode() const;  // the one form
};
Result<Envelope> parse_envelope(std::string_view bytes);  // entry_malformed; any other form too
std::string pae(std::string_view payload_type, std::string_view payload);
std::string payload_type_of(std::string_view type);  // "application/vnd.detente.<type>.v1+json"

// A payload, parsed. `body` borrows from the document that the statement owns.
struct Statement {
  StatementId id;
  std::string agreement;  // SHA-256 of the agreement package, 64 hex
  Origin log;
  std::string type;  // "activity.propose"
  UtcMs expires;
  std::vector<Ref> refs;
  JsonDocument document;  // the body
  JsonReader body() const;
};
Result<Statement> parse_statement(const Envelope& envelope);  // entry_malformed and json errors

struct StatementDraft {
  StatementId id;
  std::string agreement;
  Origin log;
  std::string type;
  UtcMs expires;
  std::vector<Ref> refs;
  std::string body;  // a JSON object, whole numbers only; kept byte for byte
};
std::string encode_payload(const StatementDraft& draft);
struct OfficerSigner {
  std::string keyid;  // "<party>/<officer>"
  crypto::SecretKey secret;
};
// The envelope, signed by every officer given.
Envelope sign_statement(const StatementDraft& draft, const std::vector<OfficerSigner>& officers);
// Adds one more officer's signature to an envelope.
void add_signature(Envelope& envelope, const OfficerSigner& officer);

struct EntryHeader {
  LeafIndex seq;
  UtcMs time;
  std::vector<Head> seen;  // ascending by origin
};
struct Entry {
  EntryHeader header;
  Envelope envelope;
  Statement statement;
  Bytes bytes;  // exact
  Hash leaf{};
};
std::string encode_entry(const EntryHeader& header, const Envelope& envelope);
// entry_malformed, entry_too_large: anything but the one form.
Result<Entry> parse_entry(ByteView bytes);

}  // namespace detente::record
