// SPDX-License-Identifier: Apache-2.0
//
// Reading the bodies of "utm.*" statements (utm/registry.h says what they are). Private to utm.
#pragma once

#include "utm/registry.h"

namespace detente::utm {

struct IntentBody {
  Entity entity;
  std::optional<ImplicitSubscription> implicit;
};
struct DeleteBody {
  Kind kind = Kind::intent;
  std::string id;
};
struct ShownBody {
  Kind kind = Kind::intent;
  std::string id;
  std::string ovn;
  std::vector<geo::Volume4> extents;
};
Result<IntentBody> read_intent(const JsonReader& body);
Result<Entity> read_constraint(const JsonReader& body);
Result<ShownBody> read_shown(const JsonReader& body);
Result<DeleteBody> read_hidden(const JsonReader& body);
Result<DeleteBody> read_delete(const JsonReader& body);
Result<Subscription> read_subscribe(const JsonReader& body);
Result<std::string> read_unsubscribe(const JsonReader& body);
Result<AvailabilityChange> read_availability(const JsonReader& body);

}  // namespace detente::utm
