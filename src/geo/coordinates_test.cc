// SPDX-License-Identifier: Apache-2.0
//
// Method: the grids are compared with what other libraries give for the same points: MGRS by
// npm mgrs 2.2.0, UTM by proj4js 2; neither shares code with GeographicLib. Spellings are of one
// point, written in many ways.
#include "geo/coordinates.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

namespace detente::geo {
namespace {

struct Known {
  double lat;
  double lng;
  const char* mgrs;
  int zone;
  double easting;
  double northing;
};
constexpr auto kKnown = std::to_array<Known>({
    {36.2021, 37.1343, "37SCA3226907977", 37, 332269.94, 4007977.95},
    {35.9306, 36.6339, "37SBV8654378838", 37, 286543.29, 3978838.21},
    {33.5138, 36.2765, "37SBT4702911570", 37, 247029.36, 3711570.37},
    {15.3694, 44.191, "38PMB1317599346", 38, 413175.07, 1699346.41},
    {48.0159, 37.8029, "37UDP1072918760", 37, 410729.84, 5318760.71},
    {-4.4419, 15.2663, "33MWR2954409021", 33, 529544.22, 9509021.41},
    {12.8628, 30.2176, "36PSV9800023596", 36, 198000.20, 1423596.74},
    {59.9139, 10.7522, "32VNM9797943118", 32, 597979.90, 6643118.99},
    {78.2232, 15.6267, "33XWG1427883355", 33, 514278.72, 8683355.47},
    {-33.8688, 151.2093, "56HLH3436850948", 56, 334368.63, 6250948.35},
    {0.3476, 32.5825, "36NVF5354338421", 36, 453543.14, 38421.28},
    {31.5017, 34.4668, "36RXV3929886136", 36, 639298.11, 3486136.88},
    {64.1466, -21.9426, "27WVM5413813689", 27, 454138.38, 7113689.87},
    {-54.8019, -68.303, "19FEV4480527029", 19, 544805.10, 3927029.88},
});

PointE7 point_of(const Known& known) {
  return point_from_degrees(known.lat, known.lng).value();
}

std::string why(std::string_view text) {
  const Result<ReadCoordinate> read = read_coordinate(text);
  return read ? "it was read" : read.error().detail;
}
Errc code(std::string_view text) {
  const Result<ReadCoordinate> read = read_coordinate(text);
  return read ? Errc{} : read.error().code;
}

TEST(Coordinates, RefuseWhatIsNone) {
  for (const char* text : {"",
                           "Aleppo",
                           "36",
                           "36.2",
                           "36.2, 37.1, 38",
                           "36 12 N",
                           "N E",
                           "36N 37N",
                           "36.2N, 37.1",
                           "36 75 00 N 37 00 00 E",
                           "36.5 30 N 37 10 E",
                           "-36N 37E",
                           "36'12N 37'08E",
                           "1e3, 2",
                           "36,2021,37,1343",
                           "0x24, 0x25",
                           "36..2, 37.1",
                           "37SXX12345 67890",
                           "37SCA123",
                           "61N 332269 4007977",
                           "3;W;;;;N69",
                           "37N ;;; 4007977",
                           "37N M M",
                           "37P 332269 4007977",
                           "37N 33226 4007977 12",
                           "\xFF\xFF"}) {
    EXPECT_EQ(code(text), Errc::coordinates_malformed) << text;
  }
  EXPECT_EQ(code(std::string(201, '1')), Errc::coordinates_malformed);
}

TEST(Coordinates, RefuseAnotherDatumAndSayHowFarItIsOff) {
  for (const char* text : {"36.2021, 37.1343 ED50", "СК-42 36.2021 37.1343", "NAD27 36.2, 37.1",
                           "36.2021, 37.1343 (Pulkovo 1942)", "37SCA3226907977 ed50"}) {
    EXPECT_EQ(code(text), Errc::coordinates_datum) << text;
  }
  EXPECT_EQ(why("36.2021, 37.1343 ED50"),
            "ED50 lies up to 200 m from WGS84: convert it to WGS84 first");
}

TEST(Coordinates, RefuseAPlaceOffTheEarthAndSayWhenTheTwoAreSwapped) {
  EXPECT_EQ(code("91.5, 200"), Errc::geo_out_of_range);
  EXPECT_EQ(code("137.1343, 36.2021"), Errc::geo_swapped);
}

TEST(Coordinates, RefuseAZoneLetterWithTwoMeanings) {
  EXPECT_NE(why("37S 332269 4007977").find("southern hemisphere"), std::string::npos);
  EXPECT_TRUE(read_coordinate("37N 332269 4007977"));
  EXPECT_TRUE(read_coordinate("56S 334368 6250948"));  // no band S so far from the equator
}

TEST(Coordinates, OfOnePointAreReadInEverySpelling) {
  const PointE7 degrees = point_from_degrees(36.2021, 37.1343).value();
  for (const char* text : {"36.2021, 37.1343",
                           "36.2021 37.1343",
                           "36,2021 37,1343",
                           "36,2021; 37,1343",
                           "36,2021, 37,1343",
                           "N36.2021 E37.1343",
                           "36.2021N 37.1343E",
                           "37.1343E, 36.2021N",
                           "36.2021° N, 37.1343° E",
                           "lat: 36.2021 lon: 37.1343",
                           "Lat=36.2021, Long=37.1343",
                           "36.2021 North 37.1343 East",
                           "36,2021° с.ш. 37,1343° в.д.",
                           "36.2021 С 37.1343 В",
                           "٣٦٫٢٠٢١ ش ٣٧٫١٣٤٣ ق",
                           "٣٦٫٢٠٢١ شمالاً ٣٧٫١٣٤٣ شرقاً",
                           "۳۶٫۲۰۲۱، ۳۷٫۱۳۴۳",
                           "WGS84 36.2021, 37.1343",
                           "36.2021/37.1343",
                           "+36.2021, +37.1343",
                           "\u200F36.2021\u00A0N 37.1343\u00A0E"}) {
    const Result<ReadCoordinate> read = read_coordinate(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(read->point, degrees) << text;
    EXPECT_EQ(read->notation, Notation::decimal) << text;
  }
  const PointE7 seconds =
      point_from_degrees(36 + 12 / 60.0 + 7.5 / 3600, 37 + 8 / 60.0 + 3.5 / 3600).value();
  for (const char* text :
       {"36°12'07.5\"N 37°08'03.5\"E", "36 12 07.5 N 37 08 03.5 E", "36-12-07.5N 037-08-03.5E",
        "36:12:07.5N 37:08:03.5E", "N36°12′07,5″ E37°08′03,5″", "36°12’07.5’’N, 37°08’03.5’’E",
        "36 12 7.5, 37 8 3.5", "36°12'7.5\" 37°8'3.5\"", "36°12′07.5″ с.ш., 37°08′03.5″ в.д.",
        "36 deg 12 min 7.5 sec N 37 deg 8 min 3.5 sec E", "٣٦°١٢'٠٧٫٥\" شمال ٣٧°٠٨'٠٣٫٥\" شرق"}) {
    const Result<ReadCoordinate> read = read_coordinate(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(read->point, seconds) << text;
    EXPECT_EQ(read->notation, Notation::seconds) << text;
  }
  const Result<ReadCoordinate> minutes = read_coordinate("S36 12.126 W037 08.058");
  EXPECT_EQ(minutes->point, point_from_degrees(-36.2021, -37.1343).value());
  EXPECT_EQ(minutes->notation, Notation::minutes);
}

TEST(Coordinates, InTwoCellsMayHaveADecimalComma) {
  EXPECT_EQ(read_coordinate("36,2021", "37,1343")->point, point_of(kKnown[0]));
  EXPECT_EQ(read_coordinate("36.2021", "37.1343")->point, point_of(kKnown[0]));
  EXPECT_EQ(read_coordinate("36", "37")->point, point_from_degrees(36, 37).value());
  EXPECT_FALSE(read_coordinate("36.2021", ""));
}

TEST(Coordinates, SayHowExactTheyWereWritten) {
  EXPECT_NEAR(read_coordinate("36.2, 37.1")->uncertainty_m, 7'150, 20);
  EXPECT_NEAR(read_coordinate("36.2021, 37.1343")->uncertainty_m, 7.15, 0.02);
  EXPECT_NEAR(read_coordinate("36 12 N 37 08 E")->uncertainty_m, 1'192, 5);
  EXPECT_NEAR(read_coordinate("36 12 07 N 37 08 03 E")->uncertainty_m, 19.9, 0.1);
  EXPECT_NEAR(read_coordinate("37S CA 32 07")->uncertainty_m, 707, 1);
  EXPECT_NEAR(read_coordinate("37N 332270 4007978")->uncertainty_m, 0.707, 0.001);
}

TEST(Coordinates, OfGridsAreWhereOtherLibrariesPutThem) {
  for (const Known& known : kKnown) {
    const PointE7 truth = point_of(known);
    const Result<ReadCoordinate> mgrs = read_coordinate(known.mgrs);
    ASSERT_TRUE(mgrs) << known.mgrs << mgrs.error().text();
    EXPECT_LE(distance_m(mgrs->point, truth), 0.75) << known.mgrs;
    EXPECT_EQ(mgrs->notation, Notation::mgrs);
    const std::string utm = std::to_string(known.zone) + (known.lat < 0 ? known.mgrs[2] : 'N') +
                            " " + std::to_string(known.easting) + " " +
                            std::to_string(known.northing);
    // std::to_string writes six digits after the point, more than a coordinate has.
    const auto cut = [](std::string text) {
      std::string out;
      for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] != '.') continue;
        out += text.substr(i + 1, 2);
        i += 6;
      }
      return out;
    };
    const Result<ReadCoordinate> read = read_coordinate(cut(utm));
    ASSERT_TRUE(read) << cut(utm) << read.error().text();
    EXPECT_LE(distance_m(read->point, truth), 0.02) << cut(utm);
    std::string written = write_mgrs(truth).value();
    std::erase(written, ' ');
    EXPECT_EQ(written, known.mgrs);
  }
}

RC_GTEST_PROP(CoordinatesProperty, WhatIsWrittenInMgrsIsReadBack, ()) {
  const PointE7 point{*rc::gen::inRange(-799'000'000, 839'000'000),
                      *rc::gen::inRange(-1'800'000'000, 1'800'000'000)};
  const Result<ReadCoordinate> read = read_coordinate(write_mgrs(point).value());
  RC_ASSERT(read.has_value());
  RC_ASSERT(distance_m(read->point, point) < 0.75);
}

RC_GTEST_PROP(CoordinatesProperty, TheTruePlaceLiesWithinTheUncertainty, ()) {
  const PointE7 point{*rc::gen::inRange(-890'000'000, 890'000'000),
                      *rc::gen::inRange(-1'790'000'000, 1'790'000'000)};
  const int digits = *rc::gen::inRange(0, 7);
  const Result<ReadCoordinate> read = read_coordinate(
      fmt::format("{:.{}f}, {:.{}f}", lat_degrees(point), digits, lng_degrees(point), digits));
  RC_ASSERT(read.has_value());
  RC_ASSERT(distance_m(read->point, point) <= read->uncertainty_m * 1.01 + 0.02);
}

}  // namespace
}  // namespace detente::geo
