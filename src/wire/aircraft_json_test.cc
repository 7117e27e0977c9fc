// SPDX-License-Identifier: Apache-2.0
//
// Method: one aircraft in each dialect, written as the decoders write it, and every member's value
// checked by hand; then what must be refused as a whole, and what only costs one aircraft.
#include "wire/aircraft_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace detente::wire {
namespace {

const std::string kReadsb = R"({"now":1717664319.5,"messages":12,"aircraft":[
 {"hex":"4ca216","type":"adsb_icao","flight":"EIN5GV  ","alt_baro":38000,"alt_geom":38500,
  "gs":431.5,"track":338.21,"baro_rate":-64,"squawk":"2312","emergency":"none","category":"A3",
  "lat":45.594910,"lon":-0.080857,"nic":8,"rc":186,"seen_pos":0.7,"version":2,"nac_p":9,"sil":3,
  "mlat":[],"tisb":[],"messages":17539,"seen":0.3,"rssi":-20.1},
 {"hex":"~2a1b3c","type":"tisb_other","alt_geom":1000,"lat":44,"lon":-1,"seen_pos":1,"seen":1},
 {"hex":"3985a7","alt_baro":"ground","gs":3,"seen":13.0}]})";

const std::string kMutability = R"({ "now" : 1795384132.6, "messages" : 18023, "aircraft" : [
 {"hex":"400f99","squawk":"2312","flight":"BAW3AK  ","lat":45.594910,"lon":-0.080857,"nucp":7,
  "seen_pos":0.7,"altitude":34025,"vert_rate":128,"track":338,"speed":431,"category":"A3",
  "mlat":[],"tisb":[],"messages":17539,"seen":0.7,"rssi":-49.5},
 {"hex":"4d226a","altitude":"ground","track":323,"speed":30,"mlat":[],"tisb":[],"messages":13,
  "seen":19.9,"rssi":-49.5}]})";

TEST(AircraftJson, RefusesAFileThatIsNotOne) {
  const std::vector<std::pair<const char*, Errc>> cases = {
      {"", Errc::json_malformed},
      {"[]", Errc::json_member_type},
      {"{}", Errc::json_member_missing},
      {R"({"now":1})", Errc::json_member_missing},
      {R"({"aircraft":[]})", Errc::json_member_missing},
      {R"({"now":-1,"aircraft":[]})", Errc::feed_malformed},
      {R"({"now":"x","aircraft":[]})", Errc::json_member_type},
      {R"({"now":1,"aircraft":{}})", Errc::json_member_type},
      {R"({"now":1,"now":2,"aircraft":[]})", Errc::json_duplicate_key},
      {R"({"now":1e999,"aircraft":[]})", Errc::json_number},
  };
  for (const auto& [text, code] : cases) {
    const auto parsed = parse_aircraft_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(errc_name(parsed.error().code), errc_name(code)) << text;
  }
}

TEST(AircraftJson, CountsABadAircraftAndKeepsTheOthers) {
  const auto parsed = parse_aircraft_json(R"({"now":1000,"aircraft":[
    {"hex":"4ca21"}, {"hex":"4ca21g"}, {"flight":"X"}, 7, {"hex":"4ca216","lat":91,"lon":0},
    {"hex":"4ca216","lat":45}, {"hex":"4ca216","lat":"45","lon":1},
    {"hex":"4ca216","alt_baro":"high"}, {"hex":"4ca216","track":361},
    {"hex":"4ca216","flight":"tab\t"}, {"hex":"4ca216","seen":2000},
    {"hex":"4ca216","lat":45,"lon":1}]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->refused, 11U);
  ASSERT_EQ(parsed->points.size(), 1U);
  EXPECT_EQ(parsed->points[0].time.value, 1'000'000);
}

TEST(AircraftJson, ReadsTheDialectOfReadsb) {
  const auto parsed = parse_aircraft_json(kReadsb);
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->refused, 0U);
  ASSERT_EQ(parsed->points.size(), 3U);
  const geo::TrackPoint& a = parsed->points[0];
  EXPECT_EQ(a.address, 0x4ca216U);
  EXPECT_EQ(a.callsign, "EIN5GV");
  EXPECT_EQ(a.time.value, 1'717'664'318'800);
  EXPECT_EQ(a.altitude_mm, 11'582'400);
  EXPECT_EQ(a.altitude_reference, geo::AltitudeReference::standard_pressure);
  EXPECT_EQ(a.speed_mm_s, 221'983);
  EXPECT_EQ(a.track_mdeg, 338'210);
  EXPECT_EQ(a.climb_mm_s, -325);
  EXPECT_EQ(a.containment_m, 186);
  EXPECT_EQ(a.nac_p, 9);
  EXPECT_EQ(a.position, (geo::PointE7{455'949'100, -808'570}));
  const geo::TrackPoint& b = parsed->points[1];
  EXPECT_FALSE(b.address_is_icao);
  EXPECT_EQ(b.altitude_reference, geo::AltitudeReference::wgs84);
  EXPECT_EQ(b.altitude_mm, 304'800);
  EXPECT_FALSE(b.containment_m);
  const geo::TrackPoint& c = parsed->points[2];
  EXPECT_TRUE(c.on_ground);
  EXPECT_FALSE(c.altitude_mm);
  EXPECT_FALSE(c.position);
  EXPECT_EQ(c.time.value, 1'717'664'306'500);
}

TEST(AircraftJson, ReadsTheDialectOfDump1090Mutability) {
  const auto parsed = parse_aircraft_json(kMutability);
  ASSERT_TRUE(parsed) << parsed.error().text();
  ASSERT_EQ(parsed->points.size(), 2U);
  const geo::TrackPoint& a = parsed->points[0];
  EXPECT_EQ(a.altitude_mm, 10'370'820);
  EXPECT_EQ(a.speed_mm_s, 221'726);
  EXPECT_EQ(a.climb_mm_s, 650);
  EXPECT_EQ(a.track_mdeg, 338'000);
  EXPECT_EQ(a.containment_m, 186);  // NUCp 7: below 0.1 NM
  EXPECT_FALSE(a.nac_p);
  EXPECT_TRUE(parsed->points[1].on_ground);
}

TEST(AircraftJson, TakesTheRadiusOfContainmentFromTheBestMemberThere) {
  const auto radius = [](const std::string& members) {
    const auto point = parse_aircraft_line(R"({"now":1,"hex":"4ca216",)" + members + "}");
    EXPECT_TRUE(point);
    return point ? point->containment_m : std::nullopt;
  };
  EXPECT_EQ(radius(R"("rc":75,"nic":1)"), 75);
  EXPECT_EQ(radius(R"("rc":0,"nic":9)"), 75);
  EXPECT_EQ(radius(R"("nic":0)"), std::nullopt);
  EXPECT_EQ(radius(R"("nic":12)"), std::nullopt);
  EXPECT_EQ(radius(R"("nucp":9)"), 8);
}

TEST(AircraftLine, ReadsOneObjectOfTheJsonPort) {
  const std::string line = R"({"now":1717664319.5,"hex":"4ca216","lat":45.5,"lon":1,"seen_pos":2})";
  const auto point = parse_aircraft_line(line);
  ASSERT_TRUE(point);
  EXPECT_EQ(point->time.value, 1'717'664'317'500);
  const auto without = parse_aircraft_line(R"({"hex":"4ca216"})");
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, Errc::json_member_missing);
  const auto received = parse_aircraft_line(R"({"hex":"4ca216","seen":1})", UtcMs{5'000});
  ASSERT_TRUE(received);
  EXPECT_EQ(received->time.value, 4'000);
  const auto longer = parse_aircraft_line(std::string(20'000, ' '));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Errc::feed_line_too_long);
}

TEST(RepeatFilter, LetsAFixThroughOnce) {
  RepeatFilter filter;
  geo::TrackPoint point;
  point.address = 1;
  point.position = geo::PointE7{1, 1};
  point.time = UtcMs{10'000};
  EXPECT_TRUE(filter.is_new(point));
  for (const std::int64_t time : {10'000, 9'900, 10'100, 11'000}) {
    point.time = UtcMs{time};
    EXPECT_FALSE(filter.is_new(point)) << time;
  }
  point.time = UtcMs{11'001};
  EXPECT_TRUE(filter.is_new(point)) << "an aircraft that stands still is heard again";
  point.position = geo::PointE7{1, 2};
  EXPECT_TRUE(filter.is_new(point));
  point.time = UtcMs{11'000};
  point.position = geo::PointE7{1, 3};
  EXPECT_FALSE(filter.is_new(point)) << "older than the last";
  point.address_is_icao = false;
  EXPECT_TRUE(filter.is_new(point)) << "another aircraft";
}

RC_GTEST_PROP(AircraftJson, SurvivesAnyText, (const std::string& text)) {
  const auto whole = parse_aircraft_json(text);
  const auto line = parse_aircraft_line("{\"hex\":\"4ca216\"," + text, UtcMs{0});
  RC_ASSERT(!whole || whole->points.size() <= text.size());
  RC_ASSERT(!line || line->address == 0x4ca216U);
}

}  // namespace
}  // namespace detente::wire
