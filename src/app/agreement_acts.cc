// SPDX-License-Identifier: Apache-2.0
#include "app/agreement_acts.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdio>

#include "app/folder_log.h"
#include "app/identity.h"
#include "base/limits.h"
#include "terms/agreement_ledger.h"

namespace detente::app {
namespace {

UtcMs now() {
  return UtcMs{std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count()};
}

Status sign_and_deliver(const SignatoryOptions& options, const NodeFolder& node,
                        const std::string& type, std::vector<record::Ref> refs, std::string body) {
  DETENTE_CHECK(check_deliver(options.deliver));
  DETENTE_TRY(const record::LogOwner owner, node.agreement.log_owner(PartyId{node.self}));
  DETENTE_TRY(const std::vector<record::OfficerSigner> officers,
              load_signers(options.data, node.self, options.officers));
  const record::Envelope envelope = record::sign_statement(
      draft_for(node, owner, type, std::move(refs), std::move(body), now()), officers);
  return deliver(envelope, options.deliver);
}

// The version in force as the folder knows it: the newest of its versions that was brought here, or
// the first one. The node itself judges by what the logs say.
Result<std::string> newest_version(const NodeFolder& node, const std::string& wanted) {
  if (wanted.empty()) return node.agreement.sha256_hex();
  DETENTE_TRY(const std::string text, read_text_file(wanted, limits::kAgreementBytes));
  DETENTE_TRY(const terms::Agreement version, terms::Agreement::make(text));
  return version.sha256_hex();
}

}  // namespace

Status agreement_amend(const SignatoryOptions& options, const std::string& document,
                       const std::string& effective) {
  DETENTE_CHECK(check_deliver(options.deliver));
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  DETENTE_TRY(const std::string text, read_text_file(document, limits::kAgreementBytes));
  Result<terms::Agreement> version = terms::Agreement::make(text);
  if (!version) return fail(std::move(version.error()).at(document));
  DETENTE_CHECK(terms::may_amend(node.agreement, *version));
  DETENTE_TRY(const UtcMs from, parse_rfc3339(effective));
  if (!options.deliver.url.empty()) {
    DETENTE_CHECK(post_document(options.deliver.url, options.deliver.token_file, text));
  }
  JsonWriter body;
  body.begin_object().member("version", version->version());
  body.member("sha256", version->sha256_hex()).member("amends", version->amends());
  body.member("effective", from).member("reason", options.reason).end_object();
  return sign_and_deliver(options, node, "agreement.amend", {}, body.take());
}

Status agreement_state(const SignatoryOptions& options, const std::string& function,
                       const std::string& state) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  if (!function.empty()) DETENTE_CHECK(terms::parse_function(function));
  JsonWriter body;
  body.begin_object().member("function", function).member("state", state);
  body.member("reason", options.reason).end_object();
  return sign_and_deliver(options, node, "agreement.state", {}, body.take());
}

Status agreement_begin_stage(const SignatoryOptions& options, const std::string& stage,
                             const std::string& version) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  DETENTE_TRY(const std::string sha256, newest_version(node, version));
  JsonWriter body;
  body.begin_object().member("stage", stage).member("sha256", sha256).end_object();
  return sign_and_deliver(options, node, "stage.begin", {}, body.take());
}

Status agreement_reset_stage(const SignatoryOptions& options, const std::string& stage,
                             const std::string& clause, const std::vector<std::string>& evidence) {
  DETENTE_TRY(const NodeFolder node, open_node_folder(options.data));
  std::vector<record::Ref> refs;
  for (const std::string& text : evidence) {
    DETENTE_TRY(const EntryName name, parse_entry_name(text, node.self));
    DETENTE_TRY(const FolderLog log, open_folder_log(node, name.party));
    DETENTE_TRY(const record::Entry entry, read_folder_entry(log, name.index));
    refs.push_back({Origin{log.owner.log.name}, name.index, entry.leaf});
  }
  JsonWriter body;
  body.begin_object().member("stage", stage).member("clause", clause);
  body.member("reason", options.reason).end_object();
  return sign_and_deliver(options, node, "stage.reset", std::move(refs), body.take());
}

}  // namespace detente::app
