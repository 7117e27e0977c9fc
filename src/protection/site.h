// SPDX-License-Identifier: Apache-2.0
//
// A protected site as its owner describes it (design section 6; docs/protocol/protection.md).
// The classes are those of international humanitarian law, and each names its source. A list of
// sites protects nobody by itself: kStandingSentences go with every screen and export.
//
//   {"name":"..","category":"medical","function":"..","owner":"..","address":"..","place":"..",
//    "at":{"point":[lat_e7,lng_e7],"footprint_mm":60000} or {"polygon":[[..],..]},
//    "given":{"text":"36 12 N ..","datum":"WGS84","uncertainty_mm":30000},"contact":".."}
// The same members are the fields of private content of schema "site/v1" (record/content.h).
//
// Units: degrees x 1e7 on WGS84, millimetres. What is not known exactly makes the area larger,
// never smaller. Errors: protection_malformed, coordinates_datum, restraint, geo_*, json_*.
// Pure; safe on every thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "geo/geo.h"

namespace detente::protection {

inline constexpr std::array<std::string_view, 3> kStandingSentences = {
    "Not being listed removes no protection.",
    "A notice guarantees nothing: it informs those who receive it.",
    "The duties under international humanitarian law are the same with and without a notice."};

enum class SiteCategory : std::uint8_t {
  medical,
  civil_defence,
  cultural,
  religious,
  school,
  water,
  power,
  food,
  shelter,
  camp,
  aid_office,
  detention,
  dangerous_forces,
  environment,
};
struct CategoryEntry {
  SiteCategory category;
  std::string_view name;    // in statements and files
  std::string_view title;   // for people
  std::string_view source;  // the law that protects it
};
inline constexpr std::size_t kCategories = 14;
const std::array<CategoryEntry, kCategories>& categories();
const char* category_name(SiteCategory category);
// protection_malformed. Reads the name, in any capitals.
Result<SiteCategory> parse_category(std::string_view name);

inline constexpr std::string_view kSiteSchema = "site/v1";

struct SiteDetails {
  std::string name;
  SiteCategory category = SiteCategory::medical;
  std::string function;  // what it does now: "hospital with emergency room"
  std::string owner;     // who runs it; may be empty
  std::string address;   // may be empty
  std::string place;     // the town or village, to check the coordinates by; may be empty
  geo::Shape shape;      // a circle of the footprint, or a polygon
  std::string given;     // the coordinate as the owner wrote it; may be empty
  std::int64_t uncertainty_mm = 0;
  std::string contact;  // may be empty
  friend bool operator==(const SiteDetails&, const SiteDetails&) = default;
};
Result<SiteDetails> read_site(const JsonReader& in);
std::string write_site(const SiteDetails& site);
geo::PointE7 site_point(const SiteDetails& site);  // the middle
// What is protected: the shape; a circle is widened by the uncertainty, a polygon is as it is.
Result<geo::Area> site_area(const SiteDetails& site);

}  // namespace detente::protection
