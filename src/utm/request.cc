// SPDX-License-Identifier: Apache-2.0
#include "utm/request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "wire/f3548_uss.h"

namespace detente::utm {
namespace {

namespace f3548 = wire::f3548;

constexpr std::size_t kUssBytes = 512;
constexpr std::size_t kVersionBytes = 128;

struct Named {
  const char* name;
  Scope scope;
};
constexpr std::array kScopes = {
    Named{"utm.strategic_coordination", kStrategicCoordination},
    Named{"utm.constraint_management", kConstraintManagement},
    Named{"utm.constraint_processing", kConstraintProcessing},
    Named{"utm.conformance_monitoring_sa", kConformanceMonitoring},
    Named{"utm.availability_arbitration", kAvailabilityArbitration},
};

Status needs_one_of(const Caller& caller, unsigned scopes) {
  if ((caller.scopes & scopes) != 0) return {};
  std::string names;
  for (const Named& one : kScopes) {
    if ((scopes & one.scope) != 0) names += (names.empty() ? "" : " or ") + std::string(one.name);
  }
  return fail(Errc::utm_scope, "this operation needs " + names);
}

constexpr std::string_view kDssRoot = "/dss/v1/";
constexpr std::string_view kUssRoot = "/uss/v1/";

// What follows the root, or nothing.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  if (!path.starts_with(kDssRoot) && !path.starts_with(kUssRoot)) return parts;
  path.remove_prefix(kDssRoot.size());
  while (true) {
    const std::size_t end = path.find('/');
    parts.push_back(path.substr(0, end));
    if (end == std::string_view::npos) return parts;
    path.remove_prefix(end + 1);
  }
}

class Reader {
 public:
  Reader(std::string_view method, std::string_view path, std::string_view body,
         const Caller& caller, const f3548::Limits& limits)
      : method_(method),
        body_(body),
        caller_(caller),
        limits_(limits),
        uss_(path.starts_with(kUssRoot)),
        parts_(parts_of(path)) {}

  Result<Request> read() const {
    const std::string_view what = parts_.empty() ? "" : parts_.front();
    if (uss_) return between_usss(what);
    if (parts_.size() <= 3) {
      if (what == "operational_intent_references") return intents();
      if (what == "constraint_references") return constraints();
      if (what == "subscriptions") return subscriptions();
    }
    if (what == "uss_availability" && parts_.size() == 2) return availability();
    if (what == "reports" && parts_.size() == 1) return report();
    return fail(Errc::http_not_found, "no operation of the UTM interface has this path");
  }

 private:
  bool is(std::string_view method, std::size_t parts) const {
    return method_ == method && parts_.size() == parts;
  }
  bool is_query() const { return parts_.size() == 2 && parts_[1] == "query"; }

  Result<Request> made(Read what) const { return Request{caller_, std::move(what)}; }
  Result<Request> made(Write what) const { return Request{caller_, std::move(what)}; }

  std::optional<std::string> third() const {
    if (parts_.size() < 3) return std::nullopt;
    return std::string(parts_[2].substr(0, kVersionBytes + 1));
  }

  Result<Request> query(Kind kind) const {
    if (method_ != "POST") return fail(Errc::http_method, "a query is a POST");
    DETENTE_TRY(f3548::Query query, f3548::read_query(body_, limits_));
    return made(Read{QueryEntities{kind, std::move(query)}});
  }

  Result<Request> intents() const {
    constexpr unsigned kAny = kStrategicCoordination | kConformanceMonitoring;
    DETENTE_CHECK(needs_one_of(caller_, kAny));
    if (is_query()) return query(Kind::intent);
    if (parts_.size() < 2) return fail(Errc::http_not_found, "the path lacks an id");
    DETENTE_TRY(std::string id, f3548::read_entity_id(parts_[1]));
    if (is("GET", 2)) return made(Read{GetEntity{Kind::intent, std::move(id)}});
    if (is("DELETE", 3)) {
      return made(Write{DeleteEntity{Kind::intent, std::move(id), third().value()}});
    }
    if (method_ != "PUT") return fail(Errc::http_method, std::string(method_));
    DETENTE_TRY(f3548::PutIntent body, f3548::read_put_intent(body_, limits_));
    return made(Write{PutIntent{std::move(id), third(), std::move(body)}});
  }

  Result<Request> constraints() const {
    const bool reads = is_query() || is("GET", 2);
    DETENTE_CHECK(needs_one_of(
        caller_, kConstraintManagement | (reads ? unsigned{kConstraintProcessing} : 0U)));
    if (is_query()) return query(Kind::constraint);
    if (parts_.size() < 2) return fail(Errc::http_not_found, "the path lacks an id");
    DETENTE_TRY(std::string id, f3548::read_entity_id(parts_[1]));
    if (is("GET", 2)) return made(Read{GetEntity{Kind::constraint, std::move(id)}});
    if (is("DELETE", 3)) {
      return made(Write{DeleteEntity{Kind::constraint, std::move(id), third().value()}});
    }
    if (method_ != "PUT") return fail(Errc::http_method, std::string(method_));
    DETENTE_TRY(f3548::PutConstraint body, f3548::read_put_constraint(body_, limits_));
    return made(Write{PutConstraint{std::move(id), third(), std::move(body)}});
  }

  Result<Request> subscriptions() const {
    DETENTE_CHECK(needs_one_of(caller_, kStrategicCoordination | kConstraintProcessing));
    if (is_query()) {
      if (method_ != "POST") return fail(Errc::http_method, "a query is a POST");
      DETENTE_TRY(f3548::Query query, f3548::read_query(body_, limits_));
      return made(Read{QuerySubscriptions{std::move(query)}});
    }
    if (parts_.size() < 2) return fail(Errc::http_not_found, "the path lacks an id");
    DETENTE_TRY(std::string id, f3548::read_entity_id(parts_[1]));
    if (is("GET", 2)) return made(Read{GetSubscription{std::move(id)}});
    if (is("DELETE", 3)) {
      return made(Write{DeleteSubscription{std::move(id), third().value()}});
    }
    if (method_ != "PUT") return fail(Errc::http_method, std::string(method_));
    DETENTE_TRY(f3548::PutSubscription body, f3548::read_put_subscription(body_, limits_));
    if (body.for_intents) DETENTE_CHECK(needs_one_of(caller_, kStrategicCoordination));
    return made(Write{PutSubscription{std::move(id), third(), std::move(body)}});
  }

  Result<Request> availability() const {
    const std::string uss(parts_[1]);
    if (uss.empty() || uss.size() > kUssBytes) {
      return fail(Errc::f3548_malformed, "a USS's id has 1 to 512 bytes", "uss_id");
    }
    if (method_ == "GET") {
      DETENTE_CHECK(needs_one_of(
          caller_, kAvailabilityArbitration | kStrategicCoordination | kConformanceMonitoring));
      return made(Read{GetAvailability{uss}});
    }
    if (method_ != "PUT") return fail(Errc::http_method, std::string(method_));
    DETENTE_CHECK(needs_one_of(caller_, kAvailabilityArbitration));
    DETENTE_TRY(f3548::PutAvailability body, f3548::read_put_availability(body_));
    return made(Write{PutAvailability{uss, std::move(body)}});
  }

  Result<Request> report() const {
    if (method_ != "POST") return fail(Errc::http_method, std::string(method_));
    DETENTE_CHECK(needs_one_of(caller_, ~0U));
    DETENTE_TRY(f3548::ErrorReport report, f3548::read_report(body_));
    return made(Write{FileReport{std::move(report)}});
  }

  Result<Request> between_usss(std::string_view what) const {
    if (what == "reports" && parts_.size() == 1) return report();
    if (what == "log_sets" && is("GET", 2)) return made(Read{GetLogSet{}});
    if (what == "operational_intents") return uss_intents();
    if (what == "constraints") return uss_constraints();
    return fail(Errc::http_not_found, "no operation of the UTM interface has this path");
  }

  Result<Request> uss_intents() const {
    if (is("POST", 1)) {
      DETENTE_CHECK(needs_one_of(caller_, kStrategicCoordination));
      DETENTE_TRY(const f3548::PutIntentDetails told,
                  f3548::read_put_intent_details(body_, limits_));
      if (!told.intent) return made(Read{Notice{Kind::intent, told.id, 0}});
      const f3548::IntentReference& reference = told.intent->reference;
      return notice(Kind::intent, told.id, reference.manager, reference.version);
    }
    if (parts_.size() < 2) return fail(Errc::http_method, std::string(method_));
    DETENTE_TRY(std::string id, f3548::read_entity_id(parts_[1]));
    if (is("GET", 2)) {
      DETENTE_CHECK(needs_one_of(caller_, kStrategicCoordination));
      return made(Read{GetDetails{Kind::intent, std::move(id)}});
    }
    if (!is("GET", 3) || parts_[2] != "telemetry") {
      return fail(Errc::http_not_found, "no operation of the UTM interface has this path");
    }
    DETENTE_CHECK(needs_one_of(caller_, kConformanceMonitoring));
    return made(Read{GetTelemetry{std::move(id)}});
  }

  Result<Request> uss_constraints() const {
    if (is("POST", 1)) {
      DETENTE_CHECK(needs_one_of(caller_, kConstraintManagement));
      DETENTE_TRY(const f3548::PutConstraintDetails told,
                  f3548::read_put_constraint_details(body_, limits_));
      if (!told.constraint) return made(Read{Notice{Kind::constraint, told.id, 0}});
      const f3548::ConstraintReference& reference = told.constraint->reference;
      return notice(Kind::constraint, told.id, reference.manager, reference.version);
    }
    if (!is("GET", 2)) return fail(Errc::http_method, std::string(method_));
    DETENTE_CHECK(needs_one_of(caller_, kConstraintProcessing));
    DETENTE_TRY(std::string id, f3548::read_entity_id(parts_[1]));
    return made(Read{GetDetails{Kind::constraint, std::move(id)}});
  }

  Result<Request> notice(Kind kind, const std::string& id, const std::string& manager,
                         std::int64_t version) const {
    if (manager != caller_.manager) {
      return fail(Errc::utm_not_manager, "only its manager tells of it", "manager");
    }
    return made(Read{Notice{kind, id, version}});
  }

  std::string_view method_;
  std::string_view body_;
  const Caller& caller_;
  const f3548::Limits& limits_;
  bool uss_ = false;
  std::vector<std::string_view> parts_;
};

}  // namespace

unsigned scopes_of(const std::vector<std::string>& names) {
  unsigned out = 0;
  for (const Named& one : kScopes) {
    if (std::find(names.begin(), names.end(), one.name) != names.end()) out |= one.scope;
  }
  return out;
}

Result<Request> read_request(std::string_view method, std::string_view path, std::string_view body,
                             const Caller& caller, const wire::f3548::Limits& limits) {
  return Reader(method, path, body, caller, limits).read();
}

}  // namespace detente::utm
