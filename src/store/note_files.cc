// SPDX-License-Identifier: Apache-2.0
//
// Kept notes as files. The database keeps every note; heartbeats repeat the same sizes without end,
// and what proves a receipt is a cosigner's first note for a size. Only those become files, and of
// old ones only as many as the log has bundles, so that the folder stays in proportion to the log.
#include <algorithm>

#include "store/node_store_impl.h"

namespace detente::store {
namespace {

constexpr std::size_t kFilesAtOnce = 4096;
constexpr const char* kChosen =
    "SELECT DISTINCT hash, note FROM notes WHERE rowid IN (SELECT note FROM"
    "  (SELECT note,"
    "     row_number() OVER (PARTITION BY origin, cosigner ORDER BY size DESC) AS age,"
    "     row_number() OVER (PARTITION BY origin, cosigner, size / 256 ORDER BY size) AS place"
    "   FROM receipts) WHERE age <= 1024 OR place = 1) ORDER BY rowid";

}  // namespace

// In the transaction that keeps the note. Whoever gave a line of his own cosigned.
Status NodeStore::Impl::note_receipts(const node::KeepNote& effect) {
  const Result<record::Note> note = record::parse_note(effect.note);
  if (!note) return {};
  const Result<record::Checkpoint> checkpoint = record::parse_checkpoint(note->text);
  if (!checkpoint || checkpoint->origin != effect.origin) return {};
  const std::int64_t row = database.last_row();
  for (const record::NoteSignature& line : note->signatures) {
    if (line.name == effect.origin.value) continue;
    DETENTE_CHECK(insert_receipt.bind(1, std::string_view(effect.origin.value))
                      .bind(2, std::string_view(line.name))
                      .bind(3, static_cast<std::int64_t>(checkpoint->size.value))
                      .bind(4, row)
                      .run());
  }
  return {};
}

Status NodeStore::Impl::export_notes() {
  DETENTE_TRY(const std::vector<std::string> there, folder.list("notes", 0));
  std::set<std::string> extra(there.begin(), there.end());
  std::vector<std::pair<std::string, std::string>> missing;
  DETENTE_TRY(Statement select, database.prepare(kChosen));
  while (missing.size() < kFilesAtOnce) {
    DETENTE_TRY(const bool row, select.step());
    if (!row) break;
    std::string path = "notes/" + to_hex(select.blob(0)) + ".note";
    if (extra.erase(path) == 0) missing.emplace_back(std::move(path), select.text(1));
  }
  std::vector<FileToWrite> files;
  for (const auto& [path, note] : missing) files.push_back({path, as_bytes(note), false, true});
  if (!files.empty()) DETENTE_CHECK(folder.write(files));
  // With more to come the rest of the list has not been seen.
  if (missing.size() == kFilesAtOnce) return {};
  for (const std::string& path : extra) {
    if (path.ends_with(".note")) DETENTE_CHECK(folder.remove(path));
  }
  return {};
}

}  // namespace detente::store
