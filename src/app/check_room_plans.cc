// SPDX-License-Identifier: Apache-2.0
//
// What a room has for others and from its officers: the files that peers may have, the plans and
// lists that the log commits to.
#include <algorithm>

#include "airspace/plan_content.h"
#include "app/check_lists.h"
#include "app/check_room.h"
#include "app/log.h"

namespace detente::app {

using record::PsiHead;
using record::Ref;

// After a crash a file may be named in the log and not be marked yet.
void CheckRoom::give_out_logged() {
  for (const auto& [head, folder] : state_.epochs) {
    const PsiHead mirror{head.epoch, node_.self().value, head.purpose};
    const auto give = [&at = folder](const Hash& root) {
      const Status given = at.give_out(root);
      if (!given) log_event("error", "check_file", {{"error", given.error().text()}});
    };
    if (const auto mine = ledger().epoch(node_.self(), head)) {
      for (const checks::PostView& post : mine->posts) give(post.body.tags.root);
    }
    for (const auto& query : ledger().queries_of(node_.self(), head)) {
      give(query.body.blinded.root);
    }
    for (const auto& query : ledger().queries_of(PartyId{head.with}, mirror)) {
      if (query.answer) give(query.answer->body.file);
    }
  }
}

Result<Bytes> CheckRoom::file_for(const PartyId& peer, const std::string& root_hex) const {
  const Result<Bytes> bytes = from_hex(root_hex);
  if (!bytes || bytes->size() != 32) return fail(Errc::checks_unknown, "no such file");
  Hash root{};
  std::copy(bytes->begin(), bytes->end(), root.begin());
  for (const auto& [head, folder] : state_.epochs) {
    if (head.with != peer.value) continue;
    const PsiHead mirror{head.epoch, node_.self().value, head.purpose};
    bool named = false;
    if (const auto mine = ledger().epoch(node_.self(), head)) {
      for (const checks::PostView& post : mine->posts) named |= post.body.tags.root == root;
    }
    for (const auto& query : ledger().queries_of(node_.self(), head)) {
      named |= query.body.blinded.root == root;
    }
    for (const auto& query : ledger().queries_of(peer, mirror)) {
      named |= query.answer && query.answer->body.file == root;
    }
    if (named) return folder.read_own(root);
  }
  return fail(Errc::checks_unknown, "no such file");
}

// ---- plans and lists ----

void CheckRoom::take_new_commits() {
  const std::set<Ref>& commits = ledger().commits(node_.self());
  if (commits.size() == seen_commits_.size()) return;
  for (const Ref& ref : commits) {
    if (!seen_commits_.insert(ref).second) continue;
    const Result<record::Entry> entry = host_.read_own_entry(ref.index);
    if (entry) take_commit(*entry, ref);
  }
  const auto by_index = [](const CheckedPlan& a, const CheckedPlan& b) {
    return a.commit.index < b.commit.index;
  };
  std::sort(plans_.begin(), plans_.end(), by_index);
  join_lists();
}

void CheckRoom::take_commit(const record::Entry& entry, const Ref& ref) {
  const Result<record::ContentCommit> commit = record::read_content_commit(entry.statement.body());
  if (!commit) return;
  const record::Commitment& content = commit->commitment;
  const std::string officer =
      entry.envelope.signatures.empty() ? "" : entry.envelope.signatures.front().keyid;
  if (content.schema == kListSchema) {
    list_parts_[content.root] = {ref, entry.header.time, officer, content};
    return;
  }
  if (content.schema != airspace::kPlanSchema) return;
  const Result<std::string> name = shelf_.load_purpose(content.root);
  if (!name) return;  // committed to for another reason
  const Result<terms::Purpose> purpose = terms::parse_purpose(*name);
  const Result<record::ContentPackage> package = contents_.load(content);
  if (!purpose || !package) return;
  const auto volumes = airspace::read_plan_content(package->content);
  if (!volumes || volumes->empty()) return;
  CheckedPlan plan{ref, entry.header.time, officer, content, *purpose, {}};
  for (const geo::Volume4& volume : *volumes) plan.until = std::max(plan.until, volume.time.end);
  plans_.push_back(std::move(plan));
}

// A list is whole when all its parts stand in the log.
void CheckRoom::join_lists() {
  lists_.clear();
  for (const ListParts& parts : load_list_parts(host_.data)) {
    PrivateList list;
    list.sites = parts.sites;
    for (const Hash& root : parts.roots) {
      const auto part = list_parts_.find(root);
      if (part == list_parts_.end()) break;
      list.commits.push_back(part->second.commit);
      list.time = part->second.time;
      list.officer = part->second.officer;
    }
    if (list.commits.size() == parts.roots.size() && !parts.roots.empty())
      lists_.push_back(std::move(list));
  }
  std::sort(lists_.begin(), lists_.end(), [](const PrivateList& a, const PrivateList& b) {
    return a.commits.front().index < b.commits.front().index;
  });
}

}  // namespace detente::app
