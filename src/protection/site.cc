// SPDX-License-Identifier: Apache-2.0
#include "protection/site.h"

#include <algorithm>
#include <cctype>

#include "base/limits.h"
#include "protection/restraint.h"

namespace detente::protection {
namespace {

constexpr std::int64_t kFootprintMmMin = 1'000;

Error malformed(std::string detail, std::string place) {
  return {Errc::protection_malformed, std::move(detail), std::move(place)};
}

Status optional_text(const JsonReader& in, const char* name, std::size_t bytes_max,
                     std::string& out) {
  if (!in.has(name)) return {};
  DETENTE_TRY(out, in.string(name, bytes_max));
  return {};
}

Result<geo::Shape> read_shape(const JsonReader& at) {
  if (at.has("polygon")) {
    DETENTE_CHECK(at.only({"polygon"}));
    DETENTE_TRY(const geo::Area area, geo::read_area(at));
    return area.shape();
  }
  DETENTE_CHECK(at.only({"point", "footprint_mm"}));
  DETENTE_TRY(const JsonReader point, at.member("point"));
  geo::Circle circle;
  DETENTE_TRY(circle.center, geo::read_point(point));
  DETENTE_TRY(circle.radius_mm,
              at.integer("footprint_mm", kFootprintMmMin, limits::kSiteFootprintMm));
  return geo::Shape(circle);
}

Status read_given(const JsonReader& in, SiteDetails& out) {
  DETENTE_CHECK(in.only({"text", "datum", "uncertainty_mm"}));
  DETENTE_TRY(out.given, in.string("text", limits::kCoordinateBytes));
  DETENTE_TRY(const std::string datum, in.string("datum", limits::kIdBytes));
  if (datum != "WGS84") {
    return fail(Errc::coordinates_datum, json_quote(datum), in.place_of("datum"));
  }
  DETENTE_TRY(out.uncertainty_mm, in.integer("uncertainty_mm", 0, limits::kSiteFootprintMm));
  return {};
}

}  // namespace

const std::array<CategoryEntry, kCategories>& categories() {
  using C = SiteCategory;
  static constexpr std::array<CategoryEntry, kCategories> kTable = {{
      {C::medical, "medical", "Medical unit", "GC I art. 19, GC IV art. 18, AP I art. 12"},
      {C::civil_defence, "civil_defence", "Civil defence", "AP I art. 62 to 64"},
      {C::cultural, "cultural", "Cultural property", "Hague Convention 1954 art. 4, AP I art. 53"},
      {C::religious, "religious", "Place of worship", "AP I art. 52(3) and 53"},
      {C::school, "school", "School", "AP I art. 52(3)"},
      {C::water, "water", "Drinking water", "AP I art. 54"},
      {C::power, "power", "Power supply of civilians", "AP I art. 52"},
      {C::food, "food", "Food and bakeries", "AP I art. 54"},
      {C::shelter, "shelter", "Shelter", "AP I art. 51 and 52"},
      {C::camp, "camp", "Camp of displaced persons", "AP I art. 51 and 52"},
      {C::aid_office, "aid_office", "Aid office or warehouse", "AP I art. 70 and 71"},
      {C::detention, "detention", "Place of detention", "GC III art. 23, GC IV art. 83"},
      {C::dangerous_forces, "dangerous_forces", "Works with dangerous forces", "AP I art. 56"},
      {C::environment, "environment", "Danger to the environment", "AP I art. 35(3) and 55"},
  }};
  return kTable;
}

const char* category_name(SiteCategory category) {
  return categories().at(static_cast<std::size_t>(category)).name.data();
}

Result<SiteCategory> parse_category(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(c));
  });
  for (const CategoryEntry& entry : categories()) {
    if (entry.name == lower) return entry.category;
  }
  return fail(malformed("there is no category " + json_quote(name.substr(0, 80)), {}));
}

Result<SiteDetails> read_site(const JsonReader& in) {
  DETENTE_CHECK(refuse_targeting(in));
  DETENTE_CHECK(in.only(
      {"name", "category", "function", "owner", "address", "place", "at", "given", "contact"}));
  SiteDetails out;
  DETENTE_TRY(out.name, in.string("name", limits::kNameBytes));
  DETENTE_TRY(const std::string category, in.string("category", limits::kIdBytes));
  Result<SiteCategory> parsed = parse_category(category);
  if (!parsed || category != category_name(*parsed)) {
    return fail(malformed("there is no category " + json_quote(category), in.place_of("category")));
  }
  out.category = *parsed;
  DETENTE_TRY(out.function, in.string("function", limits::kNameBytes));
  DETENTE_CHECK(optional_text(in, "owner", limits::kNameBytes, out.owner));
  DETENTE_CHECK(optional_text(in, "address", limits::kNameBytes, out.address));
  DETENTE_CHECK(optional_text(in, "place", limits::kNameBytes, out.place));
  DETENTE_CHECK(optional_text(in, "contact", limits::kNameBytes, out.contact));
  DETENTE_TRY(const JsonReader at, in.object("at"));
  DETENTE_TRY(out.shape, read_shape(at));
  if (in.has("given")) {
    DETENTE_TRY(const JsonReader given, in.object("given"));
    DETENTE_CHECK(read_given(given, out));
  }
  DETENTE_CHECK(site_area(out));
  return out;
}

std::string write_site(const SiteDetails& site) {
  JsonWriter out;
  out.begin_object().member("name", site.name).member("category", category_name(site.category));
  out.member("function", site.function);
  if (!site.owner.empty()) out.member("owner", site.owner);
  if (!site.address.empty()) out.member("address", site.address);
  if (!site.place.empty()) out.member("place", site.place);
  out.name("at").begin_object();
  if (const auto* circle = std::get_if<geo::Circle>(&site.shape)) {
    out.name("point");
    geo::write_point(out, circle->center);
    out.member("footprint_mm", circle->radius_mm);
  } else {
    out.name("polygon").begin_array();
    for (const geo::PointE7& vertex : std::get<geo::Polygon>(site.shape).vertices) {
      geo::write_point(out, vertex);
    }
    out.end_array();
  }
  out.end_object();
  if (!site.given.empty()) {
    out.name("given").begin_object().member("text", site.given).member("datum", "WGS84");
    out.member("uncertainty_mm", site.uncertainty_mm).end_object();
  }
  if (!site.contact.empty()) out.member("contact", site.contact);
  return out.end_object().take();
}

geo::PointE7 site_point(const SiteDetails& site) {
  if (const auto* circle = std::get_if<geo::Circle>(&site.shape)) return circle->center;
  const Result<geo::Area> area = geo::Area::make(site.shape);
  return area ? area->middle() : std::get<geo::Polygon>(site.shape).vertices.front();
}

Result<geo::Area> site_area(const SiteDetails& site) {
  geo::Shape shape = site.shape;
  if (auto* circle = std::get_if<geo::Circle>(&shape)) circle->radius_mm += site.uncertainty_mm;
  return geo::Area::make(std::move(shape));
}

}  // namespace detente::protection
