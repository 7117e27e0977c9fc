// SPDX-License-Identifier: Apache-2.0
#include "utm/judge.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "crypto/hash.h"
#include "utm/covers.h"

namespace detente::utm {
namespace {

constexpr int kCreated = 201;

// 128 random bits as a UUIDv4.
std::string random_uuid(const crypto::Random& random) {
  std::string hex = crypto::random_id(random);
  hex[12] = '4';
  hex[16] = "89ab"[static_cast<unsigned>(hex[16]) % 4];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, 1, '-');
  return hex;
}

// Nobody who was not told it can know it: 256 bits from a random source.
std::string fresh_ovn(const std::string& id, const crypto::Random& random) {
  const std::string seed = id + crypto::random_id(random) + crypto::random_id(random);
  std::string text = to_base64(crypto::sha256(as_bytes(seed)));
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '.';
    if (c == '=') c = '_';
  }
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The time in a UUIDv7 (RFC 9562 section 5.7), which is its first 48 bits; checked by its reader.
UtcMs time_of_uuid7(std::string_view uuid) {
  std::int64_t ms = 0;
  for (const char c : uuid.substr(0, 13)) {
    if (c != '-') ms = ms * 16 + std::max(0, hex_value(c));
  }
  return {ms};
}

Refusal refused(Errc code, std::string detail, std::string place = {}) {
  return {Error{code, std::move(detail), std::move(place)}, {}, {}};
}

Change changed(std::string type, std::string body, std::string id, int status = 200) {
  Change change;
  change.type = std::move(type);
  change.body = std::move(body);
  change.status = status;
  change.id = std::move(id);
  return change;
}

class Judge {
 public:
  Judge(const Registry& registry, const Caller& caller, const Rules& rules, UtcMs now,
        const crypto::Random& random)
      : registry_(registry), caller_(caller), rules_(rules), now_(now), random_(random) {}

  Verdict operator()(const PutIntent& put) const;
  Verdict operator()(const PutConstraint& put) const;
  Verdict operator()(const DeleteEntity& gone) const;
  Verdict operator()(const PutSubscription& put) const;
  Verdict operator()(const DeleteSubscription& gone) const;
  Verdict operator()(const PutAvailability& put) const;
  Verdict operator()(const FileReport& file) const;

 private:
  // What both kinds of entity have in common when they are put: the former one, or why not.
  std::optional<Refusal> check_former(const Entity* former, Kind kind,
                                      const std::optional<std::string>& ovn) const;
  std::optional<Refusal> check_time(const TimeSpan& time, std::int64_t horizon_ms) const;
  std::optional<Refusal> check_state(const PutIntent& put, const Entity* former) const;
  std::optional<Refusal> attach(const PutIntent& put, Entity& intent,
                                std::optional<ImplicitSubscription>& implicit,
                                bool& constraints) const;
  std::optional<Refusal> check_key(const Entity& intent, const std::vector<std::string>& key,
                                   bool constraints) const;
  std::optional<Refusal> choose_ovn(const PutIntent& put, Entity& intent) const;
  bool down(const std::string& manager) const {
    return registry_.availability(manager).availability == Availability::down;
  }

  const Registry& registry_;
  const Caller& caller_;
  const Rules& rules_;
  const UtcMs now_;
  const crypto::Random& random_;
};

// What is over can meet nothing any more and is left out, unless all is.
std::vector<geo::Volume4> volumes_of(const std::vector<wire::f3548::Volume4D>& extents, UtcMs now) {
  std::vector<geo::Volume4> out;
  out.reserve(extents.size());
  for (const wire::f3548::Volume4D& extent : extents) {
    geo::Volume4 volume = filled(extent, UtcMs{0}, geo::kTimeMax);
    if (now <= volume.time.end) out.push_back(std::move(volume));
  }
  if (out.empty()) out.push_back(filled(extents.front(), UtcMs{0}, geo::kTimeMax));
  return out;
}

std::optional<Refusal> Judge::check_former(const Entity* former, Kind kind,
                                           const std::optional<std::string>& ovn) const {
  if (former != nullptr && former->activity) {
    return refused(Errc::utm_not_manager, "it shows an air activity of " + former->manager);
  }
  if (!ovn) {
    if (former == nullptr) return std::nullopt;
    return refused(Errc::utm_exists, "update it with its OVN, or use another id");
  }
  if (former == nullptr) {
    // The standard's own difference between the two kinds, as its tests want it.
    const Errc code = kind == Kind::intent ? Errc::utm_nothing_to_update : Errc::utm_version;
    return refused(code, "there is nothing with this id; it may be over");
  }
  if (former->manager != caller_.manager) {
    return refused(Errc::utm_not_manager, "it is managed by " + former->manager);
  }
  if (former->ovn != *ovn) {
    return refused(Errc::utm_version, "the OVN in the path is not the current one", "ovn");
  }
  return std::nullopt;
}

std::optional<Refusal> Judge::check_time(const TimeSpan& time, std::int64_t horizon_ms) const {
  if (time.end < now_) {
    return refused(Errc::utm_time, "the end lies in the past", "extents");
  }
  if (time.start - now_ > horizon_ms) {
    return refused(Errc::utm_time,
                   fmt::format("it begins more than {} days ahead", horizon_ms / 86'400'000),
                   "extents");
  }
  return std::nullopt;
}

std::optional<Refusal> Judge::check_state(const PutIntent& put, const Entity* former) const {
  const IntentState state = put.body.state;
  const bool off_nominal = state == IntentState::nonconforming || state == IntentState::contingent;
  if (!caller_.has(off_nominal ? kConformanceMonitoring : kStrategicCoordination)) {
    return refused(
        Errc::utm_scope,
        fmt::format("{} needs {}", wire::f3548::intent_state_name(state),
                    off_nominal ? "utm.conformance_monitoring_sa" : "utm.strategic_coordination"),
        "state");
  }
  if (former == nullptr && state != IntentState::accepted) {
    return refused(Errc::utm_state, "the first version must be Accepted", "state");
  }
  if (former != nullptr && former->state == IntentState::contingent &&
      state != IntentState::contingent) {
    return refused(Errc::utm_state, "a Contingent intent can only end", "state");
  }
  if (!off_nominal && down(caller_.manager)) {
    return refused(Errc::utm_down, caller_.manager + " is marked as Down", "state");
  }
  return std::nullopt;
}

// Which subscription the intent depends on.
std::optional<Refusal> Judge::attach(const PutIntent& put, Entity& intent,
                                     std::optional<ImplicitSubscription>& implicit,
                                     bool& constraints) const {
  const wire::f3548::PutIntent& body = put.body;
  if (body.subscription && body.new_subscription) {
    return refused(Errc::utm_subscription, "give subscription_id or new_subscription, not both",
                   "subscription_id");
  }
  if (body.new_subscription) {
    constraints = body.new_subscription->for_constraints;
    implicit =
        ImplicitSubscription{random_uuid(random_), body.new_subscription->base_url, constraints};
    intent.subscription = implicit->id;
    return std::nullopt;
  }
  if (!body.subscription) {
    if (body.state == IntentState::accepted) return std::nullopt;
    return refused(Errc::utm_subscription, "this state needs subscription_id or new_subscription",
                   "subscription_id");
  }
  const Subscription* const named = registry_.subscription(*body.subscription, now_);
  if (named == nullptr) {
    return refused(Errc::utm_subscription, "there is no such subscription", "subscription_id");
  }
  if (named->manager != caller_.manager) {
    return refused(Errc::utm_not_manager, "the subscription is another USS's", "subscription_id");
  }
  if (!named->for_intents) {
    return refused(Errc::utm_subscription, "the subscription does not ask for operational intents",
                   "subscription_id");
  }
  if (!named->implicit && !covers(named->extents.front(), intent.extents)) {
    return refused(Errc::utm_subscription,
                   "the subscription does not cover the intent in area, altitude and time",
                   "subscription_id");
  }
  constraints = named->for_constraints;
  intent.subscription = named->id;
  return std::nullopt;
}

std::optional<Refusal> Judge::check_key(const Entity& intent, const std::vector<std::string>& key,
                                        bool constraints) const {
  if (intent.state != IntentState::accepted && intent.state != IntentState::activated) {
    return std::nullopt;
  }
  const std::unordered_set<std::string_view> known(key.begin(), key.end());
  Refusal out{Error{Errc::utm_conflict, {}, "key"}, {}, {}};
  for (const Entity* const other : registry_.search(Kind::intent, intent.extents, now_)) {
    if (other->id == intent.id || known.contains(other->ovn)) continue;
    // Nobody can ask a USS that is down for its OVN; what it has only planned gives way.
    if (other->state == IntentState::accepted && down(other->manager)) continue;
    out.missing_intents.push_back(*other);
  }
  if (constraints) {
    for (const Entity* const other : registry_.search(Kind::constraint, intent.extents, now_)) {
      if (!known.contains(other->ovn)) out.missing_constraints.push_back(*other);
    }
  }
  const std::size_t missing = out.missing_intents.size() + out.missing_constraints.size();
  if (missing == 0) return std::nullopt;
  out.error.detail = fmt::format("the key lacks the current OVN of {} overlapping {}", missing,
                                 missing == 1 ? "entity" : "entities");
  return out;
}

std::optional<Refusal> Judge::choose_ovn(const PutIntent& put, Entity& intent) const {
  if (!put.body.ovn_suffix) {
    intent.ovn = fresh_ovn(intent.id, random_);
    return std::nullopt;
  }
  const std::int64_t off = time_of_uuid7(*put.body.ovn_suffix) - now_;
  if (off > kOvnTimeMs || off < -kOvnTimeMs) {
    return refused(Errc::utm_ovn_suffix, "its time is more than 5 minutes from now",
                   "requested_ovn_suffix");
  }
  intent.ovn = intent.id + "_" + *put.body.ovn_suffix;
  if (registry_.ovn_used(intent.ovn)) {
    return refused(Errc::utm_ovn_suffix, "this OVN has been used", "requested_ovn_suffix");
  }
  return std::nullopt;
}

constexpr std::size_t kVertexBytes = 25;
constexpr std::size_t kExtentBytes = 230;

std::size_t vertices(const geo::Volume4& volume) {
  const auto* polygon = std::get_if<geo::Polygon>(&volume.area.shape());
  return polygon == nullptr ? 1 : polygon->vertices.size();
}

// A circle that holds both caps; nothing where it would be too large.
std::optional<geo::Area> circle_around(const geo::BoundingCap& a, const geo::BoundingCap& b) {
  const double reach = std::max(a.radius_m, geo::distance_m(a.center, b.center) + b.radius_m);
  const auto radius_mm = static_cast<std::int64_t>((reach + 1) * 1'000 * 1.001);
  Result<geo::Area> circle = geo::Area::make(geo::Circle{a.center, radius_mm});
  if (!circle) return std::nullopt;
  return std::move(*circle);
}

// Each extent and the one after it become one that holds both.
bool join_neighbours(std::vector<geo::Volume4>& extents) {
  std::vector<geo::Volume4> joined;
  for (std::size_t i = 0; i < extents.size(); i += 2) {
    geo::Volume4 one = extents[i];
    if (i + 1 < extents.size()) {
      const geo::Volume4& two = extents[i + 1];
      const auto circle = circle_around(one.area.bounding_cap(), two.area.bounding_cap());
      if (!circle) return false;
      one.area = *circle;
      one.altitude.lower_mm = std::min(one.altitude.lower_mm, two.altitude.lower_mm);
      one.altitude.upper_mm = std::max(one.altitude.upper_mm, two.altitude.upper_mm);
      one.time.start = std::min(one.time.start, two.time.start);
      one.time.end = std::max(one.time.end, two.time.end);
    }
    joined.push_back(std::move(one));
  }
  extents = std::move(joined);
  return true;
}

// What is kept may only be larger than what was sent: the circle around an extent holds it, and so
// does what joins it with its neighbour.
void fit_into_statement(std::vector<geo::Volume4>& extents, std::size_t bytes_max) {
  std::size_t bytes = 0;
  for (const geo::Volume4& volume : extents)
    bytes += kExtentBytes + kVertexBytes * vertices(volume);
  while (bytes > bytes_max) {
    const auto largest = std::max_element(
        extents.begin(), extents.end(),
        [](const geo::Volume4& a, const geo::Volume4& b) { return vertices(a) < vertices(b); });
    if (vertices(*largest) <= 1) break;
    const geo::BoundingCap cap = largest->area.bounding_cap();
    const auto circle = circle_around(cap, cap);
    if (!circle) return;
    bytes -= kVertexBytes * (vertices(*largest) - 1);
    largest->area = *circle;
  }
  while (extents.size() * (kExtentBytes + kVertexBytes) > bytes_max && extents.size() > 1) {
    if (!join_neighbours(extents)) return;
  }
}

Verdict Judge::operator()(const PutIntent& put) const {
  const Entity* const former = registry_.find(Kind::intent, put.id, now_);
  if (auto no = check_former(former, Kind::intent, put.ovn)) return *no;
  if (auto no = check_state(put, former)) return *no;
  Entity intent;
  intent.id = put.id;
  intent.manager = caller_.manager;
  intent.version = former == nullptr ? 1 : former->version + 1;
  intent.state = put.body.state;
  intent.base_url = put.body.base_url;
  intent.extents = volumes_of(put.body.extents, now_);
  intent.time = span_of(intent.extents);
  if (auto no = check_time(intent.time, rules_.intent_horizon_ms)) return *no;
  fit_into_statement(intent.extents, rules_.statement_bytes);
  std::optional<ImplicitSubscription> implicit;
  bool constraints = false;
  if (auto no = attach(put, intent, implicit, constraints)) return *no;
  if (auto no = check_key(intent, put.body.key, constraints)) return *no;
  if (auto no = choose_ovn(put, intent)) return *no;
  return changed("utm.intent", write_intent(intent, implicit), put.id,
                 former == nullptr ? kCreated : 200);
}

Verdict Judge::operator()(const PutConstraint& put) const {
  const Entity* const former = registry_.find(Kind::constraint, put.id, now_);
  if (auto no = check_former(former, Kind::constraint, put.ovn)) return *no;
  Entity constraint;
  constraint.kind = Kind::constraint;
  constraint.id = put.id;
  constraint.manager = caller_.manager;
  constraint.version = former == nullptr ? 1 : former->version + 1;
  constraint.base_url = put.body.base_url;
  constraint.extents = volumes_of(put.body.extents, now_);
  constraint.time = span_of(constraint.extents);
  if (auto no = check_time(constraint.time, rules_.constraint_horizon_ms)) return *no;
  if (constraint.time.end - constraint.time.start > rules_.constraint_span_ms) {
    return refused(
        Errc::utm_time,
        fmt::format("a constraint lasts at most {} hours", rules_.constraint_span_ms / 3'600'000),
        "extents");
  }
  fit_into_statement(constraint.extents, rules_.statement_bytes);
  constraint.ovn = fresh_ovn(put.id, random_);
  Change change = changed("utm.constraint", write_constraint(constraint), put.id,
                          former == nullptr ? kCreated : 200);
  change.kind = Kind::constraint;
  return change;
}

Verdict Judge::operator()(const DeleteEntity& gone) const {
  const Entity* const entity = registry_.find(gone.kind, gone.id, now_);
  if (entity == nullptr) {
    // The answer may have been lost on its way: the same DELETE gets it again.
    const Deleted* const before = registry_.deleted(gone.kind, gone.id);
    if (before != nullptr && before->entity.manager == caller_.manager &&
        before->entity.ovn == gone.ovn) {
      return Repeated{gone.kind, gone.id};
    }
    return refused(Errc::utm_unknown, "it was never here, was deleted, or is over");
  }
  if (entity->activity || entity->manager != caller_.manager) {
    return refused(Errc::utm_not_manager, "it is managed by " + entity->manager);
  }
  if (entity->ovn != gone.ovn) {
    return refused(Errc::utm_version, "the OVN in the path is not the current one", "ovn");
  }
  if (gone.kind == Kind::intent && down(caller_.manager)) {
    return refused(Errc::utm_down, caller_.manager + " is marked as Down");
  }
  Change change = changed("utm.delete", write_delete(*entity), gone.id);
  change.kind = gone.kind;
  return change;
}

Verdict Judge::operator()(const PutSubscription& put) const {
  const Subscription* const former = registry_.subscription(put.id, now_);
  if (former != nullptr && former->manager != caller_.manager) {
    return refused(Errc::utm_not_manager, "the subscription is another USS's");
  }
  if (!put.version && former != nullptr) {
    return refused(Errc::utm_exists, "update it with its version, or use another id");
  }
  if (put.version && former == nullptr) {
    return refused(Errc::utm_version, "there is no such subscription; it may be over");
  }
  if (put.version && former->version != *put.version) {
    return refused(Errc::utm_version, "the version in the path is not the current one", "version");
  }
  if (!put.body.extents) {
    return refused(Errc::f3548_malformed, "a subscription needs extents", "extents");
  }
  const wire::f3548::Volume4D& wanted = *put.body.extents;
  const UtcMs start = wanted.start ? *wanted.start : former != nullptr ? former->time.start : now_;
  const bool kept = former != nullptr && start == former->time.start;
  if (!kept && now_ - start > rules_.subscription_past_ms) {
    return refused(Errc::utm_time, "it begins in the past", "extents/time_start");
  }
  const UtcMs from = std::max(start, now_);
  UtcMs end = from + rules_.subscription_span_ms;
  if (wanted.end) end = *wanted.end;
  if (end < now_ || end < start) {
    return refused(Errc::utm_time, "the end lies in the past, or before the start",
                   "extents/time_end");
  }
  if (end - from > rules_.subscription_span_ms) {
    return refused(Errc::utm_time,
                   fmt::format("a subscription lasts at most {} hours from now on",
                               rules_.subscription_span_ms / 3'600'000),
                   "extents/time_end");
  }
  Subscription made;
  made.id = put.id;
  made.manager = caller_.manager;
  made.version = crypto::random_id(random_);
  made.base_url = put.body.base_url;
  made.for_intents = put.body.for_intents;
  made.for_constraints = put.body.for_constraints;
  made.extents = {filled(wanted, start, end)};
  fit_into_statement(made.extents, rules_.statement_bytes);
  for (const std::string& id : former == nullptr ? std::set<std::string>{} : former->dependents) {
    const Entity* const intent = registry_.find(Kind::intent, id, now_);
    if (intent == nullptr) continue;
    if (!made.for_intents || !covers(made.extents.front(), intent->extents)) {
      return refused(Errc::utm_subscription, "operational intent " + id + " depends on more of it",
                     "extents");
    }
  }
  return changed("utm.subscribe", write_subscribe(made), put.id);
}

Verdict Judge::operator()(const DeleteSubscription& gone) const {
  const Subscription* const held = registry_.subscription(gone.id, now_);
  if (held == nullptr) return refused(Errc::utm_unknown, "there is no such subscription");
  if (held->manager != caller_.manager) {
    return refused(Errc::utm_not_manager, "the subscription is another USS's");
  }
  if (held->version != gone.version) {
    return refused(Errc::utm_version, "the version in the path is not the current one", "version");
  }
  if (!held->dependents.empty()) {
    return refused(Errc::utm_subscription,
                   "operational intent " + *held->dependents.begin() + " depends on it");
  }
  Change change = changed("utm.unsubscribe", write_unsubscribe(*held), gone.id);
  change.unsubscribed = *held;
  return change;
}

Verdict Judge::operator()(const PutAvailability& put) const {
  const AvailabilityView current = registry_.availability(put.uss);
  if (current.version != put.body.old_version) {
    return refused(Errc::utm_version, "old_version is not the current one", "old_version");
  }
  const AvailabilityChange change{put.uss, put.body.availability, crypto::random_id(random_),
                                  caller_.manager};
  return changed("utm.availability", write_availability(change), put.uss);
}

Verdict Judge::operator()(const FileReport& file) const {
  const std::string id = random_uuid(random_);
  Change change =
      changed("utm.report", write_report(id, caller_.manager, file.report.text), id, kCreated);
  change.report = file.report.text;
  return change;
}

}  // namespace

Verdict judge(const Registry& registry, const Caller& caller, const Write& write,
              const Rules& rules, UtcMs now, const crypto::Random& random) {
  return std::visit(Judge(registry, caller, rules, now, random), write);
}

geo::Volume4 filled(const wire::f3548::Volume4D& volume, UtcMs start, UtcMs end) {
  const auto within = [](UtcMs time) { return std::clamp(time, UtcMs{0}, geo::kTimeMax); };
  return {volume.area,
          {std::clamp(volume.lower_mm.value_or(kLowestMm), kLowestMm, kHighestMm),
           std::clamp(volume.upper_mm.value_or(kHighestMm), kLowestMm, kHighestMm),
           geo::AltitudeReference::wgs84},
          {within(volume.start.value_or(start)), within(volume.end.value_or(end))}};
}

}  // namespace detente::utm
