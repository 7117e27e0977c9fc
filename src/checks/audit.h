// SPDX-License-Identifier: Apache-2.0
//
// The audit of one list that was drawn (record::is_drawn): its owner opens the plans, their
// coverings and the list's secret to a neutral auditor, who asks whether the list that stands in
// the log is that of these plans, and whether they were large enough to be checked.
//
// Not looked at: whether the plans are those of the commitments that the post refers to (that is
// record/content.h's), and whether the board's tags are those of the list: each is opened by its
// own claim (record/psi_claims.h), as many as the auditor wants to see.
// Pure; safe on every thread. Takes about 65 us for each token of the padded list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/exchange.h"
#include "checks/ledger.h"
#include "checks/split.h"

namespace detente::checks {

struct OpenedPlan {
  std::vector<geo::Volume4> volumes;
  Cover cover;
  CellRange range;  // of its cells, those that the list holds
};
struct OpenedList {
  std::vector<OpenedPlan> plans;
  Role role = Role::a;
  bool against_places = false;  // also the cells without altitude and time
  ListSecret secret;
};
// What the log says about the list. A planner's question about sites has no post.
struct LoggedList {
  record::PsiContext context;
  record::PsiTerms terms;
  std::optional<record::PsiPost> post;
  std::optional<record::PsiQuery> query;
};

enum class AuditFault : std::uint8_t { none, cover, footprint, list, question, dummies };
const char* audit_fault_name(AuditFault fault);
struct AuditFinding {
  AuditFault fault = AuditFault::none;
  std::string what;
};

// The cells of the list: of each opened plan those of its range, ascending, each once.
std::vector<CellKey> cells_of(const OpenedList& opened);
// The first fault. `none`: the list is that of the plans.
AuditFinding audit_list(const OpenedList& opened, const LoggedList& logged);

}  // namespace detente::checks
