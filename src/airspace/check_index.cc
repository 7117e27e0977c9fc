// SPDX-License-Identifier: Apache-2.0
#include "airspace/check_index.h"

#include <algorithm>
#include <set>

#include "record/content.h"

namespace detente::airspace {

using record::PsiPurpose;
using record::Ref;

namespace {

// Whether one of them stands in this log, before this place.
bool stands(const std::vector<Ref>* refs, const Origin& log, std::uint64_t size) {
  if (refs == nullptr) return false;
  return std::any_of(refs->begin(), refs->end(),
                     [&](const Ref& ref) { return ref.origin == log && ref.index.value < size; });
}

const std::vector<Ref>* find(const std::map<Ref, std::vector<Ref>>& in, const Ref& key) {
  const auto found = in.find(key);
  return found == in.end() ? nullptr : &found->second;
}

}  // namespace

const char* check_stage_name(CheckStage stage) {
  switch (stage) {
    case CheckStage::none:
      return "none";
    case CheckStage::asked:
      return "asked";
    case CheckStage::answered:
      return "answered";
    case CheckStage::done:
      break;
  }
  return "done";
}

void CheckIndex::take(const Ref& at, const record::Statement& statement) {
  const std::string& type = statement.type;
  const std::vector<Ref>& refs = statement.refs;
  if (type == "content.commit") {
    const Result<record::ContentCommit> commit = record::read_content_commit(statement.body());
    if (commit) commits_.emplace(at, commit->commitment.root);
    return;
  }
  if (!type.starts_with("psi.") || refs.empty()) return;
  if (type == "psi.post") {
    const Result<record::PsiPost> post = record::read_psi_post(statement.body());
    if (!post) return;
    plans_of_post_.emplace(at, refs);
    for (const Ref& plan : refs) {
      if (plan.origin == at.origin) posts_[plan].push_back({at, post->head, {}});
    }
  } else if (type == "psi.query") {
    Result<record::PsiQuery> query = record::read_psi_query(statement.body());
    if (!query) return;
    const bool of_plans = query->head.purpose == PsiPurpose::plans;
    const std::vector<Ref>* plans = of_plans ? find(plans_of_post_, refs.front()) : &refs;
    if (plans == nullptr) return;
    for (const Ref& plan : *plans) {
      if (plan.origin == at.origin) queries_[plan].push_back({at, query->head, refs.front()});
    }
  } else if (type == "psi.answer") {
    if (record::read_psi_answer(statement.body())) answers_[refs.front()].push_back(at);
  } else if (type == "psi.result") {
    if (record::read_psi_result(statement.body())) results_[refs.front()].push_back(at);
  }
}

std::optional<Hash> CheckIndex::committed(const Ref& commit) const {
  const auto found = commits_.find(commit);
  if (found == commits_.end()) return std::nullopt;
  return found->second;
}

CheckStage CheckIndex::stage_of(const Said& query, const With& with) const {
  if (!stands(find(answers_, query.ref), with.log, with.size)) return CheckStage::asked;
  const bool told = with.purpose == PsiPurpose::sites ||
                    stands(find(results_, query.ref), query.ref.origin, with.own_size);
  return told ? CheckStage::done : CheckStage::answered;
}

CheckStage CheckIndex::stage(const Ref& commit, const With& with) const {
  const auto fits = [&](const Said& one) {
    return one.head.purpose == with.purpose && one.head.with == with.party.value &&
           one.ref.index.value < with.own_size;
  };
  std::map<record::PsiHead, CheckStage> stages;  // of each epoch
  std::set<Ref> asked;
  const auto queries = queries_.find(commit);
  if (queries == queries_.end()) return CheckStage::none;
  for (const Said& query : queries->second) {
    if (!fits(query)) continue;
    asked.insert(query.post);
    const CheckStage stage = stage_of(query, with);
    const auto known = stages.emplace(query.head, stage).first;
    known->second = std::min(known->second, stage);
  }
  // What was posted and not asked about is not checked.
  const auto posts = posts_.find(commit);
  if (with.purpose == PsiPurpose::plans && posts != posts_.end()) {
    for (const Said& post : posts->second) {
      const auto stage = stages.find(post.head);
      if (!fits(post) || asked.contains(post.ref) || stage == stages.end()) continue;
      stage->second = CheckStage::none;
    }
  }
  CheckStage best = CheckStage::none;
  for (const auto& [head, stage] : stages) best = std::max(best, stage);
  return best;
}

}  // namespace detente::airspace
