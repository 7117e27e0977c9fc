// SPDX-License-Identifier: Apache-2.0
//
// Writing the own log, and taking in what any log says.
#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {

Result<record::Ref> Node::Impl::log_statement(const record::Envelope& envelope, UtcMs now,
                                              Effects& out) {
  DETENTE_CHECK(admit(envelope, now));
  record::EntryHeader header;
  header.seq = LeafIndex{own->reader.size().value};
  header.time = std::max(now, own->reader.last_time());
  header.seen = seen();
  const std::string text = record::encode_entry(header, envelope);
  const Bytes bytes = to_bytes(text);
  DETENTE_TRY(record::Entry entry, own->reader.append(bytes));
  const record::Ref ref{Origin{own->reader.owner().log.name}, header.seq, entry.leaf};
  if (pending.empty()) pending_first = header.seq;
  pending.push_back(bytes);
  roots[{own->party, own->reader.size().value}] = own->reader.root();
  take_entry(*own, std::move(entry), &out, now);
  return ref;
}

void Node::Impl::log_own_act(const std::string& type, std::string body, UtcMs now, Effects& out) {
  if (!config.keys.watch || fenced || halted) return;
  const record::Envelope envelope = draft(type, {}, std::move(body), {*config.keys.watch}, now);
  const Result<record::Ref> logged = log_statement(envelope, now, out);
  if (!logged) notify(out, "refused", now, {{"type", type}, {"text", logged.error().text()}});
}

void Node::Impl::flush_own(UtcMs now, Effects& out) {
  const bool behind = own->head_size < own->reader.size();
  if (fenced || halted || (pending.empty() && !behind)) return;
  const Origin origin{own->reader.owner().log.name};
  if (!pending.empty()) {
    out.push_back(StoreEntries{origin, pending_first, std::move(pending)});
    pending.clear();
    out.push_back(WriteFiles{own->folder, own->tiles.take_files()});
  }
  check(own->tiles.root() == own->reader.root(), "tiles and log have one root");
  const record::Checkpoint checkpoint{origin, own->reader.size(), own->reader.root()};
  record::Note note;
  note.text = checkpoint.text();
  note.signatures.push_back(record::sign_note(config.keys.log, note.text));
  const std::string text = note.encode();
  out.push_back(PublishHead{origin, own->folder, own->head, text});
  own->head = text;
  own->head_size = checkpoint.size;
  for (const auto& [id, peer] : peers) out.push_back(Nudge{id});
  notify(out, "log", now,
         {{"party", own->party.value}, {"size", std::to_string(checkpoint.size.value)}});
}

void Node::Impl::take_entry(HeldLog& log, record::Entry entry, Effects* out, UtcMs now) {
  const std::vector<std::string> officers = log.reader.signers(entry);
  const std::string& type = entry.statement.type;
  log.tiles.append(entry.bytes);
  ledger.apply(log.party, entry, officers);
  record_index.apply(log.party, entry, officers);
  if (type.starts_with("activity.") || type.starts_with("finding.") || type.starts_with("stop.")) {
    activities_changed = true;
  }
  if (type == "agreement.sign") signed_by.emplace(log.party, entry.header.time);
  if (type.starts_with("finding.")) apply_finding(log, entry);
  if (type == "ack.read") {
    for (const record::Ref& ref : entry.statement.refs) {
      reads[ref].push_back(
          {log.party, officers.empty() ? "" : officers.front(), entry.header.time});
    }
  }
  if (out != nullptr) {
    notify(*out, type.substr(0, type.find('.')), now,
           {{"party", log.party.value},
            {"type", type},
            {"index", std::to_string(entry.header.seq.value)}});
  }
  log.entries.push_back(std::move(entry));
}

void Node::Impl::apply_finding(const HeldLog& log, const record::Entry& entry) {
  const JsonReader body = entry.statement.body();
  if (entry.statement.type == "finding.open") {
    const Result<watch::FindingOpenBody> opened = watch::read_finding_open(body);
    if (!opened) return;
    const std::string key = log.party.value + "/" + opened->id;
    const auto [at, fresh] = findings.emplace(
        key,
        FindingRecord{opened->id, log.party, entry.header.seq, entry.header.time, opened->finding});
    if (!fresh) return;
    const FindingRecord* record = &at->second;
    const auto place = std::upper_bound(finding_order.begin(), finding_order.end(), record,
                                        [](const FindingRecord* x, const FindingRecord* y) {
                                          return std::tie(x->logged, x->party, x->index) <
                                                 std::tie(y->logged, y->party, y->index);
                                        });
    finding_order.insert(place, record);
    return;
  }
  const Result<watch::FindingCloseBody> closed = watch::read_finding_close(body);
  if (!closed) return;
  const auto found = findings.find(log.party.value + "/" + closed->id);
  if (found == findings.end()) return;
  found->second.finding.end = closed->end;
  found->second.finding.last = closed->last;
  found->second.finding.fixes = closed->fixes;
}

void Node::Impl::refresh_watched(UtcMs now) {
  std::set<ActivityId> active;
  std::vector<watch::WatchedActivity> list;
  for (const airspace::ActivityView& view : ledger.views(now)) {
    if (view.state != airspace::ActivityState::active &&
        view.state != airspace::ActivityState::nonconforming) {
      continue;
    }
    active.insert(view.id);
    list.push_back({view.id, view.plan.operator_id, view.plan.purpose, view.plan.callsigns,
                    view.plan.aircraft, view.plan.volumes});
  }
  activities_changed = false;
  if (active == watched) return;
  watched = std::move(active);
  watcher.set_activities(std::move(list));
}

void Node::Impl::on_observed(const Observed& input, UtcMs now, Effects& out) {
  std::vector<watch::FindingEvent> events;
  for (const geo::TrackPoint& point : input.points) {
    watcher.observe(point, events);
    if (!point.position) continue;
    last_point = std::max(last_point, point.time);
    std::deque<TrailPoint>& trail = trails[point.address];
    if (trail.empty() || point.time - trail.back().fix.time >= kTrailStepMs) {
      trail.push_back({{point.time, *point.position, point.altitude_mm, point.altitude_reference}});
    }
    while (!trail.empty() && point.time - trail.front().fix.time > kTrailMs) trail.pop_front();
  }
  log_finding_events(events, now, out);
  if (!input.points.empty()) notify(out, "tracks", now, {});
}

void Node::Impl::log_finding_events(const std::vector<watch::FindingEvent>& events, UtcMs now,
                                    Effects& out) {
  for (const watch::FindingEvent& event : events) {
    if (event.what == watch::FindingEvent::What::opened) {
      const std::string id = crypto::random_id(config.random);
      open_findings[event.key] = id;
      log_own_act("finding.open", watch::write_finding_open(event.finding, id), now, out);
      continue;
    }
    const auto open = open_findings.find(event.key);
    if (open == open_findings.end()) continue;
    log_own_act("finding.close", watch::write_finding_close(event.finding, open->second), now, out);
    open_findings.erase(open);
  }
}

}  // namespace detente::node
