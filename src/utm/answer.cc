// SPDX-License-Identifier: Apache-2.0
#include "utm/answer.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "utm/details.h"

namespace detente::utm {
namespace {

constexpr const char* kHiddenOvn = "Available from USS";

void write_subscription(JsonWriter& out, const Subscription& one) {
  out.begin_object().member("id", one.id).member("version", one.version);
  out.member("notification_index", one.notification_index);
  out.name("time_start");
  wire::f3548::write_time(out, one.time.start);
  out.name("time_end");
  wire::f3548::write_time(out, one.time.end);
  out.member("uss_base_url", one.base_url);
  out.member("notify_for_operational_intents", one.for_intents);
  out.member("notify_for_constraints", one.for_constraints);
  out.member("implicit_subscription", one.implicit);
  out.name("dependent_operational_intents").begin_array();
  for (const std::string& id : one.dependents) out.value(id);
  out.end_array().end_object();
}

// `notified` lies ascending by base URL and manager, so that those of one group are neighbours.
void write_subscribers(JsonWriter& out, const std::vector<Notified>& notified) {
  out.name("subscribers").begin_array();
  for (std::size_t i = 0; i < notified.size();) {
    const Notified& first = notified[i];
    out.begin_object().name("subscriptions").begin_array();
    for (; i < notified.size() && notified[i].base_url == first.base_url &&
           notified[i].manager == first.manager;
         ++i) {
      out.begin_object().member("subscription_id", notified[i].subscription);
      out.member("notification_index", notified[i].notification_index).end_object();
    }
    out.end_array().member("uss_base_url", first.base_url).member("manager", first.manager);
    out.end_object();
  }
  out.end_array();
}

const char* reference_name(Kind kind) {
  return kind == Kind::intent ? "operational_intent_reference" : "constraint_reference";
}

void write_references(JsonWriter& out, const char* name, const Registry& registry,
                      const std::vector<const Entity*>& entities, const std::string& caller) {
  out.name(name).begin_array();
  for (const Entity* const entity : entities) write_reference(out, registry, *entity, caller);
  out.end_array();
}

void write_copies(JsonWriter& out, const char* name, const Registry& registry,
                  const std::vector<Entity>& entities, const std::string& caller) {
  out.name(name).begin_array();
  for (const Entity& entity : entities) write_reference(out, registry, entity, caller);
  out.end_array();
}

Reply too_many(std::size_t found, std::size_t most) {
  return error_reply({Errc::utm_too_many,
                      fmt::format("{} are found, at most {} are given: search a smaller area or a "
                                  "shorter time",
                                  found, most),
                      "area_of_interest"});
}

class Answering {
 public:
  Answering(const Registry& registry, const Caller& caller, const Rules& rules, UtcMs now)
      : registry_(registry), caller_(caller), rules_(rules), now_(now) {}

  Reply operator()(const QueryEntities& wanted) const {
    const std::array volumes{filled(wanted.query.area, UtcMs{0}, geo::kTimeMax)};
    const std::vector<const Entity*> found = registry_.search(wanted.kind, volumes, now_);
    if (found.size() > rules_.results) return too_many(found.size(), rules_.results);
    JsonWriter out;
    out.begin_object();
    const bool intents = wanted.kind == Kind::intent;
    write_references(out, intents ? "operational_intent_references" : "constraint_references",
                     registry_, found, caller_.manager);
    return {200, out.end_object().take()};
  }

  Reply operator()(const GetEntity& wanted) const {
    const Entity* const entity = registry_.find(wanted.kind, wanted.id, now_);
    if (entity == nullptr) return error_reply({Errc::utm_unknown, {}, {}});
    JsonWriter out;
    out.begin_object().name(reference_name(wanted.kind));
    write_reference(out, registry_, *entity, caller_.manager);
    return {200, out.end_object().take()};
  }

  Reply operator()(const QuerySubscriptions& wanted) const {
    const std::array volumes{filled(wanted.query.area, UtcMs{0}, geo::kTimeMax)};
    std::vector<const Subscription*> found = registry_.subscriptions(volumes, now_);
    std::erase_if(found, [&](const Subscription* one) { return one->manager != caller_.manager; });
    if (found.size() > rules_.results) return too_many(found.size(), rules_.results);
    JsonWriter out;
    out.begin_object().name("subscriptions").begin_array();
    for (const Subscription* const one : found) write_subscription(out, *one);
    return {200, out.end_array().end_object().take()};
  }

  Reply operator()(const GetSubscription& wanted) const {
    const Subscription* const one = registry_.subscription(wanted.id, now_);
    if (one == nullptr) return error_reply({Errc::utm_unknown, {}, {}});
    if (one->manager != caller_.manager) {
      return error_reply({Errc::utm_not_manager, "the subscription is another USS's", {}});
    }
    JsonWriter out;
    out.begin_object().name("subscription");
    write_subscription(out, *one);
    return {200, out.end_object().take()};
  }

  Reply operator()(const GetAvailability& wanted) const {
    const AvailabilityView view = registry_.availability(wanted.uss);
    JsonWriter out;
    out.begin_object().member("version", view.version).name("status").begin_object();
    out.member("uss", wanted.uss);
    out.member("availability", wire::f3548::availability_name(view.availability));
    return {200, out.end_object().end_object().take()};
  }

  // Details are given of what this node itself shows; others' details lie with others.
  Reply operator()(const GetDetails& wanted) const {
    const Entity* const entity = registry_.find(wanted.kind, wanted.id, now_);
    if (entity == nullptr || !entity->activity) {
      return error_reply({Errc::utm_unknown, "this node does not manage it", {}});
    }
    return {200, wanted.kind == Kind::intent
                     ? wire::f3548::write_get_intent_details(shown_intent(*entity))
                     : wire::f3548::write_get_constraint_details(shown_constraint(*entity))};
  }

  // Where a party's aircraft is now is none of the things that are shown.
  Reply operator()(const GetTelemetry& wanted) const {
    const Entity* const entity = registry_.find(Kind::intent, wanted.id, now_);
    if (entity == nullptr || !entity->activity) {
      return error_reply({Errc::utm_unknown, "this node does not manage it", {}});
    }
    return {200, wire::f3548::write_get_telemetry(wanted.id, std::nullopt, std::nullopt)};
  }

  Reply operator()(const GetLogSet&) const {
    return error_reply({Errc::utm_unknown, "this node keeps a record instead of log sets", {}});
  }

  Reply operator()(const Notice&) const { return {204, ""}; }

 private:
  const Registry& registry_;
  const Caller& caller_;
  const Rules& rules_;
  const UtcMs now_;
};

std::string changed_body(const Registry& registry, const Entity& entity,
                         const std::vector<Notified>& notified, const std::string& caller) {
  JsonWriter out;
  out.begin_object();
  write_subscribers(out, notified);
  out.name(reference_name(entity.kind));
  write_reference(out, registry, entity, caller);
  return out.end_object().take();
}

std::string subscribed_body(const Registry& registry, const Subscription& one,
                            const std::string& caller, UtcMs now) {
  JsonWriter out;
  out.begin_object().name("subscription");
  write_subscription(out, one);
  const auto near = [&](Kind kind) { return registry.search(kind, one.extents, now); };
  if (one.for_intents) {
    write_references(out, "operational_intent_references", registry, near(Kind::intent), caller);
  }
  if (one.for_constraints) {
    write_references(out, "constraint_references", registry, near(Kind::constraint), caller);
  }
  return out.end_object().take();
}

}  // namespace

int http_status(Errc code) {
  switch (code) {
    case Errc::token_malformed:
    case Errc::token_signature:
    case Errc::token_expired:
    case Errc::token_audience:
    case Errc::token_claims:
    case Errc::http_unauthorized:
      return 401;
    case Errc::utm_scope:
    case Errc::utm_not_manager:
      return 403;
    case Errc::utm_unknown:
    case Errc::http_not_found:
      return 404;
    case Errc::http_method:
      return 405;
    case Errc::http_internal:
      return 500;
    case Errc::utm_exists:
    case Errc::utm_old_notice:
    case Errc::utm_version:
    case Errc::utm_conflict:
      return 409;
    case Errc::utm_down:
      return 412;
    case Errc::utm_too_many:
      return 413;
    case Errc::utm_busy:
      return 429;
    case Errc::node_fenced:
    case Errc::node_halted:
    case Errc::store_full:
    case Errc::store_io:
      return 503;
    default:
      return 400;
  }
}

Reply error_reply(const Error& error) {
  JsonWriter out;
  out.begin_object().member("message", error.text()).member("code", errc_name(error.code));
  if (!error.place.empty()) out.member("place", error.place);
  return {http_status(error.code), out.end_object().take()};
}

Reply refusal_reply(const Registry& registry, const Refusal& refusal, const Caller& caller) {
  if (refusal.error.code != Errc::utm_conflict) return error_reply(refusal.error);
  JsonWriter out;
  out.begin_object().member("message", refusal.error.text());
  out.member("code", errc_name(refusal.error.code));
  write_copies(out, "missing_operational_intents", registry, refusal.missing_intents,
               caller.manager);
  write_copies(out, "missing_constraints", registry, refusal.missing_constraints, caller.manager);
  return {http_status(refusal.error.code), out.end_object().take()};
}

Reply answer(const Registry& registry, const Caller& caller, const Read& read, const Rules& rules,
             UtcMs now) {
  return std::visit(Answering(registry, caller, rules, now), read);
}

Reply change_reply(const Registry& registry, const Caller& caller, const Change& change,
                   UtcMs now) {
  if (change.type == "utm.intent" || change.type == "utm.constraint") {
    const Entity* const entity = registry.find(change.kind, change.id, now);
    if (entity == nullptr) return error_reply({Errc::http_internal, "it cannot be read back", {}});
    return {change.status,
            changed_body(registry, *entity, registry.last_notified(), caller.manager)};
  }
  if (change.type == "utm.delete")
    return repeated_reply(registry, caller, {change.kind, change.id});
  if (change.type == "utm.subscribe") {
    const Subscription* const one = registry.subscription(change.id, now);
    if (one == nullptr) return error_reply({Errc::http_internal, "it cannot be read back", {}});
    return {change.status, subscribed_body(registry, *one, caller.manager, now)};
  }
  if (change.unsubscribed) {
    JsonWriter out;
    out.begin_object().name("subscription");
    write_subscription(out, *change.unsubscribed);
    return {change.status, out.end_object().take()};
  }
  if (change.type == "utm.availability") {
    return answer(registry, caller, GetAvailability{change.id}, {}, now);
  }
  return {change.status, wire::f3548::report_with_id({change.report}, change.id)};
}

Reply repeated_reply(const Registry& registry, const Caller& caller, const Repeated& repeated) {
  const Deleted* const gone = registry.deleted(repeated.kind, repeated.id);
  check(gone != nullptr, "what is repeated was deleted");
  return {200, changed_body(registry, gone->entity, gone->notified, caller.manager)};
}

void write_reference(JsonWriter& out, const Registry& registry, const Entity& entity,
                     const std::string& caller) {
  const bool intent = entity.kind == Kind::intent;
  out.begin_object().member("id", entity.id).member("manager", entity.manager);
  out.member("uss_availability",
             wire::f3548::availability_name(registry.availability(entity.manager).availability));
  out.member("version", entity.version);
  if (intent) out.member("state", wire::f3548::intent_state_name(entity.state));
  out.member("ovn", entity.manager == caller ? entity.ovn : std::string(kHiddenOvn));
  out.name("time_start");
  wire::f3548::write_time(out, entity.time.start);
  out.name("time_end");
  wire::f3548::write_time(out, entity.time.end);
  out.member("uss_base_url", entity.base_url);
  if (intent) {
    out.member("subscription_id",
               entity.subscription.empty() ? std::string(kNoSubscription) : entity.subscription);
  }
  out.end_object();
}

}  // namespace detente::utm
