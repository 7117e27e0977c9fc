// SPDX-License-Identifier: Apache-2.0
#include "node/node.h"

#include <fmt/core.h>

#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {

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

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::~Node() = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

Effects Node::step(Input input, UtcMs now) {
  Effects out = impl_->step(std::move(input), now);
  impl_->note_contact(now);
  return out;
}

Effects Node::Impl::step(Input input, UtcMs now) {
  Effects out;
  Impl& s = *this;
  if (auto* failed = std::get_if<StoreFailed>(&input)) {
    s.halted = std::move(failed->error);
    notify(out, "halted", now, {{"text", s.halted->text()}});
    return out;
  }
  if (auto* submit = std::get_if<Submit>(&input)) {
    std::vector<Submit> one;
    one.push_back(std::move(*submit));
    s.log_group(one, now, out);
    return out;
  }
  if (const auto* writes = std::get_if<UtmWrites>(&input)) {
    s.log_utm(*writes, now, out);
    return out;
  }
  if (auto* group = std::get_if<SubmitGroup>(&input)) {
    s.log_group(group->submits, now, out);
    return out;
  }
  if (const auto* whole = std::get_if<SubmitWhole>(&input)) {
    s.log_whole(*whole, now, out);
    return out;
  }
  // An alarm needs no disk: a node that writes no more still sounds it and passes it on.
  if (const auto* flashed = std::get_if<Flashed>(&input)) {
    s.on_flashed(*flashed, now, out);
    s.send_flashes(now, out);
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
  } else if (const auto* answered = std::get_if<WitnessAnswered>(&input)) {
    s.on_witness(*answered, now, out);
  } else if (const auto* observed = std::get_if<Observed>(&input)) {
    s.on_observed(*observed, now, out);
  } else if (const auto* sirens = std::get_if<SirensAnswered>(&input)) {
    s.on_sirens(*sirens, now, out);
  } else if (const auto* document = std::get_if<Document>(&input)) {
    const Status learnt = s.learn_document(document->text, &out, now);
    if (!learnt) notify(out, "refused", now, {{"text", learnt.error().text()}});
  } else {
    s.on_tick(now, out);
  }
  if (s.terms_changed || std::holds_alternative<Tick>(input)) s.refresh_terms(now, out);
  if (s.activities_changed || std::holds_alternative<Tick>(input)) {
    s.refresh_watched(now);
    s.tell_shown(now, out);
  }
  s.log_held_back(now, out);
  s.log_evidence(now, out);
  s.flush_own(now, out);
  s.send_flashes(now, out);
  s.ask_witnesses(now, out);
  return out;
}

Status Node::admit(const record::Envelope& envelope, UtcMs now) const {
  return impl_->admit(envelope, now);
}
const terms::Agreement& Node::agreement() const {
  return *impl_->config.agreement;
}
const terms::Agreement& Node::terms_now() const {
  return impl_->watched_terms ? *impl_->watched_terms : *impl_->config.agreement;
}
const std::string* Node::document(const std::string& sha256) const {
  if (sha256 == impl_->config.agreement->sha256_hex()) return &impl_->config.agreement->bytes();
  const auto found = impl_->documents.find(sha256);
  return found == impl_->documents.end() ? nullptr : &found->second;
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
Status Node::learn_details(const record::Ref& commit, const record::ContentPackage& package) {
  return impl_->notices.learn(commit, package);
}
void Node::forget_details(const record::Ref& commit) {
  impl_->notices.forget(commit);
}
const protection::NoticeLedger& Node::notices() const {
  return impl_->notices;
}
std::vector<protection::ReceiptChain> Node::notice_receipts(const record::Ref& notice,
                                                            UtcMs now) const {
  const auto held = [this](const PartyId& party, const record::Ref& ref) -> std::optional<UtcMs> {
    for (const auto& [id, log] : impl_->logs) {
      if (log->origin() != ref.origin) continue;
      const record::Cosigned* const found =
          log->receipts.receipt(party.value, record::ReceiptLevel::held, ref.index);
      if (found != nullptr) return found->time;
    }
    return std::nullopt;
  };
  return impl_->notices.receipts(notice, held, now);
}
const checks::ChecksLedger& Node::checks() const {
  return impl_->checks;
}
const utm::Registry& Node::utm() const {
  return impl_->utm;
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
const hotline::HotlineLedger& Node::hotline() const {
  return impl_->hotline;
}
const hotline::FlashBook& Node::flashes() const {
  return impl_->flashes;
}
const FlashCounts& Node::flash_counts() const {
  return impl_->flash_counts;
}
std::vector<hotline::Alarm> Node::alarms(UtcMs now, hotline::HotlineLedger::Which which) const {
  return impl_->hotline.alarms(impl_->config.self, terms_now().hotline_terms(),
                               impl_->flashes.all(), now, which);
}
LinkState Node::link(const PartyId& party, UtcMs now) const {
  return impl_->link(party, now);
}
bool Node::fenced() const {
  return impl_->fenced;
}
std::optional<Error> Node::fence_reason() const {
  if (!impl_->fenced) return std::nullopt;
  if (impl_->fence_error) return impl_->fence_error;
  return Error{
      Errc::node_fenced,
      fmt::format("{} of {} other parties have confirmed it so far", impl_->confirmed.size(),
                  impl_->config.agreement->record_terms().fence_quorum),
      impl_->own->origin().value};
}
const std::set<PartyId>& Node::confirmed_by() const {
  return impl_->confirmed;
}
const std::map<std::string, std::string>& Node::evidence() const {
  return impl_->evidence;
}
std::vector<Node::CatchUp> Node::catching_up() const {
  std::vector<CatchUp> out;
  for (const auto& [id, peer] : impl_->peers) {
    if (!peer.pull || !peer.pull->hashes_first) continue;
    out.push_back({peer.pull->party, id, impl_->logs.at(peer.pull->party)->size().value,
                   peer.pull->checkpoint.size.value});
  }
  return out;
}
const std::optional<Error>& Node::halted() const {
  return impl_->halted;
}
terms::TermsAt Node::flight_terms(UtcMs now) const {
  return impl_->flight_terms(now);
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
