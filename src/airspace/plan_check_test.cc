// SPDX-License-Identifier: Apache-2.0
//
// Scenes of one plan among activities that are filed; then random plans, whose answers are set
// against what the ledger says once they are really filed. Refusals first.
#include "airspace/plan_check.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "airspace/testing_scenes.h"

namespace detente::airspace {
namespace {

using namespace testing;

ActivityPlan plan_of(const Sky& sky, const std::string& party, const Flight& flight) {
  const JsonDocument document =
      parse_json(flight.body(party), {.bytes_max = limits::kApiBodyBytes}).value();
  return read_plan(document.root(), *sky.agreement()).value();
}

PlanToCheck question(Sky& sky, const Flight& flight, const Flexibility& flexibility = {},
                     const std::string& party = "north") {
  PlanToCheck out{.terms = {},
                  .owner = PartyId{party},
                  .plan = plan_of(sky, party, flight),
                  .flexibility = flexibility,
                  .now = sky.now()};
  out.terms.agreement = sky.agreement();
  return out;
}
PlanCheck check_of(Sky& sky, const Flight& flight, const Flexibility& flexibility = {},
                   const std::string& party = "north") {
  return examine_plan(sky.ledger(party), question(sky, flight, flexibility, party));
}
std::string words(const PlanCheck& check) {
  std::string out;
  for (const PlanWay& way : check.ways) out += way.way.text + "; ";
  return out;
}

Flexibility wide() {
  return {.earlier_ms = 6 * kHourMs,
          .later_ms = 6 * kHourMs,
          .higher_mm = geo::feet_to_mm(9'000),
          .lower_mm = geo::feet_to_mm(9'000),
          .shorten_to_ms = kMinuteMs,
          .sideways_mm = 40'000'000};
}

TEST(PlanCheck, RefusesWhatCannotBeFiledAndSaysNothingElse) {
  Sky sky;
  Flight flight;
  flight.who = "third-air";
  PlanToCheck asked = question(sky, flight, {}, "south");
  asked.owner = PartyId{"north"};
  PlanCheck check = examine_plan(sky.ledger("north"), asked);
  ASSERT_TRUE(check.problem);
  EXPECT_EQ(check.problem->code, Errc::activity_malformed);
  EXPECT_EQ(check.problem->place, "operator");
  asked = question(sky, Flight{});
  asked.now = Flight{}.end;
  check = examine_plan(sky.ledger("north"), asked);
  ASSERT_TRUE(check.problem);
  EXPECT_EQ(check.problem->code, Errc::activity_late);
  EXPECT_FALSE(check.late);
}

TEST(PlanCheck, RefusesMoreThanAStatementHolds) {
  Sky sky;
  Flight flight;
  geo::Polygon polygon;
  for (int i = 0; i < 2'000; ++i) {
    polygon.vertices.push_back(
        geo::destination({360'000'000, 370'000'000}, 0.18 * i, i % 2 == 0 ? 20'000 : 19'000));
  }
  geo::Volume4 large = flight.volume();
  large.area = geo::Area::make(std::move(polygon)).value();
  PlanToCheck asked = question(sky, flight);
  asked.plan.volumes = {large};
  const PlanCheck check = examine_plan(sky.ledger("north"), asked);
  ASSERT_TRUE(check.problem);
  EXPECT_EQ(check.problem->code, Errc::entry_too_large);
}

TEST(PlanCheck, RefusesToReplaceWhatIsNotItsOwnOrNotOpen) {
  Sky sky;
  const ActivityId theirs = sky.propose("south", Flight{});
  sky.exchange();
  Flight flight;
  const auto refusal = [&](const std::string& id) {
    flight.replaces = id;
    const PlanCheck check = check_of(sky, flight);
    return check.problem ? check.problem->code : Errc{};
  };
  EXPECT_EQ(refusal(std::string(32, 'a')), Errc::activity_unknown);
  EXPECT_EQ(refusal(theirs.value), Errc::activity_not_owner);
  Flight far;
  far.lat = 40;
  const ActivityId own = sky.propose("north", far);
  EXPECT_EQ(refusal(own.value), Errc{});
  ASSERT_TRUE(sky.close("north", own, "withdraw"));
  EXPECT_EQ(refusal(own.value), Errc::activity_state);
}

TEST(PlanCheck, SaysWhoIsMetWhereAndWhen) {
  Sky sky;
  Flight theirs;
  theirs.lat = 36.2;
  theirs.start = Flight{}.start + kHourMs;
  theirs.end = Flight{}.end + kHourMs;
  const ActivityId id = sky.propose("south", theirs);
  sky.exchange();
  const PlanCheck check = check_of(sky, Flight{});
  EXPECT_FALSE(check.problem);
  EXPECT_TRUE(check.answer.permitted);
  EXPECT_FALSE(check.late);
  ASSERT_EQ(check.conflicts.size(), 1U);
  const PlanConflict& conflict = check.conflicts.front();
  EXPECT_EQ(conflict.activity, id);
  EXPECT_EQ(conflict.owner, PartyId{"south"});
  EXPECT_FALSE(conflict.own);
  EXPECT_EQ(conflict.state, ActivityState::proposed);
  EXPECT_EQ(conflict.separation.clause, ClauseId{"7.1"});
  EXPECT_NEAR(conflict.overlap.distance_m, 2'193, 10);
  EXPECT_EQ(conflict.overlap.time.start, theirs.start - kMinuteMs);
  EXPECT_EQ(conflict.overlap.time.end, Flight{}.end);
  EXPECT_FALSE(conflict.overlap.outlines.empty());
  EXPECT_TRUE(conflict.overlap.within_separation_only);
  ASSERT_EQ(check.needed.size(), 1U);
  EXPECT_EQ(check.needed.front().party, PartyId{"south"});
  EXPECT_EQ(check.needed.front().officers, 2);
  EXPECT_TRUE(check.ways.empty()) << "the filer stated no flexibility";
}

TEST(PlanCheck, MarksItsOwnActivitiesAndLeavesOutWhatItReplaces) {
  Sky sky;
  const ActivityId first = sky.propose("north", Flight{});
  PlanCheck check = check_of(sky, Flight{});
  ASSERT_EQ(check.conflicts.size(), 1U);
  EXPECT_TRUE(check.conflicts.front().own);
  Flight amended;
  amended.replaces = first.value;
  check = check_of(sky, amended);
  EXPECT_FALSE(check.problem);
  EXPECT_TRUE(check.conflicts.empty());
  // And what that replaces in turn.
  const ActivityId second = sky.propose("north", amended);
  amended.replaces = second.value;
  EXPECT_TRUE(check_of(sky, amended).conflicts.empty());
  // What is over is met by nobody.
  ASSERT_TRUE(sky.close("north", second, "withdraw"));
  EXPECT_TRUE(check_of(sky, Flight{}).conflicts.empty());
}

TEST(PlanCheck, SaysThatTheNoticeIsLateAndWhenItWouldNotBe) {
  Sky sky;
  Flight flight;
  flight.start = sky.now() + 24 * kHourMs;
  EXPECT_FALSE(check_of(sky, flight).late);
  flight.start = flight.start - 1;
  const PlanCheck check = check_of(sky, flight, wide());
  EXPECT_TRUE(check.late);
  EXPECT_NE(check.late_why.find("clause 6.1 asks for 24 h"), std::string::npos) << check.late_why;
  // With five minutes to file it.
  EXPECT_EQ(words(check), "6 min later; 6 min shorter: it begins at 2016-07-16T06:05:59.999Z; ");
}

TEST(PlanCheck, SeeksNoWayAroundARule) {
  Sky sky;
  Flight theirs;
  theirs.lat = 35;
  theirs.lng = 40;
  sky.propose("north", theirs);
  sky.exchange();
  Flight flight = theirs;
  flight.who = "third-air";
  const PlanCheck check = check_of(sky, flight, wide(), "south");
  EXPECT_FALSE(check.answer.permitted);
  EXPECT_EQ(check.conflicts.size(), 1U);
  EXPECT_TRUE(check.ways.empty());
}

TEST(PlanCheck, OffersNoWayThatARuleForbids) {
  Sky sky;
  // Just south of the area A1, with somebody beneath and in the way: higher or north is shorter.
  Flight flight;
  flight.who = "third-air";
  flight.lat = 34.7;
  flight.lng = 40;
  Flight theirs = flight;
  theirs.who = "";
  theirs.lat = 34.5;
  sky.propose("north", theirs);
  sky.exchange();
  const PlanCheck check = check_of(sky, flight, {.sideways_mm = 40'000'000}, "south");
  EXPECT_TRUE(check.answer.permitted);
  ASSERT_EQ(check.ways.size(), 1U);
  const PlanCheck again =
      examine_plan(sky.ledger("south"), {.terms = question(sky, flight, {}, "south").terms,
                                         .owner = PartyId{"south"},
                                         .plan = check.ways.front().plan,
                                         .flexibility = {},
                                         .now = sky.now()});
  EXPECT_TRUE(again.answer.permitted);
  EXPECT_TRUE(again.conflicts.empty());
  EXPECT_EQ(words(check).find("to the north;"), std::string::npos) << words(check);
}

TEST(PlanCheck, OffersNoWayAwayFromTheNamedPlace) {
  Sky sky(sky_with_places());
  Flight flight;
  flight.lat = 35.8;  // at the ferry
  Flight theirs = flight;
  theirs.place.name = "Elsewhere";
  theirs.lng = 37.2;
  sky.propose("south", theirs);
  sky.exchange();
  const Flexibility aside{.sideways_mm = 40'000'000};
  PlanCheck check = check_of(sky, flight, aside);
  EXPECT_FALSE(check.place.question);
  ASSERT_EQ(check.conflicts.size(), 1U);
  // 11.2 km to the west the ferry still lies within 5 km of the circle of 10 km.
  EXPECT_EQ(words(check), "11.2 km to the west; ");
  theirs.lng = 37.1;
  theirs.floor_ft = 14'000;
  sky.propose("south", theirs);
  sky.exchange();
  flight.floor_ft = 14'000;
  EXPECT_EQ(words(check_of(sky, flight, aside)), "") << "more than 15 km from the ferry";
}

TEST(PlanCheck, KeepsAndTellsNothing) {
  Sky sky;
  sky.propose("south", Flight{});
  sky.exchange();
  const auto state = [&] {
    std::string out = std::to_string(sky.cell("north").entries.size()) + "/" +
                      std::to_string(sky.ledger("north").refused().size());
    for (const ActivityView& view : sky.ledger("north").views(sky.now())) {
      out += view.id.value + state_name(view.state) + std::to_string(view.conflicts.size()) +
             std::to_string(view.steps.size());
    }
    for (const record::Head& head : sky.seen("north")) out += std::to_string(head.size.value);
    return out;
  };
  const std::string before = state();
  const PlanCheck first = check_of(sky, Flight{}, wide());
  EXPECT_EQ(first.ways.size(), 4U) << words(first);
  EXPECT_EQ(state(), before);
  EXPECT_EQ(words(check_of(sky, Flight{}, wide())), words(first));
  EXPECT_EQ(words(check_of(sky, Flight{})), "") << "the last flexibility was not kept";
  // The answer holds nothing of it either: a wider one with the same ways gives the same.
  Flexibility wider = wide();
  wider.later_ms += kHourMs;
  EXPECT_EQ(words(check_of(sky, Flight{}, wider)), words(first));
}

TEST(PlanCheck, TellsHowManyOfArmedFlights) {
  Sky sky;
  Flight flight;
  flight.purpose = "armed";
  const PlanCheck check = check_of(sky, flight);
  ASSERT_EQ(check.needed.size(), 1U);
  EXPECT_EQ(check.needed.front().officers, 2);
}

TEST(PlanCheck, UsesTheSeparationOfThePair) {
  Sky sky(sky_with({{"separations", R"([{"clause":"5.1","between":[{"unmanned":true},
{"unmanned":true}],"lateral_mm":100000,"vertical_mm":30480,"time_ms":0}])"}}));
  Flight theirs;
  theirs.unmanned = true;
  theirs.lat = 36.19;  // 1.1 km between the circles
  sky.propose("south", theirs);
  sky.exchange();
  Flight flight;
  EXPECT_EQ(check_of(sky, flight).conflicts.size(), 1U);
  flight.unmanned = true;
  EXPECT_TRUE(check_of(sky, flight).conflicts.empty());
  flight.lat = 36.018;
  const PlanCheck check = check_of(sky, flight, {.sideways_mm = 2'000'000});
  ASSERT_EQ(check.conflicts.size(), 1U);
  EXPECT_EQ(check.conflicts.front().separation.clause, ClauseId{"5.1"});
  EXPECT_EQ(words(check), "1.1 km to the south; ");
}

TEST(PlanCheck, ShowsAtMostSoManyRegionsTheFirstInTime) {
  Sky sky;
  std::set<UtcMs> starts;
  for (int i = 0; i < static_cast<int>(kConflictsShown) + 4; ++i) {
    Flight theirs;
    theirs.start = Flight{}.start + (i * 5 % 28) * kMinuteMs;
    theirs.floor_ft = 10'000;
    forced(sky, "south", theirs);
    starts.insert(theirs.start - kMinuteMs);
  }
  sky.exchange();
  const PlanCheck check = check_of(sky, Flight{});
  EXPECT_TRUE(check.conflicts_more);
  ASSERT_EQ(check.conflicts.size(), kConflictsShown);
  EXPECT_TRUE(std::is_sorted(check.conflicts.begin(), check.conflicts.end(),
                             [](const PlanConflict& a, const PlanConflict& b) {
                               return a.overlap.time.start < b.overlap.time.start;
                             }));
  EXPECT_LT(check.conflicts.back().overlap.time.start, *starts.rbegin());
}

TEST(PlanCheck, DrawsManyCornersAsTheCircleAroundThemAndKeepsTheDistance) {
  Sky sky;
  Flight theirs;
  theirs.lat = 36.2;
  const ActivityId id = sky.propose("south", theirs);
  Flight jagged = theirs;
  geo::Polygon polygon;
  const geo::PointE7 center = geo::point_from_degrees(36.2, 37).value();
  for (int i = 0; i < static_cast<int>(kRegionCorners) + 2; ++i) {
    polygon.vertices.push_back(
        geo::destination(center, 360.0 * i / (kRegionCorners + 2), i % 2 == 0 ? 10'000 : 9'000));
  }
  geo::Volume4 star = theirs.volume();
  star.area = geo::Area::make(std::move(polygon)).value();
  star.time = {theirs.end + kHourMs, theirs.end + 2 * kHourMs};
  jagged.start = star.time.start;
  jagged.end = star.time.end;
  jagged.floor_ft = 30'000;
  jagged.more = {star};
  sky.propose("south", jagged);
  sky.exchange();
  Flight flight;
  flight.end = star.time.end;
  const PlanCheck check = check_of(sky, flight);
  ASSERT_EQ(check.conflicts.size(), 2U);
  EXPECT_EQ(check.conflicts[0].activity, id);
  const geo::Overlap& round = check.conflicts[0].overlap;
  const geo::Overlap& coarse = check.conflicts[1].overlap;
  EXPECT_EQ(check.conflicts[1].other_volume, 1U);
  EXPECT_NEAR(coarse.distance_m, round.distance_m, 100);
  EXPECT_GE(coarse.distance_m, round.distance_m - 1) << "the star's, not the circle's";
  EXPECT_LT(coarse.outlines.front().size(), 200U);
}

// ---- against the ledger ----

Flight any_flight() {
  Flight out;
  out.lat = 36 + 0.05 * *rc::gen::inRange(0, 12);
  out.lng = 37 + 0.05 * *rc::gen::inRange(0, 12);
  out.floor_ft = 10'000 + 1'000 * *rc::gen::inRange(0, 5);
  out.start = kMorning + 24 * kHourMs + *rc::gen::inRange(-2, 120) * kMinuteMs;
  out.end = out.start + *rc::gen::inRange(1, 120) * kMinuteMs;
  return out;
}

RC_GTEST_PROP(PlanCheckProperty, SaysWhatTheLedgerSaysOnceItIsFiledAndEveryWayOutIsFree, ()) {
  Sky sky;
  const int others = *rc::gen::inRange(0, 5);
  for (int i = 0; i < others; ++i) {
    forced(sky, *rc::gen::arbitrary<bool>() ? "north" : "south", any_flight());
  }
  sky.exchange();
  const Flight flight = any_flight();
  const PlanCheck check = check_of(sky, flight, wide());
  RC_ASSERT(!check.problem);
  std::set<ActivityId> met;
  bool own = false;
  for (const PlanConflict& conflict : check.conflicts) {
    met.insert(conflict.activity);
    own = own || conflict.own;
  }
  for (const PlanWay& way : check.ways) {
    PlanToCheck again = question(sky, flight);
    again.plan = way.plan;
    const PlanCheck free = examine_plan(sky.ledger("north"), again);
    RC_ASSERT(!free.problem && free.conflicts.empty() && free.answer.permitted && !free.late);
  }
  const Result<ActivityId> filed = sky.try_propose("north", flight);
  RC_ASSERT(own == !filed);
  if (own) return;
  const ActivityView view = sky.view("north", *filed);
  RC_ASSERT(view.late == check.late);
  RC_ASSERT(std::set(view.conflicts.begin(), view.conflicts.end()) == met);
}

}  // namespace
}  // namespace detente::airspace
