// SPDX-License-Identifier: Apache-2.0
//
// What the UTM interface answers: bodies of utm.yaml 1.0.0. An entity's OVN stands there for its
// manager alone; everyone else gets the words "Available from USS". Beyond the standard, and passed
// over by clients that do not know it: the `manager` of a subscriber, so that a notification that
// cannot be delivered can be reported; `code` and `place` of an error.
// Pure; safe on every thread.
#pragma once

#include <string>

#include "utm/judge.h"

namespace detente::utm {

struct Reply {
  int status = 200;
  std::string body;
};

int http_status(Errc code);
Reply error_reply(const Error& error);
Reply refusal_reply(const Registry& registry, const Refusal& refusal, const Caller& caller);
Reply answer(const Registry& registry, const Caller& caller, const Read& read, const Rules& rules,
             UtcMs now);
// After the change has been applied, and nothing since.
Reply change_reply(const Registry& registry, const Caller& caller, const Change& change, UtcMs now);
Reply repeated_reply(const Registry& registry, const Caller& caller, const Repeated& repeated);

// An entity's reference as `caller` may see it.
void write_reference(JsonWriter& out, const Registry& registry, const Entity& entity,
                     const std::string& caller);

}  // namespace detente::utm
