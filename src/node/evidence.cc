// SPDX-License-Identifier: Apache-2.0
//
// Contradictions: what becomes an evidence file, and the questions that test whether a peer holds
// what it says. A file is kept, named in the own log (evidence.found) and said once.
#include "record/evidence.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "node/node_impl.h"

namespace detente::node {
namespace {

constexpr std::size_t kEvidenceQueue = 64;
constexpr std::size_t kOpeningsKept = 64;  // of one commitment, compared with later ones

std::string key_of(record::EvidenceKind kind, const std::vector<std::string>& accused) {
  std::string key(record::evidence_kind_name(kind));
  for (const std::string& name : accused) key += " " + name;
  return key;
}

bool is_monitor(const terms::Agreement& agreement, const PartyId& party) {
  const terms::Party* const found = agreement.party(party);
  return found != nullptr && found->kind == terms::PartyKind::monitor;
}

}  // namespace

record::EvidenceTrust Node::Impl::evidence_trust() const {
  record::EvidenceTrust trust;
  for (const auto& [id, log] : logs) {
    trust.owners.push_back(log->reader.owner());
    if (is_monitor(*config.agreement, id)) trust.neutrals.push_back(id.value);
  }
  trust.cosigners = config.agreement->cosigners();
  trust.neutral_quorum = record::evidence_quorum(trust.neutrals.size(),
                                                 config.agreement->record_terms().deemed_quorum);
  return trust;
}

// Nobody is accused before the file convicts by itself.
void Node::Impl::queue_evidence(const Result<std::string>& file) {
  if (!file || found_evidence.size() >= kEvidenceQueue) return;
  const Result<record::Conviction> conviction = record::verify_evidence(*file, evidence_trust());
  if (!conviction) return;
  if (!evidence_keys.insert(key_of(conviction->kind, conviction->accused)).second) return;
  found_evidence.emplace_back(*file, *conviction);
}

// A fenced node cannot log; what it found waits.
void Node::Impl::log_evidence(UtcMs now, Effects& out) {
  if (fenced || halted) return;
  while (!found_evidence.empty()) {
    const auto [file, conviction] = std::move(found_evidence.front());
    found_evidence.pop_front();
    const record::EvidenceFound found = record::evidence_found(file, conviction);
    evidence[found.sha256] = file;
    out.push_back(StoreEvidence{found.sha256, file});
    log_own_act("evidence.found", record::evidence_found_body(found), now, out);
    notify(out, "evidence", now, {{"sha256", found.sha256}, {"text", conviction.sentence}});
  }
}

// A signed checkpoint that the tree at hand contradicts.
void Node::Impl::on_fork(HeldLog& log, const record::Note& note, UtcMs now, Effects& out) {
  if (&log == own) {
    own->forked = true;
    fenced = true;
    fence_error = Error{Errc::checkpoint_conflict,
                        "this log's key signed two histories: two machines ran from copies of one "
                        "folder, or the key was stolen; close the log and open its next epoch",
                        own->origin().value};
    notify(out, "refused", now, {{"party", own->party.value}, {"text", fence_error->text()}});
    return;
  }
  const Result<record::Note> head = record::parse_note(log.head);
  if (!head) return;
  const std::span<const Hash> leaves(log.tree.leaves());
  queue_evidence(record::fork_prefix_evidence(note, *head, leaves.first(log.head_size.value)));
}

// A larger checkpoint, with the hashes of its whole tree, that did not grow from the tree at hand.
void Node::Impl::on_fork_found(HeldLog& log, const record::Note& note,
                               const std::vector<Hash>& leaves, UtcMs now, Effects& out) {
  if (&log == own) {
    on_fork(log, note, now, out);
    return;
  }
  const Result<record::Note> head = record::parse_note(log.head);
  if (!head) return;
  const std::span<const Hash> ours(log.tree.leaves());
  queue_evidence(record::fork_evidence(*head, ours.first(log.head_size.value), note, leaves));
}

// The key.add that delegated an officer's key.
std::optional<record::Envelope> Node::Impl::delegation_of(const HeldLog& log,
                                                          const std::string& keyid) const {
  const auto officer = log.reader.officers().find(keyid);
  if (officer == log.reader.officers().end()) return std::nullopt;
  const Result<record::Entry> entry = log.entry(officer->second.from);
  if (!entry) return std::nullopt;
  return entry->envelope;
}

// A proved entry of a peer's log that breaks a rule. Where an officer used one id for two
// statements, both signatures together convict him.
void Node::Impl::on_refused_entry(HeldLog& log, ByteView bytes, const Error& error) {
  if (error.code != Errc::entry_repeated || &log == own) return;
  const Result<record::Entry> again = record::parse_entry(bytes);
  if (!again) return;
  for (std::uint64_t i = 0; i < log.size().value; ++i) {
    const Result<record::Entry> first = log.entry(LeafIndex{i});
    if (!first || first->statement.id != again->statement.id) continue;
    for (const record::EnvelopeSignature& signature : again->envelope.signatures) {
      const std::optional<record::Envelope> delegation = delegation_of(log, signature.keyid);
      if (!delegation) continue;
      queue_evidence(record::double_entry_evidence(*delegation, first->envelope, again->envelope));
    }
    return;
  }
}

// What an accepted entry of any log adds to what is known of contradictions.
void Node::Impl::note_contradictions(const HeldLog& log, const record::Entry& entry) {
  const std::string& type = entry.statement.type;
  if (type == "evidence.found" && &log == own) {
    const Result<record::EvidenceFound> found = record::read_evidence_found(entry.statement.body());
    // Where the file is lost with the disk it is made again.
    if (found && evidence.contains(found->sha256)) {
      evidence_keys.insert(key_of(found->kind, found->accused));
    }
  }
  if (type == "challenge.failed") note_challenge(log, entry);
  if (type == "content.open") note_opening(log, entry);
}

// The commitment that a content.* statement answers, where it is at hand.
std::optional<std::pair<record::Entry, record::CommittedContent>> Node::Impl::committed_by(
    const record::Statement& statement) const {
  if (statement.refs.size() != 1) return std::nullopt;
  const record::Ref& ref = statement.refs.front();
  for (const auto& [id, log] : logs) {
    if (!log->has(ref)) continue;
    Result<record::Entry> entry = log->entry(ref.index);
    if (!entry) return std::nullopt;
    Result<record::CommittedContent> committed = record::read_committed(*entry, id.value);
    if (!committed) return std::nullopt;
    return std::pair(std::move(*entry), std::move(*committed));
  }
  return std::nullopt;
}

void Node::Impl::note_opening(const HeldLog& log, const record::Entry& entry) {
  const auto committed = committed_by(entry.statement);
  if (!committed) return;
  const Result<record::Opening> opened =
      record::check_open(committed->second, log.party.value, entry.statement);
  if (opened) {
    note_double_field(committed->first, *opened);
    return;
  }
  if (opened.error().code != Errc::content_mismatch) return;
  for (const record::EnvelopeSignature& signature : entry.envelope.signatures) {
    const std::optional<record::Envelope> delegation = delegation_of(log, signature.keyid);
    if (!delegation) continue;
    queue_evidence(
        record::bad_opening_evidence(committed->first.bytes, *delegation, entry.envelope));
  }
}

// Whoever committed one name at two places could show each reader another value.
void Node::Impl::note_double_field(const record::Entry& commit, const record::Opening& opening) {
  std::vector<record::Opening>& before = openings[commit.leaf];
  for (const record::Opening& other : before) {
    if (record::check_openings_agree(other, opening)) continue;
    const auto log = std::find_if(logs.begin(), logs.end(), [&](const auto& pair) {
      return pair.second->origin() == commit.statement.log;
    });
    if (log == logs.end()) return;
    for (const record::EnvelopeSignature& signature : commit.envelope.signatures) {
      const std::optional<record::Envelope> delegation =
          delegation_of(*log->second, signature.keyid);
      if (!delegation) continue;
      queue_evidence(record::double_field_evidence(commit.bytes, *delegation, other, opening));
    }
  }
  if (before.size() < kOpeningsKept) before.push_back(opening);
}

// What an own statement about private content must be, so that no officer convicts himself by
// mistake.
Status Node::Impl::admit_content(const record::Statement& statement) const {
  DETENTE_CHECK(record::check_content_form(statement));
  if (statement.type == "content.commit") return {};
  const auto committed = committed_by(statement);
  if (!committed) return fail(Errc::content_unknown, "the reference names no content.commit");
  const std::string& party = config.self.value;
  if (statement.type == "content.receipt") {
    DETENTE_CHECK(record::check_receipt(committed->second, party, statement));
  } else if (statement.type == "content.open") {
    DETENTE_CHECK(record::check_open(committed->second, party, statement));
  } else {
    DETENTE_CHECK(record::check_shred(committed->second, party, statement));
  }
  return {};
}

// Asks the peer, now and then, for one entry of which it said that it holds it: anybody's but its
// own. A question that another party asked in vain is asked again first.
void Node::Impl::challenge(PeerState& peer, UtcMs now) {
  if (peer.next_challenge.value == 0) peer.next_challenge = now + kChallengeMs;
  std::optional<PeerState::Challenge> next;
  if (!peer.repeat_challenges.empty()) {
    next = std::move(peer.repeat_challenges.front());
    peer.repeat_challenges.pop_front();
  } else if (now >= peer.next_challenge) {
    peer.next_challenge = now + kChallengeMs;
    std::array<std::uint8_t, 16> draw{};
    config.random(draw);
    std::uint64_t which = 0;
    std::uint64_t where = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      which = which << 8 | draw[i];
      where = where << 8 | draw[8 + i];
    }
    auto log = std::next(logs.begin(), static_cast<std::ptrdiff_t>(which % logs.size()));
    if (log->first == peer.id) return;
    const record::Cosigned* const held =
        log->second->receipts.latest(peer.id.value, record::ReceiptLevel::held);
    if (held == nullptr || held->size.value == 0) return;
    next = PeerState::Challenge{"", log->first, LeafIndex{where % held->size.value}};
  }
  if (!next) return;
  HeldLog& log = *logs.at(next->party);
  const record::Cosigned* const held =
      log.receipts.receipt(peer.id.value, record::ReceiptLevel::held, next->index);
  if (held == nullptr || next->index.value >= log.size().value) return;
  record::TilePath path;
  path.entries = true;
  path.index = next->index.value / record::kTileWidth;
  path.width = static_cast<int>(
      std::min(held->size.value - path.index * record::kTileWidth, record::kTileWidth));
  next->path = mirror_folder(log.origin()) + "/" + path.text();
  peer.todo.push_back(next->path);
  peer.challenge = std::move(next);
}

void Node::Impl::on_challenged(PeerState& peer, const Result<Bytes>& bytes, UtcMs now,
                               Effects& out) {
  const PeerState::Challenge asked = std::move(*peer.challenge);
  peer.challenge.reset();
  const HeldLog& log = *logs.at(asked.party);
  const Hash wanted = log.tree.leaf(asked.index);
  if (bytes) {
    const Result<record::TilePath> path =
        record::parse_tile_path(asked.path.substr(mirror_folder(log.origin()).size() + 1));
    check(path.has_value(), "a challenge asks for a bundle");
    const Result<std::vector<Bytes>> entries = record::decode_bundle(*bytes, path->width);
    const std::uint64_t at = asked.index.value % record::kTileWidth;
    if (entries && record::leaf_hash((*entries)[at]) == wanted) return;
  }
  const record::FailedChallenge failed{peer.id.value, log.origin(), asked.index,
                                       wanted,        now,          bytes ? "wrong" : "absent"};
  log_own_act("challenge.failed", record::challenge_failed_body(failed), now, out);
}

// A failed question of another party: it is asked again from here; and where enough neutral
// parties asked it in vain, their statements together are attested evidence.
void Node::Impl::note_challenge(const HeldLog& log, const record::Entry& entry) {
  const Result<record::FailedChallenge> failed =
      record::read_challenge_failed(entry.statement.body());
  if (!failed) return;
  const auto subject = std::find_if(logs.begin(), logs.end(), [&](const auto& pair) {
    return pair.second->origin() == failed->origin;
  });
  const PartyId accused{failed->party};
  if (subject == logs.end() || failed->index.value >= subject->second->size().value) return;
  const auto peer = peers.find(accused);
  const bool ask_too = &log != own && peer != peers.end() && subject->first != accused &&
                       peer->second.repeat_challenges.size() < kEvidenceQueue;
  if (ask_too) {
    peer->second.repeat_challenges.push_back({"", subject->first, failed->index});
  }
  if (!is_monitor(*config.agreement, log.party) || entry.envelope.signatures.size() != 1) return;
  const std::optional<record::Envelope> delegation =
      delegation_of(log, entry.envelope.signatures.front().keyid);
  if (!delegation) return;
  auto& attested = challenges[{accused, subject->first, failed->index.value}];
  attested.insert_or_assign(log.party, record::Attestation{*delegation, entry.envelope});
  const auto quorum = static_cast<std::size_t>(config.agreement->record_terms().deemed_quorum);
  if (attested.size() < quorum) return;
  const record::Cosigned* const held =
      subject->second->receipts.receipt(accused.value, record::ReceiptLevel::held, failed->index);
  if (held == nullptr || held->size > subject->second->size()) return;
  const Result<record::Note> note = record::parse_note(held->note);
  if (!note) return;
  std::vector<record::Attestation> all;
  for (const auto& [neutral, attestation] : attested) all.push_back(attestation);
  const std::span<const Hash> leaves(subject->second->tree.leaves());
  queue_evidence(
      record::false_holding_evidence(*note, leaves.first(held->size.value), failed->index, all));
}

}  // namespace detente::node
