// SPDX-License-Identifier: Apache-2.0
#include "record/statement.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/limits.h"
#include "record/merkle.h"

namespace detente::record {
namespace {

constexpr std::string_view kTypePrefix = "application/vnd.detente.";
constexpr std::string_view kTypeSuffix = ".v1+json";
constexpr std::size_t kKeyidBytes = 2 * limits::kIdBytes + 1;
constexpr std::size_t kTypeBytes = 64;
constexpr std::uint64_t kTimeMax = 253'402'300'799'999;  // the last millisecond of year 9999
constexpr std::uint64_t kNumberMax = INT64_MAX;          // JSON numbers of signed formats

bool is_lower_hex(std::string_view text, std::size_t length) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == length && std::all_of(text.begin(), text.end(), hex);
}

bool is_type(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= kTypeBytes &&
         std::all_of(text.begin(), text.end(), allowed);
}

// Reads bytes that have one form only: literal text, and values between.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  std::size_t at() const { return at_; }

  Error error(std::string why) const {
    return Error{Errc::entry_malformed, std::move(why), fmt::format("byte {}", at_)};
  }

  Status literal(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) {
      return fail(error(fmt::format("{} is expected", json_quote(expected))));
    }
    at_ += expected.size();
    return {};
  }

  Result<std::uint64_t> number(std::uint64_t high) {
    const char* const begin = text_.data() + at_;
    std::uint64_t out = 0;
    const std::from_chars_result read = std::from_chars(begin, text_.data() + text_.size(), out);
    if (read.ec != std::errc{} || out > high || (*begin == '0' && read.ptr != begin + 1)) {
      return fail(error(fmt::format("a number from 0 to {} is expected", high)));
    }
    at_ += static_cast<std::size_t>(read.ptr - begin);
    return out;
  }

  // The text up to the closing quote. What it may hold is judged by the caller; no value of
  // these formats needs an escape, so a backslash is never right.
  Result<std::string_view> quoted(std::size_t bytes_max) {
    DETENTE_CHECK(literal("\""));
    const std::size_t end = text_.find('"', at_);
    if (end == std::string_view::npos) return fail(error("a string without end"));
    const std::string_view out = text_.substr(at_, end - at_);
    if (out.size() > bytes_max || out.find('\\') != std::string_view::npos) {
      return fail(error(fmt::format("a string longer than {} bytes, or with escapes", bytes_max)));
    }
    at_ = end + 1;
    return out;
  }

  Result<std::string> name(std::size_t bytes_max) {
    const Scanner before = *this;
    DETENTE_TRY(const std::string_view text, quoted(bytes_max));
    if (!is_key_name(text)) return fail(before.error("not a name"));
    return std::string(text);
  }

  Result<std::string> hex(std::size_t length) {
    const Scanner before = *this;
    DETENTE_TRY(const std::string_view text, quoted(length));
    if (!is_lower_hex(text, length)) {
      return fail(before.error(fmt::format("not {} lower-case hex digits", length)));
    }
    return std::string(text);
  }

  Result<Bytes> base64(std::size_t bytes_max) {
    const Scanner before = *this;
    DETENTE_TRY(const std::string_view text, quoted((bytes_max + 2) / 3 * 4));
    Result<Bytes> bytes = from_base64(text);
    if (!bytes || bytes->size() > bytes_max) return fail(before.error("not base64 of this length"));
    return bytes;
  }

  template <std::size_t N>
  Result<std::array<std::uint8_t, N>> fixed() {
    const Scanner before = *this;
    DETENTE_TRY(const Bytes bytes, base64(N));
    if (bytes.size() != N) return fail(before.error(fmt::format("not base64 of {} bytes", N)));
    std::array<std::uint8_t, N> out{};
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }

  // "[", items between commas, "]".
  template <class Item>
  Status list(Item item) {
    DETENTE_CHECK(literal("["));
    for (bool first = true; !next_is(']'); first = false) {
      if (!first) DETENTE_CHECK(literal(","));
      DETENTE_CHECK(item());
    }
    return literal("]");
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

void write_envelope(const Envelope& envelope, JsonWriter& out) {
  out.begin_object();
  out.member("payloadType", envelope.payload_type);
  out.member("payload", to_base64(as_bytes(envelope.payload)));
  out.name("signatures").begin_array();
  for (const EnvelopeSignature& signature : envelope.signatures) {
    out.begin_object();
    out.member("keyid", signature.keyid);
    out.member("sig", to_base64(signature.signature));
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

Result<Envelope> read_envelope(Scanner& in) {
  Envelope out;
  DETENTE_CHECK(in.literal(R"({"payloadType":)"));
  const std::size_t type_max = kTypePrefix.size() + kTypeBytes + kTypeSuffix.size();
  DETENTE_TRY(const std::string_view type, in.quoted(type_max));
  const bool framed = type.size() > kTypePrefix.size() + kTypeSuffix.size() &&
                      type.starts_with(kTypePrefix) && type.ends_with(kTypeSuffix);
  if (!framed || !is_type(type.substr(kTypePrefix.size(),
                                      type.size() - kTypePrefix.size() - kTypeSuffix.size()))) {
    return fail(in.error("not a payload type of this product"));
  }
  out.payload_type = type;
  DETENTE_CHECK(in.literal(R"(,"payload":)"));
  DETENTE_TRY(const Bytes payload, in.base64(limits::kStatementPayloadBytes));
  out.payload = as_text(payload);
  DETENTE_CHECK(in.literal(R"(,"signatures":)"));
  const auto read_signature = [&]() -> Status {
    if (out.signatures.size() == limits::kStatementSigners) {
      return fail(in.error(fmt::format("more than {} signatures", limits::kStatementSigners)));
    }
    EnvelopeSignature signature;
    DETENTE_CHECK(in.literal(R"({"keyid":)"));
    DETENTE_TRY(signature.keyid, in.name(kKeyidBytes));
    DETENTE_CHECK(in.literal(R"(,"sig":)"));
    DETENTE_TRY(signature.signature, in.fixed<64>());
    DETENTE_CHECK(in.literal("}"));
    out.signatures.push_back(std::move(signature));
    return {};
  };
  DETENTE_CHECK(in.list(read_signature));
  DETENTE_CHECK(in.literal("}"));
  return out;
}

Result<Head> read_head(Scanner& in) {
  Head out;
  DETENTE_CHECK(in.literal(R"({"origin":)"));
  DETENTE_TRY(out.origin.value, in.name(limits::kOriginBytes));
  DETENTE_CHECK(in.literal(R"(,"size":)"));
  DETENTE_TRY(out.size.value, in.number(kNumberMax));
  DETENTE_CHECK(in.literal(R"(,"root":)"));
  DETENTE_TRY(out.root, in.fixed<32>());
  DETENTE_CHECK(in.literal("}"));
  return out;
}

Result<EntryHeader> read_header(Scanner& in) {
  EntryHeader out;
  DETENTE_CHECK(in.literal(R"({"v":1,"seq":)"));
  DETENTE_TRY(out.seq.value, in.number(kNumberMax));
  DETENTE_CHECK(in.literal(R"(,"time":)"));
  DETENTE_TRY(const std::uint64_t time, in.number(kTimeMax));
  out.time = UtcMs{static_cast<std::int64_t>(time)};
  DETENTE_CHECK(in.literal(R"(,"seen":)"));
  const auto read_item = [&]() -> Status {
    DETENTE_TRY(Head head, read_head(in));
    out.seen.push_back(std::move(head));
    return {};
  };
  DETENTE_CHECK(in.list(read_item));
  return out;
}

Result<Ref> read_ref(Scanner& in) {
  Ref out;
  DETENTE_CHECK(in.literal(R"({"origin":)"));
  DETENTE_TRY(out.origin.value, in.name(limits::kOriginBytes));
  DETENTE_CHECK(in.literal(R"(,"index":)"));
  DETENTE_TRY(out.index.value, in.number(kNumberMax));
  DETENTE_CHECK(in.literal(R"(,"leaf":)"));
  DETENTE_TRY(out.leaf, in.fixed<32>());
  DETENTE_CHECK(in.literal("}"));
  return out;
}

// Everything of a payload before its body's first byte.
Result<Statement> read_payload_head(Scanner& in) {
  Statement out;
  DETENTE_CHECK(in.literal(R"({"id":)"));
  DETENTE_TRY(out.id.value, in.hex(32));
  DETENTE_CHECK(in.literal(R"(,"agreement":)"));
  DETENTE_TRY(out.agreement, in.hex(64));
  DETENTE_CHECK(in.literal(R"(,"log":)"));
  DETENTE_TRY(out.log.value, in.name(limits::kOriginBytes));
  DETENTE_CHECK(in.literal(R"(,"type":)"));
  DETENTE_TRY(const std::string_view type, in.quoted(kTypeBytes));
  if (!is_type(type)) return fail(in.error("not a statement type"));
  out.type = type;
  DETENTE_CHECK(in.literal(R"(,"expires":)"));
  DETENTE_TRY(const std::uint64_t expires, in.number(kTimeMax));
  out.expires = UtcMs{static_cast<std::int64_t>(expires)};
  DETENTE_CHECK(in.literal(R"(,"refs":)"));
  const auto read_item = [&]() -> Status {
    DETENTE_TRY(Ref ref, read_ref(in));
    out.refs.push_back(std::move(ref));
    return {};
  };
  DETENTE_CHECK(in.list(read_item));
  DETENTE_CHECK(in.literal(R"(,"body":)"));
  return out;
}

}  // namespace

std::string Envelope::encode() const {
  JsonWriter out;
  write_envelope(*this, out);
  return out.take();
}

Result<Envelope> parse_envelope(std::string_view bytes) {
  Scanner in(bytes);
  DETENTE_TRY(Envelope out, read_envelope(in));
  if (!in.at_end()) return fail(in.error("text after the end"));
  return out;
}

std::string pae(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                     payload);
}

std::string payload_type_of(std::string_view type) {
  return fmt::format("{}{}{}", kTypePrefix, type, kTypeSuffix);
}

JsonReader Statement::body() const {
  return JsonReader(document.value(), "body");
}

Result<Statement> parse_statement(const Envelope& envelope) {
  const std::string_view payload = envelope.payload;
  if (payload.size() > limits::kStatementPayloadBytes) {
    return fail(Errc::entry_too_large,
                fmt::format("a payload of {} bytes, at most {}", payload.size(),
                            limits::kStatementPayloadBytes),
                "payload");
  }
  Scanner in(payload);
  Result<Statement> out = read_payload_head(in);
  if (!out) return fail(std::move(out.error()).at("payload"));
  if (envelope.payload_type != payload_type_of(out->type)) {
    return fail(Errc::entry_malformed, "the payload type is not the statement's type", "payload");
  }
  // The body is the last member, so its exact bytes are all but the payload's last brace.
  const std::string_view rest = payload.substr(in.at());
  if (rest.size() < 3 || !rest.starts_with('{') || !rest.ends_with("}}")) {
    return fail(Errc::entry_malformed, "the body is not an object, or something follows it",
                "payload/body");
  }
  Result<JsonDocument> body =
      parse_json(rest.substr(0, rest.size() - 1), {.bytes_max = limits::kStatementPayloadBytes,
                                                   .integers_only = true,
                                                   .depth_max = limits::kJsonDepth});
  if (!body) return fail(std::move(body.error()).at("payload/body"));
  out->document = std::move(*body);
  return out;
}

std::string encode_payload(const StatementDraft& draft) {
  JsonWriter out;
  out.begin_object();
  out.member("id", draft.id.value);
  out.member("agreement", draft.agreement);
  out.member("log", draft.log.value);
  out.member("type", draft.type);
  out.member("expires", draft.expires.value);
  out.name("refs").begin_array();
  for (const Ref& ref : draft.refs) {
    out.begin_object();
    out.member("origin", ref.origin.value);
    out.member("index", ref.index.value);
    out.member("leaf", to_base64(ref.leaf));
    out.end_object();
  }
  out.end_array();
  out.name("body").raw(draft.body);
  out.end_object();
  return out.take();
}

Envelope sign_statement(const StatementDraft& draft, const std::vector<OfficerSigner>& officers) {
  Envelope out;
  out.payload_type = payload_type_of(draft.type);
  out.payload = encode_payload(draft);
  for (const OfficerSigner& officer : officers) add_signature(out, officer);
  return out;
}

void add_signature(Envelope& envelope, const OfficerSigner& officer) {
  const std::string message = pae(envelope.payload_type, envelope.payload);
  envelope.signatures.push_back({officer.keyid, officer.secret.sign(as_bytes(message))});
}

std::string encode_entry(const EntryHeader& header, const Envelope& envelope) {
  JsonWriter out;
  out.begin_object();
  out.member("v", 1);
  out.member("seq", header.seq.value);
  out.member("time", header.time.value);
  out.name("seen").begin_array();
  for (const Head& head : header.seen) {
    out.begin_object();
    out.member("origin", head.origin.value);
    out.member("size", head.size.value);
    out.member("root", to_base64(head.root));
    out.end_object();
  }
  out.end_array();
  out.name("env");
  write_envelope(envelope, out);
  out.end_object();
  return out.take();
}

Result<Entry> parse_entry(ByteView bytes) {
  if (bytes.size() > limits::kEntryBytes) {
    return fail(Errc::entry_too_large, fmt::format("{} bytes", bytes.size()));
  }
  Scanner in(as_text(bytes));
  Entry out;
  DETENTE_TRY(out.header, read_header(in));
  DETENTE_CHECK(in.literal(R"(,"env":)"));
  DETENTE_TRY(out.envelope, read_envelope(in));
  DETENTE_CHECK(in.literal("}"));
  if (!in.at_end()) return fail(in.error("text after the end"));
  DETENTE_TRY(out.statement, parse_statement(out.envelope));
  out.bytes.assign(bytes.begin(), bytes.end());
  out.leaf = leaf_hash(bytes);
  return out;
}

}  // namespace detente::record
