// SPDX-License-Identifier: Apache-2.0
//
// Method: a good document with every kind of feature is read; then one thing at a time is spoiled,
// and code and place of the refusal are checked.
#include "wire/geojson.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace detente::wire {
namespace {

std::string feature(const std::string& geometry, const std::string& properties) {
  return R"({"type":"Feature","geometry":)" + geometry + R"(,"properties":{)" + properties + "}}";
}
std::string collection(const std::string& features) {
  return R"({"type":"FeatureCollection","features":[)" + features + "]}";
}
const std::string kSquare =
    R"({"type":"Polygon","coordinates":[[[1,45],[2,45],[2,46],[1,46],[1,45]]]})";
const std::string kPoint = R"({"type":"Point","coordinates":[1.5,45.5,100]})";
const std::string kWhen = R"("start":"2024-06-06T08:00:00Z","end":"2024-06-06T10:00:00Z")";
const std::string kHeight = R"("lower_ft":1000,"upper_ft":39000,"reference":"STD")";
const std::string kWhat = R"("id":"a1","operator":"north","purpose":"transit")";
const std::string kAll = kWhat + "," + kHeight + "," + kWhen;

TEST(GeoJson, RefusesWhatIsWrongAndNamesThePlace) {
  struct Case {
    std::string text;
    Errc code;
    std::string place;
  };
  const std::string open = R"({"type":"Polygon","coordinates":[[[1,45],[2,45],[2,46],[1,46]]]})";
  const std::string holed =
      R"({"type":"Polygon","coordinates":[[[1,45],[2,45],[2,46],[1,45]],[[1,45],[2,45],[2,46],[1,45]]]})";
  const std::string crossing =
      R"({"type":"Polygon","coordinates":[[[1,45],[2,46],[2,45],[1,46],[1,45]]]})";
  const std::string swapped =
      R"({"type":"Polygon","coordinates":[[[45,120],[46,120],[46,121],[45,120]]]})";
  const std::string good = feature(kSquare, kAll);
  const std::vector<Case> cases = {
      {"{}", Errc::json_member_missing, ""},
      {R"({"type":"Feature"})", Errc::geojson_malformed, ""},
      {collection(R"({"type":"Polygon"})"), Errc::geojson_malformed, "features/0"},
      {collection(good + "," + feature(open, kAll)), Errc::geojson_malformed,
       "features/1/geometry/coordinates/0"},
      {collection(feature(holed, kAll)), Errc::geojson_malformed, "features/0/geometry"},
      {collection(feature(crossing, kAll)), Errc::geo_self_crossing, "features/0/geometry"},
      {collection(feature(swapped, kAll)), Errc::geo_swapped,
       "features/0/geometry/coordinates/0/0"},
      {collection(feature(kPoint, kAll)), Errc::json_member_missing, "features/0/properties"},
      {collection(feature(kPoint, kAll + R"(,"radius_m":0)")), Errc::geojson_malformed,
       "features/0/properties"},
      {collection(feature(kSquare, kAll + R"(,"radius_m":5)")), Errc::geojson_malformed,
       "features/0/properties"},
      {collection(feature(R"({"type":"LineString","coordinates":[]})", kAll)),
       Errc::geojson_malformed, "features/0/geometry"},
      {collection(feature(kSquare, kWhat + "," + kHeight)), Errc::json_member_missing,
       "features/0/properties"},
      {collection(feature(kSquare, kWhat + "," + kWhen)), Errc::json_member_missing,
       "features/0/properties"},
      {collection(feature(kSquare, kAll + R"(,"target":"x")")), Errc::json_member_unknown,
       "features/0/properties"},
      {collection(feature(kSquare, kAll + R"(,"aircraft":["xyz"])")), Errc::geojson_malformed,
       "features/0/properties"},
      {collection(feature(kSquare,
                          kWhat + "," + kWhen + R"(,"lower_ft":2,"upper_ft":1,"reference":"MSL")")),
       Errc::geo_altitude_reversed, "features/0/properties"},
      {collection(
           feature(kSquare, kWhat + "," + kHeight +
                                R"(,"start":"2024-06-06T08:00:00Z","end":"2024-06-06T08:00:00Z")")),
       Errc::geo_time_reversed, "features/0/properties"},
      {collection(
           feature(kSquare, kWhat + "," + kHeight +
                                R"(,"start":"2024-06-06T08:00:00","end":"2024-06-06T09:00:00Z")")),
       Errc::bad_time, "features/0/properties/start"},
      {collection(good + "," +
                  feature(kSquare, R"("id":"a1","operator":"south","purpose":"transit",)" +
                                       kHeight + "," + kWhen)),
       Errc::geojson_malformed, "features/1"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_activities_geojson(c.text);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_STREQ(errc_name(parsed.error().code), errc_name(c.code)) << c.text;
    EXPECT_EQ(parsed.error().place.substr(0, c.place.size()), c.place)
        << c.text << " " << parsed.error().place;
  }
}

TEST(GeoJson, GathersTheVolumesOfOneActivity) {
  const std::string text = collection(
      feature(kSquare, kAll + R"(,"callsigns":["N1"],"aircraft":["4CA216"],"name":"leg one")") +
      "," + feature(kPoint, kAll + R"(,"callsigns":["N1","N2"],"radius_m":5000.5)"));
  const auto parsed = parse_activities_geojson(text);
  ASSERT_TRUE(parsed) << parsed.error().text();
  ASSERT_EQ(parsed->size(), 1U);
  const GeoJsonActivity& activity = parsed->front();
  EXPECT_EQ(activity.id.value, "a1");
  EXPECT_EQ(activity.operator_id.value, "north");
  EXPECT_EQ(activity.callsigns, (std::vector<std::string>{"N1", "N2"}));
  EXPECT_EQ(activity.aircraft, (std::vector<std::uint32_t>{0x4ca216}));
  ASSERT_EQ(activity.volumes.size(), 2U);
  EXPECT_TRUE(activity.volumes[0].area.contains({455'000'000, 15'000'000}));
  EXPECT_FALSE(activity.volumes[0].area.contains({455'000'000, 25'000'000}));
  EXPECT_EQ(activity.volumes[0].altitude,
            (geo::AltitudeBand{304'800, 11'887'200, geo::AltitudeReference::standard_pressure}));
  ASSERT_TRUE(std::holds_alternative<geo::Circle>(activity.volumes[1].area.shape()));
  EXPECT_EQ(std::get<geo::Circle>(activity.volumes[1].area.shape()).radius_mm, 5'000'500);
}

RC_GTEST_PROP(GeoJson, SurvivesAnyText, (const std::string& text)) {
  RC_ASSERT(!parse_activities_geojson(collection("{" + text)));
}

}  // namespace
}  // namespace detente::wire
