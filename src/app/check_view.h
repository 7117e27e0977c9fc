// SPDX-License-Identifier: Apache-2.0
//
// How one private check of one plan stands: from the logs, and from what this node alone knows.
// docs/api/openapi.yaml, PrivateCheck. Pure but for reading the private folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/check_room.h"

namespace detente::app {

enum class CheckState : std::uint8_t {
  waiting_epoch,
  making,
  posted,
  asked,
  answered,
  done,
  overdue,
  frozen,
  refused,
  expired,
};
const char* check_state_name(CheckState state);

struct CheckStanding {
  CheckState state = CheckState::waiting_epoch;
  std::string epoch;
  std::string why;
  std::optional<UtcMs> started;
  std::optional<UtcMs> done_at;
  std::uint64_t tokens = 0;  // of this plan; 0 where its list is not kept any more
  std::uint64_t padded = 0;
  // Own cells in common. Nothing: not known yet, or not any more.
  std::optional<std::vector<checks::CellKey>> common;
};
// The newest epoch in which the check is done, else the newest in which it was begun.
CheckStanding check_standing(const node::Node& node, const CheckRoom& room, const CheckedPlan& plan,
                             const terms::CheckNeeded& needed, UtcMs now);

struct ListStanding {
  const char* state = "waiting_epoch";  // or making, posted, ended
  std::string epoch;
  std::uint64_t tokens = 0;
  std::uint64_t padded = 0;
  std::optional<UtcMs> posted;  // to the first of those who may ask
};
// `standing`: it is the list that is posted in each epoch; others have ended.
ListStanding list_standing(const node::Node& node, const CheckRoom& room, const PrivateList& list,
                           bool standing, UtcMs now);

// {"shape","altitude"?,"time"?}; of sites the coarse cell in space alone.
void write_common_cells(JsonWriter& out, const std::vector<checks::CellKey>& cells,
                        record::PsiPurpose purpose);

}  // namespace detente::app
