// SPDX-License-Identifier: Apache-2.0
#include "app/folder_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "app/identity.h"
#include "base/limits.h"
#include "node/node.h"
#include "record/key_statements.h"
#include "record/note.h"
#include "record/tiles.h"

namespace detente::app {
namespace {

constexpr std::int64_t kDraftLifeMs = 24LL * 3'600'000;
constexpr std::size_t kBundleBytes = 32U << 20;

Result<std::vector<Bytes>> read_bundle(const FolderLog& log, std::uint64_t bundle) {
  record::TilePath path;
  path.entries = true;
  path.index = bundle;
  const std::uint64_t left = log.checkpoint.size.value - bundle * record::kTileWidth;
  path.width = static_cast<int>(std::min<std::uint64_t>(left, record::kTileWidth));
  DETENTE_TRY(const std::string bytes,
              read_text_file(log.folder + "/" + path.text(), kBundleBytes));
  return record::decode_bundle(as_bytes(bytes), path.width);
}

bool signed_by_root(const record::Entry& entry, const record::LogOwner& owner) {
  const record::Envelope& envelope = entry.envelope;
  if (envelope.signatures.size() != 1) return false;
  const std::string message = record::pae(envelope.payload_type, envelope.payload);
  return crypto::verify(owner.root, as_bytes(message), envelope.signatures.front().signature);
}

}  // namespace

Result<NodeFolder> open_node_folder(const std::string& data) {
  DETENTE_TRY(const std::string text,
              read_text_file(data + "/agreement.json", limits::kAgreementBytes));
  DETENTE_TRY(terms::Agreement agreement, terms::Agreement::make(text));
  DETENTE_TRY(const std::string card, read_text_file(data + "/card.json", 16'384));
  DETENTE_TRY(const JsonDocument document, parse_json(card, {.bytes_max = 16'384}));
  DETENTE_TRY(std::string self, document.root().string("party", limits::kIdBytes));
  return NodeFolder{data, std::move(agreement), std::move(self)};
}

Result<FolderLog> open_folder_log(const NodeFolder& node, const std::string& party) {
  FolderLog log;
  log.party = party.empty() ? node.self : party;
  DETENTE_TRY(log.owner, node.agreement.log_owner(PartyId{log.party}));
  const bool own = log.party == node.self;
  log.folder = node.data + "/" + (own ? "log" : node::mirror_folder(Origin{log.owner.log.name}));
  DETENTE_TRY(const std::string head,
              read_text_file(log.folder + "/checkpoint", limits::kNoteBytes));
  DETENTE_TRY(const record::Note note, record::parse_note(head));
  DETENTE_CHECK(record::verify_note(note, log.owner.log));
  DETENTE_TRY(log.checkpoint, record::parse_checkpoint(note.text));
  return log;
}

Status for_each_entry(const FolderLog& log, const VisitFolderEntry& visit) {
  const std::uint64_t size = log.checkpoint.size.value;
  for (std::uint64_t bundle = 0; bundle * record::kTileWidth < size; ++bundle) {
    DETENTE_TRY(const std::vector<Bytes> entries, read_bundle(log, bundle));
    for (const Bytes& bytes : entries) {
      DETENTE_TRY(const record::Entry entry, record::parse_entry(bytes));
      DETENTE_CHECK(visit(entry));
    }
  }
  return {};
}

Result<record::Entry> read_folder_entry(const FolderLog& log, LeafIndex index) {
  if (index.value >= log.checkpoint.size.value) {
    return fail(Errc::content_unknown,
                fmt::format("the log has {} entries", log.checkpoint.size.value),
                fmt::format("{}:{}", log.party, index.value));
  }
  DETENTE_TRY(const std::vector<Bytes> entries, read_bundle(log, index.value / record::kTileWidth));
  return record::parse_entry(entries[index.value % record::kTileWidth]);
}

Result<EntryName> parse_entry_name(const std::string& text, const std::string& self) {
  const std::size_t colon = text.find(':');
  EntryName out;
  out.party = colon == std::string::npos ? self : text.substr(0, colon);
  const std::string digits = colon == std::string::npos ? text : text.substr(colon + 1);
  const auto [end, ec] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.index.value);
  if (out.party.empty() || ec != std::errc() || end != digits.data() + digits.size()) {
    return fail(Errc::usage, "an entry is PARTY:INDEX or INDEX", text);
  }
  return out;
}

Result<record::CommittedContent> read_committed_at(const NodeFolder& node, const EntryName& name) {
  DETENTE_TRY(const FolderLog log, open_folder_log(node, name.party));
  DETENTE_TRY(const record::Entry entry, read_folder_entry(log, name.index));
  return record::read_committed(entry, log.party);
}

Result<crypto::BoxPublicKey> newest_box_key(const NodeFolder& node, const std::string& party) {
  DETENTE_TRY(const FolderLog log, open_folder_log(node, party));
  std::optional<crypto::BoxPublicKey> newest;
  const auto visit = [&](const record::Entry& entry) -> Status {
    if (entry.statement.type != "key.box") return {};
    if (!signed_by_root(entry, log.owner)) return fail(Errc::signature_invalid, "", log.party);
    DETENTE_TRY(newest, record::read_key_box(entry.statement.body()));
    return {};
  };
  DETENTE_CHECK(for_each_entry(log, visit));
  if (!newest) return fail(Errc::content_unknown, "it has published no box key", log.party);
  return *newest;
}

record::StatementDraft draft_for(const NodeFolder& node, const record::LogOwner& owner,
                                 const std::string& type, std::vector<record::Ref> refs,
                                 std::string body, UtcMs now) {
  return {StatementId{crypto::random_id(crypto::system_random())},
          node.agreement.sha256_hex(),
          Origin{owner.log.name},
          type,
          now + kDraftLifeMs,
          std::move(refs),
          std::move(body)};
}

}  // namespace detente::app
