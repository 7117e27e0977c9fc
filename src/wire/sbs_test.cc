// SPDX-License-Identifier: Apache-2.0
//
// Method: one real line of every message type (dump1090's form) is taken apart by hand in the
// test; every field is then spoiled, one at a time. Properties: what is written is read back; any
// bytes, cut anywhere, give the same lines; no input ends in anything but a value.
#include "wire/sbs.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace detente::wire {
namespace {

const std::string kAirborne =
    "MSG,3,1,1,4CA216,1,2024/06/06,08:58:39.147,2024/06/06,08:58:39.200,EIN5GV  ,38000,431.5,338.2,"
    "45.594910,-0.0808575,-64,2312,0,-1,0,0";

geo::TrackPoint must_parse(std::string_view line) {
  Result<std::optional<geo::TrackPoint>> parsed = parse_sbs(line);
  EXPECT_TRUE(parsed) << line << "\n" << (parsed ? "" : parsed.error().text());
  EXPECT_TRUE(parsed && parsed->has_value()) << line;
  return parsed && *parsed ? **parsed : geo::TrackPoint{};
}

// The airborne line with field `number` (from 1) replaced.
std::string with_field(std::size_t number, std::string_view text) {
  std::string out;
  std::size_t at = 1;
  std::string_view rest = kAirborne;
  while (true) {
    const std::size_t comma = rest.find(',');
    out += at == number ? text : rest.substr(0, comma);
    if (comma == std::string_view::npos) return out;
    out += ',';
    rest.remove_prefix(comma + 1);
    ++at;
  }
}

struct Spoiled {
  std::size_t field;
  const char* text;
  const char* name;
};

TEST(Sbs, NamesTheFieldThatIsWrong) {
  const std::vector<Spoiled> cases = {
      {2, "9", "type"},
      {2, "", "type"},
      {2, "33", "type"},
      {5, "4CA21", "hex address"},
      {5, "4CA21G", "hex address"},
      {5, "", "hex address"},
      {7, "2024/13/06", "date made"},
      {7, "2024-06-06", "date made"},
      {7, "1969/06/06", "date made"},
      {7, "2023/02/29", "date made"},
      {8, "24:00:00.000", "time made"},
      {8, "08:58:39.", "time made"},
      {8, "08:58", "time made"},
      {8, "08:58:60.000", "time made"},
      {11, "ABCDEFGHIJKLMNOP", "callsign"},
      {12, "38000H", "altitude"},
      {12, "-30000", "altitude"},
      {12, "999999999", "altitude"},
      {12, "99999999999999999999999", "altitude"},
      {15, "0000000000000000000000045", "latitude"},
      {16, "9223372036854775808", "longitude"},
      {12, " 38000", "altitude"},
      {13, "-1", "ground speed"},
      {13, "1e3", "ground speed"},
      {14, "360.1", "track"},
      {14, "nan", "track"},
      {15, "90.0000001", "latitude"},
      {15, "-91", "latitude"},
      {15, "45,5", "latitude"},
      {15, "", "latitude"},
      {15, "45.", "latitude"},
      {15, ".5", "latitude"},
      {15, "0x10", "latitude"},
      {16, "180.00000011", "longitude"},
      {16, "", "longitude"},
      {16, "inf", "longitude"},
      {17, "fast", "vertical rate"},
      {18, "7800", "squawk"},
      {18, "12345", "squawk"},
      {19, "2", "alert"},
      {20, "yes", "emergency"},
      {21, "-2", "ident"},
      {22, "ground", "on ground"},
  };
  for (const Spoiled& c : cases) {
    if (std::string_view(c.text).find(',') != std::string_view::npos) continue;
    const auto parsed = parse_sbs(with_field(c.field, c.text));
    ASSERT_FALSE(parsed) << c.field << " " << c.text;
    EXPECT_EQ(parsed.error().code, Errc::feed_malformed);
    const std::string wanted =
        "field " + std::to_string(c.field) + " (" + c.name + ") is \"" + c.text + "\"";
    EXPECT_EQ(parsed.error().detail, wanted);
  }
}

TEST(Sbs, RefusesWhatIsNotSbs) {
  for (const char* line : {"hello", "MSG", "MSG,3", "msg,3,1,1,4CA216", "*8D4CA216;", "{}"}) {
    const auto parsed = parse_sbs(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_EQ(parsed.error().code, Errc::feed_malformed) << line;
  }
  const auto one_more = parse_sbs(kAirborne + ",");
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, Errc::feed_malformed);
  const auto one_less = parse_sbs(kAirborne.substr(0, kAirborne.rfind(',')));
  ASSERT_FALSE(one_less);
  EXPECT_EQ(one_less.error().code, Errc::feed_malformed);
}

TEST(Sbs, RefusesAnyByteThatIsNotText) {
  for (std::size_t at = 0; at < kAirborne.size(); ++at) {
    for (const char c : {'\0', '\t', '\x1f', '\x7f', '\x80', '\xff', '\n'}) {
      std::string line = kAirborne;
      line[at] = c;
      const auto parsed = parse_sbs(line);
      ASSERT_FALSE(parsed) << at;
      EXPECT_EQ(parsed.error().code, Errc::feed_binary) << at;
    }
  }
}

TEST(Sbs, RefusesALineAboveTheLimitOnly) {
  const auto longer = parse_sbs("STA," + std::string(limits::kFeedLineBytes - 3, 'x'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Errc::feed_line_too_long);
  const auto longest = parse_sbs("STA," + std::string(limits::kFeedLineBytes - 4, 'x'));
  ASSERT_TRUE(longest);
  EXPECT_FALSE(longest->has_value());
}

TEST(Sbs, PassesOverLinesThatCarryNoTrack) {
  for (const char* line :
       {"", "SEL,,496,2286,4CA4E5,27215,2010/02/19,18:06:07.710,2010/02/19,18:06:07.710,RYR1427",
        "ID,,496,7162,405637,27928,2010/02/19,18:06:07.115,2010/02/19,18:06:07.115,EZY691A",
        "AIR,,496,5906,400F01,27931,2010/02/19,18:06:07.128,2010/02/19,18:06:07.128",
        "STA,,5,179,400AE7,10103,2008/11/28,14:58:51.153,2008/11/28,14:58:51.153,RM",
        "CLK,,496,-1,,-1,2010/02/19,18:18:19.036,2010/02/19,18:18:19.036"}) {
    const auto parsed = parse_sbs(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_FALSE(parsed->has_value()) << line;
  }
}

TEST(Sbs, ReadsEveryFieldOfAnAirborneLine) {
  const geo::TrackPoint point = must_parse(kAirborne);
  EXPECT_EQ(point.address, 0x4ca216U);
  EXPECT_TRUE(point.address_is_icao);
  EXPECT_EQ(format_rfc3339(point.time), "2024-06-06T08:58:39.147Z");
  EXPECT_EQ(point.callsign, "EIN5GV");
  EXPECT_EQ(point.altitude_mm, 11'582'400);
  EXPECT_EQ(point.altitude_reference, geo::AltitudeReference::standard_pressure);
  EXPECT_EQ(point.speed_mm_s, 221'983);  // 431.5 x 1852 / 3600 = 221.98278 m/s
  EXPECT_EQ(point.track_mdeg, 338'200);
  ASSERT_TRUE(point.position);
  EXPECT_EQ(point.position->lat_e7, 455'949'100);
  EXPECT_EQ(point.position->lng_e7, -808'575);
  EXPECT_EQ(point.climb_mm_s, -325);  // -64 x 5.08 = -325.12
  EXPECT_FALSE(point.on_ground);
  EXPECT_FALSE(point.containment_m);
}

TEST(Sbs, ReadsTheLinesOfARealDecoder) {
  const auto id = must_parse(
      "MSG,1,1,1,4CA216,1,2026/11/22,21:48:17.575,2026/11/22,21:48:17.875,EIN5GV  ,,,,,,,,,,,");
  EXPECT_EQ(id.callsign, "EIN5GV");
  EXPECT_FALSE(id.position);
  const auto surface = must_parse(
      "MSG,2,1,1,3461CE,1,2026/11/22,21:48:15.869,2026/11/22,21:48:15.970,,,9,281,,,,,,,,-1");
  EXPECT_TRUE(surface.on_ground);
  EXPECT_FALSE(surface.altitude_mm);
  const auto velocity = must_parse(
      "MSG,4,1,1,3461CE,1,2026/11/22,21:48:19.885,2026/11/22,21:48:19.885,,,132,143,,,0,,,,,0");
  EXPECT_EQ(velocity.climb_mm_s, 0);
  const auto altitude = must_parse(
      "MSG,5,1,1,4CA216,1,2026/11/22,21:48:17.875,2026/11/22,21:48:17.876,,425,,,,,,,0,,0,-1");
  EXPECT_TRUE(altitude.on_ground);
  const auto squawk = must_parse(
      "MSG,6,1,1,400F99,1,2026/11/22,21:48:37.560,2026/11/22,21:48:37.560,BAW3AK  ,,,,,,,2312,0,0,"
      "0,");
  EXPECT_EQ(squawk.callsign, "BAW3AK");
}

TEST(Sbs, TakesTheTimeOfLoggingWhereNoneOfMakingIsGiven) {
  const auto point = must_parse("MSG,8,1,1,4CA216,1,,,2024/06/06,08:58:40,,,,,,,,,,,,0");
  EXPECT_EQ(format_rfc3339(point.time), "2024-06-06T08:58:40Z");
}

TEST(Sbs, RoundsDegreesToTheSeventhDecimalExactly) {
  EXPECT_EQ(must_parse(with_field(15, "-0.00000005")).position->lat_e7, -1);
  EXPECT_EQ(must_parse(with_field(15, "0.00000004999")).position->lat_e7, 0);
  EXPECT_EQ(must_parse(with_field(15, "89.99999999")).position->lat_e7, 900'000'000);
  EXPECT_EQ(must_parse(with_field(15, "43.62951")).position->lat_e7, 436'295'100);
  EXPECT_EQ(must_parse(with_field(16, "-180")).position->lng_e7, -1'800'000'000);
  EXPECT_EQ(must_parse(with_field(14, "360")).track_mdeg, 0);
}

TEST(Sbs, MarksAddressesThatAreNotIcaos) {
  const auto point = must_parse(with_field(5, "~4ca216"));
  EXPECT_FALSE(point.address_is_icao);
  EXPECT_EQ(point.address, 0x4ca216U);
}

RC_GTEST_PROP(Sbs, IsReadBackAsWritten, ()) {
  geo::TrackPoint point;
  point.address = *rc::gen::inRange(0U, 1U << 24U);
  point.address_is_icao = *rc::gen::arbitrary<bool>();
  point.time = UtcMs{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)};
  point.callsign = *rc::gen::element<std::string>("", "EIN5GV", "A1");
  point.on_ground = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) {
    point.position = geo::PointE7{*rc::gen::inRange(-900'000'000, 900'000'001),
                                  *rc::gen::inRange(-1'800'000'000, 1'800'000'001)};
  }
  if (*rc::gen::arbitrary<bool>()) {
    point.altitude_mm = geo::feet_to_mm(*rc::gen::inRange(-1'000, 60'000));
  }
  if (*rc::gen::arbitrary<bool>()) point.track_mdeg = *rc::gen::inRange(0, 3'600) * 100;
  std::string line = format_sbs(point);
  RC_ASSERT(line.substr(line.size() - 2) == "\r\n");
  line.resize(line.size() - 2);
  const auto read = parse_sbs(line);
  RC_ASSERT(read && read->has_value());
  const geo::TrackPoint& back = **read;
  RC_ASSERT(back.address == point.address && back.address_is_icao == point.address_is_icao);
  RC_ASSERT(back.time == point.time && back.callsign == point.callsign);
  RC_ASSERT(back.position == point.position && back.on_ground == point.on_ground);
  RC_ASSERT(back.altitude_mm == point.altitude_mm && back.track_mdeg == point.track_mdeg);
}

RC_GTEST_PROP(Sbs, SurvivesAnyBytes, (const std::string& bytes)) {
  const auto parsed = parse_sbs("MSG,3," + bytes);
  RC_ASSERT(!parsed || parsed->has_value());
}

std::vector<std::string> split(const std::vector<std::string>& pieces, std::uint64_t& dropped) {
  std::vector<std::string> lines;
  LineSplitter splitter;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  for (const std::string& piece : pieces) splitter.feed(piece, keep);
  splitter.finish(keep);
  dropped = splitter.dropped();
  return lines;
}

TEST(LineSplitter, DropsANeverEndingLineWholeAndGoesOn) {
  std::uint64_t dropped = 0;
  std::vector<std::string> pieces(1'000, std::string(1'000, 'x'));
  pieces.push_back("tail\r\nnext\nlast");
  const auto lines = split(pieces, dropped);
  EXPECT_EQ(lines, (std::vector<std::string>{"next", "last"}));
  EXPECT_EQ(dropped, 1U);
}

TEST(LineSplitter, KeepsALineOfExactlyTheLimitHoweverItIsCut) {
  const std::string whole = std::string(limits::kFeedLineBytes, 'a') + "\r\n";
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{1}, whole.size() - 2, whole.size() - 1}) {
    std::uint64_t dropped = 0;
    const auto lines = split({whole.substr(0, cut), whole.substr(cut)}, dropped);
    ASSERT_EQ(lines.size(), 1U) << cut;
    EXPECT_EQ(lines[0].size(), limits::kFeedLineBytes);
    EXPECT_EQ(dropped, 0U);
  }
}

RC_GTEST_PROP(LineSplitter, GivesTheSameLinesHoweverTheStreamIsCut, ()) {
  const auto lengths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'100));
  std::string stream;
  for (const int length : lengths) {
    stream += std::string(static_cast<std::size_t>(length), 'a');
    stream += *rc::gen::element<std::string>("\n", "\r\n");
  }
  const auto step = *rc::gen::inRange<std::size_t>(1, 700);
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < stream.size(); at += step)
    pieces.push_back(stream.substr(at, step));
  std::uint64_t dropped_whole = 0;
  std::uint64_t dropped_cut = 0;
  const auto whole = split({stream}, dropped_whole);
  const auto cut = split(pieces, dropped_cut);
  RC_ASSERT(whole == cut);
  RC_ASSERT(dropped_whole == dropped_cut);
  RC_ASSERT(whole.size() + dropped_whole == lengths.size());
}

}  // namespace
}  // namespace detente::wire
