// SPDX-License-Identifier: Apache-2.0
//
// The details of what this node shows to USSs of the parties' activities, as it gives them when it
// is asked and as it sends them to subscribers (ASTM F3548-21, the paths under /uss/v1).
// Pure; safe on every thread.
#pragma once

#include <string>
#include <vector>

#include "utm/registry.h"
#include "wire/f3548_uss.h"

namespace detente::utm {

// What an intent without a subscription names (InterUSS's convention).
inline constexpr const char* kNoSubscription = "00000000-0000-4000-8000-000000000000";

wire::f3548::Intent shown_intent(const Entity& entity);
wire::f3548::Constraint shown_constraint(const Entity& entity);

// One notification: POST `<base_url><path>` with `body`.
struct Telling {
  std::string base_url;
  std::string path;
  std::string body;
};
// To whom the last change of `registry`, a utm.shown or utm.hidden, is to be told, a message for
// each base URL of each USS. `shown`: nullptr when it is shown no more.
std::vector<Telling> tellings(const Registry& registry, Kind kind, const std::string& id,
                              const Entity* shown);

}  // namespace detente::utm
