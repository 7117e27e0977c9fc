// SPDX-License-Identifier: Apache-2.0
#include "record/content.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <set>

#include "base/limits.h"
#include "crypto/hash.h"

namespace detente::record {
namespace {

namespace bj = boost::json;

constexpr std::int64_t kSafeInteger = (1LL << 53) - 1;  // whole numbers that RFC 8785 keeps exact
constexpr std::string_view kSaltLabel = "detente/salt/v1";
constexpr std::string_view kSealLabel = "detente/seal/v1";

std::string_view view_of(bj::string_view text) {
  return {text.data(), text.size()};
}

// RFC 8785 section 3.2.2.2: five short escapes, others of the control characters as \u00xx.
void write_string(std::string_view text, std::string& out) {
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    static constexpr std::string_view kPlain = "\"\\\b\t\n\f\r";
    static constexpr std::string_view kShort = "\"\\btnfr";
    const std::size_t special = kPlain.find(c);
    if (special != std::string_view::npos) {
      out += {'\\', kShort[special]};
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// RFC 8785 sorts members by UTF-16 code units. UTF-8 has the same order but for one case: what
// lies above U+FFFF (lead bytes f0 to f4) is in UTF-16 before U+E000 to U+FFFF (ee, ef).
bool utf16_less(std::string_view a, std::string_view b) {
  const auto rank = [](char c) -> int {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0xf0) return byte - 2;
    return byte >= 0xee ? byte + 0x10 : byte;
  };
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() || in_b == b.end()) return in_a == a.end() && in_b != b.end();
  return rank(*in_a) < rank(*in_b);
}

// False for a number that has no exact form there.
bool write_value(const bj::value& value, std::string& out);

bool write_object(const bj::object& object, std::string& out) {
  std::vector<const bj::key_value_pair*> members;
  members.reserve(object.size());
  for (const bj::key_value_pair& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) {
    return utf16_less(view_of(a->key()), view_of(b->key()));
  });
  out.push_back('{');
  for (const bj::key_value_pair* const member : members) {
    if (out.back() != '{') out.push_back(',');
    write_string(view_of(member->key()), out);
    out.push_back(':');
    if (!write_value(member->value(), out)) return false;
  }
  out.push_back('}');
  return true;
}

bool write_array(const bj::array& array, std::string& out) {
  out.push_back('[');
  bool first = true;
  for (const bj::value& item : array) {
    if (!first) out.push_back(',');
    first = false;
    if (!write_value(item, out)) return false;
  }
  out.push_back(']');
  return true;
}

bool write_value(const bj::value& value, std::string& out) {
  if (const auto* object = value.if_object()) return write_object(*object, out);
  if (const auto* array = value.if_array()) return write_array(*array, out);
  if (const auto* text = value.if_string()) {
    write_string(view_of(*text), out);
    return true;
  }
  if (const auto* number = value.if_int64()) {
    if (*number > kSafeInteger || *number < -kSafeInteger) return false;
    out += fmt::format("{}", *number);
    return true;
  }
  if (const auto* truth = value.if_bool()) {
    out += *truth ? "true" : "false";
    return true;
  }
  out += "null";
  return value.is_null();
}

bool is_schema(std::string_view text) {
  const std::size_t slash = text.find("/v");
  if (text.size() > limits::kIdBytes || slash == 0 || slash == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, slash);
  const std::string_view version = text.substr(slash + 2);
  const bool named = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return named && !version.empty() && version.front() != '0' &&
         version.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::kNameBytes && is_utf8(name) &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The field's part of its leaf: JCS({"k":name,"v":value}).
std::string field_text(const std::string& name, const std::string& value) {
  std::string out = R"({"k":)";
  write_string(name, out);
  out += R"(,"v":)";
  out += value;
  out.push_back('}');
  return out;
}

Hash field_leaf(const std::string& name, const std::string& value, const Hash& salt) {
  static constexpr std::array<std::uint8_t, 1> kLeaf = {0};
  return crypto::sha256({kLeaf, salt, as_bytes(field_text(name, value))});
}

Hash field_salt(const crypto::Secret32& key, std::uint64_t index) {
  std::array<std::uint8_t, 8> number{};
  for (std::size_t i = 0; i < number.size(); ++i) {
    number[i] = static_cast<std::uint8_t>(index >> (8 * (7 - i)));
  }
  return crypto::blake2b_256(key, {as_bytes(kSaltLabel), number});
}

crypto::Secret32 seal_once(const crypto::Secret32& key, const crypto::BoxPublicKey& to) {
  Hash once = crypto::blake2b_256(key, {as_bytes(kSealLabel), to});
  crypto::Secret32 out = crypto::Secret32::from_bytes(once);
  crypto::wipe(once);
  return out;
}

Result<Content> package_content(const JsonReader& in) {
  DETENTE_TRY(std::string schema, in.string("schema", limits::kIdBytes));
  DETENTE_TRY(const std::vector<JsonReader> items, in.array("fields", kContentFields));
  std::vector<ContentField> fields;
  for (const JsonReader& item : items) {
    DETENTE_CHECK(item.only({"k", "v"}));
    ContentField field;
    DETENTE_TRY(field.name, item.string("k", limits::kNameBytes));
    DETENTE_TRY(const JsonReader value, item.member("v"));
    DETENTE_TRY(field.value, canonical_json(value));
    fields.push_back(std::move(field));
  }
  return Content::make(std::move(fields), std::move(schema));
}

Result<ContentPackage> read_package(std::string_view text) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(text, {.bytes_max = kSealedBytesMax, .depth_max = kContentDepth + 3}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.only({"detente", "schema", "key", "fields"}));
  DETENTE_TRY(const std::string form, in.string("detente", limits::kIdBytes));
  if (form != "content/v1") return fail(Errc::content_malformed, "not content/v1", "detente");
  DETENTE_TRY(std::string key_text, in.string("key", limits::kIdBytes));
  Result<Hash> key = hash_from_base64(key_text);
  crypto::wipe(key_text);
  if (!key) return fail(Errc::content_malformed, "32 bytes in base64", "key");
  const crypto::Secret32 secret = crypto::Secret32::from_bytes(*key);
  crypto::wipe(*key);
  DETENTE_TRY(Content content, package_content(in));
  std::string again = encode_package(content, secret);
  const bool same = again == text;
  crypto::wipe(again);
  if (!same) return fail(Errc::content_malformed, "not in the one form");
  return ContentPackage{std::move(content), secret};
}

}  // namespace

Result<std::string> canonical_json(const JsonReader& value) {
  std::string out;
  if (write_value(value.value(), out)) return out;
  return fail(Errc::content_malformed, "a whole number is at most 2^53 - 1", value.place());
}

Result<Content> Content::make(std::vector<ContentField> fields, std::string schema) {
  if (!is_schema(schema)) return fail(Errc::content_malformed, "a schema reads name/v1", "schema");
  if (fields.empty() || fields.size() > kContentFields) {
    return fail(Errc::content_malformed, fmt::format("1 to {} fields", kContentFields));
  }
  std::set<std::string_view> names;
  std::size_t bytes = 0;
  for (const ContentField& field : fields) {
    if (!is_field_name(field.name)) return fail(Errc::content_malformed, "not a field's name");
    if (!names.insert(field.name).second) {
      return fail(Errc::content_malformed, "the name stands there twice", field.name);
    }
    const std::size_t size = field_text(field.name, field.value).size();
    if (size > kContentFieldBytes) {
      return fail(Errc::content_malformed,
                  fmt::format("{} bytes, at most {}", size, kContentFieldBytes), field.name);
    }
    bytes += size;
  }
  if (bytes > kContentBytes) {
    return fail(Errc::content_malformed, fmt::format("{} bytes, at most {}", bytes, kContentBytes));
  }
  Content content;
  content.schema_ = std::move(schema);
  content.fields_ = std::move(fields);
  return content;
}

Result<Content> Content::parse(std::string_view json, std::string schema) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(json, {.bytes_max = kContentBytes, .depth_max = kContentDepth + 1}));
  const JsonReader in = document.root();
  DETENTE_CHECK(in.expect_object());
  std::vector<ContentField> fields;
  for (const std::string& name : in.names()) {
    DETENTE_TRY(const JsonReader value, in.member(name));
    DETENTE_TRY(std::string canonical, canonical_json(value));
    fields.push_back({name, std::move(canonical)});
  }
  return make(std::move(fields), std::move(schema));
}

std::string Content::document() const {
  std::string out = "{";
  for (const ContentField& field : fields_) {
    if (out.size() > 1) out.push_back(',');
    write_string(field.name, out);
    out += ":" + field.value;
  }
  return out + "}";
}

std::vector<Hash> content_leaves(const Content& content, const crypto::Secret32& key) {
  std::vector<Hash> out;
  out.reserve(content.fields().size());
  for (const ContentField& field : content.fields()) {
    out.push_back(field_leaf(field.name, field.value, field_salt(key, out.size())));
  }
  return out;
}

Commitment commit_content(const Content& content, const crypto::Secret32& key) {
  return {root_of(content_leaves(content, key)), content.fields().size(), content.schema()};
}

Result<Opening> open_fields(const Content& content, const crypto::Secret32& key,
                            const std::vector<std::string>& names) {
  const std::vector<ContentField>& fields = content.fields();
  std::set<std::uint64_t> wanted;
  for (const std::string& name : names) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&name](const auto& field) { return field.name == name; });
    if (found == fields.end()) return fail(Errc::content_unknown, "no field of this name", name);
    if (!wanted.insert(static_cast<std::uint64_t>(found - fields.begin())).second) {
      return fail(Errc::content_malformed, "the name is given twice", name);
    }
  }
  const std::vector<Hash> leaves = content_leaves(content, key);
  Opening out;
  for (const std::uint64_t index : wanted) {
    const ContentField& field = fields[index];
    out.push_back({index, field.name, field.value, field_salt(key, index),
                   inclusion_proof(leaves, LeafIndex{index})});
  }
  return out;
}

Status verify_opening(const Commitment& commitment, const Opening& opening) {
  for (const OpenedField& field : opening) {
    const Hash leaf = field_leaf(field.name, field.value, field.salt);
    const Status leads = verify_inclusion(leaf, LeafIndex{field.index}, TreeSize{commitment.n},
                                          field.proof, commitment.root);
    if (!leads) {
      return fail(Errc::content_mismatch, fmt::format("field {} of {}", field.index, commitment.n),
                  field.name);
    }
  }
  return {};
}

Status check_openings_agree(const Opening& a, const Opening& b) {
  for (const OpenedField& one : a) {
    const auto other = std::find_if(b.begin(), b.end(),
                                    [&one](const auto& field) { return field.name == one.name; });
    if (other == b.end()) continue;
    if (other->index != one.index || other->value != one.value || other->salt != one.salt) {
      return fail(Errc::content_mismatch, "the name was committed twice", one.name);
    }
  }
  return {};
}

std::string encode_package(const Content& content, const crypto::Secret32& key) {
  std::string out = R"({"detente":"content/v1","schema":)";
  write_string(content.schema(), out);
  std::string key_text = to_base64(key.bytes());
  out += R"(,"key":")" + key_text + R"(","fields":[)";
  crypto::wipe(key_text);
  for (std::size_t i = 0; i < content.fields().size(); ++i) {
    if (i > 0) out.push_back(',');
    out += field_text(content.fields()[i].name, content.fields()[i].value);
  }
  return out + "]}";
}

Result<ContentPackage> parse_package(std::string_view text) {
  Result<ContentPackage> package = read_package(text);
  if (package || package.error().code == Errc::content_malformed) return package;
  return fail(Errc::content_malformed, package.error().text());
}

Status verify_package(const Commitment& commitment, const ContentPackage& package) {
  const Commitment found = commit_content(package.content, package.key);
  if (found == commitment) return {};
  return fail(Errc::content_mismatch, found.root == commitment.root
                                          ? "another schema or number of fields"
                                          : "it leads to another root");
}

Result<Bytes> seal_package(const Content& content, const crypto::Secret32& key,
                           const crypto::BoxPublicKey& to) {
  std::string package = encode_package(content, key);
  Result<Bytes> sealed = crypto::seal(as_bytes(package), to, seal_once(key, to));
  crypto::wipe(package);
  return sealed;
}

}  // namespace detente::record
