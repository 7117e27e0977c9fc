// SPDX-License-Identifier: Apache-2.0
// Method: three nodes whose messages arrive at once. Officers do every act of the hotline through
// the API; the answers are read as a page reads them.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "hotline/forms.h"
#include "node/testing_parties.h"

namespace detente::node::testing {
namespace {

struct HotlineApi : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& south = all.party("south");

  HotlineApi() { all.open_all(); }

  static Caller duty(const TestParty& party) { return {Role::duty_officer, party.officers[0]}; }
  ApiAnswer ask(TestParty& party, const std::string& method, const std::string& path,
                const std::string& body, const Caller& caller) {
    ApiOutcome outcome = handle_api(*party.node, {method, path, {}, body}, caller, {}, all.now);
    if (auto* answer = std::get_if<ApiAnswer>(&outcome)) return *answer;
    const auto& wanted = std::get<ApiSubmit>(outcome);
    all.step(party, Submit{1, wanted.envelope});
    return logged_answer(*party.node, wanted.id, party.answers.back().result);
  }
  std::string post(TestParty& party, const std::string& path, const std::string& body) {
    const ApiAnswer answer = ask(party, "POST", "/api/hotline/" + path, body, duty(party));
    EXPECT_EQ(answer.status, 201) << path << " " << answer.body;
    const Result<JsonDocument> document = parse_json(answer.body, {.bytes_max = 10'000});
    return document ? document->root().string("id", 64).value_or("") : "";
  }
  void refused(TestParty& party, const std::string& path, const std::string& body, int status,
               const std::string& code) {
    const ApiAnswer answer = ask(party, "POST", "/api/hotline/" + path, body, duty(party));
    EXPECT_EQ(answer.status, status) << path << " " << answer.body;
    EXPECT_NE(answer.body.find('"' + code + '"'), std::string::npos) << answer.body;
  }
  JsonDocument json(TestParty& party, const Caller& caller, const char* path = "/api/hotline") {
    const ApiAnswer answer = ask(party, "GET", path, "", caller);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return *parse_json(answer.body, {.bytes_max = 10U << 20, .integers_only = false});
  }
  JsonDocument json(TestParty& party) { return json(party, duty(party)); }
  static std::vector<JsonReader> items(const JsonDocument& document, const char* name) {
    Result<std::vector<JsonReader>> found = document.root().array(name, 10'000);
    EXPECT_TRUE(found) << name;
    return found ? *found : std::vector<JsonReader>();
  }
  static std::string text(const JsonReader& in, const char* name) {
    return in.string(name, 4'000, true).value_or("?");
  }
  static std::vector<std::string> acts(const JsonReader& in) {
    return in.strings("acts", 8, 64).value_or(std::vector<std::string>{"?"});
  }
  std::string in(std::int64_t ms) { return '"' + format_rfc3339(all.now + ms) + '"'; }
  using Acts = std::vector<std::string>;
};

TEST_F(HotlineApi, CarriesAWarningFromSendingToItsEnd) {
  const std::string id =
      post(north, "warnings",
           R"({"kind":"firing","text":"mind it","language":"en","until":)" + in(3'600'000) + "}");
  all.pass(60'000);
  JsonDocument seen = json(south);
  const JsonReader alarm = items(seen, "alarms").at(0);
  EXPECT_EQ(text(alarm, "kind"), "warning");
  EXPECT_EQ(text(alarm, "warning"), "firing");
  EXPECT_EQ(acts(alarm), Acts{"ack"});
  EXPECT_EQ(alarm.integer("level", 0, 9).value(), 3);
  const JsonReader warning = items(seen, "warnings").at(0);
  EXPECT_EQ(text(warning.object("title").value(), "ru"), "Здесь ведётся огонь");
  EXPECT_EQ(acts(warning), Acts{"ack"});
  EXPECT_FALSE(warning.object("restrike")->has("read"));
  refused(south, "warnings/" + id + "/over", R"({"reason":"x"})", 403, "hotline_not_sender");
  refused(north, "warnings/" + id + "/ack", "{}", 403, "hotline_own");
  post(south, "warnings/" + id + "/ack", "{}");
  refused(south, "warnings/" + id + "/ack", "{}", 409, "hotline_state");
  all.pass(60'000);
  seen = json(north);
  EXPECT_EQ(acts(items(seen, "warnings").at(0)), Acts{"over"});
  EXPECT_TRUE(items(seen, "alarms").at(0).boolean("acked").value());
  EXPECT_TRUE(items(seen, "warnings").at(0).object("restrike")->has("read"));
  post(north, "warnings/" + id + "/over", R"({"reason":"it is quiet"})");
  seen = json(north);
  EXPECT_EQ(text(items(seen, "warnings").at(0), "over_why"), "it is quiet");
}

TEST_F(HotlineApi, RendersAMessageInEveryLanguageAndShowsWhoReadIt) {
  const std::string id =
      post(north, "messages",
           R"({"form":"impacts_seen","fields":{"seen":"smoke","place":{"lat_e7":359000000,)"
           R"("lng_e7":366000000},"time":)" +
               in(0) + R"(},"language":"en","to":["south"],"text":"as typed"})");
  all.pass(60'000);
  JsonDocument seen = json(south);
  JsonReader message = items(seen, "messages").at(0);
  EXPECT_EQ(text(message, "text"), "as typed");
  EXPECT_EQ(acts(message), (Acts{"read", "reply"}));
  const JsonReader rendered = message.object("rendered").value();
  EXPECT_NE(text(rendered, "en").find("smoke or fire"), std::string::npos);
  EXPECT_NE(text(rendered, "ar").find("دخان أو حريق"), std::string::npos);
  const auto index = message.integer("index", 0, 10'000).value();
  const ApiAnswer read =
      ask(south, "POST", "/api/read", R"({"party":"north","index":)" + std::to_string(index) + "}",
          duty(south));
  ASSERT_EQ(read.status, 201) << read.body;
  post(south, "messages",
       R"({"form":"answer","fields":{"answer":"no"},"language":"ar","to":["north"],"reply_to":")" +
           id + "\"}");
  all.pass(60'000);
  seen = json(north);
  EXPECT_EQ(text(items(seen, "messages").at(0), "reply_to"), id);
  const auto reads = items(seen, "messages").at(1).array("reads", 8).value();
  EXPECT_EQ(text(reads.at(0), "officer"), "south/duty-1");
}

TEST_F(HotlineApi, ShowsTheWatchOfBothSidesTheRosterAndTestCalls) {
  post(north, "watch", R"({"until":)" + in(3'600'000) + "}");
  post(north, "roster",
       R"({"shifts":[{"officer":"north/duty-1","from":)" + in(0) + R"(,"to":)" + in(1'000) + "}]}");
  const std::string call = post(north, "tests", R"({"to":"south"})");
  all.pass(180'000);
  JsonDocument seen = json(south);
  std::vector<JsonReader> lines = items(seen, "lines");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(text(lines[0], "party"), "south");  // the own first
  EXPECT_EQ(text(lines[0], "why"), "nobody");
  EXPECT_FALSE(lines[0].boolean("manned").value());
  const JsonReader test = lines[0].object("test").value();
  EXPECT_TRUE(test.boolean("overdue").value());
  EXPECT_EQ(acts(test), Acts{"answer"});
  const auto north_line = std::find_if(lines.begin(), lines.end(), [](const JsonReader& line) {
    return text(line, "party") == "north";
  });
  EXPECT_TRUE(north_line->boolean("manned").value());
  EXPECT_EQ(text(*north_line, "officer"), "north/duty-1");
  EXPECT_EQ(north_line->array("shifts", 9)->size(), 1U);
  post(south, "tests/" + call + "/answer", "{}");
  post(north, "watch/off", "{}");
  refused(north, "watch/off", "{}", 409, "hotline_state");
  all.pass(60'000);
  seen = json(north);
  lines = items(seen, "lines");
  EXPECT_EQ(text(lines[0], "why"), "nobody");
}

TEST_F(HotlineApi, ALineIsNotKnownWhileItsLinkIsNotFresh) {
  post(north, "watch", R"({"until":)" + in(36'000'000) + "}");
  all.pass(60'000);
  all.connected = false;
  all.pass(300'000);
  const JsonDocument seen = json(south);
  for (const JsonReader& line : items(seen, "lines")) {
    if (text(line, "party") != "north") continue;
    EXPECT_FALSE(line.boolean("manned"));  // null
    EXPECT_EQ(text(line, "why"), "link");
    EXPECT_EQ(text(line, "officer"), "north/duty-1");  // last known
  }
}

TEST_F(HotlineApi, AnAlarmThatCameByFlashSaysSo) {
  all.connected = false;
  ASSERT_EQ(ask(north, "POST", "/api/stops", R"({"reason":"close pass"})", duty(north)).status,
            201);
  const JsonDocument seen = json(south);
  const JsonReader alarm = items(seen, "alarms").at(0);
  EXPECT_FALSE(alarm.integer("index", 0, 10'000));  // null
  EXPECT_TRUE(alarm.boolean("flash").value());
  EXPECT_EQ(seen.root().object("flash")->integer("pending", 0, 100).value(), 1);
}

TEST_F(HotlineApi, AStopByFlashBlocksActivationsHereBeforeTheRecordHasIt) {
  const ApiAnswer filed =
      ask(north, "POST", "/api/activities", all.patrol("north", 7'200'000), duty(north));
  ASSERT_EQ(filed.status, 201) << filed.body;
  const std::string id =
      parse_json(filed.body, {.bytes_max = 10'000})->root().string("id", 64).value();
  const std::string path = "/api/activities/" + id;
  const Caller second{Role::duty_officer, south.officers[1]};
  EXPECT_EQ(ask(south, "POST", path + "/concur", "{}", duty(south)).status, 201);
  EXPECT_EQ(ask(south, "POST", path + "/concur", "{}", second).status, 201);
  all.connected = false;
  const ApiAnswer sent = ask(south, "POST", "/api/stops", R"({"reason":"wait"})", duty(south));
  ASSERT_EQ(sent.status, 201);
  EXPECT_TRUE(north.node->ledger().stops().empty());
  const ApiAnswer refused = ask(north, "POST", path + "/activate", "{}", duty(north));
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_NE(refused.body.find("stop_in_force"), std::string::npos) << refused.body;
}

TEST_F(HotlineApi, JoinsTwoAccountsOfOneCall) {
  const auto account = [&](const std::string& with, const std::string& about) {
    return R"({"with":")" + with + R"(","began":)" + in(-60'000) + R"(,"ended":)" + in(0) +
           R"(,"line":"voice 1","language":"en","summary":"agreed to wait")" + about + "}";
  };
  const std::string id = post(north, "calls", account("south", ""));
  all.pass(60'000);
  post(south, "calls", account("north", R"(,"about":")" + id + "\""));
  refused(south, "calls", account("north", R"(,"about":"00")"), 404, "hotline_unknown");
  const JsonDocument seen = json(south);
  const std::vector<JsonReader> calls = items(seen, "calls");
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(text(calls[0], "about"), id);
}

TEST_F(HotlineApi, DeniesByRoleAndRefusesByNameAndPlace) {
  const Caller reader{Role::reader, std::nullopt};
  EXPECT_EQ(ask(north, "GET", "/api/hotline", "", {Role::none, std::nullopt}).status, 401);
  const JsonDocument seen = json(north, reader);
  EXPECT_TRUE(items(seen, "may").empty());
  EXPECT_EQ(items(json(north), "may").size(), 7U);
  EXPECT_EQ(ask(north, "POST", "/api/hotline/tests", R"({"to":"south"})", reader).status, 403);
  const Caller registrar{Role::registrar, north.officers[0]};
  EXPECT_EQ(ask(north, "POST", "/api/hotline/tests", R"({"to":"south"})", registrar).status, 403);
  refused(north, "warnings", R"({"kind":"firing","aim_point":[1,2]})", 400, "restraint");
  refused(north, "messages",
          R"({"form":"answer","fields":{"target":"x"},"language":"en","to":["south"]})", 400,
          "restraint");
  refused(north, "messages", R"({"form":"x","fields":{},"language":"en","to":["south"]})", 400,
          "hotline_form");
  refused(north, "warnings/00/ack", "{}", 404, "hotline_unknown");
  refused(north, "tests", R"({"to":"west"})", 404, "agreement_unknown_party");
  refused(north, "nothing", "{}", 404, "http_not_found");
  refused(north, "", "{}", 404, "http_not_found");
  EXPECT_EQ(api_body_bytes("POST", "/peer/flash"), limits::kFlashBytes);
}

TEST_F(HotlineApi, ListsItsFormsInThreeLanguages) {
  const JsonDocument seen = json(north, duty(north), "/api/hotline/forms");
  EXPECT_EQ(items(seen, "forms").size(), hotline::forms().size());
  EXPECT_EQ(items(seen, "warnings").size(), hotline::warning_kinds().size());
  for (const JsonReader& form : items(seen, "forms")) {
    for (const char* language : {"en", "ru", "ar"}) {
      EXPECT_FALSE(text(form.object("template").value(), language).empty());
    }
  }
}

TEST_F(HotlineApi, ListsAFloodUpToItsLimitAndTellsTheWholeNumber) {
  SubmitGroup group;
  for (std::uint64_t n = 0; n < 300; ++n) {
    group.submits.push_back(
        {n, north.node->draft("warning.send", {}, R"({"kind":"firing","until":)" + in(60'000) + "}",
                              {north.officers[0]}, all.now)});
  }
  all.step(north, std::move(group));
  const JsonDocument seen = json(north);
  EXPECT_EQ(items(seen, "warnings").size(), limits::kHotlineListed);
  const std::vector<JsonReader> alarms = items(seen, "alarms");
  ASSERT_EQ(alarms.size(), limits::kHotlineListed);
  // The first and the last are both there.
  const std::uint64_t last = north.node->own().size().value - 1;
  EXPECT_EQ(alarms.front().integer("index", 0, 10'000).value() + 299, last);
  EXPECT_EQ(alarms.back().integer("index", 0, 10'000).value(), last);
  const JsonReader totals = seen.root().object("totals").value();
  EXPECT_EQ(totals.integer("warnings", 0, 1'000).value(), 300);
  EXPECT_EQ(totals.integer("unacknowledged", 0, 1'000).value(), 300);
}

}  // namespace
}  // namespace detente::node::testing
