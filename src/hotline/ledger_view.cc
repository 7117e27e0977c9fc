// SPDX-License-Identifier: Apache-2.0
//
// What the hotline's ledger shows.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/limits.h"
#include "hotline/ledger.h"

namespace detente::hotline {
namespace {

// Whether a point can be within `metres` of the cap at all. A degree of latitude has at least
// 110,574 m; where meridians come close together nothing is left out by longitude.
bool may_be_near(const geo::BoundingCap& cap, geo::PointE7 point, double metres) {
  const double degrees = (cap.radius_m + metres) / 110'000;
  const double lat = geo::lat_degrees(cap.center);
  return std::abs(geo::lat_degrees(point) - lat) <= degrees;
}

template <class Map>
auto values_by_time(const Map& map) {
  std::vector<typename Map::mapped_type> out;
  out.reserve(map.size());
  for (const auto& [key, value] : map) out.push_back(value);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.sent.time, a.sent.party, a.sent.ref.index) <
           std::tie(b.sent.time, b.sent.party, b.sent.ref.index);
  });
  return out;
}

template <class Map>
std::vector<Ack> listed(const Map& acks) {
  std::vector<Ack> out;
  for (const auto& [party, ack] : acks) out.push_back(ack);
  return out;
}

}  // namespace

const char* watch_why_name(WatchWhy why) {
  switch (why) {
    case WatchWhy::on_watch:
      return "on_watch";
    case WatchWhy::nobody:
      return "nobody";
    case WatchWhy::over:
      return "over";
  }
  return "nobody";
}

Escalation escalation(const terms::HotlineTerms& terms, UtcMs sent, UtcMs now) {
  Escalation out;
  for (const std::int64_t step : terms.escalation_ms) {
    const std::int64_t left = sent + step - now;
    if (left > 0) {
      out.next_ms = left;
      break;
    }
    ++out.level;
  }
  return out;
}

std::vector<Ack> HotlineLedger::acks_of(const StatementId& id) const {
  const auto found = acks_.find(id);
  return found == acks_.end() ? std::vector<Ack>() : listed(found->second);
}

std::optional<UtcMs> HotlineLedger::acked_at(const std::vector<Ack>& acks, const PartyId& sender,
                                             const PartyId& viewer) const {
  const auto ack_of = [&](const PartyId& party) {
    return std::find_if(acks.begin(), acks.end(), [&](const Ack& a) { return a.party == party; });
  };
  const auto own = ack_of(viewer);
  if (own != acks.end()) return own->time;
  const terms::Party* self = agreement_->party(viewer);
  const bool asked = self != nullptr && self->kind == terms::PartyKind::party;
  if (viewer != sender && asked) return std::nullopt;
  // The sender, and a monitor, wait for every other party.
  std::optional<UtcMs> last;
  for (const terms::Party& party : agreement_->parties()) {
    if (party.id == sender || party.kind != terms::PartyKind::party) continue;
    const auto ack = ack_of(party.id);
    if (ack == acks.end()) return std::nullopt;
    last = std::max(last.value_or(ack->time), ack->time);
  }
  if (!last && !acks.empty()) last = acks.front().time;  // only monitors are there to ask
  return last;
}

// `closed`: when it asked for nothing any more, whether acknowledged or not.
void HotlineLedger::finish(Alarm& alarm, std::optional<UtcMs> closed, const PartyId& viewer,
                           const terms::HotlineTerms& terms, UtcMs now) const {
  alarm.acks = acks_of(alarm.id);
  std::optional<UtcMs> end = acked_at(alarm.acks, alarm.party, viewer);
  if (closed && *closed <= now) end = std::min(end.value_or(*closed), *closed);
  alarm.acked = end.has_value();
  alarm.escalation = escalation(terms, alarm.sent, std::min(end.value_or(now), now));
  if (alarm.acked) alarm.escalation.next_ms.reset();
  alarm.raised = raised(alarm.id);
}

std::vector<Alarm> HotlineLedger::alarms(const PartyId& viewer, const terms::HotlineTerms& terms,
                                         const std::deque<Flash>& flashes, UtcMs now,
                                         Which which) const {
  std::vector<Alarm> out;
  const auto add = [&](Alarm alarm, std::optional<UtcMs> closed) {
    finish(alarm, closed, viewer, terms, now);
    if (which == Which::all || !alarm.acked) out.push_back(std::move(alarm));
  };
  const auto start = [](const Sent& sent) {
    Alarm alarm;
    alarm.id = sent.id;
    alarm.party = sent.party;
    alarm.index = sent.ref.index;
    alarm.sent = sent.time;
    return alarm;
  };
  for (const auto& [key, stop] : stops_) {
    Alarm alarm = start(stop.sent);
    alarm.text = stop.body.reason;
    add(std::move(alarm), stop.lifted);
  }
  for (const auto& [key, warning] : warnings_) {
    Alarm alarm = start(warning.sent);
    alarm.stop = false;
    alarm.kind = warning.body.kind;
    alarm.text = warning.body.text;
    add(std::move(alarm), std::min(warning.over.value_or(warning.body.until), warning.body.until));
  }
  for (const Flash& flash : flashes) {
    const auto party = party_of_log_.find(flash.log);
    if (party == party_of_log_.end()) continue;
    Alarm alarm;
    alarm.id = flash.id;
    alarm.party = party->second;
    alarm.sent = flash.received;
    alarm.stop = flash.stop();
    if (const auto* stop = std::get_if<StopBody>(&flash.body)) alarm.text = stop->reason;
    std::optional<UtcMs> closed;
    if (const auto* warning = std::get_if<WarningBody>(&flash.body)) {
      alarm.kind = warning->kind;
      alarm.text = warning->text;
      closed = warning->until;
    }
    add(std::move(alarm), closed);
  }
  std::sort(out.begin(), out.end(), [](const Alarm& a, const Alarm& b) {
    return std::tuple(a.acked, !a.stop, a.sent, a.party, a.index, a.id) <
           std::tuple(b.acked, !b.stop, b.sent, b.party, b.index, b.id);
  });
  return out;
}

std::vector<Raised> HotlineLedger::raised(const StatementId& subject) const {
  std::vector<Raised> out;
  const auto found = raised_.find(subject);
  if (found == raised_.end()) return out;
  for (const auto& [key, raised] : found->second) out.push_back(raised);
  return out;
}

std::vector<WarningView> HotlineLedger::warnings() const {
  std::vector<WarningView> out = values_by_time(warnings_);
  for (WarningView& warning : out) warning.acks = acks_of(warning.sent.id);
  return out;
}

std::vector<MessageView> HotlineLedger::messages() const {
  std::vector<MessageView> out = values_by_time(messages_);
  for (MessageView& message : out) {
    const auto reads = reads_.find(message.sent.ref);
    if (reads != reads_.end()) message.reads = listed(reads->second);
  }
  return out;
}

std::vector<CallView> HotlineLedger::calls() const {
  return values_by_time(calls_);
}

LineView HotlineLedger::line(const PartyId& party, const terms::HotlineTerms& terms,
                             UtcMs now) const {
  LineView out;
  out.party = party;
  const auto watch = watches_.find(party);
  if (watch != watches_.end() && !watch->second.left) {
    out.why = now < watch->second.until ? WatchWhy::on_watch : WatchWhy::over;
    out.officer = watch->second.officer;
    out.since = watch->second.since;
    out.until = watch->second.until;
  }
  const auto roster = rosters_.find(party);
  if (roster != rosters_.end()) out.shifts = roster->second;
  const Test* newest = nullptr;
  const auto when = [](const Test& test) {
    return std::tie(test.sent.time, test.sent.party, test.sent.ref.index);
  };
  for (const auto& [key, test] : tests_) {
    if (test.to == party && (newest == nullptr || when(*newest) < when(test))) newest = &test;
  }
  if (newest == nullptr) return out;
  TestView test{newest->sent, newest->to, {}, false};
  const auto answers = answers_.find(newest->sent.id);
  if (answers != answers_.end()) {
    const auto answer = answers->second.find(party);
    if (answer != answers->second.end()) test.answered = answer->second;
  }
  test.overdue = !test.answered && now - newest->sent.time > terms.test_answer_ms;
  out.test_due = newest->sent.time + terms.test_every_ms;
  out.test = std::move(test);
  return out;
}

std::optional<UtcMs> HotlineLedger::first_read(const WarningView& warning) const {
  std::optional<UtcMs> first;
  const auto look = [&](const FirstAcks& acks) {
    for (const auto& [id, ack] : acks) {
      const terms::Party* party = agreement_->party(id);
      const bool other =
          id != warning.sent.party && party != nullptr && party->kind == terms::PartyKind::party;
      if (other && (!first || ack.time < *first)) first = ack.time;
    }
  };
  const auto acks = acks_.find(warning.sent.id);
  if (acks != acks_.end()) look(acks->second);
  const auto reads = reads_.find(warning.sent.ref);
  if (reads != reads_.end()) look(reads->second);
  return first;
}

Restrike HotlineLedger::restrike(const WarningView& warning,
                                 std::span<const geo::Area> place) const {
  Restrike out;
  out.read = first_read(warning);
  if (!out.read || place.empty()) return out;
  constexpr double kNearM = static_cast<double>(limits::kRestrikeNearMm) / 1000;
  std::vector<geo::BoundingCap> caps;
  for (const geo::Area& area : place) caps.push_back(area.bounding_cap());
  const auto distance = [&](geo::PointE7 point) {
    std::optional<double> least;
    for (std::size_t i = 0; i < place.size(); ++i) {
      if (!may_be_near(caps[i], point, kNearM)) continue;
      const double metres = place[i].distance_m(point);
      if (metres <= kNearM && (!least || metres < *least)) least = metres;
    }
    return least;
  };
  for (auto it = events_.lower_bound(*out.read); it != events_.end(); ++it) {
    const Event& event = it->second;
    // Of several at one time the first by log and index, whichever came to be known first.
    if (out.event && it->first != out.event->time) break;
    const std::optional<double> metres = distance(event.point);
    if (!metres) continue;
    const bool before = !out.event || std::tie(event.party, event.index) <
                                          std::tie(out.event->party, out.event->index);
    if (!before) continue;
    out.event = Restrike::Event{it->first, event.incident, event.party, event.index, *metres};
    out.elapsed_ms = it->first - *out.read;
  }
  return out;
}

}  // namespace detente::hotline
