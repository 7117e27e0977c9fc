// SPDX-License-Identifier: Apache-2.0
#include <variant>

#include "wire/f3548.h"

namespace detente::wire::f3548 {
namespace {

void write_lat_lng(JsonWriter& out, geo::PointE7 point) {
  out.begin_object().name("lat").decimal(geo::lat_degrees(point));
  out.name("lng").decimal(geo::lng_degrees(point)).end_object();
}

void write_metres(JsonWriter& out, std::int64_t mm) {
  out.name("value").decimal(static_cast<double>(mm) / 1'000);
  out.member("units", "M");
}

void write_altitude(JsonWriter& out, std::string_view name, std::optional<std::int64_t> mm) {
  if (!mm) return;
  out.name(name).begin_object();
  write_metres(out, *mm);
  out.member("reference", "W84").end_object();
}

void write_outline(JsonWriter& out, const geo::Circle& circle) {
  out.name("outline_circle").begin_object().name("center");
  write_lat_lng(out, circle.center);
  out.name("radius").begin_object();
  write_metres(out, circle.radius_mm);
  out.end_object().end_object();
}

void write_outline(JsonWriter& out, const geo::Polygon& polygon) {
  out.name("outline_polygon").begin_object().name("vertices").begin_array();
  for (const geo::PointE7 point : polygon.vertices) write_lat_lng(out, point);
  out.end_array().end_object();
}

}  // namespace

void write_time(JsonWriter& out, UtcMs time) {
  out.begin_object().member("value", time).member("format", "RFC3339").end_object();
}

void write_volume(JsonWriter& out, const Volume4D& volume) {
  out.begin_object().name("volume").begin_object();
  std::visit([&](const auto& shape) { write_outline(out, shape); }, volume.area.shape());
  write_altitude(out, "altitude_lower", volume.lower_mm);
  write_altitude(out, "altitude_upper", volume.upper_mm);
  out.end_object();
  if (volume.start) {
    out.name("time_start");
    write_time(out, *volume.start);
  }
  if (volume.end) {
    out.name("time_end");
    write_time(out, *volume.end);
  }
  out.end_object();
}

}  // namespace detente::wire::f3548
