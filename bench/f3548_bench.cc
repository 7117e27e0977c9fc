// SPDX-License-Identifier: Apache-2.0
// What every request of the UTM interface costs before anything is decided: the body and the token.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "crypto/testing_rsa.h"
#include "wire/access_token.h"
#include "wire/f3548.h"

namespace detente {
namespace {

constexpr const char* kTimes =
    R"("time_start":{"value":"2027-01-15T08:00:00.1234567Z","format":"RFC3339"},)"
    R"("time_end":{"value":"2027-01-15T09:00:00Z","format":"RFC3339"})";
constexpr const char* kAltitudes =
    R"("altitude_lower":{"value":100.5,"reference":"W84","units":"M"},)"
    R"("altitude_upper":{"value":220,"reference":"W84","units":"M"})";

std::string circle(double lat) {
  return fmt::format(R"({{"volume":{{"outline_circle":{{"center":{{"lat":{},"lng":8.25}},)"
                     R"("radius":{{"value":300.183,"units":"M"}}}},{}}},{}}})",
                     lat, kAltitudes, kTimes);
}

// A square of about 100 m.
std::string polygon(double lat) {
  std::string vertices;
  for (const auto& [up, right] :
       std::array{std::pair(0, 0), std::pair(0, 1), std::pair(1, 1), std::pair(1, 0)}) {
    vertices += fmt::format(R"({}{{"lat":{:.12f},"lng":{:.12f}}})", vertices.empty() ? "" : ",",
                            lat + 0.0009 * up, 8.25 + 0.0013 * right);
  }
  return fmt::format(R"({{"volume":{{"outline_polygon":{{"vertices":[{}]}},{}}},{}}})", vertices,
                     kAltitudes, kTimes);
}

std::string put_intent(const std::string& extents, int ovns) {
  std::string key;
  for (int i = 0; i < ovns; ++i) {
    key +=
        fmt::format(R"({}"9d158f59-80b7-4c11-9c0c-8a2b4d93{:04x}Zk_x.Qw=")", i == 0 ? "" : ",", i);
  }
  return fmt::format(
      R"({{"extents":[{}],"key":[{}],"state":"Accepted","uss_base_url":"https://uss.example.org/utm",)"
      R"("new_subscription":{{"uss_base_url":"https://uss.example.org/utm","notify_for_constraints":false}}}})",
      extents, key);
}

void run(benchmark::State& state, const std::string& body) {
  for (auto _ : state) {
    auto read = wire::f3548::read_put_intent(body, {});
    check(read.has_value(), "the body is right");
    benchmark::DoNotOptimize(read);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}

void put_intent_circle(benchmark::State& state) {
  run(state, put_intent(circle(47.5), static_cast<int>(state.range(0))));
}
BENCHMARK(put_intent_circle)->Arg(0)->Arg(100)->Arg(1'000);

void put_intent_polygon(benchmark::State& state) {
  run(state, put_intent(polygon(47.5), static_cast<int>(state.range(0))));
}
BENCHMARK(put_intent_polygon)->Arg(0)->Arg(100);

// Extents that overlap, so that their union is needed.
void put_intent_extents(benchmark::State& state) {
  std::string extents;
  for (int i = 0; i < state.range(0); ++i) {
    extents += (i == 0 ? "" : ",") + polygon(47.5 + 0.0005 * i);
  }
  run(state, put_intent(extents, 0));
}
BENCHMARK(put_intent_extents)->Arg(5)->Arg(20);

void query(benchmark::State& state) {
  const std::string body = R"({"area_of_interest":)" + polygon(47.5) + "}";
  for (auto _ : state) {
    auto read = wire::f3548::read_query(body, {});
    check(read.has_value(), "the body is right");
    benchmark::DoNotOptimize(read);
  }
}
BENCHMARK(query);

std::string url64(ByteView bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

void access_token(benchmark::State& state) {
  const crypto::TestingRsaKey key(static_cast<unsigned>(state.range(0)));
  const std::string text =
      url64(as_bytes(R"({"alg":"RS256","typ":"JWT"})")) + "." +
      url64(as_bytes(
          R"({"sub":"uss1","iss":"a","aud":"localhost","scope":"utm.strategic_coordination","exp":1800003600})"));
  const std::string token = text + "." + url64(key.sign(as_bytes(text)));
  const wire::TokenTrust trust = {
      .keys = {{"", crypto::RsaPublicKey::from_pem(key.public_pem()).value()}},
      .audiences = {"localhost"}};
  for (auto _ : state) {
    auto claims = wire::check_token(token, trust, UtcMs{1'800'000'000'000});
    check(claims.has_value(), "the token is right");
    benchmark::DoNotOptimize(claims);
  }
}
BENCHMARK(access_token)->Arg(2'048)->Arg(4'096);

}  // namespace
}  // namespace detente
