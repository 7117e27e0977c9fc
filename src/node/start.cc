// SPDX-License-Identifier: Apache-2.0
//
// From what the store holds to a running node. The tree is checked against the newest signed head
// first; then the entries are judged again in order. The officers' signatures were checked when the
// entries came, before this node signed that head, and the tree proves that these are the same.
// Entries beyond the head were never answered for and no signature covers them: they are left out.
#include <algorithm>

#include "node/node_impl.h"

namespace detente::node {
namespace {

constexpr std::uint64_t kFilesEvery = 4'096;  // entries; the tiles made on the way are not needed

Result<record::Checkpoint> signed_checkpoint(const std::string& text, const HeldLog& log) {
  DETENTE_TRY(const record::Note note, record::parse_note(text));
  DETENTE_CHECK(record::verify_note(note, log.reader.owner().log));
  return record::parse_checkpoint(note.text);
}

bool leads_to(const record::Tree& tree, const record::Checkpoint& checkpoint) {
  return checkpoint.size <= tree.size() && tree.root_at(checkpoint.size) == checkpoint.root;
}

}  // namespace

// The size up to which the stored entries are those that were signed: the newest head's, or where
// the disk was damaged the largest kept note's that still fits.
Result<TreeSize> Node::Impl::trusted_size(HeldLog& log, const StoredLog& kept) {
  if (kept.head.empty()) return TreeSize{0};
  DETENTE_TRY(const record::Checkpoint head, signed_checkpoint(kept.head, log));
  record::Tree tree;
  while (tree.size() < head.size && tree.size() < kept.count) {
    const Result<Bytes> bytes = config.read_entry(log.origin(), LeafIndex{tree.size().value});
    if (!bytes) break;
    tree.append(record::leaf_hash(*bytes));
  }
  if (leads_to(tree, head)) return head.size;
  log.damaged = head;
  TreeSize best{0};
  for (const std::string& text : kept.notes) {
    const Result<record::Checkpoint> note = signed_checkpoint(text, log);
    if (note && note->size > best && leads_to(tree, *note)) best = note->size;
  }
  return best;
}

// A statement that was admitted in this step is not checked a second time when it is logged.
record::VerifySignature Node::Impl::verifier() {
  return
      [this](const crypto::PublicKey& key, ByteView message, const crypto::Signature& signature) {
        return admitted || config.verify(key, message, signature);
      };
}

Status Node::Impl::replay(HeldLog& log, const StoredLog& kept, UtcMs now) {
  DETENTE_TRY(const TreeSize trusted, trusted_size(log, kept));
  log.head = kept.head;
  log.head_size = trusted;
  if (!kept.newer_head.empty()) {
    // This node published it, so nothing else may be signed at or below its size.
    const Result<record::Checkpoint> newer = signed_checkpoint(kept.newer_head, log);
    if (newer && newer->origin == log.origin() && newer->size > trusted) log.damaged = *newer;
  }
  log.reader.set_verify(
      [](const crypto::PublicKey&, ByteView, const crypto::Signature&) { return true; });
  while (log.size() < trusted) {
    DETENTE_TRY(const Bytes bytes, config.read_entry(log.origin(), LeafIndex{log.size().value}));
    Result<record::Entry> entry = log.reader.append(bytes);
    if (!entry) return fail(std::move(entry.error()).at(log.origin().value));
    take_entry(log, *entry, nullptr, now);
    if (log.size() == trusted || log.size().value % kFilesEvery == 0) log.tiles.take_files();
  }
  log.reader.set_verify(verifier());
  for (const std::string& text : kept.notes) {
    const Result<record::Note> note = record::parse_note(text);
    if (!note) continue;
    const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
    if (checkpoint && checkpoint->origin == log.origin() && leads_to(log.tree, *checkpoint)) {
      harvest(log, *note, *checkpoint);
    }
  }
  return {};
}

Result<Node> Node::start(NodeConfig config, const std::vector<StoredLog>& stored, UtcMs now) {
  DETENTE_CHECK(config.agreement->keyed());
  if (config.agreement->party(config.self) == nullptr) {
    return fail(Errc::agreement_unknown_party, config.self.value);
  }
  auto impl = std::make_unique<Impl>(std::move(config));
  impl->evidence = impl->config.evidence;
  for (const terms::Party& party : impl->config.agreement->parties()) {
    DETENTE_TRY(record::LogOwner owner, impl->config.agreement->log_owner(party.id));
    const bool own = party.id == impl->config.self;
    std::string folder = own ? "log" : mirror_folder(Origin{owner.log.name});
    auto log = std::make_unique<HeldLog>(party.id,
                                         record::LogReader(std::move(owner), impl->config.verify),
                                         std::move(folder), impl->config.read_entry);
    if (own) impl->own = log.get();
    if (!own) impl->peers[party.id].id = party.id;
    impl->logs.emplace(party.id, std::move(log));
  }
  for (const std::string& text : impl->config.documents) {
    DETENTE_CHECK(impl->learn_document(text, nullptr, now));
  }
  // Own entries name what had been seen of other logs, so the order of replay does not matter.
  for (const StoredLog& kept : stored) {
    const auto found = std::find_if(impl->logs.begin(), impl->logs.end(), [&](const auto& pair) {
      return pair.second->origin() == kept.origin;
    });
    if (found == impl->logs.end()) {
      return fail(Errc::agreement_other, "the store holds a log that the agreement does not name",
                  kept.origin.value);
    }
    DETENTE_CHECK(impl->replay(*found->second, kept, now));
  }
  impl->fenced = !impl->config.opening;
  if (impl->own->damaged) {
    impl->fence_error = Error{Errc::node_damaged,
                              "entries below the newest signed head are missing or changed on this "
                              "disk; they are taken back from the peers",
                              impl->own->origin().value};
  }
  for (const record::VerifierKey& key : impl->config.agreement->record_terms().witnesses) {
    const auto& names = impl->config.witnesses;
    if (std::find(names.begin(), names.end(), key.name) == names.end()) continue;
    impl->witnesses[key.name].key = key;
  }
  for (auto& [id, peer] : impl->peers) peer.next_poll = UtcMs{0};
  impl->note_contact(UtcMs{0});
  Effects none;  // nothing was watched before the start, so nothing closes
  impl->refresh_terms(now, none);
  impl->refresh_watched(now);
  Node node(std::move(impl));
  return node;
}

}  // namespace detente::node
