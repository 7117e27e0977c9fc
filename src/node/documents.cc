// SPDX-License-Identifier: Apache-2.0
//
// Versions of the agreement beside the first one. A log says by its hash which version it means;
// the text comes from the desk, or from any peer that has it, and proves itself by that hash.
#include "base/limits.h"
#include "crypto/hash.h"
#include "node/node_impl.h"

namespace detente::node {
namespace {

constexpr std::string_view kFolder = "agreements/";
constexpr std::string_view kEnding = ".json";

std::string path_of(const std::string& sha256) {
  return std::string(kFolder) + sha256 + std::string(kEnding);
}

}  // namespace

// Without `out` it comes from the own disk.
Status Node::Impl::learn_document(const std::string& text, Effects* out, UtcMs now) {
  DETENTE_TRY(terms::Agreement made, terms::Agreement::make(text));
  const std::string sha256 = made.sha256_hex();
  if (documents.contains(sha256)) return {};
  auto version = std::make_shared<const terms::Agreement>(std::move(made));
  DETENTE_CHECK(ledger.learn(version));
  documents.emplace(sha256, text);
  terms_changed = true;
  activities_changed = true;
  if (out == nullptr) return {};
  out->push_back(StoreDocument{sha256, text});
  notify(*out, "agreement", now, {{"sha256", sha256}});
  return {};
}

// Asked for once a round, after the logs, which may have named new ones.
void Node::Impl::want_documents(PeerState& peer) const {
  if (peer.asked_documents) return;
  peer.asked_documents = true;
  for (const std::string& sha256 : ledger.course().wanted()) peer.todo.push_back(path_of(sha256));
}

// A peer that has not got it, or sends something else, is asked again in a later round.
void Node::Impl::on_document(std::string_view path, const Result<Bytes>& bytes, UtcMs now,
                             Effects& out) {
  if (!bytes || bytes->size() > limits::kAgreementBytes) return;
  const std::string sha256 = to_hex(crypto::sha256(*bytes));
  if (path != path_of(sha256)) return;
  const Status learnt = learn_document(std::string(as_text(*bytes)), &out, now);
  if (!learnt) notify(out, "refused", now, {{"sha256", sha256}, {"text", learnt.error().text()}});
}

// The watch goes by the version and the stage that are in force.
void Node::Impl::refresh_terms(UtcMs now, Effects& out) {
  const terms::TermsAt in_force = ledger.course().now(now, terms::Function::watch);
  terms_changed = false;
  if (in_force.agreement == watched_terms && in_force.stage == watched_stage) return;
  watched_terms = in_force.agreement;
  watched_stage = in_force.stage;
  std::vector<watch::FindingEvent> events;
  watcher.set_terms(in_force.agreement, in_force.stage, events);
  log_finding_events(events, now, out);
}

}  // namespace detente::node
