// SPDX-License-Identifier: Apache-2.0
#include "wire/sbs.h"

#include <fmt/core.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstdlib>

namespace detente::wire {
namespace {

constexpr std::size_t kFields = 22;
using Fields = std::array<std::string_view, kFields>;

// Positions in the line, from 0; an error names them from 1, as the format's descriptions do.
enum Field : std::size_t {
  kMessage = 0,
  kType = 1,
  kHex = 4,
  kDateMade = 6,
  kTimeMade = 7,
  kDateLogged = 8,
  kTimeLogged = 9,
  kCallsign = 10,
  kAltitude = 11,
  kSpeed = 12,
  kTrack = 13,
  kLat = 14,
  kLon = 15,
  kClimb = 16,
  kSquawk = 17,
  kAlert = 18,
  kEmergency = 19,
  kIdent = 20,
  kOnGround = 21,
};
constexpr std::array<const char*, kFields> kNames = {
    "message",      "type",      "session",     "aircraft id", "hex address",   "flight id",
    "date made",    "time made", "date logged", "time logged", "callsign",      "altitude",
    "ground speed", "track",     "latitude",    "longitude",   "vertical rate", "squawk",
    "alert",        "emergency", "ident",       "on ground"};

enum class Scan : std::uint8_t { ok, binary, field_count };

// Splits at the commas and looks for bytes that are not printable ASCII, eight bytes at a time.
Scan scan(std::string_view line, Fields& fields) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHigh = 0x80 * kOnes;
  constexpr std::uint64_t kLow = 0x7f * kOnes;
  std::size_t field = 0;
  std::size_t begin = 0;
  bool too_many = false;
  for (std::size_t at = 0; at < line.size(); at += 8) {
    std::uint64_t word = 0x2020202020202020U;  // beyond the end: blanks
    std::memcpy(&word, line.data() + at, std::min<std::size_t>(8, line.size() - at));
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    const std::uint64_t low = word & kLow;
    // The high bit of a byte's sum says: at least 0x20 (adding 0x60); exactly 0x7f (adding 1).
    const std::uint64_t bad = (word | ~(low + 0x60 * kOnes) | (low + kOnes)) & kHigh;
    if (bad != 0) return Scan::binary;
    const std::uint64_t other = word ^ (',' * kOnes);
    std::uint64_t commas = ~(((other & kLow) + kLow) | other | kLow);
    while (commas != 0) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(commas));
      commas &= commas - 1;
      const std::size_t comma = at + bit / 8;
      if (field + 1 < kFields) {
        fields[field++] = line.substr(begin, comma - begin);
        begin = comma + 1;
      } else {
        too_many = true;
      }
    }
  }
  fields[field++] = line.substr(begin);
  return too_many || field != kFields ? Scan::field_count : Scan::ok;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr std::size_t kWholeDigits = 10;  // with seven decimal places well below 2^63

// A decimal number times 10^places, rounded half away from zero. Refuses exponents, white space,
// a lone point, and more than ten whole or fifteen fraction digits.
bool decimal(std::string_view text, int places, std::int64_t& out) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  std::size_t i = 0;
  while (i < text.size() && i < kWholeDigits && is_digit(text[i])) {
    value = value * 10 + (text[i++] - '0');
  }
  if (i == 0) return false;
  int left = places;
  if (i < text.size()) {
    if (text[i++] != '.' || i == text.size() || text.size() - i > 15) return false;
    for (; i < text.size() && is_digit(text[i]) && left > 0; ++i, --left) {
      value = value * 10 + (text[i] - '0');
    }
    const bool round_up = i < text.size() && text[i] >= '5';
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i != text.size()) return false;
    if (round_up) ++value;
  }
  for (; left > 0; --left) value *= 10;
  out = negative ? -value : value;
  return true;
}

template <std::size_t Count>
bool fixed_digits(const char* text, int& out) {
  out = 0;
  for (std::size_t i = 0; i < Count; ++i) {
    if (!is_digit(text[i])) return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

// "2024/06/06", as days since 1970.
bool parse_date(std::string_view text, std::int64_t& days) {
  int year = 0, month = 0, day = 0;
  if (text.size() != 10 || text[4] != '/' || text[7] != '/' ||
      !fixed_digits<4>(text.data(), year) || !fixed_digits<2>(text.data() + 5, month) ||
      !fixed_digits<2>(text.data() + 8, day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1970) return false;
  days = std::chrono::sys_days{date}.time_since_epoch().count();
  return true;
}

// "08:58:39.147", as milliseconds of the day. The fraction may have one to six digits, or none.
bool parse_time(std::string_view text, std::int64_t& ms) {
  int hour = 0, minute = 0, second = 0;
  if (text.size() < 8 || text[2] != ':' || text[5] != ':' || !fixed_digits<2>(text.data(), hour) ||
      !fixed_digits<2>(text.data() + 3, minute) || !fixed_digits<2>(text.data() + 6, second) ||
      hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  int fraction = 0;
  if (text.size() > 8) {
    if (text[8] != '.' || text.size() == 9 || text.size() > 15) return false;
    int scale = 100;
    for (std::size_t i = 9; i < text.size(); ++i, scale /= 10) {
      if (!is_digit(text[i])) return false;
      fraction += (text[i] - '0') * scale;
    }
  }
  ms = ((hour * 60 + minute) * 60 + second) * 1000LL + fraction;
  return true;
}

// "4CA216"; "~" before it marks an address that is not ICAO's.
bool parse_address(std::string_view text, geo::TrackPoint& point) {
  if (!text.empty() && text[0] == '~') {
    point.address_is_icao = false;
    text.remove_prefix(1);
  }
  if (text.size() != 6) return false;
  std::uint32_t value = 0;
  for (const char c : text) {
    std::uint32_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
    } else {
      return false;
    }
    value = value << 4U | digit;
  }
  point.address = value;
  return true;
}

bool parse_callsign(std::string_view text, std::string& out) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.size() > 15) return false;
  out.assign(text);
  return true;
}

bool parse_flag(std::string_view text, bool& out) {
  out = text == "-1" || text == "1";
  return out || text.empty() || text == "0";
}

bool parse_squawk(std::string_view text) {
  if (text.size() > 4) return false;
  for (const char c : text) {
    if (c < '0' || c > '7') return false;
  }
  return true;
}

// A number of a unit, times a factor, into an optional member. Empty stays absent.
struct Quantity {
  int places;                  // decimal places that are kept
  std::int64_t low, high;      // limits, in the field's unit times 10^places
  std::int64_t times, divide;  // to our unit, rounded half away from zero
};
// 0.1 ft: 304.8 mm a foot, cut like geo::feet_to_mm so that both agree. Height -26,000..328,000 ft.
constexpr Quantity kKnots{2, 0, 10'000'00, 1'852'000, 360'000};         // 0.01 kt to mm/s
constexpr Quantity kDegrees{3, 0, 360'000, 1, 1};                       // 0.001 degree
constexpr Quantity kFeetAMinute{1, -100'000'0, 100'000'0, 508, 1'000};  // 0.1 ft/min to mm/s

bool parse_quantity(std::string_view text, const Quantity& quantity,
                    std::optional<std::int32_t>& out) {
  if (text.empty()) return true;
  std::int64_t value = 0;
  if (!decimal(text, quantity.places, value)) return false;
  if (value < quantity.low || value > quantity.high) return false;
  const std::int64_t scaled = value * quantity.times;
  const std::int64_t half = quantity.divide / 2;
  out = static_cast<std::int32_t>((scaled + (scaled < 0 ? -half : half)) / quantity.divide);
  return true;
}

bool parse_altitude(std::string_view text, std::optional<std::int64_t>& out) {
  if (text.empty()) return true;
  std::int64_t tenths = 0;
  if (!decimal(text, 1, tenths)) return false;
  const std::int64_t mm = tenths * geo::kFootMmTimes10 / 100;
  if (mm < limits::kAltitudeMmMin || mm > limits::kAltitudeMmMax) return false;
  out = mm;
  return true;
}

constexpr std::size_t kNone = kFields;

// The number of the first field that is wrong, or kNone.
std::size_t parse_when(const Fields& f, geo::TrackPoint& point) {
  // The time of making is the observation's; a feed that leaves it out has the time of logging.
  const bool made = !f[kDateMade].empty() || !f[kTimeMade].empty();
  const std::size_t date = made ? kDateMade : kDateLogged;
  const std::size_t time = made ? kTimeMade : kTimeLogged;
  std::int64_t days = 0, ms = 0;
  if (!parse_date(f[date], days)) return date;
  if (!parse_time(f[time], ms)) return time;
  point.time = UtcMs{days * 86'400'000 + ms};
  return kNone;
}

std::size_t parse_where(const Fields& f, geo::TrackPoint& point) {
  if (f[kLat].empty() && f[kLon].empty()) return kNone;
  std::int64_t lat = 0, lon = 0;
  if (!decimal(f[kLat], 7, lat) || std::llabs(lat) > 900'000'000) return kLat;
  if (!decimal(f[kLon], 7, lon) || std::llabs(lon) > 1'800'000'000) return kLon;
  point.position = geo::PointE7{static_cast<std::int32_t>(lat), static_cast<std::int32_t>(lon)};
  return kNone;
}

std::size_t parse_fields(const Fields& f, geo::TrackPoint& point) {
  if (f[kType].size() != 1 || f[kType][0] < '1' || f[kType][0] > '8') return kType;
  if (!parse_address(f[kHex], point)) return kHex;
  if (const std::size_t wrong = parse_when(f, point); wrong != kNone) return wrong;
  if (!parse_callsign(f[kCallsign], point.callsign)) return kCallsign;
  if (!parse_altitude(f[kAltitude], point.altitude_mm)) return kAltitude;
  if (!parse_quantity(f[kSpeed], kKnots, point.speed_mm_s)) return kSpeed;
  if (!parse_quantity(f[kTrack], kDegrees, point.track_mdeg)) return kTrack;
  if (point.track_mdeg == 360'000) point.track_mdeg = 0;
  if (const std::size_t wrong = parse_where(f, point); wrong != kNone) return wrong;
  if (!parse_quantity(f[kClimb], kFeetAMinute, point.climb_mm_s)) return kClimb;
  if (!parse_squawk(f[kSquawk])) return kSquawk;
  bool unused = false;
  if (!parse_flag(f[kAlert], unused)) return kAlert;
  if (!parse_flag(f[kEmergency], unused)) return kEmergency;
  if (!parse_flag(f[kIdent], unused)) return kIdent;
  if (!parse_flag(f[kOnGround], point.on_ground)) return kOnGround;
  return kNone;
}

bool carries_no_track(std::string_view line) {
  if (line.empty()) return true;
  const std::string_view word = line.substr(0, line.find(','));
  return word == "SEL" || word == "ID" || word == "AIR" || word == "STA" || word == "CLK";
}

Error malformed(std::size_t field, std::string_view text) {
  return Error{Errc::feed_malformed,
               fmt::format("field {} ({}) is \"{}\"", field + 1, kNames[field], text.substr(0, 40)),
               {}};
}

// `tenths` of a unit, with the fraction only where there is one.
std::string tenths_text(std::int64_t tenths) {
  if (tenths % 10 == 0) return fmt::format("{}", tenths / 10);
  return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

std::int64_t divide_rounded(std::int64_t value, std::int64_t by) {
  return (value + (value < 0 ? -by / 2 : by / 2)) / by;
}

std::string degrees_text(std::int32_t e7) {
  const std::int64_t size = std::llabs(e7);
  return fmt::format("{}{}.{:07}", e7 < 0 ? "-" : "", size / 10'000'000, size % 10'000'000);
}

// The whole feet that feet_to_mm() turns into `mm`, or the nearest.
std::int64_t feet_text(std::int64_t mm) {
  return divide_rounded(mm * 10, geo::kFootMmTimes10);
}

}  // namespace

Result<std::optional<geo::TrackPoint>> parse_sbs(std::string_view line) {
  if (line.size() > limits::kFeedLineBytes) {
    return fail(Errc::feed_line_too_long,
                fmt::format("{} bytes, at most {}", line.size(), limits::kFeedLineBytes));
  }
  Fields fields;
  const Scan scanned = scan(line, fields);
  if (scanned == Scan::binary) return fail(Errc::feed_binary);
  if (line.substr(0, 4) != "MSG,") {
    if (carries_no_track(line)) return std::optional<geo::TrackPoint>();
    return fail(Errc::feed_malformed, "the line begins with none of MSG, SEL, ID, AIR, STA, CLK");
  }
  if (scanned == Scan::field_count) {
    return fail(Errc::feed_malformed, "a MSG line has 22 fields");
  }
  Result<std::optional<geo::TrackPoint>> out{std::optional<geo::TrackPoint>(std::in_place)};
  const std::size_t wrong = parse_fields(fields, **out);
  if (wrong != kNone) return fail(malformed(wrong, fields[wrong]));
  return out;
}

std::string format_sbs(const geo::TrackPoint& point) {
  int type = 4;
  if (point.position) {
    type = point.on_ground ? 2 : 3;
  } else if (!point.speed_mm_s && !point.track_mdeg && !point.climb_mm_s && !point.altitude_mm) {
    type = 1;
  }
  const std::chrono::sys_days day{
      std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(
          std::chrono::milliseconds(point.time.value)))};
  const std::chrono::year_month_day date{day};
  const std::int64_t ms = point.time.value - day.time_since_epoch().count() * 86'400'000LL;
  const std::string when =
      fmt::format("{:04}/{:02}/{:02},{:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
  std::string out =
      fmt::format("MSG,{},1,1,{}{:06X},1,{},{},{}", type, point.address_is_icao ? "" : "~",
                  point.address, when, when, point.callsign);
  out += ',';
  if (point.altitude_mm) out += fmt::format("{}", feet_text(*point.altitude_mm));
  out += ',';
  if (point.speed_mm_s) out += tenths_text(divide_rounded(*point.speed_mm_s * 36'000LL, 1'852'000));
  out += ',';
  if (point.track_mdeg) out += tenths_text(divide_rounded(*point.track_mdeg, 100) % 3'600);
  out += ',';
  if (point.position) out += degrees_text(point.position->lat_e7);
  out += ',';
  if (point.position) out += degrees_text(point.position->lng_e7);
  out += ',';
  if (point.climb_mm_s) out += fmt::format("{}", divide_rounded(*point.climb_mm_s * 100LL, 508));
  return out + (point.on_ground ? ",,,,,-1\r\n" : ",,,,,0\r\n");
}

}  // namespace detente::wire
