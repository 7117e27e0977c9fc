// SPDX-License-Identifier: Apache-2.0
#include "app/checks_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

#include "airspace/plan_content.h"
#include "app/check_shelf.h"
#include "app/checks_folder.h"
#include "app/content_files.h"
#include "app/folder_log.h"
#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "record/proof_file.h"
#include "record/psi_claim_file.h"

namespace detente::app {
namespace {

using checks::CellKey;
using checks::ChecksLedger;
using record::PsiHead;
using record::PsiPurpose;
using record::Ref;

constexpr const char* kOpened = "psi-opened-list/v1";

Result<record::PsiProvenEntry> proven(const Logs& logs, const std::string& party,
                                      const record::Entry& entry) {
  const FolderLog& log = logs.logs.at(party);
  DETENTE_TRY(const std::string head,
              read_text_file(log.folder + "/checkpoint", limits::kNoteBytes));
  DETENTE_TRY(record::Note note, record::parse_note(head));
  const std::vector<Hash>& leaves = logs.leaves.at(party);
  const record::ProofFile proof{
      {}, entry.header.seq, record::inclusion_proof(leaves, entry.header.seq), std::move(note)};
  return record::PsiProvenEntry{entry.bytes, proof.encode()};
}

Result<std::vector<CellKey>> read_cells(const std::vector<std::string>& texts) {
  std::vector<CellKey> out;
  for (const std::string& text : texts) {
    DETENTE_TRY(const CellKey cell, cell_from_hex(text));
    out.push_back(cell);
  }
  return out;
}

Status claim_committed(const StoredList& list, const checks::TokenList& tokens,
                       const std::vector<CellKey>& cells, std::vector<record::PsiClaim>& claims) {
  const std::vector<Hash> leaves = checks::commit_leaves(tokens, list.secret);
  for (const CellKey& cell : cells) {
    const auto at = std::lower_bound(tokens.cells().begin(), tokens.cells().end(), cell);
    if (at == tokens.cells().end() || !(*at == cell)) {
      return fail(Errc::checks_unknown, "the list does not hold it", cell_hex(cell));
    }
    const auto index = static_cast<std::uint32_t>(at - tokens.cells().begin());
    claims.push_back(record::open_commit(cell, checks::salt_of(list.secret, index), leaves, index));
  }
  return {};
}

Status claim_post(const Own& own, const std::vector<CellKey>& cells, bool committed,
                  record::PsiClaimFile& file) {
  const std::string& self = own.logs.node.self;
  DETENTE_TRY(const record::PsiPost post, record::read_psi_post(own.entry->statement.body()));
  DETENTE_TRY(const record::PsiContext context, own.logs.ledger.context(PartyId{self}, own.head));
  DETENTE_TRY(const record::Entry* epoch, epoch_entry(own.logs, self, own.head));
  DETENTE_TRY(file.epoch, proven(own.logs, self, *epoch));
  DETENTE_TRY(file.post, proven(own.logs, self, *own.entry));
  DETENTE_TRY(const crypto::VoprfKey key, own.folder.load_key());
  DETENTE_TRY(const Bytes board, own.folder.read_own(post.tags.root));
  for (const CellKey& cell : cells) {
    const auto nonce = crypto::VoprfScalar::generate(crypto::system_random());
    DETENTE_TRY(record::PsiBoardClaim claim,
                record::open_board(record::psi_prefix(context), cell, key, nonce, board));
    file.claims.emplace_back(std::move(claim));
  }
  if (!committed) return {};
  DETENTE_TRY(const StoredList list, own.folder.load_list(post.commit.root));
  DETENTE_TRY(const checks::TokenList tokens,
              checks::TokenList::make(context, cells_of(list), list.use));
  return claim_committed(list, tokens, cells, file.claims);
}

Status claim_query(const Own& own, const std::vector<CellKey>& cells, bool committed,
                   record::PsiClaimFile& file) {
  const std::string& self = own.logs.node.self;
  DETENTE_TRY(const record::PsiQuery query, record::read_psi_query(own.entry->statement.body()));
  DETENTE_TRY(const record::PsiContext context, own.logs.ledger.context(PartyId{self}, own.head));
  DETENTE_TRY(file.query, proven(own.logs, self, *own.entry));
  DETENTE_TRY(const StoredList list, own.folder.load_list(query.commit.root));
  DETENTE_TRY(const checks::TokenList tokens,
              checks::TokenList::make(context, cells_of(list), list.use));
  DETENTE_TRY(const Bytes question, own.folder.read_own(query.blinded.root));
  const std::vector<std::uint32_t> order = checks::question_order(tokens, list.secret);
  for (const CellKey& cell : cells) {
    const auto at = std::lower_bound(tokens.cells().begin(), tokens.cells().end(), cell);
    if (at == tokens.cells().end() || !(*at == cell)) {
      return fail(Errc::checks_unknown, "it was not asked about", cell_hex(cell));
    }
    const auto index = static_cast<std::uint32_t>(at - tokens.cells().begin());
    const auto place = std::find(order.begin(), order.end(), index) - order.begin();
    file.claims.emplace_back(record::open_query(cell, checks::blind_of(list.secret, index),
                                                question, static_cast<std::uint32_t>(place)));
    std::printf("the element %lld of the question\n", static_cast<long long>(place));
  }
  return committed ? claim_committed(list, tokens, cells, file.claims) : Status{};
}

Status claim_answer(const Own& own, std::uint32_t place, record::PsiClaimFile& file) {
  const std::string& self = own.logs.node.self;
  DETENTE_TRY(const record::PsiAnswer answer, record::read_psi_answer(own.entry->statement.body()));
  const auto asked = own.logs.entries.find(own.entry->statement.refs.front());
  if (asked == own.logs.entries.end()) return fail(Errc::checks_unknown, "the question");
  DETENTE_TRY(const record::PsiQuery query, record::read_psi_query(asked->second.statement.body()));
  if (place >= query.blinded.n) return fail(Errc::usage, "the question has fewer elements");
  DETENTE_TRY(const record::Entry* epoch, epoch_entry(own.logs, self, own.head));
  DETENTE_TRY(file.epoch, proven(own.logs, self, *epoch));
  DETENTE_TRY(file.query, proven(own.logs, own.head.with, asked->second));
  DETENTE_TRY(file.answer, proven(own.logs, self, *own.entry));
  DETENTE_TRY(const crypto::VoprfKey key, own.folder.load_key());
  DETENTE_TRY(const Bytes question, own.folder.read_theirs(query.blinded.root));
  DETENTE_TRY(const Bytes given, own.folder.read_own(answer.file));
  const auto nonce = crypto::VoprfScalar::generate(crypto::system_random());
  DETENTE_TRY(record::PsiAnswerClaim claim,
              record::open_answer(key, nonce, question, given, place));
  file.claims.emplace_back(std::move(claim));
  return {};
}

// What convicts whoever answered: both statements, the key that was logged, and both files.
Status claim_refused(const Own& own, const std::string& out, record::PsiClaimFile& file) {
  const Logs& logs = own.logs;
  const std::string& self = logs.node.self;
  const std::string& other = own.head.with;
  DETENTE_TRY(const record::PsiQuery query, record::read_psi_query(own.entry->statement.body()));
  std::optional<record::Ref> answered;
  record::PsiAnswer answer;
  for (const checks::QueryView& one : logs.ledger.queries_of(PartyId{self}, own.head)) {
    if (one.ref.index != own.entry->header.seq || !one.answer) continue;
    answered = one.answer->ref;
    answer = one.answer->body;
  }
  const auto entry = answered ? logs.entries.find(*answered) : logs.entries.end();
  if (entry == logs.entries.end()) return fail(Errc::checks_unknown, "it was not answered");
  const record::PsiHead theirs{own.head.epoch, self, own.head.purpose};
  DETENTE_TRY(const record::Entry* epoch, epoch_entry(logs, other, theirs));
  DETENTE_TRY(const record::PsiEpoch opened, record::read_psi_epoch(epoch->statement.body()));
  DETENTE_TRY(const Bytes question, own.folder.read_own(query.blinded.root));
  DETENTE_TRY(const Bytes given, own.folder.read_theirs(answer.file));
  DETENTE_CHECK(record::judge_wrong_answer(opened.key, query.blinded, answer, question, given));
  DETENTE_TRY(file.epoch, proven(logs, other, *epoch));
  DETENTE_TRY(file.query, proven(logs, self, *own.entry));
  DETENTE_TRY(file.answer, proven(logs, other, entry->second));
  DETENTE_CHECK(write_private_file(out + ".question", question, true));
  return write_private_file(out + ".answer", given, true);
}

}  // namespace

Status checks_show(const ChecksOptions& options) {
  std::vector<std::string> damaged;
  DETENTE_TRY(const ShelfState state, CheckShelf(options.data).load(damaged));
  for (const auto& [head, folder] : state.epochs) {
    const bool key = state.folder.keys.contains(head);
    std::printf("epoch %s with %s, %s: kept until %s, %s\n", head.epoch.c_str(), head.with.c_str(),
                record::psi_purpose_name(head.purpose),
                format_rfc3339(state.folder.epochs.at(head)).c_str(),
                key ? "the key is at hand" : "no key");
    for (const auto& [root, one] : state.folder.lists) {
      if (!(one.head == head)) continue;
      DETENTE_TRY(const StoredList list, folder.load_list(root));
      std::printf("  list %s: %llu of %llu tokens, %zu commitments, %s, compared with %zu posts\n",
                  to_base64(root).c_str(), static_cast<unsigned long long>(list.tokens),
                  static_cast<unsigned long long>(list.commitment.n), list.commits.size(),
                  one.learnt ? "answered" : "not answered", one.compared.size());
      if (!options.list_cells) continue;
      for (const CellKey& cell : cells_of(list)) std::printf("    %s\n", cell_hex(cell).c_str());
    }
  }
  for (const auto& [ref, why] : state.refused) {
    std::printf("refused %s entry %llu: %s\n", ref.origin.value.c_str(),
                static_cast<unsigned long long>(ref.index.value), why.c_str());
  }
  for (const std::string& path : damaged) std::printf("damaged %s\n", path.c_str());
  return {};
}

Status checks_claim(const ChecksOptions& options) {
  DETENTE_TRY(const std::vector<CellKey> cells, read_cells(options.cells));
  DETENTE_TRY(const Own own, open_own(options.data, options.index));
  record::PsiClaimFile file;
  const std::string& type = own.entry->statement.type;
  if (options.refused && type != "psi.query") return fail(Errc::usage, "a psi.query", type);
  const bool by_cell = type != "psi.answer" && !options.refused;
  if (by_cell && cells.empty()) return fail(Errc::usage, "which cells: --cell");
  if (options.refused) {
    DETENTE_CHECK(claim_refused(own, options.out, file));
  } else if (type == "psi.post") {
    DETENTE_CHECK(claim_post(own, cells, options.committed, file));
  } else if (type == "psi.query") {
    DETENTE_CHECK(claim_query(own, cells, options.committed, file));
  } else if (type == "psi.answer") {
    if (!options.place) return fail(Errc::usage, "which element: --place");
    DETENTE_CHECK(claim_answer(own, *options.place, file));
  } else {
    return fail(Errc::usage, "a psi.post, psi.query or psi.answer", type);
  }
  if (file.claims.size() > record::kPsiClaimsPerFile) {
    return fail(Errc::usage, fmt::format("a file has {} claims", record::kPsiClaimsPerFile));
  }
  DETENTE_CHECK(write_private_file(options.out, as_bytes(file.encode()), true));
  std::printf("written %s, %zu claims\n", options.out.c_str(), file.claims.size());
  return {};
}

Result<FoundInCommon> checks_found(const std::string& data, const std::string& with) {
  DETENTE_TRY(const Logs logs, read_logs(data));
  std::vector<std::string> damaged;
  DETENTE_TRY(const ShelfState state, CheckShelf(data).load(damaged));
  for (const checks::QueryView& query : logs.ledger.queries(ChecksLedger::Which::all)) {
    const PsiHead& head = query.body.head;
    const bool asked = query.party.value == logs.node.self && head.with == with &&
                       head.purpose == PsiPurpose::sites && query.answer;
    const auto folder = state.epochs.find(head);
    if (!asked || folder == state.epochs.end()) continue;
    const Result<StoredList> list = folder->second.load_list(query.body.commit.root);
    const Result<Found> found = folder->second.load_found(query.body.commit.root);
    if (!list || !found) continue;
    const std::vector<CellKey> cells = cells_of(*list);
    for (const auto& [post, indexes] : *found) {
      if (indexes.empty() || indexes.front() >= cells.size()) continue;
      return FoundInCommon{cell_hex(cells[indexes.front()]), query.ref.index.value,
                           post.index.value, query.answer->ref.index.value};
    }
  }
  return fail(Errc::checks_unknown, "no cell in common is kept", with);
}

namespace {

Result<record::PsiClaimFile> read_claims(const std::string& path) {
  DETENTE_TRY(const std::string text, read_text_file(path, record::kPsiClaimFileBytes));
  Result<record::PsiClaimFile> file = record::parse_psi_claim_file(text);
  if (!file) return fail(std::move(file).error().at(path));
  return file;
}

// The same statement may come in several files, with the proof of another checkpoint.
Status take_statement(std::optional<record::PsiProvenEntry>& into,
                      const std::optional<record::PsiProvenEntry>& one, const std::string& path) {
  if (!one) return {};
  if (!into) into = one;
  if (into->entry == one->entry) return {};
  return fail(Errc::claim_malformed, "it is about other statements than the files before it", path);
}

}  // namespace

Status checks_join(const std::vector<std::string>& files, const std::string& out) {
  record::PsiClaimFile joined;
  for (const std::string& path : files) {
    DETENTE_TRY(record::PsiClaimFile one, read_claims(path));
    DETENTE_CHECK(take_statement(joined.epoch, one.epoch, path));
    DETENTE_CHECK(take_statement(joined.post, one.post, path));
    DETENTE_CHECK(take_statement(joined.query, one.query, path));
    DETENTE_CHECK(take_statement(joined.answer, one.answer, path));
    std::move(one.claims.begin(), one.claims.end(), std::back_inserter(joined.claims));
  }
  if (joined.claims.empty() || joined.claims.size() > record::kPsiClaimsPerFile) {
    return fail(Errc::usage, fmt::format("a file has 1 to {} claims", record::kPsiClaimsPerFile));
  }
  DETENTE_CHECK(write_private_file(out, as_bytes(joined.encode()), true));
  std::printf("written %s, %zu claims\n", out.c_str(), joined.claims.size());
  return {};
}

Result<std::uint32_t> place_of_claim(const std::string& file) {
  DETENTE_TRY(const record::PsiClaimFile claims, read_claims(file));
  for (const record::PsiClaim& claim : claims.claims) {
    if (const auto* query = std::get_if<record::PsiQueryClaim>(&claim)) return query->path.index;
  }
  return fail(Errc::claim_malformed, "no claim of a question", file);
}

Status checks_open(const ChecksOptions& options) {
  DETENTE_TRY(const Own own, open_own(options.data, options.index));
  if (own.entry->statement.type == "psi.post") return open_posted_board(own, options);
  DETENTE_TRY(const record::PsiQuery query, record::read_psi_query(own.entry->statement.body()));
  DETENTE_TRY(const StoredList list, own.folder.load_list(query.commit.root));
  JsonWriter out;
  out.begin_object().member("detente", kOpened).member("party", own.logs.node.self);
  out.member("index", options.index).member("list", stored_list_text(list)).name("plans");
  out.begin_array();
  for (const Ref& ref : list.commits) {
    const auto entry = own.logs.entries.find(ref);
    if (entry == own.logs.entries.end()) return fail(Errc::checks_unknown, "a commitment");
    DETENTE_TRY(const record::ContentCommit commit,
                record::read_content_commit(entry->second.statement.body()));
    DETENTE_TRY(const record::ContentPackage package,
                ContentFiles(options.data).load(commit.commitment));
    out.value(record::encode_package(package.content, package.key));
  }
  out.end_array();
  write_others(out, own, list);
  out.end_object();
  return seal_opened(own.logs, out.take(), options.to, options.out);
}

namespace {

// The plans of the opened list must be those that its commitments are to.
Result<std::vector<geo::Volume4>> opened_plan(const Logs& logs, const Ref& ref,
                                              const std::string& text) {
  const auto entry = logs.entries.find(ref);
  if (entry == logs.entries.end()) return fail(Errc::checks_unknown, "a commitment");
  DETENTE_TRY(const record::ContentCommit commit,
              record::read_content_commit(entry->second.statement.body()));
  DETENTE_TRY(const record::ContentPackage package, record::parse_package(text));
  DETENTE_CHECK(record::verify_package(commit.commitment, package));
  return airspace::read_plan_content(package.content);
}

}  // namespace

Result<bool> checks_audit(const ChecksOptions& options) {
  DETENTE_TRY(const Logs logs, read_logs(options.data));
  DETENTE_TRY(const std::string text, unseal(options.data, options.file));
  DETENTE_TRY(const JsonDocument document, parse_json(text, {.bytes_max = kOpenedBytes}));
  const JsonReader in = document.root();
  DETENTE_TRY(const std::string what, in.string("detente", limits::kIdBytes));
  if (what == kOpenedBoard) return audit_posted_board(logs, in);
  DETENTE_TRY(const std::string party, in.string("party", limits::kIdBytes));
  DETENTE_TRY(const std::int64_t index, in.integer("index", 0, INT64_MAX >> 11));
  DETENTE_TRY(const std::string stored, in.string("list", kOpenedBytes));
  DETENTE_TRY(const StoredList list, parse_stored_list(stored));
  DETENTE_TRY(const auto plans, in.strings("plans", limits::kCheckPlans, record::kSealedBytesMax));
  std::optional<checks::QueryView> query;
  for (const checks::QueryView& one : logs.ledger.queries(ChecksLedger::Which::all)) {
    const bool is =
        one.party.value == party && one.ref.index.value == static_cast<std::uint64_t>(index);
    if (is) query = one;
  }
  if (!query) return fail(Errc::checks_unknown, "no such question in the log", party);
  const PsiHead& head = query->body.head;
  checks::LoggedList logged;
  DETENTE_TRY(logged.context, logs.ledger.context(query->party, head));
  logged.query = query->body;
  const std::vector<Ref> commits = plans_of(logs, *query);
  const auto mine = logs.ledger.epoch(query->party, head);
  const auto theirs = logs.ledger.epoch(PartyId{head.with}, {head.epoch, party, head.purpose});
  const auto& opened_by = head.purpose == PsiPurpose::plans ? mine : theirs;
  if (!opened_by || !opened_by->epoch) return fail(Errc::checks_epoch, head.epoch);
  logged.terms = opened_by->epoch->terms;
  for (const checks::PostView& post : mine ? mine->posts : std::vector<checks::PostView>()) {
    if (query->post == post.ref) logged.post = post.body;
  }
  if (commits != list.commits || plans.size() != commits.size()) {
    std::printf("list: it is not of the plans that the log names\n");
    return false;
  }
  checks::OpenedList opened{{}, list.role, list.against_places, list.secret};
  for (std::size_t i = 0; i < commits.size(); ++i) {
    const auto volumes = opened_plan(logs, commits[i], plans[i]);
    if (!volumes) {
      std::printf("plan %zu: %s\n", i + 1, volumes.error().text().c_str());
      return false;
    }
    opened.plans.push_back({*volumes, list.covers[i], list.ranges[i]});
  }
  checks::AuditFinding finding = checks::audit_list(opened, logged);
  if (finding.fault == checks::AuditFault::none) {
    DETENTE_TRY(const auto left_out, find_left_out(logs, in, *query, list));
    if (left_out) finding = {checks::AuditFault::list, *left_out};
  }
  std::printf("%s:%lld, %s with %s: %s%s%s\n", party.c_str(), static_cast<long long>(index),
              head.epoch.c_str(), head.with.c_str(),
              finding.fault == checks::AuditFault::none ? "the list is that of its plans"
                                                        : audit_fault_name(finding.fault),
              finding.what.empty() ? "" : ": ", finding.what.c_str());
  return finding.fault == checks::AuditFault::none;
}

}  // namespace detente::app
