// SPDX-License-Identifier: Apache-2.0
#include "wire/f3548_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/limits.h"

namespace detente::wire::f3548::detail {
namespace {

namespace bj = boost::json;

constexpr std::size_t kWordBytes = 64;
constexpr std::size_t kOvnBytesMin = 16;
constexpr std::size_t kOvnBytesMax = 128;

// "2016-07-15T06:00:00" of fixed length; a fraction and the zone follow.
constexpr std::size_t kSecondsLength = 19;

std::optional<int> digits(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<std::int64_t> seconds_of(std::string_view text) {
  if (text.size() != kSecondsLength || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  const auto hour = digits(text.substr(11, 2));
  const auto minute = digits(text.substr(14, 2));
  const auto second = digits(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
}

// Milliseconds of ".123456" without its point, of any length.
std::optional<std::int64_t> fraction_ms(std::string_view text, Rounding rounding) {
  if (text.empty()) return std::nullopt;
  std::int64_t ms = 0;
  bool more = false;
  for (std::size_t i = 0; i < std::max<std::size_t>(text.size(), 3); ++i) {
    const char c = i < text.size() ? text[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    if (i < 3) ms = ms * 10 + (c - '0');
    if (i >= 3 && c != '0') more = true;
  }
  return ms + (more && rounding == Rounding::up ? 1 : 0);
}

// Millimetres. What a decimal fraction loses as a double is no reason to round: 64.1 m are 64,100.
std::int64_t whole(double value, Rounding rounding) {
  const double nearest = std::round(value);
  if (std::fabs(value - nearest) < 1e-4) return static_cast<std::int64_t>(nearest);
  return static_cast<std::int64_t>(rounding == Rounding::down ? std::floor(value)
                                                              : std::ceil(value));
}

Result<geo::PointE7> read_point(const Value& in) {
  DETENTE_TRY(const Value lat_value, in.need("lat"));
  DETENTE_TRY(const Value lng_value, in.need("lng"));
  DETENTE_TRY(const double lat, lat_value.number());
  DETENTE_TRY(const double lng, lng_value.number());
  Result<geo::PointE7> point = geo::point_from_degrees(lat, lng);
  if (!point) return fail(std::move(point.error()).at(in.place()));
  return point;
}

Result<geo::Area> read_polygon(const Value& in, const Limits& limits, Spent& spent) {
  DETENTE_TRY(const Value vertices, in.need("vertices"));
  const std::size_t left = limits.vertices - std::min(limits.vertices, spent.vertices);
  DETENTE_TRY(const std::size_t count, vertices.count(left));
  spent.vertices += count;
  geo::Polygon polygon;
  polygon.vertices.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    DETENTE_TRY(const geo::PointE7 point, read_point(vertices.item(i)));
    polygon.vertices.push_back(point);
  }
  Result<geo::Area> area = geo::Area::make(std::move(polygon));
  if (area) return area;
  // "polygon/3" is vertex 3 of this one.
  Error error = std::move(area.error());
  const std::size_t slash = error.place.find('/');
  error.place = vertices.place() + (slash == std::string::npos ? "" : error.place.substr(slash));
  return fail(std::move(error));
}

Result<geo::Area> read_circle(const Value& in) {
  DETENTE_TRY(const Value center_value, in.need("center"));
  DETENTE_TRY(const geo::PointE7 center, read_point(center_value));
  DETENTE_TRY(const Value radius, in.need("radius"));
  DETENTE_TRY(const Value units, radius.need("units"));
  DETENTE_CHECK(units.must_be("M"));
  DETENTE_TRY(const Value length, radius.need("value"));
  DETENTE_TRY(const double metres, length.number());
  if (!(metres > 0)) return length.malformed("a radius is more than 0");
  constexpr double kMost = static_cast<double>(limits::kCircleRadiusMm) / 1'000;
  if (metres > kMost) return length.beyond_limit(fmt::format("{} m, at most {}", metres, kMost));
  const std::int64_t radius_mm = std::max<std::int64_t>(1, whole(metres * 1'000, Rounding::up));
  Result<geo::Area> area = geo::Area::make(geo::Circle{center, radius_mm});
  if (!area) area.error().place = in.place();
  return area;
}

Result<geo::Area> read_outline(const Value& volume, const Limits& limits, Spent& spent) {
  DETENTE_TRY(const std::optional<Value> circle, volume.find("outline_circle"));
  DETENTE_TRY(const std::optional<Value> polygon, volume.find("outline_polygon"));
  if (circle.has_value() == polygon.has_value()) {
    return volume.malformed(circle ? "outline_circle and outline_polygon exclude each other"
                                   : "outline_circle or outline_polygon is missing");
  }
  return circle ? read_circle(*circle) : read_polygon(*polygon, limits, spent);
}

Result<std::optional<std::int64_t>> find_altitude(const Value& volume, std::string_view name,
                                                  Rounding rounding) {
  DETENTE_TRY(const std::optional<Value> found, volume.find(name));
  if (!found) return std::optional<std::int64_t>();
  DETENTE_TRY(const std::int64_t mm, read_altitude_mm(*found, rounding));
  return std::optional(mm);
}

Result<std::optional<UtcMs>> find_time(const Value& in, std::string_view name, Rounding rounding) {
  DETENTE_TRY(const std::optional<Value> found, in.find(name));
  if (!found) return std::optional<UtcMs>();
  DETENTE_TRY(const UtcMs time, read_time(*found, rounding));
  return std::optional(time);
}

// What stands between "https://" and the path.
bool is_authority(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool bracket = text.starts_with('[');
  if (colon != std::string_view::npos && (!bracket || text[colon - 1] == ']')) {
    const auto port = digits(text.substr(colon + 1, 6));
    if (colon + 1 == text.size() || text.size() - colon > 6 || !port || *port > 65'535) {
      return false;
    }
    text = text.substr(0, colon);
  }
  if (bracket) {
    text.remove_prefix(1);
    if (!text.ends_with(']')) return false;
    text.remove_suffix(1);
    return text.size() > 1 &&
           text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  }
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

}  // namespace

std::string Value::place() const {
  std::string own = index_ ? fmt::format("{}", *index_) : std::string(name_);
  if (above_ == nullptr) return own;
  const std::string outer = above_->place();
  return outer.empty() ? own : outer + "/" + own;
}

tl::unexpected<Error> Value::malformed(std::string why) const {
  return fail(Errc::f3548_malformed, std::move(why), place());
}
tl::unexpected<Error> Value::beyond_limit(std::string why) const {
  return fail(Errc::f3548_limit, std::move(why), place());
}

Result<std::optional<Value>> Value::find(std::string_view name) const {
  const bj::object* object = value_->if_object();
  if (object == nullptr) return malformed("an object is expected");
  const bj::value* found = object->if_contains(bj::string_view(name.data(), name.size()));
  if (found == nullptr || found->is_null()) return std::optional<Value>();
  return std::optional(Value(*found, *this, name));
}

Result<Value> Value::need(std::string_view name) const {
  DETENTE_TRY(const std::optional<Value> found, find(name));
  if (!found) return malformed(fmt::format("{} is missing", json_quote(name)));
  return *found;
}

Result<std::string_view> Value::text(std::size_t bytes_max) const {
  const bj::string* text = value_->if_string();
  if (text == nullptr) return malformed("a text is expected");
  if (text->size() > bytes_max) {
    return malformed(fmt::format("{} bytes, at most {}", text->size(), bytes_max));
  }
  return std::string_view(text->data(), text->size());
}

Result<double> Value::number() const {
  if (const double* number = value_->if_double()) return *number;
  if (const std::int64_t* number = value_->if_int64()) return static_cast<double>(*number);
  if (const std::uint64_t* number = value_->if_uint64()) return static_cast<double>(*number);
  return malformed("a number is expected");
}

Result<bool> Value::boolean() const {
  if (const bool* flag = value_->if_bool()) return *flag;
  return malformed("true or false is expected");
}

Result<std::int64_t> Value::integer(std::int64_t low, std::int64_t high) const {
  const std::int64_t* number = value_->if_int64();
  if (number == nullptr || *number < low || *number > high) {
    return malformed(fmt::format("a whole number from {} to {} is expected", low, high));
  }
  return *number;
}

Status Value::must_be(std::string_view word) const {
  DETENTE_TRY(const std::string_view found, text(kWordBytes));
  if (found == word) return {};
  return malformed(fmt::format("{} is not {}", json_quote(found), json_quote(word)));
}

Result<std::string> Value::object_text() const {
  if (!value_->is_object()) return malformed("an object is expected");
  return bj::serialize(*value_);
}

Result<std::size_t> Value::count(std::size_t count_max) const {
  const bj::array* items = value_->if_array();
  if (items == nullptr) return malformed("an array is expected");
  if (items->size() > count_max) {
    return beyond_limit(fmt::format("{} items, at most {}", items->size(), count_max));
  }
  return items->size();
}

Value Value::item(std::size_t index) const {
  return Value(value_->get_array()[index], *this, index);
}

Result<JsonDocument> parse_body(std::string_view text) {
  return parse_json(text, {.bytes_max = limits::kUtmBodyBytes, .integers_only = false});
}

Result<UtcMs> read_time(const Value& in, Rounding rounding) {
  DETENTE_TRY(const Value format, in.need("format"));
  DETENTE_CHECK(format.must_be("RFC3339"));
  DETENTE_TRY(const Value value, in.need("value"));
  DETENTE_TRY(const std::string_view text, value.text(kWordBytes));
  if (!text.ends_with('Z')) return value.malformed("an RFC 3339 time ends with \"Z\" here");
  const auto seconds = seconds_of(text.substr(0, kSecondsLength));
  std::optional<std::int64_t> ms = 0;
  if (text.size() > kSecondsLength + 1) {
    const std::string_view rest = text.substr(kSecondsLength, text.size() - kSecondsLength - 1);
    ms = rest.starts_with('.') ? fraction_ms(rest.substr(1), rounding) : std::nullopt;
  }
  if (!seconds || !ms || text.size() <= kSecondsLength) {
    return value.malformed(fmt::format("{} is not a time of RFC 3339", json_quote(text)));
  }
  return UtcMs{*seconds * 1'000 + *ms};
}

Result<std::int64_t> read_altitude_mm(const Value& in, Rounding rounding) {
  DETENTE_TRY(const Value reference, in.need("reference"));
  DETENTE_CHECK(reference.must_be("W84"));
  DETENTE_TRY(const Value units, in.need("units"));
  DETENTE_CHECK(units.must_be("M"));
  DETENTE_TRY(const Value value, in.need("value"));
  DETENTE_TRY(const double metres, value.number());
  const double mm = metres * 1'000;
  if (!(mm >= static_cast<double>(limits::kAltitudeMmMin) &&
        mm <= static_cast<double>(limits::kAltitudeMmMax))) {
    return value.malformed("an altitude is from -8000 to 100000 m");
  }
  return whole(mm, rounding);
}

Result<Volume4D> read_volume(const Value& in, const Limits& limits, Spent& spent) {
  DETENTE_TRY(const Value volume, in.need("volume"));
  DETENTE_TRY(geo::Area area, read_outline(volume, limits, spent));
  Volume4D out{std::move(area), {}, {}, {}, {}};
  DETENTE_TRY(out.lower_mm, find_altitude(volume, "altitude_lower", Rounding::down));
  DETENTE_TRY(out.upper_mm, find_altitude(volume, "altitude_upper", Rounding::up));
  if (out.lower_mm && out.upper_mm && *out.lower_mm > *out.upper_mm) {
    return volume.malformed("altitude_lower is above altitude_upper");
  }
  DETENTE_TRY(out.start, find_time(in, "time_start", Rounding::down));
  DETENTE_TRY(out.end, find_time(in, "time_end", Rounding::up));
  // Searches ask about one instant too.
  if (out.start && out.end && *out.start > *out.end) {
    return in.malformed("time_start is after time_end");
  }
  return out;
}

Result<std::vector<Volume4D>> read_volumes(const Value& in, std::size_t count_min,
                                           const Limits& limits, Spent& spent) {
  DETENTE_TRY(const std::size_t count, in.count(limits.extents));
  if (count < count_min) return in.malformed("at least one is needed");
  std::vector<Volume4D> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    DETENTE_TRY(Volume4D volume, read_volume(in.item(i), limits, spent));
    out.push_back(std::move(volume));
  }
  return out;
}

Result<std::string> read_id(const Value& in) {
  DETENTE_TRY(const std::string_view text, in.text(kWordBytes));
  Result<std::string> id = read_entity_id(text);
  if (!id) id.error().place = in.place();
  return id;
}

Result<std::string> read_ovn(const Value& in) {
  DETENTE_TRY(const std::string_view text, in.text(kOvnBytesMax));
  if (text.size() < kOvnBytesMin) {
    return in.malformed(fmt::format("an OVN has {} to {} characters", kOvnBytesMin, kOvnBytesMax));
  }
  return std::string(text);
}

Result<std::string> read_base_url(const Value& in) {
  constexpr std::string_view kScheme = "https://";
  DETENTE_TRY(const std::string_view text, in.text(limits::kUssUrlBytes));
  if (!text.starts_with(kScheme)) return in.malformed("a base URL begins with \"https://\"");
  const std::string_view rest = text.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view path = rest.substr(slash);
  const bool path_ok = std::all_of(path.begin(), path.end(), [](char c) {
    return c > ' ' && c < 0x7F &&
           std::string_view("?#\"<>\\^`{|}").find(c) == std::string_view::npos;
  });
  if (!is_authority(rest.substr(0, slash)) || !path_ok) {
    return in.malformed("a base URL is a host, perhaps a port, and perhaps a path");
  }
  return std::string(text);
}

Result<IntentState> read_state(const Value& in) {
  DETENTE_TRY(const std::string_view text, in.text(kWordBytes));
  for (const IntentState state : {IntentState::accepted, IntentState::activated,
                                  IntentState::nonconforming, IntentState::contingent}) {
    if (text == intent_state_name(state)) return state;
  }
  return in.malformed(fmt::format("{} is not a state", json_quote(text)));
}

Result<Availability> read_availability(const Value& in) {
  DETENTE_TRY(const std::string_view text, in.text(kWordBytes));
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  for (const Availability availability :
       {Availability::unknown, Availability::normal, Availability::down}) {
    const std::string_view name = availability_name(availability);
    if (std::equal(text.begin(), text.end(), name.begin(), name.end(), same)) return availability;
  }
  return in.malformed(fmt::format("{} is not an availability", json_quote(text)));
}

Result<bool> read_flag(const Value& in, std::string_view name) {
  DETENTE_TRY(const std::optional<Value> found, in.find(name));
  if (!found) return false;
  return found->boolean();
}

}  // namespace detente::wire::f3548::detail
