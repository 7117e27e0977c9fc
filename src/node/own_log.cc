// SPDX-License-Identifier: Apache-2.0
//
// Writing the own log, and taking in what any log says.
#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "node/node_impl.h"

namespace detente::node {

Result<record::Ref> Node::Impl::log_statement(const record::Envelope& envelope, UtcMs now,
                                              Effects& out) {
  DETENTE_CHECK(admit(envelope, now));
  return log_judged(envelope, now, out);
}

Result<record::Ref> Node::Impl::log_judged(const record::Envelope& envelope, UtcMs now,
                                           Effects& out) {
  record::EntryHeader header;
  header.seq = LeafIndex{own->reader.size().value};
  header.time = std::max(now, own->reader.last_time());
  header.seen = seen();
  Bytes bytes = to_bytes(record::encode_entry(header, envelope));
  admitted = true;
  const Result<record::Entry> judged = own->reader.append(bytes);
  admitted = false;
  if (!judged) return fail(judged.error());
  const record::Entry& entry = *judged;
  if (pending.empty()) pending_first = header.seq;
  pending.push_back(std::move(bytes));
  take_entry(*own, entry, &out, now);
  return own->ref(header.seq);
}

// One checkpoint covers the whole group, so it costs one sync; the answers come after it.
void Node::Impl::log_group(const std::vector<Submit>& submits, UtcMs now, Effects& out) {
  Effects answers;
  for (const Submit& submit : submits) {
    Result<record::Ref> logged = log_statement(submit.envelope, now, out);
    if (!logged && (fenced || halted) && hold_back(submit.envelope, now)) {
      logged =
          fail(logged.error().code,
               logged.error().detail + "; it was sent to every party at once, past the record");
    }
    answers.push_back(Answer{submit.request, std::move(logged)});
  }
  log_evidence(now, out);
  if (activities_changed) {
    refresh_watched(now);
    tell_shown(now, out);
  }
  flush_own(now, out);
  send_flashes(now, out);
  std::move(answers.begin(), answers.end(), std::back_inserter(out));
  ask_witnesses(now, out);
}

// Each is judged as things stand before the first. A registration of a site rests on nothing that
// another one says, so what was judged well is then logged without fail.
Status Node::Impl::admit_whole(const std::vector<record::Envelope>& envelopes, UtcMs now) const {
  if (envelopes.empty() || envelopes.size() > limits::kImportSites) {
    return fail(Errc::protection_malformed, "1 to 5000 statements are logged together");
  }
  std::set<StatementId> ids;
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    const std::string place = "statement/" + std::to_string(i + 1);
    const Result<record::Statement> statement = record::parse_statement(envelopes[i]);
    if (!statement) return fail(Error(statement.error()).at(place));
    if (statement->type != "site.register" || !ids.insert(statement->id).second) {
      return fail(Errc::protection_malformed, "only registrations, each its own", place);
    }
    const Status admitted_alone = admit(envelopes[i], now);
    if (!admitted_alone) return fail(Error(admitted_alone.error()).at(place));
  }
  return {};
}

void Node::Impl::log_whole(const SubmitWhole& whole, UtcMs now, Effects& out) {
  const Status judged = admit_whole(whole.envelopes, now);
  if (!judged) {
    out.push_back(Answer{whole.request, fail(judged.error())});
    return;
  }
  std::optional<record::Ref> first;
  // Whoever watches hears of the list, not of each entry.
  Effects each;
  for (const record::Envelope& envelope : whole.envelopes) {
    const Result<record::Ref> logged = log_judged(envelope, now, each);
    check(logged.has_value(), "a statement that was judged is logged");
    if (!first) first = *logged;
  }
  notify(out, "site", now,
         {{"party", own->party.value},
          {"type", "site.register"},
          {"index", std::to_string(first->index.value)}});
  flush_own(now, out);
  out.push_back(Answer{whole.request, *first});
  ask_witnesses(now, out);
}

void Node::Impl::log_own_act(const std::string& type, std::string body, UtcMs now, Effects& out) {
  if (!config.keys.watch || fenced || halted) return;
  const record::Envelope envelope = draft(type, {}, std::move(body), {*config.keys.watch}, now);
  const Result<record::Ref> logged = log_statement(envelope, now, out);
  if (!logged) notify(out, "refused", now, {{"type", type}, {"text", logged.error().text()}});
}

void Node::Impl::flush_own(UtcMs now, Effects& out) {
  const bool behind = own->head_size < own->size();
  if (fenced || halted || (pending.empty() && !behind)) return;
  if (!pending.empty()) {
    out.push_back(StoreEntries{own->origin(), pending_first, std::move(pending)});
    pending.clear();
    out.push_back(WriteFiles{own->folder, own->tiles.take_files()});
  }
  const Hash root = own->tree.root();
  check(own->tiles.root() == root, "tiles and log have one root");
  const record::Checkpoint checkpoint{own->origin(), own->size(), root};
  record::Note note;
  note.text = checkpoint.text();
  note.signatures.push_back(record::sign_note(config.keys.log, note.text));
  publish_own(note, out);
  own->head_size = checkpoint.size;
  for (const auto& [id, peer] : peers) out.push_back(Nudge{id});
  notify(out, "log", now,
         {{"party", own->party.value}, {"size", std::to_string(checkpoint.size.value)}});
}

void Node::Impl::publish_own(const record::Note& note, Effects& out) {
  std::string text = note.encode();
  out.push_back(PublishHead{own->origin(), own->folder, own->head, text});
  own->head = std::move(text);
}

void Node::Impl::take_entry(HeldLog& log, const record::Entry& entry, Effects* out, UtcMs now) {
  const std::vector<std::string> officers = log.reader.signers(entry);
  const std::string& type = entry.statement.type;
  log.keep(entry);
  ledger.apply(log.party, entry, officers);
  record_index.apply(log.party, entry, officers);
  hotline.apply(log.party, entry, officers);
  notices.apply(log.party, entry, officers);
  checks.apply(log.party, entry);
  settle_flashes(log, entry, out != nullptr, now);
  if (type.starts_with("activity.") || type.starts_with("finding.") || type.starts_with("stop.")) {
    activities_changed = true;
  }
  if (type.starts_with("agreement.") || type.starts_with("stage.")) terms_changed = true;
  // What the own log says of a link goes on after a start, so that a cut is closed again.
  if (&log == own && (type == "link.cut" || type == "link.restored")) {
    const Result<std::string> about = entry.statement.body().string("party", limits::kIdBytes);
    const auto peer = about ? peers.find(PartyId{*about}) : peers.end();
    if (peer != peers.end()) {
      peer->second.logged_link = type == "link.cut" ? LinkState::cut : LinkState::fresh;
    }
  }
  if (type == "agreement.sign") signed_by.emplace(log.party, entry.header.time);
  if (type.starts_with("finding.")) apply_finding(log, entry);
  if (&log == own) utm.apply(type, entry.statement.body(), entry.header.time);
  if (type == "ack.read") {
    for (const record::Ref& ref : entry.statement.refs) {
      reads[ref].push_back(
          {log.party, officers.empty() ? "" : officers.front(), entry.header.time});
    }
  }
  note_contradictions(log, entry);
  if (out != nullptr && !type.starts_with("utm.")) {
    notify(*out, type.substr(0, type.find('.')), now,
           {{"party", log.party.value},
            {"type", type},
            {"index", std::to_string(entry.header.seq.value)}});
  }
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
  const std::vector<airspace::ActivityView> views = ledger.views(now);
  for (const airspace::ActivityView& view : views) {
    if (view.state != airspace::ActivityState::active &&
        view.state != airspace::ActivityState::nonconforming &&
        view.state != airspace::ActivityState::contingent) {
      continue;
    }
    active.insert(view.id);
    list.push_back({view.id, view.plan.operator_id, view.plan.purpose, view.plan.callsigns,
                    view.plan.aircraft, view.plan.volumes});
  }
  activities_changed = false;
  refresh_shown(views);
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
