// SPDX-License-Identifier: Apache-2.0
//
// UTM and MGRS.
#include <fmt/core.h>

#include <GeographicLib/MGRS.hpp>
#include <GeographicLib/UTMUPS.hpp>
#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <vector>

#include "geo/coordinates.h"

namespace detente::geo {
namespace {

constexpr std::string_view kBands = "CDEFGHJKLMNPQRSTUVWX";  // 8 degrees each, from 80 S
constexpr double kHalfDiagonal = 0.70710678118654752;

Error malformed(std::string detail) {
  return {Errc::coordinates_malformed, std::move(detail), {}};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'A' && c <= 'Z';
}

// "37SBA1234567890": zone, band, square, an even number of digits.
bool is_mgrs(std::string_view text) {
  const std::size_t digits = text.size() > 1 && is_digit(text[1]) ? 2 : 1;
  if (text.size() < digits + 3 || !is_digit(text.front())) return false;
  for (std::size_t i = digits; i < digits + 3; ++i) {
    if (!is_letter(text[i])) return false;
  }
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(digits) + 3, text.end(), is_digit);
}

Result<ReadCoordinate> read_mgrs(const std::string& text) {
  const std::size_t figures = text.size() - (is_digit(text[1]) ? 5 : 4);
  if (figures % 2 != 0 || figures > 10 || figures < 2) {
    return fail(malformed("MGRS has 2 to 10 figures after the square, an even number"));
  }
  try {
    int zone = 0;
    bool north = false;
    double x = 0;
    double y = 0;
    int precision = 0;
    GeographicLib::MGRS::Reverse(text, zone, north, x, y, precision, true);
    double lat = 0;
    double lng = 0;
    GeographicLib::UTMUPS::Reverse(zone, north, x, y, lat, lng);
    ReadCoordinate out;
    DETENTE_TRY(out.point, point_from_degrees(lat, lng));
    out.notation = Notation::mgrs;
    out.letters_said = true;
    out.uncertainty_m = std::pow(10.0, 5 - static_cast<double>(figures) / 2) * kHalfDiagonal;
    return out;
  } catch (const GeographicLib::GeographicErr&) {
    return fail(malformed("there is no such square in this zone and band of MGRS"));
  }
}

struct Utm {
  int zone = 0;
  char letter = 0;
  double easting = 0;
  double northing = 0;
  int digits = 0;  // after the point, the fewer of both
};

// "37 S 332000 4008000", "37S 332000E 4008000N", "37N 332000.5 4008000.5".
std::optional<Utm> utm_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    while (!word.empty() && (word.back() == ',' || word.back() == ';')) word.pop_back();
    if (word.empty()) continue;
    if (words.size() == 1 && word.size() == 1 && is_letter(word[0])) {
      words.front() += word;
    } else if (words.size() >= 2 && (word == "E" || word == "N" || word == "M")) {
      continue;
    } else {
      words.push_back(word);
    }
    if (words.size() > 3) return std::nullopt;
  }
  if (words.size() != 3) return std::nullopt;
  const std::string& first = words[0];
  const bool zone = first.size() >= 2 && first.size() <= 3 && is_letter(first.back()) &&
                    std::all_of(first.begin(), first.end() - 1, is_digit);
  if (!zone) return std::nullopt;
  Utm out;
  out.zone = std::stoi(first);
  out.letter = first.back();
  out.digits = 9;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string& word = words[i];
    if (word.back() == 'M') word.pop_back();
    if (!word.empty() && word.back() == (i == 1 ? 'E' : 'N')) word.pop_back();
    const std::size_t point = std::min(word.find('.'), word.size());
    const bool number =
        point >= 5 && point <= 8 && word.size() - point <= 4 &&
        std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
        std::count(word.begin(), word.end(), '.') <= 1;
    if (!number) return std::nullopt;
    (i == 1 ? out.easting : out.northing) = std::stod(word);
    const std::size_t digits = word.size() - point > 0 ? word.size() - point - 1 : 0;
    out.digits = std::min(out.digits, static_cast<int>(digits));
  }
  return out;
}

Result<double> latitude(const Utm& utm, bool north, double* lng) {
  try {
    double lat = 0;
    GeographicLib::UTMUPS::Reverse(utm.zone, north, utm.easting, utm.northing, lat, *lng);
    return lat;
  } catch (const GeographicLib::GeographicErr&) {
    return fail(malformed("easting or northing lies outside this UTM zone"));
  }
}

// The letter is a hemisphere (N, S) or a band; S is both, and is refused where both can be meant.
Result<ReadCoordinate> read_utm(const Utm& utm) {
  const std::size_t band = kBands.find(utm.letter);
  if (utm.zone < 1 || utm.zone > 60 || band == std::string_view::npos) {
    return fail(malformed("a UTM zone is 1 to 60 with the letter of a band"));
  }
  double lng = 0;
  bool north = utm.letter >= 'N';
  if (utm.letter == 'S') {
    const Result<double> as_band = latitude(utm, true, &lng);
    north = as_band && *as_band >= 32 && *as_band < 40;
    if (north && latitude(utm, false, &lng)) {
      return fail(
          malformed("S may be the band of 32 to 40 north or the southern hemisphere: north, write "
                    "N; or MGRS"));
    }
  }
  DETENTE_TRY(const double lat, latitude(utm, north, &lng));
  const double floor = -80 + 8 * static_cast<double>(band);
  const bool hemisphere = utm.letter == 'N' || utm.letter == 'S';
  if (!hemisphere && (lat < floor - 0.01 || lat > floor + (utm.letter == 'X' ? 12.01 : 8.01))) {
    return fail(malformed("the northing lies in another band than the letter says"));
  }
  ReadCoordinate out;
  DETENTE_TRY(out.point, point_from_degrees(lat, lng));
  out.notation = Notation::utm;
  out.letters_said = true;
  out.uncertainty_m = std::pow(10.0, -utm.digits) * kHalfDiagonal;
  return out;
}

}  // namespace

Result<ReadCoordinate> read_grid(std::string_view plain, bool* is_grid) {
  std::string close;
  for (const char c : plain) {
    if (c != ' ' && c != ',') close += c;
  }
  *is_grid = true;
  if (is_mgrs(close)) return read_mgrs(close);
  if (const std::optional<Utm> utm = utm_of(plain)) return read_utm(*utm);
  *is_grid = false;
  return fail(malformed("no grid"));
}

Result<std::string> write_mgrs(PointE7 point) {
  try {
    int zone = 0;
    bool north = false;
    double x = 0;
    double y = 0;
    GeographicLib::UTMUPS::Forward(lat_degrees(point), lng_degrees(point), zone, north, x, y);
    if (zone == 0) return fail(Errc::geo_out_of_range, "MGRS is written between 80 S and 84 N");
    std::string text;
    GeographicLib::MGRS::Forward(zone, north, x, y, lat_degrees(point), 5, text);
    const std::size_t tail = text.size() - 10;
    return text.substr(0, tail - 2) + " " + text.substr(tail - 2, 2) + " " + text.substr(tail, 5) +
           " " + text.substr(tail + 5);
  } catch (const GeographicLib::GeographicErr&) {
    return fail(Errc::geo_out_of_range, "there is no MGRS for this point");
  }
}

}  // namespace detente::geo
