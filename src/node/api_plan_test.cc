// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once, asked as the page asks them. Refusals first.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "node/testing_parties.h"

namespace detente::node::testing {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

struct PlanApi : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");

  ApiAnswer post(const std::string& path, const std::string& body, Role role = Role::reader) {
    const ApiOutcome outcome =
        handle_api(*north.node, {"POST", path, {}, body}, {role, std::nullopt}, {}, all.now);
    EXPECT_TRUE(std::holds_alternative<ApiAnswer>(outcome)) << "a question submits nothing";
    return std::get<ApiAnswer>(outcome);
  }
  JsonDocument json(const ApiAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    return parse_json(answer.body, {.bytes_max = 10U << 20, .integers_only = false}).value();
  }
  JsonDocument check(const std::string& plan, const std::string& more = "") {
    return json(post("/api/plans/check", R"({"plan":)" + plan + more + "}"));
  }
  JsonDocument ask(const std::string& body) { return json(post("/api/agreement/ask", body)); }
  // "json_member_range@flexibility/later_s"
  std::string refusal(const std::string& path, const std::string& body) {
    const ApiAnswer answer = post(path, body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    const JsonDocument document = parse_json(answer.body, {.bytes_max = 1U << 20}).value();
    const JsonReader error = *document.root().object("error");
    return *error.string("code", 64) + "@" +
           (error.has("place") ? *error.string("place", 200) : std::string());
  }
  static std::string problem(const JsonDocument& answer) {
    if (!answer.root().has("problem")) return {};
    const JsonReader error = *answer.root().object("problem");
    return *error.string("code", 64) + "@" +
           (error.has("place") ? *error.string("place", 200) : std::string());
  }
  record::Ref file(TestParty& party, std::int64_t lead_ms, double lat = 35.5) {
    const Result<record::Ref> ref =
        all.submit(party, "activity.propose", {}, all.patrol(party.id.value, lead_ms, lat),
                   {party.officers[0]});
    EXPECT_TRUE(ref) << ref.error().text();
    return *ref;
  }
  static std::vector<JsonReader> items(const JsonDocument& in, const char* name) {
    return in.root().array(name, 1'000).value();
  }
  std::string replaced(std::string plan, const std::string& what, const std::string& by) {
    const std::size_t at = plan.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return plan.replace(at, what.size(), by);
  }
};

const std::string kWide =
    R"(,"flexibility":{"earlier_s":0,"later_s":21600,"higher_m":1828.8,"lower_m":152.4})";

TEST_F(PlanApi, IsForNobodyWithoutARole) {
  all.open_all();
  for (const char* path : {"/api/plans/check", "/api/agreement/ask"}) {
    EXPECT_EQ(post(path, "{}", Role::none).status, 401) << path;
  }
}

TEST_F(PlanApi, RefusesQuestionsThatAreNotOfTheForm) {
  all.open_all();
  const std::string path = "/api/plans/check";
  const std::string plan = R"({"plan":)" + all.patrol("north", 2 * kHourMs);
  EXPECT_EQ(refusal(path, ""), "json_malformed@byte 0");
  EXPECT_EQ(refusal(path, "[]"), "json_member_type@");
  EXPECT_EQ(refusal(path, "{}"), "json_member_missing@");
  EXPECT_EQ(refusal(path, plan + R"(,"more":1})"), "json_member_unknown@");
  EXPECT_EQ(refusal(path, plan + R"(,"target":1})"), "restraint@target");
  const auto flexible = [&](const std::string& text) {
    return refusal(path, plan + R"(,"flexibility":{)" + text + "}}");
  };
  EXPECT_EQ(flexible(R"("later_s":604801)"), "json_member_range@flexibility/later_s");
  EXPECT_EQ(flexible(R"("earlier_s":-1)"), "json_member_range@flexibility/earlier_s");
  EXPECT_EQ(flexible(R"("earlier_s":1.5)"), "json_member_type@flexibility/earlier_s");
  EXPECT_EQ(flexible(R"("higher_m":20000.1)"), "json_member_range@flexibility/higher_m");
  EXPECT_EQ(flexible(R"("lower_m":-0.1)"), "json_member_range@flexibility/lower_m");
  EXPECT_EQ(flexible(R"("sideways_m":50001)"), "json_member_range@flexibility/sideways_m");
  EXPECT_EQ(flexible(R"("shorten_to_s":0)"), "json_member_range@flexibility/shorten_to_s");
  EXPECT_EQ(flexible(R"("faster":1)"), "json_member_unknown@flexibility");
}

TEST_F(PlanApi, NamesWhatIsWrongWithAPlanAsWhenItIsFiled) {
  all.open_all();
  const std::string plan = all.patrol("north", 2 * kHourMs);
  EXPECT_EQ(problem(check(plan)), "");
  EXPECT_EQ(problem(check(replaced(plan, "\"patrol\"", "\"raid\""))), "purpose_unknown@purpose");
  EXPECT_EQ(problem(check(replaced(plan, "355000000", "355000000.0"))),
            "json_member_type@place/point/0");
  EXPECT_EQ(problem(check(replaced(plan, "10000000}", "0}"))),
            "geo_degenerate@volumes/0/area/circle/radius_mm");
  EXPECT_EQ(problem(check(all.patrol("south", 2 * kHourMs))), "activity_malformed@operator");
  EXPECT_EQ(problem(check(all.patrol("north", -2 * kHourMs))), "activity_late@");
  EXPECT_EQ(problem(check(plan, R"(,"replaces":"0123")")), "activity_unknown@replaces");
  EXPECT_EQ(
      refusal("/api/plans/check",
              R"({"plan":)" + replaced(plan, "\"purpose\"", "\"target\":1,\"purpose\"") + "}"),
      "restraint@target");
  const JsonDocument none = check("{}");
  EXPECT_EQ(problem(none), "json_member_missing@");
  EXPECT_FALSE(*none.root().boolean("permitted"));
  EXPECT_TRUE(items(none, "conflicts").empty());
}

TEST_F(PlanApi, TakesTimesFromASecondToTheLongestSpan) {
  all.open_all();
  const std::string plan = all.patrol("north", 2 * kHourMs);
  const std::string end = format_rfc3339(all.now + 3 * kHourMs);
  const auto ending = [&](UtcMs time) {
    return problem(check(replaced(plan, end, format_rfc3339(time))));
  };
  const UtcMs start = all.now + 2 * kHourMs;
  EXPECT_EQ(ending(start + 1'000), "");
  EXPECT_EQ(ending(start), "geo_time_reversed@volumes/0/time");
  EXPECT_EQ(ending(start + limits::kSpanMsMax), "");
  EXPECT_EQ(ending(start + limits::kSpanMsMax + 1), "geo_time_range@volumes/0/time");
  EXPECT_EQ(ending(start + 36'525LL * 24 * kHourMs), "geo_time_range@volumes/0/time");
}

TEST_F(PlanApi, RefusesAPlanOfMoreCornersThanAStatementHolds) {
  all.open_all();
  std::string polygon = R"({"polygon":[)";
  for (int i = 0; i < 10'000; ++i) {
    const geo::PointE7 corner =
        geo::destination({355'000'000, 365'000'000}, 0.036 * i, i % 2 == 0 ? 20'000 : 19'500);
    polygon += fmt::format("{}[{},{}]", i == 0 ? "" : ",", corner.lat_e7, corner.lng_e7);
  }
  const std::string plan = all.patrol("north", 2 * kHourMs);
  const std::string circle = R"({"circle":{"center":[355000000,365000000],"radius_mm":10000000}})";
  EXPECT_EQ(problem(check(replaced(plan, circle, polygon + "]}"))), "entry_too_large@");
  polygon += ",[355000000,365000000]";
  EXPECT_EQ(problem(check(replaced(plan, circle, polygon + "]}"))),
            "geo_too_many_vertices@volumes/0/area/polygon");
}

TEST_F(PlanApi, ShowsConflictsWithTheirRegionAndWaysOutAsPlans) {
  all.open_all();
  file(south, 2 * kHourMs, 35.6);
  const std::string plan = all.patrol("north", 2 * kHourMs);
  const JsonDocument found = check(plan, kWide);
  EXPECT_EQ(problem(found), "");
  EXPECT_TRUE(*found.root().boolean("permitted"));
  EXPECT_FALSE(*found.root().boolean("late"));
  const JsonReader needs = *found.root().object("needs");
  EXPECT_EQ(*needs.string("clause", 64), "6");
  EXPECT_EQ(*needs.integer("lead_s", 0, 100'000), 3'600);
  const std::vector<JsonReader> conflicts = items(found, "conflicts");
  ASSERT_EQ(conflicts.size(), 1U);
  const JsonReader& conflict = conflicts.front();
  EXPECT_EQ(*conflict.string("owner", 64), "south");
  EXPECT_EQ(*conflict.string("state", 64), "proposed");
  EXPECT_FALSE(*conflict.boolean("own"));
  EXPECT_EQ(*conflict.object("separation")->number("lateral_m"), 9'260);
  const JsonReader region = *conflict.object("region");
  const std::vector<JsonReader> shapes = *region.array("shapes", 10);
  ASSERT_FALSE(shapes.empty());
  const std::vector<JsonReader> rings = *shapes.front().array("coordinates", 1);
  const std::vector<JsonReader> ring = *rings.front().as_array(10'000);
  ASSERT_GT(ring.size(), 3U);
  const auto at = [&](const JsonReader& point) {
    const std::vector<JsonReader> pair = *point.as_array(2);
    return std::pair(*pair[0].as_number(), *pair[1].as_number());
  };
  EXPECT_EQ(at(ring.front()), at(ring.back()));
  EXPECT_NEAR(at(ring.front()).first, 36.5, 0.3) << "longitude first";
  EXPECT_EQ(*region.object("time")->time("start"), all.now + 2 * kHourMs);
  // An hour and a minute later; 6,100 ft are one too few by touching, and the filer has 6,000.
  const std::vector<JsonReader> ways = items(found, "ways_out");
  ASSERT_EQ(ways.size(), 1U);
  EXPECT_EQ(*ways[0].string("kind", 64), "later");
  EXPECT_EQ(*ways[0].integer("shift_s", 0, 100'000), 3'660);
  EXPECT_FALSE(ways[0].has("shift_m"));
  EXPECT_FALSE(*found.root().boolean("ways_out_more"));
  // What is offered can be checked and filed as it is.
  const JsonReader offered = *ways[0].object("plan");
  const airspace::ActivityPlan moved =
      airspace::read_plan(JsonReader(offered.value(), ""), *all.agreement()).value();
  EXPECT_EQ(moved.volumes.front().time.start, all.now + 2 * kHourMs + 3'660'000);
  EXPECT_TRUE(items(check(airspace::write_plan(moved)), "conflicts").empty());
  EXPECT_TRUE(
      all.submit(north, "activity.propose", {}, airspace::write_plan(moved), {north.officers[0]}));
}

TEST_F(PlanApi, WholeFeetFitInMetresWithADecimal) {
  all.open_all();
  file(south, 2 * kHourMs, 35.6);
  const std::string plan = all.patrol("north", 2 * kHourMs);
  // 6,100 ft are 1,859.28 m, which a page rounds to 1,859.3; 6,100 of 6,200 ft: 1,889.76 and
  // 1889.8.
  const auto higher = [&](const std::string& metres) {
    const JsonDocument found = check(plan, R"(,"flexibility":{"higher_m":)" + metres + "}");
    const std::vector<JsonReader> ways = items(found, "ways_out");
    return ways.empty() ? 0.0 : *ways.front().number("shift_m");
  };
  EXPECT_EQ(higher("1859.3"), 1859.28);
  EXPECT_EQ(higher("1859.2"), 0.0);
  const JsonDocument lower = check(plan, R"(,"flexibility":{"lower_m":3000})");
  EXPECT_EQ(*items(lower, "ways_out").front().number("shift_m"), -1859.28);
}

TEST_F(PlanApi, LeavesTheNodeAsItWas) {
  all.open_all();
  file(south, 2 * kHourMs, 35.6);
  const auto size = [&] { return north.node->own().size(); };
  const auto state = [&] {
    const ApiOutcome outcome = handle_api(*north.node, {"GET", "/api/activities", {}, ""},
                                          {Role::reader, std::nullopt}, {}, all.now);
    return std::get<ApiAnswer>(outcome).body;
  };
  const TreeSize entries = size();
  const std::string before = state();
  const std::string plan = all.patrol("north", 2 * kHourMs);
  const std::string first = post("/api/plans/check", R"({"plan":)" + plan + kWide + "}").body;
  ask(R"({"area":"a1"})");
  EXPECT_EQ(size(), entries);
  EXPECT_EQ(state(), before);
  EXPECT_FALSE(north.node->busy());
  EXPECT_EQ(first.find("flexibility"), std::string::npos);
  EXPECT_EQ(first.find("21600"), std::string::npos);
  EXPECT_EQ(post("/api/plans/check", R"({"plan":)" + plan + kWide + "}").body, first);
}

TEST_F(PlanApi, SaysWhyNothingBecomesActive) {
  ASSERT_TRUE(all.start(north));
  const JsonDocument found = check(all.patrol("north", 2 * kHourMs));
  EXPECT_EQ(*found.root().string("not_in_force", 100), "not_yet");
  EXPECT_EQ(*ask(R"({"area":"a1","purpose":"patrol"})").root().string("answer", 10), "no");
}

TEST_F(PlanApi, RefusesQuestionsAboutNowhereAndAboutTwoPlaces) {
  all.open_all();
  const std::string path = "/api/agreement/ask";
  EXPECT_EQ(refusal(path, "{}"), "json_member_missing@");
  EXPECT_EQ(refusal(path, R"({"area":"a1","point":[0,0]})"), "json_member_missing@");
  EXPECT_EQ(refusal(path, R"({"area":"a2"})"), "json_member_range@area");
  EXPECT_EQ(refusal(path, R"({"area":"a1","purpose":"raid"})"), "purpose_unknown@purpose");
  EXPECT_EQ(refusal(path, R"({"area":"a1","aimpoint":1})"), "restraint@aimpoint");
  EXPECT_EQ(refusal(path, R"({"area":"a1","colour":1})"), "json_member_unknown@");
  EXPECT_EQ(refusal(path, R"({"point":[910000000,1900000000]})"), "geo_out_of_range@point");
  EXPECT_EQ(refusal(path, R"({"point":[35.5,36]})"), "json_number@byte 14");
  EXPECT_EQ(refusal(path, R"({"area":"a1","time":{"start":"2016-07-14T00:00:00Z",)"
                          R"("end":"2116-07-14T00:00:00Z"}})"),
            "geo_time_range@time");
  EXPECT_EQ(refusal(path, R"({"area":"a1","altitude":{"lower_mm":1,"upper_mm":0,)"
                          R"("reference":"MSL"}})"),
            "geo_altitude_reversed@altitude");
  EXPECT_EQ(refusal(path, R"({"volume":{},"time":{}})"), "json_member_unknown@time");
}

TEST_F(PlanApi, AnswersYesYesIfAndNo) {
  all.open_all();
  const auto answer = [&](const std::string& body) {
    return *ask(body).root().string("answer", 10);
  };
  // The area asks for a declared flight; outside it nothing is asked.
  EXPECT_EQ(answer(R"({"area":"a1"})"), "yes_if");
  EXPECT_EQ(answer(R"({"area":"a1","active":true})"), "yes");
  EXPECT_EQ(answer(R"({"point":[350500000,360800000]})"), "yes_if");
  EXPECT_EQ(answer(R"({"point":[360000000,370000000]})"), "yes");
  EXPECT_EQ(answer(R"({"area":"a1","time":{"start":"2017-06-01T00:00:00Z",)"
                   R"("end":"2017-06-01T00:00:01Z"}})"),
            "yes");  // the agreement is over by then, and the text says so
  const JsonDocument asked = ask(R"({"who":"north","purpose":"patrol","area":"a1"})");
  EXPECT_FALSE(*asked.root().boolean("permitted_now"));
  EXPECT_TRUE(*asked.root().boolean("permitted_active"));
  EXPECT_EQ(*asked.root().string("state", 20), "in_force");
  EXPECT_EQ(*asked.root().integer("version", 1, 10), 1);
  EXPECT_EQ(items(asked, "reasons_now").size(), 1U);
  EXPECT_TRUE(*items(asked, "reasons_now").front().boolean("broken"));
  const JsonReader needs = *asked.root().object("needs");
  ASSERT_EQ(needs.array("concurrences", 9)->size(), 1U);
  EXPECT_EQ(*needs.array("concurrences", 9)->front().string("party", 64), "south");
  const std::string text = *asked.root().string("text", 1'000);
  EXPECT_TRUE(text.starts_with("Only as an active activity. Permitted in a1. Clause 6 asks for"))
      << text;
}

}  // namespace
}  // namespace detente::node::testing
