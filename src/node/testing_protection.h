// SPDX-License-Identifier: Apache-2.0
//
// For tests: three nodes whose messages arrive at once. The monitor keeps a list of sites with two
// registrars; north and south receive it. Everything is done and read through the API.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/testing_parties.h"
#include "protection/bodies.h"

namespace detente::node::testing {

inline constexpr std::int64_t kHour = 3'600'000;
inline constexpr std::int64_t kDay = 24 * kHour;

struct ProtectionApi : ::testing::Test {
  TestParties all;
  TestParty& north = all.party("north");
  TestParty& monitor = all.party("monitor");
  std::vector<record::OfficerSigner> registrars;
  std::optional<record::OfficerSigner> investigator;

  ProtectionApi() {
    all.open_all();
    for (const char* name : {"monitor/registrar-1", "monitor/registrar-2"}) {
      registrars.push_back(delegate(name, "registrar"));
    }
    investigator = delegate("monitor/investigator", "monitor");
    all.pass(60'000);
  }

  record::OfficerSigner delegate(const std::string& name, const char* role) {
    record::OfficerSigner out{name, crypto::SecretKey::from_seed(crypto::sha256(as_bytes(name)))};
    JsonWriter key;
    key.begin_object().member("keyid", name);
    key.member("key", to_base64(out.secret.public_key())).name("roles");
    key.begin_array().value(role).end_array().member("name", name);
    key.member("expires", all.now + 86'400'000).end_object();
    check(all.submit(monitor, "key.add", {}, key.take(), {monitor.root}).has_value(), "a key");
    return out;
  }

  Caller registrar(std::size_t number = 0) const {
    return {Role::registrar, registrars.at(number)};
  }
  static Caller duty(const TestParty& party) { return {Role::duty_officer, party.officers[0]}; }

  ApiAnswer ask(TestParty& party, const std::string& method, const std::string& path,
                const std::string& body, const Caller& caller,
                const std::map<std::string, std::string>& query = {}) {
    ApiOutcome outcome =
        handle_api(*party.node, {method, "/api/" + path, query, body}, caller, {}, all.now);
    if (auto* answer = std::get_if<ApiAnswer>(&outcome)) return *answer;
    if (const auto* whole = std::get_if<ApiSubmitWhole>(&outcome)) {
      all.step(party, SubmitWhole{1, whole->envelopes});
      return imported_answer(*party.node, *whole, party.answers.back().result);
    }
    const auto& wanted = std::get<ApiSubmit>(outcome);
    all.step(party, Submit{1, wanted.envelope});
    return logged_answer(*party.node, wanted.id, party.answers.back().result);
  }
  // Returns the key of what was logged.
  std::string post(TestParty& party, const std::string& path, const std::string& body,
                   const Caller& caller) {
    const ApiAnswer answer = ask(party, "POST", path, body, caller);
    EXPECT_EQ(answer.status, 201) << path << " " << answer.body;
    const Result<JsonDocument> document = parse_json(answer.body, {.bytes_max = 10'000});
    if (!document) return {};
    return party.id.value + "-" +
           std::to_string(document->root().integer("index", 0, 1 << 20).value_or(0));
  }
  void refused(TestParty& party, const std::string& path, const std::string& body,
               const Caller& caller, int status, const std::string& code) {
    const ApiAnswer answer = ask(party, "POST", path, body, caller);
    EXPECT_EQ(answer.status, status) << path << " " << answer.body;
    EXPECT_THAT(answer.body, ::testing::HasSubstr('"' + code + '"'));
  }
  JsonDocument get(TestParty& party, const std::string& path, const Caller& caller,
                   const std::map<std::string, std::string>& query = {}) {
    const ApiAnswer answer = ask(party, "GET", path, "", caller, query);
    EXPECT_EQ(answer.status, 200) << path << " " << answer.body;
    return *parse_json(answer.body, {.bytes_max = 10U << 20, .integers_only = false});
  }
  static std::vector<JsonReader> items(const JsonReader& in, const char* name) {
    Result<std::vector<JsonReader>> found = in.array(name, 10'000);
    EXPECT_TRUE(found) << name;
    return found ? *found : std::vector<JsonReader>();
  }
  static std::string text(const JsonReader& in, const char* name) {
    return in.string(name, 4'000, true).value_or("?");
  }
  static std::vector<std::string> acts(const JsonReader& in) {
    return in.strings("acts", 8, 64).value_or(std::vector<std::string>{"?"});
  }

  std::string clinic(const char* name = "Clinic", std::int32_t lat_e7 = 359'000'000) const {
    protection::RegisterBody body;
    body.site.emplace();
    body.site->name = name;
    body.site->function = "clinic with a delivery room";
    body.site->shape = geo::Circle{{lat_e7, 366'000'000}, 60'000};
    body.to = {PartyId{"north"}, PartyId{"south"}};
    body.expires = all.now + 90 * kDay;
    return protection::write_register(body);
  }
  std::string convoy(UtcMs start) const {
    protection::NotifyBody body;
    body.movement.emplace();
    body.movement->name = "Convoy 1";
    body.movement->route = {
        {{359'000'000, 366'000'000}, "Depot", {start, start + kHour}},
        {{360'500'000, 367'000'000}, "Ford", {start + kHour, start + 3 * kHour}}};
    body.movement->half_width_mm = 500'000;
    body.movement->vehicles = {{"truck", "white", "R-12", "letters on the roof", "none", "none"}};
    body.movement->persons = 8;
    body.movement->contact = "radio 4";
    body.time = protection::movement_time(*body.movement);
    body.checkin_ms = kHour;
    body.to = {PartyId{"north"}, PartyId{"south"}};
    return protection::write_notify(body);
  }
  void incident(geo::PointE7 point) {
    JsonWriter body;
    body.begin_object().member("time", all.now).name("point").begin_array();
    body.value(point.lat_e7).value(point.lng_e7).end_array().member("text", "an explosion");
    body.end_object();
    const auto ref = all.submit(monitor, "incident.report", {}, body.take(), {*investigator});
    ASSERT_TRUE(ref) << ref.error().text();
    all.pass(60'000);
  }
};

}  // namespace detente::node::testing
