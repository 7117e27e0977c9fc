// SPDX-License-Identifier: Apache-2.0
#include "checks/audit.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "checks/cover_check.h"

namespace detente::checks {
namespace {

using Fault = std::optional<AuditFinding>;

Fault find_in_plans(const OpenedList& opened, const record::PsiTerms& terms) {
  for (std::size_t i = 0; i < opened.plans.size(); ++i) {
    const OpenedPlan& plan = opened.plans[i];
    const std::string which = "plan " + std::to_string(i);
    const auto unsound = find_fault(plan.volumes, separation_of(terms), opened.role,
                                    reference_of(terms), plan.cover);
    if (unsound) {
      return AuditFinding{AuditFault::cover, which + ": " + cover_fault_name(unsound->fault) +
                                                 " in volume " + std::to_string(unsound->segment) +
                                                 ", " + unsound->what};
    }
    const Status large = check_footprint(plan.volumes, terms);
    if (!large) return AuditFinding{AuditFault::footprint, which + ": " + large.error().text()};
  }
  return {};
}

// The question, made anew from the secret.
Fault find_in_question(const TokenList& list, const OpenedList& opened,
                       const record::PsiQuery& query) {
  const std::vector<std::uint32_t> order = question_order(list, opened.secret);
  const auto asked = blind(list, opened.secret, order, {0, list.padded()});
  if (!asked) return AuditFinding{AuditFault::question, asked.error().text()};
  const Bytes file = elements_file(*asked);
  if (file_head(file, sizeof(crypto::VoprfElement)) == query.blinded) return {};
  return AuditFinding{AuditFault::question, "the question is another one"};
}

}  // namespace

const char* audit_fault_name(AuditFault fault) {
  switch (fault) {
    case AuditFault::none:
      return "none";
    case AuditFault::cover:
      return "cover";
    case AuditFault::footprint:
      return "footprint";
    case AuditFault::list:
      return "list";
    case AuditFault::question:
      return "question";
    case AuditFault::dummies:
      return "dummies";
  }
  check(false, "audit fault");
  return "";
}

std::vector<CellKey> cells_of(const OpenedList& opened) {
  std::vector<CellKey> out;
  const auto take = [&](const std::vector<CellKey>& keys, const CellRange& range) {
    std::copy_if(keys.begin(), keys.end(), std::back_inserter(out),
                 [&](const CellKey& key) { return range.contains(key); });
  };
  for (const OpenedPlan& plan : opened.plans) {
    take(all_keys(plan.cover, opened.role), plan.range);
    if (!opened.against_places) continue;
    take(all_keys(without_height_and_time(plan.cover), opened.role), plan.range);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

AuditFinding audit_list(const OpenedList& opened, const LoggedList& logged) {
  if (Fault fault = find_in_plans(opened, logged.terms)) return *std::move(fault);
  const bool question_alone = !logged.post && logged.context.purpose == record::PsiPurpose::sites;
  const auto list =
      TokenList::make(logged.context, cells_of(opened),
                      question_alone ? record::PsiUse::sites_question : record::PsiUse::board);
  if (!list) return {AuditFault::list, list.error().text()};
  const record::PsiFile commitment = commit(*list, opened.secret);
  const bool same = (!logged.post || logged.post->commit == commitment) &&
                    (!logged.query || logged.query->commit == commitment);
  if (!same) return {AuditFault::list, "the commitment is to another list"};
  if (logged.post &&
      logged.post->dummies != record::psi_dummies_commitment(dummy_seed(opened.secret))) {
    return {AuditFault::dummies, "the dummies have another seed"};
  }
  if (logged.query) {
    if (Fault fault = find_in_question(*list, opened, *logged.query)) return *std::move(fault);
  }
  return {};
}

}  // namespace detente::checks
