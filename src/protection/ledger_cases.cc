// SPDX-License-Identifier: Apache-2.0
//
// Cases: what opens by itself when something happens near a notified site or movement, and what the
// record holds around it. What a case lists depends on entries dated until `around_ms` after the
// event; so it stands still from then on, except for logs that come late.
#include <algorithm>
#include <array>
#include <tuple>

#include "base/limits.h"
#include "crypto/hash.h"
#include "protection/ledger.h"

namespace detente::protection {
namespace {

std::string case_id(const record::Ref& event, const record::Ref& subject) {
  std::string text = "detente/case/v1\n";
  text += as_text(event.leaf);
  text += as_text(subject.leaf);
  return to_hex(crypto::sha256(as_bytes(text))).substr(0, 32);
}

CaseWhy why_of(const std::string& type) {
  if (type == "ack.read" || type.starts_with("notice.")) return CaseWhy::receipt;
  if (type.starts_with("contest.")) return CaseWhy::contest;
  return CaseWhy::about;
}

}  // namespace

const char* case_why_name(CaseWhy why) {
  static constexpr std::array<const char*, 8> kNames = {"event", "version", "receipt",    "contest",
                                                        "plan",  "check",   "event_near", "about"};
  return kNames.at(static_cast<std::size_t>(why));
}

std::optional<UtcMs> NoticeLedger::sent_at(const Placed& placed) const {
  const auto movement = movements_.find(placed.subject);
  if (movement != movements_.end()) return movement->second.sent.time;
  for (const SiteVersion& version : sites_.at(placed.subject).versions) {
    if (version.sent.ref == placed.version) return version.sent.time;
  }
  return std::nullopt;
}

// The newest version, notified before the event, that it is near to; of a movement the nearest part
// of the corridor at that time, with the delay, so that the time only grows.
bool NoticeLedger::find_version(CaseView& view, const Event& event, std::int64_t delay_ms) const {
  std::optional<UtcMs> newest;
  for (const std::uint32_t number : placed_of_.at(view.subject)) {
    const Placed& placed = placed_[number];
    const std::optional<UtcMs> sent = sent_at(placed);
    if (!sent || event.time < *sent) continue;  // it was not notified then
    if (placed.time) {
      const UtcMs from = placed.time->start - terms_.overdue_ms;
      const UtcMs until = placed.time->end + delay_ms + terms_.overdue_ms;
      if (event.time < from || until < event.time) continue;
    }
    const std::optional<double> metres = near(placed, event);
    if (!metres) continue;
    const bool better =
        !newest || *newest < *sent || (*newest == *sent && *metres < view.distance_m);
    if (!better) continue;
    newest = sent;
    view.version = placed.version;
    view.distance_m = *metres;
  }
  return newest.has_value();
}

std::optional<CaseView> NoticeLedger::view_of(const Hit& hit, UtcMs now) const {
  const Event& event = events_.at(hit.first);
  CaseView out;
  out.id = case_id(hit.first, hit.second);
  out.event = event.sent;
  out.incident = event.incident;
  out.time = event.time;
  out.point = event.point;
  out.subject = hit.second;
  const auto movement = movements_.find(hit.second);
  out.movement = movement != movements_.end();
  std::int64_t delay_ms = 0;
  if (out.movement) {
    const MovementView view = view_of(movement->second, now);
    if (view.ended && *view.ended + terms_.overdue_ms < event.time) return std::nullopt;
    delay_ms = view.delay_ms;
  }
  if (!find_version(out, event, delay_ms)) return std::nullopt;
  if (!out.movement) {
    const Site& site = sites_.at(hit.second);
    const SiteView view = view_of(hit.second, site, event.time);
    if (view.removed && view.removed->time <= event.time) return std::nullopt;
    for (const SiteVersion& version : site.versions) {
      const std::optional<SiteDetails> details = details_of(version);
      if (version.sent.ref == out.version && details) out.category = details->category;
    }
    out.expired = view.expires <= event.time;
    out.contested = view.contested;
  }
  out.steps = steps_of(out, now);
  for (const CaseStepView& step : out.steps) {
    if (step.step == CaseStep::closed) out.closed = step.done.has_value();
  }
  return out;
}

// Acknowledgement and information are asked of every party but the owner; the account and the
// closing of the monitors, or of the owner where there is no other.
std::vector<CaseStepView> NoticeLedger::steps_of(const CaseView& view, UtcMs now) const {
  const PartyId owner =
      view.movement ? movements_.at(view.subject).sent.party : sites_.at(view.subject).owner;
  std::vector<PartyId> parties;
  std::vector<PartyId> monitors;
  for (const terms::Party& party : agreement_->parties()) {
    if (party.id == owner) continue;
    (party.kind == terms::PartyKind::monitor ? monitors : parties).push_back(party.id);
  }
  if (monitors.empty()) monitors.push_back(owner);
  std::vector<CaseStepView> out;
  const auto ask = [&](CaseStep step, const std::vector<PartyId>& whom, std::int64_t within) {
    for (const PartyId& party : whom) {
      out.push_back({step, party, view.event.time + within, {}, {}, 0});
    }
  };
  ask(CaseStep::acknowledge, parties, terms_.acknowledge_ms);
  ask(CaseStep::information, parties, terms_.information_ms);
  ask(CaseStep::account, monitors, terms_.account_ms);
  ask(CaseStep::closed, {monitors.front()}, terms_.account_ms);
  for (const Act* act : acts_about(view.event.ref, "case.step")) {
    if (act->refs.size() != 2 || act->refs[0] != view.event.ref) continue;
    const auto key = key_of_.find(act->refs[1]);
    if ((key == key_of_.end() ? act->refs[1] : key->second) != view.subject) continue;
    const CaseStepBody body = read_case_step(act->document.root()).value_or(CaseStepBody{});
    for (CaseStepView& step : out) {
      const bool any_monitor =
          step.step == CaseStep::closed &&
          std::find(monitors.begin(), monitors.end(), act->sent.party) != monitors.end();
      const bool its = step.party == act->sent.party || any_monitor;
      if (step.step != body.step || !its || step.done) continue;
      step.done = act->sent;
      step.party = act->sent.party;
      step.text = body.text;
    }
  }
  for (CaseStepView& step : out) {
    if (!step.done) step.missing_ms = std::max<std::int64_t>(0, now - step.due);
  }
  return out;
}

// Plans and other events around the place and time.
void NoticeLedger::add_surroundings(CaseFile& file, std::map<record::Ref, CaseRef>& found) const {
  const CaseView& view = file.view;
  const UtcMs until = view.time + terms_.around_ms;
  const UtcMs from = view.time - terms_.around_ms;
  const auto add = [&found](const Signed& sent, const char* type, CaseWhy why) {
    found.try_emplace(sent.ref, CaseRef{sent.ref, type, sent.party, sent.time, why});
  };
  const double near_m = static_cast<double>(terms_.plan_near_mm) / 1000;
  for (const std::uint32_t number : placed_of_.at(view.subject)) {
    const Placed& placed = placed_[number];
    if (placed.version != view.version) continue;
    std::vector<CellIndex::Item> items;
    event_index_.find(placed.area.bounding_cap(), near_m, items);
    for (const CellIndex::Item item : items) {
      const Event& event = events_.at(event_refs_[item]);
      if (event.time < from || until < event.time) continue;
      if (placed.area.distance_m(event.point) > near_m) continue;
      add(event.sent, event.incident ? "incident.report" : "finding.open", CaseWhy::event_near);
    }
    items.clear();
    plan_index_.find(placed.area.bounding_cap(), near_m, items);
    for (const CellIndex::Item item : items) {
      const Plan& plan = plans_.at(plan_refs_[item]);
      if (found.contains(plan.sent.ref)) continue;
      for (const geo::Volume4& volume : plan.volumes) {
        const bool then = from < volume.time.end && volume.time.start <= until;
        if (!then || !volume.area.maybe_within(placed.area, near_m)) continue;
        add(plan.sent, "activity.propose", CaseWhy::plan);
        for (const Act* act : acts_about(plan.sent.ref)) {
          if (act->sent.time <= until) add(act->sent, act->type.c_str(), CaseWhy::plan);
        }
        break;
      }
    }
  }
}

void NoticeLedger::add_refs(CaseFile& file) const {
  const CaseView& view = file.view;
  const UtcMs until = view.time + terms_.around_ms;
  std::map<record::Ref, CaseRef> found;
  const auto add = [&](const Signed& sent, const std::string& type, CaseWhy why) {
    found.try_emplace(sent.ref, CaseRef{sent.ref, type, sent.party, sent.time, why});
  };
  const auto add_about = [&](const record::Ref& ref) {
    for (const Act* act : acts_about(ref)) {
      if (until < act->sent.time || act->type == "case.step") continue;
      add(act->sent, act->type, why_of(act->type));
      if (act->type != "contest.open") continue;
      for (const Act* answer : acts_about(act->sent.ref)) {
        if (answer->sent.time <= until) add(answer->sent, answer->type, why_of(answer->type));
      }
    }
  };
  add(view.event, view.incident ? "incident.report" : "finding.open", CaseWhy::event);
  if (view.movement) {
    add(movements_.at(view.subject).sent, "movement.notify", CaseWhy::version);
    add_about(view.subject);
  } else {
    for (const SiteVersion& version : sites_.at(view.subject).versions) {
      if (until < version.sent.time) continue;
      const bool first = version.sent.ref == view.subject;
      add(version.sent, first ? "site.register" : "site.revise", CaseWhy::version);
      add_about(version.sent.ref);
    }
  }
  add_surroundings(file, found);
  // Nothing in a private check says where it was; so all are listed that may have been of this
  // place.
  const auto first = checks_.lower_bound(view.time - terms_.checks_ms);
  for (auto it = first; it != checks_.end() && it->first <= view.time; ++it) {
    add(it->second.first, it->second.second, CaseWhy::check);
  }
  for (auto& [ref, one] : found) file.refs.push_back(std::move(one));
  std::sort(file.refs.begin(), file.refs.end(), [](const CaseRef& a, const CaseRef& b) {
    return std::tie(a.time, a.party, a.ref.index) < std::tie(b.time, b.party, b.ref.index);
  });
  file.refs_total = file.refs.size();
  if (file.refs.size() > limits::kCaseRefs) file.refs.resize(limits::kCaseRefs);
}

std::vector<CaseView> NoticeLedger::cases(UtcMs now) const {
  std::vector<CaseView> out;
  for (const Hit& hit : hits_) {
    std::optional<CaseView> view = view_of(hit, now);
    if (view) out.push_back(std::move(*view));
  }
  std::sort(out.begin(), out.end(), [](const CaseView& a, const CaseView& b) {
    return std::tie(a.time, a.id) < std::tie(b.time, b.id);
  });
  return out;
}

std::optional<CaseFile> NoticeLedger::case_file(const std::string& id, UtcMs now) const {
  for (const Hit& hit : hits_) {
    if (case_id(hit.first, hit.second) != id) continue;
    std::optional<CaseView> view = view_of(hit, now);
    if (!view) return std::nullopt;
    CaseFile out{std::move(*view), {}, 0};
    add_refs(out);
    return out;
  }
  return std::nullopt;
}

HitStatistics NoticeLedger::statistics(TimeSpan events, UtcMs now) const {
  HitStatistics out;
  std::set<record::Ref> sites;
  std::set<record::Ref> movements;
  for (const CaseView& view : cases(now)) {
    if (!events.contains(view.time)) continue;
    if (!view.closed) ++out.open;
    for (const CaseStepView& step : view.steps) {
      if (step.missing_ms > 0) ++out.steps_overdue;
    }
    if (!view.incident) {
      ++out.findings;
      continue;
    }
    ++out.incidents;
    (view.movement ? movements : sites).insert(view.subject);
    if (!view.movement) ++out.by_category[view.category];
  }
  out.sites = sites.size();
  out.movements = movements.size();
  return out;
}

}  // namespace detente::protection
