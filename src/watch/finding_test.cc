// SPDX-License-Identifier: Apache-2.0
//
// Method: the bodies in docs/protocol/finding.md are taken out of the document and must be what the
// code writes and reads; then every member is spoiled, one at a time. The last part is the clock
// of replayed feeds.
#include "watch/finding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "terms/programme.h"
#include "watch/feed_clock.h"

namespace detente::watch {
namespace {

const std::string kId = "00112233445566778899aabbccddeeff";

Finding example() {
  Finding f;
  f.kind = FindingKind::area_entered;
  f.clause.value = "3.2";
  f.area.value = "A1";
  f.confidence = Confidence::plausible;
  f.aircraft = 0x43c101;
  f.callsign = "OSTRA21";
  f.first = {*parse_rfc3339("2016-07-15T06:20:05.250Z"),
             {358'912'345, 367'012'300},
             3'048'000,
             geo::AltitudeReference::standard_pressure};
  f.last = {*parse_rfc3339("2016-07-15T06:24:00Z"),
            {359'012'345, 367'512'300},
            std::nullopt,
            geo::AltitudeReference::standard_pressure};
  f.fixes = 48;
  f.end = FindingEnd::left;
  f.text = "Clause 3.2 forbids flights of South in Designated area A1 (Idlib west).";
  return f;
}

// The code blocks of the document that begin with a brace.
std::vector<std::string> documented() {
  std::ifstream file(DETENTE_SOURCE_DIR "/docs/protocol/finding.md");
  std::vector<std::string> out;
  std::string line;
  bool block = false;
  while (std::getline(file, line)) {
    if (line.starts_with("```")) {
      block = !block;
      if (block) out.emplace_back();
    } else if (block) {
      out.back() += line;
    }
  }
  std::erase_if(out, [](const std::string& text) { return !text.starts_with("{"); });
  return out;
}

template <class F>
auto read(F&& function, const std::string& json) -> decltype(function(std::declval<JsonReader>())) {
  DETENTE_TRY(const JsonDocument document,
              parse_json(json, {.bytes_max = limits::kStatementPayloadBytes}));
  return function(document.root());
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Finding, HasTheKindsThatAnAgreementCanName) {
  for (std::size_t i = 0; i < terms::kFindingNames.size(); ++i) {
    EXPECT_EQ(finding_kind_name(static_cast<FindingKind>(i)), terms::kFindingNames[i]);
  }
}

TEST(Finding, RefusesAnOpeningBodyWithOneThingWrong) {
  const std::string good = write_finding_open(example(), kId);
  ASSERT_TRUE(read(read_finding_open, good));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("finding":"00)", R"("finding":"0)"},
      {"eeff\"", "EEFF\""},
      {"area_entered", "attacked"},
      {R"("clause":"3.2")", R"("clause":"")"},
      {R"("area":"A1")", R"("area":"")"},
      {R"("activity":"")", R"("activity":"x")"},
      {"unidentified", "south"},
      {"plausible", "certain"},
      {"43c101", "43C101"},
      {"43c101", "43c1011"},
      {"43c101", "~43c10"},
      {R"("callsign":"OSTRA21",)", ""},
      {"[358912345,367012300]", "[358912345]"},
      {"[358912345,367012300]", "[958912345,367012300]"},
      {"05.250Z", "05.250"},
      {R"("altitude_mm":3048000,)", ""},
      {R"("altitude_mm":3048000)", R"("altitude_mm":3048000.5)"},
      {R"("altitude_mm":3048000)", R"("altitude_mm":300048000)"},
      {R"("STD")", R"("AGL")"},
      {R"("text":")", R"("target":"x","text":")"},
      {R"("finding")", R"("finding2":1,"finding")"},
  };
  for (const auto& [from, to] : cases) {
    EXPECT_FALSE(read(read_finding_open, replaced(good, from, to))) << from << " -> " << to;
  }
}

TEST(Finding, RefusesAClosingBodyWithOneThingWrong) {
  const std::string good = write_finding_close(example(), kId);
  ASSERT_TRUE(read(read_finding_close, good));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"left", "gone"},
      {R"("fixes":48)", R"("fixes":0)"},
      {R"("fixes":48)", R"("fixes":"48")"},
      {R"("end")", R"("ending")"},
      {R"("fixes")", R"("more":1,"fixes")"}};
  for (const auto& [from, to] : cases) {
    EXPECT_FALSE(read(read_finding_close, replaced(good, from, to))) << from << " -> " << to;
  }
}

TEST(Finding, IsWrittenAsTheDocumentSays) {
  const std::vector<std::string> blocks = documented();
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(write_finding_open(example(), kId), blocks[0]);
  EXPECT_EQ(write_finding_close(example(), kId), blocks[1]);
}

TEST(Finding, IsReadBackAsWritten) {
  Finding f = example();
  f.aircraft_is_icao = false;
  f.kind = FindingKind::outside_volume;
  f.area.value.clear();
  f.activity.value = "0123456789abcdef0123456789abcdef";
  f.who = PartyId("south");
  f.confidence = Confidence::probable;
  f.first.altitude_mm.reset();
  const auto open = read(read_finding_open, write_finding_open(f, kId));
  ASSERT_TRUE(open) << open.error().text();
  EXPECT_EQ(open->id, kId);
  EXPECT_EQ(open->finding.kind, f.kind);
  EXPECT_EQ(open->finding.activity, f.activity);
  EXPECT_EQ(open->finding.who, f.who);
  EXPECT_EQ(open->finding.aircraft, f.aircraft);
  EXPECT_FALSE(open->finding.aircraft_is_icao);
  EXPECT_EQ(open->finding.first, f.first);
  EXPECT_EQ(open->finding.text, f.text);
  const auto close = read(read_finding_close, write_finding_close(f, kId));
  ASSERT_TRUE(close) << close.error().text();
  EXPECT_EQ(close->end, FindingEnd::left);
  EXPECT_EQ(close->last, f.last);
  EXPECT_EQ(close->fixes, 48U);
}

TEST(FeedClock, ChangesNothingWithoutOptions) {
  FeedClock clock;
  EXPECT_EQ(clock.map(UtcMs{5'000}).value, 5'000);
  EXPECT_EQ(clock.map(UtcMs{4'000}).value, 4'000);
}

TEST(FeedClock, CountsFromTheFirstLineTimesTheSpeed) {
  FeedClock clock(60, UtcMs{1'000'000});
  EXPECT_EQ(clock.map(UtcMs{77'000}).value, 1'000'000);
  EXPECT_EQ(clock.map(UtcMs{78'001}).value, 1'060'060);
  EXPECT_EQ(clock.map(UtcMs{76'990}).value, 999'400);
  FeedClock without_start(0.5, std::nullopt);
  EXPECT_EQ(without_start.map(UtcMs{10'000}).value, 10'000);
  EXPECT_EQ(without_start.map(UtcMs{12'000}).value, 11'000);
}

TEST(FeedClock, StaysWithinTheTimesThatCanBeWritten) {
  FeedClock clock(1e9, UtcMs{0});
  clock.map(UtcMs{0});
  EXPECT_EQ(format_rfc3339(clock.map(UtcMs{253'402'300'799'999})), "9999-12-31T23:59:59.999Z");
  FeedClock back(1e9, UtcMs{0});
  back.map(UtcMs{1'000});
  EXPECT_EQ(back.map(UtcMs{0}).value, 0);
}

RC_GTEST_PROP(FeedClock, NeverTurnsTheOrderOfLinesAround, (std::uint32_t a, std::uint32_t b)) {
  FeedClock clock(0.37, UtcMs{1'000'000'000'000});
  clock.map(UtcMs{1'000});
  const UtcMs early = clock.map(UtcMs{std::min(a, b)});
  const UtcMs late = clock.map(UtcMs{std::max(a, b)});
  RC_ASSERT(early <= late);
}

}  // namespace
}  // namespace detente::watch
