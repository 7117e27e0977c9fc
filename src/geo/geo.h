// SPDX-License-Identifier: Apache-2.0
//
// Positions, altitudes and areas on WGS-84, and the 4D volumes made of them. The only folder that
// includes S2 and GeographicLib; neither leaks out of its .cc files.
//
// Units:         degrees x 1e7 as whole numbers, millimetres, milliseconds UTC. Distances that are
//                asked for come back in metres.
// Areas:         a polygon's edges are geodesics of the sphere (ASTM F3548), the inside is the
//                smaller part, the winding is free; a circle is every point within the radius.
//                Areas are closed: what is within 1 cm of the boundary belongs to them.
//                Antimeridian and poles work.
// Altitude:      a closed band [lower, upper]. Time: half-open [start, end).
// Not promised:  coverings that stay the same between versions. Never sign one.
// Threads:       values; const calls are safe from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace detente::geo {

struct PointE7 {
  std::int32_t lat_e7 = 0;
  std::int32_t lng_e7 = 0;
  friend bool operator==(const PointE7&, const PointE7&) = default;
};

// From degrees, rounded to 1e-7. geo_out_of_range (also for NaN); geo_swapped where the latitude
// is out of range and exchanging the two would be in range.
Result<PointE7> point_from_degrees(double lat, double lng);
Status validate(PointE7 point);
inline double lat_degrees(PointE7 p) {
  return p.lat_e7 / 1e7;
}
inline double lng_degrees(PointE7 p) {
  return p.lng_e7 / 1e7;
}

// "WGS84": height above the ellipsoid. "MSL": above mean sea level. "STD": pressure altitude
// (1013.25 hPa), what flight levels and transponders give.
enum class AltitudeReference : std::uint8_t { wgs84, msl, standard_pressure };
const char* altitude_reference_name(AltitudeReference reference);
Result<AltitudeReference> parse_altitude_reference(std::string_view name);

struct AltitudeBand {
  std::int64_t lower_mm = 0;
  std::int64_t upper_mm = 0;
  AltitudeReference reference = AltitudeReference::msl;
  friend bool operator==(const AltitudeBand&, const AltitudeBand&) = default;
};
inline constexpr std::int64_t kFootMmTimes10 = 3048;
inline constexpr std::int64_t feet_to_mm(std::int64_t feet) {
  return feet * kFootMmTimes10 / 10;
}
inline constexpr std::int64_t kNauticalMileMm = 1'852'000;

// The most by which two references can disagree about one point, in mm: the geoid's undulation
// (107 m, EGM96) between WGS84 and MSL, and 600 m between STD and the others (a pressure of
// 1013 +- 60 hPa and a cold or hot column). Used as extra separation, so it only protects more.
std::int64_t reference_mismatch_mm(AltitudeReference a, AltitudeReference b);

// The gap between two bands in mm, less the mismatch of their references; 0 when they may touch.
std::int64_t vertical_gap_mm(const AltitudeBand& a, const AltitudeBand& b);
// Whether `altitude_mm` may lie within the band.
bool may_contain(const AltitudeBand& band, std::int64_t altitude_mm, AltitudeReference reference);

struct Polygon {
  std::vector<PointE7> vertices;  // first not repeated at the end
  friend bool operator==(const Polygon&, const Polygon&) = default;
};
struct Circle {
  PointE7 center;
  std::int64_t radius_mm = 0;
  friend bool operator==(const Circle&, const Circle&) = default;
};
using Shape = std::variant<Polygon, Circle>;

// A circle that contains a shape. Every point of the shape lies within radius_m of the centre, by
// distance_m as well as on a sphere of 6,371,008.8 m.
struct BoundingCap {
  PointE7 center;
  double radius_m = 0;
};

// The range of each coordinate of an area's points as unit vectors, latitude and longitude taken
// as those of a sphere. No pole and no meridian is special to it.
struct DirectionBox {
  std::array<double, 3> low{};
  std::array<double, 3> high{};
};

// A closed range of S2 leaf cell ids [first, last], as used by indexes. `inside` says that
// every point of the range lies within the area, so that no exact test is needed.
struct CellRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool inside = false;
};

std::uint64_t leaf_cell(PointE7 point);  // S2 leaf cell id

// At most six S2 cells that together cover every point within `inflate_m` of the cap. They are as
// coarse as the cap is wide, so it takes about a microsecond: for indexes that only need to narrow
// the candidates. Each range is exactly one cell.
std::vector<CellRange> cap_cells(const BoundingCap& cap, double inflate_m);

// A validated shape, ready for questions. Immutable, cheap to copy (shared).
class Area {
 public:
  // geo_out_of_range, geo_swapped, geo_too_few_vertices, geo_too_many_vertices, geo_degenerate,
  // geo_self_crossing, geo_too_large, geo_ambiguous; the place names the vertex.
  static Result<Area> make(Shape shape);

  const Shape& shape() const;
  bool contains(PointE7 point) const;
  // Metres on the ellipsoid between the nearest points; 0 inside.
  double distance_m(PointE7 point) const;
  // Metres on the ellipsoid between the nearest points of two areas; 0 when they touch.
  double distance_m(const Area& other) const;
  // distance_m(other) <= metres, but quick where bounds alone decide.
  bool within(const Area& other, double metres) const;
  // As within(), but never false by a rounding or a tolerance: for separations, which must not be
  // missed. True up to about 5 cm and 3e-5 of the distance (with the radii of circles) too early.
  bool maybe_within(const Area& other, double metres) const;
  BoundingCap bounding_cap() const;
  // Holds every point within `inflate_m` of the area, and a little more.
  DirectionBox direction_box(double inflate_m) const;
  // Cell ranges that cover every point within `inflate_m` of the area; at most about `cells_max`.
  // `inside` is set only where inflate_m is 0.
  std::vector<CellRange> covering(int cells_max, double inflate_m = 0) const;
  // For drawing: at least 3 points; a circle becomes a 64-gon, long edges are split so that
  // straight lines in Mercator follow the geodesic.
  std::vector<PointE7> outline() const;
  // A point inside or near the middle, for labels and place checks.
  PointE7 middle() const;

  struct Impl;  // internal to geo
  const Impl& impl() const { return *impl_; }

 private:
  explicit Area(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// The area on the ellipsoid of what lies in at least one of the areas, in square kilometres.
// Never too small; too large by at most 1 percent where the areas of each group that overlaps lie
// within 4,000 km of one another. A group with more than 20,000 vertices, or with more than 20,000
// crossings of edges in one step, counts its areas one by one, so that no shape costs much time.
double area_km2(std::span<const Area> areas);

// One box of an activity, or an area of an agreement with its limits.
struct Volume4 {
  Area area;
  AltitudeBand altitude;
  TimeSpan time;
};

// Separation that the agreement asks for between two activities.
struct Separation {
  std::int64_t lateral_mm = 0;
  std::int64_t vertical_mm = 0;
  std::int64_t time_ms = 0;
};

// Two volumes conflict when they come closer than the separation in every dimension at once;
// touching counts. Time: [start, end) widened by time_ms.
bool conflict(const Volume4& a, const Volume4& b, const Separation& separation);

// Metres on the ellipsoid (GeographicLib), and the initial bearing in degrees 0..360.
double distance_m(PointE7 a, PointE7 b);
double bearing_deg(PointE7 from, PointE7 to);
// The point `metres` away on `bearing` degrees (ellipsoid).
PointE7 destination(PointE7 from, double bearing, double metres);

// No volume ends later: a later year is a mistake in typing. 2200-01-01T00:00:00Z.
inline constexpr UtcMs kTimeMax{7'258'118'400'000};

// JSON of the signed formats (docs/protocol/geometry.md):
//   area      {"polygon":[[lat_e7,lng_e7],...]} or
//   {"circle":{"center":[lat_e7,lng_e7],"radius_mm":n}} altitude
//   {"lower_mm":n,"upper_mm":n,"reference":"MSL"} time      {"start":"<RFC 3339>","end":"<RFC
//   3339>"} volume    {"area":{..},"altitude":{..},"time":{..}}
// Errors name the place inside the document.
Result<Area> read_area(const JsonReader& in);
Result<AltitudeBand> read_altitude(const JsonReader& in);
Result<TimeSpan> read_time_span(const JsonReader& in);
Result<Volume4> read_volume(const JsonReader& in);
Result<PointE7> read_point(const JsonReader& in);  // [lat_e7,lng_e7]
void write_area(JsonWriter& out, const Area& area);
void write_altitude(JsonWriter& out, const AltitudeBand& altitude);
void write_time_span(JsonWriter& out, const TimeSpan& time);
void write_volume(JsonWriter& out, const Volume4& volume);
void write_point(JsonWriter& out, PointE7 point);

// Many areas, asked by point. Build once, ask often: 10,000 areas at well under a microsecond.
class AreaIndex {
 public:
  // The number of an area is its position in `areas`.
  explicit AreaIndex(std::vector<Area> areas, int cells_per_area = 16);
  ~AreaIndex();
  AreaIndex(AreaIndex&&) noexcept;
  AreaIndex& operator=(AreaIndex&&) noexcept;
  // Appends the numbers of the areas that contain the point, ascending; does not clear `out`.
  void find(PointE7 point, std::vector<std::uint32_t>& out) const;
  std::size_t size() const;
  std::size_t bytes() const;  // memory used, roughly

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detente::geo
