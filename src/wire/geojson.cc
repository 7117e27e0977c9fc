// SPDX-License-Identifier: Apache-2.0
#include "wire/geojson.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json.h"
#include "base/limits.h"

namespace detente::wire {
namespace {

constexpr std::size_t kFeatures = 20'000;
constexpr std::size_t kCallsigns = 1'000;
constexpr std::size_t kCallsignBytes = 15;
constexpr double kFeetMin = static_cast<double>(limits::kAltitudeMmMin) / 304.8;
constexpr double kFeetMax = static_cast<double>(limits::kAltitudeMmMax) / 304.8;

tl::unexpected<Error> malformed(std::string detail, const JsonReader& at) {
  return fail(Errc::geojson_malformed, std::move(detail), at.place());
}

// [longitude, latitude], or with a height that is not used.
Result<geo::PointE7> read_position(const JsonReader& in) {
  DETENTE_TRY(const std::vector<JsonReader> numbers, in.as_array(3));
  if (numbers.size() < 2) return malformed("a position has two or three numbers", in);
  DETENTE_TRY(const double lng, numbers[0].as_number());
  DETENTE_TRY(const double lat, numbers[1].as_number());
  Result<geo::PointE7> point = geo::point_from_degrees(lat, lng);
  if (!point) return fail(std::move(point.error()).at(in.place()));
  return point;
}

Result<geo::Shape> read_polygon(const JsonReader& geometry) {
  DETENTE_TRY(const std::vector<JsonReader> rings, geometry.array("coordinates", 64));
  if (rings.size() != 1) return malformed("a polygon has one ring; holes are refused", geometry);
  DETENTE_TRY(const std::vector<JsonReader> positions,
              rings[0].as_array(limits::kPolygonVertices + 1));
  if (positions.size() < 4) return malformed("a ring has four positions or more", rings[0]);
  geo::Polygon polygon;
  for (const JsonReader& position : positions) {
    DETENTE_TRY(const geo::PointE7 point, read_position(position));
    polygon.vertices.push_back(point);
  }
  if (!(polygon.vertices.front() == polygon.vertices.back())) {
    return malformed("a ring ends where it begins", rings[0]);
  }
  polygon.vertices.pop_back();
  return geo::Shape(std::move(polygon));
}

Result<geo::Shape> read_circle(const JsonReader& geometry, const JsonReader& properties) {
  DETENTE_TRY(const JsonReader position, geometry.member("coordinates"));
  DETENTE_TRY(const geo::PointE7 center, read_position(position));
  DETENTE_TRY(const double radius_m, properties.number("radius_m"));
  if (!(radius_m > 0) || radius_m * 1'000 > static_cast<double>(limits::kCircleRadiusMm)) {
    return malformed(fmt::format("radius_m is {}", radius_m), properties);
  }
  return geo::Shape(geo::Circle{center, std::llround(radius_m * 1'000)});
}

Result<geo::Area> read_geometry(const JsonReader& feature, const JsonReader& properties) {
  DETENTE_TRY(const JsonReader geometry, feature.object("geometry"));
  DETENTE_TRY(const std::string type, geometry.string("type", 32));
  if (type != "Polygon" && type != "Point") {
    return malformed(fmt::format("geometry {} is not Polygon or Point", json_quote(type)),
                     geometry);
  }
  if (type == "Polygon" && properties.has("radius_m")) {
    return malformed("radius_m belongs to a Point", properties);
  }
  DETENTE_TRY(geo::Shape shape,
              type == "Polygon" ? read_polygon(geometry) : read_circle(geometry, properties));
  Result<geo::Area> area = geo::Area::make(std::move(shape));
  if (!area) return fail(std::move(area.error()).at(geometry.place()));
  return area;
}

Result<std::int64_t> read_feet(const JsonReader& in, const char* name) {
  DETENTE_TRY(const double feet, in.number(name));
  if (feet < kFeetMin || feet > kFeetMax) {
    return fail(Errc::geo_altitude_range, fmt::format("{} is {}", name, feet), in.place());
  }
  // Whole feet as everywhere in this product, so that equal heights are equal.
  const bool whole = feet == std::floor(feet);
  return whole ? geo::feet_to_mm(std::llround(feet)) : std::llround(feet * 304.8);
}

Result<geo::AltitudeBand> read_band(const JsonReader& in) {
  geo::AltitudeBand band;
  DETENTE_TRY(band.lower_mm, read_feet(in, "lower_ft"));
  DETENTE_TRY(band.upper_mm, read_feet(in, "upper_ft"));
  DETENTE_TRY(const std::string reference, in.string("reference", 8));
  Result<geo::AltitudeReference> known = geo::parse_altitude_reference(reference);
  if (!known) return fail(std::move(known.error()).at(in.place()));
  band.reference = *known;
  if (band.lower_mm > band.upper_mm) {
    return fail(Errc::geo_altitude_reversed, "lower_ft is above upper_ft", in.place());
  }
  return band;
}

Result<TimeSpan> read_span(const JsonReader& in) {
  TimeSpan span;
  DETENTE_TRY(span.start, in.time("start"));
  DETENTE_TRY(span.end, in.time("end"));
  if (span.end <= span.start) {
    return fail(Errc::geo_time_reversed, "end is not after start", in.place());
  }
  if (span.end - span.start > limits::kSpanMsMax) {
    return fail(Errc::geo_time_range, "longer than 56 days", in.place());
  }
  return span;
}

Result<std::vector<std::uint32_t>> read_aircraft(const JsonReader& in) {
  std::vector<std::uint32_t> out;
  if (!in.has("aircraft")) return out;
  DETENTE_TRY(const std::vector<std::string> texts, in.strings("aircraft", kCallsigns, 8));
  for (const std::string& text : texts) {
    std::uint32_t address = 0;
    const bool all_hex = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    if (text.size() != 6 || !all_hex) {
      return malformed(fmt::format("aircraft address {} is not six hex digits", json_quote(text)),
                       in);
    }
    address = static_cast<std::uint32_t>(std::stoul(text, nullptr, 16));
    out.push_back(address);
  }
  return out;
}

Result<GeoJsonActivity> read_feature(const JsonReader& feature) {
  DETENTE_TRY(const std::string type, feature.string("type", 32));
  if (type != "Feature") return malformed("a member of \"features\" is not a Feature", feature);
  DETENTE_TRY(const JsonReader in, feature.object("properties"));
  DETENTE_CHECK(
      in.only({"id", "operator", "purpose", "callsigns", "aircraft", "lower_ft", "upper_ft",
               "reference", "start", "end", "radius_m", "name", "title", "description", "stroke",
               "stroke-width", "stroke-opacity", "fill", "fill-opacity"}));
  GeoJsonActivity activity;
  DETENTE_TRY(activity.id.value, in.string("id", limits::kIdBytes));
  DETENTE_TRY(activity.operator_id.value, in.string("operator", limits::kIdBytes));
  DETENTE_TRY(activity.purpose, in.string("purpose", limits::kIdBytes));
  if (in.has("callsigns")) {
    DETENTE_TRY(activity.callsigns, in.strings("callsigns", kCallsigns, kCallsignBytes));
  }
  DETENTE_TRY(activity.aircraft, read_aircraft(in));
  DETENTE_TRY(geo::Area area, read_geometry(feature, in));
  DETENTE_TRY(const geo::AltitudeBand band, read_band(in));
  DETENTE_TRY(const TimeSpan span, read_span(in));
  activity.volumes.push_back(geo::Volume4{std::move(area), band, span});
  return activity;
}

template <class T>
void add_missing(std::vector<T>& to, const std::vector<T>& from) {
  for (const T& one : from) {
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
  }
}

// `numbers` holds the place in `all` of every id.
Status merge(std::vector<GeoJsonActivity>& all, std::map<ActivityId, std::size_t>& numbers,
             GeoJsonActivity next, const JsonReader& feature) {
  const auto [number, fresh] = numbers.try_emplace(next.id, all.size());
  if (fresh) {
    all.push_back(std::move(next));
    return {};
  }
  GeoJsonActivity* same = &all[number->second];
  if (same->operator_id != next.operator_id || same->purpose != next.purpose) {
    return malformed("features of one id have different operators or purposes", feature);
  }
  if (same->volumes.size() == limits::kVolumesPerActivity) {
    return malformed(fmt::format("more than {} volumes", limits::kVolumesPerActivity), feature);
  }
  add_missing(same->callsigns, next.callsigns);
  add_missing(same->aircraft, next.aircraft);
  same->volumes.push_back(std::move(next.volumes.front()));
  return {};
}

}  // namespace

Result<std::vector<GeoJsonActivity>> parse_activities_geojson(std::string_view text) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(text, {.bytes_max = limits::kFeedJsonBytes, .integers_only = false}));
  const JsonReader root = document.root();
  DETENTE_TRY(const std::string type, root.string("type", 32));
  if (type != "FeatureCollection") return malformed("this is not a FeatureCollection", root);
  DETENTE_TRY(const std::vector<JsonReader> features, root.array("features", kFeatures));
  std::vector<GeoJsonActivity> all;
  std::map<ActivityId, std::size_t> numbers;
  for (const JsonReader& feature : features) {
    DETENTE_TRY(GeoJsonActivity next, read_feature(feature));
    DETENTE_CHECK(merge(all, numbers, std::move(next), feature));
  }
  return all;
}

}  // namespace detente::wire
