// SPDX-License-Identifier: Apache-2.0
#include "app/checks_folder.h"

#include <cstdio>

#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "record/content.h"

namespace detente::app {

using checks::ChecksLedger;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

Result<Logs> read_logs(const std::string& data) {
  DETENTE_TRY(NodeFolder node, open_node_folder(data));
  std::vector<checks::ChecksParty> parties;
  for (const terms::Party& party : node.agreement.parties()) {
    const Result<record::LogOwner> owner = node.agreement.log_owner(party.id);
    if (owner) parties.push_back({party.id, Origin{owner->log.name}});
  }
  ChecksLedger ledger(node.agreement.sha256_hex(), parties);
  Logs out{std::move(node), {}, {}, {}, std::move(ledger)};
  for (const checks::ChecksParty& party : parties) {
    const Result<FolderLog> log = open_folder_log(out.node, party.id.value);
    if (!log) continue;  // not at hand
    out.logs.emplace(party.id.value, *log);
    DETENTE_CHECK(for_each_entry(*log, [&](const record::Entry& entry) -> Status {
      out.leaves[party.id.value].push_back(entry.leaf);
      const std::string& type = entry.statement.type;
      if (type != "content.commit" && !type.starts_with("psi.")) return {};
      out.ledger.apply(party.id, entry);
      out.entries.emplace(Ref{party.origin, entry.header.seq, entry.leaf}, entry);
      return {};
    }));
  }
  return out;
}

const record::Entry* own_entry(const Logs& logs, std::uint64_t index) {
  const Origin own{logs.logs.at(logs.node.self).owner.log.name};
  for (const auto& [ref, entry] : logs.entries) {
    if (ref.origin == own && ref.index.value == index) return &entry;
  }
  return nullptr;
}

Result<PsiHead> head_in(const JsonReader& body) {
  PsiHead out;
  DETENTE_TRY(out.epoch, body.string("epoch", limits::kIdBytes));
  DETENTE_TRY(out.with, body.string("with", limits::kIdBytes));
  DETENTE_TRY(const std::string purpose, body.string("purpose", limits::kIdBytes));
  out.purpose = purpose == "sites" ? PsiPurpose::sites : PsiPurpose::plans;
  return out;
}

Result<const record::Entry*> epoch_entry(const Logs& logs, const std::string& party,
                                         const PsiHead& head) {
  const Origin origin{logs.logs.at(party).owner.log.name};
  for (const auto& [ref, entry] : logs.entries) {
    if (ref.origin != origin || entry.statement.type != "psi.epoch") continue;
    const Result<PsiHead> of = head_in(entry.statement.body());
    if (of && *of == head) return &entry;
  }
  return fail(Errc::checks_epoch, head.epoch, party);
}

Result<Own> open_own(const std::string& data, std::uint64_t index) {
  DETENTE_TRY(Logs logs, read_logs(data));
  Own out{std::move(logs), nullptr, {}, {}};
  out.entry = own_entry(out.logs, index);
  if (out.entry == nullptr || !out.entry->statement.type.starts_with("psi.")) {
    return fail(Errc::usage, "no psi.* of this party's log stands there", std::to_string(index));
  }
  DETENTE_TRY(out.head, head_in(out.entry->statement.body()));
  std::vector<std::string> damaged;
  DETENTE_TRY(const ShelfState state, CheckShelf(data).load(damaged));
  const auto folder = state.epochs.find(out.head);
  if (folder == state.epochs.end()) {
    return fail(Errc::checks_unknown, "what was kept of this epoch is destroyed", out.head.epoch);
  }
  out.folder = folder->second;
  return out;
}

Status seal_opened(const Logs& logs, std::string text, const std::string& to,
                   const std::string& out) {
  Result<crypto::BoxPublicKey> box = newest_box_key(logs.node, to);
  const auto once = crypto::Secret32::generate(crypto::system_random());
  Result<Bytes> sealed = fail(Errc::key_malformed);
  if (box) sealed = crypto::seal(as_bytes(text), *box, once);
  crypto::wipe(text);
  if (!box) return fail(std::move(box).error());
  if (!sealed) return fail(std::move(sealed).error());
  DETENTE_CHECK(write_private_file(out, *sealed, true));
  std::printf("written %s, %zu bytes, sealed to %s\n", out.c_str(), sealed->size(), to.c_str());
  return {};
}

Result<std::string> unseal(const std::string& data, const std::string& path) {
  DETENTE_TRY(const std::string sealed, read_text_file(path, kOpenedBytes));
  DETENTE_TRY(const std::vector<crypto::BoxKey> keys, load_box_keys(data));
  Result<Bytes> opened = fail(Errc::content_sealed, "sealed to another key", path);
  for (const crypto::BoxKey& key : keys) {
    opened = key.open(as_bytes(sealed));
    if (opened) break;
  }
  if (!opened) return fail(std::move(opened).error());
  return std::string(as_text(*opened));
}

}  // namespace detente::app
