// SPDX-License-Identifier: Apache-2.0
//
// Rounds of asking a peer: its log's checkpoint, what it holds of the own log, what it holds of the
// others' (so that two histories shown to two parties are seen), and now and then an entry that it
// says it holds. Cosigning what was taken in, and collecting cosignatures over the own log.
#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {
namespace {

constexpr std::string_view kCheckpoint = "/checkpoint";

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
    const bool witness = key == config.agreement->party(party)->keys->witness;
    const auto level = witness ? record::ReceiptLevel::seen : record::ReceiptLevel::held;
    // Most lines on a head came before; one of the same time and size tells nothing new.
    const record::Cosigned* const latest = log.receipts.latest(party.value, level);
    const record::VerifierKey& cosigner = key;
    const auto known = [&](const record::NoteSignature& line) {
      return latest != nullptr && is_line_of(line, cosigner) && latest->size == checkpoint.size &&
             record::cosignature_time(line) == latest->time;
    };
    if (std::any_of(note.signatures.begin(), note.signatures.end(), known)) continue;
    const Result<UtcMs> time = record::verify_cosignature(note, key);
    if (time) log.receipts.add(party.value, level, {checkpoint.size, *time, note.encode()});
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
  flashes.expire(now);
  outgoing.expire(now);
  drop_lost_routes();
  for (auto& [id, peer] : peers) {
    if (peer.waiting && now - peer.asked_at > kFetchTimeoutMs) end_round(peer, now, out);
    if (!peer.waiting && peer.next_poll <= now) poll(peer, now, out);
  }
  notify(out, "clock", now, {});
}

// What cannot be logged behind the fence is logged after it.
void Node::Impl::log_links(UtcMs now, Effects& out) {
  if (fenced || halted) return;
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

void Node::Impl::fetch(PeerState& peer, std::string path, std::size_t from, UtcMs now,
                       Effects& out) {
  peer.waiting = path;
  peer.asked_at = now;
  out.push_back(Fetch{peer.id, std::move(path), from});
}

void Node::Impl::poll(PeerState& peer, UtcMs now, Effects& out) {
  const bool nudged = peer.again && peer.next_poll > now;
  peer.again = false;
  peer.asked_documents = false;
  peer.todo = {"log/checkpoint", mirror_folder(own->origin()) + "/checkpoint"};
  if (!nudged) {
    peer.next_poll = now + config.poll_ms;
    for (const auto& [id, log] : logs) {
      if (id == peer.id || log.get() == own) continue;
      peer.todo.push_back(mirror_folder(log->origin()) + "/checkpoint");
    }
    challenge(peer, now);
  }
  fetch_next(peer, now, out);
}

void Node::Impl::fetch_next(PeerState& peer, UtcMs now, Effects& out) {
  if (peer.pull) {
    auto [path, from] = next_pull(peer);
    fetch(peer, std::move(path), from, now, out);
    return;
  }
  if (peer.todo.empty()) want_documents(peer);
  if (peer.todo.empty()) {
    end_round(peer, now, out);
    return;
  }
  std::string path = std::move(peer.todo.front());
  peer.todo.pop_front();
  fetch(peer, std::move(path), 0, now, out);
}

void Node::Impl::end_round(PeerState& peer, UtcMs now, Effects& out) {
  peer.waiting.reset();
  peer.pull.reset();
  peer.challenge.reset();
  peer.todo.clear();
  if (peer.again) poll(peer, now, out);
}

// The log that a peer keeps in `folder`; nullptr if there is none.
HeldLog* Node::Impl::log_at(const PartyId& peer, std::string_view folder) {
  for (auto& [id, log] : logs) {
    if (folder == (id == peer ? "log" : mirror_folder(log->origin()))) return log.get();
  }
  return nullptr;
}

void Node::Impl::on_fetched(const Fetched& input, UtcMs now, Effects& out) {
  const auto found = peers.find(input.peer);
  if (found == peers.end()) return;
  PeerState& peer = found->second;
  if (peer.waiting != input.path) return;  // late, repeated, or never asked for
  peer.waiting.reset();
  const bool absent = !input.bytes && input.bytes.error().code == Errc::http_not_found;
  if (!input.bytes && !absent) {
    peer.next_poll = UtcMs{0};  // no contact: try again at the next tick
    end_round(peer, now, out);
    return;
  }
  hurry_flashes(input.peer);
  const std::string_view path = input.path;
  HeldLog* log = nullptr;
  Status done;
  if (peer.pull) {
    log = logs.at(peer.pull->party).get();
    const std::string_view tile = path.substr(peer.pull->folder.size() + 1);
    const Result<record::TilePath> parsed = record::parse_tile_path(tile);
    if (absent) peer.pull.reset();
    if (!absent && !parsed) done = fail(parsed.error());
    if (!absent && parsed) {
      done = parsed->entries ? on_bundle(peer, *parsed, input, now, out)
                             : on_hashes(peer, *parsed, *input.bytes, now, out);
    }
    if (!done) peer.pull.reset();
  } else if (peer.challenge && peer.challenge->path == path) {
    on_challenged(peer, input.bytes, now, out);
  } else if (path.starts_with("agreements/")) {
    on_document(path, input.bytes, now, out);
  } else if (path.ends_with(kCheckpoint)) {
    log = log_at(peer.id, path.substr(0, path.size() - kCheckpoint.size()));
    check(log != nullptr, "only checkpoints of known logs are asked for");
    if (!absent) done = on_checkpoint(peer, *log, *input.bytes, now, out);
    // The peer holds nothing of this log, so nothing newer.
    if (absent && log == own) confirm(peer.id, now, out);
  }
  if (!done) refuse_log(log->party, std::move(done).error(), now, out);
  fetch_next(peer, now, out);
}

void Node::Impl::refuse_log(const PartyId& party, Error error, UtcMs now, Effects& out) {
  const auto [at, first] = refused_logs.try_emplace(party, RefusedLog{{}, now});
  at->second.error = std::move(error).at(party.value);
  if (!first) return;  // said once; it stays on the list of what waits
  notify(out, "refused", now, {{"party", party.value}, {"text", at->second.error.text()}});
}

Status Node::Impl::on_checkpoint(PeerState& peer, HeldLog& log, ByteView bytes, UtcMs now,
                                 Effects& out) {
  // The same bytes again were verified when they came first.
  std::string& last = peer.last[log.party];
  const bool repeated = last == as_text(bytes);
  DETENTE_TRY(const record::Note note, record::parse_note(as_text(bytes)));
  if (!repeated) DETENTE_CHECK(record::verify_note(note, log.reader.owner().log));
  DETENTE_TRY(const record::Checkpoint checkpoint, record::parse_checkpoint(note.text));
  if (checkpoint.origin != log.origin()) {
    return fail(Errc::checkpoint_origin, checkpoint.origin.value);
  }
  if (!repeated) {
    last = as_text(bytes);
    out.push_back(KeepNote{log.origin(), note.encode()});
  }
  if (checkpoint.size.value > 0 && checkpoint.size <= log.size() &&
      log.tree.root_at(checkpoint.size) != checkpoint.root) {
    on_fork(log, note, now, out);
    return fail(Errc::checkpoint_conflict, "size " + std::to_string(checkpoint.size.value));
  }
  if (&log == own) return on_own_mirror(peer, note, checkpoint, now, out);
  if (checkpoint.size.value == 0) return {};
  if (!repeated && checkpoint.size <= log.size()) harvest(log, note, checkpoint);
  return on_peer_checkpoint(peer, log, note, checkpoint, now, out);
}

Status Node::Impl::on_peer_checkpoint(PeerState& peer, HeldLog& log, const record::Note& note,
                                      const record::Checkpoint& checkpoint, UtcMs now,
                                      Effects& out) {
  if (log.party != peer.id) {
    // A third party's log is asked of itself first; where it does not come, of whoever has it.
    if (checkpoint.size <= log.size()) {
      peer.ahead.erase(log.party);
      return {};
    }
    const UtcMs since = peer.ahead.try_emplace(log.party, now).first->second;
    return now - since < config.poll_ms ? Status{} : start_pull(peer, log, note, checkpoint);
  }
  if (checkpoint.size < log.size()) return {};  // an old one, repeated on the way
  if (checkpoint.size > log.size()) return start_pull(peer, log, note, checkpoint);
  const bool due = !log.cosigned_at || log.head_size < checkpoint.size ||
                   now - *log.cosigned_at >= config.agreement->clocks().heartbeat_ms;
  if (due) cosign(log, note, now, out);
  return {};
}

void Node::Impl::cosign(HeldLog& log, const record::Note& note, UtcMs now, Effects& out) {
  // A halted or fenced node may still have shown a newer head to others: it signs nothing.
  if (fenced || halted || log.damaged) return;
  record::Note cosigned;
  cosigned.text = note.text;
  // One line of the owner, by name and key id: others are not ours to pass on.
  const record::VerifierKey& owner = log.reader.owner().log;
  for (const record::NoteSignature& line : note.signatures) {
    if (!is_line_of(line, owner)) continue;
    cosigned.signatures.push_back(line);
    break;
  }
  cosigned.signatures.push_back(record::cosign(config.keys.witness, note.text, now));
  cosigned.signatures.push_back(record::cosign(config.keys.mirror, note.text, now));
  const std::string text = cosigned.encode();
  out.push_back(KeepNote{log.origin(), text});
  out.push_back(PublishHead{log.origin(), log.folder, log.head, text});
  log.head = text;
  log.head_size = log.size();
  log.cosigned_at = now;
  harvest(log, cosigned, {log.origin(), log.size(), log.tree.root()});
  out.push_back(Nudge{log.party});
}

// Puts the lines of these keys on the published head, in place of older ones of the same keys.
void Node::Impl::attach(const record::Note& from, const std::vector<record::VerifierKey>& keys,
                        Effects& out) {
  Result<record::Note> head = record::parse_note(own->head);
  check(head.has_value(), "the published head is a note");
  for (const record::NoteSignature& line : from.signatures) {
    const bool wanted = std::any_of(keys.begin(), keys.end(), [&](const record::VerifierKey& key) {
      return is_line_of(line, key);
    });
    if (!wanted) continue;
    std::erase_if(head->signatures, [&](const record::NoteSignature& old) {
      return old.name == line.name && old.key_id == line.key_id;
    });
    head->signatures.push_back(line);
  }
  publish_own(*head, out);
}

}  // namespace detente::node
