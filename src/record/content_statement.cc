// SPDX-License-Identifier: Apache-2.0
//
// The four statements about private content: their bodies, and the judgement of answers.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "crypto/hash.h"
#include "record/content.h"

namespace detente::record {
namespace {

Result<Hash> read_sha256(const JsonReader& in) {
  DETENTE_TRY(const std::string text, in.string("sha256", limits::kIdBytes));
  const Result<Bytes> bytes = from_hex(text);
  Hash out{};
  if (!bytes || bytes->size() != out.size() || to_hex(*bytes) != text) {
    return fail(Errc::content_malformed, "64 hex digits, lower case", in.place_of("sha256"));
  }
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Result<Hash> read_base64(const JsonReader& in, std::string_view name) {
  DETENTE_TRY(const std::string text, in.string(name, limits::kIdBytes));
  const Result<Hash> hash = hash_from_base64(text);
  if (!hash) return fail(Errc::content_malformed, "32 bytes in base64", in.place_of(name));
  return *hash;
}

Result<Commitment> read_commitment(const JsonReader& in) {
  Commitment out;
  DETENTE_TRY(out.root, read_base64(in, "root"));
  DETENTE_TRY(const std::int64_t n, in.integer("n", 1, static_cast<std::int64_t>(kContentFields)));
  out.n = static_cast<std::uint64_t>(n);
  DETENTE_TRY(out.schema, in.string("schema", limits::kIdBytes));
  return out;
}

Result<SealedCopy> read_sealed_copy(const JsonReader& in) {
  DETENTE_CHECK(in.only({"to", "box", "sha256", "size"}));
  SealedCopy out;
  DETENTE_TRY(out.to, in.string("to", limits::kIdBytes));
  DETENTE_TRY(out.box, read_base64(in, "box"));
  if (!crypto::is_valid_box_key(out.box)) {
    return fail(Errc::key_malformed, "not a box key", in.place_of("box"));
  }
  DETENTE_TRY(out.sha256, read_sha256(in));
  DETENTE_TRY(const std::int64_t size,
              in.integer("size", crypto::kSealBytes, static_cast<std::int64_t>(kSealedBytesMax)));
  out.size = static_cast<std::uint64_t>(size);
  return out;
}

Result<Proof> read_proof(const JsonReader& in) {
  // A tree of 256 fields is 8 nodes deep.
  DETENTE_TRY(const std::vector<std::string> texts, in.strings("proof", 8, limits::kIdBytes));
  Proof out;
  for (const std::string& text : texts) {
    const Result<Hash> hash = hash_from_base64(text);
    if (!hash) return fail(Errc::content_malformed, "32 bytes in base64", in.place_of("proof"));
    out.push_back(*hash);
  }
  return out;
}

Result<OpenedField> read_opened_field(const JsonReader& in) {
  DETENTE_CHECK(in.only({"index", "name", "value", "salt", "proof"}));
  OpenedField out;
  DETENTE_TRY(const std::int64_t index,
              in.integer("index", 0, static_cast<std::int64_t>(kContentFields) - 1));
  out.index = static_cast<std::uint64_t>(index);
  DETENTE_TRY(out.name, in.string("name", limits::kNameBytes));
  DETENTE_TRY(const JsonReader value, in.member("value"));
  DETENTE_TRY(out.value, canonical_json(value));
  DETENTE_TRY(out.salt, read_base64(in, "salt"));
  DETENTE_TRY(out.proof, read_proof(in));
  return out;
}

bool is_fault(std::string_view name) {
  return name == errc_name(Errc::content_sealed) || name == errc_name(Errc::content_malformed) ||
         name == errc_name(Errc::content_mismatch);
}

// The answer has the type, and its one ref is to the commitment.
Status check_answer(const CommittedContent& committed, const Statement& answer,
                    std::string_view type) {
  if (answer.type != type) return fail(Errc::content_malformed, "it is a " + answer.type);
  if (answer.refs.size() != 1) return fail(Errc::content_malformed, "one ref, to the commitment");
  if (answer.refs.front() != committed.ref) {
    return fail(Errc::content_unknown, "the ref is to another entry");
  }
  return {};
}

bool is_recipient(const CommittedContent& committed, const std::string& party) {
  const std::vector<SealedCopy>& sealed = committed.commit.sealed;
  return std::any_of(sealed.begin(), sealed.end(),
                     [&party](const SealedCopy& copy) { return copy.to == party; });
}

}  // namespace

std::string write_content_commit(const ContentCommit& commit) {
  JsonWriter out;
  out.begin_object().member("alg", kContentAlg);
  out.member("root", to_base64(commit.commitment.root)).member("n", commit.commitment.n);
  out.member("schema", commit.commitment.schema).name("sealed").begin_array();
  for (const SealedCopy& copy : commit.sealed) {
    out.begin_object().member("to", copy.to).member("box", to_base64(copy.box));
    out.member("sha256", to_hex(copy.sha256)).member("size", copy.size).end_object();
  }
  out.end_array().end_object();
  return out.take();
}

Result<ContentCommit> read_content_commit(const JsonReader& body) {
  DETENTE_CHECK(body.only({"alg", "root", "n", "schema", "sealed"}));
  DETENTE_TRY(const std::string alg, body.string("alg", limits::kIdBytes));
  if (alg != kContentAlg) {
    return fail(Errc::content_malformed, fmt::format("only {} is known", kContentAlg),
                body.place_of("alg"));
  }
  ContentCommit out;
  DETENTE_TRY(out.commitment, read_commitment(body));
  DETENTE_TRY(const std::vector<JsonReader> items, body.array("sealed", kContentRecipients));
  std::set<std::string> parties;
  for (const JsonReader& item : items) {
    DETENTE_TRY(SealedCopy copy, read_sealed_copy(item));
    if (!parties.insert(copy.to).second) {
      return fail(Errc::content_malformed, "two copies for " + copy.to, item.place());
    }
    out.sealed.push_back(std::move(copy));
  }
  return out;
}

std::string write_content_receipt(const ContentReceipt& receipt) {
  JsonWriter out;
  out.begin_object().member("sha256", to_hex(receipt.sha256)).member("opens", receipt.opens);
  if (!receipt.opens) out.member("fault", receipt.fault);
  out.end_object();
  return out.take();
}

Result<ContentReceipt> read_content_receipt(const JsonReader& body) {
  DETENTE_CHECK(body.only({"sha256", "opens", "fault"}));
  ContentReceipt out;
  DETENTE_TRY(out.sha256, read_sha256(body));
  DETENTE_TRY(out.opens, body.boolean("opens"));
  if (body.has("fault") == out.opens) {
    return fail(Errc::content_malformed, "a fault, if and only if it does not open",
                body.place_of("fault"));
  }
  if (out.opens) return out;
  DETENTE_TRY(out.fault, body.string("fault", limits::kIdBytes));
  if (is_fault(out.fault)) return out;
  return fail(Errc::content_malformed, "not a fault of a sealed copy", body.place_of("fault"));
}

namespace {

void write_fields(const Opening& opening, JsonWriter& out) {
  out.name("fields").begin_array();
  for (const OpenedField& field : opening) {
    out.begin_object().member("index", field.index).member("name", field.name);
    out.name("value").raw(field.value).member("salt", to_base64(field.salt));
    out.name("proof").begin_array();
    for (const Hash& hash : field.proof) out.value(to_base64(hash));
    out.end_array().end_object();
  }
  out.end_array();
}

Result<Opening> read_fields(const JsonReader& body) {
  DETENTE_TRY(const std::vector<JsonReader> items, body.array("fields", kContentFields));
  if (items.empty()) return fail(Errc::content_malformed, "no field", body.place_of("fields"));
  Opening out;
  std::set<std::string> names;
  for (const JsonReader& item : items) {
    DETENTE_TRY(OpenedField field, read_opened_field(item));
    if (!out.empty() && field.index <= out.back().index) {
      return fail(Errc::content_malformed, "indexes ascend", item.place_of("index"));
    }
    if (!names.insert(field.name).second) {
      return fail(Errc::content_malformed, "the name stands there twice", item.place_of("name"));
    }
    out.push_back(std::move(field));
  }
  return out;
}

}  // namespace

std::string write_content_open(const Opening& opening) {
  JsonWriter out;
  out.begin_object();
  write_fields(opening, out);
  out.end_object();
  return out.take();
}

Result<Opening> read_content_open(const JsonReader& body) {
  DETENTE_CHECK(body.only({"fields"}));
  return read_fields(body);
}

std::string write_opening_file(const OpeningFile& file) {
  JsonWriter out;
  out.begin_object().member("detente", "opening/v1");
  out.member("root", to_base64(file.commitment.root)).member("n", file.commitment.n);
  out.member("schema", file.commitment.schema);
  write_fields(file.opening, out);
  out.end_object();
  return out.take();
}

Result<OpeningFile> parse_opening_file(std::string_view text) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(text, {.bytes_max = kOpeningFileBytes, .depth_max = kContentDepth + 3}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.only({"detente", "root", "n", "schema", "fields"}));
  DETENTE_TRY(const std::string form, in.string("detente", limits::kIdBytes));
  if (form != "opening/v1") return fail(Errc::content_malformed, "not opening/v1", "detente");
  OpeningFile out;
  DETENTE_TRY(out.commitment, read_commitment(in));
  DETENTE_TRY(out.opening, read_fields(in));
  return out;
}

std::string write_content_shred(const std::string& reason) {
  JsonWriter out;
  out.begin_object().member("reason", reason).end_object();
  return out.take();
}

Result<std::string> read_content_shred(const JsonReader& body) {
  DETENTE_CHECK(body.only({"reason"}));
  return body.string("reason", limits::kTextBytes);
}

Status check_content_form(const Statement& statement) {
  if (statement.type == "content.commit") DETENTE_CHECK(read_content_commit(statement.body()));
  if (statement.type == "content.receipt") DETENTE_CHECK(read_content_receipt(statement.body()));
  if (statement.type == "content.open") DETENTE_CHECK(read_content_open(statement.body()));
  if (statement.type == "content.shred") DETENTE_CHECK(read_content_shred(statement.body()));
  return {};
}

Result<CommittedContent> read_committed(const Entry& entry, const std::string& party) {
  if (entry.statement.type != "content.commit") {
    return fail(Errc::content_unknown, "the entry is a " + entry.statement.type);
  }
  DETENTE_TRY(ContentCommit commit, read_content_commit(entry.statement.body()));
  return CommittedContent{
      {entry.statement.log, entry.header.seq, entry.leaf}, party, std::move(commit)};
}

Result<ContentReceipt> check_receipt(const CommittedContent& committed, const std::string& party,
                                     const Statement& answer) {
  DETENTE_CHECK(check_answer(committed, answer, "content.receipt"));
  DETENTE_TRY(ContentReceipt receipt, read_content_receipt(answer.body()));
  const std::vector<SealedCopy>& sealed = committed.commit.sealed;
  const bool its_own = std::any_of(sealed.begin(), sealed.end(), [&](const SealedCopy& copy) {
    return copy.to == party && copy.sha256 == receipt.sha256;
  });
  if (!its_own) return fail(Errc::content_malformed, "no such copy was sealed to " + party);
  return receipt;
}

Result<Opening> check_open(const CommittedContent& committed, const std::string& party,
                           const Statement& answer) {
  DETENTE_CHECK(check_answer(committed, answer, "content.open"));
  if (party != committed.party && !is_recipient(committed, party)) {
    return fail(Errc::content_malformed, "neither its owner nor a recipient: " + party);
  }
  DETENTE_TRY(Opening opening, read_content_open(answer.body()));
  DETENTE_CHECK(verify_opening(committed.commit.commitment, opening));
  return opening;
}

Result<std::string> check_shred(const CommittedContent& committed, const std::string& party,
                                const Statement& answer) {
  DETENTE_CHECK(check_answer(committed, answer, "content.shred"));
  if (party != committed.party) return fail(Errc::content_malformed, "not its owner: " + party);
  return read_content_shred(answer.body());
}

const char* sealed_verdict_name(SealedVerdict verdict) {
  switch (verdict) {
    case SealedVerdict::matches:
      return "matches";
    case SealedVerdict::differs:
      return "differs";
    case SealedVerdict::unproven:
      break;
  }
  return "unproven";
}

Result<SealedVerdict> judge_sealed(const ContentCommit& commit, const SealedCopy& copy,
                                   std::string_view package) {
  DETENTE_TRY(const ContentPackage shown, parse_package(package));
  DETENTE_TRY(const Bytes again, seal_package(shown.content, shown.key, copy.box));
  if (crypto::sha256(again) != copy.sha256 || again.size() != copy.size) {
    return SealedVerdict::unproven;
  }
  return verify_package(commit.commitment, shown) ? SealedVerdict::matches : SealedVerdict::differs;
}

ReceivedCopy receive_copy(const ContentCommit& commit, ByteView sealed, const crypto::BoxKey& key) {
  ReceivedCopy out;
  out.receipt.sha256 = crypto::sha256(sealed);
  Status found;
  Result<Bytes> plain = key.open(sealed);
  if (!plain) {
    found = fail(plain.error());
  } else {
    out.package = as_text(*plain);
    crypto::wipe(*plain);
    const Result<ContentPackage> package = parse_package(out.package);
    found = package ? verify_package(commit.commitment, *package) : fail(package.error());
  }
  out.receipt.opens = found.has_value();
  if (!found) out.receipt.fault = errc_name(found.error().code);
  return out;
}

}  // namespace detente::record
