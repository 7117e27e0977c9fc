// SPDX-License-Identifier: Apache-2.0
//
// The UTM interface's changes become statements of the own log, signed by the node's own key.
#include <algorithm>
#include <iterator>

#include "crypto/hash.h"
#include "node/node_impl.h"
#include "utm/coarsen.h"

namespace detente::node {

void Node::Impl::log_utm(const UtmWrites& input, UtcMs now, Effects& out) {
  Effects answers;
  answers.reserve(input.writes.size());
  for (const UtmWrite& write : input.writes) {
    utm::Reply reply = utm_reply(write, now, out);
    answers.push_back(UtmAnswer{write.request, reply.status, std::move(reply.body)});
  }
  log_evidence(now, out);
  const bool changed = !pending.empty();
  flush_own(now, out);
  std::move(answers.begin(), answers.end(), std::back_inserter(out));
  if (changed) notify(out, "utm", now, {});
  ask_witnesses(now, out);
}

utm::Reply Node::Impl::utm_reply(const UtmWrite& write, UtcMs now, Effects& out) {
  if (halted) return utm::error_reply({Errc::node_halted, halted->text(), {}});
  if (fenced || !config.keys.watch) {
    return utm::error_reply({Errc::node_fenced, "the record is closed for now: try again", {}});
  }
  const UtcMs time = std::max(now, own->reader.last_time());
  const utm::Verdict verdict =
      utm::judge(utm, write.caller, write.write, config.utm_rules, time, config.random);
  if (const auto* no = std::get_if<utm::Refusal>(&verdict)) {
    return utm::refusal_reply(utm, *no, write.caller);
  }
  if (const auto* again = std::get_if<utm::Repeated>(&verdict)) {
    return utm::repeated_reply(utm, write.caller, *again);
  }
  const auto& change = std::get<utm::Change>(verdict);
  const record::Envelope envelope = draft(change.type, {}, change.body, {*config.keys.watch}, now);
  const Result<record::Ref> logged = log_judged(envelope, now, out);
  if (!logged) {
    const bool big = logged.error().code == Errc::entry_too_large;
    return utm::error_reply(big ? Error{Errc::utm_too_big, logged.error().text(), {}}
                                : logged.error());
  }
  return utm::change_reply(utm, write.caller, change, time);
}

namespace {

// Drone operators see an activity from the moment on at which it may become active.
bool is_shown(airspace::ActivityState state) {
  using airspace::ActivityState;
  return state == ActivityState::concurred || state == ActivityState::active ||
         state == ActivityState::nonconforming || state == ActivityState::contingent;
}

utm::IntentState intent_state(airspace::ActivityState state) {
  using airspace::ActivityState;
  if (state == ActivityState::active) return utm::IntentState::activated;
  if (state == ActivityState::nonconforming) return utm::IntentState::nonconforming;
  if (state == ActivityState::contingent) return utm::IntentState::contingent;
  return utm::IntentState::accepted;
}

// The activity's id in the form of a UUIDv4.
std::string uuid_of(const ActivityId& id) {
  std::string hex = id.value;
  hex[12] = '4';
  hex[16] = '8';
  for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, 1, '-');
  return hex;
}

utm::Entity shown(const airspace::ActivityView& view, const terms::UtmTerms& terms,
                  const std::string& url) {
  utm::Entity out;
  out.kind = terms.as_intents ? utm::Kind::intent : utm::Kind::constraint;
  out.id = uuid_of(view.id);
  out.manager = view.owner.value;
  out.state = intent_state(view.state);
  out.base_url = url;
  out.activity = view.id;
  const utm::Coarseness by{terms.grid_mm, terms.altitude_mm, terms.time_ms};
  JsonWriter seen;
  seen.begin_array().value(static_cast<int>(out.state));
  for (const airspace::Occupied& occupied : view.occupied) {
    geo::Volume4 volume = utm::coarsened(occupied.volume, by);
    // Several parts of one flight often come out alike.
    const bool known =
        std::any_of(out.extents.begin(), out.extents.end(), [&](const geo::Volume4& other) {
          return other.area.shape() == volume.area.shape() && other.altitude == volume.altitude &&
                 other.time == volume.time;
        });
    if (known) continue;
    geo::write_volume(seen, volume);
    out.extents.push_back(std::move(volume));
  }
  // Every node gives the same OVN; it changes when what is shown changes.
  const std::string text = out.id + seen.end_array().take();
  out.ovn = to_hex(crypto::sha256(as_bytes(text)));
  if (!out.extents.empty()) out.time = utm::span_of(out.extents);
  return out;
}

}  // namespace

// What the agreement lets drone operators see, and no more.
void Node::Impl::refresh_shown(const std::vector<airspace::ActivityView>& views) {
  const terms::Agreement& agreement = watched_terms ? *watched_terms : *config.agreement;
  const std::optional<terms::UtmTerms>& terms = agreement.utm_terms();
  std::vector<utm::Entity> list;
  if (terms) {
    for (const airspace::ActivityView& view : views) {
      const std::vector<terms::Purpose>& purposes = terms->purposes;
      const bool asked = purposes.empty() || std::find(purposes.begin(), purposes.end(),
                                                       view.plan.purpose) != purposes.end();
      if (!asked || !is_shown(view.state)) continue;
      utm::Entity entity = shown(view, *terms, config.utm_url);
      if (!entity.extents.empty()) list.push_back(std::move(entity));
    }
  }
  utm.show(std::move(list));
}

void Node::Impl::tell_shown(UtcMs now, Effects& out) {
  if (config.utm_url.empty() || !config.keys.watch || fenced || halted) return;
  const UtcMs time = std::max(now, own->reader.last_time());
  for (const utm::Untold& untold : utm.untold(time)) {
    const bool gone = untold.shown == nullptr;
    const record::Envelope envelope =
        draft(gone ? "utm.hidden" : "utm.shown", {},
              gone ? utm::write_hidden(untold.kind, untold.id) : utm::write_shown(*untold.shown),
              {*config.keys.watch}, now);
    const Result<record::Ref> logged = log_judged(envelope, now, out);
    if (!logged) {
      notify(out, "refused", now, {{"type", "utm.shown"}, {"text", logged.error().text()}});
      return;
    }
    for (utm::Telling& telling : utm::tellings(utm, untold.kind, untold.id, untold.shown)) {
      out.push_back(UtmTell{std::move(telling)});
    }
  }
}

}  // namespace detente::node
