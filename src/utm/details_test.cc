// SPDX-License-Identifier: Apache-2.0
#include "utm/details.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "utm/testing_world.h"

namespace detente::utm {
namespace {

Entity shown_activity() {
  Entity shown;
  shown.kind = Kind::constraint;
  shown.id = id_of(9);
  shown.manager = "north";
  shown.ovn = std::string(64, 'b');
  shown.base_url = "https://utm.north.example";
  shown.activity = ActivityId{std::string(32, 'a')};
  shown.extents = {filled(extent({.radius_m = 10'000, .lower_m = 0, .upper_m = 3'000}), UtcMs{0},
                          geo::kTimeMax)};
  shown.time = span_of(shown.extents);
  return shown;
}

// A world of three subscriptions at the place, two of them one USS's.
void subscribe(World& world) {
  const auto put = [&](const std::string& manager, int number, const std::string& url) {
    PutSubscription one = subscription(number, {.start_ms = 0}, true, true);
    one.body.base_url = url;
    ASSERT_EQ(world.put(manager, one).status, 200);
  };
  put("uss1", 1, "https://uss1.example/utm");
  put("uss2", 2, "https://uss2.example");
  put("uss1", 3, "https://uss1.example/utm");
}

void say(World& world, const std::string& type, const std::string& body) {
  const Result<JsonDocument> document = parse_json(body, {.bytes_max = 100'000});
  ASSERT_TRUE(document) << document.error().text();
  world.registry.apply(type, document->root(), kNow);
}

TEST(Tellings, AreOneForEachUssWithAllItsSubscriptions) {
  World world;
  subscribe(world);
  const Entity shown = shown_activity();
  say(world, "utm.shown", write_shown(shown));
  const std::vector<Telling> sent = tellings(world.registry, shown.kind, shown.id, &shown);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].base_url, "https://uss1.example/utm");
  EXPECT_EQ(sent[1].base_url, "https://uss2.example");
  const auto read = wire::f3548::read_put_constraint_details(sent[0].body, {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->subscriptions.size(), 2U);
  ASSERT_TRUE(read->constraint);
  EXPECT_EQ(read->constraint->reference.ovn, shown.ovn);
  EXPECT_EQ(read->constraint->volumes.size(), 1U);
}

TEST(Tellings, SayThatItIsShownNoMore) {
  World world;
  subscribe(world);
  const Entity shown = shown_activity();
  say(world, "utm.shown", write_shown(shown));
  say(world, "utm.hidden", write_hidden(shown.kind, shown.id));
  const std::vector<Telling> sent = tellings(world.registry, shown.kind, shown.id, nullptr);
  ASSERT_EQ(sent.size(), 2U);
  const auto read = wire::f3548::read_put_constraint_details(sent[1].body, {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_FALSE(read->constraint);
  EXPECT_EQ(read->subscriptions[0].notification_index, 2);
}

TEST(Tellings, OfAnIntentOutsideItsPlanNameItsVolumesSo) {
  World world;
  subscribe(world);
  Entity shown = shown_activity();
  shown.kind = Kind::intent;
  shown.state = IntentState::contingent;
  EXPECT_EQ(shown_intent(shown).off_nominal_volumes.size(), 1U);
  EXPECT_TRUE(shown_intent(shown).volumes.empty());
  shown.state = IntentState::nonconforming;
  say(world, "utm.shown", write_shown(shown));
  const std::vector<Telling> sent = tellings(world.registry, shown.kind, shown.id, &shown);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].path, "/uss/v1/operational_intents");
  const auto read = wire::f3548::read_put_intent_details(sent[0].body, {});
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_TRUE(read->intent);
  EXPECT_EQ(read->intent->volumes.size(), 1U);
  EXPECT_EQ(read->intent->off_nominal_volumes.size(), 1U);
}

TEST(Tellings, TheExampleOfTheirPageIsWhatIsSent) {
  std::ifstream in(std::string(DETENTE_SOURCE_DIR) + "/docs/protocol/utm.md");
  std::ostringstream page;
  page << in.rdbuf();
  World world;
  subscribe(world);
  const Entity shown = shown_activity();
  say(world, "utm.shown", write_shown(shown));
  const std::vector<Telling> sent = tellings(world.registry, shown.kind, shown.id, &shown);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_NE(page.str().find("\n" + sent[1].body + "\n"), std::string::npos) << sent[1].body;
}

}  // namespace
}  // namespace detente::utm
