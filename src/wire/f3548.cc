// SPDX-License-Identifier: Apache-2.0
#include "wire/f3548.h"

#include <fmt/core.h>

#include <boost/json.hpp>
#include <span>
#include <utility>

#include "base/limits.h"
#include "wire/f3548_reader.h"

namespace detente::wire::f3548 {
namespace {

using detail::parse_body;
using detail::Spent;
using detail::Value;

constexpr std::size_t kVersionBytes = 128;

Value root_of(const JsonDocument& document) {
  return Value(document.value(), "");
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// 8-4-4-4-12 hex digits.
bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}
bool is_variant(char c) {
  return std::string_view("89abAB").find(c) != std::string_view::npos;
}

Status within(const Value& at, double km2, double km2_max) {
  if (km2 <= km2_max) return {};
  return at.beyond_limit(fmt::format("{:.1f} km2, at most {}", km2, km2_max));
}

Status check_area(const Value& at, const geo::Area& area, double km2_max) {
  return within(at, geo::area_km2(std::span(&area, 1)), km2_max);
}

// Each extent, and all of them together. Their sum is quick and no less than their union.
Status check_areas(const Value& at, const std::vector<Volume4D>& extents, double km2_max) {
  double sum = 0;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const double km2 = geo::area_km2(std::span(&extents[i].area, 1));
    DETENTE_CHECK(within(at.item(i), km2, km2_max));
    sum += km2;
  }
  if (sum <= km2_max) return {};
  std::vector<geo::Area> areas;
  areas.reserve(extents.size());
  for (const Volume4D& extent : extents) areas.push_back(extent.area);
  return within(at, geo::area_km2(areas), km2_max);
}

Status check_span(const Value& at, const Volume4D& volume) {
  if (volume.start && volume.end && *volume.start == *volume.end) {
    return at.malformed("time_start is not before time_end");
  }
  return {};
}

Status check_extent(const Value& at, const Volume4D& volume, bool altitudes_needed) {
  if (!volume.start) return at.malformed("\"time_start\" is missing");
  if (!volume.end) return at.malformed("\"time_end\" is missing");
  if (altitudes_needed && (!volume.lower_mm || !volume.upper_mm)) {
    return at.malformed(fmt::format("\"volume/{}\" is missing",
                                    volume.lower_mm ? "altitude_upper" : "altitude_lower"));
  }
  return check_span(at, volume);
}

Result<std::vector<Volume4D>> read_extents(const Value& body, const Limits& limits, double km2_max,
                                           bool altitudes_needed) {
  DETENTE_TRY(const Value in, body.need("extents"));
  Spent spent;
  DETENTE_TRY(std::vector<Volume4D> extents, detail::read_volumes(in, 1, limits, spent));
  for (std::size_t i = 0; i < extents.size(); ++i) {
    DETENTE_CHECK(check_extent(in.item(i), extents[i], altitudes_needed));
  }
  DETENTE_CHECK(check_areas(in, extents, km2_max));
  return extents;
}

Result<std::vector<std::string>> read_key(const Value& body, const Limits& limits) {
  std::vector<std::string> key;
  DETENTE_TRY(const std::optional<Value> in, body.find("key"));
  if (!in) return key;
  DETENTE_TRY(const std::size_t count, in->count(limits.key));
  key.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    DETENTE_TRY(std::string ovn, detail::read_ovn(in->item(i)));
    key.push_back(std::move(ovn));
  }
  return key;
}

Status read_subscription(const Value& body, PutIntent& out) {
  DETENTE_TRY(const std::optional<Value> existing, body.find("subscription_id"));
  DETENTE_TRY(const std::optional<Value> made, body.find("new_subscription"));
  if (existing && made) {
    return made->malformed("subscription_id and new_subscription exclude each other");
  }
  if (existing) {
    DETENTE_TRY(out.subscription, detail::read_id(*existing));
  }
  if (made) {
    PutIntent::NewSubscription subscription;
    DETENTE_TRY(const Value url, made->need("uss_base_url"));
    DETENTE_TRY(subscription.base_url, detail::read_base_url(url));
    DETENTE_TRY(subscription.for_constraints, detail::read_flag(*made, "notify_for_constraints"));
    out.new_subscription = std::move(subscription);
  }
  return {};
}

Result<std::optional<std::string>> read_ovn_suffix(const Value& body) {
  DETENTE_TRY(const std::optional<Value> in, body.find("requested_ovn_suffix"));
  if (!in) return std::optional<std::string>();
  DETENTE_TRY(const std::string_view text, in->text(36));
  if (!is_uuid(text) || text[14] != '7' || !is_variant(text[19])) {
    return in->malformed("an OVN's suffix is a UUID of version 7");
  }
  return std::optional(std::string(text));
}

Status check_exchange(const Value& exchange) {
  for (const char* name : {"url", "method"}) {
    DETENTE_TRY(const Value member, exchange.need(name));
    DETENTE_CHECK(member.text(limits::kUtmBodyBytes));
  }
  DETENTE_TRY(const Value role, exchange.need("recorder_role"));
  DETENTE_TRY(const std::string_view name, role.text(16));
  if (name != "Client" && name != "Server") {
    return role.malformed("the role is \"Client\" or \"Server\"");
  }
  DETENTE_TRY(const Value time, exchange.need("request_time"));
  DETENTE_CHECK(detail::read_time(time, detail::Rounding::down));
  return {};
}

}  // namespace

Result<std::string> read_entity_id(std::string_view text) {
  if (!is_uuid(text) || text[14] != '4' || !is_variant(text[19])) {
    return fail(Errc::f3548_malformed, "an id is a UUID of version 4");
  }
  std::string id(text);
  for (char& c : id) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + ('a' - 'A'));
  }
  return id;
}

const char* intent_state_name(IntentState state) {
  switch (state) {
    case IntentState::accepted:
      return "Accepted";
    case IntentState::activated:
      return "Activated";
    case IntentState::nonconforming:
      return "Nonconforming";
    case IntentState::contingent:
      return "Contingent";
  }
  return "";
}

const char* availability_name(Availability availability) {
  switch (availability) {
    case Availability::unknown:
      return "Unknown";
    case Availability::normal:
      return "Normal";
    case Availability::down:
      return "Down";
  }
  return "";
}

Result<Volume4D> read_volume(const JsonReader& in, const Limits& limits) {
  const std::string place = in.place();
  Spent spent;
  return detail::read_volume(Value(in.value(), place), limits, spent);
}

Result<PutIntent> read_put_intent(std::string_view text, const Limits& limits) {
  DETENTE_TRY(const JsonDocument document, parse_body(text));
  const Value body = root_of(document);
  PutIntent out;
  DETENTE_TRY(const Value state, body.need("state"));
  DETENTE_TRY(out.state, detail::read_state(state));
  DETENTE_TRY(const Value url, body.need("uss_base_url"));
  DETENTE_TRY(out.base_url, detail::read_base_url(url));
  DETENTE_CHECK(read_subscription(body, out));
  DETENTE_TRY(out.key, read_key(body, limits));
  DETENTE_TRY(out.ovn_suffix, read_ovn_suffix(body));
  DETENTE_TRY(out.extents, read_extents(body, limits, limits.intent_km2, true));
  return out;
}

Result<PutConstraint> read_put_constraint(std::string_view text, const Limits& limits) {
  DETENTE_TRY(const JsonDocument document, parse_body(text));
  const Value body = root_of(document);
  PutConstraint out;
  DETENTE_TRY(const Value url, body.need("uss_base_url"));
  DETENTE_TRY(out.base_url, detail::read_base_url(url));
  DETENTE_TRY(out.extents, read_extents(body, limits, limits.constraint_km2, false));
  return out;
}

Result<PutSubscription> read_put_subscription(std::string_view text, const Limits& limits) {
  DETENTE_TRY(const JsonDocument document, parse_body(text));
  const Value body = root_of(document);
  PutSubscription out;
  DETENTE_TRY(const Value url, body.need("uss_base_url"));
  DETENTE_TRY(out.base_url, detail::read_base_url(url));
  DETENTE_TRY(out.for_intents, detail::read_flag(body, "notify_for_operational_intents"));
  DETENTE_TRY(out.for_constraints, detail::read_flag(body, "notify_for_constraints"));
  if (!out.for_intents && !out.for_constraints) {
    return body.malformed("at least one kind of notification must be asked for");
  }
  DETENTE_TRY(const Value in, body.need("extents"));
  Spent spent;
  DETENTE_TRY(Volume4D volume, detail::read_volume(in, limits, spent));
  DETENTE_CHECK(check_span(in, volume));
  DETENTE_CHECK(check_area(in, volume.area, limits.search_km2));
  out.extents = std::move(volume);
  return out;
}

Result<PutAvailability> read_put_availability(std::string_view text) {
  DETENTE_TRY(const JsonDocument document, parse_body(text));
  const Value body = root_of(document);
  PutAvailability out;
  // The schema wants it and gives it a default at once; clients leave it out the first time.
  DETENTE_TRY(const std::optional<Value> version, body.find("old_version"));
  if (version) {
    DETENTE_TRY(const std::string_view old, version->text(kVersionBytes));
    out.old_version = old;
  }
  DETENTE_TRY(const Value availability, body.need("availability"));
  DETENTE_TRY(out.availability, detail::read_availability(availability));
  return out;
}

Result<Query> read_query(std::string_view text, const Limits& limits) {
  DETENTE_TRY(const JsonDocument document, parse_body(text));
  const Value body = root_of(document);
  DETENTE_TRY(const Value in, body.need("area_of_interest"));
  Spent spent;
  DETENTE_TRY(Volume4D volume, detail::read_volume(in, limits, spent));
  DETENTE_CHECK(check_area(in, volume.area, limits.search_km2));
  return Query{std::move(volume)};
}

Result<ErrorReport> read_report(std::string_view text) {
  DETENTE_TRY(const JsonDocument document, parse_body(text));
  const Value body = root_of(document);
  DETENTE_TRY(const Value exchange, body.need("exchange"));
  DETENTE_CHECK(check_exchange(exchange));
  return ErrorReport{std::string(text)};
}

std::string report_with_id(const ErrorReport& report, std::string_view report_id) {
  boost::json::value value =
      boost::json::parse(boost::json::string_view(report.text.data(), report.text.size()));
  value.as_object()["report_id"] = boost::json::string_view(report_id.data(), report_id.size());
  return boost::json::serialize(value);
}

}  // namespace detente::wire::f3548
