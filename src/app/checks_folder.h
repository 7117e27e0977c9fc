// SPDX-License-Identifier: Apache-2.0
//
// What the commands about private checks read: all logs of a folder with what they say about
// checks, one own statement with what its node keeps of it, and files sealed to an auditor.
// Errors: usage, checks_*, store_*, content_*.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/check_shelf.h"
#include "app/checks_command.h"
#include "app/folder_log.h"
#include "checks/ledger.h"

namespace detente::app {

inline constexpr std::size_t kOpenedBytes = 64U << 20;  // a file that was opened to an auditor
inline constexpr const char* kOpenedBoard = "psi-opened-board/v1";

// All logs of a folder, as far as they are about private checks.
struct Logs {
  NodeFolder node;
  std::map<std::string, FolderLog> logs;
  std::map<std::string, std::vector<Hash>> leaves;
  std::map<record::Ref, record::Entry> entries;  // psi.* and content.commit
  checks::ChecksLedger ledger;
};

Result<Logs> read_logs(const std::string& data);
const record::Entry* own_entry(const Logs& logs, std::uint64_t index);
// Of the body of a psi.epoch, psi.post, psi.query or psi.answer.
Result<record::PsiHead> head_in(const JsonReader& body);
// checks_epoch: it was not opened.
Result<const record::Entry*> epoch_entry(const Logs& logs, const std::string& party,
                                         const record::PsiHead& head);

// One statement of the own log, with what its node still has of it.
struct Own {
  Logs logs;
  const record::Entry* entry = nullptr;
  record::PsiHead head;
  EpochFolder folder;
};

Result<Own> open_own(const std::string& data, std::uint64_t index);

// Writes the text so that the party's node alone can read it; wipes it.
Status seal_opened(const Logs& logs, std::string text, const std::string& to,
                   const std::string& out);
Result<std::string> unseal(const std::string& data, const std::string& path);

// checks_parts.cc: the plans that a question is about; the other lists of its epoch that name one
// of them, opened too; what of these plans is in no list, or nothing.
std::vector<record::Ref> plans_of(const Logs& logs, const checks::QueryView& query);
void write_others(JsonWriter& out, const Own& own, const StoredList& list);
Result<std::optional<std::string>> find_left_out(const Logs& logs, const JsonReader& in,
                                                 const checks::QueryView& drawn,
                                                 const StoredList& list);

// checks_board.cc: the drawn entries of an own board of places, and what an auditor finds in them.
Status open_posted_board(const Own& own, const ChecksOptions& options);
Result<bool> audit_posted_board(const Logs& logs, const JsonReader& in);

}  // namespace detente::app
