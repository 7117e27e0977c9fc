// SPDX-License-Identifier: Apache-2.0
#include "app/content_command.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <optional>

#include "app/content_files.h"
#include "app/folder_log.h"
#include "app/identity.h"
#include "app/key_files.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "record/content.h"

namespace detente::app {
namespace {

UtcMs now() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

struct Signing {
  NodeFolder node;
  FolderLog log;
  std::vector<record::OfficerSigner> officers;
};

// What must be there before anything is written: where it goes, who signs, the folder.
Result<Signing> prepare(const ContentOptions& options) {
  DETENTE_CHECK(check_deliver(options.deliver));
  DETENTE_TRY(NodeFolder node, open_node_folder(options.data));
  DETENTE_TRY(FolderLog log, open_folder_log(node, ""));
  DETENTE_TRY(std::vector<record::OfficerSigner> officers,
              load_signers(options.data, node.self, options.officers));
  return Signing{std::move(node), std::move(log), std::move(officers)};
}

// Read again as its readers will: too large a body, or one of another form, is refused here.
Result<record::Envelope> sign(const Signing& signing, const std::string& type,
                              std::vector<record::Ref> refs, std::string body) {
  record::Envelope envelope = record::sign_statement(
      draft_for(signing.node, signing.log.owner, type, std::move(refs), std::move(body), now()),
      signing.officers);
  if (envelope.payload.size() > limits::kStatementPayloadBytes) {
    return fail(Errc::content_malformed,
                fmt::format("a statement has at most {} bytes: open fewer fields at once",
                            limits::kStatementPayloadBytes));
  }
  DETENTE_TRY(const record::Statement statement, record::parse_statement(envelope));
  DETENTE_CHECK(record::check_content_form(statement));
  return envelope;
}

Result<record::CommittedContent> find_commit(const NodeFolder& node,
                                             const ContentOptions& options) {
  if (options.commit.empty()) return fail(Errc::usage, "which commitment: --commit PARTY:INDEX");
  DETENTE_TRY(const EntryName name, parse_entry_name(options.commit, node.self));
  return read_committed_at(node, name);
}

Result<record::SealedCopy> copy_for(const record::ContentCommit& commit, const std::string& to) {
  for (const record::SealedCopy& copy : commit.sealed) {
    if (copy.to == to) return copy;
  }
  return fail(Errc::content_unknown, "the commitment names no sealed copy", to);
}

Result<std::vector<record::SealedCopy>> seal_all(const NodeFolder& node, const ContentFiles& files,
                                                 const record::ContentPackage& package,
                                                 const std::vector<std::string>& to) {
  std::vector<record::SealedCopy> out;
  for (const std::string& party : to) {
    DETENTE_TRY(const crypto::BoxPublicKey box, newest_box_key(node, party));
    DETENTE_TRY(const Bytes sealed, record::seal_package(package.content, package.key, box));
    DETENTE_CHECK(files.save_blob(sealed));
    out.push_back({party, box, crypto::sha256(sealed), sealed.size()});
  }
  return out;
}

std::string field_names(const record::Content& content) {
  std::string out;
  for (const record::ContentField& field : content.fields()) out += " " + field.name;
  return out;
}

}  // namespace

Status content_commit(const CommitOptions& options) {
  DETENTE_TRY(const Signing signing, prepare(options.common));
  DETENTE_TRY(const std::string text, read_text_file(options.file, record::kContentBytes));
  Result<record::Content> content = record::Content::parse(text, options.schema);
  if (!content) return fail(std::move(content.error()).at(options.file));
  const record::ContentPackage package{std::move(*content),
                                       crypto::Secret32::generate(crypto::system_random())};
  record::ContentCommit commit;
  commit.commitment = record::commit_content(package.content, package.key);
  const ContentFiles files(options.common.data);
  DETENTE_CHECK(files.save(commit.commitment.root, package));
  DETENTE_TRY(commit.sealed, seal_all(signing.node, files, package, options.to));
  std::string body = record::write_content_commit(commit);
  DETENTE_TRY(const record::Envelope envelope,
              sign(signing, "content.commit", {}, std::move(body)));
  std::printf("root %s, %llu fields\n", to_base64(commit.commitment.root).c_str(),
              static_cast<unsigned long long>(commit.commitment.n));
  for (const record::SealedCopy& copy : commit.sealed) {
    std::printf("for %s: %s\n", copy.to.c_str(), files.blob_path(copy.sha256).c_str());
  }
  return deliver(envelope, options.common.deliver);
}

Status content_seal(const ContentOptions& options, const std::string& to, const std::string& out) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  DETENTE_TRY(const record::CommittedContent committed, find_commit(node, options));
  DETENTE_TRY(const record::SealedCopy copy, copy_for(committed.commit, to));
  DETENTE_TRY(const Bytes sealed, ContentFiles(options.data).sealed_copy(committed.commit, copy));
  DETENTE_CHECK(write_private_file(out, sealed, true));
  std::printf("written %s, %zu bytes\n", out.c_str(), sealed.size());
  return {};
}

Status content_receipt(const ContentOptions& options, const std::string& blob) {
  DETENTE_TRY(const Signing signing, prepare(options));
  DETENTE_TRY(const record::CommittedContent committed, find_commit(signing.node, options));
  DETENTE_TRY(const record::SealedCopy copy, copy_for(committed.commit, signing.node.self));
  DETENTE_TRY(const std::string sealed, read_text_file(blob, record::kSealedBytesMax));
  if (crypto::sha256(as_bytes(sealed)) != copy.sha256) {
    return fail(Errc::content_unknown, "not the copy that the commitment names", blob);
  }
  DETENTE_TRY(const std::vector<crypto::BoxKey> keys, load_box_keys(options.data));
  const crypto::BoxKey* key = &keys.front();
  for (const crypto::BoxKey& known : keys) {
    if (known.public_key() == copy.box) key = &known;
  }
  record::ReceivedCopy received = record::receive_copy(committed.commit, as_bytes(sealed), *key);
  const ContentFiles files(options.data);
  DETENTE_CHECK(files.save_blob(as_bytes(sealed)));
  if (received.receipt.opens) {
    DETENTE_TRY(const record::ContentPackage package, record::parse_package(received.package));
    const Hash& root = committed.commit.commitment.root;
    if (files.state(root) == ContentFiles::State::absent) {
      DETENTE_CHECK(files.save(root, package));
    }
    std::printf("it opens and matches; fields:%s\n", field_names(package.content).c_str());
  } else {
    std::printf("it does not match: %s\n", received.receipt.fault.c_str());
    if (!received.package.empty()) {
      const std::string held = options.data + "/content/held-" + to_hex(copy.sha256) + ".json";
      DETENTE_CHECK(write_private_file(held, as_bytes(received.package), true));
      std::printf("what it held is kept in %s\n", held.c_str());
    }
  }
  crypto::wipe(received.package);
  DETENTE_TRY(const record::Envelope envelope,
              sign(signing, "content.receipt", {committed.ref},
                   record::write_content_receipt(received.receipt)));
  return deliver(envelope, options.deliver);
}

namespace {

Status write_out(const OpenOptions& options, const std::string& text) {
  if (options.out.empty()) return fail(Errc::usage, "--out FILE, or --statement");
  DETENTE_CHECK(write_private_file(options.out, as_bytes(text), true));
  std::printf("written %s\n", options.out.c_str());
  return {};
}

}  // namespace

Status content_open(const OpenOptions& options) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.common.data));
  DETENTE_TRY(const record::CommittedContent committed, find_commit(node, options.common));
  const record::Commitment& commitment = committed.commit.commitment;
  DETENTE_TRY(const record::ContentPackage package,
              ContentFiles(options.common.data).load(commitment));
  if (options.package) {
    if (options.statement) return fail(Errc::usage, "a package never goes on the record");
    return write_out(options, record::encode_package(package.content, package.key));
  }
  std::vector<std::string> names = options.fields;
  if (options.all) {
    names.clear();
    for (const record::ContentField& field : package.content.fields()) names.push_back(field.name);
  }
  if (names.empty()) return fail(Errc::usage, "which fields: --field NAME, or --all");
  DETENTE_TRY(const record::Opening opening,
              record::open_fields(package.content, package.key, names));
  if (!options.statement) {
    return write_out(options, record::write_opening_file({commitment, opening}));
  }
  DETENTE_TRY(const Signing signing, prepare(options.common));
  DETENTE_TRY(const record::Envelope envelope,
              sign(signing, "content.open", {committed.ref}, record::write_content_open(opening)));
  return deliver(envelope, options.common.deliver);
}

namespace {

void print_opening(const record::OpeningFile& file, bool json) {
  if (json) {
    std::printf("%s\n", record::write_opening_file(file).c_str());
    return;
  }
  for (const record::OpenedField& field : file.opening) {
    std::printf("%3llu  %s = %s\n", static_cast<unsigned long long>(field.index),
                field.name.c_str(), field.value.c_str());
  }
}

Status verify_package_text(const std::string& text, const std::string& copy_of,
                           const std::optional<record::CommittedContent>& committed, bool json) {
  DETENTE_TRY(const record::ContentPackage package, record::parse_package(text));
  const record::Commitment found = record::commit_content(package.content, package.key);
  if (!committed) {
    std::printf("it leads to root %s, %llu fields, schema %s\n", to_base64(found.root).c_str(),
                static_cast<unsigned long long>(found.n), found.schema.c_str());
    return {};
  }
  if (!copy_of.empty()) {
    DETENTE_TRY(const record::SealedCopy copy, copy_for(committed->commit, copy_of));
    DETENTE_TRY(const record::SealedVerdict verdict,
                record::judge_sealed(committed->commit, copy, text));
    std::printf("sealed copy for %s: %s\n", copy_of.c_str(), record::sealed_verdict_name(verdict));
    if (verdict == record::SealedVerdict::matches) return {};
    return fail(Errc::content_mismatch, record::sealed_verdict_name(verdict), copy_of);
  }
  DETENTE_CHECK(record::verify_package(committed->commit.commitment, package));
  std::vector<std::string> names;
  for (const record::ContentField& field : package.content.fields()) names.push_back(field.name);
  DETENTE_TRY(record::Opening opening, record::open_fields(package.content, package.key, names));
  print_opening({found, std::move(opening)}, json);
  return {};
}

}  // namespace

Status content_verify(const ContentOptions& options, const std::string& file,
                      const std::string& copy_of) {
  std::optional<record::CommittedContent> committed;
  if (!options.data.empty()) {
    DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
    DETENTE_TRY(committed, find_commit(node, options));
  }
  if (!copy_of.empty() && !committed) return fail(Errc::usage, "--copy needs --data and --commit");
  DETENTE_TRY(std::string text, read_text_file(file, record::kOpeningFileBytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.starts_with(R"({"detente":"content/v1")")) {
    return verify_package_text(text, copy_of, committed, options.json);
  }
  if (!copy_of.empty()) return fail(Errc::usage, "--copy judges a package, not an opening");
  Result<record::OpeningFile> opening = record::parse_opening_file(text);
  if (!opening) return fail(std::move(opening.error()).at(file));
  if (committed && opening->commitment != committed->commit.commitment) {
    return fail(Errc::content_mismatch, "it opens another commitment", file);
  }
  DETENTE_CHECK(record::verify_opening(opening->commitment, opening->opening));
  print_opening(*opening, options.json);
  if (!committed && !options.json) {
    std::printf("these fields lead to root %s; that it was committed is for the log to show\n",
                to_base64(opening->commitment.root).c_str());
  }
  return {};
}

namespace {

Result<bool> is_shredded(const FolderLog& log, const record::CommittedContent& committed) {
  bool found = false;
  const auto visit = [&](const record::Entry& entry) -> Status {
    const bool shred = entry.statement.type == "content.shred";
    found = found || (shred && record::check_shred(committed, log.party, entry.statement));
    return {};
  };
  DETENTE_CHECK(for_each_entry(log, visit));
  return found;
}

Status destroy(const ContentFiles& files, const record::ContentCommit& commit,
               const std::string& reason) {
  DETENTE_CHECK(files.destroy(commit, reason));
  std::printf("destroyed here: the key, the content and %zu sealed copies\n", commit.sealed.size());
  return {};
}

}  // namespace

Status content_shred(const ContentOptions& options, const std::string& reason) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  DETENTE_TRY(const record::CommittedContent committed, find_commit(node, options));
  if (committed.party != node.self) {
    return fail(Errc::usage, "only the party that committed it shreds it", committed.party);
  }
  const ContentFiles files(options.data);
  if (files.state(committed.commit.commitment.root) == ContentFiles::State::absent) {
    return fail(Errc::content_unknown, "nothing of it is here", options.commit);
  }
  // Stated first, then destroyed: what is refused is kept.
  DETENTE_TRY(const FolderLog log, open_folder_log(node, ""));
  DETENTE_TRY(const bool stated, is_shredded(log, committed));
  if (stated) return destroy(files, committed.commit, reason);
  DETENTE_TRY(const Signing signing, prepare(options));
  if (!options.deliver.url.empty() && signing.officers.size() < 2) {
    return fail(Errc::signers_too_few,
                "two officers shred: --officer twice, or --out and detente statement sign");
  }
  DETENTE_TRY(const record::Envelope envelope,
              sign(signing, "content.shred", {committed.ref}, record::write_content_shred(reason)));
  DETENTE_CHECK(deliver(envelope, options.deliver));
  if (!options.deliver.url.empty()) return destroy(files, committed.commit, reason);
  std::printf("nothing is destroyed yet: log the statement, then run this again\n");
  return {};
}

namespace {

// What the logs at hand say about one commitment.
struct Listed {
  record::CommittedContent committed;
  UtcMs time;
  std::vector<std::string> answers;
};

using ContentList = std::map<record::Ref, Listed>;

std::string answer_text(const record::CommittedContent& committed, const std::string& party,
                        const record::Statement& statement) {
  const auto fault = [&](const Error& error) {
    return fmt::format("{} by {}: {}", statement.type, party, errc_name(error.code));
  };
  if (statement.type == "content.receipt") {
    const auto receipt = record::check_receipt(committed, party, statement);
    if (!receipt) return fault(receipt.error());
    return party + (receipt->opens ? " has it, and it matches" : " says: " + receipt->fault);
  }
  if (statement.type == "content.open") {
    const auto opening = record::check_open(committed, party, statement);
    if (!opening) return fault(opening.error());
    std::string names;
    for (const record::OpenedField& field : *opening) names += " " + field.name;
    return party + " opened" + names;
  }
  const auto reason = record::check_shred(committed, party, statement);
  return reason ? "destroyed by " + party + ": " + *reason : fault(reason.error());
}

Status collect(const FolderLog& log, ContentList& list,
               std::vector<std::pair<std::string, record::Entry>>& answers) {
  return for_each_entry(log, [&](const record::Entry& entry) -> Status {
    const std::string& type = entry.statement.type;
    if (type == "content.commit") {
      // A form that is not known here is for `detente verify` to tell, not for a list.
      const auto committed = record::read_committed(entry, log.party);
      if (committed) list[committed->ref] = {*committed, entry.header.time, {}};
    } else if (type.starts_with("content.")) {
      answers.emplace_back(log.party, entry);
    }
    return {};
  });
}

const char* state_name(ContentFiles::State state) {
  switch (state) {
    case ContentFiles::State::at_hand:
      return "at hand";
    case ContentFiles::State::destroyed:
      return "destroyed";
    case ContentFiles::State::absent:
      break;
  }
  return "not here";
}

void print_listed(const Listed& listed, ContentFiles::State state, bool json) {
  const record::CommittedContent& committed = listed.committed;
  const record::Commitment& commitment = committed.commit.commitment;
  if (json) {
    JsonWriter out;
    out.begin_object().member("party", committed.party);
    out.member("index", committed.ref.index.value).member("time", listed.time);
    out.member("root", to_base64(commitment.root)).member("n", commitment.n);
    out.member("schema", commitment.schema).member("state", state_name(state));
    out.name("to").begin_array();
    for (const record::SealedCopy& copy : committed.commit.sealed) out.value(copy.to);
    out.end_array().name("answers").begin_array();
    for (const std::string& answer : listed.answers) out.value(answer);
    out.end_array().end_object();
    std::printf("%s\n", out.text().c_str());
    return;
  }
  std::printf("%s:%llu  %s  %s  %llu fields  %s\n", committed.party.c_str(),
              static_cast<unsigned long long>(committed.ref.index.value),
              format_rfc3339(listed.time).c_str(), commitment.schema.c_str(),
              static_cast<unsigned long long>(commitment.n), state_name(state));
  for (const record::SealedCopy& copy : committed.commit.sealed) {
    std::printf("    sealed for %s: %s\n", copy.to.c_str(), to_hex(copy.sha256).c_str());
  }
  for (const std::string& answer : listed.answers) std::printf("    %s\n", answer.c_str());
}

}  // namespace

Status content_list(const ContentOptions& options) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  ContentList list;
  std::vector<std::pair<std::string, record::Entry>> answers;
  for (const terms::Party& party : node.agreement.parties()) {
    const Result<FolderLog> log = open_folder_log(node, party.id.value);
    if (!log && log.error().code == Errc::store_not_found) continue;
    if (!log) return fail(log.error());
    DETENTE_CHECK(collect(*log, list, answers));
  }
  for (const auto& [party, entry] : answers) {
    for (const record::Ref& ref : entry.statement.refs) {
      const auto found = list.find(ref);
      if (found == list.end()) continue;
      found->second.answers.push_back(answer_text(found->second.committed, party, entry.statement));
    }
  }
  const ContentFiles files(options.data);
  for (const auto& [ref, listed] : list) {
    print_listed(listed, files.state(listed.committed.commit.commitment.root), options.json);
  }
  return {};
}

}  // namespace detente::app
