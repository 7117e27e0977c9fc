// SPDX-License-Identifier: Apache-2.0
// Method: as for the bodies of a DSS; what is written is compared with its whole text.
#include "wire/f3548_uss.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace detente::wire::f3548 {
namespace {

namespace bj = boost::json;

constexpr const char* kVolume =
    R"({"volume":{"outline_circle":{"center":{"lat":47.5,"lng":8.25},"radius":{"value":300,"units":"M"}},)"
    R"("altitude_lower":{"value":100,"units":"M","reference":"W84"},)"
    R"("altitude_upper":{"value":220,"units":"M","reference":"W84"}},)"
    R"("time_start":{"value":"2027-01-15T08:00:00Z","format":"RFC3339"},)"
    R"("time_end":{"value":"2027-01-15T09:00:00Z","format":"RFC3339"}})";
constexpr const char* kCommon =
    R"("id":"03e5572a-f733-49af-bc14-8a18bd53ee39","manager":"uss1","uss_availability":"Normal",)"
    R"("version":3,"ovn":"9d158f59-80b7-4c11-9c0c-8a2b4d936b2d",)"
    R"("time_start":{"value":"2027-01-15T08:00:00Z","format":"RFC3339"},)"
    R"("time_end":{"value":"2027-01-15T09:00:00Z","format":"RFC3339"},)"
    R"("uss_base_url":"https://uss.example.org/utm")";

std::string intent_text() {
  return R"({"reference":{)" + std::string(kCommon) +
         R"(,"state":"Activated","subscription_id":"78ea3fe8-71c2-4f5c-9b44-9c02f5563c6f"},)"
         R"("details":{"volumes":[)" +
         kVolume + R"(],"off_nominal_volumes":[],"priority":5}})";
}
std::string constraint_text() {
  return R"({"reference":{)" + std::string(kCommon) + R"(},"details":{"volumes":[)" + kVolume +
         R"(],"type":"org.example.rescue","geozone":{"identifier":"A1"}}})";
}
constexpr const char* kSubscriptions =
    R"("subscriptions":[{"subscription_id":"78EA3FE8-71c2-4f5c-9b44-9c02f5563c6f","notification_index":4}])";

bj::value put_intent() {
  return bj::parse(R"({"operational_intent_id":"03e5572a-f733-49af-bc14-8a18bd53ee39",)" +
                   std::string(kSubscriptions) + R"(,"operational_intent":)" + intent_text() + "}");
}
bj::value put_constraint() {
  return bj::parse(R"({"constraint_id":"03E5572A-f733-49af-bc14-8a18bd53ee39",)" +
                   std::string(kSubscriptions) + R"(,"constraint":)" + constraint_text() + "}");
}

// Sets the member that a JSON pointer names; "" removes it.
bj::value with(bj::value body, std::string_view pointer, const std::string& json) {
  const std::size_t slash = pointer.rfind('/');
  bj::object& above = body.at_pointer(pointer.substr(0, slash)).as_object();
  const std::string_view name = pointer.substr(slash + 1);
  if (json.empty()) {
    above.erase(name);
  } else {
    above[name] = bj::parse(json);
  }
  return body;
}

void intent_refused(const bj::value& body, const std::string& place,
                    Errc code = Errc::f3548_malformed) {
  const auto read = read_put_intent_details(bj::serialize(body), {});
  ASSERT_FALSE(read) << bj::serialize(body);
  EXPECT_EQ(read.error().code, code) << read.error().text();
  EXPECT_EQ(read.error().place, place) << read.error().text();
}

TEST(F3548Uss, ANotificationNamesTheEntityAndSubscriptions) {
  intent_refused(with(put_intent(), "/operational_intent_id", ""), "");
  intent_refused(with(put_intent(), "/operational_intent_id", R"("a")"), "operational_intent_id");
  intent_refused(with(put_intent(), "/subscriptions", ""), "");
  intent_refused(with(put_intent(), "/subscriptions", "[]"), "subscriptions");
  intent_refused(with(put_intent(), "/subscriptions/0/subscription_id", ""), "subscriptions/0");
  for (const char* index : {"-1", "1.5", "2147483648", R"("1")"}) {
    intent_refused(with(put_intent(), "/subscriptions/0/notification_index", index),
                   "subscriptions/0/notification_index");
  }
}

TEST(F3548Uss, AReferenceIsWholeAndHasItsOvn) {
  const std::string reference = "operational_intent/reference";
  for (const char* name : {"id", "manager", "uss_availability", "version", "state", "ovn",
                           "time_start", "time_end", "uss_base_url", "subscription_id"}) {
    intent_refused(with(put_intent(), "/" + reference + "/" + name, ""), reference);
  }
  intent_refused(with(put_intent(), "/" + reference + "/ovn", R"("short")"), reference + "/ovn");
  intent_refused(with(put_intent(), "/" + reference + "/manager", R"("")"), reference + "/manager");
  intent_refused(
      with(put_intent(), "/" + reference + "/time_end/value", R"("2027-01-15T08:00:00Z")"),
      reference);
  intent_refused(
      with(put_intent(), "/operational_intent_id", R"("13e5572a-f733-49af-bc14-8a18bd53ee39")"),
      "operational_intent");
}

TEST(F3548Uss, VolumesFitTheState) {
  const std::string details = "operational_intent/details";
  const std::string state = "/operational_intent/reference/state";
  const std::string one = "[" + std::string(kVolume) + "]";
  intent_refused(with(put_intent(), "/" + details + "/volumes", ""), details);
  intent_refused(with(put_intent(), "/" + details + "/off_nominal_volumes", one), details);
  const bj::value nonconforming = with(put_intent(), state, R"("Nonconforming")");
  intent_refused(nonconforming, details);
  EXPECT_TRUE(read_put_intent_details(
      bj::serialize(with(nonconforming, "/" + details + "/off_nominal_volumes", one)), {}));
  const bj::value contingent = with(with(put_intent(), state, R"("Contingent")"),
                                    "/" + details + "/off_nominal_volumes", one);
  intent_refused(contingent, details);
  EXPECT_TRUE(read_put_intent_details(
      bj::serialize(with(contingent, "/" + details + "/volumes", "[]")), {}));
}

TEST(F3548Uss, VolumesOfAnIntentAreBounded) {
  const std::string volume = "operational_intent/details/volumes/0";
  intent_refused(with(put_intent(), "/" + volume + "/time_end", ""), volume);
  intent_refused(with(put_intent(), "/" + volume + "/volume/altitude_upper", "null"), volume);
  intent_refused(with(put_intent(), "/" + volume + "/time_end/value", R"("2027-01-15T08:00:00Z")"),
                 volume);
  intent_refused(with(put_intent(), "/operational_intent/details/priority", "1.5"),
                 "operational_intent/details/priority");
}

TEST(F3548Uss, WithoutTheEntityItWasDeleted) {
  const auto gone =
      read_put_intent_details(bj::serialize(with(put_intent(), "/operational_intent", "null")), {});
  ASSERT_TRUE(gone) << gone.error().text();
  EXPECT_FALSE(gone->intent);
  EXPECT_EQ(gone->subscriptions[0].id, "78ea3fe8-71c2-4f5c-9b44-9c02f5563c6f");
  EXPECT_EQ(gone->subscriptions[0].notification_index, 4);
  EXPECT_FALSE(
      read_put_constraint_details(bj::serialize(with(put_constraint(), "/constraint", "")), {})
          ->constraint);
}

TEST(F3548Uss, AnIntentIsWrittenAsItWasRead) {
  const auto read = read_put_intent_details(bj::serialize(put_intent()), {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->intent->priority, 5);
  EXPECT_EQ(bj::parse(write_get_intent_details(*read->intent)),
            bj::parse(R"({"operational_intent":)" + intent_text() + "}"));
}

TEST(F3548Uss, AConstraintNeedsVolumesAndIsWrittenAsItWasRead) {
  const auto read = read_put_constraint_details(bj::serialize(put_constraint()), {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->id, "03e5572a-f733-49af-bc14-8a18bd53ee39");
  EXPECT_EQ(bj::parse(write_get_constraint_details(*read->constraint)),
            bj::parse(R"({"constraint":)" + constraint_text() + "}"));
  for (const auto& [pointer, json] :
       std::vector<std::pair<std::string, std::string>>{{"/constraint/details/volumes", "[]"},
                                                        {"/constraint/details/volumes", ""},
                                                        {"/constraint/details/type", "7"},
                                                        {"/constraint/details/geozone", "7"},
                                                        {"/constraint/details", ""}}) {
    const auto bad =
        read_put_constraint_details(bj::serialize(with(put_constraint(), pointer, json)), {});
    ASSERT_FALSE(bad) << pointer;
    EXPECT_EQ(bad.error().code, Errc::f3548_malformed);
  }
}

TEST(F3548Uss, ANotificationIsWrittenAsItWasRead) {
  for (const char* entity : {"", "null"}) {
    bj::value sent = put_intent();
    if (entity[0] != 0) sent.as_object().erase("operational_intent");
    const auto intent = read_put_intent_details(bj::serialize(sent), {});
    ASSERT_TRUE(intent) << intent.error().text();
    const auto again = read_put_intent_details(write_put_intent_details(*intent), {});
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(write_put_intent_details(*again), write_put_intent_details(*intent));
    sent.as_object()["operational_intent_id"] = intent->id;
    sent.at_pointer("/subscriptions/0").as_object()["subscription_id"] =
        intent->subscriptions[0].id;
    EXPECT_EQ(bj::parse(write_put_intent_details(*intent)), sent);
  }
  const auto constraint = read_put_constraint_details(bj::serialize(put_constraint()), {});
  ASSERT_TRUE(constraint) << constraint.error().text();
  bj::value sent = put_constraint();
  sent.as_object()["constraint_id"] = constraint->id;
  sent.at_pointer("/subscriptions/0").as_object()["subscription_id"] =
      constraint->subscriptions[0].id;
  EXPECT_EQ(bj::parse(write_put_constraint_details(*constraint)), sent);
}

TEST(F3548Uss, TelemetryIsWrittenWhole) {
  const UtcMs at = parse_rfc3339("2027-01-15T08:00:00.5Z").value();
  Telemetry telemetry{.measured = at, .position = {}, .velocity = {}};
  telemetry.position = {.point = {475'000'000, 82'500'000},
                        .altitude_mm = 120'500,
                        .horizontal = HorizontalAccuracy::ha_1m,
                        .vertical = VerticalAccuracy::va_150m_plus,
                        .extrapolated = true};
  telemetry.velocity = {.speed_mps = 20.25, .track_deg = 120};
  EXPECT_EQ(write_get_telemetry("i", telemetry, at + 500),
            R"({"operational_intent_id":"i","telemetry":{)"
            R"("time_measured":{"value":"2027-01-15T08:00:00.500Z","format":"RFC3339"},)"
            R"("position":{"latitude":47.5,"longitude":8.25,)"
            R"("altitude":{"value":120.5,"reference":"W84","units":"M"},)"
            R"("accuracy_h":"HA1m","accuracy_v":"VA150mPlus","extrapolated":true},)"
            R"("velocity":{"speed":20.25,"units_speed":"MetersPerSecond","track":120}},)"
            R"("next_telemetry_opportunity":{"value":"2027-01-15T08:00:01Z","format":"RFC3339"}})");
  EXPECT_EQ(write_get_telemetry("i", std::nullopt, std::nullopt),
            R"({"operational_intent_id":"i"})");
}

TEST(F3548Uss, AnUnknownTrackIsSaidToBeUnknown) {
  const Telemetry telemetry{
      .measured = {0}, .position = {}, .velocity = {{.speed_mps = 1, .track_deg = {}}}};
  EXPECT_NE(write_get_telemetry("i", telemetry, std::nullopt).find(R"("track":360)"),
            std::string::npos);
}

}  // namespace
}  // namespace detente::wire::f3548
