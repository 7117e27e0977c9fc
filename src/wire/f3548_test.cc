// SPDX-License-Identifier: Apache-2.0
// Method: one good body of each kind, and each way of being bad made from it by one change of its
// JSON; the place is part of what is expected.
#include "wire/f3548.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <functional>

#include "base/limits.h"

namespace detente::wire::f3548 {
namespace {

namespace bj = boost::json;

constexpr const char* kCircleExtent = R"({
  "volume": {
    "outline_circle": {"center": {"lat": 47.5, "lng": 8.25}, "radius": {"value": 300.183, "units": "M"}},
    "altitude_lower": {"value": 100.0005, "reference": "W84", "units": "M"},
    "altitude_upper": {"value": 220.0001, "reference": "W84", "units": "M"}},
  "time_start": {"value": "2027-01-15T08:00:00.1239Z", "format": "RFC3339"},
  "time_end": {"value": "2027-01-15T09:00:00.1231Z", "format": "RFC3339"}})";
constexpr const char* kSquare = R"({"vertices": [
  {"lat": 47, "lng": 8}, {"lat": 47, "lng": 8.1}, {"lat": 47.1, "lng": 8.1}, {"lat": 47.1, "lng": 8}]})";
constexpr const char* kId = "03e5572a-f733-49af-bc14-8a18bd53ee39";
constexpr const char* kOvn = "9d158f59-80b7-4c11-9c0c-8a2b4d936b2d";

bj::value extent() {
  return bj::parse(kCircleExtent);
}
bj::value intent() {
  bj::value body = {{"state", "Accepted"},
                    {"uss_base_url", "https://uss.example.org/utm"},
                    {"key", bj::array{kOvn}},
                    {"old_version", 7}};
  body.as_object()["extents"] = bj::array{extent()};
  return body;
}
bj::value constraint() {
  bj::value body = {{"uss_base_url", "https://uss.example.org:8443"}};
  body.as_object()["extents"] = bj::array{extent()};
  return body;
}
bj::value subscription() {
  bj::value body = {{"uss_base_url", "https://uss.example.org/"},
                    {"notify_for_operational_intents", true}};
  body.as_object()["extents"] = extent();
  return body;
}
bj::value query() {
  bj::value body = bj::object();
  body.as_object()["area_of_interest"] = extent();
  return body;
}

// Sets what a JSON pointer names; JSON text "" removes it.
bj::value with(bj::value body, std::string_view pointer, const std::string& json) {
  const std::size_t slash = pointer.rfind('/');
  bj::value& above = body.at_pointer(pointer.substr(0, slash));
  const std::string_view name = pointer.substr(slash + 1);
  if (json.empty()) {
    above.as_object().erase(name);
  } else if (above.is_array()) {
    above.as_array().at(std::stoul(std::string(name))) = bj::parse(json);
  } else {
    above.as_object()[name] = bj::parse(json);
  }
  return body;
}

std::string text(const bj::value& body) {
  return bj::serialize(body);
}

template <class T>
void expect_refused(const Result<T>& result, Errc code, const std::string& place,
                    const std::string& what) {
  ASSERT_FALSE(result) << what;
  EXPECT_EQ(result.error().code, code) << result.error().text() << " of " << what;
  EXPECT_EQ(result.error().place, place) << result.error().text() << " of " << what;
}
void intent_refused(std::string_view pointer, const std::string& json, const std::string& place,
                    Errc code = Errc::f3548_malformed) {
  const std::string body = text(with(intent(), pointer, json));
  expect_refused(read_put_intent(body, {}), code, place, body);
}
std::string round_numbers(std::size_t count) {
  std::string vertices;
  for (std::size_t i = 0; i < count; ++i) {
    const double angle = 2 * 3.14159265358979 * static_cast<double>(i) / static_cast<double>(count);
    bj::value point = {{"lat", 40 + 0.1 * std::sin(angle)}, {"lng", 5 + 0.1 * std::cos(angle)}};
    vertices += (i == 0 ? "" : ",") + text(point);
  }
  return R"({"vertices": [)" + vertices + "]}";
}

TEST(F3548, AnIdIsAUuidOfVersion4InLowerCase) {
  for (const char* bad :
       {"", "a0", "not_uuid_format", "03e5572af73349afbc148a18bd53ee39",
        "03e5572a-f733-19af-bc14-8a18bd53ee39", "03e5572a-f733-49af-cc14-8a18bd53ee39",
        "03e5572a-f733-49af-7c14-8a18bd53ee39", "03e5572a-f733-49af-bc14-8a18bd53ee3",
        "03e5572a-f733-49af-bc14-8a18bd53ee390", "03e5572a-f733-49af-bc14-8a18bd53ee3g",
        "03e5572a_f733_49af_bc14_8a18bd53ee39", "{03e5572a-f733-49af-bc14-8a18bd53ee3}"}) {
    expect_refused(read_entity_id(bad), Errc::f3548_malformed, "", bad);
  }
  EXPECT_EQ(read_entity_id(kId).value(), kId);
  EXPECT_EQ(read_entity_id("03E5572A-F733-49Af-BC14-8a18bd53ee39").value(), kId);
  EXPECT_TRUE(read_entity_id("00000000-0000-4000-8000-000000000000"));
}

TEST(F3548, ABodyIsAnObject) {
  for (const char* bad : {"", "[]", "null", "7", "{", R"({"a":1,"a":1})", "\xff"}) {
    EXPECT_FALSE(read_put_intent(bad, {})) << bad;
    EXPECT_FALSE(read_put_constraint(bad, {})) << bad;
    EXPECT_FALSE(read_put_subscription(bad, {})) << bad;
    EXPECT_FALSE(read_put_availability(bad)) << bad;
    EXPECT_FALSE(read_query(bad, {})) << bad;
    EXPECT_FALSE(read_report(bad)) << bad;
  }
  const std::string large = "\"" + std::string(limits::kUtmBodyBytes, 'x') + "\"";
  EXPECT_EQ(read_put_intent(large, {}).error().code, Errc::json_too_large);
}

TEST(F3548, AnIntentNeedsItsMembers) {
  for (const char* name : {"extents", "state", "uss_base_url"}) {
    intent_refused("/" + std::string(name), "", "");
    intent_refused("/" + std::string(name), "null", "");
    intent_refused("/" + std::string(name), "7", name);
  }
  intent_refused("/extents", kCircleExtent, "extents");
  intent_refused("/extents", "[]", "extents");
  intent_refused("/extents/0", "null", "extents/0");
  intent_refused("/state", R"("Ended")", "state");
  intent_refused("/state", R"("accepted")", "state");
  intent_refused("/key", R"("a")", "key");
  intent_refused("/key", R"(["0123456789abcde"])", "key/0");
  intent_refused("/key", R"(["0123456789abcdef", 7])", "key/1");
  intent_refused("/key", "[\"" + std::string(129, 'x') + "\"]", "key/0");
}

TEST(F3548, EveryExtentOfAnIntentHasAltitudesAndTimes) {
  intent_refused("/extents/0/time_start", "", "extents/0");
  intent_refused("/extents/0/time_end", "", "extents/0");
  intent_refused("/extents/0/time_end", "null", "extents/0");
  intent_refused("/extents/0/volume/altitude_lower", "", "extents/0");
  intent_refused("/extents/0/volume/altitude_upper", "null", "extents/0");
  bj::value two = intent();
  two.at_pointer("/extents").as_array().push_back(extent());
  EXPECT_TRUE(read_put_intent(text(two), {}));
  const std::string lacking = text(with(two, "/extents/1/time_end", ""));
  expect_refused(read_put_intent(lacking, {}), Errc::f3548_malformed, "extents/1", lacking);
}

TEST(F3548, AVolumeHasExactlyOneOutline) {
  intent_refused("/extents/0/volume", "", "extents/0");
  intent_refused("/extents/0/volume/outline_circle", "", "extents/0/volume");
  intent_refused("/extents/0/volume/outline_circle", "null", "extents/0/volume");
  intent_refused("/extents/0/volume/outline_polygon", kSquare, "extents/0/volume");
  const bj::value null_polygon = with(intent(), "/extents/0/volume/outline_polygon", "null");
  EXPECT_TRUE(read_put_intent(text(null_polygon), {}));
}

TEST(F3548, ACircleHasACentreAndARadiusInMetres) {
  const std::string circle = "extents/0/volume/outline_circle";
  intent_refused("/" + circle + "/center", "", circle);
  intent_refused("/" + circle + "/radius", "", circle);
  intent_refused("/" + circle + "/center/lat", "", circle + "/center");
  intent_refused("/" + circle + "/center/lng", R"("8")", circle + "/center/lng");
  intent_refused("/" + circle + "/radius/units", "", circle + "/radius");
  intent_refused("/" + circle + "/radius/units", R"("FT")", circle + "/radius/units");
  intent_refused("/" + circle + "/radius/value", "0", circle + "/radius/value");
  intent_refused("/" + circle + "/radius/value", "-1", circle + "/radius/value");
  intent_refused("/" + circle + "/radius/value", "1e9", circle + "/radius/value",
                 Errc::f3548_limit);
}

TEST(F3548, CoordinatesAreOnTheEarth) {
  const std::string center = "extents/0/volume/outline_circle/center";
  intent_refused("/" + center + "/lat", "90.1", center, Errc::geo_swapped);
  intent_refused("/" + center + "/lat", "-181", center, Errc::geo_out_of_range);
  intent_refused("/" + center + "/lng", "180.0001", center, Errc::geo_out_of_range);
}

TEST(F3548, APolygonIsSimple) {
  const auto refused = [](const std::string& vertices, const std::string& place, Errc code) {
    bj::value body = with(intent(), "/extents/0/volume/outline_circle", "");
    body = with(body, "/extents/0/volume/outline_polygon", R"({"vertices":)" + vertices + "}");
    const std::string prefix = "extents/0/volume/outline_polygon/vertices";
    expect_refused(read_put_intent(text(body), {}), code, prefix + place, vertices);
  };
  const std::string a = R"({"lat":1,"lng":1})";
  const std::string b = R"({"lat":1,"lng":1.1})";
  const std::string c = R"({"lat":1.1,"lng":1.1})";
  const std::string d = R"({"lat":1.1,"lng":1})";
  const auto list = [](const std::vector<std::string>& points) {
    std::string out;
    for (const std::string& point : points) out += (out.empty() ? "[" : ",") + point;
    return out + "]";
  };
  refused(list({a, b}), "", Errc::geo_too_few_vertices);
  refused("[]", "", Errc::geo_too_few_vertices);
  refused(list({a, b, c, a}), "/3", Errc::geo_self_crossing);
  refused(list({a, b, b, c}), "/2", Errc::geo_self_crossing);
  refused(list({a, c, b, d}), "/0", Errc::geo_self_crossing);
  refused(list({a, a, a}), "/1", Errc::geo_self_crossing);
  refused(list({a, d, R"({"lat":1.2,"lng":1})"}), "", Errc::geo_degenerate);
  refused(list({a, b, R"({"lat":95,"lng":1})"}), "/2", Errc::geo_swapped);
  refused(list({a, b, "7"}), "/2", Errc::f3548_malformed);
  refused("7", "", Errc::f3548_malformed);
}

TEST(F3548, AnAltitudeIsInMetresAboveTheEllipsoid) {
  const std::string lower = "extents/0/volume/altitude_lower";
  intent_refused("/" + lower + "/reference", R"("SFC")", lower + "/reference");
  intent_refused("/" + lower + "/units", R"("FT")", lower + "/units");
  intent_refused("/" + lower + "/reference", "", lower);
  intent_refused("/" + lower + "/value", R"("0")", lower + "/value");
  intent_refused("/" + lower + "/value", "-8000.001", lower + "/value");
  intent_refused("/" + lower + "/value", "100000.001", lower + "/value");
  intent_refused("/" + lower + "/value", "220.1", "extents/0/volume");
  const bj::value flat = with(intent(), "/" + lower + "/value", "220.0001");
  EXPECT_TRUE(read_put_intent(text(flat), {}));
  const bj::value deep = with(intent(), "/" + lower + "/value", "-8000");
  EXPECT_EQ(read_put_intent(text(deep), {})->extents[0].lower_mm, -8'000'000);
}

TEST(F3548, ATimeIsRfc3339InUtc) {
  const std::string start = "extents/0/time_start";
  intent_refused("/" + start + "/format", R"("RFC3330")", start + "/format");
  intent_refused("/" + start + "/format", "", start);
  intent_refused("/" + start + "/value", "", start);
  for (const char* bad :
       {"something-invalid", "2027-01-15T08:00:00", "2027-01-15T08:00:00+00:00",
        "2027-01-15T08:00:00+00:00Z", "2027-01-15 08:00:00Z", "2027-01-15T08:00:00.Z",
        "2027-01-15T08:00:00.1a2Z", "2027-13-15T08:00:00Z", "2027-02-29T08:00:00Z",
        "2027-01-15T24:00:00Z", "2027-01-15T08:60:00Z", "2027-01-15T08:00:60Z", "2027-01-15Z", "Z",
        "", "2027-01-15T08:00:00z", "2027-1-15T08:00:00Z"}) {
    intent_refused("/" + start + "/value", "\"" + std::string(bad) + "\"", start + "/value");
  }
  intent_refused("/" + start + "/value", R"("2027-01-15T09:00:01Z")", "extents/0");
  intent_refused("/" + start + "/value", R"("2027-01-15T09:00:00.124Z")", "extents/0");
}

TEST(F3548, AStartIsCutDownAndAnEndIsRoundedUp) {
  const Volume4D read = read_put_intent(text(intent()), {})->extents[0];
  EXPECT_EQ(format_rfc3339(*read.start), "2027-01-15T08:00:00.123Z");
  EXPECT_EQ(format_rfc3339(*read.end), "2027-01-15T09:00:00.124Z");
  EXPECT_EQ(read.lower_mm, 100'000);
  EXPECT_EQ(read.upper_mm, 220'001);
  EXPECT_EQ(std::get<geo::Circle>(read.area.shape()).radius_mm, 300'183);
}

TEST(F3548, ATimeMayLieBefore1970) {
  bj::value body = with(intent(), "/extents/0/time_start/value", R"("1969-12-31T15:58:00.00Z")");
  EXPECT_EQ(read_put_intent(text(body), {})->extents[0].start->value, -28'920'000);
  body = with(body, "/extents/0/time_start/value", R"("1969-12-31T23:59:59.9999999Z")");
  EXPECT_EQ(read_put_intent(text(body), {})->extents[0].start->value, -1);
}

TEST(F3548, ABaseUrlIsHttps) {
  for (const char* bad :
       {"", "http://uss.example.org", "https://", "https:///utm", "HTTPS://uss.example.org",
        "https://user@uss.example.org", "https://uss.example.org?a=b", "https://uss.example.org/#a",
        "https://uss.example.org:", "https://uss.example.org:70000", "https://uss example.org",
        "https://uss.example.org/a b", "https://uss.example.org/a\\u0000", "https://[::1",
        "https://:443", "uss.example.org", "http://127.0.0.1:8080",
        "https://uss.example.org/\\\\"}) {
    intent_refused("/uss_base_url", "\"" + std::string(bad) + "\"", "uss_base_url");
  }
  intent_refused("/uss_base_url", "\"https://a/" + std::string(1'000, 'b') + "\"", "uss_base_url");
  for (const char* good :
       {"https://localhost:8080", "https://uss.example.org/uss/v1/", "https://[2001:db8::1]:443/a",
        "https://10.0.0.1", "https://a_b.c/~x%20"}) {
    const bj::value body = with(intent(), "/uss_base_url", "\"" + std::string(good) + "\"");
    const auto read = read_put_intent(text(body), {});
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->base_url, good);
  }
}

TEST(F3548, ASubscriptionIsNamedOrMade) {
  intent_refused("/subscription_id", R"("a0")", "subscription_id");
  intent_refused("/subscription_id", "7", "subscription_id");
  intent_refused("/new_subscription", "{}", "new_subscription");
  intent_refused("/new_subscription", R"({"uss_base_url":"http://a"})",
                 "new_subscription/uss_base_url");
  intent_refused("/new_subscription", R"({"uss_base_url":"https://a","notify_for_constraints":1})",
                 "new_subscription/notify_for_constraints");
  const bj::value named =
      with(intent(), "/subscription_id", R"("03E5572A-f733-49af-bc14-8a18bd53ee39")");
  EXPECT_EQ(read_put_intent(text(named), {})->subscription, kId);
  const std::string both =
      text(with(named, "/new_subscription", R"({"uss_base_url":"https://a"})"));
  expect_refused(read_put_intent(both, {}), Errc::f3548_malformed, "new_subscription", both);
  const bj::value made = with(with(named, "/subscription_id", "null"), "/new_subscription",
                              R"({"uss_base_url":"https://a","notify_for_constraints":true})");
  const auto read = read_put_intent(text(made), {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_FALSE(read->subscription);
  EXPECT_EQ(read->new_subscription->base_url, "https://a");
  EXPECT_TRUE(read->new_subscription->for_constraints);
}

TEST(F3548, AnOvnSuffixIsAUuidOfVersion7) {
  intent_refused("/requested_ovn_suffix", "\"" + std::string(kId) + "\"", "requested_ovn_suffix");
  intent_refused("/requested_ovn_suffix", R"("x")", "requested_ovn_suffix");
  const std::string suffix = "01936f3c-0a5e-7c11-9c0c-8a2b4d936b2d";
  const bj::value body = with(intent(), "/requested_ovn_suffix", "\"" + suffix + "\"");
  EXPECT_EQ(read_put_intent(text(body), {})->ovn_suffix, suffix);
}

TEST(F3548, WhatIsNotKnownIsPassedOver) {
  bj::value body = with(intent(), "/priority", R"({"a":[1.5,null]})");
  body = with(body, "/extents/0/volume/comment", "7");
  const auto read = read_put_intent(text(body), {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->state, IntentState::accepted);
  EXPECT_EQ(read->key, std::vector<std::string>{kOvn});
  EXPECT_FALSE(read->new_subscription);
  EXPECT_TRUE(read_put_intent(text(with(body, "/key", "null")), {})->key.empty());
}

TEST(F3548, AnAreaHasALimit) {
  const std::string radius = "extents/0/volume/outline_circle/radius/value";
  intent_refused("/" + radius, "28300", "extents/0", Errc::f3548_limit);
  EXPECT_TRUE(read_put_intent(text(with(intent(), "/" + radius, "28000")), {}));
  const bj::value wide = with(constraint(), "/" + radius, "56000");
  EXPECT_TRUE(read_put_constraint(text(wide), {}));
  const std::string wider = text(with(constraint(), "/" + radius, "56800"));
  expect_refused(read_put_constraint(wider, {}), Errc::f3548_limit, "extents/0", wider);
  const std::string of_query = "/area_of_interest/volume/outline_circle/radius/value";
  EXPECT_TRUE(read_query(text(with(query(), of_query, "28000")), {}));
  const std::string search = text(with(query(), of_query, "28300"));
  expect_refused(read_query(search, {}), Errc::f3548_limit, "area_of_interest", search);
  const std::string subscribed =
      text(with(subscription(), "/extents/volume/outline_circle/radius/value", "28300"));
  expect_refused(read_put_subscription(subscribed, {}), Errc::f3548_limit, "extents", subscribed);
}

TEST(F3548, AllExtentsTogetherHaveALimitAndOverlapsCountOnce) {
  const bj::value wide = with(intent(), "/extents/0/volume/outline_circle/radius/value", "20000");
  bj::value body = wide;
  bj::array& extents = body.at_pointer("/extents").as_array();
  for (int i = 0; i < 5; ++i) extents.push_back(wide.at_pointer("/extents/0"));
  EXPECT_TRUE(read_put_intent(text(body), {}));
  const std::string apart = text(with(body, "/extents/1/volume/outline_circle/center/lat", "-47"));
  expect_refused(read_put_intent(apart, {}), Errc::f3548_limit, "extents", apart);
}

TEST(F3548, CountsHaveLimits) {
  bj::value body = with(intent(), "/extents/0/volume/outline_circle", "");
  body = with(body, "/extents/0/volume/outline_polygon", round_numbers(100));
  EXPECT_TRUE(read_put_intent(text(body), {.vertices = 100}));
  expect_refused(read_put_intent(text(body), {.vertices = 99}), Errc::f3548_limit,
                 "extents/0/volume/outline_polygon/vertices", "100 vertices");
  body.at_pointer("/extents").as_array().push_back(body.at_pointer("/extents/0"));
  expect_refused(read_put_intent(text(body), {.vertices = 199}), Errc::f3548_limit,
                 "extents/1/volume/outline_polygon/vertices", "200 vertices of two");
  expect_refused(read_put_intent(text(body), {.extents = 1}), Errc::f3548_limit, "extents", "two");
  expect_refused(read_put_intent(text(intent()), {.key = 0}), Errc::f3548_limit, "key", "one OVN");
}

TEST(F3548, AConstraintNeedsTimesButNoAltitudes) {
  bj::value body = with(constraint(), "/extents/0/volume/altitude_lower", "");
  body = with(body, "/extents/0/volume/altitude_upper", "");
  const auto read = read_put_constraint(text(body), {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_FALSE(read->extents[0].lower_mm);
  EXPECT_EQ(read->base_url, "https://uss.example.org:8443");
  for (const char* name : {"time_start", "time_end"}) {
    const std::string bad = text(with(constraint(), "/extents/0/" + std::string(name), ""));
    expect_refused(read_put_constraint(bad, {}), Errc::f3548_malformed, "extents/0", bad);
  }
  const std::string none = text(with(constraint(), "/uss_base_url", ""));
  expect_refused(read_put_constraint(none, {}), Errc::f3548_malformed, "", none);
}

TEST(F3548, ASubscriptionAsksForSomething) {
  const std::string none = text(with(subscription(), "/notify_for_operational_intents", "false"));
  expect_refused(read_put_subscription(none, {}), Errc::f3548_malformed, "", none);
  const std::string odd = text(with(subscription(), "/notify_for_constraints", "1"));
  expect_refused(read_put_subscription(odd, {}), Errc::f3548_malformed, "notify_for_constraints",
                 odd);
  const std::string nowhere = text(with(subscription(), "/extents", ""));
  expect_refused(read_put_subscription(nowhere, {}), Errc::f3548_malformed, "", nowhere);
  const std::string instant =
      text(with(subscription(), "/extents/time_end/value", R"("2027-01-15T08:00:00.123Z")"));
  expect_refused(read_put_subscription(instant, {}), Errc::f3548_malformed, "extents", instant);
  bj::value body = with(subscription(), "/extents/time_start", "");
  body = with(body, "/extents/time_end", "null");
  const auto read = read_put_subscription(text(body), {});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_TRUE(read->for_intents);
  EXPECT_FALSE(read->for_constraints);
  EXPECT_FALSE(read->extents->start);
}

TEST(F3548, ASearchMayAskAboutAnInstantButNotBackwards) {
  const std::string end = "/area_of_interest/time_end/value";
  EXPECT_TRUE(read_query(text(with(query(), end, R"("2027-01-15T08:00:00.123Z")")), {}));
  const std::string back = text(with(query(), end, R"("2027-01-15T08:00:00.122Z")"));
  expect_refused(read_query(back, {}), Errc::f3548_malformed, "area_of_interest", back);
  expect_refused(read_query("{}", {}), Errc::f3548_malformed, "", "{}");
  const std::string nowhere = text(with(query(), "/area_of_interest/volume/outline_circle", ""));
  expect_refused(read_query(nowhere, {}), Errc::f3548_malformed, "area_of_interest/volume",
                 nowhere);
}

TEST(F3548, AnAvailabilityIsReadInAnyCase) {
  const auto read = [](const std::string& json) {
    return read_put_availability(R"({"old_version":"v1","availability":)" + json + "}");
  };
  for (const char* bad : {R"("pUrPlE")", R"("")", "7", "null", R"("Downn")", R"("Dow")"}) {
    EXPECT_FALSE(read(bad)) << bad;
  }
  EXPECT_EQ(read(R"("dOwN")")->availability, Availability::down);
  EXPECT_EQ(read(R"("Normal")")->availability, Availability::normal);
  EXPECT_EQ(read(R"("unknown")")->availability, Availability::unknown);
  EXPECT_EQ(read(R"("Down")")->old_version, "v1");
  EXPECT_EQ(read_put_availability(R"({"availability":"down"})")->old_version, "");
  EXPECT_FALSE(read_put_availability(R"({"old_version":7,"availability":"down"})"));
}

TEST(F3548, AReportHasAnExchange) {
  const bj::value good = bj::parse(R"({"exchange":{"url":"https://a/b","method":"GET",
    "recorder_role":"Client","request_time":{"value":"2027-01-15T08:00:00Z","format":"RFC3339"},
    "request_source":"uss1","problem":"no answer"}})");
  for (const char* name : {"url", "method", "recorder_role", "request_time"}) {
    const std::string bad = text(with(good, "/exchange/" + std::string(name), ""));
    expect_refused(read_report(bad), Errc::f3548_malformed, "exchange", bad);
  }
  const std::string role = text(with(good, "/exchange/recorder_role", R"("client")"));
  expect_refused(read_report(role), Errc::f3548_malformed, "exchange/recorder_role", role);
  const auto report = read_report(text(good));
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->text, text(good));
  const bj::value answer = bj::parse(report_with_id(*report, "r-1"));
  EXPECT_EQ(answer.at("report_id"), "r-1");
  EXPECT_EQ(answer.at("exchange"), good.at("exchange"));
}

TEST(F3548, NamesAreThoseOfTheSchema) {
  EXPECT_STREQ(intent_state_name(IntentState::contingent), "Contingent");
  EXPECT_STREQ(intent_state_name(IntentState::nonconforming), "Nonconforming");
  EXPECT_STREQ(availability_name(Availability::unknown), "Unknown");
}

TEST(F3548, AVolumeIsWrittenAsItIsRead) {
  const auto parsed = parse_json(kCircleExtent, {.bytes_max = 10'000, .integers_only = false});
  const Volume4D volume = read_volume(parsed->root(), {}).value();
  JsonWriter out;
  write_volume(out, volume);
  EXPECT_EQ(out.text(), R"({"volume":{"outline_circle":{"center":{"lat":47.5,"lng":8.25},)"
                        R"("radius":{"value":300.183,"units":"M"}},)"
                        R"("altitude_lower":{"value":100,"units":"M","reference":"W84"},)"
                        R"("altitude_upper":{"value":220.001,"units":"M","reference":"W84"}},)"
                        R"("time_start":{"value":"2027-01-15T08:00:00.123Z","format":"RFC3339"},)"
                        R"("time_end":{"value":"2027-01-15T09:00:00.124Z","format":"RFC3339"}})");
}

RC_GTEST_PROP(F3548, AVolumeThatWasWrittenIsReadBackTheSame, ()) {
  geo::Polygon polygon;
  const int lat = *rc::gen::inRange(-890'000'000, 890'000'000);
  const int lng = *rc::gen::inRange(-1'790'000'000, 1'790'000'000);
  const int size = *rc::gen::inRange(10'000, 1'000'000);
  polygon.vertices = {{lat, lng}, {lat, lng + size}, {lat + size, lng + size}};
  Volume4D volume{geo::Area::make(polygon).value(), {}, {}, {}, {}};
  volume.lower_mm = *rc::gen::inRange<std::int64_t>(-8'000'000, 50'000'000);
  volume.upper_mm = *volume.lower_mm + *rc::gen::inRange<std::int64_t>(0, 50'000'000);
  volume.start = UtcMs{*rc::gen::inRange<std::int64_t>(-4'000'000'000, 4'000'000'000'000)};
  volume.end = *volume.start + *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  JsonWriter out;
  write_volume(out, volume);
  const auto parsed = parse_json(out.text(), {.bytes_max = 10'000, .integers_only = false});
  RC_ASSERT(parsed);
  const auto read = read_volume(parsed->root(), {});
  RC_ASSERT(read);
  RC_ASSERT(read->area.shape() == volume.area.shape());
  RC_ASSERT(read->lower_mm == volume.lower_mm);
  RC_ASSERT(read->upper_mm == volume.upper_mm);
  RC_ASSERT(read->start == volume.start);
  RC_ASSERT(read->end == volume.end);
}

}  // namespace
}  // namespace detente::wire::f3548
