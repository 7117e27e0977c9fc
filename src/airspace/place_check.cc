// SPDX-License-Identifier: Apache-2.0
#include "airspace/place_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json.h"

namespace detente::airspace {
namespace {

// Letters from `first` to `last` are written as `plain`; empty: they are left out.
struct Fold {
  char32_t first;
  char32_t last;
  const char* plain;
};
// Ascending. Latin letters with marks, in the order of their blocks, then what Arabic adds.
constexpr auto kFolds = std::to_array<Fold>({
    {0x27, 0x27, ""},      {0x60, 0x60, ""},      {0xA0, 0xA0, " "},     {0xB4, 0xB4, ""},
    {0xC0, 0xC5, "a"},     {0xC6, 0xC6, "ae"},    {0xC7, 0xC7, "c"},     {0xC8, 0xCB, "e"},
    {0xCC, 0xCF, "i"},     {0xD0, 0xD0, "d"},     {0xD1, 0xD1, "n"},     {0xD2, 0xD6, "o"},
    {0xD8, 0xD8, "o"},     {0xD9, 0xDC, "u"},     {0xDD, 0xDD, "y"},     {0xDE, 0xDE, "th"},
    {0xDF, 0xDF, "ss"},    {0xE0, 0xE5, "a"},     {0xE6, 0xE6, "ae"},    {0xE7, 0xE7, "c"},
    {0xE8, 0xEB, "e"},     {0xEC, 0xEF, "i"},     {0xF0, 0xF0, "d"},     {0xF1, 0xF1, "n"},
    {0xF2, 0xF6, "o"},     {0xF8, 0xF8, "o"},     {0xF9, 0xFC, "u"},     {0xFD, 0xFD, "y"},
    {0xFE, 0xFE, "th"},    {0xFF, 0xFF, "y"},     {0x100, 0x105, "a"},   {0x106, 0x10D, "c"},
    {0x10E, 0x111, "d"},   {0x112, 0x11B, "e"},   {0x11C, 0x123, "g"},   {0x124, 0x127, "h"},
    {0x128, 0x131, "i"},   {0x132, 0x133, "ij"},  {0x134, 0x135, "j"},   {0x136, 0x138, "k"},
    {0x139, 0x142, "l"},   {0x143, 0x14B, "n"},   {0x14C, 0x151, "o"},   {0x152, 0x153, "oe"},
    {0x154, 0x159, "r"},   {0x15A, 0x161, "s"},   {0x162, 0x167, "t"},   {0x168, 0x173, "u"},
    {0x174, 0x175, "w"},   {0x176, 0x178, "y"},   {0x179, 0x17E, "z"},   {0x17F, 0x17F, "s"},
    {0x2B0, 0x2FF, ""},    {0x300, 0x36F, ""},    {0x640, 0x640, ""},    {0x64B, 0x65F, ""},
    {0x670, 0x670, ""},    {0x1E00, 0x1E01, "a"}, {0x1E02, 0x1E07, "b"}, {0x1E08, 0x1E09, "c"},
    {0x1E0A, 0x1E13, "d"}, {0x1E14, 0x1E1D, "e"}, {0x1E1E, 0x1E1F, "f"}, {0x1E20, 0x1E21, "g"},
    {0x1E22, 0x1E2B, "h"}, {0x1E2C, 0x1E2F, "i"}, {0x1E30, 0x1E35, "k"}, {0x1E36, 0x1E3D, "l"},
    {0x1E3E, 0x1E43, "m"}, {0x1E44, 0x1E4B, "n"}, {0x1E4C, 0x1E53, "o"}, {0x1E54, 0x1E57, "p"},
    {0x1E58, 0x1E5F, "r"}, {0x1E60, 0x1E69, "s"}, {0x1E6A, 0x1E71, "t"}, {0x1E72, 0x1E7B, "u"},
    {0x1E7C, 0x1E7F, "v"}, {0x1E80, 0x1E89, "w"}, {0x1E8A, 0x1E8D, "x"}, {0x1E8E, 0x1E8F, "y"},
    {0x1E90, 0x1E95, "z"}, {0x1E96, 0x1E96, "h"}, {0x1E97, 0x1E97, "t"}, {0x1EA0, 0x1EB7, "a"},
    {0x1EB8, 0x1EC7, "e"}, {0x1EC8, 0x1ECB, "i"}, {0x1ECC, 0x1EE3, "o"}, {0x1EE4, 0x1EF1, "u"},
    {0x1EF2, 0x1EF9, "y"}, {0x2000, 0x200A, " "}, {0x200B, 0x200F, ""},  {0x2010, 0x2015, " "},
    {0x2018, 0x2019, ""},  {0x202A, 0x202E, ""},  {0x2066, 0x2069, ""},
});

// Letters of one script that stand for one another.
char32_t same_letter(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 0x20;
  if (c >= 0x391 && c <= 0x3A9) return c + 0x20;  // Greek capitals
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;  // Cyrillic capitals
  if (c >= 0x400 && c <= 0x40F) return same_letter(c + 0x50);
  static constexpr auto kPairs = std::to_array<std::pair<char32_t, char32_t>>({
      {0x386, 0x3B1}, {0x388, 0x3B5}, {0x389, 0x3B7}, {0x38A, 0x3B9},
      {0x38C, 0x3BF}, {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x3AC, 0x3B1},
      {0x3AD, 0x3B5}, {0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3C2, 0x3C3},
      {0x3CC, 0x3BF}, {0x3CD, 0x3C5}, {0x3CE, 0x3C9}, {0x451, 0x435},  // Cyrillic io
      {0x622, 0x627}, {0x623, 0x627}, {0x625, 0x627}, {0x671, 0x627},  // forms of alef
      {0x649, 0x64A}, {0x6CC, 0x64A}, {0x629, 0x647}, {0x6A9, 0x643},  // ya, ta marbuta, kaf
  });
  for (const auto& [from, to] : kPairs) {
    if (c == from) return to;
  }
  return c;
}

void append(std::string& out, char32_t c) {
  const auto byte = [&out](char32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xE0 | c >> 12);
    } else {
      byte(0xF0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3F));
    }
    byte(0x80 | (c >> 6 & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

// The next character of a text that JSON's reader found to be UTF-8; a byte that is none stands
// for itself.
char32_t take(std::string_view& text) {
  const auto at = [&text](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t first = at(0);
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t out = length == 1 ? first : first & (0x7FU >> length);
  if (length > text.size()) {
    text.remove_prefix(1);
    return first;
  }
  for (std::size_t i = 1; i < length; ++i) out = out << 6 | (at(i) & 0x3F);
  text.remove_prefix(length);
  return out;
}

std::string english(const terms::NamedPlace& place) {
  const auto found = place.name.find("en");
  return found == place.name.end() ? std::string{} : found->second;
}

bool bears(const terms::NamedPlace& place, const std::string& folded) {
  return std::any_of(place.name.begin(), place.name.end(),
                     [&](const auto& text) { return fold_name(text.second) == folded; });
}

// How far a reading is off; empty if it is near enough.
std::string misses(geo::PointE7 place, geo::PointE7 middle, const ReadBack& read_back) {
  const double metres = geo::distance_m(place, middle);
  const double off = std::abs(metres - static_cast<double>(read_back.distance_m));
  if (off > std::max(kReadBackM, kReadBackPart * metres)) {
    return fmt::format("the distance read back is {:.1f} km off", off / 1000);
  }
  if (metres < kReadBackNearM) return {};
  double turn = std::abs(geo::bearing_deg(place, middle) - read_back.bearing_deg);
  turn = std::min(turn, 360 - turn);
  if (turn <= kReadBackDegrees) return {};
  return fmt::format("the bearing read back is {:.0f} degrees off", turn);
}

}  // namespace

std::string fold_name(std::string_view name) {
  std::string out;
  const auto space = [&out] {
    if (!out.empty() && out.back() != ' ') out += ' ';
  };
  while (!name.empty()) {
    const char32_t c = take(name);
    const auto* const at =
        std::lower_bound(kFolds.begin(), kFolds.end(), c,
                         [](const Fold& fold, char32_t x) { return fold.last < x; });
    if (at != kFolds.end() && c >= at->first) {
      if (*at->plain == ' ') {
        space();
      } else {
        out += at->plain;
      }
      continue;
    }
    const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (c < 0x80 && !letter) {
      space();
      continue;
    }
    append(out, same_letter(c));
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string PlaceCheck::text() const {
  if (!question || !named) return {};
  const double metres = std::max(named->distance_m, named->point_distance_m);
  std::string out =
      fmt::format("the notice lies {:.1f} km from {}", metres / 1000, json_quote(named->name));
  if (nearest) {
    out +=
        fmt::format("; the nearest place is {}, and the middle lies {:.1f} km from it on {:03.0f}",
                    json_quote(nearest->name), nearest->distance_m / 1000,
                    nearest->bearing_deg >= 359.5 ? 0.0 : nearest->bearing_deg);
  }
  return out;
}

PlaceCheck check_place(const ActivityPlan& plan, const terms::Agreement& agreement) {
  PlaceCheck out;
  if (plan.volumes.empty()) return out;
  const geo::PointE7 middle = plan.volumes.front().area.middle();
  const std::string folded = fold_name(plan.place.name);
  for (const terms::NamedPlace& place : agreement.places()) {
    const double metres = geo::distance_m(place.point, middle);
    if (!out.nearest || metres < out.nearest->distance_m) {
      out.nearest = {english(place), metres, geo::bearing_deg(place.point, middle)};
    }
    if (!bears(place, folded)) continue;
    double near = plan.volumes.front().area.distance_m(place.point);
    for (const geo::Volume4& volume : plan.volumes) {
      near = std::min(near, volume.area.distance_m(place.point));
    }
    const double point = geo::distance_m(place.point, plan.place.point);
    // Two places of one name: the better one is meant.
    const bool better = !out.named || std::max(near, point) < std::max(out.named->distance_m,
                                                                       out.named->point_distance_m);
    if (better) out.named = {english(place), near, point};
  }
  if (out.named) {
    const double metres = std::max(out.named->distance_m, out.named->point_distance_m);
    out.question = metres * 1000 > static_cast<double>(agreement.place_tolerance_mm());
  }
  return out;
}

std::string check_read_back(const ActivityPlan& plan, const ReadBack& read_back,
                            const terms::Agreement& agreement) {
  if (!read_back.agrees) return "it does not agree";
  if (plan.volumes.empty()) return "the plan has no volume";
  const geo::PointE7 middle = plan.volumes.front().area.middle();
  const std::string folded = fold_name(read_back.place);
  if (agreement.places().empty()) {
    if (folded != fold_name(plan.place.name)) return "it names another place than the plan";
    return misses(plan.place.point, middle, read_back);
  }
  std::string why = "the agreement knows no place of that name";
  for (const terms::NamedPlace& place : agreement.places()) {
    if (!bears(place, folded)) continue;
    why = misses(place.point, middle, read_back);
    if (why.empty()) return why;
  }
  return why;
}

}  // namespace detente::airspace
