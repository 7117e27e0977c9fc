// SPDX-License-Identifier: Apache-2.0
//
// A text becomes plain characters of one alphabet, then numbers with marks, then two groups.
#include "geo/coordinates.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"

namespace detente::geo {
namespace {

constexpr double kDegreeM = 111'320;
constexpr std::size_t kPairs = 2;

Error malformed(std::string detail) {
  return {Errc::coordinates_malformed, std::move(detail), {}};
}

// ---- plain characters ----

// What is written for what. Hemispheres become N, S, E, W between spaces, marks become the signs of
// ASCII. Longer texts first.
struct Spelling {
  std::string_view from;
  std::string_view to;
};
constexpr auto kSpellings = std::to_array<Spelling>({
    {"широта", " "},  {"долгота", " "}, {"خط العرض", " "}, {"خط الطول", " "}, {"с.ш.", " N "},
    {"ю.ш.", " S "},  {"в.д.", " E "},  {"з.д.", " W "},   {"с. ш.", " N "},  {"ю. ш.", " S "},
    {"в. д.", " E "}, {"з. д.", " W "}, {"شمالاً", " N "},  {"شمالا", " N "},  {"شمال", " N "},
    {"جنوباً", " S "}, {"جنوبا", " S "}, {"جنوب", " S "},   {"شرقاً", " E "},   {"شرقا", " E "},
    {"شرق", " E "},   {"غرباً", " W "},  {"غربا", " W "},   {"غرب", " W "},    {"ش", " N "},
    {"ج", " S "},     {"ق", " E "},     {"غ", " W "},      {"С", " N "},      {"с", " N "},
    {"Ю", " S "},     {"ю", " S "},     {"В", " E "},      {"в", " E "},      {"З", " W "},
    {"з", " W "},     {"٫", "."},       {"،", ","},        {"°", "d"},        {"º", "d"},
    {"˚", "d"},       {"′′", "\""},     {"''", "\""},      {"’’", "\""},      {"′", "'"},
    {"’", "'"},       {"ʹ", "'"},       {"″", "\""},       {"”", "\""},       {"“", "\""},
    {"ʺ", "\""},      {"−", "-"},       {"–", "-"},        {"\u00A0", " "},   {"\u202F", " "},
    {"\u2009", " "},  {"\u200E", ""},   {"\u200F", ""},    {"\u202A", ""},    {"\u202B", ""},
    {"\u202C", ""},   {"\u2066", ""},   {"\u2067", ""},    {"\u2068", ""},    {"\u2069", ""},
    {"\t", " "},      {"\n", " "},      {"\r", " "},
});
constexpr auto kWords = std::to_array<Spelling>({
    {"NORTH", " N "},
    {"SOUTH", " S "},
    {"EAST", " E "},
    {"WEST", " W "},
    {"LATITUDE", ""},
    {"LONGITUDE", ""},
    {"LAT", ""},
    {"LONG", ""},
    {"LNG", ""},
    {"LON", ""},
    {"DEG", "d"},
    {"MIN", "'"},
    {"SEC", "\""},
});

// Arabic-Indic digits, both rows of Unicode.
std::optional<char> arabic_digit(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.size() < 2) return std::nullopt;
  if (at(0) == 0xD9 && at(1) >= 0xA0 && at(1) <= 0xA9) return static_cast<char>('0' + at(1) - 0xA0);
  if (at(0) == 0xDB && at(1) >= 0xB0 && at(1) <= 0xB9) return static_cast<char>('0' + at(1) - 0xB0);
  return std::nullopt;
}

Result<std::string> plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (const auto digit = arabic_digit(text)) {
      out += *digit;
      text.remove_prefix(2);
      continue;
    }
    const auto* const found =
        std::find_if(kSpellings.begin(), kSpellings.end(),
                     [&](const Spelling& spelling) { return text.starts_with(spelling.from); });
    if (found != kSpellings.end()) {
      out += found->to;
      text.remove_prefix(found->from.size());
      continue;
    }
    const char c = text.front();
    if (c < 0x20 || c > 0x7E) return fail(malformed("a sign that is no part of a coordinate"));
    // Lower-case d is the mark of degrees from here on.
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
    text.remove_prefix(1);
  }
  for (const Spelling& word : kWords) {
    for (std::size_t at = 0; (at = out.find(word.from)) != std::string::npos;) {
      out.replace(at, word.from.size(), word.to);
    }
  }
  return out;
}

// ---- datum ----

struct Datum {
  std::string_view name;
  std::string_view off;
};
constexpr auto kOthers = std::to_array<Datum>({
    {"ED50", "up to 200 m"},
    {"ED-50", "up to 200 m"},
    {"NAD27", "up to 200 m"},
    {"NAD83", "up to 2 m"},
    {"SK-42", "up to 150 m"},
    {"SK42", "up to 150 m"},
    {"SK-95", "up to 150 m"},
    {"PULKOVO", "up to 150 m"},
    {"GCJ", "up to 700 m"},
    {"PZ-90", "up to 2 m"},
    {"PZ90", "up to 2 m"},
    {"ETRS", "up to 1 m"},
    {"WGS72", "up to 20 m"},
    {"WGS-72", "up to 20 m"},
    {"WGS 72", "up to 20 m"},
    {"TOKYO", "up to 800 m"},
    {"CLARKE", "hundreds of metres"},
    {"OSGB", "up to 120 m"},
});

// Takes the name of WGS84 out of the text. The letters of Cyrillic names are compared before they
// become hemispheres.
Result<bool> take_datum(std::string& raw) {
  for (const auto& [name, latin] : {std::pair<std::string_view, std::string_view>{"СК-42", "SK-42"},
                                    {"СК-95", "SK-95"},
                                    {"ПЗ-90", "PZ-90"},
                                    {"Пулково", "PULKOVO"}}) {
    const std::size_t at = raw.find(name);
    if (at != std::string::npos) raw.replace(at, name.size(), latin);
  }
  std::string upper = raw;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c; });
  for (const Datum& datum : kOthers) {
    if (upper.find(datum.name) == std::string::npos) continue;
    return fail(
        Errc::coordinates_datum,
        fmt::format("{} lies {} from WGS84: convert it to WGS84 first", datum.name, datum.off));
  }
  bool said = false;
  for (const std::string_view name : {"(WGS84)", "WGS84", "WGS 84", "WGS-84"}) {
    const std::size_t at = upper.find(name);
    if (at == std::string::npos) continue;
    raw.replace(at, name.size(), " ");
    upper.replace(at, name.size(), " ");
    said = true;
  }
  return said;
}

// ---- numbers and groups ----

struct Number {
  double value = 0;
  int digits = 0;  // after the point
  bool negative = false;
  char mark = 0;  // d ' " or none
};
struct Token {
  enum class Kind : std::uint8_t { number, hemisphere, comma } kind = Kind::number;
  Number number;
  char letter = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Which commas are decimal points: two, each between digits, where no point is written.
Result<std::string> with_points(std::string text) {
  std::vector<std::size_t> between;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == ',' && is_digit(text[i - 1]) && is_digit(text[i + 1])) between.push_back(i);
  }
  if (text.find('.') != std::string::npos || between.size() < 2) return text;
  if (between.size() > 2) return fail(malformed("unclear which commas part the two numbers"));
  for (const std::size_t at : between) text[at] = '.';
  return text;
}

Result<Number> take_number(std::string_view& text) {
  Number out;
  if (text.front() == '-' || text.front() == '+') {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  bool point = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point))) {
    point = point || text.front() == '.';
    if (point && text.front() != '.') ++out.digits;
    digits += text.front();
    text.remove_prefix(1);
  }
  const bool usual = !digits.empty() && is_digit(digits.front()) && digits.size() <= 20;
  if (!usual) return fail(malformed("a number is missing or too long"));
  out.value = std::stod(digits);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (!text.empty() && (text.front() == 'd' || text.front() == '\'' || text.front() == '"')) {
    out.mark = text.front();
    text.remove_prefix(1);
  }
  return out;
}

Result<std::vector<Token>> tokens_of(std::string_view text) {
  std::vector<Token> out;
  bool joined = false;  // a hyphen or colon here parts the numbers of one angle
  while (!text.empty()) {
    const char c = text.front();
    const bool part = joined && (c == '-' || c == ':');
    if (c == ' ' || c == ':' || c == '=' || part) {
      joined = joined && c != '=' && c != ' ';
      text.remove_prefix(1);
    } else if (c == ',' || c == ';' || c == '/') {
      out.push_back({Token::Kind::comma, {}, c});
      joined = false;
      text.remove_prefix(1);
    } else if (c == 'N' || c == 'S' || c == 'E' || c == 'W') {
      out.push_back({Token::Kind::hemisphere, {}, c});
      joined = false;
      text.remove_prefix(1);
    } else if (is_digit(c) || c == '-' || c == '+') {
      DETENTE_TRY(const Number number, take_number(text));
      out.push_back({Token::Kind::number, number, 0});
      joined = true;
    } else {
      return fail(malformed(fmt::format("\"{}\" is no part of a coordinate", c)));
    }
  }
  return out;
}

struct Group {
  std::vector<Number> numbers;
  char letter = 0;
};

// With letters: each stands before its numbers or after them, in both groups alike.
Result<std::array<Group, kPairs>> by_letters(const std::vector<Token>& tokens) {
  std::array<Group, kPairs> out;
  const bool before = tokens.front().kind == Token::Kind::hemisphere;
  std::size_t at = 0;
  std::size_t letters = 0;
  for (const Token& token : tokens) {
    if (token.kind == Token::Kind::comma) continue;
    if (token.kind == Token::Kind::hemisphere) {
      if (++letters > kPairs) return fail(malformed("more than two letters of a direction"));
      if (before) at = letters - 1;
      out.at(at).letter = token.letter;
      if (!before) ++at;
    } else if (at < kPairs) {
      out.at(at).numbers.push_back(token.number);
    } else {
      return fail(malformed("numbers follow the last direction"));
    }
  }
  if (letters == kPairs) return out;
  return fail(malformed("one direction has a letter and the other has none"));
}

Result<std::array<Group, kPairs>> by_order(const std::vector<Token>& tokens) {
  std::array<Group, kPairs> out;
  std::vector<Number> numbers;
  std::optional<std::size_t> cut;
  for (const Token& token : tokens) {
    if (token.kind == Token::Kind::number) {
      const bool second_degree = token.number.mark == 'd' && !numbers.empty();
      if (second_degree && !cut) cut = numbers.size();
      numbers.push_back(token.number);
    } else if (cut && *cut != numbers.size()) {
      return fail(malformed("more than two coordinates"));
    } else {
      cut = numbers.size();
    }
  }
  if (!cut) cut = numbers.size() / 2;
  const bool pair = numbers.size() % 2 == 0 || *cut * 2 != numbers.size();
  if (numbers.size() < 2 || !pair) return fail(malformed("it is not two coordinates"));
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(*cut);
  out[0].numbers.assign(numbers.begin(), middle);
  out[1].numbers.assign(middle, numbers.end());
  return out;
}

struct Angle {
  double degrees = 0;
  double step = 0;  // degrees of one unit of the last digit
  std::size_t parts = 1;
};

Result<Angle> angle_of(const Group& group) {
  static constexpr std::array<char, 3> kMarks = {'d', '\'', '"'};
  if (group.numbers.empty() || group.numbers.size() > kMarks.size()) {
    return fail(malformed("an angle has one to three numbers"));
  }
  Angle out;
  out.parts = group.numbers.size();
  double unit = 1;
  for (std::size_t i = 0; i < group.numbers.size(); ++i) {
    const Number& number = group.numbers[i];
    const bool last = i + 1 == group.numbers.size();
    if (number.mark != 0 && number.mark != kMarks.at(i)) {
      return fail(malformed("the marks of degrees, minutes and seconds are in another order"));
    }
    if (!last && number.digits > 0) {
      return fail(malformed("only the last number of an angle has a fraction"));
    }
    if (i > 0 && (number.value >= 60 || number.negative)) {
      return fail(malformed("minutes and seconds are from 0 to less than 60"));
    }
    out.degrees += number.value * unit;
    if (last) out.step = unit * std::pow(10.0, -number.digits);
    unit /= 60;
  }
  const bool minus = group.numbers.front().negative;
  if (minus && group.letter != 0) return fail(malformed("a sign and a letter: write one of them"));
  if (minus || group.letter == 'S' || group.letter == 'W') out.degrees = -out.degrees;
  return out;
}

Result<ReadCoordinate> joined(const Group& first, const Group& second) {
  const auto is_lat = [](char letter) { return letter == 'N' || letter == 'S'; };
  const bool letters = first.letter != 0;
  if (letters && is_lat(first.letter) == is_lat(second.letter)) {
    return fail(malformed("both numbers have a letter of the same axis"));
  }
  const bool turned = letters && !is_lat(first.letter);
  DETENTE_TRY(const Angle lat, angle_of(turned ? second : first));
  DETENTE_TRY(const Angle lng, angle_of(turned ? first : second));
  ReadCoordinate out;
  DETENTE_TRY(out.point, point_from_degrees(lat.degrees, lng.degrees));
  out.letters_said = letters;
  out.notation = static_cast<Notation>(std::max(lat.parts, lng.parts) - 1);
  const double across = std::cos(lat.degrees * 3.14159265358979323846 / 180);
  out.uncertainty_m =
      std::hypot(lat.step / 2 * kDegreeM, lng.step / 2 * kDegreeM * std::abs(across));
  return out;
}

}  // namespace

const char* notation_name(Notation notation) {
  static constexpr std::array<const char*, 5> kNames = {"decimal", "minutes", "seconds", "utm",
                                                        "mgrs"};
  return kNames.at(static_cast<std::size_t>(notation));
}

Result<ReadCoordinate> read_coordinate(std::string_view text) {
  if (text.size() > limits::kCoordinateBytes || !is_utf8(text)) {
    return fail(malformed("it is longer than 200 bytes, or no UTF-8"));
  }
  std::string raw(text);
  DETENTE_TRY(const bool said, take_datum(raw));
  DETENTE_TRY(std::string written, plain(raw));
  bool is_grid = false;
  Result<ReadCoordinate> grid = read_grid(written, &is_grid);
  if (is_grid) {
    if (grid) grid->datum_said = said;
    return grid;
  }
  DETENTE_TRY(written, with_points(std::move(written)));
  DETENTE_TRY(const std::vector<Token> tokens, tokens_of(written));
  if (tokens.empty()) return fail(malformed("there is nothing"));
  const bool letters = std::any_of(tokens.begin(), tokens.end(), [](const Token& token) {
    return token.kind == Token::Kind::hemisphere;
  });
  Result<std::array<Group, kPairs>> groups = letters ? by_letters(tokens) : by_order(tokens);
  if (!groups) return fail(std::move(groups).error());
  DETENTE_TRY(ReadCoordinate out, joined((*groups)[0], (*groups)[1]));
  out.datum_said = said;
  return out;
}

Result<ReadCoordinate> read_coordinate(std::string_view latitude, std::string_view longitude) {
  if (latitude.size() + longitude.size() > limits::kCoordinateBytes) {
    return fail(malformed("it is longer than 200 bytes"));
  }
  // In a cell of its own, a comma is a decimal point.
  std::string text;
  for (const std::string_view cell : {latitude, longitude}) {
    std::string one(cell);
    if (std::count(one.begin(), one.end(), ',') == 1 && one.find('.') == std::string::npos) {
      one[one.find(',')] = '.';
    }
    text += text.empty() ? one : ";" + one;
  }
  return read_coordinate(text);
}

}  // namespace detente::geo
