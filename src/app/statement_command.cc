// SPDX-License-Identifier: Apache-2.0
#include "app/statement_command.h"

#include <fmt/core.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <filesystem>

#include "app/identity.h"
#include "base/limits.h"
#include "node/node.h"
#include "record/note.h"
#include "record/statement.h"
#include "record/tiles.h"

namespace detente::app {
namespace {

struct OpenedLog {
  std::string party;
  std::string folder;
  record::Checkpoint checkpoint;
};

Result<OpenedLog> open_log(const StatementOptions& options) {
  DETENTE_TRY(const std::string text,
              read_text_file(options.data + "/agreement.json", limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement agreement, terms::Agreement::make(text));
  DETENTE_TRY(const std::string card, read_text_file(options.data + "/card.json", 16'384));
  DETENTE_TRY(const JsonDocument document, parse_json(card, {.bytes_max = 16'384}));
  DETENTE_TRY(const std::string self, document.root().string("party", limits::kIdBytes));
  OpenedLog log;
  log.party = options.party.empty() ? self : options.party;
  DETENTE_TRY(const record::LogOwner owner, agreement.log_owner(PartyId{log.party}));
  const bool own = log.party == self;
  log.folder = options.data + "/" + (own ? "log" : node::mirror_folder(Origin{owner.log.name}));
  DETENTE_TRY(const std::string head,
              read_text_file(log.folder + "/checkpoint", limits::kNoteBytes));
  DETENTE_TRY(const record::Note note, record::parse_note(head));
  DETENTE_CHECK(record::verify_note(note, owner.log));
  DETENTE_TRY(log.checkpoint, record::parse_checkpoint(note.text));
  return log;
}

Result<std::vector<Bytes>> read_bundle(const OpenedLog& log, std::uint64_t bundle) {
  record::TilePath path;
  path.entries = true;
  path.index = bundle;
  const std::uint64_t left = log.checkpoint.size.value - bundle * record::kTileWidth;
  path.width = static_cast<int>(std::min<std::uint64_t>(left, record::kTileWidth));
  DETENTE_TRY(const std::string bytes, read_text_file(log.folder + "/" + path.text(), 32U << 20));
  return record::decode_bundle(as_bytes(bytes), path.width);
}

std::string officers_of(const record::Entry& entry) {
  std::string out;
  for (const record::EnvelopeSignature& signature : entry.envelope.signatures) {
    out += (out.empty() ? "" : ", ") + signature.keyid;
  }
  return out;
}

void print_line(const record::Entry& entry, bool json) {
  if (json) {
    JsonWriter out;
    out.begin_object().member("index", entry.header.seq.value).member("time", entry.header.time);
    out.member("type", entry.statement.type).member("id", entry.statement.id.value);
    out.member("officers", officers_of(entry)).end_object();
    std::printf("%s\n", out.text().c_str());
    return;
  }
  std::printf("%6llu  %-20s  %-18s  %s\n", static_cast<unsigned long long>(entry.header.seq.value),
              format_rfc3339(entry.header.time).c_str(), entry.statement.type.c_str(),
              officers_of(entry).c_str());
}

Status list(const StatementOptions& options) {
  DETENTE_TRY(const OpenedLog log, open_log(options));
  if (!options.json) {
    std::printf("log of %s: %llu entries\n", log.party.c_str(),
                static_cast<unsigned long long>(log.checkpoint.size.value));
  }
  std::uint64_t printed = 0;
  for (std::uint64_t bundle = options.from / record::kTileWidth;
       bundle * record::kTileWidth < log.checkpoint.size.value && printed < options.count;
       ++bundle) {
    DETENTE_TRY(const std::vector<Bytes> entries, read_bundle(log, bundle));
    for (const Bytes& bytes : entries) {
      DETENTE_TRY(const record::Entry entry, record::parse_entry(bytes));
      if (entry.header.seq.value < options.from || printed >= options.count) continue;
      if (!options.type.empty() && entry.statement.type != options.type) continue;
      print_line(entry, options.json);
      ++printed;
    }
  }
  return {};
}

Status show(const StatementOptions& options) {
  DETENTE_TRY(const OpenedLog log, open_log(options));
  const std::uint64_t index = *options.index;
  if (index >= log.checkpoint.size.value) {
    return fail(Errc::http_not_found,
                fmt::format("the log has {} entries", log.checkpoint.size.value),
                fmt::format("entry {}", index));
  }
  DETENTE_TRY(const std::vector<Bytes> entries, read_bundle(log, index / record::kTileWidth));
  const Bytes& bytes = entries[index % record::kTileWidth];
  if (options.json) {
    std::printf("%s\n", std::string(as_text(bytes)).c_str());
    return {};
  }
  DETENTE_TRY(const record::Entry entry, record::parse_entry(bytes));
  print_line(entry, false);
  std::printf("leaf      %s\nid        %s\nexpires   %s\n", to_base64(entry.leaf).c_str(),
              entry.statement.id.value.c_str(), format_rfc3339(entry.statement.expires).c_str());
  for (const record::Head& head : entry.header.seen) {
    std::printf("had seen  %s at size %llu\n", head.origin.value.c_str(),
                static_cast<unsigned long long>(head.size.value));
  }
  for (const record::Ref& ref : entry.statement.refs) {
    std::printf("refers to %s entry %llu\n", ref.origin.value.c_str(),
                static_cast<unsigned long long>(ref.index.value));
  }
  std::printf("body      %s\n", boost::json::serialize(entry.statement.body().value()).c_str());
  return {};
}

int finish(const char* command, const Status& status) {
  if (status) return 0;
  std::fprintf(stderr, "detente %s: %s\n", command, status.error().text().c_str());
  return 1;
}

}  // namespace

int statement_list(const StatementOptions& options) {
  return finish("statement list", list(options));
}
int statement_show(const StatementOptions& options) {
  return finish("statement show", show(options));
}

}  // namespace detente::app
