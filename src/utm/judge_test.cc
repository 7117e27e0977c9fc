// SPDX-License-Identifier: Apache-2.0
#include "utm/judge.h"

#include <gmock/gmock.h>

#include "utm/testing_world.h"

namespace detente::utm {
namespace {

using testing::HasSubstr;
using testing::Not;

int status_of(const Reply& reply) {
  return reply.status;
}

TEST(Judge, ACreateIsCreatedAndAnUpdateNeedsTheCurrentOvn) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  const std::string first = world.ovn(Kind::intent, 1);
  EXPECT_EQ(first.size(), 44U);
  EXPECT_EQ(world.put("uss1", intent(1, {})).status, 409) << "it is there already";
  PutIntent update = intent(1, {});
  update.ovn = "0123456789abcdef";
  EXPECT_EQ(world.put("uss1", update).status, 409);
  update.ovn = first;
  EXPECT_EQ(world.put("uss2", update).status, 403);
  EXPECT_EQ(world.put("uss1", update).status, 200);
  EXPECT_NE(world.ovn(Kind::intent, 1), first);
  EXPECT_EQ(world.registry.find(Kind::intent, id_of(1), kNow)->version, 2);
  update.id = id_of(9);
  EXPECT_EQ(world.put("uss1", update).status, 400) << "nothing to update";
}

TEST(Judge, TheKeyMustNameEveryOverlappingIntent) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  ASSERT_EQ(world.put("uss1", intent(2, {}, {world.ovn(Kind::intent, 1)})).status, 201);
  const Reply refused = world.put("uss2", intent(3, {}, {world.ovn(Kind::intent, 1)}));
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr(id_of(2)));
  EXPECT_THAT(refused.body, Not(HasSubstr(id_of(1))));
  EXPECT_THAT(refused.body, HasSubstr("Available from USS"));
  EXPECT_THAT(refused.body, Not(HasSubstr(world.ovn(Kind::intent, 2))));
  EXPECT_EQ(
      world.put("uss2", intent(3, {}, {world.ovn(Kind::intent, 1), world.ovn(Kind::intent, 2)}))
          .status,
      201);
}

TEST(Judge, WhatLiesApartInAreaAltitudeOrTimeNeedsNoKey) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  EXPECT_EQ(world.put("uss1", intent(2, {.lat = 47.02})).status, 201);
  EXPECT_EQ(world.put("uss1", intent(3, {.lower_m = 121, .upper_m = 150})).status, 201);
  EXPECT_EQ(world.put("uss1", intent(4, {.start_ms = kHour + 1, .end_ms = 2 * kHour})).status, 201);
}

TEST(Judge, TouchingIsOverlapping) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  EXPECT_EQ(world.put("uss1", intent(2, {.start_ms = kHour, .end_ms = 2 * kHour})).status, 409);
  EXPECT_EQ(world.put("uss1", intent(3, {.lower_m = 120, .upper_m = 150})).status, 409);
  // The rims of two circles of 500 m, 999 m apart.
  EXPECT_EQ(world.put("uss1", intent(4, {.lat = 47.0 + 999.0 / 111'170})).status, 409);
  EXPECT_EQ(world.put("uss1", intent(5, {.lat = 47.0 + 1'001.0 / 111'170})).status, 201);
}

TEST(Judge, ConstraintsCountOnlyWhereTheSubscriptionAsksForThem) {
  World world;
  ASSERT_EQ(world.put("authority", constraint(1, {})).status, 201);
  EXPECT_EQ(world.put("uss1", intent(2, {})).status, 201);
  PutIntent processing = intent(3, {}, {world.ovn(Kind::intent, 2)});
  processing.body.new_subscription = {"https://uss.example/utm", true};
  const Reply refused = world.put("uss1", processing);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr(R"("missing_constraints":[{"id":")" + id_of(1)));
  processing.body.key.push_back(world.ovn(Kind::constraint, 1));
  EXPECT_EQ(world.put("uss1", processing).status, 201);
}

TEST(Judge, StatesNeedTheirScopesAndASubscription) {
  World world;
  PutIntent put = intent(1, {});
  put.body.state = IntentState::activated;
  put.body.new_subscription = {"https://uss.example/utm", false};
  EXPECT_EQ(world.put("uss1", put).status, 400) << "the first version is Accepted";
  put.body.state = IntentState::nonconforming;
  EXPECT_EQ(world.put("uss1", put, kStrategicCoordination).status, 403);
  put.body.state = IntentState::accepted;
  put.body.new_subscription.reset();
  ASSERT_EQ(world.put("uss1", put).status, 201);
  put.ovn = world.ovn(Kind::intent, 1);
  put.body.state = IntentState::activated;
  EXPECT_EQ(world.put("uss1", put).status, 400) << "it has no subscription";
  put.body.new_subscription = {"https://uss.example/utm", false};
  ASSERT_EQ(world.put("uss1", put).status, 200);
  put.ovn = world.ovn(Kind::intent, 1);
  put.body.state = IntentState::contingent;
  ASSERT_EQ(world.put("uss1", put).status, 200);
  put.ovn = world.ovn(Kind::intent, 1);
  put.body.state = IntentState::activated;
  EXPECT_EQ(world.put("uss1", put).status, 400) << "Contingent only ends";
}

TEST(Judge, OffNominalStatesNeedNoKey) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  ASSERT_EQ(world.put("uss2", intent(2, {.lat = 47.02})).status, 201);
  PutIntent put = intent(2, {});
  put.ovn = world.ovn(Kind::intent, 2);
  EXPECT_EQ(world.put("uss2", put).status, 409);
  put.body.state = IntentState::nonconforming;
  put.body.new_subscription = {"https://uss.example/utm", false};
  EXPECT_EQ(world.put("uss2", put).status, 200);
}

TEST(Judge, AUssThatIsDownMayNotPlanAndItsPlansGiveWay) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  const Write down = PutAvailability{"uss1", {"", Availability::down}};
  ASSERT_EQ(world.put("arbiter", down).status, 200);
  EXPECT_EQ(world.put("arbiter", down).status, 409) << "old_version has changed";
  EXPECT_EQ(world.put("uss1", intent(2, {.lat = 48})).status, 412);
  EXPECT_EQ(
      world.put("uss1", DeleteEntity{Kind::intent, id_of(1), world.ovn(Kind::intent, 1)}).status,
      412);
  EXPECT_EQ(world.put("uss2", intent(3, {})).status, 201) << "what is only Accepted gives way";
}

TEST(Judge, ADeleteThatIsRepeatedGetsTheSameAnswer) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  const DeleteEntity gone{Kind::intent, id_of(1), world.ovn(Kind::intent, 1)};
  EXPECT_EQ(world.put("uss2", gone).status, 403);
  const Reply first = world.put("uss1", gone);
  ASSERT_EQ(first.status, 200);
  const std::size_t written = world.statements.size();
  const Reply second = world.put("uss1", gone);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(world.statements.size(), written);
  EXPECT_EQ(world.put("uss2", gone).status, 404);
  EXPECT_EQ(world.put("uss1", DeleteEntity{Kind::intent, id_of(7), gone.ovn}).status, 404);
}

TEST(Judge, ASubscriptionMustCoverWhatDependsOnIt) {
  World world;
  const Place wide{.radius_m = 2'000, .lower_m = 0, .upper_m = 200, .start_ms = 0};
  ASSERT_EQ(world.put("uss1", subscription(10, wide)).status, 200);
  PutIntent put = intent(1, {});
  put.body.subscription = id_of(10);
  EXPECT_EQ(world.put("uss2", put).status, 403);
  ASSERT_EQ(world.put("uss1", put).status, 201);
  PutIntent outside = intent(2, {.lat = 47.02});
  outside.body.subscription = id_of(10);
  EXPECT_EQ(world.put("uss1", outside).status, 400);
  PutIntent higher = intent(2, {.lower_m = 130, .upper_m = 220});
  higher.body.subscription = id_of(10);
  EXPECT_EQ(world.put("uss1", higher).status, 400);
  const Subscription& held = *world.registry.subscription(id_of(10), kNow);
  EXPECT_EQ(world.put("uss1", DeleteSubscription{held.id, held.version}).status, 400);
  for (const Place& narrow :
       {Place{.radius_m = 400, .lower_m = 0, .upper_m = 200, .start_ms = 0},
        Place{.radius_m = 2'000, .lower_m = 60, .upper_m = 200, .start_ms = 0},
        Place{.radius_m = 2'000, .lower_m = 0, .upper_m = 200, .start_ms = 0, .end_ms = kMinute}}) {
    PutSubscription shrunk = subscription(10, narrow);
    shrunk.version = held.version;
    EXPECT_EQ(world.put("uss1", shrunk).status, 400);
  }
  PutSubscription same = subscription(10, {.radius_m = 1'000, .start_ms = 0});
  same.version = held.version;
  EXPECT_EQ(world.put("uss1", same).status, 200);
}

TEST(Judge, WhatIsPutCanAlwaysBeReadBack) {
  const std::int64_t day = 24 * kHour;
  int number = 1;
  for (const auto& [start, end] :
       std::vector<std::pair<UtcMs, UtcMs>>{{kNow, kNow + 60 * day},
                                            {kNow, UtcMs{7'258'000'000'000}},
                                            {kNow, UtcMs{9'000'000'000'000}},
                                            {UtcMs{1'550'000'000'000}, kNow + day},
                                            {UtcMs{-5}, kNow + day},
                                            {kNow, kNow}}) {
    for (const auto& [lower, upper] : {std::pair(-8'000, -7'999), std::pair(99'000, 100'000)}) {
      World world;
      PutIntent put = intent(number++, {.lower_m = lower, .upper_m = upper});
      put.body.extents.front().start = start;
      put.body.extents.front().end = end;
      EXPECT_EQ(world.put("uss1", put).status, 201) << start.value << " " << end.value;
      EXPECT_EQ(world.registry.unreadable(), 0U);
    }
  }
  World world;
  PutIntent mixed = intent(1, {});
  mixed.body.extents.push_back(extent({.lat = 48}));
  mixed.body.extents.back().start = UtcMs{-20};
  mixed.body.extents.back().end = UtcMs{-10};
  EXPECT_EQ(world.put("uss1", mixed).status, 201);
  EXPECT_EQ(world.registry.find(Kind::intent, id_of(1), kNow)->extents.size(), 1U);
}

TEST(Judge, RequestedOvnsAreFreshAndNeverUsedTwice) {
  World world;
  PutIntent put = intent(1, {});
  // 1,790,000,000,000 ms is 0x01a0c4506c00.
  put.body.ovn_suffix = "01a0c450-6c00-7000-8000-000000000001";
  ASSERT_EQ(world.put("uss1", put).status, 201);
  EXPECT_EQ(world.ovn(Kind::intent, 1), id_of(1) + "_01a0c450-6c00-7000-8000-000000000001");
  put.ovn = world.ovn(Kind::intent, 1);
  EXPECT_EQ(world.put("uss1", put).status, 400) << "used";
  put.body.ovn_suffix = "01a0c445-af80-7000-8000-000000000001";
  EXPECT_EQ(world.put("uss1", put).status, 400) << "twelve minutes old";
}

TEST(Judge, TimesHaveLimits) {
  World world;
  const std::int64_t day = 24 * kHour;
  EXPECT_EQ(world.put("uss1", intent(1, {.start_ms = -kHour, .end_ms = -1})).status, 400);
  EXPECT_EQ(world.put("uss1", intent(1, {.start_ms = 31 * day, .end_ms = 32 * day})).status, 400);
  EXPECT_EQ(world.put("uss1", constraint(1, {.end_ms = day + 2 * kMinute})).status, 400);
  EXPECT_EQ(world.put("uss1", subscription(1, {.start_ms = 0, .end_ms = day + 1})).status, 400);
  EXPECT_EQ(world.put("uss1", subscription(1, {.start_ms = -6 * kMinute})).status, 400);
  EXPECT_EQ(world.put("uss1", subscription(1, {.start_ms = 0, .end_ms = day})).status, 200);
}

TEST(Judge, AnIntentThatDoesNotFitTheRecordIsKeptAsACircleAroundIt) {
  World world;
  std::vector<geo::PointE7> vertices;
  for (int i = 0; i < 3'000; ++i) {
    vertices.push_back(
        geo::destination({470'000'000, 70'000'000}, i * 0.12, 1'000 + 200 * (i % 2)));
  }
  const Result<geo::Area> jagged = geo::Area::make(geo::Polygon{vertices});
  ASSERT_TRUE(jagged) << jagged.error().text();
  PutIntent put = intent(1, {});
  put.body.extents.front().area = *jagged;
  ASSERT_EQ(world.put("uss1", put).status, 201);
  const Entity& kept = *world.registry.find(Kind::intent, id_of(1), kNow);
  EXPECT_LT(world.statements.back().second.size(), 40'000U);
  for (const geo::PointE7 vertex : vertices) {
    ASSERT_TRUE(kept.extents.front().area.contains(vertex));
  }
}

TEST(Judge, ManyExtentsAreJoinedWithTheirNeighboursUntilTheyFit) {
  World world;
  PutIntent put = intent(1, {});
  put.body.extents.clear();
  for (int i = 0; i < 900; ++i) {
    put.body.extents.push_back(extent({.lat = 47 + i * 0.001,
                                       .radius_m = 50,
                                       .start_ms = kMinute + i * 1'000,
                                       .end_ms = 2 * kMinute + i * 1'000}));
  }
  ASSERT_EQ(world.put("uss1", put).status, 201);
  EXPECT_LT(world.statements.back().second.size(), 40'000U);
  const Entity& kept = *world.registry.find(Kind::intent, id_of(1), kNow);
  EXPECT_LT(kept.extents.size(), 200U);
  for (const wire::f3548::Volume4D& sent : put.body.extents) {
    const geo::Volume4 flown = filled(sent, UtcMs{0}, geo::kTimeMax);
    const bool held =
        std::any_of(kept.extents.begin(), kept.extents.end(), [&](const geo::Volume4& volume) {
          const std::vector<geo::PointE7> outline = flown.area.outline();
          return volume.time.start <= flown.time.start && flown.time.end <= volume.time.end &&
                 std::all_of(outline.begin(), outline.end(),
                             [&](geo::PointE7 point) { return volume.area.contains(point); });
        });
    ASSERT_TRUE(held);
  }
}

TEST(Judge, ReportsAreKept) {
  World world;
  const Reply reply =
      world.put("uss1", FileReport{{R"({"exchange":{"url":"https://a.example","n":1.5}})"}});
  EXPECT_EQ(status_of(reply), 201);
  EXPECT_THAT(reply.body, HasSubstr(R"("url":"https://a.example")"));
  EXPECT_EQ(world.statements.back().first, "utm.report");
}

}  // namespace
}  // namespace detente::utm
