// SPDX-License-Identifier: Apache-2.0
//
// Whether a change of the UTM interface may be made, and what it says in the log: the rules of ASTM
// F3548-21 for OVNs and keys, states, subscriptions and availability (docs/protocol/utm.md).
//
// A create or an update in Accepted or Activated must show, in `key`, the current OVN of every
// other intent that it overlaps, and of every constraint if its subscription asks for constraints.
// Pure; safe on every thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crypto/ed25519.h"
#include "utm/registry.h"
#include "utm/request.h"

namespace detente::utm {

// Named limits of the standard (ASTM F3548-21 annex; docs/operating/limits.md).
struct Rules {
  std::int64_t intent_horizon_ms = 30LL * 86'400'000;      // OiMaxPlanHorizonDays
  std::int64_t constraint_horizon_ms = 56LL * 86'400'000;  // CstrMaxPlanningHorizonDays
  std::int64_t constraint_span_ms = 86'400'000;            // CstrMaxDurationHours
  std::int64_t subscription_span_ms = 86'400'000;          // DSSMaxSubscriptionDurationHours
  std::int64_t subscription_past_ms = 300'000;             // how far back one may begin
  // Of the extents, so that the whole stays below limits::kStatementPayloadBytes. Beyond this the
  // largest extents are kept as the circles around them, and then neighbours as one circle around
  // both, which hold what was sent.
  std::size_t statement_bytes = 37'000;
  std::size_t results = 10'000;  // of one search; more are refused, never left out
};

struct Change {
  std::string type;  // of the statement
  std::string body;
  int status = 200;
  std::string id;  // of what is changed; of an availability the USS
  Kind kind = Kind::intent;
  std::optional<Subscription> unsubscribed;  // as it was
  std::string report;                        // JSON text, as it came
};
struct Refusal {
  Error error;
  std::vector<Entity> missing_intents;
  std::vector<Entity> missing_constraints;
};
// The answer is known already: a repeated DELETE.
struct Repeated {
  Kind kind = Kind::intent;
  std::string id;
};
using Verdict = std::variant<Change, Refusal, Repeated>;

Verdict judge(const Registry& registry, const Caller& caller, const Write& write,
              const Rules& rules, UtcMs now, const crypto::Random& random);

// A Volume4D with its open ends filled in: all altitudes, from `start` to `end`. Times before 1970
// and after geo::kTimeMax become those.
geo::Volume4 filled(const wire::f3548::Volume4D& volume, UtcMs start, UtcMs end);

}  // namespace detente::utm
