// SPDX-License-Identifier: Apache-2.0
//
// What the logs say about private checks as far as the consent machine needs it: which committed
// plan was asked about, and whether the other party answered. docs/protocol/private-checks.md
//
// Only prefixes are asked about, so that a verdict is the same for everyone. Whether a list is
// honest, or a budget was kept, is not looked at: what counts is the other party's own signature
// on its answer. Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/strong.h"
#include "record/psi_statements.h"
#include "record/statement.h"

namespace detente::airspace {

// How far the private check of a plan is. Of sites an answer is all; of plans the number in common
// must have been given too.
enum class CheckStage : std::uint8_t { none, asked, answered, done };
const char* check_stage_name(CheckStage stage);  // "none", "asked", "answered", "done"

class CheckIndex {
 public:
  // The next entry of a log; other types than content.commit and psi.* are passed over, and so
  // are bodies that are malformed.
  void take(const record::Ref& at, const record::Statement& statement);

  // The root that the entry commits to; nothing if it is no commitment.
  std::optional<Hash> committed(const record::Ref& commit) const;

  // With whom, and how much of the two logs counts: of the plan's owner's, and of the other's.
  struct With {
    record::PsiPurpose purpose = record::PsiPurpose::plans;
    PartyId party;
    Origin log;
    std::uint64_t own_size = 0;
    std::uint64_t size = 0;
  };
  // How far the check of a committed plan is in the epoch where it is farthest. A plan's cells may
  // stand in several lists of an epoch: the one that is least far counts.
  CheckStage stage(const record::Ref& commit, const With& with) const;

 private:
  struct Said {
    record::Ref ref;
    record::PsiHead head;
    record::Ref post;  // of a query about plans
  };
  CheckStage stage_of(const Said& query, const With& with) const;

  std::map<record::Ref, Hash> commits_;
  std::map<record::Ref, std::vector<record::Ref>> plans_of_post_;
  std::map<record::Ref, std::vector<Said>> posts_;           // by the plan's commitment
  std::map<record::Ref, std::vector<Said>> queries_;         // the same
  std::map<record::Ref, std::vector<record::Ref>> answers_;  // by the query
  std::map<record::Ref, std::vector<record::Ref>> results_;  // by the query
};

}  // namespace detente::airspace
