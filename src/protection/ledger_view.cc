// SPDX-License-Identifier: Apache-2.0
//
// What the ledger shows of sites, movements, receipts and contests.
#include <algorithm>
#include <array>
#include <tuple>

#include "base/limits.h"
#include "protection/ledger.h"

namespace detente::protection {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kManyRemoved = 10;
constexpr std::size_t kManyPart = 10;  // a tenth

bool earlier(const Signed& a, const Signed& b) {
  return std::tie(a.time, a.party, a.ref.index) < std::tie(b.time, b.party, b.ref.index);
}

}  // namespace

const char* site_state_name(SiteState state) {
  static constexpr std::array<const char*, 4> kNames = {"registered", "confirmed", "expired",
                                                        "removed"};
  return kNames.at(static_cast<std::size_t>(state));
}

const char* movement_state_name(MovementState state) {
  static constexpr std::array<const char*, 6> kNames = {"notified", "not_departed", "under_way",
                                                        "overdue",  "arrived",      "cancelled"};
  return kNames.at(static_cast<std::size_t>(state));
}

// ---- sites ----

std::vector<SiteVersion> NoticeLedger::versions(const record::Ref& any_version) const {
  const Site* const site = site_of(any_version);
  return site == nullptr ? std::vector<SiteVersion>{} : site->versions;
}

std::optional<SiteDetails> NoticeLedger::details(const SiteVersion& version) const {
  return details_of(version);
}

bool NoticeLedger::contested_at(const Site& site, UtcMs time) {
  return std::any_of(
      site.digest->contests.begin(), site.digest->contests.end(),
      [&](const auto& c) { return c.from <= time && (!c.until || time < *c.until); });
}

SiteState NoticeLedger::state_of(const Site& site, UtcMs now) {
  if (site.digest->removed) return SiteState::removed;
  if (site.digest->expires <= now) return SiteState::expired;
  return site.digest->confirmed ? SiteState::confirmed : SiteState::registered;
}

SiteView NoticeLedger::view_of(const record::Ref& key, const Site& site, UtcMs now) const {
  SiteView out;
  out.key = key;
  out.owner = site.owner;
  out.version = site.versions.back();
  out.number = site.versions.size();
  out.site = details_of(out.version);
  out.expires = site.digest->expires;
  out.contested = contested_at(site, now);
  out.owner_withdrew = withdrew_.contains(site.owner);
  out.confirmed = site.digest->confirmed;
  out.confirmed_means = site.digest->confirmed_means;
  out.removed = site.digest->removed;
  out.removed_why = site.digest->removed_why;
  out.state = state_of(site, now);
  return out;
}

std::vector<SiteLine> NoticeLedger::site_lines(UtcMs now) const {
  std::vector<SiteLine> out;
  out.reserve(newest_first_.size());
  for (const Site* site : newest_first_) {
    const SiteVersion& newest = site->versions.back();
    out.push_back({site->key, &site->owner, &newest, known(newest), &site->text,
                   site->digest->expires, state_of(*site, now), contested_at(*site, now)});
  }
  return out;
}

std::vector<record::Ref> NoticeLedger::newest_sites(std::size_t from, std::size_t count) const {
  std::vector<record::Ref> out;
  if (from >= newest_first_.size()) return out;
  auto site = std::next(newest_first_.begin(), static_cast<std::ptrdiff_t>(from));
  for (; site != newest_first_.end() && out.size() < count; ++site) out.push_back(*(*site)->key);
  return out;
}

std::vector<SiteView> NoticeLedger::sites(UtcMs now) const {
  std::vector<SiteView> out;
  out.reserve(sites_.size());
  for (const auto& [key, site] : sites_) out.push_back(view_of(key, site, now));
  return out;
}

std::optional<SiteView> NoticeLedger::site(const record::Ref& any_version, UtcMs now) const {
  record::Ref key;
  const Site* site = site_of(any_version, &key);
  if (site == nullptr) return std::nullopt;
  return view_of(key, *site, now);
}

std::vector<record::Ref> NoticeLedger::sites_near(const geo::BoundingCap& cap,
                                                  double metres) const {
  std::vector<CellIndex::Item> found;
  place_index_.find(cap, metres, found);
  std::set<record::Ref> keys;
  for (const CellIndex::Item item : found) {
    const Placed& placed = placed_[item];
    if (!placed.time && !placed.gone) keys.insert(placed.subject);
  }
  return {keys.begin(), keys.end()};
}

std::vector<terms::ProtectedSite> NoticeLedger::protected_near(const geo::BoundingCap& cap,
                                                               double metres, UtcMs now) const {
  std::vector<CellIndex::Item> found;
  place_index_.find(cap, metres, found);
  std::vector<terms::ProtectedSite> out;
  for (const CellIndex::Item item : found) {
    const Placed& placed = placed_[item];
    if (placed.gone) continue;
    const auto movement = movements_.find(placed.subject);
    if (movement != movements_.end()) {
      const MovementView view = view_of(movement->second, now);
      if (view.ended || !placed.time) continue;
      const TimeSpan time{placed.time->start, placed.time->end + view.delay_ms + terms_.overdue_ms};
      out.push_back({view.sent.party.value + "/" + view.sent.id.value, "movement", placed.area,
                     std::nullopt, time});
      continue;
    }
    const Site& site = sites_.at(placed.subject);
    if (site.digest->removed) continue;
    // The newest version that is known here.
    const auto newest =
        std::find_if(site.versions.rbegin(), site.versions.rend(),
                     [&](const SiteVersion& version) { return details_of(version).has_value(); });
    if (newest == site.versions.rend() || newest->sent.ref != placed.version) continue;
    out.push_back({site.owner.value + "/" + site.versions.front().sent.id.value,
                   category_name(details_of(*newest)->category), placed.area, std::nullopt,
                   std::nullopt});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return out;
}

ListView NoticeLedger::list(const PartyId& owner, UtcMs now) const {
  ListView out;
  const auto found = tallies_.find(owner);
  if (found == tallies_.end()) return out;
  const Tally& tally = found->second;
  out.standing = tally.standing;
  out.removed = tally.removed;
  const auto due = tally.expiries.upper_bound(now);
  for (auto one = tally.expiries.begin(); one != due; ++one) out.expired += one->second;
  auto removal = tally.removals.upper_bound(UtcMs{now.value - kDayMs});
  for (; removal != tally.removals.end(); ++removal) out.removed_last_day += removal->second;
  const std::size_t before = out.standing + out.removed_last_day;
  out.many_removed =
      out.removed_last_day >= kManyRemoved && out.removed_last_day * kManyPart > before;
  return out;
}

std::map<PartyId, ListView> NoticeLedger::lists(UtcMs now) const {
  std::map<PartyId, ListView> out;
  for (const auto& [owner, tally] : tallies_) out.emplace(owner, list(owner, now));
  return out;
}

// ---- movements ----

std::vector<EmergencyView> NoticeLedger::emergencies() const {
  std::vector<EmergencyView> out;
  for (const Act* act : emergencies_) {
    EmergencyView view{
        act->sent, {}, read_emergency(act->document.root()).value_or(EmergencyBody{}), {}, {}};
    if (!act->refs.empty()) view.movement = act->refs.front();
    const auto movement = view.movement ? movements_.find(*view.movement) : movements_.end();
    for (const Act* over : acts_about(act->sent.ref, "movement.emergency_over")) {
      const bool owner =
          movement != movements_.end() && movement->second.sent.party == over->sent.party;
      if (!owner && over->sent.party != act->sent.party) continue;
      view.over = over->sent.time;
      view.over_why = read_reason(over->document.root()).value_or("");
      break;
    }
    out.push_back(std::move(view));
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return earlier(a.sent, b.sent); });
  return out;
}

// What the owner or its proxy said of it. Who checks in, or arrives, has departed.
void NoticeLedger::add_course(MovementView& view, UtcMs now) const {
  bool arrived = false;
  for (const Act* act : acts_about(view.sent.ref)) {
    const bool owner = act->sent.party == view.sent.party || act->sent.party == view.body.proxy;
    if (!owner || !act->type.starts_with("movement.") || view.ended) continue;
    if (act->type == "movement.cancel") {
      view.ended = act->sent.time;
    } else if (act->type == "movement.delay") {
      const DelayBody delay = read_delay(act->document.root()).value_or(DelayBody{});
      view.delay_ms = delay.delay_ms;
      view.delay_why = delay.reason;
    } else if (act->type != "movement.emergency") {
      const CheckinBody body = read_checkin(act->document.root()).value_or(CheckinBody{});
      // Nobody checks in ahead of the clock of the log that says so.
      const UtcMs at = std::min(body.at, act->sent.time);
      if (!view.departed) view.departed = at;
      view.last_sign = std::max(view.last_sign.value_or(at), at);
      if (body.point) view.last_point = body.point;
      arrived = act->type == "movement.arrive";
      if (arrived) view.ended = at;
    }
  }
  if (view.ended) {
    view.state = arrived ? MovementState::arrived : MovementState::cancelled;
    return;
  }
  UtcMs due = view.body.time.start + view.delay_ms;
  if (view.departed) {
    due = std::min(*view.last_sign + view.body.checkin_ms, view.body.time.end + view.delay_ms);
  } else if (view.movement) {
    due = view.movement->route.front().time.end + view.delay_ms;
  }
  view.next_sign = due;
  const bool overdue = now - due > terms_.overdue_ms;
  if (overdue) view.overdue_ms = now - due;
  if (view.departed) {
    view.state = overdue ? MovementState::overdue : MovementState::under_way;
  } else if (overdue) {
    view.state = MovementState::not_departed;
  }
}

MovementView NoticeLedger::view_of(const Movement& movement, UtcMs now) const {
  MovementView out;
  out.sent = movement.sent;
  out.body = movement.body;
  out.commit = movement.commit;
  out.movement = details_of(movement);
  out.lead_ms = movement.body.time.start - movement.sent.time;
  out.late = out.lead_ms < (movement.body.emergency ? terms_.emergency_lead_ms : terms_.lead_ms);
  add_course(out, now);
  for (const Act* act : acts_about(movement.sent.ref, "movement.emergency")) {
    const auto over = acts_about(act->sent.ref, "movement.emergency_over");
    const bool ended = std::any_of(over.begin(), over.end(), [&](const Act* one) {
      return one->sent.party == act->sent.party || one->sent.party == movement.sent.party;
    });
    if (!ended) out.emergencies.push_back(act->sent.ref);
  }
  return out;
}

std::vector<MovementView> NoticeLedger::movements(UtcMs now) const {
  std::vector<MovementView> out;
  out.reserve(movements_.size());
  for (const auto& [ref, movement] : movements_) out.push_back(view_of(movement, now));
  std::sort(out.begin(), out.end(), [](const MovementView& a, const MovementView& b) {
    return std::tie(a.body.time.start, a.sent.ref) < std::tie(b.body.time.start, b.sent.ref);
  });
  return out;
}

std::optional<MovementView> NoticeLedger::movement(const record::Ref& notice, UtcMs now) const {
  const auto found = movements_.find(notice);
  if (found == movements_.end()) return std::nullopt;
  return view_of(found->second, now);
}

}  // namespace detente::protection
