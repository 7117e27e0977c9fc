// SPDX-License-Identifier: Apache-2.0
#include "utm/details.h"

#include <utility>

namespace detente::utm {
namespace {

std::vector<wire::f3548::Volume4D> volumes_of(const Entity& entity) {
  std::vector<wire::f3548::Volume4D> volumes;
  volumes.reserve(entity.extents.size());
  for (const geo::Volume4& volume : entity.extents) {
    volumes.push_back({volume.area, volume.altitude.lower_mm, volume.altitude.upper_mm,
                       volume.time.start, volume.time.end});
  }
  return volumes;
}

template <class Reference>
Reference reference_of(const Entity& entity) {
  Reference reference;
  reference.id = entity.id;
  reference.manager = entity.manager;
  reference.version = entity.version;
  reference.ovn = entity.ovn;
  reference.start = entity.time.start;
  reference.end = entity.time.end;
  reference.base_url = entity.base_url;
  return reference;
}

std::string body_of(Kind kind, const std::string& id, const Entity* shown,
                    std::vector<wire::f3548::SubscriptionState> subscriptions) {
  if (kind == Kind::intent) {
    wire::f3548::PutIntentDetails notice{id, std::nullopt, std::move(subscriptions)};
    if (shown != nullptr) notice.intent = shown_intent(*shown);
    return wire::f3548::write_put_intent_details(notice);
  }
  wire::f3548::PutConstraintDetails notice{id, std::nullopt, std::move(subscriptions)};
  if (shown != nullptr) notice.constraint = shown_constraint(*shown);
  return wire::f3548::write_put_constraint_details(notice);
}

}  // namespace

wire::f3548::Intent shown_intent(const Entity& entity) {
  wire::f3548::Intent intent;
  intent.reference = reference_of<wire::f3548::IntentReference>(entity);
  intent.reference.state = entity.state;
  intent.reference.subscription = kNoSubscription;
  // utm.yaml: a Nonconforming intent has both lists, a Contingent one only the second. Where an
  // aircraft outside its plan is goes to nobody; what is shown is the plan.
  const bool nominal =
      entity.state == IntentState::accepted || entity.state == IntentState::activated;
  if (entity.state != IntentState::contingent) intent.volumes = volumes_of(entity);
  if (!nominal) intent.off_nominal_volumes = volumes_of(entity);
  return intent;
}

wire::f3548::Constraint shown_constraint(const Entity& entity) {
  wire::f3548::Constraint constraint;
  constraint.reference = reference_of<wire::f3548::ConstraintReference>(entity);
  constraint.volumes = volumes_of(entity);
  return constraint;
}

std::vector<Telling> tellings(const Registry& registry, Kind kind, const std::string& id,
                              const Entity* shown) {
  const char* const path =
      kind == Kind::intent ? "/uss/v1/operational_intents" : "/uss/v1/constraints";
  const std::vector<Notified>& notified = registry.last_notified();
  std::vector<Telling> out;
  // Ascending by base URL and manager: those of one message are neighbours.
  for (std::size_t i = 0; i < notified.size();) {
    const Notified& first = notified[i];
    std::vector<wire::f3548::SubscriptionState> subscriptions;
    for (; i < notified.size() && notified[i].base_url == first.base_url &&
           notified[i].manager == first.manager;
         ++i) {
      subscriptions.push_back({notified[i].subscription, notified[i].notification_index});
    }
    out.push_back({first.base_url, path, body_of(kind, id, shown, std::move(subscriptions))});
  }
  return out;
}

}  // namespace detente::utm
