// SPDX-License-Identifier: Apache-2.0
//
// Pulling the other logs, cosigning them, and collecting cosignatures over the own one.
#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {
namespace {

bool is_line_of(const record::NoteSignature& line, const record::VerifierKey& key) {
  return line.name == key.name && line.key_id == key.id();
}

}  // namespace

std::vector<std::pair<PartyId, record::VerifierKey>> Node::Impl::cosigner_keys(
    const PartyId& owner) const {
  std::vector<std::pair<PartyId, record::VerifierKey>> keys;
  for (const terms::Party& party : config.agreement->parties()) {
    if (party.id == owner || !party.keys) continue;
    keys.emplace_back(party.id, party.keys->witness);
    keys.emplace_back(party.id, party.keys->mirror);
  }
  return keys;
}

// Takes every valid cosignature line of a checkpoint into the log's receipts.
void Node::Impl::harvest(HeldLog& log, const record::Note& note,
                         const record::Checkpoint& checkpoint) {
  for (const auto& [party, key] : cosigner_keys(log.party)) {
    const Result<UtcMs> time = record::verify_cosignature(note, key);
    if (!time) continue;
    const bool witness = key == config.agreement->party(party)->keys->witness;
    log.receipts.add(party.value, witness ? record::ReceiptLevel::seen : record::ReceiptLevel::held,
                     {checkpoint.size, *time, note.encode()});
  }
}

void Node::Impl::on_tick(UtcMs now, Effects& out) {
  std::vector<watch::FindingEvent> events;
  watcher.tick(now, events);
  log_finding_events(events, now, out);
  if (now - last_trail_sweep > 60'000) {
    last_trail_sweep = now;
    std::erase_if(trails, [&](const auto& pair) {
      return pair.second.empty() || now - pair.second.back().fix.time > kTrailMs;
    });
  }
  log_links(now, out);
  for (auto& [id, peer] : peers) {
    if (peer.waiting && now - peer.asked_at > kFetchTimeoutMs) peer.waiting.reset();
    if (!peer.waiting && peer.next_poll <= now) poll(peer, now, out);
  }
  notify(out, "clock", now, {});
}

void Node::Impl::log_links(UtcMs now, Effects& out) {
  for (auto& [id, peer] : peers) {
    const LinkState state = link(id, now);
    const bool was_cut = peer.logged_link == LinkState::cut;
    if (state == LinkState::cut && !was_cut) {
      const record::Cosigned* last = own->receipts.latest(id.value, record::ReceiptLevel::seen);
      JsonWriter body;
      body.begin_object().member("party", id.value).member("last", last->time).end_object();
      log_own_act("link.cut", body.take(), now, out);
      notify(out, "link", now, {{"party", id.value}, {"link", "cut"}});
    }
    if (state == LinkState::fresh && was_cut) {
      JsonWriter body;
      body.begin_object().member("party", id.value).end_object();
      log_own_act("link.restored", body.take(), now, out);
      notify(out, "link", now, {{"party", id.value}, {"link", "fresh"}});
    }
    if (state == LinkState::cut || state == LinkState::fresh) peer.logged_link = state;
  }
}

void Node::Impl::fetch(PeerState& peer, std::string path, UtcMs now, Effects& out) {
  peer.waiting = path;
  peer.asked_at = now;
  out.push_back(Fetch{peer.id, std::move(path)});
}

void Node::Impl::poll(PeerState& peer, UtcMs now, Effects& out) {
  peer.again = false;
  peer.next_poll = now + config.poll_ms;
  fetch(peer, "log/checkpoint", now, out);
}

void Node::Impl::finish_poll(PeerState& peer, UtcMs now, Effects& out) {
  peer.waiting.reset();
  peer.target.reset();
  peer.pulled.clear();
  if (peer.again) poll(peer, now, out);
}

void Node::Impl::on_fetched(const Fetched& input, UtcMs now, Effects& out) {
  const auto found = peers.find(input.peer);
  if (found == peers.end()) return;
  PeerState& peer = found->second;
  if (peer.waiting != input.path) return;  // late, repeated, or never asked for
  peer.waiting.reset();
  const std::string own_mirror =
      mirror_folder(Origin{own->reader.owner().log.name}) + "/checkpoint";
  const bool absent = !input.bytes && input.bytes.error().code == Errc::http_not_found;
  if (!input.bytes && !absent) {
    peer.next_poll = UtcMs{0};  // no contact: try again at the next tick
    finish_poll(peer, now, out);
    return;
  }
  Status done;
  if (input.path == own_mirror) {
    if (absent) {
      fenced = false;  // the peer holds nothing of this log, so nothing newer
    } else {
      done = on_own_mirror(peer, *input.bytes, now, out);
    }
    if (!done) refuse_log(own->party, std::move(done).error(), now, out);
    finish_poll(peer, now, out);
    return;
  }
  if (!absent && input.path == "log/checkpoint") {
    done = on_peer_checkpoint(peer, *input.bytes, now, out);
  } else if (!absent && peer.target) {
    const Result<record::TilePath> path = record::parse_tile_path(input.path.substr(4));
    done = path ? on_bundle(peer, *path, *input.bytes, now, out) : Status(fail(path.error()));
  }
  if (!done) {
    refuse_log(peer.id, std::move(done).error(), now, out);
    peer.target.reset();
  }
  if (!peer.waiting) fetch(peer, own_mirror, now, out);
}

void Node::Impl::refuse_log(const PartyId& party, Error error, UtcMs now, Effects& out) {
  const auto [at, first] = refused_logs.try_emplace(party, RefusedLog{{}, now});
  at->second.error = std::move(error).at(party.value);
  if (!first) return;  // said once; it stays on the list of what waits
  notify(out, "refused", now, {{"party", party.value}, {"text", at->second.error.text()}});
}

Status Node::Impl::on_peer_checkpoint(PeerState& peer, ByteView bytes, UtcMs now, Effects& out) {
  HeldLog& replica = *logs.at(peer.id);
  // The same bytes again were verified when they came first.
  const bool repeated = peer.last_checkpoint == as_text(bytes);
  DETENTE_TRY(record::Note note, record::parse_note(as_text(bytes)));
  if (!repeated) DETENTE_CHECK(record::verify_note(note, replica.reader.owner().log));
  DETENTE_TRY(const record::Checkpoint checkpoint, record::parse_checkpoint(note.text));
  const Origin origin{replica.reader.owner().log.name};
  if (checkpoint.origin != origin) return fail(Errc::checkpoint_origin, checkpoint.origin.value);
  if (!repeated) {
    peer.last_checkpoint = as_text(bytes);
    out.push_back(KeepNote{origin, note.encode()});
  }
  const auto known = roots.find({peer.id, checkpoint.size.value});
  const bool held = checkpoint.size <= replica.reader.size();
  if (held && checkpoint.size.value > 0 &&
      (known == roots.end() || known->second != checkpoint.root)) {
    return fail(Errc::checkpoint_conflict, "size " + std::to_string(checkpoint.size.value));
  }
  if (checkpoint.size.value == 0) return {};
  if (!repeated) harvest(replica, note, checkpoint);
  if (checkpoint.size < replica.reader.size()) return {};  // an old one, repeated on the way
  if (held) {
    const bool due = !peer.cosigned_at || replica.head_size < checkpoint.size ||
                     now - *peer.cosigned_at >= config.agreement->clocks().heartbeat_ms;
    if (due) cosign(peer, note, now, out);
    return {};
  }
  peer.target = std::move(note);
  peer.target_checkpoint = checkpoint;
  peer.pulled.clear();
  peer.pulled_bytes = 0;
  fetch_next_bundle(peer, now, out);
  return {};
}

void Node::Impl::fetch_next_bundle(PeerState& peer, UtcMs now, Effects& out) {
  const HeldLog& replica = *logs.at(peer.id);
  const std::uint64_t next = replica.reader.size().value + peer.pulled.size();
  record::TilePath path;
  path.entries = true;
  path.index = next / record::kTileWidth;
  const std::uint64_t left = peer.target_checkpoint.size.value - path.index * record::kTileWidth;
  path.width = static_cast<int>(std::min<std::uint64_t>(left, record::kTileWidth));
  fetch(peer, "log/" + path.text(), now, out);
}

Status Node::Impl::on_bundle(PeerState& peer, const record::TilePath& path, ByteView bytes,
                             UtcMs now, Effects& out) {
  const HeldLog& replica = *logs.at(peer.id);
  DETENTE_TRY(std::vector<Bytes> entries, record::decode_bundle(bytes, path.width));
  const std::uint64_t next = replica.reader.size().value + peer.pulled.size();
  const std::uint64_t first = path.index * record::kTileWidth;
  if (first > next || first + entries.size() <= next) {
    return fail(Errc::tile_mismatch, path.text());
  }
  for (std::uint64_t i = next - first; i < entries.size(); ++i) {
    peer.pulled_bytes += entries[i].size();
    peer.pulled.push_back(std::move(entries[i]));
  }
  if (peer.pulled_bytes > kPullBytesMax) {
    return fail(Errc::http_too_large, "the copy is too far behind to catch up in one round",
                path.text());
  }
  const std::uint64_t have = replica.reader.size().value + peer.pulled.size();
  if (have < peer.target_checkpoint.size.value) {
    fetch_next_bundle(peer, now, out);
    return {};
  }
  return accept_pulled(peer, now, out);
}

Status Node::Impl::accept_pulled(PeerState& peer, UtcMs now, Effects& out) {
  HeldLog& replica = *logs.at(peer.id);
  // First that the entries are the ones that the checkpoint covers, then what they say.
  record::Frontier frontier = replica.reader.frontier();
  for (const Bytes& bytes : peer.pulled) frontier.append(record::leaf_hash(bytes));
  if (frontier.root() != peer.target_checkpoint.root) {
    return fail(Errc::tile_mismatch, "the entries do not lead to the signed root");
  }
  const LeafIndex first{replica.reader.size().value};
  std::vector<Bytes> taken;
  Status judged;
  for (Bytes& bytes : peer.pulled) {
    Result<record::Entry> entry = replica.reader.append(bytes);
    if (!entry) {
      judged = fail(std::move(entry).error());
      break;
    }
    roots[{peer.id, replica.reader.size().value}] = replica.reader.root();
    take_entry(replica, std::move(*entry), &out, now);
    taken.push_back(std::move(bytes));
  }
  const Origin origin{replica.reader.owner().log.name};
  if (!taken.empty()) {
    out.push_back(StoreEntries{origin, first, std::move(taken)});
    out.push_back(WriteFiles{replica.folder, replica.tiles.take_files()});
  }
  if (!judged) return judged;  // a log that breaks the rules is not cosigned beyond this point
  const record::Note note = *peer.target;
  peer.target.reset();
  peer.pulled.clear();
  harvest(replica, note, peer.target_checkpoint);
  cosign(peer, note, now, out);
  return {};
}

void Node::Impl::cosign(PeerState& peer, const record::Note& note, UtcMs now, Effects& out) {
  HeldLog& replica = *logs.at(peer.id);
  // A halted or fenced node may still have shown a newer head to others: it signs nothing.
  if (fenced || halted) return;
  record::Note cosigned;
  cosigned.text = note.text;
  // One line of the owner, by name and key id: others are not ours to pass on.
  const record::VerifierKey& owner = replica.reader.owner().log;
  for (const record::NoteSignature& line : note.signatures) {
    if (!is_line_of(line, owner)) continue;
    cosigned.signatures.push_back(line);
    break;
  }
  cosigned.signatures.push_back(record::cosign(config.keys.witness, note.text, now));
  cosigned.signatures.push_back(record::cosign(config.keys.mirror, note.text, now));
  const std::string text = cosigned.encode();
  const Origin origin{replica.reader.owner().log.name};
  out.push_back(KeepNote{origin, text});
  out.push_back(PublishHead{origin, replica.folder, replica.head, text});
  replica.head = text;
  replica.head_size = replica.reader.size();
  peer.cosigned_at = now;
  harvest(replica, cosigned, {origin, replica.reader.size(), replica.reader.root()});
  out.push_back(Nudge{peer.id});
}

Status Node::Impl::on_own_mirror(PeerState& peer, ByteView bytes, UtcMs now, Effects& out) {
  if (!fenced && peer.last_mirror == as_text(bytes)) return {};  // taken in before
  DETENTE_TRY(const record::Note note, record::parse_note(as_text(bytes)));
  DETENTE_CHECK(record::verify_note(note, own->reader.owner().log));
  DETENTE_TRY(const record::Checkpoint checkpoint, record::parse_checkpoint(note.text));
  const auto known = roots.find({own->party, checkpoint.size.value});
  const bool ours = checkpoint.size <= own->reader.size() && known != roots.end() &&
                    known->second == checkpoint.root;
  const Origin origin{own->reader.owner().log.name};
  if (!ours) {
    // The peer holds a checkpoint of this log that this node does not know: it was rolled back.
    fenced = true;
    out.push_back(KeepNote{origin, note.encode()});
    return fail(Errc::node_fenced, "a peer holds a newer head of this log than this node",
                peer.id.value);
  }
  const terms::PartyKeys& keys = *config.agreement->party(peer.id)->keys;
  DETENTE_TRY(const UtcMs seen_at, record::verify_cosignature(note, keys.witness));
  DETENTE_TRY(const UtcMs held_at, record::verify_cosignature(note, keys.mirror));
  fenced = false;
  peer.last_mirror = as_text(bytes);
  const record::Cosigned* last = own->receipts.latest(peer.id.value, record::ReceiptLevel::seen);
  if (last != nullptr && last->time >= seen_at && last->size >= checkpoint.size) return {};
  own->receipts.add(peer.id.value, record::ReceiptLevel::seen,
                    {checkpoint.size, seen_at, note.encode()});
  own->receipts.add(peer.id.value, record::ReceiptLevel::held,
                    {checkpoint.size, held_at, note.encode()});
  out.push_back(KeepNote{origin, note.encode()});
  if (checkpoint.size != own->head_size) return {};
  // Attach the lines to the published head, in place of older ones of the same keys.
  DETENTE_TRY(record::Note head, record::parse_note(own->head));
  for (const record::NoteSignature& line : note.signatures) {
    if (!is_line_of(line, keys.witness) && !is_line_of(line, keys.mirror)) continue;
    std::erase_if(head.signatures, [&](const record::NoteSignature& old) {
      return old.name == line.name && old.key_id == line.key_id;
    });
    head.signatures.push_back(line);
  }
  const std::string text = head.encode();
  out.push_back(PublishHead{origin, own->folder, own->head, text});
  own->head = text;
  notify(out, "link", now,
         {{"party", peer.id.value}, {"link", link_state_name(link(peer.id, now))}});
  return {};
}

}  // namespace detente::node
