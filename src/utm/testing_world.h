// SPDX-License-Identifier: Apache-2.0
//
// For tests: a registry that is changed only by statements, as in a node.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "utm/answer.h"

namespace detente::utm {

inline constexpr UtcMs kNow{1'790'000'000'000};
inline constexpr std::int64_t kMinute = 60'000;
inline constexpr std::int64_t kHour = 3'600'000;

// A UUIDv4 that ends with this number.
inline std::string id_of(int number) {
  const std::string digits = std::to_string(number);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

struct Place {
  double lat = 47.0;
  double lng = 7.0;
  double radius_m = 500;
  int lower_m = 50;
  int upper_m = 120;
  std::int64_t start_ms = kMinute;  // from kNow
  std::int64_t end_ms = kHour;
};

inline wire::f3548::Volume4D extent(const Place& place) {
  const Result<geo::PointE7> center = geo::point_from_degrees(place.lat, place.lng);
  const Result<geo::Area> area =
      geo::Area::make(geo::Circle{*center, static_cast<std::int64_t>(place.radius_m * 1'000)});
  return {*area, std::int64_t{place.lower_m} * 1'000, std::int64_t{place.upper_m} * 1'000,
          kNow + place.start_ms, kNow + place.end_ms};
}

inline constexpr unsigned kAllScopes = 31;

class World {
 public:
  Registry registry;
  Rules rules;
  UtcMs now = kNow;

  Verdict judged(const std::string& manager, const Write& write, unsigned scopes = kAllScopes) {
    return judge(registry, {manager, scopes}, write, rules, now, random());
  }

  // Judges, applies, and gives the answer.
  Reply put(const std::string& manager, const Write& write, unsigned scopes = kAllScopes) {
    const Caller caller{manager, scopes};
    const Verdict verdict = judged(manager, write, scopes);
    if (const auto* no = std::get_if<Refusal>(&verdict)) {
      return refusal_reply(registry, *no, caller);
    }
    if (const auto* again = std::get_if<Repeated>(&verdict)) {
      return repeated_reply(registry, caller, *again);
    }
    const Change& change = std::get<Change>(verdict);
    statements.emplace_back(change.type, change.body);
    times.push_back(now);
    apply_to(registry, statements.size() - 1);
    return change_reply(registry, caller, change, now);
  }

  void apply_to(Registry& other, std::size_t number) const {
    const auto& [type, body] = statements[number];
    const Result<JsonDocument> document = parse_json(body, {.bytes_max = 1U << 20});
    ASSERT_TRUE(document) << document.error().text();
    other.apply(type, document->root(), times[number]);
  }

  // The state that the statements alone give.
  Registry replayed() const {
    Registry other;
    for (std::size_t i = 0; i < statements.size(); ++i) apply_to(other, i);
    return other;
  }

  std::string ovn(Kind kind, int number) const {
    const Entity* const entity = registry.find(kind, id_of(number), now);
    return entity == nullptr ? "" : entity->ovn;
  }

  std::vector<std::pair<std::string, std::string>> statements;
  std::vector<UtcMs> times;

 private:
  crypto::Random random() {
    return [this](std::span<std::uint8_t> out) {
      for (std::uint8_t& byte : out) {
        seed_ = seed_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
        byte = static_cast<std::uint8_t>(seed_ >> 56);
      }
    };
  }
  std::uint64_t seed_ = 1;
};

inline PutIntent intent(int number, const Place& place, std::vector<std::string> key = {}) {
  PutIntent put;
  put.id = id_of(number);
  put.body.extents = {extent(place)};
  put.body.key = std::move(key);
  put.body.base_url = "https://uss.example/utm";
  return put;
}

inline PutConstraint constraint(int number, const Place& place) {
  PutConstraint put;
  put.id = id_of(number);
  put.body.extents = {extent(place)};
  put.body.base_url = "https://authority.example/utm";
  return put;
}

inline PutSubscription subscription(int number, const Place& place, bool intents = true,
                                    bool constraints = false) {
  PutSubscription put;
  put.id = id_of(number);
  put.body.extents = extent(place);
  put.body.base_url = "https://uss.example/utm";
  put.body.for_intents = intents;
  put.body.for_constraints = constraints;
  return put;
}

}  // namespace detente::utm
