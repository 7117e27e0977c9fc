// SPDX-License-Identifier: Apache-2.0
#include "node/node.h"

#include <algorithm>

#include "crypto/hash.h"
#include "node/node_impl.h"

namespace detente::node {

std::string mirror_folder(const Origin& origin) {
  return "mirror/" + to_hex(crypto::sha256(as_bytes(origin.value)));
}

const char* link_state_name(LinkState state) {
  switch (state) {
    case LinkState::never:
      return "never";
    case LinkState::fresh:
      return "fresh";
    case LinkState::stale:
      return "stale";
    case LinkState::cut:
      return "cut";
  }
  return "never";
}

void notify(Effects& out, const std::string& event, UtcMs now,
            const std::vector<std::pair<std::string, std::string>>& members) {
  JsonWriter json;
  json.begin_object().member("now", now);
  for (const auto& [name, value] : members) json.member(name, value);
  json.end_object();
  out.push_back(Notify{event, json.take()});
}

namespace {

// After a crash it is not known which partial of a tile lies on the disk: any of the narrower ones
// may.
void replace_all_narrower(record::LogFile& file) {
  const Result<record::TilePath> path = record::parse_tile_path(file.path);
  check(path.has_value(), "a log's file is a tile or a bundle");
  record::TilePath narrower = *path;
  file.replaces.clear();
  for (narrower.width = 1; narrower.width < path->width; ++narrower.width) {
    file.replaces.push_back(narrower.text());
  }
}

}  // namespace

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::~Node() = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

Result<Node::Started> Node::start(NodeConfig config, const std::vector<StoredLog>& stored,
                                  UtcMs now) {
  DETENTE_CHECK(config.agreement->keyed());
  if (config.agreement->party(config.self) == nullptr) {
    return fail(Errc::agreement_unknown_party, config.self.value);
  }
  auto impl = std::make_unique<Impl>(std::move(config));
  Effects effects;
  for (const terms::Party& party : impl->config.agreement->parties()) {
    DETENTE_TRY(record::LogOwner owner, impl->config.agreement->log_owner(party.id));
    const Origin origin{owner.log.name};
    auto log = std::make_unique<HeldLog>(
        HeldLog{party.id, record::LogReader(std::move(owner)), {}, {}, "", TreeSize{0}, {}, ""});
    const bool own = party.id == impl->config.self;
    log->folder = own ? "log" : mirror_folder(origin);
    if (own) impl->own = log.get();
    if (!own) impl->peers[party.id].id = party.id;
    impl->logs.emplace(party.id, std::move(log));
  }
  // Own entries name what had been seen of other logs, so the order of replay does not matter.
  for (const StoredLog& kept : stored) {
    const auto found = std::find_if(impl->logs.begin(), impl->logs.end(), [&](const auto& pair) {
      return pair.second->reader.owner().log.name == kept.origin.value;
    });
    if (found == impl->logs.end()) {
      return fail(Errc::agreement_other, "the store holds a log that the agreement does not name",
                  kept.origin.value);
    }
    HeldLog& log = *found->second;
    if (!kept.head.empty()) {
      DETENTE_TRY(const record::Note note, record::parse_note(kept.head));
      DETENTE_TRY(const record::Checkpoint checkpoint, record::parse_checkpoint(note.text));
      log.head_size = checkpoint.size;
    }
    log.head = kept.head;
    if (kept.entries.size() < log.head_size.value) {
      return fail(Errc::store_corrupt, "the newest checkpoint covers entries that are missing",
                  kept.origin.value);
    }
    for (const Bytes& bytes : kept.entries) {
      Result<record::Entry> entry = log.reader.append(bytes);
      if (!entry) return fail(std::move(entry.error()).at(kept.origin.value));
      impl->take_entry(log, std::move(*entry), nullptr, now);
      impl->roots[{log.party, log.reader.size().value}] = log.reader.root();
      // What the published head covers is on the disk; what lies beyond it may not be.
      if (log.reader.size() == log.head_size) log.tiles.take_files();
    }
    for (const std::string& text : kept.notes) {
      const Result<record::Note> note = record::parse_note(text);
      if (!note) continue;
      const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
      if (checkpoint) impl->harvest(log, *note, *checkpoint);
    }
    std::vector<record::LogFile> files = log.tiles.take_files();
    for (record::LogFile& file : files) replace_all_narrower(file);
    if (!files.empty()) effects.push_back(WriteFiles{log.folder, std::move(files)});
  }
  impl->fenced = impl->own->reader.size().value > 0;
  for (auto& [id, peer] : impl->peers) peer.next_poll = UtcMs{0};
  impl->refresh_watched(now);
  Node node(std::move(impl));
  return Started{std::move(node), std::move(effects)};
}

Effects Node::step(Input input, UtcMs now) {
  Effects out;
  Impl& s = *impl_;
  if (auto* failed = std::get_if<StoreFailed>(&input)) {
    s.halted = std::move(failed->error);
    notify(out, "halted", now, {{"text", s.halted->text()}});
    return out;
  }
  if (auto* submit = std::get_if<Submit>(&input)) {
    Result<record::Ref> logged = s.log_statement(submit->envelope, now, out);
    s.flush_own(now, out);
    out.push_back(Answer{submit->request, std::move(logged)});
    if (s.activities_changed) s.refresh_watched(now);
    return out;
  }
  if (s.halted) return out;
  if (const auto* fetched = std::get_if<Fetched>(&input)) {
    s.on_fetched(*fetched, now, out);
  } else if (const auto* nudged = std::get_if<Nudged>(&input)) {
    const auto peer = s.peers.find(nudged->peer);
    if (peer != s.peers.end()) {
      peer->second.again = true;
      if (!peer->second.waiting) s.poll(peer->second, now, out);
    }
  } else if (const auto* observed = std::get_if<Observed>(&input)) {
    s.on_observed(*observed, now, out);
  } else {
    s.on_tick(now, out);
  }
  if (s.activities_changed || std::holds_alternative<Tick>(input)) s.refresh_watched(now);
  s.flush_own(now, out);
  return out;
}

Status Node::admit(const record::Envelope& envelope, UtcMs now) const {
  return impl_->admit(envelope, now);
}
const terms::Agreement& Node::agreement() const {
  return *impl_->config.agreement;
}
const PartyId& Node::self() const {
  return impl_->config.self;
}
const HeldLog& Node::own() const {
  return *impl_->own;
}
const HeldLog* Node::log(const PartyId& party) const {
  const auto found = impl_->logs.find(party);
  return found == impl_->logs.end() ? nullptr : found->second.get();
}
std::vector<const HeldLog*> Node::logs() const {
  std::vector<const HeldLog*> out;
  for (const auto& [id, log] : impl_->logs) out.push_back(log.get());
  return out;
}
const airspace::Ledger& Node::ledger() const {
  return impl_->ledger;
}
const watch::Watcher& Node::watcher() const {
  return impl_->watcher;
}
const std::deque<TrailPoint>* Node::trail(std::uint32_t address) const {
  const auto found = impl_->trails.find(address);
  return found == impl_->trails.end() ? nullptr : &found->second;
}
UtcMs Node::last_point() const {
  return impl_->last_point;
}
std::vector<const FindingRecord*> Node::findings() const {
  return impl_->finding_order;
}
const std::vector<ReadMark>* Node::reads(const record::Ref& ref) const {
  const auto found = impl_->reads.find(ref);
  return found == impl_->reads.end() ? nullptr : &found->second;
}
const RecordIndex& Node::record_index() const {
  return impl_->record_index;
}
LinkState Node::link(const PartyId& party, UtcMs now) const {
  return impl_->link(party, now);
}
bool Node::fenced() const {
  return impl_->fenced;
}
const std::optional<Error>& Node::halted() const {
  return impl_->halted;
}
bool Node::in_force() const {
  return impl_->in_force();
}
std::vector<PartyId> Node::signed_by() const {
  std::vector<PartyId> out;
  for (const auto& [id, time] : impl_->signed_by) out.push_back(id);
  return out;
}
std::vector<record::Head> Node::seen() const {
  return impl_->seen();
}
const std::map<PartyId, RefusedLog>& Node::refused_logs() const {
  return impl_->refused_logs;
}
bool Node::busy() const {
  return std::any_of(impl_->peers.begin(), impl_->peers.end(), [](const auto& pair) {
    return pair.second.waiting.has_value() || pair.second.again;
  });
}
record::Envelope Node::draft(const std::string& type, std::vector<record::Ref> refs,
                             std::string body, const std::vector<record::OfficerSigner>& officers,
                             UtcMs now) const {
  return impl_->draft(type, std::move(refs), std::move(body), officers, now);
}

std::vector<std::string> Node::activation_notes(const ActivityId& id) const {
  const std::optional<airspace::ActivityView> view = impl_->ledger.view(id, UtcMs{0});
  std::vector<std::pair<UtcMs, std::string>> found;
  if (!view) return {};
  for (const airspace::ConcurrenceNeeded& needed : view->needed) {
    const record::ReceiptBook& book = impl_->own->receipts;
    const record::Cosigned* held =
        book.receipt(needed.party.value, record::ReceiptLevel::held, view->proposal.index);
    const record::Cosigned* fresh = book.latest(needed.party.value, record::ReceiptLevel::seen);
    if (held != nullptr) found.emplace_back(held->time, held->note);
    if (fresh != nullptr) found.emplace_back(fresh->time, fresh->note);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> notes;
  for (auto& [time, note] : found) {
    if (notes.empty() || notes.back() != note) notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace detente::node
