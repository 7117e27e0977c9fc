// SPDX-License-Identifier: Apache-2.0
//
// Tables as GeoJSON.
#include <fmt/core.h>

#include <boost/json/value.hpp>
#include <charconv>

#include "base/json.h"
#include "base/limits.h"
#include "wire/table_impl.h"

namespace detente::wire {
namespace {

constexpr std::size_t kPairMax = 4;  // longitude, latitude, perhaps a height, perhaps more

std::string number_text(double value) {
  return fmt::format("{}", value);
}

Result<std::pair<std::string, std::string>> read_pair(const JsonReader& in) {
  DETENTE_TRY(const auto numbers, in.as_array(kPairMax));
  if (numbers.size() < 2) return fail(Errc::table_malformed, "a position", in.place());
  DETENTE_TRY(const double lng, numbers[0].as_number());
  DETENTE_TRY(const double lat, numbers[1].as_number());
  return std::pair{number_text(lat), number_text(lng)};
}

Status read_geometry(const JsonReader& geometry, TableBuilder& builder) {
  DETENTE_TRY(const std::string type, geometry.string("type", limits::kIdBytes));
  if (type == "Point") {
    DETENTE_TRY(const JsonReader at, geometry.member("coordinates"));
    DETENTE_TRY(auto pair, read_pair(at));
    DETENTE_CHECK(builder.set(kLatitude, std::move(pair.first)));
    return builder.set(kLongitude, std::move(pair.second));
  }
  if (type != "Polygon") {
    return fail(Errc::table_malformed, "a feature is a Point or a Polygon", geometry.place());
  }
  DETENTE_TRY(const auto rings, geometry.array("coordinates", limits::kPolygonVertices));
  if (rings.empty()) return fail(Errc::table_malformed, "no ring", geometry.place());
  DETENTE_TRY(const auto points, rings.front().as_array(limits::kPolygonVertices + 1));
  std::string cell;
  std::string first;
  for (std::size_t i = 0; i < points.size(); ++i) {
    DETENTE_TRY(const auto pair, read_pair(points[i]));
    const std::string one = pair.first + " " + pair.second;
    if (i == 0) first = one;
    if (i + 1 == points.size() && i > 0 && one == first) break;  // the ring is closed
    cell += (i > 0 ? "; " : "") + one;
  }
  return builder.set(kPolygon, std::move(cell));
}

Status read_properties(const JsonReader& properties, TableBuilder& builder) {
  for (const std::string& name : properties.names()) {
    DETENTE_TRY(const JsonReader member, properties.member(name));
    const boost::json::value& value = member.value();
    if (value.is_null()) continue;
    std::string text;
    if (value.is_string()) {
      text = std::string(value.get_string());
    } else if (value.is_bool()) {
      text = value.get_bool() ? "true" : "false";
    } else {
      DETENTE_TRY(const double number, member.as_number());
      text = number_text(number);
    }
    // The geometry says where it is; a property cannot say it again, elsewhere.
    const bool place = name == kLatitude || name == kLongitude || name == kPolygon;
    if (place) return fail(Errc::table_malformed, "the geometry says this", member.place());
    DETENTE_CHECK(builder.set(name, std::move(text)));
  }
  return {};
}

// The text of a number as JSON takes it; anything else is not written as a coordinate.
Result<double> number_of(const std::string& text, std::size_t row) {
  double out = 0;
  const char* const end = text.data() + text.size();
  const bool whole = std::from_chars(text.data(), end, out).ptr == end && !text.empty();
  if (whole) return out;
  return fail(Errc::table_malformed, "GeoJSON needs decimal degrees", fmt::format("row {}", row));
}

Status write_position(JsonWriter& out, const std::string& lat, const std::string& lng,
                      std::size_t row) {
  DETENTE_TRY(const double y, number_of(lat, row));
  DETENTE_TRY(const double x, number_of(lng, row));
  out.begin_array().decimal(x).decimal(y).end_array();
  return {};
}

Status write_geometry(JsonWriter& out, const std::vector<std::string>& row, const Table& table,
                      std::size_t number) {
  const auto cell = [&](std::string_view name) {
    const auto column = column_named(table, name);
    return column ? row[*column] : std::string();
  };
  const auto points = polygon_points(cell(kPolygon));
  if (!points.empty()) {
    out.begin_object().member("type", "Polygon").name("coordinates").begin_array().begin_array();
    for (std::size_t i = 0; i <= points.size(); ++i) {
      const auto& [lat, lng] = points[i % points.size()];
      DETENTE_CHECK(write_position(out, lat, lng, number));
    }
    out.end_array().end_array().end_object();
    return {};
  }
  if (cell(kLatitude).empty()) {
    out.null();
    return {};
  }
  out.begin_object().member("type", "Point").name("coordinates");
  DETENTE_CHECK(write_position(out, cell(kLatitude), cell(kLongitude), number));
  out.end_object();
  return {};
}

}  // namespace

Result<Table> read_geojson(std::string_view text) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(text, {.bytes_max = limits::kTableBytes, .integers_only = false}));
  const JsonReader root = document.root();
  DETENTE_TRY(const std::string type, root.string("type", limits::kIdBytes));
  if (type != "FeatureCollection") {
    return fail(Errc::table_malformed, "it is no FeatureCollection");
  }
  DETENTE_TRY(const auto features, root.array("features", limits::kTableRows));
  TableBuilder builder;
  std::size_t number = 0;
  for (const JsonReader& feature : features) {
    DETENTE_CHECK(builder.begin_row(++number));
    if (feature.has("properties")) {
      DETENTE_TRY(const JsonReader properties, feature.member("properties"));
      DETENTE_CHECK(read_properties(properties, builder));
    }
    DETENTE_TRY(const JsonReader geometry, feature.member("geometry"));
    if (geometry.is_object()) DETENTE_CHECK(read_geometry(geometry, builder));
  }
  return builder.take();
}

Result<std::string> write_geojson(const Table& table, const std::vector<std::string>& notes) {
  JsonWriter out;
  out.begin_object().member("type", "FeatureCollection").name("notes").begin_array();
  for (const std::string& note : notes) out.value(note);
  out.end_array().name("features").begin_array();
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& row = table.rows[i];
    out.begin_object().member("type", "Feature").name("properties").begin_object();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const std::string& name = table.columns[c];
      const bool place = name == kLatitude || name == kLongitude || name == kPolygon;
      if (!place && !row[c].empty()) out.member(name, row[c]);
    }
    out.end_object().name("geometry");
    DETENTE_CHECK(
        write_geometry(out, row, table, table.numbers.empty() ? i + 1 : table.numbers[i]));
    out.end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace detente::wire
