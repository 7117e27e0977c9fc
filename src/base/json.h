// SPDX-License-Identifier: Apache-2.0
//
// The strict front door for JSON, a reader that knows the place of every member, and a writer
// with one form only.
//
// Promised:      parse_json refuses duplicate keys (also written with escapes), numbers that are
//                not finite, nesting beyond limits::kJsonDepth, invalid UTF-8, text after the end.
//                In signed formats it also refuses every number that is not a whole 64-bit number.
// Not promised:  that writing a parsed tree gives the same bytes. Never re-serialise to verify.
//
//   DETENTE_TRY(const JsonDocument doc, parse_json(text, {.bytes_max = limits::kApiBodyBytes}));
//   JsonReader in = doc.root();
//   DETENTE_TRY(const std::string name, in.string("name", limits::kNameBytes));
//   DETENTE_CHECK(in.only({"name"}));
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace detente {

class JsonReader;

struct JsonOptions {
  std::size_t bytes_max = 0;  // must be given; 0 refuses everything
  bool integers_only = true;  // signed formats: true. Foreign feeds: false.
  std::size_t depth_max = 16;
};

// Owns the parsed tree; readers borrow it.
class JsonDocument {
 public:
  JsonReader root() const;
  const boost::json::value& value() const { return *value_; }

 private:
  friend Result<JsonDocument> parse_json(std::string_view, const JsonOptions&);
  std::shared_ptr<const boost::json::value> value_;
};

// json_malformed, json_too_large, json_too_deep, json_duplicate_key, json_number.
Result<JsonDocument> parse_json(std::string_view text, const JsonOptions& options);

// A view of one value. Errors carry the member's path as the place:
// json_member_missing, json_member_type, json_member_range, json_member_unknown.
class JsonReader {
 public:
  JsonReader(const boost::json::value& value, std::string place)
      : value_(&value), place_(std::move(place)) {}

  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  bool has(std::string_view name) const;  // false also when this is not an object
  const std::string& place() const { return place_; }
  std::string place_of(std::string_view name) const;

  // Members of an object. A string has at least one byte unless `empty_ok`.
  Result<JsonReader> member(std::string_view name) const;
  Result<std::string> string(std::string_view name, std::size_t bytes_max,
                             bool empty_ok = false) const;
  Result<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high) const;
  Result<double> number(std::string_view name) const;  // any finite number
  Result<bool> boolean(std::string_view name) const;
  Result<UtcMs> time(std::string_view name) const;  // RFC 3339 text
  Result<JsonReader> object(std::string_view name) const;
  Result<std::vector<JsonReader>> array(std::string_view name, std::size_t count_max) const;
  Result<std::vector<std::string>> strings(std::string_view name, std::size_t count_max,
                                           std::size_t bytes_max) const;
  // Names of the members, in document order.
  std::vector<std::string> names() const;
  // Every member's name must be in `known`.
  Status only(std::initializer_list<std::string_view> known) const;

  // This value itself.
  Result<std::string> as_string(std::size_t bytes_max, bool empty_ok = false) const;
  Result<std::int64_t> as_integer(std::int64_t low, std::int64_t high) const;
  Result<double> as_number() const;
  Result<std::vector<JsonReader>> as_array(std::size_t count_max) const;
  Status expect_object() const;

  const boost::json::value& value() const { return *value_; }

 private:
  const boost::json::value* value_;
  std::string place_;
};

// Appends JSON text: no white space, members in the order of the calls, whole numbers only.
// Misuse (a member outside an object) is the caller's bug and is not detected.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& name(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t n);
  JsonWriter& value(std::uint64_t n);
  JsonWriter& value(int n) { return value(static_cast<std::int64_t>(n)); }
  JsonWriter& value(bool b);
  JsonWriter& value(UtcMs t);  // RFC 3339
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // must be one JSON value
  // For unsigned output only (the API, GeoJSON): shortest round-trip text of a finite double.
  JsonWriter& decimal(double number);
  template <class T>
  JsonWriter& member(std::string_view key, const T& v) {
    return name(key).value(v);
  }
  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void comma();
  std::string out_;
  bool need_comma_ = false;
};

// `text` as a JSON string literal with its quotes.
std::string json_quote(std::string_view text);

}  // namespace detente
