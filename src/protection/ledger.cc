// SPDX-License-Identifier: Apache-2.0
//
// Taking entries in. What crosses from one log to another is kept by what it refers to, and joined
// when somebody asks, so that the order between logs does not matter.
#include "protection/ledger.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "record/key_statements.h"

namespace detente::protection {
namespace {

constexpr std::size_t kVolumesMax = limits::kVolumesPerActivity;

// The statements of this folder: kept by what they refer to, with their bodies.
bool is_own(const std::string& type) {
  static constexpr std::array<std::string_view, 4> kFamilies = {"site.", "movement.", "notice.",
                                                                "contest."};
  const bool family = std::any_of(kFamilies.begin(), kFamilies.end(),
                                  [&](std::string_view name) { return type.starts_with(name); });
  return family || type == "case.step";
}

// And of others, without their bodies: what a case lists around it.
bool is_about(const std::string& type) {
  return is_own(type) || type == "ack.read" || type.starts_with("activity.");
}

// Whether the body is as its reader wants it. Types of other folders pass.
bool is_well_formed(const std::string& type, const JsonReader& body) {
  if (type == "site.confirm") return read_confirm(body).has_value();
  if (type == "site.reconfirm") return read_reconfirm(body).has_value();
  if (type == "movement.delay") return read_delay(body).has_value();
  if (type == "movement.emergency") return read_emergency(body).has_value();
  if (type == "notice.disseminated") return read_disseminated(body).has_value();
  if (type == "notice.received") return read_nothing(body).has_value();
  if (type == "contest.open") return read_contest(body).has_value();
  if (type == "contest.close") return read_close(body).has_value();
  if (type == "contest.answer") return read_text(body).has_value();
  if (type == "case.step") return read_case_step(body).has_value();
  const bool reason =
      type == "site.remove" || type == "movement.cancel" || type == "movement.emergency_over";
  if (reason) return read_reason(body).has_value();
  if (type.starts_with("movement.")) return read_checkin(body).has_value();
  return true;
}

bool names_one_entry(const std::string& type) {
  return type == "site.confirm" || type == "site.reconfirm" || type == "site.remove" ||
         type.starts_with("contest.");
}

}  // namespace

NoticeLedger::NoticeLedger(std::shared_ptr<const terms::Agreement> agreement, Fold fold)
    : agreement_(std::move(agreement)),
      terms_(agreement_->notice_terms()),
      fold_(std::move(fold)) {}

void NoticeLedger::apply(const PartyId& party, const record::Entry& entry,
                         const std::vector<std::string>& officers) {
  const std::string& type = entry.statement.type;
  const Signed sent{{entry.statement.log, entry.header.seq, entry.leaf},
                    entry.statement.id,
                    party,
                    officers,
                    entry.header.time};
  if (type == "site.register" || type == "site.revise") {
    take_site(sent, entry);
  } else if (type == "movement.notify") {
    take_movement(sent, entry);
  } else if (type == "incident.report" || type == "finding.open") {
    take_event(sent, entry);
  } else if (type == "activity.propose") {
    take_plan(sent, entry);
  } else if (type == "agreement.state") {
    take_state(sent, entry);
  } else if (type == "content.commit") {
    take_commit(sent, entry);
  } else if (type == "content.receipt") {
    take_copy_receipt(sent, entry);
  } else if (type == "key.box") {
    const Result<crypto::BoxPublicKey> box = record::read_key_box(entry.statement.body());
    if (box) boxes_.insert_or_assign(party, *box);
  } else if (type == "psi.post" || type == "psi.query" || type == "psi.answer" ||
             type == "psi.result") {
    checks_.emplace(sent.time, std::pair{sent, type});
  } else if (is_about(type)) {
    take_act(sent, entry);
  }
}

void NoticeLedger::take_site(const Signed& sent, const record::Entry& entry) {
  if (entry.statement.type == "site.register") return take_version(sent, entry, sent.ref);
  if (entry.statement.refs.empty()) return;
  const auto key = key_of_.find(entry.statement.refs.front());
  if (key == key_of_.end()) return;
  const Site& site = sites_.at(key->second);
  if (site.owner != sent.party || site.removed) return;
  take_version(sent, entry, key->second);
}

void NoticeLedger::take_version(const Signed& sent, const record::Entry& entry, record::Ref key) {
  Result<RegisterBody> body = read_register(entry.statement.body());
  if (!body) return;
  SiteVersion version{sent, std::move(*body), {}};
  if (!version.body.site) {
    // A commitment stands in the same log, before the entry that rests on it.
    const std::vector<record::Ref>& refs = entry.statement.refs;
    const auto commit = refs.empty() ? commits_.end() : commits_.find(refs.back());
    if (commit == commits_.end() || commit->second.party != sent.party) return;
    version.commit = refs.back();
    waiting_[refs.back()].push_back(sent.ref);
  }
  const auto at = sites_.try_emplace(key).first;
  Site& site = at->second;
  if (!site.versions.empty()) newest_first_.erase(&site);
  site.key = &at->first;
  site.owner = sent.party;
  key_of_.emplace(sent.ref, key);
  place_site(key, version);
  site.versions.push_back(std::move(version));
  newest_first_.insert(&site);
  digest_text(site);
  digest_site(key);
}

void NoticeLedger::take_movement(const Signed& sent, const record::Entry& entry) {
  Result<NotifyBody> body = read_notify(entry.statement.body());
  if (!body) return;
  Movement movement{sent, std::move(*body), {}};
  if (!movement.body.movement) {
    const std::vector<record::Ref>& refs = entry.statement.refs;
    const auto commit = refs.empty() ? commits_.end() : commits_.find(refs.back());
    if (commit == commits_.end() || commit->second.party != sent.party) return;
    movement.commit = refs.back();
    waiting_[refs.back()].push_back(sent.ref);
  }
  place_movement(movement);
  movements_.emplace(sent.ref, std::move(movement));
}

// Of a finding the first fix, of an incident report its "point" and "time" (the entry's time
// without one). What names no place is no event.
void NoticeLedger::take_event(const Signed& sent, const record::Entry& entry) {
  const bool incident = entry.statement.type == "incident.report";
  const JsonReader body = entry.statement.body();
  const Result<JsonReader> first = incident ? Result<JsonReader>(body) : body.object("first");
  if (!first) return;
  const Result<JsonReader> at = first->member("point");
  const Result<geo::PointE7> point =
      at ? geo::read_point(*at) : Result<geo::PointE7>(fail(at.error()));
  const Result<UtcMs> time = first->time("time");
  if (!point || (!time && !incident)) return;
  const Event event{sent, incident, time.value_or(sent.time), *point};
  const double near_m = static_cast<double>(terms_.case_near_mm) / 1000;
  std::vector<CellIndex::Item> found;
  place_index_.find({event.point, 0}, near_m, found);
  for (const CellIndex::Item item : found) {
    if (near(placed_[item], event)) hits_.emplace(sent.ref, placed_[item].subject);
  }
  event_index_.insert(static_cast<CellIndex::Item>(event_refs_.size()), {event.point, 0});
  event_refs_.push_back(sent.ref);
  events_.emplace(sent.ref, event);
}

// Only where and when a plan was; what became of it is airspace/ledger.h's.
void NoticeLedger::take_plan(const Signed& sent, const record::Entry& entry) {
  const Result<std::vector<JsonReader>> items =
      entry.statement.body().array("volumes", kVolumesMax);
  if (!items) return;
  Plan plan{sent, {}};
  for (const JsonReader& item : *items) {
    Result<geo::Volume4> volume = geo::read_volume(item);
    if (!volume) return;
    plan.volumes.push_back(std::move(*volume));
  }
  for (const geo::Volume4& volume : plan.volumes) {
    plan_index_.insert(static_cast<CellIndex::Item>(plan_refs_.size()), volume.area.bounding_cap());
    plan_refs_.push_back(sent.ref);
  }
  plans_.emplace(sent.ref, std::move(plan));
}

void NoticeLedger::take_state(const Signed& sent, const record::Entry& entry) {
  const JsonReader body = entry.statement.body();
  const Result<std::string> state = body.string("state", limits::kIdBytes);
  const Result<std::string> function = body.string("function", limits::kIdBytes, true);
  if (!state || !function || *state != "withdrawn") return;
  if (function->empty() || *function == "protection") withdrew_.try_emplace(sent.party, sent);
}

void NoticeLedger::take_act(const Signed& sent, const record::Entry& entry) {
  const record::Statement& statement = entry.statement;
  if (!is_well_formed(statement.type, statement.body())) return;
  if (names_one_entry(statement.type) && !one_entry(statement)) return;
  const bool own = is_own(statement.type);
  acts_.push_back(
      {sent, statement.type, statement.refs, own ? statement.document : JsonDocument{}});
  const Act& act = acts_.back();
  for (const record::Ref& ref : act.refs) about_[ref].push_back(&act);
  if (act.type == "movement.emergency") emergencies_.push_back(&act);
  if (act.type == "contest.open") {
    contests_.push_back(&act);
    version_of_contest_.emplace(sent.ref, act.refs.front());
  }
  if (act.type == "site.remove") {
    const auto key = key_of_.find(act.refs.front());
    Site* const site = key == key_of_.end() ? nullptr : &sites_.at(key->second);
    if (site != nullptr && site->owner == sent.party && !site->removed) {
      site->removed = sent;
      site->removed_why = read_reason(statement.body()).value_or("");
    }
  }
  digest_of_act(act);
}

// ---- places ----

std::optional<double> NoticeLedger::near(const Placed& placed, const Event& event) const {
  if (placed.gone) return std::nullopt;
  const double metres = placed.area.distance_m(event.point);
  if (metres * 1000 > static_cast<double>(terms_.case_near_mm)) return std::nullopt;
  return metres;
}

void NoticeLedger::place(Placed placed) {
  const geo::BoundingCap cap = placed.area.bounding_cap();
  std::vector<CellIndex::Item> found;
  event_index_.find(cap, static_cast<double>(terms_.case_near_mm) / 1000, found);
  for (const CellIndex::Item item : found) {
    const record::Ref& event = event_refs_[item];
    if (near(placed, events_.at(event))) hits_.emplace(event, placed.subject);
  }
  const auto number = static_cast<CellIndex::Item>(placed_.size());
  place_index_.insert(number, cap);
  placed_of_[placed.subject].push_back(number);
  placed_.push_back(std::move(placed));
}

void NoticeLedger::place_site(const record::Ref& key, const SiteVersion& version) {
  const std::optional<SiteDetails> details = details_of(version);
  if (!details) return;
  Result<geo::Area> area = site_area(*details);
  if (area) place({key, version.sent.ref, std::move(*area), {}});
}

void NoticeLedger::place_movement(const Movement& movement) {
  const std::optional<MovementDetails> details = details_of(movement);
  if (!details) return;
  Result<std::vector<CorridorPart>> parts = corridor(*details);
  if (!parts) return;
  for (CorridorPart& part : *parts) {
    place({movement.sent.ref, movement.sent.ref, std::move(part.area), part.time});
  }
}

const SiteDetails* NoticeLedger::known(const SiteVersion& version) const {
  if (version.body.site) return &*version.body.site;
  const auto learned = version.commit ? learned_.find(*version.commit) : learned_.end();
  if (learned == learned_.end() || !learned->second.site) return nullptr;
  return &*learned->second.site;
}

std::optional<SiteDetails> NoticeLedger::details_of(const SiteVersion& version) const {
  const SiteDetails* const site = known(version);
  return site == nullptr ? std::nullopt : std::optional(*site);
}

std::optional<MovementDetails> NoticeLedger::details_of(const Movement& movement) const {
  if (movement.body.movement || !movement.commit) return movement.body.movement;
  const auto learned = learned_.find(*movement.commit);
  return learned == learned_.end() ? std::nullopt : learned->second.movement;
}

const NoticeLedger::Site* NoticeLedger::site_of(const record::Ref& version,
                                                record::Ref* key) const {
  const auto found = key_of_.find(version);
  if (found == key_of_.end()) return nullptr;
  if (key != nullptr) *key = found->second;
  return &sites_.at(found->second);
}

std::vector<const NoticeLedger::Act*> NoticeLedger::acts_about(const record::Ref& ref,
                                                               std::string_view type) const {
  std::vector<const Act*> out;
  const auto found = about_.find(ref);
  if (found == about_.end()) return out;
  for (const Act* act : found->second) {
    if (type.empty() || act->type == type) out.push_back(act);
  }
  std::sort(out.begin(), out.end(), [](const Act* a, const Act* b) {
    return std::tie(a->sent.time, a->sent.party, a->sent.ref.index) <
           std::tie(b->sent.time, b->sent.party, b->sent.ref.index);
  });
  return out;
}

}  // namespace detente::protection
