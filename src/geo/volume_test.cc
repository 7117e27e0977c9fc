// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/limits.h"
#include "geo/geo.h"

namespace detente::geo {
namespace {

using testing::HasSubstr;

const char* const kArea = R"({"circle":{"center":[361000000,370000000],"radius_mm":5000000}})";
const char* const kAltitude = R"({"lower_mm":0,"upper_mm":1000,"reference":"MSL"})";
const char* const kTime = R"({"start":"2016-07-15T06:00:00Z","end":"2016-07-15T08:00:00Z"})";

template <class Read>
auto read(const std::string& text, const Read& reader) {
  const auto document = parse_json(text, {.bytes_max = 1U << 22});
  EXPECT_TRUE(document) << document.error().text();
  return reader(JsonReader(document.value().value(), "volumes/2"));
}

Error area_error(const std::string& text) {
  const auto area = read(text, read_area);
  EXPECT_FALSE(area) << "accepted: " << text;
  return area ? Error{} : area.error();
}
Error altitude_error(const std::string& text) {
  const auto band = read(text, read_altitude);
  EXPECT_FALSE(band) << "accepted: " << text;
  return band ? Error{} : band.error();
}
Error time_error(const std::string& start, const std::string& end) {
  const auto span = read(R"({"start":")" + start + R"(","end":")" + end + R"("})", read_time_span);
  EXPECT_FALSE(span) << "accepted: " << start << " " << end;
  return span ? Error{} : span.error();
}

TEST(GeoJson, an_area_must_be_a_polygon_or_a_circle_and_nothing_else) {
  EXPECT_EQ(area_error("{}").code, Errc::json_member_missing);
  EXPECT_EQ(area_error("[]").code, Errc::json_member_type);
  EXPECT_EQ(area_error(R"({"polygon":[],"circle":{}})").code, Errc::json_member_unknown);
  EXPECT_EQ(area_error(R"({"polygon":{}})").code, Errc::json_member_type);
  EXPECT_EQ(area_error(R"({"polygon":[],"name":1})").code, Errc::json_member_unknown);
  EXPECT_EQ(area_error(R"({"circle":{"center":[1,1],"radius_mm":1,"unit":"m"}})").code,
            Errc::json_member_unknown);
  EXPECT_EQ(area_error(R"({"circle":{"center":[1,1]}})").code, Errc::json_member_missing);
}

TEST(GeoJson, errors_of_a_polygon_name_the_vertex_in_the_document) {
  const Error range = area_error(R"({"polygon":[[1,1],[1,900000],[900000,1],[9000000000,5]]})");
  EXPECT_EQ(range.code, Errc::geo_out_of_range);
  EXPECT_EQ(range.place, "volumes/2/polygon/3");
  EXPECT_EQ(area_error(R"({"polygon":[[1,1],[1000000000,20],[5,5]]})").code, Errc::geo_swapped);
  const Error triple = area_error(R"({"polygon":[[1,1],[1,2,3],[5,5]]})");
  EXPECT_EQ(triple.place, "volumes/2/polygon/1");
  EXPECT_EQ(area_error(R"({"polygon":[[1,1],[1],[5,5]]})").code, Errc::json_member_range);
  EXPECT_EQ(area_error(R"({"polygon":[[1,1],["1",2],[5,5]]})").place, "volumes/2/polygon/1/0");
  EXPECT_EQ(area_error(R"({"circle":{"center":[1,1],"radius_mm":0}})").place,
            "volumes/2/circle/radius_mm");
}

TEST(GeoJson, too_many_vertices_have_their_own_code) {
  std::string text = R"({"polygon":[)";
  for (std::size_t i = 0; i <= limits::kPolygonVertices; ++i) text += i == 0 ? "[0,0]" : ",[0,0]";
  EXPECT_EQ(area_error(text + "]}").code, Errc::geo_too_many_vertices);
}

TEST(GeoJson, a_point_out_of_range_is_refused_also_beyond_32_bits) {
  for (const char* text : {"[900000001,0]", "[0,1800000001]", "[9223372036854775807,0]",
                           "[0,-9223372036854775807]", "[-9223372036854775808,0]"}) {
    EXPECT_FALSE(read(text, read_point)) << text;
  }
  EXPECT_EQ(read("[900000000,-1800000000]", read_point).value(),
            (PointE7{900'000'000, -1'800'000'000}));
}

TEST(GeoJson, altitudes_are_checked) {
  const Error reversed = altitude_error(R"({"lower_mm":2,"upper_mm":1,"reference":"MSL"})");
  EXPECT_EQ(reversed.code, Errc::geo_altitude_reversed);
  EXPECT_EQ(reversed.place, "volumes/2");
  const Error high = altitude_error(R"({"lower_mm":0,"upper_mm":100000001,"reference":"MSL"})");
  EXPECT_EQ(high.code, Errc::geo_altitude_range);
  EXPECT_EQ(high.place, "volumes/2/upper_mm");
  EXPECT_EQ(altitude_error(R"({"lower_mm":-8000001,"upper_mm":0,"reference":"MSL"})").code,
            Errc::geo_altitude_range);
  const Error reference = altitude_error(R"({"lower_mm":0,"upper_mm":1,"reference":"AGL"})");
  EXPECT_EQ(reference.code, Errc::json_member_range);
  EXPECT_EQ(reference.place, "volumes/2/reference");
  EXPECT_THAT(reference.detail, HasSubstr("AGL"));
  EXPECT_EQ(altitude_error(R"({"lower_mm":0,"upper_mm":1})").code, Errc::json_member_missing);
}

TEST(GeoJson, times_are_checked) {
  EXPECT_EQ(time_error("2016-07-15T08:00:00Z", "2016-07-15T06:00:00Z").code,
            Errc::geo_time_reversed);
  EXPECT_EQ(time_error("2016-07-15T08:00:00Z", "2016-07-15T08:00:00Z").code,
            Errc::geo_time_reversed);
  EXPECT_EQ(time_error("2016-07-15T08:00:00Z", "2016-09-09T08:00:00.001Z").code,
            Errc::geo_time_range);
  EXPECT_EQ(time_error("2199-12-31T23:00:00Z", "2200-01-01T00:00:00.001Z").code,
            Errc::geo_time_range);
  const Error zone = time_error("2016-07-15T08:00:00", "2016-07-15T09:00:00Z");
  EXPECT_EQ(zone.code, Errc::bad_time);
  EXPECT_EQ(zone.place, "volumes/2/start");
  EXPECT_TRUE(
      read(R"({"start":"2016-07-15T08:00:00Z","end":"2016-09-09T08:00:00Z"})", read_time_span));
}

TEST(GeoJson, a_volume_names_the_part_that_is_wrong) {
  const auto text = [](const std::string& area, const std::string& altitude,
                       const std::string& time) {
    return R"({"area":)" + area + R"(,"altitude":)" + altitude + R"(,"time":)" + time + "}";
  };
  EXPECT_TRUE(read(text(kArea, kAltitude, kTime), read_volume));
  const auto bad =
      read(text(kArea, R"({"lower_mm":2,"upper_mm":1,"reference":"STD"})", kTime), read_volume);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().place, "volumes/2/altitude");
  const auto place =
      read(text(R"({"polygon":[[1,1],[1,1],[5,5]]})", kAltitude, kTime), read_volume);
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().place, "volumes/2/area/polygon/1");
  EXPECT_FALSE(read(R"({"area":)" + std::string(kArea) + "}", read_volume));
}

TEST(GeoJson, what_is_written_is_read_back_the_same) {
  std::mt19937_64 engine(31);
  const auto whole = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(engine);
  };
  for (int n = 0; n < 300; ++n) {
    Shape shape = Circle{{whole(-900'000'000, 900'000'000), whole(-1'800'000'000, 1'800'000'000)},
                         whole(1, 2'000'000'000)};
    if (n % 2 == 0) {
      Polygon polygon;
      const PointE7 center = std::get<Circle>(shape).center;
      for (int i = 0; i < whole(3, 30); ++i) {
        polygon.vertices.push_back(destination(center, 12.0 * i, whole(1'000, 900'000)));
      }
      shape = polygon;
    }
    auto area = Area::make(std::move(shape));
    if (!area) continue;
    const std::int64_t lower = whole(-8'000'000, 50'000'000);
    const std::int64_t start = 1'468'000'000'000 + whole(0, 1'000'000'000);
    const Volume4 volume{
        *area,
        {lower, lower + whole(0, 50'000'000), static_cast<AltitudeReference>(whole(0, 2))},
        {{start}, {start + whole(1, 1'000'000'000)}}};
    JsonWriter out;
    write_volume(out, volume);
    const auto back = read(out.text(), read_volume);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->area.shape(), volume.area.shape());
    EXPECT_EQ(back->altitude, volume.altitude);
    EXPECT_EQ(back->time, volume.time);
    JsonWriter again;
    write_volume(again, *back);
    EXPECT_EQ(again.text(), out.text());
  }
}

TEST(GeometryDocument, its_example_is_as_it_says) {
  std::ifstream file(DETENTE_SOURCE_DIR "/docs/protocol/geometry.md");
  ASSERT_TRUE(file) << "docs/protocol/geometry.md";
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::string fence = "```json\n";
  const auto begin = page.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const auto end = page.find("```", begin + fence.size());
  ASSERT_NE(end, std::string::npos);
  const auto volume =
      read(page.substr(begin + fence.size(), end - begin - fence.size()), read_volume);
  ASSERT_TRUE(volume) << volume.error().text();
  EXPECT_TRUE(volume->area.contains({362'500'000, 368'000'000}));
  EXPECT_FALSE(volume->area.contains({362'500'000, 366'000'000}));
  const auto& corners = std::get<Polygon>(volume->area.shape()).vertices;
  EXPECT_THAT(page, HasSubstr("is 35,997 m long"));
  EXPECT_NEAR(distance_m(corners[0], corners[1]), 35'997, 0.5);
  EXPECT_EQ(volume->altitude.upper_mm, feet_to_mm(10'000));
  EXPECT_TRUE(volume->time.contains(parse_rfc3339("2016-07-15T07:59:59.999Z").value()));
  EXPECT_FALSE(volume->time.contains(parse_rfc3339("2016-07-15T08:00:00Z").value()));
  JsonWriter out;
  write_volume(out, *volume);
  EXPECT_THAT(page, HasSubstr("is " + std::to_string(out.text().size()) + " bytes long"));
  for (const auto& [a, b] :
       {std::pair{AltitudeReference::wgs84, AltitudeReference::msl},
        std::pair{AltitudeReference::msl, AltitudeReference::standard_pressure}}) {
    std::string number = std::to_string(reference_mismatch_mm(a, b));
    number.insert(number.size() - 3, ",");
    EXPECT_THAT(page, HasSubstr("| " + number + " |"));
  }
}

TEST(Altitude, names_are_read_back) {
  for (const auto reference :
       {AltitudeReference::wgs84, AltitudeReference::msl, AltitudeReference::standard_pressure}) {
    EXPECT_EQ(parse_altitude_reference(altitude_reference_name(reference)).value(), reference);
  }
  for (const char* name : {"", "msl", "AGL", "WGS84 "}) {
    EXPECT_FALSE(parse_altitude_reference(name)) << name;
  }
}

TEST(Altitude, a_mismatch_of_references_is_symmetric_and_none_for_equal_ones) {
  using enum AltitudeReference;
  for (const auto a : {wgs84, msl, standard_pressure}) {
    EXPECT_EQ(reference_mismatch_mm(a, a), 0);
    for (const auto b : {wgs84, msl, standard_pressure}) {
      EXPECT_EQ(reference_mismatch_mm(a, b), reference_mismatch_mm(b, a));
    }
  }
  EXPECT_GE(reference_mismatch_mm(wgs84, msl), 106'990);  // the deepest point of EGM96
  EXPECT_EQ(reference_mismatch_mm(msl, standard_pressure), 600'000);
}

AltitudeBand random_band() {
  const auto lower = static_cast<std::int64_t>(*rc::gen::inRange(-8'000'000, 30'000'000));
  return {lower, lower + *rc::gen::inRange(0, 5'000'000),
          *rc::gen::element(AltitudeReference::wgs84, AltitudeReference::msl,
                            AltitudeReference::standard_pressure)};
}

RC_GTEST_PROP(Altitude, mixed_references_only_add_protection, ()) {
  const AltitudeBand a = random_band();
  const AltitudeBand b = random_band();
  AltitudeBand same = b;
  same.reference = a.reference;
  RC_ASSERT(vertical_gap_mm(a, b) == vertical_gap_mm(b, a));
  RC_ASSERT(vertical_gap_mm(a, b) >= 0);
  RC_ASSERT(vertical_gap_mm(a, b) <= vertical_gap_mm(a, same));
  // Whatever altitude the other band means, within the mismatch, it may be contained.
  const std::int64_t shift = reference_mismatch_mm(a.reference, b.reference);
  RC_ASSERT(may_contain(a, a.lower_mm - shift, b.reference));
  RC_ASSERT(may_contain(a, a.upper_mm + shift, b.reference));
  RC_ASSERT(!may_contain(a, a.upper_mm + shift + 1, b.reference));
  RC_ASSERT(!may_contain(a, a.lower_mm - shift - 1, b.reference));
}

Volume4 box(std::int64_t lower_mm, std::int64_t upper_mm, std::int64_t start_ms,
            std::int64_t end_ms, PointE7 center = {360'000'000, 370'000'000}) {
  return {Area::make(Circle{center, 1'000'000}).value(),
          {lower_mm, upper_mm, AltitudeReference::msl},
          {{start_ms}, {end_ms}}};
}

TEST(Conflict, touching_counts_in_height_but_not_in_time) {
  const Volume4 base = box(0, 1'000, 1'000, 2'000);
  EXPECT_TRUE(conflict(base, box(1'000, 2'000, 1'000, 2'000), {}));
  EXPECT_FALSE(conflict(base, box(1'001, 2'000, 1'000, 2'000), {}));
  EXPECT_TRUE(conflict(base, box(1'500, 2'000, 1'000, 2'000), {0, 500, 0}));
  EXPECT_FALSE(conflict(base, box(1'501, 2'000, 1'000, 2'000), {0, 500, 0}));
  EXPECT_FALSE(conflict(base, box(0, 1'000, 2'000, 3'000), {}));
  EXPECT_TRUE(conflict(base, box(0, 1'000, 1'999, 3'000), {}));
  EXPECT_FALSE(conflict(base, box(0, 1'000, 2'060, 3'000), {0, 0, 60}));
  EXPECT_TRUE(conflict(base, box(0, 1'000, 2'059, 3'000), {0, 0, 60}));
  EXPECT_TRUE(conflict(base,
                       box(0, 1'000, std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::int64_t>::max()),
                       {0, 0, 60}));
}

TEST(Conflict, touching_counts_sideways) {
  const Volume4 base = box(0, 1'000, 0, 1'000);
  const PointE7 center{360'000'000, 370'000'000};
  for (const double bearing : {0.0, 33.0, 90.0, 222.0}) {
    const auto away = [&](double metres) {
      return box(0, 1'000, 0, 1'000, destination(center, bearing, metres));
    };
    // Two circles of 1 km; the centres are rounded to a centimetre.
    EXPECT_TRUE(conflict(base, away(2'000.005), {}));
    EXPECT_FALSE(conflict(base, away(2'000.2), {}));
    EXPECT_TRUE(conflict(base, away(2'000 + 9'260.005), {5 * kNauticalMileMm, 0, 0}));
    EXPECT_FALSE(conflict(base, away(2'000 + 9'260.6), {5 * kNauticalMileMm, 0, 0}));
  }
}

TEST(Conflict, areas_that_cross_without_a_vertex_in_one_another_touch) {
  const Area tall = Area::make(Polygon{{{0, 40'000'000},
                                        {0, 50'000'000},
                                        {90'000'000, 50'000'000},
                                        {90'000'000, 40'000'000}}})
                        .value();
  const Area wide = Area::make(Polygon{{{40'000'000, 0},
                                        {40'000'000, 90'000'000},
                                        {50'000'000, 90'000'000},
                                        {50'000'000, 0}}})
                        .value();
  EXPECT_EQ(tall.distance_m(wide), 0);
  EXPECT_TRUE(tall.within(wide, 0));
  EXPECT_TRUE(conflict({tall, {0, 1}, {{0}, {1}}}, {wide, {0, 1}, {{0}, {1}}}, {}));
}

// Points of the area: its corners, points of its edges, and points inside.
std::vector<PointE7> samples(const Area& area) {
  std::vector<PointE7> points = area.outline();
  if (const auto* polygon = std::get_if<Polygon>(&area.shape())) {
    points.insert(points.end(), polygon->vertices.begin(), polygon->vertices.end());
  }
  const std::vector<PointE7> edge = points;
  for (std::size_t i = 0; i < edge.size(); ++i) {
    const PointE7 other = edge[(i * 7 + 3) % edge.size()];
    const PointE7 between =
        destination(edge[i], bearing_deg(edge[i], other), distance_m(edge[i], other) / 3);
    if (area.contains(between)) points.push_back(between);
  }
  return points;
}

bool sampled_conflict(const Volume4& a, const Volume4& b, const Separation& separation) {
  const std::int64_t pause = std::max(a.time.start.value, b.time.start.value) -
                             std::min(a.time.end.value, b.time.end.value);
  const std::int64_t gap = std::max(a.altitude.lower_mm, b.altitude.lower_mm) -
                           std::min(a.altitude.upper_mm, b.altitude.upper_mm);
  if (pause >= separation.time_ms || gap > separation.vertical_mm) return false;
  const auto others = samples(b.area);
  for (const PointE7 p : samples(a.area)) {
    if (b.area.contains(p)) return true;
    for (const PointE7 q : others) {
      if (distance_m(p, q) * 1000 <= static_cast<double>(separation.lateral_mm)) return true;
    }
  }
  return false;
}

TEST(Conflict, is_never_missed_where_sampled_points_come_too_close) {
  std::mt19937_64 engine(32);
  const auto whole = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(engine);
  };
  int found = 0;
  int missed_by_sampling = 0;
  for (int n = 0; n < 700; ++n) {
    const PointE7 origin = n % 4 == 0   ? PointE7{whole(880'000'000, 900'000'000), 0}
                           : n % 4 == 1 ? PointE7{whole(-600'000'000, 600'000'000), 1'799'000'000}
                                        : PointE7{whole(-700'000'000, 700'000'000), 370'000'000};
    const auto volume = [&] {
      const PointE7 center = destination(origin, whole(0, 359), whole(0, 40'000));
      const std::int64_t lower = whole(0, 3'000'000);
      const std::int64_t start = whole(0, 3'600'000);
      Shape shape = Circle{center, whole(1'000, 15'000'000)};
      if (whole(0, 2) > 0) {
        Polygon polygon;
        const int corners = whole(3, 12);
        for (int i = 0; i < corners; ++i) {
          polygon.vertices.push_back(
              destination(center, 360.0 * i / corners, whole(2'000, 15'000)));
        }
        shape = polygon;
      }
      return Volume4{Area::make(std::move(shape)).value(),
                     {lower, lower + whole(0, 2'000'000), AltitudeReference::msl},
                     {{start}, {start + whole(1, 3'600'000)}}};
    };
    const Volume4 a = volume();
    const Volume4 b = volume();
    const Separation separation{whole(0, 15'000'000), whole(0, 400'000), whole(0, 600'000)};
    const bool expected = sampled_conflict(a, b, separation);
    const bool actual = conflict(a, b, separation);
    ASSERT_EQ(actual, conflict(b, a, separation)) << n;
    if (expected) {
      ASSERT_TRUE(actual) << n;
      ++found;
    } else if (actual) {
      ++missed_by_sampling;
    }
  }
  EXPECT_GT(found, 100);
  // Sampling is coarse, but not so coarse that the two are often apart.
  EXPECT_LT(missed_by_sampling, 60);
}

}  // namespace
}  // namespace detente::geo
