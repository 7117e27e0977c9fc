// SPDX-License-Identifier: Apache-2.0
#include "utm/registry.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "utm/testing_world.h"

namespace detente::utm {
namespace {

using testing::HasSubstr;

std::vector<std::string> ids(const std::vector<const Entity*>& entities) {
  std::vector<std::string> out;
  for (const Entity* const entity : entities) out.push_back(entity->id);
  return out;
}

std::vector<const Entity*> found(const Registry& registry, Kind kind, const Place& place,
                                 UtcMs now = kNow) {
  const std::vector<geo::Volume4> volumes{filled(extent(place), UtcMs{0}, geo::kTimeMax)};
  return registry.search(kind, volumes, now);
}

TEST(Registry, SearchesUseAltitudeAndTimeForEveryKind) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  ASSERT_EQ(world.put("authority", constraint(2, {})).status, 201);
  ASSERT_EQ(world.put("uss1", subscription(3, {.start_ms = 0})).status, 200);
  const Place above{.lower_m = 200, .upper_m = 300};
  const Place later{.start_ms = 2 * kHour, .end_ms = 3 * kHour};
  for (const Kind kind : {Kind::intent, Kind::constraint}) {
    EXPECT_EQ(found(world.registry, kind, {}).size(), 1U);
    EXPECT_EQ(found(world.registry, kind, above).size(), 0U);
    EXPECT_EQ(found(world.registry, kind, later).size(), 0U);
  }
  const auto subscriptions = [&](const Place& place) {
    const std::vector<geo::Volume4> volumes{filled(extent(place), UtcMs{0}, geo::kTimeMax)};
    return world.registry.subscriptions(volumes, kNow).size();
  };
  EXPECT_EQ(subscriptions({}), 1U);
  EXPECT_EQ(subscriptions(above), 0U);
  EXPECT_EQ(subscriptions(later), 0U);
}

TEST(Registry, WhatIsOverLeavesByItself) {
  World world;
  PutIntent put = intent(1, {});
  put.body.new_subscription = {"https://uss.example/utm", false};
  ASSERT_EQ(world.put("uss1", put).status, 201);
  const UtcMs end = kNow + kHour;
  EXPECT_NE(world.registry.find(Kind::intent, id_of(1), end), nullptr);
  EXPECT_EQ(world.registry.find(Kind::intent, id_of(1), end + 1), nullptr);
  EXPECT_EQ(found(world.registry, Kind::intent, {}, end + 1).size(), 0U);
  EXPECT_EQ(world.registry.all_subscriptions(end + 1).size(), 0U);
  world.now = end + 1;
  // Its place is free, and its id.
  EXPECT_EQ(world.put("uss2", intent(1, {.start_ms = kHour, .end_ms = 2 * kHour})).status, 201);
}

TEST(Registry, AnImplicitSubscriptionFollowsItsIntents) {
  World world;
  PutIntent put = intent(1, {});
  put.body.new_subscription = {"https://uss.example/utm", false};
  ASSERT_EQ(world.put("uss1", put).status, 201);
  const std::string implicit = world.registry.find(Kind::intent, id_of(1), kNow)->subscription;
  PutIntent second = intent(2, {.lat = 47.1});
  second.body.subscription = implicit;
  ASSERT_EQ(world.put("uss1", second).status, 201);
  EXPECT_EQ(world.registry.subscription(implicit, kNow)->extents.size(), 2U) << "it was widened";
  ASSERT_EQ(
      world.put("uss1", DeleteEntity{Kind::intent, id_of(1), world.ovn(Kind::intent, 1)}).status,
      200);
  ASSERT_NE(world.registry.subscription(implicit, kNow), nullptr);
  ASSERT_EQ(
      world.put("uss1", DeleteEntity{Kind::intent, id_of(2), world.ovn(Kind::intent, 2)}).status,
      200);
  EXPECT_EQ(world.registry.subscription(implicit, kNow), nullptr) << "nothing depends on it";
}

TEST(Registry, AnImplicitSubscriptionThatItsOwnerPutStaysWithoutIntents) {
  World world;
  PutIntent put = intent(1, {});
  put.body.new_subscription = {"https://uss.example/utm", false};
  ASSERT_EQ(world.put("uss1", put).status, 201);
  const std::string id = world.registry.find(Kind::intent, id_of(1), kNow)->subscription;
  PutSubscription own = subscription(0, {.start_ms = 0});
  own.id = id;
  own.version = world.registry.subscription(id, kNow)->version;
  ASSERT_EQ(world.put("uss1", own).status, 200);
  EXPECT_FALSE(world.registry.subscription(id, kNow)->implicit);
  EXPECT_EQ(world.registry.subscription(id, kNow)->dependents.size(), 1U);
  ASSERT_EQ(
      world.put("uss1", DeleteEntity{Kind::intent, id_of(1), world.ovn(Kind::intent, 1)}).status,
      200);
  ASSERT_NE(world.registry.subscription(id, kNow), nullptr);
}

TEST(Registry, AChangeTellsThoseAtItsOldPlaceAndAtItsNew) {
  World world;
  ASSERT_EQ(world.put("uss2", subscription(10, {.start_ms = 0})).status, 200);
  ASSERT_EQ(world.put("uss3", subscription(11, {.lat = 47.1, .start_ms = 0})).status, 200);
  ASSERT_EQ(world
                .put("uss3",
                     subscription(12, {.lat = 47.1, .lower_m = 300, .upper_m = 400, .start_ms = 0}))
                .status,
            200);
  const Reply made = world.put("uss1", intent(1, {}));
  EXPECT_THAT(made.body,
              HasSubstr(R"("subscription_id":")" + id_of(10) + R"(","notification_index":1)"));
  PutIntent moved = intent(1, {.lat = 47.1});
  moved.ovn = world.ovn(Kind::intent, 1);
  ASSERT_EQ(world.put("uss1", moved).status, 200);
  const std::vector<Notified>& told = world.registry.last_notified();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].subscription, id_of(10));
  EXPECT_EQ(told[0].notification_index, 2);
  EXPECT_EQ(told[0].manager, "uss2");
  EXPECT_EQ(told[1].subscription, id_of(11));
  EXPECT_EQ(told[1].notification_index, 1);
}

TEST(Registry, AStatementThatCannotBeReadIsCountedAndChangesNothing) {
  World world;
  ASSERT_EQ(world.put("uss1", intent(1, {})).status, 201);
  const Result<JsonDocument> odd = parse_json(R"({"id":5})", {.bytes_max = 100});
  for (const char* type : {"utm.intent", "utm.constraint", "utm.delete", "utm.subscribe",
                           "utm.unsubscribe", "utm.availability"}) {
    world.registry.apply(type, odd->root(), kNow);
  }
  EXPECT_EQ(world.registry.unreadable(), 6U);
  EXPECT_EQ(found(world.registry, Kind::intent, {}).size(), 1U);
}

TEST(Registry, ActivitiesThatAreShownAreFoundAndNobodyCanChangeThem) {
  World world;
  Entity shown;
  shown.kind = Kind::constraint;
  shown.id = id_of(5);
  shown.manager = "north";
  shown.ovn = "an-ovn-of-the-activity";
  shown.extents = {filled(extent({}), UtcMs{0}, geo::kTimeMax)};
  shown.time = span_of(shown.extents);
  shown.activity = ActivityId{"a"};
  world.registry.show({shown});
  EXPECT_EQ(found(world.registry, Kind::constraint, {}).size(), 1U);
  PutConstraint put = constraint(5, {});
  EXPECT_EQ(world.put("north", put).status, 403);
  put.ovn = shown.ovn;
  EXPECT_EQ(world.put("north", put).status, 403);
  EXPECT_EQ(world.put("north", DeleteEntity{Kind::constraint, id_of(5), shown.ovn}).status, 403);
  world.registry.show({});
  EXPECT_EQ(found(world.registry, Kind::constraint, {}).size(), 0U);
}

TEST(Registry, TheExampleOfItsPageIsReadAndWrittenAsItStandsThere) {
  std::ifstream in(std::string(DETENTE_SOURCE_DIR) + "/docs/protocol/utm.md");
  std::stringstream page;
  page << in.rdbuf();
  const std::string text = page.str();
  const std::size_t begin = text.find("```json\n") + 8;
  ASSERT_LT(begin, text.size());
  const std::string example = text.substr(begin, text.find('\n', begin) - begin);
  const Result<JsonDocument> document = parse_json(example, {.bytes_max = 10'000});
  ASSERT_TRUE(document) << document.error().text();
  Registry registry;
  registry.apply("utm.intent", document->root(), UtcMs{1'789'999'000'000});
  const Entity* const entity = registry.find(Kind::intent, id_of(1), UtcMs{1'789'999'000'000});
  ASSERT_NE(entity, nullptr);
  EXPECT_EQ(write_intent(*entity, std::nullopt), example);
}

// What a node says in its log of an activity that it shows.
void say(Registry& registry, const Untold& untold, UtcMs now) {
  const std::string body =
      untold.shown == nullptr ? write_hidden(untold.kind, untold.id) : write_shown(*untold.shown);
  const Result<JsonDocument> document = parse_json(body, {.bytes_max = 100'000});
  ASSERT_TRUE(document) << document.error().text();
  registry.apply(untold.shown == nullptr ? "utm.hidden" : "utm.shown", document->root(), now);
}

Entity activity(const Place& place, const std::string& ovn) {
  Entity shown;
  shown.kind = Kind::constraint;
  shown.id = id_of(9);
  shown.manager = "north";
  shown.ovn = ovn;
  shown.activity = ActivityId{std::string(32, 'a')};
  shown.extents = {filled(extent(place), UtcMs{0}, geo::kTimeMax)};
  shown.time = span_of(shown.extents);
  return shown;
}

TEST(Registry, SubscribersAreToldOnceOfEachChangeOfAShownActivity) {
  World world;
  const Place here;
  const Place far{.lat = 48};
  ASSERT_EQ(world.put("uss1", subscription(1, {.start_ms = 0}, true, true)).status, 200);
  ASSERT_EQ(world.put("uss2", subscription(2, {.lat = 48, .start_ms = 0}, true, true)).status, 200);
  ASSERT_EQ(world.put("uss3", subscription(3, {.start_ms = 0}, true, false)).status, 200);
  Registry& registry = world.registry;
  EXPECT_TRUE(registry.untold(kNow).empty());

  registry.show({activity(here, "one")});
  ASSERT_EQ(registry.untold(kNow).size(), 1U);
  say(registry, registry.untold(kNow).front(), kNow);
  ASSERT_EQ(registry.last_notified().size(), 1U) << "uss3 asks for no constraints";
  EXPECT_EQ(registry.last_notified().front().manager, "uss1");
  EXPECT_EQ(registry.last_notified().front().notification_index, 1);
  EXPECT_TRUE(registry.untold(kNow).empty());
  registry.show({activity(here, "one")});
  EXPECT_TRUE(registry.untold(kNow).empty()) << "the same again is nothing new";
  EXPECT_EQ(registry.find(Kind::constraint, id_of(9), kNow)->version, 1);

  // It moves: those at its old place hear of it too.
  registry.show({activity(far, "two")});
  ASSERT_EQ(registry.untold(kNow).size(), 1U);
  EXPECT_EQ(registry.find(Kind::constraint, id_of(9), kNow)->version, 2);
  say(registry, registry.untold(kNow).front(), kNow);
  ASSERT_EQ(registry.last_notified().size(), 2U);
  EXPECT_EQ(registry.last_notified()[0].notification_index, 2);
  EXPECT_EQ(registry.last_notified()[1].notification_index, 1);

  registry.show({});
  ASSERT_EQ(registry.untold(kNow).size(), 1U);
  EXPECT_EQ(registry.untold(kNow).front().shown, nullptr);
  say(registry, registry.untold(kNow).front(), kNow);
  ASSERT_EQ(registry.last_notified().size(), 1U);
  EXPECT_EQ(registry.last_notified().front().manager, "uss2");
  EXPECT_TRUE(registry.untold(kNow).empty());
}

TEST(Registry, WhatIsOverByItselfIsNotSaid) {
  World world;
  world.registry.show({activity({}, "one")});
  say(world.registry, world.registry.untold(kNow).front(), kNow);
  world.registry.show({});
  EXPECT_TRUE(world.registry.untold(kNow + kHour + 1).empty());
  world.registry.show({activity({}, "two")});
  EXPECT_TRUE(world.registry.untold(kNow + kHour + 1).empty());
}

// A slow second computation: every rule of the search asked of every entity by itself.
RC_GTEST_PROP(RegistryProperty, SearchFindsWhatASlowLookFindsAndReplayGivesTheSame, ()) {
  World world;
  std::map<int, Place> places;
  const int count = *rc::gen::inRange(1, 12);
  const auto drawn = [] {
    Place place;
    place.lat = 47 + *rc::gen::inRange(0, 6) * 0.004;
    place.radius_m = *rc::gen::element(100, 450, 900);
    place.lower_m = *rc::gen::inRange(0, 4) * 50;
    place.upper_m = place.lower_m + *rc::gen::element(10, 50, 100);
    place.start_ms = *rc::gen::inRange(0, 4) * kMinute;
    place.end_ms = place.start_ms + *rc::gen::inRange(1, 4) * kMinute;
    return place;
  };
  for (int i = 0; i < count; ++i) {
    const int number = *rc::gen::inRange(0, 6);
    const Place place = drawn();
    if (places.contains(number) && *rc::gen::arbitrary<bool>()) {
      RC_ASSERT(world
                    .put("uss1", DeleteEntity{Kind::constraint, id_of(number),
                                              world.ovn(Kind::constraint, number)})
                    .status == 200);
      places.erase(number);
      continue;
    }
    PutConstraint put = constraint(number, place);
    if (places.contains(number)) put.ovn = world.ovn(Kind::constraint, number);
    RC_ASSERT(world.put("uss1", put).status < 300);
    places[number] = place;
  }
  const Place asked = drawn();
  std::vector<std::string> slow;
  for (const auto& [number, place] : places) {
    const double apart = geo::distance_m(*geo::point_from_degrees(place.lat, place.lng),
                                         *geo::point_from_degrees(asked.lat, asked.lng));
    const bool meet = apart <= place.radius_m + asked.radius_m && place.lower_m <= asked.upper_m &&
                      asked.lower_m <= place.upper_m && place.start_ms <= asked.end_ms &&
                      asked.start_ms <= place.end_ms;
    if (meet) slow.push_back(id_of(number));
  }
  RC_ASSERT(ids(found(world.registry, Kind::constraint, asked)) == slow);
  const Registry again = world.replayed();
  RC_ASSERT(ids(again.all(Kind::constraint, kNow)) ==
            ids(world.registry.all(Kind::constraint, kNow)));
  RC_ASSERT(ids(found(again, Kind::constraint, asked)) == slow);
}

}  // namespace
}  // namespace detente::utm
