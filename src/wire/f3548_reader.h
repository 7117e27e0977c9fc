// SPDX-License-Identifier: Apache-2.0
//
// Internal to the bodies of the UTM interface: one value of a body and where it stands. The place
// is put together only when something is wrong, because most bodies are right.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "wire/f3548.h"

namespace detente::wire::f3548::detail {

// Borrows the value, the names, and the value above it.
class Value {
 public:
  Value(const boost::json::value& value, std::string_view name) : value_(&value), name_(name) {}
  Value(const boost::json::value& value, const Value& above, std::string_view name)
      : value_(&value), above_(&above), name_(name) {}
  Value(const boost::json::value& value, const Value& above, std::size_t index)
      : value_(&value), above_(&above), index_(index) {}

  std::string place() const;
  tl::unexpected<Error> malformed(std::string why) const;
  tl::unexpected<Error> beyond_limit(std::string why) const;

  // Null and what is not there are the same. The value must be an object.
  Result<std::optional<Value>> find(std::string_view name) const;
  Result<Value> need(std::string_view name) const;

  Result<std::string_view> text(std::size_t bytes_max) const;
  Result<double> number() const;
  Result<bool> boolean() const;
  Result<std::int64_t> integer(std::int64_t low, std::int64_t high) const;
  // The one value that an enumeration of one allows.
  Status must_be(std::string_view word) const;
  // An object, as JSON text.
  Result<std::string> object_text() const;
  // Items are made with item(); beyond `count_max` f3548_limit.
  Result<std::size_t> count(std::size_t count_max) const;
  Value item(std::size_t index) const;

 private:
  const boost::json::value* value_;
  const Value* above_ = nullptr;
  std::string_view name_;
  std::optional<std::size_t> index_;
};

// limits::kUtmBodyBytes; fractions are allowed.
Result<JsonDocument> parse_body(std::string_view text);

enum class Rounding : std::uint8_t { down, up };

// How much of a body's budget the volumes before used up.
struct Spent {
  std::size_t vertices = 0;
};

Result<UtcMs> read_time(const Value& in, Rounding rounding);
Result<std::int64_t> read_altitude_mm(const Value& in, Rounding rounding);
Result<Volume4D> read_volume(const Value& in, const Limits& limits, Spent& spent);
Result<std::string> read_id(const Value& in);
Result<std::string> read_ovn(const Value& in);
Result<std::string> read_base_url(const Value& in);
Result<IntentState> read_state(const Value& in);
Result<Availability> read_availability(const Value& in);
// False where it is absent.
Result<bool> read_flag(const Value& in, std::string_view name);
// The volumes of a list with at least `count_min`.
Result<std::vector<Volume4D>> read_volumes(const Value& in, std::size_t count_min,
                                           const Limits& limits, Spent& spent);

}  // namespace detente::wire::f3548::detail
