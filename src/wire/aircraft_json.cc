// SPDX-License-Identifier: Apache-2.0
#include "wire/aircraft_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json.h"
#include "base/limits.h"

namespace detente::wire {
namespace {

constexpr std::size_t kLineBytes = 16'384;  // the longest real object of readsb is under 1,500
constexpr std::size_t kCallsignBytes = 15;

// The radius of containment in metres, by category: the largest that the category allows. DO-260B
// table 2-70 for NIC (without its supplements, so the larger radius), DO-260 table 2-11 for NUCp.
constexpr std::array<std::int32_t, 12> kNicRadius = {0,     37'040, 14'816, 7'408, 3'704, 1'852,
                                                     1'112, 371,    186,    75,    25,    8};
constexpr std::array<std::int32_t, 10> kNucpRadius = {0,   37'040, 18'520, 3'704, 1'852,
                                                      926, 371,    186,    25,    8};

// A number times `times`, rounded to a whole one; nothing where the member is absent or null.
struct Scale {
  double low, high;  // limits, in the member's own unit
  double times;
};
constexpr Scale kSecondsToMs{0, 253'402'300'799.0, 1'000};
constexpr Scale kAgeToMs{0, 1e9, 1'000};
constexpr Scale kTenthsOfFeet{-26'000, 328'000, 10};
constexpr Scale kKnotsToMmS{0, 10'000, 1'852'000.0 / 3'600};
constexpr Scale kDegreesToMdeg{0, 360, 1'000};
constexpr Scale kFeetAMinuteToMmS{-100'000, 100'000, 5.08};
constexpr Scale kWhole{0, 1e9, 1};

Result<std::optional<std::int64_t>> scaled(const JsonReader& in, const char* name,
                                           const Scale& scale) {
  using Out = std::optional<std::int64_t>;
  if (!in.has(name)) return Out();
  DETENTE_TRY(const JsonReader found, in.member(name));
  DETENTE_TRY(const double number, found.as_number());
  if (number < scale.low || number > scale.high) {
    return fail(Errc::feed_malformed, fmt::format("{} is {}", name, number), found.place());
  }
  return Out(std::llround(number * scale.times));
}

// The first of the names that is present.
Result<std::optional<std::int64_t>> first_scaled(const JsonReader& in,
                                                 std::initializer_list<const char*> names,
                                                 const Scale& scale) {
  for (const char* name : names) {
    if (in.has(name)) return scaled(in, name, scale);
  }
  return std::optional<std::int64_t>();
}

std::optional<std::int32_t> narrow(std::optional<std::int64_t> value) {
  if (!value) return std::nullopt;
  return static_cast<std::int32_t>(*value);
}

Status read_address(const JsonReader& in, geo::TrackPoint& point) {
  DETENTE_TRY(std::string hex, in.string("hex", 7));
  std::string_view digits = hex;
  if (digits[0] == '~') {
    point.address_is_icao = false;
    digits.remove_prefix(1);
  }
  const bool all_hex = std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
  if (digits.size() != 6 || !all_hex) {
    return fail(Errc::feed_malformed, fmt::format("hex is {}", json_quote(hex)), in.place());
  }
  point.address = static_cast<std::uint32_t>(std::stoul(std::string(digits), nullptr, 16));
  return {};
}

Status read_callsign(const JsonReader& in, geo::TrackPoint& point) {
  if (!in.has("flight")) return {};
  DETENTE_TRY(std::string flight, in.string("flight", 32, true));
  while (!flight.empty() && flight.back() == ' ') flight.pop_back();
  flight.erase(0, flight.find_first_not_of(' '));
  const bool printable =
      std::all_of(flight.begin(), flight.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable || flight.size() > kCallsignBytes) {
    return fail(Errc::feed_malformed, fmt::format("flight is {}", json_quote(flight)), in.place());
  }
  point.callsign = std::move(flight);
  return {};
}

// Cut to whole millimetres like geo::feet_to_mm, so that equal heights of two feeds are equal.
Result<std::optional<std::int64_t>> read_feet(const JsonReader& in, const char* name) {
  DETENTE_TRY(std::optional<std::int64_t> feet, scaled(in, name, kTenthsOfFeet));
  if (feet) feet = *feet * geo::kFootMmTimes10 / 100;
  return feet;
}

Status read_altitude(const JsonReader& in, geo::TrackPoint& point) {
  for (const char* name : {"alt_baro", "altitude"}) {
    if (!in.has(name)) continue;
    DETENTE_TRY(const JsonReader found, in.member(name));
    if (found.is_string()) {
      DETENTE_TRY(const std::string word, found.as_string(16, true));
      if (word != "ground") {
        return fail(Errc::feed_malformed, fmt::format("{} is {}", name, json_quote(word)),
                    found.place());
      }
      point.on_ground = true;
      return {};
    }
    DETENTE_TRY(point.altitude_mm, read_feet(in, name));
    return {};
  }
  DETENTE_TRY(point.altitude_mm, read_feet(in, "alt_geom"));
  if (point.altitude_mm) point.altitude_reference = geo::AltitudeReference::wgs84;
  return {};
}

Status read_motion(const JsonReader& in, geo::TrackPoint& point) {
  DETENTE_TRY(const auto speed, first_scaled(in, {"gs", "speed"}, kKnotsToMmS));
  DETENTE_TRY(auto track, scaled(in, "track", kDegreesToMdeg));
  DETENTE_TRY(const auto climb,
              first_scaled(in, {"baro_rate", "vert_rate", "geom_rate"}, kFeetAMinuteToMmS));
  if (track == 360'000) track = 0;
  point.speed_mm_s = narrow(speed);
  point.track_mdeg = narrow(track);
  point.climb_mm_s = narrow(climb);
  return {};
}

Status read_accuracy(const JsonReader& in, geo::TrackPoint& point) {
  DETENTE_TRY(const auto rc, scaled(in, "rc", kWhole));
  DETENTE_TRY(const auto nic, scaled(in, "nic", kWhole));
  DETENTE_TRY(const auto nucp, scaled(in, "nucp", kWhole));
  DETENTE_TRY(const auto nac_p, scaled(in, "nac_p", kWhole));
  point.nac_p = narrow(nac_p);
  std::int32_t radius = 0;
  if (rc && *rc > 0) {
    radius = static_cast<std::int32_t>(*rc);
  } else if (nic && *nic < static_cast<std::int64_t>(kNicRadius.size())) {
    radius = kNicRadius.at(static_cast<std::size_t>(*nic));
  } else if (nucp && *nucp < static_cast<std::int64_t>(kNucpRadius.size())) {
    radius = kNucpRadius.at(static_cast<std::size_t>(*nucp));
  }
  if (radius > 0) point.containment_m = radius;
  return {};
}

Status read_position(const JsonReader& in, UtcMs now, geo::TrackPoint& point) {
  if (in.has("lat") || in.has("lon")) {
    DETENTE_TRY(const double lat, in.number("lat"));
    DETENTE_TRY(const double lon, in.number("lon"));
    Result<geo::PointE7> position = geo::point_from_degrees(lat, lon);
    if (!position) return fail(std::move(position.error()).at(in.place()));
    point.position = *position;
  }
  DETENTE_TRY(const auto age, point.position ? first_scaled(in, {"seen_pos", "seen"}, kAgeToMs)
                                             : scaled(in, "seen", kAgeToMs));
  point.time = now - age.value_or(0);
  if (point.time.value < 0) {
    return fail(Errc::feed_malformed, "the position is older than 1970", in.place());
  }
  return {};
}

Result<geo::TrackPoint> read_aircraft(const JsonReader& in, UtcMs now) {
  geo::TrackPoint point;
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(read_address(in, point));
  DETENTE_CHECK(read_position(in, now, point));
  DETENTE_CHECK(read_callsign(in, point));
  DETENTE_CHECK(read_altitude(in, point));
  DETENTE_CHECK(read_motion(in, point));
  DETENTE_CHECK(read_accuracy(in, point));
  return point;
}

Result<UtcMs> read_now(const JsonReader& in) {
  DETENTE_TRY(const auto now, scaled(in, "now", kSecondsToMs));
  if (!now) return fail(Errc::json_member_missing, "\"now\"", in.place());
  return UtcMs{*now};
}

}  // namespace

Result<AircraftFile> parse_aircraft_json(std::string_view text) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(text, {.bytes_max = limits::kFeedJsonBytes, .integers_only = false}));
  const JsonReader root = document.root();
  DETENTE_CHECK(root.expect_object());
  AircraftFile file;
  DETENTE_TRY(file.now, read_now(root));
  DETENTE_TRY(const std::vector<JsonReader> aircraft, root.array("aircraft", limits::kTracksKept));
  file.points.reserve(aircraft.size());
  for (const JsonReader& one : aircraft) {
    Result<geo::TrackPoint> point = read_aircraft(one, file.now);
    if (point) {
      file.points.push_back(std::move(*point));
    } else {
      ++file.refused;
    }
  }
  return file;
}

Result<geo::TrackPoint> parse_aircraft_line(std::string_view text, std::optional<UtcMs> received) {
  if (text.size() > kLineBytes) {
    return fail(Errc::feed_line_too_long,
                fmt::format("{} bytes, at most {}", text.size(), kLineBytes));
  }
  DETENTE_TRY(const JsonDocument document,
              parse_json(text, {.bytes_max = kLineBytes, .integers_only = false}));
  const JsonReader root = document.root();
  DETENTE_CHECK(root.expect_object());
  UtcMs now;
  if (root.has("now") || !received) {
    DETENTE_TRY(now, read_now(root));
  } else {
    now = *received;
  }
  return read_aircraft(root, now);
}

bool RepeatFilter::is_new(const geo::TrackPoint& point) {
  const std::pair key{point.address_is_icao, point.address};
  const auto [found, fresh] = last_.try_emplace(key, Last{point.time, point.position});
  if (fresh) {
    // Forgetting all at once costs some repeats, and keeps the memory bounded.
    if (last_.size() > limits::kTracksKept) last_.clear();
    return true;
  }
  Last& last = found->second;
  const bool same_place = point.position == last.position;
  const std::int64_t later = point.time - last.time;
  if (later < 0 || (same_place && later <= slack_ms_)) return false;
  last = Last{point.time, point.position};
  return true;
}

}  // namespace detente::wire
