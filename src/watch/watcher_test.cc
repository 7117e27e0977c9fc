// SPDX-License-Identifier: Apache-2.0
//
// Method. First the rules of an episode, one at a time, on a small map with one aircraft; the map
// is drawn below. Then random maps, rules, activities and feeds, whose findings must equal, one for
// one, those of the slow and obvious watch in brute_watch_testing.h, whatever ticks come in
// between. Random fixes keep 20 m away from every boundary, because the two geometries may differ
// by millimetres there.
//
//   lng 36.0      36.2      36.4      36.6        FL100 is 3,048 m
//        +---------+---------+---------+
//        |  D "desig."       |         |   D: class designated, all heights
//   35.0 |         |    P    |         |   P: class protected, up to 3,048 m STD, within D
//        +---------+---------+---------+   clause 3.1: nobody in P, except humanitarian (3.9)
//                                          clause 3.2: south not in D; 3.3: declare in D
#include "watch/watcher.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <random>

#include "base/limits.h"
#include "watch/brute_watch_testing.h"

namespace detente::watch {
namespace {

using What = FindingEvent::What;

const UtcMs kStart{1'468'562'400'000};  // 2016-07-15T06:00:00Z

std::string head_json() {
  return R"({"detente":"agreement/v1","id":"test","title":{"en":"Test"},
    "valid":{"start":"2016-07-01T00:00:00Z","end":"2016-08-01T00:00:00Z"},
    "parties":[{"id":"north","name":"North","kind":"party"},
               {"id":"south","name":"South","kind":"party"},
               {"id":"monitor","name":"Monitor","kind":"monitor"}],
    "adherents":[{"id":"aid","name":"Aid","sponsor":"north"}],
    "area_classes":[{"id":"designated","name":"Designated"},{"id":"protected","name":"Protected"},
                    {"id":"corridor","name":"Corridor"}],)";
}

std::string tail_json() {
  std::string clauses;
  for (const char* id : {"3.1", "3.2", "3.3", "3.4", "3.9", "6.1", "6.2", "7.1"}) {
    clauses += fmt::format(R"({}{{"id":"{}","text":{{"en":"Clause {}."}}}})",
                           clauses.empty() ? "" : ",", id, id);
  }
  return R"("clauses":[)" + clauses + R"(],
    "procedures":[
      {"clause":"6.1","lead_s":0,"concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]},
      {"clause":"6.2","purposes":["humanitarian"],"lead_s":0,
       "concurrences":[{"party":"north","officers":1},{"party":"south","officers":1}]}],
    "separation":{"clause":"7.1","lateral_mm":9260000,"vertical_mm":304800,"time_ms":60000},
    "clocks":{"heartbeat_s":30,"fresh_s":90,"cut_s":300,"stop_ack_s":60,"track_gap_s":120}})";
}

const char* const kRules = R"("rules":[
  {"clause":"3.1","effect":"forbid","classes":["protected"],"except_purposes":["humanitarian"],"except_clause":"3.9"},
  {"clause":"3.2","effect":"forbid","who":["south"],"classes":["designated"]},
  {"clause":"3.3","effect":"declare","classes":["designated"]}],)";

std::shared_ptr<const terms::Agreement> agreement_of(const std::string& json) {
  Result<terms::Agreement> made = terms::Agreement::make(json);
  EXPECT_TRUE(made) << (made ? "" : made.error().text());
  return std::make_shared<const terms::Agreement>(std::move(made).value());
}

std::shared_ptr<const terms::Agreement> small_agreement() {
  return agreement_of(head_json() + R"("areas":[
    {"id":"D","name":"D","class":"designated","area":{"polygon":
      [[349000000,360000000],[349000000,364000000],[351000000,364000000],[351000000,360000000]]}},
    {"id":"P","name":"P","class":"protected","area":{"circle":{"center":[350000000,363000000],"radius_mm":5000000}},
     "altitude":{"lower_mm":0,"upper_mm":3048000,"reference":"STD"}}],)" +
                      kRules + tail_json());
}

// A fix on the parallel of 35 degrees.
geo::TrackPoint at(double lng, std::int64_t second, std::optional<std::int64_t> altitude_mm = 5e6) {
  geo::TrackPoint p;
  p.address = 0x43c101;
  p.time = kStart + second * 1'000;
  p.position = geo::PointE7{350'000'000, static_cast<std::int32_t>(std::lround(lng * 1e7))};
  p.altitude_mm = altitude_mm;
  return p;
}
constexpr double kOut = 36.6;
constexpr double kInD = 36.1;
constexpr double kInBoth = 36.3;

WatchedActivity activity(const char* id, const char* who, terms::Purpose purpose, double lng,
                         double radius_km) {
  Result<geo::Area> area =
      geo::Area::make(geo::Circle{{350'000'000, static_cast<std::int32_t>(lng * 1e7)},
                                  static_cast<std::int64_t>(radius_km * 1e6)});
  WatchedActivity a;
  a.id.value = id;
  a.operator_id.value = who;
  a.purpose = purpose;
  a.aircraft = {0x43c101};
  a.volumes.push_back({*area,
                       {0, 10'000'000, geo::AltitudeReference::standard_pressure},
                       {kStart, kStart + 3'600'000}});
  return a;
}

class WatcherRules : public testing::Test {
 protected:
  // Feeds one report and returns what happened, one word group per event.
  std::vector<std::string> see(const geo::TrackPoint& point) {
    std::vector<FindingEvent> events;
    watcher.observe(point, events);
    return words(events);
  }
  std::vector<std::string> tick(std::int64_t second) {
    std::vector<FindingEvent> events;
    watcher.tick(kStart + second * 1'000, events);
    return words(events);
  }
  std::vector<std::string> words(const std::vector<FindingEvent>& events) {
    std::vector<std::string> out;
    for (const FindingEvent& e : events) {
      const Finding& f = e.finding;
      out.push_back(e.what == What::opened ? fmt::format("open {} {} {}", finding_kind_name(f.kind),
                                                         f.clause.value, f.area.value)
                                           : fmt::format("close {} {} x{}", f.clause.value,
                                                         finding_end_name(f.end.value()), f.fixes));
      last = f;
    }
    return out;
  }
  using Words = std::vector<std::string>;

  Watcher watcher{small_agreement()};
  Finding last;
};

TEST_F(WatcherRules, SayNothingOfAFlightOutsideEveryArea) {
  EXPECT_EQ(see(at(kOut, 0)), Words{});
  EXPECT_EQ(see(at(kOut, 10, std::nullopt)), Words{});
}

TEST_F(WatcherRules, SayNothingOfAnAircraftOnTheGround) {
  geo::TrackPoint p = at(kInBoth, 0);
  p.on_ground = true;
  EXPECT_EQ(see(p), Words{});
}

TEST_F(WatcherRules, SayNothingOfAReportWithoutAPosition) {
  geo::TrackPoint p = at(kInBoth, 0);
  p.position.reset();
  EXPECT_EQ(see(p), Words{});
  EXPECT_EQ(watcher.counts().without_position, 1U);
}

TEST_F(WatcherRules, SayNothingBeforeAndAfterTheAgreement) {
  EXPECT_EQ(see(at(kInBoth, std::int64_t{-15} * 86'400)), Words{});
  EXPECT_EQ(see(at(kInBoth, std::int64_t{17} * 86'400)), Words{});
}

TEST_F(WatcherRules, SayNothingOfADeclaredFlightThatTheRulesAllow) {
  watcher.set_activities({activity("a", "north", terms::Purpose::humanitarian, 36.3, 30)});
  EXPECT_EQ(see(at(kInBoth, 0, 1'000'000)), Words{});
  ASSERT_EQ(watcher.tracks().size(), 1U);
  EXPECT_EQ(watcher.tracks()[0].activity.value, "a");
  EXPECT_EQ(watcher.tracks()[0].areas, (std::vector<std::uint32_t>{0, 1}));
}

TEST_F(WatcherRules, OpenOneFindingForEveryClauseThatIsBroken) {
  EXPECT_EQ(see(at(kInBoth, 0, 1'000'000)),
            (Words{"open area_entered 3.2 D", "open undeclared 3.3 D", "open area_entered 3.1 P"}));
  EXPECT_FALSE(last.who);
  EXPECT_EQ(last.confidence, Confidence::probable) << "3.1 holds for everyone";
  EXPECT_FALSE(last.text.empty());
}

TEST_F(WatcherRules, GradeAFindingAsPlausibleWhereTheRuleIsForOthersToo) {
  ASSERT_EQ(see(at(kInD, 0)), (Words{"open area_entered 3.2 D", "open undeclared 3.3 D"}));
  std::vector<FindingEvent> events;
  Watcher other(small_agreement());
  other.observe(at(kInD, 0), events);
  EXPECT_EQ(events[0].finding.confidence, Confidence::plausible);
  EXPECT_EQ(events[1].finding.confidence, Confidence::probable);
}

TEST_F(WatcherRules, CloseAsLeftAtTheFirstFixOutsideAndKeepTheLastOneInside) {
  see(at(kInD, 0));
  EXPECT_EQ(see(at(kInD, 60)), Words{});
  EXPECT_EQ(see(at(kOut, 120)), (Words{"close 3.2 left x2", "close 3.3 left x2"}));
  EXPECT_EQ(last.first.time, kStart);
  EXPECT_EQ(last.last.time, kStart + 60'000);
  EXPECT_EQ(see(at(kInD, 180)).size(), 2U) << "coming back is a new episode";
}

TEST_F(WatcherRules, CloseAsEndedOnLandingWithOrWithoutAPosition) {
  see(at(kInD, 0));
  geo::TrackPoint landed = at(kInD, 10);
  landed.on_ground = true;
  EXPECT_EQ(see(landed), (Words{"close 3.2 ended x1", "close 3.3 ended x1"}));
  see(at(kInD, 20));
  landed = at(kInD, 30);
  landed.on_ground = true;
  landed.position.reset();
  EXPECT_EQ(see(landed), (Words{"close 3.2 ended x1", "close 3.3 ended x1"}));
}

TEST_F(WatcherRules, CloseAsLostAfterMoreThanTheGapAndNotBefore) {
  see(at(kInD, 0));
  EXPECT_EQ(tick(120), Words{});
  EXPECT_EQ(tick(121), (Words{"close 3.2 lost x1", "close 3.3 lost x1"}));
  EXPECT_EQ(tick(122), Words{});
  see(at(kInD, 130));
  EXPECT_EQ(see(at(kInD, 251)), (Words{"close 3.2 lost x1", "close 3.3 lost x1",
                                       "open area_entered 3.2 D", "open undeclared 3.3 D"}))
      << "the next fix begins a new episode also without a tick";
}

TEST_F(WatcherRules, CloseAsLostWhereTheLandingWasNotWatched) {
  see(at(kInD, 0));
  geo::TrackPoint landed = at(kInD, 200);
  landed.on_ground = true;
  EXPECT_EQ(see(landed), (Words{"close 3.2 lost x1", "close 3.3 lost x1"}));
}

TEST_F(WatcherRules, CountReportsThatGoBackInTimeAndIgnoreThem) {
  see(at(kInD, 10));
  EXPECT_EQ(see(at(kOut, 9)), Words{});
  EXPECT_EQ(watcher.counts().out_of_order, 1U);
  EXPECT_EQ(watcher.tracks()[0].open_findings, 2U);
  EXPECT_EQ(see(at(kOut, 10)).size(), 2U) << "the same time is not back in time";
}

TEST_F(WatcherRules, CountAnUnknownHeightAsInside) {
  EXPECT_EQ(see(at(kInBoth, 0, 3'048'001)).size(), 2U);
  EXPECT_EQ(see(at(kInBoth, 1, 3'048'000)), (Words{"open area_entered 3.1 P"}));
  EXPECT_EQ(see(at(kInBoth, 2, 9'000'000)), (Words{"close 3.1 left x1"}));
  EXPECT_EQ(see(at(kInBoth, 3, std::nullopt)), (Words{"open area_entered 3.1 P"}));
}

TEST_F(WatcherRules, CountADoubtOfReferencesAsInside) {
  geo::TrackPoint p = at(kInBoth, 0, 3'648'000);
  p.altitude_reference = geo::AltitudeReference::msl;
  EXPECT_EQ(see(p).size(), 3U) << "600 m of doubt between MSL and STD";
  p.altitude_mm = 3'648'001;
  EXPECT_EQ(see(p), (Words{"close 3.1 left x1"}));
}

TEST_F(WatcherRules, FindAFlightOutsideItsVolumesByItsProcedure) {
  watcher.set_activities({activity("a", "north", terms::Purpose::transit, 37.5, 10)});
  EXPECT_EQ(see(at(kOut, 0)), (Words{"open outside_volume 6.1 "}));
  EXPECT_EQ(last.activity.value, "a");
  EXPECT_EQ(last.who, PartyId("north"));
  EXPECT_EQ(see(at(37.5, 60)), (Words{"close 6.1 left x1"}));
  watcher.set_activities({activity("h", "north", terms::Purpose::humanitarian, 37.5, 10)});
  EXPECT_EQ(see(at(kOut, 120)), (Words{"open outside_volume 6.2 "}));
}

TEST_F(WatcherRules, DoNotLiftARuleForAFlightOutsideItsVolumes) {
  watcher.set_activities({activity("a", "north", terms::Purpose::humanitarian, 37.5, 10)});
  EXPECT_EQ(
      see(at(kInBoth, 0, 1'000'000)),
      (Words{"open undeclared 3.3 D", "open area_entered 3.1 P", "open outside_volume 6.2 "}));
  EXPECT_EQ(last.confidence, Confidence::probable);
}

TEST_F(WatcherRules, MatchByACallsignThatCameApart) {
  WatchedActivity a = activity("a", "north", terms::Purpose::transit, 36.1, 10);
  a.aircraft.clear();
  a.callsigns = {"N0RTH1"};
  watcher.set_activities({a});
  geo::TrackPoint id = at(kInD, 0);
  id.position.reset();
  id.callsign = "N0RTH1";
  see(id);
  EXPECT_EQ(see(at(kInD, 1)), Words{});
  id.time = kStart + 2'000;
  id.callsign = "OTHER";
  see(id);
  EXPECT_EQ(see(at(kInD, 3)).size(), 2U) << "another callsign, another flight";
}

TEST_F(WatcherRules, DoNotMatchAMadeUpAddress) {
  watcher.set_activities({activity("a", "north", terms::Purpose::transit, 36.1, 10)});
  geo::TrackPoint p = at(kInD, 0);
  p.address_is_icao = false;
  EXPECT_EQ(see(p).size(), 2U);
  EXPECT_EQ(see(at(kInD, 0)), Words{});
  EXPECT_EQ(watcher.tracks().size(), 2U);
}

TEST_F(WatcherRules, PreferTheActivityThatTheFixConformsTo) {
  watcher.set_activities({activity("b", "north", terms::Purpose::transit, 36.1, 10),
                          activity("a", "north", terms::Purpose::transit, 37.5, 10)});
  EXPECT_EQ(see(at(kInD, 0)), Words{});
  EXPECT_EQ(watcher.tracks()[0].activity.value, "b");
  EXPECT_EQ(see(at(kOut, 1)), (Words{"open outside_volume 6.1 "}));
  EXPECT_EQ(last.activity.value, "a") << "none fits, so the first by id";
}

TEST_F(WatcherRules, LetOpenFindingsGoOnWhenTheListOfActivitiesChanges) {
  watcher.set_activities({activity("a", "north", terms::Purpose::transit, 37.5, 10)});
  see(at(kOut, 0));
  watcher.set_activities({activity("0", "south", terms::Purpose::transit, 30, 10),
                          activity("a", "north", terms::Purpose::transit, 37.5, 10)});
  EXPECT_EQ(watcher.tracks()[0].activity.value, "a");
  WatchedActivity other = activity("0", "south", terms::Purpose::transit, 30, 10);
  other.aircraft = {1};
  watcher.set_activities({other, activity("a", "north", terms::Purpose::transit, 37.5, 10)});
  EXPECT_EQ(see(at(kOut, 1)), Words{});
  watcher.set_activities({});
  EXPECT_EQ(see(at(kOut, 2)), (Words{"close 6.1 left x2"}));
}

TEST_F(WatcherRules, ForgetATrackAfterTenGaps) {
  see(at(kOut, 0));
  tick(1'200);
  EXPECT_EQ(watcher.tracks().size(), 1U);
  tick(1'201);
  EXPECT_EQ(watcher.tracks().size(), 0U);
}

TEST_F(WatcherRules, KeepTheMotionThatCameApartForDisplay) {
  geo::TrackPoint velocity = at(kInD, 0);
  velocity.position.reset();
  velocity.speed_mm_s = 200'000;
  see(velocity);
  see(at(kInD, 1));
  EXPECT_EQ(watcher.tracks()[0].last.speed_mm_s, 200'000);
  EXPECT_EQ(watcher.tracks()[0].last.position, at(kInD, 1).position);
}

// kStart is 06:00 UTC: clause 3.1 holds from 06:10 to 22:00, 3.4 over midnight until 06:05, and 3.2
// only in stage S1.
std::shared_ptr<const terms::Agreement> agreement_with_hours() {
  std::string json = head_json() + R"("areas":[
    {"id":"D","name":"D","class":"designated","area":{"polygon":
      [[349000000,360000000],[349000000,364000000],[351000000,364000000],[351000000,360000000]]}}],
   "d_day":"2016-07-01T00:00:00Z",
   "stages":[{"id":"S1","clause":"6.1","name":{"en":"One"},"conditions":[
      {"clause":"6.1","kind":"elapsed","seconds":60}],"resets":[]}],
   "rules":[
    {"clause":"3.1","effect":"forbid","classes":["designated"],"daily":[{"from_s":22200,"to_s":79200}]},
    {"clause":"3.4","effect":"forbid","classes":["designated"],"daily":[{"from_s":79200,"to_s":21900}]},
    {"clause":"3.2","effect":"forbid","classes":["designated"],"stages":["S1"]}],)";
  return agreement_of(json + tail_json());
}

TEST(WatcherTerms, JudgeARuleWithHoursByTheTimeOfTheFix) {
  Watcher watcher(agreement_with_hours());
  std::vector<FindingEvent> events;
  const auto see = [&](std::int64_t second) {
    events.clear();
    watcher.observe(at(kInD, second), events);
    std::vector<std::string> out;
    out.reserve(events.size());
    for (const FindingEvent& e : events) {
      out.push_back((e.what == What::opened ? "open " : "close ") + e.finding.clause.value);
    }
    return out;
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(see(0), Words{"open 3.4"});
  EXPECT_EQ(see(100), Words{});
  EXPECT_EQ(see(200), Words{});
  EXPECT_EQ(see(300), Words{"close 3.4"});  // 06:05 does not belong to the window
  EXPECT_EQ(see(400), Words{});
  EXPECT_EQ(see(500), Words{});
  EXPECT_EQ(see(600), Words{"open 3.1"});
  EXPECT_EQ(see(700), Words{});
}

TEST(WatcherTerms, JudgeARuleOfAStageOnceThatHasBegun) {
  const auto agreement = agreement_with_hours();
  Watcher watcher(agreement);
  std::vector<FindingEvent> events;
  watcher.observe(at(kInD, 350), events);
  EXPECT_TRUE(events.empty());
  watcher.set_terms(agreement, terms::StageId{"S1"}, events);
  EXPECT_TRUE(events.empty());
  watcher.observe(at(kInD, 360), events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].finding.clause.value, "3.2");
  watcher.set_terms(agreement, std::nullopt, events);
  EXPECT_EQ(events.size(), 1U);
  watcher.observe(at(kInD, 370), events);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].what, What::closed);
}

// The area D becomes the second of two, and P is given up.
TEST_F(WatcherRules, GoOnUnderAnotherVersionOfTheAgreement) {
  ASSERT_EQ(see(at(kInBoth, 0, 1e6)).size(), 3U);  // 3.1 in P, 3.2 and 3.3 in D
  std::vector<FindingEvent> events;
  watcher.set_terms(agreement_of(head_json() + R"("areas":[
    {"id":"N","name":"N","class":"designated","area":{"circle":{"center":[300000000,363000000],"radius_mm":5000000}}},
    {"id":"D","name":"D","class":"designated","area":{"polygon":
      [[349000000,360000000],[349000000,364000000],[351000000,364000000],[351000000,360000000]]}}],)" +
                                 kRules + tail_json()),
                    std::nullopt, events);
  EXPECT_EQ(words(events), Words{"close 3.1 ended x1"});
  EXPECT_EQ(see(at(kInBoth, 10, 1e6)), Words{});
  EXPECT_EQ(see(at(kOut, 20)), (Words{"close 3.2 left x2", "close 3.3 left x2"}));
  EXPECT_EQ(last.area.value, "D");
}

TEST(WatcherLimits, RefuseATrackBeyondTheLimitAndKeepTheOthers) {
  Watcher watcher(small_agreement());
  std::vector<FindingEvent> events;
  geo::TrackPoint p = at(kOut, 0);
  for (std::uint32_t i = 0; i <= limits::kTracksKept; ++i) {
    p.address = i;
    watcher.observe(p, events);
  }
  EXPECT_EQ(watcher.counts().tracks_refused, 1U);
  EXPECT_EQ(watcher.tracks().size(), limits::kTracksKept);
  EXPECT_GT(watcher.bytes(), limits::kTracksKept * sizeof(geo::TrackPoint));
}

// ---- The random part -------------------------------------------------------------------------

// The point `km` away on a bearing, on the sphere.
geo::PointE7 away(geo::PointE7 from, double bearing, double km) {
  const double d = km * 1'000 / brute::kEarthM;
  const double lat1 = brute::radians(from.lat_e7);
  const double lat =
      std::asin(std::sin(lat1) * std::cos(d) + std::cos(lat1) * std::sin(d) * std::cos(bearing));
  const double lng =
      brute::radians(from.lng_e7) + std::atan2(std::sin(bearing) * std::sin(d) * std::cos(lat1),
                                               std::cos(d) - std::sin(lat1) * std::sin(lat));
  const double wrapped = std::remainder(lng, 2 * brute::kPi);
  return {static_cast<std::int32_t>(std::lround(lat * 180 / brute::kPi * 1e7)),
          static_cast<std::int32_t>(std::lround(wrapped * 180 / brute::kPi * 1e7))};
}

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    const std::vector<geo::PointE7> centers = {{359'000'000, 368'000'000},
                                               {0, 1'799'900'000},
                                               {-700'000'000, -1'799'000'000},
                                               {885'000'000, 100'000'000}};
    center_ = centers[seed % centers.size()];
    agreement = agreement_of(head_json() + areas() + rules() + tail_json());
    for (const terms::AreaTerms& area : agreement->areas()) shapes_.push_back(area.area.shape());
    const std::size_t lists = pick(1, 3);
    for (std::size_t i = 0; i < lists; ++i) timeline.emplace_back(0, activities());
    make_feed();
    for (std::size_t i = 1; i < lists; ++i) {
      timeline[i].first = timeline[i - 1].first + pick(0, feed.size() / 2);
    }
  }

  std::uint64_t pick(std::uint64_t low, std::uint64_t high) {  // both ends included
    return low + random_() % (high - low + 1);
  }
  double real(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() >> 11U) * 0x1p-53;
  }
  bool chance(double p) { return real(0, 1) < p; }

  std::shared_ptr<const terms::Agreement> agreement;
  brute::Timeline timeline;
  std::vector<geo::TrackPoint> feed;

 private:
  geo::PointE7 place() { return away(center_, real(0, 2 * brute::kPi), real(0, 150)); }
  UtcMs moment() { return kStart + static_cast<std::int64_t>(pick(0, 3'600'000)); }
  const char* reference() {
    static const std::vector<const char*> kNames = {"STD", "MSL", "WGS84"};
    return kNames[pick(0, 2)];
  }

  geo::Shape shape(double km_max) {
    const geo::PointE7 middle = place();
    if (chance(0.4)) {
      return geo::Circle{middle, static_cast<std::int64_t>(real(2, km_max) * 1e6)};
    }
    // Star-shaped around its middle, concave more often than not, and never self-crossing.
    geo::Polygon polygon;
    const std::size_t corners = pick(4, 12);
    for (std::size_t i = 0; i < corners; ++i) {
      const double turn =
          2 * brute::kPi * (static_cast<double>(i) + real(0, 0.7)) / static_cast<double>(corners);
      polygon.vertices.push_back(away(middle, turn, real(3, km_max)));
    }
    if (chance(0.5)) std::reverse(polygon.vertices.begin(), polygon.vertices.end());
    return polygon;
  }

  std::string shape_json(const geo::Shape& shape) {
    if (const auto* circle = std::get_if<geo::Circle>(&shape)) {
      return fmt::format(R"({{"circle":{{"center":[{},{}],"radius_mm":{}}}}})",
                         circle->center.lat_e7, circle->center.lng_e7, circle->radius_mm);
    }
    std::string out;
    for (const geo::PointE7& v : std::get<geo::Polygon>(shape).vertices) {
      out += fmt::format("{}[{},{}]", out.empty() ? "" : ",", v.lat_e7, v.lng_e7);
    }
    return R"({"polygon":[)" + out + "]}";
  }

  std::string areas() {
    std::string out;
    const std::size_t count = pick(1, 25);
    static const std::vector<const char*> kClasses = {"designated", "protected", "corridor"};
    for (std::size_t i = 0; i < count; ++i) {
      out += fmt::format(R"({}{{"id":"A{}","name":"A{}","class":"{}","area":{})", i == 0 ? "" : ",",
                         i, i, kClasses[pick(0, 2)], shape_json(shape(60)));
      if (chance(0.5)) {
        const std::uint64_t lower = pick(0, 8'000'000);
        out += fmt::format(R"(,"altitude":{{"lower_mm":{},"upper_mm":{},"reference":"{}"}})", lower,
                           lower + pick(0, 4'000'000), reference());
      }
      if (chance(0.4)) {
        const UtcMs start = moment();
        out += fmt::format(R"(,"time":{{"start":"{}","end":"{}"}})", format_rfc3339(start),
                           format_rfc3339(start + static_cast<std::int64_t>(pick(1, 3'000'000))));
      }
      out += "}";
    }
    return R"("areas":[)" + out + "],";
  }

  std::string rules() {
    std::string out;
    const std::size_t count = pick(1, 6);
    static const std::vector<const char*> kClauses = {"3.1", "3.2", "3.3", "3.4"};
    static const std::vector<const char*> kClasses = {R"(["designated"])", R"(["protected"])",
                                                      R"(["corridor","designated"])"};
    static const std::vector<const char*> kWho = {R"(["south"])", R"(["north","aid"])",
                                                  R"(["aid"])"};
    for (std::size_t i = 0; i < count; ++i) {
      const bool forbid = chance(0.6);
      out += fmt::format(R"({}{{"clause":"{}","effect":"{}","classes":{})", i == 0 ? "" : ",",
                         kClauses[pick(0, 3)], forbid ? "forbid" : "declare", kClasses[pick(0, 2)]);
      if (chance(0.4)) out += fmt::format(R"(,"who":{})", kWho[pick(0, 2)]);
      if (chance(0.3)) out += R"(,"purposes":["transit","patrol"])";
      if (forbid && chance(0.5)) {
        out += R"(,"except_purposes":["humanitarian","transit"],"except_clause":"3.9")";
      }
      out += "}";
    }
    return R"("rules":[)" + out + "],";
  }

  std::vector<WatchedActivity> activities() {
    std::vector<WatchedActivity> out;
    const std::size_t count = pick(0, 8);
    static const std::vector<const char*> kWho = {"north", "south", "aid", "stranger"};
    static const std::vector<terms::Purpose> kPurposes = {
        terms::Purpose::transit, terms::Purpose::humanitarian, terms::Purpose::survey};
    for (std::size_t i = 0; i < count; ++i) {
      WatchedActivity a;
      a.id.value = fmt::format("{:02x}", pick(0, 15) * 16 + i);
      a.operator_id.value = kWho[pick(0, 3)];
      a.purpose = kPurposes[pick(0, 2)];
      if (chance(0.6)) a.aircraft.push_back(static_cast<std::uint32_t>(pick(1, 6)));
      if (chance(0.6)) a.callsigns.push_back(fmt::format("CALL{}", pick(1, 6)));
      const std::size_t volumes = pick(1, 4);
      for (std::size_t v = 0; v < volumes; ++v) {
        const geo::Shape made = shape(120);
        Result<geo::Area> area = geo::Area::make(made);
        EXPECT_TRUE(area) << area.error().text();
        shapes_.push_back(made);
        const UtcMs start = moment();
        const auto lower = static_cast<std::int64_t>(pick(0, 6'000'000));
        a.volumes.push_back({*area,
                             {lower, lower + static_cast<std::int64_t>(pick(0, 9'000'000)),
                              *geo::parse_altitude_reference(reference())},
                             {start, start + static_cast<std::int64_t>(pick(1, 3'600'000))}});
      }
      out.push_back(std::move(a));
    }
    return out;
  }

  bool clear_of_boundaries(geo::PointE7 p) const {
    return std::all_of(shapes_.begin(), shapes_.end(),
                       [&](const geo::Shape& s) { return brute::boundary_m(s, p) > 20; });
  }

  // One aircraft's reports: straight legs with turns, climbs, pauses, landings, old reports.
  std::vector<geo::TrackPoint> fly(std::uint32_t number) {
    std::vector<geo::TrackPoint> out;
    geo::PointE7 where = place();
    double heading = real(0, 2 * brute::kPi);
    std::int64_t altitude = static_cast<std::int64_t>(pick(0, 11'000'000));
    UtcMs time = kStart + static_cast<std::int64_t>(pick(0, 600'000));
    const bool icao = chance(0.8);
    for (int i = 0; i < 150; ++i) {
      const auto step_s = static_cast<double>(pick(1, 60));
      time = time + static_cast<std::int64_t>(step_s * 1'000);
      if (chance(0.02)) time = time + static_cast<std::int64_t>(pick(60'000, 200'000));
      if (chance(0.005)) time = time + 1'300'000;
      if (chance(0.1)) heading = real(0, 2 * brute::kPi);
      if (brute::haversine(where, center_) * brute::kEarthM > 180'000) {
        heading = brute::bearing(where, center_);
      }
      where = away(where, heading, 0.2 * step_s);
      altitude = std::clamp<std::int64_t>(
          altitude + static_cast<std::int64_t>(pick(0, 1'000'000)) - 500'000, -300'000, 12'000'000);
      geo::TrackPoint p;
      p.address = number;
      p.address_is_icao = icao;
      p.time = chance(0.03) ? time - static_cast<std::int64_t>(pick(1, 90'000)) : time;
      if (chance(0.2)) p.callsign = fmt::format("CALL{}", chance(0.9) ? number : pick(1, 6));
      if (chance(0.85)) p.position = where;
      if (chance(0.9)) p.altitude_mm = altitude;
      if (chance(0.3)) p.altitude_reference = *geo::parse_altitude_reference(reference());
      p.on_ground = chance(0.03);
      if (!p.position || clear_of_boundaries(where)) out.push_back(p);
    }
    return out;
  }

  void make_feed() {
    for (std::uint32_t number = 1; number <= 6; ++number) {
      const std::vector<geo::TrackPoint> one = fly(number);
      feed.insert(feed.end(), one.begin(), one.end());
    }
    std::shuffle(feed.begin(), feed.end(), random_);
    // Nearly in the order of time, as feeds are.
    std::sort(feed.begin(), feed.end(), [](const auto& a, const auto& b) {
      return a.time.value / 20'000 < b.time.value / 20'000;
    });
  }

  std::mt19937_64 random_;
  geo::PointE7 center_;
  std::vector<geo::Shape> shapes_;
};

// Feeds the world to the watcher, with a tick before a report here and there.
std::vector<std::string> watched(World& world, bool ticks, UtcMs until) {
  Watcher watcher(world.agreement);
  brute::Collector collector;
  std::vector<FindingEvent> events;
  std::size_t list = 0;
  // A tick may not be ahead of reports that are still to come.
  std::vector<UtcMs> earliest(world.feed.size() + 1, until);
  for (std::size_t i = world.feed.size(); i-- > 0;) {
    earliest[i] = std::min(earliest[i + 1], world.feed[i].time);
  }
  for (std::size_t i = 0; i < world.feed.size(); ++i) {
    while (list < world.timeline.size() && world.timeline[list].first <= i) {
      watcher.set_activities(world.timeline[list++].second);
    }
    events.clear();
    if (ticks && world.chance(0.2)) watcher.tick(earliest[i], events);
    watcher.observe(world.feed[i], events);
    collector.take(events);
  }
  events.clear();
  watcher.tick(until, events);
  collector.take(events);
  EXPECT_EQ(collector.open_count(), 0U) << "the last tick closes everything";
  return brute::lines_of(collector.closed());
}

TEST(WatcherAgainstBruteForce, FindsTheSameOneForOne) {
  std::size_t total = 0;
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    World world(seed);
    const UtcMs until = kStart + 40'000'000;
    const std::vector<Finding> plain =
        brute::findings(*world.agreement, world.timeline, world.feed, until);
    const std::vector<std::string> wanted = brute::lines_of(plain);
    ASSERT_EQ(watched(world, false, until), wanted) << "seed " << seed;
    ASSERT_EQ(watched(world, true, until), wanted) << "seed " << seed << " with ticks";
    total += wanted.size();
    for (const Finding& f : plain) {
      ++seen[finding_kind_name(f.kind)];
      ++seen[finding_end_name(f.end.value())];
      ++seen[confidence_name(f.confidence)];
    }
  }
  // The comparison means something only where every kind of thing did happen.
  EXPECT_GT(total, 2'000U);
  for (const char* word : {"area_entered", "undeclared", "outside_volume", "left", "lost", "ended",
                           "plausible", "probable"}) {
    EXPECT_GT(seen[word], 50) << word;
  }
}

TEST(BruteForce, KnowsDistancesOnTheEllipsoid) {
  // A degree of latitude at the equator and at the pole, and of longitude at the equator (WGS-84).
  EXPECT_NEAR(brute::ellipsoid_m({0, 0}, {10'000'000, 0}), 110'574.3886, 0.001);
  EXPECT_NEAR(brute::ellipsoid_m({890'000'000, 0}, {900'000'000, 0}), 111'693.8647, 0.001);
  EXPECT_NEAR(brute::ellipsoid_m({0, 0}, {0, 10'000'000}), 111'319.4908, 0.001);
}

}  // namespace
}  // namespace detente::watch
