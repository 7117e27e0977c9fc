// SPDX-License-Identifier: Apache-2.0
//
// Method: something happens near and not near a notified site or movement; a case opens or does
// not, and lists what the logs hold around it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "protection/testing_notices.h"

namespace detente::protection {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const geo::PointE7 kClinic = site_point(clinic());

std::string volume_near(geo::PointE7 point, UtcMs start, UtcMs end) {
  return fmt::format(
      R"({{"volumes":[{{"area":{{"circle":{{"center":[{},{}],"radius_mm":5000000}}}},)"
      R"("altitude":{{"lower_mm":0,"upper_mm":3000000,"reference":"MSL"}},)"
      R"("time":{{"start":{},"end":{}}}}}]}})",
      point.lat_e7, point.lng_e7, json_time(start), json_time(end));
}

std::vector<std::string> types_of(const CaseFile& file) {
  std::vector<std::string> out;
  out.reserve(file.refs.size());
  for (const CaseRef& one : file.refs) out.push_back(one.type + " " + case_why_name(one.why));
  return out;
}

struct Scene {
  Desk desk;
  record::Ref site = desk.say("relief", "site.register", write_register(registration(desk.now)));
};

TEST(Cases, OpenNearTheFootprintAndNotFarther) {
  Scene s;
  s.desk.now = s.desk.now + kHour;
  // 60 m of footprint, and 1,000 m of distance.
  const geo::PointE7 near = geo::destination(kClinic, 90, 1'059);
  const geo::PointE7 far = geo::destination(kClinic, 90, 1'061);
  s.desk.say("monitor", "incident.report", incident_at(s.desk.now, far));
  EXPECT_THAT(s.desk.ledger.cases(s.desk.now), IsEmpty());
  s.desk.say("monitor", "incident.report", incident_at(s.desk.now, near));
  const std::vector<CaseView> cases = s.desk.ledger.cases(s.desk.now);
  ASSERT_THAT(cases, SizeIs(1));
  EXPECT_NEAR(cases[0].distance_m, 999, 0.1);
  EXPECT_EQ(cases[0].subject, s.site);
  EXPECT_TRUE(cases[0].incident);
}

TEST(Cases, AreOnlyOfWhatWasNotifiedThen) {
  Scene s;
  const UtcMs before = s.desk.now - 1;
  s.desk.now = s.desk.now + kHour;
  s.desk.say("monitor", "incident.report", incident_at(before, kClinic));
  EXPECT_THAT(s.desk.ledger.cases(s.desk.now), IsEmpty());
  s.desk.say("relief", "site.remove", R"({"reason":"closed"})", {s.site});
  s.desk.say("monitor", "incident.report", incident_at(s.desk.now + 1, kClinic));
  EXPECT_THAT(s.desk.ledger.cases(s.desk.now), IsEmpty());
  s.desk.say("monitor", "incident.report", incident_at(s.desk.now - 1, kClinic));
  EXPECT_THAT(s.desk.ledger.cases(s.desk.now), SizeIs(1));
}

TEST(Cases, OpenForExpiredAndContestedEntriesAndSaySo) {
  Scene s;
  s.desk.now = s.desk.now + 91 * kDay;
  s.desk.say("north", "contest.open", R"({"grounds":"use","text":"t"})", {s.site});
  s.desk.now = s.desk.now + kHour;
  s.desk.say("monitor", "incident.report", incident_at(s.desk.now, kClinic));
  const std::vector<CaseView> cases = s.desk.ledger.cases(s.desk.now);
  ASSERT_THAT(cases, SizeIs(1));
  EXPECT_TRUE(cases[0].expired);
  EXPECT_TRUE(cases[0].contested);
}

TEST(Cases, OpenWhereAnEarlierVersionLay) {
  Scene s;
  RegisterBody moved = registration(s.desk.now);
  moved.site = clinic(370'000'000);
  s.desk.now = s.desk.now + kHour;
  s.desk.say("relief", "site.revise", write_register(moved), {s.site});
  s.desk.now = s.desk.now + kHour;
  s.desk.say("monitor", "incident.report", incident_at(s.desk.now, kClinic));
  s.desk.say("monitor", "incident.report", incident_at(s.desk.now, site_point(*moved.site)));
  const std::vector<CaseView> cases = s.desk.ledger.cases(s.desk.now);
  ASSERT_THAT(cases, SizeIs(2));
  EXPECT_NE(cases[0].version, cases[1].version);
}

TEST(Cases, OfMovementsFollowTheCorridorInTime) {
  Desk desk;
  const UtcMs start = desk.now + 3 * kDay;
  const record::Ref notice =
      desk.say("relief", "movement.notify", write_notify(notification(start)));
  const MovementDetails route = convoy(start);
  const geo::PointE7 ford = route.route[1].point;
  const geo::PointE7 mid =
      geo::destination(ford, geo::bearing_deg(ford, route.route[2].point), 15'000);
  const auto count = [&](UtcMs time, geo::PointE7 point) {
    const std::size_t before = desk.ledger.cases(desk.now).size();
    desk.say("monitor", "incident.report", incident_at(time, point));
    return desk.ledger.cases(desk.now).size() - before;
  };
  desk.now = start + kDay;
  EXPECT_EQ(count(start + 3 * kHour, mid), 1U);
  EXPECT_EQ(count(start, mid), 0U);  // it is not there yet
  EXPECT_EQ(count(start + 7 * kHour, mid), 0U);
  EXPECT_EQ(count(start + 3 * kHour, geo::destination(mid, 0, 10'000)), 0U);
  desk.say("relief", "movement.delay", R"({"delay_s":7200,"reason":"ford"})", {notice});
  EXPECT_EQ(count(start + 7 * kHour, mid), 1U);
  EXPECT_TRUE(desk.ledger.cases(desk.now).front().movement);
}

TEST(Cases, ListWhatTheLogsHoldAroundThem) {
  Scene s;
  Desk& desk = s.desk;
  const UtcMs event = desk.now + kDay;
  desk.say("north", "ack.read", "{}", {s.site});
  desk.say("north", "notice.received", "{}", {s.site});
  const record::Ref plan =
      desk.say("south", "activity.propose", volume_near(kClinic, event - kHour, event + kHour));
  desk.say("north", "activity.concur", "{}", {plan});
  desk.say("south", "psi.query", "{}");
  desk.say("south", "activity.propose", volume_near(kClinic, event + kDay, event + 2 * kDay));
  desk.say("south", "activity.propose",
           volume_near({370'000'000, 366'000'000}, event - kHour, event + kHour));
  desk.now = event;
  desk.say("north", "finding.open",
           fmt::format(R"({{"first":{{"time":{},"point":[{},{}]}}}})", json_time(event - kHour),
                       kClinic.lat_e7 + 200'000, kClinic.lng_e7));
  desk.say("monitor", "incident.report", incident_at(event, kClinic));
  const std::vector<CaseView> cases = desk.ledger.cases(desk.now);
  ASSERT_THAT(cases, SizeIs(1));
  const auto expect =
      ElementsAre("ack.read receipt", "notice.received receipt", "activity.concur plan",
                  "site.register version", "activity.propose plan", "psi.query check",
                  "incident.report event", "finding.open event_near");
  EXPECT_THAT(types_of(*desk.ledger.case_file(cases[0].id, desk.now)), expect);
  // Checks long before, and what comes after, stand outside: the list is frozen.
  desk.now = event + 7 * kHour;
  desk.say("south", "ack.read", "{}", {s.site});
  desk.say("south", "notice.received", "{}", {s.site});
  EXPECT_THAT(types_of(*desk.ledger.case_file(cases[0].id, desk.now)), expect);
  EXPECT_FALSE(desk.ledger.case_file(std::string(32, '0'), desk.now));
}

TEST(Cases, HaveStepsWithDeadlines) {
  Scene s;
  Desk& desk = s.desk;
  desk.now = desk.now + kHour;
  const UtcMs opened = desk.now;
  const record::Ref event = desk.say("monitor", "incident.report", incident_at(opened, kClinic));
  record::Ref other = event;
  other.index = LeafIndex{77};
  const std::string step = R"({"step":"acknowledge","text":"known to the air staff"})";
  EXPECT_EQ(desk.try_say("north", "case.step", step, {other, s.site}).error().code,
            Errc::protection_unknown);
  ASSERT_TRUE(desk.try_say("north", "case.step", step, {event, s.site}));
  desk.now = opened + kDay + 1;
  const CaseView view = desk.ledger.cases(desk.now).front();
  // Two parties acknowledge and inform; the monitor that is not the owner accounts and closes.
  ASSERT_THAT(view.steps, SizeIs(6));
  EXPECT_EQ(view.steps[4].party.value, "monitor");
  EXPECT_EQ(view.steps[0].party.value, "north");
  EXPECT_TRUE(view.steps[0].done);
  EXPECT_FALSE(view.steps[1].done);
  EXPECT_EQ(view.steps[1].missing_ms, 1);
  EXPECT_EQ(view.steps[2].missing_ms, 0);
  EXPECT_FALSE(view.closed);
  ASSERT_TRUE(
      desk.try_say("monitor", "case.step", R"({"step":"closed","text":"t"})", {event, s.site}));
  EXPECT_TRUE(desk.ledger.cases(desk.now).front().closed);
}

TEST(Cases, AreCounted) {
  Scene s;
  Desk& desk = s.desk;
  desk.now = desk.now + kHour;
  for (int i = 0; i < 3; ++i) {
    desk.say("monitor", "incident.report", incident_at(desk.now, kClinic));
  }
  desk.say("north", "finding.open",
           fmt::format(R"({{"first":{{"time":{},"point":[{},{}]}}}})", json_time(desk.now),
                       kClinic.lat_e7, kClinic.lng_e7));
  const TimeSpan day{desk.now, desk.now + kDay};
  const HitStatistics all = desk.ledger.statistics(day, desk.now);
  EXPECT_EQ(all.incidents, 3U);
  EXPECT_EQ(all.findings, 1U);
  EXPECT_EQ(all.sites, 1U);
  EXPECT_EQ(all.open, 4U);
  EXPECT_EQ(all.by_category.at(SiteCategory::medical), 3U);
  EXPECT_EQ(desk.ledger.statistics({day.end, day.end + kDay}, desk.now).incidents, 0U);
}

}  // namespace
}  // namespace detente::protection
