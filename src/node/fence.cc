// SPDX-License-Identifier: Apache-2.0
//
// What a peer holds of the own log: receipts, the fence, and the way back after an old copy was
// restored or the disk was damaged.
#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {
namespace {

TreeSize head_size_of(const std::string& head) {
  const Result<record::Note> note = record::parse_note(head);
  const Result<record::Checkpoint> checkpoint =
      note ? record::parse_checkpoint(note->text) : Result<record::Checkpoint>(fail(note.error()));
  return checkpoint ? checkpoint->size : TreeSize{0};
}

}  // namespace

Status Node::Impl::on_own_mirror(PeerState& peer, const record::Note& note,
                                 const record::Checkpoint& checkpoint, UtcMs now, Effects& out) {
  if (checkpoint.size > own->size()) {
    // This node signed it once and does not have it: it was rolled back, or a copy of it runs
    // elsewhere. What the peer holds carries the own log key's signature and is taken back.
    if (!fenced) confirmed.clear();
    fenced = true;
    if (!own->damaged) {
      fence_error = Error{Errc::node_rolled_back,
                          peer.id.value + " holds " + std::to_string(checkpoint.size.value) +
                              " entries, this disk " + std::to_string(own->size().value) +
                              "; they are taken back from there",
                          own->origin().value};
      notify(out, "refused", now, {{"party", own->party.value}, {"text", fence_error->text()}});
    }
    if (!shown_newer || shown_newer->size < checkpoint.size) shown_newer = checkpoint;
    if (!rebuilt_at) rebuilt_at = own->size();
    return start_pull(peer, *own, note, checkpoint);
  }
  confirm(peer.id, now, out);
  const terms::PartyKeys& keys = *config.agreement->party(peer.id)->keys;
  DETENTE_TRY(const UtcMs seen_at, record::verify_cosignature(note, keys.witness));
  DETENTE_TRY(const UtcMs held_at, record::verify_cosignature(note, keys.mirror));
  const record::Cosigned* last = own->receipts.latest(peer.id.value, record::ReceiptLevel::seen);
  const bool news = last == nullptr || last->time < seen_at || last->size < checkpoint.size;
  if (news) {
    const std::string text = note.encode();
    own->receipts.add(peer.id.value, record::ReceiptLevel::seen, {checkpoint.size, seen_at, text});
    own->receipts.add(peer.id.value, record::ReceiptLevel::held, {checkpoint.size, held_at, text});
    notify(out, "held", now,
           {{"party", peer.id.value}, {"size", std::to_string(checkpoint.size.value)}});
  }
  if (!news || fenced || checkpoint.size != own->head_size) return {};
  attach(note, {keys.witness, keys.mirror}, out);
  notify(out, "link", now,
         {{"party", peer.id.value}, {"link", link_state_name(link(peer.id, now))}});
  return {};
}

// A party was found to hold no more of the own log than this node. Enough of them lift the fence.
void Node::Impl::confirm(const PartyId& peer, UtcMs now, Effects& out) {
  confirmed.insert(peer);
  const auto quorum = static_cast<std::size_t>(config.agreement->record_terms().fence_quorum);
  const bool behind = shown_newer && (own->size() < shown_newer->size ||
                                      own->tree.root_at(shown_newer->size) != shown_newer->root);
  if (!fenced || behind || own->damaged || own->forked || confirmed.size() < quorum) return;
  shown_newer.reset();
  fenced = false;
  fence_error.reset();
  refused_logs.erase(own->party);
  notify(out, "fence", now, {{"fenced", "false"}});
  // What was pulled while nothing could be signed is cosigned at the next tick.
  for (auto& [id, other] : peers) other.next_poll = UtcMs{0};
  if (!rebuilt_at) return;
  JsonWriter body;
  body.begin_object().member("from", rebuilt_from ? rebuilt_from->value : peer.value);
  body.member("size_before", rebuilt_at->value).member("size", own->size().value).end_object();
  rebuilt_at.reset();
  log_own_act("log.rebuilt", body.take(), now, out);
}

// What lies on the disk beyond the damage may be whole, though no peer has it. It counts if it
// leads to the newest head that this node signed.
void Node::Impl::take_intact_tail(UtcMs now, Effects& out) {
  record::Frontier tree = own->reader.frontier();
  std::vector<Bytes> tail;
  while (tree.size() < own->damaged->size) {
    Result<Bytes> bytes = config.read_entry(own->origin(), LeafIndex{tree.size().value});
    if (!bytes) return;
    tree.append(record::leaf_hash(*bytes));
    tail.push_back(std::move(*bytes));
  }
  if (tree.root() != own->damaged->root) return;
  const Status taken = take_entries(*own, std::move(tail), now, out);
  if (taken) own->damaged.reset();
}

// The own log is whole again up to a head that a peer kept, with the own signature on it.
void Node::Impl::own_rebuilt(const PartyId& peer, const record::Note& note, UtcMs now,
                             Effects& out) {
  std::vector<record::VerifierKey> known{own->reader.owner().log};
  for (const auto& [id, key] : cosigner_keys(own->party)) known.push_back(key);
  record::Note head;
  head.text = note.text;
  for (const record::NoteSignature& line : note.signatures) {
    const bool ours = std::any_of(known.begin(), known.end(), [&](const auto& key) {
      return line.name == key.name && line.key_id == key.id();
    });
    if (ours) head.signatures.push_back(line);
  }
  if (own->damaged) take_intact_tail(now, out);
  // A damaged log keeps its newest head, also in the store, until all that it covers is back: after
  // the next start a smaller one would let the node sign those sizes a second time.
  const bool newest = head_size_of(own->head) == own->size();
  if (!own->damaged && !newest) publish_own(head, out);
  own->head_size = own->size();
  rebuilt_from = peer;
  if (!own->damaged) fence_error.reset();
  confirm(peer, now, out);
}

}  // namespace detente::node
