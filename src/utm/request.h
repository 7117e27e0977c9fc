// SPDX-License-Identifier: Apache-2.0
//
// The 18 operations of the DSS interface and the seven between USSs (ASTM F3548-21, utm.yaml
// 1.0.0), from an HTTP request whose token was checked to a value: which operation, on what, by
// whom, with which scopes.
// Pure; safe on every thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "utm/entity.h"

namespace detente::utm {

enum Scope : unsigned {
  kStrategicCoordination = 1,
  kConstraintManagement = 2,
  kConstraintProcessing = 4,
  kConformanceMonitoring = 8,
  kAvailabilityArbitration = 16,
};
// Those that are of the standard, out of a token's; others are passed over.
unsigned scopes_of(const std::vector<std::string>& names);

struct Caller {
  std::string manager;  // the token's `sub`
  unsigned scopes = 0;
  bool has(Scope scope) const { return (scopes & scope) != 0; }
};

struct QueryEntities {
  Kind kind = Kind::intent;
  wire::f3548::Query query;
};
struct GetEntity {
  Kind kind = Kind::intent;
  std::string id;
};
struct PutIntent {
  std::string id;
  std::optional<std::string> ovn;  // of an update
  wire::f3548::PutIntent body;
};
struct PutConstraint {
  std::string id;
  std::optional<std::string> ovn;
  wire::f3548::PutConstraint body;
};
struct DeleteEntity {
  Kind kind = Kind::intent;
  std::string id;
  std::string ovn;
};
struct QuerySubscriptions {
  wire::f3548::Query query;
};
struct GetSubscription {
  std::string id;
};
struct PutSubscription {
  std::string id;
  std::optional<std::string> version;  // of an update
  wire::f3548::PutSubscription body;
};
struct DeleteSubscription {
  std::string id;
  std::string version;
};
struct GetAvailability {
  std::string uss;
};
struct PutAvailability {
  std::string uss;
  wire::f3548::PutAvailability body;
};
struct FileReport {
  wire::f3548::ErrorReport report;
};

// Between USSs: this node answers for what it shows, and takes what others tell it.
struct GetDetails {
  Kind kind = Kind::intent;
  std::string id;
};
struct GetTelemetry {
  std::string id;
};
struct GetLogSet {};
struct Notice {
  Kind kind = Kind::intent;
  std::string id;
  std::int64_t version = 0;  // 0: it was deleted
};

using Read = std::variant<QueryEntities, GetEntity, QuerySubscriptions, GetSubscription,
                          GetAvailability, GetDetails, GetTelemetry, GetLogSet, Notice>;
using Write = std::variant<PutIntent, PutConstraint, DeleteEntity, PutSubscription,
                           DeleteSubscription, PutAvailability, FileReport>;

struct Request {
  Caller caller;
  std::variant<Read, Write> what;
};

// `method` is GET, PUT, POST or DELETE, `path` decoded. http_not_found, http_method; utm_scope
// where the token lacks what the operation needs; otherwise what reading the body and the ids
// refuses.
Result<Request> read_request(std::string_view method, std::string_view path, std::string_view body,
                             const Caller& caller, const wire::f3548::Limits& limits);

}  // namespace detente::utm
