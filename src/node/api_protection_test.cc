// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once. The monitor keeps a list of sites with two
// registrars; north and south receive it. Everything is done and read through the API.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/testing_protection.h"

namespace detente::node::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ProtectionApi, carries_a_site_from_the_registrar_to_the_unit) {
  const std::string key = post(monitor, "sites", clinic(), registrar());
  all.pass(60'000);
  const JsonDocument at_home = get(monitor, "sites/" + key, registrar(1));
  const JsonReader own = at_home.root().object("site").value();
  EXPECT_EQ(text(own, "state"), "registered");
  EXPECT_EQ(acts(own), (std::vector<std::string>{"confirm", "revise", "reconfirm", "remove"}));
  EXPECT_THAT(acts(get(monitor, "sites/" + key, registrar()).root().object("site").value()),
              Not(Contains("confirm")))
      << "who entered it does not confirm it";
  refused(monitor, "sites/" + key + "/confirm", R"({"means":"imagery"})", registrar(), 403,
          "protection_same_officer");
  post(monitor, "sites/" + key + "/confirm", R"({"means":"imagery"})", registrar(1));
  all.pass(60'000);

  const JsonDocument list = get(north, "sites", duty(north));
  ASSERT_EQ(items(list.root(), "sites").size(), 1U);
  EXPECT_EQ(items(list.root(), "standing").size(), 3U) << "on every list";
  const JsonReader site = items(list.root(), "sites").front();
  EXPECT_EQ(text(site, "state"), "confirmed");
  EXPECT_THAT(acts(site), Contains("received"));
  refused(north, "sites/" + key + "/remove", R"({"reason":"x"})", duty(north), 403,
          "http_forbidden");
  post(north, "sites/" + key + "/received", "{}", duty(north));
  post(north, "sites/" + key + "/disseminated",
       R"({"units":[{"unit":"3rd wing","at":")" + format_rfc3339(all.now) +
           R"(","by":"data","confirmed":true}]})",
       duty(north));
  all.pass(60'000);
  const JsonDocument seen = get(monitor, "sites/" + key, registrar());
  const std::vector<JsonReader> chains = items(seen.root(), "receipts");
  ASSERT_EQ(chains.size(), 2U);
  const std::vector<JsonReader> steps = items(chains[0], "steps");
  EXPECT_EQ(text(chains[0], "party"), "north");
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_TRUE(steps[0].has("time")) << "held";
  EXPECT_TRUE(steps[1].has("missing_s")) << "nobody said that he read it";
  EXPECT_TRUE(steps[2].has("time"));
  EXPECT_TRUE(steps[3].has("time"));
  EXPECT_EQ(text(items(chains[0], "units").front(), "unit"), "3rd wing");
  EXPECT_TRUE(items(chains[1], "steps")[2].has("missing_s")) << "south said nothing";
}

TEST_F(ProtectionApi, finds_and_pages_sites) {
  for (int i = 0; i < 5; ++i) {
    post(monitor, "sites", clinic(i == 3 ? "Bakery of Ain" : "Clinic", 350'000'000 + i * 1'000'000),
         registrar());
  }
  const auto total = [&](const std::map<std::string, std::string>& query) {
    const JsonDocument list = get(monitor, "sites", registrar(), query);
    return std::pair(list.root().integer("total", 0, 100).value(),
                     items(list.root(), "sites").size());
  };
  EXPECT_EQ(total({{"count", "2"}}), std::pair(std::int64_t{5}, std::size_t{2}));
  EXPECT_EQ(total({{"from", "4"}}), std::pair(std::int64_t{5}, std::size_t{1}));
  EXPECT_EQ(total({{"q", "BAKERY"}}), std::pair(std::int64_t{1}, std::size_t{1}));
  EXPECT_EQ(total({{"owner", "north"}}), std::pair(std::int64_t{0}, std::size_t{0}));
  EXPECT_EQ(total({{"state", "confirmed"}}), std::pair(std::int64_t{0}, std::size_t{0}));
  EXPECT_EQ(ask(monitor, "GET", "sites", "", registrar(), {{"count", "501"}}).status, 400);
  EXPECT_EQ(ask(monitor, "GET", "sites/monitor-99999", "", registrar()).status, 404);
  EXPECT_EQ(ask(monitor, "GET", "sites/nobody-1", "", registrar()).status, 404);
  EXPECT_EQ(ask(monitor, "GET", "sites/x", "", registrar()).status, 404);
}

TEST_F(ProtectionApi, looks_at_a_coordinate_and_says_what_is_doubtful) {
  const ApiAnswer good =
      ask(monitor, "POST", "sites/check", R"({"text":"35.90001 N 36.60002 E"})", registrar());
  EXPECT_EQ(good.status, 200);
  EXPECT_THAT(good.body, HasSubstr(R"("point_e7":[359000100,366000200])"));
  const ApiAnswer bad = ask(monitor, "POST", "sites/check", R"({"text":"somewhere"})", registrar());
  EXPECT_EQ(bad.status, 200);
  EXPECT_THAT(bad.body, HasSubstr(R"("ok":false)"));
  EXPECT_THAT(bad.body, HasSubstr(R"("grave":true)"));
  post(monitor, "sites", clinic(), registrar());
  const ApiAnswer twice =
      ask(monitor, "POST", "sites/check", R"({"text":"35.900001 36.600001"})", registrar());
  EXPECT_THAT(twice.body, HasSubstr("Clinic"));
  EXPECT_THAT(twice.body, HasSubstr(R"("ok":false)"));
  EXPECT_EQ(monitor.node->own().size(), north.node->log(monitor.id)->size())
      << "a look writes nothing";
}

TEST_F(ProtectionApi, follows_a_movement_and_raises_its_emergency_when_the_agreement_sleeps) {
  const std::string key = post(monitor, "movements", convoy(all.now + kHour), registrar());
  all.pass(60'000);
  JsonDocument seen = get(north, "movements", duty(north));
  JsonReader movement = items(seen.root(), "movements").front();
  EXPECT_TRUE(movement.boolean("late").value()) << "an hour is less than 48";
  EXPECT_EQ(text(movement, "state"), "notified");
  EXPECT_EQ(items(movement, "corridor").empty(), false);
  post(monitor, "movements/" + key + "/depart", R"({"at":")" + format_rfc3339(all.now) + R"("})",
       registrar());
  all.pass(2 * kHour + kHour / 2);
  seen = get(north, "movements", duty(north));
  EXPECT_EQ(text(items(seen.root(), "movements").front(), "state"), "overdue");
  const std::string emergency = post(monitor, "movements/" + key + "/emergency",
                                     R"({"kind":"under_fire","text":"at the ford"})", registrar());
  all.pass(60'000);
  seen = get(north, "movements", duty(north));
  ASSERT_EQ(items(seen.root(), "emergencies").size(), 1U);
  EXPECT_EQ(text(items(seen.root(), "emergencies").front(), "movement"), key);
  post(north, "emergencies/" + emergency + "/received", "{}", duty(north));
  post(monitor, "emergencies/" + emergency + "/over", R"({"reason":"they are safe"})", registrar());
  post(monitor, "movements/" + key + "/arrive", R"({"at":")" + format_rfc3339(all.now) + R"("})",
       registrar());
  refused(monitor, "movements/" + key + "/checkin",
          R"({"at":")" + format_rfc3339(all.now) + R"("})", registrar(), 409, "protection_state");
}

TEST_F(ProtectionApi, contests_one_entry_and_its_protection_stays) {
  const std::string key = post(monitor, "sites", clinic(), registrar());
  all.pass(60'000);
  const std::string contest =
      post(north, "sites/" + key + "/contest", R"({"grounds":"use","text":"we saw"})", duty(north));
  all.pass(60'000);
  const JsonDocument seen = get(monitor, "contests", registrar());
  EXPECT_EQ(acts(items(seen.root(), "contests").front()),
            (std::vector<std::string>{"answer", "close"}));
  EXPECT_EQ(text(get(north, "sites/" + key, duty(north)).root().object("site").value(), "state"),
            "registered");
  post(monitor, "contests/" + contest + "/answer", R"({"text":"it is a clinic"})", registrar());
  post(north, "contests/" + contest + "/close", R"({"outcome":"withdrawn","text":"a mistake"})",
       duty(north));
  refused(north, "contests/" + contest + "/close", R"({"outcome":"withdrawn","text":"again"})",
          duty(north), 409, "protection_state");
}

TEST_F(ProtectionApi, opens_a_case_by_itself_and_lists_what_is_known) {
  const std::string key = post(monitor, "sites", clinic(), registrar());
  all.pass(60'000);
  post(north, "sites/" + key + "/received", "{}", duty(north));
  all.pass(60'000);
  incident({359'000'000, 366'000'100});
  const JsonDocument seen = get(north, "cases", duty(north));
  ASSERT_EQ(items(seen.root(), "cases").size(), 1U);
  const JsonReader one = items(seen.root(), "cases").front();
  EXPECT_EQ(text(one, "subject"), key);
  EXPECT_THAT(acts(one), Contains("acknowledge"));
  const std::string id = text(one, "id");
  const JsonDocument file = get(north, "cases/" + id, duty(north));
  std::vector<std::string> why;
  for (const JsonReader& ref : items(file.root(), "refs")) why.push_back(text(ref, "why"));
  for (const char* wanted : {"version", "receipt", "event"}) EXPECT_THAT(why, Contains(wanted));
  post(north, "cases/" + id + "/steps", R"({"step":"acknowledge","text":"we look into it"})",
       duty(north));
  EXPECT_EQ(ask(north, "GET", "cases/none", "", duty(north)).status, 404);
}

// The clinic is at 35.9 N 36.6 E; armed flights keep 5 km from medical sites.
TEST_F(ProtectionApi, a_plan_keeps_away_from_registered_sites) {
  const auto plan = [&](std::int32_t lat_e7, const char* purpose, int hours) {
    const UtcMs start = all.now + hours * kHour;
    return fmt::format(
        R"({{"purpose":"{}","operator":"north","callsigns":["HERON21"],"aircraft":["43c101"],)"
        R"("place":{{"name":"Ford","point":[{},366000000]}},"volumes":[{{"area":{{"circle":)"
        R"({{"center":[{},366000000],"radius_mm":1000000}}}},"altitude":{{"lower_mm":3000000,)"
        R"("upper_mm":3600000,"reference":"MSL"}},"time":{{"start":"{}","end":"{}"}}}}]}})",
        purpose, lat_e7, lat_e7, format_rfc3339(start), format_rfc3339(start + kHour));
  };
  const auto file = [&](const std::string& body) {
    return ask(north, "POST", "activities", body, duty(north));
  };
  const std::string near = plan(359'300'000, "armed", 30);  // 3.3 km, and its radius less
  const std::string key = post(monitor, "sites", clinic(), registrar());
  all.pass(60'000);
  const ApiAnswer refused_one = file(near);
  EXPECT_EQ(refused_one.status, 409) << refused_one.body;
  EXPECT_THAT(refused_one.body, HasSubstr("activity_rule"));
  EXPECT_THAT(refused_one.body, HasSubstr("Clause 8"));
  const ApiAnswer checked =
      ask(north, "POST", "plans/check", R"({"plan":)" + near + "}", duty(north));
  EXPECT_THAT(checked.body, HasSubstr("keep_away"));
  // Other purposes may pass, and so may who keeps away.
  EXPECT_EQ(file(plan(359'300'000, "survey", 40)).status, 201);
  EXPECT_EQ(file(plan(365'000'000, "armed", 30)).status, 201);
  // A site that was removed stands in no way.
  post(monitor, "sites/" + key + "/remove", R"({"reason":"moved"})", registrar());
  all.pass(60'000);
  const ApiAnswer after = file(plan(359'300'000, "armed", 30));
  EXPECT_EQ(after.status, 201) << after.body;
}

TEST_F(ProtectionApi, refuses_what_would_nominate_and_lists_dropped_whole) {
  refused(monitor, "sites", R"({"target_priority":1})", registrar(), 400, "restraint");
  const std::string one = post(monitor, "sites", clinic(), registrar());
  EXPECT_EQ(ask(monitor, "POST", "sites", clinic(), {Role::reader, {}}).status, 403);
  EXPECT_EQ(ask(north, "POST", "sites", clinic(), duty(north)).status, 403);
  EXPECT_EQ(ask(monitor, "GET", "protection", "", {Role::none, {}}).status, 401);
  const JsonDocument overview = get(monitor, "protection", registrar());
  EXPECT_EQ(items(overview.root(), "categories").size(), protection::kCategories);
  EXPECT_THAT(overview.root().strings("may", 8, 64).value(), Contains("register"));
}

}  // namespace
}  // namespace detente::node::testing
