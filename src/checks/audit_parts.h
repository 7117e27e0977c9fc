// SPDX-License-Identifier: Apache-2.0
//
// The audit of a plan whose cells stand in several lists of an epoch: together the lists must hold
// all of them, or its owner kept a part of its plan off the board. docs/protocol/private-checks.md
// section 6.
//
// Each list is made anew from what was opened of it and compared with the commitment that stands in
// the log. Whether the coverings are sound is audit.h's. Pure; safe on every thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/audit.h"

namespace detente::checks {

// One list as it was opened, with what the log says of it.
struct NamedList {
  OpenedList opened;
  std::vector<record::Ref> commits;  // of the opened plans, in order
  record::PsiFile commitment;
};
// The first fault; nothing if the lists are those of the log, and every cell of every plan of the
// first list is in one of them that names the plan.
std::optional<std::string> find_left_out(const record::PsiContext& context, record::PsiUse use,
                                         std::span<const NamedList> lists);

}  // namespace detente::checks
