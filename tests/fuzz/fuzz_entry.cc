// SPDX-License-Identifier: Apache-2.0
//
// Log entries, envelopes and payloads: what is accepted is the writer's bytes for what it says.
// The signature is not checked here, so that the parser behind it is reached.
#include <cstddef>
#include <cstdint>

#include "record/log_reader.h"
#include "record/merkle.h"
#include "record/statement.h"

using namespace detente;

namespace {

void check_payload(const record::Envelope& envelope) {
  const Result<record::Statement> statement = record::parse_statement(envelope);
  if (!statement) return;
  const std::string& payload = envelope.payload;
  record::StatementDraft draft{statement->id,    statement->agreement, statement->log,
                               statement->type,  statement->expires,   statement->refs,
                               std::string("{}")};
  const std::string head = record::encode_payload(draft);
  const std::size_t body = head.size() - 3;
  draft.body = payload.substr(body, payload.size() - body - 1);
  check(record::encode_payload(draft) == payload, "a payload has a second form");
  check(statement->body().is_object(), "a body that is no object");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const Result<record::Entry> entry = record::parse_entry(bytes);
  if (entry) {
    check(record::encode_entry(entry->header, entry->envelope) == as_text(bytes),
          "an entry has a second form");
    check(entry->leaf == record::leaf_hash(bytes), "the leaf hash is of other bytes");
    check_payload(entry->envelope);
  }
  const Result<record::Envelope> envelope = record::parse_envelope(as_text(bytes));
  if (envelope) {
    check(envelope->encode() == as_text(bytes), "an envelope has a second form");
    check_payload(*envelope);
  }
  // The input as a payload, in the envelope of every type that it could have.
  for (const char* type : {"log.open", "key.add", "note.text", "activity.propose"}) {
    check_payload({record::payload_type_of(type), std::string(as_text(bytes)), {}});
  }
  return 0;
}
