// SPDX-License-Identifier: Apache-2.0
#include "utm/desk.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/limits.h"

namespace detente::utm {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kPathShown = 200;

std::size_t step_of(std::int64_t us, std::size_t steps) {
  const auto n = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 4));
  const auto power = static_cast<std::size_t>(std::bit_width(n)) - 1;  // at least 2
  const std::size_t quarter = (n >> (power - 2)) & 3U;
  return std::min(4 * (power - 2) + quarter, steps - 1);
}

std::int64_t end_of_step(std::size_t step) {
  const std::size_t power = step / 4 + 2;
  return static_cast<std::int64_t>((5 + step % 4) << (power - 2));
}

}  // namespace

Desk::Desk(DeskOptions options) : options_(std::move(options)) {}

Result<Caller> Desk::caller_of(std::string_view authorization, UtcMs now) {
  if (!authorization.starts_with(kBearer)) {
    return fail(Errc::http_unauthorized, "send \"Authorization: Bearer <access token>\"");
  }
  const std::string token(authorization.substr(kBearer.size()));
  const auto known = tokens_.find(token);
  if (known != tokens_.end() && now <= known->second.expires) return known->second.caller;
  DETENTE_TRY(const wire::TokenClaims claims, wire::check_token(token, options_.trust, now));
  if (tokens_.size() >= kTokensKept) tokens_.clear();
  const Caller caller{claims.subject, scopes_of(claims.scopes)};
  tokens_.insert_or_assign(token, Known{caller, claims.expires});
  return caller;
}

Status Desk::within_rate(const std::string& manager, std::size_t body_bytes, UtcMs now) {
  if (usses_.size() >= kUssKept && !usses_.contains(manager)) usses_.erase(usses_.begin());
  const std::int64_t most = std::int64_t{options_.requests_per_s} * 1'000;
  const auto [at, fresh] = usses_.try_emplace(manager);
  Uss& uss = at->second;
  const std::int64_t passed =
      fresh ? 1'000 : std::clamp<std::int64_t>(now - uss.counted, 0, 3'600'000);
  uss.counted = now;
  uss.last = now;
  ++uss.requests;
  if (options_.requests_per_s == 0) return {};
  uss.allowance_milli = std::min(most, uss.allowance_milli + passed * options_.requests_per_s);
  if (uss.allowance_milli < 1'000) {
    return fail(Errc::utm_busy, "wait a second; the limit is requests_per_s");
  }
  const std::size_t beyond = body_bytes > options_.free_bytes
                                 ? (body_bytes - options_.free_bytes) / options_.step_bytes
                                 : 0;
  // It may go below nothing: then the next ones wait until it is paid.
  uss.allowance_milli -= 1'000 + static_cast<std::int64_t>(beyond) * 1'000;
  return {};
}

Reply Desk::note_refused(const Error& error, const Asked& asked, const std::string& subject,
                         UtcMs now) {
  Reply reply = error_reply(error);
  refused_.push_front({now, reply.status, error.text(), subject, std::string(asked.method),
                       std::string(asked.path.substr(0, kPathShown))});
  if (refused_.size() > kRefusedKept) refused_.pop_back();
  return reply;
}

Reply Desk::validate(const Asked& asked, UtcMs now) {
  const Result<Caller> caller = caller_of(asked.authorization, now);
  if (!caller) return note_refused(caller.error(), asked, "", now);
  if (!asked.owner.empty() && asked.owner != caller->manager) {
    return note_refused({Errc::utm_not_manager, "the token is not this owner's", "owner"}, asked,
                        caller->manager, now);
  }
  return {200, "{}"};
}

Desk::Outcome Desk::take(const Asked& asked, const Registry& registry, UtcMs now) {
  if (asked.path == "/healthy") return Reply{200, "ok"};
  if (asked.path == "/aux/v1/version") return Reply{200, R"({"version":"detente/0.1.0"})"};
  if (asked.path == "/aux/v1/validate_oauth") return validate(asked, now);
  Result<Caller> caller = caller_of(asked.authorization, now);
  if (!caller) return note_refused(caller.error(), asked, "", now);
  const Status in_rate = within_rate(caller->manager, asked.body.size(), now);
  if (!in_rate) return error_reply(in_rate.error());
  Result<Request> request =
      read_request(asked.method, asked.path, asked.body, *caller, options_.limits);
  if (!request) {
    if (request.error().code == Errc::utm_scope) {
      return note_refused(request.error(), asked, caller->manager, now);
    }
    Reply reply = error_reply(request.error());
    // The standard wants 413 for a subscription search that is too large, and 400 elsewhere.
    const bool search = asked.path == "/dss/v1/subscriptions/query";
    if (search && request.error().code == Errc::f3548_limit) reply.status = 413;
    return reply;
  }
  if (auto* write = std::get_if<Write>(&request->what)) {
    return Asking{std::move(request->caller), std::move(*write)};
  }
  const Read& read = std::get<Read>(request->what);
  if (const auto* notice = std::get_if<Notice>(&read)) {
    const Status taken = take_notice(*notice);
    if (!taken) return error_reply(taken.error());
  }
  return answer(registry, request->caller, read, options_.rules, now);
}

Status Desk::take_notice(const Notice& notice) {
  if (notice.version == 0) {
    notices_.erase(notice.id);
    return {};
  }
  if (notices_.size() >= kNoticesKept && !notices_.contains(notice.id)) {
    notices_.erase(notices_.begin());
  }
  std::int64_t& newest = notices_[notice.id];
  if (notice.version < newest) {
    return fail(Errc::utm_old_notice, "version " + std::to_string(newest) + " came before");
  }
  newest = notice.version;
  return {};
}

void Desk::answered(const Asked& asked, int status, std::int64_t took_us, UtcMs now) {
  const std::int64_t second = now.value / 1'000;
  Second& slot = window_[static_cast<std::size_t>(second % kWindowS)];
  if (slot.second != second) {
    slot = Second{};
    slot.second = second;
  }
  ++slot.requests;
  if (status == 201) ++slot.creates;
  if (asked.path.ends_with("/query")) ++slot.searches;
  if (status == 409) ++slot.conflicts;
  if (status == 401 || status == 403) ++slot.refused;
  ++slot.took[step_of(took_us, kSteps)];
}

void Desk::write_load(JsonWriter& out, UtcMs now) const {
  Second sum;
  for (const Second& slot : window_) {
    if (slot.second < 0 || now.value / 1'000 - slot.second >= kWindowS) continue;
    sum.requests += slot.requests;
    sum.creates += slot.creates;
    sum.searches += slot.searches;
    sum.conflicts += slot.conflicts;
    sum.refused += slot.refused;
    for (std::size_t i = 0; i < kSteps; ++i) sum.took[i] += slot.took[i];
  }
  const auto quantile = [&](std::uint64_t hundredths) {
    std::uint64_t left = (sum.requests * hundredths + 99) / 100;
    for (std::size_t i = 0; i < kSteps && left > 0; ++i) {
      if (sum.took[i] >= left) return end_of_step(i);
      left -= sum.took[i];
    }
    return std::int64_t{0};
  };
  out.name("load").begin_object().member("window_s", kWindowS).member("requests", sum.requests);
  out.member("creates", sum.creates).member("searches", sum.searches);
  out.member("conflicts", sum.conflicts).member("refused", sum.refused);
  out.member("p50_us", quantile(50)).member("p99_us", quantile(99)).end_object();
}

void Desk::write_participants(JsonWriter& out, const Registry& registry, UtcMs now) const {
  struct Counts {
    std::int64_t intents = 0;
    std::int64_t constraints = 0;
    std::int64_t subscriptions = 0;
  };
  std::map<std::string, Counts> counts;
  for (const auto& [uss, at] : usses_) counts[uss];
  for (const auto& [uss, view] : registry.availabilities()) counts[uss];
  for (const Entity* one : registry.all(Kind::intent, now)) ++counts[one->manager].intents;
  for (const Entity* one : registry.all(Kind::constraint, now)) ++counts[one->manager].constraints;
  for (const Subscription* one : registry.all_subscriptions(now)) {
    ++counts[one->manager].subscriptions;
  }
  out.name("participants").begin_array();
  for (const auto& [manager, count] : counts) {
    out.begin_object().member("manager", manager);
    out.member("availability",
               wire::f3548::availability_name(registry.availability(manager).availability));
    out.member("intents", count.intents).member("constraints", count.constraints);
    out.member("subscriptions", count.subscriptions);
    const auto uss = usses_.find(manager);
    out.member("requests", uss == usses_.end() ? std::uint64_t{0} : uss->second.requests);
    if (uss != usses_.end()) out.member("last", uss->second.last);
    out.end_object();
  }
  out.end_array();
}

void Desk::write_limits(JsonWriter& out) const {
  const auto limit = [&](const char* name, std::int64_t value, const char* unit) {
    out.begin_object().member("name", name).member("value", value).member("unit", unit);
    out.end_object();
  };
  const wire::f3548::Limits& read = options_.limits;
  const Rules& rules = options_.rules;
  out.name("limits").begin_array();
  limit("intent_km2", static_cast<std::int64_t>(read.intent_km2), "km2");
  limit("constraint_km2", static_cast<std::int64_t>(read.constraint_km2), "km2");
  limit("search_km2", static_cast<std::int64_t>(read.search_km2), "km2");
  limit("vertices", static_cast<std::int64_t>(read.vertices), "");
  limit("extents", static_cast<std::int64_t>(read.extents), "");
  limit("key", static_cast<std::int64_t>(read.key), "OVN");
  limit("results", static_cast<std::int64_t>(rules.results), "");
  limit("intent_horizon", rules.intent_horizon_ms / 3'600'000, "h");
  limit("constraint_horizon", rules.constraint_horizon_ms / 3'600'000, "h");
  limit("constraint_span", rules.constraint_span_ms / 3'600'000, "h");
  limit("subscription_span", rules.subscription_span_ms / 3'600'000, "h");
  limit("requests_per_s", options_.requests_per_s, "1/s");
  out.end_array();
}

namespace {

void write_outline(JsonWriter& out, const geo::Area& area) {
  const std::vector<geo::PointE7> points = area.outline();
  out.begin_object().member("type", "Polygon").name("coordinates").begin_array().begin_array();
  for (std::size_t i = 0; i <= points.size(); ++i) {
    const geo::PointE7 point = points[i % points.size()];
    out.begin_array().decimal(geo::lng_degrees(point)).decimal(geo::lat_degrees(point)).end_array();
  }
  out.end_array().end_array().end_object();
}

void write_entity(JsonWriter& out, const Entity& entity) {
  out.begin_object().member("kind", entity.kind == Kind::intent ? "intent" : "constraint");
  out.member("id", entity.id).member("manager", entity.manager);
  if (entity.kind == Kind::intent) {
    out.member("state", wire::f3548::intent_state_name(entity.state));
  }
  out.member("version", entity.version).member("base_url", entity.base_url);
  out.member("start", entity.time.start).member("end", entity.time.end);
  std::int64_t lower = kHighestMm;
  std::int64_t upper = kLowestMm;
  for (const geo::Volume4& volume : entity.extents) {
    lower = std::min(lower, volume.altitude.lower_mm);
    upper = std::max(upper, volume.altitude.upper_mm);
  }
  out.member("lower_m", lower / 1'000).member("upper_m", upper / 1'000);
  out.name("shapes").begin_array();
  for (const geo::Volume4& volume : entity.extents) write_outline(out, volume.area);
  out.end_array();
  if (!entity.subscription.empty()) out.member("subscription", entity.subscription);
  if (entity.activity) out.member("activity", entity.activity->value);
  out.end_object();
}

void write_entities(JsonWriter& out, const Registry& registry, UtcMs now) {
  std::vector<const Entity*> all = registry.all(Kind::constraint, now);
  const std::vector<const Entity*> intents = registry.all(Kind::intent, now);
  all.insert(all.end(), intents.begin(), intents.end());
  out.name("entities").begin_array();
  for (std::size_t i = 0; i < std::min(all.size(), kShownEntities); ++i) write_entity(out, *all[i]);
  out.end_array().member("entities_total", static_cast<std::uint64_t>(all.size()));
}

void write_subscriptions(JsonWriter& out, const Registry& registry, UtcMs now) {
  const std::vector<const Subscription*> all = registry.all_subscriptions(now);
  out.name("subscriptions").begin_array();
  for (std::size_t i = 0; i < std::min(all.size(), kShownEntities); ++i) {
    const Subscription& one = *all[i];
    out.begin_object().member("id", one.id).member("manager", one.manager);
    out.member("base_url", one.base_url);
    out.member("start", one.time.start).member("end", one.time.end);
    out.member("intents", one.for_intents).member("constraints", one.for_constraints);
    out.member("implicit", one.implicit).member("notification_index", one.notification_index);
    out.member("dependents", static_cast<std::uint64_t>(one.dependents.size())).end_object();
  }
  out.end_array().member("subscriptions_total", static_cast<std::uint64_t>(all.size()));
}

void write_told(JsonWriter& out, const Told& told) {
  out.name("told").begin_object().member("unnamed", told.unnamed).name("usses").begin_array();
  for (const ToldUss& one : told.usses) {
    out.begin_object().member("base_url", one.base_url).member("told", one.told);
    out.member("waiting", one.waiting).member("lost", one.lost);
    if (!one.last_error.empty()) out.member("last_error", one.last_error);
    out.end_object();
  }
  out.end_array().end_object();
}

}  // namespace

std::string Desk::json(const Registry& registry, const Told& told, UtcMs now) const {
  JsonWriter out;
  out.begin_object().member("enabled", true).member("now", now).name("audience").begin_array();
  for (const std::string& audience : options_.trust.audiences) out.value(audience);
  out.end_array();
  write_participants(out, registry, now);
  write_entities(out, registry, now);
  write_subscriptions(out, registry, now);
  write_told(out, told);
  out.name("refused").begin_array();
  for (const Refused& one : refused_) {
    out.begin_object().member("time", one.time).member("status", one.status);
    out.member("why", one.why);
    if (!one.subject.empty()) out.member("subject", one.subject);
    out.member("method", one.method).member("path", one.path).end_object();
  }
  out.end_array();
  write_load(out, now);
  write_limits(out);
  return out.end_object().take();
}

}  // namespace detente::utm
