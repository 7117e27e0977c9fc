// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "base/bytes.h"

namespace detente {
namespace {

namespace bj = boost::json;

// Finds what is wrong: sees every key unescaped, before the tree keeps only the last of two equal
// ones.
struct StrictHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool integers_only = true;
  std::string key;
  std::vector<std::unordered_set<std::string>> open;
  std::optional<Error> error;

  bool refuse(bj::error_code& ec, Errc code, std::string detail) {
    error = Error{code, std::move(detail), {}};
    ec = bj::error::syntax;
    return false;
  }
  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, bj::error_code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t, bj::error_code&) { return true; }
  bool on_key_part(bj::string_view s, std::size_t, bj::error_code&) {
    key.append(s.data(), s.size());
    return true;
  }
  bool on_key(bj::string_view s, std::size_t, bj::error_code& ec) {
    key.append(s.data(), s.size());
    const bool fresh = open.back().insert(key).second;
    if (!fresh) return refuse(ec, Errc::json_duplicate_key, json_quote(key.substr(0, 80)));
    key.clear();
    return true;
  }
  bool on_string_part(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_string(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t, bj::string_view, bj::error_code&) { return true; }
  bool on_uint64(std::uint64_t, bj::string_view, bj::error_code& ec) {
    if (integers_only) return refuse(ec, Errc::json_number, "larger than 2^63 - 1");
    return true;
  }
  bool on_double(double d, bj::string_view, bj::error_code& ec) {
    if (integers_only) return refuse(ec, Errc::json_number, "fractions and exponents are refused");
    if (!std::isfinite(d)) return refuse(ec, Errc::json_number, "too large");
    return true;
  }
  bool on_bool(bool, bj::error_code&) { return true; }
  bool on_null(bj::error_code&) { return true; }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }
};

// The pass that nearly every document needs alone: builds the tree, and refuses what StrictHandler
// refuses but for repeated keys, which it counts. It does not say why: StrictHandler then does.
struct TreeHandler {
  static constexpr std::size_t max_object_size = bj::object::max_size();
  static constexpr std::size_t max_array_size = bj::array::max_size();
  static constexpr std::size_t max_key_size = bj::string::max_size();
  static constexpr std::size_t max_string_size = bj::string::max_size();

  TreeHandler(bool whole_numbers, unsigned char* buffer, std::size_t size)
      : integers_only(whole_numbers), stack({}, buffer, size) {
    stack.reset();
  }
  bool integers_only;
  bj::value_stack stack;
  std::size_t members = 0;

  static bool refuse(bj::error_code& ec) {
    ec = bj::error::syntax;
    return false;
  }
  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return true; }
  bool on_object_end(std::size_t n, bj::error_code&) {
    members += n;
    stack.push_object(n);
    return true;
  }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t n, bj::error_code&) {
    stack.push_array(n);
    return true;
  }
  bool on_key_part(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_key(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_key(s);
    return true;
  }
  bool on_string_part(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_string(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_string(s);
    return true;
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t i, bj::string_view, bj::error_code&) {
    stack.push_int64(i);
    return true;
  }
  bool on_uint64(std::uint64_t u, bj::string_view, bj::error_code& ec) {
    if (integers_only) return refuse(ec);
    stack.push_uint64(u);
    return true;
  }
  bool on_double(double d, bj::string_view, bj::error_code& ec) {
    if (integers_only || !std::isfinite(d)) return refuse(ec);
    stack.push_double(d);
    return true;
  }
  bool on_bool(bool b, bj::error_code&) {
    stack.push_bool(b);
    return true;
  }
  bool on_null(bj::error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }
};

// Members of all objects below; fewer than were read if a key was repeated.
std::size_t count_members(const bj::value& value) {
  std::size_t out = 0;
  if (const bj::object* object = value.if_object()) {
    out = object->size();
    for (const auto& pair : *object) out += count_members(pair.value());
  } else if (const bj::array* array = value.if_array()) {
    for (const bj::value& item : *array) out += count_members(item);
  }
  return out;
}

// The tree of a document that is right; nothing if anything is wrong with it.
std::optional<bj::value> read_tree(std::string_view text, const JsonOptions& options,
                                   const bj::parse_options& parse_options) {
  std::array<unsigned char, 4096> buffer;
  bj::basic_parser<TreeHandler> parser(parse_options, options.integers_only, buffer.data(),
                                       buffer.size());
  bj::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec || used != text.size()) return std::nullopt;
  TreeHandler& handler = parser.handler();
  std::optional<bj::value> out(handler.stack.release());
  if (count_members(*out) != handler.members) return std::nullopt;
  return out;
}

Error wrong_type(const std::string& place, const char* wanted) {
  return Error{Errc::json_member_type, fmt::format("{} is expected", wanted), place};
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text, const JsonOptions& options) {
  if (text.size() > options.bytes_max) {
    return fail(Errc::json_too_large,
                fmt::format("{} bytes, at most {}", text.size(), options.bytes_max));
  }
  bj::parse_options parse_options;
  parse_options.max_depth = options.depth_max;
  JsonDocument document;
  if (std::optional<bj::value> tree = read_tree(text, options, parse_options)) {
    document.value_ = std::make_shared<const bj::value>(std::move(*tree));
    return document;
  }
  bj::basic_parser<StrictHandler> strict(parse_options);
  strict.handler().integers_only = options.integers_only;
  bj::error_code ec;
  const std::size_t used = strict.write_some(false, text.data(), text.size(), ec);
  if (strict.handler().error) {
    Error error = *strict.handler().error;
    error.place = fmt::format("byte {}", used);
    return fail(std::move(error));
  }
  if (ec == bj::error::too_deep) {
    return fail(Errc::json_too_deep, fmt::format("at most {} levels", options.depth_max),
                fmt::format("byte {}", used));
  }
  if (ec || used != text.size()) {
    return fail(Errc::json_malformed, ec ? ec.message() : "text after the end",
                fmt::format("byte {}", used));
  }
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), ec, {}, parse_options);
  if (ec) return fail(Errc::json_malformed, ec.message());
  document.value_ = std::make_shared<const bj::value>(std::move(value));
  return document;
}

JsonReader JsonDocument::root() const {
  return JsonReader(*value_, "");
}

bool JsonReader::is_object() const {
  return value_->is_object();
}
bool JsonReader::is_array() const {
  return value_->is_array();
}
bool JsonReader::is_string() const {
  return value_->is_string();
}
bool JsonReader::is_number() const {
  return value_->is_number();
}

bool JsonReader::has(std::string_view name) const {
  const bj::object* object = value_->if_object();
  return object != nullptr && object->contains(bj::string_view(name.data(), name.size()));
}

std::string JsonReader::place_of(std::string_view name) const {
  return place_.empty() ? std::string(name) : fmt::format("{}/{}", place_, name);
}

Result<JsonReader> JsonReader::member(std::string_view name) const {
  DETENTE_CHECK(expect_object());
  const bj::value* found =
      value_->get_object().if_contains(bj::string_view(name.data(), name.size()));
  if (found == nullptr) return fail(Errc::json_member_missing, json_quote(name), place_);
  return JsonReader(*found, place_of(name));
}

Result<std::string> JsonReader::string(std::string_view name, std::size_t bytes_max,
                                       bool empty_ok) const {
  DETENTE_TRY(const JsonReader found, member(name));
  return found.as_string(bytes_max, empty_ok);
}

Result<std::int64_t> JsonReader::integer(std::string_view name, std::int64_t low,
                                         std::int64_t high) const {
  DETENTE_TRY(const JsonReader found, member(name));
  return found.as_integer(low, high);
}

Result<double> JsonReader::number(std::string_view name) const {
  DETENTE_TRY(const JsonReader found, member(name));
  return found.as_number();
}

Result<bool> JsonReader::boolean(std::string_view name) const {
  DETENTE_TRY(const JsonReader found, member(name));
  if (!found.value_->is_bool()) return fail(wrong_type(found.place_, "true or false"));
  return found.value_->get_bool();
}

Result<UtcMs> JsonReader::time(std::string_view name) const {
  DETENTE_TRY(const std::string text, string(name, 40));
  Result<UtcMs> parsed = parse_rfc3339(text);
  if (!parsed) return fail(std::move(parsed.error()).at(place_of(name)));
  return parsed;
}

Result<JsonReader> JsonReader::object(std::string_view name) const {
  DETENTE_TRY(JsonReader found, member(name));
  DETENTE_CHECK(found.expect_object());
  return found;
}

Result<std::vector<JsonReader>> JsonReader::array(std::string_view name,
                                                  std::size_t count_max) const {
  DETENTE_TRY(const JsonReader found, member(name));
  return found.as_array(count_max);
}

Result<std::vector<std::string>> JsonReader::strings(std::string_view name, std::size_t count_max,
                                                     std::size_t bytes_max) const {
  DETENTE_TRY(const std::vector<JsonReader> items, array(name, count_max));
  std::vector<std::string> out;
  for (const JsonReader& item : items) {
    DETENTE_TRY(std::string text, item.as_string(bytes_max));
    out.push_back(std::move(text));
  }
  return out;
}

std::vector<std::string> JsonReader::names() const {
  std::vector<std::string> out;
  if (!value_->is_object()) return out;
  for (const auto& pair : value_->get_object())
    out.emplace_back(pair.key().data(), pair.key().size());
  return out;
}

Status JsonReader::only(std::initializer_list<std::string_view> known) const {
  DETENTE_CHECK(expect_object());
  for (const std::string& name : names()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail(Errc::json_member_unknown, json_quote(name.substr(0, 80)), place_);
    }
  }
  return {};
}

Result<std::string> JsonReader::as_string(std::size_t bytes_max, bool empty_ok) const {
  if (!value_->is_string()) return fail(wrong_type(place_, "a string"));
  const bj::string& text = value_->get_string();
  if (text.empty() && !empty_ok) return fail(Errc::json_member_range, "empty", place_);
  if (text.size() > bytes_max) {
    return fail(Errc::json_member_range, fmt::format("longer than {} bytes", bytes_max), place_);
  }
  return std::string(text.data(), text.size());
}

Result<std::int64_t> JsonReader::as_integer(std::int64_t low, std::int64_t high) const {
  if (!value_->is_int64()) return fail(wrong_type(place_, "a whole number"));
  const std::int64_t n = value_->get_int64();
  if (n < low || n > high) {
    return fail(Errc::json_member_range, fmt::format("{} is not in {} to {}", n, low, high),
                place_);
  }
  return n;
}

Result<double> JsonReader::as_number() const {
  if (value_->is_double()) return value_->get_double();
  if (value_->is_int64()) return static_cast<double>(value_->get_int64());
  if (value_->is_uint64()) return static_cast<double>(value_->get_uint64());
  return fail(wrong_type(place_, "a number"));
}

Result<std::vector<JsonReader>> JsonReader::as_array(std::size_t count_max) const {
  if (!value_->is_array()) return fail(wrong_type(place_, "an array"));
  const bj::array& items = value_->get_array();
  if (items.size() > count_max) {
    return fail(Errc::json_member_range,
                fmt::format("{} items, at most {}", items.size(), count_max), place_);
  }
  std::vector<JsonReader> out;
  out.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    out.emplace_back(items[i], fmt::format("{}/{}", place_, i));
  }
  return out;
}

Status JsonReader::expect_object() const {
  if (!value_->is_object()) return fail(wrong_type(place_, "an object"));
  return {};
}

std::string json_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (u < 0x20) {
          out += fmt::format("\\u{:04x}", u);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
  return out;
}

void JsonWriter::comma() {
  if (need_comma_) out_.push_back(',');
  need_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  comma();
  out_.push_back('{');
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  out_.push_back('}');
  need_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  comma();
  out_.push_back('[');
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  out_.push_back(']');
  need_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::name(std::string_view name) {
  comma();
  out_ += json_quote(name);
  out_.push_back(':');
  need_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::value(std::string_view text) {
  comma();
  out_ += json_quote(text);
  return *this;
}
JsonWriter& JsonWriter::value(std::int64_t n) {
  comma();
  out_ += fmt::format("{}", n);
  return *this;
}
JsonWriter& JsonWriter::value(std::uint64_t n) {
  comma();
  out_ += fmt::format("{}", n);
  return *this;
}
JsonWriter& JsonWriter::value(bool b) {
  comma();
  out_ += b ? "true" : "false";
  return *this;
}
JsonWriter& JsonWriter::value(UtcMs t) {
  return value(format_rfc3339(t));
}
JsonWriter& JsonWriter::null() {
  comma();
  out_ += "null";
  return *this;
}
JsonWriter& JsonWriter::raw(std::string_view json) {
  comma();
  out_ += json;
  return *this;
}
JsonWriter& JsonWriter::decimal(double number) {
  comma();
  std::array<char, 40> buffer{};
  const std::to_chars_result end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out_.append(buffer.data(), end.ptr);
  return *this;
}

}  // namespace detente
