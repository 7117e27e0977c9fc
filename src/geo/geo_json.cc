// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "geo/geo.h"

namespace detente::geo {
namespace {

constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kReferenceBytes = 8;

// The pair as it stands, which Area::make or validate() then checks: a number that does not even
// fit 32 bits is cut to one that is just as far out of range.
Result<PointE7> read_pair(const JsonReader& in) {
  DETENTE_TRY(const auto pair, in.as_array(2));
  if (pair.size() != 2) {
    return fail(Errc::json_member_range, fmt::format("{} items, 2 are expected", pair.size()),
                in.place());
  }
  const auto e7 = [](const JsonReader& one) -> Result<std::int32_t> {
    DETENTE_TRY(const std::int64_t n, one.as_integer(-kAny, kAny));
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::int32_t>(std::clamp(n, -kMost, kMost));
  };
  DETENTE_TRY(const std::int32_t lat, e7(pair[0]));
  DETENTE_TRY(const std::int32_t lng, e7(pair[1]));
  return PointE7{lat, lng};
}

Result<Shape> read_polygon(const JsonReader& in) {
  DETENTE_CHECK(in.only({"polygon"}));
  DETENTE_TRY(const JsonReader list, in.member("polygon"));
  // Area::make says so with its own code if there are more than the limit.
  DETENTE_TRY(const auto vertices, list.as_array(std::numeric_limits<std::size_t>::max()));
  Polygon polygon;
  if (vertices.size() > limits::kPolygonVertices) {
    polygon.vertices.resize(vertices.size());
    return Shape(std::move(polygon));
  }
  polygon.vertices.reserve(vertices.size());
  for (const JsonReader& vertex : vertices) {
    DETENTE_TRY(const PointE7 point, read_pair(vertex));
    polygon.vertices.push_back(point);
  }
  return Shape(std::move(polygon));
}

Result<Shape> read_circle(const JsonReader& in) {
  DETENTE_CHECK(in.only({"circle"}));
  DETENTE_TRY(const JsonReader circle, in.object("circle"));
  DETENTE_CHECK(circle.only({"center", "radius_mm"}));
  DETENTE_TRY(const JsonReader center, circle.member("center"));
  DETENTE_TRY(const PointE7 point, read_pair(center));
  DETENTE_TRY(const std::int64_t radius_mm, circle.integer("radius_mm", -kAny, kAny));
  return Shape(Circle{point, radius_mm});
}

Result<std::int64_t> read_altitude_mm(const JsonReader& in, std::string_view name) {
  DETENTE_TRY(const std::int64_t mm, in.integer(name, -kAny, kAny));
  if (mm < limits::kAltitudeMmMin || mm > limits::kAltitudeMmMax) {
    return fail(Errc::geo_altitude_range,
                fmt::format("{} mm, from {} to {} mm are allowed", mm, limits::kAltitudeMmMin,
                            limits::kAltitudeMmMax),
                in.place_of(name));
  }
  return mm;
}

}  // namespace

Result<PointE7> read_point(const JsonReader& in) {
  DETENTE_TRY(const PointE7 point, read_pair(in));
  Status in_range = validate(point);
  if (!in_range) return fail(std::move(in_range.error()).at(in.place()));
  return point;
}

Result<Area> read_area(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  if (!in.has("polygon") && !in.has("circle")) {
    return fail(Errc::json_member_missing, "\"polygon\" or \"circle\"", in.place());
  }
  DETENTE_TRY(Shape shape, in.has("polygon") ? read_polygon(in) : read_circle(in));
  auto area = Area::make(std::move(shape));
  if (!area) return fail(std::move(area.error()).at(in.place()));
  return area;
}

Result<AltitudeBand> read_altitude(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only({"lower_mm", "upper_mm", "reference"}));
  AltitudeBand band;
  DETENTE_TRY(band.lower_mm, read_altitude_mm(in, "lower_mm"));
  DETENTE_TRY(band.upper_mm, read_altitude_mm(in, "upper_mm"));
  DETENTE_TRY(const std::string name, in.string("reference", kReferenceBytes));
  auto reference = parse_altitude_reference(name);
  if (!reference) return fail(std::move(reference.error()).at(in.place_of("reference")));
  band.reference = *reference;
  if (band.lower_mm > band.upper_mm) {
    return fail(Errc::geo_altitude_reversed,
                fmt::format("floor {} mm, ceiling {} mm", band.lower_mm, band.upper_mm),
                in.place());
  }
  return band;
}

Result<TimeSpan> read_time_span(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only({"start", "end"}));
  TimeSpan span;
  DETENTE_TRY(span.start, in.time("start"));
  DETENTE_TRY(span.end, in.time("end"));
  const auto from_to = [&] {
    return fmt::format("from {} to {}", format_rfc3339(span.start), format_rfc3339(span.end));
  };
  if (span.end <= span.start) return fail(Errc::geo_time_reversed, from_to(), in.place());
  if (span.end - span.start > limits::kSpanMsMax) {
    return fail(
        Errc::geo_time_range,
        fmt::format("{}: longer than {} days", from_to(), limits::kSpanMsMax / (24LL * 3'600'000)),
        in.place());
  }
  if (span.end > kTimeMax) {
    return fail(Errc::geo_time_range,
                fmt::format("{}: after {}", from_to(), format_rfc3339(kTimeMax)), in.place());
  }
  return span;
}

Result<Volume4> read_volume(const JsonReader& in) {
  DETENTE_CHECK(in.expect_object());
  DETENTE_CHECK(in.only({"area", "altitude", "time"}));
  DETENTE_TRY(const JsonReader area_in, in.object("area"));
  DETENTE_TRY(const JsonReader altitude_in, in.object("altitude"));
  DETENTE_TRY(const JsonReader time_in, in.object("time"));
  DETENTE_TRY(Area area, read_area(area_in));
  DETENTE_TRY(const AltitudeBand altitude, read_altitude(altitude_in));
  DETENTE_TRY(const TimeSpan time, read_time_span(time_in));
  return Volume4{std::move(area), altitude, time};
}

void write_point(JsonWriter& out, PointE7 point) {
  out.begin_array().value(point.lat_e7).value(point.lng_e7).end_array();
}

void write_area(JsonWriter& out, const Area& area) {
  out.begin_object();
  if (const auto* circle = std::get_if<Circle>(&area.shape())) {
    out.name("circle").begin_object().name("center");
    write_point(out, circle->center);
    out.member("radius_mm", circle->radius_mm).end_object();
  } else {
    out.name("polygon").begin_array();
    for (const PointE7 vertex : std::get<Polygon>(area.shape()).vertices) write_point(out, vertex);
    out.end_array();
  }
  out.end_object();
}

void write_altitude(JsonWriter& out, const AltitudeBand& altitude) {
  out.begin_object()
      .member("lower_mm", altitude.lower_mm)
      .member("upper_mm", altitude.upper_mm)
      .member("reference", altitude_reference_name(altitude.reference))
      .end_object();
}

void write_time_span(JsonWriter& out, const TimeSpan& time) {
  out.begin_object().member("start", time.start).member("end", time.end).end_object();
}

void write_volume(JsonWriter& out, const Volume4& volume) {
  out.begin_object().name("area");
  write_area(out, volume.area);
  out.name("altitude");
  write_altitude(out, volume.altitude);
  out.name("time");
  write_time_span(out, volume.time);
  out.end_object();
}

}  // namespace detente::geo
